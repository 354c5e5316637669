/*
 * Retry as a whole against a model: attempts, delays, budget, breaker, deadline, timeout, room and
 * dead letters of one handler's messages, step by step in virtual time. The model keeps a plain
 * list and says what the next step is; the bus must do the same, to the message and the nanosecond.
 * Jitter has a model of its own (tests/guard/backoff_test.c); here there is none.
 *
 *     test_retry_model [SECONDS [SEED]]
 *
 * Default: 200 seeds, whatever that takes.
 *
 * covers: R14, F1, F2, F3, F5, F7, F8, G1, G2, G6, H1
 */
#include "support.h"

#include <stdio.h>

#include <bus/breakers.h>
#include <bus/dead_letters.h>

#define MS BUS_MILLISECOND
#define QUARTER (MS / 4)

enum {
    MESSAGES = 150,
    RUNS_MOST = 4096,
    FADES_MS = 100,
    PARK_LEAST_MS = 1,
    RESERVE = 10,
    SEEDS = 200
};

/* What one seed makes of it. */
struct shape {
    struct bus_policy policy;
    uint32_t factor;
    uint32_t held_max;
    uint32_t fail_percent; /* of runs */
    uint32_t hopeless;     /* percent of faults that are permanent */
    bool fades;            /* messages have a deadline */
    uint64_t seed;
};

enum fate { FATE_WELL, FATE_TRANSIENT, FATE_PERMANENT };

struct outcome {
    enum fate fate;
    uint64_t took_ns;
};

/* Run `attempt` of message `number`: the same for the handler and the model. */
static struct outcome decide(const struct shape *shape, uint64_t number, uint32_t attempt)
{
    uint64_t state = shape->seed << 40 ^ number << 8 ^ attempt;
    uint64_t dice = chance(&state);
    struct outcome outcome = {FATE_WELL, 0};

    if (dice % 100 < shape->fail_percent)
        outcome.fate = (dice >> 8) % 100 < shape->hopeless ? FATE_PERMANENT : FATE_TRANSIENT;
    if ((dice >> 16) % 4 == 0)
        outcome.took_ns = (dice >> 20) % 8 * MS;
    return outcome;
}

struct run {
    uint64_t number, attempt, at_ns;
};

/* Of a message that is gone without a letter. */
#define NO_LETTER ((enum bus_letter_reason)0)

struct runs {
    uint32_t count;
    struct run all[RUNS_MOST];
};

struct letter {
    uint64_t number;
    uint32_t attempts;
    enum bus_letter_reason reason;
};

/* ---- the model ---- */

enum place { IN_LANE, WAITS, OVER };

struct message {
    enum place place;
    uint32_t attempts;
    bool parked;
    uint64_t due_ns, order; /* WAITS */
    uint64_t deadline_ns;
};

struct model {
    const struct shape *shape;
    uint64_t now_ns, order;
    uint32_t published;
    struct message messages[MESSAGES];
    uint64_t processed, failed, expired, held;
    uint32_t budget; /* hundredths of a retry */
    enum bus_breaker_state breaker;
    uint32_t opened, successes, faults;
    uint64_t opened_ns, fault_ns[RUNS_MOST];
    struct runs runs;
    uint32_t letter_count;
    struct letter letters[MESSAGES];
};

static void model_open(struct model *model, const struct shape *shape, uint64_t now_ns)
{
    memset(model, 0, sizeof *model);
    model->shape = shape;
    model->now_ns = now_ns;
    model->budget = RESERVE * 100;
}

static void model_publish(struct model *model)
{
    struct message *message = &model->messages[model->published++];

    message->deadline_ns = model->shape->fades ? model->now_ns + FADES_MS * MS : UINT64_MAX;
}

static void model_fail(struct model *model, struct message *message, enum bus_letter_reason reason)
{
    if (message->place == WAITS)
        model->held--;
    message->place = OVER;
    model->failed++;
    if (reason != NO_LETTER && !model->shape->policy.no_dead_letters)
        model->letters[model->letter_count++] =
            (struct letter){(uint64_t)(message - model->messages), message->attempts, reason};
}

static void model_wait(struct model *model, struct message *message, uint64_t due_ns)
{
    if (message->place == IN_LANE && model->held == model->shape->held_max) {
        model_fail(model, message, BUS_LETTER_NO_ROOM);
        return;
    }
    model->held += message->place == IN_LANE;
    message->place = WAITS;
    message->due_ns = due_ns;
    message->order = model->order++;
}

