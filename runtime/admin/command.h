/* command.h - the commands of busadm, and how their options are read. */
#ifndef BUSADM_COMMAND_H
#define BUSADM_COMMAND_H

#include "admin.h"

/* Which options a command takes beside --help and --version. */
enum takes {
    TAKES_SOCKET = 1 << 0, /* and --timeout */
    TAKES_STORE = 1 << 1,
    TAKES_JSON = 1 << 2,
    TAKES_FILTER = 1 << 3,
    TAKES_ALL = 1 << 4, /* numbers of letters, too */
    TAKES_YES = 1 << 5,
    TAKES_RAW = 1 << 6,
    TAKES_TOP = 1 << 7,
    TAKES_SAMPLE = 1 << 8,
    TAKES_PAGE = 1 << 9,     /* --limit, --after */
    TAKES_MESSAGE = 1 << 10, /* alone */
    TAKES_RATE = 1 << 11,
    TAKES_DOT = 1 << 12,
    TAKES_FOLDER = 1 << 13,
    TAKES_LIMIT = 1 << 14,
    TAKES_VERBOSE = 1 << 15,
};

struct command {
    const char *name; /* one word or two */
    const char *arguments;
    const char *summary;
    const char *help;
    int least, most;
    unsigned takes;
    enum exit_code (*run)(const struct options *options);
};

/* Reads the options behind the command's name, arguments[0]. False: wrong use, said. *done: --help
 * or --version was asked for; `help` prints the one. */
bool read_options(const struct command *command, int count, char **arguments,
                  struct options *options, void (*help)(const struct command *command), bool *done);
/* Changes of one letter that make `word` `other`; gives up at `most`. */
unsigned distance(const char *word, const char *other, unsigned most);

#endif
