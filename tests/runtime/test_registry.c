/*
 * Registering and unregistering, components, sessions, under traffic too.
 * covers: B6, E1, E2, E4
 */
#include "support.h"

#include <sched.h>

static const struct bus_session none = {0, 0};

static enum bus_verdict on_echo(void *context, const struct probe_echo *request,
                                struct bus_delivery *delivery)
{
    struct probe_echo_ok ok = {.text = request->text};

    (void)context;
    return probe_echo_return(delivery, &ok);
}

/* covers: E4 */
static void registered_handlers_follow(void **state)
{
    struct bus *bus = open_polled();
    struct journal journals[5];

    (void)state;
    for (int i = 0; i < 5; i++) {
        journals[i] = (struct journal)JOURNAL_INITIALIZER;
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[i], NULL), BUS_OK);
        assert_int_equal(stats_of(bus).registered_handlers, i + 1);
    }
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[0], NULL),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(stats_of(bus).registered_handlers, 5);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journals[i], none), BUS_OK);
        assert_int_equal(stats_of(bus).registered_handlers, 4 - i);
        tick(bus, 2, BUS_QUEUED);
        poll_all(bus);
    }
    for (int i = 0; i < 5; i++)
        assert_int_equal(latch_count(&journals[i].latch), 1 + i);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journals[0], none),
                     BUS_ERR_NOT_REGISTERED);
    finish_bus(&bus);
}

static void handlers_are_bounded(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .handlers_max = 3});
    struct journal journals[4] = {JOURNAL_INITIALIZER, JOURNAL_INITIALIZER, JOURNAL_INITIALIZER,
                                  JOURNAL_INITIALIZER};
    const struct probe_calculator calculator = {.add = on_add, .touch = on_touch, .echo = on_echo};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[0], NULL), BUS_OK);
    /* All handlers of a component or none. */
    assert_int_equal(probe_calculator_attach(bus, &calculator, NULL), BUS_ERR_LIMIT);
    assert_int_equal(stats_of(bus).registered_handlers, 1);
    for (int i = 1; i < 3; i++)
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[i], NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[3], NULL), BUS_ERR_LIMIT);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journals[0], none), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[3], NULL), BUS_OK);
    finish_bus(&bus);
}

static void types_are_bounded(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .types_max = 3});
    enum bus_outcome outcome = BUS_QUEUED;
    int accepted = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    if (bus_accepted(probe_ticked_publish(bus, &(struct probe_ticked){.number = 1})))
        accepted++;
    if (bus_accepted(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1})))
        accepted++;
    if (bus_accepted(probe_urged_publish(bus, &(struct probe_urged){.number = 1})))
        accepted++;
    outcome = probe_lazed_publish(bus, &(struct probe_lazed){.number = 1});
    assert_int_equal(accepted, 3);
    assert_true(outcome == BUS_INVALID || outcome == BUS_REJECTED);
    assert_true(bus_last_error()[0] != '\0');
    tick(bus, 2, BUS_QUEUED); /* those it knows still go */
    assert_int_equal(poll_all(bus), 4);
    finish_bus(&bus);
}

/* ---- components ---- */

static enum bus_verdict on_filled(void *context, const struct probe_filled *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

static void components_attach_and_detach(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct journal other = JOURNAL_INITIALIZER;
    struct probe_calculator calculator = {.add = on_add, .touch = on_touch, .echo = on_echo};
    struct probe_watcher watcher = {.on_ticked = on_ticked, .on_filled = on_filled};
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal), BUS_OK);
    assert_int_equal(stats_of(bus).registered_handlers, 3);
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(probe_calculator_attach(bus, &calculator, &other), BUS_ERR_ALREADY_REGISTERED);
    /* A listener twice, with two contexts; one event is not listened to. */
    assert_int_equal(probe_watcher_attach(bus, &watcher, &journal), BUS_OK);
    assert_int_equal(probe_watcher_attach(bus, &watcher, &other), BUS_OK);
    assert_int_equal(stats_of(bus).registered_handlers, 7);
    tick(bus, 5, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&journal, 5, 1);
    assert_journal_run(&other, 5, 1);
    assert_int_equal(probe_watcher_detach(bus, &other), BUS_OK);
    assert_int_equal(probe_watcher_detach(bus, &other), BUS_ERR_NOT_REGISTERED);
    tick(bus, 6, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&journal, 5, 2);
    assert_journal_run(&other, 5, 1);
    assert_int_equal(probe_calculator_detach(bus, &journal), BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_NO_HANDLER);
    calculator.echo = NULL; /* a command's function must be there */
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal), BUS_ERR_NO_HANDLER);
    assert_non_null(strstr(bus_last_error(), "echo"));
    assert_int_equal(stats_of(bus).registered_handlers, 2);
    /* One command is taken: nothing of the component stays. */
    calculator.echo = on_echo;
    assert_int_equal(probe_echo_handle(bus, on_echo, NULL, NULL), BUS_OK);
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(stats_of(bus).registered_handlers, 3);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_NO_HANDLER);
    finish_bus(&bus);
}

