/* core/options.c - see options.h. */
#include "core/options.h"

#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/registry.h>
#include <bus/store.h>

#include "core/upgrade.h"
#include "guard/hold.h"
#include "guard/policy.h"
#include "path/durable.h"
#include "schedule/schedule.h"

#include <stdio.h>

enum {
    HIGH_WATER = 80, /* percent */
    LOW_WATER = 50,
    DEFAULT_CAPACITY = 10000,
    DEFAULT_CELL = 256,
    LARGEST_DEFAULT_CELL = 512,
    SMALLEST_CELL = 64,
    DEFAULT_MESSAGE = 64 * 1024,
    DEFAULT_POOL = 16 * 1024 * 1024,
    DEFAULT_LETTERS = 1000,
    DEFAULT_LETTER_BYTES = 1024 * 1024,
    DEFAULT_ERRORS = 1000,
    DEFAULT_SCHEDULE = 10000,
    DEFAULT_DURABLE = 10000,
    DEFAULT_SCHEDULED_BYTES = 256, /* of one */
    DEFAULT_TIMING = 64,
    TIMING_MOST = 1 << 20,
    SCRATCH_LEAST = 16 * 1024,
    SCRATCH_MOST = 1024 * 1024,
};

static uint32_t or_default(uint32_t value, uint32_t preset)
{
    return value != 0 ? value : preset;
}

/* So that they are numbered with 32 bits. */
#define LETTER_BYTES_LIMIT (UINT64_C(1) << 38)

/* Largest packed message or answer, and most scratch memory, of a schema and what it imports. */
struct needs {
    uint32_t message;
    uint32_t read; /* of older versions, too, which are read only, from the store */
    uint32_t answer;
    uint32_t scratch;
    uint32_t types;
};

static void raise_to(uint32_t *most, uint32_t value)
{
    if (value > *most)
        *most = value;
}

static void schema_needs(const struct bus_schema *schema, struct needs *needs, uint32_t depth)
{
    uint32_t i, k;

    if (schema == NULL || depth > 16)
        return;
    for (i = 0; i < schema->message_count; i++) {
        const struct bus_message_type *type = schema->messages[i];

        needs->types++;
        raise_to(&needs->message, type->codec.size_max);
        raise_to(&needs->read, upgrade_largest(type));
        raise_to(&needs->scratch, type->codec.table->size + type->codec.scratch_max);
        for (k = 0; k < type->answer_count; k++)
            raise_to(&needs->answer, type->answers[k].codec.size_max);
    }
    for (i = 0; i < schema->import_count; i++)
        schema_needs(schema->imports[i], needs, depth + 1);
}

static enum bus_status check_water(const struct bus_options *options)
{
    if (options->high_water > 100 || options->low_water > 99 ||
        (options->high_water != 0 ? options->high_water : HIGH_WATER) <=
            (options->low_water != 0 ? options->low_water : LOW_WATER))
        return fail_status(BUS_ERR_INVALID,
                           "bus_options: high_water is %u percent, low_water %u (0: the defaults, "
                           "%d and %d); it must be lower",
                           options->high_water, options->low_water, HIGH_WATER, LOW_WATER);
    return BUS_OK;
}

static enum bus_status check_timing(const struct bus_options *options)
{
    uint32_t every = options->timing_every;

    if (every > TIMING_MOST || (every & (every - 1)) != 0)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.timing_every is %u; it must be a power of two, at most %d",
                           every, TIMING_MOST);
    return BUS_OK;
}

static enum bus_status check_store(const struct bus_store *store)
{
    if (store != NULL && (store->put == NULL || store->change == NULL || store->remove == NULL ||
                          store->next == NULL || store->state == NULL || store->identity == NULL))
        return fail_status(BUS_ERR_INVALID, "bus_options.store lacks a function");
    return BUS_OK;
}

static enum bus_status check_registry(const struct bus_registry *registry)
{
    if (registry == NULL)
        return BUS_OK;
    if (registry->lookup == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_options.registry lacks its lookup");
    if (registry->answer_max > BUS_ANSWER_MAX)
        return fail_status(BUS_ERR_INVALID, "bus_options.registry: answer_max is %u, at most %d",
                           registry->answer_max, BUS_ANSWER_MAX);
    return BUS_OK;
}

static enum bus_status check_durable(const struct bus_options *options)
{
    if (options->durable_max > CAPACITY_LIMIT)
        return fail_status(BUS_ERR_INVALID, "bus_options.durable_max is %u, at most %d",
                           options->durable_max, CAPACITY_LIMIT);
    return durable_check(options);
}

static enum bus_status check_schedule(const struct bus_options *options)
{
    if (options->schedule_max > CAPACITY_LIMIT ||
        options->schedule_bytes > (uint64_t)UINT32_MAX * SCHEDULE_CHUNK)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options: schedule_max at most %d, schedule_bytes %llu",
                           CAPACITY_LIMIT, (unsigned long long)UINT32_MAX * SCHEDULE_CHUNK);
    return BUS_OK;
}

