/*
 * Bytes of an older version of a message go through the upgrade functions, one version after
 * another, in bounded memory; what cannot be upgraded is refused with the reason.
 *
 * covers: P5
 */
#include "ageing.h"

#include <bus/durable.h>
#include <bus/schema.h>
#include <bus/store.h>

enum { ROOM = 8192 };
static _Alignas(8) uint8_t bytes[512], scratch[ROOM];

static enum bus_status decode(uint64_t type_id, uint32_t size, struct aged3_placed *placed,
                              size_t room)
{
    memset(placed, 0xee, sizeof *placed);
    memset(scratch, 0xee, sizeof scratch);
    return bus_upgrade_decode(&aged_placed, type_id, bytes, size, placed, scratch, room);
}

static void each_version_is_read(void **state)
{
    const struct bus_string name = bus_cstr("Ada");
    struct aged3_placed placed;
    uint32_t size;

    (void)state;
    age();
    size = pack_placed1(1, bytes, sizeof bytes);
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_OK);
    assert_upgraded(&placed, 1);
    assert_int_equal(ageing.runs[2], 1);
    assert_int_equal(ageing.runs[3], 1);
    size = pack_placed2(2, bytes, sizeof bytes);
    assert_int_equal(decode(aged_placed_v2.id, size, &placed, ROOM), BUS_OK);
    assert_upgraded(&placed, 2);
    assert_int_equal(ageing.runs[2], 1);
    assert_int_equal(ageing.runs[3], 2);
    size = aged3_placed_encode(&(struct aged3_placed){.order = 3, .names = {&name, 1}, .pieces = 9},
                               bytes, sizeof bytes);
    assert_int_equal(decode(aged_placed.id, size, &placed, ROOM), BUS_OK);
    assert_int_equal(placed.order, 3);
    assert_int_equal(placed.pieces, 9);
    assert_int_equal(ageing.runs[3], 2);
    assert_false(ageing.unterminated);
}

/* The older type alone is what it always was. */
static void an_older_version_knows_no_newer_one(void **state)
{
    struct aged2_placed placed;
    uint32_t size;

    (void)state;
    age();
    size = pack_placed1(1, bytes, sizeof bytes);
    assert_int_equal(
        bus_upgrade_decode(&aged_placed_v2, aged_placed_v1.id, bytes, size, &placed, scratch, ROOM),
        BUS_OK);
    assert_string_equal(placed.first.data, "Ada");
    assert_string_equal(placed.last.data, "Lovelace");
    assert_int_equal(
        bus_upgrade_decode(&aged_placed_v2, aged_placed.id, bytes, size, &placed, scratch, ROOM),
        BUS_ERR_NOT_REGISTERED);
    assert_non_null(strstr(bus_last_error(), "is no version of it"));
}

static void scratch_may_be_too_small(void **state)
{
    size_t enough = bus_upgrade_scratch(&aged_placed), room;
    struct aged3_placed placed;
    bool well = false;
    uint32_t size;

    (void)state;
    age();
    enough = bus_upgrade_scratch(&aged_placed);
    assert_true(enough > aged_placed.codec.scratch_max && enough <= ROOM);
    assert_int_equal(bus_upgrade_scratch(&aged_noted_v1), aged_noted_v1.codec.scratch_max);
    assert_int_equal(bus_upgrade_scratch(NULL), 0);
    size = pack_placed1(1, bytes, sizeof bytes);
    assert_int_equal(
        bus_upgrade_decode(&aged_placed, aged_placed_v1.id, bytes, size, &placed, NULL, 0),
        BUS_ERR_LIMIT);
    for (room = 0; room <= enough; room += 8) {
        enum bus_status status = decode(aged_placed_v1.id, size, &placed, room);

        if (status == BUS_OK) {
            assert_upgraded(&placed, 1);
            well = true;
            continue;
        }
        assert_false(well); /* what was enough once stays so */
        assert_int_equal(status, BUS_ERR_LIMIT);
        assert_non_null(strstr(bus_last_error(), "scratch"));
    }
    assert_true(well);
}

