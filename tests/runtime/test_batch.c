/*
 * Batch handlers: when they are called and with what, a verdict for each event, and that what waits
 * is in the account. In frozen time.
 *
 * covers: D6 D8 I6
 */
#include "batching.h"

static const struct bus_session no_session = {0, 0};

static void called_when_it_is_full(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 4);
    tick_all(bus, 0, 3);
    assert_calls(&book, NULL, 0);
    assert_int_equal(account(bus).held, 3);
    assert_int_equal(stats_of(bus).queue_size, 0);
    tick_all(bus, 3, 7);
    assert_calls(&book, (uint32_t[]){4, 4}, 2);
    assert_journal_run(&book.numbers, 0, 8);
    assert_int_equal(account(bus).processed, 8);
    assert_int_equal(account(bus).held, 2);
    assert_int_equal(account(bus).calls, 8);
    pass(bus, 100 * MS);
    assert_calls(&book, (uint32_t[]){4, 4, 2}, 3);
    assert_journal_run(&book.numbers, 0, 10);
    assert_int_equal(account(bus).processed, 10);
    finish_bus(&bus);
}

static void called_so_long_after_the_first(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, &book,
                                                  &(struct bus_batch_options){.wait_ns = 30 * MS},
                                                  NULL),
                     BUS_OK);
    tick_all(bus, 0, 1);
    pass(bus, 20 * MS);
    tick_all(bus, 1, 1); /* it does not wait longer for this one */
    assert_calls(&book, NULL, 0);
    pass(bus, 10 * MS);
    assert_calls(&book, (uint32_t[]){2}, 1);
    pass(bus, BUS_SECOND); /* nothing waits: no empty call */
    assert_calls(&book, (uint32_t[]){2}, 1);
    tick_all(bus, 2, 1);
    pass(bus, 20 * MS);
    assert_calls(&book, (uint32_t[]){2}, 1);
    pass(bus, 10 * MS);
    assert_calls(&book, (uint32_t[]){2, 1}, 2);
    finish_bus(&bus);
}

/* The numbers of the requirement. */
static void a_hundred_or_a_tenth_of_a_second(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks, &book, NULL, NULL), BUS_OK);
    tick_all(bus, 0, 150);
    assert_calls(&book, (uint32_t[]){100}, 1);
    pass(bus, 90 * MS);
    assert_calls(&book, (uint32_t[]){100}, 1);
    pass(bus, 10 * MS);
    assert_calls(&book, (uint32_t[]){100, 50}, 2);
    assert_journal_run(&book.numbers, 0, 150);
    finish_bus(&bus);
}

static void each_event_has_its_own_verdict(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    book.rejected = 1 << 1 | 1 << 3;
    batch_ticks(bus, &book, 5);
    tick_all(bus, 0, 5);
    assert_calls(&book, (uint32_t[]){5}, 1);
    assert_int_equal(account(bus).processed, 3);
    assert_int_equal(account(bus).failed, 2);
    assert_int_equal(account(bus).calls, 5);
    assert_int_equal(account(bus).calls_failed, 2);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){1, 3}, 2);
    finish_bus(&bus);
}

static void what_is_not_set_gets_what_it_returns(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    book.returned = BUS_REJECT;
    book.done = 1 << 0 | 1 << 2;
    batch_ticks(bus, &book, 3);
    tick_all(bus, 0, 3);
    assert_int_equal(account(bus).processed, 2);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){1}, 1);
    finish_bus(&bus);
}

static void those_that_failed_run_again_with_later_ones(void **state)
{
    struct bus_policy policy = {.retries = 3, .jitter = BUS_JITTER_NONE};
    struct book book = BOOK;
    struct bus *bus = open_with(policy, (struct bus_options){0});

    (void)state;
    book.retried = 1 << 1; /* while it is so */
    batch_ticks(bus, &book, 3);
    tick_all(bus, 0, 3);
    assert_int_equal(account(bus).processed, 2);
    assert_int_equal(account(bus).held, 1);
    pass(bus, 90 * MS);
    tick_all(bus, 3, 1);
    book.retried = 0;
    pass(bus, 10 * MS); /* its backoff is over: it joins the one that waits */
    assert_calls(&book, (uint32_t[]){3}, 1);
    assert_int_equal(account(bus).held, 2);
    tick_all(bus, 4, 1);
    assert_calls(&book, (uint32_t[]){3, 3}, 2);
    assert_journal(&book.numbers, (uint64_t[]){0, 1, 2, 3, 1, 4}, 6);
    assert_journal(&book.attempts, (uint64_t[]){1, 1, 1, 1, 2, 1}, 6);
    assert_int_equal(account(bus).processed, 5);
    finish_bus(&bus);
}

