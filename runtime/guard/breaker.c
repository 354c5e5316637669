/*
 * guard/breaker.c - a circuit breaker for any number of threads.
 *
 * Use. Every call of a guarded handler asks, and tells its end. Nearly all of them find the breaker
 * closed with nothing counted, and pay one load each. Successes and admissions never wait for
 * anybody; failures take a lock among themselves.
 *
 * One word holds all that decides: state, dirty (failures are counted), probes that run, successes
 * of this half-open time, and a generation that goes up with each change of state and each
 * clearing.
 * It changes by compare-and-swap only, so every change happens at one moment, to a word that was
 * seen whole, and a word seen once never comes back (the generation has 41 bits).
 *
 *   at most `probes` run at once      the only step that adds one checks the number in the word it
 *                                     replaces; each admitted probe takes off one, once
 *   one failure reopens               it replaces a half-open word, or finds that another call has
 *                                     just closed or opened the breaker
 *   a success clears                  it replaces a dirty word by a clean one with a new generation
 *
 * The times of the failures do not fit into the word. They lie in a ring under the lock, and belong
 * to the generation that is noted with them: one that finds another generation in the word finds
 * the ring empty. A failure enters its time only when its swap succeeded, still under the lock; so
 * in a dirty word's generation the ring has what was counted, all of it.
 *
 * `until_ns` is written under the lock before the swap that opens. Who sees the open word (acquire)
 * sees its end or that of a later opening. If it is the later one, a probe has failed meanwhile: to
 * refuse is right then, and a call that would go finds another word when it swaps.
 *
 * since_ns and refused are for listings; nothing is decided by them.
 */
#include "guard/breaker.h"

enum { RUNNING_SHIFT = 3, SUCCESSES_SHIFT = 13, GENERATION_SHIFT = 23, COUNT_MASK = 0x3ff };

#define RUNNING_ONE (UINT64_C(1) << RUNNING_SHIFT)
#define SUCCESS_ONE (UINT64_C(1) << SUCCESSES_SHIFT)

/* Half-open and full: one of the probes may have ended by then. */
#define LOOK_AGAIN_MOST (100 * BUS_MILLISECOND)
#define LOOK_AGAIN_LEAST BUS_MILLISECOND

static enum breaker_state state_of(uint64_t word)
{
    return (enum breaker_state)(word & BREAKER_STATE_BITS);
}

static uint32_t running_of(uint64_t word)
{
    return (uint32_t)(word >> RUNNING_SHIFT) & COUNT_MASK;
}

static uint32_t successes_of(uint64_t word)
{
    return (uint32_t)(word >> SUCCESSES_SHIFT) & COUNT_MASK;
}

/* The next generation, clean: only the probes that run are taken along. */
static uint64_t word_next(uint64_t word, enum breaker_state state)
{
    return ((word >> GENERATION_SHIFT) + 1) << GENERATION_SHIFT |
           (word & (uint64_t)COUNT_MASK << RUNNING_SHIFT) | (uint64_t)state;
}

static uint64_t now_of(const struct breaker *breaker)
{
    const struct bus_os *os = breaker->options.os;

    return os->monotonic_ns(os->context);
}

static uint64_t later(uint64_t now, uint64_t ns)
{
    return now + ns >= now ? now + ns : UINT64_MAX;
}

void breaker_init(struct breaker *breaker, const struct breaker_options *options, uint64_t *at_ns)
{
    *breaker = (struct breaker){.options = *options, .at_ns = at_ns};
}

static void changed(struct breaker *breaker, struct thread *thread, enum breaker_state from,
                    enum breaker_state to, uint32_t failures, uint64_t now)
{
    atomic_store_relaxed_u64(&breaker->since_ns, now);
    if (breaker->options.changed != NULL)
        breaker->options.changed(breaker->options.context, thread, from, to, failures);
}

static enum breaker_admission refuse(struct breaker *breaker)
{
    (void)atomic_fetch_add_u64(&breaker->refused, 1);
    return BREAKER_REFUSE;
}

enum breaker_admission breaker_admit_slowly(struct breaker *breaker, struct thread *thread)
{
    uint64_t word = atomic_load_acquire_u64(&breaker->word);

    for (;;) {
        bool open = state_of(word) == BREAKER_OPEN;
        uint64_t next = word, now = 0;

        if (state_of(word) == BREAKER_CLOSED)
            return BREAKER_GO;
        if (open) {
            now = now_of(breaker);
            if (now < atomic_load_relaxed_u64(&breaker->until_ns))
                return refuse(breaker);
            next = word_next(word, BREAKER_HALF_OPEN);
        }
        /* Probes of an earlier half-open time may still run. */
        if (running_of(word) >= breaker->options.probes)
            return refuse(breaker);
        if (!atomic_cas_u64(&breaker->word, &word, next + RUNNING_ONE))
            continue;
        if (open)
            changed(breaker, thread, BREAKER_OPEN, BREAKER_HALF_OPEN, 0, now);
        return BREAKER_PROBE;
    }
}

