/* sample.c - see sample.h. */
#include "breaking/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_TEXT = 8, SHOWN_ELEMENTS = 3 };

static void both(struct sample *sample, const char *text)
{
    put(&sample->json, text);
    put(&sample->shown, text);
    sample->failed = sample->failed || sample->json.size > SAMPLE_SIZE_MAX;
}

static void key(struct sample *sample, const char *name, const char *suffix)
{
    both(sample, "\"");
    both(sample, name);
    both(sample, suffix);
    both(sample, "\": ");
}

/* ---- values ---- */

static void put_integer(struct sample *sample, enum idl_kind kind, unsigned attempt, uint64_t plain)
{
    static const int bits[] = {[IDL_U8] = 8,   [IDL_I8] = 8,   [IDL_U16] = 16, [IDL_I16] = 16,
                               [IDL_U32] = 32, [IDL_I32] = 32, [IDL_U64] = 64, [IDL_I64] = 64};
    bool is_signed = kind == IDL_I8 || kind == IDL_I16 || kind == IDL_I32 || kind == IDL_I64;
    uint64_t most = UINT64_MAX >> (64 - bits[kind] + (is_signed ? 1 : 0));
    char text[24];

    if (attempt == 2 && is_signed)
        snprintf(text, sizeof(text), "%" PRId64, -(int64_t)most - 1);
    else if (attempt == 3 && is_signed)
        snprintf(text, sizeof(text), "-1");
    else
        snprintf(text, sizeof(text), "%" PRIu64, attempt == 0 ? plain : most);
    both(sample, text);
}

static void put_text(struct sample *sample, uint32_t size)
{
    both(sample, "\"");
    if (size > SAMPLE_SIZE_MAX)
        sample->failed = true;
    for (uint32_t i = 0; i < size && !sample->failed; i++)
        put(&sample->json, "a");
    for (uint32_t i = 0; i < size && i < SHOWN_TEXT; i++)
        put(&sample->shown, "a");
    both(sample, "\"");
    if (size > SHOWN_TEXT) {
        put(&sample->shown, "... (");
        put_number(&sample->shown, size);
        put(&sample->shown, " bytes)");
    }
}

static void put_enumerator(struct sample *sample, const struct idl_enum *type, unsigned attempt)
{
    const struct idl_enum_value *best = NULL;

    for (uint32_t i = 0; i < type->value_count; i++) {
        const struct idl_enum_value *value = &type->values[i];

        if (value->decl.removed || value->value == 0)
            continue;
        if (best == NULL || (attempt != 0 && value->value > best->value))
            best = value;
    }
    if (best == NULL) {
        both(sample, "0");
        return;
    }
    both(sample, "\"");
    both(sample, best->decl.name);
    both(sample, "\"");
}

static void put_struct(struct sample *sample, const struct idl_table *table, unsigned attempt);
static void put_table(struct sample *sample, const struct idl_table *table, unsigned attempt);

/* One value; `max`: bytes of a string. Tables are empty: what is in them is on the way. */
static void put_one(struct sample *sample, const struct idl_type *type, uint32_t max,
                    unsigned attempt, uint64_t plain)
{
    switch (type->kind) {
    case IDL_BOOL:
        both(sample, "true");
        break;
    case IDL_F32:
    case IDL_F64:
        both(sample, attempt == 0 ? "1.5" : attempt == 1 ? "1e30" : "-1e-30");
        break;
    case IDL_TIME:
    case IDL_DURATION:
        put_integer(sample, IDL_I64, attempt, plain);
        break;
    case IDL_UUID:
        both(sample, "\"00000000-0000-0001-0000-000000000002\"");
        break;
    case IDL_ENUM:
    case IDL_FLAGS:
        put_enumerator(sample, type->enumeration, attempt);
        break;
    case IDL_STRING:
        put_text(sample, max);
        break;
    case IDL_STRUCT:
        put_struct(sample, type->table, attempt);
        break;
    case IDL_TABLE:
        put_table(sample, type->table, attempt);
        break;
    case IDL_BYTES:
    case IDL_UNION:
        sample->failed = true; /* put_value does them */
        break;
    default:
        put_integer(sample, type->kind, attempt, plain);
        break;
    }
}

/* One more than the other side takes, where this side may: else one. */
static uint32_t length(uint32_t own, uint32_t other)
{
    return other < own ? other + 1 : own != 0 ? 1 : 0;
}

