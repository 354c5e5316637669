/*
 * Errors in a log: a JSON object a line, in files that are rotated, to a logger of one's own; what
 * a slow or broken disk loses is counted, and no handler waits for it.
 * covers: K5, K6, K7, K8
 */
#include <bus/health.h>
#include <bus/log.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faulty.bus.h"
#include "outputs.h"
#include "pages.h"

static int make_folder(void **state)
{
    (void)state;
    return output_open("errors.log");
}

static int remove_folder(void **state)
{
    static const char *const behind[] = {
        "", ".1", ".2", ".3", ".4", ".statistics.json", ".prom", ".statistics.json.tmp"};

    (void)state;
    return output_close(behind, sizeof behind / sizeof behind[0]);
}

/* ---- a bus whose handler fails ---- */

static const char *said; /* by the handler */

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery,
                    &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                        .severity = (enum bus_severity)(event->number % 4),
                                        .code = -5,
                                        .transient = true,
                                        .text = said});
}

static struct bus *open_logging(const struct bus_log_options *log, const struct bus_os *os,
                                uint32_t errors_kept)
{
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .name = "the \"bus\"", .os = os, .log = log, .errors_kept = errors_kept});

    said = "no answer";
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL), BUS_OK);
    return bus;
}

static void fail_times(struct bus *bus, uint32_t times, uint64_t number)
{
    for (; times > 0; times--)
        tick(bus, number, BUS_QUEUED);
    (void)poll_all(bus);
}

static struct bus_log_figures figures_of(struct bus *bus)
{
    struct bus_log_figures figures;

    assert_int_equal(bus_log_figures_read(bus, &figures), BUS_OK);
    return figures;
}

/* Lines of the file that are JSON objects; *broken: those that are not. The last is kept. */
static uint32_t count_lines(const char *name, uint32_t *broken, json_t **last)
{
    static struct page page;
    char *line, *rest = page.text;
    uint32_t count = 0;

    page_read(name, &page);
    *broken = 0;
    for (; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        count += object != NULL;
        *broken += object == NULL;
        if (last != NULL && object != NULL) {
            json_decref(*last);
            *last = json_incref(object);
        }
        json_decref(object);
    }
    return count;
}

static uint32_t lines_of(const char *name)
{
    uint32_t broken, lines = count_lines(name, &broken, NULL);

    assert_int_equal(broken, 0);
    return lines;
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL)
        fail_msg("there is no %s", key);
    return text;
}

/* ---- lines ---- */

/* covers: K5, K2 */
static void a_line_tells_all_of_a_report(void **state)
{
    struct bus_message_options options = {.trace = {.trace_id = {0xab, 1}, .parent_id = {0xcd, 2}}};
    struct bus *bus = open_logging(&(struct bus_log_options){.path = path}, NULL, 0);
    const json_t *attributes;
    uint32_t broken;
    json_t *line = NULL;

    (void)state;
    said = "no \"answer\"\n\x01\xff";
    assert_int_equal(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 2}, &options),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_int_equal(count_lines(path, &broken, &line), 1);
    assert_int_equal(broken, 0);
    assert_non_null(strchr(text_in(line, "timestamp"), 'Z'));
    assert_string_equal(text_in(line, "severity_text"), "ERROR");
    assert_int_equal(json_integer_value(json_object_get(line, "severity_number")), 17);
    assert_string_equal(text_in(line, "body"), "no \"answer\"\n\x01\xef\xbf\xbd");
    assert_string_equal(text_in(line, "trace_id"), "ab010000000000000000000000000000");
    assert_string_equal(text_in(line, "span_id"), "cd02000000000000");
    attributes = json_object_get(line, "attributes");
    assert_string_equal(text_in(attributes, "bus"), "the \"bus\"");
    assert_int_equal(json_integer_value(json_object_get(attributes, "error_id")), 1);
    assert_string_equal(text_in(attributes, "category"), "connection");
    assert_int_equal(json_integer_value(json_object_get(attributes, "code")), -5);
    assert_true(json_is_true(json_object_get(attributes, "transient")));
    assert_string_equal(text_in(attributes, "message"), "probe.ticked");
    assert_string_equal(text_in(attributes, "handler"), "probe.ticked");
    assert_int_equal(strlen(text_in(attributes, "message_id")), 36);
    assert_int_equal(json_integer_value(json_object_get(attributes, "attempt")), 1);
    assert_true(json_is_false(json_object_get(attributes, "recovering")));
    assert_true(strlen(text_in(attributes, "source")) > 0);
    json_decref(line);
    finish_bus(&bus);
}

