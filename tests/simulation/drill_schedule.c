/* drill_schedule.c - see drill.h: events for later, while the wall clock is set by a year. */
#define BUS_VIEWS
#include <bus/schedule.h>

#include "drill.h"

#define YEAR (UINT64_C(365) * 24 * 3600 * BUS_SECOND)
/* Until the bus has noticed that the wall clock was set. */
#define NOTICED (11 * BUS_SECOND)

static uint64_t draw(struct drill *drill, uint64_t bound)
{
    return bus_simulation_draw(drill->simulation, bound);
}

static uint64_t monotonic(const struct drill *drill)
{
    return drill->os.monotonic_ns(drill->os.context);
}

/* ---- the clock that is set ---- */

static struct drill *here; /* the clock has the simulation for its context */

static uint64_t moved_clock(void *context)
{
    uint64_t now = bus_simulation_os(here->simulation)->real_ns(context) + here->clock_moved;

    if (now > here->clock_most)
        here->clock_most = now;
    return now;
}

void drill_move_clock(struct drill *drill)
{
    here = drill;
    drill->os.real_ns = moved_clock;
}

static void set_clock(struct drill *drill, bool forward)
{
    (void)moved_clock(drill->os.context); /* what it has been at most */
    drill->clock_moved += forward ? YEAR : -YEAR;
    drill->clock_moves++;
}

/* ---- the events ---- */

/* A time for each interval that has passed, and one more each time that the clock was set. */
static bool is_too_often(const struct drill *drill, const struct plan *plan, uint64_t now)
{
    if (plan->every_ns == 0)
        return plan->runs > 1;
    if (plan->at)
        return plan->runs >
               (now - plan->made_ns) / plan->every_ns + 2 + 2 * (uint64_t)drill->clock_moves;
    return plan->runs > (now - plan->due_ns) / plan->every_ns + 1;
}

static enum bus_verdict on_timed(void *context, const struct drill_timed *event,
                                 struct bus_delivery *delivery)
{
    struct drill *drill = context;
    struct plan *plan = &drill->plans[event->number % PLANS];
    uint64_t now = monotonic(drill);

    (void)delivery;
    drill->runs++;
    plan->runs++;
    (void)moved_clock(drill->os.context);
    if (plan->at ? drill->clock_most < plan->due_ns : now < plan->due_ns)
        drill_wrong(drill, "plan %u ran before its time", (unsigned)event->number);
    else if (is_too_often(drill, plan, now))
        drill_wrong(drill, "plan %u ran %u times, more often than it was due",
                    (unsigned)event->number, plan->runs);
    return BUS_DONE;
}

bool drill_listen_for_plans(struct drill *drill)
{
    return drill_timed_subscribe(drill->bus, on_timed, drill, NULL) == BUS_OK;
}

static void make(struct drill *drill, uint32_t number)
{
    struct plan *plan = &drill->plans[number];
    struct bus_schedule when = {.after_ns = 1 + draw(drill, 40 * BUS_MILLISECOND)};

    plan->at = draw(drill, 3) == 0;
    plan->made_ns = monotonic(drill);
    if (draw(drill, 3) == 0)
        plan->every_ns = when.every_ns = BUS_MILLISECOND + draw(drill, 5 * BUS_MILLISECOND);
    if (plan->at) {
        when.at_ns = moved_clock(drill->os.context) + when.after_ns;
        when.after_ns = 0;
        plan->due_ns = when.at_ns;
    } else {
        plan->due_ns = monotonic(drill) + when.after_ns;
    }
    if (drill->sabotage == SABOTAGE_EARLY)
        plan->due_ns += BUS_SECOND;
    plan->made = drill_timed_schedule(drill->bus, &(struct drill_timed){.number = number}, &when,
                                      &plan->id) == BUS_OK;
    plan->took_ns = monotonic(drill) - plan->made_ns;
}

static void make_plans(void *argument)
{
    struct drill *drill = argument;
    uint32_t i;

    for (i = 0; i < PLANS; i++) {
        make(drill, i);
        bus_simulation_sleep(drill->simulation, draw(drill, 4 * BUS_MILLISECOND));
        if (draw(drill, 4) == 0)
            set_clock(drill, draw(drill, 2) == 0);
        if (draw(drill, 4) == 0) {
            struct plan *one = &drill->plans[draw(drill, i + 1)];

            if (one->made && bus_schedule_cancel(drill->bus, one->id) == BUS_OK)
                one->cancelled = true; /* one that recurs may just have been published */
        }
    }
    drill->busy--;
}

void drill_plan(struct drill *drill)
{
    drill_spawn_one(drill, "planner", make_plans, drill);
}

/* ---- the end ---- */

