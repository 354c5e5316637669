/*
 * resolve_value.c - constants, enumerators, counts, durations and defaults.
 */
#include "resolve.h"

#include <string.h>

/* ---- ranges ---- */

static uint64_t magnitude_max(enum idl_kind kind, bool negative)
{
    const struct scalar *scalar = scalar_of_kind(kind);
    uint32_t bits = scalar->size * 8;

    if (scalar->is_signed)
        return (UINT64_C(1) << (bits - 1)) - !negative;
    if (negative)
        return 0;
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static uint64_t mask_of(enum idl_kind kind)
{
    uint32_t size = scalar_of_kind(kind)->size;

    return size >= 8 ? UINT64_MAX : (UINT64_C(1) << size * 8) - 1;
}

static const char *value_text(enum value_kind kind)
{
    switch (kind) {
    case VALUE_INTEGER:
        return "an integer";
    case VALUE_DURATION:
        return "a duration";
    case VALUE_FLOAT:
        return "a float";
    case VALUE_STRING:
        return "a string";
    default:
        return "a name";
    }
}

static bool value_wrong(struct context *context, const struct value *value, enum idl_kind kind)
{
    struct idl_diagnostic *diagnostic =
        report(context, RULE_VALUE_TYPE, value->span, "%s is %s, which is no value of type %s",
               quote(context, value->span), value_text(value->kind), kind_text(kind));

    if (kind == IDL_DURATION && value->kind == VALUE_INTEGER)
        advise(context, diagnostic, "a duration has a unit: ns us ms s m h");
    else if (kind == IDL_BOOL)
        advise(context, diagnostic, "write true or false");
    return false;
}

static bool bool_bits(struct context *context, const struct value *value, uint64_t *bits)
{
    if (value->kind != VALUE_NAME)
        return value_wrong(context, value, IDL_BOOL);
    *bits = value->name.name_size == 4; /* resolve_value has let only true and false through */
    return true;
}

static void float_bits(const struct value *value, enum idl_kind kind, uint64_t *bits)
{
    double real = value->real;
    float narrow;
    uint32_t narrow_bits;

    if (value->kind == VALUE_INTEGER)
        real = value->negative ? -(double)value->magnitude : (double)value->magnitude;
    narrow = (float)real;
    memcpy(bits, &real, sizeof *bits);
    if (kind == IDL_F32) {
        memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
        *bits = narrow_bits;
    }
}

static bool is_true_or_false(const struct value *value)
{
    return value->kind == VALUE_NAME && !value->name.qualifier_size &&
           ((value->name.name_size == 4 && memcmp(value->name.name, "true", 4) == 0) ||
            (value->name.name_size == 5 && memcmp(value->name.name, "false", 5) == 0));
}

bool value_bits(struct context *context, const struct value *value, enum idl_kind kind,
                uint64_t *bits)
{
    if (value->kind == VALUE_WRONG)
        return false;
    if (kind == IDL_BOOL)
        return bool_bits(context, value, bits);
    if (kind == IDL_F32 || kind == IDL_F64) {
        double most = kind == IDL_F32 ? 3.4028234663852886e38 : 1.7976931348623157e308;

        if (value->kind != VALUE_FLOAT && value->kind != VALUE_INTEGER)
            return value_wrong(context, value, kind);
        if (value->kind == VALUE_FLOAT && (value->real > most || value->real < -most)) {
            report(context, RULE_VALUE_RANGE, value->span, "%s is out of the range of %s",
                   quote(context, value->span), kind_text(kind));
            return false;
        }
        float_bits(value, kind, bits);
        return true;
    }
    if (value->kind != (kind == IDL_DURATION ? VALUE_DURATION : VALUE_INTEGER))
        return value_wrong(context, value, kind);
    if (value->magnitude > magnitude_max(kind, value->negative)) {
        report(context, RULE_VALUE_RANGE, value->span, "%s is out of the range of %s",
               quote(context, value->span), kind_text(kind));
        return false;
    }
    *bits = value->negative ? 0 - value->magnitude : value->magnitude;
    *bits &= mask_of(kind);
    return true;
}

/* ---- constants ---- */

static void const_type(struct context *context, struct node *node)
{
    static const enum idl_kind allowed[] = {IDL_BOOL, IDL_U8,  IDL_I8,  IDL_U16,
                                            IDL_I16,  IDL_U32, IDL_I32, IDL_U64,
                                            IDL_I64,  IDL_F32, IDL_F64, IDL_DURATION};
    const struct type_node *type = node->type;
    struct idl_const *constant = node->model.constant;
    struct idl_diagnostic *diagnostic;

    if (type->shape == TYPE_NAME && !type->optional && !type->name.qualifier_size) {
        for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
            const char *name = scalar_of_kind(allowed[i])->name;

            if (strlen(name) == type->name.name_size &&
                memcmp(name, type->name.name, type->name.name_size) == 0) {
                constant->kind = allowed[i];
                return;
            }
        }
        if (type->name.name_size == 6 && memcmp(type->name.name, "string", 6) == 0) {
            constant->kind = IDL_STRING;
            return;
        }
    }
    diagnostic = report(context, RULE_CONST_TYPE, type->span, "a constant cannot have type %s",
                        quote(context, type->span));
    advise(context, diagnostic, "it is an integer, a float, bool, duration or string");
    node->broken = true;
}

