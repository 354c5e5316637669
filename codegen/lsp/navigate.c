/* navigate.c - from a name to its declaration, and to all that name it. */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

json_t *lsp_definition(struct request *request)
{
    struct place place;
    struct named named;

    if (!request_place(request, &place))
        return NULL;
    if (!snapshot_named(place.snapshot, place.offset, &named))
        return json_null();
    return snapshot_location(place.snapshot, request->server, named.symbol->decl->span);
}

/* All places of what is named there; false: nothing is, or the request is refused. */
static bool find(struct request *request, struct place *place, struct places *places)
{
    struct named named;

    if (!request_place(request, place) || !snapshot_named(place->snapshot, place->offset, &named))
        return false;
    places_find(request->server, place->document, named.symbol, places);
    return true;
}

json_t *lsp_references(struct request *request)
{
    const json_t *context = json_object_get(request->params, "context");
    bool declaration = json_is_true(json_object_get(context, "includeDeclaration"));
    struct sources sources = {.server = request->server};
    struct places places = {.memory = &request->memory};
    struct lines lines = {0};
    const char *path = NULL;
    struct place place;
    char *text = NULL;
    json_t *list;

    if (!find(request, &place, &places))
        return request->code == 0 ? json_null() : NULL;
    list = json_array();
    for (size_t i = 0; i < places.count; i++) {
        const struct known_place *known = &places.items[i];
        size_t size;

        if (known->declares && !declaration)
            continue;
        if (path == NULL || strcmp(path, known->path) != 0) {
            lines_free(&lines);
            free(text);
            path = known->path;
            text = source_read(&sources, path, &size);
            if (text != NULL)
                lines_make(&lines, text, size, request->server->utf8);
        }
        if (text != NULL)
            json_array_append_new(list, json_pack("{s:o, s:o}", "uri",
                                                  uri_of_file(request->server, path), "range",
                                                  lines_range(&lines, known->start, known->end)));
    }
    lines_free(&lines);
    free(text);
    return list;
}

json_t *lsp_highlight(struct request *request)
{
    enum { TEXT = 1 };
    const struct idl_names *names;
    const struct idl_file *main;
    struct place place;
    struct named named;
    json_t *list;

    if (!request_place(request, &place))
        return NULL;
    if (!snapshot_named(place.snapshot, place.offset, &named))
        return json_null();
    names = &place.snapshot->result.names;
    main = place.snapshot->result.files[0];
    list = json_array();
    if (named.symbol->decl->file == main)
        json_array_append_new(list, json_pack("{s:o, s:i}", "range",
                                              snapshot_range(place.snapshot, request->server,
                                                             named.symbol->decl->span),
                                              "kind", TEXT));
    for (uint32_t i = 0; i < names->use_count && names->uses[i].span.file == main; i++)
        if (names->uses[i].symbol == named.symbol)
            json_array_append_new(list, json_pack("{s:o, s:i}", "range",
                                                  snapshot_range(place.snapshot, request->server,
                                                                 names->uses[i].span),
                                                  "kind", TEXT));
    return list;
}
