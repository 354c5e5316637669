/* chaos_publish.c - see chaos.h: who publishes what, and in which company. */
#include "chaos.h"

#include <sched.h>

/* ---- what they publish ---- */

static void on_added(void *context, const struct probe_add_result *result)
{
    struct chaos *chaos = context;

    if (result->run.outcome == BUS_ANSWERED && result->answer == PROBE_ADD_NO_ANSWER)
        atomic_fetch_add(&chaos->wrong, 1);
    atomic_fetch_add(&chaos->completed, 1);
}

static void execute_something(struct chaos *chaos, uint64_t number)
{
    struct probe_add add = {.a = (uint32_t)number, .b = 1};
    struct probe_square square = {.value = (uint32_t)(number % 1000)};
    struct probe_add_result added;
    struct probe_square_result squared;
    struct bus_message_options soon = {.deadline_ns = (number % 50 + 1) * 100000};
    enum bus_outcome outcome;

    switch (number % 3) {
    case 0:
        outcome = probe_add_execute_with(chaos->bus, &add, number % 2 ? &soon : NULL, &added);
        if (outcome == BUS_ANSWERED && (added.answer != PROBE_ADD_OK || added.ok.sum != add.a + 1))
            atomic_fetch_add(&chaos->wrong, 1);
        break;
    case 1:
        outcome = probe_square_execute(chaos->bus, &square, &squared);
        if (outcome == BUS_ANSWERED && squared.ok.value != (uint64_t)square.value * square.value)
            atomic_fetch_add(&chaos->wrong, 1);
        break;
    default:
        outcome = probe_add_execute_async(chaos->bus, &add, NULL, on_added, chaos);
        if (bus_accepted(outcome))
            atomic_fetch_add(&chaos->awaited, 1);
        break;
    }
    if (outcome == BUS_ANSWERED)
        atomic_fetch_add(&chaos->answered, 1);
    atomic_fetch_add(&chaos->outcomes[outcome], 1);
    if (outcome == BUS_INVALID)
        atomic_fetch_add(&chaos->wrong, 1);
}

static void claim_something(struct chaos *chaos, uint64_t number)
{
    struct probe_bulked shape = {.number = number, .data = {NULL, (uint32_t)(number % 3000 + 1)}};
    struct bus_claim claim;
    enum bus_outcome outcome = probe_bulked_claim(chaos->bus, &shape, NULL, &claim);
    uint32_t size;
    uint8_t *data;

    if (!bus_accepted(outcome)) {
        tally(chaos, BULKED, outcome);
        return;
    }
    data = probe_bulked_claim_data(&claim, &size);
    if (data == NULL || size != shape.data.size)
        atomic_fetch_add(&chaos->wrong, 1);
    else
        memset(data, (int)(number & 0xff), size);
    if (number % 4 == 0)
        bus_claim_abort(&claim);
    else
        tally(chaos, BULKED, bus_claim_commit(&claim));
}

/* Claims in the ring that drops, too. */
static void claim_to_be_dropped(struct chaos *chaos, uint64_t number)
{
    struct probe_shed_bulked shape = {.number = number,
                                      .data = {NULL, (uint32_t)(number % 3000 + 1)}};
    struct bus_claim claim;
    enum bus_outcome outcome = probe_shed_bulked_claim(chaos->bus, &shape, NULL, &claim);

    if (!bus_accepted(outcome))
        tally(chaos, SHED_BULKED, outcome);
    else if (number % 4 == 0)
        bus_claim_abort(&claim);
    else
        tally(chaos, SHED_BULKED, bus_claim_commit(&claim));
}

static void publish_bulk(struct chaos *chaos, uint64_t number, uint64_t dice)
{
    struct probe_ticked ticks[20];
    struct probe_shed sheds[20];
    uint32_t count = (uint32_t)(dice % 20 + 1);
    uint32_t accepted;
    int event = dice / 32 % 2 == 0 ? TICKED : SHED;
    enum bus_outcome outcome;

    memset(ticks, 0, sizeof ticks);
    memset(sheds, 0, sizeof sheds);
    for (uint32_t i = 0; i < count; i++)
        ticks[i].number = sheds[i].number = number + i;
    outcome = event == TICKED ? probe_ticked_publish_many(chaos->bus, ticks, count, NULL, &accepted)
                              : probe_shed_publish_many(chaos->bus, sheds, count, NULL, &accepted);
    atomic_fetch_add(&chaos->accepted[event], accepted);
    if (bus_accepted(outcome) ? accepted != count : accepted >= count)
        atomic_fetch_add(&chaos->wrong, 1);
    if (!bus_accepted(outcome))
        atomic_fetch_add(&chaos->refused[event], 1);
}

