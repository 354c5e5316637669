#include "account.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES_MAX = 64 };

struct row {
    const char *name;
    struct bus_account account;
};

struct table {
    struct row rows[TYPES_MAX];
    size_t count;
    size_t lost; /* types that did not fit */
};

static void collect(void *context, const struct bus_message_type *type,
                    const struct bus_account *account)
{
    struct table *table = context;

    if (table->count == TYPES_MAX) {
        table->lost++;
        return;
    }
    table->rows[table->count].name = bus_type_name(type);
    table->rows[table->count].account = *account;
    table->count++;
}

static int by_name(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;

    return strcmp(left->name, right->name);
}

/* True when nothing ever happened to the type. */
static bool untouched(const struct bus_account *a)
{
    return a->accepted == 0 && a->filtered == 0 && a->rejected == 0 && a->throttled == 0 &&
           a->closed == 0 && a->invalid == 0 && a->calls == 0;
}

bool account_print(FILE *out, struct bus *bus)
{
    static struct table table;
    bool all = true;

    table.count = 0;
    table.lost = 0;
    if (bus_audit(bus, 5 * BUS_SECOND, collect, &table) != BUS_OK) {
        fprintf(stderr, "no account: %s\n", bus_last_error());
        return false;
    }
    qsort(table.rows, table.count, sizeof(table.rows[0]), by_name);
    fprintf(out, "  %-34s %9s %9s %7s %8s %6s %9s\n", "message", "accepted", "processed", "failed",
            "dropped", "other", "refused");
    for (size_t i = 0; i < table.count; i++) {
        const struct bus_account *a = &table.rows[i].account;
        uint64_t other = a->replaced + a->expired + a->cancelled + a->left + a->held + a->running;
        uint64_t refused = a->filtered + a->rejected + a->throttled + a->closed + a->invalid;
        bool balances = bus_account_balances(a);

        if (untouched(a))
            continue;
        fprintf(out, "  %-34s %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %8" PRIu64, table.rows[i].name,
                a->accepted, a->processed, a->failed, a->dropped);
        fprintf(out, " %6" PRIu64 " %9" PRIu64 "  %s\n", other, refused,
                balances ? "balances" : "DOES NOT BALANCE");
        all = all && balances;
    }
    fprintf(out, "  accepted = processed + failed + dropped + other; refused ones were never "
                 "accepted.\n");
    if (table.lost > 0)
        fprintf(out, "  (%zu more message types)\n", table.lost);
    return all && table.lost == 0;
}
