/*
 * path/reclaim.c - the one place that includes ck_epoch.h; use at the top of reclaim.h.
 *
 * ck_epoch on x86-64: a section stores `active` by an atomic exchange (full barrier), so its loads
 * of shared pointers come after; the end of a section stores `active` after all its loads. The
 * writer made the object unreachable before reclaim_later; a record that it sees inactive
 * afterwards, or in a newer epoch, can not have loaded the old pointer.
 *
 * Only the writer record ever has pending objects, so readers' records never need a barrier to be
 * handed on.
 *
 * ThreadSanitizer does not see ck's assembly; the pair release (end of a section) and acquire
 * (before the object is freed), on the address of the epoch, tells it what the epoch guarantees.
 */
#include "path/reclaim.h"

#include <stddef.h>

#include <ck_epoch.h>

#include "path/atomic.h"

_Static_assert(sizeof(struct ck_epoch) <= RECLAIM_STATE_SIZE, "the epoch fits");
_Static_assert(sizeof(struct ck_epoch_record) <= RECLAIM_RECORD_SIZE, "a record fits");
_Static_assert(alignof(struct ck_epoch_record) <= 64, "a record is aligned");
_Static_assert(sizeof(struct ck_epoch_entry) <= RECLAIM_NODE_SIZE, "a node fits");

#ifdef ATOMIC_BUILTINS
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
static void __tsan_acquire(void *address)
{
    (void)address;
}

static void __tsan_release(void *address)
{
    (void)address;
}
#endif

static struct ck_epoch *epoch_of(struct reclaim *reclaim)
{
    return (struct ck_epoch *)(void *)reclaim->state;
}

static struct ck_epoch_record *record_of(struct reclaim_record *record)
{
    return (struct ck_epoch_record *)(void *)record->state;
}

void reclaim_init(struct reclaim *reclaim)
{
    ck_epoch_init(epoch_of(reclaim));
    reclaim_register(reclaim, &reclaim->writer);
}

void reclaim_register(struct reclaim *reclaim, struct reclaim_record *record)
{
    ck_epoch_register(epoch_of(reclaim), record_of(record), NULL);
}

void reclaim_enter(struct reclaim_record *record)
{
    ck_epoch_begin(record_of(record), NULL);
}

void reclaim_leave(struct reclaim_record *record)
{
    __tsan_release(record_of(record)->global);
    ck_epoch_end(record_of(record), NULL);
}

static void free_entry(struct ck_epoch_entry *entry)
{
    struct reclaim_node *node = (struct reclaim_node *)(void *)entry;

    __tsan_acquire(epoch_of(node->reclaim));
    node->free(node);
}

void reclaim_later(struct reclaim *reclaim, struct reclaim_node *node,
                   void (*free)(struct reclaim_node *node))
{
    node->free = free;
    node->reclaim = reclaim;
    ck_epoch_call(record_of(&reclaim->writer), (struct ck_epoch_entry *)(void *)node->state,
                  free_entry);
}

bool reclaim_poll(struct reclaim *reclaim)
{
    struct ck_epoch_record *writer = record_of(&reclaim->writer);

    ck_epoch_poll(writer);
    return writer->n_pending == 0;
}

void reclaim_all(struct reclaim *reclaim)
{
    ck_epoch_barrier(record_of(&reclaim->writer));
}
