/*
 * rename.c - another name for something, everywhere.
 *
 * Whether the name will do, the compiler says: the schemas are compiled as they would be, and a
 * rename that brings an error is refused. A message is known by its name to those who have bytes of
 * it, so it keeps the earlier one: `was`.
 */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

/* NULL: it can have another name. */
static const char *why_not(const struct idl_symbol *symbol)
{
    if (symbol->kind == IDL_SYMBOL_BUS)
        return "the name of a bus is part of the identity of all of its messages, and of every "
               "name "
               "in C: it cannot be renamed";
    if (symbol->kind == IDL_SYMBOL_ANSWER && symbol->answer->body.decl.span.file != NULL &&
        strcmp(symbol->decl->name, "ok") == 0)
        return "'returns' has no name that could change";
    return NULL;
}

static bool find(struct request *request, struct place *place, struct named *named)
{
    const char *fault;

    if (!request_place(request, place))
        return false;
    if (!snapshot_named(place->snapshot, place->offset, named)) {
        refuse(request, LSP_REQUEST_FAILED,
               "nothing with a name of its own stands here: put the cursor on one");
        return false;
    }
    fault = why_not(named->symbol);
    if (fault != NULL)
        refuse(request, LSP_REQUEST_FAILED, fault);
    return fault == NULL;
}

json_t *lsp_prepare_rename(struct request *request)
{
    struct place place;
    struct named named;

    if (!find(request, &place, &named))
        return NULL;
    return json_pack("{s:o, s:o}", "range",
                     snapshot_range(place.snapshot, request->server, named.span), "placeholder",
                     json_text(symbol_name(named.symbol)));
}

/* ---- one file ---- */

struct renaming {
    struct request *request;
    const char *name; /* the new one */
    const char *old;
    const char *was;       /* the old one too, of a message: it is to be kept; else NULL */
    struct overlay *after; /* the texts as they would be */
    size_t after_count;
    json_t *changes;
};

/* A file while it is edited. */
struct editing {
    struct renaming *renaming;
    const char *text;
    size_t at; /* so far it is copied */
    char *out;
    size_t size;
    json_t *edits;
    struct lines lines;
};

static void append(struct editing *editing, const char *from, size_t count)
{
    memcpy(editing->out + editing->size, from, count);
    editing->size += count;
}

static void replace(struct editing *editing, size_t start, size_t end, const char *text)
{
    append(editing, editing->text + editing->at, start - editing->at);
    append(editing, text, strlen(text));
    editing->at = end;
    json_array_append_new(editing->edits,
                          json_pack("{s:o, s:o}", "range", lines_range(&editing->lines, start, end),
                                    "newText", json_text(text)));
}

/* A message keeps the name by which bytes know it; it loses that when it gets it back. */
static void keep_identity(struct editing *editing, const struct known_place *place)
{
    const struct renaming *renaming = editing->renaming;

    if (place->was == NULL)
        replace(editing, place->was_start, place->was_start,
                join(&renaming->request->memory, " was ", renaming->was, NULL));
    else if (strcmp(place->was, renaming->name) == 0)
        replace(editing, place->was_start, place->was_end, "");
}

/* The edits of one file, `count` places, and its text after them. */
static void edit_file(struct renaming *renaming, const struct known_place *places, size_t count,
                      const char *text, size_t text_size)
{
    struct request *request = renaming->request;
    size_t more = strlen(renaming->name) + strlen(renaming->old) + strlen(" was ");
    struct editing editing = {.renaming = renaming,
                              .text = text,
                              .out = allocate(&request->memory, text_size + count * more + 1),
                              .edits = json_array()};
    json_t *uri = uri_of_file(request->server, places[0].path);

    lines_make(&editing.lines, text, text_size, request->server->utf8);
    for (size_t i = 0; i < count; i++) {
        /* `upgrades v1` names it by its number */
        if (places[i].end - places[i].start != strlen(renaming->old) ||
            memcmp(text + places[i].start, renaming->old, strlen(renaming->old)) != 0)
            continue;
        replace(&editing, places[i].start, places[i].end, renaming->name);
        if (places[i].declares && renaming->was != NULL && places[i].was_start >= places[i].end)
            keep_identity(&editing, &places[i]);
    }
    append(&editing, text + editing.at, text_size - editing.at);
    lines_free(&editing.lines);
    renaming->after[renaming->after_count++] =
        (struct overlay){places[0].path, editing.out, editing.size};
    json_object_set_new(renaming->changes, json_string_value(uri), editing.edits);
    json_decref(uri);
}

