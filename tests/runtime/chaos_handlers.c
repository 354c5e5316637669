/* chaos_handlers.c - see chaos.h. */
#include "chaos.h"

#include <sched.h>

#include "bus_system.bus.h"

bool tally(struct chaos *chaos, int event, enum bus_outcome outcome)
{
    bool yes = bus_accepted(outcome);

    atomic_fetch_add(yes ? &chaos->accepted[event] : &chaos->refused[event], 1);
    atomic_fetch_add(&chaos->outcomes[outcome], 1);
    if (outcome == BUS_INVALID || outcome == BUS_FILTERED || outcome >= BUS_ANSWERED)
        atomic_fetch_add(&chaos->wrong, 1);
    return yes;
}

void pause_here(uint64_t ns)
{
    static const bus_os_word never;
    const struct bus_os *os = bus_os_native();

    (void)os->wait(os->context, &never, 0, os->monotonic_ns(os->context) + ns);
}

enum bus_verdict fate(struct bus_delivery *delivery, uint64_t number)
{
    struct bus_envelope envelope;

    switch (number % 16) {
    case 3:
        return bus_fail(delivery, &(struct bus_error){.code = 3, .text = "unlucky"});
    case 7:
        bus_delivery_envelope(delivery, &envelope);
        return envelope.attempt <= number / 16 % 6 ? BUS_RETRY : BUS_DONE;
    case 11:
        for (int i = 0; i < 20; i++)
            sched_yield();
        if (number % 512 == 11)
            pause_here(200 * BUS_MICROSECOND);
        return BUS_DONE;
    default:
        return BUS_DONE;
    }
}

static void enter(struct chaos *chaos)
{
    if (atomic_fetch_add(&chaos->inside, 1) != 0)
        atomic_fetch_add(&chaos->wrong, 1);
}

static void leave(struct chaos *chaos)
{
    atomic_fetch_sub(&chaos->inside, 1);
}

static enum bus_verdict serial_ticked(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    enum bus_verdict verdict;

    enter(chaos);
    atomic_fetch_add(&chaos->calls[TICKED], 1);
    verdict = fate(delivery, event->number);
    leave(chaos);
    return verdict;
}

static enum bus_verdict serial_keyed(void *context, const struct probe_keyed *event,
                                     struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    enum bus_verdict verdict;

    enter(chaos);
    atomic_fetch_add(&chaos->calls[KEYED], 1);
    verdict = fate(delivery, event->number);
    leave(chaos);
    return verdict;
}

static enum bus_verdict chaos_bulked(void *context, const struct probe_bulked *event,
                                     struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    uint8_t sum = 0;

    for (uint32_t i = 0; i < event->data.size; i++)
        sum |= event->data.data[i] ^ (uint8_t)event->number;
    if (sum != 0)
        atomic_fetch_add(&chaos->wrong, 1);
    atomic_fetch_add(&chaos->calls[BULKED], 1);
    return fate(delivery, event->number);
}

static enum bus_verdict chaos_shed(void *context, const struct probe_shed *event,
                                   struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    atomic_fetch_add(&chaos->calls[SHED], 1);
    return fate(delivery, event->number);
}

static enum bus_verdict chaos_waited(void *context, const struct probe_waited *event,
                                     struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    atomic_fetch_add(&chaos->kinds[RETRIED], envelope.attempt > 1);
    atomic_fetch_add(&chaos->calls[WAITED], 1);
    return fate_on_line(chaos, delivery, event->number);
}

/* What one thread published comes in its order, also with other threads' messages between. */
static enum bus_verdict chaos_urged(void *context, const struct probe_urged *event,
                                    struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    if (event->origin < ORIGINS) {
        if (event->number < atomic_load(&chaos->next[event->origin]))
            atomic_fetch_add(&chaos->wrong, 1);
        atomic_store(&chaos->next[event->origin], event->number + 1);
    }
    atomic_fetch_add(&chaos->calls[URGED], 1);
    return fate(delivery, event->number);
}

static enum bus_verdict chaos_shed_bulked(void *context, const struct probe_shed_bulked *event,
                                          struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    if (event->data.size != event->number % 3000 + 1)
        atomic_fetch_add(&chaos->wrong, 1);
    atomic_fetch_add(&chaos->calls[SHED_BULKED], 1);
    return fate(delivery, event->number);
}

/* Executes on other workers from inside a handler, cycles included. */
static enum bus_verdict chaos_alarmed(void *context, const struct probe_alarmed *event,
                                      struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    struct bus *bus = bus_delivery_bus(delivery);
    struct probe_ping request = {.depth = (uint32_t)(event->number % 5)};
    struct probe_ping_result result;
    enum bus_outcome outcome;

    atomic_fetch_add(&chaos->calls[ALARMED], 1);
    if (event->number % 4 == 0) {
        outcome = probe_ping_execute(bus, &request, &result);
        atomic_fetch_add(&chaos->outcomes[outcome], 1);
        if (outcome == BUS_ANSWERED && result.answer != PROBE_PING_OK)
            atomic_fetch_add(&chaos->wrong, 1);
    }
    return fate(delivery, event->number);
}

