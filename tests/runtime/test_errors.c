/*
 * Reports of failed runs: what they say, how many are kept, what they never show.
 * covers: A6, K1, K4, K7, K9, F6, N4
 */
#include <bus/errors.h>

#include <errno.h>
#include <stdio.h>

#include <bus_system.bus.h>

#include "faulty.bus.h"
#include "support.h"

enum { SEEN_MAX = 64 };

static const struct bus_session nobody = {0, 0};

/* The reports that bus_errors_each showed, the first SEEN_MAX of them. */
struct seen {
    uint64_t count;
    struct bus_error_report reports[SEEN_MAX];
};

static void see(void *context, const struct bus_error_report *report)
{
    struct seen *seen = context;

    if (seen->count < SEEN_MAX) {
        seen->reports[seen->count] = *report;
        seen->reports[seen->count].error.text = seen->reports[seen->count].text;
    }
    seen->count++;
}

static const struct seen *errors_of(struct bus *bus)
{
    static struct seen seen;
    uint64_t count;

    seen.count = 0;
    count = bus_errors_each(bus, see, &seen);
    assert_int_equal(count, seen.count);
    return &seen;
}

struct found {
    const char *name;
    struct bus_handler_record record;
    uint32_t count;
};

static void find_record(void *context, const struct bus_handler_record *record)
{
    struct found *found = context;

    if (strcmp(record->name, found->name) != 0)
        return;
    found->count++;
    found->record = *record; /* its last.text points into what is gone: see last_text */
}

static struct bus_handler_record record_of(struct bus *bus, const char *name)
{
    struct found found = {.name = name};

    assert_true(bus_handlers_each(bus, find_record, &found) >= 1);
    assert_int_equal(found.count, 1);
    return found.record;
}

/* ---- handlers ---- */

static const struct bus_error line_is_down = {.category = BUS_CATEGORY_CONNECTION,
                                              .severity = BUS_SEVERITY_HIGH,
                                              .code = 42,
                                              .transient = true,
                                              .text = "line is down"};

/* Odd numbers fail. */
static enum bus_verdict on_ticked_odd(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    (void)context;
    return event->number % 2 != 0 ? bus_fail(delivery, &line_is_down) : BUS_DONE;
}

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    return bus_fail(delivery, context);
}

static enum bus_verdict on_add_fail(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    if (request->a == 0)
        return bus_fail(delivery, context);
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = 1});
}

/* ---- what a report says ---- */

/* covers: K1 */
static void a_report_tells_who_what_when_and_where(void **state)
{
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .os = frozen_os(), .error_traces = true});
    const struct bus_error_report *report;
    char where[256];

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    frozen_advance(BUS_SECOND);
    tick(bus, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(errors_of(bus)->count, 2);
    report = &errors_of(bus)->reports[0];
    assert_int_equal(report->id, 1);
    assert_int_equal(report->time_ns, UINT64_C(1700000000) * BUS_SECOND + 1001 * BUS_SECOND);
    assert_ptr_equal(report->type, &probe_ticked_type);
    assert_string_equal(report->handler, "probe.ticked");
    assert_int_equal(report->error.category, BUS_CATEGORY_CONNECTION);
    assert_int_equal(report->error.severity, BUS_SEVERITY_HIGH);
    assert_int_equal(report->error.code, 42);
    assert_true(report->error.transient);
    assert_string_equal(report->text, "line is down");
    assert_int_equal(report->attempt, 1);
    assert_int_equal(report->session.index, 0);
    assert_true(report->message.high != 0);
    assert_true(report->message.high != report[1].message.high ||
                report->message.low != report[1].message.low);
    assert_false(report->recovered);
    assert_non_null(report->source);
    bus_call_site_text(report->source, where, sizeof where);
    assert_true(strlen(where) > 0);
    assert_true(report->trace_count >= 2);
    assert_ptr_equal(report->trace[0], report->source);
    assert_int_equal(report[1].id, 2);
    finish_bus(&bus);
}

static void failed_add(struct bus *bus)
{
    struct probe_add_result result;

    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 0}, &result), BUS_FAULTED);
}

