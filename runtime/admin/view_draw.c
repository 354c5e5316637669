/*
 * view_draw.c - the picture of `top`, for any size of terminal: what matters most stands highest,
 * and colours mean something (green well, yellow look here, red failing).
 *
 * From top to bottom: who it is; health and its reasons; totals; lanes; messages; breakers and
 * handlers that fail, and errors, one above the other or, where there is room, side by side; what
 * is kept; keys. The lists share what the others leave.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "view.h"

enum { WIDE = 120, TALL = 30 };

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

/* ---- the head ---- */

static void draw_bar(const struct view *view, const struct look *look, struct page *page)
{
    char text[256], up[TEXT_SIZE], clock[TEXT_SIZE], right[96];

    text_duration(field_u64(view->now, "uptime_ms") * 1000000, up);
    text_time(look->now_ms, false, clock);
    (void)snprintf(text, sizeof text, " %.100s  %.20s  pid %" PRIu64 "  up %s",
                   view->now != NULL ? field_text(view->now, "bus") : "busadm top",
                   field_text(view->now, "state"), field_u64(view->now, "pid"), up);
    (void)snprintf(right, sizeof right, "%s%s ", look->paused ? "PAUSED  " : "", clock);
    page_put_right(page, 0, page->width, 40, STYLE_HEAD, right);
    (void)page_put(page, 0, 0, page->width - (int)strlen(right) - 1, STYLE_HEAD,
                   view->now != NULL ? text : " busadm top");
    page_style_row(page, 0, STYLE_HEAD);
}

/* " . word" with a gap, where it fits as a whole. */
static int put_fact(struct page *page, int row, int column, enum text_style style, const char *text)
{
    if (column + (int)strlen(text) > page->width)
        return column;
    return page_put(page, row, column, page->width - column, style, text) + 3;
}

static int draw_health(const struct view *view, struct page *page, int row)
{
    const json_t *health = json_object_get(view->now, "health"), *reason;
    const char *state = field_text(health, "state");
    enum text_style style = style_of_health(state);
    int most = page->height < TALL ? 2 : 8, column;
    char text[256], number[TEXT_SIZE], other[TEXT_SIZE];
    size_t i, count = json_array_size(json_object_get(health, "reasons"));

    (void)snprintf(text, sizeof text, "%s %s", page->unicode ? "\u25cf" : "*", state);
    column = page_put(page, row, 1, 20, style, text) + 3;
    text_share(field_double(health, "success_rate"), number);
    (void)snprintf(text, sizeof text, "success %s", number);
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "errors %" PRIu64 "/min",
                   field_u64(health, "errors_per_minute"));
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "workers %" PRIu64, field_u64(view->now, "workers"));
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    text_bytes(field_u64(view->now, "memory_bytes"), number);
    (void)snprintf(text, sizeof text, "memory %s", number);
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    if (field_u64(view->now, "pool_bytes") > 0) {
        text_share(field_double(view->now, "pool_used_bytes") /
                       field_double(view->now, "pool_bytes"),
                   other);
        (void)snprintf(text, sizeof text, "pool %s", other);
        column = put_fact(page, row, column, STYLE_PLAIN, text);
    }
    (void)snprintf(text, sizeof text, "handlers %" PRIu64,
                   field_u64(view->now, "registered_handlers"));
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "sessions %" PRIu64, field_u64(view->now, "sessions"));
    (void)put_fact(page, row, column, STYLE_PLAIN, text);
    row++;
    for (i = 0; i < count && most > 0; i++, most--) {
        reason = json_array_get(json_object_get(health, "reasons"), i);
        if (most == 1 && i + 1 < count) {
            (void)snprintf(text, sizeof text, "and %zu more reasons", count - i);
            (void)page_put(page, row++, 3, page->width - 4, style, text);
            break;
        }
        (void)page_put(page, row++, 3, page->width - 4,
                       style_of_health(field_text(reason, "state")), field_text(reason, "text"));
    }
    return row;
}

/* ---- totals and lanes ---- */

static enum text_style style_of_rate(enum view_rate rate, double value)
{
    if (value <= 0 || rate < RATE_FAILED)
        return rate < RATE_FAILED ? STYLE_BOLD : STYLE_PLAIN;
    return rate == RATE_FAILED ? STYLE_BAD : STYLE_WARN;
}

