#include "web.h"

#ifdef SHOP_HTTP
#include <bus/http.h>
#endif

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#ifdef SHOP_HTTP

bool web_open(struct web *web, struct bus *bus, const struct web_options *options)
{
    const struct bus_http_options http = {.no_port = !options->tcp,
                                          .port = options->port,
                                          .any_port = options->port == 0,
                                          .socket_path = options->socket};

    if (!options->wanted)
        return true;
    if (bus_http_open(&web->server, bus, &http) != BUS_OK) {
        fprintf(stderr, "shop: %s\n", bus_last_error());
        return false;
    }
    if (options->tcp)
        printf("Serving http://127.0.0.1:%u/\n", bus_http_port(web->server));
    if (options->socket != NULL)
        printf("Serving %s (from another machine: ssh -L 9464:%s HOST)\n", options->socket,
               options->socket);
    fflush(stdout);
    return true;
}

void web_close(struct web *web)
{
    bus_http_close(&web->server);
}

#else

bool web_open(struct web *web, struct bus *bus, const struct web_options *options)
{
    (void)web;
    (void)bus;
    if (options->wanted)
        fprintf(stderr,
                "shop: --http and --admin are left out of this build: it found no "
                "libmicrohttpd (on Debian: apt install libmicrohttpd-dev libjansson-dev)\n");
    return !options->wanted;
}

void web_close(struct web *web)
{
    (void)web;
}

#endif

/* ---- the trickle ---- */

enum { PAUSE_NS = 20000000 };

static volatile sig_atomic_t resting;

static void on_rest(int signal)
{
    (void)signal;
    resting = !resting;
}

static uint64_t seconds_now(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec;
}

/* The next order; numbers above all that a file has, and never the same again. */
static void take_one(struct desk *desk, uint64_t first, uint64_t count)
{
    static const char *const articles[] = {
        "PEN-BLUE*1",         "PENCIL-HB*2",     "PAPER-A4*1;TAPE*1",
        "ENVELOPE-C5*4",      "ERASER*1",        "NOTEBOOK-5*1",
        "STAPLES*1",          "INK-BLACK*1",     "FOLDER-BLUE*2",
        "PEN-RED*1;ERASER*1", "RULER-30*1",      "KNIFE-SWISS*1",
        "PEN-GREEN*1",        "NO-SUCH-THING*1", "LAMP*1",
    };
    enum { ARTICLES = sizeof(articles) / sizeof(articles[0]) };
    char line[256];
    int size = snprintf(
        line, sizeof(line), "%" PRIu64 ",Visitor %" PRIu64 ",card:tok_%06" PRIx64 ",%s,,",
        first + count, count, count * 2654435761 % 0x1000000, articles[count * 7 % ARTICLES]);

    desk_take(desk, desk->lines + 2, line, (size_t)size);
}

void web_serve(struct web *web, struct desk *desk, const struct web_options *options,
               volatile sig_atomic_t *interrupted)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    const struct sigaction rest = {.sa_handler = on_rest};
    uint64_t first = seconds_now(CLOCK_REALTIME) * 1000, count = 0;
    uint64_t since = seconds_now(CLOCK_MONOTONIC);

    if (web->server == NULL)
        return;
    sigaction(SIGUSR1, &rest, NULL);
    printf("Orders keep coming; %s, SIGUSR1 stops them for a while.\n",
           options->seconds == 0 ? "an interrupt (Ctrl-C) ends the day" : "the day ends by itself");
    fflush(stdout);
    while (!*interrupted &&
           (options->seconds == 0 || seconds_now(CLOCK_MONOTONIC) - since < options->seconds)) {
        if (!resting)
            take_one(desk, first, count++);
        nanosleep(&pause, NULL);
    }
    *interrupted = 0; /* that was the end of the day */
}
