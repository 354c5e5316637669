/*
 * What a command that runs on its caller answers is what it answers through a lane.
 * covers: A2, B4, B11
 */
#include "desk.h"

static void answers_of_every_kind(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_gauge request = {.number = 7, .digest = {4}};
        struct handed_gauge_result result;
        struct handed_name_result named;

        memset(&result, 0xee, sizeof result);
        assert_int_equal(handed_gauge_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(result.answer, HANDED_GAUGE_CLOSED);
        assert_string_equal(result.run.error.text, "");
        assert_int_equal(result.run.error.code, 0);
        assert_false(result.run.dead_lettered);
        request.number = 8;
        request.at.x = 142;
        assert_int_equal(handed_gauge_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(result.answer, HANDED_GAUGE_TOO_FAR);
        assert_int_equal(result.too_far.by, 42);
        request.at.x = 0;
        desk.act = ANSWER_NULL;
        assert_int_equal(handed_gauge_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(result.answer, HANDED_GAUGE_OK);
        assert_int_equal(result.ok.number, 0);
        assert_int_equal(result.ok.digest[0], 0);
        for (uint64_t n = 0; n < 33; n++) {
            assert_int_equal(handed_name_execute(bus, &(struct handed_name){.number = n}, &named),
                             BUS_ANSWERED);
            assert_int_equal(named.ok.text.size, n);
            assert_int_equal(named.ok.text.data[n], '\0');
            assert_true(n == 0 || named.ok.text.data[n - 1] == (char)('a' + (int)(n % 26)));
            assert_true((const uint8_t *)named.ok.text.data >= (const uint8_t *)&named &&
                        (const uint8_t *)named.ok.text.data < (const uint8_t *)(&named + 1));
        }
        assert_int_equal(stats_of(bus).pool_bytes_used, 0);
        finish_bus(&bus);
    }
}

static void faults_are_the_same(void **state)
{
    static const struct {
        enum desk_act act;
        int32_t code;
    } cases[] = {
        {ANSWER_AND_FAIL, 5},
        {ANSWER_TWICE, BUS_FAULT_SECOND_ANSWER},
        {ANSWER_BADLY, BUS_FAULT_BAD_ANSWER},
        {NO_ANSWER, BUS_FAULT_NO_ANSWER},
    };

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_gauge_result result;
        struct handed_name_result named;
        struct bus_account account;

        for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            desk.act = cases[i].act;
            assert_int_equal(
                handed_gauge_execute(bus, &(struct handed_gauge){.number = 1}, &result),
                BUS_FAULTED);
            assert_int_equal(result.run.outcome, BUS_FAULTED);
            assert_int_equal(result.run.error.code, cases[i].code);
            assert_int_equal(result.answer, HANDED_GAUGE_NO_ANSWER);
            assert_true(result.run.error.text[0] != '\0');
        }
        assert_int_equal(handed_name_execute(bus, &(struct handed_name){.number = 33}, &named),
                         BUS_FAULTED); /* a text of 33 bytes */
        assert_int_equal(named.run.error.code, BUS_FAULT_BAD_ANSWER);
        account = account_of(bus, &handed_gauge_type);
        assert_int_equal(account.accepted, 4);
        assert_int_equal(account.failed, 4);
        assert_int_equal(account.calls_failed, 4);
        /* The next one is not touched by any of it. */
        desk.act = ANSWER;
        assert_int_equal(handed_gauge_execute(bus, &(struct handed_gauge){.number = 2}, &result),
                         BUS_ANSWERED);
        assert_int_equal(result.ok.number, 2);
        assert_int_equal(result.run.error.code, 0);
        assert_string_equal(result.run.error.text, "");
        finish_bus(&bus);
    }
}

/* A buffer that is too small for the packed answer is too small on both ways. */
static void small_buffers_are_refused(void **state)
{
    size_t sizes[2];

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_gauge request = {.number = 3};
        struct handed_gauge_result result;
        uint64_t buffer[8];
        size_t size = 0;

        while (handed_gauge_execute_into(bus, &request, NULL, &result, buffer, size) ==
               BUS_TOO_LARGE) {
            assert_int_equal(result.run.outcome, BUS_TOO_LARGE);
            assert_int_equal(result.answer, HANDED_GAUGE_NO_ANSWER);
            size += 8;
            assert_true(size <= sizeof buffer);
        }
        assert_int_equal(result.run.outcome, BUS_ANSWERED);
        assert_int_equal(result.ok.number, 3);
        sizes[way] = size;
        finish_bus(&bus);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_true(sizes[0] >= 8 + 4 + 16);
}

/* A result used again, with a request that points into it. */
static void requests_may_point_into_the_result(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_mirror_result turned;
        struct handed_weigh_result weighed;
        static const uint8_t data[5] = {1, 2, 3, 4, 5};
        uint64_t hash = 0;

        assert_int_equal(
            handed_mirror_execute(bus, &(struct handed_mirror){.data = {data, 5}}, &turned),
            BUS_ANSWERED);
        for (uint32_t i = 0; i < 5; i++)
            hash = hash * 31 + turned.ok.data.data[i];
        assert_int_equal(
            handed_mirror_execute(bus, &(struct handed_mirror){.data = turned.ok.data}, &turned),
            BUS_ANSWERED);
        assert_int_equal(desk.sum, hash);
        assert_int_equal(turned.ok.data.size, 5);
        assert_memory_equal(turned.ok.data.data, data, 5);

        assert_int_equal(
            handed_weigh_execute(bus, &(struct handed_weigh){.data = {data, 5}}, &weighed),
            BUS_ANSWERED);
        memset(weighed.ok.digest, 1, 16);
        assert_int_equal(
            handed_weigh_execute(bus, &(struct handed_weigh){.data = {weighed.ok.digest, 16}},
                                 &weighed),
            BUS_ANSWERED);
        assert_int_equal(desk.sum, 16);
        assert_int_equal(weighed.ok.digest[0], 100);
        finish_bus(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_every_kind),
        cmocka_unit_test(faults_are_the_same),
        cmocka_unit_test(small_buffers_are_refused),
        cmocka_unit_test(requests_may_point_into_the_result),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
