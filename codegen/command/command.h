/*
 * command.h - what the commands of busgen share: options, diagnostics, exit codes.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "idl.h"
#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1, /* the input is at fault */
    EXIT_WRONG_USE = 2 /* wrong use, files, memory */
};

enum { ROOTS_MAX = 64, PARTS_MAX = 999, AGAINST_MAX = 64, LEVELS_MAX = 256 };

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMAT_GITHUB };

struct options {
    const char *folder;        /* -o */
    const char *depfile;       /* --depfile, -MD */
    bool depfile_beside;       /* -MD without a name: FILE.d in the folder */
    unsigned outputs;          /* --emit: bits of enum emit_output_id */
    const char *metric_prefix; /* --metric-prefix */
    uint32_t split;            /* --split: parts besides x.bus.c; 0: none */
    enum format format;
    bool lint;       /* also what is a matter of habit */
    bool only_fixed; /* nothing of rules that can be set */
    struct idl_rule_level levels[LEVELS_MAX];
    size_t level_count;
    bool flatc_json; /* decode: --flatc */
    bool compact;
    const char *roots[ROOTS_MAX];
    size_t root_count;
    uint32_t workers;
    uint32_t capacity;
    const char *against[AGAINST_MAX]; /* breaking, gen: --against */
    size_t against_count;
    const char *accept[AGAINST_MAX]; /* breaking: --accept */
    size_t accept_count;
    const char *reason;
    bool verbose;
    bool check;             /* fmt: --check */
    unsigned categories;    /* breaking: --only; bits of enum breaking_category */
    const char **arguments; /* what is not an option */
    int argument_count;
};

struct command {
    const char *name;
    const char *arguments; /* "FILE..." */
    const char *summary;   /* one line */
    const char *help;      /* lines of options; NULL: none of its own */
    int least;             /* arguments */
    int most;              /* -1: any number */
    enum exit_code (*run)(struct memory *memory, const struct options *options);
};

void print_help(void);
void print_command_help(const struct command *command);
/* NULL: there is none of that name, which was said. */
const struct command *find_command(const char *name);
/* Reads the options behind the command's name. *done: --help or --version was answered. False:
 * wrong use, which was said. */
bool read_options(const struct command *command, int count, char **arguments,
                  struct options *options, bool *done);

/* Compiles a schema and reports what was found. False: *code says how to end. The caller frees
 * *result when true; then result->bus is set. */
bool compile(struct memory *memory, const char *path, const struct options *options,
             struct idl_result *result, enum exit_code *code);

/* With --format json or sarif the findings of a whole run are one text: begin, then compile...,
 * then end. Without they do nothing. */
void report_begin(const struct options *options);
void report_end(const struct options *options);
/* What was found, and in text how much that is. */
void report_result(const struct options *options, const struct idl_result *result);
/* One finding, between the two. */
void report_diagnostic(const struct options *options, const struct idl_diagnostic *diagnostic);

enum exit_code run_check(struct memory *memory, const struct options *options);
enum exit_code run_lint(struct memory *memory, const struct options *options);
enum exit_code run_fmt(struct memory *memory, const struct options *options);
enum exit_code run_gen(struct memory *memory, const struct options *options);
enum exit_code run_plan(struct memory *memory, const struct options *options);
enum exit_code run_breaking(struct memory *memory, const struct options *options);
enum exit_code run_lock(struct memory *memory, const struct options *options);
enum exit_code run_lsp(struct memory *memory, const struct options *options);
enum exit_code run_explain(struct memory *memory, const struct options *options);
enum exit_code run_decode(struct memory *memory, const struct options *options);
enum exit_code run_encode(struct memory *memory, const struct options *options);

/* ---- formats of findings (report_sarif.c, report_github.c) ---- */

void sarif_begin(void);
void sarif_finding(const struct idl_diagnostic *diagnostic, bool first);
void sarif_end(void);
void github_finding(const struct idl_diagnostic *diagnostic);

/* Text of a JSON string, quotes included. */
void print_json_string(const char *text, size_t size);

#endif
