/*
 * test_lexer.c - text to tokens and values: numbers, strings, comments, line ends, documentation.
 */
#include "internal.h"
#include "support.h"

static const struct idl_const *only_const(const struct idl_result *result)
{
    assert_non_null(result->bus);
    assert_int_equal(result->bus->const_count, 1);
    return result->bus->consts[0];
}

static uint64_t bits_of(const char *type, const char *value)
{
    char text[200];
    struct idl_result result;
    uint64_t bits;

    snprintf(text, sizeof text, "bus b version 1; const x : %s = %s;", type, value);
    compile_text(text, &result);
    print_diagnostics(&result);
    bits = only_const(&result)->bits;
    idl_free(&result);
    return bits;
}

static void test_numbers(void **state)
{
    double real = -2.5e-3;
    float narrow = 0.1F;
    uint64_t bits;
    uint32_t narrow_bits;

    (void)state;
    assert_int_equal(bits_of("u8", "0"), 0);
    assert_int_equal(bits_of("u8", "2_5_5"), 255);
    assert_int_equal(bits_of("u32", "0xDEAD_beef"), 0xdeadbeef);
    assert_int_equal(bits_of("u8", "0b1010"), 10);
    assert_int_equal(bits_of("i8", "-128"), 0x80);
    assert_int_equal(bits_of("i8", "-0"), 0);
    assert_int_equal(bits_of("i64", "-1"), UINT64_MAX);
    assert_int_equal(bits_of("u64", "18446744073709551615"), UINT64_MAX);
    assert_int_equal(bits_of("u32", "64KiB"), 65536);
    assert_int_equal(bits_of("u32", "16MiB"), 16777216);
    assert_int_equal(bits_of("duration", "10ns"), 10);
    assert_int_equal(bits_of("duration", "5us"), 5000);
    assert_int_equal(bits_of("duration", "50ms"), 50000000);
    assert_int_equal(bits_of("duration", "3s"), UINT64_C(3000000000));
    assert_int_equal(bits_of("duration", "2m"), UINT64_C(120000000000));
    assert_int_equal(bits_of("duration", "1h"), UINT64_C(3600000000000));
    assert_int_equal(bits_of("duration", "-1ns"), UINT64_MAX);
    assert_int_equal(bits_of("bool", "true"), 1);
    assert_int_equal(bits_of("bool", "false"), 0);
    memcpy(&bits, &real, sizeof bits);
    assert_true(bits_of("f64", "-2.5e-3") == bits);
    memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
    assert_int_equal(bits_of("f32", "0.1"), narrow_bits);
    real = -3;
    memcpy(&bits, &real, sizeof bits);
    assert_true(bits_of("f64", "-3") == bits);
}

static void test_strings(void **state)
{
    struct idl_result result;

    (void)state;
    compile_text("bus b version 1; const x : string = \"a\\n\\t\\\\\\\"\xc3\xa9\";", &result);
    assert_string_equal(only_const(&result)->text, "a\n\t\\\"\xc3\xa9");
    idl_free(&result);
    compile_text("bus b version 1; const x : string = \"// no /* comment\";", &result);
    assert_string_equal(only_const(&result)->text, "// no /* comment");
    idl_free(&result);
}

static void test_line_ends(void **state)
{
    struct idl_result result;

    (void)state;
    assert_true(compile_text("\xef\xbb\xbf"
                             "bus b version 1;\r\n/// one\r\n///two  \r\nconst x : u8 = 1;\r\n",
                             &result));
    assert_string_equal(only_const(&result)->decl.doc, "one\ntwo");
    idl_free(&result);
    assert_false(compile_text("bus b version 1;\rconst x : u8 = 1;", &result));
    assert_int_equal(count_rule(&result, "control-character"), 1);
    idl_free(&result);
    assert_true(compile_text("bus b version 1;//", &result));
    idl_free(&result);
    assert_true(compile_text("bus b version 1;/**/", &result));
    idl_free(&result);
    assert_false(compile_text("bus b version 1;/*/", &result));
    idl_free(&result);
    assert_false(compile_text("bus b version 1;/", &result));
    assert_int_equal(count_rule(&result, "unexpected-character"), 1);
    idl_free(&result);
}

static void test_docs(void **state)
{
    struct idl_result result;
    const struct idl_bus *bus;

    (void)state;
    assert_true(compile_text("/// The bus.\n"
                             "bus b version 1;\n"
                             "/// First line.\n"
                             "///\n"
                             "///   Indented */ \\\n"
                             "// an ordinary comment between\n"
                             "/// Last ?\?/ line.\n"
                             "enum e : u8 {\n"
                             "    /// Zero.\n"
                             "    zero = 0;\n"
                             "    one = 1; // not this\n"
                             "}\n"
                             "//// Not a doc comment.\n"
                             "table t { }\n",
                             &result));
    bus = result.bus;
    assert_string_equal(bus->decl.doc, "The bus.");
    assert_string_equal(bus->enums[0]->decl.doc,
                        "First line.\n\n  Indented */ \\\nLast ?\?/ line.");
    assert_string_equal(bus->enums[0]->values[0].decl.doc, "Zero.");
    assert_null(bus->enums[0]->values[1].decl.doc);
    assert_null(bus->tables[0]->decl.doc);
    idl_free(&result);
}

/* Every byte at every place of a small schema: never a crash, and always an end. */
static void test_every_byte(void **state)
{
    static const char schema[] = "bus b version 1;\n/// d\ntable t { 1 a : [u8] max 4; }\n"
                                 "const c : string = \"x\\n\"; /* y */\n";
    char text[sizeof schema];
    const struct memory_file file = {"test.bus", text, sizeof schema - 1};
    struct idl_result result;

    (void)state;
    for (size_t at = 0; at < sizeof schema - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, schema, sizeof schema);
            text[at] = (char)byte;
            compile_files(&file, 1, &result);
            assert_true((result.bus != NULL) == (result.errors == 0));
            for (size_t i = 0; i < result.diagnostic_count; i++) {
                char *line = idl_diagnostic_text(&result.diagnostics[i], true);

                assert_non_null(line);
                free(line);
            }
            idl_free(&result);
        }
}

/* The fuzzers know every word of the language. */
static void test_dictionary(void **state)
{
    static char text[16384];
    FILE *file = fopen("bus.dict", "rb");

    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (uint32_t word = 1; word < WORD_COUNT; word++) {
        char entry[40];

        snprintf(entry, sizeof entry, "\"%s\"\n", word_texts[word]);
        if (!strstr(text, entry))
            fail_msg("tests/idl/bus.dict has no %s", entry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_strings),
        cmocka_unit_test(test_line_ends),  cmocka_unit_test(test_docs),
        cmocka_unit_test(test_every_byte), cmocka_unit_test(test_dictionary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
