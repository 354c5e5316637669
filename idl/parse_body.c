/*
 * parse_body.c - what stands in the braces of structs, tables, messages, answers, policies,
 * components and programs.
 */
#include "parse.h"

#include <string.h>

/* ---- heads of messages ---- */

/* VERSION = "v" INTEGER, a name as any other for the lexer */
static bool parse_version(struct parser *parser, uint32_t *number, const char *wanted,
                          const char *advice)
{
    const char *text = parser->unit->file.text + parser->token.start;
    const char *end = parser->unit->file.text + parser->token.end;
    bool fine = at(parser, TOKEN_NAME) && *text == 'v' && end - text > 1 && text[1] != '0';
    struct idl_diagnostic *diagnostic;

    *number = 0;
    while (fine && ++text < end) {
        fine = *text >= '0' && *text <= '9';
        *number = *number * 10 + (uint32_t)(*text - '0');
        fine = fine && *number <= IDL_MESSAGE_VERSION_MAX;
    }
    if (fine) {
        advance(parser);
        return true;
    }
    diagnostic = wrong(parser, RULE_BAD_MESSAGE_VERSION, wanted);
    if (diagnostic)
        advise(parser->context, diagnostic, "%s", advice);
    return false;
}

/* A version, or what is meant as one. */
static bool tells_version(const struct parser *parser)
{
    const char *text = parser->unit->file.text + parser->token.start;

    return (at(parser, TOKEN_NUMBER) && parser->next.token.kind == TOKEN_OPEN) ||
           at_word(parser, WORD_VERSION) || at_word(parser, WORD_UPGRADES) ||
           (at(parser, TOKEN_NAME) && (*text == 'v' || *text == 'V') && text[1] >= '0' &&
            text[1] <= '9');
}

/* head = [ VERSION [ "upgrades" VERSION ] ] [ "was" NAME ] */
bool parse_message_head(struct parser *parser, struct node *node)
{
    struct version_node *version;

    if (tells_version(parser)) {
        version = node->version = arena_take(parser->context->arena, sizeof *version);
        version->said = true;
        if (!parse_version(
                parser, &version->number, "expected the version of the message as 'v2'",
                "versions are v1, v2 and so on up to v9999: 'event order_placed v2 upgrades v1'"))
            return false;
        if (take_word(parser, WORD_UPGRADES)) {
            version->upgrades_span = here(parser);
            if (!parse_version(parser, &version->upgrades, "expected the version that it upgrades",
                               "write 'event order_placed v2 upgrades v1'"))
                return false;
        }
    }
    node->was_start = parser->behind;
    if (take_word(parser, WORD_WAS)) {
        struct idl_decl was = {0};

        if (!expect_name(parser, &was, "expected the earlier name", NAME_VALUE))
            return false;
        node->decl.was = was.name;
    }
    node->was_end = parser->behind;
    return true;
}

/* ---- items ---- */

/* use = "use" reference ";" */
static bool parse_use(struct parser *parser, struct body_node *body)
{
    struct use_node *use;

    if (!node_room(parser->context, here(parser), 1))
        return false;
    use = arena_take(parser->context->arena, sizeof *use);
    advance(parser);
    if (!expect_reference(parser, &use->policy, "expected the name of a policy",
                          1U << IDL_SYMBOL_POLICY))
        return false;
    use->next = body->uses; /* turned round in resolve */
    body->uses = use;
    return expect_semicolon(parser, " behind the policy");
}

/* ---- bodies ---- */

/* reserved = "reserved" NUMBER { "," NUMBER } ";" */
static bool parse_reserved(struct parser *parser, struct body_node *body)
{
    advance(parser);
    do {
        struct reserved_node *reserved;

        if (!node_room(parser->context, here(parser), 1))
            return false;
        reserved = arena_take(parser->context->arena, sizeof *reserved);
        if (!parse_number(parser, &reserved->number, &reserved->span))
            return false;
        reserved->next = body->reserved;
        body->reserved = reserved;
    } while (take(parser, TOKEN_COMMA));
    return expect_semicolon(parser, " behind the reserved numbers");
}

