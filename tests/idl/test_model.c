/*
 * test_model.c - the model of an accepted schema: the shop of the documentation; versions of
 * messages.
 * covers: P5
 */
#include "support.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void test_shop(void **state)
{
    struct idl_result result;
    const struct idl_bus *bus;
    const struct idl_message *message;

    (void)state;
    if (!idl_compile("good/shop.bus", NULL, &result))
        print_diagnostics(&result);
    assert_non_null(result.bus);
    assert_int_equal(result.diagnostic_count, 0);
    bus = result.bus;
    assert_string_equal(bus->decl.name, "shop");
    assert_int_equal(bus->version, 3);
    assert_int_equal(bus->table_count, 4);
    assert_int_equal(bus->composite_count, 5);
    assert_int_equal(bus->message_count, 3);
    message = bus->messages[0];
    assert_string_equal(message->body.decl.name, "order_placed");
    assert_string_equal(message->body.decl.doc, "An order was accepted.");
    assert_int_equal(message->kind, IDL_DOMAIN_EVENT);
    assert_int_equal(message->priority, IDL_HIGH);
    assert_int_equal(message->when_full, IDL_BLOCK);
    assert_int_equal(message->block_ns, 50000000);
    assert_ptr_equal(message->key, &message->body.fields[0]);
    assert_int_equal(message->body.field_count, 7);
    assert_true(message->body.fields[6].decl.removed);
    assert_int_equal(message->body.highest_number, 8);
    message = bus->messages[2];
    assert_int_equal(message->kind, IDL_COMMAND);
    assert_true(message->has_returns);
    assert_int_equal(message->answer_count, 3);
    assert_string_equal(message->answers[0].body.decl.name, "ok");
    assert_string_equal(message->answers[2].body.decl.name, "unknown_sku");
    assert_int_equal(message->answers[2].body.field_count, 0);
    assert_int_equal(message->deadline_ns, 3000000000);
    assert_true(message->idempotent);
    assert_null(bus->messages[0]->policy);
    assert_int_equal(bus->policy_count, 1);
    assert_ptr_equal(message->policy, bus->policies[0]);
    assert_int_equal(message->policy->retries, 3);
    assert_int_equal(message->policy->backoff_first_ns, 100000000);
    assert_int_equal(message->policy->backoff_most_ns, 10000000000);
    assert_true(message->policy->backoff_factor == 2);
    assert_int_equal(message->policy->breaker_failures, 5);
    assert_int_equal(message->policy->breaker_probes, 3);
    assert_null(message->policy->breaker_name);
    assert_int_equal(message->policy->timeout_ns, 250000000);
    assert_int_equal(bus->component_count, 2);
    assert_int_equal(bus->programs[0]->run_count, 2);
    assert_int_equal(bus->components[1]->listens[0].order, IDL_ORDER_HIGH);
    idl_free(&result);
}

