/*
 * core/session_list.c - the handlers of a session, as messages of it find them.
 *
 * The list of a session is found by its index, in its place, and pinned as that of a route
 * (frame_pin): the hazard is in thread->looks, beside the frame. It is set while somebody looks,
 * so that frames which see no session have one word less to clear. A list says whose it is: of an
 * ended session's, or of the next one's in its place, a message sees nothing.
 */
#include "core/registry.h"

/* NULL: it has no handlers, or has ended. */
static const struct handler_list *pin(struct thread *thread, const struct frame *frame,
                                      uint32_t session, uint32_t generation)
{
    struct handler_list **place = &session_at(thread->bus, session)->table;
    struct handler_list **hazard = &thread->looks[frame - thread->frames];
    struct handler_list *list = atomic_load_acquire_ptr(place);

    for (;;) {
        struct handler_list *again;

        atomic_store_release_ptr(hazard, list);
        /* Store of the hazard, then the second look; other side: registry_sweep. */
        bus_light_fence(thread->bus);
        again = atomic_load_acquire_ptr(place);
        if (again == list)
            break;
        list = again;
    }
    return list != NULL && ((list->generation ^ generation) & 0xffff) == 0 ? list : NULL;
}

/* Where the handlers of the type begin, or would. */
static uint32_t first_of(const struct handler_list *list, const struct route *route)
{
    uint32_t low = 0, high = list->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (list->types[middle] < route->index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_of(const struct handler_list *list, uint32_t at, const struct route *route)
{
    return at < list->count && list->types[at] == route->index;
}

struct handler *session_handler(struct thread *thread, struct frame *frame,
                                const struct route *route, uint32_t session, uint32_t generation)
{
    struct handler *handler;

    do {
        const struct handler_list *own = pin(thread, frame, session, generation);
        uint32_t i = own != NULL ? first_of(own, route) : 0;

        handler = NULL;
        for (; own != NULL && handler == NULL && is_of(own, i, route); i++)
            if (atomic_load_relaxed_u32(&own->handlers[i]->removed) == 0)
                handler = own->handlers[i];
    } while (handler != NULL && !frame_enter(thread->bus, frame, handler));
    if (handler != NULL)
        session_touch(thread, session);
    else
        frame_leave(frame); /* one that was removed in the last moment */
    session_unpin(thread, frame);
    return handler;
}

const struct handler_list *session_merge(struct thread *thread, struct frame *frame,
                                         const struct route *route, const struct handler_list *list,
                                         uint32_t session, uint32_t generation)
{
    const struct handler_list *own = pin(thread, frame, session, generation);
    uint32_t i = own != NULL ? first_of(own, route) : 0, count = 0, k = 0;
    struct handler_list *merged;

    while (own != NULL && is_of(own, i + count, route))
        count++;
    if (count == 0)
        return list;
    session_touch(thread, session);
    merged =
        scratch_take(&thread->scratch, thread->bus,
                     sizeof *merged + ((size_t)list->count + count) * sizeof merged->handlers[0]);
    if (merged == NULL)
        return NULL;
    *merged = (struct handler_list){.parallel = list->parallel, .ordered = list->ordered};
    for (; count > 0; count--, i++) {
        while (k < list->count && !handler_goes_before(own->handlers[i], list->handlers[k]))
            merged->handlers[merged->count++] = list->handlers[k++];
        merged->handlers[merged->count++] = own->handlers[i];
        merged->parallel = merged->parallel || own->handlers[i]->parallel;
    }
    while (k < list->count)
        merged->handlers[merged->count++] = list->handlers[k++];
    return merged;
}
