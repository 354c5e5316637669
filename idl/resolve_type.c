/*
 * resolve_type.c - looking up names, and the types of fields.
 */
#include "resolve.h"

#include <string.h>

static const struct scalar scalars[] = {
    {"bool", IDL_BOOL, 1, false},        {"u8", IDL_U8, 1, false},      {"i8", IDL_I8, 1, true},
    {"u16", IDL_U16, 2, false},          {"i16", IDL_I16, 2, true},     {"u32", IDL_U32, 4, false},
    {"i32", IDL_I32, 4, true},           {"u64", IDL_U64, 8, false},    {"i64", IDL_I64, 8, true},
    {"f32", IDL_F32, 4, true},           {"f64", IDL_F64, 8, true},     {"time", IDL_TIME, 8, true},
    {"duration", IDL_DURATION, 8, true}, {"uuid", IDL_UUID, 16, false},
};

/* What people write who come from elsewhere. */
static const struct foreign {
    const char *name;
    const char *ours;
} foreign[] = {
    {"int", "i32"},      {"int8", "i8"},        {"int16", "i16"},     {"int32", "i32"},
    {"int64", "i64"},    {"uint8", "u8"},       {"uint16", "u16"},    {"uint32", "u32"},
    {"uint64", "u64"},   {"int8_t", "i8"},      {"int16_t", "i16"},   {"int32_t", "i32"},
    {"int64_t", "i64"},  {"uint8_t", "u8"},     {"uint16_t", "u16"},  {"uint32_t", "u32"},
    {"uint64_t", "u64"}, {"float", "f32"},      {"double", "f64"},    {"float32", "f32"},
    {"float64", "f64"},  {"byte", "u8"},        {"ubyte", "u8"},      {"char", "u8"},
    {"short", "i16"},    {"long", "i64"},       {"boolean", "bool"},  {"str", "string"},
    {"text", "string"},  {"timestamp", "time"}, {"datetime", "time"}, {"guid", "uuid"},
    {"unsigned", "u32"}, {"size_t", "u64"},     {"blob", "bytes"},    {"uint", "u32"},
};

const struct scalar *scalar_of_kind(enum idl_kind kind)
{
    return kind <= IDL_UUID ? &scalars[kind] : NULL;
}

bool kind_is_integer(enum idl_kind kind)
{
    return kind >= IDL_U8 && kind <= IDL_I64;
}

const char *kind_text(enum idl_kind kind)
{
    static const char *const others[] = {"enum",   "flags", "string", "bytes",
                                         "struct", "table", "union"};

    return kind <= IDL_UUID ? scalars[kind].name : others[kind - IDL_ENUM];
}

