/* type.c - types that have a name: where a message has them, then those that none has. */
#include "breaking/internal.h"

#include <string.h>

/* True when the pair is new; says when the name is. */
static bool begin(struct breaking *b, const struct idl_decl *older, const struct idl_decl *newer)
{
    struct breaking_finding *finding;

    if (!breaking_pair_add(&b->pairs, older, newer))
        return false;
    breaking_pair_add(&b->pairs, older, b); /* it lives on */
    if (strcmp(older->name, newer->name) == 0)
        return true;
    finding = breaking_add(b, BREAKING_TYPE_RENAMED, breaking_name(b, newer), older, newer,
                           join(b->memory, breaking_quote(b, newer->name), " stands where ",
                                breaking_quote(b, older->name), " was", NULL));
    finding->before_text = "it was this one";
    finding->advice = "on the wire a name is nothing; programs, and the .fbs, name it";
    return true;
}

/* ---- enums and flags ---- */

static struct breaking_finding *enumerator(struct breaking *b, enum breaking_rule_id rule,
                                           const char *element, const struct idl_enum_value *older,
                                           const struct idl_decl *place,
                                           const struct breaking_way *way, const char *text)
{
    struct breaking_finding *finding = breaking_add(b, rule, element, &older->decl, place, text);

    finding->before_text = "it was here";
    finding->advice = "leave it, and say 'until' the last version that has it";
    finding->way = way;
    finding->probe = BREAKING_NUMBER;
    finding->number = older->value;
    if (finding->categories & BREAKING_WIRE)
        finding->directions = BREAKING_OLD_BYTES;
    return finding;
}

static void compare_enumerator(struct breaking *b, const char *type,
                               const struct idl_enum_value *older, const struct idl_enum *newer,
                               const struct breaking_index *names,
                               const struct breaking_index *numbers, const struct breaking_way *way)
{
    const struct idl_enum_value *named = breaking_find_name(names, older->decl.name);
    const struct idl_enum_value *same = breaking_find_number(numbers, (uint64_t)older->value);
    const char *element = breaking_element(b, type, older->decl.name);
    const char *name = breaking_quote(b, older->decl.name);
    struct breaking_finding *finding;

    if (named != NULL && named->value != older->value && !older->decl.removed) {
        finding = enumerator(b, BREAKING_ENUMERATOR_RENUMBERED, element, older, &named->decl, way,
                             join(b->memory, name, " was ", breaking_signed(b, older->value),
                                  ", is ", breaking_signed(b, named->value), NULL));
        finding->directions = BREAKING_BOTH;
        finding->before_text = "it had this value";
        finding->advice = "a value is for one thing for ever: give it back, take a new one";
        return;
    }
    if (same == NULL) {
        finding =
            enumerator(b, BREAKING_ENUMERATOR_REMOVED, element, older, &newer->decl, way,
                       join(b->memory, name, " is gone, and anything may take its value", NULL));
        if (older->decl.removed)
            finding->categories = BREAKING_WIRE;
        return;
    }
    breaking_lifetime(b, breaking_element(b, type, same->decl.name), &newer->decl, &older->decl,
                      &same->decl);
    if (older->decl.removed)
        return;
    if (same->decl.removed) {
        enumerator(b, BREAKING_ENUMERATOR_RETIRED, element, older, &same->decl, way,
                   join(b->memory, name, " is gone", NULL))
            ->advice = "on the wire this is right; programs and JSON that name it are not";
    } else if (named == NULL) {
        finding = enumerator(
            b, BREAKING_ENUMERATOR_RENAMED, element, older, &same->decl, way,
            join(b->memory, breaking_quote(b, same->decl.name), " was called ", name, NULL));
        finding->before_text = "it was called so";
        finding->advice = "programs and JSON name it: keep the name";
    }
}

