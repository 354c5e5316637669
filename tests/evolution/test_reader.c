/*
 * What a newer program wrote, read by an older one: harbour.bus is the newer version of
 * harbour_before.bus. Values that have no name here keep their number and go on with it; an arm
 * that is not known here is no NONE and is taken for no other arm; new fields are passed over.
 *
 * covers: P5 P10 M4
 */
#include "codec/codec.h"
#include <bus/testing.h>

#include <bus/schema.h>

#include "harbour.bus.h"
#include "harbour_before.bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES = 1024, SCRATCH = 1024 };

static _Alignas(8) uint8_t bytes[BYTES], again[BYTES];
static _Alignas(8) uint8_t scratch[SCRATCH], other_scratch[SCRATCH];

/* All places in which an enum or flags may stand, each with what version 2 brought. */
static const uint8_t states[] = {HARBOUR_STATE_MOORED, HARBOUR_STATE_AGROUND,
                                 HARBOUR_STATE_WRECKED};
static const int16_t draughts[] = {HARBOUR_DRAUGHT_SUNK, HARBOUR_DRAUGHT_DEEP};
static const uint16_t rights[] = {HARBOUR_RIGHTS_REFIT, HARBOUR_RIGHTS_REFIT | HARBOUR_RIGHTS_FUEL};
static const struct harbour_spot spots[] = {{1, HARBOUR_STATE_WRECKED, HARBOUR_RIGHTS_REFIT},
                                            {2, HARBOUR_STATE_MOORED, 0}};
static const struct harbour_entry entries[] = {
    {.at_ns = 5,
     .state = HARBOUR_STATE_AGROUND,
     .visitor = {.type = HARBOUR_VISITOR_CARGO, .cargo = {9, HARBOUR_STATE_WRECKED}}},
    {.visitor = {.type = HARBOUR_VISITOR_SHIP, .ship = {{"Ada", 3}, 4}}}};
static const struct harbour_berth_taken new_values = {
    .berth = 7,
    .state = HARBOUR_STATE_WRECKED,
    .states = {states, 3},
    .maybe = {true, HARBOUR_STATE_AGROUND},
    .draught = HARBOUR_DRAUGHT_SUNK,
    .draughts = {draughts, 2},
    .rights = HARBOUR_RIGHTS_REFIT | HARBOUR_RIGHTS_LOAD,
    .all_rights = {rights, 2},
    .spot = {3, HARBOUR_STATE_AGROUND, HARBOUR_RIGHTS_REFIT},
    .spots = {spots, 2},
    .visitor = {.type = HARBOUR_VISITOR_CARGO, .cargo = {8, HARBOUR_STATE_AGROUND}},
    .entries = {entries, 2},
};

static struct harbour_before_berth_taken read_taken(uint32_t size)
{
    struct harbour_before_berth_taken taken;

    assert_true(size > 0);
    assert_int_equal(harbour_before_berth_taken_decode(bytes, size, &taken, scratch, SCRATCH),
                     BUS_OK);
    return taken;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in: %s", part, text);
}

/* ---- values ---- */

static void values_keep_their_numbers(void **state)
{
    struct harbour_before_berth_taken taken =
        read_taken(harbour_berth_taken_encode(&new_values, bytes, BYTES));

    (void)state;
    assert_int_equal((int)taken.state, 3);
    assert_string_equal(harbour_before_state_name(taken.state), "?");
    assert_int_equal(taken.states.size, 3);
    assert_memory_equal(taken.states.data, states, sizeof states);
    assert_true(taken.maybe.has);
    assert_int_equal((int)taken.maybe.value, 200);
    assert_int_equal((int)taken.draught, -900);
    assert_memory_equal(taken.draughts.data, draughts, sizeof draughts);
    assert_int_equal(taken.rights, 513);
    assert_memory_equal(taken.all_rights.data, rights, sizeof rights);
    assert_int_equal(taken.spot.state, 200);
    assert_int_equal(taken.spot.rights, 512);
    assert_int_equal(taken.spots.data[0].state, 3);
    assert_int_equal((int)taken.visitor.cargo.state, 200);
    assert_int_equal((int)taken.entries.data[0].state, 200);
    assert_int_equal((int)taken.entries.data[0].visitor.cargo.state, 3);
}

static void values_are_printed_as_numbers(void **state)
{
    struct harbour_before_berth_taken taken =
        read_taken(harbour_berth_taken_encode(&new_values, bytes, BYTES));
    char text[1024];

    (void)state;
    (void)harbour_before_berth_taken_print(&taken, text, sizeof text);
    assert_says(text, "state: 3, states: [moored, 200, 3], maybe: 200, draught: -900, "
                      "draughts: [-900, 900], rights: load|0x200, all_rights: [0x200, fuel|0x200]");
    assert_says(text, "entries: [{ at: 1970-01-01T00:00:00.000000005Z, state: 200, "
                      "visitor: cargo { tons: 9, state: 3 } }");
}

