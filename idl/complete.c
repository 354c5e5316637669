/*
 * complete.c - what could stand at a place of the main file.
 *
 * The parser itself knows: when it looks at the token at that place, each question it asks of that
 * token (is it this word? a name of which kind?) is a proposal. So there is no second grammar.
 */
#include "parse.h"
#include "resolve.h"

#include <string.h>

void complete_begin(struct context *context)
{
    if (!context->options->complete || !context->options->names)
        return;
    context->wish = arena_take(context->arena, sizeof *context->wish);
    context->wish->at = context->options->complete_at;
}

/* Whether [from, to), which holds space and comments only, ends inside of a comment. */
static bool ends_in_comment(const char *text, uint32_t from, uint32_t to)
{
    const char *end = text + to;

    for (const char *at = text + from; at + 1 < end; at++) {
        const char *over;

        if (at[0] != '/' || (at[1] != '/' && at[1] != '*'))
            continue;
        over = at[1] == '/' ? memchr(at, '\n', (size_t)(end - at))
                            : memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
        if (!over)
            return true;
        at = over + (at[1] == '*');
    }
    return false;
}

void complete_token(struct wish *wish, const char *text, const struct token *token, uint32_t behind)
{
    bool word = token->kind == TOKEN_NAME || token->kind == TOKEN_NUMBER;

    if (wish->here)
        wish->over = true;
    wish->here = false;
    if (wish->over || (word ? token->end < wish->at : token->start < wish->at)) {
        if (token->kind == TOKEN_STRING && token->start < wish->at && wish->at < token->end)
            wish->over = true;
        return;
    }
    wish->start = word && token->start < wish->at ? token->start : wish->at;
    if (wish->start == wish->at && behind < wish->at && ends_in_comment(text, behind, wish->at))
        wish->over = true;
    else
        wish->here = true;
}

/* ---- what the parser says ---- */

struct wish *wish_here(const struct parser *parser)
{
    return parser->wish && parser->wish->here ? parser->wish : NULL;
}

void offer_text(const struct parser *parser, const char *text)
{
    struct wish *wish = wish_here(parser);

    if (wish)
        list_add(parser->context->arena, &wish->words, (void *)(uintptr_t)text);
}

void offers_end(const struct parser *parser)
{
    struct wish *wish = wish_here(parser);

    if (!wish)
        return;
    wish->here = false;
    wish->over = true;
}

void offer(const struct parser *parser, const enum word *words, size_t count)
{
    for (size_t i = 0; parser->wish && i < count; i++)
        offer_text(parser, word_texts[words[i]]);
}

void offer_names(const struct parser *parser, unsigned names, const struct reference *bus)
{
    struct wish *wish = wish_here(parser);

    if (!wish)
        return;
    wish->names |= names;
    if (bus) {
        wish->qualifier = bus->name;
        wish->qualifier_size = bus->name_size;
    }
}

/* ---- proposals ---- */

struct proposals {
    struct context *context;
    struct idl_proposal *items;
    uint32_t count;
    uint32_t capacity;
};

static void propose(struct proposals *proposals, const char *text, const struct idl_symbol *symbol,
                    bool number)
{
    if (proposals->count == proposals->capacity) {
        uint32_t capacity = proposals->capacity ? 2 * proposals->capacity : 64;
        struct idl_proposal *items =
            arena_take(proposals->context->arena, capacity * sizeof *items);

        if (proposals->count)
            memcpy(items, proposals->items, proposals->count * sizeof *items);
        proposals->items = items;
        proposals->capacity = capacity;
    }
    proposals->items[proposals->count++] = (struct idl_proposal){text, symbol, number};
}

static void propose_words(struct proposals *proposals, const struct list *words)
{
    struct map seen = {0};

    for (uint32_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];

        if (!map_add(proposals->context->arena, &seen, word, strlen(word), words->items[i]))
            propose(proposals, word, NULL, false);
    }
}

static void propose_types(struct proposals *proposals)
{
    for (uint32_t kind = 0; kind <= IDL_BYTES; kind++)
        if (kind <= IDL_UUID || kind >= IDL_STRING)
            propose(proposals, kind_text((enum idl_kind)kind), NULL, false);
}

