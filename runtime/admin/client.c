/*
 * client.c - see client.h. libcurl speaks HTTP; its multi interface is used for one transfer, so
 * that a signal or a key ends the wait at once.
 *
 * Answers are bounded: a document by ANSWER_MOST, a line by LINE_MOST. What the other side sends is
 * not trusted to be JSON, nor to end.
 */
#include "client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

enum { LOOK_MS = 100, CONNECT_MS = 5000 };
static const size_t ANSWER_MOST = (size_t)64 << 20;
static const size_t LINE_MOST = (size_t)8 << 20;

/* Where an answer goes, as it comes. */
struct sink {
    struct client *client;
    long status;
    char *text; /* kept so far: the document, or the begin of a line */
    size_t size, room;
    client_line_fn line; /* NULL: a document */
    void *context;
    FILE *to; /* not NULL: bytes */
    bool stopped;
    bool too_long;
    bool broken;       /* a line is no JSON object */
    bool not_taken;    /* `to` */
    uint64_t heard_ns; /* when something came last, or it began */
};

static void say(struct client *client, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct client *client, const char *advice, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(client->what, sizeof client->what, format, arguments);
    va_end(arguments);
    (void)snprintf(client->advice, sizeof client->advice, "%s", advice != NULL ? advice : "");
}

bool client_open(struct client *client, const struct options *options, const char *socket)
{
    *client = (struct client){.timeout_ms = options->timeout_ms};
    (void)snprintf(client->socket, sizeof client->socket, "%s", socket);
    if (curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK) {
        client->curl = curl_easy_init();
        client->multi = curl_multi_init();
    }
    if (client->curl != NULL && client->multi != NULL)
        return true;
    say(client, NULL, "no memory");
    client_close(client);
    return false;
}

void client_close(struct client *client)
{
    if (client->multi != NULL)
        (void)curl_multi_cleanup(client->multi);
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
    client->multi = NULL;
    client->curl = NULL;
}

/* ---- what comes ---- */

static bool keep(struct sink *sink, const char *bytes, size_t size, size_t most)
{
    if (sink->size + size > most) {
        sink->too_long = true;
        return false;
    }
    if (sink->size + size + 1 > sink->room) {
        size_t room = 2 * (sink->size + size + 1);
        char *text = realloc(sink->text, room);

        if (text == NULL) {
            sink->too_long = true;
            return false;
        }
        sink->text = text;
        sink->room = room;
    }
    memcpy(sink->text + sink->size, bytes, size);
    sink->size += size;
    sink->text[sink->size] = '\0';
    return true;
}

/* The line that is whole now. Empty ones only say that the program is there. */
static bool end_line(struct sink *sink)
{
    json_t *object;

    if (sink->size == 0)
        return true;
    object = json_loadb(sink->text, sink->size, JSON_REJECT_DUPLICATES, NULL);
    sink->size = 0;
    if (!json_is_object(object)) {
        json_decref(object);
        sink->broken = true;
        return false;
    }
    sink->stopped = !sink->line(sink->context, object);
    json_decref(object);
    return !sink->stopped;
}

static bool take_lines(struct sink *sink, const char *bytes, size_t size)
{
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t part = end != NULL ? (size_t)(end - bytes) : size;

        if (!keep(sink, bytes, part, LINE_MOST))
            return false;
        if (end == NULL)
            return true;
        if (!end_line(sink))
            return false;
        bytes += part + 1;
        size -= part + 1;
    }
    return true;
}

static size_t take(char *bytes, size_t one, size_t count, void *context)
{
    struct sink *sink = context;
    size_t size = one * count;
    bool taken;

    sink->heard_ns = steady_ns();
    if (sink->status == 0)
        (void)curl_easy_getinfo(sink->client->curl, CURLINFO_RESPONSE_CODE, &sink->status);
    if (sink->status / 100 != 2 || (sink->line == NULL && sink->to == NULL))
        taken = keep(sink, bytes, size, ANSWER_MOST);
    else if (sink->to != NULL)
        taken = !(sink->not_taken = fwrite(bytes, 1, size, sink->to) != size);
    else
        taken = take_lines(sink, bytes, size);
    return taken ? size : 0;
}

/* ---- one question ---- */

