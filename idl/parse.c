/*
 * parse.c - the parser's tools, and the outermost level of the grammar.
 */
#include "parse.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- tokens ---- */

/* Each token in its place. */
static void mix(uint64_t *fingerprint, const char *text, const struct token *token)
{
    *fingerprint = XXH64(text + token->start, token->end - token->start, *fingerprint);
}

void fingerprint_import(struct unit *unit, const struct unit *imported)
{
    uint64_t other = imported->bus->fingerprint;

    unit->bus->fingerprint = XXH64(&other, sizeof other, unit->bus->fingerprint);
}

static void lex(struct parser *parser, struct seen_token *seen)
{
    struct unit *unit = parser->unit;

    seen->doc_start = seen->doc_end = 0;
    for (;;) {
        lexer_next(&parser->lexer, &seen->token);
        lint_token(parser->context, parser->unit, &seen->token);
        if (seen->token.kind != TOKEN_DOC) {
            mix(&unit->bus->fingerprint, unit->file.text, &seen->token);
            return;
        }
        if (seen->doc_start == seen->doc_end)
            seen->doc_start = seen->token.start;
        seen->doc_end = seen->token.end;
    }
}

static void doc_unused(struct parser *parser)
{
    struct seen_token *now = &parser->now;
    struct idl_diagnostic *diagnostic;

    if (now->doc_start == now->doc_end || parser->doc_taken)
        return;
    diagnostic = report(parser->context, RULE_STRAY_DOC,
                        span_of(&parser->unit->file, now->doc_start, now->doc_start + 3),
                        "this doc comment describes nothing");
    advise(parser->context, diagnostic,
           "put it above a declaration, a field, an enumerator or an arm, or write '//'");
}

void advance(struct parser *parser)
{
    doc_unused(parser);
    parser->doc_taken = false;
    parser->behind = parser->token.end;
    parser->now = parser->next;
    parser->token = parser->now.token;
    if (parser->token.kind != TOKEN_END)
        lex(parser, &parser->next);
    if (parser->wish)
        complete_token(parser->wish, parser->unit->file.text, &parser->token, parser->behind);
}

bool at(const struct parser *parser, enum token_kind kind)
{
    return parser->token.kind == kind;
}

bool at_word(const struct parser *parser, enum word word)
{
    offer(parser, &word, 1);
    return parser->token.kind == TOKEN_NAME && parser->token.word == word;
}

bool take(struct parser *parser, enum token_kind kind)
{
    if (!at(parser, kind))
        return false;
    advance(parser);
    return true;
}

bool take_word(struct parser *parser, enum word word)
{
    if (!at_word(parser, word))
        return false;
    advance(parser);
    return true;
}

struct idl_span here(const struct parser *parser)
{
    return span_of(&parser->unit->file, parser->token.start, parser->token.end);
}

static const char *found(struct parser *parser)
{
    if (at(parser, TOKEN_END))
        return "the end of the file";
    return quote(parser->context, here(parser));
}

struct idl_diagnostic *wrong(struct parser *parser, enum rule rule, const char *text)
{
    bool end = at(parser, TOKEN_END);

    offers_end(parser);
    if (parser->silent > parser->token.start || (end && parser->silent == parser->token.start + 1))
        return NULL;
    parser->silent = end ? parser->token.start + 1 : parser->token.end;
    return report(parser->context, rule, here(parser), end ? "%s, not %s" : "%s, not '%s'", text,
                  found(parser));
}

static const char *symbol_text(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_SEMICOLON:
        return "';'";
    case TOKEN_COLON:
        return "':'";
    case TOKEN_EQUALS:
        return "'='";
    case TOKEN_OPEN:
        return "'{'";
    case TOKEN_CLOSE:
        return "'}'";
    case TOKEN_SQUARE_CLOSE:
        return "']'";
    default:
        return "a symbol";
    }
}

/* Text in the arena: `expected SYMBOL WHERE`. */
static const char *expected(struct parser *parser, const char *what, const char *where)
{
    return arena_join(parser->context->arena, "expected ", what, where);
}

