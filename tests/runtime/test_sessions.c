/*
 * Sessions from their begin to their end: ids, state, clean-up functions, events, scopes, idleness.
 * covers: E1, E3, A6
 */
#include "support.h"

#include <sched.h>
#include <stdio.h>

#include <bus/session.h>
#include <bus/simulation.h>

#include "bus_system.bus.h"

static const struct bus_session none = {0, 0};

/* What happened, in words. */
struct diary {
    pthread_mutex_t mutex;
    char text[2048];
    struct latch latch;
};
#define DIARY_INITIALIZER                                                                          \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, "", LATCH_INITIALIZER                                           \
    }

static void note(struct diary *diary, const char *words)
{
    size_t used;

    pthread_mutex_lock(&diary->mutex);
    used = strlen(diary->text);
    (void)snprintf(diary->text + used, sizeof diary->text - used, "%s;", words);
    pthread_mutex_unlock(&diary->mutex);
    latch_add(&diary->latch, 1);
}

static enum bus_verdict on_started(void *context, const struct bus_system_session_started *event,
                                   struct bus_delivery *delivery)
{
    char words[128];

    (void)delivery;
    (void)snprintf(words, sizeof words, "started %.*s", (int)event->id.size, event->id.data);
    note(context, words);
    return BUS_DONE;
}

static enum bus_verdict on_ended(void *context, const struct bus_system_session_ended *event,
                                 struct bus_delivery *delivery)
{
    char words[512];

    (void)delivery;
    (void)snprintf(words, sizeof words, "ended %.*s %d%s%.*s", (int)event->id.size, event->id.data,
                   (int)event->reason, event->failed ? " " : "", (int)event->error.text.size,
                   event->error.text.data != NULL ? event->error.text.data : "");
    note(context, words);
    return BUS_DONE;
}

static void watch_sessions(struct bus *bus, struct diary *diary)
{
    assert_int_equal(bus_system_session_started_subscribe(bus, on_started, diary, NULL), BUS_OK);
    assert_int_equal(bus_system_session_ended_subscribe(bus, on_ended, diary, NULL), BUS_OK);
}

struct cleanup {
    struct diary *diary;
    const char *name;
};

static void clean_up(void *context, struct bus *bus, struct bus_session session,
                     enum bus_session_reason reason, const struct bus_error *why)
{
    const struct cleanup *cleanup = context;
    char words[512];
    char id[BUS_SESSION_ID_SIZE];

    (void)snprintf(words, sizeof words, "%s %d%s%s", cleanup->name, (int)reason,
                   why != NULL ? " " : "", why != NULL ? why->text : "");
    note(cleanup->diary, words);
    if (bus_session_state(bus, session) != NULL ||
        bus_session_id(bus, session, id) != BUS_ERR_NOT_REGISTERED || id[0] != '\0')
        note(cleanup->diary, "still open");
    if (bus_session_end(bus, session, NULL) != BUS_OK)
        note(cleanup->diary, "not ended twice");
}

static struct bus_session open_named(struct bus *bus, const char *id)
{
    struct bus_session_options options = {.id = id};
    struct bus_session session;

    assert_int_equal(bus_session_open_with(bus, &options, &session), BUS_OK);
    return session;
}

