/*
 * A producer that stands still wherever a signal hits it, in the middle of a claim, a sequence or
 * before its commit: others claim, the lane loses nothing. Not for ThreadSanitizer, which puts
 * signals off until the thread calls the system.
 *
 * covers: I1
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "os/os.h"
#include "path/lane.h"

enum { STRIDE = 64, ROUNDS = 300, CAPACITY = 1 << 16 };

static uint32_t stopped; /* 1 while the victim is in its signal handler */
static uint32_t go_on;

static void stand_still(int signal)
{
    (void)signal;
    __atomic_store_n(&stopped, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&go_on, __ATOMIC_SEQ_CST) == 0)
        continue;
    __atomic_store_n(&stopped, 0, __ATOMIC_SEQ_CST);
}

struct victim {
    struct lane lane;
    pthread_t thread;
    uint32_t ready;
    uint32_t enough;
    uint64_t sent;
};

static void *victim_main(void *argument)
{
    struct victim *victim = argument;

    (void)producer_here();
    __atomic_store_n(&victim->ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&victim->enough, __ATOMIC_SEQ_CST) == 0) {
        uint64_t ticket = 0;
        struct cell *cell = lane_claim(&victim->lane, producer_here(), &ticket);

        if (cell == NULL)
            continue;
        cell->kind = 1;
        cell->stamp = victim->sent++;
        lane_commit(&victim->lane, ticket);
    }
    return NULL;
}

/* Consumes at most `most`. */
static uint64_t drain(struct victim *victim, uint64_t *next, uint64_t most)
{
    uint64_t count = 0;
    struct cell *cell;

    for (; count < most && (cell = lane_front(&victim->lane)) != NULL; count++) {
        if (cell->kind == 1)
            assert_int_equal(cell->stamp, (*next)++);
        lane_release(&victim->lane);
    }
    return count;
}

static void open_victim(struct victim *victim, void *memory)
{
    struct sigaction action = {.sa_handler = stand_still};

    lane_init(&victim->lane, memory, CAPACITY, STRIDE, 0);
    lane_let_own(&victim->lane, os_restart_of(bus_os_native()));
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pthread_create(&victim->thread, NULL, victim_main, victim), 0);
    while (__atomic_load_n(&victim->ready, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
}

static void stop_it(const struct victim *victim)
{
    __atomic_store_n(&go_on, 0, __ATOMIC_SEQ_CST);
    assert_int_equal(pthread_kill(victim->thread, SIGUSR1), 0);
    while (__atomic_load_n(&stopped, __ATOMIC_SEQ_CST) == 0)
        continue;
}

static void let_it_go_on(void)
{
    __atomic_store_n(&go_on, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&stopped, __ATOMIC_SEQ_CST) != 0)
        sched_yield();
}

static void claim_50(struct victim *victim)
{
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t ticket = 0;
        struct cell *cell = lane_claim(&victim->lane, producer_here(), &ticket);

        assert_non_null(cell);
        cell->kind = 2;
        lane_commit(&victim->lane, ticket);
    }
}

static void a_producer_stopped_anywhere_stops_no_claim(void **state)
{
    static struct victim victim;
    size_t bytes = lane_bytes(CAPACITY, STRIDE);
    void *memory = get_memory(bytes);
    uint64_t random = 1;
    uint64_t next = 0;
    uint64_t all = 0;

    (void)state;
    open_victim(&victim, memory);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint64_t spin = next_random(&random) % 5000; spin > 0; spin--)
            all += drain(&victim, &next, 10);
        /* However short its ownerships are, it owns the lane again soon. */
        atomic_store_relaxed_u64(&victim.lane.needed, 2);
        stop_it(&victim);
        all += drain(&victim, &next, UINT64_MAX); /* all before the message it was stopped in */
        claim_50(&victim);
        let_it_go_on();
    }
    __atomic_store_n(&victim.enough, 1, __ATOMIC_SEQ_CST);
    pthread_join(victim.thread, NULL);
    all += drain(&victim, &next, UINT64_MAX);
    assert_int_equal(next, victim.sent);
    assert_int_equal(all, victim.sent + 50 * ROUNDS);
    free_memory(memory, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producer_stopped_anywhere_stops_no_claim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
