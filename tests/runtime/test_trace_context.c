/*
 * Trace context at the edge of a program: what a `traceparent` header says, and what it must not.
 * covers: A4
 */
#include <bus/trace.h>

#include "support.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static bool parses(const char *text, struct bus_trace *trace)
{
    return bus_trace_parse(text, strlen(text), trace);
}

static void a_header_is_read_and_written(void **state)
{
    static const uint8_t trace_id[16] = {0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
                                         0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
    static const uint8_t parent_id[8] = {0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31};
    char text[BUS_TRACEPARENT_SIZE];
    struct bus_trace trace;

    (void)state;
    assert_true(parses("00-" TRACE "-" PARENT "-01", &trace));
    assert_memory_equal(trace.trace_id, trace_id, sizeof trace_id);
    assert_memory_equal(trace.parent_id, parent_id, sizeof parent_id);
    assert_int_equal(trace.flags, BUS_TRACE_SAMPLED);
    assert_true(bus_trace_write(&trace, text));
    assert_string_equal(text, "00-" TRACE "-" PARENT "-01");
    assert_true(parses("00-" TRACE "-" PARENT "-00", &trace));
    assert_int_equal(trace.flags, 0);
    assert_true(bus_trace_write(&trace, text));
    assert_string_equal(text, "00-" TRACE "-" PARENT "-00");
    /* Blanks around a header's value are not its own; it need not be terminated. */
    assert_true(parses(" \t00-" TRACE "-" PARENT "-01\t ", &trace));
    assert_true(bus_trace_parse("00-" TRACE "-" PARENT "-01garbage", 55, &trace));
}

/* Flags that 00 does not know are not handed on. */
static void only_flags_that_are_known_travel(void **state)
{
    static const struct {
        const char *text;
        uint8_t flags;
    } rows[] = {
        {"00-" TRACE "-" PARENT "-ff", 0x03}, {"00-" TRACE "-" PARENT "-02", 0x02},
        {"00-" TRACE "-" PARENT "-04", 0x00}, {"01-" TRACE "-" PARENT "-ff", 0x01},
        {"fe-" TRACE "-" PARENT "-02", 0x00},
    };
    char text[BUS_TRACEPARENT_SIZE];
    struct bus_trace trace;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(parses(rows[i].text, &trace));
        assert_int_equal(trace.flags, rows[i].flags);
        trace.flags |= 0xf0;
        assert_true(bus_trace_write(&trace, text));
        assert_memory_equal(text, "00-", 3);
        assert_int_equal(strtoul(text + 53, NULL, 16), rows[i].flags);
    }
}

static void later_versions_are_read_as_far_as_they_go(void **state)
{
    struct bus_trace trace;

    (void)state;
    assert_true(parses("01-" TRACE "-" PARENT "-01", &trace));
    assert_true(parses("cc-" TRACE "-" PARENT "-01-what-the-future-will-be-like", &trace));
    assert_true(parses("cc-" TRACE "-" PARENT "-01-", &trace));
    assert_false(parses("cc-" TRACE "-" PARENT "-01.what", &trace));
    assert_false(parses("cc-" TRACE "-" PARENT "-0", &trace));
}

static void what_is_not_well_formed_is_no_trace(void **state)
{
    static const char *const wrong[] = {
        "",
        "00",
        "00-",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-",
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-011",
        "00-" TRACE "-" PARENT "-01-",
        "00-" TRACE "-" PARENT "-01-more",
        "ff-" TRACE "-" PARENT "-01",
        "0-" TRACE "-" PARENT "-01",
        "000-" TRACE "-" PARENT "-01",
        "0g-" TRACE "-" PARENT "-01",
        ".0-" TRACE "-" PARENT "-01",
        "00." TRACE "-" PARENT "-01",
        "00-" TRACE "." PARENT "-01",
        "00-" TRACE "-" PARENT ".01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",
        "00-" TRACE "-B7AD6B7169203331-01",
        "00-" TRACE "-" PARENT "-0A",
        "0A-" TRACE "-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319g-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319cc-" PARENT "-01",
        "00-" TRACE "-b7ad6b716920333-01",
        "00-" TRACE "-b7ad6b716920333 -01",
        "00-" TRACE "-" PARENT "- 1",
        "00-" TRACE "-" PARENT "-zz",
        "00 " TRACE " " PARENT " 01",
        "\"00-" TRACE "-" PARENT "-01\"",
        "00-\xc3\xa4"
        "f7651916cd43dd8448eb211c80319c-" PARENT "-01",
    };
    static const struct bus_trace none = {{0}, {0}, 0};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bus_trace trace = {.trace_id = {1}, .parent_id = {2}, .flags = 3};

        if (parses(wrong[i], &trace))
            fail_msg("accepted: \"%s\"", wrong[i]);
        assert_memory_equal(&trace, &none, sizeof none);
    }
    assert_false(bus_trace_parse(NULL, 55, &(struct bus_trace){{0}, {0}, 0}));
    assert_false(bus_trace_parse("00-" TRACE "-" PARENT "-01", 55, NULL));
    /* A NUL inside is no digit. */
    assert_false(
        bus_trace_parse("00-\0" TRACE "-" PARENT "-01", 55, &(struct bus_trace){{0}, {0}, 0}));
}

