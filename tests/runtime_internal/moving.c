/*
 * Many threads at once: conservation, back-pressure, parallel groups, wait circles, unregistering
 * under load, stuck handlers, the audit. Meant for ThreadSanitizer as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>

#include "probe.bus.h"

#include "core/registry.h"
#include "support.h"

/* A flag that a handler waits for, with a generous end. */
static void wait_for(const uint32_t *flag, uint32_t value)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + 20 * BUS_SECOND;
    uint32_t seen;

    while ((seen = atomic_load_acquire_u32(flag)) != value)
        if (!os->wait(os->context, flag, seen, end))
            fail_msg("waited for nothing");
}

static void set(uint32_t *flag, uint32_t value)
{
    const struct bus_os *os = bus_os_native();

    atomic_store_release_u32(flag, value);
    os->wake(os->context, flag, true);
}

static void must_balance(struct bus *bus)
{
    struct bus_account account;

    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
}

static void close_clean(struct bus *bus)
{
    assert_int_equal(bus_stop(bus, 20 * BUS_SECOND, NULL), BUS_OK);
    must_balance(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- conservation under load ---- */

struct load {
    struct bus *bus;
    uint64_t accepted;
    uint32_t seed;
    uint32_t count;
    uint64_t last[64]; /* per key: last number seen */
    uint32_t disorder;
};

static void *publish_mixed(void *argument)
{
    struct load *load = argument;
    uint32_t i;

    for (i = 0; i < load->count; i++) {
        enum bus_outcome outcome;

        switch (i % 5) {
        case 0:
            outcome = probe_loud_publish(load->bus, &(struct probe_loud){.number = i});
            break;
        case 1:
            outcome = probe_newest_publish(load->bus, &(struct probe_newest){.number = i});
            break;
        case 2:
            outcome = probe_patient_publish(load->bus, &(struct probe_patient){.number = i});
            break;
        default:
            outcome = probe_ping_publish(load->bus, &(struct probe_ping){.number = i});
            break;
        }
        load->accepted += bus_accepted(outcome);
        if (i % 64 == 0) {
            struct probe_add_result result;

            load->accepted += bus_accepted(
                probe_add_execute(load->bus, &(struct probe_add){.left = i, .right = 1}, &result));
        }
    }
    return NULL;
}

static enum bus_verdict ping_some_fail(void *context, const struct probe_ping *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    if (event->number % 10 == 3)
        return bus_fail_errno(delivery, 5, "disk");
    return BUS_DONE;
}

static enum bus_verdict patient_publishes(void *context, const struct probe_patient *event,
                                          struct bus_delivery *delivery)
{
    (void)context;
    if (event->number % 4 == 0)
        bus_ignore(probe_quiet_publish(bus_delivery_bus(delivery),
                                       &(struct probe_quiet){.number = event->number}));
    return BUS_DONE;
}

static enum bus_verdict add_small(void *context, const struct probe_add *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    return probe_add_return(
        delivery, &(struct probe_add_ok){.sum = (uint64_t)request->left + request->right});
}

static void audit_sums(void *context, const struct bus_message_type *type,
                       const struct bus_account *account)
{
    uint32_t *bad = context;

    (void)type;
    *bad += !bus_account_balances(account);
}

static void mixed_load(uint32_t workers, bool concurrent, bool no_barrier)
{
    enum { PUBLISHERS = 3 };
    struct bus_handler_options options = {.concurrent = concurrent};
    struct load loads[PUBLISHERS];
    pthread_t threads[PUBLISHERS];
    struct bus *bus = NULL;
    struct test_os test;
    uint32_t i, bad = 0;

    test_os_init(&test);
    test.no_barrier = no_barrier;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = workers,
                                                          .capacity = {64, 64, 64, 64, 64},
                                                          .os = &test.os}),
                     BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, ping_some_fail, NULL, &options), BUS_OK);
    assert_int_equal(probe_patient_subscribe(bus, patient_publishes, NULL, &options), BUS_OK);
    assert_int_equal(probe_add_handle(bus, add_small, NULL, &options), BUS_OK);
    for (i = 0; i < PUBLISHERS; i++)
        loads[i] = (struct load){.bus = bus, .count = 3000};
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 0; i < PUBLISHERS; i++)
        pthread_create(&threads[i], NULL, publish_mixed, &loads[i]);
    for (i = 0; i < 20; i++)
        assert_int_equal(bus_audit(bus, 20 * BUS_SECOND, audit_sums, &bad), BUS_OK);
    assert_int_equal(bad, 0);
    for (i = 0; i < PUBLISHERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    must_balance(bus);
    assert_int_equal(bus_audit(bus, 20 * BUS_SECOND, audit_sums, &bad), BUS_OK);
    assert_int_equal(bad, 0);
    close_clean(bus);
    assert_int_equal(test.memory.bytes, 0);
}

