/*
 * json_schema.c - x.schema.json: a JSON Schema (draft 2020-12) of what `busgen decode` writes
 * and `busgen encode` reads, in the forms that codec/codec.h lists.
 *
 * `$defs` has each message, answer, table, struct, enum and union under its full name, those of
 * imports that are reached, and the scalar kinds under theirs. Nothing is required: what is absent
 * has its default, and so has what is null. The tag and value of a union are two members of the
 * object that holds it, which is why the conditions that tie them together stand there. All is said
 * so that draft 7 understands it, too, which is what AsyncAPI (asyncapi.c) has.
 *
 * What such a schema cannot say is left to the codec: 1.0 is an integer here, a text is counted in
 * characters, which are at most its bytes, February has 29 days, the first and last year that fit a
 * time are allowed in full. Names with a "_" behind, as flatc has a few, are not known here.
 */
#include "emit/emit.h"
#include "emit/words.h"
#include "set.h"

#include <stdlib.h>
#include <string.h>

/* Conditions of a union stand in each object that has one. Beyond so many in a file, which only a
 * schema made to be large has, the value is any arm, whatever the tag. */
enum { CONDITIONS_MAX = 65536 };

/* A declaration of another file, to be written behind those of this one. */
struct reached {
    const struct idl_table *table;
    const struct idl_enum *enumeration;
    const struct idl_union *choice;
};

struct schema {
    struct emitter *e;
    struct writer *out;
    const struct json_definitions *how;
    struct set seen; /* of other files */
    struct reached *reached;
    size_t count;
    size_t capacity;
    uint32_t conditions;
    bool first; /* of the definitions */
};

/* ---- pieces ---------------------------------------------------------------------------------- */

static const char *full_name(struct schema *s, const struct idl_decl *decl)
{
    return join(s->e->memory, decl->file->bus->decl.name, ".", decl->name, NULL);
}

static void put_name(struct schema *s, const char *name)
{
    put_json_string(s->out, name);
    put(s->out, ": ");
}

static void put_doc(struct schema *s, const char *doc)
{
    if (doc == NULL || *doc == '\0')
        return;
    put(s->out, "\"description\": ");
    put_json_string(s->out, doc);
    put(s->out, ",");
}

/* What is defined under the name. */
static void put_defined(struct schema *s, const char *name)
{
    fill(s->out, "{\"$$ref\": \"$W$N\"}", 'W', s->how->where, 'N', name, 0);
}

/* A reference to a declaration; one of another file is noted. */
static void put_reference(struct schema *s, const struct idl_decl *decl, struct reached item)
{
    if (decl->file->bus != s->e->bus && set_add(&s->seen, decl)) {
        if (s->count == s->capacity) {
            s->capacity = s->capacity != 0 ? s->capacity * 2 : 32;
            s->reached = must_reallocate(s->reached, s->capacity * sizeof(*s->reached));
        }
        s->reached[s->count++] = item;
    }
    put_defined(s, full_name(s, decl));
}

static void put_table_reference(struct schema *s, const struct idl_table *table)
{
    put_reference(s, &table->decl, (struct reached){.table = table});
}

static void begin(struct schema *s, const char *name, const char *doc)
{
    put(s->out, s->first ? "\n    " : ",\n    ");
    s->first = false;
    put_name(s, name);
    put(s->out, "{");
    put_doc(s, doc);
    put(s->out, doc != NULL && *doc != '\0' ? "\n      " : "");
}

/* A pattern of the decimal numbers up to one of these digits; zeros may stand before them. */
static void put_at_most(struct writer *out, const char *most)
{
    size_t size = strlen(most);

    put(out, "0*(?:");
    if (size > 1) {
        put(out, "[0-9]{1,");
        put_number(out, size - 1);
        put(out, "}|");
    }
    for (size_t i = 0; i < size; i++) {
        char less[] = "[0-0]";

        if (most[i] == '0')
            continue;
        less[3] = (char)(most[i] - 1);
        put_bytes(out, most, i);
        put(out, most[i] == '1' ? "0" : less);
        if (i + 1 < size) {
            put(out, "[0-9]{");
            put_number(out, size - 1 - i);
            put(out, "}");
        }
        put(out, "|");
    }
    put(out, most);
    put(out, ")");
}

