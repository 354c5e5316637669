/*
 * Zero-copy publish: a slot of the lane in the publisher's hands.
 * covers: C7, P10
 */
#include "support.h"

struct bulk_seen {
    struct journal journal;
    uint32_t size;
    uint8_t first;
    uint8_t last;
};

static enum bus_verdict on_bulk(void *context, const struct probe_bulked *event,
                                struct bus_delivery *delivery)
{
    struct bulk_seen *seen = context;

    (void)delivery;
    seen->size = event->data.size;
    if (event->data.size > 0) {
        seen->first = event->data.data[0];
        seen->last = event->data.data[event->data.size - 1];
    }
    journal_add(&seen->journal, event->number);
    return BUS_DONE;
}

/* By value in the cell and by reference in the pool. */
static void claim_fill_commit(void **state)
{
    struct bus *bus = open_polled();
    struct bulk_seen seen = {.journal = JOURNAL_INITIALIZER};
    const uint32_t sizes[] = {1, 16, 100, 1000, 6000};

    (void)state;
    assert_int_equal(probe_bulked_subscribe(bus, on_bulk, &seen, NULL), BUS_OK);
    for (uint64_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct probe_bulked shape = {.number = i, .data = {NULL, sizes[i]}};
        struct bus_claim claim;
        uint32_t size = 0;
        uint8_t *data;

        assert_int_equal(probe_bulked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
        assert_int_equal(account_of(bus, &probe_bulked_type).accepted, i);
        data = probe_bulked_claim_data(&claim, &size);
        assert_non_null(data);
        assert_int_equal(size, sizes[i]);
        memset(data, (int)i + 1, size);
        data[size - 1] = 0xee;
        assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
        assert_int_equal(account_of(bus, &probe_bulked_type).accepted, i + 1);
        assert_int_equal(poll_all(bus), 1);
        assert_int_equal(seen.size, sizes[i]);
        assert_int_equal(seen.last, 0xee);
        if (sizes[i] > 1)
            assert_int_equal(seen.first, i + 1);
    }
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_filled_claim(void *context, const struct probe_filled *event,
                                        struct bus_delivery *delivery)
{
    bool *right = context;

    (void)delivery;
    *right = event->number == 5 && bus_string_equal(event->name, bus_cstr("given")) &&
             event->totals.size == 3 && event->totals.data[2] == 7 && event->data.size == 2 &&
             event->data.data[1] == 8 && event->items.size == 1 && event->items.data[0].count == 6;
    return BUS_DONE;
}

/* Slices with data are copied, those with NULL and a size are reserved. */
static void shape_mixes_given_and_reserved(void **state)
{
    struct bus *bus = open_polled();
    struct probe_item item = {.name = bus_cstr("i"), .count = 6};
    struct probe_filled shape;
    struct bus_claim claim;
    uint32_t size;
    uint32_t *totals;
    bool right = false;

    (void)state;
    assert_int_equal(probe_filled_subscribe(bus, on_filled_claim, &right, NULL), BUS_OK);
    probe_filled_init(&shape);
    shape.number = 5;
    shape.name = bus_cstr("given");
    shape.items = (struct probe_item_slice){&item, 1};
    shape.totals = (struct bus_slice_u32){NULL, 3};
    shape.data = (struct bus_bytes){NULL, 2};
    assert_int_equal(probe_filled_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    totals = probe_filled_claim_totals(&claim, &size);
    assert_int_equal(size, 3);
    assert_int_equal(totals[0], 0);
    totals[2] = 7;
    probe_filled_claim_data(&claim, &size)[1] = 8;
    assert_int_equal(size, 2);
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    poll_all(bus);
    assert_true(right);
    finish_bus(&bus);
}

static void abort_gives_the_slot_back(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .capacity = {4, 4, 4, 4, 4}});
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim claims[4];
    struct bus_claim extra;
    struct probe_ticked shape = {.number = 1};
    struct bus_account account;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claims[i]), BUS_QUEUED);
        assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &extra), BUS_REJECTED);
        assert_null(extra.bus);
        tick(bus, 2, BUS_REJECTED); /* a claim takes a place */
        for (int i = 0; i < 4; i++)
            bus_claim_abort(&claims[i]);
        poll_all(bus);
    }
    assert_int_equal(latch_count(&journal.latch), 0);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 0);
    assert_true(bus_account_balances(&account));
    for (uint64_t n = 1; n <= 4; n++)
        tick(bus, n, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&journal, 1, 4);
    finish_bus(&bus);
}

