/*
 * Chaos with sessions: they are opened, ended by others, by their own handlers and for idleness,
 * while publishers and executors use them. A handler never sees another session's message, and what
 * belongs to a session is freed by its clean-up function, when no handler of it runs: whoever is
 * early or late is seen here, or by the sanitizers. Clean-up functions publish, and audits in
 * between balance.
 *
 *     test_session_threads [SECONDS [SEED]]
 *
 * Default: so many rounds, whatever they take.
 *
 * covers: R10, E1, E2, E3, I6
 */
#include "support.h"

#include <sched.h>
#include <stdio.h>

#include <bus/session.h>

enum { PLACES = 16, OPENERS = 2, USERS = 3, ROUNDS = 2000 };

static uint64_t seconds, first_seed = 1;

struct chaos {
    struct bus *bus;
    uint64_t until;                  /* 0: ROUNDS */
    _Atomic uint64_t places[PLACES]; /* handles of open sessions, or of some that were; 0: none */
    _Atomic uint64_t seed;
    _Atomic uint64_t made, freed, wrong, seen, ended_inside, audits;
    atomic_bool over;
};

/* What belongs to one session. */
struct client {
    struct chaos *chaos;
    uint64_t handle;
    _Atomic uint32_t running;
};

static uint64_t pack(struct bus_session session)
{
    return (uint64_t)session.index << 32 | session.generation;
}

static struct bus_session unpack(uint64_t handle)
{
    return (struct bus_session){(uint32_t)(handle >> 32), (uint32_t)handle};
}

static void on_end(void *context, struct bus *bus, struct bus_session session,
                   enum bus_session_reason reason, const struct bus_error *why)
{
    struct client *client = context;
    struct chaos *chaos = client->chaos;

    (void)reason;
    (void)why;
    if (atomic_load(&client->running) != 0 || pack(session) != client->handle ||
        bus_session_state(bus, session) != NULL)
        atomic_fetch_add(&chaos->wrong, 1);
    bus_ignore(probe_urged_publish(bus, &(struct probe_urged){.number = 1}));
    atomic_fetch_add(&chaos->freed, 1);
    free(client);
}

static enum bus_verdict serve(struct client *client, uint64_t number, struct bus_delivery *delivery)
{
    struct chaos *chaos = client->chaos;
    struct bus *bus = bus_delivery_bus(delivery);
    struct bus_envelope envelope;
    const void *state;

    atomic_fetch_add(&client->running, 1);
    atomic_fetch_add(&chaos->seen, 1);
    bus_delivery_envelope(delivery, &envelope);
    state = bus_session_state(bus, envelope.session);
    if (number != client->handle || (state != NULL && state != client))
        atomic_fetch_add(&chaos->wrong, 1);
    if (atomic_fetch_add(&chaos->seed, 1) % 64 == 0) {
        (void)bus_session_end(bus, unpack(client->handle), NULL);
        atomic_fetch_add(&chaos->ended_inside, 1);
        if (client->handle != number) /* it is still there */
            atomic_fetch_add(&chaos->wrong, 1);
    }
    atomic_fetch_add(&client->running, (uint32_t)-1);
    return BUS_DONE;
}

static enum bus_verdict on_ticked_serve(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    return serve(context, event->number, delivery);
}

static enum bus_verdict on_alarmed_serve(void *context, const struct probe_alarmed *event,
                                         struct bus_delivery *delivery)
{
    return serve(context, event->number, delivery);
}

static enum bus_verdict on_touch_serve(void *context, const struct probe_touch *request,
                                       struct bus_delivery *delivery)
{
    return serve(context, request->number, delivery);
}

/* ---- threads ---- */

static bool goes_on(struct chaos *chaos, uint32_t round)
{
    const struct bus_os *os = bus_os_native();

    return chaos->until != 0 ? os->monotonic_ns(os->context) < chaos->until : round < ROUNDS;
}

static uint64_t open_client(struct chaos *chaos, uint64_t dice)
{
    struct client *client = calloc(1, sizeof *client);
    struct bus_session_options options = {.idle_ns = dice % 5 == 0 ? BUS_MILLISECOND : 0};
    struct bus_handler_options own = {
        .concurrent = dice % 2 == 0, .order = (enum bus_order)(dice / 16 % 5), .has_order = true};
    uint64_t handle;
    char id[32];

    if (client == NULL)
        return 0;
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)(dice / 256 % 32));
    if (dice % 3 == 0)
        options.id = id;
    if (bus_session_open_with(chaos->bus, &options, &own.session) != BUS_OK) {
        free(client);
        return 0;
    }
    handle = client->handle = pack(own.session);
    client->chaos = chaos;
    atomic_fetch_add(&chaos->made, 1);
    if (bus_session_on_end(chaos->bus, own.session, on_end, client) != BUS_OK) {
        atomic_fetch_add(&chaos->freed, 1); /* idle already */
        free(client);
        return 0;
    }
    (void)bus_session_set_state(chaos->bus, own.session, client);
    /* From here on it may be gone at any moment: these fail then. */
    (void)!probe_ticked_subscribe(chaos->bus, on_ticked_serve, client, &own);
    if (dice % 4 == 0)
        (void)!probe_alarmed_subscribe(chaos->bus, on_alarmed_serve, client, &own);
    if (dice % 4 != 1)
        (void)!probe_touch_handle(chaos->bus, on_touch_serve, client, &own);
    if (dice % 8 == 0)
        (void)probe_ticked_unsubscribe(chaos->bus, on_ticked_serve, client, own.session);
    return handle;
}

