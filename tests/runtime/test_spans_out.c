/*
 * Spans on their way out: a file in OTLP JSON, rotated, mode 0600; a ring that is full and a disk
 * that fails lose spans, which are counted, and nobody waits; no secret is in them; a simulation
 * gives the same ones again; many threads at once.
 * covers: A4, K7, R19
 */
#include <bus/health.h>
#include <bus/simulation.h>

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faulty.bus.h"
#include "outputs.h"
#include "pages.h"
#include "spans.h"

static int make_folder(void **state)
{
    (void)state;
    return output_open("spans.jsonl");
}

static int remove_folder(void **state)
{
    static const char *const behind[] = {"", ".1", ".2", ".3"};

    (void)state;
    return output_close(behind, sizeof behind / sizeof behind[0]);
}

/* ---- OTLP ---- */

static const json_t *at(const json_t *object, const char *key, json_type type)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL || json_typeof(value) != type)
        fail_msg("%s is not there, or of another type", key);
    return value;
}

static const json_t *only(const json_t *array)
{
    assert_int_equal(json_array_size(array), 1);
    return json_array_get(array, 0);
}

static void assert_hex(const json_t *span, const char *key, size_t digits)
{
    const char *text = json_string_value(at(span, key, JSON_STRING));
    bool zero = true;

    assert_int_equal(strlen(text), digits);
    for (; *text != '\0'; text++) {
        assert_true(isdigit((unsigned char)*text) || (*text >= 'a' && *text <= 'f'));
        zero = zero && *text == '0';
    }
    assert_false(zero);
}

/* The value of an attribute; NULL: it has none. int64 are strings. */
static const char *attribute(const json_t *span, const char *key, const char *kind)
{
    const json_t *list = at(span, "attributes", JSON_ARRAY), *one;
    const char *found = NULL;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const json_t *value = at(one, "value", JSON_OBJECT);

        assert_int_equal(json_object_size(one), 2);
        assert_int_equal(json_object_size(value), 1);
        if (strcmp(json_string_value(at(one, "key", JSON_STRING)), key) != 0)
            continue;
        assert_null(found);
        found = strcmp(kind, "boolValue") == 0 ? (at(value, kind, JSON_TRUE) != NULL ? "true" : "")
                                               : json_string_value(at(value, kind, JSON_STRING));
    }
    return found;
}

static void assert_number(const json_t *span, const char *key)
{
    const char *text = json_string_value(at(span, key, JSON_STRING));

    assert_in_range(strlen(text), 19, 20);
    for (; *text != '\0'; text++)
        assert_true(isdigit((unsigned char)*text));
}

static void check_span(const json_t *span)
{
    const json_t *status = at(span, "status", JSON_OBJECT);
    const char *name = json_string_value(at(span, "name", JSON_STRING));
    bool failed = json_object_size(status) != 0;

    assert_hex(span, "traceId", 32);
    assert_hex(span, "spanId", 16);
    if (json_object_get(span, "parentSpanId") != NULL)
        assert_hex(span, "parentSpanId", 16);
    assert_int_equal(json_integer_value(at(span, "flags", JSON_INTEGER)), 1);
    assert_true(json_integer_value(at(span, "kind", JSON_INTEGER)) == BUS_SPAN_SERVER ||
                json_integer_value(at(span, "kind", JSON_INTEGER)) == BUS_SPAN_CONSUMER);
    assert_number(span, "startTimeUnixNano");
    assert_number(span, "endTimeUnixNano");
    assert_string_equal(attribute(span, "messaging.system", "stringValue"), "busgen");
    assert_memory_equal(name, "process ", 8);
    assert_string_equal(attribute(span, "messaging.destination.name", "stringValue"), name + 8);
    assert_int_equal(strlen(attribute(span, "messaging.message.id", "stringValue")), 36);
    assert_non_null(attribute(span, "busgen.handler", "stringValue"));
    assert_non_null(attribute(span, "busgen.attempt", "intValue"));
    assert_non_null(attribute(span, "busgen.queued_ns", "intValue"));
    assert_int_equal(attribute(span, "error.type", "stringValue") != NULL, failed);
    if (failed) {
        assert_int_equal(json_integer_value(at(status, "code", JSON_INTEGER)), 2);
        (void)at(status, "message", JSON_STRING);
    }
}

