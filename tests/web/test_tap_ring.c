/*
 * The ring of a tap beside a list: what comes out is what went in, in its order, whole; and it
 * refuses only what does not fit.
 * covers: K5
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/tap_ring.h"

enum { SIZE = 512, MOST = 180, WAITING = 64 };

struct waiting {
    size_t size;
    uint8_t bytes[MOST];
};

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Of a size from 2 to MOST, in two parts. */
static void make(struct waiting *one, uint64_t *state)
{
    one->size = 2 + next_random(state) % (MOST - 1);
    for (size_t i = 0; i < one->size; i++)
        one->bytes[i] = (uint8_t)next_random(state);
}

static void it_holds_what_a_list_holds(void **state)
{
    static struct waiting list[WAITING];
    uint8_t *memory = malloc(SIZE), out[MOST + 8];
    struct tap_ring ring = {.size = SIZE, .memory = memory};
    uint64_t random = 1, first = 0, last = 0, refused = 0, used = 0;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        if (next_random(&random) % 5 < 3 && last - first < WAITING) {
            struct waiting *one = &list[last % WAITING];
            size_t size, part;

            make(one, &random);
            size = (8 + one->size + 7) / 8 * 8;
            part = 1 + next_random(&random) % (one->size - 1);
            if (tap_ring_put(&ring, one->bytes, part, one->bytes + part, one->size - part)) {
                last++;
                used += size;
            } else {
                refused++;
                /* No room in a row: what is skipped now and was before is less than a record. */
                assert_true(used + 2 * size + MOST + 16 > SIZE);
            }
        } else if (first < last) {
            const struct waiting *one = &list[first++ % WAITING];

            assert_true(tap_ring_take(&ring, out));
            assert_memory_equal(out, one->bytes, one->size);
            used -= (8 + one->size + 7) / 8 * 8;
        } else {
            assert_false(tap_ring_take(&ring, out));
        }
    }
    assert_true(last > 50000 && refused > 1000);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_a_list_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
