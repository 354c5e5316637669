/*
 * Scheduled events in a store: what waits comes again after a stop and after a crash; stores that
 * fail, break, are full or slow; entries that cannot be taken up. In frozen time.
 *
 * covers: L1 L2
 */
#include "timetable.h"

#include <bus/errors.h>
#include <bus/health.h>
#include <bus/session.h>

#include <sched.h>

struct shop {
    struct bus_memory_store *store;
    struct bus *bus;
    struct journal *journal;
};

static void open_store(struct shop *shop, const struct bus_memory_store_options *options)
{
    assert_int_equal(bus_memory_store_open(&shop->store, options), BUS_OK);
}

/* Whose ticked events go to the journal; started unless `waits`. */
static void open_shop(struct shop *shop, bool first, bool waits)
{
    struct bus_options options = {.polled = true,
                                  .os = first ? two_clocks() : clocks_going_on(),
                                  .store = bus_memory_store_table(shop->store)};

    shop->bus = open_bus(&options);
    assert_int_equal(probe_ticked_subscribe(shop->bus, on_ticked, shop->journal, NULL), BUS_OK);
    if (!waits)
        assert_int_equal(bus_start(shop->bus), BUS_OK);
}

static void close_shop(struct shop *shop)
{
    finish_bus(&shop->bus);
}

static uint64_t rows(const struct shop *shop)
{
    const struct bus_store *store = bus_memory_store_table(shop->store);
    struct bus_store_state state;

    store->state(store->context, &state);
    return state.kinds[BUS_STORED_SCHEDULED].count;
}

static void count_report(void *context, const struct bus_error_report *report)
{
    uint64_t *count = context;

    if (report->handler[0] == '\0' && strstr(report->text, "schedule") != NULL)
        ++*count;
}

static uint64_t warnings(struct bus *bus)
{
    uint64_t count = 0;

    (void)bus_errors_each(bus, count_report, &count);
    return count;
}

