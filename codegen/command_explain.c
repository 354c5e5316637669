/* command_explain.c - busgen explain: what a rule is for. */
#include "command.h"

#include <stdio.h>
#include <string.h>

static void list_rules(void)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);

    for (size_t i = 0; i < count; i++)
        printf("%-28s %-8s %s\n", rules[i].id, rules[i].severity == IDL_ERROR ? "error" : "warning",
               rules[i].summary);
}

static void print_indented(const char *title, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    printf("\n%s\n", title);
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        printf(size != 0 ? "    %.*s\n" : "%.*s\n", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

enum exit_code run_explain(struct memory *memory, const struct options *options)
{
    const struct idl_rule *rule;
    const char *suggestion;

    (void)memory;
    if (options->argument_count == 0) {
        list_rules();
        return EXIT_FINE;
    }
    rule = idl_rule_find(options->arguments[0]);
    if (rule == NULL) {
        suggestion = idl_rule_suggest(options->arguments[0]);
        fprintf(stderr, "busgen: no rule '%s'", options->arguments[0]);
        if (suggestion != NULL)
            fprintf(stderr, "; did you mean '%s'?\n", suggestion);
        else
            fprintf(stderr, "; 'busgen explain' lists all\n");
        return EXIT_WRONG_USE;
    }
    printf("%s (%s): %s\n\n%s\n", rule->id, rule->severity == IDL_ERROR ? "error" : "warning",
           rule->summary, rule->why);
    print_indented("Not like this:", rule->bad);
    print_indented("Like this:", rule->good);
    return EXIT_FINE;
}