bool expect(struct parser *parser, enum token_kind kind, const char *where)
{
    if (take(parser, kind))
        return true;
    if (parser->context->diagnostics.count < IDL_DIAGNOSTICS_MAX)
        wrong(parser, RULE_EXPECTED_SYMBOL, expected(parser, symbol_text(kind), where));
    else
        wrong(parser, RULE_EXPECTED_SYMBOL, "");
    return false;
}

static bool line_between(const struct parser *parser, uint32_t start, uint32_t end)
{
    return memchr(parser->unit->file.text + start, '\n', end - start) != NULL;
}

bool expect_semicolon(struct parser *parser, const char *where)
{
    uint32_t behind = parser->behind;
    struct idl_diagnostic *diagnostic;

    if (take(parser, TOKEN_SEMICOLON))
        return true;
    if (!at(parser, TOKEN_CLOSE) && !at(parser, TOKEN_END) &&
        !line_between(parser, behind, parser->token.start))
        return expect(parser, TOKEN_SEMICOLON, where);
    /* Forgotten: it goes where the line ends, and the item is complete. */
    if (!line_between(parser, behind, parser->token.start))
        offers_end(parser);
    if (parser->silent < behind) {
        parser->silent = behind;
        diagnostic = report(parser->context, RULE_EXPECTED_SYMBOL,
                            span_of(&parser->unit->file, behind, behind), "expected ';'%s", where);
        advise(parser->context, diagnostic, "add ';' here");
    }
    return true;
}

bool expect_open(struct parser *parser, struct idl_span *open)
{
    *open = here(parser);
    return expect(parser, TOKEN_OPEN, "");
}

bool expect_name(struct parser *parser, struct idl_decl *decl, const char *what,
                 enum name_role role)
{
    if (!at(parser, TOKEN_NAME)) {
        wrong(parser, RULE_EXPECTED_NAME, what);
        return false;
    }
    decl->file = &parser->unit->file;
    decl->span = here(parser);
    decl->name = arena_copy(parser->context->arena, decl->file->text + decl->span.start,
                            decl->span.end - decl->span.start);
    name_check(parser->context, decl->span, decl->name, role);
    advance(parser);
    return true;
}

/* reference = NAME [ "." NAME ] */
bool expect_reference(struct parser *parser, struct reference *reference, const char *what,
                      unsigned names)
{
    const char *text = parser->unit->file.text;

    offer_names(parser, names, NULL);
    if (!at(parser, TOKEN_NAME)) {
        wrong(parser, RULE_EXPECTED_NAME, what);
        return false;
    }
    reference->span = here(parser);
    advance(parser);
    reference->name = text + reference->span.start;
    reference->name_size = reference->span.end - reference->span.start;
    if (!take(parser, TOKEN_DOT))
        return true;
    offer_names(parser, names, reference);
    if (!at(parser, TOKEN_NAME)) {
        wrong(parser, RULE_EXPECTED_NAME, "expected a name behind '.'");
        return false;
    }
    reference->qualifier = reference->name;
    reference->qualifier_size = reference->name_size;
    reference->name = text + parser->token.start;
    reference->name_size = parser->token.end - parser->token.start;
    reference->span.end = parser->token.end;
    advance(parser);
    return true;
}

/* Text of the `///` lines before the current token, NULL when there are none. */
const char *take_doc(struct parser *parser)
{
    const struct seen_token *now = &parser->now;
    const char *text = parser->unit->file.text;
    char *doc;
    char *out;

    if (now->doc_start == now->doc_end || parser->doc_taken)
        return NULL;
    /* Behind something on its line it would belong to what comes next, which nobody means. */
    if (parser->behind && !line_between(parser, parser->behind, now->doc_start))
        return NULL;
    parser->doc_taken = true;
    doc = out = arena_take(parser->context->arena, now->doc_end - now->doc_start + 1);
    for (uint32_t start = now->doc_start; start < now->doc_end;) {
        const char *end = memchr(text + start, '\n', now->doc_end - start);
        uint32_t stop = end ? (uint32_t)(end - text) : now->doc_end;
        uint32_t from = start;

        while (from < stop && (text[from] == ' ' || text[from] == '\t'))
            from++;
        /* Between two doc lines there may be blank ones and ordinary comments. */
        if (stop - from >= 3 && memcmp(text + from, "///", 3) == 0 &&
            !(stop - from > 3 && text[from + 3] == '/')) {
            from += 3;
            from += from < stop && text[from] == ' ';
            if (out > doc)
                *out++ = '\n';
            memcpy(out, text + from, stop - from);
            out += stop - from;
            while (out > doc && (out[-1] == '\r' || out[-1] == ' ' || out[-1] == '\t'))
                out--;
        }
        start = stop + 1;
    }
    *out = '\0';
    return doc;
}

