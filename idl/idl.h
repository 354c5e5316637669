/*
 * idl.h - the language: text in, checked model or diagnostics out.
 *
 * This is the only header that codegen/ sees. Pure: no output files, no globals, no printing; files
 * are read through `struct idl_loader` so that tests, fuzzers and a language server can bring their
 * own.
 *
 * Everything a `struct idl_result` holds lives in its arena and dies with idl_free. Positions are
 * kept for every declaration so that later findings can point at them. Nothing in a `.bus` file may
 * crash, hang or exhaust memory: see the limits below.
 */
#ifndef IDL_H
#define IDL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- limits, each a diagnostic when passed ----------------------------------------------------
 */

enum {
    IDL_FILE_SIZE_MAX = 16 << 20, /* bytes of one source file: 5,000 messages are about 1 MiB */
    IDL_FILES_MAX = 256,          /* files of one compilation, imports included */
    IDL_NAME_MAX = 64,            /* bytes of an identifier; C promises 63 significant characters */
    IDL_FIELDS_MAX = 4096,        /* numbers of one table; a vtable entry counts in u16 */
    IDL_TYPE_NESTING_MAX = 64,    /* tables inside tables; the verifier's depth */
    IDL_DIAGNOSTICS_MAX = 100,    /* reported per run; then one line counts the rest */
    IDL_MESSAGE_SIZE_MAX = (1 << 24) - 1,
    IDL_MESSAGE_VERSION_MAX = 9999, /* of the message itself: its name grows by the number */
};

/* ---- places and diagnostics -------------------------------------------------------------------
 */

struct idl_file {
    const char *path; /* as named by the user or the import, for messages */
    const char *text; /* the whole source, NUL-terminated */
    size_t size;
    const struct idl_bus *bus; /* its header; never NULL in an accepted model */
};

/* [start, end) bytes of a file; file NULL: no place. */
struct idl_span {
    const struct idl_file *file;
    uint32_t start;
    uint32_t end;
};

enum idl_severity { IDL_ERROR, IDL_WARNING, IDL_OFF /* of rules, never of a finding */ };

enum { IDL_NOTES_MAX = 16 };

/* One more place, in the order in which they are to be read. */
struct idl_note {
    struct idl_span span;
    const char *text; /* one line */
};

struct idl_diagnostic {
    enum idl_severity severity;
    const char *rule; /* rule id, kebab-case, static: "unknown-type" */
    struct idl_span span;
    const char *text;             /* one line: what is wrong */
    const char *advice;           /* one line: what to do; NULL: none */
    struct idl_span partner;      /* the other place, if there is one */
    const char *partner_text;     /* "first declared here" */
    const struct idl_note *notes; /* the way, where a finding is about one: a circle of events */
    uint32_t note_count;          /* at most IDL_NOTES_MAX */
    const char *witness;          /* one line: what happens to a message; NULL: nothing to show */
};

/* Line and column (both from 1, columns count bytes) of a position. */
struct idl_place {
    uint32_t line;
    uint32_t column;
};
struct idl_place idl_place_of(const struct idl_file *file, uint32_t offset);

/* ---- rules, for `busgen explain` --------------------------------------------------------------
 */

struct idl_rule {
    const char *id;
    enum idl_severity severity;
    const char *summary; /* one line */
    const char *why;     /* a paragraph: why the rule exists */
    const char *bad;     /* the shortest schema fragment that breaks it */
    const char *good;    /* and its mend */
};
/* Whether the severity of a rule can be set, and whether it is on by itself. */
enum idl_rule_group {
    IDL_RULE_FIXED,    /* always as it is */
    IDL_RULE_SETTABLE, /* by idl_options.levels, or `// lint: off RULE reason` in the schema */
    IDL_RULE_LINT      /* settable, and off unless idl_options.lint is set */
};
enum idl_rule_group idl_rule_group_of(const struct idl_rule *rule);
const struct idl_rule *idl_rules(size_t *count);
const struct idl_rule *idl_rule_find(const char *id);
/* The closest known rule id, for "did you mean"; NULL: nothing is close. */
const char *idl_rule_suggest(const char *id);

/* ---- types ------------------------------------------------------------------------------------
 */

