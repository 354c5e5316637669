/*
 * breakers.c - the circuit breaker in every order: successes against failures, the end of the open
 * time, probes against each other.
 *
 * covers: G2
 */
#include "scenarios.h"

#include "guard/breaker.h"

enum call { CALL, CALL_AND_FAIL, SUCCEED, FAIL, FAIL_SUCCEED_FAIL, PROBE_SUCCEEDS, PROBE_FAILS };

struct breaker_shape {
    uint32_t failures, probes;
    enum breaker_state state; /* at the beginning; OPEN: its time has passed */
    uint32_t running;         /* probes at the beginning */
    uint32_t before;          /* failures at the beginning, of a closed one */
    enum call calls[EXPLORE_FIBERS];
    bool may_be_open, may_be_half_open, must_be_open; /* in the end */
    int32_t counted; /* failures in the end, if it is closed; -1: any */
};

static const struct breaker_shape *shape;
static struct breaker breaker;
static struct bus_os os;
static uint64_t at_ns[4];
static uint64_t now_ns, last_word;
static uint32_t inside; /* probes whose call is not over */

static uint64_t os_now(void *context)
{
    (void)context;
    return now_ns;
}

static bool os_wait(void *context, const bus_os_word *word, bus_os_word expected,
                    uint64_t deadline_ns)
{
    (void)context;
    (void)deadline_ns;
    explore_futex_wait(word, expected);
    return true;
}

static void os_wake(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    (void)all;
    explore_futex_wake(word);
}

static void breaker_setup(const void *of)
{
    uint32_t i;

    shape = of;
    os = (struct bus_os){.monotonic_ns = os_now, .wait = os_wait, .wake = os_wake};
    now_ns = 100;
    inside = 0;
    memset(at_ns, 0, sizeof at_ns);
    breaker_init(&breaker,
                 &(struct breaker_options){.failures = shape->failures,
                                           .probes = shape->probes,
                                           .within_ns = 1000,
                                           .open_ns = 50,
                                           .os = &os},
                 at_ns);
    for (i = 0; shape->state != BREAKER_CLOSED && i < shape->failures; i++)
        breaker_failure(&breaker, NULL, false);
    if (shape->state != BREAKER_CLOSED)
        now_ns += 50;
    for (i = 0; i < shape->running; i++)
        inside += breaker_admit(&breaker, NULL) == BREAKER_PROBE;
    for (i = 0; i < shape->before; i++)
        breaker_failure(&breaker, NULL, false);
    last_word = breaker.word;
}

static void breaker_step(void)
{
    static const bool may[3][3] = {{true, true, false}, {false, true, true}, {true, true, true}};
    uint64_t word = breaker.word;
    uint32_t from = (uint32_t)(last_word & 3), to = (uint32_t)(word & 3);

    explore_check(from < 3 && to < 3 && may[from][to], "no such change of state");
    explore_check((word >> 3 & 0x3ff) <= shape->probes, "more probes than there may be");
    explore_check(word >> 23 == last_word >> 23 || word >> 23 == (last_word >> 23) + 1,
                  "a generation was left out, or came back");
    explore_check(from == to || word >> 23 != last_word >> 23, "a new state without a generation");
    explore_check(from != to || from == BREAKER_CLOSED || word >> 23 == last_word >> 23,
                  "a new generation of the same state");
    last_word = word;
}

static void call(bool fails)
{
    enum breaker_admission admission = breaker_admit(&breaker, NULL);
    bool probe = admission == BREAKER_PROBE;

    if (admission == BREAKER_REFUSE)
        return;
    if (probe)
        explore_check(++inside <= shape->probes, "more probes run than there may be");
    explore_plain(&at_ns[3 + 1] + 64 * inside, false); /* others may come and go meanwhile */
    if (probe)
        inside--;
    if (fails)
        breaker_failure(&breaker, NULL, probe);
    else
        breaker_success(&breaker, NULL, probe);
}

static void breaker_fiber(uint32_t self)
{
    enum call what = shape->calls[self];

    if (what == PROBE_SUCCEEDS || what == PROBE_FAILS)
        inside--;
    switch (what) {
    case CALL:
    case CALL_AND_FAIL:
        call(what == CALL_AND_FAIL);
        break;
    case SUCCEED:
    case PROBE_SUCCEEDS:
        breaker_success(&breaker, NULL, what == PROBE_SUCCEEDS);
        break;
    case FAIL:
    case PROBE_FAILS:
        breaker_failure(&breaker, NULL, what == PROBE_FAILS);
        break;
    case FAIL_SUCCEED_FAIL:
        breaker_failure(&breaker, NULL, false);
        breaker_success(&breaker, NULL, false);
        breaker_failure(&breaker, NULL, false);
        break;
    }
}

