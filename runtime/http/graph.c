/* http/graph.c - who handles, listens to and emits what: the schema as it is attached. */
#include "http/server.h"

#include <stdlib.h>

#include <bus/account.h>
#include <bus/components.h>
#include <bus/schema.h>

#include "http/words.h"

enum { COMPONENTS_MOST = 1000 };

struct graph {
    struct json json;
    struct bus *bus;
    const struct bus_component **components; /* COMPONENTS_MOST of them */
    uint32_t count;
    bool more;
};

/* One that is attached many times, to sessions say, is one. */
static void note(void *context, const struct bus_component *component, struct bus_session session)
{
    struct graph *graph = context;

    (void)session;
    for (uint32_t i = 0; i < graph->count; i++)
        if (graph->components[i] == component)
            return;
    graph->more = graph->more || graph->count == COMPONENTS_MOST;
    if (graph->count < COMPONENTS_MOST)
        graph->components[graph->count++] = component;
}

static void show_bindings(struct json *json, const struct bus_component *component, bool commands)
{
    json_open(json, commands ? "handles" : "listens", '[');
    for (uint32_t i = 0; i < component->binding_count; i++)
        if ((component->bindings[i].type->kind == BUS_COMMAND) == commands)
            json_text(json, NULL, component->bindings[i].type->name);
    json_close(json, ']');
}

static void show_component(struct json *json, const struct bus_component *component)
{
    json_open(json, NULL, '{');
    json_text(json, "name", component->name);
    json_bool(json, "concurrent", component->concurrent);
    show_bindings(json, component, true);
    show_bindings(json, component, false);
    json_open(json, "emits", '[');
    for (uint32_t i = 0; i < component->emit_count; i++)
        json_text(json, NULL, component->emits[i]->name);
    json_close(json, ']');
    json_close(json, '}');
}

static bool is_listened_to(const struct graph *graph, const struct bus_message_type *type)
{
    for (uint32_t i = 0; i < graph->count; i++)
        for (uint32_t k = 0; k < graph->components[i]->binding_count; k++)
            if (graph->components[i]->bindings[k].type == type)
                return true;
    return false;
}

/* The bus's own events only if anybody cares for them. */
static void show_message(void *context, const struct bus_message_type *type)
{
    struct graph *graph = context;
    struct json *json = &graph->json;
    struct bus_account account;

    if (type->kind == BUS_SYSTEM_EVENT && !is_listened_to(graph, type) &&
        (bus_account(graph->bus, type, &account) != BUS_OK || account.accepted == 0))
        return;
    json_open(json, NULL, '{');
    json_text(json, "name", type->name);
    json_text(json, "kind", words_kind(type->kind));
    json_text(json, "priority", words_priority(type->priority));
    json_bool(json, "durable", (type->flags & BUS_TYPE_DURABLE) != 0);
    json_bool(json, "key", type->key != NULL);
    json_close(json, '}');
}

enum MHD_Result http_graph(struct http_request *request)
{
    struct page page = {0};
    struct graph graph = {.bus = request->server->bus,
                          .components = malloc(COMPONENTS_MOST * sizeof *graph.components)};
    struct json *json = &graph.json;

    page.failed = graph.components == NULL;
    if (!page.failed)
        (void)bus_components_each(graph.bus, note, &graph);
    json_begin(json, &page);
    json_open(json, NULL, '{');
    json_text(json, "bus", bus_name(graph.bus));
    json_open(json, "components", '[');
    for (uint32_t i = 0; i < graph.count; i++)
        show_component(json, graph.components[i]);
    json_close(json, ']');
    json_bool(json, "more", graph.more);
    json_open(json, "messages", '[');
    (void)bus_types_each(graph.bus, show_message, &graph);
    json_close(json, ']');
    json_close(json, '}');
    free(graph.components);
    return http_answer_json(request, MHD_HTTP_OK, json);
}
