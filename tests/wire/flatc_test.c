/*
 * Debian's flatc, the program: 2,000 random messages of each schema go from our bytes through its
 * JSON to `busgen encode` and to its own bytes, which we read. And busgen's own commands, decode
 * and encode, undo each other.
 *
 * flatc takes a few milliseconds to start, so it gets all messages of one type at once.
 *
 * covers: M4
 */
#include "codec/codec.h"
#include "types.h"
#include <bus/testing.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MESSAGES_PER_SCHEMA = 2000 };

static struct wire_types types;
static char folder[] = "/tmp/busgen-flatc-XXXXXX";

/* A shell command; it finds FOLDER (ours, temporary), FLATC, FBS, BUSGEN, SCHEMAS and, for the type
 * at hand, FILE, NAME (as busgen has it) and TABLE (as flatc does) in its environment. */
static void run(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static int open_all(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    if (mkdtemp(folder) == NULL || types.count < 24)
        return -1;
    setenv("FOLDER", folder, 1);
    setenv("FLATC", FLATC, 1);
    setenv("FBS", FBS_FOLDER, 1);
    setenv("BUSGEN", BUSGEN, 1);
    setenv("SCHEMAS", SCHEMA_FOLDER, 1);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    run("rm -r \"$FOLDER\"");
    wire_types_close(&types);
    return 0;
}

static void path_of(char path[256], int number, const char *extension)
{
    snprintf(path, 256, "%s/%d.%s", folder, number, extension);
}

static void save(int number, const char *extension, const void *data, size_t size)
{
    char path[256];
    FILE *file;

    path_of(path, number, extension);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* malloc'ed, aligned, with a NUL behind. */
static uint8_t *load(int number, const char *extension, size_t *size)
{
    char path[256];
    struct stat status;
    uint8_t *data;
    FILE *file;

    path_of(path, number, extension);
    file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fstat(fileno(file), &status), 0);
    *size = (size_t)status.st_size;
    data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    data[*size] = 0;
    fclose(file);
    return data;
}

/* The same values for the same number, whenever asked. */
static void *make(const struct wire_type *type, int number, struct bus_test_arena *arena)
{
    struct bus_test_chance source = {.state = (uint64_t)number * 31 + 5};
    void *message = malloc(type->codec->table->size);

    assert_non_null(message);
    bus_test_value(&source, arena, number == 0 ? BUS_TEST_EMPTY : BUS_TEST_TAME, type->codec->table,
                   message);
    return message;
}

static void save_ours(const struct wire_type *type, int number)
{
    struct bus_test_arena arena = {0};
    void *message = make(type, number, &arena);
    uint32_t size = type->codec->measure(message, false);
    uint8_t *bytes = malloc(size);

    assert_true(size > 0);
    assert_non_null(bytes);
    type->codec->pack(bytes, message);
    save(number, "bin", bytes, size);
    free(bytes);
    free(message);
    bus_test_reset(&arena);
}

/* flatc's JSON gives the bytes that it was made from. */
static void check_json(const struct wire_type *type, int number)
{
    struct codec_error error;
    size_t json_size;
    size_t wanted_size;
    size_t size;
    uint8_t *json = load(number, "json", &json_size);
    uint8_t *wanted = load(number, "bin", &wanted_size);
    uint8_t *bytes;

    if (codec_encode(type->model, (const char *)json, json_size, &bytes, &size, &error) != CODEC_OK)
        fail_msg("%s: %u:%u: %s\n%s", type->name, error.line, error.column, error.text, json);
    if (size != wanted_size || memcmp(bytes, wanted, size) != 0)
        fail_msg("%s: other bytes than flatc's JSON came from\n%s", type->name, json);
    free(bytes);
    free(wanted);
    free(json);
}

/* flatc's bytes give the message. */
static void check_bytes(const struct wire_type *type, int number)
{
    const struct bus_codec *codec = type->codec;
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct bus_test_arena arena = {0};
    void *message = make(type, number, &arena);
    void *back = malloc(codec->table->size);
    uint8_t *memory = malloc(codec->scratch_max + 1);
    struct bus_scratch scratch = {memory, memory + codec->scratch_max};
    size_t size;
    uint8_t *bytes = load(number, "bin", &size);

    assert_non_null(back);
    assert_non_null(memory);
    if (!bus_wire_verify(codec->table, bytes, size, why))
        fail_msg("%s: flatc's bytes: %s", type->name, why);
    assert_true(codec->unpack(back, bytes, &scratch));
    if (bus_wire_compare(codec->table, message, back) != 0)
        fail_msg("%s: flatc's bytes give another message", type->name);
    free(bytes);
    free(memory);
    free(back);
    free(message);
    bus_test_reset(&arena);
}

/* "every.ask.unknown" is the table every.ask_unknown */
static void set_names(const struct wire_type *type)
{
    char name[80];
    char *dot;

    setenv("FILE", type->file, 1);
    setenv("NAME", type->name, 1);
    snprintf(name, sizeof(name), "%s", type->name);
    dot = strchr(strchr(name, '.') + 1, '.');
    if (dot != NULL)
        *dot = '_';
    setenv("TABLE", name, 1);
}

static void through_flatc(const struct wire_type *type, int count)
{
    set_names(type);
    run("rm -f \"$FOLDER\"/*");
    for (int i = 0; i < count; i++)
        save_ours(type, i);
    run("cd \"$FOLDER\" && ls | grep bin | xargs \"$FLATC\" --json --strict-json --raw-binary "
        "--root-type \"$TABLE\" -I \"$FBS\" \"$FBS/$FILE.fbs\" --");
    for (int i = 0; i < count; i++)
        check_json(type, i);
    run("cd \"$FOLDER\" && rm ./*.bin && ls | grep json | xargs \"$FLATC\" --binary "
        "--root-type \"$TABLE\" -I \"$FBS\" \"$FBS/$FILE.fbs\"");
    for (int i = 0; i < count; i++)
        check_bytes(type, i);
}

static void flatc_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        int siblings = 0;

        for (size_t other = 0; other < types.count; other++)
            siblings += strcmp(types.list[i].file, types.list[other].file) == 0;
        through_flatc(&types.list[i], (MESSAGES_PER_SCHEMA + siblings - 1) / siblings);
    }
}

/* The commands, on any values. */
static void busgen_decode_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];
        size_t wanted_size;
        size_t size;
        uint8_t *wanted;
        uint8_t *bytes;

        set_names(type);
        run("rm -f \"$FOLDER\"/*");
        save_ours(type, 3);
        run("\"$BUSGEN\" decode \"$SCHEMAS/$FILE.bus\" \"$NAME\" "
            "< \"$FOLDER/3.bin\" > \"$FOLDER/3.json\"");
        run("\"$BUSGEN\" encode \"$SCHEMAS/$FILE.bus\" \"$NAME\" "
            "< \"$FOLDER/3.json\" > \"$FOLDER/3.again\"");
        wanted = load(3, "bin", &wanted_size);
        bytes = load(3, "again", &size);
        assert_int_equal(size, wanted_size);
        assert_memory_equal(bytes, wanted, size);
        free(bytes);
        free(wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flatc_both_ways),
        cmocka_unit_test(busgen_decode_encode),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
