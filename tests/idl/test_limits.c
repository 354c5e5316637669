/*
 * test_limits.c - hostile and huge input: every limit is a diagnostic, and time and memory stay
 * bounded. covers: N2
 */
#include "support.h"

#include <sys/resource.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { WHOLE = 16 << 20, GARBAGE = SANITIZED ? 1 << 20 : WHOLE };

static const char head[] = "bus shop version 3;\n";
static char buffer[WHOLE + 1];

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Compiles the first `size` bytes of the buffer. A quiet machine takes less than a second for
 * whatever is in it; a busy one counts more processor time for the same work. */
static void compile_buffer(size_t size, struct idl_result *result, const char *what)
{
    const struct memory_file file = {"test.bus", buffer, size};
    double start = now();
    double took;

    compile_files(&file, 1, result);
    took = now() - start;
    assert_false(result->out_of_memory);
    if (took > (SANITIZED ? 20.0 : 3.0))
        fail_msg("%s: %.2f s", what, took);
}

static size_t fill(const char *before, const char *unit, size_t most)
{
    size_t size = strlen(before);
    size_t step = strlen(unit);

    memcpy(buffer, before, size);
    for (; size + step <= most; size += step)
        memcpy(buffer + size, unit, step);
    return size;
}

/* `each` has one %u or two, which count up. */
static size_t fill_counted(const char *before, const char *each, unsigned count, const char *after)
{
    size_t size = (size_t)snprintf(buffer, sizeof buffer, "%s%s", head, before);

    for (unsigned i = 0; i < count; i++) {
        const char *at = each;

        /* '@' is the count, '#' the next one */
        for (; *at; at++) {
            assert_true(size + 16 < WHOLE);
            if (*at == '@' || *at == '#')
                size += (size_t)snprintf(buffer + size, 16, "%u", *at == '@' ? i : i + 1);
            else
                buffer[size++] = *at;
        }
    }
    memcpy(buffer + size, after, strlen(after));
    return size + strlen(after);
}

static void test_garbage(void **state)
{
    static const char *const units[] = {
        ";",
        "{",
        "}",
        "[",
        "(",
        "\"",
        "a ",
        "1 ",
        "x",
        "/* ",
        "///x\n",
        "\n",
        "a : ",
        "\xc3\xa9",
        "\x01",
        "table a { ",
        "enum e : u8 { a = 0; b = 1;",
        "event a { 1 a : x; }\n",
        ".",
        "use a;",
        "event a { 1 a : u8; } ",
        "table a { } ",
        "- ",
        "\"\\",
        "import \"a\";",
        "const a : u8 = a;",
        "fails x;",
    };
    struct idl_result result;

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t size = fill(i % 2 ? head : "", units[i], GARBAGE);

        compile_buffer(size, &result, units[i]);
        assert_true(result.diagnostic_count <= IDL_DIAGNOSTICS_MAX);
        idl_free(&result);
    }
}

static void test_random(void **state)
{
    uint64_t seed = 1;
    struct idl_result result;

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < GARBAGE; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            buffer[i] = (char)((seed >> 40) & (round == 0 ? 0xff : 0x7f));
            if (round == 2 && (buffer[i] < ' ' || buffer[i] > '~'))
                buffer[i] = ' ';
        }
        compile_buffer(GARBAGE, &result, "random");
        assert_true(result.errors > 0);
        idl_free(&result);
    }
}

static void test_many(void **state)
{
    static const struct {
        const char *before, *each, *after;
        unsigned count;
        size_t errors;
    } cases[] = {
        {"", "table t@ { 1 a : u8; }\n", "", 100000, 0},
        {"", "table t@ { 1 a : q@; }\n", "", 100000, 100000},
        {"", "table t { 1 a : u8; }\n", "", 100000, 99999},
        {"", "const t@ : u8 = t#;\n", "const t100000 : u8 = 1;\n", 100000, 0},
        {"", "const t@ : u8 = t#;\n", "const t100000 : u8 = t5;\n", 100000, 1},
        {"", "table t@ { 1 a : t#; }\n", "table t100000 { 1 a : u8; }\n", 100000, 1},
        {"", "table t@ { 1 a : t#; }\n", "table t100000 { 1 a : t0; }\n", 100000, 2},
        {"enum e : i32 {", "v@ = @;", "}\n", 250000, 0},
        {"struct s {", "v@ : u8;", "}\n", 250000, 1},
        {"table s {", "@ v@ : u8;", "}\n", 200000, 195905},
        {"table t { }\nunion u {", "1 t;", "}\n", 250000, 499998},
        {"command c { }\ncomponent d {", "handles c;", "}\n", 90000, 89999},
        {"event c {", "priority low;", "}\n", 250000, 249999},
        {"command c {", "fails f@;", "}\n", 70000, 0},
        {"", "event e@ { 1 a : u64 key; }\n", "", 25000, 0},
    };
    struct idl_result result;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = fill_counted(cases[i].before, cases[i].each, cases[i].count, cases[i].after);

        compile_buffer(size, &result, cases[i].each);
        if (cases[i].errors != result.errors) {
            print_diagnostics(&result);
            fail_msg("%s: %zu errors", cases[i].each, result.errors);
        }
        idl_free(&result);
    }
}

