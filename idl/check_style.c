/*
 * check_style.c - names of messages: commands say what is to be done, events what has happened.
 * (A7) That all names are lower-case words joined by underscores is a matter of the grammar
 * (names.c).
 */
#include "internal.h"
#include "words.h"

static void check_event(struct context *context, const struct node *node, const struct words *words)
{
    struct idl_diagnostic *diagnostic;
    char text[2 * WORDS_BYTES];

    if (node->model.message->kind == IDL_SYSTEM_EVENT || words_tell_past(words))
        return;
    diagnostic = report(context, RULE_EVENT_PAST_TENSE, node->decl.span,
                        "event '%s' does not say what has happened", node->decl.name);
    if (words_as_event(words, text))
        advise(context, diagnostic, "name it in the past, as '%s'", text);
    else
        advise(context, diagnostic, "name it in the past, as 'order_placed'");
}

static void check_command(struct context *context, const struct node *node,
                          const struct words *words)
{
    struct idl_diagnostic *diagnostic;
    char text[2 * WORDS_BYTES];

    if (words_order(words))
        return;
    diagnostic = report(context, RULE_COMMAND_IMPERATIVE, node->decl.span,
                        "command '%s' does not say what is to be done", node->decl.name);
    if (words_as_command(words, text))
        advise(context, diagnostic, "begin with the verb, as '%s'", text);
    else
        advise(context, diagnostic, "begin with a verb, as 'create_user'");
}

void check_style(struct context *context)
{
    const struct unit *unit = context->units.items[0];

    if (!lint_wants(context, RULE_EVENT_PAST_TENSE) &&
        !lint_wants(context, RULE_COMMAND_IMPERATIVE))
        return;
    for (const struct node *node = unit->nodes; node; node = node->next) {
        struct words words;

        if (node->kind != NODE_EVENT && node->kind != NODE_COMMAND)
            continue;
        words_split(&words, node->decl.name);
        if (node->kind == NODE_EVENT)
            check_event(context, node, &words);
        else
            check_command(context, node, &words);
    }
}
