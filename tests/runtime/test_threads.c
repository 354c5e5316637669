/*
 * Chaos: publishers alone, by turns and together, workers, failing handlers, pauses, handlers and
 * sessions that come and go, executes across workers, aborted claims, drops, audits, retries, a
 * breaker that opens and closes, dead letters that are run again, and a stop in the middle. Then
 * every account must balance, to the message, and so must that of the dead letters.
 *
 *     test_threads [SECONDS [SEED [imbalance]]]
 *
 * Default 3 s; a seed is printed with each failure; with `imbalance` one message is missing, which
 * must be noticed.
 *
 * covers: R10, E4, I6, P3, E1, I4, D5, F1, G1, H4
 */
#include "chaos.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>

enum { THREADS_MAX = 5 };

const struct bus_message_type *const chaos_events[EVENTS] = {
    &probe_ticked_type, &probe_keyed_type,      &probe_bulked_type,  &probe_shed_type,
    &probe_waited_type, &probe_alarmed_type,    &probe_chained_type, &probe_faded_type,
    &probe_urged_type,  &probe_shed_bulked_type};

/* ---- the disturber: handlers and sessions come and go, audits look ---- */

static void audit_balances(void *context, const struct bus_message_type *type,
                           const struct bus_account *account)
{
    struct chaos *chaos = context;

    if (!bus_account_balances(account) || account->running != 0) {
        print_message("audit: %s\n", bus_type_name(type));
        atomic_fetch_add(&chaos->wrong, 1);
    }
}

static enum bus_verdict passing_by(void *context, const struct probe_ticked *event,
                                   struct bus_delivery *delivery)
{
    atomic_bool *registered = context;

    (void)delivery;
    return atomic_load(registered) ? fate(delivery, event->number) : (enum bus_verdict)77;
}

/* A thread that comes, publishes and goes: its record is handed on. */
static void *visitor_body(void *argument)
{
    struct chaos *chaos = argument;

    for (uint64_t n = 0; n < 3; n++)
        tally(chaos, TICKED, probe_ticked_publish(chaos->bus, &(struct probe_ticked){.number = n}));
    return NULL;
}

static void disturb_once(struct chaos *chaos, uint64_t dice)
{
    struct bus *bus = chaos->bus;
    atomic_bool registered = true;
    struct bus_session session = {0, 0};
    struct bus_handler_options options = {.concurrent = dice % 2 == 0};
    struct bus_message_options in_session = {0};
    struct bus_stats stats;
    enum bus_status status;

    if (dice % 3 == 0 && bus_session_open(bus, &session) == BUS_OK) {
        options.session = session;
        in_session.session = session;
    }
    status = probe_ticked_subscribe(bus, passing_by, &registered, &options);
    if (status == BUS_OK) {
        tally(chaos, TICKED,
              probe_ticked_publish_with(bus, &(struct probe_ticked){.number = dice % 1000},
                                        &in_session));
        if (dice % 5 == 0)
            sched_yield();
        if (session.generation != 0 && dice % 2 == 0)
            status = bus_session_close(bus, session);
        else
            status = probe_ticked_unsubscribe(bus, passing_by, &registered, session);
        if (status != BUS_OK)
            atomic_fetch_add(&chaos->wrong, 1);
        atomic_store(&registered, false); /* from here on no call, else a verdict of 77 */
    } else if (status != BUS_ERR_STATE && status != BUS_ERR_WORKER_CONFLICT) {
        atomic_fetch_add(&chaos->wrong, 1);
    }
    if (session.generation != 0)
        (void)bus_session_close(bus, session);
    if (dice % 11 == 0) {
        pthread_t visitor;

        if (pthread_create(&visitor, NULL, visitor_body, chaos) == 0)
            (void)pthread_join(visitor, NULL);
    }
    if (dice % 13 == 0) {
        status = bus_wait_idle(bus, BUS_MILLISECOND);
        if (status != BUS_OK && status != BUS_ERR_TIMEOUT && status != BUS_ERR_STATE)
            atomic_fetch_add(&chaos->wrong, 1);
    }
    disturb_letters(chaos, dice / 17);
    if (dice % 7 == 0)
        (void)bus_audit(bus, PATIENCE, audit_balances, chaos);
    if (bus_stats(bus, &stats) != BUS_OK)
        atomic_fetch_add(&chaos->wrong, 1);
}

static void *disturber_body(void *argument)
{
    struct publisher *publisher = argument;
    uint64_t state = publisher->seed;

    while (!atomic_load(&publisher->chaos->enough))
        disturb_once(publisher->chaos, chance(&state) >> 3);
    return NULL;
}