static void what_waits_survives_the_bus(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    uint64_t cancelled, kept;

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    (void)later(shop.bus, 1, (struct bus_schedule){.after_ns = 10 * BUS_SECOND});
    (void)later(shop.bus, 2, (struct bus_schedule){.at_ns = wall_now() + DAY});
    cancelled = later(shop.bus, 3, (struct bus_schedule){.after_ns = DAY});
    kept = later(shop.bus, 4, (struct bus_schedule){.every_ns = 60 * BUS_SECOND});
    (void)later(shop.bus, 5, (struct bus_schedule){.after_ns = BUS_SECOND});
    pass(shop.bus, BUS_SECOND);
    assert_journal(&journal, (uint64_t[]){5}, 1);
    assert_int_equal(bus_schedule_cancel(shop.bus, cancelled), BUS_OK);
    assert_int_equal(rows(&shop), 3);
    close_shop(&shop);
    frozen_advance(5 * BUS_SECOND);
    open_shop(&shop, false, false);
    assert_int_equal(figures_of(shop.bus).restored, 3);
    pass(shop.bus, 4 * BUS_SECOND - 1);
    assert_int_equal(ran(&journal), 1);
    pass(shop.bus, 1);
    assert_journal(&journal, (uint64_t[]){5, 1}, 2);
    close_shop(&shop);
    /* It missed some, and keeps its phase: once for all of them, then after each minute. */
    frozen_advance(290 * BUS_SECOND);
    open_shop(&shop, false, false);
    (void)poll_all(shop.bus);
    assert_journal(&journal, (uint64_t[]){5, 1, 4}, 3);
    assert_int_equal(figures_of(shop.bus).missed, 4);
    pass(shop.bus, 60 * BUS_SECOND);
    assert_int_equal(ran(&journal), 4);
    pass(shop.bus, 59 * BUS_SECOND);
    assert_int_equal(ran(&journal), 4);
    pass(shop.bus, 1 * BUS_SECOND);
    assert_int_equal(ran(&journal), 5);
    assert_int_equal(bus_schedule_cancel(shop.bus, kept), BUS_OK);
    /* The number of one that went is not given again. */
    assert_true(later(shop.bus, 6, (struct bus_schedule){.after_ns = DAY}) > kept + 1);
    pass(shop.bus, DAY);
    assert_int_equal(ran(&journal), 7);
    assert_int_equal(rows(&shop), 0);
    assert_int_equal(warnings(shop.bus), 0);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* Its phase is that of the first time, also when the monotonic clock begins anew. */
static void a_restart_of_the_machine_keeps_the_phase(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    uint64_t wall;

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    (void)later(shop.bus, 1, (struct bus_schedule){.every_ns = DAY});
    wall = wall_now();
    close_shop(&shop);
    open_shop(&shop, true, true); /* begins at 1,000 s, far less than an interval */
    set_wall_forward(wall + 5 * DAY + 7 * BUS_SECOND - wall_now());
    assert_int_equal(bus_start(shop.bus), BUS_OK);
    (void)poll_all(shop.bus);
    assert_int_equal(ran(&journal), 1);
    pass(shop.bus, DAY - 8 * BUS_SECOND);
    assert_int_equal(ran(&journal), 1);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 2);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* What a message had beside its fields comes back, too. */
struct seen {
    struct bus_envelope envelope;
    uint64_t remaining_ns;
};

static enum bus_verdict see(void *context, const struct probe_bulked *event,
                            struct bus_delivery *delivery)
{
    struct seen *seen = context;
    uint32_t i;

    bus_delivery_envelope(delivery, &seen->envelope);
    seen->remaining_ns = bus_delivery_remaining_ns(delivery);
    for (i = 0; i < event->data.size; i++)
        if (event->data.data[i] != (uint8_t)(i * 7))
            return bus_fail(delivery, NULL);
    return event->data.size == 6000 ? BUS_DONE : bus_fail(delivery, NULL);
}

static void nothing_of_it_is_lost_on_the_way(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    static uint8_t data[6000];
    struct shop shop = {.journal = &journal};
    struct seen seen = {.remaining_ns = 0};
    const struct bus_message_options options = {
        .deadline_ns = 3 * BUS_SECOND, .correlation = {1, 2}, .trace = {.trace_id = {3}}};

    (void)state;
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    assert_int_equal(probe_bulked_schedule_with(
                         shop.bus, &(struct probe_bulked){.number = 1, .data = {data, sizeof data}},
                         &options, &(struct bus_schedule){.after_ns = 60 * BUS_SECOND}, NULL),
                     BUS_OK);
    close_shop(&shop);
    open_shop(&shop, false, true);
    assert_int_equal(probe_bulked_subscribe(shop.bus, see, &seen, NULL), BUS_OK);
    assert_int_equal(bus_start(shop.bus), BUS_OK);
    pass(shop.bus, 60 * BUS_SECOND);
    assert_int_equal(account_of(shop.bus, &probe_bulked_type).processed, 1);
    assert_int_equal(seen.envelope.correlation.low, 2);
    assert_int_equal(seen.envelope.trace.trace_id[0], 3);
    assert_in_range(seen.remaining_ns, 3 * BUS_SECOND - MS, 3 * BUS_SECOND);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* The session of it, by its id; one that is not there is the default one. */
static void its_session_is_found_by_its_id(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER, own = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    struct bus_message_options options = {.deadline_ns = 0};
    const struct bus_session_options ada = {.id = "ada"};
    struct bus_session session;

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    assert_int_equal(bus_session_open_with(shop.bus, &ada, &options.session), BUS_OK);
    for (uint64_t n = 1; n <= 2; n++)
        assert_int_equal(
            probe_ticked_schedule_with(shop.bus, &(struct probe_ticked){.number = n}, &options,
                                       &(struct bus_schedule){.after_ns = n * BUS_SECOND}, NULL),
            BUS_OK);
    close_shop(&shop);
    open_shop(&shop, false, false);
    assert_int_equal(bus_session_open(shop.bus, &session), BUS_OK); /* another index */
    assert_int_equal(bus_session_open_with(shop.bus, &ada, &session), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(shop.bus, on_ticked, &own,
                                            &(struct bus_handler_options){.session = session}),
                     BUS_OK);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&own), 1);
    assert_int_equal(bus_session_close(shop.bus, session), BUS_OK);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&own), 1);
    assert_int_equal(ran(&journal), 2);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* ---- stores that do not do what they should ---- */