static int draw_totals(const struct view *view, struct page *page, int row)
{
    static const char *const titles[RATES] = {"accepted", "processed", "failed", "dropped",
                                              "refused"};
    enum { FIRST = 11, STEP = 11 };
    int curve = FIRST + RATES * STEP + 2, i;
    char text[TEXT_SIZE];

    (void)page_put(page, row + 1, 1, FIRST, STYLE_DIM, "per second");
    (void)page_put(page, row + 2, 1, FIRST, STYLE_DIM, "in all");
    for (i = 0; i < RATES; i++) {
        int end = FIRST + (i + 1) * STEP;

        page_put_right(page, row, end, STEP, STYLE_DIM, titles[i]);
        text_rate(view->rates[i], text);
        page_put_right(page, row + 1, end, STEP, style_of_rate((enum view_rate)i, view->rates[i]),
                       view->seconds > 0 ? text : "-");
        text_count(view->totals[i], text);
        page_put_right(page, row + 2, end, STEP, STYLE_PLAIN, text);
    }
    if (page->width - curve >= 8) {
        (void)page_put(page, row, curve, page->width - curve, STYLE_DIM,
                       page->width - curve >= 30 ? "accepted and failed, over time" : "over time");
        page_curve(page, row + 1, curve, page->width - curve - 1, STYLE_GOOD, view->accepted,
                   view->history);
        page_curve(page, row + 2, curve, page->width - curve - 1, STYLE_BAD, view->failed,
                   view->history);
    }
    return row + 3;
}

static int draw_lanes(const struct view *view, struct page *page, int row)
{
    const json_t *lanes = json_object_get(view->now, "lanes");
    int count = (int)json_array_size(lanes), i, width, name;

    if (count == 0)
        return row;
    width = (page->width - 7) / count;
    name = width >= 22 ? 8 : 4;
    (void)page_put(page, row, 1, 6, STYLE_DIM, "lanes");
    for (i = 0; i < count; i++) {
        const json_t *lane = json_array_get(lanes, (size_t)i);
        double capacity = field_double(lane, "capacity");
        double share = capacity > 0 ? field_double(lane, "size") / capacity : 0;
        int column = 7 + i * width, bar = width - name - 7;
        enum text_style style = share >= 0.8 ? STYLE_BAD : share >= 0.5 ? STYLE_WARN : STYLE_GOOD;
        char percent[TEXT_SIZE], word[TEXT_SIZE];

        (void)snprintf(word, sizeof word, "%.*s", name, field_text(lane, "lane"));
        (void)page_put(page, row, column, name, share >= 0.8 ? STYLE_BAD : STYLE_PLAIN, word);
        page_bar(page, row, column + name + 1, bar, style, share);
        (void)snprintf(percent, sizeof percent, "%.0f%%",
                       share > 0 && share < 0.01 ? 1 : 100 * share);
        page_put_right(page, row, column + width - 2, 4, STYLE_PLAIN, percent);
    }
    return row + 1;
}

/* ---- messages ---- */

enum { COLUMNS = 11, NAME_LEAST = 22 };

struct column {
    const char *title;
    int width;
    int keep; /* the lower the longer it stays when room is scarce */
    enum sort_key sort;
};

static const struct column columns[COLUMNS] = {
    {"acc/s", 8, 0, SORT_RATE},      {"done/s", 8, 2, SORT_KEYS},
    {"fail/s", 8, 0, SORT_FAILURES}, {"drop/s", 8, 1, SORT_KEYS},
    {"waiting", 8, 1, SORT_WAITING}, {"p50", 9, 3, SORT_KEYS},
    {"p95", 9, 5, SORT_KEYS},        {"p99", 9, 1, SORT_LATENCY},
    {"max", 9, 4, SORT_KEYS},        {"accepted", 10, 6, SORT_KEYS},
    {"failed", 9, 4, SORT_KEYS},
};

/* How many of the columns by rank `keep` leave room for names. */
static int room_for_names(int width, int keep)
{
    int i;

    for (i = 0; i < COLUMNS; i++)
        if (columns[i].keep <= keep)
            width -= columns[i].width;
    return width - 2;
}

