/*
 * read.c - JSON into a C struct, with an error that names the way, the fault and what is
 * allowed. Stops at the first fault.
 *
 * Bounds (max, counts) are checked here, so that the error points into the JSON, and once more by
 * bus_wire_check, which decides. Everything referenced lives in the JSON document or in the call's
 * memory.
 */
#include "codec/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 160 };

static size_t write_path(const struct codec_step *step, char path[PATH_SIZE])
{
    size_t at;

    if (step == NULL) {
        path[0] = '\0';
        return 0;
    }
    at = write_path(step->up, path);
    if (step->key != NULL)
        snprintf(path + at, PATH_SIZE - at, "%s%.64s", at > 0 ? "." : "", step->key);
    else
        snprintf(path + at, PATH_SIZE - at, "[%zu]", step->index);
    return at + strlen(path + at);
}

bool codec_refuse(struct codec_reader *reader, const struct codec_step *step, const char *format,
                  ...)
{
    char path[PATH_SIZE];
    struct codec_error *error = reader->error;
    size_t at = write_path(step, path);
    va_list arguments;

    codec_place(reader->text, reader->size, step, &error->line, &error->column);
    snprintf(error->text, sizeof(error->text), "%s%s", path, at > 0 ? ": " : "");
    at = strlen(error->text);
    va_start(arguments, format);
    vsnprintf(error->text + at, sizeof(error->text) - at, format, arguments);
    va_end(arguments);
    return false;
}

const char *codec_kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction or exponent";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static void row_store(uint8_t *to, const void *data, size_t size)
{
    uint32_t count = (uint32_t)size;

    memcpy(to, &data, sizeof(data));
    memcpy(to + sizeof(data), &count, sizeof(count));
}

static bool read_string(struct codec_reader *reader, const struct bus_field *field,
                        const json_t *json, uint8_t *to, const struct codec_step *step)
{
    if (!json_is_string(json))
        return codec_refuse(reader, step, "a string is wanted, not %s", codec_kind_of(json));
    if (json_string_length(json) > field->max)
        return codec_refuse(reader, step, "%zu bytes, at most %" PRIu32, json_string_length(json),
                            field->max);
    row_store(to, json_string_value(json), json_string_length(json));
    return true;
}

static bool read_bytes(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *json, uint8_t *to, const struct codec_step *step)
{
    size_t count = json_is_string(json) ? json_string_length(json) / 4 * 3 : json_array_size(json);
    uint8_t *bytes;

    if (!json_is_string(json) && !json_is_array(json))
        return codec_refuse(reader, step,
                            "bytes are wanted (an array of numbers, or base64 text), not %s",
                            codec_kind_of(json));
    bytes = codec_take(reader->memory, count + 1);
    if (bytes == NULL)
        return false;
    if (json_is_string(json)) {
        if (!codec_parse_base64(json_string_value(json), json_string_length(json), bytes, &count))
            return codec_refuse(reader, step, "the text is not base64");
    } else {
        for (size_t i = 0; i < count && i <= field->max; i++) {
            struct codec_step element = {.up = step, .index = i};
            uint64_t bits;

            if (!codec_read_integer(reader, BUS_FIELD_U8, json_array_get(json, i), &element, &bits))
                return false;
            bytes[i] = (uint8_t)bits;
        }
    }
    if (count > field->max)
        return codec_refuse(reader, step, "%zu bytes, at most %" PRIu32, count, field->max);
    row_store(to, bytes, count);
    return true;
}

static bool read_one(struct codec_reader *reader, const struct bus_field *field, const json_t *json,
                     uint8_t *to, bool int_sized, const struct codec_step *step)
{
    switch (field->kind) {
    case BUS_FIELD_STRING:
        return read_string(reader, field, json, to, step);
    case BUS_FIELD_BYTES:
        return read_bytes(reader, field, json, to, step);
    case BUS_FIELD_UUID:
        return codec_read_uuid(reader, json, to, step);
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        return codec_read_table(reader, field->type, json, to, step);
    default:
        return codec_read_scalar(reader, field, json, to, int_sized, step);
    }
}

