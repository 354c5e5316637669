/*
 * parse_type.c - values, types, fields, constants, enums and unions.
 */
#include "parse.h"

#include <string.h>

/* value = [ "-" ] NUMBER | STRING | reference */
bool parse_value(struct parser *parser, struct value *value)
{
    struct idl_span start = here(parser);

    value->span = start;
    offer_names(parser, 1U << IDL_SYMBOL_CONST, NULL);
    if (take(parser, TOKEN_MINUS))
        value->negative = true;
    if (at(parser, TOKEN_NUMBER)) {
        number_read(parser->context, &parser->unit->file, parser->token, value);
        value->span = span_join(start, here(parser));
        if (value->kind == VALUE_FLOAT && value->negative)
            value->real = -value->real;
        else if (value->kind != VALUE_FLOAT && value->magnitude == 0)
            value->negative = false;
        advance(parser);
        return true;
    }
    if (!value->negative && at(parser, TOKEN_STRING)) {
        value->text = lexer_string(&parser->lexer, parser->token, &value->text_size);
        value->kind = value->text ? VALUE_STRING : VALUE_WRONG;
        if (start.end - start.start < 2 || start.file->text[start.end - 1] != '"')
            parser->silent = start.end; /* not closed: no word about the ';' it swallowed */
        advance(parser);
        return true;
    }
    if (!value->negative && at(parser, TOKEN_NAME)) {
        value->kind = VALUE_NAME;
        if (!expect_reference(parser, &value->name, "expected a value", 1U << IDL_SYMBOL_CONST))
            return false;
        value->span = value->name.span;
        return true;
    }
    wrong(parser, RULE_EXPECTED_VALUE, "expected a value");
    return false;
}

bool parse_number(struct parser *parser, uint32_t *number, struct idl_span *span)
{
    struct value value = {0};

    *span = here(parser);
    if (!at(parser, TOKEN_NUMBER)) {
        wrong(parser, RULE_EXPECTED_VALUE, "expected a number");
        return false;
    }
    number_read(parser->context, &parser->unit->file, parser->token, &value);
    if (value.kind == VALUE_INTEGER && value.magnitude <= UINT32_MAX) {
        *number = (uint32_t)value.magnitude;
    } else {
        if (value.kind == VALUE_INTEGER)
            report(parser->context, RULE_BAD_NUMBER, *span, "%s is too large here",
                   quote(parser->context, *span));
        else if (value.kind != VALUE_WRONG)
            report(parser->context, RULE_EXPECTED_VALUE, *span, "expected a plain number, not %s",
                   quote(parser->context, *span));
        *number = UINT32_MAX;
    }
    advance(parser);
    return true;
}

static struct type_node *parse_type(struct parser *parser, uint32_t depth);

/* brackets = "[" type [ "max" value ] [ ":" value ] "]" */
static bool parse_brackets(struct parser *parser, struct type_node *type, uint32_t depth)
{
    type->shape = TYPE_VECTOR;
    advance(parser);
    if (depth >= TYPE_DEPTH_MAX) {
        wrong(parser, RULE_NESTING_TOO_DEEP, "too many brackets: expected a type");
        return false;
    }
    type->element = parse_type(parser, depth + 1);
    if (!type->element)
        return false;
    if (take_word(parser, WORD_MAX) && !parse_value(parser, &type->max))
        return false;
    if (take(parser, TOKEN_COLON)) {
        type->shape = TYPE_ARRAY;
        if (!parse_value(parser, &type->count))
            return false;
    }
    return expect(parser, TOKEN_SQUARE_CLOSE, " behind the type of the elements");
}

enum {
    TYPE_NAMES = 1U << IDL_SYMBOL_ENUM | 1U << IDL_SYMBOL_FLAGS | 1U << IDL_SYMBOL_STRUCT |
                 1U << IDL_SYMBOL_TABLE | 1U << IDL_SYMBOL_UNION
};

/* type = ( reference | brackets ) [ "?" ] */
static struct type_node *parse_type(struct parser *parser, uint32_t depth)
{
    struct type_node *type = arena_take(parser->context->arena, sizeof *type);

    type->span = here(parser);
    offer_names(parser, TYPE_NAMES, NULL);
    if (wish_here(parser))
        parser->wish->types = true;
    if (at(parser, TOKEN_SQUARE_OPEN)) {
        if (!parse_brackets(parser, type, depth))
            return NULL;
    } else if (at(parser, TOKEN_NAME)) {
        if (!expect_reference(parser, &type->name, "expected a type", TYPE_NAMES))
            return NULL;
    } else {
        wrong(parser, RULE_EXPECTED_TYPE, "expected a type");
        return NULL;
    }
    type->span.end = parser->behind;
    type->optional_span = here(parser);
    type->optional = take(parser, TOKEN_QUESTION);
    return type;
}

