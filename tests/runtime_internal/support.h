/* Helpers of the seam tests: an os table whose clock, memory and threads the test holds. */
#ifndef TESTS_RUNTIME_INTERNAL_SUPPORT_H
#define TESTS_RUNTIME_INTERNAL_SUPPORT_H

#include <bus/os.h>

#include "core/engine.h"
#include "path/path.h"

/* Counts what is taken; fails the allocation number `fail_at` (from 1), and all after it when
 * `for_good`. */
struct test_memory {
    uint64_t taken;
    uint64_t fail_at;
    bool for_good;
    uint64_t bytes; /* in use */
};

struct test_os {
    struct bus_os os;
    struct test_memory memory;
    uint64_t now_ns; /* virtual clock; moves by waits and by the test */
    bool virtual_clock;
    bool no_threads; /* thread_start succeeds and starts nothing: the test steps the workers */
    bool no_barrier;
    uint32_t thread_fails_at; /* this start is refused; 0: none */
    uint32_t threads_started;
};

/* The native table with memory counted; set the fields above before bus_open. */
void test_os_init(struct test_os *test);

#endif
