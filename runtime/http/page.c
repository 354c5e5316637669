/* http/page.c - the page at /, made from page/ by .cmake/embed_page.cmake. */
#include "http/server.h"

#include "http/page.h"

enum MHD_Result http_page(struct http_request *request)
{
    return http_answer_fixed(request, "text/html; charset=utf-8", http_page_bytes, http_page_size,
                             http_page_policy);
}
