/* letters.c - dead-letters list and show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "kept.h"
#include "show.h"
#include "table.h"

/* ---- filters ---- */

static bool is_one_of(const char *word, const char *const *known)
{
    while (*known != NULL && strcmp(word, *known) != 0)
        known++;
    return *known != NULL;
}

static bool word_is_well(const struct options *options, const char *name, const char *word,
                         const char *const *known)
{
    char all[160] = "";

    if (word == NULL || is_one_of(word, known))
        return true;
    for (; *known != NULL; known++) {
        size_t size = strlen(all);

        (void)snprintf(all + size, sizeof all - size, "%s%s", size > 0 ? ", " : "", *known);
    }
    complain_about(options, NULL, "--%s takes one of %s, not '%s'", name, all, word);
    return false;
}

bool filter_is_well(const struct options *options)
{
    static const char *const reasons[] = {"failed",  "breaker_open", "overflow", "no_room",
                                          "expired", "handler_gone", NULL};
    static const char *const categories[] = {"processing", "connection", "serialization",
                                             "queue",      "timeout",    "auth",
                                             "resource",   "config",     NULL};

    return word_is_well(options, "reason", options->reason, reasons) &&
           word_is_well(options, "category", options->category, categories);
}

bool has_filter(const struct options *options)
{
    return options->message != NULL || options->handler != NULL || options->reason != NULL ||
           options->category != NULL || options->first != 0 || options->last != 0 ||
           options->most != 0;
}

bool read_letter_number(const struct options *options, uint64_t *number)
{
    *number = 0;
    if (options->argument_count == 0)
        return true;
    if (read_number(options->arguments[0], INT64_MAX, number) && *number != 0)
        return true;
    complain_about(options, "busadm dead-letters list shows their numbers",
                   "'%s' is no number of a dead letter", options->arguments[0]);
    return false;
}

static bool set_text(json_t *filter, const char *name, const char *text)
{
    return text == NULL || json_object_set_new(filter, name, json_string(text)) == 0;
}

static bool set_number(json_t *filter, const char *name, uint64_t number)
{
    return number == 0 || json_object_set_new(filter, name, json_integer((json_int_t)number)) == 0;
}

json_t *show_filter(const struct options *options, uint64_t number)
{
    json_t *filter = json_object();
    bool all = number == 0 && !has_filter(options);

    if (set_text(filter, "message", options->message) &&
        set_text(filter, "handler", options->handler) &&
        set_text(filter, "reason", options->reason) &&
        set_text(filter, "category", options->category) && set_number(filter, "number", number) &&
        set_number(filter, "first", options->first) && set_number(filter, "last", options->last) &&
        set_number(filter, "most", options->most) &&
        set_number(filter, "per_second", options->per_second) &&
        (!all || json_object_set_new(filter, "all", json_true()) == 0))
        return filter;
    json_decref(filter);
    return NULL;
}

/* ---- printing ---- */

void show_json(const json_t *object)
{
    if (json_dumpf(object, stdout, JSON_COMPACT) == 0)
        (void)putchar('\n');
}

void show_line(const char *name, const char *text)
{
    bool colours = text_colours();

    (void)printf("%s%-14s%s", text_style(STYLE_DIM, colours), name,
                 text_style(STYLE_PLAIN, colours));
    put_clean(stdout, text);
    (void)putchar('\n');
}

static const struct table_column columns[] = {
    {"NUMBER", true},  {"LAST TRIED", false}, {"MESSAGE", false}, {"HANDLER", false},
    {"REASON", false}, {"TRIES", true},       {"ERROR", false},   {NULL, false}};

struct list {
    const struct options *options;
    struct table table;
    uint64_t shown;
    uint64_t last;
    bool headed;
};

static enum text_style style_of_severity(const char *severity)
{
    return strcmp(severity, "critical") == 0 ? STYLE_BAD
           : strcmp(severity, "high") == 0   ? STYLE_WARN
                                             : STYLE_PLAIN;
}

static void print_page(struct list *list)
{
    if (list->table.rows > 0) {
        table_print(&list->table, stdout, !list->headed);
        list->headed = true;
    }
}

