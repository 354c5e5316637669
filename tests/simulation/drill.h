/*
 * drill.h - one run of the simulated campaign: a bus with everything on it, a ledger of what each
 * delivery did, and what must hold at the end.
 *
 * A drill has a rough phase, in which handlers fail, threads stall, a thing that two handlers need
 * is down for a while, sessions come and go, the wall clock is set, filters and middleware are
 * added and removed; and a calm one, in which everything that is left must end. All of it follows
 * from the seed.
 */
#ifndef DRILL_H
#define DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include <bus/dead_letters.h>
#include <bus/session.h>
#include <bus/simulation.h>

#include "bus_system.bus.h"
#include "drill.bus.h"

/* The events of drill.bus. */
#define DRILL_EVENTS(X)                                                                            \
    X(plain)                                                                                       \
    X(urgent)                                                                                      \
    X(keyed)                                                                                       \
    X(guarded)                                                                                     \
    X(strict) X(shed) X(patient) X(bulky) X(brief) X(spill) X(eased) X(healed) X(slow) X(state)

#define DRILL_KIND(name) KIND_##name,
enum kind { DRILL_EVENTS(DRILL_KIND) KINDS };

enum {
    NUMBERS = 512, /* of each kind; more are not published */
    LISTENERS = 2, /* the first fails now and then, the second never */
    ORIGINS = 8,   /* threads that publish */
    KEYS = 5,
    DEFERRED = 8,
    ROUNDS = 6, /* of the calm phase */
    VISITS = 6, /* sessions, fewer than ten */
    PLANS = 24, /* events for later */
    GATES = 8,  /* filters, and as many pieces of middleware, one after another */
    STATES = 2, /* keys of `state`, of each publisher */
};

/* What goes wrong on purpose, to see that it is found. */
enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_WAKE,    /* now and then nobody is woken */
    SABOTAGE_ACCOUNT, /* one message is in the ledger only */
    SABOTAGE_TWICE,   /* one delivery is noted twice */
    SABOTAGE_ORDER,   /* two messages of a key change their numbers */
    SABOTAGE_LATE,    /* a handler keeps failing in the calm phase */
    SABOTAGE_CLOCK,   /* a handler looks at the real clock: no replay */
    SABOTAGE_GUEST,   /* a session is taken for ended before it is */
    SABOTAGE_EARLY,   /* a plan is taken for later than it is */
    SABOTAGE_GATE,    /* a filter is taken for removed before it is */
    SABOTAGE_SCREEN,  /* a piece of middleware is taken for there and is not */
    SABOTAGE_LAST,    /* now and then an event has another key than it is taken for */
    SABOTAGE_DISK,    /* lives.h: the disk says that it has what it has not */
    SABOTAGE_REMOVAL, /* ... that it has removed what it has not */
    SABOTAGE_GHOST,   /* ... what was removed is there again in the next life */
    SABOTAGE_SWAP,    /* ... two events change their places */
    SABOTAGE_BACK,    /* ... what it has removed of the schedule stays */
    SABOTAGE_PHASE,   /* ... the next time of what recurs is another one */
};

/* One message for one of the two listeners. */
struct delivered {
    uint8_t runs;
    uint8_t ok;
};

struct message_record {
    bool accepted;
    bool of_session;     /* has deliveries that are not noted here */
    bool again;          /* came back as a letter */
    uint8_t origin, key; /* of `state` */
    struct delivered by[LISTENERS];
};

/* A session, and what is known of its end. */
struct visit {
    struct drill *drill;
    struct bus_session session;
    char id[BUS_SESSION_ID_SIZE];
    uint64_t idle_ns;        /* 0: it does not end of itself */
    uint32_t opened;         /* times: once more when its end was told */
    bool watched;            /* it has a clean-up function */
    bool over;               /* no handler of it may run any more */
    uint32_t running;        /* handlers of it */
    uint32_t cleanups;       /* calls of that */
    uint32_t started, ended; /* times that its begin and its end were told */
};

/* An event for later. */
struct plan {
    uint64_t id;
    uint64_t due_ns;  /* the first time, of its clock */
    uint64_t made_ns; /* on the monotonic clock, and how long that took */
    uint64_t took_ns;
    uint64_t every_ns; /* 0: once */
    bool at;           /* it follows the wall clock */
    bool made, cancelled;
    uint32_t refused; /* times that a filter said no */
    uint32_t runs;
    uint32_t runs_before; /* the calm phase looked at it */
};

/* A filter. */
struct gate {
    struct drill *drill;
    uint64_t id;
    uint32_t says_no; /* of a million */
    bool of_all;      /* it is asked about each event */
    bool gone;        /* nobody asks it any more */
    uint64_t passed, filtered;
};

