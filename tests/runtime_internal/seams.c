/*
 * The seams that later work stands on: os table, steps, pool references, envelope extension,
 * delivery record, session generation, scratch memory, dispatch chain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bus/pipeline.h>

#include "probe.bus.h"

#include "support.h"

static struct bus *open_with(struct test_os *test, const struct bus_options *options)
{
    struct bus_options own = *options;
    struct bus *bus = NULL;

    own.os = &test->os;
    assert_int_equal(bus_open(&bus, &own), BUS_OK);
    return bus;
}

static void shut(struct test_os *test, struct bus *bus)
{
    (void)bus_stop(bus, 0, NULL);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(test->memory.bytes, 0);
}

/* ---- steps ---- */

static enum bus_verdict count_ping(void *context, const struct probe_ping *event,
                                   struct bus_delivery *delivery)
{
    (void)delivery;
    *(uint64_t *)context += event->number;
    return BUS_DONE;
}

static enum bus_verdict count_loud(void *context, const struct probe_loud *event,
                                   struct bus_delivery *delivery)
{
    (void)delivery;
    *(uint64_t *)context += event->number;
    return BUS_DONE;
}

/* A worker is a step function: here the test is its thread. */
static void worker_by_steps(void **state)
{
    struct test_os test;
    uint64_t pings = 0, louds = 0;
    struct thread *thread;
    struct worker *worker;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    test.no_threads = true;
    bus = open_with(&test, &(struct bus_options){.workers = 1});
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &pings, NULL), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, count_loud, &louds, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    worker = &bus->workers[0];
    thread = bus->threads[0];
    assert_false(worker_step(worker, thread));
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 5}), BUS_QUEUED);
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 6}), BUS_QUEUED);
    assert_true(worker_step(worker, thread));
    assert_int_equal(pings, 5);
    /* What came later on a higher lane goes first. covers: D1 */
    assert_int_equal(probe_loud_publish(bus, &(struct probe_loud){.number = 1}), BUS_QUEUED);
    assert_true(worker_step(worker, thread));
    assert_int_equal(louds, 1);
    assert_int_equal(pings, 5);
    assert_true(worker_step(worker, thread));
    assert_int_equal(pings, 11);
    assert_false(worker_step(worker, thread));
    atomic_store_release_u32(&worker->exited, 1);
    shut(&test, bus);
}

/* ---- virtual clock ---- */

static void virtual_clock_rules(void **state)
{
    struct test_os test;
    struct bus_account account;
    uint64_t seen = 0;
    struct bus *bus;
    uint32_t ran;

    (void)state;
    test_os_init(&test);
    test.virtual_clock = true;
    bus = open_with(&test, &(struct bus_options){.polled = true});
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &seen, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ping_publish_with(bus, &(struct probe_ping){.number = 1},
                                &(struct bus_message_options){.deadline_ns = 10 * BUS_SECOND}),
        BUS_QUEUED);
    assert_int_equal(
        probe_ping_publish_with(bus, &(struct probe_ping){.number = 2},
                                &(struct bus_message_options){.deadline_ns = 20 * BUS_SECOND}),
        BUS_QUEUED);
    test.now_ns += 15 * BUS_SECOND;
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(ran, 2);
    assert_int_equal(seen, 2); /* the first one had expired; covers: B9 */
    assert_int_equal(probe_ping_account(bus, &account), BUS_OK);
    assert_int_equal(account.expired, 1);
    assert_int_equal(account.processed, 1);
    assert_true(bus_account_balances(&account));
    /* A worker that nobody drives: wait_idle comes back at its deadline, without sleeping. */
    shut(&test, bus);
}

/* ---- pool references ---- */

struct bytes_seen {
    uint32_t size;
    uint8_t last;
    size_t pool_used;
};

static enum bus_verdict on_big(void *context, const struct probe_big *event,
                               struct bus_delivery *delivery)
{
    struct bytes_seen *seen = context;

