/*
 * Events: what publish promises, what handlers get.
 * covers: A1, A3, A5, C1, C2, C3, C5, C6, D4, D8
 */
#include "support.h"

#include <errno.h>

static void event_without_handlers_is_processed(void **state)
{
    struct bus *bus = open_polled();
    struct bus_account account;

    (void)state;
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 1);
    assert_int_equal(account.processed, 1);
    assert_int_equal(account.failed, 0);
    assert_int_equal(account.calls, 0);
    finish_bus(&bus);
}

static void event_reaches_every_handler(void **state)
{
    struct bus *bus = open_polled();
    struct journal journals[3] = {JOURNAL_INITIALIZER, JOURNAL_INITIALIZER, JOURNAL_INITIALIZER};
    struct bus_account account;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journals[i], NULL), BUS_OK);
    for (uint64_t n = 1; n <= 5; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 5);
    for (int i = 0; i < 3; i++)
        assert_journal_run(&journals[i], 1, 5);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.processed, 5);
    assert_int_equal(account.calls, 15);
    finish_bus(&bus);
}

/* The publisher's memory is free for other use as soon as publish returned. */
static void message_is_independent_of_its_publisher(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_ticked message = {.number = 7};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_publish(bus, &message), BUS_QUEUED);
    message.number = 8;
    assert_int_equal(probe_ticked_publish(bus, &message), BUS_QUEUED);
    memset(&message, 0xff, sizeof message);
    poll_all(bus);
    assert_journal_run(&journal, 7, 2);
    finish_bus(&bus);
}

/* ---- a message with everything in it ---- */

struct filled_seen {
    const struct probe_filled *expected;
    const void *first_address;
    uint32_t equal;
    uint32_t calls;
    uint32_t terminated;
    uint32_t shared;
};

static enum bus_verdict on_filled(void *context, const struct probe_filled *event,
                                  struct bus_delivery *delivery)
{
    struct filled_seen *seen = context;

    (void)delivery;
    if (seen->calls++ == 0)
        seen->first_address = event->name.data;
    else
        seen->shared += seen->first_address == (const void *)event->name.data;
    seen->equal += probe_filled_compare(event, seen->expected) == 0;
    seen->terminated += event->name.data[event->name.size] == '\0';
    return BUS_DONE;
}

static void fill(struct probe_filled *message)
{
    static const uint8_t data[3] = {1, 0, 255};
    static const uint32_t totals[2] = {4, 5};
    static const struct bus_string tags[2] = {{"one", 3}, {"", 0}};
    static struct probe_item items[2];

    items[0] = (struct probe_item){.count = 1};
    items[0].name = bus_cstr("nut");
    items[0].at = (struct probe_point){.x = -1, .y = 2};
    items[1] = (struct probe_item){.name = bus_cstr("bolt"), .count = 0};
    probe_filled_init(message);
    message->number = 77;
    message->name = bus_cstr("Ada");
    message->data = (struct bus_bytes){data, sizeof data};
    message->tone = PROBE_COLOUR_BLUE;
    message->rights = PROBE_PERMS_WRITABLE;
    message->place = (struct probe_point){.x = 3, .y = -4};
    message->items = (struct probe_item_slice){items, 2};
    message->totals = (struct bus_slice_u32){totals, 2};
    message->payment.type = PROBE_PAYMENT_CARD;
    message->payment.card.token = bus_cstr("4711");
    message->maybe = (struct bus_opt_u8){true, 0};
    message->note = (struct bus_opt_string){true, bus_cstr("")};
    message->tags = (struct bus_slice_string){tags, 2};
    message->made_ns = -5;
    message->mark = (struct bus_uuid){1, 2};
    message->digest[15] = 9;
}

static void everything_arrives_as_it_was_sent(void **state)
{
    struct bus *bus = open_polled();
    struct probe_filled message;
    struct filled_seen seen = {.expected = &message};

    (void)state;
    fill(&message);
    assert_int_equal(probe_filled_subscribe(bus, on_filled, &seen, NULL), BUS_OK);
    assert_int_equal(probe_filled_subscribe(bus, on_filled, &seen,
                                            &(struct bus_handler_options){
                                                .has_order = true, .order = BUS_ORDER_LOWEST}),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.equal, 1);
    assert_int_equal(seen.terminated, 1);
    finish_bus(&bus);
}

/* Negative control of the test above: a difference of one bit is one. */
static void compare_sees_a_difference(void **state)
{
    struct probe_filled a;
    struct probe_filled b;

    (void)state;
    fill(&a);
    fill(&b);
    assert_int_equal(probe_filled_compare(&a, &b), 0);
    b.digest[0] ^= 1;
    assert_int_not_equal(probe_filled_compare(&a, &b), 0);
    fill(&b);
    b.note.has = false;
    assert_int_not_equal(probe_filled_compare(&a, &b), 0);
}

