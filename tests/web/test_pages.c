/*
 * What the web server answers, at its own addresses and to what it was not asked for.
 * covers: J1, K6
 */
#include <bus/components.h>
#include <bus/metrics.h>

#include "site.h"

static enum bus_verdict on_number(void *context, const struct probe_ticked *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    if (event->number < 1000)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .severity = BUS_SEVERITY_HIGH,
                                                  .code = 7,
                                                  .text = "no \"line\"\n\xff"});
}

/* 10 ticked are done, 3 failed. */
static void use(struct site *site)
{
    static const struct bus_handler_options named = {.name = "probe.number"};

    assert_int_equal(probe_ticked_subscribe(site->bus, on_number, NULL, &named), BUS_OK);
    for (uint64_t n = 0; n < 10; n++)
        tick(site->bus, n, BUS_QUEUED);
    for (uint64_t n = 0; n < 3; n++)
        tick(site->bus, 1000, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(site->bus, PATIENCE), BUS_OK);
}

/* covers: K6 */
static void plain_answers(void **state)
{
    struct site site = site_open(NULL, false);

    (void)state;
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    assert_string_equal(site_text(&site, "/readyz", 200), "ok\n");
    assert_string_equal(site_text(&site, "/healthz", 200), "healthy\n");
    assert_string_equal(site_text(&site, "/healthz?verbose", 200), "healthy\n");
    use(&site);
    /* 3 of 13 failed. */
    assert_string_equal(site_text(&site, "/healthz", 503), "critical\n");
    assert_string_equal(site_text(&site, "/healthz?verbose", 503),
                        "critical\ncritical: 3 of 13 messages failed\n");
    assert_string_equal(site_text(&site, "/livez?verbose", 200), "ok\n");
    assert_string_equal(site_text(&site, "/readyz", 200), "ok\n");
    assert_non_null(strstr(site_text(&site, "/", 200), "<!DOCTYPE html>"));
    site_close(&site);
}

static bool add_text(void *context, const char *text, size_t size)
{
    char *all = context;
    size_t before = strlen(all);

    assert_true(before + size < 1 << 18);
    memcpy(all + before, text, size);
    all[before + size] = '\0';
    return true;
}

/* Lines that tell the time differ from one reading to the next. */
static void without_time(char *text)
{
    char *line = strstr(text, "\nuptime_seconds ");

    assert_non_null(line);
    memset(line + 16, '0', strcspn(line + 16, "\n"));
}

/* covers: J1 */
static void metrics_are_those_of_the_bus(void **state)
{
    static char expected[1 << 18], got[1 << 18];
    struct site site = site_open(NULL, false);
    struct reply reply;
    json_t *json;

    (void)state;
    use(&site);
    expected[0] = '\0';
    assert_int_equal(bus_metrics_text(site.bus, NULL, add_text, expected), BUS_OK);
    reply = client_get(site.port, NULL, "/metrics");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_true(reply.size < sizeof got);
    memcpy(got, reply.body, reply.size + 1);
    reply_free(&reply);
    without_time(got);
    without_time(expected);
    /* As long as the digits of a time may be: compare up to there, and behind. */
    assert_memory_equal(got, expected, (size_t)(strstr(got, "\nuptime_seconds ") - got));
    json = site_json(&site, false, "/metrics.json", 200);
    assert_non_null(json_object_get(json, "counters"));
    json_decref(json);
    site_close(&site);
}

