/*
 * diagnose.c - what the compiler and lint found, told to the editor.
 *
 * Of an open document all findings in its own text are told, and those in files that it imports and
 * that are not open; what is open is told of by itself.
 */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

static void add_related(json_t *related, struct snapshot *snapshot, const struct server *server,
                        struct idl_span span, const char *text)
{
    if (span.file != NULL)
        json_array_append_new(related, json_pack("{s:o, s:o}", "location",
                                                 snapshot_location(snapshot, server, span),
                                                 "message", json_text(text)));
}

json_t *diagnostic_json(struct snapshot *snapshot, const struct server *server,
                        const struct idl_diagnostic *found)
{
    enum { ERROR = 1, WARNING = 2, UNNECESSARY = 1 };
    struct memory memory = {0};
    json_t *related = json_array();
    json_t *json = json_pack(
        "{s:o, s:i, s:s, s:s, s:o}", "range", snapshot_range(snapshot, server, found->span),
        "severity", found->severity == IDL_ERROR ? ERROR : WARNING, "code", found->rule, "source",
        "busgen", "message",
        json_text(found->advice != NULL ? join(&memory, found->text, "\n", found->advice, NULL)
                                        : found->text));

    add_related(related, snapshot, server, found->partner,
                found->partner_text != NULL ? found->partner_text : "here");
    for (uint32_t i = 0; i < found->note_count; i++)
        add_related(related, snapshot, server, found->notes[i].span, found->notes[i].text);
    if (json_array_size(related) > 0)
        json_object_set(json, "relatedInformation", related);
    json_decref(related);
    if (strncmp(found->rule, "unused-", strlen("unused-")) == 0)
        json_object_set_new(json, "tags", json_pack("[i]", UNNECESSARY));
    free_all(&memory);
    return json;
}

static void tell(struct server *server, json_t *uri, const struct document *document, json_t *list)
{
    json_t *params = json_pack("{s:o, s:o}", "uri", uri, "diagnostics", list);

    if (document != NULL)
        json_object_set_new(params, "version", json_integer(document->version));
    notify(server, "textDocument/publishDiagnostics", params);
}

/* What was told about `uri` is no longer so, unless it is open. */
static void untell(struct server *server, const char *uri)
{
    if (document_by_uri(server, uri) == NULL)
        tell(server, json_string(uri), NULL, json_array());
}

static json_t *findings_in(struct snapshot *snapshot, const struct server *server,
                           const struct idl_file *file)
{
    json_t *list = json_array();

    for (size_t i = 0; i < snapshot->result.diagnostic_count; i++) {
        const struct idl_diagnostic *found = &snapshot->result.diagnostics[i];

        if (found->span.file == file)
            json_array_append_new(list, diagnostic_json(snapshot, server, found));
    }
    return list;
}

/* Also of files that are not open; those that were told of before and have nothing more. */
static void tell_others(struct server *server, struct document *document, struct snapshot *snapshot)
{
    json_t *told = json_object();
    const char *uri;
    json_t *value;
    void *next;

    for (size_t i = 1; i < snapshot->result.file_count; i++) {
        const struct idl_file *file = snapshot->result.files[i];
        json_t *list;
        json_t *name;

        if (document_by_path(server, file->path) != NULL)
            continue;
        list = findings_in(snapshot, server, file);
        name = uri_of_path(file->path);
        if (json_array_size(list) > 0 || json_object_get(document->told, json_string_value(name)))
            tell(server, json_incref(name), NULL, json_incref(list));
        if (json_array_size(list) > 0)
            json_object_set_new(told, json_string_value(name), json_true());
        json_decref(list);
        json_decref(name);
    }
    json_object_foreach_safe(document->told, next, uri, value)
    {
        if (json_object_get(told, uri) == NULL)
            untell(server, uri);
    }
    json_decref(document->told);
    document->told = told;
}

static json_t *no_memory(const struct document *document)
{
    return json_pack("[{s:o, s:i, s:s, s:s}]", "range", lines_range(&document->lines, 0, 0),
                     "severity", 1, "source", "busgen", "message",
                     "the schema needs more memory than the limit allows: split it");
}

void diagnose(struct server *server)
{
    for (size_t i = 0; i < server->document_count; i++) {
        struct document *document = server->documents[i];
        struct snapshot *snapshot;

        if (!document->untold)
            continue;
        document->untold = false;
        snapshot = snapshot_of(server, document);
        tell(server, json_string(document->uri), document,
             snapshot != NULL ? findings_in(snapshot, server, snapshot->result.files[0])
                              : no_memory(document));
        if (snapshot != NULL)
            tell_others(server, document, snapshot);
    }
}

void diagnose_closed(struct server *server, struct document *document)
{
    const char *uri;
    json_t *value;
    void *next;

    json_object_foreach_safe(document->told, next, uri, value)
    {
        untell(server, uri);
    }
    tell(server, json_string(document->uri), NULL, json_array());
}
