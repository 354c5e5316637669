/*
 * pipeline/middleware.c - what users put around handler runs, and the kinds that are provided.
 *
 * Times are summed by worker and message type, threads that are no workers together: one place is
 * written by one thread most of the time, and by atomic steps always.
 */
#include <bus/pipeline.h>

#include <inttypes.h>

#include "core/registry.h"
#include "guard/batch.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "pipeline/bucket.h"
#include "pipeline/links.h"

#define WAIT_DEFAULT_NS BUS_SECOND
#define WAIT_MOST_NS (60 * BUS_SECOND)

struct timing {
    uint64_t count;
    uint64_t total_ns;
    uint64_t below_ns; /* shortest: UINT64_MAX less than that; 0 before the first one */
    uint64_t max_ns;
};

struct middleware {
    struct chain_link link; /* first */
    enum bus_middleware_kind kind;
    const struct bus_message_type *only;
    bus_middleware_fn around;
    bus_log_fn log;
    bus_valid_fn valid;
    void *context;
    struct bucket bucket;
    uint64_t wait_max_ns;
    uint32_t types; /* TIMING: so many in a row of `timings` */
    char name[BUS_FILTER_NAME_SIZE];
    struct timing timings[]; /* (0: no worker, else 1 + worker) * types + type */
};

/* ---- logging ---- */

static void tell(const struct middleware *middleware, struct bus_delivery *delivery,
                 enum bus_verdict verdict, uint64_t took_ns)
{
    struct bus_envelope envelope;
    struct bus_logged_run run = {.type = delivery->route->type,
                                 .name = delivery->route->type->name,
                                 .handler = delivery->handler->name,
                                 .took_ns = took_ns,
                                 .verdict = verdict};
    struct bus_error error = {0};

    bus_delivery_envelope(delivery, &envelope);
    run.session = envelope.session;
    run.id = envelope.id;
    run.attempt = envelope.attempt;
    if (delivery->faulted && verdict != BUS_DONE && verdict != BUS_LATER) {
        secrets_mask(delivery);
        error = delivery->error;
        /* Masked by the first event alone. */
        if (delivery->route->secrets && batches_of(delivery->handler) != NULL)
            error.text = "";
        run.error = &error;
    }
    middleware->log(middleware->context, &run);
}

static enum bus_verdict run_logged(struct middleware *middleware, struct bus_delivery *delivery)
{
    uint64_t since = bus_now(delivery->bus);
    enum bus_verdict verdict = chain_next(&middleware->link, delivery);

    tell(middleware, delivery, verdict, bus_now(delivery->bus) - since);
    return verdict;
}

/* ---- timing ---- */

static void raise_to(uint64_t *word, uint64_t value)
{
    uint64_t seen = atomic_load_relaxed_u64(word);

    while (seen < value && !atomic_cas_u64(word, &seen, value))
        ;
}

static enum bus_verdict run_timed_apart(struct middleware *middleware,
                                        struct bus_delivery *delivery)
{
    const struct worker *worker = delivery->thread->worker;
    uint32_t row = worker != NULL ? worker->index + 1 : 0;
    struct timing *timing =
        &middleware->timings[(size_t)row * middleware->types + delivery->route->index];
    uint64_t since = bus_now(delivery->bus);
    enum bus_verdict verdict = chain_next(&middleware->link, delivery);
    uint64_t took = bus_now(delivery->bus) - since;

    atomic_fetch_add_u64(&timing->total_ns, took);
    raise_to(&timing->max_ns, took);
    raise_to(&timing->below_ns, UINT64_MAX - took);
    atomic_fetch_add_u64(&timing->count, 1);
    return verdict;
}

/* ---- validation ---- */

static enum bus_verdict run_if_valid(struct middleware *middleware, struct bus_delivery *delivery)
{
    struct bus_error error = {.code = BUS_FAULT_NOT_VALID, .text = "the message is not valid"};

    if (batches_of(delivery->handler) == NULL &&
        !middleware->valid(middleware->context, delivery->message, &error))
        return bus_fail(delivery, &error);
    return chain_next(&middleware->link, delivery);
}

/* ---- rate limit ---- */

static enum bus_verdict run_at_its_rate(struct middleware *middleware,
                                        struct bus_delivery *delivery)
{
    struct bus *bus = delivery->bus;
    uint64_t until = bus_until(bus, middleware->wait_max_ns);
    uint64_t left = bus_delivery_remaining_ns(delivery), now = bus_now(bus), wait;
    bus_os_word never = 0;

