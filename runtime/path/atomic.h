/*
 * path/atomic.h - every shared access of the runtime, with its ordering.
 *
 * The only header that includes Concurrency Kit's ck_pr.h. Vocabulary, used in the arguments at the
 * top of the lock-free files:
 *
 *   load_relaxed    one whole access; orders nothing
 *   load_acquire    what the thread does after it stays after it
 *   store_relaxed   one whole access; orders nothing
 *   store_release   what the thread did before it stays before it
 *   cas, add, or, and, exchange
 *                   one indivisible step and a full barrier, whether a cas succeeds or not
 *   fence           full barrier: no load after it happens before a store before it
 *   compiler_fence  stops the compiler only; the other side pays (os->barrier, see parking.h)
 *
 * All shared words are written through these functions once threads run. Plain fields that the
 * orderings protect are accessed plainly.
 *
 * On x86-64 acquire and release cost nothing. Under ThreadSanitizer, which does not understand ck's
 * assembly, they are the compiler's own builtins of the same strength.
 *
 * Included as "path/atomic.h", never by a shorter name, so that the schedule explorer of the tests
 * can put a header of its own in this place.
 */
#ifndef BUSGEN_PATH_ATOMIC_H
#define BUSGEN_PATH_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define CACHE_LINE 64

#if defined(__SANITIZE_THREAD__)
#define ATOMIC_BUILTINS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ATOMIC_BUILTINS 1
#endif
#endif

#ifndef ATOMIC_BUILTINS

#include <ck_cc.h>
#include <ck_pr.h>

static inline uint32_t atomic_load_relaxed_u32(const uint32_t *at)
{
    return ck_pr_load_32(at);
}

static inline uint64_t atomic_load_relaxed_u64(const uint64_t *at)
{
    return ck_pr_load_64(at);
}

static inline void *atomic_load_relaxed_ptr(const void *at)
{
    return ck_pr_load_ptr((void *const *)at);
}

static inline uint32_t atomic_load_acquire_u32(const uint32_t *at)
{
    uint32_t value = ck_pr_load_32(at);

    ck_pr_fence_acquire();
    return value;
}

static inline uint64_t atomic_load_acquire_u64(const uint64_t *at)
{
    uint64_t value = ck_pr_load_64(at);

    ck_pr_fence_acquire();
    return value;
}

/* `at` points to a pointer of any type. */
static inline void *atomic_load_acquire_ptr(const void *at)
{
    void *value = ck_pr_load_ptr((void *const *)at);

    ck_pr_fence_acquire();
    return value;
}

static inline void atomic_store_relaxed_u32(uint32_t *at, uint32_t value)
{
    ck_pr_store_32(at, value);
}

static inline void atomic_store_relaxed_u64(uint64_t *at, uint64_t value)
{
    ck_pr_store_64(at, value);
}

static inline void atomic_store_release_u32(uint32_t *at, uint32_t value)
{
    ck_pr_fence_release();
    ck_pr_store_32(at, value);
}

static inline void atomic_store_release_u64(uint64_t *at, uint64_t value)
{
    ck_pr_fence_release();
    ck_pr_store_64(at, value);
}

static inline void atomic_store_release_ptr(void *at, const void *value)
{
    ck_pr_fence_release();
    ck_pr_store_ptr((const void **)at, value);
}

/* Stores `desired` if *at is *expected and says so; else puts what it saw into *expected. */
static inline bool atomic_cas_u32(uint32_t *at, uint32_t *expected, uint32_t desired)
{
    return ck_pr_cas_32_value(at, *expected, desired, expected);
}

static inline bool atomic_cas_u64(uint64_t *at, uint64_t *expected, uint64_t desired)
{
    return ck_pr_cas_64_value(at, *expected, desired, expected);
}

/* The same for a pointer of any type; `expected` is its value. */
static inline bool atomic_cas_ptr(void *at, void *expected, void *desired)
{
    return ck_pr_cas_ptr(at, expected, desired);
}

/* They return the value from before. Negative steps wrap around. */
static inline uint32_t atomic_fetch_add_u32(uint32_t *at, uint32_t step)
{
    return ck_pr_faa_32(at, step);
}

