/*
 * kill_durable [CYCLES [SEED [SECONDS]]] - durable events, a process that is killed again and
 * again, and a checker that knows what was acknowledged.
 *
 * The child opens the store and a bus, whose handler writes "ran N" into a pipe before it returns;
 * two threads publish, and write "acknowledged N" when publish has returned. After some messages of
 * that pipe the checker kills it (SIGKILL), reads what is still in the pipe, and then the store:
 *
 *   - what was acknowledged and has not run is in the store, exactly once
 *   - nothing is in the store twice
 *   - what is there of this child, was not acknowledged and has not run: at most one for each
 *     publisher
 *   - what is there and has run: at most IN_FLIGHT, removals on their way
 *
 * That goes on for CYCLES, or for SECONDS if these are over before. The last child is not killed;
 * it stops, and nothing is left: all that was acknowledged has run, in the order of its key, the
 * first time.
 *
 * covers: M2 I6 R8
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bus/durable.h>
#include <bus/sqlite_store.h>

#include "folder.h"
#include "lasting.bus.h"

enum { PUBLISHERS = 2, NUMBERS_MOST = 1 << 22, IN_FLIGHT = 1024, CYCLES = 50 };

enum what { ACKNOWLEDGED = 1, RAN, STOPPED };

struct word {
    uint32_t what;
    uint32_t publisher;
    uint64_t number; /* of the publisher's events, from 1 */
};

static void fail(const char *what, uint64_t a, uint64_t b)
{
    fprintf(stderr, "%s (%llu, %llu)\n", what, (unsigned long long)a, (unsigned long long)b);
    exit(1);
}

/* ---- the child ---- */

static int out;

static void say(enum what what, uint64_t publisher, uint64_t number)
{
    struct word word = {(uint32_t)what, (uint32_t)publisher, number};

    /* One piece: it is smaller than PIPE_BUF. */
    if (write(out, &word, sizeof word) != (ssize_t)sizeof word)
        _exit(3);
}

static enum bus_verdict on_placed(void *context, const struct lasting_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    say(RAN, event->order, event->number);
    return BUS_DONE;
}

struct publisher {
    struct bus *bus;
    uint64_t index;
    uint64_t next;
    uint64_t most;
};

static void *publish(void *argument)
{
    struct publisher *publisher = argument;

    for (uint64_t i = 0; i < publisher->most; i++, publisher->next++) {
        struct lasting_placed event = {.order = publisher->index, .number = publisher->next};

        if (lasting_placed_publish(publisher->bus, &event) != BUS_QUEUED) {
            fprintf(stderr, "publish: %s\n", bus_last_error());
            _exit(4);
        }
        say(ACKNOWLEDGED, publisher->index, publisher->next);
    }
    return NULL;
}

/* `next`: the first number of each publisher. Never returns. */
static void child(const char *path, const uint64_t *next, bool last)
{
    struct publisher publishers[PUBLISHERS];
    struct bus_sqlite_store *store = NULL;
    pthread_t threads[PUBLISHERS];
    struct bus *bus = NULL;

    if (bus_sqlite_store_open(&store, path, NULL) != BUS_OK ||
        bus_open(&bus, &(struct bus_options){.schema = &lasting_schema,
                                             .store = bus_sqlite_store_table(store),
                                             .capacity = {64, 64, 64, 64, 64},
                                             .missing_handlers_allowed = true}) != BUS_OK ||
        lasting_placed_subscribe(bus, on_placed, NULL, NULL) != BUS_OK ||
        bus_start(bus) != BUS_OK) {
        fprintf(stderr, "child: %s\n", bus_last_error());
        _exit(2);
    }
    for (uint64_t i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){bus, i, next[i], last ? 10 : UINT64_MAX};
        if (pthread_create(&threads[i], NULL, publish, &publishers[i]) != 0)
            _exit(2);
    }
    for (uint64_t i = 0; i < PUBLISHERS; i++)
        (void)pthread_join(threads[i], NULL);
    if (bus_stop(bus, 60 * BUS_SECOND, NULL) != BUS_OK || bus_close(&bus) != BUS_OK) {
        fprintf(stderr, "child: %s\n", bus_last_error());
        _exit(5);
    }
    bus_sqlite_store_close(&store);
    say(STOPPED, 0, 0);
    _exit(0);
}

/* ---- the checker ---- */

enum { IS_ACKNOWLEDGED = 1, HAS_RUN = 2, IS_STORED = 4 };

/* By publisher and number: IS_ACKNOWLEDGED | HAS_RUN | IS_STORED. */
static uint8_t *known[PUBLISHERS];
static uint64_t highest[PUBLISHERS], ran[PUBLISHERS], acknowledged, runs;
static uint64_t first[PUBLISHERS]; /* of the last child */

static uint8_t *known_of(uint64_t publisher, uint64_t number)
{
    if (publisher >= PUBLISHERS || number == 0 || number >= NUMBERS_MOST)
        fail("no such event", publisher, number);
    if (number > highest[publisher])
        highest[publisher] = number;
    return &known[publisher][number];
}

static void hear(const struct word *word)
{
    uint8_t *event;

    if (word->what == STOPPED)
        return;
    event = known_of(word->publisher, word->number);
    if (word->what == ACKNOWLEDGED) {
        if ((*event & IS_ACKNOWLEDGED) != 0)
            fail("acknowledged twice", word->publisher, word->number);
        *event |= IS_ACKNOWLEDGED;
        acknowledged++;
        return;
    }
    runs++;
    if ((*event & HAS_RUN) == 0) {
        if (word->number <= ran[word->publisher])
            fail("ran for the first time behind a later one", word->publisher, word->number);
        ran[word->publisher] = word->number;
    }
    *event |= HAS_RUN;
}

