/*
 * steps.h - how many instructions a piece of code takes, counted one by one.
 *
 * A child process runs it under PTRACE_SINGLESTEP: exact, the same on every run, and one step per
 * repetition of a string instruction, so that a copy shows whatever it is made of.
 */
#ifndef STEPS_H
#define STEPS_H

#include <stdint.h>

/* The child runs body(context), which calls steps_begin and steps_end once, in this order, and
 * returns 0 when all went well. Returns the instructions between the two; 0: it could not be
 * counted, or body failed. Only the calling thread is there in the child. */
uint64_t steps_of(int (*body)(void *context), void *context);
void steps_begin(void);
void steps_end(void);

#endif
