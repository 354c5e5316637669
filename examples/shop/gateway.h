/*
 * gateway.h - a payment gateway: somebody else's program, played by a thread behind a socketpair.
 *
 * It has two bad days, which begin and end with a number of requests, not at a time, so that every
 * run of the shop sees the same of them:
 *
 *     from request   500 on, 8 times   it hangs up instead of answering; the first time it has
 *                                      charged the card before
 *     from request 1,500 on, 5 times   it says that the shop's contract is suspended
 *     from request 3,000 on, 8 times   it hangs up, in each 500 (the file has fewer; see web.h)
 *
 * With a folder it writes down what it has charged, so that it knows it when the shop comes again.
 *
 * One request is one packet, "CHARGE order cents token"; the answer is "PAID", or a reason why not.
 * Asked again for an order that it has charged it says "PAID" and charges nothing.
 */
#ifndef SHOP_GATEWAY_H
#define SHOP_GATEWAY_H

#include "../common/journal.h"
#include "../common/numbers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { GATEWAY_PACKET = 256 };

/* What it did; only when it is closed. */
struct gateway_figures {
    uint64_t requests;
    uint64_t hung_up;
    uint64_t refused;
    uint64_t asked_again; /* for an order that was charged already */
    uint64_t charged;     /* in earlier runs, too, as far as it knows */
    int64_t cents;
};

struct gateway {
    int door[2]; /* callers put the far end of their line in */
    pthread_t thread;
    struct gateway_figures figures;
    struct numbers orders; /* charged */
    struct journal file;   /* a line for each of them: "1001 1295", in cents */
};

/* `folder` NULL: nothing is kept. False, with errno: there is none. */
bool gateway_open(struct gateway *gateway, const char *folder);
/* A line to it: send and receive packets, close it when done. -1, with errno: not now. */
int gateway_call(struct gateway *gateway);
/* Closes the door and waits until it has gone. All lines must be closed. */
void gateway_close(struct gateway *gateway);

#endif