/* Computed by hand from the layout that runtime/include/bus/wire.h describes. */
static void test_shop_layout(void **state)
{
    struct idl_result result;
    const struct idl_table *table;

    (void)state;
    idl_compile("good/shop.bus", NULL, &result);
    assert_non_null(result.bus);
    table = result.bus->tables[0]; /* money */
    assert_true(table->fixed);
    assert_int_equal(table->inline_size, 16);
    assert_int_equal(table->align, 8);
    assert_int_equal(table->fields[1].slot, 8);
    table = result.bus->tables[1]; /* line: soffset, price 16, sku 4, quantity 4 */
    assert_string_equal(table->decl.name, "line");
    assert_int_equal(table->vtable_size, 10);
    assert_int_equal(table->align, 8);
    assert_int_equal(table->fields[2].slot, 4);
    assert_int_equal(table->fields[0].slot, 20);
    assert_int_equal(table->fields[1].slot, 24);
    assert_int_equal(table->inline_size, 28);
    /* 4 root, vtable to 14, table at 20 to 48, string 4 + 65 -> 72 */
    assert_int_equal(table->size_max, 48 + 72);
    table = &result.bus->messages[1]->body; /* stock_changed: sku 4, left 4 */
    assert_int_equal(table->inline_size, 12);
    /* vtable 8 at 4, table at 12 to 24, string 72 */
    assert_int_equal(table->size_max, 96);
    table = &result.bus->messages[0]->body;
    /* order_id 8 | customer, lines, payment, coupon 4 | payment tag, discount 1; no gift_wrap */
    assert_int_equal(table->fields[0].slot, 4);
    assert_int_equal(table->fields[1].slot, 12);
    assert_int_equal(table->fields[2].slot, 16);
    assert_int_equal(table->fields[3].slot, 20);
    assert_int_equal(table->fields[5].slot, 24);
    assert_int_equal(table->fields[3].tag_slot, 28);
    assert_int_equal(table->fields[4].slot, 29);
    assert_int_equal(table->inline_size, 30);
    assert_int_equal(table->vtable_size, 20);
    /* table at 28 (4 mod 8) to 58 -> 60; customer 4 + 129 -> 136: 196; lines 4 + 1024: 1224.
     * A line begins at 0 mod 8: vtable 10, table at 12 to 40, string to 112: 112 each, and so on
     * from 0 mod 8: 1224 + 28672 = 29896; card: vtable 6, table at 8 to 16, string 4 + 129 -> 136:
     * 152: 30048; coupon 4 + 33 -> 40: 30088. */
    assert_int_equal(table->size_max, 30088);
    idl_free(&result);
}

static const struct idl_message *version_of(const struct idl_bus *bus, const char *name)
{
    for (uint32_t i = 0; i < bus->message_count + bus->older_count; i++)
        if (strcmp(bus->messages[i]->body.decl.name, name) == 0)
            return bus->messages[i];
    fail_msg("no %s", name);
    return NULL;
}

static void assert_id(const struct idl_message *message, const char *text)
{
    assert_int_equal(message->id, XXH64(text, strlen(text), 0));
}

/* The highest version is the message, older ones are behind the others; who upgrades whom; what is
 * on disk from before there was a second version keeps its identity. */
static void test_versions(void **state)
{
    struct idl_result result;
    const struct idl_message *first, *second, *fifth, *command;
    const struct idl_bus *bus;

    (void)state;
    if (!idl_compile("good/versions.bus", NULL, &result))
        print_diagnostics(&result);
    assert_non_null(result.bus);
    bus = result.bus;
    assert_int_equal(bus->message_count, 3);
    assert_int_equal(bus->older_count, 3);
    fifth = version_of(bus, "order_placed");
    second = version_of(bus, "order_placed_v2");
    first = version_of(bus, "order_placed_v1");
    assert_ptr_equal(fifth, bus->messages[0]);
    assert_ptr_equal(first, bus->messages[3]);
    assert_int_equal(fifth->version, 5);
    assert_int_equal(second->version, 2);
    assert_int_equal(first->version, 1);
    assert_ptr_equal(fifth->upgrades, second);
    assert_ptr_equal(second->upgrades, first);
    assert_null(first->upgrades);
    assert_null(fifth->newer);
    assert_ptr_equal(second->newer, fifth);
    assert_ptr_equal(first->newer, second);
    assert_string_equal(first->base, "order_placed");
    assert_string_equal(fifth->base, "order_placed");
    assert_id(first, "versions.order_made");
    assert_id(second, "versions.order_made.v2");
    assert_id(fifth, "versions.order_made.v5");
    assert_string_equal(first->body.decl.doc, "As it was first.");
    assert_true(fifth->durable);
    assert_false(first->durable);
    assert_int_not_equal(first->body.size_max, 0);
    command = version_of(bus, "reserve_stock_v1");
    assert_int_equal(command->kind, IDL_COMMAND);
    assert_int_equal(command->answer_count, 0);
    assert_ptr_equal(command->newer, bus->components[0]->handles[0].message);
    assert_id(command, "versions.reserve_stock");
    assert_id(command->newer, "versions.reserve_stock.v2");
    command = version_of(bus, "order_paid"); /* its oldest versions are gone */
    assert_int_equal(command->version, 3);
    assert_null(command->upgrades);
    assert_id(command, "versions.order_paid.v3");
    idl_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shop),
        cmocka_unit_test(test_shop_layout),
        cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
