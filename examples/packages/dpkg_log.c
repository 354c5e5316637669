#include "dpkg_log.h"

enum { WORDS_MAX = 6 };

static void malformed(struct log_line *line, const char *reason)
{
    line->kind = LOG_MALFORMED;
    line->reason = reason;
}

/* Splits at single spaces, in place. Returns how many words there are; more than `most` are counted
 * as most + 1. */
static size_t words_split(char *text, char **words, size_t most)
{
    size_t count = 0;

    for (;;) {
        char *space = strchr(text, ' ');

        if (count == most)
            return most + 1;
        words[count++] = text;
        if (space == NULL)
            return count;
        *space = '\0';
        text = space + 1;
    }
}

/* `count` digits; -1 when there are other characters. */
static int digits(const char *text, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

/* "2026-05-09" and "10:11:12" */
static bool time_read(const char *date, const char *clock, int64_t *time_ns)
{
    int year, month, day, hour, minute, second;

    if (strlen(date) != 10 || date[4] != '-' || date[7] != '-' || strlen(clock) != 8 ||
        clock[2] != ':' || clock[5] != ':')
        return false;
    year = digits(date, 4);
    month = digits(date + 5, 2);
    day = digits(date + 8, 2);
    hour = digits(clock, 2);
    minute = digits(clock + 3, 2);
    second = digits(clock + 6, 2);
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *time_ns = (days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) *
               (int64_t)BUS_SECOND;
    return true;
}

/* A version, absent where the log says <none>. */
static struct bus_opt_string version(const char *text)
{
    struct bus_opt_string version = {0};

    if (strcmp(text, "<none>") != 0) {
        version.has = true;
        version.value = bus_cstr(text);
    }
    return version;
}

static bool state_find(const char *text, enum packages_state *state)
{
    static const struct {
        const char *text;
        enum packages_state state;
    } states[] = {
        {"not-installed", PACKAGES_STATE_NOT_INSTALLED},
        {"config-files", PACKAGES_STATE_CONFIG_FILES},
        {"half-installed", PACKAGES_STATE_HALF_INSTALLED},
        {"unpacked", PACKAGES_STATE_UNPACKED},
        {"half-configured", PACKAGES_STATE_HALF_CONFIGURED},
        {"triggers-awaited", PACKAGES_STATE_TRIGGERS_AWAITED},
        {"triggers-pending", PACKAGES_STATE_TRIGGERS_PENDING},
        {"installed", PACKAGES_STATE_INSTALLED},
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(text, states[i].text) == 0) {
            *state = states[i].state;
            return true;
        }
    }
    return false;
}

static bool action_find(const char *text, enum packages_action *action)
{
    static const struct {
        const char *text;
        enum packages_action action;
    } actions[] = {
        {"install", PACKAGES_ACTION_INSTALL},     {"upgrade", PACKAGES_ACTION_UPGRADE},
        {"configure", PACKAGES_ACTION_CONFIGURE}, {"trigproc", PACKAGES_ACTION_TRIGPROC},
        {"disappear", PACKAGES_ACTION_DISAPPEAR}, {"remove", PACKAGES_ACTION_REMOVE},
        {"purge", PACKAGES_ACTION_PURGE},
    };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(text, actions[i].text) == 0) {
            *action = actions[i].action;
            return true;
        }
    }
    return false;
}

static enum packages_run_kind run_kind(const char *what, const char *how)
{
    bool archives = strcmp(what, "archives") == 0;

    if (archives && strcmp(how, "unpack") == 0)
        return PACKAGES_RUN_KIND_ARCHIVES_UNPACK;
    if (archives && strcmp(how, "install") == 0)
        return PACKAGES_RUN_KIND_ARCHIVES_INSTALL;
    if (strcmp(what, "packages") == 0) {
        if (strcmp(how, "configure") == 0)
            return PACKAGES_RUN_KIND_PACKAGES_CONFIGURE;
        if (strcmp(how, "remove") == 0)
            return PACKAGES_RUN_KIND_PACKAGES_REMOVE;
        if (strcmp(how, "purge") == 0)
            return PACKAGES_RUN_KIND_PACKAGES_PURGE;
    }
    return PACKAGES_RUN_KIND_OTHER;
}

/* DATE TIME startup WHAT HOW */
static void read_run(struct log_line *line, char **words, size_t count, int64_t at_ns)
{
    if (count != 5) {
        malformed(line, "startup is followed by two words");
        return;
    }
    line->kind = LOG_RUN;
    packages_run_started_init(&line->run);
    line->run.at_ns = at_ns;
    line->run.kind = run_kind(words[3], words[4]);
}

/* DATE TIME status STATE PACKAGE VERSION */
static void read_state(struct log_line *line, char **words, size_t count, int64_t at_ns)
{
    line->kind = LOG_STATE;
    packages_state_changed_init(&line->state);
    if (count != 6) {
        malformed(line, "status is followed by state, package and version");
        return;
    }
    if (!state_find(words[3], &line->state.state)) {
        malformed(line, "unknown state");
        return;
    }
    line->state.at_ns = at_ns;
    line->state.package = bus_cstr(words[4]);
    line->state.version = version(words[5]);
}

/* DATE TIME ACTION PACKAGE OLD NEW */
static void read_action(struct log_line *line, char **words, size_t count, int64_t at_ns)
{
    line->kind = LOG_ACTION;
    packages_action_started_init(&line->action);
    if (!action_find(words[2], &line->action.action)) {
        malformed(line, "unknown action");
        return;
    }
    if (count != 6) {
        malformed(line, "an action is followed by package and two versions");
        return;
    }
    line->action.at_ns = at_ns;
    line->action.package = bus_cstr(words[3]);
    line->action.old_version = version(words[4]);
    line->action.new_version = version(words[5]);
}

/* DATE TIME conffile PATH DECISION; the path may have spaces. */
static void read_conffile(struct log_line *line, char *text, int64_t at_ns)
{
    char *last = strrchr(text, ' ');

    if (last == NULL || (strcmp(last, " keep") != 0 && strcmp(last, " install") != 0)) {
        malformed(line, "conffile is followed by a path and keep or install");
        return;
    }
    line->kind = LOG_CONFFILE;
    packages_conffile_decided_init(&line->conffile);
    line->conffile.at_ns = at_ns;
    line->conffile.path = bus_str(text, (size_t)(last - text));
    line->conffile.replaced = strcmp(last, " install") == 0;
}

void log_line_read(struct log_line *line, char *text, size_t size)
{
    enum { STAMP = 20, CONFFILE = STAMP + 9 }; /* "2026-05-09 10:11:12 ", "conffile " */
    bool conffile = size > CONFFILE && strncmp(text + STAMP, "conffile ", 9) == 0;
    char *words[WORDS_MAX];
    size_t count;
    int64_t at_ns;

    if (size == 0 || strlen(text) != size) {
        malformed(line, size == 0 ? "empty line" : "a NUL byte");
        return;
    }
    if (conffile)
        text[CONFFILE - 1] = '\0'; /* the path is not split */
    count = words_split(text, words, WORDS_MAX);
    if (count < 3 || !time_read(words[0], words[1], &at_ns))
        malformed(line, "no date, time and word at its beginning");
    else if (conffile)
        read_conffile(line, text + CONFFILE, at_ns);
    else if (strcmp(words[2], "startup") == 0)
        read_run(line, words, count, at_ns);
    else if (strcmp(words[2], "status") == 0)
        read_state(line, words, count, at_ns);
    else
        read_action(line, words, count, at_ns);
}
