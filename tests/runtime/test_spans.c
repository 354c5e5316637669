/*
 * Runs of handlers as spans: one tree from the first publish to the last handler, however a message
 * comes to its run; what a span says of it; sampling.
 * covers: A4, K2
 */
#include <bus/batch.h>
#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/pipeline.h>
#include <bus/schedule.h>

#include <stdio.h>

#include "spans.h"

#define MS BUS_MILLISECOND
#define HEADER "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"

static struct spans spans;
static const struct bus_policy plain = {.jitter = BUS_JITTER_NONE};

static struct bus *open_plain(void)
{
    return open_traced(&spans, (struct bus_trace_options){.every_ns = 0}, plain);
}

static void tick_in(struct bus *bus, uint64_t number, const char *header)
{
    struct bus_message_options options = {.deadline_ns = 0};

    assert_true(bus_trace_parse(header, strlen(header), &options.trace));
    assert_int_equal(
        probe_ticked_publish_with(bus, &(struct probe_ticked){.number = number}, &options),
        BUS_QUEUED);
}

/* ---- one tree ---- */

static enum bus_verdict ticked_urges(void *context, const struct probe_ticked *event,
                                     struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);

    (void)context;
    bus_ignore(probe_urged_publish(bus, &(struct probe_urged){.number = event->number}));
    return BUS_DONE;
}

static enum bus_verdict urged_adds(void *context, const struct probe_urged *event,
                                   struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);
    struct probe_add_result result;
    struct probe_square_result square;

    (void)event;
    (void)context;
    bus_ignore(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 2}, &result));
    bus_ignore(probe_square_execute(bus, &(struct probe_square){.value = 3}, &square));
    return BUS_DONE;
}

static enum bus_verdict on_add_lazes(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    (void)context;
    bus_ignore(probe_lazed_publish(bus_delivery_bus(delivery),
                                   &(struct probe_lazed){.number = request->a}));
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static enum bus_verdict on_square(void *context, const struct probe_square *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    return probe_square_return(delivery,
                               &(struct probe_square_ok){.value = (uint64_t)request->value});
}

static enum bus_verdict lazed_schedules(void *context, const struct probe_lazed *event,
                                        struct bus_delivery *delivery)
{
    uint64_t id;

    (void)context;
    return probe_idled_schedule(bus_delivery_bus(delivery),
                                &(struct probe_idled){.number = event->number},
                                &(struct bus_schedule){.after_ns = 50 * MS}, &id) == BUS_OK
               ? BUS_DONE
               : BUS_REJECT;
}

static void a_chain_is_one_tree(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_plain();
    const struct bus_span *ticked, *urged, *add, *square, *lazed, *idled;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, urged_adds, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_lazes, NULL, NULL), BUS_OK);
    assert_int_equal(probe_square_handle(bus, on_square, NULL,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_lazed_subscribe(bus, lazed_schedules, NULL, NULL), BUS_OK);
    assert_int_equal(probe_idled_subscribe(bus, on_idled, &journal, NULL), BUS_OK);
    tick_in(bus, 7, HEADER "01");
    (void)poll_all(bus);
    frozen_advance(60 * MS);
    flush_spans(bus, &spans, 6);
    ticked = span_of(&spans, &probe_ticked_type, 0);
    urged = span_of(&spans, &probe_urged_type, 0);
    add = span_of(&spans, &probe_add_type, 0);
    square = span_of(&spans, &probe_square_type, 0);
    lazed = span_of(&spans, &probe_lazed_type, 0);
    idled = span_of(&spans, &probe_idled_type, 0);
    assert_int_equal(ticked->trace_id[0], 0x0a);
    assert_int_equal(ticked->parent_id[0], 0xb7);
    assert_int_equal(ticked->parent_id[7], 0x31);
    assert_child(urged, ticked);
    assert_child(add, urged);
    assert_child(square, urged);
    assert_child(lazed, add);
    assert_child(idled, lazed);
    assert_int_equal(ticked->kind, BUS_SPAN_CONSUMER);
    assert_int_equal(add->kind, BUS_SPAN_SERVER);
    assert_true(add->direct && square->direct && !ticked->direct);
    finish_bus(&bus);
}

