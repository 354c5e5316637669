#include "components.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t DAY_NS = INT64_C(86400000000000);
static const int64_t HOUR_NS = INT64_C(3600000000000);

static void name_copy(char to[NAME_SIZE], struct bus_string from)
{
    if (from.size > 0)
        memcpy(to, from.data, from.size); /* the bus refuses what is over `max 160` */
    to[from.size] = '\0';
}

static enum bus_verdict no_memory(struct bus_delivery *delivery)
{
    return bus_fail_errno(delivery, ENOMEM, "the report");
}

/* ---- calendar ---- */

static struct day *day_of(struct calendar *calendar, int64_t at_ns)
{
    int64_t number = at_ns / DAY_NS;
    size_t place = calendar->day_count;
    void *grown;

    while (place > 0 && calendar->days[place - 1].number > number)
        place--;
    if (place > 0 && calendar->days[place - 1].number == number)
        return &calendar->days[place - 1];
    grown = realloc(calendar->days, (calendar->day_count + 1) * sizeof(struct day));
    if (grown == NULL)
        return NULL;
    calendar->days = grown;
    memmove(&calendar->days[place + 1], &calendar->days[place],
            (calendar->day_count - place) * sizeof(struct day));
    calendar->days[place] = (struct day){.number = number};
    calendar->day_count++;
    return &calendar->days[place];
}

static enum bus_verdict on_run(void *context, const struct packages_run_started *event,
                               struct bus_delivery *delivery)
{
    struct calendar *calendar = context;

    (void)event;
    (void)delivery;
    calendar->runs++;
    return BUS_DONE;
}

static enum bus_verdict on_action(void *context, const struct packages_action_started *event,
                                  struct bus_delivery *delivery)
{
    struct calendar *calendar = context;
    struct day *day = day_of(calendar, event->at_ns);

    if (day == NULL)
        return no_memory(delivery);
    day->actions[event->action]++;
    calendar->hours[event->at_ns % DAY_NS / HOUR_NS]++;
    return BUS_DONE;
}

static enum bus_verdict on_state(void *context, const struct packages_state_changed *event,
                                 struct bus_delivery *delivery)
{
    struct calendar *calendar = context;

    (void)delivery;
    calendar->states[event->state]++;
    return BUS_DONE;
}

static enum bus_verdict on_conffile(void *context, const struct packages_conffile_decided *event,
                                    struct bus_delivery *delivery)
{
    struct calendar *calendar = context;

    (void)delivery;
    if (event->replaced)
        calendar->conffiles_replaced++;
    else
        calendar->conffiles_kept++;
    return BUS_DONE;
}

static enum bus_verdict on_rejected(void *context, const struct packages_line_rejected *event,
                                    struct bus_delivery *delivery)
{
    struct calendar *calendar = context;

    (void)delivery;
    if (calendar->malformed < COMPLAINTS_MAX) {
        struct complaint *complaint = &calendar->complaints[calendar->malformed];

        complaint->number = event->number;
        snprintf(complaint->reason, sizeof(complaint->reason), "%s", event->reason.data);
    }
    calendar->malformed++;
    return BUS_DONE;
}

/* ---- stopwatch ---- */

static struct running *running_find(struct stopwatch *stopwatch, struct bus_string package)
{
    for (size_t i = 0; i < stopwatch->running_count; i++)
        if (bus_string_equal(bus_cstr(stopwatch->running[i].package), package))
            return &stopwatch->running[i];
    return NULL;
}

static bool running_add(struct stopwatch *stopwatch, const struct packages_state_changed *event)
{
    struct running *running;

    if (stopwatch->running_count == stopwatch->capacity) {
        size_t capacity = stopwatch->capacity * 2 + 64;
        void *grown = realloc(stopwatch->running, capacity * sizeof(struct running));

        if (grown == NULL)
            return false;
        stopwatch->running = grown;
        stopwatch->capacity = capacity;
    }
    running = &stopwatch->running[stopwatch->running_count++];
    name_copy(running->package, event->package);
    running->since_ns = event->at_ns;
    return true;
}

static enum bus_verdict stopwatch_on_state(void *context,
                                           const struct packages_state_changed *event,
                                           struct bus_delivery *delivery)
{
    struct stopwatch *stopwatch = context;
    struct running *running = running_find(stopwatch, event->package);
    struct packages_package_installed installed;

