/*
 * guard/letter_campaign.c - many dead letters run again, in order and at a rate.
 *
 * One thread reads the letters in order of their numbers and sends them; up to FLIGHTS_MAX are on
 * their way. Order: of a type and key only one is on its way at a time, and once one of them has
 * failed the others are left alone. Letters without a key go to their lanes in order, which is all
 * that was ever promised to them.
 */
#include "guard/letters.h"

#include <inttypes.h>

/* Some records are left for others. */
enum { FLIGHTS_MAX = REPLAYS_MAX / 2, SET_LEAST = 64 };

/* Hashes of the types and keys behind which nothing may run; 0 is no member. */
struct key_set {
    uint64_t *keys;
    uint32_t size; /* power of two */
    uint32_t count;
};

struct flight {
    struct replay *replay;
    uint64_t key; /* 0: none */
};

struct campaign {
    struct bus *bus;
    struct thread *thread;
    uint64_t deadline_ns;
    uint64_t every_ns; /* 0: no rate */
    uint64_t due_ns;
    struct flight flights[FLIGHTS_MAX];
    uint32_t count;
    struct key_set failed;
    struct bus_replay_result result;
    const struct bus_replay_options *options;
    uint64_t chosen; /* letters that the filter picks; known when somebody watches */
    uint64_t tell_ns;
    bool given_up; /* whoever watches wants no more */
};

/* Who watches is told so often. */
#define TELL_NS (50 * BUS_MILLISECOND)

/* ---- keys ---- */

/* All versions of a message have one order. */
static uint64_t key_of(struct bus *bus, const struct bus_dead_letter *letter)
{
    const struct route *route = letter_route(bus, letter);
    uint64_t id = route != NULL ? route->type->id : letter->type_id;

    if (!letter->envelope.has_key)
        return 0;
    return bus_key_u64(id ^ bus_key_u64(letter->envelope.key_hash)) | 1;
}

static uint32_t slot_of(const struct key_set *set, uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 32) & (set->size - 1);

    while (set->keys[at] != 0 && set->keys[at] != key)
        at = (at + 1) & (set->size - 1);
    return at;
}

static bool set_has(const struct key_set *set, uint64_t key)
{
    return set->size != 0 && set->keys[slot_of(set, key)] == key;
}

static void set_free(struct bus *bus, struct key_set *set)
{
    if (set->keys != NULL)
        bus_give_memory(bus, set->keys, set->size * sizeof *set->keys);
}

/* False: no memory. */
static bool set_add(struct bus *bus, struct key_set *set, uint64_t key)
{
    struct key_set larger = {.size = set->size == 0 ? SET_LEAST : 2 * set->size};
    uint32_t i;

    if (2 * set->count >= set->size) {
        larger.keys = bus_take_memory(bus, larger.size * sizeof *larger.keys, CACHE_LINE);
        if (larger.keys == NULL)
            return false;
        for (i = 0; i < set->size; i++)
            if (set->keys[i] != 0)
                larger.keys[slot_of(&larger, set->keys[i])] = set->keys[i];
        larger.count = set->count;
        set_free(bus, set);
        *set = larger;
    }
    i = slot_of(set, key);
    set->count += set->keys[i] == 0;
    set->keys[i] = key;
    return true;
}

/* ---- flights ---- */

/* False: no memory to remember the key. */
static bool note_failure(struct campaign *campaign, uint64_t key)
{
    campaign->result.failed++;
    return key == 0 || set_add(campaign->bus, &campaign->failed, key);
}

/* Takes in what has ended. */
static bool land(struct campaign *campaign)
{
    uint32_t i = 0;

    while (i < campaign->count) {
        struct flight flight = campaign->flights[i];
        bool processed;

        if (!replay_collect(campaign->bus, flight.replay, &processed)) {
            i++;
            continue;
        }
        campaign->flights[i] = campaign->flights[--campaign->count];
        if (processed)
            campaign->result.replayed++;
        else if (!note_failure(campaign, flight.key))
            return false;
    }
    return true;
}

static bool is_up(const struct campaign *campaign, uint64_t key)
{
    uint32_t i;

    for (i = 0; key != 0 && i < campaign->count; i++)
        if (campaign->flights[i].key == key)
            return true;
    return false;
}

