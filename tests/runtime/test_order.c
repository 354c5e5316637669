/*
 * Who comes first: lanes, handler orders, keys.
 * covers: D1, D3, D5, D7, E2
 */
#include "support.h"

/* ---- lanes ---- */

struct in_order {
    struct journal journal;
    enum bus_outcome outcome;
};

/* Strict: the higher lanes are looked at before each message. The known mistake: priorities upside
 * down, so that what is least urgent comes first. covers: D1 */
static enum bus_verdict on_lazed_alarm(void *context, const struct probe_lazed *event,
                                       struct bus_delivery *delivery)
{
    struct in_order *in_order = context;

    journal_add(&in_order->journal, event->number);
    if (event->number == 301)
        in_order->outcome =
            probe_alarmed_publish(bus_delivery_bus(delivery), &(struct probe_alarmed){.number = 9});
    return BUS_DONE;
}

static void lanes_are_strict(void **state)
{
    struct bus *bus = open_polled();
    struct in_order in_order = {JOURNAL_INITIALIZER, BUS_INVALID};
    struct journal *journal = &in_order.journal;
    const uint64_t expected[] = {1, 2, 101, 102, 201, 202, 301, 9, 302, 401, 402};

    (void)state;
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, journal, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, on_urged, journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, NULL), BUS_OK);
    assert_int_equal(probe_lazed_subscribe(bus, on_lazed_alarm, &in_order, NULL), BUS_OK);
    assert_int_equal(probe_idled_subscribe(bus, on_idled, journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 2; n++) {
        assert_int_equal(probe_idled_publish(bus, &(struct probe_idled){.number = 400 + n}),
                         BUS_QUEUED);
        assert_int_equal(probe_lazed_publish(bus, &(struct probe_lazed){.number = 300 + n}),
                         BUS_QUEUED);
        tick(bus, 200 + n, BUS_QUEUED);
        assert_int_equal(probe_urged_publish(bus, &(struct probe_urged){.number = 100 + n}),
                         BUS_QUEUED);
        assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = n}),
                         BUS_QUEUED);
    }
    poll_all(bus);
    assert_journal(journal, expected, sizeof expected / sizeof expected[0]);
    finish_bus(&bus);
}

