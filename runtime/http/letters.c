/* http/letters.c - the dead letters, to be looked at. */
#include "http/server.h"

#include <stdlib.h>

#include <bus/dead_letters.h>

#include "http/content.h"
#include "http/words.h"

enum { LETTERS_DEFAULT = 100, LETTERS_MOST = 1000 };

struct listing {
    struct json json;
    bool admin;
    size_t content_most;
    uint64_t left; /* to show */
    bool more;
};

static void show_error(struct json *json, const struct bus_error *error)
{
    json_text(json, "category", bus_category_text(error->category));
    json_text(json, "severity", bus_severity_text(error->severity));
    json_i64(json, "code", error->code);
    json_bool(json, "transient", error->transient);
    json_text(json, "text", error->text != NULL ? error->text : "");
}

static void show_content(struct listing *listing, const struct bus_dead_letter *letter)
{
    char *text = content_text(letter->type, letter->bytes, letter->size, listing->content_most);

    if (text == NULL)
        listing->json.page->failed = true;
    json_text(&listing->json, "content", text);
    free(text);
}

static bool show(void *context, const struct bus_dead_letter *letter)
{
    struct listing *listing = context;
    struct json *json = &listing->json;

    if (listing->left == 0) {
        listing->more = true;
        return false;
    }
    listing->left--;
    json_open(json, NULL, '{');
    json_u64(json, "number", letter->number);
    json_text(json, "message", letter->message);
    json_text(json, "handler", letter->handler);
    json_text(json, "session", letter->session);
    json_text(json, "reason", words_reason(letter->reason));
    show_error(json, &letter->error);
    json_u64(json, "attempts", letter->attempts);
    json_u64(json, "replays", letter->replays);
    json_u64(json, "first_ms", letter->first_ns / BUS_MILLISECOND);
    json_u64(json, "last_ms", letter->last_ns / BUS_MILLISECOND);
    json_u64(json, "schema_version", letter->schema_version);
    json_fingerprint(json, "schema_fingerprint", letter->schema_fingerprint);
    json_u64(json, "size", letter->size);
    json_uuid(json, "id", letter->envelope.id);
    json_trace_id(json, "trace_id", letter->envelope.trace.trace_id);
    if (listing->admin)
        show_content(listing, letter);
    json_close(json, '}');
    return true;
}

/* False: a query is wrong, and was answered. */
static bool read_filter(struct http_request *request, struct bus_dead_letter_filter *filter,
                        uint64_t *limit, enum MHD_Result *result)
{
    const char *reason = http_query(request, "reason"), *category = http_query(request, "category");
    uint64_t after;

    if (!http_query_number(request, "after", UINT64_MAX - 1, 0, &after, result) ||
        !http_query_number(request, "limit", LETTERS_MOST, LETTERS_DEFAULT, limit, result))
        return false;
    filter->first = after + 1;
    filter->message = http_query(request, "message");
    filter->handler = http_query(request, "handler");
    if (reason != NULL && !words_reason_read(reason, &filter->reason)) {
        *result = http_answer_error(request, MHD_HTTP_BAD_REQUEST, "there is no such reason",
                                    words_reasons);
        return false;
    }
    filter->has_category = category != NULL;
    if (category != NULL && !words_category_read(category, &filter->category)) {
        *result = http_answer_error(request, MHD_HTTP_BAD_REQUEST, "there is no such category",
                                    words_categories);
        return false;
    }
    return true;
}

enum MHD_Result http_letters(struct http_request *request)
{
    struct page page = {0};
    struct listing listing = {.admin = request->admin, .content_most = CONTENT_SHORT};
    struct bus_dead_letter_filter filter = {0};
    enum MHD_Result result = MHD_NO;
    enum bus_status status;

    if (!read_filter(request, &filter, &listing.left, &result))
        return result;
    filter.most = listing.left + 1;
    json_begin(&listing.json, &page);
    json_open(&listing.json, NULL, '{');
    json_open(&listing.json, "letters", '[');
    status = bus_dead_letters_each(request->server->bus, &filter, show, &listing, NULL);
    if (status != BUS_OK) {
        page_free(&page);
        return http_answer_refused(request, status);
    }
    json_close(&listing.json, ']');
    json_bool(&listing.json, "more", listing.more);
    json_close(&listing.json, '}');
    return http_answer_json(request, MHD_HTTP_OK, &listing.json);
}

enum MHD_Result http_letter(struct http_request *request)
{
    const struct bus_dead_letter_filter filter = {.first = request->number,
                                                  .last = request->number};
    struct page page = {0};
    struct listing listing = {.admin = request->admin, .content_most = CONTENT_LONG, .left = 1};
    uint64_t shown = 0;
    enum bus_status status = BUS_OK;

    json_begin(&listing.json, &page);
    if (request->number != 0)
        status = bus_dead_letters_each(request->server->bus, &filter, show, &listing, &shown);
    if (status == BUS_OK && shown != 0)
        return http_answer_json(request, MHD_HTTP_OK, &listing.json);
    page_free(&page);
    if (status != BUS_OK)
        return http_answer_refused(request, status);
    return http_answer_error(request, MHD_HTTP_NOT_FOUND, "there is no dead letter of this number",
                             "it was replayed or purged, or never there; /dead-letters lists them");
}
