/*
 * flatc.c - which names flatc's schema language and its generated code do not take. busgen
 * writes them with a "_" behind, in .fbs files and so in flatc's JSON.
 */
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

/* Sorted: what flatc's lexer does not take as an identifier. */
static const char *const words[] = {
    "bool",    "byte",    "double", "false",  "file_extension", "file_identifier", "float",
    "float32", "float64", "inf",    "int",    "int16",          "int32",           "int64",
    "int8",    "long",    "nan",    "null",   "root_type",      "short",           "string",
    "struct",  "table",   "true",   "ubyte",  "uint",           "uint16",          "uint32",
    "uint64",  "uint8",   "ulong",  "ushort",
};

static int compare_words(const void *name, const void *word)
{
    return strcmp(name, *(const char *const *)word);
}

bool codec_flatc_word(const char *name)
{
    return bsearch(name, words, sizeof(words) / sizeof(*words), sizeof(*words), compare_words) !=
           NULL;
}

/* "ask_unknown" of ask and unknown */
static bool is_joined(const char *name, const char *first, const char *second)
{
    size_t size = strlen(first);

    return strncmp(name, first, size) == 0 && name[size] == '_' &&
           strcmp(name + size + 1, second) == 0;
}

bool codec_flatc_renames_field(const struct idl_bus *bus, const char *field)
{
    if (codec_flatc_word(field) || strcmp(field, "uuid") == 0)
        return true;
    for (uint32_t i = 0; i < bus->table_count; i++) {
        if (strcmp(bus->tables[i]->decl.name, field) == 0)
            return true;
    }
    for (uint32_t i = 0; i < bus->message_count + bus->older_count; i++) {
        const struct idl_message *message = bus->messages[i];

        if (strcmp(message->body.decl.name, field) == 0)
            return true;
        for (uint32_t a = 0; a < message->answer_count; a++) {
            if (message->answers[a].body.field_count > 0 &&
                is_joined(field, message->body.decl.name, message->answers[a].body.decl.name))
                return true;
        }
    }
    return false;
}