static void brothers_of_a_message_without_a_trace_share_one(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_plain();

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, on_urged, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    flush_spans(bus, &spans, 6);
    for (uint32_t i = 0; i < 4; i++)
        assert_root(span_of(&spans, &probe_ticked_type, i));
    assert_memory_equal(span_of(&spans, &probe_ticked_type, 0)->trace_id,
                        span_of(&spans, &probe_ticked_type, 1)->trace_id, 16);
    assert_memory_not_equal(span_of(&spans, &probe_ticked_type, 0)->trace_id,
                            span_of(&spans, &probe_ticked_type, 2)->trace_id, 16);
    for (uint32_t i = 0; i < spans.count; i++)
        for (uint32_t k = 0; k < i; k++)
            assert_memory_not_equal(spans.all[i].span_id, spans.all[k].span_id, 8);
    finish_bus(&bus);
}

/* ---- what a span says ---- */

static enum bus_verdict takes_three_ms(void *context, const struct probe_urged *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    frozen_advance(3 * MS);
    return BUS_DONE;
}

static void a_span_says_when_and_where(void **state)
{
    struct bus *bus = open_plain();
    struct bus_message_options options = {.correlation = {1, 2}};
    const struct bus_os *os = frozen_os();
    const struct bus_span *span;

    (void)state;
    assert_int_equal(probe_urged_subscribe(bus, takes_three_ms, NULL,
                                           &(struct bus_handler_options){.name = "the slow one"}),
                     BUS_OK);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(probe_urged_publish_with(bus, &(struct probe_urged){.number = 1}, &options),
                     BUS_QUEUED);
    frozen_advance(20 * MS);
    flush_spans(bus, &spans, 1);
    span = &spans.all[0];
    assert_int_equal(span->end_ns - span->start_ns, 3 * MS);
    assert_int_equal(span->end_ns, os->real_ns(os->context));
    assert_in_range(span->queued_ns, 19 * MS, 21 * MS);
    assert_string_equal(span->handler, "the slow one");
    assert_int_equal(span->lane, BUS_HIGH);
    assert_int_equal(span->session.index, options.session.index);
    assert_int_equal(span->correlation.high, 1);
    assert_int_equal(span->correlation.low, 2);
    assert_int_equal(span->attempt, 1);
    assert_int_equal(span->events, 1);
    assert_int_equal(span->verdict, BUS_DONE);
    assert_false(span->failed);
    assert_string_equal(span->text, "");
    assert_int_not_equal(span->id.high, 0);
    assert_int_equal(bus_session_close(bus, options.session), BUS_OK);
    finish_bus(&bus);
}

/* What a handler does, by number. */
static enum bus_verdict ticked_ends(void *context, const struct probe_ticked *event,
                                    struct bus_delivery *delivery)
{
    (void)context;
    switch (event->number) {
    case 0:
        return BUS_DONE;
    case 1:
        return BUS_REJECT;
    case 2:
        (void)bus_fail(delivery, &(struct bus_error){.text = "forgotten"});
        return BUS_DONE;
    case 3:
        return (enum bus_verdict)77;
    case 4:
        return BUS_LATER;
    default:
        return bus_fail(
            delivery,
            &(struct bus_error){.category = BUS_CATEGORY_AUTH, .code = 403, .text = "not for you"});
    }
}

static void its_state_is_that_of_the_run(void **state)
{
    static const struct {
        bool failed;
        int32_t code;
        enum bus_category category;
        const char *text;
    } rows[] = {
        {false, 0, BUS_CATEGORY_PROCESSING, ""},
        {true, BUS_FAULT_BARE, BUS_CATEGORY_PROCESSING, "the handler rejected the message"},
        {false, 0, BUS_CATEGORY_PROCESSING, ""},
        {true, BUS_FAULT_VERDICT, BUS_CATEGORY_PROCESSING, "the handler returned a value that"},
        {true, BUS_FAULT_VERDICT, BUS_CATEGORY_PROCESSING, "the handler returned BUS_LATER"},
        {true, 403, BUS_CATEGORY_AUTH, "not for you"},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct bus *bus = open_plain();

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, ticked_ends, NULL, NULL), BUS_OK);
    for (uint32_t i = 0; i < ROWS; i++)
        tick(bus, i, BUS_QUEUED);
    flush_spans(bus, &spans, ROWS);
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(spans.all[i].failed, rows[i].failed);
        assert_int_equal(spans.all[i].code, rows[i].code);
        assert_int_equal(spans.all[i].category, rows[i].category);
        assert_memory_equal(spans.all[i].text, rows[i].text, strlen(rows[i].text));
    }
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 4); /* as it was counted */
    assert_int_equal(span_figures(bus).failed, 4);
    finish_bus(&bus);
}

