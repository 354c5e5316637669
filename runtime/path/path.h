/*
 * path/path.h - the way of a message inside the engine: who calls what.
 */
#ifndef BUSGEN_PATH_PATH_H
#define BUSGEN_PATH_PATH_H

#include <bus/session.h>

#include "core/engine.h"

struct bus_dead_letter;

/* ---- core/thread.c: the record of the calling thread ---- */

/* A thread's last use of a bus; `serial` 0: none. */
struct thread_cache {
    uint64_t serial;
    struct thread *thread;
};
extern _Thread_local struct thread_cache thread_cache __attribute__((tls_model("initial-exec")));

/* The slow part of thread_here: finds or makes the record. NULL: bus_last_error says why. */
struct thread *thread_find(struct bus *bus);
/* Why thread_find of this thread gave none the last time. */
enum bus_status thread_failure(void);
/* The record if there is one, else NULL. */
struct thread *thread_known(const struct bus *bus);

static inline struct thread *thread_here(struct bus *bus)
{
    if (__builtin_expect(thread_cache.serial == bus->serial, 1))
        return thread_cache.thread;
    return thread_find(bus);
}

/* A record for each worker, made by open; worker threads take theirs when they begin. */
struct thread *thread_make(struct bus *bus, uint32_t index);
void thread_adopt(struct thread *thread);
void thread_disown(struct thread *thread);
/* The bus is or is no longer one that ending threads must leave. */
enum bus_status threads_enroll(struct bus *bus);
void threads_dismiss(struct bus *bus);
void threads_free(struct bus *bus);

static inline struct counters *thread_count(const struct thread *thread, const struct route *route)
{
    return &thread->counters[route->index];
}

/* Has the deadline passed? The coarse clock answers unless it is near. */
static inline bool thread_is_past(struct thread *thread, uint64_t deadline_ns)
{
    const struct bus *bus = thread->bus;
    uint64_t about = os_coarse_ns(&thread->coarse, &bus->os);

    /* The coarse clock is never ahead and less than a millisecond behind. */
    if (__builtin_expect(deadline_ns > about + BUS_MILLISECOND, 1))
        return false;
    return deadline_ns <= bus_now(bus);
}

/* What a cell says of the time. */
static inline uint64_t thread_time_ms(struct thread *thread)
{
    const struct bus *bus = thread->bus;
    uint64_t now = os_coarse_ms(&thread->coarse, &bus->os);

    return now > bus->base_ms ? now - bus->base_ms : 0;
}

/* ---- publish.c, posting.c ---- */

/* The worker whose lane takes the message: its handlers' home, or by key, or by publisher. */
static inline struct worker *worker_for(struct bus *bus, const struct thread *thread,
                                        const struct route *route, const void *message)
{
    uint32_t home;

    if (bus->worker_count == 1)
        return &bus->workers[0];
    home = atomic_load_relaxed_u32(&route->home);
    if (home != WORKER_ANY)
        return &bus->workers[home];
    if (route->type->key != NULL)
        return &bus->workers[route->type->key(message) % bus->worker_count];
    return &bus->workers[thread->publisher % bus->worker_count];
}

/* A message on its way into a lane. */
struct posting {
    struct bus *bus;
    struct thread *thread;
    struct route *route;
    const void *message;
    const uint8_t *packed; /* NULL, or the message as some program packed it: it goes on like that,
                              with what only a newer version of the schema knows */
    const void *call_site;
    uint32_t size;
    uint32_t flags; /* of the cell */
    struct bus_session session;
    struct worker *worker;
    struct cell_extension extension; /* when flags say so */
};

/* Its `size` bytes to where they go. */
static inline void posting_pack(const struct posting *posting, uint8_t *to)
{
    if (posting->packed != NULL)
        memcpy(to, posting->packed, posting->size);
    else
        posting->route->type->codec.pack(to, posting->message);
}

/* May the thread publish now? BUS_QUEUED: yes, *gate as seen; else the outcome. To be ended with
 * publish_leave. */
enum bus_outcome publish_enter(struct bus *bus, struct thread *thread, uint32_t *gate);
void publish_leave(struct thread *thread);
/* Enters for what ends messages: only an audit keeps it waiting. */
void publish_enter_ending(struct bus *bus, struct thread *thread);
enum prepare_as {
    PREPARE_WHOLE,    /* and the filters are asked */
    PREPARE_RESERVED, /* slices without data are reserved; what is to come is asked about later */
    PREPARE_ADMITTED, /* whole; the filters were asked before */
};
/* Options and what is inherited; size; bounds; worker. */
enum bus_outcome posting_prepare(struct posting *posting, const struct bus_message_options *options,
                                 enum prepare_as as);
