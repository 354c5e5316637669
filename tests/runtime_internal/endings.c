/*
 * Ends that are easy to get wrong: stop beside a stuck part or a spinning worker, close beside a
 * worker that is just ending, commands and claims that a stop overtakes, system events of a command
 * that is late, waits that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>

#include <bus/health.h>
#include <bus_system.bus.h>

#include "probe.bus.h"

#include "support.h"

#define PATIENCE (20 * BUS_SECOND)

static uint64_t now(void)
{
    return bus_os_native()->monotonic_ns(NULL);
}

/* False: the patience ended first. */
static bool wait_for(const uint32_t *flag, uint32_t value)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = now() + PATIENCE;
    uint32_t seen;

    while ((seen = atomic_load_acquire_u32(flag)) != value)
        if (!os->wait(os->context, flag, seen, end))
            return false;
    return true;
}

static void set(uint32_t *flag, uint32_t value)
{
    atomic_store_release_u32(flag, value);
    bus_os_native()->wake(NULL, flag, true);
}

struct gate {
    uint32_t inside;
    uint32_t go;
};

static enum bus_verdict loud_waits(void *context, const struct probe_loud *event,
                                   struct bus_delivery *delivery)
{
    struct gate *gate = context;

    (void)event;
    (void)delivery;
    set(&gate->inside, 1);
    (void)wait_for(&gate->go, 1);
    return BUS_DONE;
}

/* A bus_stop in a thread of its own, so that one that hangs fails the test only. */
struct stopping {
    struct bus *bus;
    uint64_t timeout_ns;
    enum bus_status status;
    struct bus_left left;
    uint32_t done;
};

static void *stop_it(void *argument)
{
    struct stopping *stopping = argument;

    stopping->status = bus_stop(stopping->bus, stopping->timeout_ns, &stopping->left);
    set(&stopping->done, 1);
    return NULL;
}

/* ---- a stuck part of a parallel group ---- */

struct pair {
    struct gate stuck;
    uint32_t first; /* context of the part that waits for the other one to begin */
    uint32_t second;
};

static enum bus_verdict part_first(void *context, const struct probe_ping *event,
                                   struct bus_delivery *delivery)
{
    struct pair *pair = context;

    (void)event;
    (void)delivery;
    (void)wait_for(&pair->stuck.inside, 1);
    return BUS_DONE;
}

static enum bus_verdict part_stuck(void *context, const struct probe_ping *event,
                                   struct bus_delivery *delivery)
{
    struct pair *pair = context;

    (void)event;
    (void)delivery;
    set(&pair->stuck.inside, 1);
    (void)wait_for(&pair->stuck.go, 1);
    return BUS_DONE;
}

/* A handler that another worker runs as its part of a group is stuck. covers: E1 */
static void stop_leaves_a_stuck_part_behind(void **state)
{
    struct bus_handler_options together = {.concurrent = true, .parallel = true};
    struct pair pair = {0};
    struct stopping stopping = {.timeout_ns = 10 * BUS_MILLISECOND};
    struct bus *bus = NULL;
    pthread_t stopper;
    bool in_time;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2}), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, part_first, &pair, &together), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, part_stuck, &pair, &together), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 1}), BUS_QUEUED);
    assert_true(wait_for(&pair.stuck.inside, 1));
    stopping.bus = bus;
    assert_int_equal(pthread_create(&stopper, NULL, stop_it, &stopping), 0);
    in_time = wait_for(&stopping.done, 1);
    set(&pair.stuck.go, 1);
    assert_int_equal(pthread_join(stopper, NULL), 0);
    assert_true(in_time);
    assert_int_equal(stopping.status, BUS_ERR_TIMEOUT);
    assert_int_equal(stopping.left.running, 2);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- a worker that spins ---- */

