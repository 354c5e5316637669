/*
 * fbs_model.h - a bus as FlatBuffers know it: what x.fbs says in text and x.bfbs in bytes.
 *
 * Names are those of the .fbs. A table holds all numbers from 1 on: those that were never used, or
 * are no more, as deprecated fields. Fixed arrays, which FlatBuffers have in structs only, stand in
 * a struct of their own before their table.
 */
#ifndef FBS_MODEL_H
#define FBS_MODEL_H

#include "idl.h"
#include "memory.h"

/* Numbers of reflection.fbs. */
enum fbs_base {
    FBS_NONE,
    FBS_UTYPE,
    FBS_BOOL,
    FBS_BYTE,
    FBS_UBYTE,
    FBS_SHORT,
    FBS_USHORT,
    FBS_INT,
    FBS_UINT,
    FBS_LONG,
    FBS_ULONG,
    FBS_FLOAT,
    FBS_DOUBLE,
    FBS_STRING,
    FBS_VECTOR,
    FBS_OBJECT,
    FBS_UNION,
    FBS_ARRAY
};

struct fbs_field {
    const char *name;
    const char *doc;    /* NULL: none */
    enum fbs_base base; /* of an element */
    const char *type;   /* its name in the text: "uint", "money", "common.money" */
    const char *full;   /* of an object, enum or union: "shop.money"; NULL: it is none */
    enum idl_shape shape;
    uint32_t count;  /* array: elements */
    uint32_t id;     /* a union's is that of its value; the tag has the one before */
    uint32_t slot;   /* of structs: where it lies */
    uint32_t size;   /* of structs: bytes, all elements */
    bool optional;   /* a scalar that may be absent */
    uint64_t preset; /* bits, as idl_field.preset; 0: none */
    enum idl_kind preset_kind;
    bool deprecated;
};

struct fbs_object {
    const char *name; /* "line"; "shop.line" for all the world is bus name + "." + name */
    const char *doc;
    bool fixed;     /* struct */
    bool wrapper;   /* of an array; stands right before the table that has it */
    uint32_t align; /* structs */
    uint32_t size;
    const struct fbs_field *fields;
    uint32_t field_count;
};

struct fbs_value {
    const char *name;
    const char *doc;
    int64_t value;    /* flags: number of the bit */
    const char *type; /* union: name of the arm's table in the text */
    const char *full; /* and everywhere */
    bool gone;        /* union: nobody sends it any more */
};

struct fbs_enum { /* or a union */
    const char *name;
    const char *doc;
    enum fbs_base base;
    const char *base_name;
    bool flags;
    bool choice;                    /* a union */
    const struct fbs_value *values; /* ascending; NONE of a union is not among them */
    uint32_t value_count;
};

/* What one file declares, in order of the .fbs: enums, then unions; objects, the uuid first. */
struct fbs_model {
    const struct idl_bus *bus;
    struct fbs_enum *enums;
    uint32_t enum_count;
    struct fbs_object *objects;
    uint32_t object_count;
    bool has_uuid; /* it is objects[0] */
};

struct fbs_model fbs_model_of(struct memory *memory, const struct idl_bus *bus);
/* Decimal, with a minus. */
const char *fbs_signed_text(struct memory *memory, int64_t value);
/* The default as the .fbs says it; as an integer. */
const char *fbs_preset_text(struct memory *memory, const struct fbs_field *field);
int64_t fbs_integer(enum idl_kind kind, uint64_t bits);
/* "shop.money" */
const char *fbs_full_name(struct memory *memory, const struct idl_bus *bus, const char *name);

#endif
