/* guard_parts.h - what a failure is made of, part by part (guard_parts.c). */
#ifndef BENCH_GUARD_PARTS_H
#define BENCH_GUARD_PARTS_H

#include "harness.h"

/* For each part about `count` times in one thread, but fewer of what takes microseconds. */
bool guard_parts(uint64_t count, struct figures *figures);

#endif