    seen->size = event->bytes.size;
    seen->last = event->bytes.size > 0 ? event->bytes.data[event->bytes.size - 1] : 0;
    seen->pool_used = pool_used_bytes(&bus_delivery_bus(delivery)->pool);
    assert_true((cell_flags(delivery->cell) & CELL_POOLED) != 0);
    return BUS_DONE;
}

/* A message over the cell size travels as a reference; its block comes back. covers: I1 */
static void by_reference(void **state)
{
    static uint8_t bytes[20000];
    struct test_os test;
    struct bytes_seen seen = {0};
    struct bus_stats stats;
    struct bus *bus;
    uint32_t i;

    (void)state;
    test_os_init(&test);
    bus = open_with(&test, &(struct bus_options){.polled = true, .pool_bytes = 1 << 20});
    assert_int_equal(probe_big_subscribe(bus, on_big, &seen, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    bytes[sizeof bytes - 1] = 77;
    for (i = 0; i < 3; i++) {
        assert_int_equal(probe_big_publish(bus, &(struct probe_big){.bytes = {bytes, 20000}}),
                         BUS_QUEUED);
        assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
        assert_int_equal(seen.size, 20000);
        assert_int_equal(seen.last, 77);
        assert_true(seen.pool_used >= 20000);
        assert_int_equal(bus_stats(bus, &stats), BUS_OK);
        assert_int_equal(stats.pool_bytes_used, 0);
    }
    /* The byte budget is a bound of its own. */
    for (i = 0; probe_big_publish(bus, &(struct probe_big){.bytes = {bytes, 20000}}) == BUS_QUEUED;)
        i++;
    assert_true(i > 0 && i < 64);
    assert_non_null(strstr(bus_last_error(), "pool_bytes"));
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(probe_big_publish(bus, &(struct probe_big){.bytes = {bytes, 20000}}),
                     BUS_QUEUED);
    shut(&test, bus);
}

/* ---- envelope extension and delivery record ---- */

struct envelopes {
    struct bus_envelope parent, child;
    uint64_t left_ns;
};

static enum bus_verdict on_parent(void *context, const struct probe_ping *event,
                                  struct bus_delivery *delivery)
{
    struct envelopes *seen = context;

    (void)event;
    bus_delivery_envelope(delivery, &seen->parent);
    assert_true((cell_flags(delivery->cell) & CELL_EXTENDED) != 0);
    assert_ptr_equal(bus_delivery_type(delivery), &probe_ping_type);
    assert_string_equal(delivery->handler->name, "probe.ping");
    return bus_accepted(
               probe_loud_publish(bus_delivery_bus(delivery), &(struct probe_loud){.number = 1}))
               ? BUS_DONE
               : BUS_FAULT;
}

static enum bus_verdict on_child(void *context, const struct probe_loud *event,
                                 struct bus_delivery *delivery)
{
    struct envelopes *seen = context;

    (void)event;
    bus_delivery_envelope(delivery, &seen->child);
    seen->left_ns = bus_delivery_remaining_ns(delivery);
    return BUS_DONE;
}

/* covers: A4, B9 */
static void extension_is_inherited(void **state)
{
    const struct bus_message_options options = {
        .deadline_ns = 5 * BUS_SECOND, .correlation = {1, 2}, .trace = {.trace_id = {9}}};
    struct envelopes seen = {0};
    struct test_os test;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    test.virtual_clock = true;
    bus = open_with(&test, &(struct bus_options){.polled = true});
    assert_int_equal(probe_ping_subscribe(bus, on_parent, &seen, NULL), BUS_OK);
    assert_int_equal(probe_loud_subscribe(bus, on_child, &seen, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_publish_with(bus, &(struct probe_ping){.number = 4}, &options),
                     BUS_QUEUED);
    test.now_ns += BUS_SECOND;
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_true(seen.parent.has_key);
    assert_int_equal(seen.parent.key_hash, bus_key_u64(4));
    assert_int_equal(seen.parent.id.high >> 12 & 15, 7);
    assert_int_equal(seen.parent.id.low >> 62, 2);
    assert_int_equal(seen.parent.attempt, 1);
    assert_int_equal(seen.parent.schema_version, 3);
    assert_non_null(seen.parent.call_site);
    assert_int_equal(seen.child.correlation.low, 2);
    assert_int_equal(seen.child.trace.trace_id[0], 9);
    assert_memory_equal(&seen.child.causation, &seen.parent.id, sizeof(struct bus_uuid));
    assert_memory_not_equal(&seen.child.id, &seen.parent.id, sizeof(struct bus_uuid));
    assert_int_equal(seen.left_ns, 4 * BUS_SECOND);
    shut(&test, bus);
}

/* ---- sessions ---- */

static void session_generations(void **state)
{
    struct bus_session first, second;
    struct test_os test;
    uint64_t seen = 0;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    bus = open_with(&test, &(struct bus_options){.polled = true, .sessions_max = 1});
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_session_open(bus, &first), BUS_OK);
    assert_int_equal(bus_session_open(bus, &second), BUS_ERR_LIMIT);
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &seen,
                                          &(struct bus_handler_options){.session = first}),
                     BUS_OK);
    /* Queued for the first session, delivered when its slot belongs to the second one. */
    assert_int_equal(probe_ping_publish_with(bus, &(struct probe_ping){.number = 1},
                                             &(struct bus_message_options){.session = first}),
                     BUS_QUEUED);
    assert_int_equal(bus_session_close(bus, first), BUS_OK);
    assert_int_equal(bus_session_close(bus, first), BUS_OK);
    assert_int_equal(bus_session_open(bus, &second), BUS_OK);
    assert_int_equal(second.index, first.index);
    assert_int_not_equal(second.generation, first.generation);
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &seen,
                                          &(struct bus_handler_options){.session = second}),
                     BUS_OK);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(seen, 0);
    assert_int_equal(probe_ping_publish_with(bus, &(struct probe_ping){.number = 1},
                                             &(struct bus_message_options){.session = first}),
                     BUS_INVALID);
    assert_int_equal(probe_ping_publish_with(bus, &(struct probe_ping){.number = 3},
                                             &(struct bus_message_options){.session = second}),
                     BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(seen, 3);
    shut(&test, bus);
}

