/* pipeline/chain.c - a handler run through the dispatch chain. */
#include <bus/pipeline.h>

#include "guard/batch.h"
#include "guard/guard.h"
#include "os/probes.h"
#include "path/durable.h"
#include "pipeline/links.h"

/* What the run has said so far is no more. False: its answer was given already. */
static bool forget(struct bus_delivery *delivery)
{
    if (delivery->noted == 0 && delivery->answer == 0)
        return true;
    if (delivery->deferred && !deferred_withdraw(delivery))
        return false;
    /* An answer without a buffer of its caller's is in a pool block. */
    if (delivery->answer_size != 0 && delivery->answer_capacity == 0) {
        pool_give(&delivery->bus->pool, delivery->answer_bytes);
        delivery->answer_bytes = NULL;
    }
    delivery->noted = 0;
    delivery->answer = 0;
    delivery->answer_size = 0;
    return true;
}

static enum bus_verdict call_handler(struct bus_delivery *delivery)
{
    const struct handler *handler = delivery->handler;

    if (batches_of(handler) != NULL)
        return batch_call(delivery);
    if (!forget(delivery))
        return BUS_LATER;
    return delivery->route->type->invoke(handler->function, handler->context, delivery->message,
                                         delivery);
}

enum bus_verdict chain_next(struct chain_link *link, struct bus_delivery *delivery)
{
    link = link_next(&link->link);
    return link != NULL ? link->around(link, delivery) : call_handler(delivery);
}

static enum bus_verdict run(struct bus_delivery *delivery)
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

/* For those who look from outside. */
static __attribute__((cold, noinline)) enum bus_verdict run_watched(struct bus_delivery *delivery)
{
    const char *message = delivery->route->type->name, *handler = delivery->handler->name;
    struct bus_uuid id = cell_id(delivery->bus, delivery->cell, delivery->extension);
    uint32_t attempt = cell_attempt(delivery->cell);
    enum bus_verdict verdict;
    struct bus_error error;
    bool failed;

    probe_dispatch(message, handler, id, attempt);
    verdict = run(delivery);
    failed = !verdict_foretell(delivery, verdict, &error);
    (void)batch_count(delivery, &failed);
    probe_verdict(message, handler, id, attempt, (int)verdict, failed);
    return verdict;
}

enum bus_verdict chain_run(struct bus_delivery *delivery)
{
    return run_is_watched() ? run_watched(delivery) : run(delivery);
}

/* ---- for middleware ---- */

enum bus_verdict bus_middleware_next(struct bus_next *next, struct bus_delivery *delivery)
{
    if (next == NULL || delivery == NULL) {
        last_error_set("bus_middleware_next: %s is NULL", next == NULL ? "next" : "the delivery");
        return BUS_FAULT;
    }
    if (!forget(delivery))
        return BUS_LATER;
    return chain_next((struct chain_link *)(void *)next, delivery);
}

bool bus_middleware_forget(struct bus_delivery *delivery)
{
    return delivery != NULL && forget(delivery);
}

const void *bus_delivery_message(const struct bus_delivery *delivery)
{
    return delivery != NULL ? delivery->message : NULL;
}

const char *bus_delivery_handler(const struct bus_delivery *delivery)
{
    return delivery != NULL ? delivery->handler->name : "";
}
