/*
 * Ten times more than the bus can do, by several threads, for a while: memory stays flat, nothing
 * is unaccounted for, the highest lane is served all the time, and afterwards all is as before.
 * Handlers fail meanwhile: more than may wait for another run wait, and dead letters push each
 * other out.
 *
 *     test_overload [SECONDS [leak]]
 *
 * Default 1 s. With `leak` some memory is lost, which must be noticed.
 *
 * covers: R15, I4, I5, I6, D1, F1, H3
 */
#include "support.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include <bus/dead_letters.h>

enum { FLOODERS = 2, CAPACITY = 256, BULK = 16, HELD = 8, DEAD = 100, LOST = 1 << 16 };

static uint64_t seconds = 1;
static bool leaks; /* negative control */

struct overload {
    struct bus *bus;
    atomic_bool enough;
    _Atomic uint64_t tried;
    _Atomic uint32_t flooding; /* threads that have published */
    _Atomic uint64_t accepted;
    _Atomic uint64_t wrong;
    _Atomic uint64_t handled; /* of the flood */
    _Atomic uint64_t bulked;  /* runs */
    _Atomic uint64_t alarms;  /* number of the last one handled */
    uint64_t held_full;       /* looks that saw a letter of what found no room to wait */
};

/* A run that fails keeps its place for as long as the lanes need to fill many times. */
static const struct bus_policy_override policies[] = {
    {&probe_bulked_type,
     {.retries = 2, .backoff_first_ns = 20 * BUS_MILLISECOND, .jitter = BUS_JITTER_NONE}}};

/* Slow: handles a tenth of what is tried, whatever machine this is. */
static void work_hard(struct overload *overload)
{
    uint64_t handled = atomic_fetch_add(&overload->handled, 1) + 1;

    while (atomic_load(&overload->tried) < 10 * handled && !atomic_load(&overload->enough))
        sched_yield();
}

static enum bus_verdict hard_ticked(void *context, const struct probe_ticked *event,
                                    struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    work_hard(context);
    return BUS_DONE;
}

static enum bus_verdict hard_shed(void *context, const struct probe_shed *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    work_hard(context);
    return event->number % 10 == 0 ? BUS_RETRY : BUS_DONE;
}

static enum bus_verdict hard_bulked(void *context, const struct probe_bulked *event,
                                    struct bus_delivery *delivery)
{
    struct overload *overload = context;

    (void)event;
    (void)delivery;
    work_hard(overload);
    return atomic_fetch_add(&overload->bulked, 1) % 3 != 0 ? BUS_RETRY : BUS_DONE;
}

static enum bus_verdict hard_waited(void *context, const struct probe_waited *event,
                                    struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    work_hard(context);
    return BUS_DONE;
}

static void lose_memory(void)
{
    static void *volatile lost;

    lost = malloc(LOST);
    if (lost != NULL)
        memset(lost, 1, LOST);
}

static enum bus_verdict overload_alarmed(void *context, const struct probe_alarmed *event,
                                         struct bus_delivery *delivery)
{
    struct overload *overload = context;

    (void)delivery;
    if (leaks)
        lose_memory();
    if (event->number != atomic_load(&overload->alarms) + 1)
        atomic_fetch_add(&overload->wrong, 1);
    atomic_store(&overload->alarms, event->number);
    return BUS_DONE;
}

static void note(struct overload *overload, enum bus_outcome outcome)
{
    atomic_fetch_add(&overload->tried, 1);
    if (bus_accepted(outcome))
        atomic_fetch_add(&overload->accepted, 1);
    else if (outcome != BUS_REJECTED)
        atomic_fetch_add(&overload->wrong, 1);
}

