/* core/program.c - a bus with the components of a program attached. */
#include "core/registry.h"

enum bus_status bus_program_open(struct bus **bus, const struct bus_options *options,
                                 size_t options_size, const struct bus_program *program,
                                 void *const *contexts, uint32_t abi)
{
    struct bus_options own = {0};
    enum bus_status status;
    uint32_t i;

    if (bus == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_program_open: where to put the bus is NULL");
    *bus = NULL;
    if (program == NULL || (contexts == NULL && program->part_count > 0))
        return fail_status(BUS_ERR_INVALID, "bus_program_open: program or contexts are NULL");
    if (options_size > sizeof own)
        return bus_open_abi(bus, options, options_size, abi);
    if (options != NULL)
        memcpy(&own, options, options_size);
    if (own.schema == NULL)
        own.schema = program->schema;
    status = bus_open_abi(bus, &own, sizeof own, abi);
    for (i = 0; i < program->part_count && status == BUS_OK; i++)
        status = bus_component_attach(*bus, program->parts[i].component,
                                      program->parts[i].functions, contexts[i], NULL);
    if (status != BUS_OK && *bus != NULL) {
        char why[256];

        (void)memccpy(why, bus_last_error(), '\0', sizeof why);
        why[sizeof why - 1] = '\0';
        (void)bus_close(bus);
        last_error_set("%s", why);
    }
    return status;
}
