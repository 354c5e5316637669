/*
 * The conservation law, per message type: nothing is lost and nothing is counted twice.
 * covers: I4, I6, P3, B5, C3
 */
#include "support.h"

/* Negative control: an account that is wrong by one in any column does not balance. */
static void imbalance_is_seen(void **state)
{
    const struct bus_account good = {.accepted = 45,
                                     .processed = 1,
                                     .failed = 2,
                                     .dropped = 3,
                                     .replaced = 4,
                                     .expired = 5,
                                     .cancelled = 6,
                                     .left = 7,
                                     .held = 8,
                                     .running = 9};
    const size_t columns[] = {
        offsetof(struct bus_account, accepted),  offsetof(struct bus_account, processed),
        offsetof(struct bus_account, failed),    offsetof(struct bus_account, dropped),
        offsetof(struct bus_account, replaced),  offsetof(struct bus_account, expired),
        offsetof(struct bus_account, cancelled), offsetof(struct bus_account, left),
        offsetof(struct bus_account, held),      offsetof(struct bus_account, running)};
    struct bus_account account = good;

    (void)state;
    assert_true(bus_account_balances(&account));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        account = good;
        *(uint64_t *)(void *)((char *)&account + columns[i]) += 1;
        assert_false(bus_account_balances(&account));
    }
    account = good; /* what was never accepted plays no part */
    account.rejected = account.filtered = account.throttled = account.closed = account.invalid = 9;
    assert_true(bus_account_balances(&account));
    assert_false(bus_account_balances(NULL));
}

static void unseen_type_reads_zero(void **state)
{
    struct bus *bus = open_polled();
    struct bus_account account;
    const struct bus_account zero = {0};

    (void)state;
    memset(&account, 0xff, sizeof account);
    assert_int_equal(bus_account(bus, &probe_ticked_type, &account), BUS_OK);
    assert_memory_equal(&account, &zero, sizeof zero);
    assert_int_equal(probe_ticked_account(bus, &account), BUS_OK);
    assert_memory_equal(&account, &zero, sizeof zero);
    assert_int_equal(bus_account(bus, &probe_ticked_type, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_account(NULL, &probe_ticked_type, &account), BUS_ERR_INVALID);
    finish_bus(&bus);
}

static enum bus_verdict on_ticked_odd(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)context;
    return event->number % 2 == 0 ? BUS_DONE : bus_fail(delivery, &(struct bus_error){.code = 1});
}

/* Every way a message can go, with the exact figures; each counted once and for its own type. */
static void every_column(void **state)
{
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .os = frozen_os(), .capacity = {10, 10, 10, 10, 10}});
    struct bus_account account;
    struct bus_stats stats;

    (void)state;
    for (uint64_t n = 0; n < 4; n++)
        tick(bus, n, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    for (uint64_t n = 4; n < 10; n++)
        tick(bus, n, BUS_QUEUED);
    for (uint64_t n = 10; n < 13; n++)
        tick(bus, n, BUS_REJECTED);
    assert_int_equal(probe_ticked_publish(bus, NULL), BUS_INVALID);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 10);
    assert_int_equal(account.held, 10);
    assert_int_equal(account.rejected, 3);
    assert_int_equal(account.invalid, 1);
    assert_true(bus_account_balances(&account));
    poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.processed, 5);
    assert_int_equal(account.failed, 5);
    assert_int_equal(account.held, 0);

    for (uint64_t n = 0; n < 3; n++)
        assert_int_equal(probe_faded_publish(bus, &(struct probe_faded){.number = n}), BUS_QUEUED);
    frozen_advance(BUS_SECOND);
    assert_int_equal(probe_faded_publish(bus, &(struct probe_faded){.number = 4}), BUS_QUEUED);
    poll_all(bus);
    account = account_of(bus, &probe_faded_type);
    assert_int_equal(account.expired, 3);
    assert_int_equal(account.processed, 1);

    for (uint64_t n = 0; n < 15; n++)
        assert_true(bus_accepted(probe_shed_publish(bus, &(struct probe_shed){.number = n})));
    poll_all(bus);
    account = account_of(bus, &probe_shed_type);
    assert_int_equal(account.dropped, 5);
    assert_int_equal(account.processed, 10);

    stats = stats_of(bus);
    assert_int_equal(stats.events_published_total, 10 + 4 + 15);
    assert_int_equal(stats.events_processed_total, 5 + 1 + 10);
    assert_int_equal(stats.events_failed_total, 5);
    account = account_of(bus, NULL);
    assert_int_equal(account.accepted, 29);
    assert_true(bus_account_balances(&account));

    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    tick(bus, 2, BUS_CLOSED);
    assert_int_equal(account_of(bus, &probe_ticked_type).closed, 1);
    finish_bus(&bus);
}

