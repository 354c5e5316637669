/*
 * Sessions against a model: random opens, ends, handlers, messages, states, clean-ups and pauses,
 * in virtual time. The model keeps plain arrays and searches them from end to end; the bus must say
 * and deliver the same, in the same order.
 *
 *     test_session_model [SECONDS [SEED]]
 *
 * Default: 40 seeds, whatever that takes.
 *
 * covers: R14, E2, E3, B1
 */
#include "support.h"

#include <stdio.h>

#include <bus/session.h>

#include "bus_system.bus.h"

enum {
    SEEDS = 40,
    STEPS = 3000,
    NAMES = 10,
    OPEN_MOST = 8, /* fewer than names: opening is refused at times */
    SCOPES = NAMES + 1,
    BUS = NAMES, /* the scope that is no session */
    EVENTS = 2,
    CONTEXTS = 3,
    CLEANUPS_MOST = 6,
    QUEUED_MOST = 16,
    SEEN_MOST = SCOPES * CONTEXTS,
    OLD = 64,
};

static uint64_t seconds, first_seed = 1;

/* ---- what the bus did ---- */

/* A handler's context. */
struct tag {
    uint32_t scope;
    uint32_t context;
};

static struct tag tags[SCOPES][CONTEXTS];

/* By message of one poll: who saw it. */
static struct {
    uint32_t count;
    const struct tag *by[SEEN_MOST];
} seen[QUEUED_MOST];

static struct {
    uint32_t started;
    uint32_t ended;
    uint32_t failed;
    uint32_t idle;
    uint32_t cleanups[NAMES]; /* so many were called, each in its turn */
    uint32_t wrong;           /* calls out of turn */
    const struct tag *answered;
} did;

static enum bus_verdict see(const struct tag *tag, uint64_t number)
{
    if (number >= QUEUED_MOST || seen[number].count == SEEN_MOST)
        did.wrong++;
    else
        seen[number].by[seen[number].count++] = tag;
    return BUS_DONE;
}

static enum bus_verdict on_ticked_tag(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)delivery;
    return see(context, event->number);
}

static enum bus_verdict on_alarmed_tag(void *context, const struct probe_alarmed *event,
                                       struct bus_delivery *delivery)
{
    (void)delivery;
    return see(context, event->number);
}

static enum bus_verdict on_touch_tag(void *context, const struct probe_touch *request,
                                     struct bus_delivery *delivery)
{
    (void)request;
    (void)delivery;
    did.answered = context;
    return BUS_DONE;
}

static enum bus_verdict on_started(void *context, const struct bus_system_session_started *event,
                                   struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    did.started++;
    return BUS_DONE;
}

static enum bus_verdict on_ended(void *context, const struct bus_system_session_ended *event,
                                 struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    did.ended++;
    did.failed += event->failed;
    did.idle += event->reason == BUS_SYSTEM_SESSION_REASON_IDLE;
    return BUS_DONE;
}

/* ---- the model ---- */

struct listener {
    bool there;
    uint32_t order;
    uint64_t since; /* earlier ones first */
};

struct scope {
    bool open; /* of the bus: always */
    bool named;
    bool idles;
    struct bus_session handle;
    uint64_t idle_ns;
    uint64_t used_ns;
    void *state;
    uint32_t cleanups;
    struct listener listeners[EVENTS][CONTEXTS];
    bool handles; /* the command, with context 0 */
};

struct message {
    uint32_t event;
    struct bus_session session; /* zero: none */
    uint32_t scope;
};

static struct {
    struct bus *bus;
    uint64_t chance;
    uint64_t now;
    uint64_t order;
    struct scope scopes[SCOPES];
    struct message queue[QUEUED_MOST];
    uint32_t queued;
    struct bus_session old[OLD]; /* handles of sessions that have ended */
    uint32_t old_count;
    uint32_t started, ended, failed, idle, cleanups[NAMES];
} model;

static uint32_t dice(uint32_t sides)
{
    return (uint32_t)(chance(&model.chance) % sides);
}

static uint32_t open_count(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < NAMES; i++)
        count += model.scopes[i].open;
    return count;
}

static uint32_t handler_count(void)
{
    uint32_t count = 2; /* of the session events */

    for (uint32_t i = 0; i < SCOPES; i++) {
        count += model.scopes[i].handles;
        for (uint32_t k = 0; k < EVENTS * CONTEXTS; k++)
            count += model.scopes[i].listeners[k / CONTEXTS][k % CONTEXTS].there;
    }
    return count;
}

static void forget_handlers(struct scope *scope)
{
    memset(scope->listeners, 0, sizeof scope->listeners);
    scope->handles = false;
}

static void model_end(uint32_t index)
{
    struct scope *scope = &model.scopes[index];

    model.ended++;
    model.cleanups[index] += scope->cleanups;
    model.old[model.old_count++ % OLD] = scope->handle;
    forget_handlers(scope);
    scope->open = false;
}

