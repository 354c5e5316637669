/*
 * What older programs left in a store comes to the handlers of today: durable events and dead
 * letters of every version, in their order, through the upgrade functions. What cannot be upgraded
 * is lost nowhere: it is a letter with the bytes it had.
 *
 * covers: P5 P9 H1 H4 H5 M2
 */
#include "ageing.h"

#include <bus/dead_letters.h>
#include <bus/durable.h>
#include <bus/schema.h>
#include <bus/store.h>

#include <stdio.h>

#define MS BUS_MILLISECOND

/* What the handlers saw. */
static struct {
    struct journal placed;
    uint64_t wrong;   /* were not as both versions become */
    uint64_t failing; /* the order that fails */
    uint64_t euros, cents;
} seen;

static enum bus_verdict on_placed(void *context, const struct aged3_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    if (event->order == seen.failing)
        return bus_fail(delivery, &(struct bus_error){.text = "not this one"});
    if (event->names.size != 2 || strcmp(event->names.data[0].data, "Ada") != 0 ||
        strcmp(event->names.data[1].data, "Lovelace") != 0 || event->pieces != 5)
        seen.wrong++;
    journal_add(&seen.placed, event->order);
    return BUS_DONE;
}

static enum bus_verdict on_charge(void *context, const struct aged3_charge *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    seen.euros = request->euros;
    seen.cents = request->cents;
    return BUS_DONE;
}

/* ---- programs, one after another ---- */

static struct bus_memory_store *store;

static const struct bus_schema *schema_of(uint32_t version)
{
    static const struct bus_message_type *const one[] = {&aged_placed_v1, &aged_charge_v1};
    static const struct bus_message_type *const two[] = {&aged_placed_v2};
    static const struct bus_message_type *const three[] = {&aged_placed, &aged_charge};
    static const struct bus_schema schemas[] = {{"aged", 1, BUS_ABI, one, 2, NULL, 0},
                                                {"aged", 2, BUS_ABI, two, 1, NULL, 0},
                                                {"aged", 3, BUS_ABI, three, 2, NULL, 0}};

    return &schemas[version - 1];
}

static void begin(void)
{
    age();
    seen.placed = (struct journal)JOURNAL_INITIALIZER;
    seen.wrong = 0;
    seen.failing = UINT64_MAX;
    assert_int_equal(bus_memory_store_open(&store, NULL), BUS_OK);
}

static void end(void)
{
    bus_memory_store_close(&store);
}

static struct bus *open_version(uint32_t version, struct bus_options options)
{
    struct bus *bus;

    if (options.os == NULL)
        options.os = frozen_os();
    options.store = bus_memory_store_table(store);
    options.schema = schema_of(version);
    options.missing_handlers_allowed = true;
    options.polled = true;
    bus = open_bus(&options);
    if (version == 3) {
        assert_int_equal(bus_register(bus, &aged_placed, (bus_function)on_placed, NULL, NULL),
                         BUS_OK);
        assert_int_equal(bus_register(bus, &aged_charge, (bus_function)on_charge, NULL, NULL),
                         BUS_OK);
    }
    return bus;
}

