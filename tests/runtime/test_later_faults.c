/*
 * A fault by the token is looked at as one of a run: its text shows no secret, also where it is
 * cut, and numbers that are no category and no severity are replaced.
 * covers: B8, K2, K7
 */
#include "support.h"

#include <stdio.h>

#include <bus/dead_letters.h>
#include <bus/errors.h>

#include "faulty.bus.h"

static enum bus_verdict on_charge_later(void *context, const struct faulty_charge *request,
                                        struct bus_delivery *delivery)
{
    (void)request;
    return bus_delivery_defer(delivery, context);
}

/* What was said of the last fault, and where. */
struct said {
    char result[BUS_ERROR_TEXT_SIZE];
    char report[BUS_REPORT_TEXT_SIZE];
    char letter[BUS_ERROR_TEXT_SIZE];
    struct bus_error error;
};

static void on_charged(void *context, const struct faulty_charge_result *result)
{
    struct said *said = context;

    (void)snprintf(said->result, sizeof said->result, "%s", result->run.error.text);
}

static void see_report(void *context, const struct bus_error_report *report)
{
    struct said *said = context;

    (void)snprintf(said->report, sizeof said->report, "%s", report->text);
    said->error = report->error;
}

static bool see_letter(void *context, const struct bus_dead_letter *letter)
{
    struct said *said = context;

    (void)snprintf(said->letter, sizeof said->letter, "%s", letter->error.text);
    return true;
}

static void secrets_are_in_no_later_fault(void **state)
{
    const struct faulty_charge request = {.card = bus_cstr("4111222233334444")};
    const size_t places[] = {0, BUS_ERROR_TEXT_SIZE - 9, BUS_REPORT_TEXT_SIZE - 9};
    struct bus *bus = open_polled();
    struct bus_token token;

    (void)state;
    assert_int_equal(faulty_charge_handle(bus, on_charge_later, &token, NULL), BUS_OK);
    for (int way = 0; way < 3; way++) {
        char text[1200];
        const struct bus_error error = {
            .category = (enum bus_category)4711, .severity = (enum bus_severity)4711, .text = text};
        struct said said = {.error = {0}};

        memset(text, 'x', sizeof text);
        (void)snprintf(text + places[way], 100, "4111222233334444 was refused");
        assert_int_equal(faulty_charge_execute_async(bus, &request, NULL, on_charged, &said),
                         BUS_QUEUED);
        (void)poll_all(bus);
        assert_int_equal(bus_token_fail(token, &error), BUS_OK);
        (void)poll_all(bus);
        assert_int_equal(bus_errors_each(bus, see_report, &said), way + 1);
        assert_int_equal(bus_dead_letters_each(bus, NULL, see_letter, &said, NULL), BUS_OK);
        assert_null(strstr(said.result, "411"));
        assert_null(strstr(said.report, "411"));
        assert_null(strstr(said.letter, "411"));
        assert_non_null(strstr(said.report, "***"));
        if (way == 0)
            assert_string_equal(said.result, "*** was refused");
        else
            assert_int_equal(said.result[100], 'x');
        assert_int_equal(said.error.category, BUS_CATEGORY_PROCESSING);
        assert_int_equal(said.error.severity, BUS_SEVERITY_MEDIUM);
    }
    assert_int_equal(account_of(bus, &faulty_charge_type).failed, 3);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_in_no_later_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
