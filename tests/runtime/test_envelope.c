/*
 * What travels with every message.
 * covers: A4, B9
 */
#include "support.h"

#include <time.h>

struct seen {
    struct bus_envelope envelopes[64];
    uint32_t count;
    const struct bus_message_type *type;
    uint32_t size;
    bool verified;
    uint64_t remaining_ns;
};

static void note(struct seen *seen, struct bus_delivery *delivery)
{
    const uint8_t *bytes = bus_delivery_bytes(delivery, &seen->size);

    seen->type = bus_delivery_type(delivery);
    seen->verified = bus_wire_verify(seen->type->codec.table, bytes, seen->size, NULL);
    seen->remaining_ns = bus_delivery_remaining_ns(delivery);
    if (seen->count < 64)
        bus_delivery_envelope(delivery, &seen->envelopes[seen->count++]);
}

static enum bus_verdict on_ticked_note(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    note(context, delivery);
    return BUS_DONE;
}

static enum bus_verdict on_keyed_note(void *context, const struct probe_keyed *event,
                                      struct bus_delivery *delivery)
{
    (void)event;
    note(context, delivery);
    return BUS_DONE;
}

static enum bus_verdict on_touch_note(void *context, const struct probe_touch *request,
                                      struct bus_delivery *delivery)
{
    (void)request;
    note(context, delivery);
    return BUS_DONE;
}

static const struct bus_uuid no_uuid = {0, 0};

static bool uuid_equal(struct bus_uuid a, struct bus_uuid b)
{
    return a.high == b.high && a.low == b.low;
}

static uint64_t wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * BUS_SECOND + (uint64_t)now.tv_nsec;
}

/* ids: version 7, variant 2, time inside, unique, ascending for one publisher. */
static void ids_are_uuid_7(void **state)
{
    struct bus *bus = open_polled();
    struct seen seen = {.count = 0};
    uint64_t before = wall_ns();
    uint64_t after;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &seen, NULL), BUS_OK);
    for (uint64_t n = 0; n < 64; n++)
        tick(bus, n, BUS_QUEUED);
    poll_all(bus);
    after = wall_ns();
    for (int i = 0; i < 64; i++) {
        const struct bus_envelope *envelope = &seen.envelopes[i];
        uint64_t ms = envelope->id.high >> 16;

        assert_int_equal((envelope->id.high >> 12) & 15, 7);
        assert_int_equal(envelope->id.low >> 62, 2);
        assert_true(ms + 2 >= before / BUS_MILLISECOND && ms <= after / BUS_MILLISECOND + 1);
        assert_true(envelope->published_ns + 2 * BUS_MILLISECOND >= before);
        assert_true(envelope->published_ns <= after + BUS_MILLISECOND);
        for (int k = 0; k < i; k++)
            assert_false(uuid_equal(seen.envelopes[k].id, envelope->id));
        if (i > 0)
            assert_true(seen.envelopes[i - 1].id.high <= envelope->id.high);
    }
    finish_bus(&bus);
}

/* Computed when read: the same at each reading, for each handler. */
static void ids_are_stable(void **state)
{
    struct bus *bus = open_polled();
    struct seen a = {.count = 0};
    struct seen b = {.count = 0};
    struct seen command = {.count = 0};
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &a, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &b, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch_note, &command, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_true(uuid_equal(a.envelopes[0].id, b.envelopes[0].id));
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_ANSWERED);
    assert_true(uuid_equal(command.envelopes[0].id, result.run.id));
    finish_bus(&bus);
}

/* Two buses with the same history make different ids. */
static void buses_have_their_own_seed(void **state)
{
    struct bus *buses[2] = {open_polled(), open_polled()};
    struct seen seen = {.count = 0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(probe_ticked_subscribe(buses[i], on_ticked_note, &seen, NULL), BUS_OK);
        tick(buses[i], 1, BUS_QUEUED);
        poll_all(buses[i]);
    }
    assert_int_equal(seen.count, 2);
    assert_false(uuid_equal(seen.envelopes[0].id, seen.envelopes[1].id));
    finish_bus(&buses[0]);
    finish_bus(&buses[1]);
}

__attribute__((noinline)) static enum bus_outcome publish_from_here(struct bus *bus)
{
    enum bus_outcome outcome = probe_ticked_publish(bus, &(struct probe_ticked){.number = 1});

    __asm__ volatile("");
    return outcome;
}

