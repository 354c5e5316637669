/*
 * bus/pack.h - the small steps that generated measure, pack and unpack functions are made of.
 *
 * Unstable: for generated `.bus.c` files only. This is the hot path: everything is inline, copies
 * have sizes known at compile time where possible, and nothing branches that need not.
 *
 * The layout is that of bus/wire.h. Two conventions hold the pieces together:
 *
 *   - `at` is the first free byte behind what was written. Each step aligns it first. A step that
 *     ends inside a word of four bytes has zeroed the rest of that word, so that the gap before the
 *     next object, up to the next word, is zero already.
 *   - measure() went before: sizes, counts and pointers are in bounds and the buffer is large
 *     enough for everything, rounded up to whole words.
 *
 * All access to message bytes goes through memcpy: no aliasing, no alignment demands on C.
 */
#ifndef BUS_PACK_H
#define BUS_PACK_H

#include <bus/schema.h>

/* Compilers that count call sites would leave the largest steps out of line. */
#if defined(__GNUC__)
#define BUS_HOT static inline __attribute__((always_inline))
#else
#define BUS_HOT static inline
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- loads and stores ------------------------------------------------------------------------ */

static inline void bus_put_u8(uint8_t *to, uint8_t value)
{
    *to = value;
}
static inline void bus_put_i8(uint8_t *to, int8_t value)
{
    *to = (uint8_t)value;
}
static inline void bus_put_bool(uint8_t *to, bool value)
{
    *to = value ? 1 : 0;
}
static inline void bus_put_u16(uint8_t *to, uint16_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_i16(uint8_t *to, int16_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_u32(uint8_t *to, uint32_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_i32(uint8_t *to, int32_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_u64(uint8_t *to, uint64_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_i64(uint8_t *to, int64_t value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_f32(uint8_t *to, float value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_f64(uint8_t *to, double value)
{
    memcpy(to, &value, sizeof(value));
}
static inline void bus_put_uuid(uint8_t *to, struct bus_uuid value)
{
    memcpy(to, &value, sizeof(value));
}

static inline uint8_t bus_get_u8(const uint8_t *from)
{
    return *from;
}
static inline int8_t bus_get_i8(const uint8_t *from)
{
    int8_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline bool bus_get_bool(const uint8_t *from)
{
    return *from != 0;
}
static inline uint16_t bus_get_u16(const uint8_t *from)
{
    uint16_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline int16_t bus_get_i16(const uint8_t *from)
{
    int16_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline uint32_t bus_get_u32(const uint8_t *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline int32_t bus_get_i32(const uint8_t *from)
{
    int32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline uint64_t bus_get_u64(const uint8_t *from)
{
    uint64_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline int64_t bus_get_i64(const uint8_t *from)
{
    int64_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline float bus_get_f32(const uint8_t *from)
{
    float value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline double bus_get_f64(const uint8_t *from)
{
    double value;

    memcpy(&value, from, sizeof(value));
    return value;
}
static inline struct bus_uuid bus_get_uuid(const uint8_t *from)
{
    struct bus_uuid value;

    memcpy(&value, from, sizeof(value));
    return value;
}

/* ---- measure --------------------------------------------------------------------------------- */

struct bus_measure {
    uint32_t at;  /* end of what was measured; meaningless once `bad` */
    uint32_t bad; /* something was out of bounds */
    bool reserve; /* slices may be NULL: their bytes are reserved */
};

/* A slice of bytes, integers or structs: `size` elements of `element` bytes, aligned to 8 when
 * `wide`, at most `max` of them; `extra` bytes behind (the NUL of a string). */
BUS_HOT void bus_measure_slice(struct bus_measure *measure, const void *data, uint32_t size,
                               uint32_t max, uint32_t element, bool wide, uint32_t extra)
{
    uint32_t start = (measure->at + 3) & ~UINT32_C(3);

    if (wide)
        start += ~start & 4;
    measure->bad |= (uint32_t)(size > max) | ((uint32_t)(data == NULL) & (uint32_t)(size != 0) &
                                              (uint32_t)!measure->reserve);
    measure->at = start + 4 + size * element + extra;
}
BUS_HOT void bus_measure_string(struct bus_measure *measure, struct bus_string value, uint32_t max)
{
    bus_measure_slice(measure, value.data, value.size, max, 1, false, 1);
}
/* A vector of bools: bytes above 1 would not verify anywhere. */
static inline void bus_measure_bools(struct bus_measure *measure, struct bus_slice_u8 value,
                                     uint32_t max)
{
    uint32_t high = 0;
    uint32_t i;

    bus_measure_slice(measure, value.data, value.size, max, 1, false, 0);
    if (value.data == NULL || value.size > max)
        return;
    for (i = 0; i < value.size; i++)
        high |= value.data[i];
    measure->bad |= (uint32_t)(high > 1);
}
/* The offsets of a vector of tables or strings; true: its elements may be looked at. */
static inline bool bus_measure_offsets(struct bus_measure *measure, const void *data, uint32_t size,
                                       uint32_t max)
{
    measure->at = ((measure->at + 3) & ~UINT32_C(3)) + 4 + size * 4;
    if (size > max || (data == NULL && size != 0)) {
        measure->bad = 1;
        return false;
    }
    return true;
}
static inline void bus_measure_strings(struct bus_measure *measure, struct bus_slice_string value,
                                       uint32_t count_max, uint32_t max)
{
    uint32_t i;
    bool reserve = measure->reserve;

    if (!bus_measure_offsets(measure, value.data, value.size, count_max))
        return;
    measure->reserve = false;
    for (i = 0; i < value.size; i++)
        bus_measure_string(measure, value.data[i], max);
    measure->reserve = reserve;
}
/* A table: vtable and inline part. */
static inline void bus_measure_table(struct bus_measure *measure, uint32_t vtable_size,
                                     uint32_t inline_size, bool wide)
{
    uint32_t table = (measure->at + vtable_size + 3) & ~UINT32_C(3);

    if (wide)
        table += ~table & 4;
    measure->at = table + inline_size;
}
/* An enum that travels as an integer of [low, high]. */
static inline void bus_measure_enum(struct bus_measure *measure, int value, int low, int high)
{
    measure->bad |= (uint32_t)(value < low) | (uint32_t)(value > high);
}
static inline uint32_t bus_measure_end(const struct bus_measure *measure)
{
    return measure->bad != 0 ? 0 : (measure->at + 3) & ~UINT32_C(3);
}

/* ---- pack ------------------------------------------------------------------------------------ */

/* memcpy for sizes that are small nearly always: two overlapping copies of a fixed size instead of
 * a call. Never reads or writes outside [0, size). `size` is at most `max`, which is constant where
 * this is inlined and takes away the cases that cannot be. */
BUS_HOT void bus_copy(uint8_t *to, const void *source, size_t size, size_t max)
{
    const uint8_t *from = (const uint8_t *)source;

    if (max >= 8 && size >= 8 && size <= 16) {
        uint64_t head = bus_get_u64(from);
        uint64_t tail = bus_get_u64(from + size - 8);

        bus_put_u64(to, head);
        bus_put_u64(to + size - 8, tail);
    } else if (max > 16 && size > 16 && size <= 32) {
        struct bus_uuid head = bus_get_uuid(from);
        struct bus_uuid tail = bus_get_uuid(from + size - 16);

        bus_put_uuid(to, head);
        bus_put_uuid(to + size - 16, tail);
    } else if (max > 32 && size > 32) {
        memcpy(to, from, size);
    } else if (max >= 4 && size >= 4) {
        uint32_t head = bus_get_u32(from);
        uint32_t tail = bus_get_u32(from + size - 4);

        bus_put_u32(to, head);
        bus_put_u32(to + size - 4, tail);
    } else if (size > 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        to[size - 1] = from[size - 1];
    }
}
/* `to` as pack gets it: lets the compiler know where things are. */
static inline uint8_t *bus_aligned(uint8_t *to)
{
#if defined(__GNUC__)
    return (uint8_t *)__builtin_assume_aligned(to, 8);
#else
    return to;
#endif
}
static inline uint8_t *bus_align_4(uint8_t *at)
{
    return at + (-(uintptr_t)at & 3);
}
/* The offset in the slot that leads to the object at `at`, which lies behind it. */
static inline void bus_put_offset(uint8_t *slot, const uint8_t *at)
{
    bus_put_u32(slot, (uint32_t)(at - slot));
}
/* `bytes` bytes of content, at most `max`, and `size` counted elements; `data` NULL: zeros. */
BUS_HOT uint8_t *bus_put_slice(uint8_t *slot, uint8_t *at, const void *data, uint32_t size,
                               size_t bytes, size_t max, bool wide)
{
    at = bus_align_4(at);
    if (wide) {
        bus_put_u32(at, 0); /* the gap; else the count goes over it */
        at += ~(uintptr_t)at & 4;
    }
    bus_put_offset(slot, at);
    bus_put_u32(at + ((bytes + 3) & ~(size_t)3), 0); /* the last word, which may be the count */
    bus_put_u32(at, size);
    if (data != NULL)
        bus_copy(at + 4, data, bytes, max);
    else
        memset(at + 4, 0, bytes);
    return at + 4 + bytes;
}
BUS_HOT uint8_t *bus_put_bytes(uint8_t *slot, uint8_t *at, struct bus_bytes value, uint32_t max)
{
    return bus_put_slice(slot, at, value.data, value.size, value.size, max, false);
}
BUS_HOT uint8_t *bus_put_string(uint8_t *slot, uint8_t *at, struct bus_string value, uint32_t max)
{
    at = bus_align_4(at);
    bus_put_offset(slot, at);
    bus_put_u32(at, value.size);
    bus_put_u32(at + 4 + (value.size & ~UINT32_C(3)), 0); /* the NUL, and what follows it */
    if (value.data != NULL)
        bus_copy(at + 4, value.data, value.size, max);
    else
        memset(at + 4, 0, value.size);
    return at + 4 + value.size + 1;
}
/* Count of a vector of tables or strings; the offsets follow at the place returned. */
static inline uint8_t *bus_put_offsets(uint8_t *slot, uint8_t *at, uint32_t size)
{
    at = bus_align_4(at);
    bus_put_offset(slot, at);
    bus_put_u32(at, size);
    return at + 4;
}
static inline uint8_t *bus_put_strings(uint8_t *slot, uint8_t *at, struct bus_slice_string value,
                                       uint32_t max)
{
    uint8_t *offsets = bus_put_offsets(slot, at, value.size);
    uint32_t i;

    at = offsets + (size_t)value.size * 4;
    for (i = 0; i < value.size; i++)
        at = bus_put_string(offsets + (size_t)i * 4, at, value.data[i], max);
    return at;
}
/* Where a table goes whose vtable of `vtable_size` bytes stands right before it; the gap before the
 * vtable becomes zero (it is under eight bytes, and a table with its vtable has at least eight). */
static inline uint8_t *bus_place_table(uint8_t *at, uint32_t vtable_size, bool wide)
{
    uint8_t *table = bus_align_4(at + vtable_size);

    bus_put_u64(at, 0);
    if (wide)
        table += ~(uintptr_t)table & 4;
    return table;
}

/* ---- unpack: bytes are verified, or our own -------------------------------------------------- */

/* What the offset at `slot` leads to. */
static inline const uint8_t *bus_follow(const uint8_t *slot)
{
    return slot + bus_get_u32(slot);
}
static inline struct bus_string bus_get_string(const uint8_t *slot)
{
    const uint8_t *at = bus_follow(slot);
    struct bus_string value;

    value.data = (const char *)(at + 4);
    value.size = bus_get_u32(at);
    return value;
}
static inline struct bus_bytes bus_get_bytes(const uint8_t *slot)
{
    const uint8_t *at = bus_follow(slot);
    struct bus_bytes value;

    value.data = at + 4;
    value.size = bus_get_u32(at);
    return value;
}
static inline bool bus_get_strings(const uint8_t *slot, struct bus_slice_string *value,
                                   struct bus_scratch *scratch)
{
    const uint8_t *at = bus_follow(slot);
    uint32_t size = bus_get_u32(at);
    struct bus_string *strings =
        (struct bus_string *)bus_scratch_take(scratch, (size_t)size * sizeof(struct bus_string));
    uint32_t i;

    if (strings == NULL)
        return false;
    for (i = 0; i < size; i++)
        strings[i] = bus_get_string(at + 4 + (size_t)i * 4);
    value->data = strings;
    value->size = size;
    return true;
}
/* The bits in which eight, four bytes differ; 0: none. */
static inline uint64_t bus_differ_8(const uint8_t *a, const uint8_t *b)
{
    return bus_get_u64(a) ^ bus_get_u64(b);
}
static inline uint64_t bus_differ_4(const uint8_t *a, const uint8_t *b)
{
    return bus_get_u32(a) ^ bus_get_u32(b);
}
static inline uint64_t bus_differ_2(const uint8_t *a, const uint8_t *b)
{
    return (uint64_t)(bus_get_u16(a) ^ bus_get_u16(b));
}
/* Not 0 when a vtable entry that may be absent is neither absent nor our own. */
static inline uint64_t bus_differ_entry(uint16_t entry, uint16_t own)
{
    return (uint64_t)((entry != 0) & (entry != own));
}

#ifdef __cplusplus
}
#endif

#endif
