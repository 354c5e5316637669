/*
 * table.h - a registry of handlers of the test's own, as a program would have one: entries in
 * order, for all messages of their type or those of one session.
 */
#ifndef TABLE_H
#define TABLE_H

#include <bus/dead_letters.h>
#include <bus/registry.h>

#include "support.h"

enum { TABLE_MAX = 300 };

struct table_entry {
    const struct bus_message_type *type;
    struct bus_session session; /* index 0: all */
    struct bus_handler handler;
};

struct table {
    struct bus_registry registry; /* for bus_options */
    pthread_mutex_t lock;
    struct table_entry entries[TABLE_MAX];
    uint32_t count;
    _Atomic uint64_t asked;
    struct bus_session session; /* of the last question */
    /* What a lookup does wrong. */
    bool says_more;   /* counts one that it does not write */
    bool says_lots;   /* counts more than there is room for */
    bool says_no_one; /* counts none, whatever it has written */
};

void table_init(struct table *table);
void table_free(struct table *table);
void table_add(struct table *table, const struct bus_message_type *type, struct bus_session session,
               struct bus_handler handler);
/* Takes the first entry with this handler out. False: there is none. */
bool table_remove(struct table *table, struct bus_handler handler);
/* Takes it out, then releases it. */
enum bus_status table_release(struct table *table, struct bus_handler handler);

/* A handler that writes its number, and fails for as long as it is told to. */
struct voice {
    struct journal *journal;
    uint64_t number;
    uint32_t fails;
    struct table *table; /* releases `own` inside; NULL: does not */
    struct bus_handler own;
    enum bus_status released;
};
#define VOICE(n)                                                                                   \
    {                                                                                              \
        .journal = &journal, .number = (n)                                                         \
    }

/* Says what it is told to; for handlers of any type. */
enum bus_verdict speak(struct voice *voice, struct bus_delivery *delivery);
enum bus_verdict on_ticked_voice(void *context, const struct probe_ticked *event,
                                 struct bus_delivery *delivery);
enum bus_verdict on_touch_voice(void *context, const struct probe_touch *request,
                                struct bus_delivery *delivery);

/* A started bus with this registry, which begins anew; polled unless it has workers. */
struct bus *table_open(struct table *table, struct bus_options options);
void table_finish(struct table *table, struct bus **bus);
/* A handler of ticked, of touch; made, and in the table. */
struct bus_handler table_hear(struct bus *bus, struct table *table, struct voice *voice,
                              struct bus_handler_options options);
struct bus_handler table_answer(struct bus *bus, struct table *table, struct voice *voice,
                                struct bus_session session, bool concurrent);
enum bus_outcome table_touch(struct bus *bus, struct bus_session session);

struct seen {
    uint64_t number;
    struct bus_dead_letter letter;
    char handler[64];
};
/* The last one; there must be so many. */
struct seen letter_of(struct bus *bus, uint64_t expected);

#endif
