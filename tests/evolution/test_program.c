/*
 * What a newer program left in its store, in the hands of an older one, and then of the newer one
 * again: durable events, scheduled ones, dead letters. The older one sees what it knows, and gives
 * on all that was written: the bytes stay as they were.
 *
 * covers: H4 P5 P9 M2 L2
 */
#include "support.h"

#include <bus/dead_letters.h>
#include <bus/durable.h>
#include <bus/schedule.h>
#include <bus/store.h>

#include "harbour.bus.h"
#include "harbour_before.bus.h"

enum { BYTES = 512, NEWER = 2 };

static _Alignas(8) uint8_t bytes[BYTES];
static uint32_t size;
static struct bus_memory_store *memory;

/* ---- what the newer program wrote ---- */

static const struct harbour_berth_left sent = {
    .berth = 9,
    .state = HARBOUR_STATE_AGROUND,
    .visitor = {.type = HARBOUR_VISITOR_TUG, .tug = {.name = {"Hercules", 8}, .power = 3000}},
    .note = {true, {"at dawn", 7}},
    .next = HARBOUR_STATE_WRECKED};

/* What a handler of the older program was given. */
struct seen {
    bool failing;
    uint32_t runs;
    uint64_t berth;
    int state;
    int visitor;
    uint32_t schema_version;
};

static enum bus_verdict look(void *context, const struct harbour_before_berth_left *event,
                             struct bus_delivery *delivery)
{
    struct seen *seen = context;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    seen->runs++;
    seen->berth = event->berth;
    seen->state = (int)event->state;
    seen->visitor = (int)event->visitor.type;
    seen->schema_version = envelope.schema_version;
    return seen->failing ? bus_fail(delivery, NULL) : BUS_DONE;
}

static int open_store(void **state)
{
    (void)state;
    size = harbour_berth_left_encode(&sent, bytes, BYTES);
    assert_true(size > 0);
    assert_int_equal(bus_memory_store_open(&memory, NULL), BUS_OK);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    bus_memory_store_close(&memory);
    return 0;
}

/* As if the two schemas had one name. */
static void put(struct bus_stored stored)
{
    const struct bus_store *store = bus_memory_store_table(memory);

    stored.id = (struct bus_uuid){.high = 1, .low = 1};
    stored.message = harbour_before_berth_left_type.name;
    stored.type_id = harbour_before_berth_left_type.id;
    stored.schema_version = NEWER;
    stored.schema_fingerprint = harbour_berth_left_type.schema_fingerprint;
    stored.session = "";
    stored.has_key = true;
    stored.key_hash = harbour_berth_left_type.key(&sent);
    stored.bytes = bytes;
    stored.size = size;
    assert_true(store->put(store->context, &stored, NULL, NULL));
}

static uint64_t stored_of(enum bus_stored_kind kind)
{
    const struct bus_store *store = bus_memory_store_table(memory);
    struct bus_store_state state;

    store->state(store->context, &state);
    return state.kinds[kind].count;
}

/* ---- the older program ---- */

static struct bus *open_older(struct seen *seen)
{
    struct bus_options options = {.polled = true,
                                  .os = frozen_os(),
                                  .schema = &harbour_before_schema,
                                  .store = bus_memory_store_table(memory)};
    struct bus *bus = open_bus(&options);

