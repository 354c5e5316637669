/*
 * A store of one's own for dead letters: it outlives the bus, and what it holds is listed, shown
 * and run again by the next one, also when its type is not known there or its bytes are damaged.
 *
 * covers: H1 H2 H4
 */
#include "letters.h"

#include "mail_before.bus.h"

#include <bus/session.h>
#include <stdio.h>

enum { KEPT = 8, BYTES = 512 };

struct kept {
    struct bus_dead_letter letter; /* number 0: free */
    char message[64];
    char handler[64];
    char session[BUS_SESSION_ID_SIZE];
    char text[BUS_ERROR_TEXT_SIZE];
    _Alignas(8) uint8_t bytes[BYTES];
};

struct shelf {
    struct kept kept[KEPT];
    uint64_t last;
    bool broken;
};

static struct kept *shelf_find(struct shelf *shelf, uint64_t number)
{
    uint32_t i;

    for (i = 0; i < KEPT; i++)
        if (shelf->kept[i].letter.number == number)
            return &shelf->kept[i];
    return NULL;
}

static bool shelf_add(void *context, const struct bus_dead_letter *letter, uint32_t *evicted)
{
    struct shelf *shelf = context;
    struct kept *kept = shelf_find(shelf, 0);

    (void)evicted;
    if (shelf->broken || kept == NULL || letter->size > BYTES)
        return false;
    kept->letter = *letter;
    (void)snprintf(kept->message, sizeof kept->message, "%s", letter->message);
    (void)snprintf(kept->handler, sizeof kept->handler, "%s", letter->handler);
    (void)snprintf(kept->session, sizeof kept->session, "%s", letter->session);
    (void)snprintf(kept->text, sizeof kept->text, "%s", letter->error.text);
    memcpy(kept->bytes, letter->bytes, letter->size);
    kept->letter.type = NULL; /* means nothing to another process */
    shelf->last = letter->number;
    return true;
}

static bool shelf_next(void *context, uint64_t after,
                       void (*reader)(void *to, const struct bus_dead_letter *letter), void *to)
{
    struct shelf *shelf = context;
    struct kept *found = NULL;
    uint32_t i;

    for (i = 0; i < KEPT; i++) {
        struct kept *kept = &shelf->kept[i];

        if (kept->letter.number > after &&
            (found == NULL || kept->letter.number < found->letter.number))
            found = kept;
    }
    if (found == NULL)
        return false;
    found->letter.message = found->message;
    found->letter.handler = found->handler;
    found->letter.session = found->session;
    found->letter.error.text = found->text;
    found->letter.bytes = found->bytes;
    reader(to, &found->letter);
    return true;
}

static bool shelf_change(void *context, const struct bus_dead_letter *letter)
{
    struct kept *kept = shelf_find(context, letter->number);

    if (kept == NULL)
        return false;
    kept->letter.reason = letter->reason;
    kept->letter.attempts = letter->attempts;
    kept->letter.replays = letter->replays;
    kept->letter.last_ns = letter->last_ns;
    kept->letter.error = letter->error;
    if (letter->error.text != kept->text)
        (void)snprintf(kept->text, sizeof kept->text, "%s", letter->error.text);
    return true;
}

static bool shelf_remove(void *context, uint64_t number)
{
    struct kept *kept = shelf_find(context, number);

    if (kept != NULL)
        kept->letter.number = 0;
    return kept != NULL;
}

static void shelf_size(void *context, uint64_t *letters, uint64_t *bytes, uint64_t *last)
{
    const struct shelf *shelf = context;
    uint64_t count = 0;
    uint32_t i;

    for (i = 0; i < KEPT; i++)
        count += shelf->kept[i].letter.number != 0;
    if (letters != NULL)
        *letters = count;
    if (bytes != NULL)
        *bytes = count * BYTES;
    if (last != NULL)
        *last = shelf->last;
}

static struct bus_letter_store table_of(struct shelf *shelf)
{
    return (struct bus_letter_store){.context = shelf,
                                     .add = shelf_add,
                                     .next = shelf_next,
                                     .change = shelf_change,
                                     .remove = shelf_remove,
                                     .size = shelf_size};
}

