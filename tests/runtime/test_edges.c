/*
 * Failures where something else is missing, too: no block, no record, no room, no memory, no time.
 * Nothing is lost without being told, and every account balances.
 *
 * covers: B8 B10 D5 F5 F7 H1 I6 K7
 */
#include "support.h"

#include <stdio.h>

#include <bus/approvals.h>
#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/simulation.h>
#include <bus_system.bus.h>

#define MS BUS_MILLISECOND

static const struct bus_policy three_retries = {.retries = 3, .jitter = BUS_JITTER_NONE};

struct edge {
    struct bus_simulation *simulation;
    struct bus *bus;
    struct bus_token token;
    struct bus_uuid id;
    uint64_t fails;
    uint64_t work_ns; /* of each run, on the frozen clock */
    uint32_t runs;
    uint32_t called;
    uint32_t letters;
    int64_t took_ns;
    uint32_t attempts;
    bool fill;
    bool struck; /* memory was asked for and refused */
    bool defer;
    enum bus_verdict deferred;
    enum bus_outcome outcome;
    enum bus_letter_reason reason;
    char text[BUS_ERROR_TEXT_SIZE];
    struct journal ends;
    uint8_t data[6000];
};

/* Takes what the pool has, with events that stay in their lane as long as their worker is busy. */
static void fill_pool(struct edge *edge)
{
    uint32_t size;

    for (size = sizeof edge->data; size > 250; size /= 2) {
        const struct probe_bulked bulk = {.data = {edge->data, size}};

        while (bus_accepted(probe_bulked_publish(edge->bus, &bulk)))
            ;
    }
}

