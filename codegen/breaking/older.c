/* older.c - see older.h: .bus files, git, lock files. */
#include "breaking/older.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- compiling ---- */

static struct older *add(struct memory *memory, struct olders *olders)
{
    struct older *items;

    if (olders->count < olders->capacity)
        return &olders->items[olders->count];
    olders->capacity = olders->capacity * 2 + 8;
    items = allocate(memory, olders->capacity * sizeof(*items));
    if (olders->count != 0)
        memcpy(items, olders->items, olders->count * sizeof(*items));
    olders->items = items;
    return &olders->items[olders->count];
}

bool older_compile(struct memory *memory, const char *path, const struct idl_options *idl,
                   const char *origin, struct olders *olders)
{
    struct older *older = add(memory, olders);
    struct idl_result *result = &older->result;
    struct idl_options settled = *idl; /* rules of today do not judge it */

    older->origin = origin;
    settled.only_fixed = true;
    settled.only_model = true;
    if (idl_compile(path, &settled, result)) {
        olders->count++;
        return true;
    }
    if (result->out_of_memory)
        out_of_memory();
    if (result->io_error != 0)
        fprintf(stderr, "busgen: cannot read '%s': %s\n", path, strerror(result->io_error));
    else
        fprintf(stderr, "busgen: %s is no valid schema:\n", origin);
    for (size_t i = 0; i < result->diagnostic_count; i++) {
        char *text;

        if (result->diagnostics[i].severity != IDL_ERROR)
            continue;
        text = idl_diagnostic_text(&result->diagnostics[i], false);
        if (text == NULL)
            out_of_memory();
        fputs(text, stderr);
        free(text);
    }
    idl_free(result);
    return false;
}

void older_roots(struct memory *memory, const char *prefix, size_t count, const char **roots)
{
    for (size_t i = 0; i < count; i++)
        roots[i] = join(memory, prefix, "/-I/", decimal(memory, i), NULL);
}

bool older_in_root(const char **path, size_t *root)
{
    char *end;
    unsigned long number;

    if (strncmp(*path, "-I/", 3) != 0)
        return false;
    number = strtoul(*path + 3, &end, 10);
    if (*end != '/')
        return false;
    *root = number;
    *path = end + 1;
    return true;
}

/* ---- git ---- */

struct git {
    struct memory *memory;
    const char *prefix; /* "git:v1.2" */
    const char *revision;
    const char *folder; /* of the schema */
    const char *name;   /* of its file there */
    const struct options *options;
};

/* Everything that arrives at a descriptor; NULL with errno. */
static char *read_all(int from, size_t *size)
{
    size_t capacity = 64 * 1024;
    char *data = must_allocate(capacity);

    *size = 0;
    for (;;) {
        ssize_t got = read(from, data + *size, capacity - *size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(data);
            return NULL;
        }
        if (got == 0 || *size > IDL_FILE_SIZE_MAX)
            return data; /* idl refuses what is larger */
        *size += (size_t)got;
        if (*size == capacity) {
            capacity *= 2;
            data = must_reallocate(data, capacity);
        }
    }
}

