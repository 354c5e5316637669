/*
 * rules.c - the rules, for diagnostics and for `busgen explain`.
 */
#include "internal.h"

#include <string.h>

const struct idl_rule idl_rule_table[RULE_COUNT] = {
    [RULE_FILE_TOO_LARGE] = {"file-too-large", IDL_ERROR, "", "", "", ""},
    [RULE_NOT_UTF8] = {"not-utf8", IDL_ERROR, "", "", "", ""},
    [RULE_NUL_BYTE] = {"nul-byte", IDL_ERROR, "", "", "", ""},
    [RULE_CONTROL_CHARACTER] = {"control-character", IDL_ERROR, "", "", "", ""},
    [RULE_BIDI_CHARACTER] = {"bidi-character", IDL_ERROR, "", "", "", ""},
    [RULE_UNEXPECTED_CHARACTER] = {"unexpected-character", IDL_ERROR, "", "", "", ""},
    [RULE_UNTERMINATED_COMMENT] = {"unterminated-comment", IDL_ERROR, "", "", "", ""},
    [RULE_UNTERMINATED_STRING] = {"unterminated-string", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_ESCAPE] = {"bad-escape", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_NUMBER] = {"bad-number", IDL_ERROR, "", "", "", ""},
    [RULE_MISSING_BUS] = {"missing-bus", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_SYMBOL] = {"expected-symbol", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_NAME] = {"expected-name", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_TYPE] = {"expected-type", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_VALUE] = {"expected-value", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_WORD] = {"expected-word", IDL_ERROR, "", "", "", ""},
    [RULE_EXPECTED_DECLARATION] = {"expected-declaration", IDL_ERROR, "", "", "", ""},
    [RULE_UNEXPECTED_ITEM] = {"unexpected-item", IDL_ERROR, "", "", "", ""},
    [RULE_UNCLOSED_BLOCK] = {"unclosed-block", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_ORDER] = {"import-order", IDL_ERROR, "", "", "", ""},
    [RULE_NESTING_TOO_DEEP] = {"nesting-too-deep", IDL_ERROR, "", "", "", ""},
    [RULE_MISSING_NUMBER] = {"missing-number", IDL_ERROR, "", "", "", ""},
    [RULE_UNEXPECTED_NUMBER] = {"unexpected-number", IDL_ERROR, "", "", "", ""},
    [RULE_UNKNOWN_SETTING] = {"unknown-setting", IDL_ERROR, "", "", "", ""},
    [RULE_UNKNOWN_MODIFIER] = {"unknown-modifier", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_MODIFIER] = {"duplicate-modifier", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_SETTING] = {"duplicate-setting", IDL_ERROR, "", "", "", ""},
    [RULE_NOT_YET] = {"not-yet", IDL_ERROR, "", "", "", ""},
    [RULE_STRAY_DOC] = {"stray-doc", IDL_WARNING, "", "", "", ""},
    [RULE_TOO_MANY_DECLARATIONS] = {"too-many-declarations", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_NAME] = {"bad-name", IDL_ERROR, "", "", "", ""},
    [RULE_NAME_TOO_LONG] = {"name-too-long", IDL_ERROR, "", "", "", ""},
    [RULE_RESERVED_NAME] = {"reserved-name", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_NAME] = {"duplicate-name", IDL_ERROR, "", "", "", ""},
    [RULE_GENERATED_NAME_CLASH] = {"generated-name-clash", IDL_ERROR, "", "", "", ""},
    [RULE_ID_COLLISION] = {"id-collision", IDL_ERROR, "", "", "", ""},
    [RULE_UNKNOWN_TYPE] = {"unknown-type", IDL_ERROR, "", "", "", ""},
    [RULE_UNKNOWN_NAME] = {"unknown-name", IDL_ERROR, "", "", "", ""},
    [RULE_WRONG_KIND] = {"wrong-kind", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_VERSION] = {"bad-version", IDL_ERROR, "", "", "", ""},
    [RULE_SINCE_UNTIL] = {"since-until", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_FIELD_NUMBER] = {"bad-field-number", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_NUMBER] = {"duplicate-number", IDL_ERROR, "", "", "", ""},
    [RULE_NUMBER_HOLE] = {"number-hole", IDL_ERROR, "", "", "", ""},
    [RULE_RESERVED_NUMBER] = {"reserved-number", IDL_ERROR, "", "", "", ""},
    [RULE_UNION_NUMBER] = {"union-number", IDL_ERROR, "", "", "", ""},
    [RULE_MISSING_MAX] = {"missing-max", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_MAX] = {"bad-max", IDL_ERROR, "", "", "", ""},
    [RULE_MAX_NOT_ALLOWED] = {"max-not-allowed", IDL_ERROR, "", "", "", ""},
    [RULE_MESSAGE_TOO_LARGE] = {"message-too-large", IDL_ERROR, "", "", "", ""},
    [RULE_TABLE_TOO_WIDE] = {"table-too-wide", IDL_ERROR, "", "", "", ""},
    [RULE_RECURSIVE_TYPE] = {"recursive-type", IDL_ERROR, "", "", "", ""},
    [RULE_TYPE_TOO_DEEP] = {"type-too-deep", IDL_ERROR, "", "", "", ""},
    [RULE_VECTOR_ELEMENT] = {"vector-element", IDL_ERROR, "", "", "", ""},
    [RULE_ARRAY_ELEMENT] = {"array-element", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_ARRAY_COUNT] = {"bad-array-count", IDL_ERROR, "", "", "", ""},
    [RULE_OPTIONAL_NOT_ALLOWED] = {"optional-not-allowed", IDL_ERROR, "", "", "", ""},
    [RULE_STRUCT_FIELD] = {"struct-field", IDL_ERROR, "", "", "", ""},
    [RULE_UNION_ARM] = {"union-arm", IDL_ERROR, "", "", "", ""},
    [RULE_EMPTY_DECLARATION] = {"empty-declaration", IDL_ERROR, "", "", "", ""},
    [RULE_ENUM_BASE] = {"enum-base", IDL_ERROR, "", "", "", ""},
    [RULE_ENUM_ZERO] = {"enum-zero", IDL_ERROR, "", "", "", ""},
    [RULE_ENUM_RANGE] = {"enum-range", IDL_ERROR, "", "", "", ""},
    [RULE_FLAGS_RANGE] = {"flags-range", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_VALUE] = {"duplicate-value", IDL_ERROR, "", "", "", ""},
    [RULE_CONST_TYPE] = {"const-type", IDL_ERROR, "", "", "", ""},
    [RULE_CONST_CYCLE] = {"const-cycle", IDL_ERROR, "", "", "", ""},
    [RULE_VALUE_TYPE] = {"value-type", IDL_ERROR, "", "", "", ""},
    [RULE_VALUE_RANGE] = {"value-range", IDL_ERROR, "", "", "", ""},
    [RULE_UNKNOWN_VALUE] = {"unknown-value", IDL_ERROR, "", "", "", ""},
    [RULE_DEFAULT_NOT_ALLOWED] = {"default-not-allowed", IDL_ERROR, "", "", "", ""},
    [RULE_KEY_TYPE] = {"key-type", IDL_ERROR, "", "", "", ""},
    [RULE_KEY_TWICE] = {"key-twice", IDL_ERROR, "", "", "", ""},
    [RULE_KEY_OPTIONAL] = {"key-optional", IDL_ERROR, "", "", "", ""},
    [RULE_KEY_PLACE] = {"key-place", IDL_ERROR, "", "", "", ""},
    [RULE_KEY_REMOVED] = {"key-removed", IDL_ERROR, "", "", "", ""},
    [RULE_POLICY_CONFLICT] = {"policy-conflict", IDL_ERROR, "", "", "", ""},
    [RULE_UNUSED_POLICY] = {"unused-policy", IDL_WARNING, "", "", "", ""},
    [RULE_DROP_OLDEST_COMMAND] = {"drop-oldest-command", IDL_ERROR, "", "", "", ""},
    [RULE_DROP_OLDEST_CRITICAL] = {"drop-oldest-critical", IDL_ERROR, "", "", "", ""},
    [RULE_BLOCK_DURATION] = {"block-duration", IDL_ERROR, "", "", "", ""},
    [RULE_BAD_DURATION] = {"bad-duration", IDL_ERROR, "", "", "", ""},
    [RULE_SETTING_NOT_ALLOWED] = {"setting-not-allowed", IDL_ERROR, "", "", "", ""},
    [RULE_SYSTEM_EVENT] = {"system-event", IDL_ERROR, "", "", "", ""},
    [RULE_ANSWER_NAME] = {"answer-name", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_ANSWER] = {"duplicate-answer", IDL_ERROR, "", "", "", ""},
    [RULE_HANDLES_EVENT] = {"handles-event", IDL_ERROR, "", "", "", ""},
    [RULE_LISTENS_COMMAND] = {"listens-command", IDL_ERROR, "", "", "", ""},
    [RULE_EMITS_COMMAND] = {"emits-command", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_BINDING] = {"duplicate-binding", IDL_ERROR, "", "", "", ""},
    [RULE_PARALLEL_SERIAL] = {"parallel-serial", IDL_ERROR, "", "", "", ""},
    [RULE_EMPTY_PROGRAM] = {"empty-program", IDL_ERROR, "", "", "", ""},
    [RULE_DUPLICATE_COMPONENT] = {"duplicate-component", IDL_ERROR, "", "", "", ""},
    [RULE_COMMAND_HANDLED_TWICE] = {"command-handled-twice", IDL_ERROR, "", "", "", ""},
    [RULE_COMMAND_UNHANDLED] = {"command-unhandled", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_ABSOLUTE] = {"import-absolute", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_ESCAPE] = {"import-escape", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_CYCLE] = {"import-cycle", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_MISSING] = {"import-missing", IDL_ERROR, "", "", "", ""},
    [RULE_IMPORT_TWICE] = {"import-twice", IDL_ERROR, "", "", "", ""},
    [RULE_UNUSED_IMPORT] = {"unused-import", IDL_WARNING, "", "", "", ""},
    [RULE_BUS_NAME_CLASH] = {"bus-name-clash", IDL_ERROR, "", "", "", ""},
    [RULE_TOO_MANY_FILES] = {"too-many-files", IDL_ERROR, "", "", "", ""},
};

const struct idl_rule *idl_rules(size_t *count)
{
    *count = RULE_COUNT;
    return idl_rule_table;
}

const struct idl_rule *idl_rule_find(const char *id)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (strcmp(idl_rule_table[i].id, id) == 0)
            return &idl_rule_table[i];
    return NULL;
}

const char *idl_rule_suggest(const char *id)
{
    const char *ids[RULE_COUNT];

    for (size_t i = 0; i < RULE_COUNT; i++)
        ids[i] = idl_rule_table[i].id;
    return idl_closest(id, ids, RULE_COUNT);
}