static void without_a_store_it_warns_once(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    assert_int_equal(warnings(bus), 0);
    (void)later(bus, 1, (struct bus_schedule){.after_ns = MS});
    (void)later(bus, 2, (struct bus_schedule){.after_ns = MS});
    assert_int_equal(warnings(bus), 1);
    pass(bus, MS);
    assert_int_equal(ran(&journal), 2);
    finish_bus(&bus);
}

static void with_a_broken_store_the_bus_runs_and_warns(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    struct bus_health health;

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    (void)later(shop.bus, 1, (struct bus_schedule){.after_ns = BUS_SECOND});
    (void)later(shop.bus, 2, (struct bus_schedule){.every_ns = BUS_SECOND});
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_BREAKS, 0, 0);
    (void)later(shop.bus, 3, (struct bus_schedule){.after_ns = BUS_SECOND});
    assert_int_equal(bus_health(shop.bus, &health), BUS_OK);
    assert_int_not_equal(health.state, BUS_HEALTH_OK);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 3);
    assert_true(warnings(shop.bus) >= 1);
    (void)later(shop.bus, 4, (struct bus_schedule){.after_ns = BUS_SECOND});
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 5);
    close_shop(&shop);
    /* Broken from the begin, too. */
    open_shop(&shop, false, false);
    assert_true(warnings(shop.bus) >= 1);
    assert_int_equal(figures_of(shop.bus).restored, 0);
    (void)later(shop.bus, 5, (struct bus_schedule){.after_ns = BUS_SECOND});
    assert_int_equal(figures_of(shop.bus).unsaved, 1);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 6);
    close_shop(&shop);
    /* Works again: what it had comes, what it did not take does not. */
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_WORKS, 0, 0);
    open_shop(&shop, false, false);
    assert_int_equal(figures_of(shop.bus).restored, 2);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* Publishes nothing behind the store's back: it would come twice after a restart. */
static void a_store_that_takes_on_nothing_now_holds_it_up(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    uint64_t id;

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    for (uint64_t n = 0; n < 3; n++)
        (void)later(shop.bus, n, (struct bus_schedule){.after_ns = BUS_SECOND + n});
    id = later(shop.bus, 3, (struct bus_schedule){.after_ns = DAY});
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_REFUSES, 0, 0);
    pass(shop.bus, 2 * BUS_SECOND);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 1);
    assert_int_equal(bus_schedule_cancel(shop.bus, id), BUS_ERR_LIMIT);
    assert_int_equal(probe_ticked_schedule(shop.bus, &(struct probe_ticked){.number = 9},
                                           &(struct bus_schedule){.after_ns = 1}, NULL),
                     BUS_ERR_LIMIT);
    assert_int_equal(figures_of(shop.bus).waiting, 4);
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_WORKS, 0, 0);
    pass(shop.bus, MS);
    assert_journal_run(&journal, 0, 3);
    assert_int_equal(rows(&shop), 1);
    assert_int_equal(bus_schedule_cancel(shop.bus, id), BUS_OK);
    assert_int_equal(rows(&shop), 0);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