static void large_messages_arrive_too(void **state)
{
    static uint8_t data[6000];
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_bulked message = {.data = {data, sizeof data}};

    (void)state;
    assert_int_equal(probe_bulked_subscribe(bus, on_bulked, &journal, NULL), BUS_OK);
    for (message.number = 1; message.number <= 20; message.number++)
        assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
    assert_true(stats_of(bus).pool_bytes_used >= 20 * sizeof data);
    poll_all(bus);
    assert_journal_run(&journal, 1, 20);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

struct sized {
    uint32_t size;
    uint32_t calls;
    uint32_t wrong;
};

static enum bus_verdict on_bulked_sized(void *context, const struct probe_bulked *event,
                                        struct bus_delivery *delivery)
{
    struct sized *sized = context;
    uint32_t differences = 0;

    (void)delivery;
    for (uint32_t i = 0; i < event->data.size; i++)
        differences += event->data.data[i] != (uint8_t)(i * 31 + event->number);
    sized->wrong += differences != 0 || event->data.size != sized->size;
    sized->calls++;
    return BUS_DONE;
}

/* Over the border between cell and pool, with and without what extends the envelope. */
static void every_size_arrives(void **state)
{
    static uint8_t data[700];
    const uint32_t cell_sizes[] = {64, 256, 512};
    struct bus_message_options extended = {.correlation = {1, 2}};

    (void)state;
    for (size_t c = 0; c < 3; c++) {
        struct bus *bus =
            open_bus(&(struct bus_options){.polled = true, .cell_size = cell_sizes[c]});
        struct sized sized = {0};

        assert_int_equal(bus_start(bus), BUS_OK);
        assert_int_equal(probe_bulked_subscribe(bus, on_bulked_sized, &sized, NULL), BUS_OK);
        for (sized.size = 0; sized.size < sizeof data; sized.size++) {
            struct probe_bulked message = {.number = sized.size, .data = {data, sized.size}};

            for (uint32_t i = 0; i < sized.size; i++)
                data[i] = (uint8_t)(i * 31 + sized.size);
            assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
            assert_int_equal(probe_bulked_publish_with(bus, &message, &extended), BUS_QUEUED);
            memset(data, 0xff, sized.size);
            assert_int_equal(poll_all(bus), 2);
        }
        assert_int_equal(sized.calls, 2 * sizeof data);
        assert_int_equal(sized.wrong, 0);
        assert_int_equal(stats_of(bus).pool_bytes_used, 0);
        finish_bus(&bus);
    }
}

static void kinds_are_as_declared(void **state)
{
    (void)state;
    assert_int_equal(probe_ticked_type.kind, BUS_DOMAIN_EVENT);
    assert_int_equal(probe_shipped_type.kind, BUS_INTEGRATION_EVENT);
    assert_int_equal(probe_add_type.kind, BUS_COMMAND);
    assert_int_equal(probe_alarmed_type.priority, BUS_CRITICAL);
    assert_int_equal(probe_ticked_type.priority, BUS_NORMAL);
    assert_string_equal(bus_type_name(&probe_ticked_type), "probe.ticked");
    assert_int_equal(bus_type_schema_version(&probe_ticked_type), 2);
}

/* Text that can leave the process must be UTF-8, other text need not. */
static void text_that_leaves_is_checked(void **state)
{
    struct bus *bus = open_polled();
    struct probe_shipped shipped = {.text = bus_cstr("gr\xc3\xbc\xc3\x9f")};
    struct probe_named named = {.name = bus_cstr("\xff\xfe")};

    (void)state;
    assert_int_equal(probe_shipped_publish(bus, &shipped), BUS_QUEUED);
    shipped.text = bus_cstr("\xff\xfe");
    assert_int_equal(probe_shipped_publish(bus, &shipped), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "text"));
    assert_int_equal(probe_named_publish(bus, &named), BUS_QUEUED);
    poll_all(bus);
    finish_bus(&bus);
}

static void counters_follow(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_stats stats;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    stats = stats_of(bus);
    assert_int_equal(stats.events_published_total, 4);
    assert_int_equal(stats.events_processed_total, 0);
    assert_int_equal(stats.queue_size, 4);
    assert_int_equal(stats.lane_size[BUS_NORMAL], 3);
    assert_int_equal(stats.lane_size[BUS_CRITICAL], 1);
    poll_all(bus);
    stats = stats_of(bus);
    assert_int_equal(stats.events_processed_total, 4);
    assert_int_equal(stats.events_failed_total, 0);
    assert_int_equal(stats.queue_size, 0);
    assert_int_equal(stats.commands_sent_total, 0);
    finish_bus(&bus);
}