    if (left < middleware->wait_max_ns)
        until = now + left;
    while ((wait = bucket_take(&middleware->bucket, now)) != 0) {
        if (bus->options.polled || now >= until || wait > until - now)
            return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_QUEUE,
                                                          .code = BUS_FAULT_RATE,
                                                          .transient = true,
                                                          .text = "over its rate limit"});
        (void)bus->os.wait(bus->os.context, &never, 0, now + wait);
        now = bus_now(bus);
    }
    return chain_next(&middleware->link, delivery);
}

/* ---- */

static enum bus_verdict around(struct chain_link *link, struct bus_delivery *delivery)
{
    struct middleware *middleware = (struct middleware *)(void *)link;

    if (middleware->only == NULL || middleware->only == delivery->route->type)
        switch (middleware->kind) {
        case BUS_MIDDLEWARE_CUSTOM:
            return middleware->around(middleware->context, delivery,
                                      (struct bus_next *)(void *)link);
        case BUS_MIDDLEWARE_LOGGING:
            return run_logged(middleware, delivery);
        case BUS_MIDDLEWARE_TIMING:
            return run_timed_apart(middleware, delivery);
        case BUS_MIDDLEWARE_VALIDATION:
            return run_if_valid(middleware, delivery);
        case BUS_MIDDLEWARE_RATE_LIMIT:
            return run_at_its_rate(middleware, delivery);
        }
    return chain_next(link, delivery);
}

/* ---- adding ---- */

static const char *wrong_with(const struct bus_middleware *asked)
{
    if (asked->name != NULL && strnlen(asked->name, BUS_FILTER_NAME_SIZE) == BUS_FILTER_NAME_SIZE)
        return "its name has more than 63 bytes";
    switch (asked->kind) {
    case BUS_MIDDLEWARE_CUSTOM:
        return asked->around == NULL ? "`around` is NULL" : NULL;
    case BUS_MIDDLEWARE_LOGGING:
        return asked->log == NULL ? "`log` is NULL" : NULL;
    case BUS_MIDDLEWARE_TIMING:
        return NULL;
    case BUS_MIDDLEWARE_VALIDATION:
        return asked->valid == NULL ? "`valid` is NULL" : NULL;
    case BUS_MIDDLEWARE_RATE_LIMIT:
        if (asked->wait_max_ns > WAIT_MOST_NS)
            return "`wait_max_ns` is more than 60 s";
        return asked->per_second == 0 || asked->per_second > 1000000 || asked->burst > 1000000
                   ? "`per_second` is 1 to 1,000,000, `burst` at most that"
                   : NULL;
    }
    return "there is no such kind";
}

/* Behind the link of tracing (stats/tracing.h), which has no number. */
static const struct link *first_of(const struct bus *bus)
{
    return bus->chain != NULL && bus->chain->id == 0 ? bus->chain->next : bus->chain;
}

static enum bus_status add(struct bus *bus, const struct bus_middleware *asked, uint64_t *id)
{
    uint32_t types = asked->kind == BUS_MIDDLEWARE_TIMING ? bus->options.types_max + 1 : 0;
    size_t bytes =
        sizeof(struct middleware) + (size_t)types * (bus->worker_count + 1) * sizeof(struct timing);
    const char *name = asked->name != NULL ? asked->name : "middleware";
    const struct link *link;
    struct middleware *made;
    uint32_t count = 0;

    links_sweep(bus);
    for (link = first_of(bus); link != NULL; link = link->next)
        count++;
    if (count >= BUS_MIDDLEWARE_MAX)
        return fail_status(BUS_ERR_LIMIT, "bus %s: it has %d pieces of middleware already",
                           bus->name, BUS_MIDDLEWARE_MAX);
    made = bus_take_memory(bus, bytes, CACHE_LINE);
    if (made == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for middleware %s", bus->name, name);
    made->link.link.bytes = bytes;
    made->link.around = around;
    made->kind = asked->kind;
    made->only = asked->only;
    made->around = asked->around;
    made->log = asked->log;
    made->valid = asked->valid;
    made->context = asked->context;
    made->types = types;
    if (asked->kind == BUS_MIDDLEWARE_RATE_LIMIT)
        bucket_set(&made->bucket, asked->per_second,
                   asked->burst != 0 ? asked->burst : asked->per_second);
    made->wait_max_ns = asked->wait_max_ns != 0 ? asked->wait_max_ns : WAIT_DEFAULT_NS;
    memcpy(made->name, name, strlen(name) + 1);
    link_add(bus, ROW_CHAIN, &made->link.link);
    *id = made->link.link.id;
    return BUS_OK;
}

enum bus_status bus_middleware_add(struct bus *bus, const struct bus_middleware *middleware,
                                   uint64_t *id)
{
    enum bus_status status;
    const char *wrong;
    uint64_t given = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || middleware == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "cannot add middleware: it or the bus is NULL or closed");
    wrong = wrong_with(middleware);
    if (wrong != NULL)
        return fail_status(BUS_ERR_INVALID, "bus %s: cannot add the middleware: %s", bus->name,
                           wrong);
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s: stopped, no middleware can be added any more",
                           bus->name);
    lock_take(&bus->registry, &bus->os);
    status = add(bus, middleware, &given);
    lock_give(&bus->registry, &bus->os);
    if (id != NULL && status == BUS_OK)
        *id = given;
    return status;
}

