/* shape.c - what several emitters ask of a schema, a table or a field. */
#include "emit/emit.h"

bool field_is_outside(const struct idl_field *field)
{
    const struct idl_type *type = &field->type;

    return !field_is_gone(field) &&
           (type->shape == IDL_VECTOR || type->kind == IDL_STRING || type->kind == IDL_BYTES ||
            type->kind == IDL_TABLE || type->kind == IDL_UNION);
}

bool type_is_table(const struct idl_type *type)
{
    return type->shape == IDL_ONE && (type->kind == IDL_TABLE || type->kind == IDL_UNION);
}

bool table_may_follow(const struct idl_table *table, uint32_t next, bool root)
{
    for (uint32_t i = next; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];

        if (!field_is_outside(field))
            continue;
        if (type_is_table(&field->type))
            return true;
        if (!field->type.optional)
            return false;
    }
    return !root;
}

const char *linkage(const struct emitter *e)
{
    return e->inlined ? "BUS_HOT" : "static";
}

bool reads_types_only(const struct emitter *e)
{
    return e->split != 0 || e->bus->message_count > INLINED_MAX;
}

uint32_t answer_count(const struct idl_message *message)
{
    return message->answer_count + (message->answer_count != 0 && !message->has_returns ? 1 : 0);
}

struct answer answer_at(const struct idl_message *message, uint32_t index)
{
    const struct idl_table *body;

    if (!message->has_returns) {
        if (index == 0)
            return (struct answer){"ok", NULL};
        index--;
    }
    body = &message->answers[index].body;
    return (struct answer){body->decl.name, body->field_count != 0 ? body : NULL};
}
