/*
 * execute.c - a command that runs on the caller, with its typed result read, beside a direct call
 * of the same handler through a pointer.
 */
#include <stdio.h>

#include "execute.bus.h"
#include "harness.h"

static const struct bench_case cases[] = {
    {.name = "execute",
     .unit = "ns/call",
     .what = "a command of six fields, run on the caller; typed answer of two fields read",
     .count = 4000000},
    {.name = NULL},
};

/* What both ask of the handler. */
static uint64_t sum_of(const struct bench_call_price_order *request)
{
    return order_sum(request->order_id, request->customer_id, request->price, request->quantity,
                     request->symbol.data, request->note.data);
}

static struct bench_call_price_order request_of(uint64_t number)
{
    struct order order = order_of(number);

    return (struct bench_call_price_order){
        .order_id = order.order_id,
        .customer_id = order.customer_id,
        .quantity = order.quantity,
        .price = order.price,
        .symbol = {order.symbol, 8},
        .note = {order.note, 20},
    };
}

static double total_of(const struct bench_call_price_order *request)
{
    return request->price * request->quantity;
}

/* The answers that belong to messages 0 to count - 1. */
static double expected_total(uint64_t count)
{
    double total = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct bench_call_price_order request = request_of(i);

        total += total_of(&request);
    }
    return total;
}

struct seen {
    uint64_t sum;
    uint64_t ids;
    double total;
};

static double conclude(const struct seen *seen, uint64_t took, uint64_t count)
{
    if (seen->sum == expected_sum(count) && seen->ids == count * (count - 1) / 2 &&
        seen->total == expected_total(count))
        return (double)took / (double)count;
    fprintf(stderr, "bench: execute: an answer was wrong\n");
    return -1;
}

/* ---- ours ---- */

static enum bus_verdict on_price_order(void *context, const struct bench_call_price_order *request,
                                       struct bus_delivery *delivery)
{
    struct seen *seen = context;

    seen->sum += sum_of(request);
    return bench_call_price_order_return(
        delivery, &(struct bench_call_price_order_ok){.order_id = request->order_id,
                                                      .total = total_of(request)});
}

static double execute_all(struct bus *bus, struct seen *seen, uint64_t count)
{
    uint64_t begin;

    *seen = (struct seen){0};
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_call_price_order request = request_of(i);
        struct bench_call_price_order_result result;

        if (bench_call_price_order_execute(bus, &request, &result) != BUS_ANSWERED)
            return -1;
        seen->ids += result.ok.order_id;
        seen->total += result.ok.total;
    }
    return conclude(seen, now_ns() - begin, count);
}

static double execute(uint64_t count)
{
    struct bus_options options = {.schema = &bench_call_schema};
    struct seen seen = {0};
    struct bus *bus = NULL;
    double result = -1;

    pin_to(PUBLISHER_CPU);
    if (bus_open(&bus, &options) == BUS_OK &&
        bench_call_pricer_attach(bus, &(struct bench_call_pricer){.price_order = on_price_order},
                                 &seen) == BUS_OK &&
        bus_start(bus) == BUS_OK && execute_all(bus, &seen, 1000) >= 0)
        result = execute_all(bus, &seen, count);
    if (result < 0)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    if (bus_close(&bus) != BUS_OK)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    return result;
}

/* ---- the limit ---- */

static int price(void *context, const struct bench_call_price_order *request,
                 struct bench_call_price_order_ok *answer)
{
    struct seen *seen = context;

    seen->sum += sum_of(request);
    *answer = (struct bench_call_price_order_ok){.order_id = request->order_id,
                                                 .total = total_of(request)};
    return 0;
}

/* Called through a pointer that the compiler does not know. */
static int (*volatile handler)(void *context, const struct bench_call_price_order *request,
                               struct bench_call_price_order_ok *answer) = price;

static double call(uint64_t count)
{
    int (*direct)(void *, const struct bench_call_price_order *,
                  struct bench_call_price_order_ok *) = handler;
    struct seen seen = {0};
    uint64_t begin;

    pin_to(PUBLISHER_CPU);
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_call_price_order request = request_of(i);
        struct bench_call_price_order_ok answer;

        if (direct(&seen, &request, &answer) != 0)
            return -1;
        seen.ids += answer.order_id;
        seen.total += answer.total;
    }
    return conclude(&seen, now_ns() - begin, count);
}

static const struct contestant contestants[] = {
    {.bench = "execute",
     .name = "busgen",
     .path = "bench_call_price_order_execute, handler of a concurrent component, typed answer",
     .run = execute},
    {.bench = "execute",
     .name = "limit: direct function call",
     .path = "the same request and answer, a function called through a pointer",
     .run = call},
    {.name = NULL},
};

extern const struct group execute_group;
const struct group execute_group = {.name = "execute", .cases = cases, .contestants = contestants};
