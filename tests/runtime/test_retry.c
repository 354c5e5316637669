/*
 * A failed delivery runs again later, alone, and ends once; in virtual time.
 *
 * covers: F1 F2 F3 F4 F5 C8 D4 D8 I6
 */
#include "support.h"

#include <bus/dead_letters.h>

#define MS BUS_MILLISECOND

/* A handler that fails so many times, then succeeds, and notes when it ran. */
struct flaky {
    _Atomic uint64_t fails;
    struct journal runs; /* milliseconds since the clock was set up */
    struct journal attempts;
    bool permanent;
};

#define FLAKY(count)                                                                               \
    {                                                                                              \
        .fails = (count), .runs = JOURNAL_INITIALIZER, .attempts = JOURNAL_INITIALIZER             \
    }

static uint64_t begun_ns;
static const struct bus_os *clock_os;

static enum bus_verdict fail_or_not(struct flaky *flaky, struct bus_delivery *delivery)
{
    uint64_t left = atomic_load(&flaky->fails);
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    journal_add(&flaky->runs, (clock_os->monotonic_ns(clock_os->context) - begun_ns) / MS);
    journal_add(&flaky->attempts, envelope.attempt);
    do /* parts of several messages run at once */
        if (left == 0)
            return BUS_DONE;
    while (!atomic_compare_exchange_weak(&flaky->fails, &left, left - 1));
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .code = 111,
                                                  .transient = !flaky->permanent,
                                                  .text = "the line is cut"});
}

static enum bus_verdict on_flaky(void *context, const struct probe_ticked *event,
                                 struct bus_delivery *delivery)
{
    (void)event;
    return fail_or_not(context, delivery);
}

/* What bulked carries, to be found again at every run. */
static enum bus_verdict on_flaky_bulk(void *context, const struct probe_bulked *event,
                                      struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    for (uint32_t i = 0; i < event->data.size; i++)
        if (event->data.data[i] != (uint8_t)(event->number + i))
            flaky->permanent = true;
    return fail_or_not(flaky, delivery);
}

static bool jumping_wait(void *context, const bus_os_word *word, bus_os_word expected,
                         uint64_t deadline_ns)
{
    uint64_t now = clock_os->monotonic_ns(context);

    (void)word;
    (void)expected;
    if (deadline_ns != UINT64_MAX && deadline_ns > now)
        frozen_advance(deadline_ns - now);
    return false;
}

/* One policy for ticked and bulked; polled, in frozen time. */
static struct bus *open_with(struct bus_policy policy, struct bus_options options)
{
    struct bus_policy_override overrides[] = {
        {&probe_ticked_type, policy}, {&probe_bulked_type, policy}, {&probe_faded_type, policy}};
    struct bus *bus;