static bool modifier_first(struct parser *parser, bool again, struct idl_span span)
{
    if (again)
        report(parser->context, RULE_DUPLICATE_MODIFIER, span, "'%s' twice on one field",
               quote(parser->context, span));
    return !again;
}

static bool parse_field_was(struct parser *parser, struct idl_decl *decl, struct idl_span span)
{
    struct idl_decl was = {0};

    if (!expect_name(parser, &was, "expected the earlier name", NAME_VALUE))
        return false;
    if (modifier_first(parser, decl->was != NULL, span))
        decl->was = was.name;
    return true;
}

/* lifetime = "since" NUMBER | "until" NUMBER */
static bool parse_lifetime(struct parser *parser, struct version *since, struct version *until)
{
    struct version *version = at_word(parser, WORD_SINCE) ? since : until;
    bool first = modifier_first(parser, version->given, here(parser));
    struct version read = {.given = true};

    advance(parser);
    if (!parse_number(parser, &read.number, &read.span))
        return false;
    if (first)
        *version = read;
    return true;
}

static const enum word modifier_words[] = {WORD_MAX,   WORD_KEY,   WORD_SECRET,
                                           WORD_SINCE, WORD_UNTIL, WORD_WAS};
enum { MODIFIER_WORDS = sizeof modifier_words / sizeof *modifier_words };

static void unknown_modifier(struct parser *parser)
{
    const char *words[MODIFIER_WORDS];
    struct idl_span span = here(parser);
    struct idl_diagnostic *diagnostic =
        wrong(parser, RULE_UNKNOWN_MODIFIER, "expected ';' or a modifier of the field");

    for (size_t i = 0; i < MODIFIER_WORDS; i++)
        words[i] = word_texts[modifier_words[i]];
    if (diagnostic)
        suggest_words(parser->context, diagnostic, span, words, MODIFIER_WORDS);
}

/* modifier = "max" value | "=" value | "key" | "secret" | lifetime | "was" NAME */
static bool parse_modifier(struct parser *parser, struct field_node *node)
{
    struct idl_span span = here(parser);
    struct value other = {0};

    if (take(parser, TOKEN_EQUALS)) {
        bool first = modifier_first(parser, node->preset.kind != VALUE_NONE, span);

        if (wish_here(parser))
            parser->wish->preset_of = node;
        return parse_value(parser, first ? &node->preset : &other);
    }
    switch (parser->token.word) {
    case WORD_MAX: {
        bool first = modifier_first(parser, node->max.kind != VALUE_NONE, span);

        advance(parser);
        return parse_value(parser, first ? &node->max : &other);
    }
    case WORD_KEY:
        modifier_first(parser, node->field.key, span);
        node->field.key = true;
        node->key_span = span;
        advance(parser);
        return true;
    case WORD_SECRET:
        modifier_first(parser, node->field.secret, span);
        node->field.secret = true;
        advance(parser);
        return true;
    case WORD_SINCE:
    case WORD_UNTIL:
        return parse_lifetime(parser, &node->since, &node->until);
    case WORD_WAS:
        advance(parser);
        return parse_field_was(parser, &node->field.decl, span);
    default:
        unknown_modifier(parser);
        return false;
    }
}

static bool parse_field_number(struct parser *parser, struct field_node *node, enum body_kind kind)
{
    if (at(parser, TOKEN_NUMBER)) {
        node->numbered = true;
        if (!parse_number(parser, &node->number, &node->number_span))
            return false;
        if (kind == BODY_STRUCT)
            advise(parser->context,
                   report(parser->context, RULE_UNEXPECTED_NUMBER, node->number_span,
                          "fields of a struct have no numbers"),
                   "remove the number; or make it a table, which can grow");
    } else if (kind != BODY_STRUCT) {
        struct idl_span span = here(parser);

        advise(parser->context,
               report(parser->context, RULE_MISSING_NUMBER, span, "field '%s' has no number",
                      quote(parser->context, span)),
               "number the fields from 1: 1 %s : ...", quote(parser->context, span));
    }
    return true;
}