/* covers: K1 */
static void each_way_of_running_reports(void **state)
{
    struct bus *bus = open_workers(2);
    struct bus_handler_options alone = {.concurrent = true};
    struct bus_handler_options beside = {.concurrent = true, .parallel = true};
    struct bus_error one = {.text = "one"}, two = {.text = "two"};
    uint64_t before;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_fail, &one, NULL), BUS_OK);
    failed_add(bus); /* queued */
    assert_int_equal(errors_of(bus)->count, 1);
    assert_string_equal(errors_of(bus)->reports[0].handler, "probe.add");
    assert_int_equal(probe_add_unhandle(bus, on_add_fail, &one, nobody), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_fail, &one, &alone), BUS_OK);
    failed_add(bus); /* on its caller */
    assert_int_equal(errors_of(bus)->count, 2);

    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &one, &beside), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &two, &beside), BUS_OK);
    before = errors_of(bus)->count;
    tick(bus, 1, BUS_QUEUED); /* beside one another */
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(errors_of(bus)->count, before + 2);
    finish_bus(&bus);
}

/* ---- history ---- */

/* covers: K4, N4; the named mistake "error list without bound" */
static void the_error_list_is_bounded(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});
    uint64_t memory = stats_of(bus).memory_bytes, i;
    const struct seen *seen;

    (void)state;
    assert_true(sizeof(struct bus_error_report) <= 6 * 1024);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(
        probe_ticked_subscribe(bus, on_ticked_fail, (void *)(uintptr_t)&line_is_down, NULL),
        BUS_OK);
    for (i = 0; i < 100; i++) {
        uint32_t k;

        for (k = 0; k < 100; k++)
            tick(bus, k, BUS_QUEUED);
        (void)poll_all(bus);
        if (i == 0)
            memory = stats_of(bus).memory_bytes;
    }
    assert_int_equal(stats_of(bus).memory_bytes, memory);
    seen = errors_of(bus);
    assert_int_equal(seen->count, 1000);
    assert_int_equal(seen->reports[0].id, 9001);
    assert_int_equal(seen->reports[1].id, 9002);
    finish_bus(&bus);
}

static void fail_times(struct bus *bus, uint64_t times)
{
    for (; times > 0; times--)
        tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
}

/* covers: K4 */
static void how_many_are_kept_is_settable(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .errors_kept = 3});
    uint64_t memory;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    fail_times(bus, 5);
    assert_int_equal(errors_of(bus)->count, 3);
    assert_int_equal(errors_of(bus)->reports[0].id, 3);
    assert_int_equal(bus_errors_keep(bus, 2), BUS_OK); /* the newest stay */
    assert_int_equal(errors_of(bus)->count, 2);
    assert_int_equal(errors_of(bus)->reports[0].id, 4);
    assert_int_equal(bus_errors_keep(bus, 10), BUS_OK);
    fail_times(bus, 5);
    assert_int_equal(errors_of(bus)->count, 7);
    memory = stats_of(bus).memory_bytes;
    assert_int_equal(bus_errors_keep(bus, 0), BUS_OK);
    assert_true(stats_of(bus).memory_bytes < memory);
    fail_times(bus, 5);
    assert_int_equal(errors_of(bus)->count, 0);
    assert_int_equal(record_of(bus, "probe.ticked").failures, 15); /* counted all the same */
    assert_int_equal(bus_errors_keep(bus, 2), BUS_OK);
    assert_int_equal(errors_of(bus)->count, 0);
    fail_times(bus, 1);
    assert_int_equal(errors_of(bus)->reports[0].id, 16);
    assert_int_equal(bus_errors_keep(bus, BUS_ERRORS_MOST + 1), BUS_ERR_INVALID);
    assert_int_equal(bus_errors_keep(NULL, 1), BUS_ERR_INVALID);
    finish_bus(&bus);

    bus = open_bus(&(struct bus_options){.polled = true, .errors_kept = BUS_ERRORS_NONE});
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    fail_times(bus, 5);
    assert_int_equal(errors_of(bus)->count, 0);
    assert_int_equal(record_of(bus, "probe.ticked").failures, 5);
    finish_bus(&bus);
    assert_int_equal(bus_errors_each(NULL, see, NULL), 0);
}

/* covers: K4 */
static void keeping_more_without_memory_changes_nothing(void **state)
{
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .errors_kept = 3, .os = failing_os()});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    fail_times(bus, 5);
    failing_arm(1, false);
    assert_int_equal(bus_errors_keep(bus, 100), BUS_ERR_MEMORY);
    assert_true(failing_struck());
    failing_arm(0, false);
    assert_int_equal(errors_of(bus)->count, 3);
    fail_times(bus, 1);
    assert_int_equal(errors_of(bus)->reports[2].id, 6);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- text ---- */

