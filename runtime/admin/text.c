/* text.c - see text.h. */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* ---- figures ---- */

/* Three digits or so, and a unit; from `whole` on without a fraction. */
static void scaled(double value, const char *const *units, double step, const char *gap,
                   double whole, char text[TEXT_SIZE])
{
    /* What would be rounded to a whole step belongs to the next unit. */
    while (units[1] != NULL && value >= step - step / 2000) {
        value /= step;
        units++;
    }
    (void)snprintf(text, TEXT_SIZE, "%.*f%s%s", value >= whole ? 0 : 1, value, gap, *units);
}

void text_count(uint64_t count, char text[TEXT_SIZE])
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", NULL};

    if (count < 1000)
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64, count);
    else
        scaled((double)count, units, 1000, "", 99.95, text);
}

void text_rate(double rate, char text[TEXT_SIZE])
{
    if (rate < 0.05)
        (void)snprintf(text, TEXT_SIZE, "0");
    else if (rate < 9.95)
        (void)snprintf(text, TEXT_SIZE, "%.1f", rate);
    else
        text_count((uint64_t)(rate + 0.5), text);
}

void text_duration(uint64_t ns, char text[TEXT_SIZE])
{
    static const char *const units[] = {"ns", "us", "ms", "s", NULL};
    uint64_t seconds = ns / 1000000000;

    if (ns == 0)
        (void)snprintf(text, TEXT_SIZE, "0");
    else if (ns < 1000)
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64 " ns", ns);
    else if (seconds < 100)
        scaled((double)ns, units, 1000, " ", 9.95, text);
    else if (seconds < 3600)
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64 " min %" PRIu64 " s", seconds / 60,
                       seconds % 60);
    else if (seconds < 86400)
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600,
                       seconds / 60 % 60);
    else
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400,
                       seconds / 3600 % 24);
}

void text_bytes(uint64_t bytes, char text[TEXT_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};

    if (bytes < 1024)
        (void)snprintf(text, TEXT_SIZE, "%" PRIu64 " B", bytes);
    else
        scaled((double)bytes, units, 1024, " ", 9.95, text);
}

void text_share(double share, char text[TEXT_SIZE])
{
    double percent = 100 * share;

    if (percent > 99.95 && percent < 100)
        percent = 99.9; /* not rounded up to what it is not */
    if (percent > 0 && percent < 0.05)
        (void)snprintf(text, TEXT_SIZE, "<0.1 %%");
    else
        (void)snprintf(text, TEXT_SIZE, "%.*f %%", percent <= 0 || percent >= 100 ? 0 : 1, percent);
}

void text_time(uint64_t ms, bool date, char text[TEXT_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;

    if (ms == 0 || localtime_r(&seconds, &parts) == NULL ||
        strftime(text, TEXT_SIZE, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &parts) == 0)
        (void)snprintf(text, TEXT_SIZE, "-");
}

/* ---- foreign text ---- */

/* The character that the bytes begin with; 0: they are no UTF-8. */
static uint32_t decode(const unsigned char *text, size_t *bytes)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    uint32_t character = text[0];
    size_t i;

    *bytes = 1;
    if (size == 1)
        return character;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    character &= 0x7fu >> size;
    for (i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (text[i] & 0x3f);
    }
    if (character < least[size] || character > 0x10ffff || (character & 0xfffff800) == 0xd800)
        return 0;
    *bytes = size;
    return character;
}

/* Would do something to a terminal, or to the order of what stands beside it. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

uint32_t text_next(const char *text, bool unicode, size_t *bytes)
{
    uint32_t character;

    *bytes = 0;
    if (*text == '\0')
        return 0;
    character = decode((const unsigned char *)text, bytes);
    if (character == '\n' || character == '\t')
        return ' ';
    if (character == 0 || is_control(character))
        return unicode ? 0xfffd : '?';
    return character < 0x80 || unicode ? character : '?';
}

int text_columns(uint32_t character)
{
    int columns = character < 0x80 ? 1 : wcwidth((wchar_t)character);

    return columns >= 0 ? columns : 1; /* the locale does not know it: most take one */
}

size_t text_encode(uint32_t character, char bytes[5])
{
    size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t i;

    for (i = size - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    bytes[0] = (char)(first[size] | character);
    bytes[size] = '\0';
    return size;
}

bool text_unicode(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    size_t i;

    for (i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && *value != '\0')
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "UTF8") != NULL || strstr(value, "utf-8") != NULL;
    }
    return false;
}

void put_clean(FILE *to, const char *text)
{
    /* A file or a pipe gets the characters as they are, for whoever reads it. */
    bool unicode = text_unicode() || isatty(fileno(to)) == 0;
    size_t bytes;
    uint32_t character;

    while ((character = text_next(text, unicode, &bytes)) != 0) {
        char encoded[5];

        (void)text_encode(character, encoded);
        (void)fputs(encoded, to);
        text += bytes;
    }
}

/* ---- colours ---- */

bool text_colours(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no == NULL || *no == '\0') && isatty(STDOUT_FILENO) == 1 && term != NULL &&
           *term != '\0' && strcmp(term, "dumb") != 0;
}

const char *text_style(enum text_style style, bool colours)
{
    static const char *const sequences[STYLES] = {
        [STYLE_PLAIN] = "\033[0m", [STYLE_DIM] = "\033[2m",   [STYLE_BOLD] = "\033[1m",
        [STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
        [STYLE_HEAD] = "\033[7m",
    };

    return colours ? sequences[style] : "";
}

enum text_style style_of_health(const char *state)
{
    if (strcmp(state, "healthy") == 0)
        return STYLE_GOOD;
    return strcmp(state, "degraded") == 0 ? STYLE_WARN : STYLE_BAD;
}
