/*
 * path/pending.c - records of commands that somebody waits for.
 *
 * Parties: the waiter, who may give up; the worker that runs the command; when the handler deferred
 * it, whoever has the token; whoever cancels. The state word, generation and state in one, decides
 * by cas who frees the record:
 *
 *     WAITING  --worker--> DONE        the waiter reads the answer (cas: release/acquire) and frees
 *     WAITING  --waiter--> ABANDONED   the waiter never looks again; the worker frees
 *     WAITING  --cancel--> CANCELLED   the waiter never looks again; the worker frees
 *     WAITING  --worker--> DEFERRED    no worker knows the record any more
 *     DEFERRED --any-----> TAKEN       the one who took it reads and writes it, and gives it back
 *     TAKEN    ----------> DEFERRED    (nothing came of it), or ends it:
 *     TAKEN    ----------> DONE        as above; or, the waiter itself having taken it, FREE
 *
 * TAKEN is held for as long as it takes to copy an answer. Whoever else wants the record yields
 * meanwhile; the waiter too, so an answer that is being copied at the deadline still counts.
 *
 * A cell names its record with the generation, so a record that was freed and used again is not
 * mistaken for the old one. The free list is a stack by index with a tag against ABA; records are
 * never returned to the system before close, so a look at a freed one reads valid memory.
 */
#include "path/path.h"

enum { LOOKS_BEFORE_SLEEP = 200, STATE_BITS = 3 };

static uint32_t word_of(uint32_t generation, enum pending_state state)
{
    return generation << STATE_BITS | (uint32_t)state;
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
    *generation =
        ((atomic_load_relaxed_u32(&pending->state) >> STATE_BITS) + 1) & (UINT32_MAX >> STATE_BITS);
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
    atomic_store_release_ptr(&pending->kept, NULL);
    atomic_store_release_u32(&pending->state, word_of(*generation, PENDING_WAITING));
    return pending;
}

void pending_give(struct bus *bus, struct pending *pending)
{
    uint64_t top = atomic_load_acquire_u64(&bus->pending_top);
    uint32_t own = (uint32_t)(pending - bus->pendings) + 1;

    atomic_store_release_u32(
        &pending->state,
        word_of(atomic_load_relaxed_u32(&pending->state) >> STATE_BITS, PENDING_FREE));
    do
        atomic_store_relaxed_u32(&pending->next_free, (uint32_t)top);
    while (!atomic_cas_u64(&bus->pending_top, &top, ((top >> 32) + 1) << 32 | own));
}

enum pending_state pending_state(const struct pending *pending, uint32_t generation)
{
    uint32_t word = atomic_load_acquire_u32(&pending->state);

    if (word >> STATE_BITS != generation)
        return PENDING_FREE;
    return (enum pending_state)(word & ((1U << STATE_BITS) - 1));
}

uint32_t pending_generation(const struct pending *pending)
{
    return atomic_load_acquire_u32(&pending->state) >> STATE_BITS;
}

bool pending_move(struct pending *pending, uint32_t generation, enum pending_state from,
                  enum pending_state to)
{
    uint32_t expected = word_of(generation, from);

    return atomic_cas_u32(&pending->state, &expected, word_of(generation, to));
}

bool pending_is_waiting(const struct pending *pending, uint32_t generation)
{
    return atomic_load_acquire_u32(&pending->state) == word_of(generation, PENDING_WAITING);
}

bool pending_is_cancelled(const struct cell_extension *extension)
{
    return extension != NULL && (extension->has & CELL_HAS_PENDING) != 0 &&
           pending_state(extension->pending, extension->pending_generation) == PENDING_CANCELLED;
}

/* The waiter looks, and gives up if it is late. True: *end says how it went. */
static bool look(struct bus *bus, struct pending *pending, uint32_t generation, bool late,
                 enum pending_end *end)
{
    switch (pending_state(pending, generation)) {
    case PENDING_WAITING:
        *end = PENDING_TIMED_OUT;
        return late && pending_move(pending, generation, PENDING_WAITING, PENDING_ABANDONED);
    case PENDING_DEFERRED:
        *end = PENDING_LATE;
        return late;
    case PENDING_TAKEN:
        if (late)
            bus->os.yield(bus->os.context);
        return false;
    case PENDING_DONE:
        *end = PENDING_ENDED;
        return true;
    case PENDING_FREE:
    case PENDING_ABANDONED:
    case PENDING_CANCELLED:
        break;
    }
    *end = PENDING_WAS_CANCELLED;
    return true;
}

enum pending_end pending_wait(struct bus *bus, struct pending *pending, uint32_t generation,
                              uint64_t deadline_ns)
{
    enum pending_end end;
    bool late = false;
    uint32_t looks;

    for (looks = 0; looks < LOOKS_BEFORE_SLEEP && !bus->os.take_turns; looks++) {
        if (atomic_load_acquire_u32(&pending->state) != word_of(generation, PENDING_WAITING))
            break;
        atomic_pause();
    }
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&pending->state);

        if (look(bus, pending, generation, late, &end))
            return end;
        if (!late)
            late = !bus->os.wait(bus->os.context, &pending->state, seen, deadline_ns);
    }
}

void pending_finish(struct bus *bus, struct pending *pending, uint32_t generation)
{
    if (pending_move(pending, generation, PENDING_WAITING, PENDING_DONE) ||
        pending_move(pending, generation, PENDING_TAKEN, PENDING_DONE)) {
        bus->os.wake(bus->os.context, &pending->state, true);
        return;
    }
    if (pending_state(pending, generation) != PENDING_ABANDONED &&
        pending_state(pending, generation) != PENDING_CANCELLED)
        return;
    pool_give(&bus->pool, pending->bytes);
    pending_give(bus, pending);
}

bool pending_take_deferred(struct bus *bus, struct pending *pending, uint32_t generation)
{
    while (!pending_move(pending, generation, PENDING_DEFERRED, PENDING_TAKEN)) {
        if (pending_state(pending, generation) != PENDING_TAKEN)
            return false;
        bus->os.yield(bus->os.context);
    }
    return true;
}
