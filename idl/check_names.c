/*
 * check_names.c - clashes between the C names, and the names in .fbs files, that are generated.
 *
 * Every name that codegen makes of a declaration is entered here with the declaration it comes
 * from; one that two declarations lead to is an error. Names of types, functions and objects share
 * one set, although C would let a struct and a function have the same name: C++ and readers would
 * not. Names that only the generated .c file sees meet nothing but functions and typedefs; see
 * check_plain. Upper-case names cannot meet lower-case ones. To be quick with 100,000s of names the
 * set holds 64-bit hashes.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct generated {
    uint64_t hash; /* 0: free */
    const struct idl_decl *decl;
};

struct names {
    struct context *context;
    struct generated *entries;
    uint32_t count;
    uint32_t capacity;
    char text[6 * (IDL_NAME_MAX + 1)]; /* the name at hand: up to four names and a suffix */
    size_t size;
    const struct idl_decl *last; /* the pair that was reported last: one finding for each */
    const struct idl_decl *last_other;
};

/* ---- the set ---- */

static struct generated *slot(const struct names *names, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (names->capacity - 1);

    while (names->entries[at].hash && names->entries[at].hash != hash)
        at = (at + 1) & (names->capacity - 1);
    return &names->entries[at];
}

static void grow(struct names *names)
{
    struct generated *old = names->entries;
    uint32_t capacity = names->capacity;

    names->capacity = capacity ? capacity * 2 : 1024;
    names->entries = arena_take(names->context->arena, names->capacity * sizeof *names->entries);
    for (uint32_t i = 0; i < capacity; i++)
        if (old[i].hash)
            *slot(names, old[i].hash) = old[i];
}

static void clash(struct names *names, const struct idl_decl *decl, const struct idl_decl *other)
{
    struct idl_diagnostic *diagnostic;

    /* Of one declaration: two handlers, see check_handlers. Of two that have one name in one file:
     * the name is declared twice, which was said. */
    if (decl == other || (decl == names->last && other == names->last_other) ||
        (decl->file == other->file && strcmp(decl->name, other->name) == 0))
        return;
    names->last = decl;
    names->last_other = other;
    diagnostic = report(names->context, RULE_GENERATED_NAME_CLASH, decl->span,
                        "'%s' and '%s' both make the generated name '%s'", decl->name, other->name,
                        names->text);

    partner(diagnostic, other->span, "the other is here");
    advise(names->context, diagnostic, "rename one of them");
}

/* Sorted. Macros and types of the headers of C and POSIX that a bus and a name can make. */
static const char *const library_names[] = {
    "ARG_MAX",      "CHAR_BIT",       "CLOCKS_PER_SEC", "EXIT_FAILURE",   "EXIT_SUCCESS",
    "FILENAME_MAX", "FOPEN_MAX",      "HOST_NAME_MAX",  "INTMAX_MAX",     "INTMAX_MIN",
    "INTPTR_MAX",   "INTPTR_MIN",     "IOV_MAX",        "LINE_MAX",       "LLONG_MAX",
    "LLONG_MIN",    "LOGIN_NAME_MAX", "MB_LEN_MAX",     "NAME_MAX",       "NGROUPS_MAX",
    "OPEN_MAX",     "PATH_MAX",       "PIPE_BUF",       "PTRDIFF_MAX",    "PTRDIFF_MIN",
    "RAND_MAX",     "SCHAR_MAX",      "SCHAR_MIN",      "SEEK_CUR",       "SEEK_END",
    "SEEK_SET",     "SHRT_MAX",       "SHRT_MIN",       "SIG_ATOMIC_MAX", "SIG_ATOMIC_MIN",
    "SIZE_MAX",     "SSIZE_MAX",      "TMP_MAX",        "TTY_NAME_MAX",   "UCHAR_MAX",
    "UINTMAX_MAX",  "UINTPTR_MAX",    "UINT_MAX",       "ULLONG_MAX",     "ULONG_MAX",
    "USHRT_MAX",    "WCHAR_MAX",      "WCHAR_MIN",      "WINT_MAX",       "WINT_MIN",
    "clock_t",      "dev_t",          "div_t",          "fpos_t",         "gid_t",
    "id_t",         "ino_t",          "intmax_t",       "intptr_t",       "key_t",
    "ldiv_t",       "lldiv_t",        "mbstate_t",      "mode_t",         "nlink_t",
    "off_t",        "pid_t",          "ptrdiff_t",      "sigset_t",       "size_t",
    "ssize_t",      "time_t",         "timer_t",        "uid_t",          "uintmax_t",
    "uintptr_t",    "wint_t",
};