enum idl_kind {
    IDL_BOOL,
    IDL_U8,
    IDL_I8,
    IDL_U16,
    IDL_I16,
    IDL_U32,
    IDL_I32,
    IDL_U64,
    IDL_I64,
    IDL_F32,
    IDL_F64,
    IDL_TIME,
    IDL_DURATION,
    IDL_UUID,
    IDL_ENUM,
    IDL_FLAGS,
    IDL_STRING,
    IDL_BYTES,
    IDL_STRUCT,
    IDL_TABLE,
    IDL_UNION,
};

enum idl_shape { IDL_ONE, IDL_VECTOR, IDL_ARRAY };

struct idl_type {
    enum idl_kind kind; /* of the element when shape is a vector or array */
    enum idl_shape shape;
    bool optional;
    uint32_t max;   /* STRING, BYTES: bytes, of one element in a vector of strings */
    uint32_t count; /* vector: most elements; array: elements */
    union {         /* by kind; others NULL */
        const struct idl_enum *enumeration; /* ENUM, FLAGS */
        const struct idl_table *table;      /* STRUCT, TABLE */
        const struct idl_union *choice;     /* UNION */
    };
};

/* What every declaration and field carries. */
struct idl_decl {
    const char *name;            /* "order_placed" */
    const struct idl_file *file; /* where declared; file->bus->name gives the prefix */
    struct idl_span span;        /* of the name */
    uint32_t start;  /* all of it, from its first token to the `;` or `}` at its end, is */
    uint32_t end;    /* [start, end) of the file; 0: its syntax is wrong */
    const char *doc; /* lines of `///` joined by \n, without the leading space; NULL: none */
    uint32_t since;  /* schema version; 0: from the start */
    uint32_t until;  /* gone in versions > until... see `removed`; 0: still there */
    bool removed;    /* `until n` with n < the bus version: no C member, number stays taken */
    const char *was; /* earlier name; NULL: none */
};

struct idl_enum_value {
    struct idl_decl decl;
    int64_t value; /* flags: the mask, 1 << bit */
};

struct idl_enum { /* an enum, or flags */
    struct idl_decl decl;
    bool flags;
    enum idl_kind base; /* enum: U8 I8 U16 I16 I32; flags: U8 U16 U32 U64 */
    const struct idl_enum_value *values;
    uint32_t value_count;
};

struct idl_field {
    struct idl_decl decl;
    uint16_t number; /* tables: schema number, FlatBuffers id + 1; a union: number is its tag,
                        number + 1 its value; structs: 0 */
    struct idl_type type;
    bool key;
    bool secret;
    bool has_preset;
    uint64_t preset; /* bits of the default, zero-extended (ints, bool, enum, flags: two's
                        complement; floats: IEEE bits); 0 when none */
    /* layout, as runtime/include/bus/wire.h describes it */
    uint32_t slot;     /* offset from the table's or struct's start */
    uint32_t tag_slot; /* union: of the tag byte */
};

struct idl_table { /* a table, a struct, or the body of a message or answer */
    struct idl_decl decl;
    bool fixed;                     /* struct */
    const struct idl_field *fields; /* tables: ascending by number; structs: in order */
    uint32_t field_count;
    uint32_t highest_number; /* largest number in use, reserved ones and union values included */
    /* layout */
    uint32_t align;       /* of the bytes: table 4 or 8, struct 1 to 8 */
    uint32_t inline_size; /* bytes from the table's start to the end of its last field */
    uint32_t vtable_size; /* 4 + 2 x highest_number; struct: 0 */
    uint32_t size_max;    /* largest packed size as a root buffer; structs: inline_size */
};

struct idl_union_arm {
    struct idl_decl decl;
    uint32_t number; /* tag value */
    const struct idl_table *table;
};

struct idl_union {
    struct idl_decl decl;
    const struct idl_union_arm *arms; /* ascending; then those that are gone, ascending */
    uint32_t arm_count;
    uint32_t gone_count; /* removed arms behind the others: their numbers stay taken */
};

struct idl_const {
    struct idl_decl decl;
    enum idl_kind kind; /* integer kinds, F32, F64, BOOL, DURATION, STRING */
    uint64_t bits;      /* as idl_field.preset */
    const char *text;   /* STRING */
};

/* ---- messages ---------------------------------------------------------------------------------
 */

