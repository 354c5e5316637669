/*
 * packages - reads the log of Debian's package manager into typed events and reports on it.
 *
 * The other way to wire and to run a bus than the shop's: the components are attached at run time,
 * and the bus has no threads. This program's own loop polls it, as an event loop would.
 */
#include "../common/account.h"
#include "../common/lines.h"
#include "components.h"
#include "dpkg_log.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_FINE = 0, EXIT_LOST = 1, EXIT_USAGE = 2, POLL_EVERY = 256 };

static const char system_log[] = "/var/log/dpkg.log";
static const char sample_log[] = PACKAGES_DATA "/sample.log";

static const char help[] =
    "Usage: packages [OPTION]... [FILE]\n"
    "Reads a log of dpkg from FILE, or from standard input when FILE is -, and reports what was\n"
    "installed, upgraded and removed when. Without FILE: /var/log/dpkg.log, or the sample that\n"
    "comes with the example where that is absent or empty. For an older one:\n"
    "zcat /var/log/dpkg.log.2.gz | packages -\n"
    "\n"
    "  -a, --all    print every upgrade, not only the last ones\n"
    "  -h, --help   print this and exit\n"
    "\n"
    "Exit status: 0 all lines were handled (lines without a known shape are reported), 1 events\n"
    "were lost or the account does not balance, 2 wrong use or a file cannot be read or written.\n";

struct reader {
    struct bus *bus;
    uint64_t lines;
    uint64_t lost;
};

/* Publishes a line as the event it is. */
static enum bus_outcome publish(struct bus *bus, const struct log_line *line, uint64_t number)
{
    struct packages_line_rejected rejected;

    switch (line->kind) {
    case LOG_RUN:
        return packages_run_started_publish(bus, &line->run);
    case LOG_ACTION:
        return packages_action_started_publish(bus, &line->action);
    case LOG_STATE:
        return packages_state_changed_publish(bus, &line->state);
    case LOG_CONFFILE:
        return packages_conffile_decided_publish(bus, &line->conffile);
    case LOG_MALFORMED:
        break;
    }
    packages_line_rejected_init(&rejected);
    rejected.number = number;
    rejected.reason = bus_cstr(line->reason);
    return packages_line_rejected_publish(bus, &rejected);
}

/* On the thread of a polled bus publish never waits. When a lane is full, make room and try again.
 */
static enum bus_outcome send(struct bus *bus, const struct log_line *line, uint64_t number)
{
    enum bus_outcome outcome = publish(bus, line, number);

    if (outcome == BUS_REJECTED && bus_poll(bus, 0, NULL) == BUS_OK)
        outcome = publish(bus, line, number);
    return outcome;
}

static void take(struct reader *reader, struct log_line *line, uint64_t number)
{
    enum bus_outcome outcome = send(reader->bus, line, number);

    if (outcome == BUS_INVALID) { /* a package or version over its `max` */
        line->kind = LOG_MALFORMED;
        line->reason = "a name, version or path is too long";
        outcome = send(reader->bus, line, number);
    }
    if (!bus_accepted(outcome)) {
        if (reader->lost++ == 0)
            fprintf(stderr, "packages: line %" PRIu64 ": %s\n", number, bus_last_error());
    }
    reader->lines++;
    if (reader->lines % POLL_EVERY == 0)
        bus_poll(reader->bus, 0, NULL);
}

/* Returns false after an error of the file. */
static bool read_log(struct reader *reader, int file, const char *name)
{
    static struct lines lines;
    struct log_line line;

    lines_init(&lines, file);
    for (;;) {
        switch (lines_next(&lines)) {
        case LINES_LINE:
            log_line_read(&line, lines.text, lines.size);
            take(reader, &line, lines.number);
            break;
        case LINES_TOO_LONG:
            line = (struct log_line){.kind = LOG_MALFORMED, .reason = "longer than 64 KiB"};
            take(reader, &line, lines.number);
            break;
        case LINES_END:
            return true;
        case LINES_ERROR:
            if (errno == EINTR)
                break;
            fprintf(stderr, "packages: cannot read %s: %s\n", name, strerror(errno));
            return false;
        }
    }
}

/* Returns the exit status. */
static int run(struct bus **bus, int file, const char *name, bool all)
{
    static struct components components;
    struct reader reader = {0};
    bool fine;

    if (bus_open(bus, &(struct bus_options){.name = "packages",
                                            .schema = &packages_schema,
                                            .polled = true}) != BUS_OK ||
        components_attach(*bus, &components) != BUS_OK || bus_start(*bus) != BUS_OK) {
        fprintf(stderr, "packages: %s\n", bus_last_error());
        return EXIT_LOST;
    }
    reader.bus = *bus;
    if (!read_log(&reader, file, name))
        return EXIT_USAGE;
    /* Delivers what is queued, on this thread. */
    fine = bus_stop(*bus, 30 * BUS_SECOND, NULL) == BUS_OK;
    printf("%" PRIu64 " lines from %s\n", reader.lines, name);
    report_print(stdout, &components, all);
    printf("\nThe account of the bus\n");
    fine = account_print(stdout, *bus) && fine;
    bus_close(bus);
    components_free(&components);
    return fine && reader.lost == 0 ? EXIT_FINE : EXIT_LOST;
}

static bool has_content(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size > 0 && access(path, R_OK) == 0;
}

static int open_and_run(const char *path, bool all)
{
    struct bus *bus = NULL;
    int file = STDIN_FILENO;
    int status;

    if (path == NULL && has_content(system_log))
        path = system_log;
    if (path == NULL) {
        fprintf(stderr, "packages: %s is absent or empty, reading the sample\n", system_log);
        path = sample_log;
    }
    if (strcmp(path, "-") == 0)
        path = "standard input";
    else if ((file = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
        fprintf(stderr, "packages: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    status = run(&bus, file, path, all);
    bus_close(&bus);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"all", no_argument, NULL, 'a'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool all = false;
    bool helped = false;
    int option;
    int status = EXIT_FINE;

    while ((option = getopt_long(argc, argv, "ah", options, NULL)) != -1) {
        if (option == 'a')
            all = true;
        else if (option == 'h')
            helped = true;
        else
            status = EXIT_USAGE; /* getopt_long said what is wrong */
    }
    if (status == EXIT_FINE && argc - optind > 1) {
        fprintf(stderr, "packages: one file at most, not also %s\n", argv[optind + 1]);
        status = EXIT_USAGE;
    }
    if (status == EXIT_USAGE)
        fprintf(stderr, "Try 'packages --help'.\n");
    else if (helped)
        fputs(help, stdout);
    else
        status = open_and_run(argv[optind], all);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "packages: cannot write the report: %s\n", strerror(errno));
        status = EXIT_USAGE;
    }
    return status;
}
