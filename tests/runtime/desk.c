/* desk.c - see desk.h. */
#define BUS_VIEWS
#include "desk.h"

static void look(struct desk *desk, struct bus_delivery *delivery, const void *request)
{
    desk->request = request;
    desk->ran_on = pthread_self();
    desk->remaining_ns = bus_delivery_remaining_ns(delivery);
    bus_delivery_envelope(delivery, &desk->envelope);
}

/* The bytes are the message: they verify, and read like the struct. */
static void look_at_bytes(struct desk *desk, struct bus_delivery *delivery, const void *request)
{
    const struct bus_codec *codec = &bus_delivery_type(delivery)->codec;
    _Alignas(16) uint8_t message[256];
    _Alignas(16) uint8_t scratch[4096];
    uint32_t size;

    if (!desk->ask_bytes)
        return;
    desk->bytes = bus_delivery_bytes(delivery, &size);
    desk->bytes_size = size;
    desk->bytes_right =
        desk->bytes != NULL && codec->table->size <= sizeof message &&
        bus_decode(codec, desk->bytes, size, message, scratch, sizeof scratch) == BUS_OK &&
        bus_wire_compare(codec->table, message, request) == 0 &&
        bus_delivery_bytes(delivery, NULL) == desk->bytes;
}

enum bus_verdict on_gauge(void *context, const struct handed_gauge *request,
                          struct bus_delivery *delivery)
{
    struct desk *desk = context;
    struct handed_gauge_ok ok = {.number = request->number, .mood = request->mood};
    enum bus_verdict verdict;

    look(desk, delivery, request);
    look_at_bytes(desk, delivery, request);
    memcpy(ok.digest, request->digest, sizeof ok.digest);
    desk->sum = request->extra.has ? request->extra.value : 0;
    if (desk->act == NO_ANSWER)
        return BUS_DONE;
    if (request->number == 7)
        return handed_gauge_fail_closed(delivery);
    if (request->at.x > 100)
        return handed_gauge_fail_too_far(
            delivery, &(struct handed_gauge_too_far){.by = (uint32_t)request->at.x - 100});
    if (desk->act == ANSWER_BADLY)
        ok.mood = (enum handed_mood)300;
    verdict = handed_gauge_return(delivery, desk->act == ANSWER_NULL ? NULL : &ok);
    memset(&ok, 0xee, sizeof ok);
    if (desk->act == ANSWER_TWICE)
        return handed_gauge_return(delivery, &ok);
    if (desk->act == ANSWER_AND_FAIL)
        return bus_fail(delivery, &(struct bus_error){.code = 5, .text = "after all"});
    return verdict;
}

static enum bus_verdict on_weigh(void *context, const struct handed_weigh *request,
                                 struct bus_delivery *delivery)
{
    struct desk *desk = context;
    struct handed_weigh_ok ok = {0};
    enum bus_verdict verdict;

    look(desk, delivery, request);
    look_at_bytes(desk, delivery, request);
    desk->data = request->data.data;
    for (uint32_t i = 0; i < request->totals.size; i++)
        ok.sum += request->totals.data[i];
    for (uint32_t i = 0; i < request->parts.size; i++)
        ok.sum += request->parts.data[i].count + request->parts.data[i].data.size;
    for (uint32_t i = 0; i < 16; i++)
        ok.digest[i] = (uint8_t)(100 + i);
    verdict = handed_weigh_return(delivery, &ok);
    /* The request is still what it was, wherever it points. */
    desk->sum = 0;
    for (uint32_t i = 0; i < request->data.size; i++)
        desk->sum += request->data.data[i];
    return verdict;
}

static enum bus_verdict on_mirror(void *context, const struct handed_mirror *request,
                                  struct bus_delivery *delivery)
{
    struct desk *desk = context;
    uint8_t turned[64];
    struct handed_mirror_ok ok = {.data = {turned, request->data.size}};
    enum bus_verdict verdict;

    look(desk, delivery, request);
    for (uint32_t i = 0; i < request->data.size; i++)
        turned[i] = request->data.data[request->data.size - 1 - i];
    verdict = handed_mirror_return(delivery, &ok);
    desk->sum = 0;
    for (uint32_t i = 0; i < request->data.size; i++)
        desk->sum = desk->sum * 31 + request->data.data[i];
    return verdict;
}

