/*
 * What the bus tells those who watch it: names, labels and figures equal to its own accounts, in
 * two formats and in a file.
 * covers: J1, J4
 */
#include <bus/breakers.h>
#include <bus/errors.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pages.h"

static bool has_line(const struct page *page, const char *begin)
{
    char behind[256];

    (void)snprintf(behind, sizeof behind, "\n%s", begin);
    return strncmp(page->text, begin, strlen(begin)) == 0 || strstr(page->text, behind) != NULL;
}

/* ---- a bus that has done something ---- */

static enum bus_verdict on_some(void *context, const struct probe_ticked *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    if (event->number < 1000)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .severity = BUS_SEVERITY_HIGH});
}

static enum bus_verdict on_faded(void *context, const struct probe_faded *event,
                                 struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_DONE;
}

/* 3 processed, 2 failed, 1 expired, 1 waits in its lane; 1 command answered. */
static struct bus *open_used(void)
{
    static const struct bus_policy_override override = {&probe_ticked_type,
                                                        {.breaker_failures = 100}};
    struct probe_add_result result;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .os = frozen_os(),
                                                     .name = "a \"bus\"",
                                                     .timing_every = 1,
                                                     .policies = &override,
                                                     .policy_count = 1});

    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_some, NULL, NULL), BUS_OK);
    assert_int_equal(probe_faded_subscribe(bus, on_faded, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    bus_ignore(probe_faded_publish(bus, &(struct probe_faded){.number = 1}));
    frozen_advance(BUS_SECOND);
    for (uint64_t n = 0; n < 3; n++)
        tick(bus, n, BUS_QUEUED);
    for (uint64_t n = 0; n < 2; n++)
        tick(bus, 1000, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1, .b = 2}, &result),
                     BUS_ANSWERED);
    tick(bus, 7, BUS_QUEUED);
    return bus;
}

static void close_used(struct bus *bus)
{
    (void)poll_all(bus);
    finish_bus(&bus);
}

/* ---- text ---- */

/* covers: J1, J4, I4 */
static void figures_are_those_of_the_accounts(void **state)
{
    struct bus *bus = open_used();
    const struct page *page = page_of(bus, NULL);
    struct bus_account account = account_of(bus, &probe_ticked_type);

    (void)state;
    assert_true(page_value(page, "events_published_total{message=\"probe.ticked\"}") ==
                (double)account.accepted);
    assert_int_equal(account.accepted, 6);
    assert_true(page_value(page, "events_processed_total{message=\"probe.ticked\"}") == 3);
    assert_true(page_value(page, "events_failed_total{message=\"probe.ticked\"}") == 2);
    assert_true(page_value(page, "commands_sent_total{message=\"probe.add\"}") == 1);
    assert_true(page_value(page, "commands_processed_total{message=\"probe.add\"}") == 1);
    assert_true(page_value(page, "commands_failed_total{message=\"probe.add\"}") == 0);
    assert_true(
        page_value(page, "messages_dropped_total{message=\"probe.faded\",reason=\"expired\"}") ==
        1);
    assert_true(
        page_value(page, "messages_dropped_total{message=\"probe.faded\",reason=\"overflow\"}") ==
        0);
    assert_true(page_value(page, "messages_held{message=\"probe.ticked\"}") == 1);
    assert_true(page_value(page, "queue_size{lane=\"normal\"}") == 1);
    assert_true(page_value(page, "queue_size{lane=\"critical\"}") == 0);
    assert_true(page_value(page, "backpressure_active") == 0);
    assert_true(page_value(page, "circuit_breaker_state{breaker=\"probe.ticked\"}") == 0);
    assert_true(page_value(page, "dead_letter_queue_size") == 2);
    assert_true(page_value(page, "active_sessions") == 0);
    assert_true(page_value(page, "registered_handlers") == 3);
    assert_true(page_value(page, "errors_total{category=\"connection\"}") == 2);
    assert_true(page_value(page, "errors_by_severity_total{severity=\"high\"}") == 2);
    assert_true(
        page_value(page, "handler_runs_total{message=\"probe.ticked\",handler=\"probe.ticked\"}") ==
        5);
    assert_true(
        page_value(page,
                   "handler_failures_total{message=\"probe.ticked\",handler=\"probe.ticked\"}") ==
        2);
    assert_false(has_line(page, "events_published_total{message=\"probe.add\"}"));
    close_used(bus);
}