static struct bus *open_on(const struct bus_letter_store *store)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .letter_store = store});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

/* Letters 1 to 3: posted 1, noted 2, posted 3. */
static void fill(const struct bus_letter_store *store)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_on(store);

    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    post(bus, 1);
    note(bus, 9, 2);
    post(bus, 3);
    assert_int_equal(poll_all(bus), 3);
    assert_int_equal(figures_of(bus).waiting, 3);
    finish_bus(&bus);
}

struct names {
    struct bus *bus;
    char text[4][512];
    uint32_t count;
};

static bool name_it(void *context, const struct bus_dead_letter *letter)
{
    struct names *names = context;

    (void)bus_dead_letter_text(names->bus, letter, names->text[names->count], 512);
    return ++names->count < 4;
}

static void the_next_bus_runs_them(void **state)
{
    static struct shelf shelf;
    const struct bus_letter_store store = table_of(&shelf);
    struct flaky flaky = FLAKY_INITIALIZER;
    struct names names = {.count = 0};
    struct bus_replay_result result;
    struct bus *bus;

    (void)state;
    fill(&store);
    bus = open_on(&store);
    assert_int_equal(figures_of(bus).added, 3);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 3);
    /* Nobody has told this bus what they are. */
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_NO_HANDLER);
    names.bus = bus;
    assert_int_equal(bus_dead_letters_each(bus, NULL, name_it, &names, NULL), BUS_OK);
    assert_int_equal(names.count, 3);
    assert_non_null(strstr(names.text[0], "mail.posted"));
    assert_non_null(strstr(names.text[0], "not known here"));
    /* A session of the bus before is none of this one. */
    shelf.kept[0].letter.envelope.session = (struct bus_session){UINT32_C(0xffffff), 1};
    /* Now it knows: the handler by its name. */
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 2);
    assert_int_equal(result.failed, 1);
    assert_journal(&flaky.journal, (uint64_t[]){1, 3}, 2);
    assert_int_equal(figures_of(bus).waiting, 1);
    /* Numbers go on where they were. */
    flaky.failing = true;
    post(bus, 4);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(shelf.last, 4);
    assert_non_null(shelf_find(&shelf, 4));
    finish_bus(&bus);
}

/* ---- another version of the schema ---- */

static enum bus_verdict on_noted_before(void *context, const struct mail_before_noted *event,
                                        struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    if (flaky->failing)
        return bus_fail(delivery, NULL);
    journal_add(&flaky->journal, event->number);
    return BUS_DONE;
}

/* The two are one event, as far as identity and handler go. */
static void pass_off(struct kept *kept, const struct bus_message_type *type)
{
    kept->letter.type_id = type->id;
    (void)snprintf(kept->message, sizeof kept->message, "%s", type->name);
    (void)snprintf(kept->handler, sizeof kept->handler, "%s", type->name);
}

static void show_and_replay(struct bus *bus, struct shelf *shelf, uint32_t version,
                            const char *shown, const char *hidden)
{
    struct names names = {.bus = bus};
    struct flaky flaky = FLAKY_INITIALIZER;

    assert_int_equal(shelf->kept[0].letter.schema_version, version);
    assert_int_equal(bus_dead_letters_each(bus, NULL, name_it, &names, NULL), BUS_OK);
    assert_int_equal(names.count, 1);
    assert_non_null(strstr(names.text[0], shown));
    assert_null(strstr(names.text[0], hidden));
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_before_noted_subscribe(bus, on_noted_before, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_journal(&flaky.journal, (uint64_t[]){77}, 1);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

/* The program was updated meanwhile: the letter is read as far as it goes, and runs. covers: H4 */
static void a_letter_of_an_older_schema(void **state)
{
    static struct shelf shelf;
    const struct bus_letter_store store = table_of(&shelf);
    struct flaky flaky = FLAKY_INITIALIZER, unused = FLAKY_INITIALIZER;
    struct bus *bus = open_on(&store);

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_before_noted_subscribe(bus, on_noted_before, &flaky, NULL), BUS_OK);
    assert_int_equal(
        mail_before_noted_publish(bus, &(struct mail_before_noted){.id = 5, .number = 77}),
        BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    finish_bus(&bus);
    pass_off(&shelf.kept[0], &mail_noted_type);
    bus = open_on(&store);
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &unused, NULL), BUS_OK);
    assert_int_equal(mail_noted_unsubscribe(bus, on_noted, &unused, (struct bus_session){0, 0}),
                     BUS_OK);
    show_and_replay(bus, &shelf, 2, "noted { id: 5, number: 77,", "damaged");
}