static void claim_is_used_once(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim claim = {0};
    struct probe_ticked shape = {.number = 1};
    uint32_t size;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_claim_commit(&claim), BUS_INVALID);
    bus_claim_abort(&claim);
    bus_claim_abort(NULL);
    assert_int_equal(bus_claim_commit(NULL), BUS_INVALID);
    assert_null(bus_claim_field(&claim, 1, &size));
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    assert_int_equal(bus_claim_commit(&claim), BUS_INVALID);
    bus_claim_abort(&claim);
    poll_all(bus);
    assert_int_equal(latch_count(&journal.latch), 1);
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    bus_claim_abort(&claim);
    bus_claim_abort(&claim);
    assert_int_equal(bus_claim_commit(&claim), BUS_INVALID);
    poll_all(bus);
    assert_int_equal(latch_count(&journal.latch), 1);
    finish_bus(&bus);
}

static void order_is_that_of_the_claims(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim first;
    struct bus_claim third;
    struct probe_ticked shape = {.number = 1};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &first), BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    shape.number = 3;
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &third), BUS_QUEUED);
    tick(bus, 4, BUS_QUEUED);
    assert_int_equal(bus_claim_commit(&third), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 0); /* the first one is awaited */
    assert_int_equal(bus_claim_commit(&first), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 4);
    assert_journal_run(&journal, 1, 4);
    finish_bus(&bus);
}

/* Nothing is freed under an open claim. */
static void open_claim_keeps_the_bus(void **state)
{
    struct bus *bus = open_polled();
    struct bus_claim claim;
    struct probe_ticked shape = {.number = 1};

    (void)state;
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    assert_non_null(bus);
    bus_claim_abort(&claim);
    assert_int_equal(bus_close(&bus), BUS_OK);

    bus = open_workers(1);
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    (void)bus_stop(bus, 10 * BUS_MILLISECOND, NULL);
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    (void)bus_claim_commit(&claim); /* into a stopped bus: left or closed, never lost silently */
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    (void)type;
    (void)envelope;
    (void)bytes;
    (void)size;
    ++*(uint32_t *)context;
}

/* A claim that is open when the bus stops: what waits behind it is left, the claim is not. */
static void messages_behind_a_claim_are_left(void **state)
{
    struct bus *bus = open_workers(1);
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim claim;
    struct bus_left left;
    struct probe_ticked shape = {.number = 1};
    uint32_t count = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 20 * BUS_MILLISECOND, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 2);
    bus_claim_abort(&claim);
    assert_int_equal(bus_left_each(bus, count_left, &count), 2);
    assert_int_equal(count, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).left, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 2);
    assert_int_equal(latch_count(&journal.latch), 0);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void *abort_it(void *argument)
{
    bus_claim_abort(argument);
    return NULL;
}

/* A claim belongs to the thread that made it. */
static void foreign_thread_cannot_end_a_claim(void **state)
{
    struct bus *bus = open_polled();
    struct bus_claim claim;
    struct probe_ticked shape = {.number = 1};

    (void)state;
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
    reap(spawn(abort_it, &claim));
    assert_ptr_equal(claim.bus, bus);
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    finish_bus(&bus);
}

static void claim_before_start(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2});
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim claim;
    struct bus_claim late;
    struct probe_ticked shape = {.number = 1};
    enum bus_status status;
    enum bus_outcome outcome;
    uint64_t expected = 2;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &claim), BUS_BUFFERED);
    tick(bus, 2, BUS_BUFFERED);
    assert_int_equal(bus_claim_commit(&claim), BUS_BUFFERED);
    /* One that is still open at start: start says no, or the claim survives it. */
    shape.number = 3;
    assert_int_equal(probe_ticked_claim(bus, &shape, NULL, &late), BUS_BUFFERED);
    status = bus_start(bus);
    outcome = bus_claim_commit(&late);
    if (status != BUS_OK) {
        assert_int_equal(status, BUS_ERR_BUSY);
        assert_int_equal(bus_start(bus), BUS_OK);
    }
    if (bus_accepted(outcome))
        expected++;
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal_run(&journal, 1, expected);
    finish_bus(&bus);
}

