/*
 * lives.h - one run of a bus that is killed again and again, and a store that outlives it.
 *
 * A run has some lives: a bus is opened on the store that the one before it left, is worked on
 * while the store fails now and then, and ends, most often by a power cut at a random moment. From
 * then on the disk takes nothing more; of the requests that were on their way the first few were
 * carried out. What the handlers still do nobody sees: the ledger does not note it. So stopping and
 * closing that bus afterwards is, for what is on disk, the same as a process that was killed.
 *
 * Some events are scheduled, once or again and again, and come due in this life or a later one. An
 * entry whose removal reached the disk is not there again; one that nobody removed is.
 *
 * Between two lives the disk is read and compared with the ledger (lives_checks.c). In the last
 * life nothing fails, and everything must come to its end. All of it follows from the seed.
 */
#ifndef LIVES_H
#define LIVES_H

#include <stdbool.h>
#include <stdint.h>

#include <bus/batch.h>
#include <bus/dead_letters.h>
#include <bus/durable.h>
#include <bus/schedule.h>
#include <bus/simulation.h>
#include <bus/store.h>

#include "drill.h"
#include "lives.bus.h"

#define LIVES_PUBLISHED(X) X(kept) X(keyed) X(awaited) X(spilled) X(silent)
#define LIVES_ONE_BY_ONE(X) LIVES_PUBLISHED(X) X(timed)
#define LIVES_EVENTS(X) LIVES_PUBLISHED(X) X(gathered) X(timed)

#define LIVES_KIND(name) LASTING_##name,
enum lasting_kind { LIVES_EVENTS(LIVES_KIND) LASTING_KINDS };

enum {
    LASTING_NUMBERS = 256, /* of each kind, in all lives */
    LASTING_KEYS = 4,
    LASTING_ORIGINS = 4, /* threads that publish */
    LIVES_MOST = 3,
    PUBLISHED_KINDS = LASTING_timed, /* the others are scheduled */
    TICKS = 12,                      /* of `ticked`, in all lives */
};

/* An event, over all lives. */
struct lasting_record {
    uint32_t origin;
    bool tried;      /* it was published, or somebody tried to */
    bool acked;      /* a publish said that it is on disk */
    bool given;      /* with an id of its own, so that it may be published again */
    bool again;      /* it was, or came back as a letter: it may come out of order */
    bool may_run;    /* in this life: it was on disk at its begin, or was published in it */
    bool on_disk;    /* at the end of the last life */
    bool scheduled;  /* so was its entry */
    bool removed;    /* that was removed, and the disk has done it */
    uint64_t entry;  /* its number; 0: none */
    uint64_t due_ns; /* wall clock */
    bool lettered;   /* so was its dead letter */
    bool doubled; /* both were, for the power was cut in between, or it was published again after it
                      was a letter: it may run twice in one life */
    bool gave_up; /* its handler failed for good, of an event that makes no letters */
    uint8_t coming; /* publishes of it that have not ended */
    bool ok[LISTENERS];
    uint8_t ok_now[LISTENERS]; /* in this life */
};

/* A recurring entry, over all lives. */
struct tick {
    uint64_t entry;                     /* its number; 0: not made */
    uint64_t due_ns, every_ns, took_ns; /* the first time, by the wall clock, but for `took_ns` */
    bool saved;                         /* somebody was told that it is on disk */
    bool cancelled;
    bool may_run; /* in this life */
    bool on_disk; /* at the end of the last life */
    bool removed; /* the disk has removed it */
    uint32_t runs_now;
};

/* The disk: a store in memory with a switch, and what went wrong with its requests. */
struct disk {
    struct bus_store table; /* for the bus */
    struct bus_memory_store *store;
    const struct bus_store *below;
    bool power;
    bool slow;               /* requests wait until the disk comes round to them */
    bool closing;            /* its thread ends */
    bool ended;              /* nothing is on its way any more */
    bool runs;               /* it has a thread */
    bool failing;            /* the last request did */
    uint32_t refuses, fails; /* requests of a million */
    uint64_t left;           /* requests until the power is cut; 0: it is not */
    uint64_t requests;
    uint64_t removals_lost;       /* of events, refused or failed in this life */
    uint64_t entry_removals_lost; /* of scheduled ones */
};

struct lives {
    uint64_t seed;
    enum sabotage sabotage;
    struct bus_simulation *simulation;
    struct disk disk;
    struct bus *bus;
    uint32_t life, life_count;
    uint32_t workers;
    bool polled, concurrent;
    bool calm;      /* the last life: nothing fails */
    bool replaying; /* letters are run again, in any order */
    bool closing;   /* polled: the poller ends */
    uint32_t busy;  /* threads that have not ended */
    uint32_t publishers, actions, pause_ns;
    uint32_t failing; /* runs of a million */
    uint32_t numbers[LASTING_KINDS];
    struct lasting_record records[LASTING_KINDS][LASTING_NUMBERS];
    /* numbers + 1 of the last first run in this life, by listener, publisher and key */
    uint32_t last[LASTING_KINDS][LISTENERS][LASTING_ORIGINS][LASTING_KEYS];
    struct tick ticks[TICKS];
    uint32_t tick_count;
    uint64_t begun_ns;   /* this life, by the wall clock */
    bool started, polls; /* bus_start was called, its thread has begun to poll */
    uint64_t runs;
    char wrong[512];
};

void lives_wrong(struct lives *lives, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What `seed` says, without the bus and the store. False: `wrong` says why. */
bool lives_run(struct lives *lives, uint64_t seed, enum sabotage sabotage);

/* lives_disk.c */
bool disk_open(struct lives *lives);
void disk_close(struct lives *lives);
/* At the begin of a life. False: its thread is refused. */
bool disk_begin(struct lives *lives);
/* The power goes, if it has not; what was on its way ends. */
void disk_cut(struct lives *lives);

/* lives_events.c: registers all handlers. */
bool lives_attach(struct lives *lives);
const struct bus_message_type *lives_type(enum lasting_kind kind);
/* Publishes the next one of a kind; from the threads that do it, `origin` is one's own. */
enum bus_outcome lives_publish(struct lives *lives, enum lasting_kind kind, uint32_t origin);
/* Spawns those who publish. */
bool lives_spawn(struct lives *lives);

/* lives_schedule.c: a run of `timed`; who schedules, spawned, and who listens. */
bool lives_listen(struct lives *lives);
void lives_note_due(struct lives *lives, uint64_t number);
void lives_plan(void *lives);
/* In the last life: what is due comes, what recurs goes on, and is cancelled. */
bool lives_end_plans(struct lives *lives);
/* The disk has removed an entry. */
void lives_removed(struct lives *lives, uint64_t entry);
/* The disk is read: nothing of it is there, this is; compared with the ledger. */
void lives_forget_entries(struct lives *lives);
void lives_see_entry(struct lives *lives, const struct bus_stored *stored);
void lives_compare_entries(struct lives *lives, bool killed);

/* lives_checks.c: the life is over, the disk is compared with the ledger; this says what the next
 * one may run. */
void lives_check(struct lives *lives, bool killed);
/* The last life is over. */
void lives_check_all(struct lives *lives);

#endif
