/* explore.c - see explore.h. */
#include "explore.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "os/rseq.h"
#include "path/atomic.h"

enum { STACK_SIZE = 64 * 1024, CHOICES_MAX = 4096, EVENTS_MAX = 4096, BUFFER_DEPTH = 2 };

enum fiber_state { READY, WAITS_FOR_CHANGE, WAITS_FOR_WAKE, ENDED };

struct store {
    void *at;
    uint32_t size;
    uint64_t value;
};

struct fiber {
    jmp_buf context;
    bool made; /* `context` may be jumped to */
    enum fiber_state state;
    const uint32_t *word; /* WAITS_FOR_WAKE */
    struct store buffer[BUFFER_DEPTH];
    uint32_t buffered;
    const void *plain; /* the line it is using, or NULL */
    bool plain_write;
    uint64_t changes; /* by others */
    bool aborted;     /* its restartable sequence, if it is in one */
    _Alignas(16) char stack[STACK_SIZE];
};

struct choice {
    uint16_t chosen;
    uint16_t count;
};

struct event {
    char kind;
    uint8_t fiber;
    const void *at;
    uint64_t value;
};

static struct fiber fibers[EXPLORE_FIBERS];
static jmp_buf scheduler;
static const struct scenario *scenario;
static int current = -1; /* running fiber; -1: none */
static struct choice choices[CHOICES_MAX];
static uint32_t choice_count; /* of the schedule that is being repeated */
static uint32_t choice_at;
static uint32_t preemptions;
static uint32_t delays;
static uint32_t aborts;
static struct event events[EVENTS_MAX];
static uint32_t event_count;

static void note(char kind, const void *at, uint64_t value)
{
    if (event_count < EVENTS_MAX)
        events[event_count++] = (struct event){kind, (uint8_t)current, at, value};
}

static void finding(const char *what)
{
    printf("%s: %s\n  (fiber, l load, s store, b buffered store, d drain, c compare-and-swap, C a "
           "failed one, a add, f fence, A aborted sequence, R restart barrier, p plain, w wait, W "
           "wake, x switch to)\n",
           scenario->name, what);
    for (uint32_t i = 0; i < event_count; i++)
        printf("  %u %c %p %llx\n", events[i].fiber, events[i].kind, events[i].at,
               (unsigned long long)events[i].value);
    fflush(stdout);
    exit(1);
}

void explore_check(bool fine, const char *what)
{
    if (!fine)
        finding(what);
}

bool explore_inside(void)
{
    return current >= 0;
}

/* One of `count` ways to go on: as the schedule that is repeated says, else the first. */
static uint32_t choose(uint32_t count)
{
    if (count == 1)
        return 0;
    if (choice_at == choice_count) {
        if (choice_count == CHOICES_MAX)
            finding("too many choices in one schedule (it does not end?)");
        choices[choice_count++] = (struct choice){0, (uint16_t)count};
    }
    if (choices[choice_at].count != count)
        finding("the scenario does not repeat itself");
    return choices[choice_at++].chosen;
}

/* ---- memory ---- */

static uint64_t memory_read(const void *at, uint32_t size)
{
    uint64_t value = 0;

    memcpy(&value, at, size);
    return value;
}

/* A store of `by` reaches memory. Storing what is there already is no change. */
static void memory_write(const struct fiber *by, void *at, uint32_t size, uint64_t value)
{
    if (memory_read(at, size) == value)
        return;
    memcpy(at, &value, size);
    for (uint32_t i = 0; i < scenario->fibers; i++) {
        if (&fibers[i] == by)
            continue;
        fibers[i].changes++;
        if (fibers[i].state == WAITS_FOR_CHANGE)
            fibers[i].state = READY;
    }
    if (scenario->step != NULL)
        scenario->step();
}

static void drain_one(struct fiber *fiber)
{
    struct store store = fiber->buffer[0];

    fiber->buffered--;
    memmove(&fiber->buffer[0], &fiber->buffer[1], fiber->buffered * sizeof store);
    note('d', store.at, store.value);
    memory_write(fiber, store.at, store.size, store.value);
}

static void drain_all(struct fiber *fiber)
{
    while (fiber->buffered > 0)
        drain_one(fiber);
}

/* ---- scheduling ---- */

static void fiber_main(void);

/* Fibers live as long as the program and go from schedule to schedule, because making one costs
 * more than most schedules. */
static void enter(struct fiber *fiber)
{
    ucontext_t first;

    if (fiber->made)
        _longjmp(fiber->context, 1);
    fiber->made = true;
    getcontext(&first);
    first.uc_stack.ss_sp = fiber->stack;
    first.uc_stack.ss_size = sizeof fiber->stack;
    first.uc_link = NULL;
    makecontext(&first, fiber_main, 0);
    setcontext(&first);
}

