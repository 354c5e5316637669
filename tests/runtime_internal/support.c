/* See support.h. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>

static void *counted_allocate(void *context, size_t size, size_t align)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();
    uint64_t number = atomic_fetch_add_u64(&test->memory.taken, 1) + 1;
    void *memory;

    if (test->memory.fail_at != 0 && (number == test->memory.fail_at ||
                                      (test->memory.for_good && number > test->memory.fail_at)))
        return NULL;
    memory = native->allocate(native->context, size, align);
    if (memory != NULL)
        atomic_fetch_add_u64(&test->memory.bytes, size);
    return memory;
}

static void counted_release(void *context, void *memory, size_t size)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    atomic_fetch_add_u64(&test->memory.bytes, (uint64_t)0 - size);
    native->release(native->context, memory, size);
}

static uint64_t clock_now(void *context)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    return test->virtual_clock ? atomic_load_relaxed_u64(&test->now_ns)
                               : native->monotonic_ns(native->context);
}

static uint64_t clock_real(void *context)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    return test->virtual_clock ? UINT64_C(1700000000) * BUS_SECOND + clock_now(context)
                               : native->real_ns(native->context);
}

/* With the virtual clock a wait is over at once: time jumps to its deadline. */
static bool wait_word(void *context, const bus_os_word *word, bus_os_word expected,
                      uint64_t deadline_ns)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    if (!test->virtual_clock)
        return native->wait(native->context, word, expected, deadline_ns);
    if (atomic_load_acquire_u32(word) != expected)
        return true;
    if (deadline_ns == UINT64_MAX)
        abort(); /* nobody would ever wake it */
    if (deadline_ns > test->now_ns)
        atomic_store_relaxed_u64(&test->now_ns, deadline_ns);
    return false;
}

static void test_thread(void *argument)
{
    (void)argument;
}

static int start_thread(void *context, struct bus_os_thread **thread, const char *name,
                        void (*body)(void *argument), void *argument)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    if (++test->threads_started == test->thread_fails_at)
        return EAGAIN;
    if (test->no_threads)
        return native->thread_start(native->context, thread, name, test_thread, NULL);
    return native->thread_start(native->context, thread, name, body, argument);
}

static bool no_barrier(void *context)
{
    struct test_os *test = context;
    const struct bus_os *native = bus_os_native();

    return !test->no_barrier && native->barrier(native->context);
}

void test_os_init(struct test_os *test)
{
    *test = (struct test_os){.os = *bus_os_native(), .now_ns = BUS_SECOND};
    test->os.context = test;
    test->os.allocate = counted_allocate;
    test->os.release = counted_release;
    test->os.monotonic_ns = clock_now;
    test->os.real_ns = clock_real;
    test->os.wait = wait_word;
    test->os.thread_start = start_thread;
    test->os.barrier = no_barrier;
}
