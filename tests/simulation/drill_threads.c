/* drill_threads.c - see drill.h: who works on the bus in the rough phase. */
#include <stdio.h>

#include "drill.h"

static uint64_t draw(struct drill *drill, uint64_t bound)
{
    return bus_simulation_draw(drill->simulation, bound);
}

static void pause_a_while(struct drill *drill)
{
    if (drill->pause_ns != 0)
        bus_simulation_sleep(drill->simulation, draw(drill, drill->pause_ns));
}

/* ---- publishers ---- */

static bool was_accepted(enum bus_outcome outcome)
{
    return outcome == BUS_ANSWERED || outcome == BUS_FAULTED || outcome == BUS_TIMEOUT;
}

static void ask(struct drill *drill)
{
    struct bus_message_options options = {.deadline_ns = 0};
    struct drill_ask_result result;
    uint32_t number;
    enum bus_outcome outcome;

    if (drill->asks == NUMBERS)
        return;
    number = drill->asks++;
    options.ticket = &drill->tickets[number];
    outcome = drill_ask_execute_with(drill->bus, &(struct drill_ask){.number = number}, &options,
                                     &result);
    drill->asks_accepted += was_accepted(outcome);
    drill->asks_cancelled += outcome == BUS_CANCELLED;
    if (outcome == BUS_ANSWERED && result.answer == DRILL_ASK_OK &&
        (result.ok.number != number || drill->asked_ok[number] != 1))
        drill_wrong(drill, "ask %u was answered %u, after %u good runs", number,
                    (unsigned)result.ok.number, (unsigned)drill->asked_ok[number]);
    if (outcome == BUS_ANSWERED && (result.answer == DRILL_ASK_REFUSED) != (number % 16 == 15))
        drill_wrong(drill, "ask %u has the wrong answer", number);
    if (result.run.attempts > 4)
        drill_wrong(drill, "ask %u was run %u times", number, result.run.attempts);
}

static void on_asked(void *context, const struct drill_ask_result *result)
{
    struct drill *drill = context;

    (void)result;
    drill->asks_completed++;
}

static void ask_and_go_on(struct drill *drill)
{
    struct drill_ask ask = {.number = drill->asks};

    if (drill->asks == NUMBERS)
        return;
    drill->asks++;
    if (bus_accepted(drill_ask_execute_async(drill->bus, &ask, NULL, on_asked, drill)))
        drill->asks_awaited++;
}

static void look(struct drill *drill)
{
    struct drill_look_result result;
    uint64_t number = draw(drill, 1000);
    enum bus_outcome outcome =
        drill_look_execute(drill->bus, &(struct drill_look){.number = number}, &result);

    drill->looks_accepted += was_accepted(outcome);
    if (outcome == BUS_ANSWERED && result.ok.number != number)
        drill_wrong(drill, "look %u was answered %u", (unsigned)number, (unsigned)result.ok.number);
    if (result.run.attempts > 3)
        drill_wrong(drill, "look was run %u times", result.run.attempts);
}

struct publisher {
    struct drill *drill;
    uint32_t origin;
};

static struct publisher publishers[ORIGINS];

static void publish(void *argument)
{
    struct publisher *publisher = argument;
    struct drill *drill = publisher->drill;
    uint32_t i;

    for (i = 0; i < drill->actions; i++) {
        uint64_t what = draw(drill, KINDS + 3);

        if (what == KINDS)
            ask(drill);
        else if (what == KINDS + 1)
            look(drill);
        else if (what == KINDS + 2)
            ask_and_go_on(drill);
        else
            bus_ignore(drill_publish(drill, (enum kind)what, publisher->origin,
                                     (struct bus_session){0, 0}));
        pause_a_while(drill);
    }
    drill->busy--;
}

/* ---- who answers what was deferred, who cancels ---- */

static void answer_one(struct drill *drill)
{
    uint32_t which = (uint32_t)draw(drill, drill->deferred_count);
    struct bus_token token = drill->deferred[which].token;
    uint64_t number = drill->deferred[which].number;
    enum bus_status status;

    drill->deferred[which] = drill->deferred[--drill->deferred_count];
    if (draw(drill, 8) == 0)
        return; /* forgotten */
    if (bus_simulation_chance(drill->simulation, drill->failing)) {
        status = bus_token_fail(token, &(struct bus_error){.transient = true, .text = "tired"});
    } else {
        drill->asked_ok[number % NUMBERS]++; /* before anybody can see it */
        status = drill_ask_complete_return(token, &(struct drill_ask_ok){.number = number});
        drill->asked_ok[number % NUMBERS] -= status != BUS_OK;
    }
    /* Once and no more, unless the first one was refused for want of memory. */
    if ((status == BUS_OK || status == BUS_ERR_STATE) &&
        drill_ask_complete_return(token, &(struct drill_ask_ok){.number = 0}) == BUS_OK)
        drill_wrong(drill, "ask %u was answered twice", (unsigned)number);
}

