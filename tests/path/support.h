/* Helpers of the tests of runtime/path: aligned memory, threads that start together. */
#ifndef PATH_SUPPORT_H
#define PATH_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Zeroed, 64-aligned; freed by free_memory. */
void *get_memory(size_t size);
void free_memory(void *memory, size_t size);

/* Smaller work under sanitizers, where everything is about ten times slower. */
uint32_t work(uint32_t full);

typedef void (*thread_body)(void *argument, uint32_t index);

/* Runs `body(argument, 0 .. count - 1)` on `count` threads that begin at the same time, and waits
 * for all of them. Assertions of cmocka belong into the caller, after it. */
void run_threads(uint32_t count, thread_body body, void *argument);

/* What the calling thread claims from lanes with. */
struct lane_producer;
const struct lane_producer *producer_here(void);

/* A small deterministic generator. */
uint64_t next_random(uint64_t *state);

#endif
