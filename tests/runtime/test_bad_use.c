/*
 * Wrong use gets an error of its own, in words, and leaves the bus working.
 * covers: C2, B4, E1
 */
#include "support.h"

static const struct bus_session none = {0, 0};

/* The bus still does its work. */
static void assert_works(struct bus *bus)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_add_result result;

    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick(bus, 4711, BUS_QUEUED);
    poll_all(bus);
    assert_journal_run(&journal, 4711, 1);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journal, none), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(probe_add_unhandle(bus, on_add, NULL, none), BUS_OK);
}

static void null_everywhere(void **state)
{
    struct bus *bus = open_polled();
    struct bus *gone = NULL;
    struct probe_ticked message = {.number = 1};
    struct probe_add request = {.a = 1};
    struct probe_add_result result;
    struct bus_session session;
    uint32_t accepted = 9;

    (void)state;
    assert_int_equal(probe_ticked_publish(bus, NULL), BUS_INVALID);
    assert_true(bus_last_error()[0] != '\0');
    assert_int_equal(probe_ticked_publish(gone, &message), BUS_INVALID);
    assert_int_equal(bus_publish_message(bus, NULL, &message, NULL), BUS_INVALID);
    assert_int_equal(probe_ticked_publish_many(bus, NULL, 3, NULL, &accepted), BUS_INVALID);
    assert_int_equal(accepted, 0);
    assert_int_equal(probe_ticked_publish_many(gone, &message, 1, NULL, &accepted), BUS_INVALID);
    assert_int_equal(probe_ticked_publish_and_wait(gone, &message, NULL, 1), BUS_INVALID);
    assert_int_equal(probe_add_execute(bus, NULL, &result), BUS_INVALID);
    assert_int_equal(result.run.outcome, BUS_INVALID);
    assert_int_equal(probe_add_execute(bus, &request, NULL), BUS_INVALID);
    assert_int_equal(probe_add_execute(gone, &request, &result), BUS_INVALID);
    assert_int_equal(result.run.outcome, BUS_INVALID);
    assert_int_equal(probe_add_execute_async(bus, NULL, NULL, NULL, NULL), BUS_INVALID);
    assert_int_equal(probe_add_execute_async(gone, &request, NULL, NULL, NULL), BUS_INVALID);
    assert_int_equal(probe_ticked_subscribe(bus, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_subscribe(gone, on_ticked, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_unsubscribe(gone, on_ticked, NULL, none), BUS_ERR_INVALID);
    assert_int_equal(probe_add_handle(bus, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(probe_calculator_attach(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_component_attach(bus, NULL, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_component_detach(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_component_detach(gone, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_register(bus, NULL, (bus_function)on_ticked, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_open(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_session_open(gone, &session), BUS_ERR_INVALID);
    assert_int_equal(bus_session_close(gone, none), BUS_ERR_INVALID);
    assert_int_equal(bus_stats(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_stats(gone, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_audit(gone, 1, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_wait_idle(gone, 1), BUS_ERR_INVALID);
    assert_int_equal(bus_left_each(gone, NULL, NULL), 0);
    assert_int_equal(bus_program_open(NULL, NULL, sizeof(struct bus_options), NULL, NULL, BUS_ABI),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_program_open(&gone, NULL, sizeof(struct bus_options), NULL, NULL, BUS_ABI),
                     BUS_ERR_INVALID);
    assert_null(gone);
    assert_works(bus);
    finish_bus(&bus);
}

static enum bus_verdict on_ticked_null(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    uint64_t *survived = context;
    struct bus_envelope envelope;
    bool seen = false;
    uint32_t size;
    char text[8];

    (void)event;
    (void)bus_delivery_bus(NULL);
    (void)bus_delivery_type(NULL);
    bus_delivery_envelope(NULL, &envelope);
    bus_delivery_envelope(delivery, NULL);
    (void)bus_delivery_bytes(NULL, &size);
    (void)bus_delivery_bytes(delivery, NULL);
    (void)bus_delivery_remaining_ns(NULL);
    (void)bus_fail(NULL, NULL);
    (void)bus_fail_errno(NULL, 5, NULL);
    seen |= bus_answer(NULL, &probe_add_type, 0, NULL) == BUS_DONE;
    bus_call_site_text(NULL, text, sizeof text);
    bus_call_site_text(NULL, NULL, 0);
    bus_uuid_text((struct bus_uuid){1, 2}, NULL);
    ++*survived;
    return seen ? BUS_FAULT : BUS_DONE;
}

static void null_in_a_handler(void **state)
{
    struct bus *bus = open_polled();
    uint64_t survived = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_null, &survived, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(survived, 1);
    assert_works(bus);
    finish_bus(&bus);
}

/* ---- contents ---- */

static void expect_invalid(struct bus *bus, const struct probe_filled *message, const char *field)
{
    uint64_t before = account_of(bus, &probe_filled_type).invalid;

    assert_int_equal(probe_filled_publish(bus, message), BUS_INVALID);
    if (strstr(bus_last_error(), field) == NULL)
        fail_msg("\"%s\" does not name %s", bus_last_error(), field);
    assert_int_equal(account_of(bus, &probe_filled_type).invalid, before + 1);
}

/* Each bound of the schema, each with the name of the field. */
static void contents_out_of_bounds(void **state)
{
    static const char text[64] = "0123456789012345678901234567890123456789";
    struct bus *bus = open_polled();
    struct probe_filled message;
    struct probe_item items[5];
    struct bus_string tags[5];
    uint32_t totals[9] = {0};
    uint8_t data[65] = {0};

    (void)state;
    memset(items, 0, sizeof items);
    memset(tags, 0, sizeof tags);
    probe_filled_init(&message);
    message.name = bus_str(text, 32);
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);
    message.name = bus_str(text, 33);
    expect_invalid(bus, &message, "name");
    message.name = (struct bus_string){NULL, 3};
    expect_invalid(bus, &message, "name");
    message.name = (struct bus_string){text, UINT32_MAX};
    expect_invalid(bus, &message, "name");
    message.name = (struct bus_string){NULL, 0};
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);

    message.data = (struct bus_bytes){data, 65};
    expect_invalid(bus, &message, "data");
    message.data = (struct bus_bytes){NULL, 1};
    expect_invalid(bus, &message, "data");
    message.data = (struct bus_bytes){data, 64};

    message.totals = (struct bus_slice_u32){totals, 9};
    expect_invalid(bus, &message, "totals");
    message.totals = (struct bus_slice_u32){totals, UINT32_MAX};
    expect_invalid(bus, &message, "totals");
    message.totals = (struct bus_slice_u32){NULL, 2};
    expect_invalid(bus, &message, "totals");
    message.totals = (struct bus_slice_u32){totals, 8};

    message.items = (struct probe_item_slice){items, 5};
    expect_invalid(bus, &message, "items");
    items[2].name = bus_str(text, 17);
    message.items = (struct probe_item_slice){items, 4};
    expect_invalid(bus, &message, "items[2].name");
    items[2].name = bus_str(text, 16);

    message.tags = (struct bus_slice_string){tags, 5};
    expect_invalid(bus, &message, "tags");
    tags[1] = bus_str(text, 9);
    message.tags = (struct bus_slice_string){tags, 4};
    expect_invalid(bus, &message, "tags[1]");
    tags[1] = bus_str(text, 8);

    message.note = (struct bus_opt_string){true, bus_str(text, 33)};
    expect_invalid(bus, &message, "note");
    message.note.has = false; /* then its value plays no part */
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);

    message.tone = (enum probe_colour)256; /* over its base */
    expect_invalid(bus, &message, "tone");
    message.tone = (enum probe_colour) - 1;
    expect_invalid(bus, &message, "tone");
    message.tone = (enum probe_colour)200; /* unknown, but fits: a newer schema may know it */
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);

    message.payment.type = (enum probe_payment_type)9;
    expect_invalid(bus, &message, "payment");
    message.payment.type = PROBE_PAYMENT_CARD;
    message.payment.card.token = bus_str(text, 33);
    expect_invalid(bus, &message, "token");
    message.payment.card.token = bus_str(text, 32);
    assert_int_equal(probe_filled_publish(bus, &message), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 5);
    assert_works(bus);
    finish_bus(&bus);
}

static void on_echoed(void *context, const struct probe_echo_result *result)
{
    (void)context;
    (void)result;
}

static void command_out_of_bounds(void **state)
{
    struct bus *bus = open_polled();
    struct probe_echo request = {.text = {NULL, 5}};
    struct probe_echo_result result;
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_echo_execute(bus, &request, &result), BUS_INVALID);
    assert_non_null(strstr(result.run.error.text, "text"));
    assert_int_equal(probe_echo_execute_async(bus, &request, NULL, on_echoed, NULL), BUS_INVALID);
    account = account_of(bus, &probe_echo_type);
    assert_int_equal(account.accepted, 0);
    assert_int_equal(account.invalid, 2);
    assert_works(bus);
    finish_bus(&bus);
}

static enum bus_verdict on_named(void *context, const struct probe_named *event,
                                 struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

/* Where the key says which worker takes a message: a bulk does not read one that is out of bounds,
 * at its first message or at a later one. */
static void keys_out_of_bounds(void **state)
{
    struct bus *bus = open_workers(2);
    struct probe_named messages[3] = {
        {.name = {"a", 1}}, {.name = {NULL, 5}}, {.name = {"b", UINT32_MAX}}};
    struct journal journal = JOURNAL_INITIALIZER;
    uint32_t accepted = 9;

    (void)state;
    assert_int_equal(probe_named_subscribe(bus, on_named, &journal,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint32_t i = 1; i < 3; i++) {
        assert_int_equal(probe_named_publish(bus, &messages[i]), BUS_INVALID);
        assert_int_equal(probe_named_publish_many(bus, &messages[i], 3 - i, NULL, &accepted),
                         BUS_INVALID);
        assert_int_equal(accepted, 0);
    }
    assert_int_equal(probe_named_publish_many(bus, messages, 3, NULL, &accepted), BUS_INVALID);
    assert_int_equal(accepted, 1);
    assert_true(latch_wait(&journal.latch, 1));
    assert_int_equal(account_of(bus, &probe_named_type).invalid, 5);
    finish_bus(&bus);
}

/* A message over the largest size that this bus was opened for. */
static void message_over_the_slot(void **state)
{
    static uint8_t data[6000];
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .message_size_max = 1024, .pool_bytes = 1 << 20});
    struct probe_bulked message = {.data = {data, 6000}};
    struct bus_claim claim;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_bulked_publish(bus, &message), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "message_size_max"));
    assert_int_equal(probe_bulked_claim(bus, &message, NULL, &claim), BUS_INVALID);
    message.data.size = 700;
    assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
    poll_all(bus);
    assert_works(bus);
    finish_bus(&bus);
}

/* ---- who and where ---- */

static void wrong_kind_of_message(void **state)
{
    struct bus *bus = open_polled();
    struct probe_add request = {.a = 1};
    struct probe_ticked message = {.number = 1};
    struct probe_add_result result;

    (void)state;
    assert_int_equal(bus_publish_message(bus, &probe_add_type, &request, NULL), BUS_INVALID);
    assert_true(bus_last_error()[0] != '\0');
    assert_int_equal(bus_execute_message(bus, &probe_ticked_type, &message, NULL, &result, NULL, 0),
                     BUS_INVALID);
    assert_works(bus);
    finish_bus(&bus);
}

static void wrong_bus(void **state)
{
    struct bus *a = open_polled();
    struct bus *b = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_session session;
    struct bus_message_options options = {0};
    struct bus_handler_options scope = {0};
    struct probe_ticked message = {.number = 1};
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(bus_session_open(a, &session), BUS_OK);
    options.session = session;
    scope.session = session;
    assert_int_equal(probe_ticked_publish_with(b, &message, &options), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "session"));
    assert_int_equal(
        probe_touch_execute_with(b, &(struct probe_touch){.number = 1}, &options, &result),
        BUS_INVALID);
    assert_int_equal(probe_ticked_subscribe(b, on_ticked, &journal, &scope), BUS_ERR_INVALID);
    assert_int_equal(bus_session_close(b, session), BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_subscribe(a, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_unsubscribe(b, on_ticked, &journal, none),
                     BUS_ERR_NOT_REGISTERED);
    assert_works(b);
    assert_int_equal(probe_ticked_unsubscribe(a, on_ticked, &journal, none), BUS_OK);
    assert_works(a);
    finish_bus(&a);
    finish_bus(&b);
}

static void bad_handler_options(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_handler_options options = {.has_order = true, .order = (enum bus_order)17};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_INVALID);
    options = (struct bus_handler_options){.parallel = true}; /* needs concurrent */
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_INVALID);
    options = (struct bus_handler_options){.session = {99, 99}};
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_INVALID);
    assert_int_equal(stats_of(bus).registered_handlers, 0);
    assert_works(bus);
    finish_bus(&bus);
}

/* Generated code of another version of the runtime. */
static void wrong_schema_abi(void **state)
{
    struct bus *bus = open_polled();
    struct bus_schema schema = probe_schema;
    const struct bus_binding binding = {
        .type = &probe_ticked_type, .name = "probe.odd.ticked", .order = BUS_ORDER_NORMAL};
    struct bus_component component = {
        .name = "probe.odd", .schema = &schema, .bindings = &binding, .binding_count = 1};
    const bus_function functions[] = {(bus_function)on_ticked};
    struct journal journal = JOURNAL_INITIALIZER;
    const struct bus_program_part part = {.component = &component, .functions = functions};
    const struct bus_program program = {
        .name = "probe.odd_program", .schema = &schema, .parts = &part, .part_count = 1};
    void *contexts[] = {&journal};
    struct bus *other = NULL;

    (void)state;
    schema.abi = BUS_ABI + 1;
    assert_int_equal(bus_component_attach(bus, &component, functions, &journal, NULL), BUS_ERR_ABI);
    assert_non_null(strstr(bus_last_error(), "probe"));
    assert_int_equal(
        bus_program_open(&other, NULL, sizeof(struct bus_options), &program, contexts, BUS_ABI),
        BUS_ERR_ABI);
    assert_null(other);
    schema.abi = BUS_ABI;
    assert_int_equal(
        bus_program_open(&other, NULL, sizeof(struct bus_options), &program, contexts, BUS_ABI + 1),
        BUS_ERR_ABI);
    assert_null(other);
    assert_int_equal(bus_component_attach(bus, &component, functions, &journal, NULL), BUS_OK);
    assert_int_equal(bus_component_detach(bus, &component, &journal), BUS_OK);
    assert_works(bus);
    finish_bus(&bus);
}

/* ---- deliveries ---- */

struct keeper {
    struct bus_delivery *kept;
    uint64_t events;
    enum bus_verdict verdict;
};

static enum bus_verdict on_touch_keep(void *context, const struct probe_touch *request,
                                      struct bus_delivery *delivery)
{
    struct keeper *keeper = context;
    struct probe_add_ok ok = {.sum = 1};

    if (request->number == 1) /* the answer of another command */
        return probe_add_return(delivery, &ok);
    if (request->number == 2) /* an answer that this command has not */
        return bus_answer(delivery, &probe_touch_type, 77, NULL);
    keeper->kept = delivery;
    return BUS_DONE;
}

static enum bus_verdict on_ticked_answer(void *context, const struct probe_ticked *event,
                                         struct bus_delivery *delivery)
{
    struct keeper *keeper = context;
    struct probe_add_ok ok = {.sum = 1};

    (void)event;
    keeper->events++;
    keeper->verdict = probe_add_return(delivery, &ok); /* an event has no answer */
    return keeper->verdict;
}

static void foreign_deliveries(void **state)
{
    struct bus *bus = open_polled();
    struct keeper keeper = {0};
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(probe_touch_handle(bus, on_touch_keep, &keeper, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 2; n++) {
        assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = n}, &result),
                         BUS_FAULTED);
        assert_int_equal(result.run.error.code, BUS_FAULT_BAD_ANSWER);
    }
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 3}, &result),
                     BUS_ANSWERED);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_answer, &keeper, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(keeper.events, 1);
    assert_int_not_equal(keeper.verdict, BUS_DONE);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_answer, &keeper, none), BUS_OK);
    assert_works(bus);
    finish_bus(&bus);
}