/* covers: K7 */
static void text_is_cut_at_1000(void **state)
{
    static char text[2000];
    struct bus_error error = {.text = text};
    struct bus *bus = open_polled();

    (void)state;
    memset(text, 'x', 999);
    for (size_t i = 999; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &error, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(strlen(errors_of(bus)->reports[0].text), 999); /* no half character */
    text[998] = '\0';
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(strlen(errors_of(bus)->reports[1].text), 998);
    text[999] = 'y';
    text[998] = 'y';
    text[1000] = '\0';
    tick(bus, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(strlen(errors_of(bus)->reports[2].text), 1000);
    finish_bus(&bus);
}

/* covers: K1 */
static void values_out_of_range_are_tamed(void **state)
{
    struct bus_error error = {.category = (enum bus_category)99,
                              .severity = (enum bus_severity) - 1};
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, &error, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(errors_of(bus)->reports[0].error.category, BUS_CATEGORY_PROCESSING);
    assert_int_equal(errors_of(bus)->reports[0].error.severity, BUS_SEVERITY_MEDIUM);
    assert_string_equal(errors_of(bus)->reports[0].text, "");
    assert_string_equal(bus_category_text(BUS_CATEGORY_CONFIG), "config");
    assert_string_equal(bus_severity_text(BUS_SEVERITY_CRITICAL), "critical");
    assert_string_equal(bus_category_text((enum bus_category)99), "unknown category");
    assert_string_equal(bus_severity_text((enum bus_severity)99), "unknown severity");
    finish_bus(&bus);
}

/* ---- secrets ---- */

static enum bus_verdict on_logged_in(void *context, const struct faulty_logged_in *event,
                                     struct bus_delivery *delivery)
{
    static char text[3000];
    char id[BUS_UUID_TEXT_SIZE];

    (void)context;
    bus_uuid_text(event->id, id);
    (void)snprintf(text, sizeof text,
                   "%.*s: word %.*s, pin %u (not 1%u), token %.*s, card %s, %s %s",
                   (int)event->user.size, event->user.data, (int)event->word.size, event->word.data,
                   event->pin, event->pin, (int)event->token.size, (const char *)event->token.data,
                   event->means.type == FAULTY_MEANS_CARD ? event->means.card.number.data : "none",
                   event->marks.size > 0 ? event->marks.data[0].data : "", id);
    return bus_fail(delivery, &(struct bus_error){.text = text});
}

static void log_in(struct bus *bus, const char *word)
{
    struct bus_string mark = bus_cstr("CANARYMARK");
    struct faulty_logged_in event = {
        .user = bus_cstr("ada"),
        .word = bus_cstr(word),
        .pin = 4711,
        .token = {(const uint8_t *)"CANARYTOKEN", 11},
        .means = {.type = FAULTY_MEANS_CARD,
                  .card = {.number = bus_cstr("CANARYCARD"), .holder = bus_cstr("Lovelace")}},
        .marks = {&mark, 1},
        .id = {UINT64_C(0xcafe), UINT64_C(0xbabe)},
    };

    assert_int_equal(faulty_logged_in_publish(bus, &event), BUS_QUEUED);
    (void)poll_all(bus);
}

/* covers: K7 */
static void secrets_are_in_no_text(void **state)
{
    static char word[1990];
    struct bus *bus = open_polled();
    const char *text;

    (void)state;
    assert_int_equal(faulty_logged_in_subscribe(bus, on_logged_in, NULL, NULL), BUS_OK);
    log_in(bus, "CANARYWORD");
    text = errors_of(bus)->reports[0].text;
    assert_string_equal(text, "ada: word ***, pin *** (not 14711), token ***, card ***, *** ***");
    assert_string_equal(record_of(bus, "faulty.logged_in").last_text, text);
    log_in(bus, "7"); /* too short to be told from other text */
    assert_string_equal(errors_of(bus)->reports[1].text,
                        "ada: word 7, pin *** (not 14711), token ***, card ***, *** ***");
    memset(word, 'Q', sizeof word - 1);
    log_in(bus, word); /* cut in its middle */
    assert_string_equal(errors_of(bus)->reports[2].text, "ada: word ***");
    memset(word, 'Q', sizeof word - 1);
    word[500] = '\0';
    log_in(bus, word); /* longer than a result's text, and cut there before it is masked here */
    assert_string_equal(errors_of(bus)->reports[3].text,
                        "ada: word ***, pin *** (not 14711), token ***, card ***, *** ***");
    assert_string_equal(record_of(bus, "faulty.logged_in").last_text,
                        "ada: word ***, pin *** (not 14711), token ***, card ***, *** ***");
    finish_bus(&bus);
}

static enum bus_verdict on_charge(void *context, const struct faulty_charge *request,
                                  struct bus_delivery *delivery)
{
    char text[64];

    (void)context;
    (void)snprintf(text, sizeof text, "%.*s was refused", (int)request->card.size,
                   request->card.data);
    return bus_fail(delivery, &(struct bus_error){.text = text});
}

/* covers: K7 */
static void secrets_are_in_no_result(void **state)
{
    struct bus *bus = open_polled();
    struct faulty_charge_result result;

    (void)state;
    assert_int_equal(faulty_charge_handle(bus, on_charge, NULL, NULL), BUS_OK);
    assert_int_equal(
        faulty_charge_execute(bus, &(struct faulty_charge){.card = bus_cstr("4111222233334444")},
                              &result),
        BUS_FAULTED);
    assert_string_equal(result.run.error.text, "*** was refused");
    assert_null(strstr(bus_last_error(), "4111"));
    /* The end of a whole text is no beginning of a secret. */
    assert_int_equal(faulty_charge_execute(
                         bus, &(struct faulty_charge){.card = bus_cstr("refused at all")}, &result),
                     BUS_FAULTED);
    assert_string_equal(result.run.error.text, "*** was refused");
    finish_bus(&bus);
}

/* ---- records ---- */

/* covers: F6 */
static void a_record_for_each_handler(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct bus_handler_record record;
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, &journal, NULL), BUS_OK);
    record = record_of(bus, "probe.ticked");
    assert_int_equal(record.runs, 0);
    assert_int_equal(record.failures, 0);
    assert_int_equal(record.last_failure_ns, 0);
    assert_string_equal(record.last_text, "");
    for (uint64_t i = 0; i < 3; i++)
        tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    record = record_of(bus, "probe.ticked");
    assert_int_equal(record.runs, 3);
    assert_int_equal(record.failures, 3);
    assert_int_equal(record.consecutive, 3);
    assert_int_equal(record.last.code, 42);
    assert_string_equal(record.last_text, "line is down");
    assert_int_equal(record.last_failure_ns, UINT64_C(1700000000) * BUS_SECOND + 1000 * BUS_SECOND);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    record = record_of(bus, "probe.ticked");
    assert_int_equal(record.runs, 4);
    assert_int_equal(record.failures, 3);
    assert_int_equal(record.consecutive, 0);
    for (uint64_t i = 1; i <= 4; i++) /* fails, works, fails, works */
        tick(bus, i, BUS_QUEUED);
    tick(bus, 5, BUS_QUEUED);
    (void)poll_all(bus);
    record = record_of(bus, "probe.ticked");
    assert_int_equal(record.runs, 9);
    assert_int_equal(record.failures, 6);
    assert_int_equal(record.consecutive, 1);
    assert_int_equal(record_of(bus, "probe.alarmed").runs, 0);
    finish_bus(&bus);
}

