/*
 * place.c - where in a JSON text is the value that a path leads to? jansson keeps no places,
 * so the text is walked again, only after something was wrong. The text is one that jansson
 * accepted; still, every step looks at the end first.
 */
#include "codec/internal.h"

#include <string.h>

struct cursor {
    const char *text;
    size_t size;
    size_t at;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->size && strchr(" \t\r\n", c->text[c->at]) != NULL && c->text[c->at] != '\0')
        c->at++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->at >= c->size || c->text[c->at] != wanted)
        return false;
    c->at++;
    return true;
}

static void skip_string(struct cursor *c)
{
    c->at++;
    while (c->at < c->size && c->text[c->at] != '"')
        c->at += c->text[c->at] == '\\' ? 2 : 1;
    c->at++;
}

/* A whole value, brackets counted. */
static void skip_value(struct cursor *c)
{
    size_t depth = 0;

    skip_space(c);
    do {
        char first;

        skip_space(c);
        if (c->at >= c->size)
            return;
        first = c->text[c->at];
        if (first == '"') {
            skip_string(c);
        } else if (first == '{' || first == '[') {
            depth++;
            c->at++;
        } else if (first == '}' || first == ']') {
            depth -= depth > 0;
            c->at++;
        } else if (first == ',' || first == ':') {
            c->at++;
        } else {
            do
                c->at++;
            while (c->at < c->size && strchr(",:]} \t\r\n", c->text[c->at]) == NULL);
        }
    } while (depth > 0);
}

/* True when the string at the cursor is `key`; keys of a schema need no escapes, keys that the
 * schema does not know are compared as they are written. */
static bool key_is(const struct cursor *c, const char *key)
{
    size_t size = strlen(key);

    return c->size - c->at > size + 1 && memcmp(c->text + c->at + 1, key, size) == 0 &&
           c->text[c->at + 1 + size] == '"';
}

/* Moves from the start of an object or array to the member; for a key, to the key itself when
 * `last`. False: not there. */
static bool enter(struct cursor *c, const struct codec_step *step, bool last)
{
    if (!take(c, step->key != NULL ? '{' : '['))
        return false;
    for (size_t i = 0; c->at < c->size; i++) {
        skip_space(c);
        if (step->key == NULL) {
            if (i == step->index)
                return c->at < c->size;
        } else {
            bool found;

            if (c->at >= c->size || c->text[c->at] != '"')
                return false;
            found = key_is(c, step->key);
            if (found && last)
                return true;
            skip_string(c);
            if (!take(c, ':'))
                return false;
            skip_space(c);
            if (found)
                return true;
        }
        skip_value(c);
        if (!take(c, ','))
            return false;
    }
    return false;
}

static bool walk(struct cursor *c, const struct codec_step *step, bool last)
{
    if (step == NULL)
        return true;
    return walk(c, step->up, false) && enter(c, step, last);
}

void codec_place_of_offset(const char *text, size_t size, size_t offset, uint32_t *line,
                           uint32_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < size; i++) {
        if (text[i] == '\n') {
            (*line)++;
            *column = 1;
        } else {
            (*column)++;
        }
    }
}

void codec_place(const char *text, size_t size, const struct codec_step *step, uint32_t *line,
                 uint32_t *column)
{
    struct cursor c = {.text = text, .size = size};

    skip_space(&c);
    *line = 0;
    *column = 0;
    if (walk(&c, step, true))
        codec_place_of_offset(text, size, c.at, line, column);
}