static void buffer_of_execute_into(void **state)
{
    static uint64_t buffer[9000 / 8];
    struct bus *bus = open_polled();
    struct probe_fetch_result result;
    struct probe_fetch request = {.size = 1};

    (void)state;
    assert_int_equal(probe_fetch_execute_into(bus, &request, NULL, &result, (char *)buffer + 1,
                                              sizeof buffer - 8),
                     BUS_INVALID);
    assert_int_equal(probe_fetch_execute_into(bus, &request, NULL, NULL, buffer, sizeof buffer),
                     BUS_INVALID);
    assert_works(bus);
    finish_bus(&bus);
}

/* ---- after the end ---- */

static void after_stop_and_close(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_touch_result result;
    struct bus_session session;
    struct bus_claim claim;
    struct probe_ticked message = {.number = 1};
    uint32_t accepted;

    (void)state;
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    tick(bus, 1, BUS_CLOSED);
    assert_int_equal(probe_ticked_publish_many(bus, &message, 1, NULL, &accepted), BUS_CLOSED);
    assert_int_equal(accepted, 0);
    assert_int_equal(probe_ticked_claim(bus, &message, NULL, &claim), BUS_CLOSED);
    assert_int_equal(probe_ticked_publish_and_wait(bus, &message, NULL, BUS_SECOND), BUS_CLOSED);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_CLOSED);
    assert_int_equal(bus_session_open(bus, &session), BUS_ERR_STATE);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_ERR_STATE);
    assert_int_equal(account_of(bus, &probe_ticked_type).closed, 4);
    finish_bus(&bus);
    assert_int_equal(probe_ticked_publish(bus, &message), BUS_INVALID); /* the pointer is NULL */
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_INVALID);
}

