/*
 * guard/verdict.c - what a handler's end means.
 *
 * A fault is what bus_fail noted, or a bare verdict, or a broken rule: no answer, a second one, one
 * out of bounds, a number that is no verdict. A declared `fails` arm is an answer, not a fault.
 */
#include "path/path.h"

void error_text_copy(char to[BUS_ERROR_TEXT_SIZE], const char *text)
{
    size_t size = text != NULL ? strnlen(text, BUS_ERROR_TEXT_SIZE) : 0;

    if (size == BUS_ERROR_TEXT_SIZE) {
        size = BUS_ERROR_TEXT_SIZE - 1;
        /* Never behind the first byte of a character whose last one does not fit. */
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    if (size > 0)
        memmove(to, text, size);
    to[size] = '\0';
}

void error_note(struct bus_delivery *delivery, const struct bus_error *error)
{
    static const struct bus_error none = {0};

    if (error == NULL)
        error = &none;
    delivery->faulted = true;
    delivery->error = *error;
    error_text_copy(delivery->error_text, error->text);
    delivery->error.text = delivery->error_text;
}

enum bus_verdict bus_fail(struct bus_delivery *delivery, const struct bus_error *error)
{
    if (delivery == NULL) {
        last_error_set("bus_fail: the delivery is NULL; the fault is kept without its text");
        return BUS_FAULT;
    }
    if (!delivery->misused)
        error_note(delivery, error);
    return BUS_FAULT;
}

static void note_code(struct bus_delivery *delivery, enum bus_fault_code code,
                      enum bus_severity severity, bool transient, const char *text)
{
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_PROCESSING,
                                             .severity = severity,
                                             .code = code,
                                             .transient = transient,
                                             .text = text});
}

bool verdict_settle(struct bus_delivery *delivery, enum bus_verdict verdict)
{
    const struct bus_message_type *type = delivery->route->type;

    if (__builtin_expect(delivery->misused, 0))
        return false;
    switch ((int)verdict) {
    case BUS_DONE:
        /* It noted a fault and went on: its verdict is its last word. */
        delivery->faulted = false;
        if (type->kind != BUS_COMMAND || type->answer_count == 0 || delivery->answer != 0)
            return true;
        note_code(delivery, BUS_FAULT_NO_ANSWER, BUS_SEVERITY_HIGH, false,
                  "the handler ended without an answer: return ..._return() or ..._fail_...()");
        return false;
    case BUS_FAULT:
        if (!delivery->faulted)
            note_code(delivery, BUS_FAULT_BARE, BUS_SEVERITY_MEDIUM, false,
                      "the handler failed (no bus_fail)");
        return false;
    case BUS_RETRY:
        if (!delivery->faulted)
            note_code(delivery, BUS_FAULT_BARE, BUS_SEVERITY_MEDIUM, true,
                      "the handler asked for another try");
        return false;
    case BUS_REJECT:
        if (!delivery->faulted)
            note_code(delivery, BUS_FAULT_BARE, BUS_SEVERITY_MEDIUM, false,
                      "the handler rejected the message");
        return false;
    default:
        note_code(delivery, BUS_FAULT_VERDICT, BUS_SEVERITY_HIGH, false,
                  "the handler returned a value that is no verdict");
        return false;
    }
}