static enum bus_verdict add_forgets(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    enum bus_verdict first = BUS_DONE;

    (void)context;
    if (request->a == 1)
        return probe_add_fail_refused(delivery);
    if (request->a == 2)
        first = probe_add_return(delivery, &(struct probe_add_ok){.sum = 1});
    return request->a == 2 && first == BUS_DONE
               ? probe_add_return(delivery, &(struct probe_add_ok){.sum = 1})
               : BUS_DONE;
}

static void an_answer_that_is_declared_is_no_fault(void **state)
{
    struct bus *bus = open_plain();
    struct probe_add_result result;

    (void)state;
    assert_int_equal(
        probe_add_handle(bus, add_forgets, NULL, &(struct bus_handler_options){.concurrent = true}),
        BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_ANSWERED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 2}, &result), BUS_FAULTED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 3}, &result), BUS_FAULTED);
    flush_spans(bus, &spans, 3);
    assert_false(spans.all[0].failed);
    assert_true(spans.all[1].failed);
    assert_int_equal(spans.all[1].code, BUS_FAULT_SECOND_ANSWER);
    assert_true(spans.all[2].failed);
    assert_int_equal(spans.all[2].code, BUS_FAULT_NO_ANSWER);
    finish_bus(&bus);
}

static enum bus_verdict twice(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    (void)context;
    (void)bus_middleware_next(next, delivery);
    frozen_advance(MS);
    return bus_middleware_next(next, delivery);
}

static void a_run_has_its_middleware_in_it(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_plain();
    const struct bus_middleware again = {.kind = BUS_MIDDLEWARE_CUSTOM, .around = twice};
    uint32_t listed = 0;
    uint64_t id = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint32_t i = 0; i < BUS_MIDDLEWARE_MAX; i++) { /* tracing takes no place of it */
        uint64_t other;

        assert_int_equal(bus_middleware_add(bus, &again, i == 0 ? &id : &other), BUS_OK);
        if (i != 0)
            assert_int_equal(bus_middleware_remove(bus, other), BUS_OK);
        listed++;
    }
    assert_int_equal(bus_middleware_remove(bus, 0), BUS_ERR_NOT_REGISTERED);
    tick(bus, 5, BUS_QUEUED);
    flush_spans(bus, &spans, 1);
    assert_int_equal(spans.all[0].end_ns - spans.all[0].start_ns, MS);
    assert_journal(&journal, (const uint64_t[]){5, 5}, 2);
    assert_int_equal(bus_middleware_remove(bus, id), BUS_OK);
    tick(bus, 6, BUS_QUEUED);
    flush_spans(bus, &spans, 2);
    finish_bus(&bus);
}

/* ---- runs that come again ---- */

static struct bus_error_report last_report;

static void keep_report(void *context, const struct bus_error_report *report)
{
    (void)context;
    last_report = *report;
}

static _Atomic uint32_t failures_left;

static enum bus_verdict fails_first(void *context, const struct probe_ticked *event,
                                    struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    if (failures_left == 0)
        return BUS_DONE;
    failures_left--;
    return bus_fail(delivery, &(struct bus_error){.transient = true, .text = "not yet"});
}

