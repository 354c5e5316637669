/*
 * guard/batch_rooms.c - batches are made, and configured while they are in use; see batch.h. Cold,
 * but for the two functions that take a room and give it back.
 */
#include "core/registry.h"
#include "guard/batch.h"
#include "guard/guard.h"

#define DEFAULT_WAIT_NS (100 * BUS_MILLISECOND)

/* ---- making ---- */

static size_t scratch_each(const struct bus_message_type *type)
{
    return batch_padded(type->codec.scratch_max) + 16;
}

/* NULL: no memory. */
static struct batch_room *room_make(struct bus *bus, const struct bus_message_type *type,
                                    uint32_t size)
{
    size_t items = batch_padded(size * sizeof(struct batch_item));
    size_t deliveries = batch_padded(size * sizeof(struct bus_delivery));
    size_t messages = batch_padded((size_t)size * type->codec.table->size);
    size_t head = batch_padded(sizeof(struct batch_room));
    size_t scratch = size * scratch_each(type);
    size_t bytes = head + items + deliveries + messages + scratch;
    uint8_t *memory = bus_take_memory(bus, bytes, CACHE_LINE);
    struct batch_room *room = (struct batch_room *)(void *)memory;

    if (memory == NULL)
        return NULL;
    room->bytes = bytes;
    room->items = (struct batch_item *)(void *)(memory + head);
    room->deliveries = (struct bus_delivery *)(void *)(memory + head + items);
    room->messages = memory + head + items + deliveries;
    room->scratch.at = room->messages + messages;
    room->scratch.end = memory + bytes;
    return room;
}

static void room_free(struct bus *bus, struct batch_room *room)
{
    if (room != NULL)
        bus_give_memory(bus, room, room->bytes);
}

struct batch_room *batch_room_take(struct batch *batch)
{
    struct batch_room *room;

    do
        room = atomic_load_acquire_ptr(&batch->room);
    while (!atomic_cas_ptr(&batch->room, room, NULL));
    return room;
}

void batch_room_give(struct bus *bus, struct batch *batch, struct batch_room *room)
{
    if (!atomic_cas_ptr(&batch->room, NULL, room))
        room_free(bus, room);
}

static enum bus_status options_check(const struct bus *bus, const struct bus_batch_options *options)
{
    if (options == NULL || options->size <= BUS_BATCH_SIZE_MAX)
        return BUS_OK;
    return fail_status(BUS_ERR_INVALID, "bus %s: a batch has at most %d events, not %u", bus->name,
                       BUS_BATCH_SIZE_MAX, options->size);
}

static uint32_t size_of(const struct bus_batch_options *options)
{
    return options != NULL && options->size != 0 ? options->size : BUS_BATCH_SIZE_DEFAULT;
}

static uint64_t wait_of(const struct bus_batch_options *options)
{
    return options != NULL && options->wait_ns != 0 ? options->wait_ns : DEFAULT_WAIT_NS;
}

static enum bus_status no_memory(const struct bus *bus, const struct bus_batch_options *options)
{
    return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for batches of %u events", bus->name,
                       size_of(options));
}

enum bus_status batches_make(struct bus *bus, struct handler *handler,
                             const struct batch_kind *kind)
{
    const struct bus_batch_options *options = &kind->options;
    uint32_t i, count = handler->unit->concurrent ? bus->worker_count : 1;
    size_t bytes = sizeof(struct batches) + count * sizeof(struct batch);
    struct guard *guard = handler->guard;
    struct batches *batches;

    if (options_check(bus, options) != BUS_OK)
        return BUS_ERR_INVALID;
    if (!type_is_event(handler->route->type))
        return fail_status(BUS_ERR_INVALID, "bus %s: %s cannot be handled in batches", bus->name,
                           handler->route->type->name);
    if (guard == NULL)
        guard = handler->guard = bus_take_memory(bus, sizeof *guard, 8);
    batches = guard != NULL ? bus_take_memory(bus, bytes, CACHE_LINE) : NULL;
    if (batches == NULL)
        return no_memory(bus, options);
    guard->batches = batches;
    batches->bytes = bytes;
    batches->invoke = kind->invoke;
    batches->count = count;
    batches->size = batches->room_size = size_of(options);
    batches->wait_ns = wait_of(options);
    for (i = 0; i < count; i++) {
        batches->each[i].room = room_make(bus, handler->route->type, batches->room_size);
        if (batches->each[i].room == NULL)
            return no_memory(bus, options);
    }
    atomic_store_release_u32(&bus->batching, 1);
    return BUS_OK;
}