/* ---- scalars --------------------------------------------------------------------------------- */

static const struct {
    enum idl_kind kind;
    const char *name;
    const char *least; /* behind its minus; NULL: zero */
    const char *most;
} integers[] = {
    {IDL_U8, "u8", NULL, "255"},
    {IDL_I8, "i8", "128", "127"},
    {IDL_U16, "u16", NULL, "65535"},
    {IDL_I16, "i16", "32768", "32767"},
    {IDL_U32, "u32", NULL, "4294967295"},
    {IDL_I32, "i32", "2147483648", "2147483647"},
    {IDL_U64, "u64", NULL, "18446744073709551615"},
    {IDL_I64, "i64", "9223372036854775808", "9223372036854775807"},
};
enum { INTEGERS = sizeof(integers) / sizeof(*integers) };

static void put_integers(struct schema *s)
{
    for (size_t i = 0; i < INTEGERS; i++) {
        const char *least = integers[i].least;

        begin(s, integers[i].name, "An integer, or a string of its digits.");
        fill(s->out,
             "\"anyOf\": [\n      {\"type\": \"integer\", \"minimum\": $S$L, \"maximum\": $M},\n"
             "      {\"type\": \"string\", \"pattern\": \"^(?:",
             'S', least != NULL ? "-" : "", 'L', least != NULL ? least : "0", 'M', integers[i].most,
             0);
        put_at_most(s->out, integers[i].most);
        if (least != NULL) {
            put(s->out, "|-");
            put_at_most(s->out, least);
        }
        put(s->out, ")$\"}]}");
    }
}

/* Most of each unit in 63 bits of nanoseconds; of nanoseconds one more is behind a minus. */
static void put_duration(struct schema *s)
{
    static const struct {
        const char *unit;
        const char *most;
    } units[] = {{"us", "9223372036854775"},
                 {"ms", "9223372036854"},
                 {"s", "9223372036"},
                 {"m", "153722867"},
                 {"h", "2562047"}};

    begin(s, "duration", "As \"250ms\" (ns, us, ms, s, m, h), or nanoseconds.");
    put(s->out, "\"anyOf\": [\n      {\"type\": \"string\", \"pattern\": \"^(?:");
    put_at_most(s->out, "9223372036854775807");
    put(s->out, "ns|-");
    put_at_most(s->out, "9223372036854775808");
    put(s->out, "ns");
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        put(s->out, "|-?");
        put_at_most(s->out, units[i].most);
        put(s->out, units[i].unit);
    }
    put(s->out, ")$\"},\n      ");
    put_defined(s, "i64");
    put(s->out, "]}");
}

static void put_scalars(struct schema *s)
{
    begin(s, "bool", NULL);
    put(s->out, "\"anyOf\": [{\"type\": \"boolean\"}, "
                "{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 1}]}");
    put_integers(s);
    begin(s, "f32", NULL);
    put(s->out, "\"anyOf\": [\n      {\"type\": \"number\", "
                "\"exclusiveMinimum\": -3.4028235677973366e+38, "
                "\"exclusiveMaximum\": 3.4028235677973366e+38},\n"
                "      {\"enum\": [\"nan\", \"inf\", \"+inf\", \"-inf\"]}]}");
    begin(s, "f64", NULL);
    put(s->out, "\"anyOf\": [\n      {\"type\": \"number\", "
                "\"minimum\": -1.7976931348623157e+308, \"maximum\": 1.7976931348623157e+308},\n"
                "      {\"enum\": [\"nan\", \"inf\", \"+inf\", \"-inf\"]}]}");
    begin(s, "time", "RFC 3339 with up to nine digits of a second, or nanoseconds since 1970.");
    put(s->out, "\"anyOf\": [\n      {\"type\": \"string\", \"pattern\": \"^"
                "(?:167[7-9]|16[89][0-9]|1[789][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[0-2])-"
                "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|"
                "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))"
                "[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?"
                "(?:[Zz]|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])$\"},\n      ");
    put_defined(s, "i64");
    put(s->out, "]}");
    put_duration(s);
    begin(s, "uuid", NULL);
    put(s->out, "\"anyOf\": [\n      {\"type\": \"string\", \"pattern\": "
                "\"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$\"},\n"
                "      {\"type\": \"object\", \"required\": [\"high\", \"low\"], "
                "\"additionalProperties\": false, \"properties\":\n        {\"high\": ");
    put_defined(s, "u64");
    put(s->out, ", \"low\": ");
    put_defined(s, "u64");
    put(s->out, "}}]}");
    begin(s, "base64", NULL);
    put(s->out, "\"type\": \"string\", \"pattern\": \"^(?:[A-Za-z0-9+/]{4})*"
                "(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$\"}");
}

