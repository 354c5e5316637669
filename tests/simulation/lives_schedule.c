/* lives_schedule.c - see lives.h: what is scheduled in one life and due in another. */
#define BUS_VIEWS
#include "lives.h"

/* What a look at two clocks may be off. */
#define SLACK (100 * BUS_MICROSECOND)

static uint64_t draw(struct lives *lives, uint64_t bound)
{
    return bus_simulation_draw(lives->simulation, bound);
}

static uint64_t wall(struct lives *lives)
{
    const struct bus_os *os = bus_simulation_os(lives->simulation);

    return os->real_ns(os->context);
}

/* ---- what is due ---- */

void lives_note_due(struct lives *lives, uint64_t number)
{
    const struct lasting_record *record = &lives->records[LASTING_timed][number];

    if (wall(lives) + SLACK < record->due_ns)
        lives_wrong(lives, "life %u: %s %u ran before its time", lives->life,
                    bus_type_name(&lives_timed_type), (unsigned)number);
}

/* Of times that were missed while nobody was there one comes, and one of a publish that the disk
 * was not told of any more. */
static enum bus_verdict on_ticked(void *context, const struct lives_ticked *event,
                                  struct bus_delivery *delivery)
{
    struct lives *lives = context;
    struct tick *tick = &lives->ticks[event->number % TICKS];
    uint64_t now = wall(lives), first;

    (void)delivery;
    if (!lives->disk.power)
        return BUS_DONE;
    lives->runs++;
    tick->runs_now++;
    first = tick->due_ns > lives->begun_ns ? tick->due_ns : lives->begun_ns;
    if (!tick->may_run)
        lives_wrong(lives, "life %u: tick %u came, but was not on disk, nor scheduled", lives->life,
                    (unsigned)event->number);
    else if (now + SLACK < tick->due_ns)
        lives_wrong(lives, "life %u: tick %u came before its time", lives->life,
                    (unsigned)event->number);
    else if (tick->runs_now > (now + SLACK - first) / tick->every_ns + 3)
        lives_wrong(lives, "life %u: tick %u came %u times", lives->life, (unsigned)event->number,
                    tick->runs_now);
    return BUS_DONE;
}

bool lives_listen(struct lives *lives)
{
    uint32_t i;

    lives->begun_ns = wall(lives);
    for (i = 0; i < TICKS; i++)
        lives->ticks[i].runs_now = 0;
    return lives_ticked_subscribe(lives->bus, on_ticked, lives, NULL) == BUS_OK;
}

/* ---- who schedules ---- */

static uint64_t unsaved(struct lives *lives)
{
    struct bus_schedule_figures figures = {0};

    (void)bus_schedule_figures_read(lives->bus, &figures);
    return figures.unsaved;
}

/* A time soon; its due time by the wall clock, if nobody is interrupted meanwhile. */
static struct bus_schedule draw_time(struct lives *lives, uint64_t *due_ns)
{
    struct bus_schedule when = {.after_ns = 1 + draw(lives, 60 * BUS_MILLISECOND)};

    *due_ns = wall(lives) + when.after_ns;
    if (draw(lives, 2) == 0)
        when = (struct bus_schedule){.at_ns = *due_ns};
    return when;
}

/* On return it is on disk, if the bus says so. A polled bus does not know its thread before that
 * has polled. */
static bool is_saved(struct lives *lives, enum bus_status status, uint64_t unsaved_before)
{
    return status == BUS_OK && lives->disk.power && (!lives->polled || lives->polls) &&
           unsaved(lives) == unsaved_before;
}

static void schedule_once(struct lives *lives)
{
    uint32_t number = lives->numbers[LASTING_timed];
    struct lasting_record *record = &lives->records[LASTING_timed][number];
    uint64_t before = unsaved(lives);
    bool polls = lives->polls;
    struct bus_schedule when;
    enum bus_status status;

    if (number == LASTING_NUMBERS)
        return;
    lives->numbers[LASTING_timed]++;
    record->tried = record->may_run = record->again = true;
    when = draw_time(lives, &record->due_ns);
    status = lives_timed_schedule(lives->bus, &(struct lives_timed){.number = number}, &when,
                                  &record->entry);
    record->acked = is_saved(lives, status, before) && (polls || !lives->polled);
    if (status != BUS_OK && lives->disk.power)
        record->may_run = false;
}

