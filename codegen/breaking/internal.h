/*
 * internal.h - what the parts of the comparison share.
 *
 *     breaking.c buses, and the order of findings
 *     finding.c  a finding, and its texts
 *     index.c    finding things by name and number; what was compared already
 *     rules.c    the rules, their texts in rules.inc
 *     message.c  messages: identity, settings, answers
 *     policy.c   what a failure leads to
 *     field.c    bodies and fields
 *     type.c     enums, flags, structs, unions, and types that are named
 *     wiring.c   constants, components, programs
 *     same.c     whether two models say the same
 *     sample.c   JSON of messages that show findings
 *     witness.c  what comes of them, on the wire and as JSON
 *     effect.c   and how they are treated
 */
#ifndef BREAKING_INTERNAL_H
#define BREAKING_INTERNAL_H

#include "breaking/breaking.h"

enum breaking_rule_id {
    BREAKING_BUS_RENAMED,
    BREAKING_VERSION_NOT_RAISED,
    BREAKING_VERSION_LOWERED,
    BREAKING_SINCE_MISSING,
    BREAKING_SINCE_WRONG,
    BREAKING_UNTIL_WRONG,
    BREAKING_MESSAGE_REMOVED,
    BREAKING_MESSAGE_RENAMED,
    BREAKING_MESSAGE_VERSION,
    BREAKING_MESSAGE_VERSION_REMOVED,
    BREAKING_MESSAGE_KIND,
    BREAKING_EVENT_KIND,
    BREAKING_KEY,
    BREAKING_PRIORITY,
    BREAKING_OVERFLOW,
    BREAKING_DEADLINE,
    BREAKING_IDEMPOTENCE,
    BREAKING_DURABILITY,
    BREAKING_KEEP_LAST,
    BREAKING_RETRY,
    BREAKING_RECOVERY,
    BREAKING_BREAKER,
    BREAKING_TIMEOUT,
    BREAKING_APPROVAL,
    BREAKING_ORDERED,
    BREAKING_DEAD_LETTERS,
    BREAKING_RATE,
    BREAKING_ANSWER_ADDED,
    BREAKING_ANSWER_REMOVED,
    BREAKING_ANSWER_MOVED,
    BREAKING_FIELD_REMOVED,
    BREAKING_FIELD_RETIRED,
    BREAKING_FIELD_RENAMED,
    BREAKING_FIELD_MOVED,
    BREAKING_FIELD_TYPE,
    BREAKING_FIELD_SHAPE,
    BREAKING_FIELD_OPTIONAL,
    BREAKING_MAX_LOWERED,
    BREAKING_MAX_RAISED,
    BREAKING_DEFAULT,
    BREAKING_SECRET_LOST,
    BREAKING_TYPE_REMOVED,
    BREAKING_TYPE_RENAMED,
    BREAKING_ENUM_BASE,
    BREAKING_ENUMERATOR_REMOVED,
    BREAKING_ENUMERATOR_RETIRED,
    BREAKING_ENUMERATOR_RENUMBERED,
    BREAKING_ENUMERATOR_RENAMED,
    BREAKING_ARM_REMOVED,
    BREAKING_ARM_RETIRED,
    BREAKING_ARM_RENUMBERED,
    BREAKING_ARM_RENAMED,
    BREAKING_STRUCT_LAYOUT,
    BREAKING_CONST_REMOVED,
    BREAKING_CONST_CHANGED,
    BREAKING_COMPONENT_REMOVED,
    BREAKING_HANDLERS,
    BREAKING_LISTENING,
    BREAKING_TAKES,
    BREAKING_EMITS,
    BREAKING_THREADS,
    BREAKING_PROGRAM_REMOVED,
    BREAKING_PROGRAM_CHANGED,
    BREAKING_HANDLER_ORDER,
    BREAKING_MEMORY,
    BREAKING_RULE_COUNT
};
extern const struct breaking_rule breaking_rule_table[BREAKING_RULE_COUNT];

/* ---- finding things ---- */

struct breaking_entry {
    const char *name; /* NULL: known by its number */
    uint64_t number;
    const void *item;
};
struct breaking_index {
    struct breaking_entry *entries;
    size_t count;
};
/* `count` entries to fill; breaking_index_sort makes them findable. */
struct breaking_index breaking_index_make(struct memory *memory, size_t count);
void breaking_index_sort(struct breaking_index *index);
const void *breaking_find_name(const struct breaking_index *index, const char *name);
const void *breaking_find_number(const struct breaking_index *index, uint64_t number);

struct breaking_pairs {
    const void *(*slots)[2]; /* open addressing, a power of two of them */
    size_t slot_count;
    size_t count;
};
/* True when the pair was not there yet. */
bool breaking_pair_add(struct breaking_pairs *pairs, const void *older, const void *newer);

/* ---- one comparison ---- */