/* The times of one that recurs are the first one and whole intervals. */
static bool look_at_phase(void *context, const struct bus_scheduled *scheduled)
{
    struct drill *drill = context;
    uint64_t number = drill_timed_view_number(drill_timed_view(scheduled->bytes));
    const struct plan *plan = &drill->plans[number % PLANS];
    uint64_t due = scheduled->due_ns, off;

    if (scheduled->every_ns == 0)
        return true;
    if (plan->at) {
        off = due > plan->due_ns ? (due - plan->due_ns) % plan->every_ns
                                 : (plan->due_ns - due) % plan->every_ns;
        if (off != 0)
            drill_wrong(drill, "plan %u has lost its phase", (unsigned)number);
        return true;
    }
    /* It follows the other clock, the time of which was made with two looks at clocks. */
    due -= moved_clock(drill->os.context) - monotonic(drill);
    off = (due + BUS_MICROSECOND * 100 - plan->due_ns) % plan->every_ns;
    if (off > plan->took_ns + 200 * BUS_MICROSECOND)
        drill_wrong(drill, "plan %u has lost its phase by %u ns", (unsigned)number, (unsigned)off);
    return true;
}

/* What recurs has gone on, what was cancelled has not. */
static void end_plan(struct drill *drill, uint32_t number)
{
    struct plan *plan = &drill->plans[number];
    bool waits = bus_schedule_cancel(drill->bus, plan->id) == BUS_OK;

    if (waits && plan->cancelled)
        drill_wrong(drill, "plan %u was cancelled and waits on", number);
    if (waits && plan->every_ns == 0)
        drill_wrong(drill, "plan %u waits on after its time", number);
    if (!waits && plan->every_ns != 0 && !plan->cancelled)
        drill_wrong(drill, "plan %u does not go on", number);
    if (plan->cancelled && plan->runs != plan->runs_before)
        drill_wrong(drill, "plan %u was cancelled and goes on", number);
    if (plan->every_ns != 0 && !plan->at && !plan->cancelled && plan->runs == plan->runs_before)
        drill_wrong(drill, "plan %u stands still", number);
    plan->runs_before = plan->runs;
}

static void end_plans(struct drill *drill, bool recurring)
{
    uint32_t i;

    for (i = 0; i < PLANS; i++)
        if (drill->plans[i].made && (drill->plans[i].every_ns != 0) == recurring)
            end_plan(drill, i);
}

void drill_end_plans(struct drill *drill)
{
    bool any = false;
    uint32_t i;

    bus_simulation_sleep(drill->simulation, 300 * BUS_MILLISECOND); /* what is queued, comes */
    for (i = 0; i < PLANS; i++) {
        drill->plans[i].runs_before = drill->plans[i].runs;
        any |= drill->plans[i].made;
    }
    if (!any)
        return;
    bus_simulation_sleep(drill->simulation, 100 * BUS_MILLISECOND);
    (void)bus_schedules_each(drill->bus, &drill_timed_type, look_at_phase, drill, NULL);
    end_plans(drill, true);
    /* Now nothing of the wall clock's waits either. Set back, nothing comes again. */
    while (moved_clock(drill->os.context) < drill->clock_most)
        set_clock(drill, true);
    bus_simulation_sleep(drill->simulation, NOTICED);
    set_clock(drill, false);
    bus_simulation_sleep(drill->simulation, NOTICED);
    end_plans(drill, false);
}

void drill_check_plans(struct drill *drill)
{
    struct bus_schedule_figures figures = {0};
    struct bus_account account = {0};
    uint32_t i;

    for (i = 0; i < PLANS; i++) {
        const struct plan *one = &drill->plans[i];

        if (!one->made || drill->faults.memory != 0)
            continue;
        if (one->every_ns == 0 && one->runs + one->refused != (one->cancelled ? 0 : 1))
            drill_wrong(drill, "plan %u ran %u times, was filtered %u times%s", i, one->runs,
                        one->refused, one->cancelled ? ", and was cancelled" : "");
        if (one->runs != one->runs_before && one->every_ns != 0 && one->runs > one->runs_before + 1)
            drill_wrong(drill, "plan %u was cancelled at the end and goes on", i);
    }
    if (bus_schedule_figures_read(drill->bus, &figures) != BUS_OK || figures.waiting != 0 ||
        figures.scheduled != figures.ended + figures.cancelled)
        drill_wrong(drill, "of %u plans %u ended, %u were cancelled, %u wait",
                    (unsigned)figures.scheduled, (unsigned)figures.ended,
                    (unsigned)figures.cancelled, (unsigned)figures.waiting);
    if (bus_account(drill->bus, &drill_timed_type, &account) != BUS_OK ||
        !bus_account_balances(&account) || account.accepted < figures.published ||
        (account.accepted != figures.published && drill->faults.memory == 0))
        drill_wrong(drill, "%u plans were published, %u accepted", (unsigned)figures.published,
                    (unsigned)account.accepted);
    drill->again += account.accepted - figures.published;
}