enum { LIBRARY_NAME_MAX = sizeof "SIG_ATOMIC_MAX" - 1 }; /* no name of them is longer */

static int compare_name(const void *name, const void *element)
{
    return strcmp(name, *(const char *const *)element);
}

static void check_library(struct names *names, const struct idl_decl *decl)
{
    if (names->size > LIBRARY_NAME_MAX ||
        !bsearch(names->text, library_names, sizeof library_names / sizeof *library_names,
                 sizeof *library_names, compare_name))
        return;
    advise(names->context,
           report(names->context, RULE_RESERVED_NAME, decl->span,
                  "'%s' makes the generated name '%s', which the C library has", decl->name,
                  names->text),
           "take another name, as '%s_value'", decl->name);
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = XXH3_64bits(text, size);

    return hash ? hash : 1;
}

/* Enters the name at hand. */
static void enter(struct names *names, const struct idl_decl *decl)
{
    uint64_t hash = hash_of(names->text, names->size);
    struct generated *entry;

    check_library(names, decl);
    if (names->count * 2 >= names->capacity)
        grow(names);
    entry = slot(names, hash);
    if (entry->hash) {
        clash(names, decl, entry->decl);
        return;
    }
    *entry = (struct generated){hash, decl};
    names->count++;
}

/* ---- spelling ---- */

static void add(struct names *names, const char *text)
{
    size_t size = strlen(text);

    if (size > sizeof names->text - 2 - names->size)
        return; /* a name that is too long was reported */
    if (names->size)
        names->text[names->size++] = '_';
    memcpy(names->text + names->size, text, size + 1);
    names->size += size;
}

/* Begins the name of a declaration: bus and name. */
static void begin(struct names *names, const struct unit *unit, const char *name)
{
    names->size = 0;
    names->text[0] = '\0';
    add(names, unit->bus->decl.name);
    if (name)
        add(names, name);
}

static void enter_with(struct names *names, const struct idl_decl *decl, const char *suffix,
                       const char *more)
{
    size_t size = names->size;

    add(names, suffix);
    if (more)
        add(names, more);
    enter(names, decl);
    names->size = size;
    names->text[size] = '\0';
}

static void enter_all(struct names *names, const struct idl_decl *decl, const char *const *suffixes)
{
    for (; *suffixes; suffixes++)
        enter_with(names, decl, *suffixes, NULL);
}

static void upper(struct names *names)
{
    for (char *letter = names->text; *letter; letter++)
        if (*letter >= 'a' && *letter <= 'z')
            *letter = (char)(*letter - 'a' + 'A');
}

/* BUS_NAME_PART, as a macro or enumerator. */
static void enter_upper(struct names *names, const struct unit *unit, const char *name,
                        const char *part, const struct idl_decl *decl)
{
    begin(names, unit, name);
    if (part)
        add(names, part);
    upper(names);
    enter(names, decl);
}

/* ---- what is generated ---- */

static const char *const table_suffixes[] = {"slice", "opt", "slice_opt", "init", NULL};
static const char *const enum_suffixes[] = {"name", "opt", NULL};
static const char *const message_suffixes[] = {
    "type",          "init",          "compare",          "print", "encode",  "decode",  "publish",
    "publish_with",  "publish_many",  "publish_and_wait", "claim", "handler", "account", "view",
    "encode_inline", "decode_inline", "unpack_inline",    NULL};
