/*
 * golden.c - x.bus.golden: the bytes of a few fixed messages of each type, kept with the sources.
 *
 *     busgen golden 1
 *     shop.order_placed 1 0c000000...
 *     shop.order_placed 2 0c000000...
 *
 * Message 1 has nothing in it, the others what chance makes of their names and number, short. When
 * today's code writes other bytes, the format has changed: who has older bytes (in a store, on the
 * way, in another program) has to know. The first line counts changes of what is made of a number.
 */
#include "testing/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { GOLDEN_KIND = 1, GOLDEN_MESSAGES = 4, GOLDEN_SIZE_MAX = 1 << 28 };

/* ---- text ---- */

struct text {
    char *data;
    size_t size;
    size_t room;
};

static void text_add(struct text *text, const char *data, size_t size)
{
    if (text->room - text->size < size + 1) {
        text->room = (text->room + size) * 2 + 4096;
        text->data = realloc(text->data, text->room);
        if (text->data == NULL) {
            fputs("bus/testing.h: out of memory\n", stderr);
            abort();
        }
    }
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static void text_put(struct text *text, const char *data)
{
    text_add(text, data, strlen(data));
}

/* "shop.order_placed 1 ", what a line begins with. */
static void text_key(struct text *text, const struct subject *subject, unsigned number)
{
    char digits[16];

    snprintf(digits, sizeof(digits), " %u ", number);
    text_put(text, subject->name);
    text_put(text, digits);
}

static void text_line(struct text *text, const struct subject *subject, unsigned number,
                      const uint8_t *bytes, uint32_t size)
{
    static const char hex[] = "0123456789abcdef";

    text_key(text, subject, number);
    for (uint32_t i = 0; i < size; i++) {
        const char digits[2] = {hex[bytes[i] >> 4], hex[bytes[i] & 15]};

        text_add(text, digits, sizeof(digits));
    }
    text_put(text, "\n");
}

/* ---- the messages ---- */

static uint64_t seed_of(const char *name, unsigned number)
{
    uint64_t seed = UINT64_C(0xcbf29ce484222325) + number; /* FNV-1a */

    for (; *name != '\0'; name++)
        seed = (seed ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return seed;
}

static void *golden_message(struct bus_test_arena *arena, const struct subject *subject,
                            unsigned number)
{
    struct bus_test_chance chance = {seed_of(subject->name, number)};
    void *message = bus_test_take(arena, subject->codec->table->size);

    bus_test_value(&chance, arena, number == 1 ? BUS_TEST_EMPTY : BUS_TEST_SHORT,
                   subject->codec->table, message);
    return message;
}

static uint8_t *golden_bytes(const struct subject *subject, unsigned number, uint32_t *size)
{
    struct bus_test_arena arena = {0};
    uint8_t *bytes = packed(subject, golden_message(&arena, subject, number), size);

    bus_test_reset(&arena);
    return bytes;
}

/* ---- writing ---- */

static int update(const struct run *run)
{
    struct text text = {0};
    char line[48];
    FILE *file;
    bool written;

    snprintf(line, sizeof(line), "busgen golden %d\n", GOLDEN_KIND);
    text_put(&text, line);
    for (uint32_t i = 0; i < run->subjects.count; i++) {
        for (unsigned number = 1; number <= GOLDEN_MESSAGES; number++) {
            uint32_t size;
            uint8_t *bytes = golden_bytes(&run->subjects.items[i], number, &size);

            if (bytes != NULL)
                text_line(&text, &run->subjects.items[i], number, bytes, size);
            free(bytes);
        }
    }
    file = fopen(run->golden, "wb");
    written = file != NULL && fwrite(text.data, 1, text.size, file) == text.size;
    if (file != NULL && fclose(file) != 0)
        written = false;
    free(text.data);
    if (!written) {
        fprintf(stderr, "%s: cannot write '%s': %s\n", run->program, run->golden, strerror(errno));
        return -1;
    }
    printf("written  golden     %s; commit it\n", run->golden);
    return 0;
}

/* ---- comparing ---- */

struct kept {
    const struct run *run;
    char *text;
    const char *at;    /* where the last line was found: the next one is behind it, mostly */
    unsigned messages; /* compared */
    int failures;
};

/* The line that begins with `key`, behind the key; NULL: there is none. */
static const char *find_line(struct kept *kept, const char *key)
{
    size_t size = strlen(key);

    for (int round = 0; round < 2; round++) {
        const char *line = round == 0 ? kept->at : kept->text;

        while (line != NULL && *line != '\0') {
            const char *end = strchr(line, '\n');

            if (strncmp(line, key, size) == 0) {
                kept->at = line;
                return line + size;
            }
            line = end != NULL ? end + 1 : NULL;
        }
    }
    return NULL;
}

static unsigned line_number(const struct kept *kept, const char *at)
{
    unsigned number = 1;

    for (const char *text = kept->text; text < at; text++)
        number += *text == '\n';
    return number;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of a line, to be freed; NULL: they are no hexadecimal digits. */
static uint8_t *line_bytes(const char *line, size_t *size)
{
    size_t digits = strcspn(line, "\r\n");
    uint8_t *bytes = exact_copy(line, digits);

    *size = digits / 2;
    for (size_t i = 0; i < digits; i += 2) {
        int high = digit(line[i]);
        int low = digit(line[i + 1]);

        if (high < 0 || low < 0) {
            free(bytes);
            return NULL;
        }
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return bytes;
}

/* What today's code makes of the bytes that were kept. */
static void tell_kept(const struct subject *subject, const uint8_t *bytes, size_t size)
{
    struct bus_test_arena arena = {0};
    uint8_t *copy = exact_copy(bytes, size);
    char reason[BUS_WIRE_WHY_SIZE] = "";
    const void *message;

    printf("    read today, the kept bytes are:\n");
    if (!bus_wire_verify(subject->codec->table, copy, size, reason))
        printf("      refused: %s\n", reason);
    else if ((message = unpacked(&arena, subject, copy)) != NULL)
        tell_text(subject, message);
    tell_bytes(bytes, size);
    bus_test_reset(&arena);
    free(copy);
}

static void tell_difference(struct kept *kept, const struct subject *subject, unsigned number,
                            const char *line, const uint8_t *today, uint32_t size)
{
    struct bus_test_arena arena = {0};
    size_t old_size = 0;
    uint8_t *old = line_bytes(line, &old_size);
    size_t at = 0;

    kept->failures++;
    printf("FAILED   golden     %s, message %u: other bytes than in %s, line %u\n", subject->name,
           number, kept->run->golden, line_number(kept, line));
    if (old == NULL) {
        printf("    that line does not hold bytes in hexadecimal\n");
        return;
    }
    while (at < size && at < old_size && today[at] == old[at])
        at++;
    if (at < size && at < old_size)
        printf("    %zu bytes were kept, %u are written; they differ at byte %zu: 0x%02x was kept, "
               "0x%02x is written\n",
               old_size, (unsigned)size, at, old[at], today[at]);
    else
        printf("    %zu bytes were kept, %u are written\n", old_size, (unsigned)size);
    tell_kept(subject, old, old_size);
    printf("    written today:\n");
    tell_message(subject, golden_message(&arena, subject, number));
    bus_test_reset(&arena);
    free(old);
}

static void compare(struct kept *kept, const struct subject *subject)
{
    for (unsigned number = 1; number <= GOLDEN_MESSAGES; number++) {
        int before = kept->failures;
        struct text key = {0};
        struct text want = {0};
        uint32_t size;
        uint8_t *bytes = golden_bytes(subject, number, &size);
        const char *line;

        text_key(&key, subject, number);
        line = find_line(kept, key.data);
        kept->messages++;
        if (line == NULL) {
            kept->failures++;
            printf("FAILED   golden     %s: %s does not have message %u\n", subject->name,
                   kept->run->golden, number);
        } else if (bytes != NULL) { /* else the round trip says why */
            text_line(&want, subject, number, bytes, size);
            if (strncmp(kept->at, want.data, want.size) != 0)
                tell_difference(kept, subject, number, line, bytes, size);
        }
        free(bytes);
        free(key.data);
        free(want.data);
        if (kept->failures != before)
            return; /* the first one of a message tells */
    }
}

static bool is_known(const struct run *run, const char *name, size_t size)
{
    for (uint32_t i = 0; i < run->subjects.count; i++)
        if (strlen(run->subjects.items[i].name) == size &&
            memcmp(run->subjects.items[i].name, name, size) == 0)
            return true;
    return false;
}

/* Messages that are kept, and that the schema does not have. */
static void compare_names(struct kept *kept)
{
    const char *line = strchr(kept->text, '\n');
    const char *told = "";
    size_t told_size = 0;

    for (; line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
        const char *name = line + 1;
        size_t size = strcspn(name, " \n");

        if ((size == told_size && memcmp(name, told, size) == 0) || is_known(kept->run, name, size))
            continue;
        kept->failures++;
        printf("FAILED   golden     %s, line %u: the schema has no message '%.*s'\n",
               kept->run->golden, line_number(kept, name), (int)size, name);
        told = name;
        told_size = size;
    }
}

/* NULL with errno. */
static char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct text text = {0};
    char part[4096];
    size_t size;
    bool failed;

    if (file == NULL)
        return NULL;
    text_put(&text, "");
    while ((size = fread(part, 1, sizeof(part), file)) > 0 && text.size < GOLDEN_SIZE_MAX)
        text_add(&text, part, size);
    failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        free(text.data);
        return NULL;
    }
    return text.data;
}

static int compare_all(const struct run *run, char *text)
{
    struct kept kept = {.run = run, .text = text, .at = text};
    char line[48];

    snprintf(line, sizeof(line), "busgen golden %d\n", GOLDEN_KIND);
    if (strncmp(text, line, strlen(line)) != 0) {
        printf("FAILED   golden     %s was not written by this version of busgen::testing: it does "
               "not begin with '%.*s'\n",
               run->golden, (int)strlen(line) - 1, line);
        return 1;
    }
    for (uint32_t i = 0; i < run->subjects.count; i++)
        if (run_wants(run, &run->subjects.items[i]) && !run->subjects.items[i].failed)
            compare(&kept, &run->subjects.items[i]);
    if (run->only == NULL)
        compare_names(&kept);
    if (kept.failures == 0)
        printf("ok       golden     %u messages are the bytes of %s\n", kept.messages, run->golden);
    return kept.failures;
}

int run_golden(const struct run *run)
{
    char *text;
    int failures;

    if (run->golden == NULL)
        return 0;
    if (run->update)
        return update(run);
    text = read_all(run->golden);
    if (text == NULL && errno == ENOENT) {
        printf(
            "FAILED   golden     there is no %s: '%s --update --golden %s' writes it; commit it\n",
            run->golden, run->program, run->golden);
        return 1;
    }
    if (text == NULL) {
        fprintf(stderr, "%s: cannot read '%s': %s\n", run->program, run->golden, strerror(errno));
        return -1;
    }
    failures = compare_all(run, text);
    free(text);
    if (failures != 0)
        printf(
            "    Whoever has older bytes reads them with today's code. When that is meant (busgen\n"
            "    breaking tells what breaks): '%s --update --golden %s', and commit it.\n",
            run->program, run->golden);
    return failures;
}
