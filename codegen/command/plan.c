/*
 * plan.c - busgen plan: how much memory a program of this schema reserves, and which serial
 * components share a worker; how busy those are is in plan_load.c.
 *
 * The arithmetic is that of bus_open with all options but `workers` and `capacity` left at their
 * defaults (runtime/core/options.c, homes.c); the constants below are its constants.
 */
#include "command/plan.h"
#include "command/command.h"
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL_HEADER = 32,
    CELL_EXTENSION = 96,
    CELL_LARGEST = 512, /* that is chosen by itself */
    CELL_SMALLEST = 64,
    HELD = 10000,
    HELD_HEADER = 64,
    BLOCK_SMALLEST = 512,
    BLOCK_LINK = 4,
    SCRATCH_LEAST = 16 * 1024,
    SCRATCH_MOST = 1024 * 1024,
    IMPORT_DEPTH = 16,
};
/* What else bus_open takes, as measured: records of the threads, tables of types and handlers,
 * counters, the last 1,000 errors, dead letters, timers, sessions, 10,000 held deliveries, 10,000
 * scheduled events. The same for every usual schema. */
static const uint64_t rest_fixed = UINT64_C(12185) << 10;
static const uint64_t rest_per_worker = UINT64_C(339) << 10;
/* Of a batch handler, by call and by event of it (runtime/guard/batch_rooms.c). */
enum { BATCH_ROOM = 160, BATCH_EVENT = 1624 };
/* Of a `keep last` type (runtime/path/last.c). */
enum { LAST_TABLE = 128, LAST_NODE = 24, LAST_CHAIN = 8, THREADS_MAX = 128 };
static const uint64_t pool_bytes = UINT64_C(16) << 20;

const char *const lane_names[LANES] = {"critical", "high", "normal", "low", "idle"};

/* ---- messages -------------------------------------------------------------------------------- */

/* Like bus_open, a message of an import that is reached on two ways counts twice: only the largest
 * matter. */
static void gather(struct plan *plan, const struct idl_bus *bus, int depth)
{
    for (uint32_t i = 0; i < bus->message_count; i++) {
        const struct idl_message *message = bus->messages[i];
        uint64_t scratch = layout_sizeof(&message->body) + layout_scratch(&message->body);

        if (message->body.size_max > plan->largest)
            plan->largest = message->body.size_max;
        if (scratch > plan->scratch)
            plan->scratch = scratch;
        if (message->when_full == IDL_DROP_OLDEST)
            plan->rings[message->priority] = true;
        if (message->keep_last && depth == 0)
            plan->keep_last++;
    }
    for (uint32_t i = 0; i < bus->import_count && depth < IMPORT_DEPTH; i++)
        gather(plan, bus->imports[i], depth + 1);
}

static void choose_cell(struct plan *plan)
{
    uint64_t size = (CELL_HEADER + CELL_EXTENSION + plan->largest + 63) / 64 * 64;

    plan->cell = size > CELL_LARGEST ? CELL_LARGEST : size < CELL_SMALLEST ? CELL_SMALLEST : size;
    plan->slots = 1;
    while (plan->slots < plan->options->capacity)
        plan->slots *= 2;
}

