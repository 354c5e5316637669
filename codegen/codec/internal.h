/*
 * internal.h - what the parts of the JSON codec share.
 *
 *     memory.c   everything a call allocates, freed at once
 *     layout.c   idl model -> bus_table descriptions, with the C structs they speak of
 *     pack.c     C struct -> bytes, from a description
 *     write.c    C struct -> JSON
 *     read.c     JSON -> C struct; read_scalar.c its numbers, names and times
 *     value.c    text -> numbers, times, durations, uuids, base64
 *     place.c    a path in JSON -> line and column
 *     jansson.c  jansson, when memory runs out
 *     flatc.c    names that flatc does not take
 *     codec.c    the public calls
 *
 * The C structs are built in memory only; they have the layout of the generated ones so that one
 * test can compare both descriptions.
 */
#ifndef CODEC_INTERNAL_H
#define CODEC_INTERNAL_H

#include "codec/codec.h"

#include <bus/wire.h>

#include <jansson.h>

/* ---- memory ---- */

struct codec_block;
struct codec_memory {
    struct codec_block *blocks;
    const struct codec_known *known; /* descriptions already built */
    bool failed;                     /* an allocation failed: all that follow return NULL */
    bool as_flatc;                   /* descriptions have the names of the .fbs */
};

/* Zeroed, 8-aligned; NULL when out of memory. */
void *codec_take(struct codec_memory *memory, size_t size);
void codec_release(struct codec_memory *memory);
/* "a.b" */
const char *codec_join(struct codec_memory *memory, const char *a, const char *b);

/* ---- descriptions ---- */

/* The description of a table or struct; lives in `memory`. NULL when out of memory. */
const struct bus_table *codec_describe(struct codec_memory *memory, const struct idl_table *table);
/* Most scratch that unpacking takes. */
uint64_t codec_scratch(const struct bus_table *table);

/* Bytes of one element in C, in a vector or array. */
size_t codec_stride(const struct bus_field *field);
/* Bytes of one scalar of this integer or float kind; 0: no scalar. */
uint32_t codec_scalar_size(uint8_t kind);
/* The kind that travels: the base of enums and flags. */
uint8_t codec_scalar_kind(const struct bus_field *field);
/* The integer at `at`, sign-extended when signed; floats: their bits. */
uint64_t codec_load(uint8_t kind, const void *at);
bool codec_is_signed(uint8_t kind);

/* ---- packing ---- */

/* Packed size of a struct that bus_wire_check accepts; 0 when it does not fit 32 bits. */
uint32_t codec_measure(const struct bus_table *table, const void *message);
/* Writes codec_measure() bytes, 8-aligned. */
void codec_pack(uint8_t *to, const struct bus_table *table, const void *message);

/* ---- writing JSON ---- */

/* malloc'ed text; NULL when out of memory. */
char *codec_write(const struct bus_table *table, const void *message,
                  const struct codec_options *options);

/* ---- reading JSON ---- */

enum { CODEC_SHOWN_MAX = 40 }; /* bytes of the user's text that an error repeats */

/* The way to a value: a chain from the value to the root. */
struct codec_step {
    const struct codec_step *up; /* NULL: the document */
    const char *key;             /* of an object; NULL: an element */
    size_t index;
};

struct codec_reader {
    struct codec_memory *memory;
    const char *text; /* the JSON, to find places in */
    size_t size;
    struct codec_error *error;
};

/* Writes "path: what" and the place into the error; false. */
bool codec_refuse(struct codec_reader *reader, const struct codec_step *step, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* "an object", "a string", ... */
const char *codec_kind_of(const json_t *json);

/* One scalar; an enum is stored as an int when `int_sized`, else as its base. */
bool codec_read_scalar(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *json, uint8_t *to, bool int_sized,
                       const struct codec_step *step);

/* An integer of this kind, as its bits. */
bool codec_read_integer(struct codec_reader *reader, uint8_t kind, const json_t *json,
                        const struct codec_step *step, uint64_t *bits);
/* A uuid, as text or as { high, low }. */
bool codec_read_uuid(struct codec_reader *reader, const json_t *json, uint8_t *to,
                     const struct codec_step *step);

/* Line and column of the value the steps lead to; 0, 0 when they lead nowhere. */
void codec_place(const char *text, size_t size, const struct codec_step *step, uint32_t *line,
                 uint32_t *column);
void codec_place_of_offset(const char *text, size_t size, size_t offset, uint32_t *line,
                           uint32_t *column);

/* Fills the C struct, which was initialised. False: refused, or out of memory (memory->failed). */
bool codec_read_table(struct codec_reader *reader, const struct bus_table *table,
                      const json_t *json, void *message, const struct codec_step *step);

/* ---- values as text: false when the text is none ---- */

bool codec_parse_integer(const char *text, bool negative_allowed, uint64_t *value);
bool codec_parse_time(const char *text, int64_t *time_ns);
bool codec_parse_duration(const char *text, int64_t *duration_ns);
bool codec_parse_uuid(const char *text, struct bus_uuid *uuid);
/* `bytes` has room for 3/4 of the text. */
bool codec_parse_base64(const char *text, size_t size, uint8_t *bytes, size_t *count);

#endif
