/* drill.c - see drill.h: the course of a run. */
#include "drill.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE (600 * BUS_SECOND)

void drill_wrong(struct drill *drill, const char *format, ...)
{
    va_list arguments;

    if (drill->wrong[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(drill->wrong, sizeof drill->wrong, format, arguments);
    va_end(arguments);
}

static uint32_t draw(struct drill *drill, uint32_t bound)
{
    return (uint32_t)bus_simulation_draw(drill->simulation, bound);
}

/* ---- the bus ---- */

static struct drill *sabotaged; /* of the wake below, which has no context of its own */

static void lossy_wake(void *context, const bus_os_word *word, bool all)
{
    if (!sabotaged->calm && bus_simulation_chance(sabotaged->simulation, 20000))
        return;
    bus_simulation_os(sabotaged->simulation)->wake(context, word, all);
}

static void decide(struct drill *drill)
{
    drill->polled = draw(drill, 6) == 0;
    drill->workers = drill->polled ? 1 : 1 + draw(drill, 3);
    drill->concurrent = draw(drill, 2) == 0;
    drill->publishers = 1 + draw(drill, 4);
    drill->actions = 20 + draw(drill, 60);
    drill->pause_ns = draw(drill, 3) == 0 ? 0 : 1 + draw(drill, 400000);
    drill->failing = draw(drill, 4) == 0 ? 0 : draw(drill, 400000);
    drill->down_from_ns = draw(drill, 20) * BUS_MILLISECOND;
    drill->down_until_ns = drill->down_from_ns + draw(drill, 150) * BUS_MILLISECOND;
}

static bool open_drill_bus(struct drill *drill)
{
    struct bus_options options = {
        .name = "drill",
        .schema = &drill_schema,
        .workers = drill->workers,
        .polled = drill->polled,
        .pool_bytes = 16384 + draw(drill, 4) * 16384,
        .threads_max = 16,
        .sessions_max = 4,
        .commands_max = 8,
        .handlers_max = 64,
        .held_max = 4 + draw(drill, 60),
        .dead_letters_max = 1 + draw(drill, 60),
        .dead_letter_bytes = 16384,
        .dead_letters_when_full =
            draw(drill, 2) == 0 ? BUS_LETTERS_DROP_OLDEST : BUS_LETTERS_REFUSE_NEW,
        .schedule_max = 64,
        .errors_kept = 16,
        .os = &drill->os,
    };
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++)
        options.capacity[level] = 2 + draw(drill, 40);
    drill->os = *bus_simulation_os(drill->simulation);
    if (drill->sabotage == SABOTAGE_WAKE)
        drill->os.wake = lossy_wake;
    drill_move_clock(drill);
    sabotaged = drill;
    if (bus_open(&drill->bus, &options) != BUS_OK) {
        drill_wrong(drill, "bus_open: %s", bus_last_error());
        return false;
    }
    return true;
}

/* ---- the rough phase ---- */

static struct bus_simulation_faults draw_faults(struct drill *drill)
{
    struct bus_simulation_faults faults = {0};

    if (draw(drill, 2) == 0)
        faults.early = draw(drill, 100000);
    if (draw(drill, 2) == 0) {
        faults.stalls = draw(drill, 20000);
        faults.stall_ns = 1 + draw(drill, 10000000);
    }
    if (draw(drill, 4) == 0)
        faults.barriers = draw(drill, 300000);
    if (draw(drill, 4) == 0)
        faults.memory = draw(drill, 200000);
    return faults;
}

/* Until every thread of it has ended. */
static bool be_rough(struct drill *drill)
{
    enum bus_status status;
    uint32_t i;

    drill->faults = draw_faults(drill);
    if (bus_start(drill->bus) != BUS_OK) {
        drill_wrong(drill, "bus_start: %s", bus_last_error());
        return false;
    }
    if (drill->polled &&
        bus_simulation_spawn(drill->simulation, "poller", drill_poll, drill) != BUS_OK) {
        drill_wrong(drill, "the poller: %s", bus_last_error());
        return false;
    }
    /* Without memory a delivery fails before its handler could note it. */
    if (!drill_spawn(drill, drill->faults.memory == 0))
        return false;
    bus_simulation_inject(drill->simulation, &drill->faults);
    if (drill->polled) { /* its poller goes on */
        for (i = 0; i < 10000 && drill->busy != 0; i++)
            bus_simulation_sleep(drill->simulation, 10 * BUS_MILLISECOND);
        status = drill->busy == 0 ? BUS_OK : BUS_ERR_TIMEOUT;
    } else {
        status = bus_simulation_run(drill->simulation, PATIENCE);
    }
    bus_simulation_inject(drill->simulation, NULL);
    if (status != BUS_OK)
        drill_wrong(drill, "the rough phase does not end: %s", bus_last_error());
    return status == BUS_OK;
}

/* ---- the calm phase ---- */

/* Which messages are not done. */
static void say_unfinished(struct drill *drill, const char *what)
{
    struct bus_account account;
    char text[256] = "";
    size_t at = 0;
    uint32_t i;

    for (i = 0; i < drill_schema.message_count && at < sizeof text; i++)
        if (bus_account(drill->bus, drill_schema.messages[i], &account) == BUS_OK &&
            (account.held + account.running != 0 || !bus_account_balances(&account)))
            at += (size_t)snprintf(
                text + at, sizeof text - at, " %s: %u accepted, %u held, %u run;",
                bus_type_name(drill_schema.messages[i]), (unsigned)account.accepted,
                (unsigned)account.held, (unsigned)account.running);
    drill_wrong(drill, "calm, and %s;%s", what, text);
}

/* Until nothing is held, parked messages included. */
static bool wait_until_empty(struct drill *drill)
{
    struct bus_account account = {0};
    uint32_t i;

    if (!drill->polled && bus_wait_idle(drill->bus, 100 * BUS_SECOND) != BUS_OK) {
        say_unfinished(drill, "bus_wait_idle ends in vain");
        return false;
    }
    for (i = 0; i < 1000; i++) {
        if (bus_account(drill->bus, NULL, &account) == BUS_OK && account.held == 0 &&
            account.running == 0)
            return true;
        bus_simulation_sleep(drill->simulation, 100 * BUS_MILLISECOND);
    }
    say_unfinished(drill, "messages are still held");
    return false;
}

/* Breakers close again, and then every message is processed. */
static bool come_to_rest(struct drill *drill)
{
    uint32_t round, kind;

    drill->calm = true;
    drill_end_plans(drill);
    if (!wait_until_empty(drill))
        return false;
    for (round = 0; round < ROUNDS; round++) {
        for (kind = 0; kind < KINDS; kind++) {
            uint32_t number = drill->numbers[kind];

            if (number == NUMBERS)
                continue;
            if (!bus_accepted(
                    drill_publish(drill, (enum kind)kind, 0, (struct bus_session){0, 0}))) {
                drill_wrong(drill, "calm, and %s is refused: %s",
                            bus_type_name(drill_type((enum kind)kind)), bus_last_error());
                return false;
            }
            if (!wait_until_empty(drill))
                return false;
            if (round == ROUNDS - 1 && drill->messages[kind][number].by[0].ok == 0 &&
                drill->sabotage != SABOTAGE_ORDER)
                drill_wrong(drill, "calm, and %s %u was not processed",
                            bus_type_name(drill_type((enum kind)kind)), number);
        }
        bus_simulation_sleep(drill->simulation, 100 * BUS_MILLISECOND);
    }
    return true;
}

/* Letters go when they are run again now, but for those of handlers that are gone. */
static bool replay_letters(struct drill *drill)
{
    struct bus_dead_letter_figures figures;
    struct bus_replay_result result;

    drill->replays++;
    if (bus_dead_letters_replay(drill->bus, NULL, 0, PATIENCE, &result) != BUS_OK) {
        drill_wrong(drill, "bus_dead_letters_replay: %s", bus_last_error());
        return false;
    }
    if (!wait_until_empty(drill))
        return false;
    if (bus_dead_letter_figures_read(drill->bus, &figures) != BUS_OK ||
        figures.waiting != result.failed + result.behind)
        drill_wrong(drill, "%u letters wait after a replay, not %u", (unsigned)figures.waiting,
                    (unsigned)(result.failed + result.behind));
    return true;
}

/* ---- all of it ---- */

static bool end(struct drill *drill)
{
    struct bus_left left;

    drill->closing = true;
    if (bus_simulation_run(drill->simulation, PATIENCE) != BUS_OK)
        drill_wrong(drill, "threads do not end: %s", bus_last_error());
    else if (bus_stop(drill->bus, 10 * BUS_SECOND, &left) != BUS_OK || left.messages != 0)
        drill_wrong(drill, "bus_stop: %s", bus_last_error());
    else
        drill_check(drill);
    if (drill->wrong[0] == '\0' && bus_close(&drill->bus) != BUS_OK)
        drill_wrong(drill, "bus_close: %s", bus_last_error());
    return drill->wrong[0] == '\0';
}

bool drill_run(struct drill *drill, uint64_t seed, enum sabotage sabotage)
{
    memset(drill, 0, sizeof *drill);
    drill->seed = seed;
    drill->sabotage = sabotage;
    if (bus_simulation_open(
            &drill->simulation,
            &(struct bus_simulation_options){.seed = seed, .most_steps = 20000000}) != BUS_OK) {
        drill_wrong(drill, "bus_simulation_open: %s", bus_last_error());
        return false;
    }
    decide(drill);
    return open_drill_bus(drill) && drill_attach(drill) && be_rough(drill) && come_to_rest(drill) &&
           replay_letters(drill) && end(drill);
}
