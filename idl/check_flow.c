/*
 * check_flow.c - what the components of a schema say together: events and commands that nobody
 * hears or emits, events that go round, retries that multiply. (P1, P2)
 *
 * A schema that declares messages alone says nothing about who uses them, and nothing is said about
 * it. Where a file declares components its messages are looked at; what only programs can tell, as
 * they name all that runs, is said of files with programs, and on demand.
 */
#include "flow.h"

#include "resolve.h"

#include <stdio.h>
#include <string.h>

enum {
    PATH_TOLD = 6,           /* names in the text of a finding; all are in its notes */
    PATH_BYTES = 400,        /* of these */
    AMPLIFICATION_MOST = 50, /* runs for one message that need no remark: retried in three places
                                with the default of 3 retries it is 64 */
    STEPS_MAX = 5000000,     /* of the search for listeners in other programs */
};

static const char *name_of(const struct flow *flow, uint32_t vertex)
{
    return flow->nodes[vertex]->decl.name;
}

/* The first edge by which a message is heard (listened to or handled); NULL: nobody hears it. */
static const struct flow_edge *first_heard(const struct flow *flow, uint32_t vertex)
{
    return flow->first[vertex] < flow->first[vertex + 1] ? &flow->edges[flow->first[vertex]] : NULL;
}

static const struct flow_edge *first_emitted(const struct flow *flow, uint32_t vertex)
{
    return flow->back_first[vertex] < flow->back_first[vertex + 1]
               ? flow->back[flow->back_first[vertex]]
               : NULL;
}

/* ---- messages of which nobody makes anything ---- */

/* What a file declares besides messages. */
struct contents {
    const struct node *component; /* its first */
    const struct node *program;
    const struct binding_node *emits;
};

static struct contents contents_of(const struct unit *unit)
{
    struct contents contents = {0};

    for (const struct node *node = unit->nodes; node; node = node->next) {
        if (node->kind == NODE_PROGRAM && !contents.program)
            contents.program = node;
        if (node->kind != NODE_COMPONENT)
            continue;
        if (!contents.component)
            contents.component = node;
        for (const struct binding_node *binding = node->bindings; binding && !contents.emits;
             binding = binding->next)
            if (binding->word == WORD_EMITS)
                contents.emits = binding;
    }
    return contents;
}

static void check_command(struct flow *flow, const struct node *node,
                          const struct contents *contents)
{
    struct idl_diagnostic *diagnostic;

    if (contents->program || first_heard(flow, flow_vertex(node)))
        return; /* check_wiring.c asks the programs */
    diagnostic = report(flow->context, RULE_COMMAND_WITHOUT_HANDLER, node->decl.span,
                        "no component handles command '%s'", node->decl.name);
    partner(diagnostic, contents->component->decl.span, "this file has components, as this one");
    advise(flow->context, diagnostic, "write 'handles %s;' in the one that does", node->decl.name);
}

static void check_event(struct flow *flow, const struct node *node, const struct contents *contents)
{
    const struct flow_edge *heard = first_heard(flow, flow_vertex(node));
    const struct flow_edge *emitted = first_emitted(flow, flow_vertex(node));
    struct idl_diagnostic *diagnostic;

    if (node->model.message->kind != IDL_DOMAIN_EVENT)
        return; /* others come from elsewhere, or go there */
    if (!heard && !emitted) {
        diagnostic = report(flow->context, RULE_EVENT_DEAD, node->decl.span,
                            "no component listens to event '%s' or emits it", node->decl.name);
        partner(diagnostic, contents->component->decl.span,
                "this file has components, as this one");
        advise(flow->context, diagnostic, "write 'listens %s;' in one, or remove the event",
               node->decl.name);
    } else if (!heard && (contents->program || flow->context->options->lint)) {
        diagnostic = report(flow->context, RULE_EVENT_UNHEARD, node->decl.span,
                            "nobody listens to event '%s'", node->decl.name);
        partner(diagnostic, emitted->binding->name.span, "it is emitted here");
        advise(flow->context, diagnostic,
               "write 'listens %s;' in a component; 'kind integration' says that others do",
               node->decl.name);
    } else if (!emitted && contents->emits) {
        diagnostic = report(flow->context, RULE_EVENT_UNEMITTED, node->decl.span,
                            "no component emits event '%s'", node->decl.name);
        partner(diagnostic, heard->binding->name.span, "it is listened to here");
        advise(flow->context, diagnostic,
               "write 'emits %s;' in one; 'kind integration' says that it comes from elsewhere",
               node->decl.name);
    }
}

