/*
 * From version to version: what orders.bus.h asks for, a function for each step. They run when
 * bytes of an older version are read, so they look at `older` and at nothing else; what they print
 * is for show.
 */
#include <stdio.h>
#include <string.h>

#include "orders.bus.h"

/* The two names are parts of the one text, where it is. */
bool orders_placed_upgrade_v1(const struct orders_placed_v1 *older, struct orders_placed_v2 *newer,
                              struct bus_upgrading *upgrading)
{
    const struct bus_string name = older->customer;
    const char *space = name.size != 0 ? memchr(name.data, ' ', name.size) : NULL;

    (void)upgrading;
    printf("  placed 1 to 2: order %u of \"%s\"\n", (unsigned)older->number, name.data);
    if (space == NULL)
        return false; /* a dead letter keeps it, until this function knows better */
    newer->number = older->number;
    newer->first = (struct bus_string){name.data, (uint32_t)(space - name.data)};
    newer->last = (struct bus_string){space + 1, name.size - newer->first.size - 1};
    newer->cents = older->cents;
    return true;
}

/* What is in none of the older messages needs memory: the greeting is made here. */
bool orders_placed_upgrade_v2(const struct orders_placed_v2 *older, struct orders_placed *newer,
                              struct bus_upgrading *upgrading)
{
    enum { GREETING = 80 };
    char *greeting = bus_upgrade_memory(upgrading, GREETING + 1);
    int length;

    printf("  placed 2 to 3: order %u of \"%s\" \"%s\"\n", (unsigned)older->number,
           older->first.data, older->last.data);
    if (greeting == NULL)
        return false;
    length = snprintf(greeting, GREETING + 1, "Dear %s", older->first.data);
    newer->number = older->number;
    newer->customer.first = older->first;
    newer->customer.last = older->last;
    newer->customer.greeting = (struct bus_string){greeting, (uint32_t)length};
    newer->price.minor = older->cents;
    newer->price.currency = ORDERS_CURRENCY_EUR; /* there was no other */
    return true;
}

bool orders_reminded_upgrade_v1(const struct orders_reminded_v1 *older,
                                struct orders_reminded *newer, struct bus_upgrading *upgrading)
{
    enum { WORDS = 16 };
    struct bus_string *words = bus_upgrade_memory(upgrading, WORDS * sizeof *words);
    const char *at = older->text.data, *end = at + older->text.size;
    uint32_t count = 0;

    printf("  reminded 1 to 2: \"%s\"\n", older->text.data);
    if (words == NULL)
        return false;
    while (at < end && count < WORDS) {
        const char *space = memchr(at, ' ', (size_t)(end - at));

        if (space == NULL || count == WORDS - 1)
            space = end;
        words[count++] = (struct bus_string){at, (uint32_t)(space - at)};
        at = space + 1;
    }
    newer->number = older->number;
    newer->words.data = words;
    newer->words.size = count;
    return true;
}
