/*
 * The bus and the system: what it takes from it, what it gives back, and what it does when it is
 * refused.
 * covers: E1
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>

static uint32_t entries_of(const char *folder)
{
    DIR *open_folder = opendir(folder);
    uint32_t count = 0;

    assert_non_null(open_folder);
    while (readdir(open_folder) != NULL)
        count++;
    closedir(open_folder);
    return count;
}

static void nothing_of_the_system_is_kept(void **state)
{
    struct bus *first = open_workers(1); /* what a process makes once is made */
    uint32_t descriptors;
    uint32_t threads;

    (void)state;
    finish_bus(&first);
    descriptors = entries_of("/proc/self/fd");
    threads = entries_of("/proc/self/task");
    for (int i = 0; i < 30; i++) {
        struct bus *polled = open_polled();
        struct bus *threaded = open_workers(3);

        tick(polled, 1, BUS_QUEUED);
        tick(threaded, 1, BUS_QUEUED);
        finish_bus(&polled);
        if (i % 2 == 0)
            finish_bus(&threaded);
        else
            assert_int_equal(bus_close(&threaded), BUS_OK);
    }
    assert_int_equal(entries_of("/proc/self/fd"), descriptors);
    assert_int_equal(entries_of("/proc/self/task"), threads);
}

/* ---- the system says no ---- */

static uint32_t threads_to_have;

static int no_thread(void *context, struct bus_os_thread **thread, const char *name,
                     void (*body)(void *), void *argument)
{
    if (threads_to_have == 0)
        return EAGAIN;
    threads_to_have--;
    return bus_os_native()->thread_start(context, thread, name, body, argument);
}

static int no_signal(void *context)
{
    (void)context;
    errno = EMFILE;
    return -1;
}

static bool no_barrier(void *context)
{
    (void)context;
    return false;
}

static void start_can_be_repeated(void **state)
{
    struct bus_os os = *bus_os_native();
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus;

    (void)state;
    os.thread_start = no_thread;
    threads_to_have = 2; /* the watchdog and one worker */
    bus = open_bus(&(struct bus_options){.workers = 2, .os = &os});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_ERR_SYSTEM);
    tick(bus, 2, BUS_BUFFERED);
    assert_int_equal(stats_of(bus).queue_size, 2);
    assert_int_equal(bus_close(&bus), BUS_OK);

    threads_to_have = 0;
    bus = open_bus(&(struct bus_options){.workers = 2, .os = &os});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_ERR_SYSTEM);
    tick(bus, 2, BUS_BUFFERED);
    threads_to_have = 3;
    assert_int_equal(bus_start(bus), BUS_OK);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_journal_run(&journal, 1, 3);
    finish_bus(&bus);
}

static void open_reports_a_missing_descriptor(void **state)
{
    struct bus_os os = *bus_os_native();
    struct bus *bus;

    (void)state;
    os.signal_open = no_signal;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true, .os = &os}),
                     BUS_ERR_SYSTEM);
    assert_null(bus);
}

static void works_without_membarrier(void **state)
{
    struct bus_os os = *bus_os_native();
    struct bus_options options = {.workers = 2, .os = &os};
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus;

    (void)state;
    os.barrier = no_barrier;
    options.spin_ns = 1;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 300; n++) {
        tick(bus, n, BUS_QUEUED);
        if (n % 3 == 0)
            assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    }
    assert_journal_run(&journal, 1, 300);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_the_system_is_kept),
        cmocka_unit_test(start_can_be_repeated),
        cmocka_unit_test(open_reports_a_missing_descriptor),
        cmocka_unit_test(works_without_membarrier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
