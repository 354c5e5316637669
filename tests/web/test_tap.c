/*
 * The tap: runs of handlers as they happen, with secrets hidden; it is bounded, several may look at
 * once, and it goes when its reader goes or the server closes.
 * covers: K5, R19
 */
#include <bus/pipeline.h>

#include "letters.h"
#include "stream.h"

#define CANARY "canary-7f3a"

static void publish(const struct site *site, uint64_t number)
{
    const struct mail_noted noted = {.id = number,
                                     .number = number,
                                     .token = {true, bus_cstr(CANARY)},
                                     .text = {true, bus_cstr("a \"text\"\n")}};

    bus_ignore(mail_noted_publish(site->bus, &noted));
    assert_int_equal(bus_wait_idle(site->bus, PATIENCE), BUS_OK);
}

static void count_one(void *context, const struct bus_middleware_info *middleware)
{
    (void)middleware;
    ++*(uint32_t *)context;
}

static uint32_t middleware_of(struct bus *bus)
{
    uint32_t count = 0;

    assert_int_equal(bus_middleware_each(bus, count_one, &count), BUS_OK);
    return count;
}

/* Publishes `number` and the ones behind it until one was seen: the tap is open when its head came,
 * and a run that is on its way may not meet it. */
static json_t *see(const struct site *site, struct stream *stream, uint64_t number)
{
    publish(site, number);
    return stream_line(stream);
}

static const char *text(json_t *line, const char *name)
{
    const char *value = json_string_value(json_object_get(line, name));

    return value != NULL ? value : "";
}

static void runs_are_shown(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = site_open(NULL, false);
    struct stream stream;
    json_t *line;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_noted, &flaky, NULL), BUS_OK);
    stream_open(&stream, &site, "/tap?message=mail.noted", NULL);
    assert_int_equal(middleware_of(site.bus), 1);
    line = see(&site, &stream, 7);
    assert_string_equal(text(line, "message"), "mail.noted");
    assert_string_equal(text(line, "handler"), "mail.noted");
    assert_string_equal(text(line, "verdict"), "done");
    assert_string_equal(text(line, "content"),
                        "noted { id: 7, number: 7, token: ***, text: \"a \\\"text\\\"\\n\" }");
    assert_int_equal(json_count(line, "attempt"), 1);
    assert_true(json_count(line, "took_ns") > 0);
    assert_true(json_count(line, "time_ms") > 1600000000000);
    assert_int_equal(strlen(text(line, "id")), 36);
    json_decref(line);
    atomic_store(&flaky.failing, true);
    line = see(&site, &stream, 8);
    assert_string_not_equal(text(line, "verdict"), "done");
    json_decref(line);
    stream_close(&stream);
    site_close(&site);
}

static void commands_are_shown(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = site_open(NULL, false);
    struct mail_deliver_result result;
    struct stream stream;
    json_t *line;

    (void)state;
    assert_int_equal(mail_deliver_handle(site.bus, on_deliver, &flaky, NULL), BUS_OK);
    stream_open(&stream, &site, "/tap?message=mail.deliver&limit=1", NULL);
    bus_ignore(mail_deliver_execute(site.bus, &(struct mail_deliver){.number = 3}, &result));
    line = stream_line(&stream);
    assert_string_equal(text(line, "message"), "mail.deliver");
    assert_non_null(strstr(text(line, "content"), "number: 3"));
    json_decref(line);
    assert_null(stream_line(&stream)); /* the limit */
    stream_close(&stream);
    site_close(&site);
}

static void every_so_manyth_and_no_more(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = site_open(NULL, false);
    struct stream stream;
    uint64_t shown = 0, left_out = 0;
    json_t *line;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_noted, &flaky, NULL), BUS_OK);
    stream_open(&stream, &site, "/tap?message=mail.noted&every=10&per_second=10000&limit=3", NULL);
    for (uint64_t i = 1; i <= 21; i++)
        publish(&site, i);
    while ((line = stream_line(&stream)) != NULL) {
        if (json_object_get(line, "left_out") != NULL)
            left_out += json_count(line, "left_out");
        else
            assert_non_null(strstr(text(line, "content"), shown == 0   ? "number: 1,"
                                                          : shown == 1 ? "number: 11,"
                                                                       : "number: 21,"));
        shown += json_object_get(line, "left_out") == NULL;
        json_decref(line);
    }
    assert_int_equal(shown, 3);
    assert_int_equal(left_out, 18);
    stream_close(&stream);
    site_close(&site);
}

static enum bus_verdict on_quiet(void *context, const struct mail_noted *event,
                                 struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_DONE;
}

/* What was copied through the ring came out as it went in. */
static void assert_whole(json_t *line, uint64_t most)
{
    unsigned long long id = 0, number = 0;

    assert_int_equal(sscanf(text(line, "content"), "noted { id: %llu, number: %llu,", &id, &number),
                     2);
    assert_int_equal(id, number);
    assert_in_range(id, 1, most);
    assert_null(strstr(text(line, "content"), CANARY));
    assert_string_equal(text(line, "handler"), "mail.noted");
}