static void model_open_breaker(struct model *model)
{
    model->breaker = BUS_BREAKER_OPEN;
    model->opened_ns = model->now_ns;
    model->opened++;
    model->faults = 0;
}

static void model_settle(struct model *model, bool well, bool probe)
{
    const struct bus_policy *policy = &model->shape->policy;
    uint32_t recent = 0;

    if (policy->breaker_failures == 0)
        return;
    if (well && !probe) {
        model->faults = 0;
    } else if (well && ++model->successes == policy->breaker_probes) {
        model->breaker = BUS_BREAKER_CLOSED;
        model->faults = 0;
    } else if (!well && probe) {
        model_open_breaker(model);
    } else if (!well) {
        model->fault_ns[model->faults++] = model->now_ns;
        for (uint32_t i = 0; i < model->faults; i++)
            recent += model->now_ns - model->fault_ns[i] <= policy->breaker_within_ns;
        if (recent >= policy->breaker_failures)
            model_open_breaker(model);
    }
}

static void model_refuse(struct model *model, struct message *message)
{
    const struct bus_policy *policy = &model->shape->policy;
    uint64_t due = model->opened_ns + policy->breaker_open_ns;

    if (policy->on_open == BUS_ON_OPEN_PARK) {
        if (due < model->now_ns + PARK_LEAST_MS * MS)
            due = model->now_ns + PARK_LEAST_MS * MS;
        model_wait(model, message, due < message->deadline_ns ? due : message->deadline_ns);
    } else {
        model_fail(model, message,
                   policy->on_open == BUS_ON_OPEN_DEAD_LETTER ? BUS_LETTER_BREAKER_OPEN
                                                              : NO_LETTER);
    }
}

/* The delay before the run that follows run number `attempts`. */
static uint64_t model_delay(const struct model *model, uint32_t attempts)
{
    const struct bus_policy *policy = &model->shape->policy;
    uint64_t delay = policy->backoff_first_ns;

    while (--attempts > 0 && delay < policy->backoff_most_ns)
        delay *= model->shape->factor;
    return delay < policy->backoff_most_ns ? delay : policy->backoff_most_ns;
}

static void model_failed(struct model *model, struct message *message, bool transient)
{
    const struct bus_policy *policy = &model->shape->policy;
    uint64_t due = model->now_ns + model_delay(model, message->attempts);
    bool refused = model->breaker != BUS_BREAKER_CLOSED && policy->on_open != BUS_ON_OPEN_PARK;
    bool broke = policy->retry_budget != 0 && model->budget < 100;

    if (!transient || message->attempts > policy->retries) {
        model_fail(model, message, BUS_LETTER_FAILED);
    } else if (due >= message->deadline_ns) {
        model_fail(model, message, BUS_LETTER_EXPIRED);
    } else if (refused || broke) {
        model_fail(model, message, BUS_LETTER_FAILED);
    } else {
        model->budget -= policy->retry_budget != 0 ? 100 : 0;
        model_wait(model, message, due);
    }
}

static void model_run(struct model *model, struct message *message)
{
    const struct bus_policy *policy = &model->shape->policy;
    uint64_t number = (uint64_t)(message - model->messages);
    struct outcome outcome = decide(model->shape, number, message->attempts + 1);
    bool late = policy->timeout_ns != 0 && outcome.took_ns > policy->timeout_ns;
    bool well = outcome.fate == FATE_WELL && !late;
    bool probe = model->breaker != BUS_BREAKER_CLOSED;

    if (model->breaker == BUS_BREAKER_OPEN) {
        if (model->now_ns < model->opened_ns + policy->breaker_open_ns) {
            model_refuse(model, message);
            return;
        }
        model->breaker = BUS_BREAKER_HALF_OPEN;
        model->successes = 0;
    }
    if (message->attempts == 0) {
        model->budget += policy->retry_budget;
        model->budget = model->budget < RESERVE * 100 ? model->budget : RESERVE * 100;
    }
    message->attempts++;
    model->runs.all[model->runs.count++] = (struct run){number, message->attempts, model->now_ns};
    model->now_ns += outcome.took_ns;
    model_settle(model, well, probe);
    if (!well) {
        model_failed(model, message, late || outcome.fate == FATE_TRANSIENT);
        return;
    }
    model->held -= message->place == WAITS;
    message->place = OVER;
    model->processed++;
}

