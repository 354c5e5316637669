/*
 * guard/letter_replay.c - dead letters run again: on their way, at their handler, at their end.
 *
 * A letter on its way has a record in dead_letters.replays and stays in the store. Its message goes
 * through a lane like any other; its extension carries the letter's number. What then happens:
 *
 *     the handler succeeds      dead_letters_settle(true): the letter goes
 *     it fails for good         dead_letters_add notes attempts and error; settle(false): it stays
 *     it ends without a run     (expired, dropped, handler gone) settle(false): it stays
 *     it never ends             (left at stop) it stays
 *
 * An event settles where its message ends (dispatch.c, and dead_letters_settle's other callers), a
 * command in its completion, which runs exactly once however the command ends. The record is freed
 * by whoever waits for the end, or at the end when nobody does.
 */
#include "guard/letters.h"

#include <inttypes.h>

#include "core/registry.h"
#include "core/session.h"
#include "path/durable.h"
#include "path/inherit.h"

/* How often who waits looks whether the bus was stopped. */
#define DOUBT_NS (20 * BUS_MILLISECOND)

struct replay *replay_find(struct dead_letters *letters, uint64_t number)
{
    uint32_t i;

    for (i = 0; i < REPLAYS_MAX; i++) {
        struct replay *replay = &letters->replays[i];

        if (number == 0 ? replay->state == REPLAY_FREE
                        : replay->state == REPLAY_RUNS && replay->number == number)
            return replay;
    }
    return NULL;
}

/* ---- the end ---- */

/* Lock held. */
static void end_replay(struct dead_letters *letters, struct replay *replay)
{
    replay->state = replay->waited ? REPLAY_ENDED : REPLAY_FREE;
    atomic_fetch_add_u32(&letters->running, (uint32_t)-1);
}

static void note_end(void *to, const struct bus_dead_letter *letter)
{
    struct bus_dead_letter *found = to;

    *found = *letter;
}

/* Lock held. The letter stays: once more without success. */
static void count_replay(struct dead_letters *letters, uint64_t number)
{
    const struct bus_letter_store *store = letters->store;
    struct bus_dead_letter letter = {.number = 0};

    letters->figures.failed_again++;
    /* What it points to is valid as long as the lock is held and nothing else is shown. */
    if (!store->next(store->context, number - 1, note_end, &letter) || letter.number != number)
        return;
    letter.replays++;
    (void)store->change(store->context, &letter);
}

void dead_letter_settle(struct thread *thread, uint64_t number, bool processed)
{
    struct bus *bus = thread->bus;
    struct dead_letters *letters = bus->letters;
    struct replay *replay;

    letters_lock(bus);
    replay = replay_find(letters, number);
    if (replay != NULL) {
        replay->processed = processed;
        end_replay(letters, replay);
        if (!processed && (!replay->passed_on || replay->stays))
            count_replay(letters, number);
        else if (letters->store->remove(letters->store->context, number))
            letters->figures.replayed++;
    }
    letters_unlock(bus);
    atomic_fetch_add_u32(&letters->news, 1); /* a barrier; other side: replay_wait */
    if (atomic_load_relaxed_u32(&letters->waiters) != 0)
        bus->os.wake(bus->os.context, &letters->news, true);
}

void message_settle(struct thread *thread, const struct cell_extension *extension, bool processed)
{
    if ((extension->has & CELL_HAS_LETTER) != 0)
        dead_letter_settle(thread, extension_letter(extension), processed);
    if ((extension->has & CELL_HAS_ROW) != 0)
        durable_settle(thread, extension->pending);
}

void dead_letters_dropped(struct thread *thread, const struct cell *cell)
{
    struct dead_letters *letters = thread->bus->letters;
    uint64_t number = 0;
    uint32_t i;

    if (atomic_load_relaxed_u32(&letters->running) == 0)
        return; /* its own number came before its cell */
    letters_lock(thread->bus);
    for (i = 0; i < REPLAYS_MAX; i++) {
        const struct replay *replay = &letters->replays[i];

        if (replay->state == REPLAY_RUNS && replay->stamp == cell->stamp &&
            replay->origin == cell->origin)
            number = replay->number;
    }
    letters_unlock(thread->bus);
    if (number != 0)
        dead_letter_settle(thread, number, false);
}