/* The middle part of it, inherit.c: session, deadline, correlation, causation and trace. */
enum bus_outcome posting_inherit(struct posting *posting,
                                 const struct bus_message_options *options);
/* Where the posting goes: cell (in a lane, or of a ring), its pool block already taken. */
struct place {
    struct cell *cell;
    struct lane *lane;      /* or */
    struct drop_ring *ring; /* this one */
    uint64_t ticket;
    void *block; /* pool; NULL: fits the cell */
    bool dropped;
};
enum place_as {
    PLACE_EMPTY,   /* no message is read */
    PLACE_WHOLE,   /* the message is there, so it may become a dead letter */
    PLACE_AT_ONCE, /* the same as empty, but nobody waits for room, whatever when_full says */
    PLACE_IF_ROOM, /* nor is anything said or counted when there is none */
};
/* Claims, following when_full. BUS_QUEUED or why not (counted). */
enum bus_outcome posting_place(struct posting *posting, uint32_t gate, struct place *place,
                               enum place_as as);
/* Everything that a header says; the sequence moves on. */
void posting_fill_head(const struct posting *posting, struct cell *cell);
/* Whether `when_full` may make it wait here. */
bool posting_may_wait(const struct posting *posting, uint32_t gate);
/* It becomes a dead letter: accepted, and dropped. False: refused there. */
bool posting_to_letters(struct posting *posting);
/* Writes header and extension; returns where the payload goes. */
uint8_t *posting_head(const struct posting *posting, const struct place *place);
/* The two halves of posting_place: the worker, with which a buffered one keeps its key; and room,
 * for a block of `body` bytes if it is `pooled` and *place has none yet. */
void posting_choose(struct posting *posting, uint32_t gate);
enum bus_outcome posting_find(struct posting *posting, uint32_t gate, struct place *place,
                              uint32_t body, bool pooled, enum place_as as);
/* Counts, makes visible, wakes; the second one without the count. */
enum bus_outcome posting_commit(const struct posting *posting, const struct place *place,
                                uint32_t gate);
enum bus_outcome posting_show(const struct posting *posting, const struct place *place,
                              uint32_t gate);
/* The message out of packed bytes, for a posting that has bus, thread and route: into scratch
 * memory, slices point to the bytes, which are what is sent, and must live as long. BUS_QUEUED;
 * BUS_REJECTED: no memory; BUS_INVALID. */
enum bus_outcome posting_unpack(struct posting *posting, const uint8_t *bytes, uint32_t size);
struct written;
/* The same of bytes that some program wrote: those of an older version of the message go through
 * its upgrades first. */
enum bus_outcome posting_read(struct posting *posting, const struct written *written,
                              const uint8_t *bytes, uint32_t size);
/* prepare .. commit, the caller has entered. */
enum bus_outcome posting_send(struct posting *posting, const struct bus_message_options *options,
                              uint32_t gate);
/* What the filters say of a posting that was prepared: BUS_QUEUED or why not, counted
 * (pipeline/filters.c). */
enum bus_outcome filters_ask(struct posting *posting);
/* For system events: built by the engine, published from anywhere, never waits. */
void publish_quietly(struct bus *bus, struct thread *thread, struct route *route,
                     const void *message);

/* ---- worker.c ---- */

/* So many messages of a busy lane are run at most before the worker looks around. */
enum {
    WORKER_BURST = 256,
    WORKER_ATTENTIVE = 32, /* while timers wait: they are late by so many runs at most */
};
/* Runs up to `most` messages, of the same lane and type if more than one; returns how many. 0:
 * there was none. */
uint32_t worker_run(struct worker *worker, struct thread *thread, uint32_t most);
/* Opens the mail and fires timers that are due, up to `most` and a fixed bound; returns how many
 * letters and timers there were. To be called when worker->attention is not 0. */
uint32_t worker_attend(struct worker *worker, struct thread *thread, uint32_t most);
/* Looks at stopped lanes again. */
void worker_go_on(struct worker *worker);
/* Adds the timer; by the worker's own thread. */
void worker_timer(struct worker *worker, struct timer *timer, uint64_t due_ns);
/* Runs at most one message, or one timer after the mail; false: there was nothing to do. */
bool worker_step(struct worker *worker, struct thread *thread);
/* Messages or mail, as far as can be seen without taking it. */
bool worker_has_work(const struct worker *worker);
void worker_body(void *argument);
/* Messages in all lanes and rings. */
uint64_t worker_size(const struct worker *worker);

