/*
 * pipeline/filters.c - what may be published.
 *
 * A filter is a tree of parts in one piece of memory, with its texts; the root is parts[0], the
 * parts of one part lie beside each other. Figures are counted by thread at the filter's slot and
 * summed by who asks; a slot is used again when nobody can be at its filter any more, and what it
 * had by then is the base of the next one.
 */
#include <bus/pipeline.h>

#include "core/registry.h"
#include "pipeline/bucket.h"
#include "pipeline/links.h"

_Static_assert((int)FILTERS_LIMIT == BUS_FILTERS_MAX, "a slot for each");

struct filter_part {
    enum bus_filter_kind kind;
    bool negate;
    const struct bus_message_type *only;
    bus_filter_fn matches;
    bus_filter_facts_fn metadata;
    void *context;
    const struct bus_message_type *type;
    struct bus_session session;
    const char *pattern;
    struct bucket bucket;
    struct filter_part *parts;
    uint32_t part_count;
};

struct filter {
    struct filter_link link; /* first */
    struct filter_counts base;
    char name[BUS_FILTER_NAME_SIZE];
    struct filter_part parts[];
};

/* ---- does it match? ---- */

/* `*` takes as little as possible, and one byte more each time that the rest does not fit. */
static bool name_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool part_matches(struct filter_part *part, const struct bus_filter_facts *facts,
                         const void *message);

static bool parts_match(const struct filter_part *part, const struct bus_filter_facts *facts,
                        const void *message, bool all)
{
    uint32_t i;

    for (i = 0; i < part->part_count; i++)
        if (part_matches(&part->parts[i], facts, message) != all)
            return !all;
    return all;
}

static bool says(struct filter_part *part, const struct bus_filter_facts *facts,
                 const void *message)
{
    switch (part->kind) {
    case BUS_FILTER_CUSTOM:
        return part->matches(part->context, message, facts);
    case BUS_FILTER_METADATA:
        return part->metadata(part->context, facts);
    case BUS_FILTER_TYPE:
        return facts->type == part->type;
    case BUS_FILTER_SESSION:
        /* What a handler publishes has the 16 bits of the generation that fit a cell. */
        return facts->session.index == part->session.index &&
               ((facts->session.generation ^ part->session.generation) & 0xffff) == 0;
    case BUS_FILTER_NAME:
        return name_matches(part->pattern, facts->name);
    case BUS_FILTER_RATE:
        return bucket_take(&part->bucket, bus_now(facts->bus)) == 0;
    case BUS_FILTER_ALL:
        return parts_match(part, facts, message, true);
    case BUS_FILTER_ANY:
        return parts_match(part, facts, message, false);
    }
    return true;
}

static bool part_matches(struct filter_part *part, const struct bus_filter_facts *facts,
                         const void *message)
{
    if (part->only != NULL && part->only != facts->type)
        return true;
    return says(part, facts, message) != part->negate;
}

static bool admit(struct filter_link *link, const struct bus_filter_facts *facts,
                  const void *message)
{
    struct filter *filter = (struct filter *)(void *)link;

    return part_matches(filter->parts, facts, message);
}

/* ---- asking all of them ---- */

static struct bus_filter_facts facts_of(const struct posting *posting)
{
    struct bus_filter_facts facts = {.bus = posting->bus,
                                     .type = posting->route->type,
                                     .name = posting->route->type->name,
                                     .session = posting->session};

    if ((posting->flags & CELL_EXTENDED) != 0) {
        facts.deadline_ns = posting->extension.deadline_ns;
        facts.correlation = posting->extension.correlation;
        facts.causation = posting->extension.causation;
        facts.trace = posting->extension.trace;
    }
    return facts;
}

enum bus_outcome filters_ask(struct posting *posting)
{
    struct thread *thread = posting->thread;
    struct counters *counters = thread_count(thread, posting->route);
    const struct bus_filter_facts facts = facts_of(posting);
    uint32_t active = atomic_load_relaxed_u32(&thread->active);
    struct filter_link *link;

