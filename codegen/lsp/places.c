/*
 * places.c - every place where something is declared or named: in the open documents, what they
 * import, and the schemas of the workspace.
 */
#include "lsp/lsp.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the workspace ---- */

struct search {
    struct memory *memory;
    const char **paths;
    size_t count;
    size_t entries;
    bool cut;
};

static bool is_schema(const char *name)
{
    size_t size = strlen(name);

    return size > 4 && strcmp(name + size - 4, ".bus") == 0;
}

/* DT_DIR or DT_REG; anything else is passed over, links too. */
static int type_of(const char *path, const struct dirent *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (lstat(path, &status) != 0)
        return DT_UNKNOWN;
    return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
}

static void add_schema(struct search *search, const char *path)
{
    if (search->count == LSP_WORKSPACE_FILES_MAX)
        search->cut = true;
    else
        search->paths[search->count++] = path;
}

/* `depth`: how many folders may be inside of this one; -1: none is looked into. */
static void look_into(struct search *search, const char *folder, int depth)
{
    DIR *list = opendir(folder);

    if (list == NULL)
        return; /* what we may not read we may not change either */
    for (const struct dirent *entry = readdir(list); entry != NULL && !search->cut;
         entry = readdir(list)) {
        const char *path;
        int type;

        search->cut = ++search->entries > LSP_WORKSPACE_ENTRIES_MAX;
        if (*entry->d_name == '.' || (entry->d_type == DT_REG && !is_schema(entry->d_name)))
            continue;
        path =
            join(search->memory, strcmp(folder, "/") == 0 ? "" : folder, "/", entry->d_name, NULL);
        type = type_of(path, entry);
        if (type == DT_REG && is_schema(entry->d_name))
            add_schema(search, path);
        else if (type == DT_DIR && depth > 0)
            look_into(search, path, depth - 1);
        else if (type == DT_DIR && depth == 0)
            search->cut = true;
    }
    closedir(list);
}

bool workspace_schemas(const struct server *server, struct memory *memory, const char *path,
                       const char **paths, size_t *count)
{
    struct search search = {.memory = memory, .paths = paths};
    const char *slash = strrchr(path, '/');

    for (size_t i = 0; i < server->folder_count; i++)
        look_into(&search, server->folders[i], LSP_WORKSPACE_DEPTH_MAX);
    if (server->folder_count == 0 && *path == '/' && slash > path) {
        char *folder = allocate(memory, (size_t)(slash - path) + 1);

        memcpy(folder, path, (size_t)(slash - path));
        look_into(&search, folder, -1);
    }
    *count = search.count;
    return !search.cut;
}

/* ---- places ---- */

/* What is looked for. A symbol lives no longer than its snapshot, so it is known by this. Messages
 * of one name are versions of one message. */
struct wanted {
    const char *path;
    const char *name;
    enum idl_symbol_kind kind; /* of a message always EVENT */
    uint32_t parent;           /* where that is declared */
};

static uint32_t parent_of(const struct idl_symbol *symbol)
{
    return symbol->parent != NULL ? symbol->parent->decl->span.start : UINT32_MAX;
}

static enum idl_symbol_kind kind_of(const struct idl_symbol *symbol)
{
    return symbol_is_message(symbol) ? IDL_SYMBOL_EVENT : symbol->kind;
}

static bool is_wanted(const struct wanted *wanted, const struct idl_symbol *symbol)
{
    return kind_of(symbol) == wanted->kind && parent_of(symbol) == wanted->parent &&
           strcmp(symbol_name(symbol), wanted->name) == 0 &&
           strcmp(symbol->decl->file->path, wanted->path) == 0;
}

static struct known_place *add(struct places *places, struct idl_span span)
{
    const char *path = places->count > 0 ? places->items[places->count - 1].path : NULL;

