/* account.h - prints the conservation account of a bus, one row for each message type. */
#ifndef EXAMPLES_ACCOUNT_H
#define EXAMPLES_ACCOUNT_H

#include <bus/bus.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints the account of every message type that `bus` has seen, sorted by name. Returns true when
 * all of them balance: what was accepted is processed, failed, dropped or still somewhere. */
bool account_print(FILE *out, struct bus *bus);

#endif
