/*
 * Breakers of handlers: through events and through execute, own and shared, in frozen time.
 *
 * covers: G1 G2 G3 G4 G5 G6 B11
 * The breaker that never opens because errors were turned into results: faults open it, whatever
 * way the message came; declared failures are answers and close it.
 */
#include "support.h"

#include <stdio.h>

#include <bus/breakers.h>
#include <bus/dead_letters.h>

#include "bus_system.bus.h"

/* A dependency that fails while it is told to, and what was seen of it. */
struct dependency_stub {
    bool broken;
    bool declines; /* answers with a declared failure */
    uint32_t calls;
    char words[1024]; /* changes of breakers */
};

static const struct bus_session no_session = {0, 0};
static struct bus_os jumping; /* time in which nobody waits */

static const struct bus_error line_is_cut = {.category = BUS_CATEGORY_CONNECTION,
                                             .severity = BUS_SEVERITY_HIGH,
                                             .transient = true,
                                             .text = "the line is cut"};

static enum bus_verdict on_ticked_call(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct dependency_stub *stub = context;

    (void)event;
    stub->calls++;
    return stub->broken ? bus_fail(delivery, &line_is_cut) : BUS_DONE;
}

static enum bus_verdict on_urged_call(void *context, const struct probe_urged *event,
                                      struct bus_delivery *delivery)
{
    struct dependency_stub *stub = context;

    (void)event;
    stub->calls++;
    return stub->broken ? bus_fail(delivery, &line_is_cut) : BUS_DONE;
}

static enum bus_verdict on_add_call(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct dependency_stub *stub = context;

    stub->calls++;
    if (stub->broken)
        return bus_fail(delivery, &line_is_cut);
    if (stub->declines)
        return probe_add_fail_overflow(delivery, &(struct probe_add_overflow){.by = 1});
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static enum bus_verdict on_changed(void *context, const struct bus_system_breaker_changed *event,
                                   struct bus_delivery *delivery)
{
    struct dependency_stub *stub = context;
    size_t used = strlen(stub->words);

    (void)delivery;
    (void)snprintf(stub->words + used, sizeof stub->words - used, "%.*s %d>%d %u;",
                   (int)event->breaker.size, event->breaker.data, (int)event->from, (int)event->to,
                   event->failures);
    return BUS_DONE;
}

/* A polled bus in frozen time with these policies. */
static struct bus *open_with(const struct bus_policy_override *policies, uint32_t count)
{
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = policies, .policy_count = count});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void add(struct bus *bus, enum bus_outcome expected, struct probe_add_result *result)
{
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 2}, result), expected);
}

static void tick_times(struct bus *bus, uint32_t times)
{
    while (times-- > 0) {
        tick(bus, times, BUS_QUEUED);
        poll_all(bus);
    }
}

struct seen_breaker {
    struct bus_breaker breaker;
    char name[64];
    uint32_t count;
};

static void see(void *context, const struct bus_breaker *breaker)
{
    struct seen_breaker *seen = context;

    seen->breaker = *breaker;
    (void)snprintf(seen->name, sizeof seen->name, "%s", breaker->name);
    seen->count++;
}

static struct bus_breaker breaker_of(struct bus *bus)
{
    struct seen_breaker seen = {.count = 0};

    assert_int_equal(bus_breakers_each(bus, see, &seen), 1);
    assert_int_equal(seen.count, 1);
    return seen.breaker;
}

static uint64_t letters(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    return figures.added;
}

static void events_open_it_and_it_closes_again(void **state)
{
    const struct bus_policy_override policy = {
        &probe_ticked_type, {.breaker_failures = 5, .on_open = BUS_ON_OPEN_FAIL}};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_with(&policy, 1);
    struct bus_breaker breaker;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL), BUS_OK);
    assert_int_equal(bus_system_breaker_changed_subscribe(bus, on_changed, &stub, NULL), BUS_OK);
    tick_times(bus, 4);
    breaker = breaker_of(bus);
    assert_int_equal(breaker.state, BUS_BREAKER_CLOSED);
    assert_int_equal(breaker.failures, 4);
    assert_false(breaker.shared);
    tick_times(bus, 10);
    assert_int_equal(stub.calls, 5);
    frozen_advance(59 * BUS_SECOND);
    tick_times(bus, 1);
    breaker = breaker_of(bus);
    assert_int_equal(breaker.state, BUS_BREAKER_OPEN);
    assert_int_equal(breaker.refused, 10);
    assert_int_equal(breaker.for_ns, 59 * BUS_SECOND);
    frozen_advance(BUS_SECOND);
    tick_times(bus, 2); /* one probe, which fails */
    assert_int_equal(stub.calls, 6);
    stub.broken = false;
    frozen_advance(60 * BUS_SECOND);
    tick_times(bus, 2);
    assert_int_equal(breaker_of(bus).state, BUS_BREAKER_HALF_OPEN);
    tick_times(bus, 2);
    breaker = breaker_of(bus);
    assert_int_equal(breaker.state, BUS_BREAKER_CLOSED);
    assert_int_equal(breaker.opened, 2);
    assert_int_equal(stub.calls, 10);
    assert_string_equal(stub.words, "probe.ticked 0>1 5;probe.ticked 1>2 0;probe.ticked 2>1 1;"
                                    "probe.ticked 1>2 0;probe.ticked 2>0 0;");
    /* Those that ran and failed are dead letters, those that were refused are not. */
    assert_int_equal(letters(bus), 6);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 6 + 11);
    finish_bus(&bus);
}

