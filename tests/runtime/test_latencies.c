/*
 * How long handlers ran: true in the histograms of the metrics and in quantiles, by sample.
 * covers: J2, J3
 */
#include "pages.h"

/* Each run takes as long as its number says. */
static enum bus_verdict on_lasting(void *context, const struct probe_ticked *event,
                                   struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    frozen_advance(event->number);
    return BUS_DONE;
}

static struct bus *open_lasting(void)
{
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .os = frozen_os(), .timing_every = 1});

    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_lasting, NULL, NULL), BUS_OK);
    return bus;
}

static void last(struct bus *bus, uint64_t ns)
{
    tick(bus, ns, BUS_QUEUED);
    (void)poll_all(bus);
}

/* covers: J2 */
static void a_run_at_the_border_belongs_below_it(void **state)
{
    const uint64_t took[] = {BUS_MILLISECOND, BUS_MILLISECOND + 1, 5 * BUS_MILLISECOND,
                             10 * BUS_SECOND, 10 * BUS_SECOND + 1};
    struct bus *bus = open_lasting();
    const struct page *page;
    double sum = 0;

    (void)state;
    for (size_t i = 0; i < sizeof took / sizeof took[0]; i++) {
        last(bus, took[i]);
        sum += (double)took[i] / 1e9;
    }
    page = page_of(bus, NULL);
#define LINE(rest) "event_processing_duration_seconds" rest
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"0.001\"}")) == 1);
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"0.005\"}")) == 3);
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"0.01\"}")) == 3);
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"5\"}")) == 3);
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"10\"}")) == 4);
    assert_true(page_value(page, LINE("_bucket{message=\"probe.ticked\",le=\"+Inf\"}")) == 5);
    assert_true(page_value(page, LINE("_count{message=\"probe.ticked\"}")) == 5);
    assert_true(page_value(page, LINE("_sum{message=\"probe.ticked\"}")) > sum - 1e-6);
    assert_true(page_value(page, LINE("_sum{message=\"probe.ticked\"}")) < sum + 1e-6);
#undef LINE
    finish_bus(&bus);
}

static int numbers_compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

/* Values of all sizes, against the true ones. covers: J2 */
static void quantiles_are_true_to_three_percent(void **state)
{
    enum { RUNS = 5000 };
    static const double shares[] = {0, 0.5, 0.95, 0.99, 0.999, 1};
    static uint64_t took[RUNS];
    uint64_t seed = 1, ns[6];
    struct bus *bus = open_lasting();

    (void)state;
    for (uint32_t i = 0; i < RUNS; i++) {
        took[i] = chance(&seed) >> (28 + chance(&seed) % 36); /* up to 68 s */
        last(bus, took[i]);
    }
    qsort(took, RUNS, sizeof took[0], numbers_compare);
    assert_int_equal(bus_latencies(bus, &probe_ticked_type, shares, 6, ns), RUNS);
    for (uint32_t i = 0; i < 6; i++) {
        uint64_t rank = (uint64_t)(shares[i] * RUNS + 0.999999);
        uint64_t truth = took[rank != 0 ? rank - 1 : 0];
        uint64_t off = ns[i] > truth ? ns[i] - truth : truth - ns[i];

        if ((double)off > 0.03 * (double)truth)
            fail_msg("%g: %llu, in truth %llu", shares[i], (unsigned long long)ns[i],
                     (unsigned long long)truth);
    }
    finish_bus(&bus);
}

/* covers: J2 */
static void nothing_timed_has_no_latency(void **state)
{
    const double shares[] = {0.5};
    uint64_t ns[1] = {1};
    struct bus *bus = open_lasting();

    (void)state;
    assert_int_equal(bus_latencies(bus, &probe_ticked_type, shares, 1, ns), 0);
    assert_int_equal(ns[0], 0);
    assert_int_equal(bus_latencies(bus, &probe_urged_type, shares, 1, ns), 0);
    assert_int_equal(bus_latencies(bus, NULL, shares, 1, ns), 0);
    assert_non_null(strstr(bus_last_error(), "latencies"));
    assert_int_equal(bus_latencies(bus, &probe_ticked_type, NULL, 1, ns), 0);
    finish_bus(&bus);
}

/* covers: J3 */
static void one_run_of_so_many_is_timed(void **state)
{
    struct bus_options options = {.polled = true, .timing_every = 16};
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct bus_account account;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint64_t n = 0; n < 160; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.calls, 160);
    assert_int_equal(account.timed_calls, 10);
    assert_int_equal(bus_latencies(bus, &probe_ticked_type, NULL, 0, NULL), 10);
    finish_bus(&bus);
    options.timing_every = 3;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "timing_every"));
    options.timing_every = 1 << 21;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
}

/* Commands run on any thread: what they took is not lost. */
struct callers {
    struct bus *bus;
    _Atomic uint32_t wrong;
};

static void *caller_body(void *argument)
{
    struct callers *callers = argument;

    for (uint32_t n = 0; n < 500; n++) {
        struct probe_add_result result;

        callers->wrong += probe_add_execute(callers->bus, &(struct probe_add){.a = n, .b = 1},
                                            &result) != BUS_ANSWERED;
    }
    return NULL;
}

/* covers: J2 */
static void callers_count_together(void **state)
{
    struct bus_handler_options anywhere = {.concurrent = true};
    struct callers callers = {.bus =
                                  open_bus(&(struct bus_options){.workers = 2, .timing_every = 1})};
    pthread_t threads[4];

    (void)state;
    assert_int_equal(probe_add_handle(callers.bus, on_add, NULL, &anywhere), BUS_OK);
    assert_int_equal(bus_start(callers.bus), BUS_OK);
    for (uint32_t i = 0; i < 4; i++)
        threads[i] = spawn(caller_body, &callers);
    for (uint32_t i = 0; i < 4; i++)
        reap(threads[i]);
    assert_int_equal(callers.wrong, 0);
    assert_int_equal(bus_latencies(callers.bus, &probe_add_type, NULL, 0, NULL), 4 * 500);
    finish_bus(&callers.bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_at_the_border_belongs_below_it),
        cmocka_unit_test(quantiles_are_true_to_three_percent),
        cmocka_unit_test(nothing_timed_has_no_latency),
        cmocka_unit_test(one_run_of_so_many_is_timed),
        cmocka_unit_test(callers_count_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
