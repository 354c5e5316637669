/* status.c - status, health, breakers: what /status tells, as text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "kept.h"
#include "show.h"
#include "table.h"

/* The answer, or NULL and the exit code. */
static json_t *ask(const struct options *options, const char *url, enum exit_code *code)
{
    struct client client;
    json_t *answer = NULL;
    enum client_end end;

    *code = EXIT_WRONG_USE;
    if (!client_begin(&client, options))
        return NULL;
    end = client_ask(&client, url, NULL, &answer);
    *code = end == CLIENT_ANSWERED ? EXIT_FINE : client_complain(&client, options, end);
    client_close(&client);
    return answer;
}

/* ---- health ---- */

static void print_health(const json_t *health)
{
    bool colours = text_colours();
    const char *state = field_text(health, "state");
    char success[TEXT_SIZE];
    json_t *reason;
    size_t i;

    text_share(field_double(health, "success_rate"), success);
    (void)fputs(text_style(style_of_health(state), colours), stdout);
    put_clean(stdout, state);
    (void)printf("%s  success rate %s, %" PRIu64 " errors in the last minute\n",
                 text_style(STYLE_PLAIN, colours), success, field_u64(health, "errors_per_minute"));
    json_array_foreach(json_object_get(health, "reasons"), i, reason)
    {
        (void)fputs("  ", stdout);
        (void)fputs(text_style(style_of_health(field_text(reason, "state")), colours), stdout);
        put_clean(stdout, field_text(reason, "state"));
        (void)printf("%s: ", text_style(STYLE_PLAIN, colours));
        put_clean(stdout, field_text(reason, "text"));
        (void)putchar('\n');
    }
}

enum exit_code run_health(const struct options *options)
{
    enum exit_code code;
    json_t *answer = ask(options, "/status", &code);
    const json_t *health = json_object_get(answer, "health");

    if (answer == NULL)
        return code;
    if (options->json)
        show_json(health);
    else
        print_health(health);
    if (strcmp(field_text(health, "state"), "healthy") != 0)
        code = EXIT_FINDINGS;
    json_decref(answer);
    return code;
}

/* ---- breakers ---- */

static const struct table_column breaker_columns[] = {
    {"BREAKER", false}, {"STATE", false},  {"FOR", true}, {"FAILURES", true},
    {"OPENED", true},   {"REFUSED", true}, {NULL, false}};

enum exit_code run_breakers(const struct options *options)
{
    enum exit_code code;
    json_t *answer = ask(options, "/status", &code), *breaker;
    struct table table;
    size_t i;

    if (answer == NULL)
        return code;
    table_begin(&table, breaker_columns);
    json_array_foreach(json_object_get(answer, "breakers"), i, breaker)
    {
        const char *state = field_text(breaker, "state");
        bool closed = strcmp(state, "closed") == 0;
        char since[TEXT_SIZE];

        text_duration(field_u64(breaker, "for_ms") * 1000000, since);
        code = closed ? code : EXIT_FINDINGS;
        if (options->json) {
            show_json(breaker);
            continue;
        }
        table_put(&table, STYLE_PLAIN, field_text(breaker, "name"));
        table_put(&table, closed ? STYLE_GOOD : STYLE_BAD, state);
        table_put(&table, STYLE_PLAIN, closed ? "-" : since);
        table_put_number(&table, STYLE_PLAIN, field_u64(breaker, "failures"));
        table_put_number(&table, STYLE_PLAIN, field_u64(breaker, "opened"));
        table_put_number(&table, STYLE_PLAIN, field_u64(breaker, "refused"));
    }
    if (table.rows > 0)
        table_print(&table, stdout, true);
    else if (!options->json)
        (void)puts("this program has no breakers");
    table_end(&table);
    json_decref(answer);
    return code;
}

/* ---- status ---- */