static void *flood(void *argument)
{
    static const uint8_t data[4000];
    struct overload *overload = argument;
    struct bus *bus = overload->bus;
    struct probe_ticked ticks[BULK];

    memset(ticks, 0, sizeof ticks);
    note(overload, probe_ticked_publish(bus, ticks));
    atomic_fetch_add(&overload->flooding, 1);
    for (uint64_t n = 1; !atomic_load(&overload->enough); n++) {
        uint32_t accepted = 0;

        note(overload, probe_ticked_publish(bus, &(struct probe_ticked){.number = n}));
        note(overload, probe_shed_publish(bus, &(struct probe_shed){.number = n}));
        if (n % 8 == 0)
            note(overload,
                 probe_bulked_publish(bus, &(struct probe_bulked){.data = {data, sizeof data}}));
        if (n % 100 == 0) {
            bus_ignore(probe_ticked_publish_many(bus, ticks, BULK, NULL, &accepted));
            atomic_fetch_add(&overload->tried, BULK);
            atomic_fetch_add(&overload->accepted, accepted);
        }
        if (n % 5000 == 0)
            note(overload, probe_waited_publish(bus, &(struct probe_waited){.number = n}));
    }
    return NULL;
}

/* Pages of this process that are in memory. */
/* Memory of its own, not the pages of libraries that happen to be mapped; counted page by page, for
 * statm's figure is a sum per processor that lags by dozens of pages. */
static uint64_t own_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    unsigned long long kib = 0;
    char line[256];

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Anonymous: %llu kB", &kib) == 1)
            break;
    (void)fclose(file);
    assert_true(kib > 0);
    return kib;
}

static void begin_flood(struct overload *overload, pthread_t threads[FLOODERS])
{
    atomic_store(&overload->enough, false);
    atomic_store(&overload->flooding, 0);
    for (int i = 0; i < FLOODERS; i++)
        threads[i] = spawn(flood, overload);
    while (atomic_load(&overload->flooding) < FLOODERS) /* each has its record now */
        sched_yield();
}

static void end_flood(struct overload *overload, pthread_t threads[FLOODERS])
{
    atomic_store(&overload->enough, true);
    for (int i = 0; i < FLOODERS; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(overload->bus, PATIENCE), BUS_OK);
}

static bool seen(void *context, const struct bus_dead_letter *letter)
{
    (void)context;
    return letter->number != 0;
}

static void look_at_letters(struct overload *overload)
{
    struct bus_dead_letter_filter filter = {
        .type = &probe_bulked_type, .reason = BUS_LETTER_NO_ROOM, .most = 1};
    uint64_t shown = 0;

    assert_int_equal(bus_dead_letters_each(overload->bus, &filter, seen, NULL, &shown), BUS_OK);
    overload->held_full += shown;
    assert_true(stats_of(overload->bus).dead_letter_queue_size <= DEAD);
    assert_true(account_of(overload->bus, &probe_bulked_type).held <= HELD + CAPACITY);
}

/* One alarm after the other, each waited for, however full the rest is: `count` at least, and until
 * then. */
static void serve_alarms(struct overload *overload, uint64_t count, uint64_t until_ns)
{
    const struct bus_os *os = bus_os_native();
    uint64_t number = atomic_load(&overload->alarms);
    uint64_t last = number + count;

    do {
        struct probe_alarmed alarm = {.number = ++number};
        uint64_t give_up = os->monotonic_ns(os->context) + PATIENCE;

        assert_int_equal(probe_alarmed_publish(overload->bus, &alarm), BUS_QUEUED);
        while (atomic_load(&overload->alarms) < number) {
            assert_true(os->monotonic_ns(os->context) < give_up);
            sched_yield();
        }
        look_at_letters(overload);
    } while (number < last || os->monotonic_ns(os->context) < until_ns);
}