/* A command's completion. */
static void complete_replay(bus_function callback, void *context, const void *result)
{
    const struct bus_run *run = result;
    struct replay *replay = context;
    struct thread *thread = thread_here(replay->bus);

    (void)callback;
    if (thread != NULL) /* it runs on one */
        dead_letter_settle(thread, replay->number, run->outcome == BUS_ANSWERED);
}

struct handler *dead_letter_handler(struct thread *thread, const struct handler_list *list,
                                    const struct cell *cell, bool *all)
{
    struct bus *bus = thread->bus;
    struct handler *named = NULL;
    struct replay *replay;
    uint64_t mark = 0;
    char name[LETTER_NAME_SIZE];
    uint32_t i, alike = 0;

    letters_lock(bus);
    replay = replay_find(bus->letters, cell_letter(cell));
    *all = replay_is_for_all(replay);
    if (replay != NULL) {
        mark = replay->mark;
        memcpy(name, replay->name, sizeof name);
    }
    letters_unlock(bus);
    for (i = 0; replay != NULL && list != NULL && i < list->count; i++) {
        struct handler *handler = list->handlers[i];

        if (atomic_load_acquire_u32(&handler->removed) != 0)
            continue;
        if (letter_mark(bus, handler) == mark)
            return handler;
        if (strcmp(handler->name, name) == 0) {
            named = handler;
            alike++;
        }
    }
    /* The handler itself is gone: of several with its name any may have succeeded before. */
    return alike == 1 ? named : NULL;
}

/* ---- on its way ---- */

/* A letter that is about to be sent. */
struct sending {
    struct posting posting;
    const struct bus_dead_letter *letter;
    struct replay *replay;
    struct pending *pending; /* of a command */
};

/* The letter came on this bus: its session means something. */
static bool is_ours(const struct bus *bus, const struct bus_dead_letter *letter)
{
    struct cell was = {.stamp = letter->stamp, .origin = letter->origin};
    struct bus_uuid id = message_id(bus, &was);

    return id.high == letter->envelope.id.high && id.low == letter->envelope.id.low;
}

/* What the message had, but for its deadline: that is as if it were published now. */
static enum bus_outcome envelope(struct sending *sending)
{
    struct posting *posting = &sending->posting;
    const struct bus_envelope *had = &sending->letter->envelope;
    struct cell_extension *own = &posting->extension;
    static const struct bus_trace no_trace = {.flags = 0};
    enum bus_outcome outcome;

    posting->flags = posting->route->type->kind == BUS_COMMAND ? CELL_COMMAND : 0;
    posting->session = (struct bus_session){0, 0};
    if (is_ours(posting->bus, sending->letter))
        posting->session = had->session;
    else if (sending->letter->session[0] != '\0' &&
             bus_session_find(posting->bus, sending->letter->session, &posting->session) != BUS_OK)
        posting->session = (struct bus_session){0, 0}; /* for a handler of the bus */
    outcome = posting_inherit_nothing(posting);
    if (outcome != BUS_QUEUED)
        return outcome;
    posting->flags |= CELL_EXTENDED;
    own->letter_low = (uint32_t)sending->letter->number;
    own->letter_high = (uint16_t)(sending->letter->number >> 32);
    own->correlation = had->correlation;
    own->causation = had->causation;
    own->trace = had->trace;
    own->has |= CELL_HAS_LETTER;
    if ((had->correlation.high | had->correlation.low) != 0)
        own->has |= CELL_HAS_CORRELATION;
    if ((had->causation.high | had->causation.low) != 0)
        own->has |= CELL_HAS_CAUSATION;
    if (memcmp(&had->trace, &no_trace, sizeof no_trace) != 0)
        own->has |= CELL_HAS_TRACE;
    return BUS_QUEUED;
}

static enum bus_outcome say_none(const struct bus *bus, uint64_t number)
{
    return fail_outcome(BUS_INVALID, "bus %s has no dead letter %" PRIu64, bus->name, number);
}

/* Takes the record. */
static enum bus_outcome enroll(struct sending *sending, bool waited)
{
    struct bus *bus = sending->posting.bus;
    const struct bus_dead_letter *letter = sending->letter;
    const struct bus_letter_store *store = bus->letters->store;
    struct bus_dead_letter found = {.number = 0};
    struct replay *replay = NULL;
    bool runs, there;

