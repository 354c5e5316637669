/*
 * codec.c - the JSON codec's public calls; internal.h lists its parts.
 *
 *     decode: bytes -> verify -> unpack into a C struct -> JSON
 *     encode: JSON -> jansson -> C struct -> check -> pack
 *
 * Both go through the same C structs and wire engine as generated code, so what busgen accepts is
 * what a running program accepts.
 */
#include "codec/internal.h"
#include "codec/jansson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

static enum codec_status no_memory(struct codec_memory *memory, struct codec_error *error)
{
    codec_release(memory);
    memset(error, 0, sizeof(*error));
    return CODEC_OUT_OF_MEMORY;
}

/* The message in verified bytes; it lives in `memory`, which anything but CODEC_OK has released. */
static enum codec_status read_message(struct codec_memory *memory, const struct idl_table *body,
                                      const uint8_t *bytes, size_t size,
                                      const struct bus_table **table, void **message,
                                      struct codec_error *error)
{
    char why[BUS_WIRE_WHY_SIZE];
    struct bus_scratch scratch;
    uint64_t scratch_size;
    uint32_t root;
    uint8_t *copy;

    memset(error, 0, sizeof(*error));
    *table = codec_describe(memory, body);
    copy = codec_take(memory, size + 1);
    if (*table == NULL || copy == NULL)
        return no_memory(memory, error);
    if (size > 0)
        memcpy(copy, bytes, size);
    if (!bus_wire_verify(*table, copy, size, why)) {
        snprintf(error->text, sizeof(error->text), "the bytes are no %s: %s", (*table)->name, why);
        codec_release(memory);
        return CODEC_REFUSED;
    }
    scratch_size = codec_scratch(*table);
    *message = codec_take(memory, (*table)->size);
    scratch.at = codec_take(memory, (size_t)scratch_size + 1);
    if (*message == NULL || scratch.at == NULL)
        return no_memory(memory, error);
    scratch.end = scratch.at + scratch_size;
    memcpy(&root, copy, sizeof(root)); /* little-endian as the whole codec */
    if (!bus_wire_unpack(*table, *message, copy, root, &scratch))
        return no_memory(memory, error);
    return CODEC_OK;
}

enum codec_status codec_decode(const struct idl_table *body, const uint8_t *bytes, size_t size,
                               const struct codec_options *options, char **json,
                               struct codec_error *error)
{
    struct codec_memory memory = {.as_flatc = options != NULL && options->as_flatc};
    const struct bus_table *table;
    void *message;
    enum codec_status status = read_message(&memory, body, bytes, size, &table, &message, error);

    *json = NULL;
    if (status != CODEC_OK)
        return status;
    *json = codec_write(table, message, options);
    codec_release(&memory);
    return *json != NULL ? CODEC_OK : CODEC_OUT_OF_MEMORY;
}

enum codec_status codec_print(const struct idl_table *body, const uint8_t *bytes, size_t size,
                              char *text, size_t text_size, struct codec_error *error)
{
    struct codec_memory memory = {0};
    const struct bus_table *table;
    void *message;
    enum codec_status status = read_message(&memory, body, bytes, size, &table, &message, error);

    if (status != CODEC_OK)
        return status;
    bus_wire_print(table, message, text, text_size);
    codec_release(&memory);
    return CODEC_OK;
}

/* jansson refuses integers above INT64_MAX, flatc writes them: outside of strings, integers of so
 * many digits are put into quotes, which the reader takes as well. *quotes counts them up to
 * `until` (in the new text). NULL when out of memory. */
