/* core/memory_table.c - see memory_table.h. */
#include "core/memory_table.h"

#include "path/path.h"

static uint32_t bucket_of(const struct memory_table *table, uint64_t number)
{
    return (uint32_t)number & (table->buckets - 1);
}

static struct memory_entry *find(const struct memory_table *table, enum bus_stored_kind kind,
                                 uint64_t number)
{
    struct memory_entry *entry = table->kinds[kind].buckets[bucket_of(table, number)];

    while (entry != NULL && entry->stored.number != number)
        entry = entry->next;
    return entry;
}

/* ---- entries ---- */

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 1;
}

static const char *place_text(uint8_t **at, const char *text)
{
    size_t size = text_size(text);
    char *placed = (char *)*at;

    memcpy(placed, text != NULL ? text : "", size);
    *at += size;
    return placed;
}

struct memory_entry *memory_entry_make(const struct bus_os *os, const struct bus_stored *stored)
{
    bool is_letter = stored->kind == BUS_STORED_LETTER;
    size_t texts =
        text_size(stored->message) + text_size(stored->session) + text_size(stored->handler);
    size_t bytes = ((size_t)stored->size + 7) & ~(size_t)7;
    size_t size =
        sizeof(struct memory_entry) + bytes + texts + (is_letter ? BUS_ERROR_TEXT_SIZE : 0);
    struct memory_entry *entry = os->allocate(os->context, size, 8);
    uint8_t *at;

    if (entry == NULL)
        return NULL;
    at = (uint8_t *)(entry + 1);
    entry->size = size;
    entry->bytes = stored->size + texts;
    entry->stored = *stored;
    if (stored->size > 0)
        memcpy(at, stored->bytes, stored->size);
    entry->stored.bytes = at;
    at += bytes;
    entry->stored.message = place_text(&at, stored->message);
    entry->stored.session = place_text(&at, stored->session);
    entry->stored.handler = place_text(&at, stored->handler);
    entry->stored.error.text = "";
    if (is_letter) {
        entry->error_text = (char *)at;
        error_text_copy(entry->error_text, stored->error.text != NULL ? stored->error.text : "");
        entry->stored.error.text = entry->error_text;
    }
    return entry;
}

void memory_entry_free(const struct bus_os *os, struct memory_entry *entry)
{
    os->release(os->context, entry, entry->size);
}

/* ---- ids that are known ---- */

static uint32_t *id_bucket(const struct memory_table *table, struct bus_uuid id)
{
    return &table->id_buckets[(uint32_t)bus_key_u64(id.high ^ bus_key_u64(id.low)) &
                              (table->buckets - 1)];
}

static void forget_oldest(struct memory_table *table)
{
    struct memory_id *oldest = &table->ids[table->ids_head];
    uint32_t *link = id_bucket(table, oldest->id);

    while (*link != table->ids_head + 1)
        link = &table->ids[*link - 1].next;
    *link = oldest->next;
    table->ids_head = (table->ids_head + 1) % table->limits.known_max;
    table->ids_count--;
}

static void forget_old(struct memory_table *table, uint64_t now)
{
    while (table->ids_count > 0 &&
           now - table->ids[table->ids_head].at_ns > table->limits.known_ns &&
           now > table->ids[table->ids_head].at_ns)
        forget_oldest(table);
}

static bool is_known(struct memory_table *table, struct bus_uuid id)
{
    uint32_t at;

    forget_old(table, table->os.real_ns(table->os.context));
    for (at = *id_bucket(table, id); at != 0; at = table->ids[at - 1].next)
        if (table->ids[at - 1].id.high == id.high && table->ids[at - 1].id.low == id.low)
            return true;
    return false;
}

static void know(struct memory_table *table, struct bus_uuid id)
{
    uint32_t at;

    if (table->ids_count == table->limits.known_max)
        forget_oldest(table);
    at = (table->ids_head + table->ids_count++) % table->limits.known_max;
    table->ids[at] = (struct memory_id){
        .id = id, .at_ns = table->os.real_ns(table->os.context), .next = *id_bucket(table, id)};
    *id_bucket(table, id) = at + 1;
}

/* ---- put, change, remove, next ---- */

static bool is_full(const struct memory_table *table, const struct memory_kind *kind,
                    uint64_t bytes)
{
    return kind->count >= table->limits.entries || kind->bytes + bytes > table->limits.bytes;
}

bool memory_table_is_full(const struct memory_table *table)
{
    uint32_t i;

    for (i = 1; i < BUS_STORED_KINDS; i++)
        if (is_full(table, &table->kinds[i], 1))
            return true;
    return false;
}

/* Most come in order: from the newest back. */
static void link_entry(struct memory_table *table, struct memory_kind *kind,
                       struct memory_entry *entry)
{
    struct memory_entry **bucket = &kind->buckets[bucket_of(table, entry->stored.number)];
    struct memory_entry *before = kind->newest;

    while (before != NULL && before->stored.number > entry->stored.number)
        before = before->older;
    entry->older = before;
    entry->newer = before != NULL ? before->newer : kind->oldest;
    *(entry->older != NULL ? &entry->older->newer : &kind->oldest) = entry;
    *(entry->newer != NULL ? &entry->newer->older : &kind->newest) = entry;
    entry->next = *bucket;
    *bucket = entry;
    kind->count++;
    kind->bytes += entry->bytes;
    kind->place = 0;
}

