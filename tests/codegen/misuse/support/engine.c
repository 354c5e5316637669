/* engine.c - the engine's functions that the linked examples of misuse call, as nothing. */
#include <bus/schema.h>

enum bus_verdict bus_answer(struct bus_delivery *delivery, const struct bus_message_type *type,
                            uint32_t index, const void *value)
{
    (void)delivery;
    (void)type;
    (void)index;
    (void)value;
    return BUS_DONE;
}

enum bus_status bus_program_open(struct bus **bus, const struct bus_options *options,
                                 size_t options_size, const struct bus_program *program,
                                 void *const *contexts, uint32_t abi)
{
    (void)bus;
    (void)options;
    (void)options_size;
    (void)contexts;
    return program->part_count == 1 && abi == BUS_ABI ? BUS_OK : BUS_ERR_INVALID;
}
