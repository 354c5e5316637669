/* schedule/table.c - entries and chunks of the schedule; see schedule.h. */
#include "schedule/schedule.h"

static size_t align(size_t size)
{
    return (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
}

/* ---- open ---- */

/* Gives out the parts of one block, one behind the other. */
static void *part(uint8_t **at, size_t size)
{
    uint8_t *here = *at;

    *at += align(size);
    return here;
}

bool schedule_open(struct bus *bus)
{
    const struct bus_options *o = &bus->options;
    uint32_t most = o->schedule_max, buckets = 8, chunks;
    struct schedule *schedule;
    uint8_t *at;
    size_t size;

    while (buckets < most)
        buckets *= 2;
    chunks = (uint32_t)(o->schedule_bytes / SCHEDULE_CHUNK);
    size = align(sizeof *schedule) + align(most * sizeof(struct entry)) +
           align(buckets * sizeof(uint32_t)) + align(chunks * sizeof(uint32_t)) +
           (size_t)chunks * SCHEDULE_CHUNK + 2 * align(timers_bytes(most));
    at = bus_take_memory(bus, size, CACHE_LINE);
    if (at == NULL)
        return false;
    schedule = part(&at, sizeof *schedule);
    schedule->size = size;
    schedule->most = most;
    schedule->chunks = chunks;
    schedule->buckets = buckets;
    schedule->entries = part(&at, most * sizeof(struct entry));
    schedule->bucket = part(&at, buckets * sizeof(uint32_t));
    schedule->links = part(&at, chunks * sizeof(uint32_t));
    schedule->bytes = part(&at, (size_t)chunks * SCHEDULE_CHUNK);
    timers_init(&schedule->clock, part(&at, timers_bytes(most)), most);
    timers_init(&schedule->wall, part(&at, timers_bytes(most)), most);
    schedule->armed_ns = UINT64_MAX;
    schedule->found = schedule->last = stored_last(bus);
    bus->schedule = schedule;
    return true;
}

void schedule_free(struct bus *bus)
{
    if (bus->schedule != NULL)
        bus_give_memory(bus, bus->schedule, bus->schedule->size);
    bus->schedule = NULL;
}

/* ---- chunks ---- */

static uint32_t chunks_for(uint32_t size)
{
    return (size + SCHEDULE_CHUNK - 1) / SCHEDULE_CHUNK;
}

/* A chain of so many, of which there are enough: index + 1 of the first. */
static uint32_t take_chunks(struct schedule *schedule, uint32_t count)
{
    uint32_t first = 0;

    schedule->chunks_taken += count;
    for (; count > 0; count--) {
        uint32_t chunk = schedule->free_chunk;

        if (chunk != 0)
            schedule->free_chunk = schedule->links[chunk - 1];
        else
            chunk = ++schedule->chunks_used;
        schedule->links[chunk - 1] = first;
        first = chunk;
    }
    return first;
}

static void give_chunks(struct schedule *schedule, uint32_t first)
{
    while (first != 0) {
        uint32_t next = schedule->links[first - 1];

        schedule->links[first - 1] = schedule->free_chunk;
        schedule->free_chunk = first;
        schedule->chunks_taken--;
        first = next;
    }
}

void entry_write(struct schedule *schedule, const struct entry *entry, uint32_t at,
                 const uint8_t *bytes, uint32_t size)
{
    uint32_t chunk = entry->chunk;

    for (; at >= SCHEDULE_CHUNK && size > 0; at -= SCHEDULE_CHUNK)
        chunk = schedule->links[chunk - 1];
    while (size > 0) {
        uint32_t part_size = SCHEDULE_CHUNK - at < size ? SCHEDULE_CHUNK - at : size;

        memcpy(schedule->bytes + (size_t)(chunk - 1) * SCHEDULE_CHUNK + at, bytes, part_size);
        bytes += part_size;
        size -= part_size;
        at = 0;
        chunk = schedule->links[chunk - 1];
    }
}

void entry_read(const struct schedule *schedule, const struct entry *entry, uint8_t *body)
{
    uint32_t left = entry_body_size(entry), chunk = entry->chunk;

    for (; left > 0; chunk = schedule->links[chunk - 1]) {
        uint32_t part_size = left < SCHEDULE_CHUNK ? left : SCHEDULE_CHUNK;

        memcpy(body, schedule->bytes + (size_t)(chunk - 1) * SCHEDULE_CHUNK, part_size);
        body += part_size;
        left -= part_size;
    }
}

/* ---- entries ---- */

static uint32_t *bucket_of(const struct schedule *schedule, uint64_t number)
{
    return &schedule->bucket[(uint32_t)number & (schedule->buckets - 1)];
}

struct entry *entry_find(struct schedule *schedule, uint64_t number)
{
    uint32_t at = *bucket_of(schedule, number);

    while (at != 0 && schedule->entries[at - 1].number != number)
        at = schedule->entries[at - 1].next;
    return at != 0 ? &schedule->entries[at - 1] : NULL;
}

struct entry *entry_take(struct schedule *schedule, uint32_t size, uint64_t number)
{
    uint32_t at = schedule->free, count = chunks_for(size);
    struct entry *entry;
    uint32_t *bucket;

    if (schedule->waiting == schedule->most || schedule->chunks - schedule->chunks_taken < count)
        return NULL;
    if (at != 0)
        schedule->free = schedule->entries[at - 1].next;
    else
        at = ++schedule->used;
    entry = &schedule->entries[at - 1];
    *entry = (struct entry){.number = number != 0 ? number : ++schedule->last,
                            .state = ENTRY_TAKEN,
                            .chunk = take_chunks(schedule, count)};
    bucket = bucket_of(schedule, entry->number);
    entry->next = *bucket;
    *bucket = at;
    schedule->waiting++;
    return entry;
}

void entry_give(struct schedule *schedule, struct entry *entry)
{
    uint32_t at = entry_index(schedule, entry) + 1;
    uint32_t *link = bucket_of(schedule, entry->number);

    while (*link != at)
        link = &schedule->entries[*link - 1].next;
    *link = entry->next;
    give_chunks(schedule, entry->chunk);
    entry->state = ENTRY_FREE;
    entry->next = schedule->free;
    schedule->free = at;
    schedule->waiting--;
}

/* ---- lines ---- */

void line_append(struct schedule *schedule, struct entry_line *line, struct entry *entry)
{
    uint32_t at = entry_index(schedule, entry) + 1;

    entry->before = line->last;
    entry->behind = 0;
    *(line->last != 0 ? &schedule->entries[line->last - 1].behind : &line->first) = at;
    line->last = at;
}

void line_remove(struct schedule *schedule, struct entry_line *line, struct entry *entry)
{
    *(entry->before != 0 ? &schedule->entries[entry->before - 1].behind : &line->first) =
        entry->behind;
    *(entry->behind != 0 ? &schedule->entries[entry->behind - 1].before : &line->last) =
        entry->before;
}