struct audit_seen {
    uint32_t types;
    uint32_t unbalanced;
    uint32_t running;
    uint64_t accepted;
};

static void audit_type(void *context, const struct bus_message_type *type,
                       const struct bus_account *account)
{
    struct audit_seen *seen = context;

    seen->types++;
    seen->unbalanced += !bus_account_balances(account);
    seen->running += account->running != 0;
    if (type == &probe_ticked_type)
        seen->accepted = account->accepted;
}

struct traffic {
    struct bus *bus;
    atomic_bool enough;
    _Atomic uint64_t accepted;
    _Atomic uint64_t refused;
};

static enum bus_verdict on_square(void *context, const struct probe_square *request,
                                  struct bus_delivery *delivery)
{
    struct probe_square_ok ok = {.value = request->value};

    (void)context;
    if (request->value % 3 == 0)
        return BUS_REJECT;
    return probe_square_return(delivery, &ok);
}

/* Inline on this thread, without a handler, on a worker. */
static void execute_a_few(struct bus *bus, uint64_t n)
{
    struct probe_square square = {.value = (uint32_t)n / 4};
    struct probe_square_result squared;
    struct probe_echo echo = {.text = bus_cstr("nobody")};
    struct probe_echo_result echoed;
    struct probe_add add = {.a = 1};
    struct probe_add_result added;

    bus_ignore(probe_square_execute(bus, &square, &squared));
    bus_ignore(probe_echo_execute(bus, &echo, &echoed));
    if (n % 16 == 0)
        bus_ignore(probe_add_execute(bus, &add, &added));
}

static void *traffic_body(void *argument)
{
    struct traffic *traffic = argument;

    for (uint64_t n = 0; !atomic_load(&traffic->enough); n++) {
        struct probe_ticked ticked = {.number = n};
        struct probe_shed shed = {.number = n};

        if (bus_accepted(probe_ticked_publish(traffic->bus, &ticked)))
            atomic_fetch_add(&traffic->accepted, 1);
        else
            atomic_fetch_add(&traffic->refused, 1);
        bus_ignore(probe_shed_publish(traffic->bus, &shed));
        if (n % 4 == 0)
            execute_a_few(traffic->bus, n);
    }
    return NULL;
}

/* In the middle of traffic, the audit finds every account exact. covers: I6, P3 */
static void audit_under_traffic(void **state)
{
    struct bus *bus =
        open_bus(&(struct bus_options){.workers = 2, .capacity = {64, 64, 64, 64, 64}});
    struct traffic traffic = {.bus = bus};
    pthread_t threads[2];
    struct audit_seen seen;
    uint64_t last = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_square_handle(bus, on_square, NULL,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    for (int i = 0; i < 2; i++)
        threads[i] = spawn(traffic_body, &traffic);
    for (int round = 0; round < 100; round++) {
        memset(&seen, 0, sizeof seen);
        assert_int_equal(bus_audit(bus, PATIENCE, audit_type, &seen), BUS_OK);
        assert_int_equal(seen.unbalanced, 0);
        assert_int_equal(seen.running, 0);
        assert_true(seen.accepted >= last);
        last = seen.accepted;
    }
    atomic_store(&traffic.enough, true);
    for (int i = 0; i < 2; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, atomic_load(&traffic.accepted));
    assert_int_equal(account_of(bus, &probe_ticked_type).rejected, atomic_load(&traffic.refused));
    assert_int_equal(stats_of(bus).events_published_total,
                     account_of(bus, &probe_ticked_type).accepted +
                         account_of(bus, &probe_shed_type).accepted);
    finish_bus(&bus);
}

/* A handler that does not return: the audit gives up in time and the bus goes on. */
static void audit_gives_up(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct audit_seen seen = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    assert_int_equal(bus_audit(bus, 10 * BUS_MILLISECOND, audit_type, &seen), BUS_ERR_TIMEOUT);
    assert_int_equal(account_of(bus, &probe_ticked_type).running, 1);
    tick(bus, 2, BUS_QUEUED);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(bus_audit(bus, PATIENCE, audit_type, &seen), BUS_OK);
    assert_true(seen.types >= 1);
    assert_int_equal(seen.unbalanced, 0);
    assert_int_equal(bus_audit(bus, PATIENCE, NULL, NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* Counters of threads that are gone stay in the sums; their places are used again. */
static void *publish_ten(void *argument)
{
    for (uint64_t n = 0; n < 10; n++)
        bus_ignore(probe_ticked_publish(argument, &(struct probe_ticked){.number = n}));
    return NULL;
}

static void threads_come_and_go(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .threads_max = 8});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int i = 0; i < 100; i++)
        reap(spawn(publish_ten, bus));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 1000);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 1000);
    assert_true(stats_of(bus).threads <= 8);
    finish_bus(&bus);
}