/* covers: I6, P3 */
static void conservation(void **state)
{
    (void)state;
    mixed_load(1, false, false);
    mixed_load(3, false, false);
    mixed_load(2, true, false);
    mixed_load(2, true, true);
}

/* ---- parallel groups ---- */

struct meeting {
    uint32_t here;
    uint32_t parts;
    uint32_t after_saw;
};

/* Both parts of the group must be inside at the same time. */
static enum bus_verdict meet(void *context, const struct probe_ping *event,
                             struct bus_delivery *delivery)
{
    struct meeting *meeting = *(struct meeting **)context;

    (void)event;
    (void)delivery;
    atomic_fetch_add_u32(&meeting->here, 1);
    set(&meeting->parts, atomic_fetch_add_u32(&meeting->parts, 1) + 1);
    while (atomic_load_acquire_u32(&meeting->here) % 2 != 0)
        bus_os_native()->yield(NULL);
    return BUS_DONE;
}

static enum bus_verdict after(void *context, const struct probe_ping *event,
                              struct bus_delivery *delivery)
{
    struct meeting *meeting = context;

    (void)event;
    (void)delivery;
    meeting->after_saw = atomic_load_acquire_u32(&meeting->here);
    return BUS_DONE;
}

/* covers: D3 */
static void parallel_group(void **state)
{
    struct meeting meeting = {0};
    struct meeting *first = &meeting, *second = &meeting;
    struct bus_handler_options together = {.concurrent = true, .parallel = true};
    struct bus_handler_options later = {
        .concurrent = true, .has_order = true, .order = BUS_ORDER_LOW};
    struct bus *bus = NULL;
    uint32_t i;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2}), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, meet, &first, &together), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, meet, &second, &together), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, after, &meeting, &later), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 1; i <= 100; i++) {
        assert_int_equal(probe_ping_publish_and_wait(bus, &(struct probe_ping){.number = i}, NULL,
                                                     20 * BUS_SECOND),
                         BUS_QUEUED);
        assert_int_equal(meeting.after_saw, 2 * i);
    }
    close_clean(bus);
}

/* ---- circles ---- */

static enum bus_verdict add_asks_sleepy(void *context, const struct probe_add *request,
                                        struct bus_delivery *delivery)
{
    struct probe_sleepy_result result;
    uint32_t *outcome = context;

    (void)request;
    set(outcome,
        probe_sleepy_execute(bus_delivery_bus(delivery), &(struct probe_sleepy){0}, &result) + 1u);
    return probe_add_return(delivery, NULL);
}

static enum bus_verdict sleepy_asks_add(void *context, const struct probe_sleepy *request,
                                        struct bus_delivery *delivery)
{
    struct probe_add_result result;
    uint32_t *outcome = context;

    (void)request;
    set(outcome,
        probe_add_execute(bus_delivery_bus(delivery), &(struct probe_add){0}, &result) + 1u);
    return probe_sleepy_return(delivery, NULL);
}

/* Two serial components on two workers: the second call would close the circle. covers: B7 */
static void circle_is_refused(void **state)
{
    struct probe_add_result result;
    uint32_t from_add = 0, from_sleepy = 0;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2}), BUS_OK);
    assert_int_equal(probe_add_handle(bus, add_asks_sleepy, &from_add, NULL), BUS_OK);
    assert_int_equal(probe_sleepy_handle(bus, sleepy_asks_add, &from_sleepy, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.left = 1}, &result), BUS_ANSWERED);
    assert_int_equal(from_sleepy, BUS_WOULD_DEADLOCK + 1);
    assert_int_equal(from_add, BUS_ANSWERED + 1);
    close_clean(bus);
}