uint64_t steady_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Until it has ended, or is ended. */
static CURLcode perform(struct client *client, struct sink *sink)
{
    CURLcode code = CURLE_OK;
    int running = 1, left;
    const CURLMsg *message;

    if (curl_multi_add_handle(client->multi, client->curl) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    sink->heard_ns = steady_ns();
    while (running > 0) {
        if (curl_multi_perform(client->multi, &running) != CURLM_OK) {
            code = CURLE_OUT_OF_MEMORY;
            break;
        }
        if (running == 0)
            break;
        (void)curl_multi_poll(client->multi, NULL, 0, LOOK_MS, NULL);
        if (client->is_over != NULL && client->is_over(client->context)) {
            sink->stopped = true;
            break;
        }
        if (steady_ns() - sink->heard_ns > client->timeout_ms * 1000000) {
            code = CURLE_OPERATION_TIMEDOUT;
            break;
        }
    }
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    (void)curl_multi_remove_handle(client->multi, client->curl);
    return code;
}

/* What the error number of connect() means for who runs this. */
static void say_not_connected(struct client *client)
{
    const char *path = client->socket;
    long error = 0;

    (void)curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &error);
    if (error == ENOENT || error == ENOTDIR)
        say(client,
            "is the program running? It opens the socket that bus_http_options.socket_path says",
            "there is no socket %s", path);
    else if (error == ECONNREFUSED)
        say(client, "the program that made it has ended; it takes the place again when it starts",
            "nobody listens on %s", path);
    else if (error == EACCES || error == EPERM)
        say(client, "run busadm as the user of the program (sudo -u USER busadm ...)",
            "this user may not connect to %s", path);
    else
        say(client, "does --socket name a socket of busgen::http?", "cannot connect to %s: %s",
            path, error != 0 ? strerror((int)error) : "refused");
}

static enum client_end say_failure(struct client *client, const struct sink *sink, CURLcode code,
                                   const char *url)
{
    int shown = (int)strcspn(url, "?");

    if (sink->too_long)
        say(client, "narrow it down with a filter or --limit", "the answer to %.*s is too long",
            shown, url);
    else if (sink->not_taken)
        say(client, "is the disk full?", "cannot write the output: %s", strerror(errno));
    else if (sink->broken)
        say(client, "is this a socket of busgen::http, of a version that busadm knows?",
            "%s answered %.*s with a line that is no JSON object", client->socket, shown, url);
    else if (code == CURLE_COULDNT_CONNECT)
        say_not_connected(client);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        say(client, "is the program stopped, or very busy? --timeout waits longer",
            "no answer to %.*s from %s within %" PRIu64 " ms", shown, url, client->socket,
            client->timeout_ms);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
             code == CURLE_HTTP2)
        say(client, "does --socket name a socket of busgen::http?", "%s answers, but not with HTTP",
            client->socket);
    else if (code == CURLE_OUT_OF_MEMORY)
        say(client, NULL, "no memory");
    else
        say(client, "it may have ended: look at its log, and whether it was started again",
            "the program at %s went away in the middle of its answer to %.*s (%s)", client->socket,
            shown, url, curl_easy_strerror(code));
    return CLIENT_FAILED;
}

/* A status that is no success; the document tells why. */
static enum client_end say_refusal(struct client *client, const struct sink *sink, const char *url)
{
    json_t *document = sink->size > 0 ? json_loadb(sink->text, sink->size, 0, NULL) : NULL;
    const char *error = field_text(document, "error"), *advice = field_text(document, "advice");

    if (*error != '\0')
        say(client, advice, "%s", error);
    else
        say(client, "is this a socket of busgen::http, of a version that busadm knows?",
            "%s answered %.*s with status %ld", client->socket, (int)strcspn(url, "?"), url,
            sink->status);
    json_decref(document);
    return sink->status == 404 ? CLIENT_NOT_FOUND : CLIENT_REFUSED;
}

static bool set_up(struct client *client, struct sink *sink, const char *url, const char *body,
                   struct curl_slist **headers)
{
    CURL *curl = client->curl;
    char whole[CLIENT_URL_SIZE + 32];

    (void)snprintf(whole, sizeof whole, "http://localhost%s", url);
    curl_easy_reset(curl);
    *headers = curl_slist_append(NULL, body != NULL ? "X-Busgen: 1" : "Accept: */*");
    if (*headers != NULL && body != NULL &&
        curl_slist_append(*headers, "Content-Type: application/json") == NULL)
        return false;
    return *headers != NULL && curl_easy_setopt(curl, CURLOPT_URL, whole) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink) == CURLE_OK &&
           (body == NULL || curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK);
}