static void publish_something(struct chaos *chaos, uint32_t origin, uint64_t number, uint64_t dice)
{
    static const uint8_t zero[3000];
    struct bus *bus = chaos->bus;
    struct probe_keyed keyed = {.id = dice >> 8, .number = number};
    struct probe_bulked bulked = {.number = 0, .data = {zero, (uint32_t)(dice >> 8) % 3000}};
    struct probe_urged urged = {.number = number, .origin = origin};

    switch (dice % 16) {
    case 0:
        execute_something(chaos, number);
        break;
    case 1:
        claim_something(chaos, number);
        break;
    case 2:
        tally(chaos, BULKED, probe_bulked_publish(bus, &bulked));
        break;
    case 3:
    case 4:
        tally(chaos, SHED, probe_shed_publish(bus, &(struct probe_shed){.number = number}));
        break;
    case 5:
        tally(chaos, WAITED, probe_waited_publish(bus, &(struct probe_waited){.number = number}));
        break;
    case 6:
        tally(chaos, ALARMED,
              probe_alarmed_publish(bus, &(struct probe_alarmed){.number = number}));
        break;
    case 7:
        tally(chaos, CHAINED, probe_chained_publish(bus, &(struct probe_chained){.number = 5}));
        break;
    case 8:
        publish_bulk(chaos, number, dice >> 8);
        break;
    case 9:
        tally(chaos, FADED, probe_faded_publish(bus, &(struct probe_faded){.number = number}));
        break;
    case 10:
    case 11:
        tally(chaos, KEYED, probe_keyed_publish(bus, &keyed));
        break;
    case 12:
        claim_to_be_dropped(chaos, number);
        break;
    case 13:
    case 14:
        tally(chaos, URGED, probe_urged_publish(bus, &urged));
        break;
    default:
        tally(chaos, TICKED, probe_ticked_publish(bus, &(struct probe_ticked){.number = number}));
        break;
    }
}

/* ---- how they share ---- */

/* A thread that publishes has a number of its own, and numbers its messages. */
static void publish_for_a_while(struct publisher *publisher, uint64_t count)
{
    struct chaos *chaos = publisher->chaos;
    uint32_t origin = atomic_fetch_add(&chaos->origins, 1);

    for (uint64_t n = 0; n < count && !atomic_load(&chaos->enough); n++) {
        uint64_t dice = chance(&publisher->seed);

        publish_something(chaos, origin, n, dice);
        if ((dice >> 32) % 512 == 0)
            sched_yield();
        if ((dice >> 48) % 4096 == 0)
            pause_here(dice % 300 * BUS_MICROSECOND);
    }
}

/* One lane, one kind, nobody else: now the lane may be owned by this thread. */
static void publish_a_run(struct publisher *publisher, uint64_t count)
{
    struct chaos *chaos = publisher->chaos;
    uint32_t origin = atomic_fetch_add(&chaos->origins, 1);

    for (uint64_t n = 0; n < count && !atomic_load(&chaos->enough); n++) {
        struct probe_urged urged = {.number = n, .origin = origin};
        enum bus_outcome outcome = probe_urged_publish(chaos->bus, &urged);

        tally(chaos, URGED, outcome);
        if (outcome == BUS_REJECTED)
            sched_yield();
    }
}

static void *short_life(void *argument)
{
    struct publisher *publisher = argument;

    publish_for_a_while(publisher, chance(&publisher->seed) % 800 + 1);
    return NULL;
}

/* Threads that end, and new ones in their place. */
static void publish_by_others(struct publisher *publisher)
{
    pthread_t thread;

    while (!atomic_load(&publisher->chaos->enough))
        if (pthread_create(&thread, NULL, short_life, publisher) == 0)
            (void)pthread_join(thread, NULL);
}

/* One alone, then all, then the next alone: `turn` counts that on. */
static void publish_by_turns(struct publisher *publisher)
{
    struct chaos *chaos = publisher->chaos;

    while (!atomic_load(&chaos->enough)) {
        uint32_t turn = atomic_load(&chaos->turn);
        bool mine = turn / 2 % chaos->publishers == publisher->index;

        if (turn % 2 == 0 && !mine) {
            sched_yield();
            continue;
        }
        if (turn % 4 == 0)
            publish_a_run(publisher, chance(&publisher->seed) % 2500 + 1);
        else
            publish_for_a_while(publisher, mine ? chance(&publisher->seed) % 600 + 1 : 20);
        if (mine)
            atomic_store(&chaos->turn, turn + 1);
    }
}

void *publisher_body(void *argument)
{
    struct publisher *publisher = argument;

    switch (publisher->chaos->seed % 3) {
    case 0:
        publish_for_a_while(publisher, UINT64_MAX);
        break;
    case 1:
        publish_by_turns(publisher);
        break;
    default:
        publish_by_others(publisher);
        break;
    }
    return NULL;
}
