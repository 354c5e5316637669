/*
 * bus/wire.h - messages as bytes: descriptions of their layout, and what works from the description
 * alone.
 *
 * Unstable: for generated code, tools and tests. The layout may change with BUS_ABI.
 *
 * A message travels as a FlatBuffers buffer. Hot code (measure, pack, unpack of our own layout) is
 * generated per message; everything that need not be fast is one engine that reads these constant
 * descriptions: verify, unpack of foreign layouts, print, compare, init.
 *
 * Our own layout, which pack writes and which unpack recognises by its vtable:
 *
 *     0     u32 position of the root table
 *     4     vtable of the root: u16 its size, u16 size of the table (inline_size), u16 per field
 *     root  i32 distance back to the vtable, then the fields, largest alignment first
 *     then  strings, vectors and tables in field-number order, depth first, each where the last
 *           one ended
 *
 * Positions, with `end` the first free byte and every gap zero:
 *
 *     table    the smallest T >= end + vtable_size with T = 4 modulo 8 (align 8), or T = 0 modulo
 *              4; its own vtable ends at T (only the root's stands at 4, the gap behind it); then
 *              come its contents; equal vtables are not shared
 *     vector   the smallest P >= end with P = 0 modulo 4 and P + 4 a multiple of the element's
 *              alignment: u32 count, elements; of tables or strings: u32 count, u32 offsets, then
 *              the tables or strings in order; empty ones are written too
 *     string   a vector of bytes, and behind it a NUL that is not counted
 *     bytes    a vector of bytes
 *
 * Every field that is not optional, not the value of a union and not removed is always present.
 * Where an optional field or a union value is absent, its place in the table stays (zero) and its
 * vtable entry is 0. A removed field has no place. A buffer is 8-aligned and its size is a multiple
 * of 4.
 */
#ifndef BUS_WIRE_H
#define BUS_WIRE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bus_field_kind {
    BUS_FIELD_BOOL,
    BUS_FIELD_U8,
    BUS_FIELD_I8,
    BUS_FIELD_U16,
    BUS_FIELD_I16,
    BUS_FIELD_U32,
    BUS_FIELD_I32,
    BUS_FIELD_U64,
    BUS_FIELD_I64,
    BUS_FIELD_F32,
    BUS_FIELD_F64,
    BUS_FIELD_TIME,     /* i64 nanoseconds since 1970 */
    BUS_FIELD_DURATION, /* i64 nanoseconds */
    BUS_FIELD_UUID,     /* struct bus_uuid */
    BUS_FIELD_ENUM, /* travels as its base; a single one in a table is an int-sized C enum, one in a
                       struct, vector or array is the base integer */
    BUS_FIELD_FLAGS, /* travels and lives as its base */
    BUS_FIELD_STRING,
    BUS_FIELD_BYTES,
    BUS_FIELD_STRUCT,
    BUS_FIELD_TABLE,
    BUS_FIELD_UNION,
};

enum bus_field_shape { BUS_SHAPE_ONE, BUS_SHAPE_VECTOR, BUS_SHAPE_ARRAY };

enum {
    BUS_FIELD_OPTIONAL = 1 << 0, /* C member is { has, value } */
    BUS_FIELD_SECRET = 1 << 1,   /* print shows *** */
    BUS_FIELD_KEY = 1 << 2,
    BUS_FIELD_REMOVED =
        1 << 3 /* its number is taken, its bytes are verified, there is no C member */
};

struct bus_enum_value {
    const char *name;
    int64_t value; /* flags: the mask */
};

struct bus_enum {
    const char *name; /* "shop.order_state" */
    const struct bus_enum_value *values;
    uint32_t value_count;
};

/* One field of a table or struct. */
struct bus_field {
    const char *name; /* as in the schema */
    const void
        *type; /* struct bus_enum (ENUM, FLAGS), bus_table (STRUCT, TABLE), bus_union (UNION) */
    uint64_t
        preset; /* default: the bits of the scalar, zero-extended (bool, ints, floats, enums) */
    uint32_t member; /* offset in the C struct; of `has` when optional */
    uint32_t value;  /* offset in the C struct of the value itself (= member unless optional) */
    uint32_t max;    /* STRING, BYTES: bytes (of one element in a vector of strings) */
    uint32_t count;  /* vector: most elements; array: elements */
    uint16_t
        number; /* schema number, FlatBuffers id + 1; a union: of its value (tag is number - 1) */
    uint16_t
        slot; /* table: offset from the table's start in our own layout; struct: from its start */
    uint16_t tag_slot; /* union: the same for the tag byte */
    uint8_t kind;      /* enum bus_field_kind; of the element when a vector or array */
    uint8_t base;      /* ENUM, FLAGS: the integer kind; else = kind */
    uint8_t shape;     /* enum bus_field_shape */
    uint8_t flags;
};

