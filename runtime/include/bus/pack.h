/*
 * bus/pack.h - the small steps that generated measure, pack and unpack functions are made of.
 *
 * Unstable: for generated `.bus.c` files only. This is the hot path: everything is inline, copies
 * have sizes known at compile time where possible, and nothing branches that need not.
 *
 * The layout is that of bus/wire.h. Two conventions hold the pieces together:
 *
 *   - `at` is the first free word of four bytes behind what was written. A step that ends inside a
 *     word has zeroed the rest of it. Only a table may begin there: where one can come next, `at`
 *     is taken back by the step's slack, and rounded before other steps.
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

/* Steps that branch. Inlined they are fastest; in a file of hundreds of messages they are one copy
 * per file (busgen defines BUS_PACK_SHARED there), for compile time and the instruction cache. */
#if !defined(BUS_PACK_SHARED)
#define BUS_PACK_SHARED 0
#endif
#if BUS_PACK_SHARED && defined(__clang__)
#define BUS_STEP static __attribute__((noinline, unused))
#elif BUS_PACK_SHARED && defined(__GNUC__)
/* gcc would make one for each constant that it is called with */
#define BUS_STEP static __attribute__((noinline, noclone, unused))
#else
#define BUS_STEP BUS_HOT
#endif

/* Up to so many bytes are copied and zeroed without a call. */
#define BUS_COPY_INLINE 256

