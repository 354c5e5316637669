/* summary.h - what the shop prints at the end. */
#ifndef SHOP_SUMMARY_H
#define SHOP_SUMMARY_H

#include "audit.h"
#include "billing.h"
#include "cashier.h"
#include "desk.h"
#include "failures.h"
#include "warehouse.h"

#include <stdio.h>

/* One line each. */
void count_line(FILE *out, const char *what, uint64_t value);
void bills_line(FILE *out, const char *what, uint64_t count, int64_t cents);

/* Only when nothing runs any more. */
void desk_print(FILE *out, const char *orders, const struct desk *desk);
/* What was done since the program was started. */
void summary_print(FILE *out, const struct warehouse *warehouse, const struct billing *billing,
                   struct audit *audit);
/* The gateway is closed. */
void payments_print(FILE *out, const struct cashier *cashier, const struct failures *failures);

#endif
