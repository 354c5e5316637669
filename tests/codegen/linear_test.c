/*
 * linear_test.c - the work of busgen grows with the schema, not with its square: basic blocks run
 * by idl/ and codegen/ (compiled for this test so that each one calls us) and bytes asked of the
 * allocator are counted for schemas of one size and of four times that size. covers: R1, N2
 *
 * What counts is work, so a busy machine changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "breaking/breaking.h"
#include "emit/emit.h"
#include "layout.h"

/* Four times the schema may cost so many times the work: sorting and trees take their logarithm. */
#define MOST 5.0
/* Buffers that double ask for up to twice as much when the next one is a little larger. */
#define MOST_MEMORY 8.0

struct work {
    uint64_t blocks;
    uint64_t bytes; /* malloc, calloc, realloc */
};
static struct work work;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    work.blocks++;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    work.bytes += size;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    work.bytes += count * size;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    work.bytes += size;
    return __real_realloc(old, size);
}

/* ---- one run of busgen ----------------------------------------------------------------------- */

struct text {
    char *data;
    size_t size;
};

static int load(void *context, const char *path, char **text, size_t *size)
{
    const struct text *schema = context;

    (void)path;
    *text = malloc(schema->size + 1);
    if (*text == NULL)
        return 12; /* ENOMEM */
    memcpy(*text, schema->data, schema->size);
    *size = schema->size;
    return 0;
}

static void emit(struct emitter *emitter, void (*part)(struct emitter *))
{
    struct writer out = {0};

    emitter->out = &out;
    part(emitter);
    assert_true(out.size > 0);
    writer_free(&out);
}

/* What `busgen breaking` finds between the schema and one in which all stands in another order. */
static void compare(const struct idl_bus *bus, const struct text *turned)
{
    struct idl_loader loader = {.load = load, .context = (void *)(uintptr_t)turned};
    struct idl_options options = {.loader = &loader, .only_fixed = true, .only_model = true};
    struct memory memory = {0};
    struct breaking_findings findings;
    struct idl_result result;

    assert_true(idl_compile("turned.bus", &options, &result));
    breaking_compare(&memory, bus, result.bus, &findings);
    breaking_compare(&memory, result.bus, bus, &findings);
    free_all(&memory);
    idl_free(&result);
}

/* All that `busgen gen` and `busgen breaking` do but the files; `accepted`: the schema is without
 * errors. */
static struct work run(const struct text *schema, const struct text *turned, bool accepted)
{
    struct idl_loader loader = {.load = load, .context = (void *)(uintptr_t)schema};
    struct idl_options options = {.loader = &loader,
                                  .names = true, /* and what an editor asks for */
                                  .complete = true,
                                  .complete_at = (uint32_t)schema->size / 2};
    struct memory memory = {0};
    struct idl_result result;
    struct work before = work;

    assert_int_equal(idl_compile("many.bus", &options, &result), accepted);
    if (accepted) {
        const struct idl_bus *older[] = {result.bus};
        struct emitter emitter = {.memory = &memory,
                                  .bus = result.bus,
                                  .stem = "many",
                                  .metric_prefix = "",
                                  .older = older,
                                  .older_count = 1};

        for (unsigned id = 0; id < EMIT_OUTPUT_COUNT; id++)
            for (unsigned i = 0; i < 2 && emit_outputs[id].files[i].emit != NULL; i++)
                emit(&emitter, emit_outputs[id].files[i].emit);
        emitter.split = 4;
        emit(&emitter, emit_source);
        for (emitter.part = 1; emitter.part <= emitter.split; emitter.part++)
            emit(&emitter, emit_source_part);
        layout_forget();
        compare(result.bus, turned);
    }
    free_all(&memory);
    idl_free(&result);
    return (struct work){work.blocks - before.blocks, work.bytes - before.bytes};
}

/* ---- schemas --------------------------------------------------------------------------------- */

typedef void shape(FILE *out, unsigned count);

/* What has a number gets it from the other end: nothing stays where it was. */
static bool turned_round;

static unsigned nth(unsigned i, unsigned count)
{
    return turned_round ? count - 1 - i : i;
}

