/*
 * The schedule against a short model (R14): random steps - schedule, cancel, list, let time pass,
 * set the wall clock, poll, restart with a store - and after each look the bus has published
 * exactly what the model says, in the order of the due times.
 *
 * The model is a list. A look at it goes through all entries; it knows nothing of heaps, lines or
 * timers.
 *
 * covers: L1 L2
 */
#include "timetable.h"

#include <stdio.h>

enum { SEEDS = 150, STEPS = 300, MOST = 24, POKE = 1 << 30 };

struct line {
    uint64_t id, number, due, every, phase;
    uint64_t row_due; /* as the store has it */
    bool at, again;
};

struct model {
    uint64_t seed, state;
    struct line lines[MOST];
    uint32_t count;
    uint64_t last; /* id */
    struct line published[4 * MOST];
    uint32_t published_count;
    /* what the bus did */
    struct bus *bus;
    struct bus_memory_store *store;
    uint64_t numbers[4 * MOST];
    uint32_t number_count;
    char trouble[160];
};

static uint64_t draw(struct model *model, uint64_t bound)
{
    return chance(&model->state) % bound;
}

static bool ok(struct model *model, bool holds, const char *what)
{
    if (!holds && model->trouble[0] == '\0')
        (void)snprintf(model->trouble, sizeof model->trouble, "seed %llu: %s",
                       (unsigned long long)model->seed, what);
    return holds;
}

/* ---- the model ---- */

/* The first time of the line's phase after `time`. */
static uint64_t next_time(const struct line *line, uint64_t time)
{
    uint64_t candidate = time - time % line->every + line->phase;

    return candidate > time ? candidate : candidate + line->every;
}

static uint64_t by_wall(const struct line *line)
{
    return line->at ? line->due : line->due - monotonic_now() + wall_now();
}

static void model_add(struct model *model, uint64_t id, uint64_t number, struct bus_schedule when)
{
    struct line *line = &model->lines[model->count++];

    *line =
        (struct line){.id = id, .number = number, .every = when.every_ns, .at = when.at_ns != 0};
    line->due = line->at             ? when.at_ns
                : when.after_ns != 0 ? monotonic_now() + when.after_ns
                                     : monotonic_now() + when.every_ns;
    if (line->every != 0)
        line->phase = line->due % line->every;
    line->row_due = by_wall(line);
}

static void model_look(struct model *model)
{
    uint32_t i, kept = 0;

    for (i = 0; i < model->count; i++) {
        struct line *line = &model->lines[i];
        uint64_t time = line->at ? wall_now() : monotonic_now();

        if (line->at && line->again && line->due > time && line->due - time > 2 * line->every)
            line->due = next_time(line, time + line->every / 2);
        if (line->due <= time) {
            model->published[model->published_count++] = *line;
            if (line->every == 0)
                continue;
            line->due = next_time(line, time);
            line->again = true;
            line->row_due = by_wall(line);
        }
        model->lines[kept++] = *line;
    }
    model->count = kept;
}

/* All that the next bus knows is the rows. */
static void model_restart(struct model *model)
{
    uint64_t now = monotonic_now(), wall = wall_now();
    uint32_t i;

    for (i = 0; i < model->count; i++) {
        struct line *line = &model->lines[i];
        uint64_t due = line->row_due, every = line->every;

        if (line->again && due > wall && (due - wall) / 2 > every)
            due = wall + (due - wall) % every + ((due - wall) % every <= every / 2 ? every : 0);
        line->due = due;
        if (line->at)
            continue;
        if (every != 0) /* the phase, in this clock */
            line->phase = (due % every + every - wall % every + now % every) % every;
        if (due > wall)
            line->due = now + (due - wall);
        else
            line->due = wall - due < now ? now - (wall - due) : 0;
    }
}

/* ---- the bus ---- */

static enum bus_verdict note(void *context, const struct probe_ticked *event,
                             struct bus_delivery *delivery)
{
    struct model *model = context;

    (void)delivery;
    if (event->number != POKE && model->number_count < 4 * MOST)
        model->numbers[model->number_count++] = event->number;
    return BUS_DONE;
}

static void open_model_bus(struct model *model, bool time_goes_on)
{
    struct bus_options options = {
        .schedule_max = MOST + 1, .store = bus_memory_store_table(model->store), .polled = true};

    options.os = time_goes_on ? clocks_going_on() : two_clocks();
    model->bus = open_bus(&options);
    assert_int_equal(probe_ticked_subscribe(model->bus, note, model, NULL), BUS_OK);
    assert_int_equal(bus_start(model->bus), BUS_OK);
}

/* ---- looks ---- */

static const struct line *published_line(struct model *model, uint64_t number)
{
    uint32_t i;

    for (i = 0; i < model->published_count; i++)
        if (model->published[i].number == number)
            return &model->published[i];
    return NULL;
}

/* Of one clock the first due first; the monotonic one before the other. */
static bool in_order(const struct line *a, const struct line *b)
{
    return a->at != b->at ? !a->at : a->due <= b->due;
}

static void compare(struct model *model)
{
    const struct line *before = NULL;
    uint32_t i;

    (void)ok(model, model->number_count == model->published_count, "as many are published");
    for (i = 0; i < model->number_count; i++) {
        const struct line *line = published_line(model, model->numbers[i]);

        if (!ok(model, line != NULL, "it is one that was due"))
            return;
        (void)ok(model, before == NULL || in_order(before, line), "the first due comes first");
        before = line;
    }
    /* Each number is once in the model's list, so equal counts and membership leave room only for
     * one that came twice. */
    for (i = 1; i < model->number_count; i++)
        for (uint32_t k = 0; k < i; k++)
            (void)ok(model, model->numbers[i] != model->numbers[k], "nothing is published twice");
}