/* Spans of a file, each line of which is a whole request; `last` (may be NULL) is kept of them. */
static uint32_t count_spans(const char *name, uint32_t *broken, json_t **last)
{
    static struct page page;
    char *line, *rest = page.text;
    uint32_t count = 0;

    page_read(name, &page);
    *broken = 0;
    while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
        json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *span;
        const json_t *resource, *scope, *spans;
        size_t i;

        *broken += root == NULL;
        if (root == NULL)
            continue;
        assert_int_equal(json_object_size(root), 1);
        resource = only(at(root, "resourceSpans", JSON_ARRAY));
        assert_string_equal(
            attribute(at(resource, "resource", JSON_OBJECT), "service.name", "stringValue"),
            "the \"service\"");
        scope = only(at(resource, "scopeSpans", JSON_ARRAY));
        assert_string_equal(
            json_string_value(at(at(scope, "scope", JSON_OBJECT), "name", JSON_STRING)), "busgen");
        spans = at(scope, "spans", JSON_ARRAY);
        assert_true(json_array_size(spans) > 0);
        json_array_foreach(spans, i, span)
        {
            check_span(span);
            count++;
            if (last != NULL) {
                json_decref(*last);
                *last = json_incref(span);
            }
        }
        json_decref(root);
    }
    return count;
}

static uint32_t spans_in(const char *name)
{
    uint32_t broken, count = count_spans(name, &broken, NULL);

    assert_int_equal(broken, 0);
    return count;
}

/* ---- a bus that writes its spans ---- */

static const char *said; /* by the handler; NULL: it succeeds */

static enum bus_verdict on_ticked_say(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    return said == NULL ? BUS_DONE
                        : bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_TIMEOUT,
                                                                 .code = -5,
                                                                 .text = said});
}

static struct bus *open_writing(struct bus_trace_options tracing, const struct bus_os *os)
{
    struct bus *bus;

    tracing.path = path;
    tracing.service = "the \"service\"";
    bus = open_bus(
        &(struct bus_options){.polled = true, .name = "writing", .os = os, .tracing = &tracing});
    said = NULL;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_say, NULL, NULL), BUS_OK);
    return bus;
}

static void tick_times(struct bus *bus, uint32_t times)
{
    for (; times > 0; times--)
        tick(bus, times, BUS_QUEUED);
    (void)poll_all(bus);
}

static void a_line_is_a_request_of_otlp(void **state)
{
    struct bus *bus = open_writing((struct bus_trace_options){.files = 0}, NULL);
    json_t *span = NULL;
    uint32_t broken;

    (void)state;
    tick_times(bus, 3);
    said = "no \"answer\"\n\x01\xff";
    tick_times(bus, 1);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_int_equal(count_spans(path, &broken, &span), 4);
    assert_int_equal(broken, 0);
    assert_string_equal(attribute(span, "messaging.destination.name", "stringValue"),
                        "probe.ticked");
    assert_string_equal(attribute(span, "busgen.handler", "stringValue"), "probe.ticked");
    assert_string_equal(attribute(span, "busgen.lane", "stringValue"), "normal");
    assert_string_equal(attribute(span, "busgen.attempt", "intValue"), "1");
    assert_string_equal(attribute(span, "error.type", "stringValue"), "timeout");
    assert_string_equal(attribute(span, "busgen.code", "intValue"), "-5");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(span, "status"), "message")),
        "no \"answer\"\n\x01\xef\xbf\xbd");
    assert_null(json_object_get(span, "parentSpanId"));
    json_decref(span);
    assert_int_equal(span_figures(bus).spans, 4);
    assert_int_equal(span_figures(bus).lost, 0);
    finish_bus(&bus);
}

static void files_are_rotated_bounded_and_private(void **state)
{
    mode_t before = umask(0);
    struct bus *bus = open_writing(
        (struct bus_trace_options){.file_bytes = 128 * 1024, .files = 3, .spans_max = 64}, NULL);
    uint32_t count = 0;
    struct stat found;

    (void)state;
    for (uint32_t round = 0; round < 40; round++) { /* about 40 KB each */
        tick_times(bus, 60);
        assert_int_equal(bus_trace_flush(bus), BUS_OK);
    }
    (void)umask(before);
    for (uint32_t i = 0; i < 3; i++) {
        static const char *const behind[] = {"", ".1", ".2"};

        assert_int_equal(stat(beside(behind[i]), &found), 0);
        assert_in_range(found.st_size, 1, 128 * 1024);
        assert_int_equal(found.st_mode & 07777, 0600);
        count += spans_in(beside(behind[i]));
    }
    assert_true(count < 40 * 60);
    assert_int_not_equal(access(beside(".3"), F_OK), 0);
    assert_true(span_figures(bus).rotations >= 3);
    assert_int_equal(span_figures(bus).spans, 40 * 60);
    finish_bus(&bus);
}

static void close_passes_on_what_is_left(void **state)
{
    (void)state;
    for (uint32_t round = 1; round <= 2; round++) {
        struct bus *bus = open_writing((struct bus_trace_options){.files = 0}, NULL);

        tick_times(bus, 5);
        finish_bus(&bus);
        assert_int_equal(spans_in(path), 5 * round); /* it is written on */
    }
}

