/*
 * path/durable_many.c - many durable events of one call: all are put, then the disk is waited for
 * once, and they go on in their order. In groups of GROUP at most.
 *
 * What is refused before it comes to the store (a filter, its content) or not taken on (no record,
 * no memory, the store has too much to do) ends its group; when that is on disk it is the first of
 * the next one, and if it is not taken on then either, it is sent alone: it waits, becomes a letter
 * or is refused as `when_full` says. So is one that the store refused, being full.
 *
 * Behind a refused one. Puts are carried out in order, but one may fail and a later one go well: a
 * full store gets room, or takes a smaller one; a disk recovers. The later one is removed from disk
 * again, and the call waits for that. To accept it was no choice: `accepted` counts the first ones,
 * so a publisher who goes on behind those would publish it twice; and it would come before what was
 * refused. Until it is removed it has its record, so the loader, which may come by it, leaves it
 * alone (row_is_there); it was never counted as accepted or behind, so the account does not know
 * it. A removal that fails is tried again by worker 0, its record kept. The next bus delivers what
 * is still on disk when the process ends before that: as when a publisher is killed.
 *
 * One id for all (bus_message_options.id): they are sent alone, each. The store remembers the id of
 * what was removed again, and would accept it from then on without delivering it.
 */
#include "path/sending.h"

enum { GROUP = 128 };

struct one {
    struct posting posting;
    struct sending sending;
};

struct many {
    struct posting *call; /* bus, thread, route and call site of each */
    const struct bus_message_options *options;
    const uint8_t *messages;
    size_t stride;
    uint32_t count;
    uint32_t gate;
    uint32_t accepted;
    uint32_t
        admitted;  /* so many were let through by the filters, which are asked once about each */
    uint32_t stop; /* that one was refused before it came to the store */
    enum bus_outcome stopped;
    struct one *group;
    uint32_t most; /* in a group */
};

/* ---- to the disk ---- */

/* False: it was refused, `stop`. */
static bool prepare(struct many *many, uint32_t index, struct posting *posting)
{
    enum bus_outcome outcome;

    *posting = *many->call;
    posting->message = many->messages + index * many->stride;
    outcome = posting_prepare(posting, many->options,
                              index < many->admitted ? PREPARE_ADMITTED : PREPARE_WHOLE);
    if (outcome == BUS_QUEUED) {
        many->admitted = index < many->admitted ? many->admitted : index + 1;
        return true;
    }
    many->stop = index;
    many->stopped = outcome;
    return false;
}

/* False: not taken on. */
static bool ask(struct many *many, struct one *one)
{
    struct scratch *scratch = &many->call->thread->scratch;
    struct scratch_mark mark = scratch_mark(scratch);
    struct sending *sending = &one->sending;
    bool asked;

    sending->bus = many->call->bus;
    sending->posting = &one->posting;
    sending->gate = many->gate;
    asked = sending_describe(sending, many->options) && sending_take_row(sending);
    if (asked && !sending_ask(sending)) {
        sending_give_row(sending);
        asked = false;
    }
    scratch_release(scratch, mark); /* the store has a copy */
    return asked;
}

/* Returns how many are on their way, or have ended. */
static uint32_t put_group(struct many *many)
{
    enum bus_status status = BUS_OK;
    uint32_t n = 0;

    while (n < many->most && many->accepted + n < many->count && many->accepted + n != many->stop &&
           status == BUS_OK) {
        struct one *one = &many->group[n];

        if (!prepare(many, many->accepted + n, &one->posting) || !ask(many, one))
            break;
        (void)row_has_ended(one->sending.row, &status);
        n++;
    }
    return n;
}

static void await_group(struct many *many, uint32_t n)
{
    struct sending *last = &many->group[n - 1].sending;
    const struct bus *bus = last->bus;
    enum bus_status status;

    if (row_has_ended(last->row, &status))
        return;
    sending_leave(last);
    while (n-- > 0) { /* the last one ends last, as a rule */
        struct durable_row *row = many->group[n].sending.row;

        while (!row_has_ended(row, &status))
            (void)bus->os.wait(bus->os.context, &row->ended, 0, UINT64_MAX);
    }
    sending_enter_again(last);
    many->gate = last->gate;
}