static void print_messages(const struct plan *plan, const struct idl_bus *bus)
{
    uint64_t inside = plan->cell - CELL_HEADER - CELL_EXTENSION;

    printf("%-40s %-9s %9s  %s\n", "message", "lane", "largest", "lies in");
    for (uint32_t i = 0; i < bus->message_count; i++) {
        const struct idl_message *message = bus->messages[i];
        const struct idl_table *body = &message->body;

        printf("%-40s %-9s %9llu  ", body->decl.name, lane_names[message->priority],
               (unsigned long long)body->size_max);
        if (body->size_max <= inside)
            printf("cell\n");
        else
            printf("cell up to %llu bytes, above: pool\n", (unsigned long long)inside);
        for (uint32_t a = 0; a < message->answer_count; a++)
            if (message->answers[a].body.field_count != 0)
                printf("  %-48s %9llu  reply\n", message->answers[a].body.decl.name,
                       (unsigned long long)message->answers[a].body.size_max);
    }
    printf("\n");
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void print_bytes(const char *what, uint64_t bytes)
{
    printf("%-40s %16llu bytes  %8.2f MiB\n", what, (unsigned long long)bytes,
           (double)bytes / (1024.0 * 1024.0));
}

/* The tables of the keys that are queued. */
static uint64_t keep_last_bytes(const struct plan *plan)
{
    uint64_t cells = (uint64_t)plan->options->capacity * plan->options->workers;
    uint64_t nodes = cells + (THREADS_MAX + plan->options->workers) * (LAST_CHAIN + 1);
    uint64_t buckets = 1;

    while (buckets < 2 * cells)
        buckets *= 2;
    return plan->keep_last * (LAST_TABLE + buckets * sizeof(uint64_t) + nodes * LAST_NODE);
}

/* Of the pool, for messages that lie in a cell. */
static uint64_t held_blocks(const struct plan *plan)
{
    uint64_t block = BLOCK_SMALLEST;

    while (block < HELD_HEADER + plan->cell)
        block *= 2;
    return HELD * (block + BLOCK_LINK);
}

/* Returns what all of it comes to. */
static uint64_t print_memory(struct plan *plan)
{
    uint64_t lane = plan->slots * plan->cell;
    uint64_t held = held_blocks(plan);
    uint64_t rest = rest_fixed + rest_per_worker * plan->options->workers;
    uint64_t worker = 0, all;
    uint64_t scratch = plan->scratch < SCRATCH_MOST ? plan->scratch : SCRATCH_MOST;

    scratch = 2 * (scratch + plan->cell);
    if (scratch < SCRATCH_LEAST)
        scratch = SCRATCH_LEAST;
    printf("lane      messages     cells x cell            bytes, per worker\n");
    for (int i = 0; i < LANES; i++) {
        printf("%-9s %8u %9llu x %-4llu %20llu\n", lane_names[i], (unsigned)plan->options->capacity,
               (unsigned long long)plan->slots, (unsigned long long)plan->cell,
               (unsigned long long)lane);
        worker += lane;
        if (!plan->rings[i])
            continue;
        printf("  drop_oldest %6u %7llu x %-4llu %20llu\n", (unsigned)plan->options->capacity,
               (unsigned long long)plan->slots, (unsigned long long)plan->cell,
               (unsigned long long)lane);
        worker += lane;
    }
    printf("\n");
    print_bytes("lanes of one worker", worker);
    print_bytes("scratch of one thread (first block)", scratch);
    print_bytes("one worker", worker + scratch);
    print_bytes("pool, for larger messages and replies", pool_bytes);
    print_bytes("pool, for 10,000 held messages", held);
    print_bytes("held deliveries, letters, schedule, about", rest);
    if (plan->keep_last != 0)
        print_bytes("keys of 'keep last' events", keep_last_bytes(plan));
    plan->lanes = worker * plan->options->workers;
    all = (worker + scratch) * plan->options->workers + pool_bytes + held + rest +
          keep_last_bytes(plan);
    print_bytes("in all, with the workers' scratch", all);
    printf(
        "Each other thread that publishes or executes takes its own scratch; handlers that run\n"
        "inside one another may take further blocks. Pages are resident once they were used, or\n"
        "all from the beginning with bus_options.prefault.\n\n");
    return all;
}

/* ---- components ------------------------------------------------------------------------------ */

static uint32_t root_of(struct unit *units, uint32_t unit)
{
    while (units[unit].root != unit)
        unit = units[unit].root;
    return unit;
}

static bool listens_to(const struct idl_component *component, const struct idl_message *message)
{
    for (uint32_t i = 0; i < component->listen_count; i++)
        if (component->listens[i].message == message)
            return true;
    return false;
}

static bool share_an_event(const struct idl_component *a, const struct idl_component *b)
{
    for (uint32_t i = 0; i < a->listen_count; i++)
        if (listens_to(b, a->listens[i].message))
            return true;
    return false;
}

/* Groups get the worker with the fewest handlers, in order. */
static void place(struct unit *units, uint32_t count, uint32_t workers)
{
    uint32_t *load = must_allocate(workers * sizeof(*load));

    memset(load, 0, workers * sizeof(*load));
    for (uint32_t i = 0; i < count; i++) {
        struct unit *root = &units[root_of(units, i)];
        uint32_t least = 0;

        if (units[i].component->concurrent)
            continue;
        for (uint32_t w = 1; w < workers; w++)
            if (load[w] < load[least])
                least = w;
        if (!root->placed)
            root->worker = least;
        root->placed = true;
        units[i].worker = root->worker;
        load[root->worker] += units[i].component->handle_count + units[i].component->listen_count;
    }
    free(load);
}

/* Events because of which component `index` is where an earlier one is. */
static void print_shared(const struct unit *units, uint32_t index)
{
    const struct idl_component *component = units[index].component;

    for (uint32_t e = 0; e < component->listen_count; e++) {
        const struct idl_message *event = component->listens[e].message;

        for (uint32_t i = 0; i < index; i++)
            if (!units[i].component->concurrent && listens_to(units[i].component, event)) {
                printf(", shares %s with %s", event->body.decl.name, units[i].component->decl.name);
                break;
            }
    }
}

/* Memory that is reserved when the component is attached; returns how much. */
static uint64_t print_batches(const struct plan *plan, const struct idl_component *component)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < component->listen_count; i++) {
        const struct idl_binding *binding = &component->listens[i];
        const struct idl_table *body = &binding->message->body;
        uint64_t size = binding->batch_size != 0 ? binding->batch_size : IDL_BATCH_SIZE_DEFAULT;
        uint64_t bytes =
            BATCH_ROOM + size * (BATCH_EVENT + layout_sizeof(body) + layout_scratch(body));

        if (!binding->batch)
            continue;
        if (component->concurrent)
            bytes *= plan->options->workers;
        printf("    batches of %llu %s: about %llu bytes%s\n", (unsigned long long)size,
               body->decl.name, (unsigned long long)bytes,
               component->concurrent ? ", of all workers" : "");
        all += bytes;
    }
    return all;
}