/* What an older program sends on is what it got, to the byte. */
static void values_go_on(void **state)
{
    uint32_t size = harbour_berth_taken_encode(&new_values, bytes, BYTES);
    struct harbour_before_berth_taken taken = read_taken(size);
    struct harbour_berth_taken back;

    (void)state;
    assert_int_equal(harbour_before_berth_taken_encode(&taken, again, BYTES), size);
    assert_memory_equal(bytes, again, size);
    assert_int_equal(harbour_berth_taken_decode(again, size, &back, scratch, SCRATCH), BUS_OK);
    assert_int_equal(harbour_berth_taken_compare(&back, &new_values), 0);
}

/* ---- arms ---- */

static void expect_unknown(const struct harbour_before_visitor *visitor, int number)
{
    static const struct harbour_before_visitor nothing;
    struct harbour_before_visitor copy = *visitor;

    assert_int_equal((int)visitor->type, number);
    copy.type = HARBOUR_BEFORE_VISITOR_NONE;
    assert_memory_equal(&copy.ship, &nothing.ship, sizeof nothing.ship);
    assert_memory_equal(&copy.cargo, &nothing.cargo, sizeof nothing.cargo);
}

static void arms_are_not_taken_for_others(void **state)
{
    static const uint32_t logs[] = {1, 2, 3};
    struct harbour_entry entry = {
        .visitor = {.type = HARBOUR_VISITOR_RAFT, .raft = {.logs = {logs, 3}}}};
    struct harbour_berth_taken sent = {
        .berth = 7,
        .visitor = {.type = HARBOUR_VISITOR_TUG, .tug = {.name = {"Hercules", 8}, .power = 3000}},
        .entries = {&entry, 1}};
    uint32_t size = harbour_berth_taken_encode(&sent, bytes, BYTES);
    struct harbour_before_berth_taken taken = read_taken(size);
    struct bus_scratch room = {other_scratch, other_scratch + SCRATCH};
    char text[512];

    (void)state;
    expect_unknown(&taken.visitor, 3);
    expect_unknown(&taken.entries.data[0].visitor, 200);
    (void)harbour_before_berth_taken_print(&taken, text, sizeof text);
    assert_says(text, "visitor: arm 3, entries: [{ at: 1970-01-01T00:00:00Z, state: waiting, "
                      "visitor: arm 200 }]");
    /* NONE is something else. */
    sent.visitor.type = HARBOUR_VISITOR_NONE;
    assert_true(harbour_berth_taken_encode(&sent, again, BYTES) < size);
    memset(&taken, 0x77, sizeof taken);
    assert_true(harbour_before_berth_taken_type.codec.unpack(&taken, bytes, &room));
    expect_unknown(&taken.visitor, 3);
    /* The way that a bus takes for bytes of its own kind says that these are none. */
    room = (struct bus_scratch){other_scratch, other_scratch + SCRATCH};
    assert_false(harbour_before_berth_taken_type.codec.accept(&taken, bytes, size, &room));
}

/* Half of it would be sent: rather nothing. */
static void arms_cannot_be_sent_on(void **state)
{
    struct harbour_berth_taken sent = {
        .visitor = {.type = HARBOUR_VISITOR_TUG, .tug = {.power = 3000}}};
    struct harbour_before_berth_taken taken =
        read_taken(harbour_berth_taken_encode(&sent, bytes, BYTES));

    (void)state;
    assert_int_equal(harbour_before_berth_taken_encode(&taken, again, BYTES), 0);
    assert_says(bus_last_error(), "visitor: no arm of the union has the number 3");
    taken.visitor = (struct harbour_before_visitor){0};
    assert_true(harbour_before_berth_taken_encode(&taken, again, BYTES) > 0);
}

/* ---- fields ---- */

static void new_fields_are_passed_over(void **state)
{
    struct harbour_berth_left sent = {
        .berth = 9,
        .state = HARBOUR_STATE_LEAVING,
        .visitor = {.type = HARBOUR_VISITOR_SHIP, .ship = {{"Ada", 3}, 4}},
        .note = {true, {"at dawn", 7}},
        .next = HARBOUR_STATE_WRECKED,
        .wake = {.type = HARBOUR_VISITOR_RAFT}};
    struct harbour_before_berth_left left;
    struct harbour_berth_left back;
    uint32_t size = harbour_berth_left_encode(&sent, bytes, BYTES);

    (void)state;
    assert_int_equal(harbour_before_berth_left_decode(bytes, size, &left, scratch, SCRATCH),
                     BUS_OK);
    assert_true(left.berth == 9 && left.state == HARBOUR_BEFORE_STATE_LEAVING);
    assert_int_equal(left.visitor.type, HARBOUR_BEFORE_VISITOR_SHIP);
    assert_int_equal(left.visitor.ship.crew, 4);
    /* An older program that sends it on sends what it knows; a newer one reads defaults there. */
    size = harbour_before_berth_left_encode(&left, again, BYTES);
    assert_int_equal(harbour_berth_left_decode(again, size, &back, scratch, SCRATCH), BUS_OK);
    assert_false(back.note.has);
    assert_int_equal(back.next, HARBOUR_STATE_WAITING);
    assert_int_equal(back.wake.type, HARBOUR_VISITOR_NONE);
    assert_int_equal(back.visitor.ship.crew, 4);
}

