/* batching.c - see batching.h. */
#include "batching.h"

static bool is_in(uint64_t mask, uint64_t number)
{
    return number < 64 && (mask >> number & 1) != 0;
}

static void judge(struct book *book, uint32_t index, uint64_t number, struct bus_batch *batch)
{
    if (is_in(book->rejected, number))
        bus_batch_set(batch, index, BUS_REJECT);
    if (is_in(book->retried, number))
        bus_batch_set(batch, index, BUS_RETRY);
    if (is_in(book->done, number))
        bus_batch_set(batch, index, BUS_DONE);
    if (is_in(book->failed, number))
        (void)bus_fail(bus_batch_delivery(batch, index),
                       &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                           .code = (int32_t)number,
                                           .transient = true,
                                           .text = "the line is cut"});
}

enum bus_verdict on_ticks(void *context, const struct probe_ticked *events, uint32_t count,
                          struct bus_batch *batch)
{
    struct book *book = context;

    if (book->calls < CALLS_MAX)
        book->sizes[book->calls] = count;
    book->calls++;
    if (book->bus != NULL &&
        bus_batch_configure(book->bus, &probe_ticked_type, book,
                            &(struct bus_batch_options){.size = count + 1}) != BUS_OK)
        return BUS_FAULT;
    for (uint32_t i = 0; i < count; i++) {
        struct bus_envelope envelope;

        bus_delivery_envelope(bus_batch_delivery(batch, i), &envelope);
        journal_add(&book->attempts, envelope.attempt);
        judge(book, i, events[i].number, batch);
    }
    for (uint32_t i = 0; i < count; i++)
        journal_add(&book->numbers, events[i].number);
    frozen_advance(book->takes_ns);
    if (book->fail_all)
        return bus_batch_fail(batch, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                                         .transient = true,
                                                         .text = "no more of it"});
    return book->returned;
}

void assert_calls(struct book *book, const uint32_t *sizes, uint32_t count)
{
    assert_int_equal(book->calls, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(book->sizes[i], sizes[i]);
}

struct bus *open_with(struct bus_policy policy, struct bus_options options)
{
    struct bus_policy_override overrides[] = {{&probe_ticked_type, policy}};
    struct bus *bus;

    options.polled = options.workers == 0;
    options.os = frozen_os();
    options.policies = overrides;
    options.policy_count = 1;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

struct bus *open_frozen(struct bus_options options)
{
    return open_with((struct bus_policy){0}, options);
}

void batch_ticks(struct bus *bus, struct book *book, uint32_t size)
{
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, book,
                                                  &(struct bus_batch_options){.size = size}, NULL),
                     BUS_OK);
}

void tick_all(struct bus *bus, uint64_t first, uint64_t count)
{
    for (uint64_t n = first; n < first + count; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    assert_balanced(bus);
}

void pass(struct bus *bus, uint64_t ns)
{
    for (uint64_t i = 0; i < ns / (10 * MS); i++) {
        frozen_advance(10 * MS);
        (void)poll_all(bus);
    }
    assert_balanced(bus);
}

struct bus_account account(struct bus *bus)
{
    return account_of(bus, &probe_ticked_type);
}

struct letters {
    uint64_t numbers[64];
    uint32_t count;
};

static bool note_letter(void *context, const struct bus_dead_letter *letter)
{
    uint64_t scratch[PROBE_TICKED_SCRATCH_MAX / 8 + 8];
    struct letters *letters = context;
    struct probe_ticked event;

    if (letters->count == 64 ||
        probe_ticked_decode(letter->bytes, letter->size, &event, scratch, sizeof scratch) != BUS_OK)
        return false;
    letters->numbers[letters->count++] = event.number;
    return true;
}

void assert_letters(struct bus *bus, enum bus_letter_reason reason, const uint64_t *numbers,
                    uint32_t count)
{
    const struct bus_dead_letter_filter filter = {.type = &probe_ticked_type, .reason = reason};
    struct letters letters = {.count = 0};

    assert_int_equal(bus_dead_letters_each(bus, &filter, note_letter, &letters, NULL), BUS_OK);
    assert_int_equal(letters.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(letters.numbers[i], numbers[i]);
}

static bool show_nothing(void *context, const struct bus_dead_letter *letter)
{
    (void)context;
    (void)letter;
    return true;
}

uint64_t count_letters(struct bus *bus, const struct bus_dead_letter_filter *filter)
{
    uint64_t count = 0;

    assert_int_equal(bus_dead_letters_each(bus, filter, show_nothing, NULL, &count), BUS_OK);
    return count;
}
