/*
 * internal.h - what the parts of the language front end say to each other. Only idl/ and tests/idl/
 * include it.
 *
 * The way of a schema: source.c loads files, lexer.re and parse_*.c turn each into nodes,
 * resolve_*.c turns nodes into the model of idl.h, layout.c computes bytes, check_*.c looks at the
 * whole. Every phase reports through report() and goes on.
 *
 * Memory: all of it comes from the context's arena. When allocation fails, or the arena reaches its
 * limit, arena_take jumps to idl_compile, which hands back out_of_memory; so no other function here
 * ever sees a NULL from it. No function may hold a resource outside the arena across such a call.
 */
#ifndef IDL_INTERNAL_H
#define IDL_INTERNAL_H

#include "idl.h"
#include "rules.h"

#include <setjmp.h>

/* ---- limits not in idl.h ---- */

enum {
    /* Fields, values, arms, settings ... of one compilation, a message counts as ten, as many names
     * are made of it: 5,000 messages of ten fields have about 100,000. With
     * under 1,000 bytes for each, names included, the arena stays below its limit. */
    NODES_MAX = 300000,
    TYPE_DEPTH_MAX = 8, /* brackets in one type; one is legal */
    TABLE_BYTES_MAX = 65535,
    COUNT_MAX = IDL_MESSAGE_SIZE_MAX,
    SOURCE_BYTES_MAX = 48 << 20, /* all files together */
};
#define ARENA_BYTES_MAX ((size_t)448 << 20)

/* ---- memory (arena.c) ---- */

struct idl_arena;

struct idl_arena *arena_new(void); /* NULL: out of memory */
void arena_free(struct idl_arena *arena);
/* Where to jump when memory runs out. */
void arena_on_failure(struct idl_arena *arena, jmp_buf *target);
/* Zeroed, aligned for anything. Never NULL. */
void *arena_take(struct idl_arena *arena, size_t size);
char *arena_copy(struct idl_arena *arena, const char *text, size_t size);
/* The three texts one behind another. */
char *arena_join(struct idl_arena *arena, const char *first, const char *second, const char *third);
/* A slot that holds one malloc'ed block, freed with the arena. */
char **arena_adopt(struct idl_arena *arena);

/* The one place that calls malloc. Tests make it fail: `fails` is asked before each allocation. */
void *memory_take(size_t size);
void idl_test_memory(bool (*fails)(void *context), void *context);

/* Growing array of pointers. */
struct list {
    void **items;
    uint32_t count;
    uint32_t capacity;
};
void list_add(struct idl_arena *arena, struct list *list, void *item);

/* Hash table from text to pointer; keys are not copied. */
struct map_entry {
    const char *key;
    uint32_t key_size;
    uint32_t hash;
    void *value; /* NULL: free */
};
struct map {
    struct map_entry *entries;
    uint32_t count;
    uint32_t capacity;
};
void *map_find(const struct map *map, const char *key, size_t size);
/* Adds, unless the key is there: returns the value that holds the key, NULL when it was added. */
void *map_add(struct idl_arena *arena, struct map *map, const char *key, size_t size, void *value);

/* ---- words and tokens (lexer.re) ---- */

