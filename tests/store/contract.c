/*
 * What every store must do: numbers, order, what is kept, bounds, known ids, threads, and the whole
 * of it against a short model.
 *
 * covers: M1
 */
#include "contract.h"

static const enum bus_stored_kind kinds[] = {BUS_STORED_EVENT, BUS_STORED_LETTER,
                                             BUS_STORED_SCHEDULED};

static void all_fields_are_kept(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    uint32_t k, i;

    (void)state;
    for (k = 0; k < 3; k++)
        for (i = 1; i <= 20; i++) {
            struct bus_stored stored = sample(kinds[k], i);
            uint64_t number = 0;

            stored.once = kinds[k] == BUS_STORED_EVENT && i % 2 == 0;
            assert_int_equal(put(store, &stored, &number), BUS_OK);
            assert_int_equal(number, i); /* each kind has numbers of its own */
        }
    store = subject_reopen();
    for (k = 0; k < 3; k++)
        for (i = 1; i <= 20; i++) {
            struct bus_stored stored = sample(kinds[k], i);
            struct seen *seen = next_of(store, kinds[k], i - 1);

            assert_non_null(seen);
            assert_int_equal(seen->stored.number, i);
            stored.once = kinds[k] == BUS_STORED_EVENT && i % 2 == 0;
            assert_same(&seen->stored, &stored);
        }
    assert_null(next_of(store, BUS_STORED_EVENT, 20));
    assert_int_equal(state_of(store).condition, BUS_STORE_FINE);
    subject_close();
}

static void texts_may_be_missing_and_long(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = {.kind = BUS_STORED_LETTER};
    char name[BUS_STORED_NAME_MOST + 2], text[600];

    (void)state;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_same(&next_of(store, BUS_STORED_LETTER, 0)->stored, &stored);
    memset(name, 'n', sizeof name);
    name[BUS_STORED_NAME_MOST] = '\0';
    memset(text, 't', sizeof text);
    text[sizeof text - 1] = '\0';
    stored.message = stored.handler = name;
    stored.error.text = text;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    text[BUS_ERROR_TEXT_SIZE - 1] = '\0';
    assert_same(&next_of(store, BUS_STORED_LETTER, 1)->stored, &stored);
    name[BUS_STORED_NAME_MOST] = 'n';
    name[BUS_STORED_NAME_MOST + 1] = '\0';
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_INVALID);
    stored.message = NULL;
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_INVALID);
    stored.handler = NULL;
    stored.session = name + BUS_STORED_NAME_MOST - BUS_STORED_SESSION_MOST;
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_INVALID);
    stored.session = NULL;
    stored.number = UINT64_C(1) << 63;
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_INVALID);
    stored.number = 0;
    stored.kind = (enum bus_stored_kind)BUS_STORED_KINDS;
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_INVALID);
    assert_int_equal(take_out(store, (enum bus_stored_kind)0, 1), BUS_ERR_INVALID);
    assert_null(next_of(store, (enum bus_stored_kind)0, 0));
    assert_numbers(store, BUS_STORED_LETTER, (uint64_t[]){1, 2}, 2);
    subject_close();
}

static void numbers_may_be_given(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_LETTER, 1);
    uint64_t number = 0;

    (void)state;
    stored.number = 7;
    assert_int_equal(put(store, &stored, &number), BUS_OK);
    assert_int_equal(number, 7);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_ALREADY_REGISTERED);
    stored.number = 3; /* out of order: it takes its place */
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    stored.number = 0;
    assert_int_equal(put(store, &stored, &number), BUS_OK);
    assert_int_equal(number, 8);
    assert_numbers(store, BUS_STORED_LETTER, (uint64_t[]){3, 7, 8}, 3);
    assert_int_equal(state_of(store).kinds[BUS_STORED_LETTER].last, 8);
    subject_close();
}

static void numbers_are_never_given_twice(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    uint64_t number = 0;

    (void)state;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 2), BUS_OK);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 1), BUS_OK);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 1), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].last, 2);
    store = subject_reopen();
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].last, 2);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, 0);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].bytes, 0);
    assert_int_equal(put(store, &stored, &number), BUS_OK);
    assert_int_equal(number, 3);
    subject_close();
}

