/*
 * Dead letters over a store: the next bus lists them, decodes them, also those of another schema
 * version, and runs them again by the name of their handler. A store that is slow, refuses, fails
 * or breaks takes no letter away from the bus, and has all of them as soon as it works.
 *
 * covers: H1 H2 H3 H4 H5 P9
 */
#include "letters.h"

#include <bus/health.h>
#include <bus/session.h>
#include <bus/store.h>

#include "past.bus.h"

static struct bus_memory_store *memory;
static struct flaky flaky;

/* ---- buses one after the other ---- */

static int open_store(void **state)
{
    static const struct flaky fresh = FLAKY_INITIALIZER;

    (void)state;
    memcpy(&flaky, &fresh, sizeof flaky);
    assert_int_equal(bus_memory_store_open(&memory, NULL), BUS_OK);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    bus_memory_store_close(&memory);
    return 0;
}

static struct bus *open_with(struct bus_options options)
{
    struct bus *bus;

    options.polled = true;
    options.store = bus_memory_store_table(memory);
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static struct bus *open_on_store(void)
{
    struct bus *bus = open_with((struct bus_options){.workers = 1});

    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    return bus;
}

/* Letters of posted with these numbers. */
static void fail_posts(struct bus *bus, uint64_t first, uint64_t last)
{
    atomic_store(&flaky.failing, true);
    for (; first <= last; first++)
        post(bus, first);
    (void)poll_all(bus);
    atomic_store(&flaky.failing, false);
}

static struct bus_store_state store_state(void)
{
    const struct bus_store *store = bus_memory_store_table(memory);
    struct bus_store_state state;

    store->state(store->context, &state);
    return state;
}

static uint64_t on_disk(void)
{
    return store_state().kinds[BUS_STORED_LETTER].count;
}

/* ---- the next bus ---- */

static void the_next_bus_has_them(void **state)
{
    struct bus *bus = open_on_store();
    struct seen_letter before, after;
    struct bus_replay_result result;

    (void)state;
    flaky.transient = true;
    fail_posts(bus, 1, 2);
    atomic_store(&flaky.failing, true);
    note(bus, 77, 3);
    (void)poll_all(bus);
    before = letter_at(bus, 3);
    assert_int_equal(on_disk(), 3);
    finish_bus(&bus);

    bus = open_with((struct bus_options){.workers = 1});
    assert_int_equal(figures_of(bus).added, 3);
    assert_int_equal(figures_of(bus).waiting, 3);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 3);
    /* This bus has not heard of any type yet. */
    assert_int_equal(bus_dead_letter_replay(bus, 3, PATIENCE), BUS_NO_HANDLER);
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    after = letter_at(bus, 3);
    assert_string_equal(after.message, "mail.noted");
    assert_string_equal(after.handler, before.handler);
    assert_string_equal(after.text, before.text);
    assert_int_equal(after.number, 3);
    assert_ptr_equal(after.letter.type, &mail_noted_type);
    assert_int_equal(after.letter.reason, BUS_LETTER_FAILED);
    assert_int_equal(after.letter.error.category, BUS_CATEGORY_CONNECTION);
    assert_int_equal(after.letter.error.code, 3);
    assert_true(after.letter.error.transient);
    assert_int_equal(after.letter.attempts, 1);
    assert_int_equal(after.letter.schema_version, 3);
    assert_true(after.letter.schema_fingerprint == mail_posted_type.schema_fingerprint);
    assert_true(after.letter.envelope.schema_fingerprint == mail_posted_type.schema_fingerprint);
    assert_true(after.letter.first_ns == before.letter.first_ns);
    assert_true(after.letter.last_ns == before.letter.last_ns);
    assert_true(after.letter.envelope.published_ns == before.letter.envelope.published_ns);
    assert_true(after.letter.envelope.has_key);
    assert_true(after.letter.envelope.key_hash == before.letter.envelope.key_hash);
    assert_memory_equal(&after.letter.envelope.id, &before.letter.envelope.id,
                        sizeof(struct bus_uuid));
    /* It fails again, and says so to the bus behind. */
    assert_int_equal(bus_dead_letter_replay(bus, 3, PATIENCE), BUS_FAULTED);
    finish_bus(&bus);

