/* core/upgrade.c - see upgrade.h. */
#include "core/upgrade.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/last_error.h"

static size_t round_up(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* ---- versions ---- */

static uint32_t version_of(const struct bus_message_type *type)
{
    return type->version != 0 ? type->version : 1;
}

/* Versions fall, so that this comes to an end whatever the descriptions say. */
static const struct bus_message_type *before(const struct bus_message_type *type)
{
    const struct bus_upgrade *upgrade = type->upgrade;

    if (upgrade == NULL || upgrade->from == NULL || version_of(upgrade->from) >= version_of(type))
        return NULL;
    return upgrade->from;
}

const struct bus_message_type *upgrade_find(const struct bus_message_type *type, uint64_t type_id)
{
    while (type != NULL && type->id != type_id)
        type = before(type);
    return type;
}

/* The version that `from` is upgraded to, on the way to `type`. */
static const struct bus_message_type *after(const struct bus_message_type *type,
                                            const struct bus_message_type *from)
{
    while (before(type) != from)
        type = before(type);
    return type;
}

bool upgrade_is_sound(const struct bus_message_type *type)
{
    const struct bus_message_type *older;

    for (; type->upgrade != NULL; type = older) {
        older = before(type);
        if (older == NULL || type->upgrade->apply == NULL || older->name == NULL ||
            older->id == type->id || older->kind != type->kind || older->codec.table == NULL ||
            older->codec.measure == NULL || older->codec.pack == NULL ||
            older->codec.unpack == NULL)
            return false;
    }
    return true;
}

uint32_t upgrade_largest(const struct bus_message_type *type)
{
    uint32_t largest = 0;

    for (; type != NULL; type = before(type))
        if (type->codec.size_max > largest)
            largest = type->codec.size_max;
    return largest;
}

/* ---- memory ---- */

static void *take(struct bus_upgrading *upgrading, size_t size)
{
    void *taken = upgrading->scratch != NULL
                      ? scratch_take(upgrading->scratch, upgrading->bus, size)
                      : bus_scratch_take(&upgrading->room, size);

    upgrading->exhausted |= taken == NULL;
    return taken;
}

void *bus_upgrade_memory(struct bus_upgrading *upgrading, size_t size)
{
    static uint64_t nothing; /* as calloc(0): a place, of which nobody reads or writes a byte */
    void *taken;

    if (upgrading == NULL)
        return NULL;
    if (size == 0)
        return &nothing;
    if (size > upgrading->left || round_up(size) > upgrading->left) {
        upgrading->greedy = true;
        return NULL;
    }
    upgrading->left -= round_up(size);
    taken = take(upgrading, size);
    if (taken != NULL)
        memset(taken, 0, size);
    return taken;
}

/* What a message points to takes no more room than its bytes do, but for what unpack puts
 * elsewhere: a string or vector has its offset, its count and up to 3 bytes behind it there. */
static uint64_t user_room(const struct bus_codec *newer)
{
    return (uint64_t)round_up(newer->size_max) + round_up(newer->scratch_max);
}

size_t bus_upgrade_scratch(const struct bus_message_type *type)
{
    size_t size;

    if (type == NULL)
        return 0;
    size = round_up(type->codec.scratch_max);
    for (; before(type) != NULL; type = before(type)) {
        const struct bus_codec *newer = &type->codec, *older = &before(type)->codec;

        size += round_up(older->table->size) + round_up(older->scratch_max) +
                round_up(newer->table->size) + (size_t)user_room(newer) + round_up(newer->size_max);
    }
    return size;
}

/* ---- from one version to the next ---- */

static enum bus_status say_no_memory(const struct bus_message_type *older)
{
    return fail_status(BUS_ERR_MEMORY, "%s: no memory to upgrade it", older->name);
}

/* Bytes that verify. */
static bool unpack(struct bus_upgrading *upgrading, const struct bus_codec *codec,
                   const uint8_t *bytes, void *message)
{
    struct bus_scratch room = upgrading->room;

    if (upgrading->scratch != NULL) {
        room.at = take(upgrading, (size_t)codec->scratch_max + 8);
        if (room.at == NULL)
            return false;
        room.end = room.at + codec->scratch_max + 8;
    }
    if (!codec->unpack(message, bytes, &room))
        return false;
    if (upgrading->scratch == NULL)
        upgrading->room = room;
    return true;
}

static enum bus_status apply(struct bus_upgrading *upgrading, const struct bus_message_type *newer,
                             const void *older, void *message)
{
    const char *from = before(newer)->name;
    char why[BUS_WIRE_WHY_SIZE] = "";
    bool well;

    bus_wire_init(newer->codec.table, message);
    upgrading->left = user_room(&newer->codec);
    upgrading->greedy = false;
    well = newer->upgrade->apply(older, message, upgrading);
    upgrading->left = 0;
    if (upgrading->exhausted)
        return say_no_memory(before(newer));
    if (!well && upgrading->greedy)
        return fail_status(BUS_ERR_INVALID,
                           "%s: its upgrade function asks for more memory than %s can point to, "
                           "%" PRIu64 " bytes",
                           from, newer->name, user_room(&newer->codec));
    if (!well)
        return fail_status(BUS_ERR_INVALID,
                           "%s: its upgrade function says that this one cannot become %s", from,
                           newer->name);
    /* with the text of strings, for it was no publish that made them */
    if (!bus_wire_check(newer->codec.table, message, true, why))
        return fail_status(BUS_ERR_INVALID, "%s: its upgrade function made %s out of bounds: %s",
                           from, newer->name, why);
    return BUS_OK;
}

static enum bus_status step(struct bus_upgrading *upgrading, const struct bus_message_type *newer,
                            const uint8_t **bytes, uint32_t *size)
{
    const struct bus_message_type *older = before(newer);
    void *had = take(upgrading, older->codec.table->size);
    void *made = take(upgrading, newer->codec.table->size);
    enum bus_status status;
    uint8_t *packed;

    if (had == NULL || made == NULL || !unpack(upgrading, &older->codec, *bytes, had))
        return say_no_memory(older);
    status = apply(upgrading, newer, had, made);
    if (status != BUS_OK)
        return status;
    *size = newer->codec.measure(made, false);
    if (*size == 0)
        return fail_status(BUS_ERR_INVALID, "%s: its upgrade function made %s out of bounds",
                           older->name, newer->name);
    packed = take(upgrading, *size);
    if (packed == NULL)
        return say_no_memory(older);
    newer->codec.pack(packed, made);
    *bytes = packed;
    return BUS_OK;
}

enum bus_status upgrade_bytes(struct bus_upgrading *upgrading, const struct bus_message_type *type,
                              const struct bus_message_type *from, const uint8_t **bytes,
                              uint32_t *size)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    enum bus_status status = BUS_OK;

    if (from == type)
        return BUS_OK;
    if (!bus_codec_verify(&from->codec, *bytes, *size, why))
        return fail_status(BUS_ERR_INVALID, "%s: %s", from->name, why);
    while (status == BUS_OK && from != type) {
        from = after(type, from);
        status = step(upgrading, from, bytes, size);
    }
    return status;
}

