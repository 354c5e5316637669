/*
 * Filters in front of publish: what they refuse is counted and goes nowhere, on every way that an
 * event can take; they come and go while others publish.
 * covers: C1, E8
 */
#include "filtering.h"

#include <bus/pipeline.h>
#include <bus/schedule.h>

/* What it refuses was never accepted; all is counted at the type and at the filter. */
static void what_it_refuses_goes_nowhere(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_account account;
    _Atomic uint64_t asked = 0;
    uint64_t even;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    even = add_even(bus, &asked);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_FILTERED);
    assert_non_null(strstr(bus_last_error(), "even"));
    tick(bus, 5, BUS_FILTERED);
    tick(bus, 4, BUS_QUEUED);
    assert_int_equal(stats_of(bus).queue_size, 3);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){1, 2, 4}, 3);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 3);
    assert_int_equal(account.filtered, 2);
    assert_counted(bus, even, 2, 2);
    assert_int_equal(asked, 4);

    assert_int_equal(bus_filter_remove(bus, even), BUS_OK);
    assert_int_equal(bus_filter_remove(bus, even), BUS_ERR_NOT_REGISTERED);
    tick(bus, 7, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(asked, 4);
    finish_bus(&bus);
}

/* Its place is used again, and counts from zero. */
static void a_new_filter_counts_from_zero(void **state)
{
    struct bus *bus = open_polled();
    uint64_t ids[BUS_FILTERS_MAX], last, id;
    uint32_t i;

    (void)state;
    for (i = 0; i < BUS_FILTERS_MAX; i++)
        ids[i] = add_even(bus, NULL);
    assert_int_equal(bus_filter_add(bus, &(struct bus_filter){.kind = BUS_FILTER_ALL}, NULL),
                     BUS_ERR_LIMIT);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_FILTERED);
    assert_counted(bus, ids[0], 1, 1);
    assert_counted(bus, ids[1], 1, 0); /* not asked when an earlier one said no */
    assert_int_equal(bus_filter_remove(bus, ids[0]), BUS_OK);
    last = add_even(bus, NULL);
    assert_counted(bus, last, 0, 0);
    tick(bus, 4, BUS_QUEUED);
    assert_counted(bus, last, 1, 0);
    assert_int_equal(count_filters(bus), BUS_FILTERS_MAX);
    for (i = 1, id = last; i < BUS_FILTERS_MAX; id = ids[i++])
        assert_int_equal(bus_filter_remove(bus, id), BUS_OK);
    finish_bus(&bus); /* the last one goes with the bus */
}

/* ---- every way into the bus ---- */

static void bulk_stops_where_one_is_refused(void **state)
{
    static const struct probe_ticked ticks[] = {
        {.number = 2}, {.number = 4}, {.number = 5}, {.number = 6}};
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    uint32_t accepted;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    (void)add_even(bus, NULL);
    assert_int_equal(
        bus_publish_messages(bus, &probe_ticked_type, ticks, sizeof ticks[0], 4, NULL, &accepted),
        BUS_FILTERED);
    assert_int_equal(accepted, 2);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){2, 4}, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).filtered, 1);
    finish_bus(&bus);
}

static bool is_loud(void *context, const void *message, const struct bus_filter_facts *facts)
{
    const struct probe_bulked *bulked = message;

    (void)context;
    (void)facts;
    return bulked->data.size > 0 && bulked->data.data[0] == 'A';
}

/* A claim is asked about when it is committed: its content is there only then. */
static void claims_are_asked_about_at_commit(void **state)
{
    static const uint8_t nothing[5000];
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_bulked shape = {.number = 2, .data = {nothing, sizeof nothing}};
    struct bus_filter filter = {
        .kind = BUS_FILTER_CUSTOM, .only = &probe_bulked_type, .matches = is_loud};
    struct bus_claim claim;
    uint64_t id;
    uint32_t size, i;

    (void)state;
    assert_int_equal(probe_bulked_subscribe(bus, on_bulked, &journal, NULL), BUS_OK);
    id = add_filter(bus, &filter);
    for (i = 0; i < 2; i++) {
        shape.number = 2 + i;
        assert_int_equal(bus_claim_message(bus, &probe_bulked_type, &shape, NULL, &claim),
                         BUS_QUEUED);
        assert_counted(bus, id, 0, i);
        bus_claim_field(&claim, 2, &size)[0] = i == 0 ? 'B' : 'A';
        assert_int_equal(size, sizeof nothing);
        assert_int_equal(bus_claim_commit(&claim), i == 0 ? BUS_FILTERED : BUS_QUEUED);
    }
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){3}, 1);
    assert_counted(bus, id, 1, 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void before_start_too(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    (void)add_even(bus, NULL);
    tick(bus, 2, BUS_BUFFERED);
    tick(bus, 3, BUS_FILTERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){2}, 1);
    finish_bus(&bus);
}

