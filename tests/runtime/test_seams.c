/*
 * The places inside the engine that later work stands on: the dispatch chain and the filters in
 * front of publish. They are internal, so this program includes the engine's own headers.
 * covers: C1, C2
 */
#include "support.h"

#include <bus/pipeline.h>

#include "path/path.h"

struct watching {
    struct chain_link link; /* first member */
    struct journal *journal;
    uint64_t tag;
    bool pass;
};

static enum bus_verdict watch(struct chain_link *link, struct bus_delivery *delivery)
{
    struct watching *watching = (struct watching *)(void *)link;
    enum bus_verdict verdict;

    journal_add(watching->journal, watching->tag);
    if (!watching->pass)
        return bus_fail(delivery, &(struct bus_error){.code = 9});
    verdict = chain_next(link, delivery);
    journal_add(watching->journal, watching->tag + 1);
    return verdict;
}

static void install(struct bus *bus, struct chain_link *link)
{
    atomic_store_release_ptr(&bus->chain, link);
}

/* The first link is the outermost; each goes on to the next, the last to the handler. */
static void chain_stands_around_handlers(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct watching inner = {{.around = watch}, &journal, 20, true};
    struct watching outer = {
        {.link = {.next = &inner.link.link}, .around = watch}, &journal, 10, true};
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED); /* empty */
    poll_all(bus);
    install(bus, &outer.link);
    tick(bus, 2, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 3}, &result),
                     BUS_ANSWERED);
    assert_journal(&journal, (const uint64_t[]){1, 10, 20, 2, 21, 11, 10, 20, 3, 21, 11}, 11);
    /* One that does not go on decides alone. */
    inner.pass = false;
    tick(bus, 4, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 5}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, 9);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    install(bus, NULL);
    tick(bus, 6, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(journal.entries[latch_count(&journal.latch) - 1], 6);
    finish_bus(&bus);
}

static bool even_only(struct filter_link *link, const struct bus_filter_facts *facts,
                      const void *message)
{
    (void)link;
    return facts->type != &probe_ticked_type ||
           ((const struct probe_ticked *)message)->number % 2 == 0;
}

/* A filter is asked before anything is queued; what it refuses was never accepted. */
static void filters_come_first(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct filter_link filter = {.admit = even_only, .name = "even only"};
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    atomic_store_release_ptr(&bus->filters, &filter);
    tick(bus, 3, BUS_FILTERED);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 5, BUS_FILTERED);
    assert_int_equal(stats_of(bus).queue_size, 2);
    poll_all(bus);
    assert_journal_run(&journal, 1, 2);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, 2);
    assert_int_equal(account.filtered, 2);
    atomic_store_release_ptr(&bus->filters, NULL);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_stands_around_handlers),
        cmocka_unit_test(filters_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
