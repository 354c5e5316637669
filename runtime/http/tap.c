/*
 * http/tap.c - runs of the handlers of one message, as they happen.
 *
 * A middleware stands around each of these runs while somebody reads. Whether a run is shown is
 * decided before it, by counting (`every`) and by the clock (`per_second`); one that is not shown
 * costs that and nothing else. One that is shown is copied, packed as it travels, into a ring of
 * bounded size behind the run. A handler's thread never waits for that: when another thread is at
 * the ring, or it is full, the run is left out and counted. Decoding and printing, which takes far
 * longer, is done by the thread of the connection.
 */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bus/components.h>
#include <bus/pipeline.h>
#include <bus/schema.h>
#include <bus/session.h>

#include "http/content.h"
#include "http/tap_ring.h"
#include "path/atomic.h"

enum { RING_LEAST = 256 * 1024, RING_MOST = 8 * 1024 * 1024, NAME_MOST = 128 };
enum { PER_SECOND_DEFAULT = 100, PER_SECOND_MOST = 10000 };

struct record {
    const struct bus_message_type *type;
    uint64_t time_ms;
    uint64_t took_ns;
    struct bus_uuid id;
    struct bus_session session;
    uint32_t attempt;
    uint32_t verdict;
    uint32_t bytes;
    char handler[NAME_MOST];
};

struct tap {
    struct bus_http *server;
    const struct bus_message_type *type;
    uint64_t middleware;
    uint64_t every, per_second, limit;
    /* of handlers' threads, too */
    uint64_t runs;     /* shared */
    uint64_t window;   /* shared: second << 32 | runs shown in it */
    uint64_t left_out; /* shared */
    uint32_t busy;     /* shared: 1: somebody is at the ring */
    bus_os_word news;  /* shared: moves when something was put */
    /* whoever has set `busy` */
    struct tap_ring ring;
    uint32_t most; /* bytes of a message */
    /* the reader's */
    struct page page; /* lines that were made */
    size_t sent;      /* of them */
    uint64_t shown;
    uint64_t told_left_out;
    uint64_t told_at_ns;
    uint8_t *message; /* a record */
};

/* ---- the ring ---- */

static bool try_enter(struct tap *tap)
{
    uint32_t free_ring = 0;

    return atomic_cas_u32(&tap->busy, &free_ring, 1);
}

static void leave(struct tap *tap)
{
    atomic_store_release_u32(&tap->busy, 0);
}

/* ---- around a handler ---- */

/* Is it the turn of this run? The clock is looked at only then. */
static bool is_turn(struct tap *tap)
{
    return atomic_fetch_add_u64(&tap->runs, 1) % tap->every == 0;
}

/* May one more be shown in this second? */
static bool is_in_time(struct tap *tap, uint64_t now_ns)
{
    uint64_t second = now_ns / BUS_SECOND, seen, next;

    seen = atomic_load_relaxed_u64(&tap->window);
    do {
        next = seen >> 32 == (second & UINT32_MAX) ? seen + 1 : (second & UINT32_MAX) << 32 | 1;
        if ((next & UINT32_MAX) > tap->per_second)
            return false;
    } while (!atomic_cas_u64(&tap->window, &seen, next));
    return true;
}

static void show(struct tap *tap, struct bus_delivery *delivery, enum bus_verdict verdict,
                 uint64_t took_ns)
{
    const struct bus_os *os = bus_os_native();
    const char *handler = bus_delivery_handler(delivery);
    struct record head = {.type = tap->type, .took_ns = took_ns, .verdict = verdict};
    struct bus_envelope envelope;
    const uint8_t *bytes = bus_delivery_bytes(delivery, &head.bytes);
    size_t name = strnlen(handler, NAME_MOST - 1);
    bool taken = false;

    bus_delivery_envelope(delivery, &envelope);
    head.time_ms = os->real_ns(os->context) / BUS_MILLISECOND;
    head.id = envelope.id;
    head.session = envelope.session;
    head.attempt = envelope.attempt;
    memcpy(head.handler, handler, name);
    if (bytes != NULL && head.bytes <= tap->most && try_enter(tap)) {
        taken = tap_ring_put(&tap->ring, &head, sizeof head, bytes, head.bytes);
        leave(tap);
    }
    if (!taken) {
        atomic_fetch_add_u64(&tap->left_out, 1);
        return;
    }
    atomic_fetch_add_u32(&tap->news, 1);
    os->wake(os->context, &tap->news, false);
}

