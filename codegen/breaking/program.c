/* program.c - programs: what they run, in which order, and what they may reserve. */
#include "breaking/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- what they run ---- */

static struct breaking_index index_runs(struct breaking *b, const struct idl_program *program)
{
    struct breaking_index names = breaking_index_make(b->memory, program->run_count);

    for (uint32_t i = 0; i < program->run_count; i++)
        names.entries[i] = (struct breaking_entry){breaking_name(b, &program->runs[i]->decl), 0,
                                                   &program->runs[i]};
    breaking_index_sort(&names);
    return names;
}

static void compare_runs(struct breaking *b, const char *element, const struct idl_program *older,
                         const struct idl_program *newer)
{
    struct breaking_index names[2] = {index_runs(b, older), index_runs(b, newer)};

    for (uint32_t side = 0; side < 2; side++) {
        const struct idl_program *from = side == 0 ? older : newer;

        for (uint32_t i = 0; i < from->run_count; i++) {
            const struct idl_decl *decl = &from->runs[i]->decl;
            struct breaking_finding *finding;

            if (breaking_find_name(&names[1 - side], breaking_name(b, decl)) != NULL)
                continue;
            finding = breaking_add(
                b, BREAKING_PROGRAM_CHANGED, breaking_element(b, element, decl->name), &older->decl,
                &newer->decl,
                join(b->memory, side == 0 ? "it does not run " : "it runs ",
                     breaking_quote(b, decl->name), side == 0 ? " any more" : " too", NULL));
            finding->before_text = side == 0 ? "it did" : "it did not";
            finding->advice = "what opens the program gives a context and handlers for each";
        }
    }
}

/* ---- who comes first ---- */

/* A listener of both programs, at its place among those of its event. */
struct listener {
    const struct idl_component *component; /* of the newer schema */
    const struct idl_binding *before;
    const struct idl_binding *now;
    uint32_t place;     /* of the component in the older program */
    uint32_t new_place; /* and in the newer one */
};

static int by_event(const void *left, const void *right)
{
    const struct listener *a = left;
    const struct listener *b = right;

    if (a->now->message->id != b->now->message->id)
        return a->now->message->id < b->now->message->id ? -1 : 1;
    if (a->now->order != b->now->order)
        return a->now->order < b->now->order ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Those that both have, one after another; what a component says otherwise now is a finding of its
 * own, and those that run at once have no order. */
static size_t list_listeners(struct breaking *b, const struct idl_program *older,
                             const struct idl_program *newer, struct listener *list)
{
    struct breaking_index names = index_runs(b, newer);
    size_t count = 0;

    for (uint32_t i = 0; i < older->run_count; i++) {
        const struct idl_component *from = older->runs[i];
        const struct idl_component *const *to =
            breaking_find_name(&names, breaking_name(b, &from->decl));
        struct breaking_bindings bindings = {0};

        if (to != NULL)
            bindings = (struct breaking_bindings){(*to)->listens, (*to)->listen_count, {NULL, 0}};
        for (uint32_t j = 0; j < from->listen_count && to != NULL; j++) {
            const struct idl_binding *before = &from->listens[j];
            const struct idl_binding *now = breaking_find_binding(b, &bindings, j, before->message);

            if (now != NULL && now->order == before->order && !now->parallel && !before->parallel)
                list[count++] =
                    (struct listener){*to, before, now, i, (uint32_t)(to - newer->runs)};
        }
    }
    return count;
}

static void swapped(struct breaking *b, const char *element, const struct idl_program *older,
                    const struct idl_program *newer, const struct listener *first,
                    const struct listener *second)
{
    struct memory *memory = b->memory;
    const char *event = first->now->message->body.decl.name;
    const char *names[2] = {breaking_quote(b, first->component->decl.name),
                            breaking_quote(b, second->component->decl.name)};
    struct breaking_finding *finding = breaking_add(
        b, BREAKING_HANDLER_ORDER, breaking_element(b, element, event), &older->decl, &newer->decl,
        join(memory, names[0], " came to ", breaking_quote(b, event), " before ", names[1],
             ", comes behind it", NULL));

    finding->before_text = "it ran them in another order";
    finding->advice = "give the order back, or say 'order high' of the one that is to come first";
    breaking_show_with(b, finding, first->before->message, first->now->message,
                       join(memory, "comes to ", names[0], " first, then to ", names[1], NULL),
                       join(memory, "comes to ", names[1], " first, then to ", names[0], NULL));
}

/* Listeners of one event and one order run in the order of the components. Told once of each. */
static void compare_order(struct breaking *b, const char *element, const struct idl_program *older,
                          const struct idl_program *newer)
{
    struct listener *list;
    size_t count = 0;

    for (uint32_t i = 0; i < older->run_count; i++)
        count += older->runs[i]->listen_count;
    list = allocate(b->memory, (count + 1) * sizeof(*list));
    count = list_listeners(b, older, newer, list);
    if (count > 1)
        qsort(list, count, sizeof(*list), by_event);
    for (size_t i = 1, told = 0; i < count; i++) {
        const struct listener *first = &list[i - 1];
        const struct listener *second = &list[i];

        if (first->now->message != second->now->message || first->now->order != second->now->order)
            told = 0;
        else if (told == 0 && second->new_place < first->new_place) {
            swapped(b, element, older, newer, first, second);
            told = 1;
        }
    }
}

/* ---- what they may reserve ---- */

static const char *size_text(struct breaking *b, uint64_t bytes)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}};
    size_t i = 0;

    if (bytes == 0)
        return "not said";
    while ((bytes & ((UINT64_C(1) << units[i].shift) - 1)) != 0)
        i++;
    return join(b->memory, decimal(b->memory, bytes >> units[i].shift), units[i].unit, NULL);
}