/* A scheduled event is asked about when it is due. */
static void when_a_schedule_is_due(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct journal journal = JOURNAL_INITIALIZER;
    const struct bus_schedule soon = {.after_ns = 50 * BUS_MILLISECOND};
    struct bus_schedule_figures figures;
    uint64_t id, even, i;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    even = add_even(bus, NULL);
    for (i = 1; i < 5; i++)
        assert_int_equal(
            probe_ticked_schedule(bus, &(struct probe_ticked){.number = i}, &soon, &id), BUS_OK);
    frozen_advance(60 * BUS_MILLISECOND);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){2, 4}, 2);
    assert_counted(bus, even, 2, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).filtered, 2);
    assert_int_equal(bus_schedule_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.refused, 2);
    finish_bus(&bus);
}

static bool nothing_matches(void *context, const struct bus_filter_facts *facts)
{
    (void)context;
    (void)facts;
    return false;
}

/* Commands and the bus's own events pass whatever the filters say. */
static void commands_and_system_events_pass(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_filter none = {.kind = BUS_FILTER_METADATA, .metadata = nothing_matches};
    struct probe_touch_result result;
    uint64_t id;

    (void)state;
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_OK);
    id = add_filter(bus, &none);
    tick(bus, 2, BUS_FILTERED);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 3}, &result),
                     BUS_ANSWERED);
    assert_int_equal(account_of(bus, &probe_touch_type).filtered, 0);
    assert_counted(bus, id, 0, 1);
    finish_bus(&bus);
}

/* ---- kinds ---- */

/* Which of six events pass: ticked 1 to 4, alarmed, one in a session. */
static uint32_t passing(struct bus *bus, struct bus_session session,
                        const struct bus_filter *filter)
{
    const struct bus_message_options within = {.session = session};
    uint64_t id = add_filter(bus, filter);
    uint32_t i, passed = 0;
    enum bus_outcome outcome;

    for (i = 0; i < 6; i++) {
        if (i == 4)
            outcome = probe_alarmed_publish(bus, &(struct probe_alarmed){.number = i});
        else
            outcome =
                bus_publish_message(bus, &probe_ticked_type, &(struct probe_ticked){.number = i},
                                    i == 5 ? &within : NULL);
        if (outcome == BUS_QUEUED)
            passed |= UINT32_C(1) << i;
        else
            assert_int_equal(outcome, BUS_FILTERED);
    }
    poll_all(bus);
    assert_int_equal(bus_filter_remove(bus, id), BUS_OK);
    return passed;
}

static bool has_session(void *context, const struct bus_filter_facts *facts)
{
    (void)context;
    return facts->session.index != 0 && strcmp(facts->name, "probe.ticked") == 0 &&
           facts->bus != NULL;
}

