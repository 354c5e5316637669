/* field.c - bodies of messages and answers, and tables: field by field, by number. */
#include "breaking/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- types ---- */

/* The fields of a table by name, for those that have moved: few have. */
struct names {
    const struct idl_table *table;
    struct breaking_index index; /* made when it is wanted first */
};

/* Both sides of one number, on the way to it. */
struct pair {
    const char *element;
    const struct idl_field *older;
    const struct idl_field *newer;
    struct names *names; /* of the newer table */
    const struct breaking_way *way;
    unsigned seen; /* categories that apply: what is gone on one side is on the wire only */
};

static bool is_signed(enum idl_kind kind)
{
    return kind == IDL_I8 || kind == IDL_I16 || kind == IDL_I32 || kind == IDL_I64;
}

static bool is_integer(enum idl_kind kind)
{
    return kind >= IDL_U8 && kind <= IDL_I64;
}

/* The kind that travels. */
static enum idl_kind carried(const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return type->enumeration->base;
    case IDL_TIME:
    case IDL_DURATION:
        return IDL_I64;
    default:
        return type->kind;
    }
}

/* `bytes` is [u8] on the wire and in JSON. */
static struct idl_type plain(const struct idl_type *type)
{
    struct idl_type copy = *type;

    if (copy.kind == IDL_BYTES && copy.shape == IDL_ONE) {
        copy.kind = IDL_U8;
        copy.shape = IDL_VECTOR;
        copy.count = copy.max;
        copy.max = 0;
    }
    return copy;
}

unsigned breaking_type_change(const struct idl_type *older, const struct idl_type *newer)
{
    struct idl_type a = plain(older);
    struct idl_type b = plain(newer);
    unsigned broken = 0;

    if (older->kind != newer->kind)
        broken |= BREAKING_SOURCE;
    if (a.kind != b.kind)
        broken |= BREAKING_JSON;
    /* Enums of two bases: breaking_enum says so. */
    if (carried(&a) != carried(&b) && !(a.kind == b.kind && a.kind == IDL_ENUM) &&
        !(a.kind == b.kind && a.kind == IDL_FLAGS))
        broken |= BREAKING_WIRE;
    return broken;
}

static const char *kind_text(const struct idl_type *type)
{
    static const char *const texts[] = {
        [IDL_BOOL] = "bool",     [IDL_U8] = "u8",
        [IDL_I8] = "i8",         [IDL_U16] = "u16",
        [IDL_I16] = "i16",       [IDL_U32] = "u32",
        [IDL_I32] = "i32",       [IDL_U64] = "u64",
        [IDL_I64] = "i64",       [IDL_F32] = "f32",
        [IDL_F64] = "f64",       [IDL_TIME] = "time",
        [IDL_UUID] = "uuid",     [IDL_DURATION] = "duration",
        [IDL_STRING] = "string", [IDL_BYTES] = "bytes",
    };

    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return type->enumeration->decl.name;
    case IDL_STRUCT:
    case IDL_TABLE:
        return type->table->decl.name;
    case IDL_UNION:
        return type->choice->decl.name;
    default:
        return texts[type->kind];
    }
}

static const char *class_text(const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
        return "enum ";
    case IDL_FLAGS:
        return "flags ";
    case IDL_STRUCT:
        return "struct ";
    case IDL_TABLE:
        return "table ";
    case IDL_UNION:
        return "union ";
    default:
        return "";
    }
}

const char *breaking_type_text(struct breaking *b, const struct idl_type *type)
{
    const char *kind = join(b->memory, class_text(type), kind_text(type), NULL);

    if (type->shape == IDL_VECTOR)
        return join(b->memory, "[", kind, "]", NULL);
    if (type->shape == IDL_ARRAY)
        return join(b->memory, "[", kind, " : ", decimal(b->memory, type->count), "]", NULL);
    return kind;
}

/* ---- one field ---- */

static struct breaking_finding *found(struct breaking *b, const struct pair *pair,
                                      enum breaking_rule_id rule, unsigned categories,
                                      unsigned directions, const char *text)
{
    struct breaking_finding *finding;

    categories &= pair->seen;
    if (categories == 0)
        return NULL;
    finding = breaking_add(b, rule, pair->element, &pair->older->decl, &pair->newer->decl, text);
    finding->categories = categories;
    finding->directions = categories & BREAKING_WIRE ? directions : 0;
    finding->way = pair->way;
    finding->probe = BREAKING_VALUE;
    return finding;
}

