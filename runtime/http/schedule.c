/*
 * http/schedule.c - what waits for its time, the soonest first. The bus shows them in no order, and
 * there may be millions: a heap holds those `limit` that are due first, the latest on top.
 */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

#include <bus/schedule.h>
#include <bus/schema.h>
#include <bus/session.h>

#include "http/content.h"

enum { WAITING_DEFAULT = 100, WAITING_MOST = 1000 };

struct entry {
    struct bus_scheduled scheduled; /* without bytes */
    char *content;                  /* NULL: not to be seen */
};

struct waiting {
    struct entry *entries;
    uint64_t count, limit;
    const char *message; /* NULL: any */
    bool admin;
    bool more;
    bool failed; /* no memory */
};

static int compare(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;

    if (one->scheduled.due_ns != other->scheduled.due_ns)
        return one->scheduled.due_ns < other->scheduled.due_ns ? -1 : 1;
    return one->scheduled.id < other->scheduled.id ? -1 : one->scheduled.id > other->scheduled.id;
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct entry *entries, uint64_t at)
{
    while (at > 0 && compare(&entries[at], &entries[(at - 1) / 2]) > 0) {
        swap(&entries[at], &entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct entry *entries, uint64_t count)
{
    uint64_t at = 0;

    for (;;) {
        uint64_t child = 2 * at + 1;

        if (child + 1 < count && compare(&entries[child + 1], &entries[child]) > 0)
            child++;
        if (child >= count || compare(&entries[child], &entries[at]) <= 0)
            return;
        swap(&entries[child], &entries[at]);
        at = child;
    }
}

static bool note(void *context, const struct bus_scheduled *scheduled)
{
    struct waiting *waiting = context;
    struct entry entry = {.scheduled = *scheduled};

    if (waiting->message != NULL && strcmp(scheduled->type->name, waiting->message) != 0)
        return true;
    if (waiting->count == waiting->limit) {
        waiting->more = true;
        if (waiting->limit == 0 || compare(&entry, &waiting->entries[0]) >= 0)
            return true;
    }
    entry.scheduled.bytes = NULL;
    if (waiting->admin) {
        entry.content =
            content_text(scheduled->type, scheduled->bytes, scheduled->size, CONTENT_SHORT);
        waiting->failed = waiting->failed || entry.content == NULL;
    }
    if (waiting->count < waiting->limit) {
        waiting->entries[waiting->count] = entry;
        sift_up(waiting->entries, waiting->count++);
        return true;
    }
    free(waiting->entries[0].content);
    waiting->entries[0] = entry;
    sift_down(waiting->entries, waiting->count);
    return true;
}

static void show(struct json *json, struct bus *bus, const struct waiting *waiting,
                 const struct entry *entry)
{
    const struct bus_scheduled *scheduled = &entry->scheduled;
    char session[BUS_SESSION_ID_SIZE] = "";

    if (scheduled->session.index != 0)
        (void)bus_session_id(bus, scheduled->session, session);
    json_open(json, NULL, '{');
    json_u64_text(json, "id", scheduled->id);
    json_text(json, "message", scheduled->type->name);
    json_u64(json, "due_ms", scheduled->due_ns / BUS_MILLISECOND);
    json_u64(json, "every_ms", scheduled->every_ns / BUS_MILLISECOND);
    json_bool(json, "at", scheduled->at);
    json_text(json, "session", session);
    json_u64(json, "size", scheduled->size);
    if (waiting->admin)
        json_text(json, "content", entry->content);
    json_close(json, '}');
}

static enum MHD_Result answer(struct http_request *request, struct waiting *waiting)
{
    enum bus_status status = bus_schedules_each(request->server->bus, NULL, note, waiting, NULL);
    struct page page = {.failed = waiting->failed};
    struct json json;

    if (status != BUS_OK)
        return http_answer_refused(request, status);
    qsort(waiting->entries, waiting->count, sizeof *waiting->entries, compare);
    json_begin(&json, &page);
    json_open(&json, NULL, '{');
    json_open(&json, "scheduled", '[');
    for (uint64_t i = 0; i < waiting->count; i++)
        show(&json, request->server->bus, waiting, &waiting->entries[i]);
    json_close(&json, ']');
    json_bool(&json, "more", waiting->more);
    json_close(&json, '}');
    return http_answer_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result http_schedule(struct http_request *request)
{
    struct waiting waiting = {.message = http_query(request, "message"), .admin = request->admin};
    enum MHD_Result result = MHD_NO;
    struct page no_memory = {.failed = true};

    if (!http_query_number(request, "limit", WAITING_MOST, WAITING_DEFAULT, &waiting.limit,
                           &result))
        return result;
    waiting.entries = calloc(waiting.limit + 1, sizeof *waiting.entries);
    if (waiting.entries == NULL)
        return http_answer(request, MHD_HTTP_OK, "application/json", &no_memory);
    result = answer(request, &waiting);
    for (uint64_t i = 0; i < waiting.count; i++)
        free(waiting.entries[i].content);
    free(waiting.entries);
    return result;
}
