/* contract_support.c - see contract.h: asking and comparing. */
#include "contract.h"

#include <stdio.h>

void answer_done(void *to, enum bus_status status, uint64_t number)
{
    struct answer *answer = to;

    answer->status = status;
    answer->number = number;
    latch_add(&answer->latch, 1);
}

static enum bus_status await(struct answer *answer, bool taken)
{
    assert_true(taken);
    assert_true(latch_wait(&answer->latch, 1));
    return answer->status;
}

enum bus_status put(const struct bus_store *store, const struct bus_stored *stored,
                    uint64_t *number)
{
    struct answer answer = ANSWER_INITIALIZER;
    enum bus_status status =
        await(&answer, store->put(store->context, stored, answer_done, &answer));

    if (number != NULL)
        *number = answer.number;
    return status;
}

enum bus_status change(const struct bus_store *store, const struct bus_stored *stored)
{
    struct answer answer = ANSWER_INITIALIZER;

    return await(&answer, store->change(store->context, stored, answer_done, &answer));
}

enum bus_status take_out(const struct bus_store *store, enum bus_stored_kind kind, uint64_t number)
{
    struct answer answer = ANSWER_INITIALIZER;

    return await(&answer, store->remove(store->context, kind, number, answer_done, &answer));
}

struct bus_store_state state_of(const struct bus_store *store)
{
    struct bus_store_state state;

    memset(&state, 0xff, sizeof state);
    store->state(store->context, &state);
    return state;
}

struct bus_stored sample(enum bus_stored_kind kind, uint64_t seed)
{
    static const char *const messages[] = {"shop.order_placed", "shop.order_paid", "shop.x"};
    static const char *const sessions[] = {"", "alice", "0193-aa"};
    static uint8_t bytes[8][300];
    uint8_t *filled = bytes[seed % 8];
    struct bus_stored made = {
        .kind = kind,
        .id = {seed << 32 | 0x7000, UINT64_MAX - seed},
        .message = messages[seed % 3],
        .type_id = UINT64_C(0xfedcba9876543210) + seed,
        .schema_version = UINT32_MAX - (uint32_t)seed,
        .schema_fingerprint = seed % 3 != 0 ? UINT64_MAX - seed : 0,
        .session = sessions[seed % 3],
        .has_key = seed % 2 != 0,
        .key_hash = seed % 2 != 0 ? UINT64_C(0x8000000000000001) + seed : 0,
        .published_ns = UINT64_C(1790000000000000000) + seed,
        .deadline_ns = seed % 4 != 0 ? UINT64_C(1790000001000000000) + seed : 0,
        .correlation = {seed, 1},
        .causation = {seed % 5, 2},
        .trace = {.trace_id = {(uint8_t)seed, 1, 2}, .parent_id = {3, (uint8_t)seed}, .flags = 1},
        .bytes = filled,
        .size = (uint32_t)(seed * 37 % 300),
    };

    memset(filled, (int)(seed & 0xff), 300);
    if (kind == BUS_STORED_LETTER) {
        made.handler = "shop.billing.charge";
        made.reason = (enum bus_letter_reason)(1 + seed % 6);
        made.error = (struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                        .severity = BUS_SEVERITY_HIGH,
                                        .code = -3 - (int32_t)seed,
                                        .transient = seed % 2 == 0,
                                        .text = "the line is \"cut\"; it's gone \xc3\xa9"};
        made.attempts = 4 + (uint32_t)seed;
        made.replays = (uint32_t)seed;
        made.first_ns = made.published_ns + 1;
        made.last_ns = made.published_ns + 2;
    }
    if (kind == BUS_STORED_SCHEDULED) {
        made.due_ns = made.published_ns + 10;
        made.every_ns = seed % 2 != 0 ? BUS_SECOND : 0;
        made.at = seed % 3 == 0;
    }
    return made;
}

