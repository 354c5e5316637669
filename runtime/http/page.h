/* http/page.h - what .cmake/embed_page.cmake writes into page_bytes.c: the page as one text, and
 * the Content-Security-Policy that lets run what is in it, by its hashes, and nothing else. */
#ifndef BUSGEN_HTTP_PAGE_H
#define BUSGEN_HTTP_PAGE_H

#include <stddef.h>

extern const unsigned char http_page_bytes[];
extern const size_t http_page_size;
extern const char http_page_policy[];

#endif
