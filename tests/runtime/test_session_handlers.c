/*
 * Handlers of sessions: found by their session, in order with those of the bus, gone with it.
 * covers: E1, E2, E3, B1, D3
 */
#include "support.h"

#include <bus/dead_letters.h>
#include <bus/policy.h>
#include <bus/session.h>

static const struct bus_session none = {0, 0};

static struct bus_session open_one(struct bus *bus)
{
    struct bus_session session;

    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    return session;
}

static void subscribe(struct bus *bus, struct bus_session session, struct journal *journal)
{
    struct bus_handler_options options = {.session = session};

    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, &options), BUS_OK);
}

static void tick_in(struct bus *bus, struct bus_session session, uint64_t number)
{
    struct bus_message_options options = {.session = session};
    struct probe_ticked message = {.number = number};

    assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_QUEUED);
}

/* Numbers that handlers of many sessions saw: each adds its own to its place. */
struct place {
    uint64_t count;
    uint64_t last;
};

static enum bus_verdict on_ticked_place(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    struct place *place = context;

    (void)delivery;
    place->count++;
    place->last = event->number;
    return BUS_DONE;
}

/* So many at once, each with a handler; each is ended, by turns from either end. covers: E2 */
static void a_hundred_thousand_sessions(void **state)
{
    enum { MANY = 100000 };
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .sessions_max = MANY, .handlers_max = MANY + 1, .name = "many"});
    struct bus_session *sessions = calloc(MANY, sizeof *sessions);
    struct place *places = calloc(MANY + 1, sizeof *places);
    struct bus_session one_more;
    char text[BUS_SESSION_ID_SIZE];

    (void)state;
    assert_non_null(sessions);
    assert_non_null(places);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_place, &places[MANY], NULL), BUS_OK);
    for (uint32_t i = 0; i < MANY; i++) {
        struct bus_handler_options options = {.session = open_one(bus)};

        sessions[i] = options.session;
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_place, &places[i], &options),
                         BUS_OK);
    }
    assert_int_equal(bus_session_open(bus, &one_more), BUS_ERR_LIMIT);
    assert_int_equal(stats_of(bus).active_sessions, MANY);
    for (uint32_t i = 0; i < MANY; i += 997) {
        tick_in(bus, sessions[i], i);
        poll_all(bus);
        assert_int_equal(places[i].count, 1);
        assert_int_equal(places[i].last, i);
        assert_int_equal(places[MANY].last, i);
        assert_int_equal(bus_session_id(bus, sessions[i], text), BUS_OK);
        assert_int_equal(bus_session_find(bus, text, &one_more), BUS_OK);
        assert_memory_equal(&one_more, &sessions[i], sizeof one_more);
    }
    assert_int_equal(places[MANY].count, (MANY + 996) / 997);
    for (uint32_t i = 0; i < MANY / 2; i++) {
        assert_int_equal(bus_session_close(bus, sessions[i]), BUS_OK);
        assert_int_equal(bus_session_close(bus, sessions[MANY - 1 - i]), BUS_OK);
    }
    assert_int_equal(stats_of(bus).active_sessions, 0);
    assert_int_equal(stats_of(bus).registered_handlers, 1);
    finish_bus(&bus);
    free(sessions);
    free(places);
}

/* The first handler of any session and the last one that goes. */
static void a_type_is_heard_by_sessions_alone(void **state)
{
    struct bus *bus = open_polled();
    struct journal a = JOURNAL_INITIALIZER, b = JOURNAL_INITIALIZER, all = JOURNAL_INITIALIZER;
    struct bus_session one = open_one(bus), two = open_one(bus);

    (void)state;
    subscribe(bus, one, &a);
    subscribe(bus, two, &b);
    tick(bus, 1, BUS_QUEUED);
    tick_in(bus, one, 2);
    tick_in(bus, two, 3);
    poll_all(bus);
    assert_journal_run(&a, 2, 1);
    assert_journal_run(&b, 3, 1);
    assert_int_equal(bus_session_close(bus, one), BUS_OK);
    tick_in(bus, two, 4);
    poll_all(bus);
    assert_journal_run(&b, 3, 2);
    subscribe(bus, none, &all);
    for (uint64_t n = 5; n <= 40; n++) { /* by turns: what goes in bursts, and what does not */
        if (n % 7 == 0)
            tick_in(bus, two, n);
        else
            tick(bus, n, BUS_QUEUED);
    }
    poll_all(bus);
    assert_journal_run(&all, 5, 36);
    assert_int_equal(latch_count(&b.latch), 2 + 5);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &all, none), BUS_OK);
    tick_in(bus, two, 41);
    poll_all(bus);
    assert_int_equal(latch_count(&b.latch), 2 + 6);
    assert_int_equal(bus_session_close(bus, two), BUS_OK);
    tick(bus, 42, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(latch_count(&all.latch), 36);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 42);
    finish_bus(&bus);
}

