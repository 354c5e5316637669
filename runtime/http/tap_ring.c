/* http/tap_ring.c - see the header. */
#include "http/tap_ring.h"

#include <string.h>

enum { WORD = sizeof(uint64_t) };

/* Beside the size of what is skipped. */
#define SKIP (UINT64_C(1) << 63)

bool tap_ring_put(struct tap_ring *ring, const void *head, size_t head_size, const void *bytes,
                  size_t bytes_size)
{
    uint64_t size = (WORD + head_size + bytes_size + WORD - 1) / WORD * WORD;
    size_t at = (size_t)(ring->put % ring->size), rest = ring->size - at;
    size_t skipped = rest < size ? rest : 0;

    if (ring->put - ring->taken + skipped + size > ring->size)
        return false;
    if (skipped > 0) {
        const uint64_t word = SKIP | skipped;

        memcpy(ring->memory + at, &word, WORD);
        at = 0;
    }
    memcpy(ring->memory + at, &size, WORD);
    memcpy(ring->memory + at + WORD, head, head_size);
    memcpy(ring->memory + at + WORD + head_size, bytes, bytes_size);
    ring->put += skipped + size;
    return true;
}

bool tap_ring_take(struct tap_ring *ring, void *to)
{
    while (ring->taken < ring->put) {
        const uint8_t *at = ring->memory + ring->taken % ring->size;
        uint64_t word;

        memcpy(&word, at, WORD);
        ring->taken += word & ~SKIP;
        if ((word & SKIP) != 0)
            continue;
        memcpy(to, at + WORD, word - WORD);
        return true;
    }
    return false;
}
