/* explain.c - busgen explain: what a rule is for. */
#include "breaking/breaking.h"
#include "command/command.h"

#include <stdio.h>
#include <string.h>

static const char *const group_marks[] = {
    [IDL_RULE_FIXED] = "", [IDL_RULE_SETTABLE] = " (settable)", [IDL_RULE_LINT] = " (lint)"};
static const char *const group_texts[] = {
    [IDL_RULE_FIXED] = "",
    [IDL_RULE_SETTABLE] = "\nCan be set: --rule ID=LEVEL; '// lint: off ID reason' accepts it.\n",
    [IDL_RULE_LINT] = "\nOnly 'busgen lint' looks for it. --rule ID=LEVEL sets it.\n"};

static void list_rule(const struct idl_rule *rule)
{
    printf("%-28s %-8s %s%s\n", rule->id, rule->severity == IDL_ERROR ? "error" : "warning",
           rule->summary, group_marks[idl_rule_group_of(rule)]);
}

static void list_rules(void)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);
    const struct breaking_rule *breaking;

    for (size_t i = 0; i < count; i++)
        list_rule(&rules[i]);
    breaking = breaking_rules(&count);
    printf("\nof busgen breaking:\n");
    for (size_t i = 0; i < count; i++)
        list_rule(&breaking[i].rule);
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

/* The closest id of all rules. */
static const char *suggest(const char *id)
{
    const char *ids[2] = {idl_rule_suggest(id), breaking_rule_suggest(id)};

    if (ids[0] == NULL || ids[1] == NULL)
        return ids[0] != NULL ? ids[0] : ids[1];
    return idl_closest(id, ids, 2);
}

enum exit_code run_explain(struct memory *memory, const struct options *options)
{
    const struct breaking_rule *breaking;
    const struct idl_rule *rule;
    const char *suggestion;

    (void)memory;
    if (options->argument_count == 0) {
        list_rules();
        return EXIT_FINE;
    }
    breaking = breaking_rule_find(options->arguments[0]);
    rule = breaking != NULL ? &breaking->rule : idl_rule_find(options->arguments[0]);
    if (rule == NULL) {
        suggestion = suggest(options->arguments[0]);
        fprintf(stderr, "busgen: no rule '%s'", options->arguments[0]);
        if (suggestion != NULL)
            fprintf(stderr, "; did you mean '%s'?\n", suggestion);
        else
            fprintf(stderr, "; 'busgen explain' lists all\n");
        return EXIT_WRONG_USE;
    }
    printf("%s (%s): %s\n\n%s\n", rule->id, rule->severity == IDL_ERROR ? "error" : "warning",
           rule->summary, rule->why);
    if (breaking != NULL) {
        printf("\nIt breaks: %s.\n", breaking_category_text(breaking->categories));
        print_indented("Before:", breaking->before);
    }
    print_indented("Not like this:", rule->bad);
    print_indented("Like this:", rule->good);
    fputs(group_texts[idl_rule_group_of(rule)], stdout);
    return EXIT_FINE;
}
