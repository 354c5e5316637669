/*
 * bus/dead_letters.h - messages that could not be processed, kept to be looked at and run again.
 *
 * A delivery (one message for one handler) that failed for the last time becomes a letter, unless
 * its policy says `no_dead_letters`. So does a message that found its lane full where the schema
 * says `when_full dead_letter`. A letter has all that it takes to run the message again: its bytes,
 * type and schema version, the handler that failed, the error, attempts and times, session, key,
 * correlation and trace.
 *
 *     static bool show(void *context, const struct bus_dead_letter *letter)
 *     {
 *         char text[256];
 *
 *         bus_dead_letter_text(context, letter, text, sizeof text);
 *         puts(text);
 *         return true;
 *     }
 *
 *     bus_dead_letters_each(bus, &(struct bus_dead_letter_filter){.handler = "shop.billing.x"},
 *                           show, bus, NULL);
 *
 * Letters are kept in memory (bus_options.dead_letters_max of them in `dead_letter_bytes`, reserved
 * by bus_open). With a store (bus_options.store) they are on disk, too, and outlive the bus and the
 * process: bus_open reads them all, and raises both bounds to what it finds. A letter is on disk a
 * moment after it was added, at the latest when bus_close returns. When the disk fails they are
 * still in memory, are put again as soon as it works, and health tells of it. Without a store they
 * are gone with the bus; bus_options.letter_store keeps them elsewhere.
 * Adding one never waits for room: when it is full the oldest goes, or the newest is refused, as
 * bus_options.dead_letters_when_full says. Both are counted. At any moment
 *
 *     added = replayed + purged + evicted + waiting
 *
 * Threads: all functions may be called from any thread, inside handlers too where nothing else is
 * said.
 */
#ifndef BUS_DEAD_LETTERS_H
#define BUS_DEAD_LETTERS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One letter. Everything it points to is valid inside the callback that shows it. */
struct bus_dead_letter {
    uint64_t number;     /* given in the order they came, from 1 */
    const char *message; /* name of its type, "shop.order_placed" */
    uint64_t type_id;
    uint32_t schema_version;             /* of the bytes */
    uint64_t schema_fingerprint;         /* of the text of that version; 0: not known */
    const struct bus_message_type *type; /* of the bytes: of a letter that an older program left it
                                            may be an older version of a message (bus/schema.h).
                                            NULL: this bus has not seen a type of that id */
    const char *handler;                 /* that failed; "": none was concerned */
    uint64_t handler_mark; /* tells handlers of one name apart; of this bus only, 0: of another */
    const char *session;   /* text id of its session; "": the default one, or it had ended */
    enum bus_letter_reason reason;
    struct bus_error error; /* the last one */
    uint32_t attempts;      /* runs of the handler, all replays included */
    uint32_t replays;       /* how often it was run again and stayed */
    uint64_t first_ns;      /* wall clock: first attempt ... */
    uint64_t last_ns;       /* ... and last one */
    struct bus_envelope envelope;
    uint64_t stamp, origin; /* engine's: what the id is made of; of this bus only, 0: of another */
    const uint8_t *bytes;   /* the message, for bus_decode; fields marked secret included */
    uint32_t size;
};

/* Where letters are kept, in place of the memory of the bus (a file, a database). The bus calls one
 * function at a time; none may call the bus. What a letter points to is to be copied. */
struct bus_letter_store {
    void *context;
    /* Keeps a copy. `evicted`, zero on entry, receives how many older ones went for it. False:
     * refused (full, or broken); nothing was evicted then. Must not wait for room. */
    bool (*add)(void *context, const struct bus_dead_letter *letter, uint32_t *evicted);
    /* Calls `reader` for the letter with the lowest number above `after`. False: there is none. */
    bool (*next)(void *context, uint64_t after,
                 void (*reader)(void *to, const struct bus_dead_letter *letter), void *to);
    /* Takes over reason, error, attempts, replays and last_ns. False: it is not there any more. */
    bool (*change)(void *context, const struct bus_dead_letter *letter);
    /* False: it is not there any more. */
    bool (*remove)(void *context, uint64_t number);
    /* Any of them may be NULL: letters and bytes kept, highest number ever given. */
    void (*size)(void *context, uint64_t *letters, uint64_t *bytes, uint64_t *last);
};

/* How letters came and went. added = replayed + purged + evicted + waiting. */
struct bus_dead_letter_figures {
    uint64_t added;    /* those that the store held at bus_open included */
    uint64_t replayed; /* run again with success */
    uint64_t purged;
    uint64_t evicted; /* the oldest went for a newer one */
    uint64_t waiting;
    uint64_t waiting_bytes;
    uint64_t refused;      /* the newest was not kept; never counted as added */
    uint64_t failed_again; /* replays after which the letter stayed */
};
/*   BUS_ERR_INVALID */
BUS_API enum bus_status bus_dead_letter_figures_read(struct bus *bus,
                                                     struct bus_dead_letter_figures *figures);

/* ---- looking at them ------------------------------------------------------------------------ */

/* Which letters. Zero or NULL: any; all that is set must be so. */
struct bus_dead_letter_filter {
    const struct bus_message_type *type; /* in all versions that it is upgraded from */
    const char *message;                 /* the type by name */
    const char *handler;
    enum bus_letter_reason reason;
    bool has_category;
    enum bus_category category; /* of the error */
    struct bus_session session; /* one of this bus */
    const char *session_id;     /* the same by its text id, also of a bus before; "": the default */
    bool has_key;
    uint64_t key_hash;
    uint64_t since_ns, until_ns; /* last attempt, wall clock, both included */
    uint64_t first, last;        /* numbers, both included */
    uint64_t most;               /* so many of them, the oldest */
};