/* The value of one constant whose right side is no other constant, or a resolved one. */
static void const_value(struct context *context, struct node *node)
{
    struct idl_const *constant = node->model.constant;
    struct value *value = &node->value;

    node->progress = PROGRESS_DONE;
    constant->decl = node->decl;
    if (!node->type || value->kind == VALUE_NONE) { /* the parser stopped before it */
        node->broken = true;
        value->kind = VALUE_WRONG;
        return;
    }
    const_type(context, node);
    if (!node->broken && value->kind != VALUE_WRONG) {
        if (constant->kind == IDL_STRING) {
            if (value->kind == VALUE_STRING)
                constant->text = value->text;
            else
                node->broken = !value_wrong(context, value, IDL_STRING);
        } else {
            node->broken = !value_bits(context, value, constant->kind, &constant->bits);
        }
    }
    if (node->broken || value->kind == VALUE_WRONG) {
        node->broken = true;
        value->kind = VALUE_WRONG;
    }
}

/* The constant that the value of `node` names; NULL: none, or reported. */
static struct node *const_named(struct context *context, struct node *node)
{
    struct node *named;

    if (node->value.kind != VALUE_NAME || is_true_or_false(&node->value))
        return NULL;
    named = resolve_name(context, node->unit, &node->value.name, RULE_UNKNOWN_NAME, "constant");
    if (named && named->kind != NODE_CONST) {
        wrong_kind(context, &node->value.name, named, "a constant");
        named = NULL;
    }
    if (!named)
        node->value.kind = VALUE_WRONG;
    return named;
}

static void take_value(struct value *value, const struct node *constant)
{
    struct idl_span span = value->span;

    *value = constant->value;
    value->span = span;
}

/* Follows a chain of constants to its end and comes back along walk_parent: no recursion, as the
 * chain may be as long as the file. */
void resolve_const(struct context *context, struct node *node)
{
    struct node *at = node;

    if (node->progress == PROGRESS_DONE)
        return;
    node->walk_parent = NULL;
    for (;;) {
        struct node *named;

        at->progress = PROGRESS_OPEN;
        named = const_named(context, at);
        if (!named)
            break;
        if (named->progress == PROGRESS_OPEN) {
            struct idl_diagnostic *diagnostic =
                report(context, RULE_CONST_CYCLE, at->value.span, "'%s' is defined by itself",
                       quote(context, at->value.span));

            partner(diagnostic, named->decl.span, "declared here");
            at->value.kind = VALUE_WRONG;
            break;
        }
        if (named->progress == PROGRESS_DONE) {
            take_value(&at->value, named);
            break;
        }
        named->walk_parent = at;
        at = named;
    }
    for (; at; at = at->walk_parent) {
        const_value(context, at);
        if (at->walk_parent)
            take_value(&at->walk_parent->value, at);
    }
}

bool resolve_value(struct context *context, struct unit *unit, struct value *value)
{
    struct node *node;

    if (value->kind == VALUE_WRONG)
        return false;
    if (value->kind != VALUE_NAME || is_true_or_false(value))
        return true;
    node = resolve_name(context, unit, &value->name, RULE_UNKNOWN_NAME, "constant");
    if (node && node->kind != NODE_CONST) {
        wrong_kind(context, &value->name, node, "a constant");
        node = NULL;
    }
    if (!node) {
        value->kind = VALUE_WRONG;
        return false;
    }
    take_value(value, node);
    return value->kind != VALUE_WRONG;
}

uint32_t resolve_count(struct context *context, struct unit *unit, struct value *value,
                       uint32_t most, enum rule rule, const char *what)
{
    struct idl_diagnostic *diagnostic;

    if (!resolve_value(context, unit, value))
        return 0;
    if (value->kind == VALUE_INTEGER && !value->negative && value->magnitude > 0 &&
        value->magnitude <= most)
        return (uint32_t)value->magnitude;
    diagnostic =
        report(context, rule, value->span, "%s must be a whole number from 1 to %u", what, most);
    if (value->kind == VALUE_INTEGER && !value->negative && value->magnitude > most)
        advise(context, diagnostic, "no message may be larger than %d bytes", IDL_MESSAGE_SIZE_MAX);
    return 0;
}

