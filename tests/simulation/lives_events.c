/* lives_events.c - see lives.h: what is published, and what the handlers do. */
#include "lives.h"

#include <stdio.h>
#include <string.h>

static const struct bus_message_type *const types[LASTING_KINDS] = {
#define LIVES_TYPE(name) &lives_##name##_type,
    LIVES_EVENTS(LIVES_TYPE)};

const struct bus_message_type *lives_type(enum lasting_kind kind)
{
    return types[kind];
}

static uint64_t draw(struct lives *lives, uint64_t bound)
{
    return bus_simulation_draw(lives->simulation, bound);
}

/* ---- handlers ---- */

/* First runs of the events of a publisher (and key) come in the order in which he published them,
 * those that were on disk before the others. */
static void note_order(struct lives *lives, enum lasting_kind kind, uint64_t number,
                       uint32_t listener, const struct bus_envelope *envelope)
{
    const struct lasting_record *record = &lives->records[kind][number];
    uint32_t key = kind == LASTING_keyed ? (uint32_t)number % LASTING_KEYS : 0;
    uint32_t *last = &lives->last[kind][listener][record->origin][key];

    if (record->again || lives->replaying || envelope->attempt != 1)
        return;
    if (number < *last)
        lives_wrong(lives, "life %u: %s %u of %u ran at listener %u after %u", lives->life,
                    bus_type_name(types[kind]), (unsigned)number, record->origin, listener,
                    *last - 1);
    *last = (uint32_t)number + 1;
}

static enum bus_verdict fail(struct lives *lives, enum lasting_kind kind, uint64_t number,
                             struct bus_delivery *delivery)
{
    bool transient = draw(lives, 8) != 0;

    /* Without room to wait for another run there is none. */
    if (kind == LASTING_silent)
        lives->records[kind][number].gave_up = true;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .code = 7,
                                                  .transient = transient,
                                                  .text = "out of luck"});
}

static void note_run(struct lives *lives, enum lasting_kind kind, uint64_t number,
                     uint32_t listener, const struct bus_envelope *envelope)
{
    const struct lasting_record *record = &lives->records[kind][number];

    lives->runs++;
    if (kind == LASTING_timed)
        lives_note_due(lives, number);
    if (!record->may_run)
        lives_wrong(lives, "life %u: %s %u was run, but was not on disk, nor published",
                    lives->life, bus_type_name(types[kind]), (unsigned)number);
    if (record->ok_now[listener] != 0 && !record->doubled)
        lives_wrong(lives, "life %u: %s %u was run by listener %u again after it succeeded",
                    lives->life, bus_type_name(types[kind]), (unsigned)number, listener);
    note_order(lives, kind, number, listener, envelope);
}

static enum bus_verdict run(struct lives *lives, enum lasting_kind kind, uint64_t number,
                            uint32_t listener, struct bus_delivery *delivery)
{
    struct lasting_record *record = &lives->records[kind][number % LASTING_NUMBERS];
    struct bus_envelope envelope;

    if (!lives->disk.power)
        return BUS_DONE; /* nobody is there to see it */
    bus_delivery_envelope(delivery, &envelope);
    note_run(lives, kind, number % LASTING_NUMBERS, listener, &envelope);
    if (listener == 0 && bus_simulation_chance(lives->simulation, 100000))
        bus_simulation_sleep(lives->simulation, draw(lives, 300 * BUS_MICROSECOND));
    if (!lives->disk.power)
        return BUS_DONE;
    if (listener == 0 && !lives->calm && bus_simulation_chance(lives->simulation, lives->failing))
        return fail(lives, kind, number % LASTING_NUMBERS, delivery);
    record->ok_now[listener]++;
    record->ok[listener] = true;
    return BUS_DONE;
}

#define LIVES_FIRST(name)                                                                          \
    static enum bus_verdict first_##name(void *context, const struct lives_##name *event,          \
                                         struct bus_delivery *delivery)                            \
    {                                                                                              \
        return run(context, LASTING_##name, event->number, 0, delivery);                           \
    }
#define LIVES_SECOND(name)                                                                         \
    static enum bus_verdict second_##name(void *context, const struct lives_##name *event,         \
                                          struct bus_delivery *delivery)                           \
    {                                                                                              \
        return run(context, LASTING_##name, event->number, 1, delivery);                           \
    }
LIVES_ONE_BY_ONE(LIVES_FIRST)
LIVES_EVENTS(LIVES_SECOND)

static enum bus_verdict first_gathered(void *context, const struct lives_gathered *events,
                                       uint32_t count, struct bus_batch *batch)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        struct bus_delivery *delivery = bus_batch_delivery(batch, i);

        bus_batch_set(batch, i, run(context, LASTING_gathered, events[i].number, 0, delivery));
    }
    return BUS_DONE;
}

bool lives_attach(struct lives *lives)
{
    struct bus_handler_options options = {.concurrent = lives->concurrent};
#define LIVES_ON_FIRST(name) .on_##name = first_##name,
    static const struct lives_first first = {LIVES_EVENTS(LIVES_ON_FIRST)};
#define LIVES_ON_SECOND(name) .on_##name = second_##name,
    static const struct lives_second second = {LIVES_EVENTS(LIVES_ON_SECOND)};

    if (lives_first_attach_with(lives->bus, &first, lives, &options) == BUS_OK &&
        lives_second_attach_with(lives->bus, &second, lives, &options) == BUS_OK &&
        lives_listen(lives))
        return true;
    lives_wrong(lives, "a handler: %s", bus_last_error());
    return false;
}