static void see(void *to, const struct bus_stored *stored)
{
    struct seen *seen = to;

    seen->there = true;
    seen->stored = *stored;
    (void)snprintf(seen->message, sizeof seen->message, "%s", stored->message);
    (void)snprintf(seen->session, sizeof seen->session, "%s", stored->session);
    (void)snprintf(seen->handler, sizeof seen->handler, "%s", stored->handler);
    (void)snprintf(seen->text, sizeof seen->text, "%s", stored->error.text);
    if (stored->size <= sizeof seen->bytes && stored->size > 0)
        memcpy(seen->bytes, stored->bytes, stored->size);
    if ((uintptr_t)stored->bytes % 8 != 0)
        seen->stored.size = UINT32_MAX; /* no test has this many */
    seen->stored.message = seen->message;
    seen->stored.session = seen->session;
    seen->stored.handler = seen->handler;
    seen->stored.error.text = seen->text;
    seen->stored.bytes = seen->bytes;
}

struct seen *next_of(const struct bus_store *store, enum bus_stored_kind kind, uint64_t after)
{
    static struct seen seen;
    bool found;

    seen.there = false;
    found = store->next(
        store->context,
        &(struct bus_store_query){.kind = kind, .after = after, .reader = see, .to = &seen});
    assert_int_equal(found, seen.there);
    return found ? &seen : NULL;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

void assert_same(const struct bus_stored *found, const struct bus_stored *expected)
{
    assert_int_equal(found->kind, expected->kind);
    assert_true(found->id.high == expected->id.high && found->id.low == expected->id.low);
    assert_string_equal(found->message, text_of(expected->message));
    assert_true(found->type_id == expected->type_id);
    assert_int_equal(found->schema_version, expected->schema_version);
    assert_true(found->schema_fingerprint == expected->schema_fingerprint);
    assert_string_equal(found->session, text_of(expected->session));
    assert_int_equal(found->has_key, expected->has_key);
    assert_true(found->key_hash == expected->key_hash);
    assert_true(found->published_ns == expected->published_ns);
    assert_true(found->deadline_ns == expected->deadline_ns);
    assert_memory_equal(&found->correlation, &expected->correlation, sizeof found->correlation);
    assert_memory_equal(&found->causation, &expected->causation, sizeof found->causation);
    assert_memory_equal(&found->trace, &expected->trace, sizeof found->trace);
    assert_int_equal(found->size, expected->size);
    if (expected->size > 0)
        assert_memory_equal(found->bytes, expected->bytes, expected->size);
    assert_int_equal(found->once, expected->once);
    assert_string_equal(found->handler, text_of(expected->handler));
    assert_int_equal(found->reason, expected->reason);
    assert_int_equal(found->error.category, expected->error.category);
    assert_int_equal(found->error.severity, expected->error.severity);
    assert_int_equal(found->error.code, expected->error.code);
    assert_int_equal(found->error.transient, expected->error.transient);
    assert_string_equal(found->error.text, text_of(expected->error.text));
    assert_int_equal(found->attempts, expected->attempts);
    assert_int_equal(found->replays, expected->replays);
    assert_true(found->first_ns == expected->first_ns && found->last_ns == expected->last_ns);
    assert_true(found->due_ns == expected->due_ns && found->every_ns == expected->every_ns);
    assert_int_equal(found->at, expected->at);
    assert_int_equal(found->again, expected->again);
}

void assert_numbers(const struct bus_store *store, enum bus_stored_kind kind,
                    const uint64_t *numbers, uint64_t count)
{
    uint64_t after = 0, i;

    for (i = 0; i < count; i++) {
        struct seen *seen = next_of(store, kind, after);

        assert_non_null(seen);
        assert_int_equal(seen->stored.number, numbers[i]);
        after = numbers[i];
    }
    assert_null(next_of(store, kind, after));
    assert_int_equal(state_of(store).kinds[kind].count, count);
}
