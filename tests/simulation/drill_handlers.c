/* drill_handlers.c - see drill.h: what the handlers do, and how a message is published. */
#include <string.h>

#include "drill.h"

static const struct bus_message_type *const types[KINDS] = {
#define DRILL_TYPE(name) &drill_##name##_type,
    DRILL_EVENTS(DRILL_TYPE)};

const struct bus_message_type *drill_type(enum kind kind)
{
    return types[kind];
}

/* ---- handlers ---- */

static bool is_down(const struct drill *drill, enum kind kind)
{
    uint64_t now = bus_simulation_now(drill->simulation);

    return (kind == KIND_guarded || kind == KIND_strict) && now >= drill->down_from_ns &&
           now < drill->down_until_ns;
}

static enum bus_verdict fail(struct drill *drill, struct bus_delivery *delivery)
{
    bool transient = bus_simulation_draw(drill->simulation, 8) != 0;

    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .code = 7,
                                                  .transient = transient,
                                                  .text = "out of luck"});
}

static bool fails(struct drill *drill, enum kind kind)
{
    if (drill->calm)
        return drill->sabotage == SABOTAGE_LATE && kind == KIND_guarded;
    return is_down(drill, kind) || bus_simulation_chance(drill->simulation, drill->failing);
}

/* Some work takes time, some too much. */
static void work(struct drill *drill, enum kind kind)
{
    if (kind == KIND_slow && !drill->calm)
        bus_simulation_sleep(drill->simulation,
                             bus_simulation_draw(drill->simulation, 5 * BUS_MILLISECOND));
    else if (bus_simulation_chance(drill->simulation, 50000))
        bus_simulation_sleep(drill->simulation,
                             bus_simulation_draw(drill->simulation, 300 * BUS_MICROSECOND));
    if (drill->sabotage == SABOTAGE_CLOCK && kind == KIND_urgent)
        bus_simulation_sleep(drill->simulation, bus_os_native()->monotonic_ns(NULL) % 1000);
}

static enum bus_verdict run(struct drill *drill, enum kind kind, uint64_t number, uint32_t listener,
                            struct bus_delivery *delivery)
{
    struct message_record *record = &drill->messages[kind][number % NUMBERS];
    struct delivered *delivered = &record->by[listener];

    drill->runs++;
    if (kind == KIND_urgent)
        drill_see_screens(drill, number, delivery);
    if (kind == KIND_state && listener == 1)
        drill_see_state(drill, number % NUMBERS);
    if (delivered->runs < UINT8_MAX)
        delivered->runs++;
    /* A letter of a full lane is run again with all handlers. */
    if (delivered->ok != 0 && kind != KIND_slow && (kind != KIND_spill || drill->replays == 0))
        drill_wrong(drill, "%s %u was run by listener %u again after it succeeded",
                    bus_type_name(types[kind]), (unsigned)number, listener);
    if (listener == 0) {
        work(drill, kind);
        if (fails(drill, kind))
            return fail(drill, delivery);
    }
    delivered->ok++;
    if (drill->sabotage == SABOTAGE_TWICE && kind == KIND_plain && number == 7)
        delivered->ok++;
    return BUS_DONE;
}

/* Of each key and publisher the numbers ascend: nothing overtakes what is tried again, unless that
 * was given up and comes back as a letter, with a first attempt once more. */
static void note_order(struct drill *drill, const struct drill_keyed *event, uint32_t listener,
                       const struct bus_delivery *delivery)
{
    struct message_record *record = &drill->messages[KIND_keyed][event->number % NUMBERS];
    uint32_t *last = &drill->last_number[listener][event->origin % ORIGINS][event->id % KEYS];
    uint32_t number = (uint32_t)event->number + 1;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    record->again |= record->by[listener].runs != 0 && envelope.attempt == 1;
    if (record->again ||
        drill->faults.memory != 0) /* without memory a run fails before the handler */
        return;
    if (number < *last)
        drill_wrong(drill, "keyed %u of key %u ran at listener %u after %u", number - 1, event->id,
                    listener, *last - 1);
    *last = number;
}

static void note_if_keyed(struct drill *drill, enum kind kind, const void *event, uint32_t listener,
                          const struct bus_delivery *delivery)
{
    if (kind == KIND_keyed)
        note_order(drill, event, listener, delivery);
}

