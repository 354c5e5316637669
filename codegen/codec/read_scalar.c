/*
 * read_scalar.c - one JSON value into one scalar of a C struct: numbers with their range,
 * enums and flags by name, times, durations and uuids in their text forms.
 */
#include "codec/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {"bool",     "u8",    "i8",   "u16",   "i16",    "u32",
                                        "i32",      "u64",   "i64",  "f32",   "f64",    "time",
                                        "duration", "uuid",  "enum", "flags", "string", "bytes",
                                        "struct",   "table", "union"};

    return names[kind];
}

/* What an integer kind holds. */
static void range_of(uint8_t kind, int64_t *least, uint64_t *most)
{
    unsigned bits = 8 * codec_scalar_size(kind);

    if (codec_is_signed(kind)) {
        *most = UINT64_MAX >> (65 - bits);
        *least = -(int64_t)*most - 1;
    } else {
        *most = UINT64_MAX >> (64 - bits);
        *least = 0;
    }
}

/* An integer, or a string of its digits, that fits `kind`. */
bool codec_read_integer(struct codec_reader *reader, uint8_t kind, const json_t *json,
                        const struct codec_step *step, uint64_t *bits)
{
    bool is_signed = codec_is_signed(kind);
    const char *text = json_string_value(json);
    bool negative = false;
    bool good = true;
    int64_t least;
    uint64_t most;

    range_of(kind, &least, &most);
    if (json_is_integer(json)) {
        *bits = (uint64_t)json_integer_value(json);
        negative = json_integer_value(json) < 0;
    } else if (json_is_string(json)) {
        negative = text[0] == '-';
        good =
            strlen(text) == json_string_length(json) && codec_parse_integer(text, negative, bits);
    } else {
        return codec_refuse(reader, step, "%s is wanted, not %s", kind_name(kind),
                            codec_kind_of(json));
    }
    if (good && negative)
        good = is_signed && (int64_t)*bits >= least;
    else if (good)
        good = *bits <= most;
    if (good)
        return true;
    if (text != NULL)
        return codec_refuse(reader, step, "'%.*s' is no %s (%" PRId64 " to %" PRIu64 ")",
                            CODEC_SHOWN_MAX, text, kind_name(kind), least, most);
    return codec_refuse(reader, step, "%" PRId64 " does not fit %s (%" PRId64 " to %" PRIu64 ")",
                        (int64_t)*bits, kind_name(kind), least, most);
}

static bool read_float(struct codec_reader *reader, uint8_t kind, const json_t *json,
                       const struct codec_step *step, uint64_t *bits)
{
    const char *text = json_string_value(json);
    double value;
    float single;

    if (json_is_number(json)) {
        value = json_number_value(json);
    } else if (text != NULL && strcmp(text, "nan") == 0) {
        value = (double)NAN;
    } else if (text != NULL && (strcmp(text, "inf") == 0 || strcmp(text, "+inf") == 0)) {
        value = (double)INFINITY;
    } else if (text != NULL && strcmp(text, "-inf") == 0) {
        value = -(double)INFINITY;
    } else {
        return codec_refuse(reader, step,
                            "%s is wanted (a number, \"nan\", \"inf\", \"-inf\"), not %s",
                            kind_name(kind), codec_kind_of(json));
    }
    *bits = 0;
    if (kind == BUS_FIELD_F64) {
        memcpy(bits, &value, sizeof(value));
        return true;
    }
    single = (float)value;
    if (isinf(single) && !isinf(value))
        return codec_refuse(reader, step, "the number is too large for f32");
    memcpy(bits, &single, sizeof(single));
    return true;
}

static bool find_value(const struct bus_enum *names, const char *name, size_t size, int64_t *value)
{
    for (uint32_t i = 0; i < names->value_count; i++) {
        size_t own = strlen(names->values[i].name);

        if (own <= size && memcmp(names->values[i].name, name, own) == 0 &&
            (own == size || (own + 1 == size && name[own] == '_'))) {
            *value = names->values[i].value;
            return true;
        }
    }
    return false;
}

/* The closest name of an enum, as "; did you mean 'x'?", or nothing. */
static const char *closest_value(struct codec_reader *reader, const struct bus_enum *names,
                                 const char *name)
{
    const char **candidates = codec_take(reader->memory, sizeof(*candidates) * names->value_count);
    const char *closest;

    if (candidates == NULL)
        return NULL;
    for (uint32_t i = 0; i < names->value_count; i++)
        candidates[i] = names->values[i].name;
    closest = idl_closest(name, candidates, names->value_count);
    return closest;
}

static bool refuse_name(struct codec_reader *reader, const struct codec_step *step,
                        const struct bus_enum *names, const char *name)
{
    const char *closest = closest_value(reader, names, name);

    if (closest != NULL)
        return codec_refuse(reader, step, "%s has no '%.*s'; did you mean '%s'?", names->name,
                            CODEC_SHOWN_MAX, name, closest);
    return codec_refuse(reader, step, "%s has no '%.*s'", names->name, CODEC_SHOWN_MAX, name);
}

static bool is_number_text(const char *text)
{
    return (text[0] >= '0' && text[0] <= '9') || (text[0] == '-' && text[1] != '\0');
}