/* -1: the scheduler. */
static __attribute__((noinline)) void switch_to(int next)
{
    int previous = current;

    current = next;
    note('x', NULL, (uint64_t)next);
    if (_setjmp(previous < 0 ? scheduler : fibers[previous].context) != 0)
        return;
    if (next < 0)
        _longjmp(scheduler, 1);
    enter(&fibers[next]);
}

/* Decides what happens next. The running fiber goes on if it can and is chosen. */
static void schedule(void)
{
    for (;;) {
        bool can_go_on = current >= 0 && fibers[current].state == READY;
        int ways[2 * EXPLORE_FIBERS + 1];
        uint32_t count = 0;
        int way;

        if (can_go_on)
            ways[count++] = current;
        if (!can_go_on || preemptions < scenario->preemptions)
            for (uint32_t i = 0; i < scenario->fibers; i++)
                if ((int)i != current && fibers[i].state == READY)
                    ways[count++] = (int)i;
        /* Nobody can go on: what is buffered drains. */
        for (uint32_t i = 0; i < scenario->fibers && count == 0; i++)
            if (fibers[i].buffered > 0)
                ways[count++] = (int)i + EXPLORE_FIBERS;
        if (count == 0) {
            bool all_ended = true;

            for (uint32_t i = 0; i < scenario->fibers; i++)
                all_ended = all_ended && fibers[i].state == ENDED;
            if (!all_ended)
                finding("all wait");
            switch_to(-1);
            return;
        }
        way = ways[choose(count)];
        if (way >= EXPLORE_FIBERS) {
            drain_one(&fibers[way - EXPLORE_FIBERS]);
            continue;
        }
        if (way != current) {
            preemptions += can_go_on;
            switch_to(way);
        }
        return;
    }
}

static void point(void)
{
    if (current >= 0)
        schedule();
}

static bool has_buffered(const struct fiber *fiber, const void *at)
{
    for (uint32_t i = 0; i < fiber->buffered; i++)
        if (fiber->buffer[i].at == at)
            return true;
    return false;
}

/* A point before an access to `at`. Whether another fiber's store to it has drained by now can make
 * a difference here and nowhere else, so here is where that is chosen. */
static void point_at(const void *at)
{
    point();
    for (uint32_t i = 0; i < scenario->fibers; i++)
        while ((int)i != current && has_buffered(&fibers[i], at) && choose(2) == 1)
            drain_one(&fibers[i]);
}

static void fiber_main(void)
{
    for (;;) {
        scenario->fiber((uint32_t)current);
        fibers[current].state = ENDED;
        schedule();
    }
}

/* ---- what atomic.h calls ---- */

uint64_t explore_load(const void *at, uint32_t size)
{
    struct fiber *self;
    uint64_t value;

    if (current < 0)
        return memory_read(at, size);
    point_at(at);
    self = &fibers[current];
    value = memory_read(at, size);
    for (uint32_t i = 0; i < self->buffered; i++)
        if (self->buffer[i].at == at)
            value = self->buffer[i].value;
    note('l', at, value);
    return value;
}

/* A store of the running fiber, after its point. */
static void store_now(void *at, uint32_t size, uint64_t value)
{
    struct fiber *self = &fibers[current];

    if (self->buffered == 0) {
        if (delays == scenario->delays || choose(2) == 0) {
            note('s', at, value);
            memory_write(self, at, size, value);
            return;
        }
        delays++;
    } else if (self->buffered == BUFFER_DEPTH) {
        drain_one(self);
    }
    note('b', at, value);
    self->buffer[self->buffered++] = (struct store){at, size, value};
}

void explore_store(void *at, uint32_t size, uint64_t value)
{
    if (current < 0) {
        memcpy(at, &value, size);
        return;
    }
    point_at(at);
    store_now(at, size, value);
}

/* Has the sequence been aborted by now, by a barrier or by a preemption on its own processor? */
static bool is_aborted(struct fiber *self)
{
    if (!self->aborted && aborts < scenario->aborts && choose(2) == 1) {
        aborts++;
        self->aborted = true;
    }
    return self->aborted;
}

bool explore_store_if(const uint64_t *word, uint64_t expected, uint64_t *at, uint64_t value)
{
    struct fiber *self;
    bool fine;

    if (current < 0) {
        fine = *word == expected;
        if (fine)
            *at = value;
        return fine;
    }
    self = &fibers[current];
    fine = explore_load(word, 8) == expected;
    self->aborted = false; /* a barrier up to here came before the sequence */
    if (fine) {
        point_at(at);
        fine = !is_aborted(self);
    }
    if (fine)
        store_now(at, 8, value);
    else
        note('A', at, value);
    return fine;
}

