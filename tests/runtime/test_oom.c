/*
 * Memory runs out: each allocation fails once, and from then on, under every public call. Each time
 * the right status, nothing leaked, and a bus that works as soon as there is memory again.
 * covers: E1, N2
 */
#include "support.h"

static const struct bus_session none = {0, 0};

enum { ALLOCATIONS_MAX = 1000 };

struct world {
    uint32_t workers; /* 0: polled */
    struct bus *bus;
    struct bus_session session;
    struct journal ticks;
    struct journal sessions;
    struct latch completed;
    uint64_t expected_ticks;
    uint64_t failed_ticks; /* no memory to unpack them: failed, and counted so */
    uint64_t expected_completions;
};

/* A step does one call. True: done. False: refused for want of memory; nothing happened then. */
typedef bool (*step)(struct world *world);

static bool done(enum bus_status status)
{
    if (status == BUS_OK)
        return true;
    assert_int_equal(status, BUS_ERR_MEMORY);
    assert_true(bus_last_error()[0] != '\0');
    return false;
}

/* A publish that finds no memory for its thread or route is refused, in words. */
static bool sent(enum bus_outcome outcome)
{
    if (bus_accepted(outcome))
        return true;
    if (outcome != BUS_REJECTED && outcome != BUS_INVALID)
        fail_msg("refused as %s", bus_outcome_text(outcome));
    assert_true(bus_last_error()[0] != '\0');
    return false;
}

static enum bus_verdict on_echo(void *context, const struct probe_echo *request,
                                struct bus_delivery *delivery)
{
    struct probe_echo_ok ok = {.text = request->text};

    (void)context;
    return probe_echo_return(delivery, &ok);
}

static void on_added(void *context, const struct probe_add_result *result)
{
    (void)result;
    latch_add(context, 1);
}

static const struct probe_calculator calculator = {
    .add = on_add, .touch = on_touch, .echo = on_echo};

static bool step_open(struct world *world)
{
    struct bus_options options = {.workers = world->workers,
                                  .polled = world->workers == 0,
                                  .schema = &probe_schema,
                                  .missing_handlers_allowed = true,
                                  .name = "oom",
                                  .os = failing_os(),
                                  .capacity = {16, 16, 16, 16, 16}};
    bool opened = done(bus_open(&world->bus, &options));

    assert_true((world->bus != NULL) == opened);
    return opened;
}

static bool step_publish_early(struct world *world)
{
    bool yes = sent(probe_ticked_publish(world->bus, &(struct probe_ticked){.number = 1}));

    world->expected_ticks += yes;
    return yes;
}

static bool step_subscribe(struct world *world)
{
    return done(probe_ticked_subscribe(world->bus, on_ticked, &world->ticks, NULL));
}

static bool step_attach(struct world *world)
{
    uint64_t before = stats_of(world->bus).registered_handlers;
    bool yes = done(probe_calculator_attach(world->bus, &calculator, NULL));

    assert_int_equal(stats_of(world->bus).registered_handlers, before + (yes ? 3 : 0));
    return yes;
}

static bool step_start(struct world *world)
{
    return done(bus_start(world->bus));
}

static bool step_session(struct world *world)
{
    return done(bus_session_open(world->bus, &world->session));
}

static bool step_subscribe_session(struct world *world)
{
    struct bus_handler_options options = {.session = world->session};

    return done(probe_ticked_subscribe(world->bus, on_ticked, &world->sessions, &options));
}

static bool step_publish(struct world *world)
{
    bool yes = sent(probe_ticked_publish(world->bus, &(struct probe_ticked){.number = 1}));

    world->expected_ticks += yes;
    return yes;
}

static bool step_publish_new_type(struct world *world)
{
    return sent(probe_lazed_publish(world->bus, &(struct probe_lazed){.number = 1}));
}

static bool step_publish_large(struct world *world)
{
    static uint8_t data[6000];

    return sent(
        probe_bulked_publish(world->bus, &(struct probe_bulked){.data = {data, sizeof data}}));
}