static bool compare_type(struct breaking *b, const struct pair *pair)
{
    struct idl_type older = plain(&pair->older->type);
    struct idl_type newer = plain(&pair->newer->type);
    unsigned broken = breaking_type_change(&pair->older->type, &pair->newer->type);
    bool shaped =
        older.shape != newer.shape || (older.shape == IDL_ARRAY && older.count != newer.count);
    struct breaking_finding *finding;
    const char *before = breaking_type_text(b, &pair->older->type);

    if (shaped)
        broken = BREAKING_WIRE | BREAKING_JSON | BREAKING_SOURCE;
    if (broken == 0)
        return true;
    finding =
        found(b, pair, shaped ? BREAKING_FIELD_SHAPE : BREAKING_FIELD_TYPE, broken, BREAKING_BOTH,
              join(b->memory, breaking_quote(b, pair->newer->decl.name), " was ", before, ", is ",
                   breaking_type_text(b, &pair->newer->type), NULL));
    if (finding != NULL) {
        finding->before_text = join(b->memory, "it was ", before, NULL);
        finding->advice = "end the field with 'until', and add one with a new number";
    }
    return (broken & BREAKING_WIRE) == 0;
}

static void compare_max(struct breaking *b, const struct pair *pair, const char *what,
                        uint32_t before, uint32_t now)
{
    struct breaking_finding *finding;
    bool lower = now < before;

    if (before == now)
        return;
    finding = found(b, pair, lower ? BREAKING_MAX_LOWERED : BREAKING_MAX_RAISED, BREAKING_WIRE,
                    lower ? BREAKING_OLD_BYTES : BREAKING_NEW_BYTES,
                    join(b->memory, breaking_quote(b, pair->newer->decl.name), " had at most ",
                         decimal(b->memory, before), " ", what, ", has at most ",
                         decimal(b->memory, now), NULL));
    if (finding == NULL)
        return;
    finding->before_text = join(b->memory, "at most ", decimal(b->memory, before), " ", what, NULL);
    finding->advice = lower ? "leave it, and check for less where the message is made"
                            : "bring the new schema to all readers before anybody sends more";
}

static void compare_maxima(struct breaking *b, const struct pair *pair)
{
    struct idl_type older = plain(&pair->older->type);
    struct idl_type newer = plain(&pair->newer->type);

    if (older.kind == newer.kind && older.kind == IDL_STRING)
        compare_max(b, pair, older.shape == IDL_VECTOR ? "bytes in a string" : "bytes", older.max,
                    newer.max);
    if (older.shape == IDL_VECTOR && newer.shape == IDL_VECTOR)
        compare_max(b, pair, pair->newer->type.kind == IDL_BYTES ? "bytes" : "elements",
                    older.count, newer.count);
}

static void compare_optional(struct breaking *b, const struct pair *pair)
{
    bool was = pair->older->type.optional;
    struct breaking_finding *finding;

    if (was == pair->newer->type.optional)
        return;
    finding = found(b, pair, BREAKING_FIELD_OPTIONAL, BREAKING_WIRE | BREAKING_SOURCE,
                    was ? BREAKING_OLD_BYTES : BREAKING_NEW_BYTES,
                    join(b->memory, breaking_quote(b, pair->newer->decl.name), " was ",
                         was ? "optional, is not" : "not optional, is", NULL));
    if (finding == NULL)
        return;
    finding->before_text = was ? "it was optional" : "it was not optional";
    finding->advice = "end the field with 'until', and add one with a new number";
    finding->probe = BREAKING_ABSENT;
}

static const char *preset_text(struct breaking *b, const struct idl_field *field)
{
    const struct idl_type *type = &field->type;
    enum idl_kind kind = carried(type);
    char text[40];
    double wide;
    float narrow;

    if (type->kind == IDL_ENUM)
        for (uint32_t i = 0; i < type->enumeration->value_count; i++)
            if (type->enumeration->values[i].value == (int64_t)field->preset)
                return type->enumeration->values[i].decl.name;
    if (type->kind == IDL_BOOL)
        return field->preset != 0 ? "true" : "false";
    memcpy(&wide, &field->preset, sizeof(wide));
    memcpy(&narrow, &field->preset, sizeof(narrow));
    if (kind == IDL_F32 || kind == IDL_F64)
        snprintf(text, sizeof(text), "%.17g", kind == IDL_F32 ? (double)narrow : wide);
    else if (is_signed(kind))
        snprintf(text, sizeof(text), "%" PRId64, (int64_t)field->preset);
    else
        snprintf(text, sizeof(text), "%" PRIu64, field->preset);
    return join(b->memory, text, NULL);
}

