/* guard/guard.c - handlers get their breakers and budgets; listing them. Cold. */
#include "guard/guard.h"

#include <stdio.h>

#include <bus/breakers.h>

#include "guard/batch.h"
#include "guard/dead_letters.h"
#include "path/path.h"

_Static_assert((int)BREAKER_CLOSED == (int)BUS_BREAKER_CLOSED &&
                   (int)BREAKER_OPEN == (int)BUS_BREAKER_OPEN &&
                   (int)BREAKER_HALF_OPEN == (int)BUS_BREAKER_HALF_OPEN,
               "the public states are ours");

static void tell_change(void *context, struct thread *thread, enum breaker_state from,
                        enum breaker_state to, uint32_t failures)
{
    const struct dependency *dependency = context;

    system_breaker_changed(thread, dependency->name, from, to, failures);
}

/* The one that goes by this name; NULL: not seen yet. */
static struct dependency *find_shared(const struct bus *bus, const char *name)
{
    struct dependency *dependency = bus->dependencies;

    while (dependency != NULL &&
           (dependency->handler != NULL || strcmp(dependency->name, name) != 0))
        dependency = dependency->next;
    return dependency;
}

static bool says_the_same(const struct dependency *dependency, const struct bus_policy *policy)
{
    const struct breaker_options *options = &dependency->breaker.options;

    return options->failures == policy->breaker_failures &&
           options->probes == policy->breaker_probes &&
           options->within_ns == policy->breaker_within_ns &&
           options->open_ns == policy->breaker_open_ns &&
           dependency->budget.percent == policy->retry_budget;
}

static struct dependency *dependency_make(struct bus *bus, struct handler *handler, bool shared)
{
    const struct bus_policy *policy = &handler->route->policy;
    size_t bytes = sizeof(struct dependency) + policy->breaker_failures * sizeof(uint64_t);
    struct dependency *made = bus_take_memory(bus, bytes, CACHE_LINE);

    if (made == NULL)
        return NULL;
    made->bytes = bytes;
    made->bus = bus;
    made->name = shared ? policy->breaker_name : handler->name;
    made->handler = shared ? NULL : handler;
    made->has_breaker = policy->breaker_failures != 0;
    made->budget.percent = policy->retry_budget;
    breaker_init(&made->breaker,
                 &(struct breaker_options){.failures = policy->breaker_failures,
                                           .probes = policy->breaker_probes,
                                           .within_ns = policy->breaker_within_ns,
                                           .open_ns = policy->breaker_open_ns,
                                           .os = &bus->os,
                                           .changed = tell_change,
                                           .context = made},
                 made->at_ns);
    made->breaker.since_ns = bus_now(bus);
    made->next = bus->dependencies;
    made->link = &bus->dependencies;
    if (made->next != NULL)
        made->next->link = &made->next;
    bus->dependencies = made;
    return made;
}

static void dependency_free(struct bus *bus, struct dependency *dependency)
{
    *dependency->link = dependency->next;
    if (dependency->next != NULL)
        dependency->next->link = dependency->link;
    bus_give_memory(bus, dependency, dependency->bytes);
}

enum bus_status guard_make(struct bus *bus, struct handler *handler)
{
    const struct bus_policy *policy = &handler->route->policy;
    bool shared = policy->breaker_failures != 0 && policy->breaker_name != NULL;
    struct dependency *dependency = NULL;
    struct guard *guard;

    /* What goes wrong with a system event must not lead to another one. */
    if (handler->route->type->kind == BUS_SYSTEM_EVENT ||
        (policy->breaker_failures == 0 && policy->retry_budget == 0 && policy->timeout_ns == 0))
        return BUS_OK;
    if (shared)
        dependency = find_shared(bus, policy->breaker_name);
    if (dependency != NULL && !says_the_same(dependency, policy))
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: %s shares the breaker %s with another message, but says other "
                           "numbers for it or for the retry budget",
                           bus->name, handler->route->type->name, policy->breaker_name);
    guard = bus_take_memory(bus, sizeof *guard, 8);
    if (guard != NULL && dependency == NULL)
        dependency = dependency_make(bus, handler, shared);
    if (guard == NULL || dependency == NULL) {
        if (guard != NULL)
            bus_give_memory(bus, guard, sizeof *guard);
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to register handlers", bus->name);
    }
    guard->dependency = dependency;
    guard->breaker = dependency->has_breaker ? &dependency->breaker : NULL;
    guard->budget = dependency->budget.percent != 0 ? &dependency->budget : NULL;
    guard->timeout_ns = policy->timeout_ns;
    handler->guard = guard;
    return BUS_OK;
}

