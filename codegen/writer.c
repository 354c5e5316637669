/* writer.c - see writer.h. */
#include "writer.h"

#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- text ------------------------------------------------------------------------------------ */

static void append(struct writer *writer, const char *text, size_t size)
{
    if (writer->capacity - writer->size <= size) {
        size_t capacity = writer->capacity != 0 ? writer->capacity : 16 * 1024;

        while (capacity - writer->size <= size)
            capacity *= 2;
        writer->data = must_reallocate(writer->data, capacity);
        writer->capacity = capacity;
    }
    memcpy(writer->data + writer->size, text, size);
    writer->size += size;
    writer->data[writer->size] = '\0';
}

void put_bytes(struct writer *writer, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *stop = line_end != NULL ? line_end + 1 : end;

        if (!writer->inside_line && *text != '\n')
            for (unsigned level = 0; level < writer->indent; level++)
                append(writer, "    ", 4);
        append(writer, text, (size_t)(stop - text));
        writer->inside_line = line_end == NULL;
        text = stop;
    }
}

void put(struct writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

void put_number(struct writer *writer, uint64_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(writer, at);
}

void fill_list(struct writer *writer, const char *skeleton, va_list holes)
{
    const char *texts[128] = {NULL};

    for (int key = va_arg(holes, int); key != 0; key = va_arg(holes, int))
        texts[key & 127] = va_arg(holes, const char *);
    for (;;) {
        const char *hole = strchr(skeleton, '$');

        if (hole == NULL) {
            put(writer, skeleton);
            return;
        }
        put_bytes(writer, skeleton, (size_t)(hole - skeleton));
        if (hole[1] == '$')
            put(writer, "$");
        else if (texts[hole[1] & 127] != NULL)
            put(writer, texts[hole[1] & 127]);
        else
            abort(); /* a skeleton names a hole that its caller does not fill: our own mistake */
        skeleton = hole + 2;
    }
}

void fill(struct writer *writer, const char *skeleton, ...)
{
    va_list holes;

    va_start(holes, skeleton);
    fill_list(writer, skeleton, holes);
    va_end(holes);
}

/* Bytes of a control character that could reorder or hide text on a screen (U+200E, U+200F,
 * U+202A..202E, U+2066..2069); compilers warn about them in comments. 0: it is none. */
static size_t bidi_size(const unsigned char *at)
{
    if (at[0] != 0xe2)
        return 0;
    if (at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xaa && at[2] <= 0xae)))
        return 3;
    if (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)
        return 3;
    return 0;
}

static void put_comment_line(struct writer *writer, const char *line, size_t size)
{
    char previous = ' ';

    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t' || line[size - 1] == '\r'))
        size--;
    for (size_t i = 0; i < size; i++) {
        const unsigned char *at = (const unsigned char *)line + i;
        size_t hidden = size - i >= 3 ? bidi_size(at) : 0;
        char c = line[i];

        if (hidden != 0) {
            i += hidden - 1;
            continue;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            c = ' ';
        /* comment marks either way, question marks of a trigraph, and braces, which flatc takes for
         * a template of its own when it writes C++, Rust, Swift or Kotlin, must not meet */
        if ((previous == '*' && c == '/') || (previous == '/' && c == '*') ||
            (previous == '?' && c == '?') || (previous == '{' && c == '{'))
            put_bytes(writer, " ", 1);
        put_bytes(writer, &c, 1);
        previous = c;
    }
    /* a backslash must not touch the end of the line, nor one of the prefix a slash */
    if (previous == '\\')
        put(writer, " .");
}

void put_comment_lines(struct writer *writer, const char *prefix, const char *text)
{
    for (;;) {
        size_t size = strcspn(text, "\n");
        bool blank = strspn(text, " \t\r") >= size;
        size_t width = strlen(prefix);

        /* no trailing space behind the prefix of an empty line */
        put_bytes(writer, prefix,
                  blank && width > 0 && prefix[width - 1] == ' ' ? width - 1 : width);
        if (!blank)
            put_comment_line(writer, text, size);
        put(writer, "\n");
        if (text[size] == '\0')
            return;
        text += size + 1;
    }
}

void put_literal(struct writer *writer, const char *text)
{
    put(writer, "\"");
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\' || *at == '?') {
            /* \? keeps trigraphs from forming */
            put_bytes(writer, "\\", 1);
            put_bytes(writer, (const char *)at, 1);
        } else if (*at < 0x20 || *at >= 0x7f) {
            char octal[4] = {'\\', (char)('0' + (*at >> 6)), (char)('0' + ((*at >> 3) & 7)),
                             (char)('0' + (*at & 7))};

            put_bytes(writer, octal, 4);
        } else {
            put_bytes(writer, (const char *)at, 1);
        }
    }
    put(writer, "\"");
}

