/*
 * core/open.c - a bus comes and goes.
 *
 * Everything messages need is reserved here: lanes, pool, records of commands, the workers' thread
 * records. Large parts are not touched, so they cost address space until they are used, but with
 * the option `prefault`. On any failure what was made so far is freed by the same function that
 * frees a closed bus.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/options.h"
#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "guard/hold.h"
#include "guard/watchdog.h"
#include "path/durable.h"
#include "path/path.h"
#include "pipeline/links.h"
#include "schedule/schedule.h"
#include "stats/log.h"
#include "stats/tracing.h"

enum { TIMERS_OF_WORKER = 64 };
enum { PAGE_LEAST = 4096 }; /* the smallest page of any system: larger ones are touched often */

/* Writes to each page of new memory, which is zero: a page that was only read would still fault. */
static void touch_pages(uint8_t *memory, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE_LEAST)
        *(volatile uint8_t *)(memory + at) = 0;
    if (size > 0)
        *(volatile uint8_t *)(memory + size - 1) = 0; /* it need not begin where a page does */
}

void *bus_take_memory(struct bus *bus, size_t size, size_t align)
{
    void *memory = bus->os.allocate(bus->os.context, size, align);

    if (memory != NULL)
        atomic_fetch_add_u64(&bus->memory_bytes, size);
    if (memory != NULL && bus->options.prefault)
        touch_pages(memory, size);
    return memory;
}

void bus_give_memory(struct bus *bus, void *memory, size_t size)
{
    atomic_fetch_add_u64(&bus->memory_bytes, (uint64_t)0 - size);
    bus->os.release(bus->os.context, memory, size);
}

uint64_t bus_until(const struct bus *bus, uint64_t ns)
{
    uint64_t now = bus_now(bus);

    return ns < UINT64_MAX - now ? now + ns : UINT64_MAX;
}

static size_t workers_size(const struct bus *bus)
{
    return bus->worker_count * sizeof(struct worker);
}

static size_t policies_size(const struct bus *bus)
{
    return (size_t)bus->options.policy_count * sizeof(struct bus_policy_override);
}

static size_t pendings_size(const struct bus *bus)
{
    return (size_t)bus->options.commands_max * sizeof(struct pending);
}

/* Timers that wait at one worker, at most. */
static uint32_t timers_capacity(const struct bus *bus)
{
    return bus->options.held_max           /* one for each held delivery */
           + 2 * bus->options.commands_max /* its answer in time, its approval */
           + TIMERS_OF_WORKER;             /* the worker's own */
}

static size_t routes_size(const struct bus *bus)
{
    return ((size_t)bus->options.types_max + 1) * sizeof(struct route *);
}

static size_t slots_size(const struct bus *bus)
{
    return ((size_t)bus->slot_mask + 1) * sizeof(struct route *);
}

static size_t threads_size(const struct bus *bus)
{
    return bus->threads_size * sizeof(struct thread *);
}

/* ---- freeing ---- */

static void give_if(struct bus *bus, void *memory, size_t size)
{
    if (memory != NULL)
        bus_give_memory(bus, memory, size);
}

static void free_workers(struct bus *bus)
{
    uint32_t i, level;

    for (i = 0; bus->workers != NULL && i < bus->worker_count; i++) {
        for (level = 0; level < BUS_LANES; level++)
            give_if(bus, bus->workers[i].lanes[level].cells,
                    lane_bytes(bus->options.capacity[level], bus->cell_size));
        give_if(bus, bus->workers[i].timers.slots, timers_bytes(timers_capacity(bus)));
    }
    give_if(bus, bus->taken_memory, (size_t)bus->worker_count * bus->cell_size);
    give_if(bus, bus->workers, workers_size(bus));
}

static void close_descriptors(const struct bus *bus)
{
    const struct bus_os *os = &bus->os;

    if (bus->descriptor >= 0) {
        os->signal_close(os->context, bus->descriptor);
        os->signal_close(os->context, bus->alarm);
    }
    if (bus->signal >= 0)
        os->signal_close(os->context, bus->signal);
}

