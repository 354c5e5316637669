/*
 * Open, buffer, start, drain, stop, close.
 * covers: C4, E1, I1, I6
 */
#include "support.h"

#include <sched.h>
#include <time.h>

static void zero_means_default(void **state)
{
    struct bus *bus = NULL;
    struct bus_stats stats;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    stats = stats_of(bus);
    assert_int_equal(stats.workers, 1);
    assert_true(stats.pool_bytes > (15 << 20) + 10000 * 512 &&
                stats.pool_bytes <= (16 << 20) + 10000 * 512);
    assert_true(stats.memory_bytes >= stats.pool_bytes + 5u * 10000 * 256);
    assert_int_equal(stats.queue_size, 0);
    assert_int_equal(stats.registered_handlers, 0);
    assert_int_equal(bus_poll_descriptor(bus), -1);
    assert_non_null(strstr(bus_last_error(), "bus_options.polled"));
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_ERR_STATE);
    assert_int_equal(bus_start(bus), BUS_OK);
    finish_bus(&bus);
}

static void refused_options(void **state)
{
    const struct bus_options bad[] = {
        {.workers = BUS_WORKERS_MAX + 1},
        {.workers = UINT32_MAX},
        {.polled = true, .workers = 2},
        {.cell_size = 100},
        {.cell_size = 32},
        {.cell_size = UINT32_MAX & ~UINT32_C(63)},
        {.capacity = {0, 0, (1 << 24) + 1, 0, 0}},
        {.capacity = {UINT32_MAX, 0, 0, 0, 0}},
        {.message_size_max = UINT32_MAX},
    };
    struct bus_schema other = probe_schema;
    struct bus *bus;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bus = (struct bus *)&bus;
        if (bus_open(&bus, &bad[i]) != BUS_ERR_INVALID)
            fail_msg("options %zu were not refused", i);
        assert_null(bus);
        assert_true(bus_last_error()[0] != '\0');
    }
    assert_int_equal(bus_open(NULL, NULL), BUS_ERR_INVALID);
    other.abi = BUS_ABI + 1;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.schema = &other}), BUS_ERR_ABI);
    assert_null(bus);
    assert_int_equal(bus_open_abi(&bus, NULL, sizeof(struct bus_options), BUS_ABI + 1),
                     BUS_ERR_ABI);
    assert_null(bus);
}

/* An older program knows fewer options than the library. */
static void option_struct_may_grow(void **state)
{
    struct {
        struct bus_options options;
        uint64_t later[4];
    } grown;
    struct bus *bus;

    (void)state;
    memset(&grown, 0, sizeof grown);
    grown.options.workers = 1;
    assert_int_equal(
        bus_open_abi(&bus, &grown.options, offsetof(struct bus_options, commands_max), BUS_ABI),
        BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
    /* Options that this library does not know: refused, not ignored. */
    grown.later[3] = 1;
    assert_int_equal(bus_open_abi(&bus, &grown.options, sizeof grown, BUS_ABI), BUS_ERR_ABI);
    assert_null(bus);
}

static void states_are_kept(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2});

    (void)state;
    assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_ERR_STATE);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_ERR_STATE);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_ERR_STATE);
    tick(bus, 1, BUS_CLOSED);
    assert_int_equal(account_of(bus, &probe_ticked_type).closed, 1);
    finish_bus(&bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(bus_close(NULL), BUS_OK);
    assert_int_equal(bus_stop(NULL, 0, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_start(NULL), BUS_ERR_INVALID);
}

/* covers: C4 */
static void buffered_come_first_and_in_order(void **state)
{
    struct bus_options options = {.workers = 2};
    struct bus *bus;
    struct journal ticks = JOURNAL_INITIALIZER;
    struct hold hold = HOLD_INITIALIZER;

    (void)state;
    options.capacity[BUS_NORMAL] = 50;
    bus = open_bus(&options);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &ticks, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed_hold, &hold, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 50; n++)
        tick(bus, n, BUS_BUFFERED);
    tick(bus, 51, BUS_REJECTED); /* the same bound as later */
    assert_int_equal(latch_count(&ticks.latch), 0);
    assert_int_equal(stats_of(bus).queue_size, 50);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 50);
    assert_balanced(bus);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    for (uint64_t n = 51; n <= 60; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal_run(&ticks, 1, 60);
    finish_bus(&bus);
}

