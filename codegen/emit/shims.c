/* shims.c - the typed functions of a header: thin shims over the engine of bus/schema.h. */
#include "emit/emit.h"

#include "layout.h"
#include "set.h"

enum { OWN_BYTES_MAX = 4096 }; /* larger answers need _execute_into */

/* ---- events ---------------------------------------------------------------------------------- */

static const char event_skeleton[] =
    "/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, "
    "and\n"
    " * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_publish(\n"
    "    struct bus *bus, const struct $P *message)\n"
    "{\n"
    "    return bus_publish_message(bus, &$P_type, message, NULL);\n"
    "}\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_publish_with(\n"
    "    struct bus *bus, const struct $P *message, const struct bus_message_options *options)\n"
    "{\n"
    "    return bus_publish_message(bus, &$P_type, message, options);\n"
    "}\n"
    "/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. "
    "*/\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_publish_many(\n"
    "    struct bus *bus, const struct $P *messages, uint32_t count,\n"
    "    const struct bus_message_options *options, uint32_t *accepted)\n"
    "{\n"
    "    return bus_publish_messages(bus, &$P_type, messages, sizeof(struct $P), count, options,\n"
    "                                accepted);\n"
    "}\n"
    "/* Publishes, then waits until the bus is idle. */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_publish_and_wait(\n"
    "    struct bus *bus, const struct $P *message, const struct bus_message_options *options,\n"
    "    uint64_t timeout_ns)\n"
    "{\n"
    "    return bus_publish_message_and_wait(bus, &$P_type, message, options, timeout_ns);\n"
    "}\n"
    "/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is\n"
    " * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_schedule(\n"
    "    struct bus *bus, const struct $P *message, const struct bus_schedule *when,\n"
    "    uint64_t *id)\n"
    "{\n"
    "    return bus_schedule_message(bus, &$P_type, message, NULL, when, id);\n"
    "}\n"
    "BUS_MUST_USE static inline enum bus_status $P_schedule_with(\n"
    "    struct bus *bus, const struct $P *message, const struct bus_message_options *options,\n"
    "    const struct bus_schedule *when, uint64_t *id)\n"
    "{\n"
    "    return bus_schedule_message(bus, &$P_type, message, options, when, id);\n"
    "}\n";

/* The place of a `keep last` event is known when it is published. */
static const char claim_skeleton[] =
    "/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are\n"
    " * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. "
    "*/\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_claim(\n"
    "    struct bus *bus, const struct $P *shape, const struct bus_message_options *options,\n"
    "    struct bus_claim *claim)\n"
    "{\n"
    "    return bus_claim_message(bus, &$P_type, shape, options, claim);\n"
    "}\n";

static const char subscribe_skeleton[] =
    "/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.\n"
    " * Serial unless `options` say otherwise. What it returns: bus_component_attach. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_subscribe(\n"
    "    struct bus *bus, $P_handler handler, void *context,\n"
    "    const struct bus_handler_options *options)\n"
    "{\n"
    "    return bus_register(bus, &$P_type, (bus_function)handler, context, options);\n"
    "}\n"
    "/* When it returns, the handler does not run and will not; see bus_component_detach. */\n"
    "static inline enum bus_status $P_unsubscribe(\n"
    "    struct bus *bus, $P_handler handler, void *context, struct bus_session session)\n"
    "{\n"
    "    return bus_unregister(bus, &$P_type, (bus_function)handler, context, session);\n"
    "}\n"
    "/* The same for a handler that takes many at once: bus/batch.h. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_subscribe_batch(\n"
    "    struct bus *bus, $P_batch_handler handler, void *context,\n"
    "    const struct bus_batch_options *batch, const struct bus_handler_options *options)\n"
    "{\n"
    "    return bus_register_batch(bus, &$P_type, $P_invoke_batch, (bus_function)handler, "
    "context,\n"
    "                              batch, options);\n"
    "}\n"
    "static inline enum bus_status $P_unsubscribe_batch(\n"
    "    struct bus *bus, $P_batch_handler handler, void *context, struct bus_session session)\n"
    "{\n"
    "    return bus_unregister(bus, &$P_type, (bus_function)handler, context, session);\n"
    "}\n"
    "\n";

