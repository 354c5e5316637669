/*
 * http/json.h - a page in memory that grows, and JSON on it.
 *
 *     json_begin(&json, &page);
 *     json_open(&json, NULL, '{');
 *     json_text(&json, "name", "shop");
 *     json_open(&json, "lanes", '[');
 *     json_u64(&json, NULL, 7);
 *     json_close(&json, ']');
 *     json_close(&json, '}');
 *     json_end(&json);
 *
 * A name is a constant; NULL: inside of a list, or the whole value. Texts may hold any bytes: what
 * is no UTF-8 becomes U+FFFD. A number that is not finite is null.
 */
#ifndef BUSGEN_HTTP_JSON_H
#define BUSGEN_HTTP_JSON_H

#include <bus/types.h>

#include "stats/text.h"

struct page {
    char *bytes; /* malloc; NULL: empty */
    size_t size;
    size_t capacity;
    bool failed; /* no memory, or more than PAGE_MOST; what is there is not all */
};

#define PAGE_MOST ((size_t)64 << 20)

/* A bus_text_fn; `page` is a struct page. */
bool page_add(void *page, const char *text, size_t size);
void page_free(struct page *page);

struct json {
    struct page *page;
    struct text text;
    bool comma; /* the next value is not the first */
};

void json_begin(struct json *json, struct page *page);
/* False: page->failed. */
bool json_end(struct json *json);

void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *name, const char *value); /* NULL: null */
void json_u64(struct json *json, const char *name, uint64_t value);
void json_i64(struct json *json, const char *name, int64_t value);
void json_u64_text(struct json *json, const char *name,
                   uint64_t value); /* "18446744073709551615" */
void json_number(struct json *json, const char *name, double value);
void json_bool(struct json *json, const char *name, bool value);
void json_uuid(struct json *json, const char *name, struct bus_uuid value); /* zero: null */
/* 32 hexadecimal digits; all zero: null. */
void json_trace_id(struct json *json, const char *name, const uint8_t trace_id[16]);
/* 16 hexadecimal digits; 0: null. */
void json_fingerprint(struct json *json, const char *name, uint64_t value);
/* A newline behind a value, for lines of JSON. */
void json_line(struct json *json);

#endif