static uint64_t this_second(void)
{
    const struct bus_os *os = bus_os_native();

    return os->monotonic_ns(os->context) / BUS_SECOND;
}

/* However many seconds the test takes. */
static void no_more_than_so_many_in_a_second(void **state)
{
    enum { ALL = 300, MOST = 2 };
    struct site site = site_open(NULL, false);
    struct stream stream;
    uint64_t shown = 0, seen = 0, begun, ended;
    json_t *line;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_quiet, NULL, NULL), BUS_OK);
    stream_open(&stream, &site, "/tap?message=mail.noted&per_second=2", NULL);
    begun = this_second();
    for (uint64_t i = 1; i <= ALL; i++)
        publish(&site, i);
    ended = this_second();
    while (seen < ALL) {
        line = stream_line(&stream);
        assert_non_null(line);
        shown += json_object_get(line, "left_out") == NULL;
        seen += json_object_get(line, "left_out") == NULL ? 1 : json_count(line, "left_out");
        json_decref(line);
    }
    assert_in_range(shown, MOST, MOST * (ended - begun + 1));
    stream_close(&stream);
    site_close(&site);
}

/* More than is shown, faster than it is read: all runs are there, shown or counted, and the ring
 * goes round many times. */
static void what_is_left_out_is_counted(void **state)
{
    enum { ALL = 20000 };
    struct site site = site_open(&(struct bus_options){.workers = 2}, false);
    struct bus_handler_options anywhere = {.concurrent = true};
    struct stream stream;
    uint64_t seen = 0;
    json_t *line;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_quiet, NULL, &anywhere), BUS_OK);
    stream_open(&stream, &site, "/tap?message=mail.noted&per_second=10000", NULL);
    for (uint64_t i = 1; i <= ALL; i++)
        while (!bus_accepted(mail_noted_publish(
            site.bus,
            &(struct mail_noted){.id = i, .number = i, .token = {true, bus_cstr(CANARY)}})))
            assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    while (seen < ALL) {
        line = stream_line(&stream);
        assert_non_null(line);
        if (json_object_get(line, "left_out") != NULL)
            seen += json_count(line, "left_out");
        else
            seen++;
        if (json_object_get(line, "left_out") == NULL)
            assert_whole(line, ALL);
        json_decref(line);
    }
    assert_int_equal(seen, ALL);
    stream_close(&stream);
    site_close(&site);
}

static void several_look_and_go(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = site_open(NULL, false);
    struct stream one, other;
    json_t *line;

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_noted, &flaky, NULL), BUS_OK);
    stream_open(&one, &site, "/tap?message=mail.noted", NULL);
    stream_open(&other, &site, "/tap?message=mail.noted", NULL);
    line = see(&site, &one, 1);
    json_decref(line);
    line = stream_line(&other);
    assert_non_null(strstr(text(line, "content"), "number: 1,"));
    json_decref(line);
    stream_close(&one);
    /* It is noticed at the next line, at the latest that of half a second later. */
    for (uint64_t i = 2; middleware_of(site.bus) > 1; i++) {
        publish(&site, i);
        json_decref(stream_line(&other));
    }
    line = see(&site, &other, 100000);
    assert_non_null(line);
    json_decref(line);
    assert_int_equal(bus_http_close(&site.server), BUS_OK); /* the other one, too */
    assert_int_equal(middleware_of(site.bus), 0);
    while ((line = stream_line(&other)) != NULL)
        json_decref(line);
    assert_true(stream_ended_well(&other));
    stream_close(&other);
    site_close(&site);
}

static void wrong_questions(void **state)
{
    static const struct {
        const char *target;
        int status;
    } wrong[] = {{"/tap", 400},
                 {"/tap?message=", 400},
                 {"/tap?message=mail.nothing", 404},
                 {"/tap?message=mail.noted&every=x", 400},
                 {"/tap?message=mail.noted&per_second=10001", 400},
                 {"/tap?message=mail.noted&limit=-1", 400},
                 {"/tap?message=mail.noted&color=red", 400}};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct site site = site_open(NULL, false);

    (void)state;
    assert_int_equal(mail_noted_subscribe(site.bus, on_noted, &flaky, NULL), BUS_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        json_decref(site_json(&site, true, wrong[i].target, wrong[i].status));
    assert_int_equal(middleware_of(site.bus), 0);
    assert_int_equal(bus_stop(site.bus, PATIENCE, NULL), BUS_OK);
    json_decref(site_json(&site, true, "/tap?message=mail.noted", 409));
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_shown),
        cmocka_unit_test(commands_are_shown),
        cmocka_unit_test(every_so_manyth_and_no_more),
        cmocka_unit_test(no_more_than_so_many_in_a_second),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(several_look_and_go),
        cmocka_unit_test(wrong_questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
