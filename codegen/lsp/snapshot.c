/* snapshot.c - what the compiler says about a schema, unsaved texts included. */
#include "lsp/lsp.h"
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int copy(const char *from, size_t from_size, char **text, size_t *size)
{
    *text = must_allocate(from_size + 1);
    memcpy(*text, from, from_size);
    *size = from_size;
    return 0;
}

/* A file of the schema: thought of, open, or on disk. */
static int load(void *context, const char *path, char **text, size_t *size)
{
    const struct sources *sources = context;
    const struct document *document;
    struct stat status;

    for (size_t i = 0; i < sources->overlay_count; i++)
        if (strcmp(sources->overlays[i].path, path) == 0)
            return copy(sources->overlays[i].text, sources->overlays[i].size, text, size);
    document = document_by_path(sources->server, path);
    if (document != NULL)
        return copy(document->text, document->size, text, size);
    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode)) /* a pipe would never end */
        return EINVAL;
    return read_file(path, IDL_FILE_SIZE_MAX, text, size);
}

char *source_read(const struct sources *sources, const char *path, size_t *size)
{
    char *text = NULL;
    struct sources from = *sources;

    return load(&from, path, &text, size) == 0 ? text : NULL;
}

struct snapshot *snapshot_make(const struct sources *sources, const char *path, size_t complete_at)
{
    struct sources from = *sources;
    struct idl_loader loader = {load, &from};
    struct idl_options options = {.loader = &loader,
                                  .include_roots = sources->server->roots,
                                  .include_root_count = sources->server->root_count,
                                  .lint = true,
                                  .levels = sources->server->levels,
                                  .level_count = sources->server->level_count,
                                  .names = true,
                                  .complete = complete_at <= IDL_FILE_SIZE_MAX,
                                  .complete_at = (uint32_t)complete_at};
    struct snapshot *snapshot = must_allocate(sizeof *snapshot);

    *snapshot = (struct snapshot){0};
    idl_compile(path, &options, &snapshot->result);
    if (snapshot->result.out_of_memory || snapshot->result.io_error != 0) {
        snapshot_free(snapshot);
        return NULL;
    }
    snapshot->lines = must_allocate(snapshot->result.file_count * sizeof *snapshot->lines);
    memset(snapshot->lines, 0, snapshot->result.file_count * sizeof *snapshot->lines);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (size_t i = 0; snapshot->lines != NULL && i < snapshot->result.file_count; i++)
        lines_free(&snapshot->lines[i]);
    free(snapshot->lines);
    idl_free(&snapshot->result);
    free(snapshot);
}

const struct lines *snapshot_lines(struct snapshot *snapshot, const struct server *server,
                                   const struct idl_file *file)
{
    size_t i = 0;

    while (snapshot->result.files[i] != file)
        i++;
    if (snapshot->lines[i].text == NULL)
        lines_make(&snapshot->lines[i], file->text, file->size, server->utf8);
    return &snapshot->lines[i];
}

json_t *snapshot_range(struct snapshot *snapshot, const struct server *server, struct idl_span span)
{
    return lines_range(snapshot_lines(snapshot, server, span.file), span.start, span.end);
}

json_t *uri_of_file(const struct server *server, const char *path)
{
    const struct document *document = document_by_path(server, path);

    return document != NULL ? json_string(document->uri) : uri_of_path(path);
}

json_t *snapshot_location(struct snapshot *snapshot, const struct server *server,
                          struct idl_span span)
{
    return json_pack("{s:o, s:o}", "uri", uri_of_file(server, span.file->path), "range",
                     snapshot_range(snapshot, server, span));
}

/* ---- what is named where ---- */

bool symbol_is_message(const struct idl_symbol *symbol)
{
    return symbol->kind == IDL_SYMBOL_EVENT || symbol->kind == IDL_SYMBOL_COMMAND ||
           symbol->kind == IDL_SYMBOL_OLDER;
}

const char *symbol_name(const struct idl_symbol *symbol)
{
    return symbol_is_message(symbol) && symbol->message->base != NULL ? symbol->message->base
                                                                      : symbol->decl->name;
}

static bool holds(struct idl_span span, const struct idl_file *file, size_t offset)
{
    return span.file == file && span.start <= offset && offset <= span.end;
}

/* Both lists are sorted by place, the main file first, and spans of one list do not overlap: the
 * last one that begins at the offset or before it is the one, or none is; two that touch cannot
 * be, something stands between two names. */
bool snapshot_named(const struct snapshot *snapshot, size_t offset, struct named *named)
{
    const struct idl_file *main = snapshot->result.files[0];
    const struct idl_names *names = &snapshot->result.names;
    uint32_t low = 0;
    uint32_t high = names->use_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct idl_span span = names->uses[middle].span;

        if (span.file == main && span.start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    /* The bus of `common.money` ends where the name behind the point does not yet begin. */
    for (uint32_t back = 0; back < 2 && low > back; back++) {
        const struct idl_use *use = &names->uses[low - 1 - back];

        if (holds(use->span, main, offset)) {
            *named = (struct named){use->symbol, use->span};
            return true;
        }
    }
    low = 0;
    high = names->symbol_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct idl_span span = names->symbols[middle].decl->span;

        if (span.file == main && span.start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || !holds(names->symbols[low - 1].decl->span, main, offset))
        return false;
    *named = (struct named){&names->symbols[low - 1], names->symbols[low - 1].decl->span};
    return true;
}
