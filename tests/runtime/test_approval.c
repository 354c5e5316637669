/*
 * Commands that somebody has to approve: what each end looks like, and that only what was approved
 * runs. The clock is the tests' own.
 * covers: B10, I6
 */
#include "support.h"

#include <bus/approvals.h>
#include <bus/simulation.h>
#include <bus_system.bus.h>

static const struct bus_policy_override needs_approval = {
    .type = &probe_add_type,
    .policy = {.approval_ns = 10 * BUS_SECOND},
};

struct desk {
    struct bus *bus;
    struct journal states;
    struct bus_uuid told; /* of the last event */
    struct bus_uuid ran;
    uint32_t runs;
    uint32_t called;
    enum bus_outcome outcome;
    uint32_t sum;
    char text[BUS_ERROR_TEXT_SIZE];
    struct bus_uuid id;
};

static enum bus_verdict on_changed(void *context, const struct bus_system_approval_changed *event,
                                   struct bus_delivery *delivery)
{
    struct desk *desk = context;

    (void)delivery;
    desk->told = event->id;
    journal_add(&desk->states, (uint64_t)event->state);
    return BUS_DONE;
}

static enum bus_verdict on_add_desk(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct desk *desk = context;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    desk->ran = envelope.id;
    desk->runs++;
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static void on_added(void *context, const struct probe_add_result *result)
{
    struct desk *desk = context;

    desk->called++;
    desk->outcome = result->run.outcome;
    desk->id = result->run.id;
    desk->sum = result->answer == PROBE_ADD_OK ? result->ok.sum : 0;
    memcpy(desk->text, result->run.error.text, strlen(result->run.error.text) + 1);
}

static void open_desk(struct desk *desk, const struct bus_options *options)
{
    desk->bus = open_bus(options);
    assert_int_equal(bus_start(desk->bus), BUS_OK);
    assert_int_equal(probe_add_handle(desk->bus, on_add_desk, desk, NULL), BUS_OK);
    assert_int_equal(bus_system_approval_changed_subscribe(desk->bus, on_changed, desk, NULL),
                     BUS_OK);
}

static void open_polled_desk(struct desk *desk)
{
    open_desk(desk, &(struct bus_options){.polled = true,
                                          .os = frozen_os(),
                                          .policies = &needs_approval,
                                          .policy_count = 1});
}

static void ask(struct desk *desk, struct bus_ticket *ticket)
{
    struct bus_message_options options = {.ticket = ticket};

    assert_int_equal(probe_add_execute_async(desk->bus, &(struct probe_add){.a = 4, .b = 5},
                                             &options, on_added, desk),
                     BUS_QUEUED);
    poll_all(desk->bus);
    assert_int_equal(desk->runs, 0);
    assert_int_equal(desk->called, 0);
}

static void see(void *context, const struct bus_approval *approval)
{
    struct probe_add request;
    uint64_t scratch[(PROBE_ADD_SCRATCH_MAX + 16) / 8];

    assert_ptr_equal(approval->type, &probe_add_type);
    assert_int_equal(bus_decode(&probe_add_type.codec, approval->bytes, approval->size, &request,
                                scratch, sizeof scratch),
                     BUS_OK);
    assert_int_equal(request.a, 4);
    *(struct bus_uuid *)context = approval->envelope.id;
}

static struct bus_uuid waiting(struct bus *bus)
{
    struct bus_uuid id = {0, 0};
    uint32_t shown;

    assert_int_equal(bus_approvals_each(bus, see, &id, &shown), BUS_OK);
    assert_int_equal(shown, 1);
    return id;
}

static void nothing_waits(struct desk *desk)
{
    struct bus_uuid id;
    uint32_t shown;

    assert_int_equal(bus_approvals_each(desk->bus, see, &id, &shown), BUS_OK);
    assert_int_equal(shown, 0);
    assert_int_equal(desk->called, 1);
    assert_int_equal(stats_of(desk->bus).pool_bytes_used, 0);
}

static void approved_it_runs(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};
    struct bus_uuid id;

    (void)state;
    open_polled_desk(&desk);
    ask(&desk, NULL);
    id = waiting(desk.bus);
    assert_memory_equal(&id, &desk.told, sizeof id);
    assert_int_equal(account_of(desk.bus, &probe_add_type).accepted, 0);
    assert_int_equal(bus_approve(desk.bus, (struct bus_uuid){1, 2}), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_approve(desk.bus, id), BUS_OK);
    assert_int_equal(bus_approve(desk.bus, id), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_deny(desk.bus, id, NULL), BUS_ERR_NOT_REGISTERED);
    poll_all(desk.bus);
    assert_int_equal(desk.runs, 1);
    assert_int_equal(desk.outcome, BUS_ANSWERED);
    assert_int_equal(desk.sum, 9);
    assert_memory_equal(&id, &desk.ran, sizeof id);
    assert_memory_equal(&id, &desk.id, sizeof id);
    assert_journal(&desk.states, (const uint64_t[]){1, 2}, 2);
    nothing_waits(&desk);
    assert_int_equal(account_of(desk.bus, &probe_add_type).processed, 1);
    finish_bus(&desk.bus);
}

