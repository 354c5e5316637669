// A C++ program (C++11 to C++20) that uses the generated header for real: attach, publish, execute,
// claim, results, print.
//
// covers: A1, A2, C7
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
#include <cmocka.h>
}

#include <bus/bus.h>
#include <bus/os.h>
#include <bus/registry.h>
#include <bus/schema.h>
#include <bus/types.h>
#include <bus/wire.h>

#include "probe.bus.h"

namespace
{

struct recorder {
    std::vector<std::uint64_t> numbers;
    std::string text;
    probe_colour tone;
};

recorder &of(void *context)
{
    return *static_cast<recorder *>(context);
}

bus_verdict on_add(void *context, const probe_add *request, bus_delivery *delivery)
{
    of(context).numbers.push_back(request->a);
    if (request->a + request->b < request->a) {
        probe_add_overflow overflow{};
        overflow.by = request->a + request->b;
        return probe_add_fail_overflow(delivery, &overflow);
    }
    if (request->a == 0)
        return probe_add_fail_refused(delivery);
    probe_add_ok ok{};
    ok.sum = request->a + request->b;
    return probe_add_return(delivery, &ok);
}

bus_verdict on_touch(void *context, const probe_touch *request, bus_delivery *delivery)
{
    of(context).numbers.push_back(request->number);
    if (request->number == 13) {
        bus_error error{};
        error.category = BUS_CATEGORY_RESOURCE;
        error.code = 13;
        error.text = "no luck";
        return bus_fail(delivery, &error);
    }
    return BUS_DONE;
}

bus_verdict on_echo(void *context, const probe_echo *request, bus_delivery *delivery)
{
    of(context).text.assign(request->text.data, request->text.size);
    probe_echo_ok ok{};
    ok.text = request->text;
    return probe_echo_return(delivery, &ok);
}

bus_verdict on_filled(void *context, const probe_filled *event, bus_delivery *delivery)
{
    static_cast<void>(delivery);
    of(context).numbers.push_back(event->number);
    of(context).tone = event->tone;
    if (event->payment.type == PROBE_PAYMENT_CARD)
        of(context).text.assign(event->payment.card.token.data, event->payment.card.token.size);
    return BUS_DONE;
}

bus_verdict on_bulked(void *context, const probe_bulked *event, bus_delivery *delivery)
{
    static_cast<void>(delivery);
    of(context).text.assign(reinterpret_cast<const char *>(event->data.data), event->data.size);
    return BUS_DONE;
}

void poll_all(bus *handle)
{
    std::uint32_t ran;

    do
        assert_int_equal(bus_poll(handle, 0, &ran), BUS_OK);
    while (ran > 0);
}

bus *open_polled()
{
    bus_options options{};
    bus *handle = nullptr;

    options.polled = true;
    options.schema = &probe_schema;
    options.missing_handlers_allowed = true;
    assert_int_equal(bus_open(&handle, &options), BUS_OK);
    assert_int_equal(bus_start(handle), BUS_OK);
    return handle;
}

void close(bus *handle)
{
    struct bus_account account;

    assert_int_equal(bus_stop(handle, 10 * BUS_SECOND, nullptr), BUS_OK);
    assert_int_equal(bus_account(handle, nullptr, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
    assert_int_equal(bus_close(&handle), BUS_OK);
    assert_null(handle);
}

void components_and_commands(void **)
{
    bus *handle = open_polled();
    recorder seen{};
    probe_calculator calculator{};

    calculator.add = on_add;
    calculator.touch = on_touch;
    calculator.echo = on_echo;
    assert_int_equal(probe_calculator_attach(handle, &calculator, &seen), BUS_OK);
    poll_all(handle);

    probe_add request{};
    request.a = 2;
    request.b = 40;
    probe_add_result sum{};
    assert_int_equal(probe_add_execute(handle, &request, &sum), BUS_ANSWERED);
    assert_int_equal(sum.answer, PROBE_ADD_OK);
    assert_int_equal(sum.ok.sum, 42);
    request.a = UINT32_MAX;
    assert_int_equal(probe_add_execute(handle, &request, &sum), BUS_ANSWERED);
    assert_int_equal(sum.answer, PROBE_ADD_OVERFLOW);
    assert_int_equal(sum.overflow.by, 39);
    request.a = 0;
    assert_int_equal(probe_add_execute(handle, &request, &sum), BUS_ANSWERED);
    assert_int_equal(sum.answer, PROBE_ADD_REFUSED);

    probe_touch touch{};
    touch.number = 13;
    probe_touch_result touched{};
    assert_int_equal(probe_touch_execute(handle, &touch, &touched), BUS_FAULTED);
    assert_int_equal(touched.run.error.category, BUS_CATEGORY_RESOURCE);
    assert_string_equal(touched.run.error.text, "no luck");

    const std::string text = "from a std::string";
    probe_echo echo{};
    echo.text = bus_str(text.data(), text.size());
    probe_echo_result echoed{};
    assert_int_equal(probe_echo_execute(handle, &echo, &echoed), BUS_ANSWERED);
    assert_true(text == std::string(echoed.ok.text.data, echoed.ok.text.size));
    assert_true(seen.text == text);
    assert_int_equal(probe_calculator_detach(handle, &seen), BUS_OK);
    close(handle);
}

void events_with_everything(void **)
{
    bus *handle = open_polled();
    recorder seen{};
    probe_filled message;
    probe_item items[2];

    assert_int_equal(probe_filled_subscribe(handle, on_filled, &seen, nullptr), BUS_OK);
    probe_filled_init(&message);
    for (probe_item &item : items) {
        item = probe_item{};
        item.name = bus_cstr("nut");
    }
    message.number = 7;
    message.tone = PROBE_COLOUR_RED;
    message.rights = PROBE_PERMS_READABLE | PROBE_PERMS_WRITABLE;
    message.items.data = items;
    message.items.size = 2;
    message.payment.type = PROBE_PAYMENT_CARD;
    message.payment.card.token = bus_cstr("secret token");
    assert_int_equal(probe_filled_publish(handle, &message), BUS_QUEUED);
    poll_all(handle);
    assert_int_equal(seen.numbers.size(), 1);
    assert_int_equal(seen.tone, PROBE_COLOUR_RED);
    assert_true(seen.text == "secret token");

    char line[512];
    assert_true(probe_filled_print(&message, line, sizeof line) > 0);
    assert_null(std::strstr(line, "secret token"));
    assert_non_null(std::strstr(line, "nut"));
    assert_int_equal(probe_filled_unsubscribe(handle, on_filled, &seen, bus_session{}), BUS_OK);
    close(handle);
}

void claims(void **)
{
    bus *handle = open_polled();
    recorder seen{};
    probe_bulked shape{};
    bus_claim claim;
    std::uint32_t size;

    assert_int_equal(probe_bulked_subscribe(handle, on_bulked, &seen, nullptr), BUS_OK);
    shape.data.size = 2000;
    assert_int_equal(probe_bulked_claim(handle, &shape, nullptr, &claim), BUS_QUEUED);
    std::memset(probe_bulked_claim_data(&claim, &size), 'x', 2000);
    assert_int_equal(size, 2000);
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    poll_all(handle);
    assert_true(seen.text == std::string(2000, 'x'));
    close(handle);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(components_and_commands),
        cmocka_unit_test(events_with_everything),
        cmocka_unit_test(claims),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