/* ---- recovery ---- */

static bool begins_declaration(enum word word)
{
    return word >= WORD_IMPORT && word <= WORD_PROGRAM;
}

/* A declaration's word at the very start of a line ends whatever was not closed. */
static bool at_line_start_declaration(const struct parser *parser)
{
    return at(parser, TOKEN_NAME) && begins_declaration(parser->token.word) &&
           (parser->token.start == 0 || parser->unit->file.text[parser->token.start - 1] == '\n');
}

void skip_item(struct parser *parser)
{
    uint32_t depth = 0;
    uint32_t start = parser->token.start;

    while (!at(parser, TOKEN_END)) {
        if (at_line_start_declaration(parser) && parser->token.start > start)
            return;
        if (at(parser, TOKEN_CLOSE)) {
            if (depth == 0)
                return;
            if (--depth == 0) {
                advance(parser);
                return;
            }
        } else if (at(parser, TOKEN_OPEN)) {
            depth++;
        } else if (at(parser, TOKEN_SEMICOLON) && depth == 0) {
            advance(parser);
            return;
        }
        parser->doc_taken = true; /* no warnings about what is skipped */
        advance(parser);
    }
}

bool block_goes_on(struct parser *parser, struct idl_span open)
{
    struct idl_diagnostic *diagnostic;

    if (take(parser, TOKEN_CLOSE))
        return false;
    if (!at(parser, TOKEN_END) && !at_line_start_declaration(parser))
        return true;
    if (parser->silent <= open.start) {
        diagnostic = report(parser->context, RULE_UNCLOSED_BLOCK, open, "this '{' is never closed");
        advise(parser->context, diagnostic, "add a '}'");
    } else {
        diagnostic = wrong(parser, RULE_UNCLOSED_BLOCK, "expected '}'");
        if (diagnostic)
            partner(diagnostic, open, "to close this");
    }
    return false;
}

/* ---- the file ---- */

bool node_room(struct context *context, struct idl_span span, uint32_t weight)
{
    context->nodes += weight;
    if (context->nodes <= NODES_MAX)
        return true;
    if (!context->full)
        advise(context,
               report(context, RULE_TOO_MANY_DECLARATIONS, span,
                      "more than %d declarations, fields and values; a message counts as ten",
                      NODES_MAX),
               "split the schema into buses of their own");
    context->full = true;
    return false;
}