/* A thread that outlives the bus it published on. */
struct survivor {
    struct bus *bus;
    struct latch published;
    struct latch closed;
};

static void *outlive(void *argument)
{
    struct survivor *survivor = argument;

    tick(survivor->bus, 1, BUS_QUEUED);
    latch_add(&survivor->published, 1);
    (void)latch_wait(&survivor->closed, 1);
    return NULL;
}

static void thread_outlives_its_bus(void **state)
{
    struct survivor survivor = {open_workers(1), LATCH_INITIALIZER, LATCH_INITIALIZER};
    pthread_t thread;

    (void)state;
    thread = spawn(outlive, &survivor);
    assert_true(latch_wait(&survivor.published, 1));
    finish_bus(&survivor.bus);
    latch_add(&survivor.closed, 1);
    reap(thread);
}

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#endif

/* A thread that publishes while it ends, after its record was given back. */
static pthread_key_t late_key;
static _Atomic uint64_t late_rounds;

static void publish_late(void *argument)
{
    tick(argument, 1, BUS_QUEUED);
    if (atomic_fetch_add(&late_rounds, 1) < 2)
        (void)pthread_setspecific(late_key, argument); /* once more */
}

static void *end_late(void *argument)
{
    tick(argument, 1, BUS_QUEUED);
    (void)pthread_setspecific(late_key, argument);
    return NULL;
}

static void thread_publishes_while_it_ends(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .threads_max = 2});

    (void)state;
#ifdef THREAD_SANITIZER /* it is gone itself when the last destructors run */
    finish_bus(&bus);
    skip();
#endif
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(pthread_key_create(&late_key, publish_late), 0);
    for (uint64_t i = 1; i <= 20; i++) {
        atomic_store(&late_rounds, 0);
        reap(spawn(end_late, bus));
        assert_int_equal(account_of(bus, &probe_ticked_type).accepted, i * 4);
    }
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    (void)pthread_key_delete(late_key);
    finish_bus(&bus);
}

/* More threads than allowed: refused with words, and the others go on. */
struct crowd {
    struct bus *bus;
    struct latch tried;
    struct latch go_home;
    _Atomic uint32_t accepted;
    _Atomic uint32_t refused;
};

static void *join_the_crowd(void *argument)
{
    struct crowd *crowd = argument;
    enum bus_outcome outcome =
        probe_ticked_publish(crowd->bus, &(struct probe_ticked){.number = 1});

    if (bus_accepted(outcome))
        atomic_fetch_add(&crowd->accepted, 1);
    else if (bus_last_error()[0] != '\0')
        atomic_fetch_add(&crowd->refused, 1);
    latch_add(&crowd->tried, 1);
    (void)latch_wait(&crowd->go_home, 1);
    return NULL;
}

static void threads_are_bounded(void **state)
{
    struct crowd crowd = {.bus = open_bus(&(struct bus_options){.workers = 1, .threads_max = 4}),
                          .tried = LATCH_INITIALIZER,
                          .go_home = LATCH_INITIALIZER};
    pthread_t threads[10];
    struct bus_account account;

    (void)state;
    assert_int_equal(bus_start(crowd.bus), BUS_OK);
    for (int i = 0; i < 10; i++)
        threads[i] = spawn(join_the_crowd, &crowd);
    assert_true(latch_wait(&crowd.tried, 10));
    latch_add(&crowd.go_home, 1);
    for (int i = 0; i < 10; i++)
        reap(threads[i]);
    assert_int_equal(atomic_load(&crowd.accepted) + atomic_load(&crowd.refused), 10);
    assert_true(atomic_load(&crowd.accepted) >= 2);
    assert_true(atomic_load(&crowd.accepted) <= 4);
    assert_int_equal(bus_wait_idle(crowd.bus, PATIENCE), BUS_OK);
    account = account_of(crowd.bus, &probe_ticked_type);
    assert_int_equal(account.accepted, atomic_load(&crowd.accepted));
    tick(crowd.bus, 2, BUS_QUEUED); /* there is room again */
    finish_bus(&crowd.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imbalance_is_seen),
        cmocka_unit_test(unseen_type_reads_zero),
        cmocka_unit_test(every_column),
        cmocka_unit_test(audit_under_traffic),
        cmocka_unit_test(audit_gives_up),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(thread_outlives_its_bus),
        cmocka_unit_test(thread_publishes_while_it_ends),
        cmocka_unit_test(threads_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
