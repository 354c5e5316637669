/* find.c - which socket to talk to. */
#include "admin.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FOUND_MOST = 64 };

struct found {
    char paths[FOUND_MOST][SOCKET_PATH_SIZE];
    uint32_t count;
    bool more;
};

const char *socket_folder(uint32_t index, char path[SOCKET_PATH_SIZE])
{
    const char *own = getenv("XDG_RUNTIME_DIR");
    bool has_own = own != NULL && own[0] == '/' && strlen(own) < SOCKET_PATH_SIZE - 40;

    if (index == 0 && has_own)
        (void)snprintf(path, SOCKET_PATH_SIZE, "%s/busgen", own);
    else if (index == (has_own ? 1 : 0))
        (void)snprintf(path, SOCKET_PATH_SIZE, "/run/busgen");
    else
        return NULL;
    return path;
}

static bool is_socket_name(const char *name)
{
    size_t size = strlen(name);

    return size > 5 && name[0] != '.' && strcmp(name + size - 5, ".sock") == 0;
}

static void look_into(const char *folder, struct found *found)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        struct stat what;
        int size;

        if (!is_socket_name(entry->d_name))
            continue;
        if (found->count == FOUND_MOST) {
            found->more = true;
            break;
        }
        size =
            snprintf(found->paths[found->count], SOCKET_PATH_SIZE, "%s/%s", folder, entry->d_name);
        if (size > 0 && size < SOCKET_PATH_SIZE && stat(found->paths[found->count], &what) == 0 &&
            S_ISSOCK(what.st_mode))
            found->count++;
    }
    if (entries != NULL)
        (void)closedir(entries);
}

/* Does somebody listen there? */
static const char *state_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *state = "answers";
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (probe < 0 || connect(probe, (const struct sockaddr *)&address, sizeof address) != 0)
        state = errno == ECONNREFUSED               ? "its program has ended"
                : errno == EACCES || errno == EPERM ? "of another user"
                                                    : "busy";
    if (probe >= 0)
        (void)close(probe);
    return state;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool take(const struct options *options, const char *path, const char *from,
                 char taken[SOCKET_PATH_SIZE])
{
    size_t size = strlen(path);

    if (size == 0 || size >= SOCKET_PATH_SIZE) {
        complain_about(options, "name it by a shorter path, from its folder for example",
                       "the path of the socket in %s is %s", from,
                       size == 0 ? "empty" : "longer than the system allows (107 bytes)");
        return false;
    }
    memcpy(taken, path, size + 1);
    return true;
}

static void say_nothing_found(const struct options *options)
{
    char folder[SOCKET_PATH_SIZE], folders[3 * SOCKET_PATH_SIZE] = "";
    uint32_t i;

    for (i = 0; socket_folder(i, folder) != NULL; i++) {
        size_t size = strlen(folders);

        (void)snprintf(folders + size, sizeof folders - size, "%s%s", i > 0 ? ", " : "", folder);
    }
    complain_about(options,
                   "start the program, or name its socket with --socket PATH or $BUSGEN_SOCKET; "
                   "--store PATH reads the store of a program that does not run",
                   "no socket of a program (NAME.sock) in %s", folders);
}

bool find_socket(const struct options *options, char path[SOCKET_PATH_SIZE])
{
    const char *named = getenv("BUSGEN_SOCKET");
    struct found *found;
    char folder[SOCKET_PATH_SIZE];
    bool one;
    uint32_t i;

    if (options->socket != NULL)
        return take(options, options->socket, "--socket", path);
    if (named != NULL && *named != '\0')
        return take(options, named, "$BUSGEN_SOCKET", path);
    found = calloc(1, sizeof *found);
    if (found == NULL) {
        complain(options, "no memory", NULL);
        return false;
    }
    for (i = 0; socket_folder(i, folder) != NULL; i++)
        look_into(folder, found);
    one = found->count == 1 && !found->more;
    if (one)
        memcpy(path, found->paths[0], SOCKET_PATH_SIZE);
    else if (found->count == 0)
        say_nothing_found(options);
    else {
        qsort(found->paths, found->count, SOCKET_PATH_SIZE, compare);
        complain(options, "more than one program has a socket", "say which one with --socket PATH");
        for (i = 0; i < found->count; i++)
            (void)fprintf(stderr, "  %s (%s)\n", found->paths[i], state_of(found->paths[i]));
    }
    free(found);
    return one;
}