static void letters_change(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_LETTER, 2), changed = sample(BUS_STORED_LETTER, 5);
    struct bus_stored expected = stored;

    (void)state;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    changed.number = 1;
    changed.error.text = "another reason";
    assert_int_equal(change(store, &changed), BUS_OK);
    expected.reason = changed.reason;
    expected.error = changed.error;
    expected.attempts = changed.attempts;
    expected.replays = changed.replays;
    expected.last_ns = changed.last_ns;
    store = subject_reopen();
    assert_same(&next_of(store, BUS_STORED_LETTER, 0)->stored, &expected);
    changed.number = 2;
    assert_int_equal(change(store, &changed), BUS_ERR_NOT_REGISTERED);
    subject_close();
}

static void scheduled_events_change(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_SCHEDULED, 3);

    (void)state;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    stored.number = 1;
    stored.due_ns += 99;
    stored.again = true;
    assert_int_equal(change(store, &stored), BUS_OK);
    store = subject_reopen();
    assert_same(&next_of(store, BUS_STORED_SCHEDULED, 0)->stored, &stored);
    assert_int_equal(take_out(store, BUS_STORED_SCHEDULED, 1), BUS_OK);
    assert_int_equal(change(store, &stored), BUS_ERR_NOT_REGISTERED);
    assert_numbers(store, BUS_STORED_SCHEDULED, NULL, 0);
    subject_close();
}

/* Nobody waits between the requests. */
static void requests_take_effect_in_order(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_LETTER, 1);
    struct answer last = ANSWER_INITIALIZER;
    struct seen *seen;
    uint32_t i;

    (void)state;
    for (i = 1; i <= 50; i++) {
        stored.number = i;
        stored.attempts = i;
        assert_true(store->put(store->context, &stored, NULL, NULL));
        stored.attempts = 1000 + i;
        assert_true(store->change(store->context, &stored, NULL, NULL));
        if (i % 2 == 0)
            assert_true(store->remove(store->context, BUS_STORED_LETTER, i, NULL, NULL));
    }
    for (i = 1; i <= 49; i += 2) { /* sees all that was asked before */
        seen = next_of(store, BUS_STORED_LETTER, i - 1);
        assert_non_null(seen);
        assert_int_equal(seen->stored.number, i);
        assert_int_equal(seen->stored.attempts, 1000 + i);
    }
    assert_true(store->remove(store->context, BUS_STORED_LETTER, 1, answer_done, &last));
    assert_true(latch_wait(&last.latch, 1));
    assert_int_equal(last.status, BUS_OK);
    assert_int_equal(state_of(store).kinds[BUS_STORED_LETTER].count, 24);
    subject_close();
}

static void ids_are_known_within_the_window(void **state)
{
    const struct bus_store *store = subject_open(
        &(struct contract_limits){.known_ns = 10 * BUS_SECOND, .known_max = 3, .os = frozen_os()});
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    uint64_t i;

    (void)state;
    /* Only those that ask for it. */
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    stored.once = true;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 3), BUS_OK); /* delivered: still known */
    store = subject_reopen();
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_ALREADY_REGISTERED);
    frozen_advance(9 * BUS_SECOND);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_ALREADY_REGISTERED);
    frozen_advance(2 * BUS_SECOND);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    /* Three are known, of more the oldest is forgotten. */
    for (i = 10; i < 13; i++) {
        struct bus_stored other = sample(BUS_STORED_EVENT, i);

        other.once = true;
        assert_int_equal(put(store, &other, NULL), BUS_OK);
        assert_int_equal(put(store, &other, NULL), BUS_ERR_ALREADY_REGISTERED);
    }
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_ALREADY_REGISTERED);
    /* Letters have ids too, and no window. */
    stored.kind = BUS_STORED_LETTER;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    subject_close();
}

