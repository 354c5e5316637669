/*
 * The kinds of middleware that are provided: logging, timing, validation, rate limit.
 * covers: E7
 */
#include "support.h"

#include <stdio.h>

#include <bus/pipeline.h>
#include <bus/simulation.h>

static uint64_t add_middleware(struct bus *bus, const struct bus_middleware *middleware)
{
    uint64_t id = 0;

    assert_int_equal(bus_middleware_add(bus, middleware, &id), BUS_OK);
    return id;
}

struct log {
    uint32_t count;
    struct bus_logged_run last;
    struct bus_error error;
    char text[64];
};

static void keep_log(void *context, const struct bus_logged_run *run)
{
    struct log *log = context;

    log->count++;
    log->last = *run;
    log->text[0] = '\0';
    if (run->error != NULL) {
        log->error = *run->error;
        snprintf(log->text, sizeof log->text, "%s", run->error->text);
    }
}

static enum bus_verdict take_5_ms(void *context, const struct probe_ticked *event,
                                  struct bus_delivery *delivery)
{
    uint32_t *handled = context;

    ++*handled;
    frozen_advance(event->number * BUS_MILLISECOND);
    return event->number == 7 ? bus_fail(delivery, &(struct bus_error){.code = 9, .text = "seven"})
                              : BUS_DONE;
}

static struct bus *open_frozen(void)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void logging_tells_of_each_run(void **state)
{
    struct bus *bus = open_frozen();
    uint32_t handled = 0;
    struct log log = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, take_5_ms, &handled, NULL), BUS_OK);
    (void)add_middleware(
        bus,
        &(struct bus_middleware){.kind = BUS_MIDDLEWARE_LOGGING, .log = keep_log, .context = &log});
    tick(bus, 5, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(log.count, 1);
    assert_ptr_equal(log.last.type, &probe_ticked_type);
    assert_string_equal(log.last.name, "probe.ticked");
    assert_string_equal(log.last.handler, "probe.ticked");
    assert_int_equal(log.last.took_ns, 5 * BUS_MILLISECOND);
    assert_int_equal(log.last.attempt, 1);
    assert_int_equal(log.last.verdict, BUS_DONE);
    assert_null(log.last.error);
    assert_int_not_equal(log.last.id.high, 0);
    tick(bus, 7, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.last.verdict, BUS_FAULT);
    assert_int_equal(log.error.code, 9);
    assert_string_equal(log.text, "seven");
    finish_bus(&bus);
}

struct times {
    uint32_t types;
    struct bus_timing ticked;
};

static void keep_times(void *context, const struct bus_timing *timing)
{
    struct times *times = context;

    times->types++;
    if (timing->type == &probe_ticked_type)
        times->ticked = *timing;
}

static void timing_counts_by_type(void **state)
{
    struct bus *bus = open_frozen();
    struct journal journal = JOURNAL_INITIALIZER;
    uint32_t handled = 0;
    struct times times = {0};
    struct probe_touch_result result;
    uint64_t id, other;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, take_5_ms, &handled, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_OK);
    id = add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_TIMING});
    other = add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_LOGGING,
                                                         .log = keep_log,
                                                         .context = &(struct log){0}});
    assert_int_equal(bus_timings_each(bus, id, keep_times, &times), BUS_OK);
    assert_int_equal(times.types, 0);
    tick(bus, 4, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 9, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 4}, &result),
                     BUS_ANSWERED);
    assert_int_equal(bus_timings_each(bus, id, keep_times, &times), BUS_OK);
    assert_int_equal(times.types, 2);
    assert_string_equal(times.ticked.name, "probe.ticked");
    assert_int_equal(times.ticked.count, 3);
    assert_int_equal(times.ticked.mean_ns, 5 * BUS_MILLISECOND);
    assert_int_equal(times.ticked.min_ns, 2 * BUS_MILLISECOND);
    assert_int_equal(times.ticked.max_ns, 9 * BUS_MILLISECOND);
    assert_int_equal(bus_timings_each(bus, other, keep_times, &times), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_timings_each(bus, 999, keep_times, &times), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_timings_each(bus, id, NULL, NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

static bool is_small(void *context, const void *message, struct bus_error *error)
{
    const struct probe_ticked *event = message;

    (void)context;
    if (event->number == 66)
        error->text = "sixty-six";
    return event->number < 10;
}

static void validation_comes_before_the_handler(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct log log = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    (void)add_middleware(
        bus,
        &(struct bus_middleware){.kind = BUS_MIDDLEWARE_LOGGING, .log = keep_log, .context = &log});
    (void)add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_VALIDATION,
                                                       .only = &probe_ticked_type,
                                                       .valid = is_small});
    tick(bus, 9, BUS_QUEUED);
    tick(bus, 10, BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){9}, 1);
    assert_int_equal(log.error.code, BUS_FAULT_NOT_VALID);
    assert_false(log.error.transient);
    assert_string_equal(log.text, "the message is not valid");
    tick(bus, 66, BUS_QUEUED);
    poll_all(bus);
    assert_string_equal(log.text, "sixty-six");
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 2);
    finish_bus(&bus);
}

