/*
 * Health that tells the truth: each state and each reason is brought about, and read where people
 * and machines read it: /healthz, /readyz and /status.
 * covers: K8
 */
#include <bus/health.h>
#include <bus/log.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lasting.h"
#include "site.h"

/* ---- what is told ---- */

static struct site watch(struct bus *bus)
{
    struct site site = {.bus = bus};

    (void)folder_make();
    if (bus_http_open(&site.server, bus, &(struct bus_http_options){.any_port = true}) != BUS_OK)
        fail_msg("%s", bus_last_error());
    site.port = bus_http_port(site.server);
    return site;
}

static void unwatch(struct site *site)
{
    assert_int_equal(bus_http_close(&site->server), BUS_OK);
    folder_remove();
}

/* The state is `state`, and one reason of this state has the text; NULL: there is no reason. */
static void assert_told(const struct site *site, const char *state, const char *text)
{
    bool critical = strcmp(state, "critical") == 0;
    const char *lines = site_text(site, "/healthz?verbose", critical ? 503 : 200);
    json_t *status, *health, *reasons, *reason;
    char line[64];
    bool found = false;
    size_t i;

    assert_int_equal(strncmp(lines, state, strlen(state)), 0);
    assert_int_equal(lines[strlen(state)], '\n');
    (void)snprintf(line, sizeof line, "\n%s: ", state);
    if (text == NULL)
        assert_int_equal(lines[strlen(state) + 1], '\0');
    else if (strstr(lines, line) == NULL || strstr(lines, text) == NULL)
        fail_msg("not \"%s\": %s", text, lines);
    status = site_status(site);
    health = json_object_get(status, "health");
    reasons = json_object_get(health, "reasons");
    assert_string_equal(json_string_value(json_object_get(health, "state")), state);
    json_array_foreach(reasons, i, reason)
    {
        if (i == 0) /* the worst first */
            assert_string_equal(json_string_value(json_object_get(reason, "state")), state);
        found = found || (text != NULL &&
                          strstr(json_string_value(json_object_get(reason, "text")), text) != NULL);
    }
    assert_true(text == NULL ? json_array_size(reasons) == 0 : found);
    json_decref(status);
}

static void assert_life(const struct site *site, const char *life, bool ready)
{
    json_t *status = site_status(site);

    assert_string_equal(json_string_value(json_object_get(status, "state")), life);
    json_decref(status);
    if (ready)
        assert_string_equal(site_text(site, "/readyz", 200), "ok\n");
    else
        assert_non_null(strstr(site_text(site, "/readyz", 503), life));
}

/* ---- rates and errors ---- */

/* From 1,000 on they fail; 2,000 is critical. */
static enum bus_verdict on_some(void *context, const struct probe_ticked *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    if (event->number < 1000)
        return BUS_DONE;
    return bus_fail(delivery,
                    &(struct bus_error){.severity = event->number == 2000 ? BUS_SEVERITY_CRITICAL
                                                                          : BUS_SEVERITY_HIGH});
}

static void run_some(struct bus *bus, uint64_t count, uint64_t number)
{
    while (count-- > 0)
        tick(bus, number, BUS_QUEUED);
    (void)poll_all(bus);
}

static struct bus *open_some(const struct bus_policy_override *override)
{
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = override, .policy_count = override != NULL});

    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_some, NULL, NULL), BUS_OK);
    return bus;
}

static void rates_and_errors(void **state)
{
    struct site site = watch(open_some(NULL));

    (void)state;
    assert_told(&site, "healthy", NULL);
    run_some(site.bus, 96, 1);
    run_some(site.bus, 5, 1000);
    assert_told(&site, "healthy", NULL);
    run_some(site.bus, 1, 1000);
    assert_told(&site, "degraded", "6 of 102 messages failed");
    run_some(site.bus, 18, 1000);
    assert_told(&site, "critical", "24 of 120 messages failed");
    frozen_advance(61 * BUS_SECOND);
    assert_told(&site, "healthy", NULL);
    run_some(site.bus, 99, 1);
    run_some(site.bus, 1, 2000);
    assert_told(&site, "critical", "1 critical errors within the last minute");
    assert_life(&site, "running", true); /* it may be given work all the same */
    frozen_advance(61 * BUS_SECOND);
    assert_told(&site, "healthy", NULL);
    unwatch(&site);
    finish_bus(&site.bus);
}

/* ---- breakers, lanes ---- */