static void check_books(struct overload *overload)
{
    const struct bus_message_type *const types[] = {&probe_ticked_type, &probe_shed_type,
                                                    &probe_bulked_type, &probe_waited_type};
    struct bus_dead_letter_figures letters;
    uint64_t accepted = 0;
    uint64_t refused = 0;
    uint64_t calls = 0;

    for (int i = 0; i < 4; i++) {
        struct bus_account account = account_of(overload->bus, types[i]);

        assert_true(bus_account_balances(&account));
        assert_int_equal(account.held + account.running, 0);
        accepted += account.accepted;
        refused += account.rejected;
        calls += account.calls;
    }
    assert_int_equal(accepted, atomic_load(&overload->accepted));
    assert_int_equal(calls, atomic_load(&overload->handled));
    assert_true(refused <= atomic_load(&overload->tried) - accepted); /* a bulk counts one */
    assert_int_equal(stats_of(overload->bus).pool_bytes_used, 0);
    assert_int_equal(stats_of(overload->bus).queue_size, 0);
    assert_int_equal(bus_dead_letter_figures_read(overload->bus, &letters), BUS_OK);
    assert_int_equal(letters.added, letters.evicted + letters.waiting);
    assert_int_equal(letters.waiting, DEAD);
    assert_int_equal(letters.added, account_of(overload->bus, &probe_shed_type).failed +
                                        account_of(overload->bus, &probe_bulked_type).failed);
}

static void ten_times_too_much(void **state)
{
    static struct overload overload;
    const struct bus_os *os = bus_os_native();
    struct bus_options options = {
        .workers = 1,
        .pool_bytes = 1 << 20,
        .capacity = {16, CAPACITY, CAPACITY, CAPACITY, CAPACITY},
        .policies = policies,
        .policy_count = 1,
        .held_max = HELD,
        .dead_letters_max = DEAD,
        .prefault = true, /* what failing handlers leave behind fills up slowly */
    };
    pthread_t threads[FLOODERS];
    struct bus_account bulked;
    uint64_t reserved;
    uint64_t resident;

    (void)state;
    overload.bus = open_bus(&options);
    assert_int_equal(probe_ticked_subscribe(overload.bus, hard_ticked, &overload, NULL), BUS_OK);
    assert_int_equal(probe_shed_subscribe(overload.bus, hard_shed, &overload, NULL), BUS_OK);
    assert_int_equal(probe_bulked_subscribe(overload.bus, hard_bulked, &overload, NULL), BUS_OK);
    assert_int_equal(probe_waited_subscribe(overload.bus, hard_waited, &overload, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(overload.bus, overload_alarmed, &overload, NULL),
                     BUS_OK);
    assert_int_equal(bus_start(overload.bus), BUS_OK);
    /* Until it was full once: every page has been touched, every thread has its record. */
    begin_flood(&overload, threads);
    while (atomic_load(&overload.tried) < 100 * CAPACITY)
        sched_yield();
    serve_alarms(&overload, 32, 0);
    end_flood(&overload, threads);
    reserved = stats_of(overload.bus).memory_bytes;
    resident = own_kib();

    begin_flood(&overload, threads);
    serve_alarms(&overload, 1, os->monotonic_ns(os->context) + seconds * BUS_SECOND);
    end_flood(&overload, threads);
    assert_int_equal(stats_of(overload.bus).memory_bytes, reserved);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (own_kib() > resident + resident / 20)
        fail_msg("memory grew from %llu to %llu KiB", (unsigned long long)resident,
                 (unsigned long long)own_kib());
#else
    (void)resident;
#endif
    check_books(&overload);
    assert_true(account_of(overload.bus, &probe_shed_type).dropped > 0);
    assert_true(account_of(overload.bus, &probe_ticked_type).rejected > 0);
    assert_true(overload.held_full > 0);
    bulked = account_of(overload.bus, &probe_bulked_type);
    assert_true(bulked.calls > bulked.processed + bulked.failed); /* some ran again */

    /* As before: a whole lane of them is taken at once, and done. */
    for (uint64_t n = 0; n < CAPACITY; n++)
        tick(overload.bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(overload.bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&overload.wrong), 0);
    finish_bus(&overload.bus);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_times_too_much),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    leaks = count > 2 && strcmp(arguments[2], "leak") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