static void denied_it_does_not(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};

    (void)state;
    open_polled_desk(&desk);
    ask(&desk, NULL);
    assert_int_equal(bus_deny(desk.bus, waiting(desk.bus), "not today"), BUS_OK);
    poll_all(desk.bus);
    assert_int_equal(desk.runs, 0);
    assert_int_equal(desk.outcome, BUS_DENIED);
    assert_string_equal(desk.text, "not today");
    assert_journal(&desk.states, (const uint64_t[]){1, 3}, 2);
    nothing_waits(&desk);
    assert_int_equal(account_of(desk.bus, &probe_add_type).failed, 1);
    finish_bus(&desk.bus);
}

static void nobody_decides(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};

    (void)state;
    open_polled_desk(&desk);
    ask(&desk, NULL);
    frozen_advance(9 * BUS_SECOND);
    poll_all(desk.bus);
    assert_int_equal(desk.called, 0);
    frozen_advance(2 * BUS_SECOND);
    poll_all(desk.bus);
    assert_int_equal(desk.runs, 0);
    assert_int_equal(desk.outcome, BUS_EXPIRED);
    assert_journal(&desk.states, (const uint64_t[]){1, 4}, 2);
    nothing_waits(&desk);
    assert_int_equal(account_of(desk.bus, &probe_add_type).expired, 1);
    finish_bus(&desk.bus);
}

static void cancelled_meanwhile(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};
    struct bus_ticket ticket = {0};

    (void)state;
    open_polled_desk(&desk);
    ask(&desk, &ticket);
    assert_int_equal(bus_cancel(desk.bus, &ticket), BUS_OK);
    poll_all(desk.bus);
    assert_int_equal(desk.outcome, BUS_CANCELLED);
    nothing_waits(&desk);
    assert_int_equal(account_of(desk.bus, &probe_add_type).cancelled, 1);
    finish_bus(&desk.bus);
}

/* A stop waits for no human. */
static void stopped_meanwhile(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};
    struct bus_uuid id;

    (void)state;
    open_polled_desk(&desk);
    ask(&desk, NULL);
    id = waiting(desk.bus);
    assert_int_equal(bus_stop(desk.bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(desk.runs, 0);
    assert_int_equal(desk.called, 1);
    assert_int_equal(desk.outcome, BUS_CLOSED);
    assert_int_equal(bus_approve(desk.bus, id), BUS_ERR_STATE);
    assert_int_equal(account_of(desk.bus, &probe_add_type).closed, 1);
    finish_bus(&desk.bus);
}

/* ---- with workers ---- */

static void *execute_add(void *argument)
{
    struct desk *desk = argument;
    struct probe_add_result result;

    desk->outcome = probe_add_execute(desk->bus, &(struct probe_add){.a = 4, .b = 5}, &result);
    desk->sum = result.answer == PROBE_ADD_OK ? result.ok.sum : 0;
    desk->id = result.run.id;
    return NULL;
}

/* Whoever executes it waits meanwhile. */
static void a_caller_waits(void **state)
{
    (void)state;
    for (int approve = 0; approve < 2; approve++) {
        static struct desk desk;
        pthread_t caller;

        desk = (struct desk){.states = JOURNAL_INITIALIZER};
        open_desk(&desk, &(struct bus_options){
                             .workers = 1, .policies = &needs_approval, .policy_count = 1});
        caller = spawn(execute_add, &desk);
        assert_true(latch_wait(&desk.states.latch, 1));
        while (approve == 1 ? bus_approve(desk.bus, desk.told) != BUS_OK
                            : bus_deny(desk.bus, desk.told, NULL) != BUS_OK)
            ; /* the event comes a moment before it waits */
        reap(caller);
        assert_int_equal(desk.outcome, approve == 1 ? BUS_ANSWERED : BUS_DENIED);
        assert_int_equal(desk.sum, approve == 1 ? 9 : 0);
        assert_int_equal(desk.runs, (uint32_t)approve);
        finish_bus(&desk.bus);
    }
}

/* Nobody stands still where nothing else would run. */
static void a_poller_does_not_wait(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};

    (void)state;
    open_polled_desk(&desk);
    (void)execute_add(&desk);
    assert_int_equal(desk.outcome, BUS_WOULD_DEADLOCK);
    assert_int_equal(bus_approve(NULL, desk.id), BUS_ERR_INVALID);
    assert_int_equal(bus_deny(NULL, desk.id, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_approvals_each(desk.bus, NULL, NULL, NULL), BUS_ERR_INVALID);
    finish_bus(&desk.bus);
}

/* ---- counting, and no room ---- */

/* A full lane: it waits on, and can be approved again. */
static void approved_into_a_full_lane(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};
    struct journal ticks = JOURNAL_INITIALIZER;
    uint64_t queued = 0;
    struct bus_uuid id;

    (void)state;
    open_polled_desk(&desk);
    assert_int_equal(probe_ticked_subscribe(desk.bus, on_ticked, &ticks, NULL), BUS_OK);
    ask(&desk, NULL);
    id = waiting(desk.bus);
    while (bus_accepted(probe_ticked_publish(desk.bus, &(struct probe_ticked){.number = queued})))
        queued++;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bus_approve(desk.bus, id), BUS_ERR_LIMIT);
        assert_non_null(strstr(bus_last_error(), "full"));
        assert_true(waiting(desk.bus).low == id.low);
        assert_int_equal(account_of(desk.bus, &probe_add_type).accepted, 0);
    }
    poll_all(desk.bus);
    assert_int_equal(desk.runs, 0);
    assert_int_equal(latch_count(&ticks.latch), queued);
    assert_int_equal(bus_approve(desk.bus, id), BUS_OK);
    assert_int_equal(account_of(desk.bus, &probe_add_type).accepted, 1);
    assert_int_equal(account_of(desk.bus, &probe_add_type).held, 1);
    poll_all(desk.bus);
    assert_int_equal(desk.runs, 1);
    assert_int_equal(desk.outcome, BUS_ANSWERED);
    nothing_waits(&desk);
    assert_int_equal(account_of(desk.bus, &probe_add_type).processed, 1);
    finish_bus(&desk.bus);
}

