/*
 * The breaker, step by step in virtual time, against a model, and under eight threads.
 *
 * covers: G2 G3 R14
 * The half-open stampede: however many threads come at once, no more than the probes go.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "guard/breaker.h"
#include "guard/chance.h"

enum { LOG_MOST = 64 };

struct change {
    enum breaker_state from, to;
    uint32_t failures;
};

/* A breaker with a clock that the test moves. */
struct bench {
    struct bus_os os;
    uint64_t now_ns; /* shared */
    struct breaker breaker;
    uint64_t at_ns[1000];
    struct change log[LOG_MOST];
    uint32_t logged; /* shared: all changes, also those that found no place */
    bool meddles;    /* whoever looks at the clock is overtaken by a probe that succeeds */
};

static uint64_t bench_now(void *context)
{
    struct bench *bench = context;

    if (bench->meddles) {
        bench->meddles = false;
        assert_int_equal(breaker_admit(&bench->breaker, NULL), BREAKER_PROBE);
        breaker_success(&bench->breaker, NULL, true);
    }
    return atomic_load_relaxed_u64(&bench->now_ns);
}

static bool bench_wait(void *context, const bus_os_word *word, bus_os_word expected,
                       uint64_t deadline_ns)
{
    const struct bus_os *native = bus_os_native();

    (void)context;
    return native->wait(native->context, word, expected, deadline_ns);
}

static void bench_wake(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    bus_os_native()->wake(bus_os_native()->context, word, all);
}

static void note_change(void *context, struct thread *thread, enum breaker_state from,
                        enum breaker_state to, uint32_t failures)
{
    struct bench *bench = context;
    uint32_t at = atomic_fetch_add_u32(&bench->logged, 1);

    (void)thread;
    if (at < LOG_MOST)
        bench->log[at] = (struct change){from, to, failures};
}

static void bench_open(struct bench *bench, uint32_t failures, uint32_t probes, uint64_t within_ns,
                       uint64_t open_ns)
{
    memset(bench, 0, sizeof *bench);
    bench->os.context = bench;
    bench->os.monotonic_ns = bench_now;
    bench->os.wait = bench_wait;
    bench->os.wake = bench_wake;
    bench->now_ns = 1000;
    breaker_init(&bench->breaker,
                 &(struct breaker_options){.failures = failures,
                                           .probes = probes,
                                           .within_ns = within_ns,
                                           .open_ns = open_ns,
                                           .os = &bench->os,
                                           .changed = note_change,
                                           .context = bench},
                 bench->at_ns);
}

/* As messages get it that declare no numbers. */
static void bench_open_default(struct bench *bench)
{
    bench_open(bench, 5, 3, 60 * BUS_SECOND, 60 * BUS_SECOND);
}

static void fails(struct bench *bench, uint32_t times)
{
    while (times-- > 0) {
        assert_int_equal(breaker_admit(&bench->breaker, NULL), BREAKER_GO);
        breaker_failure(&bench->breaker, NULL, false);
    }
}

static void assert_change(const struct bench *bench, uint32_t at, enum breaker_state from,
                          enum breaker_state to, uint32_t failures)
{
    assert_int_equal(bench->log[at].from, from);
    assert_int_equal(bench->log[at].to, to);
    assert_int_equal(bench->log[at].failures, failures);
}

static void it_opens_after_the_failures_and_refuses(void **state)
{
    struct bench bench;
    struct breaker_view view;

    (void)state;
    bench_open_default(&bench);
    fails(&bench, 4);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    breaker_look(&bench.breaker, &view);
    assert_int_equal(view.failures, 4);
    fails(&bench, 1);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_REFUSE);
    bench.now_ns += 60 * BUS_SECOND - 1;
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_REFUSE);
    assert_int_equal(breaker_next_ns(&bench.breaker), bench.now_ns + 1);
    assert_int_equal(bench.logged, 1);
    assert_change(&bench, 0, BREAKER_CLOSED, BREAKER_OPEN, 5);
    breaker_look(&bench.breaker, &view);
    assert_int_equal(view.state, BREAKER_OPEN);
    assert_int_equal(view.refused, 2);
    assert_int_equal(view.opened, 1);
    assert_int_equal(view.since_ns, 1000);
}

static void failures_that_are_too_old_do_not_count(void **state)
{
    struct bench bench;

    (void)state;
    bench_open_default(&bench);
    fails(&bench, 4);
    bench.now_ns += 60 * BUS_SECOND + 1;
    fails(&bench, 4);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    bench.now_ns += 60 * BUS_SECOND; /* still within it */
    fails(&bench, 1);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
}