static const char *const older_suffixes[] = {
    "type", "init",          "compare",       "print",         "encode", "decode",
    "view", "encode_inline", "decode_inline", "unpack_inline", NULL};
static const char *const event_suffixes[] = {
    "subscribe",     "unsubscribe",     "schedule",          "schedule_with", "publish_later",
    "batch_handler", "subscribe_batch", "unsubscribe_batch", "invoke_batch",  NULL};
static const char *const command_suffixes[] = {
    "handle",     "unhandle",     "answer",          "result",
    "execute",    "execute_with", "execute_into",    "execute_async",
    "completion", "complete",     "complete_return", "deferred_request",
    NULL};
static const char *const component_suffixes[] = {"attach", "attach_with", "detach", NULL};

static void enter_enum(struct names *names, const struct unit *unit, const struct node *node)
{
    const struct idl_enum *enumeration = node->model.enumeration;

    enter_all(names, &node->decl, enum_suffixes);
    for (uint32_t i = 0; i < enumeration->value_count; i++)
        enter_upper(names, unit, node->decl.name, enumeration->values[i].decl.name,
                    &enumeration->values[i].decl);
}

static void enter_union(struct names *names, const struct unit *unit, const struct node *node)
{
    const struct idl_union *choice = node->model.choice;

    enter_with(names, &node->decl, "type", NULL);
    enter_upper(names, unit, node->decl.name, "none", &node->decl);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        enter_upper(names, unit, node->decl.name, choice->arms[i].decl.name, &choice->arms[i].decl);
}

/* Structs in the .fbs that hold a table's fixed arrays. */
static void enter_arrays(struct names *names, const struct idl_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        if (table->fields[i].type.shape == IDL_ARRAY)
            enter_with(names, &table->fields[i].decl, table->fields[i].decl.name, "array");
}

/* A declared failure: how a handler gives it, and how one that deferred does. */
static void enter_answer(struct names *names, const struct idl_decl *decl, const char *name)
{
    enter_with(names, decl, "fail", name);
    enter_with(names, decl, "complete_fail", name);
}

/* What a version has, older or not. */
static void enter_version(struct names *names, const struct unit *unit, const struct node *node)
{
    const struct idl_message *message = node->model.message;
    char step[16];

    enter_arrays(names, &message->body);
    for (uint32_t i = 0; i < message->body.field_count; i++) {
        const struct idl_decl *decl = &message->body.fields[i].decl;

        if (node->kind != NODE_OLDER)
            enter_with(names, decl, "claim", decl->name);
        enter_with(names, decl, "view", decl->name);
    }
    if (message->newer) { /* what the user writes: BUS_MESSAGE_upgrade_v1 */
        snprintf(step, sizeof step, "v%u", (unsigned)message->version);
        begin(names, unit, message->base);
        enter_with(names, &node->decl, "upgrade", step);
    }
    enter_upper(names, unit, node->decl.name, "size_max", &node->decl);
    enter_upper(names, unit, node->decl.name, "scratch_max", &node->decl);
    begin(names, unit, node->decl.name);
}

static void enter_older(struct names *names, const struct unit *unit, const struct node *node)
{
    enter_all(names, &node->decl, older_suffixes);
    enter_version(names, unit, node);
}

