/*
 * random_schema.c - prints a random schema that busgen accepts, from a seed: for tests of what it
 * generates. Constructs, their nesting and bounds, comments and names are drawn; sizes stay small.
 *
 * usage: random_schema SEED
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint32_t draw(uint32_t bound)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint32_t)(z % bound);
}

static bool chance(uint32_t percent)
{
    return draw(100) < percent;
}

enum { MOST = 8 };
static uint32_t enums, flag_sets, structs, tables, unions, policies, events, commands, components;
static uint32_t seed_text;

static const char *pick(const char *const *list, uint32_t count)
{
    return list[draw(count)];
}

static void comment(const char *indent)
{
    static const char *const texts[] = {
        "plain",
        "*/ int x; /*",
        "ends in a backslash \\",
        "?\?/",
        "// /* */ //",
        "%s %n $P $$ \"q\"",
        "\xc3\xbc\xc3\xb1\xc3\xaf",
        "a\ttab   ",
        "class int return",
        "*/",
        "/*/",
        "#include <nothing>",
        "\\",
        "* / */*/ ?\?/",
    };

    for (uint32_t lines = chance(40) ? draw(3) : 0; lines > 0; lines--)
        printf("%s/// %s\n", indent, pick(texts, sizeof(texts) / sizeof(*texts)));
}

static const char *const words[] = {
    "amount",
    "colour",
    "depth",
    "weight",
    "label",
    "origin",
    "target",
    "bytes_left",
    "data_set",
    "has_it",
    "value_of",
    "m_x",
    "at_end",
    "slot_id",
    "message_no",
    "s_y",
    "t_z",
    "to_whom",
    "field",
    "table_no",
    "list_of",
    "contents",
    "high",
    "low",
    "count_of",
    "max_of",
    "a",
    "b",
    "very_long_name_of_a_field",
    "a_name_of_fifty_four_letters_which_is_close_to_the_most",
    "near",
    "far",
    "main",
};

static void name(uint32_t number)
{
    printf("%s_%" PRIu32 "x", pick(words, sizeof(words) / sizeof(*words)), number);
}

/* ---- types ---- */

static const char *const scalars[] = {"bool", "u8",  "i8",  "u16", "i16",  "u32",     "i32",
                                      "u64",  "i64", "f32", "f64", "time", "duration"};

/* Something of fixed size; `below`: structs with a smaller number only. */
static void fixed_type(uint32_t below)
{
    uint32_t which = draw(10);

    if (which == 0 && enums > 0)
        printf("kind_%" PRIu32, draw(enums));
    else if (which == 1 && flag_sets > 0)
        printf("rights_%" PRIu32, draw(flag_sets));
    else if (which == 2 && below > 0)
        printf("record_%" PRIu32, draw(below));
    else if (which == 3)
        printf("uuid");
    else
        printf("%s", pick(scalars, 13));
}

