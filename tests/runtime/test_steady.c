/*
 * Steady state: what a publisher and a spinning worker do for each event, once both are warm, needs
 * no allocation, no lock (a fault takes one) and no system call. Counted, not assumed (counting.h),
 * over EVENTS events of each way to publish; faults on purpose show that each of the three is
 * counted.
 *
 * covers: N2, J3
 */
#include "support.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "counting.h"

enum { EVENTS = 100000, WARM = 5000, WINDOW = 512, CAPACITY = 1024, KEYS = 64, BULK = 16 };
/* Numbers of keyed events that are no events of the case. */
enum { MARK_BEGIN = 1 << 30, MARK_END };
/* One event in so many brings the fault of a control. */
enum { RARE = 1000 };
enum fault { FAULT_NONE, FAULT_ALLOCATES, FAULT_LOCKS, FAULT_CALLS };

struct steady {
    struct bus *bus;
    uint64_t (*publish)(struct steady *steady, uint64_t count); /* returns what to wait for */
    enum fault fault;
    uint64_t wrong;  /* publisher: outcomes that must not be */
    uint64_t yields; /* publisher: sched_yield() by the test itself, over EVENTS */
    _Atomic uint64_t handled;
    _Atomic uint64_t marks;  /* mark events handled */
    struct counts publisher; /* of the thread that publishes, over EVENTS */
    atomic_bool flooded;     /* handlers of `shed` wait meanwhile */
    struct latch together;   /* guards `workers` */
    struct counts workers;   /* sum of all workers, over EVENTS */
    uint64_t dropped;
};

static void sum_up(struct counts *sum, const struct counts *counts)
{
    sum->allocations += counts->allocations;
    sum->locks += counts->locks;
    sum->system_calls += counts->system_calls;
    if (counts->last_call != 0)
        sum->last_call = counts->last_call;
}

static void commit_fault(const struct steady *steady, uint64_t number)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    void *volatile memory;

    if (steady->fault == FAULT_NONE || number % RARE != 0)
        return;
    if (steady->fault == FAULT_ALLOCATES) {
        memory = malloc(16);
        free(memory);
    } else if (steady->fault == FAULT_LOCKS) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    } else {
        (void)syscall(SYS_getppid);
    }
}

/* ---- handlers ---- */

static enum bus_verdict handled(struct steady *steady, uint64_t number)
{
    commit_fault(steady, number);
    atomic_fetch_add_explicit(&steady->handled, 1, memory_order_release);
    return BUS_DONE;
}

static enum bus_verdict steady_ticked(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)delivery;
    return handled(context, event->number);
}

/* Every tenth fails. */
static enum bus_verdict steady_urged(void *context, const struct probe_urged *event,
                                     struct bus_delivery *delivery)
{
    (void)handled(context, event->number);
    return event->number % 10 == 0
               ? bus_fail(delivery, &(struct bus_error){.code = 7, .text = "no luck"})
               : BUS_DONE;
}

static enum bus_verdict steady_shed(void *context, const struct probe_shed *event,
                                    struct bus_delivery *delivery)
{
    struct steady *steady = context;

    (void)delivery;
    while (atomic_load(&steady->flooded))
        __builtin_ia32_pause();
    return handled(steady, event->number);
}

static enum bus_verdict steady_faded(void *context, const struct probe_faded *event,
                                     struct bus_delivery *delivery)
{
    (void)delivery;
    return handled(context, event->number);
}

static enum bus_verdict steady_bulked(void *context, const struct probe_bulked *event,
                                      struct bus_delivery *delivery)
{
    (void)delivery;
    return handled(context, event->number);
}

/* Publishes itself on, until it reaches 1. */
static enum bus_verdict steady_chained(void *context, const struct probe_chained *event,
                                       struct bus_delivery *delivery)
{
    struct steady *steady = context;
    struct probe_chained next = {.number = event->number - 1};

    if (event->number > 1 && probe_chained_publish(bus_delivery_bus(delivery), &next) != BUS_QUEUED)
        steady->wrong++;
    return handled(steady, event->number);
}

static enum bus_verdict steady_square(void *context, const struct probe_square *request,
                                      struct bus_delivery *delivery)
{
    (void)handled(context, request->value);
    return probe_square_return(delivery, &(struct probe_square_ok){.value = request->value});
}

/* The marks: on each worker that keys lead to, counting begins and ends. */
static enum bus_verdict steady_keyed(void *context, const struct probe_keyed *event,
                                     struct bus_delivery *delivery)
{
    struct steady *steady = context;
    struct counts counts;

