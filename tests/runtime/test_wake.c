/*
 * Sleep and wake, the whole way: a thread that sleeps on the descriptor of a polled bus and a
 * worker that parks wake each other by turns. One message is on its way at any time, so a wake-up
 * that is lost leaves both asleep, until the deadline says so.
 *
 *     test_wake [PAIRS]
 *
 * A pair is a sleep and its wake. Several games go on side by side, each on buses of its own.
 *
 * covers: R12, N3
 */
#include "support.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>

enum { DEADLINE_MS = 60000, GAMES = 4, WAYS = 3 };

static uint64_t pairs = 60000;

/* ---- wake-ups are counted, and those from some number on may be lost on purpose ---- */

static struct {
    _Atomic uint64_t wakes;
    _Atomic uint64_t raises;
    _Atomic uint64_t lose_wake; /* wakes from this number on are not made; 0: all are */
    _Atomic uint64_t lose_raise;
    const bus_os_word *_Atomic lost_word;
    _Atomic int lost_descriptor;
} thief;

/* What the control waits for has not happened yet. */
static bool theft_pending(void)
{
    return (atomic_load(&thief.lose_wake) != 0 && atomic_load(&thief.lost_word) == NULL) ||
           (atomic_load(&thief.lose_raise) != 0 && atomic_load(&thief.lost_descriptor) < 0);
}

static bool is_lost(_Atomic uint64_t *count, _Atomic uint64_t *from)
{
    uint64_t number = atomic_fetch_add(count, 1) + 1;
    uint64_t first = atomic_load(from);

    return first != 0 && number >= first;
}

static void thief_wake(void *context, const bus_os_word *word, bool all)
{
    if (is_lost(&thief.wakes, &thief.lose_wake))
        atomic_store(&thief.lost_word, word);
    else
        bus_os_native()->wake(context, word, all);
}

static void thief_raise(void *context, int descriptor)
{
    if (is_lost(&thief.raises, &thief.lose_raise))
        atomic_store(&thief.lost_descriptor, descriptor);
    else
        bus_os_native()->signal_raise(context, descriptor);
}

static struct bus_os thief_os(void)
{
    struct bus_os os = *bus_os_native();

    os.wake = thief_wake;
    os.signal_raise = thief_raise;
    atomic_store(&thief.wakes, 0);
    atomic_store(&thief.raises, 0);
    atomic_store(&thief.lost_word, NULL);
    atomic_store(&thief.lost_descriptor, -1);
    return os;
}

/* ---- the game ---- */

struct game {
    struct bus *there; /* one worker */
    struct bus *back;  /* polled */
    uint64_t state;    /* chance of the polling thread */
    uint64_t worker_state;
    uint64_t returned; /* last number that came back */
    _Atomic uint64_t wrong;
    bool lost;
};

/* Shifts the two sides against each other: the next message comes while the other side goes to
 * sleep, just before, or long after. */
static void dawdle(uint64_t *state)
{
    uint64_t dice = chance(state);

    for (volatile uint64_t i = dice % 8 == 0 ? dice / 8 % 4000 : dice / 8 % 300; i > 0; i--)
        ;
}

static enum bus_verdict on_there(void *context, const struct probe_ticked *event,
                                 struct bus_delivery *delivery)
{
    struct game *game = context;
    struct probe_urged back = {.number = event->number};

    (void)delivery;
    dawdle(&game->worker_state);
    game->wrong += probe_urged_publish(game->back, &back) != BUS_QUEUED;
    return BUS_DONE;
}

static enum bus_verdict on_back(void *context, const struct probe_urged *event,
                                struct bus_delivery *delivery)
{
    struct game *game = context;

    (void)delivery;
    game->wrong += event->number != game->returned + 1;
    game->returned = event->number;
    return BUS_DONE;
}

static struct game open_game(const struct bus_os *os, uint64_t spin_ns)
{
    struct bus_options there = {.workers = 1, .spin_ns = spin_ns, .os = os};
    struct bus_options back = {.polled = true, .os = os};

    return (struct game){.there = open_bus(&there), .back = open_bus(&back)};
}

