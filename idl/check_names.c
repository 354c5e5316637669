/*
 * check_names.c - clashes between the C names that are generated.
 */
#include "internal.h"

void check_names(struct context *context)
{
    (void)context;
}