enum word {
    WORD_NONE, /* a name that means nothing to the grammar */
    WORD_BUS,
    WORD_VERSION,
    WORD_IMPORT,
    WORD_CONST,
    WORD_ENUM,
    WORD_FLAGS,
    WORD_STRUCT,
    WORD_TABLE,
    WORD_UNION,
    WORD_POLICY,
    WORD_EVENT,
    WORD_COMMAND,
    WORD_COMPONENT,
    WORD_PROGRAM,
    WORD_MAX,
    WORD_KEY,
    WORD_SECRET,
    WORD_SINCE,
    WORD_UNTIL,
    WORD_WAS,
    WORD_RESERVED,
    WORD_PRIORITY,
    WORD_WHEN_FULL,
    WORD_DEADLINE,
    WORD_IDEMPOTENT,
    WORD_USE,
    WORD_KIND,
    WORD_RETURNS,
    WORD_FAILS,
    WORD_SERIAL,
    WORD_CONCURRENT,
    WORD_HANDLES,
    WORD_LISTENS,
    WORD_EMITS,
    WORD_ORDER,
    WORD_PARALLEL,
    WORD_RUNS,
    WORD_RETRY,
    WORD_BUDGET,
    WORD_BACKOFF,
    WORD_JITTER,
    WORD_BREAKER,
    WORD_OPENS_AFTER,
    WORD_IN,
    WORD_PROBES,
    WORD_AFTER,
    WORD_TIMEOUT,
    WORD_RECOVER,
    WORD_BY,
    WORD_CATEGORY,
    WORD_ON_OPEN,
    WORD_DEAD_LETTERS,
    WORD_ORDERED,
    WORD_APPROVAL,
    WORD_OFF,
    WORD_DURABLE,
    WORD_KEEP,
    WORD_LAST,
    WORD_BATCH,
    WORD_WITHIN,
    WORD_TAKES,
    WORD_MEMORY,
    WORD_RATE,
    WORD_UPGRADES,
    WORD_COUNT
};
extern const char *const word_texts[WORD_COUNT];

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* also every word of the grammar */
    TOKEN_NUMBER, /* integer, duration, size or float; see number.c */
    TOKEN_STRING,
    TOKEN_DOC, /* one `///` line */
    TOKEN_SEMICOLON,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_DOT,
    TOKEN_RANGE, /* .. */
    TOKEN_EQUALS,
    TOKEN_QUESTION,
    TOKEN_MINUS,
    TOKEN_OPEN, /* { */
    TOKEN_CLOSE,
    TOKEN_SQUARE_OPEN,
    TOKEN_SQUARE_CLOSE,
    TOKEN_ROUND_OPEN,
    TOKEN_ROUND_CLOSE,
};

struct token {
    enum token_kind kind;
    enum word word; /* NAME */
    uint32_t start;
    uint32_t end;
};

struct context;
struct unit;
struct owner;

struct lexer {
    struct context *context;
    const struct idl_file *file;
    const unsigned char *cursor;
};
void lexer_next(struct lexer *lexer, struct token *token);
/* Text of a string token, escapes resolved; NULL after reporting a bad one. */
const char *lexer_string(struct lexer *lexer, struct token token, uint32_t *size);

/* ---- values (number.c) ---- */

enum value_kind {
    VALUE_NONE,
    VALUE_INTEGER, /* negative, magnitude */
    VALUE_DURATION,
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_NAME, /* constant, enumerator, true or false */
    VALUE_WRONG /* reported already; says nothing more */
};

/* `common.money`: qualifier_size 0 when unqualified. Text lies in the file. */
struct reference {
    struct idl_span span;
    const char *qualifier;
    uint32_t qualifier_size;
    const char *name;
    uint32_t name_size;
};

struct value {
    enum value_kind kind;
    bool negative;
    struct idl_span span;
    union {
        uint64_t magnitude; /* integer; duration in nanoseconds */
        double real;
        struct {
            const char *text; /* string */
            uint32_t text_size;
        };
        struct reference name;
    };
};

/* `since n`, `until n`. */
struct version {
    bool given;
    uint32_t number;
    struct idl_span span;
};

/* Reads a number token into `value`; reports what is wrong with it. */
void number_read(struct context *context, const struct idl_file *file, struct token token,
                 struct value *value);

/* ---- nodes (parse_*.c) ---- */

enum type_shape { TYPE_NAME, TYPE_VECTOR, TYPE_ARRAY };

struct type_node {
    enum type_shape shape;
    struct idl_span span;
    struct reference name;     /* NAME */
    struct type_node *element; /* VECTOR, ARRAY */
    struct value max;          /* inside brackets: of a string element */
    struct value count;        /* ARRAY */
    bool optional;
    struct idl_span optional_span;
};

struct field_node {
    struct field_node *next;
    struct idl_field field; /* decl and modifiers as far as they need no resolution */
    struct idl_span number_span;
    uint32_t number;
    bool numbered;
    struct type_node *type;
    struct value max;
    struct value preset;
    struct idl_span key_span;
    struct version since;
    struct version until;
};

/* `reserved 5, 7;` */
struct reserved_node {
    struct reserved_node *next;
    uint32_t number;
    struct idl_span span;
};