static void a_full_store_refuses_it(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};

    (void)state;
    open_store(&shop, &(struct bus_memory_store_options){.entries = 2});
    /* With workers: this thread waits for the disk and hears of it. */
    shop.bus = open_clocked(
        (struct bus_options){.workers = 1, .store = bus_memory_store_table(shop.store)});
    (void)later(shop.bus, 1, (struct bus_schedule){.after_ns = DAY});
    (void)later(shop.bus, 2, (struct bus_schedule){.after_ns = DAY});
    assert_int_equal(probe_ticked_schedule(shop.bus, &(struct probe_ticked){.number = 3},
                                           &(struct bus_schedule){.after_ns = DAY}, NULL),
                     BUS_ERR_LIMIT);
    assert_int_equal(figures_of(shop.bus).waiting, 2);
    /* One that fails, though, is in memory only. */
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_FAILS, 0, 1);
    (void)later(shop.bus, 4, (struct bus_schedule){.after_ns = DAY});
    assert_int_equal(figures_of(shop.bus).waiting, 3);
    assert_int_equal(figures_of(shop.bus).unsaved, 1);
    assert_int_equal(warnings(shop.bus), 1);
    finish_bus(&shop.bus);
    bus_memory_store_close(&shop.store);
}

/* Once a request waits. */
static void *let_it_go_on(void *argument)
{
    const struct bus_store *store = bus_memory_store_table(argument);
    struct bus_store_state found;

    for (;;) {
        store->state(store->context, &found);
        if (found.waiting != 0)
            break;
        sched_yield();
    }
    bus_memory_store_hold(argument, false);
    return NULL;
}

/* Outside of handlers it is on disk when the call returns. */
static void whoever_may_wait_waits_for_the_disk(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    pthread_t thread;

    (void)state;
    open_store(&shop, NULL);
    shop.bus = open_clocked(
        (struct bus_options){.workers = 1, .store = bus_memory_store_table(shop.store)});
    bus_memory_store_hold(shop.store, true);
    thread = spawn(let_it_go_on, shop.store);
    (void)later(shop.bus, 1, (struct bus_schedule){.after_ns = DAY});
    assert_int_equal(rows(&shop), 1);
    reap(thread);
    finish_bus(&shop.bus);
    bus_memory_store_close(&shop.store);
}

/* What is cancelled must not come again after a crash. */
static void a_cancel_waits_for_the_disk_too(void **state)
{
    struct shop shop = {.journal = NULL};
    pthread_t thread;
    uint64_t id;

    (void)state;
    open_store(&shop, NULL);
    shop.bus = open_clocked(
        (struct bus_options){.workers = 1, .store = bus_memory_store_table(shop.store)});
    id = later(shop.bus, 1, (struct bus_schedule){.after_ns = DAY});
    bus_memory_store_hold(shop.store, true);
    thread = spawn(let_it_go_on, shop.store);
    assert_int_equal(bus_schedule_cancel(shop.bus, id), BUS_OK);
    assert_int_equal(rows(&shop), 0);
    reap(thread);
    id = later(shop.bus, 2, (struct bus_schedule){.after_ns = DAY});
    bus_memory_store_fault(shop.store, BUS_MEMORY_STORE_FAILS, 0, 1);
    assert_int_equal(warnings(shop.bus), 0);
    assert_int_equal(bus_schedule_cancel(shop.bus, id), BUS_OK);
    assert_int_equal(warnings(shop.bus), 1);
    assert_int_equal(rows(&shop), 1);
    assert_int_equal(figures_of(shop.bus).waiting, 0);
    finish_bus(&shop.bus);
    bus_memory_store_close(&shop.store);
}

/* What had not reached the disk is lost with it, the rest is not; what was published and not yet
 * removed comes again. */
