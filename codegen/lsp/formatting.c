/*
 * formatting.c - the one layout, as edits.
 *
 * The formatter never changes a token or a comment, only the space between them. So both texts are
 * the same but for runs of space, and each run that differs is an edit: nothing smaller would do.
 */
#include "lsp/lsp.h"

#include <string.h>

static size_t space(const char *text, size_t size, size_t at)
{
    size_t end = at;

    while (end < size && strchr(" \t\r\n", text[end]) != NULL)
        end++;
    return end - at;
}

static json_t *edit(const struct lines *lines, size_t start, size_t end, const char *text,
                    size_t size)
{
    return json_pack("{s:o, s:o}", "range", lines_range(lines, start, end), "newText",
                     json_stringn(text, size));
}

/* NULL: something else than space differs, or so much that one edit says it better. */
static json_t *edits_between(const struct lines *lines, const char *good, size_t good_size)
{
    const char *text = lines->text;
    json_t *edits = json_array();
    size_t i = 0;
    size_t j = 0;

    while (i < lines->size || j < good_size) {
        size_t old = space(text, lines->size, i);
        size_t new = space(good, good_size, j);

        if (old != new || memcmp(text + i, good + j, old) != 0)
            json_array_append_new(edits, edit(lines, i, i + old, good + j, new));
        i += old;
        j += new;
        if (i == lines->size && j == good_size)
            break;
        if (i == lines->size || j == good_size || text[i] != good[j] ||
            json_array_size(edits) > LSP_EDITS_MAX) {
            json_decref(edits);
            return NULL;
        }
        i++;
        j++;
    }
    return edits;
}

json_t *lsp_formatting(struct request *request)
{
    struct document *document = request_document(request);
    struct idl_result result;
    const char *good;
    size_t size;
    json_t *edits;

    if (document == NULL)
        return NULL;
    good = idl_format(document->path, document->text, document->size, &size, &result);
    if (good == NULL) {
        idl_free(&result);
        return refuse(request, LSP_REQUEST_FAILED,
                      "a text with errors in its syntax is left as it is: mend them first");
    }
    edits = edits_between(&document->lines, good, size);
    if (edits == NULL)
        edits = json_pack("[o]", edit(&document->lines, 0, document->size, good, size));
    idl_free(&result);
    return edits;
}
