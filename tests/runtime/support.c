#include "support.h"

#include <sched.h>
#include <time.h>

/* ---- latches and journals ---- */

void latch_add(struct latch *latch, uint64_t amount)
{
    pthread_mutex_lock(&latch->mutex);
    latch->count += amount;
    pthread_cond_broadcast(&latch->condition);
    pthread_mutex_unlock(&latch->mutex);
}

uint64_t latch_count(struct latch *latch)
{
    uint64_t count;

    pthread_mutex_lock(&latch->mutex);
    count = latch->count;
    pthread_mutex_unlock(&latch->mutex);
    return count;
}

bool latch_wait_for(struct latch *latch, uint64_t at_least, uint64_t ns)
{
    struct timespec deadline;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += (time_t)(ns / BUS_SECOND);
    deadline.tv_nsec += (long)(ns % BUS_SECOND);
    if (deadline.tv_nsec >= (long)BUS_SECOND) {
        deadline.tv_sec++;
        deadline.tv_nsec -= (long)BUS_SECOND;
    }
    pthread_mutex_lock(&latch->mutex);
    while (latch->count < at_least &&
           pthread_cond_timedwait(&latch->condition, &latch->mutex, &deadline) == 0)
        ;
    reached = latch->count >= at_least;
    pthread_mutex_unlock(&latch->mutex);
    return reached;
}

bool latch_wait(struct latch *latch, uint64_t at_least)
{
    return latch_wait_for(latch, at_least, PATIENCE);
}

void journal_add(struct journal *journal, uint64_t entry)
{
    pthread_mutex_lock(&journal->latch.mutex);
    if (journal->latch.count < JOURNAL_MAX)
        journal->entries[journal->latch.count] = entry;
    journal->latch.count++;
    pthread_cond_broadcast(&journal->latch.condition);
    pthread_mutex_unlock(&journal->latch.mutex);
}

void assert_journal(struct journal *journal, const uint64_t *entries, uint64_t count)
{
    assert_int_equal(latch_count(&journal->latch), count);
    for (uint64_t i = 0; i < count && i < JOURNAL_MAX; i++)
        assert_int_equal(journal->entries[i], entries[i]);
}

void assert_journal_run(struct journal *journal, uint64_t first, uint64_t count)
{
    assert_int_equal(latch_count(&journal->latch), count);
    for (uint64_t i = 0; i < count && i < JOURNAL_MAX; i++)
        assert_int_equal(journal->entries[i], first + i);
}

/* ---- handlers ---- */

static void hold_here(struct hold *hold)
{
    latch_add(&hold->entered, 1);
    (void)latch_wait(&hold->let_go, 1);
    atomic_fetch_add(&hold->runs, 1);
}

enum bus_verdict on_ticked_hold(void *context, const struct probe_ticked *event,
                                struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    hold_here(context);
    return BUS_DONE;
}

enum bus_verdict on_alarmed_hold(void *context, const struct probe_alarmed *event,
                                 struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    hold_here(context);
    return BUS_DONE;
}

