/*
 * breaking.c - compares two schemas: their buses, and the list of findings.
 *
 * Types are compared where a message has them, each pair once, so that a finding knows a way on
 * which a message shows it; what no message has follows. Findings are put in order at the end: as
 * the newer schema is written, main file first.
 */
#include "breaking/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

static void compare_versions(struct breaking *b)
{
    uint32_t before = b->old_bus->version;
    uint32_t now = b->new_bus->version;
    const char *element = b->new_bus->decl.name;
    struct breaking_finding *finding;

    if (now > before)
        return;
    if (now < before) {
        finding =
            breaking_add(b, BREAKING_VERSION_LOWERED, element, &b->old_bus->decl, &b->new_bus->decl,
                         join(b->memory, "version ", decimal(b->memory, now),
                              " comes after version ", decimal(b->memory, before), NULL));
        finding->advice = "versions only go up";
        return;
    }
    if (breaking_same(b->old_bus, b->new_bus))
        return;
    finding =
        breaking_add(b, BREAKING_VERSION_NOT_RAISED, element, &b->old_bus->decl, &b->new_bus->decl,
                     join(b->memory, breaking_quote(b, element),
                          " has changed, but both say version ", decimal(b->memory, now), NULL));
    finding->advice = join(b->memory, "raise it to ", decimal(b->memory, (uint64_t)now + 1), NULL);
}

/* ---- buses ---- */

static void compare_buses(struct breaking *b)
{
    compare_versions(b);
    breaking_messages(b);
    breaking_types(b);
    breaking_wiring(b);
    breaking_programs(b);
}

/* The buses that `bus` imports, and theirs, each once, behind those in `list`. */
static size_t collect(const struct idl_bus *bus, const struct idl_bus **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == bus)
            return count;
    list[count++] = bus;
    for (uint32_t i = 0; i < bus->import_count; i++)
        count = collect(bus->imports[i], list, count);
    return count;
}

static const struct idl_bus *find_bus(const struct idl_bus *const *list, size_t count,
                                      const char *name)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(list[i]->decl.name, name) == 0)
            return list[i];
    return NULL;
}

/* ---- order ---- */

int breaking_order(const struct breaking_finding *a, const struct breaking_finding *b)
{
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->place.start != b->place.start)
        return a->place.start < b->place.start ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return strcmp(a->element, b->element) != 0 ? strcmp(a->element, b->element)
                                               : strcmp(a->text, b->text);
}

static int by_order(const void *left, const void *right)
{
    return breaking_order(left, right);
}

void breaking_compare(struct memory *memory, const struct idl_bus *older,
                      const struct idl_bus *newer, struct breaking_findings *findings)
{
    struct breaking b = {.memory = memory, .findings = findings};
    const struct idl_bus *old_buses[IDL_FILES_MAX + 1];
    const struct idl_bus *new_buses[IDL_FILES_MAX + 1];
    size_t old_count = collect(older, old_buses, 0);
    size_t new_count = collect(newer, new_buses, 0);

    *findings = (struct breaking_findings){NULL, 0};
    b.buses = new_buses;
    b.bus_count = new_count;
    for (size_t i = 0; i < new_count; i++) {
        b.new_bus = new_buses[i];
        b.old_bus = i == 0 ? older : find_bus(old_buses, old_count, new_buses[i]->decl.name);
        if (b.old_bus != NULL)
            compare_buses(&b);
    }
    free(b.pairs.slots);
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof(*findings->items), by_order);
}

bool breaking_same_schema(const struct idl_bus *a, const struct idl_bus *b)
{
    const struct idl_bus *a_buses[IDL_FILES_MAX + 1];
    const struct idl_bus *b_buses[IDL_FILES_MAX + 1];
    size_t a_count = collect(a, a_buses, 0);
    size_t b_count = collect(b, b_buses, 0);

    return breaking_same_files(a_buses, a_count, b_buses, b_count);
}