    clock_os = frozen_os();
    begun_ns = clock_os->monotonic_ns(NULL);
    options.polled = true;
    if (options.os == NULL)
        options.os = clock_os;
    options.policies = overrides;
    options.policy_count = 3;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static const struct bus_policy plain = {.retries = 3, .jitter = BUS_JITTER_NONE};

static struct bus_dead_letter_figures letters_of(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    return figures;
}

/* Polls every virtual millisecond. */
static void pass(struct bus *bus, uint64_t ms)
{
    for (; ms > 0; ms--) {
        frozen_advance(MS);
        (void)poll_all(bus);
        assert_balanced(bus);
    }
}

static void the_delays_double_and_the_last_failure_is_a_letter(void **state)
{
    const uint64_t times[] = {0, 100, 300, 700}, attempts[] = {1, 2, 3, 4};
    struct flaky flaky = FLAKY(99);
    struct bus *bus = open_with(plain, (struct bus_options){0});
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.held, 1);
    assert_int_equal(account.running, 0);
    assert_int_equal(stats_of(bus).queue_size, 0);
    pass(bus, 699);
    assert_journal(&flaky.runs, times, 3);
    assert_int_equal(letters_of(bus).waiting, 0);
    pass(bus, 5000);
    assert_journal(&flaky.runs, times, 4);
    assert_journal(&flaky.attempts, attempts, 4);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.held, 0);
    assert_int_equal(account.calls, 4);
    assert_int_equal(account.calls_failed, 4);
    assert_int_equal(letters_of(bus).waiting, 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* covers: F1 */
static void delays_vary_by_half_unless_said_otherwise(void **state)
{
    struct bus *bus = open_with((struct bus_policy){.retries = 1}, (struct bus_options){0});
    struct flaky flaky = FLAKY(400);
    uint64_t early = 0, late = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    for (uint64_t n = 0; n < 200; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(latch_count(&flaky.runs.latch), 200);
    pass(bus, 49);
    assert_int_equal(latch_count(&flaky.runs.latch), 200);
    pass(bus, 102);
    assert_int_equal(latch_count(&flaky.runs.latch), 400);
    for (uint32_t i = 200; i < 400; i++) {
        early += flaky.runs.entries[i] < 75;
        late += flaky.runs.entries[i] > 125;
    }
    assert_in_range(early, 20, 80);
    assert_in_range(late, 20, 80);
    finish_bus(&bus);
}

static void only_what_failed_runs_again_and_others_overtake(void **state)
{
    const uint64_t seen[] = {1, 2};
    struct flaky flaky = FLAKY(1);
    struct journal steady = JOURNAL_INITIALIZER;
    struct bus *bus = open_with(plain, (struct bus_options){0});
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &steady, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.held, 1);
    assert_int_equal(account.processed, 1);
    pass(bus, 200);
    assert_journal(&steady, seen, 2);
    assert_int_equal(latch_count(&flaky.runs.latch), 3);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.processed, 2);
    assert_int_equal(account.failed, 0);
    assert_int_equal(letters_of(bus).added, 0);
    finish_bus(&bus);
}

/* One handler in the end well, one not: the message failed, once. */
static void a_message_ends_with_its_last_delivery(void **state)
{
    struct flaky first = FLAKY(2), second = FLAKY(99);
    struct bus *bus = open_with(plain, (struct bus_options){0});
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &first, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &second, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 500);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.held, 1);
    assert_int_equal(account.processed + account.failed, 0);
    assert_int_equal(latch_count(&first.runs.latch), 3);
    pass(bus, 500);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.processed, 0);
    assert_int_equal(letters_of(bus).added, 1);
    finish_bus(&bus);
}

static void a_permanent_fault_is_not_tried_again(void **state)
{
    struct flaky flaky = FLAKY(1);
    struct bus *bus = open_with(plain, (struct bus_options){0});

    (void)state;
    flaky.permanent = true;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 1000);
    assert_int_equal(latch_count(&flaky.runs.latch), 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    assert_int_equal(letters_of(bus).added, 1);
    finish_bus(&bus);
}

static enum bus_verdict on_faded_flaky(void *context, const struct probe_faded *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    return fail_or_not(context, delivery);
}

/* Its deadline is 100 ms: one retry at 40 ms fits, the next one at 120 ms does not. */
static void no_run_begins_behind_the_deadline(void **state)
{
    const uint64_t times[] = {0, 40};
    struct bus_policy policy = plain;
    struct flaky flaky = FLAKY(99);
    struct bus *bus;

    (void)state;
    policy.backoff_first_ns = 40 * MS;
    bus = open_with(policy, (struct bus_options){0});
    assert_int_equal(probe_faded_subscribe(bus, on_faded_flaky, &flaky, NULL), BUS_OK);
    bus_ignore(probe_faded_publish(bus, &(struct probe_faded){.number = 1}));
    (void)poll_all(bus);
    pass(bus, 300);
    assert_journal(&flaky.runs, times, 2);
    assert_int_equal(account_of(bus, &probe_faded_type).failed, 1);
    /* Due in time, and found too late. */
    bus_ignore(probe_faded_publish(bus, &(struct probe_faded){.number = 2}));
    (void)poll_all(bus);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_int_equal(latch_count(&flaky.runs.latch), 3);
    assert_int_equal(account_of(bus, &probe_faded_type).failed, 2);
    assert_int_equal(letters_of(bus).added, 2);
    finish_bus(&bus);
}