static enum bus_status check(const struct bus_options *options)
{
    uint32_t i;

    if (options->workers > BUS_WORKERS_MAX)
        return fail_status(BUS_ERR_INVALID, "bus_options.workers is %u, at most %d",
                           options->workers, BUS_WORKERS_MAX);
    if (options->polled && options->workers > 1)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.workers is %u: a polled bus has no threads, set 0 or 1",
                           options->workers);
    for (i = 0; i < BUS_LANES; i++)
        if (options->capacity[i] > CAPACITY_LIMIT)
            return fail_status(BUS_ERR_INVALID, "bus_options.capacity[%s] is %u, at most %d",
                               lane_name(i), options->capacity[i], CAPACITY_LIMIT);
    if (options->cell_size % 64 != 0 || options->cell_size > CELL_SIZE_LIMIT)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.cell_size is %u: it must be a multiple of 64, at most %d",
                           options->cell_size, CELL_SIZE_LIMIT);
    if (options->message_size_max > BUS_MESSAGE_SIZE_MAX)
        return fail_status(BUS_ERR_INVALID, "bus_options.message_size_max is %u, at most %u",
                           options->message_size_max, BUS_MESSAGE_SIZE_MAX);
    if (options->threads_max > PUBLISHERS_LIMIT - BUS_WORKERS_MAX ||
        options->types_max > TYPES_LIMIT || options->sessions_max > SESSIONS_LIMIT ||
        options->handlers_max > CAPACITY_LIMIT || options->commands_max > CAPACITY_LIMIT ||
        options->held_max > CAPACITY_LIMIT)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options: threads_max at most %d, types_max %d, sessions_max %d, "
                           "handlers_max, commands_max and held_max %d",
                           PUBLISHERS_LIMIT - BUS_WORKERS_MAX, TYPES_LIMIT, SESSIONS_LIMIT,
                           CAPACITY_LIMIT);
    if (options->dead_letters_max > CAPACITY_LIMIT ||
        options->dead_letter_bytes > LETTER_BYTES_LIMIT ||
        options->dead_letters_when_full > BUS_LETTERS_REFUSE_NEW)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options: dead_letters_max at most %d, dead_letter_bytes %llu, "
                           "dead_letters_when_full a value of its enum",
                           CAPACITY_LIMIT, (unsigned long long)LETTER_BYTES_LIMIT);
    if (options->letter_store != NULL &&
        (options->letter_store->add == NULL || options->letter_store->next == NULL ||
         options->letter_store->change == NULL || options->letter_store->remove == NULL ||
         options->letter_store->size == NULL))
        return fail_status(BUS_ERR_INVALID, "bus_options.letter_store lacks a function");
    if (options->errors_kept > BUS_ERRORS_MOST && options->errors_kept != BUS_ERRORS_NONE)
        return fail_status(BUS_ERR_INVALID, "bus_options.errors_kept is %u, at most %u",
                           options->errors_kept, BUS_ERRORS_MOST);
    if (check_water(options) != BUS_OK || check_timing(options) != BUS_OK ||
        check_store(options->store) != BUS_OK || check_schedule(options) != BUS_OK ||
        check_durable(options) != BUS_OK || check_registry(options->registry) != BUS_OK)
        return BUS_ERR_INVALID;
    if (options->policy_count != 0 && options->policies == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_options.policy_count is %u, policies is NULL",
                           options->policy_count);
    for (i = 0; i < options->policy_count; i++)
        if (options->policies[i].type == NULL)
            return fail_status(BUS_ERR_INVALID, "bus_options.policies[%u].type is NULL", i);
        else if (policy_check(&options->policies[i].policy, options->policies[i].type) != BUS_OK)
            return BUS_ERR_INVALID;
    if (options->schema != NULL && options->schema->abi != BUS_ABI)
        return fail_status(BUS_ERR_ABI,
                           "schema %s was generated for interface version %u, the library has %d: "
                           "run busgen again",
                           options->schema->name, options->schema->abi, BUS_ABI);
    return BUS_OK;
}

static uint32_t cell_size_for(const struct bus_options *options, const struct needs *needs)
{
    uint32_t size;

    if (options->cell_size != 0)
        return options->cell_size;
    if (options->schema == NULL)
        return DEFAULT_CELL;
    if (needs->message > LARGEST_DEFAULT_CELL)
        return LARGEST_DEFAULT_CELL;
    size = CELL_HEADER_SIZE + CELL_EXTENSION_SIZE + needs->message;
    size = (size + 63) & ~UINT32_C(63);
    if (size < SMALLEST_CELL)
        size = SMALLEST_CELL;
    return size < LARGEST_DEFAULT_CELL ? size : LARGEST_DEFAULT_CELL;
}

