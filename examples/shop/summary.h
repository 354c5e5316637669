/* summary.h - what the shop prints at the end. */
#ifndef SHOP_SUMMARY_H
#define SHOP_SUMMARY_H

#include "audit.h"
#include "billing.h"
#include "desk.h"
#include "warehouse.h"

#include <stdio.h>

/* Only when nothing runs any more. */
void summary_print(FILE *out, const char *orders, const struct desk *desk,
                   const struct warehouse *warehouse, const struct billing *billing,
                   struct audit *audit);

#endif
