/*
 * writer.h - the one module that writes output. Text grows in memory; files are written at the end,
 * all or none: each to a temporary neighbour first, renamed when every one of them is complete, and
 * not touched when its content is already there.
 */
#ifndef WRITER_H
#define WRITER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory;

struct writer {
    char *data; /* NUL-terminated once something was put */
    size_t size;
    size_t capacity;
    unsigned indent; /* levels of four spaces, put before each line that is not empty */
    bool inside_line;
};

void put(struct writer *writer, const char *text);
void put_bytes(struct writer *writer, const char *text, size_t size);
void put_number(struct writer *writer, uint64_t number);
/* Skeleton text with holes: `$P` is replaced by the text that follows key 'P' in the arguments,
 * `$$` is a dollar; the list of (int key, const char *text) ends with 0. A key may be used many
 * times. */
void fill(struct writer *writer, const char *skeleton, ...);
void fill_list(struct writer *writer, const char *skeleton, va_list holes);
/* Text of people as the inside of a C comment: what could end it, splice lines or confuse a
 * compiler is taken apart. Lines are prefixed by `prefix`. */
void put_comment_lines(struct writer *writer, const char *prefix, const char *text);
/* A C or FlatBuffers string literal, quotes included. */
void put_literal(struct writer *writer, const char *text);
/* A JSON string of UTF-8 text, quotes included. */
void put_json_string(struct writer *writer, const char *text);
void writer_free(struct writer *writer);

/* One file to be written. */
struct output {
    const char *path;
    const struct writer *content;
    const char *temporary; /* while writing */
    bool keep_mode;        /* of the file that is there: its mode, and its owner if we may */
    unsigned mode;
    unsigned owner;
    unsigned group;
    bool unchanged;
    bool special; /* a device or pipe is there: written to, never replaced */
};

/* Writes them all. On failure says so on stderr, leaves every target as it was, returns false. */
bool write_outputs(struct memory *memory, struct output *outputs, size_t count);
/* Removes the parts `stem`.bus.K.c, K > `kept`, that busgen wrote into the folder at another time:
 * a build that compiles *.c would take them in. False with a message. */
bool remove_parts(struct memory *memory, const char *folder, const char *stem, uint32_t kept);
/* Reads a file of at most `most` bytes: malloc'ed, NUL-terminated. 0, or an errno value (EFBIG: it
 * has more). */
int read_file(const char *path, size_t most, char **text, size_t *size);
/* The same of an open file. */
int read_stream(int file, size_t most, char **text, size_t *size);
/* mkdir -p; false with a message. */
bool make_folder(const char *path);

#endif
