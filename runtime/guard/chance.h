/*
 * guard/chance.h - chance for delays: small, seeded, one generator per thread.
 *
 * SplitMix64: one addition and a mix per number, every seed is a good one. For spreading retries
 * over time, nothing that anybody must not foresee. The seed comes from os.random at open, so a
 * simulation that gives the same numbers there gives the same delays.
 */
#ifndef BUSGEN_GUARD_CHANCE_H
#define BUSGEN_GUARD_CHANCE_H

#include <stdint.h>

struct chance {
    uint64_t state; /* own: of the thread that draws */
};

static inline uint64_t chance_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* `stream` keeps generators of one seed apart: the thread's index. */
static inline void chance_init(struct chance *chance, uint64_t seed, uint64_t stream)
{
    chance->state = chance_mix(seed ^ chance_mix(stream + 1));
}

static inline uint64_t chance_next(struct chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    return chance_mix(chance->state);
}

#endif
