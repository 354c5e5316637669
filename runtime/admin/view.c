/* view.c - rates between two answers, and who comes first. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"

static void totals_of(const json_t *message, uint64_t totals[RATES])
{
    totals[RATE_ACCEPTED] = field_u64(message, "accepted");
    totals[RATE_PROCESSED] = field_u64(message, "processed");
    totals[RATE_FAILED] = field_u64(message, "failed");
    totals[RATE_DROPPED] = field_u64(message, "dropped") + field_u64(message, "expired") +
                           field_u64(message, "replaced") + field_u64(message, "cancelled");
    totals[RATE_REFUSED] = field_u64(message, "rejected") + field_u64(message, "throttled") +
                           field_u64(message, "filtered") + field_u64(message, "closed") +
                           field_u64(message, "invalid");
}

/* The same message in the answer before, most likely at the same place. */
static const json_t *find(const json_t *messages, size_t place, const char *name)
{
    const json_t *message = json_array_get(messages, place);
    size_t i;

    if (message != NULL && strcmp(field_text(message, "name"), name) == 0)
        return message;
    for (i = 0; i < json_array_size(messages); i++) {
        message = json_array_get(messages, i);
        if (strcmp(field_text(message, "name"), name) == 0)
            return message;
    }
    return NULL;
}

/* What is put together from samples in steps may come out above the longest run. */
static uint64_t at_most(uint64_t ns, uint64_t most)
{
    return most != 0 && ns > most ? most : ns;
}

static void read_message(struct view *view, size_t place, const json_t *message,
                         const json_t *before)
{
    struct view_message *read = &view->messages[place];
    uint64_t earlier[RATES] = {0}, max_ns = field_u64(message, "max_ns");
    int i;

    *read =
        (struct view_message){.name = field_text(message, "name"),
                              .waiting = field_u64(message, "held") + field_u64(message, "running"),
                              .timed = field_u64(message, "timed") > 0,
                              .p50_ns = at_most(field_u64(message, "p50_ns"), max_ns),
                              .p95_ns = at_most(field_u64(message, "p95_ns"), max_ns),
                              .p99_ns = at_most(field_u64(message, "p99_ns"), max_ns),
                              .max_ns = max_ns};
    totals_of(message, read->totals);
    before = find(before, place, read->name);
    if (before != NULL)
        totals_of(before, earlier);
    for (i = 0; i < RATES; i++) {
        if (view->seconds > 0 && read->totals[i] > earlier[i])
            read->rates[i] = (double)(read->totals[i] - earlier[i]) / view->seconds;
        view->rates[i] += read->rates[i];
        view->totals[i] += read->totals[i];
    }
}

static int compare_handlers(const void *one, const void *other)
{
    const struct view_handler *a = one, *b = other;

    /* Those that fail still come first, then those that failed last. */
    if ((a->consecutive > 0) != (b->consecutive > 0))
        return a->consecutive > 0 ? -1 : 1;
    if (a->last_ms != b->last_ms)
        return a->last_ms > b->last_ms ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void read_handlers(struct view *view, const json_t *handlers)
{
    size_t i;

    view->handler_count = 0;
    for (i = 0; i < json_array_size(handlers); i++) {
        const json_t *handler = json_array_get(handlers, i);
        struct view_handler read = {.name = field_text(handler, "name"),
                                    .text = field_text(handler, "last_error"),
                                    .runs = field_u64(handler, "runs"),
                                    .failures = field_u64(handler, "failures"),
                                    .consecutive = field_u64(handler, "consecutive"),
                                    .last_ms = field_u64(handler, "last_failure_ms")};

        if (read.failures > 0)
            view->handlers[view->handler_count++] = read;
    }
    qsort(view->handlers, view->handler_count, sizeof *view->handlers, compare_handlers);
}

static void remember(struct view *view)
{
    if (view->history == VIEW_HISTORY) {
        memmove(view->accepted, view->accepted + 1, (VIEW_HISTORY - 1) * sizeof *view->accepted);
        memmove(view->failed, view->failed + 1, (VIEW_HISTORY - 1) * sizeof *view->failed);
        view->history--;
    }
    view->accepted[view->history] = view->rates[RATE_ACCEPTED];
    view->failed[view->history++] = view->rates[RATE_FAILED];
}

/* Rates need two answers of one life of the program. */
static bool is_same_life(const json_t *now, const json_t *before)
{
    return before != NULL && field_u64(now, "pid") == field_u64(before, "pid") &&
           strcmp(field_text(now, "bus"), field_text(before, "bus")) == 0 &&
           field_u64(now, "uptime_ms") >= field_u64(before, "uptime_ms");
}

void view_take(struct view *view, json_t *status, uint64_t now_ns, enum sort_key sort)
{
    json_t *messages = json_object_get(status, "messages");
    json_t *handlers = json_object_get(status, "handlers");
    size_t count = json_array_size(messages), many = json_array_size(handlers), i;

    json_decref(view->before);
    view->before = view->now;
    view->now = status;
    view->seconds = is_same_life(status, view->before) && now_ns > view->seen_ns
                        ? (double)(now_ns - view->seen_ns) / 1e9
                        : 0;
    view->seen_ns = now_ns;
    free(view->messages);
    free(view->handlers);
    view->messages = calloc(count + 1, sizeof *view->messages);
    view->handlers = calloc(many + 1, sizeof *view->handlers);
    view->message_count = view->handler_count = 0;
    view->no_memory = view->messages == NULL || view->handlers == NULL;
    memset(view->rates, 0, sizeof view->rates);
    memset(view->totals, 0, sizeof view->totals);
    if (view->no_memory)
        return;
    view->message_count = count;
    for (i = 0; i < count; i++)
        read_message(view, i, json_array_get(messages, i),
                     json_object_get(view->before, "messages"));
    read_handlers(view, handlers);
    view_sort(view, sort);
    if (view->seconds > 0)
        remember(view);
}

/* ---- order ---- */

static int larger_first(double a, double b)
{
    return a > b ? -1 : a < b ? 1 : 0;
}

static int compare_messages(const void *one, const void *other, void *context)
{
    const struct view_message *a = one, *b = other;
    enum sort_key sort = *(const enum sort_key *)context;
    int order = 0;

    if (sort == SORT_FAILURES) {
        order = larger_first(a->rates[RATE_FAILED] + a->rates[RATE_DROPPED],
                             b->rates[RATE_FAILED] + b->rates[RATE_DROPPED]);
        if (order == 0)
            order = larger_first((double)a->totals[RATE_FAILED], (double)b->totals[RATE_FAILED]);
    } else if (sort == SORT_LATENCY) {
        order = larger_first((double)a->p99_ns, (double)b->p99_ns);
    } else if (sort == SORT_WAITING) {
        order = larger_first((double)a->waiting, (double)b->waiting);
    }
    if (order == 0 && sort != SORT_NAME)
        order = larger_first(a->rates[RATE_ACCEPTED], b->rates[RATE_ACCEPTED]);
    if (order == 0 && sort != SORT_NAME)
        order = larger_first((double)a->totals[RATE_ACCEPTED], (double)b->totals[RATE_ACCEPTED]);
    return order != 0 ? order : strcmp(a->name, b->name);
}

void view_sort(struct view *view, enum sort_key sort)
{
    if (view->messages != NULL)
        qsort_r(view->messages, view->message_count, sizeof *view->messages, compare_messages,
                &sort);
}

void view_free(struct view *view)
{
    json_decref(view->now);
    json_decref(view->before);
    free(view->messages);
    free(view->handlers);
    *view = (struct view){0};
}