void breaking_enum(struct breaking *b, const struct idl_enum *older, const struct idl_enum *newer,
                   const struct breaking_way *way)
{
    static const char *const bases[] = {
        [IDL_U8] = "u8",   [IDL_I8] = "i8",   [IDL_U16] = "u16", [IDL_I16] = "i16",
        [IDL_U32] = "u32", [IDL_I32] = "i32", [IDL_U64] = "u64", [IDL_I64] = "i64"};
    const char *element = breaking_name(b, &newer->decl);
    struct breaking_index names;
    struct breaking_index numbers;
    struct breaking_finding *finding;

    if (!begin(b, &older->decl, &newer->decl))
        return;
    if (older->base != newer->base) {
        finding = breaking_add(b, BREAKING_ENUM_BASE, element, &older->decl, &newer->decl,
                               join(b->memory, breaking_quote(b, newer->decl.name), " was ",
                                    bases[older->base], ", is ", bases[newer->base], NULL));
        finding->before_text = join(b->memory, "it was ", bases[older->base], NULL);
        finding->advice = "declare a new one, and fields with new numbers that have it";
        finding->directions = BREAKING_BOTH;
        finding->way = way;
        finding->probe = BREAKING_VALUE;
    }
    names = breaking_index_make(b->memory, newer->value_count);
    numbers = breaking_index_make(b->memory, newer->value_count);
    for (uint32_t i = 0; i < newer->value_count; i++) {
        const struct idl_enum_value *value = &newer->values[i];

        names.entries[i] = (struct breaking_entry){value->decl.name, 0, value};
        numbers.entries[i] = (struct breaking_entry){NULL, (uint64_t)value->value, value};
    }
    breaking_index_sort(&names);
    breaking_index_sort(&numbers);
    for (uint32_t i = 0; i < older->value_count; i++)
        compare_enumerator(b, element, &older->values[i], newer, &names, &numbers, way);
    names = breaking_index_make(b->memory, older->value_count);
    numbers = breaking_index_make(b->memory, older->value_count);
    for (uint32_t i = 0; i < older->value_count; i++) {
        const struct idl_enum_value *value = &older->values[i];

        names.entries[i] = (struct breaking_entry){value->decl.name, 0, value};
        numbers.entries[i] = (struct breaking_entry){NULL, (uint64_t)value->value, value};
    }
    breaking_index_sort(&names);
    breaking_index_sort(&numbers);
    for (uint32_t i = 0; i < newer->value_count; i++) {
        const struct idl_enum_value *value = &newer->values[i];

        if (breaking_find_name(&names, value->decl.name) == NULL &&
            breaking_find_number(&numbers, (uint64_t)value->value) == NULL)
            breaking_lifetime(b, breaking_element(b, element, value->decl.name), &older->decl, NULL,
                              &value->decl);
    }
}

/* ---- structs ---- */

struct breaking_index breaking_index_fields(struct breaking *b, const struct idl_table *table)
{
    struct breaking_index names = breaking_index_make(b->memory, table->field_count);

    for (uint32_t i = 0; i < table->field_count; i++)
        names.entries[i] =
            (struct breaking_entry){table->fields[i].decl.name, 0, &table->fields[i]};
    breaking_index_sort(&names);
    return names;
}

/* What two fields at one place of a struct do to its layout; NULL: nothing. */
static const char *layout_change(struct breaking *b, const struct breaking_index *names,
                                 const struct idl_field *older, const struct idl_field *now)
{
    const struct idl_field *named = breaking_find_name(names, older->decl.name);
    const char *name = breaking_quote(b, older->decl.name);

    if (now == NULL)
        return join(b->memory, "the struct ends before ", name, NULL);
    if ((breaking_type_change(&older->type, &now->type) & BREAKING_WIRE) ||
        older->type.shape != now->type.shape || older->type.count != now->type.count ||
        ((older->type.kind == IDL_ENUM || older->type.kind == IDL_FLAGS) &&
         older->type.enumeration->base != now->type.enumeration->base))
        return join(b->memory, "where ", name, " : ", breaking_type_text(b, &older->type),
                    " was, there is ", breaking_quote(b, now->decl.name), " : ",
                    breaking_type_text(b, &now->type), NULL);
    if (named != NULL && named != now)
        return join(b->memory, name, " is at byte ", decimal(b->memory, named->slot),
                    ", was at byte ", decimal(b->memory, older->slot), NULL);
    return NULL;
}