    bus = open_on_store();
    after = letter_at(bus, 3);
    assert_int_equal(after.letter.attempts, 2);
    assert_int_equal(after.letter.replays, 1);
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 3);
    assert_journal(&flaky.journal, (uint64_t[]){1, 2, 3}, 3);
    assert_int_equal(figures_of(bus).waiting, 0);
    assert_int_equal(on_disk(), 0);
    /* Numbers go on. */
    fail_posts(bus, 9, 9);
    assert_int_equal(letter_at(bus, 4).number, 9);
    finish_bus(&bus);
    bus = open_on_store();
    assert_int_equal(figures_of(bus).added, 1);
    assert_int_equal(letter_at(bus, 4).number, 9);
    finish_bus(&bus);
}

static void keys_keep_their_order(void **state)
{
    struct bus *bus = open_on_store();
    struct bus_replay_result result;

    (void)state;
    atomic_store(&flaky.failing, true);
    note(bus, 5, 1);
    note(bus, 6, 2);
    note(bus, 5, 3);
    (void)poll_all(bus);
    finish_bus(&bus);
    bus = open_on_store();
    atomic_store(&flaky.failing, false);
    flaky.fails = 1;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.failed, 1);
    assert_int_equal(result.behind, 1); /* of the key of the one that failed */
    assert_int_equal(result.replayed, 1);
    assert_journal(&flaky.journal, (uint64_t[]){2}, 1);
    finish_bus(&bus);
}

/* A letter shows the id that it had, and runs with it: the store keeps the seed of the ids. */
static void ids_stay_where_the_seed_does(void **state)
{
    struct seen_letter seen;
    struct bus_uuid id;
    struct bus *bus = open_with((struct bus_options){0});

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    post(bus, 100); /* its sequence is not the first */
    (void)poll_all(bus);
    fail_posts(bus, 1, 1);
    id = flaky.last_id;
    finish_bus(&bus);
    bus = open_with((struct bus_options){0});
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    seen = letter_at(bus, 1);
    assert_memory_equal(&seen.letter.envelope.id, &id, sizeof id);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_memory_equal(&flaky.last_id, &id, sizeof id);
    finish_bus(&bus);
}

/* A session of the same id is the same session to a letter. */
static void sessions_are_known_by_their_id(void **state)
{
    const struct bus_session_options alice = {.id = "alice"};
    struct bus_message_options inside = {.deadline_ns = 0};
    struct bus_handler_options of_session = {.concurrent = false};
    struct mail_posted posted = {.number = 1};
    struct seen_letter seen;
    struct bus *bus = open_with((struct bus_options){.workers = 1});

    (void)state;
    assert_int_equal(bus_session_open_with(bus, &alice, &inside.session), BUS_OK);
    of_session.session = inside.session;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, &of_session), BUS_OK);
    atomic_store(&flaky.failing, true);
    assert_int_equal(mail_posted_publish_with(bus, &posted, &inside), BUS_QUEUED);
    (void)poll_all(bus);
    seen = letter_at(bus, 1);
    assert_string_equal(seen.session, "alice");
    finish_bus(&bus);

    atomic_store(&flaky.failing, false);
    bus = open_with((struct bus_options){.workers = 1});
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_letters(bus, &(struct bus_dead_letter_filter){.session_id = "alice"}, (uint64_t[]){1},
                   1);
    assert_letters(bus, &(struct bus_dead_letter_filter){.session_id = "bob"}, NULL, 0);
    assert_letters(bus, &(struct bus_dead_letter_filter){.session_id = ""}, NULL, 0);
    /* It is not open here: a handler of the bus takes it. */
    atomic_store(&flaky.failing, true);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    atomic_store(&flaky.failing, false);
    finish_bus(&bus);

    bus = open_with((struct bus_options){.workers = 1});
    assert_int_equal(bus_session_open(bus, &inside.session), BUS_OK); /* another one */
    assert_int_equal(bus_session_open_with(bus, &alice, &inside.session), BUS_OK);
    of_session.session = inside.session;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, &of_session), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    finish_bus(&bus);
    assert_int_equal(on_disk(), 0);
}

