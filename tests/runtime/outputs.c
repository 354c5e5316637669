/* outputs.c - see outputs.h. */
#include "outputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char path[PATH_SIZE];
size_t room;

static char folder[] = "output-XXXXXX";

int output_open(const char *name)
{
    (void)snprintf(folder, sizeof folder, "output-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return 0;
}

const char *beside(const char *ending)
{
    static char name[PATH_SIZE + 32];

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    return name;
}

int output_close(const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)unlink(beside(endings[i]));
    return rmdir(folder);
}

ptrdiff_t write_some(void *context, int file, const void *bytes, size_t size)
{
    if (room == 0) {
        errno = ENOSPC;
        return -1;
    }
    size = size < room ? size : room;
    room -= size;
    return bus_os_native()->file_write(context, file, bytes, size);
}