static void a_full_store_refuses(void **state)
{
    const struct bus_store *store = subject_open(&(struct contract_limits){.entries = 3});
    struct bus_stored event = sample(BUS_STORED_EVENT, 1), letter = sample(BUS_STORED_LETTER, 1);
    uint64_t number = 7;
    uint32_t i;

    (void)state;
    for (i = 0; i < 3; i++)
        assert_int_equal(put(store, &event, NULL), BUS_OK);
    assert_int_equal(put(store, &event, &number), BUS_ERR_LIMIT);
    assert_int_equal(number, 0);
    assert_int_equal(state_of(store).condition, BUS_STORE_FULL);
    assert_true(state_of(store).text[0] != '\0');
    assert_int_equal(put(store, &letter, NULL), BUS_OK); /* each kind has its own bound */
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 1), BUS_OK);
    assert_int_equal(state_of(store).condition, BUS_STORE_FINE);
    store = subject_reopen();
    assert_int_equal(put(store, &event, &number), BUS_OK);
    assert_int_equal(number, 4);
    assert_int_equal(put(store, &event, NULL), BUS_ERR_LIMIT);
    subject_close();
}

static void bytes_are_bounded(void **state)
{
    static uint8_t bytes[1000];
    const struct bus_store *store = subject_open(&(struct contract_limits){.bytes = 4096});
    struct bus_stored event = {.kind = BUS_STORED_EVENT, .bytes = bytes, .size = sizeof bytes};
    struct bus_store_state now;
    uint32_t i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(put(store, &event, NULL), BUS_OK);
    assert_int_equal(put(store, &event, NULL), BUS_ERR_LIMIT);
    now = state_of(store);
    assert_in_range(now.kinds[BUS_STORED_EVENT].bytes, 4000, 4096);
    assert_int_equal(now.condition, BUS_STORE_FULL);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 2), BUS_OK);
    assert_int_equal(put(store, &event, NULL), BUS_OK);
    subject_close();
}

struct crowd {
    const struct bus_store *store;
    uint64_t seed;
};

enum { CROWD = 4, EACH = 300 };

static void *crowd_member(void *argument)
{
    struct crowd *crowd = argument;
    struct answer answers[EACH];
    uint64_t taken = 0, i;

    for (i = 0; i < EACH; i++) {
        struct bus_stored stored = sample(BUS_STORED_EVENT, crowd->seed);

        answers[i] = (struct answer)ANSWER_INITIALIZER;
        while (!crowd->store->put(crowd->store->context, &stored, answer_done, &answers[i]))
            sched_yield();
    }
    for (i = 0; i < EACH; i++) {
        if (!latch_wait(&answers[i].latch, 1) || answers[i].status != BUS_OK)
            return NULL;
        /* In the order of its own calls. */
        if (i > 0 && answers[i].number <= answers[i - 1].number)
            return NULL;
        if (i % 2 == 0 && crowd->store->remove(crowd->store->context, BUS_STORED_EVENT,
                                               answers[i].number, NULL, NULL))
            taken++;
    }
    return taken == EACH / 2 ? crowd : NULL;
}

static void threads_share_it(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct crowd crowd[CROWD];
    pthread_t threads[CROWD];
    uint64_t after = 0, count = 0;
    struct seen *seen;
    uint32_t i;

    (void)state;
    for (i = 0; i < CROWD; i++) {
        crowd[i] = (struct crowd){store, i};
        threads[i] = spawn(crowd_member, &crowd[i]);
    }
    for (i = 0; i < CROWD; i++) {
        void *fine = NULL;

        assert_int_equal(pthread_join(threads[i], &fine), 0);
        assert_non_null(fine);
    }
    for (; (seen = next_of(store, BUS_STORED_EVENT, after)) != NULL; count++)
        after = seen->stored.number;
    assert_int_equal(count, CROWD * EACH / 2);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].last, CROWD * EACH);
    assert_int_equal(state_of(store).waiting, 0);
    subject_close();
}

enum { MODEL = 64 };

