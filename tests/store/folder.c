/* folder.c - see folder.h. */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void empty(int descriptor)
{
    DIR *files = fdopendir(descriptor);
    struct dirent *file;

    while (files != NULL && (file = readdir(files)) != NULL) {
        int below;

        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(files), file->d_name, 0) == 0)
            continue;
        below = openat(dirfd(files), file->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (below >= 0)
            empty(below);
        (void)unlinkat(dirfd(files), file->d_name, AT_REMOVEDIR);
    }
    if (files != NULL)
        (void)closedir(files);
}

void folder_remove(void)
{
    int descriptor = folder[0] != '\0' ? open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -1;

    if (descriptor >= 0) {
        (void)fchmod(descriptor, 0700);
        empty(descriptor);
        (void)rmdir(folder);
    }
    folder[0] = '\0';
}

const char *folder_make(void)
{
    folder_remove();
    /* In memory where that is possible: nothing here asks for a disk. */
    (void)snprintf(folder, sizeof folder, "%s/busgen-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        abort();
    }
    return folder;
}

const char *folder_path(const char *name)
{
    static char paths[64][256];
    static unsigned next;
    char *path = paths[next++ % 64];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}