static void what_cannot_be_upgraded_is_refused(void **state)
{
    struct aged3_placed placed;
    uint32_t size;

    (void)state;
    age();
    size = pack_placed1(1, bytes, sizeof bytes);
    ageing.refused = 1;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "says that this one cannot become aged1.placed"));
    age();
    ageing.too_long = true;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "last: 33 bytes"));
    assert_int_equal(ageing.runs[3], 0);
    age();
    ageing.no_text = true;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "names[1]: not UTF-8"));
    age();
    bytes[4] ^= 0xff;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    assert_int_equal(ageing.runs[2], 0);
    assert_int_equal(decode(aged_placed_v1.id, 3, &placed, ROOM), BUS_ERR_INVALID);
    assert_int_equal(bus_upgrade_decode(NULL, 0, bytes, size, &placed, scratch, ROOM),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_upgrade_decode(&aged_placed, aged_placed_v1.id, bytes + 1, size, &placed,
                                        scratch, ROOM),
                     BUS_ERR_INVALID);
}

static void memory_of_an_upgrade_is_bounded(void **state)
{
    struct aged3_placed placed;
    uint64_t most;
    uint32_t size;

    (void)state;
    age();
    size = pack_placed1(1, bytes, sizeof bytes);
    most = (aged_placed.codec.size_max + UINT64_C(7)) / 8 * 8 +
           (aged_placed.codec.scratch_max + UINT64_C(7)) / 8 * 8;
    ageing.greedy = true;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_OK);
    assert_int_equal(ageing.seen_left + 4 * sizeof(struct bus_string), most);
    ageing.greedy = false;
    ageing.more = (size_t)most + 1;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "more memory"));
    ageing.more = SIZE_MAX;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_ERR_INVALID);
    ageing.more_is_ignored = true; /* it did without */
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, ROOM), BUS_OK);
    assert_null(bus_upgrade_memory(NULL, 8));
    ageing.more = 0;
    /* an empty vector takes nothing of it, however often, and the scratch suffices all the same */
    ageing.nothings = 10000;
    assert_int_equal(decode(aged_placed_v1.id, size, &placed, bus_upgrade_scratch(&aged_placed)),
                     BUS_OK);
    assert_int_equal(ageing.nothings, 0);
}

/* ---- on a bus ---- */

static enum bus_verdict on_placed(void *context, const struct aged3_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_DONE;
}
static const bus_function take = (bus_function)on_placed;