static void free_bus(struct bus *bus)
{
    struct bus_os os = bus->os;

    threads_dismiss(bus);
    tracing_free(bus);
    if (bus->routes != NULL) {
        links_free(bus);
        registry_free(bus);
        routes_free(bus);
    }
    threads_free(bus);
    free_workers(bus);
    dead_letters_close(bus);
    schedule_free(bus);
    durable_close(bus);
    errors_free(bus);
    watchdog_free(bus);
    log_free(bus);
    give_if(bus, bus->routes, routes_size(bus));
    give_if(bus, bus->slots, slots_size(bus));
    give_if(bus, bus->threads, threads_size(bus));
    give_if(bus, bus->attached, attached_bytes(bus));
    give_if(bus, bus->pendings, pendings_size(bus));
    give_if(bus, bus->policies, policies_size(bus));
    give_if(bus, bus->held, held_bytes(bus));
    sessions_free(bus);
    give_if(bus, bus->pool_memory, bus->pool_bytes);
    give_if(bus, bus->parts_memory, parts_bytes(PARTS_CAPACITY));
    close_descriptors(bus);
    bus->magic = 0;
    os.release(os.context, bus, sizeof *bus);
}

/* ---- making ---- */

static bool copy_policies(struct bus *bus)
{
    if (bus->options.policy_count == 0)
        return true;
    bus->policies = bus_take_memory(bus, policies_size(bus), CACHE_LINE);
    if (bus->policies == NULL)
        return false;
    memcpy(bus->policies, bus->options.policies, policies_size(bus));
    bus->options.policies = bus->policies;
    return true;
}

static bool make_tables(struct bus *bus)
{
    const struct bus_options *o = &bus->options;
    uint32_t slots = 4, heads = 16, i;

    while (slots < 2 * o->types_max)
        slots *= 2;
    bus->slot_mask = slots - 1;
    while (heads < o->handlers_max)
        heads *= 2;
    bus->attached_mask = heads - 1;
    bus->attached = bus_take_memory(bus, attached_bytes(bus), CACHE_LINE);
    bus->threads_size = o->threads_max + bus->worker_count;
    bus->slots = bus_take_memory(bus, slots_size(bus), CACHE_LINE);
    bus->routes = bus_take_memory(bus, routes_size(bus), CACHE_LINE);
    bus->threads = bus_take_memory(bus, threads_size(bus), CACHE_LINE);
    bus->pendings = bus_take_memory(bus, pendings_size(bus), CACHE_LINE);
    bus->held = bus_take_memory(bus, held_bytes(bus), CACHE_LINE);
    bus->parts_memory = bus_take_memory(bus, parts_bytes(PARTS_CAPACITY), CACHE_LINE);
    if (bus->attached == NULL || bus->slots == NULL || bus->routes == NULL ||
        bus->threads == NULL || bus->pendings == NULL || bus->parts_memory == NULL ||
        bus->held == NULL || !sessions_make(bus) || !copy_policies(bus) || !made_open(bus))
        return false;
    parts_init(&bus->parts, bus->parts_memory, PARTS_CAPACITY);
    for (i = 0; i < o->commands_max; i++)
        bus->pendings[i].next_free = i + 1 < o->commands_max ? i + 2 : 0;
    bus->pending_top = 1;
    return true;
}

static bool make_pool(struct bus *bus)
{
    size_t least = pool_bytes_needed(bus->pool_largest) + pool_extra_bytes(&bus->pool_held);

    bus->pool_bytes = bus->options.pool_bytes > least ? bus->options.pool_bytes : least;
    bus->pool_memory = bus_take_memory(bus, bus->pool_bytes, CACHE_LINE);
    if (bus->pool_memory == NULL)
        return false;
    pool_init(&bus->pool, bus->pool_memory, bus->pool_bytes, bus->pool_largest, &bus->pool_held);
    return true;
}

/* A worker's first block of scratch memory is there before the first message needs it. */
static bool warm_scratch(struct bus *bus, struct thread *thread)
{
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    bool there = scratch_take(&thread->scratch, bus, 1) != NULL;

    scratch_release(&thread->scratch, mark);
    return there;
}

/* Active at or above the high water, ended at or below the low one. */
static void set_water(const struct bus *bus, struct lane *lane)
{
    uint64_t high = ((uint64_t)lane->capacity * bus->options.high_water + 99) / 100;
    uint64_t low = (uint64_t)lane->capacity * bus->options.low_water / 100;

    lane_set_water(lane, (uint32_t)high, (uint32_t)(low < high ? low : high - 1));
}

