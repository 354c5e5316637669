/* letters.c - see letters.h. */
#include "letters.h"

#include <stdio.h>

/* `number` is done or fails. */
static enum bus_verdict handle(struct flaky *flaky, uint64_t number, struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    flaky->last_id = envelope.id;
    atomic_fetch_add(&flaky->runs, 1);
    if (atomic_load(&flaky->failing) || (number != 0 && flaky->fails == number))
        return bus_fail(
            delivery,
            &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                .severity = BUS_SEVERITY_HIGH,
                                .code = (int32_t)number,
                                .transient = flaky->transient,
                                .text = flaky->text != NULL ? flaky->text : "the line is cut"});
    journal_add(&flaky->journal, number);
    return BUS_DONE;
}

enum bus_verdict on_posted(void *context, const struct mail_posted *event,
                           struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_noted(void *context, const struct mail_noted *event,
                          struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_parcel(void *context, const struct mail_parcel *event,
                           struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_spilled(void *context, const struct mail_spilled *event,
                            struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_shed_mail(void *context, const struct mail_shed *event,
                              struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_silent(void *context, const struct mail_silent *event,
                           struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_faded(void *context, const struct mail_faded *event,
                          struct bus_delivery *delivery)
{
    return handle(context, event->number, delivery);
}

enum bus_verdict on_squeeze(void *context, const struct mail_squeeze *request,
                            struct bus_delivery *delivery)
{
    return handle(context, request->number, delivery);
}

enum bus_verdict on_deliver(void *context, const struct mail_deliver *request,
                            struct bus_delivery *delivery)
{
    struct flaky *flaky = context;
    enum bus_verdict verdict = handle(flaky, request->number, delivery);

    if (verdict != BUS_DONE)
        return verdict;
    if (flaky->refusing)
        return mail_deliver_fail_refused(delivery);
    return mail_deliver_return(delivery, &(struct mail_deliver_ok){.number = request->number});
}

struct bus_dead_letter_figures figures_of(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.added,
                     figures.replayed + figures.purged + figures.evicted + figures.waiting);
    return figures;
}

/* ---- looking at them ---- */

struct look {
    struct bus *bus;
    struct seen_letter *seen;
    uint64_t numbers[256];
    uint64_t count;
};

/* Every type here has its number as a u64 field; of `noted` it is the second one. */
static uint64_t number_of(const struct bus_dead_letter *letter)
{
    static _Alignas(16) uint8_t memory[8192];
    struct mail_noted *noted = (struct mail_noted *)(void *)memory;
    struct mail_posted *first = (struct mail_posted *)(void *)memory;
    const struct bus_codec *codec = &letter->type->codec;

    if (bus_decode(codec, letter->bytes, letter->size, memory, memory + 4096, 4096) != BUS_OK)
        return 0;
    return letter->type == &mail_noted_type ? noted->number : first->number;
}

static bool look_at(void *context, const struct bus_dead_letter *letter)
{
    struct look *look = context;
    struct seen_letter *seen = look->seen;

    if (look->count < 256)
        look->numbers[look->count] = number_of(letter);
    look->count++;
    if (seen == NULL)
        return true;
    seen->letter = *letter;
    (void)snprintf(seen->message, sizeof seen->message, "%s", letter->message);
    (void)snprintf(seen->handler, sizeof seen->handler, "%s", letter->handler);
    (void)snprintf(seen->session, sizeof seen->session, "%s", letter->session);
    (void)snprintf(seen->error_text, sizeof seen->error_text, "%s", letter->error.text);
    seen->text_size = bus_dead_letter_text(look->bus, letter, seen->text, sizeof seen->text);
    seen->number = number_of(letter);
    return true;
}

struct seen_letter letter_at(struct bus *bus, uint64_t number)
{
    struct bus_dead_letter_filter filter = {.first = number, .last = number};
    struct seen_letter seen = {.number = 0};
    struct look look = {.bus = bus, .seen = &seen};
    uint64_t shown;

    assert_int_equal(bus_dead_letters_each(bus, &filter, look_at, &look, &shown), BUS_OK);
    assert_int_equal(shown, 1);
    assert_int_equal(seen.letter.number, number);
    return seen;
}

void assert_letters(struct bus *bus, const struct bus_dead_letter_filter *filter,
                    const uint64_t *numbers, uint64_t count)
{
    struct look look = {.bus = bus};
    uint64_t shown, i;

    assert_int_equal(bus_dead_letters_each(bus, filter, look_at, &look, &shown), BUS_OK);
    assert_int_equal(shown, count);
    for (i = 0; i < count; i++)
        assert_int_equal(look.numbers[i], numbers[i]);
}

void post(struct bus *bus, uint64_t number)
{
    assert_int_equal(mail_posted_publish(bus, &(struct mail_posted){.number = number}), BUS_QUEUED);
}

void note(struct bus *bus, uint64_t id, uint64_t number)
{
    struct mail_noted message = {.id = id, .number = number};

    assert_int_equal(mail_noted_publish(bus, &message), BUS_QUEUED);
}