static struct bus *start_version(uint32_t version, struct bus_options options)
{
    struct bus *bus = open_version(version, options);

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

/* A program of that version publishes `placed` with these orders, and is gone. */
static void leave_placed(uint32_t version, uint64_t first, uint64_t last)
{
    struct bus *bus = start_version(version, (struct bus_options){0});

    for (; first <= last; first++) {
        _Alignas(8) uint8_t bytes[256], room[256];
        struct aged1_placed one;
        struct aged2_placed two;
        uint32_t size;

        if (version == 1) {
            size = pack_placed1(first, bytes, sizeof bytes);
            assert_int_equal(
                bus_decode(&aged_placed_v1.codec, bytes, size, &one, room, sizeof room), BUS_OK);
            assert_int_equal(bus_publish_message(bus, &aged_placed_v1, &one, NULL), BUS_QUEUED);
        } else {
            size = pack_placed2(first, bytes, sizeof bytes);
            assert_int_equal(
                bus_decode(&aged_placed_v2.codec, bytes, size, &two, room, sizeof room), BUS_OK);
            assert_int_equal(bus_publish_message(bus, &aged_placed_v2, &two, NULL), BUS_QUEUED);
        }
    }
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void publish_today(struct bus *bus, uint64_t order)
{
    const struct bus_string names[] = {bus_cstr("Ada"), bus_cstr("Lovelace")};
    struct aged3_placed placed = {.order = order, .names = {names, 2}, .pieces = 5};

    assert_int_equal(bus_publish_message(bus, &aged_placed, &placed, NULL), BUS_QUEUED);
}

/* Until nothing moves any more, with the loader's pauses. */
static void run(struct bus *bus)
{
    for (int i = 0; i < 20; i++) {
        (void)poll_all(bus);
        frozen_advance(20 * MS);
    }
}

static struct bus_durable_figures figures_of(struct bus *bus)
{
    struct bus_durable_figures figures;

    assert_int_equal(bus_durable_figures_read(bus, &figures), BUS_OK);
    return figures;
}

static uint64_t stored(enum bus_stored_kind kind)
{
    const struct bus_store *table = bus_memory_store_table(store);
    struct bus_store_state state;

    table->state(table->context, &state);
    return state.kinds[kind].count;
}

static void put_row(struct bus_stored row)
{
    const struct bus_store *table = bus_memory_store_table(store);
    static uint64_t id;

    row.id = (struct bus_uuid){1, ++id};
    assert_true(table->put(table->context, &row, NULL, NULL));
}

/* ---- durable events ---- */

static void note_row(void *to, const struct bus_stored *row)
{
    struct bus_stored *copy = to;

    *copy = *row;
}

static void each_version_comes_in_its_turn(void **state)
{
    const struct bus_store *table;
    struct bus_stored row;
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 0, 2);
    leave_placed(2, 3, 4);
    table = bus_memory_store_table(store);
    assert_true(table->next(
        table->context,
        &(struct bus_store_query){.kind = BUS_STORED_EVENT, .reader = note_row, .to = &row}));
    assert_int_equal(row.schema_version, 1);
    assert_true(row.schema_fingerprint == aged1_placed_type.schema_fingerprint);
    memset(ageing.runs, 0,
           sizeof ageing.runs); /* the second program has read what the first left */
    bus = start_version(3, (struct bus_options){0});
    publish_today(bus, 5);
    run(bus);
    assert_journal_run(&seen.placed, 0, 6);
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(ageing.runs[2], 3);
    assert_int_equal(ageing.runs[3], 5);
    assert_false(ageing.unterminated);
    assert_int_equal(figures_of(bus).restored, 5);
    assert_int_equal(figures_of(bus).upgraded, 5);
    assert_int_equal(figures_of(bus).strange, 0);
    assert_int_equal(stored(BUS_STORED_EVENT), 0);
    finish_bus(&bus);
    end();
}

/* There is room for two in the lane: the others are read when it has some again. */
static void what_waits_on_disk_is_upgraded_when_it_comes(void **state)
{
    struct bus_options narrow = {.capacity = {2, 2, 2, 2, 2}};
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 0, 5);
    leave_placed(2, 6, 9);
    bus = start_version(3, narrow);
    assert_true(figures_of(bus).behind >= 8);
    publish_today(bus, 10);
    run(bus);
    assert_journal_run(&seen.placed, 0, 11);
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(figures_of(bus).upgraded, 10);
    assert_int_equal(stored(BUS_STORED_EVENT), 0);
    finish_bus(&bus);
    end();
}

struct left {
    uint64_t old, today;
};

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    struct left *left = context;

    /* what it is said to be it is */
    assert_true(bus_wire_verify(type->codec.table, bytes, size, NULL));
    if (type == &aged_placed_v1) {
        assert_int_equal(envelope->schema_version, 1);
        left->old++;
    } else {
        assert_ptr_equal(type, &aged_placed);
        left->today++;
    }
}