static bool make_worker(struct bus *bus, struct worker *worker)
{
    void *memory;
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++) {
        uint32_t capacity = bus->options.capacity[level];

        memory = bus_take_memory(bus, lane_bytes(capacity, bus->cell_size), CACHE_LINE);
        if (memory == NULL)
            return false;
        lane_init(&worker->lanes[level], memory, capacity, bus->cell_size, 0);
        set_water(bus, &worker->lanes[level]);
    }
    worker->bus = bus;
    worker->index = (uint32_t)(worker - bus->workers);
    worker->unusual = bus->options.starvation_guard != 0 ? UNUSUAL_GUARDED : 0;
    worker->taken = (struct cell *)(void *)((uint8_t *)bus->taken_memory +
                                            (size_t)worker->index * bus->cell_size);
    memory = bus_take_memory(bus, timers_bytes(timers_capacity(bus)), CACHE_LINE);
    if (memory == NULL)
        return false;
    timers_init(&worker->timers, memory, timers_capacity(bus));
    parking_init(&worker->parking, &bus->os, bus->signal);
    worker->mail = (struct mailbox){NULL, &worker->attention, &worker->parking};
    if (bus->options.polled)
        return true;
    worker->thread = thread_make(bus, worker->index);
    return worker->thread != NULL && warm_scratch(bus, worker->thread);
}

static bool make_workers(struct bus *bus)
{
    uint32_t i;

    bus->workers = bus_take_memory(bus, workers_size(bus), alignof(struct worker));
    bus->taken_memory =
        bus_take_memory(bus, (size_t)bus->worker_count * bus->cell_size, CACHE_LINE);
    if (bus->workers == NULL || bus->taken_memory == NULL)
        return false;
    for (i = 0; i < bus->worker_count; i++)
        if (!make_worker(bus, &bus->workers[i]))
            return false;
    /* A thread of another bus that ends looks at the records of all buses meanwhile. */
    atomic_store_release_u32(&bus->threads_known, bus->worker_count);
    return true;
}

/* Types of the schema get their route now: publishing the first one allocates nothing. */
static enum bus_status make_routes(struct bus *bus, const struct bus_schema *schema)
{
    enum bus_status status = BUS_OK;
    uint32_t i;

    for (i = 0; schema != NULL && i < schema->message_count; i++)
        if (route_make(bus, schema->messages[i], &status) == NULL)
            return status;
    return system_open(bus);
}

static void set_base(struct bus *bus)
{
    uint64_t now = bus->os.real_ns(bus->os.context) / BUS_MILLISECOND;

    /* In the past, so that the real clock may be set back without ids going wrong; 2^39 ms are 17
     * years, as much again is left in front. */
    bus->base_ms = now > UINT64_C(1) << 39 ? now - (UINT64_C(1) << 39) : 0;
}

static bool open_descriptors(struct bus *bus)
{
    bus->signal = bus->os.signal_open(bus->os.context);
    if (bus->signal < 0)
        return false;
    bus->descriptor = bus->os.alarm_open(bus->os.context, bus->signal, &bus->alarm);
    return bus->descriptor >= 0;
}

static enum bus_status make(struct bus *bus)
{
    int error = bus->os.random(bus->os.context, &bus->seed, sizeof bus->seed);
    enum bus_status status;

    if (error != 0)
        return fail_status(BUS_ERR_SYSTEM, "bus %s: no random numbers (errno %d)", bus->name,
                           error);
    bus->sessions_named = bus->seed.high >> 25; /* as thread->sequence: not where another began */
    bus->asymmetric = bus->os.barrier(bus->os.context);
    set_base(bus);
    if (bus->options.polled && !open_descriptors(bus))
        return fail_status(BUS_ERR_SYSTEM, "bus %s: no descriptor for polling", bus->name);
    if (!make_tables(bus) || !make_pool(bus) || !make_workers(bus) ||
        dead_letters_open(bus) != BUS_OK || !schedule_open(bus) || !durable_open(bus))
        return fail_status(BUS_ERR_MEMORY,
                           "bus %s: no memory for its lanes and pool (%" PRIu64
                           " bytes so far); lower capacity, cell_size or pool_bytes",
                           bus->name, bus->memory_bytes);
    if (errors_open(bus) != BUS_OK || watchdog_open(bus) != BUS_OK)
        return BUS_ERR_MEMORY;
    status = log_open(bus);
    if (status == BUS_OK)
        status = tracing_open(bus);
    if (status != BUS_OK)
        return status;
    bus->magic = BUS_MAGIC;
    return make_routes(bus, bus->options.schema);
}

