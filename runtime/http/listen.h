/*
 * http/listen.h - where the server listens. The only file of the library that speaks to the system
 * itself; errors are in bus_last_error.
 */
#ifndef BUSGEN_HTTP_LISTEN_H
#define BUSGEN_HTTP_LISTEN_H

#include <bus/bus.h>

/* What fits into struct sockaddr_un, with its NUL. */
enum { HTTP_PATH_SIZE = 108 };

struct http_tcp {
    int socket;    /* -1: none */
    uint16_t port; /* 0: none */
    bool loopback; /* nobody but this machine reaches it */
};

struct http_unix {
    int socket; /* -1: none */
    int lock;   /* of PATH.lock: who has it owns PATH */
    uint64_t device, inode;
    char path[HTTP_PATH_SIZE];
};

/* `port` 0: any. */
enum bus_status listen_tcp(struct http_tcp *tcp, const char *address, uint16_t port);
void unlisten_tcp(struct http_tcp *tcp);
enum bus_status listen_unix(struct http_unix *local, const char *path);
/* Removes the file; who is connected stays so. */
void unlisten_unix(struct http_unix *local);

/* `host` is what a request says in its header: this machine, by its own name for itself. */
bool host_is_loopback(const char *host);
/* Shuts a connection down, from any thread while it is open. */
void listen_cut(int socket);
uint64_t process_id(void);

/* Signals belong to the program's own threads: none reaches those that are started between the
 * two. */
struct signals_before {
    uint64_t mask[16];
};
void signals_block(struct signals_before *before);
void signals_restore(const struct signals_before *before);

/* Like fail_status of the runtime. */
__attribute__((format(printf, 2, 3))) enum bus_status http_fail(enum bus_status status,
                                                                const char *format, ...);

#endif
