/*
 * bfbs.c - x.bfbs: x.fbs and what it includes as a FlatBuffer of the schema reflection.fbs, for
 * programs that look at bytes whose schema they learn at run time.
 *
 * It says what `flatc --schema --binary --bfbs-filenames FOLDER` says, FOLDER being that of x.fbs.
 * What flatc 2.0.8 leaves out or gets wrong is the same here; a test compares them.
 */
#include "emit/emit.h"
#include "emit/fbs_model.h"
#include "emit/flat.h"
#include "set.h"

#include <stdlib.h>
#include <string.h>

/* Slots of the tables of reflection.fbs. */
enum { TYPE_BASE, TYPE_ELEMENT, TYPE_INDEX, TYPE_LENGTH, TYPE_BASE_SIZE, TYPE_ELEMENT_SIZE };
enum { VALUE_NAME, VALUE_VALUE, VALUE_OBJECT_GONE, VALUE_TYPE };
enum {
    ENUM_NAME,
    ENUM_VALUES,
    ENUM_IS_UNION,
    ENUM_TYPE,
    ENUM_ATTRIBUTES,
    ENUM_DOCUMENTATION,
    ENUM_FILE
};
enum {
    FIELD_NAME,
    FIELD_TYPE,
    FIELD_ID,
    FIELD_OFFSET,
    FIELD_INTEGER,
    FIELD_REAL,
    FIELD_DEPRECATED,
    FIELD_OPTIONAL = 11,
    FIELD_PADDING
};
enum { OBJECT_NAME, OBJECT_FIELDS, OBJECT_IS_STRUCT, OBJECT_ALIGN, OBJECT_SIZE, OBJECT_FILE = 7 };
enum {
    SCHEMA_OBJECTS,
    SCHEMA_ENUMS,
    SCHEMA_IDENTIFIER,
    SCHEMA_EXTENSION,
    SCHEMA_SERVICES = 5,
    SCHEMA_FEATURES,
    SCHEMA_FILES
};
enum { FILE_NAME, FILE_INCLUDED };
enum { FEATURE_ARRAYS = 1, FEATURE_OPTIONAL_SCALARS = 4 };

/* A declaration of any of the files, or such a file. */
struct named {
    const char *name; /* in full; of a file: "//shop.fbs" */
    flat_ref file;
    const struct idl_bus *bus;
    const struct fbs_object *object;
    const struct fbs_enum *enumeration;
};

struct names {
    struct named *items; /* sorted by name: their places are indices */
    uint32_t count;
    uint32_t capacity;
};

struct reflection {
    struct emitter *e;
    struct flat flat;
    struct names objects;
    struct names enums;
    struct names files;
    struct set seen;
    uint64_t features;
};

/* ---- all files ------------------------------------------------------------------------------- */

static void add_name(struct names *names, struct named item)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity != 0 ? names->capacity * 2 : 64;
        names->items = must_reallocate(names->items, names->capacity * sizeof(*names->items));
    }
    names->items[names->count++] = item;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void sort_names(struct names *names)
{
    if (names->count != 0)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
}

/* -1: it is none of them. */
static uint32_t index_of(const struct names *names, const char *name)
{
    struct named wanted = {.name = name};
    const struct named *found = names->count != 0 ? bsearch(&wanted, names->items, names->count,
                                                            sizeof(*names->items), compare_names)
                                                  : NULL;

    return found != NULL ? (uint32_t)(found - names->items) : UINT32_MAX;
}

/* As flatc names a file that lies beside the first one. */
static const char *file_name(struct reflection *r, const struct idl_bus *bus)
{
    return join(r->e->memory, "//", name_stem(r->e->memory, bus->file->path), ".fbs", NULL);
}

