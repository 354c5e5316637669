/* schedule.c - schedule list and cancel. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "kept.h"
#include "show.h"
#include "table.h"

static const struct table_column columns[] = {
    {"ID", false},      {"DUE", false},     {"IN", true},       {"EVERY", true},
    {"MESSAGE", false}, {"SESSION", false}, {"CONTENT", false}, {NULL, false}};

/* A program shows no more at once. */
enum { MOST = 1000 };

struct list {
    const struct options *options;
    struct table table;
    uint64_t shown;
    uint64_t now_ms;
};

static void text_ahead(uint64_t due_ms, uint64_t now_ms, char text[TEXT_SIZE])
{
    if (due_ms > now_ms)
        text_duration((due_ms - now_ms) * 1000000, text);
    else
        (void)snprintf(text, TEXT_SIZE, "due");
}

static bool list_one(void *context, const json_t *scheduled)
{
    struct list *list = context;
    const char *session = field_text(scheduled, "session");
    uint64_t due_ms = field_u64(scheduled, "due_ms"), every_ms = field_u64(scheduled, "every_ms");
    char due[TEXT_SIZE], ahead[TEXT_SIZE], every[TEXT_SIZE] = "once";

    list->shown++;
    if (list->options->json) {
        show_json(scheduled);
    } else {
        text_time(due_ms, true, due);
        text_ahead(due_ms, list->now_ms, ahead);
        if (every_ms > 0)
            text_duration(every_ms * 1000000, every);
        table_put(&list->table, STYLE_BOLD, field_text(scheduled, "id"));
        table_put(&list->table, STYLE_PLAIN, due);
        table_put(&list->table, STYLE_PLAIN, ahead);
        table_put(&list->table, STYLE_PLAIN, every);
        table_put(&list->table, STYLE_PLAIN, field_text(scheduled, "message"));
        table_put(&list->table, STYLE_PLAIN, *session != '\0' ? session : "-");
        table_put(&list->table, STYLE_PLAIN, field_text(scheduled, "content"));
    }
    return list->options->limit == 0 || list->shown < list->options->limit;
}

static enum exit_code list_from_store(struct list *list)
{
    struct kept kept;
    bool well;

    if (!kept_open(&kept, list->options, false))
        return EXIT_WRONG_USE;
    well = kept_schedule(&kept, list->options, list_one, list);
    kept_close(&kept);
    return well ? EXIT_FINE : EXIT_WRONG_USE;
}

static enum exit_code list_from_program(struct list *list)
{
    const struct options *options = list->options;
    json_t *answer = NULL, *scheduled;
    enum exit_code code = EXIT_FINE;
    struct client client;
    enum client_end end;
    struct url url;
    size_t i;

    if (!client_begin(&client, options))
        return EXIT_WRONG_USE;
    url_begin(&url, "/schedule");
    url_add(&url, "message", options->message);
    url_add_number(&url, "limit",
                   options->limit == 0 || options->limit > MOST ? MOST : options->limit);
    end = client_ask(&client, url.text, NULL, &answer);
    if (end != CLIENT_ANSWERED)
        code = client_complain(&client, options, end);
    json_array_foreach(json_object_get(answer, "scheduled"), i, scheduled)
    {
        if (!list_one(list, scheduled))
            break;
    }
    if (field_flag(answer, "more") && !options->json && options->limit != list->shown)
        (void)fprintf(stderr, "more wait than these %" PRIu64 ", which are due first\n",
                      list->shown);
    json_decref(answer);
    client_close(&client);
    return code;
}

enum exit_code run_schedule_list(const struct options *options)
{
    struct list list = {.options = options, .now_ms = (uint64_t)time(NULL) * 1000};
    enum exit_code code;

    table_begin(&list.table, columns);
    code = options->store != NULL ? list_from_store(&list) : list_from_program(&list);
    if (list.table.rows > 0)
        table_print(&list.table, stdout, true);
    table_end(&list.table);
    if (code != EXIT_FINE || list.shown > 0)
        return code;
    if (!options->json)
        (void)puts("nothing is scheduled");
    return options->message != NULL ? EXIT_FINDINGS : EXIT_FINE;
}

static enum exit_code say_cancelled(const struct options *options, bool there)
{
    if (!there) {
        complain_about(options,
                       "it was published, or cancelled; busadm schedule list shows what waits",
                       "nothing waits with the id %s", options->arguments[0]);
        return EXIT_FINDINGS;
    }
    (void)puts(options->json ? "{\"cancelled\":1}" : "cancelled");
    return EXIT_FINE;
}

static enum exit_code cancel_in_store(const struct options *options)
{
    struct kept kept;
    bool well, there;

    if (!kept_open(&kept, options, true))
        return EXIT_WRONG_USE;
    well = kept_cancel(&kept, options, options->arguments[0], &there);
    kept_close(&kept);
    return well ? say_cancelled(options, there) : EXIT_WRONG_USE;
}

enum exit_code run_schedule_cancel(const struct options *options)
{
    json_t *body, *answer = NULL;
    struct client client;
    enum exit_code code;
    enum client_end end;
    uint64_t id;

    if (!read_number(options->arguments[0], UINT64_MAX, &id)) {
        complain_about(options, "busadm schedule list shows the ids", "'%s' is no id",
                       options->arguments[0]);
        return EXIT_WRONG_USE;
    }
    if (options->store != NULL)
        return cancel_in_store(options);
    if (!client_begin(&client, options))
        return EXIT_WRONG_USE;
    body = json_pack("{s:s}", "id", options->arguments[0]);
    end = client_ask(&client, "/schedule/cancel", body, &answer);
    if (end == CLIENT_ANSWERED || end == CLIENT_NOT_FOUND)
        code = say_cancelled(options, end == CLIENT_ANSWERED);
    else
        code = client_complain(&client, options, end);
    json_decref(body);
    json_decref(answer);
    client_close(&client);
    return code;
}
