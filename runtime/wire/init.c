/*
 * init.c - a C struct in which every field has its schema default. Padding is zero too.
 */
#include "layout.h"

static void init_fields(const struct bus_table *table, uint8_t *message)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        uint8_t *member = message + field->value;

        if ((field->flags & (BUS_FIELD_REMOVED | BUS_FIELD_OPTIONAL)) ||
            field->shape != BUS_SHAPE_ONE)
            continue;
        if (field->kind == BUS_FIELD_TABLE) {
            init_fields(field->type, member);
        } else if (field->kind == BUS_FIELD_ENUM) {
            int32_t value = (int32_t)preset_load(field);

            memcpy(member, &value, sizeof(value));
        } else if (field->preset != 0) {
            memcpy(member, &field->preset, scalar_size(field_scalar(field)));
        }
    }
}

void bus_wire_init(const struct bus_table *table, void *message)
{
    memset(message, 0, table->size);
    /* Structs have no defaults and no room for an int-sized enum. */
    if (table->vtable_size != 0)
        init_fields(table, message);
}