static void add_file(struct reflection *r, const struct idl_bus *bus)
{
    struct memory *memory = r->e->memory;
    struct named item = {.name = file_name(r, bus), .bus = bus};
    struct fbs_model model;

    if (!set_add(&r->seen, bus))
        return;
    item.file = flat_string(&r->flat, item.name);
    add_name(&r->files, item);
    model = fbs_model_of(memory, bus);
    for (uint32_t i = 0; i < model.object_count; i++) {
        item.name = fbs_full_name(memory, bus, model.objects[i].name);
        item.object = &model.objects[i];
        add_name(&r->objects, item);
    }
    for (uint32_t i = 0; i < model.enum_count; i++) {
        item.name = fbs_full_name(memory, bus, model.enums[i].name);
        item.enumeration = &model.enums[i];
        add_name(&r->enums, item);
    }
    for (uint32_t i = 0; i < bus->import_count; i++)
        add_file(r, bus->imports[i]);
}

/* ---- types ----------------------------------------------------------------------------------- */

static unsigned size_of(enum fbs_base base)
{
    switch (base) {
    case FBS_SHORT:
    case FBS_USHORT:
        return 2;
    case FBS_LONG:
    case FBS_ULONG:
    case FBS_DOUBLE:
        return 8;
    default:
        return base <= FBS_UBYTE ? 1 : 4;
    }
}

static flat_ref put_type(struct flat *flat, enum fbs_base base, enum fbs_base element,
                         uint32_t index, uint32_t length)
{
    flat_begin(flat);
    flat_scalar(flat, TYPE_INDEX, 4, index, UINT32_MAX);
    flat_scalar(flat, TYPE_BASE_SIZE, 4, size_of(base), 4);
    flat_scalar(flat, TYPE_ELEMENT_SIZE, 4, size_of(element), 0);
    flat_scalar(flat, TYPE_LENGTH, 2, length, 0);
    flat_scalar(flat, TYPE_BASE, 1, base, FBS_NONE);
    flat_scalar(flat, TYPE_ELEMENT, 1, element, FBS_NONE);
    return flat_end(flat);
}

static flat_ref put_field_type(struct reflection *r, const struct fbs_field *field)
{
    uint32_t index = UINT32_MAX;

    if (field->full != NULL)
        index = index_of(field->base == FBS_OBJECT ? &r->objects : &r->enums, field->full);
    if (field->shape == IDL_ONE)
        return put_type(&r->flat, field->base, FBS_NONE, index, 0);
    return put_type(&r->flat, field->shape == IDL_VECTOR ? FBS_VECTOR : FBS_ARRAY, field->base,
                    index, field->shape == IDL_VECTOR ? 0 : field->count);
}

/* ---- fields and objects ---------------------------------------------------------------------- */

/* As flatc reads the default from the text of x.fbs; an integer beyond 63 bits is 0 for it. */
static void put_preset(struct reflection *r, const struct fbs_field *field)
{
    uint64_t bits = 0;
    double real = 0;

    if (field->preset == 0)
        return;
    if (field->base == FBS_FLOAT || field->base == FBS_DOUBLE) {
        real = strtod(fbs_preset_text(r->e->memory, field), NULL);
        memcpy(&bits, &real, sizeof(bits));
        flat_scalar(&r->flat, FIELD_REAL, 8, bits, 0);
        return;
    }
    bits = (uint64_t)fbs_integer(field->preset_kind, field->preset);
    if (field->base == FBS_ULONG && bits > INT64_MAX)
        bits = 0;
    flat_scalar(&r->flat, FIELD_INTEGER, 8, bits, 0);
}

