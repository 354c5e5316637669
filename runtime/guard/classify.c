/* guard/classify.c - what an errno value says about category, severity and another try. */
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

enum bus_verdict bus_fail_errno(struct bus_delivery *delivery, int error, const char *what)
{
    struct bus_error found = classify_errno(error);
    const char *why = strerrordesc_np(error);
    char text[BUS_REPORT_TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%.*s: %s", WHAT_MOST, what != NULL ? what : "failed",
                   why != NULL ? why : "unknown error");
    found.text = text;
    return fail_from(delivery, &found, __builtin_return_address(0));
}