static void plain_envelope(void **state)
{
    struct bus *bus = open_polled();
    struct seen seen = {.count = 0};
    const struct bus_envelope *envelope = &seen.envelopes[0];
    const uint8_t zero[16] = {0};
    uintptr_t site;
    char text[128];

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &seen, NULL), BUS_OK);
    assert_int_equal(publish_from_here(bus), BUS_QUEUED);
    poll_all(bus);
    assert_ptr_equal(seen.type, &probe_ticked_type);
    assert_true(seen.verified);
    assert_true(seen.size > 0 && seen.size <= PROBE_TICKED_SIZE_MAX);
    assert_true(seen.remaining_ns == UINT64_MAX);
    assert_int_equal(envelope->session.index, 0);
    assert_int_equal(envelope->session.generation, 0);
    assert_int_equal(envelope->schema_version, 2);
    assert_true(envelope->schema_fingerprint == probe_ticked_type.schema_fingerprint);
    assert_true(envelope->schema_fingerprint != 0);
    assert_int_equal(envelope->attempt, 1);
    assert_false(envelope->has_key);
    assert_int_equal(envelope->deadline_ns, 0);
    assert_true(uuid_equal(envelope->correlation, no_uuid));
    assert_true(uuid_equal(envelope->causation, no_uuid));
    assert_memory_equal(envelope->trace.trace_id, zero, 16);
    /* The call site is in the function that published (the shims are inline). */
    site = (uintptr_t)envelope->call_site;
    assert_true(site != 0);
#ifdef __OPTIMIZE__
    assert_true(site > (uintptr_t)publish_from_here);
    assert_true(site < (uintptr_t)publish_from_here + 4096);
#endif
    bus_call_site_text(envelope->call_site, text, sizeof text);
    assert_true(strlen(text) > 2);
    finish_bus(&bus);
}

static void everything_set(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct seen seen = {.count = 0};
    const struct bus_envelope *envelope = &seen.envelopes[0];
    struct bus_message_options options = {
        .deadline_ns = 5 * BUS_SECOND,
        .correlation = {11, 22},
        .trace = {.trace_id = {1, 2, 3}, .parent_id = {4, 5}, .flags = 1},
    };
    struct bus_handler_options scope = {0};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    scope.session = options.session;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_note, &seen, &scope), BUS_OK);
    assert_int_equal(probe_keyed_publish_with(bus, &(struct probe_keyed){.id = 99}, &options),
                     BUS_QUEUED);
    frozen_advance(BUS_SECOND);
    poll_all(bus);
    assert_int_equal(seen.count, 1);
    assert_int_equal(envelope->session.index, options.session.index);
    assert_int_equal(envelope->session.generation, options.session.generation);
    assert_true(envelope->has_key);
    assert_true(envelope->key_hash == bus_key_u64(99));
    assert_true(uuid_equal(envelope->correlation, (struct bus_uuid){11, 22}));
    assert_memory_equal(&envelope->trace, &options.trace, sizeof options.trace);
    assert_true(envelope->deadline_ns > 0);
    assert_true(seen.remaining_ns <= 4 * BUS_SECOND &&
                seen.remaining_ns >= 4 * BUS_SECOND - 2 * BUS_MILLISECOND);
    finish_bus(&bus);
}

/* ---- what handlers hand on ---- */

struct relay {
    struct seen *seen;
    struct bus_message_options own;
    bool with_own;
};

static enum bus_verdict on_keyed_relay(void *context, const struct probe_keyed *event,
                                       struct bus_delivery *delivery)
{
    struct relay *relay = context;
    struct probe_ticked child = {.number = event->number};
    struct probe_touch command = {.number = 1};
    struct probe_touch_result result;
    struct bus *bus = bus_delivery_bus(delivery);
    enum bus_outcome outcome;

    note(relay->seen, delivery);
    outcome = probe_ticked_publish_with(bus, &child, relay->with_own ? &relay->own : NULL);
    if (outcome != BUS_QUEUED)
        return BUS_FAULT;
    return probe_touch_execute(bus, &command, &result) == BUS_ANSWERED ? BUS_DONE : BUS_FAULT;
}

