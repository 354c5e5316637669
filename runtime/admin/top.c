/*
 * top.c - the live view: asks, draws, reads keys.
 *
 * ncurses owns the terminal while it runs. Signals only note that they came (catch_stops); the loop
 * ends, the terminal is given back, and only then does the process end, by the same signal if it
 * was one that others sent. Ctrl-Z and a new size are ncurses' business. Where no picture can be
 * drawn the view is text (--once, --batch).
 */
#include <curses.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "show.h"
#include "table.h"
#include "view.h"

struct top {
    const struct options *options;
    struct client client;
    struct view view;
    struct look look;
    struct page page;
    bool quit;
    bool gone; /* the terminal */
    bool key_waits;
};

static uint64_t wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- text ---- */

static bool signal_came(void *context)
{
    (void)context;
    return stop_signal() != 0;
}

/* False: a signal came. */
static bool pause_for(uint64_t ms)
{
    uint64_t end = steady_ns() + ms * 1000000, now;

    while (stop_signal() == 0 && (now = steady_ns()) < end)
        (void)poll(NULL, 0, (int)((end - now + 999999) / 1000000));
    return stop_signal() == 0;
}

static enum client_end look(struct top *top)
{
    json_t *status = NULL;
    enum client_end end = client_ask(&top->client, "/status", NULL, &status);

    top->look.now_ms = wall_ms();
    if (end == CLIENT_ANSWERED)
        view_take(&top->view, status, steady_ns(), top->look.sort);
    return end;
}

static bool print_view(struct top *top)
{
    int width = terminal_columns();
    /* As many rows as there is something to tell, and some. */
    int height = 40 + (int)top->view.message_count;

    if (!page_begin(&top->page, width > 0 ? width : 120, height, text_unicode()))
        return false;
    view_draw(&top->view, &top->look, &top->page);
    page_print(&top->page, stdout, text_colours());
    return true;
}

/* Each round is one view; the first answer only says what to compare with. */
static enum exit_code run_text(struct top *top)
{
    const struct options *options = top->options;
    uint64_t rounds = options->rounds != 0 ? options->rounds : options->batch ? UINT64_MAX : 1, i;
    enum exit_code code = EXIT_FINE;
    enum client_end end = CLIENT_ANSWERED;

    top->client.is_over = signal_came;
    if (!options->json) {
        end = look(top);
        if (end != CLIENT_ANSWERED || !pause_for(options->interval_ms))
            return client_complain(&top->client, options, end);
    }
    for (i = 0; i < rounds; i++) {
        if (i > 0 && !pause_for(options->interval_ms))
            break;
        end = look(top);
        if (end != CLIENT_ANSWERED) {
            code = client_complain(&top->client, options, end);
            break;
        }
        if (options->json)
            show_json(top->view.now);
        else if (top->view.no_memory || !print_view(top)) {
            complain(options, "no memory", NULL);
            return EXIT_WRONG_USE;
        } else if (i + 1 < rounds) {
            (void)putchar('\n');
        }
        if (fflush(stdout) != 0)
            break; /* nobody reads any more */
    }
    return code;
}

/* ---- the terminal ---- */

static const short colours[STYLES] = {
    [STYLE_GOOD] = COLOR_GREEN, [STYLE_WARN] = COLOR_YELLOW, [STYLE_BAD] = COLOR_RED};

static attr_t attributes_of(enum text_style style)
{
    const char *no = getenv("NO_COLOR");
    bool coloured = has_colors() && (no == NULL || *no == '\0');

    switch (style) {
    case STYLE_HEAD:
        return A_REVERSE;
    case STYLE_BOLD:
        return A_BOLD;
    case STYLE_DIM:
        return A_DIM;
    case STYLE_GOOD:
        return A_NORMAL;
    case STYLE_WARN:
        return coloured ? A_NORMAL : A_BOLD;
    case STYLE_BAD:
        return coloured ? A_BOLD : A_BOLD | A_UNDERLINE;
    default:
        return A_NORMAL;
    }
}