static void a_crash_loses_only_what_was_on_its_way(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    (void)poll_all(shop.bus); /* this thread polls, so it does not wait */
    (void)later(shop.bus, 1, (struct bus_schedule){.after_ns = BUS_SECOND});
    bus_memory_store_hold(shop.store, true);
    pass(shop.bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 1);
    (void)later(shop.bus, 2, (struct bus_schedule){.after_ns = BUS_SECOND});
    /* Closing the bus would wait for the disk: it comes after the crash, and asks for no more. */
    assert_int_equal(bus_memory_store_crash(shop.store), 2);
    assert_int_equal(bus_close(&shop.bus), BUS_OK);
    bus_memory_store_hold(shop.store, false);
    open_shop(&shop, false, false);
    pass(shop.bus, BUS_SECOND);
    assert_journal(&journal, (uint64_t[]){1, 1}, 2);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

/* ---- rows that cannot be taken up ---- */

static void put_row(const struct shop *shop, const struct bus_stored *row)
{
    const struct bus_store *store = bus_memory_store_table(shop->store);

    assert_true(store->put(store->context, row, NULL, NULL));
}

static void what_cannot_be_taken_up_stays_and_is_told(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    uint8_t bytes[64] __attribute__((aligned(8)));
    struct bus_stored row = {.kind = BUS_STORED_SCHEDULED,
                             .message = "probe.ticked",
                             .type_id = probe_ticked_type.id,
                             .schema_version = 2,
                             .bytes = bytes};

    (void)state;
    open_store(&shop, NULL);
    row.size = bus_encode(&probe_ticked_type.codec, &(struct probe_ticked){.number = 8}, bytes,
                          sizeof bytes);
    put_row(&shop, &row); /* due since 1970 */
    row.type_id = 77;
    row.message = "other.gone";
    put_row(&shop, &row);
    row.type_id = probe_ticked_type.id;
    bytes[0] = 0xff;
    put_row(&shop, &row);
    open_shop(&shop, true, false);
    (void)poll_all(shop.bus);
    assert_journal(&journal, (uint64_t[]){8}, 1);
    assert_int_equal(warnings(shop.bus), 1);
    assert_int_equal(rows(&shop), 2);
    close_shop(&shop);
    bus_memory_store_close(&shop.store);
}

static void more_than_fit_come_by_and_by(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct shop shop = {.journal = &journal};
    struct bus_options options = {.polled = true, .schedule_max = 4};

    (void)state;
    open_store(&shop, NULL);
    open_shop(&shop, true, false);
    for (uint64_t n = 0; n < 6; n++)
        (void)later(shop.bus, n, (struct bus_schedule){.after_ns = BUS_SECOND});
    close_shop(&shop);
    frozen_advance(BUS_SECOND);
    for (int i = 0; i < 2; i++) {
        options.os = clocks_going_on();
        options.store = bus_memory_store_table(shop.store);
        shop.bus = open_bus(&options);
        assert_int_equal(probe_ticked_subscribe(shop.bus, on_ticked, &journal, NULL), BUS_OK);
        assert_int_equal(bus_start(shop.bus), BUS_OK);
        (void)poll_all(shop.bus);
        assert_int_equal(warnings(shop.bus), 1 - i);
        close_shop(&shop);
    }
    assert_journal_run(&journal, 0, 6);
    bus_memory_store_close(&shop.store);
}

/* What was published before the restart is not taken for one that waits for its first time. */
static void a_clock_set_back_finds_recurring_ones_after_a_restart(void **state)
{
    int running, at;

    (void)state;
    for (running = 0; running < 2; running++)
        for (at = 0; at < 2; at++) {
            static struct journal journal;
            struct shop shop = {.journal = &journal};
            struct bus_schedule when = {.every_ns = 60 * BUS_SECOND};

            journal = (struct journal)JOURNAL_INITIALIZER;
            open_store(&shop, NULL);
            open_shop(&shop, true, false);
            if (at)
                when.at_ns = wall_now() + 60 * BUS_SECOND;
            (void)later(shop.bus, 1, when);
            (void)later(shop.bus, 2,
                        (struct bus_schedule){.at_ns = wall_now() + DAY, .every_ns = BUS_SECOND});
            pass(shop.bus, 60 * BUS_SECOND);
            assert_int_equal(ran(&journal), 1);
            close_shop(&shop);
            if (!running)
                set_wall_back(YEAR);
            open_shop(&shop, false, false);
            (void)poll_all(shop.bus);
            assert_int_equal(ran(&journal), 1); /* not twice */
            if (running)
                set_wall_back(YEAR);
            pass(shop.bus, 90 * BUS_SECOND);
            pass(shop.bus, 90 * BUS_SECOND);
            assert_in_range(ran(&journal), 2, 4);
            for (uint64_t i = 0; i < ran(&journal); i++)
                assert_int_equal(journal.entries[i],
                                 1); /* the other one waits for its first time */
            close_shop(&shop);
            bus_memory_store_close(&shop.store);
        }
}

static uint64_t stalls; /* of the thread that looks at the wall clock, still to come */

static uint64_t late_real(void *context)
{
    (void)context;
    if (stalls != 0) {
        stalls--;
        frozen_advance(5 * MS);
    }
    return wall_now();
}

static void note_due(void *to, const struct bus_stored *stored)
{
    *(uint64_t *)to = stored->due_ns;
}

/* A thread stands still between its looks at the two clocks, when the entry is put, and when the
 * next bus takes it up: neither moves its time. */
static void who_stands_still_between_two_clocks_moves_no_phase(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus_os os = *two_clocks();
    struct shop shop = {.journal = &journal};
    const struct bus_store *store;
    uint64_t stored = 0, due;
    int life;

    (void)state;
    open_store(&shop, NULL);
    store = bus_memory_store_table(shop.store);
    os.real_ns = late_real;
    due = wall_now() + BUS_SECOND;
    for (life = 0; life < 2; life++) {
        shop.bus = open_bus(&(struct bus_options){.polled = true, .os = &os, .store = store});
        assert_int_equal(probe_ticked_subscribe(shop.bus, on_ticked, &journal, NULL), BUS_OK);
        if (life == 0)
            (void)later(shop.bus, 1, (struct bus_schedule){.every_ns = BUS_SECOND});
        else
            stalls = 3;
        assert_int_equal(bus_start(shop.bus), BUS_OK);
        stalls = 3;
        pass(shop.bus, due - wall_now());
        assert_int_equal(ran(&journal), life + 1);
        stalls = 0;
        due += BUS_SECOND;
        assert_true(store->next(
            store->context,
            &(struct bus_store_query){
                .kind = BUS_STORED_SCHEDULED, .rows = 1, .reader = note_due, .to = &stored}));
        assert_int_equal(stored, due);
        close_shop(&shop);
    }
    bus_memory_store_close(&shop.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_survives_the_bus),
        cmocka_unit_test(a_restart_of_the_machine_keeps_the_phase),
        cmocka_unit_test(nothing_of_it_is_lost_on_the_way),
        cmocka_unit_test(its_session_is_found_by_its_id),
        cmocka_unit_test(without_a_store_it_warns_once),
        cmocka_unit_test(with_a_broken_store_the_bus_runs_and_warns),
        cmocka_unit_test(a_store_that_takes_on_nothing_now_holds_it_up),
        cmocka_unit_test(a_full_store_refuses_it),
        cmocka_unit_test(whoever_may_wait_waits_for_the_disk),
        cmocka_unit_test(a_cancel_waits_for_the_disk_too),
        cmocka_unit_test(a_crash_loses_only_what_was_on_its_way),
        cmocka_unit_test(what_cannot_be_taken_up_stays_and_is_told),
        cmocka_unit_test(more_than_fit_come_by_and_by),
        cmocka_unit_test(who_stands_still_between_two_clocks_moves_no_phase),
        cmocka_unit_test(a_clock_set_back_finds_recurring_ones_after_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