/* ---- any message ---- */

static bool has_new_arm(const struct harbour_berth_taken *message)
{
    bool has = message->visitor.type > HARBOUR_VISITOR_CARGO;

    for (uint32_t i = 0; i < message->entries.size; i++)
        has = has || message->entries.data[i].visitor.type > HARBOUR_VISITOR_CARGO;
    return has;
}

static void any_message_goes_on_or_is_refused(void **state)
{
    struct bus_test_chance source = {.state = 11};
    struct bus_test_arena arena = {0};
    unsigned on = 0;
    unsigned refused = 0;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct harbour_berth_taken sent;
        struct harbour_before_berth_taken taken;
        uint32_t size;

        bus_test_value(&source, &arena, BUS_TEST_WILD, harbour_berth_taken_type.codec.table, &sent);
        size = harbour_berth_taken_encode(&sent, bytes, BYTES);
        taken = read_taken(size);
        assert_int_equal((int)taken.state, (int)sent.state);
        assert_int_equal((int)taken.visitor.type, (int)sent.visitor.type);
        if (has_new_arm(&sent)) {
            assert_int_equal(harbour_before_berth_taken_encode(&taken, again, BYTES), 0);
            refused++;
        } else {
            assert_int_equal(harbour_before_berth_taken_encode(&taken, again, BYTES), size);
            assert_memory_equal(bytes, again, size);
            on++;
        }
        bus_test_reset(&arena);
    }
    assert_true(on > 300 && refused > 300);
}

/* ---- JSON ---- */

static const struct idl_table *older_model(struct idl_result *result)
{
    const struct idl_table *model;

    assert_true(idl_compile(SCHEMA_FOLDER "/harbour_before.bus", NULL, result));
    model = codec_find(result->bus, "berth_taken", NULL);
    assert_non_null(model);
    return model;
}

static void json_has_numbers(void **state)
{
    const struct codec_options options = {.compact = true};
    uint32_t size = harbour_berth_taken_encode(&new_values, bytes, BYTES);
    struct idl_result result;
    const struct idl_table *model = older_model(&result);
    struct codec_error error;
    uint8_t *packed;
    size_t packed_size;
    char *json;

    (void)state;
    assert_int_equal(codec_decode(model, bytes, size, &options, &json, &error), CODEC_OK);
    assert_says(json, "\"state\":3,\"states\":[\"moored\",200,3],\"maybe\":200,\"draught\":-900,"
                      "\"draughts\":[-900,900],\"rights\":513,\"all_rights\":[512,514],"
                      "\"spot\":{\"row\":3,\"state\":200,\"rights\":512}");
    assert_int_equal(codec_encode(model, json, strlen(json), &packed, &packed_size, &error),
                     CODEC_OK);
    assert_int_equal(packed_size, size);
    assert_memory_equal(packed, bytes, size);
    free(packed);
    free(json);
    idl_free(&result);
}

static void json_names_an_arm_by_its_number(void **state)
{
    const struct codec_options options = {.compact = true};
    struct harbour_berth_taken sent = {
        .visitor = {.type = HARBOUR_VISITOR_RAFT, .raft = {.logs = {NULL, 0}}}};
    uint32_t size = harbour_berth_taken_encode(&sent, bytes, BYTES);
    struct idl_result result;
    const struct idl_table *model = older_model(&result);
    struct codec_error error;
    uint8_t *packed;
    size_t packed_size;
    char *json;

    (void)state;
    assert_int_equal(codec_decode(model, bytes, size, &options, &json, &error), CODEC_OK);
    assert_says(json, "\"visitor_type\":200,");
    assert_null(strstr(json, "\"visitor\":"));
    assert_int_equal(codec_encode(model, json, strlen(json), &packed, &packed_size, &error),
                     CODEC_REFUSED);
    assert_string_equal(error.text, "visitor_type: harbour_before.visitor has no arm 200: what is "
                                    "in it is known to a newer version only");
    free(json);
    idl_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_keep_their_numbers),
        cmocka_unit_test(values_are_printed_as_numbers),
        cmocka_unit_test(values_go_on),
        cmocka_unit_test(arms_are_not_taken_for_others),
        cmocka_unit_test(arms_cannot_be_sent_on),
        cmocka_unit_test(new_fields_are_passed_over),
        cmocka_unit_test(any_message_goes_on_or_is_refused),
        cmocka_unit_test(json_has_numbers),
        cmocka_unit_test(json_names_an_arm_by_its_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
