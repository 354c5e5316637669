/* http/json.c - see json.h. */
#include "http/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bus/bus.h>

/* ---- page ---- */

static bool grow(struct page *page, size_t needed)
{
    size_t capacity = page->capacity != 0 ? page->capacity : 8192;
    char *bytes;

    while (capacity < needed)
        capacity *= 2;
    bytes = capacity <= PAGE_MOST ? realloc(page->bytes, capacity) : NULL;
    if (bytes == NULL) {
        page->failed = true;
        return false;
    }
    page->bytes = bytes;
    page->capacity = capacity;
    return true;
}

bool page_add(void *to, const char *text, size_t size)
{
    struct page *page = to;

    if (page->failed || (size > page->capacity - page->size && !grow(page, page->size + size)))
        return false;
    if (size != 0)
        memcpy(page->bytes + page->size, text, size);
    page->size += size;
    return true;
}

void page_free(struct page *page)
{
    free(page->bytes);
    *page = (struct page){0};
}

/* ---- JSON ---- */

void json_begin(struct json *json, struct page *page)
{
    json->page = page;
    json->comma = false;
    json->text.fn = page_add;
    json->text.context = page;
    json->text.failed = false;
    json->text.size = 0;
}

bool json_end(struct json *json)
{
    return text_finish(&json->text) && !json->page->failed;
}

static void before(struct json *json, const char *name)
{
    if (json->comma)
        text_put(&json->text, ",", 1);
    json->comma = true;
    if (name == NULL)
        return;
    text_put(&json->text, "\"", 1);
    text_add(&json->text, name);
    text_put(&json->text, "\":", 2);
}

void json_open(struct json *json, const char *name, char bracket)
{
    before(json, name);
    text_put(&json->text, &bracket, 1);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    text_put(&json->text, &bracket, 1);
    json->comma = true;
}

void json_text(struct json *json, const char *name, const char *value)
{
    before(json, name);
    if (value != NULL)
        text_json(&json->text, value);
    else
        text_put(&json->text, "null", 4);
}

void json_u64(struct json *json, const char *name, uint64_t value)
{
    char digits[24];

    before(json, name);
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    text_add(&json->text, digits);
}

void json_i64(struct json *json, const char *name, int64_t value)
{
    char digits[24];

    before(json, name);
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    text_add(&json->text, digits);
}

void json_u64_text(struct json *json, const char *name, uint64_t value)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    json_text(json, name, digits);
}

void json_number(struct json *json, const char *name, double value)
{
    before(json, name);
    if (isfinite(value))
        text_number(&json->text, value);
    else
        text_put(&json->text, "null", 4);
}

void json_bool(struct json *json, const char *name, bool value)
{
    before(json, name);
    text_add(&json->text, value ? "true" : "false");
}

void json_uuid(struct json *json, const char *name, struct bus_uuid value)
{
    char text[BUS_UUID_TEXT_SIZE];

    bus_uuid_text(value, text);
    json_text(json, name, value.high != 0 || value.low != 0 ? text : NULL);
}

void json_fingerprint(struct json *json, const char *name, uint64_t value)
{
    char digits[17];

    (void)snprintf(digits, sizeof digits, "%016" PRIx64, value);
    json_text(json, name, value != 0 ? digits : NULL);
}

void json_trace_id(struct json *json, const char *name, const uint8_t trace_id[16])
{
    static const char hex[] = "0123456789abcdef";
    char digits[33];
    bool there = false;

    for (int i = 0; i < 16; i++) {
        digits[2 * i] = hex[trace_id[i] >> 4];
        digits[2 * i + 1] = hex[trace_id[i] & 15];
        there = there || trace_id[i] != 0;
    }
    digits[32] = '\0';
    json_text(json, name, there ? digits : NULL);
}

void json_line(struct json *json)
{
    text_put(&json->text, "\n", 1);
    json->comma = false;
}
