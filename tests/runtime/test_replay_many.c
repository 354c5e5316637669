/*
 * Many dead letters run again: order per key, rate, time, filters, what ends a replay without a
 * run, threads that do all of it at once.
 *
 * covers: H3 H4 H5 I6
 */
#include "letters.h"

#include <bus/simulation.h>

/* A polled bus with letters of keys 1 and 2: 11 12 13 and 21 22, in turn. */
static struct bus *with_keys(struct flaky *flaky)
{
    struct bus *bus = open_polled();

    flaky->failing = true;
    assert_int_equal(mail_noted_subscribe(bus, on_noted, flaky, NULL), BUS_OK);
    note(bus, 1, 11);
    note(bus, 2, 21);
    note(bus, 1, 12);
    note(bus, 2, 22);
    note(bus, 1, 13);
    assert_int_equal(poll_all(bus), 5);
    assert_int_equal(figures_of(bus).waiting, 5);
    atomic_store(&flaky->failing, false);
    return bus;
}

static void all_of_them_in_order(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct bus_replay_result result;
    uint64_t i, last[3] = {0, 0, 0};

    (void)state;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 5);
    assert_int_equal(result.failed + result.behind + result.unfinished + result.untried, 0);
    assert_int_equal(latch_count(&flaky.journal.latch), 5);
    for (i = 0; i < 5; i++) {
        uint64_t number = flaky.journal.entries[i];

        assert_true(number > last[number / 10]);
        last[number / 10] = number;
    }
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

static void behind_one_that_fails_its_key_stays(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct bus_replay_result result;

    (void)state;
    flaky.fails = 12;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 3);
    assert_int_equal(result.failed, 1);
    assert_int_equal(result.behind, 1);
    assert_letters(bus, NULL, (uint64_t[]){12, 13}, 2);
    flaky.fails = 0;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 2);
    assert_int_equal(flaky.journal.entries[3], 12);
    assert_int_equal(flaky.journal.entries[4], 13);
    finish_bus(&bus);
}

struct watcher {
    struct bus_replay_result last;
    uint64_t calls, left, most; /* given up when so many have ended */
};

static bool watch(void *context, const struct bus_replay_result *so_far, uint64_t left)
{
    struct watcher *watcher = context;

    watcher->calls++;
    watcher->last = *so_far;
    watcher->left = left;
    return so_far->replayed + so_far->failed < watcher->most;
}

static void who_watches_is_told(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct watcher watcher = {.most = 100};
    struct bus_replay_options options = {.progress = watch, .context = &watcher};
    struct bus_replay_result result;

    (void)state;
    flaky.fails = 12;
    assert_int_equal(bus_dead_letters_replay_with(bus, NULL, &options, &result), BUS_OK);
    assert_true(watcher.calls >= 2);
    assert_memory_equal(&watcher.last, &result, sizeof result);
    assert_int_equal(watcher.left, 0);
    assert_int_equal(result.replayed, 3);
    assert_int_equal(result.behind, 1);
    flaky.fails = 0;
    assert_int_equal(bus_dead_letters_replay_with(bus, NULL, NULL, &result), BUS_OK);
    assert_int_equal(result.replayed, 2);
    finish_bus(&bus);
}

static void who_watches_may_end_it(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct watcher watcher = {.most = 0};
    struct bus_dead_letter_filter few = {.most = 4};
    struct bus_replay_options options = {.progress = watch, .context = &watcher};
    struct bus_replay_result result;

    (void)state;
    assert_int_equal(bus_dead_letters_replay_with(bus, &few, &options, &result), BUS_ERR_TIMEOUT);
    assert_int_equal(watcher.calls, 1);
    assert_int_equal(watcher.left, 4);
    assert_int_equal(result.untried, 4);
    assert_int_equal(result.replayed + result.failed + result.behind + result.unfinished, 0);
    assert_int_equal(figures_of(bus).waiting, 5);
    assert_string_equal(bus_letter_reason_text(letter_at(bus, 1).letter.reason), "failed");
    assert_string_equal(bus_letter_reason_text(0), "unknown");
    finish_bus(&bus);
}