    (void)delivery;
    if (event->number < MARK_BEGIN)
        return handled(steady, event->number);
    counts = counting_end();
    pthread_mutex_lock(&steady->together.mutex);
    sum_up(&steady->workers, &counts);
    pthread_mutex_unlock(&steady->together.mutex);
    if (event->number == MARK_BEGIN)
        counting_begin();
    atomic_fetch_add_explicit(&steady->marks, 1, memory_order_release);
    return BUS_DONE;
}

/* ---- ways to publish ----
 * None lets more than WINDOW events wait, but where overflow is the case. Waiting is looking. */

static void look_again(void)
{
    __builtin_ia32_pause();
}

static void keep_window(struct steady *steady, uint64_t published)
{
    while (published - atomic_load_explicit(&steady->handled, memory_order_acquire) >= WINDOW)
        look_again();
}

static uint64_t publish_plain(struct steady *steady, uint64_t count)
{
    for (uint64_t n = 1; n <= count; n++) {
        struct probe_ticked message = {.number = n};

        keep_window(steady, n);
        commit_fault(steady, n);
        steady->wrong += probe_ticked_publish(steady->bus, &message) != BUS_QUEUED;
    }
    return count;
}

static uint64_t publish_failing(struct steady *steady, uint64_t count)
{
    for (uint64_t n = 1; n <= count; n++) {
        struct probe_urged message = {.number = n};

        keep_window(steady, n);
        steady->wrong += probe_urged_publish(steady->bus, &message) != BUS_QUEUED;
    }
    return count;
}

static uint64_t publish_keyed(struct steady *steady, uint64_t count)
{
    for (uint64_t n = 1; n <= count; n++) {
        struct probe_keyed message = {.id = n % KEYS, .number = n};

        keep_window(steady, n);
        steady->wrong += probe_keyed_publish(steady->bus, &message) != BUS_QUEUED;
    }
    return count;
}

/* Carries a deadline, so an extension. */
static uint64_t publish_with_deadline(struct steady *steady, uint64_t count)
{
    struct bus_message_options options = {.deadline_ns = 3600 * BUS_SECOND};

    for (uint64_t n = 1; n <= count; n++) {
        struct probe_faded message = {.number = n};

        keep_window(steady, n);
        steady->wrong += probe_faded_publish_with(steady->bus, &message, &options) != BUS_QUEUED;
    }
    return count;
}

static uint64_t publish_in_bulk(struct steady *steady, uint64_t count)
{
    struct probe_ticked messages[BULK];
    uint32_t accepted;

    memset(messages, 0, sizeof messages);
    count -= count % BULK;
    for (uint64_t n = 0; n < count; n += BULK) {
        keep_window(steady, n + BULK);
        for (uint64_t i = 0; i < BULK; i++)
            messages[i].number = n + i;
        steady->wrong +=
            probe_ticked_publish_many(steady->bus, messages, BULK, NULL, &accepted) != BUS_QUEUED;
        steady->wrong += accepted != BULK;
    }
    return count;
}

/* Larger than a cell: a block of the pool for each. */
static uint64_t publish_large(struct steady *steady, uint64_t count)
{
    static const uint8_t data[3000];

    for (uint64_t n = 1; n <= count; n++) {
        struct probe_bulked message = {.number = n, .data = {data, sizeof data}};

        keep_window(steady, n);
        steady->wrong += probe_bulked_publish(steady->bus, &message) != BUS_QUEUED;
    }
    return count;
}

/* Claims in a cell and in the pool, by turns; every fourth is aborted. */
static uint64_t publish_claims(struct steady *steady, uint64_t count)
{
    uint64_t committed = 0;

    for (uint64_t n = 1; n <= count; n++) {
        struct probe_bulked shape = {.number = n, .data = {NULL, n % 2 == 0 ? 64 : 2000}};
        struct bus_claim claim;
        uint32_t size;

        keep_window(steady, committed + WINDOW / 2);
        if (probe_bulked_claim(steady->bus, &shape, NULL, &claim) != BUS_QUEUED) {
            steady->wrong++;
            continue;
        }
        memset(probe_bulked_claim_data(&claim, &size), (int)(n & 0xff), 64);
        if (n % 4 == 0) {
            bus_claim_abort(&claim);
            continue;
        }
        steady->wrong += bus_claim_commit(&claim) != BUS_QUEUED;
        committed++;
    }
    return committed;
}

static uint64_t execute_inline(struct steady *steady, uint64_t count)
{
    for (uint64_t n = 1; n <= count; n++) {
        struct probe_square request = {.value = (uint32_t)n};
        struct probe_square_result result;

        steady->wrong += probe_square_execute(steady->bus, &request, &result) != BUS_ANSWERED ||
                         result.ok.value != n;
    }
    return count;
}