/* ---- unregister ---- */

struct gone {
    uint32_t inside;
    uint32_t go;
    uint32_t calls;
    uint32_t freed; /* set after unregister returned: no call may see it */
};

static enum bus_verdict slow(void *context, const struct probe_loud *event,
                             struct bus_delivery *delivery)
{
    struct gone *gone = context;

    (void)event;
    (void)delivery;
    set(&gone->inside, 1);
    wait_for(&gone->go, 1);
    return BUS_DONE;
}

static enum bus_verdict watched(void *context, const struct probe_ping *event,
                                struct bus_delivery *delivery)
{
    struct gone *gone = context;

    (void)event;
    (void)delivery;
    assert_int_equal(atomic_load_acquire_u32(&gone->freed), 0);
    atomic_fetch_add_u32(&gone->calls, 1);
    return BUS_DONE;
}

static void *publish_pings(void *argument)
{
    struct load *load = argument;

    while (atomic_load_acquire_u32(&load->count) == 0)
        bus_ignore(probe_ping_publish(load->bus, &(struct probe_ping){.number = load->seed++}));
    return NULL;
}

/* While another handler is stuck and publishers go on. covers: E4 */
static void unregister_under_load(void **state)
{
    struct gone stuck = {0}, one;
    struct load load = {0};
    struct bus *bus = NULL;
    pthread_t thread;
    uint32_t i;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2}), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, slow, &stuck, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){0}), BUS_QUEUED);
    wait_for(&stuck.inside, 1);
    load.bus = bus;
    pthread_create(&thread, NULL, publish_pings, &load);
    for (i = 0; i < 200; i++) {
        one = (struct gone){0};
        assert_int_equal(probe_ping_subscribe(bus, watched, &one,
                                              &(struct bus_handler_options){.concurrent = true}),
                         BUS_OK);
        bus_os_native()->yield(NULL);
        assert_int_equal(probe_ping_unsubscribe(bus, watched, &one, (struct bus_session){0, 0}),
                         BUS_OK);
        atomic_store_release_u32(&one.freed, 1);
    }
    atomic_store_release_u32(&load.count, 1);
    pthread_join(thread, NULL);
    set(&stuck.go, 1);
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    /* The last one may have been shown by a frame when it was looked at; now none is. */
    lock_take(&bus->registry, &bus->os);
    registry_sweep(bus);
    assert_null(bus->retired_units);
    lock_give(&bus->registry, &bus->os);
    close_clean(bus);
}

static enum bus_verdict leaves_by_itself(void *context, const struct probe_ping *event,
                                         struct bus_delivery *delivery)
{
    struct gone *gone = context;

    (void)event;
    gone->calls++;
    assert_int_equal(probe_ping_unsubscribe(bus_delivery_bus(delivery), leaves_by_itself, gone,
                                            (struct bus_session){0, 0}),
                     BUS_OK);
    return BUS_DONE;
}

static void unregister_itself(void **state)
{
    struct gone gone = {0};
    struct bus *bus = NULL;
    uint32_t i;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, leaves_by_itself, &gone, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 0; i < 5; i++)
        assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){0}), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    assert_int_equal(gone.calls, 1);
    close_clean(bus);
}

/* ---- stop with a stuck handler ---- */

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    uint64_t *sum = context;
    struct bus_view view = bus_view_root(type->codec.table, bytes);

    (void)envelope;
    (void)size;
    *sum += bus_view_u64(view, 1);
}