uint64_t resolve_duration(struct context *context, struct unit *unit, struct value *value,
                          const char *what)
{
    if (!resolve_value(context, unit, value))
        return 0;
    if (value->kind == VALUE_DURATION && !value->negative && value->magnitude > 0)
        return value->magnitude;
    advise(
        context,
        report(context, RULE_BAD_DURATION, value->span, "%s must be a duration above zero", what),
        "write a number with a unit, as 50ms; units are ns us ms s m h");
    return 0;
}

/* ---- enums and flags ---- */

const enum idl_kind *enum_bases(bool flags, size_t *count)
{
    static const enum idl_kind of_enum[] = {IDL_U8, IDL_I8, IDL_U16, IDL_I16, IDL_I32};
    static const enum idl_kind of_flags[] = {IDL_U8, IDL_U16, IDL_U32, IDL_U64};

    *count = flags ? sizeof of_flags / sizeof *of_flags : sizeof of_enum / sizeof *of_enum;
    return flags ? of_flags : of_enum;
}

static bool enum_base(struct context *context, struct node *node)
{
    bool flags = node->kind == NODE_FLAGS;
    size_t count;
    const enum idl_kind *allowed = enum_bases(flags, &count);
    struct idl_diagnostic *diagnostic;

    if (!node->base.name)
        return false; /* the parser stopped before it */
    for (size_t i = 0; i < count; i++) {
        const char *name = scalar_of_kind(allowed[i])->name;

        if (!node->base.qualifier_size && strlen(name) == node->base.name_size &&
            memcmp(name, node->base.name, node->base.name_size) == 0) {
            node->model.enumeration->base = allowed[i];
            return true;
        }
    }
    diagnostic = report(context, RULE_ENUM_BASE, node->base.span, "%s cannot have the base %s",
                        flags ? "flags" : "an enum", quote(context, node->base.span));
    advise(context, diagnostic,
           flags ? "it is one of u8 u16 u32 u64"
                 : "it is one of u8 i8 u16 i16 i32: values must fit C's int");
    node->broken = true;
    return false;
}

/* The value of one enumerator; false after reporting. */
static bool enumerator_value(struct context *context, struct node *node, struct member_node *member,
                             int64_t *out)
{
    enum idl_kind base = node->model.enumeration->base;
    struct value *value = &member->value;
    uint32_t bits = scalar_of_kind(base)->size * 8;

    if (!resolve_value(context, node->unit, value))
        return false;
    if (value->kind != VALUE_INTEGER) {
        value_wrong(context, value, base);
        return false;
    }
    if (node->kind == NODE_FLAGS) {
        if (value->negative || value->magnitude >= bits) {
            advise(context,
                   report(context, RULE_FLAGS_RANGE, value->span,
                          "bit %s is not one of the %u bits of %s", quote(context, value->span),
                          bits, kind_text(base)),
                   "the number of a flag is the index of its bit, from 0 to %u", bits - 1);
            return false;
        }
        *out = (int64_t)(UINT64_C(1) << value->magnitude);
        return true;
    }
    if (value->magnitude > magnitude_max(base, value->negative)) {
        report(context, RULE_ENUM_RANGE, value->span, "%s does not fit %s",
               quote(context, value->span), kind_text(base));
        return false;
    }
    *out = value->negative ? (int64_t)(0 - value->magnitude) : (int64_t)value->magnitude;
    return true;
}

static void duplicate_value(struct context *context, const struct member_node *member,
                            const struct member_node *other)
{
    struct idl_diagnostic *diagnostic =
        report(context, RULE_DUPLICATE_VALUE, member->value.span, "'%s' has the value of '%s'",
               quote(context, member->decl.span), quote(context, other->decl.span));

    partner(diagnostic, other->value.span, "first used here");
    advise(context, diagnostic, "give it a value of its own");
}

static bool duplicate_member(struct context *context, struct map *names, struct member_node *member)
{
    struct member_node *other =
        map_add(context->arena, names, member->decl.name, strlen(member->decl.name), member);

    if (!other)
        return false;
    partner(report(context, RULE_DUPLICATE_NAME, member->decl.span, "'%s' is declared twice",
                   quote(context, member->decl.span)),
            other->decl.span, "first declared here");
    return true;
}