void guard_free(struct bus *bus, struct handler *handler)
{
    struct guard *guard = handler->guard;

    if (guard == NULL)
        return;
    batches_free(bus, handler);
    if (guard->dependency != NULL && guard->dependency->handler != NULL)
        dependency_free(bus, guard->dependency);
    bus_give_memory(bus, guard, sizeof *guard);
    handler->guard = NULL;
}

void guards_close(struct bus *bus)
{
    while (bus->dependencies != NULL)
        dependency_free(bus, bus->dependencies);
}

/* ---- runs ---- */

bool guard_allows_retry(const struct bus_delivery *delivery)
{
    const struct guard *guard = delivery->handler->guard;
    const struct route *route = delivery->route;

    if (guard == NULL)
        return true;
    if (guard_state(delivery->handler) != BREAKER_CLOSED &&
        (!type_is_event(route->type) || route->policy.on_open != BUS_ON_OPEN_PARK))
        return false;
    return guard->budget == NULL || budget_take(guard->budget);
}

void guard_note_refusal(struct bus_delivery *delivery)
{
    char text[BUS_ERROR_TEXT_SIZE];

    delivery->misused = false;
    delivery->deferred = false;
    if (cell_attempt(delivery->cell) <= 1)
        delivery->report = 0; /* no run before this one: nothing can be recovered */
    delivery->answer_too_large = false;
    delivery->answer_is_kept = false;
    delivery->answer = 0;
    delivery->answer_size = 0;
    (void)snprintf(text, sizeof text, "breaker %s is open: the handler was not called",
                   delivery->handler->guard->dependency->name);
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                             .severity = BUS_SEVERITY_MEDIUM,
                                             .code = BUS_FAULT_BREAKER_OPEN,
                                             .transient = true,
                                             .text = text});
}

uint64_t guard_next_ns(const struct guard *guard)
{
    return breaker_next_ns(guard->breaker);
}

bool guard_give_up(struct bus_delivery *delivery)
{
    enum bus_on_open on_open = delivery->route->policy.on_open;

    if (on_open == BUS_ON_OPEN_FAIL || delivery->route->policy.no_dead_letters)
        return false;
    return dead_letters_add(delivery->thread,
                            &(struct letter){.route = delivery->route,
                                             .cell = delivery->cell,
                                             .extension = delivery->extension,
                                             .bytes = bus_delivery_bytes(delivery, NULL),
                                             .message = delivery->message,
                                             .handler = delivery->handler,
                                             .error = &delivery->error,
                                             .attempts = cell_attempt(delivery->cell) - 1,
                                             .reason = on_open == BUS_ON_OPEN_DEAD_LETTER
                                                           ? BUS_LETTER_BREAKER_OPEN
                                                           : BUS_LETTER_NO_ROOM});
}

/* ---- listing ---- */

uint32_t bus_breakers_each(struct bus *bus, bus_breaker_fn fn, void *context)
{
    struct dependency *dependency;
    uint32_t count = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL) {
        last_error_set("bus_breakers_each: bus or function is NULL");
        return 0;
    }
    lock_take(&bus->registry, &bus->os);
    for (dependency = bus->dependencies; dependency != NULL; dependency = dependency->next) {
        const struct handler *owner = dependency->handler;
        struct breaker_view view;
        uint64_t now;

        if (!dependency->has_breaker ||
            (owner != NULL && atomic_load_relaxed_u32(&owner->removed) != 0))
            continue;
        breaker_look(&dependency->breaker, &view);
        now = bus_now(bus);
        fn(context, &(struct bus_breaker){
                        .name = dependency->name,
                        .shared = owner == NULL,
                        .state = (enum bus_breaker_state)view.state,
                        .failures = view.failures,
                        .probes_running = view.running,
                        .opened = view.opened,
                        .refused = view.refused,
                        .for_ns = now > view.since_ns ? now - view.since_ns : 0,
                    });
        count++;
    }
    lock_give(&bus->registry, &bus->os);
    return count;
}
