/*
 * bus/schedule.h - events that are published later, once or again and again.
 *
 *     uint64_t id;
 *
 *     // in ten minutes
 *     shop_reminded_schedule(bus, &reminder, &(struct bus_schedule){.after_ns = 600 * BUS_SECOND},
 *                            &id);
 *     // each hour, the first time in an hour
 *     shop_hour_passed_schedule(bus, &event, &(struct bus_schedule){.every_ns = 3600 * BUS_SECOND},
 *                               NULL);
 *     // on New Year's day by the wall clock; its options are those of a publish
 *     shop_greeted_schedule_with(bus, &event, &options, &(struct bus_schedule){.at_ns = new_year},
 *                                NULL);
 *     ...
 *     bus_schedule_cancel(bus, id);
 *
 * One that waits is no message yet: it takes no place in a lane, is not accepted, and neither
 * bus_wait_idle nor bus_stop waits for it. When it is due it is published as any other event, with
 * an id and a time of its own; then filters see it, and it counts as accepted. If its lane (or the
 * pool) is full then, it goes on waiting and tries again each millisecond, whatever `when_full`
 * says of blocking; those of one priority keep their order. `drop_oldest` and `dead_letter` do what
 * they say.
 *
 * A durable event (bus/durable.h) goes to disk when it is due, for which worker 0 waits.
 *
 * Clocks. `after_ns` and `every_ns` alone follow the monotonic clock, which nobody sets. `at_ns`,
 * alone or with `every_ns`, follows the wall clock: when that is set, the bus notices within ten
 * seconds. Set forward, what has become due is published, each once; set back, what was published
 * is not published again, and what waits waits until its time comes. A recurring one that was
 * published and whose next time has come to lie more than two intervals away takes the next time of
 * its phase that is at least half an interval away.
 *
 * Recurring ones do not drift: their times are the first one plus whole intervals, however late
 * each was published. Times that were missed (the bus was stopped, or the machine too busy) are
 * made up for by one event at once; the phase stays.
 *
 * The first worker publishes what is due, between two messages: a handler of its that runs for long
 * makes them late.
 *
 * Bounds. bus_options.schedule_max wait at one time, their messages in bus_options.schedule_bytes;
 * both are reserved by bus_open and cost address space only until they are used. Scheduling takes a
 * lock for a moment: it is not meant for the hot path. One that waits costs no processor time.
 *
 * Store. With bus_options.store what waits survives the bus, the process and the machine: it is on
 * disk when a call outside of handlers returns (on the thread of a polled bus and inside handlers
 * it is a moment later), and bus_start takes it up again, with the id it had. A recurring event
 * that missed times meanwhile is published once. Its session is found again by its id when it is
 * due; one that is not open then is the default session. After a crash an event may be published a
 * second time, if it was just being published, and one that was cancelled comes again if the crash
 * came before its removal was on disk (bus_schedule_cancel waits for that where it may). The same
 * holds for a removal that the disk fails. None is lost. An entry whose type the bus does not
 * know at bus_start (attach components before), or that is damaged, stays in the store, and an
 * error report says so. Without a store, or with one that is broken, the bus runs, what is
 * scheduled is in memory only, and an error report says so (bus/errors.h; of a broken store
 * bus_health, too).
 *
 * Life. What becomes due before bus_start waits for it. From the begin of bus_stop on nothing
 * becomes due; what waits can be listed until bus_close.
 *
 * Threads: all functions may be called from any thread, inside handlers too.
 */
#ifndef BUS_SCHEDULE_H
#define BUS_SCHEDULE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shortest and the longest interval. */
#define BUS_SCHEDULE_EVERY_LEAST BUS_MILLISECOND
#define BUS_SCHEDULE_EVERY_MOST (UINT64_C(1) << 62)

/* When. All zero: now. Not both of at_ns and after_ns. */
struct bus_schedule {
    uint64_t at_ns;    /* wall clock, nanoseconds since 1970; past means now */
    uint64_t after_ns; /* from now; 0 without at_ns: now, or with every_ns in one interval */
    uint64_t every_ns; /* 0: once */
};

/* One that waits. What it points to is valid inside the callback that shows it. */
struct bus_scheduled {
    uint64_t id;
    const struct bus_message_type *type;
    uint64_t due_ns;            /* wall clock, as the clocks are now */
    uint64_t every_ns;          /* 0: once */
    bool at;                    /* it follows the wall clock */
    struct bus_session session; /* zero: the default session */
    const uint8_t *bytes;       /* the message, for bus_decode; fields marked secret included */
    uint32_t size;
};

/* It will not be published any more; a recurring one that is being published right now, after that.
 * With a store a call outside of handlers waits until that is on disk; if the disk fails then, an
 * error report says that it may come again after a restart.
 *   BUS_ERR_NOT_REGISTERED (nothing of this id waits: it was published, or cancelled),
 *   BUS_ERR_LIMIT (the store has too many requests on their way: it waits on, try again;
 *   threads_max), BUS_ERR_MEMORY, BUS_ERR_INVALID */
BUS_API enum bus_status bus_schedule_cancel(struct bus *bus, uint64_t id);

/* False: no more. May use the bus, and cancel. */
typedef bool (*bus_scheduled_fn)(void *context, const struct bus_scheduled *scheduled);
/* Calls `fn` for each that waits, in no order; those that come or go meanwhile are seen or not.
 * `type` NULL: of any. `shown` (may be NULL) receives how many.
 *   BUS_ERR_INVALID, BUS_ERR_LIMIT (threads_max), BUS_ERR_MEMORY (the rest is not shown) */
BUS_API enum bus_status bus_schedules_each(struct bus *bus, const struct bus_message_type *type,
                                           bus_scheduled_fn fn, void *context, uint64_t *shown);

/* How they came and went. scheduled = ended + cancelled + waiting. */
struct bus_schedule_figures {
    uint64_t scheduled; /* those restored included */
    uint64_t ended;     /* published for the last time, or `refused` */
    uint64_t cancelled;
    uint64_t waiting;
    uint64_t waiting_bytes;
    uint64_t published; /* events, each time of a recurring one */
    uint64_t refused;   /* times that a filter said no, or the message was not valid any more */
    uint64_t missed;    /* times of recurring ones that one event made up for */
    uint64_t full;      /* events that found no room and waited on */
    uint64_t restored;  /* brought by the store at bus_start */
    uint64_t unsaved;   /* that the store could not take although there is one */
};
/*   BUS_ERR_INVALID */
BUS_API enum bus_status bus_schedule_figures_read(struct bus *bus,
                                                  struct bus_schedule_figures *figures);

#ifdef __cplusplus
}
#endif

#endif