/* header = "bus" NAME "version" NUMBER ";" */
static void parse_header(struct parser *parser)
{
    struct idl_bus *bus = parser->unit->bus;
    struct idl_span span;
    const char *doc = take_doc(parser);

    if (!take_word(parser, WORD_BUS)) {
        struct idl_diagnostic *diagnostic =
            wrong(parser, RULE_MISSING_BUS, "expected 'bus NAME version N;'");

        if (diagnostic)
            advise(parser->context, diagnostic, "every file begins with it: bus shop version 1;");
        if (!at(parser, TOKEN_NAME) || !begins_declaration(parser->token.word))
            skip_item(parser);
        return;
    }
    if (!expect_name(parser, &bus->decl, "expected the name of the bus", NAME_DECLARED)) {
        skip_item(parser);
        return;
    }
    bus->decl.doc = doc;
    bus->decl.end = parser->behind;
    if (strcmp(bus->decl.name, "bus") == 0 ||
        (strncmp(bus->decl.name, "bus_", 4) == 0 && strcmp(bus->decl.name, "bus_system") != 0))
        advise(parser->context,
               report(parser->context, RULE_RESERVED_NAME, bus->decl.span,
                      "'%s' is taken by the runtime, whose names begin with bus_", bus->decl.name),
               "name the bus after what it is about, as 'shop'");
    if (!take_word(parser, WORD_VERSION)) {
        struct idl_diagnostic *diagnostic =
            wrong(parser, RULE_EXPECTED_WORD, "expected 'version' and a number");

        if (diagnostic)
            advise(parser->context, diagnostic, "the first version is 1: bus %s version 1;",
                   bus->decl.name);
        skip_item(parser);
        return;
    }
    if (!parse_number(parser, &bus->version, &span) ||
        !expect_semicolon(parser, " behind the version")) {
        skip_item(parser);
        return;
    }
    if (bus->version == 0)
        advise(parser->context,
               report(parser->context, RULE_BAD_VERSION, span, "versions begin with 1"),
               "write 'version 1'");
}

/* import = "import" STRING ";" */
static bool parse_import(struct parser *parser, struct import_node ***tail)
{
    struct import_node *import;

    if (!node_room(parser->context, here(parser), 1))
        return false;
    advance(parser);
    if (!at(parser, TOKEN_STRING)) {
        struct idl_diagnostic *diagnostic =
            wrong(parser, RULE_EXPECTED_SYMBOL, "expected a path in quotes");

        if (diagnostic)
            advise(parser->context, diagnostic, "write import \"common.bus\";");
        return false;
    }
    import = arena_take(parser->context->arena, sizeof *import);
    import->span = here(parser);
    import->path = lexer_string(&parser->lexer, parser->token, &import->path_size);
    advance(parser);
    if (import->path) {
        **tail = import;
        *tail = &import->next;
    }
    return expect_semicolon(parser, " behind the import");
}

static bool parse_struct(struct parser *parser, struct node *node)
{
    return parse_body(parser, &node->body, BODY_STRUCT);
}

static bool parse_table(struct parser *parser, struct node *node)
{
    return parse_body(parser, &node->body, BODY_TABLE);
}

static bool parse_policy(struct parser *parser, struct node *node)
{
    return parse_body(parser, &node->body, BODY_POLICY);
}

static bool parse_event(struct parser *parser, struct node *node)
{
    return parse_message_head(parser, node) && parse_body(parser, &node->body, BODY_EVENT);
}

static bool parse_command(struct parser *parser, struct node *node)
{
    return parse_message_head(parser, node) && parse_body(parser, &node->body, BODY_COMMAND);
}

static const struct production {
    enum word word;
    enum node_kind kind;
    const char *name; /* what is expected behind the word */
    bool (*parse)(struct parser *parser, struct node *node);
} productions[] = {
    {WORD_CONST, NODE_CONST, "expected the constant's name", parse_const},
    {WORD_ENUM, NODE_ENUM, "expected the enum's name", parse_enum},
    {WORD_FLAGS, NODE_FLAGS, "expected the flags' name", parse_enum},
    {WORD_STRUCT, NODE_STRUCT, "expected the struct's name", parse_struct},
    {WORD_TABLE, NODE_TABLE, "expected the table's name", parse_table},
    {WORD_UNION, NODE_UNION, "expected the union's name", parse_union},
    {WORD_POLICY, NODE_POLICY, "expected the policy's name", parse_policy},
    {WORD_EVENT, NODE_EVENT, "expected the event's name", parse_event},
    {WORD_COMMAND, NODE_COMMAND, "expected the command's name", parse_command},
    {WORD_COMPONENT, NODE_COMPONENT, "expected the component's name", parse_component},
    {WORD_PROGRAM, NODE_PROGRAM, "expected the program's name", parse_program},
};

/* declaration = WORD NAME ... */
static bool parse_declaration(struct parser *parser, const struct production *production,
                              struct node ***tail)
{
    struct node *node;
    const char *doc = take_doc(parser);
    uint32_t errors = (uint32_t)parser->context->result->errors;
    bool fine;

