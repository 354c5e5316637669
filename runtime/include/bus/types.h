/*
 * bus/types.h - the values that messages are made of.
 *
 * Every generated header includes this file. All types are plain data: copied by assignment, zero
 * is a valid (empty) value, nothing here allocates or frees.
 *
 * Lifetime: a slice (`struct bus_string`, `struct bus_bytes`, `struct bus_slice_*`) never owns what
 * it points to. In a message that you send it must stay valid and unchanged until the publish or
 * execute call returns: the bus copies it, or a command that runs on its caller reads it where it
 * is. In a message that a handler reads it points into the message and is valid until the handler
 * returns. In a command's result it points into the result itself: do not copy such a struct by
 * assignment and drop the original.
 */
#ifndef BUS_TYPES_H
#define BUS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "busgen messages are little-endian in memory; this host is not supported"
#endif

/* Generated enums hold any int, so that a value from a newer schema stays readable. */
#ifdef __cplusplus
#define BUS_ENUM_BASE : int
#else
#define BUS_ENUM_BASE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 text of `size` bytes. Not NUL-terminated when you send it (a terminator is not needed);
 * always NUL-terminated, behind the last byte, when you read it from a message. NULL with size 0 is
 * empty. That it is UTF-8 is checked where it may leave the process (events of `kind integration`,
 * `..._encode`); elsewhere the handler reads the bytes that were sent. */
struct bus_string {
    const char *data;
    uint32_t size;
};

/* Any bytes. NULL with size 0 is empty. */
struct bus_bytes {
    const uint8_t *data;
    uint32_t size;
};

/* A 128-bit UUID; `high` holds the first eight bytes of its text form, most significant first. */
struct bus_uuid {
    uint64_t high;
    uint64_t low;
};

/* Vectors: `size` counts elements. Vectors of bool and of enums are slices of the integer that
 * travels; a bool is 0 or 1. */
struct bus_slice_u8 {
    const uint8_t *data;
    uint32_t size;
};
struct bus_slice_i8 {
    const int8_t *data;
    uint32_t size;
};
struct bus_slice_u16 {
    const uint16_t *data;
    uint32_t size;
};
struct bus_slice_i16 {
    const int16_t *data;
    uint32_t size;
};
struct bus_slice_u32 {
    const uint32_t *data;
    uint32_t size;
};
struct bus_slice_i32 {
    const int32_t *data;
    uint32_t size;
};
struct bus_slice_u64 {
    const uint64_t *data;
    uint32_t size;
};
struct bus_slice_i64 {
    const int64_t *data;
    uint32_t size;
};
struct bus_slice_f32 {
    const float *data;
    uint32_t size;
};
struct bus_slice_f64 {
    const double *data;
    uint32_t size;
};
struct bus_slice_uuid {
    const struct bus_uuid *data;
    uint32_t size;
};
struct bus_slice_string {
    const struct bus_string *data;
    uint32_t size;
};

/* Optional values: `value` counts only when `has` is true. */
struct bus_opt_bool {
    bool has;
    bool value;
};
struct bus_opt_u8 {
    bool has;
    uint8_t value;
};
struct bus_opt_i8 {
    bool has;
    int8_t value;
};
struct bus_opt_u16 {
    bool has;
    uint16_t value;
};
struct bus_opt_i16 {
    bool has;
    int16_t value;
};
struct bus_opt_u32 {
    bool has;
    uint32_t value;
};
struct bus_opt_i32 {
    bool has;
    int32_t value;
};
struct bus_opt_u64 {
    bool has;
    uint64_t value;
};
struct bus_opt_i64 {
    bool has;
    int64_t value;
};
struct bus_opt_f32 {
    bool has;
    float value;
};
struct bus_opt_f64 {
    bool has;
    double value;
};
struct bus_opt_uuid {
    bool has;
    struct bus_uuid value;
};
struct bus_opt_string {
    bool has;
    struct bus_string value;
};
struct bus_opt_bytes {
    bool has;
    struct bus_bytes value;
};

/* Optional vectors of scalars, uuids and strings. */
struct bus_opt_slice_u8 {
    bool has;
    struct bus_slice_u8 value;
};
struct bus_opt_slice_i8 {
    bool has;
    struct bus_slice_i8 value;
};
struct bus_opt_slice_u16 {
    bool has;
    struct bus_slice_u16 value;
};
struct bus_opt_slice_i16 {
    bool has;
    struct bus_slice_i16 value;
};
struct bus_opt_slice_u32 {
    bool has;
    struct bus_slice_u32 value;
};
struct bus_opt_slice_i32 {
    bool has;
    struct bus_slice_i32 value;
};
struct bus_opt_slice_u64 {
    bool has;
    struct bus_slice_u64 value;
};
struct bus_opt_slice_i64 {
    bool has;
    struct bus_slice_i64 value;
};
struct bus_opt_slice_f32 {
    bool has;
    struct bus_slice_f32 value;
};
struct bus_opt_slice_f64 {
    bool has;
    struct bus_slice_f64 value;
};
struct bus_opt_slice_uuid {
    bool has;
    struct bus_slice_uuid value;
};
struct bus_opt_slice_string {
    bool has;
    struct bus_slice_string value;
};

/* The text of a NUL-terminated C string; NULL gives the empty string. Text over 4 GiB is cut to a
 * size that no `max` admits, so that sending it is refused. */
static inline struct bus_string bus_cstr(const char *text)
{
    struct bus_string string;
    size_t size = text != NULL ? strlen(text) : 0;

    string.data = text;
    string.size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    return string;
}

/* `size` bytes of text at `data`. */
static inline struct bus_string bus_str(const char *data, size_t size)
{
    struct bus_string string;

    string.data = data;
    string.size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    return string;
}

/* True when both texts hold the same bytes. */
static inline bool bus_string_equal(struct bus_string a, struct bus_string b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#ifdef __cplusplus
}
#endif

#endif
