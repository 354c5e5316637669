/*
 * admin.h - what the commands of busadm share: options, exit codes, complaints, and where what they
 * show comes from: a program that runs (client.h) or a store that nobody owns (kept.h).
 */
#ifndef BUSADM_ADMIN_H
#define BUSADM_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code { EXIT_FINE = 0, EXIT_FINDINGS = 1, EXIT_WRONG_USE = 2 };

/* How messages are sorted by `top`. */
enum sort_key { SORT_RATE, SORT_FAILURES, SORT_LATENCY, SORT_WAITING, SORT_NAME, SORT_KEYS };

/* What the command line says. Numbers that are 0 and texts that are NULL were not given. */
struct options {
    const char *command; /* "dead-letters list", for messages */
    const char *socket;
    const char *store;
    uint64_t timeout_ms; /* until an answer begins */
    bool json;
    bool yes;
    bool all;
    bool raw;
    bool once;
    bool batch;
    bool dot;
    bool verbose;
    uint64_t rounds;      /* -n */
    uint64_t interval_ms; /* between two looks */
    enum sort_key sort;
    uint64_t sample; /* every so manyth */
    bool has_limit;
    uint64_t limit;
    uint64_t per_second;
    uint64_t after, first, last, most;
    const char *message, *handler, *reason, *category;
    const char *folders[8]; /* doctor: where the log and the like lie */
    int folder_count;
    char **arguments;
    int argument_count;
};

/* A message on standard error, "busadm COMMAND: what", and, unless it is NULL, a line with what to
 * do about it. */
void complain(const struct options *options, const char *what, const char *advice);
void complain_about(const struct options *options, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The socket to talk to, as --socket, $BUSGEN_SOCKET or the only one in the usual folders say;
 * false: there is none, or more than one, and that was said. */
enum { SOCKET_PATH_SIZE = 108 };
bool find_socket(const struct options *options, char path[SOCKET_PATH_SIZE]);
/* The usual folders, one behind the other; NULL: no more. */
const char *socket_folder(uint32_t index, char path[SOCKET_PATH_SIZE]);

/* SIGINT and SIGTERM end what runs long in good order: from now on they only note that they
 * came. */
void catch_stops(void);
/* 0, or the signal. */
int stop_signal(void);

/* A number of decimal digits; false: it is none, or above `most`. */
bool read_number(const char *text, uint64_t most, uint64_t *number);

/* The commands. */
enum exit_code run_status(const struct options *options);
enum exit_code run_health(const struct options *options);
enum exit_code run_breakers(const struct options *options);
enum exit_code run_graph(const struct options *options);
enum exit_code run_letters_list(const struct options *options);
enum exit_code run_letters_show(const struct options *options);
enum exit_code run_letters_replay(const struct options *options);
enum exit_code run_letters_purge(const struct options *options);
enum exit_code run_schedule_list(const struct options *options);
enum exit_code run_schedule_cancel(const struct options *options);
enum exit_code run_tap(const struct options *options);
enum exit_code run_top(const struct options *options);
enum exit_code run_doctor(const struct options *options);

#endif
