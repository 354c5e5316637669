/*
 * parse_setting.c - the settings of messages and policies.
 */
#include "parse.h"

#include <string.h>

static const struct choice priorities[] = {
    {"critical", IDL_CRITICAL}, {"high", IDL_HIGH}, {"normal", IDL_NORMAL},
    {"low", IDL_LOW},           {"idle", IDL_IDLE},
};
static const struct choice fulls[] = {
    {"reject_new", IDL_REJECT_NEW}, {"drop_oldest", IDL_DROP_OLDEST}, {"block", IDL_BLOCK},
    {"rate_limit", IDL_RATE_LIMIT}, {"dead_letter", IDL_DEAD_LETTER},
};
static const struct choice kinds[] = {{"domain", IDL_DOMAIN_EVENT},
                                      {"system", IDL_SYSTEM_EVENT},
                                      {"integration", IDL_INTEGRATION_EVENT}};
static const struct choice jitters[] = {
    {"half", IDL_JITTER_HALF}, {"full", IDL_JITTER_FULL}, {"none", IDL_JITTER_NONE}};
static const struct choice on_opens[] = {{"fail", IDL_ON_OPEN_FAIL},
                                         {"park", IDL_ON_OPEN_PARK},
                                         {"dead_letter", IDL_ON_OPEN_DEAD_LETTER}};

bool parse_choice(struct parser *parser, const struct choice *choices, size_t count,
                  const char *text, uint32_t *value)
{
    struct idl_span span = here(parser);
    const char *words[CHOICES_MAX];
    struct idl_diagnostic *diagnostic;

    for (size_t i = 0; i < count; i++)
        offer_text(parser, choices[i].text);
    if (at(parser, TOKEN_NAME)) {
        for (size_t i = 0; i < count; i++) {
            if (strlen(choices[i].text) == span.end - span.start &&
                memcmp(choices[i].text, span.file->text + span.start, span.end - span.start) == 0) {
                *value = choices[i].value;
                advance(parser);
                return true;
            }
            words[i] = choices[i].text;
        }
    }
    diagnostic = wrong(parser, RULE_EXPECTED_WORD, text);
    if (diagnostic && at(parser, TOKEN_NAME))
        suggest_words(parser->context, diagnostic, span, words, count);
    return false;
}

/* Takes a word that must come; else says so, with the whole setting as advice. */
static bool expect_word(struct parser *parser, enum word word, const char *text, const char *advice)
{
    struct idl_span span = here(parser);
    const char *known = word_texts[word];
    struct idl_diagnostic *diagnostic;

    if (take_word(parser, word))
        return true;
    diagnostic = wrong(parser, RULE_EXPECTED_WORD, text);
    if (diagnostic && at(parser, TOKEN_NAME))
        suggest_words(parser->context, diagnostic, span, &known, 1);
    if (diagnostic && !diagnostic->advice)
        advise(parser->context, diagnostic, "%s", advice);
    return false;
}

/* `retry;` and `breaker;` */
enum { RETRIES_PRESET = 3, FAILURES_PRESET = 5 };
#define WITHIN_PRESET_NS UINT64_C(60000000000)

static struct limits_node *limits_of(struct parser *parser, struct setting_node *setting)
{
    setting->limits = arena_take(parser->context->arena, sizeof *setting->limits);
    return setting->limits;
}

static bool at_end_of_setting(const struct parser *parser)
{
    return at(parser, TOKEN_SEMICOLON) || at(parser, TOKEN_COMMA) || at(parser, TOKEN_CLOSE);
}

/* What a setting means that stands there alone: a value, as if it had been written. */
static struct value preset(const struct parser *parser, enum value_kind kind, uint64_t magnitude)
{
    return (struct value){.kind = kind,
                          .span = span_of(&parser->unit->file, parser->behind - 1, parser->behind),
                          .magnitude = magnitude};
}

/* when_full = "when_full" ( "reject_new" | "drop_oldest" | "block" value | "rate_limit" |
 *                           "dead_letter" ) */
static bool parse_when_full(struct parser *parser, struct setting_node *setting)
{
    if (!parse_choice(
            parser, fulls, sizeof fulls / sizeof *fulls,
            "expected 'reject_new', 'drop_oldest', 'block', 'rate_limit' or 'dead_letter'",
            &setting->choice))
        return false;
    if (setting->choice != IDL_BLOCK)
        return true;
    if (at_end_of_setting(parser)) {
        advise(parser->context,
               report(parser->context, RULE_BLOCK_DURATION,
                      span_of(&parser->unit->file, parser->behind - 5, parser->behind),
                      "'block' needs the longest time that it may wait"),
               "write 'when_full block 50ms'");
        setting->duration.kind = VALUE_WRONG;
        return true;
    }
    return parse_value(parser, &setting->duration);
}

