/*
 * Ours against Google's: both read what the other wrote, over every type of the language, through
 * buffers and through JSON; and no damaged buffer passes our verifier that does not pass theirs.
 *
 * covers: M4, P10
 */
#include "codec/codec.h"
#include "google.h"
#include "types.h"
#include <bus/testing.h>

#include "wide.bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MESSAGES_PER_TYPE = 300 };

static struct wire_types types;

static int open_all(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    google_open(FBS_FOLDER);
    return types.count >= 24 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    wire_types_close(&types);
    google_close();
    return 0;
}

/* A message, and its bytes exactly as long as they are. */
struct sample {
    const struct wire_type *type;
    struct bus_test_arena arena;
    void *message;
    uint8_t *bytes;
    uint32_t size;
};

static void sample_make(struct sample *sample, const struct wire_type *type,
                        enum bus_test_style style, uint64_t seed)
{
    const struct bus_codec *codec = type->codec;
    struct bus_test_chance source = {.state = seed};

    sample->type = type;
    sample->arena = (struct bus_test_arena){0};
    sample->message = malloc(codec->table->size);
    assert_non_null(sample->message);
    bus_test_value(&source, &sample->arena, style, codec->table, sample->message);
    sample->size = codec->measure(sample->message, false);
    assert_true(sample->size > 0);
    sample->bytes = malloc(sample->size);
    assert_non_null(sample->bytes);
    codec->pack(sample->bytes, sample->message);
}

static void sample_drop(struct sample *sample)
{
    bus_test_reset(&sample->arena);
    free(sample->message);
    free(sample->bytes);
}

/* Foreign bytes verify and give the sample's values, through both unpacks. */
static void expect_reads(const struct sample *sample, const uint8_t *bytes, size_t size,
                         const char *writer)
{
    const struct bus_codec *codec = sample->type->codec;
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *memory = malloc(codec->scratch_max + 1);
    void *back = malloc(codec->table->size);
    struct bus_scratch scratch = {memory, memory + codec->scratch_max};

    assert_non_null(memory);
    assert_non_null(back);
    if (!bus_wire_verify(codec->table, bytes, size, why))
        fail_msg("%s, written by %s: verify: %s", sample->type->name, writer, why);
    assert_true(codec->unpack(back, bytes, &scratch));
    if (bus_wire_compare(codec->table, sample->message, back) != 0) {
        static char left[1 << 18];
        static char right[1 << 18];

        bus_wire_print(codec->table, sample->message, left, sizeof(left));
        bus_wire_print(codec->table, back, right, sizeof(right));
        fail_msg("%s, written by %s:\n  sent %s\n  got  %s", sample->type->name, writer, left,
                 right);
    }
    bus_test_touch(codec->table, back);
    free(back);
    free(memory);
}

/* Google's verifier accepts ours; what Google's reflection copies from it we read back. */
static void through_buffers(const struct sample *sample)
{
    const char *name = sample->type->name;
    bool known;
    uint8_t *copy;
    size_t size;

    if (!google_verify(name, sample->bytes, sample->size, &known))
        fail_msg("%s: Google's verifier refuses our bytes (known: %d)", name, known);
    for (int pool = 0; pool < 2; pool++) {
        assert_true(google_copy(name, sample->bytes, pool != 0, &copy, &size));
        assert_true(google_verify(name, copy, size, &known));
        expect_reads(sample, copy, size, "Google's reflection");
        free(copy);
    }
}

static void each_sample(void (*check)(const struct sample *), enum bus_test_style style, int count)
{
    for (size_t i = 0; i < types.count; i++) {
        for (int n = 0; n < count; n++) {
            struct sample sample;

            sample_make(&sample, &types.list[i], style, (uint64_t)n * 7919 + i);
            check(&sample);
            sample_drop(&sample);
        }
    }
}

static void buffers_wild(void **state)
{
    (void)state;
    each_sample(through_buffers, BUS_TEST_WILD, MESSAGES_PER_TYPE);
}

static void buffers_empty_and_largest(void **state)
{
    (void)state;
    each_sample(through_buffers, BUS_TEST_EMPTY, 1);
    each_sample(through_buffers, BUS_TEST_LARGEST, 1);
}

/* Our bytes -> Google's JSON -> our bytes, the same; its JSON -> its bytes -> our reader. */
static void through_google_json(const struct sample *sample)
{
    const char *name = sample->type->name;
    char *json = google_to_json(name, sample->bytes);
    struct codec_error error;
    char why[512] = "";
    uint8_t *bytes;
    size_t size;

    assert_non_null(json);
    if (codec_encode(sample->type->model, json, strlen(json), &bytes, &size, &error) != CODEC_OK)
        fail_msg("%s: encode of Google's JSON: %u:%u: %s\n%s", name, error.line, error.column,
                 error.text, json);
    if (size != sample->size || memcmp(bytes, sample->bytes, size) != 0)
        fail_msg("%s: encode of Google's JSON gives other bytes\n%s", name, json);
    free(bytes);
    if (!google_from_json(name, json, &bytes, &size, why, sizeof(why)))
        fail_msg("%s: Google does not read its own JSON: %s", name, why);
    expect_reads(sample, bytes, size, "flatc");
    free(bytes);
    free(json);
}

