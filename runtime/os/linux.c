/*
 * os/linux.c - struct bus_os for Linux.
 *
 * Waiting is futex with an absolute monotonic deadline, the barrier is
 * membarrier(PRIVATE_EXPEDITED) after registration. Both are raw system calls: the C library wraps
 * neither.
 */
#include "os/os.h"
#include "os/rseq.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* From this size on memory comes from mmap: zeroed, and untouched until used. */
enum { MAP_FROM = 256 * 1024 };
enum { TRACE_MOST = 64 };

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * BUS_SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t native_monotonic_ns(void *context)
{
    (void)context;
    return clock_ns(CLOCK_MONOTONIC);
}

static uint64_t native_real_ns(void *context)
{
    (void)context;
    return clock_ns(CLOCK_REALTIME);
}

static int native_random(void *context, void *bytes, size_t size)
{
    uint8_t *at = bytes;

    (void)context;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);

        if (got > 0) {
            at += got;
            size -= (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/* ---- memory ---- */

/* Maps more than asked for and gives back what lies outside the aligned part. */
static void *map_aligned(size_t size, size_t align)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t extra = align > page ? align : 0;
    size_t whole = (size + page - 1) & ~(page - 1);
    uint8_t *memory;
    size_t before;

    if (whole < size || whole + extra < whole)
        return NULL;
    memory = mmap(NULL, whole + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (extra == 0)
        return memory;
    before = (align - ((uintptr_t)memory & (align - 1))) & (align - 1);
    if (before > 0)
        munmap(memory, before);
    if (extra > before)
        munmap(memory + before + whole, extra - before);
    return memory + before;
}

static void *native_allocate(void *context, size_t size, size_t align)
{
    void *memory;

    (void)context;
    if (size >= MAP_FROM)
        return map_aligned(size, align);
    if (posix_memalign(&memory, align, size > 0 ? size : 1) != 0)
        return NULL;
    memset(memory, 0, size);
    return memory;
}

static void native_release(void *context, void *memory, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    (void)context;
    if (memory == NULL)
        return;
    if (size >= MAP_FROM)
        munmap(memory, (size + page - 1) & ~(page - 1));
    else
        free(memory);
}

/* ---- threads ---- */

struct bus_os_thread {
    pthread_t thread;
    void (*body)(void *argument);
    void *argument;
};

static void *thread_main(void *argument)
{
    struct bus_os_thread *thread = argument;

    thread->body(thread->argument);
    return NULL;
}

static int native_thread_start(void *context, struct bus_os_thread **thread, const char *name,
                               void (*body)(void *argument), void *argument)
{
    struct bus_os_thread *started = malloc(sizeof *started);
    sigset_t all;
    sigset_t before;
    int error;

    (void)context;
    if (started == NULL)
        return ENOMEM;
    started->body = body;
    started->argument = argument;
    /* Signals belong to the program's own threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&started->thread, NULL, thread_main, started);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        free(started);
        return error;
    }
    if (name != NULL) {
        char cut[16]; /* what the kernel keeps, with its NUL */
        size_t size = strnlen(name, sizeof cut - 1);

        memcpy(cut, name, size);
        cut[size] = '\0';
        pthread_setname_np(started->thread, cut);
    }
    *thread = started;
    return 0;
}

static void native_thread_join(void *context, struct bus_os_thread *thread)
{
    (void)context;
    pthread_join(thread->thread, NULL);
    free(thread);
}

/* ---- waiting ---- */

static bool native_wait(void *context, const bus_os_word *word, bus_os_word expected,
                        uint64_t deadline_ns)
{
    struct timespec until;
    bool forever = deadline_ns == UINT64_MAX;
    long result;

    (void)context;
    until.tv_sec = (time_t)(deadline_ns / BUS_SECOND);
    until.tv_nsec = (long)(deadline_ns % BUS_SECOND);
    result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                     forever ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    return result == 0 || errno != ETIMEDOUT;
}

static void native_wake(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, all ? INT32_MAX : 1, NULL, NULL, 0);
}

static void native_yield(void *context)
{
    (void)context;
    sched_yield();
}

static int native_signal_open(void *context)
{
    (void)context;
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void native_signal_raise(void *context, int descriptor)
{
    uint64_t one = 1;

    (void)context;
    /* EAGAIN: the counter is full, so it is raised. */
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

static void native_signal_clear(void *context, int descriptor)
{
    uint64_t count;

    (void)context;
    while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR)
        continue;
}

static void native_signal_close(void *context, int descriptor)
{
    (void)context;
    close(descriptor);
}

/* Level-triggered, as whoever polls it wants: readable as long as one of the two is. */
static bool watch(int all, int one)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(all, EPOLL_CTL_ADD, one, &event) == 0;
}

static int native_alarm_open(void *context, int signal, int *alarm)
{
    int both = epoll_create1(EPOLL_CLOEXEC), timer, error;

    (void)context;
    if (both < 0)
        return -1;
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer >= 0 && watch(both, signal) && watch(both, timer)) {
        *alarm = timer;
        return both;
    }
    error = errno;
    if (timer >= 0)
        close(timer);
    close(both);
    errno = error;
    return -1;
}

static void native_alarm_set(void *context, int alarm, uint64_t in_ns)
{
    struct itimerspec time = {.it_value = {0, 0}}; /* never */

    (void)context;
    if (in_ns != UINT64_MAX) {
        time.it_value.tv_sec = (time_t)(in_ns / BUS_SECOND);
        time.it_value.tv_nsec = (long)(in_ns % BUS_SECOND) + (in_ns == 0); /* 0 would be never */
    }
    (void)timerfd_settime(alarm, 0, &time, NULL);
}

