/*
 * layout.h - sizes that generated code and `busgen plan` need: of C structs as a 64-bit compiler
 * lays them out (an upper bound elsewhere; the generated source checks it), of the root's place, of
 * scratch memory.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "idl.h"

/* Position of a root table in its buffer. */
uint32_t layout_root(const struct idl_table *table);
/* sizeof the C struct of a table or struct. */
uint64_t layout_sizeof(const struct idl_table *table);
/* Most scratch memory that unpacking takes. */
uint64_t layout_scratch(const struct idl_table *table);
/* Bytes of a result that the largest answer needs: packed, then scratch. */
uint64_t layout_answer_bytes(const struct idl_message *message);
/* What these functions know of a model is remembered; call this when the model goes. */
void layout_forget(void);
/* A struct without gaps between or behind its fields. */
bool layout_is_dense(const struct idl_table *table);
/* Size and alignment of a value or element inside a struct or vector. */
uint32_t layout_element_size(const struct idl_type *type);
uint32_t layout_element_align(const struct idl_type *type);

#endif
