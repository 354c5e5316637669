/*
 * source.c - files: loading them, checking their bytes, following imports.
 *
 * A file is known by its normalised path (no "." and "..", no double slashes), so that one reached
 * by two ways is loaded once. An import is looked up beside the file that names it, then in each
 * include root; it must lie in the main file's folder, below it, or in an include root.
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load_from_disk(void *context, const char *path, char **text, size_t *size)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 64 * 1024;
    char *data;
    int error = 0;

    (void)context;
    if (!file)
        return errno ? errno : EIO;
    data = memory_take(capacity);
    *size = 0;
    while (data && !error) {
        size_t got = fread(data + *size, 1, capacity - *size, file);
        char *grown;

        *size += got;
        if (ferror(file))
            error = errno ? errno : EIO;
        if (got == 0 || *size > IDL_FILE_SIZE_MAX)
            break;
        if (*size < capacity)
            continue;
        grown = memory_take(capacity * 2);
        if (grown)
            memcpy(grown, data, *size);
        free(data);
        data = grown;
        capacity *= 2;
    }
    fclose(file);
    if (!data)
        return ENOMEM;
    if (error) {
        free(data);
        return error;
    }
    *text = data;
    return 0;
}

/* ---- bytes ---- */

static void text_wrong(struct context *context, const struct idl_file *file, enum rule rule,
                       size_t at, size_t size, const char *text, const char *advice)
{
    struct idl_diagnostic *diagnostic =
        report(context, rule, span_of(file, (uint32_t)at, (uint32_t)(at + size)), "%s", text);

    advise(context, diagnostic, "%s", advice);
}

/* Length of the well-formed character at `at`, 0: malformed; its code point to *code. */
static size_t utf8_length(const unsigned char *at, size_t left, uint32_t *code)
{
    size_t size = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (size == 0 || *at > 0xf4 || left < size)
        return 0;
    *code = size == 1 ? *at : *at & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3f);
    }
    if (*code < least[size] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return size;
}

