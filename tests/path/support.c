#include "support.h"

#include <pthread.h>
#include <stdlib.h>

#include <bus/os.h>

#include "path/lane.h"

void *get_memory(size_t size)
{
    const struct bus_os *os = bus_os_native();
    void *memory = os->allocate(os->context, size, 64);

    assert_non_null(memory);
    return memory;
}

void free_memory(void *memory, size_t size)
{
    const struct bus_os *os = bus_os_native();

    os->release(os->context, memory, size);
}

uint32_t work(uint32_t full)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return full / 10;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    return full / 10;
#else
    return full;
#endif
#else
    return full;
#endif
}

struct starter {
    pthread_barrier_t *barrier;
    thread_body body;
    void *argument;
    uint32_t index;
};

static void *start(void *argument)
{
    struct starter *starter = argument;

    pthread_barrier_wait(starter->barrier);
    starter->body(starter->argument, starter->index);
    return NULL;
}

void run_threads(uint32_t count, thread_body body, void *argument)
{
    pthread_barrier_t barrier;
    pthread_t *threads = calloc(count, sizeof *threads);
    struct starter *starters = calloc(count, sizeof *starters);

    assert_non_null(threads);
    assert_non_null(starters);
    pthread_barrier_init(&barrier, NULL, count);
    for (uint32_t i = 0; i < count; i++) {
        starters[i] = (struct starter){&barrier, body, argument, i};
        assert_int_equal(pthread_create(&threads[i], NULL, start, &starters[i]), 0);
    }
    for (uint32_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    free(starters);
    free(threads);
}

const struct lane_producer *producer_here(void)
{
    static uint32_t producers;
    static _Thread_local struct lane_producer producer;

    if (producer.id == 0) {
        lane_producer_init(&producer, __atomic_add_fetch(&producers, 1, __ATOMIC_RELAXED) & 0xffff);
        lane_producer_adopt(&producer);
    }
    return &producer;
}

uint64_t next_random(uint64_t *state)
{
    uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}