static void be_clerk(void *argument)
{
    struct drill *drill = argument;
    uint32_t round;

    for (round = 0; round < 60; round++) {
        bus_simulation_sleep(drill->simulation, draw(drill, BUS_MILLISECOND));
        if (drill->deferred_count != 0)
            answer_one(drill);
    }
    drill->clerk = false;
    while (drill->deferred_count != 0)
        answer_one(drill);
    drill->busy--;
}

static void cancel(void *argument)
{
    struct drill *drill = argument;
    uint32_t round;

    for (round = 0; round < 30; round++) {
        bus_simulation_sleep(drill->simulation, draw(drill, BUS_MILLISECOND));
        if (drill->asks != 0)
            (void)bus_cancel(drill->bus, &drill->tickets[draw(drill, drill->asks)]);
    }
    drill->busy--;
}

/* ---- auditors ---- */

static void look_at_account(void *context, const struct bus_message_type *type,
                            const struct bus_account *account)
{
    if (!bus_account_balances(account))
        drill_wrong(context, "audit: the account of %s does not balance", bus_type_name(type));
}

static void audit(void *argument)
{
    struct drill *drill = argument;
    uint32_t round;

    for (round = 0; round < 4; round++) {
        (void)bus_audit(drill->bus, 50 * BUS_MILLISECOND, look_at_account, drill);
        bus_simulation_sleep(drill->simulation, draw(drill, 4 * BUS_MILLISECOND));
    }
    drill->busy--;
}

/* ---- dead letters, run again ---- */

static void replay(void *argument)
{
    struct drill *drill = argument;
    uint32_t round;

    for (round = 0; round < 3; round++) {
        drill->replays++;
        (void)bus_dead_letters_replay(drill->bus, NULL, 0, draw(drill, 10 * BUS_MILLISECOND), NULL);
        bus_simulation_sleep(drill->simulation, draw(drill, 10 * BUS_MILLISECOND));
    }
    drill->busy--;
}

/* ---- a polled bus ---- */

void drill_poll(void *argument)
{
    struct drill *drill = argument;
    int descriptor = bus_poll_descriptor(drill->bus);
    uint32_t ran;

    while (!drill->closing)
        if (bus_simulation_poll(drill->simulation, descriptor, 20 * BUS_MILLISECOND)) {
            enum bus_status status = bus_poll(drill->bus, 1 + (uint32_t)draw(drill, 20), &ran);

            /* Its own record may be refused, as long as memory is. */
            if (status != BUS_OK && (status != BUS_ERR_MEMORY || drill->calm))
                drill_wrong(drill, "bus_poll: %s", bus_last_error());
        }
}

void drill_spawn_one(struct drill *drill, const char *name, void (*body)(void *), void *argument)
{
    if (bus_simulation_spawn(drill->simulation, name, body, argument) != BUS_OK)
        drill_wrong(drill, "a thread: %s", bus_last_error());
    else
        drill->busy++;
}

bool drill_spawn(struct drill *drill, bool replays)
{
    uint32_t i;

    for (i = 0; i < drill->publishers; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "publisher %u", i);
        publishers[i] = (struct publisher){drill, i};
        drill_spawn_one(drill, name, publish, &publishers[i]);
    }
    if (draw(drill, 2) == 0)
        drill_visit(drill);
    if (draw(drill, 2) == 0)
        drill_plan(drill);
    if (draw(drill, 2) == 0)
        drill_guard(drill);
    if (draw(drill, 3) == 0)
        drill_spawn_one(drill, "auditor", audit, drill);
    drill->clerk = draw(drill, 2) == 0;
    if (drill->clerk)
        drill_spawn_one(drill, "clerk", be_clerk, drill);
    if (draw(drill, 3) == 0)
        drill_spawn_one(drill, "canceller", cancel, drill);
    if (replays && draw(drill, 3) == 0)
        drill_spawn_one(drill, "replayer", replay, drill);
    return drill->wrong[0] == '\0';
}
