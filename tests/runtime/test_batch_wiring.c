/*
 * Batch handlers of components: the size and time that the schema says, attached at run time and in
 * a program, beside ordinary handlers of the same event. In frozen time.
 * covers: D6 E5
 */
#include "support.h"

#include "gathered.bus.h"

#define MS BUS_MILLISECOND

struct ledger {
    struct journal calls; /* events of each */
    struct journal numbers;
    struct journal labels; /* their first letters */
};
#define LEDGER                                                                                     \
    {                                                                                              \
        JOURNAL_INITIALIZER, JOURNAL_INITIALIZER, JOURNAL_INITIALIZER                              \
    }

static enum bus_verdict write_down(struct ledger *ledger, const struct gathered_weighed *events,
                                   uint32_t count)
{
    journal_add(&ledger->calls, count);
    for (uint32_t i = 0; i < count; i++) {
        journal_add(&ledger->numbers, events[i].number);
        journal_add(&ledger->labels, (uint64_t)events[i].label.data[0]);
    }
    return BUS_DONE;
}

enum bus_verdict gathered_ledger_on_weighed(void *context, const struct gathered_weighed *events,
                                            uint32_t count, struct bus_batch *batch)
{
    assert_null(bus_batch_delivery(batch, count));
    return write_down(context, events, count);
}

enum bus_verdict gathered_scale_on_weighed(void *context, const struct gathered_weighed *event,
                                           struct bus_delivery *delivery)
{
    struct ledger *ledger = context;

    (void)delivery;
    journal_add(&ledger->numbers, event->number);
    return BUS_DONE;
}

enum bus_verdict gathered_scale_on_probe_ticked(void *context, const struct probe_ticked *events,
                                                uint32_t count, struct bus_batch *batch)
{
    struct ledger *ledger = context;

    (void)batch;
    for (uint32_t i = 0; i < count; i++)
        journal_add(&ledger->labels, events[i].number);
    journal_add(&ledger->calls, count);
    return BUS_DONE;
}

static void pass(struct bus *bus, uint64_t ns)
{
    for (uint64_t passed = 0; passed < ns; passed += MS) {
        frozen_advance(MS);
        poll_all(bus);
    }
}

static void weigh(struct bus *bus, uint64_t number, const char *label)
{
    assert_int_equal(
        gathered_weighed_publish(
            bus, &(struct gathered_weighed){.number = number, .label = bus_cstr(label)}),
        BUS_QUEUED);
    poll_all(bus);
}

static void program_takes_what_the_schema_says(void **state)
{
    struct ledger ledger = LEDGER, scale = LEDGER;
    struct gathered_all_contexts contexts = {.ledger = &ledger, .scale = &scale};
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(gathered_all_open(
                         &bus, &(struct bus_options){.polled = true, .os = frozen_os()}, &contexts),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    weigh(bus, 1, "ash");
    weigh(bus, 2, "birch");
    assert_journal_run(&scale.numbers, 1, 2); /* ordinary handlers do not wait */
    assert_journal(&ledger.calls, NULL, 0);
    weigh(bus, 3, "cedar");
    assert_journal(&ledger.calls, (const uint64_t[]){3}, 1);
    assert_journal_run(&ledger.numbers, 1, 3);
    assert_journal(&ledger.labels, (const uint64_t[]){'a', 'b', 'c'}, 3);
    weigh(bus, 4, "elm");
    pass(bus, 90 * MS); /* nothing was said: 100 ms */
    assert_journal(&ledger.calls, (const uint64_t[]){3}, 1);
    pass(bus, 10 * MS);
    assert_journal(&ledger.calls, (const uint64_t[]){3, 1}, 2);
    tick(bus, 7, BUS_QUEUED);
    poll_all(bus);
    pass(bus, 19 * MS);
    assert_journal(&scale.calls, NULL, 0);
    pass(bus, MS);
    assert_journal(&scale.calls, (const uint64_t[]){1}, 1);
    assert_journal(&scale.labels, (const uint64_t[]){7}, 1);
    finish_bus(&bus);
}

static enum bus_verdict on_archive(void *context, const struct gathered_weighed *events,
                                   uint32_t count, struct bus_batch *batch)
{
    (void)batch;
    return write_down(context, events, count);
}

/* `batch` alone has the default size; what is attached is configured by its context. */
static void component_attached_and_configured(void **state)
{
    struct ledger archive = LEDGER;
    const struct gathered_archive handlers = {.on_weighed = on_archive};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});

    (void)state;
    assert_int_equal(gathered_archive_attach(bus, &handlers, &archive), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t i = 0; i < BUS_BATCH_SIZE_DEFAULT - 1; i++)
        weigh(bus, i, "oak");
    assert_journal(&archive.calls, NULL, 0);
    weigh(bus, BUS_BATCH_SIZE_DEFAULT - 1, "oak");
    assert_journal(&archive.calls, (const uint64_t[]){BUS_BATCH_SIZE_DEFAULT}, 1);
    assert_int_equal(bus_batch_configure(bus, &gathered_weighed_type, &archive,
                                         &(struct bus_batch_options){.size = 2}),
                     BUS_OK);
    weigh(bus, 100, "pine");
    weigh(bus, 101, "pine");
    assert_journal(&archive.calls, (const uint64_t[]){BUS_BATCH_SIZE_DEFAULT, 2}, 2);
    assert_journal_run(&archive.numbers, 0, BUS_BATCH_SIZE_DEFAULT + 2);
    weigh(bus, 102, "pine");
    assert_int_equal(gathered_archive_detach(bus, &archive), BUS_OK);
    finish_bus(&bus);
}

/* An event's handler may be NULL, a batch handler's too. */
static void component_without_its_batch_handler(void **state)
{
    struct ledger scale = LEDGER;
    const struct gathered_scale handlers = {.on_weighed = gathered_scale_on_weighed};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});

    (void)state;
    assert_int_equal(gathered_scale_attach(bus, &handlers, &scale), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    weigh(bus, 5, "yew");
    assert_journal(&scale.numbers, (const uint64_t[]){5}, 1);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_takes_what_the_schema_says),
        cmocka_unit_test(component_attached_and_configured),
        cmocka_unit_test(component_without_its_batch_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