/* covers: J1, K6 */
static void status_is_that_of_the_accounts(void **state)
{
    struct site site = site_open(&(struct bus_options){.name = "a \"bus\"\x01"}, false);
    json_t *status, *message, *handler, *error;

    (void)state;
    use(&site);
    status = site_status(&site);
    assert_string_equal(json_string_value(json_object_get(status, "bus")), "a \"bus\"\x01");
    assert_string_equal(json_string_value(json_object_get(status, "state")), "running");
    assert_string_equal(json_string_value(json_object_get(status, "socket")), site.socket);
    assert_true(json_is_false(json_object_get(status, "admin")));
    assert_true(json_is_null(json_object_get(status, "store")));
    assert_true(json_is_null(json_object_get(status, "log")));
    /* This thread has published; those of the server use the bus without a record of their own. */
    assert_int_equal(json_count(status, "threads"), 1);
    message = list_find(json_object_get(status, "messages"), "name", "probe.ticked");
    assert_int_equal(json_count(message, "accepted"), 13);
    assert_int_equal(json_count(message, "processed"), 10);
    assert_int_equal(json_count(message, "failed"), 3);
    assert_string_equal(json_string_value(json_object_get(message, "kind")), "event");
    handler = list_find(json_object_get(status, "handlers"), "name", "probe.number");
    assert_int_equal(json_count(handler, "failures"), 3);
    assert_int_equal(json_count(handler, "consecutive"), 3);
    assert_string_equal(json_string_value(json_object_get(handler, "last_error")),
                        "no \"line\"\n\xef\xbf\xbd");
    assert_int_equal(json_array_size(json_object_get(status, "errors")), 3);
    error = json_array_get(json_object_get(status, "errors"), 0); /* the newest first */
    assert_int_equal(json_count(error, "id"), 3);
    assert_string_equal(json_string_value(json_object_get(error, "category")), "connection");
    assert_int_equal(json_count(json_object_get(status, "dead_letters"), "waiting"), 3);
    json_decref(status);
    status = site_json(&site, true, "/status", 200);
    assert_true(json_is_true(json_object_get(status, "admin")));
    json_decref(status);
    site_close(&site);
}

/* Each is refused with `status`, in JSON that says what and what to do. */
static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *request;
        int status;
        const char *error;
    } cases[] = {
        {"GET /nothing HTTP/1.1\r\nHost: localhost\r\n", 404, "there is no /nothing"},
        {"POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n", 405,
         "/status is not for POST"},
        {"BREW /status HTTP/1.1\r\nHost: localhost\r\n", 405, "/status is not for BREW"},
        {"GET /status?a=1 HTTP/1.1\r\nHost: localhost\r\n", 400, "/status does not know ?a"},
        {"GET /healthz?verbos HTTP/1.1\r\nHost: localhost\r\n", 400,
         "/healthz does not know ?verbos"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n", 400,
         "a GET with a body"},
        {"GET /status HTTP/1.1\r\nHost: evil.example\r\n", 403,
         "the request was meant for another host"},
        {"GET /status HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
         "Sec-Fetch-Mode: no-cors\r\n",
         403, "the request was made by a page of another site"},
        {"GET /tap?message=a HTTP/1.1\r\nHost: localhost\r\n", 403,
         "this is for the owner of the program only"},
        {"GET /status HTTP/1.1\r\nHost: localhost.evil.example\r\n", 403,
         "the request was meant for another host"},
    };
    struct site site = site_open(NULL, false);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char request[512];
        struct reply reply;
        json_t *json;

        (void)snprintf(request, sizeof request, "%sConnection: close\r\n\r\n", cases[i].request);
        reply = client_ask(site.port, NULL, request);
        if (reply.status != cases[i].status)
            fail_msg("%s: %d %s", cases[i].request, reply.status, reply.body);
        json = json_loads(reply.body, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(json, "error")), cases[i].error);
        assert_true(strlen(json_string_value(json_object_get(json, "advice"))) > 3);
        if (reply.status == 405)
            assert_string_equal(reply_header(&reply, "Allow"), "GET, HEAD");
        json_decref(json);
        reply_free(&reply);
    }
    site_close(&site);
}

/* A bus is not closed under a server; a server may be closed twice, and shows a bus to its end. */
static void order_of_closing(void **state)
{
    struct site site = site_open(NULL, true);
    json_t *status;

    (void)state;
    assert_string_equal(site_text(&site, "/readyz", 503),
                        "the bus is open and was not started yet\n");
    assert_int_equal(bus_start(site.bus), BUS_OK);
    assert_int_equal(bus_close(&site.bus), BUS_ERR_BUSY);
    assert_non_null(strstr(bus_last_error(), "bus_http_close"));
    assert_string_equal(site_text(&site, "/readyz", 200), "ok\n");
    assert_int_equal(bus_stop(site.bus, PATIENCE, NULL), BUS_OK);
    assert_string_equal(site_text(&site, "/readyz", 503), "the bus is stopped\n");
    assert_string_equal(site_text(&site, "/healthz", 503), "stopped\n");
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    status = site_status(&site);
    assert_string_equal(json_string_value(json_object_get(status, "state")), "stopped");
    json_decref(status);
    assert_int_equal(bus_http_close(&site.server), BUS_OK);
    assert_int_equal(bus_close(&site.bus), BUS_OK);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_answers),
        cmocka_unit_test(metrics_are_those_of_the_bus),
        cmocka_unit_test(status_is_that_of_the_accounts),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(order_of_closing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