/* A table, or (vtable_size 0) a fixed struct. */
struct bus_table {
    const char *name;               /* "shop.line" */
    const struct bus_field *fields; /* ascending by number; struct: in order */
    uint32_t field_count;
    uint32_t size;  /* sizeof the C struct */
    uint32_t align; /* of the bytes: 4 or 8 for a table, 1 to 8 for a struct */
    uint32_t
        inline_size; /* bytes of the table from its start to its last field, or of the struct */
    uint32_t vtable_size; /* bytes */
};

struct bus_union_arm {
    const char *name;
    const struct bus_table *table;
    uint32_t number; /* tag value, from 1 */
};

/* A union's C struct is { enum type; union { arms }; }; all arms start at `value`. */
struct bus_union {
    const char *name;
    const struct bus_union_arm *arms; /* ascending by number */
    uint32_t arm_count;
    uint32_t size;  /* sizeof the C struct */
    uint32_t tag;   /* offset of the int-sized C tag */
    uint32_t value; /* offset of the arms */
};

/* Memory that unpack takes for what a slice cannot show in place (vectors of tables and of
 * strings). Takes are 8-aligned and never exceed what `scratch_max` of the codec promised. */
struct bus_scratch {
    uint8_t *at;
    uint8_t *end;
};

static inline void *bus_scratch_take(struct bus_scratch *scratch, size_t size)
{
    uint8_t *taken = scratch->at;

    size = (size + 7) & ~(size_t)7;
    if (size > (size_t)(scratch->end - scratch->at))
        return NULL;
    scratch->at += size;
    return taken;
}

/* What a claim reserves of single bytes is cleared up to so many: more would cost what it saves. */
#define BUS_RESERVED_CLEAR 256

/* How one root table (a message, an answer) becomes bytes and back. */
struct bus_codec {
    const struct bus_table *table;
    uint32_t size_max;    /* largest packed size; bytes, a multiple of 4 */
    uint32_t scratch_max; /* most scratch that unpack takes, the C struct itself not counted */
    /* Packed size; 0 when a size, count, union tag or pointer is out of bounds (bus_wire_check says
     * which). Reads the struct only. A slice with data NULL and size > 0 is out of bounds, unless
     * `reserve`: then it reserves its bytes, for a claim. */
    uint32_t (*measure)(const void *message, bool reserve);
    /* Writes exactly measure() bytes to `to`, 8-aligned. `message` passed measure() and was not
     * changed since. Reserved slices are zero bytes, but for `bytes` and vectors of single bytes
     * of more than BUS_RESERVED_CLEAR, which hold what was there before. */
    void (*pack)(uint8_t *to, const void *message);
    /* Fills the struct from verified bytes, ours or foreign. Slices point into `bytes` and
     * `scratch`. False only when scratch runs out (less than scratch_max was given). */
    bool (*unpack)(void *message, const uint8_t *bytes, struct bus_scratch *scratch);
    /* Verify and unpack in one, for bytes as pack writes them. True: `bytes`, 8-aligned and from
     * anywhere, are such and sound, and `message`, unless NULL, is filled. False says nothing: ask
     * bus_wire_verify. NULL: there is no fast way. */
    bool (*accept)(void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch);
};

/* Why a message was refused: names the field, "lines[3].sku: 70 bytes, at most 64". */
#define BUS_WIRE_WHY_SIZE 160

/* Checks what measure checks, field by field, for the error message; with `text` also that strings
 * are UTF-8. True when all is well. `why` receives the reason otherwise. */
BUS_API bool bus_wire_check(const struct bus_table *table, const void *message, bool text,
                            char why[BUS_WIRE_WHY_SIZE]);