static const char durable_skeleton[] =
    "/* Does not wait for the disk; `done` tells the end. bus_publish_message_later. */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_publish_later(\n"
    "    struct bus *bus, const struct $P *message, const struct bus_message_options *options,\n"
    "    bus_durable_done done, void *context)\n"
    "{\n"
    "    return bus_publish_message_later(bus, &$P_type, message, options, done, context);\n"
    "}\n"
    "\n";

void emit_invoke_batch(struct emitter *e, const char *linkage, const char *name,
                       const struct idl_message *message)
{
    fill(e->out,
         "$L enum bus_verdict $N(\n"
         "    bus_function handler, void *context, const void *messages, uint32_t count,\n"
         "    struct bus_batch *batch)\n"
         "{\n"
         "    return (($P_batch_handler)handler)(context, (const struct $P *)messages, count,\n"
         "                                       batch);\n"
         "}\n",
         'L', linkage, 'N', name, 'P', name_c(e->memory, &message->body.decl), 0);
}

void emit_event_functions(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);

    fill(e->out, event_skeleton, 'P', prefix, 0);
    if (!message->keep_last)
        fill(e->out, claim_skeleton, 'P', prefix, 0);
    emit_invoke_batch(e, "static inline", join(e->memory, prefix, "_invoke_batch", NULL), message);
    fill(e->out, subscribe_skeleton, 'P', prefix, 0);
    if (message->durable)
        fill(e->out, durable_skeleton, 'P', prefix, 0);
}

/* ---- commands -------------------------------------------------------------------------------- */

void emit_command_types(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);
    const char *upper = name_upper(e->memory, prefix);
    uint32_t count = answer_count(message);
    uint64_t bytes = layout_answer_bytes(message);

    for (uint32_t i = 0; i < count; i++) {
        struct answer answer = answer_at(message, i);

        if (answer.body == NULL)
            continue;
        emit_struct(e, answer.body, name_answer(e->memory, message, answer.name), NULL);
        put(e->out, "\n");
    }
    fill(e->out, "enum $P_answer BUS_ENUM_BASE {\n    $U_NO_ANSWER = 0,\n", 'P', prefix, 'U', upper,
         0);
    for (uint32_t i = 0; i < count; i++)
        fill(e->out, "    $U_$A = $I,\n", 'U', upper, 'A',
             name_upper(e->memory, answer_at(message, i).name), 'I',
             decimal(e->memory, (uint64_t)i + 1), 0);
    fill(e->out,
         "};\n"
         "/* What a command came to. When run.outcome is BUS_ANSWERED, `answer` says which member\n"
         " * counts. $C */\n"
         "struct $P_result {\n"
         "    struct bus_run run;\n"
         "    enum $P_answer answer;\n",
         'P', prefix, 'C',
         bytes > OWN_BYTES_MAX ? "Its answers need a buffer: only for _execute_into."
         : bytes != 0          ? "It holds its own bytes: do not copy it and drop the original."
                               : "Nothing to release.",
         0);
    if (bytes != 0) {
        put(e->out, "    union {\n");
        for (uint32_t i = 0; i < count; i++) {
            struct answer answer = answer_at(message, i);

            if (answer.body != NULL)
                fill(e->out, "        struct $A $M;\n", 'A',
                     name_answer(e->memory, message, answer.name), 'M', name_arm(answer.name), 0);
        }
        put(e->out, "    };\n");
        if (bytes <= OWN_BYTES_MAX)
            fill(e->out, "    uint64_t bytes[$N];\n", 'N', decimal(e->memory, (bytes + 7) / 8), 0);
    }
    fill(e->out,
         "};\n"
         "/* Called once with the result, which is valid during the call. */\n"
         "typedef void (*$P_completion)(void *context, const struct $P_result *result);\n"
         "/* For $P_execute_async: calls a completion as what it is. */\n"
         "void $P_complete(bus_function callback, void *context, const void *result);\n"
         "\n",
         'P', prefix, 0);
}

static const char command_skeleton[] =
    "/* Makes `handler` the one that answers; `context` must live until _unhandle or bus_close.\n"
    " * Serial unless `options` say otherwise. What it returns: bus_component_attach. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_handle(\n"
    "    struct bus *bus, $P_handler handler, void *context,\n"
    "    const struct bus_handler_options *options)\n"
    "{\n"
    "    return bus_register(bus, &$P_type, (bus_function)handler, context, options);\n"
    "}\n"
    "/* When it returns, the handler does not run and will not; see bus_component_detach. */\n"
    "static inline enum bus_status $P_unhandle(\n"
    "    struct bus *bus, $P_handler handler, void *context, struct bus_session session)\n"
    "{\n"
    "    return bus_unregister(bus, &$P_type, (bus_function)handler, context, session);\n"
    "}\n";