enum idl_message_kind { IDL_COMMAND, IDL_DOMAIN_EVENT, IDL_SYSTEM_EVENT, IDL_INTEGRATION_EVENT };
enum idl_priority { IDL_CRITICAL, IDL_HIGH, IDL_NORMAL, IDL_LOW, IDL_IDLE };
enum idl_order {
    IDL_ORDER_HIGHEST,
    IDL_ORDER_HIGH,
    IDL_ORDER_NORMAL,
    IDL_ORDER_LOW,
    IDL_ORDER_LOWEST
};
enum idl_when_full { IDL_REJECT_NEW, IDL_DROP_OLDEST, IDL_BLOCK, IDL_RATE_LIMIT, IDL_DEAD_LETTER };
enum idl_jitter { IDL_JITTER_HALF, IDL_JITTER_FULL, IDL_JITTER_NONE };
enum idl_on_open {
    IDL_ON_OPEN_DEFAULT,
    IDL_ON_OPEN_FAIL,
    IDL_ON_OPEN_PARK,
    IDL_ON_OPEN_DEAD_LETTER
};

/* Bounds of the numbers below. */
enum { IDL_RATE_MAX = 1000000000 };
enum { IDL_POLICY_COUNT_MAX = 1000, IDL_RETRY_BUDGET_MAX = 100, IDL_BACKOFF_FACTOR_MAX = 1000 };

/* What a failure of a message leads to; zero is off, or the default of the runtime. The members
 * are those of struct bus_policy (runtime/include/bus/policy.h). */
struct idl_policy {
    uint32_t index; /* in the bus's policies */
    uint32_t retries;
    enum idl_jitter jitter;
    uint64_t backoff_first_ns;
    uint64_t backoff_most_ns;
    double backoff_factor;
    uint32_t retry_budget;
    uint32_t breaker_failures;
    uint64_t breaker_within_ns;
    uint64_t breaker_open_ns;
    uint32_t breaker_probes;
    const char *breaker_name; /* "shop.stock_database"; NULL: it has none */
    enum idl_on_open on_open;
    uint64_t timeout_ns;
    uint64_t approval_ns;
    bool ordered;
    bool by_category;
    bool no_dead_letters;
};

struct idl_answer {
    struct idl_table body; /* decl.name: "ok" for returns, else the arm; field_count may be 0 */
};

/* Messages of one name are versions of one message. The highest is the message itself. Older ones
 * are only read any more, then upgraded: they have a kind and a body, nothing else. */
struct idl_message {
    struct idl_table body; /* decl and fields; an older version is called "order_placed_v1" */
    enum idl_message_kind kind;
    /* XXH64 of "bus.name" (of the `was` name where there is one), seed 0; of versions from 2 on of
     * "bus.name.v2" */
    uint64_t id;
    const char *base;                   /* "order_placed", also of an older version */
    uint32_t was_start;                 /* where `was NAME` stands in its file, or would stand */
    uint32_t was_end;                   /* was_start: it does not */
    uint32_t version;                   /* 1 unless the schema says vN */
    const struct idl_message *upgrades; /* the version before; NULL: this is the oldest */
    const struct idl_message *newer;    /* the version that upgrades it; NULL: it is the message */
    enum idl_priority priority;
    enum idl_when_full when_full;
    uint64_t block_ns;
    uint64_t deadline_ns; /* 0: none */
    uint64_t rate;        /* so many come within `rate_ns`, at the most; 0: nobody says */
    uint64_t rate_ns;
    bool idempotent;
    bool durable;
    bool keep_last;
    const struct idl_policy *policy; /* shared by messages that say the same; NULL: says nothing */
    const struct idl_field *key;     /* NULL: none */
    /* commands: answers[0] is `returns` when has_returns, then the fails arms in order */
    bool has_returns;
    const struct idl_answer *answers;
    uint32_t answer_count;
};

enum { IDL_BATCH_SIZE_DEFAULT = 100, IDL_BATCH_MS_DEFAULT = 100, IDL_BATCH_SIZE_MAX = 65536 };

struct idl_binding {
    struct idl_span span;
    const struct idl_message *message;
    enum idl_order order;
    bool parallel;
    bool batch;
    uint32_t batch_size; /* events of a call; 0: the default of the runtime */
    uint64_t batch_ns;   /* 0: the default of the runtime */
    uint64_t takes_ns;   /* one run of the handler, on average, of a batch handler with all of the
                            batch; 0: nobody says */
};
/* Seconds that the handler takes for each message, where `part` (0 to 1) of all come to its worker:
 * the events of a batch share a run, as many as the rate brings in its time; without a rate it is
 * full. 0: nobody says. */
