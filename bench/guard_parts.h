/* guard_parts.h - what a failure is made of, part by part (guard_parts.c), and what many messages
 * that wait cost the others (guard_crowd.c). */
#ifndef BENCH_GUARD_PARTS_H
#define BENCH_GUARD_PARTS_H

#include "harness.h"

/* For each part about `count` times in one thread, but fewer of what takes microseconds. */
bool guard_parts(uint64_t count, struct figures *figures);
/* About `count` messages for each of three buses, and as many timers. */
bool guard_crowd(uint64_t count, struct figures *figures);

#endif
