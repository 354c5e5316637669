/*
 * path/pressure.h - back-pressure of a lane: noticed, told once for each change, and felt by the
 * publishers of `when_full rate_limit`.
 *
 * The state is the lane's `pressed` (path/lane.h). Claims that reach the high water are made on the
 * long way only (posting.c), which sets it; the worker looks at it once a burst and clears it at
 * the low water. Neither side loads anything more while no lane is pressed, but for the worker's
 * look at the flag, in a line that it has anyway.
 *
 * Telling. Whoever finds that `told` is not `pressed` tells, one at a time (`telling`), until both
 * agree, so the last thing told is the truth; a state that ended before it was told is left out. A
 * thread that comes while another tells leaves it to that one, which looks again after it has let
 * go of `telling`, behind a fence.
 */
#ifndef BUSGEN_PATH_PRESSURE_H
#define BUSGEN_PATH_PRESSURE_H

#include "path/path.h"

/* Something about the lane changed, or may have. `thread`: of the caller. */
void pressure_look(struct worker *worker, struct thread *thread, uint32_t level);
/* The same for the worker's own thread, which may also end the pressure. */
void pressure_ease(struct worker *worker, struct thread *thread, uint32_t level);
/* The worker has nothing to run. */
void pressure_idle(struct worker *worker, struct thread *thread);
/* Lanes that are pressed, of all workers. */
uint32_t pressure_active(const struct bus *bus);

/* An overflow of a message that slows its publisher down: how long it shall wait now. */
uint64_t pressure_delay(struct worker *worker, uint32_t level);

#endif
