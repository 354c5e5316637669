/*
 * test_memory.c - every allocation of the front end fails, once and from then on: out_of_memory is
 * said, nothing leaks (run under ASan) and nothing crashes.
 */
#include "support.h"

#include <dirent.h>
#include <unistd.h>

#include "internal.h"

struct failure {
    unsigned count;
    unsigned at; /* which allocation fails, from 0 */
    bool on;     /* and all after it */
};

static bool fails(void *context)
{
    struct failure *failure = context;
    unsigned number = failure->count++;

    return number == failure->at || (failure->on && number > failure->at);
}

/* Compiles and prints; returns whether memory ran out somewhere. */
static bool use(const char *path)
{
    struct idl_result result;
    bool out;
    char *text;

    idl_compile(path, &(struct idl_options){.names = true, .complete = true, .complete_at = 300},
                &result);
    out = result.out_of_memory;
    if (out) {
        assert_null(result.bus);
        assert_int_equal(result.diagnostic_count, 0);
    }
    for (size_t i = 0; i < result.diagnostic_count; i++) {
        text = idl_diagnostic_text(&result.diagnostics[i], true);
        out = out || !text;
        free(text);
    }
    if (result.errors + result.warnings) {
        text = idl_summary_text(&result);
        out = out || !text;
        free(text);
    }
    idl_free(&result);
    return out;
}

static unsigned count_allocations(const char *path)
{
    struct failure failure = {.at = UINT32_MAX};

    idl_test_memory(fails, &failure);
    assert_false(use(path));
    return failure.count;
}

static void each_fails(const char *path)
{
    unsigned count = count_allocations(path);

    for (unsigned at = 0; at < count; at++)
        for (int on = 0; on < 2; on++) {
            struct failure failure = {.at = at, .on = on};

            idl_test_memory(fails, &failure);
            if (!use(path))
                fail_msg("%s: nobody noticed that allocation %u of %u failed", path, at, count);
        }
    idl_test_memory(NULL, NULL);
}

static void each_file(const char *folder)
{
    struct dirent *entry;
    DIR *files;
    unsigned count = 0;

    assert_int_equal(chdir(folder), 0);
    files = opendir(".");
    assert_non_null(files);
    while ((entry = readdir(files)) != NULL) {
        size_t size = strlen(entry->d_name);

        if (size < 4 || strcmp(entry->d_name + size - 4, ".bus") != 0)
            continue;
        each_fails(entry->d_name);
        count++;
    }
    closedir(files);
    assert_int_equal(chdir(".."), 0);
    assert_true(count > 0);
}

static void test_good(void **state)
{
    (void)state;
    each_file("good");
}

static void test_bad(void **state)
{
    (void)state;
    each_file("bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
