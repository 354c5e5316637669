/*
 * pipeline/links.h - rows of links that come and go while others walk them: filters in front of
 * publish, the chain around handlers.
 *
 * A row is a list in the order of adding. A walker shows in its thread record in which epoch it
 * began to walk (its outermost walk counts, they nest), and then loads the head of the row. Who
 * takes a link out leaves its own `next` as it is, passes a barrier and begins a new epoch: from
 * then on the link is out of reach for walks of that epoch or a later one, and for those that do
 * not show yet. Argument: a walker stores `since` and then loads the head; either the barrier falls
 * behind that store, then the remover sees it; or before it, then the load of the head, later in
 * the walker's program, sees the row without the link. A walker that read the new epoch (acquire)
 * sees what was done before that began. A link that is out of the row is reached only from links
 * that left it, by walks older than all of them.
 *
 * So a link is freed when every thread either does not walk or walks since its epoch or later.
 * Walkers pay no fence (bus_light_fence) and write nothing that is not their own.
 */
#ifndef BUSGEN_PIPELINE_LINKS_H
#define BUSGEN_PIPELINE_LINKS_H

#include "path/path.h"

static inline void walk_begin(struct thread *thread, enum row row)
{
    struct row_walk *walk = &thread->walks[row];

    if (walk->depth++ != 0)
        return;
    atomic_store_relaxed_u64(&walk->since, atomic_load_acquire_u64(&thread->bus->links.epoch) + 1);
    bus_light_fence(thread->bus);
}

static inline void walk_end(struct thread *thread, enum row row)
{
    struct row_walk *walk = &thread->walks[row];

    if (--walk->depth != 0)
        return;
    atomic_store_release_u64(&walk->since, 0);
    tell_handler_end(thread->bus);
}

/* The first link of a row, inside a walk. */
static inline void *row_first(const struct bus *bus, enum row row)
{
    return atomic_load_acquire_ptr(row == ROW_FILTERS ? &bus->filters : &bus->chain);
}

static inline void *link_next(const struct link *link)
{
    return atomic_load_acquire_ptr(&link->next);
}

/* Behind all others; gives it its number. Registry lock. */
void link_add(struct bus *bus, enum row row, struct link *link);
/* NULL: there is none; of what is there for good and has number 0 there is none. Registry lock. */
struct link *link_find(struct bus *bus, enum row row, uint64_t id);
/* Takes one out of its row and waits until no other thread is at it, unless inside such a walk.
 * `what` it is called in words. BUS_ERR_NOT_REGISTERED; BUS_ERR_BUSY: it would wait for ever. */
enum bus_status link_leave(struct bus *bus, enum row row, uint64_t id, const char *what);
/* A thread other than `except` whose walk began before the epoch; NULL: none. Behind a barrier. */
struct thread *walker_before(const struct bus *bus, enum row row, uint64_t epoch,
                             const struct thread *except);
/* Who was taken out of reach, behind a barrier, is not for walks of the epoch that is returned, or
 * later ones. Registry lock. */
uint64_t epoch_begin(struct bus *bus);
/* Frees what nobody can be at. Registry lock. */
void links_sweep(struct bus *bus);
/* Nobody walks any more. */
void links_free(struct bus *bus);

#endif