/* What waits longest and is due, else the front of the lane. */
static struct message *model_next(struct model *model)
{
    struct message *next = NULL, *front = NULL;

    for (uint32_t i = 0; i < model->published; i++) {
        struct message *message = &model->messages[i];

        if (message->place == IN_LANE && front == NULL)
            front = message;
        if (message->place == WAITS && message->due_ns <= model->now_ns &&
            (next == NULL || message->due_ns < next->due_ns ||
             (message->due_ns == next->due_ns && message->order < next->order)))
            next = message;
    }
    return next != NULL ? next : front;
}

/* False: there is nothing to do now. */
static bool model_step(struct model *model)
{
    struct message *message = model_next(model);

    if (message == NULL)
        return false;
    if (message->deadline_ns > model->now_ns) {
        model_run(model, message);
    } else if (message->place == WAITS) {
        model_fail(model, message, BUS_LETTER_EXPIRED);
    } else {
        message->place = OVER;
        model->expired++;
    }
    return true;
}

/* ---- the bus ---- */

struct subject {
    struct bus *bus;
    const struct shape *shape;
    const struct bus_message_type *type;
    const struct bus_os *os;
    struct runs runs;
};

static enum bus_verdict run_handler(struct subject *subject, uint64_t number,
                                    struct bus_delivery *delivery)
{
    struct runs *runs = &subject->runs;
    struct bus_envelope envelope;
    struct outcome outcome;

    bus_delivery_envelope(delivery, &envelope);
    if (runs->count < RUNS_MOST)
        runs->all[runs->count++] =
            (struct run){number, envelope.attempt, subject->os->monotonic_ns(NULL)};
    outcome = decide(subject->shape, number, envelope.attempt);
    frozen_advance(outcome.took_ns);
    if (outcome.fate == FATE_WELL)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .code = 111,
                                                  .transient = outcome.fate == FATE_TRANSIENT,
                                                  .text = "the line is cut"});
}

static enum bus_verdict run_ticked(void *context, const struct probe_ticked *event,
                                   struct bus_delivery *delivery)
{
    return run_handler(context, event->number, delivery);
}

static enum bus_verdict run_faded(void *context, const struct probe_faded *event,
                                  struct bus_delivery *delivery)
{
    return run_handler(context, event->number, delivery);
}

static void subject_open(struct subject *subject, const struct shape *shape)
{
    struct bus_policy_override override = {shape->fades ? &probe_faded_type : &probe_ticked_type,
                                           shape->policy};
    struct bus_options options = {
        .polled = true,
        .policies = &override,
        .policy_count = 1,
        .held_max = shape->held_max,
        .pool_bytes = 1 << 20,
        .dead_letters_max = MESSAGES,
        .dead_letter_bytes = 1 << 16,
        .errors_kept = 16,
        .capacity = {16, 16, 256, 16, 16},
        .handlers_max = 64,
        .sessions_max = 16,
        .commands_max = 16,
    };

    memset(subject, 0, sizeof *subject);
    options.os = subject->os = frozen_os();
    subject->shape = shape;
    subject->type = override.type;
    subject->bus = open_bus(&options);
    if (shape->fades)
        assert_int_equal(probe_faded_subscribe(subject->bus, run_faded, subject, NULL), BUS_OK);
    else
        assert_int_equal(probe_ticked_subscribe(subject->bus, run_ticked, subject, NULL), BUS_OK);
    assert_int_equal(bus_start(subject->bus), BUS_OK);
}

static void subject_publish(struct subject *subject, uint64_t number)
{
    if (subject->shape->fades)
        assert_int_equal(probe_faded_publish(subject->bus, &(struct probe_faded){.number = number}),
                         BUS_QUEUED);
    else
        tick(subject->bus, number, BUS_QUEUED);
}

/* ---- both ---- */

static uint32_t chosen(uint64_t *dice, uint32_t least, uint32_t most)
{
    return least + (uint32_t)(chance(dice) % (most - least + 1));
}