static void filters_pick(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct bus_dead_letter_filter key = {.has_key = true, .key_hash = bus_key_u64(2)};
    struct bus_dead_letter_filter type = {.type = &mail_posted_type};
    struct bus_dead_letter_filter name = {.message = "mail.noted", .handler = "mail.noted"};
    struct bus_dead_letter_filter some = {.first = 2, .last = 4, .most = 2};
    struct bus_dead_letter_filter category = {.has_category = true, .category = BUS_CATEGORY_QUEUE};
    struct bus_dead_letter_filter reason = {.reason = BUS_LETTER_FAILED, .most = 1};
    struct bus_dead_letter_filter time = {.since_ns = 1, .until_ns = 2};
    struct bus_dead_letter_filter session = {.session = {7, 1}};
    struct bus_replay_result result;
    uint64_t purged;

    (void)state;
    assert_letters(bus, &key, (uint64_t[]){21, 22}, 2);
    assert_letters(bus, &type, NULL, 0);
    assert_letters(bus, &name, (uint64_t[]){11, 21, 12, 22, 13}, 5);
    assert_letters(bus, &some, (uint64_t[]){21, 12}, 2);
    assert_letters(bus, &category, NULL, 0);
    assert_letters(bus, &reason, (uint64_t[]){11}, 1);
    assert_letters(bus, &time, NULL, 0);
    assert_letters(bus, &session, NULL, 0);
    assert_int_equal(bus_dead_letters_replay(bus, &reason, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 1);
    assert_int_equal(bus_dead_letters_purge(bus, &key, &purged), BUS_OK);
    assert_int_equal(purged, 2);
    assert_letters(bus, NULL, (uint64_t[]){12, 13}, 2);
    assert_int_equal(bus_dead_letters_purge(bus, NULL, NULL), BUS_OK);
    assert_int_equal(figures_of(bus).purged, 4);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

/* Both ends of the times are part of them; a session is its index and its generation. */
static void filters_pick_by_time_and_session(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus_message_options options = {0};
    struct bus_dead_letter_filter filter;
    struct bus_session other;
    struct seen_letter seen;
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(bus_session_open(bus, &other), BUS_OK);
    atomic_store(&flaky.failing, true);
    assert_int_equal(mail_posted_publish_with(bus, &(struct mail_posted){.number = 5}, &options),
                     BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    post(bus, 6);
    assert_int_equal(poll_all(bus), 1);
    filter = (struct bus_dead_letter_filter){.session = options.session};
    assert_letters(bus, &filter, (uint64_t[]){5}, 1);
    filter.session.generation++;
    assert_letters(bus, &filter, NULL, 0);
    filter.session = other;
    assert_letters(bus, &filter, NULL, 0);
    seen = letter_at(bus, 1);
    filter = (struct bus_dead_letter_filter){
        .last = 1, .since_ns = seen.letter.last_ns, .until_ns = seen.letter.last_ns};
    assert_letters(bus, &filter, (uint64_t[]){5}, 1);
    filter.since_ns++;
    filter.until_ns++;
    assert_letters(bus, &filter, NULL, 0);
    filter.since_ns -= 2;
    filter.until_ns -= 2;
    assert_letters(bus, &filter, NULL, 0);
    finish_bus(&bus);
}

/* ---- time ---- */

static void at_a_rate(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct bus_options options = {.workers = 2};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus_replay_result result;
    struct bus *bus;
    uint64_t begin, n;

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation, NULL), BUS_OK);
    options.os = bus_simulation_os(simulation);
    bus = open_bus(&options);
    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (n = 1; n <= 11; n++)
        post(bus, n);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    atomic_store(&flaky.failing, false);
    begin = bus_simulation_now(simulation);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 10, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 11);
    /* Ten pauses of a tenth of a second. */
    assert_in_range(bus_simulation_now(simulation) - begin, BUS_SECOND,
                    BUS_SECOND + BUS_SECOND / 5);
    assert_journal_run(&flaky.journal, 1, 11);

    atomic_store(&flaky.failing, true);
    for (n = 1; n <= 10; n++)
        post(bus, n);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 10, 450 * BUS_MILLISECOND, &result),
                     BUS_ERR_TIMEOUT);
    assert_int_equal(result.replayed + result.unfinished, 5);
    assert_int_equal(result.untried, 5);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(figures_of(bus).waiting, 5);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

/* The normal way: what the policy says of retries holds for replays, too. */
static void a_replay_is_retried(void **state)
{
    struct bus_policy_override override = {.type = &mail_posted_type,
                                           .policy = {.retries = 2, .jitter = BUS_JITTER_NONE}};
    struct bus_options options = {.workers = 1, .policies = &override, .policy_count = 1};
    struct bus_simulation *simulation = NULL;
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus;
    uint64_t begin;

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation, NULL), BUS_OK);
    options.os = bus_simulation_os(simulation);
    bus = open_bus(&options);
    flaky.failing = true;
    flaky.transient = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    post(bus, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(letter_at(bus, 1).letter.attempts, 3);
    assert_in_range(letter_at(bus, 1).letter.last_ns - letter_at(bus, 1).letter.first_ns,
                    300 * BUS_MILLISECOND, 310 * BUS_MILLISECOND);
    /* It fails again after all its runs; the letter stays. */
    begin = bus_simulation_now(simulation);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_in_range(bus_simulation_now(simulation) - begin, 300 * BUS_MILLISECOND,
                    350 * BUS_MILLISECOND);
    assert_int_equal(letter_at(bus, 1).letter.attempts, 6);
    assert_int_equal(letter_at(bus, 1).letter.replays, 1);
    /* While it is held for another run it is on its way, and then it succeeds. */
    assert_int_equal(bus_dead_letter_replay(bus, 1, 50 * BUS_MILLISECOND), BUS_TIMEOUT);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_REJECTED);
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(figures_of(bus).replayed, 1);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