static enum bus_verdict on_add_edge(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct edge *edge = context;

    edge->runs++;
    frozen_advance(edge->work_ns);
    if (edge->fill)
        fill_pool(edge);
    if (edge->fails > 0) {
        edge->fails--;
        return BUS_RETRY;
    }
    if (edge->defer) {
        edge->deferred = bus_delivery_defer(delivery, &edge->token);
        return edge->deferred;
    }
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static void on_added(void *context, const struct probe_add_result *result)
{
    struct edge *edge = context;

    edge->called++;
    edge->outcome = result->run.outcome;
    edge->attempts = result->run.attempts;
    (void)snprintf(edge->text, sizeof edge->text, "%s", result->run.error.text);
}

static enum bus_outcome add(struct edge *edge)
{
    return probe_add_execute_async(edge->bus, &(struct probe_add){.a = 2, .b = 3}, NULL, on_added,
                                   edge);
}

/* Polled, on the frozen clock. */
static void open_edge(struct edge *edge, const struct bus_policy *policy,
                      struct bus_options options)
{
    const struct bus_policy_override overrides[] = {{&probe_add_type, *policy},
                                                    {&probe_ticked_type, *policy}};

    options.polled = true;
    options.cell_size = 192;
    options.policies = overrides;
    options.policy_count = 2;
    if (options.os == NULL)
        options.os = frozen_os();
    edge->bus = open_bus(&options);
    assert_int_equal(bus_start(edge->bus), BUS_OK);
    assert_int_equal(probe_add_handle(edge->bus, on_add_edge, edge, NULL), BUS_OK);
}

static bool show_letter(void *context, const struct bus_dead_letter *letter)
{
    struct edge *edge = context;

    edge->letters++;
    edge->reason = letter->reason;
    return true;
}

static uint32_t letters_of(struct edge *edge)
{
    uint64_t count = 0;

    edge->letters = 0;
    assert_int_equal(bus_dead_letters_each(edge->bus, NULL, show_letter, edge, &count), BUS_OK);
    assert_int_equal(count, edge->letters);
    return edge->letters;
}

static void finish_edge(struct edge *edge)
{
    assert_int_equal(stats_of(edge->bus).pool_bytes_used, 0);
    finish_bus(&edge->bus);
}

/* ---- no block ---- */

/* The request of a command cannot be kept: its handler is told, and its caller. */
static void no_block_to_defer(void **state)
{
    static struct edge edge;

    (void)state;
    edge = (struct edge){.fill = true, .defer = true};
    open_edge(&edge, &three_retries, (struct bus_options){.pool_bytes = 1});
    assert_int_equal(add(&edge), BUS_QUEUED);
    poll_all(edge.bus);
    assert_int_equal(edge.deferred, BUS_FAULT);
    assert_null(edge.token.bus);
    assert_int_equal(edge.called, 1); /* nor is there a block to hold it for another run */
    assert_int_equal(edge.outcome, BUS_FAULTED);
    assert_string_equal(edge.text, "cannot defer: the pool has no block for the request; raise "
                                   "bus_options.pool_bytes");
    assert_int_equal(letters_of(&edge), 1);
    assert_int_equal(edge.reason, BUS_LETTER_NO_ROOM);
    assert_int_equal(account_of(edge.bus, &probe_add_type).failed, 1);
    finish_edge(&edge);
}

/* The answer finds no block: the token stays good for another try. */
static void no_block_for_a_late_answer(void **state)
{
    static struct edge edge;
    const struct probe_add_ok ok = {.sum = 7};

    (void)state;
    edge = (struct edge){.defer = true};
    open_edge(&edge, &three_retries, (struct bus_options){.pool_bytes = 1});
    assert_int_equal(add(&edge), BUS_QUEUED);
    poll_all(edge.bus);
    assert_int_equal(edge.deferred, BUS_LATER);
    fill_pool(&edge);
    assert_int_equal(probe_add_complete_return(edge.token, &ok), BUS_ERR_LIMIT);
    assert_non_null(strstr(bus_last_error(), "pool_bytes"));
    assert_true(bus_token_remaining_ns(edge.token) > 0);
    poll_all(edge.bus);
    assert_int_equal(edge.called, 0);
    assert_int_equal(probe_add_complete_return(edge.token, &ok), BUS_OK);
    poll_all(edge.bus);
    assert_int_equal(edge.called, 1);
    assert_int_equal(edge.outcome, BUS_ANSWERED);
    assert_int_equal(account_of(edge.bus, &probe_add_type).processed, 1);
    finish_edge(&edge);
}

static const struct bus_policy needs_approval = {.approval_ns = 10 * BUS_SECOND};

static void see_approval(void *context, const struct bus_approval *approval)
{
    *(struct bus_uuid *)context = approval->envelope.id;
}

static uint32_t waiting(struct edge *edge)
{
    uint32_t shown;

    assert_int_equal(bus_approvals_each(edge->bus, see_approval, &edge->id, &shown), BUS_OK);
    return shown;
}

/* It cannot wait to be approved: it is refused, and its record is free again. */
static void no_block_to_wait_for_approval(void **state)
{
    static struct edge edge;

    (void)state;
    edge = (struct edge){.fails = 0};
    open_edge(&edge, &needs_approval, (struct bus_options){.pool_bytes = 1, .commands_max = 2});
    fill_pool(&edge);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(add(&edge), BUS_REJECTED);
        assert_non_null(strstr(bus_last_error(), "pool_bytes"));
    }
    assert_int_equal(waiting(&edge), 0);
    assert_int_equal(account_of(edge.bus, &probe_add_type).rejected, 5);
    assert_int_equal(account_of(edge.bus, &probe_add_type).accepted, 0);
    poll_all(edge.bus);
    assert_int_equal(add(&edge), BUS_QUEUED);
    assert_int_equal(waiting(&edge), 1);
    assert_int_equal(bus_approve(edge.bus, edge.id), BUS_OK);
    poll_all(edge.bus);
    assert_int_equal(edge.outcome, BUS_ANSWERED);
    assert_int_equal(edge.called, 1);
    finish_edge(&edge);
}

/* ---- later answers ---- */

/* A fault by the token is the end, transient or not: no other run. */
static void a_transient_fault_by_the_token_is_final(void **state)
{
    static struct edge edge;

    (void)state;
    edge = (struct edge){.defer = true};
    open_edge(&edge, &three_retries, (struct bus_options){.os = frozen_os()});
    assert_int_equal(add(&edge), BUS_QUEUED);
    poll_all(edge.bus);
    assert_int_equal(
        bus_token_fail(edge.token, &(struct bus_error){.transient = true, .text = "no line"}),
        BUS_OK);
    poll_all(edge.bus);
    assert_int_equal(edge.called, 1);
    assert_int_equal(edge.outcome, BUS_FAULTED);
    assert_string_equal(edge.text, "no line");
    frozen_advance(BUS_SECOND);
    poll_all(edge.bus);
    assert_int_equal(edge.runs, 1);
    assert_int_equal(letters_of(&edge), 1);
    finish_edge(&edge);
}

static enum bus_verdict on_result(void *context, const struct bus_system_command_result *event,
                                  struct bus_delivery *delivery)
{
    struct edge *edge = context;

    (void)delivery;
    edge->took_ns = event->took_ns;
    return BUS_DONE;
}

static void count_recovered(void *context, const struct bus_error_report *report)
{
    *(uint32_t *)context += report->recovered;
}

/* Its time is that of all its runs, and until it was answered; the failed run before has been
 * recovered from. */
