/*
 * stats/account.c - the conservation account of a message type.
 *
 * The counters of all threads are summed on demand: first how messages ended, then what was taken
 * out of the lanes, last what was accepted. A message is counted in the opposite order, so a sum
 * taken while messages move never shows an end without its beginning.
 *
 * `held` is what was queued and not taken, and what was kept and not resolved; `running` what the
 * threads' frames show; neither is derived from the other terms of the law, so the law can fail if
 * the engine forgets to count.
 */
#include "path/path.h"

#include "core/registry.h"
#include "path/durable.h"

static struct counters *of_thread(const struct bus *bus, uint32_t i, uint32_t index)
{
    struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

    return thread != NULL ? &thread->counters[index] : NULL;
}

static uint64_t load(const uint64_t *counter)
{
    return atomic_load_acquire_u64(counter);
}

static void add_ends(struct bus *bus, uint32_t index, struct bus_account *account)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        const struct counters *c = of_thread(bus, i, index);
        uint64_t most;

        if (c == NULL)
            continue;
        account->processed += load(&c->processed);
        account->failed += load(&c->failed);
        account->expired += load(&c->expired);
        account->dropped += load(&c->dropped);
        account->replaced += load(&c->replaced);
        account->cancelled += load(&c->cancelled);
        account->filtered += load(&c->filtered);
        account->rejected += load(&c->rejected);
        account->throttled += load(&c->throttled);
        account->closed += load(&c->closed);
        account->invalid += load(&c->invalid);
        account->calls += load(&c->calls);
        account->calls_failed += load(&c->calls_failed);
        account->timed_calls += load(&c->timed_calls);
        account->timed_ns += load(&c->timed_ns);
        account->calls_late += load(&c->late);
        most = load(&c->timed_max_ns);
        if (most > account->timed_max_ns)
            account->timed_max_ns = most;
    }
}

static uint64_t running_of(struct bus *bus, uint32_t index)
{
    uint32_t i, d, n = atomic_load_acquire_u32(&bus->threads_known);
    uint64_t running = 0;

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (d = 0; thread != NULL && d < BUS_NESTING_MAX; d++)
            running += atomic_load_acquire_u32(&thread->frames[d].route) == index;
    }
    return running;
}

/* Queued and not taken, dropped or replaced; *accepted receives what was accepted. */
static uint64_t held_of(struct bus *bus, uint32_t index, uint64_t *accepted)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);
    uint64_t gone = 0, queued = 0, direct = 0;

    for (i = 0; i < n; i++) {
        const struct counters *c = of_thread(bus, i, index);

        if (c != NULL)
            gone += load(&c->begun) + load(&c->dropped) + load(&c->replaced);
    }
    for (i = 0; i < n; i++) {
        const struct counters *c = of_thread(bus, i, index);

        if (c == NULL)
            continue;
        queued += load(&c->queued);
        direct += load(&c->direct);
    }
    *accepted = queued + direct;
    return queued > gone ? queued - gone : 0;
}

uint64_t account_kept(struct bus *bus, const struct route *route)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);
    uint64_t kept = 0, resolved = 0;

    for (i = 0; i < n; i++) {
        const struct counters *c = of_thread(bus, i, route->index);

        resolved += c != NULL ? load(&c->resolved) : 0;
    }
    for (i = 0; i < n; i++) {
        const struct counters *c = of_thread(bus, i, route->index);

        kept += c != NULL ? load(&c->kept) : 0;
    }
    return kept > resolved ? kept - resolved : 0;
}

uint64_t account_held(struct bus *bus, const struct route *route)
{
    uint64_t accepted;

    return durable_behind(bus, route) + held_of(bus, route->index, &accepted) +
           account_kept(bus, route);
}

void account_add(struct bus *bus, const struct route *route, struct bus_account *account)
{
    uint64_t accepted, held, behind;

    add_ends(bus, route->index, account);
    behind = durable_behind(bus, route); /* before it is counted as queued, which comes first */
    account->running += running_of(bus, route->index);
    held = account_kept(bus, route); /* before what was taken: it was kept later */
    held += held_of(bus, route->index, &accepted);
    account->accepted += accepted + behind;
    held += behind;
    if ((atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0)
        account->left += held;
    else
        account->held += held;
}

/* A message has ended, but its frame is not gone yet: an account would count it twice. */
static bool frames_show_messages(struct bus *bus)
{
    uint32_t i, d, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (d = 0; thread != NULL && d < BUS_NESTING_MAX; d++)
            if (atomic_load_acquire_u32(&thread->frames[d].route) != NO_ROUTE)
                return true;
    }
    return false;
}

/* Messages that are parked; *moves counts how often one came or went. */
static uint64_t parked_of(struct bus *bus, uint64_t *moves)
{
    uint32_t i, k, n = atomic_load_acquire_u32(&bus->threads_known);
    uint32_t routes = atomic_load_acquire_u32(&bus->route_count);
    uint64_t parked = 0, unparked = 0;

    for (i = 0; i < n; i++)
        for (k = 1; k <= routes; k++) {
            const struct counters *c = of_thread(bus, i, k);

            parked += c != NULL ? load(&c->parked) : 0;
            unparked += c != NULL ? load(&c->unparked) : 0;
        }
    *moves = parked + unparked;
    return parked - unparked;
}

bool account_is_idle(struct bus *bus)
{
    uint32_t i, routes = atomic_load_acquire_u32(&bus->route_count);
    struct bus_account sum = {0};
    uint64_t accepted = 0, one, moves, moves_before, parked;

    if (durable_is_coming(bus)) /* first: what is not any more counts as behind */
        return false;
    parked = parked_of(bus, &moves_before);
    for (i = 1; i <= routes; i++)
        add_ends(bus, i, &sum);
    /* Types that were seen meanwhile count on the accepted side only. */
    routes = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= routes; i++) {
        accepted += durable_behind(bus, route_at(bus, i)); /* before the next, as in account_add */
        (void)held_of(bus, i, &one);
        accepted += one;
    }
    if (accepted != sum.processed + sum.failed + sum.expired + sum.dropped + sum.replaced +
                        sum.cancelled + parked)
        return false;
    /* A parked message has ended as far as this goes, and may begin again: none did meanwhile. */
    (void)parked_of(bus, &moves);
    if (moves != moves_before)
        return false;
    for (i = 0; i < bus->worker_count; i++)
        if (atomic_load_acquire_u64(&bus->workers[i].front) != 0)
            return false; /* its last cell is not released yet */
    return !frames_show_messages(bus);
}

uint32_t account_running(struct bus *bus, const struct thread *except)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known), running = 0;

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        running +=
            thread != NULL && thread != except && atomic_load_acquire_u32(&thread->depth) != 0;
    }
    return running;
}

enum bus_status bus_account(struct bus *bus, const struct bus_message_type *type,
                            struct bus_account *account)
{
    const struct route *route;
    uint32_t i, n;

    if (account != NULL)
        *account = (struct bus_account){0};
    if (bus == NULL || bus->magic != BUS_MAGIC || account == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot read an account: bus or account is NULL");
    if (type != NULL) {
        route = route_find(bus, type);
        if (route != NULL)
            account_add(bus, route, account);
        return BUS_OK;
    }
    n = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= n; i++)
        account_add(bus, route_at(bus, i), account);
    return BUS_OK;
}

bool bus_account_balances(const struct bus_account *account)
{
    return account != NULL &&
           account->accepted == account->processed + account->failed + account->dropped +
                                    account->replaced + account->expired + account->cancelled +
                                    account->left + account->held + account->running;
}
