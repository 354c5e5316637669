/* path/command.h - what the caller's side and the worker's side of a command share. */
#ifndef BUSGEN_PATH_COMMAND_H
#define BUSGEN_PATH_COMMAND_H

#include "core/engine.h"

/* One run with its two system events. True: answered. The delivery is open, its handler shown. */
bool command_run(struct bus_delivery *delivery);
enum bus_outcome say_no_handler(const struct bus *bus, const struct bus_message_type *type);

#endif