/* Tells whoever watches, when it is time for that, or `now`. */
static void tell(struct campaign *campaign, bool now)
{
    const struct bus_replay_result *result = &campaign->result;
    uint64_t ended = result->replayed + result->failed + result->behind;

    if (campaign->options->progress == NULL || campaign->given_up ||
        (!now && bus_now(campaign->bus) < campaign->tell_ns))
        return;
    campaign->tell_ns = bus_now(campaign->bus) + TELL_NS;
    campaign->given_up =
        !campaign->options->progress(campaign->options->context, result,
                                     campaign->chosen > ended ? campaign->chosen - ended : 0);
}

static bool is_over(const struct campaign *campaign)
{
    return campaign->given_up || bus_now(campaign->bus) >= campaign->deadline_ns ||
           (atomic_load_acquire_u32(&campaign->bus->gate) & GATE_HALTED) != 0;
}

static enum bus_status say_no_memory(const struct bus *bus)
{
    return fail_status(BUS_ERR_MEMORY,
                       "bus %s: no memory to remember the keys of dead letters that "
                       "failed again",
                       bus->name);
}

static enum bus_status say_late(const struct bus *bus)
{
    return fail_status(BUS_ERR_TIMEOUT, "bus %s: the time for replaying dead letters is over",
                       bus->name);
}

/* Until it may go: there is a place, the one before it has landed, the rate allows it. */
static enum bus_status wait_for_turn(struct campaign *campaign, uint64_t key)
{
    struct bus *bus = campaign->bus;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->letters->news);
        uint64_t until = campaign->deadline_ns;

        if (!land(campaign))
            return say_no_memory(bus);
        tell(campaign, false);
        if (campaign->given_up)
            return say_late(bus);
        if (campaign->count < FLIGHTS_MAX && !is_up(campaign, key)) {
            if (bus_now(bus) >= campaign->due_ns)
                return BUS_OK;
            until = campaign->due_ns < until ? campaign->due_ns : until;
        }
        if (is_over(campaign))
            return say_late(bus);
        replay_wait(bus, campaign->thread, seen, until); /* DOUBT_NS at most */
    }
}

static void reckon_rate(struct campaign *campaign)
{
    uint64_t now = bus_now(campaign->bus);

    if (campaign->every_ns == 0)
        return;
    campaign->due_ns += campaign->every_ns;
    /* What was late by more than one turn is not caught up with in a burst. */
    if (campaign->due_ns < now)
        campaign->due_ns = now;
}

static bool is_there(struct bus *bus, uint64_t number)
{
    struct bus_dead_letter_filter nothing = {.last = 1, .first = 2};
    struct letter_copy copy = {.filter = &nothing};
    enum bus_status status = BUS_OK;

    return letter_fetch(bus, number - 1, &copy, &status) && copy.letter.number == number;
}

/* One letter that the filter picks. */
static enum bus_status send_one(struct campaign *campaign, const struct bus_dead_letter *letter)
{
    struct bus *bus = campaign->bus;
    uint64_t key = key_of(bus, letter);
    struct replay *replay = NULL;
    enum bus_status status;
    enum bus_outcome outcome;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->letters->news);

        status = wait_for_turn(campaign, key);
        if (status != BUS_OK)
            return status;
        if (key != 0 && set_has(&campaign->failed, key)) {
            campaign->result.behind++;
            return BUS_OK;
        }
        outcome = replay_send(bus, campaign->thread, letter, true, &replay);
        if (outcome != BUS_REJECTED)
            break;
        /* No room now: others are on their way, in this campaign or from elsewhere. */
        if (is_over(campaign))
            return say_late(bus);
        replay_wait(bus, campaign->thread, seen, bus_until(bus, BUS_MILLISECOND));
    }
    if (bus_accepted(outcome)) {
        reckon_rate(campaign);
        campaign->flights[campaign->count++] = (struct flight){.replay = replay, .key = key};
        return BUS_OK;
    }
    if (outcome == BUS_CLOSED)
        return fail_status(BUS_ERR_STATE, "bus %s is not started, or stopped", bus->name);
    if (!is_there(bus, letter->number))
        return BUS_OK; /* purged, pushed out or run again from elsewhere */
    return note_failure(campaign, key) ? BUS_OK : say_no_memory(bus);
}