void batches_free(struct bus *bus, struct handler *handler)
{
    struct batches *batches = batches_of(handler);
    uint32_t i;

    if (batches == NULL)
        return;
    for (i = 0; i < batches->count; i++)
        room_free(bus, batches->each[i].room);
    bus_give_memory(bus, batches, batches->bytes);
    handler->guard->batches = NULL;
}

/* ---- configuring ---- */

static bool is_meant(const struct handler *handler, const struct bus_message_type *type,
                     const void *context)
{
    return batches_of(handler) != NULL && handler->route->type == type &&
           handler->context == context && atomic_load_relaxed_u32(&handler->removed) == 0;
}

/* Larger rooms for all batches of the handler, in front of *made. False: no memory. */
static bool rooms_make(struct bus *bus, const struct handler *handler, uint32_t size,
                       struct batch_room **made)
{
    struct batches *batches = batches_of(handler);
    uint32_t i;

    for (i = 0; size > batches->room_size && i < batches->count; i++) {
        struct batch_room *room = room_make(bus, handler->route->type, size);

        if (room == NULL)
            return false;
        room->batch = &batches->each[i];
        room->next = *made;
        *made = room;
    }
    return true;
}

/* From now on `room` is that of its batch. */
static void room_install(struct bus *bus, struct batch_room *room)
{
    struct batch *batch = room->batch;
    struct batch_room *old;

    do
        old = atomic_load_acquire_ptr(&batch->room);
    while (!atomic_cas_ptr(&batch->room, old, room));
    room_free(bus, old);
}

/* Registry lock held. How many handlers there are; *made is filled for them. */
static uint32_t rooms_of_all(struct bus *bus, const struct bus_message_type *type,
                             const void *context, uint32_t size, struct batch_room **made,
                             bool *enough)
{
    struct units_walk walk = {.unit = NULL};
    const struct unit *unit;
    uint32_t i, count = 0;

    while ((unit = units_next(bus, &walk)) != NULL)
        for (i = 0; i < unit->handler_count; i++)
            if (is_meant(&unit->handlers[i], type, context)) {
                *enough = *enough && rooms_make(bus, &unit->handlers[i], size, made);
                count++;
            }
    return count;
}

static void set_all(struct bus *bus, const struct bus_message_type *type, const void *context,
                    const struct bus_batch_options *options)
{
    struct units_walk walk = {.unit = NULL};
    const struct unit *unit;
    uint32_t i;

    while ((unit = units_next(bus, &walk)) != NULL)
        for (i = 0; i < unit->handler_count; i++)
            if (is_meant(&unit->handlers[i], type, context)) {
                struct batches *batches = batches_of(&unit->handlers[i]);

                if (size_of(options) > batches->room_size)
                    batches->room_size = size_of(options);
                atomic_store_relaxed_u64(&batches->wait_ns, wait_of(options));
                atomic_store_release_u32(&batches->size, size_of(options)); /* behind its rooms */
            }
}

static enum bus_status configure(struct bus *bus, const struct bus_message_type *type,
                                 const void *context, const struct bus_batch_options *options)
{
    struct batch_room *made = NULL, *next;
    bool enough = true;
    uint32_t count = rooms_of_all(bus, type, context, size_of(options), &made, &enough);

    for (; made != NULL; made = next) {
        next = made->next;
        if (enough)
            room_install(bus, made);
        else
            room_free(bus, made);
    }
    if (count == 0)
        return fail_status(BUS_ERR_NOT_REGISTERED,
                           "bus %s: no batch handler of %s is registered with this context",
                           bus->name, type->name);
    if (!enough)
        return no_memory(bus, options);
    set_all(bus, type, context, options);
    return BUS_OK;
}

enum bus_status bus_batch_configure(struct bus *bus, const struct bus_message_type *type,
                                    const void *context, const struct bus_batch_options *options)
{
    enum bus_status status;
    uint32_t i;

    if (bus == NULL || bus->magic != BUS_MAGIC || type == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "cannot configure batches: the bus is closed, or bus or type are NULL");
    status = options_check(bus, options);
    if (status != BUS_OK)
        return status;
    lock_take(&bus->registry, &bus->os);
    status = configure(bus, type, context, options);
    lock_give(&bus->registry, &bus->os);
    for (i = 0; status == BUS_OK && i < bus->worker_count; i++)
        batch_flush(&bus->workers[i]);
    return status;
}
