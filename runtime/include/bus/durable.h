/*
 * bus/durable.h - events that are on disk before they are accepted.
 *
 * An event that its schema marks `durable` is put into the bus's store (bus_options.store) first;
 * publish returns BUS_QUEUED when it is on disk, and waits for that: it is the one publish that
 * does. From then on it is delivered until its handlers have succeeded, by this bus or by the next
 * one with the same store, which takes up at bus_start what it finds there. So it is delivered at
 * least once, and again only when the process or the machine ended in between.
 *
 *     event order_placed { 1 order : u64 key; ... durable; }
 *
 *     struct bus_options options = {.store = bus_memory_store_table(store)};
 *
 * Order. The events of one type run in the order of their publishes. When their lane is full, or
 * the bus is not started, they wait on disk, all later ones of their type behind them, and are
 * loaded in order when there is room. What was found at bus_start comes before what was published
 * since bus_open. Without a key the events of a durable type go to one worker.
 *
 * Full. `when_full` is about the store, not about the lane: an event that the store refuses, being
 * full, is rejected, waits, or becomes a dead letter, as it says. A store that fails rejects.
 *
 * Memory. bus_options.durable_max of them are in memory at one time (in lanes, held, on their way
 * to the disk), for which bus_open reserves records when there is a store; the others wait on disk.
 *
 * The end. When all handlers have succeeded the event is removed from the store. One that has
 * failed for good is a dead letter, and removed when that is on disk; if the dead letters have no
 * room for it, or the disk fails the letter, it stays in the store, and is delivered again after
 * the next bus_start; before that only if an event that was put earlier comes to be behind later.
 * One whose deadline has passed, counted by the wall clock while it is on disk, is removed.
 *
 * Sessions. On disk an event has the text id of its session. When it comes from there it belongs to
 * the session that has this id then, of this bus or of the next one; if none is open it belongs to
 * none, and the handlers of the bus get it. So give sessions ids that mean the same again, or let
 * them be made, which come only once.
 *
 * Without a store bus_open refuses a schema with durable events, and publish those of others
 * (BUS_INVALID), unless bus_options.durable_without_store says that they are events like any other
 * there.
 *
 * Without waiting. `..._publish_later` (bus_publish_message_later) takes the event on and tells the
 * end to a function of yours: the form for a polled bus, whose thread has better things to do than
 * to wait for a disk, and for many at once.
 *
 *     static void placed(void *context, struct bus *bus, enum bus_outcome outcome);
 *
 *     outcome = shop_order_placed_publish_later(bus, &event, NULL, placed, order);
 *     if (outcome != BUS_QUEUED)
 *         ...                                          `placed` will not be called
 *
 * One that finds no room in the store at once is BUS_DEAD_LETTERED if its `when_full` says so.
 *
 * Many at once. `..._publish_many` (bus_publish_messages) puts up to 128 events, in order, and
 * waits for the disk once for all of them; then come the next ones. It never has more than an
 * eighth of durable_max on the way. `accepted` counts the first ones, up to the first that is
 * refused, as for any event. What comes behind that one is not accepted, although it may have been
 * on its way: it is removed from disk again before the call returns, and not delivered; so go on
 * behind those that were accepted. (Filters may have been asked about it, and have counted it.) If
 * the disk fails that removal, too, it is tried again, at the latest by bus_close; what is still
 * there when the process ends is delivered by the next bus, as after a publisher that was killed
 * before he knew. One id for all (bus_message_options.id) makes them one event.
 *
 * The same event twice. A publisher that is not sure whether his publish was carried out gives the
 * event an id (bus_message_options.id) and publishes it again with the same id: within the store's
 * window it is accepted, and not delivered twice.
 *
 * Threads: all functions may be called from any thread, inside handlers too.
 */
#ifndef BUS_DURABLE_H
#define BUS_DURABLE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The end of a publish that nobody waits for. BUS_QUEUED: the event is on disk; BUS_REJECTED or
 * BUS_THROTTLED: the store is full or failed, the event is gone unless you keep it. Called once, on
 * worker 0 (on a polled bus inside bus_poll), or by bus_stop on its thread; before bus_start it
 * waits for that. bus_wait_idle and bus_stop wait for events on their way to the disk as for those
 * in a lane. It is held to the rules of a handler: it may publish, but does not wait for room.
 */
typedef void (*bus_durable_done)(void *context, struct bus *bus, enum bus_outcome outcome);

/* What there is of them, and what became of some. Figures without a name count since bus_open. */
struct bus_durable_figures {
    uint64_t behind;    /* now: accepted, and on disk only */
    uint64_t in_memory; /* now: in lanes, held, or on their way to the disk */
    uint64_t put;       /* events that went to disk */
    uint64_t loaded;    /* that came from disk into a lane; `restored` included */
    uint64_t restored;  /* that an earlier bus left, found at bus_start */
    uint64_t known;     /* publishes of an id that was known */
    uint64_t refused;   /* publishes that the store refused, or that failed there */
    uint64_t removed;
    uint64_t stayed;   /* failed for good, and no dead letter: delivered again by the next bus */
    uint64_t damaged;  /* found on disk and not readable */
    uint64_t strange;  /* found at bus_start, of a type that this bus does not know: left there */
    uint64_t upgraded; /* of `loaded`: written as an older version of their message */
};
/*   BUS_ERR_INVALID */
BUS_API enum bus_status bus_durable_figures_read(struct bus *bus,
                                                 struct bus_durable_figures *figures);

#ifdef __cplusplus
}
#endif

#endif
