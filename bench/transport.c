/* transport.c - see transport.h. */
#include "transport.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* What one publisher's thread does in a phase. */
struct publisher {
    struct phase *phase;
    unsigned index;
    uint64_t begin_ns;
    bool failed;
    void (*work)(struct publisher *publisher, void *handle);
    uint64_t *sent;              /* latency: ticks before each publish */
    struct histogram *histogram; /* publish times */
};

/* The warm-up or the measurement. */
struct phase {
    const struct transport *transport;
    const struct shape *shape;
    void *instance;
    struct reader *reader;
    uint64_t each; /* messages of each publisher */
    unsigned count;
    pthread_barrier_t start;
    struct publisher publishers[PUBLISHERS_MAX];
};

static unsigned publishers_of(const struct shape *shape)
{
    return shape->publishers == 0 ? 1 : shape->publishers;
}

static uint64_t first_of(const struct publisher *publisher)
{
    return (uint64_t)publisher->index << PUBLISHER_SHIFT;
}

/* ---- what publishers do ---- */

static void publish_all(struct publisher *publisher, void *handle)
{
    const struct phase *phase = publisher->phase;

    publisher->failed = !phase->transport->publish(handle, first_of(publisher), phase->each);
}

/* When messages are due. One that should have gone while this thread was not running is not made up
 * for: a burst would measure the queue. */
struct pace {
    uint64_t interval; /* 0: as fast as possible */
    uint64_t due;
};

static struct pace pace_of(const struct shape *shape)
{
    struct pace pace = {0};

    if (shape->rate != 0)
        pace.interval = (uint64_t)(1e9 / (double)shape->rate / ns_per_tick());
    pace.due = ticks() + pace.interval;
    return pace;
}

static void wait_until_due(struct pace *pace)
{
    uint64_t now;

    if (pace->interval == 0)
        return;
    while ((now = ticks()) < pace->due)
        pause_a_moment();
    pace->due = (now - pace->due < pace->interval ? pace->due : now) + pace->interval;
}

static void publish_timed(struct publisher *publisher, void *handle)
{
    const struct phase *phase = publisher->phase;
    struct pace pace = pace_of(phase->shape);
    uint64_t first = first_of(publisher);

    for (uint64_t i = 0; i < phase->each && !publisher->failed; i++) {
        uint64_t begin;

        wait_until_due(&pace);
        begin = ticks();
        publisher->failed = !phase->transport->publish(handle, first + i, 1);
        histogram_add(publisher->histogram, ticks() - begin);
    }
}

static void publish_paced(struct publisher *publisher, void *handle)
{
    const struct phase *phase = publisher->phase;
    struct pace pace = pace_of(phase->shape);

    for (uint64_t i = 0; i < phase->each && !publisher->failed; i++) {
        wait_until_due(&pace);
        publisher->sent[i] = ticks();
        publisher->failed = !phase->transport->publish(handle, i, 1);
    }
}

/* ---- threads ---- */

static void *publisher_main(void *argument)
{
    struct publisher *publisher = argument;
    struct phase *phase = publisher->phase;
    const struct transport *transport = phase->transport;
    void *handle = phase->instance;

    pin_to(phase->shape->across && publisher->index % 2 != 0 ? WORKER_CPU : PUBLISHER_CPU);
    if (transport->join != NULL)
        handle = transport->join(phase->instance, publisher->index);
    pthread_barrier_wait(&phase->start);
    publisher->begin_ns = now_ns();
    if (handle == NULL)
        publisher->failed = true;
    else
        publisher->work(publisher, handle);
    if (handle != NULL && transport->leave != NULL)
        transport->leave(handle);
    return NULL;
}

static void *consumer_main(void *argument)
{
    struct phase *phase = argument;

    pin_to(WORKER_CPU);
    pthread_barrier_wait(&phase->start);
    phase->transport->consume(phase->instance);
    return NULL;
}

static void start(pthread_t *thread, void *(*main_function)(void *), void *argument)
{
    if (pthread_create(thread, NULL, main_function, argument) != 0) {
        fprintf(stderr, "bench: no thread\n");
        abort();
    }
}

/* A consumer would wait for ever for what a failed publisher never sent. */
static void stop_if_failed(const struct phase *phase)
{
    for (unsigned i = 0; i < phase->count; i++) {
        if (phase->publishers[i].failed) {
            fprintf(stderr, "bench: a publisher failed\n");
            __atomic_store_n(&phase->reader->done, 1, __ATOMIC_RELEASE);
        }
    }
}

/* Nanoseconds from the first publish to the end of the last handler. */
static uint64_t run_phase(struct phase *phase)
{
    pthread_t threads[PUBLISHERS_MAX];
    pthread_t consumer;
    bool consumes = phase->transport->consume != NULL;
    uint64_t begin = UINT64_MAX;
    unsigned waited = 0;

    pthread_barrier_init(&phase->start, NULL, phase->count + (consumes ? 1 : 0));
    if (consumes)
        start(&consumer, consumer_main, phase);
    for (unsigned i = 0; i < phase->count; i++)
        start(&threads[i], publisher_main, &phase->publishers[i]);
    for (unsigned i = 0; i < phase->count; i++) {
        pthread_join(threads[i], NULL);
        if (phase->publishers[i].begin_ns < begin)
            begin = phase->publishers[i].begin_ns;
    }
    stop_if_failed(phase);
    if (consumes)
        pthread_join(consumer, NULL);
    while (!reader_is_done(phase->reader))
        wait_a_moment(&waited);
    pthread_barrier_destroy(&phase->start);
    return phase->reader->end_ns - begin;
}