/* Complete verification of bytes from anywhere: bounds, alignment, vtables, offsets, depth (64),
 * number of tables (1,000,000), bytes visited (8 x size), every `max` and count, UTF-8, NUL
 * terminators, bool bytes, union tags with their values. `bytes` must be 8-aligned. Never reads
 * outside [bytes, size). After true, unpack and the views may read every field. `why` may be NULL.
 */
BUS_API bool bus_wire_verify(const struct bus_table *table, const uint8_t *bytes, size_t size,
                             char why[BUS_WIRE_WHY_SIZE]);

/* True when the bools inside one struct are; everything else in it may hold any bits. */
BUS_API bool bus_wire_verify_struct(const struct bus_table *table, const uint8_t *bytes);

/* As bus_wire_verify, sooner for bytes that our own pack wrote. */
BUS_API bool bus_codec_verify(const struct bus_codec *codec, const uint8_t *bytes, size_t size,
                              char why[BUS_WIRE_WHY_SIZE]);

/* Unpacks verified bytes of any layout; what codec.unpack falls back to. `at` is the position of a
 * table in `bytes`. False when scratch runs out. */
BUS_API bool bus_wire_unpack(const struct bus_table *table, void *message, const uint8_t *bytes,
                             uint32_t at, struct bus_scratch *scratch);

/* Sets every field to its schema default: absent, empty, zero or the declared value. */
BUS_API void bus_wire_init(const struct bus_table *table, void *message);

/* Total order of two messages, field by field; 0 when equal. NaN equals NaN; -0.0 is below 0.0. */
BUS_API int bus_wire_compare(const struct bus_table *table, const void *a, const void *b);

/* One line of text, "order_placed { order_id: 42, customer: "Ada", token: *** }", NUL-terminated,
 * cut to `size`. Returns the length it would have without the cut, as snprintf. */
BUS_API size_t bus_wire_print(const struct bus_table *table, const void *message, char *text,
                              size_t size);

/* RFC 3339 in UTC with as many digits of a second as are needed, "2026-01-31T12:00:00.5Z". Any
 * value has a text: years 1677 to 2262. */
#define BUS_TIME_TEXT_SIZE 32
BUS_API void bus_time_text(int64_t time_ns, char text[BUS_TIME_TEXT_SIZE]);
/* A duration in the largest unit that needs no fraction, "250ms", "-3s", "0s", as the schema
 * language writes it. */
#define BUS_DURATION_TEXT_SIZE 24
BUS_API void bus_duration_text(int64_t duration_ns, char text[BUS_DURATION_TEXT_SIZE]);
/* The shortest digits that give the same value back, with a point in every locale; "nan", "inf",
 * "-inf". `single`: that give the same float. */
#define BUS_NUMBER_TEXT_SIZE 32
BUS_API void bus_number_text(double value, bool single, char text[BUS_NUMBER_TEXT_SIZE]);
/* How many bytes at the start of `text` are UTF-8; `size` when all are. */
BUS_API size_t bus_utf8_valid(const char *text, size_t size);

/* Reads one field of packed, verified bytes without unpacking: bus_view_* return the schema default
 * when the field is absent. `number` is the schema number; the field must have that kind. */
struct bus_view {
    const struct bus_table *table;
    const uint8_t *bytes;
    uint32_t at; /* position of the table */
};
BUS_API struct bus_view bus_view_root(const struct bus_table *table, const uint8_t *bytes);
/* Where the field's bytes are; NULL when absent. Scalars and structs: the value. Strings, bytes,
 * vectors: the element count (u32), then the elements. Tables: the table. */
BUS_API const uint8_t *bus_view_field(struct bus_view view, uint32_t number);
BUS_API bool bus_view_has(struct bus_view view, uint32_t number);
BUS_API uint64_t bus_view_u64(struct bus_view view,
                              uint32_t number); /* any unsigned, bool, flags */
BUS_API int64_t bus_view_i64(struct bus_view view,
                             uint32_t number); /* any signed, enum, time, duration */
BUS_API double bus_view_f64(struct bus_view view, uint32_t number); /* f32, f64 */
BUS_API struct bus_string bus_view_string(struct bus_view view, uint32_t number);
BUS_API struct bus_bytes bus_view_bytes(struct bus_view view, uint32_t number);
BUS_API struct bus_view bus_view_table(struct bus_view view,
                                       uint32_t number); /* .bytes NULL: absent */

#ifdef __cplusplus
}
#endif

#endif