/* Moves a word and wakes all that wait on it. */
void tell_word(struct bus *bus, bus_os_word *word);
/* Tells waiters of the bus what just happened; cheap when there are none. */
static inline void tell_waiting(struct bus *bus, const uint32_t *waiters, bus_os_word *word)
{
    bus_light_fence(bus);
    if (__builtin_expect(atomic_load_relaxed_u32(waiters) != 0, 0))
        tell_word(bus, word);
}

static inline void tell_handler_end(struct bus *bus)
{
    tell_waiting(bus, &bus->watchers, &bus->news);
}

static inline void tell_room(struct bus *bus)
{
    tell_waiting(bus, &bus->room_waiters, &bus->room);
}

static inline void tell_idle(struct bus *bus)
{
    tell_waiting(bus, &bus->idle_waiters, &bus->idle);
}

/* ---- dispatch.c, burst.c, parallel.c ---- */

/* One message through its handlers; counts how it ended. False: it cannot run now, nothing of it
 * has (guard/ordered.h). */
bool dispatch_cell(struct worker *worker, struct thread *thread, const struct cell *cell);
/* The messages at the front of `lane`, the first of which is ordinary, and their release. Returns
 * how many, up to `most`; 0: this one is not for a burst. */
uint32_t dispatch_burst(struct worker *worker, struct thread *thread, struct lane *lane,
                        uint32_t level, uint32_t most);
/* There is no memory to unpack its message: reports it. */
void dispatch_no_memory(struct bus_delivery *delivery);
/* Through the dispatch chain to the handler (pipeline/chain.c). */
enum bus_verdict chain_run(struct bus_delivery *delivery);
/* The next link of the dispatch chain, or the handler itself. */
enum bus_verdict chain_next(struct chain_link *link, struct bus_delivery *delivery);
/* One handler run: chain, verdict, facts, statistics. True: no fault; false with
 * delivery->deferred: it answers later. The frame shows the handler. */
bool delivery_run(struct bus_delivery *delivery);
/* A run that took longer than its timeout: its result counts no more. True: it does. */
bool delivery_settle_late(struct bus_delivery *delivery, bool ok);
/* A delivery of `cell` in this thread, unpacked. False: no memory for it. */
bool delivery_open(struct bus_delivery *delivery, struct thread *thread, struct route *route,
                   const struct cell *cell);

static inline struct frame *frame_push(struct thread *thread, uint32_t route)
{
    uint32_t depth = atomic_load_relaxed_u32(&thread->depth);
    struct frame *frame = &thread->frames[depth];

    atomic_store_release_u32(&frame->route, route);
    atomic_store_release_u32(&thread->depth, depth + 1);
    return frame;
}

static inline void frame_pop(struct thread *thread)
{
    uint32_t depth = atomic_load_relaxed_u32(&thread->depth) - 1;
    struct frame *frame = &thread->frames[depth];

    atomic_store_release_ptr(&frame->handler, NULL);
    atomic_store_release_ptr(&frame->list, NULL);
    atomic_store_release_u32(&frame->route, NO_ROUTE);
    atomic_store_release_u32(&thread->depth, depth);
    tell_handler_end(thread->bus);
}

/* Runs handlers[first, last) of one parallel group beside each other. Returns false when one of
 * them failed. */
bool parallel_run(const struct bus_delivery *model, struct worker *worker,
                  struct handler **handlers, uint32_t count);
/* Runs one part of any group. False: none there, or no depth left. */
bool parallel_help(struct bus *bus, struct thread *thread);

/* ---- execute.c, pending.c ---- */

void dispatch_command(struct worker *worker, struct thread *thread, struct route *route,
                      const struct cell *cell);
/* A queued command that is not going to run: tells whoever waits. */
void command_refuse(struct thread *thread, struct route *route, const struct cell *cell,
                    enum bus_outcome outcome, const char *text);

struct pending *pending_take(struct bus *bus, uint32_t *generation);
void pending_give(struct bus *bus, struct pending *pending);
/* The state of a record; PENDING_FREE: that generation of it is over. */
enum pending_state pending_state(const struct pending *pending, uint32_t generation);
uint32_t pending_generation(const struct pending *pending);
bool pending_move(struct pending *pending, uint32_t generation, enum pending_state from,
                  enum pending_state to);
/* Somebody has a ticket for the command with this extension (or NULL), and has cancelled it. */
bool pending_is_cancelled(const struct cell_extension *extension);
/* The one that answers: true when the record still waits (and stays so). */
bool pending_is_waiting(const struct pending *pending, uint32_t generation);