/* ---- sessions ---- */

/* covers: E2 */
static void sessions_see_their_own(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .sessions_max = 2});
    struct bus_session a;
    struct bus_session b;
    struct bus_session c;
    struct journal all = JOURNAL_INITIALIZER;
    struct journal own = JOURNAL_INITIALIZER;
    struct bus_handler_options scope = {0};
    struct bus_message_options options = {0};
    struct probe_ticked message = {.number = 1};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_session_open(bus, &a), BUS_OK);
    assert_int_equal(bus_session_open(bus, &b), BUS_OK);
    assert_int_equal(bus_session_open(bus, &c), BUS_ERR_LIMIT);
    assert_int_equal(stats_of(bus).active_sessions, 2);
    scope.session = a;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &own, &scope), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &all, NULL), BUS_OK);
    options.session = b;
    assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_QUEUED);
    message.number = 2;
    options.session = a;
    assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&all, 1, 3);
    assert_journal_run(&own, 2, 1);
    /* Closed with a message on its way: its handlers do not see it, the bus's do. */
    message.number = 4;
    assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_QUEUED);
    assert_int_equal(bus_session_close(bus, a), BUS_OK);
    assert_int_equal(stats_of(bus).active_sessions, 1);
    assert_int_equal(stats_of(bus).registered_handlers, 1);
    poll_all(bus);
    assert_journal_run(&all, 1, 4);
    assert_journal_run(&own, 2, 1);
    /* The place is used again; the old handle is known to be old. */
    assert_int_equal(bus_session_open(bus, &c), BUS_OK);
    assert_true(c.index != a.index || c.generation != a.generation);
    assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_INVALID);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &own, &scope), BUS_ERR_INVALID);
    assert_int_equal(bus_session_close(bus, a), BUS_OK); /* twice is harmless */
    assert_int_equal(stats_of(bus).active_sessions, 2);
    assert_int_equal(bus_session_close(bus, (struct bus_session){12345, 1}), BUS_ERR_INVALID);
    assert_int_equal(bus_session_close(bus, none), BUS_ERR_INVALID);
    finish_bus(&bus);
}

static void sessions_come_and_go(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .sessions_max = 3});
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_handler_options scope = {0};
    struct bus_message_options options = {0};
    struct bus_session old = {0, 0};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 1; n <= 3000; n++) {
        struct bus_session session;
        struct probe_ticked message = {.number = n};

        assert_int_equal(bus_session_open(bus, &session), BUS_OK);
        assert_true(session.index != old.index || session.generation != old.generation);
        scope.session = session;
        options.session = session;
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &scope), BUS_OK);
        assert_int_equal(probe_ticked_publish_with(bus, &message, &options), BUS_QUEUED);
        poll_all(bus);
        if (old.generation != 0) /* a handle that is out of date takes nothing from the new one */
            assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journal, old),
                             BUS_ERR_NOT_REGISTERED);
        assert_int_equal(bus_session_close(bus, session), BUS_OK);
        old = session;
    }
    assert_journal_run(&journal, 1, 3000);
    finish_bus(&bus);
}

/* ---- unregister and running handlers ---- */