/* Children inherit session, correlation, trace and deadline; causation is the parent. covers: B9 */
static void children_inherit(void **state)
{
    struct bus *bus = open_polled();
    struct seen parent = {.count = 0};
    struct seen child = {.count = 0};
    struct seen command = {.count = 0};
    struct relay relay = {.seen = &parent};
    struct bus_message_options options = {
        .deadline_ns = 50 * BUS_SECOND,
        .correlation = {11, 22},
        .trace = {.trace_id = {1, 2, 3}, .parent_id = {4, 5}, .flags = 1},
    };

    (void)state;
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_relay, &relay, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &child, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch_note, &command, NULL), BUS_OK);
    assert_int_equal(probe_keyed_publish_with(bus, &(struct probe_keyed){.id = 1}, &options),
                     BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(account_of(bus, &probe_keyed_type).failed, 0);
    for (int i = 0; i < 2; i++) {
        const struct bus_envelope *got = i == 0 ? &child.envelopes[0] : &command.envelopes[0];

        assert_int_equal(i == 0 ? child.count : command.count, 1);
        assert_int_equal(got->session.index, options.session.index);
        assert_int_equal(got->session.generation, options.session.generation);
        assert_true(uuid_equal(got->correlation, (struct bus_uuid){11, 22}));
        assert_true(uuid_equal(got->causation, parent.envelopes[0].id));
        assert_memory_equal(&got->trace, &options.trace, sizeof options.trace);
        assert_true(got->deadline_ns > 0 && got->deadline_ns <= parent.envelopes[0].deadline_ns);
    }
    /* What the child sets itself wins; a longer deadline than the parent's does not. */
    relay.with_own = true;
    relay.own =
        (struct bus_message_options){.deadline_ns = 500 * BUS_SECOND, .correlation = {33, 44}};
    child.count = 0;
    parent.count = 0;
    assert_int_equal(probe_keyed_publish_with(bus, &(struct probe_keyed){.id = 1}, &options),
                     BUS_QUEUED);
    poll_all(bus);
    assert_true(uuid_equal(child.envelopes[0].correlation, (struct bus_uuid){33, 44}));
    assert_true(uuid_equal(child.envelopes[0].causation, parent.envelopes[0].id));
    finish_bus(&bus);
}

/* Outside a handler nothing is inherited, also after one ran on this thread. */
static void nothing_sticks_to_the_thread(void **state)
{
    struct bus *bus = open_polled();
    struct seen parent = {.count = 0};
    struct seen child = {.count = 0};
    struct relay relay = {.seen = &parent};
    struct bus_message_options options = {.correlation = {11, 22}};

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed_relay, &relay, NULL), BUS_OK);
    assert_int_equal(probe_keyed_publish_with(bus, &(struct probe_keyed){.id = 1}, &options),
                     BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_note, &child, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_true(uuid_equal(child.envelopes[0].correlation, no_uuid));
    assert_true(uuid_equal(child.envelopes[0].causation, no_uuid));
    finish_bus(&bus);
}

/* Deadlines of commands: the option, else the schema's, else 30 s. covers: B9 */
static void command_deadlines(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct seen seen = {.count = 0};
    struct probe_touch_result result;
    struct bus_message_options options = {.deadline_ns = 3 * BUS_SECOND};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_int_equal(probe_touch_handle(bus, on_touch_note, &seen, NULL), BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_ANSWERED);
    assert_true(seen.remaining_ns <= 30 * BUS_SECOND && seen.remaining_ns > 29 * BUS_SECOND);
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 1}, &options, &result),
        BUS_ANSWERED);
    assert_true(seen.remaining_ns <= 3 * BUS_SECOND && seen.remaining_ns > 2 * BUS_SECOND);
    finish_bus(&bus);
    bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .command_deadline_ns = 7 * BUS_SECOND});
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_int_equal(probe_touch_handle(bus, on_touch_note, &seen, NULL), BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_ANSWERED);
    assert_true(seen.remaining_ns <= 7 * BUS_SECOND && seen.remaining_ns > 6 * BUS_SECOND);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_uuid_7),
        cmocka_unit_test(ids_are_stable),
        cmocka_unit_test(buses_have_their_own_seed),
        cmocka_unit_test(plain_envelope),
        cmocka_unit_test(everything_set),
        cmocka_unit_test(children_inherit),
        cmocka_unit_test(nothing_sticks_to_the_thread),
        cmocka_unit_test(command_deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
