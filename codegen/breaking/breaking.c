/*
 * breaking.c - compares two schemas: their buses; puts the findings in order.
 *
 * Types are compared where a message has them, each pair once, so that a finding knows a way on
 * which a message shows it; what no message has follows. Findings are put in order at the end: as
 * the newer schema is written, main file first.
 */
#include "breaking/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