/* False: no more. May use the bus, letters included. */
typedef bool (*bus_dead_letter_fn)(void *context, const struct bus_dead_letter *letter);
/* Calls `fn` for the letters there are now, oldest first. `filter` NULL: all. `shown` (may be NULL)
 * receives how many.
 *   BUS_ERR_INVALID, BUS_ERR_MEMORY (for a copy of a letter; those before it were shown) */
BUS_API enum bus_status bus_dead_letters_each(struct bus *bus,
                                              const struct bus_dead_letter_filter *filter,
                                              bus_dead_letter_fn fn, void *context,
                                              uint64_t *shown);
/* The letter as one line: what failed where and why, and the message with its secrets left out.
 * Written NUL-terminated into `text`, cut to `size`. What cannot be decoded (its type is not known,
 * its bytes are damaged) is said to be so. Returns the length that it would have. */
BUS_API size_t bus_dead_letter_text(struct bus *bus, const struct bus_dead_letter *letter,
                                    char *text, size_t size);

/* Throws away what the filter (NULL: all) picks; a letter that is run again at this moment goes,
 * too, however that ends. `purged` may be NULL.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_dead_letters_purge(struct bus *bus,
                                               const struct bus_dead_letter_filter *filter,
                                               uint64_t *purged);

/* ---- running them again --------------------------------------------------------------------- */

/* A replay takes the normal way: into the lane, and with all that the policy says, but to the
 * handler that failed alone; if that is gone, to the only one that has its name now. A letter
 * without a handler goes to all. One that an earlier bus left runs in the session that has its id
 * now. It has a new deadline, as if published now, and the id it had. One of an older version of
 * its message goes through the upgrade functions. The letter stays until the handler has succeeded;
 * a letter that fails again stays, with more attempts and the new error. One without a handler goes
 * when each of its deliveries has succeeded or has become a letter of its own. So a letter may run
 * twice (when the process ends in between), but is never lost.
 *
 * On the thread of a polled bus, and where nobody polls, waiting runs the handlers. */

/* Runs one letter again and waits for its end, `timeout_ns` at most; 0: does not wait.
 *   BUS_ANSWERED        the handler succeeded (also of an event); the letter is gone
 *   BUS_FAULTED         it failed again, or is gone; the letter stays, or was passed on (see above)
 *   BUS_QUEUED          `timeout_ns` is 0: on its way
 *   BUS_TIMEOUT         no end in this time; on its way
 *   BUS_REJECTED        no room in lane or pool, or the letter is on its way already
 *   BUS_INVALID         no such letter, or its message cannot be read: the letter stays
 *   BUS_CLOSED          the bus is not started, or stopped
 *   BUS_WOULD_DEADLOCK  inside a handler, with a timeout
 *   BUS_NO_HANDLER      its type is not known to this bus: attach its component first */
BUS_API BUS_MUST_USE enum bus_outcome bus_dead_letter_replay(struct bus *bus, uint64_t number,
                                                             uint64_t timeout_ns);

struct bus_replay_result {
    uint64_t replayed;   /* succeeded, gone */
    uint64_t failed;     /* failed again, or could not be run; stayed */
    uint64_t behind;     /* not run: an older one of their type and key has not succeeded */
    uint64_t unfinished; /* on their way when the time was over */
    uint64_t untried;    /* not run: the time was over */
};
/* Runs all that the filter (NULL: all) picks of those there are now, oldest first, `per_second` of
 * them at most (0: as fast as they end). Letters of one type with the same key keep their order:
 * each runs when the one before has succeeded; behind one that fails the others of its key stay.
 * `result` may be NULL.
 *   BUS_ERR_TIMEOUT (some are unfinished or untried), BUS_ERR_IN_HANDLER, BUS_ERR_INVALID,
 *   BUS_ERR_STATE (not started, or stopped), BUS_ERR_MEMORY, BUS_ERR_LIMIT (threads_max) */
BUS_API enum bus_status bus_dead_letters_replay(struct bus *bus,
                                                const struct bus_dead_letter_filter *filter,
                                                uint32_t per_second, uint64_t timeout_ns,
                                                struct bus_replay_result *result);

/* For whoever watches it: what has ended so far, and how many have not. Called on the thread that
 * replays, before the first one, then some twenty times a second, and after the last one. False: no
 * more are run; those on their way end by themselves, and the replay ends as if its time were over.
 * It may use the bus, but not replay, and should not take long. */
typedef bool (*bus_replay_fn)(void *context, const struct bus_replay_result *so_far, uint64_t left);

struct bus_replay_options {
    uint32_t per_second;    /* 0: as fast as they end */
    uint64_t timeout_ns;    /* 0: as long as it takes */
    bus_replay_fn progress; /* NULL: nobody watches */
    void *context;
};
/* As bus_dead_letters_replay; `options` NULL: all zero. */
BUS_API enum bus_status bus_dead_letters_replay_with(struct bus *bus,
                                                     const struct bus_dead_letter_filter *filter,
                                                     const struct bus_replay_options *options,
                                                     struct bus_replay_result *result);

/* Static words: "failed", "breaker_open", "overflow", "no_room", "expired", "handler_gone". Never
 * NULL. */
BUS_API const char *bus_letter_reason_text(enum bus_letter_reason reason);

#ifdef __cplusplus
}
#endif

#endif
