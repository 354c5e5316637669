/* server.c - the life of a session: messages come in order and are answered in order. */
#include "json.h"
#include "lsp/lsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_FINE = 0, STATUS_NO_SHUTDOWN = 1, STATUS_BROKEN = 2 };

json_t *json_text(const char *text)
{
    json_t *json = json_string(text);

    return json != NULL ? json : json_string("(text that is not UTF-8)");
}

static void send_message(struct server *server, json_t *message)
{
    json_object_set_new(message, "jsonrpc", json_string("2.0"));
    if (!frame_write(message))
        server->ended = true;
}

void notify(struct server *server, const char *method, json_t *params)
{
    send_message(server, json_pack("{s:s, s:o}", "method", method, "params", params));
}

/* Told to who uses the editor: notifications have no answer that could say it. */
static void complain(struct server *server, const char *text)
{
    enum { ERROR = 1 };

    notify(server, "window/logMessage",
           json_pack("{s:i, s:o}", "type", ERROR, "message", json_text(text)));
}

static void answer_error(struct server *server, json_t *id, int code, const char *text)
{
    send_message(server,
                 json_pack("{s:o, s:{s:i, s:o}}", "id", id != NULL ? json_incref(id) : json_null(),
                           "error", "code", code, "message", json_text(text)));
}

json_t *refuse(struct request *request, enum lsp_error code, const char *text)
{
    request->code = (int)code;
    request->text = text;
    return NULL;
}

/* ---- where a request is about ---- */

struct document *request_document(struct request *request)
{
    const json_t *item = json_object_get(request->params, "textDocument");
    const char *uri = json_string_value(json_object_get(item, "uri"));
    struct document *document = document_by_uri(request->server, uri);

    if (document == NULL)
        refuse(request, LSP_INVALID_PARAMS,
               uri != NULL ? "this document is not open: send textDocument/didOpen first"
                           : "the request needs textDocument.uri");
    return document;
}

bool request_place(struct request *request, struct place *place)
{
    const json_t *position = json_object_get(request->params, "position");

    place->document = request_document(request);
    if (place->document == NULL)
        return false;
    if (!lines_offset(&place->document->lines, position, &place->offset)) {
        refuse(request, LSP_INVALID_PARAMS,
               "the request needs a position with line and character, from 0");
        return false;
    }
    place->snapshot = snapshot_of(request->server, place->document);
    if (place->snapshot == NULL)
        refuse(request, LSP_REQUEST_FAILED, "the schema needs more memory than the limit allows");
    return place->snapshot != NULL;
}

/* ---- begin and end ---- */

static void add_folder(struct server *server, const char *uri)
{
    enum { FOLDERS_MAX = 64 };
    char *path = uri != NULL ? uri_path(uri) : NULL;

    if (path == NULL || *path != '/' || server->folder_count == FOLDERS_MAX) {
        free(path);
        return;
    }
    server->folders =
        must_reallocate(server->folders, (server->folder_count + 1) * sizeof *server->folders);
    server->folders[server->folder_count++] = path;
}

static void read_folders(struct server *server, const json_t *params)
{
    const json_t *folders = json_object_get(params, "workspaceFolders");
    const json_t *folder;
    size_t i;

    json_array_foreach(folders, i, folder)
    {
        add_folder(server, json_string_value(json_object_get(folder, "uri")));
    }
    if (server->folder_count == 0)
        add_folder(server, json_string_value(json_object_get(params, "rootUri")));
}

static json_t *initialize(struct request *request)
{
    struct server *server = request->server;
    const json_t *general =
        json_object_get(json_object_get(request->params, "capabilities"), "general");
    const json_t *encodings = json_object_get(general, "positionEncodings");
    const json_t *encoding;
    enum { FULL_AND_INCREMENTAL = 2 };
    size_t i;

    if (server->initialized)
        return refuse(request, LSP_INVALID_REQUEST, "initialize came twice");
    server->initialized = true;
    json_array_foreach(encodings, i, encoding)
    {
        const char *name = json_string_value(encoding);

        server->utf8 |= name != NULL && strcmp(name, "utf-8") == 0;
    }
    server->tree = json_is_true(json_object_get(
        json_object_get(
            json_object_get(json_object_get(request->params, "capabilities"), "textDocument"),
            "documentSymbol"),
        "hierarchicalDocumentSymbolSupport"));
    read_folders(server, request->params);
    return json_pack(
        "{s:{s:s, s:{s:b, s:i, s:{s:b}}, s:b, s:b, s:b, s:b, s:b, s:b, s:{s:b}, s:{s:[s, s, s]}, "
        "s:{s:[s]}}, s:{s:s, s:s}}",
        "capabilities", "positionEncoding", server->utf8 ? "utf-8" : "utf-16", "textDocumentSync",
        "openClose", 1, "change", FULL_AND_INCREMENTAL, "save", "includeText", 0, "hoverProvider",
        1, "definitionProvider", 1, "referencesProvider", 1, "documentHighlightProvider", 1,
        "documentSymbolProvider", 1, "documentFormattingProvider", 1, "renameProvider",
        "prepareProvider", 1, "completionProvider", "triggerCharacters", ".", "[", "=",
        "codeActionProvider", "codeActionKinds", "quickfix", "serverInfo", "name", "busgen",
        "version", server->version);
}

static json_t *shut_down(struct request *request)
{
    request->server->shut_down = true;
    return json_null();
}

/* ---- requests ---- */

