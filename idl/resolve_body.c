/*
 * resolve_body.c - the fields of structs, tables, messages and answers, and the arms of unions:
 * names, numbers, versions, keys.
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

/* Who has a number of the table at hand. `stamp` says whether it is of this table, so that the
 * 4,098 entries need no clearing. */
struct owner {
    uint32_t stamp;
    struct field_node *field; /* NULL: reserved */
    bool value;               /* the second number of a union */
    struct idl_span span;
};

/* ---- versions ---- */

void resolve_lifetime(struct context *context, const struct unit *unit, struct idl_decl *decl,
                      const struct version *since, const struct version *until)
{
    uint32_t version = unit->bus->version;
    const struct version *both[] = {since, until};

    for (int i = 0; i < 2; i++) {
        const struct version *one = both[i];

        if (!one->given || one->number == UINT32_MAX)
            continue;
        if (one->number == 0) {
            report(context, RULE_SINCE_UNTIL, one->span, "versions begin with 1");
            return;
        }
        if (version && one->number > version) {
            struct idl_diagnostic *diagnostic = report(
                context, RULE_SINCE_UNTIL, one->span, "'%s %u' is after the version of the bus, %u",
                i ? "until" : "since", one->number, version);

            partner(diagnostic, unit->bus->decl.span, "the bus");
            advise(context, diagnostic,
                   i ? "'until n' names the last version that has it"
                     : "raise the version of the bus");
            return;
        }
    }
    if (since->given && until->given && since->number > until->number) {
        struct idl_diagnostic *diagnostic =
            report(context, RULE_SINCE_UNTIL, until->span, "'until' is before 'since'");

        partner(diagnostic, since->span, "it begins here");
        return;
    }
    decl->since = since->given ? since->number : 0;
    decl->until = until->given ? until->number : 0;
    decl->removed = decl->until && decl->until < version;
}

/* ---- numbers ---- */

static const char *owner_text(const struct owner *owner)
{
    return owner->value ? "the value of this union has it" : "first used here";
}

/* Takes `number` for the field (or for `reserved`); false after reporting. */
static bool take_number(struct context *context, uint32_t number, struct field_node *field,
                        bool value, struct idl_span span)
{
    struct owner *owner = &context->owners[number];
    struct idl_diagnostic *diagnostic;
    bool taken = owner->stamp == context->stamp;

    if (!taken) {
        *owner = (struct owner){context->stamp, field, value, span};
        return true;
    }
    if (value || owner->value) {
        const struct field_node *of = value ? field : owner->field;

        diagnostic = report(context, RULE_UNION_NUMBER, span, "the union '%s' takes %u and %u",
                            of->field.decl.name, of->number, of->number + 1);
        partner(diagnostic, owner->span,
                value ? "its second number is used here" : "the union is here");
        advise(context, diagnostic, "a union takes its number and the next; renumber one of them");
    } else if (!field != !owner->field) {
        diagnostic =
            report(context, RULE_RESERVED_NUMBER, span, "number %u is reserved and used", number);
        partner(diagnostic, owner->span, owner->field ? "used here" : "reserved here");
        advise(context, diagnostic, "take the next free number");
    } else {
        diagnostic =
            report(context, RULE_DUPLICATE_NUMBER, span, "number %u is used twice", number);
        partner(diagnostic, owner->span, owner_text(owner));
    }
    return false;
}

static bool number_in_range(struct context *context, uint32_t number, uint32_t most,
                            struct idl_span span)
{
    if (number >= 1 && number <= most)
        return true;
    if (number != UINT32_MAX) /* that was reported */
        report(context, RULE_BAD_FIELD_NUMBER, span, "a field number is from 1 to %u",
               IDL_FIELDS_MAX);
    return false;
}

/* False when some field has no good number, so that holes say nothing. */
static bool take_numbers(struct context *context, struct body_node *body, uint32_t *highest)
{
    bool fine = true;

    for (struct field_node *field = body->fields; field; field = field->next) {
        bool two = field->field.type.kind == IDL_UNION && field->field.type.shape == IDL_ONE;

        if (!field->numbered ||
            !number_in_range(context, field->number, IDL_FIELDS_MAX - two, field->number_span)) {
            fine = false;
            field->numbered = false;
            continue;
        }
        if (!take_number(context, field->number, field, false, field->number_span)) {
            field->numbered = false;
            fine = false;
            continue;
        }
        field->field.number = (uint16_t)field->number;
        if (field->number + two > *highest)
            *highest = field->number + two;
    }
    /* The second numbers after all first ones, so that the finding is at the union. */
    for (struct field_node *field = body->fields; field; field = field->next)
        if (field->numbered && field->field.type.kind == IDL_UNION &&
            field->field.type.shape == IDL_ONE)
            fine = take_number(context, field->number + 1, field, true, field->number_span) && fine;
    for (struct reserved_node *reserved = body->reserved; reserved; reserved = reserved->next) {
        if (!number_in_range(context, reserved->number, IDL_FIELDS_MAX, reserved->span)) {
            fine = false;
            continue;
        }
        fine = take_number(context, reserved->number, NULL, false, reserved->span) && fine;
        if (reserved->number > *highest)
            *highest = reserved->number;
    }
    return fine;
}