enum pending_end {
    PENDING_ENDED,        /* the answer is in the record, which is the waiter's now */
    PENDING_TIMED_OUT,    /* given up */
    PENDING_LATE,         /* the deadline passed, it is deferred: deferred_expire */
    PENDING_WAS_CANCELLED /* the record is not the waiter's */
};
enum pending_end pending_wait(struct bus *bus, struct pending *pending, uint32_t generation,
                              uint64_t deadline_ns);
/* The worker, behind the run; the answer is in the record. */
void pending_finish(struct bus *bus, struct pending *pending, uint32_t generation);
/* Deferred: takes it for a moment, for as long as it is PENDING_TAKEN. False: it is over. */
bool pending_take_deferred(struct bus *bus, struct pending *pending, uint32_t generation);

/* ---- approval.c ---- */

/* As the values of bus_system's `approval`. */
enum approval_state { APPROVAL_PENDING = 1, APPROVAL_APPROVED, APPROVAL_DENIED, APPROVAL_EXPIRED };
/* In place of a lane: it waits. BUS_QUEUED, or why not (counted). */
enum bus_outcome approval_ask(struct posting *posting, struct pending *pending, uint32_t generation,
                              struct bus_uuid *id);

/* ---- token.c ---- */

/* False: it was cancelled before it began. */
bool ticket_set(struct bus *bus, struct bus_ticket *ticket, const struct pending *pending,
                uint32_t generation);

/* ---- defer.c ---- */

/* The handler deferred, but then failed. False: somebody has ended the command already. */
bool deferred_withdraw(struct bus_delivery *delivery);
/* The record is taken, the answer is a fault: its text without secrets, a report, a dead letter.
 * deferred_end is to follow. */
void deferred_fail(struct thread *thread, struct pending *pending, const struct bus_error *error);
/* The record is taken and says how the command ended: counts it and tells the waiter. */
void deferred_end(struct thread *thread, struct pending *pending, uint32_t generation);
/* Its waiter's deadline has passed. False: it ended in the last moment. */
bool deferred_expire(struct thread *thread, struct pending *pending, uint32_t generation);
/* Nobody else will end them: of a unit that is unregistered; all, when the bus has stopped. */
void deferred_end_unit(struct bus *bus, struct thread *thread, const struct unit *unit);
void deferred_end_all(struct bus *bus, struct thread *thread);
/* Some handler of the unit has deferred a command that is not over. */
bool deferred_refer(const struct bus *bus, const struct unit *unit);
/* Calls `fn` for each deferred command. While nothing moves. */
void scan_deferred(struct bus *bus, void (*fn)(void *context, const struct cell *cell),
                   void *context);

/* ---- waits.c: who waits for whom ---- */

/* Notes that `self` is going to wait for `other`. False: it would wait for itself. */
bool waits_begin(struct bus *bus, struct thread *self, struct thread *other);
void waits_end(struct bus *bus, struct thread *self);
/* A thread other than `self` that runs a handler of the unit. */
struct thread *waits_runner(struct bus *bus, const struct unit *unit, const struct thread *self);
void waits_group(struct bus *bus, struct thread *self, bool has_group);
void waits_part(struct bus *bus, struct thread *self, struct frame *frame, struct thread *owner);

/* ---- envelope.c ---- */

void envelope_of(const struct bus *bus, const struct route *route, const struct cell *cell,
                 const struct cell_extension *extension, struct bus_envelope *envelope);

/* Stamp and origin of a message with this id. False: no message of this bus can have it, for it is
 * of a bus with another seed. */
bool cell_of_id(const struct bus *bus, struct bus_uuid id, struct cell *cell);

/* The id is a UUIDv7 and a pure function of the bus's seed and the cell, so every reader computes
 * the same one. 48 bits of milliseconds; 12 + 12 bits of the publisher's sequence, so that ids of
 * one publisher ascend within a millisecond; 16 bits of publisher; 34 bits of the seed. Unique
 * within a bus as long as a publisher does not send 2^24 messages within one reading of the
 * clock. */
static inline struct bus_uuid message_id(const struct bus *bus, const struct cell *cell)
{
    uint64_t ms = bus->base_ms + cell_time_ms(cell);
    uint64_t sequence = cell_sequence(cell);

    return (struct bus_uuid){
        .high = (ms & UINT64_C(0xffffffffffff)) << 16 | UINT64_C(7) << 12 | sequence >> 12,
        .low = UINT64_C(2) << 62 | (sequence & 0xfff) << 50 | (uint64_t)cell_publisher(cell) << 34 |
               (bus->seed.low & UINT64_C(0x3ffffffff)),
    };
}