/* Published on while it starts: nothing is lost or overtaken. covers: C4 */
struct starter {
    struct bus *bus;
    struct latch go;
    atomic_bool started;
    uint64_t sent;
};

/* Every other one through a claim, which start may find open. */
static enum bus_outcome publish_or_claim(struct bus *bus, const struct probe_ticked *message)
{
    struct bus_claim claim;
    enum bus_outcome outcome;

    if (message->number % 2 == 0)
        return probe_ticked_publish(bus, message);
    outcome = probe_ticked_claim(bus, message, NULL, &claim);
    return bus_accepted(outcome) ? bus_claim_commit(&claim) : outcome;
}

static void *publish_over_start(void *argument)
{
    struct starter *starter = argument;
    uint64_t after = 0;

    latch_add(&starter->go, 1);
    while (after < 200) {
        struct probe_ticked message = {.number = starter->sent + 1};
        bool was_started = atomic_load(&starter->started);
        enum bus_outcome outcome = publish_or_claim(starter->bus, &message);

        if (outcome == BUS_QUEUED || outcome == BUS_BUFFERED)
            starter->sent++;
        after += was_started;
    }
    return NULL;
}

static void publishing_over_the_start_keeps_order(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        static struct journal journal;
        struct bus *bus = open_bus(&(struct bus_options){.workers = 2});
        struct starter starter = {.bus = bus, .go = LATCH_INITIALIZER};
        enum bus_status status;
        pthread_t thread;

        journal = (struct journal)JOURNAL_INITIALIZER;
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
        thread = spawn(publish_over_start, &starter);
        assert_true(latch_wait(&starter.go, 1));
        do
            status = bus_start(bus);
        while (status == BUS_ERR_BUSY);
        assert_int_equal(status, BUS_OK);
        atomic_store(&starter.started, true);
        reap(thread);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(latch_count(&journal.latch), starter.sent);
        for (uint64_t i = 0; i < starter.sent && i < JOURNAL_MAX; i++)
            assert_int_equal(journal.entries[i], i + 1);
        finish_bus(&bus);
    }
}

/* ---- missing handlers ---- */

static void start_names_the_missing_handler(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .schema = &probe_schema});

    (void)state;
    tick(bus, 1, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_ERR_NO_HANDLER);
    assert_non_null(strstr(bus_last_error(), "probe."));
    tick(bus, 2, BUS_BUFFERED); /* it stays as it was */
    assert_int_equal(bus_close(&bus), BUS_OK);
    bus = open_bus(&(struct bus_options){
        .workers = 1, .schema = &probe_schema, .missing_handlers_allowed = true});
    assert_int_equal(bus_start(bus), BUS_OK);
    finish_bus(&bus);
}

/* ---- stop ---- */

static void stop_delivers_what_is_queued(void **state)
{
    struct bus *bus = open_workers(2);
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 2000; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_journal_run(&journal, 1, 2000);
    finish_bus(&bus);
}

struct pass_on {
    struct hold hold;
    enum bus_outcome outcome;
};

static enum bus_verdict on_ticked_pass_on(void *context, const struct probe_ticked *event,
                                          struct bus_delivery *delivery)
{
    struct pass_on *pass_on = context;
    struct probe_alarmed message = {.number = event->number};

    latch_add(&pass_on->hold.entered, 1);
    (void)latch_wait(&pass_on->hold.let_go, 1);
    pass_on->outcome = probe_alarmed_publish(bus_delivery_bus(delivery), &message);
    return BUS_DONE;
}

struct stopper {
    struct bus *bus;
    struct latch *ready;
    uint64_t timeout_ns;
    struct bus_left left;
    enum bus_status status;
};

static void *stop_it(void *argument)
{
    struct stopper *stopper = argument;

    stopper->status = bus_stop(stopper->bus, stopper->timeout_ns, &stopper->left);
    return NULL;
}

