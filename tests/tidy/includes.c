/*
 * Rules about preprocessor lines: the layers (who may include whom), where libck, the system and
 * the platform may be seen, what public headers must not show.
 */
#include "tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 256 };

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

static bool is_public_header(const struct tidy_source *source)
{
    return tidy_below(source, "runtime/include/") || tidy_ends_with(source->path, ".bus.h");
}

/* The folder of the source, without the slash at the end. */
static void folder_of(const struct tidy_source *source, char folder[NAME_SIZE])
{
    const char *slash = strrchr(source->path, '/');
    size_t size = slash != NULL ? (size_t)(slash - source->path) : 0;

    if (size >= NAME_SIZE)
        size = NAME_SIZE - 1;
    memcpy(folder, source->path, size);
    folder[size] = '\0';
}

static bool is_beside(const struct tidy_source *source, const char *name)
{
    char folder[NAME_SIZE];

    folder_of(source, folder);
    return tidy_exists(source, folder, name);
}

/* NULL when the layer of the source may see `name`, else what it may see. */
static const char *layer_breach(const struct tidy_source *source, const char *name, bool quoted)
{
    static const char *const wire_headers[] = {"bus/wire.h",   "bus/types.h",   "bus/bus.h",
                                               "bus/schema.h", "bus/testing.h", NULL};
    bool bus = starts_with(name, "bus/") || tidy_ends_with(name, ".bus.h");

    if (tidy_below(source, "idl/"))
        return (quoted ? is_beside(source, name) : !bus && !starts_with(name, "jansson"))
                   ? NULL
                   : "idl/ sees the C library and itself only";
    if (tidy_below(source, "codegen/")) {
        if (quoted ? is_beside(source, name) || tidy_exists(source, "codegen", name) ||
                         strcmp(name, "idl.h") == 0
                   : !bus || is_one_of(name, wire_headers))
            return NULL;
        return "codegen/ sees itself, idl.h and <bus/wire.h>";
    }
    if (tidy_below(source, "runtime/wire/"))
        return (quoted ? is_beside(source, name) : !bus || is_one_of(name, wire_headers))
                   ? NULL
                   : "runtime/wire/ is a leaf: itself and <bus/wire.h>";
    if ((tidy_below(source, "runtime/http/") || tidy_below(source, "runtime/admin/")) &&
        starts_with(name, "jansson"))
        return NULL;
    if (tidy_below(source, "runtime/") || tidy_below(source, "generated/"))
        return strcmp(name, "idl.h") == 0 || strstr(name, "idl/") != NULL ||
                       strstr(name, "codegen/") != NULL || starts_with(name, "jansson")
                   ? "runtime/ never sees idl/ or codegen/"
                   : NULL;
    if (tidy_below(source, "examples/") && quoted)
        return tidy_ends_with(name, ".bus.h") || is_beside(source, name) ||
                       tidy_exists(source, "examples", name) ||
                       tidy_exists(source, "examples/common", name)
                   ? NULL
                   : "examples use public headers and generated code";
    return NULL;
}

static void check_include(const struct tidy_source *source, size_t at, const char *name,
                          bool quoted)
{
    static const char *const broken[] = {"ck_fifo.h", "ck_ht.h",      "ck_stack.h",    "ck_array.h",
                                         "ck_hp.h",   "ck_hp_fifo.h", "ck_hp_stack.h", NULL};
    const char *breach = layer_breach(source, name, quoted);

    if (breach != NULL)
        tidy_complain(source, at, TIDY_LAYER, name, breach);
    if (is_one_of(name, broken))
        tidy_complain(source, at, TIDY_CK_BROKEN, name, "known to be wrong in libck 0.7");
    if (is_public_header(source) &&
        (starts_with(name, "ck_") || strcmp(name, "stdatomic.h") == 0 ||
         (starts_with(name, "bus/") && !tidy_exists(source, "runtime/include", name) &&
          tidy_below(source, "runtime/"))))
        tidy_complain(source, at, TIDY_PUBLIC_HEADER, name, "not in a public or generated header");
    else if (starts_with(name, "ck_") && strcmp(source->path, "runtime/path/atomic.h") != 0)
        tidy_complain(source, at, TIDY_CK_HEADER, name, "use runtime/path/atomic.h");
    /* Who owns a file is asked in one place of the store (permissions, links, locks), who listens
     * in one of the web server. */
    if (tidy_below(source, "runtime/") && !tidy_below(source, "runtime/os/") &&
        !tidy_below(source, "runtime/admin/") &&
        strcmp(source->path, "runtime/store/file.c") != 0 &&
        strcmp(source->path, "runtime/http/listen.c") != 0 &&
        (starts_with(name, "sys/") || starts_with(name, "linux/") || strcmp(name, "unistd.h") == 0))
        tidy_complain(source, at, TIDY_SYSTEM_HEADER, name,
                      "the system is behind <bus/os.h> and runtime/os/");
}

static void check_condition(const struct tidy_source *source, size_t at, const char *line)
{
    static const char *const platforms[] = {"__linux__",   "__APPLE__",   "_WIN32",   "__x86_64__",
                                            "__aarch64__", "__FreeBSD__", "__unix__", "__i386__",
                                            "__arm__",     "__ANDROID__", NULL};

    if (tidy_below(source, "runtime/os/") || !tidy_below(source, "runtime/"))
        return;
    for (size_t i = 0; platforms[i] != NULL; i++)
        if (strstr(line, platforms[i]) != NULL)
            tidy_complain(source, at, TIDY_PLATFORM, platforms[i],
                          "platform conditions belong in runtime/os/");
}

/* `rest` stands behind "define". */
static void check_define(const struct tidy_source *source, size_t at, const char *rest)
{
    rest += strspn(rest, " ");
    while (isalnum((unsigned char)*rest) || *rest == '_')
        rest++;
    if (is_public_header(source) && *rest == '(')
        tidy_complain(source, at, TIDY_PUBLIC_MACRO, "a macro with arguments",
                      "the API is functions; write a static inline one");
}

static void check_line(const struct tidy_source *source, size_t at, const char *line)
{
    char name[NAME_SIZE];
    char open;

    line += strspn(line, " ");
    if (*line != '#')
        return;
    line++;
    line += strspn(line, " ");
    if (sscanf(line, "include %c%255[^\">]", &open, name) == 2)
        check_include(source, at, name, open == '"');
    else if (starts_with(line, "if") || starts_with(line, "elif"))
        check_condition(source, at, line);
    else if (starts_with(line, "define"))
        check_define(source, at, line + 6);
}

void tidy_check_includes(const struct tidy_source *source)
{
    char line[1024];
    size_t at = 0;

    while (at < source->size) {
        size_t size = strcspn(source->code + at, "\n");
        size_t kept = size < sizeof(line) ? size : sizeof(line) - 1;

        memcpy(line, source->code + at, kept);
        line[kept] = '\0';
        check_line(source, at, line);
        at += size + 1;
    }
}
