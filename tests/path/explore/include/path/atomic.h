/*
 * path/atomic.h of the schedule explorer: stands in the place of the runtime's own. Each access is
 * a point at which the explorer may let another fiber run, and stores may stay in the fiber's store
 * buffer for a while (explore.h).
 */
#ifndef BUSGEN_PATH_ATOMIC_H
#define BUSGEN_PATH_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

void *explore_memcpy(void *to, const void *from, size_t size);

uint64_t explore_load(const void *at, uint32_t size);
void explore_store(void *at, uint32_t size, uint64_t value);
bool explore_cas(void *at, uint32_t size, uint64_t *expected, uint64_t desired);
uint64_t explore_add(void *at, uint32_t size, uint64_t step);
void explore_fence(void);

static inline uint32_t atomic_load_relaxed_u32(const uint32_t *at)
{
    return (uint32_t)explore_load(at, 4);
}

static inline uint64_t atomic_load_relaxed_u64(const uint64_t *at)
{
    return explore_load(at, 8);
}

static inline uint32_t atomic_load_acquire_u32(const uint32_t *at)
{
    return (uint32_t)explore_load(at, 4);
}

static inline uint64_t atomic_load_acquire_u64(const uint64_t *at)
{
    return explore_load(at, 8);
}

static inline void atomic_store_relaxed_u32(uint32_t *at, uint32_t value)
{
    explore_store(at, 4, value);
}

static inline void atomic_store_relaxed_u64(uint64_t *at, uint64_t value)
{
    explore_store(at, 8, value);
}

static inline void atomic_store_release_u32(uint32_t *at, uint32_t value)
{
    explore_store(at, 4, value);
}

static inline void atomic_store_release_u64(uint64_t *at, uint64_t value)
{
    explore_store(at, 8, value);
}

static inline bool atomic_cas_u32(uint32_t *at, uint32_t *expected, uint32_t desired)
{
    uint64_t seen = *expected;
    bool done = explore_cas(at, 4, &seen, desired);

    *expected = (uint32_t)seen;
    return done;
}

static inline bool atomic_cas_u64(uint64_t *at, uint64_t *expected, uint64_t desired)
{
    return explore_cas(at, 8, expected, desired);
}

static inline uint32_t atomic_fetch_add_u32(uint32_t *at, uint32_t step)
{
    return (uint32_t)explore_add(at, 4, step);
}

static inline uint64_t atomic_fetch_add_u64(uint64_t *at, uint64_t step)
{
    return explore_add(at, 8, step);
}

static inline uint32_t atomic_exchange_u32(uint32_t *at, uint32_t value)
{
    uint32_t seen = 0;

    while (!atomic_cas_u32(at, &seen, value))
        ;
    return seen;
}

static inline void *atomic_load_relaxed_ptr(const void *at)
{
    return (void *)(uintptr_t)explore_load(at, sizeof(void *));
}

static inline void *atomic_load_acquire_ptr(const void *at)
{
    return (void *)(uintptr_t)explore_load(at, sizeof(void *));
}

static inline void atomic_store_release_ptr(void *at, const void *value)
{
    explore_store(at, sizeof(void *), (uintptr_t)value);
}

static inline bool atomic_cas_ptr(void *at, void *expected, void *desired)
{
    uint64_t seen = (uintptr_t)expected;

    return explore_cas(at, sizeof(void *), &seen, (uintptr_t)desired);
}

static inline void atomic_or_u32(uint32_t *at, uint32_t bits)
{
    uint32_t seen = 0;

    while (!atomic_cas_u32(at, &seen, seen | bits))
        ;
}

static inline void atomic_and_u32(uint32_t *at, uint32_t bits)
{
    uint32_t seen = 0;

    while (!atomic_cas_u32(at, &seen, seen & bits))
        ;
}

static inline void atomic_fence(void)
{
    explore_fence();
}

static inline void atomic_compiler_fence(void)
{
}

static inline void atomic_pause(void)
{
}

static inline void atomic_prefetch_read(const void *at)
{
    (void)at;
}

static inline void atomic_prefetch_write(const void *at)
{
    (void)at;
}

#endif