/* covers: E3 */
static void ids_are_given_or_made(void **state)
{
    struct bus *bus = open_polled();
    struct bus_session given = open_named(bus, "client 7");
    char most[BUS_SESSION_ID_SIZE + 1];
    char text[BUS_SESSION_ID_SIZE];
    char other[BUS_SESSION_ID_SIZE];
    struct bus_session made;
    struct bus_session found;
    struct bus_session second;

    (void)state;
    assert_int_equal(bus_session_id(bus, given, text), BUS_OK);
    assert_string_equal(text, "client 7");
    assert_int_equal(bus_session_find(bus, "client 7", &found), BUS_OK);
    assert_memory_equal(&found, &given, sizeof found);
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "client 7"}, &second),
        BUS_ERR_ALREADY_REGISTERED);
    assert_memory_equal(&second, &none, sizeof none);
    assert_non_null(strstr(bus_last_error(), "client 7"));
    assert_int_equal(stats_of(bus).active_sessions, 1);

    assert_int_equal(bus_session_open(bus, &made), BUS_OK);
    assert_int_equal(bus_session_open(bus, &second), BUS_OK);
    assert_int_equal(bus_session_id(bus, made, text), BUS_OK);
    assert_int_equal(strlen(text), 36);
    assert_true(text[14] == '7' && text[8] == '-' && strchr("89ab", text[19]) != NULL);
    assert_int_equal(bus_session_id(bus, second, other), BUS_OK);
    assert_string_not_equal(text, other);
    assert_int_equal(bus_session_find(bus, other, &found), BUS_OK);
    assert_memory_equal(&found, &second, sizeof found);

    memset(most, 'x', sizeof most);
    most[63] = '\0';
    (void)open_named(bus, most);
    assert_int_equal(bus_session_find(bus, most, &found), BUS_OK);
    assert_int_equal(bus_session_id(bus, found, text), BUS_OK);
    assert_string_equal(text, most);
    most[63] = 'x';
    most[64] = '\0';
    assert_int_equal(bus_session_open_with(bus, &(struct bus_session_options){.id = most}, &second),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_session_open_with(bus, &(struct bus_session_options){.id = ""}, &second),
                     BUS_ERR_INVALID);
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "\xc3("}, &second),
        BUS_ERR_INVALID);
    assert_int_equal(bus_session_find(bus, most, &found), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_session_find(bus, "client", &found), BUS_ERR_NOT_REGISTERED);
    assert_memory_equal(&found, &none, sizeof none);

    /* Gone, and free for another. */
    assert_int_equal(bus_session_close(bus, given), BUS_OK);
    assert_int_equal(bus_session_find(bus, "client 7", &found), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_session_id(bus, given, text), BUS_ERR_NOT_REGISTERED);
    assert_string_equal(text, "");
    second = open_named(bus, "client 7");
    assert_int_equal(bus_session_find(bus, "client 7", &found), BUS_OK);
    assert_memory_equal(&found, &second, sizeof found);
    assert_int_equal(bus_session_id(bus, none, text), BUS_OK);
    assert_string_equal(text, "BUS");
    assert_int_equal(bus_session_open_with(bus, &(struct bus_session_options){.id = text}, &second),
                     BUS_ERR_INVALID);
    finish_bus(&bus);
}

