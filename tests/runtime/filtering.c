/* filtering.c - see the header. */
#include "filtering.h"

bool is_even(void *context, const void *message, const struct bus_filter_facts *facts)
{
    _Atomic uint64_t *asked = context;

    if (asked != NULL)
        atomic_fetch_add(asked, 1);
    return facts->type != &probe_ticked_type ||
           ((const struct probe_ticked *)message)->number % 2 == 0;
}

uint64_t add_filter(struct bus *bus, const struct bus_filter *filter)
{
    uint64_t id = 0;

    assert_int_equal(bus_filter_add(bus, filter, &id), BUS_OK);
    assert_int_not_equal(id, 0);
    return id;
}

uint64_t add_even(struct bus *bus, _Atomic uint64_t *asked)
{
    return add_filter(
        bus, &(struct bus_filter){
                 .name = "even", .kind = BUS_FILTER_CUSTOM, .matches = is_even, .context = asked});
}

struct search {
    uint64_t id;
    struct bus_filter_info found;
    uint32_t count;
};

static void look(void *context, const struct bus_filter_info *filter)
{
    struct search *search = context;

    search->count++;
    if (filter->id == search->id)
        search->found = *filter;
}

void assert_counted(struct bus *bus, uint64_t id, uint64_t passed, uint64_t filtered)
{
    struct search search = {.id = id};

    assert_int_equal(bus_filters_each(bus, look, &search), BUS_OK);
    assert_int_equal(search.found.id, id);
    assert_int_equal(search.found.passed, passed);
    assert_int_equal(search.found.filtered, filtered);
}

uint32_t count_filters(struct bus *bus)
{
    struct search search = {0};

    assert_int_equal(bus_filters_each(bus, look, &search), BUS_OK);
    return search.count;
}
