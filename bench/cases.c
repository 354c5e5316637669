/* cases.c - the cases where everybody takes part: one thread, and the whole way by publishers. */
#include <stddef.h>

#include "harness.h"

#define WHOLE "struct -> bytes -> other thread -> typed handler, all fields; "

static const struct bench_case cases[] = {
    {.name = "encode",
     .unit = "ns/message",
     .what = "struct -> bytes, one thread",
     .count = 4000000},
    {.name = "decode",
     .unit = "ns/message",
     .what = "bytes -> all fields, one thread",
     .count = 4000000},
    {.name = "verify+decode",
     .unit = "ns/message",
     .what = "foreign bytes -> verified -> all fields, one thread",
     .count = 4000000},
    {.name = "whole-1p1w",
     .unit = "ns/message",
     .what = WHOLE "one publisher",
     .count = 4000000,
     .threads = true},
    {.name = "whole-2p-same",
     .unit = "ns/message",
     .what = WHOLE "two publishers on one processor, the worker on the other",
     .count = 4000000,
     .threads = true,
     .shape = {.publishers = 2}},
    {.name = "whole-2p-cross",
     .unit = "ns/message",
     .what = WHOLE "a publisher on each processor, the worker beside one of them",
     .count = 4000000,
     .threads = true,
     .shape = {.publishers = 2, .across = true}},
    {.name = "whole-8p",
     .unit = "ns/message",
     .what = WHOLE "four publishers on each processor, the worker among them",
     .count = 4000000,
     .threads = true,
     .shape = {.publishers = 8, .across = true}},
    {.name = "bulk16",
     .unit = "ns/message",
     .what = WHOLE "one publisher, 16 in one call",
     .count = 4000000,
     .threads = true},
    {.name = NULL},
};

extern const struct group cases_group;
const struct group cases_group = {.name = "cases", .cases = cases};