struct heard {
    uint32_t lines;
    uint64_t id;
    char last[2048];
};

static void listen(void *context, const struct bus_error_report *report, const char *line,
                   size_t size)
{
    struct heard *heard = context;

    heard->lines++;
    heard->id = report->id;
    if (size < sizeof heard->last)
        memcpy(heard->last, line, size + 1);
}

/* covers: K6 */
static void a_logger_of_ones_own_hears_the_same(void **state)
{
    struct heard heard = {.lines = 0};
    struct bus *bus = open_logging(
        &(struct bus_log_options){
            .path = path, .logger = listen, .logger_context = &heard, .least = BUS_SEVERITY_HIGH},
        NULL, 0);
    static struct page page;

    (void)state;
    for (uint32_t severity = 0; severity < 4; severity++)
        fail_times(bus, 1, severity);
    assert_int_equal(heard.lines, 0); /* not on the handler's way */
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_int_equal(heard.lines, 2);
    assert_int_equal(heard.id, 4);
    assert_non_null(strstr(heard.last, "FATAL"));
    page_read(path, &page);
    assert_non_null(strstr(page.text, heard.last));
    assert_int_equal(lines_of(path), 2);
    assert_int_equal(figures_of(bus).lines, 2);
    assert_int_equal(figures_of(bus).lost, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_logged_in(void *context, const struct faulty_logged_in *event,
                                     struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery, &(struct bus_error){.text = event->word.data});
}

/* covers: K7 */
static void no_secret_is_in_it(void **state)
{
    struct bus *bus = open_logging(&(struct bus_log_options){.path = path}, NULL, 0);
    static struct page page;

    (void)state;
    assert_int_equal(faulty_logged_in_subscribe(bus, on_logged_in, NULL, NULL), BUS_OK);
    bus_ignore(
        faulty_logged_in_publish(bus, &(struct faulty_logged_in){.word = bus_cstr("CANARYWORD")}));
    (void)poll_all(bus);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    page_read(path, &page);
    assert_non_null(strstr(page.text, "\"body\":\"***\""));
    assert_null(strstr(page.text, "CANARY"));
    finish_bus(&bus);
}

/* ---- files ---- */

/* covers: K5 */
static void files_are_rotated_and_bounded(void **state)
{
    static char text[900];
    struct bus *bus = open_logging(
        &(struct bus_log_options){.path = path, .file_bytes = 16 * 1024, .files = 3}, NULL, 0);
    struct stat found;
    uint32_t lines = 0;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    said = text;
    fail_times(bus, 30, 2); /* about 1.2 KiB each: three files, the oldest not full */
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    for (uint32_t i = 0; i < 3; i++) {
        static const char *const behind[] = {"", ".1", ".2"};

        assert_int_equal(stat(beside(behind[i]), &found), 0);
        assert_true(found.st_size <= 16 * 1024);
        lines += lines_of(beside(behind[i]));
    }
    assert_int_equal(lines, 30);
    assert_int_equal(figures_of(bus).rotations, 2);
    fail_times(bus, 100, 2);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_int_not_equal(access(beside(".3"), F_OK), 0);
    assert_int_equal(figures_of(bus).lines, 130);
    finish_bus(&bus);
}

/* covers: K5 */
static void one_file_is_begun_again(void **state)
{
    static char text[900];
    struct bus *bus = open_logging(
        &(struct bus_log_options){.path = path, .file_bytes = 16 * 1024, .files = 1}, NULL, 0);
    struct stat found;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    said = text;
    fail_times(bus, 100, 2);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_int_equal(stat(path, &found), 0);
    assert_true(found.st_size <= 16 * 1024);
    assert_int_not_equal(access(beside(".1"), F_OK), 0);
    assert_true(lines_of(path) < 20);
    finish_bus(&bus);
}

/* covers: K5 */
static void a_log_that_is_there_is_written_on(void **state)
{
    mode_t before = umask(0);
    struct stat found;

    (void)state;
    for (uint32_t round = 1; round <= 2; round++) {
        struct bus *bus = open_logging(
            &(struct bus_log_options){.path = path, .metrics_path = beside(".prom")}, NULL, 0);

        fail_times(bus, 3, 2);
        finish_bus(&bus); /* close writes what is left */
        assert_int_equal(lines_of(path), 3 * round);
    }
    (void)umask(before);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(stat(beside(".statistics.json"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(stat(beside(".prom"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 0644);
}

/* covers: K5, J4 */
static void statistics_are_beside_it(void **state)
{
    struct bus *bus = open_logging(&(struct bus_log_options){.path = path}, NULL, 0);
    static struct page page;
    json_t *root;

    (void)state;
    fail_times(bus, 3, 2);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    page_read(beside(".statistics.json"), &page);
    root = json_loads(page.text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json_object_get(json_object_get(root, "counters"), "events_failed_total"));
    json_decref(root);
    finish_bus(&bus);
    bus = open_logging(&(struct bus_log_options){.path = path, .statistics_path = ""}, NULL, 0);
    assert_int_equal(unlink(beside(".statistics.json")), 0);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    finish_bus(&bus);
    assert_int_not_equal(access(beside(".statistics.json"), F_OK), 0);
}

/* ---- what goes wrong ---- */

/* covers: K5 */
static void what_is_overwritten_before_is_counted(void **state)
{
    struct bus *bus = open_logging(&(struct bus_log_options){.path = path}, NULL, 8);
    json_t *line = NULL;
    uint32_t broken;

    (void)state;
    fail_times(bus, 20, 2);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_int_equal(count_lines(path, &broken, &line), 8);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(line, "attributes"), "error_id")), 20);
    assert_int_equal(figures_of(bus).lines, 8);
    assert_int_equal(figures_of(bus).lost, 12);
    json_decref(line);
    finish_bus(&bus);
}

/* covers: K5 */
static void a_full_disk_loses_lines_and_says_so(void **state)
{
    struct bus_os os = *bus_os_native();
    struct bus_health health;
    struct bus *bus;
    uint32_t broken, told = 0;

    (void)state;
    os.file_write = write_some;
    bus = open_logging(&(struct bus_log_options){.path = path, .statistics_path = ""}, &os, 0);
    room = 100; /* the first line is torn */
    fail_times(bus, 3, 2);
    assert_int_equal(bus_log_flush(bus), BUS_ERR_SYSTEM);
    assert_non_null(strstr(bus_last_error(), "No space left"));
    assert_non_null(strstr(bus_last_error(), path));
    assert_true(figures_of(bus).failing);
    assert_int_equal(figures_of(bus).lost, 3);
    assert_int_equal(bus_health(bus, &health), BUS_OK);
    for (uint32_t i = 0; i < health.reason_count; i++)
        told += strstr(health.reasons[i].text, "the log: cannot write") != NULL;
    assert_int_equal(told, 1);
    room = 1 << 20;
    fail_times(bus, 2, 2);
    assert_int_equal(bus_log_flush(bus), BUS_OK);
    assert_false(figures_of(bus).failing);
    assert_string_equal(figures_of(bus).text, "");
    assert_int_equal(count_lines(path, &broken, NULL), 2);
    assert_int_equal(broken, 1);
    finish_bus(&bus);
}

static int refuse_rename(void *context, const char *from, const char *to)
{
    (void)context;
    (void)from;
    (void)to;
    errno = EACCES;
    return -1;
}

/* covers: K5 */
static void a_log_that_cannot_be_set_aside_grows_no_more(void **state)
{
    static char text[900];
    struct bus_os os = *bus_os_native();
    struct stat found;
    struct bus *bus;

    (void)state;
    os.file_rename = refuse_rename;
    memset(text, 'x', sizeof text - 1);
    bus = open_logging(
        &(struct bus_log_options){.path = path, .file_bytes = 16 * 1024, .statistics_path = ""},
        &os, 0);
    said = text;
    fail_times(bus, 100, 2);
    assert_int_equal(bus_log_flush(bus), BUS_ERR_SYSTEM);
    assert_int_equal(stat(path, &found), 0);
    assert_true(found.st_size <= 16 * 1024);
    assert_int_equal(figures_of(bus).lines + figures_of(bus).lost, 100);
    finish_bus(&bus);
}

/* covers: K5 */
static void what_cannot_be_opened_is_said(void **state)
{
    struct bus_log_options log = {.path = path};
    struct bus_options options = {.polled = true, .os = failing_os(), .log = &log};
    uint64_t before = failing_outstanding(), nth;
    enum bus_status status = BUS_ERR_MEMORY;
    struct bus *bus;

    (void)state;
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_SYSTEM);
    assert_non_null(strstr(bus_last_error(), path));
    assert_int_equal(failing_outstanding(), before);
    assert_int_equal(unlink(path), 0);
    for (nth = 1; status == BUS_ERR_MEMORY; nth++) {
        failing_arm(nth, false);
        status = bus_open(&bus, &options);
        if (status == BUS_ERR_MEMORY)
            assert_int_equal(failing_outstanding(), before);
    }
    failing_arm(0, false);
    assert_int_equal(status, BUS_OK);
    finish_bus(&bus);
}

/* covers: K5 */
static void options_without_sense_are_refused(void **state)
{
    static char too_long[5000];
    struct bus_os os = *bus_os_native();
    const struct {
        struct bus_log_options log;
        const char *word;
    } bad[] = {
        {{.path = path, .file_bytes = 1000}, "file_bytes"},
        {{.path = path, .files = 1001}, "files"},
        {{.path = path, .least = (enum bus_severity)4}, "least"},
        {{.path = path, .statistics_ns = 1}, "statistics_ns"},
        {{.path = too_long}, "too long"},
    };
    struct bus_options options = {.polled = true};
    struct bus *bus;

    (void)state;
    memset(too_long, 'x', sizeof too_long - 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options.log = &bad[i].log;
        assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
        if (strstr(bus_last_error(), bad[i].word) == NULL)
            fail_msg("%s: %s", bad[i].word, bus_last_error());
    }
    options.log = &(struct bus_log_options){.path = path};
    options.no_error_handling = true;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    options.no_error_handling = false;
    options.errors_kept = BUS_ERRORS_NONE;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    options.errors_kept = 0;
    os.file_open = NULL;
    options.os = &os;
    assert_int_equal(bus_open(&bus, &options), BUS_ERR_INVALID);
    options.os = NULL;
    options.log = NULL;
    assert_int_equal(bus_open(&bus, &options), BUS_OK);
    assert_int_equal(bus_log_flush(bus), BUS_ERR_STATE);
    assert_int_equal(figures_of(bus).lines, 0);
    assert_int_equal(bus_log_figures_read(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_log_flush(NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* ---- with a thread of its own ---- */

struct ear {
    struct latch heard;
};

static void count(void *context, const struct bus_error_report *report, const char *line,
                  size_t size)
{
    struct ear *ear = context;

    (void)report;
    (void)line;
    (void)size;
    latch_add(&ear->heard, 1);
}

static void *fail_from_outside(void *argument)
{
    for (uint64_t n = 0; n < 50; n++)
        bus_ignore(probe_ticked_publish(argument, &(struct probe_ticked){.number = 2}));
    return NULL;
}

/* Reports of several workers all come, though nobody asks for them, nor do statistics wake it.
 * covers: K5 */
static void its_thread_writes_by_itself(void **state)
{
    struct bus_handler_options anywhere = {.concurrent = true};
    struct ear ear = {LATCH_INITIALIZER};
    struct bus_log_options log = {
        .path = path, .logger = count, .logger_context = &ear, .statistics_ns = 3600 * BUS_SECOND};
    struct bus *bus = open_bus(&(struct bus_options){.workers = 3, .log = &log});
    pthread_t threads[4];

    (void)state;
    said = "no answer";
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_fail, NULL, &anywhere), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t round = 1; round <= 5; round++) {
        for (uint32_t i = 0; i < 4; i++)
            threads[i] = spawn(fail_from_outside, bus);
        for (uint32_t i = 0; i < 4; i++)
            reap(threads[i]);
        assert_true(latch_wait(&ear.heard, 200 * round)); /* it may have slept before */
    }
    finish_bus(&bus);
    assert_int_equal(lines_of(path), 1000);
    assert_int_equal(access(beside(".statistics.json"), F_OK), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_line_tells_all_of_a_report),
        IN_FOLDER(a_logger_of_ones_own_hears_the_same),
        IN_FOLDER(no_secret_is_in_it),
        IN_FOLDER(files_are_rotated_and_bounded),
        IN_FOLDER(one_file_is_begun_again),
        IN_FOLDER(a_log_that_is_there_is_written_on),
        IN_FOLDER(statistics_are_beside_it),
        IN_FOLDER(what_is_overwritten_before_is_counted),
        IN_FOLDER(a_full_disk_loses_lines_and_says_so),
        IN_FOLDER(a_log_that_cannot_be_set_aside_grows_no_more),
        IN_FOLDER(what_cannot_be_opened_is_said),
        IN_FOLDER(options_without_sense_are_refused),
        IN_FOLDER(its_thread_writes_by_itself),
    };
#undef IN_FOLDER

    return cmocka_run_group_tests(tests, NULL, NULL);
}