/* covers: J1 */
static void handlers_of_one_name_share_a_line(void **state)
{
    struct bus *bus = open_used();
    struct journal journal = JOURNAL_INITIALIZER;
    const struct page *page;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    (void)poll_all(bus);
    page = page_of(bus, NULL);
    assert_true(
        page_value(page, "handler_runs_total{message=\"probe.ticked\",handler=\"probe.ticked\"}") ==
        7);
    (void)page_value(page, "circuit_breaker_state{breaker=\"probe.ticked\"}");
    close_used(bus);
}

/* Each family: HELP, TYPE, then its lines together; no line twice; values are numbers. */
static void check_format(char *text, const char *prefix)
{
    char *line, *rest = text, seen[64][128];
    uint32_t families = 0;
    size_t size = 0;

    assert_int_equal(text[strlen(text) - 1], '\n');
    while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
        char *end;

        if (strncmp(line, "# HELP ", 7) == 0) {
            size = strcspn(line + 7, " ");
            assert_true(families < 64 && size < sizeof seen[0]);
            memcpy(seen[families], line + 7, size);
            seen[families][size] = '\0';
            assert_memory_equal(seen[families], prefix, strlen(prefix));
            for (uint32_t i = 0; i < families; i++)
                assert_string_not_equal(seen[i], seen[families]);
            families++;
            line = strtok_r(rest, "\n", &rest);
            assert_non_null(line);
            assert_memory_equal(line, "# TYPE ", 7);
            assert_memory_equal(line + 7, seen[families - 1], size);
            continue;
        }
        assert_true(families > 0);
        assert_memory_equal(line, seen[families - 1], size);
        assert_true(strchr("{_ ", line[size]) != NULL);
        line = strrchr(line, ' ');
        assert_non_null(line);
        (void)strtod(line + 1, &end);
        assert_true(end != line + 1 && *end == '\0');
    }
    assert_true(families > 30);
}

/* covers: J4 */
static void the_text_is_one_that_prometheus_reads(void **state)
{
    struct bus *bus = open_used();

    (void)state;
    check_format(page_of(bus, NULL)->text, "");
    check_format(page_of(bus, &(struct bus_metrics_options){.prefix = "shop_"})->text, "shop_");
    close_used(bus);
}

/* runtime/METRICS.md lists what there is, no more and no less. covers: J1, J4 */
static void the_manual_lists_them_all(void **state)
{
    static struct page manual;
    struct bus *bus = open_used();
    const char *text = page_of(bus, NULL)->text, *at;
    uint32_t shown = 0, listed = 0;

    (void)state;
    page_read(METRICS_MANUAL, &manual);
    for (at = text; (at = strstr(at, "# HELP ")) != NULL; at++, shown++) {
        char name[80];

        (void)snprintf(name, sizeof name, "`%.*s`", (int)strcspn(at + 7, " "), at + 7);
        if (strstr(manual.text, name) == NULL)
            fail_msg("the manual lacks %s", name);
    }
    for (at = manual.text; (at = strstr(at, "\n| `")) != NULL; at++)
        for (const char *tick = at + 3; *tick != '|'; tick++)
            listed += *tick == '`';
    listed /= 2;
    assert_int_equal(shown, listed + 2); /* the histograms stand in no table */
    close_used(bus);
}

