/*
 * tests.c - x.bus.test.c: a program that tests the messages of the schema. What it does is in the
 * library busgen::testing; here is what only busgen knows: bytes that older versions of the schema
 * wrote, and the descriptions they follow.
 *
 * The bytes are made by the codec, which packs from descriptions: for each message of each version
 * one with nothing in it, two short ones, and a wild one when it is not too long. Descriptions and
 * bytes that are the same in many versions are written once.
 */
#include "codec/internal.h"
#include "emit/emit.h"

#include <bus/testing.h>

#include <stdlib.h>
#include <string.h>

/* ---- what was met already -------------------------------------------------------------------- */

struct known {
    const char *text;
    size_t number; /* from 1; 0: it was not met before */
};

/* Numbers of texts. Begins as {0}; lives in the memory of the run. */
struct texts {
    struct known *slots; /* open addressing, a power of two of them */
    size_t slot_count;
    size_t count;
};

static size_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

static struct known *slot_of(const struct texts *texts, const char *text)
{
    size_t at = hash_of(text) & (texts->slot_count - 1);

    while (texts->slots[at].text != NULL && strcmp(texts->slots[at].text, text) != 0)
        at = (at + 1) & (texts->slot_count - 1);
    return &texts->slots[at];
}

/* The caller numbers what is new. */
static struct known *look_up(struct memory *memory, struct texts *texts, const char *text)
{
    struct known *known;

    if (texts->count * 2 >= texts->slot_count) {
        struct texts larger = {.slot_count = texts->slot_count != 0 ? texts->slot_count * 2 : 64,
                               .count = texts->count};

        larger.slots = allocate(memory, larger.slot_count * sizeof(*larger.slots));
        for (size_t i = 0; i < texts->slot_count; i++)
            if (texts->slots[i].text != NULL)
                *slot_of(&larger, texts->slots[i].text) = texts->slots[i];
        *texts = larger;
    }
    known = slot_of(texts, text);
    if (known->text == NULL) {
        known->text = text;
        texts->count++;
    }
    return known;
}

/* Constants are known by what initialises them: each is written when it is met first. */
struct constants {
    struct emitter *e;
    struct texts texts;
    struct texts tables; /* of the message being described: numbers of those met, by address */
};

/* The number of the constant that `text` initialises; of a new one the declaration is written, in
 * which $N is the number and $T the text. */
static const char *constant(struct constants *constants, const char *declaration, const char *text)
{
    struct memory *memory = constants->e->memory;
    struct known *known = look_up(memory, &constants->texts, join(memory, declaration, text, NULL));

    if (known->number == 0) {
        known->number = constants->texts.count;
        fill(constants->e->out, declaration, 'N', decimal(memory, known->number), 'T', text, 0);
    }
    return decimal(memory, known->number);
}

/* ---- descriptions ---------------------------------------------------------------------------- */

static const char *describe(struct constants *constants, const struct bus_table *table);

static const char *describe_union(struct constants *constants, const struct bus_union *choice)
{
    struct memory *memory = constants->e->memory;
    struct writer text = {0};
    const char *arms;

    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(&text, "    {\"$A\", &table_$T, $N},\n", 'A', choice->arms[i].name, 'T',
             describe(constants, choice->arms[i].table), 'N',
             decimal(memory, choice->arms[i].number), 0);
    arms = constant(constants, "static const struct bus_union_arm arms_$N[] = {\n$T};\n",
                    join(memory, text.data, NULL));
    writer_free(&text);
    return constant(constants, "static const struct bus_union union_$N = {$T};\n",
                    join(memory, "\"", choice->name, "\", arms_", arms, ", ",
                         decimal(memory, choice->arm_count), ", 0, 0, 0", NULL));
}

static const char *type_of(struct constants *constants, const struct bus_field *field)
{
    struct memory *memory = constants->e->memory;

    switch (field->kind) {
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        return join(memory, "&table_", describe(constants, field->type), NULL);
    case BUS_FIELD_UNION:
        return join(memory, "&union_", describe_union(constants, field->type), NULL);
    default:
        return "NULL";
    }
}

/* {name, type, preset, member, value, max, count, number, slot, tag_slot, kind, base, shape, flags}
 */