static void a_success_clears_the_failures(void **state)
{
    struct bench bench;
    uint32_t i;

    (void)state;
    bench_open_default(&bench);
    for (i = 0; i < 100; i++) {
        fails(&bench, 4);
        breaker_success(&bench.breaker, NULL, false);
    }
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    fails(&bench, 5);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
}

static void half_open(struct bench *bench)
{
    fails(bench, 5);
    bench->now_ns += 60 * BUS_SECOND;
}

static void three_successes_of_probes_close_it(void **state)
{
    struct bench bench;
    uint32_t i;

    (void)state;
    bench_open_default(&bench);
    half_open(&bench);
    for (i = 0; i < 3; i++)
        assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_REFUSE);
    breaker_success(&bench.breaker, NULL, true);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    breaker_success(&bench.breaker, NULL, true);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_HALF_OPEN);
    breaker_success(&bench.breaker, NULL, true);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_GO);
    assert_int_equal(bench.logged, 3);
    assert_change(&bench, 1, BREAKER_OPEN, BREAKER_HALF_OPEN, 0);
    assert_change(&bench, 2, BREAKER_HALF_OPEN, BREAKER_CLOSED, 0);
    breaker_failure(&bench.breaker, NULL, true); /* the fourth, now an ordinary failure */
    fails(&bench, 3);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    fails(&bench, 1);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
}

static void one_failure_of_a_probe_opens_it_again(void **state)
{
    struct bench bench;
    uint32_t i;

    (void)state;
    bench_open_default(&bench);
    half_open(&bench);
    for (i = 0; i < 3; i++)
        assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    breaker_success(&bench.breaker, NULL, true);
    breaker_failure(&bench.breaker, NULL, true);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
    assert_change(&bench, 2, BREAKER_HALF_OPEN, BREAKER_OPEN, 1);
    bench.now_ns += 60 * BUS_SECOND;
    /* One of the three still runs, so only two go. */
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_REFUSE);
    breaker_abandon(&bench.breaker, true);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
}

static void who_was_admitted_before_says_nothing_afterwards(void **state)
{
    struct bench bench;

    (void)state;
    bench_open_default(&bench);
    half_open(&bench);
    breaker_success(&bench.breaker, NULL, false);
    breaker_failure(&bench.breaker, NULL, false);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_OPEN);
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    breaker_success(&bench.breaker, NULL, false);
    breaker_success(&bench.breaker, NULL, false);
    breaker_success(&bench.breaker, NULL, false);
    breaker_failure(&bench.breaker, NULL, false);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_HALF_OPEN);
}

static void who_is_overtaken_looks_again(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench, 1, 1, BUS_SECOND, BUS_SECOND);
    fails(&bench, 1);
    bench.now_ns += BUS_SECOND;
    bench.meddles = true;
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_GO);
    assert_int_equal(bench.logged, 3);
    bench_open(&bench, 1, 2, BUS_SECOND, BUS_SECOND);
    fails(&bench, 1);
    bench.now_ns += BUS_SECOND;
    bench.meddles = true;
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    breaker_success(&bench.breaker, NULL, true);
    assert_int_equal(breaker_state(&bench.breaker), BREAKER_CLOSED);
    assert_int_equal(bench.logged, 3);
}

static void who_is_refused_knows_when_to_ask_again(void **state)
{
    struct bench bench;
    uint32_t i;

    (void)state;
    bench_open_default(&bench);
    assert_int_equal(breaker_next_ns(&bench.breaker), bench.now_ns);
    half_open(&bench);
    for (i = 0; i < 3; i++)
        assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_PROBE);
    assert_int_equal(breaker_next_ns(&bench.breaker), bench.now_ns + 100 * BUS_MILLISECOND);
    bench.breaker.options.open_ns = 2 * BUS_MILLISECOND; /* not more often than this */
    assert_int_equal(breaker_next_ns(&bench.breaker), bench.now_ns + BUS_MILLISECOND);
    /* Open and over, while probes of the last half-open time still run. */
    breaker_failure(&bench.breaker, NULL, true);
    breaker_abandon(&bench.breaker, false);
    bench.breaker.options.probes = 2;
    bench.now_ns += 3 * BUS_MILLISECOND;
    assert_int_equal(breaker_admit(&bench.breaker, NULL), BREAKER_REFUSE);
    assert_int_equal(breaker_next_ns(&bench.breaker), bench.now_ns + BUS_MILLISECOND);
    bench_open(&bench, 1, 1, 1, UINT64_MAX);
    bench.breaker.options.changed = NULL; /* nobody wants to know */
    fails(&bench, 1);
    assert_int_equal(breaker_next_ns(&bench.breaker), UINT64_MAX);
}

/* ---- the model ---- */