static bool same(struct bus_session a, struct bus_session b)
{
    return a.index == b.index && a.generation == b.generation;
}

/* The one among those not taken yet that comes next for a message of this scope. */
static const struct tag *next_of(uint32_t event, uint32_t own, bool taken[SCOPES][CONTEXTS])
{
    const struct tag *best = NULL;
    const struct listener *first = NULL;
    const uint32_t scopes[2] = {own, BUS};

    for (uint32_t s = own == BUS ? 1 : 0; s < 2; s++)
        for (uint32_t c = 0; c < CONTEXTS; c++) {
            const struct listener *one = &model.scopes[scopes[s]].listeners[event][c];

            if (!one->there || taken[scopes[s]][c])
                continue;
            if (first == NULL || one->order < first->order ||
                (one->order == first->order && best->scope == scopes[s] &&
                 one->since < first->since)) {
                first = one;
                best = &tags[scopes[s]][c];
            }
        }
    if (best != NULL)
        taken[best->scope][best->context] = true;
    return best;
}

static void check_message(uint32_t number)
{
    const struct message *message = &model.queue[number];
    const struct scope *scope = &model.scopes[message->scope];
    uint32_t own = message->scope != BUS && scope->open && same(scope->handle, message->session)
                       ? message->scope
                       : BUS;
    bool taken[SCOPES][CONTEXTS] = {{false}};
    const struct tag *next;
    uint32_t i = 0;

    for (; (next = next_of(message->event, own, taken)) != NULL; i++) {
        assert_true(i < seen[number].count);
        assert_ptr_equal(seen[number].by[i], next);
    }
    assert_int_equal(seen[number].count, i);
}

/* ---- steps: the bus and the model do the same ---- */

static struct bus_session any_old(void)
{
    uint32_t most = model.old_count < OLD ? model.old_count : OLD;

    return most != 0 ? model.old[dice(most)] : (struct bus_session){1, 0x7fffffff};
}

static const char *name_of(uint32_t index)
{
    static char name[16];

    (void)snprintf(name, sizeof name, "client %u", index);
    return name;
}

static void step_open(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    bool named = dice(4) != 0, idles = dice(3) == 0;
    struct bus_session_options options = {
        .id = named ? name_of(index) : NULL,
        .state = dice(2) != 0 ? scope : NULL,
        .idle_ns = idles ? (1 + dice(50)) * 10 * BUS_MILLISECOND : 0,
    };
    struct bus_session session;
    enum bus_status status = bus_session_open_with(model.bus, &options, &session);

    if (named && scope->open && scope->named) {
        assert_int_equal(status, BUS_ERR_ALREADY_REGISTERED);
        return;
    }
    if (open_count() == OPEN_MOST) {
        assert_int_equal(status, BUS_ERR_LIMIT);
        return;
    }
    assert_int_equal(status, BUS_OK);
    model.started++;
    if (scope->open) { /* without a name there may be another one; only the new one is looked at */
        assert_int_equal(bus_session_end(model.bus, scope->handle, NULL), BUS_OK);
        model_end(index);
    }
    *scope = (struct scope){.open = true,
                            .named = named,
                            .idles = idles,
                            .handle = session,
                            .idle_ns = options.idle_ns,
                            .used_ns = model.now,
                            .state = options.state};
}

static void step_end(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    bool fails = dice(3) == 0;

    if (!scope->open) {
        struct bus_session old = any_old();
        enum bus_status status = bus_session_end(model.bus, old, NULL);

        assert_int_equal(status, model.old_count != 0 ? BUS_OK : BUS_ERR_INVALID);
        return;
    }
    assert_int_equal(bus_session_end(model.bus, scope->handle,
                                     fails ? &(struct bus_error){.text = "so it goes"} : NULL),
                     BUS_OK);
    model.failed += fails;
    model_end(index);
}

static void step_listen(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    uint32_t event = dice(EVENTS), c = dice(CONTEXTS);
    struct listener *one = &scope->listeners[event][c];
    struct bus_handler_options options = {
        .session = index == BUS  ? (struct bus_session){0, 0}
                   : scope->open ? scope->handle
                                 : any_old(),
        .has_order = true,
        .order = (enum bus_order)dice(5),
    };
    enum bus_status status =
        event == 0 ? probe_ticked_subscribe(model.bus, on_ticked_tag, &tags[index][c], &options)
                   : probe_alarmed_subscribe(model.bus, on_alarmed_tag, &tags[index][c], &options);

    if (!scope->open) {
        assert_int_equal(status, BUS_ERR_INVALID);
    } else if (one->there) {
        assert_int_equal(status, BUS_ERR_ALREADY_REGISTERED);
    } else {
        assert_int_equal(status, BUS_OK);
        *one = (struct listener){true, options.order, model.order++};
    }
}

