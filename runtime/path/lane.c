/* path/lane.c - the rare part of a lane; the argument is at the top of lane.h. */
#include "path/lane.h"

#include <assert.h>

static uint64_t slots_for(uint32_t capacity)
{
    uint64_t slots = 1;

    while (slots < capacity)
        slots *= 2;
    return slots;
}

size_t lane_bytes(uint32_t capacity, uint32_t stride)
{
    return (size_t)slots_for(capacity) * stride;
}

void lane_init(struct lane *lane, void *memory, uint32_t capacity, uint32_t stride,
               uint64_t first_ticket)
{
    uint64_t slots = slots_for(capacity);
    uint64_t unlucky = (first_ticket | UINT32_MAX) - first_ticket;

    assert(capacity > 0 && capacity <= UINT32_C(1) << 30);
    assert(stride % CACHE_LINE == 0 && (uintptr_t)memory % CACHE_LINE == 0);
    lane->cells = memory;
    lane->mask = slots - 1;
    lane->stride = stride;
    lane->capacity = capacity;
    lane->tail = first_ticket;
    lane->seen = first_ticket;
    lane->head = first_ticket;
    lane->next = first_ticket;
    /* I3: the ticket that expects turn 0, if it is in the first lap, must not find the zero of
     * fresh memory. */
    if (unlucky < slots)
        lane_cell(lane, first_ticket + unlucky)->turn = 1;
}

int64_t lane_room(struct lane *lane, uint64_t tail)
{
    uint64_t head = atomic_load_acquire_u64(&lane->head);
    int64_t distance = (int64_t)(tail - head);

    /* Release: hands on to other producers what the acquire above gave us. */
    atomic_store_release_u64(&lane->seen, head);
    if (distance < 0)
        return -1;
    return distance < lane->capacity ? lane->capacity - distance : 0;
}

uint32_t lane_claim_many(struct lane *lane, uint32_t wanted, uint64_t *first)
{
    uint64_t tail = atomic_load_relaxed_u64(&lane->tail);

    if (wanted == 0)
        return 0;
    for (;;) {
        uint64_t distance = tail - atomic_load_acquire_u64(&lane->seen);
        int64_t room = (int64_t)(lane->capacity - distance);

        if (distance > lane->capacity || room < wanted) {
            room = lane_room(lane, tail);
            if (room == 0)
                return 0;
            if (room < 0) {
                tail = atomic_load_relaxed_u64(&lane->tail);
                continue;
            }
        }
        if (room > wanted)
            room = wanted;
        if (atomic_cas_u64(&lane->tail, &tail, tail + (uint64_t)room)) {
            *first = tail;
            return (uint32_t)room;
        }
    }
}

uint32_t lane_size(const struct lane *lane)
{
    /* head first: read the other way round, it could have overtaken the tail we saw. */
    uint64_t head = atomic_load_acquire_u64(&lane->head);
    uint64_t size = atomic_load_acquire_u64(&lane->tail) - head;

    return size < lane->capacity ? (uint32_t)size : lane->capacity;
}