static enum bus_verdict on_name(void *context, const struct handed_name *request,
                                struct bus_delivery *delivery)
{
    char text[33];

    look(context, delivery, request);
    memset(text, 'a' + (int)(request->number % 26), sizeof text);
    return handed_name_return(
        delivery, &(struct handed_name_ok){.text = bus_str(text, request->number % 34)});
}

static enum bus_verdict on_tell(void *context, const struct handed_tell *request,
                                struct bus_delivery *delivery)
{
    struct desk *desk = context;
    struct bus_string text = request->thing.label.text;

    look(desk, delivery, request);
    if (request->thing.type != HANDED_THING_LABEL)
        return handed_tell_return(delivery, &(struct handed_tell_ok){.size = 1000});
    desk->terminated = text.data[text.size] == '\0';
    memcpy(desk->text, text.data, text.size);
    desk->text[text.size] = '\0';
    return handed_tell_return(delivery, &(struct handed_tell_ok){.size = text.size});
}

static uint64_t depth_in(const uint8_t *bytes)
{
    return bus_view_u64(bus_view_root(handed_nest_type.codec.table, bytes), 1);
}

/* Some levels ask for their bytes before those inside run, some afterwards; all see their own, to
 * the end. */
static enum bus_verdict on_nest(void *context, const struct handed_nest *request,
                                struct bus_delivery *delivery)
{
    struct desk *desk = context;
    struct handed_nest inner = {.depth = request->depth + 1};
    struct handed_nest_ok ok = {.depth = request->depth};
    const uint8_t *bytes = request->depth % 2 != 0 ? bus_delivery_bytes(delivery, NULL) : NULL;
    struct handed_nest_result result;
    enum bus_verdict verdict;

    if (request->depth < 6) {
        if (handed_nest_execute(bus_delivery_bus(delivery), &inner, &result) != BUS_ANSWERED)
            return BUS_FAULT;
        ok.depth = result.ok.depth;
    }
    if (bytes == NULL)
        bytes = bus_delivery_bytes(delivery, NULL);
    if (depth_in(bytes) != request->depth)
        desk->bytes_right = false;
    verdict = handed_nest_return(delivery, &ok);
    if (depth_in(bytes) != request->depth)
        desk->bytes_right = false;
    return verdict;
}

static enum bus_verdict on_blink(void *context, const struct handed_blink *request,
                                 struct bus_delivery *delivery)
{
    look(context, delivery, request);
    return BUS_DONE;
}

/* ---- the two ways ---- */

static struct bus *open_inline(struct desk *desk)
{
    const struct handed_desk handlers = {
        .gauge = on_gauge,
        .weigh = on_weigh,
        .mirror = on_mirror,
        .name = on_name,
        .tell = on_tell,
        .nest = on_nest,
        .blink = on_blink,
    };
    struct bus *bus = open_workers(1);

    assert_int_equal(handed_desk_attach(bus, &handlers, desk), BUS_OK);
    return bus;
}

static struct bus *open_queued(struct desk *desk)
{
    struct bus *bus = open_workers(1);

    assert_int_equal(handed_gauge_handle(bus, on_gauge, desk, NULL), BUS_OK);
    assert_int_equal(handed_weigh_handle(bus, on_weigh, desk, NULL), BUS_OK);
    assert_int_equal(handed_mirror_handle(bus, on_mirror, desk, NULL), BUS_OK);
    assert_int_equal(handed_name_handle(bus, on_name, desk, NULL), BUS_OK);
    assert_int_equal(handed_tell_handle(bus, on_tell, desk, NULL), BUS_OK);
    assert_int_equal(handed_nest_handle(bus, on_nest, desk, NULL), BUS_OK);
    assert_int_equal(handed_blink_handle(bus, on_blink, desk, NULL), BUS_OK);
    return bus;
}

struct bus *desk_open(int way, struct desk *desk)
{
    *desk = (struct desk){.bytes_right = true};
    return way == 0 ? open_inline(desk) : open_queued(desk);
}

void assert_ran(const struct desk *desk, int way)
{
    assert_true(pthread_equal(desk->ran_on, pthread_self()) == (way == 0));
}
