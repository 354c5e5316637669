/* http/action.c - actions that are over at once: dead letters thrown away, schedules cancelled; and
 * the bytes of a letter, which nobody else may have. */
#include "http/action.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bus/schedule.h>

#include "http/words.h"

/* ---- which letters ---- */

/* What is wrong with the body; false for the caller to return. */
static bool refuse(struct http_request *request, const char *what, const char *advice,
                   enum MHD_Result *result)
{
    *result = http_answer_error(request, MHD_HTTP_BAD_REQUEST, what, advice);
    return false;
}

static bool is_known(const char *name, bool paced)
{
    static const char *const names[] = {"number", "message", "handler", "reason", "category",
                                        "first",  "last",    "most",    "all",    "per_second"};
    size_t i, count = sizeof names / sizeof names[0] - !paced;

    for (i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A number from 1 to `most`; 0: it is not there. */
static bool read_number(struct http_request *request, const char *name, uint64_t most,
                        uint64_t *number, enum MHD_Result *result)
{
    const json_t *value = json_object_get(request->body, name);
    char what[96], advice[96];

    *number = 0;
    if (value == NULL)
        return true;
    if (json_is_integer(value) && json_integer_value(value) > 0 &&
        (uint64_t)json_integer_value(value) <= most) {
        *number = (uint64_t)json_integer_value(value);
        return true;
    }
    (void)snprintf(what, sizeof what, "\"%s\" is no number that fits here", name);
    (void)snprintf(advice, sizeof advice, "give a whole number from 1 to %" PRIu64, most);
    return refuse(request, what, advice, result);
}

static bool read_text(struct http_request *request, const char *name, const char **text,
                      enum MHD_Result *result)
{
    const json_t *value = json_object_get(request->body, name);
    char what[96];

    *text = json_string_value(value);
    if (value == NULL || (*text != NULL && **text != '\0'))
        return true;
    (void)snprintf(what, sizeof what, "\"%s\" is no text", name);
    return refuse(request, what, "give a name in quotes", result);
}

static bool read_words(struct http_request *request, struct bus_dead_letter_filter *filter,
                       enum MHD_Result *result)
{
    const char *reason, *category;

    if (!read_text(request, "message", &filter->message, result) ||
        !read_text(request, "handler", &filter->handler, result) ||
        !read_text(request, "reason", &reason, result) ||
        !read_text(request, "category", &category, result))
        return false;
    if (reason != NULL && !words_reason_read(reason, &filter->reason))
        return refuse(request, "there is no such reason", words_reasons, result);
    filter->has_category = category != NULL;
    if (category != NULL && !words_category_read(category, &filter->category))
        return refuse(request, "there is no such category", words_categories, result);
    return true;
}

static bool read_numbers(struct http_request *request, struct choice *choice,
                         enum MHD_Result *result)
{
    struct bus_dead_letter_filter *filter = &choice->filter;
    uint64_t per_second;

    if (!read_number(request, "number", INT64_MAX, &choice->number, result) ||
        !read_number(request, "first", INT64_MAX, &filter->first, result) ||
        !read_number(request, "last", INT64_MAX, &filter->last, result) ||
        !read_number(request, "most", INT64_MAX, &filter->most, result) ||
        !read_number(request, "per_second", 1000000, &per_second, result))
        return false;
    choice->per_second = (uint32_t)per_second;
    return true;
}

bool choice_read(struct http_request *request, bool paced, struct choice *choice,
                 enum MHD_Result *result)
{
    const json_t *all = json_object_get(request->body, "all");
    size_t said =
        json_object_size(request->body) - (json_object_get(request->body, "per_second") != NULL);
    const char *name;
    json_t *value;

    *choice = (struct choice){0};
    json_object_foreach(request->body, name, value)
    {
        char what[128];

        (void)snprintf(what, sizeof what, "\"%.60s\" is not known here", name);
        if (!is_known(name, paced))
            return refuse(
                request, what,
                "number, or message, handler, reason, category, first, last, most, or all", result);
    }
    if (all != NULL && !json_is_true(all))
        return refuse(request, "\"all\" is true or is not there", "say {\"all\": true}", result);
    if (said == 0)
        return refuse(request, "no letters were chosen", "say which, or {\"all\": true}", result);
    if (!read_numbers(request, choice, result) || !read_words(request, &choice->filter, result))
        return false;
    if ((choice->number != 0 || all != NULL) && said != 1)
        return refuse(request, "a number, all, or a filter: two of them were given",
                      "give one of them", result);
    if (choice->number != 0)
        choice->filter.first = choice->filter.last = choice->number;
    return true;
}

/* ---- actions ---- */

enum MHD_Result http_purge(struct http_request *request)
{
    struct page page = {0};
    struct choice choice;
    struct json json;
    enum MHD_Result result;
    enum bus_status status;
    uint64_t purged;

    if (!choice_read(request, false, &choice, &result))
        return result;
    status = bus_dead_letters_purge(request->server->bus, &choice.filter, &purged);
    if (status != BUS_OK)
        return http_answer_refused(request, status);
    json_begin(&json, &page);
    json_open(&json, NULL, '{');
    json_u64(&json, "purged", purged);
    json_close(&json, '}');
    return http_answer_json(request, MHD_HTTP_OK, &json);
}

/* Digits of a number above 0 that fits 64 bits. */
static bool read_id(const char *text, uint64_t *id)
{
    *id = 0;
    for (; text != NULL && *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (*id > (UINT64_MAX - digit) / 10)
            return false;
        *id = *id * 10 + digit;
    }
    return text != NULL && *text == '\0' && *id != 0;
}

enum MHD_Result http_cancel(struct http_request *request)
{
    struct page page = {0};
    struct json json;
    enum bus_status status;
    uint64_t id;

    if (json_object_size(request->body) != 1 ||
        !read_id(json_string_value(json_object_get(request->body, "id")), &id))
        return http_answer_error(request, MHD_HTTP_BAD_REQUEST, "no id was given",
                                 "say {\"id\": \"...\"} with the id that /schedule tells");
    status = bus_schedule_cancel(request->server->bus, id);
    if (status == BUS_ERR_NOT_REGISTERED)
        return http_answer_error(request, MHD_HTTP_NOT_FOUND, "nothing waits with this id",
                                 "it was published, or cancelled; /schedule tells what waits");
    if (status != BUS_OK)
        return http_answer_refused(request, status);
    json_begin(&json, &page);
    json_open(&json, NULL, '{');
    json_u64(&json, "cancelled", 1);
    json_close(&json, '}');
    return http_answer_json(request, MHD_HTTP_OK, &json);
}

/* ---- bytes ---- */

static bool copy_bytes(void *context, const struct bus_dead_letter *letter)
{
    (void)page_add(context, (const char *)letter->bytes, letter->size);
    return false;
}

enum MHD_Result http_letter_bytes(struct http_request *request)
{
    struct bus_dead_letter_filter filter = {0};
    struct page page = {0};
    enum MHD_Result result;
    enum bus_status status;
    uint64_t number, shown = 0;

    if (!http_query_number(request, "number", INT64_MAX, 0, &number, &result))
        return result;
    filter.first = filter.last = number;
    status = number == 0
                 ? BUS_OK
                 : bus_dead_letters_each(request->server->bus, &filter, copy_bytes, &page, &shown);
    if (status != BUS_OK || shown == 0) {
        page_free(&page);
        if (status != BUS_OK)
            return http_answer_refused(request, status);
        return http_answer_error(request, MHD_HTTP_NOT_FOUND,
                                 "there is no dead letter of this number",
                                 "/dead-letters tells those there are");
    }
    return http_answer(request, MHD_HTTP_OK, "application/octet-stream", &page);
}