    letters_lock(bus);
    runs = replay_find(bus->letters, letter->number) != NULL;
    /* It may have gone since it was read. */
    there = store->next(store->context, letter->number - 1, note_end, &found) &&
            found.number == letter->number;
    if (!runs && there)
        replay = replay_find(bus->letters, 0);
    if (replay != NULL) {
        *replay = (struct replay){.bus = bus,
                                  .number = letter->number,
                                  .mark = letter->handler_mark,
                                  .state = REPLAY_RUNS,
                                  .waited = waited};
        memcpy(replay->name, letter->handler, strnlen(letter->handler, LETTER_NAME_SIZE - 1));
        atomic_fetch_add_u32(&bus->letters->running, 1);
    }
    letters_unlock(bus);
    sending->replay = replay;
    if (replay != NULL)
        return BUS_QUEUED;
    if (!there)
        return say_none(bus, letter->number);
    if (runs)
        return fail_outcome(BUS_REJECTED, "dead letter %" PRIu64 " is on its way already",
                            letter->number);
    return fail_outcome(BUS_REJECTED, "bus %s: %d dead letters are on their way already", bus->name,
                        REPLAYS_MAX);
}

static enum bus_outcome attach_pending(struct sending *sending)
{
    struct posting *posting = &sending->posting;
    uint32_t generation;

    if (posting->route->type->kind != BUS_COMMAND)
        return BUS_QUEUED;
    sending->pending = pending_take(posting->bus, &generation);
    if (sending->pending == NULL)
        return fail_outcome(BUS_REJECTED, "%s: bus_options.commands_max of them wait already",
                            posting->route->type->name);
    sending->pending->complete = complete_replay;
    sending->pending->context = sending->replay;
    posting->extension.pending = sending->pending;
    posting->extension.pending_generation = generation;
    posting->extension.has |= CELL_HAS_PENDING;
    return BUS_QUEUED;
}

/* It keeps its id where it can: always on the bus where it came, on another if that has the same
 * seed, which a store keeps. */
static void name_cell(const struct sending *sending, struct cell *cell)
{
    const struct bus_dead_letter *letter = sending->letter;
    struct cell was;

    if (cell_of_id(sending->posting.bus, letter->envelope.id, &was)) {
        cell->stamp = was.stamp;
        cell->origin = is_ours(sending->posting.bus, letter) ? letter->origin : was.origin;
    }
    letters_lock(sending->posting.bus);
    sending->replay->stamp = cell->stamp;
    sending->replay->origin = cell->origin;
    letters_unlock(sending->posting.bus);
}

static enum bus_outcome post(struct sending *sending, uint32_t gate)
{
    struct posting *posting = &sending->posting;
    enum bus_outcome outcome = attach_pending(sending);
    struct place place;

    if (outcome == BUS_QUEUED)
        outcome = posting_place(posting, gate, &place, PLACE_EMPTY);
    if (outcome != BUS_QUEUED) {
        if (sending->pending != NULL)
            pending_give(posting->bus, sending->pending);
        return outcome;
    }
    posting_pack(posting, posting_head(posting, &place));
    name_cell(sending, place.cell);
    return posting_commit(posting, &place, gate);
}

static enum bus_outcome enter_and_post(struct sending *sending)
{
    struct posting *posting = &sending->posting;
    enum bus_outcome outcome;
    uint32_t gate;

    outcome = publish_enter(posting->bus, posting->thread, &gate);
    if (outcome != BUS_QUEUED)
        return outcome;
    if ((gate & GATE_BUFFERING) != 0)
        outcome = fail_outcome(BUS_CLOSED, "bus %s is not started: no dead letter can be replayed",
                               posting->bus->name);
    else
        outcome = post(sending, gate);
    publish_leave(posting->thread);
    return outcome;
}

enum bus_outcome replay_send(struct bus *bus, struct thread *thread,
                             const struct bus_dead_letter *letter, bool waited,
                             struct replay **replay)
{
    struct sending sending = {.posting = {.bus = bus, .thread = thread}, .letter = letter};
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct written written;
    enum bus_outcome outcome;

