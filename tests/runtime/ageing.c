/* ageing.c - see ageing.h. */
#include "ageing.h"

#include <bus/schema.h>

struct bus_message_type aged_placed, aged_placed_v2, aged_placed_v1;
struct bus_message_type aged_noted, aged_noted_v1;
struct bus_message_type aged_charge, aged_charge_v1;
struct ageing ageing;

static void look_at(struct bus_string text)
{
    if (text.data == NULL || text.data[text.size] != '\0')
        ageing.unterminated = true;
}

/* The name's halves point into the older message, where the first one has no NUL behind it. */
static bool placed_1_to_2(const void *from, void *to, struct bus_upgrading *upgrading)
{
    const struct aged1_placed *older = from;
    struct aged2_placed *newer = to;
    const char *space;
    uint32_t i;

    ageing.runs[2]++;
    look_at(older->customer);
    if (older->order == ageing.refused)
        return false;
    newer->order = older->order;
    space = memchr(older->customer.data, ' ', older->customer.size);
    if (space == NULL)
        return false;
    newer->first.data = older->customer.data;
    newer->first.size = (uint32_t)(space - older->customer.data);
    newer->last.data = space + 1;
    newer->last.size = older->customer.size - newer->first.size - 1;
    if (ageing.too_long)
        newer->last.size = 33;
    if (older->lines.size != 0) {
        struct aged2_line *lines = bus_upgrade_memory(upgrading, older->lines.size * sizeof *lines);

        if (lines == NULL)
            return false;
        for (i = 0; i < older->lines.size; i++) {
            lines[i].sku = older->lines.data[i].sku;
            lines[i].count = older->lines.data[i].count;
        }
        newer->lines.data = lines;
        newer->lines.size = older->lines.size;
    }
    return true;
}

static bool placed_2_to_3(const void *from, void *to, struct bus_upgrading *upgrading)
{
    const struct aged2_placed *older = from;
    struct aged3_placed *newer = to;
    struct bus_string *texts;
    uint32_t i;

    ageing.runs[3]++;
    look_at(older->first);
    look_at(older->last);
    if (ageing.more != 0 && bus_upgrade_memory(upgrading, ageing.more) == NULL &&
        !ageing.more_is_ignored)
        return false;
    while (ageing.nothings != 0 && bus_upgrade_memory(upgrading, 0) != NULL)
        ageing.nothings--;
    texts = bus_upgrade_memory(upgrading, (2 + older->lines.size) * sizeof *texts);
    if (texts == NULL)
        return false;
    newer->order = older->order;
    if (newer->pieces != 7 || newer->title.has)
        return false; /* not as its init leaves it */
    newer->pieces = 0;
    texts[0] = older->first;
    texts[1] = older->last;
    if (ageing.no_text)
        texts[1] = (struct bus_string){.data = "\xff", .size = 1};
    newer->names.data = texts;
    newer->names.size = 2;
    newer->skus.data = texts + 2;
    newer->skus.size = older->lines.size;
    for (i = 0; i < older->lines.size; i++) {
        texts[2 + i] = older->lines.data[i].sku;
        newer->pieces += older->lines.data[i].count;
    }
    while (ageing.greedy && bus_upgrade_memory(upgrading, 1) != NULL)
        ageing.seen_left += 8;
    return true;
}

static bool noted_1_to_2(const void *from, void *to, struct bus_upgrading *upgrading)
{
    const struct aged1_noted *older = from;
    struct aged3_noted *newer = to;

    (void)upgrading;
    newer->number = older->number + 1000;
    return older->number != ageing.refused;
}

static bool charge_1_to_2(const void *from, void *to, struct bus_upgrading *upgrading)
{
    const struct aged1_charge *older = from;
    struct aged3_charge *newer = to;

    (void)upgrading;
    newer->order = older->order;
    newer->euros = older->cents / 100;
    newer->cents = older->cents % 100;
    return true;
}

/* The older one keeps its schema's identity: that is the one it always had. */
static void join(struct bus_message_type *newer, const struct bus_message_type *of,
                 struct bus_upgrade *upgrade, const struct bus_message_type *older)
{
    *newer = *of;
    newer->name = older->name;
    newer->version = (older->version != 0 ? older->version : 1) + 1;
    newer->upgrade = upgrade;
    upgrade->from = older;
}

void age(void)
{
    static struct bus_upgrade to_placed2 = {.apply = placed_1_to_2};
    static struct bus_upgrade to_placed3 = {.apply = placed_2_to_3};
    static struct bus_upgrade to_noted2 = {.apply = noted_1_to_2};
    static struct bus_upgrade to_charge2 = {.apply = charge_1_to_2};

    ageing = (struct ageing){.refused = UINT64_MAX};
    aged_placed_v1 = aged1_placed_type;
    aged_placed_v1.version = 0;
    join(&aged_placed_v2, &aged2_placed_type, &to_placed2, &aged_placed_v1);
    join(&aged_placed, &aged3_placed_type, &to_placed3, &aged_placed_v2);
    aged_noted_v1 = aged1_noted_type;
    join(&aged_noted, &aged3_noted_type, &to_noted2, &aged_noted_v1);
    aged_charge_v1 = aged1_charge_type;
    join(&aged_charge, &aged3_charge_type, &to_charge2, &aged_charge_v1);
}

uint32_t pack_placed1(uint64_t order, uint8_t *bytes, size_t capacity)
{
    const struct aged1_line lines[] = {{.sku = bus_cstr("tea"), .count = 2},
                                       {.sku = bus_cstr("milk"), .count = 3}};
    uint32_t size = aged1_placed_encode(&(struct aged1_placed){.order = order,
                                                               .customer = bus_cstr("Ada Lovelace"),
                                                               .lines = {lines, 2}},
                                        bytes, capacity);

    assert_true(size > 0);
    return size;
}

uint32_t pack_placed2(uint64_t order, uint8_t *bytes, size_t capacity)
{
    const struct aged2_line lines[] = {{.sku = bus_cstr("tea"), .count = 2},
                                       {.sku = bus_cstr("milk"), .count = 3}};
    uint32_t size = aged2_placed_encode(&(struct aged2_placed){.order = order,
                                                               .first = bus_cstr("Ada"),
                                                               .last = bus_cstr("Lovelace"),
                                                               .lines = {lines, 2}},
                                        bytes, capacity);

    assert_true(size > 0);
    return size;
}

void assert_upgraded(const struct aged3_placed *placed, uint64_t order)
{
    assert_int_equal(placed->order, order);
    assert_int_equal(placed->names.size, 2);
    assert_string_equal(placed->names.data[0].data, "Ada");
    assert_string_equal(placed->names.data[1].data, "Lovelace");
    assert_int_equal(placed->skus.size, 2);
    assert_string_equal(placed->skus.data[0].data, "tea");
    assert_string_equal(placed->skus.data[1].data, "milk");
    assert_int_equal(placed->pieces, 5);
    assert_false(placed->title.has);
}