static void schedule_ticks(struct lives *lives)
{
    struct tick *tick = &lives->ticks[lives->tick_count];
    uint64_t number = lives->tick_count, before = unsaved(lives), begin = wall(lives);
    bool polls = lives->polls;
    struct bus_schedule when;
    enum bus_status status;

    if (number == TICKS)
        return;
    lives->tick_count++;
    tick->may_run = true;
    when = draw_time(lives, &tick->due_ns);
    when.every_ns = tick->every_ns = BUS_MILLISECOND + draw(lives, 5 * BUS_MILLISECOND);
    status = lives_ticked_schedule(lives->bus, &(struct lives_ticked){.number = number}, &when,
                                   &tick->entry);
    tick->saved = is_saved(lives, status, before) && (polls || !lives->polled);
    tick->took_ns = when.at_ns != 0 ? 0 : wall(lives) - begin;
    if (status != BUS_OK && lives->disk.power)
        tick->may_run = false;
}

static void cancel_ticks(struct lives *lives, uint32_t number)
{
    struct tick *tick = &lives->ticks[number];
    enum bus_status status;

    if (tick->entry == 0)
        return;
    status = bus_schedule_cancel(lives->bus, tick->entry);
    if (status == BUS_OK)
        tick->cancelled = true;
    else if (status == BUS_ERR_NOT_REGISTERED && tick->may_run && !tick->cancelled)
        lives_wrong(lives, "life %u: tick %u does not go on", lives->life, number);
}

static void cancel_once(struct lives *lives, uint32_t number)
{
    struct lasting_record *record = &lives->records[LASTING_timed][number];

    uint64_t lost = lives->disk.entry_removals_lost;
    bool waits = !lives->polled || lives->polls;

    if (record->entry == 0 || bus_schedule_cancel(lives->bus, record->entry) != BUS_OK)
        return;
    if (waits && lives->disk.power && lives->disk.entry_removals_lost == lost)
        record->removed = true; /* somebody has been told so */
    record->acked = false;
    record->may_run =
        record->on_disk || record->lettered; /* was published before, the disk not told */
}

void lives_plan(void *argument)
{
    struct lives *lives = argument;
    uint32_t i;

    for (i = 0; i < 20 && lives->disk.power; i++) {
        uint64_t what = draw(lives, 8);

        if (what == 0)
            schedule_ticks(lives);
        else if (what == 1 && lives->tick_count != 0)
            cancel_ticks(lives, (uint32_t)draw(lives, lives->tick_count));
        else if (what == 2 && lives->numbers[LASTING_timed] != 0)
            cancel_once(lives, (uint32_t)draw(lives, lives->numbers[LASTING_timed]));
        else
            schedule_once(lives);
        bus_simulation_sleep(lives->simulation, draw(lives, 3 * BUS_MILLISECOND));
    }
    lives->busy--;
}

/* ---- the last life ---- */

static bool wait_for_timed(struct lives *lives)
{
    uint64_t shown = 1;
    uint32_t i;

    for (i = 0; i < 1000; i++) {
        struct bus_schedule_figures figures = {0};
        uint32_t ticks = 0, j;

        for (j = 0; j < TICKS; j++)
            ticks += lives->ticks[j].on_disk;
        if (bus_schedule_figures_read(lives->bus, &figures) == BUS_OK && figures.waiting <= ticks)
            return true;
        shown = figures.waiting - ticks;
        bus_simulation_sleep(lives->simulation, 10 * BUS_MILLISECOND);
    }
    lives_wrong(lives, "calm, and %u events wait on after their time", (unsigned)shown);
    return false;
}

/* A disk with little room for requests may need a moment. */
static bool cancel_in_calm(struct lives *lives, uint64_t entry)
{
    enum bus_status status;
    uint32_t i;

    for (i = 0; (status = bus_schedule_cancel(lives->bus, entry)) == BUS_ERR_LIMIT && i < 100; i++)
        bus_simulation_sleep(lives->simulation, BUS_MILLISECOND);
    return status == BUS_OK;
}