/* ---- types of fields ------------------------------------------------------------------------- */

/* An array of numbers, or base64 of at most as many bytes: whole groups of three, and a last one
 * that is filled up. */
static void put_bytes_type(struct schema *s, uint32_t max)
{
    uint64_t whole = (uint64_t)(max / 3) * 4;

    put(s->out, "{\"type\": \"array\", \"items\": ");
    put_defined(s, "u8");
    fill(s->out, ", \"maxItems\": $M}, {\"allOf\": [", 'M', decimal(s->e->memory, max), 0);
    put_defined(s, "base64");
    put(s->out, "], ");
    if (max % 3 == 0)
        fill(s->out, "\"maxLength\": $W}", 'W', decimal(s->e->memory, whole), 0);
    else
        fill(s->out,
             "\"anyOf\": [{\"maxLength\": $W}, {\"maxLength\": $M, \"pattern\": \"$P$$\"}]}", 'W',
             decimal(s->e->memory, whole), 'M', decimal(s->e->memory, whole + 4), 'P',
             max % 3 == 1 ? "==" : "=", 0);
}

/* What one element may be; bytes are two forms of it. */
static void put_element(struct schema *s, const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        put_reference(s, &type->enumeration->decl,
                      (struct reached){.enumeration = type->enumeration});
        return;
    case IDL_STRUCT:
    case IDL_TABLE:
        put_table_reference(s, type->table);
        return;
    case IDL_STRING:
        fill(s->out, "{\"type\": \"string\", \"maxLength\": $M}", 'M',
             decimal(s->e->memory, type->max), 0);
        return;
    case IDL_BYTES:
        put_bytes_type(s, type->max);
        return;
    default:
        put_defined(s, words_type(type->kind));
        return;
    }
}

static void put_array(struct schema *s, const struct idl_type *type)
{
    const char *count = decimal(s->e->memory, type->count);

    put(s->out, "{\"type\": \"array\", \"items\": ");
    put_element(s, type);
    if (type->shape == IDL_ARRAY)
        fill(s->out, ", \"minItems\": $C", 'C', count, 0);
    fill(s->out, ", \"maxItems\": $C}", 'C', count, 0);
}

/* All forms of a field that is no union, null besides. */
static void put_forms(struct schema *s, const struct idl_type *type)
{
    put(s->out, "\"anyOf\": [");
    if (type->shape == IDL_ONE) {
        put_element(s, type);
    } else {
        put_array(s, type);
        if (type->shape == IDL_ARRAY) {
            put(s->out, ", {\"type\": \"object\", \"required\": [\"value\"], "
                        "\"additionalProperties\": false, \"properties\": {\"value\": ");
            put_array(s, type);
            put(s->out, "}}");
        }
    }
    put(s->out, ", {\"type\": \"null\"}]");
}

/* ---- unions ---------------------------------------------------------------------------------- */

/* The tag: a name, or a number, which may be one of an arm that only the writer knew. */
static void put_tag(struct schema *s, const struct idl_field *field, bool tied)
{
    const struct idl_union *choice = field->type.choice;

    put_name(s, join(s->e->memory, field->decl.name, "_type", NULL));
    if (!tied) {
        put(s->out, "{\"type\": [\"string\", \"integer\", \"null\"]}");
        return;
    }
    put(s->out, "{\"anyOf\": [{\"enum\": [null, \"NONE\"");
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        put(s->out, ", ");
        put_json_string(s->out, choice->arms[i].decl.name);
    }
    put(s->out, "]}, {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 255}]}");
}