double idl_seconds(const struct idl_binding *binding, double part);

struct idl_component {
    struct idl_decl decl;
    bool concurrent;
    const struct idl_binding *handles; /* commands, in order of declaration */
    uint32_t handle_count;
    const struct idl_binding *listens; /* events */
    uint32_t listen_count;
    const struct idl_message *const *emits;
    uint32_t emit_count;
};

struct idl_program {
    struct idl_decl decl;
    const struct idl_component *const *runs;
    uint32_t run_count;
    uint64_t memory_max;         /* bytes that it may reserve; 0: nobody says */
    struct idl_span memory_span; /* of that number */
};

/* ---- a bus: what one file declares ------------------------------------------------------------
 */

struct idl_bus {
    struct idl_decl decl; /* name, doc */
    uint32_t version;
    uint64_t fingerprint; /* of the file and what it imports, without comments and spaces: another
                             one, another text */
    const struct idl_file *file;
    const struct idl_bus *const *imports; /* direct ones, in order */
    uint32_t import_count;
    /* all of one kind, in order of declaration */
    const struct idl_const *const *consts;
    uint32_t const_count;
    const struct idl_enum *const *enums; /* enums and flags */
    uint32_t enum_count;
    /* structs and tables, each after those it contains, so that they can be emitted as they come */
    const struct idl_table *const *tables;
    uint32_t table_count;
    const struct idl_union *const *unions;
    uint32_t union_count;
    /* Emission order of enums aside: tables (structs and tables) and unions interleaved, each after
     * what it contains by value. Exactly one pointer of each entry is set. */
    const struct idl_composite {
        const struct idl_table *table;
        const struct idl_union *choice;
    } * composites;
    uint32_t composite_count;
    /* events and commands, in order of declaration; behind them their older versions, likewise */
    const struct idl_message *const *messages;
    uint32_t message_count; /* without the older versions */
    uint32_t older_count;
    const struct idl_policy *const *policies; /* of its messages, each once */
    uint32_t policy_count;
    const struct idl_component *const *components;
    uint32_t component_count;
    const struct idl_program *const *programs;
    uint32_t program_count;
};

/* ---- names, for editors -----------------------------------------------------------------------
 *
 * Who declares what and who names it; also of a schema that has errors, as far as it was understood
 * (then what a symbol points to may be incomplete: a message without its type, a field of kind 0).
 */

enum idl_symbol_kind {
    IDL_SYMBOL_BUS,
    IDL_SYMBOL_CONST,
    IDL_SYMBOL_ENUM,
    IDL_SYMBOL_FLAGS,
    IDL_SYMBOL_STRUCT,
    IDL_SYMBOL_TABLE,
    IDL_SYMBOL_UNION,
    IDL_SYMBOL_POLICY,
    IDL_SYMBOL_EVENT,
    IDL_SYMBOL_COMMAND,
    IDL_SYMBOL_OLDER, /* an older version of an event or command */
    IDL_SYMBOL_COMPONENT,
    IDL_SYMBOL_PROGRAM,
    IDL_SYMBOL_FIELD,
    IDL_SYMBOL_VALUE, /* of an enum or of flags */
    IDL_SYMBOL_ARM,   /* of a union; its name is a use of the table */
    IDL_SYMBOL_ANSWER,
};

struct idl_symbol {
    enum idl_symbol_kind kind;
    const struct idl_decl *decl;     /* decl->span is never without a file */
    const struct idl_symbol *parent; /* what it is declared in; NULL: of a bus */
    union {                          /* by kind; a policy has none */
        const struct idl_bus *bus;
        const struct idl_const *constant;
        const struct idl_enum *enumeration;
        const struct idl_table *table; /* STRUCT, TABLE */
        const struct idl_union *choice;
        const struct idl_message *message; /* EVENT, COMMAND, OLDER */
        const struct idl_component *component;
        const struct idl_program *program;
        const struct idl_field *field;
        const struct idl_enum_value *value;
        const struct idl_union_arm *arm;
        const struct idl_answer *answer;
    };
};

/* A place that names something: the name alone, without the bus before it. That bus is a use of its
 * own; so is the path of an import, quotes included. */