static void kinds_judge_as_they_say(void **state)
{
    const struct bus_filter type = {.kind = BUS_FILTER_TYPE, .type = &probe_ticked_type};
    const struct bus_filter odd = {.kind = BUS_FILTER_CUSTOM, .matches = is_even, .negate = true};
    struct bus_filter parts[3] = {type, odd};
    struct bus *bus = open_polled();
    struct bus_session session;

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
#define PASSING(...) passing(bus, session, &(struct bus_filter){__VA_ARGS__})
    assert_int_equal(passing(bus, session, &type), 0x2f);
    assert_int_equal(PASSING(.kind = BUS_FILTER_TYPE, .type = &probe_ticked_type, .negate = true),
                     0x10);
    assert_int_equal(passing(bus, session, &odd), 0x2a); /* is_even is true of other types */
    assert_int_equal(PASSING(.kind = BUS_FILTER_CUSTOM, .matches = is_even, .negate = true,
                             .only = &probe_ticked_type),
                     0x3a);
    assert_int_equal(PASSING(.kind = BUS_FILTER_SESSION, .session = session), 0x20);
    assert_int_equal(PASSING(.kind = BUS_FILTER_SESSION), 0x1f);
    assert_int_equal(PASSING(.kind = BUS_FILTER_METADATA, .metadata = has_session), 0x20);
    assert_int_equal(PASSING(.kind = BUS_FILTER_ALL), 0x3f);
    assert_int_equal(PASSING(.kind = BUS_FILTER_ANY), 0);
    assert_int_equal(PASSING(.kind = BUS_FILTER_ALL, .parts = parts, .part_count = 2), 0x2a);
    assert_int_equal(PASSING(.kind = BUS_FILTER_ANY, .parts = parts, .part_count = 2), 0x2f);
    parts[0].negate = true;
    assert_int_equal(PASSING(.kind = BUS_FILTER_ANY, .parts = parts, .part_count = 2), 0x3a);
    parts[0].negate = false;
    parts[2] = (struct bus_filter){.kind = BUS_FILTER_SESSION, .session = session};
    parts[1] = (struct bus_filter){.kind = BUS_FILTER_ANY, .parts = &parts[2], .part_count = 1};
    assert_int_equal(PASSING(.kind = BUS_FILTER_ALL, .parts = parts, .part_count = 2), 0x20);
#undef PASSING
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    finish_bus(&bus);
}

static void names_match_patterns(void **state)
{
    static const struct {
        const char *pattern;
        bool ticked, alarmed;
    } cases[] = {
        {"*", true, true},
        {"probe.*", true, true},
        {"probe.ticked", true, false},
        {"probe.tick", false, false},
        {"*.?icked", true, false},
        {"*ed?", false, false},
        {"p*b*.*a*a*", false, true},
        {"probe?alarmed*", false, true},
        {"***ked*", true, false},
        {"", false, false},
        {"probe.ticked.*", false, false},
        {"[p]*", false, false},
    };
    struct bus *bus = open_polled();
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t id = add_filter(
            bus, &(struct bus_filter){.kind = BUS_FILTER_NAME, .pattern = cases[i].pattern});

        tick(bus, 1, cases[i].ticked ? BUS_QUEUED : BUS_FILTERED);
        assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}),
                         cases[i].alarmed ? BUS_QUEUED : BUS_FILTERED);
        assert_int_equal(bus_filter_remove(bus, id), BUS_OK);
    }
    finish_bus(&bus);
}

static uint32_t burst_of_ticks(struct bus *bus, uint32_t tries)
{
    uint32_t i, passed = 0;

    for (i = 0; i < tries; i++)
        passed += probe_ticked_publish(bus, &(struct probe_ticked){.number = i}) == BUS_QUEUED;
    poll_all(bus);
    return passed;
}

/* A bucket of 5 tokens, 10 more each second. */
static void rate_is_a_token_bucket(void **state)
{
    const struct bus_filter rate = {
        .kind = BUS_FILTER_RATE, .per_second = 10, .burst = 5, .only = &probe_ticked_type};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    uint32_t i, passed = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    (void)add_filter(bus, &rate);
    assert_int_equal(burst_of_ticks(bus, 20), 5);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    frozen_advance(99 * BUS_MILLISECOND);
    assert_int_equal(burst_of_ticks(bus, 20), 0);
    frozen_advance(1 * BUS_MILLISECOND);
    assert_int_equal(burst_of_ticks(bus, 20), 1);
    frozen_advance(300 * BUS_MILLISECOND);
    assert_int_equal(burst_of_ticks(bus, 20), 3);
    frozen_advance(3600 * BUS_SECOND); /* never more than the burst */
    assert_int_equal(burst_of_ticks(bus, 20), 5);
    for (i = 0; i < 1000; i++) {
        frozen_advance(10 * BUS_MILLISECOND);
        passed += burst_of_ticks(bus, 3);
    }
    assert_in_range(passed, 99, 101);
    finish_bus(&bus);
}

/* ---- coming and going ---- */