static void enter_message(struct names *names, const struct unit *unit, const struct node *node)
{
    const struct idl_message *message = node->model.message;
    bool command = node->kind == NODE_COMMAND;

    enter_all(names, &node->decl, message_suffixes);
    enter_all(names, &node->decl, command ? command_suffixes : event_suffixes);
    if (message->upgrades)
        enter_with(names, &node->decl, "decode_any", NULL);
    enter_version(names, unit, node);
    if (command && message->has_returns)
        enter_with(names, &node->decl, "return", NULL);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_table *body = &message->answers[i].body;

        enter_with(names, &body->decl, body->decl.name, NULL);
        if (i || !message->has_returns)
            enter_answer(names, &body->decl, body->decl.name);
        begin(names, unit, node->decl.name);
        add(names, body->decl.name);
        enter_arrays(names, body);
        begin(names, unit, node->decl.name);
    }
    if (command)
        enter_upper(names, unit, node->decl.name, "no_answer", &node->decl);
    for (uint32_t i = 0; i < message->answer_count; i++)
        enter_upper(names, unit, node->decl.name, message->answers[i].body.decl.name,
                    &message->answers[i].body.decl);
}

/* What a component's handler is called: as its message, with the bus if that is another one. */
static const char *handler_name(struct context *context, const struct idl_component *component,
                                const struct idl_message *message, const char *prefix)
{
    const struct idl_decl *decl = &message->body.decl;
    const char *name = decl->name;

    if (decl->file != component->decl.file && decl->file->bus->decl.name)
        name = arena_join(context->arena, decl->file->bus->decl.name, "_", name);
    return arena_join(context->arena, prefix, name, "");
}

static void enter_component(struct names *names, const struct node *node)
{
    const struct idl_component *component = node->model.component;

    enter_all(names, &node->decl, component_suffixes);
    for (uint32_t i = 0; i < component->handle_count; i++)
        enter_with(names, &node->decl,
                   handler_name(names->context, component, component->handles[i].message, ""),
                   NULL);
    for (uint32_t i = 0; i < component->listen_count; i++)
        enter_with(names, &node->decl,
                   handler_name(names->context, component, component->listens[i].message, "on_"),
                   NULL);
}

/* A program whose name begins with that of the bus needs no prefix. */
static void enter_program(struct names *names, const struct unit *unit, const struct node *node)
{
    const char *bus = unit->bus->decl.name;
    size_t size = strlen(bus);

    if (strncmp(node->decl.name, bus, size) == 0 && node->decl.name[size] == '_') {
        names->size = 0;
        add(names, node->decl.name);
    }
    enter(names, &node->decl);
    enter_with(names, &node->decl, "contexts", NULL);
    enter_with(names, &node->decl, "open", NULL);
}

static void enter_node(struct names *names, const struct unit *unit, const struct node *node)
{
    if (node->kind == NODE_POLICY)
        return;
    if (node->kind == NODE_CONST) {
        enter_upper(names, unit, node->decl.name,
                    node->model.constant->kind == IDL_DURATION ? "ns" : NULL, &node->decl);
        return;
    }
    begin(names, unit, node->decl.name);
    if (node->kind == NODE_PROGRAM) {
        enter_program(names, unit, node);
        return;
    }
    enter(names, &node->decl);
    switch (node->kind) {
    case NODE_ENUM:
    case NODE_FLAGS:
        enter_enum(names, unit, node);
        break;
    case NODE_STRUCT:
    case NODE_TABLE:
        enter_all(names, &node->decl, table_suffixes);
        if (node->kind == NODE_TABLE)
            enter_arrays(names, node->model.table);
        break;
    case NODE_UNION:
        enter_union(names, unit, node);
        break;
    case NODE_COMPONENT:
        enter_component(names, node);
        break;
    case NODE_OLDER:
        enter_older(names, unit, node);
        break;
    default:
        enter_message(names, unit, node);
        break;
    }
}

/* ---- names inside the .c file ---- */

/* The name at hand is that of a function or typedef: does it end as an object or function of the
 * .c file does, and is what stands before that ending something we generate? */