/* The same with a thread: what is critical overtakes what is queued. covers: D1 */
static void critical_overtakes_on_a_worker(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_session none = {0, 0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(probe_idled_subscribe(bus, on_idled, &journal, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    for (uint64_t n = 1; n <= 3; n++)
        assert_int_equal(probe_idled_publish(bus, &(struct probe_idled){.number = 10 + n}),
                         BUS_QUEUED);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal(&journal, (const uint64_t[]){1, 11, 12, 13}, 4);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_hold, &hold, none), BUS_OK);
    finish_bus(&bus);
}

struct in_between {
    struct hold hold;     /* first member */
    _Atomic uint64_t ran; /* before the one that drops the oldest */
    struct latch seen;
};

static enum bus_verdict on_shed_in_between(void *context, const struct probe_shed *event,
                                           struct bus_delivery *delivery)
{
    struct in_between *in_between = context;

    (void)event;
    (void)delivery;
    atomic_store(&in_between->ran, atomic_load(&in_between->hold.runs));
    latch_add(&in_between->seen, 1);
    return BUS_DONE;
}

/* A worker is in the middle of many messages when the first type comes that drops the oldest: they
 * take turns from then on. covers: D1 */
static void first_drop_ring_is_seen_at_once(void **state)
{
    struct bus *bus = open_workers(1);
    struct in_between in_between = {HOLD_INITIALIZER, 0, LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &in_between.hold, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 100; n++)
        tick(bus, n, BUS_QUEUED);
    assert_true(latch_wait(&in_between.hold.entered, 1));
    assert_int_equal(probe_shed_subscribe(bus, on_shed_in_between, &in_between, NULL), BUS_OK);
    assert_int_equal(probe_shed_publish(bus, &(struct probe_shed){.number = 1}), BUS_QUEUED);
    latch_add(&in_between.hold.let_go, 100);
    assert_true(latch_wait(&in_between.seen, 1));
    assert_true(atomic_load(&in_between.ran) <= 3);
    finish_bus(&bus);
}

/* ---- handlers of one message ---- */

struct ranked {
    struct journal *journal;
    uint64_t tag;
};

static enum bus_verdict on_ticked_ranked(void *context, const struct probe_ticked *event,
                                         struct bus_delivery *delivery)
{
    struct ranked *ranked = context;

    (void)event;
    (void)delivery;
    journal_add(ranked->journal, ranked->tag);
    return BUS_DONE;
}

/* covers: D3, E2 */
static void handlers_run_in_their_order(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct ranked ranked[12];
    struct bus_session session;
    struct bus_session other;
    struct bus_handler_options options = {.has_order = true};
    struct bus_message_options in_session = {0};
    /* tag = order * 10 + (0 session, 1 bus); registered from the last to the first */
    const uint64_t with_session[] = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
    const uint64_t without[] = {1, 11, 21, 31, 41};

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(bus_session_open(bus, &other), BUS_OK);
    for (uint32_t order = 5; order-- > 0;) {
        options.order = (enum bus_order)order;
        options.session = (struct bus_session){0, 0};
        ranked[order] = (struct ranked){&journal, order * 10 + 1};
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked_ranked, &ranked[order], &options),
                         BUS_OK);
        options.session = session;
        ranked[5 + order] = (struct ranked){&journal, order * 10};
        assert_int_equal(
            probe_ticked_subscribe(bus, on_ticked_ranked, &ranked[5 + order], &options), BUS_OK);
    }
    in_session.session = session;
    assert_int_equal(
        probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &in_session),
        BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, with_session, 10);
    journal.latch.count = 0;
    in_session.session = other;
    assert_int_equal(
        probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &in_session),
        BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, without, 5);
    journal.latch.count = 0;
    tick(bus, 1, BUS_QUEUED); /* the default session */
    poll_all(bus);
    assert_journal(&journal, without, 5);
    finish_bus(&bus);
}

/* ---- parallel groups ---- */

struct group {
    struct latch together; /* how many of the group are in their handler */
    struct journal *journal;
    uint64_t size;
    _Atomic uint64_t met;
    _Atomic uint64_t distinct;
    const void *shared;
};

static enum bus_verdict on_keyed_parallel(void *context, const struct probe_keyed *event,
                                          struct bus_delivery *delivery)
{
    struct group *group = context;

    (void)event;
    (void)delivery;
    latch_add(&group->together, 1);
    if (latch_wait_for(&group->together, group->size, 20 * BUS_SECOND))
        atomic_fetch_add(&group->met, 1);
    journal_add(group->journal, 1);
    return BUS_DONE;
}

static enum bus_verdict on_keyed_after(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    journal_add(context, 2);
    return BUS_DONE;
}

/* Two contexts of one handler, at the same time, on two workers; the next group waits for both.
 * covers: D3 */
static void parallel_group_runs_at_once(void **state)
{
    struct bus *bus = open_workers(2);
    struct journal journal = JOURNAL_INITIALIZER;
    struct group group = {.together = LATCH_INITIALIZER, .journal = &journal, .size = 2};
    struct bus_handler_options parallel = {
        .has_order = true, .order = BUS_ORDER_HIGH, .concurrent = true, .parallel = true};
    struct bus_handler_options after = {
        .has_order = true, .order = BUS_ORDER_LOW, .concurrent = true};
    struct group *twin = &group;

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_parallel, &group, &parallel), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_parallel, twin, &parallel),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_after, &journal, &after), BUS_OK);
    group.size = 1; /* alone */
    assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = 1}), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&group.met), 1);
    assert_journal(&journal, (const uint64_t[]){1, 2}, 2);
    finish_bus(&bus);
}

struct member {
    struct group *group;
};

static enum bus_verdict on_keyed_member(void *context, const struct probe_keyed *event,
                                        struct bus_delivery *delivery)
{
    struct member *member = context;

