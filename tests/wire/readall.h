/*
 * readall.h - everything that reading code can do with bytes that were accepted, and memory that
 * notices when it goes too far.
 */
#ifndef WIRE_READALL_H
#define WIRE_READALL_H

#include <bus/wire.h>

/* Memory whose next byte (and the one before) cannot be touched, up to the alignment: a size that
 * is no multiple of 8 leaves up to 7 bytes, which are not zero; the address sanitizer sees those
 * too. */
struct guarded {
    uint8_t *pages;
    size_t mapped; /* without the guards */
};
bool guarded_open(struct guarded *guarded, size_t most);
void guarded_close(struct guarded *guarded);
/* 8-aligned room for `size` bytes, at the end. */
uint8_t *guarded_place(const struct guarded *guarded, size_t size);

/* Unpacks verified bytes through `unpack` (NULL: only the general one) and the general one, which
 * must agree; prints, compares, views every field at every depth, packs again. False with a text
 * when something contradicts. `size` is that of the bytes: no slice may end behind it. */
bool read_all(const struct bus_table *table, const struct bus_codec *codec, const uint8_t *bytes,
              size_t size, char why[BUS_WIRE_WHY_SIZE]);

#endif
