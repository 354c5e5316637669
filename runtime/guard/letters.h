/*
 * guard/letters.h - what the files of the dead letters share.
 */
#ifndef BUSGEN_GUARD_LETTERS_H
#define BUSGEN_GUARD_LETTERS_H

#include "core/upgrade.h"
#include "guard/dead_letters.h"

/* So many letters are on their way again at one time. */
enum { REPLAYS_MAX = 64, LETTER_NAME_SIZE = 256 };

enum replay_state { REPLAY_FREE, REPLAY_RUNS, REPLAY_ENDED };

/* A letter on its way again. */
struct replay {
    struct bus *bus;
    uint64_t number;
    uint64_t mark;               /* of the handler it is for; 0 with an empty name: all */
    char name[LETTER_NAME_SIZE]; /* of that handler */
    enum replay_state state;
    uint64_t stamp, origin; /* of its cell */
    bool passed_on;         /* of one for all: a delivery failed and has a letter of its own ... */
    bool stays;             /* ... or has none */
    bool waited;            /* whoever waits for its end frees it */
    bool processed;         /* when it has ended */
    bool purged;
};

struct dead_letters {
    struct lock lock; /* of all that follows, where nothing else is said */
    const struct bus_letter_store *store;
    struct letter_memory *memory;           /* NULL: the letters are elsewhere */
    struct letter_keeper *keeper;           /* the same */
    struct bus_letter_store own;            /* the table of `memory`, or `keeper` */
    uint64_t last;                          /* number given */
    struct bus_dead_letter_figures figures; /* without `waiting` and its bytes */
    uint32_t running;                       /* shared: letters on their way */
    uint32_t waiters;                       /* shared: threads that wait for the end of a replay */
    bus_os_word news;                       /* shared: moves when one has ended */
    struct replay replays[REPLAYS_MAX];
};

static inline void letters_lock(struct bus *bus)
{
    lock_take(&bus->letters->lock, &bus->os);
}

static inline void letters_unlock(struct bus *bus)
{
    lock_give(&bus->letters->lock, &bus->os);
}

/* Tells one handler from others of its name, on this bus. Never 0. */
uint64_t letter_mark(const struct bus *bus, const struct handler *handler);
bool letter_matches(const struct bus_dead_letter_filter *filter,
                    const struct bus_dead_letter *letter);

/* A letter that no handler was concerned with: a replay delivers it to all of them. */
static inline bool replay_is_for_all(const struct replay *replay)
{
    return replay != NULL && replay->mark == 0 && replay->name[0] == '\0';
}

/* A copy of a letter, outside the lock. Begins all zero. */
struct letter_copy {
    struct bus_dead_letter letter;
    uint8_t *memory;
    size_t capacity;
    size_t needed;
    const struct bus_dead_letter_filter *filter;
    bool wanted;
};
/* The letter with the lowest number above `after`; `wanted` tells whether the filter picks it, only
 * then it is copied. False: there is none, or no memory for it (*status). */
bool letter_fetch(struct bus *bus, uint64_t after, struct letter_copy *copy,
                  enum bus_status *status);
void letter_copy_free(struct bus *bus, struct letter_copy *copy);
uint64_t letters_last(struct bus *bus);
/* The route of its type, or of the message that this is an older version of. NULL: this bus has not
 * seen it. */
struct route *letter_route(struct bus *bus, const struct bus_dead_letter *letter);
/* What its bytes are. NULL: not known here. */
const struct bus_message_type *letter_type(struct bus *bus, const struct bus_dead_letter *letter);
static inline struct written letter_written(const struct bus_dead_letter *letter)
{
    return (struct written){letter->type_id, letter->schema_version, letter->schema_fingerprint};
}

/* Lock held: the one on its way with this number; NULL: none. 0: a free one. */
struct replay *replay_find(struct dead_letters *letters, uint64_t number);

/* Sends a letter on its way. Accepted: `waited` tells that the caller is going to end *replay with
 * replay_collect or replay_let_go. */
enum bus_outcome replay_send(struct bus *bus, struct thread *thread,
                             const struct bus_dead_letter *letter, bool waited,
                             struct replay **replay);
/* True: it has ended, and the record is free again. */
bool replay_collect(struct bus *bus, struct replay *replay, bool *processed);
/* Nobody waits for it any more. */
void replay_let_go(struct bus *bus, struct replay *replay);
/* Until something ended since `seen` (dead_letters.news), or `until_ns`, or a moment: then look
 * again. On a polled bus it may be up to this thread to run what is queued. */
void replay_wait(struct bus *bus, struct thread *thread, uint32_t seen, uint64_t until_ns);

#endif