static uint32_t elements_of(const struct idl_type *type)
{
    if (type->kind == IDL_BYTES && type->shape == IDL_ONE)
        return type->max;
    return type->shape != IDL_ONE ? type->count : UINT32_MAX;
}

static void put_elements(struct sample *sample, const struct idl_type *type, uint32_t count,
                         uint32_t text, unsigned attempt)
{
    struct idl_type byte = {.kind = IDL_U8};
    const struct idl_type *element = type->kind == IDL_BYTES ? &byte : type;
    size_t before = sample->shown.size;

    both(sample, "[");
    for (uint32_t i = 0; i < count && !sample->failed; i++) {
        if (i > 0)
            both(sample, ", ");
        put_one(sample, element, text, attempt, 7 + i % 100);
        if (i == SHOWN_ELEMENTS - 1)
            before = sample->shown.size;
    }
    if (count > SHOWN_ELEMENTS) {
        sample->shown.size = before;
        put(&sample->shown, ", ... (");
        put_number(&sample->shown, count);
        put(&sample->shown, ")");
    }
    both(sample, "]");
}

/* The value of a field; `other`: the type that reads it, or NULL. */
static void put_value(struct sample *sample, const struct idl_type *type,
                      const struct idl_type *other, unsigned attempt, uint64_t plain)
{
    bool text = other != NULL && type->kind == IDL_STRING && other->kind == IDL_STRING;
    uint32_t size = length(type->max, text ? other->max : UINT32_MAX);
    uint32_t limit = other != NULL ? elements_of(other) : UINT32_MAX;

    if (type->shape == IDL_ARRAY)
        put_elements(sample, type, type->count, size, attempt);
    else if (type->shape == IDL_VECTOR || type->kind == IDL_BYTES)
        put_elements(sample, type, length(elements_of(type), limit), size, attempt);
    else
        put_one(sample, type, size, attempt, plain);
}

static void put_struct(struct sample *sample, const struct idl_table *table, unsigned attempt)
{
    both(sample, "{");
    for (uint32_t i = 0; i < table->field_count && !sample->failed; i++) {
        if (i > 0)
            both(sample, ", ");
        key(sample, table->fields[i].decl.name, "");
        put_value(sample, &table->fields[i].type, NULL, attempt, 7 + i);
    }
    both(sample, "}");
}

/* All scalars of a table: what is read at a wrong place then is not zero. */
static void put_scalars(struct sample *sample, const struct idl_table *table,
                        const struct idl_field *except, unsigned attempt, bool any)
{
    for (uint32_t i = 0; i < table->field_count && !sample->failed; i++) {
        const struct idl_field *field = &table->fields[i];

        if (field == except || field->decl.removed || field->type.shape != IDL_ONE ||
            field->type.kind > IDL_DURATION)
            continue;
        if (any)
            both(sample, ", ");
        any = true;
        key(sample, field->decl.name, "");
        put_one(sample, &field->type, 0, attempt, 7 + i);
    }
}

static void put_table(struct sample *sample, const struct idl_table *table, unsigned attempt)
{
    both(sample, "{");
    if (attempt != 0)
        put_scalars(sample, table, NULL, attempt, false);
    both(sample, "}");
}

/* ---- ways ---- */

size_t sample_steps(const struct breaking_way *way,
                    const struct breaking_way *steps[SAMPLE_STEPS_MAX])
{
    size_t count = 0;
    size_t at;

    for (const struct breaking_way *step = way; step != NULL; step = step->up)
        count++;
    if (count > SAMPLE_STEPS_MAX)
        return 0;
    at = count;
    for (const struct breaking_way *step = way; step != NULL; step = step->up)
        steps[--at] = step;
    return count;
}

const struct idl_field *sample_field(const struct breaking_way *step, bool newer)
{
    const struct idl_field *field = newer ? step->new_field : step->old_field;

    return field != NULL && !field->decl.removed ? field : NULL;
}

const struct idl_table *sample_body(const struct breaking_way *step, bool newer)
{
    return newer ? step->new_body : step->old_body;
}

static void put_body(struct sample *sample, const struct breaking_way *const *steps, size_t count,
                     size_t at, const struct idl_table *table,
                     const struct breaking_finding *finding, bool newer, unsigned attempt);

