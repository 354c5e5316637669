/* options.c - the options of busadm's commands, and complaints about them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "text.h"

/* ---- options --------------------------------------------------------------------------------- */

enum option_id {
    OPTION_HELP = 256,
    OPTION_VERSION,
    OPTION_SOCKET,
    OPTION_STORE,
    OPTION_TIMEOUT,
    OPTION_JSON,
    OPTION_EVERY,
    OPTION_SORT,
    OPTION_ONCE,
    OPTION_BATCH,
    OPTION_AFTER,
    OPTION_LIMIT,
    OPTION_MESSAGE,
    OPTION_HANDLER,
    OPTION_REASON,
    OPTION_CATEGORY,
    OPTION_ALL,
    OPTION_FIRST,
    OPTION_LAST,
    OPTION_MOST,
    OPTION_PER_SECOND,
    OPTION_YES,
    OPTION_RAW,
    OPTION_DOT,
    OPTION_FOLDER,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"store", required_argument, NULL, OPTION_STORE},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"every", required_argument, NULL, OPTION_EVERY},
    {"sort", required_argument, NULL, OPTION_SORT},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"batch", no_argument, NULL, OPTION_BATCH},
    {"rounds", required_argument, NULL, 'n'},
    {"after", required_argument, NULL, OPTION_AFTER},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"message", required_argument, NULL, OPTION_MESSAGE},
    {"handler", required_argument, NULL, OPTION_HANDLER},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"category", required_argument, NULL, OPTION_CATEGORY},
    {"all", no_argument, NULL, OPTION_ALL},
    {"first", required_argument, NULL, OPTION_FIRST},
    {"last", required_argument, NULL, OPTION_LAST},
    {"most", required_argument, NULL, OPTION_MOST},
    {"per-second", required_argument, NULL, OPTION_PER_SECOND},
    {"yes", no_argument, NULL, OPTION_YES},
    {"raw", no_argument, NULL, OPTION_RAW},
    {"dot", no_argument, NULL, OPTION_DOT},
    {"folder", required_argument, NULL, OPTION_FOLDER},
    {"verbose", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* What a command must take for an option to fit; 0: all take it. */
static unsigned needed_for(int option)
{
    static const struct {
        int option;
        unsigned takes;
    } needs[] = {
        {OPTION_SOCKET, TAKES_SOCKET},
        {OPTION_TIMEOUT, TAKES_SOCKET},
        {OPTION_STORE, TAKES_STORE},
        {OPTION_JSON, TAKES_JSON},
        {OPTION_EVERY, TAKES_TOP | TAKES_SAMPLE},
        {OPTION_SORT, TAKES_TOP},
        {OPTION_ONCE, TAKES_TOP},
        {OPTION_BATCH, TAKES_TOP},
        {'n', TAKES_TOP},
        {OPTION_AFTER, TAKES_PAGE},
        {OPTION_LIMIT, TAKES_PAGE | TAKES_LIMIT},
        {OPTION_MESSAGE, TAKES_FILTER | TAKES_MESSAGE},
        {OPTION_HANDLER, TAKES_FILTER},
        {OPTION_REASON, TAKES_FILTER},
        {OPTION_CATEGORY, TAKES_FILTER},
        {OPTION_ALL, TAKES_ALL},
        {OPTION_FIRST, TAKES_ALL},
        {OPTION_LAST, TAKES_ALL},
        {OPTION_MOST, TAKES_ALL},
        {OPTION_PER_SECOND, TAKES_RATE},
        {OPTION_YES, TAKES_YES},
        {OPTION_RAW, TAKES_RAW},
        {OPTION_DOT, TAKES_DOT},
        {OPTION_FOLDER, TAKES_FOLDER},
        {'v', TAKES_VERBOSE},
    };
    size_t i;

    for (i = 0; i < sizeof needs / sizeof *needs; i++)
        if (needs[i].option == option)
            return needs[i].takes;
    return 0;
}

static const char *long_name(int option)
{
    const struct option *known = long_options;

    while (known->name != NULL && known->val != option)
        known++;
    return known->name;
}

bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > most)
        return false;
    *number = value;
    return true;
}

