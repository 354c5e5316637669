/*
 * stage.c - the other side for busadm: a program with a web server, that does what it is told on
 * standard input, one word a line, and answers "ok" when that is done. Or something that only looks
 * like a program.
 *
 *     stage serve SOCKET STORE     a bus; STORE "": none. sell N, weigh, remind MS, pay N, bad,
 *                                  good, slow, fast, wait
 *     stage answer SOCKET TEXT     answers each question with these bytes (\r and \n are made of
 *                                  "\\r", "\\n") and closes
 *     stage mute SOCKET            answers nothing
 *     stage dead SOCKET            ends at once, and leaves its socket behind
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <bus/http.h>
#include <bus/schedule.h>
#ifdef STAGE_STORE
#include <bus/sqlite_store.h>
#endif

#include "stall.bus.h"

static const char canary[] = "canary-c4rd";
static _Atomic bool bad, slow;

/* ---- a program ---- */

static void rest(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&time, NULL);
}

static enum bus_verdict on_sold(void *context, const struct stall_sold *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    if (atomic_load(&slow))
        rest(20);
    if (!atomic_load(&bad))
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .severity = BUS_SEVERITY_HIGH,
                                                  .code = (int32_t)event->number,
                                                  .text = "no answer from the bank \033[31m"});
}

static enum bus_verdict on_paid(void *context, const struct stall_paid *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return atomic_load(&bad) ? BUS_RETRY : BUS_DONE;
}

static enum bus_verdict on_weigh(void *context, const struct stall_weigh *request,
                                 struct bus_delivery *delivery)
{
    (void)context;
    return stall_weigh_return(delivery, &(struct stall_weigh_ok){.price = request->grams});
}

/* One word; false: it is none, or it failed. */
static bool act(struct bus *bus, const char *word, unsigned long count)
{
    static uint64_t number;
    struct stall_weigh_result result;
    uint64_t id;

    if (strcmp(word, "sell") == 0) {
        for (; count > 0; count--)
            if (!bus_accepted(stall_sold_publish(
                    bus, &(struct stall_sold){.number = ++number,
                                              .card = bus_cstr(canary),
                                              .note = bus_cstr("apples \xc3\xa9 \033[2J")})))
                return false;
    } else if (strcmp(word, "pay") == 0) {
        for (; count > 0; count--)
            if (!bus_accepted(stall_paid_publish(bus, &(struct stall_paid){.number = 1})) ||
                bus_wait_idle(bus, 30 * BUS_SECOND) != BUS_OK)
                return false;
    } else if (strcmp(word, "weigh") == 0) {
        return stall_weigh_execute(bus, &(struct stall_weigh){.grams = 5}, &result) == BUS_ANSWERED;
    } else if (strcmp(word, "remind") == 0) {
        return stall_reminded_schedule(
                   bus, &(struct stall_reminded){.number = 3, .card = bus_cstr(canary)},
                   &(struct bus_schedule){.after_ns = count * BUS_MILLISECOND}, &id) == BUS_OK &&
               printf("id %llu\n", (unsigned long long)id) > 0;
    } else if (strcmp(word, "bad") == 0 || strcmp(word, "good") == 0) {
        atomic_store(&bad, *word == 'b');
    } else if (strcmp(word, "slow") == 0 || strcmp(word, "fast") == 0) {
        atomic_store(&slow, *word == 's');
    } else if (strcmp(word, "wait") == 0) {
        return bus_wait_idle(bus, 30 * BUS_SECOND) == BUS_OK;
    } else {
        return false;
    }
    return true;
}

static void obey(struct bus *bus)
{
    char line[64], word[32];

    (void)puts("ok");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long count = 1;
        bool well = sscanf(line, "%31s %lu", word, &count) >= 1 && act(bus, word, count);

        (void)puts(well ? "ok" : bus_last_error());
        (void)fflush(stdout);
    }
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "stage: %s: %s\n", what, bus_last_error());
    return 1;
}

static int serve(const char *socket, const char *store)
{
    const struct stall_till till = {.on_sold = on_sold, .weigh = on_weigh};
    const struct stall_bank bank = {.on_paid = on_paid};
    struct bus_options options = {.name = "stall", .durable_without_store = *store == '\0'};
    struct bus_http *server = NULL;
    struct bus *bus = NULL;

#ifdef STAGE_STORE
    struct bus_sqlite_store *file = NULL;

    if (*store != '\0' && bus_sqlite_store_open(&file, store, NULL) != BUS_OK)
        return fail("store");
    options.store = bus_sqlite_store_table(file);
#else
    (void)store;
#endif
    if (bus_open(&bus, &options) != BUS_OK || stall_till_attach(bus, &till, NULL) != BUS_OK ||
        stall_bank_attach(bus, &bank, NULL) != BUS_OK || bus_start(bus) != BUS_OK)
        return fail("bus");
    if (bus_http_open(&server, bus,
                      &(struct bus_http_options){.no_port = true, .socket_path = socket}) != BUS_OK)
        return fail("http");
    obey(bus);
    if (bus_http_close(&server) != BUS_OK ||
        (bus_stop(bus, 30 * BUS_SECOND, NULL) | bus_close(&bus)) != BUS_OK)
        return fail("end");
#ifdef STAGE_STORE
    bus_sqlite_store_close(&file);
#endif
    return 0;
}

/* ---- something else ---- */

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 8) != 0)
        return -1;
    (void)puts("ok");
    (void)fflush(stdout);
    return listener;
}

static void unescape(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++)
        if (*text == '\\' && (text[1] == 'r' || text[1] == 'n'))
            *to++ = *++text == 'r' ? '\r' : '\n';
        else
            *to++ = *text;
    *to = '\0';
}

static int answer(const char *path, char *text)
{
    int listener = listen_at(path);

    unescape(text);
    while (listener >= 0) {
        int asked = accept(listener, NULL, NULL);
        char question[4096];

        if (asked < 0)
            break;
        if (recv(asked, question, sizeof question, 0) > 0)
            (void)!send(asked, text, strlen(text), MSG_NOSIGNAL);
        (void)close(asked);
    }
    return 1;
}

int main(int count, char **arguments)
{
    char line[16];

    if (count == 4 && strcmp(arguments[1], "serve") == 0)
        return serve(arguments[2], arguments[3]);
    if (count == 4 && strcmp(arguments[1], "answer") == 0)
        return answer(arguments[2], arguments[3]);
    if (count == 3 && strcmp(arguments[1], "mute") == 0 && listen_at(arguments[2]) >= 0)
        return fgets(line, sizeof line, stdin) == NULL ? 0 : 1;
    if (count == 3 && strcmp(arguments[1], "dead") == 0)
        return listen_at(arguments[2]) >= 0 ? 0 : 1;
    return 2;
}