static void run_add(struct bus *bus, struct bus_session session, uint32_t a)
{
    struct bus_message_options options = {.session = session};
    struct probe_add_result result;

    bus_ignore(probe_add_execute_with(bus, &(struct probe_add){.a = a}, &options, &result));
}

/* covers: F6 */
static void commands_of_a_session_have_their_own(void **state)
{
    struct bus *bus = open_workers(2);
    struct bus_handler_options bus_wide = {.concurrent = true}, own = {.concurrent = true};
    struct bus_error one = {.text = "bus"}, two = {.text = "session"};
    struct bus_session session;
    const char *last;
    struct found found = {.name = "probe.add"};

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    own.session = session;
    assert_int_equal(probe_add_handle(bus, on_add_fail, &one, &bus_wide), BUS_OK);
    run_add(bus, nobody, 0);
    run_add(bus, nobody, 1);
    assert_int_equal(probe_add_handle(bus, on_add_fail, &two, &own), BUS_OK);
    run_add(bus, session, 0);
    run_add(bus, session, 0);
    run_add(bus, session, 1);
    run_add(bus, nobody, 0);
    assert_int_equal(bus_handlers_each(bus, find_record, &found), 2);
    last = found.record.last_text; /* the session's was registered last */
    assert_string_equal(last, "session");
    assert_int_equal(found.record.runs, 3);
    assert_int_equal(found.record.failures, 2);
    assert_int_equal(found.record.consecutive, 0);
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    assert_int_equal(record_of(bus, "probe.add").runs, 3);
    assert_int_equal(record_of(bus, "probe.add").failures, 2);
    assert_int_equal(record_of(bus, "probe.add").consecutive, 1);
    assert_int_equal(probe_add_unhandle(bus, on_add_fail, &one, nobody), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_fail, &one, &bus_wide), BUS_OK);
    assert_int_equal(record_of(bus, "probe.add").runs, 0); /* a new one begins */
    finish_bus(&bus);
}