static void step_leave(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    uint32_t event = dice(EVENTS), c = dice(CONTEXTS);
    struct listener *one = &scope->listeners[event][c];
    struct bus_session session = index == BUS  ? (struct bus_session){0, 0}
                                 : scope->open ? scope->handle
                                               : any_old();
    enum bus_status status =
        event == 0 ? probe_ticked_unsubscribe(model.bus, on_ticked_tag, &tags[index][c], session)
                   : probe_alarmed_unsubscribe(model.bus, on_alarmed_tag, &tags[index][c], session);

    assert_int_equal(status, scope->open && one->there ? BUS_OK : BUS_ERR_NOT_REGISTERED);
    if (scope->open)
        one->there = false;
}

static void step_handle(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    struct bus_handler_options options = {.session = scope->handle};
    enum bus_status status;

    if (!scope->open)
        return;
    if (scope->handles && dice(2) == 0) {
        assert_int_equal(
            probe_touch_unhandle(model.bus, on_touch_tag, &tags[index][0], scope->handle), BUS_OK);
        scope->handles = false;
        return;
    }
    status = probe_touch_handle(model.bus, on_touch_tag, &tags[index][0], &options);
    assert_int_equal(status, scope->handles ? BUS_ERR_ALREADY_REGISTERED : BUS_OK);
    scope->handles = true;
}

static void step_execute(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    struct bus_message_options options = {.session = scope->handle};
    struct probe_touch request = {.number = 1};
    struct probe_touch_result result;
    enum bus_outcome outcome;
    const struct tag *expected = NULL;

    if (!scope->open)
        return;
    did.answered = NULL;
    outcome = probe_touch_execute_with(model.bus, &request, &options, &result);
    if (scope->handles)
        expected = &tags[index][0];
    else if (model.scopes[BUS].handles)
        expected = &tags[BUS][0];
    assert_int_equal(outcome, expected != NULL ? BUS_ANSWERED : BUS_NO_HANDLER);
    assert_ptr_equal(did.answered, expected);
    scope->used_ns = model.now;
}

static void step_publish(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    struct bus_message_options options = {.session = scope->handle};
    uint32_t event = dice(EVENTS), number = model.queued;
    enum bus_outcome outcome;

    if (number == QUEUED_MOST)
        return;
    if (!scope->open)
        options.session = any_old();
    if (event == 0)
        outcome = probe_ticked_publish_with(model.bus, &(struct probe_ticked){.number = number},
                                            &options);
    else
        outcome = probe_alarmed_publish_with(model.bus, &(struct probe_alarmed){.number = number},
                                             &options);
    if (!scope->open) {
        assert_int_equal(outcome, BUS_INVALID);
        return;
    }
    assert_int_equal(outcome, BUS_QUEUED);
    model.queue[model.queued++] =
        (struct message){.event = event, .session = scope->handle, .scope = index};
    scope->used_ns = model.now;
}

static void step_look(uint32_t index)
{
    struct scope *scope = &model.scopes[index];
    struct bus_session session = scope->open ? scope->handle : any_old();
    enum bus_status gone = scope->open ? BUS_OK : BUS_ERR_NOT_REGISTERED;
    char text[BUS_SESSION_ID_SIZE];
    struct bus_session found;

    assert_ptr_equal(bus_session_state(model.bus, session), scope->open ? scope->state : NULL);
    assert_int_equal(bus_session_id(model.bus, session, text), gone);
    assert_int_equal(bus_session_find(model.bus, name_of(index), &found),
                     scope->open && scope->named ? BUS_OK : BUS_ERR_NOT_REGISTERED);
    if (scope->open && scope->named) {
        assert_string_equal(text, name_of(index));
        assert_true(same(found, session));
    } else if (scope->open) {
        assert_int_equal(bus_session_find(model.bus, text, &found), BUS_OK);
        assert_true(same(found, session));
    }
    if (dice(2) != 0) {
        assert_int_equal(bus_session_set_state(model.bus, session, &model), gone);
        scope->state = &model;
    }
}

/* In its turn: from the last one of this session to the first. */
struct turn {
    uint32_t name;
    uint32_t place;
};
static struct turn turns[NAMES][CLEANUPS_MOST];
static uint32_t turn_next[NAMES];

static void on_cleanup(void *context, struct bus *bus, struct bus_session session,
                       enum bus_session_reason reason, const struct bus_error *why)
{
    const struct turn *turn = context;

    (void)reason;
    did.cleanups[turn->name]++;
    if (why != NULL && strcmp(why->text, "so it goes") != 0)
        did.wrong++;
    if (turn_next[turn->name] != turn->place + 1 || bus_session_state(bus, session) != NULL)
        did.wrong++;
    turn_next[turn->name] = turn->place;
}

