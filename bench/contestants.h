/* contestants.h - the functions of all contestants; each returns ns per message (harness.h). */
#ifndef BENCH_CONTESTANTS_H
#define BENCH_CONTESTANTS_H

#include "harness.h"

#ifdef __cplusplus
extern "C" {
#endif

/* busgen.c */
double busgen_encode(uint64_t count);
double busgen_decode(uint64_t count);
double busgen_verify_decode(uint64_t count);
double busgen_whole(uint64_t count);

/* limit.c */
double limit_encode(uint64_t count);
double limit_decode(uint64_t count);
double limit_whole(uint64_t count);

/* google.cpp */
double google_encode(uint64_t count);
double google_decode(uint64_t count);
double google_verify_decode(uint64_t count);
double google_whole(uint64_t count);

#ifdef __cplusplus
}
#endif

#endif
