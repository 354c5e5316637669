/*
 * same.c - whether two models say the same, comments and positions aside.
 *
 * Both are written down, each part with all that it says, and the texts are compared: nothing that
 * the writing leaves out can be forgotten in a comparison of its own.
 */
#include "breaking/internal.h"

#include "writer.h"

#include <string.h>

static void word(struct writer *out, const char *text)
{
    put(out, text != NULL ? text : "-");
    put(out, " ");
}

static void number(struct writer *out, uint64_t value)
{
    put_number(out, value);
    put(out, " ");
}

static void decl(struct writer *out, const char *kind, const struct idl_decl *d)
{
    put(out, "\n");
    word(out, kind);
    word(out, d->name);
    word(out, d->was);
    number(out, d->since);
    number(out, d->until);
}

static void named(struct writer *out, const struct idl_decl *d)
{
    word(out, d->file->bus->decl.name);
    word(out, d->name);
}

static void field(struct writer *out, const struct idl_field *f)
{
    decl(out, "field", &f->decl);
    number(out, f->number);
    number(out, f->type.kind);
    number(out, f->type.shape);
    number(out, f->type.optional);
    number(out, f->type.max);
    number(out, f->type.count);
    if (f->type.enumeration != NULL && (f->type.kind == IDL_ENUM || f->type.kind == IDL_FLAGS))
        named(out, &f->type.enumeration->decl);
    else if (f->type.kind == IDL_STRUCT || f->type.kind == IDL_TABLE)
        named(out, &f->type.table->decl);
    else if (f->type.kind == IDL_UNION)
        named(out, &f->type.choice->decl);
    number(out, f->key);
    number(out, f->secret);
    number(out, f->preset);
}

static void table(struct writer *out, const char *kind, const struct idl_table *t)
{
    decl(out, kind, &t->decl);
    number(out, t->highest_number);
    for (uint32_t i = 0; i < t->field_count; i++)
        field(out, &t->fields[i]);
}

static void types(struct writer *out, const struct idl_bus *bus)
{
    for (uint32_t i = 0; i < bus->const_count; i++) {
        decl(out, "const", &bus->consts[i]->decl);
        number(out, bus->consts[i]->kind);
        number(out, bus->consts[i]->bits);
        word(out, bus->consts[i]->text);
    }
    for (uint32_t i = 0; i < bus->enum_count; i++) {
        const struct idl_enum *e = bus->enums[i];

        decl(out, e->flags ? "flags" : "enum", &e->decl);
        number(out, e->base);
        for (uint32_t j = 0; j < e->value_count; j++) {
            decl(out, "value", &e->values[j].decl);
            number(out, (uint64_t)e->values[j].value);
        }
    }
    for (uint32_t i = 0; i < bus->table_count; i++)
        table(out, bus->tables[i]->fixed ? "struct" : "table", bus->tables[i]);
    for (uint32_t i = 0; i < bus->union_count; i++) {
        const struct idl_union *u = bus->unions[i];

        decl(out, "union", &u->decl);
        for (uint32_t j = 0; j < u->arm_count + u->gone_count; j++) {
            decl(out, "arm", &u->arms[j].decl);
            number(out, u->arms[j].number);
            named(out, &u->arms[j].table->decl);
        }
    }
}

static void policy(struct writer *out, const struct idl_policy *p)
{
    uint64_t factor;

    memcpy(&factor, &p->backoff_factor, sizeof(factor));
    number(out, p->retries);
    number(out, p->jitter);
    number(out, p->backoff_first_ns);
    number(out, p->backoff_most_ns);
    number(out, factor);
    number(out, p->retry_budget);
    number(out, p->breaker_failures);
    number(out, p->breaker_within_ns);
    number(out, p->breaker_open_ns);
    number(out, p->breaker_probes);
    word(out, p->breaker_name);
    number(out, p->on_open);
    number(out, p->timeout_ns);
    number(out, p->approval_ns);
    number(out, p->ordered);
    number(out, p->by_category);
    number(out, p->no_dead_letters);
}

static void message(struct writer *out, const struct idl_message *m)
{
    table(out, "message", &m->body);
    number(out, m->version);
    number(out, m->upgrades != NULL ? m->upgrades->version : 0);
    number(out, m->kind);
    number(out, m->priority);
    number(out, m->when_full);
    number(out, m->block_ns);
    number(out, m->deadline_ns);
    number(out, m->idempotent);
    number(out, m->durable);
    number(out, m->keep_last);
    number(out, m->rate);
    number(out, m->rate_ns);
    if (m->policy != NULL)
        policy(out, m->policy);
    for (uint32_t i = 0; i < m->answer_count; i++)
        table(out, "answer", &m->answers[i].body);
}

static void bindings(struct writer *out, const char *kind, const struct idl_binding *list,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put(out, "\n");
        word(out, kind);
        named(out, &list[i].message->body.decl);
        number(out, list[i].order);
        number(out, list[i].parallel);
        number(out, list[i].batch);
        number(out, list[i].batch_size);
        number(out, list[i].batch_ns);
        number(out, list[i].takes_ns);
    }
}

static void wiring(struct writer *out, const struct idl_bus *bus)
{
    for (uint32_t i = 0; i < bus->component_count; i++) {
        const struct idl_component *c = bus->components[i];

        decl(out, "component", &c->decl);
        number(out, c->concurrent);
        bindings(out, "handles", c->handles, c->handle_count);
        bindings(out, "listens", c->listens, c->listen_count);
        for (uint32_t j = 0; j < c->emit_count; j++)
            decl(out, "emits", &c->emits[j]->body.decl);
    }
    for (uint32_t i = 0; i < bus->program_count; i++) {
        decl(out, "program", &bus->programs[i]->decl);
        number(out, bus->programs[i]->memory_max);
        for (uint32_t j = 0; j < bus->programs[i]->run_count; j++)
            named(out, &bus->programs[i]->runs[j]->decl);
    }
}

static void describe(struct writer *out, const struct idl_bus *bus)
{
    decl(out, "bus", &bus->decl);
    number(out, bus->version);
    for (uint32_t i = 0; i < bus->import_count; i++)
        word(out, bus->imports[i]->decl.name);
    types(out, bus);
    for (uint32_t i = 0; i < bus->message_count + bus->older_count; i++)
        message(out, bus->messages[i]);
    wiring(out, bus);
}

static bool equal(struct writer *first, struct writer *second)
{
    bool same = first->size == second->size && memcmp(first->data, second->data, first->size) == 0;

    writer_free(first);
    writer_free(second);
    return same;
}

bool breaking_same(const struct idl_bus *a, const struct idl_bus *b)
{
    struct writer first = {0};
    struct writer second = {0};

    describe(&first, a);
    describe(&second, b);
    return equal(&first, &second);
}

bool breaking_same_files(const struct idl_bus *const *a, size_t a_count,
                         const struct idl_bus *const *b, size_t b_count)
{
    struct writer first = {0};
    struct writer second = {0};

    put(&first, " ");
    put(&second, " ");
    for (size_t i = 0; i < a_count; i++)
        describe(&first, a[i]);
    for (size_t i = 0; i < b_count; i++)
        describe(&second, b[i]);
    return equal(&first, &second);
}