    if (places->count == places->capacity) {
        struct known_place *items;

        places->capacity = places->capacity != 0 ? 2 * places->capacity : 64;
        items = allocate(places->memory, places->capacity * sizeof *items);
        if (places->count > 0)
            memcpy(items, places->items, places->count * sizeof *items);
        places->items = items;
    }
    if (path == NULL || strcmp(path, span.file->path) != 0)
        path = join(places->memory, span.file->path, NULL);
    places->items[places->count] =
        (struct known_place){.path = path, .start = span.start, .end = span.end};
    return &places->items[places->count++];
}

static void add_declaration(struct places *places, const struct idl_symbol *symbol)
{
    struct known_place *place = add(places, symbol->decl->span);

    place->declares = true;
    if (!symbol_is_message(symbol))
        return;
    place->was_start = symbol->message->was_start;
    place->was_end = symbol->message->was_end;
    if (symbol->decl->was != NULL)
        place->was = join(places->memory, symbol->decl->was, NULL);
}

/* Those of one schema; whether it knows what is looked for at all. */
static bool collect(struct places *places, const struct wanted *wanted,
                    const struct snapshot *snapshot)
{
    const struct idl_names *names = &snapshot->result.names;
    bool known = false;

    for (uint32_t i = 0; i < names->symbol_count; i++)
        if (is_wanted(wanted, &names->symbols[i])) {
            add_declaration(places, &names->symbols[i]);
            known = true;
        }
    for (uint32_t i = 0; known && i < names->use_count; i++)
        if (is_wanted(wanted, names->uses[i].symbol))
            add(places, names->uses[i].span);
    return known;
}

static int by_place(const void *left, const void *right)
{
    const struct known_place *a = left;
    const struct known_place *b = right;
    int order = strcmp(a->path, b->path);

    if (order != 0)
        return order;
    return a->start < b->start ? -1 : a->start > b->start;
}

static bool is_covered(const struct server *server, const char *path)
{
    for (size_t i = 0; i < server->document_count; i++)
        for (size_t j = 0; j < server->documents[i]->part_count; j++)
            if (strcmp(server->documents[i]->parts[j], path) == 0)
                return true;
    return document_by_path(server, path) != NULL;
}

static void add_root(struct places *places, const char *path, const struct snapshot *snapshot)
{
    struct known_root *root = &places->roots[places->root_count++];

    root->path = join(places->memory, path, NULL);
    root->errors = snapshot->result.errors;
}

void places_find(struct server *server, struct document *document, const struct idl_symbol *symbol,
                 struct places *places)
{
    struct sources sources = {.server = server};
    const struct wanted wanted = {join(places->memory, symbol->decl->file->path, NULL),
                                  join(places->memory, symbol_name(symbol), NULL), kind_of(symbol),
                                  parent_of(symbol)};
    const char *paths[LSP_WORKSPACE_FILES_MAX];
    size_t count;
    size_t kept = 0;

    for (size_t i = 0; i < server->document_count; i++) {
        const struct snapshot *snapshot = snapshot_of(server, server->documents[i]);

        if (snapshot != NULL && collect(places, &wanted, snapshot))
            add_root(places, server->documents[i]->path, snapshot);
    }
    places->cut = !workspace_schemas(server, places->memory, document->path, paths, &count);
    for (size_t i = 0; i < count; i++) {
        struct snapshot *snapshot =
            is_covered(server, paths[i]) ? NULL : snapshot_make(&sources, paths[i], SIZE_MAX);

        if (snapshot != NULL && collect(places, &wanted, snapshot))
            add_root(places, paths[i], snapshot);
        snapshot_free(snapshot);
    }
    if (places->count > 0)
        qsort(places->items, places->count, sizeof *places->items, by_place);
    for (size_t i = 0; i < places->count; i++)
        if (kept == 0 || by_place(&places->items[kept - 1], &places->items[i]) != 0)
            places->items[kept++] = places->items[i];
    places->count = kept;
}