static void what_is_left_on_disk_is_of_its_own_version(void **state)
{
    struct bus_options narrow = {.capacity = {2, 2, 2, 2, 2}};
    struct left left = {0, 0};
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 0, 5);
    bus = start_version(3, narrow);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(bus_left_each(bus, count_left, &left), 6);
    assert_true(left.today <= 2);
    assert_int_equal(left.old + left.today, 6);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(stored(BUS_STORED_EVENT), 6);
    end();
}

/* A version that nobody leads from: known to nobody, so left where it is. */
static void a_version_without_upgrades_stays(void **state)
{
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 0, 1);
    leave_placed(2, 2, 3);
    aged_placed_v2.upgrade = NULL;
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_journal(&seen.placed, (uint64_t[]){2, 3}, 2);
    assert_int_equal(figures_of(bus).strange, 2);
    assert_int_equal(stored(BUS_STORED_EVENT), 2);
    finish_bus(&bus);
    end();
}

/* ---- what cannot be upgraded ---- */

struct look {
    struct bus *bus;
    struct bus_dead_letter letter; /* the last one */
    char error[BUS_ERROR_TEXT_SIZE], text[512];
    struct aged1_placed placed; /* what its bytes are */
    _Alignas(8) uint8_t bytes[256], room[256];
    uint64_t count;
};

static bool look_at(void *context, const struct bus_dead_letter *letter)
{
    struct look *look = context;

    look->count++;
    look->letter = *letter;
    (void)snprintf(look->error, sizeof look->error, "%s", letter->error.text);
    (void)bus_dead_letter_text(look->bus, letter, look->text, sizeof look->text);
    assert_true(letter->size <= sizeof look->bytes);
    memcpy(look->bytes, letter->bytes, letter->size);
    return true;
}

static const struct look *letters(struct bus *bus, const struct bus_dead_letter_filter *filter)
{
    static struct look look;

    look = (struct look){.bus = bus};
    assert_int_equal(bus_dead_letters_each(bus, filter, look_at, &look, NULL), BUS_OK);
    return &look;
}

static void is_a_letter_with_its_bytes(struct bus *bus, uint64_t order, const char *why)
{
    const struct look *look = letters(bus, NULL);
    struct aged1_placed placed;
    _Alignas(8) uint8_t room[256];

    assert_int_equal(look->count, 1);
    assert_ptr_equal(look->letter.type, &aged_placed_v1);
    assert_true(look->letter.type_id == aged_placed_v1.id);
    assert_int_equal(look->letter.schema_version, 1);
    assert_true(look->letter.schema_fingerprint == aged1_placed_type.schema_fingerprint);
    assert_int_equal(look->letter.envelope.schema_version, 1);
    assert_true(look->letter.envelope.has_key);
    assert_true(look->letter.envelope.key_hash == bus_key_u64(order));
    assert_non_null(strstr(look->error, why));
    assert_non_null(strstr(look->text, "customer: \"Ada Lovelace\""));
    assert_int_equal(bus_decode(&aged_placed_v1.codec, look->bytes, look->letter.size, &placed,
                                room, sizeof room),
                     BUS_OK);
    assert_int_equal(placed.order, order);
}

static void it_becomes_a_letter_and_runs_when_it_can(void **state)
{
    struct bus_dead_letter_filter by_type = {.type = &aged_placed};
    struct bus_dead_letter_filter by_name = {.message = aged1_placed_type.name};
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 0, 3);
    ageing.refused = 2;
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_journal(&seen.placed, (uint64_t[]){0, 1, 3}, 3);
    assert_int_equal(figures_of(bus).damaged, 1);
    assert_int_equal(figures_of(bus).upgraded, 3);
    assert_int_equal(account_of(bus, &aged_placed).failed, 1);
    assert_int_equal(stored(BUS_STORED_EVENT), 0);
    is_a_letter_with_its_bytes(bus, 2, "says that this one cannot become");
    assert_int_equal(letters(bus, &by_type)->count, 1);
    assert_int_equal(letters(bus, &by_name)->count, 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "cannot become"));
    finish_bus(&bus);
    /* It is the same for the next program, whose function knows how. */
    ageing.refused = UINT64_MAX;
    bus = start_version(3, (struct bus_options){0});
    is_a_letter_with_its_bytes(bus, 2, "says that this one cannot become");
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_journal(&seen.placed, (uint64_t[]){0, 1, 3, 2}, 4);
    assert_int_equal(seen.wrong, 0);
    finish_bus(&bus);
    assert_int_equal(stored(BUS_STORED_LETTER), 0);
    end();
}