enum bus_status bus_middleware_remove(struct bus *bus, uint64_t id)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot remove middleware: the bus is NULL or closed");
    return link_leave(bus, ROW_CHAIN, id, "middleware");
}

/* ---- looking ---- */

enum bus_status bus_middleware_each(struct bus *bus,
                                    void (*fn)(void *context,
                                               const struct bus_middleware_info *middleware),
                                    void *context)
{
    struct bus_middleware_info infos[BUS_MIDDLEWARE_MAX];
    uint32_t i, count = 0;
    const struct link *link;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot list middleware: bus or function is NULL");
    lock_take(&bus->registry, &bus->os);
    for (link = first_of(bus); link != NULL; link = link->next) {
        const struct middleware *middleware = (const struct middleware *)(const void *)link;
        struct bus_middleware_info *info = &infos[count++];

        *info = (struct bus_middleware_info){.id = link->id, .kind = middleware->kind};
        memcpy(info->name, middleware->name, sizeof info->name);
    }
    lock_give(&bus->registry, &bus->os);
    for (i = 0; i < count; i++)
        fn(context, &infos[i]);
    return BUS_OK;
}

/* What all rows have of one type. */
static struct timing timing_sum(const struct bus *bus, const struct middleware *middleware,
                                uint32_t type)
{
    struct timing sum = {0};
    uint32_t row;

    for (row = 0; row <= bus->worker_count; row++) {
        const struct timing *timing = &middleware->timings[(size_t)row * middleware->types + type];
        uint64_t below = atomic_load_acquire_u64(&timing->below_ns);
        uint64_t most = atomic_load_acquire_u64(&timing->max_ns);

        sum.count += atomic_load_acquire_u64(&timing->count);
        sum.total_ns += atomic_load_acquire_u64(&timing->total_ns);
        sum.below_ns = below > sum.below_ns ? below : sum.below_ns;
        sum.max_ns = most > sum.max_ns ? most : sum.max_ns;
    }
    return sum;
}

/* The sums of all types the bus knows, into memory of its own. Registry lock. */
static enum bus_status timings_copy(struct bus *bus, uint64_t id, struct timing **sums,
                                    uint32_t *types)
{
    const struct link *link = link_find(bus, ROW_CHAIN, id);
    const struct middleware *middleware = (const struct middleware *)(const void *)link;
    uint32_t i;

    if (link == NULL || middleware->kind != BUS_MIDDLEWARE_TIMING)
        return fail_status(BUS_ERR_NOT_REGISTERED, "bus %s: no timing middleware is %" PRIu64,
                           bus->name, id);
    *types = bus->route_count;
    *sums = bus_take_memory(bus, (*types + 1) * sizeof **sums, 8);
    if (*sums == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to sum times up", bus->name);
    for (i = 1; i <= *types; i++)
        (*sums)[i] = timing_sum(bus, middleware, i);
    return BUS_OK;
}

enum bus_status bus_timings_each(struct bus *bus, uint64_t id, bus_timing_fn fn, void *context)
{
    struct timing *sums = NULL;
    uint32_t i, types = 0;
    enum bus_status status;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot list times: bus or function is NULL");
    lock_take(&bus->registry, &bus->os);
    status = timings_copy(bus, id, &sums, &types);
    lock_give(&bus->registry, &bus->os);
    for (i = 1; sums != NULL && i <= types; i++)
        if (sums[i].count != 0) {
            const struct bus_message_type *type = route_at(bus, i)->type;

            fn(context, &(struct bus_timing){.type = type,
                                             .name = type->name,
                                             .count = sums[i].count,
                                             .mean_ns = sums[i].total_ns / sums[i].count,
                                             .min_ns = UINT64_MAX - sums[i].below_ns,
                                             .max_ns = sums[i].max_ns});
        }
    if (sums != NULL)
        bus_give_memory(bus, sums, (types + 1) * sizeof *sums);
    return status;
}