static void ordinary(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(
            out,
            "/// Something was seen.\n"
            "event thing_%u_seen { 1 order_id : u64 key; 2 customer_id : u64; 3 quantity : u32;\n"
            "    4 price : f64; 5 symbol : string max 16; 6 note : string max 64; }\n",
            nth(i, count));
}

static void mixed(FILE *out, unsigned count)
{
    fprintf(out, "enum state : u8 { open = 0; paid = 1; }\n"
                 "table part { 1 sku : string max 64; 2 count : u32; }\n"
                 "union either { 1 part; }\n");
    for (unsigned i = 0; i < count / 3; i++)
        fprintf(out,
                "event a_%u { 1 id : u64 key; 2 state : state; 3 note : string? max 64; }\n"
                "event b_%u { 1 first : part; 2 parts : [part] max 9; 3 either : either; }\n"
                "command c_%u { 1 id : u64 key; returns { 1 at : time; } fails gone { 1 left : "
                "u32; } }\n",
                i, i, i);
}

static void own_types(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count / 4; i++)
        fprintf(
            out,
            "enum state_%u : u8 { open = 0; paid = 1; }\n"
            "struct spot_%u { x : u32; y : f64; }\n"
            "table part_%u { 1 spot : spot_%u; 2 state : state_%u?; 3 spots : [spot_%u] max 4; }\n"
            "event seen_%u { 1 part : part_%u?; 2 parts : [part_%u]? max 4; }\n",
            i, i, i, i, i, i, i, i, i);
}

static void fields(FILE *out, unsigned count)
{
    fprintf(out, "event wide_seen {\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "%u field_%u : u32%s;\n", i + 1, nth(i, count), i % 2 != 0 ? "?" : "");
    fprintf(out, "}\n");
}

static void enumerators(FILE *out, unsigned count)
{
    fprintf(out, "enum state : i32 {\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "value_%u = %u;\n", nth(i, count), i);
    fprintf(out, "}\nevent state_seen { 1 state : state; }\n");
}

static void components(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out,
                "event e_%u { 1 id : u64 key; }\n"
                "command c_%u { 1 id : u64 key; }\n"
                "component part_%u { handles c_%u; listens e_%u; emits e_%u; }\n",
                i, i, i, i, i, (i + 1) % count);
}

static void one_component(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "event e_%u { 1 id : u64 key; }\n", i);
    fprintf(out, "component whole {\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "listens e_%u;\n", nth(i, count));
    fprintf(out, "}\nprogram server { runs whole; }\n");
}

static void one_program(FILE *out, unsigned count)
{
    fprintf(out, "event seen { 1 id : u64 key; }\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "component part_%u { listens seen; }\n", i);
    fprintf(out, "program server {\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "runs part_%u;\n", nth(i, count));
    fprintf(out, "}\n");
}

static void programs(FILE *out, unsigned count)
{
    fprintf(out, "event seen { 1 id : u64 key; }\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "component part_%u { listens seen; }\nprogram server_%u { runs part_%u; }\n",
                i, i, i);
}

static void constants(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "const limit_%u : u32 = %u;\n", nth(i, count), i + 5);
    fprintf(out, "event seen { 1 note : string max 9; }\n");
}

static void answers(FILE *out, unsigned count)
{
    fprintf(out, "command ask { 1 id : u64;\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "fails reason_%u { 1 left : u32; }\n", nth(i, count));
    fprintf(out, "}\n");
}

/* Every table reaches every earlier one, on more ways than can be walked. */
static void shared_tables(FILE *out, unsigned count)
{
    fprintf(out, "table t_0_0 { 1 id : u32; }\n");
    for (unsigned i = 0; i < count; i++)
        for (unsigned level = i == 0; level < 8; level++)
            fprintf(out, "table t_%u_%u { 1 a : t_%u_%u?; 2 b : t_%u_%u?; }\n", i, level,
                    level == 0 ? 0 : i, level == 0 ? 0 : level - 1, level == 0 ? 0 : i,
                    level == 0 ? 0 : level - 1);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "event seen_%u { 1 top : t_%u_7; }\n", i, i);
}

static void versions(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned version = nth(i, count) + 1;

        fprintf(out, "event thing_seen v%u", version);
        if (version > 1)
            fprintf(out, " upgrades v%u", version - 1);
        fprintf(out, " { 1 order_id : u64 key; 2 in_%u : string max 9; }\n", version);
    }
    fprintf(out, "component eyes { listens thing_seen; emits thing_seen; }\n");
}

static void pairs_of_versions(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count / 2; i++)
        fprintf(
            out,
            "command do_%u { 1 id : u64; 2 left : u8; }\n"
            "command do_%u v2 upgrades v1 { 1 id : u64; 2 left : u16; returns { 1 a : u8; } }\n",
            i, nth(i, count / 2));
}

