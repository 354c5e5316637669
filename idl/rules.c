/*
 * rules.c - the rules, for diagnostics and for `busgen explain`.
 */
#include "internal.h"

#include <string.h>

const struct idl_rule idl_rule_table[RULE_COUNT] = {
#include "rules_lint.inc"
#include "rules_model.inc"
#include "rules_text.inc"
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