static enum text_style cell_of(const struct view *view, const struct view_message *message, int i,
                               char text[TEXT_SIZE])
{
    static const enum view_rate rates[] = {RATE_ACCEPTED, RATE_PROCESSED, RATE_FAILED,
                                           RATE_DROPPED};
    const uint64_t latencies[] = {message->p50_ns, message->p95_ns, message->p99_ns,
                                  message->max_ns};

    if (i < 4) {
        text_rate(message->rates[rates[i]], text);
        if (view->seconds <= 0)
            (void)snprintf(text, TEXT_SIZE, "-");
        return i < 2 ? STYLE_PLAIN : style_of_rate(rates[i], message->rates[rates[i]]);
    }
    if (i == 4) {
        text_count(message->waiting, text);
        return STYLE_PLAIN;
    }
    if (i < 9) {
        text_duration(latencies[i - 5], text);
        if (!message->timed)
            (void)snprintf(text, TEXT_SIZE, "-");
        return STYLE_PLAIN;
    }
    text_count(message->totals[i == 9 ? RATE_ACCEPTED : RATE_FAILED], text);
    return i == 10 && message->totals[RATE_FAILED] > 0 ? STYLE_BAD : STYLE_PLAIN;
}

static void draw_message(const struct view *view, const struct view_message *message, int keep,
                         int names, struct page *page, int row)
{
    bool bad = message->rates[RATE_FAILED] > 0, quiet = message->rates[RATE_ACCEPTED] <= 0;
    int end = names + 1, i;
    char text[TEXT_SIZE];

    (void)page_put(page, row, 1, names - 1,
                   bad     ? STYLE_BAD
                   : quiet ? STYLE_DIM
                           : STYLE_PLAIN,
                   message->name);
    for (i = 0; i < COLUMNS; i++) {
        enum text_style style;

        if (columns[i].keep > keep)
            continue;
        end += columns[i].width;
        style = cell_of(view, message, i, text);
        page_put_right(page, row, end, columns[i].width - 1,
                       quiet && style == STYLE_PLAIN ? STYLE_DIM : style, text);
    }
}

/* Head and messages in rows from `row` up to `end`. */
static void draw_messages(const struct view *view, struct look *look, struct page *page, int row,
                          int end)
{
    int keep = 6, names, most = end - row - 1, count = (int)view->message_count, i, column;
    char text[64];

    while (keep > 0 && room_for_names(page->width, keep) < NAME_LEAST + 6)
        keep--;
    names = room_for_names(page->width, keep);
    names = names > 60 ? 60 : names;
    if (look->scroll > count - most)
        look->scroll = count - most;
    if (look->scroll < 0)
        look->scroll = 0;
    if (count > most && most > 0)
        (void)snprintf(text, sizeof text, "messages %d to %d of %d", look->scroll + 1,
                       look->scroll + most, count);
    else
        (void)snprintf(text, sizeof text, "messages");
    (void)page_put(page, row, 1, names - 1, look->sort == SORT_NAME ? STYLE_BOLD : STYLE_DIM, text);
    for (i = 0, column = names + 1; i < COLUMNS; i++) {
        bool sorted = columns[i].sort == look->sort;

        if (columns[i].keep > keep)
            continue;
        column += columns[i].width;
        (void)snprintf(text, sizeof text, "%s%s",
                       !sorted         ? ""
                       : page->unicode ? "\u25be"
                                       : "v",
                       columns[i].title);
        page_put_right(page, row, column, columns[i].width - 1, sorted ? STYLE_BOLD : STYLE_DIM,
                       text);
    }
    for (i = 0; i < most && look->scroll + i < count; i++)
        draw_message(view, &view->messages[look->scroll + i], keep, names, page, row + 1 + i);
}

/* ---- what fails ---- */

/* A part of the page, with a title at its top. */
struct block {
    int row, end;    /* rows */
    int left, right; /* columns */
};

static int open_breakers(const struct view *view)
{
    const json_t *breakers = json_object_get(view->now, "breakers");
    int count = 0;
    size_t i;

    for (i = 0; i < json_array_size(breakers); i++)
        count += strcmp(field_text(json_array_get(breakers, i), "state"), "closed") != 0;
    return count;
}

static void text_ago(uint64_t then_ms, uint64_t now_ms, char text[TEXT_SIZE])
{
    uint64_t seconds = now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;

    if (then_ms == 0)
        (void)snprintf(text, TEXT_SIZE, "-");
    else if (seconds == 0)
        (void)snprintf(text, TEXT_SIZE, "now");
    else
        text_duration(seconds * 1000000000, text);
}