/* A field behind its number; returns how many numbers it takes. */
static uint32_t field(uint32_t number, uint32_t below)
{
    uint32_t which = draw(20);
    uint32_t taken = 1;

    comment("    ");
    printf("    %" PRIu32 " ", number);
    name(number);
    printf(" : ");
    if (which < 3) {
        printf("string%s max %" PRIu32, chance(30) ? "?" : "", 1 + draw(60));
    } else if (which < 4) {
        printf("bytes%s max %" PRIu32, chance(30) ? "?" : "", 1 + draw(60));
    } else if (which < 6 && below > 0) {
        printf("part_%" PRIu32 "%s", draw(below), chance(40) ? "?" : "");
    } else if (which < 7 && unions > 0 && below == tables) {
        printf("choice_%" PRIu32, draw(unions));
        taken = 2;
    } else if (which < 8 && below > 0) {
        printf("[part_%" PRIu32 "]%s max %" PRIu32, draw(below), chance(30) ? "?" : "",
               1 + draw(3));
    } else if (which < 9) {
        printf("[string max %" PRIu32 "]%s max %" PRIu32, 1 + draw(20), chance(30) ? "?" : "",
               1 + draw(5));
    } else if (which < 11) {
        printf("[");
        fixed_type(structs);
        printf("]%s max %" PRIu32, chance(30) ? "?" : "", 1 + draw(20));
    } else if (which < 12) {
        printf("[");
        fixed_type(structs);
        printf(" : %" PRIu32 "]", 1 + draw(9));
    } else if (which < 14) {
        static const char *const presets[] = {
            "u8 = 200",          "i8 = -128",       "u16 = 65535", "i64 = -9223372036854775808",
            "f32 = 0.1",         "f64 = -1.5",      "bool = true", "u64 = 18446744073709551615",
            "duration = 1500ms", "i32 = 0x7fffffff"};

        printf("%s", pick(presets, 10));
    } else {
        fixed_type(structs);
        if (chance(30))
            printf("?");
    }
    if (chance(10))
        printf(" secret");
    if (chance(10))
        printf(" since %" PRIu32, 1 + draw(5));
    else if (chance(8))
        printf(" until %" PRIu32, 1 + draw(4));
    printf(";\n");
    return taken;
}

static void fields(uint32_t most, uint32_t below, bool keyed)
{
    static const char *const keys[] = {"u64", "i32", "u8", "string max 9", "uuid"};
    uint32_t count = draw(most + 1);
    uint32_t number = 1;

    if (keyed)
        printf("    %" PRIu32 " key_of_it : %s key;\n", number++, pick(keys, 5));

    for (uint32_t i = 0; i < count; i++) {
        if (chance(7)) {
            printf("    reserved %" PRIu32 ";\n", number++);
            continue;
        }
        number += field(number, below);
    }
}

/* ---- declarations ---- */

static void declare_enum(uint32_t number)
{
    static const char *const bases[] = {"u8", "i8", "u16", "i16", "i32"};
    uint32_t values = 1 + draw(6);

    comment("");
    printf("enum kind_%" PRIu32 " : %s {\n", number, pick(bases, 5));
    for (uint32_t i = 0; i < values; i++) {
        comment("    ");
        printf("    value_%" PRIu32 " = %" PRIu32 ";\n", i, i == 0 ? 0 : i * 20 + draw(20));
    }
    printf("}\n");
}

static void declare_flags(uint32_t number)
{
    static const char *const bases[] = {"u8", "u16", "u32", "u64"};
    uint32_t base = draw(4);
    uint32_t step = 8u << base;

    printf("flags rights_%" PRIu32 " : %s {\n", number, bases[base]);
    for (uint32_t bit = draw(4); bit < step; bit += 1 + draw(step / 2))
        printf("    bit_%" PRIu32 " = %" PRIu32 ";\n", bit, bit);
    printf("}\n");
}

static void declare_struct(uint32_t number)
{
    uint32_t count = 1 + draw(6);

    comment("");
    printf("struct record_%" PRIu32 " {\n", number);
    for (uint32_t i = 0; i < count; i++) {
        bool array = chance(25);

        printf("    member_%" PRIu32 " : %s", i, array ? "[" : "");
        fixed_type(number);
        if (array)
            printf(" : %" PRIu32 "]", 1 + draw(7));
        printf(";\n");
    }
    printf("}\n");
}

static void declare_union(uint32_t number)
{
    printf("union choice_%" PRIu32 " {\n", number);
    for (uint32_t i = 0; i < tables; i++)
        if (chance(60) || i == 0)
            printf("    %" PRIu32 " part_%" PRIu32 ";\n", i + 1 + (i > 0 ? number : 0), i);
    printf("}\n");
}

/* What failures lead to. Times are shorter than any deadline that is drawn; a breaker's name tells
 * its numbers, for all that share it must agree. */
