/*
 * check.c - one message, or any bytes, through everything that was generated for its type and the
 * engine beside it: whatever two of them say must be the same.
 */
#include "testing/internal.h"
#include "wire/layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAMAGE_ALL_SIZE_MAX = 256, DAMAGE_ALL_EVERY = 16, BOUND_MAX = 1 << 16 };

bool because(char why[WHY_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- memory ---- */

static void *must_have(void *memory)
{
    if (memory == NULL) {
        fputs("bus/testing.h: out of memory\n", stderr);
        abort();
    }
    return memory;
}

uint8_t *exact_copy(const void *bytes, size_t size)
{
    uint8_t *copy = must_have(malloc(size > 0 ? size : 1));

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

enum { TAIL_MAX = 4096, TAIL_BYTE = 0xa5 };

/* Packs into memory that holds `filled`, to be freed. Behind the end there is as much room as any
 * message takes, within reason: a pack that goes beyond shall be told of, not end the program.
 * *beyond: it did. */
static uint8_t *pack_into(const struct bus_codec *codec, const void *message, uint32_t size,
                          int filled, bool *beyond)
{
    uint32_t most = codec->size_max > size ? codec->size_max - size : 0;
    uint32_t tail = (most < TAIL_MAX ? most : TAIL_MAX) + 64;
    uint8_t *bytes = must_have(malloc((size_t)size + tail));

    memset(bytes, filled, size);
    memset(bytes + size, TAIL_BYTE, tail);
    codec->pack(bytes, message);
    *beyond = false;
    for (uint32_t i = 0; i < tail; i++)
        *beyond = *beyond || bytes[size + i] != TAIL_BYTE;
    return bytes;
}

uint8_t *packed(const struct subject *subject, const void *message, uint32_t *size)
{
    bool beyond;

    *size = subject->codec->measure(message, false);
    return *size == 0 ? NULL : pack_into(subject->codec, message, *size, 0, &beyond);
}

/* A struct that holds anything, and scratch of exactly what was promised. */
struct room {
    void *message;
    uint8_t *memory;
    struct bus_scratch scratch;
};

static void room_open(struct room *room, const struct bus_codec *codec)
{
    room->message = must_have(malloc(codec->table->size));
    memset(room->message, 0x5a, codec->table->size);
    room->memory = must_have(malloc(codec->scratch_max + (size_t)8));
    room->scratch.at = room->memory;
    room->scratch.end = room->memory + codec->scratch_max;
}

static void room_close(struct room *room)
{
    free(room->message);
    free(room->memory);
}

void *unpacked(struct bus_test_arena *arena, const struct subject *subject, const uint8_t *bytes)
{
    const struct bus_codec *codec = subject->codec;
    void *message = bus_test_take(arena, codec->table->size);
    struct bus_scratch scratch;

    scratch.at = bus_test_take(arena, codec->scratch_max + (size_t)8);
    scratch.end = scratch.at + codec->scratch_max;
    return codec->unpack(message, bytes, &scratch) ? message : NULL;
}

/* ---- a message ---- */

/* What must hold of a struct that was read from bytes of our own. */
static bool is_same(const struct subject *subject, const void *message, const void *back,
                    const uint8_t *bytes, uint32_t size, char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    uint32_t again = codec->measure(back, false);
    uint8_t *repacked;
    bool beyond;
    bool same;

    if (bus_wire_compare(codec->table, message, back) != 0) {
        char reason[BUS_WIRE_WHY_SIZE] = "what was read is another message";

        bus_test_agree(codec->table, bytes, codec->table, back, reason);
        return because(why, "%s", reason);
    }
    if (again != size)
        return because(why, "%u bytes when packed, %u when read and packed again", (unsigned)size,
                       (unsigned)again);
    repacked = pack_into(codec, back, size, 0, &beyond);
    same = memcmp(repacked, bytes, size) == 0;
    free(repacked);
    if (!same)
        return because(why, "read and packed again the bytes are others");
    if (subject->answer == NULL && subject->type->key != NULL &&
        subject->type->key(message) != subject->type->key(back))
        return because(why, "its key has another hash when it was read");
    return true;
}

/* Reads bytes of our own in each way there is. */
static bool reads_back(const struct subject *subject, const void *message, const uint8_t *bytes,
                       uint32_t size, char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    uint32_t root;
    bool right = true;

    memcpy(&root, bytes, sizeof(root));
    for (int way = 0; way < 3 && right; way++) {
        struct room room;
        bool read;

        if (way == 2 && codec->accept == NULL)
            break;
        room_open(&room, codec);
        read = way == 0   ? codec->unpack(room.message, bytes, &room.scratch)
               : way == 1 ? bus_wire_unpack(codec->table, room.message, bytes, root, &room.scratch)
                          : codec->accept(room.message, bytes, size, &room.scratch);
        if (read)
            right = is_same(subject, message, room.message, bytes, size, why);
        else if (way < 2) /* accept may always leave it to the others */
            right = because(why, "unpack takes more scratch than scratch_max");
        room_close(&room);
    }
    return right;
}

static bool check_packed(const struct subject *subject, const void *message, const uint8_t *bytes,
                         uint32_t size, char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    char reason[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *copy = exact_copy(bytes, size);
    bool right = true;

    if (!bus_wire_verify(codec->table, copy, size, reason))
        right = because(why, "packed bytes do not verify: %s", reason);
    else if (!bus_codec_verify(codec, copy, size, reason))
        right = because(why, "packed bytes do not verify the fast way: %s", reason);
    else if (!bus_test_agree(codec->table, copy, codec->table, message, reason))
        right = because(why, "packed wrongly: %s", reason);
    else
        right = reads_back(subject, message, copy, size, why);
    free(copy);
    return right;
}

bool check_round_trip(const struct subject *subject, const void *message, uint64_t seed,
                      char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    uint32_t size = codec->measure(message, false);
    char reason[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *first;
    uint8_t *second;
    bool beyond;
    bool right;

    (void)seed;
    if (!bus_wire_check(codec->table, message, true, reason))
        return size == 0 || because(why, "measure accepts what is out of bounds: %s", reason);
    if (size == 0)
        return because(why, "measure refuses a message within its bounds");
    if (size > codec->size_max || size % 4 != 0)
        return because(why, "measures %u bytes; size_max is %u", (unsigned)size,
                       (unsigned)codec->size_max);
    first = pack_into(codec, message, size, 0, &beyond);
    second = pack_into(codec, message, size, 0xff, &beyond);
    if (beyond)
        right = because(why, "pack writes behind the end that measure tells");
    else if (memcmp(first, second, size) != 0)
        right = because(why, "pack leaves bytes as they were");
    else
        right = check_packed(subject, message, first, size, why);
    free(first);
    free(second);
    return right;
}

/* ---- any bytes ---- */

/* What was read from accepted bytes can be sent on, but for arms of unions that nobody knows. */
static bool sends_on(const struct subject *subject, const void *message, char why[WHY_SIZE])
{
    char reason[BUS_WIRE_WHY_SIZE];
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);
    bool right;

    if (bytes == NULL)
        return !bus_wire_check(subject->codec->table, message, false, reason) ||
               because(why, "measure refuses what was read from accepted bytes");
    right = check_packed(subject, message, bytes, size, why);
    free(bytes);
    return right;
}

/* Of bytes that verify: everything that reads them reads the same. `accepted`: what the fast way
 * read; NULL: it left them to the others. */
static bool read_alike(const struct subject *subject, const uint8_t *bytes, const void *accepted,
                       char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    char reason[BUS_WIRE_WHY_SIZE] = "";
    struct room one;
    struct room other;
    uint32_t root;
    bool right;

    memcpy(&root, bytes, sizeof(root));
    room_open(&one, codec);
    room_open(&other, codec);
    if (!codec->unpack(one.message, bytes, &one.scratch) ||
        !bus_wire_unpack(codec->table, other.message, bytes, root, &other.scratch))
        right = because(why, "unpack takes more scratch than scratch_max");
    else if (bus_wire_compare(codec->table, one.message, other.message) != 0)
        right = because(why, "generated unpack and the engine's read another message each");
    else if (accepted != NULL && bus_wire_compare(codec->table, accepted, other.message) != 0)
        right = because(why, "the generated verifier and the engine read another message each");
    else if (bus_test_touch(codec->table, one.message) !=
             bus_test_touch(codec->table, other.message))
        right = because(why, "what two unpacks point to differs");
    else if (!bus_test_agree(codec->table, bytes, codec->table, one.message, reason))
        right = because(why, "of accepted bytes: %s", reason);
    else
        right = sends_on(subject, one.message, why);
    room_close(&one);
    room_close(&other);
    return right;
}

bool check_bytes(const struct subject *subject, const uint8_t *bytes, size_t size,
                 char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    char reason[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *copy = exact_copy(bytes, size);
    bool sound = bus_wire_verify(codec->table, copy, size, reason);
    bool accepted;
    struct room room;
    bool right = true;

    room_open(&room, codec);
    accepted = codec->accept != NULL && codec->accept(room.message, copy, size, &room.scratch);
    if (accepted && !sound)
        right = because(why, "the generated verifier accepts bytes that are not sound: %s", reason);
    else if (bus_codec_verify(codec, copy, size, NULL) != sound)
        right = because(why, "the verifiers do not agree%s%s", sound ? "" : ": ", reason);
    else if (sound)
        right = read_alike(subject, copy, accepted ? room.message : NULL, why);
    room_close(&room);
    free(copy);
    return right;
}

/* ---- damage ---- */

/* Changes a few bytes, or cuts; returns the new size. */
static uint32_t damage(struct bus_test_chance *chance, uint8_t *bytes, uint32_t size)
{
    static const uint32_t words[] = {0, 1, 4, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    uint32_t at = (uint32_t)bus_test_below(chance, size);
    uint32_t word;

    switch (bus_test_below(chance, 5)) {
    case 0:
        return at;
    case 1:
        bytes[at] = (uint8_t)bus_test_next(chance);
        break;
    case 2: /* an offset or a count */
        at &= ~UINT32_C(3);
        word = bus_test_below(chance, 2) == 0 ? words[bus_test_below(chance, 8)]
                                              : (uint32_t)bus_test_below(chance, size);
        memcpy(bytes + at, &word, size - at < 4 ? size - at : 4);
        break;
    case 3: /* an entry of a vtable, of which most are near the start */
        at = (uint32_t)bus_test_below(chance, size < 64 ? size : 64) & ~UINT32_C(1);
        word = (uint32_t)bus_test_below(chance, 64);
        memcpy(bytes + at, &word, size - at < 2 ? size - at : 2);
        break;
    default:
        bytes[at] ^= (uint8_t)(1u << bus_test_below(chance, 8));
        break;
    }
    return size;
}

/* Every cut, and every byte changed in a few ways. */
static bool damage_all(const struct subject *subject, const uint8_t *bytes, uint32_t size,
                       char why[WHY_SIZE])
{
    char reason[WHY_SIZE];
    uint8_t *copy = exact_copy(bytes, size);
    bool right = true;

    for (uint32_t left = 0; left < size && right; left++)
        right = check_bytes(subject, copy, left, reason) ||
                because(why, "%s (its bytes cut to %u)", reason, (unsigned)left);
    for (uint32_t i = 0; i < size * 4 && right; i++) {
        const uint8_t changes[4] = {0x01, 0x80, 0xff, (uint8_t)(bytes[i / 4] ^ 0x04)};

        copy[i / 4] ^= changes[i % 4];
        right = check_bytes(subject, copy, size, reason) ||
                because(why, "%s (its byte %u changed to 0x%02x)", reason, (unsigned)i / 4,
                        copy[i / 4]);
        copy[i / 4] = bytes[i / 4];
    }
    free(copy);
    return right;
}

bool check_damage(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE])
{
    struct bus_test_chance chance = {seed};
    char reason[WHY_SIZE];
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);
    bool right = true;

    /* of one message in so many, and of small ones only, all of it: that takes long */
    if (bytes != NULL && size <= DAMAGE_ALL_SIZE_MAX && seed % DAMAGE_ALL_EVERY == 0)
        right = damage_all(subject, bytes, size, why);
    for (int i = 0; bytes != NULL && i < DAMAGES && right; i++) {
        uint8_t *copy = exact_copy(bytes, size);
        uint32_t left = size;

        for (uint64_t times = 1 + bus_test_below(&chance, 2); times > 0 && left > 0; times--)
            left = damage(&chance, copy, left);
        right = check_bytes(subject, copy, left, reason) ||
                because(why, "%s (damage %d of its bytes)", reason, i + 1);
        free(copy);
    }
    free(bytes);
    return right;
}

/* ---- bounds ---- */

/* `message` with one thing out of bounds must be refused by both. */
static bool is_refused(const struct subject *subject, const void *message, const char *name,
                       const char *what, char why[WHY_SIZE])
{
    char reason[BUS_WIRE_WHY_SIZE];

    if (bus_wire_check(subject->codec->table, message, false, reason))
        return because(why, "bus_wire_check accepts %s with %s", name, what);
    return subject->codec->measure(message, false) == 0 ||
           because(why, "measure accepts %s with %s", name, what);
}

static bool bound_of_field(const struct subject *subject, const struct bus_field *field,
                           uint8_t *message, char why[WHY_SIZE])
{
    bool vector = field->shape == BUS_SHAPE_VECTOR;
    bool text = !vector && field->shape == BUS_SHAPE_ONE &&
                (field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_BYTES);
    uint32_t most = vector ? field->count : field->max;
    uint8_t *at = message + field->value;
    struct slice kept;
    uint8_t *room;
    bool right;

    if ((!vector && !text) || !member_present(field, message) || most > BOUND_MAX)
        return true;
    kept = slice_load(at);
    room = must_have(calloc((size_t)most + 1, vector ? member_stride(field) : 1));
    slice_store(at, room, most + 1);
    right = is_refused(subject, message, field->name, "more than its max", why);
    slice_store(at, NULL, 1);
    right = right && is_refused(subject, message, field->name, "one that is nowhere", why);
    slice_store(at, kept.data, kept.size);
    free(room);
    return right;
}

bool check_bounds(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE])
{
    const struct bus_table *table = subject->codec->table;
    uint8_t *copy = exact_copy(message, table->size);
    bool right = true;

    (void)seed;
    for (uint32_t i = 0; i < table->field_count && right; i++) {
        const struct bus_field *field = &table->fields[i];
        int32_t tag = 256; /* travels as a byte */
        int32_t kept;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        right = bound_of_field(subject, field, copy, why);
        if (!right || field->kind != BUS_FIELD_UNION)
            continue;
        kept = load_i32(copy + field->value + ((const struct bus_union *)field->type)->tag);
        memcpy(copy + field->value + ((const struct bus_union *)field->type)->tag, &tag, 4);
        right = is_refused(subject, copy, field->name, "an arm that there is not", why);
        memcpy(copy + field->value + ((const struct bus_union *)field->type)->tag, &kept, 4);
    }
    free(copy);
    return right;
}