struct unsubscriber {
    struct bus *bus;
    struct hold *hold;
    struct latch done;
    enum bus_status status;
    uint64_t runs_at_return;
};

static void *unsubscribe_hold(void *argument)
{
    struct unsubscriber *unsubscriber = argument;

    unsubscriber->status =
        probe_ticked_unsubscribe(unsubscriber->bus, on_ticked_hold, unsubscriber->hold, none);
    unsubscriber->runs_at_return = atomic_load(&unsubscriber->hold->runs);
    latch_add(&unsubscriber->done, 1);
    return NULL;
}

/* When unregister returns, the handler does not run and will not run. covers: E4 */
static void unregister_waits_for_the_running_handler(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct unsubscriber unsubscriber = {bus, &hold, LATCH_INITIALIZER, BUS_ERR_STATE, 0};
    pthread_t thread;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    tick(bus, 2, BUS_QUEUED);
    thread = spawn(unsubscribe_hold, &unsubscriber);
    assert_false(latch_wait_for(&unsubscriber.done, 1, 20 * BUS_MILLISECOND));
    latch_add(&hold.let_go, 1);
    assert_true(latch_wait(&unsubscriber.done, 1));
    reap(thread);
    assert_int_equal(unsubscriber.status, BUS_OK);
    assert_true(unsubscriber.runs_at_return >= 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&hold.runs), unsubscriber.runs_at_return);
    finish_bus(&bus);
}

struct quitter {
    struct journal journal;
    struct bus_session session;
    enum bus_status status;
};

static enum bus_verdict on_ticked_quit(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct quitter *quitter = context;

    journal_add(&quitter->journal, event->number);
    quitter->status = probe_ticked_unsubscribe(bus_delivery_bus(delivery), on_ticked_quit, quitter,
                                               quitter->session);
    return BUS_DONE;
}

static enum bus_verdict on_ticked_end(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    struct quitter *quitter = context;

    journal_add(&quitter->journal, event->number);
    quitter->status = bus_session_close(bus_delivery_bus(delivery), quitter->session);
    return BUS_DONE;
}

/* Inside itself: at once, and for good from its return on. covers: E4 */
static void handler_unregisters_itself(void **state)
{
    (void)state;
    for (uint32_t workers = 0; workers <= 2; workers++) {
        struct bus *bus = workers == 0 ? open_polled() : open_workers(workers);
        struct quitter quitter = {.journal = JOURNAL_INITIALIZER, .status = BUS_ERR_STATE};
        struct quitter ender = {.journal = JOURNAL_INITIALIZER, .status = BUS_ERR_STATE};
        struct journal other = JOURNAL_INITIALIZER;
        struct bus_handler_options scope = {0};
        struct bus_message_options options = {0};

        assert_int_equal(bus_session_open(bus, &ender.session), BUS_OK);
        scope.session = ender.session;
        options.session = ender.session;
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_quit, &quitter, NULL), BUS_OK);
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_end, &ender, &scope), BUS_OK);
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &other, NULL), BUS_OK);
        assert_int_equal(
            probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &options),
            BUS_QUEUED);
        for (uint64_t n = 2; n <= 3; n++)
            tick(bus, n, BUS_QUEUED);
        if (workers == 0)
            poll_all(bus);
        else
            assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(quitter.status, BUS_OK);
        assert_int_equal(ender.status, BUS_OK);
        assert_journal_run(&quitter.journal, 1, 1);
        assert_journal_run(&ender.journal, 1, 1);
        assert_journal_run(&other, 1, 3);
        assert_int_equal(stats_of(bus).registered_handlers, 1);
        assert_int_equal(stats_of(bus).active_sessions, 0);
        finish_bus(&bus);
    }
}

struct pair {
    struct latch both;
    struct pair *other;
    enum bus_status status;
    struct latch finished;
};

static enum bus_verdict on_ticked_pair(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery);

static enum bus_verdict pair_up(struct pair *self, struct bus *bus)
{
    latch_add(&self->both, 1);
    latch_add(&self->other->both, 1);
    if (latch_wait(&self->both, 2))
        self->status = probe_ticked_unsubscribe(bus, on_ticked_pair, self->other, none);
    latch_add(&self->finished, 1);
    return BUS_DONE;
}