/* ---- without a run ---- */

static void one_that_expires_in_its_lane_stays(void **state)
{
    struct bus_options options = {.polled = true, .os = frozen_os()};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_faded_subscribe(bus, on_faded, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_faded_publish(bus, &(struct mail_faded){.number = 1}), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    frozen_advance(BUS_SECOND); /* its first deadline is long over */
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    frozen_advance(BUS_SECOND);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(account_of(bus, &mail_faded_type).expired, 1);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(figures_of(bus).failed_again, 1);
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    finish_bus(&bus);
}

static void one_that_is_dropped_stays(void **state)
{
    struct bus_options options = {.polled = true, .capacity = {0, 0, 0, 0, 1}};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_shed_subscribe(bus, on_shed_mail, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_shed_publish(bus, &(struct mail_shed){.number = 1}), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_REJECTED); /* on its way */
    atomic_store(&flaky.failing, false);
    assert_int_equal(mail_shed_publish(bus, &(struct mail_shed){.number = 2}), BUS_QUEUED_DROPPED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&flaky.journal, (uint64_t[]){2}, 1);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    finish_bus(&bus);
}

static void one_that_is_left_at_stop_stays(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);
    struct bus_left left;

    (void)state;
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 1);
    assert_int_equal(bus_dead_letter_replay(bus, 2, 0), BUS_CLOSED);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, NULL), BUS_ERR_STATE);
    assert_letters(bus, NULL, (uint64_t[]){11, 21, 12, 22, 13}, 5);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* Thrown away while it runs: it does not come back. */
static enum bus_verdict on_posted_purge(void *context, const struct mail_posted *event,
                                        struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    (void)event;
    if (atomic_fetch_add(&flaky->runs, 1) > 0)
        (void)bus_dead_letters_purge(bus_delivery_bus(delivery), NULL, NULL);
    return BUS_REJECT;
}

static void one_that_is_purged_while_it_runs_is_gone(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, on_posted_purge, &flaky, NULL), BUS_OK);
    post(bus, 1);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_int_equal(figures_of(bus).added, 1);
    assert_int_equal(figures_of(bus).purged, 1);
    finish_bus(&bus);
}

/* ---- wrong use ---- */

static enum bus_verdict on_posted_replay(void *context, const struct mail_posted *event,
                                         struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);
    struct flaky *flaky = context;

    (void)event;
    if (atomic_fetch_add(&flaky->runs, 1) > 0)
        return BUS_DONE;
    journal_add(&flaky->journal, bus_dead_letter_replay(bus, 1, BUS_SECOND));
    journal_add(&flaky->journal, bus_dead_letter_replay(bus, 1, 0));
    journal_add(&flaky->journal, bus_dead_letters_replay(bus, NULL, 0, BUS_SECOND, NULL));
    return BUS_DONE;
}

static void inside_a_handler_nothing_waits(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER, inside = FLAKY_INITIALIZER;
    struct bus *bus = with_keys(&flaky);

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, on_posted_replay, &inside, NULL), BUS_OK);
    post(bus, 1);
    assert_int_equal(poll_all(bus), 2);
    assert_journal(&inside.journal,
                   (uint64_t[]){BUS_WOULD_DEADLOCK, BUS_QUEUED, BUS_ERR_IN_HANDLER}, 3);
    assert_int_equal(figures_of(bus).waiting, 4);
    finish_bus(&bus);
}

