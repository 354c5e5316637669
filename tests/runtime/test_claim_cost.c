/*
 * Zero-copy publish is what it says: the handler reads the very bytes that were filled, and what a
 * claim and its commit cost has nothing to do with the size of the field.
 * covers: C7, P10
 */
#include "support.h"

#include "steps.h"

/* ---- the same place ---- */

struct place {
    const uint8_t *data;
    uint32_t size;
    bool filled;
};

static enum bus_verdict on_bulk(void *context, const struct probe_bulked *event,
                                struct bus_delivery *delivery)
{
    struct place *place = context;

    (void)delivery;
    place->data = event->data.data;
    place->size = event->data.size;
    place->filled = event->data.size > 0;
    for (uint32_t i = 0; i < event->data.size; i++)
        place->filled = place->filled && event->data.data[i] == (uint8_t)(i * 7 + event->number);
    return BUS_DONE;
}

/* In the cell of a lane and in a block of the pool, on a worker's thread as well. */
static void handlers_read_what_was_filled(void **state)
{
    static const uint32_t sizes[] = {16, 64, 300, 1024, 4096, 6000};

    (void)state;
    for (uint32_t cell = 64; cell <= 1024; cell *= 2)
        for (int polled = 0; polled < 2; polled++) {
            struct bus *bus = open_bus(
                &(struct bus_options){.polled = polled != 0, .workers = 1, .cell_size = cell});
            struct place place = {0};

            assert_int_equal(bus_start(bus), BUS_OK);
            assert_int_equal(probe_bulked_subscribe(bus, on_bulk, &place, NULL), BUS_OK);
            for (uint64_t n = 0; n < 6; n++) {
                struct probe_bulked shape = {.number = n, .data = {NULL, sizes[n]}};
                struct bus_claim claim;
                uint32_t size;
                uint8_t *data;

                place = (struct place){0};
                assert_int_equal(probe_bulked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
                data = probe_bulked_claim_data(&claim, &size);
                for (uint32_t i = 0; i < size; i++)
                    data[i] = (uint8_t)(i * 7 + n);
                assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
                if (polled != 0)
                    assert_int_equal(poll_all(bus), 1);
                else
                    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
                assert_ptr_equal(place.data, data);
                assert_int_equal(place.size, sizes[n]);
                assert_true(place.filled);
            }
            finish_bus(&bus);
        }
}

/* Short ones are zero until they are filled; long ones are not touched, nor is what is behind them:
 * the message still verifies. */
static void what_is_reserved(void **state)
{
    struct bus *bus = open_polled();
    struct place place = {0};
    struct bus_claim claim;
    uint32_t size;

    (void)state;
    assert_int_equal(probe_bulked_subscribe(bus, on_bulk, &place, NULL), BUS_OK);
    for (uint32_t wanted = 1; wanted <= 6000; wanted += wanted < 300 ? 1 : 977) {
        struct probe_bulked shape = {.number = 1, .data = {NULL, wanted}};
        uint8_t *data;

        for (int round = 0; round < 2; round++) { /* the second time over what the first left */
            assert_int_equal(probe_bulked_claim(bus, &shape, NULL, &claim), BUS_QUEUED);
            data = probe_bulked_claim_data(&claim, &size);
            assert_int_equal(size, wanted);
            for (uint32_t i = 0; wanted <= BUS_RESERVED_CLEAR && i < size; i++)
                assert_int_equal(data[i], 0);
            memset(data, 0xee, size);
            assert_true(
                bus_wire_verify(probe_bulked_type.codec.table, claim.bytes, claim.size, NULL));
            if (round == 0)
                assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
            else
                bus_claim_abort(&claim);
            poll_all(bus);
        }
    }
    finish_bus(&bus);
}

/* ---- the same instructions ---- */

struct way {
    uint32_t size;
    bool copies; /* publishes instead: the control */
};

enum { WARM = 4 };

static int publish_once(struct bus *bus, const struct way *way, bool counted)
{
    static uint8_t source[6000];
    struct probe_bulked message = {.number = 1, .data = {NULL, way->size}};
    enum bus_outcome outcome;
    struct bus_claim claim;
    uint32_t ran;

    if (counted)
        steps_begin();
    if (way->copies) {
        message.data.data = source;
        outcome = probe_bulked_publish(bus, &message);
    } else {
        outcome = probe_bulked_claim(bus, &message, NULL, &claim);
        if (outcome == BUS_QUEUED)
            outcome = bus_claim_commit(&claim);
    }
    if (counted)
        steps_end();
    return outcome == BUS_QUEUED && bus_poll(bus, 0, &ran) == BUS_OK && ran == 1 ? 0 : 1;
}

static int run(void *context)
{
    const struct way *way = context;
    struct bus *bus = NULL;
    struct place place;

    if (bus_open(&bus, &(struct bus_options){.polled = true, .os = frozen_os()}) != BUS_OK ||
        bus_start(bus) != BUS_OK || probe_bulked_subscribe(bus, on_bulk, &place, NULL) != BUS_OK)
        return 1;
    for (int i = 0; i < WARM; i++)
        if (publish_once(bus, way, false) != 0)
            return 1;
    return publish_once(bus, way, true);
}

static uint64_t cost(uint32_t size, bool copies)
{
    struct way way = {size, copies};
    uint64_t steps = steps_of(run, &way);

    assert_true(steps > 0);
    return steps;
}

/* A copy shows: with any instruction there is it takes one for each 64 bytes. */
enum { A_COPY = (6000 - 600) / 64 };

/* Above what is cleared, each size costs the same, to the instruction. */
static void the_size_costs_nothing(void **state)
{
    static const uint32_t sizes[] = {1024, 4096, 6000};
    const uint64_t small = cost(600, false);

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_int_equal(cost(sizes[i], false), small);
    assert_true(cost(6000, true) >= cost(600, true) + A_COPY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_read_what_was_filled),
        cmocka_unit_test(what_is_reserved),
        cmocka_unit_test(the_size_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
