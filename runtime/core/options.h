/* core/options.h - what a bus was asked to be: checked, every zero replaced. */
#ifndef BUSGEN_CORE_OPTIONS_H
#define BUSGEN_CORE_OPTIONS_H

#include "core/engine.h"

/* Fills bus->options, cell_size, message_size_max, scratch_block, worker_count, name. */
enum bus_status options_take(struct bus *bus, const struct bus_options *options,
                             size_t options_size);

#endif
