#include "summary.h"

#include <inttypes.h>

enum { BUY_AGAIN = 50, NUMBER_SIZE = 32 };

/* "1,234,567" */
static const char *grouped(uint64_t value, char out[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, value);
    char *to = out;

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

void count_line(FILE *out, const char *what, uint64_t value)
{
    char buffer[NUMBER_SIZE];

    fprintf(out, "  %-24s %12s\n", what, grouped(value, buffer));
}

void bills_line(FILE *out, const char *what, uint64_t count, int64_t cents)
{
    char counted[NUMBER_SIZE];
    char euros[NUMBER_SIZE];

    fprintf(out, "  %-24s %12s   EUR %12s.%02" PRId64 "\n", what, grouped(count, counted),
            grouped((uint64_t)cents / 100, euros), cents % 100);
}

static void malformed_print(FILE *out, const struct desk *desk)
{
    uint64_t shown = desk->malformed < COMPLAINTS_SHOWN ? desk->malformed : COMPLAINTS_SHOWN;

    if (desk->malformed == 0 || desk->all)
        return;
    fprintf(out, "\nMalformed lines\n");
    for (uint64_t i = 0; i < shown; i++)
        fprintf(out, "  line %6" PRIu64 "  %s\n", desk->complaints[i].line,
                desk->complaints[i].reason);
    if (desk->malformed > shown)
        fprintf(out, "  and %" PRIu64 " more (--all prints them)\n", desk->malformed - shown);
}

/* The newest that billing heard about an article; -1: nothing. */
static int64_t heard(const struct billing *billing, const char *sku)
{
    for (size_t i = 0; i < billing->news_count; i++)
        if (strcmp(billing->news[i].sku, sku) == 0)
            return billing->news[i].left;
    return -1;
}

static void stock_print(FILE *out, const struct warehouse *warehouse, const struct billing *billing)
{
    fprintf(out, "\nStock\n  %-16s %9s %9s %9s %22s\n", "article", "at start", "shipped", "left",
            "orders that found none");
    for (size_t i = 0; i < warehouse->article_count; i++) {
        const struct article *article = &warehouse->articles[i];
        int64_t left = heard(billing, article->sku);

        fprintf(out, "  %-16s %9" PRIu32 " %9" PRIu32 " %9" PRIu32, article->sku, article->at_start,
                article->shipped, article->left);
        fprintf(out, " %22" PRIu32 "%s\n", article->missed,
                left >= 0 && left <= BUY_AGAIN ? "  buy again" : "");
    }
    if (warehouse->reservation_count > 0)
        fprintf(out, "  (%zu reservations are open)\n", warehouse->reservation_count);
}

static void bills_print(FILE *out, const struct billing *billing, struct audit *audit)
{
    int64_t revenue = billing->paid.total + billing->billed.total;
    int64_t audited = (int64_t)atomic_load(&audit->revenue);

    fprintf(out, "\nBills\n");
    bills_line(out, "paid by card", billing->paid.count, billing->paid.total);
    bills_line(out, "on invoice", billing->billed.count, billing->billed.total);
    bills_line(out, "revenue", billing->paid.count + billing->billed.count, revenue);
    count_line(out, "with a coupon", billing->coupons);
    count_line(out, "no rate at first", billing->failed);
    if (billing->lost > 0)
        count_line(out, "NOT ANNOUNCED: lane full", billing->lost);
    fprintf(out, "  The audit component counted %s.\n",
            audited == revenue &&
                    atomic_load(&audit->settled) == billing->paid.count + billing->billed.count
                ? "the same"
                : "SOMETHING ELSE");
}

void payments_print(FILE *out, const struct cashier *cashier, const struct failures *failures)
{
    const struct gateway_figures *figures = &cashier->gateway->figures;

    fprintf(out, "\nPayments by card\n");
    bills_line(out, "charged", figures->charged, figures->cents);
    count_line(out, "gateway was asked", figures->requests);
    count_line(out, "  it hung up", figures->hung_up);
    count_line(out, "  it said no", figures->refused);
    count_line(out, "  had charged before", figures->asked_again);
    count_line(out, "cashier ran again", cashier->runs_again);
    count_line(out, "breaker opened", failures->opened);
    count_line(out, "breaker closed again", failures->closed);
    if (cashier->lost > 0)
        count_line(out, "NOT ANNOUNCED: lane full", cashier->lost);
    if (cashier->paid != figures->charged)
        fprintf(out, "  THE CASHIER COUNTED %" PRIu64 ".\n", cashier->paid);
}

void desk_print(FILE *out, const char *orders, const struct desk *desk)
{
    const char *slash = strrchr(orders, '/');

    if (strcmp(orders, "-") == 0)
        orders = "standard input";
    fprintf(out, "Orders from %s\n", slash != NULL ? slash + 1 : orders);
    count_line(out, "lines read", desk->lines);
    count_line(out, "  header", desk->headers);
    count_line(out, "  malformed", desk->malformed);
    count_line(out, "  orders", desk->lines - desk->headers - desk->malformed);
    count_line(out, "accepted", desk->accepted);
    count_line(out, "refused: out of stock", desk->refused_stock);
    count_line(out, "refused: unknown article", desk->refused_unknown);
    if (desk->failed > 0)
        count_line(out, "FAILED", desk->failed);
    if (desk->failure[0] != '\0')
        fprintf(out, "  first failure: %s\n", desk->failure);
    malformed_print(out, desk);
}

void summary_print(FILE *out, const struct warehouse *warehouse, const struct billing *billing,
                   struct audit *audit)
{
    stock_print(out, warehouse, billing);
    bills_print(out, billing, audit);
}