static void start_game(struct game *game)
{
    assert_int_equal(probe_ticked_subscribe(game->there, on_there, game, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(game->back, on_back, game, NULL), BUS_OK);
    assert_int_equal(bus_start(game->there), BUS_OK);
    assert_int_equal(bus_start(game->back), BUS_OK);
}

/* Plays until `count` came back. False: one did not, within the deadline. */
static bool play(struct game *game, uint64_t count, int deadline_ms)
{
    struct pollfd look = {.fd = bus_poll_descriptor(game->back), .events = POLLIN};

    game->wrong += bus_poll(game->back, 0, NULL) != BUS_OK;
    while (game->returned < count) {
        struct probe_ticked there = {.number = game->returned + 1};

        dawdle(&game->state);
        game->wrong += probe_ticked_publish(game->there, &there) != BUS_QUEUED;
        while (game->returned < there.number) {
            int ready = poll(&look, 1, deadline_ms);

            if (ready == 0 && !theft_pending())
                return false;
            game->wrong += ready < 0 || bus_poll(game->back, 0, NULL) != BUS_OK;
        }
    }
    return true;
}

static void end_game(struct game *game)
{
    assert_int_equal(atomic_load(&game->wrong), 0);
    finish_bus(&game->there);
    finish_bus(&game->back);
}

static void *play_body(void *argument)
{
    struct game *game = argument;

    game->lost = !play(game, pairs / (2 * GAMES * WAYS) + 1, DEADLINE_MS);
    return NULL;
}

static void play_all(const struct bus_os *os, uint64_t spin_ns)
{
    struct game games[GAMES];
    pthread_t threads[GAMES];

    for (uint64_t i = 0; i < GAMES; i++) {
        games[i] = open_game(os, spin_ns);
        games[i].state = i;
        start_game(&games[i]);
    }
    for (int i = 0; i < GAMES; i++)
        threads[i] = spawn(play_body, &games[i]);
    for (int i = 0; i < GAMES; i++)
        reap(threads[i]);
    for (int i = 0; i < GAMES; i++) {
        if (games[i].lost)
            fail_msg("number %llu did not come back", (unsigned long long)games[i].returned + 1);
        end_game(&games[i]);
    }
}

/* The worker parks as soon as it finds nothing. */
static void no_wake_up_is_lost(void **state)
{
    struct bus_os os = thief_os();

    (void)state;
    play_all(&os, 1);
    /* They did sleep. */
    assert_true(atomic_load(&thief.wakes) > pairs / (2 * WAYS) / 10);
    assert_true(atomic_load(&thief.raises) > pairs / (2 * WAYS) / 10);
}

/* It looks for a moment first, about as long as the other side takes. */
static void nor_at_the_end_of_a_spin(void **state)
{
    (void)state;
    play_all(NULL, 3 * BUS_MICROSECOND);
}

static bool no_barrier(void *context)
{
    (void)context;
    return false;
}

/* The system has no barrier for all threads: both sides fence. */
static void nor_with_fences(void **state)
{
    struct bus_os os = *bus_os_native();

    (void)state;
    os.barrier = no_barrier;
    play_all(&os, 1);
}

/* ---- a publisher that does not sleep comes just when the other side goes to sleep ---- */

struct chase {
    struct bus *bus;
    _Atomic uint64_t handled; /* last number */
    _Atomic uint64_t wrong;
    atomic_bool enough;
};

static enum bus_verdict on_chased(void *context, const struct probe_ticked *event,
                                  struct bus_delivery *delivery)
{
    struct chase *chase = context;

    (void)delivery;
    if (event->number != atomic_load(&chase->handled) + 1)
        atomic_fetch_add(&chase->wrong, 1);
    atomic_store(&chase->handled, event->number);
    return BUS_DONE;
}

static void *chased_poller(void *argument)
{
    struct chase *chase = argument;
    struct pollfd look = {.fd = bus_poll_descriptor(chase->bus), .events = POLLIN};

    while (!atomic_load(&chase->enough)) {
        if (bus_poll(chase->bus, 0, NULL) != BUS_OK)
            atomic_fetch_add(&chase->wrong, 1);
        (void)poll(&look, 1, atomic_load(&chase->enough) ? 0 : 2 * DEADLINE_MS);
    }
    return NULL;
}

/* Looks for the answer without sleeping; the next message follows after a time that drifts from
 * nothing to more than the other side needs to fall asleep. */
static void chase_all(struct chase *chase, uint64_t count)
{
    const struct bus_os *os = bus_os_native();

    for (uint64_t n = 1; n <= count; n++) {
        uint64_t give_up = os->monotonic_ns(os->context) + DEADLINE_MS * BUS_MILLISECOND;

        for (volatile uint64_t i = n * 7 % 6000; i > 0; i--)
            ;
        tick(chase->bus, n, BUS_QUEUED);
        for (uint64_t looks = 1; atomic_load(&chase->handled) < n; looks++)
            if (looks % 1024 == 0) {
                sched_yield();
                if (os->monotonic_ns(os->context) > give_up)
                    fail_msg("number %llu was not handled", (unsigned long long)n);
            }
    }
}

static void chase_workers(void **state)
{
    const uint64_t spins[] = {1, BUS_MICROSECOND};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct chase chase = {.bus = open_bus(&(struct bus_options){.spin_ns = spins[i]})};

        assert_int_equal(probe_ticked_subscribe(chase.bus, on_chased, &chase, NULL), BUS_OK);
        assert_int_equal(bus_start(chase.bus), BUS_OK);
        chase_all(&chase, pairs / 4 + 40000);
        assert_int_equal(atomic_load(&chase.wrong), 0);
        finish_bus(&chase.bus);
    }
}