static bool edit_files(struct renaming *renaming, const struct places *places)
{
    struct sources sources = {.server = renaming->request->server};
    size_t end;

    for (size_t first = 0; first < places->count; first = end) {
        const char *path = places->items[first].path;
        size_t size;
        char *text = source_read(&sources, path, &size);

        for (end = first + 1; end < places->count && strcmp(path, places->items[end].path) == 0;)
            end++;
        if (text == NULL || places->items[end - 1].end > size) {
            free(text);
            refuse(renaming->request, LSP_REQUEST_FAILED,
                   join(&renaming->request->memory, "cannot read ", path,
                        ", which names it: nothing was renamed", NULL));
            return false;
        }
        edit_file(renaming, &places->items[first], end - first, text, size);
        free(text);
    }
    return true;
}

/* ---- whether it will do ---- */

static const struct idl_diagnostic *first_error(const struct idl_result *result)
{
    for (size_t i = 0; i < result->diagnostic_count; i++)
        if (result->diagnostics[i].severity == IDL_ERROR)
            return &result->diagnostics[i];
    return NULL;
}

static bool will_do(struct renaming *renaming, const struct places *places)
{
    struct request *request = renaming->request;
    const struct sources sources = {request->server, renaming->after, renaming->after_count};

    for (size_t i = 0; i < places->root_count; i++) {
        const struct known_root *root = &places->roots[i];
        struct snapshot *after = snapshot_make(&sources, root->path, SIZE_MAX);
        const struct idl_diagnostic *error;

        if (after != NULL && after->result.errors <= root->errors) {
            snapshot_free(after);
            continue;
        }
        error = after != NULL ? first_error(&after->result) : NULL;
        refuse(request, LSP_REQUEST_FAILED,
               join(&request->memory, "'", renaming->name, "' will not do: ",
                    error != NULL && root->errors == 0 ? error->text : "it brings a new error",
                    error != NULL ? " [" : "", error != NULL ? error->rule : "",
                    error != NULL ? "]" : "", NULL));
        snapshot_free(after);
        return false;
    }
    return true;
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t size = name != NULL ? strlen(name) : 0;

    return size > 0 && strchr(letters, *name) != NULL && strspn(name, letters) > 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == size;
}

json_t *lsp_rename(struct request *request)
{
    struct renaming renaming = {.request = request};
    struct places *places = allocate(&request->memory, sizeof *places);
    struct place place;
    struct named named;

    renaming.name = json_string_value(json_object_get(request->params, "newName"));
    if (!find(request, &place, &named))
        return NULL;
    if (!is_name(renaming.name))
        return refuse(request, LSP_INVALID_PARAMS,
                      "a name is lower-case words joined by underscores, as order_placed");
    renaming.old = join(&request->memory, symbol_name(named.symbol), NULL);
    if (strcmp(renaming.name, renaming.old) == 0)
        return json_pack("{s:{}}", "changes");
    if (symbol_is_message(named.symbol))
        renaming.was = renaming.old;
    places->memory = &request->memory;
    places_find(request->server, place.document, named.symbol, places);
    if (places->cut)
        return refuse(request, LSP_REQUEST_FAILED,
                      "the workspace has more schemas (256) or files (200,000) than are looked "
                      "through: open the folder of this one alone");
    renaming.after = allocate(&request->memory, places->count * sizeof *renaming.after + 1);
    renaming.changes = json_object();
    if (!edit_files(&renaming, places) || !will_do(&renaming, places)) {
        json_decref(renaming.changes);
        return NULL;
    }
    return json_pack("{s:o}", "changes", renaming.changes);
}
