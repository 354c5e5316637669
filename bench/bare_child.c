/*
 * bare_child.c - the whole way of an order through a bus, as a program of its own, so that the same
 * code can be linked with two builds of the library (bare.c, instructions.c).
 *
 *     bare_child                     reads lines "CASE COUNT", answers {"value": ns per message}
 *     bare_child instructions COUNT  sends COUNT messages on one thread (a polled bus) and ends
 */
#include <stdio.h>
#include <stdlib.h>

#include "busgen.h"
#include "harness.h"
#include "transports.h"

enum { LOT = 16 };

static int serve(void)
{
    const struct shape shape = {0};
    unsigned long long count;

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (scanf("%*s %llu", &count) == 1) {
        double value = transport_throughput(&busgen_transport, &shape, count);

        if (value < 0)
            printf("{\"error\": \"a message was wrong\"}\n");
        else
            printf("{\"value\": %.4f}\n", value);
    }
    return 0;
}

static bool publish_and_poll(struct bus *bus, uint64_t count)
{
    for (uint64_t i = 0; i < count; i += LOT)
        if (!busgen_publish(bus, i, LOT) || bus_poll(bus, 0, NULL) != BUS_OK)
            return false;
    return true;
}

static int send_polled(uint64_t count)
{
    struct reader *reader = aligned_alloc(64, sizeof *reader);
    struct bus_options options = {.schema = &bench_schema, .polled = true};
    struct bus *bus = NULL;
    bool right = false;

    if (reader != NULL) {
        *reader = (struct reader){.count = count};
        bus = busgen_open(&options, reader);
    }
    if (bus != NULL) {
        right = publish_and_poll(bus, count) && reader->received == count && reader->wrong == 0;
        busgen_close(bus);
    }
    free(reader);
    return right ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "instructions") == 0)
        return send_polled(strtoull(argv[2], NULL, 10) / LOT * LOT);
    return serve();
}
