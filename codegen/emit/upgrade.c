/*
 * upgrade.c - versions of messages: what the user writes to make a newer message of an older one,
 * declared in the header with a beginning of it, and how the type of the newer one finds it.
 */
#include "emit/emit.h"

#include <string.h>

enum { SHOWN_MAX = 12 }; /* fields in the example of an upgrade function */

static const char *version_text(struct emitter *e, const struct idl_message *message)
{
    return join(e->memory, "v", decimal(e->memory, message->version), NULL);
}

/* "shop_order_placed_upgrade_v1": the same whatever versions come later. */
static const char *function_name(struct emitter *e, const struct idl_message *older)
{
    return join(e->memory, older->body.decl.file->bus->decl.name, "_", older->base, "_upgrade_",
                version_text(e, older), NULL);
}

/* ---- header ---------------------------------------------------------------------------------- */

static const char upgrades_text[] =
    "/* ---- upgrades ---- */\n"
    "\n"
    "/* You write these, one for each step from version to version; one that is missing is an "
    "error\n"
    " * of the linker. They run for messages that were written as an older version and are read "
    "now:\n"
    " * durable and scheduled events, dead letters, bytes of your own (_decode_any); on the "
    "thread\n"
    " * that reads them, so they neither wait nor call the bus. `newer` comes as its _init leaves "
    "it.\n"
    " * What it points to lies where `older` points to, or in bus_upgrade_memory(upgrading, "
    "size).\n"
    " * False: this one cannot be upgraded; it is treated as one that is damaged, and kept. */\n";

static const char any_skeleton[] =
    "/* As _decode, for bytes of any version, upgraded; `type_id` says which: the `id` of its "
    "type,\n"
    " * kept beside the bytes. bus_upgrade_scratch(&$P_type) bytes of scratch always suffice.\n"
    " * What it returns: bus_upgrade_decode. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_decode_any(\n"
    "    uint64_t type_id, const uint8_t *bytes, size_t size, struct $P *message, void *scratch,\n"
    "    size_t scratch_size)\n"
    "{\n"
    "    return bus_upgrade_decode(&$P_type, type_id, bytes, size, message, scratch, "
    "scratch_size);\n"
    "}\n";

static const struct idl_field *field_called(const struct idl_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        if (!field_is_gone(&table->fields[i]) && strcmp(table->fields[i].decl.name, name) == 0)
            return &table->fields[i];
    return NULL;
}

/* Whether what one member holds can be put into the other as it is. */
static bool same_member(struct emitter *e, const struct idl_field *older,
                        const struct idl_field *newer)
{
    return older->type.shape == newer->type.shape &&
           (newer->type.shape != IDL_ARRAY || older->type.count == newer->type.count) &&
           strcmp(type_member(e->memory, older, false), type_member(e->memory, newer, false)) == 0;
}

static void put_step(struct emitter *e, const struct idl_field *older,
                     const struct idl_field *newer)
{
    const char *member = name_member(e->memory, newer);
    const char *text;

    if (older == NULL)
        text = " *         // newer->$M is new\n";
    else if (!same_member(e, older, newer))
        text = " *         // newer->$M has another type than older->$O\n";
    else if (newer->type.shape == IDL_ARRAY)
        text = " *         memcpy(newer->$M, older->$O, sizeof newer->$M);\n";
    else
        text = " *         newer->$M = older->$O;\n";
    if (older == NULL)
        fill(e->out, text, 'M', member, 0);
    else
        fill(e->out, text, 'M', member, 'O', name_member(e->memory, older), 0);
}

static void put_example(struct emitter *e, const struct idl_message *older)
{
    const struct idl_table *body = &older->newer->body;
    uint32_t shown = 0;

    for (uint32_t i = 0; i < body->field_count && shown <= SHOWN_MAX; i++) {
        if (field_is_gone(&body->fields[i]))
            continue;
        if (shown++ == SHOWN_MAX)
            put(e->out, " *         // and so on\n");
        else
            put_step(e, field_called(&older->body, body->fields[i].decl.name), &body->fields[i]);
    }
}

static void declare_step(struct emitter *e, const struct idl_message *older)
{
    static const char head[] = "$Lbool $F(\n"
                               "$L    const struct $O *older, struct $N *newer,\n"
                               "$L    struct bus_upgrading *upgrading)$E\n";
    const char *function = function_name(e, older);
    const char *from = name_c(e->memory, &older->body.decl);
    const char *to = name_c(e->memory, &older->newer->body.decl);

    fill(e->out, "/* $B, version $O to $N. How it begins:\n *\n", 'B', older->base, 'O',
         decimal(e->memory, older->version), 'N', decimal(e->memory, older->newer->version), 0);
    fill(e->out, head, 'L', " *     ", 'F', function, 'O', from, 'N', to, 'E', "", 0);
    put(e->out, " *     {\n *         (void)upgrading;\n");
    put_example(e, older);
    put(e->out, " *         return true;\n *     }\n */\n");
    fill(e->out, head, 'L', "", 'F', function, 'O', from, 'N', to, 'E', ";", 0);
}

void emit_upgrades(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    if (bus->older_count == 0)
        return;
    put(e->out, upgrades_text);
    for (uint32_t i = bus->message_count; i < version_count(bus); i++)
        declare_step(e, bus->messages[i]);
    put(e->out, "\n");
    if (reads_types_only(e))
        put(e->out, "#ifndef BUS_TYPES_ONLY\n");
    for (uint32_t i = 0; i < bus->message_count; i++)
        if (bus->messages[i]->upgrades != NULL)
            fill(e->out, any_skeleton, 'P', name_c(e->memory, &bus->messages[i]->body.decl), 0);
    if (reads_types_only(e))
        put(e->out, "#endif\n");
    put(e->out, "\n");
}

/* ---- source ---------------------------------------------------------------------------------- */

void emit_upgrade(struct emitter *e, const struct idl_message *message)
{
    const struct idl_message *older = message->upgrades;

    if (older == NULL)
        return;
    fill(e->out,
         "static bool $P_apply(const void *older, void *newer, struct bus_upgrading *upgrading)\n"
         "{\n"
         "    return $F((const struct $O *)older, (struct $P *)newer,\n"
         "        upgrading);\n"
         "}\n"
         "static const struct bus_upgrade $P_upgrade = {&$O_type, $P_apply};\n",
         'P', name_c(e->memory, &message->body.decl), 'O', name_c(e->memory, &older->body.decl),
         'F', function_name(e, older), 0);
}