/* ---- from there on ---- */

/* Of the group, from `first` on. */
static void take_back(struct many *many, uint32_t first, uint32_t n)
{
    struct sending *last = &many->group[n - 1].sending;
    const struct bus *bus = last->bus;
    bus_os_word left = 0;
    uint32_t i, seen;

    for (i = first; i < n; i++) {
        const struct sending *sending = &many->group[i].sending;
        enum bus_status status = BUS_OK;

        (void)row_has_ended(sending->row, &status);
        if (status == BUS_OK)
            durable_take_back(sending->row, &left);
        else
            sending_give_row(sending);
    }
    if (atomic_load_acquire_u32(&left) != 0) {
        sending_leave(last);
        while ((seen = atomic_load_acquire_u32(&left)) != 0)
            (void)bus->os.wait(bus->os.context, &left, seen, UINT64_MAX);
        sending_enter_again(last);
        many->gate = last->gate;
    }
    durable_post(last->bus); /* to try again what failed */
    tell_room(last->bus);
}

static enum bus_outcome send_alone(struct many *many)
{
    enum bus_outcome outcome;

    if (many->accepted == many->stop || !prepare(many, many->accepted, many->call))
        return many->stopped;
    outcome = durable_send(many->call, many->options, many->gate);
    many->accepted += bus_accepted(outcome);
    return outcome;
}

/* All have ended. The outcome of the last one that was accepted, or of the first that was not. */
static enum bus_outcome conclude(struct many *many, uint32_t n)
{
    enum bus_outcome outcome = BUS_QUEUED;
    uint32_t i;

    for (i = 0; i < n; i++) {
        struct sending *sending = &many->group[i].sending;
        enum bus_status status = BUS_OK;

        sending->gate = many->gate;
        (void)row_has_ended(sending->row, &status);
        if (status != BUS_OK) {
            sending_give_row(sending);
            if (i + 1 < n)
                take_back(many, i + 1, n);
            return status == BUS_ERR_LIMIT ? send_alone(many) : sending_refuse(sending, status);
        }
        outcome = sending_go_on(sending);
        many->accepted++;
    }
    return outcome;
}

static enum bus_outcome send_group(struct many *many)
{
    uint32_t n = put_group(many);

    if (n == 0)
        return send_alone(many);
    await_group(many, n);
    return conclude(many, n);
}

/* Between two groups. */
static enum bus_outcome come_again(struct many *many)
{
    struct posting *call = many->call;
    enum bus_outcome outcome;

    publish_leave(call->thread);
    outcome = publish_enter(call->bus, call->thread, &many->gate);
    if (outcome == BUS_CLOSED)
        counter_add(&thread_count(call->thread, call->route)->closed, 1);
    return outcome;
}

enum bus_outcome durable_send_many(struct posting *posting, size_t stride, uint32_t count,
                                   const struct bus_message_options *options, uint32_t gate,
                                   uint32_t *accepted)
{
    struct bus *bus = posting->bus;
    struct scratch *scratch = &posting->thread->scratch;
    struct scratch_mark mark = scratch_mark(scratch);
    struct many many = {.call = posting,
                        .options = options,
                        .messages = posting->message,
                        .stride = stride,
                        .count = count,
                        .gate = gate,
                        .stop = UINT32_MAX};
    bool alone = bus->durable == NULL || (options != NULL && (options->id.high | options->id.low));
    enum bus_outcome outcome = BUS_QUEUED;

    /* The others that publish need records, too. */
    if (!alone)
        many.most = bus->durable->most / DURABLE_RESERVE;
    if (many.most > GROUP)
        many.most = GROUP;
    if (many.most > count)
        many.most = count;
    if (many.most > 1)
        many.group = scratch_take(scratch, bus, many.most * sizeof *many.group);
    if (many.group == NULL)
        many.most = 0;
    while (many.accepted < count && bus_accepted(outcome)) {
        if (many.accepted != 0)
            outcome = come_again(&many);
        if (bus_accepted(outcome))
            outcome = send_group(&many);
    }
    scratch_release(scratch, mark);
    *accepted = many.accepted;
    return outcome;
}
