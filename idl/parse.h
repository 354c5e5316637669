/*
 * parse.h - what the parts of the parser share.
 *
 * Recursive descent with one token of lookahead. Every parse function that returns bool says by
 * false that it reported something and stands where it stopped; the loop over a body's items, or
 * over the declarations, then skips to where the next one begins. Nesting is bounded by the grammar
 * itself, but for types, which count their depth.
 */
#ifndef IDL_PARSE_H
#define IDL_PARSE_H

#include "internal.h"

struct seen_token {
    struct token token;
    uint32_t doc_start; /* the `///` lines before it; equal: none */
    uint32_t doc_end;
};

struct parser {
    struct context *context;
    struct unit *unit;
    struct lexer lexer;
    struct token token; /* the next to be taken */
    struct seen_token now;
    struct seen_token next; /* the one behind it */
    uint32_t behind;        /* end of the token taken last */
    uint32_t silent;        /* end of what was reported last: one finding for each token */
    bool doc_taken;
    struct wish *wish; /* NULL: nobody asks what could stand somewhere in this file */
};

enum body_kind { BODY_STRUCT, BODY_TABLE, BODY_EVENT, BODY_COMMAND, BODY_ANSWER, BODY_POLICY };

enum name_role {
    NAME_DECLARED, /* by a declaration */
    NAME_MEMBER,   /* a field, arm or answer: a C member as it is */
    NAME_VALUE     /* an enumerator or constant: always prefixed */
};

/* parse.c */
void advance(struct parser *parser);
bool at(const struct parser *parser, enum token_kind kind);
bool at_word(const struct parser *parser, enum word word);
bool take(struct parser *parser, enum token_kind kind);
bool take_word(struct parser *parser, enum word word);
struct idl_span here(const struct parser *parser);
/* Reports `text` at the current token; NULL when that token was reported already. */
struct idl_diagnostic *wrong(struct parser *parser, enum rule rule, const char *text);
bool expect(struct parser *parser, enum token_kind kind, const char *where);
bool expect_semicolon(struct parser *parser, const char *where);
/* `{`; *open receives its place. */
bool expect_open(struct parser *parser, struct idl_span *open);
bool expect_name(struct parser *parser, struct idl_decl *decl, const char *what,
                 enum name_role role);
/* `names`: bits of enum idl_symbol_kind, what it may name. */
bool expect_reference(struct parser *parser, struct reference *reference, const char *what,
                      unsigned names);
const char *take_doc(struct parser *parser);
void skip_item(struct parser *parser);
/* Whether a block goes on: false at its `}`, which is taken, or at what ends it wrongly. */
bool block_goes_on(struct parser *parser, struct idl_span open);

/* parse_type.c */
bool parse_value(struct parser *parser, struct value *value);
bool parse_field(struct parser *parser, struct body_node *body, enum body_kind kind);
bool parse_const(struct parser *parser, struct node *node);
bool parse_enum(struct parser *parser, struct node *node);
bool parse_union(struct parser *parser, struct node *node);
/* A number that must be a literal: field numbers, versions. */
bool parse_number(struct parser *parser, uint32_t *number, struct idl_span *span);

/* parse_setting.c */
enum { CHOICES_MAX = 5 };
struct choice {
    const char *text;
    uint32_t value;
};
/* One of a few names, at most CHOICES_MAX. */
bool parse_choice(struct parser *parser, const struct choice *choices, size_t count,
                  const char *text, uint32_t *value);
bool is_setting(enum word word);
void offer_settings(const struct parser *parser);
/* At a setting's word; up to the semicolon. */
bool parse_settings(struct parser *parser, struct body_node *body, enum body_kind kind);

/* parse_body.c */
/* Says that no item of this body begins here; false. */
bool unknown_item(struct parser *parser, enum body_kind kind);
/* What stands between a message's name and its `{`. */
bool parse_message_head(struct parser *parser, struct node *node);
bool parse_body(struct parser *parser, struct body_node *body, enum body_kind kind);
bool parse_component(struct parser *parser, struct node *node);
bool parse_program(struct parser *parser, struct node *node);

/* complete.c: what could stand here, for who asks */
struct wish *wish_here(const struct parser *parser); /* NULL: nobody does */
void offer(const struct parser *parser, const enum word *words, size_t count);
void offer_text(const struct parser *parser, const char *text);
/* That was all: what is asked from now on is about going on after a mistake. */
void offers_end(const struct parser *parser);
/* `names`: bits of enum idl_symbol_kind; behind the name of a bus, or NULL */
void offer_names(const struct parser *parser, unsigned names, const struct reference *bus);

/* names.c */
void name_check(struct context *context, struct idl_span span, const char *name,
                enum name_role role);

#endif