static void bad_filters_are_refused(void **state)
{
    char long_name[BUS_FILTER_NAME_SIZE + 1];
    struct bus_filter deep[BUS_FILTER_DEPTH_MAX + 1], wide[BUS_FILTER_PARTS_MAX] = {0};
    const struct bus_filter all = {.kind = BUS_FILTER_ALL};
    struct bus *bus = open_polled();
    struct bus_filter bad[] = {
        {.kind = 0},
        {.kind = (enum bus_filter_kind)99},
        {.kind = BUS_FILTER_CUSTOM},
        {.kind = BUS_FILTER_METADATA},
        {.kind = BUS_FILTER_TYPE},
        {.kind = BUS_FILTER_NAME},
        {.kind = BUS_FILTER_NAME, .pattern = long_name},
        {.kind = BUS_FILTER_RATE},
        {.kind = BUS_FILTER_RATE, .per_second = 1000001},
        {.kind = BUS_FILTER_RATE, .per_second = 1, .burst = 1000001},
        {.kind = BUS_FILTER_ANY, .part_count = 1},
        {.kind = BUS_FILTER_ALL, .name = long_name},
        {.kind = BUS_FILTER_ANY, .parts = bad, .part_count = 1},
    };
    uint64_t id = 1;
    uint32_t i;

    (void)state;
    memset(long_name, 'n', sizeof long_name);
    long_name[BUS_FILTER_NAME_SIZE] = '\0';
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(bus_filter_add(bus, &bad[i], &id), BUS_ERR_INVALID);
        assert_int_equal(id, 1);
    }
    for (i = 0; i <= BUS_FILTER_DEPTH_MAX; i++)
        deep[i] = (struct bus_filter){
            .kind = BUS_FILTER_ALL, .parts = &deep[i + 1], .part_count = i < BUS_FILTER_DEPTH_MAX};
    assert_int_equal(bus_filter_add(bus, &deep[0], NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_filter_add(bus, &deep[1], NULL), BUS_OK);
    for (i = 0; i < BUS_FILTER_PARTS_MAX; i++)
        wide[i] = all;
    assert_int_equal(bus_filter_add(bus,
                                    &(struct bus_filter){.kind = BUS_FILTER_ALL,
                                                         .parts = wide,
                                                         .part_count = BUS_FILTER_PARTS_MAX},
                                    NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_filter_add(bus,
                                    &(struct bus_filter){.kind = BUS_FILTER_ALL,
                                                         .parts = wide,
                                                         .part_count = BUS_FILTER_PARTS_MAX - 1},
                                    NULL),
                     BUS_OK);
    assert_int_equal(bus_filter_add(NULL, &all, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_filter_add(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_filter_remove(NULL, 1), BUS_ERR_INVALID);
    assert_int_equal(bus_filters_each(bus, NULL, NULL), BUS_ERR_INVALID);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_filter_add(bus, &all, NULL), BUS_ERR_STATE);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void without_memory_nothing_is_added(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = failing_os()});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    failing_arm(1, false);
    assert_int_equal(bus_filter_add(bus, &(struct bus_filter){.kind = BUS_FILTER_ANY}, NULL),
                     BUS_ERR_MEMORY);
    assert_true(failing_struck());
    failing_arm(0, false);
    assert_int_equal(count_filters(bus), 0);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* A filter function that breaks the rules, as it is told to. */
struct rogue {
    struct bus *bus;
    uint64_t id;
    bool publish, remove;
    enum bus_status status;
    uint32_t calls;
};

static bool rogue_matches(void *context, const void *message, const struct bus_filter_facts *facts)
{
    struct rogue *rogue = context;

    (void)message;
    (void)facts;
    rogue->calls++;
    if (rogue->publish)
        bus_ignore(probe_alarmed_publish(rogue->bus, &(struct probe_alarmed){.number = 9}));
    if (rogue->remove)
        rogue->status = bus_filter_remove(rogue->bus, rogue->id);
    return true;
}

/* One that publishes is found out, and does not ask itself again; one may remove itself. */
static void rogues_are_found_out(void **state)
{
    struct bus *bus = open_polled();
    struct rogue rogue = {.bus = bus, .publish = true, .status = BUS_ERR_STATE};

    (void)state;
    rogue.id = add_filter(bus, &(struct bus_filter){.kind = BUS_FILTER_CUSTOM,
                                                    .matches = rogue_matches,
                                                    .context = &rogue});
    tick(bus, 1, BUS_INVALID);
    assert_int_equal(rogue.calls, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).invalid, 1);
    assert_int_equal(account_of(bus, &probe_alarmed_type).accepted, 1);
    rogue.publish = false;
    rogue.remove = true;
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(rogue.status, BUS_OK);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(rogue.calls, 2);
    poll_all(bus);
    finish_bus(&bus);
}

/* Each context is used by one filter at most and is freed at once when that was removed. */
struct lent {
    _Atomic uint64_t alive;
    _Atomic uint64_t *lost;
};

static bool is_alive(void *context, const void *message, const struct bus_filter_facts *facts)
{
    struct lent *lent = context;
    uint32_t i;

    (void)message;
    (void)facts;
    for (i = 0; i < 20; i++)
        if (atomic_load(&lent->alive) != 1)
            atomic_fetch_add(lent->lost, 1);
    return true;
}

struct crowd {
    struct bus *bus;
    _Atomic bool stop;
    _Atomic uint64_t accepted, refused, wrong;
};

static void *publish_on(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t number = 0;

    while (!atomic_load(&crowd->stop)) {
        enum bus_outcome outcome =
            probe_ticked_publish(crowd->bus, &(struct probe_ticked){.number = number++});

        if (outcome == BUS_QUEUED)
            atomic_fetch_add(&crowd->accepted, 1);
        else
            atomic_fetch_add(outcome == BUS_REJECTED ? &crowd->refused : &crowd->wrong, 1);
    }
    return NULL;
}

/* After the removal nobody is inside: the context may be freed. */
static void they_come_and_go_while_others_publish(void **state)
{
    struct bus *bus = open_workers(2);
    struct journal *journal = calloc(1, sizeof *journal);
    struct crowd crowd = {.bus = bus};
    _Atomic uint64_t lost = 0;
    pthread_t publishers[2];
    uint32_t round, i;

    (void)state;
    assert_non_null(journal);
    pthread_mutex_init(&journal->latch.mutex, NULL);
    pthread_cond_init(&journal->latch.condition, NULL);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, NULL), BUS_OK);
    for (i = 0; i < 2; i++)
        publishers[i] = spawn(publish_on, &crowd);
    for (round = 0; round < 300; round++) {
        struct lent *lent[3];
        uint64_t ids[3];

        for (i = 0; i < 3; i++) {
            lent[i] = calloc(1, sizeof *lent[i]);
            assert_non_null(lent[i]);
            atomic_store(&lent[i]->alive, 1);
            lent[i]->lost = &lost;
            ids[i] = add_filter(bus, &(struct bus_filter){.kind = BUS_FILTER_CUSTOM,
                                                          .matches = is_alive,
                                                          .context = lent[i]});
        }
        if (round % 16 == 0)
            (void)latch_wait(&journal->latch, latch_count(&journal->latch) + 1);
        for (i = 0; i < 3; i++) {
            uint32_t which = (i + round) % 3;

            assert_int_equal(bus_filter_remove(bus, ids[which]), BUS_OK);
            atomic_store(&lent[which]->alive, 0);
            free(lent[which]);
        }
    }
    atomic_store(&crowd.stop, true);
    for (i = 0; i < 2; i++)
        reap(publishers[i]);
    assert_int_equal(lost, 0);
    assert_int_equal(crowd.wrong, 0);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, crowd.accepted);
    finish_bus(&bus);
    free(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_refuses_goes_nowhere),
        cmocka_unit_test(a_new_filter_counts_from_zero),
        cmocka_unit_test(bulk_stops_where_one_is_refused),
        cmocka_unit_test(claims_are_asked_about_at_commit),
        cmocka_unit_test(before_start_too),
        cmocka_unit_test(when_a_schedule_is_due),
        cmocka_unit_test(commands_and_system_events_pass),
        cmocka_unit_test(kinds_judge_as_they_say),
        cmocka_unit_test(names_match_patterns),
        cmocka_unit_test(rate_is_a_token_bucket),
        cmocka_unit_test(bad_filters_are_refused),
        cmocka_unit_test(without_memory_nothing_is_added),
        cmocka_unit_test(rogues_are_found_out),
        cmocka_unit_test(they_come_and_go_while_others_publish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
