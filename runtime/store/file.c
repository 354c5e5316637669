/*
 * store/file.c - see file.h. The folder is opened first, and everything in it is looked at through
 * its descriptor without following links. It belongs to this user alone: once it has been looked at
 * nobody else can put anything into it, so SQLite may open the database by its path.
 *
 * Each opening makes the names durable, of the files and of the folder itself: who made them may
 * have been killed, or have failed, before that.
 */
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bus/store.h>

enum bus_status store_say(enum bus_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return bus_store_error(status, text);
}

static enum bus_status say_errno(const char *what, const char *path)
{
    return store_say(BUS_ERR_SYSTEM, "store: cannot %s %s: %s", what, path, strerror(errno));
}

/* ---- folder ---- */

/* The part of the path before its name. A relative one is kept with "./" before it: SQLite takes
 * "file:..." and ":memory:" for something else than a name. */
static enum bus_status split(struct store_file *file, const char *path,
                             char folder[STORE_PATH_SIZE])
{
    size_t size = path != NULL ? strnlen(path, STORE_PATH_SIZE) : 0;
    size_t before;

    /* With room for what is put before and behind it. */
    if (size == 0 || size > STORE_PATH_SIZE - 64 || path[size - 1] == '/')
        return store_say(BUS_ERR_INVALID, "store: the path is empty, too long or a folder");
    (void)snprintf(file->path, STORE_PATH_SIZE, "%s%s", path[0] == '/' ? "" : "./", path);
    before = (size_t)(strrchr(file->path, '/') - file->path);
    file->name = file->path + before + 1;
    memcpy(folder, file->path, before);
    folder[before] = '\0';
    if (before == 0)
        memcpy(folder, "/", 2);
    return BUS_OK;
}

static enum bus_status open_folder(struct store_file *file, const char *folder)
{
    struct stat found;
    bool made = !file->read_only && mkdir(folder, 0700) == 0;

    if (!made && !file->read_only && errno != EEXIST)
        return say_errno("make the folder", folder);
    file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (file->folder < 0 && (errno == ELOOP || errno == ENOTDIR))
        return store_say(BUS_ERR_INVALID, "store: %s is a link or no folder", folder);
    if (file->folder < 0 || fstat(file->folder, &found) != 0)
        return say_errno("open the folder", folder);
    if (found.st_uid != geteuid())
        return store_say(BUS_ERR_INVALID, "store: the folder %s belongs to another user", folder);
    if (made && fchmod(file->folder, 0700) != 0) /* some umasks leave less */
        return say_errno("set the mode of", folder);
    if (!made && (found.st_mode & 077) != 0)
        return store_say(BUS_ERR_INVALID,
                         "store: the folder %s is open to others (mode %03o): take a folder of its "
                         "own; it is made with mode 700 when it is not there",
                         folder, (unsigned)found.st_mode & 0777);
    return BUS_OK;
}

/* ---- files ---- */

static void name_beside(const struct store_file *file, const char *suffix,
                        char name[STORE_PATH_SIZE])
{
    (void)snprintf(name, STORE_PATH_SIZE, "%.4000s%s", file->name, suffix);
}

/* *there tells whether it is there; one that is must be ours alone. */
/* *size: -1: not there. */
static enum bus_status look_at(const struct store_file *file, const char *suffix, int64_t *size)
{
    char name[STORE_PATH_SIZE];
    struct stat found;

