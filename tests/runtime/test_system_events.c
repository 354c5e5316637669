/*
 * What a bus tells about itself, as typed events.
 * covers: A6, B3, I4
 */
#include "support.h"

#include <stdio.h>

#include "bus_system.bus.h"

static const struct bus_session none = {0, 0};

struct told {
    struct latch latch;
    uint32_t started;
    uint32_t results;
    uint32_t failures;
    uint64_t dropped;
    uint32_t drop_events;
    uint32_t bus_started;
    uint32_t bus_stopping;
    struct bus_uuid id_started;
    struct bus_uuid id_result;
    uint8_t outcome;
    int32_t code;
    char words[1024]; /* what happened, in order */
};

static void write_down(struct told *told, const char *word, struct bus_string detail)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* handlers of several workers */
    size_t used;

    pthread_mutex_lock(&mutex);
    used = strlen(told->words);
    (void)snprintf(told->words + used, sizeof told->words - used, "%s %.*s;", word,
                   (int)detail.size, detail.data != NULL ? detail.data : "");
    pthread_mutex_unlock(&mutex);
}

static enum bus_verdict on_command_started(void *context,
                                           const struct bus_system_command_started *event,
                                           struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->started++;
    told->id_started = event->id;
    write_down(told, "started", event->command);
    latch_add(&told->latch, 1);
    return BUS_DONE;
}

static enum bus_verdict on_command_result(void *context,
                                          const struct bus_system_command_result *event,
                                          struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->results++;
    told->id_result = event->id;
    told->outcome = event->outcome;
    told->code = event->error.code;
    write_down(told, "result", event->answer);
    latch_add(&told->latch, 1);
    return BUS_DONE;
}

static enum bus_verdict on_handler_failed(void *context,
                                          const struct bus_system_event_handler_failed *event,
                                          struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->failures++;
    told->code = event->error.code;
    write_down(told, "failed", event->event);
    latch_add(&told->latch, 1);
    return BUS_DONE;
}

static enum bus_verdict on_dropped(void *context, const struct bus_system_message_dropped *event,
                                   struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->drop_events++;
    if (event->reason == BUS_SYSTEM_DROP_REASON_OVERFLOW)
        told->dropped += event->count;
    write_down(told, "dropped", event->message);
    latch_add(&told->latch, 1);
    return BUS_DONE;
}

static enum bus_verdict on_bus_started(void *context, const struct bus_system_bus_started *event,
                                       struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->bus_started++;
    write_down(told, "bus started", event->name);
    return BUS_DONE;
}

static enum bus_verdict on_bus_stopping(void *context, const struct bus_system_bus_stopping *event,
                                        struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->bus_stopping++;
    write_down(told, "bus stopping", event->name);
    return BUS_DONE;
}

static void listen_to_commands(struct bus *bus, struct told *told)
{
    assert_int_equal(bus_system_command_started_subscribe(bus, on_command_started, told, NULL),
                     BUS_OK);
    assert_int_equal(bus_system_command_result_subscribe(bus, on_command_result, told, NULL),
                     BUS_OK);
}

static enum bus_verdict on_touch_number(void *context, const struct probe_touch *request,
                                        struct bus_delivery *delivery)
{
    (void)context;
    if (request->number == 0)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.code = (int32_t)request->number});
}

/* Once per command, before and after its handler; not for one without a handler. covers: B3 */
static void commands_tell(void **state)
{
    struct bus *bus = open_polled();
    struct told told = {.latch = LATCH_INITIALIZER};
    struct probe_add_result added;
    struct probe_touch_result touched;

    (void)state;
    listen_to_commands(bus, &told);
    /* that is for events: no word of it below */
    assert_int_equal(bus_system_event_handler_failed_subscribe(bus, on_handler_failed, &told, NULL),
                     BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &touched),
                     BUS_NO_HANDLER);
    poll_all(bus);
    assert_int_equal(told.started, 0);
    assert_int_equal(told.results, 0);

    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch_number, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 1}, &added),
                     BUS_ANSWERED);
    poll_all(bus);
    assert_int_equal(told.started, 1);
    assert_int_equal(told.results, 1);
    assert_int_equal(told.outcome, BUS_ANSWERED);
    assert_memory_equal(&told.id_started, &added.run.id, sizeof added.run.id);
    assert_memory_equal(&told.id_result, &added.run.id, sizeof added.run.id);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){0}, &added), BUS_ANSWERED);
    poll_all(bus);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 7}, &touched),
                     BUS_FAULTED);
    poll_all(bus);
    assert_int_equal(told.outcome, BUS_FAULTED);
    assert_int_equal(told.code, 7);
    assert_string_equal(told.words, "started probe.add;result ok;"
                                    "started probe.add;result refused;"
                                    "started probe.touch;result ;");
    finish_bus(&bus);
}

/* Queued to a worker and inline on the caller, the same. covers: B3 */
static void commands_tell_on_workers(void **state)
{
    (void)state;
    for (int concurrent = 0; concurrent < 2; concurrent++) {
        struct bus *bus = open_workers(2);
        struct told told = {.latch = LATCH_INITIALIZER};
        struct probe_add_result added;

        listen_to_commands(bus, &told);
        assert_int_equal(
            probe_add_handle(bus, on_add, NULL,
                             &(struct bus_handler_options){.concurrent = concurrent == 1}),
            BUS_OK);
        for (uint32_t i = 1; i <= 50; i++)
            assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = i, .b = 1}, &added),
                             BUS_ANSWERED);
        assert_true(latch_wait(&told.latch, 100));
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(latch_count(&told.latch), 100);
        finish_bus(&bus);
    }
}

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery, &(struct bus_error){.code = (int32_t)event->number, .text = "no"});
}

