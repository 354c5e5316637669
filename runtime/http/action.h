/* http/action.h - what the actions share: which letters are meant. */
#ifndef BUSGEN_HTTP_ACTION_H
#define BUSGEN_HTTP_ACTION_H

#include <bus/dead_letters.h>

#include "http/server.h"

/* As the body of the request says; texts are the body's. */
struct choice {
    struct bus_dead_letter_filter filter;
    uint64_t number; /* 0: none was named */
    uint32_t per_second;
};

/* False: it was answered (400), whose result is in *result. `paced`: it may say per_second. */
bool choice_read(struct http_request *request, bool paced, struct choice *choice,
                 enum MHD_Result *result);

#endif
