/* utf8.h - one character of UTF-8; whole texts: bus_utf8_valid of <bus/wire.h>. */
#ifndef BUS_WIRE_UTF8_H
#define BUS_WIRE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character (1 to 4) at `at`, of which `left` bytes are there; 0: not
 * well-formed (over-long forms, surrogates, beyond U+10FFFF, cut short, stray bytes). */
uint32_t bus_utf8_character(const uint8_t *at, size_t left, uint32_t *character);

#endif
