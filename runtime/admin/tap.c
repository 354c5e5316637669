/* tap.c - shows runs of handlers as they happen. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "show.h"
#include "text.h"

struct tap {
    const struct options *options;
    bool colours;
    uint64_t shown;
    uint64_t left_out;
};

static void print_run(const struct tap *tap, const json_t *run)
{
    const char *verdict = field_text(run, "verdict");
    bool fine = strcmp(verdict, "done") == 0 || strcmp(verdict, "later") == 0;
    uint64_t time_ms = field_u64(run, "time_ms"), attempt = field_u64(run, "attempt");
    char clock[TEXT_SIZE], took[TEXT_SIZE];

    text_time(time_ms, false, clock);
    text_duration(field_u64(run, "took_ns"), took);
    (void)printf("%s%s.%03u%s %s%-6s%s %8s  ", text_style(STYLE_DIM, tap->colours), clock,
                 (unsigned)(time_ms % 1000), text_style(STYLE_PLAIN, tap->colours),
                 text_style(fine ? STYLE_GOOD : STYLE_BAD, tap->colours), verdict,
                 text_style(STYLE_PLAIN, tap->colours), took);
    put_clean(stdout, field_text(run, "handler"));
    if (attempt > 1)
        (void)printf(" %s(attempt %" PRIu64 ")%s", text_style(STYLE_WARN, tap->colours), attempt,
                     text_style(STYLE_PLAIN, tap->colours));
    (void)fputs("  ", stdout);
    put_clean(stdout, field_text(run, "content"));
    (void)putchar('\n');
}

static bool take_line(void *context, const json_t *line)
{
    struct tap *tap = context;
    const json_t *left_out = json_object_get(line, "left_out");

    if (left_out != NULL)
        tap->left_out += field_u64(line, "left_out");
    else
        tap->shown++;
    if (tap->options->json)
        show_json(line);
    else if (left_out == NULL)
        print_run(tap, line);
    else
        (void)printf("%s... %" PRIu64 " left out%s\n", text_style(STYLE_DIM, tap->colours),
                     field_u64(line, "left_out"), text_style(STYLE_PLAIN, tap->colours));
    return fflush(stdout) == 0; /* a reader that is gone wants no more */
}

enum exit_code run_tap(const struct options *options)
{
    struct tap tap = {.options = options, .colours = text_colours()};
    enum exit_code code = EXIT_FINE;
    struct client client;
    enum client_end end;
    struct url url;

    catch_stops();
    if (!client_begin(&client, options))
        return EXIT_WRONG_USE;
    url_begin(&url, "/tap");
    url_add(&url, "message", options->arguments[0]);
    if (options->sample > 1)
        url_add_number(&url, "every", options->sample);
    if (options->per_second > 0)
        url_add_number(&url, "per_second", options->per_second);
    if (options->has_limit)
        url_add_number(&url, "limit", options->limit);
    end = client_lines(&client, url.text, NULL, take_line, &tap);
    if (end != CLIENT_ANSWERED && end != CLIENT_STOPPED)
        code = client_complain(&client, options, end);
    else if (!options->json)
        (void)fprintf(stderr, "%" PRIu64 " shown, %" PRIu64 " left out\n", tap.shown, tap.left_out);
    if (end == CLIENT_ANSWERED &&
        (options->limit == 0 || !options->has_limit || tap.shown < options->limit)) {
        complain(options, "the program ended it", "it has closed its server, or has ended");
        code = EXIT_WRONG_USE;
    }
    client_close(&client);
    return code;
}
