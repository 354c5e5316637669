/*
 * orders.h - one line of an orders file, read straight into the message that is sent.
 *
 * A line is CSV as spreadsheets write it, six columns:
 *
 *     order_id,customer,payment,items,discount,coupon
 *     1001,"Lovelace, Ada",card:tok_8f3a,PEN-RED*2;INK-BLUE*1,5,SPRING
 *     1002,Alan Turing,invoice:2026-12-24,PAPER-A4*10,,
 *
 * discount (percent) and coupon may be empty.
 */
#ifndef SHOP_ORDERS_H
#define SHOP_ORDERS_H

#include "shop.bus.h"

/* A message and the memory that it points to. */
struct order_line {
    struct shop_order_placed order; /* prices are not filled in */
    struct shop_line lines[SHOP_LINES_MAX];
    char reason[160]; /* why the line is malformed */
};

/* What happens to an order happens once: so the order's number is in the id of each durable event
 * about it, and the bus's store knows one that is published again. */
static inline struct bus_uuid order_message_id(const struct bus_message_type *type, uint64_t order)
{
    return (struct bus_uuid){.high = type->id, .low = order};
}

/* Reads `text` (`size` bytes, with a NUL behind; is written to) into line->order, which is valid as
 * long as `text` and `line` are. False: malformed, see line->reason. */
bool order_parse(struct order_line *line, char *text, size_t size);
/* True for the line with the names of the columns. */
bool order_is_header(const char *text);

/* Splits a CSV line in place into at most `most` fields. Returns how many there are, counting those
 * that found no place; 0: a quote is not closed, or text follows a closing quote. */
size_t csv_split(char *text, char **fields, size_t most);
/* Digits only, from `least` to `most`. */
bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *number);

#endif
