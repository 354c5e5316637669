/*
 * versions.c - bytes that locked versions of the schema wrote, read by today's code. They were made
 * when the test was generated, from the smallest to larger ones, so that the first one of a message
 * that is read wrongly is small.
 */
#include "testing/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* NULL: today's schema has no such message. */
static const struct subject *find(const struct run *run, const struct bus_test_older *older)
{
    for (uint32_t i = 0; i < run->subjects.count; i++) {
        const struct subject *subject = &run->subjects.items[i];

        if (subject->type->id == older->id &&
            (subject->answer == NULL) == (older->answer == NULL) &&
            (older->answer == NULL || strcmp(subject->answer, older->answer) == 0))
            return subject;
    }
    return NULL;
}

static bool reads_older(const struct subject *subject, const struct bus_test_older *older,
                        struct bus_test_arena *arena, const void **message, char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    char reason[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *bytes = bus_test_take(arena, older->size);

    memcpy(bytes, older->bytes, older->size);
    if (!bus_wire_verify(codec->table, bytes, older->size, reason))
        return because(why, "its bytes are refused: %s", reason);
    if (!check_bytes(subject, bytes, older->size, why))
        return false;
    *message = unpacked(arena, subject, bytes);
    if (*message == NULL)
        return because(why, "unpack takes more scratch than scratch_max");
    if (!bus_test_agree(older->table, bytes, codec->table, *message, reason))
        return because(why, "%s", reason);
    return subject->newest == NULL || check_upgrade(subject, *message, 0, why);
}

static bool is_same_message(const struct bus_test_older *a, const struct bus_test_older *b)
{
    return a->last == b->last && a->id == b->id &&
           (a->answer == NULL ? b->answer == NULL
                              : b->answer != NULL && strcmp(a->answer, b->answer) == 0);
}

static void tell_versions(const struct bus_test_older *older)
{
    if (older->first == older->last)
        printf("version %u", (unsigned)older->last);
    else
        printf("versions %u to %u", (unsigned)older->first, (unsigned)older->last);
}

static bool holds(const struct subject *subject, const struct bus_test_older *older)
{
    struct bus_test_arena arena = {0};
    const void *message = NULL;
    char why[WHY_SIZE] = "";
    bool right = reads_older(subject, older, &arena, &message, why);

    if (!right) {
        printf("FAILED   versions   %s as ", subject->name);
        tell_versions(older);
        printf(" wrote it: %s\n", why);
        if (message != NULL) {
            printf("    read by today's code:\n");
            tell_message(subject, message);
        }
        printf("    the bytes that were written:\n");
        tell_bytes(older->bytes, older->size);
    }
    bus_test_reset(&arena);
    return right;
}

int run_versions(const struct run *run)
{
    const struct bus_test_suite *suite = run->suite;
    const struct bus_test_older *told = NULL; /* of a message that failed, one is enough */
    uint32_t read = 0;
    uint32_t gone = 0;
    int failures = 0;

    for (uint32_t i = 0; i < suite->older_count; i++) {
        const struct bus_test_older *older = &suite->older[i];
        const struct subject *subject = find(run, older);

        if (subject == NULL)
            gone++;
        if (subject == NULL || !run_wants(run, subject) || subject->failed ||
            (told != NULL && is_same_message(told, older)))
            continue;
        read++;
        if (!holds(subject, older)) {
            told = older;
            failures++;
        }
    }
    if (failures == 0 && suite->older_count != 0) {
        printf("ok       versions   %u messages of %u locked versions are read", (unsigned)read,
               (unsigned)suite->version_count);
        if (gone != 0)
            printf("; %u are of messages that are gone", (unsigned)gone);
        printf("\n");
    }
    return failures;
}