static void retries_are_brothers_and_reports_name_their_span(void **state)
{
    struct bus *bus = open_traced(&spans, (struct bus_trace_options){.every_ns = 0},
                                  (struct bus_policy){.retries = 2, .jitter = BUS_JITTER_NONE});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, fails_first, NULL, NULL), BUS_OK);
    for (uint32_t round = 0; round < 2; round++) {
        spans.count = 0;
        failures_left = 2;
        if (round == 0)
            tick(bus, 1, BUS_QUEUED);
        else
            tick_in(bus, 1, HEADER "01");
        (void)poll_all(bus);
        assert_int_equal(bus_trace_flush(bus), BUS_OK);
        assert_int_equal(bus_errors_each(bus, keep_report, NULL), 2 * round + 1);
        assert_memory_equal(last_report.context.trace_id, spans.all[0].trace_id, 16);
        assert_memory_equal(last_report.context.parent_id, spans.all[0].span_id, 8);
        for (uint32_t i = 0; i < 100; i++) {
            frozen_advance(10 * MS);
            (void)poll_all(bus);
        }
        flush_spans(bus, &spans, 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(spans.all[i].attempt, i + 1);
            assert_int_equal(spans.all[i].failed, i < 2);
            assert_memory_equal(spans.all[i].trace_id, spans.all[0].trace_id, 16);
            assert_memory_equal(spans.all[i].parent_id, spans.all[0].parent_id, 8);
        }
        assert_memory_not_equal(spans.all[0].span_id, spans.all[1].span_id, 8);
        assert_int_equal(bus_errors_each(bus, keep_report, NULL), 2 * round + 2);
        assert_memory_equal(last_report.context.parent_id, spans.all[1].span_id, 8);
    }
    finish_bus(&bus);
}

static void a_dead_letter_keeps_its_trace(void **state)
{
    struct bus *bus = open_plain();
    struct bus_replay_result result;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, fails_first, NULL, NULL), BUS_OK);
    for (uint32_t round = 0; round < 2; round++) {
        spans.count = 0;
        failures_left = 1;
        if (round == 0)
            tick(bus, 1, BUS_QUEUED);
        else
            tick_in(bus, 1, HEADER "01");
        (void)poll_all(bus);
        frozen_advance(BUS_SECOND);
        assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, BUS_SECOND, &result), BUS_OK);
        flush_spans(bus, &spans, 2);
        assert_memory_equal(spans.all[0].trace_id, spans.all[1].trace_id, 16);
        assert_memory_equal(spans.all[0].parent_id, spans.all[1].parent_id, 8);
        assert_true(spans.all[0].failed && !spans.all[1].failed);
        assert_int_equal(spans.all[0].trace_id[0] == 0x0a, round == 1);
    }
    finish_bus(&bus);
}

static struct bus_token token;

static enum bus_verdict add_later(void *context, const struct probe_add *request,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return bus_delivery_defer(delivery, &token);
}

static void note_answer(void *context, const struct probe_add_result *result)
{
    *(enum bus_outcome *)context = result->run.outcome;
}

static void a_deferred_answer_ends_its_span_at_once(void **state)
{
    struct bus *bus = open_plain();
    enum bus_outcome outcome = BUS_OUTCOMES;

    (void)state;
    assert_int_equal(probe_add_handle(bus, add_later, NULL, NULL), BUS_OK);
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, note_answer, &outcome),
        BUS_QUEUED);
    flush_spans(bus, &spans, 1);
    assert_int_equal(spans.all[0].verdict, BUS_LATER);
    assert_false(spans.all[0].failed);
    assert_int_equal(bus_token_fail(token, &(struct bus_error){.text = "never"}), BUS_OK);
    flush_spans(bus, &spans, 1);
    assert_int_equal(outcome, BUS_FAULTED);
    assert_int_equal(bus_errors_each(bus, keep_report, NULL), 1);
    assert_memory_equal(last_report.context.parent_id, spans.all[0].span_id, 8);
    assert_memory_equal(last_report.context.trace_id, spans.all[0].trace_id, 16);
    finish_bus(&bus);
}

/* ---- many at once ---- */

static enum bus_verdict ticks_urge(void *context, const struct probe_ticked *events, uint32_t count,
                                   struct bus_batch *batch)
{
    struct bus *bus = context;

    bus_ignore(probe_urged_publish(bus, &(struct probe_urged){.number = count}));
    bus_batch_set(batch, 1, events[1].number == 2 ? BUS_REJECT : BUS_DONE);
    return BUS_DONE;
}

