/*
 * Bytes of each version of a message are read as the newest, through the functions of the user that
 * the generated header declares; what moves is the newest alone.
 * covers: P5
 */
#include "versions.bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 8192 };
static _Alignas(8) uint8_t bytes[1024], scratch[ROOM];

/* ---- what a user writes ---- */

bool versions_order_placed_upgrade_v1(const struct versions_order_placed_v1 *older,
                                      struct versions_order_placed_v2 *newer,
                                      struct bus_upgrading *upgrading)
{
    const char *space = memchr(older->customer.data, ' ', older->customer.size);

    (void)upgrading;
    if (space == NULL)
        return false;
    newer->order_id = older->order_id;
    newer->first = older->customer;
    newer->first.size = (uint32_t)(space - older->customer.data);
    newer->last.data = space + 1;
    newer->last.size = older->customer.size - newer->first.size - 1;
    memcpy(newer->mark, older->mark, sizeof newer->mark);
    return true; /* and `rush` stays what _init says */
}

bool versions_order_placed_upgrade_v2(const struct versions_order_placed_v2 *older,
                                      struct versions_order_placed *newer,
                                      struct bus_upgrading *upgrading)
{
    struct bus_string *names = bus_upgrade_memory(upgrading, 2 * sizeof *names);

    if (names == NULL)
        return false;
    names[0] = older->first;
    names[1] = older->last;
    newer->order_id = older->order_id;
    newer->names.data = names;
    newer->names.size = 2;
    newer->place.city = bus_cstr("Turin");
    newer->rush = older->rush;
    memcpy(newer->mark, older->mark, sizeof newer->mark);
    return true;
}

bool versions_reserve_stock_upgrade_v1(const struct versions_reserve_stock_v1 *older,
                                       struct versions_reserve_stock *newer,
                                       struct bus_upgrading *upgrading)
{
    char *sku = bus_upgrade_memory(upgrading, 11);

    if (sku == NULL)
        return false;
    newer->sku.data = sku;
    newer->sku.size = (uint32_t)snprintf(sku, 11, "%u", (unsigned)older->sku);
    newer->count = older->count;
    return true;
}

/* ---- tests ---- */

static void assert_text(struct bus_string text, const char *wanted)
{
    assert_int_equal(text.size, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.size);
}

static void events(void **state)
{
    const struct versions_order_placed_v1 first = {
        .order_id = 42, .customer = bus_cstr("Ada Lovelace"), .mark = {1, 2, 3, 4}};
    const struct versions_order_placed_v2 second = {
        .order_id = 43, .first = bus_cstr("Grace"), .last = bus_cstr("Hopper"), .rush = 1};
    const struct versions_order_placed_v1 wrong = {.customer = bus_cstr("Ada")};
    struct versions_order_placed read;
    uint32_t size = versions_order_placed_v1_encode(&first, bytes, sizeof bytes);

    (void)state;
    assert_true(bus_upgrade_scratch(&versions_order_placed_type) <= ROOM);
    assert_int_equal(versions_order_placed_decode_any(versions_order_placed_v1_type.id, bytes, size,
                                                      &read, scratch, sizeof scratch),
                     BUS_OK);
    assert_int_equal(read.order_id, 42);
    assert_int_equal(read.names.size, 2);
    assert_text(read.names.data[0], "Ada");
    assert_text(read.names.data[1], "Lovelace");
    assert_text(read.place.city, "Turin");
    assert_int_equal(read.mark[3], 4);
    assert_int_equal(read.rush, 7);
    size = versions_order_placed_v2_encode(&second, bytes, sizeof bytes);
    assert_int_equal(versions_order_placed_decode_any(versions_order_placed_v2_type.id, bytes, size,
                                                      &read, scratch, sizeof scratch),
                     BUS_OK);
    assert_text(read.names.data[1], "Hopper");
    assert_int_equal(read.rush, 1);
    size = versions_order_placed_encode(&(struct versions_order_placed){.order_id = 44}, bytes,
                                        sizeof bytes);
    assert_int_equal(versions_order_placed_decode_any(versions_order_placed_type.id, bytes, size,
                                                      &read, scratch, sizeof scratch),
                     BUS_OK);
    assert_int_equal(read.order_id, 44);
    size = versions_order_placed_v1_encode(&wrong, bytes, sizeof bytes);
    assert_int_equal(versions_order_placed_decode_any(versions_order_placed_v1_type.id, bytes, size,
                                                      &read, scratch, sizeof scratch),
                     BUS_ERR_INVALID);
    assert_int_equal(versions_order_placed_decode_any(versions_stock_changed_type.id, bytes, size,
                                                      &read, scratch, sizeof scratch),
                     BUS_ERR_NOT_REGISTERED);
}

static void commands(void **state)
{
    const struct versions_reserve_stock_v1 first = {.sku = 4711, .count = 3};
    struct versions_reserve_stock read;
    uint32_t size = versions_reserve_stock_v1_encode(&first, bytes, sizeof bytes);

    (void)state;
    assert_int_equal(versions_reserve_stock_decode_any(versions_reserve_stock_v1_type.id, bytes,
                                                       size, &read, scratch, sizeof scratch),
                     BUS_OK);
    assert_text(read.sku, "4711");
    assert_int_equal(read.count, 3);
}

/* An older version has a codec and nothing that moves it. */
static void types(void **state)
{
    const struct bus_message_type *newest = &versions_order_placed_type;
    const struct bus_message_type *second = &versions_order_placed_v2_type;
    const struct bus_message_type *first = &versions_order_placed_v1_type;
    struct versions_order_placed_v2 message;
    char line[128];

    (void)state;
    assert_string_equal(newest->name, "versions.order_placed");
    assert_string_equal(second->name, "versions.order_placed.v2");
    assert_string_equal(first->name, "versions.order_placed.v1");
    assert_int_equal(newest->version, 3);
    assert_int_equal(second->version, 2);
    assert_int_equal(first->version, 1);
    assert_int_equal(versions_stock_changed_type.version, 1);
    assert_ptr_equal(newest->upgrade->from, second);
    assert_ptr_equal(second->upgrade->from, first);
    assert_null(first->upgrade);
    assert_null(versions_stock_changed_type.upgrade);
    assert_true(newest->id != first->id && newest->id != second->id && first->id != second->id);
    assert_true(first->invoke == NULL && first->key == NULL);
    assert_int_equal(first->schema_fingerprint, newest->schema_fingerprint);
    assert_int_equal(versions_reserve_stock_v1_type.kind, BUS_COMMAND);
    assert_int_equal(versions_reserve_stock_v1_type.answer_count, 0);
    assert_int_equal(versions_schema.message_count, 3);
    for (uint32_t i = 0; i < versions_schema.message_count; i++)
        assert_true(versions_schema.messages[i] != first && versions_schema.messages[i] != second);
    versions_order_placed_v2_init(&message);
    assert_int_equal(message.rush, 7);
    assert_int_equal(versions_order_placed_v2_compare(&message, &message), 0);
    assert_true(versions_order_placed_v2_print(&message, line, sizeof line) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(commands),
        cmocka_unit_test(types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