static void send_page(const struct page *page)
{
    const char *no = getenv("NO_COLOR");
    bool coloured = has_colors() && (no == NULL || *no == '\0');
    int row, column;

    (void)erase();
    for (row = 0; row < page->height; row++)
        for (column = 0; column < page->width; column++) {
            const struct cell *cell = &page->cells[row * page->width + column];
            enum text_style style = (enum text_style)cell->style;
            wchar_t text[2] = {(wchar_t)cell->character, L'\0'};
            cchar_t character;

            if (cell->character == 0 || (cell->character == ' ' && style != STYLE_HEAD))
                continue;
            if (setcchar(&character, text, attributes_of(style),
                         coloured && colours[style] != 0 ? (short)style : 0, NULL) == OK)
                (void)mvadd_wch(row, column, &character);
        }
    (void)refresh();
}

static void draw(struct top *top)
{
    int height, width;

    getmaxyx(stdscr, height, width);
    if (height < 1 || width < 1 || !page_begin(&top->page, width, height, text_unicode()))
        return;
    if (!top->look.paused)
        top->look.now_ms = wall_ms();
    view_draw(&top->view, &top->look, &top->page);
    send_page(&top->page);
}

static void sort_by(struct top *top, enum sort_key sort)
{
    top->look.sort = sort;
    top->look.scroll = 0;
    view_sort(&top->view, sort);
}

static void change_interval(struct look *look, bool faster)
{
    static const uint64_t steps[] = {100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000};
    enum { STEPS = sizeof steps / sizeof *steps };
    int i = 0;

    while (i < STEPS - 1 && steps[i] < look->interval_ms)
        i++;
    if (faster && i > 0)
        i--;
    else if (!faster && steps[i] <= look->interval_ms && i < STEPS - 1)
        i++;
    look->interval_ms = steps[i];
}

static void move_by(struct look *look, int rows)
{
    look->scroll =
        rows < -look->scroll ? 0 : look->scroll + rows; /* view_draw sets the other end */
}

static void press(struct top *top, int key)
{
    static const char keys[SORT_KEYS] = {'r', 'f', 'l', 'w', 'n'};
    int page = top->page.height / 2, i;

    if (top->look.help && key != KEY_RESIZE) {
        top->look.help = false;
        top->quit = top->quit || key == 'q';
        return;
    }
    for (i = 0; i < SORT_KEYS; i++)
        if (key == keys[i])
            sort_by(top, (enum sort_key)i);
    if (key == 'q' || key == 'Q')
        top->quit = true;
    else if (key == '?' || key == 'h' || key == KEY_F(1))
        top->look.help = true;
    else if (key == 's')
        sort_by(top, (enum sort_key)((top->look.sort + 1) % SORT_KEYS));
    else if (key == ' ')
        top->look.paused = !top->look.paused;
    else if (key == '+' || key == '=')
        change_interval(&top->look, true);
    else if (key == '-')
        change_interval(&top->look, false);
    else if (key == KEY_DOWN || key == 'j')
        move_by(&top->look, 1);
    else if (key == KEY_UP || key == 'k')
        move_by(&top->look, -1);
    else if (key == KEY_NPAGE)
        move_by(&top->look, page);
    else if (key == KEY_PPAGE)
        move_by(&top->look, -page);
    else if (key == KEY_HOME || key == 'g')
        top->look.scroll = 0;
    else if (key == 'L' - '@')
        (void)clearok(stdscr, TRUE);
}