enum bus_verdict on_ticked(void *context, const struct probe_ticked *event,
                           struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_alarmed(void *context, const struct probe_alarmed *event,
                            struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_urged(void *context, const struct probe_urged *event,
                          struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_lazed(void *context, const struct probe_lazed *event,
                          struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_idled(void *context, const struct probe_idled *event,
                          struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_shed(void *context, const struct probe_shed *event,
                         struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_bulked(void *context, const struct probe_bulked *event,
                           struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_keyed(void *context, const struct probe_keyed *event,
                          struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

enum bus_verdict on_touch(void *context, const struct probe_touch *request,
                          struct bus_delivery *delivery)
{
    (void)delivery;
    if (context != NULL)
        journal_add(context, request->number);
    return BUS_DONE;
}

enum bus_verdict on_add(void *context, const struct probe_add *request,
                        struct bus_delivery *delivery)
{
    uint64_t sum = (uint64_t)request->a + request->b;
    struct probe_add_ok ok = {.sum = (uint32_t)sum};
    struct probe_add_overflow overflow = {.by = (uint32_t)(sum - UINT32_MAX)};

    if (context != NULL)
        journal_add(context, sum);
    if (request->a == 0 && request->b == 0)
        return probe_add_fail_refused(delivery);
    if (sum > UINT32_MAX)
        return probe_add_fail_overflow(delivery, &overflow);
    return probe_add_return(delivery, &ok);
}

/* ---- buses ---- */

struct bus *open_bus(const struct bus_options *options)
{
    struct bus *bus = NULL;
    enum bus_status status = bus_open(&bus, options);

    if (status != BUS_OK)
        fail_msg("bus_open: %s (%s)", bus_status_text(status), bus_last_error());
    assert_non_null(bus);
    return bus;
}

struct bus *open_polled(void)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

struct bus *open_workers(uint32_t workers)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = workers});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

uint32_t poll_all(struct bus *bus)
{
    uint32_t ran;
    uint32_t all = 0;

    do {
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
        all += ran;
    } while (ran > 0);
    return all;
}

void assert_balanced(struct bus *bus)
{
    struct bus_account account;

    for (uint32_t i = 0; i < probe_schema.message_count; i++) {
        assert_int_equal(bus_account(bus, probe_schema.messages[i], &account), BUS_OK);
        if (!bus_account_balances(&account))
            fail_msg("the account of %s does not balance", bus_type_name(probe_schema.messages[i]));
        assert_int_equal(account.running, 0);
    }
    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
}

void finish_bus(struct bus **bus)
{
    struct bus_left left;
    enum bus_status status = bus_stop(*bus, PATIENCE, &left);
    struct bus_account account;

    if (status != BUS_OK)
        fail_msg("bus_stop: %s (%s)", bus_status_text(status), bus_last_error());
    assert_int_equal(left.messages, 0);
    assert_int_equal(left.running, 0);
    assert_balanced(*bus);
    assert_int_equal(bus_account(*bus, NULL, &account), BUS_OK);
    assert_int_equal(account.held, 0);
    assert_int_equal(account.left, 0);
    status = bus_close(bus);
    if (status != BUS_OK)
        fail_msg("bus_close: %s (%s)", bus_status_text(status), bus_last_error());
    assert_null(*bus);
}

struct bus_account account_of(struct bus *bus, const struct bus_message_type *type)
{
    struct bus_account account;

    assert_int_equal(bus_account(bus, type, &account), BUS_OK);
    return account;
}

struct bus_stats stats_of(struct bus *bus)
{
    struct bus_stats stats;

    assert_int_equal(bus_stats(bus, &stats), BUS_OK);
    return stats;
}

void tick(struct bus *bus, uint64_t number, enum bus_outcome expected)
{
    struct probe_ticked message = {.number = number};
    enum bus_outcome outcome = probe_ticked_publish(bus, &message);

    if (outcome != expected)
        fail_msg("publish of %llu: %s, not %s", (unsigned long long)number,
                 bus_outcome_text(outcome), bus_outcome_text(expected));
}

pthread_t spawn(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    return thread;
}

void reap(pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- a clock of our own ---- */

static _Atomic uint64_t frozen_now;

static uint64_t frozen_monotonic(void *context)
{
    (void)context;
    return atomic_load(&frozen_now);
}

static uint64_t frozen_real(void *context)
{
    (void)context;
    return UINT64_C(1700000000) * BUS_SECOND + atomic_load(&frozen_now);
}

/* Waits in frozen time end early, except that a deadline which has passed is said. */
static bool frozen_wait(void *context, const bus_os_word *word, bus_os_word expected,
                        uint64_t deadline_ns)
{
    (void)context;
    (void)word;
    (void)expected;
    sched_yield();
    return atomic_load(&frozen_now) < deadline_ns;
}

const struct bus_os *frozen_os(void)
{
    static struct bus_os os;

    os = *bus_os_native();
    os.monotonic_ns = frozen_monotonic;
    os.real_ns = frozen_real;
    os.wait = frozen_wait;
    atomic_store(&frozen_now, 1000 * BUS_SECOND);
    return &os;
}

void frozen_advance(uint64_t ns)
{
    atomic_fetch_add(&frozen_now, ns);
}

/* ---- an allocator of our own ---- */

static _Atomic uint64_t failing_seen;
static _Atomic uint64_t failing_nth;
static atomic_bool failing_for_ever;
static atomic_bool failing_refused;
static _Atomic uint64_t failing_count;

static void *failing_allocate(void *context, size_t size, size_t align)
{
    uint64_t seen = atomic_fetch_add(&failing_seen, 1) + 1;
    uint64_t nth = atomic_load(&failing_nth);
    void *memory;

    if (nth != 0 && (seen == nth || (seen > nth && atomic_load(&failing_for_ever)))) {
        atomic_store(&failing_refused, true);
        return NULL;
    }
    memory = bus_os_native()->allocate(context, size, align);
    if (memory != NULL)
        atomic_fetch_add(&failing_count, 1);
    return memory;
}

static void failing_release(void *context, void *memory, size_t size)
{
    if (memory != NULL)
        atomic_fetch_sub(&failing_count, 1);
    bus_os_native()->release(context, memory, size);
}

const struct bus_os *failing_os(void)
{
    static struct bus_os os;

    os = *bus_os_native();
    os.allocate = failing_allocate;
    os.release = failing_release;
    return &os;
}

void failing_arm(uint64_t nth, bool for_ever)
{
    atomic_store(&failing_refused, false);
    atomic_store(&failing_for_ever, for_ever);
    atomic_store(&failing_seen, 0);
    atomic_store(&failing_nth, nth);
}

bool failing_struck(void)
{
    return atomic_load(&failing_refused);
}

uint64_t failing_outstanding(void)
{
    return atomic_load(&failing_count);
}

uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