/* ---- stats/ ---- */

/* Adds the account of one type; `held` and `running` as they can be seen without stopping
 * anybody. */
void account_add(struct bus *bus, const struct route *route, struct bus_account *account);
/* Messages in lanes and rings, by what was queued and taken, and those kept outside them. */
uint64_t account_held(struct bus *bus, const struct route *route);
/* The latter alone. */
uint64_t account_kept(struct bus *bus, const struct route *route);
/* Everything accepted has ended, or is parked. */
bool account_is_idle(struct bus *bus);
/* Handlers that run, of threads other than `except`. */
uint32_t account_running(struct bus *bus, const struct thread *except);

/* Calls `fn` for each committed message in the lanes, highest first, then by worker; not the one
 * that runs. Only while workers stand still or have ended. */
typedef void (*scan_fn)(void *context, const struct cell *cell);
void scan_lanes(struct bus *bus, scan_fn fn, void *context);

/* ---- core/idle.c ---- */

/* Until all is done, or the deadline: false. */
bool idle_wait(struct bus *bus, uint64_t deadline_ns);
/* Waits on bus->news until `done` or the deadline; the caller has raised `watchers`. */
bool news_wait(struct bus *bus, bool (*done)(struct bus *bus, const void *context),
               const void *context, uint64_t deadline_ns);
/* No thread but workers is publishing, or inside a handler if `handlers`. */
bool publishers_are_out(struct bus *bus, const void *context);
/* Takes and gives the role of a polled bus's worker. False: the deadline passed. */
bool polling_take(struct bus *bus, uint64_t deadline_ns);
void polling_give(struct bus *bus);
/* Polled: steps until nothing is left or the deadline. */
void polling_drain(struct bus *bus, struct thread *thread, uint64_t deadline_ns);

/* ---- guard/ ---- */

/* Notes in the delivery what its verdict says. True: no fault. */
bool verdict_settle(struct bus_delivery *delivery, enum bus_verdict verdict);
void error_note(struct bus_delivery *delivery, const struct bus_error *error);
/* The same without a note, of a run that is just over: what it comes to, but for its timeout. */
bool verdict_foretell(const struct bus_delivery *delivery, enum bus_verdict verdict,
                      struct bus_error *error);
/* What the message's policy makes of an error that a run ended with. */
void error_judge(struct bus_delivery *delivery);
/* Copies text (NULL: none), cut at a UTF-8 boundary; returns its size without the NUL. */
size_t error_text_cut(char *to, const char *text, size_t room);
void error_text_copy(char to[BUS_ERROR_TEXT_SIZE], const char *text);
/* Category, severity and transience of an errno value. */
struct bus_error classify_errno(int error);

/* ---- core/system_events.c ---- */

enum bus_status system_open(struct bus *bus);
void system_command_started(struct bus_delivery *delivery);
/* `since_ns`: when it began. */
void system_command_result(struct bus_delivery *delivery, bool ok, uint64_t since_ns);
void system_approval_changed(struct thread *thread, const struct route *route,
                             const struct cell *cell, enum approval_state state);
/* The same of one that was deferred. */
void system_deferred_result(struct thread *thread, const struct pending *pending);
void system_handler_failed(struct bus_delivery *delivery);
void system_breaker_changed(struct thread *thread, const char *breaker, uint32_t from, uint32_t to,
                            uint32_t failures);
/* Published like any other, so of a letter about a system event there is none. */
void system_dead_letter_added(struct thread *thread, const struct bus_dead_letter *letter);
void system_backpressure_changed(struct thread *thread, const struct bus_backpressure *change);
void system_dropped(struct thread *thread, struct route *route, enum drop_reason reason);
/* `all`: also those that were told a moment ago. */
void system_flush_drops(struct bus *bus, struct thread *thread, bool all);
/* `thread`: its record; of a worker, its number. */
void system_handler_stuck(struct bus *bus, const struct bus_message_type *type, const char *handler,
                          uint32_t thread, uint64_t running_ns);
/* The session may have ended meanwhile (idle_ns): its id is given here. */
void system_session_started(struct bus *bus, uint32_t session, const char *id);
void system_session_ended(struct bus *bus, uint32_t session, const char *id,
                          enum bus_session_reason reason, const struct bus_error *why);
void system_bus_started(struct bus *bus);
void system_bus_stopping(struct bus *bus, bool closing);

#endif
