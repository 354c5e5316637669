/*
 * upgrade.c - messages of an older version through the user's upgrade functions, up to the newest.
 *
 * A function may refuse a message (then it is treated as a damaged one), and random values are a
 * reason to. What it makes of one must be a message that can be sent on.
 */
#include "testing/internal.h"

#include <stdlib.h>

bool check_upgrade(const struct subject *subject, const void *message, uint64_t seed,
                   char why[WHY_SIZE])
{
    const struct bus_message_type *newest = subject->newest;
    struct bus_test_arena arena = {0};
    struct subject made = {.name = newest->name, .type = newest, .codec = &newest->codec};
    char reason[WHY_SIZE] = "";
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);
    size_t scratch_size = bus_upgrade_scratch(newest);
    void *newer = bus_test_take(&arena, newest->codec.table->size);
    enum bus_status status = BUS_OK;
    bool right = true;

    if (bytes != NULL)
        status = bus_upgrade_decode(newest, subject->type->id, bytes, size, newer,
                                    bus_test_take(&arena, scratch_size), scratch_size);
    if (bytes == NULL || status == BUS_ERR_INVALID)
        right = true; /* the round trip says why; the function said no */
    else if (status != BUS_OK)
        right = because(why, "bus_upgrade_decode says %s", bus_status_text(status));
    else if (!check_round_trip(&made, newer, seed, reason))
        right = because(why, "what it was upgraded to: %s", reason);
    free(bytes);
    bus_test_reset(&arena);
    return right;
}
