/* breaking/lock.c - busgen lock: the version of a schema that is released now, kept for ever. */
#include "breaking/lock.h"
#include "breaking/breaking.h"
#include "breaking/older.h"
#include "command/command.h"
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const prefix = "lock";

/* The disk, seen as "lock/path" and "lock/-I/N/path": as the lock names its files. */
struct disk {
    struct memory *memory;
    const char *folder; /* with a slash, or "" */
    const struct options *options;
};

static int load_from_disk(void *context, const char *path, char **text, size_t *size)
{
    const struct disk *disk = context;
    const char *folder = disk->folder;
    const char *slash = "";
    size_t length = strlen(prefix);
    size_t root;

    *text = NULL;
    if (strncmp(path, prefix, length) != 0 || path[length] != '/')
        return ENOENT;
    path += length + 1;
    if (older_in_root(&path, &root)) {
        if (root >= disk->options->root_count)
            return ENOENT;
        folder = disk->options->roots[root];
        slash = "/";
    }
    return read_file(join(disk->memory, folder, slash, path, NULL), IDL_FILE_SIZE_MAX, text, size);
}

/* The schema as it is now, its files named as in the lock. */
static bool compile_for_lock(struct memory *memory, const struct options *options, const char *name,
                             const char *folder, struct olders *now)
{
    const char *roots[ROOTS_MAX];
    struct disk disk = {memory, folder, options};
    struct idl_loader loader = {load_from_disk, &disk};
    struct idl_options idl = {
        .loader = &loader, .include_roots = roots, .include_root_count = options->root_count};

    older_roots(memory, prefix, options->root_count, roots);
    return older_compile(memory, join(memory, prefix, "/", name, NULL), &idl, name, now);
}

static struct lock_version version_of(struct memory *memory, const struct idl_result *result)
{
    struct lock_file *files = allocate(memory, result->file_count * sizeof(*files));

    for (size_t i = 0; i < result->file_count; i++) {
        const struct idl_file *file = result->files[i];

        files[i] = (struct lock_file){file->path + strlen(prefix) + 1, file->text, file->size};
    }
    return (struct lock_version){result->bus->version, files, result->file_count};
}

/* One finding about the version of the schema. */
static enum exit_code refuse(const struct options *options, const struct idl_bus *bus,
                             const char *rule, const char *text, const char *advice)
{
    struct idl_diagnostic diagnostic = {.severity = IDL_ERROR,
                                        .rule = rule,
                                        .span = bus->decl.span,
                                        .text = text,
                                        .advice = advice};

    report_diagnostic(options, &diagnostic);
    return EXIT_FINDINGS;
}

static enum exit_code add(struct memory *memory, const struct options *options, struct lock *lock,
                          const struct idl_bus *bus, struct olders *now)
{
    const struct idl_result *result = &now->items[0].result;
    const char *version = decimal(memory, bus->version);
    struct olders locked = {0};
    bool same;

    if (lock->bus == NULL)
        lock->bus = bus->decl.name;
    if (strcmp(lock->bus, bus->decl.name) != 0)
        return refuse(options, bus, "bus-renamed",
                      join(memory, lock->path, " is of the bus '", lock->bus, "'", NULL),
                      "give the schema its name back, or begin a lock file of its own");
    for (size_t i = 0; i < lock->version_count; i++) {
        if (lock->versions[i].version != bus->version)
            continue;
        if (!older_from_lock(memory, lock, i, &locked))
            return EXIT_WRONG_USE;
        same = breaking_same_schema(locked.items[0].result.bus, result->bus);
        older_free(&locked);
        if (same) {
            printf("version %s is locked already\n", version);
            return EXIT_FINE;
        }
        return refuse(options, bus, "version-not-raised",
                      join(memory, "version ", version, " is locked in ", lock->path,
                           ", and the schema says something else now", NULL),
                      join(memory, "raise the version to ",
                           decimal(memory, lock->versions[lock->version_count - 1].version + 1U),
                           "; if ", version, " was never released, remove it from the lock file",
                           NULL));
    }
    if (lock->version_count != 0 && lock->versions[lock->version_count - 1].version > bus->version)
        return refuse(options, bus, "version-lowered",
                      join(memory, "version ",
                           decimal(memory, lock->versions[lock->version_count - 1].version),
                           " is locked already", NULL),
                      "versions only go up");
    lock_add_version(memory, lock, version_of(memory, result));
    if (!lock_write(memory, lock))
        return EXIT_WRONG_USE;
    printf("version %s is locked in %s\n", version, lock->path);
    return EXIT_FINE;
}

enum exit_code run_lock(struct memory *memory, const struct options *options)
{
    const char *file = options->arguments[0];
    const char *slash = strrchr(file, '/');
    size_t size = slash != NULL ? (size_t)(slash - file) + 1 : 0;
    char *folder = allocate(memory, size + 1);
    struct options settled = *options; /* other findings are for busgen check */
    struct olders now = {0};
    struct idl_result result;
    enum exit_code code;
    struct lock lock;
    bool exists;

    if (size != 0)
        memcpy(folder, file, size);
    settled.only_fixed = true;
    if (!compile(memory, file, &settled, &result, &code))
        return code;
    if (!lock_read(memory, join(memory, file, ".lock", NULL), &lock, &exists) ||
        !compile_for_lock(memory, options, file + size, folder, &now))
        code = EXIT_WRONG_USE;
    else
        code = add(memory, options, &lock, result.bus, &now);
    older_free(&now);
    idl_free(&result);
    return code;
}
