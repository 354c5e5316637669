/*
 * path/envelope.c - what travels with a message, read out of its cell.
 */
#include "path/durable.h"

#include <stdio.h>

#include "core/session.h"

bool cell_of_id(const struct bus *bus, struct bus_uuid id, struct cell *cell)
{
    uint64_t ms = (id.high >> 16) - bus->base_ms;
    uint64_t sequence = (id.high & 0xfff) << 12 | (id.low >> 50 & 0xfff);
    struct bus_uuid made;

    cell->stamp = sequence | ms << 24;
    cell->origin = (id.low >> 34 & 0xffff) << 48;
    made = message_id(bus, cell);
    return made.high == id.high && made.low == id.low;
}

void envelope_of(const struct bus *bus, const struct route *route, const struct cell *cell,
                 const struct cell_extension *extension, struct bus_envelope *envelope)
{
    const struct durable_row *row = row_of(extension);

    *envelope = (struct bus_envelope){
        .id = cell_id(bus, cell, extension),
        .published_ns = (bus->base_ms + cell_time_ms(cell)) * BUS_MILLISECOND,
        .schema_version = route->type->schema_version,
        .schema_fingerprint = route->type->schema_fingerprint,
        .attempt = cell_attempt(cell),
        .call_site = cell_call_site(cell),
    };
    envelope->session.index = cell_session(cell);
    if (envelope->session.index != 0) {
        /* Cells carry 16 bits of the generation; the rest is that of the session now, or of the one
         * before if it was closed meanwhile. */
        uint32_t now =
            atomic_load_relaxed_u32(&bus->sessions[envelope->session.index - 1].generation);
        uint32_t kept = cell_session_generation(cell);

        envelope->session.generation = now - ((now - kept) & 0xffff);
    }
    if (extension == NULL)
        return;
    if (row != NULL && row->schema_version != 0) {
        envelope->schema_version = row->schema_version;
        envelope->schema_fingerprint = row->schema_fingerprint;
    }
    envelope->deadline_ns = extension->deadline_ns;
    envelope->correlation = extension->correlation;
    envelope->causation = extension->causation;
    envelope->trace = extension->trace;
}

void bus_delivery_envelope(const struct bus_delivery *delivery, struct bus_envelope *envelope)
{
    const struct bus_message_type *type;

    if (envelope == NULL)
        return;
    if (delivery == NULL) {
        *envelope = (struct bus_envelope){0};
        return;
    }
    type = delivery->route->type;
    envelope_of(delivery->bus, delivery->route, delivery->cell, delivery->extension, envelope);
    if (type->key != NULL && delivery->message != NULL) {
        envelope->has_key = true;
        envelope->key_hash = type->key(delivery->message);
    }
}

struct bus *bus_delivery_bus(const struct bus_delivery *delivery)
{
    return delivery != NULL ? delivery->bus : NULL;
}

const struct bus_message_type *bus_delivery_type(const struct bus_delivery *delivery)
{
    return delivery != NULL ? delivery->route->type : NULL;
}

/* A delivery is never a constant object: what runs on its caller is packed when somebody looks. */
static void pack_now(const struct bus_delivery *delivery)
{
    delivery->route->type->codec.pack(delivery->room, delivery->message);
    ((struct bus_delivery *)(uintptr_t)delivery)->bytes = delivery->room;
}

const uint8_t *bus_delivery_bytes(const struct bus_delivery *delivery, uint32_t *size)
{
    if (size != NULL)
        *size = delivery != NULL ? delivery->size : 0;
    if (delivery == NULL)
        return NULL;
    if (delivery->bytes == NULL)
        pack_now(delivery);
    return delivery->bytes;
}

uint64_t bus_delivery_remaining_ns(const struct bus_delivery *delivery)
{
    uint64_t now;

    if (delivery == NULL || delivery->extension == NULL || delivery->extension->deadline_ns == 0)
        return UINT64_MAX;
    now = bus_now(delivery->bus);
    return delivery->extension->deadline_ns > now ? delivery->extension->deadline_ns - now : 0;
}