/* Each end of one that waited for approval is in the account once; so is one that was approved. */
static void each_is_counted_once(void **state)
{
    static struct desk desk = {.states = JOURNAL_INITIALIZER};
    struct bus_account account;

    (void)state;
    open_polled_desk(&desk);
    for (uint32_t i = 1; i <= 4; i++) {
        struct bus_uuid id;

        assert_int_equal(probe_add_execute_async(desk.bus, &(struct probe_add){.a = 4, .b = 5},
                                                 NULL, on_added, &desk),
                         BUS_QUEUED);
        poll_all(desk.bus);
        assert_balanced(desk.bus);
        id = waiting(desk.bus);
        assert_int_equal(account_of(desk.bus, &probe_add_type).accepted, i - 1);
        if (i == 1)
            assert_int_equal(bus_deny(desk.bus, id, NULL), BUS_OK);
        else if (i == 2)
            frozen_advance(11 * BUS_SECOND);
        else if (i == 3)
            assert_int_equal(bus_approve(desk.bus, id), BUS_OK);
        else
            assert_int_equal(bus_stop(desk.bus, 0, NULL), BUS_OK);
        assert_balanced(desk.bus);
        if (i < 4)
            poll_all(desk.bus);
        assert_int_equal(desk.called, i);
    }
    account = account_of(desk.bus, &probe_add_type);
    assert_int_equal(account.accepted, 3);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.expired, 1);
    assert_int_equal(account.processed, 1);
    assert_int_equal(account.closed, 1);
    assert_int_equal(account.held, 0);
    finish_bus(&desk.bus);
}

struct slow {
    struct bus_simulation *simulation;
    struct bus_uuid id;
};

static enum bus_verdict on_ticked_slow(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    bus_simulation_sleep(((struct slow *)context)->simulation, BUS_SECOND);
    return BUS_DONE;
}

static void see_id(void *context, const struct bus_approval *approval)
{
    *(struct bus_uuid *)context = approval->envelope.id;
}

/* Nor does who approves wait where the schema says so: he holds the record, for which the expiry
 * waits on the worker that makes the room. */