static char *quote_large(struct codec_memory *memory, const char *json, size_t size, size_t *made,
                         size_t until, size_t *quotes)
{
    enum { DIGITS_SAFE = 18 };
    char *text = codec_take(memory, size * 2 + 1);
    bool string = false;
    size_t at = 0;

    *quotes = 0;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size;) {
        size_t digits = 0;
        size_t sign = json[i] == '-';

        while (!string && i + sign + digits < size && json[i + sign + digits] >= '0' &&
               json[i + sign + digits] <= '9')
            digits++;
        if (digits == 0) {
            if (string && json[i] == '\\' && i + 1 < size)
                text[at++] = json[i++];
            else if (json[i] == '"')
                string = !string;
            text[at++] = json[i++];
            continue;
        }
        digits += sign;
        if (digits - sign <= DIGITS_SAFE ||
            (i + digits < size && strchr(".eE", json[i + digits]) != NULL &&
             json[i + digits] != '\0')) {
            /* A fraction or an exponent follows: the digits behind it are part of this number. */
            while (i + digits < size && json[i + digits] != '\0' &&
                   strchr("0123456789.eE+-", json[i + digits]) != NULL)
                digits++;
            memcpy(text + at, json + i, digits);
            at += digits;
        } else {
            *quotes += at < until ? 2 : 0;
            text[at++] = '"';
            memcpy(text + at, json + i, digits);
            at += digits;
            text[at++] = '"';
        }
        i += digits;
    }
    *made = at;
    return text;
}

static json_t *parse(struct codec_memory *memory, const char *json, size_t size,
                     struct codec_error *error)
{
    json_error_t fault;
    size_t made;
    size_t quotes;
    char *text = quote_large(memory, json, size, &made, 0, &quotes);
    json_t *document;
    const char *nothing;

    if (text == NULL)
        return NULL;
    nothing = size != 0 ? memchr(json, 0, size) : NULL;
    if (nothing != NULL) { /* jansson passes over one behind a number */
        codec_place_of_offset(json, size, (size_t)(nothing - json), &error->line, &error->column);
        snprintf(error->text, sizeof(error->text), "not JSON: a NUL byte; write \\u0000 in text");
        return NULL;
    }
    document =
        codec_load_json(text, made, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY,
                        &fault, &memory->failed);
    if (document != NULL || memory->failed)
        return document;
    if (quote_large(memory, json, size, &made, (size_t)fault.position, &quotes) == NULL)
        return NULL;
    codec_place_of_offset(json, size, (size_t)fault.position - quotes, &error->line,
                          &error->column);
    snprintf(error->text, sizeof(error->text), "not JSON: %s", fault.text);
    return NULL;
}

/* From the filled struct to bytes. */
static enum codec_status finish(struct codec_memory *memory, const struct bus_table *table,
                                const void *message, uint8_t **bytes, size_t *size,
                                struct codec_error *error)
{
    char why[BUS_WIRE_WHY_SIZE];