    /* What a filter publishes itself, and what the bus tells, is not asked about. */
    if (thread->walks[ROW_FILTERS].depth != 0 || facts.type->kind == BUS_SYSTEM_EVENT)
        return BUS_QUEUED;
    walk_begin(thread, ROW_FILTERS);
    for (link = row_first(posting->bus, ROW_FILTERS); link != NULL; link = link_next(&link->link)) {
        struct filter_counts *counts = &thread->filter_counts[link->slot];

        if (!link->admit(link, &facts, posting->message)) {
            counter_add(&counts->filtered, 1);
            counter_add(&counters->filtered, 1);
            (void)fail_outcome(BUS_FILTERED, "%s: filter %s said no", facts.name, link->name);
            break;
        }
        counter_add(&counts->passed, 1);
    }
    walk_end(thread, ROW_FILTERS);
    if (link != NULL)
        return BUS_FILTERED;
    /* A publish of the filter's own has left meanwhile, and with it this one (publish_leave). */
    if (atomic_load_relaxed_u32(&thread->active) == active)
        return BUS_QUEUED;
    counter_add(&counters->invalid, 1);
    return fail_outcome(BUS_INVALID, "%s: a filter published or executed a message: it must not",
                        facts.name);
}

/* ---- adding ---- */

struct need {
    uint32_t parts;
    size_t text;
    const char *wrong; /* NULL: nothing */
};

static const char *wrong_with(const struct bus_filter *filter)
{
    switch (filter->kind) {
    case BUS_FILTER_CUSTOM:
        return filter->matches == NULL ? "`matches` is NULL" : NULL;
    case BUS_FILTER_METADATA:
        return filter->metadata == NULL ? "`metadata` is NULL" : NULL;
    case BUS_FILTER_TYPE:
        return filter->type == NULL ? "`type` is NULL" : NULL;
    case BUS_FILTER_SESSION:
        return NULL;
    case BUS_FILTER_NAME:
        if (filter->pattern == NULL)
            return "`pattern` is NULL";
        return strnlen(filter->pattern, BUS_FILTER_NAME_SIZE) == BUS_FILTER_NAME_SIZE
                   ? "`pattern` has more than 63 bytes"
                   : NULL;
    case BUS_FILTER_RATE:
        return filter->per_second == 0 || filter->per_second > 1000000 || filter->burst > 1000000
                   ? "`per_second` is 1 to 1,000,000, `burst` at most that"
                   : NULL;
    case BUS_FILTER_ALL:
    case BUS_FILTER_ANY:
        return filter->parts == NULL && filter->part_count != 0 ? "`parts` is NULL" : NULL;
    }
    return "there is no such kind";
}

static bool has_parts(const struct bus_filter *filter)
{
    return filter->kind == BUS_FILTER_ALL || filter->kind == BUS_FILTER_ANY;
}

static void measure(const struct bus_filter *filter, uint32_t depth, struct need *need)
{
    uint32_t i;

    if (need->wrong == NULL)
        need->wrong = wrong_with(filter);
    if (depth > BUS_FILTER_DEPTH_MAX)
        need->wrong = "its parts lie more than 8 deep";
    else if (++need->parts > BUS_FILTER_PARTS_MAX)
        need->wrong = "it has more than 64 parts";
    if (need->wrong != NULL)
        return;
    if (filter->kind == BUS_FILTER_NAME)
        need->text += strlen(filter->pattern) + 1;
    for (i = 0; has_parts(filter) && i < filter->part_count && need->wrong == NULL; i++)
        measure(&filter->parts[i], depth + 1, need);
}

/* Where the next parts and the next text go. */
struct build {
    struct filter_part *part;
    char *text;
};

static void copy_part(struct filter_part *part, const struct bus_filter *from, struct build *build)
{
    struct filter_part *parts = build->part;
    uint32_t i;

    *part = (struct filter_part){.kind = from->kind,
                                 .negate = from->negate,
                                 .only = from->only,
                                 .matches = from->matches,
                                 .metadata = from->metadata,
                                 .context = from->context,
                                 .type = from->type,
                                 .session = from->session};
    if (from->kind == BUS_FILTER_NAME) {
        size_t size = strlen(from->pattern) + 1;

        part->pattern = memcpy(build->text, from->pattern, size);
        build->text += size;
    }
    if (from->kind == BUS_FILTER_RATE)
        bucket_set(&part->bucket, from->per_second,
                   from->burst != 0 ? from->burst : from->per_second);
    if (!has_parts(from))
        return;
    part->parts = parts;
    part->part_count = from->part_count;
    build->part += from->part_count;
    for (i = 0; i < from->part_count; i++)
        copy_part(&parts[i], &from->parts[i], build);
}