static inline uint64_t atomic_fetch_add_u64(uint64_t *at, uint64_t step)
{
    return ck_pr_faa_64(at, step);
}

static inline uint32_t atomic_exchange_u32(uint32_t *at, uint32_t value)
{
    return ck_pr_fas_32(at, value);
}

static inline void atomic_or_u32(uint32_t *at, uint32_t bits)
{
    ck_pr_or_32(at, bits);
}

static inline void atomic_or_u64(uint64_t *at, uint64_t bits)
{
    ck_pr_or_64(at, bits);
}

static inline void atomic_and_u32(uint32_t *at, uint32_t bits)
{
    ck_pr_and_32(at, bits);
}

static inline void atomic_and_u64(uint64_t *at, uint64_t bits)
{
    ck_pr_and_64(at, bits);
}

static inline void atomic_fence(void)
{
    ck_pr_fence_memory();
}

static inline void atomic_compiler_fence(void)
{
    ck_pr_barrier();
}

/* Inside a loop that looks again: tells the processor. */
static inline void atomic_pause(void)
{
    ck_pr_stall();
}

#else /* ATOMIC_BUILTINS */

static inline uint32_t atomic_load_relaxed_u32(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static inline uint64_t atomic_load_relaxed_u64(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static inline void *atomic_load_relaxed_ptr(const void *at)
{
    return __atomic_load_n((void *const *)at, __ATOMIC_RELAXED);
}

static inline uint32_t atomic_load_acquire_u32(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static inline uint64_t atomic_load_acquire_u64(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static inline void *atomic_load_acquire_ptr(const void *at)
{
    return __atomic_load_n((void *const *)at, __ATOMIC_ACQUIRE);
}

static inline void atomic_store_relaxed_u32(uint32_t *at, uint32_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
}

static inline void atomic_store_relaxed_u64(uint64_t *at, uint64_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
}

static inline void atomic_store_release_u32(uint32_t *at, uint32_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static inline void atomic_store_release_u64(uint64_t *at, uint64_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static inline void atomic_store_release_ptr(void *at, const void *value)
{
    __atomic_store_n((const void **)at, value, __ATOMIC_RELEASE);
}

static inline bool atomic_cas_u32(uint32_t *at, uint32_t *expected, uint32_t desired)
{
    return __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static inline bool atomic_cas_u64(uint64_t *at, uint64_t *expected, uint64_t desired)
{
    return __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static inline bool atomic_cas_ptr(void *at, void *expected, void *desired)
{
    return __atomic_compare_exchange_n((void **)at, &expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic_fetch_add_u32(uint32_t *at, uint32_t step)
{
    return __atomic_fetch_add(at, step, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic_fetch_add_u64(uint64_t *at, uint64_t step)
{
    return __atomic_fetch_add(at, step, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic_exchange_u32(uint32_t *at, uint32_t value)
{
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}

static inline void atomic_or_u32(uint32_t *at, uint32_t bits)
{
    (void)__atomic_fetch_or(at, bits, __ATOMIC_SEQ_CST);
}

static inline void atomic_or_u64(uint64_t *at, uint64_t bits)
{
    (void)__atomic_fetch_or(at, bits, __ATOMIC_SEQ_CST);
}

static inline void atomic_and_u32(uint32_t *at, uint32_t bits)
{
    (void)__atomic_fetch_and(at, bits, __ATOMIC_SEQ_CST);
}

static inline void atomic_and_u64(uint64_t *at, uint64_t bits)
{
    (void)__atomic_fetch_and(at, bits, __ATOMIC_SEQ_CST);
}

/* gcc warns that TSan does not model this fence; it need not: all accesses around our fences are
 * atomic, and no plain access relies on one. A full exchange on a private word is as strong. */
static inline void atomic_fence(void)
{
    uint32_t word = 0;

    (void)__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);
}

static inline void atomic_compiler_fence(void)
{
    __asm__ __volatile__("" ::: "memory");
}

static inline void atomic_pause(void)
{
    atomic_compiler_fence();
}

#endif

/* Hints; they change nothing. */
static inline void atomic_prefetch_read(const void *at)
{
    __builtin_prefetch(at, 0, 3);
}

static inline void atomic_prefetch_write(const void *at)
{
    __builtin_prefetch(at, 1, 3);
}

#endif