static bool read_elements(struct codec_reader *reader, const struct bus_field *field,
                          const json_t *json, uint8_t *to, const struct codec_step *step)
{
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct codec_step element = {.up = step, .index = i};
        uint8_t *at = to + i * codec_stride(field);

        if (field->kind == BUS_FIELD_TABLE)
            bus_wire_init(field->type, at);
        if (!read_one(reader, field, json_array_get(json, i), at, false, &element))
            return false;
    }
    return true;
}

static bool read_vector(struct codec_reader *reader, const struct bus_field *field,
                        const json_t *json, uint8_t *to, const struct codec_step *step)
{
    size_t count = json_array_size(json);
    uint8_t *elements;

    if (!json_is_array(json))
        return codec_refuse(reader, step, "an array is wanted, not %s", codec_kind_of(json));
    if (count > field->count)
        return codec_refuse(reader, step, "%zu elements, at most %" PRIu32, count, field->count);
    elements = codec_take(reader->memory, count * codec_stride(field) + 1);
    if (elements == NULL)
        return false;
    row_store(to, elements, count);
    return read_elements(reader, field, json, elements, step);
}

static bool read_array(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *json, uint8_t *to, const struct codec_step *step)
{
    struct codec_step value = {.up = step, .key = "value"};

    if (json_is_object(json) && json_object_size(json) == 1 && json_object_get(json, "value")) {
        json = json_object_get(json, "value");
        step = &value;
    }
    if (!json_is_array(json))
        return codec_refuse(reader, step, "an array is wanted, not %s", codec_kind_of(json));
    if (json_array_size(json) != field->count)
        return codec_refuse(reader, step, "%zu elements, exactly %" PRIu32 " are wanted",
                            json_array_size(json), field->count);
    return read_elements(reader, field, json, to, step);
}

/* ---- unions ---- */

/* "name", or "name_" as the .fbs may have it, and what is behind. */
static bool is_name(const char *key, const char *name, const char *suffix)
{
    size_t size = strlen(name);

    if (strncmp(key, name, size) != 0)
        return false;
    key += size;
    return strcmp(key, suffix) == 0 || (*key == '_' && strcmp(key + 1, suffix) == 0);
}

/* The member of an object by its schema name; *key receives the key that it has there, or should
 * have. NULL: absent. */
static const json_t *member_of(const json_t *object, const char *name, const char *suffix,
                               char key[IDL_NAME_MAX + 8])
{
    const json_t *found;

    snprintf(key, IDL_NAME_MAX + 8, "%.64s_%s", name, suffix);
    found = json_object_get(object, key);
    if (found == NULL) {
        snprintf(key, IDL_NAME_MAX + 8, "%.64s%s", name, suffix);
        found = json_object_get(object, key);
    }
    return found;
}

static const struct bus_union_arm *find_arm(const struct bus_union *choice, const json_t *type)
{
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        if (json_is_integer(type) ? json_integer_value(type) == (json_int_t)choice->arms[i].number
                                  : json_is_string(type) &&
                                        is_name(json_string_value(type), choice->arms[i].name, ""))
            return &choice->arms[i];
    }
    return NULL;
}

static bool is_none(const json_t *type)
{
    return type == NULL || json_is_null(type) ||
           (json_is_integer(type) && json_integer_value(type) == 0) ||
           (json_is_string(type) && strcmp(json_string_value(type), "NONE") == 0);
}

static bool read_union(struct codec_reader *reader, const struct bus_field *field,
                       const json_t *object, uint8_t *to, const struct codec_step *up)
{
    const struct bus_union *choice = field->type;
    char type_name[IDL_NAME_MAX + 8];
    char value_name[IDL_NAME_MAX + 8];
    struct codec_step type_step = {.up = up, .key = type_name};
    struct codec_step step = {.up = up, .key = value_name};
    const json_t *type = member_of(object, field->name, "_type", type_name);
    const json_t *value = member_of(object, field->name, "", value_name);
    const struct bus_union_arm *arm;
    int32_t tag;

    if (json_is_null(value))
        value = NULL;
    if (is_none(type)) {
        if (value != NULL)
            return codec_refuse(reader, &step, "'%s' must say which arm this is", type_name);
        return true;
    }
    arm = find_arm(choice, type);
    if (arm == NULL && json_is_string(type))
        return codec_refuse(reader, &type_step, "%s has no arm '%.*s'", choice->name,
                            CODEC_SHOWN_MAX, json_string_value(type));
    if (arm == NULL && json_is_integer(type))
        return codec_refuse(reader, &type_step,
                            "%s has no arm %" JSON_INTEGER_FORMAT
                            ": what is in it is known to a newer version only",
                            choice->name, json_integer_value(type));
    if (arm == NULL)
        return codec_refuse(reader, &type_step, "the name of an arm of %s is wanted, not %s",
                            choice->name, codec_kind_of(type));
    if (value == NULL)
        return codec_refuse(reader, &type_step, "the value, '%s', is missing", field->name);
    tag = (int32_t)arm->number;
    memcpy(to + choice->tag, &tag, sizeof(tag));
    bus_wire_init(arm->table, to + choice->value);
    return codec_read_table(reader, arm->table, value, to + choice->value, &step);
}