/* A polled bus does not wait: its thread is needed elsewhere. */
static void a_polled_bus_fails_over_the_rate(void **state)
{
    struct bus *bus = open_frozen();
    uint32_t handled = 0;
    struct log log = {0};
    uint32_t i;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, take_5_ms, &handled, NULL), BUS_OK);
    (void)add_middleware(
        bus,
        &(struct bus_middleware){.kind = BUS_MIDDLEWARE_LOGGING, .log = keep_log, .context = &log});
    (void)add_middleware(bus, &(struct bus_middleware){
                                  .kind = BUS_MIDDLEWARE_RATE_LIMIT, .per_second = 10, .burst = 2});
    for (i = 0; i < 4; i++)
        tick(bus, 0, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(handled, 2);
    assert_int_equal(log.error.code, BUS_FAULT_RATE);
    assert_true(log.error.transient);
    frozen_advance(100 * BUS_MILLISECOND);
    tick(bus, 0, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(handled, 3);
    finish_bus(&bus);
}

/* Runs of a worker, in virtual time. */
struct paced {
    struct bus_simulation *simulation;
    struct log log;
    uint64_t at[8];
    uint32_t count;
};

static enum bus_verdict note_time(void *context, const struct probe_ticked *event,
                                  struct bus_delivery *delivery)
{
    struct paced *paced = context;

    (void)event;
    (void)delivery;
    paced->at[paced->count++ % 8] = bus_simulation_now(paced->simulation);
    return BUS_DONE;
}

static void pace(struct paced *paced, uint64_t wait_max_ns)
{
    struct bus *bus;
    uint32_t i;

    memset(paced, 0, sizeof *paced);
    assert_int_equal(bus_simulation_open(&paced->simulation, NULL), BUS_OK);
    bus = open_bus(&(struct bus_options){.os = bus_simulation_os(paced->simulation)});
    assert_int_equal(probe_ticked_subscribe(bus, note_time, paced, NULL), BUS_OK);
    (void)add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_LOGGING,
                                                       .log = keep_log,
                                                       .context = &paced->log});
    (void)add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_RATE_LIMIT,
                                                       .per_second = 10,
                                                       .burst = 1,
                                                       .wait_max_ns = wait_max_ns});
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 0; i < 4; i++)
        tick(bus, i, BUS_QUEUED);
    bus_simulation_sleep(paced->simulation, 2 * BUS_SECOND);
    finish_bus(&bus);
    bus_simulation_close(&paced->simulation);
}

/* A worker waits for its turn, as long as it may. */
static void a_worker_waits_for_its_turn(void **state)
{
    struct paced paced;
    uint32_t i;

    (void)state;
    pace(&paced, 0);
    assert_int_equal(paced.count, 4);
    for (i = 1; i < 4; i++)
        assert_in_range(paced.at[i] - paced.at[i - 1], 99 * BUS_MILLISECOND, 101 * BUS_MILLISECOND);
    pace(&paced, 50 * BUS_MILLISECOND);
    assert_int_equal(paced.count, 1);
    assert_int_equal(paced.log.count, 4);
    assert_int_equal(paced.log.error.code, BUS_FAULT_RATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logging_tells_of_each_run),
        cmocka_unit_test(timing_counts_by_type),
        cmocka_unit_test(validation_comes_before_the_handler),
        cmocka_unit_test(a_polled_bus_fails_over_the_rate),
        cmocka_unit_test(a_worker_waits_for_its_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
