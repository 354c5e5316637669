/*
 * check_wiring.c - whether every command has one handler.
 */
#include "internal.h"

void check_wiring(struct context *context)
{
    (void)context;
}