/* It went back: what it does not know is passed over. covers: H4 */
static void a_letter_of_a_newer_schema(void **state)
{
    static struct shelf shelf;
    const struct bus_letter_store store = table_of(&shelf);
    struct flaky flaky = FLAKY_INITIALIZER, unused = FLAKY_INITIALIZER;
    struct bus *bus = open_on(&store);

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    assert_int_equal(
        mail_noted_publish(
            bus,
            &(struct mail_noted){.id = 5, .number = 77, .text = {true, bus_cstr("of tomorrow")}}),
        BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    finish_bus(&bus);
    pass_off(&shelf.kept[0], &mail_before_noted_type);
    bus = open_on(&store);
    assert_int_equal(mail_before_noted_subscribe(bus, on_noted_before, &unused, NULL), BUS_OK);
    assert_int_equal(
        mail_before_noted_unsubscribe(bus, on_noted_before, &unused, (struct bus_session){0, 0}),
        BUS_OK);
    show_and_replay(bus, &shelf, 3, "noted { id: 5, number: 77 }", "tomorrow");
}

static void damaged_bytes_stay_and_are_told(void **state)
{
    static struct shelf shelf;
    const struct bus_letter_store store = table_of(&shelf);
    struct flaky flaky = FLAKY_INITIALIZER;
    struct names names = {.count = 0};
    struct bus *bus;

    (void)state;
    fill(&store);
    bus = open_on(&store);
    names.bus = bus;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    memset(shelf_find(&shelf, 1)->bytes, 0xff, 8);
    assert_int_equal(bus_dead_letters_each(bus, NULL, name_it, &names, NULL), BUS_OK);
    assert_non_null(strstr(names.text[0], "damaged"));
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    assert_int_equal(bus_dead_letter_replay(bus, 3, PATIENCE), BUS_ANSWERED);
    assert_int_equal(atomic_load(&flaky.runs), 1);
    assert_int_equal(figures_of(bus).waiting, 2);
    finish_bus(&bus);
}

static void a_broken_store_refuses(void **state)
{
    static struct shelf shelf;
    const struct bus_letter_store store = table_of(&shelf);
    struct flaky flaky = FLAKY_INITIALIZER;
    struct mail_deliver_result result;
    struct bus *bus;

    (void)state;
    shelf.broken = true;
    flaky.failing = true;
    bus = open_on(&store);
    assert_int_equal(mail_deliver_handle(bus, on_deliver, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 4}, &result),
                     BUS_FAULTED);
    assert_false(result.run.dead_lettered);
    assert_int_equal(figures_of(bus).refused, 1);
    assert_int_equal(figures_of(bus).added, 0);
    finish_bus(&bus);
}

static void a_table_with_holes_is_refused(void **state)
{
    static struct shelf shelf;
    struct bus_letter_store store = table_of(&shelf);
    struct bus_options options = {.letter_store = &store};
    struct bus *bus = NULL;

    (void)state;
    store.change = NULL;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    options = (struct bus_options){.dead_letters_max = UINT32_MAX};
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    options = (struct bus_options){.dead_letters_when_full = (enum bus_letters_when_full)7};
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    assert_null(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_bus_runs_them),
        cmocka_unit_test(a_letter_of_an_older_schema),
        cmocka_unit_test(a_letter_of_a_newer_schema),
        cmocka_unit_test(damaged_bytes_stay_and_are_told),
        cmocka_unit_test(a_broken_store_refuses),
        cmocka_unit_test(a_table_with_holes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