/* field = [ NUMBER ] NAME ":" type { modifier } ";" */
bool parse_field(struct parser *parser, struct body_node *body, enum body_kind kind)
{
    struct field_node *node;
    const char *doc = take_doc(parser);

    if (!node_room(parser->context, here(parser), 1))
        return false;
    node = arena_take(parser->context->arena, sizeof *node);
    node->field.decl.doc = doc;
    node->field.decl.start = parser->token.start;
    if (!parse_field_number(parser, node, kind) ||
        !expect_name(parser, &node->field.decl, "expected the field's name", NAME_MEMBER) ||
        !expect(parser, TOKEN_COLON, " between name and type"))
        return false;
    node->type = parse_type(parser, 0);
    if (!node->type)
        return false;
    /* The list is turned round in resolve. */
    node->next = body->fields;
    body->fields = node;
    body->field_count++;
    while (offer(parser, modifier_words, MODIFIER_WORDS),
           at(parser, TOKEN_NAME) || at(parser, TOKEN_EQUALS)) {
        if (memchr(parser->unit->file.text + parser->behind, '\n',
                   parser->token.start - parser->behind) &&
            parser->token.word == WORD_NONE)
            break; /* the next line: a ';' was forgotten */
        if (!parse_modifier(parser, node))
            return false;
    }
    if (!expect_semicolon(parser, " behind the field"))
        return false;
    node->field.decl.end = parser->behind;
    return true;
}

/* const = "const" NAME ":" type "=" value ";" */
bool parse_const(struct parser *parser, struct node *node)
{
    if (!expect(parser, TOKEN_COLON, " between name and type"))
        return false;
    node->type = parse_type(parser, 0);
    return node->type && expect(parser, TOKEN_EQUALS, " and the constant's value") &&
           parse_value(parser, &node->value) && expect_semicolon(parser, " behind the constant");
}

/* enumerator = NAME "=" value { lifetime } ";" */
static bool parse_enumerator(struct parser *parser, struct member_node *member)
{
    if (!expect_name(parser, &member->decl, "expected a name", NAME_VALUE) ||
        !expect(parser, TOKEN_EQUALS, " and the value") || !parse_value(parser, &member->value))
        return false;
    while (at_word(parser, WORD_SINCE) || at_word(parser, WORD_UNTIL))
        if (!parse_lifetime(parser, &member->since, &member->until))
            return false;
    return expect_semicolon(parser, " behind the value");
}

/* arm = NUMBER reference { lifetime } ";" */
static bool parse_arm(struct parser *parser, struct member_node *member)
{
    if (!parse_number(parser, &member->number, &member->number_span) ||
        !expect_reference(parser, &member->table, "expected the name of a table",
                          1U << IDL_SYMBOL_TABLE))
        return false;
    member->decl.file = &parser->unit->file;
    member->decl.span = member->table.span;
    member->decl.name =
        arena_copy(parser->context->arena, member->table.name, member->table.name_size);
    while (at_word(parser, WORD_SINCE) || at_word(parser, WORD_UNTIL))
        if (!parse_lifetime(parser, &member->since, &member->until))
            return false;
    return expect_semicolon(parser, " behind the arm");
}

static void offer_arms(const struct parser *parser, const struct node *node)
{
    if (wish_here(parser) && node->kind == NODE_UNION)
        parser->wish->members = node;
}

/* members = "{" { member } "}" */
static bool parse_members(struct parser *parser, struct node *node,
                          bool (*parse)(struct parser *parser, struct member_node *member))
{
    struct member_node **tail = &node->members;

    if (!expect_open(parser, &node->body.span))
        return false;
    while (offer_arms(parser, node), block_goes_on(parser, node->body.span)) {
        struct member_node *member;
        const char *doc = take_doc(parser);

        if (!node_room(parser->context, here(parser), 1))
            return false;
        member = arena_take(parser->context->arena, sizeof *member);
        member->decl.doc = doc;
        member->decl.start = parser->token.start;
        if (!parse(parser, member)) {
            skip_item(parser);
            node->broken = true;
            continue;
        }
        member->decl.end = parser->behind;
        *tail = member;
        tail = &member->next;
        node->member_count++;
    }
    return true;
}

/* enum = ( "enum" | "flags" ) NAME ":" NAME "{" { enumerator } "}" */
bool parse_enum(struct parser *parser, struct node *node)
{
    if (!expect(parser, TOKEN_COLON, " and the type of the values"))
        return false;
    if (wish_here(parser))
        parser->wish->base_of = node;
    if (!expect_reference(parser, &node->base, "expected a type as u8", 0))
        return false;
    return parse_members(parser, node, parse_enumerator);
}

/* union = "union" NAME "{" { arm } "}" */
bool parse_union(struct parser *parser, struct node *node)
{
    return parse_members(parser, node, parse_arm);
}
