/* finding.c - a finding of the comparison, and the texts that findings are made of. */
#include "breaking/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct breaking_finding *breaking_add(struct breaking *b, enum breaking_rule_id rule,
                                      const char *element, const struct idl_decl *old_decl,
                                      const struct idl_decl *new_decl, const char *text)
{
    struct breaking_findings *findings = b->findings;
    struct breaking_finding *finding;

    if (findings->count == b->capacity) {
        size_t capacity = b->capacity * 2 + 16;
        struct breaking_finding *items = allocate(b->memory, capacity * sizeof(*items));

        if (findings->count != 0)
            memcpy(items, findings->items, findings->count * sizeof(*items));
        findings->items = items;
        b->capacity = capacity;
    }
    finding = &findings->items[findings->count++];
    memset(finding, 0, sizeof(*finding));
    finding->rule = &breaking_rule_table[rule];
    finding->categories = finding->rule->categories;
    finding->element = element;
    finding->text = text;
    finding->advice = "";
    finding->place = new_decl->span;
    while (finding->file < b->bus_count && b->buses[finding->file]->file != finding->place.file)
        finding->file++;
    finding->before_text = "before";
    if (old_decl != NULL)
        finding->before = old_decl->span;
    finding->old_bus = b->old_bus;
    finding->new_bus = b->new_bus;
    return finding;
}

const char *breaking_quote(struct breaking *b, const char *name)
{
    return join(b->memory, "'", name, "'", NULL);
}

const char *breaking_element(struct breaking *b, const char *element, const char *name)
{
    return join(b->memory, element, ".", name, NULL);
}

const char *breaking_name(struct breaking *b, const struct idl_decl *decl)
{
    return breaking_element(b, decl->file->bus->decl.name, decl->name);
}

const char *breaking_signed(struct breaking *b, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    return join(b->memory, text, NULL);
}

const char *breaking_duration(struct breaking *b, uint64_t ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"h", 3600000000000U}, {"m", 60000000000U}, {"s", 1000000000U},
                 {"ms", 1000000U},      {"us", 1000U},       {"ns", 1}};
    size_t i = 0;

    if (ns == 0)
        return "0s";
    while (ns % units[i].ns != 0)
        i++;
    return join(b->memory, decimal(b->memory, ns / units[i].ns), units[i].unit, NULL);
}

/* ---- versions ---- */

static bool says_gone(const struct idl_decl *decl)
{
    return decl->until != 0;
}

void breaking_lifetime(struct breaking *b, const char *element, const struct idl_decl *owner,
                       const struct idl_decl *older, const struct idl_decl *newer)
{
    struct memory *memory = b->memory;
    const struct idl_bus *old_bus = (older != NULL ? older : owner)->file->bus;
    const struct idl_bus *new_bus = newer->file->bus;
    uint32_t version = old_bus->version;
    const char *name = breaking_quote(b, newer->name);
    const char *shown = decimal(memory, version);
    struct breaking_finding *finding = NULL;

    if (new_bus->version <= version)
        return; /* version-not-raised says more */
    if (older == NULL && newer->since == 0 && !newer->removed) {
        finding = breaking_add(
            b, BREAKING_SINCE_MISSING, element, &old_bus->decl, newer,
            join(memory, name, " is not in version ", shown, ", and says no 'since'", NULL));
    } else if (older == NULL && newer->since != 0 && newer->since <= version &&
               (newer->until == 0 || newer->until >= version)) {
        finding = breaking_add(b, BREAKING_SINCE_WRONG, element, &old_bus->decl, newer,
                               join(memory, name, " says 'since ", decimal(memory, newer->since),
                                    "', but version ", shown, " does not have it", NULL));
    } else if (older != NULL && (older->since > 1 || newer->since > 1) &&
               older->since != newer->since) {
        finding = breaking_add(
            b, BREAKING_SINCE_WRONG, element, older, newer,
            join(memory, name, newer->since != 0 ? " says 'since " : " says no 'since",
                 newer->since != 0 ? decimal(memory, newer->since) : "", "', but in version ",
                 shown, older->since != 0 ? " it says 'since " : " it says none",
                 older->since != 0 ? decimal(memory, older->since) : "",
                 older->since != 0 ? "'" : "", NULL));
    } else if (older != NULL && !older->removed && says_gone(newer) && newer->until < version) {
        finding = breaking_add(b, BREAKING_UNTIL_WRONG, element, older, newer,
                               join(memory, name, " says 'until ", decimal(memory, newer->until),
                                    "', but version ", shown, " still has it", NULL));
    } else if (older != NULL && older->removed && !newer->removed) {
        finding = breaking_add(b, BREAKING_UNTIL_WRONG, element, older, newer,
                               join(memory, name, " is back: version ", shown, " said 'until ",
                                    decimal(memory, older->until), "'", NULL));
    }
    if (finding != NULL) {
        finding->before_text = join(memory, "version ", shown, NULL);
        finding->advice = older == NULL ? join(memory, "say 'since ",
                                               decimal(memory, new_bus->version), "'", NULL)
                                        : "what was said of versions that are out stays as it was";
    }
}