/* "if": the tag is one of these arms. */
static void put_if(struct schema *s, const char *tag, const struct idl_union_arm *arms,
                   uint32_t count)
{
    fill(s->out, "{\"if\": {\"required\": [\"$T\"], \"properties\": {\"$T\": {\"enum\": [", 'T',
         tag, 0);
    for (uint32_t i = 0; i < count; i++)
        fill(s->out, "$C\"$N\", $I", 'C', i != 0 ? ", " : "", 'N', arms[i].decl.name, 'I',
             decimal(s->e->memory, arms[i].number), 0);
    put(s->out, "]}}}, ");
}

static void put_conditions(struct schema *s, const struct idl_field *field, bool *first)
{
    const struct idl_union *choice = field->type.choice;
    const char *tag = join(s->e->memory, field->decl.name, "_type", NULL);

    for (uint32_t i = 0; i < choice->arm_count; i++) {
        put(s->out, *first ? "\n        " : ",\n        ");
        *first = false;
        put_if(s, tag, &choice->arms[i], 1);
        fill(s->out, "\"then\": {\"required\": [\"$F\"], \"properties\": {\"$F\": ", 'F',
             field->decl.name, 0);
        put_table_reference(s, choice->arms[i].table);
        put(s->out, "}}}");
    }
    put(s->out, *first ? "\n        " : ",\n        ");
    *first = false;
    put(s->out, choice->arm_count == 0 ? "{\"allOf\": [" : "");
    if (choice->arm_count != 0)
        put_if(s, tag, choice->arms, choice->arm_count);
    fill(s->out, "$E{\"properties\": {\"$F\": {\"type\": \"null\"}}}$B}", 'E',
         choice->arm_count != 0 ? "\"else\": " : "", 'F', field->decl.name, 'B',
         choice->arm_count != 0 ? "" : "]", 0);
}

/* Whether the conditions of one more union are written. */
static bool take_conditions(uint32_t *conditions, const struct idl_field *field)
{
    if (field->type.kind != IDL_UNION || *conditions >= CONDITIONS_MAX)
        return false;
    *conditions += field->type.choice->arm_count + 1;
    return true;
}

/* ---- definitions ----------------------------------------------------------------------------- */

/* What JSON Schema has no word for. */
static void put_extensions(struct schema *s, const struct idl_field *field)
{
    if (field->number != 0)
        fill(s->out, "\"x-number\": $N, ", 'N', decimal(s->e->memory, field->number), 0);
    if (field->decl.since != 0)
        fill(s->out, "\"x-since\": $N, ", 'N', decimal(s->e->memory, field->decl.since), 0);
    if (field->decl.until != 0)
        fill(s->out, "\"x-until\": $N, ", 'N', decimal(s->e->memory, field->decl.until), 0);
    put(s->out, field->key ? "\"x-key\": true, " : "");
    put(s->out, field->secret ? "\"x-secret\": true, " : "");
}

static void put_property(struct schema *s, const struct idl_field *field, bool tied)
{
    put_name(s, field->decl.name);
    put(s->out, "{");
    put_doc(s, field->decl.doc);
    put(s->out, field->decl.doc != NULL ? " " : "");
    if (field->decl.until != 0)
        put(s->out, "\"deprecated\": true, ");
    if (s->how->extended)
        put_extensions(s, field);
    if (field->type.kind != IDL_UNION) {
        put_forms(s, &field->type);
    } else {
        put(s->out, "\"type\": [\"object\", \"null\"]");
        if (!tied) {
            put(s->out, ", \"anyOf\": [");
            put_reference(s, &field->type.choice->decl,
                          (struct reached){.choice = field->type.choice});
            put(s->out, ", {\"type\": \"null\"}]");
        }
        put(s->out, "},\n        ");
        put_tag(s, field, tied);
        return;
    }
    put(s->out, "}");
}