static bool same(const char *text, uint32_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

const char *node_kind_text(enum node_kind kind)
{
    static const char *const texts[] = {
        "a constant", "an enum",  "flags",     "a struct",         "a table",     "a union",
        "a policy",   "an event", "a command", "an older version", "a component", "a program",
    };

    return texts[kind];
}

struct node *find_name(struct unit *unit, const struct reference *reference)
{
    struct import_node *import;

    if (!reference->qualifier_size ||
        (unit->bus->decl.name &&
         same(reference->qualifier, reference->qualifier_size, unit->bus->decl.name)))
        return map_find(&unit->names, reference->name, reference->name_size);
    import = map_find(&unit->qualifiers, reference->qualifier, reference->qualifier_size);
    if (!import)
        return NULL;
    import->used = true;
    return map_find(&import->unit->names, reference->name, reference->name_size);
}

/* Advice on a name that is not there: a close one, or the bus it lies in. */
static void advise_name(struct context *context, const struct unit *unit,
                        const struct reference *reference, enum rule rule,
                        struct idl_diagnostic *diagnostic)
{
    const struct unit *in = unit;
    const struct import_node *import;
    struct suggestion suggestion;

    if (reference->qualifier_size) {
        import = map_find(&unit->qualifiers, reference->qualifier, reference->qualifier_size);
        if (!import) {
            suggest_start(&suggestion, context, reference->qualifier, reference->qualifier_size);
            for (import = unit->imports; import; import = import->next)
                if (import->unit && import->unit->bus->decl.name)
                    suggest_offer(&suggestion, import->unit->bus->decl.name);
            if (!suggest_end(&suggestion, diagnostic))
                advise(context, diagnostic, "import the file of that bus first");
            return;
        }
        in = import->unit;
    } else {
        for (import = unit->imports; import; import = import->next)
            if (import->unit && import->unit->bus->decl.name &&
                map_find(&import->unit->names, reference->name, reference->name_size)) {
                advise(context, diagnostic, "imported names are qualified: write %s.%.*s",
                       import->unit->bus->decl.name, (int)reference->name_size, reference->name);
                return;
            }
        if (rule == RULE_UNKNOWN_TYPE)
            for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
                if (same(reference->name, reference->name_size, foreign[i].name)) {
                    advise(context, diagnostic, "the type is called '%s' here", foreign[i].ours);
                    return;
                }
    }
    suggest_start(&suggestion, context, reference->name, reference->name_size);
    if (rule == RULE_UNKNOWN_TYPE && in == unit) {
        for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
            suggest_offer(&suggestion, scalars[i].name);
        suggest_offer(&suggestion, "string");
        suggest_offer(&suggestion, "bytes");
    }
    for (const struct node *node = in->nodes; node; node = node->next) {
        bool is_type = node->kind >= NODE_ENUM && node->kind <= NODE_UNION;

        if (rule != RULE_UNKNOWN_TYPE || is_type)
            suggest_offer(&suggestion, node->decl.name);
    }
    suggest_end(&suggestion, diagnostic);
}

struct node *resolve_name(struct context *context, struct unit *unit,
                          const struct reference *reference, enum rule rule, const char *what)
{
    struct node *node = find_name(unit, reference);
    const struct import_node *import;
    struct idl_diagnostic *diagnostic;

    if (node) {
        note_reference(context, reference, node);
        return node;
    }
    if (reference->qualifier_size) {
        /* After a file that could not be read or parsed, silence about what it may declare. */
        import = map_find(&unit->qualifiers, reference->qualifier, reference->qualifier_size);
        if (import && !import->unit->parsed)
            return NULL;
        for (struct import_node *other = unit->imports; !import && other; other = other->next)
            if (!other->unit || !other->unit->bus->decl.name) {
                other->used = true;
                return NULL;
            }
    }
    diagnostic = report(context, rule, reference->span, "unknown %s '%s'", what,
                        quote(context, reference->span));
    if (shown(context, diagnostic))
        advise_name(context, unit, reference, rule, diagnostic);
    return NULL;
}

void wrong_kind(struct context *context, const struct reference *reference, const struct node *node,
                const char *wanted)
{
    struct idl_diagnostic *diagnostic =
        report(context, RULE_WRONG_KIND, reference->span, "'%s' is %s, not %s",
               quote(context, reference->span), node_kind_text(node->kind), wanted);

    partner(diagnostic, node->decl.span, "declared here");
}

/* ---- types ---- */

/* What a name means as a type; false after reporting. */
static bool resolve_type_name(struct context *context, struct unit *unit,
                              const struct reference *reference, struct idl_type *type)
{
    struct node *node;

    if (!reference->qualifier_size) {
        for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
            if (same(reference->name, reference->name_size, scalars[i].name)) {
                type->kind = scalars[i].kind;
                return true;
            }
        if (same(reference->name, reference->name_size, "string") ||
            same(reference->name, reference->name_size, "bytes")) {
            type->kind = *reference->name == 's' ? IDL_STRING : IDL_BYTES;
            return true;
        }
    }
    node = resolve_name(context, unit, reference, RULE_UNKNOWN_TYPE, "type");
    if (!node)
        return false;
    switch (node->kind) {
    case NODE_ENUM:
    case NODE_FLAGS:
        type->kind = node->kind == NODE_ENUM ? IDL_ENUM : IDL_FLAGS;
        type->enumeration = node->model.enumeration;
        return true;
    case NODE_STRUCT:
    case NODE_TABLE:
        type->kind = node->kind == NODE_STRUCT ? IDL_STRUCT : IDL_TABLE;
        type->table = node->model.table;
        return true;
    case NODE_UNION:
        type->kind = IDL_UNION;
        type->choice = node->model.choice;
        return true;
    default:
        wrong_kind(context, reference, node, "a type");
        return false;
    }
}

static bool wrong_element(struct context *context, enum rule rule, struct idl_span span,
                          const char *text, const char *advice)
{
    advise(context, report(context, rule, span, "%s", text), "%s", advice);
    return false;
}

/* The element of a vector or array. */
static bool resolve_element(struct context *context, struct unit *unit,
                            const struct type_node *element, struct idl_type *type)
{
    bool vector = type->shape == IDL_VECTOR;

    if (element->shape != TYPE_NAME)
        return wrong_element(
            context, vector ? RULE_VECTOR_ELEMENT : RULE_ARRAY_ELEMENT, element->span,
            vector ? "a vector of vectors" : "an array of vectors or arrays",
            vector ? "wrap the inner one in a table" : "wrap the inner one in a struct");
    if (element->optional)
        return wrong_element(context, vector ? RULE_VECTOR_ELEMENT : RULE_ARRAY_ELEMENT,
                             element->optional_span, "an element cannot be optional",
                             vector ? "wrap it in a table that has an optional field"
                                    : "remove the '?'");
    if (!resolve_type_name(context, unit, &element->name, type))
        return false;
    if (vector && (type->kind == IDL_BYTES || type->kind == IDL_UNION))
        return wrong_element(context, RULE_VECTOR_ELEMENT, element->span,
                             type->kind == IDL_BYTES ? "a vector of bytes" : "a vector of unions",
                             "wrap the element in a table");
    if (!vector && type->kind >= IDL_STRING && type->kind != IDL_STRUCT)
        return wrong_element(context, RULE_ARRAY_ELEMENT, element->span,
                             "the elements of a fixed array must have a fixed size",
                             "make it a vector with 'max', or an array of a struct");
    return true;
}

static bool resolve_array_count(struct context *context, struct unit *unit, struct type_node *node,
                                struct idl_type *type)
{
    type->count = resolve_count(context, unit, &node->count, TABLE_BYTES_MAX, RULE_BAD_ARRAY_COUNT,
                                "the size of an array");
    return type->count != 0;
}

static void missing_max(struct context *context, struct idl_span span, const char *what,
                        const char *example)
{
    advise(context, report(context, RULE_MISSING_MAX, span, "%s needs a 'max'", what), "write %s",
           example);
}

static bool max_not_allowed(struct context *context, const struct value *max, const char *text,
                            const char *advice)
{
    advise(context, report(context, RULE_MAX_NOT_ALLOWED, max->span, "%s", text), "%s", advice);
    return false;
}

/* `max` of the field and inside the brackets. */
static bool resolve_max(struct context *context, struct unit *unit, struct field_node *field)
{
    struct idl_type *type = &field->field.type;
    struct type_node *node = field->type;
    bool text = type->kind == IDL_STRING || type->kind == IDL_BYTES;

    if (type->shape != IDL_ONE && node->max.kind != VALUE_NONE) {
        if (!text)
            return max_not_allowed(context, &node->max, "'max' inside the brackets is for strings",
                                   "the number of elements stands behind: [u8] max 16");
        type->max = resolve_count(context, unit, &node->max, COUNT_MAX, RULE_BAD_MAX, "'max'");
        if (!type->max)
            return false;
    } else if (type->shape == IDL_VECTOR && text) {
        missing_max(context, node->element->span, "a string in a vector", "[string max 32] max 10");
        return false;
    }
    if (field->max.kind != VALUE_NONE) {
        uint32_t max;

        if (type->shape == IDL_ARRAY || (type->shape == IDL_ONE && !text))
            return max_not_allowed(context, &field->max,
                                   "'max' is for strings, bytes and vectors only", "remove it");
        max = resolve_count(context, unit, &field->max, COUNT_MAX, RULE_BAD_MAX, "'max'");
        if (type->shape == IDL_VECTOR)
            type->count = max;
        else
            type->max = max;
        return max != 0;
    }
    if (type->shape == IDL_VECTOR) {
        missing_max(context, node->span, "a vector", "'max' and the most elements it may have");
        return false;
    }
    if (type->shape == IDL_ONE && text) {
        missing_max(context, node->span, type->kind == IDL_STRING ? "a string" : "bytes",
                    "'max' and the most bytes it may have");
        return false;
    }
    return true;
}

static bool check_in_struct(struct context *context, const struct type_node *node,
                            const struct idl_type *type)
{
    if (type->shape != IDL_VECTOR && (type->kind < IDL_STRING || type->kind == IDL_STRUCT))
        return true;
    advise(context,
           report(context, RULE_STRUCT_FIELD, node->span, "a struct cannot hold %s",
                  type->shape == IDL_VECTOR ? "a vector" : kind_text(type->kind)),
           "a struct has a fixed size: use a fixed array, or make it a table");
    return false;
}

bool resolve_type(struct context *context, struct unit *unit, struct field_node *field,
                  bool in_struct)
{
    struct type_node *node = field->type;
    struct idl_type *type = &field->field.type;

    type->optional = node->optional;
    if (node->shape == TYPE_NAME) {
        if (!resolve_type_name(context, unit, &node->name, type))
            return false;
    } else {
        type->shape = node->shape == TYPE_VECTOR ? IDL_VECTOR : IDL_ARRAY;
        if (!resolve_element(context, unit, node->element, type) ||
            (type->shape == IDL_ARRAY && !resolve_array_count(context, unit, node, type)))
            return false;
    }
    if (in_struct && !check_in_struct(context, node, type))
        return false;
    if (type->optional && (in_struct || type->shape == IDL_ARRAY ||
                           (type->shape == IDL_ONE && type->kind == IDL_UNION))) {
        advise(context,
               report(context, RULE_OPTIONAL_NOT_ALLOWED, node->optional_span,
                      "%s cannot be optional",
                      in_struct                  ? "a field of a struct"
                      : type->shape == IDL_ARRAY ? "a fixed array"
                                                 : "a union"),
               in_struct                  ? "a struct is fixed; make it a table"
               : type->shape == IDL_ARRAY ? "put the array in a struct, which can be optional"
                                          : "a union has a value NONE already; remove the '?'");
        return false;
    }
    return resolve_max(context, unit, field);
}
