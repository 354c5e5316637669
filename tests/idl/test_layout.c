/*
 * test_layout.c - slots, alignment and the largest size, against values computed by hand and
 * against a packer that only counts, written from runtime/include/bus/wire.h and without a look at
 * idl/layout.c.
 */
#include "support.h"

static uint64_t seed = 42;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)((seed >> 33) % limit);
}

/* ---- the counting packer ---- */

enum choice { LARGEST, SMALLEST, RANDOM };

static uint32_t length(uint32_t most, enum choice choice)
{
    return choice == LARGEST ? most : choice == SMALLEST ? 0 : random_below(most + 1);
}

static bool present(enum choice choice)
{
    return choice == LARGEST || (choice == RANDOM && random_below(2));
}

static uint64_t up(uint64_t at, uint64_t align)
{
    while (at % align)
        at++;
    return at;
}

static uint32_t scalar_size(const struct idl_type *type)
{
    static const uint8_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 8, 8};

    if (type->kind == IDL_ENUM || type->kind == IDL_FLAGS)
        return sizes[type->enumeration->base];
    return sizes[type->kind];
}

static void element(const struct idl_type *type, uint32_t *size, uint32_t *align)
{
    if (type->kind == IDL_UUID) {
        *size = 16;
        *align = 8;
    } else if (type->kind == IDL_STRUCT) {
        *size = type->table->inline_size;
        *align = type->table->align;
    } else if (type->kind == IDL_STRING || type->kind == IDL_TABLE) {
        *size = *align = 4;
    } else {
        *size = *align = scalar_size(type);
    }
}

static uint64_t put_table(const struct idl_table *table, uint64_t at, enum choice choice);

static uint64_t put_string(uint64_t at, uint32_t size)
{
    at = up(at, 4);
    assert_int_equal(at % 4, 0);
    return up(at + 4 + size + 1, 4);
}

static uint64_t put_vector(const struct idl_type *type, uint64_t at, enum choice choice)
{
    uint32_t count = length(type->count, choice);
    uint32_t size, align;

    element(type, &size, &align);
    at = up(at, 4);
    while (align == 8 && (at + 4) % 8)
        at += 4;
    at = up(at + 4 + (uint64_t)count * size, 4);
    for (uint32_t i = 0; i < count; i++) {
        if (type->kind == IDL_STRING)
            at = put_string(at, length(type->max, choice));
        else if (type->kind == IDL_TABLE)
            at = put_table(type->table, at, choice);
    }
    return at;
}

static uint64_t put_union(const struct idl_union *choice_of, uint64_t at, enum choice choice)
{
    uint64_t end = at;

    if (choice == SMALLEST)
        return at;
    if (choice == RANDOM) {
        uint32_t arm = random_below(choice_of->arm_count + 1);

        return arm ? put_table(choice_of->arms[arm - 1].table, at, choice) : at;
    }
    for (uint32_t i = 0; i < choice_of->arm_count; i++) {
        uint64_t one = put_table(choice_of->arms[i].table, at, choice);

        end = one > end ? one : end;
    }
    return end;
}

static uint64_t put_field(const struct idl_field *field, uint64_t at, enum choice choice)
{
    const struct idl_type *type = &field->type;

    if (field->decl.removed || type->shape == IDL_ARRAY || (type->optional && !present(choice)))
        return at;
    if (type->shape == IDL_VECTOR)
        return put_vector(type, at, choice);
    switch (type->kind) {
    case IDL_STRING:
        return put_string(at, length(type->max, choice));
    case IDL_BYTES:
        return up(up(at, 4) + 4 + length(type->max, choice), 4);
    case IDL_TABLE:
        return put_table(type->table, at, choice);
    case IDL_UNION:
        return put_union(type->choice, at, choice);
    default:
        return at;
    }
}

static uint64_t put_table(const struct idl_table *table, uint64_t at, enum choice choice)
{
    uint64_t start = up(at + table->vtable_size, 4);

    if (table->align == 8 && start % 8 == 0)
        start += 4;
    at = up(start + table->inline_size, 4);
    for (uint32_t i = 0; i < table->field_count; i++)
        at = put_field(&table->fields[i], at, choice);
    return at;
}