static void the_time_of_a_later_answer(void **state)
{
    static struct edge edge;
    uint32_t recovered = 0;

    (void)state;
    for (uint64_t fails = 0; fails < 2; fails++) {
        edge = (struct edge){.defer = true, .fails = fails, .work_ns = 5 * MS};
        open_edge(&edge, &three_retries, (struct bus_options){.os = frozen_os()});
        assert_int_equal(bus_system_command_result_subscribe(edge.bus, on_result, &edge, NULL),
                         BUS_OK);
        assert_int_equal(add(&edge), BUS_QUEUED);
        poll_all(edge.bus);
        frozen_advance(fails * 100 * MS);
        poll_all(edge.bus);
        frozen_advance(7 * MS);
        assert_int_equal(probe_add_complete_return(edge.token, NULL), BUS_OK);
        poll_all(edge.bus);
        assert_int_equal(edge.outcome, BUS_ANSWERED);
        assert_int_equal(edge.attempts, 1 + fails);
        assert_int_equal(edge.took_ns, fails == 0 ? 12 * MS : 117 * MS);
        (void)bus_errors_each(edge.bus, count_recovered, &recovered);
        assert_int_equal(recovered, fails);
        finish_edge(&edge);
    }
}

/* ---- no memory ---- */

static enum bus_verdict on_ticked_edge(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct edge *edge = context;

    (void)event;
    (void)delivery;
    edge->runs++;
    if (edge->fails == 0)
        return BUS_DONE;
    edge->fails--;
    return BUS_RETRY;
}

/* Its thread has no scratch memory yet, and gets none. */
static void *poll_without_memory(void *argument)
{
    struct edge *edge = argument;

    poll_all(edge->bus);
    failing_arm(1, true);
    frozen_advance(100 * MS);
    poll_all(edge->bus);
    edge->struck = failing_struck();
    failing_arm(0, false);
    return NULL;
}

/* A run that could not begin is a failed one: there is another. */
static void no_memory_for_another_run(void **state)
{
    static struct edge edge;
    static struct bus_os os;

    (void)state;
    os = *frozen_os();
    os.allocate = failing_os()->allocate;
    os.release = failing_os()->release;
    for (int command = 0; command < 2; command++) {
        edge = (struct edge){.fails = 1};
        open_edge(&edge, &three_retries, (struct bus_options){.os = &os});
        assert_int_equal(probe_ticked_subscribe(edge.bus, on_ticked_edge, &edge, NULL), BUS_OK);
        if (command == 1)
            assert_int_equal(add(&edge), BUS_QUEUED);
        else
            tick(edge.bus, 1, BUS_QUEUED);
        poll_all(edge.bus);
        assert_int_equal(edge.runs, 1);
        reap(spawn(poll_without_memory, &edge));
        assert_true(edge.struck);
        assert_int_equal(edge.runs, 1);
        assert_int_equal(edge.called, 0);
        assert_balanced(edge.bus);
        frozen_advance(200 * MS);
        poll_all(edge.bus);
        assert_int_equal(edge.runs, 2);
        assert_int_equal(letters_of(&edge), 0);
        if (command == 1) {
            assert_int_equal(edge.outcome, BUS_ANSWERED);
            assert_int_equal(edge.attempts, 3);
        }
        assert_int_equal(account_of(edge.bus, NULL).processed, 1);
        finish_edge(&edge);
    }
}

/* ---- no time ---- */

static enum bus_verdict on_ticked_stuck(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    struct edge *edge = context;

    (void)event;
    (void)delivery;
    if (edge->runs++ == 0)
        return BUS_RETRY;
    bus_simulation_sleep(edge->simulation, 10 * BUS_SECOND);
    return BUS_DONE;
}

static enum bus_verdict on_add_stuck(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    enum bus_verdict verdict = on_ticked_stuck(context, NULL, delivery);

    return verdict == BUS_DONE ? probe_add_return(delivery, &(struct probe_add_ok){request->a})
                               : verdict;
}

static void execute_stuck(void *argument)
{
    struct edge *edge = argument;
    struct probe_add_result result;

    edge->outcome = probe_add_execute(edge->bus, &(struct probe_add){.a = 4}, &result);
    edge->called++;
}

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    (void)type;
    (void)bytes;
    (void)size;
    ++*(uint32_t *)context;
    assert_int_equal(envelope->attempt, 2);
}

/* A stop does not wait longer than it should for a run that came between, and loses nothing: the
 * message is left until its handler returns, then it has ended like any other. */
