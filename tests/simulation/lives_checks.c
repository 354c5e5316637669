/* lives_checks.c - see lives.h: what must be on disk when a life is over. */
#define BUS_VIEWS
#include "lives.h"

#include <string.h>

static bool kind_of(uint64_t type_id, enum lasting_kind *kind)
{
    uint32_t i;

    for (i = 0; i < LASTING_KINDS; i++)
        if (lives_type((enum lasting_kind)i)->id == type_id) {
            *kind = (enum lasting_kind)i;
            return true;
        }
    return false;
}

struct found {
    struct lives *lives;
    uint64_t number; /* in the store */
};

/* All kinds of lives.bus begin with their number. */
static struct lasting_record *record_of(struct lives *lives, const struct bus_stored *stored,
                                        const char **name, uint64_t *number)
{
    enum lasting_kind kind;

    if (!kind_of(stored->type_id, &kind)) {
        lives_wrong(lives, "life %u: %s is on disk", lives->life, stored->message);
        return NULL;
    }
    *name = stored->message;
    *number = lives_kept_view_number(lives_kept_view(stored->bytes));
    if (*number >= LASTING_NUMBERS || !lives->records[kind][*number].tried) {
        lives_wrong(lives, "life %u: %s %u is on disk and was never published", lives->life, *name,
                    (unsigned)*number);
        return NULL;
    }
    return &lives->records[kind][*number];
}

/* A crash may come between the publish of one that is due and the removal of its entry. */
static bool kind_is_timed(const struct bus_stored *stored)
{
    return stored->type_id == lives_timed_type.id;
}

static void see_event(void *to, const struct bus_stored *stored)
{
    struct found *found = to;
    struct lives *lives = found->lives;
    uint64_t number;
    const char *name;
    struct lasting_record *record = record_of(lives, stored, &name, &number);

    found->number = stored->number;
    if (record == NULL)
        return;
    if (record->on_disk && !(kind_is_timed(stored) && record->doubled))
        lives_wrong(lives, "life %u: %s %u is on disk twice", lives->life, name, (unsigned)number);
    record->on_disk = true;
}

static void see_letter(void *to, const struct bus_stored *stored)
{
    struct found *found = to;
    uint64_t number;
    const char *name;
    struct lasting_record *record = record_of(found->lives, stored, &name, &number);

    found->number = stored->number;
    if (record == NULL)
        return;
    record->lettered = true;
    record->again = true;
}

static void see_entry(void *to, const struct bus_stored *stored)
{
    struct found *found = to;

    found->number = stored->number;
    lives_see_entry(found->lives, stored);
}

static void read_kind(struct lives *lives, enum bus_stored_kind kind, bus_store_reader reader)
{
    const struct bus_store *store = lives->disk.below;
    struct found found = {lives, 0};
    struct bus_store_query query = {.kind = kind, .reader = reader, .to = &found};

    while (store->next(store->context, &query))
        query.after = found.number;
}

static void read_disk(struct lives *lives)
{
    read_kind(lives, BUS_STORED_EVENT, see_event);
    read_kind(lives, BUS_STORED_LETTER, see_letter);
    lives_forget_entries(lives);
    read_kind(lives, BUS_STORED_SCHEDULED, see_entry);
}

static bool is_there(const struct lasting_record *record)
{
    return record->on_disk || record->lettered || record->scheduled;
}

static bool is_handled(const struct lasting_record *record)
{
    return (record->ok[0] || record->gave_up) && record->ok[1];
}

/* How many were on disk although their handlers had succeeded. */
static uint64_t compare(struct lives *lives, enum lasting_kind kind)
{
    const char *name = bus_type_name(lives_type(kind));
    uint64_t twice = 0;
    uint32_t i;

    for (i = 0; i < LASTING_NUMBERS; i++) {
        struct lasting_record *record = &lives->records[kind][i];

        if (record->acked && !is_there(record) && !is_handled(record))
            lives_wrong(lives, "life %u: %s %u is lost (%d %d)", lives->life, name, i,
                        record->ok[0], record->ok[1]);
        twice += record->on_disk && record->ok_now[0] != 0 && record->ok_now[1] != 0;
        record->doubled =
            record->doubled || record->on_disk + record->lettered + record->scheduled > 1;
        record->may_run = is_there(record);
        memset(record->ok_now, 0, sizeof record->ok_now);
    }
    return twice;
}

/* The first event of all that is done is on disk once more. */
static void raise_ghost(struct lives *lives)
{
    const struct bus_store *store = lives->disk.below;
    const struct lasting_record *record = &lives->records[LASTING_kept][0];
    struct lives_kept event = {.number = 0, .origin = record->origin};
    uint8_t bytes[64];

    if (record->on_disk || !is_handled(record))
        return;
    (void)store->put(store->context,
                     &(struct bus_stored){.kind = BUS_STORED_EVENT,
                                          .id = {.high = 99, .low = 99},
                                          .message = bus_type_name(&lives_kept_type),
                                          .type_id = lives_kept_type.id,
                                          .schema_version = lives_kept_type.schema_version,
                                          .bytes = bytes,
                                          .size = lives_kept_encode(&event, bytes, sizeof bytes)},
                     NULL, NULL);
}

void lives_check(struct lives *lives, bool killed)
{
    uint64_t twice = 0, kind;
    uint32_t i;

    for (kind = 0; kind < LASTING_KINDS; kind++)
        for (i = 0; i < LASTING_NUMBERS; i++)
            lives->records[kind][i].on_disk = lives->records[kind][i].lettered = false;
    read_disk(lives);
    lives_compare_entries(lives, killed);
    for (kind = 0; kind < LASTING_KINDS; kind++)
        twice += compare(lives, (enum lasting_kind)kind);
    if (!killed && twice > lives->disk.removals_lost)
        lives_wrong(lives, "life %u: %u events stay on disk that are done, %u removals failed",
                    lives->life, (unsigned)twice, (unsigned)lives->disk.removals_lost);
    memset(lives->last, 0, sizeof lives->last);
    if (lives->sabotage == SABOTAGE_GHOST)
        raise_ghost(lives);
}

void lives_check_all(struct lives *lives)
{
    uint32_t kind, i;

    for (kind = 0; kind < LASTING_KINDS; kind++)
        for (i = 0; i < LASTING_NUMBERS; i++) {
            const struct lasting_record *record = &lives->records[kind][i];
            const char *name = bus_type_name(lives_type((enum lasting_kind)kind));

            if (is_there(record))
                lives_wrong(lives, "%s %u is still on disk%s", name, i,
                            record->on_disk ? "" : ", as a letter");
            if (record->acked && !is_handled(record))
                lives_wrong(lives, "%s %u was accepted and is not processed", name, i);
        }
}