static void purged_letters_do_not_come_back(void **state)
{
    struct bus *bus = open_on_store();
    uint64_t purged = 0;

    (void)state;
    fail_posts(bus, 1, 5);
    assert_int_equal(bus_dead_letters_purge(
                         bus, &(struct bus_dead_letter_filter){.first = 2, .last = 4}, &purged),
                     BUS_OK);
    assert_int_equal(purged, 3);
    finish_bus(&bus);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){1, 5}, 2);
    finish_bus(&bus);
}

static void what_is_pushed_out_is_gone(void **state)
{
    struct bus *bus = open_with((struct bus_options){.dead_letters_max = 3});

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    fail_posts(bus, 1, 5);
    assert_int_equal(figures_of(bus).evicted, 2);
    assert_int_equal(on_disk(), 3);
    finish_bus(&bus);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){3, 4, 5}, 3);
    finish_bus(&bus);
}

/* Options that are smaller now take nothing away. */
static void bounds_are_raised_to_what_is_there(void **state)
{
    static uint8_t data[4000];
    struct bus *bus = open_with((struct bus_options){.dead_letter_bytes = 1 << 20});

    (void)state;
    memset(data, 7, sizeof data);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_parcel_subscribe(bus, on_parcel, &flaky, NULL), BUS_OK);
    fail_posts(bus, 1, 5);
    atomic_store(&flaky.failing, true);
    assert_int_equal(
        mail_parcel_publish(bus, &(struct mail_parcel){.number = 6, .data = {data, sizeof data}}),
        BUS_QUEUED);
    (void)poll_all(bus);
    finish_bus(&bus);
    /* A message that is larger than this bus sends is shown, and cannot be run. */
    bus = open_with((struct bus_options){
        .dead_letters_max = 2, .dead_letter_bytes = 256, .message_size_max = 64});
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_parcel_subscribe(bus, on_parcel, &flaky, NULL), BUS_OK);
    assert_letters(bus, NULL, (uint64_t[]){1, 2, 3, 4, 5, 6}, 6);
    assert_int_equal(bus_dead_letter_replay(bus, 6, PATIENCE), BUS_INVALID);
    fail_posts(bus, 7, 7); /* the first one goes for it */
    assert_letters(bus, NULL, (uint64_t[]){2, 3, 4, 5, 6, 7}, 6);
    finish_bus(&bus);
}

/* ---- another schema ---- */

static void put_letter(const struct bus_stored *letter)
{
    const struct bus_store *store = bus_memory_store_table(memory);

    assert_true(store->put(store->context, letter, NULL, NULL));
}

/* covers: P9 */
static void letters_of_another_version_run(void **state)
{
    static _Alignas(8) uint8_t old[256], young[256];
    struct bus_stored letter = {
        .kind = BUS_STORED_LETTER, .reason = BUS_LETTER_FAILED, .attempts = 1, .first_ns = 1};
    struct past_posted posted = {.number = 12, .stamp = {true, bus_cstr("penny black")}, .paid = 1};
    struct bus *bus;

    (void)state;
    letter.message = mail_noted_type.name;
    letter.type_id = mail_noted_type.id;
    letter.schema_version = 1;
    letter.handler = "mail.noted";
    letter.bytes = old;
    letter.size = past_noted_encode(&(struct past_noted){.id = 4, .number = 11}, old, sizeof old);
    assert_true(letter.size > 0);
    letter.handler = "";
    put_letter(&letter);
    letter.message = mail_posted_type.name;
    letter.type_id = mail_posted_type.id;
    letter.schema_version = 9;
    letter.bytes = young;
    letter.size = past_posted_encode(&posted, young, sizeof young);
    assert_true(letter.size > 0);
    put_letter(&letter);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){11, 12}, 2);
    assert_int_equal(letter_at(bus, 1).letter.schema_version, 1);
    assert_non_null(strstr(letter_at(bus, 1).text, "number: 11"));
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    assert_journal(&flaky.journal, (uint64_t[]){11, 12}, 2);
    finish_bus(&bus);
}