void resolve_enum(struct context *context, struct node *node)
{
    struct idl_enum *enumeration = node->model.enumeration;
    struct idl_enum_value *values;
    struct map names = {0};
    struct map numbers = {0};
    bool zero = false;

    enumeration->flags = node->kind == NODE_FLAGS;
    if (!enum_base(context, node))
        return;
    values = arena_take(context->arena, node->member_count * sizeof *values + 1);
    enumeration->values = values;
    for (struct member_node *member = node->members; member; member = member->next) {
        struct idl_enum_value *value = &values[enumeration->value_count];
        struct member_node *other;

        resolve_lifetime(context, node->unit, &member->decl, &member->since, &member->until);
        if (!enumerator_value(context, node, member, &value->value)) {
            node->broken = true;
            continue;
        }
        value->decl = member->decl;
        zero = zero || (value->value == 0 && !value->decl.removed);
        enumeration->value_count++;
        if (duplicate_member(context, &names, member))
            continue;
        other = map_add(context->arena, &numbers, (const char *)&value->value, sizeof value->value,
                        member);
        if (other)
            duplicate_value(context, member, other);
    }
    if (!node->members && !node->broken)
        advise(context,
               report(context, RULE_EMPTY_DECLARATION, node->decl.span, "'%s' has no values",
                      quote(context, node->decl.span)),
               "declare at least one");
    else if (!zero && !enumeration->flags && !node->broken)
        advise(context,
               report(context, RULE_ENUM_ZERO, node->decl.span, "enum '%s' has no value 0",
                      quote(context, node->decl.span)),
               "declare one, as 'unknown = 0;': a field starts as zero");
}

/* ---- defaults ---- */

static bool preset_enum(struct context *context, struct field_node *field)
{
    const struct idl_enum *enumeration = field->field.type.enumeration;
    struct value *value = &field->preset;
    struct idl_diagnostic *diagnostic;
    struct suggestion suggestion;

    if (value->kind != VALUE_NAME || value->name.qualifier_size) {
        diagnostic = report(context, RULE_VALUE_TYPE, value->span,
                            "the default of %s must be one of its names",
                            enumeration->flags ? "flags" : "an enum");
        if (enumeration->value_count)
            advise(context, diagnostic, "as '= %s'", enumeration->values[0].decl.name);
        return false;
    }
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const char *name = enumeration->values[i].decl.name;

        if (strlen(name) == value->name.name_size &&
            memcmp(name, value->name.name, value->name.name_size) == 0) {
            if (enumeration->values[i].decl.removed) {
                diagnostic = report(context, RULE_UNKNOWN_VALUE, value->span,
                                    "'%s' is gone in this version", name);
                partner(diagnostic, enumeration->values[i].decl.span, "removed here");
                return false;
            }
            field->field.preset =
                (uint64_t)enumeration->values[i].value & mask_of(enumeration->base);
            note_use(context, value->span, &enumeration->values[i].decl);
            return true;
        }
    }
    diagnostic = report(context, RULE_UNKNOWN_VALUE, value->span, "'%s' has no value '%s'",
                        enumeration->decl.name, quote(context, value->span));
    partner(diagnostic, enumeration->decl.span, "declared here");
    if (!shown(context, diagnostic))
        return false;
    suggest_start(&suggestion, context, value->name.name, value->name.name_size);
    for (uint32_t i = 0; i < enumeration->value_count; i++)
        suggest_offer(&suggestion, enumeration->values[i].decl.name);
    suggest_end(&suggestion, diagnostic);
    return false;
}

void resolve_preset(struct context *context, struct unit *unit, struct field_node *field,
                    bool in_struct)
{
    const struct idl_type *type = &field->field.type;
    struct value *value = &field->preset;
    bool scalar = type->kind <= IDL_FLAGS && type->kind != IDL_UUID;

    if (value->kind == VALUE_NONE || value->kind == VALUE_WRONG)
        return;
    if (in_struct || type->optional || type->shape != IDL_ONE || !scalar) {
        advise(context,
               report(context, RULE_DEFAULT_NOT_ALLOWED, value->span, "%s cannot have a default",
                      in_struct                ? "a field of a struct"
                      : type->optional         ? "an optional field"
                      : type->shape != IDL_ONE ? "a vector or array"
                                               : kind_text(type->kind)),
               type->optional ? "absent is its default; remove the '?' or the default"
                              : "defaults are for single numbers, bool, enums and flags in tables "
                                "and messages");
        return;
    }
    if (type->kind == IDL_ENUM || type->kind == IDL_FLAGS)
        field->field.has_preset = preset_enum(context, field);
    else
        field->field.has_preset = resolve_value(context, unit, value) &&
                                  value_bits(context, value, type->kind, &field->field.preset);
}