/* ---- a life ---- */

/* The thread of a polled bus: sleeps on the descriptor. */
static void *poller_body(void *argument)
{
    struct chaos *chaos = argument;
    struct pollfd look = {.fd = bus_poll_descriptor(chaos->bus), .events = POLLIN};

    while (!atomic_load(&chaos->enough))
        if (poll(&look, 1, 20) == 1 && bus_poll(chaos->bus, 50, NULL) != BUS_OK)
            sched_yield(); /* not started, or stopped */
    return NULL;
}

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    uint64_t *counts = context;

    (void)envelope;
    if (!bus_wire_verify(type->codec.table, bytes, size, NULL))
        counts[EVENTS]++;
    for (int i = 0; i < EVENTS; i++)
        counts[i] += chaos_events[i] == type;
}

/* After the end: what was accepted is exactly what became of it, per type. */
static void check_books(struct chaos *chaos, const struct bus_left *left)
{
    uint64_t counts[EVENTS + 1] = {0};

    assert_int_equal(bus_left_each(chaos->bus, count_left, counts), left->messages);
    assert_int_equal(counts[EVENTS], 0);
    for (int i = 0; i < EVENTS; i++) {
        struct bus_account account = account_of(chaos->bus, chaos_events[i]);
        uint64_t refused = account.rejected + account.closed;

        if (account.accepted != atomic_load(&chaos->accepted[i]) || account.left != counts[i] ||
            account.held != 0 || account.running != 0 || !bus_account_balances(&account) ||
            refused > atomic_load(&chaos->refused[i]))
            fail_msg("%s, seed %llu: accepted %llu of %llu, processed %llu, failed %llu, dropped "
                     "%llu, expired %llu, left %llu of %llu, held %llu, running %llu",
                     bus_type_name(chaos_events[i]), (unsigned long long)chaos->seed,
                     (unsigned long long)account.accepted,
                     (unsigned long long)atomic_load(&chaos->accepted[i]),
                     (unsigned long long)account.processed, (unsigned long long)account.failed,
                     (unsigned long long)account.dropped, (unsigned long long)account.expired,
                     (unsigned long long)account.left, (unsigned long long)counts[i],
                     (unsigned long long)account.held, (unsigned long long)account.running);
        if (i != TICKED && i != KEYED)
            assert_int_equal(account.calls, atomic_load(&chaos->calls[i]));
        if (i == TICKED || i == KEYED)
            assert_true(atomic_load(&chaos->calls[i]) <= account.calls);
    }
    assert_balanced(chaos->bus);
    check_letters(chaos);
    assert_int_equal(atomic_load(&chaos->completed), atomic_load(&chaos->awaited));
    assert_int_equal(stats_of(chaos->bus).active_sessions, 0);
    if (left->messages == 0)
        assert_int_equal(stats_of(chaos->bus).pool_bytes_used, 0);
    if (atomic_load(&chaos->wrong) != 0)
        fail_msg("seed %llu: %llu wrong things", (unsigned long long)chaos->seed,
                 (unsigned long long)atomic_load(&chaos->wrong));
}

/* After a stop in time: what is parked stays, and what the bus tells of a breaker meanwhile. */
static void check_all_but_parked(const struct chaos *chaos)
{
    static const struct bus_message_type *const commands[] = {&probe_ping_type, &probe_square_type};

    for (size_t i = 0; i < EVENTS + sizeof commands / sizeof commands[0]; i++) {
        const struct bus_message_type *type = i < EVENTS ? chaos_events[i] : commands[i - EVENTS];
        uint64_t left = i == WAITED ? 0 : account_of(chaos->bus, type).left;

        if (left != 0)
            fail_msg("seed %llu: %llu of %s did not end", (unsigned long long)chaos->seed,
                     (unsigned long long)left, bus_type_name(type));
    }
}

static _Atomic uint64_t outcomes_seen[BUS_OUTCOMES];
static uint64_t kinds_seen[KINDS];

static bool imbalance; /* negative control: the books are wrong by one */

