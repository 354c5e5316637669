/*
 * How busadm writes figures and foreign text, lays out tables and pages, and what it makes of two
 * answers of a program. covers: J4, K8
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "page.h"
#include "table.h"
#include "text.h"
#include "view.h"

int stop_signal(void)
{
    return 0;
}

void catch_stops(void)
{
}

static void counts_and_rates(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } counts[] = {{0, "0"},         {999, "999"},      {1000, "1.0k"},
                  {99949, "99.9k"}, {99950, "100k"},   {999499, "999k"},
                  {999500, "1.0M"}, {1234567, "1.2M"}, {UINT64_MAX, "18447P"}};
    static const struct {
        double rate;
        const char *text;
    } rates[] = {{0, "0"}, {0.04, "0"}, {0.1, "0.1"}, {9.94, "9.9"}, {9.96, "10"}, {1500, "1.5k"}};
    char text[TEXT_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof counts / sizeof *counts; i++) {
        text_count(counts[i].count, text);
        assert_string_equal(text, counts[i].text);
    }
    for (i = 0; i < sizeof rates / sizeof *rates; i++) {
        text_rate(rates[i].rate, text);
        assert_string_equal(text, rates[i].text);
    }
}

static void durations_bytes_and_shares(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } durations[] = {{0, "0"},
                     {999, "999 ns"},
                     {1000, "1.0 us"},
                     {9949, "9.9 us"},
                     {12000, "12 us"},
                     {999600, "1.0 ms"},
                     {99 * UINT64_C(1000000000), "99 s"},
                     {100 * UINT64_C(1000000000), "1 min 40 s"},
                     {7260 * UINT64_C(1000000000), "2 h 1 min"},
                     {90000 * UINT64_C(1000000000), "1 d 1 h"}};
    char text[TEXT_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof durations / sizeof *durations; i++) {
        text_duration(durations[i].ns, text);
        assert_string_equal(text, durations[i].text);
    }
    text_bytes(1023, text);
    assert_string_equal(text, "1023 B");
    text_bytes(1024, text);
    assert_string_equal(text, "1.0 KiB");
    text_bytes(UINT64_MAX, text);
    assert_string_equal(text, "16777216 TiB");
    text_share(1, text);
    assert_string_equal(text, "100 %");
    text_share(0.99999, text); /* not all is not all */
    assert_string_equal(text, "99.9 %");
    text_share(0.00001, text);
    assert_string_equal(text, "<0.1 %");
    text_share(0, text);
    assert_string_equal(text, "0 %");
    text_time(0, true, text);
    assert_string_equal(text, "-");
}

#define NONE "\xef\xbf\xbd" /* U+FFFD */

/* What comes from a program must not do anything to the terminal of who looks. */
static void foreign_text_is_tamed(void **state)
{
    static const char evil[] = "a\033[2Jb\xff\xc3x\xe2\x80\xae\xc2\x9b z\n\xed\xa0\x80";
    char shown[256] = "";
    const char *at = evil;
    uint32_t character;
    size_t bytes, size = 0;
    FILE *file = fmemopen(shown, sizeof shown, "w");

    (void)state;
    assert_non_null(file);
    put_clean(file, evil);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(shown, "a" NONE "[2Jb" NONE NONE "x" NONE NONE " z " NONE NONE NONE);
    while ((character = text_next(at, true, &bytes)) != 0) {
        assert_true(character >= 0x20 && character != 0x7f && character != 0x9b &&
                    character != 0x202e);
        at += bytes;
        size++;
    }
    assert_int_equal(size, strlen("a?[2Jb??x?? z ???"));
    for (character = 1; character < 0x11000; character += character < 0x300 ? 1 : 0x31) {
        char encoded[5];

        if ((character & 0xfffff800) == 0xd800)
            continue;
        size = text_encode(character, encoded);
        assert_int_equal(size, strlen(encoded));
        (void)text_next(encoded, true, &bytes);
        assert_int_equal(bytes, strlen(encoded));
    }
}

static void print_table_to(char *text, size_t size, bool head)
{
    static const struct table_column columns[] = {
        {"NAME", false}, {"COUNT", true}, {"TEXT", false}, {NULL, false}};
    struct table table;
    FILE *file = fmemopen(text, size, "w");

    assert_non_null(file);
    table_begin(&table, columns);
    table_put(&table, STYLE_BAD, "a");
    table_put_number(&table, STYLE_PLAIN, 12345678);
    table_put(&table, STYLE_PLAIN, "x\x1b[0m");
    table_put(&table, STYLE_PLAIN, "a longer one");
    table_put_number(&table, STYLE_PLAIN, 1);
    table_put(&table, STYLE_PLAIN, "");
    table_put(&table, STYLE_PLAIN, "half a row");
    table_print(&table, file, head);
    table_end(&table);
    assert_int_equal(fclose(file), 0);
}

