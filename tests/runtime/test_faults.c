/*
 * How a command's handler fails, and what its caller learns.
 * covers: A2, B4, B11
 */
#include "support.h"

#include <errno.h>

static enum bus_verdict on_add_fault(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    static char long_text[1000];
    struct probe_add_ok ok = {.sum = 1};
    enum bus_verdict verdict;

    (void)context;
    switch (request->a) {
    case 1:
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                      .severity = BUS_SEVERITY_HIGH,
                                                      .code = 42,
                                                      .transient = true,
                                                      .text = "line is down"});
    case 2:
        return bus_fail(delivery, NULL);
    case 3:
        return bus_fail_errno(delivery, ENOENT, "open config");
    case 4:
        return BUS_FAULT;
    case 5:
        return BUS_RETRY;
    case 6:
        return BUS_REJECT;
    case 7:
        return BUS_DONE; /* but no answer */
    case 8:
        bus_ignore((enum bus_outcome)probe_add_return(delivery, &ok));
        return probe_add_return(delivery, &ok);
    case 9:
        return (enum bus_verdict)1234;
    case 10:
        for (size_t i = 0; i + 1 < sizeof long_text; i += 2)
            memcpy(long_text + i, "\xc3\xbc", 2);
        long_text[998] = '\0';
        return bus_fail(delivery, &(struct bus_error){.text = long_text});
    case 11:
        verdict = probe_add_return(delivery, &ok);
        (void)verdict;
        return bus_fail(delivery, &(struct bus_error){.code = 77}); /* answered, then failed */
    case 12:
        verdict = bus_fail(delivery, &(struct bus_error){.code = 78});
        (void)verdict;
        return probe_add_return(delivery, &ok); /* noted a fault, but went on and answered */
    default:
        return probe_add_return(delivery, &ok);
    }
}

static void fault(struct bus *bus, uint32_t which, struct probe_add_result *result)
{
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = which}, result), BUS_FAULTED);
    assert_int_equal(result->run.outcome, BUS_FAULTED);
    assert_int_equal(result->answer, PROBE_ADD_NO_ANSWER);
    assert_int_equal(result->run.attempts, 1);
    assert_ptr_equal(result->run.error.text, result->run.error_text);
}

static void check_faults(struct bus *bus)
{
    struct probe_add_result result;

    fault(bus, 1, &result);
    assert_int_equal(result.run.error.category, BUS_CATEGORY_CONNECTION);
    assert_int_equal(result.run.error.severity, BUS_SEVERITY_HIGH);
    assert_int_equal(result.run.error.code, 42);
    assert_true(result.run.error.transient);
    assert_string_equal(result.run.error.text, "line is down");

    fault(bus, 2, &result);
    assert_int_equal(result.run.error.category, BUS_CATEGORY_PROCESSING);
    assert_int_equal(result.run.error.code, 0);
    assert_false(result.run.error.transient);
    assert_string_equal(result.run.error.text, "");

    fault(bus, 3, &result);
    assert_int_equal(result.run.error.code, ENOENT);
    assert_string_equal(result.run.error.text, "open config: No such file or directory");

    fault(bus, 4, &result);
    assert_int_equal(result.run.error.code, BUS_FAULT_BARE);
    assert_int_equal(result.run.error.category, BUS_CATEGORY_PROCESSING);
    fault(bus, 5, &result);
    assert_int_equal(result.run.error.category, BUS_CATEGORY_PROCESSING);
    assert_int_equal(result.run.error.code, BUS_FAULT_BARE);
    assert_true(result.run.error.transient);
    fault(bus, 6, &result);
    assert_int_equal(result.run.error.category, BUS_CATEGORY_PROCESSING);
    assert_int_equal(result.run.error.code, BUS_FAULT_BARE);
    assert_false(result.run.error.transient);

    fault(bus, 7, &result);
    assert_int_equal(result.run.error.code, BUS_FAULT_NO_ANSWER);
    fault(bus, 8, &result);
    assert_int_equal(result.run.error.code, BUS_FAULT_SECOND_ANSWER);
    fault(bus, 9, &result);
    assert_int_equal(result.run.error.code, BUS_FAULT_VERDICT);

    fault(bus, 10, &result); /* cut between two characters, not inside one */
    assert_int_equal(strlen(result.run.error.text), BUS_ERROR_TEXT_SIZE - 2);
    assert_int_equal((unsigned char)result.run.error.text[BUS_ERROR_TEXT_SIZE - 3], 0xbc);

    fault(bus, 11, &result);
    assert_int_equal(result.run.error.code, 77);
    /* The verdict is the handler's last word. */
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 12}, &result), BUS_ANSWERED);
    assert_string_equal(result.run.error.text, "");
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 99}, &result), BUS_ANSWERED);
    assert_string_equal(result.run.error.text, "");
}

/* covers: A2, B4, B11 */
static void faults_carry_their_error(void **state)
{
    struct bus *bus = open_workers(1);
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_fault, NULL, NULL), BUS_OK);
    check_faults(bus);
    account = account_of(bus, &probe_add_type);
    assert_int_equal(account.accepted, 13);
    assert_int_equal(account.failed, 11);
    assert_int_equal(account.processed, 2);
    assert_int_equal(account.calls_failed, 11);
    assert_int_equal(stats_of(bus).commands_failed_total, 11);
    finish_bus(&bus);

    /* Inline, the same. */
    bus = open_workers(1);
    assert_int_equal(probe_add_handle(bus, on_add_fault, NULL,
                                      &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    check_faults(bus);
    finish_bus(&bus);
}

static enum bus_verdict on_echo_bad(void *context, const struct probe_echo *request,
                                    struct bus_delivery *delivery)
{
    struct probe_echo_ok ok = {.text = bus_cstr("this text is longer than thirty-two bytes")};

    (void)context;
    if (request->text.size == 1)
        ok = (struct probe_echo_ok){.parts = {NULL, 3}};
    if (request->text.size == 2) { /* an answer of another command */
        struct probe_add_ok other = {.sum = 1};

        return probe_add_return(delivery, &other);
    }
    return probe_echo_return(delivery, &ok);
}

/* covers: B11 */
static void bad_answers_are_faults(void **state)
{
    struct bus *bus = open_workers(1);
    struct probe_echo_result result;

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo_bad, NULL, NULL), BUS_OK);
    assert_int_equal(probe_echo_execute(bus, &(struct probe_echo){.text = {NULL, 0}}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_BAD_ANSWER);
    assert_non_null(strstr(result.run.error.text, "answer ok: text"));
    assert_string_equal(bus_last_error() + strlen(bus_last_error()) - strlen(result.run.error.text),
                        result.run.error.text); /* the caller's last failure is this one */
    assert_non_null(strstr(bus_last_error(), "probe.echo"));
    assert_int_equal(probe_echo_execute(bus, &(struct probe_echo){.text = bus_cstr("x")}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_BAD_ANSWER);
    assert_int_equal(probe_echo_execute(bus, &(struct probe_echo){.text = bus_cstr("xx")}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_BAD_ANSWER);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_carry_their_error),
        cmocka_unit_test(bad_answers_are_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