/* ---- failing handlers ---- */

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    journal_add(context, event->number);
    switch (event->number) {
    case 1:
        return bus_fail(delivery, &(struct bus_error){.code = 5, .text = "no disk"});
    case 2:
        return bus_fail(delivery, NULL);
    case 3:
        return bus_fail_errno(delivery, ENOSPC, "write");
    case 4:
        return BUS_FAULT;
    case 5:
        return BUS_RETRY;
    case 6:
        return BUS_REJECT;
    case 7:
        return (enum bus_verdict)99;
    default:
        return BUS_DONE;
    }
}

/* covers: D4, D8 */
static void failing_handler_stops_nobody(void **state)
{
    struct bus *bus = open_polled();
    struct journal before = JOURNAL_INITIALIZER;
    struct journal failing = JOURNAL_INITIALIZER;
    struct journal beside = JOURNAL_INITIALIZER;
    struct journal after = JOURNAL_INITIALIZER;
    struct bus_handler_options high = {.has_order = true, .order = BUS_ORDER_HIGH};
    struct bus_handler_options low = {.has_order = true, .order = BUS_ORDER_LOW};
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &before, &high), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &failing, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &beside, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &after, &low), BUS_OK);
    for (uint64_t n = 1; n <= 8; n++)
        tick(bus, n, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&before, 1, 8);
    assert_journal_run(&failing, 1, 8);
    assert_journal_run(&beside, 1, 8);
    assert_journal_run(&after, 1, 8);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 8);
    assert_int_equal(account.failed, 7);
    assert_int_equal(account.processed, 1);
    assert_int_equal(account.calls, 32);
    assert_int_equal(account.calls_failed, 7);
    assert_int_equal(stats_of(bus).events_failed_total, 7);
    assert_int_equal(stats_of(bus).events_processed_total, 1);
    finish_bus(&bus);
}

/* Two handlers fail: the message fails once. */
static void message_fails_once(void **state)
{
    struct bus *bus = open_polled();
    struct journal a = JOURNAL_INITIALIZER;
    struct journal b = JOURNAL_INITIALIZER;
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &a, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &b, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.calls_failed, 2);
    finish_bus(&bus);
}

/* ---- bulk ---- */

static void bulk_keeps_order(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_ticked messages[100];
    uint32_t accepted = 77;

    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        messages[i] = (struct probe_ticked){.number = i + 1};
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_publish_many(bus, messages, 100, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 100);
    assert_int_equal(probe_ticked_publish_many(bus, messages, 0, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 0);
    assert_int_equal(probe_ticked_publish_many(bus, messages, 1, NULL, NULL), BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(latch_count(&journal.latch), 101);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(journal.entries[i], i + 1);
    finish_bus(&bus);
}

static void bulk_stops_at_the_first_refusal(void **state)
{
    struct bus_options options = {.polled = true};
    struct bus *bus;
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_ticked messages[10];
    struct bus_account account;
    uint32_t accepted = 0;

    (void)state;
    options.capacity[BUS_NORMAL] = 7;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < 10; i++)
        messages[i] = (struct probe_ticked){.number = i + 1};
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_publish_many(bus, messages, 10, NULL, &accepted), BUS_REJECTED);
    assert_int_equal(accepted, 7);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 7);
    assert_int_equal(account.rejected, 1);
    poll_all(bus);
    assert_journal_run(&journal, 1, 7);
    finish_bus(&bus);
}

/* ---- waiting ---- */

/* covers: C1 */
static void publish_does_not_wait_for_handlers(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    tick(bus, 2, BUS_QUEUED); /* returns although the worker is held */
    assert_int_equal(atomic_load(&hold.runs), 0);
    assert_int_equal(bus_wait_idle(bus, 5 * BUS_MILLISECOND), BUS_ERR_TIMEOUT);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&hold.runs), 2);
    finish_bus(&bus);
}

static enum bus_verdict on_chained(void *context, const struct probe_chained *event,
                                   struct bus_delivery *delivery)
{
    struct probe_chained next = {.number = event->number - 1, .width = event->width};
    enum bus_verdict verdict = BUS_DONE;

    journal_add(context, event->number);
    if (event->number == 0)
        return BUS_DONE;
    for (uint32_t i = 0; i < event->width; i++)
        if (probe_chained_publish(bus_delivery_bus(delivery), &next) != BUS_QUEUED)
            verdict = BUS_FAULT;
    return verdict;
}