/* ---- publishing ---- */

union lasting_event {
#define LIVES_MEMBER(name) struct lives_##name name;
    LIVES_EVENTS(LIVES_MEMBER)
};

static void note_outcome(struct lives *lives, enum lasting_kind kind, uint64_t number,
                         enum bus_outcome outcome)
{
    struct lasting_record *record = &lives->records[kind][number];
    bool refused;

    record->coming--;
    if (outcome == BUS_QUEUED || outcome == BUS_BUFFERED)
        record->acked = true;
    if (outcome == BUS_DEAD_LETTERED)
        record->again = record->doubled = true; /* the window does not know it */
    refused = !record->acked && !record->doubled && record->coming == 0;
    if (refused && lives->disk.power && (record->ok_now[0] | record->ok_now[1]) != 0)
        lives_wrong(lives, "life %u: %s %u was refused (%d), and run", lives->life,
                    bus_type_name(types[kind]), (unsigned)number, (int)outcome);
    if (refused)
        record->may_run = false;
    if (outcome == BUS_INVALID)
        lives_wrong(lives, "publish of %s: %s", bus_type_name(types[kind]), bus_last_error());
}

static struct lives *here; /* for the completions below: their context is an event's record */

static void on_put(void *context, struct bus *bus, enum bus_outcome outcome)
{
    struct lasting_record *record = context;
    size_t at = (size_t)(record - &here->records[0][0]);

    (void)bus;
    note_outcome(here, (enum lasting_kind)(at / LASTING_NUMBERS), at % LASTING_NUMBERS, outcome);
}

static enum bus_outcome publish(struct lives *lives, enum lasting_kind kind, uint64_t number,
                                bool later)
{
    struct lasting_record *record = &lives->records[kind][number];
    struct bus_message_options options = {.deadline_ns = 0};
    union lasting_event event;
    enum bus_outcome outcome;

    memset(&event, 0, sizeof event);
    event.kept.number = number; /* all begin with the same two */
    event.kept.origin = record->origin;
    if (kind == LASTING_keyed)
        event.keyed.id = (uint32_t)number % LASTING_KEYS;
    if (record->given)
        options.id = (struct bus_uuid){.high = 1 + (uint64_t)kind, .low = 1 + number};
    here = lives;
    record->again = record->again || record->tried;
    record->tried = true;
    record->coming++;
    if (!record->acked)
        record->may_run = true;
    if (later) {
        outcome =
            bus_publish_message_later(lives->bus, types[kind], &event, &options, on_put, record);
        if (outcome == BUS_QUEUED)
            return outcome;
    } else {
        outcome = bus_publish_message(lives->bus, types[kind], &event, &options);
    }
    note_outcome(lives, kind, number, outcome);
    return outcome;
}

enum bus_outcome lives_publish(struct lives *lives, enum lasting_kind kind, uint32_t origin)
{
    struct lasting_record *record;
    uint32_t number = lives->numbers[kind];

    if (number == LASTING_NUMBERS)
        return BUS_REJECTED;
    lives->numbers[kind]++;
    if (lives->sabotage == SABOTAGE_SWAP)
        number ^= 1;
    record = &lives->records[kind][number];
    record->origin = origin;
    record->given = draw(lives, 2) == 0;
    return publish(lives, kind, number, !lives->calm && draw(lives, 4) == 0);
}

/* One of one's own, of which one is not sure that it is on disk. */
static void publish_again(struct lives *lives, enum lasting_kind kind, uint32_t origin)
{
    uint32_t number;

    if (lives->numbers[kind] == 0)
        return;
    number = (uint32_t)draw(lives, lives->numbers[kind]);
    if (lives->records[kind][number].origin == origin && lives->records[kind][number].given)
        bus_ignore(publish(lives, kind, number, false));
}

struct author {
    struct lives *lives;
    uint32_t origin;
};

static struct author authors[LASTING_ORIGINS];

static void write_events(void *argument)
{
    const struct author *author = argument;
    struct lives *lives = author->lives;
    uint32_t i;

    for (i = 0; i < lives->actions && lives->disk.power; i++) {
        enum lasting_kind kind = (enum lasting_kind)draw(lives, PUBLISHED_KINDS);

        if (draw(lives, 6) == 0)
            publish_again(lives, kind, author->origin);
        else
            bus_ignore(lives_publish(lives, kind, author->origin));
        if (lives->pause_ns != 0)
            bus_simulation_sleep(lives->simulation, draw(lives, lives->pause_ns));
    }
    lives->busy--;
}

bool lives_spawn(struct lives *lives)
{
    uint32_t i;

    for (i = 0; i < lives->publishers; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "author %u", i);
        authors[i] = (struct author){lives, i};
        if (bus_simulation_spawn(lives->simulation, name, write_events, &authors[i]) != BUS_OK) {
            lives_wrong(lives, "a thread: %s", bus_last_error());
            return false;
        }
        lives->busy++;
    }
    if (bus_simulation_spawn(lives->simulation, "planner", lives_plan, lives) != BUS_OK) {
        lives_wrong(lives, "a thread: %s", bus_last_error());
        return false;
    }
    lives->busy++;
    return true;
}