/* retry = "retry" ( "off" | [ value [ "budget" value ] ] ) */
static bool parse_retry(struct parser *parser, struct setting_node *setting)
{
    struct limits_node *limits;

    setting->off = take_word(parser, WORD_OFF);
    if (setting->off)
        return true;
    limits = limits_of(parser, setting);
    if (at_end_of_setting(parser)) {
        limits->count = preset(parser, VALUE_INTEGER, RETRIES_PRESET);
        return true;
    }
    if (!parse_value(parser, &limits->count))
        return false;
    return !take_word(parser, WORD_BUDGET) || parse_value(parser, &limits->share);
}

/* Whether a factor comes, 'x' and a number in one word: x2, x1.5. */
static bool at_factor(const struct parser *parser)
{
    const char *text = parser->unit->file.text + parser->token.start;

    return at(parser, TOKEN_NAME) && text[0] == 'x' && text[1] >= '0' && text[1] <= '9';
}

static void parse_factor(struct parser *parser, struct value *value)
{
    struct token number = parser->token;
    const struct token *next = &parser->next.token;

    number.kind = TOKEN_NUMBER;
    number.start++;
    advance(parser);
    /* A name ends before the point, which the number behind it continues. */
    if (at(parser, TOKEN_DOT) && parser->token.start == number.end && next->kind == TOKEN_NUMBER &&
        next->start == parser->token.end) {
        number.end = next->end;
        advance(parser);
        advance(parser);
    }
    number_read(parser->context, &parser->unit->file, number, value);
}

/* backoff = "backoff" value ".." value [ "x" NUMBER ] [ "jitter" ( "half" | "full" | "none" ) ] */
static bool parse_backoff(struct parser *parser, struct setting_node *setting)
{
    struct limits_node *limits = limits_of(parser, setting);
    struct idl_diagnostic *diagnostic;

    setting->choice = IDL_JITTER_HALF;
    if (!parse_value(parser, &setting->duration))
        return false;
    if (!take(parser, TOKEN_RANGE)) {
        diagnostic = wrong(parser, RULE_EXPECTED_SYMBOL, "expected '..' and the longest delay");
        if (diagnostic)
            advise(parser->context, diagnostic, "write 'backoff 100ms..10s'");
        return false;
    }
    if (!parse_value(parser, &limits->longest))
        return false;
    if (at_factor(parser))
        parse_factor(parser, &limits->factor);
    return !take_word(parser, WORD_JITTER) ||
           parse_choice(parser, jitters, sizeof jitters / sizeof *jitters,
                        "expected 'half', 'full' or 'none'", &setting->choice);
}

/* breaker = "breaker" ( "off" | [ NAME ] [ "opens_after" value "in" value
 *                               [ [ "," ] "probes" value [ "after" value ] ] ] ) */
static bool parse_breaker(struct parser *parser, struct setting_node *setting)
{
    static const char advice[] = "write 'breaker opens_after 5 in 60s'";
    struct limits_node *limits;

    setting->off = take_word(parser, WORD_OFF);
    if (setting->off)
        return true;
    limits = limits_of(parser, setting);
    /* A name with a number behind it is none, but a misspelt opens_after. */
    if (at(parser, TOKEN_NAME) && !at_word(parser, WORD_OPENS_AFTER) &&
        parser->next.token.kind != TOKEN_NUMBER &&
        !expect_name(parser, &limits->name, "expected the breaker's name", NAME_VALUE))
        return false;
    if (at_end_of_setting(parser)) {
        limits->count = preset(parser, VALUE_INTEGER, FAILURES_PRESET);
        setting->duration = preset(parser, VALUE_DURATION, WITHIN_PRESET_NS);
        return true;
    }
    if (!expect_word(parser, WORD_OPENS_AFTER, "expected 'opens_after' and a number of failures",
                     advice) ||
        !parse_value(parser, &limits->count) ||
        !expect_word(parser, WORD_IN, "expected 'in' and a duration", advice) ||
        !parse_value(parser, &setting->duration))
        return false;
    if (at(parser, TOKEN_COMMA) && parser->next.token.word == WORD_PROBES)
        advance(parser);
    if (!take_word(parser, WORD_PROBES))
        return true;
    if (!parse_value(parser, &limits->share))
        return false;
    return !take_word(parser, WORD_AFTER) || parse_value(parser, &limits->longest);
}

/* rate = "rate" value "in" value */
static bool parse_rate(struct parser *parser, struct setting_node *setting)
{
    static const char advice[] = "write 'rate 1000 in 1s'";

    return parse_value(parser, &limits_of(parser, setting)->count) &&
           expect_word(parser, WORD_IN, "expected 'in' and a duration", advice) &&
           parse_value(parser, &setting->duration);
}

/* A duration, or that there is none. */
static bool parse_time(struct parser *parser, struct setting_node *setting)
{
    setting->off = take_word(parser, WORD_OFF);
    return setting->off || parse_value(parser, &setting->duration);
}