    sending.posting.route = letter_route(bus, letter);
    if (sending.posting.route == NULL)
        return fail_outcome(BUS_NO_HANDLER, "dead letter %" PRIu64 ": this bus does not know %s",
                            letter->number, letter->message);
    written = letter_written(letter);
    outcome = posting_read(&sending.posting, &written, letter->bytes, letter->size);
    if (outcome == BUS_QUEUED)
        outcome = envelope(&sending);
    if (outcome == BUS_QUEUED)
        outcome = enroll(&sending, waited);
    if (outcome == BUS_QUEUED) {
        outcome = enter_and_post(&sending);
        if (!bus_accepted(outcome)) {
            letters_lock(bus);
            sending.replay->waited = false;
            end_replay(bus->letters, sending.replay);
            letters_unlock(bus);
        }
    }
    *replay = sending.replay;
    scratch_release(&thread->scratch, mark);
    return outcome;
}

/* ---- waiting ---- */

void replay_wait(struct bus *bus, struct thread *thread, uint32_t seen, uint64_t until_ns)
{
    uint64_t doubt = bus_until(bus, bus->options.polled ? BUS_MILLISECOND : DOUBT_NS);
    const void *poller = atomic_load_relaxed_ptr(&bus->poll_thread);
    struct dead_letters *letters = bus->letters;
    uint32_t ran = 0;

    if (bus->options.polled && (poller == NULL || poller == thread) &&
        bus_poll(bus, 0, &ran) == BUS_OK && ran > 0)
        return;
    atomic_fetch_add_u32(&letters->waiters, 1); /* a barrier; other side: dead_letter_settle */
    if (atomic_load_acquire_u32(&letters->news) == seen)
        (void)bus->os.wait(bus->os.context, &letters->news, seen,
                           until_ns < doubt ? until_ns : doubt);
    atomic_fetch_add_u32(&letters->waiters, (uint32_t)-1);
}

static bool is_halted(const struct bus *bus)
{
    return (atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0;
}

bool replay_collect(struct bus *bus, struct replay *replay, bool *processed)
{
    bool ended;

    letters_lock(bus);
    ended = replay->state == REPLAY_ENDED;
    *processed = replay->processed;
    if (ended)
        replay->state = REPLAY_FREE;
    letters_unlock(bus);
    return ended;
}

void replay_let_go(struct bus *bus, struct replay *replay)
{
    letters_lock(bus);
    replay->waited = false;
    if (replay->state == REPLAY_ENDED)
        replay->state = REPLAY_FREE;
    letters_unlock(bus);
}

/* ---- one ---- */

static enum bus_outcome await(struct bus *bus, struct thread *thread, struct replay *replay,
                              uint64_t number, uint64_t deadline_ns)
{
    bool processed;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->letters->news);

        if (replay_collect(bus, replay, &processed)) {
            if (processed)
                return BUS_ANSWERED;
            return fail_outcome(BUS_FAULTED, "dead letter %" PRIu64 " failed again", number);
        }
        if (bus_now(bus) >= deadline_ns || is_halted(bus))
            break;
        replay_wait(bus, thread, seen, deadline_ns);
    }
    replay_let_go(bus, replay);
    return fail_outcome(BUS_TIMEOUT, "dead letter %" PRIu64 " is still on its way", number);
}

enum bus_outcome bus_dead_letter_replay(struct bus *bus, uint64_t number, uint64_t timeout_ns)
{
    struct letter_copy copy = {.filter = NULL};
    enum bus_status status = BUS_OK;
    struct replay *replay = NULL;
    enum bus_outcome outcome;
    struct thread *thread;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_outcome(BUS_INVALID, "cannot replay: the bus is NULL or closed");
    thread = thread_here(bus);
    if (thread == NULL)
        return BUS_REJECTED;
    if (timeout_ns != 0 && atomic_load_relaxed_u32(&thread->depth) != 0)
        return fail_outcome(BUS_WOULD_DEADLOCK,
                            "a replay that is waited for inside a handler could wait for that "
                            "handler: give no timeout");
    if (number == 0 || !letter_fetch(bus, number - 1, &copy, &status) ||
        copy.letter.number != number) {
        letter_copy_free(bus, &copy);
        if (status != BUS_OK)
            return BUS_REJECTED;
        return say_none(bus, number);
    }
    outcome = replay_send(bus, thread, &copy.letter, timeout_ns != 0, &replay);
    letter_copy_free(bus, &copy);
    if (!bus_accepted(outcome) || timeout_ns == 0)
        return outcome == BUS_QUEUED_DROPPED ? BUS_QUEUED : outcome;
    return await(bus, thread, replay, number, bus_until(bus, timeout_ns));
}