static void arguments_are_checked(void **state)
{
    struct bus *bus = open_polled();
    struct bus_session session = open_named(bus, "a");
    struct bus_session odd = {999999, 1};
    char text[BUS_SESSION_ID_SIZE];
    struct bus_session_scope scope;

    (void)state;
    assert_int_equal(bus_session_open_with(NULL, NULL, &session), BUS_ERR_INVALID);
    assert_int_equal(bus_session_open_with(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_find(bus, "a", &session), BUS_OK);
    assert_int_equal(bus_session_find(bus, NULL, &odd), BUS_ERR_INVALID);
    odd = (struct bus_session){999999, 1};
    assert_int_equal(bus_session_find(bus, "a", NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_id(bus, odd, text), BUS_ERR_INVALID);
    assert_int_equal(bus_session_id(bus, session, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_id(NULL, session, text), BUS_ERR_INVALID);
    assert_null(bus_session_state(bus, odd));
    assert_null(bus_session_state(NULL, session));
    assert_int_equal(bus_session_set_state(bus, none, &scope), BUS_ERR_INVALID);
    assert_int_equal(bus_session_on_end(bus, session, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_on_end(bus, none, clean_up, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_end(bus, none, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_end(bus, odd, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_end(NULL, session, NULL), BUS_ERR_INVALID);
    odd = (struct bus_session){session.index, session.generation + 2};
    assert_int_equal(bus_session_end(bus, odd, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_enter(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_enter(NULL, NULL, &scope), BUS_ERR_INVALID);
    bus_session_leave(&scope);
    bus_session_leave(NULL);
    assert_int_equal(stats_of(bus).active_sessions, 1);
    finish_bus(&bus);
}

/* covers: E3 */
static void state_is_cleared_and_cleanups_run_last_first(void **state)
{
    struct bus *bus = open_polled();
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup a = {&diary, "a"}, b = {&diary, "b"}, c = {&diary, "c"};
    struct bus_session_options options = {.id = "one", .state = &a};
    struct bus_session session;
    struct bus_session second;

    (void)state;
    watch_sessions(bus, &diary);
    assert_int_equal(bus_session_open_with(bus, &options, &session), BUS_OK);
    assert_ptr_equal(bus_session_state(bus, session), &a);
    assert_int_equal(bus_session_set_state(bus, session, &b), BUS_OK);
    assert_ptr_equal(bus_session_state(bus, session), &b);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &a), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &b), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &c), BUS_OK);
    poll_all(bus);
    assert_int_equal(bus_session_end(bus, session, &(struct bus_error){.text = "kicked out"}),
                     BUS_OK);
    assert_null(bus_session_state(bus, session));
    assert_int_equal(bus_session_set_state(bus, session, &b), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &a), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_session_end(bus, session, NULL), BUS_OK);
    poll_all(bus);
    assert_string_equal(diary.text, "started one;c 1 kicked out;b 1 kicked out;a 1 kicked out;"
                                    "ended one 1 kicked out;");
    /* The next one in its place starts empty. */
    second = open_named(bus, "two");
    assert_null(bus_session_state(bus, second));
    assert_int_equal(bus_session_end(bus, second, NULL), BUS_OK);
    poll_all(bus);
    assert_non_null(strstr(diary.text, ";started two;ended two 1;"));
    finish_bus(&bus);
}

static void cleanups_are_bounded(void **state)
{
    struct bus *bus = open_polled();
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup cleanup = {&diary, "x"};
    struct bus_session session = open_named(bus, "one");

    (void)state;
    for (int i = 0; i < BUS_SESSION_ENDS_MAX; i++)
        assert_int_equal(bus_session_on_end(bus, session, clean_up, &cleanup), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &cleanup), BUS_ERR_LIMIT);
    assert_int_equal(bus_session_end(bus, session, NULL), BUS_OK);
    assert_int_equal(latch_count(&diary.latch), BUS_SESSION_ENDS_MAX);
    finish_bus(&bus);
}

/* ---- running handlers ---- */

struct ender {
    struct bus *bus;
    struct bus_session session;
    enum bus_status status;
    struct latch done;
};

static void *end_it(void *argument)
{
    struct ender *ender = argument;

    ender->status = bus_session_end(ender->bus, ender->session, NULL);
    latch_add(&ender->done, 1);
    return NULL;
}

/* covers: E3 */
static void the_end_waits_for_running_handlers(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup cleanup = {&diary, "x"};
    struct ender ender = {bus, open_named(bus, "one"), BUS_ERR_STATE, LATCH_INITIALIZER};
    struct bus_handler_options own = {.session = ender.session};
    struct bus_message_options options = {.session = ender.session};
    struct bus_session second;
    pthread_t thread;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, &own), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, ender.session, clean_up, &cleanup), BUS_OK);
    for (uint64_t n = 1; n <= 2; n++)
        assert_int_equal(
            probe_ticked_publish_with(bus, &(struct probe_ticked){.number = n}, &options),
            BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    thread = spawn(end_it, &ender);
    while (stats_of(bus).active_sessions != 0)
        sched_yield();
    assert_false(latch_wait_for(&ender.done, 1, 20 * BUS_MILLISECOND));
    assert_int_equal(latch_count(&diary.latch), 0);
    assert_int_equal(bus_session_end(bus, ender.session, NULL), BUS_OK); /* it is on its way */
    /* Its id is free when its end is over. */
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "one"}, &second),
        BUS_ERR_ALREADY_REGISTERED);
    latch_add(&hold.let_go, 1);
    assert_true(latch_wait(&ender.done, 1));
    reap(thread);
    assert_int_equal(ender.status, BUS_OK);
    assert_string_equal(diary.text, "x 1;");
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&hold.runs), 1);
    (void)open_named(bus, "one");
    finish_bus(&bus);
}

