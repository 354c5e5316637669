/* path/answer.c - how a command's handler answers, and how the answer gets into a result struct. */
#include "path/path.h"

#include "path/reply.h"

#include <inttypes.h>

#define COLD __attribute__((cold, noinline))

/* The answer breaks a rule: the run is a fault, whatever the handler returns. */
COLD static enum bus_verdict misuse(struct bus_delivery *delivery, enum bus_fault_code code,
                                    const char *text)
{
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_PROCESSING,
                                             .severity = BUS_SEVERITY_HIGH,
                                             .code = code,
                                             .text = text});
    delivery->misused = true;
    last_error_set("%s: %s", delivery->route->type->name, delivery->error_text);
    return BUS_FAULT;
}

COLD static enum bus_verdict no_memory(struct bus_delivery *delivery, const char *text)
{
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                             .severity = BUS_SEVERITY_HIGH,
                                             .code = BUS_FAULT_MEMORY,
                                             .transient = true,
                                             .text = text});
    delivery->misused = true;
    last_error_set("%s: %s", delivery->route->type->name, text);
    return BUS_FAULT;
}

COLD static enum bus_verdict bad_answer(struct bus_delivery *delivery,
                                        const struct bus_codec *codec, uint32_t index,
                                        const void *value)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    (void)bus_wire_check(codec->table, value, false, why);
    last_error_set("answer %s: %s", delivery->route->type->answers[index].name, why);
    return misuse(delivery, BUS_FAULT_BAD_ANSWER, bus_last_error());
}

__attribute__((noinline)) static enum bus_verdict pack_answer(struct bus_delivery *delivery,
                                                              const struct bus_codec *codec,
                                                              uint32_t size, const void *value)
{
    uint8_t *bytes = delivery->answer_bytes;

    if (bytes == NULL)
        bytes = pool_take(&delivery->bus->pool, size);
    if (bytes == NULL)
        return no_memory(delivery, "the pool has no block for the answer; raise "
                                   "bus_options.pool_bytes");
    codec->pack(bytes, value);
    delivery->answer_bytes = bytes;
    delivery->answer_size = size;
    return BUS_DONE;
}

static inline bool is_flat(const struct route *route, uint32_t index)
{
    return index < 64 && (route->flat_answers >> index & 1) != 0;
}

static inline enum bus_verdict take_answer(struct bus_delivery *delivery,
                                           const struct bus_codec *codec, uint32_t index,
                                           const void *value)
{
    uint32_t size = codec->measure(value, false);

    if (__builtin_expect(size == 0, 0))
        return bad_answer(delivery, codec, index, value);
    if (__builtin_expect(delivery->answer_bytes != NULL &&
                             ((size + 7) & ~UINT32_C(7)) > delivery->answer_capacity,
                         0)) {
        delivery->answer_too_large = true;
    } else if (delivery->kept != NULL && is_flat(delivery->route, index)) {
        memcpy(delivery->kept, value, codec->table->size);
        delivery->answer_is_kept = true;
    } else if (pack_answer(delivery, codec, size, value) != BUS_DONE) {
        return BUS_FAULT;
    }
    delivery->answer = index + 1;
    return BUS_DONE;
}

/* All zero. */
COLD static enum bus_verdict take_zero(struct bus_delivery *delivery, const struct bus_codec *codec,
                                       uint32_t index)
{
    struct scratch_mark mark = scratch_mark(&delivery->thread->scratch);
    void *value = scratch_take(&delivery->thread->scratch, delivery->bus, codec->table->size);
    enum bus_verdict verdict;

    if (value == NULL)
        return no_memory(delivery, "no memory for an answer that is all zero");
    memset(value, 0, codec->table->size);
    verdict = take_answer(delivery, codec, index, value);
    scratch_release(&delivery->thread->scratch, mark);
    return verdict;
}

COLD static enum bus_verdict wrong_use(struct bus_delivery *delivery,
                                       const struct bus_message_type *type, uint32_t index)
{
    if (delivery == NULL || type == NULL) {
        last_error_set("cannot answer: the delivery is NULL");
        return BUS_FAULT;
    }
    if (delivery->route->type != type || index >= type->answer_count)
        return misuse(delivery, BUS_FAULT_BAD_ANSWER,
                      "the handler gave the answer of another message");
    return misuse(delivery, BUS_FAULT_SECOND_ANSWER, "the handler answered twice");
}

