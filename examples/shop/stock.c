/* Reads the warehouse's articles from a file. */
#include "../common/lines.h"
#include "orders.h"
#include "warehouse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COLUMNS = 4, PRICE_MAX = 100000000 };

static bool article_parse(struct article *article, char *text)
{
    char *fields[COLUMNS];
    uint64_t price, currency, quantity;

    if (csv_split(text, fields, COLUMNS) != COLUMNS || *fields[0] == '\0' ||
        strlen(fields[0]) >= SKU_SIZE || !number_parse(fields[1], 1, PRICE_MAX, &price) ||
        !number_parse(fields[2], 1, 999, &currency) ||
        !number_parse(fields[3], 0, UINT32_MAX, &quantity))
        return false;
    *article = (struct article){.price = {.amount = (int64_t)price, .currency = (uint16_t)currency},
                                .at_start = (uint32_t)quantity,
                                .left = (uint32_t)quantity};
    memcpy(article->sku, fields[0], strlen(fields[0]) + 1);
    return true;
}

/* Appends the article of one line; the first line of the file has the names of the columns. */
static bool line_take(struct warehouse *warehouse, const struct lines *lines)
{
    void *grown;

    if (lines->number == 1 || lines->size == 0)
        return true;
    grown = realloc(warehouse->articles,
                    (warehouse->article_count + 1) * sizeof(warehouse->articles[0]));
    if (grown == NULL)
        return false;
    warehouse->articles = grown;
    if (!article_parse(&warehouse->articles[warehouse->article_count], lines->text))
        return false;
    warehouse->article_count++;
    return true;
}

int warehouse_load(struct warehouse *warehouse, const char *path)
{
    static struct lines lines;
    enum lines_status status;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0) {
        fprintf(stderr, "shop: cannot read the stock %s: %s\n", path, strerror(errno));
        return 2;
    }
    lines_init(&lines, file);
    while ((status = lines_next(&lines)) == LINES_LINE && line_take(warehouse, &lines))
        ;
    if (status == LINES_ERROR)
        fprintf(stderr, "shop: cannot read the stock %s: %s\n", path, strerror(errno));
    else if (status != LINES_END)
        fprintf(stderr, "shop: %s:%" PRIu64 ": expected sku,price,currency,quantity\n", path,
                lines.number);
    close(file);
    return status == LINES_END ? 0 : 2;
}

void warehouse_free(struct warehouse *warehouse)
{
    free(warehouse->articles);
    free(warehouse->reservations);
    journal_close(&warehouse->file);
    numbers_free(&warehouse->shipped);
}