static void a_span_that_fits_no_line_is_lost(void **state)
{
    struct bus *bus = open_writing((struct bus_trace_options){.files = 0}, NULL);
    static char name[70000];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(probe_urged_subscribe(bus, on_urged, &(struct journal)JOURNAL_INITIALIZER,
                                           &(struct bus_handler_options){.name = name}),
                     BUS_OK);
    tick_times(bus, 2);
    assert_int_equal(probe_urged_publish(bus, &(struct probe_urged){.number = 1}), BUS_QUEUED);
    tick_times(bus, 2);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_int_equal(spans_in(path), 4); /* one span fits no line */
    assert_int_equal(span_figures(bus).spans, 4);
    assert_int_equal(span_figures(bus).lost, 1);
    finish_bus(&bus);
}

/* ---- what is lost ---- */

static void a_full_ring_loses_spans_and_nobody_waits(void **state)
{
    struct bus *bus = open_writing((struct bus_trace_options){.spans_max = 16}, NULL);
    struct page *page;

    (void)state;
    tick_times(bus, 50);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 50);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_int_equal(spans_in(path), 16);
    assert_int_equal(span_figures(bus).spans, 16);
    assert_int_equal(span_figures(bus).lost, 34);
    tick_times(bus, 10);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_int_equal(span_figures(bus).spans, 26);
    page = page_of(bus, NULL);
    assert_true(page_value(page, "trace_spans_total") == 26);
    assert_true(page_value(page, "trace_spans_lost_total") == 34);
    finish_bus(&bus);
}

static void a_disk_that_fails_loses_spans_and_says_so(void **state)
{
    struct bus_os os = *bus_os_native();
    struct bus_health health;
    uint32_t broken, told = 0;
    struct bus *bus;

    (void)state;
    os.file_write = write_some;
    bus = open_writing((struct bus_trace_options){.files = 0}, &os);
    room = 100;
    tick_times(bus, 3);
    assert_int_equal(bus_trace_flush(bus), BUS_ERR_SYSTEM);
    assert_non_null(strstr(bus_last_error(), "No space left"));
    assert_true(span_figures(bus).failing);
    assert_int_equal(span_figures(bus).lost, 3);
    assert_int_equal(bus_health(bus, &health), BUS_OK);
    for (uint32_t i = 0; i < health.reason_count; i++)
        told += strstr(health.reasons[i].text, "the spans: cannot write") != NULL;
    assert_int_equal(told, 1);
    room = 1 << 20;
    tick_times(bus, 2);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_false(span_figures(bus).failing);
    assert_string_equal(span_figures(bus).why, "");
    assert_int_equal(count_spans(path, &broken, NULL), 2);
    assert_int_equal(broken, 1);
    finish_bus(&bus);
}