static void versions_that_make_no_sense_are_refused(void **state)
{
    struct bus_upgrade nowhere = {.from = &aged_placed_v2};
    struct bus_message_type odd;
    struct bus *bus;

    (void)state;
    age();
    bus = open_bus(&(struct bus_options){.polled = true});
    assert_int_equal(bus_register(bus, &aged_placed_v2, take, NULL, NULL), BUS_OK);
    odd = aged_placed;
    odd.version = 2;
    assert_int_equal(bus_register(bus, &odd, take, NULL, NULL), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "is damaged"));
    odd.version = 3;
    odd.upgrade = &nowhere;
    assert_int_equal(bus_register(bus, &odd, take, NULL, NULL), BUS_ERR_INVALID);
    odd.upgrade = aged_placed.upgrade;
    odd.kind = BUS_INTEGRATION_EVENT;
    assert_int_equal(bus_register(bus, &odd, take, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* Two libraries with a schema each, of different age: messages of the one would not reach the
 * other. */
static void two_versions_in_one_program_are_refused(void **state)
{
    struct bus *bus;

    (void)state;
    age();
    bus = open_bus(&(struct bus_options){.polled = true});
    assert_int_equal(bus_register(bus, &aged_placed_v1, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_register(bus, &aged_placed, take, NULL, NULL), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "of schema version 1 is an older version of"));
    assert_int_equal(bus_register(bus, &aged_noted, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_register(bus, &aged_noted_v1, take, NULL, NULL), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "of version 3: two builds of one schema"));
    assert_int_equal(bus_close(&bus), BUS_OK);
    bus = open_bus(&(struct bus_options){.polled = true});
    assert_int_equal(bus_register(bus, &aged_placed, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_register(bus, &aged_placed_v2, take, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_register(bus, &aged_charge, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* The older version was durable, the newest drops the oldest: not those that come from disk, of
 * which the store would never hear again. */
static void what_was_durable_is_not_dropped(void **state)
{
    struct bus_message_type dropping;
    _Alignas(8) uint8_t noted[64];
    struct bus_stored row = {.kind = BUS_STORED_EVENT, .bytes = noted};
    struct bus_memory_store *store;
    struct bus_store_state kept;
    const struct bus_store *table;
    struct bus_account account;
    struct bus *bus;

    (void)state;
    age();
    dropping = aged_noted;
    dropping.when_full = BUS_FULL_DROP_OLDEST;
    row.type_id = aged_noted_v1.id;
    row.message = aged_noted.name;
    assert_int_equal(bus_memory_store_open(&store, NULL), BUS_OK);
    table = bus_memory_store_table(store);
    for (uint64_t i = 1; i <= 5; i++) {
        row.id = (struct bus_uuid){1, i};
        row.size = aged1_noted_encode(&(struct aged1_noted){.number = i}, noted, sizeof noted);
        assert_true(table->put(table->context, &row, NULL, NULL));
    }
    bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .store = table, .capacity = {2, 2, 2, 2, 2}});
    assert_int_equal(bus_register(bus, &dropping, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(
            bus_publish_message(bus, &dropping, &(struct aged3_noted){.number = 9}, NULL),
            BUS_QUEUED);
        (void)poll_all(bus);
        frozen_advance(20 * BUS_MILLISECOND);
    }
    assert_int_equal(bus_account(bus, &dropping, &account), BUS_OK);
    assert_int_equal(account.processed, 10);
    assert_int_equal(account.dropped, 0);
    finish_bus(&bus);
    table->state(table->context, &kept);
    assert_int_equal(kept.kinds[BUS_STORED_EVENT].count, 0);
    bus_memory_store_close(&store);
}

/* What it left is larger than anything that is sent today, and so is what the bus reads. */
static void an_older_version_may_be_larger(void **state)
{
    static const struct bus_message_type *const types[] = {&aged_noted};
    static const struct bus_schema schema = {"aged", 3, BUS_ABI, types, 1, NULL, 0};
    static char remark[1001];
    _Alignas(8) static uint8_t noted[1100];
    struct bus_stored row = {.kind = BUS_STORED_EVENT, .id = {1, 1}, .bytes = noted};
    struct bus_durable_figures figures;
    struct bus_memory_store *store;
    const struct bus_store *table;
    struct bus *bus;

    (void)state;
    age();
    memset(remark, 'x', sizeof remark - 1);
    row.type_id = aged_noted_v1.id;
    row.message = aged_noted.name;
    row.size = aged1_noted_encode(&(struct aged1_noted){.number = 1, .remark = bus_cstr(remark)},
                                  noted, sizeof noted);
    assert_true(row.size > 1000);
    assert_int_equal(bus_memory_store_open(&store, NULL), BUS_OK);
    table = bus_memory_store_table(store);
    assert_true(table->put(table->context, &row, NULL, NULL));
    bus = open_bus(&(struct bus_options){.polled = true, .store = table, .schema = &schema});
    assert_int_equal(bus_register(bus, &aged_noted, take, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(bus_durable_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.upgraded, 1);
    assert_int_equal(figures.damaged, 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_version_is_read),
        cmocka_unit_test(an_older_version_knows_no_newer_one),
        cmocka_unit_test(scratch_may_be_too_small),
        cmocka_unit_test(what_cannot_be_upgraded_is_refused),
        cmocka_unit_test(memory_of_an_upgrade_is_bounded),
        cmocka_unit_test(versions_that_make_no_sense_are_refused),
        cmocka_unit_test(two_versions_in_one_program_are_refused),
        cmocka_unit_test(an_older_version_may_be_larger),
        cmocka_unit_test(what_was_durable_is_not_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