    if (event->state == PACKAGES_STATE_HALF_INSTALLED && running == NULL)
        return running_add(stopwatch, event) ? BUS_DONE : no_memory(delivery);
    if (running == NULL ||
        (event->state != PACKAGES_STATE_INSTALLED && event->state != PACKAGES_STATE_NOT_INSTALLED &&
         event->state != PACKAGES_STATE_CONFIG_FILES))
        return BUS_DONE;
    packages_package_installed_init(&installed);
    installed.package = event->package;
    installed.at_ns = event->at_ns;
    installed.version = event->version;
    installed.took_ns = event->at_ns - running->since_ns;
    *running = stopwatch->running[--stopwatch->running_count];
    if (event->state != PACKAGES_STATE_INSTALLED)
        return BUS_DONE; /* it was removed */
    /* Inside a handler publish never waits: a full lane is this handler's failure. */
    if (!bus_accepted(packages_package_installed_publish(bus_delivery_bus(delivery), &installed)))
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_QUEUE,
                                                      .text = bus_last_error()});
    return BUS_DONE;
}

/* ---- ranking ---- */

static enum bus_verdict ranking_on_installed(void *context,
                                             const struct packages_package_installed *event,
                                             struct bus_delivery *delivery)
{
    struct ranking *ranking = context;
    char name[NAME_SIZE];
    size_t place = ranking->slowest_count;

    (void)delivery;
    ranking->installed++;
    ranking->total_ns += (uint64_t)(event->took_ns > 0 ? event->took_ns : 0);
    name_copy(name, event->package);
    while (place > 0 && (ranking->slowest[place - 1].took_ns < event->took_ns ||
                         (ranking->slowest[place - 1].took_ns == event->took_ns &&
                          strcmp(ranking->slowest[place - 1].package, name) > 0)))
        place--;
    if (place == SLOWEST_MAX)
        return BUS_DONE;
    if (ranking->slowest_count < SLOWEST_MAX)
        ranking->slowest_count++;
    memmove(&ranking->slowest[place + 1], &ranking->slowest[place],
            (ranking->slowest_count - place - 1) * sizeof(ranking->slowest[0]));
    memcpy(ranking->slowest[place].package, name, sizeof(name));
    ranking->slowest[place].took_ns = event->took_ns;
    return BUS_DONE;
}

/* ---- upgrades ---- */

static enum bus_verdict upgrades_on_action(void *context,
                                           const struct packages_action_started *event,
                                           struct bus_delivery *delivery)
{
    struct upgrades *upgrades = context;
    struct upgrade *upgrade;
    void *grown;

    if (event->action != PACKAGES_ACTION_UPGRADE)
        return BUS_DONE;
    grown = realloc(upgrades->list, (upgrades->count + 1) * sizeof(upgrades->list[0]));
    if (grown == NULL)
        return no_memory(delivery);
    upgrades->list = grown;
    upgrade = &upgrades->list[upgrades->count++];
    name_copy(upgrade->package, event->package);
    name_copy(upgrade->from, event->old_version.value);
    name_copy(upgrade->to, event->new_version.value);
    return BUS_DONE;
}

/* ---- together ---- */

enum bus_status components_attach(struct bus *bus, struct components *components)
{
    static const struct packages_calendar calendar = {.on_run_started = on_run,
                                                      .on_action_started = on_action,
                                                      .on_state_changed = on_state,
                                                      .on_conffile_decided = on_conffile,
                                                      .on_line_rejected = on_rejected};
    static const struct packages_stopwatch stopwatch = {.on_state_changed = stopwatch_on_state};
    static const struct packages_ranking ranking = {.on_package_installed = ranking_on_installed};
    static const struct packages_upgrades upgrades = {.on_action_started = upgrades_on_action};
    enum bus_status status = packages_calendar_attach(bus, &calendar, &components->calendar);

    if (status == BUS_OK)
        status = packages_stopwatch_attach(bus, &stopwatch, &components->stopwatch);
    if (status == BUS_OK)
        status = packages_ranking_attach(bus, &ranking, &components->ranking);
    if (status == BUS_OK)
        status = packages_upgrades_attach(bus, &upgrades, &components->upgrades);
    return status;
}

void components_free(struct components *components)
{
    free(components->calendar.days);
    free(components->stopwatch.running);
    free(components->upgrades.list);
}
