/*
 * journal.h - a file of lines on disk, to which lines are added.
 *
 * A line that was added is there for good, whatever is killed or crashes then; one that was being
 * added is there in whole or not at all.
 */
#ifndef EXAMPLES_JOURNAL_H
#define EXAMPLES_JOURNAL_H

#include <stdbool.h>

/* All zero: there is no file, and lines go nowhere. */
struct journal {
    bool is_open;
    int file;
};

/* Gets a line without its end; may write to it. False: something is wrong with it. */
typedef bool (*journal_reader)(void *context, char *line);

/* Opens FOLDER/NAME, or makes it, and reads it. FOLDER NULL: no file. False: it is not open, and
 * errno says why; EILSEQ: the reader did not like a line. */
bool journal_open(struct journal *journal, const char *folder, const char *name,
                  journal_reader reader, void *context);
/* Reads it once more, from its beginning. */
bool journal_read(const struct journal *journal, journal_reader reader, void *context);
/* `line` ends with its only newline. True: it is on disk; false, with errno: it is not there. */
bool journal_add(const struct journal *journal, const char *line);
void journal_close(struct journal *journal);

#endif