/* covers: E1 */
static void stuck_handler(void **state)
{
    struct gone stuck = {0};
    struct bus *bus = NULL;
    struct bus_account account;
    struct bus_left left;
    uint64_t sum = 0;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, slow, &stuck, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){.number = 1}), BUS_QUEUED);
    wait_for(&stuck.inside, 1);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){.number = 10}), BUS_QUEUED);
    assert_int_equal(probe_quiet_publish(bus, &(struct probe_quiet){.number = 100}), BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 10 * BUS_MILLISECOND, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 2);
    assert_int_equal(left.running, 1);
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){.number = 1}), BUS_CLOSED);
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    assert_non_null(bus);
    assert_int_equal(bus_left_each(bus, count_left, &sum), 2);
    assert_int_equal(sum, 110);
    must_balance(bus);
    set(&stuck.go, 1);
    assert_int_equal(bus_stop(bus, 20 * BUS_SECOND, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 2);
    assert_int_equal(left.running, 0);
    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
    assert_int_equal(account.left, 2);
    assert_int_equal(account.closed, 1);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- completions, polled ---- */

static void on_sum(void *context, const struct probe_add_result *result)
{
    uint64_t *sum = context;

    *sum += result->run.outcome == BUS_ANSWERED ? result->ok.sum : 1000000;
}

static bool readable(struct bus *bus)
{
    struct pollfd fd = {.fd = bus_poll_descriptor(bus), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static void polled_bus(void **state)
{
    struct probe_add_result result;
    struct bus *bus = NULL;
    uint64_t sum = 0;
    uint32_t ran, i;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true}), BUS_OK);
    assert_int_equal(probe_add_handle(bus, add_small, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.left = 1, .right = 2}, NULL,
                                             on_sum, &sum),
                     BUS_BUFFERED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){0}, &result), BUS_CLOSED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_true(readable(bus));
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(ran, 1);
    assert_int_equal(sum, 3);
    assert_false(readable(bus));
    for (i = 0; i < 3; i++)
        assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = i}), BUS_QUEUED);
    assert_true(readable(bus));
    assert_int_equal(bus_poll(bus, 2, &ran), BUS_OK);
    assert_int_equal(ran, 2);
    assert_true(readable(bus));
    assert_int_equal(bus_poll(bus, 1, &ran), BUS_OK);
    assert_int_equal(ran, 1);
    assert_false(readable(bus));
    /* The polling thread is the worker: it executes inline. */
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.left = 4, .right = 4}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 8);
    /* One that cannot run any more is completed by stop. */
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.left = 1}, NULL, on_sum, &sum),
        BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(sum, 1000003);
    must_balance(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- claims ---- */

static enum bus_verdict text_length(void *context, const struct probe_ping *event,
                                    struct bus_delivery *delivery)
{
    uint64_t *sum = context;

    (void)delivery;
    assert_int_equal(event->text.data[event->text.size], 0);
    *sum += event->number * 100 + event->text.size;
    return BUS_DONE;
}

/* covers: C7, P10 */
static void claims(void **state)
{
    struct bus_claim claim, other;
    struct bus_account account;
    struct bus *bus = NULL;
    uint64_t sum = 0;
    uint32_t size;
    char *text;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, text_length, &sum, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ping_claim(bus, &(struct probe_ping){.number = 3, .text = {NULL, 7}}, NULL, &claim),
        BUS_QUEUED);
    assert_int_equal(
        probe_ping_claim(bus, &(struct probe_ping){.number = 9, .text = {NULL, 7}}, NULL, &other),
        BUS_QUEUED);
    text = probe_ping_claim_text(&claim, &size);
    assert_int_equal(size, 7);
    memcpy(text, "written", 7);
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    bus_claim_abort(&other);
    bus_claim_abort(&other);
    /* The close above stopped the bus. */
    assert_int_equal(bus_claim_commit(&claim), BUS_CLOSED);
    assert_int_equal(bus_claim_commit(&claim), BUS_INVALID);
    assert_int_equal(bus_close(&bus), BUS_OK);

    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, text_length, &sum, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ping_claim(bus, &(struct probe_ping){.number = 3, .text = {NULL, 7}}, NULL, &claim),
        BUS_QUEUED);
    memcpy(probe_ping_claim_text(&claim, &size), "written", 7);
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    assert_int_equal(sum, 307);
    assert_int_equal(probe_ping_account(bus, &account), BUS_OK);
    assert_int_equal(account.accepted, 1);
    close_clean(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conservation),      cmocka_unit_test(parallel_group),
        cmocka_unit_test(circle_is_refused), cmocka_unit_test(unregister_under_load),
        cmocka_unit_test(unregister_itself), cmocka_unit_test(stuck_handler),
        cmocka_unit_test(polled_bus),        cmocka_unit_test(claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