static void who_approves_waits_for_no_room(void **state)
{
    static struct desk desk;
    struct bus_message_type blocking = probe_add_type;
    const struct bus_policy_override override = {&blocking, {.approval_ns = 1500000000}};
    struct slow slow = {.id = {0, 0}};
    uint64_t before;

    (void)state;
    desk = (struct desk){.states = JOURNAL_INITIALIZER};
    blocking.when_full = BUS_FULL_BLOCK;
    blocking.block_ns = 20 * BUS_SECOND;
    assert_int_equal(
        bus_simulation_open(&slow.simulation, &(struct bus_simulation_options){.seed = 3}), BUS_OK);
    desk.bus = open_bus(&(struct bus_options){.workers = 1,
                                              .os = bus_simulation_os(slow.simulation),
                                              .capacity = {2, 2, 2, 2, 2},
                                              .policies = &override,
                                              .policy_count = 1});
    assert_int_equal(bus_start(desk.bus), BUS_OK);
    assert_int_equal(bus_register(desk.bus, &blocking, (bus_function)on_add_desk, &desk, NULL),
                     BUS_OK);
    assert_int_equal(probe_ticked_subscribe(desk.bus, on_ticked_slow, &slow, NULL), BUS_OK);
    assert_int_equal(bus_execute_message_async(desk.bus, &blocking, &(struct probe_add){.a = 4},
                                               NULL, probe_add_complete, (bus_function)on_added,
                                               &desk),
                     BUS_QUEUED);
    assert_int_equal(bus_approvals_each(desk.bus, see_id, &slow.id, NULL), BUS_OK);
    while (bus_accepted(probe_ticked_publish(desk.bus, &(struct probe_ticked){.number = 1})))
        ;
    before = bus_simulation_now(slow.simulation);
    assert_int_equal(bus_approve(desk.bus, slow.id), BUS_ERR_LIMIT);
    assert_in_range(bus_simulation_now(slow.simulation), before, before + BUS_MILLISECOND);
    bus_simulation_sleep(slow.simulation, 10 * BUS_SECOND);
    assert_int_equal(desk.outcome, BUS_EXPIRED);
    assert_int_equal(desk.runs, 0);
    finish_bus(&desk.bus);
    assert_int_equal(bus_simulation_close(&slow.simulation), BUS_OK);
}

struct race {
    struct bus_simulation *simulation;
    struct desk *desk;
    struct bus_ticket ticket;
    enum bus_outcome asked;
    enum bus_status cancelled;
};

static void ask_now(void *argument)
{
    struct race *race = argument;
    struct bus_message_options options = {.ticket = &race->ticket};

    race->asked = probe_add_execute_async(race->desk->bus, &(struct probe_add){.a = 4}, &options,
                                          on_added, race->desk);
}

static void cancel_now(void *argument)
{
    struct race *race = argument;

    race->cancelled = bus_cancel(race->desk->bus, &race->ticket);
}

/* Whenever the cancel comes: whoever heard that it waits hears of the end, and nothing is left. */
static void a_cancel_races_the_asking(void **state)
{
    static struct desk desk;
    uint32_t ways[2] = {0, 0};

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct race race = {.desk = &desk, .asked = BUS_INVALID};
        uint64_t told;

        desk = (struct desk){.states = JOURNAL_INITIALIZER};
        assert_int_equal(
            bus_simulation_open(&race.simulation,
                                &(struct bus_simulation_options){.seed = seed, .switch_every = 2}),
            BUS_OK);
        open_desk(&desk, &(struct bus_options){.workers = 1,
                                               .os = bus_simulation_os(race.simulation),
                                               .policies = &needs_approval,
                                               .policy_count = 1});
        assert_int_equal(bus_simulation_spawn(race.simulation, "asks", ask_now, &race), BUS_OK);
        assert_int_equal(bus_simulation_spawn(race.simulation, "cancels", cancel_now, &race),
                         BUS_OK);
        assert_int_equal(bus_simulation_run(race.simulation, BUS_SECOND), BUS_OK);
        bus_simulation_sleep(race.simulation, 10 * BUS_MILLISECOND); /* the completion's worker */
        assert_int_equal(race.cancelled, BUS_OK);
        assert_true(race.asked == BUS_QUEUED || race.asked == BUS_CANCELLED);
        assert_int_equal(desk.called, race.asked == BUS_QUEUED);
        ways[race.asked == BUS_QUEUED]++;
        told = latch_count(&desk.states.latch);
        assert_true(told == 2 || (told == 0 && race.asked == BUS_CANCELLED));
        assert_int_equal(desk.states.entries[0] + desk.states.entries[1], told == 2 ? 1 + 3 : 0);
        assert_int_equal(desk.runs, 0);
        assert_int_equal(account_of(desk.bus, &probe_add_type).cancelled, race.asked == BUS_QUEUED);
        assert_int_equal(stats_of(desk.bus).pool_bytes_used, 0);
        finish_bus(&desk.bus);
        assert_int_equal(bus_simulation_close(&race.simulation), BUS_OK);
    }
    assert_true(ways[0] > 0 && ways[1] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approved_it_runs),
        cmocka_unit_test(denied_it_does_not),
        cmocka_unit_test(nobody_decides),
        cmocka_unit_test(cancelled_meanwhile),
        cmocka_unit_test(stopped_meanwhile),
        cmocka_unit_test(a_caller_waits),
        cmocka_unit_test(a_poller_does_not_wait),
        cmocka_unit_test(approved_into_a_full_lane),
        cmocka_unit_test(a_cancel_races_the_asking),
        cmocka_unit_test(each_is_counted_once),
        cmocka_unit_test(who_approves_waits_for_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
