/* guard/timers.c - see timers.h. slots[0] is the first; the children of i are 4i + 1 to 4i + 4. */
#include "guard/timers.h"

#include <assert.h>

enum { CHILDREN = 4 };

size_t timers_bytes(uint32_t capacity)
{
    return (size_t)capacity * sizeof(struct timer_slot);
}

void timers_init(struct timers *timers, void *memory, uint32_t capacity)
{
    timers->slots = memory;
    timers->count = 0;
    timers->capacity = capacity;
    timers->order = 0;
    timers->next_ns = UINT64_MAX;
}

static bool comes_before(const struct timer_slot *a, const struct timer_slot *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void put(struct timers *timers, uint32_t at, struct timer_slot slot)
{
    timers->slots[at] = slot;
    slot.timer->place = at + 1;
}

/* The slot goes to `at` or nearer to the top. */
static void rise(struct timers *timers, uint32_t at, struct timer_slot slot)
{
    while (at > 0) {
        uint32_t above = (at - 1) / CHILDREN;

        if (!comes_before(&slot, &timers->slots[above]))
            break;
        put(timers, at, timers->slots[above]);
        at = above;
    }
    put(timers, at, slot);
}

/* The slot goes to `at` or farther from the top. */
static void sink(struct timers *timers, uint32_t at, struct timer_slot slot)
{
    for (;;) {
        uint32_t first = CHILDREN * at + 1, best = first, child;

        if (first >= timers->count)
            break;
        for (child = first + 1; child < first + CHILDREN && child < timers->count; child++)
            if (comes_before(&timers->slots[child], &timers->slots[best]))
                best = child;
        if (!comes_before(&timers->slots[best], &slot))
            break;
        put(timers, at, timers->slots[best]);
        at = best;
    }
    put(timers, at, slot);
}

static void look_at_first(struct timers *timers)
{
    timers->next_ns = timers->count != 0 ? timers->slots[0].due_ns : UINT64_MAX;
}

static void take_out(struct timers *timers, uint32_t at)
{
    struct timer_slot last;

    timers->slots[at].timer->place = 0;
    last = timers->slots[--timers->count];
    if (at == timers->count)
        return;
    if (at > 0 && comes_before(&last, &timers->slots[(at - 1) / CHILDREN]))
        rise(timers, at, last);
    else
        sink(timers, at, last);
}

void timers_add(struct timers *timers, struct timer *timer, uint64_t due_ns)
{
    struct timer_slot slot = {due_ns, timers->order++, timer};

    if (timer->place != 0)
        take_out(timers, timer->place - 1);
    assert(timers->count < timers->capacity && "whoever adds timers makes room for them at open");
    timer->due_ns = due_ns;
    rise(timers, timers->count++, slot);
    look_at_first(timers);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
    if (timer->place == 0)
        return;
    take_out(timers, timer->place - 1);
    look_at_first(timers);
}

struct timer *timers_take(struct timers *timers, uint64_t now_ns)
{
    struct timer *timer;

    if (timers->count == 0 || timers->slots[0].due_ns > now_ns)
        return NULL;
    timer = timers->slots[0].timer;
    take_out(timers, 0);
    look_at_first(timers);
    return timer;
}
