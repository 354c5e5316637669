/* show.h - what commands print, text or JSON. */
#ifndef BUSADM_SHOW_H
#define BUSADM_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#include "admin.h"

/* The object on one line. */
void show_json(const json_t *object);
/* "name    text", for details. */
void show_line(const char *name, const char *text);

/* More than one of what is listed goes into the options as a limit and a page. */
enum { SHOW_PAGE = 100 };

/* {"number":..} or the filter that the options say, for actions. NULL: no memory. */
json_t *show_filter(const struct options *options, uint64_t number);
/* Is there any? */
bool has_filter(const struct options *options);
/* The number that is the only argument; 0: none was given. False: it is no number (said). */
bool read_letter_number(const struct options *options, uint64_t *number);
/* Words of --reason and --category; false: said. */
bool filter_is_well(const struct options *options);

#endif
