/*
 * guard/dead_letters.h - dead letters inside the engine: what comes, what ends a replay.
 *
 * Whoever gives up a delivery calls dead_letters_add (or dead_letters_failed, which fills in what a
 * delivery knows). Whoever ends a message calls dead_letters_settle: if the message was a letter
 * that is replayed, this is where the letter goes or stays.
 */
#ifndef BUSGEN_GUARD_DEAD_LETTERS_H
#define BUSGEN_GUARD_DEAD_LETTERS_H

#include <bus/dead_letters.h>

#include "path/path.h"

/* A delivery on its way to the dead letters. */
struct bus_stored;
struct letter {
    const struct route *route;
    const struct cell *cell;
    const uint8_t *bytes;                   /* NULL: those of the cell, and its extension */
    const struct cell_extension *extension; /* with `bytes`; NULL: none */
    const void *message;                    /* unpacked, for its key; NULL: unpacked when needed */
    const struct bus_stored *row;  /* it was on disk, and could not be read; NULL: it is none */
    const struct handler *handler; /* that failed; NULL: none, all of the type */
    const struct bus_error *error;
    uint32_t attempts;          /* runs so far */
    uint64_t first_ns, last_ns; /* monotonic clock: first and last run; 0: now */
    enum bus_letter_reason reason;
};

/* Keeps it, unless it is a system event or its policy wants none. True: it is a letter now, or is
 * one again (a replay that failed). Any thread, inside handlers too; takes a lock, never waits for
 * room. Tells dead_letter_added. */
bool dead_letters_add(struct thread *thread, const struct letter *letter);
/* The same for a delivery that ran, faulted, and is not going to run again; no-op for one that
 * only says so. Its cell and bytes are as they were in the run. */
bool dead_letters_failed(struct bus_delivery *delivery, uint32_t attempts);

/* ---- letters that are run again (letter_replay.c) ---- */

/* The message has ended, and how: if it was a letter, the letter goes (`processed`) or stays. To be
 * called once, after the last run and after dead_letters_add, if that was called. */
void dead_letter_settle(struct thread *thread, uint64_t number, bool processed);
/* The same of any event that has ended; a durable one is removed from the store. */
void message_settle(struct thread *thread, const struct cell_extension *extension, bool processed);
static inline void dead_letters_settle(struct thread *thread, const struct cell *cell,
                                       bool processed)
{
    if (__builtin_expect((cell_flags(cell) & CELL_EXTENDED) != 0, 0) &&
        (cell_extension(cell)->has & (CELL_HAS_LETTER | CELL_HAS_ROW)) != 0)
        message_settle(thread, cell_extension(cell), processed);
}
/* A queued message was dropped to make room; of its cell only the header is left. */
void dead_letters_dropped(struct thread *thread, const struct cell *cell);
/* The handler of `list` that a letter is for; *all: every handler of the type. NULL: it is gone. */
struct handler *dead_letter_handler(struct thread *thread, const struct handler_list *list,
                                    const struct cell *cell, bool *all);

enum bus_status dead_letters_open(struct bus *bus);
/* The bus has stopped, and is not freed yet: waits until the store has what memory does. */
void dead_letters_flush(struct bus *bus);
void dead_letters_close(struct bus *bus);
/* Letters that wait. */
uint64_t dead_letters_waiting(struct bus *bus);

/* ---- letter_memory.c ---- */

/* Letters that are going to be added first, whatever the options say. */
struct letter_memory_needs {
    uint32_t letters, chunks;
    size_t largest;
};
void letter_memory_needs_add(struct letter_memory_needs *needs,
                             const struct bus_dead_letter *letter);
/* The store in memory. NULL: no memory. */
struct letter_memory *letter_memory_make(struct bus *bus, struct bus_letter_store *store,
                                         const struct letter_memory_needs *needs);
void letter_memory_free(struct bus *bus, struct letter_memory *memory);
/* From now on `gone` is told the number of each letter that is pushed out by a newer one. */
typedef void (*letter_memory_gone)(void *to, uint64_t number);
void letter_memory_watch(struct letter_memory *memory, letter_memory_gone gone, void *to);

/* ---- letter_store.c ---- */

/* Letters in memory, and in bus_options.store, too. */
struct letter_keeper;
struct durable_row;
/* NULL: no memory. The letters that the store holds are there from the beginning. */
struct letter_keeper *letter_keeper_make(struct bus *bus, struct bus_letter_store *store);
/* Waits until the store has all of them, or does not want them. */
void letter_keeper_flush(struct letter_keeper *keeper);
void letter_keeper_free(struct bus *bus, struct letter_keeper *keeper);
/* The next letter that is added is of this event, which stays on disk until the letter is; NULL:
 * of one that is on no disk. */
void letter_keeper_expect(struct letter_keeper *keeper, struct durable_row *row);
/* The store has taken on the letter that was added last: it is on disk before anything that is
 * asked of the store from now on. */
bool letter_keeper_saved(const struct letter_keeper *keeper);

#endif