/* ---- scratch and nesting ---- */

static void scratch_marks(void **state)
{
    struct test_os test;
    struct scratch scratch = {0};
    struct scratch_mark low, high;
    struct bus *bus;
    uint8_t *a, *b, *c;
    uint64_t taken;

    (void)state;
    test_os_init(&test);
    bus = open_with(&test, &(struct bus_options){.polled = true});
    low = scratch_mark(&scratch);
    a = scratch_take(&scratch, bus, 100);
    high = scratch_mark(&scratch);
    b = scratch_take(&scratch, bus, 1 << 20); /* a block of its own */
    memset(b, 1, 1 << 20);
    scratch_release(&scratch, high);
    c = scratch_take(&scratch, bus, 100);
    assert_ptr_equal(c, a + 112);
    taken = test.memory.taken;
    scratch_release(&scratch, low);
    (void)scratch_take(&scratch, bus, 100);
    (void)scratch_take(&scratch, bus, 1 << 20);
    assert_int_equal(test.memory.taken, taken); /* warm: nothing is allocated */
    scratch_free(&scratch, bus);
    shut(&test, bus);
}

struct nest {
    uint32_t deepest;
    enum bus_outcome last;
};

static enum bus_verdict on_nested(void *context, const struct probe_bare *request,
                                  struct bus_delivery *delivery)
{
    struct nest *nest = context;
    struct probe_bare_result result;
    enum bus_outcome outcome = probe_bare_execute(
        bus_delivery_bus(delivery), &(struct probe_bare){.number = request->number + 1}, &result);