/* Numbers of letters that are there, and how often each was tried. */
static void it_does_what_the_model_does(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    uint32_t attempts[MODEL + 1] = {0}; /* 0: it is not there */
    uint64_t random = 20261121, last = 0, steps;

    (void)state;
    for (steps = 0; steps < 1500; steps++) {
        uint64_t number = 1 + chance(&random) % MODEL, i;
        struct bus_stored stored = sample(BUS_STORED_LETTER, number);
        struct seen *seen;

        stored.number = number;
        stored.attempts = 1 + (uint32_t)(chance(&random) % 1000);
        switch (chance(&random) % 5) {
        case 0:
            assert_int_equal(put(store, &stored, NULL),
                             attempts[number] != 0 ? BUS_ERR_ALREADY_REGISTERED : BUS_OK);
            if (attempts[number] == 0)
                attempts[number] = stored.attempts;
            last = number > last ? number : last;
            break;
        case 1:
            assert_int_equal(change(store, &stored),
                             attempts[number] != 0 ? BUS_OK : BUS_ERR_NOT_REGISTERED);
            if (attempts[number] != 0)
                attempts[number] = stored.attempts;
            break;
        case 2:
            assert_int_equal(take_out(store, BUS_STORED_LETTER, number),
                             attempts[number] != 0 ? BUS_OK : BUS_ERR_NOT_REGISTERED);
            attempts[number] = 0;
            break;
        case 3:
            seen = next_of(store, BUS_STORED_LETTER, number);
            for (i = number + 1; i <= MODEL && attempts[i] == 0;)
                i++;
            assert_int_equal(seen != NULL, i <= MODEL);
            if (seen != NULL) {
                assert_int_equal(seen->stored.number, i);
                assert_int_equal(seen->stored.attempts, attempts[i]);
            }
            break;
        default:
            if (steps % 50 == 0)
                store = subject_reopen();
            assert_int_equal(state_of(store).kinds[BUS_STORED_LETTER].last, last);
            break;
        }
    }
    subject_close();
}

static void the_identity_stays(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    uint8_t first[64], second[64], read[64];

    (void)state;
    memset(first, 1, sizeof first);
    memset(second, 2, sizeof second);
    assert_false(store->identity(store->context, read, false));
    memcpy(read, first, sizeof read);
    assert_true(store->identity(store->context, read, true));
    memcpy(read, second, sizeof read);
    assert_true(store->identity(store->context, read, true)); /* there is one already */
    assert_memory_equal(read, first, sizeof read);
    store = subject_reopen();
    memset(read, 0, sizeof read);
    assert_true(store->identity(store->context, read, false));
    assert_memory_equal(read, first, sizeof read);
    subject_close();
}

/* What a reader of many saw. */
struct row_of_numbers {
    uint64_t numbers[64];
    uint32_t count;
    struct answer answer;
};

static void add_number(void *to, const struct bus_stored *stored)
{
    struct row_of_numbers *row = to;

    if (row->count < 64)
        row->numbers[row->count] = stored->number;
    row->count++;
}

static void row_answered(void *to, enum bus_status status, uint64_t number)
{
    struct row_of_numbers *row = to;

    answer_done(&row->answer, status, number);
}

/* Asks and, when `later`, waits for what it is told. `last`: the number that this is. */
static enum bus_status read_row(const struct bus_store *store, struct row_of_numbers *row,
                                struct bus_store_query query, bool later, uint64_t *last)
{
    *row = (struct row_of_numbers){.answer = ANSWER_INITIALIZER};
    query.reader = add_number;
    query.to = row;
    query.done = later ? row_answered : NULL;
    if (!later) {
        bool shown = store->next(store->context, &query);

        *last = row->count != 0 ? row->numbers[row->count - 1] : 0;
        return shown ? BUS_OK : BUS_ERR_NOT_REGISTERED;
    }
    assert_true(store->next(store->context, &query));
    assert_true(latch_wait(&row->answer.latch, 1));
    *last = row->answer.number;
    return row->answer.status;
}