/* ---- tables ---- */

static bool key_belongs(const struct bus_field *field, const char *key)
{
    return is_name(key, field->name, "") ||
           (field->kind == BUS_FIELD_UNION && is_name(key, field->name, "_type"));
}

static bool refuse_key(struct codec_reader *reader, const struct bus_table *table, const char *key,
                       const struct codec_step *up)
{
    struct codec_step step = {.up = up, .key = key};
    const char **names =
        codec_take(reader->memory, sizeof(*names) * ((size_t)table->field_count + 1));
    const char *closest;
    size_t count = 0;

    if (names == NULL)
        return false;
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!(table->fields[i].flags & BUS_FIELD_REMOVED))
            names[count++] = table->fields[i].name;
        else if (key_belongs(&table->fields[i], key))
            return codec_refuse(reader, &step, "this field was removed from %s", table->name);
    }
    closest = idl_closest(key, names, count);
    if (closest != NULL)
        return codec_refuse(reader, &step, "no such field in %s; did you mean '%s'?", table->name,
                            closest);
    return codec_refuse(reader, &step, "no such field in %s", table->name);
}

static bool read_field(struct codec_reader *reader, const struct bus_table *table,
                       const struct bus_field *field, const json_t *json, uint8_t *message,
                       const struct codec_step *up, const char *key)
{
    struct codec_step step = {.up = up, .key = key};
    uint8_t *to = message + field->value;
    const bool has = true;

    if (field->flags & BUS_FIELD_OPTIONAL) {
        memcpy(message + field->member, &has, sizeof(has));
        if (field->kind == BUS_FIELD_TABLE && field->shape == BUS_SHAPE_ONE)
            bus_wire_init(field->type, to);
    }
    if (field->shape == BUS_SHAPE_VECTOR)
        return read_vector(reader, field, json, to, &step);
    if (field->shape == BUS_SHAPE_ARRAY)
        return read_array(reader, field, json, to, &step);
    return read_one(reader, field, json, to,
                    field->kind == BUS_FIELD_ENUM && table->vtable_size != 0, &step);
}

bool codec_read_table(struct codec_reader *reader, const struct bus_table *table,
                      const json_t *json, void *message, const struct codec_step *step)
{
    /* jansson's iterator takes a non-const object but does not change it. */
    json_t *object = (json_t *)(uintptr_t)json;

    if (!json_is_object(json))
        return codec_refuse(reader, step, "an object (%s) is wanted, not %s", table->name,
                            codec_kind_of(json));
    for (void *member = json_object_iter(object); member != NULL;
         member = json_object_iter_next(object, member)) {
        const char *key = json_object_iter_key(member);
        bool known = false;

        for (uint32_t i = 0; i < table->field_count && !known; i++)
            known = !(table->fields[i].flags & BUS_FIELD_REMOVED) &&
                    key_belongs(&table->fields[i], key);
        if (!known)
            return refuse_key(reader, table, key, step);
    }
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        char key[IDL_NAME_MAX + 8];
        const json_t *value;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        value = member_of(json, field->name, "", key);
        if (field->kind == BUS_FIELD_UNION) {
            if (!read_union(reader, field, json, (uint8_t *)message + field->value, step))
                return false;
        } else if (value != NULL && !json_is_null(value)) {
            if (!read_field(reader, table, field, value, message, step, key))
                return false;
        }
    }
    return true;
}
