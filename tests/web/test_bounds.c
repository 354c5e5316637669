/*
 * The web server against clients that are slow, silent, many, or send what no client should; and
 * closed while it serves.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "site.h"

static const char plain[] = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

static struct site site_with(struct bus_http_options options)
{
    struct site site = {.bus = open_workers(1)};

    (void)folder_make();
    site.socket = folder_path("bus.sock");
    options.any_port = true;
    options.socket_path = site.socket;
    if (bus_http_open(&site.server, site.bus, &options) != BUS_OK)
        fail_msg("%s", bus_last_error());
    site.port = bus_http_port(site.server);
    return site;
}

static void a_moment(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* It takes a moment until the server has noticed who has gone; until then there are too many. */
static void wait_for_room(const struct site *site)
{
    int rounds = 0, status;

    do {
        struct reply reply = client_ask(site->port, NULL, "GET /livez HTTP/1.0\r\n\r\n");

        status = reply.status;
        reply_free(&reply);
        assert_true(++rounds < 1500);
        if (status != 200)
            a_moment();
    } while (status != 200);
}

/* ---- HTTP ---- */

static void kept_alive_and_heads(void **state)
{
    struct site site = site_open(NULL, false);
    struct reply reply;

    (void)state;
    reply = client_ask(site.port, NULL,
                       "HEAD /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.size, 0);
    assert_true(strtol(reply_header(&reply, "Content-Length"), NULL, 10) > 1000);
    reply_free(&reply);
    /* Four on one connection, one of them wrong; the last one closes it. */
    reply = client_ask(site.port, NULL,
                       "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                       "GET /readyz HTTP/1.1\r\nHost: [::1]:9464\r\n\r\n"
                       "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
                       "GET /livez HTTP/1.0\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, " 200 "));
    assert_non_null(strstr(strstr(reply.body, " 200 "), " 404 "));
    assert_non_null(strstr(strstr(reply.body, " 404 "), " 200 "));
    reply_free(&reply);
    site_close(&site);
}

/* `size` bytes of a request that begins with `begin`. Whatever the answer: the server goes on. */
static void send_huge(const struct site *site, const char *begin, const char *filling, size_t size)
{
    char *request = malloc(size + 1);
    struct reply reply;
    int socket = client_connect(site->port, NULL);
    size_t at = strlen(begin), part = strlen(filling);

    assert_non_null(request);
    memcpy(request, begin, at);
    for (; at < size; at += part)
        memcpy(request + at, filling, part < size - at ? part : size - at);
    if (client_send(socket, request, size))
        (void)client_send(socket, "\r\n\r\n", 4);
    (void)shutdown(socket, SHUT_WR);
    client_read(socket, &reply);
    if (reply.status != 0)
        assert_in_range(reply.status, 400, 505);
    reply_free(&reply);
    (void)close(socket);
    free(request);
}

static void huge_requests(void **state)
{
    struct site site = site_open(NULL, false);

    (void)state;
    send_huge(&site, "GET /", "a", 1 << 20);
    send_huge(&site, "GET /status?", "a=b&", 1 << 20);
    send_huge(&site, "GET /status HTTP/1.1\r\nHost: localhost\r\nX: ", "x", 1 << 20);
    send_huge(&site, "GET /status HTTP/1.1\r\nHost: localhost\r\n", "A: b\r\n", 1 << 20);
    send_huge(&site, "", "\r\n", 1 << 20);
    send_huge(&site, "", "G", 1 << 20);
    send_huge(&site,
              "POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
              "body", 1 << 20);
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    site_close(&site);
}

/* ---- slow, silent, many ---- */

/* True: the server has closed it. */
static bool is_closed(int socket)
{
    char bytes[4096];
    ssize_t got = recv(socket, bytes, sizeof bytes, MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static void silent_and_slow_ones_are_closed(void **state)
{
    struct site site =
        site_with((struct bus_http_options){.idle_ns = BUS_SECOND, .request_ns = BUS_SECOND / 2});
    int silent = client_connect(site.port, NULL), slow = client_connect(site.port, NULL);
    int local = client_connect(0, site.socket), bodily = client_connect(site.port, NULL);
    static const char post[] = "POST /status HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 60000\r\n\r\n";
    bool done[4] = {false};
    int rounds = 0;

    (void)state;
    assert_true(client_send(bodily, post, sizeof post - 1));
    while (!(done[0] && done[1] && done[2] && done[3])) {
        done[0] = done[0] || is_closed(silent);
        /* A byte each time, so that it never rests. */
        done[1] = done[1] || !client_send(slow, "G", 1) || is_closed(slow);
        done[2] = done[2] || is_closed(local);
        done[3] = done[3] || !client_send(bodily, "x", 1) || is_closed(bodily);
        assert_true(++rounds < 1500);
        a_moment();
    }
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    (void)close(silent);
    (void)close(slow);
    (void)close(local);
    (void)close(bodily);
    site_close(&site);
}

/* Those over TCP do not keep the owner out. */
static void more_than_the_most_are_closed(void **state)
{
    enum { MOST = 4 };
    struct site site = site_with((struct bus_http_options){.connections_max = MOST});
    int sockets[MOST], more;
    struct reply reply;

    (void)state;
    for (int i = 0; i < MOST; i++) {
        char answer[16];

        sockets[i] = client_connect(site.port, NULL);
        assert_true(client_send(sockets[i], plain, sizeof plain - 1));
        assert_true(recv(sockets[i], answer, sizeof answer, 0) > 0);
    }
    more = client_connect(site.port, NULL);
    (void)client_send(more, plain, sizeof plain - 1);
    client_read(more, &reply);
    assert_int_equal(reply.status, 0);
    reply_free(&reply);
    (void)close(more);
    reply = client_get(0, site.socket, "/livez");
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    for (int i = 0; i < MOST; i++)
        (void)close(sockets[i]);
    wait_for_room(&site);
    site_close(&site);
}

/* A write to them would be SIGPIPE, which ends this program: nobody has told it not to. */
static void those_that_go_early(void **state)
{
    static const struct linger at_once = {.l_onoff = 1};
    static const char pages[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct site site = site_open(NULL, false);

    (void)state;
    for (int i = 0; i < 100; i++) {
        int going = client_connect(site.port, i % 2 != 0 ? site.socket : NULL);

        for (int k = 0; k < 20; k++)
            (void)client_send(going, pages, sizeof pages - 1);
        if (i % 3 == 0)
            (void)setsockopt(going, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(going);
    }
    wait_for_room(&site);
    site_close(&site);
}

/* ---- closed while it serves ---- */

struct asking {
    const struct site *site;
    struct latch *asked;
    uint32_t number;
};

static void *ask_on(void *argument)
{
    static const char *const targets[] = {"/status", "/metrics",      "/metrics.json",
                                          "/graph",  "/dead-letters", "/schedule"};
    struct asking *asking = argument;
    char request[128];

    (void)snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n",
                   targets[asking->number % (sizeof targets / sizeof targets[0])]);
    for (;;) {
        int socket = client_connect(asking->site->port,
                                    asking->number % 2 != 0 ? asking->site->socket : NULL);
        struct reply reply;

        if (socket < 0)
            return NULL; /* nobody listens any more */
        (void)client_send(socket, request, strlen(request));
        client_read(socket, &reply);
        reply_free(&reply);
        (void)close(socket);
        latch_add(asking->asked, 1);
    }
}

/* Six ask all the time, two take no answer, while messages move, handlers come and go. */
static void closed_while_asked(void **state)
{
    enum { ASKING = 6, DEAF = 2 };
    static const char page[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct site site = site_open(&(struct bus_options){.workers = 2}, false);
    struct latch asked = LATCH_INITIALIZER;
    struct journal journal = JOURNAL_INITIALIZER;
    struct asking asking[ASKING];
    pthread_t threads[ASKING];
    int deaf[DEAF];

    (void)state;
    for (uint32_t i = 0; i < ASKING; i++) {
        asking[i] = (struct asking){&site, &asked, i};
        threads[i] = spawn(ask_on, &asking[i]);
    }
    for (int i = 0; i < DEAF; i++) {
        deaf[i] = client_connect(site.port, NULL);
        for (int k = 0; k < 200; k++)
            if (send(deaf[i], page, sizeof page - 1, MSG_DONTWAIT | MSG_NOSIGNAL) <= 0)
                break;
    }
    for (uint64_t n = 0; latch_count(&asked) < 60; n++) {
        assert_int_equal(probe_ticked_subscribe(site.bus, on_ticked, &journal, NULL), BUS_OK);
        bus_ignore(probe_ticked_publish(site.bus, &(struct probe_ticked){.number = n}));
        bus_ignore(probe_alarmed_publish(site.bus, &(struct probe_alarmed){.number = n}));
        assert_int_equal(
            probe_ticked_unsubscribe(site.bus, on_ticked, &journal, (struct bus_session){0}),
            BUS_OK);
    }
    assert_int_equal(bus_stop(site.bus, PATIENCE, NULL), BUS_OK);
    assert_true(latch_wait(&asked, latch_count(&asked) + 12));
    assert_int_equal(bus_http_close(&site.server), BUS_OK);
    for (int i = 0; i < ASKING; i++)
        reap(threads[i]);
    for (int i = 0; i < DEAF; i++)
        (void)close(deaf[i]);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_alive_and_heads),
        cmocka_unit_test(huge_requests),
        cmocka_unit_test(silent_and_slow_ones_are_closed),
        cmocka_unit_test(more_than_the_most_are_closed),
        cmocka_unit_test(those_that_go_early),
        cmocka_unit_test(closed_while_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