static const char *room_text(struct breaking *b, const struct idl_program *program)
{
    const char *name = breaking_quote(b, program->decl.name);

    if (program->memory_max == 0)
        return join(b->memory, "comes to ", name, ", which may reserve what it likes", NULL);
    return join(b->memory, "comes to ", name, ", which may reserve ",
                size_text(b, program->memory_max), NULL);
}

static void compare_memory(struct breaking *b, const char *element, const struct idl_program *older,
                           const struct idl_program *newer)
{
    struct idl_decl before = breaking_at(&older->decl, older->memory_span);
    struct idl_decl now = breaking_at(&newer->decl, newer->memory_span);
    struct breaking_index names;
    struct breaking_finding *finding;

    if (older->memory_max == newer->memory_max)
        return;
    finding =
        breaking_add(b, BREAKING_MEMORY, element, older->memory_max != 0 ? &before : &older->decl,
                     newer->memory_max != 0 ? &now : &newer->decl,
                     join(b->memory, "'memory max' was ", size_text(b, older->memory_max), ", is ",
                          size_text(b, newer->memory_max), NULL));
    finding->before_text = "it was so";
    finding->advice = "give its machines, and the limits of its service, the same number";
    names = index_runs(b, newer);
    for (uint32_t i = 0; i < older->run_count && finding->probe == BREAKING_NOTHING; i++) {
        const struct idl_component *const *same =
            breaking_find_name(&names, breaking_name(b, &older->runs[i]->decl));
        const struct idl_binding *to = NULL;
        const struct idl_binding *from =
            same != NULL ? breaking_common(b, older->runs[i], *same, &to) : NULL;

        if (from != NULL)
            breaking_show_with(b, finding, from->message, to->message, room_text(b, older),
                               room_text(b, newer));
    }
}

/* ---- all ---- */

void breaking_programs(struct breaking *b)
{
    struct breaking_index names = breaking_index_make(b->memory, b->new_bus->program_count);

    for (size_t i = 0; i < names.count; i++)
        names.entries[i] =
            (struct breaking_entry){b->new_bus->programs[i]->decl.name, 0, b->new_bus->programs[i]};
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < b->old_bus->program_count; i++) {
        const struct idl_program *older = b->old_bus->programs[i];
        const struct idl_program *newer = breaking_find_name(&names, older->decl.name);
        struct breaking_finding *finding;

        if (newer != NULL) {
            const char *element = breaking_name(b, &newer->decl);

            compare_runs(b, element, older, newer);
            compare_order(b, element, older, newer);
            compare_memory(b, element, older, newer);
            continue;
        }
        finding =
            breaking_add(b, BREAKING_PROGRAM_REMOVED, breaking_name(b, &older->decl), &older->decl,
                         &b->new_bus->decl,
                         join(b->memory, breaking_quote(b, older->decl.name), " is gone", NULL));
        finding->before_text = "it was here";
        finding->advice = "programs open it: leave it until they do not";
    }
}