/* Of the main file: imported ones are used by others, too. */
static void check_used(struct flow *flow)
{
    const struct unit *unit = flow->context->units.items[0];
    struct contents contents = contents_of(unit);

    for (const struct node *node = unit->nodes; node && contents.component && !flow->broken;
         node = node->next)
        if (node->kind == NODE_COMMAND)
            check_command(flow, node, &contents);
        else if (node->kind == NODE_EVENT)
            check_event(flow, node, &contents);
}

/* ---- circles ---- */

/* Appends " -> name", or "..." when there are too many. */
static void tell_name(char text[PATH_BYTES], uint32_t told, const char *name)
{
    size_t size = strlen(text);

    if (told < PATH_TOLD)
        snprintf(text + size, PATH_BYTES - size, "%s%s", told ? " -> " : "", name);
    else if (told == PATH_TOLD)
        snprintf(text + size, PATH_BYTES - size, " -> ...");
}

static void note_edge(struct flow *flow, struct idl_diagnostic *diagnostic,
                      const struct flow_edge *edge)
{
    bool emits = edge->binding->word == WORD_EMITS;

    add_note(flow->context, diagnostic, edge->binding->name.span, "'%s' %s '%s'",
             name_of(flow, emits ? edge->from : edge->to),
             emits                                 ? "emits"
             : edge->binding->word == WORD_LISTENS ? "listens to"
                                                   : "handles",
             name_of(flow, emits ? edge->to : edge->from));
}

/* The way back to `start` inside of its circle, breadth first: came[v] is the edge by which v was
 * reached. False when there is none. */
static bool way_back(struct flow *flow, uint32_t start, const struct flow_edge **came,
                     uint32_t *queue)
{
    uint32_t head = 0;
    uint32_t tail = 0;

    queue[tail++] = start;
    while (head < tail) {
        uint32_t vertex = queue[head++];

        for (uint32_t i = flow->first[vertex]; i < flow->first[vertex + 1]; i++) {
            const struct flow_edge *edge = &flow->edges[i];

            if (flow->circles[edge->to] != flow->circles[start] || came[edge->to])
                continue;
            came[edge->to] = edge;
            if (edge->to == start)
                return true;
            queue[tail++] = edge->to;
        }
    }
    return false;
}

static void tell_circle(struct flow *flow, uint32_t start, const struct flow_edge **came)
{
    struct context *context = flow->context;
    const struct flow_edge **way;
    struct idl_diagnostic *diagnostic;
    char text[PATH_BYTES] = "";
    uint32_t length = 0;
    uint32_t at = start;
    uint32_t told = 0;

    do {
        at = came[at]->from;
        length++;
    } while (at != start);
    way = arena_take(context->arena, length * sizeof(struct flow_edge *));
    for (uint32_t i = length; i > 0; i--) {
        way[i - 1] = came[at];
        at = came[at]->from;
    }
    for (uint32_t i = 0; i < length; i += 2)
        tell_name(text, told++, name_of(flow, way[i]->from));
    diagnostic = report(context, RULE_EVENT_STORM, way[0]->binding->name.span,
                        "events can go round for ever: %s -> %s", text, name_of(flow, start));
    for (uint32_t i = 0; i < length; i++)
        note_edge(flow, diagnostic, way[i]);
    advise(context, diagnostic,
           "where handlers make sure that it ends say so, as '// lint: off event-storm it counts "
           "down'");
}

static void check_circles(struct flow *flow)
{
    struct idl_arena *arena = flow->context->arena;
    const struct flow_edge **came;
    uint32_t *queue;
    bool *seen;

    if (!lint_wants(flow->context, RULE_EVENT_STORM))
        return;
    came = arena_take(arena, flow->count * sizeof(struct flow_edge *) + 1);
    queue = arena_take(arena, flow->count * sizeof *queue + 1);
    seen = arena_take(arena, flow->count + 2);
    /* each circle once, from its first message */
    for (uint32_t vertex = 0; vertex < flow->message_count; vertex++) {
        if (seen[flow->circles[vertex]])
            continue;
        seen[flow->circles[vertex]] = true;
        if (way_back(flow, vertex, came, queue))
            tell_circle(flow, vertex, came);
    }
}

