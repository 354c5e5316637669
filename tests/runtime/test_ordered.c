/*
 * `ordered`: while a delivery is held, later ones of its key wait behind it, and no others.
 *
 * covers: D5 F5 I6
 */
#include "support.h"

#define MS BUS_MILLISECOND

/* Fails the message `number` so many times. */
struct picky {
    uint64_t number;
    uint64_t fails;
    struct journal ends; /* of runs that succeeded: id * 1000 + number */
    uint64_t runs;
};

#define PICKY(number_, fails_)                                                                     \
    {                                                                                              \
        .number = (number_), .fails = (fails_), .ends = JOURNAL_INITIALIZER                        \
    }

static enum bus_verdict on_keyed_picky(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    struct picky *picky = context;

    (void)delivery;
    picky->runs++;
    if (event->number == picky->number && picky->fails > 0) {
        picky->fails--;
        return BUS_RETRY;
    }
    journal_add(&picky->ends, event->id * 1000 + event->number);
    return BUS_DONE;
}

static struct bus *open_with(struct bus_options options)
{
    const struct bus_policy policy = {.retries = 3, .jitter = BUS_JITTER_NONE, .ordered = true};
    struct bus_policy_override override = {&probe_keyed_type, policy};
    struct bus *bus;

    options.os = frozen_os();
    options.polled = true;
    options.policies = &override;
    options.policy_count = 1;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void send(struct bus *bus, uint64_t id, uint64_t number)
{
    assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = id, .number = number}),
                     BUS_QUEUED);
}

static void pass(struct bus *bus, uint64_t ms)
{
    for (; ms > 0; ms--) {
        frozen_advance(MS);
        (void)poll_all(bus);
        assert_balanced(bus);
    }
}

static void later_ones_of_the_key_wait_and_others_do_not(void **state)
{
    const uint64_t first[] = {2002, 2005}, all[] = {2002, 2005, 1001, 1003, 1004};
    struct picky picky = PICKY(1, 2);
    struct journal other = JOURNAL_INITIALIZER;
    const uint64_t plain[] = {1, 2, 3, 4, 5};
    struct bus *bus = open_with((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &picky, NULL), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed, &other, NULL), BUS_OK);
    send(bus, 1, 1);
    send(bus, 2, 2);
    send(bus, 1, 3);
    send(bus, 1, 4);
    send(bus, 2, 5);
    (void)poll_all(bus);
    assert_journal(&picky.ends, first, 2);
    assert_journal(&other, plain, 5); /* the other handler is not held up */
    assert_int_equal(account_of(bus, &probe_keyed_type).held, 3);
    pass(bus, 301);
    assert_journal(&picky.ends, all, 5);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 5);
    send(bus, 1, 6); /* nothing is in its way any more */
    (void)poll_all(bus);
    assert_int_equal(latch_count(&picky.ends.latch), 6);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* The one in front is given up: the others follow; and one behind it can fail itself. */
static void a_line_moves_on_behind_a_dead_letter(void **state)
{
    const uint64_t all[] = {1002, 1003};
    struct picky picky = PICKY(1, 99);
    struct bus *bus = open_with((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &picky, NULL), BUS_OK);
    send(bus, 1, 1);
    send(bus, 1, 2);
    send(bus, 1, 3);
    (void)poll_all(bus);
    pass(bus, 699);
    assert_int_equal(latch_count(&picky.ends.latch), 0);
    pass(bus, 2);
    assert_journal(&picky.ends, all, 2);
    assert_int_equal(account_of(bus, &probe_keyed_type).failed, 1);
    picky = (struct picky)PICKY(7, 1);
    send(bus, 1, 6);
    send(bus, 1, 7);
    send(bus, 1, 8);
    (void)poll_all(bus);
    assert_int_equal(latch_count(&picky.ends.latch), 1);
    pass(bus, 101);
    assert_int_equal(latch_count(&picky.ends.latch), 3);
    finish_bus(&bus);
}

