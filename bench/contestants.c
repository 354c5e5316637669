/* contestants.c - all cases; those of the peers only where their libraries were found. */
#include "contestants.h"

#include <stddef.h>

static const struct contestant encode[] = {
    {"busgen", busgen_encode},
    {"limit: template and stores", limit_encode},
#ifdef BENCH_GOOGLE
    {"google flatbuffers", google_encode},
#endif
    {NULL, NULL},
};

static const struct contestant decode[] = {
    {"busgen", busgen_decode},
    {"limit: loads", limit_decode},
#ifdef BENCH_GOOGLE
    {"google flatbuffers", google_decode},
#endif
    {NULL, NULL},
};

static const struct contestant verify[] = {
    {"busgen", busgen_verify_decode},
#ifdef BENCH_GOOGLE
    {"google flatbuffers", google_verify_decode},
#endif
    {NULL, NULL},
};

static const struct contestant whole[] = {
    {"busgen", busgen_whole},
    {"limit: raw struct, mpsc ring", limit_whole},
#if defined(BENCH_GOOGLE) && defined(BENCH_MOODYCAMEL)
    {"google flatbuffers + moodycamel", google_whole},
#endif
    {NULL, NULL},
};

static const struct bench_case encode_case = {"encode", "ns/message", "struct -> bytes, one thread",
                                              1000000,  false,        encode};
static const struct bench_case decode_case = {
    "decode", "ns/message", "bytes -> all fields, one thread", 1000000, false, decode};
static const struct bench_case verify_case = {
    "verify+decode", "ns/message", "foreign bytes -> verified -> all fields",
    1000000,         false,        verify};
static const struct bench_case whole_case = {
    "whole-1p1w", "ns/message", "struct -> bytes -> other thread -> typed handler, all fields",
    500000,       true,         whole};

const struct bench_case *const bench_cases[] = {
    &encode_case, &decode_case, &verify_case, &whole_case, NULL,
};