    return on_keyed_parallel(member->group, event, delivery);
}

static void parallel_members_meet(void **state)
{
    struct bus *bus = open_workers(3);
    struct journal journal = JOURNAL_INITIALIZER;
    struct group group = {.together = LATCH_INITIALIZER, .journal = &journal};
    struct member members[3] = {{&group}, {&group}, {&group}};
    struct bus_handler_options parallel = {
        .has_order = true, .order = BUS_ORDER_HIGH, .concurrent = true, .parallel = true};
    struct bus_handler_options after = {
        .has_order = true, .order = BUS_ORDER_LOW, .concurrent = true};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_keyed_subscribe(bus, on_keyed_member, &members[i], &parallel),
                         BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_after, &journal, &after), BUS_OK);
    for (uint64_t round = 1; round <= 20; round++) {
        group.size = round * 3; /* the third arrival lets all go */
        assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = round}), BUS_QUEUED);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(atomic_load(&group.met), round * 3);
        for (uint64_t i = 0; i < 4; i++)
            assert_int_equal(journal.entries[(round - 1) * 4 + i], i < 3 ? 1 : 2);
    }
    finish_bus(&bus);
}

/* On a polled bus a parallel group runs one after another. covers: D3 */
static void parallel_group_without_threads(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct group group = {.together = LATCH_INITIALIZER, .journal = &journal, .size = 0};
    struct member members[2] = {{&group}, {&group}};
    struct bus_handler_options parallel = {.concurrent = true, .parallel = true};

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(probe_keyed_subscribe(bus, on_keyed_member, &members[i], &parallel),
                         BUS_OK);
    assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = 1}), BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){1, 1}, 2);
    finish_bus(&bus);
}

/* ---- keys ---- */

enum { KEYS = 37, PER_KEY = 200 };

struct keyed_order {
    _Atomic uint64_t next[KEYS];
    _Atomic uint64_t out_of_order;
    _Atomic uint64_t calls;
    _Atomic uint64_t moved; /* a key seen on a second thread */
    _Atomic uintptr_t thread[KEYS];
};

static void see_key(struct keyed_order *order, uint64_t key, uint64_t number)
{
    uintptr_t self = (uintptr_t)pthread_self();
    uintptr_t before = 0;

    if (atomic_load(&order->next[key]) != number)
        atomic_fetch_add(&order->out_of_order, 1);
    atomic_store(&order->next[key], number + 1);
    if (!atomic_compare_exchange_strong(&order->thread[key], &before, self) && before != self)
        atomic_fetch_add(&order->moved, 1);
    atomic_fetch_add(&order->calls, 1);
}

static enum bus_verdict on_keyed_order(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    (void)delivery;
    see_key(context, event->id % KEYS, event->number);
    return BUS_DONE;
}

static enum bus_verdict on_named_order(void *context, const struct probe_named *event,
                                       struct bus_delivery *delivery)
{
    (void)delivery;
    see_key(context, (uint64_t)(event->name.data[0] - 'A'), event->number);
    return BUS_DONE;
}

static enum bus_verdict on_toned_order(void *context, const struct probe_toned *event,
                                       struct bus_delivery *delivery)
{
    (void)delivery;
    see_key(context, (uint64_t)event->tone, event->number);
    return BUS_DONE;
}

static enum bus_verdict on_labelled_order(void *context, const struct probe_labelled *event,
                                          struct bus_delivery *delivery)
{
    (void)delivery;
    see_key(context, event->label.low, event->number);
    return BUS_DONE;
}

static void check_order(struct bus *bus, struct keyed_order *order, uint64_t calls)
{
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&order->calls), calls);
    assert_int_equal(atomic_load(&order->out_of_order), 0);
    assert_int_equal(atomic_load(&order->moved), 0);
    memset(order, 0, sizeof *order);
}