static bool number_of(const struct options *options, int option, const char *text, uint64_t least,
                      uint64_t most, uint64_t *number)
{
    if (read_number(text, most, number) && *number >= least)
        return true;
    complain_about(options, NULL, "--%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                   long_name(option), least, most, text);
    return false;
}

/* Seconds with a fraction, as milliseconds. */
static bool seconds_of(const struct options *options, int option, const char *text, double most,
                       uint64_t *ms)
{
    char *end;
    double value = strtod(text, &end);

    if ((*text < '0' || *text > '9') && *text != '.')
        value = -1;
    if (*end != '\0' || !(value >= 0.1 && value <= most)) {
        complain_about(options, NULL, "--%s takes seconds from 0.1 to %.0f, not '%s'",
                       long_name(option), most, text);
        return false;
    }
    *ms = (uint64_t)(value * 1000 + 0.5);
    return true;
}

static bool sort_of(struct options *options, const char *text)
{
    static const char *const keys[SORT_KEYS] = {"rate", "failures", "latency", "waiting", "name"};
    unsigned key;

    for (key = 0; key < SORT_KEYS; key++)
        if (strcmp(text, keys[key]) == 0) {
            options->sort = (enum sort_key)key;
            return true;
        }
    complain_about(options, NULL, "--sort takes rate, failures, latency, waiting or name, not '%s'",
                   text);
    return false;
}

/* Options that are on or off; false: it is none of them. */
static bool take_switch(struct options *options, int option)
{
    bool *const places[] = {&options->json, &options->once, &options->batch, &options->all,
                            &options->yes,  &options->raw,  &options->dot,   &options->verbose};
    static const int ids[] = {OPTION_JSON, OPTION_ONCE, OPTION_BATCH, OPTION_ALL,
                              OPTION_YES,  OPTION_RAW,  OPTION_DOT,   'v'};
    size_t i;

    for (i = 0; i < sizeof ids / sizeof *ids && ids[i] != option; i++)
        continue;
    if (i == sizeof ids / sizeof *ids)
        return false;
    *places[i] = true;
    return true;
}

static bool take_text(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_SOCKET:
        options->socket = value;
        return true;
    case OPTION_STORE:
        options->store = value;
        return true;
    case OPTION_MESSAGE:
        options->message = value;
        return true;
    case OPTION_HANDLER:
        options->handler = value;
        return true;
    case OPTION_REASON:
        options->reason = value;
        return true;
    case OPTION_CATEGORY:
        options->category = value;
        return true;
    case OPTION_FOLDER:
        if (options->folder_count == 8) {
            complain(options, "more than 8 folders", NULL);
            return false;
        }
        options->folders[options->folder_count++] = value;
        return true;
    default:
        return sort_of(options, value);
    }
}

/* Stores one option; false: wrong use, said. */
static bool take_option(struct options *options, const struct command *command, int option,
                        const char *value)
{
    const uint64_t letter = INT64_MAX;

    switch (option) {
    case OPTION_TIMEOUT:
        return seconds_of(options, option, value, 3600, &options->timeout_ms);
    case OPTION_EVERY:
        if ((command->takes & TAKES_SAMPLE) != 0)
            return number_of(options, option, value, 1, UINT32_MAX, &options->sample);
        return seconds_of(options, option, value, 3600, &options->interval_ms);
    case 'n':
        return number_of(options, option, value, 1, UINT32_MAX, &options->rounds);
    case OPTION_AFTER:
        return number_of(options, option, value, 0, letter, &options->after);
    case OPTION_LIMIT:
        options->has_limit = true;
        return number_of(options, option, value, 0, letter, &options->limit);
    case OPTION_FIRST:
        return number_of(options, option, value, 1, letter, &options->first);
    case OPTION_LAST:
        return number_of(options, option, value, 1, letter, &options->last);
    case OPTION_MOST:
        return number_of(options, option, value, 1, letter, &options->most);
    case OPTION_PER_SECOND:
        return number_of(options, option, value, 1, 1000000, &options->per_second);
    default:
        return take_switch(options, option) || take_text(options, option, value);
    }
}