/* An enumerator or a union arm. */
struct member_node {
    struct member_node *next;
    struct idl_decl decl;
    struct value value; /* enum, flags */
    uint32_t number;    /* union */
    struct idl_span number_span;
    struct reference table; /* union */
    struct version since;
    struct version until;
};

enum setting_kind {
    SETTING_PRIORITY,
    SETTING_WHEN_FULL,
    SETTING_DEADLINE,
    SETTING_IDEMPOTENT,
    SETTING_KIND,
    SETTING_DURABLE,
    SETTING_KEEP,
    SETTING_RATE,
    /* what a failure leads to */
    SETTING_RETRY,
    SETTING_BACKOFF,
    SETTING_BREAKER,
    SETTING_ON_OPEN,
    SETTING_TIMEOUT,
    SETTING_RECOVER,
    SETTING_DEAD_LETTERS,
    SETTING_ORDERED,
    SETTING_APPROVAL,
    SETTING_KINDS
};

/* Values of `retry`, `backoff` and `breaker` that others do not have. */
struct limits_node {
    struct value count;   /* retry: how many; breaker: failures; rate: messages */
    struct value share;   /* retry: budget; breaker: probes */
    struct value longest; /* backoff: most; breaker: how long it stays open */
    struct value factor;
    struct idl_decl name; /* breaker */
    const char *shared;   /* its name with that of its bus, one text for each name */
};

struct setting_node {
    struct setting_node *next;
    enum setting_kind kind;
    struct idl_span span;
    uint32_t
        choice; /* enum idl_priority, idl_when_full, idl_message_kind, idl_jitter, idl_on_open */
    bool off;   /* says that there is none */
    struct value duration; /* block, deadline, timeout, approval; backoff: first; breaker, rate:
                              in */
    struct limits_node *limits; /* NULL: other kinds, or off */
};

const char *setting_text(enum setting_kind kind); /* how it begins (parse_setting.c) */

struct use_node {
    struct use_node *next;
    struct reference policy;
};

/* The braces of a struct, table, message, answer or policy. */
struct body_node {
    struct field_node *fields;
    uint32_t field_count;
    struct reserved_node *reserved;
    struct setting_node *settings;
    struct use_node *uses;
    struct answer_node *answers; /* `returns` and `fails`, in order of text */
    struct idl_span span;        /* of the opening brace */
};

struct answer_node {
    struct answer_node *next;
    struct idl_decl decl;
    bool returns;
    struct body_node body;
};

struct binding_node {
    struct binding_node *next;
    enum word word; /* handles, listens, emits, runs */
    struct reference name;
    enum idl_order order;
    bool parallel;
    struct idl_span parallel_span;
    bool batch;
    struct idl_span batch_span;
    struct value batch_size;
    struct value batch_wait;
    struct value takes;
};

enum node_kind {
    NODE_CONST,
    NODE_ENUM,
    NODE_FLAGS,
    NODE_STRUCT,
    NODE_TABLE,
    NODE_UNION,
    NODE_POLICY,
    NODE_EVENT,
    NODE_COMMAND,
    NODE_OLDER, /* an older version of a message (versions.c) */
    NODE_COMPONENT,
    NODE_PROGRAM,
};

/* What a message says of its version. */
struct version_node {
    uint32_t number; /* of the message; 1 when it says none */
    bool said;
    bool command;
    uint32_t upgrades; /* the number of another one; 0: says none */
    struct idl_span upgrades_span;
    const char *base;    /* the message's name without a version */
    struct node *older;  /* the one that it upgrades; NULL: none */
    struct node *newer;  /* the one that upgrades it; NULL: none */
    struct node *newest; /* of an older one: the message itself */
};

enum progress { PROGRESS_NEW, PROGRESS_OPEN, PROGRESS_DONE };