static bool reorders(uint32_t code)
{
    return code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool source_check_text(struct context *context, const struct idl_file *file)
{
    const unsigned char *text = (const unsigned char *)file->text;

    for (size_t at = 0; at < file->size;) {
        uint32_t code = text[at];
        size_t size = 1;

        if (code >= 0x20 && code < 0x7f) {
            at++;
            continue;
        }
        if (code >= 0x80)
            size = utf8_length(text + at, file->size - at, &code);
        if (size == 0) {
            text_wrong(context, file, RULE_NOT_UTF8, at, 1, "this byte is not UTF-8",
                       "save the file as UTF-8");
            return false;
        }
        if (code == 0) {
            text_wrong(context, file, RULE_NUL_BYTE, at, 1, "a NUL byte",
                       "a schema is a text file: remove the byte");
            return false;
        }
        if (reorders(code))
            text_wrong(context, file, RULE_BIDI_CHARACTER, at, size,
                       "a character that changes the direction of text",
                       "remove it: it makes the text look different from what it says");
        else if (code == 0x7f || (code >= 0x80 && code < 0xa0) ||
                 (code < 0x20 && code != '\t' && code != '\n' &&
                  !(code == '\r' && at + 1 < file->size && text[at + 1] == '\n')))
            text_wrong(context, file, RULE_CONTROL_CHARACTER, at, size, "a control character",
                       "remove it; only tab and line ends are allowed");
        at += size;
    }
    return true;
}

/* ---- paths ---- */

/* Joins folder and path (unless that is absolute) and normalises. "" is the current folder. */
static const char *path_join(struct context *context, const char *folder, const char *path)
{
    size_t size = strlen(folder) + strlen(path) + 2;
    bool below = *path != '/' && *folder;
    const char *joined = arena_join(context->arena, below ? folder : "", below ? "/" : "", path);
    char *out = arena_take(context->arena, size);
    char *end = out;
    char *floor;

    if (*joined == '/')
        *end++ = '/';
    floor = end; /* ".." does not go below */
    for (const char *at = joined; *at;) {
        size_t part = strcspn(at, "/");

        if (part == 2 && at[0] == '.' && at[1] == '.') {
            if (end > floor) {
                while (end > floor && end[-1] != '/')
                    end--;
                if (end > floor)
                    end--;
            } else if (*joined != '/') {
                if (end > out)
                    *end++ = '/';
                memcpy(end, "..", 2);
                end += 2;
                floor = end;
            }
        } else if (part > 0 && !(part == 1 && *at == '.')) {
            if (end > out && end[-1] != '/')
                *end++ = '/';
            memcpy(end, at, part);
            end += part;
        }
        at += part;
        at += *at == '/';
    }
    *end = '\0';
    return out;
}

static const char *path_folder(struct context *context, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return "";
    return arena_copy(context->arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static bool path_inside(const char *folder, const char *path)
{
    size_t size = strlen(folder);

    if (size == 0)
        return *path != '/' && strncmp(path, "../", 3) != 0;
    if (strncmp(folder, path, size) != 0)
        return false;
    if (folder[size - 1] != '/' && path[size] != '/')
        return false;
    path += size + (path[size] == '/');
    return strncmp(path, "../", 3) != 0;
}

static bool path_allowed(struct context *context, const char *path)
{
    const struct unit *main = context->units.items[0];

    if (path_inside(path_folder(context, path_join(context, "", main->file.path)), path))
        return true;
    for (size_t i = 0; i < context->options->include_root_count; i++)
        if (path_inside(path_join(context, "", context->options->include_roots[i]), path))
            return true;
    return false;
}

/* ---- loading ---- */

/* The unit of a normalised path, loaded and parsed; NULL with *error when it cannot be read. */
static struct unit *unit_load(struct context *context, const char *key, const char *path,
                              int *error)
{
    const struct idl_loader *loader = context->options->loader;
    struct unit *unit = map_find(&context->paths, key, strlen(key));
    char **owner;
    size_t size = 0;

    *error = 0;
    if (unit)
        return unit;
    owner = arena_adopt(context->arena);
    *error = loader ? loader->load(loader->context, path, owner, &size)
                    : load_from_disk(NULL, path, owner, &size);
    if (*error == ENOMEM)
        longjmp(*context->failure, 1);
    if (*error)
        return NULL;
    unit = arena_take(context->arena, sizeof *unit);
    unit->index = context->units.count;
    unit->file.path = arena_copy(context->arena, path, strlen(path));
    unit->bus = arena_take(context->arena, sizeof *unit->bus);
    unit->bus->file = &unit->file;
    unit->file.bus = unit->bus;
    list_add(context->arena, &context->units, unit);
    map_add(context->arena, &context->paths, key, strlen(key), unit);
    unit->file.text = "";
    context->source_bytes += size;
    if (size > IDL_FILE_SIZE_MAX || context->source_bytes > SOURCE_BYTES_MAX) {
        advise(context,
               report(context, RULE_FILE_TOO_LARGE, span_of(&unit->file, 0, 0),
                      size > IDL_FILE_SIZE_MAX ? "the file is larger than %d MiB"
                                               : "all files together are larger than %d MiB",
                      (size > IDL_FILE_SIZE_MAX ? IDL_FILE_SIZE_MAX : SOURCE_BYTES_MAX) >> 20),
               size > IDL_FILE_SIZE_MAX ? "split it into several files and import them"
                                        : "split the schema into buses of their own");
        free(*owner);
        *owner = NULL;
        return unit;
    }
    unit->file.text = arena_copy(context->arena, *owner, size);
    unit->file.size = size;
    free(*owner);
    *owner = NULL;
    if (source_check_text(context, &unit->file))
        parse_unit(context, unit);
    return unit;
}

static void import_wrong(struct context *context, const struct import_node *import, enum rule rule,
                         const char *text, const char *advice)
{
    advise(context, report(context, rule, import->span, "%s", text), "%s", advice);
}

/* Finds and loads what one import names. */
static void import_load(struct context *context, struct unit *unit, struct import_node *import)
{
    const char *folder = path_folder(context, unit->file.path);
    const char *path = import->path;
    const char *key;
    bool allowed;
    int error = 0;

    if (*path == '/') {
        import_wrong(context, import, RULE_IMPORT_ABSOLUTE, "an import must not be absolute",
                     "name it relative to this file, or to an include root (-I)");
        return;
    }
    if (context->units.count >= IDL_FILES_MAX) {
        report(context, RULE_TOO_MANY_FILES, import->span, "more than %d files", IDL_FILES_MAX);
        return;
    }
    key = path_join(context, folder, path);
    allowed = path_allowed(context, key);
    if (allowed)
        import->unit = unit_load(context, key, key, &error);
    for (size_t i = 0; !import->unit && i < context->options->include_root_count; i++) {
        const char *other = path_join(context, context->options->include_roots[i], path);

        if (!path_allowed(context, other))
            continue;
        allowed = true;
        import->unit = unit_load(context, other, other, &error);
    }
    if (import->unit)
        return;
    if (!allowed)
        import_wrong(context, import, RULE_IMPORT_ESCAPE,
                     "this import leaves the folder of the main file",
                     "move the file, or allow its folder as an include root (-I)");
    else
        advise(context,
               report(context, RULE_IMPORT_MISSING, import->span, "cannot read %s: %s",
                      quote(context, import->span), strerror(error)),
               "imports are looked up beside this file, then in the include roots (-I)");
}

/* "types" of "parts/types.bus". */
static const char *file_stem(const char *path, size_t *size)
{
    const char *slash = strrchr(path, '/');

    path = slash ? slash + 1 : path;
    *size = strlen(path);
    if (*size > 4 && strcmp(path + *size - 4, ".bus") == 0)
        *size -= 4;
    return path;
}

/* What is generated is called as the file, without its folder. */
static void check_file_name(struct context *context, const struct import_node *import)
{
    size_t size;
    const char *name = file_stem(import->unit->file.path, &size);

    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *other = context->units.items[i];
        size_t other_size;
        const char *other_name = file_stem(other->file.path, &other_size);
        struct idl_diagnostic *diagnostic;

        if (other == import->unit || size != other_size || memcmp(name, other_name, size) != 0)
            continue;
        diagnostic = report(context, RULE_IMPORT_FILE_NAME, import->span,
                            "another file of this schema is called '%.*s' too", (int)size, name);
        partner(diagnostic, span_of(&other->file, 0, 0), "it is this one");
        advise(context, diagnostic, "rename one of them: both would generate %.*s.bus.h", (int)size,
               name);
        return;
    }
}

/* Imports of a unit, depth first; depth <= IDL_FILES_MAX. */
static void imports_follow(struct context *context, struct unit *unit)
{
    unit->progress = PROGRESS_OPEN;
    for (struct import_node *import = unit->imports; import; import = import->next) {
        import_load(context, unit, import);
        if (!import->unit)
            continue;
        for (struct import_node *other = unit->imports; other != import; other = other->next)
            if (other->unit == import->unit) {
                struct idl_diagnostic *diagnostic =
                    report(context, RULE_IMPORT_TWICE, import->span, "imported twice");

                advise(context, diagnostic, "remove one of the two lines");
                partner(diagnostic, other->span, "first imported here");
                import->used = true;
                break;
            }
        if (import->unit->progress == PROGRESS_OPEN) {
            import_wrong(context, import, RULE_IMPORT_CYCLE,
                         import->unit == unit ? "a file cannot import itself"
                                              : "this import closes a circle of files",
                         "move what both need into a third file");
            import->used = true;
            import->unit = NULL;
            continue;
        }
        if (import->unit->progress == PROGRESS_NEW) {
            check_file_name(context, import);
            imports_follow(context, import->unit);
        }
        fingerprint_import(unit, import->unit);
    }
    unit->progress = PROGRESS_DONE;
}

bool source_load(struct context *context, const char *path)
{
    struct unit *unit =
        unit_load(context, path_join(context, "", path), path, &context->result->io_error);

    if (!unit)
        return false;
    imports_follow(context, unit);
    return true;
}
