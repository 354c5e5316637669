/*
 * core/upgrade.h - bytes of an older version of a message become bytes of the newest. Cold.
 *
 * A version after version, from the one that wrote the bytes: read, the user's function, checked,
 * packed. So each function sees a message as it comes from bytes (strings end with NUL, all is
 * within its bounds), whoever made them, and what comes out is as if it had been written today.
 *
 * Memory. Nothing is given back before the end: the newest bytes are the last thing taken. It is
 * bounded by the types (bus_upgrade_scratch), whatever the user's functions ask for.
 */
#ifndef BUSGEN_CORE_UPGRADE_H
#define BUSGEN_CORE_UPGRADE_H

#include <bus/schema.h>
#include <bus/store.h>

#include "core/scratch.h"

struct bus_upgrading {
    struct bus *bus;         /* of `scratch` */
    struct scratch *scratch; /* it grows; NULL: `room` is all there is */
    struct bus_scratch room;
    uint64_t left;  /* what the function that runs may still take */
    bool exhausted; /* there was no memory */
    bool greedy;    /* a function asked for more than there may be */
};

/* By what bytes were written, as far as that is known. */
struct written {
    uint64_t type_id;
    uint32_t schema_version;
    uint64_t schema_fingerprint;
};

/* The version of the message with this id: `type` itself, or one that its upgrades begin with.
 * NULL: there is none. */
const struct bus_message_type *upgrade_find(const struct bus_message_type *type, uint64_t type_id);

/* The versions below it make sense. */
bool upgrade_is_sound(const struct bus_message_type *type);

/* Bytes that a message of it, of whatever version, has at most. */
uint32_t upgrade_largest(const struct bus_message_type *type);

/* *bytes, 8-aligned, are of version `from`, which upgrade_find found; verifies them, and when it
 * returns BUS_OK they are of `type`. If `from` is `type` nothing happens.
 *   BUS_ERR_INVALID (bus_last_error says why), BUS_ERR_MEMORY (nothing is said of the bytes) */
enum bus_status upgrade_bytes(struct bus_upgrading *upgrading, const struct bus_message_type *type,
                              const struct bus_message_type *from, const uint8_t **bytes,
                              uint32_t *size);

static inline struct written written_of(const struct bus_stored *stored)
{
    return (struct written){stored->type_id, stored->schema_version, stored->schema_fingerprint};
}

/* Bytes of `type` that do not verify: their schema had the same version and another text. */
bool written_by_another_text(const struct bus_message_type *type, const struct written *written);
/* bus_last_error says why they do not, and says this, too. */
void upgrade_blame(const struct bus_message_type *type, const struct written *written);

#endif