static void print_program(const json_t *status)
{
    char text[256], number[TEXT_SIZE], other[TEXT_SIZE], third[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%.120s, %.40s, pid %" PRIu64, field_text(status, "bus"),
                   field_text(status, "state"), field_u64(status, "pid"));
    show_line("program", text);
    text_duration(field_u64(status, "uptime_ms") * 1000000, number);
    (void)snprintf(text, sizeof text, "%s, Busgen %.40s", number, field_text(status, "busgen"));
    show_line("up for", text);
    (void)snprintf(text, sizeof text,
                   "%" PRIu64 " workers, %" PRIu64 " threads that publish, %" PRIu64
                   " handlers, %" PRIu64 " sessions",
                   field_u64(status, "workers"), field_u64(status, "threads"),
                   field_u64(status, "registered_handlers"), field_u64(status, "sessions"));
    show_line("has", text);
    text_bytes(field_u64(status, "memory_bytes"), number);
    text_bytes(field_u64(status, "pool_used_bytes"), other);
    text_bytes(field_u64(status, "pool_bytes"), third);
    (void)snprintf(text, sizeof text, "%s reserved; pool %s of %s used", number, other, third);
    show_line("memory", text);
}

static void print_lanes(const json_t *status)
{
    char text[512] = "";
    json_t *lane;
    size_t i;

    json_array_foreach(json_object_get(status, "lanes"), i, lane)
    {
        size_t at = strlen(text);
        char size[TEXT_SIZE], capacity[TEXT_SIZE];

        text_count(field_u64(lane, "size"), size);
        text_count(field_u64(lane, "capacity"), capacity);
        (void)snprintf(text + at, sizeof text - at, "%s%.16s %s of %s", i > 0 ? ", " : "",
                       field_text(lane, "lane"), size, capacity);
    }
    show_line("lanes", text);
}

static void print_kept(const json_t *status)
{
    const json_t *letters = json_object_get(status, "dead_letters");
    const json_t *schedule = json_object_get(status, "schedule");
    const json_t *store = json_object_get(status, "store"), *log = json_object_get(status, "log");
    char text[512], size[TEXT_SIZE];

    if (letters != NULL) {
        text_bytes(field_u64(letters, "bytes"), size);
        (void)snprintf(text, sizeof text,
                       "%" PRIu64 " wait (%s), %" PRIu64 " replayed, %" PRIu64 " evicted, %" PRIu64
                       " refused",
                       field_u64(letters, "waiting"), size, field_u64(letters, "replayed"),
                       field_u64(letters, "evicted"), field_u64(letters, "refused"));
        show_line("dead letters", text);
    }
    if (schedule != NULL) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu64 " wait, %" PRIu64 " published, %" PRIu64 " times missed",
                       field_u64(schedule, "waiting"), field_u64(schedule, "published"),
                       field_u64(schedule, "missed"));
        show_line("schedule", text);
    }
    if (json_is_object(store)) {
        (void)snprintf(text, sizeof text,
                       "%.16s: %" PRIu64 " events, %" PRIu64 " letters, %" PRIu64
                       " scheduled%s%.200s",
                       field_text(store, "condition"), field_u64(store, "events"),
                       field_u64(store, "letters"), field_u64(store, "scheduled"),
                       *field_text(store, "text") != '\0' ? "; " : "", field_text(store, "text"));
        show_line("store", text);
    }
    if (json_is_object(log)) {
        (void)snprintf(text, sizeof text, "%" PRIu64 " lines, %" PRIu64 " lost%s%.200s",
                       field_u64(log, "lines"), field_u64(log, "lost"),
                       *field_text(log, "text") != '\0' ? "; " : "", field_text(log, "text"));
        show_line("log", text);
    }
}

static const struct table_column message_columns[] = {
    {"MESSAGE", false}, {"ACCEPTED", true}, {"PROCESSED", true},
    {"FAILED", true},   {"DROPPED", true},  {"WAITING", true},
    {"p50", true},      {"p99", true},      {NULL, false}};

static void print_messages(const json_t *status)
{
    struct table table;
    json_t *message;
    size_t i;

    table_begin(&table, message_columns);
    json_array_foreach(json_object_get(status, "messages"), i, message)
    {
        uint64_t failed = field_u64(message, "failed");
        uint64_t dropped = field_u64(message, "dropped") + field_u64(message, "expired") +
                           field_u64(message, "replaced");
        char p50[TEXT_SIZE], p99[TEXT_SIZE];

        text_duration(field_u64(message, "p50_ns"), p50);
        text_duration(field_u64(message, "p99_ns"), p99);
        table_put(&table, STYLE_PLAIN, field_text(message, "name"));
        table_put_number(&table, STYLE_PLAIN, field_u64(message, "accepted"));
        table_put_number(&table, STYLE_PLAIN, field_u64(message, "processed"));
        table_put_number(&table, failed > 0 ? STYLE_BAD : STYLE_PLAIN, failed);
        table_put_number(&table, dropped > 0 ? STYLE_WARN : STYLE_PLAIN, dropped);
        table_put_number(&table, STYLE_PLAIN,
                         field_u64(message, "held") + field_u64(message, "running"));
        table_put(&table, STYLE_PLAIN, field_u64(message, "timed") > 0 ? p50 : "-");
        table_put(&table, STYLE_PLAIN, field_u64(message, "timed") > 0 ? p99 : "-");
    }
    if (table.rows > 0) {
        (void)putchar('\n');
        table_print(&table, stdout, true);
    }
    table_end(&table);
}