static void nonsense_in_the_store_stays(void **state)
{
    static const uint8_t garbage[40] = {0xff, 0xff, 0xff, 0x7f, 1, 2, 3};
    struct bus_stored letter = {.kind = BUS_STORED_LETTER,
                                .message = "mail.posted",
                                .type_id = mail_posted_type.id,
                                .reason = (enum bus_letter_reason)99,
                                .error = {.category = (enum bus_category)99},
                                .bytes = garbage,
                                .size = sizeof garbage};
    struct bus *bus;

    (void)state;
    put_letter(&letter);
    letter.number = UINT64_C(1) << 50; /* no bus gives this number */
    put_letter(&letter);
    letter = (struct bus_stored){.kind = BUS_STORED_LETTER, .number = 2};
    put_letter(&letter);
    bus = open_on_store();
    assert_int_equal(figures_of(bus).waiting, 2);
    assert_non_null(strstr(letter_at(bus, 1).text, "damaged"));
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_NO_HANDLER);
    fail_posts(bus, 3, 3);
    assert_int_equal(letter_at(bus, 3).number, 3);
    finish_bus(&bus);
    assert_int_equal(on_disk(), 4);
}

/* ---- a store that does not do ---- */

static void a_slow_store_holds_nobody_up(void **state)
{
    struct bus *bus = open_on_store();

    (void)state;
    bus_memory_store_hold(memory, true);
    fail_posts(bus, 1, 3);
    assert_int_equal(on_disk(), 0);
    assert_letters(bus, NULL, (uint64_t[]){1, 2, 3}, 3);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    assert_int_equal(bus_memory_store_run(memory, 0), 4); /* three come, one goes */
    fail_posts(bus, 4, 4);
    assert_int_equal(on_disk(), 2);
    finish_bus(&bus); /* waits for it */
    assert_int_equal(on_disk(), 3);
}

static void a_crash_loses_what_was_on_its_way(void **state)
{
    struct bus *bus = open_on_store();

    (void)state;
    fail_posts(bus, 1, 2);
    bus_memory_store_hold(memory, true);
    fail_posts(bus, 3, 4);
    assert_int_equal(bus_memory_store_crash(memory), 2);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_REFUSES, 0, 0); /* nothing after the crash */
    finish_bus(&bus);
    bus_memory_store_hold(memory, false);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_WORKS, 0, 0);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){1, 2}, 2);
    finish_bus(&bus);
}

static void refused_requests_are_made_again(void **state)
{
    static const enum bus_memory_store_fault faults[] = {BUS_MEMORY_STORE_REFUSES,
                                                         BUS_MEMORY_STORE_FAILS};
    struct bus *bus = open_on_store();
    uint32_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        fail_posts(bus, 1, 4);
        assert_int_equal(on_disk(), 4);
        bus_memory_store_fault(memory, faults[i], 0, 0);
        fail_posts(bus, 5, 6);
        assert_int_equal(
            bus_dead_letters_purge(
                bus, &(struct bus_dead_letter_filter){.first = i * 8 + 1, .last = i * 8 + 2}, NULL),
            BUS_OK);
        assert_letters(bus, NULL, (uint64_t[]){3, 4, 5, 6}, 4);
        assert_int_equal(on_disk(), 4);
        bus_memory_store_fault(memory, BUS_MEMORY_STORE_WORKS, 0, 0);
        fail_posts(bus, 7, 8); /* one of them catches up */
        assert_int_equal(on_disk(), 6);
        assert_int_equal(bus_dead_letters_purge(bus, NULL, NULL), BUS_OK);
        assert_int_equal(on_disk(), 0);
    }
    finish_bus(&bus);
}