/* covers: F6 */
static void runs_are_counted_on_all_workers(void **state)
{
    struct bus *bus = open_workers(3);
    struct bus_handler_options options = {.concurrent = true};
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed, &journal, &options), BUS_OK);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = i, .number = i}),
                         BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(record_of(bus, "probe.keyed").runs, 300);
    finish_bus(&bus);
}

/* ---- no end of it ---- */

static enum bus_verdict on_failed_fail(void *context,
                                       const struct bus_system_event_handler_failed *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    journal_add(context, 1);
    return bus_fail(delivery, &(struct bus_error){.text = "no log", .transient = true});
}

static enum bus_verdict on_letter_fail(void *context,
                                       const struct bus_system_dead_letter_added *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    journal_add(context, 2);
    (void)delivery;
    return BUS_FAULT;
}

/* covers: A6, K1; the named mistake "failure events about failure events" */
static void no_failure_event_about_a_failure_event(void **state)
{
    struct bus *bus = open_polled();
    struct journal told = JOURNAL_INITIALIZER, letters = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(bus_system_event_handler_failed_subscribe(bus, on_failed_fail, &told, NULL),
                     BUS_OK);
    assert_int_equal(bus_system_dead_letter_added_subscribe(bus, on_letter_fail, &letters, NULL),
                     BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(latch_count(&told.latch), 1);
    assert_int_equal(latch_count(&letters.latch), 1);
    assert_int_equal(errors_of(bus)->count, 3); /* all three failed runs can be read all the same */
    assert_int_equal(account_of(bus, &bus_system_event_handler_failed_type).accepted, 1);
    assert_int_equal(account_of(bus, &bus_system_event_handler_failed_type).failed, 1);
    finish_bus(&bus);
}

/* ---- off ---- */

/* covers: K9 */
static void all_of_it_can_be_switched_off(void **state)
{
    struct bus *on = open_bus(&(struct bus_options){.polled = true});
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .no_error_handling = true});
    struct bus_account account;

    (void)state;
    assert_true(stats_of(bus).memory_bytes + sizeof(struct bus_error_report) * 1000 <=
                stats_of(on).memory_bytes);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_odd, NULL, NULL), BUS_OK);
    fail_times(bus, 5);
    assert_int_equal(errors_of(bus)->count, 0);
    assert_int_equal(record_of(bus, "probe.ticked").failures, 0);
    assert_int_equal(bus_errors_keep(bus, 5), BUS_ERR_STATE);
    account = account_of(bus, &probe_ticked_type); /* failed all the same */
    assert_int_equal(account.failed, 5);
    assert_int_equal(account.calls_failed, 5);
    finish_bus(&bus);
    assert_int_equal(bus_start(on), BUS_OK);
    finish_bus(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_tells_who_what_when_and_where),
        cmocka_unit_test(each_way_of_running_reports),
        cmocka_unit_test(the_error_list_is_bounded),
        cmocka_unit_test(how_many_are_kept_is_settable),
        cmocka_unit_test(keeping_more_without_memory_changes_nothing),
        cmocka_unit_test(text_is_cut_at_1000),
        cmocka_unit_test(values_out_of_range_are_tamed),
        cmocka_unit_test(secrets_are_in_no_text),
        cmocka_unit_test(secrets_are_in_no_result),
        cmocka_unit_test(a_record_for_each_handler),
        cmocka_unit_test(commands_of_a_session_have_their_own),
        cmocka_unit_test(runs_are_counted_on_all_workers),
        cmocka_unit_test(no_failure_event_about_a_failure_event),
        cmocka_unit_test(all_of_it_can_be_switched_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
