/* gen.c - busgen check, busgen lint, busgen gen. */
#include "breaking/older.h"
#include "command/command.h"
#include "emit/emit.h"
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

enum exit_code run_lint(struct memory *memory, const struct options *options)
{
    struct options all = *options;

    all.lint = true;
    return run_check(memory, &all);
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
                         const struct idl_result *result, const struct options *options)
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
    for (size_t i = 0; i < options->against_count; i++) {
        if (strncmp(options->against[i], "git:", 4) == 0)
            continue;
        put(out, " \\\n  ");
        put_path(out, options->against[i]);
    }
    put(out, "\n");
}

/* ---- gen ------------------------------------------------------------------------------------- */

struct input {
    const char *path;
    dev_t device;
    ino_t number;
};

/* Everything a run will write, and what it has read. Nothing is written before all is known. */
struct job {
    struct memory *memory;
    const struct options *options;
    struct output *outputs;
    struct writer **writers; /* of the outputs */
    size_t count;
    size_t capacity;
    struct input *inputs;
    size_t input_count;
    size_t input_capacity;
};

/* The writer of one more output. */
static struct writer *add_output(struct job *job, const char *path)
{
    struct writer *writer = allocate(job->memory, sizeof(*writer));

    if (job->count == job->capacity) {
        job->capacity = job->capacity != 0 ? job->capacity * 2 : 16;
        job->outputs = must_reallocate(job->outputs, job->capacity * sizeof(*job->outputs));
        job->writers = must_reallocate(job->writers, job->capacity * sizeof(*job->writers));
    }
    job->outputs[job->count] = (struct output){.path = path, .content = writer};
    job->writers[job->count++] = writer;
    return writer;
}

static void add_input(struct job *job, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return;
    if (job->input_count == job->input_capacity) {
        job->input_capacity = job->input_capacity != 0 ? job->input_capacity * 2 : 16;
        job->inputs = must_reallocate(job->inputs, job->input_capacity * sizeof(*job->inputs));
    }
    job->inputs[job->input_count++] =
        (struct input){join(job->memory, path, NULL), status.st_dev, status.st_ino};
}

static void add_depfile(struct job *job, const char *stem, size_t first,
                        const struct idl_result *result)
{
    const struct options *options = job->options;
    size_t count = job->count - first;
    const char *path = options->depfile;
    struct writer *writer;

    if (path == NULL && options->depfile_beside)
        path = join(job->memory, options->folder, "/", stem, ".bus.d", NULL);
    if (path == NULL)
        return;
    writer = add_output(job, path);
    emit_depfile(writer, &job->outputs[first], count, result, options);
}

/* Output names become part of #include lines and comments. */
static bool stem_is_plain(const char *stem)
{
    return *stem != '\0' && strspn(stem, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-+") == strlen(stem);
}

static void emit_file(struct job *job, struct emitter *emitter, const char *suffix,
                      void (*emit)(struct emitter *))
{
    emitter->out =
        add_output(job, join(job->memory, job->options->folder, "/", emitter->stem, suffix, NULL));
    emit(emitter);
}

static void emit_parts(struct job *job, struct emitter *emitter)
{
    for (emitter->part = 1; emitter->part <= emitter->split; emitter->part++)
        emit_file(job, emitter, name_part(job->memory, emitter->part), emit_source_part);
    emitter->part = 0;
}

/* The tests read what older versions wrote. False after a message. */
static bool add_older(struct job *job, struct emitter *emitter, const char *path,
                      struct olders *olders)
{
    const struct options *options = job->options;
    const struct idl_bus **buses;

    for (size_t i = 0; i < options->against_count; i++)
        if (!older_load_all(job->memory, options, path, options->against[i], olders))
            return false;
    buses = allocate(job->memory, (olders->count + 1) * sizeof(*buses));
    for (size_t i = 0; i < olders->count; i++)
        buses[i] = olders->items[i].result.bus;
    emitter->older = buses;
    emitter->older_count = olders->count;
    return true;
}

static void emit_output(struct job *job, struct emitter *emitter, enum emit_output_id id)
{
    const struct emit_output *output = &emit_outputs[id];

    for (size_t i = 0; i < sizeof(output->files) / sizeof(*output->files); i++)
        if (output->files[i].suffix != NULL)
            emit_file(job, emitter, output->files[i].suffix, output->files[i].emit);
    if (id == EMIT_C)
        emit_parts(job, emitter);
}

/* One schema: its outputs join the job. */
static enum exit_code generate(struct job *job, const char *path)
{
    const struct options *options = job->options;
    struct emitter emitter = {.memory = job->memory,
                              .stem = name_stem(job->memory, path),
                              .metric_prefix = options->metric_prefix,
                              .split = options->split};
    struct olders olders = {0};
    struct idl_result result;
    enum exit_code code = EXIT_FINE;
    size_t first = job->count;

    if (!stem_is_plain(emitter.stem)) {
        fprintf(stderr,
                "busgen: '%s': the name of a schema file may hold letters, digits and ._-+ only\n",
                path);
        return EXIT_WRONG_USE;
    }
    if (!compile(job->memory, path, options, &result, &code))
        return code;
    emitter.bus = result.bus;
    if (!add_older(job, &emitter, path, &olders)) {
        older_free(&olders);
        idl_free(&result);
        return EXIT_WRONG_USE;
    }
    for (unsigned id = 0; id < EMIT_OUTPUT_COUNT; id++)
        if ((options->outputs >> id & 1) != 0)
            emit_output(job, &emitter, (enum emit_output_id)id);
    add_depfile(job, emitter.stem, first, &result);
    for (size_t i = 0; i < result.file_count; i++)
        add_input(job, result.files[i]->path);
    layout_forget();
    older_free(&olders);
    idl_free(&result);
    return code;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct output *)a)->path, ((const struct output *)b)->path);
}