static void breakers(void **state)
{
    static const struct bus_policy_override override = {&probe_ticked_type,
                                                        {.breaker_failures = 1,
                                                         .breaker_probes = 2,
                                                         .breaker_open_ns = BUS_SECOND,
                                                         .no_dead_letters = true}};
    struct site site = watch(open_some(&override));

    (void)state;
    run_some(site.bus, 100, 1);
    run_some(site.bus, 1, 1000);
    assert_told(&site, "degraded", "breaker probe.ticked is open");
    frozen_advance(BUS_SECOND);
    run_some(site.bus, 1, 1);
    assert_told(&site, "degraded", "breaker probe.ticked is half-open");
    run_some(site.bus, 1, 1);
    assert_told(&site, "healthy", NULL);
    unwatch(&site);
    finish_bus(&site.bus);
}

static void full_lanes(void **state)
{
    struct site site =
        watch(open_bus(&(struct bus_options){.polled = true, .capacity = {10, 10, 10, 10, 10}}));

    (void)state;
    assert_int_equal(bus_start(site.bus), BUS_OK);
    for (uint64_t i = 0; i < 7; i++)
        tick(site.bus, i, BUS_QUEUED);
    assert_told(&site, "healthy", NULL);
    tick(site.bus, 8, BUS_QUEUED);
    assert_told(&site, "degraded", "lane BUS_NORMAL of worker 0 holds 8 of 10 messages");
    (void)poll_all(site.bus);
    assert_told(&site, "healthy", NULL);
    unwatch(&site);
    finish_bus(&site.bus);
}

/* ---- stuck handlers, stopping ---- */

static void stuck_handlers(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct site site = watch(open_bus(&(struct bus_options){.workers = 2, .os = frozen_os()}));

    (void)state;
    assert_int_equal(probe_ticked_subscribe(site.bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(bus_start(site.bus), BUS_OK);
    tick(site.bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    assert_told(&site, "healthy", NULL); /* seen from now on */
    frozen_advance(30 * BUS_SECOND);
    assert_told(&site, "degraded", "1 handlers are stuck: probe.ticked, for 30 s");
    frozen_advance(30 * BUS_SECOND);
    assert_told(&site, "critical", "1 handlers are stuck: probe.ticked, for 60 s");
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    assert_told(&site, "healthy", NULL);
    unwatch(&site);
    finish_bus(&site.bus);
}

static void *stop(void *bus)
{
    return (void *)(uintptr_t)(bus_stop(bus, PATIENCE, NULL) == BUS_OK);
}

static void from_open_to_stopped(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct site site = watch(open_bus(NULL));
    pthread_t thread;
    json_t *status;
    bool stopping = false;

    (void)state;
    assert_life(&site, "open", false);
    assert_told(&site, "healthy", NULL);
    assert_int_equal(probe_ticked_subscribe(site.bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(bus_start(site.bus), BUS_OK);
    assert_life(&site, "running", true);
    tick(site.bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    thread = spawn(stop, site.bus);
    while (!stopping) { /* once it has begun */
        status = site_status(&site);
        stopping = strcmp(json_string_value(json_object_get(status, "state")), "running") != 0;
        json_decref(status);
    }
    assert_life(&site, "stopping", false);
    latch_add(&hold.let_go, 1);
    reap(thread);
    assert_life(&site, "stopped", false);
    assert_string_equal(site_text(&site, "/healthz", 503), "stopped\n");
    unwatch(&site);
    finish_bus(&site.bus);
}

/* ---- store ---- */

/* Six events are behind a lane that holds four. */
static struct site watch_six_behind(struct bus_memory_store *store, struct taker *taker)
{
    struct site site =
        watch(start_lasting(store, taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}}));

    for (uint64_t i = 0; i < 10; i++)
        note(site.bus, i, BUS_QUEUED);
    return site;
}

static void go_on_for_a_while(struct bus *bus)
{
    for (int i = 0; i < 5; i++) {
        (void)poll_all(bus);
        frozen_advance(100 * MS);
    }
}

static void assert_store(const struct site *site, const char *condition)
{
    json_t *status = site_status(site);
    json_t *store = json_object_get(status, "store");

    assert_string_equal(json_string_value(json_object_get(store, "condition")), condition);
    json_decref(status);
}

static void a_full_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store =
        open_store(&(struct bus_memory_store_options){.entries = 10, .os = lasting_os()});
    struct site site = watch_six_behind(store, &taker);

    (void)state;
    assert_told(&site, "degraded", "the store is full");
    assert_told(&site, "degraded", "6 durable events wait in the store");
    assert_store(&site, "full");
    assert_life(&site, "running", true);
    (void)poll_all(site.bus);
    assert_told(&site, "healthy", NULL);
    assert_store(&site, "fine");
    unwatch(&site);
    finish_bus(&site.bus);
    bus_memory_store_close(&store);
}

static void a_failing_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct site site = watch_six_behind(store, &taker);

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 0);
    go_on_for_a_while(site.bus);
    assert_told(&site, "degraded", "the store is failing");
    assert_told(&site, "degraded",
                "6 durable events wait in the store, and it may not be readable");
    assert_store(&site, "failing");
    assert_life(&site, "running", true);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    frozen_advance(100 * MS);
    (void)poll_all(site.bus);
    assert_told(&site, "healthy", NULL);
    unwatch(&site);
    finish_bus(&site.bus);
    bus_memory_store_close(&store);
}

static void a_broken_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct site site = watch_six_behind(store, &taker);

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_BREAKS, 0, 1);
    go_on_for_a_while(site.bus);
    assert_told(&site, "critical", "the store is broken");
    assert_told(&site, "critical", "6 durable events wait in the store");
    assert_store(&site, "broken");
    assert_non_null(strstr(site_text(&site, "/readyz", 503), "the store is broken"));
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    unwatch(&site);
    lose_bus(&site.bus);
    bus_memory_store_close(&store);
}

