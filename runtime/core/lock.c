/* core/lock.c - see lock.h. */
#include "core/lock.h"

#include "path/atomic.h"

void lock_take(struct lock *lock, const struct bus_os *os)
{
    uint32_t expected = 0;

    if (atomic_cas_u32(&lock->word, &expected, 1))
        return;
    while (atomic_exchange_u32(&lock->word, 2) != 0)
        (void)os->wait(os->context, &lock->word, 2, UINT64_MAX);
}

void lock_give(struct lock *lock, const struct bus_os *os)
{
    if (atomic_exchange_u32(&lock->word, 0) == 2)
        os->wake(os->context, &lock->word, false);
}