static int draw_breaker(const json_t *breaker, struct page *page, const struct block *block,
                        int row)
{
    const char *state = field_text(breaker, "state");
    uint64_t for_ms = field_u64(breaker, "for_ms");
    char text[160], since[TEXT_SIZE];
    int column = block->left;

    text_duration(for_ms >= 1000 ? for_ms / 1000 * 1000000000 : for_ms * 1000000, since);
    column = page_put(page, row, column, 8, STYLE_PLAIN, "breaker ");
    column = page_put(page, row, column, (block->right - column) / 2, STYLE_PLAIN,
                      field_text(breaker, "name"));
    (void)snprintf(text, sizeof text, "%s for %s",
                   strcmp(state, "half_open") == 0 ? "half-open" : state, since);
    column = page_put(page, row, column + 2, block->right - column - 2,
                      strcmp(state, "open") == 0 ? STYLE_BAD : STYLE_WARN, text);
    (void)snprintf(text, sizeof text, "%" PRIu64 " refused, opened %" PRIu64 "%s",
                   field_u64(breaker, "refused"), field_u64(breaker, "opened"),
                   field_u64(breaker, "opened") == 1 ? " time" : " times");
    (void)page_put(page, row, column + 2, block->right - column - 2, STYLE_DIM, text);
    return row + 1;
}

static void draw_handler(const struct view_handler *handler, const struct look *look,
                         struct page *page, const struct block *block, int row)
{
    char text[96], ago[TEXT_SIZE], share[TEXT_SIZE];
    int column = block->left, name = (block->right - block->left) * 2 / 5;

    text_ago(handler->last_ms, look->now_ms, ago);
    text_share(handler->runs > 0 ? (double)handler->failures / (double)handler->runs : 1, share);
    page_put_right(page, row, column + 7, 7, STYLE_DIM, share);
    column = page_put(page, row, column + 8, name,
                      handler->consecutive > 0 ? STYLE_BAD : STYLE_PLAIN, handler->name);
    if (handler->consecutive > 0)
        (void)snprintf(text, sizeof text, "%" PRIu64 " in a row", handler->consecutive);
    else
        (void)snprintf(text, sizeof text, "%s%s", ago, strcmp(ago, "now") == 0 ? "" : " ago");
    column = page_put(page, row, column + 2, 14, handler->consecutive > 0 ? STYLE_WARN : STYLE_DIM,
                      text);
    (void)page_put(page, row, column + 2, block->right - column - 2,
                   handler->consecutive > 0 ? STYLE_PLAIN : STYLE_DIM, handler->text);
}

static void draw_failing(const struct view *view, const struct look *look, struct page *page,
                         const struct block *block)
{
    const json_t *breakers = json_object_get(view->now, "breakers");
    int row = block->row;
    size_t i;

    if (block->end <= row)
        return;
    (void)page_put(page, row++, block->left, block->right - block->left, STYLE_DIM,
                   open_breakers(view) > 0 ? "breakers, and handlers that failed"
                                           : "handlers that failed, of their runs");
    for (i = 0; i < json_array_size(breakers) && row < block->end; i++)
        if (strcmp(field_text(json_array_get(breakers, i), "state"), "closed") != 0)
            row = draw_breaker(json_array_get(breakers, i), page, block, row);
    for (i = 0; i < view->handler_count && row < block->end; i++)
        draw_handler(&view->handlers[i], look, page, block, row++);
}

static bool is_same_error(const json_t *a, const json_t *b)
{
    return strcmp(field_text(a, "text"), field_text(b, "text")) == 0 &&
           strcmp(field_text(a, "handler"), field_text(b, "handler")) == 0 &&
           strcmp(field_text(a, "message"), field_text(b, "message")) == 0;
}

/* How many there are like the one at `place`; 0: a newer one stands for it. */
static int count_alike(const json_t *errors, size_t place)
{
    const json_t *error = json_array_get(errors, place);
    int count = 0;
    size_t i;

    for (i = 0; i < json_array_size(errors); i++)
        if (is_same_error(json_array_get(errors, i), error)) {
            if (i < place)
                return 0;
            count++;
        }
    return count;
}