static void check_plain(struct names *names, const struct idl_decl *decl)
{
    static const char *const endings[] = {
        "fields",   "table", "template",  "pack",   "unpack", "measure",  "put",     "enum",
        "values",   "arms",  "union",     "key",    "invoke", "complete", "answers", "component",
        "bindings", "emits", "functions", "accept", "own",    "load",     "apply",   "upgrade"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t size = strlen(endings[i]);
        const struct generated *entry;

        if (names->size <= size + 1 || strcmp(names->text + names->size - size, endings[i]) != 0 ||
            names->text[names->size - size - 1] != '_')
            continue;
        entry = slot(names, hash_of(names->text, names->size - size - 1));
        if (entry->hash)
            clash(names, decl, entry->decl);
    }
}

static void check_plain_names(struct names *names, const struct unit *unit, const struct node *node)
{
    if (node->kind == NODE_FLAGS) {
        begin(names, unit, node->decl.name);
        check_plain(names, &node->decl);
    }
    for (uint32_t i = 0; node->kind == NODE_COMPONENT && i < node->model.component->handle_count;
         i++) {
        const struct idl_component *component = node->model.component;
        const struct idl_message *message = component->handles[i].message;

        begin(names, unit, node->decl.name);
        add(names, handler_name(names->context, component, message, ""));
        check_plain(names, &message->body.decl);
    }
}

/* ---- members ---- */

static void member_clash(struct context *context, const struct idl_decl *decl,
                         const struct idl_decl *other, const char *text)
{
    struct idl_diagnostic *diagnostic =
        report(context, RULE_GENERATED_NAME_CLASH, decl->span, text, decl->name, other->name);

    partner(diagnostic, other->span, "the other is here");
    advise(context, diagnostic, "rename one of them");
}

/* Whether `field` is called NAME_SUFFIX. */
static const struct idl_field *field_with(struct map *fields, const struct idl_field *field,
                                          const char *suffix)
{
    char name[2 * IDL_NAME_MAX];
    size_t size = strlen(field->decl.name);

    if (size > IDL_NAME_MAX)
        return NULL;
    memcpy(name, field->decl.name, size);
    memcpy(name + size, suffix, strlen(suffix) + 1);
    return map_find(fields, name, size + strlen(suffix));
}

/* Members that carry a unit, and the tags of unions, beside fields called the same. */
static void check_members(struct context *context, const struct idl_table *table)
{
    struct map fields = {0};
    bool wanted = false;

    for (uint32_t i = 0; i < table->field_count; i++)
        wanted = wanted || table->fields[i].type.kind == IDL_TIME ||
                 table->fields[i].type.kind == IDL_DURATION ||
                 table->fields[i].type.kind == IDL_UNION;
    for (uint32_t i = 0; wanted && i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];

        map_add(context->arena, &fields, field->decl.name, strlen(field->decl.name),
                (void *)(uintptr_t)field);
    }
    for (uint32_t i = 0; wanted && i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        bool is_time = field->type.kind == IDL_TIME || field->type.kind == IDL_DURATION;
        const struct idl_field *other = NULL;

        if (is_time)
            other = field_with(&fields, field, "_ns");
        else if (field->type.kind == IDL_UNION)
            other = field_with(&fields, field, "_type");
        if (other && is_time && other->type.kind != IDL_TIME && other->type.kind != IDL_DURATION)
            member_clash(context, &other->decl, &field->decl,
                         "'%s' is the C name of the time or duration '%s'");
        else if (other && !is_time)
            member_clash(context, &other->decl, &field->decl, "'%s' is the tag of the union '%s'");
    }
}

static void taken_member(struct context *context, const struct idl_decl *decl, const char *what)
{
    advise(context,
           report(context, RULE_GENERATED_NAME_CLASH, decl->span, "'%s' is a member of %s already",
                  decl->name, what),
           "take another name");
}

static void check_message_members(struct context *context, const struct idl_message *message)
{
    check_members(context, &message->body);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_decl *decl = &message->answers[i].body.decl;

        check_members(context, &message->answers[i].body);
        if (strcmp(decl->name, "run") == 0 || strcmp(decl->name, "answer") == 0 ||
            strcmp(decl->name, "bytes") == 0)
            taken_member(context, decl, "the result of the command");
    }
}