    if (outcome == BUS_TOO_DEEP) {
        nest->deepest = request->number;
        nest->last = outcome;
        assert_non_null(strstr(bus_last_error(), "probe.bare"));
    }
    /* The request of this level was not overwritten by those below. */
    assert_in_range(request->number, 1, BUS_NESTING_MAX);
    return BUS_DONE;
}

static void nesting_is_bounded(void **state)
{
    struct probe_bare_result result;
    struct nest nest = {0};
    struct bus_account account;
    struct test_os test;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    bus = open_with(&test, &(struct bus_options){.polled = true});
    assert_int_equal(probe_bare_handle(bus, on_nested, &nest, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_bare_execute(bus, &(struct probe_bare){.number = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(nest.deepest, BUS_NESTING_MAX);
    assert_int_equal(nest.last, BUS_TOO_DEEP);
    assert_int_equal(probe_bare_account(bus, &account), BUS_OK);
    assert_int_equal(account.processed, BUS_NESTING_MAX);
    assert_true(bus_account_balances(&account));
    shut(&test, bus);
}

/* ---- the chain ---- */

static char trail[64];

static void leave_trail(const char *text)
{
    size_t size = strlen(trail);

    snprintf(trail + size, sizeof(trail) - size, "%s", text);
}

static enum bus_verdict around(struct chain_link *link, struct bus_delivery *delivery)
{
    enum bus_verdict verdict;

    leave_trail(link->context);
    verdict = chain_next(link, delivery);
    leave_trail(link->context);
    return verdict;
}

static enum bus_verdict stop_here(struct chain_link *link, struct bus_delivery *delivery)
{
    (void)link;
    return bus_fail(delivery, &(struct bus_error){.text = "not today"});
}

static bool admit_even(struct filter_link *link, const struct bus_filter_facts *facts,
                       const void *message)
{
    const struct probe_ping *ping = message;

    (void)link;
    return facts->type != &probe_ping_type || ping->number % 2 == 0;
}

static void chain_and_filters(void **state)
{
    struct chain_link inner = {.around = around, .context = "b"};
    struct chain_link outer = {.link = {.next = &inner.link}, .around = around, .context = "a"};
    struct chain_link wall = {.around = stop_here};
    struct filter_link filter = {.admit = admit_even, .name = "even"};
    struct bus_account account;
    struct test_os test;
    uint64_t seen = 0;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    bus = open_with(&test, &(struct bus_options){.polled = true});
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &seen, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_null(bus->chain);
    bus->chain = &outer.link;
    bus->filters = &filter.link;
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 1}), BUS_FILTERED);
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 2}), BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_string_equal(trail, "abba");
    assert_int_equal(seen, 2);
    bus->chain = &wall.link;
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 4}), BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(seen, 2);
    assert_int_equal(probe_ping_account(bus, &account), BUS_OK);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.filtered, 1);
    assert_true(bus_account_balances(&account));
    bus->chain = NULL;
    bus->filters = NULL;
    shut(&test, bus);
}

/* A thread that cannot be started: the bus stays as it was. */
static void refused_thread(void **state)
{
    struct test_os test;
    uint64_t seen = 0;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    test.thread_fails_at = 3;
    bus = open_with(&test, &(struct bus_options){.workers = 3});
    assert_int_equal(probe_ping_subscribe(bus, count_ping, &seen, NULL), BUS_OK);
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 1}), BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_ERR_SYSTEM);
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 2}), BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_wait_idle(bus, 10 * BUS_SECOND), BUS_OK);
    assert_int_equal(bus_stop(bus, 10 * BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(seen, 3);
    shut(&test, bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_by_steps),     cmocka_unit_test(virtual_clock_rules),
        cmocka_unit_test(by_reference),        cmocka_unit_test(extension_is_inherited),
        cmocka_unit_test(session_generations), cmocka_unit_test(scratch_marks),
        cmocka_unit_test(nesting_is_bounded),  cmocka_unit_test(chain_and_filters),
        cmocka_unit_test(refused_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