/* `type`: of a union's tag, which has no description of its own; 0: it is not one. */
static flat_ref put_field(struct reflection *r, const struct fbs_object *object,
                          const struct fbs_field *field, bool tag)
{
    struct flat *flat = &r->flat;
    uint32_t next = field->id + 1 < object->field_count ? field[1].slot : object->size;
    uint32_t id = field->id - (tag ? 1 : 0);
    bool scalar = tag || (field->shape == IDL_ONE && field->base <= FBS_DOUBLE);
    flat_ref name =
        flat_string(flat, tag ? join(r->e->memory, field->name, "_type", NULL) : field->name);
    flat_ref type = tag ? put_type(flat, FBS_UTYPE, FBS_NONE, index_of(&r->enums, field->full), 0)
                        : put_field_type(r, field);

    flat_begin(flat);
    put_preset(r, field);
    flat_reference(flat, FIELD_NAME, name);
    flat_reference(flat, FIELD_TYPE, type);
    flat_scalar(flat, FIELD_ID, 2, id, 0);
    flat_scalar(flat, FIELD_OFFSET, 2, object->fixed ? field->slot : 4 + 2 * id, 0);
    if (object->fixed)
        flat_scalar(flat, FIELD_PADDING, 2, next - field->slot - field->size, 0);
    flat_scalar(flat, FIELD_DEPRECATED, 1, field->deprecated, 0);
    flat_scalar(flat, FIELD_OPTIONAL, 1, !scalar || (!tag && field->optional), 0);
    if (field->optional)
        r->features |= FEATURE_OPTIONAL_SCALARS;
    if (field->shape == IDL_ARRAY)
        r->features |= FEATURE_ARRAYS;
    return flat_end(flat);
}

struct field_order {
    const char *name;
    flat_ref at;
};

static int compare_fields(const void *a, const void *b)
{
    return strcmp(((const struct field_order *)a)->name, ((const struct field_order *)b)->name);
}

static flat_ref put_object(struct reflection *r, const struct named *named)
{
    const struct fbs_object *object = named->object;
    struct field_order *order =
        must_allocate((2 * (size_t)object->field_count + 1) * sizeof(*order));
    flat_ref *fields = must_allocate((2 * (size_t)object->field_count + 1) * sizeof(*fields));
    flat_ref name = flat_string(&r->flat, named->name), all;
    uint32_t count = 0;

    for (uint32_t i = 0; i < object->field_count; i++) {
        const struct fbs_field *field = &object->fields[i];

        order[count].name = field->name;
        order[count++].at = put_field(r, object, field, false);
        if (field->base != FBS_UNION)
            continue;
        order[count].name = join(r->e->memory, field->name, "_type", NULL);
        order[count++].at = put_field(r, object, field, true);
    }
    qsort(order, count, sizeof(*order), compare_fields);
    for (uint32_t i = 0; i < count; i++)
        fields[i] = order[i].at;
    all = flat_vector(&r->flat, fields, count);
    flat_begin(&r->flat);
    flat_reference(&r->flat, OBJECT_NAME, name);
    flat_reference(&r->flat, OBJECT_FIELDS, all);
    flat_reference(&r->flat, OBJECT_FILE, named->file);
    flat_scalar(&r->flat, OBJECT_ALIGN, 4, object->fixed ? object->align : 1, 0);
    flat_scalar(&r->flat, OBJECT_SIZE, 4, object->fixed ? object->size : 0, 0);
    flat_scalar(&r->flat, OBJECT_IS_STRUCT, 1, object->fixed, 0);
    free(order);
    free(fields);
    return flat_end(&r->flat);
}

/* ---- enums and unions ------------------------------------------------------------------------ */

static flat_ref put_value(struct reflection *r, const char *text, int64_t value, const char *arm)
{
    flat_ref name = flat_string(&r->flat, text);
    flat_ref type = put_type(&r->flat, arm != NULL ? FBS_OBJECT : FBS_NONE, FBS_NONE,
                             arm != NULL ? index_of(&r->objects, arm) : UINT32_MAX, 0);

    flat_begin(&r->flat);
    flat_scalar(&r->flat, VALUE_VALUE, 8, (uint64_t)value, 0);
    flat_reference(&r->flat, VALUE_NAME, name);
    flat_reference(&r->flat, VALUE_TYPE, type);
    return flat_end(&r->flat);
}