static void put_field(struct constants *constants, struct writer *text,
                      const struct bus_field *field)
{
    static const char *const shapes[] = {"BUS_SHAPE_ONE", "BUS_SHAPE_VECTOR", "BUS_SHAPE_ARRAY"};
    struct memory *memory = constants->e->memory;
    const char *type = type_of(constants, field);

    fill(text, "    {\"$F\", $T, 0, 0, 0, $M, $C, $I, $S, $G,\n     $K, $B, $H, $L},\n", 'F',
         field->name, 'T', type, 'M', decimal(memory, field->max), 'C',
         decimal(memory, field->count), 'I', decimal(memory, field->number), 'S',
         decimal(memory, field->slot), 'G', decimal(memory, field->tag_slot), 'K',
         field_kind_c((enum idl_kind)field->kind), 'B', field_kind_c((enum idl_kind)field->base),
         'H', shapes[field->shape], 'L',
         decimal(memory, field->flags & (BUS_FIELD_OPTIONAL | BUS_FIELD_REMOVED)), 0);
}

/* The number of its constant. Types form no cycles, so this ends. */
static const char *describe(struct constants *constants, const struct bus_table *table)
{
    struct memory *memory = constants->e->memory;
    const char *address = decimal(memory, (uintptr_t)table);
    size_t number = look_up(memory, &constants->tables, address)->number;
    struct writer text = {0};
    const char *fields = "NULL";
    const char *made;

    if (number != 0)
        return decimal(memory, number);
    for (uint32_t i = 0; i < table->field_count; i++)
        put_field(constants, &text, &table->fields[i]);
    if (table->field_count != 0)
        fields = join(memory, "fields_",
                      constant(constants, "static const struct bus_field fields_$N[] = {\n$T};\n",
                               join(memory, text.data, NULL)),
                      NULL);
    writer_free(&text);
    made = constant(constants, "static const struct bus_table table_$N = {$T};\n",
                    join(memory, "\"", table->name, "\", ", fields, ", ",
                         decimal(memory, table->field_count), ", 0, ",
                         decimal(memory, table->align), ", ", decimal(memory, table->inline_size),
                         ", ", decimal(memory, table->vtable_size), NULL));
    look_up(memory, &constants->tables, address)->number = strtoul(made, NULL, 10);
    return made;
}

/* ---- messages of older versions -------------------------------------------------------------- */

/* One line of the list; of messages that many versions wrote alike there is one. */
struct entry {
    const char *key;  /* the message */
    const char *text; /* and its bytes */
    const char *id;
    const char *answer;
    uint32_t first;
    uint32_t last;
};

struct entries {
    struct entry *items;
    size_t count;
    size_t capacity;
    struct texts texts; /* key and text of each: its place + 1 */
};

static const char *hexadecimal(struct memory *memory, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    char *text = allocate(memory, 17);

    for (int i = 0; i < 16; i++)
        text[i] = digits[number >> (60 - 4 * i) & 15];
    return text;
}

/* "0x0c, 0x00,", sixteen in a line. */
static const char *bytes_text(struct memory *memory, const uint8_t *bytes, uint32_t size)
{
    static const char digits[] = "0123456789abcdef";
    struct writer text = {0};
    const char *all;

    for (uint32_t i = 0; i < size; i++) {
        const char byte[] = {'0', 'x', digits[bytes[i] >> 4], digits[bytes[i] & 15], ','};

        put(&text, i == 0 ? "    " : i % 16 == 0 ? "\n    " : " ");
        put_bytes(&text, byte, sizeof(byte));
    }
    put(&text, "\n");
    all = join(memory, text.data, NULL);
    writer_free(&text);
    return all;
}

static void add_entry(struct memory *memory, struct entries *entries, struct entry entry)
{
    struct known *known =
        look_up(memory, &entries->texts, join(memory, entry.key, " ", entry.text, NULL));

    if (known->number != 0) {
        entries->items[known->number - 1].last = entry.last;
        return;
    }
    if (entries->count == entries->capacity) {
        struct entry *items;

        entries->capacity = entries->capacity * 2 + 64;
        items = allocate(memory, entries->capacity * sizeof(*items));
        if (entries->count != 0)
            memcpy(items, entries->items, entries->count * sizeof(*items));
        entries->items = items;
    }
    entries->items[entries->count++] = entry;
    known->number = entries->count;
}

enum { SAMPLES = 4, SAMPLE_SIZE_MAX = 4096, STRUCT_SIZE_MAX = 1 << 16 };

/* Message `number` of those that a version writes. NULL: it is too long to be kept. */
static uint8_t *sample(const struct bus_table *table, uint64_t id, unsigned number, uint32_t *size)
{
    static const enum bus_test_style styles[SAMPLES] = {BUS_TEST_EMPTY, BUS_TEST_SHORT,
                                                        BUS_TEST_SHORT, BUS_TEST_WILD};
    struct bus_test_chance chance = {id + number};
    struct bus_test_arena arena = {0};
    void *message = bus_test_take(&arena, table->size);
    uint8_t *bytes = NULL;

    bus_test_value(&chance, &arena, styles[number], table, message);
    *size = codec_measure(table, message);
    if (*size != 0 && *size <= SAMPLE_SIZE_MAX) {
        bytes = must_allocate(*size);
        codec_pack(bytes, table, message);
    }
    bus_test_reset(&arena);
    return bytes;
}