/* The design speaks of 5,000 messages; they must check while a build system blinks. */
static void test_ordinary(void **state)
{
    struct idl_result result;
    size_t size = fill_counted(
        "struct money { amount : i64; currency : u16; }\n"
        "table line { 1 sku : string max 64; 2 price : money; }\n",
        "/// Message @ of many.\nevent message_@ {\n    1 order_id : u64 key;\n"
        "    2 customer : string max 128;\n    3 lines : [line] max 16;\n    4 discount : u8?;\n"
        "    5 coupon : string? max 32 since 2;\n    6 at : time;\n    7 total : money;\n"
        "    8 count : u32 = 5;\n    priority high;  when_full block 50ms;\n}\n",
        5000, "");
    double start = now();

    (void)state;
    compile_buffer(size, &result, "5,000 messages");
    assert_int_equal(result.diagnostic_count, 0);
    assert_int_equal(result.bus->message_count, 5000);
    assert_true(now() - start < (SANITIZED ? 6.0 : 0.3));
    idl_free(&result);
}

static void test_file_too_large(void **state)
{
    struct memory_file file = {"test.bus", buffer, WHOLE + 1};
    struct idl_result result;

    (void)state;
    memset(buffer, ' ', WHOLE + 1);
    compile_files(&file, 1, &result);
    assert_int_equal(result.errors, 1);
    assert_int_equal(count_rule(&result, "file-too-large"), 1);
    idl_free(&result);
}

static void test_too_many_declarations(void **state)
{
    struct idl_result result;
    size_t size = fill(head, "table a { 1 b : u8; }", WHOLE);

    (void)state;
    compile_buffer(size, &result, "declarations");
    assert_int_equal(count_rule(&result, "too-many-declarations") +
                         count_rule(&result, "duplicate-name"),
                     result.diagnostic_count);
    idl_free(&result);
    size = fill_counted("", "table t@ { } ", 310000, "");
    compile_buffer(size, &result, "declarations");
    assert_int_equal(count_rule(&result, "too-many-declarations"), 1);
    assert_int_equal(result.errors, 1);
    idl_free(&result);
}

/* Every file imports the next one. */
static int load_endless(void *context, const char *path, char **text, size_t *size)
{
    unsigned number = 0;
    unsigned *loads = context;

    sscanf(path, "f%u.bus", &number);
    ++*loads;
    *text = malloc(200);
    if (!*text)
        return ENOMEM;
    *size = (size_t)snprintf(*text, 200,
                             "bus b%u version 1;\nimport \"f%u.bus\";\nstruct s { a : u8; }\n"
                             "table t { 1 a : b%u.s; }\n",
                             number, number + 1, number + 1);
    return 0;
}

static void test_too_many_files(void **state)
{
    unsigned loads = 0;
    const struct idl_loader loader = {load_endless, &loads};
    const struct idl_options options = {.loader = &loader};
    struct idl_result result;

    (void)state;
    idl_compile("f0.bus", &options, &result);
    assert_int_equal(loads, IDL_FILES_MAX);
    assert_int_equal(result.file_count, IDL_FILES_MAX);
    assert_int_equal(count_rule(&result, "too-many-files"), 1);
    assert_int_equal(result.errors, 1);
    idl_free(&result);
}

/* Files of the largest size, imported again and again, are refused before they fill the memory. */
static int load_large(void *context, const char *path, char **text, size_t *size)
{
    unsigned number = 0;

    (void)context;
    sscanf(path, "f%u.bus", &number);
    *text = malloc(WHOLE);
    if (!*text)
        return ENOMEM;
    memset(*text, ' ', WHOLE);
    *size = (size_t)snprintf(*text, WHOLE, "bus b%u version 1;\nimport \"f%u.bus\";\n", number,
                             number + 1);
    (*text)[*size] = '\n';
    *size = WHOLE;
    return 0;
}

static void test_large_files(void **state)
{
    const struct idl_loader loader = {load_large, NULL};
    const struct idl_options options = {.loader = &loader};
    struct idl_result result;

    (void)state;
    idl_compile("f0.bus", &options, &result);
    assert_int_equal(count_rule(&result, "file-too-large"), 1);
    assert_int_equal(result.file_count, 4);
    idl_free(&result);
}

static void test_memory(void **state)
{
    struct rusage usage;

    (void)state;
    getrusage(RUSAGE_SELF, &usage);
    if (!SANITIZED)
        assert_true(usage.ru_maxrss < 512 * 1024); /* of all tests before, buffer included */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage),        cmocka_unit_test(test_random),
        cmocka_unit_test(test_many),           cmocka_unit_test(test_ordinary),
        cmocka_unit_test(test_file_too_large), cmocka_unit_test(test_too_many_declarations),
        cmocka_unit_test(test_too_many_files), cmocka_unit_test(test_large_files),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
