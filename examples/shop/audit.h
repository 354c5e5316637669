/* audit.h - the component `audit` of shop.bus: counts everything once more. */
#ifndef SHOP_AUDIT_H
#define SHOP_AUDIT_H

#include "shop.bus.h"

#include <stdatomic.h>

/* The context of audit's handlers. The component is concurrent: they may run on several workers at
 * the same time, so everything here is atomic. */
struct audit {
    atomic_uint_least64_t placed;
    atomic_uint_least64_t refused;
    atomic_uint_least64_t settled;
    atomic_int_least64_t revenue; /* cents */
};

#endif