static void compare_default(struct breaking *b, const struct pair *pair)
{
    const char *before;
    struct breaking_finding *finding;

    if (pair->older->type.shape != IDL_ONE || pair->older->preset == pair->newer->preset ||
        pair->older->type.optional || pair->newer->type.optional ||
        (!is_integer(carried(&pair->older->type)) && pair->older->type.kind != IDL_BOOL &&
         pair->older->type.kind != IDL_F32 && pair->older->type.kind != IDL_F64))
        return;
    if (pair->older->decl.removed || pair->newer->decl.removed)
        return; /* nobody reads it */
    before = preset_text(b, pair->older);
    finding = found(b, pair, BREAKING_DEFAULT, BREAKING_WIRE | BREAKING_BEHAVIOUR, BREAKING_BOTH,
                    join(b->memory, "the default of ", breaking_quote(b, pair->newer->decl.name),
                         " was ", before, ", is ", preset_text(b, pair->newer), NULL));
    if (finding == NULL)
        return;
    finding->before_text = join(b->memory, "the default was ", before, NULL);
    finding->advice = "leave the default; set the value where the message is made";
    finding->probe = BREAKING_ABSENT;
}

static const struct breaking_way *step(struct breaking *b, const struct breaking_way *up,
                                       const struct idl_field *older, const struct idl_field *newer)
{
    struct breaking_way *way;

    if (up == NULL)
        return NULL;
    way = allocate(b->memory, sizeof(*way));
    way->up = up;
    way->old_field = older;
    way->new_field = newer;
    return way;
}

/* True, and said, when the newer schema has the name at another number. */
static bool field_moved(struct breaking *b, const struct pair *pair, const struct breaking_way *up)
{
    struct breaking_finding *finding;
    const struct idl_field *older = pair->older;
    const struct idl_field *moved;

    if (pair->names->index.entries == NULL)
        pair->names->index = breaking_index_fields(b, pair->names->table);
    moved = breaking_find_name(&pair->names->index, older->decl.name);
    if (older->decl.removed || moved == NULL || moved->decl.removed ||
        moved->number == older->number)
        return false;
    finding = breaking_add(b, BREAKING_FIELD_MOVED, pair->element, &older->decl, &moved->decl,
                           join(b->memory, breaking_quote(b, older->decl.name), " was number ",
                                decimal(b->memory, older->number), ", is number ",
                                decimal(b->memory, moved->number), NULL));
    finding->before_text = "it was here";
    finding->advice = "numbers are for one thing for ever: give it back, take a new name for what "
                      "is new";
    finding->directions = BREAKING_BOTH;
    finding->way = step(b, up, older, moved);
    finding->probe = BREAKING_VALUE;
    return true;
}

static void compare_names(struct breaking *b, const struct pair *pair)
{
    struct breaking_finding *finding;
    const char *before = pair->older->decl.name;

    if (strcmp(before, pair->newer->decl.name) != 0 &&
        !field_moved(b, pair, pair->way != NULL ? pair->way->up : NULL)) {
        finding = found(b, pair, BREAKING_FIELD_RENAMED, BREAKING_JSON | BREAKING_SOURCE, 0,
                        join(b->memory, breaking_quote(b, pair->newer->decl.name), " was called ",
                             breaking_quote(b, before), NULL));
        if (finding != NULL) {
            finding->before_text = "it was called so";
            finding->advice = "numbers are for one thing for ever: when it is another thing, take "
                              "a new number";
        }
    }
    if (pair->older->secret && !pair->newer->secret) {
        finding = found(b, pair, BREAKING_SECRET_LOST, BREAKING_BEHAVIOUR, 0,
                        join(b->memory, breaking_quote(b, pair->newer->decl.name),
                             " was secret, is not", NULL));
        if (finding != NULL) {
            finding->before_text = "it was secret";
            finding->advice = "say 'secret'; else logs and listings show it";
            finding->probe = BREAKING_SHOWN;
        }
    }
}

static void compare_inside(struct breaking *b, const struct pair *pair)
{
    const struct idl_type *older = &pair->older->type;
    const struct idl_type *newer = &pair->newer->type;

    if (older->kind != newer->kind)
        return;
    switch (newer->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        breaking_enum(b, older->enumeration, newer->enumeration, pair->way);
        break;
    case IDL_STRUCT:
    case IDL_TABLE:
        breaking_table(b, older->table, newer->table, pair->way);
        break;
    case IDL_UNION:
        breaking_union(b, older->choice, newer->choice, pair->way);
        break;
    default:
        break;
    }
}

static void field_retired(struct breaking *b, const struct pair *pair, const struct idl_decl *place)
{
    struct breaking_finding *finding =
        breaking_add(b, BREAKING_FIELD_RETIRED, pair->element, &pair->older->decl, place,
                     join(b->memory, breaking_quote(b, pair->older->decl.name), " is gone", NULL));

    finding->before_text = "it was here";
    finding->advice = "on the wire this is right; programs and JSON that name it are not";
    finding->way = pair->way;
    finding->probe = BREAKING_VALUE;
}