static json_t *run(struct server *server, json_t *id, const char *method, const json_t *params)
{
    static const struct {
        const char *method;
        json_t *(*answer)(struct request *request);
    } methods[] = {
        {"initialize", initialize},
        {"shutdown", shut_down},
        {"textDocument/hover", lsp_hover},
        {"textDocument/definition", lsp_definition},
        {"textDocument/references", lsp_references},
        {"textDocument/documentHighlight", lsp_highlight},
        {"textDocument/prepareRename", lsp_prepare_rename},
        {"textDocument/rename", lsp_rename},
        {"textDocument/formatting", lsp_formatting},
        {"textDocument/completion", lsp_completion},
        {"textDocument/documentSymbol", lsp_symbols},
        {"textDocument/codeAction", lsp_actions},
    };
    struct request request = {.server = server, .params = params};
    json_t *answer = NULL;
    size_t i = 0;

    if (!server->initialized && strcmp(method, "initialize") != 0)
        refuse(&request, LSP_NOT_INITIALIZED, "initialize comes first");
    else if (server->shut_down)
        refuse(&request, LSP_INVALID_REQUEST, "after shutdown only exit may come");
    while (i < sizeof methods / sizeof *methods && strcmp(methods[i].method, method) != 0)
        i++;
    if (request.code == 0 && i == sizeof methods / sizeof *methods)
        refuse(&request, LSP_METHOD_NOT_FOUND, "busgen does not know this request");
    if (request.code == 0)
        answer = methods[i].answer(&request);
    if (request.code != 0) {
        answer_error(server, id, request.code, request.text);
        json_decref(answer);
        answer = NULL;
    }
    free_all(&request.memory);
    return answer;
}

/* ---- notifications ---- */

static void saved_or_changed(struct server *server)
{
    documents_touch(server, NULL, false);
}

static void notified(struct server *server, const char *method, const json_t *params)
{
    const char *fault = NULL;
    struct document *document;

    if (strcmp(method, "exit") == 0) {
        server->ended = true;
        return;
    }
    if (!server->initialized || server->shut_down)
        return;
    if (strcmp(method, "textDocument/didOpen") == 0) {
        fault = document_open(server, params);
    } else if (strcmp(method, "textDocument/didChange") == 0) {
        fault = document_change(server, params);
    } else if (strcmp(method, "textDocument/didClose") == 0) {
        document = document_by_uri(server, json_string_value(json_object_get(
                                               json_object_get(params, "textDocument"), "uri")));
        if (document != NULL) {
            diagnose_closed(server, document);
            document_close(server, document);
        }
    } else if (strcmp(method, "textDocument/didSave") == 0 ||
               strcmp(method, "workspace/didChangeWatchedFiles") == 0) {
        saved_or_changed(server); /* files that are not open may have changed */
    }
    if (fault != NULL)
        complain(server, fault);
}

/* ---- messages ---- */

static void handle(struct server *server, const json_t *message)
{
    json_t *id = json_object_get(message, "id");
    const char *method = json_string_value(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    json_t *answer;

    if (!json_is_object(message) || (id != NULL && !json_is_string(id) && !json_is_integer(id))) {
        answer_error(server, NULL, LSP_INVALID_REQUEST,
                     "a message is an object with a method and, if it is a request, an id");
        return;
    }
    if (method == NULL) {
        if (id == NULL || (json_object_get(message, "result") == NULL &&
                           json_object_get(message, "error") == NULL))
            answer_error(server, id, LSP_INVALID_REQUEST, "a message has a method");
        return; /* else an answer: we never ask */
    }
    if (id == NULL) {
        notified(server, method, params);
        return;
    }
    answer = run(server, id, method, params);
    if (answer != NULL)
        send_message(server, json_pack("{s:O, s:o}", "id", id, "result", answer));
}

static void handle_text(struct server *server, const char *text, size_t size)
{
    json_error_t fault;
    json_t *message = must_load_json(text, size, JSON_ALLOW_NUL, &fault);
    char what[JSON_ERROR_TEXT_LENGTH + 64];

    if (message != NULL) {
        handle(server, message);
        json_decref(message);
        return;
    }
    snprintf(what, sizeof what, "the message is not JSON: %s (byte %d)", fault.text,
             fault.position);
    answer_error(server, NULL, LSP_PARSE_ERROR, what);
}

static int end(struct server *server, int status)
{
    while (server->document_count > 0)
        document_close(server, server->documents[0]);
    for (size_t i = 0; i < server->folder_count; i++)
        free(server->folders[i]);
    free(server->folders);
    return status;
}

int lsp_serve(struct server *server)
{
    struct frame_reader *reader = must_allocate(sizeof *reader);
    int status = STATUS_NO_SHUTDOWN;

    reader->start = reader->end = 0;
    json_set_alloc_funcs(must_allocate, free);
    while (!server->ended) {
        char *body;
        size_t size;
        enum frame_end came;

        if (!frame_waits(reader))
            diagnose(server); /* when nobody waits for anything else */
        came = frame_read(reader, &body, &size);
        if (came == FRAME_CLOSED)
            break;
        if (came == FRAME_MESSAGE) {
            handle_text(server, body, size);
            free(body);
            continue;
        }
        answer_error(server, NULL, LSP_PARSE_ERROR, reader->fault);
        if (came == FRAME_BROKEN) {
            fprintf(stderr, "busgen lsp: %s\n", reader->fault);
            status = STATUS_BROKEN;
            break;
        }
    }
    if (server->shut_down && status != STATUS_BROKEN)
        status = STATUS_FINE;
    free(reader);
    return end(server, status);
}