enum bus_status memory_table_put(struct memory_table *table, struct memory_entry *entry,
                                 uint64_t *number)
{
    struct bus_stored *stored = &entry->stored;
    struct memory_kind *kind = &table->kinds[stored->kind];

    *number = stored->number;
    if (stored->number != 0 && find(table, stored->kind, stored->number) != NULL)
        return BUS_ERR_ALREADY_REGISTERED;
    if (stored->once && stored->kind == BUS_STORED_EVENT && is_known(table, stored->id))
        return BUS_ERR_ALREADY_REGISTERED;
    if (is_full(table, kind, entry->bytes))
        return BUS_ERR_LIMIT;
    if (stored->number == 0)
        stored->number = kind->last + 1;
    if (stored->number > kind->last)
        kind->last = stored->number;
    link_entry(table, kind, entry);
    if (stored->once && stored->kind == BUS_STORED_EVENT)
        know(table, stored->id);
    *number = stored->number;
    return BUS_OK;
}

enum bus_status memory_table_change(struct memory_table *table, const struct bus_stored *stored)
{
    struct memory_entry *entry = find(table, stored->kind, stored->number);

    if (entry == NULL)
        return BUS_ERR_NOT_REGISTERED;
    if (stored->kind == BUS_STORED_LETTER) {
        entry->stored.reason = stored->reason;
        entry->stored.error = stored->error;
        entry->stored.error.text = entry->error_text;
        if (stored->error.text != entry->error_text)
            error_text_copy(entry->error_text,
                            stored->error.text != NULL ? stored->error.text : "");
        entry->stored.attempts = stored->attempts;
        entry->stored.replays = stored->replays;
        entry->stored.last_ns = stored->last_ns;
    } else if (stored->kind == BUS_STORED_SCHEDULED) {
        entry->stored.due_ns = stored->due_ns;
        entry->stored.again = stored->again;
    }
    return BUS_OK;
}

enum bus_status memory_table_remove(struct memory_table *table, enum bus_stored_kind kind,
                                    uint64_t number)
{
    struct memory_kind *of = &table->kinds[kind];
    struct memory_entry *entry = find(table, kind, number);
    struct memory_entry **link;

    if (entry == NULL)
        return BUS_ERR_NOT_REGISTERED;
    for (link = &of->buckets[bucket_of(table, number)]; *link != entry;)
        link = &(*link)->next;
    *link = entry->next;
    *(entry->older != NULL ? &entry->older->newer : &of->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &of->newest) = entry->older;
    if (of->place != 0 && of->behind == entry)
        of->behind = entry->newer;
    of->count--;
    of->bytes -= entry->bytes;
    memory_entry_free(&table->os, entry);
    return BUS_OK;
}

const struct memory_entry *memory_table_next(struct memory_table *table, enum bus_stored_kind kind,
                                             uint64_t after)
{
    struct memory_kind *of = &table->kinds[kind];
    const struct memory_entry *known;
    struct memory_entry *entry;

    if (of->place != 0 && of->place == after) {
        entry = of->behind;
    } else {
        known = find(table, kind, after);
        entry = known != NULL ? known->newer : of->oldest;
        while (entry != NULL && entry->stored.number <= after)
            entry = entry->newer;
    }
    if (entry != NULL) {
        of->place = entry->stored.number;
        of->behind = entry->newer;
    }
    return entry;
}

/* ---- open and close ---- */

static size_t buckets_size(const struct memory_table *table)
{
    return table->buckets * sizeof(struct memory_entry *);
}

static size_t ids_size(const struct memory_table *table)
{
    return table->limits.known_max * sizeof *table->ids;
}

static void give(const struct memory_table *table, void *memory, size_t size)
{
    if (memory != NULL)
        table->os.release(table->os.context, memory, size);
}

void memory_table_close(struct memory_table *table)
{
    uint32_t i;

    for (i = 1; i < BUS_STORED_KINDS; i++) {
        struct memory_entry *entry = table->kinds[i].oldest;

        while (entry != NULL) {
            struct memory_entry *newer = entry->newer;

            memory_entry_free(&table->os, entry);
            entry = newer;
        }
        give(table, table->kinds[i].buckets, buckets_size(table));
    }
    give(table, table->ids, ids_size(table));
    give(table, table->id_buckets, table->buckets * sizeof *table->id_buckets);
}

bool memory_table_open(struct memory_table *table)
{
    const struct bus_os *os = &table->os;
    uint32_t i;

    for (table->buckets = 64; table->buckets < table->limits.entries;)
        table->buckets *= 2;
    table->ids = os->allocate(os->context, ids_size(table), 8);
    table->id_buckets = os->allocate(os->context, table->buckets * sizeof *table->id_buckets, 8);
    for (i = 1; i < BUS_STORED_KINDS; i++)
        table->kinds[i].buckets = os->allocate(os->context, buckets_size(table), 8);
    for (i = 1; i < BUS_STORED_KINDS; i++)
        if (table->kinds[i].buckets == NULL)
            return false;
    return table->ids != NULL && table->id_buckets != NULL;
}