static const char execute_skeleton[] =
    "/* Runs the handler and waits for its answer, up to the deadline. */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_execute(\n"
    "    struct bus *bus, const struct $P *request, struct $P_result *result)\n"
    "{\n"
    "    return bus_execute_message(bus, &$P_type, request, NULL, result, NULL, 0);\n"
    "}\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_execute_with(\n"
    "    struct bus *bus, const struct $P *request, const struct bus_message_options *options,\n"
    "    struct $P_result *result)\n"
    "{\n"
    "    return bus_execute_message(bus, &$P_type, request, options, result, NULL, 0);\n"
    "}\n";

static const char execute_into_skeleton[] =
    "/* The answer's bytes go to `buffer` (8-aligned; $N bytes always suffice). */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_execute_into(\n"
    "    struct bus *bus, const struct $P *request, const struct bus_message_options *options,\n"
    "    struct $P_result *result, void *buffer, size_t size)\n"
    "{\n"
    "    return bus_execute_message(bus, &$P_type, request, options, result, buffer, size);\n"
    "}\n"
    "/* Queues the command; when accepted, `completion` runs exactly once, on the worker of the\n"
    " * command's component. */\n"
    "BUS_MUST_USE static inline enum bus_outcome $P_execute_async(\n"
    "    struct bus *bus, const struct $P *request, const struct bus_message_options *options,\n"
    "    $P_completion completion, void *context)\n"
    "{\n"
    "    return bus_execute_message_async(bus, &$P_type, request, options, $P_complete,\n"
    "                                     (bus_function)completion, context);\n"
    "}\n"
    "\n";

/* `$D_return(delivery, answer)`: how a handler ends. */
static void emit_answer(struct emitter *e, const struct idl_message *message, uint32_t index)
{
    struct answer answer = answer_at(message, index);
    const char *prefix = name_c(e->memory, &message->body.decl);
    bool ok = index == 0;

    if (ok)
        put(e->out, "/* How a handler ends: `return` what one of these gives. */\n");
    fill(e->out,
         "BUS_MUST_USE static inline enum bus_verdict $P_$F(\n"
         "    struct bus_delivery *delivery",
         'P', prefix, 'F', ok ? "return" : join(e->memory, "fail_", answer.name, NULL), 0);
    if (answer.body != NULL)
        fill(e->out, ", const struct $A *answer", 'A', name_answer(e->memory, message, answer.name),
             0);
    fill(e->out,
         ")\n"
         "{\n"
         "    return bus_answer(delivery, &$P_type, $I, $V);\n"
         "}\n",
         'P', prefix, 'I', decimal(e->memory, index), 'V', answer.body != NULL ? "answer" : "NULL",
         0);
}

/* `$D_complete_return(token, answer)`: the same for one that was deferred. */
static void emit_late_answer(struct emitter *e, const struct idl_message *message, uint32_t index)
{
    struct answer answer = {"ok", NULL};
    const char *prefix = name_c(e->memory, &message->body.decl);

    if (answer_count(message) != 0)
        answer = answer_at(message, index);
    if (index == 0)
        put(e->out, "/* The same for a command that was deferred; what they return: "
                    "bus_token_answer. */\n");
    fill(e->out,
         "BUS_MUST_USE static inline enum bus_status $P_complete_$F(\n"
         "    struct bus_token token",
         'P', prefix, 'F', index == 0 ? "return" : join(e->memory, "fail_", answer.name, NULL), 0);
    if (answer.body != NULL)
        fill(e->out, ", const struct $A *answer", 'A', name_answer(e->memory, message, answer.name),
             0);
    fill(e->out,
         ")\n"
         "{\n"
         "    return bus_token_answer(token, &$P_type, $I, $V);\n"
         "}\n",
         'P', prefix, 'I', decimal(e->memory, index), 'V', answer.body != NULL ? "answer" : "NULL",
         0);
}