    if (!bus_wire_check(table, message, true, why)) {
        snprintf(error->text, sizeof(error->text), "%s", why);
        codec_release(memory);
        return CODEC_REFUSED;
    }
    *size = codec_measure(table, message);
    *bytes = *size != 0 ? aligned_alloc(ALIGNMENT, (*size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)
                        : NULL;
    if (*bytes == NULL)
        return no_memory(memory, error);
    codec_pack(*bytes, table, message);
    codec_release(memory);
    return CODEC_OK;
}

enum codec_status codec_encode(const struct idl_table *body, const char *json, size_t json_size,
                               uint8_t **bytes, size_t *size, struct codec_error *error)
{
    struct codec_memory memory = {0};
    struct codec_reader reader = {
        .memory = &memory, .text = json, .size = json_size, .error = error};
    const struct bus_table *table = codec_describe(&memory, body);
    void *message = table != NULL ? codec_take(&memory, table->size) : NULL;
    enum codec_status status;
    json_t *document;

    *bytes = NULL;
    *size = 0;
    memset(error, 0, sizeof(*error));
    if (message == NULL)
        return no_memory(&memory, error);
    document = parse(&memory, json, json_size, error);
    if (document == NULL && memory.failed)
        return no_memory(&memory, error);
    if (document == NULL) {
        codec_release(&memory);
        return CODEC_REFUSED;
    }
    bus_wire_init(table, message);
    if (codec_read_table(&reader, table, document, message, NULL)) {
        status = finish(&memory, table, message, bytes, size, error);
    } else if (memory.failed) {
        status = no_memory(&memory, error);
    } else {
        codec_release(&memory);
        status = CODEC_REFUSED;
    }
    json_decref(document);
    return status;
}

/* ---- names ---- */

static bool is_answer(const struct idl_message *message, const char *name,
                      const struct idl_table **found)
{
    size_t size = strlen(message->body.decl.name);

    if (strncmp(name, message->body.decl.name, size) != 0 || name[size] != '.')
        return false;
    for (uint32_t i = 0; i < message->answer_count; i++) {
        if (strcmp(message->answers[i].body.decl.name, name + size + 1) == 0) {
            *found = &message->answers[i].body;
            return true;
        }
    }
    return false;
}

/* An older version, "order_placed_v1" or as its type is called, "order_placed.v1". */
static bool is_older(const struct idl_message *message, const char *name)
{
    const char *own = message->body.decl.name;
    size_t size = strlen(message->base);

    return strncmp(name, own, size) == 0 && (name[size] == '_' || name[size] == '.') &&
           strcmp(name + size + 1, own + size + 1) == 0;
}

/* The newest as the older ones are called: bytes that were kept as "order_placed_v3" are read by
 * that name, whatever versions came since. */
static bool is_newest(const struct idl_message *message, const char *name)
{
    size_t size = strlen(message->base);
    char number[16];

    snprintf(number, sizeof number, "v%u", (unsigned)message->version);
    return strncmp(name, message->base, size) == 0 && (name[size] == '_' || name[size] == '.') &&
           strcmp(name + size + 1, number) == 0;
}

static const struct idl_table *find_in(const struct idl_bus *bus, const char *name)
{
    const struct idl_table *found = NULL;

    for (uint32_t i = 0; i < bus->message_count; i++) {
        if (strcmp(bus->messages[i]->body.decl.name, name) == 0)
            return &bus->messages[i]->body;
        if (is_answer(bus->messages[i], name, &found))
            return found;
    }
    for (uint32_t i = 0; i < bus->older_count; i++) {
        if (is_older(bus->messages[bus->message_count + i], name))
            return &bus->messages[bus->message_count + i]->body;
    }
    for (uint32_t i = 0; i < bus->table_count; i++) {
        if (!bus->tables[i]->fixed && strcmp(bus->tables[i]->decl.name, name) == 0)
            return bus->tables[i];
    }
    for (uint32_t i = 0; i < bus->message_count; i++) {
        if (is_newest(bus->messages[i], name))
            return &bus->messages[i]->body;
    }
    return NULL;
}

static const struct idl_table *find_named(const struct idl_bus *bus, const char *name)
{
    size_t size = strlen(bus->decl.name);

    if (strncmp(name, bus->decl.name, size) == 0 && name[size] == '.')
        return find_in(bus, name + size + 1);
    return NULL;
}

static const char *suggest(const struct idl_bus *bus, const char *name)
{
    size_t count = 0;
    size_t versions = (size_t)bus->message_count + bus->older_count;
    const char **names = calloc(versions + bus->table_count + 1, sizeof(*names));
    const char *closest;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < versions; i++)
        names[count++] = bus->messages[i]->body.decl.name;
    for (uint32_t i = 0; i < bus->table_count; i++) {
        if (!bus->tables[i]->fixed)
            names[count++] = bus->tables[i]->decl.name;
    }
    closest = idl_closest(name, names, count);
    free(names);
    return closest;
}

const struct idl_table *codec_find(const struct idl_bus *bus, const char *name,
                                   const char **suggestion)
{
    const struct idl_table *found = find_in(bus, name);

    if (suggestion != NULL)
        *suggestion = NULL;
    if (found == NULL)
        found = find_named(bus, name);
    for (uint32_t i = 0; i < bus->import_count && found == NULL; i++)
        found = find_named(bus->imports[i], name);
    if (found == NULL && suggestion != NULL)
        *suggestion = suggest(bus, name);
    return found;
}
