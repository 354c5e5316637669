/*
 * text.h - figures and foreign text as people read them on a terminal.
 */
#ifndef BUSADM_TEXT_H
#define BUSADM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All of them fill a buffer of this size. */
enum { TEXT_SIZE = 32 };

/* "0", "1", "999", "12.3k", "4.5M", "1.2G". */
void text_count(uint64_t count, char text[TEXT_SIZE]);
/* The same of what need not be whole: "0", "0.4", "12", "12.3k". */
void text_rate(double rate, char text[TEXT_SIZE]);
/* "0", "850 ns", "1.2 ms", "45 s", "3 min 5 s", "2 h 10 min", "4 d 2 h". */
void text_duration(uint64_t ns, char text[TEXT_SIZE]);
/* "512 B", "12 KiB", "3.4 MiB". */
void text_bytes(uint64_t bytes, char text[TEXT_SIZE]);
/* "93.1 %", and never "100 %" of what is less. */
void text_share(double share, char text[TEXT_SIZE]);
/* Local time: "2026-11-21 23:59:07"; without `date`: "23:59:07". 0: "-". */
void text_time(uint64_t ms, bool date, char text[TEXT_SIZE]);

/* The next character of UTF-8 text, and how many bytes it takes; what is none, and what would do
 * something to a terminal (control characters), is U+FFFD, or '?' where `unicode` is false. The
 * end: 0. */
uint32_t text_next(const char *text, bool unicode, size_t *bytes);
/* Columns that a character takes on a terminal. */
int text_columns(uint32_t character);
/* The bytes of a character; returns how many. */
size_t text_encode(uint32_t character, char bytes[5]);

/* May the terminal be sent more than ASCII? Looks at LC_ALL, LC_CTYPE and LANG. */
bool text_unicode(void);
/* Foreign text without anything that does something to a terminal; a line feed becomes a blank. */
void put_clean(FILE *to, const char *text);

/* Colours for standard output, or none (not a terminal, NO_COLOR, TERM=dumb). */
bool text_colours(void);
enum text_style {
    STYLE_PLAIN,
    STYLE_DIM,
    STYLE_BOLD,
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_HEAD, /* the bar at the top */
    STYLES
};
/* The escape sequence that begins a style; "" without colours. STYLE_PLAIN ends all. */
const char *text_style(enum text_style style, bool colours);
enum text_style style_of_health(const char *state);

#endif
