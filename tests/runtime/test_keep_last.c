/*
 * Events of which the last of each key is kept: a newer one takes the place of the queued one, and
 * the account says so.
 *
 * covers: D9 I6
 */
#include "support.h"

#include <stdio.h>

#include <bus/dead_letters.h>

#include "pricing.h"

static void a_newer_one_replaces_the_queued_one(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){0});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    price(bus, 1, 1, BUS_QUEUED);
    price(bus, 2, 1, BUS_QUEUED);
    price(bus, 1, 2, BUS_QUEUED);
    price(bus, 1, 3, BUS_QUEUED);
    assert_int_equal(stats_of(bus).queue_size, 2);
    assert_int_equal(account(bus).accepted, 4);
    assert_int_equal(account(bus).replaced, 2);
    assert_int_equal(account(bus).held, 2);
    assert_balanced(bus);
    assert_int_equal(poll_all(bus), 2);
    assert_journal(&journal, (uint64_t[]){1003, 2001}, 2); /* at the place of the older one */
    price(bus, 1, 4, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1003, 2001, 1004}, 3);
    assert_int_equal(account(bus).processed, 3);
    assert_int_equal(account(bus).replaced, 2);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void many_keys_at_once(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){.pool_bytes = 32 << 20});
    uint32_t accepted = 0;
    struct prices_priced *all = calloc(3000, sizeof *all);

    (void)state;
    assert_non_null(all);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t i = 0; i < 3000; i++)
        all[i] = (struct prices_priced){.sku = i % 1000 + 1, .price = i / 1000};
    assert_int_equal(prices_priced_publish_many(bus, all, 3000, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 3000);
    assert_int_equal(account(bus).replaced, 2000);
    assert_int_equal(poll_all(bus), 1000);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(journal.entries[i], (i + 1) * 1000 + 2);
    free(all);
    finish_bus(&bus);
}

/* One that runs is not queued any more. */
static enum bus_verdict on_priced_again(void *context, const struct prices_priced *event,
                                        struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);

    journal_add(context, event->price);
    for (uint64_t i = 1; event->price < 4 && i <= 2; i++)
        bus_ignore(prices_priced_publish(
            bus, &(struct prices_priced){.sku = event->sku, .price = event->price + i}));
    return BUS_DONE;
}

static void one_that_runs_is_not_replaced(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(prices_priced_subscribe(bus, on_priced_again, &journal, NULL), BUS_OK);
    price(bus, 7, 0, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){0, 2, 4}, 3);
    assert_int_equal(account(bus).replaced, 2);
    finish_bus(&bus);
}

static void a_full_lane_takes_what_replaces(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){.capacity[BUS_NORMAL] = 2});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    price(bus, 1, 1, BUS_QUEUED);
    price(bus, 2, 1, BUS_QUEUED);
    price(bus, 3, 1, BUS_REJECTED);
    price(bus, 2, 2, BUS_QUEUED);
    price(bus, 1, 2, BUS_QUEUED);
    assert_int_equal(account(bus).rejected, 1);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1002, 2002}, 2);
    price(bus, 3, 2, BUS_QUEUED);
    assert_int_equal(stats_of(bus).queue_size, 1);
    finish_bus(&bus);
}

static void a_full_pool_is_full(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){.pool_bytes = 1});
    uint64_t sku = 0;
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    do
        outcome = prices_priced_publish(bus, &(struct prices_priced){.sku = ++sku});
    while (outcome == BUS_QUEUED && sku < 10000);
    assert_int_equal(outcome, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "pool_bytes"));
    assert_balanced(bus);
    assert_int_equal(poll_all(bus), sku - 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_named(void *context, const struct prices_named *event,
                                 struct bus_delivery *delivery)
{
    char expected[4001];

    (void)delivery;
    memset(expected, (int)('a' + event->price), 4000);
    expected[4000] = '\0';
    journal_add(context, strcmp(event->text.data, expected) == 0 ? event->price : UINT64_MAX);
    return BUS_DONE;
}

/* Larger than a cell, the largest of its bus, with an extension; keys are texts. */
static void large_messages_and_keys_of_text(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .schema = &prices_schema});
    const struct bus_message_options options = {.deadline_ns = 100 * BUS_SECOND};
    char text[4000];

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(prices_named_subscribe(bus, on_named, &journal, NULL), BUS_OK);
    for (uint64_t i = 0; i < 20; i++) {
        memset(text, (int)('a' + i), sizeof text);
        assert_int_equal(prices_named_publish_with(
                             bus,
                             &(struct prices_named){.name = bus_cstr(i % 2 != 0 ? "odd" : "even"),
                                                    .price = i,
                                                    .text = {text, sizeof text}},
                             &options),
                         BUS_QUEUED);
    }
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){18, 19}, 2);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_priced_envelope(void *context, const struct prices_priced *event,
                                           struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    (void)event;
    bus_delivery_envelope(delivery, &envelope);
    journal_add(context, envelope.correlation.low);
    journal_add(context, envelope.session.index);
    return BUS_DONE;
}

