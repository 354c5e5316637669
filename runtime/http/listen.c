/*
 * http/listen.c - see listen.h.
 *
 * The Unix socket. Two programs that are given one path, or one that was killed and its successor,
 * must not both think that it is theirs. Whoever holds the lock on PATH.lock owns PATH: only then
 * it looks at what is there, removes what nobody listens on, and binds. The lock goes with the
 * process, however that ends. The file of the lock is removed by its owner; whoever has opened it
 * before and gets the lock later finds that its name is not there any more, or another file's, and
 * opens it again.
 *
 * The mode is set on the socket before it has a name, so no moment is there in which others could
 * open it; a umask can only take away from it, and what it took is given back before listen().
 */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bus/store.h>

_Static_assert(sizeof(sigset_t) <= sizeof(struct signals_before), "room for a mask");
_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == HTTP_PATH_SIZE, "as on Linux");

enum bus_status http_fail(enum bus_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return bus_store_error(status, text);
}

/* ---- TCP ---- */

struct tcp_address {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    };
    socklen_t size;
};

static bool is_loopback_six(const struct in6_addr *address)
{
    return memcmp(address, &in6addr_loopback, sizeof *address) == 0;
}

static bool is_loopback_four(const struct in_addr *address)
{
    return ntohl(address->s_addr) >> 24 == 127;
}

static bool address_read(struct tcp_address *address, const char *text, uint16_t port,
                         bool *loopback)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->four.sin_addr) == 1) {
        address->four.sin_family = AF_INET;
        address->four.sin_port = htons(port);
        address->size = sizeof address->four;
        *loopback = is_loopback_four(&address->four.sin_addr);
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->six.sin6_addr) == 1) {
        address->six.sin6_family = AF_INET6;
        address->six.sin6_port = htons(port);
        address->size = sizeof address->six;
        *loopback = is_loopback_six(&address->six.sin6_addr);
        return true;
    }
    return false;
}

static enum bus_status say_tcp(const char *text, uint16_t port, int error)
{
    const char *open = strchr(text, ':') != NULL ? "[" : "", *close = *open != '\0' ? "]" : "";

    switch (error) {
    case EADDRINUSE:
        return http_fail(BUS_ERR_STATE,
                         "http: cannot listen on %s%s%s:%u: another program, or another server of "
                         "this one, does (`ss -ltnp` tells which): end it, or take another "
                         "bus_http_options.port, or any_port",
                         open, text, close, port);
    case EADDRNOTAVAIL:
        return http_fail(BUS_ERR_INVALID,
                         "http: cannot listen on %s%s%s:%u: this machine does not have that "
                         "address; `ip address` lists those it has",
                         open, text, close, port);
    case EACCES:
        return http_fail(BUS_ERR_SYSTEM,
                         "http: cannot listen on %s%s%s:%u: ports below 1024 are root's; take "
                         "another bus_http_options.port",
                         open, text, close, port);
    default:
        return http_fail(BUS_ERR_SYSTEM, "http: cannot listen on %s%s%s:%u: %s", open, text, close,
                         port, strerror(error));
    }
}

static uint16_t port_of(int socket)
{
    struct tcp_address address;

    address.size = sizeof address.six;
    if (getsockname(socket, &address.any, &address.size) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET ? address.four.sin_port : address.six.sin6_port);
}

enum bus_status listen_tcp(struct http_tcp *tcp, const char *text, uint16_t port)
{
    struct tcp_address address;
    int one = 1;
    bool bound;

    if (!address_read(&address, text, port, &tcp->loopback))
        return http_fail(BUS_ERR_INVALID,
                         "http: \"%.100s\" is no address: give a numeric one, 127.0.0.1 or ::1",
                         text);
    tcp->socket = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (tcp->socket < 0)
        return say_tcp(text, port, errno);
    (void)setsockopt(tcp->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address.any.sa_family == AF_INET6)
        (void)setsockopt(tcp->socket, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    bound = bind(tcp->socket, &address.any, address.size) == 0;
    if (bound && listen(tcp->socket, 64) == 0) {
        tcp->port = port_of(tcp->socket);
        return BUS_OK;
    }
    one = errno;
    unlisten_tcp(tcp);
    return say_tcp(text, port, one);
}

void unlisten_tcp(struct http_tcp *tcp)
{
    if (tcp->socket >= 0)
        (void)close(tcp->socket);
    tcp->socket = -1;
}

/* ---- Unix ---- */

static enum bus_status say_unix(const char *what, const char *path, int error)
{
    return http_fail(BUS_ERR_SYSTEM, "http: cannot %s %s: %s", what, path, strerror(error));
}

static enum bus_status say_living(const char *path)
{
    return http_fail(BUS_ERR_STATE,
                     "http: another program, or another server of this one, listens on %s: end it, "
                     "or take another bus_http_options.socket_path",
                     path);
}

static void lock_name(const struct http_unix *local, char name[HTTP_PATH_SIZE + 8])
{
    (void)snprintf(name, HTTP_PATH_SIZE + 8, "%s.lock", local->path);
}

static enum bus_status lock_path(struct http_unix *local)
{
    char name[HTTP_PATH_SIZE + 8];
    struct stat held, named;