static bool list_letter(void *context, const json_t *letter)
{
    struct list *list = context;
    char when[TEXT_SIZE];
    const char *handler = field_text(letter, "handler");

    list->shown++;
    list->last = field_u64(letter, "number");
    if (list->options->json) {
        show_json(letter);
    } else {
        text_time(field_u64(letter, "last_ms"), true, when);
        table_put_number(&list->table, STYLE_BOLD, list->last);
        table_put(&list->table, STYLE_PLAIN, when);
        table_put(&list->table, STYLE_PLAIN, field_text(letter, "message"));
        table_put(&list->table, STYLE_PLAIN, *handler != '\0' ? handler : "-");
        table_put(&list->table, STYLE_PLAIN, field_text(letter, "reason"));
        table_put_number(&list->table, STYLE_PLAIN, field_u64(letter, "attempts"));
        table_put(&list->table, style_of_severity(field_text(letter, "severity")),
                  field_text(letter, "text"));
        if (list->table.rows == SHOW_PAGE)
            print_page(list);
    }
    return list->options->limit == 0 || list->shown < list->options->limit;
}

/* Page by page, for as long as there is something behind it. */
static enum client_end list_pages(struct client *client, struct list *list)
{
    const struct options *options = list->options;
    bool more = true;

    list->last = options->after;
    while (more) {
        uint64_t left = options->limit == 0 ? SHOW_PAGE : options->limit - list->shown;
        struct url url;
        json_t *answer, *letter;
        size_t i;
        enum client_end end;

        url_begin(&url, "/dead-letters");
        url_add_number(&url, "after", list->last);
        url_add_number(&url, "limit", left < SHOW_PAGE ? left : SHOW_PAGE);
        url_add(&url, "message", options->message);
        url_add(&url, "handler", options->handler);
        url_add(&url, "reason", options->reason);
        url_add(&url, "category", options->category);
        end = client_ask(client, url.text, NULL, &answer);
        if (end != CLIENT_ANSWERED)
            return end;
        more =
            field_flag(answer, "more") && json_array_size(json_object_get(answer, "letters")) > 0;
        json_array_foreach(json_object_get(answer, "letters"), i, letter)
        {
            if (!list_letter(list, letter))
                more = false;
        }
        json_decref(answer);
    }
    return CLIENT_ANSWERED;
}

static enum exit_code list_from_store(struct list *list)
{
    struct kept kept;
    bool well;

    if (!kept_open(&kept, list->options, false))
        return EXIT_WRONG_USE;
    well = kept_letters(&kept, list->options, list_letter, list);
    kept_close(&kept);
    return well ? EXIT_FINE : EXIT_WRONG_USE;
}

static enum exit_code list_from_program(struct list *list)
{
    struct client client;
    enum exit_code code = EXIT_FINE;
    enum client_end end;

    if (!client_begin(&client, list->options))
        return EXIT_WRONG_USE;
    end = list_pages(&client, list);
    print_page(list);
    if (end != CLIENT_ANSWERED)
        code = client_complain(&client, list->options, end);
    client_close(&client);
    return code;
}

enum exit_code run_letters_list(const struct options *options)
{
    struct list list = {.options = options};
    enum exit_code code;

    if (!filter_is_well(options))
        return EXIT_WRONG_USE;
    table_begin(&list.table, columns);
    code = options->store != NULL ? list_from_store(&list) : list_from_program(&list);
    print_page(&list);
    table_end(&list.table);
    if (code != EXIT_FINE || list.shown > 0)
        return code;
    if (!options->json)
        (void)puts(has_filter(options) || options->after != 0 ? "no such dead letters"
                                                              : "no dead letters");
    return has_filter(options) ? EXIT_FINDINGS : EXIT_FINE;
}

/* ---- one of them ---- */

static void show_time(const char *name, uint64_t ms)
{
    char text[TEXT_SIZE];

    text_time(ms, true, text);
    show_line(name, text);
}

