/*
 * lint.c - how severe each rule is in this run, and the comments by which a schema accepts a
 * finding:
 *
 *     // lint: off RULE reason
 *
 * On a line of its own it is about the declaration below it, inside of one about the line below;
 * behind something it is about its own line; above the bus about the whole file.
 *
 * The parser shows each token as it comes (lint_token), so that the comments before it are known
 * with the braces around them. They are looked for in files that hold the word alone.
 */
#include "internal.h"

#include <string.h>

enum { LINT_COMMENTS_MAX = 1000 }; /* of one file: each finding looks through them */

static const char mark[] = "lint:";

/* ---- levels ---- */

enum idl_rule_group idl_rule_group_of(const struct idl_rule *rule)
{
    size_t number;

    if (idl_rule_find(rule->id) != rule)
        return IDL_RULE_FIXED; /* none of the language */
    number = (size_t)(rule - idl_rule_table);
    return number < RULE_FIRST_SETTABLE ? IDL_RULE_FIXED
           : number < RULE_FIRST_LINT   ? IDL_RULE_SETTABLE
                                        : IDL_RULE_LINT;
}

void lint_levels(struct context *context)
{
    const struct idl_options *options = context->options;

    for (size_t i = 0; i < RULE_COUNT; i++)
        context->levels[i] = (i >= RULE_FIRST_LINT && !options->lint) ||
                                     (i >= RULE_FIRST_SETTABLE && options->only_fixed)
                                 ? IDL_OFF
                                 : (unsigned char)idl_rule_table[i].severity;
    for (size_t i = 0; i < options->level_count; i++) {
        const struct idl_rule *rule = idl_rule_find(options->levels[i].rule);

        if (rule && idl_rule_group_of(rule) != IDL_RULE_FIXED)
            context->levels[rule - idl_rule_table] = (unsigned char)options->levels[i].severity;
    }
}

bool lint_wants(const struct context *context, enum rule rule)
{
    return context->levels[rule] != IDL_OFF;
}

/* ---- comments ---- */

void lint_begin(struct unit *unit)
{
    unit->lint.wanted = strstr(unit->file.text, mark) != NULL;
    unit->lint.tail = &unit->lint.first;
}

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
        at++;
    return at;
}

static struct idl_span span_at(const struct unit *unit, const char *from, const char *to)
{
    const char *text = unit->file.text;

    return span_of(&unit->file, (uint32_t)(from - text), (uint32_t)(to - text));
}

/* The rule that `word` names; RULE_COUNT after saying what is wrong with it. */
static enum rule named_rule(struct context *context, struct idl_span word)
{
    const char *name =
        arena_copy(context->arena, word.file->text + word.start, word.end - word.start);
    const struct idl_rule *rule = idl_rule_find(name);
    struct idl_diagnostic *diagnostic;
    const char *closest;

    if (rule && idl_rule_group_of(rule) != IDL_RULE_FIXED)
        return (enum rule)(rule - idl_rule_table);
    diagnostic = report(context, RULE_LINT_COMMENT, word,
                        rule ? "rule '%s' cannot be turned off" : "there is no rule '%s'",
                        quote(context, word));
    if (rule || !shown(context, diagnostic))
        return RULE_COUNT;
    closest = idl_rule_suggest(name);
    if (closest)
        advise(context, diagnostic, "did you mean '%s'?", closest);
    else
        advise(context, diagnostic, "'busgen explain' lists them all");
    return RULE_COUNT;
}

/* `off RULE reason` behind the mark; RULE_COUNT after saying what is wrong with it. */
static enum rule read_comment(struct context *context, const struct unit *unit, const char *at,
                              const char *end)
{
    const char *word = skip_spaces(at, end);
    const char *stop = skip_word(word, end);
    enum rule rule;

    if (stop - word != 3 || memcmp(word, "off", 3) != 0) {
        report(context, RULE_LINT_COMMENT, span_at(unit, word, stop > word ? stop : word),
               "expected 'off' behind 'lint:'");
        return RULE_COUNT;
    }
    word = skip_spaces(stop, end);
    stop = skip_word(word, end);
    if (stop == word) {
        report(context, RULE_LINT_COMMENT, span_at(unit, word, word),
               "expected the name of a rule");
        return RULE_COUNT;
    }
    rule = named_rule(context, span_at(unit, word, stop));
    if (rule != RULE_COUNT && skip_spaces(stop, end) == end)
        report(context, RULE_LINT_COMMENT, span_at(unit, word, stop),
               "why is '%s' off? A reason is missing", idl_rule_table[rule].id);
    return rule;
}

static uint32_t line_end(const struct unit *unit, uint32_t at)
{
    const char *end = strchr(unit->file.text + at, '\n');

    return end ? (uint32_t)(end - unit->file.text) : (uint32_t)unit->file.size;
}