static void compare_layout(struct breaking *b, const struct idl_table *older,
                           const struct idl_table *newer, const struct breaking_index *names,
                           const struct breaking_way *way)
{
    const char *element = breaking_name(b, &newer->decl);
    const struct idl_decl *before = &older->decl;
    const struct idl_decl *now = &newer->decl;
    const char *text = NULL;
    struct breaking_finding *finding;

    for (uint32_t i = 0; i < older->field_count && text == NULL; i++) {
        const struct idl_field *field = i < newer->field_count ? &newer->fields[i] : NULL;

        text = layout_change(b, names, &older->fields[i], field);
        before = text != NULL ? &older->fields[i].decl : before;
        now = text != NULL && field != NULL ? &field->decl : now;
    }
    if (text == NULL && newer->field_count > older->field_count) {
        now = &newer->fields[older->field_count].decl;
        text = join(b->memory, breaking_quote(b, now->name), " is new", NULL);
    }
    if (text == NULL)
        return;
    finding = breaking_add(b, BREAKING_STRUCT_LAYOUT, element, before, now, text);
    finding->before_text =
        join(b->memory, "the struct had ", decimal(b->memory, older->inline_size),
             " bytes; now it has ", decimal(b->memory, newer->inline_size), NULL);
    finding->advice = "a struct is the same for ever: declare a new one, or a table";
    finding->directions = BREAKING_BOTH;
    finding->way = way;
    finding->probe = BREAKING_VALUE;
}

static void compare_struct(struct breaking *b, const struct idl_table *older,
                           const struct idl_table *newer, const struct breaking_way *way)
{
    const char *element = breaking_name(b, &newer->decl);
    struct breaking_index names = breaking_index_fields(b, newer);

    compare_layout(b, older, newer, &names, way);
    for (uint32_t i = 0; i < older->field_count && i < newer->field_count; i++) {
        const struct idl_field *before = &older->fields[i];
        const struct idl_field *now = &newer->fields[i];
        unsigned broken = breaking_type_change(&before->type, &now->type);
        const char *name = breaking_element(b, element, now->decl.name);
        struct breaking_finding *finding = NULL;

        if (!(broken & BREAKING_WIRE) && before->type.kind == now->type.kind) {
            if (now->type.kind == IDL_STRUCT)
                breaking_table(b, before->type.table, now->type.table, NULL);
            else if (now->type.kind == IDL_ENUM || now->type.kind == IDL_FLAGS)
                breaking_enum(b, before->type.enumeration, now->type.enumeration, NULL);
        }
        if (strcmp(before->decl.name, now->decl.name) != 0 &&
            breaking_find_name(&names, before->decl.name) == NULL) {
            finding =
                breaking_add(b, BREAKING_FIELD_RENAMED, name, &before->decl, &now->decl,
                             join(b->memory, breaking_quote(b, now->decl.name), " was called ",
                                  breaking_quote(b, before->decl.name), NULL));
            finding->advice = "programs and JSON name it: keep the name";
        }
        if (broken != 0 && !(broken & BREAKING_WIRE)) {
            finding = breaking_add(b, BREAKING_FIELD_TYPE, name, &before->decl, &now->decl,
                                   join(b->memory, breaking_quote(b, now->decl.name), " was ",
                                        breaking_type_text(b, &before->type), ", is ",
                                        breaking_type_text(b, &now->type), NULL));
            finding->categories = broken;
            finding->advice = "a struct is the same for ever: declare a new one, or a table";
        }
    }
}

