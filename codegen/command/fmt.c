/* fmt.c - busgen fmt: schemas in the one layout that there is. */
#include "command/command.h"
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const standard_input = "<stdin>";

static enum exit_code worse(enum exit_code one, enum exit_code other)
{
    return one > other ? one : other;
}

static enum exit_code complain(const char *what, const char *path, int error)
{
    fprintf(stderr, "busgen: cannot %s '%s': %s\n", what, path, strerror(error));
    return EXIT_WRONG_USE;
}

/* The formatted text of a schema, in `result` (to be freed); NULL: *code says how to end. */
static const char *format(const struct options *options, const char *path, const char *text,
                          size_t size, size_t *formatted, struct idl_result *result,
                          enum exit_code *code)
{
    const char *good = idl_format(path, text, size, formatted, result);

    if (result->out_of_memory)
        out_of_memory();
    if (good != NULL)
        return good;
    *code = EXIT_FINDINGS;
    report_result(options, result);
    if (result->errors == 0) {
        fprintf(stderr,
                "busgen: internal error: the layout of '%s' would change what it says; it "
                "was left as it is\n",
                path);
        *code = EXIT_WRONG_USE;
    }
    return NULL;
}

static void tell_line(char mark, const char *line)
{
    fprintf(stderr, "%c%.*s\n", mark, (int)strcspn(line, "\n"), line);
}

/* The name, and the first line that would change. */
static void tell_difference(const char *path, const char *text, const char *good)
{
    const char *line = text;
    const char *good_line = good;
    size_t number = 1;

    for (; *text != '\0' && *text == *good; text++, good++) {
        if (*text == '\n') {
            number++;
            line = text + 1;
            good_line = good + 1;
        }
    }
    printf("%s\n", path);
    fprintf(stderr, "%s:%zu: 'busgen fmt' changes this line\n", path, number);
    if (*line != '\0')
        tell_line('-', line);
    if (*good_line != '\0')
        tell_line('+', good_line);
}

/* Replaces the file; its mode stays, and what a link leads to is what changes. */
static enum exit_code replace(struct memory *memory, const char *path, const char *good,
                              size_t size)
{
    struct writer content = {0};
    struct output output = {.content = &content, .keep_mode = true};
    struct stat status;
    char *target = realpath(path, NULL);
    bool fine;

    if (target == NULL)
        return complain("write", path, errno);
    if (stat(target, &status) != 0 || !S_ISREG(status.st_mode)) {
        free(target);
        fprintf(stderr, "busgen: '%s' is not a file; 'busgen fmt -' reads standard input\n", path);
        return EXIT_WRONG_USE;
    }
    /* a new file would take its place: that it must not be written is to be asked here */
    if ((status.st_mode & 0222) == 0 || access(target, W_OK) != 0) {
        free(target);
        return complain("write", path, EACCES);
    }
    output.path = join(memory, target, NULL);
    free(target);
    put_bytes(&content, good, size);
    fine = write_outputs(memory, &output, 1);
    writer_free(&content);
    return fine ? EXIT_FINE : EXIT_WRONG_USE;
}

static enum exit_code format_one(struct memory *memory, const struct options *options,
                                 const char *path)
{
    bool piped = strcmp(path, "-") == 0;
    const char *name = piped ? standard_input : path;
    enum exit_code code = EXIT_FINE;
    struct idl_result result;
    const char *good;
    size_t formatted;
    size_t size;
    char *text;
    int error = piped ? read_stream(STDIN_FILENO, IDL_FILE_SIZE_MAX, &text, &size)
                      : read_file(path, IDL_FILE_SIZE_MAX, &text, &size);

    if (error != 0)
        return complain("read", name, error);
    good = format(options, name, text, size, &formatted, &result, &code);
    if (good != NULL) {
        bool same = formatted == size && memcmp(text, good, size) == 0;

        if (options->check && !same) {
            tell_difference(name, text, good);
            code = EXIT_FINDINGS;
        } else if (piped && !options->check) {
            fwrite(good, 1, formatted, stdout);
        } else if (!same) {
            code = replace(memory, path, good, formatted);
        }
    }
    idl_free(&result);
    free(text);
    return code;
}

enum exit_code run_fmt(struct memory *memory, const struct options *options)
{
    enum exit_code code = EXIT_FINE;

    for (int i = 0; i < options->argument_count; i++)
        code = worse(code, format_one(memory, options, options->arguments[i]));
    return code;
}