/* What the way ends at. */
static void put_leaf(struct sample *sample, const struct breaking_finding *finding,
                     const struct idl_field *field, const struct idl_field *other, unsigned attempt)
{
    const struct idl_enum *type;
    char text[24];

    if (finding->probe != BREAKING_NUMBER) {
        put_value(sample, &field->type, other != NULL ? &other->type : NULL, attempt, 7);
        return;
    }
    type = field->type.enumeration;
    snprintf(text, sizeof(text), "%" PRId64, finding->number);
    if (field->type.shape != IDL_ONE)
        both(sample, "[");
    for (uint32_t i = 0; i < type->value_count; i++) {
        if (type->values[i].value == finding->number && !type->values[i].decl.removed) {
            both(sample, "\"");
            both(sample, type->values[i].decl.name);
            both(sample, "\"");
            *text = '\0';
            break;
        }
    }
    both(sample, text);
    if (field->type.shape != IDL_ONE)
        both(sample, "]");
}

/* The field of step `at`, with what is on the way behind it. */
static void put_step(struct sample *sample, const struct breaking_way *const *steps, size_t count,
                     size_t at, const struct breaking_finding *finding, bool newer,
                     unsigned attempt)
{
    const struct breaking_way *step = steps[at];
    const struct idl_field *field = sample_field(step, newer);
    const struct idl_union_arm *arm = newer ? step->new_arm : step->old_arm;
    bool last = at + 1 == count;
    bool vector = field->type.shape != IDL_ONE;

    if (field->type.kind == IDL_UNION) {
        if (arm == NULL && last && field->type.choice->arm_count > 0)
            arm = &field->type.choice->arms[0];
        if (arm == NULL || arm->decl.removed) {
            sample->failed = true;
            return;
        }
        key(sample, field->decl.name, "_type");
        both(sample, "\"");
        both(sample, arm->decl.name);
        both(sample, "\", ");
        key(sample, field->decl.name, "");
        put_body(sample, steps, count, at + 1, arm->table, finding, newer, attempt);
        return;
    }
    key(sample, field->decl.name, "");
    if (last) {
        put_leaf(sample, finding, field, newer ? step->old_field : step->new_field, attempt);
        return;
    }
    if (field->type.kind != IDL_TABLE || field->type.shape == IDL_ARRAY) {
        sample->failed = true;
        return;
    }
    both(sample, vector ? "[" : "");
    put_body(sample, steps, count, at + 1, field->type.table, finding, newer, attempt);
    both(sample, vector ? "]" : "");
}

static void put_body(struct sample *sample, const struct breaking_way *const *steps, size_t count,
                     size_t at, const struct idl_table *table,
                     const struct breaking_finding *finding, bool newer, unsigned attempt)
{
    const struct idl_field *field = at < count ? sample_field(steps[at], newer) : NULL;
    bool absent = finding->probe == BREAKING_ABSENT && at + 1 == count;

    if (at < count && field == NULL && !absent)
        sample->failed = true;
    if (sample->failed)
        return;
    both(sample, "{");
    if (at < count && !absent)
        put_step(sample, steps, count, at, finding, newer, attempt);
    if (at + 1 >= count && attempt != 0 && !absent)
        put_scalars(sample, table, field, attempt, at < count);
    both(sample, "}");
}

bool sample_make(struct sample *sample, const struct breaking_finding *finding, bool newer,
                 unsigned attempt)
{
    const struct breaking_way *steps[SAMPLE_STEPS_MAX];
    size_t count = sample_steps(finding->way, steps);
    const struct idl_table *body = count > 0 ? sample_body(steps[0], newer) : NULL;

    memset(sample, 0, sizeof(*sample));
    if (body == NULL)
        return false;
    put_body(sample, steps, count, 1, body, finding, newer, attempt);
    return !sample->failed;
}

bool sample_message(struct sample *sample, const struct idl_message *message)
{
    memset(sample, 0, sizeof(*sample));
    both(sample, "{");
    if (message->key != NULL) {
        key(sample, message->key->decl.name, "");
        put_value(sample, &message->key->type, NULL, 0, 7);
    }
    put_scalars(sample, &message->body, message->key, 0, message->key != NULL);
    both(sample, "}");
    return !sample->failed;
}

void sample_free(struct sample *sample)
{
    writer_free(&sample->json);
    writer_free(&sample->shown);
}