/* ---- components ---- */

static enum bus_verdict on_filled(void *context, const struct probe_filled *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

/* covers: E3 */
static void components_attach_to_sessions(void **state)
{
    struct bus *bus = open_polled();
    struct probe_watcher watcher = {
        .on_ticked = on_ticked, .on_keyed = on_keyed, .on_filled = on_filled};
    struct journal a = JOURNAL_INITIALIZER, b = JOURNAL_INITIALIZER;
    struct bus_handler_options one = {.session = open_one(bus)}, two = {.session = open_one(bus)};
    struct bus_message_options in_one = {.session = one.session};

    (void)state;
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &a, &one), BUS_OK);
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &b, &two), BUS_OK);
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &a, &two),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(stats_of(bus).registered_handlers, 6);
    tick_in(bus, one.session, 1);
    tick_in(bus, two.session, 2);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(probe_keyed_publish_with(bus, &(struct probe_keyed){.number = 4}, &in_one),
                     BUS_QUEUED);
    poll_all(bus);
    assert_journal(&a, (const uint64_t[]){1, 4}, 2);
    assert_journal_run(&b, 2, 1);
    assert_int_equal(probe_watcher_detach(bus, &b), BUS_OK);
    assert_int_equal(probe_watcher_detach(bus, &b), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_session_close(bus, one.session), BUS_OK);
    assert_int_equal(probe_watcher_detach(bus, &a), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(stats_of(bus).registered_handlers, 0);
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &a, &two), BUS_OK);
    finish_bus(&bus);
}

/* ---- groups on several workers ---- */

struct part {
    struct latch *both;
    struct journal *journal;
    uint64_t tag;
};

static enum bus_verdict on_ticked_part(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct part *part = context;

    (void)event;
    (void)delivery;
    latch_add(part->both, 1);
    (void)latch_wait(part->both, 2); /* they run at the same time */
    journal_add(part->journal, part->tag);
    return BUS_DONE;
}

static enum bus_verdict on_ticked_tag(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    struct part *part = context;

    (void)event;
    (void)delivery;
    journal_add(part->journal, part->tag);
    return BUS_DONE;
}

/* Parallel ones of a session are a group, which is done before those of the bus. covers: D3 */
static void parallel_handlers_of_a_session(void **state)
{
    struct bus *bus = open_workers(2);
    struct latch both = LATCH_INITIALIZER;
    struct journal journal = JOURNAL_INITIALIZER;
    struct part a = {&both, &journal, 1}, b = {&both, &journal, 1}, c = {&both, &journal, 2};
    struct bus_handler_options own = {
        .session = open_one(bus), .concurrent = true, .parallel = true};
    struct bus_handler_options wide = {.concurrent = true};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_tag, &c, &wide), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_part, &a, &own), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_part, &b, &own), BUS_OK);
    tick_in(bus, own.session, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal(&journal, (const uint64_t[]){1, 1, 2}, 3);
    finish_bus(&bus);
}

/* ---- what waits when the session ends ---- */

static enum bus_verdict on_ticked_retry(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_RETRY;
}

/* covers: I6 */
static void held_deliveries_end_with_it(void **state)
{
    const struct bus_policy_override patient = {
        .type = &probe_ticked_type,
        .policy = {.retries = 5, .backoff_first_ns = BUS_SECOND, .ordered = true}};
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &patient, .policy_count = 1});
    struct journal fails = JOURNAL_INITIALIZER, fine = JOURNAL_INITIALIZER;
    struct bus_handler_options own = {.session = open_one(bus)};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_retry, &fails, &own), BUS_OK);
    subscribe(bus, none, &fine);
    for (uint64_t n = 1; n <= 3; n++) /* two wait behind the first */
        tick_in(bus, own.session, n);
    poll_all(bus);
    assert_journal_run(&fine, 1, 3);
    assert_journal_run(&fails, 1, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 3);
    assert_int_equal(bus_session_close(bus, own.session), BUS_OK);
    poll_all(bus);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 0);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 3);
    frozen_advance(100 * BUS_SECOND);
    poll_all(bus);
    assert_journal_run(&fails, 1, 1);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 3);
    finish_bus(&bus);
}

struct flaky {
    struct journal journal;
    bool works;
};

static enum bus_verdict on_ticked_flaky(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    (void)delivery;
    journal_add(&flaky->journal, event->number);
    return flaky->works ? BUS_DONE : BUS_REJECT;
}