struct model {
    enum breaker_state state;
    uint32_t failures, probes, running, successes;
    uint64_t within_ns, open_ns, opened_ns;
    uint64_t *times; /* of all failures since the last clearing */
    uint32_t count;
};

static enum breaker_admission model_admit(struct model *model, uint64_t now)
{
    if (model->state == BREAKER_CLOSED)
        return BREAKER_GO;
    if (model->state == BREAKER_OPEN && now - model->opened_ns < model->open_ns)
        return BREAKER_REFUSE;
    if (model->running == model->probes)
        return BREAKER_REFUSE;
    if (model->state == BREAKER_OPEN) {
        model->state = BREAKER_HALF_OPEN;
        model->successes = 0;
    }
    model->running++;
    return BREAKER_PROBE;
}

static void model_success(struct model *model, bool probe)
{
    model->running -= probe;
    if (model->state == BREAKER_CLOSED)
        model->count = 0;
    if (model->state == BREAKER_HALF_OPEN && probe && ++model->successes == model->probes) {
        model->state = BREAKER_CLOSED;
        model->count = 0;
    }
}

static void model_failure(struct model *model, uint64_t now, bool probe)
{
    uint32_t i, recent = 0;

    model->running -= probe;
    if (model->state == BREAKER_CLOSED) {
        model->times[model->count++] = now;
        for (i = 0; i < model->count; i++)
            recent += now - model->times[i] <= model->within_ns;
    }
    if (recent >= model->failures || (model->state == BREAKER_HALF_OPEN && probe)) {
        model->state = BREAKER_OPEN;
        model->opened_ns = now;
        model->count = 0;
    }
}

/* Calls that run, of which any may end next. */
struct calls {
    bool probe[4096];
    uint32_t count;
};

static bool end_one(struct calls *calls, uint64_t draw)
{
    uint32_t at = (uint32_t)(draw % calls->count);
    bool probe = calls->probe[at];

    calls->probe[at] = calls->probe[--calls->count];
    return probe;
}

static void step_both(struct bench *bench, struct model *model, struct calls *calls, uint64_t draw)
{
    enum breaker_admission admission;
    bool probe;

    switch (draw % 16) {
    case 0:
        bench->now_ns += (draw >> 8) % (model->within_ns / 2 + 1);
        break;
    case 1:
        bench->now_ns += (draw >> 8) % (model->open_ns + 2);
        break;
    default:
        if (calls->count == 0 || (draw % 16 < 8 && calls->count < 4096)) {
            admission = breaker_admit(&bench->breaker, NULL);
            assert_int_equal(admission, model_admit(model, bench->now_ns));
            if (admission != BREAKER_REFUSE)
                calls->probe[calls->count++] = admission == BREAKER_PROBE;
            break;
        }
        probe = end_one(calls, draw >> 8);
        if (probe && (draw >> 40) % 8 == 0) {
            model->running--;
            breaker_abandon(&bench->breaker, true);
        } else if ((draw >> 32) % 4 == 0) {
            model_success(model, probe);
            breaker_success(&bench->breaker, NULL, probe);
        } else {
            model_failure(model, bench->now_ns, probe);
            breaker_failure(&bench->breaker, NULL, probe);
        }
    }
}

static void it_does_as_the_model_says(void **state)
{
    enum { CALLS = 20000, STEPS_EACH = 20000 };
    struct bench *bench = malloc(sizeof *bench);
    struct calls *calls = malloc(sizeof *calls);
    uint64_t *times = malloc(CALLS * sizeof *times);
    uint32_t seed, i, states[3] = {0};
    struct breaker_view view;
    struct chance chance;

    (void)state;
    for (seed = 0; seed < STEPS / STEPS_EACH; seed++) {
        struct model model = {.times = times};

        chance_init(&chance, seed, 0);
        model.failures = 1 + (uint32_t)(chance_next(&chance) % (seed % 4 == 0 ? 50 : 6));
        model.probes = 1 + (uint32_t)(chance_next(&chance) % 5);
        model.within_ns = 1 + chance_next(&chance) % 2000;
        model.open_ns = 1 + chance_next(&chance) % 2000;
        calls->count = 0;
        bench_open(bench, model.failures, model.probes, model.within_ns, model.open_ns);
        for (i = 0; i < STEPS_EACH; i++) {
            step_both(bench, &model, calls, chance_next(&chance));
            breaker_look(&bench->breaker, &view);
            if (view.state != model.state || view.running != model.running)
                fail_msg("seed %u, step %u: state %u, %u probes run; the model has %u, %u", seed, i,
                         view.state, view.running, model.state, model.running);
            assert_true(view.running <= model.probes);
            states[view.state]++;
        }
    }
    for (i = 0; i < 3; i++) /* it has been everywhere */
        assert_true(states[i] > STEPS / 50);
    free(times);
    free(calls);
    free(bench);
}

