#include "gateway.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 5 };
enum { GONE_FROM = 500, GONE_FOR = 8, SUSPENDED_FROM = 1500, SUSPENDED_FOR = 5 };

/* ---- the thread ---- */

static void charge(struct gateway *gateway, uint64_t order, int64_t cents)
{
    uint64_t *place = &gateway->orders[order % GATEWAY_REMEMBERS];

    if (*place == order) {
        gateway->figures.asked_again++;
        return;
    }
    *place = order;
    gateway->figures.charged++;
    gateway->figures.cents += cents;
}

/* NULL: hangs up. */
static const char *answer_to(struct gateway *gateway, const char *request)
{
    uint64_t number = ++gateway->figures.requests, order;
    int64_t cents;

    if (sscanf(request, "CHARGE %" SCNu64 " %" SCNd64, &order, &cents) != 2)
        return "not understood";
    if (number == GONE_FROM)
        charge(gateway, order, cents);
    if (number >= GONE_FROM && number < GONE_FROM + GONE_FOR) {
        gateway->figures.hung_up++;
        return NULL;
    }
    if (number >= SUSPENDED_FROM && number < SUSPENDED_FROM + SUSPENDED_FOR) {
        gateway->figures.refused++;
        return "the contract is suspended";
    }
    charge(gateway, order, cents);
    return "PAID";
}

static void serve(struct gateway *gateway, int line)
{
    char request[GATEWAY_PACKET];
    const char *answer;
    ssize_t size;

    while ((size = recv(line, request, sizeof(request) - 1, 0)) > 0) {
        request[size] = '\0';
        answer = answer_to(gateway, request);
        if (answer == NULL || send(line, answer, strlen(answer), MSG_NOSIGNAL) < 0)
            return;
    }
}

static void *gateway_run(void *context)
{
    struct gateway *gateway = context;
    int line;

    while (recv(gateway->door[0], &line, sizeof(line), 0) == (ssize_t)sizeof(line)) {
        serve(gateway, line);
        close(line);
    }
    return NULL;
}

/* ---- outside ---- */

bool gateway_open(struct gateway *gateway)
{
    int error;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gateway->door) != 0)
        return false;
    error = pthread_create(&gateway->thread, NULL, gateway_run, gateway);
    if (error == 0)
        return true;
    close(gateway->door[0]);
    close(gateway->door[1]);
    errno = error;
    return false;
}

int gateway_call(struct gateway *gateway)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    if (setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
        send(gateway->door[1], &ends[1], sizeof(ends[1]), MSG_NOSIGNAL) == (ssize_t)sizeof(int))
        return ends[0]; /* the gateway closes the other end */
    close(ends[0]);
    close(ends[1]);
    return -1;
}

void gateway_close(struct gateway *gateway)
{
    close(gateway->door[1]);
    pthread_join(gateway->thread, NULL);
    close(gateway->door[0]);
}
