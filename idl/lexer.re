/*
 * lexer.re - text to tokens, by re2c.
 *
 * The text ends with a NUL that is not part of the file; source_check_text has refused files with
 * NUL bytes and broken UTF-8 before, so a NUL here is the end. Comments are skipped, `///` lines
 * are tokens. The lexer never looks behind the closing NUL: no rule but the last matches it.
 */
#include "internal.h"

#include <string.h>

static void one(const struct lexer *lexer, struct token *token, const unsigned char *start,
                enum token_kind kind)
{
    const unsigned char *text = (const unsigned char *)lexer->file->text;

    token->kind = kind;
    token->word = WORD_NONE;
    token->start = (uint32_t)(start - text);
    token->end = (uint32_t)(lexer->cursor - text);
}

static void word(const struct lexer *lexer, struct token *token, const unsigned char *start,
                 enum word word)
{
    one(lexer, token, start, TOKEN_NAME);
    token->word = word;
}

static struct idl_diagnostic *wrong(const struct lexer *lexer, enum rule rule,
                                    const unsigned char *start, const unsigned char *end,
                                    const char *text)
{
    const unsigned char *from = (const unsigned char *)lexer->file->text;

    return report(lexer->context, rule,
                  span_of(lexer->file, (uint32_t)(start - from), (uint32_t)(end - from)), "%s",
                  text);
}

/* Skips the comment that began at `start`; cursor stands behind its opening. */
static void skip_comment(struct lexer *lexer, const unsigned char *start)
{
    const char *end = strstr((const char *)lexer->cursor, "*/");
    struct idl_diagnostic *diagnostic;

    if (end) {
        lexer->cursor = (const unsigned char *)end + 2;
        return;
    }
    diagnostic = wrong(lexer, RULE_UNTERMINATED_COMMENT, start, start + 2,
                       "this comment does not end before the file does");
    advise(lexer->context, diagnostic, "close it with '*/'");
    lexer->cursor = (const unsigned char *)lexer->file->text + lexer->file->size;
}

/* What no token begins with: one character, all its bytes. */
static void skip_character(struct lexer *lexer, const unsigned char *start)
{
    const unsigned char *text = (const unsigned char *)lexer->file->text;
    struct idl_span span;

    /* A run of characters beyond ASCII is one finding. */
    while (*lexer->cursor >= 0x80)
        lexer->cursor++;
    if (*start < 0x20 || *start == 0x7f)
        return; /* source_check_text has said so */
    span = span_of(lexer->file, (uint32_t)(start - text), (uint32_t)(lexer->cursor - text));
    report(lexer->context, RULE_UNEXPECTED_CHARACTER, span, "'%s' means nothing here",
           quote(lexer->context, span));
}

