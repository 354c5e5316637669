/*
 * resolve.h - what the parts that turn nodes into the model share.
 */
#ifndef IDL_RESOLVE_H
#define IDL_RESOLVE_H

#include "internal.h"

/* ---- types (resolve_type.c) ---- */

struct scalar {
    const char *name;
    enum idl_kind kind;
    uint32_t size;
    bool is_signed;
};
/* NULL: not a built-in of fixed size. */
const struct scalar *scalar_of_kind(enum idl_kind kind);
bool kind_is_integer(enum idl_kind kind);
const char *kind_text(enum idl_kind kind);

/* Looks a name up and says what is wrong; NULL after that. `what` says what is looked for. */
struct node *resolve_name(struct context *context, struct unit *unit,
                          const struct reference *reference, enum rule rule, const char *what);
/* The same without a word when it is not there. */
struct node *find_name(struct unit *unit, const struct reference *reference);
const char *node_kind_text(enum node_kind kind); /* "an event" */
void wrong_kind(struct context *context, const struct reference *reference, const struct node *node,
                const char *wanted);

/* The type of a field; false after reporting. */
bool resolve_type(struct context *context, struct unit *unit, struct field_node *field,
                  bool in_struct);

/* ---- values (resolve_value.c) ---- */

void resolve_const(struct context *context, struct node *node);
/* Replaces a constant's name by its value. False when that is not possible, after reporting. */
bool resolve_value(struct context *context, struct unit *unit, struct value *value);
/* A positive whole number up to `most`; 0 after reporting by `rule`. */
uint32_t resolve_count(struct context *context, struct unit *unit, struct value *value,
                       uint32_t most, enum rule rule, const char *what);
/* Nanoseconds; 0 after reporting. */
uint64_t resolve_duration(struct context *context, struct unit *unit, struct value *value,
                          const char *what);
/* Bits of `value` as a scalar of `kind`; false after reporting. */
bool value_bits(struct context *context, const struct value *value, enum idl_kind kind,
                uint64_t *bits);
void resolve_enum(struct context *context, struct node *node);
/* What the values of an enum, or of flags, may be kept in. */
const enum idl_kind *enum_bases(bool flags, size_t *count);
void resolve_preset(struct context *context, struct unit *unit, struct field_node *field,
                    bool in_struct);

/* ---- bodies (resolve_body.c) ---- */

enum { BODY_IN_TABLE, BODY_IN_STRUCT, BODY_IN_MESSAGE, BODY_IN_ANSWER };
void resolve_body(struct context *context, struct node *node, struct body_node *body,
                  struct idl_table *table, int place);
void resolve_lifetime(struct context *context, const struct unit *unit, struct idl_decl *decl,
                      const struct version *since, const struct version *until);
void resolve_union(struct context *context, struct node *node);

/* ---- settings (resolve_setting.c, resolve_policy.c) ---- */

/* Where a setting of a message comes from. */
struct chosen {
    const struct setting_node *setting; /* NULL: not set */
    const struct use_node *use;         /* NULL: stands in the message itself */
};
/* The settings of a message, its own and those of the policies that it uses. */
void choose_settings(struct context *context, struct node *node,
                     struct chosen chosen[SETTING_KINDS]);
/* The place to show for a setting: in the message, also when a policy brings it. */
struct idl_span place_of(const struct chosen *chosen);
/* Nanoseconds of a setting that is a duration; 0: not set, off or wrong. */
uint64_t chosen_duration(const struct chosen *chosen);
/* Reports that `chosen` does not go with `other`, which may be empty. */
void contradicts(struct context *context, enum rule rule, const struct chosen *chosen,
                 const struct chosen *other, const char *text, const char *other_text,
                 const char *advice);
/* The same of a setting that is not for this message. */
void not_for(struct context *context, const struct chosen *chosen, const char *text,
             const char *advice);
/* The message's policy from its settings, checked for contradictions. */
void resolve_guard(struct context *context, struct node *node, struct chosen chosen[SETTING_KINDS]);

/* What the settings of the message add up to (arithmetic.c). */
void check_arithmetic(struct context *context, const struct node *node,
                      const struct idl_policy *policy, const struct chosen chosen[SETTING_KINDS]);

/* ---- versions of messages (versions.c) ---- */

/* Finds the versions of each message and gives older ones their names. */
void declare_versions(struct context *context, struct unit *unit);

/* ---- messages and wiring (resolve_message.c, resolve_wiring.c) ---- */

void resolve_policy(struct context *context, struct node *node);
void resolve_message(struct context *context, struct node *node);
void resolve_component(struct context *context, struct node *node);
void resolve_program(struct context *context, struct node *node);

#endif
