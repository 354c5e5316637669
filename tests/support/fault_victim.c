/*
 * Food for fault_controls: allocates and writes three times. `good` tells each failure with exit
 * status 2, `careless` crashes on a failed allocation, `silent` says nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *mode, const char *what)
{
    if (strcmp(mode, "silent") != 0)
        fprintf(stderr, "victim: cannot %s\n", what);
    return 2;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "good";
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (file < 0)
        return fail(mode, "open");
    for (int i = 0; i < 3; i++) {
        char *volatile text = malloc(100);

        if (text == NULL && strcmp(mode, "careless") != 0)
            return fail(mode, "allocate");
        text[0] = 'x';
        if (write(file, (char *)text, 1) != 1)
            return fail(mode, "write");
        free(text);
    }
    return close(file) == 0 ? 0 : fail(mode, "close");
}
