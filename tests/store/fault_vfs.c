/* fault_vfs.c - see fault_vfs.h. */
#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

struct faulty {
    sqlite3_file base;
    struct image *image; /* NULL: it is not recorded */
    sqlite3_file *real;  /* behind this struct */
};

/* One write or truncation. */
struct change {
    struct change *next;
    bool is_truncation, synced;
    uint64_t at, size; /* of a truncation: the new size */
    uint8_t bytes[];
};

/* A file: what it was when the record began, and all that came since. */
struct image {
    struct image *next;
    char path[512];
    uint8_t *was;
    uint64_t size;
    struct change *first, *last;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static enum fault armed;
static uint64_t countdown, writes_since;
static bool stays, struck, dead, recording;
static struct image *images;

/* ---- faults ---- */

/* True: this call meets it. */
static bool meets(bool concerned)
{
    bool met = false;

    pthread_mutex_lock(&mutex);
    if (dead) {
        met = true;
    } else if (concerned && countdown > 0) {
        met = countdown == 1;
        if (countdown > 1 || !stays)
            countdown--;
        struck = struck || met;
    }
    pthread_mutex_unlock(&mutex);
    return met;
}

void fault_vfs_arm(enum fault fault, uint64_t nth, bool for_ever)
{
    pthread_mutex_lock(&mutex);
    armed = fault;
    countdown = fault == FAULT_NONE ? 0 : nth;
    stays = for_ever;
    struck = false;
    writes_since = 0;
    pthread_mutex_unlock(&mutex);
}

bool fault_vfs_struck(void)
{
    bool was;

    pthread_mutex_lock(&mutex);
    was = struck;
    pthread_mutex_unlock(&mutex);
    return was;
}

uint64_t fault_vfs_writes_since(void)
{
    uint64_t writes;

    pthread_mutex_lock(&mutex);
    writes = writes_since;
    pthread_mutex_unlock(&mutex);
    return writes;
}

/* ---- the record ---- */

void fault_vfs_record(void)
{
    recording = true;
}

void fault_vfs_die(void)
{
    pthread_mutex_lock(&mutex);
    dead = true;
    pthread_mutex_unlock(&mutex);
}

static struct image *image_of(const char *path)
{
    struct image *image;
    FILE *file;

    for (image = images; image != NULL; image = image->next)
        if (strcmp(image->path, path) == 0)
            return image;
    image = calloc(1, sizeof *image);
    if (image == NULL)
        abort();
    (void)snprintf(image->path, sizeof image->path, "%s", path);
    file = fopen(path, "rb");
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        image->size = (uint64_t)ftell(file);
    image->was = malloc(image->size + 1);
    if (image->was == NULL)
        abort();
    if (file != NULL) {
        rewind(file);
        if (fread(image->was, 1, image->size, file) != image->size)
            abort();
        (void)fclose(file);
    }
    image->next = images;
    images = image;
    return image;
}

static void note(struct image *image, bool is_truncation, uint64_t at, const void *bytes,
                 uint64_t size)
{
    struct change *change;

    if (image == NULL)
        return;
    change = calloc(1, sizeof *change + (is_truncation ? 0 : size));
    if (change == NULL)
        abort();
    change->is_truncation = is_truncation;
    change->at = at;
    change->size = size;
    if (!is_truncation)
        memcpy(change->bytes, bytes, size);
    pthread_mutex_lock(&mutex);
    *(image->last != NULL ? &image->last->next : &image->first) = change;
    image->last = change;
    pthread_mutex_unlock(&mutex);
}

static void note_sync(struct image *image)
{
    struct change *change;

    pthread_mutex_lock(&mutex);
    for (change = image != NULL ? image->first : NULL; change != NULL; change = change->next)
        change->synced = true;
    pthread_mutex_unlock(&mutex);
}

static void apply(struct image *image, const struct change *change, uint64_t size)
{
    uint64_t end = change->is_truncation ? change->size : change->at + size;

    if (end > image->size) {
        image->was = realloc(image->was, end + 1);
        if (image->was == NULL)
            abort();
        memset(image->was + image->size, 0, end - image->size);
        image->size = end;
    }
    if (change->is_truncation)
        image->size = change->size;
    else
        memcpy(image->was + change->at, change->bytes, size);
}

static void leave(struct image *image, uint64_t *seed)
{
    struct change *change, *next;
    FILE *file;

    for (change = image->first; change != NULL; change = next) {
        uint64_t roll = chance(seed) % 4;

        next = change->next;
        if (change->synced || roll == 0)
            apply(image, change, change->size);
        else if (roll == 1 && !change->is_truncation)
            apply(image, change, change->size / 2);
        free(change);
    }
    file = fopen(image->path, "r+b"); /* one that was deleted stays so */
    if (file != NULL) {
        if (ftruncate(fileno(file), 0) != 0 ||
            fwrite(image->was, 1, image->size, file) != image->size)
            abort();
        (void)fclose(file);
    }
    free(image->was);
    free(image);
}

void fault_vfs_crash(uint64_t seed)
{
    struct image *image, *next;

    for (image = images; image != NULL; image = next) {
        next = image->next;
        leave(image, &seed);
    }
    images = NULL;
    recording = dead = false;
}

/* ---- files ---- */

static struct faulty *faulty(sqlite3_file *file)
{
    return (struct faulty *)(void *)file;
}

static bool io_fault(void)
{
    return armed == FAULT_IO;
}

static int on_close(sqlite3_file *file)
{
    struct faulty *self = faulty(file);
    int code = self->real->pMethods->xClose(self->real);

    return meets(io_fault()) ? SQLITE_IOERR_CLOSE : code;
}

static int on_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault()))
        return SQLITE_IOERR_READ;
    return self->real->pMethods->xRead(self->real, bytes, size, at);
}