static void a_message_of_the_pool_is_the_same_at_each_run(void **state)
{
    static uint8_t data[6000];
    struct flaky flaky = FLAKY(2), other = FLAKY(1);
    struct bus *bus = open_with(plain, (struct bus_options){0});
    struct probe_bulked message = {.number = 7, .data = {data, sizeof data}};

    (void)state;
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(7 + i);
    assert_int_equal(probe_bulked_subscribe(bus, on_flaky_bulk, &flaky, NULL), BUS_OK);
    assert_int_equal(probe_bulked_subscribe(bus, on_flaky_bulk, &other, NULL), BUS_OK);
    for (int round = 0; round < 3; round++) {
        atomic_store(&flaky.fails, 2);
        atomic_store(&other.fails, 1);
        assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
        (void)poll_all(bus);
        pass(bus, 1000);
    }
    assert_int_equal(latch_count(&flaky.runs.latch), 9);
    assert_int_equal(latch_count(&other.runs.latch), 6);
    assert_false(flaky.permanent || other.permanent);
    assert_int_equal(account_of(bus, &probe_bulked_type).processed, 3);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* Three records: the fourth delivery that fails is given up at once, and later ones find room. */
static void without_a_record_a_delivery_is_given_up(void **state)
{
    struct flaky flaky = FLAKY(5);
    struct bus *bus = open_with(plain, (struct bus_options){.held_max = 3});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    for (uint64_t n = 0; n < 5; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 3);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 2);
    assert_int_equal(letters_of(bus).added, 2);
    pass(bus, 150);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 3);
    atomic_store(&flaky.fails, 3);
    for (uint64_t n = 0; n < 3; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 200);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 6);
    finish_bus(&bus);
}

/* The same for the block. */
static void without_a_block_a_delivery_is_given_up(void **state)
{
    enum { MANY = 2000 };
    struct flaky flaky = FLAKY(MANY);
    struct bus *bus = open_with(plain, (struct bus_options){.pool_bytes = 1});
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    for (uint64_t n = 0; n < MANY; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    account = account_of(bus, &probe_ticked_type);
    assert_true(account.held > 0 && account.failed > 0);
    assert_int_equal(account.held + account.failed, MANY);
    pass(bus, 200);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, account.held);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* D8: a handler that goes takes its held deliveries with it, and no others. */
static void an_unregistered_handler_runs_no_more(void **state)
{
    struct flaky gone = FLAKY(99), stays = FLAKY(1);
    struct bus *bus = open_with(plain, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &gone, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &stays, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_flaky, &gone, (struct bus_session){0, 0}),
                     BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(letters_of(bus).added, 1);
    pass(bus, 1000);
    assert_int_equal(latch_count(&gone.runs.latch), 1);
    assert_int_equal(latch_count(&stays.runs.latch), 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    /* The last one: the message ends at once. */
    atomic_store(&stays.fails, 1);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_flaky, &stays, (struct bus_session){0, 0}),
                     BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 0);
    finish_bus(&bus);
}

struct seen_left {
    uint64_t numbers;
    uint64_t count;
};

static void note_left(void *context, const struct bus_message_type *type,
                      const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    uint64_t scratch[64];
    struct probe_ticked message;
    struct seen_left *seen = context;

    (void)envelope;
    if (bus_decode(&type->codec, bytes, size, &message, scratch, sizeof scratch) == BUS_OK)
        seen->numbers += message.number;
    seen->count++;
}