static const char request_skeleton[] =
    "/* The request of a deferred command; its slices point into `buffer`, 8-aligned, of\n"
    " * $U_SIZE_MAX + $U_SCRATCH_MAX + 16 bytes. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_deferred_request(\n"
    "    struct bus_token token, struct $P *request, void *buffer, size_t size)\n"
    "{\n"
    "    return bus_token_request(token, &$P_type, request, buffer, size);\n"
    "}\n";

void emit_command_functions(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);
    uint64_t bytes = layout_answer_bytes(message);

    for (uint32_t i = 0; i < answer_count(message); i++)
        emit_answer(e, message, i);
    for (uint32_t i = 0; i == 0 || i < answer_count(message); i++)
        emit_late_answer(e, message, i);
    fill(e->out, request_skeleton, 'P', prefix, 'U', name_upper(e->memory, prefix), 0);
    fill(e->out, command_skeleton, 'P', prefix, 0);
    if (bytes <= OWN_BYTES_MAX)
        fill(e->out, execute_skeleton, 'P', prefix, 0);
    fill(e->out, execute_into_skeleton, 'P', prefix, 'N', decimal(e->memory, bytes), 0);
}

/* ---- components ------------------------------------------------------------------------------ */

static const char attach_skeleton[] =
    "extern const struct bus_component $C_component$X;\n"
    "/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the\n"
    " * attachment. See bus_component_attach for what it returns. */\n"
    "BUS_MUST_USE static inline enum bus_status $C_attach_with(\n"
    "    struct bus *bus, const struct $C *handlers, void *context,\n"
    "    const struct bus_handler_options *options)\n"
    "{\n"
    "    bus_function functions[$N] = {0};\n"
    "\n"
    "    if (handlers == NULL)\n"
    "        return bus_component_attach(bus, &$C_component, NULL, context, options);\n";

static const char attach_end_skeleton[] =
    "    return bus_component_attach(bus, &$C_component, functions, context, options);\n"
    "}\n"
    "BUS_MUST_USE static inline enum bus_status $C_attach(\n"
    "    struct bus *bus, const struct $C *handlers, void *context)\n"
    "{\n"
    "    return $C_attach_with(bus, handlers, context, NULL);\n"
    "}\n"
    "static inline enum bus_status $C_detach(struct bus *bus, void *context)\n"
    "{\n"
    "    return bus_component_detach(bus, &$C_component, context);\n"
    "}\n"
    "\n";

static const struct idl_binding *binding_at(const struct idl_component *component, uint32_t index)
{
    return index < component->handle_count ? &component->handles[index]
                                           : &component->listens[index - component->handle_count];
}

static const struct idl_message *bound(const struct idl_component *component, uint32_t index)
{
    return binding_at(component, index)->message;
}

static void emit_component(struct emitter *e, const struct idl_component *component)
{
    const char *name = name_c(e->memory, &component->decl);
    uint32_t count = component->handle_count + component->listen_count;

    fill(e->out, "/* ---- component $N ---- */\n\n", 'N', component->decl.name, 0);
    emit_doc(
        e, component->decl.doc,
        component->concurrent
            ? "Concurrent: its handlers may run at the same time, on any worker and on callers'\n"
              "threads; what the context points to must be thread-safe."
            : "Serial: no two of its handlers run at once.");
    fill(e->out, "struct $C {\n", 'C', name, 0);
    for (uint32_t i = 0; i < count; i++)
        fill(e->out, "    $P_$Hhandler $M;\n", 'P',
             name_c(e->memory, &bound(component, i)->body.decl), 'H',
             binding_at(component, i)->batch ? "batch_" : "", 'M',
             name_slot(e->memory, e->bus, bound(component, i)), 0);
    if (count == 0)
        put(e->out, "    bus_function nothing; /* handles nothing yet */\n");
    put(e->out, "};\n");
    fill(e->out, attach_skeleton, 'C', name, 'N', decimal(e->memory, count != 0 ? count : 1), 'X',
         name_label(e->memory, e->bus, name, "_component"), 0);
    for (uint32_t i = 0; i < count; i++)
        fill(e->out, "    functions[$I] = (bus_function)handlers->$M;\n", 'I',
             decimal(e->memory, i), 'M', name_slot(e->memory, e->bus, bound(component, i)), 0);
    fill(e->out, attach_end_skeleton, 'C', name, 0);
}

void emit_components(struct emitter *e)
{
    for (uint32_t i = 0; i < e->bus->component_count; i++)
        emit_component(e, e->bus->components[i]);
}

/* ---- programs -------------------------------------------------------------------------------- */

