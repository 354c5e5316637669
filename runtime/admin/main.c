/* main.c - busadm's commands: finds the one, runs it, ends with an exit code. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "text.h"

static const char filter_help[] =
    "  --message NAME       only letters of this message, \"shop.order_placed\"\n"
    "  --handler NAME       only those of this handler\n"
    "  --reason WORD        only those with this reason: failed, breaker_open, overflow, no_room,\n"
    "                       expired, handler_gone\n"
    "  --category WORD      only those whose error is of this category: processing, connection,\n"
    "                       serialization, queue, timeout, auth, resource, config\n";

static const struct command commands[] = {
    {"top", "", "shows what the program does, live",
     "  --every SECONDS      time between two looks; default 1\n"
     "  --sort KEY           rate, failures, latency, waiting or name; default rate\n"
     "  --once               print one view as text, and end\n"
     "  --batch              print one view after another, until -n or a signal\n"
     "  -n, --rounds N       so many views (with --batch)\n"
     "\n"
     "Press ? for the keys. It waits for a program that ends, and shows the next one. With --json\n"
     "it prints the raw status, one object a line.\n",
     0, 0, TAKES_SOCKET | TAKES_JSON | TAKES_TOP, run_top},
    {"status", "", "tells how the program stands: totals, lanes, messages, store", NULL, 0, 0,
     TAKES_SOCKET | TAKES_STORE | TAKES_JSON, run_status},
    {"health", "", "tells whether the program is well, and if not, why",
     "Exit status: 0 healthy, 1 degraded or critical, 2 it could not be asked.\n", 0, 0,
     TAKES_SOCKET | TAKES_JSON, run_health},
    {"dead-letters list", "", "lists messages that could not be processed",
     "  --after N            those with higher numbers\n"
     "  --limit N            so many at most, 0: all; default 100\n",
     0, 0, TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_FILTER | TAKES_PAGE, run_letters_list},
    {"dead-letters show", "NUMBER", "shows one of them, with its content",
     "  --raw                write its bytes, for busgen decode FILE.bus MESSAGE\n", 1, 1,
     TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_RAW, run_letters_show},
    {"dead-letters replay", "[NUMBER]", "runs them again; those that succeed are gone",
     "  --all                every one there is\n"
     "  --first N, --last N  only those with numbers from N, up to N\n"
     "  --most N             only the oldest N\n"
     "  --per-second N       not faster than that\n"
     "\n"
     "Ctrl-C ends it in good order: what was run is done, the others stay, and it says how many.\n"
     "Exit status: 0 all succeeded, 1 some did not or there was none, 2 it could not be done.\n",
     0, 1, TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_FILTER | TAKES_ALL | TAKES_RATE,
     run_letters_replay},
    {"dead-letters purge", "[NUMBER]", "throws them away, for good",
     "  --all                every one there is\n"
     "  --first N, --last N  only those with numbers from N, up to N\n"
     "  --most N             only the oldest N\n"
     "  --yes                do not ask\n",
     0, 1, TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_FILTER | TAKES_ALL | TAKES_YES,
     run_letters_purge},
    {"schedule list", "", "lists events that wait for their time",
     "  --message NAME       only those of this message\n"
     "  --limit N            so many at most, 0: all; default 100\n",
     0, 0, TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_MESSAGE | TAKES_LIMIT,
     run_schedule_list},
    {"schedule cancel", "ID", "takes one of them out, for good", NULL, 1, 1,
     TAKES_SOCKET | TAKES_STORE | TAKES_JSON, run_schedule_cancel},
    {"breakers", "", "lists the circuit breakers and how they stand",
     "Exit status: 0 all closed, 1 one is not.\n", 0, 0, TAKES_SOCKET | TAKES_JSON, run_breakers},
    {"tap", "MESSAGE", "shows each run of its handlers as it happens, secrets hidden",
     "  --every N            every Nth run only; default 1\n"
     "  --per-second N       not more than that; default 100, at most 10,000\n"
     "  --limit N            end after so many\n"
     "\n"
     "What is left out is counted. A handler does not wait for whoever looks.\n",
     1, 1, TAKES_SOCKET | TAKES_JSON | TAKES_SAMPLE | TAKES_RATE | TAKES_LIMIT, run_tap},
    {"graph", "", "shows which component handles, listens to and emits what",
     "  --dot                for graphviz: busadm graph --dot | dot -Tsvg\n", 0, 0,
     TAKES_SOCKET | TAKES_JSON | TAKES_DOT, run_graph},
    {"doctor", "", "looks at permissions, versions with known defects, and limits",
     "  --folder PATH        also look for room in this folder (of the log); may be repeated\n"
     "  -v, --verbose        tell what is in order, too\n"
     "\n"
     "Exit status: 0 nothing that must be mended, 1 something to mend, 2 it could not look.\n",
     0, 0, TAKES_SOCKET | TAKES_STORE | TAKES_JSON | TAKES_FOLDER | TAKES_VERBOSE, run_doctor},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* ---- help ------------------------------------------------------------------------------------ */

static void print_help(void)
{
    size_t i;

    (void)printf("Usage: busadm COMMAND [OPTION]... [ARGUMENT]...\n"
                 "Looks into a program that runs on Busgen, and helps it.\n\n");
    for (i = 0; i < COMMAND_COUNT; i++) {
        char usage[64];

        (void)snprintf(usage, sizeof usage, "%s %s", commands[i].name, commands[i].arguments);
        (void)printf("  %-28s %s\n", usage, commands[i].summary);
    }
    (void)printf(
        "\n"
        "  --socket PATH   the program's socket; default: $BUSGEN_SOCKET, else the only *.sock in\n"
        "                  $XDG_RUNTIME_DIR/busgen and /run/busgen\n"
        "  --store PATH    instead of a program: the SQLite store of one that does not run\n"
        "  --json          raw and for machines: one document, or one object a line\n"
        "  --help          this text; after a command: its own\n"
        "  --version       the version\n"
        "\n"
        "Exit status: 0 fine, 1 findings (not healthy, nothing there), 2 wrong use or no answer.\n"
        "Colours only on a terminal, and not when NO_COLOR is set. busadm(1) tells more.\n");
}

