/*
 * check.c - one message, or any bytes, through everything that was generated for its type and the
 * engine beside it: whatever two of them say must be the same.
 */
#include "testing/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

uint8_t *packed(const struct subject *subject, const void *message, uint32_t *size)
{
    uint8_t *bytes;

    *size = subject->codec->measure(message, false);
    if (*size == 0)
        return NULL;
    bytes = must_have(malloc(*size));
    subject->codec->pack(bytes, message);
    return bytes;
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

enum { GUARD = 16, GUARD_BYTE = 0xa5 };

/* Packs into memory that holds `filled`; the caller frees it. NULL: it wrote behind its end. */
static uint8_t *pack_guarded(const struct bus_codec *codec, const void *message, uint32_t size,
                             int filled)
{
    uint8_t *bytes = must_have(malloc((size_t)size + GUARD));

    memset(bytes, filled, size);
    memset(bytes + size, GUARD_BYTE, GUARD);
    codec->pack(bytes, message);
    for (uint32_t i = 0; i < GUARD; i++) {
        if (bytes[size + i] != GUARD_BYTE) {
            free(bytes);
            return NULL;
        }
    }
    return bytes;
}

/* What must hold of a struct that was read from bytes of our own. */
static bool is_same(const struct subject *subject, const void *message, const void *back,
                    const uint8_t *bytes, uint32_t size, char why[WHY_SIZE])
{
    const struct bus_codec *codec = subject->codec;
    uint32_t again = codec->measure(back, false);
    uint8_t *repacked;
    bool same;

    if (bus_wire_compare(codec->table, message, back) != 0) {
        char reason[BUS_WIRE_WHY_SIZE] = "what was read is another message";

        bus_test_agree(codec->table, bytes, codec->table, back, reason);
        return because(why, "%s", reason);
    }
    if (again != size)
        return because(why, "%u bytes when packed, %u when read and packed again", (unsigned)size,
                       (unsigned)again);
    repacked = must_have(malloc(size));
    codec->pack(repacked, back);
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
    bool right;

    (void)seed;
    if (!bus_wire_check(codec->table, message, true, reason))
        return size == 0 || because(why, "measure accepts what is out of bounds: %s", reason);
    if (size == 0)
        return because(why, "measure refuses a message within its bounds");
    if (size > codec->size_max || size % 4 != 0)
        return because(why, "measures %u bytes; size_max is %u", (unsigned)size,
                       (unsigned)codec->size_max);
    first = pack_guarded(codec, message, size, 0);
    second = pack_guarded(codec, message, size, 0xff);
    if (first == NULL || second == NULL)
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

/* Of bytes that verify: everything that reads them reads the same. */
static bool read_alike(const struct subject *subject, const uint8_t *bytes, char why[WHY_SIZE])
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
    bool right = true;

    if (codec->accept != NULL) {
        struct room room;

        room_open(&room, codec);
        if (codec->accept(room.message, copy, size, &room.scratch) && !sound)
            right =
                because(why, "the generated verifier accepts bytes that are not sound: %s", reason);
        room_close(&room);
    }
    if (right && bus_codec_verify(codec, copy, size, NULL) != sound)
        right = because(why, "the verifiers do not agree%s%s", sound ? "" : ": ", reason);
    if (right && sound)
        right = read_alike(subject, copy, why);
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

bool check_damage(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE])
{
    struct bus_test_chance chance = {seed};
    char reason[WHY_SIZE];
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);
    bool right = true;

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
