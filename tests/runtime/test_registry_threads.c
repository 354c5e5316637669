/*
 * The user's registry changes while messages flow: nobody runs who was released, no serial handler
 * beside itself, and every message ends.
 *
 * covers: E6, E4
 */
#include "table.h"

#include <sched.h>

enum { SINGERS = 12, PUBLISHERS = 2, CHANGERS = 2, ROUNDS = 400 };

/* A handler that comes and goes; none is used twice, for one that has released itself may run on
 * for a moment. */
struct singer {
    struct choir *choir;
    struct bus_handler handler;
    bool serial;
    bool event;
    _Atomic bool released; /* by the changer, and the release has returned */
    _Atomic bool leaves;   /* releases itself at the next run */
    _Atomic uint32_t inside;
};

struct choir {
    struct table table;
    struct bus *bus;
    struct singer singers[CHANGERS][ROUNDS];
    _Atomic uint32_t next_changer;
    _Atomic uint64_t runs;
    _Atomic uint64_t wrong;
    _Atomic bool over;
};

static void sing(struct singer *singer)
{
    struct choir *choir = singer->choir;

    atomic_fetch_add(&choir->runs, 1);
    if (atomic_load(&singer->released))
        atomic_fetch_add(&choir->wrong, 1);
    if (atomic_fetch_add(&singer->inside, 1) != 0 && singer->serial)
        atomic_fetch_add(&choir->wrong, 1);
    if (atomic_exchange(&singer->leaves, false) &&
        table_release(&choir->table, singer->handler) == BUS_ERR_INVALID)
        atomic_fetch_add(&choir->wrong, 1);
    atomic_fetch_sub(&singer->inside, 1);
}

static enum bus_verdict on_ticked_sing(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    sing(context);
    return BUS_DONE;
}

static enum bus_verdict on_touch_sing(void *context, const struct probe_touch *request,
                                      struct bus_delivery *delivery)
{
    (void)request;
    (void)delivery;
    sing(context);
    return BUS_DONE;
}

static enum bus_status come(struct singer *singer, uint64_t dice)
{
    const struct bus_handler_options options = {
        .made = &singer->handler, .concurrent = dice % 2 == 0, .parallel = dice % 4 == 0};
    enum bus_status status;

    singer->serial = !options.concurrent;
    singer->event = dice / 4 % 2 == 0;
    atomic_store(&singer->leaves, dice / 8 % 4 == 0);
    if (singer->event)
        status = probe_ticked_subscribe(singer->choir->bus, on_ticked_sing, singer, &options);
    else
        status = probe_touch_handle(
            singer->choir->bus, on_touch_sing, singer,
            &(struct bus_handler_options){.made = &singer->handler, .concurrent = !singer->serial});
    if (status == BUS_OK)
        table_add(&singer->choir->table, singer->event ? &probe_ticked_type : &probe_touch_type,
                  (struct bus_session){0, 0}, singer->handler);
    return status;
}

/* Every other time the table still names it while it is released. */
static void go(struct singer *singer, uint64_t dice)
{
    struct choir *choir = singer->choir;
    enum bus_status status;

    if (dice % 2 == 0)
        (void)table_remove(&choir->table, singer->handler);
    status = bus_handler_release(singer->handler);
    if (status == BUS_OK)
        atomic_store(&singer->released, true);
    else if (status != BUS_ERR_NOT_REGISTERED) /* it has left by itself */
        atomic_fetch_add(&choir->wrong, 1);
    (void)table_remove(&choir->table, singer->handler);
}

static void *change(void *argument)
{
    struct choir *choir = argument;
    uint32_t self = atomic_fetch_add(&choir->next_changer, 1);
    struct singer *there[SINGERS] = {NULL};
    uint64_t seed = 77 + self;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t dice = chance(&seed);
        struct singer **singer = &there[dice % SINGERS];

        if (*singer != NULL) {
            go(*singer, dice / SINGERS);
            *singer = NULL;
        } else {
            *singer = &choir->singers[self][round];
            if (come(*singer, dice / SINGERS) != BUS_OK)
                atomic_fetch_add(&choir->wrong, 1);
        }
        sched_yield();
    }
    return NULL;
}

