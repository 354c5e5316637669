/*
 * key.c - the hash of string keys: XXH64 with seed 0, of the bytes of the text. Part of the wire
 * contract, since it decides which worker, and later which machine, a key belongs to; it must never
 * change. The header of the xxhash library is compiled in, no library is linked.
 */
#include <bus/schema.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t bus_key_string(struct bus_string value)
{
    return XXH64(value.size > 0 ? value.data : "", value.size, 0);
}

/* A pointer to a struct points to its first member, too. */
uint64_t bus_key_first_u64(const void *message)
{
    return bus_key_u64(*(const uint64_t *)message);
}

uint64_t bus_key_first_u32(const void *message)
{
    return bus_key_u64(*(const uint32_t *)message);
}

uint64_t bus_key_first_i32(const void *message)
{
    return bus_key_u64((uint64_t)(int64_t) * (const int32_t *)message);
}

uint64_t bus_key_first_string(const void *message)
{
    return bus_key_string(*(const struct bus_string *)message);
}

uint64_t bus_key_first_uuid(const void *message)
{
    return bus_key_uuid(*(const struct bus_uuid *)message);
}
