/* words.h - what settings and values are called, for those who describe a schema. */
#ifndef WORDS_H
#define WORDS_H

#include "idl.h"
#include "memory.h"

/* By the enums of idl.h, as the language spells them. */
extern const char *const words_kinds[];
extern const char *const words_priorities[];
extern const char *const words_orders[];
extern const char *const words_when_full[];
extern const char *const words_jitters[];
extern const char *const words_on_open[];

/* "u32"; of an enum, table...: what it is. */
const char *words_type(enum idl_kind kind);
/* "250ms" */
const char *words_duration(struct memory *memory, uint64_t ns);
/* The shortest text that reads back as the same number. */
const char *words_number(struct memory *memory, double value, bool single);
const char *words_integer(struct memory *memory, uint64_t bits, bool is_signed);
/* A default or a constant, bits as the model has them; `of`: of an enum or flags. */
const char *words_value(struct memory *memory, enum idl_kind kind, const struct idl_enum *of,
                        uint64_t bits);

#endif