/* Declares the user's handler functions of a component. */
static void declare_handlers(struct emitter *e, const struct idl_component *component)
{
    const char *name = name_c(e->memory, &component->decl);

    for (uint32_t i = 0; i < component->handle_count + component->listen_count; i++) {
        const struct idl_message *message = bound(component, i);

        fill(e->out,
             "enum bus_verdict $C_$M(\n"
             "    void *context, const struct $P *$R);\n",
             'C', name, 'M', name_slot(e->memory, component->decl.file->bus, message), 'P',
             name_c(e->memory, &message->body.decl), 'R',
             binding_at(component, i)->batch ? "events, uint32_t count, struct bus_batch *batch"
             : message->kind == IDL_COMMAND  ? "request, struct bus_delivery *delivery"
                                             : "event, struct bus_delivery *delivery",
             0);
    }
}

static void emit_part(struct emitter *e, const struct idl_component *component)
{
    const char *name = name_c(e->memory, &component->decl);
    uint32_t count = component->handle_count + component->listen_count;

    fill(e->out, "    static const bus_function $C_functions[] = {\n", 'C', name, 0);
    for (uint32_t i = 0; i < count; i++)
        fill(e->out, "        (bus_function)$C_$M,\n", 'C', name, 'M',
             name_slot(e->memory, component->decl.file->bus, bound(component, i)), 0);
    if (count == 0)
        put(e->out, "        (bus_function)0,\n");
    put(e->out, "    };\n");
}

/* `declared`: components that an earlier program runs, too. */
static void emit_program(struct emitter *e, const struct idl_program *program, struct set *declared)
{
    const char *name = name_program(e->memory, program);

    fill(e->out, "/* ---- program $N ---- */\n\n", 'N', program->decl.name, 0);
    emit_doc(e, program->decl.doc, "What each component's handlers get as their context.");
    fill(e->out, "struct $N_contexts {\n", 'N', name, 0);
    for (uint32_t i = 0; i < program->run_count; i++)
        fill(e->out, "    void *$M;\n", 'M', name_arm(program->runs[i]->decl.name), 0);
    if (program->run_count == 0)
        put(e->out, "    void *nothing;\n");
    put(e->out, "};\n/* You write these. One that is missing is an error of the linker. */\n");
    for (uint32_t i = 0; i < program->run_count; i++)
        if (set_add(declared, program->runs[i]))
            declare_handlers(e, program->runs[i]);
    fill(e->out,
         "/* Opens a bus with the components attached; `contexts` NULL: all NULL. */\n"
         "BUS_MUST_USE static inline enum bus_status $N_open(\n"
         "    struct bus **bus, const struct bus_options *options,\n"
         "    const struct $N_contexts *contexts)\n"
         "{\n",
         'N', name, 0);
    for (uint32_t i = 0; i < program->run_count; i++)
        emit_part(e, program->runs[i]);
    put(e->out, "    static const struct bus_program_part parts[] = {\n");
    for (uint32_t i = 0; i < program->run_count; i++)
        fill(e->out, "        {&$C_component, $C_functions},\n", 'C',
             name_c(e->memory, &program->runs[i]->decl), 0);
    if (program->run_count == 0)
        put(e->out, "        {NULL, NULL},\n");
    fill(e->out,
         "    };\n"
         "    static const struct bus_program program = {\"$B.$P\", &$B_schema, parts, $I};\n"
         "    void *list[] = {\n",
         'B', e->bus->decl.name, 'P', program->decl.name, 'I',
         decimal(e->memory, program->run_count), 0);
    for (uint32_t i = 0; i < program->run_count; i++)
        fill(e->out, "        contexts != NULL ? contexts->$M : NULL,\n", 'M',
             name_arm(program->runs[i]->decl.name), 0);
    if (program->run_count == 0)
        put(e->out, "        contexts != NULL ? contexts->nothing : NULL,\n");
    put(e->out,
        "    };\n"
        "\n"
        "    return bus_program_open(bus, options, sizeof(struct bus_options), &program, list,\n"
        "                            BUS_ABI);\n"
        "}\n"
        "\n");
}

void emit_programs(struct emitter *e)
{
    struct set declared = {0};

    for (uint32_t i = 0; i < e->bus->program_count; i++)
        emit_program(e, e->bus->programs[i], &declared);
    set_free(&declared);
}