/* One key, one order, with several workers. covers: D5 */
static void one_key_one_order(void **state)
{
    struct bus *bus = open_workers(4);
    static struct keyed_order order;
    struct bus_handler_options concurrent = {.concurrent = true};

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_order, &order, &concurrent), BUS_OK);
    assert_int_equal(probe_named_subscribe(bus, on_named_order, &order, &concurrent), BUS_OK);
    assert_int_equal(probe_toned_subscribe(bus, on_toned_order, &order, &concurrent), BUS_OK);
    assert_int_equal(probe_labelled_subscribe(bus, on_labelled_order, &order, &concurrent), BUS_OK);
    for (uint64_t n = 0; n < PER_KEY; n++)
        for (uint64_t key = 0; key < KEYS; key++)
            assert_int_equal(
                probe_keyed_publish(bus, &(struct probe_keyed){.id = key, .number = n}),
                BUS_QUEUED);
    check_order(bus, &order, KEYS * PER_KEY);
    for (uint64_t n = 0; n < PER_KEY; n++)
        for (int key = 0; key < 20; key++) {
            char name[] = {(char)('A' + key), 'x', '\0'};

            assert_int_equal(
                probe_named_publish(bus, &(struct probe_named){.name = {name, 2}, .number = n}),
                BUS_QUEUED);
        }
    check_order(bus, &order, 20 * PER_KEY);
    for (uint64_t n = 0; n < PER_KEY; n++)
        for (int key = 0; key < 3; key++)
            assert_int_equal(
                probe_toned_publish(
                    bus, &(struct probe_toned){.tone = (enum probe_colour)key, .number = n}),
                BUS_QUEUED);
    check_order(bus, &order, 3 * PER_KEY);
    for (uint64_t n = 0; n < PER_KEY; n++)
        for (uint64_t key = 0; key < KEYS; key++)
            assert_int_equal(probe_labelled_publish(
                                 bus, &(struct probe_labelled){.label = {7, key}, .number = n}),
                             BUS_QUEUED);
    check_order(bus, &order, KEYS * PER_KEY);
    finish_bus(&bus);
}

/* Keys are spread: with two workers, both get some. covers: D5 */
static void keys_use_all_workers(void **state)
{
    struct bus *bus = open_workers(2);
    static struct keyed_order order;
    uintptr_t first = 0;
    bool spread = false;

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_order, &order,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint64_t key = 0; key < KEYS; key++)
        assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = key}), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    for (int key = 0; key < KEYS; key++) {
        uintptr_t thread = atomic_load(&order.thread[key]);

        assert_true(thread != 0);
        if (first == 0)
            first = thread;
        spread |= thread != first;
    }
    assert_true(spread);
    finish_bus(&bus);
}

/* A publishing thread's unkeyed messages stay in order; several publishers, several workers.
 * covers: D5 */
enum { PUBLISHERS = 4, PER_PUBLISHER = 2000 };

struct unkeyed {
    struct bus *bus;
    uint32_t origin;
    uint64_t refused;
};

static void *publish_unkeyed(void *argument)
{
    struct unkeyed *unkeyed = argument;

    for (uint64_t n = 0; n < PER_PUBLISHER; n++) {
        struct probe_ticked message = {.number = n, .origin = unkeyed->origin};

        unkeyed->refused += probe_ticked_publish(unkeyed->bus, &message) != BUS_QUEUED;
    }
    return NULL;
}

static enum bus_verdict on_ticked_order(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    (void)delivery;
    see_key(context, event->origin, event->number);
    return BUS_DONE;
}

static void one_publisher_one_order(void **state)
{
    struct bus *bus = open_workers(2);
    static struct keyed_order order;
    struct unkeyed unkeyed[PUBLISHERS];
    pthread_t threads[PUBLISHERS];

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_order, &order,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        unkeyed[i] = (struct unkeyed){bus, i, 0};
        threads[i] = spawn(publish_unkeyed, &unkeyed[i]);
    }
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        reap(threads[i]);
        assert_int_equal(unkeyed[i].refused, 0);
    }
    check_order(bus, &order, PUBLISHERS * PER_PUBLISHER);
    finish_bus(&bus);
}

/* ---- serial components ---- */

struct serial {
    _Atomic uint32_t inside;
    _Atomic uint32_t overlaps;
    _Atomic uint64_t calls;
};