static void failures_tell(void **state)
{
    struct bus *bus = open_polled();
    struct told told = {.latch = LATCH_INITIALIZER};
    int other;

    (void)state;
    assert_int_equal(bus_system_event_handler_failed_subscribe(bus, on_handler_failed, &told, NULL),
                     BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &other, NULL), BUS_OK);
    tick(bus, 5, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(told.failures, 2); /* one per handler */
    assert_int_equal(told.code, 5);
    assert_string_equal(told.words, "failed probe.ticked;failed probe.ticked;");
    finish_bus(&bus);
}

static enum bus_verdict on_handler_failed_fail(void *context,
                                               const struct bus_system_event_handler_failed *event,
                                               struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)event;
    told->failures++;
    return bus_fail(delivery, NULL);
}

static enum bus_verdict on_command_result_fail(void *context,
                                               const struct bus_system_command_result *event,
                                               struct bus_delivery *delivery)
{
    struct told *told = context;
    struct probe_add_result result;
    struct probe_add request = {.a = 1};

    (void)event;
    if (told->results++ < 3) /* its own commands tell nothing more than the first one */
        bus_ignore(probe_add_execute(bus_delivery_bus(delivery), &request, &result));
    return bus_fail(delivery, NULL);
}

/* A failing handler of a system event causes no further one: no endless loop. covers: A6 */
static void no_endless_loop(void **state)
{
    struct bus *bus = open_polled();
    struct told told = {.latch = LATCH_INITIALIZER};
    struct probe_add_result result;
    uint32_t ran;

    (void)state;
    assert_int_equal(
        bus_system_event_handler_failed_subscribe(bus, on_handler_failed_fail, &told, NULL),
        BUS_OK);
    assert_int_equal(bus_system_command_result_subscribe(bus, on_command_result_fail, &told, NULL),
                     BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_ANSWERED);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
        if (ran == 0)
            break;
    }
    assert_int_equal(ran, 0);
    assert_int_equal(told.failures, 1);
    assert_true(told.results >= 1 && told.results <= 4);
    finish_bus(&bus);
}

/* Built only when it has a listener: without one nothing is published. covers: A6 */
static void nothing_without_listeners(void **state)
{
    struct bus *bus = open_polled();
    struct probe_add_result result;
    struct told told = {.latch = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_ANSWERED);
    poll_all(bus);
    assert_int_equal(stats_of(bus).events_published_total, 1);
    listen_to_commands(bus, &told);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_ANSWERED);
    poll_all(bus);
    assert_int_equal(stats_of(bus).events_published_total, 3);
    assert_int_equal(bus_system_command_started_unsubscribe(bus, on_command_started, &told, none),
                     BUS_OK);
    assert_int_equal(bus_system_command_result_unsubscribe(bus, on_command_result, &told, none),
                     BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_ANSWERED);
    assert_int_equal(stats_of(bus).events_published_total, 3);
    finish_bus(&bus);
}

/* Every drop is told, but not one by one. covers: I4 */
static void drops_tell(void **state)
{
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .capacity = {16, 16, 16, 16, 16}});
    struct told told = {.latch = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_system_message_dropped_subscribe(bus, on_dropped, &told, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 1016; n++)
        assert_true(bus_accepted(probe_shed_publish(bus, &(struct probe_shed){.number = n})));
    poll_all(bus);
    assert_int_equal(account_of(bus, &probe_shed_type).dropped, 1000);
    assert_true(told.drop_events >= 1);
    assert_true(told.drop_events <= 100); /* a bounded rate */
    assert_non_null(strstr(told.words, "dropped probe.shed;"));
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(told.dropped, 1000); /* and none is forgotten */
    finish_bus(&bus);
}

/* The first and the last that a bus tells. */
static void life_tells(void **state)
{
    (void)state;
    for (uint32_t workers = 0; workers <= 2; workers++) {
        struct bus *bus = open_bus(
            &(struct bus_options){.name = "lively", .workers = workers, .polled = workers == 0});
        struct told told = {.latch = LATCH_INITIALIZER};

        assert_int_equal(bus_system_bus_started_subscribe(bus, on_bus_started, &told, NULL),
                         BUS_OK);
        assert_int_equal(bus_system_bus_stopping_subscribe(bus, on_bus_stopping, &told, NULL),
                         BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        if (workers == 0)
            poll_all(bus);
        assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
        assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
        assert_int_equal(told.bus_started, 1);
        assert_int_equal(told.bus_stopping, 1);
        if (workers < 2) /* else the two handlers live on two workers */
            assert_string_equal(told.words, "bus started lively;bus stopping lively;");
        finish_bus(&bus);
    }
}

/* They are events like others: a program can't publish them by mistake as its own kind, they have
 * envelopes, and their kind is system. covers: A5 */
static void they_are_system_events(void **state)
{
    (void)state;
    assert_int_equal(bus_system_command_started_type.kind, BUS_SYSTEM_EVENT);
    assert_int_equal(bus_system_bus_stopping_type.kind, BUS_SYSTEM_EVENT);
    assert_string_equal(bus_type_name(&bus_system_command_started_type),
                        "bus_system.command_started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_tell),
        cmocka_unit_test(commands_tell_on_workers),
        cmocka_unit_test(failures_tell),
        cmocka_unit_test(no_endless_loop),
        cmocka_unit_test(nothing_without_listeners),
        cmocka_unit_test(drops_tell),
        cmocka_unit_test(life_tells),
        cmocka_unit_test(they_are_system_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