/* The sink's text is the caller's to free. */
static enum client_end ask(struct client *client, const char *url, const json_t *body,
                           struct sink *sink)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    sink->client = client;
    client->what[0] = client->advice[0] = '\0';
    if ((body == NULL || text != NULL) && set_up(client, sink, url, text, &headers))
        code = perform(client, sink);
    curl_slist_free_all(headers);
    free(text);
    if (sink->stopped)
        return CLIENT_STOPPED;
    if (sink->too_long || sink->not_taken || sink->broken || code != CURLE_OK)
        return say_failure(client, sink, code, url);
    if (sink->status == 0)
        (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &sink->status);
    return sink->status / 100 == 2 ? CLIENT_ANSWERED : say_refusal(client, sink, url);
}

enum client_end client_ask(struct client *client, const char *url, const json_t *body,
                           json_t **answer)
{
    struct sink sink = {0};
    enum client_end end = ask(client, url, body, &sink);
    json_error_t error;

    *answer = NULL;
    if (end == CLIENT_ANSWERED) {
        *answer =
            json_loadb(sink.size > 0 ? sink.text : "", sink.size, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(*answer)) {
            json_decref(*answer);
            *answer = NULL;
            say(client, "is this a socket of busgen::http, of a version that busadm knows?",
                "%s answered %.*s with something that is no JSON object", client->socket,
                (int)strcspn(url, "?"), url);
            end = CLIENT_FAILED;
        }
    }
    free(sink.text);
    return end;
}

enum client_end client_lines(struct client *client, const char *url, const json_t *body,
                             client_line_fn line, void *context)
{
    struct sink sink = {.line = line, .context = context};
    enum client_end end = ask(client, url, body, &sink);

    free(sink.text);
    return end;
}

enum client_end client_bytes(struct client *client, const char *url, FILE *to)
{
    struct sink sink = {.to = to};
    enum client_end end = ask(client, url, NULL, &sink);

    free(sink.text);
    return end;
}

/* ---- addresses ---- */

static void put(struct url *url, const char *text, size_t size)
{
    if (url->size + size >= sizeof url->text) {
        url->overflow = true;
        return;
    }
    memcpy(url->text + url->size, text, size);
    url->size += size;
    url->text[url->size] = '\0';
}

void url_begin(struct url *url, const char *path)
{
    *url = (struct url){0};
    put(url, path, strlen(path));
}

void url_add(struct url *url, const char *name, const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    if (value == NULL)
        return;
    put(url, url->asked ? "&" : "?", 1);
    url->asked = true;
    put(url, name, strlen(name));
    put(url, "=", 1);
    for (; *value != '\0'; value++) {
        char code[4];

        if (strchr(plain, *value) != NULL) {
            put(url, value, 1);
            continue;
        }
        (void)snprintf(code, sizeof code, "%%%02X", (unsigned)(unsigned char)*value);
        put(url, code, 3);
    }
}

void url_add_number(struct url *url, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    url_add(url, name, text);
}

/* ---- for commands ---- */

static bool signal_came(void *context)
{
    (void)context;
    return stop_signal() != 0;
}

bool client_begin(struct client *client, const struct options *options)
{
    char socket[SOCKET_PATH_SIZE];

    if (!find_socket(options, socket))
        return false;
    if (!client_open(client, options, socket)) {
        complain(options, client->what, NULL);
        return false;
    }
    client->is_over = signal_came;
    return true;
}

enum exit_code client_complain(const struct client *client, const struct options *options,
                               enum client_end end)
{
    if (end == CLIENT_STOPPED)
        return EXIT_FINE;
    complain(options, client->what, client->advice);
    return EXIT_WRONG_USE;
}

/* ---- answers ---- */

uint64_t field_u64(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    uint64_t number = 0;

    if (json_is_integer(value))
        return json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
    if (json_is_string(value))
        (void)read_number(json_string_value(value), UINT64_MAX, &number);
    else if (json_is_real(value) && json_real_value(value) > 0)
        number = (uint64_t)json_real_value(value);
    return number;
}

double field_double(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

const char *field_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

bool field_flag(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}
