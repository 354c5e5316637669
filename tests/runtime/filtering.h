/* filtering.h - filters of the tests, and what a bus says of them. */
#ifndef FILTERING_H
#define FILTERING_H

#include "support.h"

#include <bus/pipeline.h>

/* Ticked events with an even number, and all others; counts in `context` (may be NULL) how often it
 * was asked. */
bool is_even(void *context, const void *message, const struct bus_filter_facts *facts);
/* Their ids. */
uint64_t add_filter(struct bus *bus, const struct bus_filter *filter);
uint64_t add_even(struct bus *bus, _Atomic uint64_t *asked);
void assert_counted(struct bus *bus, uint64_t id, uint64_t passed, uint64_t filtered);
uint32_t count_filters(struct bus *bus);

#endif
