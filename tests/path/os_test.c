/* The system's own table, and the coarse clock.
 *
 * covers: A4 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"

static void memory_is_zero_and_aligned(void **state)
{
    static const size_t sizes[] = {1, 100, 4096, 262143, 262144, 5 << 20};
    static const size_t aligns[] = {8, 64, 4096, 65536};
    const struct bus_os *os = bus_os_native();

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t a = 0; a < sizeof aligns / sizeof aligns[0]; a++) {
            uint8_t *memory = os->allocate(os->context, sizes[s], aligns[a]);

            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % aligns[a], 0);
            for (size_t i = 0; i < sizes[s]; i += 7)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xff, sizes[s]);
            os->release(os->context, memory, sizes[s]);
        }
    }
    os->release(os->context, NULL, 10);
    assert_null(os->allocate(os->context, SIZE_MAX - 100, 64));
    assert_null(os->allocate(os->context, SIZE_MAX / 2, 65536));
}

struct remembered {
    pthread_t thread;
    char name[32];
};

static void remember(void *argument)
{
    struct remembered *remembered = argument;

    remembered->thread = pthread_self();
    /* the name may be set just after the start */
    do
        pthread_getname_np(pthread_self(), remembered->name, sizeof remembered->name);
    while (strncmp(remembered->name, "bus worker", 10) != 0);
}

static void threads_run_and_have_names(void **state)
{
    const struct bus_os *os = bus_os_native();
    struct remembered remembered = {.name = ""};
    struct bus_os_thread *thread = NULL;

    (void)state;
    assert_int_equal(os->thread_start(os->context, &thread, "bus worker with a long name", remember,
                                      &remembered),
                     0);
    os->thread_join(os->context, thread);
    assert_false(pthread_equal(remembered.thread, pthread_self()));
    assert_string_equal(remembered.name, "bus worker with");
}

static void waits_end(void **state)
{
    const struct bus_os *os = bus_os_native();
    bus_os_word word = 5;
    uint64_t deadline = os->monotonic_ns(os->context) + 2 * BUS_MILLISECOND;

    (void)state;
    assert_true(os->wait(os->context, &word, 4, UINT64_MAX)); /* not the expected value */
    while (os->wait(os->context, &word, 5, deadline))
        continue;
    assert_true(os->monotonic_ns(os->context) >= deadline);
    os->wake(os->context, &word, true);
    os->yield(os->context);
}

static void chance_differs(void **state)
{
    const struct bus_os *os = bus_os_native();
    uint8_t a[1000];
    uint8_t b[1000];

    (void)state;
    assert_int_equal(os->random(os->context, a, sizeof a), 0);
    assert_int_equal(os->random(os->context, b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
}

static void files_are_written_and_read(void **state)
{
    const struct bus_os *os = bus_os_native();
    char path[] = "/tmp/busgen-os-test-XXXXXX";
    char bytes[8] = {0};
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    close(file);
    file = os->file_open(os->context, path, O_RDWR, 0600);
    assert_true(file >= 0);
    assert_int_equal(fcntl(file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(os->file_write(os->context, file, "abcd", 4), 4);
    assert_int_equal(os->file_sync(os->context, file), 0);
    assert_int_equal(os->file_close(os->context, file), 0);
    file = os->file_open(os->context, path, O_RDONLY, 0);
    assert_int_equal(os->file_read(os->context, file, bytes, sizeof bytes), 4);
    assert_string_equal(bytes, "abcd");
    os->file_close(os->context, file);
    unlink(path);
    assert_int_equal(os->file_open(os->context, path, O_RDONLY, 0), -1);
    assert_int_equal(errno, ENOENT);
}

static void the_coarse_clock_is_at_most_a_millisecond_old(void **state)
{
    const struct bus_os *os = bus_os_native();
    struct os_coarse coarse;
    uint64_t late = 0;

    (void)state;
    os_coarse_init(&coarse, os);
    for (int i = 0; i < 200000; i++) {
        uint64_t before = os->real_ns(os->context);
        uint64_t ms = os_coarse_ms(&coarse, os);

        /* It shows a time from at most 1 ms before the call. */
        late += (ms + 1) * BUS_MILLISECOND < before;
        /* Nor one that is still more than half of one ahead. */
        assert_true(ms * BUS_MILLISECOND <= os->real_ns(os->context) + BUS_MILLISECOND / 2);
    }
    assert_int_equal(late, 0);
}

static void the_coarse_monotonic_clock_is_half_as_old(void **state)
{
    const struct bus_os *os = bus_os_native();
    struct os_coarse coarse;
    uint64_t late = 0, last = 0;

    (void)state;
    os_coarse_init(&coarse, os);
    for (int i = 0; i < 200000; i++) {
        uint64_t before = os->monotonic_ns(os->context);
        uint64_t ns = os_coarse_ns(&coarse, os);

        late += ns + BUS_MILLISECOND / 2 < before;
        assert_true(ns >= last && ns <= os->monotonic_ns(os->context));
#if defined(__x86_64__)
        assert_true(os_coarse_ns_again(&coarse, os) == ns);
#endif
        last = ns;
    }
    assert_int_equal(late, 0);
}

static uint64_t fixed_ns;

static uint64_t fixed_clock(void *context)
{
    (void)context;
    return fixed_ns;
}

static void an_injected_clock_is_asked_every_time(void **state)
{
    struct bus_os os = *bus_os_native();
    struct os_coarse coarse;

    (void)state;
    os.real_ns = fixed_clock;
    fixed_ns = 7 * BUS_MILLISECOND;
    os_coarse_init(&coarse, &os);
    assert_int_equal(os_coarse_ms(&coarse, &os), 7);
    fixed_ns = 8 * BUS_MILLISECOND;
    assert_int_equal(os_coarse_ms(&coarse, &os), 8);
    assert_true(os_coarse_ns(&coarse, &os) > 8 * BUS_MILLISECOND); /* that one is the system's */
    os.monotonic_ns = fixed_clock;
    os_coarse_init(&coarse, &os);
    fixed_ns = 9 * BUS_MILLISECOND;
    assert_int_equal(os_coarse_ns(&coarse, &os), fixed_ns);
    assert_int_equal(os_coarse_ns_again(&coarse, &os), fixed_ns);
    assert_int_equal(os_coarse_ms_again(&coarse, &os), 9);
    os.real_ns = bus_os_native()->real_ns; /* one of the two is enough */
    os_coarse_init(&coarse, &os);
    fixed_ns = 10 * BUS_MILLISECOND;
    assert_int_equal(os_coarse_ns(&coarse, &os), fixed_ns);
    assert_true(os_processors() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zero_and_aligned),
        cmocka_unit_test(threads_run_and_have_names),
        cmocka_unit_test(waits_end),
        cmocka_unit_test(chance_differs),
        cmocka_unit_test(files_are_written_and_read),
        cmocka_unit_test(the_coarse_clock_is_at_most_a_millisecond_old),
        cmocka_unit_test(the_coarse_monotonic_clock_is_half_as_old),
        cmocka_unit_test(an_injected_clock_is_asked_every_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
