#include "keep.h"

#include "summary.h"

#include <bus/durable.h>
#ifdef SHOP_STORE
#include <bus/sqlite_store.h>
#endif

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#ifdef SHOP_STORE

bool keep_open(struct keep *keep, const char *folder)
{
    const struct bus_store *store;
    char path[4096];

    keep->folder = folder;
    if (folder == NULL)
        return true;
    snprintf(path, sizeof(path), "%s/bus.db", folder);
    if (bus_sqlite_store_open(&keep->store, path, NULL) != BUS_OK) {
        fprintf(stderr, "shop: %s\n", bus_last_error());
        return false;
    }
    store = keep_store(keep);
    store->state(store->context, &keep->found);
    return true;
}

const struct bus_store *keep_store(const struct keep *keep)
{
    return keep->folder != NULL ? bus_sqlite_store_table(keep->store) : NULL;
}

void keep_close(struct keep *keep)
{
    bus_sqlite_store_close(&keep->store);
}

#else /* built where SQLite is not */

bool keep_open(struct keep *keep, const char *folder)
{
    keep->folder = NULL;
    if (folder != NULL)
        fputs("shop: --keep needs busgen::store, which was left out of this build: no SQLite "
              "(on Debian: apt install libsqlite3-dev, then build again)\n",
              stderr);
    return folder == NULL;
}

const struct bus_store *keep_store(const struct keep *keep)
{
    (void)keep;
    return NULL;
}

void keep_close(struct keep *keep)
{
    (void)keep;
}

#endif

void keep_found_print(FILE *out, const struct keep *keep, const struct books *books)
{
    uint64_t events = keep->found.kinds[BUS_STORED_EVENT].count;
    uint64_t letters = keep->found.kinds[BUS_STORED_LETTER].count;

    if (keep->folder == NULL)
        return;
    if (keep->found.text[0] != '\0')
        fprintf(out, "The store says: %s\n", keep->found.text);
    if (books->before + events + letters == 0) {
        fprintf(out, "Nothing is on disk yet.\n\n");
    } else {
        fprintf(out, "Found on disk\n");
        count_line(out, "answers in the books", books->before);
        count_line(out, "accepted, and not done", events);
        count_line(out, "dead letters", letters);
        fprintf(out, "  The desk reads the orders from the first line again.\n\n");
    }
    fflush(out); /* what comes now may not come to its end */
}

static void came_again_print(FILE *out, const struct bus_durable_figures *figures,
                             const struct books *books, const struct warehouse *warehouse,
                             const struct gateway_figures *charged)
{
    fprintf(out, "\nWhat came again\n");
    count_line(out, "delivered from disk", figures->restored);
    count_line(out, "  shipped before", warehouse->known);
    count_line(out, "  charged before", charged->asked_again);
    count_line(out, "  in the books before", books->known);
    count_line(out, "published, and known", figures->known);
    fprintf(out, "  Delivered at least once; what was done before is known, and not done again.\n");
}

static void books_print(FILE *out, const struct books *books, const struct gateway_figures *charged)
{
    fprintf(out, "\nThe books\n");
    count_line(out, "answers", books->answered.count);
    bills_line(out, "  paid by card", books->paid.count, books->paid.total);
    bills_line(out, "  on invoice", books->billed.count, books->billed.total);
    count_line(out, "  refused", books->refused);
    bills_line(out, "charged by the gateway", charged->charged, charged->cents);
}

bool keep_print(FILE *out, struct bus *bus, const struct desk *desk, const struct books *books,
                const struct warehouse *warehouse, const struct gateway_figures *charged)
{
    bool same = books->paid.count == charged->charged && books->paid.total == charged->cents;
    struct bus_durable_figures figures;
    struct books_check check;
    bool all;

    if (bus_durable_figures_read(bus, &figures) != BUS_OK ||
        !books_check(books, &desk->orders, &check)) {
        fprintf(stderr, "shop: cannot read the books: %s\n", strerror(errno));
        return false;
    }
    if (books->before + figures.restored + figures.known > 0)
        came_again_print(out, &figures, books, warehouse, charged);
    books_print(out, books, charged);
    all = check.answered == desk->orders.count && check.twice == 0;
    if (all && same)
        fprintf(out, "  Every order that was read is answered, and once.\n");
    if (!all)
        fprintf(out, "  NOT ANSWERED: %" PRIu64 ", ANSWERED AGAIN: %" PRIu64 "\n",
                desk->orders.count - check.answered, check.twice);
    if (!same)
        fprintf(out, "  THE GATEWAY HAS CHARGED SOMETHING ELSE.\n");
    if (figures.stayed + figures.damaged + figures.strange > 0)
        fprintf(out, "  STILL ON DISK: %" PRIu64 "\n",
                figures.stayed + figures.damaged + figures.strange);
    return all && same;
}