static void commands_open_it_and_hear_of_it(void **state)
{
    const struct bus_policy_override policy = {
        &probe_add_type, {.breaker_failures = 2, .breaker_open_ns = BUS_SECOND}};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_with(&policy, 1);
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(result.run.attempts, 1);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_CLOSED);
    assert_true(result.run.dead_lettered);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(stub.calls, 2);
    assert_int_equal(result.run.attempts, 0);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
    assert_int_equal(result.run.error.code, BUS_FAULT_BREAKER_OPEN);
    assert_string_equal(result.run.error.text,
                        "breaker probe.add is open: the handler was not called");
    assert_false(result.run.dead_lettered);
    stub.broken = false;
    frozen_advance(BUS_SECOND);
    add(bus, BUS_ANSWERED, &result);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_HALF_OPEN);
    add(bus, BUS_ANSWERED, &result);
    add(bus, BUS_ANSWERED, &result);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_CLOSED);
    finish_bus(&bus);
}

static void on_added(void *context, const struct probe_add_result *result)
{
    struct probe_add_result *kept = context;

    kept->run = result->run;
}

/* The same through a lane, and with a completion. */
static void queued_commands_hear_of_it_too(void **state)
{
    const struct bus_policy_override policy = {&probe_add_type, {.breaker_failures = 2}};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_bus(&(struct bus_options){
        .workers = 1, .os = frozen_os(), .policies = &policy, .policy_count = 1});
    struct probe_add_result result;
    uint32_t i;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    for (i = 0; i < 2; i++) {
        add(bus, BUS_FAULTED, &result);
        assert_int_equal(result.run.attempts, 1);
        assert_int_equal(result.run.breaker_state, i == 0 ? BUS_BREAKER_CLOSED : BUS_BREAKER_OPEN);
    }
    for (i = 0; i < 10; i++) {
        add(bus, BUS_FAULTED, &result);
        assert_int_equal(result.run.attempts, 0);
        assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
        assert_int_equal(result.run.error.code, BUS_FAULT_BREAKER_OPEN);
    }
    memset(&result, 0, sizeof result);
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, on_added, &result),
        BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(result.run.outcome, BUS_FAULTED);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
    assert_int_equal(result.run.error.code, BUS_FAULT_BREAKER_OPEN);
    assert_int_equal(stub.calls, 2);
    finish_bus(&bus);
}

/* ---- with retries ---- */

/* Who waits for a time is there at once. */
static bool jumping_wait(void *context, const bus_os_word *word, bus_os_word expected,
                         uint64_t deadline_ns)
{
    uint64_t now = jumping.monotonic_ns(context);

    (void)word;
    (void)expected;
    if (deadline_ns != UINT64_MAX && deadline_ns > now)
        frozen_advance(deadline_ns - now);
    return false;
}

static struct bus *open_jumping(const struct bus_policy_override *policy)
{
    struct bus *bus;

