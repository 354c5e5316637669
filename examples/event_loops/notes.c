/* notes.c - see notes.h. */
#include "notes.h"

#include "../common/account.h"
#include "notes.bus.h"

#include <bus/schedule.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* ---- handlers: nothing here knows about loops ---- */

static enum bus_verdict on_line(void *context, const struct notes_line_read *line,
                                struct bus_delivery *delivery)
{
    struct notes *notes = context;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    if (strstr(line->text.data, "busy") != NULL && envelope.attempt == 1)
        return bus_fail_errno(delivery, EBUSY, "the scribe");
    notes->again += envelope.attempt > 1;
    printf("%" PRIu32 ": %s%s\n", line->number, line->text.data,
           envelope.attempt > 1 ? " (at the second attempt)" : "");
    return BUS_DONE;
}

static enum bus_verdict on_closing_time(void *context, const struct notes_closing_time *event,
                                        struct bus_delivery *delivery)
{
    struct notes *notes = context;

    (void)delivery;
    printf("closing time, after %" PRIu32 " lines\n", event->lines);
    notes->closed = true;
    return BUS_DONE;
}

/* ---- what the loops call ---- */

bool notes_open(struct notes *notes)
{
    static const struct notes_scribe handlers = {.on_line_read = on_line,
                                                 .on_closing_time = on_closing_time};

    *notes = (struct notes){0};
    return bus_open(&notes->bus, &(struct bus_options){.name = "notes",
                                                       .schema = &notes_schema,
                                                       .polled = true}) == BUS_OK &&
           notes_scribe_attach(notes->bus, &handlers, notes) == BUS_OK &&
           bus_start(notes->bus) == BUS_OK;
}

static void publish_line(struct notes *notes)
{
    const struct notes_line_read line = {
        .number = ++notes->lines,
        .text = {.data = notes->line, .size = (uint32_t)notes->size},
    };

    if (!bus_accepted(notes_line_read_publish(notes->bus, &line)) && notes->lost++ == 0)
        fprintf(stderr, "line %" PRIu32 ": %s\n", line.number, bus_last_error());
    notes->size = 0;
}

static void take_bytes(struct notes *notes, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n')
            notes->line[notes->size++] = bytes[i];
        if (bytes[i] == '\n' || notes->size == sizeof(notes->line))
            publish_line(notes);
    }
}

static void plan_the_end(struct notes *notes)
{
    const struct notes_closing_time event = {.lines = notes->lines};
    const struct bus_schedule when = {.after_ns = 500 * BUS_MILLISECOND};

    if (notes_closing_time_schedule(notes->bus, &event, &when, NULL) != BUS_OK) {
        fprintf(stderr, "%s\n", bus_last_error());
        notes->lost++;
        notes->closed = true;
    }
}

bool notes_read(struct notes *notes, int file)
{
    char bytes[4096];
    ssize_t size = read(file, bytes, sizeof(bytes));

    if (size > 0)
        take_bytes(notes, bytes, (size_t)size);
    if (size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN)))
        return true;
    if (notes->size > 0)
        publish_line(notes);
    plan_the_end(notes);
    return false;
}

int notes_close(struct notes *notes)
{
    bool fine = bus_stop(notes->bus, BUS_SECOND, NULL) == BUS_OK;

    printf("%" PRIu32 " lines, %" PRIu32 " at the second attempt\n", notes->lines, notes->again);
    fine = account_print(stdout, notes->bus) && fine;
    bus_close(&notes->bus);
    return fflush(stdout) == 0 && fine && notes->lost == 0 ? 0 : 1;
}
