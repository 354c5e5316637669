/*
 * bus/components.h - what a bus is made of: its message types and the components that are attached.
 * For tools that show a bus; the structs are those of bus/schema.h.
 */
#ifndef BUS_COMPONENTS_H
#define BUS_COMPONENTS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_component;

typedef void (*bus_type_fn)(void *context, const struct bus_message_type *type);
/* Calls `fn` for each message type once: those that the bus has seen (published, or handled, the
 * bus's own events too), in that order, then the others of its schema and of what that imports.
 * Returns how many; 0 and bus_last_error: wrong use. `fn` may use the bus. Any thread. */
BUS_API uint32_t bus_types_each(struct bus *bus, bus_type_fn fn, void *context);

typedef void (*bus_component_fn)(void *context, const struct bus_component *component,
                                 struct bus_session session);
/* Calls `fn` for each component that is attached, those of a program too, once for each time it is;
 * `session` is zero but for those that were attached to one. Returns how many; 0 and
 * bus_last_error: wrong use. `fn` must not use the bus. Any thread. */
BUS_API uint32_t bus_components_each(struct bus *bus, bus_component_fn fn, void *context);

/* The name the bus was given, valid until bus_close. "" and bus_last_error: wrong use. */
BUS_API const char *bus_name(const struct bus *bus);

/* For libraries that go on using a bus on threads of their own: from here to bus_release bus_close
 * is refused with BUS_ERR_BUSY and does nothing; bus_last_error says `who`, a static text, "its
 * HTTP server is open: bus_http_close". May be nested. Not at the same time as bus_close.
 *   BUS_ERR_INVALID (no open bus) */
BUS_API BUS_MUST_USE enum bus_status bus_retain(struct bus *bus, const char *who);
/* Once for each bus_retain that succeeded. */
BUS_API void bus_release(struct bus *bus);

#ifdef __cplusplus
}
#endif

#endif
