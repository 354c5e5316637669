/*
 * What a worker does beside its lanes: mail of other threads, timers of its own.
 * covers: F5, C8
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <poll.h>
#include <pthread.h>

#include <cmocka.h>

#include "probe.bus.h"

#include "support.h"

enum { LETTERS = 2000, POSTERS = 4 };

struct letter {
    struct mail mail;
    uint32_t poster;
    uint32_t number;
};

struct alarm {
    struct timer timer;
    uint32_t number;
};

static uint32_t seen[POSTERS];
static uint32_t wrong;
static uint32_t fired[64], fired_count;

static void read_letter(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct letter *letter = (struct letter *)(void *)mail;

    if (thread->worker != worker || letter->number != seen[letter->poster])
        atomic_store_release_u32(&wrong, 1);
    atomic_store_release_u32(&seen[letter->poster], letter->number + 1);
}

static void note_alarm(struct worker *worker, struct thread *thread, struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)(void *)timer;

    (void)worker;
    (void)thread;
    fired[fired_count % 64] = alarm->number;
    atomic_store_release_u32(&fired_count, fired_count + 1);
}

static void reset(void)
{
    memset(seen, 0, sizeof seen);
    wrong = fired_count = 0;
}

static struct bus *open_started(const struct bus_options *options)
{
    struct bus *bus = NULL;

    reset();
    assert_int_equal(bus_open(&bus, options), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void close_bus(struct bus *bus)
{
    assert_int_equal(bus_stop(bus, 10 * BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- threads ---- */

static struct letter letters[POSTERS][LETTERS];
static struct bus *posted_to;

static void *post_all(void *argument)
{
    uint32_t poster = (uint32_t)(uintptr_t)argument;

    for (uint32_t i = 0; i < LETTERS; i++) {
        letters[poster][i] = (struct letter){{NULL, read_letter}, poster, i};
        worker_post(&posted_to->workers[0], &letters[poster][i].mail);
        if (i % 64 == 0)
            sched_yield();
    }
    return NULL;
}

/* Sleeping or not, the worker opens all of it, each poster's in order. */
static void mail_of_several_threads_arrives_in_order(void **state)
{
    pthread_t threads[POSTERS];

    (void)state;
    posted_to = open_started(&(struct bus_options){.workers = 1});
    for (uintptr_t i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, (void *)i), 0);
    for (uint32_t i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < POSTERS; i++)
        while (atomic_load_acquire_u32(&seen[i]) != LETTERS)
            sched_yield();
    assert_int_equal(wrong, 0);
    assert_int_equal(atomic_load_acquire_u32(&posted_to->watchers), 0);
    close_bus(posted_to);
}

static void set_alarm(struct worker *worker, struct thread *thread, struct mail *mail)
{
    static struct alarm alarm;

    (void)thread;
    (void)mail;
    alarm = (struct alarm){{.fire = note_alarm}, 5};
    worker_timer(worker, &alarm.timer, bus_until(worker->bus, 2 * BUS_MILLISECOND));
}

/* The worker sleeps until then, and wakes by itself. */
static void a_sleeping_worker_wakes_for_its_timer(void **state)
{
    static struct mail mail = {NULL, set_alarm};
    struct bus *bus;

    (void)state;
    bus = open_started(&(struct bus_options){.workers = 1});
    worker_post(&bus->workers[0], &mail);
    while (atomic_load_acquire_u32(&fired_count) == 0)
        sched_yield();
    assert_int_equal(fired[0], 5);
    close_bus(bus);
}

/* ---- by steps, in virtual time ---- */

static enum bus_verdict on_ping(void *context, const struct probe_ping *event,
                                struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ++*(uint32_t *)context;
    return BUS_DONE;
}

/* Many due timers do not keep the lanes waiting, and early ones do not fire. */
static void timers_and_messages_take_turns(void **state)
{
    static struct alarm alarms[40];
    struct bus_options options = {.polled = true};
    struct test_os test;
    struct worker *worker;
    uint32_t pings = 0, ran;
    struct bus *bus;

    (void)state;
    test_os_init(&test);
    test.virtual_clock = true;
    options.os = &test.os;
    bus = open_started(&options);
    worker = &bus->workers[0];
    assert_int_equal(probe_ping_subscribe(bus, on_ping, &pings, NULL), BUS_OK);
    for (uint32_t i = 0; i < 40; i++) {
        alarms[i] = (struct alarm){{.fire = note_alarm}, i};
        worker_timer(worker, &alarms[i].timer, test.now_ns + 1000 + i / 20 * BUS_SECOND);
    }
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 1}), BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(ran, 1);
    assert_int_equal(fired_count, 0);
    test.now_ns += 1000;
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 2}), BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 17, &ran), BUS_OK);
    assert_int_equal(ran, 17);
    assert_int_equal(fired_count, 16);
    assert_int_equal(pings, 2);
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(fired_count, 20);
    assert_int_equal(worker->timers.next_ns, test.now_ns + BUS_SECOND);
    test.now_ns += BUS_SECOND;
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(fired_count, 40);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(fired[i], i);
    assert_int_equal(worker->attention, 0);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(test.memory.bytes, 0);
}

static bool readable(struct bus *bus, int timeout_ms)
{
    struct pollfd look = {.fd = bus_poll_descriptor(bus), .events = POLLIN};

    return poll(&look, 1, timeout_ms) == 1 && (look.revents & POLLIN) != 0;
}

/* A polled bus tells its event loop. */
static void the_descriptor_is_readable_when_a_timer_is_due_or_mail_came(void **state)
{
    static struct letter letter = {{NULL, read_letter}, 0, 0};
    struct alarm alarm = {{.fire = note_alarm}, 9};
    struct bus *bus;
    uint32_t ran;

    (void)state;
    bus = open_started(&(struct bus_options){.polled = true});
    while (bus_poll(bus, 0, &ran) == BUS_OK && ran != 0)
        continue;
    assert_false(readable(bus, 0));
    worker_timer(&bus->workers[0], &alarm.timer, bus_until(bus, 5 * BUS_MILLISECOND));
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    while (fired_count == 0) {
        assert_true(readable(bus, 20000));
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    }
    assert_false(readable(bus, 0));
    worker_post(&bus->workers[0], &letter.mail);
    assert_true(readable(bus, 0));
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(seen[0], 1);
    assert_int_equal(wrong, 0);
    assert_false(readable(bus, 0));
    close_bus(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_of_several_threads_arrives_in_order),
        cmocka_unit_test(a_sleeping_worker_wakes_for_its_timer),
        cmocka_unit_test(timers_and_messages_take_turns),
        cmocka_unit_test(the_descriptor_is_readable_when_a_timer_is_due_or_mail_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
