/* fbs.c - x.fbs: the same bytes for every FlatBuffers implementation. */
#include "emit/emit.h"
#include "emit/fbs_model.h"

#include <string.h>

static void put_doc(struct emitter *e, const char *doc)
{
    if (doc != NULL)
        put_comment_lines(e->out, "/// ", doc);
}

static void emit_enum(struct emitter *e, const struct fbs_enum *enumeration)
{
    put_doc(e, enumeration->doc);
    fill(e->out, "enum $N : $T$F {\n", 'N', enumeration->name, 'T', enumeration->base_name, 'F',
         enumeration->flags ? " (bit_flags)" : "", 0);
    e->out->indent++;
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct fbs_value *value = &enumeration->values[i];

        put_doc(e, value->doc);
        fill(e->out, "$N = $V,\n", 'N', value->name, 'V', fbs_signed_text(e->memory, value->value),
             0);
    }
    e->out->indent--;
    put(e->out, "}\n\n");
}

static void emit_union(struct emitter *e, const struct fbs_enum *choice)
{
    put_doc(e, choice->doc);
    fill(e->out, "union $N {\n", 'N', choice->name, 0);
    for (uint32_t i = 0; i < choice->value_count; i++) {
        const struct fbs_value *arm = &choice->values[i];

        fill(e->out, "    $A$T = $I,$G\n", 'A',
             strcmp(arm->type, arm->name) == 0 ? "" : join(e->memory, arm->name, " : ", NULL), 'T',
             arm->type, 'I', fbs_signed_text(e->memory, arm->value), 'G',
             arm->gone ? " // gone" : "", 0);
    }
    put(e->out, "}\n\n");
}

static void emit_field(struct emitter *e, const struct fbs_object *object,
                       const struct fbs_field *field)
{
    const char *text = field->type;

    put_doc(e, field->doc);
    if (field->shape == IDL_VECTOR)
        text = join(e->memory, "[", text, "]", NULL);
    else if (field->shape == IDL_ARRAY)
        text = join(e->memory, "[", text, ":", decimal(e->memory, field->count), "]", NULL);
    fill(e->out, "$F : $T", 'F', field->name, 'T', text, 0);
    if (field->optional)
        put(e->out, " = null");
    else if (field->preset != 0)
        fill(e->out, " = $V", 'V', fbs_preset_text(e->memory, field), 0);
    if (!object->fixed)
        fill(e->out, " (id: $I$D)", 'I', decimal(e->memory, field->id), 'D',
             field->deprecated ? ", deprecated" : "", 0);
    put(e->out, ";\n");
}

static void emit_object(struct emitter *e, const struct fbs_object *object)
{
    put_doc(e, object->doc);
    fill(e->out, "$K $N {\n", 'K', object->fixed ? "struct" : "table", 'N', object->name, 0);
    e->out->indent++;
    for (uint32_t i = 0; i < object->field_count; i++)
        emit_field(e, object, &object->fields[i]);
    e->out->indent--;
    put(e->out, object->wrapper ? "}\n" : "}\n\n");
}

void emit_fbs(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;
    struct fbs_model model = fbs_model_of(e->memory, bus);
    uint32_t first = 0;

    fill(e->out, "// $S.fbs - written by busgen from $S.bus (version $V). Do not edit.\n", 'S',
         e->stem, 'V', decimal(e->memory, bus->version), 0);
    for (uint32_t i = 0; i < bus->import_count; i++)
        fill(e->out, "include \"$S.fbs\";\n", 'S',
             name_stem(e->memory, bus->imports[i]->file->path), 0);
    fill(e->out, "\nnamespace $B;\n\n", 'B', bus->decl.name, 0);
    if (model.has_uuid)
        emit_object(e, &model.objects[first++]);
    for (uint32_t i = 0; i < model.enum_count; i++) {
        if (model.enums[i].choice)
            emit_union(e, &model.enums[i]);
        else
            emit_enum(e, &model.enums[i]);
    }
    for (uint32_t i = first; i < model.object_count; i++)
        emit_object(e, &model.objects[i]);
}