struct own {
    struct diary *diary;
    struct bus_session session;
    struct cleanup cleanup;
    struct bus_error why;
};

static enum bus_verdict on_ticked_end_own(void *context, const struct probe_ticked *event,
                                          struct bus_delivery *delivery)
{
    struct own *own = context;
    struct bus *bus = bus_delivery_bus(delivery);

    (void)event;
    if (bus_session_end(bus, own->session, &own->why) != BUS_OK)
        note(own->diary, "refused");
    note(own->diary, "handler goes on");
    return BUS_DONE;
}

/* Inside its own handler: nothing is cleaned up under its feet. covers: E3 */
static void a_handler_ends_its_own_session(void **state)
{
    (void)state;
    for (uint32_t workers = 0; workers <= 2; workers++) {
        struct bus *bus = workers == 0 ? open_polled() : open_workers(workers);
        struct diary diary = DIARY_INITIALIZER;
        struct own own = {&diary, open_named(bus, "own"), {&diary, "x"}, {.text = "of its own"}};
        struct bus_handler_options scope = {.session = own.session, .concurrent = workers == 2};
        struct bus_message_options options = {.session = own.session};

        watch_sessions(bus, &diary);
        assert_int_equal(bus_session_on_end(bus, own.session, clean_up, &own.cleanup), BUS_OK);
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_end_own, &own, &scope), BUS_OK);
        assert_int_equal(
            probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &options),
            BUS_QUEUED);
        if (workers == 0)
            poll_all(bus);
        assert_true(latch_wait(&diary.latch, 3));
        assert_string_equal(diary.text, "handler goes on;x 1 of its own;ended own 1 of its own;");
        assert_int_equal(stats_of(bus).active_sessions, 0);
        assert_int_equal(stats_of(bus).registered_handlers, 2);
        (void)open_named(bus, "own");
        finish_bus(&bus);
    }
}

/* What did not get its turn before the bus stopped gets it at close; so do open sessions. */
static void close_ends_them_all(void **state)
{
    struct bus *bus = open_polled();
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup a = {&diary, "a"}, b = {&diary, "b"};
    struct own own = {&diary, open_named(bus, "own"), {&diary, "x"}, {.text = "of its own"}};
    struct bus_handler_options scope = {.session = own.session};
    struct bus_message_options options = {.session = own.session};
    struct bus_session session = open_named(bus, "open");
    uint32_t ran;

    (void)state;
    assert_int_equal(bus_session_on_end(bus, own.session, clean_up, &own.cleanup), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &a), BUS_OK);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &b), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_end_own, &own, &scope), BUS_OK);
    assert_int_equal(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &options),
                     BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 1, &ran), BUS_OK);
    assert_string_equal(diary.text, "handler goes on;");
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_OK);
    assert_int_equal(bus_session_open(bus, &session), BUS_ERR_STATE);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_non_null(strstr(diary.text, "b 3;a 3;"));
    assert_non_null(strstr(diary.text, "x 1 of its own;"));
    assert_int_equal(latch_count(&diary.latch), 4);
}

/* ---- scopes ---- */

static bool scoped(struct bus *bus, struct diary *diary, bool fails)
{
    __attribute__((cleanup(bus_session_leave))) struct bus_session_scope scope = {0};
    struct bus_session_options options = {.id = "scoped"};

    if (bus_session_enter(bus, &options, &scope) != BUS_OK)
        return false;
    note(diary, "inside");
    if (!fails)
        return true;
    scope.failed = true;
    scope.why.text = "no luck";
    return false;
}