static void chase_a_poller(void **state)
{
    struct chase chase = {.bus = open_polled()};
    pthread_t poller;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(chase.bus, on_chased, &chase, NULL), BUS_OK);
    poller = spawn(chased_poller, &chase);
    chase_all(&chase, pairs / 4);
    atomic_store(&chase.enough, true);
    tick(chase.bus, pairs / 4 + 1, BUS_QUEUED);
    reap(poller);
    poll_all(chase.bus);
    assert_int_equal(atomic_load(&chase.wrong), 0);
    finish_bus(&chase.bus);
}

/* ---- several publishers, several workers: the wakes of one may hide those of another, but in the
 * end all sleep, and what was published last must have been handled ---- */

struct burst {
    struct bus *bus;
    uint64_t state;
    uint64_t rounds;
    uint64_t wrong;
};

static enum bus_verdict on_keyed_count(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    latch_add(context, 1);
    return BUS_DONE;
}

static void *burst_body(void *argument)
{
    struct burst *burst = argument;

    for (uint64_t n = 0; n < burst->rounds; n++) {
        struct probe_keyed message = {.id = chance(&burst->state), .number = n};

        dawdle(&burst->state);
        burst->wrong += probe_keyed_publish(burst->bus, &message) != BUS_QUEUED;
    }
    return NULL;
}

static void bursts_are_handled_to_the_last(void **state)
{
    enum { PUBLISHERS = 2, ROUND = 50 };
    struct latch handled = LATCH_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2, .spin_ns = 1});
    uint64_t rounds = pairs / 2000 + 1;

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_count, &handled,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t round = 1; round <= rounds; round++) {
        struct burst bursts[PUBLISHERS];
        pthread_t threads[PUBLISHERS];

        for (uint64_t i = 0; i < PUBLISHERS; i++) {
            bursts[i] = (struct burst){bus, round * PUBLISHERS + i, ROUND, 0};
            threads[i] = spawn(burst_body, &bursts[i]);
        }
        for (int i = 0; i < PUBLISHERS; i++) {
            reap(threads[i]);
            assert_int_equal(bursts[i].wrong, 0);
        }
        assert_true(latch_wait(&handled, round * PUBLISHERS * ROUND));
    }
    finish_bus(&bus);
}

/* ---- controls: a wake-up that goes astray is noticed, where it was lost ---- */

enum { ASTRAY = 500 };

static void lose(uint64_t wake, uint64_t raise)
{
    struct bus_os os = thief_os();
    struct game game;

    game = open_game(&os, 1);
    start_game(&game);
    /* Not before the game has started: other wakes are nobody's loss. */
    assert_true(play(&game, 10, DEADLINE_MS));
    /* From some number on: one may come between the sleeper's look and its sleep, where it is
     * not needed. */
    atomic_store(&thief.lose_wake, wake == 0 ? 0 : atomic_load(&thief.wakes) + wake);
    atomic_store(&thief.lose_raise, raise == 0 ? 0 : atomic_load(&thief.raises) + raise);
    assert_false(play(&game, 1000000, 300));
    atomic_store(&thief.lose_wake, 0);
    atomic_store(&thief.lose_raise, 0);
    /* Given back, the game goes on as if nothing had been. */
    if (atomic_load(&thief.lost_word) != NULL)
        bus_os_native()->wake(NULL, atomic_load(&thief.lost_word), true);
    if (atomic_load(&thief.lost_descriptor) >= 0)
        bus_os_native()->signal_raise(NULL, atomic_load(&thief.lost_descriptor));
    assert_int_equal(atomic_load(&thief.lost_word) != NULL, wake != 0);
    assert_int_equal(atomic_load(&thief.lost_descriptor) >= 0, raise != 0);
    while (stats_of(game.back).queue_size + stats_of(game.there).queue_size > 0 ||
           account_of(game.there, NULL).running > 0)
        assert_int_equal(bus_poll(game.back, 0, NULL), BUS_OK);
    assert_true(play(&game, game.returned + 100, DEADLINE_MS));
    end_game(&game);
}

static void lost_wake_ups_are_noticed(void **state)
{
    (void)state;
    lose(ASTRAY, 0);
    lose(0, ASTRAY);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_wake_ups_are_noticed),
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(nor_at_the_end_of_a_spin),
        cmocka_unit_test(nor_with_fences),
        cmocka_unit_test(chase_workers),
        cmocka_unit_test(chase_a_poller),
        cmocka_unit_test(bursts_are_handled_to_the_last),
    };

    if (count > 1)
        pairs = strtoull(arguments[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
