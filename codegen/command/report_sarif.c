/* report_sarif.c - findings in SARIF 2.1.0, the format that code scanners exchange: one run, all
 * rules of busgen, a result for each finding with its other places as related locations. */
#include "breaking/breaking.h"
#include "command/command.h"

#include <stdio.h>
#include <string.h>

static void put_text(const char *name, const char *text)
{
    printf("\"%s\": {\"text\": ", name);
    print_json_string(text, strlen(text));
    printf("}");
}

static const char *level_text(enum idl_severity severity)
{
    return severity == IDL_ERROR ? "error" : "warning";
}

static void put_rule(const struct idl_rule *rule, bool first)
{
    printf("%s\n        {\"id\": \"%s\", ", first ? "" : ",", rule->id);
    put_text("shortDescription", rule->summary);
    printf(", ");
    put_text("fullDescription", rule->why);
    printf(", \"defaultConfiguration\": {\"level\": \"%s\", \"enabled\": %s}}",
           level_text(rule->severity), idl_rule_group_of(rule) == IDL_RULE_LINT ? "false" : "true");
}

void sarif_begin(void)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);
    const struct breaking_rule *breaking;

    printf("{\n"
           "  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
           "  \"version\": \"2.1.0\",\n"
           "  \"runs\": [{\n"
           "    \"tool\": {\"driver\": {\"name\": \"busgen\", \"version\": \"%s\", \"rules\": [",
           BUSGEN_VERSION);
    for (size_t i = 0; i < count; i++)
        put_rule(&rules[i], i == 0);
    breaking = breaking_rules(&count);
    for (size_t i = 0; i < count; i++)
        put_rule(&breaking[i].rule, false);
    printf("\n    ]}},\n"
           "    \"columnKind\": \"unicodeCodePoints\",\n"
           "    \"results\": [");
}

void sarif_end(void)
{
    printf("\n    ]\n  }]\n}\n");
}

/* A path as a URI: relative as it is, absolute as file://. */
static void put_uri(const char *path)
{
    printf("\"%s", *path == '/' ? "file://" : "");
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;

        if (c != '\0' && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._~/",
                                c) != NULL)
            putchar(c);
        else
            printf("%%%02X", c);
    }
    putchar('"');
}

/* Line and column (both from 1), columns in characters. */
static struct idl_place character_place(const struct idl_file *file, uint32_t offset)
{
    struct idl_place place = idl_place_of(file, offset);
    const char *line = file->text + (offset < file->size ? offset : file->size);
    uint32_t bytes = place.column - 1;

    line -= bytes;
    place.column = 1;
    for (uint32_t i = 0; i < bytes; i++)
        place.column += ((unsigned char)line[i] & 0xc0) != 0x80;
    return place;
}

static void put_location(struct idl_span span, const char *text)
{
    struct idl_place start = character_place(span.file, span.start);
    struct idl_place end = character_place(span.file, span.end);

    printf("{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
    put_uri(span.file->path);
    printf("}, \"region\": {\"startLine\": %u, \"startColumn\": %u, \"endLine\": %u, "
           "\"endColumn\": %u}}",
           (unsigned)start.line, (unsigned)start.column, (unsigned)end.line, (unsigned)end.column);
    if (text != NULL) {
        printf(", ");
        put_text("message", text);
    }
    printf("}");
}

/* Its place in what sarif_begin wrote. */
static size_t index_of(const char *id)
{
    const struct idl_rule *rule = idl_rule_find(id);
    size_t count;
    size_t breaking_count;
    const struct idl_rule *rules = idl_rules(&count);

    if (rule != NULL)
        return (size_t)(rule - rules);
    return count + (size_t)(breaking_rule_find(id) - breaking_rules(&breaking_count));
}

/* What the format has no place for. */
static void put_properties(const struct idl_diagnostic *diagnostic)
{
    const char *names[] = {"help", "witness"};
    const char *texts[] = {diagnostic->advice, diagnostic->witness};
    bool first = true;

    for (size_t i = 0; i < 2; i++) {
        if (texts[i] == NULL)
            continue;
        printf("%s\"%s\": ", first ? ", \"properties\": {" : ", ", names[i]);
        print_json_string(texts[i], strlen(texts[i]));
        first = false;
    }
    printf("%s", first ? "" : "}");
}

void sarif_finding(const struct idl_diagnostic *diagnostic, bool first)
{
    bool related = diagnostic->partner.file != NULL;

    printf("%s\n      {\"ruleId\": \"%s\", \"ruleIndex\": %zu, \"level\": \"%s\", ",
           first ? "" : ",", diagnostic->rule, index_of(diagnostic->rule),
           level_text(diagnostic->severity));
    printf("\"message\": {\"text\": ");
    print_json_string(diagnostic->text, strlen(diagnostic->text));
    printf("}");
    if (diagnostic->span.file != NULL) {
        printf(", \"locations\": [");
        put_location(diagnostic->span, NULL);
        printf("]");
    }
    if (related || diagnostic->note_count != 0) {
        printf(", \"relatedLocations\": [");
        if (related)
            put_location(diagnostic->partner,
                         diagnostic->partner_text != NULL ? diagnostic->partner_text : "see here");
        for (uint32_t i = 0; i < diagnostic->note_count; i++) {
            printf("%s", related || i != 0 ? ", " : "");
            put_location(diagnostic->notes[i].span, diagnostic->notes[i].text);
        }
        printf("]");
    }
    put_properties(diagnostic);
    printf("}");
}