static void its_envelope_is_that_of_the_newest(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_polled();
    struct bus_session session;

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(prices_priced_subscribe(bus, on_priced_envelope, &journal, NULL), BUS_OK);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(prices_priced_publish_with(
                             bus, &(struct prices_priced){.sku = 1},
                             &(struct bus_message_options){
                                 .correlation = {0, i},
                                 .session = i == 3 ? session : (struct bus_session){0, 0}}),
                         BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){3, session.index}, 2);
    finish_bus(&bus);
}

/* Fails the first time. */
static enum bus_verdict on_priced_retry(void *context, const struct prices_priced *event,
                                        struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    journal_add(context, event->price * 10 + envelope.attempt);
    return envelope.attempt == 1 ? BUS_RETRY : BUS_DONE;
}

/* What was dispatched is not replaced: not what waits for its retry, nor what waits elsewhere. */
static void what_waits_for_a_retry_is_not_replaced(void **state)
{
    const struct bus_policy_override override = {&prices_priced_type,
                                                 {.retries = 1, .jitter = BUS_JITTER_NONE}};
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(prices_priced_subscribe(bus, on_priced_retry, &journal, NULL), BUS_OK);
    price(bus, 1, 1, BUS_QUEUED);
    (void)poll_all(bus);
    price(bus, 1, 2, BUS_QUEUED);
    assert_int_equal(account(bus).replaced, 0);
    assert_int_equal(account(bus).held, 2);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){11, 12, 21, 22}, 4);
    assert_int_equal(account(bus).processed, 2);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_priced_odd(void *context, const struct prices_priced *event,
                                      struct bus_delivery *delivery)
{
    _Atomic bool *broken = context;

    (void)event;
    (void)delivery;
    return *broken ? BUS_REJECT : BUS_DONE;
}

/* A letter that runs again is older than what is queued: neither replaces the other. */
static void a_replay_replaces_nothing(void **state)
{
    _Atomic bool broken = true;
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(prices_priced_subscribe(bus, on_priced_odd, (void *)&broken, NULL), BUS_OK);
    price(bus, 1, 1, BUS_QUEUED);
    (void)poll_all(bus);
    broken = false;
    price(bus, 1, 2, BUS_QUEUED);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    price(bus, 1, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(account(bus).accepted, 4);
    assert_int_equal(account(bus).replaced, 1);
    assert_int_equal(account(bus).processed, 2);
    assert_int_equal(account(bus).failed, 1);
    finish_bus(&bus);
}

static enum bus_verdict on_spilled(void *context, const struct prices_spilled *event,
                                   struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->sku * 1000 + event->price);
    return BUS_DONE;
}

static void without_room_it_may_become_a_letter(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .capacity[BUS_NORMAL] = 1});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(prices_spilled_subscribe(bus, on_spilled, &journal, NULL), BUS_OK);
    for (uint64_t sku = 1; sku <= 2; sku++)
        for (uint64_t n = 1; n <= 2; n++)
            assert_int_equal(
                prices_spilled_publish(bus, &(struct prices_spilled){.sku = sku, .price = n}),
                sku == 1 ? BUS_QUEUED : BUS_DEAD_LETTERED);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 2);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1002}, 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* ---- start and stop ---- */