static enum bus_verdict around(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    const struct bus_os *os = bus_os_native();
    struct tap *tap = context;
    uint64_t begin = 0;
    enum bus_verdict verdict;
    bool chosen = is_turn(tap);

    if (chosen) {
        begin = os->monotonic_ns(os->context);
        chosen = is_in_time(tap, begin);
    }
    if (!chosen) {
        atomic_fetch_add_u64(&tap->left_out, 1);
        return bus_middleware_next(next, delivery);
    }
    verdict = bus_middleware_next(next, delivery);
    show(tap, delivery, verdict, os->monotonic_ns(os->context) - begin);
    return verdict;
}

/* ---- the reader: lines ---- */

static const char *verdict_word(uint32_t verdict)
{
    static const char *const words[] = {
        [BUS_DONE] = "done",     [BUS_FAULT] = "fault", [BUS_RETRY] = "retry",
        [BUS_REJECT] = "reject", [BUS_LATER] = "later",
    };

    return verdict < sizeof words / sizeof words[0] ? words[verdict] : "unknown";
}

static void add_run(struct tap *tap)
{
    const struct record *run = (const struct record *)(const void *)tap->message;
    char session[BUS_SESSION_ID_SIZE] = "";
    char *content = content_text(run->type, tap->message + sizeof *run, run->bytes, CONTENT_LONG);
    struct json json;

    if (run->session.index != 0 || run->session.generation != 0)
        (void)bus_session_id(tap->server->bus, run->session, session);
    json_begin(&json, &tap->page);
    json_open(&json, NULL, '{');
    json_u64(&json, "time_ms", run->time_ms);
    json_uuid(&json, "id", run->id);
    json_text(&json, "message", run->type->name);
    json_text(&json, "handler", run->handler);
    json_text(&json, "session", session);
    json_u64(&json, "attempt", run->attempt);
    json_u64(&json, "took_ns", run->took_ns);
    json_text(&json, "verdict", verdict_word(run->verdict));
    json_text(&json, "content", content != NULL ? content : "(no memory to show it)");
    json_close(&json, '}');
    json_line(&json);
    (void)json_end(&json);
    free(content);
    tap->shown++;
}

/* Once a second, and before the end: what was left out since the last time. */
static void add_left_out(struct tap *tap, uint64_t now_ns, bool now)
{
    uint64_t left_out = atomic_load_relaxed_u64(&tap->left_out);
    struct json json;

    if (left_out == tap->told_left_out || (!now && now_ns - tap->told_at_ns < BUS_SECOND))
        return;
    json_begin(&json, &tap->page);
    json_open(&json, NULL, '{');
    json_u64(&json, "left_out", left_out - tap->told_left_out);
    json_close(&json, '}');
    json_line(&json);
    (void)json_end(&json);
    tap->told_left_out = left_out;
    tap->told_at_ns = now_ns;
}

/* Makes lines of what there is, until the page is long enough; false: there was nothing. */
static bool fill(struct tap *tap, uint64_t now_ns)
{
    bool found = true;

    while (found && tap->page.size < 4096 && (tap->limit == 0 || tap->shown < tap->limit)) {
        while (!try_enter(tap))
            atomic_pause();
        found = tap_ring_take(&tap->ring, tap->message);
        leave(tap);
        if (found)
            add_run(tap);
    }
    add_left_out(tap, now_ns, tap->limit != 0 && tap->shown == tap->limit);
    return tap->page.size > 0;
}

static int64_t send_rest(struct tap *tap, char *to, size_t size)
{
    size_t rest = tap->page.size - tap->sent;

    size = rest < size ? rest : size;
    memcpy(to, tap->page.bytes + tap->sent, size);
    tap->sent += size;
    if (tap->sent == tap->page.size) {
        page_free(&tap->page);
        tap->sent = 0;
    }
    return (int64_t)size;
}

