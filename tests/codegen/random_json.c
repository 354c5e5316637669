/*
 * random_json SCHEMA COUNT - lines "shop.order_placed TAB JSON" of random messages and answers, as
 * `busgen decode` writes them.
 * random_json SCHEMA - reads such lines; for each one the reason why `busgen encode` refuses it, or
 * an empty line.
 */
#include "codec/internal.h"
#include <bus/testing.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "random_json: %s\n", what);
    exit(2);
}

static void print_message(struct bus_test_chance *source, enum bus_test_style style,
                          const struct idl_table *body, const char *command)
{
    const struct codec_options options = {.compact = true};
    struct codec_memory memory = {0};
    struct bus_test_arena arena = {0};
    const struct bus_table *table = codec_describe(&memory, body);
    struct codec_error error;
    void *message;
    uint8_t *bytes;
    uint32_t size;
    char *json;

    if (table == NULL)
        die("no description");
    message = bus_test_take(&arena, table->size);
    bus_wire_init(table, message);
    bus_test_value(source, &arena, style, table, message);
    size = codec_measure(table, message);
    bytes = bus_test_take(&arena, size);
    codec_pack(bytes, table, message);
    if (codec_decode(body, bytes, size, &options, &json, &error) != CODEC_OK)
        die(error.text);
    if (command != NULL)
        printf("%s.%s.%s\t%s", body->decl.file->bus->decl.name, command, body->decl.name, json);
    else
        printf("%s.%s\t%s", body->decl.file->bus->decl.name, body->decl.name, json);
    free(json);
    bus_test_reset(&arena);
    codec_release(&memory);
}

static void print_all(const struct idl_bus *bus, unsigned long count)
{
    struct bus_test_chance source = {.state = 20};

    for (unsigned long n = 0; n < count; n++) {
        enum bus_test_style style = n == 0   ? BUS_TEST_EMPTY
                                    : n == 1 ? BUS_TEST_LARGEST
                                    : n % 2  ? BUS_TEST_WILD
                                             : BUS_TEST_TAME;

        for (uint32_t i = 0; i < bus->message_count; i++) {
            const struct idl_message *message = bus->messages[i];

            print_message(&source, style, &message->body, NULL);
            for (uint32_t a = 0; a < message->answer_count; a++)
                print_message(&source, style, &message->answers[a].body, message->body.decl.name);
        }
    }
}

static void judge(const struct idl_bus *bus, char *line)
{
    char *tab = strchr(line, '\t');
    const struct idl_table *body;
    struct codec_error error = {0};
    uint8_t *bytes = NULL;
    size_t size;

    if (tab == NULL)
        die("a line without a tab");
    *tab = '\0';
    body = codec_find(bus, line, NULL);
    if (body == NULL)
        die(line);
    if (codec_encode(body, tab + 1, strlen(tab + 1), &bytes, &size, &error) == CODEC_OK)
        error.text[0] = '\0';
    printf("%s\n", error.text);
    free(bytes);
}

int main(int count, char **arguments)
{
    struct idl_result result;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (count != 2 && count != 3)
        die("SCHEMA [COUNT]");
    if (!idl_compile(arguments[1], &(struct idl_options){0}, &result))
        die("the schema has errors");
    if (count == 3)
        print_all(result.bus, strtoul(arguments[2], NULL, 10));
    while (count == 2 && (size = getline(&line, &room, stdin)) > 0) {
        if (line[size - 1] == '\n')
            line[size - 1] = '\0';
        judge(result.bus, line);
    }
    free(line);
    idl_free(&result);
    return 0;
}