    jumping = *frozen_os();
    jumping.wait = jumping_wait;
    bus = open_bus(&(struct bus_options){
        .polled = true, .os = &jumping, .policies = policy, .policy_count = 1});
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

/* G4: as after a last run. */
static void opening_ends_the_retries_of_its_command(void **state)
{
    const struct bus_policy_override policy = {
        &probe_add_type, {.retries = 5, .breaker_failures = 2, .jitter = BUS_JITTER_NONE}};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_jumping(&policy);
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(stub.calls, 2);
    assert_int_equal(result.run.attempts, 2);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
    assert_true(result.run.dead_lettered);
    assert_string_equal(result.run.error.text, "failed after 2 attempts: the line is cut");
    /* One that only meets it follows its policy: it fails. */
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(result.run.attempts, 0);
    assert_false(result.run.dead_lettered);
    assert_int_equal(letters(bus), 1);
    assert_int_equal(stub.calls, 2);
    finish_bus(&bus);
}

static const struct bus_policy parks = {
    .breaker_failures = 1, .breaker_open_ns = BUS_SECOND, .on_open = BUS_ON_OPEN_PARK};
static const struct bus_policy parks_long = {.breaker_failures = 1, .on_open = BUS_ON_OPEN_PARK};

/* G6: a command that parks; its caller waits for the breaker, within the deadline. */
static void a_command_may_wait_for_it(void **state)
{
    const struct bus_policy_override policy = {&probe_add_type, parks};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_jumping(&policy);
    struct probe_add_result result;
    uint64_t before;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    add(bus, BUS_FAULTED, &result);
    stub.broken = false;
    before = jumping.monotonic_ns(NULL);
    add(bus, BUS_ANSWERED, &result);
    assert_int_equal(jumping.monotonic_ns(NULL) - before, BUS_SECOND);
    assert_int_equal(result.run.attempts, 1);
    finish_bus(&bus);
}

static bool see_reason(void *context, const struct bus_dead_letter *letter)
{
    *(enum bus_letter_reason *)context = letter->reason;
    return true;
}

static void it_waits_no_longer_than_its_deadline(void **state)
{
    const struct bus_policy_override policy = {&probe_add_type, parks_long};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_jumping(&policy);
    enum bus_letter_reason reason = BUS_LETTER_FAILED;
    struct probe_add_result result;
    uint64_t before;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    add(bus, BUS_FAULTED, &result);
    before = jumping.monotonic_ns(NULL);
    add(bus, BUS_FAULTED, &result); /* 30 s */
    assert_int_equal(jumping.monotonic_ns(NULL) - before, 30 * BUS_SECOND);
    assert_int_equal(stub.calls, 1);
    assert_int_equal(result.run.attempts, 0);
    assert_int_equal(result.run.error.code, BUS_FAULT_BREAKER_OPEN);
    assert_true(result.run.dead_lettered);
    assert_int_equal(bus_dead_letters_each(bus, NULL, see_reason, &reason, NULL), BUS_OK);
    assert_int_equal(reason, BUS_LETTER_EXPIRED);
    finish_bus(&bus);
}

/* The same through a lane: held, no worker waits. */
static void a_queued_command_may_wait_for_it(void **state)
{
    const struct bus_policy_override policy = {&probe_add_type, parks};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_with(&policy, 1);
    struct probe_add_result result = {.run = {.outcome = BUS_QUEUED}};

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    add(bus, BUS_FAULTED, &result);
    stub.broken = false;
    result.run.outcome = BUS_QUEUED;
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, on_added, &result),
        BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(result.run.outcome, BUS_QUEUED); /* not called yet */
    assert_int_equal(account_of(bus, &probe_add_type).held, 1);
    assert_balanced(bus);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_int_equal(result.run.outcome, BUS_ANSWERED);
    assert_int_equal(result.run.attempts, 1);
    assert_int_equal(stub.calls, 2);
    finish_bus(&bus);
}

/* ---- the half-open stampede ---- */

enum { CROWD = 8 };

struct crowd {
    struct bus *bus;
    struct latch entered, let_go, refused;
    _Atomic bool broken;
};

static enum bus_verdict on_square_crowd(void *context, const struct probe_square *request,
                                        struct bus_delivery *delivery)
{
    struct crowd *crowd = context;

    if (crowd->broken)
        return bus_fail(delivery, &line_is_cut);
    latch_add(&crowd->entered, 1);
    (void)latch_wait(&crowd->let_go, 1);
    return probe_square_return(delivery, &(struct probe_square_ok){.value = request->value});
}

static void *come(void *argument)
{
    struct crowd *crowd = argument;
    struct probe_square_result result;

    if (probe_square_execute(crowd->bus, &(struct probe_square){.value = 1}, &result) ==
            BUS_FAULTED &&
        result.run.error.code == BUS_FAULT_BREAKER_OPEN && result.run.attempts == 0)
        latch_add(&crowd->refused, 1);
    return NULL;
}

