/* report.c - compiles a schema; shows its diagnostics, as text on stderr or as JSON on stdout.
 * Other formats: report_sarif.c, report_github.c. */
#include "command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colour_wanted(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (no_colour != NULL && *no_colour != '\0')
        return false;
    if (terminal != NULL && strcmp(terminal, "dumb") == 0)
        return false;
    return isatty(STDERR_FILENO) == 1;
}

void print_json_string(const char *text, size_t size)
{
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_text(const char *name, const char *text)
{
    printf("\"%s\": ", name);
    if (text != NULL)
        print_json_string(text, strlen(text));
    else
        printf("null");
}

static void print_span(const char *name, struct idl_span span)
{
    struct idl_place start;
    struct idl_place end;

    printf("\"%s\": ", name);
    if (span.file == NULL) {
        printf("null");
        return;
    }
    start = idl_place_of(span.file, span.start);
    end = idl_place_of(span.file, span.end);
    printf("{");
    print_text("file", span.file->path);
    printf(", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u}",
           (unsigned)start.line, (unsigned)start.column, (unsigned)end.line, (unsigned)end.column);
}

static void print_json(const struct idl_diagnostic *diagnostic, bool first)
{
    printf("%s\n  {", first ? "" : ",");
    print_text("severity", diagnostic->severity == IDL_ERROR ? "error" : "warning");
    printf(", ");
    print_text("rule", diagnostic->rule);
    printf(", ");
    print_span("place", diagnostic->span);
    printf(", ");
    print_text("text", diagnostic->text);
    printf(", ");
    print_text("advice", diagnostic->advice);
    printf(", ");
    print_span("partner", diagnostic->partner);
    printf(", ");
    print_text("partner_text", diagnostic->partner_text);
    if (diagnostic->witness != NULL) {
        printf(", ");
        print_text("witness", diagnostic->witness);
    }
    printf(", \"notes\": [");
    for (uint32_t i = 0; i < diagnostic->note_count; i++) {
        printf("%s{", i != 0 ? ", " : "");
        print_span("place", diagnostic->notes[i].span);
        printf(", ");
        print_text("text", diagnostic->notes[i].text);
        printf("}");
    }
    printf("]}");
}

/* Whether this run has printed a finding on stdout; the tool's only state, for the commas. */
static bool started;

void report_begin(const struct options *options)
{
    if (options->format == FORMAT_JSON)
        printf("[");
    else if (options->format == FORMAT_SARIF)
        sarif_begin();
}

void report_end(const struct options *options)
{
    if (options->format == FORMAT_JSON)
        printf("%s]\n", started ? "\n" : "");
    else if (options->format == FORMAT_SARIF)
        sarif_end();
}

static void report_text(const struct idl_diagnostic *diagnostic)
{
    char *text = idl_diagnostic_text(diagnostic, colour_wanted());

    if (text == NULL)
        out_of_memory();
    fputs(text, stderr);
    free(text);
}

void report_diagnostic(const struct options *options, const struct idl_diagnostic *diagnostic)
{
    switch (options->format) {
    case FORMAT_TEXT:
        report_text(diagnostic);
        break;
    case FORMAT_JSON:
        print_json(diagnostic, !started);
        break;
    case FORMAT_SARIF:
        sarif_finding(diagnostic, !started);
        break;
    case FORMAT_GITHUB:
        github_finding(diagnostic);
        break;
    }
    started = true;
}

void report_result(const struct options *options, const struct idl_result *result)
{
    for (size_t i = 0; i < result->diagnostic_count; i++)
        report_diagnostic(options, &result->diagnostics[i]);
    if (options->format == FORMAT_TEXT && result->errors + result->warnings > 0) {
        char *summary = idl_summary_text(result);

        if (summary == NULL)
            out_of_memory();
        fputs(summary, stderr);
        free(summary);
    }
}

bool compile(struct memory *memory, const char *path, const struct options *options,
             struct idl_result *result, enum exit_code *code)
{
    struct idl_options idl = {.include_roots = options->roots,
                              .include_root_count = options->root_count,
                              .lint = options->lint,
                              .only_fixed = options->only_fixed,
                              .levels = options->levels,
                              .level_count = options->level_count};
    bool fine;

    (void)memory;
    fine = idl_compile(path, &idl, result);
    if (result->out_of_memory)
        out_of_memory();
    if (result->io_error != 0) {
        fprintf(stderr, "busgen: cannot read '%s': %s\n", path, strerror(result->io_error));
        idl_free(result);
        *code = EXIT_WRONG_USE;
        return false;
    }
    report_result(options, result);
    if (!fine) {
        idl_free(result);
        *code = EXIT_FINDINGS;
        return false;
    }
    return true;
}
