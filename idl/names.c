/*
 * names.c - which identifiers are good.
 *
 * Names are lower-case words joined by single underscores: C names are made of them by joining with
 * underscores and by upper-casing, and neither must be ambiguous. Fields, arms, messages and
 * components become members of C structs as they are, so keywords of C and C++ and the macros of
 * common headers are out; enumerators and constants always carry a prefix.
 */
#include "parse.h"

#include <string.h>

/* All sorted, for the search by halves. */
static const char *const c_words[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "assert",
    "atomic_cancel",
    "atomic_commit",
    "atomic_noexcept",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "complex",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "i386",
    "if",
    "imaginary",
    "inline",
    "int",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "noreturn",
    "not",
    "not_eq",
    "nullptr",
    "offsetof",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "reflexpr",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "setjmp",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "switch",
    "synchronized",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "typeof_unqual",
    "union",
    "unix",
    "unsigned",
    "using",
    "va_arg",
    "va_copy",
    "va_end",
    "va_start",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
};

/* Types of the language itself and of FlatBuffers: nothing may be declared by these names. */
static const char *const type_words[] = {
    "byte",   "bytes", "duration", "f32",    "f64",   "float32", "float64", "i16",    "i32",
    "i64",    "i8",    "int16",    "int32",  "int64", "int8",    "none",    "null",   "string",
    "time",   "u16",   "u32",      "u64",    "u8",    "ubyte",   "uint",    "uint16", "uint32",
    "uint64", "uint8", "ulong",    "ushort", "uuid",  "vector",
};

static bool among(const char *const *words, size_t count, const char *name)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        int order = strcmp(name, words[middle]);

        if (order == 0)
            return true;
        if (order < 0)
            count = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool is_lower(char letter)
{
    return letter >= 'a' && letter <= 'z';
}

static bool is_upper(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

static bool well_formed(const char *name)
{
    if (!is_lower(*name))
        return false;
    for (; *name; name++) {
        if (is_upper(*name) || (name[0] == '_' && (name[1] == '_' || !name[1])))
            return false;
    }
    return true;
}

/* The name as it should be: "OrderPlaced" to "order_placed". Empty when nothing is left. */
static void mend(const char *name, char mended[2 * IDL_NAME_MAX + 1])
{
    char *out = mended;

    for (const char *at = name; *at && out < mended + 2 * IDL_NAME_MAX - 1; at++) {
        bool word = is_upper(*at) && at > name && !is_upper(at[-1]);

        if ((word || *at == '_') && out > mended && out[-1] != '_')
            *out++ = '_';
        if (*at != '_')
            *out++ = (char)(is_upper(*at) ? *at - 'A' + 'a' : *at);
    }
    while (out > mended && out[-1] == '_')
        out--;
    *out = '\0';
}

/* By what a well-formed name is taken; NULL: it is free. */
static const char *taken_by(const char *name, enum name_role role)
{
    if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
        return "by a value of bool";
    if (role != NAME_VALUE && among(c_words, sizeof c_words / sizeof *c_words, name))
        return "in C or C++";
    if (role == NAME_DECLARED && among(type_words, sizeof type_words / sizeof *type_words, name))
        return "by a built-in type, here or in FlatBuffers";
    return NULL;
}

void name_check(struct context *context, struct idl_span span, const char *name,
                enum name_role role)
{
    char mended[2 * IDL_NAME_MAX + 1];
    const char *taken;
    struct idl_diagnostic *diagnostic;

    if (span.end - span.start > IDL_NAME_MAX) {
        report(context, RULE_NAME_TOO_LONG, span, "a name has at most %d characters", IDL_NAME_MAX);
        return;
    }
    if (!well_formed(name)) {
        diagnostic = report(context, RULE_BAD_NAME, span,
                            "'%s' is not lower-case words joined by single underscores", name);
        mend(name, mended);
        if (is_lower(*mended))
            advise(context, diagnostic, "write '%s%s'", mended,
                   taken_by(mended, role) != NULL ? "_value" : "");
        return;
    }
    taken = taken_by(name, role);
    if (taken != NULL)
        advise(context, report(context, RULE_RESERVED_NAME, span, "'%s' is taken %s", name, taken),
               "take another name, as '%s_value'", name);
}