/* The schema that lies where `path` would be written; NULL: none does. */
static const char *input_at(const struct job *job, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return NULL;
    for (size_t i = 0; i < job->input_count; i++)
        if (job->inputs[i].device == status.st_dev && job->inputs[i].number == status.st_ino)
            return job->inputs[i].path;
    return NULL;
}

/* No file is written twice, no schema is written over. */
static bool outputs_differ(const struct job *job)
{
    struct output *sorted = allocate(job->memory, job->count * sizeof(*sorted) + 1);

    for (size_t i = 0; i < job->count; i++) {
        const char *input = input_at(job, job->outputs[i].path);

        if (input != NULL) {
            fprintf(stderr, "busgen gen: the schema '%s' would be written over\n", input);
            return false;
        }
        sorted[i] = job->outputs[i];
    }
    qsort(sorted, job->count, sizeof(*sorted), compare_paths);
    for (size_t i = 1; i < job->count; i++) {
        if (strcmp(sorted[i - 1].path, sorted[i].path) == 0) {
            fprintf(stderr,
                    "busgen gen: '%s' would be written twice; give each its own folder (-o)\n",
                    sorted[i].path);
            return false;
        }
    }
    return true;
}

static enum exit_code generate_all(struct job *job)
{
    const struct options *options = job->options;
    enum exit_code worst = EXIT_FINE;

    for (int i = 0; i < options->argument_count; i++) {
        enum exit_code code = generate(job, options->arguments[i]);

        if (code > worst)
            worst = code;
    }
    if (worst == EXIT_FINE && (!outputs_differ(job) || !make_folder(options->folder) ||
                               !write_outputs(job->memory, job->outputs, job->count)))
        worst = EXIT_WRONG_USE;
    for (int i = 0;
         i < options->argument_count && worst == EXIT_FINE && (options->outputs >> EMIT_C & 1) != 0;
         i++)
        if (!remove_parts(job->memory, options->folder,
                          name_stem(job->memory, options->arguments[i]), options->split))
            worst = EXIT_WRONG_USE;
    return worst;
}

enum exit_code run_gen(struct memory *memory, const struct options *options)
{
    struct job job = {.memory = memory, .options = options};
    enum exit_code worst;

    if (options->folder == NULL) {
        fprintf(stderr, "busgen gen: say where the output goes: -o DIR\n");
        return EXIT_WRONG_USE;
    }
    if (options->depfile != NULL && options->argument_count > 1) {
        fprintf(stderr, "busgen gen: --depfile goes with one FILE; -MD writes one beside each\n");
        return EXIT_WRONG_USE;
    }
    if (options->against_count != 0 &&
        ((options->outputs >> EMIT_TESTS & 1) == 0 || options->argument_count > 1)) {
        fprintf(stderr, "busgen gen: --against is for the tests of one FILE: --emit tests\n");
        return EXIT_WRONG_USE;
    }
    report_begin(options);
    worst = generate_all(&job);
    report_end(options);
    for (size_t i = 0; i < job.count; i++)
        writer_free(job.writers[i]);
    free(job.writers);
    free(job.outputs);
    free(job.inputs);
    return worst;
}