static void show_letter(const json_t *letter, bool from_store)
{
    char text[256], size[TEXT_SIZE];
    const char *content = field_text(letter, "content");

    (void)snprintf(text, sizeof text, "%" PRIu64, field_u64(letter, "number"));
    show_line("number", text);
    show_line("message", field_text(letter, "message"));
    show_line("handler", field_text(letter, "handler"));
    show_line("session", *field_text(letter, "session") != '\0' ? field_text(letter, "session")
                                                                : "(the default one)");
    (void)snprintf(text, sizeof text, "%s (%s, %s, code %" PRIi64 ", %s)",
                   field_text(letter, "reason"), field_text(letter, "category"),
                   field_text(letter, "severity"),
                   (int64_t)json_integer_value(json_object_get(letter, "code")),
                   field_flag(letter, "transient") ? "transient" : "permanent");
    show_line("reason", text);
    show_line("error", field_text(letter, "text"));
    (void)snprintf(text, sizeof text, "%" PRIu64 ", %" PRIu64 " replays among them",
                   field_u64(letter, "attempts"), field_u64(letter, "replays"));
    show_line("attempts", text);
    show_time("first tried", field_u64(letter, "first_ms"));
    show_time("last tried", field_u64(letter, "last_ms"));
    show_line("id", field_text(letter, "id"));
    (void)snprintf(text, sizeof text, "version %" PRIu64 "%s%s",
                   field_u64(letter, "schema_version"),
                   *field_text(letter, "schema_fingerprint") != '\0' ? ", fingerprint " : "",
                   field_text(letter, "schema_fingerprint"));
    show_line("schema", text);
    if (*field_text(letter, "trace_id") != '\0')
        show_line("trace", field_text(letter, "trace_id"));
    text_bytes(field_u64(letter, "size"), size);
    show_line("size", size);
    if (*content != '\0')
        show_line("content", content);
    else if (from_store)
        show_line("content",
                  "only its program, or its schema, can read it: busadm dead-letters "
                  "show --raw | busgen decode FILE.bus MESSAGE (of an older version of it "
                  "MESSAGE_v1, and so on)");
}

struct only {
    uint64_t number;
    json_t *found;
};

static bool take_only(void *context, const json_t *letter)
{
    struct only *only = context;

    if (field_u64(letter, "number") == only->number)
        only->found = json_deep_copy(letter);
    return false;
}

static enum exit_code show_from_store(const struct options *options, uint64_t number)
{
    struct options from = *options;
    struct only only = {.number = number};
    enum exit_code code = EXIT_FINE;
    struct kept kept;

    if (!kept_open(&kept, options, false))
        return EXIT_WRONG_USE;
    from.after = number - 1;
    if (options->raw)
        code = kept_letter_bytes(&kept, options, number, stdout);
    else if (!kept_letters(&kept, &from, take_only, &only))
        code = EXIT_WRONG_USE;
    kept_close(&kept);
    if (only.found != NULL && options->json)
        show_json(only.found);
    else if (only.found != NULL)
        show_letter(only.found, true);
    else if (!options->raw && code == EXIT_FINE) {
        complain_about(options, "busadm dead-letters list shows those there are",
                       "there is no dead letter %" PRIu64 " in %s", number, options->store);
        code = EXIT_FINDINGS;
    }
    json_decref(only.found);
    return code;
}

static enum exit_code show_from_program(const struct options *options, uint64_t number)
{
    struct client client;
    json_t *letter = NULL;
    enum exit_code code = EXIT_FINE;
    enum client_end end;
    char url[64];

    if (!client_begin(&client, options))
        return EXIT_WRONG_USE;
    (void)snprintf(url, sizeof url, "/dead-letters/%s%" PRIu64, options->raw ? "raw?number=" : "",
                   number);
    end =
        options->raw ? client_bytes(&client, url, stdout) : client_ask(&client, url, NULL, &letter);
    if (end != CLIENT_ANSWERED)
        code = client_complain(&client, options, end);
    if (end == CLIENT_NOT_FOUND)
        code = EXIT_FINDINGS;
    else if (options->json && letter != NULL)
        show_json(letter);
    else if (letter != NULL)
        show_letter(letter, false);
    json_decref(letter);
    client_close(&client);
    return code;
}

enum exit_code run_letters_show(const struct options *options)
{
    uint64_t number;

    if (!read_letter_number(options, &number))
        return EXIT_WRONG_USE;
    if (options->raw && options->json) {
        complain(options, "either --raw or --json", NULL);
        return EXIT_WRONG_USE;
    }
    if (options->raw && isatty(STDOUT_FILENO) == 1) {
        complain(options, "bytes are not for a terminal",
                 "send them to a file, or: | busgen decode FILE.bus MESSAGE");
        return EXIT_WRONG_USE;
    }
    return options->store != NULL ? show_from_store(options, number)
                                  : show_from_program(options, number);
}