/* True: STOPPED came. Kills the child after so many words; 0: never. */
static bool listen_to(int in, pid_t pid, uint64_t words)
{
    struct word word;
    bool stopped = false;
    uint64_t heard = 0;
    ssize_t got;

    while ((got = read(in, &word, sizeof word)) == (ssize_t)sizeof word ||
           (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        hear(&word);
        stopped = stopped || word.what == STOPPED;
        if (++heard == words)
            (void)kill(pid, SIGKILL);
    }
    if (got != 0)
        fail("half a word", 0, 0);
    return stopped;
}

struct rows {
    uint64_t number, count, repeated, early;
};

static void look_at_row(void *to, const struct bus_stored *stored)
{
    _Alignas(8) uint8_t scratch[256];
    struct lasting_placed event;
    struct rows *rows = to;
    uint8_t *state;

    rows->number = stored->number;
    if (stored->type_id != lasting_placed_type.id ||
        lasting_placed_decode(stored->bytes, stored->size, &event, scratch, sizeof scratch) !=
            BUS_OK)
        fail("a row that cannot be read", stored->number, stored->size);
    state = known_of(event.order, event.number);
    if ((*state & IS_STORED) != 0)
        fail("twice in the store", event.order, event.number);
    *state |= IS_STORED;
    rows->count++;
    rows->repeated += (*state & HAS_RUN) != 0;
    rows->early +=
        event.number >= first[event.order] && (*state & (HAS_RUN | IS_ACKNOWLEDGED)) == 0;
}

static struct rows check_store(const char *path)
{
    const struct bus_store *table;
    struct bus_sqlite_store *store = NULL;
    struct bus_store_state state;
    struct rows rows = {0};
    uint64_t p, n;

    if (bus_sqlite_store_open(&store, path, NULL) != BUS_OK) {
        fprintf(stderr, "%s\n", bus_last_error());
        fail("the store cannot be opened", 0, 0);
    }
    table = bus_sqlite_store_table(store);
    table->state(table->context, &state);
    if (state.condition != BUS_STORE_FINE || strstr(state.text, "set aside") != NULL)
        fail(state.text, state.condition, 0);
    while (table->next(table->context, &(struct bus_store_query){.kind = BUS_STORED_EVENT,
                                                                 .after = rows.number,
                                                                 .rows = 100,
                                                                 .reader = look_at_row,
                                                                 .to = &rows}))
        continue;
    bus_sqlite_store_close(&store);
    for (p = 0; p < PUBLISHERS; p++)
        for (n = 1; n <= highest[p]; n++) {
            if ((known[p][n] & ~IS_STORED) == IS_ACKNOWLEDGED && (known[p][n] & IS_STORED) == 0)
                fail("acknowledged, has not run, and is lost", p, n);
            known[p][n] &= (uint8_t)~IS_STORED;
        }
    if (rows.early > PUBLISHERS)
        fail("in the store, and nobody has waited for them", rows.early, rows.count);
    if (rows.repeated > IN_FLIGHT)
        fail("more will run again than were in flight", rows.repeated, rows.count);
    return rows;
}

static uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void cycle(const char *path, uint64_t words)
{
    int pipes[2], status = 0;
    bool stopped;
    pid_t pid = -1;

    for (uint64_t i = 0; i < PUBLISHERS; i++)
        first[i] = highest[i] + 1;
    if (pipe(pipes) != 0 || (pid = fork()) < 0)
        fail("no pipe, or no process", (uint64_t)errno, 0);
    if (pid == 0) {
        (void)close(pipes[0]);
        out = pipes[1];
        child(path, first, words == 0);
    }
    (void)close(pipes[1]);
    stopped = listen_to(pipes[0], pid, words);
    (void)close(pipes[0]);
    if (waitpid(pid, &status, 0) != pid)
        fail("no child", 0, 0);
    if (words != 0 && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL))
        fail("the child ended by itself", (uint64_t)status, 0);
    if (words == 0 && (!stopped || !WIFEXITED(status) || WEXITSTATUS(status) != 0))
        fail("the last child did not stop well", (uint64_t)status, 0);
}

/* Seconds that only grow. */
static time_t now(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

int main(int argc, char **argv)
{
    uint64_t cycles = argc > 1 ? strtoull(argv[1], NULL, 10) : CYCLES;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t seconds = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT32_MAX;
    uint64_t i, p, n, repeated = 0, most = 0;
    time_t end = now() + (time_t)seconds;
    const char *path;
    struct rows rows;

    for (p = 0; p < PUBLISHERS; p++)
        if ((known[p] = calloc(NUMBERS_MOST, 1)) == NULL)
            fail("no memory", 0, 0);
    (void)folder_make();
    path = folder_path("bus.db");
    for (i = 0; i < cycles && (i == 0 || now() < end); i++) {
        cycle(path, 1 + chance(&seed) % 300);
        rows = check_store(path);
        repeated += rows.repeated;
        if (rows.repeated > most)
            most = rows.repeated;
    }
    cycle(path, 0);
    rows = check_store(path);
    if (rows.count != 0)
        fail("left in the store after a stop", rows.count, 0);
    for (p = 0; p < PUBLISHERS; p++)
        for (n = 1; n <= highest[p]; n++)
            if ((known[p][n] & (IS_ACKNOWLEDGED | HAS_RUN)) == IS_ACKNOWLEDGED)
                fail("never ran", p, n);
    printf("%llu cycles: %llu acknowledged, all ran; %llu runs; in the store after they ran: %llu "
           "in all, %llu at once\n",
           (unsigned long long)i, (unsigned long long)acknowledged, (unsigned long long)runs,
           (unsigned long long)repeated, (unsigned long long)most);
    folder_remove();
    for (p = 0; p < PUBLISHERS; p++)
        free(known[p]);
    return 0;
}