/* ---- bytes from elsewhere ---- */

enum bus_status bus_upgrade_decode(const struct bus_message_type *type, uint64_t type_id,
                                   const uint8_t *bytes, size_t size, void *message, void *scratch,
                                   size_t scratch_size)
{
    struct bus_upgrading upgrading = {.bus = NULL};
    const struct bus_message_type *from;
    enum bus_status status;
    uint32_t length = (uint32_t)size;

    if (type == NULL || bytes == NULL || message == NULL ||
        ((uintptr_t)bytes | (uintptr_t)scratch) % 8 != 0)
        return fail_status(BUS_ERR_INVALID,
                           "cannot decode: type, bytes or message are NULL, or not aligned to 8");
    from = upgrade_find(type, type_id);
    if (from == NULL)
        return fail_status(BUS_ERR_NOT_REGISTERED,
                           "%s: %016" PRIx64 " is no version of it that this program can read",
                           type->name, type_id);
    if (from == type)
        return bus_decode(&type->codec, bytes, size, message, scratch, scratch_size);
    if (size > UINT32_MAX)
        return fail_status(BUS_ERR_INVALID, "%s: no message has %zu bytes", from->name, size);
    upgrading.room.at = scratch;
    upgrading.room.end = scratch != NULL ? (uint8_t *)scratch + scratch_size : NULL;
    status = upgrade_bytes(&upgrading, type, from, &bytes, &length);
    if (status == BUS_ERR_MEMORY)
        return fail_status(BUS_ERR_LIMIT,
                           "%s: %zu bytes of scratch are too few, %zu always suffice", from->name,
                           scratch_size, bus_upgrade_scratch(type));
    if (status != BUS_OK)
        return status;
    return bus_decode(&type->codec, bytes, length, message, upgrading.room.at,
                      (size_t)(upgrading.room.end - upgrading.room.at));
}

/* ---- whose fault it is ---- */

bool written_by_another_text(const struct bus_message_type *type, const struct written *written)
{
    return written->schema_fingerprint != 0 && type->schema_fingerprint != 0 &&
           written->schema_version == type->schema_version &&
           written->schema_fingerprint != type->schema_fingerprint;
}

void upgrade_blame(const struct bus_message_type *type, const struct written *written)
{
    char why[256];

    if (!written_by_another_text(type, written))
        return;
    (void)snprintf(why, sizeof why, "%s", bus_last_error());
    last_error_set(
        "%s; it was written by another text of schema version %" PRIu32 " (fingerprint %016" PRIx64
        ", here %016" PRIx64 "): a schema that changes needs a new version",
        why, written->schema_version, written->schema_fingerprint, type->schema_fingerprint);
}