#ifdef __cplusplus
extern "C" {
#endif

BUS_HOT bool bus_mostly(bool condition)
{
#if defined(__GNUC__)
    return __builtin_expect(condition, true);
#else
    return condition;
#endif
}
BUS_HOT bool bus_rarely(bool condition)
{
#if defined(__GNUC__)
    return __builtin_expect(condition, false);
#else
    return condition;
#endif
}

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

/* What was out of bounds makes `at` bad, and it stays bad: all steps of a message together add less
 * than 2^24 (idl refuses larger ones). */
#define BUS_MEASURE_BAD UINT32_C(0xc0000000)

static inline bool bus_measure_is_bad(uint32_t at)
{
    return at >= UINT32_C(0x80000000);
}
static inline uint32_t bus_round_4(uint32_t size)
{
    return (size + 3) & ~UINT32_C(3);
}
/* How far the last word of so many bytes goes beyond them. */
static inline uint32_t bus_slack(uint32_t bytes)
{
    return (0 - bytes) & 3;
}
/* The same of the last one of these strings. */
static inline uint32_t bus_slack_strings(const struct bus_slice_string *value)
{
    return value->size > 0 ? bus_slack(value->data[value->size - 1].size + 1) : 0;
}
/* Before a vector whose elements are aligned to 8: so that they come to lie behind the count. */
static inline uint32_t bus_measure_wide(uint32_t at)
{
    return at + (~at & 4);
}
BUS_STEP uint32_t bus_measure_string(uint32_t at, const struct bus_string *value, uint32_t max,
                                     bool reserve)
{
    uint32_t size = value->size;

    if (bus_rarely(size > max))
        return BUS_MEASURE_BAD;
    if (bus_rarely(value->data == NULL && size != 0 && !reserve))
        return BUS_MEASURE_BAD;
    return at + 8 + (size & ~UINT32_C(3));
}
/* A slice of bytes, integers or structs: at most `max` elements of `element` bytes. */
BUS_STEP uint32_t bus_measure_slice(uint32_t at, const void *data, uint32_t size, uint32_t max,
                                    uint32_t element, bool reserve)
{
    if (bus_rarely(size > max))
        return BUS_MEASURE_BAD;
    if (bus_rarely(data == NULL && size != 0 && !reserve))
        return BUS_MEASURE_BAD;
    return at + 4 + bus_round_4(size * element);
}
/* A vector of bools: bytes above 1 would not verify anywhere. */
BUS_STEP uint32_t bus_measure_bools(uint32_t at, const uint8_t *data, uint32_t size, uint32_t max,
                                    bool reserve)
{
    uint32_t high = 0;
    uint32_t i;

    if (size > max || (data == NULL && size != 0 && !reserve))
        return BUS_MEASURE_BAD;
    for (i = 0; data != NULL && i < size; i++)
        high |= data[i];
    return high > 1 ? BUS_MEASURE_BAD : at + 4 + bus_round_4(size);
}
/* The offsets of a vector of tables or strings; when `at` is not bad behind them, the elements may
 * be looked at. */
BUS_STEP uint32_t bus_measure_offsets(uint32_t at, const void *data, uint32_t size, uint32_t max)
{
    if (size > max || (data == NULL && size != 0) || bus_measure_is_bad(at))
        return BUS_MEASURE_BAD;
    return at + 4 + size * 4;
}
BUS_STEP uint32_t bus_measure_strings(uint32_t at, const struct bus_slice_string *value,
                                      uint32_t count_max, uint32_t max)
{
    uint32_t i;

    at = bus_measure_offsets(at, value->data, value->size, count_max);
    for (i = 0; !bus_measure_is_bad(at) && i < value->size; i++)
        at = bus_measure_string(at, &value->data[i], max, false);
    return at;
}
static inline uint32_t bus_measure_back(uint32_t at, const struct bus_slice_string *value)
{
    return bus_measure_is_bad(at) ? at : at - bus_slack_strings(value);
}
/* A table: vtable and inline part. `at` may be inside a word, before and behind. */
static inline uint32_t bus_measure_table(uint32_t at, uint32_t vtable_size, uint32_t inline_size,
                                         bool wide)
{
    at = bus_round_4(at + vtable_size);
    if (wide)
        at += ~at & 4;
    return at + inline_size;
}
/* An enum that travels as an integer of [low, high]. */
static inline uint32_t bus_measure_enum(uint32_t at, int value, int low, int high)
{
    return value < low || value > high ? BUS_MEASURE_BAD : at;
}
BUS_STEP uint32_t bus_measure_end(uint32_t at)
{
    return bus_measure_is_bad(at) ? 0 : bus_round_4(at);
}

/* ---- pack ------------------------------------------------------------------------------------ */

/* As memset, but never a call: the functions that this is part of keep everything in registers.
 * Whole words; what is left over is in the last word, which the caller zeroed. */
static inline void bus_zero(uint8_t *to, uint32_t size)
{
    uint32_t i;

    for (i = 0; i + 4 <= size; i += 4) {
        bus_put_u32(to + i, 0);
#if defined(__GNUC__)
        __asm__ volatile(""); /* else it becomes a memset */
#endif
    }
}
/* memcpy for sizes that are small nearly always: two overlapping copies of a fixed size instead of
 * a call. Never reads or writes outside [0, size). `size` is at most `max`, which is constant where
 * this is inlined and takes away the cases that cannot be. `from` NULL: zeros. */
BUS_HOT void bus_copy(uint8_t *to, const void *source, uint32_t size, uint32_t max)
{
    const uint8_t *from = (const uint8_t *)source;

    if (bus_rarely(from == NULL)) {
        if (max > BUS_COPY_INLINE)
            memset(to, 0, size);
        else
            bus_zero(to, size);
    } else if (max > BUS_COPY_INLINE && size > BUS_COPY_INLINE) {
        memcpy(to, from, size);
    } else if (max >= 16 && bus_mostly(size >= 16)) {
        uint32_t at = 0;

        for (; max > 32 && at + 32 < size; at += 16)
            bus_put_uuid(to + at, bus_get_uuid(from + at));
        bus_put_uuid(to + at, bus_get_uuid(from + at));
        if (max <= 20)
            bus_put_u32(to + size - 4, bus_get_u32(from + size - 4));
        else
            bus_put_uuid(to + size - 16, bus_get_uuid(from + size - 16));
    } else if (max == 8 && bus_mostly(size == 8)) {
        bus_put_u64(to, bus_get_u64(from));
    } else if (max > 8 && bus_mostly(size >= 8)) {
        bus_put_u64(to, bus_get_u64(from));
        bus_put_u64(to + size - 8, bus_get_u64(from + size - 8));
    } else if (max >= 4 && size >= 4) {
        bus_put_u32(to, bus_get_u32(from));
        bus_put_u32(to + size - 4, bus_get_u32(from + size - 4));
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
/* As bus_measure_wide; zeroes the gap, or the place of the count, which comes next. */
static inline uint8_t *bus_put_wide(uint8_t *at)
{
    bus_put_u32(at, 0);
    return at + (~(uintptr_t)at & 4);
}
/* `size` elements of `element` bytes, together at most `max` bytes. `data` NULL: zeros, but for
 * many single bytes (BUS_RESERVED_CLEAR). */
BUS_STEP uint8_t *bus_put_slice(uint8_t *slot, uint8_t *at, const void *data, uint32_t size,
                                uint32_t element, uint32_t max)
{
    uint32_t bytes = size * element;
    uint32_t rounded = bus_round_4(bytes);

    bus_put_offset(slot, at);
    bus_put_u32(at + rounded, 0); /* the last word, which may be the count */
    bus_put_u32(at, size);
    if (element > 1 || max <= BUS_RESERVED_CLEAR || data != NULL || size <= BUS_RESERVED_CLEAR)
        bus_copy(at + 4, data, bytes, max);
    return at + 4 + rounded;
}
BUS_STEP uint8_t *bus_put_string(uint8_t *slot, uint8_t *at, const struct bus_string *value,
                                 uint32_t max)
{
    uint32_t size = value->size;
    uint32_t words = size & ~UINT32_C(3);

    bus_put_offset(slot, at);
    bus_put_u32(at, size);
    bus_put_u32(at + 4 + words, 0); /* the NUL, and what follows it */
    bus_copy(at + 4, value->data, size, max);
    return at + 8 + words;
}
/* Count of a vector of tables or strings; the offsets follow at the place returned. */
static inline uint8_t *bus_put_offsets(uint8_t *slot, uint8_t *at, uint32_t size)
{
    bus_put_offset(slot, at);
    bus_put_u32(at, size);
    return at + 4;
}
BUS_STEP uint8_t *bus_put_strings(uint8_t *slot, uint8_t *at, const struct bus_slice_string *value,
                                  uint32_t max)
{
    uint8_t *offsets = bus_put_offsets(slot, at, value->size);
    uint32_t i;

    at = offsets + (size_t)value->size * 4;
    for (i = 0; i < value->size; i++)
        at = bus_put_string(offsets + (size_t)i * 4, at, &value->data[i], max);
    return at;
}
static inline uint8_t *bus_put_back(uint8_t *at, const struct bus_slice_string *value)
{
    return at - bus_slack_strings(value);
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
/* The bits in which eight bytes differ; 0: none. */
static inline uint64_t bus_differ_8(const uint8_t *a, const uint8_t *b)
{
    return bus_get_u64(a) ^ bus_get_u64(b);
}
/* True when `size` bytes, an even number, are the same. Overlapping words instead of a loop: where
 * this is inlined `size` is constant and so is `own`. */
BUS_STEP bool bus_same(const uint8_t *bytes, const uint8_t *own, uint32_t size)
{
    uint64_t differ = 0;

    if (size > 64)
        return memcmp(bytes, own, size) == 0;
    if (size < 8) {
        if (size >= 4)
            differ = bus_get_u32(bytes) ^ bus_get_u32(own);
        if (size % 4 != 0)
            differ |= (uint64_t)(bus_get_u16(bytes + size - 2) ^ bus_get_u16(own + size - 2));
        return differ == 0;
    }
    if (size > 8)
        differ |= bus_differ_8(bytes, own);
    if (size > 16)
        differ |= bus_differ_8(bytes + 8, own + 8);
    if (size > 24)
        differ |= bus_differ_8(bytes + 16, own + 16);
    if (size > 32)
        differ |= bus_differ_8(bytes + 24, own + 24);
    if (size > 40)
        differ |= bus_differ_8(bytes + 32, own + 32);
    if (size > 48)
        differ |= bus_differ_8(bytes + 40, own + 40);
    if (size > 56)
        differ |= bus_differ_8(bytes + 48, own + 48);
    return (differ | bus_differ_8(bytes + size - 8, own + size - 8)) == 0;
}
/* The first eight bytes: position of the root, size of the vtable, size of the table. When they are
 * our own, the vtable and the table are inside verified bytes. */
static inline bool bus_same_root(const uint8_t *bytes, const uint8_t *own)
{
    return bus_differ_8(bytes, own) == 0;
}
/* The same of the first `size` bytes, more than eight. */
BUS_STEP bool bus_same_start(const uint8_t *bytes, const uint8_t *own, uint32_t size)
{
    return bus_same_root(bytes, own) && bus_same(bytes + 8, own + 8, size - 8);
}
/* Of a vtable entry that may be absent: it is, or it is our own. */
static inline bool bus_same_entry(const uint8_t *entry, uint16_t own)
{
    uint16_t found = bus_get_u16(entry);

    return (found == 0) | (found == own);
}

#ifdef __cplusplus
}
#endif

#endif