#define DRILL_HANDLERS(name)                                                                       \
    static enum bus_verdict first_##name(void *context, const struct drill_##name *event,          \
                                         struct bus_delivery *delivery)                            \
    {                                                                                              \
        note_if_keyed(context, KIND_##name, event, 0, delivery);                                   \
        return run(context, KIND_##name, event->number, 0, delivery);                              \
    }                                                                                              \
    static enum bus_verdict second_##name(void *context, const struct drill_##name *event,         \
                                          struct bus_delivery *delivery)                           \
    {                                                                                              \
        return run(context, KIND_##name, event->number, 1, delivery);                              \
    }
DRILL_EVENTS(DRILL_HANDLERS)

/* Leaves it to the clerk (drill_threads.c). */
static enum bus_verdict defer(struct drill *drill, uint64_t number, struct bus_delivery *delivery)
{
    struct bus_token token;
    enum bus_verdict verdict = bus_delivery_defer(delivery, &token);

    if (verdict != BUS_LATER)
        return verdict;
    drill->deferred[drill->deferred_count].token = token;
    drill->deferred[drill->deferred_count++].number = number;
    return verdict;
}

static enum bus_verdict on_ask(void *context, const struct drill_ask *request,
                               struct bus_delivery *delivery)
{
    struct drill *drill = context;
    enum bus_verdict verdict;

    drill->runs++;
    if (request->number % 16 == 15)
        return drill_ask_fail_refused(delivery);
    work(drill, KINDS);
    if (drill->clerk && drill->deferred_count < DEFERRED &&
        bus_simulation_draw(drill->simulation, 4) == 0)
        return defer(drill, request->number, delivery);
    if (fails(drill, KINDS))
        return fail(drill, delivery);
    verdict = drill_ask_return(delivery, &(struct drill_ask_ok){.number = request->number});
    drill->asked_ok[request->number % NUMBERS] += verdict == BUS_DONE; /* else the pool is empty */
    return verdict;
}

static enum bus_verdict on_look(void *context, const struct drill_look *request,
                                struct bus_delivery *delivery)
{
    struct drill *drill = context;

    drill->runs++;
    if (fails(drill, KINDS))
        return fail(drill, delivery);
    return drill_look_return(delivery, &(struct drill_look_ok){.number = request->number});
}

bool drill_attach(struct drill *drill)
{
    struct bus_handler_options first = {.concurrent = drill->concurrent};
    struct bus_handler_options second = {
        .concurrent = drill->concurrent, .has_order = true, .order = BUS_ORDER_LOW};
    struct bus_handler_options inline_too = {.concurrent = true};
    bool fine = drill_watch_sessions(drill) && drill_listen_for_plans(drill) &&
                drill_ask_handle(drill->bus, on_ask, drill, NULL) == BUS_OK &&
                drill_look_handle(drill->bus, on_look, drill, &inline_too) == BUS_OK;

#define DRILL_SUBSCRIBE(name)                                                                      \
    fine = fine && drill_##name##_subscribe(drill->bus, first_##name, drill, &first) == BUS_OK &&  \
           drill_##name##_subscribe(drill->bus, second_##name, drill, &second) == BUS_OK;
    DRILL_EVENTS(DRILL_SUBSCRIBE)
    if (!fine)
        drill_wrong(drill, "a handler: %s", bus_last_error());
    return fine;
}

/* ---- publishing ---- */

/* Messages of a publisher and key have ascending numbers. */
static uint64_t number_of(struct drill *drill, enum kind kind)
{
    uint64_t number = drill->numbers[kind]++;

    if (drill->sabotage == SABOTAGE_ORDER && kind == KIND_keyed && number < 60)
        return 59 - number;
    return number;
}

static bool has_ended(struct drill *drill, struct bus_session session)
{
    char id[BUS_SESSION_ID_SIZE];

    return session.index != 0 && bus_session_id(drill->bus, session, id) != BUS_OK;
}

enum bus_outcome drill_publish(struct drill *drill, enum kind kind, uint32_t origin,
                               struct bus_session session)
{
    static const uint8_t zero[3000];
    const struct bus_message_options options = {.session = session};
    union {
#define DRILL_MEMBER(name) struct drill_##name name;
        DRILL_EVENTS(DRILL_MEMBER)
    } event;
    struct message_record *record;
    enum bus_outcome outcome;
    uint64_t number;

    if (drill->numbers[kind] == NUMBERS)
        return BUS_INVALID;
    number = number_of(drill, kind);
    record = &drill->messages[kind][number];
    record->of_session = session.index != 0;
    memset(&event, 0, sizeof event);
    event.plain.number = number; /* all begin with the same two */
    event.plain.origin = origin;
    if (kind == KIND_keyed)
        event.keyed.id = (uint32_t)bus_simulation_draw(drill->simulation, KEYS);
    if (kind == KIND_state) {
        record->origin = (uint8_t)origin;
        record->key = (uint8_t)bus_simulation_draw(drill->simulation, STATES);
        event.state.id = origin * STATES + record->key;
        if (drill->sabotage == SABOTAGE_LAST && number % 4 == 3)
            event.state.id ^= 1;
    }
    if (kind == KIND_bulky)
        event.bulky.data =
            (struct bus_bytes){zero, (uint32_t)bus_simulation_draw(drill->simulation, 3000)};
    outcome = bus_publish_message(drill->bus, types[kind], &event, &options);
    record->accepted = bus_accepted(outcome);
    drill->accepted[kind] += record->accepted;
    drill->expired[kind] += outcome == BUS_EXPIRED;
    drill->filtered[kind] += outcome == BUS_FILTERED;
    if (drill->sabotage == SABOTAGE_ACCOUNT && kind == KIND_shed && number == 3)
        drill->accepted[kind]++;
    if (outcome == BUS_INVALID && !has_ended(drill, session))
        drill_wrong(drill, "publish of %s: %s", bus_type_name(types[kind]), bus_last_error());
    return outcome;
}
