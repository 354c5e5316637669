/* pipeline/chain.c - a handler run through the dispatch chain. */
#include "guard/batch.h"
#include "guard/guard.h"
#include "pipeline/links.h"

static enum bus_verdict call_handler(struct bus_delivery *delivery)
{
    const struct handler *handler = delivery->handler;

    if (batches_of(handler) != NULL)
        return batch_call(delivery);
    return delivery->route->type->invoke(handler->function, handler->context, delivery->message,
                                         delivery);
}

enum bus_verdict chain_next(struct chain_link *link, struct bus_delivery *delivery)
{
    link = link_next(&link->link);
    return link != NULL ? link->around(link, delivery) : call_handler(delivery);
}

enum bus_verdict chain_run(struct bus_delivery *delivery)
{
    struct thread *thread = delivery->thread;
    struct chain_link *first;
    enum bus_verdict verdict;

    walk_begin(thread, ROW_CHAIN);
    first = row_first(delivery->bus, ROW_CHAIN);
    verdict = first != NULL ? first->around(first, delivery) : call_handler(delivery);
    walk_end(thread, ROW_CHAIN);
    return verdict;
}