/* Of several workers, without a home: each key goes to its own. */
static void before_start_too(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.workers = 3});
    uint64_t sum = 0;

    (void)state;
    assert_int_equal(prices_priced_subscribe(bus, on_priced, &journal,
                                             &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        for (uint64_t sku = 1; sku <= 20; sku++)
            price(bus, sku, n, BUS_BUFFERED);
    assert_int_equal(account(bus).replaced, 40);
    assert_int_equal(account(bus).held, 20);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t sku = 1; sku <= 20; sku++)
        price(bus, sku, 4, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    for (uint64_t i = 0; i < latch_count(&journal.latch); i++)
        sum += journal.entries[i] % 1000 == 4;
    assert_int_equal(sum, 20);
    assert_int_equal(account(bus).accepted, 80);
    finish_bus(&bus);
}

static void see_left(void *context, const struct bus_message_type *type,
                     const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    uint64_t scratch[PRICES_PRICED_SCRATCH_MAX / 8 + 8];
    struct prices_priced event;

    (void)envelope;
    if (type == &prices_priced_type &&
        prices_priced_decode(bytes, size, &event, scratch, sizeof scratch) == BUS_OK)
        journal_add(context, event.sku * 1000 + event.price);
}

static void what_stop_leaves_is_the_newest(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER, left_ones = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){0});
    struct bus_left left;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        for (uint64_t sku = 1; sku <= 2; sku++)
            price(bus, sku, n, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 2);
    assert_int_equal(bus_left_each(bus, see_left, &left_ones), 2);
    assert_journal(&left_ones, (uint64_t[]){1003, 2003}, 2);
    assert_int_equal(account(bus).left, 2);
    assert_int_equal(account(bus).replaced, 4);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void what_cannot_be_is_refused(void **state)
{
    const struct bus_policy_override override = {&prices_priced_type, {.ordered = true}};
    struct bus_message_type type = prices_priced_type;
    struct bus *bus = open_polled(), *other = NULL;
    struct bus_claim claim;

    (void)state;
    assert_int_equal(bus_claim_message(bus, &prices_priced_type, &(struct prices_priced){.sku = 1},
                                       NULL, &claim),
                     BUS_INVALID);
    assert_int_equal(bus_claim_commit(&claim), BUS_INVALID);
    bus_claim_abort(&claim);
    type.key = NULL;
    assert_int_equal(bus_publish_message(bus, &type, &(struct prices_priced){.sku = 1}, NULL),
                     BUS_INVALID);
    assert_int_equal(bus_open(&other, &(struct bus_options){.polled = true,
                                                            .schema = &prices_schema,
                                                            .policies = &override,
                                                            .policy_count = 1}),
                     BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "prices.priced"));
    assert_null(other);
    finish_bus(&bus);
}

