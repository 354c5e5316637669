/*
 * The store of dead letters in memory (guard/letter_memory.c) against a list that does the same the
 * simple way: random letters come, are looked for, changed and removed; what goes when it is full,
 * how many, and every byte of what stays must agree. Both rules for a full store.
 *
 * covers: H1 H2 H3
 */
#include "guard/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <bus/os.h>

#ifndef STEPS
#define STEPS 1000000
#endif

enum { MOST = 24, CHUNK = 256, SIZE_MOST = 1500, TOO_LARGE = 5400, NAME_MOST = 255 };

struct entry {
    uint64_t number;
    uint64_t seed; /* of name, text and bytes */
    uint32_t size, name_size;
    uint32_t attempts, replays;
};

struct model {
    struct entry entries[MOST]; /* oldest first */
    uint32_t count;
    uint32_t chunks_used, chunks;
    bool refuse_new;
};

static uint64_t chance(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return bus_key_u64(*state);
}

static uint32_t chunks_of(const struct entry *entry)
{
    uint32_t name = (entry->name_size + 1 + 7) / 8 * 8;

    return (name + entry->size + CHUNK - 1) / CHUNK;
}

static uint8_t byte_of(uint64_t seed, uint32_t at)
{
    return (uint8_t)(seed >> (at % 8 * 8)) ^ (uint8_t)(at * 7);
}

static char letter_of(uint64_t seed, uint32_t at)
{
    return (char)('a' + byte_of(seed, at) % 26);
}

static void remove_entry(struct model *model, uint32_t at)
{
    model->chunks_used -= chunks_of(&model->entries[at]);
    memmove(&model->entries[at], &model->entries[at + 1],
            (model->count - at - 1) * sizeof model->entries[0]);
    model->count--;
}

static bool model_has_room(const struct model *model, uint32_t chunks)
{
    return model->count < MOST && model->chunks - model->chunks_used >= chunks;
}

static bool model_add(struct model *model, const struct entry *entry, uint32_t *evicted)
{
    uint32_t chunks = chunks_of(entry);

    if (chunks > model->chunks || (model->refuse_new && !model_has_room(model, chunks)))
        return false;
    for (; !model_has_room(model, chunks); ++*evicted)
        remove_entry(model, 0);
    model->entries[model->count++] = *entry;
    model->chunks_used += chunks;
    return true;
}

static struct entry *model_find(struct model *model, uint64_t number)
{
    uint32_t i;

    for (i = 0; i < model->count; i++)
        if (model->entries[i].number == number)
            return &model->entries[i];
    return NULL;
}

static const struct entry *model_next(const struct model *model, uint64_t after)
{
    uint32_t i;

    for (i = 0; i < model->count; i++)
        if (model->entries[i].number > after)
            return &model->entries[i];
    return NULL;
}

/* ---- the store ---- */

static void check_letter(void *to, const struct bus_dead_letter *letter)
{
    const struct entry *entry = to;
    uint32_t i;

    assert_int_equal(letter->number, entry->number);
    assert_int_equal(letter->size, entry->size);
    assert_int_equal(letter->attempts, entry->attempts);
    assert_int_equal(letter->replays, entry->replays);
    assert_int_equal((uintptr_t)letter->bytes % 8, 0);
    assert_int_equal(strlen(letter->handler), entry->name_size);
    assert_int_equal(letter->error.text[0], letter_of(entry->seed, entry->attempts));
    for (i = 0; i < entry->name_size; i++)
        if (letter->handler[i] != letter_of(entry->seed, i))
            fail_msg("handler of %llu", (unsigned long long)entry->number);
    for (i = 0; i < entry->size; i++)
        if (letter->bytes[i] != byte_of(entry->seed, i))
            fail_msg("byte %u of %llu", i, (unsigned long long)entry->number);
}

