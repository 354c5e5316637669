/* transports.h - transports that the cases of several files use. */
#ifndef BENCH_TRANSPORTS_H
#define BENCH_TRANSPORTS_H

#include "transport.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct transport busgen_transport; /* busgen.c: one publish for a message */
extern const struct transport limit_alone;      /* limit_ring.c: raw struct, one publisher */
extern const struct transport limit_shared;     /* raw struct, several publishers */

#ifdef __cplusplus
}
#endif

#endif
