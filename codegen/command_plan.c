#include "command.h"
#include <stdio.h>
enum exit_code run_plan(struct memory *memory, const struct options *options)
{
    (void)memory;
    (void)options;
    fprintf(stderr, "busgen plan: not available yet\n");
    return EXIT_WRONG_USE;
}
