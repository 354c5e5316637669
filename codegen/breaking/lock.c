/* lock.c - see lock.h. */
#include "breaking/lock.h"

#include "json.h"
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* What is read, and how it goes wrong. */
struct input {
    struct memory *memory;
    const char *path;
    bool failed;
};

static void wrong(struct input *input, const char *where, const char *what)
{
    if (!input->failed)
        fprintf(stderr, "busgen: '%s' is no lock file: %s%s\n", input->path, where, what);
    input->failed = true;
}

static const char *text_of(struct input *input, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    if (text == NULL || strlen(text) != json_string_length(value)) {
        wrong(input, key, " must be text");
        return "";
    }
    return join(input->memory, text, NULL);
}

static const json_t *list_of(struct input *input, const json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);

    if (!json_is_array(list))
        wrong(input, key, " must be a list");
    return list;
}

static void read_text(struct input *input, const json_t *object, struct lock_file *file)
{
    const json_t *lines = list_of(input, object, "text");
    char *at;

    for (size_t i = 0; i < json_array_size(lines); i++)
        file->size += json_string_length(json_array_get(lines, i)) + 1;
    at = allocate(input->memory, file->size + 1);
    file->text = at;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);

        if (!json_is_string(line))
            wrong(input, "text", " must be lines");
        if (i > 0)
            *at++ = '\n';
        if (json_is_string(line))
            memcpy(at, json_string_value(line), json_string_length(line));
        at += json_string_length(line);
    }
    file->size = (size_t)(at - file->text);
}

static void read_version(struct input *input, const json_t *object, struct lock_version *version)
{
    const json_t *number = json_object_get(object, "version");
    const json_t *files = list_of(input, object, "files");
    struct lock_file *list;

    if (!json_is_integer(number) || json_integer_value(number) < 1 ||
        json_integer_value(number) > UINT32_MAX) {
        wrong(input, "version", " must be a number");
        return;
    }
    version->version = (uint32_t)json_integer_value(number);
    version->file_count = json_array_size(files);
    if (version->file_count == 0)
        wrong(input, "files", " must name the schema");
    list = allocate(input->memory, (version->file_count + 1) * sizeof(*list));
    version->files = list;
    for (size_t i = 0; i < version->file_count; i++) {
        list[i].path = text_of(input, json_array_get(files, i), "path");
        read_text(input, json_array_get(files, i), &list[i]);
    }
}

static void read_document(struct input *input, const json_t *document, struct lock *lock)
{
    const json_t *versions;
    const json_t *accepted;

    if (json_integer_value(json_object_get(document, "busgen_lock")) != 1) {
        wrong(input, "", "it does not say \"busgen_lock\": 1");
        return;
    }
    lock->bus = text_of(input, document, "bus");
    versions = list_of(input, document, "versions");
    accepted = list_of(input, document, "accepted");
    lock->version_count = json_array_size(versions);
    lock->versions = allocate(input->memory, (lock->version_count + 1) * sizeof(*lock->versions));
    for (size_t i = 0; i < lock->version_count; i++) {
        read_version(input, json_array_get(versions, i), &lock->versions[i]);
        if (i > 0 && lock->versions[i].version <= lock->versions[i - 1].version)
            wrong(input, "versions", " must ascend");
    }
    lock->accepted_count = json_array_size(accepted);
    lock->accepted = allocate(input->memory, (lock->accepted_count + 1) * sizeof(*lock->accepted));
    for (size_t i = 0; i < lock->accepted_count; i++) {
        const json_t *item = json_array_get(accepted, i);

        lock->accepted[i].rule = text_of(input, item, "rule");
        lock->accepted[i].element = text_of(input, item, "element");
        lock->accepted[i].finding = text_of(input, item, "finding");
        lock->accepted[i].reason = text_of(input, item, "reason");
    }
}

bool lock_read(struct memory *memory, const char *path, struct lock *lock, bool *exists)
{
    struct input input = {memory, path, false};
    json_error_t fault;
    json_t *document;
    char *text;
    size_t size;
    int error = read_file(path, LOCK_SIZE_MAX, &text, &size);

    memset(lock, 0, sizeof(*lock));
    lock->path = path;
    *exists = error != ENOENT;
    if (error == ENOENT)
        return true;
    if (error != 0) {
        fprintf(stderr, "busgen: cannot read '%s': %s\n", path, strerror(error));
        return false;
    }
    document = must_load_json(text, size, JSON_REJECT_DUPLICATES, &fault);
    free(text);
    if (document == NULL) {
        fprintf(stderr, "%s:%d:%d: error: no lock file: %s\n", path, fault.line, fault.column,
                fault.text);
        return false;
    }
    read_document(&input, document, lock);
    json_decref(document);
    return !input.failed;
}