    lock_name(local, name);
    for (;;) {
        local->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (local->lock < 0)
            return say_unix("open", name, errno);
        if (fstat(local->lock, &held) != 0)
            return say_unix("look at", name, errno);
        if (!S_ISREG(held.st_mode) || held.st_uid != geteuid())
            return http_fail(BUS_ERR_INVALID,
                             "http: %s is no file, or another user's: take a folder of your own",
                             name);
        (void)fchmod(local->lock, 0600); /* some umasks leave less */
        if (flock(local->lock, LOCK_EX | LOCK_NB) != 0)
            return errno == EWOULDBLOCK ? say_living(local->path) : say_unix("lock", name, errno);
        if (stat(name, &named) == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino)
            return BUS_OK;
        (void)close(local->lock);
    }
}

static void unlock_path(struct http_unix *local, bool ours)
{
    char name[HTTP_PATH_SIZE + 8];

    if (local->lock < 0)
        return;
    lock_name(local, name);
    if (ours)
        (void)unlink(name);
    (void)close(local->lock);
    local->lock = -1;
}

static socklen_t unix_address(const struct http_unix *local, struct sockaddr_un *address)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, local->path, strlen(local->path));
    return (socklen_t)sizeof *address;
}

/* 0: nobody listens there; else who does, or an error. */
static enum bus_status ask_who_listens(const struct http_unix *local)
{
    struct sockaddr_un address;
    socklen_t size = unix_address(local, &address);
    int asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;

    if (asking < 0)
        return say_unix("make a socket for", local->path, errno);
    if (connect(asking, (const struct sockaddr *)(const void *)&address, size) != 0)
        error = errno;
    (void)close(asking);
    if (error == 0 || error == EAGAIN || error == EINPROGRESS)
        return say_living(local->path);
    return error == ECONNREFUSED || error == ENOENT ? BUS_OK
                                                    : say_unix("ask at", local->path, error);
}

/* What a killed program has left. */
static enum bus_status remove_stale(const struct http_unix *local)
{
    struct stat found;
    enum bus_status status;

    if (lstat(local->path, &found) != 0)
        return errno == ENOENT ? BUS_OK : say_unix("look at", local->path, errno);
    if (!S_ISSOCK(found.st_mode) || found.st_uid != geteuid())
        return http_fail(BUS_ERR_INVALID,
                         "http: %s is there, and is no socket, or another user's: remove it, or "
                         "take another bus_http_options.socket_path",
                         local->path);
    status = ask_who_listens(local);
    if (status != BUS_OK)
        return status;
    return unlink(local->path) == 0 || errno == ENOENT ? BUS_OK
                                                       : say_unix("remove", local->path, errno);
}

static enum bus_status bind_unix(struct http_unix *local)
{
    struct sockaddr_un address;
    socklen_t size = unix_address(local, &address);
    struct stat made;

    local->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (local->socket < 0)
        return say_unix("make a socket for", local->path, errno);
    if (fchmod(local->socket, 0600) != 0)
        return say_unix("set the mode of", local->path, errno);
    if (bind(local->socket, (const struct sockaddr *)(const void *)&address, size) != 0)
        return say_unix("make the socket", local->path, errno);
    if (lstat(local->path, &made) != 0)
        return say_unix("look at", local->path, errno);
    local->device = made.st_dev;
    local->inode = made.st_ino;
    if ((made.st_mode & 0777) != 0600 && chmod(local->path, 0600) != 0)
        return say_unix("set the mode of", local->path, errno);
    return listen(local->socket, 64) == 0 ? BUS_OK : say_unix("listen on", local->path, errno);
}

enum bus_status listen_unix(struct http_unix *local, const char *path)
{
    size_t size = strlen(path);
    enum bus_status status;

    if (size == 0 || size >= HTTP_PATH_SIZE)
        return http_fail(BUS_ERR_INVALID,
                         "http: the path of a Unix socket has 1 to %d bytes, not %zu: %.100s%s",
                         HTTP_PATH_SIZE - 1, size, path, size > 100 ? "..." : "");
    memcpy(local->path, path, size + 1);
    status = lock_path(local);
    if (status != BUS_OK) {
        unlock_path(local, false);
        return status;
    }
    status = remove_stale(local);
    if (status == BUS_OK)
        status = bind_unix(local);
    if (status != BUS_OK)
        unlisten_unix(local);
    return status;
}

void unlisten_unix(struct http_unix *local)
{
    struct stat found;

    if (local->inode != 0 && lstat(local->path, &found) == 0 && found.st_dev == local->device &&
        found.st_ino == local->inode)
        (void)unlink(local->path);
    local->inode = 0;
    if (local->socket >= 0)
        (void)close(local->socket);
    local->socket = -1;
    unlock_path(local, true);
}

/* ---- the rest ---- */

bool host_is_loopback(const char *host)
{
    char name[64];
    size_t size = strlen(host);
    struct in_addr four;
    struct in6_addr six;
    char *port;

    if (size >= sizeof name)
        return false;
    memcpy(name, host, size + 1);
    if (name[0] == '[') {
        char *end = strchr(name, ']');

        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return false;
        *end = '\0';
        return inet_pton(AF_INET6, name + 1, &six) == 1 && is_loopback_six(&six);
    }
    port = strchr(name, ':');
    if (port != NULL)
        *port = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &four) == 1 && is_loopback_four(&four));
}

void listen_cut(int socket)
{
    (void)shutdown(socket, SHUT_RDWR);
}

uint64_t process_id(void)
{
    return (uint64_t)getpid();
}

void signals_block(struct signals_before *before)
{
    sigset_t all, found;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &found);
    memcpy(before->mask, &found, sizeof found);
}

void signals_restore(const struct signals_before *before)
{
    sigset_t found;

    memcpy(&found, before->mask, sizeof found);
    (void)pthread_sigmask(SIG_SETMASK, &found, NULL);
}