static flat_ref put_enum(struct reflection *r, const struct named *named)
{
    const struct fbs_enum *enumeration = named->enumeration;
    flat_ref *values = must_allocate(((size_t)enumeration->value_count + 1) * sizeof(*values));
    flat_ref name = flat_string(&r->flat, named->name), all, type;
    uint32_t count = 0;

    if (enumeration->choice)
        values[count++] = put_value(r, "NONE", 0, NULL);
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct fbs_value *value = &enumeration->values[i];
        int64_t number = enumeration->flags ? (int64_t)(UINT64_C(1) << value->value) : value->value;

        values[count++] = put_value(r, value->name, number, value->full);
    }
    all = flat_vector(&r->flat, values, count);
    type = put_type(&r->flat, enumeration->base, FBS_NONE, index_of(&r->enums, named->name), 0);
    flat_begin(&r->flat);
    flat_reference(&r->flat, ENUM_NAME, name);
    flat_reference(&r->flat, ENUM_VALUES, all);
    flat_reference(&r->flat, ENUM_TYPE, type);
    flat_reference(&r->flat, ENUM_FILE, named->file);
    flat_scalar(&r->flat, ENUM_IS_UNION, 1, enumeration->choice, 0);
    free(values);
    return flat_end(&r->flat);
}

/* ---- files ----------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static flat_ref put_file(struct reflection *r, const struct named *named)
{
    uint32_t count = named->bus->import_count;
    const char **included = must_allocate(((size_t)count + 1) * sizeof(*included));
    flat_ref *items = must_allocate(((size_t)count + 1) * sizeof(*items));
    flat_ref all;

    for (uint32_t i = 0; i < count; i++)
        included[i] = file_name(r, named->bus->imports[i]);
    qsort(included, count, sizeof(*included), compare_texts);
    for (uint32_t i = 0; i < count; i++)
        items[i] = r->files.items[index_of(&r->files, included[i])].file;
    all = flat_vector(&r->flat, items, count);
    flat_begin(&r->flat);
    flat_reference(&r->flat, FILE_NAME, named->file);
    flat_reference(&r->flat, FILE_INCLUDED, all);
    free(included);
    free(items);
    return flat_end(&r->flat);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static flat_ref put_all(struct reflection *r, const struct names *names,
                        flat_ref (*put_one)(struct reflection *, const struct named *))
{
    flat_ref *items = must_allocate(((size_t)names->count + 1) * sizeof(*items));
    flat_ref all;

    for (uint32_t i = 0; i < names->count; i++)
        items[i] = put_one(r, &names->items[i]);
    all = flat_vector(&r->flat, items, names->count);
    free(items);
    return all;
}

void emit_bfbs(struct emitter *e)
{
    struct reflection r = {.e = e, .flat = {.memory = e->memory}};
    flat_ref objects, enums, services, files, empty;

    add_file(&r, e->bus);
    sort_names(&r.objects);
    sort_names(&r.enums);
    sort_names(&r.files);
    empty = flat_string(&r.flat, "");
    objects = put_all(&r, &r.objects, put_object);
    enums = put_all(&r, &r.enums, put_enum);
    files = put_all(&r, &r.files, put_file);
    services = flat_vector(&r.flat, NULL, 0);
    flat_begin(&r.flat);
    flat_scalar(&r.flat, SCHEMA_FEATURES, 8, r.features, 0);
    flat_reference(&r.flat, SCHEMA_OBJECTS, objects);
    flat_reference(&r.flat, SCHEMA_ENUMS, enums);
    flat_reference(&r.flat, SCHEMA_IDENTIFIER, empty);
    flat_reference(&r.flat, SCHEMA_EXTENSION, empty);
    flat_reference(&r.flat, SCHEMA_SERVICES, services);
    flat_reference(&r.flat, SCHEMA_FILES, files);
    flat_finish(&r.flat, flat_end(&r.flat), "BFBS");
    put_bytes(e->out, (const char *)r.flat.bytes + r.flat.capacity - r.flat.size, r.flat.size);
    free(r.objects.items);
    free(r.enums.items);
    free(r.files.items);
    set_free(&r.seen);
}