static bool step_publish_many(struct world *world)
{
    struct probe_ticked messages[2] = {{.number = 1}, {.number = 2}};
    uint32_t accepted;
    bool yes = sent(probe_ticked_publish_many(world->bus, messages, 2, NULL, &accepted));

    world->expected_ticks += accepted;
    return yes;
}

static bool step_claim(struct world *world)
{
    struct bus_claim claim;
    struct probe_keyed shape = {.id = 1};

    if (!sent(probe_keyed_claim(world->bus, &shape, NULL, &claim)))
        return false;
    return bus_accepted(bus_claim_commit(&claim));
}

static bool step_execute(struct world *world)
{
    struct probe_add_result result;
    enum bus_outcome outcome =
        probe_add_execute(world->bus, &(struct probe_add){.a = 1, .b = 2}, &result);

    assert_int_equal(outcome, result.run.outcome);
    if (outcome == BUS_FAULTED) { /* it was accepted, but there was no memory to run it */
        assert_int_equal(result.run.error.category, BUS_CATEGORY_RESOURCE);
        assert_true(result.run.error.transient);
        return false;
    }
    return sent(outcome);
}

static void *publish_on_a_thread(void *argument)
{
    struct world *world = argument;

    return sent(probe_ticked_publish(world->bus, &(struct probe_ticked){.number = 1})) ? world
                                                                                       : NULL;
}

static bool step_thread(struct world *world)
{
    void *yes;

    assert_int_equal(pthread_join(spawn(publish_on_a_thread, world), &yes), 0);
    world->expected_ticks += yes != NULL;
    return yes != NULL;
}

static bool step_execute_async(struct world *world)
{
    bool yes = sent(probe_add_execute_async(world->bus, &(struct probe_add){.a = 1, .b = 2}, NULL,
                                            on_added, &world->completed));

    world->expected_completions += yes;
    return yes;
}

static void ignore_account(void *context, const struct bus_message_type *type,
                           const struct bus_account *account)
{
    (void)context;
    (void)type;
    assert_true(bus_account_balances(account));
}

static bool step_audit(struct world *world)
{
    return done(bus_audit(world->bus, PATIENCE, ignore_account, NULL));
}

/* Undoing needs no memory: these never fail for want of it. */
static bool step_undo(struct world *world)
{
    if (world->workers == 0)
        poll_all(world->bus);
    else
        assert_int_equal(bus_wait_idle(world->bus, PATIENCE), BUS_OK);
    assert_int_equal(bus_session_close(world->bus, world->session), BUS_OK);
    assert_int_equal(probe_calculator_detach(world->bus, NULL), BUS_OK);
    assert_int_equal(probe_ticked_unsubscribe(world->bus, on_ticked, &world->ticks, none), BUS_OK);
    assert_int_equal(stats_of(world->bus).registered_handlers, 0);
    return true;
}

static bool step_finish(struct world *world)
{
    world->failed_ticks = account_of(world->bus, &probe_ticked_type).failed;
    finish_bus(&world->bus);
    return true;
}

static const step steps[] = {
    step_open,
    step_publish_early,
    step_subscribe,
    step_attach,
    step_start,
    step_session,
    step_subscribe_session,
    step_publish,
    step_publish_new_type,
    step_publish_large,
    step_publish_many,
    step_claim,
    step_execute,
    step_thread,
    step_execute_async,
    step_audit,
    step_undo,
    step_finish,
};

/* One life, with the n-th allocation failing. What was refused is done again when there is memory.
 * True when an allocation was refused. */
static bool live(uint32_t workers, uint64_t nth, bool for_ever)
{
    static struct world world;
    bool refused = false;

    memset(&world, 0, sizeof world);
    world.workers = workers;
    world.ticks = world.sessions = (struct journal)JOURNAL_INITIALIZER;
    world.completed = (struct latch)LATCH_INITIALIZER;
    failing_arm(nth, for_ever);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i](&world))
            continue;
        if (!failing_struck())
            fail_msg("step %zu was refused although there was memory", i);
        refused = true;
        failing_arm(0, false);
        if (!steps[i](&world))
            fail_msg("step %zu fails again after allocation %llu", i, (unsigned long long)nth);
    }
    refused |= failing_struck();
    failing_arm(0, false);
    assert_int_equal(latch_count(&world.ticks.latch) + world.failed_ticks, world.expected_ticks);
    assert_int_equal(latch_count(&world.completed), world.expected_completions);
    assert_int_equal(failing_outstanding(), 0);
    return refused;
}

