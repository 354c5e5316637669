/* file_calls.c - see file_calls.h. */
#include "file_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[] = {"mkdir",    "open",   "fstat", "fchmod", "fstatat",
                                    "fchmodat", "openat", "flock", "fsync",  "renameat"};
static uint64_t made[sizeof names / sizeof names[0]];
static uint64_t countdown; /* 1: the next */
static bool stays;
static int what;
static const char *struck;

void file_calls_arm(uint64_t nth, bool for_ever, int error)
{
    countdown = nth;
    stays = for_ever;
    what = error;
    struck = NULL;
}

const char *file_calls_struck(void)
{
    return struck;
}

uint64_t file_calls_made(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return made[i];
    return 0;
}

static bool fails(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        made[i] += strcmp(names[i], name) == 0;
    if (countdown == 0)
        return false;
    if (countdown > 1) {
        countdown--;
        return false;
    }
    if (!stays)
        countdown = 0;
    if (struck == NULL)
        struck = name;
    errno = what;
    return true;
}

int __real_mkdir(const char *path, mode_t mode);
int __real_open(const char *path, int flags, mode_t mode);
int __real_fstat(int file, struct stat *found);
int __real_fchmod(int file, mode_t mode);
int __real_fstatat(int folder, const char *path, struct stat *found, int flags);
int __real_fchmodat(int folder, const char *path, mode_t mode, int flags);
int __real_openat(int folder, const char *path, int flags, mode_t mode);
int __real_flock(int file, int operation);
int __real_fsync(int file);
int __real_renameat(int from_folder, const char *from, int to_folder, const char *to);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_open(const char *path, int flags, ...);
int __wrap_fstat(int file, struct stat *found);
int __wrap_fchmod(int file, mode_t mode);
int __wrap_fstatat(int folder, const char *path, struct stat *found, int flags);
int __wrap_fchmodat(int folder, const char *path, mode_t mode, int flags);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_flock(int file, int operation);
int __wrap_fsync(int file);
int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to);

int __wrap_mkdir(const char *path, mode_t mode)
{
    return fails("mkdir") ? -1 : __real_mkdir(path, mode);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __wrap_fstat(int file, struct stat *found)
{
    return fails("fstat") ? -1 : __real_fstat(file, found);
}

int __wrap_fchmod(int file, mode_t mode)
{
    return fails("fchmod") ? -1 : __real_fchmod(file, mode);
}

int __wrap_fstatat(int folder, const char *path, struct stat *found, int flags)
{
    return fails("fstatat") ? -1 : __real_fstatat(folder, path, found, flags);
}

int __wrap_fchmodat(int folder, const char *path, mode_t mode, int flags)
{
    return fails("fchmodat") ? -1 : __real_fchmodat(folder, path, mode, flags);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails("openat") ? -1 : __real_openat(folder, path, flags, mode);
}

int __wrap_flock(int file, int operation)
{
    return fails("flock") ? -1 : __real_flock(file, operation);
}

int __wrap_fsync(int file)
{
    return fails("fsync") ? -1 : __real_fsync(file);
}

int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return fails("renameat") ? -1 : __real_renameat(from_folder, from, to_folder, to);
}
