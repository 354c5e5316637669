/*
 * Negative control of the ThreadSanitizer runs: `race seeded` hands a cell over but writes to it
 * after the commit, which must be reported; `race clean` does the same without that write.
 */
#include "support.h"

#include <sched.h>
#include <string.h>

#include "path/lane.h"

enum { STRIDE = 128, COUNT = 1000 };

struct race {
    struct lane lane;
    bool seeded;
    uint64_t sum;
};

static void race_thread(void *argument, uint32_t index)
{
    struct race *race = argument;

    for (uint64_t i = 0; i < COUNT; i++) {
        struct cell *cell;
        uint64_t ticket = 0;

        if (index == 0) {
            while ((cell = lane_claim(&race->lane, producer_here(), &ticket)) == NULL)
                sched_yield();
            memcpy(cell_inside(cell), &i, sizeof i);
            lane_commit(&race->lane, ticket);
            if (race->seeded)
                memcpy(cell_inside(cell), &ticket, sizeof ticket);
        } else {
            uint64_t value;

            while ((cell = lane_front(&race->lane)) == NULL)
                sched_yield();
            memcpy(&value, cell_inside(cell), sizeof value);
            race->sum += value;
            lane_release(&race->lane);
        }
    }
}

int main(int argc, char **argv)
{
    struct race race = {.seeded = argc > 1 && strcmp(argv[1], "seeded") == 0};
    void *memory = get_memory(lane_bytes(8, STRIDE));

    lane_init(&race.lane, memory, 8, STRIDE, 0);
    run_threads(2, race_thread, &race);
    free_memory(memory, lane_bytes(8, STRIDE));
    return race.sum == (uint64_t)COUNT * (COUNT - 1) / 2 || race.seeded ? 0 : 1;
}
