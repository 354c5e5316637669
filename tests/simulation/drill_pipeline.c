/* drill_pipeline.c - see drill.h: filters and middleware that are there for a while, and events of
 * which the last is kept. */
#include <bus/pipeline.h>
#include <bus/schedule.h>

#include "drill.h"

static uint64_t draw(struct drill *drill, uint64_t bound)
{
    return bus_simulation_draw(drill->simulation, bound);
}

/* ---- filters ---- */

/* KINDS: the scheduled ones. */
static enum kind kind_of(const struct bus_message_type *type)
{
    uint32_t i;

    for (i = 0; i < KINDS; i++)
        if (drill_type((enum kind)i)->id == type->id)
            break;
    return (enum kind)i;
}

static bool passes(void *context, const void *message, const struct bus_filter_facts *facts)
{
    struct gate *gate = context;
    struct drill *drill = gate->drill;
    enum kind kind = kind_of(facts->type);

    if (gate->gone)
        drill_wrong(drill, "a filter was asked after it was removed");
    if (!bus_simulation_chance(drill->simulation, gate->says_no)) {
        gate->passed++;
        return true;
    }
    gate->filtered++;
    drill->said_no[kind]++;
    if (kind == KINDS)
        drill->plans[((const struct drill_timed *)message)->number % PLANS].refused++;
    return false;
}

static const struct bus_message_type *draw_type(struct drill *drill)
{
    uint64_t which = draw(drill, KINDS + 4);

    if (which < KINDS)
        return drill_type((enum kind)which);
    return which == KINDS ? &drill_timed_type : NULL;
}

/* What is counted there; publishes under way may be missing. */
static void look_at_gate(void *context, const struct bus_filter_info *info)
{
    const struct gate *gate = context;

    if (info->id == gate->id &&
        ((gate->of_all && info->passed > gate->passed) || info->filtered > gate->filtered))
        drill_wrong(gate->drill, "a filter let %u pass, not %u, and %u not, not %u",
                    (unsigned)info->passed, (unsigned)gate->passed, (unsigned)info->filtered,
                    (unsigned)gate->filtered);
}

static bool set_gate(struct gate *gate)
{
    struct drill *drill = gate->drill;
    struct bus_filter filter = {
        .kind = BUS_FILTER_CUSTOM, .only = draw_type(drill), .matches = passes, .context = gate};

    gate->of_all = filter.only == NULL; /* else others pass unseen, and are counted */
    gate->says_no = (uint32_t)draw(drill, 1000000);
    return bus_filter_add(drill->bus, &filter, &gate->id) == BUS_OK;
}

static void take_gate(struct gate *gate)
{
    struct drill *drill = gate->drill;

    (void)bus_filters_each(drill->bus, look_at_gate, gate);
    if (drill->sabotage == SABOTAGE_GATE) {
        gate->gone = true;
        bus_simulation_sleep(drill->simulation, BUS_MILLISECOND);
    }
    if (bus_filter_remove(drill->bus, gate->id) != BUS_OK)
        drill_wrong(drill, "a filter is not removed: %s", bus_last_error());
    gate->gone = true;
}

/* ---- middleware ---- */

static enum bus_verdict around(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    struct screen *screen = context;
    struct drill *drill = screen->drill;
    enum bus_verdict verdict;
    uint32_t i = 0;

    if (screen->gone)
        drill_wrong(drill, "middleware was called after it was removed");
    while (screen->deliveries[i] != NULL)
        i++;
    screen->deliveries[i] = delivery;
    screen->inside++;
    if (!drill->calm && bus_simulation_chance(drill->simulation, 50000)) {
        drill->runs++; /* a run all the same */
        drill->screened++;
        verdict = bus_fail(delivery, &(struct bus_error){.transient = true, .text = "not today"});
    } else {
        verdict = bus_middleware_next(next, delivery);
    }
    screen->inside--;
    screen->deliveries[i] = NULL;
    return verdict;
}

static bool is_inside(const struct screen *screen, const struct bus_delivery *delivery)
{
    uint32_t i;

    for (i = 0; i < sizeof screen->deliveries / sizeof screen->deliveries[0]; i++)
        if (screen->deliveries[i] == delivery)
            return true;
    return false;
}

void drill_see_screens(struct drill *drill, uint64_t number, const struct bus_delivery *delivery)
{
    uint32_t i;

    for (i = 0; i < GATES; i++) {
        const struct screen *screen = &drill->screens[i];

        if (screen->there && number >= screen->since && !is_inside(screen, delivery))
            drill_wrong(drill, "urgent %u ran outside of its middleware", (unsigned)number);
    }
}

static bool set_screen(struct screen *screen)
{
    struct drill *drill = screen->drill;
    struct bus_middleware middleware = {.kind = BUS_MIDDLEWARE_CUSTOM,
                                        .only = &drill_urgent_type,
                                        .around = around,
                                        .context = screen};

    if (drill->sabotage != SABOTAGE_SCREEN &&
        bus_middleware_add(drill->bus, &middleware, &screen->id) != BUS_OK)
        return false;
    screen->since = drill->numbers[KIND_urgent];
    screen->there = true;
    return true;
}

