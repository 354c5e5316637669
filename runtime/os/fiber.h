/*
 * os/fiber.h - stacks that take turns on one thread of the system (for the simulation).
 *
 * Switching saves what the calling convention makes a function keep, and nothing of the system's:
 * no signal mask, no call of the kernel. On x86-64 it is a few instructions of our own, elsewhere
 * ucontext. AddressSanitizer and ThreadSanitizer are told.
 */
#ifndef BUSGEN_OS_FIBER_H
#define BUSGEN_OS_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fiber {
    void *saved; /* while it does not run: its stack pointer, or ucontext */
    void (*body)(void *argument);
    void *argument;
    uint8_t *memory; /* NULL: the stack of the system's thread */
    size_t memory_size;
    const void *stack; /* lowest byte */
    size_t stack_size;
    void *fake_stack; /* AddressSanitizer's */
    void *shadow;     /* ThreadSanitizer's */
};

/* The calling thread of the system itself. False: no memory. */
bool fiber_here(struct fiber *fiber);
/* A stack of at least `stack_size`, with forbidden memory below it. False: no memory. */
bool fiber_make(struct fiber *fiber, size_t stack_size);
/* One that does not run. */
void fiber_free(struct fiber *fiber);
/* The next switch to it calls body(argument), which must not return: it ends by a switch with
 * `ends`. Also to use it again. */
void fiber_begin(struct fiber *fiber, void (*body)(void *argument), void *argument);
/* From the one that runs to another. `ends`: nobody switches back. */
void fiber_switch(struct fiber *from, struct fiber *to, bool ends);

#endif