static void wrong_use_is_told(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});
    struct bus_replay_result result;

    (void)state;
    assert_int_equal(bus_dead_letter_replay(NULL, 1, 0), BUS_INVALID);
    assert_int_equal(bus_dead_letter_replay(bus, 0, 0), BUS_INVALID);
    assert_int_equal(bus_dead_letter_replay(bus, 9, 0), BUS_INVALID);
    assert_int_equal(bus_dead_letters_replay(NULL, NULL, 0, 0, &result), BUS_ERR_INVALID);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, 0, &result), BUS_ERR_STATE);
    assert_int_equal(bus_dead_letters_each(NULL, NULL, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_dead_letters_each(bus, NULL, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_dead_letters_purge(NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_dead_letter_figures_read(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_dead_letter_text(bus, NULL, NULL, 0), 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static bool count_it(void *context, const struct bus_dead_letter *letter)
{
    (void)letter;
    ++*(uint32_t *)context;
    return true;
}

static void without_memory_nothing_is_lost(void **state)
{
    struct bus_options options = {.polled = true, .os = failing_os()};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct bus_replay_result result;
    uint32_t count = 0;
    uint64_t nth;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    note(bus, 1, 1);
    note(bus, 2, 2);
    assert_int_equal(poll_all(bus), 2);
    failing_arm(1, true);
    assert_int_equal(bus_dead_letters_each(bus, NULL, count_it, &count, NULL), BUS_ERR_MEMORY);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_REJECTED);
    assert_int_equal(count, 0);
    for (nth = 1; nth <= 3; nth++) {
        failing_arm(nth, true);
        (void)bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result);
        failing_arm(0, false);
        (void)poll_all(bus);
        assert_int_equal(figures_of(bus).waiting, 2);
    }
    assert_int_equal(figures_of(bus).added, 2);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- all at once ---- */

enum { ROUNDS = 400, KEYS = 8 };

struct crowd {
    struct bus *bus;
    _Atomic bool over;
    _Atomic uint64_t state;
};

static enum bus_verdict on_noted_chance(void *context, const struct mail_noted *event,
                                        struct bus_delivery *delivery)
{
    struct crowd *crowd = context;

    (void)event;
    (void)delivery;
    if (atomic_load(&crowd->over) || bus_key_u64(atomic_fetch_add(&crowd->state, 1)) % 4 != 0)
        return BUS_DONE;
    return BUS_REJECT;
}

static void *crowd_publish(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t n;

    for (n = 0; n < ROUNDS; n++)
        bus_ignore(
            mail_noted_publish(crowd->bus, &(struct mail_noted){.id = n % KEYS, .number = n}));
    return NULL;
}

static void *crowd_replay(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t n;

    for (n = 0; n < ROUNDS / 20; n++)
        (void)bus_dead_letters_replay(crowd->bus, NULL, 0, BUS_SECOND, NULL);
    return NULL;
}

static void *crowd_look(void *argument)
{
    struct bus_dead_letter_filter few = {.most = 3};
    struct crowd *crowd = argument;
    uint32_t n, count = 0;

    for (n = 0; n < ROUNDS / 10; n++) {
        (void)bus_dead_letters_each(crowd->bus, NULL, count_it, &count, NULL);
        (void)bus_dead_letters_purge(crowd->bus, &few, NULL);
        bus_ignore(bus_dead_letter_replay(crowd->bus, n + 1, 0));
    }
    return NULL;
}

static void from_many_threads(void **state)
{
    struct bus_handler_options anywhere = {.concurrent = true};
    struct bus_options options = {.workers = 2, .dead_letters_max = 32};
    static void *(*const bodies[])(void *) = {crowd_publish, crowd_publish, crowd_replay,
                                              crowd_replay, crowd_look};
    struct crowd crowd = {.bus = open_bus(&options)};
    struct bus_replay_result result;
    pthread_t threads[5];
    uint32_t i;

    (void)state;
    assert_int_equal(mail_noted_subscribe(crowd.bus, on_noted_chance, &crowd, &anywhere), BUS_OK);
    assert_int_equal(bus_start(crowd.bus), BUS_OK);
    for (i = 0; i < 5; i++)
        threads[i] = spawn(bodies[i], &crowd);
    for (i = 0; i < 5; i++)
        reap(threads[i]);
    /* They may have come and gone before a worker ran at all. */
    for (uint64_t n = 0; n == 0 || figures_of(crowd.bus).added == 0; n++) {
        bus_ignore(mail_noted_publish(crowd.bus, &(struct mail_noted){.id = n, .number = n}));
        assert_int_equal(bus_wait_idle(crowd.bus, PATIENCE), BUS_OK);
    }
    atomic_store(&crowd.over, true);
    assert_int_equal(bus_dead_letters_replay(crowd.bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.failed + result.behind, 0);
    assert_int_equal(figures_of(crowd.bus).waiting, 0);
    finish_bus(&crowd.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_in_order),
        cmocka_unit_test(behind_one_that_fails_its_key_stays),
        cmocka_unit_test(who_watches_is_told),
        cmocka_unit_test(who_watches_may_end_it),
        cmocka_unit_test(filters_pick),
        cmocka_unit_test(filters_pick_by_time_and_session),
        cmocka_unit_test(at_a_rate),
        cmocka_unit_test(a_replay_is_retried),
        cmocka_unit_test(one_that_expires_in_its_lane_stays),
        cmocka_unit_test(one_that_is_dropped_stays),
        cmocka_unit_test(one_that_is_left_at_stop_stays),
        cmocka_unit_test(one_that_is_purged_while_it_runs_is_gone),
        cmocka_unit_test(inside_a_handler_nothing_waits),
        cmocka_unit_test(wrong_use_is_told),
        cmocka_unit_test(without_memory_nothing_is_lost),
        cmocka_unit_test(from_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
