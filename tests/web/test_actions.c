/*
 * What an administrator may do over the Unix socket: run letters again and watch, throw them away,
 * cancel what is scheduled; and nobody else.
 * covers: H3, K5, R19
 */
#include <bus/schedule.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "stream.h"

/* Letters 1 to `count` of keys 1 and 2 in turn. */
static struct site with_letters(struct flaky *flaky, uint64_t count)
{
    struct site site = site_open(NULL, false);

    atomic_store(&flaky->failing, true);
    assert_int_equal(mail_noted_subscribe(site.bus, on_noted, flaky, NULL), BUS_OK);
    for (uint64_t i = 1; i <= count; i++)
        bus_ignore(mail_noted_publish(
            site.bus,
            &(struct mail_noted){.id = 1 + i % 2, .number = i, .text = {true, bus_cstr("x")}}));
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    assert_int_equal(figures_of(site.bus).waiting, count);
    atomic_store(&flaky->failing, false);
    return site;
}

/* The answer to an action; what must be in it. */
static void act(const struct site *site, const char *target, const char *body, int status,
                const char *says)
{
    struct reply reply = client_post(0, site->socket, target, body);

    if (reply.status != status || strstr(reply.body, says) == NULL)
        fail_msg("%s %s: %d %s, not %d %s", target, body, reply.status, reply.body, status, says);
    reply_free(&reply);
}

static void letters_run_again(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 6);

    (void)state;
    flaky.fails = 3;
    /* 3 fails again, 5 is behind it; 1 is before it; 2, 4, 6 are of the other key */
    act(&site, "/dead-letters/replay", "{\"all\":true}", 200,
        "{\"replayed\":4,\"failed\":1,\"left\":1,\"behind\":1,\"done\":true}");
    assert_int_equal(figures_of(site.bus).waiting, 2);
    flaky.fails = 0;
    act(&site, "/dead-letters/replay", "{\"number\":3}", 200,
        "{\"replayed\":1,\"failed\":0,\"left\":0,\"done\":true}");
    act(&site, "/dead-letters/replay", "{\"number\":3}", 404, "advice");
    act(&site, "/dead-letters/replay", "{\"message\":\"mail.posted\"}", 200, "\"replayed\":0");
    act(&site, "/dead-letters/replay", "{\"message\":\"mail.noted\",\"per_second\":1000}", 200,
        "\"replayed\":1");
    assert_int_equal(figures_of(site.bus).waiting, 0);
    site_close(&site);
}

/* Done, but 10 waits for somebody who has seen how far it is. */
struct stepper {
    _Atomic bool failing;
    struct latch seen;
};

static enum bus_verdict on_step(void *context, const struct mail_noted *event,
                                struct bus_delivery *delivery)
{
    struct stepper *stepper = context;

    (void)delivery;
    if (atomic_load(&stepper->failing))
        return BUS_REJECT;
    if (event->number == 10)
        (void)latch_wait(&stepper->seen, 1);
    return BUS_DONE;
}

static void a_replay_is_seen_to_go_on(void **state)
{
    struct stepper stepper = {.failing = true, .seen = LATCH_INITIALIZER};
    struct site site = site_open(NULL, false);
    struct stream stream;
    json_t *line;
    uint64_t replayed = 0;
    bool done = false;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_step, &stepper, NULL), BUS_OK);
    for (uint64_t i = 1; i <= 20; i++)
        bus_ignore(mail_noted_publish(site.bus, &(struct mail_noted){.id = i, .number = i}));
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    atomic_store(&stepper.failing, false);
    stream_open(&stream, &site, "/dead-letters/replay", "{\"all\":true}");
    while (!done) {
        line = stream_line(&stream);
        assert_non_null(line);
        assert_true(json_count(line, "replayed") >= replayed);
        replayed = json_count(line, "replayed");
        assert_int_equal(replayed + json_count(line, "left"), 20);
        done = json_is_true(json_object_get(line, "done"));
        json_decref(line);
        if (replayed == 9)
            latch_add(&stepper.seen, 1);
        assert_true(!done || latch_count(&stepper.seen) > 0); /* 9 were seen, and no end */
    }
    assert_int_equal(replayed, 20);
    assert_null(stream_line(&stream));
    stream_close(&stream);
    site_close(&site);
}

