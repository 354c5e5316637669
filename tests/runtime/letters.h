/* letters.h - what the tests of dead letters share: handlers that fail on demand, looking at
 * letters. */
#ifndef LETTERS_H
#define LETTERS_H

#include "support.h"

#include <bus/dead_letters.h>

#include <bus_system.bus.h>

#include "mail.bus.h"

/* The context of every handler here. What it does well goes into the journal. */
struct flaky {
    _Atomic bool failing; /* all */
    bool refusing;        /* commands: answer with the declared failure */
    uint64_t fails;       /* the message of this number; 0: none */
    bool transient;       /* its faults are */
    const char *text;     /* of its faults; NULL: "the line is cut" */
    struct bus_uuid last_id;
    _Atomic uint64_t runs;
    struct journal journal;
};
#define FLAKY_INITIALIZER                                                                          \
    {                                                                                              \
        .journal = JOURNAL_INITIALIZER                                                             \
    }

enum bus_verdict on_posted(void *context, const struct mail_posted *event,
                           struct bus_delivery *delivery);
enum bus_verdict on_noted(void *context, const struct mail_noted *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_parcel(void *context, const struct mail_parcel *event,
                           struct bus_delivery *delivery);
enum bus_verdict on_spilled(void *context, const struct mail_spilled *event,
                            struct bus_delivery *delivery);
enum bus_verdict on_shed_mail(void *context, const struct mail_shed *event,
                              struct bus_delivery *delivery);
enum bus_verdict on_silent(void *context, const struct mail_silent *event,
                           struct bus_delivery *delivery);
enum bus_verdict on_faded(void *context, const struct mail_faded *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_deliver(void *context, const struct mail_deliver *request,
                            struct bus_delivery *delivery);
enum bus_verdict on_squeeze(void *context, const struct mail_squeeze *request,
                            struct bus_delivery *delivery);

/* The figures; their law holds. */
struct bus_dead_letter_figures figures_of(struct bus *bus);

/* A copy of a letter for looking at it. */
struct seen_letter {
    struct bus_dead_letter letter; /* without what it points to */
    char message[64];
    char handler[64];
    char session[64];
    char error_text[BUS_ERROR_TEXT_SIZE];
    char text[512];
    size_t text_size;
    uint64_t number; /* the message's own */
};
/* The letter with this number; it must be there. */
struct seen_letter letter_at(struct bus *bus, uint64_t number);
/* The filter picks exactly these letters, in this order. */
void assert_letters(struct bus *bus, const struct bus_dead_letter_filter *filter,
                    const uint64_t *numbers, uint64_t count);

/* Publishes `posted`, `noted`; queued. */
void post(struct bus *bus, uint64_t number);
void note(struct bus *bus, uint64_t id, uint64_t number);

#endif
