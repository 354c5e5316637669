/*
 * why.c - writes the reason of a refusal. See why.h.
 */
#include "why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The chain goes from the leaf to the root; the text from the root to the leaf. Depth is bounded by
 * the verifier's, and by the schema for C structs. */
enum { FRAMES_MAX = 72 };

static size_t append(char *why, size_t at, const char *text)
{
    size_t left = BUS_WIRE_WHY_SIZE - 1 - at;
    size_t size = strlen(text);

    if (size > left)
        size = left;
    memcpy(why + at, text, size);
    why[at + size] = '\0';
    return at + size;
}

/* Leaves room for the reason: of a long way, the end is shown. */
enum { WAY_SIZE_MAX = 88, INDEX_SIZE = 16 };

static size_t append_way(char *why, const struct way *way)
{
    const struct way *frames[FRAMES_MAX];
    size_t length = 0;
    size_t count = 0;
    size_t at = 0;
    char index[INDEX_SIZE];

    why[0] = '\0';
    if (way == NULL)
        return append(why, 0, "message");
    for (; way != NULL && count < FRAMES_MAX; way = way->up) {
        length += strlen(way->name) + 1 + (way->index != WAY_NO_INDEX ? INDEX_SIZE : 0);
        if (count > 0 && length > WAY_SIZE_MAX)
            break;
        frames[count++] = way;
    }
    if (way != NULL)
        at = append(why, at, "...");
    for (size_t left = count; left-- > 0;) {
        if (left + 1 < count)
            at = append(why, at, ".");
        at = append(why, at, frames[left]->name);
        if (frames[left]->index != WAY_NO_INDEX) {
            snprintf(index, sizeof(index), "[%" PRIu32 "]", frames[left]->index);
            at = append(why, at, index);
        }
    }
    return at;
}

bool bus_why_text(char why[BUS_WIRE_WHY_SIZE], const struct way *way, const char *text)
{
    if (why != NULL) {
        size_t at = append_way(why, way);

        at = append(why, at, ": ");
        append(why, at, text);
    }
    return false;
}

bool bus_why_over(char why[BUS_WIRE_WHY_SIZE], const struct way *way, uint64_t count,
                  const char *what, uint64_t most)
{
    char text[96];

    if (why == NULL)
        return false;
    snprintf(text, sizeof(text), "%" PRIu64 " %s, at most %" PRIu64, count, what, most);
    return bus_why_text(why, way, text);
}

bool bus_why_value(char why[BUS_WIRE_WHY_SIZE], const struct way *way, const char *before,
                   int64_t value, const char *behind)
{
    char text[96];

    if (why == NULL)
        return false;
    snprintf(text, sizeof(text), "%s %" PRId64 " %s", before, value, behind);
    return bus_why_text(why, way, text);
}