void lexer_next(struct lexer *lexer, struct token *token)
{
    const unsigned char *start;
    const unsigned char *marker;

again:
    start = lexer->cursor;
    /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = "lexer->cursor";
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;

    letter = [A-Za-z_];
    digit = [0-9];
    alnum = [A-Za-z0-9_];
    line = [^\n\x00]*;

    [\x00] {
        lexer->cursor = start;
        one(lexer, token, start, TOKEN_END);
        return;
    }
    [ \t\n\r]+ { goto again; }
    "////" line { goto again; }
    "///" line { one(lexer, token, start, TOKEN_DOC); return; }
    "//" line { goto again; }
    "/*" { skip_comment(lexer, start); goto again; }

    digit alnum* ("." digit alnum*)? ([eE][+-] digit+)? {
        one(lexer, token, start, TOKEN_NUMBER);
        return;
    }
    ["] ([^"\\\n\x00] | "\\" [^\n\x00])* ["] { one(lexer, token, start, TOKEN_STRING); return; }
    ["] ([^"\\\n\x00] | "\\" [^\n\x00])* [\\]? {
        advise(lexer->context,
               wrong(lexer, RULE_UNTERMINATED_STRING, start, start + 1,
                     "this string does not end on its line"),
               "close it with '\"'");
        one(lexer, token, start, TOKEN_STRING);
        return;
    }

    ";" { one(lexer, token, start, TOKEN_SEMICOLON); return; }
    ":" { one(lexer, token, start, TOKEN_COLON); return; }
    "," { one(lexer, token, start, TOKEN_COMMA); return; }
    "." { one(lexer, token, start, TOKEN_DOT); return; }
    ".." { one(lexer, token, start, TOKEN_RANGE); return; }
    "=" { one(lexer, token, start, TOKEN_EQUALS); return; }
    "?" { one(lexer, token, start, TOKEN_QUESTION); return; }
    "-" { one(lexer, token, start, TOKEN_MINUS); return; }
    "{" { one(lexer, token, start, TOKEN_OPEN); return; }
    "}" { one(lexer, token, start, TOKEN_CLOSE); return; }
    "[" { one(lexer, token, start, TOKEN_SQUARE_OPEN); return; }
    "]" { one(lexer, token, start, TOKEN_SQUARE_CLOSE); return; }
    "(" { one(lexer, token, start, TOKEN_ROUND_OPEN); return; }
    ")" { one(lexer, token, start, TOKEN_ROUND_CLOSE); return; }

    "bus" { word(lexer, token, start, WORD_BUS); return; }
    "version" { word(lexer, token, start, WORD_VERSION); return; }
    "import" { word(lexer, token, start, WORD_IMPORT); return; }
    "const" { word(lexer, token, start, WORD_CONST); return; }
    "enum" { word(lexer, token, start, WORD_ENUM); return; }
    "flags" { word(lexer, token, start, WORD_FLAGS); return; }
    "struct" { word(lexer, token, start, WORD_STRUCT); return; }
    "table" { word(lexer, token, start, WORD_TABLE); return; }
    "union" { word(lexer, token, start, WORD_UNION); return; }
    "policy" { word(lexer, token, start, WORD_POLICY); return; }
    "event" { word(lexer, token, start, WORD_EVENT); return; }
    "command" { word(lexer, token, start, WORD_COMMAND); return; }
    "component" { word(lexer, token, start, WORD_COMPONENT); return; }
    "program" { word(lexer, token, start, WORD_PROGRAM); return; }
    "max" { word(lexer, token, start, WORD_MAX); return; }
    "key" { word(lexer, token, start, WORD_KEY); return; }
    "secret" { word(lexer, token, start, WORD_SECRET); return; }
    "since" { word(lexer, token, start, WORD_SINCE); return; }
    "until" { word(lexer, token, start, WORD_UNTIL); return; }
    "was" { word(lexer, token, start, WORD_WAS); return; }
    "reserved" { word(lexer, token, start, WORD_RESERVED); return; }
    "priority" { word(lexer, token, start, WORD_PRIORITY); return; }
    "when_full" { word(lexer, token, start, WORD_WHEN_FULL); return; }
    "deadline" { word(lexer, token, start, WORD_DEADLINE); return; }
    "idempotent" { word(lexer, token, start, WORD_IDEMPOTENT); return; }
    "use" { word(lexer, token, start, WORD_USE); return; }
    "kind" { word(lexer, token, start, WORD_KIND); return; }
    "returns" { word(lexer, token, start, WORD_RETURNS); return; }
    "fails" { word(lexer, token, start, WORD_FAILS); return; }
    "serial" { word(lexer, token, start, WORD_SERIAL); return; }
    "concurrent" { word(lexer, token, start, WORD_CONCURRENT); return; }
    "handles" { word(lexer, token, start, WORD_HANDLES); return; }
    "listens" { word(lexer, token, start, WORD_LISTENS); return; }
    "emits" { word(lexer, token, start, WORD_EMITS); return; }
    "order" { word(lexer, token, start, WORD_ORDER); return; }
    "parallel" { word(lexer, token, start, WORD_PARALLEL); return; }
    "runs" { word(lexer, token, start, WORD_RUNS); return; }
    "retry" { word(lexer, token, start, WORD_RETRY); return; }
    "budget" { word(lexer, token, start, WORD_BUDGET); return; }
    "backoff" { word(lexer, token, start, WORD_BACKOFF); return; }
    "jitter" { word(lexer, token, start, WORD_JITTER); return; }
    "breaker" { word(lexer, token, start, WORD_BREAKER); return; }
    "opens_after" { word(lexer, token, start, WORD_OPENS_AFTER); return; }
    "in" { word(lexer, token, start, WORD_IN); return; }
    "probes" { word(lexer, token, start, WORD_PROBES); return; }
    "after" { word(lexer, token, start, WORD_AFTER); return; }
    "timeout" { word(lexer, token, start, WORD_TIMEOUT); return; }
    "recover" { word(lexer, token, start, WORD_RECOVER); return; }
    "by" { word(lexer, token, start, WORD_BY); return; }
    "category" { word(lexer, token, start, WORD_CATEGORY); return; }
    "on_open" { word(lexer, token, start, WORD_ON_OPEN); return; }
    "dead_letters" { word(lexer, token, start, WORD_DEAD_LETTERS); return; }
    "ordered" { word(lexer, token, start, WORD_ORDERED); return; }
    "approval" { word(lexer, token, start, WORD_APPROVAL); return; }
    "off" { word(lexer, token, start, WORD_OFF); return; }
    "durable" { word(lexer, token, start, WORD_DURABLE); return; }
    "keep" { word(lexer, token, start, WORD_KEEP); return; }
    "last" { word(lexer, token, start, WORD_LAST); return; }
    "batch" { word(lexer, token, start, WORD_BATCH); return; }
    "within" { word(lexer, token, start, WORD_WITHIN); return; }
    "takes" { word(lexer, token, start, WORD_TAKES); return; }
    "upgrades" { word(lexer, token, start, WORD_UPGRADES); return; }
    "memory" { word(lexer, token, start, WORD_MEMORY); return; }
    "rate" { word(lexer, token, start, WORD_RATE); return; }
    letter alnum* { one(lexer, token, start, TOKEN_NAME); return; }
    * { skip_character(lexer, start); goto again; }
    */
}

