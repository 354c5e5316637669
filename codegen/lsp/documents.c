/* documents.c - what the editor has open: its texts, saved or not, and what becomes of them. */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

struct document *document_by_uri(const struct server *server, const char *uri)
{
    for (size_t i = 0; uri != NULL && i < server->document_count; i++)
        if (strcmp(server->documents[i]->uri, uri) == 0)
            return server->documents[i];
    return NULL;
}

struct document *document_by_path(const struct server *server, const char *path)
{
    for (size_t i = 0; i < server->document_count; i++)
        if (strcmp(server->documents[i]->path, path) == 0)
            return server->documents[i];
    return NULL;
}

static char *copy_of(const char *text, size_t size)
{
    char *copy = must_allocate(size + 1);

    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void documents_touch(struct server *server, const char *path, bool appeared)
{
    for (size_t i = 0; i < server->document_count; i++) {
        struct document *document = server->documents[i];
        bool part = path == NULL || strcmp(document->path, path) == 0;

        part |= document->lacks && appeared;
        for (size_t j = 0; j < document->part_count && !part; j++)
            part = strcmp(document->parts[j], path) == 0;
        document->dirty |= part;
        document->untold |= part;
    }
}

/* Takes over the text. */
static void set_text(struct server *server, struct document *document, char *text, size_t size)
{
    server->text_size += size - document->size;
    free(document->text);
    document->text = text;
    document->size = size;
    lines_free(&document->lines);
    lines_make(&document->lines, text, size, server->utf8);
}

static const char *const too_large =
    "busgen: the text is too large: a schema has at most 16 MiB, all open ones 64 MiB; close some";

static bool has_room(const struct server *server, const struct document *document, size_t size)
{
    return size <= IDL_FILE_SIZE_MAX &&
           server->text_size - (document != NULL ? document->size : 0) + size <= LSP_TEXT_MAX;
}

const char *document_open(struct server *server, const json_t *params)
{
    const json_t *item = json_object_get(params, "textDocument");
    const char *uri = json_string_value(json_object_get(item, "uri"));
    const json_t *text = json_object_get(item, "text");
    size_t size = json_string_length(text);
    struct document *document;
    char *path;

    if (uri == NULL || !json_is_string(text))
        return "busgen: didOpen needs textDocument.uri and textDocument.text";
    document = document_by_uri(server, uri);
    if (document != NULL)
        document_close(server, document);
    if (server->document_count == LSP_DOCUMENTS_MAX)
        return "busgen: 256 schemas are open, which is the most; close some";
    if (!has_room(server, NULL, size))
        return too_large;
    path = uri_path(uri);
    if (path == NULL)
        return "busgen: didOpen: this URI names no file";
    document = must_allocate(sizeof *document);
    *document = (struct document){.uri = copy_of(uri, strlen(uri)), .path = path};
    document->version = json_integer_value(json_object_get(item, "version"));
    set_text(server, document, copy_of(json_string_value(text), size), size);
    server->documents[server->document_count++] = document;
    documents_touch(server, document->path, true);
    return NULL;
}

/* One change: all of the text, or what stands in a range. */
static const char *apply(struct server *server, struct document *document, const json_t *change)
{
    const json_t *range = json_object_get(change, "range");
    const json_t *text = json_object_get(change, "text");
    size_t size = json_string_length(text);
    size_t start = 0;
    size_t end = document->size;
    char *whole;

    if (!json_is_string(text) ||
        (range != NULL && !lines_offsets(&document->lines, range, &start, &end)))
        return "busgen: didChange: a change needs text, and a range that is one";
    if (!has_room(server, document, document->size - (end - start) + size))
        return too_large;
    whole = must_allocate(document->size - (end - start) + size + 1);
    memcpy(whole, document->text, start);
    memcpy(whole + start, json_string_value(text), size);
    memcpy(whole + start + size, document->text + end, document->size - end);
    size = document->size - (end - start) + size;
    whole[size] = '\0';
    set_text(server, document, whole, size);
    return NULL;
}

const char *document_change(struct server *server, const json_t *params)
{
    const json_t *item = json_object_get(params, "textDocument");
    const json_t *changes = json_object_get(params, "contentChanges");
    struct document *document =
        document_by_uri(server, json_string_value(json_object_get(item, "uri")));
    const char *fault = NULL;
    const json_t *change;
    size_t i;

    if (document == NULL)
        return "busgen: didChange: this document is not open";
    json_array_foreach(changes, i, change)
    {
        fault = apply(server, document, change);
        if (fault != NULL)
            break;
    }
    document->version = json_integer_value(json_object_get(item, "version"));
    documents_touch(server, document->path, false);
    return fault;
}

static void forget_parts(struct document *document)
{
    for (size_t i = 0; i < document->part_count; i++)
        free(document->parts[i]);
    free(document->parts);
}

void document_close(struct server *server, struct document *document)
{
    size_t at = 0;

    while (server->documents[at] != document)
        at++;
    server->documents[at] = server->documents[--server->document_count];
    server->text_size -= document->size;
    snapshot_free(document->snapshot);
    forget_parts(document);
    lines_free(&document->lines);
    json_decref(document->told);
    documents_touch(server, document->path, false); /* what is on disk counts again */
    free(document->uri);
    free(document->path);
    free(document->text);
    free(document);
}

/* ---- snapshots of documents ---- */

static void keep_parts(struct document *document)
{
    const struct idl_result *result = &document->snapshot->result;

    forget_parts(document);
    document->part_count = result->file_count;
    document->parts = must_allocate((result->file_count + 1) * sizeof *document->parts);
    for (size_t i = 0; i < result->file_count; i++)
        document->parts[i] = copy_of(result->files[i]->path, strlen(result->files[i]->path));
    document->lacks = false;
    for (size_t i = 0; i < result->diagnostic_count; i++)
        document->lacks |= strcmp(result->diagnostics[i].rule, "import-missing") == 0;
}

/* Room for one more: that which was asked for longest ago goes. */
static void make_room(struct server *server)
{
    struct document *oldest = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < server->document_count; i++) {
        struct document *document = server->documents[i];

        if (document->snapshot == NULL)
            continue;
        kept++;
        if (oldest == NULL || document->used < oldest->used)
            oldest = document;
    }
    if (kept < LSP_SNAPSHOTS_MAX)
        return;
    snapshot_free(oldest->snapshot);
    oldest->snapshot = NULL;
}

struct snapshot *snapshot_of(struct server *server, struct document *document)
{
    struct sources sources = {.server = server};

    document->used = ++server->clock;
    if (document->snapshot != NULL && !document->dirty)
        return document->snapshot;
    snapshot_free(document->snapshot);
    document->snapshot = NULL;
    make_room(server);
    document->snapshot = snapshot_make(&sources, document->path, SIZE_MAX);
    document->dirty = false;
    if (document->snapshot != NULL)
        keep_parts(document);
    return document->snapshot;
}