static enum bus_verdict chaos_chained(void *context, const struct probe_chained *event,
                                      struct bus_delivery *delivery)
{
    struct chaos *chaos = context;
    struct probe_chained next = {.number = event->number - 1, .width = event->width};
    struct probe_shed shed = {.number = event->number};
    struct bus *bus = bus_delivery_bus(delivery);

    atomic_fetch_add(&chaos->calls[CHAINED], 1);
    if (event->number > 0)
        tally(chaos, CHAINED, probe_chained_publish(bus, &next));
    tally(chaos, SHED, probe_shed_publish(bus, &shed));
    return BUS_DONE;
}

static enum bus_verdict chaos_faded(void *context, const struct probe_faded *event,
                                    struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    atomic_fetch_add(&chaos->calls[FADED], 1);
    return fate_on_line(chaos, delivery, event->number);
}

static enum bus_verdict chaos_ping(void *context, const struct probe_ping *request,
                                   struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);
    struct probe_ping_ok ok = {.depth = request->depth};
    struct probe_pong next = {.depth = request->depth - 1};
    struct probe_pong_result result;

    (void)context;
    if (request->depth > 0 && probe_pong_execute(bus, &next, &result) == BUS_ANSWERED)
        ok.depth = result.ok.depth;
    return probe_ping_return(delivery, &ok);
}

static enum bus_verdict chaos_pong(void *context, const struct probe_pong *request,
                                   struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);
    struct probe_pong_ok ok = {.depth = request->depth};
    struct probe_ping next = {.depth = request->depth - 1};
    struct probe_ping_result result;

    (void)context;
    if (request->depth > 0 && probe_ping_execute(bus, &next, &result) == BUS_ANSWERED)
        ok.depth = result.ok.depth;
    return probe_pong_return(delivery, &ok);
}

static enum bus_verdict chaos_square(void *context, const struct probe_square *request,
                                     struct bus_delivery *delivery)
{
    struct probe_square_ok ok = {.value = (uint64_t)request->value * request->value};
    struct bus_envelope envelope;

    (void)context;
    bus_delivery_envelope(delivery, &envelope);
    if (request->value % 16 == 5)
        return bus_fail(delivery,
                        &(struct bus_error){.code = 5, .transient = request->value % 32 == 5});
    if (request->value % 16 == 9 && envelope.attempt == 1)
        return BUS_RETRY;
    return probe_square_return(delivery, &ok);
}

static enum bus_verdict parallel_keyed(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    return fate(delivery, event->number + 1);
}

/* Events of the bus itself: whatever they say, they must not disturb the books. */
static enum bus_verdict on_failed(void *context,
                                  const struct bus_system_event_handler_failed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_REJECT;
}

static enum bus_verdict on_result(void *context, const struct bus_system_command_result *event,
                                  struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    (void)delivery;
    if (event->outcome != BUS_ANSWERED && event->outcome != BUS_FAULTED)
        atomic_fetch_add(&chaos->wrong, 1);
    return BUS_DONE;
}

static enum bus_verdict on_drop(void *context, const struct bus_system_message_dropped *event,
                                struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    (void)delivery;
    if (event->count == 0)
        atomic_fetch_add(&chaos->wrong, 1);
    return BUS_DONE;
}

void listen_to_bus(struct chaos *chaos)
{
    struct bus_handler_options concurrent = {.concurrent = true};

    assert_int_equal(
        bus_system_event_handler_failed_subscribe(chaos->bus, on_failed, chaos, &concurrent),
        BUS_OK);
    assert_int_equal(bus_system_command_result_subscribe(chaos->bus, on_result, chaos, &concurrent),
                     BUS_OK);
    assert_int_equal(bus_system_message_dropped_subscribe(chaos->bus, on_drop, chaos, NULL),
                     BUS_OK);
}

void wire(struct chaos *chaos)
{
    struct bus *bus = chaos->bus;
    struct bus_handler_options concurrent = {.concurrent = true};
    struct bus_handler_options parallel = {
        .has_order = true, .order = BUS_ORDER_HIGH, .concurrent = true, .parallel = true};
    const struct probe_watcher watcher = {.on_ticked = serial_ticked, .on_keyed = serial_keyed};
    static int contexts[2];

    assert_int_equal(probe_watcher_attach(bus, &watcher, chaos), BUS_OK);
    assert_int_equal(probe_bulked_subscribe(bus, chaos_bulked, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_shed_subscribe(bus, chaos_shed, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_waited_subscribe(bus, chaos_waited, chaos, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, chaos_alarmed, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_chained_subscribe(bus, chaos_chained, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_faded_subscribe(bus, chaos_faded, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, chaos_urged, chaos, &concurrent), BUS_OK);
    assert_int_equal(probe_shed_bulked_subscribe(bus, chaos_shed_bulked, chaos, &concurrent),
                     BUS_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(probe_keyed_subscribe(bus, parallel_keyed, &contexts[i], &parallel),
                         BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_ping_handle(bus, chaos_ping, NULL, NULL), BUS_OK);
    assert_int_equal(probe_pong_handle(bus, chaos_pong, NULL, NULL), BUS_OK);
    assert_int_equal(probe_square_handle(bus, chaos_square, NULL, &concurrent), BUS_OK);
}
