/* covers: A4 */
#include "support.h"

#include "path/cell.h"

static void every_field_comes_back(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct cell cell = {.turn = 77};
        struct cell_head head = {
            .size = (uint32_t)next_random(&random) & 0xffffff,
            .flags = (uint32_t)next_random(&random) & 0xff,
            .type = (uint32_t)next_random(&random) & 0xffff,
            .session = (uint32_t)next_random(&random) & 0xffffff,
            .session_generation = (uint32_t)next_random(&random) & 0xffff,
            .attempt = (uint32_t)next_random(&random) & 0xff,
            .sequence = (uint32_t)next_random(&random),
            .publisher = (uint32_t)next_random(&random) & 0xffff,
            .time_ms = next_random(&random) & UINT64_C(0xffffffffff),
            .call_site = (const void *)(uintptr_t)(next_random(&random) & UINT64_C(0xffffffffffff)),
        };

        cell_set(&cell, &head);
        assert_int_equal(cell.turn, 77);
        assert_int_equal(cell_size(&cell), head.size);
        assert_int_equal(cell_flags(&cell), head.flags);
        assert_int_equal(cell_type(&cell), head.type);
        assert_int_equal(cell_session(&cell), head.session);
        assert_int_equal(cell_session_generation(&cell), head.session_generation);
        assert_int_equal(cell_attempt(&cell), head.attempt);
        assert_int_equal(cell_sequence(&cell), head.sequence & 0xffffff);
        assert_int_equal(cell_publisher(&cell), head.publisher);
        assert_int_equal(cell_time_ms(&cell), head.time_ms);
        assert_ptr_equal(cell_call_site(&cell), head.call_site);
    }
}

static void payload_lies_where_the_flags_say(void **state)
{
    _Alignas(64) uint8_t memory[256] = {0};
    _Alignas(64) uint8_t block[512];
    struct cell *cell = (struct cell *)(void *)memory;

    (void)state;
    cell_set(cell, &(struct cell_head){.size = 40});
    assert_null(cell_extension(cell));
    assert_ptr_equal(cell_payload(cell), memory + 32);
    assert_int_equal(cell_body_size(cell), 40);
    assert_int_equal(cell_used(cell), 72);

    cell_set(cell, &(struct cell_head){.size = 40, .flags = CELL_EXTENDED});
    assert_ptr_equal(cell_extension(cell), memory + 32);
    assert_ptr_equal(cell_payload(cell), memory + 128);
    assert_int_equal(cell_used(cell), 168);

    cell_set(cell, &(struct cell_head){.size = 400, .flags = CELL_EXTENDED | CELL_POOLED});
    cell_set_block(cell, block);
    assert_ptr_equal(cell_block(cell), block);
    assert_ptr_equal(cell_extension(cell), block);
    assert_ptr_equal(cell_payload(cell), block + 96);
    assert_int_equal(cell_body_size(cell), 496);
    assert_int_equal(cell_used(cell), 40);

    cell_set_skip(cell);
    assert_int_equal(cell_flags(cell), CELL_SKIP);
    assert_int_equal(cell_used(cell), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(payload_lies_where_the_flags_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
