/* drill_sessions.c - see drill.h: sessions that come and go, each with a handler of its own. */
#include <stdio.h>
#include <string.h>

#include "drill.h"

static uint64_t draw(struct drill *drill, uint64_t bound)
{
    return bus_simulation_draw(drill->simulation, bound);
}

/* ---- its end ---- */

/* Until its end is told nobody else gets its id. */
static void try_its_id(struct visit *visit)
{
    struct bus_session_options options = {.id = visit->id};
    struct bus_session session;

    if (bus_session_open_with(visit->drill->bus, &options, &session) == BUS_OK)
        drill_wrong(visit->drill, "session %s ends, and somebody else has its id", visit->id);
}

static void on_end(void *context, struct bus *bus, struct bus_session session,
                   enum bus_session_reason reason, const struct bus_error *why)
{
    struct visit *visit = context;

    (void)bus;
    (void)why;
    visit->cleanups++;
    visit->over = true;
    if (visit->running != 0)
        drill_wrong(visit->drill, "session %s was cleaned up while a handler of it ran", visit->id);
    if (visit->ended != 0)
        drill_wrong(visit->drill, "session %s was cleaned up after its end was told", visit->id);
    if (session.index != visit->session.index || session.generation != visit->session.generation)
        drill_wrong(visit->drill, "session %s was cleaned up as another one", visit->id);
    if (reason != BUS_SESSION_ENDED && (reason != BUS_SESSION_IDLE || visit->idle_ns == 0))
        drill_wrong(visit->drill, "session %s ended for reason %d", visit->id, (int)reason);
    try_its_id(visit);
}

/* ---- its handler ---- */

static enum bus_verdict on_visit(void *context, const struct drill_plain *event,
                                 struct bus_delivery *delivery)
{
    struct visit *visit = context;
    struct drill *drill = visit->drill;
    struct bus_envelope envelope;

    (void)event;
    drill->runs++;
    visit->running++;
    bus_delivery_envelope(delivery, &envelope);
    if (visit->over)
        drill_wrong(drill, "a handler of session %s ran after its end", visit->id);
    if (envelope.session.index != visit->session.index ||
        envelope.session.generation != visit->session.generation)
        drill_wrong(drill, "a handler of session %s saw a message of another one", visit->id);
    if (draw(drill, 4) == 0)
        bus_simulation_sleep(drill->simulation, draw(drill, 200 * BUS_MICROSECOND));
    if (draw(drill, 16) == 0 && bus_session_end(drill->bus, visit->session, NULL) != BUS_OK)
        drill_wrong(drill, "session %s does not end in its handler: %s", visit->id,
                    bus_last_error());
    visit->running--;
    if (!drill->calm && bus_simulation_chance(drill->simulation, drill->failing))
        return bus_fail(delivery, &(struct bus_error){.transient = true, .text = "not at home"});
    return BUS_DONE;
}

/* ---- who comes and goes ---- */

static bool come(struct visit *visit)
{
    struct drill *drill = visit->drill;
    struct bus_session_options options = {.id = visit->id};

    (void)snprintf(visit->id, sizeof visit->id, "visit %u", (unsigned)(visit - drill->visits));
    if (draw(drill, 3) == 0)
        options.idle_ns = visit->idle_ns = 1 + draw(drill, 3 * BUS_MILLISECOND);
    visit->opened = 1; /* its end may be told before the call returns */
    if (bus_session_open_with(drill->bus, &options, &visit->session) != BUS_OK) {
        visit->opened = 0;
        return false;
    }
    visit->watched = bus_session_on_end(drill->bus, visit->session, on_end, visit) == BUS_OK;
    return drill_plain_subscribe(drill->bus, on_visit, visit,
                                 &(struct bus_handler_options){.session = visit->session,
                                                               .concurrent = drill->concurrent}) ==
           BUS_OK;
}

/* All of the end is over on return, unless somebody else is at it. */
static void go(struct visit *visit)
{
    struct drill *drill = visit->drill;
    uint32_t i;

    if (visit->idle_ns != 0 && draw(drill, 2) == 0) {
        bus_simulation_sleep(drill->simulation, visit->idle_ns + BUS_SECOND);
        if (bus_session_set_state(drill->bus, visit->session, NULL) == BUS_OK)
            drill_wrong(drill, "session %s has been idle for a second and is open", visit->id);
    }
    if (drill->sabotage == SABOTAGE_GUEST) {
        visit->over = true;
        bus_simulation_sleep(drill->simulation, BUS_MILLISECOND);
    }
    if (bus_session_end(drill->bus, visit->session, NULL) != BUS_OK)
        drill_wrong(drill, "session %s does not end: %s", visit->id, bus_last_error());
    for (i = 0; i < 1000 && visit->watched && visit->cleanups == 0; i++)
        bus_simulation_sleep(drill->simulation, 10 * BUS_MILLISECOND);
}

