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
 *         bus_dead_letter_text(letter, text, sizeof text);
 *         puts(text);
 *         return true;
 *     }
 *
 *     bus_dead_letters_each(bus, &(struct bus_dead_letter_filter){.handler = "shop.billing.x"},
 *                           show, NULL);
 *
 * Letters are kept in memory (bus_options.dead_letters_max of them in `dead_letter_bytes`, reserved
 * by bus_open) and are gone with the bus; bus_options.letter_store keeps them elsewhere.
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
    const struct bus_message_type *type; /* NULL: this bus has not seen a type of that id */
    const char *handler;                 /* that failed; "": none was concerned */
    uint64_t handler_mark;               /* tells handlers of one name apart; of this bus only */
    enum bus_letter_reason reason;
    struct bus_error error; /* the last one */
    uint32_t attempts;      /* runs of the handler, all replays included */
    uint32_t replays;       /* how often it was run again and stayed */
    uint64_t first_ns;      /* wall clock: first attempt ... */
    uint64_t last_ns;       /* ... and last one */
    struct bus_envelope envelope;
    uint64_t stamp, origin; /* engine's: what the id is made of; of this bus only */
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

#ifdef __cplusplus
}
#endif

#endif