static void fill_schedule(struct bus_options *o)
{
    size_t least = (size_t)o->message_size_max + CELL_EXTENSION_SIZE + SCHEDULE_CHUNK;

    o->schedule_max = or_default(o->schedule_max, DEFAULT_SCHEDULE);
    if (o->schedule_bytes == 0)
        o->schedule_bytes = (size_t)o->schedule_max * DEFAULT_SCHEDULED_BYTES;
    if (o->schedule_bytes < least)
        o->schedule_bytes = least;
}

static void fill(struct bus *bus, const struct needs *needs)
{
    struct bus_options *o = &bus->options;
    uint32_t i, scratch = needs->scratch, types;

    bus->worker_count = o->workers = or_default(o->workers, 1);
    for (i = 0; i < BUS_LANES; i++)
        o->capacity[i] = or_default(o->capacity[i], DEFAULT_CAPACITY);
    bus->cell_size = o->cell_size = cell_size_for(o, needs);
    if (o->message_size_max == 0)
        o->message_size_max = needs->read != 0 ? needs->read : DEFAULT_MESSAGE;
    bus->message_size_max = o->message_size_max;
    bus->cell_room = bus->cell_size - CELL_HEADER_SIZE;
    if (bus->cell_room > bus->message_size_max)
        bus->cell_room = bus->message_size_max;
    o->threads_max = or_default(o->threads_max, 128);
    types = needs->types + 64;
    o->types_max = or_default(o->types_max, o->schema == NULL || types < 256 ? 256 : types);
    o->types_max += SYSTEM_EVENTS; /* the bus's own come on top */
    if (o->types_max > TYPES_LIMIT)
        o->types_max = TYPES_LIMIT;
    o->handlers_max = or_default(o->handlers_max, 4096);
    o->sessions_max = or_default(o->sessions_max, 1024);
    o->commands_max = or_default(o->commands_max, 1024);
    o->held_max = or_default(o->held_max, 10000);
    bus->timing_mask = or_default(o->timing_every, DEFAULT_TIMING) - 1;
    o->high_water = or_default(o->high_water, HIGH_WATER);
    o->low_water = or_default(o->low_water, LOW_WATER);
    o->dead_letters_max = or_default(o->dead_letters_max, DEFAULT_LETTERS);
    if (o->dead_letter_bytes == 0)
        o->dead_letter_bytes = DEFAULT_LETTER_BYTES;
    o->errors_kept = or_default(o->errors_kept, DEFAULT_ERRORS);
    if (o->errors_kept == BUS_ERRORS_NONE)
        o->errors_kept = 0;
    fill_schedule(o);
    o->durable_max = or_default(o->durable_max, DEFAULT_DURABLE);
    if (o->watchdog_ns == 0)
        o->watchdog_ns = 30 * BUS_SECOND;
    if (o->command_deadline_ns == 0)
        o->command_deadline_ns = 30 * BUS_SECOND;
    if (o->spin_ns == 0)
        o->spin_ns = 20 * BUS_MICROSECOND;
    bus->pool_largest =
        needs->answer > bus->message_size_max ? needs->answer : bus->message_size_max;
    /* A header and its reference are behind a message that is kept last. */
    bus->pool_largest += sizeof(struct cell_stub) + 8 + CELL_EXTENSION_SIZE;
    /* A held message from a cell is copied into a block. */
    if (bus->pool_largest < offsetof(struct kept, cell) + bus->cell_size)
        bus->pool_largest = (uint32_t)offsetof(struct kept, cell) + bus->cell_size;
    if (o->pool_bytes == 0) {
        bus->pool_held.count = o->held_max;
        bus->pool_held.size = (uint32_t)offsetof(struct kept, cell) + bus->cell_size;
        o->pool_bytes = DEFAULT_POOL + pool_extra_bytes(&bus->pool_held);
    }
    scratch = 2 * ((scratch < SCRATCH_MOST ? scratch : SCRATCH_MOST) + bus->cell_size);
    if (scratch < SCRATCH_LEAST)
        scratch = SCRATCH_LEAST;
    bus->scratch_block = scratch;
}

enum bus_status options_take(struct bus *bus, const struct bus_options *options,
                             size_t options_size)
{
    struct needs needs = {0};
    enum bus_status status;

    if (options != NULL)
        memcpy(&bus->options, options,
               options_size < sizeof bus->options ? options_size : sizeof bus->options);
    (void)snprintf(bus->name, sizeof bus->name, "%s",
                   bus->options.name != NULL ? bus->options.name : "bus");
    bus->options.name = bus->name;
    status = check(&bus->options);
    if (status != BUS_OK)
        return status;
    schema_needs(bus->options.schema, &needs, 0);
    if (needs.read > BUS_MESSAGE_SIZE_MAX || needs.answer > BUS_MESSAGE_SIZE_MAX)
        return fail_status(BUS_ERR_INVALID, "schema %s has a message over %u bytes",
                           bus->options.schema->name, BUS_MESSAGE_SIZE_MAX);
    fill(bus, &needs);
    return BUS_OK;
}