/* answer = "returns" body | "fails" NAME ( body | ";" ) */
static bool parse_answer(struct parser *parser, struct body_node *body)
{
    struct answer_node *answer;
    const char *doc = take_doc(parser);
    bool fine;

    if (!node_room(parser->context, here(parser), 4))
        return false;
    answer = arena_take(parser->context->arena, sizeof *answer);
    answer->decl.doc = doc;
    answer->decl.file = &parser->unit->file;
    answer->decl.span = here(parser);
    answer->decl.start = parser->token.start;
    answer->decl.name = "ok";
    answer->returns = at_word(parser, WORD_RETURNS);
    advance(parser);
    if (!answer->returns &&
        !expect_name(parser, &answer->decl, "expected the name of the failure", NAME_MEMBER))
        return false;
    answer->next = body->answers;
    body->answers = answer;
    if (at(parser, TOKEN_SEMICOLON) || (!at(parser, TOKEN_OPEN) && !answer->returns))
        fine = expect_semicolon(parser, answer->returns ? " behind 'returns'"
                                                        : " or '{' behind the failure");
    else
        fine = parse_body(parser, &answer->body, BODY_ANSWER);
    answer->decl.end = parser->behind;
    return fine;
}

static const char *body_text(enum body_kind kind)
{
    switch (kind) {
    case BODY_STRUCT:
        return "a struct has fields 'name : type;' only";
    case BODY_TABLE:
        return "a table has fields '1 name : type;' and 'reserved' only";
    case BODY_ANSWER:
        return "an answer has fields '1 name : type;' and 'reserved' only";
    case BODY_POLICY:
        return "a policy has settings only";
    case BODY_EVENT:
        return "an event has fields and settings";
    default:
        return "a command has fields, 'returns', 'fails' and settings";
    }
}

bool unknown_item(struct parser *parser, enum body_kind kind)
{
    static const enum word known[] = {
        WORD_PRIORITY, WORD_WHEN_FULL, WORD_DEADLINE,     WORD_IDEMPOTENT, WORD_USE,
        WORD_KIND,     WORD_RETURNS,   WORD_FAILS,        WORD_RESERVED,   WORD_RETRY,
        WORD_BACKOFF,  WORD_BREAKER,   WORD_ON_OPEN,      WORD_TIMEOUT,    WORD_RECOVER,
        WORD_ORDERED,  WORD_APPROVAL,  WORD_DEAD_LETTERS, WORD_DURABLE,    WORD_KEEP,
        WORD_RATE,
    };
    const char *words[sizeof known / sizeof *known];
    struct idl_span span = here(parser);
    bool setting = at(parser, TOKEN_NAME) && kind >= BODY_EVENT;
    struct idl_diagnostic *diagnostic =
        wrong(parser, setting ? RULE_UNKNOWN_SETTING : RULE_UNEXPECTED_ITEM,
              setting ? "expected a setting" : "expected a field");

    if (!diagnostic)
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        words[i] = word_texts[known[i]];
    if (setting)
        suggest_words(parser->context, diagnostic, span, words, sizeof words / sizeof *words);
    if (!diagnostic->advice)
        advise(parser->context, diagnostic, "%s", body_text(kind));
    return false;
}

static bool is_message(enum body_kind kind)
{
    return kind == BODY_EVENT || kind == BODY_COMMAND;
}

static bool misplaced(struct parser *parser, enum body_kind kind)
{
    struct idl_span span = here(parser);
    struct idl_diagnostic *diagnostic =
        report(parser->context, RULE_UNEXPECTED_ITEM, span, "'%s' does not belong here",
               quote(parser->context, span));

    advise(parser->context, diagnostic, "%s", body_text(kind));
    parser->silent = span.end;
    return false;
}

/* item = field | reserved | settings | use | answer */
static bool parse_item(struct parser *parser, struct body_node *body, enum body_kind kind)
{
    enum word word = at(parser, TOKEN_NAME) ? parser->token.word : WORD_NONE;
    bool settings = is_message(kind) || kind == BODY_POLICY;

    if ((at(parser, TOKEN_NUMBER) || parser->next.token.kind == TOKEN_COLON) &&
        (at(parser, TOKEN_NUMBER) || at(parser, TOKEN_NAME)))
        return kind == BODY_POLICY ? misplaced(parser, kind) : parse_field(parser, body, kind);
    switch (word) {
    case WORD_RESERVED:
        if (kind == BODY_STRUCT || kind == BODY_POLICY)
            return misplaced(parser, kind);
        return parse_reserved(parser, body);
    case WORD_USE:
        return is_message(kind) ? parse_use(parser, body) : misplaced(parser, kind);
    case WORD_RETURNS:
    case WORD_FAILS:
        return kind == BODY_COMMAND ? parse_answer(parser, body) : misplaced(parser, kind);
    default:
        if (is_setting(word))
            return settings ? parse_settings(parser, body, kind) : misplaced(parser, kind);
        return unknown_item(parser, kind);
    }
}