static void failures(bool letters)
{
    static const char *const jitters[] = {"half", "full", "none"};
    static const char *const factors[] = {"", " x1", " x2", " x1.5", " x1000"};
    static const char *const on_opens[] = {"fail", "park", "dead_letter"};
    uint32_t number = draw(4);
    bool jitter = chance(50);

    if (chance(30))
        printf("    timeout %" PRIu32 "ms;\n", 1 + draw(900));
    if (chance(50)) {
        printf("    retry %" PRIu32, 1 + draw(1000));
        if (chance(30))
            printf(" budget %" PRIu32, 1 + draw(100));
        if (chance(60))
            printf("%s backoff %" PRIu32 "ms..%" PRIu32 "s%s%s%s", chance(50) ? "," : ";",
                   1 + draw(1000), 1 + draw(100), pick(factors, 5), jitter ? " jitter " : "",
                   jitter ? pick(jitters, 3) : "");
        printf(";\n");
    } else if (chance(30)) {
        printf("    recover by category;\n");
    }
    if (chance(40)) {
        printf("    breaker ");
        if (chance(50))
            printf("shared_%" PRIu32 " opens_after %" PRIu32 " in %" PRIu32 "s", number, number + 1,
                   number + 1);
        else
            printf("opens_after %" PRIu32 " in %" PRIu32 "ms%s probes %" PRIu32 " after %" PRIu32
                   "s",
                   1 + draw(1000), 1 + draw(5000), chance(50) ? "," : "", 1 + draw(1000),
                   1 + draw(60));
        if (chance(50))
            printf(", on_open %s", pick(on_opens, letters ? 3 : 2));
        printf(";\n");
    }
}

/* Numbers are drawn one by one, so what they add up to is anything. */
static void accept_sums(void)
{
    static const char *const rules[] = {"retries-past-deadline", "retry-not-idempotent",
                                        "breaker-one-message", "park-past-deadline",
                                        "budget-no-bound"};

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        printf("// lint: off %s the numbers are drawn\n", rules[i]);
}

static void declare_policy(uint32_t number)
{
    comment("");
    printf("policy care_%" PRIu32 " {\n    deadline %" PRIu32 "s;\n", number, 1 + draw(100));
    failures(true);
    printf("}\n");
}

static void settings(bool event, bool keyed)
{
    static const char *const priorities[] = {"high", "normal", "low", "idle"};
    static const char *const full[] = {"reject_new", "rate_limit", "block 20ms", "drop_oldest"};
    bool letters = chance(70);
    bool durable = event && chance(20);
    bool last = event && keyed && !durable && chance(30);

    if (durable)
        printf("    durable;\n");
    if (last)
        printf("    keep last;\n");
    if (chance(40))
        printf("    priority %s;\n", pick(priorities, 4));
    if (chance(40))
        printf("    when_full %s;\n", letters && chance(20)
                                          ? "dead_letter"
                                          : pick(full, event && !durable && !last ? 4 : 3));
    if (chance(30))
        printf("    deadline %" PRIu32 "s;\n", 1 + draw(100));
    if (letters && policies > 0 && chance(40))
        printf("    use care_%" PRIu32 ";\n", draw(policies));
    else if (chance(50))
        failures(letters);
    if (!letters && chance(50))
        printf("    dead_letters off;\n");
    if (event && keyed && !last && chance(50))
        printf("    ordered;\n");
    if (!event && chance(20))
        printf("    approval %" PRIu32 "ms;\n", 1 + draw(900));
    if (event && chance(20))
        printf("    kind integration;\n");
    if (!event && chance(30))
        printf("    idempotent;\n");
}

