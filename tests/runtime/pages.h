/* pages.h - what the metrics of a bus said, to be looked at. */
#ifndef PAGES_H
#define PAGES_H

#include <bus/metrics.h>

#include "support.h"

struct page {
    char text[1 << 20];
    size_t size;
    size_t most; /* refuses beyond; 0: takes all */
};

/* A bus_text_fn whose context is a page. */
bool page_take(void *context, const char *text, size_t size);
/* The Prometheus text; valid until the next call. */
struct page *page_of(struct bus *bus, const struct bus_metrics_options *options);
/* The value of the line that begins with `line`, up to its blank; there is exactly one. */
double page_value(const struct page *page, const char *line);
/* What is in a file. */
void page_read(const char *path, struct page *page);

#endif
