/* report.h - what the program prints at the end. */
#ifndef PACKAGES_REPORT_H
#define PACKAGES_REPORT_H

#include "components.h"

#include <stdio.h>

/* `all`: every upgrade, not only the last ones. */
void report_print(FILE *out, const struct components *components, bool all);

#endif