/* While it stops: outside is refused, handlers may still publish, and that is delivered. */
static void handlers_publish_while_it_stops(void **state)
{
    struct bus *bus = open_workers(1);
    struct pass_on pass_on = {.hold = HOLD_INITIALIZER, .outcome = BUS_INVALID};
    struct journal journal = JOURNAL_INITIALIZER;
    struct stopper stopper = {.bus = bus, .timeout_ns = PATIENCE};
    struct probe_ticked message = {.number = 2};
    pthread_t thread;
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_pass_on, &pass_on, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&pass_on.hold.entered, 1));
    thread = spawn(stop_it, &stopper);
    do
        outcome = probe_ticked_publish(bus, &message);
    while (outcome == BUS_QUEUED || outcome == BUS_REJECTED);
    assert_int_equal(outcome, BUS_CLOSED);
    latch_add(&pass_on.hold.let_go, 1);
    reap(thread);
    assert_int_equal(stopper.status, BUS_OK);
    assert_int_equal(pass_on.outcome, BUS_QUEUED);
    assert_true(latch_count(&journal.latch) >= 1);
    assert_int_equal(journal.entries[0], 1);
    finish_bus(&bus);
}

struct left_seen {
    uint64_t numbers[64];
    uint32_t count;
    uint32_t bad;
};

static void see_left(void *context, const struct bus_message_type *type,
                     const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    struct left_seen *seen = context;
    uint64_t number;

    if (type == &probe_ticked_type || type == &probe_lazed_type || type == &probe_bulked_type) {
        number = bus_view_u64(bus_view_root(type->codec.table, bytes), 1);
        if (seen->count < 64)
            seen->numbers[seen->count] = number;
        seen->count++;
    }
    if (!bus_wire_verify(type->codec.table, bytes, size, NULL) || envelope->id.high == 0 ||
        envelope->published_ns == 0)
        seen->bad++;
}