struct breaking {
    struct memory *memory;
    const struct idl_bus *old_bus; /* the pair that is being compared */
    const struct idl_bus *new_bus;
    struct breaking_pairs pairs;        /* of types */
    const struct idl_bus *const *buses; /* of the newer schema, main first */
    size_t bus_count;
    struct breaking_index messages; /* of all of them, by identity; made when it is wanted first */
    struct breaking_index message_names; /* and by name */
    struct breaking_findings *findings;
    size_t capacity;
};

/* Adds a finding and returns it, to be filled further: what is not said is nothing. `old_decl` and
 * `new_decl` give the places; the newer one may be that of what surrounded it. `element` and `text`
 * are kept. */
struct breaking_finding *breaking_add(struct breaking *b, enum breaking_rule_id rule,
                                      const char *element, const struct idl_decl *old_decl,
                                      const struct idl_decl *new_decl, const char *text);
/* "'name'" */
const char *breaking_quote(struct breaking *b, const char *name);
/* "element.name" */
const char *breaking_element(struct breaking *b, const char *element, const char *name);
/* "shop.line", of a declaration of a file. */
const char *breaking_name(struct breaking *b, const struct idl_decl *decl);
/* "-12" */
const char *breaking_signed(struct breaking *b, int64_t number);
/* "250ms" */
const char *breaking_duration(struct breaking *b, uint64_t ns);

/* The message of the newer schema that is the same one; NULL: it is gone. */
const struct idl_message *breaking_message_now(struct breaking *b, const struct idl_message *older);
/* The identity of that; its own if there is none. Of a message of the newer schema: its own. */
uint64_t breaking_id_now(struct breaking *b, const struct idl_message *message);
/* Messages of the pair of buses. */
void breaking_messages(struct breaking *b);
void breaking_policies(struct breaking *b, const char *element, const struct idl_message *older,
                       const struct idl_message *newer, const struct breaking_way *way);
/* For the settings of a message. NULL: they say the same, and there is no finding. */
struct breaking_finding *breaking_setting(struct breaking *b, enum breaking_rule_id rule,
                                          const char *element, const struct idl_message *older,
                                          const struct idl_message *newer,
                                          const struct breaking_way *way, const char *what,
                                          const char *before, const char *now);

/* Bodies of messages and answers, tables: their fields. */
void breaking_body(struct breaking *b, const char *element, const struct idl_table *older,
                   const struct idl_table *newer, const struct breaking_way *way);
/* Its fields by name. */
struct breaking_index breaking_index_fields(struct breaking *b, const struct idl_table *table);
/* "u32", "[line]", "string" */
const char *breaking_type_text(struct breaking *b, const struct idl_type *type);
/* The categories that break when a value of one type is read as the other; 0: none. Named types of
 * one kind are not looked into. */
unsigned breaking_type_change(const struct idl_type *older, const struct idl_type *newer);

/* What two places name, once for each pair. `way` NULL: no message has it. */
void breaking_enum(struct breaking *b, const struct idl_enum *older, const struct idl_enum *newer,
                   const struct breaking_way *way);
void breaking_table(struct breaking *b, const struct idl_table *older,
                    const struct idl_table *newer, const struct breaking_way *way);
void breaking_union(struct breaking *b, const struct idl_union *older,
                    const struct idl_union *newer, const struct breaking_way *way);
/* Types by name: those that no message has, those that are gone. */
void breaking_types(struct breaking *b);

void breaking_wiring(struct breaking *b);
void breaking_programs(struct breaking *b);
/* Any message shows the finding: this is what comes of it, before and now. */
void breaking_show_with(struct breaking *b, struct breaking_finding *finding,
                        const struct idl_message *older, const struct idl_message *newer,
                        const char *before, const char *now);
/* A place in a declaration that is no declaration itself. */
struct idl_decl breaking_at(const struct idl_decl *decl, struct idl_span span);

/* What a component handles, or listens to, found by message. Messages are known by their identity,
 * which a renaming keeps. */
struct breaking_bindings {
    const struct idl_binding *items;
    uint32_t count;
    struct breaking_index ids; /* made when it is wanted first */
};
/* `hint`: where it may well be, for most components stay as they are. NULL: there is none. */
const struct idl_binding *breaking_find_binding(struct breaking *b,
                                                struct breaking_bindings *bindings, uint32_t hint,
                                                const struct idl_message *message);
/* A message that both components have to do with; NULL: there is none. */
const struct idl_binding *breaking_common(struct breaking *b, const struct idl_component *older,
                                          const struct idl_component *newer,
                                          const struct idl_binding **same);

/* The same as breaking_same, of several buses, in this order. */
bool breaking_same_files(const struct idl_bus *const *a, size_t a_count,
                         const struct idl_bus *const *b, size_t b_count);

/* `since` and `until` of something that both have; `older` NULL: only the newer has it, `owner` is
 * what it would be part of in the older schema. */
void breaking_lifetime(struct breaking *b, const char *element, const struct idl_decl *owner,
                       const struct idl_decl *older, const struct idl_decl *newer);

/* What comes of a message of BREAKING_MESSAGE, before and now; NULL: the same. */
const char *breaking_effect(struct memory *memory, const struct breaking_finding *finding);

#endif