bool explore_cas(void *at, uint32_t size, uint64_t *expected, uint64_t desired)
{
    uint64_t seen;

    if (current < 0) {
        seen = memory_read(at, size);
        if (seen != *expected) {
            *expected = seen;
            return false;
        }
        memcpy(at, &desired, size);
        return true;
    }
    point_at(at);
    drain_all(&fibers[current]);
    seen = memory_read(at, size);
    if (seen != *expected) {
        *expected = seen;
        note('C', at, seen);
        return false;
    }
    note('c', at, desired);
    memory_write(&fibers[current], at, size, desired);
    return true;
}

uint64_t explore_add(void *at, uint32_t size, uint64_t step)
{
    uint64_t seen;

    if (current < 0) {
        seen = memory_read(at, size) + step;
        memcpy(at, &seen, size);
        return seen - step;
    }
    point_at(at);
    drain_all(&fibers[current]);
    seen = memory_read(at, size);
    note('a', at, seen + step);
    memory_write(&fibers[current], at, size, seen + step);
    return seen;
}

void explore_fence(void)
{
    point();
    if (current >= 0)
        drain_all(&fibers[current]);
    note('f', NULL, 0);
}

/* ---- what scenarios call ---- */

uint64_t explore_changes(void)
{
    return current >= 0 ? fibers[current].changes : 0;
}

void explore_wait_for_change(uint64_t since)
{
    if (fibers[current].changes != since)
        return;
    fibers[current].state = WAITS_FOR_CHANGE;
    schedule();
}

void explore_plain(const void *at, bool write)
{
    const void *line = (const void *)((uintptr_t)at & ~(uintptr_t)63);
    struct fiber *self = &fibers[current];

    if (current < 0)
        return;
    note('p', line, write);
    for (uint32_t i = 0; i < scenario->fibers; i++)
        if (fibers[i].plain == line && (write || fibers[i].plain_write))
            finding("two fibers in the same bytes");
    self->plain = line;
    self->plain_write = write;
    point();
    self->plain = NULL;
}

void *explore_memcpy(void *to, const void *from, size_t size)
{
    if (current >= 0)
        explore_plain(from, false);
    return memcpy(to, from, size);
}

void explore_futex_wait(const uint32_t *word, uint32_t expected)
{
    point_at(word);
    drain_all(&fibers[current]);
    note('w', word, *word);
    if (*word != expected)
        return;
    fibers[current].word = word;
    fibers[current].state = WAITS_FOR_WAKE;
    schedule();
}

void explore_futex_wake(const uint32_t *word)
{
    point();
    drain_all(&fibers[current]);
    note('W', word, 0);
    for (uint32_t i = 0; i < scenario->fibers; i++)
        if (fibers[i].state == WAITS_FOR_WAKE && fibers[i].word == word)
            fibers[i].state = READY;
}

/* The caller passes a barrier first; each other thread at some moment between then and the end of
 * the call. */
static void barrier(bool restart)
{
    note(restart ? 'R' : 'f', NULL, 1);
    drain_all(&fibers[current]);
    for (uint32_t i = 0; i < scenario->fibers; i++) {
        if ((int)i == current)
            continue;
        point();
        drain_all(&fibers[i]);
        fibers[i].aborted = fibers[i].aborted || restart;
    }
    note(restart ? 'R' : 'f', NULL, 0);
}

void explore_barrier(void)
{
    barrier(false);
}

void explore_restart(void)
{
    barrier(true);
}

/* ---- all schedules ---- */

static void run_once(void)
{
    choice_at = 0;
    preemptions = 0;
    delays = 0;
    aborts = 0;
    event_count = 0;
    current = -1;
    for (uint32_t i = 0; i < scenario->fibers; i++) {
        struct fiber *fiber = &fibers[i];

        fiber->state = READY;
        fiber->buffered = 0;
        fiber->plain = NULL;
        fiber->changes = 0;
        fiber->aborted = false;
    }
    scenario->setup(scenario->shape);
    switch_to((int)choose(scenario->fibers));
    scenario->end();
}

/* Goes to the next schedule in depth-first order; false: that was the last. */
static bool next_schedule(void)
{
    while (choice_count > 0) {
        struct choice *last = &choices[choice_count - 1];

        if (last->chosen + 1 < last->count) {
            last->chosen++;
            return true;
        }
        choice_count--;
    }
    return false;
}

uint64_t explore(const struct scenario *wanted)
{
    uint64_t schedules = 0;

    scenario = wanted;
    choice_count = 0;
    do {
        run_once();
        schedules++;
    } while (next_schedule());
    return schedules;
}