/* Rows that they take, those that are alike as one. */
static int error_rows(const json_t *errors)
{
    int rows = 0;
    size_t i;

    for (i = 0; i < json_array_size(errors); i++)
        rows += count_alike(errors, i) > 0;
    return rows;
}

static void draw_error(const json_t *error, int alike, struct page *page, const struct block *block,
                       int row)
{
    const char *severity = field_text(error, "severity"), *handler = field_text(error, "handler");
    enum text_style style = strcmp(severity, "critical") == 0 ? STYLE_BAD
                            : strcmp(severity, "high") == 0   ? STYLE_WARN
                                                              : STYLE_PLAIN;
    char clock[TEXT_SIZE], times[16] = "";
    int column = block->left, room;

    text_time(field_u64(error, "time_ms"), false, clock);
    if (alike > 1)
        (void)snprintf(times, sizeof times, "%d x", alike);
    column = page_put(page, row, column, 8, STYLE_DIM, clock) + 1;
    (void)page_put(page, row, column, 8, style, severity);
    page_put_right(page, row, column + 13, 4, STYLE_BOLD, times);
    column += 14;
    handler = *handler != '\0' ? handler : field_text(error, "message");
    room = block->right - column;
    room -= at_most((int)strlen(handler), room / 3) + 2;
    column = page_put(page, row, column, room, STYLE_PLAIN, field_text(error, "text"));
    (void)page_put(page, row, column + 2, block->right - column - 2, STYLE_DIM, handler);
}

static void draw_errors(const struct view *view, struct page *page, const struct block *block)
{
    const json_t *errors = json_object_get(view->now, "errors");
    int row = block->row;
    size_t i;

    if (block->end <= row)
        return;
    (void)page_put(page, row++, block->left, block->right - block->left, STYLE_DIM,
                   "recent errors, the newest first");
    for (i = 0; i < json_array_size(errors) && row < block->end; i++) {
        int alike = count_alike(errors, i);

        if (alike > 0)
            draw_error(json_array_get(errors, i), alike, page, block, row++);
    }
}

/* ---- the foot ---- */

static void draw_kept(const struct view *view, struct page *page, int row)
{
    const json_t *letters = json_object_get(view->now, "dead_letters");
    const json_t *schedule = json_object_get(view->now, "schedule");
    const json_t *store = json_object_get(view->now, "store"),
                 *log = json_object_get(view->now, "log");
    const char *condition = field_text(store, "condition");
    uint64_t waiting = field_u64(letters, "waiting"), lost = field_u64(log, "lost");
    char text[128], number[TEXT_SIZE];
    int column = 1, open = open_breakers(view);

    text_count(waiting, number);
    (void)snprintf(text, sizeof text, "dead letters %s", number);
    column = put_fact(page, row, column, waiting > 0 ? STYLE_WARN : STYLE_PLAIN, text);
    text_count(field_u64(schedule, "waiting"), number);
    (void)snprintf(text, sizeof text, "scheduled %s", number);
    column = put_fact(page, row, column, STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "breakers %d open of %zu", open,
                   json_array_size(json_object_get(view->now, "breakers")));
    column = put_fact(page, row, column, open > 0 ? STYLE_BAD : STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "store %s", json_is_object(store) ? condition : "none");
    column = put_fact(
        page, row, column,
        json_is_object(store) && strcmp(condition, "fine") != 0 ? STYLE_BAD : STYLE_PLAIN, text);
    text_count(lost, number);
    (void)snprintf(text, sizeof text, lost > 0 ? "log lost %s lines" : "log fine", number);
    if (!json_is_object(log))
        (void)snprintf(text, sizeof text, "log none");
    column = put_fact(page, row, column,
                      lost > 0 || field_flag(log, "failing") ? STYLE_BAD : STYLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "lanes nearly full %" PRIu64,
                   field_u64(view->now, "backpressure"));
    if (field_u64(view->now, "backpressure") > 0)
        (void)put_fact(page, row, column, STYLE_WARN, text);
}

static void draw_keys(const struct look *look, struct page *page)
{
    static const char *const sorts[SORT_KEYS] = {"rate", "failures", "latency", "waiting", "name"};
    char text[160];

    (void)snprintf(
        text, sizeof text, "q quit   ? keys   s sorted by %s   space %s   +/- every %.1f s",
        sorts[look->sort], look->paused ? "go on" : "pause", (double)look->interval_ms / 1000);
    (void)page_put(page, page->height - 1, 1, page->width - 2, STYLE_DIM, text);
}

