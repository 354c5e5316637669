/*
 * dpkg_log.h - one line of dpkg's log.
 *
 *     2026-05-09 10:11:12 startup archives unpack
 *     2026-05-09 10:11:12 install libck0:amd64 <none> 0.7.1-2
 *     2026-05-09 10:11:12 status half-installed libck0:amd64 0.7.1-2
 *     2026-05-09 10:11:13 conffile /etc/motd keep
 *
 * Times are local time without a zone; they are read as if they were UTC, which keeps their
 * differences and the hour of the day.
 */
#ifndef PACKAGES_DPKG_LOG_H
#define PACKAGES_DPKG_LOG_H

#include "packages.bus.h"

enum log_kind { LOG_RUN, LOG_ACTION, LOG_STATE, LOG_CONFFILE, LOG_MALFORMED };

/* A line as the message it is; texts point into the line. */
struct log_line {
    enum log_kind kind;
    union {
        struct packages_run_started run;
        struct packages_action_started action;
        struct packages_state_changed state;
        struct packages_conffile_decided conffile;
        const char *reason; /* LOG_MALFORMED; static */
    };
};

/* Reads `text` (`size` bytes, with a NUL behind; is written to). */
void log_line_read(struct log_line *line, char *text, size_t size);

#endif
