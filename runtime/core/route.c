/*
 * core/route.c - message types as the bus sees them.
 *
 * The table is open addressing without deletion: at least twice as many slots as types_max, a slot
 * is written once (store_release under the registry lock), so that readers look without a lock.
 */
#include "core/registry.h"
#include "core/upgrade.h"
#include "guard/errors.h"
#include "guard/policy.h"
#include "guard/watchdog.h"
#include "path/keep_last.h"
#include "stats/durations.h"

#include <inttypes.h>

/* What a struct points to. */
enum reach {
    REACH_NOTHING, /* flat: a copy of the struct is a copy of the value */
    REACH_SLICES,
    REACH_TEXT, /* strings, which have a NUL behind them in a message but not in what is sent */
};

enum { LOOKS_MOST = 1000 }; /* at fields; beyond, the worst is assumed */

static enum reach farther(enum reach a, enum reach b)
{
    return a > b ? a : b;
}

static enum reach reach_of(const struct bus_table *table, uint32_t *looks)
{
    enum reach reach = REACH_NOTHING;
    uint32_t i, k;

    for (i = 0; i < table->field_count && reach != REACH_TEXT; i++) {
        const struct bus_field *field = &table->fields[i];

        if (++*looks > LOOKS_MOST)
            return REACH_TEXT;
        if ((field->flags & BUS_FIELD_REMOVED) != 0)
            continue;
        if (field->kind == BUS_FIELD_STRING)
            return REACH_TEXT;
        if (field->shape == BUS_SHAPE_VECTOR || field->kind == BUS_FIELD_BYTES)
            reach = REACH_SLICES;
        if (field->kind == BUS_FIELD_TABLE) {
            reach = farther(reach, reach_of(field->type, looks));
        } else if (field->kind == BUS_FIELD_UNION) {
            const struct bus_union *choice = field->type;

            for (k = 0; k < choice->arm_count; k++)
                reach = farther(reach, reach_of(choice->arms[k].table, looks));
        }
    }
    return reach;
}

/* What a command that runs on its caller need not pack. A request with slices is packed all the
 * same if an answer has some too: it may point into the result's bytes, to which that answer goes
 * while the handler can still read the request. */
static void look_at_command(struct route *route)
{
    const struct bus_message_type *type = route->type;
    uint32_t i, looks = 0;
    bool all_flat = true;
    enum reach reach;

    for (i = 0; i < type->answer_count; i++) {
        const struct bus_table *table = type->answers[i].codec.table;

        if (table == NULL)
            continue;
        looks = 0;
        if (i >= 64 || reach_of(table, &looks) != REACH_NOTHING) {
            all_flat = false;
            continue;
        }
        route->flat_answers |= UINT64_C(1) << i;
        if (table->size > route->kept)
            route->kept = table->size;
    }
    looks = 0;
    reach = reach_of(type->codec.table, &looks);
    route->needs_approval = route->policy.approval_ns != 0;
    route->in_place = reach == REACH_NOTHING || (reach == REACH_SLICES && all_flat);
}

static uint32_t scratch_of(const struct bus_message_type *type)
{
    return type->codec.table->size + type->codec.scratch_max + 16;
}

static void route_free(struct bus *bus, struct route *route)
{
    if (route->spare != NULL)
        bus_give_memory(bus, route->spare, route->type->result.size);
    keep_last_free(bus, route);
    durations_free(bus, route);
    bus_give_memory(bus, route, sizeof *route);
}

/* A ring on every worker, for the level that a drop_oldest type uses. */
static bool rings_make(struct bus *bus, uint32_t level)
{
    uint32_t capacity = bus->options.capacity[level];
    size_t ring_size = (sizeof(struct drop_ring) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    size_t size = ring_size + drop_ring_bytes(capacity, bus->cell_size);
    uint32_t i;

    for (i = 0; i < bus->worker_count; i++) {
        struct worker *worker = &bus->workers[i];
        uint8_t *memory;

        if (worker->rings[level] != NULL)
            continue;
        memory = bus_take_memory(bus, size, CACHE_LINE);
        if (memory == NULL)
            return false; /* those made so far are used when the type is seen again */
        drop_ring_init((struct drop_ring *)(void *)memory, memory + ring_size, capacity,
                       bus->cell_size, 0);
        atomic_or_u32(&worker->unusual, UNUSUAL_RINGS); /* whoever sees the ring sees this */
        atomic_store_release_ptr(&worker->rings[level], memory);
    }
    return true;
}

static enum bus_status type_check(const struct bus *bus, const struct bus_message_type *type)
{
    if (type->name == NULL || type->codec.table == NULL || type->codec.measure == NULL ||
        type->codec.pack == NULL || type->codec.unpack == NULL || type->invoke == NULL ||
        type->kind > BUS_INTEGRATION_EVENT || type->priority >= BUS_LANES ||
        type->when_full > BUS_FULL_DEAD_LETTER || !upgrade_is_sound(type) ||
        ((type->flags & BUS_TYPE_KEEP_LAST) != 0 &&
         (type->key == NULL || type->kind == BUS_COMMAND ||
          type->when_full == BUS_FULL_DROP_OLDEST)))
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: a message type description is damaged; was its .bus file "
                           "compiled by this version of busgen?",
                           bus->name);
    if (policy_check(policy_find(&bus->options, type), type) != BUS_OK)
        return BUS_ERR_INVALID;
    if (bus->route_count == bus->options.types_max)
        return fail_status(BUS_ERR_LIMIT,
                           "bus %s: %s is one message type too many; raise "
                           "bus_options.types_max (now %" PRIu32 ")",
                           bus->name, type->name, bus->options.types_max - SYSTEM_EVENTS);
    return BUS_OK;
}

