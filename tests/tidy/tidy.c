/*
 * tidy - the style of this project, as a test: `tidy ROOT` reads every source below ROOT and prints
 * `path:line: [rule] what; instead`. Exit 0: nothing found, 1: something, 2: could not look.
 * `tidy --rules` lists the rule names. tests/tidy/controls proves that each rule catches something.
 */
#include "tidy.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096 };

static const char *const rule_names[TIDY_RULES] = {
    [TIDY_LAYER] = "layer",
    [TIDY_CK_HEADER] = "ck-header",
    [TIDY_CK_BROKEN] = "ck-broken",
    [TIDY_PUBLIC_HEADER] = "public-header",
    [TIDY_PUBLIC_MACRO] = "public-macro",
    [TIDY_PLATFORM] = "platform",
    [TIDY_SYSTEM_HEADER] = "system-header",
    [TIDY_HOT_CALL] = "hot-call",
    [TIDY_BANNED_CALL] = "banned-call",
    [TIDY_LIBRARY_CALL] = "library-call",
    [TIDY_OUTPUT_CALL] = "output-call",
    [TIDY_FORMAT] = "format",
    [TIDY_LINE_LENGTH] = "line-length",
    [TIDY_FILE_LENGTH] = "file-length",
    [TIDY_FUNCTION_LENGTH] = "function-length",
    [TIDY_BLANK] = "blank",
    [TIDY_UNFINISHED] = "unfinished",
    [TIDY_WORKPLACE] = "workplace",
};

static unsigned long findings;
static unsigned long files;

const char *tidy_rule_name(enum tidy_rule rule)
{
    return rule_names[rule];
}

void tidy_complain(const struct tidy_source *source, size_t at, enum tidy_rule rule,
                   const char *what, const char *instead)
{
    unsigned long line = 1;

    for (size_t i = 0; i < at && i < source->size; i++)
        line += source->text[i] == '\n';
    printf("%s:%lu: [%s] %s; %s\n", source->path, line, rule_names[rule], what, instead);
    findings++;
}

bool tidy_below(const struct tidy_source *source, const char *folder)
{
    return strncmp(source->path, folder, strlen(folder)) == 0;
}

bool tidy_ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);

    return size >= tail && strcmp(text + size - tail, end) == 0;
}