static bool os_is_whole(const struct bus_os *os)
{
    return os->monotonic_ns != NULL && os->real_ns != NULL && os->random != NULL &&
           os->allocate != NULL && os->release != NULL && os->thread_start != NULL &&
           os->thread_join != NULL && os->wait != NULL && os->wake != NULL && os->yield != NULL &&
           os->signal_open != NULL && os->signal_raise != NULL && os->signal_clear != NULL &&
           os->signal_close != NULL && os->alarm_open != NULL && os->alarm_set != NULL &&
           os->barrier != NULL;
}

static enum bus_status open_checked(struct bus **made, const struct bus_options *options,
                                    size_t options_size)
{
    const size_t os_end = offsetof(struct bus_options, os) + sizeof(const struct bus_os *);
    const struct bus_os *os = options != NULL && options_size >= os_end && options->os != NULL
                                  ? options->os
                                  : bus_os_native();
    enum bus_status status;
    struct bus *bus;

    if (!os_is_whole(os))
        return fail_status(BUS_ERR_INVALID, "bus_options.os lacks a function: start from a copy of "
                                            "bus_os_native()");
    bus = os->allocate(os->context, sizeof *bus, CACHE_LINE);
    if (bus == NULL)
        return fail_status(BUS_ERR_MEMORY, "no memory for a bus");
    bus->os = *os;
    bus->signal = bus->alarm = bus->descriptor = -1;
    bus->gate = GATE_BUFFERING;
    bus->memory_bytes = sizeof *bus;
    status = options_take(bus, options, options_size);
    if (status == BUS_OK)
        status = threads_enroll(bus);
    if (status == BUS_OK)
        status = make(bus);
    if (status == BUS_OK)
        *made = bus;
    else
        free_bus(bus);
    return status;
}

enum bus_status bus_open_abi(struct bus **bus, const struct bus_options *options,
                             size_t options_size, uint32_t abi)
{
    if (bus == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_open: where to put the bus is NULL");
    *bus = NULL;
    if (abi != BUS_ABI || options_size > sizeof(struct bus_options))
        return fail_status(BUS_ERR_ABI,
                           "the program was compiled for interface version %" PRIu32
                           ", the library has %d: compile it again",
                           abi, BUS_ABI);
    return open_checked(bus, options, options_size);
}

/* ---- closing ---- */

static const char *why_busy(struct bus *bus)
{
    uint32_t i;

    /* Not enough that all ended since the stop looked: a thread's last steps use the bus. */
    if (bus->started && !bus->options.polled && !bus->joined)
        return "a handler has not returned";
    if (account_running(bus, NULL) != 0)
        return "a handler has not returned";
    for (i = 0; i < bus->threads_known; i++)
        if (bus->threads[i] != NULL && atomic_load_acquire_u32(&bus->threads[i]->claims) != 0)
            return "a claim is open: commit or abort it";
    if (durable_is_busy(bus))
        return "a durable event is on its way to the disk";
    return NULL;
}

enum bus_status bus_close(struct bus **bus)
{
    struct thread *self;
    const char *busy;

    if (bus == NULL || *bus == NULL)
        return BUS_OK;
    if ((*bus)->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "bus_close: this is no open bus");
    self = thread_known(*bus);
    if (self != NULL && atomic_load_relaxed_u32(&self->depth) != 0)
        return fail_status(BUS_ERR_BUSY, "bus %s cannot be closed inside a handler", (*bus)->name);
    busy = bus_retained_by(*bus);
    if (busy != NULL)
        return fail_status(BUS_ERR_BUSY, "bus %s cannot be closed: %s", (*bus)->name, busy);
    (*bus)->closing = true;
    (void)bus_stop(*bus, 0, NULL);
    busy = why_busy(*bus);
    if (busy != NULL)
        return fail_status(BUS_ERR_BUSY, "bus %s cannot be closed: %s", (*bus)->name, busy);
    durable_end_reads(*bus);
    sessions_close(*bus);
    dead_letters_flush(*bus);
    durable_flush(*bus);
    log_end(*bus);
    tracing_end(*bus);
    free_bus(*bus);
    *bus = NULL;
    return BUS_OK;
}