static void find_hole(struct context *context, uint32_t highest)
{
    for (uint32_t number = 1; number <= highest; number++) {
        uint32_t next = number;

        if (context->owners[number].stamp == context->stamp)
            continue;
        while (context->owners[next].stamp != context->stamp)
            next++;
        if (next == number + 1)
            advise(context,
                   report(context, RULE_NUMBER_HOLE, context->owners[next].span,
                          "number %u is missing before this one", number),
                   "declare it, or write 'reserved %u;'", number);
        else
            advise(context,
                   report(context, RULE_NUMBER_HOLE, context->owners[next].span,
                          "numbers %u to %u are missing before this one", number, next - 1),
                   "number fields without holes, or reserve the numbers");
        return;
    }
}

/* ---- keys ---- */

static void check_key(struct context *context, struct field_node *field, int place,
                      struct field_node **key)
{
    const struct idl_type *type = &field->field.type;
    bool fits = type->shape == IDL_ONE && (kind_is_integer(type->kind) || type->kind == IDL_ENUM ||
                                           type->kind == IDL_UUID || type->kind == IDL_STRING);
    struct idl_diagnostic *diagnostic;

    if (place != BODY_IN_MESSAGE) {
        advise(context,
               report(context, RULE_KEY_PLACE, field->key_span,
                      "only a field of an event or command can be the key"),
               "the key of a message is one of its own fields");
    } else if (*key) {
        diagnostic = report(context, RULE_KEY_TWICE, field->key_span, "a message has one key");
        partner(diagnostic, (*key)->key_span, "the first is here");
    } else if (!fits) {
        advise(context,
               report(context, RULE_KEY_TYPE, field->key_span,
                      "a field of type %s cannot be the key",
                      type->shape == IDL_ONE ? kind_text(type->kind) : "vector or array"),
               "a key is an integer, enum, uuid or string");
    } else if (type->optional) {
        advise(context,
               report(context, RULE_KEY_OPTIONAL, field->key_span, "the key cannot be optional"),
               "every message needs its key: remove the '?'");
    } else if (field->field.decl.removed) {
        advise(context,
               report(context, RULE_KEY_REMOVED, field->key_span, "the key is a removed field"),
               "mark another field as 'key'");
    } else {
        *key = field;
        return;
    }
    field->field.key = false;
}

/* ---- fields ---- */

static struct field_node *turn_fields(struct field_node *fields)
{
    struct field_node *turned = NULL;

    while (fields) {
        struct field_node *next = fields->next;

        fields->next = turned;
        turned = fields;
        fields = next;
    }
    return turned;
}

static void duplicate_field(struct context *context, struct map *names, struct field_node *field)
{
    const char *name = field->field.decl.name;
    struct field_node *other = map_add(context->arena, names, name, strlen(name), field);

    if (!other)
        return;
    partner(report(context, RULE_DUPLICATE_NAME, field->field.decl.span, "field '%s' exists twice",
                   quote(context, field->field.decl.span)),
            other->field.decl.span, "first declared here");
}

/* Fixed things do not change: no versions, no keys. */
static void check_struct_field(struct context *context, const struct field_node *field)
{
    const struct version *version = field->since.given ? &field->since : &field->until;

    if (version->given)
        advise(context,
               report(context, RULE_SINCE_UNTIL, version->span,
                      "a struct is the same in every version"),
               "declare a new struct, or make it a table");
}