static void a_batch_is_one_span_of_its_first_event(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_plain();
    const struct bus_span *batch;

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, ticks_urge, bus,
                                                  &(struct bus_batch_options){.size = 3}, NULL),
                     BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, on_urged, &journal, NULL), BUS_OK);
    tick_in(bus, 1, HEADER "01");
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    flush_spans(bus, &spans, 2);
    batch = span_of(&spans, &probe_ticked_type, 0);
    assert_int_equal(batch->events, 3);
    assert_int_equal(batch->trace_id[0], 0x0a);
    assert_true(batch->failed); /* one of them did */
    assert_string_equal(batch->text, "an event of the batch failed");
    assert_root(span_of(&spans, &probe_urged_type, 0));
    assert_int_equal(bus_errors_each(bus, keep_report, NULL), 1);
    assert_memory_equal(last_report.context.parent_id, batch->span_id, 8);
    spans.count = 0;
    for (uint64_t number = 4; number < 7; number++) /* out of the lane */
        tick(bus, number, BUS_QUEUED);
    flush_spans(bus, &spans, 2);
    assert_int_equal(span_of(&spans, &probe_ticked_type, 0)->events, 3);
    assert_false(span_of(&spans, &probe_ticked_type, 0)->failed);
    finish_bus(&bus);
}

/* A breaker that is open runs nothing. */
static void what_does_not_run_has_no_span(void **state)
{
    struct bus *bus = open_traced(&spans, (struct bus_trace_options){.every_ns = 0},
                                  (struct bus_policy){.breaker_failures = 1,
                                                      .breaker_within_ns = 60 * BUS_SECOND,
                                                      .breaker_open_ns = 60 * BUS_SECOND,
                                                      .on_open = BUS_ON_OPEN_FAIL});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, fails_first, NULL, NULL), BUS_OK);
    failures_left = 1;
    tick(bus, 1, BUS_QUEUED);
    flush_spans(bus, &spans, 1);
    tick_in(bus, 2, HEADER "01");
    flush_spans(bus, &spans, 1);
    assert_int_equal(bus_errors_each(bus, keep_report, NULL), 1); /* nor a report */
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 2);
    finish_bus(&bus);
}

/* ---- sampling ---- */

static enum bus_verdict keep_trace(void *context, const struct probe_urged *event,
                                   struct bus_delivery *delivery)
{
    (void)event;
    (void)bus_delivery_trace(delivery, context);
    return BUS_DONE;
}

static void what_is_not_sampled_goes_on_without_spans(void **state)
{
    struct bus *bus = open_plain();
    struct bus_trace trace;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, keep_trace, &trace, NULL), BUS_OK);
    tick_in(bus, 1, HEADER "00");
    flush_spans(bus, &spans, 0);
    assert_int_equal(trace.trace_id[0], 0x0a);
    assert_int_equal(trace.flags, 0);
    assert_int_not_equal(trace.parent_id[0] == 0xb7 && trace.parent_id[1] == 0xad, true);
    finish_bus(&bus);
}

static void a_share_of_the_traces_is_recorded(void **state)
{
    struct bus *bus = open_traced(&spans, (struct bus_trace_options){.sample = 0.25}, plain);

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, takes_three_ms, NULL, NULL), BUS_OK);
    for (uint32_t i = 0; i < 400; i++)
        tick(bus, i, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_in_range(spans.count, 2 * 50, 2 * 160); /* whole trees */
    assert_int_equal(spans.count % 2, 0);
    finish_bus(&bus);
    bus = open_traced(&spans, (struct bus_trace_options){.join_only = true}, plain);
    assert_int_equal(probe_ticked_subscribe(bus, ticked_urges, NULL, NULL), BUS_OK);
    for (uint32_t i = 0; i < 100; i++)
        tick(bus, i, BUS_QUEUED);
    flush_spans(bus, &spans, 0);
    tick_in(bus, 1, HEADER "01");
    flush_spans(bus, &spans, 1);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_one_tree),
        cmocka_unit_test(brothers_of_a_message_without_a_trace_share_one),
        cmocka_unit_test(a_span_says_when_and_where),
        cmocka_unit_test(its_state_is_that_of_the_run),
        cmocka_unit_test(an_answer_that_is_declared_is_no_fault),
        cmocka_unit_test(a_run_has_its_middleware_in_it),
        cmocka_unit_test(retries_are_brothers_and_reports_name_their_span),
        cmocka_unit_test(a_dead_letter_keeps_its_trace),
        cmocka_unit_test(a_deferred_answer_ends_its_span_at_once),
        cmocka_unit_test(a_batch_is_one_span_of_its_first_event),
        cmocka_unit_test(what_does_not_run_has_no_span),
        cmocka_unit_test(what_is_not_sampled_goes_on_without_spans),
        cmocka_unit_test(a_share_of_the_traces_is_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
