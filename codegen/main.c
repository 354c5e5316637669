/* main.c - busgen's command line: finds the command, reads the options, ends with an exit code. */
#include "breaking.h"
#include "command.h"

#include <jansson.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_HELP "  --rule ID=LEVEL      error, warning or off for one rule; may be repeated\n"
#define FORMAT_HELP                                                                                \
    "  --format FORMAT      findings as text on stderr (default); json, sarif (2.1.0) or github\n" \
    "                       (workflow commands) on stdout\n"

static const struct command commands[] = {
    {"check", "FILE...", "reads schemas and reports what is wrong with them",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" RULE_HELP FORMAT_HELP,
     1, -1, run_check},
    {"lint", "FILE...",
     "check, and what is a matter of habit: names, dead events, doubtful policies",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" RULE_HELP FORMAT_HELP "\n"
     "A schema accepts a finding by a comment, '// lint: off RULE reason': on a line of its own "
     "in\n"
     "the declaration below it, inside of one in the next line, behind something in its line, "
     "above\n"
     "the bus in the whole file. 'busgen explain' lists the rules and says which can be set.\n",
     1, -1, run_lint},
    {"fmt", "FILE...", "lays schemas out as all are, in place",
     "  --check              change nothing; tell which files would change, exit status 1 if any\n"
     "\n"
     "FILE '-' is standard input, laid out to standard output. There is one layout: comments, "
     "empty\n"
     "lines and blocks on one line stay where there is room for them. A file with errors in its "
     "syntax\nis left as it is; other errors do not matter.\n",
     1, -1, run_fmt},
    {"gen", "FILE... -o DIR", "writes C, a .fbs for other languages, and what monitors it",
     "  -o, --output DIR     where to write; made when it is not there\n"
     "  --emit WHAT,...      what to write: c, fbs, inline, prometheus, grafana, dot, mermaid,\n"
     "                       json-schema, md; default: c,fbs\n"
     "  --metric-prefix P    stands before the names of metrics (bus_metrics_options.prefix)\n"
     "  --split N            the messages' code in N files of its own, for make -j\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "  --depfile FILE       also write what was read, for make and ninja\n"
     "  -MD                  the same beside the output, as DIR/NAME.bus.d\n" RULE_HELP FORMAT_HELP
     "\n"
     "x.bus gives x.bus.h, x.bus.c and x.fbs; with inline x.bus.inline.h, too, for programs that\n"
     "pack and unpack many messages themselves. Files that would not change are not touched; on "
     "any\n"
     "error none is. With --split N the messages go, in order, to x.bus.1.c to x.bus.N.c: exactly\n"
     "these, however many messages there are; x.bus.c keeps the rest. Compile and link them all. "
     "Parts\n"
     "that an earlier, larger N left in DIR are removed.\n"
     "\n"
     "With prometheus come x.rules.yml, alert rules, and x.rules.test.yml, which proves them\n"
     "(promtool test rules); with grafana x.dashboard.json, to be imported.\n"
     "With dot and mermaid come x.dot and x.mmd: who handles, listens to and emits what.\n"
     "With json-schema comes x.schema.json (draft 2020-12): the JSON that decode writes and "
     "encode\n"
     "reads, of each message under #/$defs/BUS.MESSAGE, of an answer under "
     "BUS.COMMAND.ANSWER.\n"
     "With md comes x.md, which documents all of it in Markdown.\n",
     1, -1, run_gen},
    {"plan", "FILE", "tells how much memory its messages take, where components run, how busy",
     "  --workers N          workers of the bus; default 1\n"
     "  --capacity N         messages per worker and lane; default 10000\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "Exit status 1 when a program reserves more than its `memory max`, or `rate` and `takes` come "
     "to\nmore than a worker has time for.\n",
     1, 1, run_plan},
    {"breaking", "FILE --against OLD", "tells what changes since older versions break",
     "  --against OLD        an older version: a .bus file, or git:REV (FILE at that revision); "
     "may\n"
     "                       be repeated\n"
     "  --only CATEGORIES    of wire,json,source,behaviour; default: all\n"
     "  --accept RULE:ELEMENT  accepts a finding from now on: it is written into the lock file; "
     "may\n"
     "                       be repeated\n"
     "  --reason TEXT        why\n"
     "  -v, --verbose        also tell what was accepted\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" FORMAT_HELP "\n"
     "wire: bytes of one program are refused, or mean something else, in the other. json: the "
     "same\n"
     "of JSON. source: programs do not compile. behaviour: order, loss, repetition, time.\n"
     "busgen explain RULE tells what a rule is for.\n",
     1, 1, run_breaking},
    {"lock", "FILE", "keeps the version of a schema that is released, in FILE.lock",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "A version that is locked does not change: later changes raise the version. Check the file "
     "in:\n"
     "busgen breaking FILE --against FILE.lock checks against every version in it.\n",
     1, 1, run_lock},
    {"explain", "[RULE]", "tells what a rule is for, with an example; without RULE lists them all",
     NULL, 0, 1, run_explain},
    {"decode", "FILE MESSAGE", "reads a packed message from stdin, writes it as JSON",
     "  --flatc              JSON as flatc reads it\n"
     "  --compact            on one line\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "MESSAGE is a message, COMMAND.ANSWER, or a table. Secrets are shown: the bytes are yours.\n",
     2, 2, run_decode},
    {"encode", "FILE MESSAGE", "reads JSON from stdin, writes the packed message",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "MESSAGE is a message, COMMAND.ANSWER, or a table. What is absent gets its default.\n",
     2, 2, run_encode},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

/* Known by name, so that nobody takes their absence for a typing error. */
static const char *const later_commands[] = {"doc", "test"};

/* ---- help ------------------------------------------------------------------------------------ */

static void print_help(void)
{
    printf("Usage: busgen COMMAND [OPTION]... ARGUMENT...\n"
           "Compiles .bus schemas to typed messages in C.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %-16s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
    printf("\n"
           "  --help       this text; after a command: its own\n"
           "  --version    the version\n"
           "\n"
           "Exit status: 0 fine, 1 findings in the input, 2 wrong use, files or memory.\n"
           "Colours only on a terminal, and not when NO_COLOR is set.\n");
}

static void print_command_help(const struct command *command)
{
    printf("Usage: busgen %s %s\nThe command %s.\n", command->name, command->arguments,
           command->summary);
    if (command->help != NULL)
        printf("\n%s", command->help);
}

/* ---- commands -------------------------------------------------------------------------------- */

static const struct command *find_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *closest;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    for (size_t i = 0; i < sizeof(later_commands) / sizeof(*later_commands); i++) {
        if (strcmp(later_commands[i], name) == 0) {
            fprintf(stderr, "busgen: '%s' is not available yet\n", name);
            return NULL;
        }
    }
    closest = idl_closest(name, names, COMMAND_COUNT);
    if (closest != NULL)
        fprintf(stderr, "busgen: no command '%s'; did you mean '%s'?\n", name, closest);
    else
        fprintf(stderr, "busgen: no command '%s'; 'busgen --help' lists them\n", name);
    return NULL;
}

/* ---- options --------------------------------------------------------------------------------- */

enum option_id {
    OPTION_HELP = 256,
    OPTION_VERSION,
    OPTION_EMIT,
    OPTION_METRIC_PREFIX,
    OPTION_SPLIT,
    OPTION_DEPFILE,
    OPTION_FORMAT,
    OPTION_RULE,
    OPTION_WORKERS,
    OPTION_CAPACITY,
    OPTION_FLATC,
    OPTION_COMPACT,
    OPTION_AGAINST,
    OPTION_ONLY,
    OPTION_ACCEPT,
    OPTION_REASON,
    OPTION_CHECK,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"output", required_argument, NULL, 'o'},
    {"emit", required_argument, NULL, OPTION_EMIT},
    {"metric-prefix", required_argument, NULL, OPTION_METRIC_PREFIX},
    {"split", required_argument, NULL, OPTION_SPLIT},
    {"include", required_argument, NULL, 'I'},
    {"depfile", required_argument, NULL, OPTION_DEPFILE},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"rule", required_argument, NULL, OPTION_RULE},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"capacity", required_argument, NULL, OPTION_CAPACITY},
    {"flatc", no_argument, NULL, OPTION_FLATC},
    {"compact", no_argument, NULL, OPTION_COMPACT},
    {"against", required_argument, NULL, OPTION_AGAINST},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"accept", required_argument, NULL, OPTION_ACCEPT},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"verbose", no_argument, NULL, 'v'},
    {"check", no_argument, NULL, OPTION_CHECK},
    {NULL, 0, NULL, 0},
};

