/*
 * Each allocation of the web server fails once, and from then on: whoever asks gets an answer that
 * says so, or none; the next one is served, and nothing leaks.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bus/schedule.h>

#include "fault_alloc.h"
#include "site.h"

static enum bus_verdict on_any(void *context, const struct probe_ticked *event,
                               struct bus_delivery *delivery)
{
    (void)context;
    if (event->number >= 3)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.text = "no"});
}

static struct site open_used(void)
{
    struct site site = site_open(NULL, false);

    assert_int_equal(probe_ticked_subscribe(site.bus, on_any, NULL, NULL), BUS_OK);
    for (uint64_t n = 0; n < 100; n++) /* 97 of them are well, and so is the bus */
        tick(site.bus, n, BUS_QUEUED);
    assert_int_equal(probe_ticked_schedule(site.bus, &(struct probe_ticked){.number = 9},
                                           &(struct bus_schedule){.after_ns = 3600 * BUS_SECOND},
                                           NULL),
                     BUS_OK);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    return site;
}

/* The status; 0: no answer. Allocates nothing itself. */
static int ask(const struct site *site, const char *target)
{
    static char answer[1 << 20];
    char request[128];
    int socket = client_connect(0, site->socket), status = 0;
    size_t size = 0;
    ssize_t got;

    assert_true(socket >= 0);
    (void)snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", target);
    (void)client_send(socket, request, strlen(request));
    while ((got = recv(socket, answer + size, sizeof answer - 1 - size, 0)) > 0)
        size += (size_t)got;
    answer[size] = '\0';
    (void)close(socket);
    if (sscanf(answer, "HTTP/%*d.%*d %d", &status) == 1 && status == 503)
        assert_non_null(strstr(answer, "\r\n\r\n{\"error\":\""));
    return status;
}

static void answers_without_memory(void **state)
{
    static const char *const targets[] = {
        "/",       "/metrics", "/metrics.json", "/livez",          "/readyz",  "/healthz?verbose",
        "/status", "/graph",   "/dead-letters", "/dead-letters/1", "/schedule"};
    struct site site = open_used();

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        for (int on = 0; on < 2; on++)
            for (unsigned long nth = 1;; nth++) {
                int status;
                bool struck;

                fault_alloc_arm(nth, on != 0);
                status = ask(&site, targets[i]);
                struck = fault_alloc_disarm();
                if (status != 200 && (!struck || (status != 503 && status != 0)))
                    fail_msg("%s, allocation %lu: %d", targets[i], nth, status);
                assert_int_equal(ask(&site, targets[i]), 200);
                if (!struck)
                    break;
                assert_true(nth < 200);
            }
    site_close(&site);
}

static void opening_without_memory(void **state)
{
    struct bus *bus = open_polled();
    unsigned long nth;
    bool struck = true;

    (void)state;
    (void)folder_make();
    for (nth = 1; struck; nth++) {
        struct bus_http_options options = {.any_port = true, .socket_path = folder_path("x.sock")};
        struct bus_http *server = NULL;
        enum bus_status status;

        fault_alloc_arm(nth, false);
        status = bus_http_open(&server, bus, &options);
        struck = fault_alloc_disarm();
        if (status != BUS_OK) {
            assert_true(struck);
            assert_null(server);
            assert_true(status == BUS_ERR_MEMORY || status == BUS_ERR_SYSTEM);
            assert_int_not_equal(access(folder_path("x.sock"), F_OK), 0);
        }
        assert_int_equal(bus_http_close(&server), BUS_OK);
    }
    assert_true(nth > 2);
    finish_bus(&bus);
    folder_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_without_memory),
        cmocka_unit_test(opening_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