static bool read_enum(struct codec_reader *reader, const struct bus_field *field,
                      const json_t *json, const struct codec_step *step, uint64_t *bits)
{
    const char *name = json_string_value(json);
    int64_t value;

    if (name == NULL || is_number_text(name))
        return codec_read_integer(reader, field->base, json, step, bits);
    if (!find_value(field->type, name, json_string_length(json), &value))
        return refuse_name(reader, step, field->type, name);
    *bits = (uint64_t)value;
    return true;
}

/* "read write" */
static bool read_flags(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *json, const struct codec_step *step, uint64_t *bits)
{
    const char *names = json_string_value(json);

    if (names == NULL || is_number_text(names))
        return codec_read_integer(reader, field->base, json, step, bits);
    *bits = 0;
    while (*names != '\0') {
        size_t size = strcspn(names, " ");
        char name[IDL_NAME_MAX + 1];
        int64_t mask;

        if (size > 0) {
            snprintf(name, sizeof(name), "%.*s", size < sizeof(name) ? (int)size : IDL_NAME_MAX,
                     names);
            if (!find_value(field->type, names, size, &mask))
                return refuse_name(reader, step, field->type, name);
            *bits |= (uint64_t)mask;
        }
        names += size + (names[size] == ' ');
    }
    return true;
}

static bool read_time(struct codec_reader *reader, const struct bus_field *field,
                      const json_t *json, const struct codec_step *step, uint64_t *bits)
{
    const char *text = json_string_value(json);
    int64_t value;

    if (text == NULL || codec_parse_integer(text, text[0] == '-', bits))
        return codec_read_integer(reader, field->kind, json, step, bits);
    if (field->kind == BUS_FIELD_TIME ? codec_parse_time(text, &value)
                                      : codec_parse_duration(text, &value)) {
        *bits = (uint64_t)value;
        return true;
    }
    if (field->kind == BUS_FIELD_TIME)
        return codec_refuse(
            reader, step,
            "'%.*s' is no time (RFC 3339, \"2026-01-31T12:00:00.5Z\", years 1678 to "
            "2261, or an integer of nanoseconds since 1970)",
            CODEC_SHOWN_MAX, text);
    return codec_refuse(
        reader, step,
        "'%.*s' is no duration (an integer and ns, us, ms, s, m or h, as \"250ms\", "
        "or an integer of nanoseconds)",
        CODEC_SHOWN_MAX, text);
}

static bool read_bool(struct codec_reader *reader, const json_t *json,
                      const struct codec_step *step, uint64_t *bits)
{
    if (json_is_integer(json) && (uint64_t)json_integer_value(json) <= 1) {
        *bits = (uint64_t)json_integer_value(json);
        return true;
    }
    if (!json_is_boolean(json))
        return codec_refuse(reader, step, "true or false is wanted, not %s", codec_kind_of(json));
    *bits = json_is_true(json);
    return true;
}

bool codec_read_scalar(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *json, uint8_t *to, bool int_sized,
                       const struct codec_step *step)
{
    uint64_t bits = 0;
    bool good;

    switch (field->kind) {
    case BUS_FIELD_BOOL:
        good = read_bool(reader, json, step, &bits);
        break;
    case BUS_FIELD_F32:
    case BUS_FIELD_F64:
        good = read_float(reader, field->kind, json, step, &bits);
        break;
    case BUS_FIELD_ENUM:
        good = read_enum(reader, field, json, step, &bits);
        break;
    case BUS_FIELD_FLAGS:
        good = read_flags(reader, field, json, step, &bits);
        break;
    case BUS_FIELD_TIME:
    case BUS_FIELD_DURATION:
        good = read_time(reader, field, json, step, &bits);
        break;
    default:
        good = codec_read_integer(reader, field->kind, json, step, &bits);
        break;
    }
    if (good)
        memcpy(to, &bits, int_sized ? 4 : codec_scalar_size(codec_scalar_kind(field)));
    return good;
}

bool codec_read_uuid(struct codec_reader *reader, const json_t *json, uint8_t *to,
                     const struct codec_step *step)
{
    struct codec_step high = {.up = step, .key = "high"};
    struct codec_step low = {.up = step, .key = "low"};
    struct bus_uuid uuid;
    const char *text = json_string_value(json);

    if (json_is_object(json) && json_object_size(json) == 2 && json_object_get(json, "high") &&
        json_object_get(json, "low")) {
        if (!codec_read_integer(reader, BUS_FIELD_U64, json_object_get(json, "high"), &high,
                                &uuid.high) ||
            !codec_read_integer(reader, BUS_FIELD_U64, json_object_get(json, "low"), &low,
                                &uuid.low))
            return false;
    } else if (text == NULL) {
        return codec_refuse(reader, step, "a uuid is wanted, not %s", codec_kind_of(json));
    } else if (!codec_parse_uuid(text, &uuid)) {
        return codec_refuse(reader, step,
                            "'%.*s' is no uuid (\"123e4567-e89b-12d3-a456-426614174000\")",
                            CODEC_SHOWN_MAX, text);
    }
    memcpy(to, &uuid, sizeof(uuid));
    return true;
}