/* Which commands take an option; --help goes with all. */
static bool option_fits(int option, const struct command *command)
{
    const char *name = command->name;
    bool gen = strcmp(name, "gen") == 0;

    switch (option) {
    case 'o':
    case 'M':
    case OPTION_EMIT:
    case OPTION_SPLIT:
    case OPTION_DEPFILE:
    case OPTION_METRIC_PREFIX:
        return gen;
    case OPTION_FORMAT:
        return gen || strcmp(name, "check") == 0 || strcmp(name, "lint") == 0 ||
               strcmp(name, "breaking") == 0;
    case OPTION_RULE:
        return gen || strcmp(name, "check") == 0 || strcmp(name, "lint") == 0;
    case OPTION_AGAINST:
    case OPTION_ONLY:
    case OPTION_ACCEPT:
    case OPTION_REASON:
    case 'v':
        return strcmp(name, "breaking") == 0;
    case OPTION_CHECK:
        return strcmp(name, "fmt") == 0;
    case 'I':
        return strcmp(name, "explain") != 0 && strcmp(name, "fmt") != 0;
    case OPTION_WORKERS:
    case OPTION_CAPACITY:
        return strcmp(name, "plan") == 0;
    case OPTION_FLATC:
    case OPTION_COMPACT:
        return strcmp(name, "decode") == 0;
    default:
        return true;
    }
}

