/* command_gen.c - busgen check, busgen gen. */
#include "command.h"
#include "emit.h"
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_code run_check(struct memory *memory, const struct options *options)
{
    enum exit_code worst = EXIT_FINE;

    report_begin(options);
    for (int i = 0; i < options->argument_count; i++) {
        struct idl_result result;
        enum exit_code code = EXIT_FINE;

        if (compile(memory, options->arguments[i], options, &result, &code)) {
            /* A warning does not keep a schema from being used, but it is a finding. */
            if (result.warnings > 0)
                code = EXIT_FINDINGS;
            idl_free(&result);
        }
        if (code > worst)
            worst = code;
    }
    report_end(options);
    return worst;
}

/* ---- depfiles -------------------------------------------------------------------------------- */

/* A path as make and ninja read it. */
static void put_path(struct writer *out, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == ' ' || *path == '#' || *path == '\\')
            put(out, "\\");
        if (*path == '$')
            put(out, "$");
        put_bytes(out, path, 1);
    }
}

static void emit_depfile(struct writer *out, const struct output *outputs, size_t count,
                         const struct idl_result *result)
{
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            put(out, " ");
        put_path(out, outputs[i].path);
    }
    put(out, ":");
    for (size_t i = 0; i < result->file_count; i++) {
        put(out, " \\\n  ");
        put_path(out, result->files[i]->path);
    }
    put(out, "\n");
}

/* ---- gen ------------------------------------------------------------------------------------- */

enum { OUTPUTS_MAX = 4 };

struct job {
    struct memory *memory;
    const struct options *options;
    struct emitter emitter;
    struct writer writers[OUTPUTS_MAX];
    struct output outputs[OUTPUTS_MAX];
    size_t count;
};

static void add_output(struct job *job, const char *suffix, void (*emit)(struct emitter *))
{
    struct writer *writer = &job->writers[job->count];

    job->emitter.out = writer;
    emit(&job->emitter);
    job->outputs[job->count++] = (struct output){
        .path = join(job->memory, job->options->folder, "/", job->emitter.stem, suffix, NULL),
        .content = writer};
}

static void add_depfile(struct job *job, const struct idl_result *result)
{
    const struct options *options = job->options;
    struct writer *writer = &job->writers[job->count];
    const char *path = options->depfile;

    if (path == NULL && options->depfile_beside)
        path = join(job->memory, options->folder, "/", job->emitter.stem, ".bus.d", NULL);
    if (path == NULL)
        return;
    emit_depfile(writer, job->outputs, job->count, result);
    job->outputs[job->count++] = (struct output){.path = path, .content = writer};
}

/* Output names become part of #include lines and comments. */
static bool stem_is_plain(const char *stem)
{
    return *stem != '\0' && strspn(stem, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-+") == strlen(stem);
}

static enum exit_code generate(struct memory *memory, const char *path,
                               const struct options *options)
{
    struct job job = {.memory = memory, .options = options};
    struct idl_result result;
    enum exit_code code = EXIT_FINE;
    const char *stem = name_stem(memory, path);

    if (!stem_is_plain(stem)) {
        fprintf(stderr,
                "busgen: '%s': the name of a schema file may hold letters, digits and ._-+ only\n",
                path);
        return EXIT_WRONG_USE;
    }
    if (!compile(memory, path, options, &result, &code))
        return code;
    job.emitter = (struct emitter){.memory = memory, .bus = result.bus, .stem = stem};
    if (options->emit_c) {
        add_output(&job, ".bus.h", emit_header);
        add_output(&job, ".bus.c", emit_source);
    }
    if (options->emit_fbs)
        add_output(&job, ".fbs", emit_fbs);
    add_depfile(&job, &result);
    if (!make_folder(options->folder) || !write_outputs(memory, job.outputs, job.count))
        code = EXIT_WRONG_USE;
    for (size_t i = 0; i < OUTPUTS_MAX; i++)
        writer_free(&job.writers[i]);
    layout_forget();
    idl_free(&result);
    return code;
}

enum exit_code run_gen(struct memory *memory, const struct options *options)
{
    enum exit_code worst = EXIT_FINE;

    if (options->folder == NULL) {
        fprintf(stderr, "busgen gen: say where the output goes: -o DIR\n");
        return EXIT_WRONG_USE;
    }
    if (options->depfile != NULL && options->argument_count > 1) {
        fprintf(stderr, "busgen gen: --depfile goes with one FILE; -MD writes one beside each\n");
        return EXIT_WRONG_USE;
    }
    report_begin(options);
    for (int i = 0; i < options->argument_count; i++) {
        enum exit_code code = generate(memory, options->arguments[i], options);

        if (code > worst)
            worst = code;
    }
    report_end(options);
    return worst;
}
