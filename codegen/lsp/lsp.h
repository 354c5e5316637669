/*
 * lsp.h - what the parts of the language server share.
 *
 * One thread reads a message, answers it, and reads on. Every answer comes from a snapshot: what
 * the compiler (idl.h) says about an open document and all that it imports, unsaved text included.
 * Nothing here reads the language itself, and nothing writes a file: edits are proposed, the editor
 * makes them.
 */
#ifndef LSP_H
#define LSP_H

#include "idl.h"
#include "memory.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- limits ---- */

enum {
    LSP_DOCUMENTS_MAX = 256,            /* open at once */
    LSP_SNAPSHOTS_MAX = 8,              /* kept; others are made again when they are needed */
    LSP_MESSAGE_MAX = 128 << 20,        /* bytes of one message: a text of 16 MiB, escaped */
    LSP_HEADER_MAX = 4096,              /* bytes of its header */
    LSP_TEXT_MAX = 64 << 20,            /* of all open documents */
    LSP_PROPOSALS_MAX = 500,            /* of one completion; then the list says that it goes on */
    LSP_EDITS_MAX = 10000,              /* of one formatting; then one edit replaces all */
    LSP_WORKSPACE_FILES_MAX = 256,      /* schemas that are looked through beside the open ones */
    LSP_WORKSPACE_ENTRIES_MAX = 200000, /* names looked at to find them */
    LSP_WORKSPACE_DEPTH_MAX = 32,       /* folders inside each other */
};

/* ---- messages (frame.c) ---- */

enum frame_end {
    FRAME_MESSAGE,
    FRAME_TOO_LARGE, /* skipped; the next one can be read */
    FRAME_CLOSED,
    FRAME_BROKEN /* nobody knows where the next one begins */
};

struct frame_reader {
    char buffer[64 * 1024];
    size_t start;
    size_t end;
    char fault[160]; /* what was wrong, a sentence */
};
/* *body is malloc'ed, NUL-terminated. */
enum frame_end frame_read(struct frame_reader *reader, char **body, size_t *size);
/* Whether the next message has begun to come. */
bool frame_waits(const struct frame_reader *reader);
/* Takes the reference; false: nobody reads any more. */
bool frame_write(json_t *message);

/* ---- places in a text (lines.c) ---- */

/* Where lines begin, and how many UTF-16 units stand before each block of bytes. */
struct lines {
    const char *text;
    size_t size;
    uint32_t *starts;
    uint32_t count;
    uint32_t *units;
    bool utf8; /* characters are counted in bytes */
};
void lines_make(struct lines *lines, const char *text, size_t size, bool utf8);
void lines_free(struct lines *lines);
/* {"line", "character"} of an offset; {"start", "end"} of two. */
json_t *lines_position(const struct lines *lines, size_t offset);
json_t *lines_range(const struct lines *lines, size_t start, size_t end);
/* The offset of a position, brought into the text; false: it is none. */
bool lines_offset(const struct lines *lines, const json_t *position, size_t *offset);
bool lines_offsets(const struct lines *lines, const json_t *range, size_t *start, size_t *end);

/* ---- names of files (uri.c) ---- */

/* The path of a file URI, "." and ".." resolved; any other URI is its own path. malloc'ed; NULL:
 * not a usable one. */
char *uri_path(const char *uri);
json_t *uri_of_path(const char *path);

/* ---- documents (documents.c) ---- */

struct snapshot;

struct document {
    char *uri;  /* as the editor spells it */
    char *path; /* as the compiler does */
    char *text;
    size_t size;
    json_int_t version;
    struct lines lines; /* of the text */
    bool dirty;         /* something that it consists of has changed since it was compiled */
    bool untold;        /* its diagnostics were not yet told */
    char **parts;       /* paths of the files that it consisted of */
    size_t part_count;
    bool lacks;   /* a file that it imports could not be read */
    json_t *told; /* uris of files that are not open, for which diagnostics were told */
    struct snapshot *snapshot;
    uint64_t used; /* when its snapshot was asked for last */
};

struct server {
    const char *version;      /* of busgen */
    const char *const *roots; /* -I */
    size_t root_count;
    const struct idl_rule_level *levels; /* --rule */
    size_t level_count;
    char **folders; /* of the workspace */
    size_t folder_count;
    bool initialized;
    bool shut_down;
    bool ended;
    bool utf8;
    bool tree; /* the editor knows symbols inside of symbols */
    struct document *documents[LSP_DOCUMENTS_MAX];
    size_t document_count;
    size_t text_size; /* of them all */
    uint64_t clock;
};

struct document *document_by_uri(const struct server *server, const char *uri);
struct document *document_by_path(const struct server *server, const char *path);
/* NULL: done; else what is wrong. */
const char *document_open(struct server *server, const json_t *params);
const char *document_change(struct server *server, const json_t *params);
void document_close(struct server *server, struct document *document);
/* Whatever consists of this file is to be compiled again; NULL: everything. `appeared`: and whoever
 * did not find some file. */
void documents_touch(struct server *server, const char *path, bool appeared);