/* covers: E3 */
static void a_session_ends_with_its_scope(void **state)
{
    struct bus *bus = open_polled();
    struct diary diary = DIARY_INITIALIZER;
    struct bus_session taken;

    (void)state;
    watch_sessions(bus, &diary);
    assert_true(scoped(bus, &diary, false));
    assert_false(scoped(bus, &diary, true));
    assert_int_equal(stats_of(bus).active_sessions, 0);
    taken = open_named(bus, "scoped");
    assert_false(scoped(bus, &diary, false)); /* it did not open: nothing is ended */
    assert_int_equal(stats_of(bus).active_sessions, 1);
    assert_int_equal(bus_session_close(bus, taken), BUS_OK);
    poll_all(bus);
    assert_string_equal(diary.text, "inside;inside;started scoped;ended scoped 1;started scoped;"
                                    "ended scoped 1 no luck;started scoped;ended scoped 1;");
    finish_bus(&bus);
}

/* ---- idleness ---- */

static void say_in(struct bus *bus, struct bus_session session)
{
    struct bus_message_options options = {.session = session};

    assert_int_equal(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &options),
                     BUS_QUEUED);
    poll_all(bus);
}

/* In virtual time. covers: E3 */
static void idle_sessions_end(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup cleanup = {&diary, "x"};
    struct bus_session_options options = {.id = "lazy", .idle_ns = 2 * BUS_SECOND};
    struct bus_session lazy;
    struct bus_session busy;
    struct bus_session calm;

    (void)state;
    assert_int_equal(bus_session_open_with(bus, &options, &lazy), BUS_OK);
    options.id = "busy";
    options.idle_ns = BUS_SECOND;
    assert_int_equal(bus_session_open_with(bus, &options, &busy), BUS_OK);
    calm = open_named(bus, "calm");
    watch_sessions(bus, &diary);
    assert_int_equal(bus_session_on_end(bus, lazy, clean_up, &cleanup), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    for (int i = 0; i < 4; i++) { /* two messages a second keep it open */
        assert_string_equal(diary.text, "");
        frozen_advance(490 * BUS_MILLISECOND);
        say_in(bus, busy);
    }
    frozen_advance(39 * BUS_MILLISECOND);
    poll_all(bus);
    assert_string_equal(diary.text, "");
    frozen_advance(2 * BUS_MILLISECOND);
    poll_all(bus);
    assert_string_equal(diary.text, "x 2;ended lazy 2;");
    assert_int_equal(stats_of(bus).active_sessions, 2);
    frozen_advance(958 * BUS_MILLISECOND);
    poll_all(bus);
    assert_int_equal(stats_of(bus).active_sessions, 2);
    frozen_advance(2 * BUS_MILLISECOND);
    poll_all(bus);
    assert_string_equal(diary.text, "x 2;ended lazy 2;ended busy 2;");
    frozen_advance(100000 * BUS_SECOND);
    poll_all(bus);
    assert_int_equal(stats_of(bus).active_sessions, 1);
    say_in(bus, calm);
    /* One that is opened now, behind a later one, is seen in time. */
    options = (struct bus_session_options){.id = "late", .idle_ns = 50 * BUS_SECOND};
    assert_int_equal(bus_session_open_with(bus, &options, &lazy), BUS_OK);
    poll_all(bus);
    options = (struct bus_session_options){.id = "soon", .idle_ns = 5 * BUS_SECOND};
    assert_int_equal(bus_session_open_with(bus, &options, &busy), BUS_OK);
    poll_all(bus);
    frozen_advance(6 * BUS_SECOND);
    poll_all(bus);
    assert_non_null(strstr(diary.text, "ended soon 2;"));
    assert_null(strstr(diary.text, "ended late"));
    assert_int_equal(bus_session_close(bus, lazy), BUS_OK); /* its time is forgotten */
    frozen_advance(100 * BUS_SECOND);
    poll_all(bus);
    assert_non_null(strstr(diary.text, "ended late 1;"));
    finish_bus(&bus);
}

/* More at once than one look ends. */
static void many_idle_sessions_end(void **state)
{
    enum { MANY = 200 };
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct bus_session_options options = {.idle_ns = BUS_SECOND};
    struct bus_session session;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(bus_session_open_with(bus, &options, &session), BUS_OK);
    poll_all(bus);
    assert_int_equal(stats_of(bus).active_sessions, MANY);
    frozen_advance(2 * BUS_SECOND);
    poll_all(bus);
    assert_int_equal(stats_of(bus).active_sessions, 0);
    finish_bus(&bus);
}

struct told {
    uint32_t started, ended;
};

static enum bus_verdict count_started(void *context, const struct bus_system_session_started *event,
                                      struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct told *)context)->started++;
    return BUS_DONE;
}