/* Every single byte that is another one is noticed, or is another valid digit. */
static void every_byte_is_looked_at(void **state)
{
    static const char fine[] = "00-" TRACE "-" PARENT "-01";
    char text[sizeof fine], written[BUS_TRACEPARENT_SIZE];

    (void)state;
    for (size_t at = 0; at + 1 < sizeof fine; at++)
        for (int byte = 0; byte < 256; byte++) {
            struct bus_trace trace;
            bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
            bool is_dash = fine[at] == '-';

            memcpy(text, fine, sizeof fine);
            text[at] = (char)byte;
            assert_int_equal(parses(text, &trace), is_dash ? byte == '-' : is_digit);
            if (at > 2 && at < 53 && bus_trace_write(&trace, written))
                assert_memory_equal(text + 3, written + 3, 50);
        }
}

static void what_is_no_trace_is_not_written(void **state)
{
    struct bus_trace trace = {.trace_id = {1}};
    char text[BUS_TRACEPARENT_SIZE] = "x";

    (void)state;
    assert_false(bus_trace_write(&trace, text));
    assert_string_equal(text, "");
    trace = (struct bus_trace){.parent_id = {1}};
    assert_false(bus_trace_write(&trace, text));
    assert_false(bus_trace_write(NULL, text));
    assert_false(bus_trace_write(&trace, NULL));
}

/* ---- from a header to a handler and out again ---- */

static char handed_on[BUS_TRACEPARENT_SIZE];

static enum bus_verdict on_ticked_note(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct bus_trace trace;

    (void)event;
    *(bool *)context = bus_delivery_trace(delivery, &trace) && bus_trace_write(&trace, handed_on);
    return BUS_DONE;
}

static void it_travels_without_tracing_too(void **state)
{
    static const char header[] = "00-" TRACE "-" PARENT "-01";
    struct bus_message_options options = {.deadline_ns = 0};
    struct bus *bus = open_polled();
    bool had = false;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &had, NULL), BUS_OK);
    assert_true(bus_trace_parse(header, strlen(header), &options.trace));
    assert_int_equal(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &options),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_true(had);
    assert_string_equal(handed_on, header);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_false(had);
    assert_false(bus_delivery_trace(NULL, &options.trace));
    finish_bus(&bus);
}

static void a_trace_is_begun_outside(void **state)
{
    struct bus *bus = open_polled();
    struct bus_trace one, other;
    char text[BUS_TRACEPARENT_SIZE];

    (void)state;
    assert_int_equal(bus_trace_begin(bus, &one), BUS_OK);
    assert_int_equal(bus_trace_begin(bus, &other), BUS_OK);
    assert_memory_not_equal(one.trace_id, other.trace_id, sizeof one.trace_id);
    assert_int_equal(one.flags, BUS_TRACE_SAMPLED);
    assert_false(bus_trace_write(&one, text)); /* it has no step yet */
    assert_int_equal(bus_trace_begin(NULL, &one), BUS_ERR_INVALID);
    assert_int_equal(bus_trace_begin(bus, NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read_and_written),
        cmocka_unit_test(only_flags_that_are_known_travel),
        cmocka_unit_test(later_versions_are_read_as_far_as_they_go),
        cmocka_unit_test(what_is_not_well_formed_is_no_trace),
        cmocka_unit_test(every_byte_is_looked_at),
        cmocka_unit_test(what_is_no_trace_is_not_written),
        cmocka_unit_test(it_travels_without_tracing_too),
        cmocka_unit_test(a_trace_is_begun_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
