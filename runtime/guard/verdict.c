/*
 * guard/verdict.c - what a handler's end means.
 *
 * A handler that deferred its answer and says BUS_LATER or BUS_DONE has no end yet; any other end
 * takes the token back, unless somebody has answered already.
 *
 * A fault is what bus_fail noted, or a bare verdict, or a broken rule: no answer, a second one, one
 * out of bounds, a number that is no verdict. A declared `fails` arm is an answer, not a fault.
 */
#include "guard/errors.h"
#include "path/path.h"

enum { TRACE_OWN = 4 }; /* functions of ours above the handler in a trace */

/* Returns its size without the NUL. */
size_t error_text_cut(char *to, const char *text, size_t room)
{
    size_t size = text != NULL ? strnlen(text, room) : 0;

    if (size == room) {
        size = room - 1;
        /* Never behind the first byte of a character whose last one does not fit. */
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    if (size > 0)
        memmove(to, text, size);
    to[size] = '\0';
    return size;
}

void error_text_copy(char to[BUS_ERROR_TEXT_SIZE], const char *text)
{
    (void)error_text_cut(to, text, BUS_ERROR_TEXT_SIZE);
}

void error_judge(struct bus_delivery *delivery)
{
    if (delivery->route->policy.by_category && delivery->error.category == BUS_CATEGORY_RESOURCE)
        delivery->error.severity = BUS_SEVERITY_CRITICAL;
}

void error_note(struct bus_delivery *delivery, const struct bus_error *error)
{
    static const struct bus_error none = {0};

    if (error == NULL)
        error = &none;
    delivery->faulted = true;
    delivery->error = *error;
    /* They index tables from here on. */
    if ((unsigned)error->category >= BUS_CATEGORIES)
        delivery->error.category = BUS_CATEGORY_PROCESSING;
    if ((unsigned)error->severity >= BUS_SEVERITIES)
        delivery->error.severity = BUS_SEVERITY_MEDIUM;
    delivery->source = NULL;
    delivery->trace_count = 0;
    delivery->long_size = 0;
    if (error->text != NULL && strnlen(error->text, BUS_ERROR_TEXT_SIZE) == BUS_ERROR_TEXT_SIZE) {
        delivery->text_cut = strnlen(error->text, BUS_REPORT_TEXT_SIZE) == BUS_REPORT_TEXT_SIZE;
        delivery->long_size =
            (uint32_t)error_text_cut(delivery->long_text, error->text, BUS_REPORT_TEXT_SIZE);
    }
    error_text_copy(delivery->error_text, error->text);
    delivery->error.text = delivery->error_text;
}

/* The callers of bus_fail, from `source` on. */
static void note_trace(struct bus_delivery *delivery, const void *source)
{
    const void *callers[BUS_REPORT_TRACE + TRACE_OWN];
    uint32_t i = 0, first, n = os_trace(callers, BUS_REPORT_TRACE + TRACE_OWN);

    for (first = 0; first < n && first <= TRACE_OWN && callers[first] != source;)
        first++;
    if (first == n || callers[first] != source)
        first = 0;
    for (; first + i < n && i < BUS_REPORT_TRACE; i++)
        delivery->trace[i] = callers[first + i];
    delivery->trace_count = i;
}

enum bus_verdict fail_from(struct bus_delivery *delivery, const struct bus_error *error,
                           const void *source)
{
    if (delivery == NULL) {
        last_error_set("bus_fail: the delivery is NULL; the fault is kept without its text");
        return BUS_FAULT;
    }
    if (delivery->misused && !delivery->deferred)
        return BUS_FAULT;
    error_note(delivery, error);
    delivery->source = source;
    if (delivery->bus->options.error_traces && delivery->bus->errors != NULL)
        note_trace(delivery, source);
    return BUS_FAULT;
}

enum bus_verdict bus_fail(struct bus_delivery *delivery, const struct bus_error *error)
{
    return fail_from(delivery, error, __builtin_return_address(0));
}

/* What a verdict means where the handler noted nothing; NULL: it is fine. */
static const struct bus_error *bare_fault(const struct bus_delivery *delivery,
                                          enum bus_verdict verdict)
{
    static const struct bus_error faults[] = {
        [BUS_DONE] = {.severity = BUS_SEVERITY_HIGH,
                      .code = BUS_FAULT_NO_ANSWER,
                      .text = "the handler ended without an answer: return ..._return() or "
                              "..._fail_...()"},
        [BUS_FAULT] = {.code = BUS_FAULT_BARE, .text = "the handler failed (no bus_fail)"},
        [BUS_RETRY] = {.code = BUS_FAULT_BARE,
                       .transient = true,
                       .text = "the handler asked for another try"},
        [BUS_REJECT] = {.code = BUS_FAULT_BARE, .text = "the handler rejected the message"},
        [BUS_LATER] = {.severity = BUS_SEVERITY_HIGH,
                       .code = BUS_FAULT_VERDICT,
                       .text = "the handler returned BUS_LATER without bus_delivery_defer()"},
    };
    static const struct bus_error none = {.severity = BUS_SEVERITY_HIGH,
                                          .code = BUS_FAULT_VERDICT,
                                          .text = "the handler returned a value that is no "
                                                  "verdict"};
    const struct bus_message_type *type = delivery->route->type;

    if (verdict == BUS_DONE &&
        (type->kind != BUS_COMMAND || type->answer_count == 0 || delivery->answer != 0))
        return NULL;
    return (unsigned)verdict <= BUS_LATER ? &faults[verdict] : &none;
}

static bool settle(struct bus_delivery *delivery, enum bus_verdict verdict)
{
    const struct bus_error *bare;

    if (delivery->deferred) {
        bool later = verdict == BUS_LATER || verdict == BUS_DONE;

        if ((later && !delivery->faulted) || !deferred_withdraw(delivery))
            return false;
        delivery->misused = delivery->faulted && later; /* it answered twice */
    }
    if (__builtin_expect(delivery->misused, 0))
        return false;
    /* It noted a fault and went on: its verdict is its last word. */
    if (verdict == BUS_DONE)
        delivery->faulted = false;
    bare = bare_fault(delivery, verdict);
    if (bare == NULL)
        return true;
    if (!delivery->faulted)
        error_note(delivery, bare);
    return false;
}

bool verdict_foretell(const struct bus_delivery *delivery, enum bus_verdict verdict,
                      struct bus_error *error)
{
    bool later = verdict == BUS_LATER || verdict == BUS_DONE;
    const struct bus_error *bare;

    if (delivery->deferred && later && !delivery->faulted)
        return true;
    bare = bare_fault(delivery, verdict);
    if (bare == NULL && !delivery->misused)
        return true;
    *error = delivery->faulted && (verdict != BUS_DONE || delivery->misused) ? delivery->error
             : bare != NULL                                                  ? *bare
                                                                             : delivery->error;
    return false;
}

bool verdict_settle(struct bus_delivery *delivery, enum bus_verdict verdict)
{
    if (settle(delivery, verdict))
        return true;
    if (delivery->deferred)
        return false;
    error_judge(delivery);
    secrets_mask(delivery);
    return false;
}
