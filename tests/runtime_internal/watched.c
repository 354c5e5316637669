/*
 * Somebody watches the probes: each tells what runtime/PROBES.md says, whatever way the message
 * takes, and nothing runs in another way than before. The kernel's part, raising the semaphores, is
 * done by hand here.
 * covers: J3, I4
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bus/batch.h>

#include "os/probes.h"
#include "probe.bus.h"
#include "support.h"

struct told {
    uint32_t published, begun, ended, failed, dropped, breakers;
    const char *message, *handler;
    struct bus_uuid id, published_id;
    uint32_t size, level, attempt, reason, from, to;
    int verdict;
};
static struct told told;

void __wrap_probe_publish(const char *message, struct bus_uuid id, uint32_t size, uint32_t level);
void __wrap_probe_dispatch(const char *message, const char *handler, struct bus_uuid id,
                           uint32_t attempt);
void __wrap_probe_verdict(const char *message, const char *handler, struct bus_uuid id,
                          uint32_t attempt, int verdict, bool failed);
void __wrap_probe_drop(const char *message, uint32_t reason);
void __wrap_probe_breaker(const char *breaker, uint32_t from, uint32_t to, uint32_t failures);

void __wrap_probe_publish(const char *message, struct bus_uuid id, uint32_t size, uint32_t level)
{
    told.published++;
    told.message = message;
    told.published_id = id;
    told.size = size;
    told.level = level;
}

void __wrap_probe_dispatch(const char *message, const char *handler, struct bus_uuid id,
                           uint32_t attempt)
{
    told.begun++;
    told.message = message;
    told.handler = handler;
    told.id = id;
    told.attempt = attempt;
}

void __wrap_probe_verdict(const char *message, const char *handler, struct bus_uuid id,
                          uint32_t attempt, int verdict, bool failed)
{
    (void)message;
    (void)handler;
    (void)attempt;
    told.ended++;
    told.failed += failed;
    told.verdict = verdict;
    assert_int_equal(id.high, told.id.high);
    assert_int_equal(id.low, told.id.low);
}

void __wrap_probe_drop(const char *message, uint32_t reason)
{
    told.dropped++;
    told.message = message;
    told.reason = reason;
}

void __wrap_probe_breaker(const char *breaker, uint32_t from, uint32_t to, uint32_t failures)
{
    (void)breaker;
    (void)failures;
    told.breakers++;
    told.from = from;
    told.to = to;
}

/* As the kernel does for each that watches; a half of the word is one probe. */
static void watch(uint32_t word)
{
    busgen_run_watched = word;
    busgen_publish_semaphore = busgen_drop_semaphore = busgen_breaker_semaphore = word != 0;
    told = (struct told){.published = 0};
}

static enum bus_verdict on_ping(void *context, const struct probe_ping *event,
                                struct bus_delivery *delivery)
{
    uint64_t *sum = context;

    *sum += event->number;
    return event->number < 100 ? BUS_DONE
                               : bus_fail(delivery, &(struct bus_error){.text = "too large"});
}

static enum bus_verdict on_pings(void *context, const struct probe_ping *events, uint32_t count,
                                 struct bus_batch *batch)
{
    uint64_t *sum = context;

    for (uint32_t i = 0; i < count; i++)
        *sum += events[i].number;
    bus_batch_set(batch, 0, events[0].number < 100 ? BUS_DONE : BUS_REJECT);
    return BUS_DONE;
}

static struct bus *open_polled(const struct bus_options *options)
{
    struct bus_options own = *options;
    struct bus *bus = NULL;

    own.polled = true;
    assert_int_equal(bus_open(&bus, &own), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void shut(struct bus *bus)
{
    watch(0);
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void ping(struct bus *bus, uint64_t number)
{
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = number}), BUS_QUEUED);
}

static void publish_and_run_are_told(void **state)
{
    struct bus *bus = open_polled(&(struct bus_options){.workers = 1});
    uint64_t sum = 0;
    uint32_t ran;

    (void)state;
    assert_int_equal(
        probe_ping_subscribe(bus, on_ping, &sum, &(struct bus_handler_options){.name = "the one"}),
        BUS_OK);
    for (uint32_t half = 0; half < 2; half++) { /* dispatch, verdict: who asks for one has both */
        watch(half == 0 ? 1 : 1 << 16);
        ping(bus, 3);
        assert_int_equal(told.published, 1);
        assert_string_equal(told.message, "probe.ping");
        assert_int_equal(told.level, BUS_NORMAL);
        assert_true(told.size > 0);
        ping(bus, 4);
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
        assert_int_equal(ran, 2);
        assert_int_equal(told.begun, 2);
        assert_int_equal(told.ended, 2);
        assert_int_equal(told.failed, 0);
        assert_int_equal(told.attempt, 1);
        assert_string_equal(told.handler, "the one");
        assert_int_equal(told.id.high, told.published_id.high);
        assert_int_equal(told.id.low, told.published_id.low);
        ping(bus, 100);
        assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
        assert_int_equal(told.failed, 1);
        assert_int_equal(told.verdict, BUS_FAULT);
    }
    watch(0);
    ping(bus, 5);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(told.published + told.begun + told.ended, 0);
    assert_int_equal(sum, 2 * 107 + 5);
    shut(bus);
}

static void bulk_claim_and_batch_are_told(void **state)
{
    const struct probe_ping many[] = {{.number = 1}, {.number = 2}, {.number = 100}};
    struct bus *bus = open_polled(&(struct bus_options){.workers = 1});
    uint64_t sum = 0;
    uint32_t accepted;

    (void)state;
    assert_int_equal(probe_ping_subscribe_batch(bus, on_pings, &sum,
                                                &(struct bus_batch_options){.size = 3}, NULL),
                     BUS_OK);
    watch(1);
    assert_int_equal(probe_ping_publish_many(bus, many, 3, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(told.published, 3);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(told.begun, 1);
    assert_int_equal(told.failed, 0);
    for (uint32_t i = 0; i < 3; i++)
        ping(bus, 100);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(told.begun, 2);
    assert_int_equal(told.failed, 1); /* one of them did */
    assert_int_equal(sum, 403);
    shut(bus);
}

static void drops_and_breakers_are_told(void **state)
{
    const struct bus_policy_override policy = {
        &probe_ping_type, {.breaker_failures = 1, .on_open = BUS_ON_OPEN_FAIL}};
    struct bus *bus = open_polled(
        &(struct bus_options){.capacity = {4, 4, 4, 4, 4}, .policies = &policy, .policy_count = 1});
    uint64_t sum = 0;

    (void)state;
    assert_int_equal(probe_ping_subscribe(bus, on_ping, &sum, NULL), BUS_OK);
    watch(1);
    ping(bus, 100);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(told.breakers, 1);
    assert_int_equal(told.from, 0);
    assert_int_equal(told.to, 1);
    for (uint32_t i = 0; i < 5; i++)
        bus_ignore(probe_newest_publish(bus, &(struct probe_newest){.number = i}));
    assert_int_equal(told.published, 1 + 5);
    assert_int_equal(told.dropped, 1);
    assert_int_equal(told.reason, 0);
    shut(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publish_and_run_are_told),
        cmocka_unit_test(bulk_claim_and_batch_are_told),
        cmocka_unit_test(drops_and_breakers_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
