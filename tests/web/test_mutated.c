/*
 * Requests that are damaged in every way: bytes changed, cut out, repeated, put together from parts
 * of others. Each answer is one that the server means; none is an internal error; and afterwards
 * the server and the bus are as well as before.
 *
 *     http_mutated [REQUESTS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bus/schedule.h>

#include "site.h"

enum { BATCH = 25, REQUEST_MOST = 2048 };

static unsigned long requests = 40000;
static uint64_t seed = 1;

static const char *const seeds[] = {
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\nAccept: text/plain\r\n\r\n",
    "GET /dead-letters?after=3&limit=10&message=probe.ticked&category=auth HTTP/1.1\r\nHost: "
    "127.0.0.1\r\n\r\n",
    "GET /dead-letters/2 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "GET /schedule?message=probe.ticked&limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /healthz?verbose HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
    "HEAD /graph HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Busgen: "
    "1\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
    "POST /schedule/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "X-Busgen: 1\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"id\":9}\r\n0\r\n\r\n",
    "POST /dead-letters/purge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "X-Busgen: 1\r\nContent-Length: 29\r\n\r\n{\"message\":\"none\",\"first\":999}",
};
/* Those without a body, which an error does not close the connection for. */
enum { SEEDS = sizeof seeds / sizeof seeds[0], PLAIN = 8 };

/* What a parser may stumble over. */
static const char *const odd[] = {
    "%00",      "%",           "%2", "\r",       "\n",
    "\r\n\r\n", " ",           "\t", "?",        "&&",
    "=",        "/../",        "//", "\xff\xfe", "-1",
    ":",        "0x",          "{}", "[[",       "\"",
    "#",        "@",           "*",  "%u1234",   "99999999999999999999",
    "HTTP/9.9", "Host: a\r\n", ""};
enum { ODD = sizeof odd / sizeof odd[0] };

static uint64_t below(uint64_t *state, uint64_t bound)
{
    return chance(state) % bound;
}

static size_t mutate(uint64_t *state, char *text, size_t size)
{
    size_t at = below(state, size + 1), part;
    const char *word = odd[below(state, ODD)];

    switch (below(state, 5)) {
    case 0: /* another byte */
        if (at < size)
            text[at] = (char)below(state, 256);
        return size;
    case 1: /* cut out */
        part = below(state, 8) + 1;
        part = part < size - at ? part : size - at;
        memmove(text + at, text + at + part, size - at - part);
        return size - part;
    case 2: /* repeat */
        part = below(state, 16) + 1;
        part = part < size - at ? part : size - at;
        if (size + part > REQUEST_MOST)
            return size;
        memmove(text + at + part, text + at, size - at);
        return size + part;
    default: /* put in */
        part = strlen(word);
        if (size + part > REQUEST_MOST)
            return size;
        memmove(text + at + part, text + at, size - at);
        memcpy(text + at, word, part);
        return size + part;
    }
}

static size_t make(uint64_t *state, uint64_t among, char request[REQUEST_MOST])
{
    const char *text = seeds[below(state, among)];
    size_t size = strlen(text);
    uint64_t times = below(state, 4);

    memcpy(request, text, size);
    while (times-- > 0)
        size = mutate(state, request, size);
    return size;
}

/* Every answer in a row of them is one of ours. Returns how many there are. */
static unsigned long look_at(const char *answers, size_t size)
{
    static const int known[] = {200, 400, 403, 404, 405, 413, 414, 415, 431, 501, 503, 505};
    unsigned long count = 0;
    const char *at = answers, *end = answers + size;

    while ((at = memmem(at, (size_t)(end - at), "HTTP/1.", 7)) != NULL) {
        int status = 0;
        size_t i = 0;

        if (sscanf(at, "HTTP/1.%*d %d ", &status) == 1) {
            while (i < sizeof known / sizeof known[0] && known[i] != status)
                i++;
            if (i == sizeof known / sizeof known[0])
                fail_msg("seed %llu: answered %d", (unsigned long long)seed, status);
            count++;
        }
        at += 7;
    }
    return count;
}

/* A row of requests on one connection, to its end. */
static unsigned long send_batch(const struct site *site, uint64_t *state)
{
    static char sent[BATCH * REQUEST_MOST], answers[4 << 20];
    size_t size = 0, got = 0;
    ssize_t part;
    int socket =
        below(state, 2) != 0 ? client_connect(site->port, NULL) : client_connect(0, site->socket);

    assert_true(socket >= 0);
    for (int i = 0; i < BATCH; i++)
        size += make(state, i + 1 < BATCH ? PLAIN : SEEDS, sent + size);
    (void)client_send(socket, sent, size);
    (void)shutdown(socket, SHUT_WR);
    while ((part = recv(socket, answers + got, sizeof answers - 1 - got, 0)) > 0)
        got += (size_t)part;
    assert_true(got < sizeof answers - 1);
    answers[got] = '\0';
    (void)close(socket);
    return look_at(answers, got);
}

static enum bus_verdict on_any(void *context, const struct probe_ticked *event,
                               struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_AUTH, .text = "no"});
}

static void damaged_requests(void **unused)
{
    struct site site = site_open(NULL, false);
    uint64_t state = seed;
    unsigned long answered = 0;

    (void)unused;
    assert_int_equal(probe_ticked_subscribe(site.bus, on_any, NULL, NULL), BUS_OK);
    for (uint64_t n = 0; n < 3; n++)
        tick(site.bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    for (unsigned long sent = 0; sent < requests; sent += BATCH)
        answered += send_batch(&site, &state);
    print_message("%lu requests, %lu answers\n", requests, answered);
    assert_true(answered > requests / 20);
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    json_decref(site_status(&site));
    site_close(&site);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_requests)};

    if (argc > 1)
        requests = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
