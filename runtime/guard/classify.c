/* guard/classify.c - what a bare number says about category, severity and another try. */
#include "guard/errors.h"
#include "path/path.h"

#include <errno.h>
#include <stdio.h>

enum { WHAT_MOST = 800 }; /* bytes of the caller's words, the reason comes behind them */

struct kind_of_errno {
    int error;
    uint8_t category;
    uint8_t severity;
    bool transient;
};

static const struct kind_of_errno kinds[] = {
    {ECONNREFUSED, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_HIGH, true},
    {ECONNRESET, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {ECONNABORTED, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {ENOTCONN, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {EPIPE, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {EHOSTUNREACH, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_HIGH, true},
    {EHOSTDOWN, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_HIGH, true},
    {ENETUNREACH, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_HIGH, true},
    {ENETDOWN, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_HIGH, true},
    {ENETRESET, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {ESHUTDOWN, BUS_CATEGORY_CONNECTION, BUS_SEVERITY_MEDIUM, true},
    {ETIMEDOUT, BUS_CATEGORY_TIMEOUT, BUS_SEVERITY_MEDIUM, true},
    {ETIME, BUS_CATEGORY_TIMEOUT, BUS_SEVERITY_MEDIUM, true},
    {EACCES, BUS_CATEGORY_AUTH, BUS_SEVERITY_HIGH, false},
    {EPERM, BUS_CATEGORY_AUTH, BUS_SEVERITY_HIGH, false},
    {EKEYEXPIRED, BUS_CATEGORY_AUTH, BUS_SEVERITY_HIGH, false},
    {EKEYREJECTED, BUS_CATEGORY_AUTH, BUS_SEVERITY_HIGH, false},
    {EKEYREVOKED, BUS_CATEGORY_AUTH, BUS_SEVERITY_HIGH, false},
    {ENOMEM, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, true},
    {ENOSPC, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, false},
    {EDQUOT, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, false},
    {EMFILE, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_HIGH, true},
    {ENFILE, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, true},
    {EIO, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, false},
    {EROFS, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_HIGH, false},
    {EAGAIN, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_LOW, true},
    {EINTR, BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, true},
    {EBUSY, BUS_CATEGORY_RESOURCE, BUS_SEVERITY_LOW, true},
    {ENOBUFS, BUS_CATEGORY_QUEUE, BUS_SEVERITY_MEDIUM, true},
    {EILSEQ, BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
    {EBADMSG, BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
    {EPROTO, BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
    {EMSGSIZE, BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
    {EOVERFLOW, BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
    {ENOENT, BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
    {ENOTDIR, BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
    {EADDRINUSE, BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
    {EADDRNOTAVAIL, BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
    {ENOSYS, BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
    {EOPNOTSUPP, BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
};

struct bus_error classify_errno(int error)
{
    struct bus_error found = {
        .category = BUS_CATEGORY_PROCESSING, .severity = BUS_SEVERITY_MEDIUM, .code = error};
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].error == error) {
            found.category = (enum bus_category)kinds[i].category;
            found.severity = (enum bus_severity)kinds[i].severity;
            found.transient = kinds[i].transient;
            break;
        }
    return found;
}

struct bus_error bus_classify_errno(int error)
{
    struct bus_error found = classify_errno(error);

    found.text = strerrordesc_np(error);
    if (found.text == NULL)
        found.text = "unknown error";
    return found;
}

struct kind_of {
    uint8_t category;
    uint8_t severity;
    bool transient;
};

static struct bus_error as_error(const struct kind_of *kind, int32_t code, const char *text)
{
    return (struct bus_error){
        .category = (enum bus_category)kind->category,
        .severity = (enum bus_severity)kind->severity,
        .code = code,
        .transient = kind->transient,
        .text = text,
    };
}

struct bus_error bus_classify_status(enum bus_status status)
{
    static const struct kind_of of_status[] = {
        [BUS_OK] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, false},
        [BUS_ERR_INVALID] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_ABI] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_CRITICAL, false},
        [BUS_ERR_MEMORY] = {BUS_CATEGORY_RESOURCE, BUS_SEVERITY_CRITICAL, true},
        [BUS_ERR_SYSTEM] = {BUS_CATEGORY_RESOURCE, BUS_SEVERITY_HIGH, true},
        [BUS_ERR_STATE] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_LIMIT] = {BUS_CATEGORY_RESOURCE, BUS_SEVERITY_HIGH, true},
        [BUS_ERR_ALREADY_REGISTERED] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_NOT_REGISTERED] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_NO_HANDLER] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
        [BUS_ERR_WORKER_CONFLICT] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_IN_HANDLER] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_MEDIUM, false},
        [BUS_ERR_TIMEOUT] = {BUS_CATEGORY_TIMEOUT, BUS_SEVERITY_MEDIUM, true},
        [BUS_ERR_BUSY] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, true},
    };
    static const struct kind_of other = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_MEDIUM, false};
    bool known = (unsigned)status < sizeof of_status / sizeof of_status[0];

    return as_error(known ? &of_status[status] : &other, (int32_t)status, bus_status_text(status));
}

struct bus_error bus_classify_outcome(enum bus_outcome outcome)
{
    static const struct kind_of of_outcome[BUS_OUTCOMES] = {
        [BUS_QUEUED] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, false},
        [BUS_QUEUED_DROPPED] = {BUS_CATEGORY_QUEUE, BUS_SEVERITY_LOW, true},
        [BUS_BUFFERED] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, false},
        [BUS_FILTERED] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, false},
        [BUS_REJECTED] = {BUS_CATEGORY_QUEUE, BUS_SEVERITY_MEDIUM, true},
        [BUS_THROTTLED] = {BUS_CATEGORY_QUEUE, BUS_SEVERITY_LOW, true},
        [BUS_EXPIRED] = {BUS_CATEGORY_TIMEOUT, BUS_SEVERITY_MEDIUM, false},
        [BUS_CLOSED] = {BUS_CATEGORY_QUEUE, BUS_SEVERITY_MEDIUM, false},
        [BUS_INVALID] = {BUS_CATEGORY_SERIALIZATION, BUS_SEVERITY_MEDIUM, false},
        [BUS_DEAD_LETTERED] = {BUS_CATEGORY_QUEUE, BUS_SEVERITY_MEDIUM, false},
        [BUS_ANSWERED] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_LOW, false},
        [BUS_FAULTED] = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_MEDIUM, false},
        [BUS_NO_HANDLER] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
        [BUS_TIMEOUT] = {BUS_CATEGORY_TIMEOUT, BUS_SEVERITY_MEDIUM, true},
        [BUS_WOULD_DEADLOCK] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
        [BUS_TOO_DEEP] = {BUS_CATEGORY_CONFIG, BUS_SEVERITY_HIGH, false},
        [BUS_TOO_LARGE] = {BUS_CATEGORY_RESOURCE, BUS_SEVERITY_MEDIUM, false},
    };
    static const struct kind_of other = {BUS_CATEGORY_PROCESSING, BUS_SEVERITY_MEDIUM, false};

    return as_error((unsigned)outcome < BUS_OUTCOMES ? &of_outcome[outcome] : &other,
                    (int32_t)outcome, bus_outcome_text(outcome));
}

static enum bus_verdict fail_with(struct bus_delivery *delivery, struct bus_error found,
                                  const char *what, const void *source)
{
    char text[BUS_REPORT_TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%.*s: %s", WHAT_MOST, what != NULL ? what : "failed",
                   found.text);
    found.text = text;
    return fail_from(delivery, &found, source);
}

enum bus_verdict bus_fail_errno(struct bus_delivery *delivery, int error, const char *what)
{
    return fail_with(delivery, bus_classify_errno(error), what, __builtin_return_address(0));
}

enum bus_verdict bus_fail_status(struct bus_delivery *delivery, enum bus_status status,
                                 const char *what)
{
    return fail_with(delivery, bus_classify_status(status), what, __builtin_return_address(0));
}

enum bus_verdict bus_fail_outcome(struct bus_delivery *delivery, enum bus_outcome outcome,
                                  const char *what)
{
    return fail_with(delivery, bus_classify_outcome(outcome), what, __builtin_return_address(0));
}
