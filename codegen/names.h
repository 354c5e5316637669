/*
 * names.h - the one module that spells C identifiers and C types. Emitters ask for names here and
 * put together nothing of their own but the documented suffixes (`_publish`, `_type`, ...).
 *
 * Every declaration is spelled bus name + "_" + name. Members are the field's name; `_ns` follows
 * times and durations, `_` follows words that C, C++ or their libraries took.
 */
#ifndef NAMES_H
#define NAMES_H

#include "idl.h"
#include "memory.h"

/* What one scalar kind is called by those who handle it. */
struct scalar {
    const char *c;      /* "uint32_t" */
    const char *suffix; /* "u32": bus_opt_u32, bus_put_u32; bool travels as itself */
    const char *slice;  /* "u32": bus_slice_u32; bool is u8 */
    const char *field;  /* "BUS_FIELD_U32" */
    const char *fbs;    /* "uint" */
    unsigned size;
};
/* For the scalar kinds, TIME and DURATION; NULL for others. */
const struct scalar *scalar_of(enum idl_kind kind);
/* The same; enums and flags give their base. */
const struct scalar *scalar_of_type(const struct idl_type *type);

/* "shop_order_placed", "SHOP_ORDER_PLACED" */
const char *name_c(struct memory *memory, const struct idl_decl *decl);
const char *name_upper(struct memory *memory, const char *name);
/* Prefix of the names of an answer: "shop_reserve_stock_out_of_stock". */
const char *name_answer(struct memory *memory, const struct idl_message *message,
                        const char *answer);
/* "SHOP_ORDER_STATE_OPEN" */
const char *name_enumerator(struct memory *memory, const struct idl_decl *owner, const char *value);
const char *name_const(struct memory *memory, const struct idl_const *constant);
/* C member of a field; of a union's arm. */
const char *name_member(struct memory *memory, const struct idl_field *field);
const char *name_arm(const char *arm);
/* Member of a component's struct: "reserve_stock", "on_order_placed". */
const char *name_slot(struct memory *memory, const struct idl_bus *bus,
                      const struct idl_message *message);
/* What a declaration of a constant of the generated code ends with, ` __asm__("shop_order_placed" +
 * suffix + "_v3_1a2b3c4d")`: for the linker its name says of which schema it is, so code that was
 * compiled with another one does not find it, and two of them in one process stay apart. "" of the
 * runtime's own schema. */
const char *name_label(struct memory *memory, const struct idl_bus *bus, const char *name,
                       const char *suffix);
/* "shop_server": the name itself when it begins with the bus's prefix. */
const char *name_program(struct memory *memory, const struct idl_program *program);

/* C type of a field's member, "struct shop_line_slice"; of an array: of its element. In a `fixed`
 * struct enums are their base. */
const char *type_member(struct memory *memory, const struct idl_field *field, bool fixed);
/* C type of the value without optionality. */
const char *type_value(struct memory *memory, const struct idl_type *type, bool fixed);
/* C type of one element of a vector or array. */
const char *type_element(struct memory *memory, const struct idl_type *type);

/* Files: "dir/shop.bus" -> "shop". */
const char *name_stem(struct memory *memory, const char *path);

/* ".bus.3.c": what follows the stem in the name of a part of the source. */
const char *name_part(struct memory *memory, uint32_t part);

/* The .fbs world: words that flatc took get a trailing "_". */
const char *name_fbs(struct memory *memory, const char *name);

#endif
