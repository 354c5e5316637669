/*
 * core/thread.c - what a thread needs to use a bus, and how it finds it.
 *
 * Use. thread_here: one comparison with a thread-local cache of the last bus used. Otherwise the
 * bus's records are searched for the thread's identity (the address of its cache), and a free or a
 * new one is taken. A thread that ends gives its records back (pthread key destructor), for which a
 * list of the buses that live is kept; it is the only global state, and no bus behaves differently
 * because of it.
 *
 * A record is used by its owner alone; the fields that others read are named in engine.h. Its
 * counters, its sequence and its scratch memory stay when the owner changes; `owner` is released
 * and acquired, so the next one sees them.
 *
 * Several threads may give back and take at once: all of it happens under the thread lock.
 */
#include "path/path.h"

#include <inttypes.h>
#include <pthread.h>

#include "core/locals.h"
#include "core/registry.h"

_Thread_local struct thread_cache thread_cache __attribute__((tls_model("initial-exec")));

static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static struct bus *live_buses;
static uint64_t last_serial;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

static _Thread_local enum bus_status failure;
static _Thread_local const void *identity_given; /* NULL: the address of the cache */

enum bus_status thread_failure(void)
{
    return failure;
}

static const void *self_identity(void)
{
    return identity_given != NULL ? identity_given : &thread_cache;
}

/* Runs when a thread ends: its records may be taken by others. One with an open claim stays: only
 * the thread that claimed may end a claim. */
static void leave_all(void *identity)
{
    struct bus *bus;

    (void)pthread_mutex_lock(&live_lock);
    for (bus = live_buses; bus != NULL; bus = bus->next_live) {
        uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

        for (i = 0; i < n; i++) {
            struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

            if (thread != NULL && atomic_load_relaxed_ptr(&thread->owner) == identity &&
                atomic_load_relaxed_u32(&thread->claims) == 0)
                thread_disown(thread);
        }
    }
    (void)pthread_mutex_unlock(&live_lock);
    thread_cache.serial = 0;
}

void thread_locals_exchange(struct thread_locals *from, const struct thread_locals *to)
{
    *from = (struct thread_locals){.cache = thread_cache,
                                   .identity = identity_given,
                                   .failure = failure,
                                   .error = last_error_use(to->error)};
    thread_cache = to->cache;
    identity_given = to->identity;
    failure = to->failure;
}

void thread_locals_end(void)
{
    leave_all((void *)(uintptr_t)self_identity());
}

static void make_key(void)
{
    key_made = pthread_key_create(&key, leave_all) == 0;
}

enum bus_status threads_enroll(struct bus *bus)
{
    (void)pthread_once(&key_once, make_key);
    if (!key_made)
        return fail_status(BUS_ERR_SYSTEM, "bus %s: no thread-specific key left in this process",
                           bus->name);
    (void)pthread_mutex_lock(&live_lock);
    bus->serial = ++last_serial;
    bus->next_live = live_buses;
    live_buses = bus;
    (void)pthread_mutex_unlock(&live_lock);
    return BUS_OK;
}

void threads_dismiss(struct bus *bus)
{
    struct bus **link;

    (void)pthread_mutex_lock(&live_lock);
    for (link = &live_buses; *link != NULL; link = &(*link)->next_live)
        if (*link == bus) {
            *link = bus->next_live;
            break;
        }
    (void)pthread_mutex_unlock(&live_lock);
}

static size_t counters_size(const struct bus *bus)
{
    return ((size_t)bus->options.types_max + 1) * sizeof(struct counters);
}

/* Of 2^24: so many that its ids ascend for long. */
enum { SEQUENCE_FIRST_MASK = 0x7fffff };

struct thread *thread_make(struct bus *bus, uint32_t index)
{
    struct thread *thread = bus_take_memory(bus, sizeof *thread, CACHE_LINE);

