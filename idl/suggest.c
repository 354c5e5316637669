/*
 * suggest.c - "did you mean": the closest of several names, by Damerau-Levenshtein distance
 * (insert, delete, replace, swap neighbours).
 */
#include "internal.h"

#include <string.h>

/* How many edits may still be a typo. */
static uint32_t distance_max(size_t size)
{
    return size <= 2 ? 1 : size <= 5 ? 2 : size <= 12 ? 3 : 4;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Distance of two words of at most IDL_NAME_MAX bytes; `limit` + 1 when it is over `limit`. */
static uint32_t distance(const char *a, size_t a_size, const char *b, size_t b_size, uint32_t limit)
{
    uint32_t rows[3][IDL_NAME_MAX + 1];

    if ((a_size > b_size ? a_size - b_size : b_size - a_size) > limit)
        return limit + 1;
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= a_size; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3];
        const uint32_t *over = rows[(i + 1) % 3];
        uint32_t best = row[0] = (uint32_t)i;

        for (size_t j = 1; j <= b_size; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], over[j - 2] + 1);
            best = least(best, row[j]);
        }
        if (best > limit)
            return limit + 1;
    }
    return rows[a_size % 3][b_size];
}

void suggest_start(struct suggestion *suggestion, struct context *context, const char *word,
                   size_t size)
{
    *suggestion = (struct suggestion){.context = context, .word = word, .size = size};
    suggestion->distance = size > IDL_NAME_MAX ? 0 : distance_max(size) + 1;
    if (suggestion->distance > size)
        suggestion->distance = (uint32_t)size; /* a word of which nothing is left is no typo */
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
    size_t size = strlen(candidate);
    uint32_t found;

    if (size > IDL_NAME_MAX || suggestion->distance == 0)
        return;
    if (suggestion->context) {
        if (suggestion->context->suggestions_left == 0)
            return;
        suggestion->context->suggestions_left--;
    }
    found = distance(suggestion->word, suggestion->size, candidate, size, suggestion->distance - 1);
    if (found < suggestion->distance) {
        suggestion->distance = found;
        suggestion->best = candidate;
    }
}

bool suggest_end(struct suggestion *suggestion, struct idl_diagnostic *diagnostic)
{
    if (suggestion->best)
        advise(suggestion->context, diagnostic, "did you mean '%s'?", suggestion->best);
    return suggestion->best != NULL;
}

void suggest_words(struct context *context, struct idl_diagnostic *diagnostic, struct idl_span word,
                   const char *const *candidates, size_t count)
{
    struct suggestion suggestion;

    if (!shown(context, diagnostic))
        return;
    suggest_start(&suggestion, context, word.file->text + word.start, word.end - word.start);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&suggestion, candidates[i]);
    suggest_end(&suggestion, diagnostic);
}

const char *idl_closest(const char *word, const char *const *candidates, size_t count)
{
    struct suggestion suggestion;

    suggest_start(&suggestion, NULL, word, strlen(word));
    for (size_t i = 0; i < count; i++)
        suggest_offer(&suggestion, candidates[i]);
    return suggestion.best;
}