/* Eight threads execute at once: three run, five are refused while these have not ended. */
static void a_crowd_at_a_half_open_breaker_sends_its_probes(void **state)
{
    const struct bus_policy_override policy = {&probe_square_type, {.breaker_failures = 1}};
    struct bus *bus = open_with(&policy, 1);
    struct crowd crowd = {.bus = bus,
                          .entered = LATCH_INITIALIZER,
                          .let_go = LATCH_INITIALIZER,
                          .refused = LATCH_INITIALIZER,
                          .broken = true};
    pthread_t threads[CROWD];
    struct bus_breaker breaker;
    uint32_t i;

    (void)state;
    assert_int_equal(probe_square_handle(bus, on_square_crowd, &crowd,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    (void)come(&crowd);
    assert_int_equal(breaker_of(bus).state, BUS_BREAKER_OPEN);
    crowd.broken = false;
    frozen_advance(60 * BUS_SECOND);
    for (i = 0; i < CROWD; i++)
        threads[i] = spawn(come, &crowd);
    assert_true(latch_wait(&crowd.refused, CROWD - 3));
    assert_true(latch_wait(&crowd.entered, 3));
    breaker = breaker_of(bus);
    assert_int_equal(breaker.state, BUS_BREAKER_HALF_OPEN);
    assert_int_equal(breaker.probes_running, 3);
    latch_add(&crowd.let_go, 1);
    for (i = 0; i < CROWD; i++)
        reap(threads[i]);
    assert_int_equal(latch_count(&crowd.entered), 3);
    assert_int_equal(latch_count(&crowd.refused), CROWD - 3);
    assert_int_equal(breaker_of(bus).state, BUS_BREAKER_CLOSED);
    finish_bus(&bus);
}

static void declared_failures_are_not_seen_as_faults(void **state)
{
    const struct bus_policy_override policy = {&probe_add_type, {.breaker_failures = 2}};
    struct dependency_stub stub = {.declines = true};
    struct bus *bus = open_with(&policy, 1);
    struct probe_add_result result;
    uint32_t i;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    for (i = 0; i < 10; i++)
        add(bus, BUS_ANSWERED, &result);
    assert_int_equal(breaker_of(bus).state, BUS_BREAKER_CLOSED);
    assert_int_equal(breaker_of(bus).failures, 0);
    finish_bus(&bus);
}

static void refused_messages_become_letters_where_declared(void **state)
{
    const struct bus_policy_override policies[] = {
        {&probe_ticked_type, {.breaker_failures = 1, .on_open = BUS_ON_OPEN_DEAD_LETTER}},
        {&probe_add_type, {.breaker_failures = 1, .on_open = BUS_ON_OPEN_DEAD_LETTER}}};
    struct dependency_stub stub = {.broken = true};
    struct bus *bus = open_with(policies, 2);
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    tick_times(bus, 3);
    assert_int_equal(letters(bus), 3);
    add(bus, BUS_FAULTED, &result);
    add(bus, BUS_FAULTED, &result);
    assert_true(result.run.dead_lettered);
    assert_int_equal(result.run.attempts, 0);
    assert_int_equal(letters(bus), 5);
    assert_int_equal(stub.calls, 2);
    finish_bus(&bus);
}

/* One dependency behind an event and a command. */
static void handlers_share_a_breaker_by_its_name(void **state)
{
    const struct bus_policy named = {
        .breaker_failures = 3, .breaker_name = "ledger", .on_open = BUS_ON_OPEN_FAIL};
    struct bus_policy_override policies[] = {
        {&probe_ticked_type, named}, {&probe_add_type, named}, {&probe_urged_type, named}};
    struct dependency_stub stub = {.broken = true};
    struct seen_breaker seen = {.count = 0};
    struct probe_add_result result;
    struct bus *bus;

    (void)state;
    policies[2].policy.breaker_failures = 4;
    bus = open_with(policies, 3);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_call, &stub, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, on_urged_call, &stub, NULL), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "shares the breaker ledger"));
    tick_times(bus, 2);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(result.run.breaker_state, BUS_BREAKER_OPEN);
    tick_times(bus, 1);
    add(bus, BUS_FAULTED, &result);
    assert_int_equal(stub.calls, 3);
    /* It stays when a handler goes and comes again. */
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_call, &stub, no_session), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL), BUS_OK);
    tick_times(bus, 1);
    assert_int_equal(stub.calls, 3);
    assert_int_equal(bus_breakers_each(bus, see, &seen), 1);
    assert_string_equal(seen.name, "ledger");
    assert_true(seen.breaker.shared);
    finish_bus(&bus);
}