static void draw_help(struct page *page)
{
    static const char *const lines[] = {
        "q, Ctrl-C    quit",
        "?            this list; any key leaves it",
        "s            sort by the next column: rate, failures, latency, waiting, name",
        "r f l w n    sort by rate, failures, latency (p99), waiting, name",
        "up, down     move through the messages; also k, j, page up, page down, home",
        "space        stand still, and go on",
        "+, -         look more often, less often",
        "Ctrl-L       draw everything again",
        "",
        "acc/s accepted, done/s processed by all handlers, fail/s failed for good,",
        "drop/s accepted and never handled (overflow, expired, replaced, cancelled).",
        "p50, p95, p99, max: how long handlers ran, since the program was started.",
        "Handlers: the share of their runs that failed, and the last error.",
    };
    int row = 2, i;

    (void)page_put(page, row, 2, page->width - 4, STYLE_BOLD, "Keys");
    for (i = 0; i < (int)(sizeof lines / sizeof *lines); i++)
        (void)page_put(page, row + 2 + i, 2, page->width - 4, STYLE_PLAIN, lines[i]);
}

static void draw_problem(const struct look *look, struct page *page, int row)
{
    (void)page_put(page, row, 1, page->width - 2, STYLE_BAD, look->problem);
    (void)page_put(page, row + 1, 1, page->width - 2, STYLE_PLAIN, look->advice);
    if (look->live)
        (void)page_put(page, row + 2, 1, page->width - 2, STYLE_DIM, "trying again");
}

/* ---- all of it ---- */

/* Rows from `row` to `end` for the lists. */
static void draw_lists(const struct view *view, struct look *look, struct page *page, int row,
                       int end)
{
    int rest = end - row, messages = (int)view->message_count + 1, below, failing, errors;
    struct block left = {.left = 1, .right = page->width - 1}, right = left;
    bool stacked = false, gap;

    failing = (int)view->handler_count + open_breakers(view);
    failing += failing > 0;
    errors = error_rows(json_object_get(view->now, "errors"));
    errors += errors > 0;
    if (page->width >= WIDE && failing > 0 && errors > 0) {
        below = at_most(failing > errors ? failing : errors, rest / 2);
        if (rest - below - 1 > messages)
            below = at_most(failing > errors ? failing : errors, rest - messages - 1);
        left.right = page->width / 2 - 1;
        right.left = page->width / 2 + 1;
        failing = errors = below;
    } else {
        below = at_most(failing + errors, rest * 11 / 20);
        if (rest - below - 1 > messages)
            below = at_most(failing + errors, rest - messages - 1);
        failing = at_most(failing, errors == 0 ? below : below - at_most(errors, below / 2));
        errors = at_most(errors, below - failing);
        stacked = true;
    }
    gap = below > 0 && page->height >= TALL;
    /* Behind the messages, not at the end of a page that is half empty. */
    left.row = at_most(end - below, row + messages + gap);
    right.row = left.row + (stacked ? failing : 0);
    left.end = left.row + failing;
    right.end = right.row + errors;
    draw_messages(view, look, page, row, left.row - gap);
    draw_failing(view, look, page, &left);
    draw_errors(view, page, &right);
}

void view_draw(const struct view *view, struct look *look, struct page *page)
{
    int row = 1, end = page->height - 1 - look->live;

    draw_bar(view, look, page);
    if (look->help) {
        draw_help(page);
        return;
    }
    if (look->live)
        draw_keys(look, page);
    if (*look->problem != '\0') {
        draw_problem(look, page, row + 1);
        return;
    }
    if (view->now == NULL) {
        (void)page_put(page, 2, 1, page->width - 2, STYLE_DIM, "waiting for the first answer");
        return;
    }
    row = draw_health(view, page, row);
    row += page->height >= TALL;
    row = draw_totals(view, page, row);
    row += page->height >= TALL;
    row = draw_lanes(view, page, row);
    row += page->height >= TALL;
    if (end - row > 3)
        draw_lists(view, look, page, row, end - (page->height >= TALL));
    draw_kept(view, page, end);
}