struct idl_use {
    struct idl_span span;
    const struct idl_symbol *symbol;
};

/* Sorted by file (main first) and place. */
struct idl_names {
    const struct idl_symbol *symbols;
    uint32_t symbol_count;
    const struct idl_use *uses;
    uint32_t use_count;
};

/* What could stand at a place. */
struct idl_proposal {
    const char *text;
    const struct idl_symbol *symbol; /* what it names; NULL: a word, a type of the language, or */
    bool number;                     /* the next free number */
};

/* ---- compile ----------------------------------------------------------------------------------
 */

/* Brings the text of a file. `path` is relative to the process or absolute. On success *text is a
 * malloc'ed buffer of *size bytes (any bytes, no terminator needed) which idl takes over; returns
 * 0, else an errno value. */
struct idl_loader {
    int (*load)(void *context, const char *path, char **text, size_t *size);
    void *context;
};

struct idl_options {
    const struct idl_loader *loader; /* NULL: read files */
    const char *const
        *include_roots; /* where imports may lie, besides the folder of the main file */
    size_t include_root_count;
    bool lint;       /* the rules of IDL_RULE_LINT are on */
    bool only_fixed; /* those that can be set are off: of an older version, which was fine once */
    bool
        only_model; /* nothing is generated from it, so that clashes of generated names, which later
                        versions of busgen may make, are no errors */
    const struct idl_rule_level {
        const char *rule;
        enum idl_severity severity;
    } * levels; /* of settable rules; a later one wins; others are left as they are */
    size_t level_count;
    bool names;           /* fills idl_result.names */
    bool complete;        /* with `names`: fills idl_result.proposals, for */
    uint32_t complete_at; /* this offset in the main file */
};

struct idl_result {
    const struct idl_bus *bus;                /* of the main file; NULL when there were errors */
    const struct idl_diagnostic *diagnostics; /* sorted by file (main first), place */
    size_t diagnostic_count;
    size_t errors; /* counted in full, also those over IDL_DIAGNOSTICS_MAX */
    size_t warnings;
    struct idl_names names;               /* with idl_options.names */
    const struct idl_proposal *proposals; /* with idl_options.complete */
    uint32_t proposal_count;
    struct idl_span proposal_span;       /* of the word that they would replace; may be empty */
    const struct idl_file *const *files; /* all that were read, main first: for depfiles */
    size_t file_count;
    bool out_of_memory; /* nothing else is valid but idl_free */
    int io_error;       /* errno when the main file could not be read, else 0 */
    struct idl_arena *arena;
};

/* Compiles `path` and what it imports. Always fills *result; free it with idl_free. True when bus
 * is set. */
bool idl_compile(const char *path, const struct idl_options *options, struct idl_result *result);
void idl_free(struct idl_result *result);

/* The text of a schema in the one layout that there is. Other tokens, or comments, it never has.
 * Lines end with LF; bytes beyond ASCII stay as they are. What it already gave back it gives back
 * as it is.
 *
 * The text lives in result's arena, NUL-terminated, *formatted bytes without that; free it with
 * idl_free. NULL: the diagnostics are about the syntax (what is wrong otherwise does not matter,
 * and imports are not read), or out_of_memory is set; without either it is a mistake of ours.
 * `path` is for diagnostics. */
const char *idl_format(const char *path, const char *text, size_t size, size_t *formatted,
                       struct idl_result *result);

/* Text of one diagnostic as GNU tools print it, with source line, caret, advice and partner:
 *
 *     shop.bus:7:14: error: unknown type 'strng' [unknown-type]
 *         1 sku : strng max 64;
 *                 ^~~~~
 *     shop.bus:3:1: note: (the partner, where there is one, with its line and caret)
 *     help: did you mean 'string'?
 *
 * The notes follow the partner, looking like it.
 *
 * malloc'ed; NULL when out of memory. `colour`: with ANSI escapes. */
char *idl_diagnostic_text(const struct idl_diagnostic *diagnostic, bool colour);

/* The last line of a run, "2 errors, 1 warning\n", also with how many are not shown; malloc'ed,
 * NULL when there is nothing to say or no memory. */
char *idl_summary_text(const struct idl_result *result);

/* The candidate closest to `word` by edit distance; NULL when none is close enough to be a typo. */
const char *idl_closest(const char *word, const char *const *candidates, size_t count);

#endif
