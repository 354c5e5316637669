/* core/lock.c - see lock.h. */
#include "core/lock.h"

#include "path/atomic.h"

bool lock_take_until(struct lock *lock, const struct bus_os *os, uint64_t deadline_ns)
{
    uint32_t expected = 0;

    if (atomic_cas_u32(&lock->word, &expected, 1))
        return true;
    while (atomic_exchange_u32(&lock->word, 2) != 0)
        if (!os->wait(os->context, &lock->word, 2, deadline_ns))
            return false;
    return true;
}

void lock_take(struct lock *lock, const struct bus_os *os)
{
    (void)lock_take_until(lock, os, UINT64_MAX);
}

void lock_give(struct lock *lock, const struct bus_os *os)
{
    if (atomic_exchange_u32(&lock->word, 0) == 2)
        os->wake(os->context, &lock->word, false);
}
