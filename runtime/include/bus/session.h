/*
 * bus/session.h - sessions: what belongs to one client, with a begin and an end.
 *
 * A session groups handlers and messages. Its handlers (bus_handler_options.session) see the events
 * that were published within it, before the handlers of the bus at equal order, and are asked first
 * for its commands. Messages come into a session by bus_message_options.session, and what a handler
 * publishes or executes is in the session of what it handles. Handlers of the bus see the events of
 * all sessions.
 *
 *     static enum bus_status serve(struct bus *bus, struct client *client)
 *     {
 *         struct bus_session_options options = {.id = client->name, .state = client};
 *         struct bus_session session;
 *         enum bus_status status = bus_session_open_with(bus, &options, &session);
 *
 *         if (status != BUS_OK)
 *             return status;
 *         status = bus_session_on_end(bus, session, forget_client, client);
 *         ...
 *         return bus_session_end(bus, session, NULL);
 *     }
 *
 * The end. It comes by bus_session_end (bus_session_close in bus/bus.h is the same without an
 * error), by the end of a scope (below; bus/session.hpp for C++), by `idle_ns`, or by bus_close.
 * However it came, in this order: the handle is no longer good for anything; the session's handlers
 * are unregistered, its messages still on their way reach the bus's handlers alone; the state
 * pointer is cleared; when none of its handlers runs any more, its clean-up functions are called,
 * last added first; then its id may be used again, and bus_system.session_ended is published.
 *
 * Handles. A session's place is used again, so a handle has a generation; one that outlived its
 * session is recognised and refused. 100,000 sessions are nothing special: opening and ending cost
 * the same however many are open, and neither slows the dispatch of others' messages. Memory for
 * `bus_options.sessions_max` of them is reserved by bus_open, and touched when it is first used;
 * handlers and clean-up functions are allocated when they are added.
 *
 * All functions may be called from any thread, and inside handlers.
 */
#ifndef BUS_SESSION_H
#define BUS_SESSION_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text form of a session's id, with its NUL. */
#define BUS_SESSION_ID_SIZE 64
/* Clean-up functions of one session, at most. */
#define BUS_SESSION_ENDS_MAX 64

/* How a session begins. NULL or all zero: the defaults. */
struct bus_session_options {
    const char *id;   /* at most 63 bytes of UTF-8, not empty, copied; no two open sessions of a bus
                         have the same, and none has that of the default session, "BUS". NULL: a
                         UUIDv7 in text form is made */
    void *state;      /* yours, for bus_session_state */
    uint64_t idle_ns; /* end it when for so long no message was published or executed within it,
                         and none of its handlers ran; 0: never. Told to within 2 ms. Counted from
                         the begin; looked at by worker 0, of a polled bus in bus_poll */
};

/* Opens a session. bus_system.session_started is published; of one that ends of itself (`idle_ns`)
 * before this call returns its end may be told first.
 *   BUS_ERR_ALREADY_REGISTERED (an open session, or one whose end is not over, has this id),
 *   BUS_ERR_LIMIT (sessions_max), BUS_ERR_STATE (stopping or stopped), BUS_ERR_INVALID (NULL, an id
 *   that is empty, too long, "BUS" or no UTF-8) */
BUS_API BUS_MUST_USE enum bus_status
bus_session_open_with(struct bus *bus, const struct bus_session_options *options,
                      struct bus_session *session);

/* The open session of this id. On failure *session is zero.
 *   BUS_ERR_NOT_REGISTERED (there is none), BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_session_find(struct bus *bus, const char *id,
                                                      struct bus_session *session);

/* Writes the session's id; "BUS" for the default session (zero). Never waits.
 *   BUS_ERR_NOT_REGISTERED (it has ended; the text is empty), BUS_ERR_INVALID */
BUS_API enum bus_status bus_session_id(const struct bus *bus, struct bus_session session,
                                       char text[BUS_SESSION_ID_SIZE]);

/* The session's state pointer, in a handler most often that of its message's envelope
 * (bus_delivery_envelope). NULL: none was set, or the session has ended. Never waits. What it
 * points to is best freed by a clean-up function: none runs while a handler of the session does. */
BUS_API void *bus_session_state(const struct bus *bus, struct bus_session session);
/*   BUS_ERR_NOT_REGISTERED (it has ended), BUS_ERR_INVALID */
BUS_API enum bus_status bus_session_set_state(struct bus *bus, struct bus_session session,
                                              void *state);

/* How a session ended. */
enum bus_session_reason {
    BUS_SESSION_ENDED = 1,  /* bus_session_end, bus_session_close, a scope */
    BUS_SESSION_IDLE,       /* `idle_ns` */
    BUS_SESSION_BUS_CLOSED, /* bus_close; nobody is told by an event any more */
};

/* A clean-up function. `why`: what bus_session_end was given, or NULL; its text is valid inside the
 * call. Called once, on the thread that ends the session or on worker 0 (see bus_session_end),
 * under no lock: it may use the bus, but is held to the rules of a handler, nothing in it waits
 * long. The session is no longer open. */
typedef void (*bus_session_end_fn)(void *context, struct bus *bus, struct bus_session session,
                                   enum bus_session_reason reason, const struct bus_error *why);
/* Adds one; they are called last added first.
 *   BUS_ERR_NOT_REGISTERED (it has ended: call it yourself), BUS_ERR_LIMIT (BUS_SESSION_ENDS_MAX),
 *   BUS_ERR_MEMORY, BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_session_on_end(struct bus *bus, struct bus_session session,
                                                        bus_session_end_fn fn, void *context);

/* Ends a session, for `why` (copied; NULL: no error). All of the end is over on return, but:
 *   - inside one of its own handlers, and where waiting for one would never end (BUS_ERR_BUSY),
 *     from the clean-up functions on it is done by worker 0 (bus_poll) when they have returned,
 *     or by bus_close;
 *   - for a session that has ended, or is just being ended, nothing is done.
 *   BUS_ERR_BUSY, BUS_ERR_INVALID (never opened, the default session, NULL) */
BUS_API enum bus_status bus_session_end(struct bus *bus, struct bus_session session,
                                        const struct bus_error *why);

/* A session that ends with a C scope:
 *
 *     __attribute__((cleanup(bus_session_leave))) struct bus_session_scope scope = {0};
 *
 *     if (bus_session_enter(bus, &options, &scope) != BUS_OK)
 *         return false;
 *     ...
 *     if (!login(client, &scope.why)) {
 *         scope.failed = true;
 *         return false;
 *     } */
struct bus_session_scope {
    struct bus *bus; /* NULL: nothing to end */
    struct bus_session session;
    bool failed; /* set it: the session ends with the error `why` */
    struct bus_error why;
};
/* As bus_session_open_with. On failure the scope is all zero. */
BUS_API BUS_MUST_USE enum bus_status bus_session_enter(struct bus *bus,
                                                       const struct bus_session_options *options,
                                                       struct bus_session_scope *scope);
/* Ends the session, if there is one. May be called early; twice is harmless. */
BUS_API void bus_session_leave(struct bus_session_scope *scope);

#ifdef __cplusplus
}
#endif

#endif
