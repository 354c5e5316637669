/*
 * bus/own.h - the steps that generated verify functions are made of: are these bytes what our own
 * pack writes, and sound?
 *
 * Unstable: for generated `.bus.c` files only.
 *
 * The bytes come from anywhere, `size` of them. A step looks at one object: the offset at `slot`
 * must lead to `at`, where pack puts it; the result is its end. A bad result lies behind every
 * size, so no step goes on from it. Nothing is read that was not found inside [0, size) before:
 * `slot` is inside a table or a vector of offsets that was.
 *
 * With `exact` the result is the end of the last byte, not of the last word (bus/pack.h).
 */
#ifndef BUS_OWN_H
#define BUS_OWN_H

#include <bus/pack.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Larger buffers are for the engine: it also counts tables. */
#define BUS_OWN_SIZE_MAX (1 << 22)

/* `count` bytes that are bools. */
static inline bool bus_own_flags(const uint8_t *bytes, uint32_t count)
{
    uint32_t high = 0;
    uint32_t i;

    for (i = 0; i < count; i++)
        high |= bytes[i];
    return high <= 1;
}
/* `count` structs that may hold bools. */
static inline bool bus_own_structs(const struct bus_table *table, const uint8_t *bytes,
                                   uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (!bus_wire_verify_struct(table, bytes + (size_t)i * table->inline_size))
            return false;
    return true;
}
/* At most `max` elements of `element` bytes. */
BUS_STEP uint32_t bus_own_slice(const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at,
                                uint32_t max, uint32_t element, bool exact)
{
    uint32_t count;
    uint32_t end;

    if (bus_rarely(at + 4 > size) || bus_get_u32(bytes + slot) != at - slot)
        return BUS_MEASURE_BAD;
    count = bus_get_u32(bytes + at);
    if (bus_rarely(count > max))
        return BUS_MEASURE_BAD;
    end = at + 4 + bus_round_4(count * element);
    if (bus_rarely(end > size))
        return BUS_MEASURE_BAD;
    return exact ? end - bus_slack(count * element) : end;
}
BUS_STEP uint32_t bus_own_bools(const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at,
                                uint32_t max, bool exact)
{
    uint32_t end = bus_own_slice(bytes, size, slot, at, max, 1, exact);

    if (bus_measure_is_bad(end) || !bus_own_flags(bytes + at + 4, bus_get_u32(bytes + at)))
        return BUS_MEASURE_BAD;
    return end;
}
/* ASCII, or long and UTF-8: short text that is not ASCII is left to the engine, so that messages of
 * short strings are looked at without a call. The word that holds text[count] is inside. */
BUS_HOT bool bus_own_text(const uint8_t *text, uint32_t count, uint32_t max)
{
    uint64_t high;

    if (max > 32 && count > 32)
        return bus_utf8_valid((const char *)text, count) == count;
    if (bus_mostly(count >= 8)) {
        high = bus_get_u64(text) | bus_get_u64(text + count - 8);
        if (max > 16 && bus_mostly(count > 16))
            high |= bus_get_u64(text + 8) | bus_get_u64(text + count - 16);
    } else {
        high = bus_get_u32(text) | bus_get_u32(text + (count & 4));
    }
    return bus_mostly((high & UINT64_C(0x8080808080808080)) == 0);
}
BUS_STEP uint32_t bus_own_string(const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at,
                                 uint32_t max, bool exact)
{
    uint32_t count;
    uint32_t end;

    if (bus_rarely(at + 8 > size) || bus_rarely(bus_get_u32(bytes + slot) != at - slot))
        return BUS_MEASURE_BAD;
    count = bus_get_u32(bytes + at);
    if (bus_rarely(count > max))
        return BUS_MEASURE_BAD;
    end = at + 8 + (count & ~UINT32_C(3));
    if (bus_rarely(end > size) || bus_rarely(bytes[at + 4 + count] != 0) ||
        !bus_own_text(bytes + at + 4, count, max))
        return BUS_MEASURE_BAD;
    return exact ? at + 4 + count + 1 : end;
}
BUS_STEP uint32_t bus_own_strings(const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at,
                                  uint32_t count_max, uint32_t max, bool exact)
{
    uint32_t offset = at + 4;
    uint32_t end = at = bus_own_slice(bytes, size, slot, at, count_max, 4, false);

    for (; offset < end && !bus_measure_is_bad(at); offset += 4)
        at = bus_own_string(bytes, size, offset, bus_round_4(at), max, true);
    return exact ? at : bus_round_4(at);
}
/* Where the table is that ends a vtable of `vtable_size` bytes, its own as its distance says. */
static inline uint32_t bus_own_table(const uint8_t *bytes, uint32_t size, uint32_t slot,
                                     uint32_t at, uint32_t vtable_size, uint32_t inline_size,
                                     bool wide)
{
    uint32_t end = bus_measure_table(at, vtable_size, inline_size, wide);
    uint32_t table = end - inline_size;

    if (end > size || bus_get_u32(bytes + slot) != table - slot ||
        bus_get_u32(bytes + table) != vtable_size)
        return BUS_MEASURE_BAD;
    return table;
}

#ifdef __cplusplus
}
#endif

#endif