static enum bus_status land_all(struct campaign *campaign)
{
    struct bus *bus = campaign->bus;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->letters->news);

        if (!land(campaign))
            return say_no_memory(bus);
        tell(campaign, campaign->count == 0);
        if (campaign->count == 0)
            return BUS_OK;
        if (is_over(campaign))
            return say_late(bus);
        replay_wait(bus, campaign->thread, seen, campaign->deadline_ns);
    }
}

/* What the filter picks of those behind `after`, up to `last`. */
static uint64_t count_rest(struct bus *bus, struct letter_copy *copy, uint64_t after, uint64_t last,
                           uint64_t most)
{
    enum bus_status status = BUS_OK;
    uint64_t count = 0;

    while (count < most && letter_fetch(bus, after, copy, &status) && copy->letter.number <= last) {
        after = copy->letter.number;
        count += copy->wanted;
    }
    return count;
}

static enum bus_status fly(struct campaign *campaign, const struct bus_dead_letter_filter *filter)
{
    struct bus *bus = campaign->bus;
    uint64_t last = letters_last(bus), after = 0, sent = 0, most = UINT64_MAX;
    struct letter_copy copy = {.filter = filter};
    enum bus_status status = BUS_OK;

    if (filter != NULL && filter->first > 0)
        after = filter->first - 1;
    if (filter != NULL && filter->most > 0)
        most = filter->most;
    if (campaign->options->progress != NULL) {
        campaign->chosen = count_rest(bus, &copy, after, last, most);
        tell(campaign, true);
    }
    while (status == BUS_OK && sent < most && letter_fetch(bus, after, &copy, &status) &&
           copy.letter.number <= last) {
        if (copy.wanted)
            status = send_one(campaign, &copy.letter);
        if (status != BUS_OK)
            break;
        sent += copy.wanted;
        after = copy.letter.number;
    }
    if (status == BUS_OK)
        status = land_all(campaign);
    if (status != BUS_OK)
        campaign->result.untried = count_rest(bus, &copy, after, last, most - sent);
    letter_copy_free(bus, &copy);
    return status;
}

enum bus_status bus_dead_letters_replay(struct bus *bus,
                                        const struct bus_dead_letter_filter *filter,
                                        uint32_t per_second, uint64_t timeout_ns,
                                        struct bus_replay_result *result)
{
    /* No time at all is less than any. */
    const struct bus_replay_options options = {.per_second = per_second,
                                               .timeout_ns = timeout_ns != 0 ? timeout_ns : 1};

    return bus_dead_letters_replay_with(bus, filter, &options, result);
}

enum bus_status bus_dead_letters_replay_with(struct bus *bus,
                                             const struct bus_dead_letter_filter *filter,
                                             const struct bus_replay_options *options,
                                             struct bus_replay_result *result)
{
    static const struct bus_replay_options defaults;
    struct campaign campaign = {.bus = bus, .options = options != NULL ? options : &defaults};
    enum bus_status status;
    uint32_t i;

    if (result != NULL)
        *result = (struct bus_replay_result){0};
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot replay: the bus is NULL or closed");
    campaign.thread = thread_here(bus);
    if (campaign.thread == NULL)
        return thread_failure();
    if (atomic_load_relaxed_u32(&campaign.thread->depth) != 0)
        return fail_status(BUS_ERR_IN_HANDLER,
                           "bus %s: replaying many inside a handler could wait for that handler",
                           bus->name);
    if ((atomic_load_acquire_u32(&bus->gate) & (GATE_BUFFERING | GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s is not started, or stopped", bus->name);
    campaign.deadline_ns = UINT64_MAX;
    if (campaign.options->timeout_ns != 0)
        campaign.deadline_ns = bus_until(bus, campaign.options->timeout_ns);
    campaign.due_ns = bus_now(bus);
    if (campaign.options->per_second != 0)
        campaign.every_ns = BUS_SECOND / campaign.options->per_second;
    status = fly(&campaign, filter);
    for (i = 0; i < campaign.count; i++)
        replay_let_go(bus, campaign.flights[i].replay);
    campaign.result.unfinished = campaign.count;
    set_free(bus, &campaign.failed);
    if (result != NULL)
        *result = campaign.result;
    return status;
}