/* ---- checks ---- */

static uint64_t sum_of(const struct shape *shape, uint64_t number)
{
    struct order order = order_of(number);

    if (shape->payload != 0)
        return blob_sum(number, blob_of(number), shape->payload);
    return order_sum(order.order_id, order.customer_id, order.price, order.quantity, order.symbol,
                     order.note);
}

static bool is_right(const struct phase *phase)
{
    const struct reader *reader = phase->reader;
    uint64_t sum = 0;

    for (unsigned p = 0; p < phase->count; p++)
        for (uint64_t i = 0; i < phase->each; i++)
            sum += sum_of(phase->shape, first_of(&phase->publishers[p]) + i);
    if (reader->wrong == 0 && reader->received == reader->count && reader->sum == sum)
        return true;
    fprintf(stderr, "bench: %llu of %llu arrived, %llu out of order, the sum is %s\n",
            (unsigned long long)reader->received, (unsigned long long)reader->count,
            (unsigned long long)reader->wrong, reader->sum == sum ? "right" : "wrong");
    return false;
}

/* ---- the three measurements ---- */

/* Begins a phase of `total` messages. */
static void prepare(struct phase *phase, uint64_t total,
                    void (*work)(struct publisher *publisher, void *handle))
{
    phase->count = publishers_of(phase->shape);
    phase->each = total / phase->count;
    if (phase->each == 0)
        phase->each = 1;
    for (unsigned i = 0; i < phase->count; i++)
        phase->publishers[i] = (struct publisher){.phase = phase, .index = i, .work = work};
    *phase->reader = (struct reader){.count = phase->each * phase->count};
}

bool transport_warms = true;

/* Opens it, warms up (every page touched, every route known) and prepares `count` messages. */
static bool open_warm(struct phase *phase, uint64_t count,
                      void (*work)(struct publisher *publisher, void *handle))
{
    uint64_t warm = transport_warms ? 2 * capacity_of(phase->shape) : 64;

    processors_are_shared = publishers_of(phase->shape) > 1;
    pin_to(WORKER_CPU);
    phase->instance = phase->transport->open(phase->shape, phase->reader);
    pin_to(PUBLISHER_CPU);
    if (phase->instance == NULL)
        return false;
    prepare(phase, warm, publish_all);
    run_phase(phase);
    if (!is_right(phase)) {
        phase->transport->close(phase->instance);
        return false;
    }
    prepare(phase, count, work);
    return true;
}

static bool finish(struct phase *phase)
{
    phase->transport->close(phase->instance);
    return is_right(phase);
}

double transport_throughput(const struct transport *transport, const struct shape *shape,
                            uint64_t count)
{
    struct reader reader;
    struct phase phase = {.transport = transport, .shape = shape, .reader = &reader};
    uint64_t took;

    if (!open_warm(&phase, count, publish_all))
        return -1;
    took = run_phase(&phase);
    return finish(&phase) ? (double)took / (double)reader.count : -1;
}

bool transport_latency(const struct transport *transport, const struct shape *shape, uint64_t count,
                       struct histogram *histogram)
{
    struct reader reader;
    struct phase phase = {.transport = transport, .shape = shape, .reader = &reader};
    uint64_t *times = calloc(2 * count, sizeof *times);
    bool right = false;

    if (times == NULL || !open_warm(&phase, count, publish_paced))
        goto out;
    memset(times, 1, 2 * count * sizeof *times); /* no page is new when it counts */
    ns_per_tick();
    phase.publishers[0].sent = times;
    reader.arrivals = times + count;
    run_phase(&phase);
    right = finish(&phase);
    /* The first tenth is the way into the rhythm. */
    for (uint64_t i = count / 10; i < count && right; i++)
        histogram_add(histogram, times[count + i] > times[i] ? times[count + i] - times[i] : 0);
out:
    free(times);
    return right;
}

bool transport_publish_times(const struct transport *transport, const struct shape *shape,
                             uint64_t count, struct histogram *histogram)
{
    struct reader reader;
    struct phase phase = {.transport = transport, .shape = shape, .reader = &reader};
    unsigned publishers = publishers_of(shape);
    struct histogram *each = calloc(publishers, sizeof *each);
    bool right = false;

    ns_per_tick();
    if (each != NULL && open_warm(&phase, count, publish_timed)) {
        for (unsigned i = 0; i < publishers; i++)
            phase.publishers[i].histogram = &each[i];
        run_phase(&phase);
        right = finish(&phase);
        for (unsigned i = 0; i < publishers; i++)
            histogram_merge(histogram, &each[i]);
    }
    free(each);
    return right;
}