static void many_are_shown_at_once(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct row_of_numbers row;
    uint64_t last, i;
    int later;

    (void)state;
    for (i = 1; i <= 40; i++) {
        static const uint8_t bytes[100];
        const struct bus_stored stored = {.kind = BUS_STORED_EVENT, .bytes = bytes, .size = 100};

        assert_true(store->put(store->context, &stored, NULL, NULL));
    }
    for (i = 10; i <= 20; i++)
        assert_true(store->remove(store->context, BUS_STORED_EVENT, i, NULL, NULL));
    for (later = 0; later < 2; later++) {
        struct bus_store_query query = {.kind = BUS_STORED_EVENT, .after = 7};

        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK); /* 0 rows: 1 */
        assert_int_equal(row.count, 1);
        assert_int_equal(last, 8);
        query.rows = 5;
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK);
        assert_int_equal(row.count, 5);
        assert_memory_equal(row.numbers, ((uint64_t[]){8, 9, 21, 22, 23}), 5 * sizeof(uint64_t));
        assert_int_equal(last, 23);
        query.rows = 64;
        query.bytes = 399; /* three, and not the fourth */
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK);
        assert_int_equal(row.count, 3);
        assert_int_equal(last, 21);
        query.bytes = 400;
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK);
        assert_int_equal(row.count, 4);
        query.bytes = 1; /* one in any case */
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK);
        assert_int_equal(row.count, 1);
        query.bytes = 0;
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_OK);
        assert_int_equal(row.count, 22);
        assert_int_equal(last, 40);
        query.after = 40;
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_ERR_NOT_REGISTERED);
        assert_int_equal(row.count, 0);
        assert_int_equal(last, 0);
        query.after = UINT64_MAX;
        assert_int_equal(read_row(store, &row, query, later, &last), BUS_ERR_NOT_REGISTERED);
        query.kind = (enum bus_stored_kind)BUS_STORED_KINDS;
        query.reader = add_number;
        query.done = later ? row_answered : NULL;
        assert_false(store->next(store->context, &query));
    }
    assert_int_equal(state_of(store).waiting, 0);
    assert_int_equal(state_of(store).failed, 0);
    subject_close();
}

/* Those that are not waited for are requests like the others: each sees what was asked before. */
static void reads_have_their_place_among_requests(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    struct row_of_numbers rows[20];
    uint32_t i;

    (void)state;
    for (i = 0; i < 20; i++) {
        rows[i] = (struct row_of_numbers){.answer = ANSWER_INITIALIZER};
        assert_true(store->put(store->context, &stored, NULL, NULL));
        assert_true(store->next(store->context, &(struct bus_store_query){.kind = BUS_STORED_EVENT,
                                                                          .rows = 64,
                                                                          .reader = add_number,
                                                                          .done = row_answered,
                                                                          .to = &rows[i]}));
        if (i % 2 == 1)
            assert_true(store->remove(store->context, BUS_STORED_EVENT, i, NULL, NULL));
    }
    for (i = 0; i < 20; i++) {
        assert_true(latch_wait(&rows[i].answer.latch, 1));
        assert_int_equal(rows[i].answer.status, BUS_OK);
        assert_int_equal(rows[i].answer.number, i + 1);
        assert_int_equal(rows[i].count, i + 1 - i / 2);
    }
    subject_close();
}

const struct CMUnitTest contract_tests[CONTRACT_TESTS] = {
    cmocka_unit_test(all_fields_are_kept),
    cmocka_unit_test(texts_may_be_missing_and_long),
    cmocka_unit_test(numbers_may_be_given),
    cmocka_unit_test(numbers_are_never_given_twice),
    cmocka_unit_test(letters_change),
    cmocka_unit_test(scheduled_events_change),
    cmocka_unit_test(requests_take_effect_in_order),
    cmocka_unit_test(ids_are_known_within_the_window),
    cmocka_unit_test(a_full_store_refuses),
    cmocka_unit_test(bytes_are_bounded),
    cmocka_unit_test(threads_share_it),
    cmocka_unit_test(it_does_what_the_model_does),
    cmocka_unit_test(the_identity_stays),
    cmocka_unit_test(many_are_shown_at_once),
    cmocka_unit_test(reads_have_their_place_among_requests),
};