    assert_int_equal(harbour_before_berth_left_subscribe(bus, look, seen, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    (void)poll_all(bus);
    return bus;
}

static void assert_saw_it(const struct seen *seen, uint32_t runs)
{
    assert_int_equal(seen->runs, runs);
    assert_int_equal(seen->berth, 9);
    assert_int_equal(seen->state, HARBOUR_STATE_AGROUND);
    assert_int_equal(seen->visitor, HARBOUR_VISITOR_TUG);
}

/* ---- the newer program again ---- */

struct shown {
    struct bus *bus;
    uint32_t version; /* that the letter says */
    uint32_t count;
    uint32_t attempts;
};

/* The letter is what was written, to the byte. */
static bool is_whole(void *context, const struct bus_dead_letter *letter)
{
    static _Alignas(8) uint8_t copy[BYTES], scratch[BYTES];
    struct shown *shown = context;
    struct harbour_berth_left back;
    char text[512];

    shown->count++;
    shown->attempts = letter->attempts;
    assert_int_equal(letter->schema_version, shown->version);
    assert_int_equal(letter->schema_fingerprint == harbour_berth_left_type.schema_fingerprint,
                     shown->version == NEWER);
    assert_int_equal(letter->size, size);
    assert_memory_equal(letter->bytes, bytes, size);
    memcpy(copy, letter->bytes, size);
    assert_int_equal(harbour_berth_left_decode(copy, size, &back, scratch, BYTES), BUS_OK);
    assert_int_equal(harbour_berth_left_compare(&back, &sent), 0);
    (void)bus_dead_letter_text(shown->bus, letter, text, sizeof text);
    assert_non_null(strstr(text, "berth_left { berth: 9, state: 200, visitor: arm 3 }"));
    return true;
}

static uint32_t whole_letters(struct bus *bus, uint32_t attempts)
{
    struct shown shown = {.bus = bus, .version = NEWER};

    assert_int_equal(bus_dead_letters_each(bus, NULL, is_whole, &shown, NULL), BUS_OK);
    if (shown.count != 0)
        assert_int_equal(shown.attempts, attempts);
    return shown.count;
}

/* ---- durable events ---- */

static void an_event_is_delivered(void **state)
{
    struct seen seen = {.failing = false};
    struct bus *bus;

    (void)state;
    put((struct bus_stored){.kind = BUS_STORED_EVENT});
    bus = open_older(&seen);
    assert_saw_it(&seen, 1);
    assert_int_equal(seen.schema_version, NEWER);
    assert_int_equal(stored_of(BUS_STORED_EVENT), 0);
    assert_int_equal(whole_letters(bus, 0), 0);
    finish_bus(&bus);
}

static void an_event_that_fails_is_a_whole_letter(void **state)
{
    struct seen seen = {.failing = true};
    struct bus *bus;

    (void)state;
    put((struct bus_stored){.kind = BUS_STORED_EVENT});
    bus = open_older(&seen);
    assert_saw_it(&seen, 1);
    assert_int_equal(whole_letters(bus, 1), 1);
    finish_bus(&bus);
    assert_int_equal(stored_of(BUS_STORED_EVENT), 0);
    assert_int_equal(stored_of(BUS_STORED_LETTER), 1);
    /* The next process has it as it was. */
    bus = open_older(&seen);
    assert_int_equal(whole_letters(bus, 1), 1);
    finish_bus(&bus);
}

/* ---- dead letters ---- */

static void a_letter_runs_again_and_stays_whole(void **state)
{
    struct seen seen = {.failing = true};
    struct bus *bus;

    (void)state;
    put((struct bus_stored){.kind = BUS_STORED_LETTER,
                            .handler = harbour_before_berth_left_type.name,
                            .reason = BUS_LETTER_FAILED,
                            .attempts = 1,
                            .first_ns = 1});
    bus = open_older(&seen);
    assert_int_equal(whole_letters(bus, 1), 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_saw_it(&seen, 1);
    assert_int_equal(whole_letters(bus, 2), 1);
    finish_bus(&bus);
    seen.failing = false;
    bus = open_older(&seen);
    assert_int_equal(whole_letters(bus, 2), 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_saw_it(&seen, 2);
    finish_bus(&bus);
    assert_int_equal(stored_of(BUS_STORED_LETTER), 0);
}

/* ---- scheduled events ---- */

/* Of a durable type: what is due goes through the store once more. It was published by the program
 * that it became due in, and says so. */
static void a_scheduled_event_comes_with_all_it_had(void **state)
{
    struct seen seen = {.failing = true};
    struct shown shown;
    struct bus *bus;

    (void)state;
    put((struct bus_stored){.kind = BUS_STORED_SCHEDULED, .at = true, .due_ns = 1});
    bus = open_older(&seen);
    (void)poll_all(bus);
    assert_saw_it(&seen, 1);
    shown = (struct shown){.bus = bus, .version = 1};
    assert_int_equal(bus_dead_letters_each(bus, NULL, is_whole, &shown, NULL), BUS_OK);
    assert_int_equal(shown.count, 1);
    finish_bus(&bus);
    assert_int_equal(stored_of(BUS_STORED_SCHEDULED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_delivered, open_store, close_store),
        cmocka_unit_test_setup_teardown(an_event_that_fails_is_a_whole_letter, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_letter_runs_again_and_stays_whole, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_scheduled_event_comes_with_all_it_had, open_store,
                                        close_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