static enum bus_verdict on_ticked_pair(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    return pair_up(context, bus_delivery_bus(delivery));
}

static void *publish_one(void *argument)
{
    tick(argument, 1, BUS_QUEUED);
    return NULL;
}

/* Two handlers that unregister each other while both run: nobody waits for ever. */
static void handlers_unregister_each_other(void **state)
{
    struct bus *bus = open_workers(2);
    struct pair a = {LATCH_INITIALIZER, NULL, BUS_ERR_STATE, LATCH_INITIALIZER};
    struct pair b = {LATCH_INITIALIZER, NULL, BUS_ERR_STATE, LATCH_INITIALIZER};
    struct bus_handler_options parallel = {.concurrent = true, .parallel = true};
    pthread_t thread;

    (void)state;
    a.other = &b;
    b.other = &a;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_pair, &a, &parallel), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_pair, &b, &parallel), BUS_OK);
    thread = spawn(publish_one, bus);
    assert_true(latch_wait(&a.finished, 1));
    assert_true(latch_wait(&b.finished, 1));
    reap(thread);
    assert_true(a.status == BUS_OK || a.status == BUS_ERR_BUSY);
    assert_true(b.status == BUS_OK || b.status == BUS_ERR_BUSY);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    finish_bus(&bus);
}

/* ---- under traffic ---- */

struct traffic {
    struct bus *bus;
    atomic_bool enough;
    _Atomic uint64_t published;
};

static void *publish_until_enough(void *argument)
{
    struct traffic *traffic = argument;

    while (!atomic_load(&traffic->enough))
        if (probe_ticked_publish(traffic->bus, &(struct probe_ticked){.number = 1}) == BUS_QUEUED)
            atomic_fetch_add(&traffic->published, 1);
    return NULL;
}

struct guarded {
    atomic_bool registered;
    _Atomic uint64_t calls;
    _Atomic uint64_t ghosts; /* calls while it was not registered */
};

static enum bus_verdict on_ticked_guarded(void *context, const struct probe_ticked *event,
                                          struct bus_delivery *delivery)
{
    struct guarded *guarded = context;

    (void)event;
    (void)delivery;
    if (!atomic_load(&guarded->registered))
        atomic_fetch_add(&guarded->ghosts, 1);
    atomic_fetch_add(&guarded->calls, 1);
    return BUS_DONE;
}

/* covers: E4 */
static void registering_under_traffic(void **state)
{
    struct bus *bus = open_workers(2);
    struct traffic traffic = {.bus = bus};
    struct guarded steady = {.registered = true};
    struct guarded guarded = {.registered = false};
    struct bus_handler_options concurrent = {.concurrent = true};
    pthread_t threads[2];

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_guarded, &steady, &concurrent), BUS_OK);
    for (int i = 0; i < 2; i++)
        threads[i] = spawn(publish_until_enough, &traffic);
    for (int round = 0; round < 300; round++) {
        uint64_t before = atomic_load(&guarded.calls);

        atomic_store(&guarded.registered, true);
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_guarded, &guarded, &concurrent),
                         BUS_OK);
        if (round % 10 == 0) {
            uint64_t give_up = bus_os_native()->monotonic_ns(NULL) + PATIENCE;

            while (atomic_load(&guarded.calls) == before &&
                   bus_os_native()->monotonic_ns(NULL) < give_up)
                sched_yield();
            assert_true(atomic_load(&guarded.calls) > before);
        }
        assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_guarded, &guarded, none), BUS_OK);
        atomic_store(&guarded.registered, false);
    }
    atomic_store(&traffic.enough, true);
    for (int i = 0; i < 2; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&guarded.ghosts), 0);
    assert_int_equal(atomic_load(&steady.calls), atomic_load(&traffic.published));
    finish_bus(&bus);
}

struct comer {
    struct bus *bus;
    uint64_t seed;
    uint64_t wrong;
    _Atomic uint32_t inside;
    _Atomic uint32_t overlaps;
};