static void step_add(const struct bus_letter_store *store, struct model *model, uint64_t *state,
                     uint64_t number)
{
    static _Alignas(8) uint8_t bytes[TOO_LARGE];
    char name[NAME_MOST + 1] = "", text[2] = "";
    uint64_t roll = chance(state);
    struct entry entry = {.number = number,
                          .seed = roll,
                          .size = (uint32_t)(chance(state) % (roll % 8 == 0 ? SIZE_MOST : 300)),
                          .name_size = (uint32_t)(chance(state) % (roll % 4 == 0 ? NAME_MOST : 40)),
                          .attempts = 1};
    struct bus_dead_letter letter = {.number = number,
                                     .handler = name,
                                     .attempts = 1,
                                     .error = {.text = text},
                                     .bytes = bytes,
                                     .size = entry.size};
    uint32_t i, evicted = 0, expected = 0;
    bool kept;

    if (roll % 128 == 1)
        letter.size = entry.size = TOO_LARGE; /* than all chunks together */
    for (i = 0; i < entry.size; i++)
        bytes[i] = byte_of(roll, i);
    for (i = 0; i < entry.name_size; i++)
        name[i] = letter_of(roll, i);
    text[0] = letter_of(roll, 1);
    kept = model_add(model, &entry, &expected);
    assert_int_equal(store->add(store->context, &letter, &evicted), kept);
    assert_int_equal(evicted, expected);
}

static void step_change(const struct bus_letter_store *store, struct model *model, uint64_t number)
{
    struct entry *entry = model_find(model, number);
    struct bus_dead_letter letter = {.number = number, .error = {.text = ""}};
    char text[2] = "";

    if (entry != NULL) {
        entry->attempts++;
        entry->replays += 2;
        text[0] = letter_of(entry->seed, entry->attempts);
        letter.attempts = entry->attempts;
        letter.replays = entry->replays;
        letter.error.text = text;
    }
    assert_int_equal(store->change(store->context, &letter), entry != NULL);
}

static void step_remove(const struct bus_letter_store *store, struct model *model, uint64_t number)
{
    struct entry *entry = model_find(model, number);

    assert_int_equal(store->remove(store->context, number), entry != NULL);
    if (entry != NULL)
        remove_entry(model, (uint32_t)(entry - model->entries));
}

static void step_next(const struct bus_letter_store *store, struct model *model, uint64_t after)
{
    const struct entry *entry = model_next(model, after);

    assert_int_equal(store->next(store->context, after, check_letter, (void *)(uintptr_t)entry),
                     entry != NULL);
}

/* From any place to the end, removing some on the way. */
static void step_walk(const struct bus_letter_store *store, struct model *model, uint64_t *state,
                      uint64_t after)
{
    const struct entry *entry;

    while ((entry = model_next(model, after)) != NULL) {
        step_next(store, model, after);
        after = entry->number;
        if (chance(state) % 2 == 0)
            step_remove(store, model, after);
    }
    step_next(store, model, after);
}

static void walk(enum bus_letters_when_full rule)
{
    static struct bus bus;
    struct model model = {.refuse_new = rule == BUS_LETTERS_REFUSE_NEW};
    uint64_t state = 4 + (uint64_t)rule, last = 0, letters, bytes, highest, n, added = 0;
    struct bus_letter_store store;
    struct letter_memory *memory;

    bus.os = *bus_os_native();
    bus.options.dead_letters_max = MOST;
    bus.options.dead_letter_bytes = 20 * CHUNK;
    bus.options.dead_letters_when_full = rule;
    bus.message_size_max = SIZE_MOST;
    model.chunks = 20;
    memory = letter_memory_make(&bus, &store, &(struct letter_memory_needs){.letters = 0});
    assert_non_null(memory);
    for (n = 0; n < STEPS / 2; n++) {
        uint64_t roll = chance(&state) % 100, number = last - chance(&state) % (MOST + 8);

        if (number > last)
            number = last + 1;
        if (roll < 40) {
            last++; /* a refused number is not given again here, only by the bus */
            step_add(&store, &model, &state, last);
            added = model_find(&model, last) != NULL ? last : added;
        } else if (roll < 60) {
            step_remove(&store, &model, number);
        } else if (roll < 75) {
            step_change(&store, &model, number);
        } else if (roll < 99) {
            step_next(&store, &model, number);
        } else {
            step_walk(&store, &model, &state, number);
        }
        store.size(store.context, &letters, &bytes, &highest);
        assert_int_equal(letters, model.count);
        assert_int_equal(bytes, model.chunks_used * CHUNK);
        assert_int_equal(highest, added);
    }
    letter_memory_free(&bus, memory);
    assert_int_equal(bus.memory_bytes, 0);
}

static void the_oldest_goes(void **state)
{
    (void)state;
    walk(BUS_LETTERS_DROP_OLDEST);
}

static void the_newest_is_refused(void **state)
{
    (void)state;
    walk(BUS_LETTERS_REFUSE_NEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_goes),
        cmocka_unit_test(the_newest_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