/* The claim of a message that drops the oldest. */
static void claim_in_a_dropping_lane(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .capacity = {4, 4, 4, 4, 4}});
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_claim claim;
    enum bus_outcome outcome;
    struct bus_account account;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_shed_subscribe(bus, on_shed, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 12; n++) {
        struct probe_shed shape = {.number = n};

        outcome = probe_shed_claim(bus, &shape, NULL, &claim);
        assert_int_equal(outcome, n <= 4 ? BUS_QUEUED : BUS_QUEUED_DROPPED);
        assert_true(bus_accepted(bus_claim_commit(&claim)));
    }
    account = account_of(bus, &probe_shed_type);
    assert_int_equal(account.accepted, 12);
    assert_int_equal(account.dropped, 8);
    poll_all(bus);
    assert_journal_run(&journal, 9, 4);
    finish_bus(&bus);
}

/* A shape out of bounds gives no claim. */
static void bad_shapes_are_refused(void **state)
{
    struct bus *bus = open_polled();
    struct probe_bulked shape = {.number = 1, .data = {NULL, 6001}};
    struct bus_claim claim;

    (void)state;
    memset(&claim, 0xee, sizeof claim);
    assert_int_equal(probe_bulked_claim(bus, &shape, NULL, &claim), BUS_INVALID);
    assert_null(claim.bus);
    assert_non_null(strstr(bus_last_error(), "data"));
    assert_int_equal(probe_bulked_claim(bus, NULL, NULL, &claim), BUS_INVALID);
    assert_int_equal(probe_bulked_claim(NULL, &shape, NULL, &claim), BUS_INVALID);
    shape.data.size = 10;
    assert_int_equal(probe_bulked_claim(bus, &shape, NULL, NULL), BUS_INVALID);
    assert_int_equal(poll_all(bus), 0);
    finish_bus(&bus);
}

static void *abort_elsewhere(void *argument)
{
    struct bus *bus = argument;
    uint64_t state = 42;

    for (int i = 0; i < 2000; i++) {
        struct probe_bulked shape = {.number = (uint64_t)i,
                                     .data = {NULL, (uint32_t)(chance(&state) % 2000)}};
        struct bus_claim claim;
        enum bus_outcome outcome = probe_bulked_claim(bus, &shape, NULL, &claim);

        if (outcome != BUS_QUEUED)
            continue;
        if (chance(&state) % 3 == 0)
            bus_claim_abort(&claim);
        else
            bus_ignore(bus_claim_commit(&claim));
    }
    return NULL;
}

/* Claims, commits and aborts of several threads against a worker. */
static void claims_of_many_threads(void **state)
{
    struct bus *bus = open_workers(2);
    struct bulk_seen seen = {.journal = JOURNAL_INITIALIZER};
    pthread_t threads[3];
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_bulked_subscribe(bus, on_bulk, &seen, NULL), BUS_OK);
    for (int i = 0; i < 3; i++)
        threads[i] = spawn(abort_elsewhere, bus);
    for (int i = 0; i < 3; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    account = account_of(bus, &probe_bulked_type);
    assert_true(account.accepted > 1000);
    assert_int_equal(account.processed, account.accepted);
    assert_int_equal(latch_count(&seen.journal.latch), account.accepted);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claim_fill_commit),
        cmocka_unit_test(shape_mixes_given_and_reserved),
        cmocka_unit_test(abort_gives_the_slot_back),
        cmocka_unit_test(claim_is_used_once),
        cmocka_unit_test(order_is_that_of_the_claims),
        cmocka_unit_test(open_claim_keeps_the_bus),
        cmocka_unit_test(messages_behind_a_claim_are_left),
        cmocka_unit_test(foreign_thread_cannot_end_a_claim),
        cmocka_unit_test(claim_before_start),
        cmocka_unit_test(claim_in_a_dropping_lane),
        cmocka_unit_test(bad_shapes_are_refused),
        cmocka_unit_test(claims_of_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