static void check_slots(const struct idl_table *table)
{
    static uint8_t used[65536];

    memset(used, 0, sizeof used);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        uint32_t size = 4, align = 4;

        if (field->decl.removed)
            continue;
        if (field->type.kind == IDL_UNION) {
            assert_true(field->tag_slot < table->inline_size);
            assert_int_equal(used[field->tag_slot]++, 0);
        } else if (field->type.shape != IDL_VECTOR && field->type.kind != IDL_BYTES) {
            element(&field->type, &size, &align);
        }
        if (field->type.shape == IDL_ARRAY)
            size *= field->type.count;
        /* The table stands at 4 modulo 8 when it has anything of 8. */
        assert_int_equal((field->slot + (table->fixed || align < 8 ? 0 : 4)) % align, 0);
        assert_true(align <= table->align);
        assert_true(field->slot + size <= table->inline_size);
        for (uint32_t byte = 0; byte < size; byte++)
            assert_int_equal(used[field->slot + byte]++, 0);
    }
    for (uint32_t byte = 0; !table->fixed && byte < 4; byte++)
        assert_int_equal(used[byte], 0);
}

static void check_root(const struct idl_table *table)
{
    check_slots(table);
    assert_int_equal(table->size_max, put_table(table, 4, LARGEST));
    for (int i = 0; i < 300; i++)
        assert_true(put_table(table, 4, i ? RANDOM : SMALLEST) <= table->size_max);
}

static void check_bus(const struct idl_bus *bus)
{
    for (uint32_t i = 0; i < bus->table_count; i++) {
        check_slots(bus->tables[i]);
        if (!bus->tables[i]->fixed)
            check_root(bus->tables[i]);
    }
    for (uint32_t i = 0; i < bus->message_count; i++) {
        check_root(&bus->messages[i]->body);
        for (uint32_t j = 0; j < bus->messages[i]->answer_count; j++)
            check_root(&bus->messages[i]->answers[j].body);
    }
}

static void test_every_construct(void **state)
{
    struct idl_result result;

    (void)state;
    assert_true(idl_compile("good/everything.bus", NULL, &result));
    check_bus(result.bus);
    check_bus(result.bus->imports[0]);
    idl_free(&result);
}

/* ---- random schemas ---- */

static size_t random_type(char *text, size_t room, int index)
{
    static const char *const types[] = {
        "u8",
        "u16",
        "u32",
        "u64",
        "string max %u",
        "bytes max %u",
        "uuid",
        "small",
        "wide",
        "t%i",
        "u%i",
        "[u8] max %u",
        "[u64] max %u",
        "[wide] max %u",
        "[t%i] max %u",
        "[string max %u] max %u",
        "[u8 : %u]",
        "[wide : %u]",
        "t%i?",
        "u64?",
        "[t%i]? max %u",
        "[uuid] max %u",
    };
    const char *type = types[random_below(sizeof types / sizeof *types)];
    size_t size = 0;

    if (index == 0 && strstr(type, "%i"))
        type = "u16";
    for (; *type && size + 8 < room; type++) {
        if (*type != '%') {
            text[size++] = *type;
            continue;
        }
        type++;
        size +=
            (size_t)snprintf(text + size, room - size, "%u",
                             *type == 'u' ? 1 + random_below(9) : random_below((uint32_t)index));
    }
    return size;
}

static size_t random_fields(char *text, size_t room, int index)
{
    uint32_t count = random_below(7);
    size_t size = 0;
    uint32_t number = 1;

    for (uint32_t i = 0; i < count; i++) {
        char type[64];
        size_t length_of = random_type(type, sizeof type, index);

        size += (size_t)snprintf(text + size, room - size, " %u f%u : %.*s%s;", number, i,
                                 (int)length_of, type, random_below(8) ? "" : " until 1");
        number += type[0] == 'u' && type[1] >= '0' && type[1] <= '9' && strncmp(type, "u8", 2) &&
                          strncmp(type, "u16", 3) && strncmp(type, "u32", 3) &&
                          strncmp(type, "u64", 3)
                      ? 2
                      : 1;
    }
    return size;
}

