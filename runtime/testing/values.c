/*
 * values.c - random values of any message type, from its description. Lengths are mostly short, so
 * that thousands of messages cost little, and now and then at their bound.
 *
 * Golden files keep what BUS_TEST_EMPTY and BUS_TEST_SHORT make of a seed: a change of these makes
 * all of them differ (golden.c has a number for that).
 */
#include "wire/layout.h"

#include <bus/testing.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance and memory ---- */

uint64_t bus_test_next(struct bus_test_chance *chance)
{
    /* SplitMix64 */
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t bus_test_below(struct bus_test_chance *chance, uint64_t bound)
{
    return bound == 0 ? 0 : bus_test_next(chance) % bound;
}

struct bus_test_block {
    struct bus_test_block *next;
    uint64_t bytes[];
};

void *bus_test_take(struct bus_test_arena *arena, size_t size)
{
    struct bus_test_block *block = calloc(1, sizeof(*block) + size + 8);

    if (block == NULL) {
        fputs("bus/testing.h: out of memory\n", stderr);
        abort();
    }
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

void bus_test_reset(struct bus_test_arena *arena)
{
    while (arena->blocks != NULL) {
        struct bus_test_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
}

/* ---- values ---- */

struct maker {
    struct bus_test_chance *chance;
    struct bus_test_arena *arena;
    enum bus_test_style style;
};

/* Short messages are kept: what one holds hangs on names, not on places, so that fields that change
 * places make other bytes, and a field that is added leaves the others as they were. */
static uint64_t named_draw(uint64_t base, const char *name)
{
    struct bus_test_chance chance = {base};

    for (; *name != '\0'; name++)
        chance.state = (chance.state ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return bus_test_next(&chance);
}

/* The one of `count` things, `stride` bytes apart and each with its name first, that its name
 * chooses; `count`: none, if `none` may be. */
static uint32_t named_choice(uint64_t base, const void *things, size_t stride, uint32_t count,
                             bool none)
{
    uint64_t highest = none ? named_draw(base, "") : 0;
    uint32_t chosen = none ? count : 0;

    for (uint32_t i = 0; i < count; i++) {
        const char *name;
        uint64_t rank;

        memcpy(&name, (const uint8_t *)things + i * stride, sizeof(name));
        rank = named_draw(base, name);
        if (rank > highest) {
            highest = rank;
            chosen = i;
        }
    }
    return chosen;
}

/* `few` are what a short message has at most. */
static uint32_t make_count(struct maker *m, uint32_t most, uint32_t few)
{
    uint64_t draw;

    if (m->style == BUS_TEST_EMPTY)
        return 0;
    if (m->style == BUS_TEST_LARGEST)
        return most;
    if (m->style == BUS_TEST_SHORT)
        return (uint32_t)bus_test_below(m->chance, (most < few ? most : few) + UINT64_C(1));
    draw = bus_test_below(m->chance, 16);
    if (draw == 0)
        return (uint32_t)bus_test_below(m->chance, (uint64_t)most + 1);
    if (draw == 1 && most < 300)
        return most;
    return (uint32_t)bus_test_below(m->chance, (most < 6 ? most : 6) + UINT64_C(1));
}

static double make_short_decimal(struct maker *m)
{
    return ((double)bus_test_below(m->chance, UINT64_C(1) << 20) - (1 << 19)) / 64;
}

static uint64_t make_float_bits(struct maker *m, bool single)
{
    static const uint64_t odd[] = {0,
                                   UINT64_C(1) << 63,
                                   UINT64_C(0x7ff0000000000000),
                                   UINT64_C(0xfff0000000000000),
                                   UINT64_C(0x7ff8000000000000),
                                   1};
    double value = make_short_decimal(m);
    float small = (float)value;
    uint64_t bits = 0;

    if (m->style == BUS_TEST_WILD && bus_test_below(m->chance, 2) == 0) {
        bits = bus_test_below(m->chance, 4) == 0 ? odd[bus_test_below(m->chance, 6)]
                                                 : bus_test_next(m->chance);
        return single ? bits >> 32 : bits;
    }
    if (single)
        memcpy(&bits, &small, sizeof(small));
    else
        memcpy(&bits, &value, sizeof(value));
    return bits;
}

static uint64_t make_integer(struct maker *m)
{
    switch (bus_test_below(m->chance, 4)) {
    case 0:
        return bus_test_below(m->chance, 100);
    case 1:
        return 0 - bus_test_below(m->chance, 100);
    case 2:
        return UINT64_C(1) << bus_test_below(m->chance, 64);
    default:
        return bus_test_next(m->chance);
    }
}

static uint64_t make_named(struct maker *m, const struct bus_field *field)
{
    const struct bus_enum *names = field->type;
    uint64_t bits = 0;

    if (m->style == BUS_TEST_WILD && bus_test_below(m->chance, 4) == 0)
        return bus_test_next(m->chance);
    if (m->style == BUS_TEST_SHORT && field->kind == BUS_FIELD_ENUM)
        return (uint64_t)names
            ->values[named_choice(bus_test_next(m->chance), names->values, sizeof(*names->values),
                                  names->value_count, false)]
            .value;
    if (m->style == BUS_TEST_SHORT) {
        uint64_t base = bus_test_next(m->chance);

        for (uint32_t i = 0; i < names->value_count; i++)
            if (named_draw(base, names->values[i].name) % 2 == 0)
                bits |= (uint64_t)names->values[i].value;
        return bits;
    }
    if (field->kind == BUS_FIELD_ENUM)
        return (uint64_t)names->values[bus_test_below(m->chance, names->value_count)].value;
    for (uint32_t i = 0; i < names->value_count; i++) {
        if (bus_test_below(m->chance, 2) == 0)
            bits |= (uint64_t)names->values[i].value;
    }
    return bits;
}

static void make_scalar(struct maker *m, const struct bus_field *field, uint8_t *to, bool int_sized)
{
    uint8_t kind = field_scalar(field);
    uint64_t bits = 0;

    if (m->style != BUS_TEST_EMPTY) {
        if (field->kind == BUS_FIELD_BOOL)
            bits = m->style == BUS_TEST_LARGEST || bus_test_below(m->chance, 2);
        else if (field->kind == BUS_FIELD_F32 || field->kind == BUS_FIELD_F64)
            bits = make_float_bits(m, field->kind == BUS_FIELD_F32);
        else if (field->kind == BUS_FIELD_ENUM || field->kind == BUS_FIELD_FLAGS)
            bits = make_named(m, field);
        else
            bits = make_integer(m);
    }
    if (int_sized) {
        /* Sign-extended from its base. */
        unsigned unused = 64 - 8 * scalar_size(kind);
        int32_t value = kind == BUS_FIELD_U8 || kind == BUS_FIELD_U16
                            ? (int32_t)(bits << unused >> unused)
                            : (int32_t)((int64_t)(bits << unused) >> unused);

        memcpy(to, &value, sizeof(value));
        return;
    }
    memcpy(to, &bits, scalar_size(kind));
}

static uint32_t put_character(char *to, uint32_t character)
{
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        to[0] = (char)(0xc0 | character >> 6);
        to[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        to[0] = (char)(0xe0 | character >> 12);
        to[1] = (char)(0x80 | (character >> 6 & 0x3f));
        to[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | character >> 18);
    to[1] = (char)(0x80 | (character >> 12 & 0x3f));
    to[2] = (char)(0x80 | (character >> 6 & 0x3f));
    to[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

static uint32_t make_character(struct maker *m)
{
    uint32_t character;

    if (m->style == BUS_TEST_SHORT)
        return 0x20 + (uint32_t)bus_test_below(m->chance, 0x5f);
    switch (bus_test_below(m->chance, 12)) {
    case 0:
        return 0x80 + (uint32_t)bus_test_below(m->chance, 0x780);
    case 1:
        character = 0x800 + (uint32_t)bus_test_below(m->chance, 0xf800);
        return character >= 0xd800 && character <= 0xdfff ? 0x20ac : character;
    case 2:
        return 0x10000 + (uint32_t)bus_test_below(m->chance, 0x100000);
    case 3:
        return m->style == BUS_TEST_TAME ? '"' : (uint32_t)bus_test_below(m->chance, 0x20);
    default:
        return 0x20 + (uint32_t)bus_test_below(m->chance, 0x5f);
    }
}

static void make_text(struct maker *m, const struct bus_field *field, uint8_t *to)
{
    uint32_t size = make_count(m, field->max, 12);
    char *text = bus_test_take(m->arena, size);
    uint32_t at = 0;

    while (at < size) {
        char character[4];
        uint32_t bytes;

        if (field->kind == BUS_FIELD_BYTES) {
            text[at++] = (char)bus_test_next(m->chance);
            continue;
        }
        bytes = put_character(character, make_character(m));
        if (bytes > size - at) {
            text[at++] = '.';
            continue;
        }
        memcpy(text + at, character, bytes);
        at += bytes;
    }
    slice_store(to, size == 0 && bus_test_below(m->chance, 2) ? NULL : text, size);
}

static void make_table(struct maker *m, const struct bus_table *table, uint8_t *to);

static void make_one(struct maker *m, const struct bus_field *field, uint8_t *to, bool int_sized)
{
    uint64_t uuid[2];

    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        make_text(m, field, to);
        break;
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        make_table(m, field->type, to);
        break;
    case BUS_FIELD_UUID:
        uuid[0] = m->style == BUS_TEST_EMPTY ? 0 : bus_test_next(m->chance);
        uuid[1] = m->style == BUS_TEST_EMPTY ? 0 : bus_test_next(m->chance);
        memcpy(to, uuid, sizeof(uuid));
        break;
    default:
        make_scalar(m, field, to, int_sized);
        break;
    }
}

/* Packed bytes of the largest value of a table, roughly: enough to tell union arms apart. */
static uint64_t weight(const struct bus_table *table)
{
    uint64_t sum = table->inline_size + table->vtable_size + 8u;

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        uint64_t count = field->shape == BUS_SHAPE_VECTOR ? field->count : 1;
        uint64_t each = 0;

        if ((field->flags & BUS_FIELD_REMOVED) || field->shape == BUS_SHAPE_ARRAY)
            continue;
        if (field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_BYTES) {
            each = (field->max + UINT64_C(12)) & ~UINT64_C(3);
        } else if (field->kind == BUS_FIELD_TABLE) {
            each = weight(field->type);
        } else if (field->kind == BUS_FIELD_UNION) {
            const struct bus_union *choice = field->type;

            for (uint32_t arm = 0; arm < choice->arm_count; arm++) {
                uint64_t other = weight(choice->arms[arm].table);

                each = other > each ? other : each;
            }
        } else if (field->shape == BUS_SHAPE_VECTOR) {
            each = member_stride(field);
        }
        sum += count * each;
    }
    return sum;
}

static void make_union(struct maker *m, const struct bus_union *choice, uint8_t *to)
{
    uint32_t picked = (uint32_t)bus_test_below(m->chance, choice->arm_count + UINT64_C(1));
    const struct bus_union_arm *arm;
    int32_t tag;

    if (m->style == BUS_TEST_EMPTY)
        return;
    if (m->style == BUS_TEST_LARGEST) {
        picked = 0;
        for (uint32_t i = 1; i < choice->arm_count; i++) {
            if (weight(choice->arms[i].table) > weight(choice->arms[picked].table))
                picked = i;
        }
    }
    if (m->style == BUS_TEST_SHORT)
        picked = named_choice(bus_test_next(m->chance), choice->arms, sizeof(*choice->arms),
                              choice->arm_count, true);
    if (picked == choice->arm_count)
        return;
    arm = &choice->arms[picked];
    tag = (int32_t)arm->number;
    memcpy(to + choice->tag, &tag, sizeof(tag));
    make_table(m, arm->table, to + choice->value);
}

static void make_field(struct maker *m, const struct bus_field *field, uint8_t *message, bool fixed)
{
    uint8_t *to = message + field->value;
    uint32_t count = field->count;
    size_t stride;

    if (field->flags & BUS_FIELD_OPTIONAL) {
        bool has = m->style == BUS_TEST_LARGEST ||
                   (m->style != BUS_TEST_EMPTY && bus_test_below(m->chance, 2) == 0);

        memcpy(message + field->member, &has, sizeof(has));
        if (!has)
            return;
    }
    if (field->kind == BUS_FIELD_UNION) {
        make_union(m, field->type, to);
        return;
    }
    if (field->shape == BUS_SHAPE_ONE) {
        make_one(m, field, to, field->kind == BUS_FIELD_ENUM && !fixed);
        return;
    }
    stride = member_stride(field);
    if (field->shape == BUS_SHAPE_VECTOR) {
        uint8_t *elements;

        count = make_count(m, count, 3);
        elements = bus_test_take(m->arena, count * stride);
        slice_store(to, count == 0 && bus_test_below(m->chance, 2) ? NULL : elements, count);
        to = elements;
    }
    for (uint32_t i = 0; i < count; i++)
        make_one(m, field, to + i * stride, false);
}

static void make_table(struct maker *m, const struct bus_table *table, uint8_t *to)
{
    struct bus_test_chance own = {0};
    struct maker maker = *m;
    uint64_t base = 0;

    memset(to, 0, table->size);
    if (m->style == BUS_TEST_SHORT) {
        base = bus_test_next(m->chance);
        maker.chance = &own;
    }
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (table->fields[i].flags & BUS_FIELD_REMOVED)
            continue;
        own.state = named_draw(base, table->fields[i].name);
        make_field(&maker, &table->fields[i], to, table->vtable_size == 0);
    }
}

void bus_test_value(struct bus_test_chance *chance, struct bus_test_arena *arena,
                    enum bus_test_style style, const struct bus_table *table, void *message)
{
    struct maker maker = {.chance = chance, .arena = arena, .style = style};

    make_table(&maker, table, message);
}

/* ---- reading it all ---- */

static uint64_t touch_bytes(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 1;

    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

static uint64_t touch_one(const struct bus_field *field, const uint8_t *at, bool int_sized)
{
    struct slice row;

    switch (field->kind) {
    case BUS_FIELD_STRING:
        row = slice_load(at);
        /* With the NUL behind it, where there is text at all. */
        return touch_bytes(row.data, row.data == NULL ? 0 : row.size + (size_t)1);
    case BUS_FIELD_BYTES:
        row = slice_load(at);
        return touch_bytes(row.data, row.size);
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        return bus_test_touch(field->type, at);
    default:
        return touch_bytes(at, int_sized ? 4 : member_stride(field));
    }
}

static uint64_t touch_field(const struct bus_field *field, const uint8_t *message, bool fixed)
{
    const uint8_t *at = message + field->value;
    uint32_t count = field->count;
    uint64_t sum = 0;

    if (field->flags & BUS_FIELD_OPTIONAL) {
        uint8_t has = message[field->member];

        if (!has)
            return 1;
    }
    if (field->kind == BUS_FIELD_UNION) {
        const struct bus_union *choice = field->type;
        int32_t tag;

        memcpy(&tag, at + choice->tag, sizeof(tag));
        for (uint32_t i = 0; i < choice->arm_count; i++) {
            if ((int32_t)choice->arms[i].number == tag)
                return bus_test_touch(choice->arms[i].table, at + choice->value);
        }
        return (uint64_t)(int64_t)tag;
    }
    if (field->shape == BUS_SHAPE_ONE)
        return touch_one(field, at, field->kind == BUS_FIELD_ENUM && !fixed);
    if (field->shape == BUS_SHAPE_VECTOR) {
        count = slice_load(at).size;
        at = slice_load(at).data;
    }
    for (uint32_t i = 0; i < count; i++)
        sum = sum * 31 + touch_one(field, at + i * member_stride(field), false);
    return sum;
}

uint64_t bus_test_touch(const struct bus_table *table, const void *message)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!(table->fields[i].flags & BUS_FIELD_REMOVED))
            sum = sum * 31 + touch_field(&table->fields[i], message, table->vtable_size == 0);
    }
    return sum;
}

uint64_t bus_test_scratch(const struct bus_table *table)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        if (field->kind == BUS_FIELD_STRING && field->shape == BUS_SHAPE_VECTOR) {
            sum += (uint64_t)field->count * sizeof(struct bus_string);
        } else if (field->kind == BUS_FIELD_TABLE) {
            const struct bus_table *inner = field->type;
            uint64_t count = field->shape == BUS_SHAPE_VECTOR ? field->count : 1;

            sum += bus_test_scratch(inner) * count;
            if (field->shape == BUS_SHAPE_VECTOR)
                sum += (inner->size * count + 7) & ~UINT64_C(7);
        } else if (field->kind == BUS_FIELD_UNION) {
            const struct bus_union *choice = field->type;
            uint64_t most = 0;

            for (uint32_t arm = 0; arm < choice->arm_count; arm++) {
                uint64_t each = bus_test_scratch(choice->arms[arm].table);

                most = each > most ? each : most;
            }
            sum += most;
        }
    }
    return sum;
}