static void sweep(uint32_t workers, bool for_ever)
{
    uint64_t nth = 1;

    while (live(workers, nth, for_ever)) {
        nth++;
        assert_true(nth < ALLOCATIONS_MAX);
    }
    assert_true(nth > 5); /* there were allocations to fail */
}

static void each_allocation_fails_once_polled(void **state)
{
    (void)state;
    sweep(0, false);
}

static void each_allocation_fails_for_ever_polled(void **state)
{
    (void)state;
    sweep(0, true);
}

static void each_allocation_fails_once_with_workers(void **state)
{
    (void)state;
    sweep(2, false);
}

static void each_allocation_fails_for_ever_with_workers(void **state)
{
    (void)state;
    sweep(2, true);
}

/* A program's bus, with its constant tables. */
static bool open_program(struct bus **bus, struct journal *journal)
{
    static const struct bus_binding bindings[2] = {
        {&probe_ticked_type, "probe.part.ticked", BUS_ORDER_NORMAL, false, NULL, 0, 0},
        {&probe_touch_type, "probe.part.touch", BUS_ORDER_NORMAL, false, NULL, 0, 0}};
    static const struct bus_component component = {
        .name = "probe.part", .schema = &probe_schema, .bindings = bindings, .binding_count = 2};
    static const bus_function functions[2] = {(bus_function)on_ticked, (bus_function)on_touch};
    static const struct bus_program_part part = {&component, functions};
    static const struct bus_program program = {"probe.program", &probe_schema, &part, 1};
    struct bus_options options = {.polled = true, .os = failing_os()};
    void *contexts[] = {journal};

    return done(bus_program_open(bus, &options, sizeof options, &program, contexts, BUS_ABI));
}

static void programs_fail_cleanly(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    uint64_t nth = 1;
    struct bus *bus;

    (void)state;
    for (;; nth++) {
        failing_arm(nth, nth % 2 == 0);
        if (open_program(&bus, &journal))
            break;
        assert_null(bus);
        assert_int_equal(failing_outstanding(), 0);
    }
    failing_arm(0, false);
    assert_true(nth > 5);
    assert_int_equal(stats_of(bus).registered_handlers, 2);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(failing_outstanding(), 0);
}

/* After warm-up no call of the path allocates. covers: N2 */
static void path_does_not_allocate(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .schema = &probe_schema,
                                                     .missing_handlers_allowed = true,
                                                     .os = failing_os()});
    struct journal journal = JOURNAL_INITIALIZER;
    static uint8_t data[6000];

    (void)state;
    failing_arm(0, false);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_calculator_attach(bus, &calculator, NULL), BUS_OK);
    for (int round = 0; round < 100; round++) {
        struct probe_add_result result;
        struct probe_echo_result echo;
        struct probe_bulked bulked = {.data = {data, sizeof data}};

        if (round == 2)
            failing_arm(1, true); /* from now on any allocation is refused */
        tick(bus, 1, BUS_QUEUED);
        assert_int_equal(probe_bulked_publish(bus, &bulked), BUS_QUEUED);
        assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = 1}), BUS_QUEUED);
        poll_all(bus);
        assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 2}, &result),
                         BUS_ANSWERED);
        assert_int_equal(
            probe_echo_execute(bus, &(struct probe_echo){.text = bus_cstr("x")}, &echo),
            BUS_ANSWERED);
    }
    assert_false(failing_struck());
    failing_arm(0, false);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails_once_polled),
        cmocka_unit_test(each_allocation_fails_for_ever_polled),
        cmocka_unit_test(each_allocation_fails_once_with_workers),
        cmocka_unit_test(each_allocation_fails_for_ever_with_workers),
        cmocka_unit_test(programs_fail_cleanly),
        cmocka_unit_test(path_does_not_allocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