void breaking_table(struct breaking *b, const struct idl_table *older,
                    const struct idl_table *newer, const struct breaking_way *way)
{
    struct breaking_way *own;

    if (!begin(b, &older->decl, &newer->decl))
        return;
    if (newer->fixed) {
        compare_struct(b, older, newer, way);
        return;
    }
    if (way == NULL) {
        own = allocate(b->memory, sizeof(*own));
        own->old_body = older;
        own->new_body = newer;
        way = own;
    }
    breaking_body(b, breaking_name(b, &newer->decl), older, newer, way);
}

/* ---- unions ---- */

static const struct idl_union_arm *find_arm(const struct idl_union *choice, uint32_t number,
                                            const char *name)
{
    for (uint32_t i = 0; i < choice->arm_count + choice->gone_count; i++) {
        const struct idl_union_arm *arm = &choice->arms[i];

        if (name != NULL ? strcmp(arm->decl.name, name) == 0 : arm->number == number)
            return arm;
    }
    return NULL;
}

/* The way on into an arm. */
static const struct breaking_way *arm_way(struct breaking *b, const struct breaking_way *way,
                                          const struct idl_union_arm *older,
                                          const struct idl_union_arm *newer)
{
    struct breaking_way *own;

    if (way == NULL)
        return NULL;
    own = allocate(b->memory, sizeof(*own));
    *own = *way;
    own->old_arm = older;
    own->new_arm = newer;
    return own;
}

static void compare_arm(struct breaking *b, const char *type, const struct idl_union *choice,
                        const struct idl_union_arm *older, const struct breaking_way *way)
{
    const struct idl_union_arm *same = find_arm(choice, older->number, NULL);
    const struct idl_union_arm *named = find_arm(choice, 0, older->decl.name);
    const char *name = breaking_quote(b, older->decl.name);
    bool moved = named != NULL && named != same && !older->decl.removed;
    const struct idl_decl *place = moved          ? &named->decl
                                   : same != NULL ? &same->decl
                                                  : &choice->decl;
    const char *element = breaking_element(b, type, older->decl.name);
    enum breaking_rule_id rule = BREAKING_RULE_COUNT;
    struct breaking_finding *finding;
    const char *text = "";

    if (moved) {
        rule = BREAKING_ARM_RENUMBERED;
        text = join(b->memory, name, " was ", decimal(b->memory, older->number), ", is ",
                    decimal(b->memory, named->number), NULL);
    } else if (same == NULL) {
        rule = BREAKING_ARM_REMOVED;
        text = join(b->memory, name, " is gone, and anything may take its number", NULL);
    } else if (same->decl.removed && !older->decl.removed) {
        rule = BREAKING_ARM_RETIRED;
        text = join(b->memory, name, " is gone", NULL);
    } else if (named == NULL && !older->decl.removed) {
        rule = BREAKING_ARM_RENAMED;
        text = join(b->memory, "where ", name, " was, there is ",
                    breaking_quote(b, same->decl.name), NULL);
    }
    if (rule != BREAKING_RULE_COUNT) {
        finding = breaking_add(b, rule, element, &older->decl, place, text);
        finding->before_text = "it was here";
        finding->advice = rule == BREAKING_ARM_RENUMBERED ? "a number is for one table for ever"
                          : rule == BREAKING_ARM_RENAMED
                              ? "a table in its place takes a new number"
                              : "leave it, and say 'until' the last version that has it";
        finding->way = arm_way(b, way, older,
                               moved                          ? same
                               : rule == BREAKING_ARM_RENAMED ? same
                                                              : NULL);
        finding->probe = BREAKING_VALUE;
        if (rule == BREAKING_ARM_REMOVED && older->decl.removed)
            finding->categories = BREAKING_WIRE;
        if (finding->categories & BREAKING_WIRE)
            finding->directions = moved ? BREAKING_BOTH : BREAKING_OLD_BYTES;
    }
    if (!moved && same != NULL) {
        breaking_lifetime(b, breaking_element(b, type, same->decl.name), &choice->decl,
                          &older->decl, &same->decl);
        breaking_table(b, older->table, same->table,
                       older->decl.removed || same->decl.removed ? NULL
                                                                 : arm_way(b, way, older, same));
    }
}