/* It obeys audit and stop while it looks for work, however long it shall look. covers: E1, I6 */
static void spinning_worker_stops(void **state)
{
    struct bus *bus = NULL;
    uint64_t begun = now();

    (void)state;
    assert_int_equal(
        bus_open(&bus, &(struct bus_options){.workers = 1, .spin_ns = 10 * BUS_SECOND}), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ping_publish_and_wait(bus, &(struct probe_ping){.number = 1}, NULL, PATIENCE),
        BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_true(now() - begun < 8 * BUS_SECOND);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- close beside a worker that ends ---- */

static struct {
    struct bus *bus;
    uint32_t joined;
} ending;

static uint64_t clock_that_contends(void *context)
{
    uint32_t taken = 1;

    (void)context;
    /* As if another thread waited for the lock: giving it back makes a wake. */
    if (ending.bus != NULL)
        (void)atomic_cas_u32(&ending.bus->life.word, &taken, 2);
    return now();
}

static void wake_that_ends(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    if (ending.bus != NULL && word == &ending.bus->life.word)
        atomic_store_release_u32(&ending.bus->workers[0].exited, 1);
    bus_os_native()->wake(NULL, word, all);
}

static void join_that_counts(void *context, struct bus_os_thread *thread)
{
    (void)context;
    ending.joined++;
    bus_os_native()->thread_join(NULL, thread);
}

/* The worker ends between the stop and the look whether it ended: it is waited for before its
 * memory goes. covers: E1 */
static void close_waits_for_each_thread(void **state)
{
    struct test_os test;
    struct bus *bus = NULL;
    enum bus_status status;

    (void)state;
    test_os_init(&test);
    test.no_threads = true;
    test.os.monotonic_ns = clock_that_contends;
    test.os.wake = wake_that_ends;
    test.os.thread_join = join_that_counts;
    ending.joined = 0;
    assert_int_equal(
        bus_open(&bus, &(struct bus_options){.os = &test.os, .watchdog_ns = BUS_WATCHDOG_NONE}),
        BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    bus->workers[0].front = FRONT_RING; /* as if inside a handler */
    ending.bus = bus;
    status = bus_close(&bus);
    ending.bus = NULL;
    assert_true(status == BUS_ERR_BUSY || ending.joined == 1);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(ending.joined, 1);
    assert_int_equal(test.memory.bytes, 0);
}

/* ---- system events of a late command ---- */

struct counts {
    struct test_os *test;
    uint32_t started;
    uint32_t results;
};

static enum bus_verdict count_started(void *context, const struct bus_system_command_started *event,
                                      struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct counts *)context)->started++;
    return BUS_DONE;
}

static enum bus_verdict count_result(void *context, const struct bus_system_command_result *event,
                                     struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct counts *)context)->results++;
    return BUS_DONE;
}

static enum bus_verdict sleepy_calls_add(void *context, const struct probe_sleepy *request,
                                         struct bus_delivery *delivery)
{
    struct probe_add_result result;

    (void)context;
    (void)request;
    bus_ignore(probe_add_execute(bus_delivery_bus(delivery), &(struct probe_add){0}, &result));
    return probe_sleepy_return(delivery, NULL);
}

static enum bus_verdict add_is_late(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct counts *counts = context;

    (void)request;
    counts->test->now_ns += BUS_SECOND; /* past the deadline of both */
    return probe_add_return(delivery, NULL);
}

/* What the bus tells about a command is not worthless when the command's deadline has passed.
 * covers: B3, A6 */
static void late_commands_tell_too(void **state)
{
    struct test_os test;
    struct counts counts = {.test = &test};
    struct probe_sleepy_result result;
    struct bus *bus = NULL;

    (void)state;
    test_os_init(&test);
    test.virtual_clock = true;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true, .os = &test.os}), BUS_OK);
    assert_int_equal(bus_system_command_started_subscribe(bus, count_started, &counts, NULL),
                     BUS_OK);
    assert_int_equal(bus_system_command_result_subscribe(bus, count_result, &counts, NULL), BUS_OK);
    assert_int_equal(probe_sleepy_handle(bus, sleepy_calls_add, &counts, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, add_is_late, &counts, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_sleepy_execute(bus, &(struct probe_sleepy){0}, &result), BUS_ANSWERED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(counts.started, 2);
    assert_int_equal(counts.results, 2);
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- a wait that did not come about ---- */

static enum bus_verdict add_asks_sleepy(void *context, const struct probe_add *request,
                                        struct bus_delivery *delivery)
{
    struct probe_sleepy_result result;

    (void)request;
    set(context,
        probe_sleepy_execute(bus_delivery_bus(delivery), &(struct probe_sleepy){0}, &result) + 1u);
    return probe_add_return(delivery, NULL);
}

static enum bus_verdict sleepy_asks_add(void *context, const struct probe_sleepy *request,
                                        struct bus_delivery *delivery)
{
    struct probe_add_result result;

    (void)request;
    set(context,
        probe_add_execute(bus_delivery_bus(delivery), &(struct probe_add){0}, &result) + 1u);
    return probe_sleepy_return(delivery, NULL);
}

/* A command refused because too many wait already leaves no trace in the graph of who waits for
 * whom: the next one is not taken for a circle. covers: B7 */
static void refused_wait_leaves_no_trace(void **state)
{
    struct probe_sleepy_result slept;
    struct probe_add_result added;
    uint32_t from_add = 0, from_sleepy = 0;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2, .commands_max = 1}),
                     BUS_OK);
    assert_int_equal(probe_add_handle(bus, add_asks_sleepy, &from_add, NULL), BUS_OK);
    assert_int_equal(probe_sleepy_handle(bus, sleepy_asks_add, &from_sleepy, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){0}, &added), BUS_ANSWERED);
    assert_int_equal(from_add, BUS_REJECTED + 1);
    assert_int_equal(
        probe_sleepy_execute_with(bus, &(struct probe_sleepy){0},
                                  &(struct bus_message_options){.deadline_ns = PATIENCE}, &slept),
        BUS_ANSWERED);
    assert_int_equal(from_sleepy, BUS_REJECTED + 1);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- drops ---- */

