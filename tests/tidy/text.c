/*
 * Rules about any text that people write: blanks, marks of unfinished work, words that belong to
 * somebody's machine and not to the project.
 */
#include "tidy.h"

#include <ctype.h>
#include <string.h>

static void check_blanks(const struct tidy_source *source)
{
    const char *text = source->text;

    for (size_t at = 0; at < source->size; at++) {
        if (text[at] == '\t' && source->is_c)
            tidy_complain(source, at, TIDY_BLANK, "a tab", "indent with four blanks");
        if (text[at] == '\r')
            tidy_complain(source, at, TIDY_BLANK, "a carriage return", "lines end with \\n");
        if (text[at] == '\n' && at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
            tidy_complain(source, at, TIDY_BLANK, "a blank at the end of a line", "remove it");
    }
    if (source->size > 0 && text[source->size - 1] != '\n')
        tidy_complain(source, source->size, TIDY_BLANK, "no line end at the end", "add one");
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Each occurrence of `word`, standing alone if `whole`. */
static void check_word(const struct tidy_source *source, const char *word, bool whole,
                       enum tidy_rule rule, const char *instead)
{
    size_t size = strlen(word);
    const char *at = source->text;

    while ((at = strstr(at, word)) != NULL) {
        if (!whole || ((at == source->text || !is_word(at[-1])) && !is_word(at[size])))
            tidy_complain(source, (size_t)(at - source->text), rule, word, instead);
        at += size;
    }
}

void tidy_check_text(const struct tidy_source *source)
{
    /* In pieces, so that this file does not find itself. */
    /* clang-format off */
    static const char *const marks[] = {"TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"};
    static const char *const places[] = {"/wo" "rk/", "/fa" "rm/", "/tmp/" "build", "/home" "/",
                                         "/tmp/" "busgen/"};
    /* clang-format on */

    if (!source->generated)
        check_blanks(source);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        check_word(source, marks[i], true, TIDY_UNFINISHED, "finish it, or write an issue");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        check_word(source, places[i], false, TIDY_WORKPLACE,
                   "no paths of one machine; look it up or take an option");
}
