/*
 * bus_options.prefault: the first pass over lanes, drop rings and pool meets no page that was not
 * there. Minor faults of the publishing thread are counted; without the option they are many, each
 * page one.
 *
 * covers: N2
 */
#include "support.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CAPACITY = 8192, CELL = 512, LARGE = 3000, POOL = 32 << 20 };
/* What the system may add on its own, by moving a page or a thread. */
enum { STRAY = 8 };

static uint64_t minor_faults(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    return (uint64_t)usage.ru_minflt;
}

/* ---- ways to publish: false when there is no room ---- */

static bool publish_ticked(struct bus *bus, uint64_t number)
{
    return probe_ticked_publish(bus, &(struct probe_ticked){.number = number}) == BUS_QUEUED;
}

static bool publish_shed(struct bus *bus, uint64_t number)
{
    return probe_shed_publish(bus, &(struct probe_shed){.number = number}) == BUS_QUEUED;
}

/* Larger than a cell. */
static bool publish_bulked(struct bus *bus, uint64_t number)
{
    static const uint8_t data[LARGE];
    struct probe_bulked message = {.number = number, .data = {data, sizeof data}};

    return probe_bulked_publish(bus, &message) == BUS_QUEUED;
}

static enum bus_verdict count_ticked(void *context, const struct probe_ticked *event,
                                     struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ++*(uint64_t *)context;
    return BUS_DONE;
}

static enum bus_verdict count_shed(void *context, const struct probe_shed *event,
                                   struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ++*(uint64_t *)context;
    return BUS_DONE;
}

static enum bus_verdict count_bulked(void *context, const struct probe_bulked *event,
                                     struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ++*(uint64_t *)context;
    return BUS_DONE;
}

/* ---- a first pass ---- */

/* Until `most` are published or nothing fits. */
static uint64_t fill(struct bus *bus, bool (*publish)(struct bus *, uint64_t), uint64_t most)
{
    uint64_t published = 0;

    while (published < most && publish(bus, published))
        published++;
    return published;
}

/* Publishes until each place was used, in two rounds: a drop ring has more slots than its capacity.
 * Returns the faults of the publishing thread, which also polls; `*bytes` is what it wrote to. */
static uint64_t first_pass(bool prefault, bool (*publish)(struct bus *, uint64_t), uint64_t size,
                           uint64_t *bytes)
{
    struct bus_options options = {.polled = true,
                                  .capacity = {64, 64, CAPACITY, 64, 64},
                                  .cell_size = CELL,
                                  .pool_bytes = POOL,
                                  .prefault = prefault};
    struct bus *bus = open_bus(&options);
    uint64_t count = 0, published, faults;

    assert_int_equal(probe_ticked_subscribe(bus, count_ticked, &count, NULL), BUS_OK);
    assert_int_equal(probe_shed_subscribe(bus, count_shed, &count, NULL), BUS_OK);
    assert_int_equal(probe_bulked_subscribe(bus, count_bulked, &count, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    /* The thread's record and the code: not what this is about. */
    published = fill(bus, publish, 1);
    poll_all(bus);
    faults = minor_faults();
    for (int round = 0; round < 2; round++) {
        published += fill(bus, publish, CAPACITY);
        poll_all(bus);
    }
    faults = minor_faults() - faults;
    assert_int_equal(count, published);
    *bytes = published / 2 * size;
    finish_bus(&bus);
    return faults;
}

static void assert_prefaults(bool (*publish)(struct bus *, uint64_t), uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes, faults;

    faults = first_pass(true, publish, size, &bytes);
    if (faults > STRAY)
        fail_msg("%llu faults in %llu bytes that were touched", (unsigned long long)faults,
                 (unsigned long long)bytes);
    /* The control: the same without the option. */
    faults = first_pass(false, publish, size, &bytes);
    assert_true(bytes / page > 100 * STRAY);
    if (faults < bytes / page / 2)
        fail_msg("%llu faults in %llu bytes that were not touched", (unsigned long long)faults,
                 (unsigned long long)bytes);
}

static void lanes_are_there(void **state)
{
    (void)state;
    assert_prefaults(publish_ticked, CELL);
}

/* Theirs are made when the type is seen: by bus_open when the schema is given, else later. */
static void drop_rings_are_there(void **state)
{
    (void)state;
    assert_prefaults(publish_shed, CELL);
}

static void the_pool_is_there(void **state)
{
    (void)state;
    assert_prefaults(publish_bulked, LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_there),
        cmocka_unit_test(drop_rings_are_there),
        cmocka_unit_test(the_pool_is_there),
    };

    /* A huge page would hide the faults of the control. */
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
