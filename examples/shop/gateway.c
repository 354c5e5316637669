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
enum { OLD_FROM = 3000, OLD_EVERY = 500 };

/* ---- the thread ---- */

/* Once. False: it cannot write it down. */
static bool charge(struct gateway *gateway, uint64_t order, int64_t cents)
{
    char line[64];

    if (numbers_has(&gateway->orders, order)) {
        gateway->figures.asked_again++;
        return true;
    }
    snprintf(line, sizeof(line), "%" PRIu64 " %" PRId64 "\n", order, cents);
    if (!numbers_room(&gateway->orders) || !journal_add(&gateway->file, line))
        return false;
    (void)numbers_add(&gateway->orders, order);
    gateway->figures.charged++;
    gateway->figures.cents += cents;
    return true;
}

/* NULL: hangs up. */
static const char *answer_to(struct gateway *gateway, const char *request)
{
    uint64_t number = ++gateway->figures.requests, order;
    int64_t cents;

    if (sscanf(request, "CHARGE %" SCNu64 " %" SCNd64, &order, &cents) != 2)
        return "not understood";
    if (number == GONE_FROM)
        (void)charge(gateway, order, cents);
    if ((number >= GONE_FROM && number < GONE_FROM + GONE_FOR) ||
        (number >= OLD_FROM && number % OLD_EVERY < GONE_FOR)) {
        gateway->figures.hung_up++;
        return NULL;
    }
    if (number >= SUSPENDED_FROM && number < SUSPENDED_FROM + SUSPENDED_FOR) {
        gateway->figures.refused++;
        return "the contract is suspended";
    }
    return charge(gateway, order, cents) ? "PAID" : NULL;
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

static bool line_take(void *context, char *line)
{
    struct gateway *gateway = context;
    uint64_t order;
    int64_t cents;

    if (sscanf(line, "%" SCNu64 " %" SCNd64, &order, &cents) != 2 ||
        !numbers_add(&gateway->orders, order))
        return false;
    gateway->figures.charged++;
    gateway->figures.cents += cents;
    return true;
}

bool gateway_open(struct gateway *gateway, const char *folder)
{
    int error;

    if (!journal_open(&gateway->file, folder, "gateway.txt", line_take, gateway) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gateway->door) != 0)
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
    journal_close(&gateway->file);
    numbers_free(&gateway->orders);
}