static void a_handler_that_goes_takes_them_along(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 9);
    tick_all(bus, 0, 3);
    assert_int_equal(probe_ticked_unsubscribe_batch(bus, on_ticks, &book, no_session), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(account(bus).failed, 3);
    assert_int_equal(account(bus).held, 0);
    assert_letters(bus, BUS_LETTER_HANDLER_GONE, (uint64_t[]){0, 1, 2}, 3);
    pass(bus, BUS_SECOND);
    assert_calls(&book, NULL, 0);
    finish_bus(&bus);
}

/* A batch that lies in its lane as a whole is called there: it needs no places to wait. */
static void what_is_there_is_called_where_it_lies(void **state)
{
    struct bus_policy policy = {.retries = 1, .jitter = BUS_JITTER_NONE};
    struct book book = BOOK;
    struct bus *bus = open_with(policy, (struct bus_options){.held_max = 2});

    (void)state;
    book.rejected = 1 << 1 | 1 << 19;
    book.retried = UINT64_C(1) << 10;
    batch_ticks(bus, &book, 10);
    tick_all(bus, 0, 30);
    assert_calls(&book, (uint32_t[]){10, 10, 10}, 3);
    assert_journal_run(&book.numbers, 0, 30);
    assert_int_equal(account(bus).processed, 27);
    assert_int_equal(account(bus).calls, 30);
    assert_int_equal(account(bus).calls_failed, 3);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){1, 19}, 2);
    book.retried = 0;
    pass(bus, 300 * MS);
    assert_int_equal(account(bus).processed, 28);
    assert_int_equal(account(bus).held, 0);
    finish_bus(&bus);
}

/* Behind one that waits they are called in order all the same. */
static void those_in_the_lane_come_behind_those_that_wait(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 10);
    tick_all(bus, 0, 1);
    tick_all(bus, 1, 39);
    assert_calls(&book, (uint32_t[]){10, 10, 10, 10}, 4);
    assert_journal_run(&book.numbers, 0, 40);
    finish_bus(&bus);
}

/* Nor more of them than somebody asked for. */
static void a_poll_takes_no_more_than_it_is_told(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});
    uint32_t ran = 0;

    (void)state;
    batch_ticks(bus, &book, 10);
    for (uint64_t n = 0; n < 20; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 4, &ran), BUS_OK);
    assert_int_equal(ran, 4);
    assert_int_equal(stats_of(bus).queue_size, 16);
    assert_calls(&book, NULL, 0);
    (void)poll_all(bus);
    assert_calls(&book, (uint32_t[]){10, 10}, 2);
    assert_journal_run(&book.numbers, 0, 20);
    finish_bus(&bus);
}

static enum bus_verdict on_ticks_look(void *context, const struct probe_ticked *events,
                                      uint32_t count, struct bus_batch *batch)
{
    struct bus_account account;

    (void)events;
    if (bus_account(bus_delivery_bus(bus_batch_delivery(batch, 0)), &probe_ticked_type, &account) ==
            BUS_OK &&
        bus_account_balances(&account))
        journal_add(context, account.held * 100 + account.running * 10 + (count == 5));
    return BUS_DONE;
}

static void the_account_balances_inside_too(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks_look, &journal,
                                                  &(struct bus_batch_options){.size = 5}, NULL),
                     BUS_OK);
    tick_all(bus, 0, 5); /* in the lane */
    for (uint64_t n = 5; n < 10; n++)
        tick_all(bus, n, 1); /* four have waited, the last is in the lane */
    assert_journal(&journal, (uint64_t[]){411, 411}, 2);
    finish_bus(&bus);
}

/* Of threads: nobody waits longer than the bus. */
static void stop_does_not_wait_for_more(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2, .os = frozen_os()});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    batch_ticks(bus, &book, 100);
    for (uint64_t n = 0; n < 30; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(latch_count(&book.numbers.latch), 30);
    assert_int_equal(account(bus).processed, 30);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(called_when_it_is_full),
        cmocka_unit_test(called_so_long_after_the_first),
        cmocka_unit_test(a_hundred_or_a_tenth_of_a_second),
        cmocka_unit_test(each_event_has_its_own_verdict),
        cmocka_unit_test(what_is_not_set_gets_what_it_returns),
        cmocka_unit_test(those_that_failed_run_again_with_later_ones),
        cmocka_unit_test(a_handler_that_goes_takes_them_along),
        cmocka_unit_test(what_is_there_is_called_where_it_lies),
        cmocka_unit_test(those_in_the_lane_come_behind_those_that_wait),
        cmocka_unit_test(a_poll_takes_no_more_than_it_is_told),
        cmocka_unit_test(the_account_balances_inside_too),
        cmocka_unit_test(stop_does_not_wait_for_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
