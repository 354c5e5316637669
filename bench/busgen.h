/* busgen.h - ours, for the files that measure it in several ways (busgen.c). */
#ifndef BENCH_BUSGEN_H
#define BENCH_BUSGEN_H

#include "bench.bus.h"
#include "transport.h"

/* What the transport `busgen_transport` is made of: the options of its bus, a bus that runs with
 * these options and hands the orders to `reader`, one publish for a message or one for 16. */
struct bus_options busgen_options(const struct shape *shape);
void *busgen_open(const struct bus_options *options, struct reader *reader);
bool busgen_publish(void *bus, uint64_t first, uint64_t count);
bool busgen_publish_bulk(void *bus, uint64_t first, uint64_t count);
void busgen_close(void *bus);

#endif