/* A dead letter of a session goes to the session's handler again, and to nobody else. */
static void letters_find_the_session(void **state)
{
    struct bus *bus = open_polled();
    struct flaky flaky = {.journal = JOURNAL_INITIALIZER};
    struct journal other = JOURNAL_INITIALIZER, all = JOURNAL_INITIALIZER;
    struct bus_handler_options own = {.session = open_one(bus)};
    struct bus_session second = open_one(bus);

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_flaky, &flaky, &own), BUS_OK);
    subscribe(bus, second, &other);
    subscribe(bus, none, &all);
    tick_in(bus, own.session, 7);
    poll_all(bus);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 1);
    flaky.works = true;
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 0);
    assert_journal(&flaky.journal, (const uint64_t[]){7, 7}, 2);
    assert_journal_run(&all, 7, 1);
    assert_int_equal(latch_count(&other.latch), 0);
    finish_bus(&bus);
}

/* ---- commands ---- */

/* The session's own first, queued and on the caller; then the bus's. covers: B1 */
static void commands_find_the_session(void **state)
{
    (void)state;
    for (int queued = 0; queued <= 1; queued++) {
        struct bus *bus = queued != 0 ? open_workers(2) : open_polled();
        struct journal all = JOURNAL_INITIALIZER, own = JOURNAL_INITIALIZER;
        struct bus_handler_options options = {.session = open_one(bus)};
        struct bus_message_options in = {.session = options.session};
        struct bus_message_options elsewhere = {.session = open_one(bus)};
        struct probe_touch request = {.number = 1};
        struct probe_touch_result result;

        assert_int_equal(probe_touch_handle(bus, on_touch, &own, &options), BUS_OK);
        assert_int_equal(probe_touch_execute(bus, &request, &result), BUS_NO_HANDLER);
        assert_int_equal(probe_touch_execute_with(bus, &request, &elsewhere, &result),
                         BUS_NO_HANDLER);
        assert_int_equal(probe_touch_execute_with(bus, &request, &in, &result), BUS_ANSWERED);
        assert_int_equal(probe_touch_handle(bus, on_touch, &all, NULL), BUS_OK);
        assert_int_equal(probe_touch_handle(bus, on_touch, &all, &options),
                         BUS_ERR_ALREADY_REGISTERED);
        assert_int_equal(probe_touch_execute_with(bus, &request, &in, &result), BUS_ANSWERED);
        assert_int_equal(latch_count(&own.latch), 2);
        assert_int_equal(probe_touch_execute_with(bus, &request, &elsewhere, &result),
                         BUS_ANSWERED);
        assert_int_equal(latch_count(&all.latch), 1);
        assert_int_equal(bus_session_close(bus, options.session), BUS_OK);
        assert_int_equal(probe_touch_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(latch_count(&all.latch), 2);
        assert_int_equal(latch_count(&own.latch), 2);
        finish_bus(&bus);
    }
}

/* ---- memory ---- */

/* Whatever allocation fails: registered whole or not at all, and nothing stays. */
static void no_memory_leaves_nothing(void **state)
{
    struct probe_watcher watcher = {
        .on_ticked = on_ticked, .on_keyed = on_keyed, .on_filled = on_filled};
    bool done = false;

    (void)state;
    for (uint64_t nth = 1; !done; nth++) {
        struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = failing_os()});
        struct journal journal = JOURNAL_INITIALIZER, first = JOURNAL_INITIALIZER;
        struct bus_handler_options own = {.session = open_one(bus)};

        assert_int_equal(bus_start(bus), BUS_OK);
        subscribe(bus, own.session, &first);
        failing_arm(nth, false);
        done = probe_watcher_attach_with(bus, &watcher, &journal, &own) == BUS_OK;
        assert_true(done != failing_struck());
        failing_arm(0, false);
        assert_int_equal(stats_of(bus).registered_handlers, done ? 4 : 1);
        tick_in(bus, own.session, 1);
        tick(bus, 2, BUS_QUEUED);
        poll_all(bus);
        assert_int_equal(latch_count(&journal.latch), done ? 1 : 0);
        assert_journal_run(&first, 1, 1);
        failing_arm(1, true); /* to go takes none */
        assert_int_equal(bus_session_close(bus, own.session), BUS_OK);
        failing_arm(0, false);
        assert_int_equal(stats_of(bus).registered_handlers, 0);
        tick(bus, 3, BUS_QUEUED);
        poll_all(bus);
        finish_bus(&bus);
        assert_int_equal(failing_outstanding(), 0);
        assert_true(nth < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_sessions),
        cmocka_unit_test(a_type_is_heard_by_sessions_alone),
        cmocka_unit_test(components_attach_to_sessions),
        cmocka_unit_test(parallel_handlers_of_a_session),
        cmocka_unit_test(held_deliveries_end_with_it),
        cmocka_unit_test(letters_find_the_session),
        cmocka_unit_test(commands_find_the_session),
        cmocka_unit_test(no_memory_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
