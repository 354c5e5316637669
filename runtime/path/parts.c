/* path/parts.c - the argument is at the top of parts.h. */
#include "path/parts.h"

static uint64_t slots_for(uint32_t capacity)
{
    uint64_t slots = 2;

    while (slots < capacity)
        slots *= 2;
    return slots;
}

size_t parts_bytes(uint32_t capacity)
{
    return (size_t)slots_for(capacity) * sizeof(struct parts_slot);
}

void parts_init(struct parts *parts, void *memory, uint32_t capacity)
{
    parts->slots = memory;
    parts->mask = slots_for(capacity) - 1;
    parts->tail = 0;
    parts->head = 0;
}

/* The turn of a slot that is free for this position. */
static uint32_t free_turn(const struct parts *parts, uint64_t position)
{
    return (uint32_t)(position & ~parts->mask);
}

bool parts_push(struct parts *parts, struct part part)
{
    uint64_t tail = atomic_load_relaxed_u64(&parts->tail);

    for (;;) {
        struct parts_slot *slot = &parts->slots[tail & parts->mask];
        uint32_t turn = free_turn(parts, tail);
        /* Other side: the last store of parts_pop. */
        int32_t ahead = (int32_t)(atomic_load_acquire_u32(&slot->turn) - turn);

        if (ahead < 0)
            return false;
        if (ahead > 0) {
            tail = atomic_load_relaxed_u64(&parts->tail);
        } else if (atomic_cas_u64(&parts->tail, &tail, tail + 1)) {
            slot->group = part.group;
            slot->index = part.index;
            atomic_store_release_u32(&slot->turn, turn + 1);
            return true;
        }
    }
}

bool parts_pop(struct parts *parts, struct part *part)
{
    uint64_t head = atomic_load_relaxed_u64(&parts->head);

    for (;;) {
        struct parts_slot *slot = &parts->slots[head & parts->mask];
        uint32_t turn = free_turn(parts, head) + 1;
        /* Other side: the last store of parts_push. */
        int32_t ahead = (int32_t)(atomic_load_acquire_u32(&slot->turn) - turn);

        if (ahead < 0)
            return false;
        if (ahead > 0) {
            head = atomic_load_relaxed_u64(&parts->head);
        } else if (atomic_cas_u64(&parts->head, &head, head + 1)) {
            part->group = slot->group;
            part->index = slot->index;
            atomic_store_release_u32(&slot->turn, turn + (uint32_t)parts->mask);
            return true;
        }
    }
}

bool parts_empty_hint(const struct parts *parts)
{
    uint64_t head = atomic_load_acquire_u64(&parts->head);
    uint32_t turn = atomic_load_acquire_u32(&parts->slots[head & parts->mask].turn);

    return (int32_t)(turn - (free_turn(parts, head) + 1)) < 0;
}
