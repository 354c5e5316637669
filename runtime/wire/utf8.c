/*
 * utf8.c - well-formed UTF-8 (Unicode 15, table 3-7).
 *
 * Most text is ASCII: eight bytes at a time are accepted when none has its top bit. NUL is a
 * character like any other: the size counts, not the terminator.
 */
#include "utf8.h"

#include <bus/wire.h>

#include <string.h>

uint32_t bus_utf8_character(const uint8_t *at, size_t left, uint32_t *character)
{
    /* By lead byte: how many follow, and the smallest value that needs so many. */
    static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
    uint32_t lead;
    uint32_t value;
    uint32_t follow;

    if (left == 0)
        return 0;
    lead = at[0];
    if (lead < 0x80) {
        *character = lead;
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        follow = 1;
        value = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        follow = 2;
        value = lead & 0x0f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        follow = 3;
        value = lead & 0x07;
    } else {
        return 0;
    }
    if (left <= follow)
        return 0;
    for (uint32_t i = 1; i <= follow; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    if (value < least[follow] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return follow + 1;
}

size_t bus_utf8_valid(const char *chars, size_t size)
{
    const uint8_t *text = (const uint8_t *)chars;
    size_t at = 0;

    while (at < size) {
        uint64_t eight;
        uint32_t character;
        uint32_t step;

        if (size - at >= sizeof(eight)) {
            memcpy(&eight, text + at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(eight);
                continue;
            }
        }
        step = bus_utf8_character(text + at, size - at, &character);
        if (step == 0)
            return at;
        at += step;
    }
    return at;
}