static void propose_bases(struct proposals *proposals, const struct node *node)
{
    size_t count;
    const enum idl_kind *bases = enum_bases(node->kind == NODE_FLAGS, &count);

    for (size_t i = 0; i < count; i++)
        propose(proposals, kind_text(bases[i]), NULL, false);
}

/* The values that a default may be. */
static void propose_values(struct proposals *proposals, const struct idl_names *names,
                           const struct idl_enum *enumeration)
{
    for (uint32_t i = 0; i < names->symbol_count; i++) {
        const struct idl_symbol *symbol = &names->symbols[i];

        if (symbol->kind == IDL_SYMBOL_VALUE && symbol->parent &&
            symbol->parent->enumeration == enumeration)
            propose(proposals, symbol->decl->name, symbol, false);
    }
}

static void propose_truth(struct proposals *proposals)
{
    propose(proposals, "false", NULL, false);
    propose(proposals, "true", NULL, false);
}

static void propose_names(struct proposals *proposals, const struct wish *wish,
                          const struct idl_names *names)
{
    const struct unit *main = proposals->context->units.items[0];

    for (uint32_t i = 0; i < names->symbol_count; i++) {
        const struct idl_symbol *symbol = &names->symbols[i];
        const struct idl_bus *bus = symbol->decl->file->bus;
        bool qualified = wish->qualifier_size != 0;

        if (!(wish->names & 1U << symbol->kind) || !bus->decl.name)
            continue;
        if (bus != main->bus &&
            !map_find(&main->qualifiers, bus->decl.name, strlen(bus->decl.name)))
            continue;
        if (qualified && (strlen(bus->decl.name) != wish->qualifier_size ||
                          memcmp(bus->decl.name, wish->qualifier, wish->qualifier_size) != 0))
            continue;
        propose(proposals,
                bus == main->bus || qualified ? symbol->decl->name
                                              : arena_join(proposals->context->arena,
                                                           bus->decl.name, ".", symbol->decl->name),
                symbol, false);
    }
}

/* The number behind the highest one that is taken. */
static void propose_number(struct proposals *proposals, const struct wish *wish)
{
    char digits[12];
    char *at = digits + sizeof digits - 1;
    uint32_t highest = 0;

    if (wish->body) {
        for (const struct field_node *field = wish->body->fields; field; field = field->next) {
            bool two = field->field.type.kind == IDL_UNION && field->field.type.shape == IDL_ONE;

            if (field->number <= IDL_FIELDS_MAX && field->number + two > highest)
                highest = field->number + two;
        }
        for (const struct reserved_node *reserved = wish->body->reserved; reserved;
             reserved = reserved->next)
            if (reserved->number <= IDL_FIELDS_MAX && reserved->number > highest)
                highest = reserved->number;
    }
    if (wish->members)
        for (const struct member_node *member = wish->members->members; member;
             member = member->next)
            if (member->number <= IDL_FIELDS_MAX && member->number > highest)
                highest = member->number;
    *at = '\0';
    for (highest++; highest; highest /= 10)
        *--at = (char)('0' + highest % 10);
    propose(proposals, arena_copy(proposals->context->arena, at, strlen(at)), NULL, true);
}

void complete_finish(struct context *context)
{
    struct proposals proposals = {.context = context};
    const struct idl_names *names = &context->result->names;
    const struct wish *wish = context->wish;
    const struct unit *main;

    if (!wish || !(wish->here || wish->over))
        return;
    main = context->units.items[0];
    context->result->proposal_span = span_of(&main->file, wish->start, wish->at);
    if (wish->body || wish->members)
        propose_number(&proposals, wish);
    if (wish->preset_of && wish->preset_of->field.type.enumeration &&
        (wish->preset_of->field.type.kind == IDL_ENUM ||
         wish->preset_of->field.type.kind == IDL_FLAGS))
        propose_values(&proposals, names, wish->preset_of->field.type.enumeration);
    else if (wish->preset_of && wish->preset_of->field.type.kind == IDL_BOOL && wish->names)
        propose_truth(&proposals);
    else if (wish->names)
        propose_names(&proposals, wish, names);
    if (!wish->qualifier_size) {
        if (wish->types)
            propose_types(&proposals);
        if (wish->base_of)
            propose_bases(&proposals, wish->base_of);
        propose_words(&proposals, &wish->words);
    }
    context->result->proposals = proposals.items;
    context->result->proposal_count = proposals.count;
}
