/* stats/stats.c - counters and gauges of the whole bus. */
#include "path/path.h"

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "path/pressure.h"

static void add_route(struct bus *bus, const struct route *route, struct bus_stats *stats)
{
    struct bus_account account = {0};
    uint64_t held, kept;

    account_add(bus, route, &account);
    held = account.held + account.left;
    kept = account_kept(bus, route); /* in no lane */
    held -= kept < held ? kept : held;
    stats->queue_size += held;
    stats->lane_size[route->type->priority] += held;
    if (type_is_event(route->type)) {
        stats->events_published_total += account.accepted;
        stats->events_processed_total += account.processed;
        stats->events_failed_total += account.failed;
    } else {
        stats->commands_sent_total += account.accepted;
        stats->commands_processed_total += account.processed;
        stats->commands_failed_total += account.failed;
    }
}

enum bus_status bus_stats(struct bus *bus, struct bus_stats *stats)
{
    uint32_t i, n;

    if (stats != NULL)
        *stats = (struct bus_stats){0};
    if (bus == NULL || bus->magic != BUS_MAGIC || stats == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot read statistics: bus or stats is NULL");
    n = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= n; i++)
        add_route(bus, route_at(bus, i), stats);
    for (i = 0; i < BUS_LANES; i++)
        stats->lane_capacity[i] = (uint64_t)bus->options.capacity[i] * bus->worker_count;
    stats->active_sessions = atomic_load_relaxed_u32(&bus->sessions_open);
    stats->registered_handlers = atomic_load_relaxed_u32(&bus->handler_count);
    stats->dead_letter_queue_size = dead_letters_waiting(bus);
    stats->pool_bytes_used = pool_used_bytes(&bus->pool);
    stats->pool_bytes = pool_total_bytes(&bus->pool);
    for (i = 0; i < bus->worker_count; i++)
        stats->lane_stops += atomic_load_relaxed_u64(&bus->workers[i].stops);
    stats->memory_bytes = atomic_load_relaxed_u64(&bus->memory_bytes);
    stats->workers = bus->worker_count;
    stats->backpressure_active = pressure_active(bus);
    n = atomic_load_acquire_u32(&bus->threads_known);
    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        stats->threads += i >= bus->worker_count && thread != NULL &&
                          atomic_load_relaxed_ptr(&thread->owner) != NULL;
    }
    return BUS_OK;
}