    if (thread == NULL)
        return NULL;
    thread->counters = bus_take_memory(bus, counters_size(bus), CACHE_LINE);
    if (thread->counters != NULL && bus->options.registry != NULL)
        thread->answer = answer_make(bus);
    if (thread->counters == NULL || (thread->answer == NULL && bus->options.registry != NULL)) {
        if (thread->counters != NULL)
            bus_give_memory(bus, thread->counters, counters_size(bus));
        bus_give_memory(bus, thread, sizeof *thread);
        return NULL;
    }
    thread->bus = bus;
    thread->publisher = index;
    lane_producer_init(&thread->producer, index + 1);
    os_coarse_init(&thread->coarse, &bus->os);
    chance_init(&thread->chance, bus->seed.high ^ bus->seed.low, index);
    /* Buses of one store have the part of the seed in common that ids show (path/durable.c): where
     * the clock is set back between two of them this keeps their ids apart. */
    thread->sequence = (uint32_t)bus_key_u64(bus->seed.high + index) & SEQUENCE_FIRST_MASK;
    atomic_store_release_ptr(&bus->threads[index], thread);
    return thread;
}

void threads_free(struct bus *bus)
{
    uint32_t i;

    for (i = 0; bus->threads != NULL && i < bus->threads_size; i++) {
        struct thread *thread = bus->threads[i];

        if (thread == NULL)
            continue;
        scratch_free(&thread->scratch, bus);
        if (thread->answer != NULL)
            answer_free(bus, thread->answer);
        bus_give_memory(bus, thread->counters, counters_size(bus));
        bus_give_memory(bus, thread, sizeof *thread);
    }
}

void thread_adopt(struct thread *thread)
{
    os_coarse_init(&thread->coarse, &thread->bus->os);
    lane_producer_adopt(&thread->producer);
    atomic_store_release_ptr(&thread->owner, self_identity());
    thread_cache = (struct thread_cache){thread->bus->serial, thread};
    if (pthread_getspecific(key) == NULL)
        (void)pthread_setspecific(key, &thread_cache);
}

void thread_disown(struct thread *thread)
{
    atomic_store_release_ptr(&thread->owner, NULL);
}

struct thread *thread_known(const struct bus *bus)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    if (thread_cache.serial == bus->serial)
        return thread_cache.thread;
    for (i = 0; i < n; i++) {
        struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread != NULL && atomic_load_acquire_ptr(&thread->owner) == self_identity()) {
            thread_cache = (struct thread_cache){bus->serial, thread};
            return thread;
        }
    }
    return NULL;
}

/* A record without owner, or a new one. The caller holds the thread lock. */
static struct thread *thread_take(struct bus *bus)
{
    uint32_t i;

    for (i = bus->worker_count; i < bus->threads_size; i++) {
        struct thread *thread = bus->threads[i];

        if (thread == NULL) {
            thread = thread_make(bus, i);
            if (thread == NULL)
                failure = fail_status(BUS_ERR_MEMORY,
                                      "bus %s: no memory for the record of this thread", bus->name);
            else if (i >= bus->threads_known)
                atomic_store_release_u32(&bus->threads_known, i + 1);
            return thread;
        }
        if (atomic_load_acquire_ptr(&thread->owner) == NULL)
            return thread;
    }
    failure = fail_status(
        BUS_ERR_LIMIT, "bus %s: %" PRIu32 " threads use it already; raise bus_options.threads_max",
        bus->name, bus->options.threads_max);
    return NULL;
}

struct thread *thread_find(struct bus *bus)
{
    struct thread *thread;

    if (bus->magic != BUS_MAGIC) {
        failure = fail_status(BUS_ERR_INVALID, "this is no open bus");
        return NULL;
    }
    thread = thread_known(bus);
    if (thread != NULL)
        return thread;
    lock_take(&bus->thread_lock, &bus->os);
    thread = thread_take(bus);
    if (thread != NULL)
        thread_adopt(thread);
    lock_give(&bus->thread_lock, &bus->os);
    return thread;
}