/* On a busy machine the worker may be stopped in the middle of taking the oldest one out, for
 * longer than the ring is long: it is full then, as path/drop_ring.h says. */
static bool is_shed(struct steady *steady, const struct probe_shed *message)
{
    enum bus_outcome outcome = probe_shed_publish(steady->bus, message);

    while (outcome == BUS_REJECTED) {
        sched_yield();
        steady->yields++;
        outcome = probe_shed_publish(steady->bus, message);
    }
    return bus_accepted(outcome);
}

/* Half of them while the handler waits: the ring is full, each publish drops one. The rest as fast
 * as it goes. How many are handled is open. Nothing is dropped to get warm: the first drop of a
 * thread counts. */
static uint64_t publish_dropping(struct steady *steady, uint64_t count)
{
    bool warm = count == WARM;

    atomic_store(&steady->flooded, !warm);
    for (uint64_t n = 1; n <= count; n++) {
        struct probe_shed message = {.number = n};

        if (warm)
            keep_window(steady, n);
        if (n == count / 2)
            atomic_store(&steady->flooded, false);
        steady->wrong += !is_shed(steady, &message);
    }
    return warm ? count : 0;
}

/* Handlers publish: one event that goes on and on. */
static uint64_t publish_in_handlers(struct steady *steady, uint64_t count)
{
    struct probe_chained first = {.number = count};

    steady->wrong += probe_chained_publish(steady->bus, &first) != BUS_QUEUED;
    return count;
}

/* ---- a run ---- */

static void wait_until_done(struct steady *steady, uint64_t expected)
{
    struct bus_account account;

    while (atomic_load(&steady->handled) < expected)
        look_again();
    do
        if (bus_account(steady->bus, NULL, &account) != BUS_OK)
            steady->wrong++;
    while (account.held + account.running > 0);
}

static void mark(struct steady *steady, uint64_t number)
{
    atomic_store(&steady->marks, 0);
    for (uint64_t key = 0; key < KEYS; key++) {
        struct probe_keyed message = {.id = key, .number = number};

        steady->wrong += probe_keyed_publish(steady->bus, &message) != BUS_QUEUED;
    }
    while (atomic_load(&steady->marks) < KEYS)
        look_again();
}

static void *publisher_body(void *argument)
{
    struct steady *steady = argument;
    uint64_t expected;

    wait_until_done(steady, steady->publish(steady, WARM));
    mark(steady, MARK_BEGIN);
    atomic_store(&steady->handled, 0);
    steady->yields = 0;
    counting_begin();
    expected = steady->publish(steady, EVENTS);
    steady->publisher = counting_end();
    wait_until_done(steady, expected);
    mark(steady, MARK_END);
    return NULL;
}

/* Counts a run of `publish` on a bus whose workers never sleep. */
static struct steady run(uint64_t (*publish)(struct steady *, uint64_t), uint32_t workers,
                         enum fault fault)
{
    struct steady steady = {.publish = publish, .fault = fault, .together = LATCH_INITIALIZER};
    struct bus_handler_options anywhere = {.concurrent = true};
    uint32_t lanes[BUS_LANES] = {CAPACITY, CAPACITY, CAPACITY, CAPACITY, CAPACITY};
    struct bus_options options = {.workers = workers, .spin_ns = 3600 * BUS_SECOND};

    memcpy(options.capacity, lanes, sizeof lanes);
    steady.bus = open_bus(&options);
    assert_int_equal(probe_ticked_subscribe(steady.bus, steady_ticked, &steady, &anywhere), 0);
    assert_int_equal(probe_urged_subscribe(steady.bus, steady_urged, &steady, &anywhere), 0);
    assert_int_equal(probe_keyed_subscribe(steady.bus, steady_keyed, &steady, &anywhere), 0);
    assert_int_equal(probe_shed_subscribe(steady.bus, steady_shed, &steady, &anywhere), 0);
    assert_int_equal(probe_faded_subscribe(steady.bus, steady_faded, &steady, &anywhere), 0);
    assert_int_equal(probe_bulked_subscribe(steady.bus, steady_bulked, &steady, &anywhere), 0);
    assert_int_equal(probe_chained_subscribe(steady.bus, steady_chained, &steady, &anywhere), 0);
    assert_int_equal(probe_square_handle(steady.bus, steady_square, &steady, &anywhere), 0);
    assert_int_equal(bus_start(steady.bus), BUS_OK);
    reap(spawn(publisher_body, &steady));
    assert_int_equal(steady.wrong, 0);
    steady.dropped = account_of(steady.bus, &probe_shed_type).dropped;
    finish_bus(&steady.bus);
    return steady;
}

