/*
 * core/session.c - sessions: an index that is used again and a generation that is not.
 *
 * A slot's generation is odd while its session is open; opening and closing add one each. Cells
 * carry its lowest 16 bits.
 */
#include "core/registry.h"

#include <inttypes.h>

#include "path/path.h"

bool session_is_open(const struct bus *bus, struct bus_session session)
{
    if (session.index == 0)
        return true;
    if (session.index > bus->options.sessions_max)
        return false;
    return atomic_load_acquire_u32(&bus->sessions[session.index - 1].generation) ==
               session.generation &&
           (session.generation & 1) != 0;
}

enum bus_status bus_session_open(struct bus *bus, struct bus_session *session)
{
    enum bus_status status = BUS_ERR_LIMIT;
    uint32_t i;

    if (bus == NULL || bus->magic != BUS_MAGIC || session == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot open a session: bus or session is NULL");
    *session = (struct bus_session){0, 0};
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s: stopped, no session can be opened", bus->name);
    lock_take(&bus->registry, &bus->os);
    for (i = 0; i < bus->options.sessions_max && status != BUS_OK; i++) {
        struct session *slot = &bus->sessions[i];

        if ((slot->generation & 1) != 0)
            continue;
        atomic_store_release_u32(&slot->generation, slot->generation + 1);
        *session = (struct bus_session){i + 1, slot->generation};
        atomic_store_release_u32(&bus->sessions_open, bus->sessions_open + 1);
        status = BUS_OK;
    }
    lock_give(&bus->registry, &bus->os);
    if (status != BUS_OK)
        return fail_status(status,
                           "bus %s: all sessions are open; raise bus_options.sessions_max (now "
                           "%" PRIu32 ")",
                           bus->name, bus->options.sessions_max);
    return BUS_OK;
}

static bool is_of_session(const struct unit *unit, const void *context)
{
    const struct bus_session *session = context;

    return unit->session.index == session->index && unit->session.generation == session->generation;
}

enum bus_status bus_session_close(struct bus *bus, struct bus_session session)
{
    enum bus_status status = BUS_OK;
    bool mine = false;

    if (bus == NULL || bus->magic != BUS_MAGIC || session.index == 0 ||
        session.index > bus->options.sessions_max)
        return fail_status(BUS_ERR_INVALID, "cannot close: bus is NULL or not a session of it");
    lock_take(&bus->registry, &bus->os);
    if (session_is_open(bus, session)) {
        atomic_store_release_u32(&bus->sessions[session.index - 1].generation,
                                 session.generation + 1);
        atomic_store_release_u32(&bus->sessions_open, bus->sessions_open - 1);
        mine = true;
    } else if (atomic_load_relaxed_u32(&bus->sessions[session.index - 1].generation) <
               session.generation) {
        status = BUS_ERR_INVALID;
    }
    lock_give(&bus->registry, &bus->os);
    if (status != BUS_OK)
        return fail_status(status, "bus %s: this session was never opened", bus->name);
    if (mine)
        (void)registry_remove(bus, is_of_session, &session, &status);
    return status;
}
