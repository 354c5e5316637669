/* harness.c - see harness.h. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

const char bench_symbols[16][9] = {
    "ABCD.XET", "EFGH.NYS", "IJKL.LSE", "MNOP.TSE", "QRST.XET", "UVWX.NYS", "YZAB.LSE", "CDEF.TSE",
    "GHIJ.XET", "KLMN.NYS", "OPQR.LSE", "STUV.TSE", "WXYZ.XET", "BCDA.NYS", "FGHE.LSE", "JKLI.TSE",
};
const char bench_notes[16][21] = {
    "good till cancelled ", "immediate or cancel ", "fill or kill, please", "at the open, no more",
    "at the close, no mor", "all of it or nothing", "iceberg of a hundred", "hidden, mid of touch",
    "pegged to best offer", "post only, no taking", "stop at ten percent ", "trailing stop of two",
    "good for today only ", "one cancels another ", "market to limit here", "auction only, no mor",
};

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void pin_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

uint64_t expected_sum(uint64_t count)
{
    static uint64_t known_count;
    static uint64_t known_sum;

    if (count != known_count) {
        known_sum = 0;
        known_count = count;
        for (uint64_t i = 0; i < count; i++) {
            struct order order = order_of(i);

            known_sum += order_sum(order.order_id, order.customer_id, order.price, order.quantity,
                                   order.symbol, order.note);
        }
    }
    return known_sum;
}

bool reader_is_right(const struct reader *reader)
{
    return reader->wrong == 0 && reader->next == reader->count &&
           reader->sum == expected_sum(reader->count);
}

/* ---- two threads ---- */

struct pair {
    void (*consume)(void *context);
    void *context;
    uint32_t ready;
    uint64_t end;
};

static void *consumer_main(void *argument)
{
    struct pair *pair = argument;

    pin_to(WORKER_CPU);
    __atomic_store_n(&pair->ready, 1, __ATOMIC_RELEASE);
    pair->consume(pair->context);
    pair->end = now_ns();
    return NULL;
}

uint64_t run_pair(void (*produce)(void *context, uint64_t count), void (*consume)(void *context),
                  void *context, uint64_t count)
{
    struct pair pair = {.consume = consume, .context = context};
    pthread_t thread;
    uint64_t begin;

    if (pthread_create(&thread, NULL, consumer_main, &pair) != 0)
        abort();
    pin_to(PUBLISHER_CPU);
    while (__atomic_load_n(&pair.ready, __ATOMIC_ACQUIRE) == 0)
        pause_a_moment();
    begin = now_ns();
    produce(context, count);
    pthread_join(thread, NULL);
    return pair.end - begin;
}

/* ---- the distance of the two processors ---- */

enum { BLOCKS = 7, ROUND_TRIPS = 3000 };

static _Alignas(128) uint32_t ball;

static void *answer_main(void *argument)
{
    (void)argument;
    pin_to(WORKER_CPU);
    for (uint32_t i = 0; i < BLOCKS * ROUND_TRIPS; i++) {
        while (__atomic_load_n(&ball, __ATOMIC_ACQUIRE) != 2 * i + 1)
            pause_a_moment();
        __atomic_store_n(&ball, 2 * i + 2, __ATOMIC_RELEASE);
    }
    return NULL;
}

double pingpong_ns(void)
{
    double least = 0;
    pthread_t thread;

    ball = 0;
    if (pthread_create(&thread, NULL, answer_main, NULL) != 0)
        abort();
    pin_to(PUBLISHER_CPU);
    for (uint32_t block = 0; block < BLOCKS; block++) {
        uint64_t begin = now_ns();
        double way;

        for (uint32_t i = block * ROUND_TRIPS; i < (block + 1) * ROUND_TRIPS; i++) {
            __atomic_store_n(&ball, 2 * i + 1, __ATOMIC_RELEASE);
            while (__atomic_load_n(&ball, __ATOMIC_ACQUIRE) != 2 * i + 2)
                pause_a_moment();
        }
        way = (double)(now_ns() - begin) / (2.0 * ROUND_TRIPS);
        /* The least: a block in which one side was preempted says nothing about the distance. */
        if (block == 0 || way < least)
            least = way;
    }
    pthread_join(thread, NULL);
    return least;
}