/* Members of a component's struct of handlers: on_EVENT beside a command called on_EVENT, and
 * BUS_MESSAGE beside a message of that bus. And functions: those of a program are called as the
 * members, beside those of every component. */
static void check_handlers(struct context *context, const struct idl_component *component)
{
    struct map members = {0};

    for (uint32_t i = 0; i < component->handle_count + component->listen_count; i++) {
        bool event = i >= component->handle_count;
        const struct idl_binding *binding =
            event ? &component->listens[i - component->handle_count] : &component->handles[i];
        const char *member = handler_name(context, component, binding->message, event ? "on_" : "");
        const struct idl_binding *other;
        struct idl_diagnostic *diagnostic;

        for (const char *const *taken = component_suffixes; *taken; taken++)
            if (strcmp(member, *taken) == 0)
                advise(context,
                       report(context, RULE_GENERATED_NAME_CLASH, binding->span,
                              "the handler of '%s' would be called as the function %s_%s_%s",
                              binding->message->body.decl.name,
                              component->decl.file->bus->decl.name, component->decl.name, member),
                       "rename the command");
        other =
            map_add(context->arena, &members, member, strlen(member), (void *)(uintptr_t)binding);
        if (!other)
            continue;
        diagnostic =
            report(context, RULE_GENERATED_NAME_CLASH, binding->span,
                   "two handlers of '%s' would be called '%s'", component->decl.name, member);
        partner(diagnostic, other->span, "the other is here");
        advise(context, diagnostic, "rename one of the messages, or split the component");
    }
}

static void check_node_members(struct context *context, const struct node *node)
{
    switch (node->kind) {
    case NODE_STRUCT:
    case NODE_TABLE:
        check_members(context, node->model.table);
        break;
    case NODE_UNION:
        for (uint32_t i = 0; i < node->model.choice->arm_count; i++) {
            const struct idl_decl *decl = &node->model.choice->arms[i].decl;

            if (strcmp(decl->name, "type") == 0)
                taken_member(context, decl, "every union");
        }
        break;
    case NODE_EVENT:
    case NODE_COMMAND:
    case NODE_OLDER:
        check_message_members(context, node->model.message);
        break;
    case NODE_COMPONENT:
        check_handlers(context, node->model.component);
        break;
    default:
        break;
    }
}

/* ---- ids ---- */

static void check_id(struct context *context, struct map *ids, const struct node *node)
{
    const struct idl_message *message = node->model.message;
    const struct node *other = map_add(context->arena, ids, (const char *)&message->id,
                                       sizeof message->id, (void *)(uintptr_t)node);
    struct idl_diagnostic *diagnostic;

    if (!other)
        return;
    diagnostic = report(context, RULE_ID_COLLISION, node->decl.span,
                        "'%s' has the same identity as '%s'", node->decl.name, other->decl.name);
    partner(diagnostic, other->decl.span, "the other is here");
    advise(context, diagnostic,
           node->decl.was || other->decl.was ? "'was' names a message that exists no more"
                                             : "their hashes are equal by chance: rename one");
}

void check_names(struct context *context)
{
    struct names *names = arena_take(context->arena, sizeof *names);
    struct map ids = {0};

    names->context = context;
    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        if (!unit->bus->decl.name)
            continue;
        begin(names, unit, "schema");
        enter(names, &unit->bus->decl);
        enter_upper(names, unit, "bus", "h", &unit->bus->decl); /* the include guard */
        for (const struct node *node = unit->nodes; node; node = node->next) {
            if (node->duplicate)
                continue;
            enter_node(names, unit, node);
            check_node_members(context, node);
            if (node->kind >= NODE_EVENT && node->kind <= NODE_OLDER)
                check_id(context, &ids, node);
        }
    }
    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        for (const struct node *node = unit->nodes; unit->bus->decl.name && node; node = node->next)
            if (!node->duplicate)
                check_plain_names(names, unit, node);
    }
}