/* ---- what the compiler says (snapshot.c) ---- */

struct snapshot {
    struct idl_result result;
    struct lines *lines; /* of result.files; text NULL: not made yet */
};

/* Text that stands for that of a file, unsaved or only thought of. */
struct overlay {
    const char *path;
    const char *text;
    size_t size;
};
struct sources {
    const struct server *server;
    const struct overlay *overlays; /* before the open documents */
    size_t overlay_count;
};
/* Compiles; `complete_at` SIZE_MAX: no proposals. NULL: no memory for this schema. */
struct snapshot *snapshot_make(const struct sources *sources, const char *path, size_t complete_at);
void snapshot_free(struct snapshot *snapshot);
/* That of an open document, as its text is now; NULL as above. Valid until the next one. */
struct snapshot *snapshot_of(struct server *server, struct document *document);
const struct lines *snapshot_lines(struct snapshot *snapshot, const struct server *server,
                                   const struct idl_file *file);
/* As the editor spells it, when it is open. */
json_t *uri_of_file(const struct server *server, const char *path);
/* {"uri", "range"} */
json_t *snapshot_location(struct snapshot *snapshot, const struct server *server,
                          struct idl_span span);
/* {"start", "end"} */
json_t *snapshot_range(struct snapshot *snapshot, const struct server *server,
                       struct idl_span span);

/* What it is called in the text: versions of a message have one name. */
const char *symbol_name(const struct idl_symbol *symbol);
bool symbol_is_message(const struct idl_symbol *symbol);

/* What is named at an offset of the main file: a use, or the declaration itself. */
struct named {
    const struct idl_symbol *symbol;
    struct idl_span span;
};
bool snapshot_named(const struct snapshot *snapshot, size_t offset, struct named *named);

/* ---- requests ---- */

enum lsp_error {
    LSP_PARSE_ERROR = -32700,
    LSP_INVALID_REQUEST = -32600,
    LSP_METHOD_NOT_FOUND = -32601,
    LSP_INVALID_PARAMS = -32602,
    LSP_NOT_INITIALIZED = -32002,
    LSP_REQUEST_FAILED = -32803,
};

/* One request; its answer is what the function returns, unless `code` is set. */
struct request {
    struct server *server;
    const json_t *params;
    struct memory memory; /* until it is answered */
    int code;             /* 0: no error */
    const char *text;
};
/* Sets code and text, returns NULL. */
json_t *refuse(struct request *request, enum lsp_error code, const char *text);

/* What most requests are about: a place in an open document. False after refusing. */
struct place {
    struct document *document;
    struct snapshot *snapshot;
    size_t offset;
};
bool request_place(struct request *request, struct place *place);
/* The same without a position. */
struct document *request_document(struct request *request);

json_t *lsp_hover(struct request *request);
json_t *lsp_definition(struct request *request);
json_t *lsp_references(struct request *request);
json_t *lsp_highlight(struct request *request);
json_t *lsp_prepare_rename(struct request *request);
json_t *lsp_rename(struct request *request);
json_t *lsp_formatting(struct request *request);
json_t *lsp_completion(struct request *request);
json_t *lsp_symbols(struct request *request);
json_t *lsp_actions(struct request *request);

/* Text as JSON; of what is not UTF-8, that it is not. */
json_t *json_text(const char *text);

/* ---- every place of a symbol, in all files that are known (places.c) ---- */

struct known_place {
    const char *path;
    uint32_t start;
    uint32_t end;
    bool declares;
    /* of a message that is declared there, 0: where `was NAME` stands, or would stand */
    uint32_t was_start;
    uint32_t was_end;
    const char *was; /* NULL: it does not */
};
/* A schema in which it is known. */
struct known_root {
    const char *path;
    size_t errors;
};
struct places {
    struct memory *memory;
    struct known_root roots[LSP_DOCUMENTS_MAX + LSP_WORKSPACE_FILES_MAX];
    size_t root_count;
    struct known_place *items; /* sorted, each once */
    size_t count;
    size_t capacity;
    bool cut; /* there are more schemas than are looked through */
};
void places_find(struct server *server, struct document *document, const struct idl_symbol *symbol,
                 struct places *places);
/* Reads a file as the compiler would see it: malloc'ed. */
char *source_read(const struct sources *sources, const char *path, size_t *size);

/* Paths of schemas in the workspace, or beside `path` when there is none; false: not all of them.
 */
bool workspace_schemas(const struct server *server, struct memory *memory, const char *path,
                       const char **paths, size_t *count);

/* ---- diagnostics (diagnose.c) ---- */

json_t *diagnostic_json(struct snapshot *snapshot, const struct server *server,
                        const struct idl_diagnostic *found);
/* Tells of all documents that have changed since. */
void diagnose(struct server *server);
/* There is nothing to tell about it any more. */
void diagnose_closed(struct server *server, struct document *document);
/* Sends; a server that nobody listens to has ended. */
void notify(struct server *server, const char *method, json_t *params);

/* ---- the server (server.c) ---- */

/* Until `exit` or the end of the input; the status to end with. */
int lsp_serve(struct server *server);

#endif