/* What may begin an item. */
static void offer_items(const struct parser *parser, const struct body_node *body,
                        enum body_kind kind)
{
    static const enum word words[] = {WORD_RESERVED, WORD_USE, WORD_RETURNS, WORD_FAILS};

    if (!wish_here(parser))
        return;
    if (kind != BODY_STRUCT && kind != BODY_POLICY) {
        parser->wish->body = body;
        offer(parser, words, kind == BODY_COMMAND ? 4 : is_message(kind) ? 2 : 1);
    }
    if (is_message(kind) || kind == BODY_POLICY)
        offer_settings(parser);
}

/* body = "{" { item } "}" */
bool parse_body(struct parser *parser, struct body_node *body, enum body_kind kind)
{
    if (!expect_open(parser, &body->span))
        return false;
    while (offer_items(parser, body, kind), block_goes_on(parser, body->span)) {
        if (parser->context->full)
            return false;
        if (take(parser, TOKEN_SEMICOLON))
            continue;
        if (!parse_item(parser, body, kind))
            skip_item(parser);
    }
    return true;
}

/* ---- wiring ---- */

static const struct choice orders[] = {
    {"highest", IDL_ORDER_HIGHEST}, {"high", IDL_ORDER_HIGH},     {"normal", IDL_ORDER_NORMAL},
    {"low", IDL_ORDER_LOW},         {"lowest", IDL_ORDER_LOWEST},
};

/* batch = "batch" [ value ] [ "within" value ] */
static bool parse_batch(struct parser *parser, struct binding_node *binding)
{
    if (!at_word(parser, WORD_WITHIN) && !at_word(parser, WORD_ORDER) &&
        !at_word(parser, WORD_PARALLEL) && !at_word(parser, WORD_BATCH) &&
        !at_word(parser, WORD_TAKES) && !at(parser, TOKEN_SEMICOLON) && !at(parser, TOKEN_CLOSE) &&
        !parse_value(parser, &binding->batch_size))
        return false;
    return !take_word(parser, WORD_WITHIN) || parse_value(parser, &binding->batch_wait);
}

static void listener_first(struct parser *parser, bool again)
{
    if (again)
        report(parser->context, RULE_DUPLICATE_MODIFIER, here(parser), "'%s' twice on one listener",
               quote(parser->context, here(parser)));
}

/* listener = { "order" NAME | "parallel" | batch } */
static bool parse_listener(struct parser *parser, struct binding_node *binding)
{
    static const enum word words[] = {WORD_ORDER, WORD_PARALLEL, WORD_BATCH};
    bool ordered = false;
    uint32_t order = IDL_ORDER_NORMAL;

    while (offer(parser, words, sizeof words / sizeof *words), at(parser, TOKEN_NAME)) {
        struct idl_span span = here(parser);

        switch (parser->token.word) {
        case WORD_ORDER:
            listener_first(parser, ordered);
            advance(parser);
            if (!parse_choice(parser, orders, sizeof orders / sizeof *orders,
                              "expected 'highest', 'high', 'normal', 'low' or 'lowest'", &order))
                return false;
            binding->order = (enum idl_order)order;
            ordered = true;
            break;
        case WORD_PARALLEL:
            listener_first(parser, binding->parallel);
            advance(parser);
            binding->parallel = true;
            binding->parallel_span = span;
            break;
        case WORD_BATCH:
            listener_first(parser, binding->batch);
            advance(parser);
            binding->batch = true;
            binding->batch_span = span;
            if (!parse_batch(parser, binding))
                return false;
            break;
        default:
            return true;
        }
    }
    return true;
}

/* takes = "takes" value */
static bool parse_takes(struct parser *parser, struct binding_node *binding)
{
    while (at_word(parser, WORD_TAKES)) {
        listener_first(parser, binding->takes.kind != VALUE_NONE);
        advance(parser);
        if (!parse_value(parser, &binding->takes))
            return false;
    }
    return true;
}

/* binding = "emits" reference ";" | "handles" reference [ takes ] ";"
 *         | "listens" reference listener [ takes ] ";" */