    if (!node_room(parser->context, here(parser),
                   production->kind == NODE_EVENT || production->kind == NODE_COMMAND ? 10 : 1))
        return false;
    node = arena_take(parser->context->arena, sizeof *node);
    node->kind = production->kind;
    node->unit = parser->unit;
    node->decl.doc = doc;
    node->decl.start = parser->token.start;
    advance(parser);
    if (!expect_name(parser, &node->decl, production->name,
                     node->kind == NODE_CONST ? NAME_VALUE : NAME_DECLARED))
        return false;
    **tail = node;
    *tail = &node->next;
    fine = production->parse(parser, node);
    node->decl.end = parser->behind;
    node->broken = !fine || errors != (uint32_t)parser->context->result->errors;
    return fine;
}

static const struct production *production_of(enum word word)
{
    for (size_t i = 0; i < sizeof productions / sizeof *productions; i++)
        if (productions[i].word == word)
            return &productions[i];
    return NULL;
}

static void offer_declarations(const struct parser *parser)
{
    for (size_t i = 0; parser->wish && i < sizeof productions / sizeof *productions; i++)
        offer(parser, &productions[i].word, 1);
}

static void not_a_declaration(struct parser *parser)
{
    struct idl_span span = here(parser);
    struct idl_diagnostic *diagnostic =
        wrong(parser, RULE_EXPECTED_DECLARATION, "expected a declaration");
    const char *words[sizeof productions / sizeof *productions + 1];

    if (!diagnostic)
        return;
    for (size_t i = 0; i < sizeof productions / sizeof *productions; i++)
        words[i] = word_texts[productions[i].word];
    words[sizeof productions / sizeof *productions] = word_texts[WORD_IMPORT];
    if (at(parser, TOKEN_NAME))
        suggest_words(parser->context, diagnostic, span, words, sizeof words / sizeof *words);
    else if (at(parser, TOKEN_CLOSE))
        advise(parser->context, diagnostic, "there is one '}' too many");
}

/* file = header { import } { declaration } */
void parse_unit(struct context *context, struct unit *unit)
{
    struct parser parser = {
        .context = context,
        .unit = unit,
        .wish = unit->index == 0 ? context->wish : NULL,
        .lexer = {context, &unit->file, (const unsigned char *)unit->file.text}};
    struct import_node **imports = &unit->imports;
    struct node **nodes = &unit->nodes;

    lint_begin(unit);
    if (strncmp(unit->file.text, "\xef\xbb\xbf", 3) == 0)
        parser.lexer.cursor += 3;
    lex(&parser, &parser.now);
    parser.token = parser.now.token;
    parser.next = parser.now;
    if (parser.token.kind != TOKEN_END)
        lex(&parser, &parser.next);
    if (parser.wish)
        complete_token(parser.wish, unit->file.text, &parser.token, 0);
    parse_header(&parser);
    while (!at(&parser, TOKEN_END) && !context->full) {
        const struct production *production = NULL;
        bool fine;

        if (take(&parser, TOKEN_SEMICOLON))
            continue;
        offer_declarations(&parser);
        if (at(&parser, TOKEN_NAME))
            production = production_of(parser.token.word);
        if (at_word(&parser, WORD_IMPORT)) {
            if (unit->nodes) {
                struct idl_diagnostic *diagnostic =
                    report(context, RULE_IMPORT_ORDER, here(&parser),
                           "imports come before all declarations");

                advise(context, diagnostic, "move the line up, below the bus");
            }
            fine = parse_import(&parser, &imports);
        } else if (production) {
            fine = parse_declaration(&parser, production, &nodes);
        } else {
            not_a_declaration(&parser);
            fine = false;
        }
        if (!fine) {
            skip_item(&parser);
            take(&parser, TOKEN_CLOSE); /* none is open out here */
        }
    }
    offer_declarations(&parser);
    doc_unused(&parser);
    unit->parsed = true;
}