static void live(uint32_t publishers, uint32_t workers, uint64_t seed, uint64_t life_ns)
{
    static struct chaos chaos;
    struct bus_options options = {.workers = workers,
                                  .polled = workers == 0,
                                  .capacity = {64, 64, 64, 64, 64},
                                  .pool_bytes = 256 << 10,
                                  .commands_max = 32};
    struct publisher bodies[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    pthread_t poller = pthread_self();
    struct latch never = LATCH_INITIALIZER;
    bool started = false;
    struct bus_left left;

    memset(&chaos, 0, sizeof chaos);
    declare_failures(&options);
    chaos.seed = seed;
    chaos.polled = options.polled;
    chaos.publishers = publishers;
    chaos.bus = open_bus(&options);
    wire(&chaos);
    listen_to_breakers(&chaos);
    if (seed % 5 < 2)
        listen_to_bus(&chaos);
    if (workers == 0)
        poller = spawn(poller_body, &chaos);
    if (seed % 2 == 0)
        assert_int_equal(bus_start(chaos.bus), BUS_OK);
    for (uint32_t i = 0; i <= publishers; i++) {
        bodies[i] = (struct publisher){&chaos, seed * 31 + i, i};
        threads[i] = spawn(i < publishers ? publisher_body : disturber_body, &bodies[i]);
    }
    while (seed % 2 == 1 && !started) { /* under traffic; a claim may be open just then */
        enum bus_status status = bus_start(chaos.bus);

        started = status == BUS_OK;
        assert_true(started || status == BUS_ERR_BUSY);
    }
    (void)latch_wait_for(&never, 1, life_ns);
    /* Stopped under traffic: in time to deliver everything, or at once. */
    (void)bus_stop(chaos.bus, seed % 3 == 0 ? 0 : PATIENCE, &left);
    atomic_store(&chaos.enough, true);
    for (uint32_t i = 0; i <= publishers; i++)
        reap(threads[i]);
    if (workers == 0)
        reap(poller);
    (void)bus_stop(chaos.bus, PATIENCE, &left);
    assert_int_equal(left.running, 0);
    if (seed % 3 != 0)
        check_all_but_parked(&chaos);
    if (imbalance)
        atomic_fetch_add(&chaos.accepted[TICKED], 1);
    check_books(&chaos, &left);
    for (int i = 0; i < BUS_OUTCOMES; i++)
        outcomes_seen[i] += chaos.outcomes[i];
    for (int i = 0; i < KINDS; i++)
        kinds_seen[i] += chaos.kinds[i];
    assert_int_equal(bus_close(&chaos.bus), BUS_OK);
}

static uint64_t seconds = 3;
static uint64_t first_seed = 1;

static void campaign(uint32_t publishers, uint32_t workers)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + seconds * BUS_SECOND / 3;
    uint64_t seed = first_seed;

    do
        live(publishers, workers, seed++, 100 * BUS_MILLISECOND);
    while (os->monotonic_ns(os->context) < end);
}

static void two_publishers_two_workers(void **state)
{
    (void)state;
    campaign(2, 2);
}

static void four_publishers_four_workers(void **state)
{
    (void)state;
    campaign(4, 4);
}

static void two_publishers_polled(void **state)
{
    (void)state;
    campaign(2, 0);
}

static bool every_kind_seen(void)
{
    for (int i = 0; i < KINDS; i++)
        if (kinds_seen[i] == 0)
            return false;
    return true;
}

/* On a slow machine some more lives may be needed for that. */
static void every_kind_of_failure_came(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100 && !every_kind_seen(); seed++)
        live(2, 2, first_seed + seed, 100 * BUS_MILLISECOND);
    assert_true(every_kind_seen());
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_publishers_polled),
        cmocka_unit_test(two_publishers_two_workers),
        cmocka_unit_test(four_publishers_four_workers),
        cmocka_unit_test(every_kind_of_failure_came),
    };
    int failures;

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    imbalance = count > 3 && strcmp(arguments[3], "imbalance") == 0;
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < BUS_OUTCOMES; i++)
        if (outcomes_seen[i] != 0)
            print_message("%-16s %llu\n", bus_outcome_text((enum bus_outcome)i),
                          (unsigned long long)outcomes_seen[i]);
    print_message(
        "retried %llu, letters %llu, replayed %llu (%llu well), breaker opened %llu times "
        "(closed at the end of %llu lives), %llu changes\n",
        (unsigned long long)kinds_seen[RETRIED], (unsigned long long)kinds_seen[LETTERED],
        (unsigned long long)kinds_seen[REPLAYED], (unsigned long long)kinds_seen[REPLAYED_WELL],
        (unsigned long long)kinds_seen[OPENED], (unsigned long long)kinds_seen[CLOSED],
        (unsigned long long)kinds_seen[BREAKER_CHANGED]);
    return failures;
}