static void each_handler_has_its_own_by_default(void **state)
{
    const struct bus_policy_override policy = {
        &probe_ticked_type, {.breaker_failures = 2, .on_open = BUS_ON_OPEN_FAIL}};
    struct dependency_stub broken = {.broken = true}, sound = {.broken = false};
    struct bus *bus = open_with(&policy, 1);
    struct seen_breaker seen = {.count = 0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &broken, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &sound, NULL), BUS_OK);
    tick_times(bus, 10);
    assert_int_equal(broken.calls, 2);
    assert_int_equal(sound.calls, 10);
    assert_int_equal(bus_breakers_each(bus, see, &seen), 2);
    assert_int_equal(bus_breakers_each(NULL, see, &seen), 0);
    assert_int_equal(bus_breakers_each(bus, NULL, NULL), 0);
    /* It goes with its handler. */
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_call, &broken, no_session), BUS_OK);
    assert_int_equal(breaker_of(bus).state, BUS_BREAKER_CLOSED);
    finish_bus(&bus);
}

static enum bus_verdict on_changed_fail(void *context,
                                        const struct bus_system_breaker_changed *event,
                                        struct bus_delivery *delivery)
{
    struct dependency_stub *stub = context;

    (void)event;
    stub->calls++;
    return bus_fail(delivery, &line_is_cut);
}

/* Failure events about failure events: a listener of breaker_changed that fails has no breaker,
 * whatever its policy says. */
static void a_system_event_has_no_breaker(void **state)
{
    const struct bus_policy_override policies[] = {
        {&probe_ticked_type, {.breaker_failures = 1, .on_open = BUS_ON_OPEN_FAIL}},
        {&bus_system_breaker_changed_type, {.breaker_failures = 1}}};
    struct dependency_stub stub = {.broken = true}, listener = {.broken = true};
    struct bus *bus = open_with(policies, 2);

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL), BUS_OK);
    assert_int_equal(bus_system_breaker_changed_subscribe(bus, on_changed_fail, &listener, NULL),
                     BUS_OK);
    (void)breaker_of(bus); /* one only */
    tick_times(bus, 1);
    frozen_advance(60 * BUS_SECOND);
    tick_times(bus, 1);
    assert_int_equal(listener.calls, 3);
    assert_int_equal(account_of(bus, &bus_system_breaker_changed_type).failed, 3);
    finish_bus(&bus);
}

static void registering_without_memory_leaves_nothing(void **state)
{
    const struct bus_policy_override policy = {&probe_ticked_type, {.breaker_failures = 5}};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .schema = &probe_schema,
                                                     .missing_handlers_allowed = true,
                                                     .os = failing_os(),
                                                     .policies = &policy,
                                                     .policy_count = 1});
    struct dependency_stub stub = {.broken = false};
    struct seen_breaker seen = {.count = 0};
    enum bus_status status = BUS_ERR_MEMORY;
    uint64_t before = failing_outstanding(), nth;

    (void)state;
    for (nth = 1; status != BUS_OK; nth++) {
        failing_arm(nth, false);
        status = probe_ticked_subscribe(bus, on_ticked_call, &stub, NULL);
        if (status == BUS_OK)
            break;
        assert_int_equal(status, BUS_ERR_MEMORY);
        assert_int_equal(bus_breakers_each(bus, see, &seen), 0);
        /* The type keeps its place for how long runs take. */
        assert_int_equal(failing_outstanding(), before + (nth > 2));
    }
    assert_true(nth >= 5); /* unit, durations, guard, breaker, list */
    failing_arm(0, false);
    assert_int_equal(bus_breakers_each(bus, see, &seen), 1);
    assert_int_equal(bus_start(bus), BUS_OK);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_open_it_and_it_closes_again),
        cmocka_unit_test(commands_open_it_and_hear_of_it),
        cmocka_unit_test(queued_commands_hear_of_it_too),
        cmocka_unit_test(opening_ends_the_retries_of_its_command),
        cmocka_unit_test(a_command_may_wait_for_it),
        cmocka_unit_test(it_waits_no_longer_than_its_deadline),
        cmocka_unit_test(a_queued_command_may_wait_for_it),
        cmocka_unit_test(a_crowd_at_a_half_open_breaker_sends_its_probes),
        cmocka_unit_test(declared_failures_are_not_seen_as_faults),
        cmocka_unit_test(refused_messages_become_letters_where_declared),
        cmocka_unit_test(handlers_share_a_breaker_by_its_name),
        cmocka_unit_test(each_handler_has_its_own_by_default),
        cmocka_unit_test(a_system_event_has_no_breaker),
        cmocka_unit_test(registering_without_memory_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