static void take_screen(struct screen *screen)
{
    struct drill *drill = screen->drill;

    screen->there = false;
    if (drill->sabotage != SABOTAGE_SCREEN &&
        bus_middleware_remove(drill->bus, screen->id) != BUS_OK)
        drill_wrong(drill, "middleware is not removed: %s", bus_last_error());
    if (screen->inside != 0)
        drill_wrong(drill, "middleware was removed, and %u runs are inside", screen->inside);
    screen->gone = true;
}

/* ---- who adds and removes them ---- */

static void guard(void *argument)
{
    struct drill *drill = argument;
    uint32_t i;

    for (i = 0; i < GATES; i++) {
        struct gate *gate = &drill->gates[i];
        struct screen *screen = &drill->screens[i];
        bool has_gate, has_screen;

        gate->drill = screen->drill = drill;
        has_gate = draw(drill, 2) == 0 && set_gate(gate);
        has_screen = draw(drill, 2) == 0 && set_screen(screen);
        bus_simulation_sleep(drill->simulation, draw(drill, 4 * BUS_MILLISECOND));
        if (has_gate)
            take_gate(gate);
        bus_simulation_sleep(drill->simulation, draw(drill, BUS_MILLISECOND));
        if (has_screen)
            take_screen(screen);
    }
    drill->busy--;
}

void drill_guard(struct drill *drill)
{
    drill_spawn_one(drill, "guard", guard, drill);
}

/* ---- the last of each key ---- */

void drill_see_state(struct drill *drill, uint64_t number)
{
    const struct message_record *record = &drill->messages[KIND_state][number];

    drill->last_state[record->origin % ORIGINS][record->key % STATES] = (uint32_t)number + 1;
}

/* One that was accepted is run or replaced; the newest is run, and after all others. */
static void check_states(struct drill *drill)
{
    uint32_t newest[ORIGINS][STATES] = {{0}};
    struct bus_account account = {0};
    uint64_t unseen = 0;
    uint32_t i, key;

    for (i = 0; i < NUMBERS; i++) {
        const struct message_record *record = &drill->messages[KIND_state][i];

        if (!record->accepted)
            continue;
        newest[record->origin][record->key] = i + 1;
        unseen += record->by[1].runs == 0;
    }
    for (i = 0; i < ORIGINS; i++)
        for (key = 0; key < STATES; key++)
            if (drill->last_state[i][key] != newest[i][key])
                drill_wrong(drill, "state %u of %u is the newest, and %u came at last",
                            newest[i][key] - 1, i * STATES + key, drill->last_state[i][key] - 1);
    if (bus_account(drill->bus, &drill_state_type, &account) != BUS_OK ||
        account.replaced != unseen)
        drill_wrong(drill, "%u states were replaced, %u were never seen",
                    (unsigned)account.replaced, (unsigned)unseen);
}

/* ---- the end ---- */

/* What was published is what was accepted, what was filtered, and what was refused. Replays may be
 * refused, too; without memory a thread has nothing to count with. */
static void check_filtered(struct drill *drill, enum kind kind)
{
    const char *name = bus_type_name(drill_type(kind));
    struct bus_account account = {0};
    uint64_t refused, other;

    (void)bus_account(drill->bus, drill_type(kind), &account);
    refused = account.rejected + account.throttled + account.closed + account.invalid;
    if (account.filtered != drill->filtered[kind] || account.filtered != drill->said_no[kind])
        drill_wrong(drill, "%s: %u were filtered, filters said no to %u, the account has %u", name,
                    (unsigned)drill->filtered[kind], (unsigned)drill->said_no[kind],
                    (unsigned)account.filtered);
    other = drill->numbers[kind] - drill->accepted[kind] - account.filtered - drill->expired[kind];
    if (refused < other && drill->faults.memory == 0)
        drill_wrong(drill, "%s: %u were published, %u accepted, %u filtered, %u refused", name,
                    drill->numbers[kind], (unsigned)drill->accepted[kind],
                    (unsigned)account.filtered, (unsigned)refused);
}

void drill_check_pipeline(struct drill *drill)
{
    struct bus_schedule_figures figures = {0};
    struct bus_account account = {0};
    uint32_t kind;

    for (kind = 0; kind < KINDS; kind++)
        check_filtered(drill, (enum kind)kind);
    (void)bus_account(drill->bus, &drill_timed_type, &account);
    (void)bus_schedule_figures_read(drill->bus, &figures);
    if (account.filtered != drill->said_no[KINDS] || figures.refused != account.filtered)
        drill_wrong(drill, "filters said no to %u plans, the account has %u, the figures %u",
                    (unsigned)drill->said_no[KINDS], (unsigned)account.filtered,
                    (unsigned)figures.refused);
    if (drill->faults.memory == 0) /* without it a run fails before the handler */
        check_states(drill);
}
