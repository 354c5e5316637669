/* main.c - busgen's command line: finds the command, reads the options, ends with an exit code. */
#include "breaking/breaking.h"
#include "command/command.h"
#include "emit/emit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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
    struct options options = {.outputs = 1U << EMIT_C | 1U << EMIT_FBS,
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