static int on_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct faulty *self = faulty(file);
    bool concerned = io_fault() || armed == FAULT_FULL || armed == FAULT_LIE;

    if (meets(concerned))
        return armed == FAULT_LIE ? SQLITE_OK
                                  : (armed == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE);
    if (armed == FAULT_SHORT && meets(true)) {
        note(self->image, false, (uint64_t)at, bytes, (uint64_t)(size / 2));
        (void)self->real->pMethods->xWrite(self->real, bytes, size / 2, at);
        return SQLITE_FULL;
    }
    pthread_mutex_lock(&mutex);
    writes_since += struck;
    pthread_mutex_unlock(&mutex);
    note(self->image, false, (uint64_t)at, bytes, (uint64_t)size);
    return self->real->pMethods->xWrite(self->real, bytes, size, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault()))
        return SQLITE_IOERR_TRUNCATE;
    note(self->image, true, 0, NULL, (uint64_t)size);
    return self->real->pMethods->xTruncate(self->real, size);
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault() || armed == FAULT_SYNC || armed == FAULT_LAX))
        return armed == FAULT_LAX ? SQLITE_OK : SQLITE_IOERR_FSYNC;
    note_sync(self->image);
    (void)flags; /* it would only be slow: what counts is what was noted */
    return SQLITE_OK;
}

static int on_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault()))
        return SQLITE_IOERR_FSTAT;
    return self->real->pMethods->xFileSize(self->real, size);
}

static int on_lock(sqlite3_file *file, int level)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault()))
        return SQLITE_IOERR_LOCK;
    return self->real->pMethods->xLock(self->real, level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    struct faulty *self = faulty(file);

    return self->real->pMethods->xUnlock(self->real, level);
}

static int on_check_reserved(sqlite3_file *file, int *reserved)
{
    struct faulty *self = faulty(file);

    if (meets(io_fault()))
        return SQLITE_IOERR_CHECKRESERVEDLOCK;
    return self->real->pMethods->xCheckReservedLock(self->real, reserved);
}

static int on_control(sqlite3_file *file, int operation, void *argument)
{
    struct faulty *self = faulty(file);

    return self->real->pMethods->xFileControl(self->real, operation, argument);
}

static int on_sector_size(sqlite3_file *file)
{
    struct faulty *self = faulty(file);

    return self->real->pMethods->xSectorSize(self->real);
}

/* Half a write may be left of one: no promise about what lies beside it. */
static int on_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

/* ---- the file system ---- */

static sqlite3_vfs *system_vfs;

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 1,
        .xClose = on_close,
        .xRead = on_read,
        .xWrite = on_write,
        .xTruncate = on_truncate,
        .xSync = on_sync,
        .xFileSize = on_file_size,
        .xLock = on_lock,
        .xUnlock = on_unlock,
        .xCheckReservedLock = on_check_reserved,
        .xFileControl = on_control,
        .xSectorSize = on_sector_size,
        .xDeviceCharacteristics = on_characteristics,
    };
    struct faulty *self = faulty(file);
    int code;

    (void)vfs;
    file->pMethods = NULL;
    if (meets(io_fault()))
        return SQLITE_CANTOPEN;
    self->real = (sqlite3_file *)(void *)(self + 1);
    self->image = recording && name != NULL ? image_of(name) : NULL;
    code = system_vfs->xOpen(system_vfs, name, self->real, flags, out);
    if (code == SQLITE_OK)
        file->pMethods = &methods;
    return code;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    if (meets(io_fault()))
        return SQLITE_IOERR_DELETE;
    return system_vfs->xDelete(system_vfs, name, sync);
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    if (meets(io_fault()))
        return SQLITE_IOERR_ACCESS;
    return system_vfs->xAccess(system_vfs, name, flags, out);
}

static int on_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    return system_vfs->xFullPathname(system_vfs, name, size, out);
}

void fault_vfs_register(void)
{
    static sqlite3_vfs vfs;

    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.iVersion = 1;
    vfs.szOsFile = (int)sizeof(struct faulty) + system_vfs->szOsFile;
    vfs.pNext = NULL;
    vfs.zName = "faulty";
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    vfs.xAccess = on_access;
    vfs.xFullPathname = on_full_path;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        abort();
}