/* Middleware around the handlers of `urgent`. */
struct screen {
    struct drill *drill;
    uint64_t id;
    bool there; /* around all that is published from now on, number `since` the first */
    bool gone;  /* nobody is inside any more */
    uint32_t since;
    uint32_t inside;
    const struct bus_delivery *deliveries[8];
};

struct drill {
    uint64_t seed;
    enum sabotage sabotage;
    struct bus_simulation *simulation;
    struct bus *bus;
    struct bus_os os;
    bool polled;
    bool concurrent;
    bool calm;
    bool closing;  /* polled: the poller ends */
    uint32_t busy; /* threads of the rough phase that have not ended */
    uint32_t workers;
    uint32_t publishers;
    uint32_t actions;  /* of each publisher */
    uint32_t pause_ns; /* between them, at most */
    uint32_t failing;  /* runs of a million */
    uint64_t down_from_ns, down_until_ns;
    uint32_t numbers[KINDS]; /* given so far */
    uint64_t accepted[KINDS];
    uint64_t filtered[KINDS];    /* by what came out of the publish */
    uint64_t expired[KINDS];     /* before they could be accepted */
    uint64_t said_no[KINDS + 1]; /* by what filters said; the last: scheduled ones */
    struct message_record messages[KINDS][NUMBERS];
    uint32_t last_number[LISTENERS][ORIGINS][KEYS]; /* of `keyed`, + 1 */
    struct bus_simulation_faults faults;            /* of the rough phase */
    uint32_t replays;                               /* of all letters, begun */
    uint64_t asked_ok[NUMBERS];
    uint32_t asks;
    uint64_t asks_accepted, looks_accepted;
    uint64_t asks_cancelled;               /* perhaps before they were accepted */
    uint64_t asks_completed, asks_awaited; /* with a completion */
    struct bus_ticket tickets[NUMBERS];    /* of asks, for who cancels them */
    bool clerk;                            /* somebody answers what is deferred */
    uint32_t deferred_count;
    struct {
        struct bus_token token;
        uint64_t number;
    } deferred[DEFERRED];
    struct visit visits[VISITS];
    uint32_t started, ended; /* times that anybody was told of a session */
    struct plan plans[PLANS];
    uint64_t clock_moved; /* the wall clock, modulo 2^64 */
    uint64_t clock_most;  /* what it was at most */
    uint32_t clock_moves;
    struct gate gates[GATES];
    struct screen screens[GATES];
    uint64_t screened; /* runs of `urgent` that middleware has failed, the second listener's too */
    uint32_t last_state[ORIGINS][STATES]; /* that the second listener was given, + 1 */
    uint64_t again;                       /* accepted without being in the ledger: replays */
    uint64_t runs;                        /* of all handlers */
    char wrong[512];                      /* the first thing that was; "" nothing */
};

/* Notes the first. */
void drill_wrong(struct drill *drill, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What `seed` says, without the bus. False: `wrong` says why. */
bool drill_run(struct drill *drill, uint64_t seed, enum sabotage sabotage);

/* drill_handlers.c: registers all handlers. */
bool drill_attach(struct drill *drill);
/* Publishes one of `kind`; what came out is in the ledger. */
enum bus_outcome drill_publish(struct drill *drill, enum kind kind, uint32_t origin,
                               struct bus_session session);
const struct bus_message_type *drill_type(enum kind kind);

/* drill_threads.c: spawns those of the rough phase. */
bool drill_spawn(struct drill *drill, bool replays);
/* One thread; it lowers `busy` when it ends. */
void drill_spawn_one(struct drill *drill, const char *name, void (*body)(void *), void *argument);
/* A polled bus's thread, until `closing`. */
void drill_poll(void *drill);

/* drill_sessions.c: spawns who opens and ends sessions; who listens to that; at the end. */
void drill_visit(struct drill *drill);
bool drill_watch_sessions(struct drill *drill);
void drill_check_sessions(struct drill *drill);

/* drill_schedule.c: the wall clock of `os` can be set; spawns who makes plans; who listens to
 * them; in the calm phase they end; at the end. */
void drill_move_clock(struct drill *drill);
void drill_plan(struct drill *drill);
bool drill_listen_for_plans(struct drill *drill);
void drill_end_plans(struct drill *drill);
void drill_check_plans(struct drill *drill);

/* drill_pipeline.c: spawns who adds and removes filters and middleware; a delivery of `urgent`; a
 * run of `state` by the second listener; at the end. */
void drill_guard(struct drill *drill);
void drill_see_screens(struct drill *drill, uint64_t number, const struct bus_delivery *delivery);
void drill_see_state(struct drill *drill, uint64_t number);
void drill_check_pipeline(struct drill *drill);

/* drill_checks.c: at the end, the bus is stopped. */
void drill_check(struct drill *drill);

#endif
