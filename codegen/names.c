/* names.c - see names.h. */
#include "names.h"

#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct scalar scalars[] = {
    [IDL_BOOL] = {"bool", "bool", "u8", "BUS_FIELD_BOOL", "bool", 1},
    [IDL_U8] = {"uint8_t", "u8", "u8", "BUS_FIELD_U8", "ubyte", 1},
    [IDL_I8] = {"int8_t", "i8", "i8", "BUS_FIELD_I8", "byte", 1},
    [IDL_U16] = {"uint16_t", "u16", "u16", "BUS_FIELD_U16", "ushort", 2},
    [IDL_I16] = {"int16_t", "i16", "i16", "BUS_FIELD_I16", "short", 2},
    [IDL_U32] = {"uint32_t", "u32", "u32", "BUS_FIELD_U32", "uint", 4},
    [IDL_I32] = {"int32_t", "i32", "i32", "BUS_FIELD_I32", "int", 4},
    [IDL_U64] = {"uint64_t", "u64", "u64", "BUS_FIELD_U64", "ulong", 8},
    [IDL_I64] = {"int64_t", "i64", "i64", "BUS_FIELD_I64", "long", 8},
    [IDL_F32] = {"float", "f32", "f32", "BUS_FIELD_F32", "float", 4},
    [IDL_F64] = {"double", "f64", "f64", "BUS_FIELD_F64", "double", 8},
    [IDL_TIME] = {"int64_t", "i64", "i64", "BUS_FIELD_TIME", "long", 8},
    [IDL_DURATION] = {"int64_t", "i64", "i64", "BUS_FIELD_DURATION", "long", 8},
};

const struct scalar *scalar_of(enum idl_kind kind)
{
    return kind <= IDL_DURATION ? &scalars[kind] : NULL;
}

const struct scalar *scalar_of_type(const struct idl_type *type)
{
    if (type->kind == IDL_ENUM || type->kind == IDL_FLAGS)
        return scalar_of(type->enumeration->base);
    return scalar_of(type->kind);
}

const char *name_c(struct memory *memory, const struct idl_decl *decl)
{
    return join(memory, decl->file->bus->decl.name, "_", decl->name, NULL);
}