    name_beside(file, suffix, name);
    *size = -1;
    if (fstatat(file->folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? BUS_OK : say_errno("look at", name);
    if (!S_ISREG(found.st_mode) || found.st_nlink != 1)
        return store_say(BUS_ERR_INVALID, "store: %s%s is a link, or no file", file->path, suffix);
    if (found.st_uid != geteuid())
        return store_say(BUS_ERR_INVALID, "store: %s%s belongs to another user", file->path,
                         suffix);
    if ((found.st_mode & 0777) != 0600 && !file->read_only &&
        fchmodat(file->folder, name, 0600, 0) != 0)
        return say_errno("set the mode of", name);
    *size = found.st_size;
    return BUS_OK;
}

/* A folder above that may not be read is left to its owner. */
static enum bus_status sync_folders(const struct store_file *file)
{
    int above = openat(file->folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum bus_status status = BUS_OK;

    if (above < 0 && errno != EACCES)
        return say_errno("open the folder above that of", file->path);
    if (above >= 0 && fsync(above) != 0)
        status = say_errno("write the folder above that of", file->path);
    if (above >= 0)
        (void)close(above);
    if (status == BUS_OK && fsync(file->folder) != 0)
        status = say_errno("write the folder of", file->path);
    return status;
}

/* A new file with mode 0600, or the one that is there. -1 and errno. */
static int open_private(const struct store_file *file, const char *name, int flags)
{
    int opened =
        openat(file->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

    if (opened >= 0 && fchmod(opened, 0600) != 0) {
        int error = errno;

        (void)close(opened);
        errno = error;
        return -1;
    }
    return opened;
}

static enum bus_status take_lock(struct store_file *file)
{
    char name[STORE_PATH_SIZE];
    enum bus_status status;
    int64_t size;

    status = look_at(file, ".lock", &size);
    if (status != BUS_OK)
        return status;
    name_beside(file, ".lock", name);
    if (size < 0 && file->read_only)
        return BUS_OK; /* a copy: no bus ever had it */
    file->lock = file->read_only ? openat(file->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
                                 : open_private(file, name, 0);
    if (file->lock < 0)
        return say_errno("open", name);
    if (flock(file->lock, LOCK_EX | LOCK_NB) == 0)
        return BUS_OK;
    if (errno == EWOULDBLOCK)
        return store_say(BUS_ERR_STATE, "store: %s is in use by another bus", file->path);
    return say_errno("lock", name);
}

enum bus_status store_file_make(struct store_file *file)
{
    enum bus_status status;
    int64_t size;
    int made;

    status = look_at(file, "", &size);
    if (status == BUS_OK && size == 0)
        file->was_empty = true;
    if (status != BUS_OK || size >= 0)
        return status;
    made = open_private(file, file->name, O_EXCL);
    if (made < 0)
        return say_errno("make", file->path);
    (void)close(made);
    if (fsync(file->folder) != 0)
        return say_errno("write the folder of", file->path);
    return BUS_OK;
}

/* The database and what lies beside it, as it is. */
static enum bus_status look_at_all(struct store_file *file)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    enum bus_status status = BUS_OK;
    int64_t sizes[4] = {-1, -1, -1, -1};
    uint32_t i;

    for (i = 0; i < 4 && status == BUS_OK; i++)
        status = look_at(file, suffixes[i], &sizes[i]);
    if (status == BUS_OK && file->read_only && sizes[0] <= 0)
        status = store_say(BUS_ERR_INVALID, "store: %s %s", file->path,
                           sizes[0] < 0 ? "is not there" : "is empty");
    file->logged = sizes[1] > 0;
    file->shared = sizes[2] >= 0;
    return status;
}

enum bus_status store_file_open(struct store_file *file, const char *path, bool read_only)
{
    char folder[STORE_PATH_SIZE];
    enum bus_status status;

    file->folder = file->lock = -1;
    file->read_only = read_only;
    file->was_empty = file->logged = false;
    status = split(file, path, folder);
    if (status == BUS_OK)
        status = open_folder(file, folder);
    if (status == BUS_OK)
        status = take_lock(file);
    if (status == BUS_OK)
        status = look_at_all(file);
    if (status == BUS_OK && !read_only)
        status = store_file_make(file);
    if (status == BUS_OK && !read_only)
        status = sync_folders(file);
    if (status != BUS_OK)
        store_file_close(file);
    return status;
}

/* The lock file stays: whoever removes it might remove that of another bus. */
void store_file_close(struct store_file *file)
{
    char index[STORE_PATH_SIZE];

    /* Who reads a log makes an index of it, which is of no use to anybody else. */
    if (file->folder >= 0 && file->read_only && file->logged && !file->shared) {
        name_beside(file, "-shm", index);
        (void)unlinkat(file->folder, index, 0);
    }
    if (file->lock >= 0)
        (void)close(file->lock);
    if (file->folder >= 0)
        (void)close(file->folder);
    file->folder = file->lock = -1;
}

enum bus_status store_file_set_aside(struct store_file *file, uint64_t real_ns,
                                     char aside[STORE_PATH_SIZE])
{
    static const char *const suffixes[] = {"-wal", "-journal", "-shm", ""};
    char from[STORE_PATH_SIZE], to[STORE_PATH_SIZE];
    struct stat found;
    uint64_t stamp = real_ns / BUS_SECOND;
    uint32_t i;

    do
        (void)snprintf(aside, STORE_PATH_SIZE, "%.4000s.damaged-%" PRIu64, file->name, stamp++);
    while (fstatat(file->folder, aside, &found, AT_SYMLINK_NOFOLLOW) == 0);
    if (errno != ENOENT) /* it may be there, and must not be overwritten */
        return say_errno("look at", aside);
    /* The database goes last: what is interrupted here is damaged still. */
    for (i = 0; i < 4; i++) {
        name_beside(file, suffixes[i], from);
        (void)snprintf(to, sizeof to, "%.4080s%s", aside, suffixes[i]);
        if (renameat(file->folder, from, file->folder, to) != 0 && errno != ENOENT)
            return say_errno("set aside", from);
    }
    if (fsync(file->folder) != 0)
        return say_errno("write the folder of", file->path);
    return BUS_OK;
}