static void tables_line_up(void **state)
{
    char text[512] = "";

    (void)state;
    print_table_to(text, sizeof text, true);
    assert_string_equal(text, "NAME             COUNT  TEXT\n"
                              "a             12345678  x\xef\xbf\xbd[0m\n"
                              "a longer one         1  \n");
}

static char *printed(const struct page *page)
{
    static char text[1 << 17];
    FILE *file = fmemopen(text, sizeof text, "w");

    assert_non_null(file);
    text[0] = '\0'; /* nothing may be printed */
    page_print(page, file, false);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void pages_cut_what_does_not_fit(void **state)
{
    static const double values[] = {0, 1, 4, 8};
    struct page page = {0};

    (void)state;
    assert_true(page_begin(&page, 10, 4, true));
    assert_int_equal(page_put(&page, 0, 0, 4, STYLE_BAD, "abcdef"), 4);
    assert_int_equal(page_put(&page, 0, 8, 9, STYLE_BAD, "xyz"), 10);
    page_put_right(&page, 1, 10, 5, STYLE_PLAIN, "12");
    page_bar(&page, 2, 0, 4, STYLE_GOOD, 0.5);
    page_bar(&page, 2, 5, 4, STYLE_GOOD, 0.0001); /* something is more than nothing */
    page_curve(&page, 3, 0, 6, STYLE_GOOD, values, 4);
    (void)page_put(&page, 9, 0, 9, STYLE_BAD, "nowhere");
    (void)page_put(&page, -1, -3, 9, STYLE_BAD, "nowhere");
    page_put_right(&page, 3, 40, 9, STYLE_BAD, "nowhere");
    assert_string_equal(printed(&page), "abc\xe2\x80\xa6    x\xe2\x80\xa6\n"
                                        "        12\n"
                                        "\xe2\x96\x88\xe2\x96\x88\xc2\xb7\xc2\xb7 "
                                        "\xe2\x96\x8f\xc2\xb7\xc2\xb7\xc2\xb7\n"
                                        "  \xe2\x96\x81\xe2\x96\x82\xe2\x96\x85\xe2\x96\x88\n");
    assert_true(page_begin(&page, 10, 4, false));
    (void)page_put(&page, 0, 0, 9, STYLE_PLAIN, "\xc3\xa9t\xc3\xa9");
    page_bar(&page, 1, 0, 4, STYLE_GOOD, 0.5);
    page_curve(&page, 2, 0, 4, STYLE_GOOD, values, 4);
    assert_string_equal(printed(&page), "?t?\n##..\n_.+%\n");
    page_end(&page);
}

/* ---- two answers ---- */

/* `seconds` after its start. */
static json_t *answer(uint64_t pid, int seconds)
{
    return json_pack(
        "{s:s,s:s,s:I,s:I,s:I,s:{s:s,s:[{s:s,s:s}],s:f},s:[{s:s,s:i,s:i}],"
        "s:[{s:s,s:i,s:i,s:i},{s:s,s:i,s:i,s:i,s:i,s:i}],s:[{s:s,s:i,s:i,s:i,s:I,s:s}],"
        "s:[{s:I,s:s,s:s,s:s},{s:I,s:s,s:s,s:s},{s:I,s:s,s:s,s:s}]}",
        "bus", "stall", "state", "running", "pid", (json_int_t)pid, "uptime_ms",
        (json_int_t)seconds * 1000, "workers", (json_int_t)2, "health", "state", "degraded",
        "reasons", "state", "degraded", "text", "the lane is full", "success_rate", 0.9, "lanes",
        "lane", "high", "size", 90, "capacity", 100, "messages", "name", "stall.quiet", "accepted",
        5, "processed", 5, "failed", 0, "name", "stall.sold", "accepted", 100 * seconds,
        "processed", 90 * seconds, "failed", 10 * seconds, "timed", 3, "p99_ns", 2000, "handlers",
        "name", "stall.till.sold", "runs", 100, "failures", 10, "consecutive", 2, "last_failure_ms",
        (json_int_t)1000, "last_error", "no\033 bank", "errors", "time_ms", (json_int_t)9000,
        "severity", "high", "text", "no bank", "handler", "stall.till.sold", "time_ms",
        (json_int_t)8000, "severity", "low", "text", "no apples", "handler", "", "time_ms",
        (json_int_t)7000, "severity", "high", "text", "no bank", "handler", "stall.till.sold");
}

static void rates_need_two_answers_of_one_life(void **state)
{
    struct view view = {0};

    (void)state;
    view_take(&view, answer(7, 10), 1000000000, SORT_RATE);
    assert_true(view.seconds == 0);
    assert_true(view.rates[RATE_ACCEPTED] == 0);
    assert_int_equal(view.totals[RATE_ACCEPTED], 1005);
    view_take(&view, answer(7, 12), 3000000000, SORT_RATE);
    assert_true(view.seconds == 2);
    assert_true(view.rates[RATE_ACCEPTED] == 100 && view.rates[RATE_FAILED] == 10);
    assert_string_equal(view.messages[0].name, "stall.sold");
    assert_int_equal(view.history, 1);
    view_sort(&view, SORT_NAME);
    assert_string_equal(view.messages[0].name, "stall.quiet");
    view_sort(&view, SORT_FAILURES);
    assert_string_equal(view.messages[0].name, "stall.sold");
    view_take(&view, answer(8, 1), 4000000000, SORT_RATE); /* it was started again */
    assert_true(view.seconds == 0);
    assert_true(view.rates[RATE_ACCEPTED] == 0);
    assert_int_equal(view.history, 1);
    view_free(&view);
}

static void draw_at(const struct view *view, struct look *look, int width, int height)
{
    struct page page = {0};
    const char *text, *at;
    int rows = 0;

    assert_true(page_begin(&page, width, height, width % 2 == 0));
    view_draw(view, look, &page);
    text = printed(&page);
    for (at = text; (at = strchr(at, '\n')) != NULL; at++)
        rows++;
    assert_true(rows <= height);
    assert_null(strchr(text, '\033'));
    if (view->now != NULL && width >= 80 && height >= 24 && *look->problem == '\0' && !look->help) {
        assert_non_null(strstr(text, "stall  running  pid 7"));
        assert_non_null(strstr(text, "degraded"));
        assert_non_null(strstr(text, "the lane is full"));
        assert_non_null(strstr(text, "90%"));
        assert_non_null(strstr(text, "stall.sold"));
        assert_non_null(strstr(text, "stall.till.sold"));
        assert_non_null(strstr(text, "2 in a row"));
        assert_non_null(strstr(text, "2 x no bank")); /* those that are alike */
        assert_non_null(strstr(text, "no apples"));
        assert_non_null(strstr(text, "dead letters 0"));
    }
    page_end(&page);
}

/* The picture fits every size, and no size is an error. */
static void a_view_fits_every_terminal(void **state)
{
    struct look look = {.interval_ms = 1000, .problem = "", .advice = "", .live = true};
    struct view view = {0};
    int width, height;

    (void)state;
    draw_at(&view, &look, 80, 24);
    view_take(&view, answer(7, 10), 1000000000, SORT_RATE);
    view_take(&view, answer(7, 12), 3000000000, SORT_RATE);
    for (width = 1; width < 220; width += 7)
        for (height = 1; height < 60; height += 3)
            draw_at(&view, &look, width, height);
    draw_at(&view, &look, 80, 24);
    draw_at(&view, &look, 160, 50);
    look.scroll = 1000;
    draw_at(&view, &look, 81, 24);
    assert_true(look.scroll < 3);
    look.help = true;
    draw_at(&view, &look, 80, 24);
    look.help = false;
    look.problem = "nobody listens";
    look.advice = "start it";
    draw_at(&view, &look, 80, 24);
    view_free(&view);
}

static void known_defects(void **state)
{
    (void)state;
    assert_non_null(defect_of_sqlite(3036000));
    assert_non_null(defect_of_sqlite(3040001));
    assert_non_null(defect_of_sqlite(3051002));
    assert_null(defect_of_sqlite(3051003));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_rates),
        cmocka_unit_test(durations_bytes_and_shares),
        cmocka_unit_test(foreign_text_is_tamed),
        cmocka_unit_test(tables_line_up),
        cmocka_unit_test(pages_cut_what_does_not_fit),
        cmocka_unit_test(rates_need_two_answers_of_one_life),
        cmocka_unit_test(a_view_fits_every_terminal),
        cmocka_unit_test(known_defects),
    };

    (void)setenv("LC_ALL", "C", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