/* *batches receives the memory of their batches. False: they have too much to do. */
static bool print_units(const struct plan *plan, const char *title,
                        const struct idl_component *const *components, uint32_t count,
                        uint64_t *batches)
{
    struct unit *units = must_allocate((count + 1) * sizeof(*units));
    bool fine;

    *batches = 0;

    for (uint32_t i = 0; i < count; i++) {
        units[i] = (struct unit){.component = components[i], .root = i};
        for (uint32_t k = 0; k < i; k++)
            if (!components[i]->concurrent && !components[k]->concurrent &&
                share_an_event(components[i], components[k]))
                units[root_of(units, i)].root = root_of(units, k);
    }
    place(units, count, plan->options->workers);
    printf("%s\n", title);
    for (uint32_t i = 0; i < count; i++) {
        printf("  %-30s ", components[i]->decl.name);
        if (components[i]->concurrent) {
            printf("concurrent: any worker, commands on the caller's thread");
        } else {
            printf("serial: worker %u", (unsigned)units[i].worker);
            print_shared(units, i);
        }
        printf("\n");
        *batches += print_batches(plan, components[i]);
    }
    fine = plan_load(plan, units, count);
    free(units);
    return fine;
}

/* ---- programs -------------------------------------------------------------------------------- */

/* True: it may have so much. */
static bool fits(const struct plan *plan, const struct idl_program *program, uint64_t bytes)
{
    uint64_t lanes = plan->lanes, capacity = plan->options->capacity;
    char text[256], advice[256];
    struct idl_diagnostic finding = {.severity = IDL_ERROR,
                                     .rule = "memory-max",
                                     .span = program->memory_span,
                                     .text = text,
                                     .advice = advice};

    if (program->memory_max == 0 || bytes <= program->memory_max)
        return true;
    snprintf(text, sizeof(text),
             "program '%s' reserves %.2f MiB, with %u worker%s and %u messages in a lane",
             program->decl.name, (double)bytes / (1024.0 * 1024.0),
             (unsigned)plan->options->workers, plan->options->workers == 1 ? "" : "s",
             (unsigned)plan->options->capacity);
    for (; capacity > 1 && bytes > program->memory_max; capacity /= 2, lanes /= 2)
        bytes -= lanes / 2;
    if (bytes <= program->memory_max)
        snprintf(advice, sizeof(advice),
                 "lanes that hold %u messages would do: --capacity %u, and bus_options.capacity",
                 (unsigned)capacity, (unsigned)capacity);
    else
        snprintf(advice, sizeof(advice), "shorter lanes are not enough: allow more, or set %s",
                 plan->options->workers > 1 ? "fewer workers" : "bus_options.pool_bytes");
    fflush(stdout);
    report_diagnostic(plan->options, &finding);
    return false;
}

static bool print_program(const struct plan *plan, struct memory *memory,
                          const struct idl_program *program, uint64_t bytes)
{
    uint64_t batches;
    bool fine = print_units(plan, join(memory, "program ", program->decl.name, NULL), program->runs,
                            program->run_count, &batches);

    if (program->memory_max != 0) {
        print_bytes("  reserved", bytes + batches);
        print_bytes("  memory max", program->memory_max);
    }
    return fits(plan, program, bytes + batches) && fine;
}

enum exit_code run_plan(struct memory *memory, const struct options *options)
{
    struct plan plan = {.options = options};
    struct idl_result result;
    enum exit_code code = EXIT_FINE;
    const struct idl_bus *bus;
    uint64_t bytes, batches;
    bool fine = true;

    if (!compile(memory, options->arguments[0], options, &result, &code))
        return code;
    bus = result.bus;
    gather(&plan, bus, 0);
    choose_cell(&plan);
    printf("bus %s, version %u; %u worker%s, %u messages per worker and lane\n\n", bus->decl.name,
           (unsigned)bus->version, (unsigned)options->workers, options->workers == 1 ? "" : "s",
           (unsigned)options->capacity);
    print_messages(&plan, bus);
    bytes = print_memory(&plan);
    for (uint32_t i = 0; i < bus->program_count; i++)
        fine = print_program(&plan, memory, bus->programs[i], bytes) && fine;
    if (bus->program_count == 0 && bus->component_count != 0)
        fine = print_units(&plan, "components, were they all attached to one bus", bus->components,
                           bus->component_count, &batches);
    layout_forget();
    idl_free(&result);
    return fine ? EXIT_FINE : EXIT_FINDINGS;
}