static void options_without_sense_are_refused(void **state)
{
    const struct bus_trace_options wrong[] = {
        {.sample = -0.1},           {.sample = 1.1},  {.file_bytes = 1000},   {.files = 1001},
        {.spans_max = 1 << 20 | 1}, {.every_ns = 10}, {.path = "none/there"},
    };
    struct bus *bus;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(bus_open(&bus, &(struct bus_options){.tracing = &wrong[i]}),
                         wrong[i].path != NULL ? BUS_ERR_SYSTEM : BUS_ERR_INVALID);
    bus = open_polled();
    assert_int_equal(bus_trace_flush(bus), BUS_ERR_STATE);
    assert_int_equal(bus_trace_flush(NULL), BUS_ERR_INVALID);
    assert_int_equal(span_figures(bus).spans, 0);
    assert_int_equal(bus_trace_figures_read(bus, NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* Each allocation fails once: no bus, nothing left behind. */
static void without_memory_there_is_no_bus(void **state)
{
    const struct bus_trace_options tracing = {.path = path, .spans_max = 16};
    struct bus *bus = NULL;
    uint64_t nth;

    (void)state;
    for (nth = 1;; nth++) {
        failing_arm(nth, false);
        if (bus_open(&bus, &(struct bus_options){
                               .polled = true, .os = failing_os(), .tracing = &tracing}) == BUS_OK)
            break;
        assert_null(bus);
        assert_int_equal(failing_outstanding(), 0);
    }
    failing_arm(0, false);
    assert_true(nth > 10);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- secrets ---- */

static enum bus_verdict on_logged_in(void *context, const struct faulty_logged_in *event,
                                     struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery, &(struct bus_error){.text = event->word.data});
}

static void no_field_is_in_them(void **state)
{
    struct bus *bus = open_writing((struct bus_trace_options){.files = 0}, NULL);
    static struct page page;

    (void)state;
    assert_int_equal(faulty_logged_in_subscribe(bus, on_logged_in, NULL, NULL), BUS_OK);
    bus_ignore(
        faulty_logged_in_publish(bus, &(struct faulty_logged_in){.user = bus_cstr("VISIBLEUSER"),
                                                                 .word = bus_cstr("CANARYWORD")}));
    (void)poll_all(bus);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    page_read(path, &page);
    assert_non_null(strstr(page.text, "\"message\":\"***\""));
    assert_null(strstr(page.text, "CANARY"));
    assert_null(strstr(page.text, "VISIBLEUSER"));
    finish_bus(&bus);
}

/* ---- its thread ---- */

struct seen {
    struct latch count;
    struct bus *bus;
};

static void count_span(void *context, const struct bus_span *span)
{
    struct seen *seen = context;

    if (span->end_ns >= span->start_ns)
        latch_add(&seen->count, 1);
}

static struct bus *threads_bus;

static void *publish_many(void *argument)
{
    for (uint32_t i = 0; i < 500; i++) {
        struct probe_square_result result;

        bus_ignore(probe_ticked_publish(threads_bus, &(struct probe_ticked){.number = i}));
        bus_ignore(probe_square_execute(threads_bus, &(struct probe_square){.value = i}, &result));
    }
    return argument;
}

static enum bus_verdict on_square(void *context, const struct probe_square *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    return probe_square_return(delivery,
                               &(struct probe_square_ok){.value = (uint64_t)request->value});
}

static void many_threads_make_spans_at_once(void **state)
{
    static struct seen seen = {.count = LATCH_INITIALIZER};
    const struct bus_trace_options tracing = {.path = path,
                                              .span = count_span,
                                              .span_context = &seen,
                                              .service = "the \"service\"",
                                              .every_ns = BUS_MILLISECOND,
                                              .spans_max = 256};
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2, .tracing = &tracing});
    struct bus_trace_figures figures;
    pthread_t threads[2];

    (void)state;
    said = NULL;
    threads_bus = bus;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_say, NULL,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_square_handle(bus, on_square, NULL,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < 2; i++)
        threads[i] = spawn(publish_many, NULL);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(bus_trace_flush(bus), BUS_OK); /* beside its thread */
    for (uint32_t i = 0; i < 2; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_true(latch_wait(&seen.count, 1)); /* by itself */
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    figures = span_figures(bus);
    assert_int_equal(figures.spans + figures.lost, 2000);
    assert_int_equal(latch_count(&seen.count), figures.spans);
    assert_int_equal(spans_in(path), figures.spans);
    finish_bus(&bus);
}

/* ---- a simulation ---- */

static enum bus_verdict ticked_urges(void *context, const struct probe_ticked *event,
                                     struct bus_delivery *delivery)
{
    (void)context;
    bus_ignore(probe_urged_publish(bus_delivery_bus(delivery),
                                   &(struct probe_urged){.number = event->number}));
    return event->number % 3 == 0 ? BUS_RETRY : BUS_DONE;
}

static void simulate(uint64_t seed, struct spans *spans)
{
    const struct bus_trace_options tracing = {.span = spans_take, .span_context = spans};
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus_simulation *simulation = NULL;
    struct bus *bus;

    spans->count = 0;
    assert_int_equal(
        bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = seed}), BUS_OK);
    bus = open_bus(&(struct bus_options){.workers = 2,
                                         .capacity = {64, 64, 64, 64, 64},
                                         .pool_bytes = 1 << 16,
                                         .os = bus_simulation_os(simulation),
                                         .tracing = &tracing});
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, on_urged, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 1; i <= 20; i++)
        tick(bus, i, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, 60 * BUS_SECOND), BUS_OK);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

static void a_simulation_gives_the_same_spans_again(void **state)
{
    static struct spans first, again;

    (void)state;
    simulate(7, &first);
    simulate(7, &again);
    assert_in_range(first.count, 40, SPANS_MAX);
    assert_int_equal(first.count, again.count);
    for (uint32_t i = 0; i < first.count; i++) {
        assert_memory_equal(first.all[i].trace_id, again.all[i].trace_id, 16);
        assert_memory_equal(first.all[i].span_id, again.all[i].span_id, 8);
        assert_memory_equal(first.all[i].parent_id, again.all[i].parent_id, 8);
        assert_int_equal(first.all[i].start_ns, again.all[i].start_ns);
        assert_int_equal(first.all[i].end_ns, again.all[i].end_ns);
    }
    simulate(8, &again);
    assert_memory_not_equal(first.all[0].span_id, again.all[0].span_id, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_a_request_of_otlp, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(files_are_rotated_bounded_and_private, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(close_passes_on_what_is_left, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_span_that_fits_no_line_is_lost, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_full_ring_loses_spans_and_nobody_waits, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_loses_spans_and_says_so, make_folder,
                                        remove_folder),
        cmocka_unit_test(options_without_sense_are_refused),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_bus, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(no_field_is_in_them, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(many_threads_make_spans_at_once, make_folder,
                                        remove_folder),
        cmocka_unit_test(a_simulation_gives_the_same_spans_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
