/*
 * tidy.h - what the parts of the style checker share: a source file in memory, and how to complain.
 */
#ifndef TIDY_H
#define TIDY_H

#include <stdbool.h>
#include <stddef.h>

enum tidy_rule {
    TIDY_LAYER,
    TIDY_CK_HEADER,
    TIDY_CK_BROKEN,
    TIDY_PUBLIC_HEADER,
    TIDY_PUBLIC_MACRO,
    TIDY_PLATFORM,
    TIDY_SYSTEM_HEADER,
    TIDY_HOT_CALL,
    TIDY_BANNED_CALL,
    TIDY_LIBRARY_CALL,
    TIDY_OUTPUT_CALL,
    TIDY_FORMAT,
    TIDY_LINE_LENGTH,
    TIDY_FILE_LENGTH,
    TIDY_FUNCTION_LENGTH,
    TIDY_BLANK,
    TIDY_UNFINISHED,
    TIDY_WORKPLACE,
    TIDY_RULES
};

enum {
    TIDY_LINE_MAX = 100,
    TIDY_FILE_MAX = 650,    /* the aim is 600 */
    TIDY_FUNCTION_MAX = 80, /* the aim is 70 */
};

struct tidy_source {
    const char *root; /* the folder that is checked */
    const char *path; /* below root, "runtime/path/lane.c" */
    char *text;       /* as it stands, NUL-terminated */
    char *code;       /* same size and lines; comments and the insides of literals are blanks */
    size_t size;
    bool is_c;      /* C, C++ or re2c source */
    bool generated; /* busgen wrote it: budgets do not apply */
};

void tidy_complain(const struct tidy_source *source, size_t at, enum tidy_rule rule,
                   const char *what, const char *instead);
const char *tidy_rule_name(enum tidy_rule rule);

/* True when the source lies below `folder` ("runtime/path/"). */
bool tidy_below(const struct tidy_source *source, const char *folder);
bool tidy_ends_with(const char *text, const char *end);
/* True when root/folder/name is a file. */
bool tidy_exists(const struct tidy_source *source, const char *folder, const char *name);

/* One function per group of rules. */
void tidy_check_includes(const struct tidy_source *source);
void tidy_check_calls(const struct tidy_source *source);
void tidy_check_sizes(const struct tidy_source *source);
void tidy_check_text(const struct tidy_source *source);

#endif
