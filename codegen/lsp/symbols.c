/* symbols.c - what a document declares, as a tree. */
#include "lsp/lsp.h"

#include <string.h>

static int kind_of(const struct idl_symbol *symbol)
{
    enum {
        MODULE = 2,
        NAMESPACE = 3,
        METHOD = 6,
        PROPERTY = 7,
        FIELD = 8,
        ENUM = 10,
        INTERFACE = 11,
        CONSTANT = 14,
        ENUM_MEMBER = 22,
        STRUCT = 23,
        EVENT = 24
    };
    static const int kinds[] = {
        [IDL_SYMBOL_BUS] = NAMESPACE,     [IDL_SYMBOL_CONST] = CONSTANT,
        [IDL_SYMBOL_ENUM] = ENUM,         [IDL_SYMBOL_FLAGS] = ENUM,
        [IDL_SYMBOL_STRUCT] = STRUCT,     [IDL_SYMBOL_TABLE] = STRUCT,
        [IDL_SYMBOL_UNION] = INTERFACE,   [IDL_SYMBOL_POLICY] = PROPERTY,
        [IDL_SYMBOL_EVENT] = EVENT,       [IDL_SYMBOL_OLDER] = EVENT,
        [IDL_SYMBOL_COMMAND] = METHOD,    [IDL_SYMBOL_COMPONENT] = MODULE,
        [IDL_SYMBOL_PROGRAM] = MODULE,    [IDL_SYMBOL_FIELD] = FIELD,
        [IDL_SYMBOL_VALUE] = ENUM_MEMBER, [IDL_SYMBOL_ARM] = FIELD,
        [IDL_SYMBOL_ANSWER] = STRUCT,
    };

    return kinds[symbol->kind];
}

/* All of it; at least the name. */
static struct idl_span extent(const struct idl_symbol *symbol)
{
    struct idl_span span = symbol->decl->span;

    if (symbol->kind != IDL_SYMBOL_BUS && symbol->decl->end > symbol->decl->start) {
        span.start = symbol->decl->start < span.start ? symbol->decl->start : span.start;
        span.end = symbol->decl->end > span.end ? symbol->decl->end : span.end;
    }
    return span;
}

static json_t *one(struct snapshot *snapshot, const struct server *server,
                   const struct idl_symbol *symbol)
{
    json_t *json =
        json_pack("{s:o, s:i}", "name", json_text(symbol->decl->name), "kind", kind_of(symbol));

    if (!server->tree) {
        json_object_set_new(json, "location", snapshot_location(snapshot, server, extent(symbol)));
        if (symbol->parent != NULL)
            json_object_set_new(json, "containerName", json_text(symbol->parent->decl->name));
        return json;
    }
    json_object_set_new(json, "range", snapshot_range(snapshot, server, extent(symbol)));
    json_object_set_new(json, "selectionRange",
                        snapshot_range(snapshot, server, symbol->decl->span));
    return json;
}

json_t *lsp_symbols(struct request *request)
{
    enum { DEPTH = 4 }; /* a field of an answer of a message of a bus */
    struct document *document = request_document(request);
    const struct idl_symbol *open[DEPTH];
    struct snapshot *snapshot;
    json_t *objects[DEPTH];
    json_t *list = json_array();
    uint32_t depth = 0;

    snapshot = document != NULL ? snapshot_of(request->server, document) : NULL;
    for (uint32_t i = 0; snapshot != NULL && i < snapshot->result.names.symbol_count; i++) {
        const struct idl_symbol *symbol = &snapshot->result.names.symbols[i];
        json_t *json;

        if (symbol->decl->file != snapshot->result.files[0])
            break;
        json = one(snapshot, request->server, symbol);
        /* The bus is not shown as what holds everything: it is the first line of the file. */
        while (depth > 0 && open[depth - 1] != symbol->parent)
            depth--;
        if (depth == 0 || !request->server->tree) {
            json_array_append_new(list, json);
        } else {
            if (json_object_get(objects[depth - 1], "children") == NULL)
                json_object_set_new(objects[depth - 1], "children", json_array());
            json_array_append_new(json_object_get(objects[depth - 1], "children"), json);
        }
        if (symbol->kind != IDL_SYMBOL_BUS && depth < DEPTH) {
            open[depth] = symbol;
            objects[depth++] = json;
        }
    }
    if (document == NULL) {
        json_decref(list);
        return NULL;
    }
    return list;
}