static void stopped_while_another_run_is_stuck(void **state)
{
    static struct edge edge;
    const struct bus_policy_override overrides[] = {{&probe_add_type, three_retries},
                                                    {&probe_ticked_type, three_retries}};
    struct bus_left left;

    (void)state;
    for (int command = 0; command < 2; command++) {
        uint32_t shown = 0;

        edge = (struct edge){.fails = 1};
        assert_int_equal(
            bus_simulation_open(&edge.simulation, &(struct bus_simulation_options){.seed = 5}),
            BUS_OK);
        edge.bus = open_bus(&(struct bus_options){.workers = 1,
                                                  .os = bus_simulation_os(edge.simulation),
                                                  .policies = overrides,
                                                  .policy_count = 2});
        assert_int_equal(probe_ticked_subscribe(edge.bus, on_ticked_stuck, &edge, NULL), BUS_OK);
        assert_int_equal(probe_add_handle(edge.bus, on_add_stuck, &edge, NULL), BUS_OK);
        assert_int_equal(bus_start(edge.bus), BUS_OK);
        if (command == 1)
            assert_int_equal(bus_simulation_spawn(edge.simulation, "caller", execute_stuck, &edge),
                             BUS_OK);
        else
            tick(edge.bus, 1, BUS_QUEUED);
        bus_simulation_sleep(edge.simulation, MS);
        assert_int_equal(bus_stop(edge.bus, BUS_SECOND, &left), BUS_ERR_TIMEOUT);
        assert_in_range(bus_simulation_now(edge.simulation), BUS_SECOND, 1100 * MS);
        assert_int_equal(edge.runs, 2);
        assert_int_equal(left.messages, 1);
        assert_in_range(left.running, 1, 2); /* the worker, and the caller */
        assert_int_equal(bus_left_each(edge.bus, count_left, &shown), 1);
        assert_int_equal(shown, 1);
        assert_balanced(edge.bus);
        bus_simulation_sleep(edge.simulation, 20 * BUS_SECOND);
        assert_int_equal(edge.called, command);
        assert_int_equal(edge.outcome, command == 1 ? BUS_ANSWERED : BUS_QUEUED);
        assert_int_equal(account_of(edge.bus, NULL).processed, 1);
        finish_edge(&edge);
        assert_int_equal(bus_simulation_close(&edge.simulation), BUS_OK);
    }
}

/* The known mistake: a retry that blocks a worker. The only one has nothing to do with the waiting,
 * and runs all the others meanwhile. */
static void a_retry_blocks_no_worker(void **state)
{
    static struct edge edge;
    const struct bus_policy_override override = {
        &probe_ticked_type,
        {.retries = 1, .jitter = BUS_JITTER_NONE, .backoff_first_ns = 10 * BUS_SECOND}};

    (void)state;
    edge = (struct edge){.fails = 1, .ends = JOURNAL_INITIALIZER};
    assert_int_equal(
        bus_simulation_open(&edge.simulation, &(struct bus_simulation_options){.seed = 9}), BUS_OK);
    edge.bus = open_bus(&(struct bus_options){.workers = 1,
                                              .os = bus_simulation_os(edge.simulation),
                                              .policies = &override,
                                              .policy_count = 1});
    assert_int_equal(probe_ticked_subscribe(edge.bus, on_ticked_edge, &edge, NULL), BUS_OK);
    assert_int_equal(probe_lazed_subscribe(edge.bus, on_lazed, &edge.ends, NULL), BUS_OK);
    assert_int_equal(bus_start(edge.bus), BUS_OK);
    tick(edge.bus, 1, BUS_QUEUED);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(probe_lazed_publish(edge.bus, &(struct probe_lazed){.number = i}),
                         BUS_QUEUED);
    bus_simulation_sleep(edge.simulation, 100 * MS);
    assert_int_equal(edge.runs, 1);
    assert_journal_run(&edge.ends, 0, 100);
    assert_int_equal(account_of(edge.bus, &probe_ticked_type).held, 1);
    assert_int_equal(bus_wait_idle(edge.bus, 20 * BUS_SECOND), BUS_OK);
    assert_in_range(bus_simulation_now(edge.simulation), 10 * BUS_SECOND, 10100 * MS);
    assert_int_equal(edge.runs, 2);
    finish_edge(&edge);
    assert_int_equal(bus_simulation_close(&edge.simulation), BUS_OK);
}

/* ---- no record ---- */