static void breaker_end(void)
{
    enum breaker_state state = breaker_state(&breaker);
    struct breaker_view view;

    breaker_look(&breaker, &view);
    explore_check(view.running == inside, "a probe was counted twice, or not at all");
    explore_check(state != BREAKER_OPEN || shape->may_be_open, "it must not be open");
    explore_check(state == BREAKER_OPEN || !shape->must_be_open, "it must be open");
    explore_check(state != BREAKER_HALF_OPEN || shape->may_be_half_open,
                  "it must not be half-open");
    explore_check(state != BREAKER_CLOSED || shape->counted < 0 ||
                      view.failures == (uint32_t)shape->counted,
                  "a failure was lost, or counted after it was cleared");
}

/* In whatever order: two failures in a row, or one after the success. */
static const struct breaker_shape clear = {
    .failures = 2, .probes = 1, .calls = {FAIL, FAIL, SUCCEED}, .may_be_open = true, .counted = 1};
/* Never two in a row. */
static const struct breaker_shape alternating = {
    .failures = 2, .probes = 1, .calls = {FAIL_SUCCEED_FAIL, SUCCEED}, .counted = -1};
/* Three in any order. */
static const struct breaker_shape three = {.failures = 3,
                                           .probes = 1,
                                           .before = 1,
                                           .calls = {FAIL, FAIL},
                                           .may_be_open = true,
                                           .must_be_open = true,
                                           .counted = -1};
/* The end of the open time: one of them goes, then perhaps others, as it ended. */
static const struct breaker_shape stampede = {
    .failures = 1, .probes = 1, .state = BREAKER_OPEN, .calls = {CALL, CALL, CALL}, .counted = 0};
static const struct breaker_shape mixed = {.failures = 1,
                                           .probes = 2,
                                           .state = BREAKER_OPEN,
                                           .calls = {CALL, CALL_AND_FAIL, CALL},
                                           .may_be_open = true,
                                           .may_be_half_open = true,
                                           .counted = 0};
/* Two probes run: one failure opens it, whatever the other one and a newcomer do. */
static const struct breaker_shape reopen = {.failures = 1,
                                            .probes = 2,
                                            .state = BREAKER_HALF_OPEN,
                                            .running = 2,
                                            .calls = {PROBE_SUCCEEDS, PROBE_FAILS, CALL},
                                            .may_be_open = true,
                                            .must_be_open = true,
                                            .counted = -1};
static const struct breaker_shape both_fail = {.failures = 2,
                                               .probes = 2,
                                               .state = BREAKER_HALF_OPEN,
                                               .running = 2,
                                               .calls = {PROBE_FAILS, PROBE_FAILS, CALL},
                                               .may_be_open = true,
                                               .must_be_open = true,
                                               .counted = -1};
static const struct breaker_shape close = {.failures = 2,
                                           .probes = 2,
                                           .state = BREAKER_HALF_OPEN,
                                           .running = 2,
                                           .calls = {PROBE_SUCCEEDS, PROBE_SUCCEEDS, FAIL},
                                           .counted = -1};

#define FIBER breaker_setup, breaker_fiber, breaker_step, breaker_end
const struct scenario breaker_scenarios[] = {
    {"breaker-clear", 3, 4, 0, 1, 0, &clear, FIBER},
    {"breaker-turns", 2, 5, 0, 1, 0, &alternating, FIBER},
    {"breaker-three", 2, 5, 0, 1, 0, &three, FIBER},
    {"breaker-stampede", 3, 3, 1, 1, 0, &stampede, FIBER},
    {"breaker-mixed", 3, 3, 1, 1, 0, &mixed, FIBER},
    {"breaker-reopen", 3, 4, 0, 1, 0, &reopen, FIBER},
    {"breaker-fail", 3, 4, 0, 1, 0, &both_fail, FIBER},
    {"breaker-close", 3, 4, 0, 1, 0, &close, FIBER},
    {.name = NULL},
};
