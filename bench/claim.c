/*
 * claim.c - what zero-copy publish costs by the size of its field, in instructions.
 *
 * A child counts each instruction (tests/support/steps.h) between the claim and the end of the
 * commit, on a bus whose clock stands still: the figures are exact, and the same on every run. What
 * the publisher then writes into the field is his own; nothing is copied afterwards. Beside it
 * publish, which copies the field into the message.
 */
#include <stdio.h>

#include "blob.bus.h"
#include "harness.h"
#include "steps.h"

#include <bus/os.h>

static const struct bench_case cases[] = {
    {.name = "claim",
     .kind = BENCH_FIGURE,
     .unit = "instructions",
     .what = "claim and commit of a field that is filled in place, by its size",
     .count = 1,
     .runs = 1},
    {.name = NULL},
};

enum { WARM = 8, LARGEST = 4096 };

struct way {
    uint32_t size;
    bool copies;
};

static uint64_t stand_still(void *context)
{
    (void)context;
    return UINT64_C(1700000000) * BUS_SECOND;
}

static enum bus_verdict on_blob(void *context, const struct blob_sent *event,
                                struct bus_delivery *delivery)
{
    (void)delivery;
    *(const uint8_t **)context = event->data.data;
    return BUS_DONE;
}

/* True when it arrived, claimed ones at the address where they were filled. */
static bool send_one(struct bus *bus, const struct way *way, bool counted, const uint8_t **seen)
{
    static uint8_t source[LARGEST];
    struct blob_sent message = {.number = 1, .data = {source, way->size}};
    const uint8_t *filled = NULL;
    enum bus_outcome outcome;
    struct bus_claim claim;

    if (!way->copies)
        message.data.data = NULL;
    if (counted)
        steps_begin();
    if (way->copies) {
        outcome = blob_sent_publish(bus, &message);
    } else {
        outcome = blob_sent_claim(bus, &message, NULL, &claim);
        if (outcome == BUS_QUEUED) {
            filled = blob_sent_claim_data(&claim, NULL);
            outcome = bus_claim_commit(&claim);
        }
    }
    if (counted)
        steps_end();
    return outcome == BUS_QUEUED && bus_poll(bus, 0, NULL) == BUS_OK &&
           (way->copies || *seen == filled);
}

static int body(void *context)
{
    struct bus_os os = *bus_os_native();
    const uint8_t *seen = NULL;
    struct bus *bus = NULL;
    bool fine;

    os.real_ns = stand_still;
    os.monotonic_ns = stand_still;
    fine = bus_open(&bus, &(struct bus_options){.polled = true, .os = &os}) == BUS_OK &&
           bus_start(bus) == BUS_OK && blob_sent_subscribe(bus, on_blob, &seen, NULL) == BUS_OK;
    for (int i = 0; fine && i < WARM; i++)
        fine = send_one(bus, context, false, &seen);
    return fine && send_one(bus, context, true, &seen) ? 0 : 1;
}

static bool count(struct figures *figures, bool copies)
{
    static const uint32_t sizes[] = {64, 1024, LARGEST};

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct way way = {sizes[i], copies};
        uint64_t steps = steps_of(body, &way);
        char name[40];

        if (steps == 0) {
            fprintf(stderr, "bench: claim: instructions could not be counted (ptrace)\n");
            return false;
        }
        (void)snprintf(name, sizeof name, "field of %u bytes", (unsigned)sizes[i]);
        figures_add(figures, name, "instructions", (double)steps);
    }
    return true;
}

static bool claim_steps(uint64_t ignored, struct figures *figures)
{
    (void)ignored;
    return count(figures, false);
}

static bool publish_steps(uint64_t ignored, struct figures *figures)
{
    (void)ignored;
    return count(figures, true);
}

static const struct contestant contestants[] = {
    {.bench = "claim",
     .name = "busgen",
     .path = "..._claim, address of the field, bus_claim_commit; each instruction counted",
     .figures = claim_steps},
    {.bench = "claim",
     .name = "busgen: publish",
     .path = "..._publish of the same message; a copy moves 32 bytes with one instruction",
     .figures = publish_steps},
    {.name = NULL},
};

extern const struct group claim_group;
const struct group claim_group = {.name = "claim", .cases = cases, .contestants = contestants};