static void stop_without_patience_leaves_what_is_held(void **state)
{
    struct flaky flaky = FLAKY(2);
    struct bus *bus = open_with(plain, (struct bus_options){0});
    struct seen_left seen = {0, 0};
    struct bus_left left;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    tick(bus, 40, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).left, 2);
    assert_int_equal(bus_left_each(bus, note_left, &seen), 2);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers, 42);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void stop_with_patience_waits_for_retries(void **state)
{
    struct flaky flaky = FLAKY(3);
    struct bus_os os;
    struct bus *bus;

    (void)state;
    os = *frozen_os();
    os.wait = jumping_wait;
    bus = open_with(plain, (struct bus_options){.os = &os});
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    finish_bus(&bus);
    assert_int_equal(latch_count(&flaky.runs.latch), 4);
}

/* ---- with threads ---- */

/* bus_wait_idle covers what is to run again; workers wake by themselves for it. */
static void waiting_for_idle_waits_for_retries(void **state)
{
    const struct bus_policy quick = {.retries = 3, .backoff_first_ns = MS};
    struct bus_policy_override override = {&probe_ticked_type, quick};
    struct flaky flaky = FLAKY(300);
    struct bus *bus;

    (void)state;
    clock_os = bus_os_native();
    bus = open_bus(&(struct bus_options){.policies = &override, .policy_count = 1, .workers = 2});
    assert_int_equal(probe_ticked_subscribe(bus, on_flaky, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 0; n < 200; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_ticked_type).held, 0);
    assert_int_equal(account_of(bus, &probe_ticked_type).calls, latch_count(&flaky.runs.latch));
    assert_int_equal(atomic_load(&flaky.fails), 0);
    finish_bus(&bus);
}

static enum bus_verdict on_keyed_flaky(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    return fail_or_not(context, delivery);
}

/* Parts that failed on other workers are held by the worker of their group. */
static void parts_of_a_parallel_group_run_again(void **state)
{
    const struct bus_policy quick = {.retries = 2, .backoff_first_ns = MS};
    struct bus_handler_options beside = {.concurrent = true, .parallel = true};
    struct bus_policy_override override = {&probe_keyed_type, quick};
    static struct flaky flaky[4];
    struct bus_account account;
    uint64_t runs = 0;
    struct bus *bus;

    (void)state;
    clock_os = bus_os_native();
    bus = open_bus(&(struct bus_options){.policies = &override, .policy_count = 1, .workers = 3});
    for (uint32_t i = 0; i < 4; i++) {
        flaky[i] = (struct flaky)FLAKY(i * 40);
        assert_int_equal(probe_keyed_subscribe(bus, on_keyed_flaky, &flaky[i], &beside), BUS_OK);
    }
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 0; n < 100; n++)
        bus_ignore(probe_keyed_publish(bus, &(struct probe_keyed){.id = n, .number = n}));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    account = account_of(bus, &probe_keyed_type);
    assert_int_equal(account.processed + account.failed, 100);
    assert_int_equal(account.calls_failed, 40 + 80 + 120);
    assert_true(letters_of(bus).added >= account.failed); /* a message may have several */
    assert_int_equal(latch_count(&flaky[0].runs.latch), 100);
    /* Each failure is followed by a run, but for the last one of what is given up. */
    for (uint32_t i = 0; i < 4; i++)
        runs += latch_count(&flaky[i].runs.latch);
    assert_int_equal(runs, account.calls);
    assert_int_equal(runs, 4 * 100 + account.calls_failed - letters_of(bus).added);
    finish_bus(&bus);
}

