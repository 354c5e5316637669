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