bool lives_end_plans(struct lives *lives)
{
    uint32_t i;

    if (!wait_for_timed(lives))
        return false;
    bus_simulation_sleep(lives->simulation, 100 * BUS_MILLISECOND);
    for (i = 0; i < TICKS; i++) {
        struct tick *tick = &lives->ticks[i];

        if (!tick->on_disk)
            continue;
        if (tick->runs_now == 0)
            lives_wrong(lives, "calm, and tick %u does not come", i);
        if (!cancel_in_calm(lives, tick->entry))
            lives_wrong(lives, "calm, and tick %u is not cancelled: %s", i, bus_last_error());
        tick->cancelled = true;
    }
    return lives->wrong[0] == '\0';
}

/* ---- the disk ---- */

void lives_removed(struct lives *lives, uint64_t entry)
{
    uint32_t i;

    for (i = 0; i < TICKS; i++)
        if (lives->ticks[i].entry == entry)
            lives->ticks[i].removed = true;
    for (i = 0; i < LASTING_NUMBERS; i++)
        if (lives->records[LASTING_timed][i].entry == entry)
            lives->records[LASTING_timed][i].removed = true;
}

void lives_forget_entries(struct lives *lives)
{
    uint32_t i;

    for (i = 0; i < TICKS; i++)
        lives->ticks[i].on_disk = false;
    for (i = 0; i < LASTING_NUMBERS; i++)
        lives->records[LASTING_timed][i].scheduled = false;
}

static void see_tick(struct lives *lives, struct tick *tick, const struct bus_stored *stored)
{
    uint32_t number = (uint32_t)(tick - lives->ticks);
    uint64_t slack = tick->took_ns != 0 ? SLACK : 0;
    uint64_t off =
        (stored->due_ns + slack + tick->every_ns - tick->due_ns % tick->every_ns) % tick->every_ns;

    tick->on_disk = true;
    tick->entry = stored->number; /* its call may have ended after the power was cut */
    if (tick->removed)
        lives_wrong(lives, "life %u: tick %u was removed from disk, and is there again",
                    lives->life, number);
    if (off > 2 * slack + tick->took_ns)
        lives_wrong(lives, "life %u: tick %u has lost its phase on disk, by %u ns", lives->life,
                    number, (unsigned)off);
}

void lives_see_entry(struct lives *lives, const struct bus_stored *stored)
{
    uint64_t number = lives_timed_view_number(lives_timed_view(stored->bytes));
    struct lasting_record *record = &lives->records[LASTING_timed][number % LASTING_NUMBERS];

    if (stored->type_id == lives_ticked_type.id) {
        see_tick(lives, &lives->ticks[number % TICKS], stored);
        return;
    }
    if (stored->type_id != lives_timed_type.id || !record->tried)
        lives_wrong(lives, "life %u: %s %u is on disk and was never scheduled", lives->life,
                    stored->message, (unsigned)number);
    record->scheduled = true;
    record->entry = stored->number;
    if (record->removed)
        lives_wrong(lives, "life %u: %s %u was removed from disk, and is there again", lives->life,
                    stored->message, (unsigned)number);
}

/* What is there although it was cancelled or published is there for want of a removal. */
void lives_compare_entries(struct lives *lives, bool killed)
{
    uint64_t stays = 0;
    uint32_t i;

    for (i = 0; i < TICKS; i++) {
        struct tick *tick = &lives->ticks[i];

        if (tick->saved && !tick->cancelled && !tick->on_disk)
            lives_wrong(lives, "life %u: tick %u is lost", lives->life, i);
        stays += tick->on_disk && tick->cancelled;
        if (!tick->on_disk) /* its number may be another one's in the next life */
            tick->entry = 0;
        tick->may_run = tick->on_disk;
        tick->saved = tick->on_disk;
        tick->cancelled = tick->cancelled && !tick->on_disk; /* it has come back */
    }
    for (i = 0; i < LASTING_NUMBERS; i++) {
        struct lasting_record *record = &lives->records[LASTING_timed][i];

        if (!record->scheduled)
            record->entry = 0;
        stays += record->scheduled &&
                 (!record->may_run || (record->ok_now[0] != 0 && record->ok_now[1] != 0));
    }
    if (!killed && stays > lives->disk.entry_removals_lost)
        lives_wrong(lives, "life %u: %u scheduled events stay on disk, %u removals failed",
                    lives->life, (unsigned)stays, (unsigned)lives->disk.entry_removals_lost);
}