/* What all threads have counted at the slot. */
static struct filter_counts slot_sum(const struct bus *bus, uint32_t slot)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);
    struct filter_counts sum = {0, 0};

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread == NULL)
            continue;
        sum.passed += atomic_load_acquire_u64(&thread->filter_counts[slot].passed);
        sum.filtered += atomic_load_acquire_u64(&thread->filter_counts[slot].filtered);
    }
    return sum;
}

static enum bus_status add(struct bus *bus, const struct bus_filter *filter,
                           const struct need *need, uint64_t *id)
{
    size_t bytes = sizeof(struct filter) + need->parts * sizeof(struct filter_part) + need->text;
    const char *name = filter->name != NULL ? filter->name : "filter";
    struct filter *made;
    struct build build;

    links_sweep(bus);
    if (bus->links.filter_slots == UINT32_MAX)
        return fail_status(BUS_ERR_LIMIT, "bus %s: it has %d filters already", bus->name,
                           BUS_FILTERS_MAX);
    made = bus_take_memory(bus, bytes, CACHE_LINE);
    if (made == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for filter %s", bus->name, name);
    build = (struct build){made->parts + 1, (char *)(made->parts + need->parts)};
    copy_part(made->parts, filter, &build);
    memcpy(made->name, name, strlen(name) + 1);
    made->link.link.bytes = bytes;
    made->link.admit = admit;
    made->link.name = made->name;
    made->link.slot = (uint32_t)__builtin_ctz(~bus->links.filter_slots);
    bus->links.filter_slots |= UINT32_C(1) << made->link.slot;
    made->base = slot_sum(bus, made->link.slot);
    link_add(bus, ROW_FILTERS, &made->link.link);
    *id = made->link.link.id;
    return BUS_OK;
}

enum bus_status bus_filter_add(struct bus *bus, const struct bus_filter *filter, uint64_t *id)
{
    struct need need = {0};
    enum bus_status status;
    uint64_t given = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || filter == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot add a filter: it or the bus is NULL or closed");
    if (filter->name != NULL && strnlen(filter->name, BUS_FILTER_NAME_SIZE) == BUS_FILTER_NAME_SIZE)
        need.wrong = "its name has more than 63 bytes";
    measure(filter, 1, &need);
    if (need.wrong != NULL)
        return fail_status(BUS_ERR_INVALID, "bus %s: cannot add the filter: %s", bus->name,
                           need.wrong);
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s: stopped, no filter can be added any more",
                           bus->name);
    lock_take(&bus->registry, &bus->os);
    status = add(bus, filter, &need, &given);
    lock_give(&bus->registry, &bus->os);
    if (id != NULL && status == BUS_OK)
        *id = given;
    return status;
}

/* ---- removing, looking ---- */

enum bus_status bus_filter_remove(struct bus *bus, uint64_t id)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot remove a filter: the bus is NULL or closed");
    return link_leave(bus, ROW_FILTERS, id, "filter");
}

enum bus_status bus_filters_each(struct bus *bus,
                                 void (*fn)(void *context, const struct bus_filter_info *filter),
                                 void *context)
{
    struct bus_filter_info infos[BUS_FILTERS_MAX];
    uint32_t i, count = 0;
    const struct link *link;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot list filters: bus or function is NULL");
    lock_take(&bus->registry, &bus->os);
    for (link = bus->filters; link != NULL; link = link->next) {
        const struct filter *filter = (const struct filter *)(const void *)link;
        struct filter_counts sum = slot_sum(bus, filter->link.slot);
        struct bus_filter_info *info = &infos[count++];

        *info = (struct bus_filter_info){.id = link->id,
                                         .kind = filter->parts[0].kind,
                                         .passed = sum.passed - filter->base.passed,
                                         .filtered = sum.filtered - filter->base.filtered};
        memcpy(info->name, filter->name, sizeof info->name);
    }
    lock_give(&bus->registry, &bus->os);
    for (i = 0; i < count; i++)
        fn(context, &infos[i]);
    return BUS_OK;
}
