/*
 * fuzz.c - one input of a fuzzer. Bytes of which nothing is known are refused at the first one, and
 * a fuzzer that begins with nothing stays there. So half of all inputs are changes of a good
 * message; they reach every part of what verifies and reads.
 */
#include "testing/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHANGED = 0x8000 };

/* The message that the first byte stands for, changed by the others: place, place, value; one that
 * is left over says how many bytes are cut off. To be freed; NULL: there is no such message. */
static uint8_t *changed(const struct subject *subject, const uint8_t *data, size_t size,
                        uint32_t *changed_size)
{
    struct bus_test_arena arena = {0};
    struct bus_test_chance chance = {size > 0 ? data[0] : 0};
    void *message = bus_test_take(&arena, subject->codec->table->size);
    uint8_t *bytes;
    size_t at = 1;

    bus_test_value(&chance, &arena, BUS_TEST_SHORT, subject->codec->table, message);
    bytes = packed(subject, message, changed_size);
    bus_test_reset(&arena);
    if (bytes == NULL)
        return NULL;
    for (; at + 3 <= size; at += 3)
        bytes[(data[at] | (uint32_t)data[at + 1] << 8) % *changed_size] = data[at + 2];
    if (at + 1 == size)
        *changed_size -= data[at] % *changed_size;
    return bytes;
}

int bus_test_fuzz(const struct bus_test_suite *suite, const uint8_t *data, size_t size)
{
    static const struct bus_test_suite *collected;
    static struct subjects subjects;
    static struct bus_test_arena arena; /* kept until the program ends */
    const struct subject *subject;
    char why[WHY_SIZE];
    uint32_t picked, changed_size = 0;
    uint8_t *bytes = NULL;
    bool right;

    if (collected != suite) {
        bus_test_reset(&arena);
        subjects.count = 0;
        subjects_collect(&subjects, &arena, suite->schema);
        collected = suite;
    }
    if (size < 2 || subjects.count == 0)
        return 0;
    picked = data[0] | (uint32_t)data[1] << 8;
    subject = &subjects.items[(picked & ~(uint32_t)CHANGED) % subjects.count];
    if ((picked & CHANGED) != 0)
        bytes = changed(subject, data + 2, size - 2, &changed_size);
    right = bytes != NULL ? check_bytes(subject, bytes, changed_size, why)
                          : check_bytes(subject, data + 2, size - 2, why);
    free(bytes);
    if (!right) {
        fprintf(stderr, "%s: %s\n", subject->name, why);
        abort();
    }
    return 0;
}