/* Whether a thread of this program runs letters for somebody. */
static bool a_replay_runs(void)
{
    DIR *threads = opendir("/proc/self/task");
    struct dirent *thread;
    bool found = false;

    assert_non_null(threads);
    while ((thread = readdir(threads)) != NULL) {
        char path[64], name[32] = "";
        FILE *file;

        (void)snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", thread->d_name);
        file = fopen(path, "r");
        if (file != NULL) {
            found = found || (fgets(name, sizeof name, file) && !strcmp(name, "bus-replay\n"));
            (void)fclose(file);
        }
    }
    (void)closedir(threads);
    return found;
}

/* At one in a second most of the others are still there when nobody watches any more: it ends, and
 * not because it has come to their end. */
static void who_goes_ends_his_replay(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 60);
    struct stream stream;

    (void)state;
    stream_open(&stream, &site, "/dead-letters/replay", "{\"all\":true,\"per_second\":1}");
    json_decref(stream_line(&stream));
    assert_true(a_replay_runs());
    stream_close(&stream);
    while (a_replay_runs()) /* until the last letter at the latest */
        assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    assert_true(figures_of(site.bus).waiting > 1);
    /* Another one may begin now. */
    act(&site, "/dead-letters/replay", "{\"most\":1}", 200, "\"done\":true");
    assert_true(figures_of(site.bus).waiting > 0);
    site_close(&site);
}

static void a_server_that_closes_ends_a_replay(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 10);
    struct stream stream;

    (void)state;
    stream_open(&stream, &site, "/dead-letters/replay", "{\"all\":true,\"per_second\":1}");
    json_decref(stream_line(&stream));
    site_close(&site);
    stream_close(&stream);
}

static void letters_are_thrown_away(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 6);

    (void)state;
    act(&site, "/dead-letters/purge", "{\"number\":2}", 200, "{\"purged\":1}");
    act(&site, "/dead-letters/purge", "{\"number\":2}", 200, "{\"purged\":0}");
    act(&site, "/dead-letters/purge", "{\"reason\":\"expired\"}", 200, "{\"purged\":0}");
    act(&site, "/dead-letters/purge", "{\"category\":\"config\"}", 200, "{\"purged\":0}");
    act(&site, "/dead-letters/purge", "{\"first\":3,\"last\":5,\"most\":2}", 200, "{\"purged\":2}");
    act(&site, "/dead-letters/purge",
        "{\"handler\":\"mail.noted\",\"reason\":\"failed\",\"first\":6}", 200, "{\"purged\":1}");
    act(&site, "/dead-letters/purge", "{\"all\":true}", 200, "{\"purged\":2}");
    assert_int_equal(figures_of(site.bus).waiting, 0);
    site_close(&site);
}

static void what_is_not_understood_does_nothing(void **state)
{
    static const char *const bodies[] = {"{}",
                                         "{\"all\":false}",
                                         "{\"all\":1}",
                                         "{\"al\":true}",
                                         "{\"all\":true,\"first\":1}",
                                         "{\"number\":1,\"message\":\"mail.noted\"}",
                                         "{\"number\":0}",
                                         "{\"number\":-1}",
                                         "{\"number\":1.5}",
                                         "{\"number\":\"1\"}",
                                         "{\"first\":9223372036854775808}",
                                         "{\"message\":7}",
                                         "{\"message\":\"\"}",
                                         "{\"handler\":null}",
                                         "{\"reason\":\"bad\"}",
                                         "{\"category\":\"bad\"}",
                                         "{\"per_second\":5}",
                                         "{\"all\":true,\"per_second\":0}",
                                         "{\"all\":true,\"all\":true}",
                                         "[]",
                                         "",
                                         "{\"all\":true",
                                         "{\"all\":true} x"};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 2);

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        act(&site, "/dead-letters/purge", bodies[i], 400, "advice");
        act(&site, "/dead-letters/replay", bodies[i], 400, "advice");
        act(&site, "/schedule/cancel", bodies[i], 400, "advice");
    }
    act(&site, "/dead-letters/purge", "{\"all\":true,\"per_second\":5}", 400, "per_second");
    act(&site, "/schedule/cancel", "{\"id\":7}", 400, "advice");
    act(&site, "/schedule/cancel", "{\"id\":\"x\"}", 400, "advice");
    assert_int_equal(figures_of(site.bus).waiting, 2);
    assert_int_equal(figures_of(site.bus).purged, 0);
    site_close(&site);
}

