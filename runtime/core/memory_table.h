/*
 * core/memory_table.h - what the store in memory holds: entries by kind and number, and the ids
 * that are known. The store's lock is held around every call.
 */
#ifndef BUSGEN_CORE_MEMORY_TABLE_H
#define BUSGEN_CORE_MEMORY_TABLE_H

#include <bus/os.h>
#include <bus/store.h>

/* One entry and, behind it, what it points to. */
struct memory_entry {
    struct memory_entry *older, *newer; /* by number */
    struct memory_entry *next;          /* in its bucket */
    size_t size;                        /* of the allocation */
    uint64_t bytes;                     /* that count */
    char *error_text;                   /* of a letter: BUS_ERROR_TEXT_SIZE */
    struct bus_stored stored;
};

struct memory_kind {
    struct memory_entry *oldest, *newest;
    struct memory_entry **buckets;
    uint64_t count, bytes, last;
    /* The entry behind the one that was shown or removed last: reading on is a step. */
    uint64_t place;
    struct memory_entry *behind;
};

struct memory_id {
    struct bus_uuid id;
    uint64_t at_ns;
    uint32_t next; /* in its bucket, index + 1 */
};

struct memory_table {
    struct bus_os os;
    struct bus_memory_store_options limits; /* without zeros */
    uint32_t buckets;                       /* a power of two */
    struct memory_kind kinds[BUS_STORED_KINDS];
    struct memory_id *ids; /* a ring, the oldest at ids_head */
    uint32_t *id_buckets;  /* index + 1 */
    uint32_t ids_head, ids_count;
};

bool memory_table_open(struct memory_table *table);
void memory_table_close(struct memory_table *table);

/* A copy of what is to be put; without the lock. NULL: no memory. */
struct memory_entry *memory_entry_make(const struct bus_os *os, const struct bus_stored *stored);
void memory_entry_free(const struct bus_os *os, struct memory_entry *entry);

/* The entry is the table's from BUS_OK on. `number` receives its number. */
enum bus_status memory_table_put(struct memory_table *table, struct memory_entry *entry,
                                 uint64_t *number);
enum bus_status memory_table_change(struct memory_table *table, const struct bus_stored *stored);
enum bus_status memory_table_remove(struct memory_table *table, enum bus_stored_kind kind,
                                    uint64_t number);
/* The entry with the lowest number above `after`; NULL: none. */
const struct memory_entry *memory_table_next(struct memory_table *table, enum bus_stored_kind kind,
                                             uint64_t after);
/* A bound is met. */
bool memory_table_is_full(const struct memory_table *table);

#endif
