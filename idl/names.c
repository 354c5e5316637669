/*
 * names.c - which identifiers are good.
 */
#include "parse.h"

void name_check(struct context *context, struct idl_span span)
{
    (void)context;
    (void)span;
}