static bool read_count(const char *option, const char *text, uint32_t most, uint32_t *value)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number == 0 || number > most) {
        fprintf(stderr, "busgen: %s takes a number from 1 to %u, not '%s'\n", option,
                (unsigned)most, text);
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

static bool read_emit(struct options *options, const char *text)
{
    static const char *const later[] = {"bfbs", "asyncapi"};
    const struct {
        const char *word;
        bool *wanted;
    } words[] = {{"c", &options->emit_c},
                 {"fbs", &options->emit_fbs},
                 {"inline", &options->emit_inline},
                 {"prometheus", &options->emit_prometheus},
                 {"grafana", &options->emit_grafana},
                 {"dot", &options->emit_dot},
                 {"mermaid", &options->emit_mermaid},
                 {"json-schema", &options->emit_json_schema},
                 {"md", &options->emit_markdown}};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        *words[i].wanted = false;
    for (;;) {
        size_t size = strcspn(text, ",");
        bool known = false;

        for (size_t i = 0; i < sizeof(words) / sizeof(*words) && !known; i++)
            if (strlen(words[i].word) == size && strncmp(words[i].word, text, size) == 0)
                known = *words[i].wanted = true;
        for (size_t i = 0; i < sizeof(later) / sizeof(*later) && !known; i++) {
            if (strlen(later[i]) == size && strncmp(later[i], text, size) == 0) {
                fprintf(stderr, "busgen: --emit %s is not available yet\n", later[i]);
                return false;
            }
        }
        if (!known) {
            fprintf(stderr,
                    "busgen: --emit takes c, fbs, inline, prometheus, grafana, dot, mermaid, "
                    "json-schema and md, not '%.*s'\n",
                    (int)size, text);
            return false;
        }
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

/* As bus_metrics_options.prefix wants it: it becomes part of names. */
static bool read_prefix(struct options *options, const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
    static const char *const digits = "0123456789";
    size_t size = strlen(text), i = 0;

    while (text[i] != '\0' &&
           (strchr(letters, text[i]) != NULL || (i != 0 && strchr(digits, text[i]) != NULL)))
        i++;
    if (i != size || size > 63) {
        fprintf(stderr,
                "busgen: --metric-prefix takes letters, digits, '_' and ':', at most 63 and not a "
                "digit first, not '%s'\n",
                text);
        return false;
    }
    options->metric_prefix = text;
    return true;
}

static bool read_format(struct options *options, const char *text)
{
    static const char *const formats[] = {[FORMAT_TEXT] = "text",
                                          [FORMAT_JSON] = "json",
                                          [FORMAT_SARIF] = "sarif",
                                          [FORMAT_GITHUB] = "github"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (strcmp(formats[i], text) == 0) {
            options->format = (enum format)i;
            return true;
        }
    }
    fprintf(stderr, "busgen: --format takes text, json, sarif or github, not '%s'\n", text);
    return false;
}

/* ID=LEVEL, of a rule that can be set. */
static bool read_rule(struct options *options, char *text)
{
    static const char *const severities[] = {
        [IDL_ERROR] = "error", [IDL_WARNING] = "warning", [IDL_OFF] = "off"};
    char *level = strchr(text, '=');
    const struct idl_rule *rule;
    const char *closest;

    if (level == NULL) {
        fprintf(stderr, "busgen: --rule takes ID=error, ID=warning or ID=off, not '%s'\n", text);
        return false;
    }
    *level++ = '\0';
    rule = idl_rule_find(text);
    if (rule == NULL) {
        closest = idl_rule_suggest(text);
        fprintf(stderr,
                closest != NULL ? "busgen: no rule '%s'; did you mean '%s'?\n"
                                : "busgen: no rule '%s'; 'busgen explain' lists all\n",
                text, closest);
        return false;
    }
    if (idl_rule_group_of(rule) == IDL_RULE_FIXED) {
        fprintf(stderr, "busgen: the rule '%s' cannot be set\n", text);
        return false;
    }
    for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++) {
        if (strcmp(severities[i], level) != 0)
            continue;
        if (options->level_count == LEVELS_MAX) {
            fprintf(stderr, "busgen: more than %d times --rule\n", LEVELS_MAX);
            return false;
        }
        options->levels[options->level_count++] =
            (struct idl_rule_level){rule->id, (enum idl_severity)i};
        return true;
    }
    fprintf(stderr, "busgen: --rule %s takes error, warning or off, not '%s'\n", text, level);
    return false;
}

static bool read_only(struct options *options, const char *text)
{
    options->categories = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        unsigned category = breaking_category_find(text, size);

        if (category == 0) {
            fprintf(stderr, "busgen: --only takes wire, json, source and behaviour, not '%.*s'\n",
                    (int)size, text);
            return false;
        }
        options->categories |= category;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

/* An option that may be repeated. */
static bool read_more(const char *option, const char **list, size_t *count, const char *text)
{
    if (*count == AGAINST_MAX) {
        fprintf(stderr, "busgen: more than %d %s\n", AGAINST_MAX, option);
        return false;
    }
    list[(*count)++] = text;
    return true;
}

/* "--output" of 'o'; NULL: there is no such option. */
static const char *long_name(int option)
{
    for (const struct option *known = long_options; known->name != NULL; known++)
        if (known->val == option)
            return known->name;
    return NULL;
}

/* What getopt complains about, in our words: option `option` without its value or with one too many
 * (0: a long option that is not known), met in `argument`. */
static void complain_about(int option, const char *argument)
{
    const char *names[sizeof(long_options) / sizeof(*long_options)];
    const char *name = long_name(option);
    const char *closest;
    size_t count = 0;
    char word[64];

    if (name != NULL || option == 'M') {
        fprintf(stderr, "busgen: %s%s %s\n", name != NULL ? "--" : "-", name != NULL ? name : "M",
                strchr(argument, '=') != NULL ? "takes no value" : "wants a value");
        return;
    }
    if (option != 0) {
        fprintf(stderr, "busgen: no option '-%c'; 'busgen --help' lists the commands\n", option);
        return;
    }
    for (; long_options[count].name != NULL; count++)
        names[count] = long_options[count].name;
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument, "="), argument);
    closest = strlen(word) > 2 ? idl_closest(word + 2, names, count) : NULL;
    if (closest != NULL)
        fprintf(stderr, "busgen: no option '%s'; did you mean '--%s'?\n", word, closest);
    else
        fprintf(stderr, "busgen: no option '%s'; 'busgen COMMAND --help' lists them\n", word);
}

/* What goes into a file as text. */
static bool is_text(const char *value)
{
    json_t *text = json_string(value);

    if (text == NULL || *value == '\0')
        fprintf(stderr, "busgen: --reason wants text, in UTF-8\n");
    json_decref(text);
    return text != NULL && *value != '\0';
}

/* Stores one option; false: wrong use, said. */
static bool take_option(struct options *options, int option, char *value)
{
    switch (option) {
    case 'o':
        options->folder = *value != '\0' ? value : ".";
        return true;
    case 'I':
        if (options->root_count == ROOTS_MAX) {
            fprintf(stderr, "busgen: more than %d include roots\n", ROOTS_MAX);
            return false;
        }
        options->roots[options->root_count++] = value;
        return true;
    case 'M':
        if (strcmp(value, "D") != 0) {
            fprintf(stderr, "busgen: no option '-M%s'; did you mean '-MD'?\n", value);
            return false;
        }
        options->depfile_beside = true;
        return true;
    case OPTION_EMIT:
        return read_emit(options, value);
    case OPTION_METRIC_PREFIX:
        return read_prefix(options, value);
    case OPTION_SPLIT:
        return read_count("--split", value, PARTS_MAX, &options->split);
    case OPTION_DEPFILE:
        options->depfile = value;
        return true;
    case OPTION_FORMAT:
        return read_format(options, value);
    case OPTION_RULE:
        return read_rule(options, value);
    case OPTION_WORKERS:
        return read_count("--workers", value, 64, &options->workers);
    case OPTION_CAPACITY:
        return read_count("--capacity", value, 1 << 24, &options->capacity);
    case OPTION_AGAINST:
        return read_more("--against", options->against, &options->against_count, value);
    case OPTION_ACCEPT:
        return read_more("--accept", options->accept, &options->accept_count, value);
    case OPTION_REASON:
        options->reason = value;
        return is_text(value);
    case 'v':
        options->verbose = true;
        return true;
    case OPTION_CHECK:
        options->check = true;
        return true;
    case OPTION_ONLY:
        return read_only(options, value);
    case OPTION_FLATC:
        options->flatc_json = true;
        return true;
    case OPTION_COMPACT:
        options->compact = true;
        return true;
    default:
        return false;
    }
}

/* Reads the options behind the command's name. *done: --help or --version was answered. */
static bool read_options(const struct command *command, int count, char **arguments,
                         struct options *options, bool *done)
{
    int option;

    opterr = 0;
    for (;;) {
        option = getopt_long(count, arguments, "o:I:M:v", long_options, NULL);
        if (option == -1)
            break;
        if (option == '?' || option == ':') {
            complain_about(optopt, arguments[optind - 1]);
            return false;
        }
        if (option == OPTION_HELP) {
            print_command_help(command);
            *done = true;
            return true;
        }
        if (option == OPTION_VERSION) {
            printf("busgen %s\n", BUSGEN_VERSION);
            *done = true;
            return true;
        }
        if (!option_fits(option, command)) {
            fprintf(stderr, "busgen: '%s' does not take the option '%s%s'\n", command->name,
                    option == 'M' ? "-" : "--", option == 'M' ? "MD" : long_name(option));
            return false;
        }
        if (!take_option(options, option, optarg))
            return false;
    }
    options->arguments = (const char **)(arguments + optind);
    options->argument_count = count - optind;
    if (options->argument_count < command->least ||
        (command->most >= 0 && options->argument_count > command->most)) {
        fprintf(stderr, "Usage: busgen %s %s\n", command->name, command->arguments);
        return false;
    }
    return true;
}

/* ---- main ------------------------------------------------------------------------------------ */

/* What was printed must have arrived. */
static enum exit_code flushed(enum exit_code code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "busgen: cannot write the output: %s\n", strerror(errno));
        return EXIT_WRONG_USE;
    }
    return code;
}

int main(int count, char **arguments)
{
    struct options options = {.emit_c = true,
                              .emit_fbs = true,
                              .metric_prefix = "",
                              .workers = 1,
                              .capacity = 10000,
                              .categories = BREAKING_ALL};
    struct memory memory = {0};
    const struct command *command;
    enum exit_code code;
    bool done = false;

    /* a file limit is an error of the write, not the end of the process */
    signal(SIGXFSZ, SIG_IGN);
    if (count < 2) {
        fprintf(stderr,
                "Usage: busgen COMMAND [OPTION]... ARGUMENT...; 'busgen --help' tells more\n");
        return EXIT_WRONG_USE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 ||
        strcmp(arguments[1], "help") == 0) {
        print_help();
        return (int)flushed(EXIT_FINE);
    }
    if (strcmp(arguments[1], "--version") == 0) {
        printf("busgen %s\n", BUSGEN_VERSION);
        return (int)flushed(EXIT_FINE);
    }
    command = find_command(arguments[1]);
    if (command == NULL || !read_options(command, count - 1, arguments + 1, &options, &done))
        return EXIT_WRONG_USE;
    code = done ? EXIT_FINE : command->run(&memory, &options);
    free_all(&memory);
    return (int)flushed(code);
}