static void add_message(struct constants *constants, struct entries *entries, uint32_t version,
                        uint64_t id, const char *answer, const struct idl_table *body)
{
    struct memory *memory = constants->e->memory;
    struct codec_memory room = {0};
    const struct bus_table *table = codec_describe(&room, body);
    const char *number;

    if (table == NULL)
        out_of_memory();
    constants->tables = (struct texts){0};
    number = describe(constants, table);
    /* a larger struct has more in it at least than is kept */
    for (unsigned i = 0; i < SAMPLES && table->size <= STRUCT_SIZE_MAX; i++) {
        uint32_t size;
        uint8_t *bytes = sample(table, id, i, &size);

        if (bytes == NULL)
            continue;
        add_entry(
            memory, entries,
            (struct entry){
                .key = join(memory, hexadecimal(memory, id), answer != NULL ? "." : "",
                            answer != NULL ? answer : "", NULL),
                .text = join(memory, "&table_", number, ", bytes_",
                             constant(constants, "static const uint8_t bytes_$N[] = {\n$T};\n",
                                      bytes_text(memory, bytes, size)),
                             ", ", decimal(memory, size), NULL),
                .id = hexadecimal(memory, id),
                .answer = answer,
                .first = version,
                .last = version,
            });
        free(bytes);
    }
    codec_release(&room);
}

static void add_version(struct constants *constants, struct entries *entries,
                        const struct idl_bus *bus)
{
    for (uint32_t i = 0; i < bus->message_count + bus->older_count; i++) {
        const struct idl_message *message = bus->messages[i];

        add_message(constants, entries, bus->version, message->id, NULL, &message->body);
        for (uint32_t a = 0; a < answer_count(message); a++) {
            struct answer answer = answer_at(message, a);

            if (answer.body != NULL)
                add_message(constants, entries, bus->version, message->id, answer.name,
                            answer.body);
        }
    }
}

static void emit_older(struct emitter *e)
{
    struct constants constants = {.e = e};
    struct entries entries = {0};

    for (size_t i = 0; i < e->older_count; i++)
        add_version(&constants, &entries, e->older[i]);
    put(e->out, "\nstatic const struct bus_test_older older[] = {\n");
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry *entry = &entries.items[i];

        fill(e->out, "    {$F, $L, UINT64_C(0x$I), $A, $T},\n", 'F',
             decimal(e->memory, entry->first), 'L', decimal(e->memory, entry->last), 'I', entry->id,
             'A', entry->answer != NULL ? join(e->memory, "\"", entry->answer, "\"", NULL) : "NULL",
             'T', entry->text, 0);
    }
    put(e->out, "};\n");
}

/* ---- the program ----------------------------------------------------------------------------- */

void emit_tests(struct emitter *e)
{
    bool older = false;

    for (size_t i = 0; i < e->older_count; i++)
        older = older || e->older[i]->message_count != 0;
    fill(e->out,
         "/* $S.bus.test.c - written by busgen from $S.bus. Do not edit.\n"
         " *\n"
         " * A program that tests the messages of the schema (bus/testing.h); --help tells more. "
         "With\n"
         " * BUSGEN_FUZZ defined it is a fuzz target of libFuzzer instead. */\n"
         "#include \"$S.bus.h\"\n"
         "\n"
         "#include <bus/testing.h>\n",
         'S', e->stem, 0);
    if (older) {
        put(e->out, "\n/* ---- what locked versions wrote ---- */\n\n");
        emit_older(e);
    }
    fill(e->out,
         "\n"
         "static const struct bus_test_suite suite = {\n"
         "    &$P_schema, \"$S.bus.golden\", $O, $C, $V,\n"
         "};\n"
         "\n"
         "#ifdef BUSGEN_FUZZ\n"
         "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);\n"
         "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
         "{\n"
         "    return bus_test_fuzz(&suite, data, size);\n"
         "}\n"
         "#else\n"
         "int main(int count, char **arguments)\n"
         "{\n"
         "    return bus_test_main(&suite, count, arguments);\n"
         "}\n"
         "#endif\n",
         'P', e->bus->decl.name, 'S', e->stem, 'O', older ? "older" : "NULL", 'C',
         older ? "sizeof(older) / sizeof(*older)" : "0", 'V',
         decimal(e->memory, older ? e->older_count : 0), 0);
}