/* ---- eight threads ---- */

enum { THREADS = 8, PROBES = 3, ROUNDS = 20000 };

struct crowd {
    struct bench bench;
    uint32_t inside;   /* shared: probes that run */
    uint32_t most;     /* shared: of them at once */
    uint32_t admitted; /* shared: probes of this crowd */
};

static void raise_to(uint32_t *most, uint32_t value)
{
    uint32_t seen = atomic_load_relaxed_u32(most);

    while (seen < value && !atomic_cas_u32(most, &seen, value))
        ;
}

/* All come to the half-open breaker at once; none of those who go ends before all have asked. */
static void stampede(void *argument, uint32_t index)
{
    struct crowd *crowd = argument;
    uint32_t i;

    (void)index;
    for (i = 0; i < work(1000); i++)
        if (breaker_admit(&crowd->bench.breaker, NULL) == BREAKER_PROBE)
            (void)atomic_fetch_add_u32(&crowd->admitted, 1);
}

static void half_open_lets_no_more_than_its_probes_through(void **state)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    uint32_t round;

    (void)state;
    for (round = 0; round < 50; round++) {
        bench_open(&crowd->bench, 5, PROBES, 60 * BUS_SECOND, 60 * BUS_SECOND);
        half_open(&crowd->bench);
        crowd->admitted = 0;
        run_threads(THREADS, stampede, crowd);
        assert_int_equal(crowd->admitted, PROBES);
        assert_int_equal(crowd->bench.logged, 2); /* opened, and half-opened by one of them */
    }
    free(crowd);
}

/* Calls come and go, succeed and fail, while time passes. */
static void come_and_go(void *argument, uint32_t index)
{
    struct crowd *crowd = argument;
    struct breaker *breaker = &crowd->bench.breaker;
    struct chance chance;
    uint32_t i;

    chance_init(&chance, 11, index);
    for (i = 0; i < work(ROUNDS); i++) {
        uint64_t draw = chance_next(&chance);
        enum breaker_admission admission = breaker_admit(breaker, NULL);
        bool probe = admission == BREAKER_PROBE;

        if (probe)
            raise_to(&crowd->most, atomic_fetch_add_u32(&crowd->inside, 1) + 1);
        if (draw % 8 == 0)
            (void)atomic_fetch_add_u64(&crowd->bench.now_ns, draw >> 32 & 0xff);
        if (draw % 512 == 1)
            bus_os_native()->yield(bus_os_native()->context);
        if (admission == BREAKER_REFUSE)
            continue;
        if (probe)
            (void)atomic_fetch_add_u32(&crowd->inside, (uint32_t)-1);
        if (draw >> 40 & 1)
            breaker_success(breaker, NULL, probe);
        else if (probe && (draw >> 41 & 7) == 0)
            breaker_abandon(breaker, true);
        else
            breaker_failure(breaker, NULL, probe);
    }
}

static void eight_threads_never_exceed_the_probes(void **state)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    struct breaker_view view;
    uint32_t i;

    (void)state;
    bench_open(&crowd->bench, 4, PROBES, 1000, 200);
    run_threads(THREADS, come_and_go, crowd);
    assert_in_range(crowd->most, 1, PROBES);
    breaker_look(&crowd->bench.breaker, &view);
    assert_int_equal(view.running, 0);
    assert_true(view.opened > 10);
    /* It still works: from whatever state to closed, and open again. */
    crowd->bench.now_ns += BUS_SECOND;
    for (i = 0; i < PROBES; i++) {
        enum breaker_admission admission = breaker_admit(&crowd->bench.breaker, NULL);

        breaker_success(&crowd->bench.breaker, NULL, admission == BREAKER_PROBE);
    }
    assert_int_equal(breaker_state(&crowd->bench.breaker), BREAKER_CLOSED);
    fails(&crowd->bench, 4);
    assert_int_equal(breaker_state(&crowd->bench.breaker), BREAKER_OPEN);
    free(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_after_the_failures_and_refuses),
        cmocka_unit_test(failures_that_are_too_old_do_not_count),
        cmocka_unit_test(a_success_clears_the_failures),
        cmocka_unit_test(three_successes_of_probes_close_it),
        cmocka_unit_test(one_failure_of_a_probe_opens_it_again),
        cmocka_unit_test(who_was_admitted_before_says_nothing_afterwards),
        cmocka_unit_test(who_is_overtaken_looks_again),
        cmocka_unit_test(who_is_refused_knows_when_to_ask_again),
        cmocka_unit_test(it_does_as_the_model_says),
        cmocka_unit_test(half_open_lets_no_more_than_its_probes_through),
        cmocka_unit_test(eight_threads_never_exceed_the_probes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