const char *const word_texts[WORD_COUNT] = {
    [WORD_NONE] = "",
    [WORD_BUS] = "bus",
    [WORD_VERSION] = "version",
    [WORD_IMPORT] = "import",
    [WORD_CONST] = "const",
    [WORD_ENUM] = "enum",
    [WORD_FLAGS] = "flags",
    [WORD_STRUCT] = "struct",
    [WORD_TABLE] = "table",
    [WORD_UNION] = "union",
    [WORD_POLICY] = "policy",
    [WORD_EVENT] = "event",
    [WORD_COMMAND] = "command",
    [WORD_COMPONENT] = "component",
    [WORD_PROGRAM] = "program",
    [WORD_MAX] = "max",
    [WORD_KEY] = "key",
    [WORD_SECRET] = "secret",
    [WORD_SINCE] = "since",
    [WORD_UNTIL] = "until",
    [WORD_WAS] = "was",
    [WORD_RESERVED] = "reserved",
    [WORD_PRIORITY] = "priority",
    [WORD_WHEN_FULL] = "when_full",
    [WORD_DEADLINE] = "deadline",
    [WORD_IDEMPOTENT] = "idempotent",
    [WORD_USE] = "use",
    [WORD_KIND] = "kind",
    [WORD_RETURNS] = "returns",
    [WORD_FAILS] = "fails",
    [WORD_SERIAL] = "serial",
    [WORD_CONCURRENT] = "concurrent",
    [WORD_HANDLES] = "handles",
    [WORD_LISTENS] = "listens",
    [WORD_EMITS] = "emits",
    [WORD_ORDER] = "order",
    [WORD_PARALLEL] = "parallel",
    [WORD_RUNS] = "runs",
    [WORD_RETRY] = "retry",
    [WORD_BUDGET] = "budget",
    [WORD_BACKOFF] = "backoff",
    [WORD_JITTER] = "jitter",
    [WORD_BREAKER] = "breaker",
    [WORD_OPENS_AFTER] = "opens_after",
    [WORD_IN] = "in",
    [WORD_PROBES] = "probes",
    [WORD_AFTER] = "after",
    [WORD_TIMEOUT] = "timeout",
    [WORD_RECOVER] = "recover",
    [WORD_BY] = "by",
    [WORD_CATEGORY] = "category",
    [WORD_ON_OPEN] = "on_open",
    [WORD_DEAD_LETTERS] = "dead_letters",
    [WORD_ORDERED] = "ordered",
    [WORD_APPROVAL] = "approval",
    [WORD_OFF] = "off",
    [WORD_DURABLE] = "durable",
    [WORD_KEEP] = "keep",
    [WORD_LAST] = "last",
    [WORD_BATCH] = "batch",
    [WORD_WITHIN] = "within",
    [WORD_TAKES] = "takes",
    [WORD_UPGRADES] = "upgrades",
    [WORD_MEMORY] = "memory",
    [WORD_RATE] = "rate",
};

static char escaped(char letter)
{
    switch (letter) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '\\':
    case '"':
        return letter;
    default:
        return 0;
    }
}

const char *lexer_string(struct lexer *lexer, struct token token, uint32_t *size)
{
    const char *text = lexer->file->text;
    const char *from = text + token.start + 1;
    const char *end = text + token.end;
    char *copy;

    if (end > from && end[-1] == '"')
        end--;
    copy = arena_take(lexer->context->arena, (size_t)(end - from) + 1);
    *size = 0;
    for (; from < end; from++) {
        char letter = *from;

        if (letter == '\\') {
            letter = from + 1 < end ? escaped(from[1]) : 0;
            if (!letter) {
                struct idl_diagnostic *diagnostic =
                    wrong(lexer, RULE_BAD_ESCAPE, (const unsigned char *)from,
                          (const unsigned char *)from + (from + 1 < end ? 2 : 1),
                          "unknown escape in a string");
                advise(lexer->context, diagnostic, "known are \\n \\t \\\\ and \\\"");
                return NULL;
            }
            from++;
        }
        copy[(*size)++] = letter;
    }
    return copy;
}