/* ---- writing ---- */

/* A JSON string. What is not UTF-8 never comes here: schemas and command lines are checked. */
static void put_text(struct writer *out, const char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    const char *end = text + size;

    put(out, "\"");
    while (text < end) {
        size_t plain = 0;
        unsigned char c;
        char escape[7] = "\\u00";

        while (text + plain < end && (unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
               text[plain] != '\\' && text[plain] != 0x7f)
            plain++;
        put_bytes(out, text, plain);
        text += plain;
        if (text == end)
            break;
        c = (unsigned char)*text++;
        if (c == '"' || c == '\\') {
            escape[1] = (char)c;
            escape[2] = '\0';
        } else {
            escape[4] = hex[c >> 4];
            escape[5] = hex[c & 15];
        }
        put(out, escape);
    }
    put(out, "\"");
}

static void put_member(struct writer *out, const char *before, const char *name, const char *text)
{
    put(out, before);
    put(out, "\"");
    put(out, name);
    put(out, "\": ");
    put_text(out, text, strlen(text));
}

static void put_file(struct writer *out, const struct lock_file *file)
{
    const char *at = file->text;
    const char *end = at + file->size;

    put_member(out, "        {\n          ", "path", file->path);
    put(out, ",\n          \"text\": [\n");
    for (;;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        put(out, "            ");
        put_text(out, at, (size_t)((stop != NULL ? stop : end) - at));
        put(out, stop != NULL ? ",\n" : "\n");
        if (stop == NULL)
            break;
        at = stop + 1;
    }
    put(out, "          ]\n        }");
}

static void put_lock(struct writer *out, const struct lock *lock)
{
    put_member(out, "{\n  \"busgen_lock\": 1,\n  ", "bus", lock->bus);
    put(out, ",\n  \"versions\": [\n");
    for (size_t i = 0; i < lock->version_count; i++) {
        const struct lock_version *version = &lock->versions[i];

        put(out, "    {\n      \"version\": ");
        put_number(out, version->version);
        put(out, ",\n      \"files\": [\n");
        for (size_t j = 0; j < version->file_count; j++) {
            put_file(out, &version->files[j]);
            put(out, j + 1 < version->file_count ? ",\n" : "\n");
        }
        put(out, i + 1 < lock->version_count ? "      ]\n    },\n" : "      ]\n    }\n");
    }
    put(out, "  ],\n  \"accepted\": [");
    for (size_t i = 0; i < lock->accepted_count; i++) {
        const struct lock_accepted *accepted = &lock->accepted[i];

        put_member(out, i > 0 ? ",\n    {\n      " : "\n    {\n      ", "rule", accepted->rule);
        put_member(out, ",\n      ", "element", accepted->element);
        put_member(out, ",\n      ", "finding", accepted->finding);
        put_member(out, ",\n      ", "reason", accepted->reason);
        put(out, "\n    }");
    }
    put(out, lock->accepted_count != 0 ? "\n  ]\n}\n" : "]\n}\n");
}

bool lock_write(struct memory *memory, const struct lock *lock)
{
    struct writer out = {0};
    struct output output = {.path = lock->path, .content = &out};
    bool fine;

    put_lock(&out, lock);
    fine = write_outputs(memory, &output, 1);
    writer_free(&out);
    return fine;
}

/* ---- changing ---- */

void lock_add_version(struct memory *memory, struct lock *lock, struct lock_version version)
{
    struct lock_version *versions = allocate(memory, (lock->version_count + 1) * sizeof(*versions));

    if (lock->version_count != 0)
        memcpy(versions, lock->versions, lock->version_count * sizeof(*versions));
    versions[lock->version_count++] = version;
    lock->versions = versions;
}

void lock_accept(struct memory *memory, struct lock *lock, struct lock_accepted accepted)
{
    struct lock_accepted *list = allocate(memory, (lock->accepted_count + 1) * sizeof(*list));

    if (lock->accepted_count != 0)
        memcpy(list, lock->accepted, lock->accepted_count * sizeof(*list));
    list[lock->accepted_count++] = accepted;
    lock->accepted = list;
}
