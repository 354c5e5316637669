/*
 * number.c - what a number token means: integer, size, duration or float.
 */
#include "internal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct suffix {
    const char *text;
    enum value_kind kind;
    uint64_t factor;
};

static const struct suffix suffixes[] = {
    {"ns", VALUE_DURATION, 1},
    {"us", VALUE_DURATION, 1000},
    {"ms", VALUE_DURATION, 1000000},
    {"s", VALUE_DURATION, 1000000000},
    {"m", VALUE_DURATION, UINT64_C(60) * 1000000000},
    {"h", VALUE_DURATION, UINT64_C(3600) * 1000000000},
    {"KiB", VALUE_INTEGER, 1 << 10},
    {"MiB", VALUE_INTEGER, 1 << 20},
    {"GiB", VALUE_INTEGER, 1 << 30},
};

static int digit_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return 99;
}

/* Fails as VALUE_WRONG, reported. */
static void wrong(struct context *context, struct value *value, const char *what,
                  const char *advice)
{
    struct idl_diagnostic *diagnostic =
        report(context, RULE_BAD_NUMBER, value->span, "%s '%s'", what, quote(context, value->span));

    advise(context, diagnostic, "%s", advice);
    value->kind = VALUE_WRONG;
}

static void read_float(struct context *context, const char *text, size_t size, struct value *value)
{
    char copy[64];
    char *end;
    locale_t plain;

    value->kind = VALUE_FLOAT;
    if (size >= sizeof copy) {
        wrong(context, value, "too many digits in", "a float has at most 60 characters");
        return;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    /* The decimal point must not depend on the user's locale. */
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) {
        wrong(context, value, "cannot read", "try again: the system is out of memory");
        return;
    }
    value->real = strtod_l(copy, &end, plain);
    freelocale(plain);
    if (*end)
        wrong(context, value, "malformed number", "write floats as 1.5 or 2.5e-3");
}

static bool read_digits(const char **text, const char *end, unsigned base, uint64_t *number,
                        bool *overflow)
{
    const char *start = *text;
    bool digit = false;

    for (; *text < end; (*text)++) {
        unsigned next = **text == '_' ? 0 : (unsigned)digit_of(**text);

        if (**text == '_') {
            if (!digit)
                return false;
            digit = false;
            continue;
        }
        if (next >= base)
            break;
        digit = true;
        if (*number > (UINT64_MAX - next) / base)
            *overflow = true;
        else
            *number = *number * base + next;
    }
    return *text > start && digit;
}

void number_read(struct context *context, const struct idl_file *file, struct token token,
                 struct value *value)
{
    const char *text = file->text + token.start;
    const char *end = file->text + token.end;
    size_t size = (size_t)(end - text);
    bool overflow = false;
    unsigned base = 10;

    value->span = span_of(file, token.start, token.end);
    value->kind = VALUE_INTEGER;
    value->magnitude = 0;
    if (size > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'b'))
        base = text[1] == 'x' ? 16 : 2;
    if (base == 10 && (memchr(text, '.', size) || memchr(text, 'e', size) ||
                       memchr(text, 'E', size) || memchr(text, '+', size))) {
        read_float(context, text, size, value);
        return;
    }
    if (base == 10 && size > 1 && text[0] == '0' && digit_of(text[1]) < 10) {
        wrong(context, value,
              "a number with a leading zero:", "remove the zero; there are no octal numbers");
        return;
    }
    if (base != 10)
        text += 2;
    if (!read_digits(&text, end, base, &value->magnitude, &overflow)) {
        wrong(context, value, "malformed number", "write 255, 0xff, 0b1111_1111 or 1_000");
        return;
    }
    if (text < end) {
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
            if (strlen(suffixes[i].text) == (size_t)(end - text) &&
                memcmp(suffixes[i].text, text, (size_t)(end - text)) == 0 && base == 10) {
                value->kind = suffixes[i].kind;
                if (value->magnitude > UINT64_MAX / suffixes[i].factor)
                    overflow = true;
                else
                    value->magnitude *= suffixes[i].factor;
                text = end;
                break;
            }
        if (text < end) {
            wrong(context, value, "malformed number",
                  "a unit is one of ns us ms s m h KiB MiB GiB, right behind the digits");
            return;
        }
    }
    if (value->kind == VALUE_DURATION && value->magnitude > INT64_MAX)
        overflow = true;
    if (overflow)
        wrong(context, value, "too large:",
              value->kind == VALUE_DURATION ? "a duration has at most 292 years"
                                            : "integers have at most 64 bits");
}