/* Is somebody at the keyboard, or is it gone? */
static bool key_is_there(struct top *top, int ms)
{
    struct pollfd keyboard = {.fd = STDIN_FILENO, .events = POLLIN};

    if (poll(&keyboard, 1, ms) > 0 && (keyboard.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        top->gone = true;
    return (keyboard.revents & POLLIN) != 0;
}

/* All keys that were pressed; a new size is one, too. */
static bool read_keys(struct top *top)
{
    bool any = false;
    int key;

    while ((key = getch()) != ERR) {
        press(top, key);
        any = true;
    }
    return any;
}

/* While an answer is awaited: a key ends that. */
static bool is_over(void *context)
{
    struct top *top = context;

    return stop_signal() != 0 || key_is_there(top, 0) || top->gone;
}

/* Asks; what was wrong stands on the page until it is well again. */
static void look_again(struct top *top)
{
    enum client_end end = look(top);

    if (end == CLIENT_STOPPED)
        return;
    top->look.problem = end == CLIENT_ANSWERED ? "" : top->client.what;
    top->look.advice = end == CLIENT_ANSWERED ? "" : top->client.advice;
}

static void loop(struct top *top)
{
    uint64_t due = 0;

    while (!top->quit && !top->gone && stop_signal() == 0) {
        uint64_t now = steady_ns();
        int wait = 250; /* a clock that stands still looks dead */

        if (!top->look.paused && now >= due) {
            look_again(top);
            due = steady_ns() + top->look.interval_ms * 1000000;
        }
        draw(top);
        now = steady_ns();
        if (!top->look.paused && due > now && due - now < (uint64_t)wait * 1000000)
            wait = (int)((due - now + 999999) / 1000000);
        (void)key_is_there(top, top->look.paused || due > now ? wait : 0);
        (void)read_keys(top);
    }
}

static enum exit_code run_live(struct top *top)
{
    SCREEN *screen = newterm(NULL, stdout, stdin);
    short style;

    if (screen == NULL) {
        complain_about(top->options, "take --once or --batch, or set TERM",
                       "this terminal is not known (TERM=%s)",
                       getenv("TERM") != NULL ? getenv("TERM") : "");
        return EXIT_WRONG_USE;
    }
    (void)cbreak();
    (void)noecho();
    (void)nodelay(stdscr, TRUE);
    (void)keypad(stdscr, TRUE);
    (void)set_escdelay(25);
    (void)curs_set(0);
    if (has_colors() && start_color() == OK && use_default_colors() == OK)
        for (style = 1; style < STYLES; style++)
            if (colours[style] != 0)
                (void)init_pair(style, colours[style], -1);
    top->client.is_over = is_over;
    top->client.context = top;
    loop(top);
    (void)endwin();
    delscreen(screen);
    return EXIT_FINE;
}

/* ---- both ---- */

static bool can_move_cursor(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 && term != NULL &&
           *term != '\0' && strcmp(term, "dumb") != 0;
}

enum exit_code run_top(const struct options *options)
{
    struct top top = {.options = options,
                      .look = {.sort = options->sort,
                               .interval_ms = options->interval_ms,
                               .problem = "",
                               .advice = ""}};
    bool text = options->once || options->batch || options->json || options->rounds != 0;
    enum exit_code code;

    if (!text && !can_move_cursor()) {
        complain_about(options, "take --once for one view as text, or --batch for many",
                       "the live view needs a terminal that can move its cursor (TERM=%s%s)",
                       getenv("TERM") != NULL ? getenv("TERM") : "",
                       isatty(STDOUT_FILENO) == 1 ? "" : ", and the output is none");
        return EXIT_WRONG_USE;
    }
    catch_stops();
    if (!client_begin(&top.client, options))
        return EXIT_WRONG_USE;
    top.look.socket = top.client.socket;
    top.look.live = !text;
    if (!text)
        top.client.timeout_ms = options->timeout_ms < 3000 ? options->timeout_ms : 3000;
    code = text ? run_text(&top) : run_live(&top);
    client_close(&top.client);
    view_free(&top.view);
    page_end(&top.page);
    /* Who was told to end by somebody else says so to whoever waits. */
    if (stop_signal() != 0 && stop_signal() != SIGINT) {
        (void)signal(stop_signal(), SIG_DFL);
        (void)raise(stop_signal());
    }
    return code;
}