static void the_end_makes_good_what_failed(void **state)
{
    struct bus *bus = open_on_store();

    (void)state;
    fail_posts(bus, 1, 4);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_REFUSES, 0, 0);
    fail_posts(bus, 5, 5);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_WORKS, 0, 0);
    finish_bus(&bus);
    assert_int_equal(on_disk(), 4);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){1, 3, 4, 5}, 4);
    finish_bus(&bus);
}

static void a_broken_store_leaves_them_in_memory(void **state)
{
    struct bus *bus = open_on_store();
    struct bus_health health;

    (void)state;
    fail_posts(bus, 1, 1);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_BREAKS, 0, 1);
    fail_posts(bus, 2, 3);
    assert_letters(bus, NULL, (uint64_t[]){1, 2, 3}, 3);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    assert_int_equal(bus_health(bus, &health), BUS_OK);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    finish_bus(&bus);
    /* One that is broken from the beginning: the bus runs. */
    bus = open_on_store();
    assert_int_equal(figures_of(bus).added, 0);
    fail_posts(bus, 4, 4);
    assert_letters(bus, NULL, (uint64_t[]){4}, 1);
    finish_bus(&bus);
}

/* The store's own bounds are smaller than those of the bus. */
static void a_full_store_leaves_the_rest_in_memory(void **state)
{
    struct bus_memory_store_options small = {.entries = 2};
    struct bus *bus;

    (void)state;
    bus_memory_store_close(&memory);
    assert_int_equal(bus_memory_store_open(&memory, &small), BUS_OK);
    bus = open_on_store();
    fail_posts(bus, 1, 4);
    assert_int_equal(on_disk(), 2);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_letters(bus, NULL, (uint64_t[]){2, 3, 4}, 3);
    finish_bus(&bus);
    assert_int_equal(on_disk(), 2);
    bus = open_on_store();
    assert_letters(bus, NULL, (uint64_t[]){2, 3}, 2);
    finish_bus(&bus);
}

/* covers: R6 */
static void no_memory_at_open(void **state)
{
    struct bus_options options = {.polled = true, .store = bus_memory_store_table(memory)};
    struct bus *bus = open_on_store();
    uint64_t nth = 0;

    (void)state;
    fail_posts(bus, 1, 3);
    finish_bus(&bus);
    options.os = failing_os();
    for (;;) {
        failing_arm(++nth, false);
        if (bus_open(&bus, &options) == BUS_OK)
            break;
        assert_true(failing_struck());
        assert_int_equal(failing_outstanding(), 0);
    }
    failing_arm(0, false);
    assert_int_equal(figures_of(bus).waiting, 3);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(on_disk(), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_next_bus_has_them),
        TEST(keys_keep_their_order),
        TEST(ids_stay_where_the_seed_does),
        TEST(sessions_are_known_by_their_id),
        TEST(purged_letters_do_not_come_back),
        TEST(what_is_pushed_out_is_gone),
        TEST(bounds_are_raised_to_what_is_there),
        TEST(letters_of_another_version_run),
        TEST(nonsense_in_the_store_stays),
        TEST(a_slow_store_holds_nobody_up),
        TEST(a_crash_loses_what_was_on_its_way),
        TEST(refused_requests_are_made_again),
        TEST(the_end_makes_good_what_failed),
        TEST(a_broken_store_leaves_them_in_memory),
        TEST(a_full_store_leaves_the_rest_in_memory),
        TEST(no_memory_at_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
