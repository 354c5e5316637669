/* rules.c - the rules of the comparison, for findings and for `busgen explain`. */
#include "breaking/internal.h"

#include <string.h>

const struct breaking_rule breaking_rule_table[BREAKING_RULE_COUNT] = {
#include "breaking/rules.inc"
};

const struct breaking_rule *breaking_rules(size_t *count)
{
    *count = BREAKING_RULE_COUNT;
    return breaking_rule_table;
}

const struct breaking_rule *breaking_rule_find(const char *id)
{
    for (size_t i = 0; i < BREAKING_RULE_COUNT; i++)
        if (strcmp(breaking_rule_table[i].rule.id, id) == 0)
            return &breaking_rule_table[i];
    return NULL;
}

const char *breaking_rule_suggest(const char *id)
{
    const char *ids[BREAKING_RULE_COUNT];

    for (size_t i = 0; i < BREAKING_RULE_COUNT; i++)
        ids[i] = breaking_rule_table[i].rule.id;
    return idl_closest(id, ids, BREAKING_RULE_COUNT);
}

static const char *const category_names[] = {"wire", "json", "source", "behaviour"};

unsigned breaking_category_find(const char *name, size_t size)
{
    for (unsigned i = 0; i < 4; i++)
        if (strlen(category_names[i]) == size && memcmp(category_names[i], name, size) == 0)
            return 1U << i;
    return 0;
}

const char *breaking_category_text(unsigned categories)
{
    static const char *const texts[BREAKING_ALL + 1] = {
        "",
        "wire",
        "json",
        "wire, json",
        "source",
        "wire, source",
        "json, source",
        "wire, json, source",
        "behaviour",
        "wire, behaviour",
        "json, behaviour",
        "wire, json, behaviour",
        "source, behaviour",
        "wire, source, behaviour",
        "json, source, behaviour",
        "wire, json, source, behaviour",
    };

    return texts[categories & BREAKING_ALL];
}