static void *opener_body(void *argument)
{
    struct chaos *chaos = argument;
    uint64_t seed = atomic_fetch_add(&chaos->seed, 1000);

    for (uint32_t round = 0; goes_on(chaos, round); round++) {
        uint64_t dice = chance(&seed), handle;

        sched_yield(); /* they live long enough to be used */
        handle = atomic_load(&chaos->places[dice % PLACES]);
        if (handle == 0)
            handle = atomic_exchange(&chaos->places[dice % PLACES], open_client(chaos, dice >> 8));
        else
            handle = dice / PLACES % 8 == 0 ? atomic_exchange(&chaos->places[dice % PLACES], 0) : 0;
        if (handle != 0)
            (void)bus_session_end(chaos->bus, unpack(handle),
                                  dice % 7 == 0 ? &(struct bus_error){.text = "so it goes"} : NULL);
    }
    return NULL;
}

static void use(struct chaos *chaos, uint64_t dice, uint64_t handle)
{
    struct bus_message_options options = {.session = unpack(handle)};
    struct probe_touch_result result;
    struct bus_session found;
    char id[BUS_SESSION_ID_SIZE];

    switch (dice / PLACES % 4) {
    case 0:
        bus_ignore(probe_ticked_publish_with(chaos->bus, &(struct probe_ticked){.number = handle},
                                             &options));
        break;
    case 1:
        bus_ignore(probe_alarmed_publish_with(chaos->bus, &(struct probe_alarmed){.number = handle},
                                              &options));
        break;
    case 2:
        bus_ignore(probe_touch_execute_with(chaos->bus, &(struct probe_touch){.number = handle},
                                            &options, &result));
        break;
    default:
        if (bus_session_id(chaos->bus, options.session, id) == BUS_OK &&
            bus_session_find(chaos->bus, id, &found) == BUS_OK && found.generation % 2 == 0)
            atomic_fetch_add(&chaos->wrong, 1);
        bus_ignore(probe_ticked_publish(chaos->bus, &(struct probe_ticked){.number = 0}));
        break;
    }
}

static void look_at(void *context, const struct bus_message_type *type,
                    const struct bus_account *account)
{
    struct chaos *chaos = context;

    (void)type;
    if (!bus_account_balances(account) || account->running != 0)
        atomic_fetch_add(&chaos->wrong, 1);
}

static void *auditor_body(void *argument)
{
    struct chaos *chaos = argument;

    while (!atomic_load(&chaos->over)) {
        if (bus_audit(chaos->bus, PATIENCE, look_at, chaos) == BUS_OK)
            atomic_fetch_add(&chaos->audits, 1);
        for (int i = 0; i < 100; i++)
            sched_yield();
    }
    return NULL;
}

static void *user_body(void *argument)
{
    struct chaos *chaos = argument;
    uint64_t seed = atomic_fetch_add(&chaos->seed, 1000);

    while (!atomic_load(&chaos->over)) {
        uint64_t dice = chance(&seed);
        uint64_t handle = atomic_load(&chaos->places[dice % PLACES]);

        if (handle != 0)
            use(chaos, dice, handle);
        else
            sched_yield();
    }
    return NULL;
}

static void sessions_under_chaos(void **state)
{
    static struct chaos chaos;
    const struct bus_os *os = bus_os_native();
    struct journal all = JOURNAL_INITIALIZER;
    pthread_t openers[OPENERS], users[USERS], auditor;

    (void)state;
    chaos.seed = first_seed * 1000003;
    chaos.bus = open_bus(&(struct bus_options){
        .workers = 2, .sessions_max = PLACES + 4, .missing_handlers_allowed = true});
    assert_int_equal(bus_start(chaos.bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(chaos.bus, on_ticked, &all, NULL), BUS_OK);
    if (seconds != 0)
        chaos.until = os->monotonic_ns(os->context) + seconds * BUS_SECOND;
    for (int i = 0; i < USERS; i++)
        users[i] = spawn(user_body, &chaos);
    auditor = spawn(auditor_body, &chaos);
    for (int i = 0; i < OPENERS; i++)
        openers[i] = spawn(opener_body, &chaos);
    for (int i = 0; i < OPENERS; i++)
        reap(openers[i]);
    atomic_store(&chaos.over, true);
    for (int i = 0; i < USERS; i++)
        reap(users[i]);
    reap(auditor);
    for (int i = 0; i < PLACES; i++)
        if (chaos.places[i] != 0)
            assert_int_equal(bus_session_end(chaos.bus, unpack(chaos.places[i]), NULL), BUS_OK);
    assert_int_equal(bus_wait_idle(chaos.bus, PATIENCE), BUS_OK);
    /* Those that ended inside their handlers are left to worker 0. */
    while (atomic_load(&chaos.freed) != atomic_load(&chaos.made))
        sched_yield();
    assert_int_equal(chaos.wrong, 0);
    assert_int_equal(stats_of(chaos.bus).active_sessions, 0);
    assert_int_equal(stats_of(chaos.bus).registered_handlers, 1);
    finish_bus(&chaos.bus);
    print_message("%llu sessions, %llu runs, %llu ended by their own handlers, %llu audits\n",
                  (unsigned long long)chaos.made, (unsigned long long)chaos.seen,
                  (unsigned long long)chaos.ended_inside, (unsigned long long)chaos.audits);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_under_chaos),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
