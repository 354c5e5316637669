/*
 * path/pending.c - records of queued commands that somebody waits for.
 *
 * Two parties share a record: the waiter, who may give up, and the worker that answers. Its state
 * word, generation and phase in one, decides by cas who frees it:
 *
 *     WAITING --worker--> DONE        the waiter reads the answer (cas: release/acquire) and frees
 *     WAITING --waiter--> ABANDONED   the waiter never looks again; the worker frees
 *
 * A cell names its record with the generation, so a record that was freed and used again is not
 * mistaken for the old one. The free list is a stack by index with a tag against ABA; records are
 * never returned to the system before close, so a look at a freed one reads valid memory.
 */
#include "path/path.h"

enum { LOOKS_BEFORE_SLEEP = 200 };

static uint32_t word_of(uint32_t generation, enum pending_state state)
{
    return generation << 2 | (uint32_t)state;
}

struct pending *pending_take(struct bus *bus, uint32_t *generation)
{
    uint64_t top = atomic_load_acquire_u64(&bus->pending_top);
    struct pending *pending;

    do {
        if ((uint32_t)top == 0)
            return NULL;
        pending = &bus->pendings[(uint32_t)top - 1];
    } while (
        !atomic_cas_u64(&bus->pending_top, &top,
                        ((top >> 32) + 1) << 32 | atomic_load_relaxed_u32(&pending->next_free)));
    *generation = ((atomic_load_relaxed_u32(&pending->state) >> 2) + 1) & (UINT32_MAX >> 2);
    pending->waiter = NULL;
    pending->complete = NULL;
    pending->outcome = BUS_TIMEOUT;
    pending->attempts = 0;
    pending->dead_lettered = false;
    pending->breaker_state = 0;
    pending->answer = 0;
    pending->size = 0;
    pending->bytes = NULL;
    pending->handler = NULL;
    pending->error = (struct bus_error){0};
    pending->error_text[0] = '\0';
    atomic_store_release_u32(&pending->state, word_of(*generation, PENDING_WAITING));
    return pending;
}

void pending_give(struct bus *bus, struct pending *pending)
{
    uint64_t top = atomic_load_acquire_u64(&bus->pending_top);
    uint32_t own = (uint32_t)(pending - bus->pendings) + 1;

    atomic_store_release_u32(&pending->state,
                             word_of(atomic_load_relaxed_u32(&pending->state) >> 2, PENDING_FREE));
    do
        atomic_store_relaxed_u32(&pending->next_free, (uint32_t)top);
    while (!atomic_cas_u64(&bus->pending_top, &top, ((top >> 32) + 1) << 32 | own));
}

bool pending_is_waiting(const struct pending *pending, uint32_t generation)
{
    return atomic_load_acquire_u32(&pending->state) == word_of(generation, PENDING_WAITING);
}

bool pending_wait(struct bus *bus, struct pending *pending, uint32_t generation,
                  uint64_t deadline_ns)
{
    uint32_t waiting = word_of(generation, PENDING_WAITING), looks;

    for (looks = 0; looks < LOOKS_BEFORE_SLEEP && !bus->os.take_turns; looks++) {
        if (atomic_load_acquire_u32(&pending->state) != waiting)
            return false;
        atomic_pause();
    }
    while (atomic_load_acquire_u32(&pending->state) == waiting) {
        uint32_t expected = waiting;

        if (bus->os.wait(bus->os.context, &pending->state, waiting, deadline_ns))
            continue;
        return atomic_cas_u32(&pending->state, &expected, word_of(generation, PENDING_ABANDONED));
    }
    return false;
}

void pending_finish(struct bus *bus, struct pending *pending, uint32_t generation)
{
    uint32_t expected = word_of(generation, PENDING_WAITING);

    if (atomic_cas_u32(&pending->state, &expected, word_of(generation, PENDING_DONE))) {
        bus->os.wake(bus->os.context, &pending->state, true);
        return;
    }
    if (expected != word_of(generation, PENDING_ABANDONED))
        return;
    pool_give(&bus->pool, pending->bytes);
    pending_give(bus, pending);
}