enum bus_verdict bus_answer(struct bus_delivery *delivery, const struct bus_message_type *type,
                            uint32_t index, const void *value)
{
    const struct bus_codec *codec;

    if (__builtin_expect(delivery == NULL || type == NULL || delivery->route->type != type ||
                             index >= type->answer_count || delivery->answer != 0,
                         0))
        return wrong_use(delivery, type, index);
    codec = &type->answers[index].codec;
    if (codec->table == NULL) {
        delivery->answer = index + 1;
        return BUS_DONE;
    }
    if (__builtin_expect(value == NULL, 0))
        return take_zero(delivery, codec, index);
    return take_answer(delivery, codec, index, value);
}

/* ---- results ---- */

enum bus_outcome result_refuse(const struct reply *reply, enum bus_outcome outcome,
                               enum bus_category category, const char *text)
{
    struct bus_run *run = reply->result;

    run->outcome = outcome;
    run->error.category = category;
    run->error.severity = BUS_SEVERITY_MEDIUM;
    run->error.transient = outcome == BUS_REJECTED || outcome == BUS_TIMEOUT;
    error_text_copy(run->error_text, text);
    run->error.text = run->error_text;
    return outcome;
}

enum bus_outcome result_fault(const struct reply *reply, const struct bus_error *error)
{
    struct bus_run *run = reply->result;

    run->outcome = BUS_FAULTED;
    run->error = *error;
    error_text_copy(run->error_text, error->text);
    run->error.text = run->error_text;
    last_error_set("%s: its handler failed with code %" PRId32 "%s%s", reply->type->name,
                   error->code, run->error_text[0] != '\0' ? ": " : "", run->error_text);
    return BUS_FAULTED;
}

static enum bus_outcome too_large(const struct reply *reply)
{
    last_error_set("%s: the answer does not fit the %zu bytes given; a buffer of %u always does",
                   reply->type->name, reply->capacity, reply->type->result.bytes_max);
    return result_refuse(reply, BUS_TOO_LARGE, BUS_CATEGORY_RESOURCE, bus_last_error());
}

enum bus_outcome result_answer(const struct reply *reply, uint32_t answer, uint32_t size)
{
    const struct bus_message_type *type = reply->type;
    struct bus_run *run = reply->result;

    if (answer != 0) {
        const struct bus_codec *codec = &type->answers[answer - 1].codec;
        uint32_t used = (size + 7) & ~UINT32_C(7);

        if (codec->table != NULL) {
            struct bus_scratch scratch;

            if (used > reply->capacity)
                return too_large(reply);
            scratch.at = reply->bytes + used;
            scratch.end = reply->bytes + reply->capacity;
            if (!codec->unpack((uint8_t *)reply->result + type->result.value, reply->bytes,
                               &scratch))
                return too_large(reply);
        }
        memcpy((uint8_t *)reply->result + type->result.answer, &answer, sizeof answer);
    }
    run->outcome = BUS_ANSWERED;
    return BUS_ANSWERED;
}

enum bus_category outcome_category(enum bus_outcome outcome)
{
    switch (outcome) {
    case BUS_REJECTED:
    case BUS_FILTERED:
    case BUS_THROTTLED:
        return BUS_CATEGORY_QUEUE;
    case BUS_EXPIRED:
    case BUS_TIMEOUT:
        return BUS_CATEGORY_TIMEOUT;
    case BUS_NO_HANDLER:
    case BUS_WOULD_DEADLOCK:
    case BUS_TOO_DEEP:
        return BUS_CATEGORY_CONFIG;
    case BUS_TOO_LARGE:
        return BUS_CATEGORY_RESOURCE;
    case BUS_DENIED:
        return BUS_CATEGORY_AUTH;
    default:
        return BUS_CATEGORY_PROCESSING;
    }
}

enum bus_outcome result_of_record(const struct reply *reply, struct pending *pending)
{
    struct bus_run *run = reply->result;

    run->attempts = pending->attempts;
    run->dead_lettered = pending->dead_lettered;
    run->breaker_state = pending->breaker_state;
    run->handler = pending->handler;
    if (pending->outcome == BUS_ANSWERED) {
        if (pending->size > reply->capacity)
            return too_large(reply);
        if (pending->size > 0)
            memcpy(reply->bytes, pending->bytes, pending->size);
        return result_answer(reply, pending->answer, pending->size);
    }
    pending->error.text = pending->error_text;
    if (pending->outcome == BUS_FAULTED)
        return result_fault(reply, &pending->error);
    last_error_set("%s", pending->error_text);
    return result_refuse(reply, pending->outcome, outcome_category(pending->outcome),
                         pending->error_text);
}

enum bus_outcome result_too_large(const struct reply *reply)
{
    return too_large(reply);
}
