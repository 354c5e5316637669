/*
 * codec.h - messages as JSON and back, from a schema that was read at run time.
 *
 * What `busgen decode` and `busgen encode` stand on. The JSON is the one that Debian's
 * `flatc --json --strict-json` writes and reads, so that both tools can take over from each other,
 * with a few friendlier forms:
 *
 *     integers        numbers; beyond 2^53 strings of digits (both are read, whatever the size)
 *     floats          numbers; "nan", "inf", "-inf" as strings
 *     bool            true, false (0 and 1 are read)
 *     enum            "paid"; a number when the schema has no such value
 *     flags           "read write"; a number when unknown bits are set or none is
 *     time            "2026-01-31T12:00:00.5Z" (RFC 3339; an integer of nanoseconds is read)
 *     duration        "250ms", "-1500ns" (an integer of nanoseconds is read)
 *     uuid            "123e4567-e89b-12d3-a456-426614174000" ({ "high", "low" } is read)
 *     string          text
 *     bytes           an array of numbers (base64 text is read)
 *     fixed array     an array ({ "value": array }, as flatc writes it in a table, is read)
 *     vector          an array
 *     struct, table   an object
 *     union           "payment_type": "card", "payment": { ... }
 *     absent          optional: left out (null is read). Left out where the field is not optional:
 *                     its default
 *
 * `as_flatc` writes what flatc reads: time, duration and uuid as integers and objects, fixed arrays
 * of tables wrapped, names that flatc does not take with a "_" behind (which is always read).
 *
 * Secrets are shown in JSON: the bytes are the user's own.
 */
#ifndef CODEC_H
#define CODEC_H

#include "idl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec_status {
    CODEC_OK,
    CODEC_REFUSED,       /* the input is at fault: error.text says why */
    CODEC_OUT_OF_MEMORY, /* error.text is empty */
};

/* What is wrong, where, and what would be right. */
struct codec_error {
    uint32_t line; /* of the JSON, from 1; 0: no place (bytes, or the whole document) */
    uint32_t column;
    char text[320]; /* "lines[3].quantty: no such field in shop.line; did you mean 'quantity'?" */
};

struct codec_options {
    bool as_flatc; /* decode: JSON for flatc */
    bool compact;  /* decode: one line instead of two spaces of indentation */
};

/* Verifies packed bytes of `body` (the body of a message, of an answer, or any table) and writes
 * them as JSON. `bytes` needs no alignment. *json is malloc'ed, NUL-terminated, ends with a line
 * feed. */
enum codec_status codec_decode(const struct idl_table *body, const uint8_t *bytes, size_t size,
                               const struct codec_options *options, char **json,
                               struct codec_error *error);

/* The same bytes as logs and listings show them: one line, secrets hidden, cut to `text_size`. */
enum codec_status codec_print(const struct idl_table *body, const uint8_t *bytes, size_t size,
                              char *text, size_t text_size, struct codec_error *error);

/* Reads JSON and packs it in the layout of <bus/wire.h>. *bytes is malloc'ed, 8-aligned. */
enum codec_status codec_encode(const struct idl_table *body, const char *json, size_t json_size,
                               uint8_t **bytes, size_t *size, struct codec_error *error);

/* True when flatc does not take `name` as an identifier; .fbs files and flatc's JSON then have it
 * with a "_" behind. */
bool codec_flatc_word(const char *name);
/* The same for a field of a table or struct of `bus`: also when it is called like one of its tables
 * or structs. */
bool codec_flatc_renames_field(const struct idl_bus *bus, const char *field);

/* The message (or "MESSAGE.ANSWER": an answer of a command; or a table) that a user named, with or
 * without the bus in front, and with or without a version behind; NULL: none. `suggestion` (may be
 * NULL) then receives the closest name or NULL. */
const struct idl_table *codec_find(const struct idl_bus *bus, const char *name,
                                   const char **suggestion);

#endif