const char *name_upper(struct memory *memory, const char *name)
{
    size_t size = strlen(name);
    char *upper = allocate(memory, size + 1);

    for (size_t i = 0; i < size; i++) {
        char c = name[i];

        /* not toupper: a locale must not change names */
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return upper;
}

const char *name_answer(struct memory *memory, const struct idl_message *message,
                        const char *answer)
{
    return join(memory, name_c(memory, &message->body.decl), "_", answer, NULL);
}

const char *name_enumerator(struct memory *memory, const struct idl_decl *owner, const char *value)
{
    return name_upper(memory, join(memory, name_c(memory, owner), "_", value, NULL));
}

const char *name_const(struct memory *memory, const struct idl_const *constant)
{
    const char *name = name_c(memory, &constant->decl);

    return name_upper(memory,
                      constant->kind == IDL_DURATION ? join(memory, name, "_ns", NULL) : name);
}

const char *name_member(struct memory *memory, const struct idl_field *field)
{
    if (field->type.kind == IDL_TIME || field->type.kind == IDL_DURATION)
        return join(memory, field->decl.name, "_ns", NULL);
    return field->decl.name; /* idl refuses keywords and macros */
}

const char *name_arm(const char *arm)
{
    /* beside the member `type` */
    return strcmp(arm, "type") == 0 ? "type_" : arm;
}

const char *name_slot(struct memory *memory, const struct idl_bus *bus,
                      const struct idl_message *message)
{
    const char *name = message->body.decl.file->bus == bus ? message->body.decl.name
                                                           : name_c(memory, &message->body.decl);

    return message->kind == IDL_COMMAND ? name : join(memory, "on_", name, NULL);
}

const char *name_label(struct memory *memory, const struct idl_bus *bus, const char *name,
                       const char *suffix)
{
    char end[48];

    if (strcmp(bus->decl.name, "bus_system") == 0)
        return "";
    snprintf(end, sizeof(end), "_v%u_%08x\")", (unsigned)bus->version,
             (unsigned)(bus->fingerprint >> 32));
    return join(memory, " __asm__(\"", name, suffix, end, NULL);
}

const char *name_program(struct memory *memory, const struct idl_program *program)
{
    const char *prefix = program->decl.file->bus->decl.name;
    size_t size = strlen(prefix);

    if (strncmp(program->decl.name, prefix, size) == 0 && program->decl.name[size] == '_')
        return program->decl.name;
    return name_c(memory, &program->decl);
}

const char *type_element(struct memory *memory, const struct idl_type *type)
{
    const struct scalar *scalar = scalar_of_type(type);

    if (scalar != NULL)
        return scalar->c;
    switch (type->kind) {
    case IDL_UUID:
        return "struct bus_uuid";
    case IDL_STRING:
        return "struct bus_string";
    default:
        return join(memory, "struct ", name_c(memory, &type->table->decl), NULL);
    }
}

const char *type_value(struct memory *memory, const struct idl_type *type, bool fixed)
{
    if (type->shape == IDL_VECTOR) {
        const struct scalar *scalar = scalar_of_type(type);

        if (scalar != NULL)
            return join(memory, "struct bus_slice_", scalar->slice, NULL);
        if (type->kind == IDL_UUID)
            return "struct bus_slice_uuid";
        if (type->kind == IDL_STRING)
            return "struct bus_slice_string";
        return join(memory, "struct ", name_c(memory, &type->table->decl), "_slice", NULL);
    }
    if (type->shape == IDL_ARRAY)
        return type_element(memory, type);
    switch (type->kind) {
    case IDL_ENUM:
        if (fixed)
            return scalar_of_type(type)->c;
        return join(memory, "enum ", name_c(memory, &type->enumeration->decl), NULL);
    case IDL_FLAGS:
        return name_c(memory, &type->enumeration->decl);
    case IDL_BYTES:
        return "struct bus_bytes";
    case IDL_UNION:
        return join(memory, "struct ", name_c(memory, &type->choice->decl), NULL);
    default:
        return type_element(memory, type);
    }
}

const char *type_member(struct memory *memory, const struct idl_field *field, bool fixed)
{
    const struct idl_type *type = &field->type;
    const struct scalar *scalar = scalar_of_type(type);

    if (!type->optional)
        return type_value(memory, type, fixed);
    if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE)
        return join(memory, "struct ", name_c(memory, &type->table->decl),
                    type->shape == IDL_VECTOR ? "_slice_opt" : "_opt", NULL);
    if (type->shape == IDL_VECTOR)
        return join(memory, "struct bus_opt_slice_",
                    scalar != NULL           ? scalar->slice
                    : type->kind == IDL_UUID ? "uuid"
                                             : "string",
                    NULL);
    switch (type->kind) {
    case IDL_ENUM:
        return join(memory, "struct ", name_c(memory, &type->enumeration->decl), "_opt", NULL);
    case IDL_UUID:
        return "struct bus_opt_uuid";
    case IDL_STRING:
        return "struct bus_opt_string";
    case IDL_BYTES:
        return "struct bus_opt_bytes";
    default:
        return join(memory, "struct bus_opt_", scalar->suffix, NULL);
    }
}

const char *name_stem(struct memory *memory, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t size = strlen(base);
    char *stem = allocate(memory, size + 1);

    memcpy(stem, base, size);
    if (size > 4 && strcmp(base + size - 4, ".bus") == 0)
        stem[size - 4] = '\0';
    return stem;
}

const char *name_part(struct memory *memory, uint32_t part)
{
    return join(memory, ".bus.", decimal(memory, part), ".c", NULL);
}

const char *name_fbs(struct memory *memory, const char *name)
{
    if (codec_flatc_word(name))
        return join(memory, name, "_", NULL);
    return name;
}