/* Runs git with its output to `to`, its complaints to nowhere unless `loud`. */
static int start(const char *folder, const char *object, int to, int other, bool loud, pid_t *child)
{
    char *arguments[] = {"git", "-C", NULL, "show", NULL, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    /* posix_spawn changes none of them */
    arguments[2] = (char *)(uintptr_t)folder;
    arguments[4] = (char *)(uintptr_t)object;
    error = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_addclose(&actions, other);
    if (error == 0 && !loud)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
    if (error == 0)
        error = posix_spawnp(child, "git", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* git -C folder show REV:./path; an errno value, ENOENT when git has no such file. */
static int show(const char *folder, const char *object, bool loud, char **text, size_t *size)
{
    int ends[2];
    pid_t child;
    int status = 0;
    int error;

    if (pipe(ends) != 0)
        return errno;
    error = start(folder, object, ends[1], ends[0], loud, &child);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return error;
    }
    *text = read_all(ends[0], size);
    error = *text == NULL ? errno : 0;
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (error == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
        *size <= IDL_FILE_SIZE_MAX)
        error = ENOENT;
    if (error != 0) {
        free(*text);
        *text = NULL;
    }
    return error;
}

/* "git:REV/-I/2/common.bus" is common.bus below the third include root. */
static int load_from_git(void *context, const char *path, char **text, size_t *size)
{
    const struct git *git = context;
    size_t length = strlen(git->prefix);
    const char *folder = git->folder;
    bool main;
    size_t root;

    *text = NULL;
    if (strncmp(path, git->prefix, length) != 0 || path[length] != '/')
        return ENOENT;
    path += length + 1;
    main = strcmp(path, git->name) == 0; /* imports are looked for in several places */
    if (older_in_root(&path, &root)) {
        if (root >= git->options->root_count)
            return ENOENT;
        folder = git->options->roots[root];
    }
    return show(folder, join(git->memory, git->revision, ":./", path, NULL), main, text, size);
}

static bool load_git(struct memory *memory, const struct options *options, const char *file,
                     const char *against, struct olders *olders)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    const char *roots[ROOTS_MAX];
    struct git git = {.memory = memory,
                      .prefix = against,
                      .revision = against + strlen("git:"),
                      .folder = ".",
                      .name = name,
                      .options = options};
    struct idl_loader loader = {load_from_git, &git};
    struct idl_options idl = {
        .loader = &loader, .include_roots = roots, .include_root_count = options->root_count};
    char *folder;

    if (*git.revision == '\0' || *git.revision == '-' || strchr(git.revision, ':') != NULL) {
        fprintf(stderr, "busgen: '%s': git: is followed by a revision, as in git:v1.2\n", against);
        return false;
    }
    if (slash != NULL) {
        folder = allocate(memory, (size_t)(slash - file) + 2);
        memcpy(folder, file, slash == file ? 1 : (size_t)(slash - file));
        git.folder = folder;
    }
    older_roots(memory, against, options->root_count, roots);
    return older_compile(memory, join(memory, against, "/", name, NULL), &idl, against, olders);
}

/* ---- lock files ---- */

struct locked {
    const char *prefix; /* "shop.bus.lock@2" */
    const struct lock_version *version;
};

static int load_from_lock(void *context, const char *path, char **text, size_t *size)
{
    const struct locked *locked = context;
    size_t length = strlen(locked->prefix);

    *text = NULL;
    if (strncmp(path, locked->prefix, length) != 0 || path[length] != '/')
        return ENOENT;
    for (size_t i = 0; i < locked->version->file_count; i++) {
        const struct lock_file *file = &locked->version->files[i];

        if (strcmp(file->path, path + length + 1) != 0)
            continue;
        *text = must_allocate(file->size + 1);
        memcpy(*text, file->text, file->size);
        *size = file->size;
        return 0;
    }
    return ENOENT;
}

bool older_from_lock(struct memory *memory, const struct lock *lock, size_t index,
                     struct olders *olders)
{
    const struct lock_version *version = &lock->versions[index];
    const char *slash = strrchr(lock->path, '/');
    const char *prefix = join(memory, slash != NULL ? slash + 1 : lock->path, "@",
                              decimal(memory, version->version), NULL);
    const char *roots[ROOTS_MAX];
    struct locked locked = {prefix, version};
    struct idl_loader loader = {load_from_lock, &locked};
    struct idl_options idl = {.loader = &loader, .include_roots = roots, .include_root_count = 0};

    for (size_t i = 0; i < version->file_count; i++) {
        const char *path = version->files[i].path;
        size_t root;

        if (older_in_root(&path, &root) && root < ROOTS_MAX && root >= idl.include_root_count)
            idl.include_root_count = root + 1;
    }
    older_roots(memory, prefix, idl.include_root_count, roots);
    return older_compile(memory, join(memory, prefix, "/", version->files[0].path, NULL), &idl,
                         prefix, olders);
}

/* ---- all ---- */

bool older_is_lock(const char *against)
{
    size_t size = strlen(against);

    return strncmp(against, "git:", 4) != 0 && size > 5 && strcmp(against + size - 5, ".lock") == 0;
}

bool older_load(struct memory *memory, const struct options *options, const char *file,
                const char *against, struct olders *olders)
{
    struct idl_options idl = {.include_roots = options->roots,
                              .include_root_count = options->root_count};

    if (strncmp(against, "git:", 4) == 0)
        return load_git(memory, options, file, against, olders);
    return older_compile(memory, against, &idl, against, olders);
}

bool older_read_lock(struct memory *memory, const char *path, struct lock *lock)
{
    bool exists;

    if (!lock_read(memory, path, lock, &exists))
        return false;
    if (exists && lock->version_count != 0)
        return true;
    fprintf(stderr, "busgen: '%s' %s; 'busgen lock' adds the version of a schema\n", path,
            exists ? "has no version" : "is not there");
    return false;
}

bool older_load_all(struct memory *memory, const struct options *options, const char *file,
                    const char *against, struct olders *olders)
{
    struct lock lock;

    if (!older_is_lock(against))
        return older_load(memory, options, file, against, olders);
    if (!older_read_lock(memory, against, &lock))
        return false;
    for (size_t i = 0; i < lock.version_count; i++)
        if (!older_from_lock(memory, &lock, i, olders))
            return false;
    return true;
}

void older_free(struct olders *olders)
{
    for (size_t i = 0; i < olders->count; i++)
        idl_free(&olders->items[i].result);
    olders->count = 0;
}
