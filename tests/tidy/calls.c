/*
 * Rules about calls: functions that nobody uses here, what libraries must not do, what the hot path
 * must not do.
 */
#include "tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct ban {
    const char *name; /* ends in '*': a prefix */
    const char *instead;
};

static const struct ban banned[] = {
    {"sprintf", "use snprintf"},
    {"vsprintf", "use vsnprintf"},
    {"strcpy", "use memcpy with a known size"},
    {"stpcpy", "use memcpy with a known size"},
    {"strcat", "use snprintf"},
    {"strncpy", "use memcpy with a known size; it does not terminate"},
    {"strncat", "use snprintf"},
    {"gets", "use fgets"},
    {"atoi", "use strtol and look at errno"},
    {"atol", "use strtol and look at errno"},
    {"atoll", "use strtoll and look at errno"},
    {"atof", "use strtod and look at errno"},
    {"strtok", "use strcspn"},
    {"alloca", "use a bound and an array, or the heap"},
    {"rand", "use a seeded generator of your own"},
    {"srand", "use a seeded generator of your own"},
    {"random", "use a seeded generator of your own"},
    {"usleep", "wait for the condition, with a deadline"},
    {"sleep", "wait for the condition, with a deadline"},
    {"tmpnam", "use mkstemp"},
    {"mktemp", "use mkstemp"},
    {"localtime", "use localtime_r"},
    {"gmtime", "use gmtime_r"},
    {"setlocale", "only main of a program may choose a locale, and ours do not"},
    {"ck_fifo_*", "wrong in libck 0.7"},
    {"ck_ht_*", "wrong in libck 0.7"},
    {"ck_stack_*", "wrong in libck 0.7"},
    {"ck_array_*", "wrong in libck 0.7"},
    {"ck_hp_*", "wrong in libck 0.7"},
    {NULL, NULL},
};

/* A library leaves the process and its output alone. */
static const struct ban library[] = {
    {"exit", "return an error"},  {"_exit", "return an error"},   {"abort", "return an error"},
    {"printf", "return text"},    {"fprintf", "return text"},     {"puts", "return text"},
    {"perror", "return text"},    {"putchar", "return text"},     {"system", "not in a library"},
    {"getenv", "take an option"}, {"setenv", "not in a library"}, {NULL, NULL},
};

/* busgen writes files in one place, all or none. */
static const struct ban output[] = {
    {"open", "codegen/writer.c writes files"},
    {"fopen", "codegen/writer.c writes files"},
    {"creat", "codegen/writer.c writes files"},
    {"rename", "codegen/writer.c writes files"},
    {"unlink", "codegen/writer.c writes files"},
    {"mkdir", "codegen/writer.c writes files"},
    {NULL, NULL},
};

/* No allocation, lock, stdio or system call between claim and release. */
static const struct ban hot[] = {
    {"malloc", "reserve at open"},
    {"calloc", "reserve at open"},
    {"realloc", "reserve at open"},
    {"free", "give back to the pool"},
    {"aligned_alloc", "reserve at open"},
    {"posix_memalign", "reserve at open"},
    {"mmap", "reserve at open"},
    {"strdup", "reserve at open"},
    {"pthread_mutex_*", "no locks here"},
    {"pthread_rwlock_*", "no locks here"},
    {"pthread_spin_*", "no locks here"},
    {"pthread_cond_*", "use parking.h"},
    {"pthread_create", "bus_os starts threads"},
    {"mtx_*", "no locks here"},
    {"sem_*", "no locks here"},
    {"snprintf", "text is made elsewhere"},
    {"vsnprintf", "text is made elsewhere"},
    {"fopen", "no stdio here"},
    {"fwrite", "no stdio here"},
    {"syscall", "runtime/os/ calls the system"},
    {"read", "runtime/os/ calls the system"},
    {"write", "runtime/os/ calls the system"},
    {"clock_gettime", "take the coarse time"},
    {"time", "take the coarse time"},
    {"nanosleep", "use parking.h"},
    {"sched_yield", "use parking.h"},
    {NULL, NULL},
};

static const struct ban *find(const struct ban *list, const char *name, size_t size)
{
    for (; list->name != NULL; list++) {
        size_t length = strlen(list->name);

        if (list->name[length - 1] == '*'
                ? size >= length - 1 && memcmp(list->name, name, length - 1) == 0
                : size == length && memcmp(list->name, name, size) == 0)
            return list;
    }
    return NULL;
}

static void complain(const struct tidy_source *source, size_t at, enum tidy_rule rule,
                     const struct ban *ban)
{
    if (ban != NULL)
        tidy_complain(source, at, rule, ban->name, ban->instead);
}

static void check_call(const struct tidy_source *source, size_t at, size_t size)
{
    const char *name = source->code + at;

    complain(source, at, TIDY_BANNED_CALL, find(banned, name, size));
    /* A simulation in which nobody can go on has no caller to return to (bus/simulation.h); busadm
     * and generated tests are programs. */
    if (tidy_below(source, "idl/") ||
        (tidy_below(source, "runtime/") && !tidy_below(source, "runtime/admin/") &&
         !tidy_below(source, "runtime/testing/") &&
         strcmp(source->path, "runtime/simulation/scheduler.c")))
        complain(source, at, TIDY_LIBRARY_CALL, find(library, name, size));
    if (tidy_below(source, "codegen/") && strcmp(source->path, "codegen/writer.c") != 0)
        complain(source, at, TIDY_OUTPUT_CALL, find(output, name, size));
    if (tidy_below(source, "runtime/path/"))
        complain(source, at, TIDY_HOT_CALL, find(hot, name, size));
}

/* More conversions than a reader can match with their arguments. */
static void check_formats(const struct tidy_source *source)
{
    unsigned count = 0;

    for (size_t at = 0; at + 1 < source->size; at++) {
        if (source->text[at] == '\n' || source->text[at] == ';')
            count = 0;
        else if (source->text[at] == '%' && source->text[at + 1] == 's' && ++count == 8)
            tidy_complain(source, at, TIDY_FORMAT, "eight %s in one line",
                          "write it in steps that a reader can match");
    }
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

void tidy_check_calls(const struct tidy_source *source)
{
    const char *code = source->code;
    size_t at = 0;

    while (at < source->size) {
        size_t end = at;

        while (is_name(code[end]))
            end++;
        if (end == at) {
            at++;
            continue;
        }
        /* A member of that name is somebody's own function. */
        if (code[end + strspn(code + end, " \n")] == '(' && (at == 0 || code[at - 1] != '.') &&
            (at < 2 || memcmp(code + at - 2, "->", 2) != 0))
            check_call(source, at, end - at);
        at = end;
    }
    if (!source->generated)
        check_formats(source);
}