static enum bus_verdict comer_runs(struct comer *comer)
{
    if (atomic_fetch_add(&comer->inside, 1) != 0)
        atomic_fetch_add(&comer->overlaps, 1);
    for (volatile int i = 0; i < 50; i++)
        ;
    atomic_fetch_sub(&comer->inside, 1);
    return BUS_DONE;
}

static enum bus_verdict comer_ticked(void *context, const struct probe_ticked *event,
                                     struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    return comer_runs(context);
}

static enum bus_verdict comer_keyed(void *context, const struct probe_keyed *event,
                                    struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    return comer_runs(context);
}

/* Attaches, publishes, detaches; in a session of its own now and then. */
static void *come_and_go(void *argument)
{
    struct comer *comer = argument;
    const struct probe_watcher watcher = {.on_ticked = comer_ticked, .on_keyed = comer_keyed};

    for (int i = 0; i < 200; i++) {
        uint64_t dice = chance(&comer->seed);
        struct bus_session session = {0, 0};
        struct bus_handler_options options = {0};
        enum bus_status status;

        if (dice % 3 == 0 && bus_session_open(comer->bus, &session) == BUS_OK)
            options.session = session;
        status = probe_watcher_attach_with(comer->bus, &watcher, comer, &options);
        comer->wrong += status != BUS_OK && status != BUS_ERR_WORKER_CONFLICT;
        bus_ignore(probe_ticked_publish(comer->bus, &(struct probe_ticked){.number = 1}));
        bus_ignore(probe_keyed_publish(comer->bus, &(struct probe_keyed){.id = dice}));
        if (session.generation != 0 && dice % 2 == 0)
            comer->wrong += bus_session_close(comer->bus, session) != BUS_OK;
        else if (status == BUS_OK)
            comer->wrong += probe_watcher_detach(comer->bus, comer) != BUS_OK;
        if (session.generation != 0)
            (void)bus_session_close(comer->bus, session);
    }
    return NULL;
}

/* Several threads change the registry at once; serial components stay serial. covers: E4 */
static void many_come_and_go(void **state)
{
    struct bus *bus = open_workers(3);
    static struct comer comers[4];
    pthread_t threads[4];

    (void)state;
    for (uint64_t i = 0; i < 4; i++) {
        memset(&comers[i], 0, sizeof comers[i]);
        comers[i].bus = bus;
        comers[i].seed = i;
        threads[i] = spawn(come_and_go, &comers[i]);
    }
    for (int i = 0; i < 4; i++) {
        reap(threads[i]);
        assert_int_equal(comers[i].wrong, 0);
        assert_int_equal(atomic_load(&comers[i].overlaps), 0);
    }
    assert_int_equal(stats_of(bus).registered_handlers, 0);
    assert_int_equal(stats_of(bus).active_sessions, 0);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    finish_bus(&bus);
}

/* ---- memory of old tables ---- */

/* Coming and going for long does not use up memory. */
static void registry_memory_is_reclaimed(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .os = failing_os()});
    struct journal journal = JOURNAL_INITIALIZER;
    uint64_t early = 0;

    (void)state;
    failing_arm(0, false);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int round = 0; round < 2000; round++) {
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
        if (round % 7 == 0)
            tick(bus, 1, BUS_QUEUED);
        assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journal, none), BUS_OK);
        if (round % 100 == 0)
            assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        if (round == 500)
            early = failing_outstanding();
    }
    assert_true(failing_outstanding() <= early + 200);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registered_handlers_follow),
        cmocka_unit_test(handlers_are_bounded),
        cmocka_unit_test(types_are_bounded),
        cmocka_unit_test(components_attach_and_detach),
        cmocka_unit_test(sessions_see_their_own),
        cmocka_unit_test(sessions_come_and_go),
        cmocka_unit_test(unregister_waits_for_the_running_handler),
        cmocka_unit_test(handler_unregisters_itself),
        cmocka_unit_test(handlers_unregister_each_other),
        cmocka_unit_test(registering_under_traffic),
        cmocka_unit_test(many_come_and_go),
        cmocka_unit_test(registry_memory_is_reclaimed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