void put_json_string(struct writer *writer, const char *text)
{
    static const char hex[] = "0123456789abcdef";

    put(writer, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        const char escape[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15], '\0'};

        if (byte == '"' || byte == '\\')
            put(writer, "\\");
        if (byte == '\n')
            put(writer, "\\n");
        else if (byte < 0x20 || byte == 0x7f)
            put(writer, escape);
        else
            put_bytes(writer, text, 1);
    }
    put(writer, "\"");
}

void writer_free(struct writer *writer)
{
    free(writer->data);
    *writer = (struct writer){0};
}

/* ---- files ----------------------------------------------------------------------------------- */

static void complain(const char *what, const char *path, int error)
{
    fprintf(stderr, "busgen: cannot %s '%s': %s\n", what, path, strerror(error));
}

static bool same_content(const char *path, const struct writer *content)
{
    char buffer[16 * 1024];
    struct stat status;
    size_t at = 0;
    bool same = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return false;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        (size_t)status.st_size == content->size) {
        for (;;) {
            ssize_t got = read(file, buffer, sizeof(buffer));

            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0) {
                same = got == 0 && at == content->size;
                break;
            }
            if ((size_t)got > content->size - at || memcmp(buffer, content->data + at, (size_t)got))
                break;
            at += (size_t)got;
        }
    }
    close(file);
    return same;
}

