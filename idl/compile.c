/*
 * compile.c - the phases of one compilation, in order.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { SUGGESTIONS_MAX = 100000 };

static void run(struct context *context, const char *path)
{
    struct idl_result *result = context->result;
    const struct unit *main;
    const struct idl_file **files;

    complete_begin(context);
    if (!source_load(context, path))
        return;
    if (resolve_units(context)) {
        layout_units(context);
        if (!context->options->only_model)
            check_names(context);
        check_wiring(context);
        check_flow(context);
        check_style(context);
        lint_finish(context);
        model_finish(context);
        names_finish(context);
    }
    complete_finish(context);
    diagnostics_finish(context);
    files = arena_take(context->arena, context->units.count * sizeof *files);
    for (uint32_t i = 0; i < context->units.count; i++)
        files[i] = &((const struct unit *)context->units.items[i])->file;
    result->files = files;
    result->file_count = context->units.count;
    main = context->units.items[0];
    if (result->errors == 0)
        result->bus = main->bus;
}

bool idl_compile(const char *path, const struct idl_options *options, struct idl_result *result)
{
    static const struct idl_options defaults;
    struct idl_arena *arena = arena_new();
    struct context *context;
    jmp_buf failure;

    memset(result, 0, sizeof *result);
    result->arena = arena;
    if (!arena) {
        result->out_of_memory = true;
        return false;
    }
    arena_on_failure(arena, &failure);
    if (setjmp(failure)) {
        memset(result, 0, sizeof *result);
        result->arena = arena;
        result->out_of_memory = true;
        return false;
    }
    context = arena_take(arena, sizeof *context);
    context->arena = arena;
    context->options = options ? options : &defaults;
    context->result = result;
    context->failure = &failure;
    context->suggestions_left = SUGGESTIONS_MAX;
    lint_levels(context);
    run(context, path);
    return result->bus != NULL;
}

void idl_free(struct idl_result *result)
{
    arena_free(result->arena);
    memset(result, 0, sizeof *result);
}