static void assert_counts(const char *who, const struct counts *counts, uint64_t allocations,
                          uint64_t locks, uint64_t system_calls)
{
    if (counts->allocations != allocations || counts->locks != locks ||
        counts->system_calls != system_calls)
        fail_msg("%s, %d events: %llu allocations, %llu locks, %llu system calls (last: %llu)", who,
                 EVENTS, (unsigned long long)counts->allocations, (unsigned long long)counts->locks,
                 (unsigned long long)counts->system_calls, (unsigned long long)counts->last_call);
}

static struct steady assert_nothing(uint64_t (*publish)(struct steady *, uint64_t),
                                    uint32_t workers)
{
    struct steady steady = run(publish, workers, FAULT_NONE);

    assert_counts("publisher", &steady.publisher, 0, 0, steady.yields);
    assert_counts("workers", &steady.workers, 0, 0, 0);
    return steady;
}

static void plain_events(void **state)
{
    (void)state;
    (void)assert_nothing(publish_plain, 1);
}

static void keyed_events_on_two_workers(void **state)
{
    (void)state;
    (void)assert_nothing(publish_keyed, 2);
}

static void events_with_a_deadline(void **state)
{
    (void)state;
    (void)assert_nothing(publish_with_deadline, 1);
}

/* One in ten fails and becomes a dead letter, whose lock is the only thing it costs. */
static void failing_handlers(void **state)
{
    struct steady steady = run(publish_failing, 1, FAULT_NONE);

    (void)state;
    assert_counts("publisher", &steady.publisher, 0, 0, 0);
    /* One for the report, one for the dead letter. */
    assert_counts("workers", &steady.workers, 0, 2 * (EVENTS / 10), 0);
}

static void bulk(void **state)
{
    (void)state;
    (void)assert_nothing(publish_in_bulk, 1);
}

static void large_events(void **state)
{
    (void)state;
    (void)assert_nothing(publish_large, 1);
}

static void claims(void **state)
{
    (void)state;
    (void)assert_nothing(publish_claims, 1);
}

static void inline_commands(void **state)
{
    (void)state;
    (void)assert_nothing(execute_inline, 1);
}

static void dropped_events(void **state)
{
    struct steady steady = assert_nothing(publish_dropping, 1);

    (void)state;
    assert_true(steady.dropped >= EVENTS / 2 - CAPACITY - 2);
}

static void events_from_handlers(void **state)
{
    (void)state;
    (void)assert_nothing(publish_in_handlers, 1);
}

/* ---- controls ---- */

static void faults_are_counted(void **state)
{
    const uint64_t times = EVENTS / RARE;

    (void)state;
    for (enum fault fault = FAULT_ALLOCATES; fault <= FAULT_CALLS; fault++) {
        struct steady steady = run(publish_plain, 1, fault);
        uint64_t allocations = fault == FAULT_ALLOCATES ? times : 0;
        uint64_t locks = fault == FAULT_LOCKS ? times : 0;
        uint64_t calls = fault == FAULT_CALLS ? times : 0;

        assert_counts("publisher", &steady.publisher, allocations, locks, calls);
        assert_counts("workers", &steady.workers, allocations, locks, calls);
    }
}

/* What is known to cost something: a handler that is registered (the engine's lock, memory), and a
 * thread's first event. */
static void *cold_body(void *argument)
{
    struct steady *steady = argument;

    counting_begin();
    steady->wrong +=
        probe_ticked_publish(steady->bus, &(struct probe_ticked){.number = 1}) != BUS_QUEUED;
    steady->publisher = counting_end();
    counting_begin();
    steady->wrong += probe_ticked_subscribe(steady->bus, steady_ticked, steady, NULL) != BUS_OK;
    steady->workers = counting_end();
    return NULL;
}

static void cold_calls_are_counted(void **state)
{
    struct steady steady = {.bus = open_workers(1)};

    (void)state;
    reap(spawn(cold_body, &steady));
    assert_int_equal(steady.wrong, 0);
    assert_true(steady.publisher.allocations > 0);
    assert_true(steady.publisher.locks > 0);
    assert_true(steady.workers.allocations > 0);
    assert_true(steady.workers.locks > 0);
    finish_bus(&steady.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_counted),
        cmocka_unit_test(cold_calls_are_counted),
        cmocka_unit_test(plain_events),
        cmocka_unit_test(keyed_events_on_two_workers),
        cmocka_unit_test(events_with_a_deadline),
        cmocka_unit_test(failing_handlers),
        cmocka_unit_test(bulk),
        cmocka_unit_test(large_events),
        cmocka_unit_test(claims),
        cmocka_unit_test(inline_commands),
        cmocka_unit_test(dropped_events),
        cmocka_unit_test(events_from_handlers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