void breaker_success_slowly(struct breaker *breaker, struct thread *thread, bool probe)
{
    uint64_t word = atomic_load_acquire_u64(&breaker->word);
    bool closes = false;
    uint64_t next;

    do {
        next = probe ? word - RUNNING_ONE : word;
        closes = false;
        if (state_of(word) == BREAKER_CLOSED && (word & BREAKER_DIRTY) != 0) {
            next = word_next(next, BREAKER_CLOSED);
        } else if (state_of(word) == BREAKER_HALF_OPEN && probe) {
            closes = successes_of(word) + 1 >= breaker->options.probes;
            next = closes ? word_next(next, BREAKER_CLOSED) : next + SUCCESS_ONE;
        }
        if (next == word)
            return;
    } while (!atomic_cas_u64(&breaker->word, &word, next));
    if (closes)
        changed(breaker, thread, BREAKER_HALF_OPEN, BREAKER_CLOSED, 0, now_of(breaker));
}

/* Lock: how many failures of the word's generation are less than the window old. */
static uint32_t count_recent(struct breaker *breaker, uint64_t word, uint64_t now)
{
    if (breaker->generation != word >> GENERATION_SHIFT || (word & BREAKER_DIRTY) == 0) {
        breaker->generation = word >> GENERATION_SHIFT;
        breaker->count = 0;
        breaker->first = 0;
    }
    while (breaker->count > 0 &&
           now - breaker->at_ns[breaker->first] > breaker->options.within_ns) {
        breaker->first = (breaker->first + 1) % breaker->options.failures;
        breaker->count--;
    }
    return breaker->count;
}

/* Lock. */
static void enter_failure(struct breaker *breaker, uint64_t now)
{
    breaker->at_ns[(breaker->first + breaker->count) % breaker->options.failures] = now;
    breaker->count++;
}

void breaker_failure(struct breaker *breaker, struct thread *thread, bool probe)
{
    enum breaker_state from;
    uint32_t failures = 1;
    bool opens, counts;
    uint64_t word, next, now;

    lock_take(&breaker->lock, breaker->options.os);
    now = now_of(breaker); /* under the lock, so that the ring's times ascend */
    word = atomic_load_acquire_u64(&breaker->word);
    do {
        from = state_of(word);
        counts = from == BREAKER_CLOSED;
        failures = counts ? count_recent(breaker, word, now) + 1 : 1;
        opens = counts ? failures >= breaker->options.failures : from == BREAKER_HALF_OPEN && probe;
        next = probe ? word - RUNNING_ONE : word;
        if (opens) {
            atomic_store_relaxed_u64(&breaker->until_ns, later(now, breaker->options.open_ns));
            next = word_next(next, BREAKER_OPEN);
        } else if (counts) {
            next |= BREAKER_DIRTY;
        }
        /* The swap also where nothing changes: it says that the ring is still this word's. */
    } while (!atomic_cas_u64(&breaker->word, &word, next));
    if (opens)
        breaker->opened++;
    else if (counts)
        enter_failure(breaker, now);
    lock_give(&breaker->lock, breaker->options.os);
    if (opens)
        changed(breaker, thread, from, BREAKER_OPEN, failures, now);
}

void breaker_abandon(struct breaker *breaker, bool probe)
{
    if (probe)
        (void)atomic_fetch_add_u64(&breaker->word, (uint64_t)0 - RUNNING_ONE);
}

uint64_t breaker_next_ns(const struct breaker *breaker)
{
    enum breaker_state state = breaker_state(breaker);
    uint64_t now = now_of(breaker), wait = breaker->options.open_ns / 64;
    uint64_t until = atomic_load_relaxed_u64(&breaker->until_ns);

    if (state == BREAKER_CLOSED)
        return now;
    if (state == BREAKER_OPEN && until > now)
        return until;
    if (wait < LOOK_AGAIN_LEAST)
        wait = LOOK_AGAIN_LEAST;
    return later(now, wait < LOOK_AGAIN_MOST ? wait : LOOK_AGAIN_MOST);
}

void breaker_look(struct breaker *breaker, struct breaker_view *view)
{
    uint64_t word;

    lock_take(&breaker->lock, breaker->options.os);
    word = atomic_load_acquire_u64(&breaker->word);
    view->state = state_of(word);
    view->running = running_of(word);
    view->failures = state_of(word) == BREAKER_CLOSED && (word & BREAKER_DIRTY) != 0
                         ? count_recent(breaker, word, now_of(breaker))
                         : 0;
    view->opened = breaker->opened;
    lock_give(&breaker->lock, breaker->options.os);
    view->since_ns = atomic_load_relaxed_u64(&breaker->since_ns);
    view->refused = atomic_load_relaxed_u64(&breaker->refused);
}