/* covers: J1 */
static void prefixes_without_sense_are_refused(void **state)
{
    static const char too_long[] =
        "a123456789012345678901234567890123456789012345678901234567890123";
    static const char *const bad[] = {"1a", "a-b", "a b", "ä", too_long};
    struct bus *bus = open_polled();
    struct page *page = page_of(bus, &(struct bus_metrics_options){.prefix = "a:b_1"});

    (void)state;
    assert_true(has_line(page, "# HELP a:b_1queue_size "));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bus_metrics_options options = {.prefix = bad[i]};

        assert_int_equal(bus_metrics_text(bus, &options, page_take, page), BUS_ERR_INVALID);
        assert_non_null(strstr(bus_last_error(), "prefix"));
    }
    assert_int_equal(bus_metrics_text(NULL, NULL, page_take, page), BUS_ERR_INVALID);
    assert_int_equal(bus_metrics_text(bus, NULL, NULL, page), BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* covers: J4 */
static void who_cannot_take_more_is_told(void **state)
{
    static struct page page;
    struct bus *bus = open_used();

    (void)state;
    page = (struct page){.most = 1};
    assert_int_equal(bus_metrics_text(bus, NULL, page_take, &page), BUS_ERR_SYSTEM);
    page = (struct page){.most = 1};
    assert_int_equal(bus_metrics_json(bus, NULL, page_take, &page), BUS_ERR_SYSTEM);
    close_used(bus);
}

/* covers: J4 */
static void without_memory_nothing_is_shown(void **state)
{
    static struct page page;
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .workers = 1, .os = failing_os()});

    (void)state;
    page = (struct page){.size = 0};
    assert_int_equal(bus_start(bus), BUS_OK);
    failing_arm(1, true);
    assert_int_equal(bus_metrics_text(bus, NULL, page_take, &page), BUS_ERR_MEMORY);
    failing_arm(0, false);
    assert_int_equal(page.size, 0);
    assert_int_equal(bus_metrics_text(bus, NULL, page_take, &page), BUS_OK);
    finish_bus(&bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- JSON ---- */

static double json_value(const json_t *group, const char *name, const char *label, const char *text)
{
    const json_t *list = json_object_get(group, name), *sample;
    size_t i;

    json_array_foreach(list, i, sample)
    {
        const json_t *labels = json_object_get(sample, "labels");
        const char *found = json_string_value(json_object_get(labels, label));

        if (label == NULL || (found != NULL && strcmp(found, text) == 0))
            return json_number_value(json_object_get(sample, "value"));
    }
    fail_msg("there is no %s", name);
    return 0;
}

/* covers: J4 */
static void json_says_the_same(void **state)
{
    static struct page page;
    struct bus *bus = open_used();
    const json_t *counters, *gauges, *histogram;
    json_t *root;

    (void)state;
    page = (struct page){.size = 0};
    assert_int_equal(bus_metrics_json(bus, NULL, page_take, &page), BUS_OK);
    root = json_loads(page.text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "bus")), "a \"bus\"");
    assert_non_null(strchr(json_string_value(json_object_get(root, "timestamp")), 'Z'));
    counters = json_object_get(root, "counters");
    gauges = json_object_get(root, "gauges");
    assert_true(json_value(counters, "events_failed_total", "message", "probe.ticked") == 2);
    assert_true(json_value(gauges, "queue_size", "lane", "normal") == 1);
    assert_true(json_value(gauges, "dead_letter_queue_size", NULL, NULL) == 2);
    histogram = json_array_get(
        json_object_get(json_object_get(root, "histograms"), "command_processing_duration_seconds"),
        0);
    assert_non_null(json_object_get(json_object_get(histogram, "quantiles"), "0.999"));
    assert_int_equal(json_array_size(json_object_get(histogram, "buckets")), 13);
    json_decref(root);
    close_used(bus);
}

/* ---- the file ---- */

/* covers: J4 */
static void the_file_is_always_whole(void **state)
{
    static struct page page;
    char folder[] = "metrics-XXXXXX", path[64], beside[80];
    struct bus *bus = open_used();
    struct stat found;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/bus.prom", folder);
    (void)snprintf(beside, sizeof beside, "%s.tmp", path);
    for (uint32_t round = 0; round < 2; round++) {
        assert_int_equal(bus_metrics_write(bus, NULL, path), BUS_OK);
        page_read(path, &page);
        assert_string_equal(page.text, page_of(bus, NULL)->text);
        assert_int_not_equal(access(beside, F_OK), 0);
    }
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0133, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("elsewhere", beside), 0); /* nobody leads us to another file */
    assert_int_equal(bus_metrics_write(bus, NULL, path), BUS_ERR_SYSTEM);
    assert_int_equal(unlink(beside), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(bus_metrics_write(bus, NULL, path), BUS_ERR_SYSTEM);
    assert_non_null(strstr(bus_last_error(), path));
    assert_int_equal(bus_metrics_write(bus, NULL, ""), BUS_ERR_INVALID);
    assert_int_equal(bus_metrics_write(NULL, NULL, path), BUS_ERR_INVALID);
    close_used(bus);
}

