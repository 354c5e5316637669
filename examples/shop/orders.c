#include "orders.h"

#include <stdarg.h>
#include <stdio.h>

enum { COLUMNS = 6, QUANTITY_MAX = 1000000, SHOWN_MAX = 24 };

__attribute__((format(printf, 2, 3))) static bool malformed(struct order_line *line,
                                                            const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line->reason, sizeof(line->reason), format, arguments);
    va_end(arguments);
    return false;
}

/* Input as it may be shown on a terminal: short, printable ASCII. */
static const char *shown(const char *text, char out[SHOWN_MAX + 4])
{
    size_t i;

    for (i = 0; i < SHOWN_MAX && text[i] != '\0'; i++)
        out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    memcpy(out + i, text[i] != '\0' ? "..." : "", text[i] != '\0' ? 4 : 1);
    return out;
}

/* The text inside the quotes that `text` begins with, in place; NULL when they do not end. *rest
 * points behind the closing quote. */
static char *unquote(char *text, char **rest)
{
    char *from = text + 1;
    char *to = text;

    for (; *from != '\0'; from++) {
        if (*from == '"') {
            if (from[1] != '"') {
                *rest = from + 1;
                *to = '\0';
                return text;
            }
            from++;
        }
        *to++ = *from;
    }
    return NULL;
}

size_t csv_split(char *text, char **fields, size_t most)
{
    size_t count = 0;

    for (;;) {
        char *field = text;
        char *end = text;

        if (*text == '"') {
            field = unquote(text, &end);
            if (field == NULL || (*end != ',' && *end != '\0'))
                return 0;
        } else {
            end += strcspn(text, ",");
        }
        if (count < most)
            fields[count] = field;
        count++;
        if (*end == '\0')
            return count;
        *end = '\0';
        text = end + 1;
    }
}

bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return value >= least && value <= most;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

/* "2026-12-24" */
static bool date_parse(char *text, int64_t *time_ns)
{
    static const uint64_t days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year, month, day;
    bool leap;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    text[4] = '\0';
    text[7] = '\0';
    if (!number_parse(text, 1970, 2200, &year) || !number_parse(text + 5, 1, 12, &month) ||
        !number_parse(text + 8, 1, days[month - 1], &day))
        return false;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2 && day == 29 && !leap)
        return false;
    *time_ns =
        days_from_civil((int64_t)year, (int64_t)month, (int64_t)day) * 86400 * (int64_t)BUS_SECOND;
    return true;
}

/* card:TOKEN or invoice:DATE */
static bool payment_parse(struct order_line *line, char *text)
{
    struct shop_payment *payment = &line->order.payment;
    char buffer[SHOWN_MAX + 4];

    if (strncmp(text, "card:", 5) == 0) {
        if (text[5] == '\0')
            return malformed(line, "the card has no token");
        payment->type = SHOP_PAYMENT_CARD;
        payment->card.token = bus_cstr(text + 5);
        return true;
    }
    if (strncmp(text, "invoice:", 8) == 0) {
        payment->type = SHOP_PAYMENT_INVOICE;
        if (date_parse(text + 8, &payment->invoice.due_at_ns))
            return true;
        return malformed(line, "an invoice is due on YYYY-MM-DD, not \"%s\"",
                         shown(text + 8, buffer));
    }
    return malformed(line, "payment \"%s\" is neither card:TOKEN nor invoice:DATE",
                     shown(text, buffer));
}

/* SKU*QUANTITY */
static bool item_parse(struct order_line *line, char *text, struct shop_line *item)
{
    char *star = strchr(text, '*');
    uint64_t quantity;
    char buffer[SHOWN_MAX + 4];

    if (star == NULL || star == text)
        return malformed(line, "item \"%s\" is not ARTICLE*QUANTITY", shown(text, buffer));
    *star = '\0';
    if (!number_parse(star + 1, 1, QUANTITY_MAX, &quantity))
        return malformed(line, "quantity \"%s\" is not a number from 1 to %d",
                         shown(star + 1, buffer), QUANTITY_MAX);
    *item = (struct shop_line){.sku = bus_cstr(text), .quantity = (uint32_t)quantity};
    return true;
}

/* Items with semicolons between them. */
static bool items_parse(struct order_line *line, char *text)
{
    char buffer[SHOWN_MAX + 4];
    uint32_t count = 0;

    for (;;) {
        char *semicolon = strchr(text, ';');

        if (semicolon != NULL)
            *semicolon = '\0';
        if (count == SHOP_LINES_MAX)
            return malformed(line, "more than %u items", SHOP_LINES_MAX);
        if (!item_parse(line, text, &line->lines[count]))
            return false;
        for (uint32_t i = 0; i < count; i++)
            if (bus_string_equal(line->lines[i].sku, line->lines[count].sku))
                return malformed(line, "article \"%s\" twice", shown(text, buffer));
        count++;
        if (semicolon == NULL)
            break;
        text = semicolon + 1;
    }
    line->order.lines.data = line->lines;
    line->order.lines.size = count;
    return true;
}

bool order_is_header(const char *text)
{
    return strncmp(text, "order_id,", 9) == 0;
}

bool order_parse(struct order_line *line, char *text, size_t size)
{
    struct shop_order_placed *order = &line->order;
    char *fields[COLUMNS];
    char buffer[SHOWN_MAX + 4];
    size_t columns;
    uint64_t number;

    shop_order_placed_init(order);
    if (size == 0)
        return malformed(line, "empty line");
    if (strlen(text) != size)
        return malformed(line, "a NUL byte");
    columns = csv_split(text, fields, COLUMNS);
    if (columns == 0)
        return malformed(line, "a quote is not closed, or text follows it");
    if (columns != COLUMNS)
        return malformed(line, "%zu columns, expected %d", columns, COLUMNS);
    if (!number_parse(fields[0], 1, UINT64_MAX, &order->order_id))
        return malformed(line, "order number \"%s\" is not a positive number",
                         shown(fields[0], buffer));
    if (*fields[1] == '\0')
        return malformed(line, "no customer");
    order->customer = bus_cstr(fields[1]);
    if (!payment_parse(line, fields[2]) || !items_parse(line, fields[3]))
        return false;
    if (*fields[4] != '\0') {
        if (!number_parse(fields[4], 0, 100, &number))
            return malformed(line, "discount \"%s\" is not a number from 0 to 100",
                             shown(fields[4], buffer));
        order->discount.has = true;
        order->discount.value = (uint8_t)number;
    }
    if (*fields[5] != '\0') {
        order->coupon.has = true;
        order->coupon.value = bus_cstr(fields[5]);
    }
    return true; /* texts that are too long are refused by the bus when they are sent */
}
