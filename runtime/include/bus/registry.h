/*
 * bus/registry.h - a table of handlers of your own, which the bus asks at each dispatch.
 *
 * For programs that have such a table already: plug-ins that are loaded and unloaded, the functions
 * of a scripting language, a map by tenant. With `bus_options.registry` the bus keeps no single
 * handlers itself: it asks your `lookup` who sees this message of this session, and runs whom it
 * names.
 *
 *     struct plugins {
 *         pthread_mutex_t lock;
 *         struct plugin *first;
 *     };
 *     struct plugin {
 *         struct plugin *next;
 *         const struct bus_message_type *type;
 *         struct bus_handler handler;
 *     };
 *
 *     static uint32_t who(void *context, const struct bus_message_type *type,
 *                         struct bus_session session, struct bus_handler *handlers,
 *                         uint32_t capacity)
 *     {
 *         struct plugins *plugins = context;
 *         uint32_t count = 0;
 *
 *         (void)session;
 *         pthread_mutex_lock(&plugins->lock);
 *         for (struct plugin *plugin = plugins->first; plugin != NULL; plugin = plugin->next)
 *             if (plugin->type == type && count++ < capacity)
 *                 handlers[count - 1] = plugin->handler;
 *         pthread_mutex_unlock(&plugins->lock);
 *         return count;
 *     }
 *
 *     struct bus_registry registry = {.context = &plugins, .lookup = who};
 *     status = bus_open(&bus, &(struct bus_options){.registry = &registry});
 *     ...
 *     status = shop_order_placed_subscribe(
 *         bus, mail_customer, mailer,
 *         &(struct bus_handler_options){.made = &plugin->handler, .name = "mailer"});
 *     plugin->type = &shop_order_placed_type;
 *     add(&plugins, plugin);
 *     ...
 *     remove_from(&plugins, plugin);
 *     bus_handler_release(plugin->handler);
 *
 * Handlers. The bus makes them and you hold them: the typed `..._subscribe`, `..._subscribe_batch`
 * and `..._handle` fill `bus_handler_options.made`. A handler so made runs only when `lookup` gives
 * it, and is in all else as any other: policy, retries, breaker, batches, order of keys, home of a
 * serial one, figures, reports, watchdog. `made` may be used for the same function, context and
 * message more than once, and for several handlers of one command. Not with
 * `bus_handler_options.session`: whose messages a handler sees is your lookup's to say. On such a
 * bus a subscribe or handle without `made` is refused (BUS_ERR_STATE), as is one with it on any
 * other bus; handlers count in `bus_options.handlers_max` and in `registered_handlers` from when
 * they are made to when they are released.
 *
 * Components stay the bus's own: those of a program, and whatever is attached with `..._attach`, in
 * sessions too. They are wiring, checked when the program is built or attached as a whole, and no
 * lookup could give part of one. Of an event both see it: components in their order, your handlers
 * in the order in which you give them, each behind those of components that have the same or an
 * earlier `order`. A command goes to the first handler you give; only if you give none, to the
 * component that handles it.
 *
 * When it is asked. Only for messages of which a handler is made now; for an event when it is
 * dispatched, so that what is queued is seen by who is there then; for a command when it is
 * executed, and again by the worker if it is queued. What was decided holds: a delivery that failed
 * runs again at the same handler, and when that is released, the delivery ends as one whose handler
 * was unregistered (BUS_FAULT_HANDLER_GONE, a dead letter). The replay of a letter asks, and picks
 * the handler out of the answer as ever: the same one, or the only one of its `name`. bus_start
 * does not ask: it takes a command for handled if a component handles it or a handler of it is
 * made. After bus_stop has returned BUS_OK nothing is asked any more.
 *
 * Sessions. `session` is a message's session, zero if it has none, or one that has ended. Which
 * handlers come first, those of the session or others, is the order that you give them in. Handlers
 * that you made for a session do not end with it: release them in a clean-up function
 * (bus_session_on_end). For `idle_ns` any handler that you give counts as the session's.
 *
 * Threads. `lookup` is called by workers and by threads that execute commands, also several at a
 * time; you lock what you change. It runs before each message: it should be short, and must not
 * publish, execute or release. Take no lock around bus_handler_release that `lookup` takes: release
 * waits for a handler that runs, which may be waiting for an answer of `lookup`. Take the handler
 * out of your table, unlock, release. A lookup that gives it a moment too long does no harm: it is
 * passed over.
 *
 * Answers that are wrong: more handlers than `capacity`, a handler of another bus or of another
 * message, one that was never made, all zero, the same twice. Then no handler runs, not even a
 * component's: an event fails with BUS_FAULT_REGISTRY (category config) and is a dead letter for
 * all of its handlers, which can be replayed when the registry was mended; a command ends with
 * BUS_NO_HANDLER, and bus_last_error() says what was wrong. Both are in the error history
 * (bus/errors.h).
 *
 * Cost. A bus without a registry pays nothing for it. With one, each message of which handlers are
 * made takes the way of messages in sessions instead of that of a row of events, and a lookup.
 * Memory: 16 bytes for each of `handlers_max`, 24 bytes for each of `answer_max` and thread,
 * reserved when the bus is opened and when a thread first uses it.
 */
#ifndef BUS_REGISTRY_H
#define BUS_REGISTRY_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Handlers of one answer, where nothing is said; and at most. */
#define BUS_ANSWER_DEFAULT 16
#define BUS_ANSWER_MAX 256

/* A handler that the bus has made for your registry; a plain value, to be copied and kept as you
 * like. All zero: none. Once released it is stale, which does no harm; it is not to be used after
 * bus_close. */
struct bus_handler {
    struct bus *bus;
    uint32_t place;
    uint32_t generation;
};

/* Who sees a message of this type and session, in this order? Writes the handlers and returns how
 * many there are, 0 for none; `handlers` has room for `capacity`, which is answer_max. */
typedef uint32_t (*bus_registry_lookup)(void *context, const struct bus_message_type *type,
                                        struct bus_session session, struct bus_handler *handlers,
                                        uint32_t capacity);

struct bus_registry {
    void *context;
    bus_registry_lookup lookup;
    uint32_t answer_max; /* default BUS_ANSWER_DEFAULT, at most BUS_ANSWER_MAX */
};

/* Ends a handler, as unsubscribe does one of the bus's own: when it returns the handler is not
 * running and will not run, whatever `lookup` says; called inside the handler it returns at once
 * and holds from its return on. Handlers that are left end with bus_close. Any thread; twice is
 * harmless.
 *   BUS_ERR_NOT_REGISTERED (it was released before, or never made), BUS_ERR_BUSY (it holds from
 *   the return of the run that waits, itself or through others, for the handler that called this),
 *   BUS_ERR_INVALID (all zero) */
BUS_API enum bus_status bus_handler_release(struct bus_handler handler);

#ifdef __cplusplus
}
#endif

#endif