static struct route *route_exactly(const struct bus *bus, uint64_t type_id)
{
    uint32_t at = (uint32_t)type_id & bus->slot_mask;
    struct route *route;

    while ((route = atomic_load_acquire_ptr(&bus->slots[at])) != NULL && route->type->id != type_id)
        at = (at + 1) & bus->slot_mask;
    return route;
}

struct route *route_of_id(const struct bus *bus, uint64_t type_id)
{
    uint32_t i, left = atomic_load_acquire_u32(&bus->upgraded_count);
    struct route *route = route_exactly(bus, type_id);

    for (i = 1; route == NULL && left != 0; i++) {
        struct route *newest = route_at(bus, i);

        if (newest->type->upgrade == NULL)
            continue;
        left--;
        if (upgrade_find(newest->type, type_id) != NULL)
            route = newest;
    }
    return route;
}

static enum bus_status say_two_builds(const struct bus *bus, const struct bus_message_type *a,
                                      const char *are, const struct bus_message_type *b)
{
    return fail_status(BUS_ERR_INVALID,
                       "bus %s: %s of schema version %" PRIu32 " %s %s of version %" PRIu32
                       ": two builds of one schema are in this process, link one of them only "
                       "(or a name was hashed like another)",
                       bus->name, a->name, a->schema_version, are, b->name, b->schema_version);
}

/* No version of it has a route, older or newer: messages of the one would not come to handlers of
 * the other. */
static enum bus_status versions_check(const struct bus *bus, const struct bus_message_type *type)
{
    const struct route *route = route_of_id(bus, type->id);
    const struct bus_message_type *older;

    if (route != NULL)
        return say_two_builds(bus, type, "is an older version of", route->type);
    for (older = type; older->upgrade != NULL;) {
        older = older->upgrade->from;
        route = route_exactly(bus, older->id);
        if (route != NULL)
            return say_two_builds(bus, route->type, "is an older version of", type);
    }
    return BUS_OK;
}

struct route *route_make_locked(struct bus *bus, const struct bus_message_type *type,
                                enum bus_status *status)
{
    uint32_t at = (uint32_t)type->id & bus->slot_mask;
    struct route *route;

    for (; (route = bus->slots[at]) != NULL; at = (at + 1) & bus->slot_mask) {
        if (route->type == type)
            return route;
        if (route->type->id == type->id) {
            *status = say_two_builds(bus, route->type, "has the identity of", type);
            return NULL;
        }
    }
    *status = type_check(bus, type);
    if (*status == BUS_OK)
        *status = versions_check(bus, type);
    if (*status != BUS_OK)
        return NULL;
    route = bus_take_memory(bus, sizeof *route, CACHE_LINE);
    if (route != NULL) {
        route->type = type;
        route->policy = *policy_find(&bus->options, type);
        if (bus->options.no_error_handling)
            policy_drop(&route->policy);
        policy_fill(&route->policy, (enum bus_message_kind)type->kind);
        route->secrets = secrets_are_in(type);
        watchdog_heed(bus, &route->policy);
    }
    if (route != NULL && type->kind == BUS_COMMAND)
        route->spare = bus_take_memory(bus, type->result.size, CACHE_LINE);
    if (route == NULL || (type->kind == BUS_COMMAND && route->spare == NULL) ||
        (type->when_full == BUS_FULL_DROP_OLDEST && !rings_make(bus, type->priority)) ||
        ((type->flags & BUS_TYPE_KEEP_LAST) != 0 && !keep_last_make(bus, route))) {
        if (route != NULL)
            route_free(bus, route);
        *status = fail_status(BUS_ERR_MEMORY, "bus %s: no memory for message type %s", bus->name,
                              type->name);
        return NULL;
    }
    route->index = bus->route_count + 1;
    route->level = type->priority;
    route->ordinary = type->kind != BUS_COMMAND && type->when_full != BUS_FULL_DROP_OLDEST &&
                      type->deadline_ns == 0 &&
                      (type->flags & (BUS_TYPE_CHECK_TEXT | BUS_TYPE_KEEP_LAST)) == 0;
    route->scratch = scratch_of(type);
    if (type->kind == BUS_COMMAND)
        look_at_command(route);
    route->home = WORKER_ANY;
    route->last_home = WORKER_ANY;
    atomic_store_release_ptr(&bus->routes[route->index], route);
    atomic_store_release_u32(&bus->route_count, route->index);
    if (type->upgrade != NULL)
        atomic_store_release_u32(&bus->upgraded_count, bus->upgraded_count + 1);
    atomic_store_release_ptr(&bus->slots[at], route);
    return route;
}

struct route *route_make(struct bus *bus, const struct bus_message_type *type,
                         enum bus_status *status)
{
    struct route *route;

    lock_take(&bus->registry, &bus->os);
    route = route_make_locked(bus, type, status);
    lock_give(&bus->registry, &bus->os);
    return route;
}

void routes_free(struct bus *bus)
{
    size_t ring_size = (sizeof(struct drop_ring) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    uint32_t i, level;

    for (i = 1; i <= bus->route_count; i++)
        route_free(bus, bus->routes[i]);
    for (i = 0; bus->workers != NULL && i < bus->worker_count; i++)
        for (level = 0; level < BUS_LANES; level++)
            if (bus->workers[i].rings[level] != NULL)
                bus_give_memory(bus, bus->workers[i].rings[level],
                                ring_size +
                                    drop_ring_bytes(bus->options.capacity[level], bus->cell_size));
}