static void test_random_schemas(void **state)
{
    static char text[16384];
    unsigned accepted = 0;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct idl_result result;
        size_t size = (size_t)snprintf(text, sizeof text,
                                       "bus b version 2;\nstruct small { a : u8; b : u16; }\n"
                                       "struct wide { a : u8; b : u64; c : u8; }\n");

        for (int i = 0; i < 5; i++) {
            size += (size_t)snprintf(text + size, sizeof text - size, "table t%d {", i);
            size += random_fields(text + size, sizeof text - size, i);
            size +=
                (size_t)snprintf(text + size, sizeof text - size, " }\nunion u%d { 1 t%d;", i, i);
            if (i)
                size += (size_t)snprintf(text + size, sizeof text - size, " 2 t%d;", i - 1);
            size += (size_t)snprintf(text + size, sizeof text - size, " }\n");
        }
        size += (size_t)snprintf(text + size, sizeof text - size, "event e {");
        size += random_fields(text + size, sizeof text - size, 5);
        snprintf(text + size, sizeof text - size, " }\n");
        compile_text(text, &result);
        /* Names as u8 and u1 look alike, so some have their numbers wrong; some are too large. */
        if (result.bus) {
            check_bus(result.bus);
            accepted++;
        }
        idl_free(&result);
    }
    assert_true(accepted > 200);
}

/* ---- by hand ---- */

static uint32_t size_of(const char *declarations, const char *fields)
{
    char text[1000];
    struct idl_result result;
    uint32_t size;

    snprintf(text, sizeof text, "bus b version 1; %s event e { %s }", declarations, fields);
    compile_text(text, &result);
    print_diagnostics(&result);
    assert_non_null(result.bus);
    size = result.bus->messages[0]->body.size_max;
    idl_free(&result);
    return size;
}

static void test_by_hand(void **state)
{
    (void)state;
    /* root offset 4, vtable 4, table 4 */
    assert_int_equal(size_of("", ""), 12);
    /* vtable 6 ends at 10; table at 12: 5 -> 8 */
    assert_int_equal(size_of("", "1 a : u8;"), 20);
    /* table at 12 (4 modulo 8): 4 + 8 */
    assert_int_equal(size_of("", "1 a : u64;"), 24);
    /* vtable 8 ends at 12, table at 12: 4 + 8 + 1 -> 16 */
    assert_int_equal(size_of("", "1 a : u8; 2 b : u64;"), 28);
    /* vtable 10 ends at 14, table at 20, for the 8: 4 + 8 + 1 + 1 -> 16 */
    assert_int_equal(size_of("", "1 a : u8; 2 b : u64; 3 c : u8;"), 36);
    /* table at 12: 8; string 4 + 3 + 1 */
    assert_int_equal(size_of("", "1 a : string max 3;"), 28);
    assert_int_equal(size_of("", "1 a : string max 4;"), 32);
    /* no terminator */
    assert_int_equal(size_of("", "1 a : bytes max 4;"), 28);
    /* table at 12 to 20; the count at 20, the elements at 24 */
    assert_int_equal(size_of("", "1 a : [u64] max 2;"), 40);
    /* table at 12 to 24, count at 28 for elements at 32 */
    assert_int_equal(size_of("", "1 a : [u64] max 2; 2 b : u32;"), 48);
    /* table at 12 to 20, vector 4 + 2 x 4 to 32, strings 2 x (4 + 2 + 1 -> 8) */
    assert_int_equal(size_of("", "1 a : [string max 2] max 2;"), 48);
    /* vtable 8 to 12, table at 12: 4 + 4 + 1 -> 24; t: vtable 6, table at 32 to 40 */
    assert_int_equal(size_of("table t { 1 x : u8; } union u { 1 t; }", "1 a : u;"), 40);
    /* table at 12 to 20; vector to 32; t: vtable 6, table at 44 (4 modulo 8) to 56: 24; then
     * vtable 6 to 62, table at 68 to 80 */
    assert_int_equal(size_of("table t { 1 x : u64; }", "1 a : [t] max 2;"), 80);
    /* removed and reserved numbers cost their two bytes in the vtable only */
    assert_int_equal(size_of("", "1 a : u32; reserved 2, 3;"), 24);
}

static void test_struct(void **state)
{
    struct idl_result result;
    const struct idl_table *table;

    (void)state;
    compile_text("bus b version 1; struct s { a : u8; b : u32; c : [u16 : 3]; d : u8; e : uuid; }",
                 &result);
    assert_non_null(result.bus);
    table = result.bus->tables[0];
    assert_int_equal(table->fields[1].slot, 4);
    assert_int_equal(table->fields[2].slot, 8);
    assert_int_equal(table->fields[3].slot, 14);
    assert_int_equal(table->fields[4].slot, 16);
    assert_int_equal(table->inline_size, 32);
    assert_int_equal(table->align, 8);
    assert_int_equal(table->vtable_size, 0);
    idl_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_struct),
        cmocka_unit_test(test_every_construct),
        cmocka_unit_test(test_random_schemas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