/* covers: E1, I6 */
static void stop_leaves_a_stuck_handler_behind(void **state)
{
    static uint8_t data[5000];
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct bus_left left = {0};
    struct left_seen seen = {{0}, 0, 0};
    struct bus_account account;
    enum bus_status status;
    const uint64_t expected[] = {101, 2, 3, 4, 5, 50};
    struct probe_bulked bulked = {.number = 101, .data = {data, sizeof data}};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    assert_int_equal(probe_lazed_publish(bus, &(struct probe_lazed){.number = 50}), BUS_QUEUED);
    assert_int_equal(probe_bulked_publish(bus, &bulked), BUS_QUEUED);
    for (uint64_t n = 2; n <= 5; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_left_each(bus, see_left, &seen), 0);
    assert_int_equal(bus_stop(bus, 10 * BUS_MILLISECOND, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 6);
    assert_int_equal(left.running, 1);
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    assert_non_null(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_true(bus_account_balances(&account));
    latch_add(&hold.let_go, 1);
    status = bus_stop(bus, PATIENCE, &left);
    assert_int_equal(status, BUS_ERR_TIMEOUT); /* something was left */
    assert_int_equal(left.messages, 6);
    assert_int_equal(left.running, 0);
    assert_int_equal(atomic_load(&hold.runs), 1);
    assert_int_equal(bus_left_each(bus, see_left, &seen), 6);
    assert_int_equal(seen.count, 6);
    assert_int_equal(seen.bad, 0);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(seen.numbers[i], expected[i]);
    assert_int_equal(bus_left_each(bus, see_left, &seen), 6);
    assert_int_equal(bus_left_each(bus, NULL, NULL), 0); /* nobody to tell */
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.left, 4);
    assert_int_equal(account.held, 0);
    assert_int_equal(account.processed, 1);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- a worker that is held up between two messages ---- */

static _Thread_local bool is_slow_worker;
static atomic_bool was_slow;

/* The worker tells what it did longer than stop waits for it. */
static void slow_wake(void *context, const bus_os_word *word, bool all)
{
    const struct timespec while_stop_looks = {.tv_nsec = 200 * 1000 * 1000};

    if (is_slow_worker && !atomic_exchange(&was_slow, true))
        (void)nanosleep(&while_stop_looks, NULL);
    bus_os_native()->wake(context, word, all);
}

/* Ends when the bus is halted. */
static enum bus_verdict on_ticked_until_halt(void *context, const struct probe_ticked *event,
                                             struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);

    is_slow_worker = true;
    bus_ignore(probe_lazed_publish(bus, &(struct probe_lazed){.number = 99}));
    latch_add(context, 1);
    while (event->number == 1 &&
           probe_lazed_publish(bus, &(struct probe_lazed){.number = 99}) != BUS_CLOSED)
        sched_yield();
    return BUS_DONE;
}

/* Each message has run or is shown, wherever the worker stands meanwhile. */
static void stop_shows_what_did_not_begin(void **state)
{
    struct bus_os os = *bus_os_native();
    struct latch entered = LATCH_INITIALIZER;
    struct bus_left left = {0};
    struct left_seen seen = {{0}, 0, 0};
    struct bus *bus;

    (void)state;
    os.wake = slow_wake;
    atomic_store(&was_slow, false);
    bus = open_bus(&(struct bus_options){.os = &os, .capacity = {0, 0, 0, 1, 0}});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_until_halt, &entered, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 5; n++)
        tick(bus, n, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_true(latch_wait(&entered, 1));
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(bus_left_each(bus, see_left, &seen), left.messages);
    assert_int_equal(left.messages, 5); /* 4 and the one of the handler */
    assert_int_equal(bus_stop(bus, PATIENCE, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(latch_count(&entered), 1);
    assert_int_equal(left.messages, 5);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* What was buffered and never started is left, not lost. */
static void stop_before_start_leaves_the_buffer(void **state)
{
    struct bus *bus = open_bus(NULL);
    struct bus_left left = {0};
    struct left_seen seen = {{0}, 0, 0};

    (void)state;
    for (uint64_t n = 1; n <= 3; n++)
        tick(bus, n, BUS_BUFFERED);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 3);
    assert_int_equal(left.running, 0);
    assert_int_equal(bus_left_each(bus, see_left, &seen), 3);
    assert_int_equal(seen.numbers[0], 1);
    assert_int_equal(seen.numbers[2], 3);
    assert_int_equal(account_of(bus, &probe_ticked_type).left, 3);
    assert_balanced(bus);
    assert_int_equal(bus_start(bus), BUS_ERR_STATE);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void close_without_stop(void **state)
{
    struct bus *bus;

    (void)state;
    bus = open_bus(NULL);
    tick(bus, 1, BUS_BUFFERED);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_null(bus);
    bus = open_workers(3);
    assert_int_equal(bus_close(&bus), BUS_OK);
    bus = open_polled();
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void two_threads_stop(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct bus *bus = open_workers(2);
        struct journal journal = JOURNAL_INITIALIZER;
        struct stopper stoppers[2] = {{.bus = bus, .timeout_ns = PATIENCE},
                                      {.bus = bus, .timeout_ns = PATIENCE}};
        pthread_t threads[2];

        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
        for (uint64_t n = 1; n <= 100; n++)
            tick(bus, n, BUS_QUEUED);
        for (int i = 0; i < 2; i++)
            threads[i] = spawn(stop_it, &stoppers[i]);
        for (int i = 0; i < 2; i++) {
            reap(threads[i]);
            assert_int_equal(stoppers[i].status, BUS_OK);
        }
        assert_journal_run(&journal, 1, 100);
        finish_bus(&bus);
    }
}

static void ignore_account(void *context, const struct bus_message_type *type,
                           const struct bus_account *account)
{
    (void)context;
    (void)type;
    (void)account;
}

static void *audit_it(void *argument)
{
    struct stopper *stopper = argument;

    latch_add(stopper->ready, 1);
    stopper->status = bus_audit(stopper->bus, stopper->timeout_ns, ignore_account, NULL);
    return NULL;
}

static void *wait_for_it(void *argument)
{
    struct stopper *stopper = argument;

    latch_add(stopper->ready, 1);
    stopper->status = bus_wait_idle(stopper->bus, stopper->timeout_ns);
    return NULL;
}

/* A stop keeps its deadline, whoever else waits for the stuck handler; and they learn of it. */
static void stop_keeps_its_deadline(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct latch ready = LATCH_INITIALIZER;
    struct stopper auditor = {.bus = bus, .timeout_ns = PATIENCE / 6, .ready = &ready};
    struct stopper waiter = {.bus = bus, .timeout_ns = PATIENCE, .ready = &ready};
    struct stopper patient = {.bus = bus, .timeout_ns = 2 * PATIENCE};
    const struct bus_os *os = bus_os_native();
    pthread_t threads[3];
    uint64_t before;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    threads[0] = spawn(audit_it, &auditor);
    threads[1] = spawn(wait_for_it, &waiter);
    assert_true(latch_wait(&ready, 2));
    before = os->monotonic_ns(os->context);
    assert_int_equal(bus_stop(bus, 50 * BUS_MILLISECOND, NULL), BUS_ERR_TIMEOUT);
    assert_true(os->monotonic_ns(os->context) - before < PATIENCE / 7);
    reap(threads[0]);
    reap(threads[1]);
    assert_int_equal(auditor.status, BUS_ERR_TIMEOUT);
    assert_int_equal(waiter.status, BUS_ERR_STATE); /* the second message is left */
    threads[2] = spawn(stop_it, &patient);
    before = os->monotonic_ns(os->context);
    assert_int_equal(bus_stop(bus, 50 * BUS_MILLISECOND, NULL), BUS_ERR_TIMEOUT);
    assert_true(os->monotonic_ns(os->context) - before < PATIENCE / 7);
    latch_add(&hold.let_go, 1);
    reap(threads[2]);
    assert_int_equal(patient.left.messages, 1);
    assert_int_equal(patient.left.running, 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- several buses ---- */

/* covers: E1 */
static void buses_share_nothing(void **state)
{
    struct bus *buses[3] = {open_polled(), open_polled(), open_workers(1)};
    struct journal journals[3] = {JOURNAL_INITIALIZER, JOURNAL_INITIALIZER, JOURNAL_INITIALIZER};
    struct bus *extra;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_ticked_subscribe(buses[i], on_ticked, &journals[i], NULL), BUS_OK);
    for (uint64_t n = 0; n < 30; n++)
        tick(buses[n % 3], n, BUS_QUEUED);
    poll_all(buses[0]);
    assert_int_equal(latch_count(&journals[0].latch), 10);
    assert_int_equal(latch_count(&journals[1].latch), 0);
    for (int i = 0; i < 200; i++) { /* what a thread remembers of a bus dies with the bus */
        extra = open_polled();
        tick(extra, 1, BUS_QUEUED);
        assert_int_equal(account_of(extra, &probe_ticked_type).accepted, 1);
        finish_bus(&extra);
    }
    finish_bus(&buses[0]);
    tick(buses[1], 100, BUS_QUEUED);
    poll_all(buses[1]);
    assert_int_equal(latch_count(&journals[1].latch), 11);
    finish_bus(&buses[1]);
    finish_bus(&buses[2]);
    assert_int_equal(latch_count(&journals[2].latch), 10);
    assert_int_equal(latch_count(&journals[0].latch), 10);
}

struct hop {
    struct bus *next;
    struct journal journal;
};

static enum bus_verdict on_ticked_hop(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    struct hop *hop = context;
    struct probe_ticked message = {.number = event->number + 1};

    (void)delivery;
    journal_add(&hop->journal, event->number);
    if (hop->next != NULL && event->number < 20)
        return probe_ticked_publish(hop->next, &message) == BUS_QUEUED ? BUS_DONE : BUS_FAULT;
    return BUS_DONE;
}

/* A handler of one bus publishes on another. */
static void handlers_reach_across_buses(void **state)
{
    struct bus *a = open_workers(1);
    struct bus *b = open_workers(1);
    struct hop to_b = {b, JOURNAL_INITIALIZER};
    struct hop to_a = {a, JOURNAL_INITIALIZER};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(a, on_ticked_hop, &to_b, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(b, on_ticked_hop, &to_a, NULL), BUS_OK);
    tick(a, 0, BUS_QUEUED);
    assert_true(latch_wait(&to_b.journal.latch, 11));
    assert_true(latch_wait(&to_a.journal.latch, 10));
    assert_int_equal(bus_wait_idle(a, PATIENCE), BUS_OK);
    assert_int_equal(bus_wait_idle(b, PATIENCE), BUS_OK);
    finish_bus(&a);
    finish_bus(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_means_default),
        cmocka_unit_test(refused_options),
        cmocka_unit_test(option_struct_may_grow),
        cmocka_unit_test(states_are_kept),
        cmocka_unit_test(buffered_come_first_and_in_order),
        cmocka_unit_test(publishing_over_the_start_keeps_order),
        cmocka_unit_test(start_names_the_missing_handler),
        cmocka_unit_test(stop_delivers_what_is_queued),
        cmocka_unit_test(handlers_publish_while_it_stops),
        cmocka_unit_test(stop_leaves_a_stuck_handler_behind),
        cmocka_unit_test(stop_shows_what_did_not_begin),
        cmocka_unit_test(stop_before_start_leaves_the_buffer),
        cmocka_unit_test(close_without_stop),
        cmocka_unit_test(two_threads_stop),
        cmocka_unit_test(stop_keeps_its_deadline),
        cmocka_unit_test(buses_share_nothing),
        cmocka_unit_test(handlers_reach_across_buses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