static void put_object(struct schema *s, const struct idl_table *table, const char *name)
{
    uint32_t conditions = s->conditions;
    bool first = true, any = false;

    begin(s, name, table->decl.doc);
    put(s->out, "\"type\": \"object\", \"additionalProperties\": false,\n      \"properties\": {");
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];

        if (field_is_gone(field))
            continue;
        put(s->out, first ? "\n        " : ",\n        ");
        first = false;
        put_property(s, field, take_conditions(&conditions, field));
    }
    put(s->out, "}");
    first = true;
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];

        if (field_is_gone(field) || !take_conditions(&s->conditions, field))
            continue;
        put(s->out, any ? "" : ",\n      \"allOf\": [");
        any = true;
        put_conditions(s, field, &first);
    }
    put(s->out, any ? "]}" : "}");
}

static void put_enum(struct schema *s, const struct idl_enum *enumeration)
{
    begin(s, full_name(s, &enumeration->decl), enumeration->decl.doc);
    put(s->out, enumeration->flags
                    ? "\"anyOf\": [\n      {\"type\": \"string\", \"pattern\": \"^ *(?:(?:"
                    : "\"anyOf\": [\n      {\"enum\": [");
    for (uint32_t i = 0; i < enumeration->value_count; i++)
        fill(s->out, enumeration->flags ? "$S$N" : "$C\"$N\"", 'S', i != 0 ? "|" : "", 'C',
             i != 0 ? ", " : "", 'N', enumeration->values[i].decl.name, 0);
    put(s->out, enumeration->flags ? ")(?: +|$))*$\"},\n      " : "]},\n      ");
    put_defined(s, words_type(enumeration->base));
    put(s->out, "]}");
}

static void put_union(struct schema *s, const struct idl_union *choice)
{
    begin(s, full_name(s, &choice->decl), choice->decl.doc);
    put(s->out, choice->arm_count == 0 ? "\"not\": {" : "\"anyOf\": [");
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        put(s->out, i != 0 ? ", " : "");
        put_table_reference(s, choice->arms[i].table);
    }
    put(s->out, choice->arm_count == 0 ? "}}" : "]}");
}

static void put_message(struct schema *s, const struct idl_message *message)
{
    const char *name = full_name(s, &message->body.decl);

    put_object(s, &message->body, name);
    for (uint32_t i = 0; i < message->answer_count; i++)
        put_object(s, &message->answers[i].body,
                   join(s->e->memory, name, ".", message->answers[i].body.decl.name, NULL));
}

void emit_json_definitions(struct emitter *e, const struct json_definitions *how)
{
    struct schema s = {.e = e, .out = e->out, .how = how, .first = true};
    const struct idl_bus *bus = e->bus;

    for (size_t i = 0; i < how->message_count; i++)
        put_message(&s, how->messages[i]);
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        if (bus->composites[i].table != NULL)
            put_object(&s, bus->composites[i].table,
                       full_name(&s, &bus->composites[i].table->decl));
        else
            put_union(&s, bus->composites[i].choice);
    }
    for (uint32_t i = 0; i < bus->enum_count; i++)
        put_enum(&s, bus->enums[i]);
    for (size_t i = 0; i < s.count; i++) { /* which grows while it is written */
        struct reached item = s.reached[i];

        if (item.table != NULL)
            put_object(&s, item.table, full_name(&s, &item.table->decl));
        else if (item.enumeration != NULL)
            put_enum(&s, item.enumeration);
        else
            put_union(&s, item.choice);
    }
    put_scalars(&s);
    set_free(&s.seen);
    free(s.reached);
}

void emit_json_schema(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;
    struct json_definitions how = {
        .where = "#/$defs/", .messages = bus->messages, .message_count = version_count(bus)};

    put(e->out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  "
                "\"$comment\": \"Written by busgen from ");
    fill(e->out, "$S.bus. Do not edit.\",\n  \"title\": \"Bus $B, version $V\",\n  ", 'S', e->stem,
         'B', bus->decl.name, 'V', decimal(e->memory, bus->version), 0);
    if (bus->decl.doc != NULL && *bus->decl.doc != '\0') {
        put(e->out, "\"description\": ");
        put_json_string(e->out, bus->decl.doc);
        put(e->out, ",");
    }
    put(e->out, "\n  \"$defs\": {");
    emit_json_definitions(e, &how);
    put(e->out, "\n  }\n}\n");
}
