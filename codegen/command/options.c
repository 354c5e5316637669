/* options.c - what stands behind a command's name: options, told apart and checked. */
#include "breaking/breaking.h"
#include "command/command.h"
#include "emit/emit.h"

#include <jansson.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    OPTION_STDIO,
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
    {"stdio", no_argument, NULL, OPTION_STDIO},
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
        return gen || strcmp(name, "check") == 0 || strcmp(name, "lint") == 0 ||
               strcmp(name, "lsp") == 0;
    case OPTION_AGAINST:
        return gen || strcmp(name, "breaking") == 0;
    case OPTION_ONLY:
    case OPTION_ACCEPT:
    case OPTION_REASON:
    case 'v':
        return strcmp(name, "breaking") == 0;
    case OPTION_CHECK:
        return strcmp(name, "fmt") == 0;
    case OPTION_STDIO:
        return strcmp(name, "lsp") == 0;
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

/* Tells the words that --emit takes: "c, fbs and md". */
static void print_outputs(void)
{
    for (size_t i = 0; i < EMIT_OUTPUT_COUNT; i++)
        fprintf(stderr, "%s%s",
                i == 0                       ? ""
                : i + 1 == EMIT_OUTPUT_COUNT ? " and "
                                             : ", ",
                emit_outputs[i].word);
}

static bool read_emit(struct options *options, const char *text)
{
    options->outputs = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        unsigned output = 0;

        for (size_t i = 0; i < EMIT_OUTPUT_COUNT; i++)
            if (strlen(emit_outputs[i].word) == size &&
                strncmp(emit_outputs[i].word, text, size) == 0)
                output = 1U << i;
        if (output == 0) {
            fprintf(stderr, "busgen: --emit takes ");
            print_outputs();
            fprintf(stderr, ", not '%.*s'\n", (int)size, text);
            return false;
        }
        options->outputs |= output;
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
    case OPTION_STDIO:
        return true; /* it speaks nowhere else */
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

bool read_options(const struct command *command, int count, char **arguments,
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
