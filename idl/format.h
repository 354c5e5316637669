/*
 * format.h - what the parts of the formatter share.
 *
 * format_read.c turns the text into elements, tokens and comments alike; format.c lays them out in
 * lines; format_write.c aligns the lines and writes them. The layout is a function of the elements
 * and of where the author broke lines between them, and what it writes has the breaks it was made
 * for: so formatting twice changes nothing.
 */
#ifndef IDL_FORMAT_H
#define IDL_FORMAT_H

#include "internal.h"

enum { FORMAT_COLUMNS = 100, FORMAT_INDENT = 4 };

enum comment_form { COMMENT_NONE, COMMENT_LINE /* also a doc line */, COMMENT_BLOCK };

struct element {
    uint32_t start;
    uint32_t end;
    uint32_t match;      /* of `{`: the index of its `}`; the number of elements: there is none */
    uint32_t column;     /* of a comment: characters before it on its line */
    unsigned char kind;  /* enum token_kind; of all comments TOKEN_DOC */
    unsigned char word;  /* enum word */
    unsigned char form;  /* enum comment_form */
    unsigned char lines; /* line ends before it, up to 2 */
    bool tall;           /* a comment of several lines */
    bool pinned;         /* a `// lint:` comment speaks of its line: that is not broken up */
};

struct elements {
    const char *text;
    struct element *items;
    uint32_t count;
    uint32_t depth; /* braces inside each other, at most */
};

/* All tokens and comments of a file that the lexer accepts. */
void elements_read(struct context *context, const struct idl_file *file, struct elements *elements);
/* Whether both have the same tokens and comments, spaces at the ends of a comment's lines aside. */
bool elements_same(const struct elements *first, const struct elements *second);

/* Text that grows in the arena. */
struct format_text {
    struct idl_arena *arena;
    char *data;
    size_t size;
    size_t capacity;
};
void format_put(struct format_text *text, const char *from, size_t size);
/* Characters of UTF-8 text. */
uint32_t format_width(const char *text, size_t size);

/* Lines that stand below each other are aligned when they are of one class. */
enum { CLASS_NONE, CLASS_FIELD, CLASS_MEMBER, CLASS_CONST, CLASS_ANSWER, CLASS_BLOCK };

struct line {
    size_t text; /* in layout.text; without indentation and comment behind it */
    size_t size;
    uint32_t indent;
    uint32_t width;
    uint32_t number;  /* digits of a field number at its begin */
    uint32_t mark;    /* where its `:` or `{` begins, what is aligned; 0: nothing */
    uint32_t inner;   /* where the `:` of the only field in its braces begins */
    uint32_t pads[3]; /* spaces put before number, mark and inner */
    uint32_t class;
    bool blank;      /* an empty line goes before it */
    bool comment;    /* it is a comment, and nothing else */
    bool ragged;     /* a comment of several lines is part of it */
    uint32_t behind; /* the comments behind it: the first, and how many */
    uint32_t behind_count;
    uint32_t gap; /* spaces before them */
};

struct layout {
    struct idl_arena *arena;
    const struct elements *elements;
    struct format_text text;
    struct line *lines;
    uint32_t count;
    uint32_t capacity;
    uint32_t depth;        /* blocks that are open */
    unsigned char *blocks; /* their kinds */
    bool fresh;            /* the block has just been opened */
    bool open;             /* the next item may go into the last line */
};

/* A comment's text, its lines indented when they are a column of stars. */
void format_comment(struct format_text *out, const struct elements *elements,
                    const struct element *comment, uint32_t indent);
void format_align(struct layout *layout);
void format_write(const struct layout *layout, struct format_text *out);

#endif