/* Passing over an aborted claim drops nothing, and says so. covers: I3, I4 */
static void aborted_claim_is_no_drop(void **state)
{
    struct bus_account account;
    struct bus_claim claim;
    struct bus *bus = NULL;
    uint32_t i;

    (void)state;
    assert_int_equal(
        bus_open(&bus, &(struct bus_options){.polled = true, .capacity = {4, 4, 4, 4, 4}}), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_newest_claim(bus, &(struct probe_newest){0}, NULL, &claim), BUS_QUEUED);
    bus_claim_abort(&claim);
    for (i = 0; i < 5; i++)
        assert_int_equal(probe_newest_publish(bus, &(struct probe_newest){.number = i}),
                         i < 4 ? BUS_QUEUED : BUS_QUEUED_DROPPED);
    assert_int_equal(bus_account(bus, &probe_newest_type, &account), BUS_OK);
    assert_int_equal(account.dropped, 1);
    assert_int_equal(account.held, 4);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- stop overtakes ---- */

struct claiming {
    struct bus *bus;
    enum bus_outcome outcome;
};

static void *claim_patiently(void *argument)
{
    struct claiming *claiming = argument;
    struct bus_claim claim;

    claiming->outcome =
        probe_patient_claim(claiming->bus, &(struct probe_patient){.number = 9}, NULL, &claim);
    return NULL;
}

/* A claim that waits for room when the bus stops is refused, and counted as such. covers: I6 */
static void overtaken_claim_is_counted(void **state)
{
    struct gate gate = {0};
    struct claiming claiming = {.outcome = BUS_QUEUED};
    struct bus_account account;
    struct bus *bus = NULL;
    pthread_t thread;
    uint64_t end = now() + PATIENCE;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.capacity = {2, 2, 2, 2, 2}}), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, loud_waits, &gate, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){0}), BUS_QUEUED);
    assert_true(wait_for(&gate.inside, 1));
    assert_int_equal(probe_patient_publish(bus, &(struct probe_patient){0}), BUS_QUEUED);
    assert_int_equal(probe_patient_publish(bus, &(struct probe_patient){0}), BUS_QUEUED);
    claiming.bus = bus;
    assert_int_equal(pthread_create(&thread, NULL, claim_patiently, &claiming), 0);
    while (atomic_load_acquire_u32(&bus->room_waiters) == 0 && now() < end)
        bus_os_native()->yield(NULL);
    assert_int_equal(bus_stop(bus, 10 * BUS_MILLISECOND, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(claiming.outcome, BUS_CLOSED);
    assert_int_equal(bus_account(bus, &probe_patient_type, &account), BUS_OK);
    assert_int_equal(account.closed, 1);
    set(&gate.go, 1);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* Nobody waits for room longer than the message is worth. covers: I3, B9 */
static void wait_for_room_ends_with_the_deadline(void **state)
{
    struct gate gate = {0};
    struct bus *bus = NULL;
    uint64_t begun;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.capacity = {1, 1, 1, 1, 1}}), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, loud_waits, &gate, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){0}), BUS_QUEUED);
    assert_true(wait_for(&gate.inside, 1));
    assert_int_equal(probe_patient_publish(bus, &(struct probe_patient){0}), BUS_QUEUED);
    begun = now();
    assert_int_equal(
        probe_patient_publish_with(bus, &(struct probe_patient){0},
                                   &(struct bus_message_options){.deadline_ns = BUS_MILLISECOND}),
        BUS_REJECTED);
    assert_true(now() - begun < 1900 * BUS_MILLISECOND); /* its block is 2 s */
    set(&gate.go, 1);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

struct late {
    struct gate gate;
    uint32_t completions;
    enum bus_outcome sent;
    enum bus_outcome ended;
};

static void late_completion(void *context, const struct probe_bare_result *result)
{
    struct late *late = context;

    late->completions++;
    late->ended = result->run.outcome;
}