/* Two records for six messages: the lane stops, nothing is lost, the order is kept. */
static void without_room_the_lane_stops(void **state)
{
    const uint64_t all[] = {1001, 1002, 1003, 1004, 2005, 1006};
    struct picky picky = PICKY(1, 2);
    struct journal ticks = JOURNAL_INITIALIZER;
    struct bus *bus = open_with((struct bus_options){.held_max = 2});

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &picky, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, &ticks, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 4; n++)
        send(bus, 1, n);
    send(bus, 2, 5); /* behind the one that stopped */
    send(bus, 1, 6);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_keyed_type).held, 6);
    assert_true(stats_of(bus).lane_stops > 0);
    assert_int_equal(stats_of(bus).queue_size, 4);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    (void)poll_all(bus); /* other lanes go on */
    assert_int_equal(latch_count(&ticks.latch), 1);
    pass(bus, 299);
    assert_int_equal(latch_count(&picky.ends.latch), 0);
    pass(bus, 10);
    assert_journal(&picky.ends, all, 6);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 6);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 0);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* One handler has got a record to wait with, the next one finds none: the first gives it back, and
 * later both see the message, once. */
static void who_began_to_wait_alone_stops(void **state)
{
    const uint64_t all[] = {1001, 1002, 1003};
    struct picky one = PICKY(1, 2), other = PICKY(1, 2);
    struct bus *bus = open_with((struct bus_options){.held_max = 3});

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &one, NULL), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &other, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        send(bus, 1, n);
    (void)poll_all(bus);
    assert_int_equal(stats_of(bus).queue_size, 2);
    assert_int_equal(stats_of(bus).pool_bytes_used, 512); /* of the first message alone */
    assert_true(stats_of(bus).lane_stops > 0);
    assert_balanced(bus);
    pass(bus, 299);
    assert_int_equal(one.runs + other.runs, 4);
    pass(bus, 10);
    assert_journal(&one.ends, all, 3);
    assert_journal(&other.ends, all, 3);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 3);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 0);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    one.number = other.number = 4; /* all three records are there again */
    one.fails = other.fails = 2;
    send(bus, 1, 4);
    send(bus, 2, 4);
    (void)poll_all(bus);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 1); /* of the fourth delivery */
    pass(bus, 101);
    finish_bus(&bus);
}

static void a_handler_that_goes_takes_its_line_along(void **state)
{
    struct picky gone = PICKY(1, 99), stays = PICKY(1, 1);
    const uint64_t all[] = {1001, 1002, 1003};
    struct bus *bus = open_with((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &gone, NULL), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_picky, &stays, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        send(bus, 1, n);
    (void)poll_all(bus);
    assert_int_equal(
        probe_keyed_unsubscribe(bus, on_keyed_picky, &gone, (struct bus_session){0, 0}), BUS_OK);
    (void)poll_all(bus);
    pass(bus, 101);
    assert_int_equal(gone.runs, 1);
    assert_journal(&stays.ends, all, 3);
    assert_int_equal(account_of(bus, &probe_keyed_type).failed, 3);
    assert_int_equal(account_of(bus, &probe_keyed_type).held, 0);
    finish_bus(&bus);
}

/* Only events are kept in order. */
static void a_command_is_refused(void **state)
{
    struct bus_policy_override override = {&probe_square_type, {.ordered = true}};
    const struct bus_options options = {.policies = &override, .policy_count = 1};
    struct bus_message_type damaged = probe_square_type;
    struct probe_square_result result;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    assert_null(bus);
    assert_string_equal(bus_last_error(),
                        "policy of probe.square: ordered is for events, and this is a command");
    damaged.policy = &override.policy; /* busgen writes no such table */
    bus = open_bus(&(struct bus_options){.polled = true});
    assert_int_equal(bus_execute_message(bus, &damaged, &(struct probe_square){.value = 2}, NULL,
                                         &result, NULL, 0),
                     BUS_INVALID);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_ones_of_the_key_wait_and_others_do_not),
        cmocka_unit_test(a_line_moves_on_behind_a_dead_letter),
        cmocka_unit_test(without_room_the_lane_stops),
        cmocka_unit_test(who_began_to_wait_alone_stops),
        cmocka_unit_test(a_handler_that_goes_takes_its_line_along),
        cmocka_unit_test(a_command_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
