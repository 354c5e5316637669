/* completion.c - what could stand at a place: the parser says it (idl/complete.c). */
#include "lsp/lsp.h"

#include <stdio.h>
#include <string.h>

static int kind_of(const struct idl_proposal *proposal)
{
    enum {
        FIELD = 5,
        INTERFACE = 8,
        MODULE = 9,
        VALUE = 12,
        ENUM = 13,
        KEYWORD = 14,
        ENUM_MEMBER = 20,
        CONSTANT = 21,
        STRUCT = 22,
        EVENT = 23,
        METHOD = 2
    };
    static const int kinds[] = {
        [IDL_SYMBOL_BUS] = MODULE,        [IDL_SYMBOL_CONST] = CONSTANT,
        [IDL_SYMBOL_ENUM] = ENUM,         [IDL_SYMBOL_FLAGS] = ENUM,
        [IDL_SYMBOL_STRUCT] = STRUCT,     [IDL_SYMBOL_TABLE] = STRUCT,
        [IDL_SYMBOL_UNION] = INTERFACE,   [IDL_SYMBOL_POLICY] = INTERFACE,
        [IDL_SYMBOL_EVENT] = EVENT,       [IDL_SYMBOL_OLDER] = EVENT,
        [IDL_SYMBOL_COMMAND] = METHOD,    [IDL_SYMBOL_COMPONENT] = MODULE,
        [IDL_SYMBOL_PROGRAM] = MODULE,    [IDL_SYMBOL_FIELD] = FIELD,
        [IDL_SYMBOL_VALUE] = ENUM_MEMBER, [IDL_SYMBOL_ARM] = FIELD,
        [IDL_SYMBOL_ANSWER] = FIELD,
    };

    if (proposal->number)
        return VALUE;
    return proposal->symbol != NULL ? kinds[proposal->symbol->kind] : KEYWORD;
}

/* Editors sort by letters unless they are told; the compiler's order is that of the language. */
static json_t *item(const struct idl_proposal *proposal, json_t *range, size_t place)
{
    char order[16];
    json_t *json = json_pack("{s:o, s:i, s:{s:O, s:o}}", "label", json_text(proposal->text), "kind",
                             kind_of(proposal), "textEdit", "range", range, "newText",
                             json_text(proposal->text));

    snprintf(order, sizeof order, "%06zu", place);
    json_object_set_new(json, "sortText", json_string(order));
    if (proposal->number)
        json_object_set_new(json, "detail", json_string("the next free number"));
    if (proposal->symbol != NULL && proposal->symbol->decl->doc != NULL)
        json_object_set_new(json, "documentation", json_text(proposal->symbol->decl->doc));
    return json;
}

json_t *lsp_completion(struct request *request)
{
    struct sources sources = {.server = request->server};
    const struct document *document = request_document(request);
    struct snapshot *snapshot;
    struct idl_span typed;
    json_t *items = json_array();
    json_t *range;
    bool cut = false;
    size_t offset;

    if (document == NULL ||
        !lines_offset(&document->lines, json_object_get(request->params, "position"), &offset)) {
        json_decref(items);
        return request->code != 0
                   ? NULL
                   : refuse(request, LSP_INVALID_PARAMS, "the request needs a position");
    }
    snapshot = snapshot_make(&sources, document->path, offset);
    if (snapshot == NULL)
        return json_pack("{s:b, s:o}", "isIncomplete", 0, "items", items);
    typed = snapshot->result.proposal_span;
    range = lines_range(&document->lines, typed.start, typed.end);
    for (uint32_t i = 0; i < snapshot->result.proposal_count && !cut; i++) {
        const struct idl_proposal *proposal = &snapshot->result.proposals[i];
        size_t size = typed.end - typed.start;

        if (strncmp(proposal->text, document->text + typed.start, size) != 0)
            continue;
        cut = json_array_size(items) == LSP_PROPOSALS_MAX;
        if (!cut)
            json_array_append_new(items, item(proposal, range, json_array_size(items)));
    }
    json_decref(range);
    snapshot_free(snapshot);
    return json_pack("{s:b, s:o}", "isIncomplete", cut, "items", items);
}