static void enter_and_leave(struct serial *serial)
{
    if (atomic_fetch_add(&serial->inside, 1) != 0)
        atomic_fetch_add(&serial->overlaps, 1);
    for (volatile int i = 0; i < 200; i++)
        ;
    atomic_fetch_sub(&serial->inside, 1);
    atomic_fetch_add(&serial->calls, 1);
}

static enum bus_verdict serial_ticked(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    enter_and_leave(context);
    return BUS_DONE;
}

static enum bus_verdict serial_keyed(void *context, const struct probe_keyed *event,
                                     struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    enter_and_leave(context);
    return BUS_DONE;
}

static enum bus_verdict serial_filled(void *context, const struct probe_filled *event,
                                      struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    enter_and_leave(context);
    return BUS_DONE;
}

static void *publish_mixed(void *argument)
{
    struct unkeyed *unkeyed = argument;
    struct probe_filled filled;

    probe_filled_init(&filled);
    for (uint64_t n = 0; n < 300; n++) {
        struct probe_ticked ticked = {.number = n};
        struct probe_keyed keyed = {.id = n, .number = n};

        filled.number = n;
        unkeyed->refused += probe_ticked_publish(unkeyed->bus, &ticked) != BUS_QUEUED;
        unkeyed->refused += probe_keyed_publish(unkeyed->bus, &keyed) != BUS_QUEUED;
        unkeyed->refused += probe_filled_publish(unkeyed->bus, &filled) != BUS_QUEUED;
    }
    return NULL;
}

/* No two handlers of a serial component run at once, whatever keys and publishers. covers: D5 */
static void serial_component_is_serial(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 3});
    struct serial serial = {0};
    struct serial beside = {0};
    struct probe_watcher handlers = {
        .on_ticked = serial_ticked, .on_keyed = serial_keyed, .on_filled = serial_filled};
    struct unkeyed unkeyed[3];
    pthread_t threads[3];

    (void)state;
    assert_int_equal(probe_watcher_attach(bus, &handlers, &serial), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, serial_keyed, &beside,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < 3; i++) {
        unkeyed[i] = (struct unkeyed){bus, i, 0};
        threads[i] = spawn(publish_mixed, &unkeyed[i]);
    }
    for (uint32_t i = 0; i < 3; i++) {
        reap(threads[i]);
        assert_int_equal(unkeyed[i].refused, 0);
    }
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&serial.calls), 2700);
    assert_int_equal(atomic_load(&serial.overlaps), 0);
    assert_int_equal(atomic_load(&beside.calls), 900);
    finish_bus(&bus);
}

/* covers: D7 */
static void queue_size_is_fresh(void **state)
{
    struct bus *bus = open_polled();
    uint32_t ran;

    (void)state;
    for (uint64_t n = 1; n <= 10; n++) {
        tick(bus, n, BUS_QUEUED);
        assert_int_equal(stats_of(bus).queue_size, n);
    }
    for (uint64_t n = 9; n + 1 > 0; n--) {
        assert_int_equal(bus_poll(bus, 1, &ran), BUS_OK);
        assert_int_equal(stats_of(bus).queue_size, n);
        if (n == 0)
            break;
    }
    finish_bus(&bus);
    bus = open_workers(2);
    for (uint64_t n = 1; n <= 1000; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(stats_of(bus).queue_size, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_strict),
        cmocka_unit_test(critical_overtakes_on_a_worker),
        cmocka_unit_test(first_drop_ring_is_seen_at_once),
        cmocka_unit_test(handlers_run_in_their_order),
        cmocka_unit_test(parallel_group_runs_at_once),
        cmocka_unit_test(parallel_members_meet),
        cmocka_unit_test(parallel_group_without_threads),
        cmocka_unit_test(one_key_one_order),
        cmocka_unit_test(keys_use_all_workers),
        cmocka_unit_test(one_publisher_one_order),
        cmocka_unit_test(serial_component_is_serial),
        cmocka_unit_test(queue_size_is_fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
