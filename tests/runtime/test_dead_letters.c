/*
 * Dead letters: what comes, what they say, how they go.
 *
 * covers: F4 H1 H2 H3 H7
 */
#include "support.h"

#include <bus/dead_letters.h>

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .severity = BUS_SEVERITY_HIGH,
                                                  .code = (int32_t)event->number,
                                                  .text = "the line is cut"});
}

static struct bus_dead_letter_figures figures_of(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.added,
                     figures.replayed + figures.purged + figures.evicted + figures.waiting);
    return figures;
}

static void a_failed_event_becomes_a_letter(void **state)
{
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL), BUS_OK);
    tick(bus, 7, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 1);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_event_becomes_a_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