static void without_memory_for_its_table_there_is_no_bus(void **state)
{
    struct bus *bus = NULL;
    bool done = false;

    (void)state;
    for (uint64_t nth = 1; !done && nth < 200; nth++) {
        failing_arm(nth, false);
        done = bus_open(&bus, &(struct bus_options){.polled = true,
                                                    .schema = &prices_schema,
                                                    .os = failing_os()}) == BUS_OK;
        if (!done)
            assert_int_equal(failing_outstanding(), 0);
    }
    failing_arm(0, false);
    assert_true(done);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- threads ---- */

enum { PUBLISHERS = 3, EACH = 20000, SKUS = 7 };

struct market {
    struct bus *bus;
    _Atomic uint64_t seen[PUBLISHERS][SKUS]; /* price of the newest, 0: none */
    _Atomic uint64_t backwards;
    _Atomic uint64_t refused;
    _Atomic bool over;
};

struct trader {
    struct market *market;
    uint32_t self;
};

static enum bus_verdict on_market(void *context, const struct prices_priced *event,
                                  struct bus_delivery *delivery)
{
    struct market *market = context;
    _Atomic uint64_t *seen = &market->seen[event->by][event->sku];

    (void)delivery;
    market->backwards += event->price <= *seen;
    *seen = event->price;
    return BUS_DONE;
}

static void *trade(void *argument)
{
    const struct trader *trader = argument;

    for (uint64_t n = 1; n <= EACH; n++)
        while (prices_priced_publish(
                   trader->market->bus,
                   &(struct prices_priced){.sku = n % SKUS, .price = n, .by = trader->self}) !=
               BUS_QUEUED)
            trader->market->refused++;
    return NULL;
}

static void check_balance(void *context, const struct bus_message_type *type,
                          const struct bus_account *account)
{
    struct market *market = context;

    (void)type;
    market->backwards += !bus_account_balances(account);
}

static void *audit_on(void *argument)
{
    struct market *market = argument;

    while (!market->over)
        (void)bus_audit(market->bus, PATIENCE, check_balance, market);
    return NULL;
}

/* The last price of each key is seen, no publisher's older one after its newer one. */
static void under_many_publishers(void **state)
{
    static struct market market;
    struct trader traders[PUBLISHERS];
    pthread_t threads[PUBLISHERS], auditing;
    uint64_t last[SKUS] = {0};

    (void)state;
    market.bus = open_bus(&(struct bus_options){.workers = 2});
    assert_int_equal(bus_start(market.bus), BUS_OK);
    assert_int_equal(prices_priced_subscribe(market.bus, on_market, &market,
                                             &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    auditing = spawn(audit_on, &market);
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        traders[i] = (struct trader){&market, i};
        threads[i] = spawn(trade, &traders[i]);
    }
    for (uint32_t i = 0; i < PUBLISHERS; i++)
        reap(threads[i]);
    market.over = true;
    reap(auditing);
    assert_int_equal(bus_wait_idle(market.bus, PATIENCE), BUS_OK);
    assert_int_equal(market.backwards, 0);
    assert_int_equal(account(market.bus).accepted, PUBLISHERS * EACH);
    assert_int_equal(account(market.bus).processed + account(market.bus).replaced,
                     PUBLISHERS * EACH);
    for (uint64_t n = 1; n <= EACH; n++)
        last[n % SKUS] = n;
    for (uint32_t sku = 0; sku < SKUS; sku++) {
        uint32_t found = 0;

        for (uint32_t i = 0; i < PUBLISHERS; i++)
            found += market.seen[i][sku] == last[sku];
        assert_true(found > 0);
    }
    assert_int_equal(stats_of(market.bus).pool_bytes_used, 0);
    finish_bus(&market.bus);
}

static enum bus_verdict on_waited(void *context, const struct prices_waited *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->price);
    return BUS_DONE;
}

static void *wait_for_room(void *argument)
{
    for (uint64_t n = 1; n <= 2000; n++)
        if (prices_waited_publish(argument, &(struct prices_waited){.sku = n, .price = n}) !=
            BUS_QUEUED)
            return argument;
    return NULL;
}

/* Publishers that wait for room are woken, whatever they find then. */
static void those_that_wait_for_room_get_it(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .capacity[BUS_NORMAL] = 2});
    pthread_t threads[2];
    struct bus_account all;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(prices_waited_subscribe(bus, on_waited, &journal, NULL), BUS_OK);
    for (uint32_t i = 0; i < 2; i++)
        threads[i] = spawn(wait_for_room, bus);
    for (uint32_t i = 0; i < 2; i++) {
        void *failed = NULL;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    all = account_of(bus, &prices_waited_type);
    assert_int_equal(all.accepted, 4000);
    assert_int_equal(all.processed + all.replaced, 4000);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_one_replaces_the_queued_one),
        cmocka_unit_test(many_keys_at_once),
        cmocka_unit_test(one_that_runs_is_not_replaced),
        cmocka_unit_test(a_full_lane_takes_what_replaces),
        cmocka_unit_test(a_full_pool_is_full),
        cmocka_unit_test(large_messages_and_keys_of_text),
        cmocka_unit_test(its_envelope_is_that_of_the_newest),
        cmocka_unit_test(what_waits_for_a_retry_is_not_replaced),
        cmocka_unit_test(a_replay_replaces_nothing),
        cmocka_unit_test(without_room_it_may_become_a_letter),
        cmocka_unit_test(before_start_too),
        cmocka_unit_test(what_stop_leaves_is_the_newest),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(without_memory_for_its_table_there_is_no_bus),
        cmocka_unit_test(under_many_publishers),
        cmocka_unit_test(those_that_wait_for_room_get_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
