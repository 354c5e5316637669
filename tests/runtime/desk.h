/*
 * desk.h - a component with one command for each way a request and an answer can be handed over,
 * on a bus where it runs on its caller and on one where it runs behind a lane.
 */
#ifndef DESK_H
#define DESK_H

#include "support.h"

#include "handed.bus.h"

/* What handlers saw and what they are to do. */
enum desk_act { ANSWER, ANSWER_AND_FAIL, ANSWER_TWICE, ANSWER_BADLY, ANSWER_NULL, NO_ANSWER };

struct desk {
    const void *request; /* where it was */
    const void *data;
    pthread_t ran_on;
    uint64_t sum;
    char text[64];
    bool terminated;
    bool ask_bytes;
    bool bytes_right;
    const uint8_t *bytes;
    uint32_t bytes_size;
    struct bus_envelope envelope;
    uint64_t remaining_ns;
    enum desk_act act;
    enum bus_outcome nested;
};

/* A started bus with the desk: way 0 on its caller, way 1 through a lane of one worker. */
struct bus *desk_open(int way, struct desk *desk);
enum bus_verdict on_gauge(void *context, const struct handed_gauge *request,
                          struct bus_delivery *delivery);
/* The last handler ran where that way leads. */
void assert_ran(const struct desk *desk, int way);

#endif