static int64_t next(void *context, char *to, size_t size)
{
    const struct bus_os *os = bus_os_native();
    struct tap *tap = context;
    uint64_t until = os->monotonic_ns(os->context) + BUS_SECOND / 2, now;

    if (tap->page.size > 0)
        return send_rest(tap, to, size);
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&tap->news);

        now = os->monotonic_ns(os->context);
        if (http_is_closing(tap->server) || (tap->limit != 0 && tap->shown >= tap->limit))
            return HTTP_STREAM_END;
        if (fill(tap, now)) {
            if (tap->page.failed)
                return HTTP_STREAM_BROKEN;
            return send_rest(tap, to, size);
        }
        if (!os->wait(os->context, &tap->news, seen, until)) {
            *to = '\n'; /* so that it shows whether somebody still reads */
            return 1;
        }
    }
}

static void end(void *context)
{
    struct tap *tap = context;

    if (tap->middleware != 0)
        (void)bus_middleware_remove(tap->server->bus, tap->middleware);
    page_free(&tap->page);
    free(tap->ring.memory);
    free(tap->message);
    free(tap);
}

/* ---- beginning ---- */

struct search {
    const char *name;
    const struct bus_message_type *found;
};

static void compare(void *context, const struct bus_message_type *type)
{
    struct search *search = context;

    if (strcmp(type->name, search->name) == 0)
        search->found = type;
}

/* NULL: no memory. */
static struct tap *make(struct http_request *request, const struct bus_message_type *type)
{
    struct tap *tap = calloc(1, sizeof *tap);
    size_t most = sizeof(struct record) + type->codec.size_max, size = RING_LEAST;

    if (tap == NULL)
        return NULL;
    while (size < 4 * most && size < RING_MOST)
        size *= 2;
    tap->server = request->server;
    tap->type = type;
    tap->most = type->codec.size_max;
    tap->ring = (struct tap_ring){.size = size, .memory = malloc(size)};
    tap->message = malloc(most + 8);
    if (tap->ring.memory != NULL && tap->message != NULL)
        return tap;
    end(tap);
    return NULL;
}

enum MHD_Result http_tap(struct http_request *request)
{
    struct search search = {.name = http_query(request, "message")};
    struct bus_middleware middleware = {
        .name = "tap", .kind = BUS_MIDDLEWARE_CUSTOM, .around = around};
    uint64_t every, per_second, limit, id;
    enum MHD_Result result;
    enum bus_status status;
    struct tap *tap;

    if (!http_query_number(request, "every", UINT32_MAX, 1, &every, &result) ||
        !http_query_number(request, "per_second", PER_SECOND_MOST, PER_SECOND_DEFAULT, &per_second,
                           &result) ||
        !http_query_number(request, "limit", UINT32_MAX, 0, &limit, &result))
        return result;
    if (search.name == NULL || *search.name == '\0')
        return http_answer_error(request, MHD_HTTP_BAD_REQUEST, "no message was named",
                                 "say /tap?message=NAME; /graph tells the names");
    (void)bus_types_each(request->server->bus, compare, &search);
    if (search.found == NULL)
        return http_answer_error(request, MHD_HTTP_NOT_FOUND, "there is no message of this name",
                                 "/graph tells the names, \"shop.order_placed\"");
    tap = make(request, search.found);
    if (tap == NULL)
        return http_answer_refused(request, BUS_ERR_MEMORY);
    tap->every = every != 0 ? every : 1;
    tap->per_second = per_second != 0 ? per_second : PER_SECOND_DEFAULT;
    tap->limit = limit;
    middleware.only = search.found;
    middleware.context = tap;
    status = bus_middleware_add(request->server->bus, &middleware, &id);
    if (status != BUS_OK) {
        result = http_answer_refused(request, status);
        end(tap);
        return result;
    }
    tap->middleware = id;
    return http_answer_stream(request, "application/x-ndjson", next, end, tap);
}