/* One declaration, with the model object that it becomes. */
struct node {
    struct node *next;
    enum node_kind kind;
    struct unit *unit;
    struct idl_decl decl;
    struct reference base;  /* enum, flags */
    struct type_node *type; /* const */
    struct value value;     /* const; once resolved never a name */
    struct body_node body;
    struct member_node *members;
    uint32_t member_count;
    struct binding_node *bindings;
    struct value memory; /* program */
    bool concurrent;
    bool used; /* policies */
    bool duplicate;
    bool broken; /* some of it was reported: later phases stay silent about what follows from it */
    enum progress progress; /* constants, and composites in layout.c */
    uint32_t vertex;        /* messages and components (flow.c) */
    /* messages; NULL: no message of the file says one */
    struct version_node *version;
    uint32_t was_start; /* messages: where `was NAME` stands, or would */
    uint32_t was_end;
    union {
        struct idl_const *constant;
        struct idl_enum *enumeration;
        struct idl_table *table;
        struct idl_union *choice;
        struct idl_message *message;
        struct idl_component *component;
        struct idl_program *program;
    } model;
    /* walk over what contains what (layout.c) */
    struct node *walk_parent;
    uint32_t walk_next;
    uint32_t depth;
};

/* The model objects that others contain, with the way back to their node. */
struct table_model {
    struct idl_table table; /* first */
    struct node *node;
    /* packed bytes from a position of 0 and 4 modulo 8 to the end, the table's own vtable and all
     * that hangs below it included; at their largest */
    uint64_t growth[2];
};
struct union_model {
    struct idl_union choice; /* first */
    struct node *node;
};

struct import_node {
    struct import_node *next;
    struct idl_span span;
    const char *path;
    uint32_t path_size;
    struct unit *unit; /* NULL: could not be loaded */
    bool used;
};

/* `// lint: off RULE reason`: what it accepts has its place in [from, to). (lint.c) */
enum lint_wait { LINT_FOR_NOTHING, LINT_FOR_LINE, LINT_FOR_DECLARATION };
struct lint_comment {
    struct lint_comment *next;
    enum rule rule;
    uint32_t from;
    uint32_t to;
    enum lint_wait waits; /* for what ends there */
    bool used;
    struct idl_span span;
};

struct lint_state {
    bool wanted;     /* the file may have such comments */
    bool begun;      /* a token was there */
    uint32_t behind; /* end of the token seen last */
    uint32_t depth;  /* braces that are open */
    uint32_t count;
    struct lint_comment *first;
    struct lint_comment **tail;
    struct lint_comment *waiting;             /* the first one whose end is not known yet */
    uint32_t waits[LINT_FOR_DECLARATION + 1]; /* how many wait for what */
};

/* One file. */
struct unit {
    struct idl_file file; /* first: &unit->file is how spans name it */
    struct idl_bus *bus;
    uint32_t index; /* in order of loading; main is 0 */
    struct import_node *imports;
    struct node *nodes;     /* in order of text */
    struct map names;       /* declared name -> struct node */
    struct map qualifiers;  /* bus name -> struct import_node */
    struct list composites; /* struct node *, each after what it contains */
    struct map policies;    /* what they say -> struct idl_policy, to have each once */
    struct list policy_list;
    enum progress progress; /* loading of what it imports */
    bool parsed;
    struct lint_state lint;
};

struct context {
    struct idl_arena *arena;
    const struct idl_options *options;
    struct idl_result *result;
    jmp_buf *failure;                 /* where to go when memory runs out */
    struct list units;                /* struct unit *, main first */
    struct map paths;                 /* normalised path -> struct unit */
    struct list diagnostics;          /* struct idl_diagnostic * */
    struct list composites;           /* struct node *, of all files, each after what it contains */
    struct idl_diagnostic dropped;    /* stands for those over the limit */
    struct map breakers;              /* name with that of its bus -> struct setting_node */
    unsigned char levels[RULE_COUNT]; /* enum idl_severity of each rule in this run */
    uint32_t nodes;
    uint32_t suggestions_left; /* distance computations that may still be spent */
    bool full;                 /* NODES_MAX reached, said once */
    size_t source_bytes;
    struct list uses;  /* struct use_record *, with idl_options.names */
    struct wish *wish; /* NULL: nobody asks what could stand somewhere */
    /* who owns which number of the table at hand (resolve_body.c) */
    struct owner *owners;
    uint32_t stamp;
};

/* ---- reporting (diagnostic.c) ---- */