static void *publish(void *argument)
{
    struct choir *choir = argument;
    struct bus_session session = {0, 0};
    struct probe_touch_result result;
    uint64_t number = 0;

    while (!atomic_load(&choir->over)) {
        struct bus_message_options options = {0};
        enum bus_outcome outcome;

        if (++number % 64 == 1) {
            (void)bus_session_close(choir->bus, session);
            if (bus_session_open(choir->bus, &session) != BUS_OK)
                session = (struct bus_session){0, 0};
        }
        options.session = number % 2 == 0 ? session : (struct bus_session){0, 0};
        bus_ignore(probe_ticked_publish_with(choir->bus, &(struct probe_ticked){.number = number},
                                             &options));
        outcome = probe_touch_execute_with(choir->bus, &(struct probe_touch){.number = number},
                                           &options, &result);
        if (outcome != BUS_ANSWERED && outcome != BUS_NO_HANDLER && outcome != BUS_REJECTED)
            atomic_fetch_add(&choir->wrong, 1);
    }
    (void)bus_session_close(choir->bus, session);
    return NULL;
}

static void it_changes_while_messages_flow(void **state)
{
    struct choir *choir = calloc(1, sizeof *choir);
    pthread_t publishers[PUBLISHERS], changers[CHANGERS];

    (void)state;
    assert_non_null(choir);
    table_init(&choir->table);
    choir->table.registry.answer_max = SINGERS * CHANGERS;
    for (int i = 0; i < CHANGERS; i++)
        for (int k = 0; k < ROUNDS; k++)
            choir->singers[i][k].choir = choir;
    choir->bus = open_bus(&(struct bus_options){.workers = 3, .registry = &choir->table.registry});
    assert_int_equal(bus_start(choir->bus), BUS_OK);
    for (int i = 0; i < PUBLISHERS; i++)
        publishers[i] = spawn(publish, choir);
    for (int i = 0; i < CHANGERS; i++)
        changers[i] = spawn(change, choir);
    for (int i = 0; i < CHANGERS; i++)
        reap(changers[i]);
    atomic_store(&choir->over, true);
    for (int i = 0; i < PUBLISHERS; i++)
        reap(publishers[i]);
    assert_int_equal(bus_wait_idle(choir->bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&choir->wrong), 0);
    finish_bus(&choir->bus);
    table_free(&choir->table);
    free(choir);
}

/* A release waits for the run, and another one's run does not hold it up. */
struct releasing {
    struct table table;
    struct bus_handler handler;
    struct latch released;
};

static void *release_it(void *argument)
{
    struct releasing *releasing = argument;

    if (table_release(&releasing->table, releasing->handler) == BUS_OK)
        latch_add(&releasing->released, 1);
    return NULL;
}

static void a_release_waits_for_the_run(void **state)
{
    struct releasing releasing = {.released = LATCH_INITIALIZER};
    struct hold hold = HOLD_INITIALIZER;
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_handler other;
    struct bus *bus;
    pthread_t thread;

    (void)state;
    table_init(&releasing.table);
    bus = open_bus(&(struct bus_options){.workers = 2, .registry = &releasing.table.registry});
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ticked_subscribe(bus, on_ticked_hold, &hold,
                               &(struct bus_handler_options){.made = &releasing.handler}),
        BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal,
                                            &(struct bus_handler_options){.made = &other}),
                     BUS_OK);
    table_add(&releasing.table, &probe_ticked_type, (struct bus_session){0, 0}, releasing.handler);
    table_add(&releasing.table, &probe_ticked_type, (struct bus_session){0, 0}, other);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    /* The message is on its way to this one, and runs a while; it goes at once all the same. */
    assert_int_equal(table_release(&releasing.table, other), BUS_OK);
    thread = spawn(release_it, &releasing);
    for (int i = 0; i < 100; i++)
        sched_yield();
    assert_int_equal(latch_count(&releasing.released), 0);
    latch_add(&hold.let_go, 1);
    assert_true(latch_wait(&releasing.released, 1));
    assert_int_equal(atomic_load(&hold.runs), 1);
    reap(thread);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&journal.latch), 0);
    finish_bus(&bus);
    table_free(&releasing.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_changes_while_messages_flow),
        cmocka_unit_test(a_release_waits_for_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
