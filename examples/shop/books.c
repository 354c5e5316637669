#include "books.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 64 };

static void count(struct books *books, const char *answer, int64_t cents)
{
    struct bills *bills = strcmp(answer, "paid") == 0     ? &books->paid
                          : strcmp(answer, "billed") == 0 ? &books->billed
                                                          : NULL;

    if (bills == NULL) {
        books->refused++;
        return;
    }
    bills->count++;
    bills->total += cents;
}

static bool line_parse(const char *line, uint64_t *order, char answer[16], int64_t *cents)
{
    return sscanf(line, "%" SCNu64 " %15s %" SCNd64, order, answer, cents) == 3;
}

static bool line_take(void *context, char *line)
{
    struct books *books = context;
    char answer[16];
    uint64_t order;
    int64_t cents;

    if (!line_parse(line, &order, answer, &cents) || !numbers_add(&books->answered, order))
        return false;
    count(books, answer, cents);
    return true;
}

bool books_open(struct books *books, const char *folder)
{
    bool opened = journal_open(&books->file, folder, "books.txt", line_take, books);

    books->before = books->answered.count;
    return opened;
}

void books_close(struct books *books)
{
    journal_close(&books->file);
    numbers_free(&books->answered);
}

static bool line_compare(void *context, char *line)
{
    struct books_check *check = context;
    char answer[16];
    uint64_t order;
    int64_t cents;

    if (!line_parse(line, &order, answer, &cents) || !numbers_room(&check->seen))
        return false;
    if (!numbers_add(&check->seen, order))
        check->twice++;
    else if (numbers_has(check->orders, order))
        check->answered++;
    return true;
}

bool books_check(const struct books *books, const struct numbers *orders, struct books_check *check)
{
    bool read;

    *check = (struct books_check){.orders = orders};
    read = journal_read(&books->file, line_compare, check);
    numbers_free(&check->seen);
    return read;
}

/* May run again for an order that has its line: when the line was on disk, and this program ended
 * before the bus knew that the handler had succeeded. */
static enum bus_verdict answer_order(struct books *books, struct bus_delivery *delivery,
                                     uint64_t order, const char *answer, int64_t cents)
{
    char line[LINE_SIZE];

    if (numbers_has(&books->answered, order)) {
        books->known++;
        return BUS_DONE;
    }
    snprintf(line, sizeof(line), "%" PRIu64 " %s %" PRId64 "\n", order, answer, cents);
    if (!numbers_room(&books->answered))
        return bus_fail_errno(delivery, ENOMEM, "books");
    if (!journal_add(&books->file, line))
        return bus_fail_errno(delivery, errno, "books");
    (void)numbers_add(&books->answered, order);
    count(books, answer, cents);
    return BUS_DONE;
}

enum bus_verdict shop_books_on_order_settled(void *context, const struct shop_order_settled *event,
                                             struct bus_delivery *delivery)
{
    struct books *books = context;

    if (books->settled++ == books->kill_after)
        (void)raise(SIGKILL); /* as if somebody had said kill -9 just now */
    return answer_order(books, delivery, event->order_id,
                        event->state == SHOP_ORDER_STATE_PAID ? "paid" : "billed",
                        event->total.amount);
}

enum bus_verdict shop_books_on_order_refused(void *context, const struct shop_order_refused *event,
                                             struct bus_delivery *delivery)
{
    return answer_order(context, delivery, event->order_id, "refused", 0);
}
