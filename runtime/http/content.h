/* http/content.h - a message in words, for those who may see it. */
#ifndef BUSGEN_HTTP_CONTENT_H
#define BUSGEN_HTTP_CONTENT_H

#include <bus/schema.h>

/* In a list of many; of one alone. What is longer is cut, and ends in "...". */
enum { CONTENT_SHORT = 4 * 1024, CONTENT_LONG = 256 * 1024 };

/* The message as one line, "order_placed { order_id: 42, token: *** }"; fields marked secret are
 * ***. `type` NULL: not known here. To be freed; NULL: no memory. */
char *content_text(const struct bus_message_type *type, const uint8_t *bytes, uint32_t size,
                   size_t most);

#endif
