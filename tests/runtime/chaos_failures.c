/* chaos_failures.c - see chaos.h: what is tried again, refused, given up, and run again later. */
#include "chaos.h"

#include <bus/breakers.h>
#include <bus/dead_letters.h>

#include "bus_system.bus.h"

#define MS BUS_MILLISECOND

/* One breaker for what goes over the same line. */
#define LINE                                                                                       \
    .breaker_name = "line", .breaker_failures = 3, .breaker_within_ns = 50 * MS,                   \
    .breaker_open_ns = 2 * MS, .breaker_probes = 2
#define SHORTLY .backoff_first_ns = MS, .backoff_most_ns = 5 * MS

/* `urged` has none: it shows that order is kept where nothing is tried again. */
static const struct bus_policy_override policies[] = {
    {&probe_ticked_type, {.retries = 3, SHORTLY}},
    {&probe_keyed_type, {.retries = 2, SHORTLY, .ordered = true}},
    {&probe_bulked_type, {.retries = 5, SHORTLY, .jitter = BUS_JITTER_FULL}},
    {&probe_shed_type, {.retries = 1, SHORTLY}},
    {&probe_shed_bulked_type, {.retries = 2, SHORTLY, .no_dead_letters = true}},
    {&probe_alarmed_type, {.retries = 3, SHORTLY, .retry_budget = 20}},
    {&probe_waited_type, {.retries = 2, SHORTLY, LINE, .on_open = BUS_ON_OPEN_PARK}},
    {&probe_faded_type, {.retries = 1, SHORTLY, LINE, .on_open = BUS_ON_OPEN_DEAD_LETTER}},
    {&probe_square_type, {.retries = 2, SHORTLY, LINE, .on_open = BUS_ON_OPEN_FAIL}},
};

void declare_failures(struct bus_options *options)
{
    options->policies = policies;
    options->policy_count = sizeof policies / sizeof policies[0];
    options->held_max = 200; /* now and then there is no place */
    options->dead_letters_max = 100;
}

enum bus_verdict fate_on_line(struct chaos *chaos, struct bus_delivery *delivery, uint64_t number)
{
    if (atomic_load(&chaos->storm))
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                      .code = 111,
                                                      .transient = true,
                                                      .text = "the line is cut"});
    return fate(delivery, number);
}

static enum bus_verdict on_breaker(void *context, const struct bus_system_breaker_changed *event,
                                   struct bus_delivery *delivery)
{
    struct chaos *chaos = context;

    (void)event;
    (void)delivery;
    atomic_fetch_add(&chaos->kinds[BREAKER_CHANGED], 1);
    return BUS_DONE;
}

void listen_to_breakers(struct chaos *chaos)
{
    assert_int_equal(bus_system_breaker_changed_subscribe(chaos->bus, on_breaker, chaos, NULL),
                     BUS_OK);
}

/* ---- letters are run again ---- */

static int event_of(const struct bus_message_type *type)
{
    for (int i = 0; i < EVENTS; i++)
        if (chaos_events[i] == type)
            return i;
    return EVENTS;
}

struct replaying {
    struct chaos *chaos;
    uint64_t timeout_ns;
};

/* A replay is a message like any other, and goes into the books like one. */
static bool replay(void *context, const struct bus_dead_letter *letter)
{
    struct replaying *replaying = context;
    struct chaos *chaos = replaying->chaos;
    int event = event_of(letter->type);
    enum bus_outcome outcome;

    if (event == URGED) /* it would not come in order */
        return true;
    outcome = bus_dead_letter_replay(chaos->bus, letter->number, replaying->timeout_ns);
    atomic_fetch_add(&chaos->outcomes[outcome], 1);
    if (bus_accepted(outcome) || outcome == BUS_ANSWERED || outcome == BUS_FAULTED ||
        outcome == BUS_TIMEOUT) {
        atomic_fetch_add(&chaos->kinds[REPLAYED], 1);
        if (event < EVENTS)
            atomic_fetch_add(&chaos->accepted[event], 1);
    } else if (event < EVENTS) {
        atomic_fetch_add(&chaos->refused[event], 1);
    }
    return true;
}

void disturb_letters(struct chaos *chaos, uint64_t dice)
{
    struct bus_dead_letter_filter some = {.most = dice % 8 + 1};
    struct replaying replaying = {chaos, 0};
    enum bus_status status;

    atomic_store(&chaos->storm, dice / 8 % 4 == 0);
    if (dice / 32 % 2 == 0 && !chaos->polled) /* there the poller runs them */
        replaying.timeout_ns = 3 * MS;
    if (dice / 64 % 2 == 0)
        some.type = chaos_events[dice / 128 % EVENTS];
    if (dice / 2048 % 16 == 0)
        status = bus_dead_letters_purge(chaos->bus, &some, NULL);
    else
        status = bus_dead_letters_each(chaos->bus, &some, replay, &replaying, NULL);
    if (status != BUS_OK)
        atomic_fetch_add(&chaos->wrong, 1);
}

static void count_opened(void *context, const struct bus_breaker *breaker)
{
    struct chaos *chaos = context;

    atomic_fetch_add(&chaos->kinds[OPENED], breaker->opened);
    atomic_fetch_add(&chaos->kinds[CLOSED],
                     breaker->state == BUS_BREAKER_CLOSED && breaker->opened != 0);
    if (breaker->probes_running != 0 || !breaker->shared)
        atomic_fetch_add(&chaos->wrong, 1);
}

static bool next_one(void *context, const struct bus_dead_letter *letter)
{
    (void)context;
    return letter->number != 0;
}

void check_letters(struct chaos *chaos)
{
    struct bus_dead_letter_figures figures;
    uint64_t shown = 0;

    assert_int_equal(bus_dead_letter_figures_read(chaos->bus, &figures), BUS_OK);
    assert_int_equal(figures.added,
                     figures.replayed + figures.purged + figures.evicted + figures.waiting);
    assert_int_equal(bus_dead_letters_each(chaos->bus, NULL, next_one, NULL, &shown), BUS_OK);
    assert_int_equal(shown, figures.waiting);
    assert_int_equal(bus_breakers_each(chaos->bus, count_opened, chaos), 1);
    atomic_fetch_add(&chaos->kinds[LETTERED], figures.added);
    atomic_fetch_add(&chaos->kinds[REPLAYED_WELL], figures.replayed);
}