static int by_number(const void *left, const void *right)
{
    const struct idl_field *a = left;
    const struct idl_field *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

static void check_empty(struct context *context, const struct node *node,
                        const struct body_node *body, int place)
{
    if (body->fields || node->broken || place != BODY_IN_STRUCT)
        return;
    advise(context,
           report(context, RULE_EMPTY_DECLARATION, node->decl.span, "struct '%s' has no fields",
                  quote(context, node->decl.span)),
           "declare at least one");
}

void resolve_body(struct context *context, struct node *node, struct body_node *body,
                  struct idl_table *table, int place)
{
    bool in_struct = place == BODY_IN_STRUCT;
    struct idl_field *fields;
    struct field_node *key = NULL;
    struct map names = {0};
    bool broken = node->broken;

    if (!context->owners)
        context->owners = arena_take(context->arena, (IDL_FIELDS_MAX + 2) * sizeof(struct owner));
    body->fields = turn_fields(body->fields);
    check_empty(context, node, body, place);
    fields = arena_take(context->arena, body->field_count * sizeof *fields + 1);
    table->fields = fields;
    for (struct field_node *field = body->fields; field; field = field->next) {
        bool typed = resolve_type(context, node->unit, field, in_struct);

        duplicate_field(context, &names, field);
        if (in_struct)
            check_struct_field(context, field);
        else
            resolve_lifetime(context, node->unit, &field->field.decl, &field->since, &field->until);
        if (!typed) {
            node->broken = true;
            continue;
        }
        if (field->field.key)
            check_key(context, field, place, &key);
        resolve_preset(context, node->unit, field, in_struct);
    }
    if (!in_struct) {
        context->stamp++;
        if (take_numbers(context, body, &table->highest_number) && !broken)
            find_hole(context, table->highest_number);
    }
    for (struct field_node *field = body->fields; field; field = field->next)
        fields[table->field_count++] = field->field;
    if (!in_struct)
        qsort(fields, table->field_count, sizeof *fields, by_number);
}

/* ---- unions ---- */

/* By number; what is gone stands behind what is not. */
static int by_arm_number(const void *left, const void *right)
{
    const struct idl_union_arm *a = left;
    const struct idl_union_arm *b = right;

    if (a->decl.removed != b->decl.removed)
        return a->decl.removed ? 1 : -1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* What an arm names; false after reporting. */
static bool resolve_arm(struct context *context, struct node *node, struct member_node *member,
                        struct idl_union_arm *arm)
{
    struct node *table =
        resolve_name(context, node->unit, &member->table, RULE_UNKNOWN_TYPE, "table");

    if (!table)
        return false;
    if (table->kind != NODE_TABLE) {
        struct idl_diagnostic *diagnostic =
            report(context, RULE_UNION_ARM, member->table.span, "'%s' is %s, not a table",
                   quote(context, member->table.span), node_kind_text(table->kind));

        partner(diagnostic, table->decl.span, "declared here");
        advise(context, diagnostic, "the arms of a union are tables");
        return false;
    }
    arm->table = table->model.table;
    return true;
}

void resolve_union(struct context *context, struct node *node)
{
    struct idl_union *choice = node->model.choice;
    struct idl_union_arm *arms;
    struct map names = {0};
    struct map numbers = {0};

    arms = arena_take(context->arena, node->member_count * sizeof *arms + 1);
    choice->arms = arms;
    for (struct member_node *member = node->members; member; member = member->next) {
        struct idl_union_arm *arm = &arms[choice->arm_count];
        struct member_node *other;

        /* The arm is called as its table, without the bus it comes from. */
        resolve_lifetime(context, node->unit, &member->decl, &member->since, &member->until);
        arm->number = member->number;
        if (member->number < 1 || member->number > 255) {
            if (member->number != UINT32_MAX)
                report(context, RULE_BAD_FIELD_NUMBER, member->number_span,
                       "the number of an arm is from 1 to 255");
            node->broken = true;
            continue;
        }
        if (!resolve_arm(context, node, member, arm)) {
            node->broken = true;
            continue;
        }
        arm->decl = member->decl;
        choice->arm_count++;
        other =
            map_add(context->arena, &names, member->decl.name, strlen(member->decl.name), member);
        if (other)
            partner(report(context, RULE_DUPLICATE_NAME, member->decl.span, "arm '%s' exists twice",
                           member->decl.name),
                    other->decl.span, "first declared here");
        other = map_add(context->arena, &numbers, (const char *)&member->number,
                        sizeof member->number, member);
        if (other)
            partner(report(context, RULE_DUPLICATE_NUMBER, member->number_span,
                           "number %u is used twice", member->number),
                    other->number_span, "first used here");
    }
    if (!node->members && !node->broken)
        advise(context,
               report(context, RULE_EMPTY_DECLARATION, node->decl.span, "union '%s' has no arms",
                      quote(context, node->decl.span)),
               "declare at least one, as '1 card;'");
    qsort(arms, choice->arm_count, sizeof *arms, by_arm_number);
    while (choice->arm_count > 0 && arms[choice->arm_count - 1].decl.removed) {
        choice->arm_count--;
        choice->gone_count++;
    }
}