/* ---- retries that multiply ---- */

/* How often a handler can run for one message. A budget bounds it where many are retried. */
static double runs_of(const struct node *node)
{
    const struct idl_policy *policy = node->model.message->policy;
    double runs;

    if (!policy)
        return 1;
    runs = 1 + (double)(policy->by_category ? 3 : policy->retries);
    if (policy->retry_budget && runs > 1 + policy->retry_budget / 100.0)
        runs = 1 + policy->retry_budget / 100.0;
    return runs;
}

struct amplified {
    double runs;                  /* of its handlers, for one message at the beginning */
    const struct flow_edge *from; /* the edge by which it is reached at its most */
};

static void tell_runs(struct flow *flow, const struct amplified *amplified, uint32_t vertex)
{
    struct idl_diagnostic *diagnostic;
    uint32_t at = vertex;
    uint32_t length = 1;
    uint32_t *way;

    for (; amplified[at].from; at = amplified[at].from->from)
        length++;
    way = arena_take(flow->context->arena, length * sizeof *way);
    for (uint32_t i = 0, back = vertex; i < length; i++) {
        way[i] = back;
        back = amplified[back].from ? amplified[back].from->from : back;
    }
    diagnostic = report(flow->context, RULE_RETRY_AMPLIFICATION, flow->nodes[vertex]->decl.span,
                        "retries multiply: one '%s' can lead to %.4g runs for '%s'",
                        name_of(flow, at), amplified[vertex].runs, name_of(flow, vertex));
    for (uint32_t i = length; i > 0; i--) {
        at = way[i - 1];
        if (amplified[at].from)
            note_edge(flow, diagnostic, amplified[at].from);
        if (at < flow->message_count && runs_of(flow->nodes[at]) > 1)
            add_note(flow->context, diagnostic, flow->nodes[at]->decl.span,
                     "'%s' is run up to %.4g times", name_of(flow, at), runs_of(flow->nodes[at]));
    }
    advise(flow->context, diagnostic,
           "retry in one place of the way, or bound it: 'retry 3 budget 20'");
}

/* What leads to `vertex` was computed. */
static void amplify(struct flow *flow, struct amplified *amplified, uint32_t vertex)
{
    struct amplified *mine = &amplified[vertex];
    double own = vertex < flow->message_count ? runs_of(flow->nodes[vertex]) : 1;
    double before;

    for (uint32_t i = flow->back_first[vertex]; i < flow->back_first[vertex + 1]; i++) {
        const struct flow_edge *edge = flow->back[i];

        if (flow->circles[edge->from] != flow->circles[vertex] &&
            amplified[edge->from].runs > mine->runs) {
            mine->runs = amplified[edge->from].runs;
            mine->from = edge;
        }
    }
    before = mine->runs > 0 ? mine->runs : 1;
    mine->runs = before * own;
    if (mine->runs > AMPLIFICATION_MOST && before <= AMPLIFICATION_MOST && before > 1 && own > 1 &&
        first_heard(flow, vertex))
        tell_runs(flow, amplified, vertex);
}

static void check_amplification(struct flow *flow)
{
    struct idl_arena *arena = flow->context->arena;
    struct amplified *amplified;
    uint32_t *starts; /* of each circle in `sorted` */
    uint32_t *sorted; /* vertices, what leads to one before it */

    if (!lint_wants(flow->context, RULE_RETRY_AMPLIFICATION))
        return;
    amplified = arena_take(arena, flow->count * sizeof *amplified + 1);
    starts = arena_take(arena, (flow->count + 2) * sizeof *starts);
    sorted = arena_take(arena, flow->count * sizeof *sorted + 1);
    /* circles got their numbers from the end of the ways to the beginning */
    for (uint32_t vertex = 0; vertex < flow->count; vertex++)
        starts[flow->count - flow->circles[vertex] + 1]++;
    for (uint32_t i = 1; i < flow->count + 1; i++)
        starts[i] += starts[i - 1];
    for (uint32_t vertex = 0; vertex < flow->count; vertex++)
        sorted[starts[flow->count - flow->circles[vertex]]++] = vertex;
    for (uint32_t i = 0; i < flow->count; i++)
        amplify(flow, amplified, sorted[i]);
}

