/*
 * advice.c - what to do, where the place of the finding knows nothing more precise.
 */
#include "internal.h"

static const char *const advices[RULE_COUNT] = {
    [RULE_UNEXPECTED_CHARACTER] = "remove it; names are ASCII letters, digits and underscores",
    [RULE_EXPECTED_SYMBOL] = "idl/GRAMMAR.md has the whole language on one page",
    [RULE_EXPECTED_NAME] = "names are lower-case words joined by underscores, as order_placed",
    [RULE_EXPECTED_TYPE] = "as u32, string max 64, a declared name, or [u32] max 16",
    [RULE_EXPECTED_VALUE] = "as 256, 0xff, 64KiB, 50ms, \"text\", true or the name of a constant",
    [RULE_EXPECTED_WORD] = "write one of these words",
    [RULE_EXPECTED_DECLARATION] = "it is one of const, enum, flags, struct, table, union, policy, "
                                  "event, command, component, program",
    [RULE_UNCLOSED_BLOCK] = "add a '}'",
    [RULE_NESTING_TOO_DEEP] = "one pair of brackets is enough: [u8] max 16",
    [RULE_UNKNOWN_MODIFIER] = "modifiers are max, = value, key, secret, since, until and was",
    [RULE_DUPLICATE_MODIFIER] = "keep one of the two",
    [RULE_DUPLICATE_SETTING] = "keep one of the two",
    [RULE_BAD_NAME] = "begin with a letter, as order_placed",
    [RULE_NAME_TOO_LONG] = "take a shorter name",
    [RULE_DUPLICATE_NAME] = "rename one of the two",
    [RULE_UNKNOWN_TYPE] = "declare it, or import the file that does",
    [RULE_UNKNOWN_NAME] = "declare it, or import the file that does",
    [RULE_WRONG_KIND] = "name something else, or change what it is",
    [RULE_BAD_NUMBER] = "take a smaller one",
    [RULE_SINCE_UNTIL] = "versions are those of the bus: 'since 2 until 3' lives in 2 and 3",
    [RULE_BAD_FIELD_NUMBER] = "number the fields from 1 on",
    [RULE_DUPLICATE_NUMBER] = "take the next free number",
    [RULE_BAD_MAX] = "a message has at most 16777215 bytes",
    [RULE_BAD_ARRAY_COUNT] = "a vector, [u8] max n, may have more elements",
    [RULE_CONST_CYCLE] = "give one of them a value",
    [RULE_VALUE_TYPE] = "values are never converted: change the value or the type",
    [RULE_VALUE_RANGE] = "take another value, or a wider type",
    [RULE_ENUM_RANGE] = "take another value, or a wider base",
    [RULE_UNKNOWN_VALUE] = "take one of its names, or add the value",
    [RULE_KEY_TWICE] = "keep one of the two",
    [RULE_DUPLICATE_ANSWER] = "keep one of the two",
    [RULE_DUPLICATE_BINDING] = "keep one of the two",
    [RULE_DUPLICATE_COMPONENT] = "keep one of the two",
    [RULE_BUS_NAME_CLASH] = "rename one of them: the bus prefixes all names",
    [RULE_LINT_COMMENT] = "write '// lint: off RULE reason'",
    [RULE_LINT_UNUSED] = "remove it",
    [RULE_TOO_MANY_FILES] = "join some of the files",
};

const char *advice_of(const char *rule)
{
    for (uint32_t i = 0; i < RULE_COUNT; i++)
        if (idl_rule_table[i].id == rule)
            return advices[i];
    return NULL;
}
