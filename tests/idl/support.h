/*
 * support.h - schemas in memory for the tests.
 */
#ifndef TESTS_IDL_SUPPORT_H
#define TESTS_IDL_SUPPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "idl.h"

struct memory_file {
    const char *path;
    const char *text;
    size_t size; /* 0: up to the NUL */
};

struct memory_files {
    const struct memory_file *files;
    size_t count;
};

static inline int memory_load(void *context, const char *path, char **text, size_t *size)
{
    const struct memory_files *files = context;

    for (size_t i = 0; i < files->count; i++) {
        const struct memory_file *file = &files->files[i];

        if (strcmp(file->path, path) != 0)
            continue;
        *size = file->size ? file->size : strlen(file->text);
        *text = malloc(*size + 1);
        if (!*text)
            return ENOMEM;
        memcpy(*text, file->text, *size);
        return 0;
    }
    return ENOENT;
}

/* Compiles files[0], which may import the others. */
static inline bool compile_files(const struct memory_file *files, size_t count,
                                 struct idl_result *result)
{
    struct memory_files context = {files, count};
    const struct idl_loader loader = {memory_load, &context};
    const struct idl_options options = {.loader = &loader};

    return idl_compile(files[0].path, &options, result);
}

static inline bool compile_text(const char *text, struct idl_result *result)
{
    const struct memory_file file = {"test.bus", text, 0};

    return compile_files(&file, 1, result);
}

/* The same with options; their loader is replaced. */
static inline bool compile_text_with(const char *text, const struct idl_options *options,
                                     struct idl_result *result)
{
    const struct memory_file file = {"test.bus", text, 0};
    struct memory_files context = {&file, 1};
    const struct idl_loader loader = {memory_load, &context};
    struct idl_options own = *options;

    own.loader = &loader;
    return idl_compile(file.path, &own, result);
}

static inline size_t count_rule(const struct idl_result *result, const char *rule)
{
    size_t count = 0;

    for (size_t i = 0; i < result->diagnostic_count; i++)
        count += strcmp(result->diagnostics[i].rule, rule) == 0;
    return count;
}

static inline void print_diagnostics(const struct idl_result *result)
{
    for (size_t i = 0; i < result->diagnostic_count; i++) {
        char *text = idl_diagnostic_text(&result->diagnostics[i], false);

        fputs(text ? text : "no memory\n", stderr);
        free(text);
    }
}

#endif