struct idl_span span_of(const struct idl_file *file, uint32_t start, uint32_t end);
struct idl_span span_join(struct idl_span first, struct idl_span last);
/* Never NULL. */
struct idl_diagnostic *report(struct context *context, enum rule rule, struct idl_span span,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));
void advise(struct context *context, struct idl_diagnostic *diagnostic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void partner(struct idl_diagnostic *diagnostic, struct idl_span span, const char *text);
/* One more place; those over IDL_NOTES_MAX are left out. */
void add_note(struct context *context, struct idl_diagnostic *diagnostic, struct idl_span span,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
const struct unit *unit_of(const struct idl_file *file);
/* Whether this one will be shown: advice that costs time is worth computing. */
bool shown(const struct context *context, const struct idl_diagnostic *diagnostic);
/* Advice on a rule when a finding brings none of its own (advice.c). */
const char *advice_of(const char *rule);
void diagnostics_finish(struct context *context);
/* Text of a span, cut so that it fits a message; in the arena. */
const char *quote(struct context *context, struct idl_span span);

/* ---- rules that can be set (lint.c) ---- */

void lint_levels(struct context *context);
/* Whether findings of the rule are to be told at all: what costs time need not be looked for. */
bool lint_wants(const struct context *context, enum rule rule);
void lint_begin(struct unit *unit);
/* Each token of the file, in order. */
void lint_token(struct context *context, struct unit *unit, const struct token *token);
/* Whether the schema itself accepts a finding of this rule there. */
bool lint_accepts(struct context *context, enum rule rule, struct idl_span span);
/* Reports the comments that accepted nothing. */
void lint_finish(struct context *context);

/* ---- suggestions (suggest.c) ---- */

/* Collects the best of the candidates offered. */
struct suggestion {
    struct context *context; /* NULL: no budget */
    const char *word;
    size_t size;
    const char *best;
    uint32_t distance;
};
void suggest_start(struct suggestion *suggestion, struct context *context, const char *word,
                   size_t size);
void suggest_offer(struct suggestion *suggestion, const char *candidate);
/* "did you mean 'x'?" on the diagnostic when there is a close one. */
bool suggest_end(struct suggestion *suggestion, struct idl_diagnostic *diagnostic);
void suggest_words(struct context *context, struct idl_diagnostic *diagnostic, struct idl_span word,
                   const char *const *candidates, size_t count);

/* ---- names (symbols.c) ---- */

/* `span` names `decl`. Costs nothing unless somebody asked. */
void note_use(struct context *context, struct idl_span span, const struct idl_decl *decl);
/* The same of a reference, and of the bus before it. */
void note_reference(struct context *context, const struct reference *reference,
                    const struct node *node);
void names_finish(struct context *context);

/* ---- what could stand at a place (complete.c) ---- */

/* While the token at that place is looked at, the parser says what it would take there. */
struct wish {
    uint32_t at;
    uint32_t start; /* of the word that is typed there */
    bool here;      /* the parser stands there */
    bool over;      /* it has been there */
    bool types;     /* those of the language */
    unsigned names; /* 1 << enum idl_symbol_kind */
    const char *qualifier;
    uint32_t qualifier_size;            /* 0: none */
    struct list words;                  /* const char *, some of them twice */
    const struct field_node *preset_of; /* a default of this field */
    const struct body_node *body;       /* a number of this body */
    const struct node *members;         /* a number of this union */
    const struct node *base_of;         /* what this enum is kept in */
};
void complete_begin(struct context *context);
/* `token` is the next one, `behind` the end of the one before it. */
void complete_token(struct wish *wish, const char *text, const struct token *token,
                    uint32_t behind);
void complete_finish(struct context *context);

/* ---- phases ---- */

/* Loads the main file and what it imports, each parsed. False when main could not be read. */
bool source_load(struct context *context, const char *path);
/* Checks the bytes of a file. False when it cannot be parsed at all. */
bool source_check_text(struct context *context, const struct idl_file *file);

void parse_unit(struct context *context, struct unit *unit);
/* What is imported is a part of the text: another one there is another one here. */
void fingerprint_import(struct unit *unit, const struct unit *imported);
/* Counts one more node, that costs as much as `weight` fields; false (said once) when there are
 * too many. */
bool node_room(struct context *context, struct idl_span span, uint32_t weight);

/* False when two files declare one bus, so that no name can be told apart. */
bool resolve_units(struct context *context);
void layout_units(struct context *context);
void check_names(struct context *context);
void check_wiring(struct context *context);
void check_flow(struct context *context);
void check_style(struct context *context);
void model_finish(struct context *context);

#endif
