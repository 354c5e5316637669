/* stats/text.h - text in pieces, to whoever takes it: metrics, log lines. */
#ifndef BUSGEN_STATS_TEXT_H
#define BUSGEN_STATS_TEXT_H

#include <bus/metrics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    bus_text_fn fn;
    void *context;
    bool failed; /* `fn` said so: it gets nothing more */
    uint32_t size;
    char bytes[4096];
};

void text_put(struct text *text, const char *bytes, size_t size);
void text_add(struct text *text, const char *words);
/* Whole numbers up to 2^53 as such, else the shortest digits. */
void text_number(struct text *text, double value);
/* As a string of JSON, in quotes. Bytes that are no UTF-8 become U+FFFD. */
void text_json(struct text *text, const char *value);
/* Lower-case hexadecimal, in quotes. */
void text_hex(struct text *text, const uint8_t *bytes, size_t size);
/* ,"name": */
void text_key(struct text *text, const char *name);
/* False: something was not taken. */
bool text_finish(struct text *text);

#endif