static void shape_draw(struct shape *shape, uint64_t seed, uint64_t *dice)
{
    static const enum bus_on_open on_open[] = {BUS_ON_OPEN_FAIL, BUS_ON_OPEN_PARK,
                                               BUS_ON_OPEN_DEAD_LETTER};

    memset(shape, 0, sizeof *shape);
    shape->seed = seed;
    shape->factor = chosen(dice, 1, 3);
    shape->policy = (struct bus_policy){
        .retries = chosen(dice, 0, 5),
        .jitter = BUS_JITTER_NONE,
        .backoff_first_ns = chosen(dice, 1, 20) * MS,
        .backoff_factor = shape->factor,
        .retry_budget = chance(dice) % 2 == 0 ? 0 : chosen(dice, 1, 60),
        .breaker_failures = chance(dice) % 3 == 0 ? 0 : chosen(dice, 1, 6),
        .breaker_within_ns = chosen(dice, 1, 100) * MS,
        .breaker_open_ns = chosen(dice, 1, 320) * QUARTER, /* also less than the least to park */
        .breaker_probes = chosen(dice, 1, 3),
        .on_open = on_open[chance(dice) % 3],
        .timeout_ns = chance(dice) % 2 == 0 ? 0 : chosen(dice, 2, 6) * MS,
        .no_dead_letters = chance(dice) % 8 == 0,
    };
    shape->policy.backoff_most_ns = shape->policy.backoff_first_ns * chosen(dice, 1, 10);
    shape->held_max = chance(dice) % 3 == 0 ? chosen(dice, 1, 4) : MESSAGES;
    shape->fail_percent = chosen(dice, 10, 90);
    shape->hopeless = chosen(dice, 0, 20);
    shape->fades = chance(dice) % 2 == 0;
}

static void note_breaker(void *context, const struct bus_breaker *breaker)
{
    struct bus_breaker *seen = context;

    *seen = *breaker;
}

struct drill {
    struct shape shape;
    struct model model;
    struct subject subject;
    uint32_t letter_count; /* seen on the bus */
    struct letter letters[MESSAGES];
};

static bool note_letter(void *context, const struct bus_dead_letter *letter)
{
    struct drill *drill = context;
    struct probe_ticked ticked = {0};
    struct probe_faded faded = {0};
    bool fades = drill->shape.fades;

    if (bus_decode(&letter->type->codec, letter->bytes, letter->size,
                   fades ? (void *)&faded : (void *)&ticked, NULL, 0) != BUS_OK)
        return false;
    drill->letters[drill->letter_count++] =
        (struct letter){fades ? faded.number : ticked.number, letter->attempts, letter->reason};
    return drill->letter_count < MESSAGES;
}

static void compare_letters(struct drill *drill)
{
    const struct model *model = &drill->model;

    drill->letter_count = 0;
    assert_int_equal(bus_dead_letters_each(drill->subject.bus, NULL, note_letter, drill, NULL),
                     BUS_OK);
    assert_int_equal(drill->letter_count, model->letter_count);
    for (uint32_t i = 0; i < model->letter_count; i++) {
        assert_int_equal(drill->letters[i].number, model->letters[i].number);
        assert_int_equal(drill->letters[i].attempts, model->letters[i].attempts);
        assert_int_equal(drill->letters[i].reason, model->letters[i].reason);
    }
}

static void compare(struct drill *drill)
{
    const struct model *model = &drill->model;
    const struct subject *subject = &drill->subject;
    struct bus_account account = account_of(subject->bus, subject->type);
    struct bus_breaker breaker = {0};
    uint32_t last = model->runs.count - 1;

    assert_int_equal(subject->os->monotonic_ns(NULL), model->now_ns);
    assert_int_equal(subject->runs.count, model->runs.count);
    if (model->runs.count != 0)
        assert_memory_equal(&subject->runs.all[last], &model->runs.all[last], sizeof(struct run));
    assert_int_equal(account.processed, model->processed);
    assert_int_equal(account.failed, model->failed);
    assert_int_equal(account.expired, model->expired);
    assert_int_equal(stats_of(subject->bus).dead_letter_queue_size, model->letter_count);
    assert_int_equal(bus_breakers_each(subject->bus, note_breaker, &breaker),
                     model->shape->policy.breaker_failures != 0);
    assert_int_equal(breaker.state, model->breaker);
    assert_int_equal(breaker.opened, model->opened);
}