/* Nothing of the two that could be told, or could lead to something. */
static bool alike(const struct idl_field *a, const struct idl_field *b)
{
    return a->type.kind == b->type.kind && a->type.kind != IDL_ENUM && a->type.kind < IDL_STRUCT &&
           a->type.kind != IDL_FLAGS && a->type.shape == b->type.shape &&
           a->type.optional == b->type.optional && a->type.max == b->type.max &&
           a->type.count == b->type.count && a->preset == b->preset && a->secret == b->secret &&
           a->decl.removed == b->decl.removed && a->decl.since == b->decl.since &&
           a->decl.until == b->decl.until && strcmp(a->decl.name, b->decl.name) == 0;
}

static void compare_field(struct breaking *b, const char *element, const struct idl_table *owner,
                          struct names *names, const struct idl_field *older,
                          const struct idl_field *newer, const struct breaking_way *way)
{
    struct pair pair = {breaking_element(b, element, newer->decl.name),
                        older,
                        newer,
                        names,
                        step(b, way, older, newer),
                        BREAKING_ALL};

    breaking_lifetime(b, pair.element, &owner->decl, &older->decl, &newer->decl);
    if (!older->decl.removed && newer->decl.removed)
        field_retired(b, &pair, &newer->decl);
    if (older->decl.removed || newer->decl.removed)
        pair.seen = BREAKING_WIRE;
    compare_names(b, &pair);
    if (compare_type(b, &pair)) {
        compare_maxima(b, &pair);
        compare_default(b, &pair);
    }
    compare_optional(b, &pair);
    compare_inside(b, &pair);
}

/* ---- bodies ---- */

/* The field that has a number, also as the value of a union; NULL: it is free or reserved. */
static const struct idl_field *owner_of(const struct idl_table *table, uint32_t number)
{
    uint32_t low = 0;
    uint32_t high = table->field_count;
    const struct idl_field *field;

    while (low < high) { /* the last one that is not behind it; they ascend */
        uint32_t middle = low + (high - low) / 2;

        if (table->fields[middle].number <= number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    field = &table->fields[low - 1];
    return field->number == number ||
                   (field->number + 1U == number && field->type.kind == IDL_UNION)
               ? field
               : NULL;
}

static void field_removed(struct breaking *b, const char *element, struct names *names,
                          const struct idl_field *older, const struct breaking_way *way)
{
    struct pair pair = {breaking_element(b, element, older->decl.name),
                        older,
                        NULL,
                        names,
                        step(b, way, older, NULL),
                        BREAKING_ALL};
    const struct idl_table *newer = names->table;
    bool moved = field_moved(b, &pair, way);
    uint32_t last = older->number + (older->type.kind == IDL_UNION ? 1U : 0U);
    const struct idl_field *taken = owner_of(newer, older->number);
    struct breaking_finding *finding;

    if (taken == NULL)
        taken = owner_of(newer, last);
    if (taken == NULL && last <= newer->highest_number) {
        if (!older->decl.removed && !moved)
            field_retired(b, &pair, &newer->decl);
        return;
    }
    finding = breaking_add(
        b, BREAKING_FIELD_REMOVED, pair.element, &older->decl,
        taken != NULL ? &taken->decl : &newer->decl,
        join(b->memory, breaking_quote(b, older->decl.name), " is gone, and ",
             taken != NULL ? "another field has its number " : "anything may take its number ",
             decimal(b->memory, taken != NULL ? last : older->number), NULL));
    finding->before_text = "it was here";
    finding->advice = "leave it with its type, and say 'until' the last version that has it";
    finding->directions = BREAKING_OLD_BYTES;
    finding->way = pair.way;
    finding->probe = BREAKING_VALUE;
    if (older->decl.removed)
        finding->categories = BREAKING_WIRE;
}

void breaking_body(struct breaking *b, const char *element, const struct idl_table *older,
                   const struct idl_table *newer, const struct breaking_way *way)
{
    struct names names = {newer, {NULL, 0}};
    uint32_t i = 0;
    uint32_t j = 0;

    while (i < older->field_count || j < newer->field_count) {
        const struct idl_field *before = i < older->field_count ? &older->fields[i] : NULL;
        const struct idl_field *now = j < newer->field_count ? &newer->fields[j] : NULL;

        if (before != NULL && now != NULL && before->number == now->number) {
            if (!alike(before, now))
                compare_field(b, element, older, &names, before, now, way);
            i++;
            j++;
        } else if (now == NULL || (before != NULL && before->number < now->number)) {
            field_removed(b, element, &names, before, way);
            i++;
        } else {
            breaking_lifetime(b, breaking_element(b, element, now->decl.name), &older->decl, NULL,
                              &now->decl);
            j++;
        }
    }
}