/* The bus looks at its schedule when something is due, or comes: so something comes. */
static void look(struct model *model)
{
    model->number_count = model->published_count = 0;
    (void)later(model->bus, POKE, (struct bus_schedule){.after_ns = 0});
    model->last++;
    (void)poll_all(model->bus);
    model_look(model);
    compare(model);
    (void)ok(model, figures_of(model->bus).waiting == model->count, "as many wait");
}

/* ---- steps ---- */

static void schedule_one(struct model *model)
{
    static const uint64_t spans[] = {MS, 100 * MS, BUS_SECOND, 20 * BUS_SECOND, DAY};
    uint64_t span = spans[draw(model, 5)], number = draw(model, POKE - 1) + 1, id;
    struct bus_schedule when = {0};

    switch (draw(model, 3)) {
    case 0:
        when.after_ns = draw(model, 50) * span / 10;
        break;
    case 1:
        when.at_ns = wall_now() + draw(model, 50) * span / 10 - 10 * span / 10;
        break;
    default:
        break; /* every_ns alone, or now */
    }
    if (draw(model, 2) == 0)
        when.every_ns = (1 + draw(model, 30)) * (span / 10 > MS ? span / 10 : MS);
    if (model->count < MOST) {
        id = later(model->bus, number, when);
        (void)ok(model, id == ++model->last, "ids ascend");
        model_add(model, id, number, when);
    }
}

static void cancel_one(struct model *model)
{
    uint64_t id = 1 + draw(model, model->last + 1);
    enum bus_status expected = BUS_ERR_NOT_REGISTERED;
    uint32_t i;

    if (model->count != 0 && draw(model, 4) != 0)
        id = model->lines[draw(model, model->count)].id;
    for (i = 0; i < model->count; i++)
        if (model->lines[i].id == id) {
            model->lines[i] = model->lines[--model->count];
            expected = BUS_OK;
            break;
        }
    (void)ok(model, bus_schedule_cancel(model->bus, id) == expected, "cancel says what it did");
}

static bool list_one(void *context, const struct bus_scheduled *scheduled)
{
    struct model *model = context;
    struct probe_ticked event = {.number = 0};
    const struct line *line = NULL;
    uint32_t i;

    for (i = 0; i < model->count; i++)
        if (model->lines[i].id == scheduled->id)
            line = &model->lines[i];
    if (!ok(model, line != NULL, "what is listed waits"))
        return false;
    (void)ok(model, scheduled->due_ns == by_wall(line), "the list knows when it is due");
    (void)ok(model, scheduled->every_ns == line->every && scheduled->at == line->at, "and how");
    (void)ok(model,
             bus_decode(&probe_ticked_type.codec, scheduled->bytes, scheduled->size, &event, NULL,
                        0) == BUS_OK &&
                 event.number == line->number,
             "and its message");
    return true;
}

static void list(struct model *model)
{
    uint64_t shown = 0;

    assert_int_equal(bus_schedules_each(model->bus, NULL, list_one, model, &shown), BUS_OK);
    (void)ok(model, shown == model->count, "all are listed");
}

static void restart(struct model *model)
{
    assert_int_equal(bus_stop(model->bus, 0, NULL), BUS_OK);
    assert_int_equal(bus_close(&model->bus), BUS_OK);
    frozen_advance(draw(model, 3) * draw(model, 100) * BUS_SECOND);
    if (draw(model, 4) == 0)
        set_wall_forward(draw(model, 3600) * BUS_SECOND);
    model_restart(model);
    open_model_bus(model, true);
}

static void set_clock(struct model *model)
{
    static const uint64_t spans[] = {BUS_SECOND, 3600 * BUS_SECOND, DAY, YEAR};
    uint64_t by = (1 + draw(model, 5)) * spans[draw(model, 4)];

    if (draw(model, 2) == 0)
        set_wall_forward(by);
    else
        set_wall_back(by);
}

static void step(struct model *model)
{
    static const uint64_t spans[] = {MS, 50 * MS, BUS_SECOND, 30 * BUS_SECOND, DAY};

    switch (draw(model, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        schedule_one(model);
        break;
    case 4:
        cancel_one(model);
        break;
    case 5:
        list(model);
        break;
    case 6:
        if (draw(model, 4) == 0)
            restart(model);
        break;
    case 7:
        if (draw(model, 2) == 0)
            set_clock(model);
        break;
    default:
        frozen_advance(draw(model, 30) * spans[draw(model, 5)] / 10);
        look(model);
        break;
    }
}

static void the_bus_does_what_the_model_says(void **state)
{
    static struct model model;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        model = (struct model){.seed = seed, .state = seed};
        assert_int_equal(bus_memory_store_open(&model.store, NULL), BUS_OK);
        open_model_bus(&model, false);
        for (int i = 0; i < STEPS && model.trouble[0] == '\0'; i++)
            step(&model);
        if (model.trouble[0] != '\0')
            fail_msg("%s", model.trouble);
        finish_bus(&model.bus);
        bus_memory_store_close(&model.store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bus_does_what_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