/* ---- complaints ------------------------------------------------------------------------------ */

void complain(const struct options *options, const char *what, const char *advice)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "busadm%s%s: ", options->command != NULL ? " " : "",
                  options->command != NULL ? options->command : "");
    put_clean(stderr, what);
    (void)fputc('\n', stderr);
    if (advice != NULL && *advice != '\0') {
        (void)fputs("  ", stderr);
        put_clean(stderr, advice);
        (void)fputc('\n', stderr);
    }
}

void complain_about(const struct options *options, const char *advice, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complain(options, text, advice);
}

unsigned distance(const char *word, const char *other, unsigned most)
{
    unsigned least, found;

    while (*word != '\0' && *word == *other) {
        word++;
        other++;
    }
    if (*word == '\0' || *other == '\0')
        return (unsigned)(strlen(word) + strlen(other));
    if (most == 0)
        return 1;
    least = distance(word + 1, other + 1, most - 1);
    found = distance(word + 1, other, most - 1);
    least = found < least ? found : least;
    found = distance(word, other + 1, most - 1);
    return 1 + (found < least ? found : least);
}

static void complain_of_option(const struct options *options, int option, const char *argument)
{
    const char *name = long_name(option), *closest = NULL;
    const struct option *known;
    char word[64];
    unsigned best = 3;

    if (option != 0 && (name != NULL || option < 256)) {
        if (name != NULL)
            complain_about(options, NULL, "--%s %s", name,
                           strchr(argument, '=') != NULL ? "takes no value" : "wants a value");
        else
            complain_about(options, "busadm --help lists the commands", "no option '-%c'", option);
        return;
    }
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(argument, "="), argument);
    for (known = long_options; known->name != NULL && strlen(word) > 2; known++) {
        unsigned found = distance(word + 2, known->name, 3);

        if (found < best) {
            best = found;
            closest = known->name;
        }
    }
    if (closest != NULL)
        complain_about(options, NULL, "no option '%s'; did you mean '--%s'?", word, closest);
    else
        complain_about(options, "busadm COMMAND --help lists them", "no option '%s'", word);
}

/* ---- reading them ---- */

bool read_options(const struct command *command, int count, char **arguments,
                  struct options *options, void (*help)(const struct command *command), bool *done)
{
    int option;

    opterr = 0;
    while ((option = getopt_long(count, arguments, "n:v", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            complain_of_option(options, optopt, arguments[optind - 1]);
            return false;
        }
        *done = option == OPTION_HELP || option == OPTION_VERSION;
        if (option == OPTION_HELP)
            help(command);
        if (option == OPTION_VERSION)
            (void)printf("busadm %s\n", BUSGEN_VERSION);
        if (*done)
            return true;
        if ((command->takes & needed_for(option)) == 0) {
            complain_about(options, NULL, "does not take the option '--%s'", long_name(option));
            return false;
        }
        if (!take_option(options, command, option, optarg))
            return false;
    }
    options->arguments = arguments + optind;
    options->argument_count = count - optind;
    if (options->argument_count < command->least || options->argument_count > command->most) {
        (void)fprintf(stderr, "Usage: busadm %s [OPTION]... %s\n", command->name,
                      command->arguments);
        return false;
    }
    if (options->socket != NULL && options->store != NULL && strcmp(command->name, "doctor") != 0) {
        complain(options, "either --socket or --store: a program that runs owns its store", NULL);
        return false;
    }
    return true;
}
