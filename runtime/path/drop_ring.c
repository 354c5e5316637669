/* path/drop_ring.c - the argument is at the top of drop_ring.h. */
#include "path/drop_ring.h"

#include <assert.h>
#include <string.h>

static uint32_t shift_for(uint32_t capacity)
{
    uint32_t shift = 0;

    while (UINT64_C(1) << shift < (uint64_t)capacity + DROP_RING_SLACK)
        shift++;
    return shift;
}

/* The turn of a slot that is free for this ticket (I1); wraps around like the ticket does, because
 * 2 * (2^64 >> shift) is a multiple of 2^32 for every shift up to 33. */
static uint32_t free_turn(const struct drop_ring *ring, uint64_t ticket)
{
    return (uint32_t)(ticket >> ring->shift) * 2;
}

size_t drop_ring_bytes(uint32_t capacity, uint32_t stride)
{
    return ((size_t)1 << shift_for(capacity)) * stride;
}

void drop_ring_init(struct drop_ring *ring, void *memory, uint32_t capacity, uint32_t stride,
                    uint64_t first_ticket)
{
    assert(capacity > 0 && capacity <= UINT32_C(1) << 30);
    assert(stride % CACHE_LINE == 0 && (uintptr_t)memory % CACHE_LINE == 0);
    ring->cells = memory;
    ring->shift = shift_for(capacity);
    ring->mask = (UINT64_C(1) << ring->shift) - 1;
    ring->stride = stride;
    ring->capacity = capacity;
    ring->tail = first_ticket;
    ring->seen = first_ticket;
    ring->head = first_ticket;
    if (first_ticket == 0)
        return;
    for (uint64_t i = 0; i <= ring->mask; i++)
        drop_ring_cell(ring, first_ticket + i)->turn = free_turn(ring, first_ticket + i);
}

/* Is there room for `tail`? 0: full; negative: `tail` is out of date. */
static int room_at(struct drop_ring *ring, uint64_t tail)
{
    uint64_t head;
    int64_t distance;

    if (tail - atomic_load_acquire_u64(&ring->seen) < ring->capacity)
        return 1;
    head = atomic_load_acquire_u64(&ring->head);
    distance = (int64_t)(tail - head);
    atomic_store_release_u64(&ring->seen, head);
    if (distance < 0)
        return -1;
    return distance < ring->capacity;
}

struct cell *drop_ring_claim(struct drop_ring *ring, uint64_t *ticket)
{
    uint64_t tail = atomic_load_relaxed_u64(&ring->tail);
    uint32_t looks = 0;

    for (;;) {
        struct cell *cell = drop_ring_cell(ring, tail);
        int room = room_at(ring, tail);
        int32_t ahead;

        if (room == 0)
            return NULL;
        if (room < 0) {
            tail = atomic_load_relaxed_u64(&ring->tail);
            continue;
        }
        /* Other side: the taker's last store of this slot. */
        ahead = (int32_t)(atomic_load_acquire_u32(&cell->turn) - free_turn(ring, tail));
        if (ahead == 0) {
            if (atomic_cas_u64(&ring->tail, &tail, tail + 1)) {
                *ticket = tail;
                return cell;
            }
        } else {
            if (ahead < 0) { /* its taker of the last lap is still copying */
                if (++looks == DROP_RING_LOOKS)
                    return NULL;
                atomic_pause();
            }
            tail = atomic_load_relaxed_u64(&ring->tail);
        }
    }
}

void drop_ring_commit(struct drop_ring *ring, uint64_t ticket)
{
    atomic_store_release_u32(&drop_ring_cell(ring, ticket)->turn, free_turn(ring, ticket) + 1);
}

/* Copies at most `most` bytes. */
static bool take(struct drop_ring *ring, struct cell *copy, size_t most)
{
    uint64_t head = atomic_load_relaxed_u64(&ring->head);

    for (;;) {
        struct cell *cell = drop_ring_cell(ring, head);
        uint32_t turn = free_turn(ring, head) + 1;
        /* Other side: drop_ring_commit. */
        int32_t ahead = (int32_t)(atomic_load_acquire_u32(&cell->turn) - turn);

        if (ahead < 0)
            return false;
        if (ahead > 0) {
            head = atomic_load_relaxed_u64(&ring->head);
        } else if (atomic_cas_u64(&ring->head, &head, head + 1)) {
            size_t used = cell_used(cell);

            copy->turn = turn;
            memcpy(&copy->shape, &cell->shape, (used < most ? used : most) - sizeof copy->turn);
            /* After the copy: the slot is free for the next lap. */
            atomic_store_release_u32(&cell->turn, turn + 1);
            return true;
        }
    }
}

bool drop_ring_take(struct drop_ring *ring, struct cell *copy)
{
    return take(ring, copy, SIZE_MAX);
}

bool drop_ring_drop(struct drop_ring *ring, struct cell_stub *stub)
{
    return take(ring, &stub->cell, sizeof *stub);
}

bool drop_ring_empty_hint(const struct drop_ring *ring)
{
    uint64_t head = atomic_load_acquire_u64(&ring->head);
    uint32_t turn = atomic_load_acquire_u32(&drop_ring_cell(ring, head)->turn);

    return (int32_t)(turn - (free_turn(ring, head) + 1)) < 0;
}

uint32_t drop_ring_size(const struct drop_ring *ring)
{
    uint64_t head = atomic_load_acquire_u64(&ring->head);
    uint64_t size = atomic_load_acquire_u64(&ring->tail) - head;

    return size < ring->capacity ? (uint32_t)size : ring->capacity;
}