/* Both do all that is to be done now, one step at a time. */
static void work_off(struct drill *drill)
{
    uint32_t ran;

    do {
        bool model_ran = model_step(&drill->model);

        assert_int_equal(bus_poll(drill->subject.bus, 1, &ran), BUS_OK);
        assert_int_equal(ran, model_ran);
        compare(drill);
    } while (ran != 0);
}

static void step(struct drill *drill, uint64_t *dice)
{
    uint64_t ns = chance(dice) % (chance(dice) % 2 == 0 ? 4 : 48) * QUARTER;

    if (chance(dice) % 2 == 0 && drill->model.published < MESSAGES) {
        subject_publish(&drill->subject, drill->model.published);
        model_publish(&drill->model);
        if (chance(dice) % 2 == 0) /* else it waits in the lane for a while */
            work_off(drill);
        return;
    }
    if (chance(dice) % 8 == 0) /* the worker hangs elsewhere for a while */
        ns += chance(dice) % (2 * FADES_MS) * MS;
    drill->model.now_ns += ns;
    frozen_advance(ns);
    if (chance(dice) % 4 != 0) /* else the lane fills, and what waits is due together */
        work_off(drill);
}

static void run_seed(struct drill *drill, uint64_t seed)
{
    uint64_t dice = seed;
    uint32_t quiet = 0;

    shape_draw(&drill->shape, seed, &dice);
    subject_open(&drill->subject, &drill->shape);
    model_open(&drill->model, &drill->shape, drill->subject.os->monotonic_ns(NULL));
    /* Until all that was published has ended. */
    while (drill->model.published < MESSAGES ||
           drill->model.processed + drill->model.failed + drill->model.expired < MESSAGES) {
        step(drill, &dice);
        assert_true(++quiet < 100000);
    }
    compare_letters(drill);
    assert_int_equal(stats_of(drill->subject.bus).pool_bytes_used, 0);
    finish_bus(&drill->subject.bus);
}

/* What has happened over all seeds. */
struct totals {
    uint64_t seeds, runs, expired, opened;
    uint64_t letters[BUS_LETTER_HANDLER_GONE + 1]; /* by reason */
};

static void count_totals(struct totals *totals, const struct model *model)
{
    totals->seeds++;
    totals->runs += model->runs.count;
    totals->expired += model->expired;
    totals->opened += model->opened;
    for (uint32_t i = 0; i < model->letter_count; i++)
        totals->letters[model->letters[i].reason]++;
}

/* A model of what never happens says nothing. */
static void assert_all_happened(const struct totals *totals)
{
    print_message(
        "%llu seeds, %llu runs, %llu expired in their lane, %llu breakers opened; letters: "
        "%llu failed, %llu expired, %llu refused, %llu without room\n",
        (unsigned long long)totals->seeds, (unsigned long long)totals->runs,
        (unsigned long long)totals->expired, (unsigned long long)totals->opened,
        (unsigned long long)totals->letters[BUS_LETTER_FAILED],
        (unsigned long long)totals->letters[BUS_LETTER_EXPIRED],
        (unsigned long long)totals->letters[BUS_LETTER_BREAKER_OPEN],
        (unsigned long long)totals->letters[BUS_LETTER_NO_ROOM]);
    assert_true(totals->expired > 100 && totals->opened > 100);
    assert_true(totals->letters[BUS_LETTER_FAILED] > 100);
    assert_true(totals->letters[BUS_LETTER_EXPIRED] > 100);
    assert_true(totals->letters[BUS_LETTER_BREAKER_OPEN] > 100);
    assert_true(totals->letters[BUS_LETTER_NO_ROOM] > 100);
}

static uint64_t seconds;
static uint64_t first_seed = 1;

/* The last seed that is printed has the difference. */
static void the_bus_does_as_the_model_says(void **state)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + seconds * BUS_SECOND;
    struct drill *drill = malloc(sizeof *drill);
    struct totals totals = {0};

    (void)state;
    assert_non_null(drill);
    while (totals.seeds < SEEDS || os->monotonic_ns(os->context) < end) {
        print_message("seed %llu\r", (unsigned long long)(first_seed + totals.seeds));
        run_seed(drill, first_seed + totals.seeds);
        count_totals(&totals, &drill->model);
    }
    assert_all_happened(&totals);
    free(drill);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bus_does_as_the_model_says),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
