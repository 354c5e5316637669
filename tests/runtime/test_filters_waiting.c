/*
 * Filters and what waits: scheduled events that find no room, removals that would wait for ever.
 * covers: C1, E8
 */
#include "filtering.h"

#include <bus/pipeline.h>
#include <bus/schedule.h>

/* A scheduled one that waits for room in its lane is tried again and again, and asked about once;
 * each time of one that recurs. covers: E8, L3 */
static void what_waits_for_room_is_asked_about_once(void **state)
{
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .capacity = {2, 2, 2, 2, 2}, .os = frozen_os()});
    struct journal journal = JOURNAL_INITIALIZER;
    _Atomic uint64_t asked = 0;
    uint64_t even, id;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    even = add_even(bus, &asked);
    assert_int_equal(probe_ticked_schedule(bus, &(struct probe_ticked){.number = 2},
                                           &(struct bus_schedule){.after_ns = BUS_MILLISECOND,
                                                                  .every_ns = BUS_SECOND},
                                           &id),
                     BUS_OK);
    for (int i = 0; i < 5; i++) {
        frozen_advance(2 * BUS_MILLISECOND);
        assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK); /* a look, and nothing of the lane */
        assert_int_equal(latch_count(&journal.latch), 0);
    }
    assert_int_equal(atomic_load(&asked), 1);
    (void)poll_all(bus);
    frozen_advance(2 * BUS_MILLISECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1, 3, 2}, 3);
    assert_counted(bus, even, 1, 0);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1, 3, 2, 2}, 4);
    assert_counted(bus, even, 2, 0);
    assert_int_equal(account_of(bus, &probe_ticked_type).rejected, 0);
    assert_int_equal(bus_schedule_cancel(bus, id), BUS_OK);
    finish_bus(&bus);
}

/* ---- a removal that would wait for ever ---- */

/* A handler of one worker publishes; the filter, against its manual, executes a command of the
 * other worker, whose handler removes the filter. */
struct circle {
    struct bus *bus;
    uint64_t id;
    enum bus_outcome answered;
    enum bus_status removed, again;
    bool says_why;
};

static bool ask_first(void *context, const void *message, const struct bus_filter_facts *facts)
{
    struct circle *circle = context;
    struct probe_touch_result result;

    (void)message;
    if (facts->type == &probe_alarmed_type)
        circle->answered =
            probe_touch_execute(circle->bus, &(struct probe_touch){.number = 1}, &result);
    return true;
}

static enum bus_verdict on_ticked_publish(void *context, const struct probe_ticked *event,
                                          struct bus_delivery *delivery)
{
    (void)context;
    bus_ignore(probe_alarmed_publish(bus_delivery_bus(delivery),
                                     &(struct probe_alarmed){.number = event->number}));
    return BUS_DONE;
}

static enum bus_verdict on_touch_remove(void *context, const struct probe_touch *request,
                                        struct bus_delivery *delivery)
{
    struct circle *circle = context;

    (void)request;
    (void)delivery;
    circle->removed = bus_filter_remove(circle->bus, circle->id);
    circle->says_why = strstr(bus_last_error(), "waits for this handler") != NULL;
    circle->again = bus_filter_remove(circle->bus, circle->id);
    return BUS_DONE;
}

/* covers: E8 */
static void a_removal_does_not_wait_for_itself(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2});
    struct circle circle = {.bus = bus};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_publish, NULL, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch_remove, &circle, NULL), BUS_OK);
    circle.id = add_filter(bus, &(struct bus_filter){.name = "asks",
                                                     .kind = BUS_FILTER_CUSTOM,
                                                     .matches = ask_first,
                                                     .context = &circle});
    assert_int_equal(bus_start(bus), BUS_OK); /* two serial handlers, on a worker each */
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(circle.answered, BUS_ANSWERED);
    assert_int_equal(circle.removed, BUS_ERR_BUSY);
    assert_true(circle.says_why);
    assert_int_equal(circle.again, BUS_ERR_NOT_REGISTERED); /* it is removed all the same */
    tick(bus, 3, BUS_QUEUED);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_for_room_is_asked_about_once),
        cmocka_unit_test(a_removal_does_not_wait_for_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