static void schedules_are_cancelled(void **state)
{
    struct site site = site_open(NULL, false);
    struct bus_schedule_figures figures;
    char body[64];
    uint64_t id;

    (void)state;
    assert_int_equal(mail_posted_schedule(site.bus, &(struct mail_posted){.number = 1},
                                          &(struct bus_schedule){.after_ns = 3600 * BUS_SECOND},
                                          &id),
                     BUS_OK);
    (void)snprintf(body, sizeof body, "{\"id\":\"%llu\"}", (unsigned long long)id);
    act(&site, "/schedule/cancel", body, 200, "{\"cancelled\":1}");
    act(&site, "/schedule/cancel", body, 404, "/schedule");
    assert_int_equal(bus_schedule_figures_read(site.bus, &figures), BUS_OK);
    assert_int_equal(figures.cancelled, 1);
    assert_int_equal(figures.waiting, 0);
    site_close(&site);
}

static void bytes_are_those_of_the_letter(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 2);
    struct reply reply = client_get(0, site.socket, "/dead-letters/raw?number=2");
    struct mail_noted noted;
    uint64_t memory[64], room[256];

    (void)state;
    assert_int_equal(reply.status, 200);
    assert_true(reply.size < sizeof memory);
    memcpy(memory, reply.body, reply.size);
    assert_int_equal(bus_decode(&mail_noted_type.codec, (const uint8_t *)memory, reply.size, &noted,
                                room, sizeof room),
                     BUS_OK);
    assert_int_equal(noted.number, 2);
    reply_free(&reply);
    reply = client_get(0, site.socket, "/dead-letters/raw?number=9");
    assert_int_equal(reply.status, 404);
    reply_free(&reply);
    site_close(&site);
}

/* Not over TCP, whatever is sent; and not without the header that no page of another site has. */
static void others_may_not(void **state)
{
    static const char *const actions[] = {"/dead-letters/replay", "/dead-letters/purge",
                                          "/schedule/cancel"};
    static const char *const sights[] = {"/tap?message=mail.noted", "/dead-letters/raw?number=1"};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = with_letters(&flaky, 1);
    struct reply reply;
    char request[256];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        reply = client_post(site.port, NULL, actions[i], "{\"all\":true}");
        assert_int_equal(reply.status, 403);
        assert_non_null(strstr(reply.body, "socket"));
        reply_free(&reply);
        (void)snprintf(request, sizeof request,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                       "Connection: close\r\nContent-Length: 12\r\n\r\n{\"all\":true}",
                       actions[i]);
        reply = client_ask(0, site.socket, request);
        assert_true(reply.status >= 400);
        reply_free(&reply);
        reply = client_get(0, site.socket, actions[i]);
        assert_int_equal(reply.status, 405);
        reply_free(&reply);
    }
    for (size_t i = 0; i < 2; i++) {
        reply = client_get(site.port, NULL, sights[i]);
        assert_int_equal(reply.status, 403);
        assert_non_null(strstr(reply.body, "socket"));
        reply_free(&reply);
    }
    assert_int_equal(figures_of(site.bus).waiting, 1);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_run_again),
        cmocka_unit_test(a_replay_is_seen_to_go_on),
        cmocka_unit_test(who_goes_ends_his_replay),
        cmocka_unit_test(a_server_that_closes_ends_a_replay),
        cmocka_unit_test(letters_are_thrown_away),
        cmocka_unit_test(what_is_not_understood_does_nothing),
        cmocka_unit_test(schedules_are_cancelled),
        cmocka_unit_test(bytes_are_those_of_the_letter),
        cmocka_unit_test(others_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