static enum exit_code status_of_store(const struct options *options)
{
    struct kept kept;
    json_t *state;

    if (!kept_open(&kept, options, false))
        return EXIT_WRONG_USE;
    state = kept_state(&kept);
    kept_close(&kept);
    if (state == NULL) {
        complain(options, "no memory", NULL);
        return EXIT_WRONG_USE;
    }
    if (options->json) {
        show_json(state);
    } else {
        show_line("file", options->store);
        print_kept(state);
    }
    json_decref(state);
    return EXIT_FINE;
}

enum exit_code run_status(const struct options *options)
{
    enum exit_code code;
    json_t *status;

    if (options->store != NULL)
        return status_of_store(options);
    status = ask(options, "/status", &code);
    if (status == NULL)
        return code;
    if (options->json) {
        show_json(status);
    } else {
        print_program(status);
        print_lanes(status);
        print_kept(status);
        (void)putchar('\n');
        print_health(json_object_get(status, "health"));
        print_messages(status);
    }
    json_decref(status);
    return code;
}

/* ---- graph ---- */

static void print_edges(const json_t *component, const char *name, const char *word)
{
    json_t *message;
    size_t i;

    json_array_foreach(json_object_get(component, name), i, message)
    {
        (void)printf("  %-8s", word);
        put_clean(stdout, json_string_value(message) != NULL ? json_string_value(message) : "");
        (void)putchar('\n');
    }
}

/* A name between quotes of graphviz. */
static void put_quoted(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)putchar('\\');
        (void)putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    (void)putchar('"');
}

static void print_arrows(const json_t *component, const char *name, bool out)
{
    const char *own = field_text(component, "name");
    json_t *message;
    size_t i;

    json_array_foreach(json_object_get(component, name), i, message)
    {
        const char *other = json_string_value(message) != NULL ? json_string_value(message) : "";

        (void)fputs("  ", stdout);
        put_quoted(out ? own : other);
        (void)fputs(" -> ", stdout);
        put_quoted(out ? other : own);
        (void)puts(";");
    }
}

static void print_dot(const json_t *graph)
{
    json_t *item;
    size_t i;

    (void)fputs("digraph ", stdout);
    put_quoted(field_text(graph, "bus"));
    (void)puts(" {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];");
    json_array_foreach(json_object_get(graph, "components"), i, item)
    {
        (void)fputs("  ", stdout);
        put_quoted(field_text(item, "name"));
        (void)puts(" [shape=box, style=rounded];");
        print_arrows(item, "handles", false);
        print_arrows(item, "listens", false);
        print_arrows(item, "emits", true);
    }
    (void)puts("}");
}

enum exit_code run_graph(const struct options *options)
{
    enum exit_code code;
    json_t *graph, *component;
    size_t i;

    if (options->dot && options->json) {
        complain(options, "either --dot or --json", NULL);
        return EXIT_WRONG_USE;
    }
    graph = ask(options, "/graph", &code);
    if (graph == NULL)
        return code;
    if (options->json) {
        show_json(graph);
    } else if (options->dot) {
        print_dot(graph);
    } else {
        json_array_foreach(json_object_get(graph, "components"), i, component)
        {
            put_clean(stdout, field_text(component, "name"));
            (void)puts(field_flag(component, "concurrent") ? " (concurrent)" : "");
            print_edges(component, "handles", "handles");
            print_edges(component, "listens", "listens");
            print_edges(component, "emits", "emits");
        }
        if (json_array_size(json_object_get(graph, "components")) == 0)
            (void)puts("this program has no components");
    }
    json_decref(graph);
    return code;
}