/* covers: C5 */
static void idle_means_children_too(void **state)
{
    struct bus *bus = open_workers(2);
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_chained message = {.number = 200, .width = 1};

    (void)state;
    assert_int_equal(probe_chained_subscribe(bus, on_chained, &journal,
                                             &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_chained_publish(bus, &message), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&journal.latch), 201);
    message = (struct probe_chained){.number = 6, .width = 3};
    assert_int_equal(probe_chained_publish_and_wait(bus, &message, NULL, PATIENCE), BUS_QUEUED);
    assert_int_equal(latch_count(&journal.latch), 201 + 1093); /* 3^0 + ... + 3^6 */
    assert_int_equal(account_of(bus, &probe_chained_type).failed, 0);
    finish_bus(&bus);
}

static void publish_and_wait_can_time_out(void **state)
{
    struct bus *bus = open_workers(1);
    struct hold hold = HOLD_INITIALIZER;
    struct probe_ticked message = {.number = 1};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(probe_ticked_publish_and_wait(bus, &message, NULL, 5 * BUS_MILLISECOND),
                     BUS_TIMEOUT);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 1);
    latch_add(&hold.let_go, 1);
    assert_int_equal(probe_ticked_publish_and_wait(bus, &message, NULL, PATIENCE), BUS_QUEUED);
    assert_int_equal(atomic_load(&hold.runs), 2);
    finish_bus(&bus);
}

struct inside {
    enum bus_status wait_idle;
    enum bus_status stop;
    enum bus_status poll;
    enum bus_status audit;
    enum bus_status close;
    enum bus_outcome and_wait;
    bool closed_pointer_kept;
};

static void look(void *context, const struct bus_message_type *type,
                 const struct bus_account *account)
{
    (void)context;
    (void)type;
    (void)account;
}

static enum bus_verdict on_ticked_inside(void *context, const struct probe_ticked *event,
                                         struct bus_delivery *delivery)
{
    struct inside *inside = context;
    struct bus *bus = bus_delivery_bus(delivery);
    struct bus *copy = bus;
    struct probe_alarmed message = {.number = event->number};

    inside->wait_idle = bus_wait_idle(bus, BUS_SECOND);
    inside->stop = bus_stop(bus, BUS_SECOND, NULL);
    inside->poll = bus_poll(bus, 0, NULL);
    inside->audit = bus_audit(bus, BUS_SECOND, look, NULL);
    inside->close = bus_close(&copy);
    inside->closed_pointer_kept = copy == bus;
    inside->and_wait = probe_alarmed_publish_and_wait(bus, &message, NULL, BUS_SECOND);
    return BUS_DONE;
}

static void check_inside(struct bus *bus, const struct inside *inside, bool polled)
{
    assert_int_equal(inside->wait_idle, BUS_ERR_IN_HANDLER);
    assert_int_equal(inside->stop, BUS_ERR_IN_HANDLER);
    if (polled)
        assert_int_equal(inside->poll, BUS_ERR_IN_HANDLER);
    assert_int_equal(inside->audit, BUS_ERR_IN_HANDLER);
    assert_int_equal(inside->close, BUS_ERR_BUSY);
    assert_true(inside->closed_pointer_kept);
    assert_int_equal(inside->and_wait, BUS_WOULD_DEADLOCK);
    assert_int_equal(account_of(bus, &probe_alarmed_type).accepted, 0);
}

/* Waiting for oneself is refused at once, and the bus goes on. The known mistake: waiting for idle
 * inside a handler. covers: C5 */
static void waiting_inside_a_handler_is_refused(void **state)
{
    struct bus *bus = open_polled();
    struct inside inside = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_inside, &inside, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    check_inside(bus, &inside, true);
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    finish_bus(&bus);

    memset(&inside, 0, sizeof inside);
    bus = open_workers(2);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_inside, &inside, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    check_inside(bus, &inside, false);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_without_handlers_is_processed),
        cmocka_unit_test(event_reaches_every_handler),
        cmocka_unit_test(message_is_independent_of_its_publisher),
        cmocka_unit_test(everything_arrives_as_it_was_sent),
        cmocka_unit_test(compare_sees_a_difference),
        cmocka_unit_test(large_messages_arrive_too),
        cmocka_unit_test(every_size_arrives),
        cmocka_unit_test(kinds_are_as_declared),
        cmocka_unit_test(text_that_leaves_is_checked),
        cmocka_unit_test(counters_follow),
        cmocka_unit_test(failing_handler_stops_nobody),
        cmocka_unit_test(message_fails_once),
        cmocka_unit_test(bulk_keeps_order),
        cmocka_unit_test(bulk_stops_at_the_first_refusal),
        cmocka_unit_test(publish_does_not_wait_for_handlers),
        cmocka_unit_test(idle_means_children_too),
        cmocka_unit_test(publish_and_wait_can_time_out),
        cmocka_unit_test(waiting_inside_a_handler_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