static bool parse_binding(struct parser *parser, struct binding_node *binding)
{
    binding->order = IDL_ORDER_NORMAL;
    if (!expect_reference(parser, &binding->name,
                          binding->word == WORD_HANDLES ? "expected the name of a command"
                          : binding->word == WORD_RUNS  ? "expected the name of a component"
                                                        : "expected the name of an event",
                          binding->word == WORD_HANDLES ? 1U << IDL_SYMBOL_COMMAND
                          : binding->word == WORD_RUNS  ? 1U << IDL_SYMBOL_COMPONENT
                                                        : 1U << IDL_SYMBOL_EVENT))
        return false;
    if (binding->word == WORD_LISTENS && !parse_listener(parser, binding))
        return false;
    if ((binding->word == WORD_LISTENS || binding->word == WORD_HANDLES) &&
        !parse_takes(parser, binding))
        return false;
    return expect_semicolon(parser, binding->word == WORD_LISTENS
                                        ? ", 'order', 'parallel', 'batch' or 'takes' behind the "
                                          "name"
                                    : binding->word == WORD_HANDLES ? " or 'takes' behind the name"
                                                                    : " behind the name");
}

/* memory = "memory" "max" value ";" */
static bool parse_memory(struct parser *parser, struct node *node)
{
    struct idl_span span = here(parser);

    advance(parser);
    if (!take_word(parser, WORD_MAX)) {
        struct idl_diagnostic *diagnostic =
            wrong(parser, RULE_EXPECTED_WORD, "expected 'max' and a size");

        if (diagnostic)
            advise(parser->context, diagnostic, "write 'memory max 64MiB'");
        return false;
    }
    if (node->memory.kind != VALUE_NONE)
        partner(report(parser->context, RULE_DUPLICATE_SETTING, span, "'memory' is set twice"),
                node->memory.span, "first set here");
    return parse_value(parser, &node->memory) && expect_semicolon(parser, " behind the size");
}

/* Of components the first three, of programs the others. */
enum { BINDING_WORDS = 5, COMPONENT_WORDS = 3 };
static const enum word binding_words[BINDING_WORDS] = {WORD_HANDLES, WORD_LISTENS, WORD_EMITS,
                                                       WORD_RUNS, WORD_MEMORY};

static bool unknown_binding(struct parser *parser, bool program)
{
    const char *words[BINDING_WORDS];
    struct idl_span span = here(parser);
    struct idl_diagnostic *diagnostic = wrong(parser, RULE_EXPECTED_WORD,
                                              program ? "expected 'runs' or 'memory max'"
                                                      : "expected 'handles', 'listens' or 'emits'");

    for (size_t i = 0; i < BINDING_WORDS; i++)
        words[i] = word_texts[binding_words[i]];
    if (diagnostic && at(parser, TOKEN_NAME))
        suggest_words(parser->context, diagnostic, span, words + (program ? COMPONENT_WORDS : 0),
                      program ? BINDING_WORDS - COMPONENT_WORDS : COMPONENT_WORDS);
    return false;
}

/* bindings = "{" { binding } "}" */
static bool parse_bindings(struct parser *parser, struct node *node, bool program)
{
    struct binding_node **tail = &node->bindings;

    if (!expect_open(parser, &node->body.span))
        return false;
    while (offer(parser, binding_words + (program ? COMPONENT_WORDS : 0),
                 program ? BINDING_WORDS - COMPONENT_WORDS : COMPONENT_WORDS),
           block_goes_on(parser, node->body.span)) {
        enum word word = at(parser, TOKEN_NAME) ? parser->token.word : WORD_NONE;
        bool known = program ? word == WORD_RUNS
                             : word == WORD_HANDLES || word == WORD_LISTENS || word == WORD_EMITS;
        struct binding_node *binding;

        if (parser->context->full)
            return false;
        if (take(parser, TOKEN_SEMICOLON))
            continue;
        if (program && word == WORD_MEMORY) {
            if (!parse_memory(parser, node))
                skip_item(parser);
            continue;
        }
        if (!known) {
            unknown_binding(parser, program);
            skip_item(parser);
            continue;
        }
        if (!node_room(parser->context, here(parser), 3))
            return false;
        binding = arena_take(parser->context->arena, sizeof *binding);
        binding->word = word;
        advance(parser);
        if (!parse_binding(parser, binding)) {
            skip_item(parser);
            continue;
        }
        *tail = binding;
        tail = &binding->next;
    }
    return true;
}

/* component = "component" NAME [ "serial" | "concurrent" ] "{" { binding } "}" */
bool parse_component(struct parser *parser, struct node *node)
{
    node->concurrent = at_word(parser, WORD_CONCURRENT);
    if (!take_word(parser, WORD_CONCURRENT))
        take_word(parser, WORD_SERIAL);
    return parse_bindings(parser, node, false);
}

/* program = "program" NAME "{" { "runs" reference ";" | memory } "}" */
bool parse_program(struct parser *parser, struct node *node)
{
    return parse_bindings(parser, node, true);
}
