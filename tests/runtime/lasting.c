/* lasting.c - see lasting.h. */
#include "lasting.h"

static enum bus_verdict handle(struct taker *taker, uint64_t number, struct bus_delivery *delivery)
{
    bus_delivery_envelope(delivery, &taker->last);
    atomic_fetch_add(&taker->runs, 1);
    if (atomic_load(&taker->failing))
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                      .transient = taker->transient,
                                                      .text = "the line is cut"});
    journal_add(&taker->journal, number);
    return BUS_DONE;
}

enum bus_verdict take_placed(void *context, const struct lasting_placed *event,
                             struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_noted(void *context, const struct lasting_noted *event,
                            struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_parcel(void *context, const struct lasting_parcel *event,
                             struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_tried(void *context, const struct lasting_tried *event,
                            struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_passing(void *context, const struct lasting_passing *event,
                              struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_faded(void *context, const struct lasting_faded *event,
                            struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict take_silent(void *context, const struct lasting_silent *event,
                             struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

const struct bus_os *lasting_os(void)
{
    static const struct bus_os *os;

    if (os == NULL)
        os = frozen_os();
    return os;
}

struct bus_memory_store *open_store(const struct bus_memory_store_options *options)
{
    struct bus_memory_store *store = NULL;

    assert_int_equal(bus_memory_store_open(&store, options), BUS_OK);
    return store;
}

struct bus *open_lasting(struct bus_memory_store *store, struct taker *taker,
                         struct bus_options options)
{
    struct bus *bus;

    if (options.os == NULL)
        options.os = lasting_os();
    options.schema = &lasting_schema;
    options.store = store != NULL ? bus_memory_store_table(store) : NULL;
    options.polled = options.workers == 0;
    bus = open_bus(&options);
    if (taker == NULL)
        return bus;
    assert_int_equal(lasting_placed_subscribe(bus, take_placed, taker, NULL), BUS_OK);
    assert_int_equal(lasting_noted_subscribe(bus, take_noted, taker, NULL), BUS_OK);
    assert_int_equal(lasting_parcel_subscribe(bus, take_parcel, taker, NULL), BUS_OK);
    assert_int_equal(lasting_tried_subscribe(bus, take_tried, taker, NULL), BUS_OK);
    assert_int_equal(lasting_passing_subscribe(bus, take_passing, taker, NULL), BUS_OK);
    assert_int_equal(lasting_faded_subscribe(bus, take_faded, taker, NULL), BUS_OK);
    assert_int_equal(lasting_silent_subscribe(bus, take_silent, taker, NULL), BUS_OK);
    return bus;
}

struct bus *start_lasting(struct bus_memory_store *store, struct taker *taker,
                          struct bus_options options)
{
    struct bus *bus = open_lasting(store, taker, options);

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

void lose_bus(struct bus **bus)
{
    assert_int_equal(bus_close(bus), BUS_OK);
}

void place(struct bus *bus, uint64_t order, uint64_t number, enum bus_outcome expected)
{
    enum bus_outcome outcome =
        lasting_placed_publish(bus, &(struct lasting_placed){.order = order, .number = number});

    if (outcome != expected)
        fail_msg("placed %lu: %s (%s)", (unsigned long)number, bus_outcome_text(outcome),
                 bus_last_error());
}

void note(struct bus *bus, uint64_t number, enum bus_outcome expected)
{
    assert_int_equal(lasting_noted_publish(bus, &(struct lasting_noted){.number = number}),
                     expected);
}

uint64_t stored_events(struct bus_memory_store *store)
{
    const struct bus_store *table = bus_memory_store_table(store);
    struct bus_store_state state;

    table->state(table->context, &state);
    return state.kinds[BUS_STORED_EVENT].count;
}

struct bus_durable_figures durable_figures(struct bus *bus)
{
    struct bus_durable_figures figures;

    assert_int_equal(bus_durable_figures_read(bus, &figures), BUS_OK);
    return figures;
}