bool tidy_exists(const struct tidy_source *source, const char *folder, const char *name)
{
    char path[PATH_SIZE];
    struct stat status;

    snprintf(path, sizeof(path), "%s/%s/%s", source->root, folder, name);
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- blanking comments and literals -----------------------------------------------------------
 */

/* Blanks [start, end) but keeps line ends, so that positions and lines stay. */
static void blank(char *code, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (code[i] != '\n')
            code[i] = ' ';
}

/* Position behind the literal that starts at `at` (its quotes stay, its inside is blanked). */
static size_t blank_literal(char *code, size_t at, size_t size)
{
    char quote = code[at];
    size_t end = at + 1;

    while (end < size && code[end] != quote && code[end] != '\n')
        end += code[end] == '\\' && end + 1 < size ? 2 : 1;
    if (end > size)
        end = size;
    blank(code, at + 1, end);
    return end < size ? end + 1 : size;
}

static size_t blank_comment(char *code, size_t at, size_t size)
{
    const char *stop = code[at + 1] == '*' ? "*/" : "\n";
    const char *found = strstr(code + at + 2, stop);
    size_t end = found != NULL ? (size_t)(found - code) + (code[at + 1] == '*' ? 2 : 0) : size;

    blank(code, at, end);
    return end;
}

/* The name between the quotes of #include must stay readable. */
static bool is_include_line(const char *code, size_t at)
{
    while (at > 0 && code[at - 1] != '\n')
        at--;
    at += strspn(code + at, " #");
    return strncmp(code + at, "include", 7) == 0;
}

static void blank_all(char *code, size_t size)
{
    size_t at = 0;

    while (at < size) {
        if (code[at] == '/' && (code[at + 1] == '*' || code[at + 1] == '/'))
            at = blank_comment(code, at, size);
        else if ((code[at] == '"' || code[at] == '\'') && !is_include_line(code, at))
            at = blank_literal(code, at, size);
        else
            at++;
    }
}

/* ---- reading and walking ----------------------------------------------------------------------
 */

static char *read_whole(const char *path, size_t *size)
{
    struct stat status;
    char *text;
    FILE *file = fopen(path, "rb");

    if (file == NULL || fstat(fileno(file), &status) != 0)
        die(path);
    *size = (size_t)status.st_size;
    text = calloc(*size + 2, 1);
    if (text == NULL || fread(text, 1, *size, file) != *size)
        die(path);
    fclose(file);
    return text;
}

static bool is_c_name(const char *path)
{
    return tidy_ends_with(path, ".c") || tidy_ends_with(path, ".h") ||
           tidy_ends_with(path, ".cpp") || tidy_ends_with(path, ".hpp") ||
           tidy_ends_with(path, ".re");
}

/* Sources that people write. Schemas and data of tests may look as they like. */
static bool is_source(const char *path, const char *text)
{
    return is_c_name(path) || tidy_ends_with(path, ".md") || tidy_ends_with(path, ".txt") ||
           tidy_ends_with(path, ".cmake") || tidy_ends_with(path, ".in") ||
           strncmp(text, "#!", 2) == 0;
}

static bool is_generated(const char *path)
{
    return tidy_ends_with(path, ".bus.c") || tidy_ends_with(path, ".bus.h");
}

static void check_file(const char *root, const char *path)
{
    struct tidy_source source = {.root = root, .path = path};
    char whole[PATH_SIZE];

    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    source.text = read_whole(whole, &source.size);
    if (is_source(path, source.text)) {
        files++;
        source.is_c = is_c_name(path);
        source.generated = is_generated(path);
        source.code = calloc(source.size + 2, 1);
        if (source.code == NULL)
            die(path);
        memcpy(source.code, source.text, source.size);
        if (source.is_c) {
            blank_all(source.code, source.size);
            tidy_check_includes(&source);
            tidy_check_calls(&source);
        }
        tidy_check_sizes(&source);
        tidy_check_text(&source);
        free(source.code);
    }
    free(source.text);
}

/* Folders that hold nothing of ours: build trees, version control, outputs pinned byte by byte. */
static bool is_foreign(const char *name)
{
    return strncmp(name, "build", 5) == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           strcmp(name, ".git") == 0 || strcmp(name, "bad") == 0 || strcmp(name, "corpus") == 0 ||
           strcmp(name, "golden") == 0;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(const char *root, const char *folder)
{
    char path[PATH_SIZE];
    struct dirent **entries;
    struct stat status;
    int count;

    snprintf(path, sizeof(path), "%s/%s", root, folder);
    count = scandir(path, &entries, NULL, compare_entries);
    if (count < 0)
        die(path);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char below[PATH_SIZE / 2];
        int size = snprintf(below, sizeof(below), "%s%s%s", folder, *folder ? "/" : "", name);

        if (size < 0 || (size_t)size >= sizeof(below))
            die(name);
        snprintf(path, sizeof(path), "%s/%s", root, below);
        if (!is_foreign(name) && lstat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode))
                walk(root, below);
            else if (S_ISREG(status.st_mode))
                check_file(root, below);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--rules") == 0) {
        for (int rule = 0; rule < TIDY_RULES; rule++)
            printf("%s\n", rule_names[rule]);
        return 0;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: tidy ROOT | tidy --rules\n");
        return 2;
    }
    walk(argv[1], "");
    if (files == 0) {
        fprintf(stderr, "tidy: no sources below %s\n", argv[1]);
        return 2;
    }
    printf("%lu files, %lu findings\n", files, findings);
    return findings != 0;
}