static enum bus_verdict count_ended(void *context, const struct bus_system_session_ended *event,
                                    struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct told *)context)->ended++;
    return BUS_DONE;
}

/* Its opener stands still before the begin is told: that it was open is told all the same. */
static void one_that_ends_while_it_is_opened(uint64_t seed)
{
    struct bus_simulation_faults stalls = {.stalls = 300000};
    struct bus_session_options options = {.id = "mayfly", .idle_ns = 1};
    struct bus_simulation *simulation = NULL;
    struct told told = {0, 0};
    struct bus_session session;
    struct bus *bus;

    assert_int_equal(
        bus_simulation_open(&simulation,
                            &(struct bus_simulation_options){.seed = seed, .switch_every = 2}),
        BUS_OK);
    bus = open_bus(&(struct bus_options){.workers = 1, .os = bus_simulation_os(simulation)});
    assert_int_equal(bus_system_session_started_subscribe(bus, count_started, &told, NULL), BUS_OK);
    assert_int_equal(bus_system_session_ended_subscribe(bus, count_ended, &told, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    bus_simulation_inject(simulation, &stalls);
    assert_int_equal(bus_session_open_with(bus, &options, &session), BUS_OK);
    bus_simulation_inject(simulation, NULL);
    bus_simulation_sleep(simulation, BUS_SECOND);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    assert_int_equal(told.started, 1);
    assert_int_equal(told.ended, 1);
}

static void mayflies_are_told_of_too(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++)
        one_that_ends_while_it_is_opened(seed);
}

/* ---- memory ---- */

/* Every refused allocation on the way leaves nothing behind. */
static void no_memory_is_said(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = failing_os()});
    struct diary diary = DIARY_INITIALIZER;
    struct cleanup cleanup = {&diary, "x"};
    struct bus_session session = open_named(bus, "one");

    (void)state;
    failing_arm(1, true);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &cleanup), BUS_ERR_MEMORY);
    (void)open_named(bus, "two"); /* takes none */
    failing_arm(0, false);
    assert_int_equal(bus_session_on_end(bus, session, clean_up, &cleanup), BUS_OK);
    failing_arm(1, true);
    assert_int_equal(bus_session_end(bus, session, NULL), BUS_OK);
    failing_arm(0, false);
    assert_string_equal(diary.text, "x 1;");
    assert_int_equal(bus_start(bus), BUS_OK);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_given_or_made),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(state_is_cleared_and_cleanups_run_last_first),
        cmocka_unit_test(cleanups_are_bounded),
        cmocka_unit_test(the_end_waits_for_running_handlers),
        cmocka_unit_test(a_handler_ends_its_own_session),
        cmocka_unit_test(close_ends_them_all),
        cmocka_unit_test(a_session_ends_with_its_scope),
        cmocka_unit_test(idle_sessions_end),
        cmocka_unit_test(many_idle_sessions_end),
        cmocka_unit_test(mayflies_are_told_of_too),
        cmocka_unit_test(no_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
