/* doctor_files.c - sockets, stores and folders: who may reach them, and whether there is room. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fcntl.h>

#include "doctor.h"
#include "text.h"

enum { PATH_MOST = 4096 };
static const uint64_t ROOM_LEAST = (uint64_t)256 << 20;

/* The part of the path before its name; "." for none. */
static void folder_of(const char *path, char folder[PATH_MOST])
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) : 1;

    if (size == 0)
        size = 1;
    if (size >= PATH_MOST)
        size = PATH_MOST - 1;
    memcpy(folder, slash != NULL ? path : ".", size);
    folder[size] = '\0';
}

static void look_at_room(struct doctor *doctor, const char *subject, const char *folder)
{
    struct statvfs room;
    uint64_t left, all;
    char text[TEXT_SIZE];

    if (statvfs(folder, &room) != 0)
        return;
    left = (uint64_t)room.f_bavail * room.f_frsize;
    all = (uint64_t)room.f_blocks * room.f_frsize;
    text_bytes(left, text);
    if ((room.f_flag & ST_RDONLY) != 0)
        found(doctor, ERROR, subject, "mount it for writing", "the file system of %s is read-only",
              folder);
    else if (left < ROOM_LEAST || left < all / 50)
        found(doctor, WARNING, subject, "make room: a store or log that meets a full disk stops",
              "only %s are left on the disk of %s", text, folder);
    else
        found(doctor, WELL, subject, NULL, "%s are left on the disk of %s", text, folder);
    if (room.f_files > 0 && room.f_favail < 100)
        found(doctor, WARNING, subject, "remove files that nobody needs",
              "only %" PRIu64 " more files fit on the disk of %s", (uint64_t)room.f_favail, folder);
}

void look_at_folder(struct doctor *doctor, const char *path)
{
    struct stat what;

    if (stat(path, &what) != 0) {
        found(doctor, ERROR, "folder", "make it, with its owner the user of the program",
              "cannot look at %s: %s", path, strerror(errno));
        return;
    }
    if (S_ISDIR(what.st_mode) && access(path, W_OK | X_OK) != 0)
        found(doctor, WARNING, "folder", "run the doctor as the user of the program, or chown it",
              "this user may not write into %s", path);
    if (S_ISREG(what.st_mode) && (what.st_mode & 077) != 0)
        found(doctor, WARNING, "folder", "chmod 600", "%s can be read by others (mode %03o)", path,
              (unsigned)what.st_mode & 0777);
    look_at_room(doctor, "folder", path);
}

void look_at_socket(struct doctor *doctor, const char *path)
{
    char folder[PATH_MOST];
    struct stat what;

    if (lstat(path, &what) != 0) {
        found(doctor, ERROR, "socket", "is the program running?", "cannot look at %s: %s", path,
              strerror(errno));
        return;
    }
    if (!S_ISSOCK(what.st_mode)) {
        found(doctor, ERROR, "socket", "name the file that bus_http_options.socket_path says",
              "%s is no socket", path);
        return;
    }
    if ((what.st_mode & 077) != 0)
        found(doctor, ERROR, "socket", "chmod 600: whoever reaches it can throw messages away",
              "%s is open to others (mode %03o)", path, (unsigned)what.st_mode & 0777);
    else
        found(doctor, WELL, "socket", NULL, "%s belongs to its user alone", path);
    if (what.st_uid != geteuid())
        found(doctor, HINT, "socket", "run busadm as that user (sudo -u #UID busadm ...)",
              "%s belongs to user %u, and this is %u", path, (unsigned)what.st_uid,
              (unsigned)geteuid());
    folder_of(path, folder);
    if (stat(folder, &what) == 0 && (what.st_mode & 022) != 0 && (what.st_mode & S_ISVTX) == 0)
        found(doctor, WARNING, "socket", "chmod go-w: others can put a socket of theirs there",
              "others may write into %s (mode %03o)", folder, (unsigned)what.st_mode & 0777);
}

/* ---- the store ---- */

/* The database, or what lies beside it. */
static bool look_at_file(struct doctor *doctor, const char *path, const char *suffix)
{
    char name[PATH_MOST];
    struct stat what;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    if (lstat(name, &what) != 0)
        return false;
    if (!S_ISREG(what.st_mode) || what.st_nlink != 1)
        found(doctor, ERROR, "store", "put the file itself there: the store refuses links",
              "%s is a link, or no file", name);
    else if ((what.st_mode & 077) != 0)
        found(doctor, ERROR, "store", "chmod 600: it holds whole messages, secrets included",
              "%s is open to others (mode %03o)", name, (unsigned)what.st_mode & 0777);
    else if (what.st_uid != geteuid())
        found(doctor, WARNING, "store", "chown it, or run the doctor as the user of the program",
              "%s belongs to user %u, and this is %u", name, (unsigned)what.st_uid,
              (unsigned)geteuid());
    else
        found(doctor, WELL, "store", NULL, "%s belongs to this user alone", name);
    return true;
}

static void look_at_owner(struct doctor *doctor, const char *path)
{
    char name[PATH_MOST];
    int lock;

    (void)snprintf(name, sizeof name, "%s.lock", path);
    lock = open(name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0)
        return;
    if (flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        found(doctor, HINT, "store", "open it with no other program, sqlite3 included",
              "a program runs with %s", path);
    else
        found(doctor, WELL, "store", NULL, "no program runs with %s", path);
    (void)close(lock);
}

/* Files that were set aside as damaged; what they held is not in the store. */
static void look_for_damaged(struct doctor *doctor, const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    char start[256];
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    int size = snprintf(start, sizeof start, "%.200s.damaged-", slash != NULL ? slash + 1 : path);

    while (entries != NULL && (entry = readdir(entries)) != NULL)
        if (size > 0 && strncmp(entry->d_name, start, (size_t)size) == 0 &&
            strstr(entry->d_name + size, "-wal") == NULL &&
            strstr(entry->d_name + size, "-shm") == NULL)
            found(doctor, WARNING, "store",
                  "sqlite3 FILE .recover tries to save what it held; then move it away",
                  "%s/%s was set aside as damaged", folder, entry->d_name);
    if (entries != NULL)
        (void)closedir(entries);
}

void look_at_store(struct doctor *doctor, const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal", ".lock"};
    char folder[PATH_MOST];
    struct stat what;
    size_t i;

    folder_of(path, folder);
    if (stat(folder, &what) == 0 && (what.st_mode & 077) != 0)
        found(doctor, ERROR, "store", "take a folder of its own, mode 700: it is refused so",
              "the folder %s is open to others (mode %03o)", folder, (unsigned)what.st_mode & 0777);
    if (!look_at_file(doctor, path, "")) {
        found(doctor, ERROR, "store", "name the file that the program gives bus_sqlite_store_open",
              "cannot look at %s: %s", path, strerror(errno));
        return;
    }
    for (i = 0; i < 4; i++)
        (void)look_at_file(doctor, path, suffixes[i]);
    look_at_owner(doctor, path);
    look_for_damaged(doctor, path, folder);
    look_at_room(doctor, "store", folder);
}