/* The head of a message; before it older versions of it, if it has some. */
static void head(const char *kind, const char *before, uint32_t number, const char *behind)
{
    uint32_t version = 1, upgrades = 0;

    for (uint32_t older = chance(25) ? 1 + draw(3) : 0;; older--) {
        comment("");
        printf("%s %s%" PRIu32 "%s", kind, before, number, behind);
        if (upgrades > 0)
            printf(" v%" PRIu32 " upgrades v%" PRIu32, version, upgrades);
        else if (chance(30))
            printf(" v%" PRIu32, version);
        printf(" {\n");
        if (older == 0)
            return;
        fields(6, tables, chance(40));
        printf("}\n");
        upgrades = version;
        version += 1 + draw(3);
    }
}

static void declare_messages(void)
{
    bool keyed;

    for (uint32_t i = 0; i < events; i++) {
        head("event", "thing_", i, "_happened");
        keyed = chance(40);
        fields(14, tables, keyed);
        settings(true, keyed);
        printf("}\n");
    }
    for (uint32_t i = 0; i < commands; i++) {
        head("command", "do_thing_", i, "");
        keyed = chance(40);
        fields(8, tables, keyed);
        if (chance(70)) {
            printf("    returns {\n");
            fields(6, tables, false);
            printf("    }\n");
        }
        for (uint32_t arm = draw(3); arm > 0; arm--) {
            bool body = chance(50);

            printf("    fails reason_%" PRIu32 "%s\n", arm, body ? " {" : ";");
            if (!body)
                continue;
            fields(4, tables, false);
            printf("    }\n");
        }
        settings(false, keyed);
        printf("}\n");
    }
}

static void listen(uint32_t event, bool concurrent)
{
    static const char *const orders[] = {"highest", "high", "normal", "low", "lowest"};

    printf("    listens thing_%" PRIu32 "_happened", event);
    if (chance(60))
        printf(" order %s", pick(orders, 5));
    if (chance(30)) {
        printf(" batch");
        if (chance(60))
            printf(" %" PRIu32, 1 + draw(65536));
        if (chance(60))
            printf(" within %" PRIu32 "us", 1 + draw(100000));
    } else if (concurrent && chance(50)) {
        printf(" parallel");
    }
    printf(";\n");
}

static void declare_components(void)
{
    for (uint32_t i = 0; i < components; i++) {
        bool concurrent = chance(40);

        comment("");
        printf("component unit_%" PRIu32 " %s{\n", i, concurrent ? "concurrent " : "");
        for (uint32_t k = 0; k < commands; k++)
            if (k % components == i)
                printf("    handles do_thing_%" PRIu32 ";\n", k);
        for (uint32_t k = 0; k < events; k++)
            if (chance(50))
                listen(k, concurrent);
        printf("}\n");
    }
    printf("program all_of_%" PRIu32 " {\n", seed_text);
    for (uint32_t i = 0; i < components; i++)
        printf("    runs unit_%" PRIu32 ";\n", i);
    printf("}\n");
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: random_schema SEED\n");
        return 2;
    }
    seed_text = (uint32_t)strtoul(arguments[1], NULL, 10);
    state = seed_text * UINT64_C(0x2545f4914f6cdd1d) + 1;
    accept_sums();
    comment("");
    printf("bus r%" PRIu32 " version 5;\n", seed_text);
    for (uint32_t n = draw(4); enums < n; enums++)
        declare_enum(enums);
    for (uint32_t n = draw(3); flag_sets < n; flag_sets++)
        declare_flags(flag_sets);
    for (uint32_t n = draw(4); structs < n; structs++)
        declare_struct(structs);
    for (uint32_t n = draw(6); tables < n; tables++) {
        comment("");
        printf("table part_%" PRIu32 " {\n", tables);
        fields(7, tables, false);
        printf("}\n");
    }
    for (uint32_t n = tables > 0 ? draw(3) : 0; unions < n; unions++)
        declare_union(unions);
    for (uint32_t n = draw(4); policies < n; policies++)
        declare_policy(policies);
    events = draw(MOST);
    commands = draw(MOST / 2);
    components = 1 + draw(3);
    declare_messages();
    declare_components();
    return ferror(stdout) || fflush(stdout) != 0;
}