static void print_command_help(const struct command *command)
{
    (void)printf("Usage: busadm %s%s [OPTION]...%s%s\nThe command %s.\n\n", command->name,
                 (command->takes & TAKES_ALL) != 0 ? " FILTER" : "",
                 *command->arguments != '\0' ? " " : "", command->arguments, command->summary);
    if ((command->takes & TAKES_FILTER) != 0)
        (void)fputs(filter_help, stdout);
    if (command->help != NULL)
        (void)printf("%s\n", command->help);
    else if ((command->takes & TAKES_FILTER) != 0)
        (void)putchar('\n');
    (void)fputs("  --socket PATH        the program's socket; without: see busadm --help\n",
                stdout);
    if ((command->takes & TAKES_STORE) != 0)
        (void)fputs("  --store PATH         the SQLite store of a program that does not run\n",
                    stdout);
    (void)fputs("  --timeout SECONDS    how long to wait for an answer; default 10\n"
                "  --json               raw and for machines\n",
                stdout);
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool begins_with_word(const char *text, const char *word)
{
    size_t size = strlen(word);

    return strncmp(text, word, size) == 0 && text[size] == ' ';
}

/* "list, show, replay and purge" of "dead-letters". */
static void complain_of_second(const struct options *options, const char *first, const char *second)
{
    char known[128] = "";
    size_t i;

    for (i = 0; i < COMMAND_COUNT; i++)
        if (begins_with_word(commands[i].name, first)) {
            size_t size = strlen(known);

            (void)snprintf(known + size, sizeof known - size, "%s%s", size > 0 ? ", " : "",
                           commands[i].name + strlen(first) + 1);
        }
    if (second == NULL)
        complain_about(options, NULL, "%s wants a command of its own: %s", first, known);
    else
        complain_about(options, NULL, "%s has no command '%s', only: %s", first, second, known);
}

/* NULL: there is none, and that was said. *words: how many arguments its name takes. */
static const struct command *find_command(const struct options *options, int count,
                                          char **arguments, int *words)
{
    const char *first = arguments[0], *closest = NULL;
    unsigned best = 3;
    bool has_second = false;
    size_t i;

    for (i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i].name;
        char word[32];
        unsigned found;

        *words = 1;
        if (strcmp(name, first) == 0)
            return &commands[i];
        if (begins_with_word(name, first)) {
            has_second = true;
            *words = 2;
            if (count > 1 && strcmp(name + strlen(first) + 1, arguments[1]) == 0)
                return &commands[i];
        }
        (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(name, " "), name);
        found = distance(first, word, 3);
        if (found < best) {
            best = found;
            closest = name;
        }
    }
    if (has_second)
        complain_of_second(options, first,
                           count > 1 && arguments[1][0] != '-' ? arguments[1] : NULL);
    else if (closest != NULL)
        complain_about(options, NULL, "no command '%s'; did you mean '%.*s'?", first,
                       (int)strcspn(closest, " "), closest);
    else
        complain_about(options, "busadm --help lists them", "no command '%s'", first);
    return NULL;
}

/* ---- main ------------------------------------------------------------------------------------ */

static volatile sig_atomic_t stopped;

static void note_signal(int signal)
{
    stopped = signal;
}

void catch_stops(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};
    size_t i;

    for (i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaction(signals[i], &action, NULL);
}

int stop_signal(void)
{
    return (int)stopped;
}

/* What was printed must have arrived; who reads no more wants no message. */
static enum exit_code flushed(const struct options *options, enum exit_code code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    if (errno != EPIPE)
        complain_about(options, NULL, "cannot write the output: %s", strerror(errno));
    return EXIT_WRONG_USE;
}

int main(int count, char **arguments)
{
    struct options options = {.timeout_ms = 10000, .interval_ms = 1000, .limit = 100};
    const struct command *command;
    enum exit_code code = EXIT_FINE;
    bool done = false;
    int words;

    (void)signal(SIGPIPE, SIG_IGN); /* a reader that goes is an error of the write */
    /* How wide characters are, and nothing else of the locale. */
    (void)uselocale(newlocale(LC_CTYPE_MASK, "", NULL));
    if (count < 2) {
        (void)fprintf(stderr,
                      "Usage: busadm COMMAND [OPTION]...; 'busadm --help' lists the commands\n");
        return EXIT_WRONG_USE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 ||
        strcmp(arguments[1], "help") == 0) {
        print_help();
        return (int)flushed(&options, EXIT_FINE);
    }
    if (strcmp(arguments[1], "--version") == 0) {
        (void)printf("busadm %s\n", BUSGEN_VERSION);
        return (int)flushed(&options, EXIT_FINE);
    }
    if (arguments[1][0] == '-') {
        complain_about(&options, NULL, "the option '%s' goes after the command", arguments[1]);
        return EXIT_WRONG_USE;
    }
    command = find_command(&options, count - 1, arguments + 1, &words);
    if (command == NULL)
        return EXIT_WRONG_USE;
    options.command = command->name;
    if (!read_options(command, count - words, arguments + words, &options, print_command_help,
                      &done))
        return EXIT_WRONG_USE;
    if (!done)
        code = command->run(&options);
    return (int)flushed(&options, code);
}