/* ---- files ---- */

static int native_file_open(void *context, const char *path, int flags, unsigned mode)
{
    int file;

    (void)context;
    do
        file = open(path, flags | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    return file;
}

static ptrdiff_t native_file_read(void *context, int file, void *bytes, size_t size)
{
    ssize_t got;

    (void)context;
    do
        got = read(file, bytes, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static ptrdiff_t native_file_write(void *context, int file, const void *bytes, size_t size)
{
    ssize_t put;

    (void)context;
    do
        put = write(file, bytes, size);
    while (put < 0 && errno == EINTR);
    return put;
}

/* Not repeated after any failure: what fsync could not write is gone from the cache. */
static int native_file_sync(void *context, int file)
{
    (void)context;
    return fsync(file);
}

static int64_t native_file_size(void *context, int file)
{
    struct stat found;

    (void)context;
    return fstat(file, &found) == 0 ? (int64_t)found.st_size : -1;
}

static int native_file_close(void *context, int file)
{
    (void)context;
    return close(file);
}

static int native_file_rename(void *context, const char *from, const char *to)
{
    (void)context;
    return rename(from, to);
}

static int native_file_remove(void *context, const char *path)
{
    (void)context;
    return unlink(path);
}

/* ---- the asymmetric barrier ---- */

static pthread_once_t membarrier_once = PTHREAD_ONCE_INIT;
static bool membarrier_registered;

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

static void membarrier_register(void)
{
    long offered = membarrier(MEMBARRIER_CMD_QUERY);

    membarrier_registered = offered >= 0 && (offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
                            membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

static bool native_barrier(void *context)
{
    (void)context;
    pthread_once(&membarrier_once, membarrier_register);
    return membarrier_registered && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

/* Their numbers: headers older than Linux 5.10 lack the names. */
enum { RESTART_ALL = 1 << 7, RESTART_REGISTER = 1 << 8 };
enum { RESTART_TRIES = 1000 };

static pthread_once_t restart_once = PTHREAD_ONCE_INIT;
static bool restart_registered;

static void restart_register(void)
{
    long offered = membarrier(MEMBARRIER_CMD_QUERY);

    restart_registered = os_rseq_here() != NULL && offered >= 0 && (offered & RESTART_ALL) != 0 &&
                         membarrier(RESTART_REGISTER) == 0;
}

static bool restart(void)
{
    uint32_t tries;

    /* It may be out of memory for a moment. */
    for (tries = 0; tries < RESTART_TRIES; tries++) {
        if (membarrier(RESTART_ALL) == 0)
            return true;
        sched_yield();
    }
    return false;
}

bool (*os_restart_of(const struct bus_os *os))(void)
{
    if (os->barrier != native_barrier)
        return NULL;
    pthread_once(&restart_once, restart_register);
    return restart_registered && membarrier(RESTART_ALL) == 0 ? restart : NULL;
}

static const struct bus_os native = {
    .context = NULL,
    .monotonic_ns = native_monotonic_ns,
    .real_ns = native_real_ns,
    .random = native_random,
    .allocate = native_allocate,
    .release = native_release,
    .thread_start = native_thread_start,
    .thread_join = native_thread_join,
    .wait = native_wait,
    .wake = native_wake,
    .yield = native_yield,
    .signal_open = native_signal_open,
    .signal_raise = native_signal_raise,
    .signal_clear = native_signal_clear,
    .signal_close = native_signal_close,
    .alarm_open = native_alarm_open,
    .alarm_set = native_alarm_set,
    .file_open = native_file_open,
    .file_read = native_file_read,
    .file_write = native_file_write,
    .file_sync = native_file_sync,
    .file_size = native_file_size,
    .file_close = native_file_close,
    .file_rename = native_file_rename,
    .file_remove = native_file_remove,
    .barrier = native_barrier,
};

const struct bus_os *bus_os_native(void)
{
    return &native;
}

/* ---- the coarse clock ---- */

void os_coarse_init(struct os_coarse *coarse, const struct bus_os *os)
{
    coarse->ms = 0;
    coarse->cycles = 0;
    coarse->counted = os->real_ns == native_real_ns;
    coarse->monotonic_ns = 0;
    coarse->counted_monotonic = false;
#if defined(__x86_64__)
    coarse->counted_monotonic = coarse->counted && os->monotonic_ns == native_monotonic_ns;
#endif
    os_coarse_read(coarse, os);
}

uint64_t os_coarse_read(struct os_coarse *coarse, const struct bus_os *os)
{
#if defined(__x86_64__)
    /* Before the clock: being interrupted in between makes the reading age sooner, not later. */
    coarse->cycles = __builtin_ia32_rdtsc();
#endif
    if (coarse->counted_monotonic)
        coarse->monotonic_ns = native_monotonic_ns(os->context);
    /* To the nearest: half a millisecond of rounding and less than half of reuse make one. */
    coarse->ms = (os->real_ns(os->context) + BUS_MILLISECOND / 2) / BUS_MILLISECOND;
    return coarse->ms;
}

uint32_t os_trace(const void **callers, uint32_t most)
{
    void *found[TRACE_MOST];
    int count = backtrace(found, (int)(most < TRACE_MOST ? most : TRACE_MOST));
    int i;

    for (i = 0; i < count && (uint32_t)i < most; i++)
        callers[i] = found[i];
    return (uint32_t)i;
}

uint32_t os_processors(void)
{
    cpu_set_t set;
    int count;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    count = CPU_COUNT(&set);
    return count > 0 ? (uint32_t)count : 1;
}
