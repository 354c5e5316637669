/* pages.c - see the header. */
#include "pages.h"

#include <stdio.h>

bool page_take(void *context, const char *text, size_t size)
{
    struct page *page = context;

    if (page->size + size >= sizeof page->text || (page->most != 0 && page->size > page->most))
        return false;
    memcpy(page->text + page->size, text, size);
    page->size += size;
    page->text[page->size] = '\0';
    return true;
}

struct page *page_of(struct bus *bus, const struct bus_metrics_options *options)
{
    static struct page page;

    page = (struct page){.size = 0};
    assert_int_equal(bus_metrics_text(bus, options, page_take, &page), BUS_OK);
    return &page;
}

double page_value(const struct page *page, const char *line)
{
    const char *found = NULL, *at = page->text;
    size_t size = strlen(line);

    for (; at != NULL && *at != '\0'; at = strchr(at, '\n'), at += at != NULL)
        if (strncmp(at, line, size) == 0 && at[size] == ' ') {
            if (found != NULL)
                fail_msg("twice: %s", line);
            found = at + size + 1;
        }
    if (found == NULL)
        fail_msg("there is no %s", line);
    return strtod(found, NULL);
}

void page_read(const char *path, struct page *page)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    page->size = fread(page->text, 1, sizeof page->text - 1, file);
    page->text[page->size] = '\0';
    (void)fclose(file);
}
