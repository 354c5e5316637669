/* path/parking.c - the argument is at the top of parking.h. */
#include "path/parking.h"

void parking_init(struct parking *parking, const struct bus_os *os, int descriptor)
{
    parking->word = PARKING_AWAKE;
    parking->doubtful = false;
    parking->descriptor = descriptor;
    parking->os = os;
    parking->asymmetric = os->barrier(os->context);
}

void parking_prepare(struct parking *parking)
{
    atomic_store_relaxed_u32(&parking->word, PARKING_PARKED);
    /* Store of word before the caller's loads of turns; other side: parking_wake. */
    if (parking->asymmetric)
        parking->doubtful = !parking->os->barrier(parking->os->context);
    atomic_fence();
}

void parking_cancel(struct parking *parking)
{
    atomic_store_relaxed_u32(&parking->word, PARKING_AWAKE);
}

bool parking_wait(struct parking *parking, uint64_t deadline_ns)
{
    const struct bus_os *os = parking->os;
    uint64_t until = deadline_ns;
    bool in_time;

    if (parking->doubtful) {
        uint64_t doubt = os->monotonic_ns(os->context) + PARKING_DOUBT_NS;

        if (doubt < until)
            until = doubt;
    }
    in_time = os->wait(os->context, &parking->word, PARKING_PARKED, until);
    atomic_store_relaxed_u32(&parking->word, PARKING_AWAKE);
    return in_time || until != deadline_ns;
}

void parking_wake_parked(struct parking *parking)
{
    const struct bus_os *os = parking->os;
    uint32_t expected = PARKING_PARKED;

    /* Of several wakers, and the sleeper that wakes by itself, one wins. */
    if (!atomic_cas_u32(&parking->word, &expected, PARKING_AWAKE))
        return;
    if (parking->descriptor >= 0)
        os->signal_raise(os->context, parking->descriptor);
    else
        os->wake(os->context, &parking->word, false);
}