/* Where the line of `at` begins, when only spaces stand before it; else it is not alone. */
static bool alone(const struct unit *unit, uint32_t at, uint32_t *start)
{
    const char *text = unit->file.text;
    bool spaces = true;

    while (at > 0 && text[at - 1] != '\n') {
        at--;
        spaces = spaces && (text[at] == ' ' || text[at] == '\t');
    }
    *start = at;
    return spaces || at == 0;
}

/* The comment [from, to), `//` included. */
static void take_comment(struct context *context, struct unit *unit, uint32_t from, uint32_t to)
{
    const char *text = unit->file.text;
    const char *at = skip_spaces(text + from + 2, text + to);
    struct lint_state *lint = &unit->lint;
    struct lint_comment *comment;
    enum rule rule;

    if ((size_t)(text + to - at) < sizeof mark - 1 || memcmp(at, mark, sizeof mark - 1) != 0)
        return;
    if (lint->count == LINT_COMMENTS_MAX) {
        report(context, RULE_LINT_COMMENT, span_of(&unit->file, from, to),
               "a file has at most %d such comments; this one and later ones do nothing",
               LINT_COMMENTS_MAX);
        lint->wanted = false;
        return;
    }
    rule = read_comment(context, unit, at + sizeof mark - 1, text + to);
    if (rule == RULE_COUNT)
        return;
    comment = arena_take(context->arena, sizeof *comment);
    comment->rule = rule;
    comment->span = span_of(&unit->file, from, to);
    lint->count++;
    *lint->tail = comment;
    lint->tail = &comment->next;
    if (!alone(unit, from, &comment->from)) {
        comment->to = to;
        return;
    }
    comment->to = UINT32_MAX;
    if (!lint->begun)
        comment->from = 0;
    else if (lint->depth > 0)
        comment->waits = LINT_FOR_LINE;
    else
        comment->waits = LINT_FOR_DECLARATION;
    lint->waits[comment->waits]++;
    if (comment->waits && !lint->waiting)
        lint->waiting = comment;
}

/* The comments between two tokens. */
static void look_between(struct context *context, struct unit *unit, uint32_t from, uint32_t to)
{
    const char *text = unit->file.text;

    while (from + 1 < to) {
        if (text[from] != '/') {
            from++;
        } else if (text[from + 1] == '*') {
            const char *end = strstr(text + from + 2, "*/");

            from = end ? (uint32_t)(end - text) + 2 : to;
        } else {
            uint32_t end = line_end(unit, from);

            if (text[from + 1] == '/' && text[from + 2] != '/')
                take_comment(context, unit, from, end);
            from = end;
        }
    }
}

static void settle(struct unit *unit, enum lint_wait wait, uint32_t to)
{
    struct lint_comment *rest = NULL;

    if (!unit->lint.waits[wait])
        return;
    unit->lint.waits[wait] = 0;
    for (struct lint_comment *comment = unit->lint.waiting; comment; comment = comment->next) {
        if (comment->waits == wait) {
            comment->to = to;
            comment->waits = LINT_FOR_NOTHING;
        }
        if (comment->waits && !rest)
            rest = comment;
    }
    unit->lint.waiting = rest;
}

void lint_token(struct context *context, struct unit *unit, const struct token *token)
{
    struct lint_state *lint = &unit->lint;

    if (!lint->wanted)
        return;
    look_between(context, unit, lint->behind, token->start);
    lint->behind = token->end;
    if (token->kind == TOKEN_DOC)
        return;
    if (lint->waits[LINT_FOR_LINE])
        settle(unit, LINT_FOR_LINE, line_end(unit, token->start));
    lint->begun = true;
    if (token->kind == TOKEN_OPEN)
        lint->depth++;
    else if (token->kind == TOKEN_CLOSE && lint->depth > 0)
        lint->depth--;
    else if (token->kind != TOKEN_SEMICOLON)
        return;
    if (lint->depth == 0)
        settle(unit, LINT_FOR_DECLARATION, token->end);
}

bool lint_accepts(struct context *context, enum rule rule, struct idl_span span)
{
    bool accepted = false;

    if (rule < RULE_FIRST_SETTABLE || !span.file)
        return false;
    for (struct lint_comment *comment = unit_of(span.file)->lint.first; comment;
         comment = comment->next)
        if (comment->rule == rule && comment->from <= span.start && span.start < comment->to)
            accepted = comment->used = true;
    return accepted && lint_wants(context, rule);
}

void lint_finish(struct context *context)
{
    if (context->result->errors)
        return; /* what was not understood may have held the finding */
    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        for (const struct lint_comment *comment = unit->lint.first; comment;
             comment = comment->next)
            if (!comment->used && lint_wants(context, comment->rule))
                report(context, RULE_LINT_UNUSED, comment->span, "there is no finding of '%s' here",
                       idl_rule_table[comment->rule].id);
    }
}