static void too_much_memory_is_refused_as_well(void **state)
{
    struct bus *bus;

    (void)state;
    begin();
    leave_placed(1, 7, 7);
    ageing.more = 1 << 20;
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_int_equal(latch_count(&seen.placed.latch), 0);
    is_a_letter_with_its_bytes(bus, 7, "more memory");
    finish_bus(&bus);
    end();
}

static void damaged_bytes_of_an_older_version_are_told(void **state)
{
    _Alignas(8) uint8_t bytes[256];
    struct bus_stored row = {.kind = BUS_STORED_EVENT,
                             .message = aged1_placed_type.name,
                             .type_id = aged1_placed_type.id,
                             .schema_version = 1,
                             .schema_fingerprint = aged1_placed_type.schema_fingerprint,
                             .bytes = bytes};
    struct bus *bus;

    (void)state;
    begin();
    row.size = pack_placed1(1, bytes, sizeof bytes);
    bytes[5] ^= 0x55;
    put_row(row);
    row.size = 0;
    put_row(row);
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_int_equal(figures_of(bus).damaged, 2);
    assert_int_equal(ageing.runs[2], 0);
    assert_int_equal(letters(bus, NULL)->count, 2);
    assert_non_null(strstr(letters(bus, NULL)->text, "damaged bytes)"));
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    finish_bus(&bus);
    end();
}

/* The schema was changed, and its version was not. */
static void another_text_of_one_version_is_named(void **state)
{
    _Alignas(8) uint8_t bytes[256];
    struct bus_stored row = {.kind = BUS_STORED_EVENT,
                             .message = aged1_placed_type.name,
                             .type_id = aged3_placed_type.id,
                             .schema_version = aged3_placed_type.schema_version,
                             .schema_fingerprint = aged3_placed_type.schema_fingerprint,
                             .bytes = bytes};
    struct bus *bus;

    (void)state;
    begin();
    row.size = pack_placed1(1, bytes, sizeof bytes); /* no version 3 at all */
    put_row(row);
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_null(strstr(letters(bus, NULL)->error, "another text"));
    row.schema_fingerprint ^= 1;
    put_row(row);
    finish_bus(&bus);
    bus = start_version(3, (struct bus_options){0});
    run(bus);
    assert_int_equal(letters(bus, NULL)->count, 2);
    assert_non_null(
        strstr(letters(bus, NULL)->error, "written by another text of schema version 3"));
    assert_non_null(strstr(letters(bus, NULL)->text, "another text"));
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    assert_null(strstr(bus_last_error(), "another text"));
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "another text"));
    finish_bus(&bus);
    end();
}

/* ---- memory runs out ---- */

static void without_memory_nothing_is_lost(void **state)
{
    struct bus_os os = *failing_os();
    bool struck = true;
    uint64_t nth;

    (void)state;
    os.monotonic_ns = frozen_os()->monotonic_ns;
    os.real_ns = frozen_os()->real_ns;
    for (nth = 1; struck; nth++) {
        struct bus *bus;

        begin();
        leave_placed(1, 0, 2);
        leave_placed(2, 3, 3);
        bus = open_version(3, (struct bus_options){.os = &os});
        failing_arm(nth, false);
        if (bus_start(bus) != BUS_OK)
            assert_int_equal(bus_start(bus), BUS_OK);
        run(bus);
        struck = failing_struck();
        failing_arm(0, false);
        assert_journal_run(&seen.placed, 0, 4);
        assert_int_equal(seen.wrong, 0);
        assert_int_equal(figures_of(bus).damaged, 0);
        assert_int_equal(stored(BUS_STORED_EVENT), 0);
        finish_bus(&bus);
        end();
    }
    assert_true(nth > 2);
}

/* ---- letters that older programs left ---- */