/* ---- events between programs ---- */

struct programs {
    const struct node **of; /* of each component, the first program that runs it; NULL: none */
    uint32_t *stamps;       /* the last program that was seen to run it, from 1 */
    uint32_t steps;         /* that may still be done */
};

static void mark_runs(struct programs *programs, const struct node *program, uint32_t stamp)
{
    for (const struct binding_node *run = program->bindings; run; run = run->next) {
        const struct node *component = find_name(program->unit, &run->name);

        if (!component || component->kind != NODE_COMPONENT)
            continue;
        programs->stamps[flow_vertex(component)] = stamp;
        if (!programs->of[flow_vertex(component)])
            programs->of[flow_vertex(component)] = program;
    }
}

/* A listener in another program where none in this one is; NULL: it is fine. */
static const struct flow_edge *listener_elsewhere(const struct flow *flow,
                                                  struct programs *programs, uint32_t event,
                                                  uint32_t stamp)
{
    const struct flow_edge *elsewhere = NULL;

    for (uint32_t i = flow->first[event]; i < flow->first[event + 1] && programs->steps; i++) {
        const struct flow_edge *edge = &flow->edges[i];

        programs->steps--;
        if (programs->stamps[edge->to] == stamp)
            return NULL;
        if (!elsewhere && programs->of[edge->to])
            elsewhere = edge;
    }
    return programs->steps ? elsewhere : NULL;
}

static void check_crossing(struct flow *flow, struct programs *programs, const struct node *program,
                           uint32_t stamp)
{
    for (const struct binding_node *run = program->bindings; run; run = run->next) {
        const struct node *component = find_name(program->unit, &run->name);
        uint32_t vertex;

        if (!component || component->kind != NODE_COMPONENT)
            continue;
        vertex = flow_vertex(component);
        for (uint32_t i = flow->first[vertex]; i < flow->first[vertex + 1] && programs->steps;
             i++) {
            const struct flow_edge *emits = &flow->edges[i];
            const struct flow_edge *other;
            struct idl_diagnostic *diagnostic;

            programs->steps--;
            if (flow->nodes[emits->to]->model.message->kind != IDL_DOMAIN_EVENT)
                continue;
            other = listener_elsewhere(flow, programs, emits->to, stamp);
            if (!other)
                continue;
            diagnostic = report(flow->context, RULE_EVENT_OTHER_PROGRAM, emits->binding->name.span,
                                "program '%s' emits '%s', but only program '%s' listens to it",
                                program->decl.name, name_of(flow, emits->to),
                                programs->of[other->to]->decl.name);
            partner(diagnostic, other->binding->name.span, "it is listened to here");
            advise(flow->context, diagnostic,
                   "an event of 'kind integration' leaves its process; others do not");
        }
    }
}

/* Each program is a process, with a bus of its own. */
static void check_programs(struct flow *flow)
{
    struct idl_arena *arena = flow->context->arena;
    struct programs programs = {.steps = STEPS_MAX};

    programs.of = arena_take(arena, flow->count * sizeof(struct node *) + 1);
    programs.stamps = arena_take(arena, flow->count * sizeof *programs.stamps + 1);
    for (int pass = 0; pass < 2; pass++) {
        uint32_t stamp = 0;

        for (uint32_t i = 0; i < flow->context->units.count; i++) {
            const struct unit *unit = flow->context->units.items[i];

            for (const struct node *node = unit->nodes; node; node = node->next) {
                if (node->kind != NODE_PROGRAM)
                    continue;
                mark_runs(&programs, node, ++stamp);
                if (pass == 1 && !node->broken)
                    check_crossing(flow, &programs, node, stamp);
            }
        }
    }
}

void check_flow(struct context *context)
{
    struct flow flow;

    flow_build(context, &flow);
    if (flow.count == flow.message_count)
        return; /* no components */
    check_used(&flow);
    check_circles(&flow);
    check_amplification(&flow);
    check_programs(&flow);
}
