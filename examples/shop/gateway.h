/*
 * gateway.h - a payment gateway: somebody else's program, played by a thread behind a socketpair.
 *
 * It has two bad days, which begin and end with a number of requests, not at a time, so that every
 * run of the shop sees the same of them:
 *
 *     from request   500 on, 8 times   it hangs up instead of answering; the first time it has
 *                                      charged the card before
 *     from request 1,500 on, 5 times   it says that the shop's contract is suspended
 *
 * One request is one packet, "CHARGE order cents token"; the answer is "PAID", or a reason why not.
 * Asked again for an order that it has charged it says "PAID" and charges nothing.
 */
#ifndef SHOP_GATEWAY_H
#define SHOP_GATEWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { GATEWAY_PACKET = 256, GATEWAY_REMEMBERS = 1 << 16 };

/* What it did; only when it is closed. */
struct gateway_figures {
    uint64_t requests;
    uint64_t hung_up;
    uint64_t refused;
    uint64_t asked_again; /* for an order that was charged already */
    uint64_t charged;
    int64_t cents;
};

struct gateway {
    int door[2]; /* callers put the far end of their line in */
    pthread_t thread;
    struct gateway_figures figures;
    uint64_t orders[GATEWAY_REMEMBERS]; /* charged; newer ones take the place of older ones */
};

/* False, with errno: there is none. */
bool gateway_open(struct gateway *gateway);
/* A line to it: send and receive packets, close it when done. -1, with errno: not now. */
int gateway_call(struct gateway *gateway);
/* Closes the door and waits until it has gone. All lines must be closed. */
void gateway_close(struct gateway *gateway);

#endif