static void versions_of_nothing(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "event thing_seen v%u { 1 a : u32; }\n", i + 1);
}

static void unknown_types(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "table known_%u { 1 id : u32; }\nevent seen_%u { 1 a : knwn_%u; }\n", i, i, i);
}

static void twice_named(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "event seen { 1 a : u32; }\n");
}

static void garbage(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "event { ; } 1 : %%%% /// what\n");
}

/* ---- the comparison -------------------------------------------------------------------------- */

static struct work work_of(shape *make, unsigned count, bool accepted)
{
    struct text schemas[2] = {{NULL, 0}, {NULL, 0}};
    struct work result;

    for (unsigned i = 0; i < 2; i++) {
        FILE *out = open_memstream(&schemas[i].data, &schemas[i].size);

        assert_non_null(out);
        fprintf(out, "bus many version %u;\n", i + 1);
        turned_round = i != 0;
        make(out, count);
        assert_int_equal(fclose(out), 0);
    }
    result = run(&schemas[0], &schemas[1], accepted);
    free(schemas[0].data);
    free(schemas[1].data);
    return result;
}

static double grows(shape *make, unsigned count, bool accepted, double *bytes)
{
    struct work few = work_of(make, count, accepted);
    struct work many = work_of(make, 4 * count, accepted);

    assert_true(few.blocks > count);
    *bytes = (double)many.bytes / (double)few.bytes;
    return (double)many.blocks / (double)few.blocks;
}

static void work_is_linear(void **state)
{
    static const struct {
        const char *name;
        shape *make;
        unsigned count;
        bool accepted;
    } shapes[] = {
        {"ordinary messages", ordinary, 500, true},
        {"messages of all kinds", mixed, 500, true},
        {"types of their own", own_types, 400, true},
        {"fields of one message", fields, 1000, true},
        {"values of one enum", enumerators, 1000, true},
        {"components", components, 400, true},
        {"handlers of one component", one_component, 400, true},
        {"components of one program", one_program, 400, true},
        {"programs", programs, 400, true},
        {"constants", constants, 1000, true},
        {"answers of one command", answers, 400, true},
        {"tables that share tables", shared_tables, 100, true},
        {"versions of one message", versions, 300, true},
        {"versions of many messages", pairs_of_versions, 300, true},
        {"versions that nothing upgrades", versions_of_nothing, 1000, false},
        {"unknown types", unknown_types, 1000, false},
        {"one name", twice_named, 1000, false},
        {"garbage", garbage, 1000, false},
    };
    bool right = true;

    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        double bytes;
        double blocks = grows(shapes[i].make, shapes[i].count, shapes[i].accepted, &bytes);

        print_message("%-26s four times as many: %.2f times the work, %.2f times the memory\n",
                      shapes[i].name, blocks, bytes);
        right = right && blocks <= MOST && bytes <= MOST_MEMORY;
    }
    assert_true(right);
}

/* The negative control: what compares each with each other is seen. */
static void each_with_each(FILE *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < 24 * i; j++)
            __sanitizer_cov_trace_pc();
    ordinary(out, count);
}

static uint64_t blocks_of_shape(shape *make, unsigned count)
{
    uint64_t before = work.blocks;

    work_of(make, count, true);
    return work.blocks - before;
}

static void a_square_is_seen(void **state)
{
    (void)state;
    assert_true((double)blocks_of_shape(each_with_each, 4000) >
                MOST * (double)blocks_of_shape(each_with_each, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_linear),
        cmocka_unit_test(a_square_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