static enum { FAILS_WRITE = 1, FAILS_SYNC, FAILS_CLOSE, FAILS_RENAME, FAILURES } failing_step;

static ptrdiff_t fail_write(void *context, int file, const void *bytes, size_t size)
{
    if (failing_step != FAILS_WRITE)
        return bus_os_native()->file_write(context, file, bytes, size);
    errno = ENOSPC;
    return -1;
}

static int fail_sync(void *context, int file)
{
    errno = EIO;
    return failing_step == FAILS_SYNC ? -1 : bus_os_native()->file_sync(context, file);
}

static int fail_close(void *context, int file)
{
    int result = bus_os_native()->file_close(context, file);

    errno = EIO;
    return failing_step == FAILS_CLOSE ? -1 : result;
}

static int fail_rename(void *context, const char *from, const char *to)
{
    errno = EACCES;
    return failing_step == FAILS_RENAME ? -1 : bus_os_native()->file_rename(context, from, to);
}

/* The old file stays, nothing lies beside it. covers: J4 */
static void a_disk_that_fails_leaves_the_old_file(void **state)
{
    static const char *const words[FAILURES] = {
        [FAILS_WRITE] = "No space left on device",
        [FAILS_SYNC] = "Input/output error",
        [FAILS_CLOSE] = "Input/output error",
        [FAILS_RENAME] = "Permission denied",
    };
    static struct page page;
    char folder[] = "metrics-XXXXXX", path[64], beside[80];
    struct bus_os os = *bus_os_native();
    struct bus *bus;
    int file;

    (void)state;
    os.file_write = fail_write;
    os.file_sync = fail_sync;
    os.file_close = fail_close;
    os.file_rename = fail_rename;
    bus = open_bus(&(struct bus_options){.polled = true, .os = &os});
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/bus.prom", folder);
    (void)snprintf(beside, sizeof beside, "%s.tmp", path);
    file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, "old\n", 4), 4);
    assert_int_equal(close(file), 0);
    for (failing_step = FAILS_WRITE; failing_step < FAILURES; failing_step++) {
        assert_int_equal(bus_metrics_write(bus, NULL, path), BUS_ERR_SYSTEM);
        if (strstr(bus_last_error(), words[failing_step]) == NULL)
            fail_msg("step %d: %s", failing_step, bus_last_error());
        page_read(path, &page);
        assert_string_equal(page.text, "old\n");
        assert_int_not_equal(access(beside, F_OK), 0);
    }
    os.file_rename = NULL;
    failing_step = 0;
    finish_bus(&bus);
    bus = open_bus(&(struct bus_options){.polled = true, .os = &os});
    assert_int_equal(bus_metrics_write(bus, NULL, path), BUS_ERR_INVALID);
    finish_bus(&bus);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* For promtool (CMakeLists.txt). */
static int show(void)
{
    struct bus *bus = open_used();
    const struct page *page = page_of(bus, NULL);
    int result = fwrite(page->text, 1, page->size, stdout) == page->size ? 0 : 1;

    close_used(bus);
    return result;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_accounts),
        cmocka_unit_test(handlers_of_one_name_share_a_line),
        cmocka_unit_test(the_text_is_one_that_prometheus_reads),
        cmocka_unit_test(the_manual_lists_them_all),
        cmocka_unit_test(prefixes_without_sense_are_refused),
        cmocka_unit_test(who_cannot_take_more_is_told),
        cmocka_unit_test(without_memory_nothing_is_shown),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(the_file_is_always_whole),
        cmocka_unit_test(a_disk_that_fails_leaves_the_old_file),
    };

    if (argc > 1 && strcmp(argv[1], "show") == 0)
        return show();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
