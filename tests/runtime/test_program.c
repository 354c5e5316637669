/*
 * A program wired at build time: constant tables, no registration.
 * covers: E5, D3
 */
#include "support.h"

#include "wired.bus.h"

struct shop {
    uint32_t left;
    struct journal seen;
};

enum bus_verdict wired_seller_sell(void *context, const struct wired_sell *request,
                                   struct bus_delivery *delivery)
{
    struct shop *shop = context;
    struct wired_sell_ok ok;
    struct wired_sold event = {.number = request->number, .at = {.x = 1, .y = 2}};

    if (shop->left == 0)
        return wired_sell_fail_sold_out(delivery);
    ok.left = --shop->left;
    if (wired_sold_publish(bus_delivery_bus(delivery), &event) != BUS_QUEUED)
        return BUS_FAULT;
    return wired_sell_return(delivery, &ok);
}

enum bus_verdict wired_seller_on_booked(void *context, const struct wired_booked *event,
                                        struct bus_delivery *delivery)
{
    struct shop *shop = context;

    (void)delivery;
    journal_add(&shop->seen, 1000 + event->number);
    return BUS_DONE;
}

enum bus_verdict wired_booker_book(void *context, const struct wired_book *request,
                                   struct bus_delivery *delivery)
{
    struct wired_booked event = {.number = request->number};

    (void)context;
    return wired_booked_publish(bus_delivery_bus(delivery), &event) == BUS_QUEUED ? BUS_DONE
                                                                                  : BUS_FAULT;
}

enum bus_verdict wired_booker_on_sold(void *context, const struct wired_sold *event,
                                      struct bus_delivery *delivery)
{
    struct wired_book request = {.number = event->number};
    struct wired_book_result result;

    journal_add(context, 2000 + event->number);
    return wired_book_execute(bus_delivery_bus(delivery), &request, &result) == BUS_ANSWERED
               ? BUS_DONE
               : BUS_FAULT;
}

enum bus_verdict wired_viewer_on_sold(void *context, const struct wired_sold *event,
                                      struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, 3000 + event->number + (event->at.y == 2 ? 0 : 9999));
    return BUS_DONE;
}

static void run_shop(const struct bus_options *options, bool polled)
{
    struct shop shop = {.left = 2, .seen = JOURNAL_INITIALIZER};
    struct journal booker = JOURNAL_INITIALIZER;
    struct wired_shop_contexts contexts = {.seller = &shop, .booker = &booker, .viewer = &booker};
    struct wired_sell_result result;
    struct bus *bus = NULL;

    assert_int_equal(wired_shop_open(&bus, options, &contexts), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK); /* every command has its handler */
    if (polled)
        poll_all(bus);
    for (uint64_t n = 1; n <= 3; n++) {
        assert_int_equal(wired_sell_execute(bus, &(struct wired_sell){.number = n}, &result),
                         BUS_ANSWERED);
        if (n <= 2) {
            assert_int_equal(result.answer, WIRED_SELL_OK);
            assert_int_equal(result.ok.left, 2 - n);
        } else {
            assert_int_equal(result.answer, WIRED_SELL_SOLD_OUT);
        }
        if (polled)
            poll_all(bus);
        else
            assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    }
    assert_non_null(strstr(result.run.handler, "seller"));
    assert_journal(&booker, (const uint64_t[]){2001, 3001, 2002, 3002}, 4);
    assert_journal(&shop.seen, (const uint64_t[]){1001, 1002}, 2);
    finish_bus(&bus);
}

static void program_runs(void **state)
{
    (void)state;
    run_shop(&(struct bus_options){.workers = 1}, false);
    run_shop(&(struct bus_options){.workers = 3}, false);
    run_shop(&(struct bus_options){.polled = true}, true);
    run_shop(NULL, false);
}

static enum bus_verdict on_sold_too(void *context, const struct wired_sold *event,
                                    struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

static enum bus_verdict on_book_too(void *context, const struct wired_book *request,
                                    struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, request->number);
    return BUS_DONE;
}

/* Run-time registrations join the constant ones; a session's handler comes before both. */
static void program_and_registrations(void **state)
{
    struct shop shop = {.left = 9, .seen = JOURNAL_INITIALIZER};
    struct journal booker = JOURNAL_INITIALIZER;
    struct journal extra = JOURNAL_INITIALIZER;
    struct wired_shop_contexts contexts = {.seller = &shop, .booker = &booker, .viewer = &booker};
    struct wired_sell_result result;
    struct wired_book_result booked;
    struct bus_handler_options scope = {0};
    struct bus_message_options options = {0};
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(wired_shop_open(&bus, &(struct bus_options){.polled = true}, &contexts),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_int_equal(wired_sold_subscribe(bus, on_sold_too, &extra, NULL), BUS_OK);
    assert_int_equal(wired_book_handle(bus, on_book_too, &extra, NULL), BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(wired_sell_execute(bus, &(struct wired_sell){.number = 5}, &result),
                     BUS_ANSWERED);
    poll_all(bus);
    assert_journal(&booker, (const uint64_t[]){2005, 3005}, 2);
    assert_journal_run(&extra, 5, 1);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    scope.session = options.session;
    assert_int_equal(wired_book_handle(bus, on_book_too, &extra, &scope), BUS_OK);
    assert_int_equal(
        wired_book_execute_with(bus, &(struct wired_book){.number = 6}, &options, &booked),
        BUS_ANSWERED);
    poll_all(bus);
    assert_journal_run(&extra, 5, 2);
    assert_int_equal(latch_count(&shop.seen.latch), 1);
    finish_bus(&bus);
}

/* Two programs at once, each with its own contexts. covers: E1 */
static void two_of_one_program(void **state)
{
    struct shop shops[2] = {{.left = 1, .seen = JOURNAL_INITIALIZER},
                            {.left = 5, .seen = JOURNAL_INITIALIZER}};
    struct journal booker = JOURNAL_INITIALIZER;
    struct bus *buses[2] = {NULL, NULL};
    struct wired_sell_result result;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct wired_shop_contexts contexts = {
            .seller = &shops[i], .booker = &booker, .viewer = &booker};

        assert_int_equal(wired_shop_open(&buses[i], NULL, &contexts), BUS_OK);
        assert_int_equal(bus_start(buses[i]), BUS_OK);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(wired_sell_execute(buses[i], &(struct wired_sell){.number = 1}, &result),
                         BUS_ANSWERED);
        assert_int_equal(result.ok.left, i == 0 ? 0 : 4);
        assert_int_equal(bus_wait_idle(buses[i], PATIENCE), BUS_OK);
    }
    for (int i = 0; i < 2; i++)
        finish_bus(&buses[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_runs),
        cmocka_unit_test(program_and_registrations),
        cmocka_unit_test(two_of_one_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
