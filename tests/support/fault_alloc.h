/*
 * fault_alloc.h - makes chosen allocations of a test program fail. Link the program with
 * busgen_fault_alloc; its calls of malloc, calloc, realloc, aligned_alloc, posix_memalign, strdup
 * and strndup (those of static libraries too, not those inside shared ones) then pass through here.
 *
 *     for (unsigned long nth = 1;; nth++) {
 *         fault_alloc_arm(nth, false);
 *         ... call what is tested ...
 *         if (!fault_alloc_disarm())
 *             break;                       // fewer than nth allocations: all places were seen
 *         ... the call must have failed cleanly ...
 *     }
 *
 * Works in every tree, also under the sanitizers. For programs as they are see fault_preload.c.
 */
#ifndef FAULT_ALLOC_H
#define FAULT_ALLOC_H

#include <stdbool.h>

/* The nth allocation from now (from 1) fails; with `from_then_on` all later ones too. All threads
 * count together. */
void fault_alloc_arm(unsigned long nth, bool from_then_on);

/* Back to normal. True when an allocation was made to fail since fault_alloc_arm. */
bool fault_alloc_disarm(void);

/* Allocations asked for since fault_alloc_arm. */
unsigned long fault_alloc_count(void);

#endif
