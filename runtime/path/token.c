/*
 * path/token.c - the public side of commands that are answered later, or not at all: tokens, and
 * cancelling. What it means for the record of the command is in path/defer.c and path/pending.c.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/hold.h"

/* A deferred command in our hands, between take and end or put_back. */
struct taken {
    struct bus *bus;
    struct thread *thread;
    struct pending *pending;
    uint32_t generation;
};

static enum bus_status say_over(void)
{
    return fail_status(BUS_ERR_STATE,
                       "the command is over: answered, cancelled, its deadline passed, its handler "
                       "unregistered, or the bus stopped");
}

static void leave(const struct taken *taken)
{
    if (atomic_load_relaxed_u32(&taken->thread->depth) == 0)
        publish_leave(taken->thread);
}

static enum bus_status take(struct bus_token token, struct taken *taken)
{
    struct bus *bus = token.bus;

    if (bus == NULL || bus->magic != BUS_MAGIC || token.place - 1 >= bus->options.commands_max)
        return fail_status(BUS_ERR_INVALID, "this is no token, or its bus is closed");
    *taken =
        (struct taken){bus, thread_here(bus), &bus->pendings[token.place - 1], token.generation};
    if (taken->thread == NULL)
        return thread_failure();
    publish_enter_ending(bus, taken->thread);
    if (pending_take_deferred(bus, taken->pending, token.generation))
        return BUS_OK;
    leave(taken);
    return say_over();
}

static void put_back(const struct taken *taken)
{
    (void)pending_move(taken->pending, taken->generation, PENDING_TAKEN, PENDING_DEFERRED);
    leave(taken);
}

static void end(const struct taken *taken)
{
    deferred_end(taken->thread, taken->pending, taken->generation);
    leave(taken);
}

/* ---- answering ---- */

static enum bus_status say_bad_answer(const struct bus_message_type *type, uint32_t index,
                                      const void *value)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    (void)bus_wire_check(type->answers[index].codec.table, value, false, why);
    return fail_status(BUS_ERR_INVALID, "%s: answer %s: %s", type->name, type->answers[index].name,
                       why);
}

/* Packs the answer into a block of the record's. */
static enum bus_status pack(const struct taken *taken, const struct bus_codec *codec, uint32_t size,
                            const void *value)
{
    struct pending *pending = taken->pending;

    pending->bytes = pool_take(&taken->bus->pool, size);
    if (pending->bytes == NULL)
        return fail_status(BUS_ERR_LIMIT,
                           "%s: the pool has no block for the answer; raise bus_options.pool_bytes",
                           pending->route->type->name);
    codec->pack(pending->bytes, value);
    pending->size = size;
    return BUS_OK;
}

static enum bus_status pack_zero(const struct taken *taken, const struct bus_codec *codec)
{
    struct scratch_mark mark = scratch_mark(&taken->thread->scratch);
    void *value = scratch_take(&taken->thread->scratch, taken->bus, codec->table->size);
    enum bus_status status = BUS_ERR_MEMORY;

    if (value != NULL) {
        memset(value, 0, codec->table->size);
        status = pack(taken, codec, codec->measure(value, false), value);
    } else {
        last_error_set("no memory for an answer that is all zero");
    }
    scratch_release(&taken->thread->scratch, mark);
    return status;
}

enum bus_status bus_token_answer(struct bus_token token, const struct bus_message_type *type,
                                 uint32_t index, const void *value)
{
    const struct bus_codec *codec;
    struct taken taken = {0};
    enum bus_status status;
    uint32_t size = 0;

    if (type == NULL || (index >= type->answer_count && (index != 0 || type->answer_count != 0)))
        return fail_status(BUS_ERR_INVALID, "cannot answer: no type, or it has no such answer");
    codec = type->answer_count != 0 ? &type->answers[index].codec : NULL;
    if (codec != NULL && codec->table != NULL && value != NULL) {
        size = codec->measure(value, false);
        if (size == 0)
            return say_bad_answer(type, index, value);
    }
    status = take(token, &taken);
    if (status != BUS_OK)
        return status;
    if (taken.pending->route->type != type)
        status = fail_status(BUS_ERR_INVALID, "the token is one of %s, the answer one of %s",
                             taken.pending->route->type->name, type->name);
    else if (codec != NULL && codec->table != NULL)
        status = value != NULL ? pack(&taken, codec, size, value) : pack_zero(&taken, codec);
    if (status != BUS_OK) {
        put_back(&taken);
        return status;
    }
    taken.pending->outcome = BUS_ANSWERED;
    taken.pending->answer = codec != NULL ? index + 1 : 0;
    end(&taken);
    return BUS_OK;
}

enum bus_status bus_token_fail(struct bus_token token, const struct bus_error *error)
{
    struct taken taken = {0};
    enum bus_status status = take(token, &taken);

    if (status != BUS_OK)
        return status;
    deferred_fail(taken.thread, taken.pending, error);
    end(&taken);
    return BUS_OK;
}

/* ---- looking ---- */