static void pay_visits(void *argument)
{
    struct drill *drill = argument;
    uint32_t round, i;

    for (round = 0; round < VISITS; round++) {
        struct visit *mine = &drill->visits[round];

        mine->drill = drill;
        if (come(mine))
            for (i = 0; i < 6; i++) {
                bus_ignore(drill_publish(drill, KIND_plain, ORIGINS - 1, mine->session));
                if (drill->pause_ns != 0)
                    bus_simulation_sleep(drill->simulation, draw(drill, drill->pause_ns));
            }
        if (mine->opened != 0)
            go(mine);
    }
    drill->busy--;
}

void drill_visit(struct drill *drill)
{
    drill_spawn_one(drill, "visitor", pay_visits, drill);
}

/* ---- who is told ---- */

static struct visit *visit_of(struct drill *drill, struct bus_string id)
{
    uint32_t i;

    for (i = 0; i < VISITS; i++)
        if (drill->visits[i].opened != 0 && strlen(drill->visits[i].id) == id.size &&
            memcmp(drill->visits[i].id, id.data, id.size) == 0)
            return &drill->visits[i];
    drill_wrong(drill, "a session is told of that nobody opened");
    return &drill->visits[0];
}

static enum bus_verdict on_started(void *context, const struct bus_system_session_started *event,
                                   struct bus_delivery *delivery)
{
    struct drill *drill = context;

    (void)delivery;
    drill->runs++;
    drill->started++;
    visit_of(drill, event->id)->started++;
    return BUS_DONE;
}

/* Its id is free now: there is one more such session, for a moment. */
static void come_again(struct visit *visit)
{
    struct bus_session_options options = {.id = visit->id};
    struct bus_session session;
    enum bus_status status = bus_session_open_with(visit->drill->bus, &options, &session);

    if (status == BUS_ERR_ALREADY_REGISTERED)
        drill_wrong(visit->drill, "the end of session %s is told, and its id is not free",
                    visit->id);
    if (status != BUS_OK)
        return;
    visit->opened++;
    if (bus_session_end(visit->drill->bus, session, NULL) != BUS_OK)
        drill_wrong(visit->drill, "session %s does not end: %s", visit->id, bus_last_error());
}

static enum bus_verdict on_ended(void *context, const struct bus_system_session_ended *event,
                                 struct bus_delivery *delivery)
{
    struct drill *drill = context;
    struct visit *visit = visit_of(drill, event->id);

    (void)delivery;
    drill->runs++;
    drill->ended++;
    if (visit->ended++ == 0) {
        if (visit->watched && visit->cleanups == 0)
            drill_wrong(drill, "the end of session %s was told before its clean-up", visit->id);
        come_again(visit);
    }
    return BUS_DONE;
}

bool drill_watch_sessions(struct drill *drill)
{
    return bus_system_session_started_subscribe(drill->bus, on_started, drill, NULL) == BUS_OK &&
           bus_system_session_ended_subscribe(drill->bus, on_ended, drill, NULL) == BUS_OK;
}

/* Told of once each: those that found no room in their lane are counted there. */
static void check_told(struct drill *drill, const struct bus_message_type *type, uint32_t opened,
                       uint32_t told)
{
    struct bus_account account = {0};
    uint64_t lost;

    (void)bus_account(drill->bus, type, &account);
    lost = account.rejected + account.throttled + account.dropped + account.failed +
           account.closed + account.invalid;
    if (told > opened || (drill->faults.memory == 0 && told + lost < opened))
        drill_wrong(drill, "%s: told %u times of %u sessions, %u were lost", bus_type_name(type),
                    told, opened, (unsigned)lost);
}

void drill_check_sessions(struct drill *drill)
{
    uint32_t i, opened = 0;

    for (i = 0; i < VISITS; i++) {
        const struct visit *visit = &drill->visits[i];

        opened += visit->opened;
        if (visit->cleanups != visit->watched)
            drill_wrong(drill, "session %s was cleaned up %u times", visit->id, visit->cleanups);
        if (visit->started > visit->opened || visit->ended > visit->opened)
            drill_wrong(drill, "session %s: %u times told of its begin, %u of its end", visit->id,
                        visit->started, visit->ended);
    }
    check_told(drill, &bus_system_session_started_type, opened, drill->started);
    check_told(drill, &bus_system_session_ended_type, opened, drill->ended);
}