/* ---- words ---- */

static void everything_has_words(void **state)
{
    char text[BUS_UUID_TEXT_SIZE];
    char site[64];

    (void)state;
    for (int i = 0; i < BUS_OUTCOMES; i++) {
        assert_non_null(bus_outcome_text((enum bus_outcome)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(bus_outcome_text((enum bus_outcome)i),
                                    bus_outcome_text((enum bus_outcome)k));
    }
    for (int i = 0; i <= BUS_ERR_BUSY; i++) {
        assert_non_null(bus_status_text((enum bus_status)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(bus_status_text((enum bus_status)i),
                                    bus_status_text((enum bus_status)k));
    }
    assert_non_null(bus_outcome_text((enum bus_outcome) - 1));
    assert_non_null(bus_outcome_text((enum bus_outcome)999));
    assert_non_null(bus_status_text((enum bus_status)999));
    bus_uuid_text((struct bus_uuid){UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)},
                  text);
    assert_string_equal(text, "01234567-89ab-cdef-fedc-ba9876543210");
    bus_call_site_text((const void *)(uintptr_t)0x1234, site, sizeof site);
    assert_string_equal(site, "0x1234");
    bus_call_site_text((const void *)(uintptr_t)0x1234, site, 4);
    assert_int_equal(strlen(site), 3);
    assert_non_null(bus_last_error());
    assert_non_null(bus_type_name(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_everywhere),        cmocka_unit_test(null_in_a_handler),
        cmocka_unit_test(contents_out_of_bounds), cmocka_unit_test(command_out_of_bounds),
        cmocka_unit_test(keys_out_of_bounds),     cmocka_unit_test(message_over_the_slot),
        cmocka_unit_test(wrong_kind_of_message),  cmocka_unit_test(wrong_bus),
        cmocka_unit_test(bad_handler_options),    cmocka_unit_test(wrong_schema_abi),
        cmocka_unit_test(foreign_deliveries),     cmocka_unit_test(buffer_of_execute_into),
        cmocka_unit_test(after_stop_and_close),   cmocka_unit_test(everything_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