static enum bus_status unpack(const struct bus_codec *codec, void *message, uint8_t *bytes,
                              uint32_t used, size_t size)
{
    struct bus_scratch scratch;

    scratch.at = bytes + used;
    scratch.end = bytes + size;
    if (codec->unpack(message, bytes, &scratch))
        return BUS_OK;
    return fail_status(BUS_ERR_LIMIT, "the buffer of %zu bytes is too small for the request", size);
}

enum bus_status bus_token_request(struct bus_token token, const struct bus_message_type *type,
                                  void *message, void *buffer, size_t size)
{
    const struct cell *cell;
    struct taken taken = {0};
    enum bus_status status;
    uint32_t used;

    if (type == NULL || message == NULL || buffer == NULL || (uintptr_t)buffer % 8 != 0)
        return fail_status(BUS_ERR_INVALID, "cannot read the request: no type, no message, or a "
                                            "buffer that is not aligned to 8 bytes");
    status = take(token, &taken);
    if (status != BUS_OK)
        return status;
    cell = taken.pending->kept;
    used = (cell_size(cell) + 7) & ~UINT32_C(7);
    if (taken.pending->route->type != type)
        status = fail_status(BUS_ERR_INVALID, "the token is one of %s, not of %s",
                             taken.pending->route->type->name, type->name);
    else if (used > size)
        status = fail_status(BUS_ERR_LIMIT, "%s: a buffer of %zu bytes, the request has %u",
                             type->name, size, used);
    else
        memcpy(buffer, cell_payload(cell), cell_size(cell));
    put_back(&taken);
    return status == BUS_OK ? unpack(&type->codec, message, buffer, used, size) : status;
}

uint64_t bus_token_remaining_ns(struct bus_token token)
{
    struct taken taken = {0};
    uint64_t deadline, now;

    if (take(token, &taken) != BUS_OK)
        return 0;
    deadline = cell_extension(taken.pending->kept)->deadline_ns;
    put_back(&taken);
    now = bus_now(token.bus);
    return deadline == 0 ? UINT64_MAX : deadline > now ? deadline - now : 0;
}

/* ---- cancelling ---- */

/* What a ticket says: 0 nothing yet, 1 cancelled before it began, else
 * generation 32 | index of the record + TICKET_FIRST. */
enum { TICKET_CANCELLED = 1, TICKET_FIRST = 2 };

bool ticket_set(struct bus *bus, struct bus_ticket *ticket, const struct pending *pending,
                uint32_t generation)
{
    uint64_t none = 0;

    return atomic_cas_u64(&ticket->word, &none,
                          (uint64_t)generation << 32 |
                              ((uint64_t)(pending - bus->pendings) + TICKET_FIRST));
}

static enum bus_status cancel(const struct taken *taken)
{
    struct bus *bus = taken->bus;
    struct pending *pending = taken->pending;

    while (true) {
        if (pending_move(pending, taken->generation, PENDING_WAITING, PENDING_CANCELLED)) {
            bus->os.wake(bus->os.context, &pending->state, true);
            hold_call(bus, pending);
            tell_word(bus, &bus->again);
            return BUS_OK;
        }
        if (pending_take_deferred(bus, pending, taken->generation))
            break;
        /* A handler that deferred may have taken it back meanwhile. */
        if (!pending_is_waiting(pending, taken->generation))
            return say_over();
    }
    pending->outcome = BUS_CANCELLED;
    error_text_copy(pending->error_text, "the command was cancelled");
    deferred_end(taken->thread, pending, taken->generation);
    return BUS_OK;
}

enum bus_status bus_cancel(struct bus *bus, struct bus_ticket *ticket)
{
    struct taken taken = {0};
    enum bus_status status;
    uint64_t word = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || ticket == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot cancel: bus or ticket is NULL");
    if (atomic_cas_u64(&ticket->word, &word, TICKET_CANCELLED) || word == TICKET_CANCELLED)
        return BUS_OK;
    if ((uint32_t)word - TICKET_FIRST >= bus->options.commands_max)
        return fail_status(BUS_ERR_INVALID, "cannot cancel: this ticket is of another bus, or was "
                                            "not zero at first");
    taken = (struct taken){bus, thread_here(bus), &bus->pendings[(uint32_t)word - TICKET_FIRST],
                           (uint32_t)(word >> 32)};
    if (taken.thread == NULL)
        return thread_failure();
    publish_enter_ending(bus, taken.thread);
    status = cancel(&taken);
    leave(&taken);
    return status;
}

bool bus_delivery_cancelled(const struct bus_delivery *delivery)
{
    const struct cell_extension *extension = delivery != NULL ? delivery->extension : NULL;

    if (extension == NULL)
        return false;
    if ((extension->has & CELL_HAS_PENDING) != 0) {
        enum pending_state state = pending_state(extension->pending, extension->pending_generation);

        if (state != PENDING_WAITING && state != PENDING_DEFERRED && state != PENDING_TAKEN)
            return true;
    }
    return extension->deadline_ns != 0 && thread_is_past(delivery->thread, extension->deadline_ns);
}