/* As a store does that had to set a damaged file aside when it was opened. */
static const struct bus_store *damaged;
static void damaged_state(void *context, struct bus_store_state *state)
{
    damaged->state(context, state);
    (void)snprintf(state->text, sizeof state->text, "x.db was damaged and is x.db.damaged-1 now");
}

static void a_file_was_set_aside(void **state)
{
    struct bus_memory_store *memory = open_store(NULL);
    struct bus_store store = *bus_memory_store_table(memory);
    struct site site;

    (void)state;
    damaged = bus_memory_store_table(memory);
    store.state = damaged_state;
    site =
        watch(open_bus(&(struct bus_options){.polled = true, .os = lasting_os(), .store = &store}));
    assert_int_equal(bus_start(site.bus), BUS_OK);
    assert_told(&site, "degraded", "the store: x.db was damaged");
    assert_store(&site, "fine");
    unwatch(&site);
    finish_bus(&site.bus);
    bus_memory_store_close(&memory);
}

static void no_room_for_letters(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct site site = watch(
        start_lasting(store, &taker,
                      (struct bus_options){.dead_letters_max = 1,
                                           .dead_letters_when_full = BUS_LETTERS_REFUSE_NEW}));

    (void)state;
    for (uint64_t i = 0; i < 60; i++)
        note(site.bus, i, BUS_QUEUED);
    (void)poll_all(site.bus);
    atomic_store(&taker.failing, true);
    for (uint64_t i = 0; i < 3; i++)
        note(site.bus, i, BUS_QUEUED);
    (void)poll_all(site.bus);
    assert_told(&site, "degraded", "2 durable events failed, found no room as dead letters");
    unwatch(&site);
    lose_bus(&site.bus);
    bus_memory_store_close(&store);
}

/* ---- log ---- */

static ptrdiff_t write_none(void *context, int file, const void *bytes, size_t size)
{
    (void)context;
    (void)file;
    (void)bytes;
    (void)size;
    errno = ENOSPC;
    return -1;
}

static void a_failing_log(void **state)
{
    struct bus_os os = *frozen_os();
    struct bus_log_options log = {.statistics_path = ""};
    struct site site;
    json_t *status;

    (void)state;
    os.file_write = write_none;
    (void)folder_make();
    log.path = folder_path("errors.log");
    site = (struct site){
        .bus = open_bus(&(struct bus_options){.polled = true, .os = &os, .log = &log})};
    assert_int_equal(
        bus_http_open(&site.server, site.bus, &(struct bus_http_options){.any_port = true}),
        BUS_OK);
    site.port = bus_http_port(site.server);
    assert_int_equal(bus_start(site.bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(site.bus, on_some, NULL, NULL), BUS_OK);
    run_some(site.bus, 100, 1);
    run_some(site.bus, 1, 1000);
    assert_told(&site, "healthy", NULL);
    assert_int_equal(bus_log_flush(site.bus), BUS_ERR_SYSTEM);
    assert_told(&site, "degraded", "the log: cannot write");
    status = site_status(&site);
    assert_true(json_is_true(json_object_get(json_object_get(status, "log"), "failing")));
    json_decref(status);
    assert_int_equal(bus_http_close(&site.server), BUS_OK);
    finish_bus(&site.bus);
    folder_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_and_errors),     cmocka_unit_test(breakers),
        cmocka_unit_test(full_lanes),           cmocka_unit_test(stuck_handlers),
        cmocka_unit_test(from_open_to_stopped), cmocka_unit_test(a_full_store),
        cmocka_unit_test(a_failing_store),      cmocka_unit_test(a_broken_store),
        cmocka_unit_test(a_file_was_set_aside), cmocka_unit_test(no_room_for_letters),
        cmocka_unit_test(a_failing_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