static void step_cleanup(uint32_t index)
{
    struct scope *scope = &model.scopes[index];

    if (scope->cleanups == CLEANUPS_MOST)
        return;
    if (!scope->open) {
        assert_int_equal(bus_session_on_end(model.bus, any_old(), on_cleanup, &turns[index][0]),
                         BUS_ERR_NOT_REGISTERED);
        return;
    }
    turns[index][scope->cleanups] = (struct turn){index, scope->cleanups};
    assert_int_equal(
        bus_session_on_end(model.bus, scope->handle, on_cleanup, &turns[index][scope->cleanups]),
        BUS_OK);
    turn_next[index] = ++scope->cleanups;
}

static void step_poll(void)
{
    if (dice(2) != 0) {
        uint64_t ns = dice(120) * BUS_MILLISECOND;

        frozen_advance(ns);
        model.now += ns;
    }
    memset(seen, 0, sizeof seen);
    /* Timers come before messages. */
    for (uint32_t i = 0; i < NAMES; i++) {
        const struct scope *scope = &model.scopes[i];

        if (!scope->open || !scope->idles || scope->used_ns + scope->idle_ns > model.now)
            continue;
        model.idle++;
        model_end(i);
    }
    poll_all(model.bus);
    for (uint32_t i = 0; i < model.queued; i++) {
        struct message *message = &model.queue[i];
        struct scope *scope = &model.scopes[message->scope];

        check_message(i);
        if (message->scope == BUS || !scope->open || !same(scope->handle, message->session))
            continue;
        for (uint32_t c = 0; c < CONTEXTS; c++)
            if (scope->listeners[message->event][c].there)
                scope->used_ns = model.now; /* one of its handlers ran */
    }
    model.queued = 0;
    assert_int_equal(did.started, model.started);
    assert_int_equal(did.ended, model.ended);
    assert_int_equal(did.failed, model.failed);
    assert_int_equal(did.idle, model.idle);
}

static void check_figures(void)
{
    struct bus_stats stats = stats_of(model.bus);

    assert_int_equal(stats.active_sessions, open_count());
    assert_int_equal(stats.registered_handlers, handler_count());
    assert_int_equal(did.wrong, 0);
    for (uint32_t i = 0; i < NAMES; i++)
        assert_int_equal(did.cleanups[i], model.cleanups[i]);
}

static void step(void)
{
    uint32_t session = dice(NAMES), scope = dice(SCOPES);

    switch (dice(12)) {
    case 0:
    case 1:
        step_open(session);
        break;
    case 2:
        step_end(session);
        break;
    case 3:
    case 4:
        step_listen(scope);
        break;
    case 5:
        step_leave(scope);
        break;
    case 6:
        step_handle(scope);
        break;
    case 7:
        step_execute(scope);
        break;
    case 8:
        step_publish(scope);
        step_publish(scope);
        break;
    case 9:
        step_look(session);
        break;
    case 10:
        step_cleanup(session);
        break;
    default:
        step_poll();
        break;
    }
    check_figures();
}

static void run_seed(uint64_t seed)
{
    memset(&model, 0, sizeof model);
    memset(&did, 0, sizeof did);
    model.bus = open_bus(
        &(struct bus_options){.polled = true, .sessions_max = OPEN_MOST, .os = frozen_os()});
    model.chance = seed;
    model.now = 1000 * BUS_SECOND; /* as frozen_os says */
    model.scopes[BUS].open = true;
    for (uint32_t i = 0; i < SCOPES * CONTEXTS; i++)
        tags[i / CONTEXTS][i % CONTEXTS] = (struct tag){i / CONTEXTS, i % CONTEXTS};
    assert_int_equal(bus_system_session_started_subscribe(model.bus, on_started, NULL, NULL),
                     BUS_OK);
    assert_int_equal(bus_system_session_ended_subscribe(model.bus, on_ended, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(model.bus), BUS_OK);
    for (uint32_t i = 0; i < STEPS; i++)
        step();
    step_poll();
    check_figures();
    finish_bus(&model.bus);
}

static void the_bus_does_as_the_model_says(void **state)
{
    const struct bus_os *os = bus_os_native();
    uint64_t until = os->monotonic_ns(os->context) + seconds * BUS_SECOND;
    uint64_t seed = first_seed;

    (void)state;
    do {
        print_message("seed %llu\r", (unsigned long long)seed);
        run_seed(seed++);
    } while (seconds != 0 ? os->monotonic_ns(os->context) < until : seed < first_seed + SEEDS);
    print_message("seeds %llu to %llu, %llu steps\n", (unsigned long long)first_seed,
                  (unsigned long long)(seed - 1),
                  (unsigned long long)((seed - first_seed) * STEPS));
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bus_does_as_the_model_says),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