/* Records for all parts, blocks for few messages: without one all its parts are letters. */
static void parts_without_a_block_are_given_up(void **state)
{
    enum { MANY = 100, PARTS = 4 };
    const struct bus_policy slow = {
        .retries = 1, .backoff_first_ns = 3600 * BUS_SECOND, .jitter = BUS_JITTER_NONE};
    struct bus_handler_options beside = {.concurrent = true, .parallel = true};
    struct bus_policy_override override = {&probe_keyed_type, slow};
    static struct flaky flaky[PARTS];
    struct bus_account account;
    struct bus_left left;
    struct bus *bus;

    (void)state;
    clock_os = bus_os_native();
    bus = open_bus(&(struct bus_options){
        .policies = &override, .policy_count = 1, .workers = 3, .pool_bytes = 1});
    for (uint32_t i = 0; i < PARTS; i++) {
        flaky[i] = (struct flaky)FLAKY(MANY);
        assert_int_equal(probe_keyed_subscribe(bus, on_keyed_flaky, &flaky[i], &beside), BUS_OK);
    }
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 0; n < MANY; n++)
        bus_ignore(probe_keyed_publish(bus, &(struct probe_keyed){.id = n, .number = n}));
    assert_int_equal(bus_stop(bus, BUS_SECOND, &left), BUS_ERR_TIMEOUT);
    account = account_of(bus, &probe_keyed_type);
    assert_true(left.messages > 0 && account.failed > 0);
    assert_int_equal(left.messages + account.failed, MANY);
    assert_int_equal(account.calls_failed, PARTS * MANY);
    assert_int_equal(letters_of(bus).added, PARTS * account.failed);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void refuse_policy(const struct bus_policy *policy, const char *why)
{
    struct bus_policy_override override = {&probe_ticked_type, *policy};
    struct bus *bus = NULL;

    assert_int_equal(
        bus_open(&bus, &(struct bus_options){.policies = &override, .policy_count = 1}),
        BUS_ERR_INVALID);
    assert_null(bus);
    assert_non_null(strstr(bus_last_error(), "policy of probe.ticked"));
    assert_non_null(strstr(bus_last_error(), why));
}

static void policies_without_sense_are_refused(void **state)
{
    const char *enums = "no value of its enum", *factor = "from 1 to 1000", *most = "at most";

    (void)state;
    refuse_policy(&(struct bus_policy){.jitter = (enum bus_jitter)(BUS_JITTER_NONE + 1)}, enums);
    refuse_policy(&(struct bus_policy){.on_open = (enum bus_on_open)(BUS_ON_OPEN_DEAD_LETTER + 1)},
                  enums);
    refuse_policy(&(struct bus_policy){.backoff_factor = 0.99}, factor);
    refuse_policy(&(struct bus_policy){.backoff_factor = 1000.1}, factor);
    refuse_policy(&(struct bus_policy){.backoff_first_ns = 2, .backoff_most_ns = 1},
                  "backoff_first_ns 2 is longer than backoff_most_ns 1");
    refuse_policy(&(struct bus_policy){.retries = 1001}, most);
    refuse_policy(&(struct bus_policy){.breaker_failures = 1001}, most);
    refuse_policy(&(struct bus_policy){.breaker_probes = 1001}, most);
    refuse_policy(&(struct bus_policy){.retry_budget = 101}, most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delays_double_and_the_last_failure_is_a_letter),
        cmocka_unit_test(delays_vary_by_half_unless_said_otherwise),
        cmocka_unit_test(only_what_failed_runs_again_and_others_overtake),
        cmocka_unit_test(a_message_ends_with_its_last_delivery),
        cmocka_unit_test(a_permanent_fault_is_not_tried_again),
        cmocka_unit_test(no_run_begins_behind_the_deadline),
        cmocka_unit_test(a_message_of_the_pool_is_the_same_at_each_run),
        cmocka_unit_test(without_a_record_a_delivery_is_given_up),
        cmocka_unit_test(without_a_block_a_delivery_is_given_up),
        cmocka_unit_test(an_unregistered_handler_runs_no_more),
        cmocka_unit_test(stop_without_patience_leaves_what_is_held),
        cmocka_unit_test(stop_with_patience_waits_for_retries),
        cmocka_unit_test(waiting_for_idle_waits_for_retries),
        cmocka_unit_test(parts_of_a_parallel_group_run_again),
        cmocka_unit_test(parts_without_a_block_are_given_up),
        cmocka_unit_test(policies_without_sense_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
