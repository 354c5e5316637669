/*
 * The process that owns a store is killed with SIGKILL at any moment, again and again on one file.
 * A process of its own knows what was acknowledged: it opens the file afterwards, and each entry
 * must be there once, and what was removed must be gone; more than that only what was in flight.
 *
 * covers: R8 M1 H2
 */
#include "contract.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bus/sqlite_store.h>

#include "folder.h"

#ifndef CYCLES
#define CYCLES 50
#endif

enum { FLIGHT = 8, NUMBERS = 1 << 20 };

/* What the victim tells, in order. */
enum news { PUT_DONE, REMOVAL_ASKED, REMOVAL_DONE };
struct record {
    uint64_t news, number;
};

/* ---- the victim ---- */

struct victim {
    const struct bus_store *store;
    int pipe;
    bool lies; /* negative control: it says so before it is so */
};

static void tell(const struct victim *victim, enum news news, uint64_t number)
{
    const struct record record = {news, number};

    if (write(victim->pipe, &record, sizeof record) != sizeof record)
        _exit(3);
}

struct errand {
    const struct victim *victim;
    struct answer answer;
    bool removes;
};

static void errand_done(void *to, enum bus_status status, uint64_t number)
{
    struct errand *errand = to;

    if (status == BUS_OK && !(errand->victim->lies && !errand->removes))
        tell(errand->victim, errand->removes ? REMOVAL_DONE : PUT_DONE, number);
    answer_done(&errand->answer, status, number);
}

/* Puts some, removes some of those, for ever. */
static void work(const struct victim *victim, uint64_t seed)
{
    uint64_t last = state_of(victim->store).kinds[BUS_STORED_EVENT].last;

    for (;;) {
        struct errand errands[FLIGHT];
        uint32_t count = 1 + (uint32_t)(chance(&seed) % FLIGHT), i;

        for (i = 0; i < count; i++) {
            bool removes = last > 0 && chance(&seed) % 3 == 0;
            uint64_t number = removes ? 1 + chance(&seed) % last : 0;
            struct bus_stored stored = sample(BUS_STORED_EVENT, chance(&seed) % 100);

            errands[i] =
                (struct errand){.victim = victim, .answer = ANSWER_INITIALIZER, .removes = removes};
            if (removes)
                tell(victim, REMOVAL_ASKED, number);
            if (removes ? !victim->store->remove(victim->store->context, BUS_STORED_EVENT, number,
                                                 errand_done, &errands[i])
                        : !victim->store->put(victim->store->context, &stored, errand_done,
                                              &errands[i]))
                _exit(4);
            if (!removes)
                last++;
            if (!removes && victim->lies)
                tell(victim, PUT_DONE, last);
        }
        for (i = 0; i < count; i++)
            if (!latch_wait(&errands[i].answer.latch, 1))
                _exit(5);
    }
}

static pid_t start_victim(const char *path, int pipe_end, uint64_t seed, bool lies)
{
    struct bus_sqlite_store_options options = {.log_pages = 20};
    struct bus_sqlite_store *file = NULL;
    struct victim victim = {.pipe = pipe_end, .lies = lies};
    pid_t child = fork();

    if (child != 0)
        return child;
    if (bus_sqlite_store_open(&file, path, &options) != BUS_OK) {
        (void)fprintf(stderr, "%s\n", bus_last_error());
        _exit(2);
    }
    victim.store = bus_sqlite_store_table(file);
    work(&victim, seed);
    _exit(0);
}

/* ---- the one that checks ---- */

enum { UNKNOWN, THERE, ASKED, GONE };
static uint8_t known[NUMBERS];

static void hear(const struct record *record)
{
    uint8_t *entry = &known[record->number % NUMBERS];

    assert_true(record->number < NUMBERS);
    if (record->news == PUT_DONE && *entry == UNKNOWN)
        *entry = THERE;
    else if (record->news == REMOVAL_ASKED && *entry != GONE)
        *entry = ASKED;
    else if (record->news == REMOVAL_DONE)
        *entry = GONE;
}

/* Kills it when it has told `enough`. */
static void watch(const char *path, uint64_t seed, uint64_t enough, bool lies)
{
    struct record record;
    uint64_t heard = 0;
    int ends[2], status = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = start_victim(path, ends[1], seed, lies);
    assert_true(child > 0);
    assert_int_equal(close(ends[1]), 0);
    while (read(ends[0], &record, sizeof record) == sizeof record) {
        hear(&record);
        if (++heard == enough)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Returns how many entries are wrong. Knows what is there afterwards. */
static uint32_t check(const char *path)
{
    struct bus_sqlite_store *file = NULL;
    uint64_t number, after = 0, last;
    uint32_t wrong = 0, extra = 0;
    const struct bus_store *store;
    struct seen *seen;

    if (bus_sqlite_store_open(&file, path, NULL) != BUS_OK)
        fail_msg("%s", bus_last_error());
    store = bus_sqlite_store_table(file);
    assert_null(strstr(state_of(store).text, "set aside"));
    last = state_of(store).kinds[BUS_STORED_EVENT].last;
    assert_true(last < NUMBERS);
    seen = next_of(store, BUS_STORED_EVENT, 0);
    for (number = 1; number < NUMBERS; number++) {
        bool there = seen != NULL && seen->stored.number == number;

        wrong += (known[number] == THERE && !there) || (known[number] == GONE && there);
        extra += known[number] == UNKNOWN && there;
        known[number] = there ? THERE : (number <= last ? GONE : UNKNOWN);
        after = number;
        if (there)
            seen = next_of(store, BUS_STORED_EVENT, after);
        if (seen == NULL && number > last + FLIGHT)
            break;
    }
    assert_in_range(extra, 0, FLIGHT);
    bus_sqlite_store_close(&file);
    return wrong;
}

static uint32_t kill_often(uint32_t cycles, bool lies)
{
    uint64_t random = 8;
    uint32_t i, wrong = 0;
    const char *path;

    (void)folder_make();
    path = folder_path("bus.db");
    memset(known, 0, sizeof known);
    for (i = 0; i < cycles; i++) {
        watch(path, i, 1 + chance(&random) % 300, lies);
        wrong += check(path);
    }
    folder_remove();
    return wrong;
}

static void what_was_acknowledged_is_there(void **state)
{
    (void)state;
    assert_int_equal(kill_often(CYCLES, false), 0);
}

static void a_lie_is_noticed(void **state)
{
    (void)state;
    assert_true(kill_often(20, true) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_is_there),
        cmocka_unit_test(a_lie_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