void breaking_union(struct breaking *b, const struct idl_union *older,
                    const struct idl_union *newer, const struct breaking_way *way)
{
    const char *element = breaking_name(b, &newer->decl);

    if (!begin(b, &older->decl, &newer->decl))
        return;
    for (uint32_t i = 0; i < older->arm_count + older->gone_count; i++)
        compare_arm(b, element, newer, &older->arms[i], way);
    for (uint32_t i = 0; i < newer->arm_count + newer->gone_count; i++) {
        const struct idl_union_arm *arm = &newer->arms[i];

        if (find_arm(older, arm->number, NULL) == NULL &&
            find_arm(older, 0, arm->decl.name) == NULL)
            breaking_lifetime(b, breaking_element(b, element, arm->decl.name), &older->decl, NULL,
                              &arm->decl);
    }
}

/* ---- by name ---- */

/* A declared type of any kind; the declaration tells them apart by address. */
struct named {
    const char *kind;
    const struct idl_enum *enumeration;
    const struct idl_table *table;
    const struct idl_union *choice;
};

static const struct idl_decl *decl_of(const struct named *type)
{
    if (type->enumeration != NULL)
        return &type->enumeration->decl;
    return type->table != NULL ? &type->table->decl : &type->choice->decl;
}

static struct named *list_types(struct breaking *b, const struct idl_bus *bus, size_t *count)
{
    struct named *types;
    size_t at = 0;

    *count = (size_t)bus->enum_count + bus->table_count + bus->union_count;
    types = allocate(b->memory, (*count + 1) * sizeof(*types));
    for (uint32_t i = 0; i < bus->enum_count; i++)
        types[at++] =
            (struct named){bus->enums[i]->flags ? "flags" : "an enum", bus->enums[i], NULL, NULL};
    for (uint32_t i = 0; i < bus->table_count; i++)
        types[at++] = (struct named){bus->tables[i]->fixed ? "a struct" : "a table", NULL,
                                     bus->tables[i], NULL};
    for (uint32_t i = 0; i < bus->union_count; i++)
        types[at++] = (struct named){"a union", NULL, NULL, bus->unions[i]};
    return types;
}

static void compare_types(struct breaking *b, const struct named *older, const struct named *newer)
{
    if (older->enumeration != NULL)
        breaking_enum(b, older->enumeration, newer->enumeration, NULL);
    else if (older->table != NULL)
        breaking_table(b, older->table, newer->table, NULL);
    else
        breaking_union(b, older->choice, newer->choice, NULL);
}

void breaking_types(struct breaking *b)
{
    size_t old_count;
    size_t new_count;
    const struct named *older = list_types(b, b->old_bus, &old_count);
    const struct named *newer = list_types(b, b->new_bus, &new_count);
    struct breaking_index names = breaking_index_make(b->memory, new_count);

    for (size_t i = 0; i < new_count; i++)
        names.entries[i] = (struct breaking_entry){decl_of(&newer[i])->name, 0, &newer[i]};
    breaking_index_sort(&names);
    for (size_t i = 0; i < old_count; i++) {
        const struct idl_decl *decl = decl_of(&older[i]);
        const struct named *same = breaking_find_name(&names, decl->name);
        struct breaking_finding *finding;

        if (same != NULL && strcmp(same->kind, older[i].kind) == 0) {
            compare_types(b, &older[i], same);
            continue;
        }
        if (!breaking_pair_add(&b->pairs, decl, b))
            continue; /* it lives on under another name */
        finding = breaking_add(
            b, BREAKING_TYPE_REMOVED, breaking_name(b, decl), decl,
            same != NULL ? decl_of(same) : &b->new_bus->decl,
            same != NULL ? join(b->memory, breaking_quote(b, decl->name), " was ", older[i].kind,
                                ", is ", same->kind, NULL)
                         : join(b->memory, breaking_quote(b, decl->name), " is gone", NULL));
        finding->before_text = join(b->memory, "it was ", older[i].kind, NULL);
        finding->advice = "programs name it: leave it until they do not";
    }
}
