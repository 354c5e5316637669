/*
 * bus/os.h - everything the bus takes from outside: time, chance, memory, threads, files, waiting.
 *
 * The one seam between the runtime and the system. Leave `bus_options.os` NULL for the real thing.
 * Give a table of your own to bring memory from elsewhere, to make time stand still in a test, or
 * to drive the workers one step at a time. Start from a copy of bus_os_native() and replace what
 * you need; `context` is passed to every function of the table.
 *
 * Functions may be called from any thread at the same time.
 */
#ifndef BUS_OS_H
#define BUS_OS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A word that threads wait on. */
typedef uint32_t bus_os_word;

struct bus_os_thread; /* whatever the table's start function made */

struct bus_os {
    void *context;

    /* Clocks. Monotonic never goes back; real is nanoseconds since 1970 and may jump. */
    uint64_t (*monotonic_ns)(void *context);
    uint64_t (*real_ns)(void *context);

    /* Fills `size` bytes with chance. Returns 0 or an errno value. */
    int (*random)(void *context, void *bytes, size_t size);

    /* `size` zeroed bytes aligned to `align` (a power of two, at least 8); NULL: none left. Large
     * requests should not touch their pages. Called by open, attach, the first publish of a thread;
     * never on the hot path. */
    void *(*allocate)(void *context, size_t size, size_t align);
    void (*release)(void *context, void *memory, size_t size);

    /* Threads: runs `body(argument)`; join waits until it returned. 0 or an errno value. */
    int (*thread_start)(void *context, struct bus_os_thread **thread, const char *name,
                        void (*body)(void *argument), void *argument);
    void (*thread_join)(void *context, struct bus_os_thread *thread);

    /* Every blocking wait goes through here. Waits while *word == expected, until a wake of the
     * word or until monotonic `deadline_ns` (UINT64_MAX: for ever). May return early for no reason.
     * Returns false when the deadline passed. */
    bool (*wait)(void *context, const bus_os_word *word, bus_os_word expected,
                 uint64_t deadline_ns);
    /* Wakes one (`all` false) or all waiters of the word. */
    void (*wake)(void *context, const bus_os_word *word, bool all);
    /* Gives the processor to others for a moment. */
    void (*yield)(void *context);

    /* A counter that poll can see, for bus_poll_descriptor. -1 and errno on failure. */
    int (*signal_open)(void *context);
    void (*signal_raise)(void *context, int descriptor);
    void (*signal_clear)(void *context, int descriptor);
    void (*signal_close)(void *context, int descriptor);
    /* A descriptor that poll sees readable when `signal` is raised or the time of *alarm has come;
     * both are closed by signal_close. -1 and errno on failure. */
    int (*alarm_open)(void *context, int signal, int *alarm);
    /* Sets it, once, to `in_ns` from now; UINT64_MAX: never. What it told before is forgotten. */
    void (*alarm_set)(void *context, int alarm, uint64_t in_ns);

    /* Files: for logs and metrics. As open, read, write, fsync, close, rename, unlink of POSIX, and
     * the size of an open one: -1 and errno. NULL: this table has none; what needs them says so. */
    int (*file_open)(void *context, const char *path, int flags, unsigned mode);
    ptrdiff_t (*file_read)(void *context, int file, void *bytes, size_t size);
    ptrdiff_t (*file_write)(void *context, int file, const void *bytes, size_t size);
    int (*file_sync)(void *context, int file);
    int64_t (*file_size)(void *context, int file);
    int (*file_close)(void *context, int file);
    int (*file_rename)(void *context, const char *from, const char *to);
    int (*file_remove)(void *context, const char *path);

    /* Makes all threads of the process pass a full memory barrier (membarrier); false: not
     * available, then publishers pay for a fence each. */
    bool (*barrier)(void *context);

    /* The table's threads take turns on one processor, as in a simulation: whoever waits for
     * another one sleeps at once, without looking a few times before. */
    bool take_turns;
};

/* The system's own. Static, never NULL. */
BUS_API const struct bus_os *bus_os_native(void);

#ifdef __cplusplus
}
#endif

#endif
