/*
 * Batch handlers that are configured while they run, used wrongly, without memory, and at the end.
 *
 * covers: D6 C8 I6
 */
#include "batching.h"

static void it_can_be_configured_at_run_time(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 5);
    tick_all(bus, 0, 3);
    assert_int_equal(bus_batch_configure(bus, &probe_ticked_type, &book,
                                         &(struct bus_batch_options){.size = 300}),
                     BUS_OK);
    tick_all(bus, 3, 250); /* the three that waited ran at once */
    assert_calls(&book, (uint32_t[]){3}, 1);
    tick_all(bus, 253, 50);
    assert_calls(&book, (uint32_t[]){3, 300}, 2);
    assert_int_equal(
        bus_batch_configure(bus, &probe_ticked_type, &book,
                            &(struct bus_batch_options){.size = 2, .wait_ns = 20 * MS}),
        BUS_OK);
    tick_all(bus, 303, 3);
    assert_calls(&book, (uint32_t[]){3, 300, 2}, 3);
    pass(bus, 20 * MS);
    assert_calls(&book, (uint32_t[]){3, 300, 2, 1}, 4);
    assert_journal_run(&book.numbers, 0, 306);
    finish_bus(&bus);
}

/* While its room is in use: each call makes the next one larger. */
static void it_can_configure_itself(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    book.bus = bus;
    batch_ticks(bus, &book, 1);
    tick_all(bus, 0, 10);
    assert_calls(&book, (uint32_t[]){1, 2, 3, 4}, 4);
    assert_journal_run(&book.numbers, 0, 10);
    finish_bus(&bus);
}

static void wrong_use_is_refused(void **state)
{
    struct book book = BOOK, other = BOOK;
    const struct bus_batch_options large = {.size = BUS_BATCH_SIZE_MAX + 1};
    struct bus *bus = open_frozen((struct bus_options){0});
    struct bus_batch *none = NULL;

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, &book, &large, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_subscribe_batch(
                         bus, on_ticks, &book, NULL,
                         &(struct bus_handler_options){.concurrent = true, .parallel = true}),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_register_batch(bus, &probe_touch_type, probe_ticked_invoke_batch,
                                        (bus_function)on_ticks, &book, NULL, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_register_batch(bus, &probe_ticked_type, NULL, (bus_function)on_ticks,
                                        &book, NULL, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_register_batch(bus, NULL, probe_ticked_invoke_batch,
                                        (bus_function)on_ticks, &book, NULL, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_register_batch(NULL, &probe_ticked_type, probe_ticked_invoke_batch,
                                        (bus_function)on_ticks, &book, NULL, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(stats_of(bus).registered_handlers, 0);
    batch_ticks(bus, &book, 2);
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, &book, NULL, NULL),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(bus_batch_configure(bus, &probe_ticked_type, &book, &large), BUS_ERR_INVALID);
    assert_int_equal(bus_batch_configure(bus, &probe_ticked_type, &other, NULL),
                     BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_batch_configure(bus, &probe_alarmed_type, &book, NULL),
                     BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_batch_configure(NULL, &probe_ticked_type, &book, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_batch_configure(bus, NULL, &book, NULL), BUS_ERR_INVALID);
    assert_null(bus_batch_delivery(none, 0));
    bus_batch_set(none, 0, BUS_REJECT);
    assert_int_equal(bus_batch_fail(none, NULL), BUS_FAULT);
    tick_all(bus, 0, 2);
    assert_calls(&book, (uint32_t[]){2}, 1);
    finish_bus(&bus);
}

/* Each allocation of registering and configuring fails once: nothing has happened then. */
static void memory_runs_out(void **state)
{
    const struct bus_batch_options more = {.size = 50};
    struct book book = BOOK;
    struct bus *bus = NULL;
    bool done = false;

    (void)state;
    failing_arm(0, false);
    bus = open_bus(&(struct bus_options){.polled = true, .os = failing_os()});
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t nth = 1; !done && nth < 50; nth++) {
        failing_arm(nth, false);
        done = probe_ticked_subscribe_batch(bus, on_ticks, &book,
                                            &(struct bus_batch_options){.size = 3}, NULL) == BUS_OK;
        if (!done)
            assert_int_equal(stats_of(bus).registered_handlers, 0);
    }
    assert_true(done);
    done = false;
    for (uint64_t nth = 1; !done && nth < 50; nth++) {
        failing_arm(nth, false);
        done = bus_batch_configure(bus, &probe_ticked_type, &book, &more) == BUS_OK;
        tick_all(bus, 3 * nth, 3);
        if (!done)
            assert_int_equal(book.calls, nth);
    }
    assert_true(done);
    failing_arm(0, false);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- the end ---- */

static uint64_t seen_left;
static void see_left(void *context, const struct bus_message_type *type,
                     const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    (void)context;
    (void)envelope;
    (void)bytes;
    (void)size;
    seen_left += type == &probe_ticked_type;
}

static void what_stop_leaves_can_be_seen(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});
    struct bus_left left;

    (void)state;
    batch_ticks(bus, &book, 10);
    tick_all(bus, 0, 4);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 4);
    seen_left = 0;
    assert_int_equal(bus_left_each(bus, see_left, NULL), 4);
    assert_int_equal(seen_left, 4);
    assert_int_equal(account(bus).left, 4);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void a_polled_bus_stops_without_waiting(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(
                         bus, on_ticks, &book,
                         &(struct bus_batch_options){.size = 50, .wait_ns = 3600 * BUS_SECOND},
                         NULL),
                     BUS_OK);
    tick_all(bus, 0, 10);
    for (uint64_t n = 10; n < 20; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_journal_run(&book.numbers, 0, 20);
    assert_true(book.calls <= 3);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* C8: they are on their way. */
static void waiting_for_idle_is_waiting_for_them(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_workers(1);

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, &book,
                                                  &(struct bus_batch_options){.wait_ns = 5 * MS},
                                                  NULL),
                     BUS_OK);
    for (uint64_t n = 0; n < 7; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal_run(&book.numbers, 0, 7);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_can_be_configured_at_run_time),
        cmocka_unit_test(it_can_configure_itself),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(what_stop_leaves_can_be_seen),
        cmocka_unit_test(a_polled_bus_stops_without_waiting),
        cmocka_unit_test(waiting_for_idle_is_waiting_for_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
