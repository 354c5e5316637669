/*
 * emit.h - what emitters share. An emitter describes one file, or one part of it, from the model
 * alone; names come from names.h, text goes through writer.h.
 */
#ifndef EMIT_H
#define EMIT_H

#include "idl.h"
#include "memory.h"
#include "names.h"
#include "writer.h"

struct emitter {
    struct memory *memory;
    const struct idl_bus *bus;
    struct writer *out;
    const char *stem;          /* of the file: "shop" */
    const char *metric_prefix; /* of the names of metrics; "" : none */
    const char *shown;         /* monitoring: one of its messages; NULL: there is none to look at */
    uint32_t split;            /* parts that hold the messages' code; 0: x.bus.c does */
    uint32_t part;             /* the one being written, from 1 */
    bool inlined;              /* the functions go to x.bus.inline.h, for everybody */
    const struct idl_bus *const *older; /* tests: locked versions, the oldest first */
    size_t older_count;
    uint32_t *policy_places; /* while messages are written: place + 1 by index of the policy */
};

/* Up to so many messages pack and unpack with every step inlined. Of more, the code would neither
 * stay in the first cache (32 KiB hold about thirty messages of a kilobyte) nor compile quickly (25
 * ms each): they share one copy of the larger steps, a call each, three nanoseconds a message. */
enum { INLINED_MAX = 32 };
/* True when the source leaves out the functions of its header, which costs time where it is long:
 * the header has marks for that. */
bool reads_types_only(const struct emitter *emitter);

/* Whole files. */
void emit_header(struct emitter *emitter);
void emit_source(struct emitter *emitter);
void emit_source_part(struct emitter *emitter);
void emit_inline(struct emitter *emitter);
void emit_fbs(struct emitter *emitter);
void emit_bfbs(struct emitter *emitter);
void emit_rules(struct emitter *emitter);
void emit_rules_test(struct emitter *emitter);
void emit_dashboard(struct emitter *emitter);
void emit_dot(struct emitter *emitter);
void emit_mermaid(struct emitter *emitter);
void emit_json_schema(struct emitter *emitter);
void emit_asyncapi(struct emitter *emitter);
void emit_markdown(struct emitter *emitter);
void emit_html(struct emitter *emitter);
void emit_tests(struct emitter *emitter);

/* How a message is treated, as items of a Markdown list. */
void emit_message_settings(struct emitter *emitter, const struct idl_message *message);

/* What --emit knows, in the order in which it is written (outputs.c). */
enum emit_output_id {
    EMIT_C,
    EMIT_INLINE,
    EMIT_FBS,
    EMIT_BFBS,
    EMIT_PROMETHEUS,
    EMIT_GRAFANA,
    EMIT_DOT,
    EMIT_MERMAID,
    EMIT_JSON_SCHEMA,
    EMIT_ASYNCAPI,
    EMIT_MARKDOWN,
    EMIT_HTML,
    EMIT_TESTS,
    EMIT_OUTPUT_COUNT
};

struct emit_output {
    const char *word; /* of --emit */
    struct {
        const char *suffix; /* of the file; NULL: there is none */
        void (*emit)(struct emitter *emitter);
    } files[2];
};

/* With --split come the parts of the C source, besides. */
extern const struct emit_output emit_outputs[EMIT_OUTPUT_COUNT];

/* Parts of the header. */
void emit_doc(struct emitter *emitter, const char *doc, const char *more);
void emit_types(struct emitter *emitter);
void emit_struct(struct emitter *emitter, const struct idl_table *table, const char *name,
                 const char *more);
void emit_event_functions(struct emitter *emitter, const struct idl_message *message);
/* What calls a batch handler of the event, under a name of the caller's. */
void emit_invoke_batch(struct emitter *emitter, const char *linkage, const char *name,
                       const struct idl_message *message);
void emit_command_types(struct emitter *emitter, const struct idl_message *message);
void emit_command_functions(struct emitter *emitter, const struct idl_message *message);
void emit_views(struct emitter *emitter, const struct idl_message *message);
/* What the user writes to upgrade older versions, and what reads bytes of any. */
void emit_upgrades(struct emitter *emitter);
void emit_components(struct emitter *emitter);
void emit_programs(struct emitter *emitter);

/* "BUS_FIELD_U32" */
const char *field_kind_c(enum idl_kind kind);

/* Parts of the source; `prefix` spells what belongs to the table: prefix_table, prefix_pack. */
void emit_enum_tables(struct emitter *emitter);
void emit_union_table(struct emitter *emitter, const struct idl_union *choice);
void emit_table(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                bool external);
void emit_template(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                   bool root);
/* The functions of one table, and those of all tables that messages [first, end) reach. */
void emit_functions(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                    bool root);
void emit_reached(struct emitter *emitter, uint32_t first, uint32_t end);
/* How functions of the source begin: "static", or what inlines them wherever they are called. */
const char *linkage(const struct emitter *emitter);
/* put: a struct into bytes that may hold anything (only for structs with gaps). */
void emit_struct_put(struct emitter *emitter, const struct idl_table *table);
void emit_measure(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                  bool root);
void emit_pack(struct emitter *emitter, const struct idl_table *table, const char *prefix,
               bool root);
void emit_unpack(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                 bool root);
/* The fast way of the verifier; schemas of more than INLINED_MAX messages have none. */
void emit_verify(struct emitter *emitter, const struct idl_table *table, const char *prefix,
                 bool root);
bool has_verify(const struct emitter *emitter);
void emit_wiring_tables(struct emitter *emitter);
/* How the type of a message finds the function that upgrades the version before. */
void emit_upgrade(struct emitter *emitter, const struct idl_message *message);

/* The name of a scalar's presets and constants as C text. */
const char *literal_c(struct memory *memory, enum idl_kind kind, uint64_t bits);

/* With the older versions, which have a type, a struct and a codec, and nothing that moves them. */
static inline uint32_t version_count(const struct idl_bus *bus)
{
    return bus->message_count + bus->older_count;
}

static inline bool field_is_gone(const struct idl_field *field)
{
    return field->decl.removed;
}

/* Parts of JSON documents: schemas of these messages, of their answers and of all types of the bus
 * and what they reach, as members of an object, each under its full name. */
struct json_definitions {
    const char *where; /* the object, for references: "#/$defs/" */
    bool extended;     /* with x-secret and the like */
    const struct idl_message *const *messages;
    size_t message_count;
};
void emit_json_definitions(struct emitter *emitter, const struct json_definitions *how);

/* Answers as the C world counts them: a command that only declares `fails` still has an answer
 * "ok", which carries nothing. `body` NULL: nothing travels. */
uint32_t answer_count(const struct idl_message *message);
struct answer {
    const char *name;
    const struct idl_table *body;
};
struct answer answer_at(const struct idl_message *message, uint32_t index);

/* Fields from `next` on may put a nested table right there, whose vtable may begin inside a word;
 * behind the last field of a nested table (not `root`) one may come, too. */
bool table_may_follow(const struct idl_table *table, uint32_t next, bool root);
/* One table, on its own or as the arm of a union. */
bool type_is_table(const struct idl_type *type);
/* True when something of a table is written behind its inline part. */
bool field_is_outside(const struct idl_field *field);

#endif
