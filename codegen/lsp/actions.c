/* actions.c - what the advice of a finding says, done; or the finding accepted. */
#include "lsp/lsp.h"

#include <string.h>

/* The text between quotes behind `before` in an advice; NULL: it is another one. */
static const char *quoted(struct request *request, const char *advice, const char *before,
                          const char *behind)
{
    size_t size = strlen(before);
    const char *end;
    char *text;

    if (strncmp(advice, before, size) != 0)
        return NULL;
    advice += size;
    end = strrchr(advice, behind[0]);
    if (end == NULL || strcmp(end, behind) != 0)
        return NULL;
    text = allocate(&request->memory, (size_t)(end - advice) + 1);
    memcpy(text, advice, (size_t)(end - advice));
    return text;
}

/* What is to stand in [*start, *end) instead; NULL: the advice is for people. */
static const char *mended(struct request *request, const struct idl_diagnostic *found,
                          size_t *start, size_t *end)
{
    const char *advice = found->advice;
    const char *source = found->span.file->text;
    static const char qualify[] = "imported names are qualified: write ";
    const char *text;

    *start = found->span.start;
    *end = found->span.end;
    text = quoted(request, advice, "did you mean '", "'?");
    if (text != NULL) /* behind or before the point of a.b? nobody says */
        return memchr(source + *start, '.', *end - *start) == NULL ? text : NULL;
    text = quoted(request, advice, "the type is called '", "' here");
    if (text != NULL)
        return text;
    if (strcmp(found->rule, "bad-name") == 0)
        return quoted(request, advice, "write '", "'");
    if (strncmp(advice, qualify, sizeof qualify - 1) == 0)
        return advice + sizeof qualify - 1;
    if (*start == *end && strcmp(advice, "add ';' here") == 0)
        return ";";
    if (strcmp(found->rule, "unused-import") == 0) {
        while (*start > 0 && source[*start - 1] != '\n')
            --*start;
        *end += strcspn(source + *end, "\n");
        *end += source[*end] == '\n';
        return strncmp(source + *start, "import", strlen("import")) == 0 ? "" : NULL;
    }
    return NULL;
}

static json_t *action(struct request *request, struct snapshot *snapshot,
                      const struct document *document, const struct idl_diagnostic *found,
                      const char *title, size_t start, size_t end, const char *text)
{
    struct idl_span span = {found->span.file, (uint32_t)start, (uint32_t)end};
    json_t *changes = json_object();

    json_object_set_new(changes, document->uri,
                        json_pack("[{s:o, s:o}]", "range",
                                  snapshot_range(snapshot, request->server, span), "newText",
                                  json_text(text)));
    return json_pack("{s:o, s:s, s:[o], s:{s:o}}", "title", json_text(title), "kind", "quickfix",
                     "diagnostics", diagnostic_json(snapshot, request->server, found), "edit",
                     "changes", changes);
}

/* A comment in the line above, indented as what was found. */
static json_t *accept(struct request *request, struct snapshot *snapshot,
                      const struct document *document, const struct idl_diagnostic *found)
{
    const char *source = found->span.file->text;
    size_t start = found->span.start;
    size_t blank;
    char *indent;

    while (start > 0 && source[start - 1] != '\n')
        start--;
    blank = strspn(source + start, " \t");
    indent = allocate(&request->memory, blank + 1);
    memcpy(indent, source + start, blank);
    return action(
        request, snapshot, document, found,
        join(&request->memory, "Accept '", found->rule, "' here", NULL), start, start,
        join(&request->memory, indent, "// lint: off ", found->rule, " (say why)\n", NULL));
}

json_t *lsp_actions(struct request *request)
{
    const json_t *range = json_object_get(request->params, "range");
    struct document *document = request_document(request);
    struct snapshot *snapshot;
    json_t *list;
    size_t start;
    size_t end;

    if (document == NULL)
        return NULL;
    if (!lines_offsets(&document->lines, range, &start, &end))
        return refuse(request, LSP_INVALID_PARAMS, "the request needs a range");
    list = json_array();
    snapshot = snapshot_of(request->server, document);
    for (size_t i = 0; snapshot != NULL && i < snapshot->result.diagnostic_count; i++) {
        const struct idl_diagnostic *found = &snapshot->result.diagnostics[i];
        const struct idl_rule *rule = idl_rule_find(found->rule);
        const char *text;
        size_t from;
        size_t to;

        if (found->span.file != snapshot->result.files[0] || found->span.start > end ||
            found->span.end < start)
            continue;
        text = found->advice != NULL ? mended(request, found, &from, &to) : NULL;
        if (text != NULL)
            json_array_append_new(
                list, action(request, snapshot, document, found,
                             *text != '\0' ? join(&request->memory,
                                                  from == to ? "Add '" : "Write '", text, "'", NULL)
                                           : "Remove the line",
                             from, to, text));
        if (rule != NULL && idl_rule_group_of(rule) != IDL_RULE_FIXED)
            json_array_append_new(list, accept(request, snapshot, document, found));
    }
    return list;
}