static void google_json_tame(void **state)
{
    (void)state;
    each_sample(through_google_json, BUS_TEST_TAME, MESSAGES_PER_TYPE);
    each_sample(through_google_json, BUS_TEST_EMPTY, 1);
}

/* Our bytes -> our JSON -> our bytes, whatever the values; the JSON for flatc is read by it. */
static void through_our_json(const struct sample *sample)
{
    const struct idl_table *model = sample->type->model;
    struct codec_error error;
    uint8_t *bytes;
    size_t size;
    char *json;

    for (int form = 0; form < 4; form++) {
        struct codec_options options = {.as_flatc = form & 1, .compact = (form & 2) != 0};

        if (codec_decode(model, sample->bytes, sample->size, &options, &json, &error) != CODEC_OK)
            fail_msg("%s: decode: %s", sample->type->name, error.text);
        if (codec_encode(model, json, strlen(json), &bytes, &size, &error) != CODEC_OK)
            fail_msg("%s: encode of our JSON: %u:%u: %s\n%s", sample->type->name, error.line,
                     error.column, error.text, json);
        /* A NaN keeps being one, but not its bits. */
        if (size != sample->size)
            fail_msg("%s: encode of our JSON gives another size\n%s", sample->type->name, json);
        expect_reads(sample, bytes, size, "our encode");
        free(bytes);
        free(json);
    }
}

static void our_json_wild(void **state)
{
    (void)state;
    each_sample(through_our_json, BUS_TEST_WILD, MESSAGES_PER_TYPE);
    each_sample(through_our_json, BUS_TEST_EMPTY, 1);
}

static void google_reads_our_json(const struct sample *sample)
{
    const struct codec_options options = {.as_flatc = true};
    struct codec_error error;
    char why[512] = "";
    uint8_t *bytes;
    size_t size;
    char *json;

    assert_int_equal(
        codec_decode(sample->type->model, sample->bytes, sample->size, &options, &json, &error),
        CODEC_OK);
    if (!google_from_json(sample->type->name, json, &bytes, &size, why, sizeof(why)))
        fail_msg("%s: Google does not read our JSON: %s\n%s", sample->type->name, why, json);
    expect_reads(sample, bytes, size, "flatc from our JSON");
    free(bytes);
    free(json);
}

static void google_reads_our_json_tame(void **state)
{
    (void)state;
    each_sample(google_reads_our_json, BUS_TEST_TAME, MESSAGES_PER_TYPE);
    each_sample(google_reads_our_json, BUS_TEST_EMPTY, 1);
}

/* What Google's builder shares, the budget of our verifier must bear: one string for 300 rows, one
 * vtable for 300 empty tables. */
static void shared_parts_are_accepted(void **state)
{
    const struct wire_type *type = wire_types_find(&types, "wide.rows");
    struct wide_row *rows = calloc(300, sizeof(*rows));
    static char text[200];
    struct wide_rows message = {.rows = {rows, 300}};
    char why[BUS_WIRE_WHY_SIZE] = "";
    char json[4096] = "{\"rows_\": [{}";
    size_t at = strlen(json);
    uint8_t *copy;
    uint8_t *bytes;
    size_t copy_size;
    uint32_t size;

    (void)state;
    assert_non_null(rows);
    memset(text, 'a', sizeof(text));
    for (int i = 0; i < 300; i++)
        rows[i].value = bus_str(text, sizeof(text));
    size = type->codec->measure(&message, false);
    assert_true(size > 0);
    bytes = malloc(size);
    assert_non_null(bytes);
    type->codec->pack(bytes, &message);
    assert_true(google_copy(type->name, bytes, true, &copy, &copy_size));
    assert_true(copy_size < size / 4);
    if (!bus_wire_verify(type->codec->table, copy, copy_size, why))
        fail_msg("one string for 300 rows: %s", why);
    free(copy);
    free(bytes);
    free(rows);

    for (int i = 1; i < 300; i++)
        at += (size_t)snprintf(json + at, sizeof(json) - at, ", {}");
    snprintf(json + at, sizeof(json) - at, "]}");
    if (!google_from_json(type->name, json, &copy, &copy_size, why, sizeof(why)))
        fail_msg("%s\n%s", why, json);
    if (!bus_wire_verify(type->codec->table, copy, copy_size, why))
        fail_msg("300 empty rows: %s", why);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_wild),
        cmocka_unit_test(buffers_empty_and_largest),
        cmocka_unit_test(google_json_tame),
        cmocka_unit_test(our_json_wild),
        cmocka_unit_test(google_reads_our_json_tame),
        cmocka_unit_test(shared_parts_are_accepted),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