int read_stream(int file, size_t most, char **text, size_t *size)
{
    size_t capacity = 64 * 1024;
    int error = 0;

    *size = 0;
    *text = must_allocate(capacity + 1);
    while (error == 0) {
        ssize_t got = read(file, *text + *size, capacity - *size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            error = errno;
        if (got <= 0)
            break;
        *size += (size_t)got;
        if (*size > most)
            error = EFBIG;
        if (*size == capacity) {
            capacity *= 2;
            *text = must_reallocate(*text, capacity + 1);
        }
    }
    (*text)[*size] = '\0';
    if (error != 0) {
        free(*text);
        *text = NULL;
    }
    return error;
}

int read_file(const char *path, size_t most, char **text, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int error;

    *text = NULL;
    *size = 0;
    if (file < 0)
        return errno;
    error = read_stream(file, most, text, size);
    close(file);
    return error;
}

static bool write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(file, data, size);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        data += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

static bool write_to(const struct output *output, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool fine;

    if (file < 0) {
        complain("write", output->path, errno);
        return false;
    }
    fine = write_all(file, output->content->data, output->content->size);
    if (fine && output->keep_mode) {
        /* Not everybody may give files away; then it belongs to who writes it. */
        if (fchown(file, output->owner, output->group) != 0)
            errno = 0;
        fine = fchmod(file, output->mode & 07777) == 0;
    }
    if (!fine)
        complain("write", output->path, errno);
    if (close(file) != 0 && fine) {
        complain("write", output->path, errno);
        fine = false;
    }
    return fine;
}

/* Looks at what is there. False: it cannot be written, said. */
static bool prepare(struct memory *memory, struct output *output)
{
    struct stat status;

    if (stat(output->path, &status) == 0 && !S_ISREG(status.st_mode)) {
        if (S_ISDIR(status.st_mode)) {
            complain("write", output->path, EISDIR);
            return false;
        }
        output->special = true;
        return true;
    }
    if (output->keep_mode && stat(output->path, &status) == 0) {
        output->mode = status.st_mode;
        output->owner = status.st_uid;
        output->group = status.st_gid;
    }
    output->unchanged = same_content(output->path, output->content);
    /* named before the first is made: nothing may fail between making and removing them */
    if (!output->unchanged)
        output->temporary =
            join(memory, output->path, ".", decimal(memory, (uint64_t)getpid()), ".tmp", NULL);
    return true;
}

bool write_outputs(struct memory *memory, struct output *outputs, size_t count)
{
    bool fine = true;
    size_t made = 0;

    for (size_t i = 0; i < count; i++)
        if (!prepare(memory, &outputs[i]))
            return false;
    for (; made < count && fine; made++)
        if (outputs[made].temporary != NULL)
            fine = write_to(&outputs[made], outputs[made].temporary);
    for (size_t i = 0; i < count && fine; i++) {
        struct output *output = &outputs[i];

        if (output->special)
            fine = write_to(output, output->path);
        if (output->temporary == NULL)
            continue;
        if (rename(output->temporary, output->path) != 0) {
            complain("write", output->path, errno);
            fine = false;
        } else {
            output->temporary = NULL;
        }
    }
    for (size_t i = 0; i < made; i++)
        if (outputs[i].temporary != NULL)
            unlink(outputs[i].temporary);
    return fine;
}

/* The number of a part's file name, `stem`.bus.K.c; 0: it is not one. */
static uint32_t part_number(const char *name, const char *stem)
{
    size_t size = strlen(stem);
    uint32_t number = 0;

    if (strncmp(name, stem, size) != 0 || strncmp(name + size, ".bus.", 5) != 0)
        return 0;
    name += size + 5;
    if (*name == '0')
        return 0;
    while (*name >= '0' && *name <= '9' && number < 100000)
        number = number * 10 + (uint32_t)(*name++ - '0');
    return strcmp(name, ".c") == 0 ? number : 0;
}

/* True when the file begins as our parts do: what others wrote stays. */
static bool is_our_part(struct memory *memory, const char *path, const char *name)
{
    const char *start = join(memory, "/* ", name, " - written by busgen from ", NULL);
    size_t size = strlen(start);
    char *found = allocate(memory, size);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool ours;

    if (file < 0)
        return false;
    ours = read(file, found, size) == (ssize_t)size && memcmp(found, start, size) == 0;
    close(file);
    return ours;
}

bool remove_parts(struct memory *memory, const char *folder, const char *stem, uint32_t kept)
{
    DIR *list = opendir(folder);
    bool fine = true;

    if (list == NULL) {
        complain("look into", folder, errno);
        return false;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        const char *path;

        if (part_number(entry->d_name, stem) <= kept)
            continue;
        path = join(memory, folder, "/", entry->d_name, NULL);
        if (is_our_part(memory, path, entry->d_name) && unlink(path) != 0) {
            complain("remove", path, errno);
            fine = false;
        }
    }
    closedir(list);
    return fine;
}

bool make_folder(const char *path)
{
    struct memory memory = {0};
    const char *whole = join(&memory, path, NULL);
    char *at = (char *)(uintptr_t)whole;
    bool fine = true;

    while (fine && *at != '\0') {
        char kept;

        at += strspn(at, "/");
        at += strcspn(at, "/");
        kept = *at;
        *at = '\0';
        if (mkdir(whole, 0777) != 0 && errno != EEXIST) {
            complain("make folder", whole, errno);
            fine = false;
        }
        *at = kept;
    }
    free_all(&memory);
    return fine;
}
