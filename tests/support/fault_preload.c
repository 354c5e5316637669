/*
 * fault_preload - makes one call of a program as it is fail; LD_PRELOAD it. tests/support/faults
 * does that for every call in turn. By environment:
 *
 *   FAULT_CALL   alloc, open, read, write, fsync, close, rename, mkdir, fopen
 *   FAULT_AT     which one, from 1
 *   FAULT_ALWAYS 1: all later ones too
 *   FAULT_ERROR  the errno value, ENOSPC by default (ENOMEM for alloc); 0: a short read or write
 *   FAULT_MARK   a descriptor that receives a byte when the fault has happened
 *
 * Calls count from the start of the program's own constructors; alloc is malloc, calloc, realloc
 * and the aligned ones, from shared libraries too. Not for programs under a sanitizer.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* The C library's own names of its allocator; looking malloc up with dlsym would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

static const char *target; /* NULL until the constructor ran */
static unsigned long fails_at;
static bool for_ever;
static int fault_error;
static int mark = -1;
static atomic_ulong seen;

static long number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text != NULL && *text != '\0' ? strtol(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void begin(void)
{
    const char *call = getenv("FAULT_CALL");

    if (call == NULL)
        return;
    fails_at = (unsigned long)number_of("FAULT_AT", 1);
    for_ever = number_of("FAULT_ALWAYS", 0) != 0;
    fault_error = (int)number_of("FAULT_ERROR", strcmp(call, "alloc") == 0 ? ENOMEM : ENOSPC);
    mark = (int)number_of("FAULT_MARK", -1);
    target = call;
}

static ssize_t real_write(int file, const void *bytes, size_t size)
{
    static ssize_t (*next)(int, const void *, size_t);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "write");
    return next(file, bytes, size);
}

static bool fails(const char *call)
{
    unsigned long nth;

    if (target == NULL || strcmp(target, call) != 0)
        return false;
    nth = atomic_fetch_add(&seen, 1) + 1;
    if (nth != fails_at && !(for_ever && nth > fails_at))
        return false;
    if (mark >= 0 && real_write(mark, "x", 1) < 0)
        _exit(125);
    errno = fault_error;
    return true;
}

void *malloc(size_t size)
{
    return fails("alloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails("alloc") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails("alloc") ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails("alloc") ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **memory, size_t align, size_t size)
{
    if (fails("alloc"))
        return ENOMEM;
    *memory = __libc_memalign(align, size);
    return *memory != NULL ? 0 : ENOMEM;
}

int open(const char *path, int flags, ...)
{
    static int (*next)(const char *, int, ...);
    va_list rest;
    unsigned mode;

    va_start(rest, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "open");
    return fails("open") ? -1 : next(path, flags, mode);
}

ssize_t read(int file, void *bytes, size_t size)
{
    static ssize_t (*next)(int, void *, size_t);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "read");
    if (!fails("read"))
        return next(file, bytes, size);
    return fault_error != 0 ? -1 : next(file, bytes, size / 2 + 1);
}

ssize_t write(int file, const void *bytes, size_t size)
{
    /* Standard streams tell the user of the fault; they stay whole. */
    if (file <= STDERR_FILENO || !fails("write"))
        return real_write(file, bytes, size);
    return fault_error != 0 ? -1 : real_write(file, bytes, size / 2 + 1);
}

int fsync(int file)
{
    static int (*next)(int);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    return fails("fsync") ? -1 : next(file);
}

/* The descriptor is gone, as Linux does it, and the error is told. */
int close(int file)
{
    static int (*next)(int);
    int result;

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "close");
    result = next(file);
    return fails("close") ? -1 : result;
}

int rename(const char *from, const char *to)
{
    static int (*next)(const char *, const char *);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "rename");
    return fails("rename") ? -1 : next(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    static int (*next)(const char *, mode_t);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "mkdir");
    return fails("mkdir") ? -1 : next(path, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    static FILE *(*next)(const char *, const char *);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "fopen");
    return fails("fopen") ? NULL : next(path, mode);
}