/* Two handlers run beside each other and both fail; only one of them can wait for its next run. */
static void a_part_without_a_record(void **state)
{
    static struct edge edge, other;
    const struct bus_policy_override override = {&probe_ticked_type, three_retries};
    const struct bus_handler_options beside = {.concurrent = true, .parallel = true};

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        edge = (struct edge){.fails = 1};
        other = (struct edge){.fails = 1};
        assert_int_equal(
            bus_simulation_open(&edge.simulation, &(struct bus_simulation_options){.seed = seed}),
            BUS_OK);
        edge.bus = open_bus(&(struct bus_options){.workers = 2,
                                                  .held_max = 1,
                                                  .os = bus_simulation_os(edge.simulation),
                                                  .policies = &override,
                                                  .policy_count = 1});
        assert_int_equal(probe_ticked_subscribe(edge.bus, on_ticked_edge, &edge, &beside), BUS_OK);
        assert_int_equal(probe_ticked_subscribe(edge.bus, on_ticked_edge, &other, &beside), BUS_OK);
        assert_int_equal(bus_start(edge.bus), BUS_OK);
        tick(edge.bus, 1, BUS_QUEUED);
        bus_simulation_sleep(edge.simulation, 50 * MS);
        assert_int_equal(account_of(edge.bus, &probe_ticked_type).held, 1);
        assert_int_equal(letters_of(&edge), 1);
        assert_int_equal(edge.reason, BUS_LETTER_NO_ROOM);
        assert_int_equal(bus_wait_idle(edge.bus, BUS_SECOND), BUS_OK);
        assert_int_equal(edge.runs + other.runs, 3);
        assert_int_equal(letters_of(&edge), 1);
        assert_int_equal(account_of(edge.bus, &probe_ticked_type).failed, 1);
        finish_edge(&edge);
        assert_int_equal(bus_simulation_close(&edge.simulation), BUS_OK);
    }
}

/* ---- in order, in front of a breaker ---- */

static enum bus_verdict on_keyed_edge(void *context, const struct probe_keyed *event,
                                      struct bus_delivery *delivery)
{
    struct edge *edge = context;

    (void)delivery;
    edge->runs++;
    if (edge->fails != 0)
        return BUS_RETRY;
    journal_add(&edge->ends, event->id * 1000 + event->number);
    return BUS_DONE;
}

/* What is parked keeps the order of its key: what comes later waits behind it, also what is sent
 * while the breaker tries, and when it has closed all of it runs. */
static void parked_in_order(void **state)
{
    static struct edge edge;
    const struct bus_policy_override override = {&probe_keyed_type,
                                                 {.retries = 9,
                                                  .jitter = BUS_JITTER_NONE,
                                                  .ordered = true,
                                                  .breaker_failures = 2,
                                                  .breaker_open_ns = BUS_SECOND,
                                                  .breaker_probes = 1,
                                                  .on_open = BUS_ON_OPEN_PARK}};
    uint64_t next[4] = {0};

    (void)state;
    edge = (struct edge){.fails = 1, .ends = JOURNAL_INITIALIZER};
    edge.bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});
    assert_int_equal(bus_start(edge.bus), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(edge.bus, on_keyed_edge, &edge, NULL), BUS_OK);
    for (uint64_t i = 0; i < 400; i++) {
        const struct probe_keyed event = {.id = i % 4, .number = i / 4};

        assert_int_equal(probe_keyed_publish(edge.bus, &event), BUS_QUEUED);
        poll_all(edge.bus);
        frozen_advance(10 * MS);
        assert_balanced(edge.bus);
        if (i == 250)
            edge.fails = 0;
        if (i == 249) {
            assert_int_equal(latch_count(&edge.ends.latch), 0);
            assert_int_equal(account_of(edge.bus, &probe_keyed_type).held, 250);
            assert_in_range(edge.runs, 3, 6); /* the first two, and a probe each second */
        }
    }
    for (int i = 0; i < 200; i++) {
        frozen_advance(10 * MS);
        poll_all(edge.bus);
    }
    assert_int_equal(latch_count(&edge.ends.latch), 400);
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t id = edge.ends.entries[i] / 1000;

        assert_in_range(id, 0, 3);
        assert_int_equal(edge.ends.entries[i] % 1000, next[id]);
        next[id]++;
    }
    assert_int_equal(account_of(edge.bus, &probe_keyed_type).processed, 400);
    assert_int_equal(letters_of(&edge), 0);
    finish_edge(&edge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_block_to_defer),
        cmocka_unit_test(no_block_for_a_late_answer),
        cmocka_unit_test(no_block_to_wait_for_approval),
        cmocka_unit_test(a_transient_fault_by_the_token_is_final),
        cmocka_unit_test(the_time_of_a_later_answer),
        cmocka_unit_test(no_memory_for_another_run),
        cmocka_unit_test(stopped_while_another_run_is_stuck),
        cmocka_unit_test(a_retry_blocks_no_worker),
        cmocka_unit_test(a_part_without_a_record),
        cmocka_unit_test(parked_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
