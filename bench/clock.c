/* clock.c - see clock.h. */
#include "clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

double ns_per_tick(void)
{
    static double known;

    if (known == 0) {
        uint64_t begin = now_ns();
        uint64_t from = ticks();
        uint64_t end;

        while ((end = now_ns()) - begin < 20000000)
            pause_a_moment();
        known = (double)(end - begin) / (double)(ticks() - from);
    }
    return known;
}

void pin_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* About 10 us of looking, more than the processors need to hand over anything. */
enum { LOOKS = 256 };

bool processors_are_shared;

void wait_a_moment(unsigned *times)
{
    if (++*times % LOOKS != 0 || !processors_are_shared)
        pause_a_moment();
    else
        sched_yield();
}

/* ---- the distance of the two processors ---- */

enum { BLOCKS = 7, ROUND_TRIPS = 1000 };

static uint32_t ball __attribute__((aligned(128)));

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

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return 0;
    __atomic_store_n(&ball, 0, __ATOMIC_RELAXED);
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