static enum bus_verdict bare_done(void *context, const struct probe_bare *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

static enum bus_verdict loud_sends_late(void *context, const struct probe_loud *event,
                                        struct bus_delivery *delivery)
{
    struct late *late = context;

    (void)event;
    set(&late->gate.inside, 1);
    (void)wait_for(&late->gate.go, 1);
    late->sent = probe_bare_execute_async(bus_delivery_bus(delivery), &(struct probe_bare){0}, NULL,
                                          late_completion, late);
    return BUS_DONE;
}

/* A handler that was left behind looked at the gate before it closed, and queues its command after
 * stop answered those that were left: the next stop, or close, answers it. covers: B7, E1 */
static void late_command_is_answered(void **state)
{
    struct late late = {0};
    struct bus *bus = NULL;
    uint64_t end = now() + PATIENCE;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, loud_sends_late, &late, NULL), BUS_OK);
    assert_int_equal(probe_bare_handle(bus, bare_done, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){0}), BUS_QUEUED);
    assert_true(wait_for(&late.gate.inside, 1));
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT);
    atomic_and_u32(&bus->gate, ~(uint32_t)GATE_HALTED); /* what the handler saw */
    set(&late.gate.go, 1);
    while (atomic_load_acquire_u32(&bus->workers[0].exited) == 0 && now() < end)
        bus_os_native()->yield(NULL);
    assert_int_equal(late.sent, BUS_QUEUED);
    assert_int_equal(late.completions, 0);
    atomic_or_u32(&bus->gate, GATE_HALTED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_ERR_TIMEOUT); /* it is left */
    assert_int_equal(late.completions, 1);
    assert_int_equal(late.ended, BUS_CLOSED);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(late.completions, 1);
}

/* A handler that was left behind finds the bus closed: nothing is queued that nobody would run.
 * covers: C2, E1 */
static void stuck_handler_finds_it_closed(void **state)
{
    struct late late = {0};
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, loud_sends_late, &late, NULL), BUS_OK);
    assert_int_equal(probe_bare_handle(bus, bare_done, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){0}), BUS_QUEUED);
    assert_true(wait_for(&late.gate.inside, 1));
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT);
    set(&late.gate.go, 1);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(late.sent, BUS_CLOSED);
    assert_int_equal(late.completions, 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

struct inlined {
    struct bus *bus;
    uint32_t inside;
    uint32_t published; /* outcome + 1 */
    uint32_t heard;
};

static enum bus_verdict add_publishes_late(void *context, const struct probe_add *request,
                                           struct bus_delivery *delivery)
{
    struct inlined *inlined = context;
    struct bus *bus = inlined->bus;
    uint64_t end = now() + PATIENCE;

    (void)request;
    set(&inlined->inside, 1);
    /* Until the stop has drained what there was. */
    while ((atomic_load_acquire_ptr(&bus->workers[0].thread) == NULL ||
            atomic_load_acquire_u32(&bus->polling) != 0) &&
           now() < end)
        bus_os_native()->yield(NULL);
    set(&inlined->published, probe_ping_publish(bus, &(struct probe_ping){.number = 1}) + 1u);
    return probe_add_return(delivery, NULL);
}

static enum bus_verdict ping_heard(void *context, const struct probe_ping *event,
                                   struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct inlined *)context)->heard++;
    return BUS_DONE;
}

static void *execute_inline(void *argument)
{
    struct inlined *inlined = argument;
    struct probe_add_result result;

    bus_ignore(probe_add_execute(inlined->bus, &(struct probe_add){0}, &result));
    return NULL;
}

/* Stop of a polled bus delivers what a handler on another thread still publishes. covers: E1 */
static void polled_stop_waits_for_inline_handlers(void **state)
{
    struct inlined inlined = {0};
    struct bus *bus = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true}), BUS_OK);
    inlined.bus = bus;
    assert_int_equal(probe_add_handle(bus, add_publishes_late, &inlined,
                                      &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, ping_heard, &inlined, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    atomic_store_release_ptr(&bus->workers[0].thread, NULL);
    assert_int_equal(pthread_create(&thread, NULL, execute_inline, &inlined), 0);
    assert_true(wait_for(&inlined.inside, 1));
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(inlined.published, BUS_QUEUED + 1);
    assert_int_equal(inlined.heard, 1);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_leaves_a_stuck_part_behind),
        cmocka_unit_test(spinning_worker_stops),
        cmocka_unit_test(close_waits_for_each_thread),
        cmocka_unit_test(late_commands_tell_too),
        cmocka_unit_test(refused_wait_leaves_no_trace),
        cmocka_unit_test(aborted_claim_is_no_drop),
        cmocka_unit_test(overtaken_claim_is_counted),
        cmocka_unit_test(wait_for_room_ends_with_the_deadline),
        cmocka_unit_test(late_command_is_answered),
        cmocka_unit_test(stuck_handler_finds_it_closed),
        cmocka_unit_test(polled_stop_waits_for_inline_handlers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