static void put_letter(const struct bus_message_type *type, uint64_t order, const uint8_t *bytes,
                       uint32_t size)
{
    put_row((struct bus_stored){.kind = BUS_STORED_LETTER,
                                .message = aged_placed.name,
                                .type_id = type->id,
                                .schema_version = type->schema_version,
                                .schema_fingerprint = type->schema_fingerprint,
                                .has_key = true,
                                .key_hash = bus_key_u64(order),
                                .handler = aged_placed.name,
                                .reason = BUS_LETTER_FAILED,
                                .error = {.text = "the line is cut"},
                                .attempts = 1,
                                .bytes = bytes,
                                .size = size});
}

static void letters_of_all_versions_keep_their_order(void **state)
{
    _Alignas(8) uint8_t bytes[256];
    struct bus_replay_result result;
    struct bus *bus;

    (void)state;
    begin();
    put_letter(&aged_placed_v1, 4, bytes, pack_placed1(4, bytes, sizeof bytes));
    put_letter(&aged_placed_v2, 4, bytes, pack_placed2(4, bytes, sizeof bytes));
    put_letter(&aged_placed_v1, 5, bytes, pack_placed1(5, bytes, sizeof bytes));
    bus = start_version(3, (struct bus_options){0});
    seen.failing = 4;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.failed, 1);
    assert_int_equal(result.behind, 1);
    assert_int_equal(result.replayed, 1);
    seen.failing = UINT64_MAX;
    assert_int_equal(bus_dead_letters_replay(bus,
                                             &(struct bus_dead_letter_filter){.type = &aged_placed},
                                             0, PATIENCE, &result),
                     BUS_OK);
    assert_int_equal(result.replayed, 2);
    assert_journal(&seen.placed, (uint64_t[]){5, 4, 4}, 3);
    assert_int_equal(seen.wrong, 0);
    finish_bus(&bus);
    end();
}

static void a_letter_that_fails_again_stays_as_it_was(void **state)
{
    _Alignas(8) uint8_t bytes[256];
    const struct look *look;
    struct bus *bus;

    (void)state;
    begin();
    put_letter(&aged_placed_v2, 4, bytes, pack_placed2(4, bytes, sizeof bytes));
    bus = start_version(3, (struct bus_options){0});
    seen.failing = 4;
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    look = letters(bus, NULL);
    assert_ptr_equal(look->letter.type, &aged_placed_v2);
    assert_int_equal(look->letter.schema_version, 2);
    assert_int_equal(look->letter.attempts, 2);
    assert_string_equal(look->error, "not this one");
    assert_non_null(strstr(look->text, "first: \"Ada\""));
    finish_bus(&bus);
    end();
}

static void a_command_is_upgraded_as_well(void **state)
{
    _Alignas(8) uint8_t bytes[64];
    struct bus *bus;

    (void)state;
    begin();
    put_row((struct bus_stored){
        .kind = BUS_STORED_LETTER,
        .message = aged_charge.name,
        .type_id = aged_charge_v1.id,
        .schema_version = 1,
        .handler = aged_charge.name,
        .reason = BUS_LETTER_FAILED,
        .bytes = bytes,
        .size = aged1_charge_encode(&(struct aged1_charge){.order = 1, .cents = 1250}, bytes,
                                    sizeof bytes)});
    bus = start_version(3, (struct bus_options){0});
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(seen.euros, 12);
    assert_int_equal(seen.cents, 50);
    finish_bus(&bus);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_version_comes_in_its_turn),
        cmocka_unit_test(what_waits_on_disk_is_upgraded_when_it_comes),
        cmocka_unit_test(what_is_left_on_disk_is_of_its_own_version),
        cmocka_unit_test(a_version_without_upgrades_stays),
        cmocka_unit_test(it_becomes_a_letter_and_runs_when_it_can),
        cmocka_unit_test(too_much_memory_is_refused_as_well),
        cmocka_unit_test(damaged_bytes_of_an_older_version_are_told),
        cmocka_unit_test(another_text_of_one_version_is_named),
        cmocka_unit_test(without_memory_nothing_is_lost),
        cmocka_unit_test(letters_of_all_versions_keep_their_order),
        cmocka_unit_test(a_letter_that_fails_again_stays_as_it_was),
        cmocka_unit_test(a_command_is_upgraded_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
