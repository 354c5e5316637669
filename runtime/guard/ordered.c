/* guard/ordered.c - see ordered.h. Lines are found by a hash of handler and key. */
#include "guard/ordered.h"

#include "guard/retry.h"

uint64_t order_key(const struct bus_delivery *delivery)
{
    const struct bus_message_type *type = delivery->route->type;

    return type->key != NULL ? type->key(delivery->message) : cell_publisher(delivery->cell);
}

static uint32_t bucket_of(const struct handler *handler, uint64_t key)
{
    return (uint32_t)bus_key_u64(key ^ (uint64_t)(uintptr_t)handler) % HOLD_LINES;
}

struct held *order_head(const struct worker *worker, const struct handler *handler, uint64_t key)
{
    struct held *held = worker->holding.lines[bucket_of(handler, key)];

    while (held != NULL && (held->handler != handler || held->line.key != key))
        held = held->line.next;
    return held;
}

void order_enter(struct worker *worker, struct held *held, uint64_t key)
{
    struct held *head = order_head(worker, held->handler, key);
    struct held **bucket = &worker->holding.lines[bucket_of(held->handler, key)];

    held->line.in = true;
    held->line.key = key;
    held->line.behind = NULL;
    held->line.last = held;
    held->line.next = NULL;
    if (head != NULL) {
        head->line.last->line.behind = held;
        head->line.last = held;
        return;
    }
    held->line.next = *bucket;
    *bucket = held;
    worker->holding.line_count++;
}

/* The head goes, the one behind it takes its place. */
static void advance(struct worker *worker, struct thread *thread, struct held **link)
{
    struct held *head = *link, *next = head->line.behind;

    *link = head->line.next;
    worker->holding.line_count--;
    if (next == NULL)
        return;
    next->line.last = head->line.last;
    next->line.next = *link;
    *link = next;
    worker->holding.line_count++;
    held_set_state(thread, next, HELD_RETRY);
    worker_timer(worker, &next->timer, 1); /* at once */
}

void order_leave(struct worker *worker, struct thread *thread, struct held *held)
{
    struct held **link = &worker->holding.lines[bucket_of(held->handler, held->line.key)];
    struct held *at;

    if (!held->line.in)
        return;
    held->line.in = false;
    while ((*link)->handler != held->handler || (*link)->line.key != held->line.key)
        link = &(*link)->line.next;
    if (*link == held) {
        advance(worker, thread, link);
        return;
    }
    for (at = *link; at->line.behind != held;)
        at = at->line.behind;
    at->line.behind = held->line.behind;
    if ((*link)->line.last == held)
        (*link)->line.last = at;
}

bool order_wait(struct bus_delivery *delivery, struct worker *worker, struct handler *handler,
                uint64_t key)
{
    struct held *held = held_take(worker->bus, handler);
    struct kept *kept = held != NULL ? kept_take(worker, delivery) : NULL;

    if (kept == NULL) {
        if (held != NULL)
            held_give(worker->bus, held);
        return false;
    }
    held->state = HELD_BEHIND;
    held->still = order_head(worker, handler, key)->still;
    held->timer.fire = delivery_again;
    held_join(held, kept);
    order_enter(worker, held, key);
    return true;
}

void order_stop(struct worker *worker)
{
    struct kept *kept = worker->holding.current;

    worker->holding.stopped = true;
    if (kept == NULL)
        return;
    while (kept->deliveries != NULL) {
        struct held *held = kept->deliveries;

        kept->deliveries = held->next;
        order_leave(worker, worker->thread, held);
        held_give(worker->bus, held);
    }
    kept_drop(worker, kept);
}