static const enum word setting_words[SETTING_KINDS] = {
    [SETTING_PRIORITY] = WORD_PRIORITY,
    [SETTING_WHEN_FULL] = WORD_WHEN_FULL,
    [SETTING_DEADLINE] = WORD_DEADLINE,
    [SETTING_IDEMPOTENT] = WORD_IDEMPOTENT,
    [SETTING_KIND] = WORD_KIND,
    [SETTING_DURABLE] = WORD_DURABLE,
    [SETTING_KEEP] = WORD_KEEP,
    [SETTING_RATE] = WORD_RATE,
    [SETTING_RETRY] = WORD_RETRY,
    [SETTING_BACKOFF] = WORD_BACKOFF,
    [SETTING_BREAKER] = WORD_BREAKER,
    [SETTING_ON_OPEN] = WORD_ON_OPEN,
    [SETTING_TIMEOUT] = WORD_TIMEOUT,
    [SETTING_RECOVER] = WORD_RECOVER,
    [SETTING_DEAD_LETTERS] = WORD_DEAD_LETTERS,
    [SETTING_ORDERED] = WORD_ORDERED,
    [SETTING_APPROVAL] = WORD_APPROVAL,
};

void offer_settings(const struct parser *parser)
{
    offer(parser, setting_words, SETTING_KINDS);
}

/* SETTING_KINDS: of none. */
static enum setting_kind setting_of(enum word word)
{
    uint32_t kind = 0;

    while (kind < SETTING_KINDS && setting_words[kind] != word)
        kind++;
    return (enum setting_kind)kind;
}

bool is_setting(enum word word)
{
    return setting_of(word) != SETTING_KINDS;
}

const char *setting_text(enum setting_kind kind)
{
    return kind == SETTING_KEEP ? "keep last" : word_texts[setting_words[kind]];
}

static bool parse_setting_value(struct parser *parser, struct setting_node *setting)
{
    switch (setting->kind) {
    case SETTING_PRIORITY:
        return parse_choice(parser, priorities, sizeof priorities / sizeof *priorities,
                            "expected 'critical', 'high', 'normal', 'low' or 'idle'",
                            &setting->choice);
    case SETTING_WHEN_FULL:
        return parse_when_full(parser, setting);
    case SETTING_DEADLINE:
        return parse_value(parser, &setting->duration);
    case SETTING_KIND:
        return parse_choice(parser, kinds, sizeof kinds / sizeof *kinds,
                            "expected 'domain', 'system' or 'integration'", &setting->choice);
    case SETTING_RATE:
        return parse_rate(parser, setting);
    case SETTING_RETRY:
        return parse_retry(parser, setting);
    case SETTING_BACKOFF:
        return parse_backoff(parser, setting);
    case SETTING_BREAKER:
        return parse_breaker(parser, setting);
    case SETTING_ON_OPEN:
        return parse_choice(parser, on_opens, sizeof on_opens / sizeof *on_opens,
                            "expected 'fail', 'park' or 'dead_letter'", &setting->choice);
    case SETTING_TIMEOUT:
    case SETTING_APPROVAL:
        return parse_time(parser, setting);
    case SETTING_RECOVER:
        return expect_word(parser, WORD_BY, "expected 'by category'",
                           "write 'recover by category'") &&
               expect_word(parser, WORD_CATEGORY, "expected 'category'",
                           "write 'recover by category'");
    case SETTING_DEAD_LETTERS:
        setting->off = true;
        return expect_word(parser, WORD_OFF, "expected 'off'",
                           "dead letters are kept unless 'dead_letters off' says otherwise");
    case SETTING_KEEP:
        return expect_word(parser, WORD_LAST, "expected 'last'", "write 'keep last'");
    default: /* idempotent, durable, ordered */
        return true;
    }
}

/* setting = one of the above */
static bool parse_setting(struct parser *parser, struct body_node *body)
{
    struct setting_node *setting;
    struct setting_node **tail = &body->settings;

    if (!node_room(parser->context, here(parser), 1))
        return false;
    setting = arena_take(parser->context->arena, sizeof *setting);
    setting->span = here(parser);
    setting->kind = setting_of(parser->token.word);
    advance(parser);
    if (!parse_setting_value(parser, setting))
        return false;
    setting->span.end = parser->behind;
    /* At most one of each kind is kept, so this loop is short. */
    for (; *tail; tail = &(*tail)->next)
        if ((*tail)->kind == setting->kind) {
            struct idl_diagnostic *diagnostic =
                report(parser->context, RULE_DUPLICATE_SETTING, setting->span, "'%s' is set twice",
                       setting_text(setting->kind));

            partner(diagnostic, (*tail)->span, "first set here");
            advise(parser->context, diagnostic, "keep one of the two");
            return true;
        }
    *tail = setting;
    return true;
}

/* settings = setting { "," setting } ";" */
bool parse_settings(struct parser *parser, struct body_node *body, enum body_kind kind)
{
    do {
        offer_settings(parser);
        if (!at(parser, TOKEN_NAME)) {
            struct idl_diagnostic *diagnostic =
                wrong(parser, RULE_EXPECTED_SYMBOL, "expected a setting behind ','");

            if (diagnostic)
                advise(parser->context, diagnostic, "remove the ',', or add a setting");
            return false;
        }
        if (!is_setting(parser->token.word))
            return unknown_item(parser, kind);
        if (!parse_setting(parser, body))
            return false;
    } while (take(parser, TOKEN_COMMA));
    return expect_semicolon(parser, " behind the setting");
}
