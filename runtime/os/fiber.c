/* os/fiber.c - see fiber.h. */
#include "os/fiber.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__x86_64__) && defined(__LP64__)
#define FIBER_OWN_SWITCH 1
#else
#include <stdlib.h>
#include <ucontext.h>
#endif

/* Below each stack: valgrind takes a stack pointer that moves by more than 2 MB for another stack,
 * one that moves less for a large frame. */
#define GUARD_SIZE ((size_t)2 << 20)

/* The one before, for AddressSanitizer, which tells the bounds of the first stack to the second. */
static _Thread_local struct fiber *came_from;

static void arrived(struct fiber *fiber)
{
#ifdef FIBER_ASAN
    const void *stack = NULL;
    size_t size = 0;

    __sanitizer_finish_switch_fiber(fiber->fake_stack, &stack, &size);
    if (came_from->memory == NULL) {
        came_from->stack = stack;
        came_from->stack_size = size;
    }
#else
    (void)fiber;
#endif
}

static __attribute__((noreturn, used)) void fiber_main(struct fiber *fiber)
{
    arrived(fiber);
    fiber->body(fiber->argument);
    __builtin_unreachable();
}

#ifdef FIBER_OWN_SWITCH

/* Saves the registers that a function keeps, and the modes of both floating point units, on the
 * stack; exchanges the stack pointer; takes them back from the other stack. */
void busgen_fiber_swap(void **from, void *to) __attribute__((visibility("hidden")));
void busgen_fiber_first(void) __attribute__((visibility("hidden")));

__asm__(".pushsection .text\n"
        ".hidden busgen_fiber_swap\n"
        ".globl busgen_fiber_swap\n"
        ".type busgen_fiber_swap, @function\n"
        "busgen_fiber_swap:\n\t"
        "pushq %rbp\n\t"
        "pushq %rbx\n\t"
        "pushq %r12\n\t"
        "pushq %r13\n\t"
        "pushq %r14\n\t"
        "pushq %r15\n\t"
        "subq $8, %rsp\n\t"
        "stmxcsr (%rsp)\n\t"
        "fnstcw 4(%rsp)\n\t"
        "movq %rsp, (%rdi)\n\t"
        "movq %rsi, %rsp\n\t"
        "ldmxcsr (%rsp)\n\t"
        "fldcw 4(%rsp)\n\t"
        "addq $8, %rsp\n\t"
        "popq %r15\n\t"
        "popq %r14\n\t"
        "popq %r13\n\t"
        "popq %r12\n\t"
        "popq %rbx\n\t"
        "popq %rbp\n\t"
        "ret\n"
        ".size busgen_fiber_swap, . - busgen_fiber_swap\n"
        ".hidden busgen_fiber_first\n"
        ".globl busgen_fiber_first\n"
        ".type busgen_fiber_first, @function\n"
        "busgen_fiber_first:\n\t"
        "movq %r12, %rdi\n\t"
        "call *%r13\n\t"
        "ud2\n"
        ".size busgen_fiber_first, . - busgen_fiber_first\n"
        ".popsection\n");

/* What busgen_fiber_swap takes from the stack of one that has not run yet. */
struct first_frame {
    uint32_t mxcsr;
    uint16_t control_word;
    uint16_t unused;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t return_to;
    uint64_t end_of_stack; /* where a debugger stops */
};
/* Read at `call *%r13`: the stack must be a multiple of 16 there. */
_Static_assert(sizeof(struct first_frame) == 72, "as busgen_fiber_swap saves it");

static bool prepare(struct fiber *fiber)
{
    (void)fiber;
    return true;
}

static void drop(struct fiber *fiber)
{
    (void)fiber;
}

static void begin(struct fiber *fiber)
{
    uint8_t *top = fiber->memory + fiber->memory_size;
    struct first_frame frame = {.mxcsr = 0x1f80, .control_word = 0x037f};

    frame.r12 = (uint64_t)(uintptr_t)fiber;
    frame.r13 = (uint64_t)(uintptr_t)fiber_main;
    frame.return_to = (uint64_t)(uintptr_t)busgen_fiber_first;
    /* After the return the stack pointer is at end_of_stack. */
    top -= 16 + offsetof(struct first_frame, end_of_stack);
    memcpy(top, &frame, sizeof frame);
    fiber->saved = top;
}

static void swap(struct fiber *from, struct fiber *to)
{
    busgen_fiber_swap(&from->saved, to->saved);
}

#else /* ucontext */

static bool prepare(struct fiber *fiber)
{
    fiber->saved = malloc(sizeof(ucontext_t));
    return fiber->saved != NULL;
}

static void drop(struct fiber *fiber)
{
    free(fiber->saved);
}

static void first(unsigned high, unsigned low)
{
    fiber_main((struct fiber *)((uintptr_t)high << 32 | (uintptr_t)low));
}

static void begin(struct fiber *fiber)
{
    ucontext_t *context = fiber->saved;

    (void)getcontext(context);
    context->uc_stack.ss_sp = fiber->memory + GUARD_SIZE;
    context->uc_stack.ss_size = fiber->stack_size;
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))first, 2, (unsigned)((uint64_t)(uintptr_t)fiber >> 32),
                (unsigned)(uintptr_t)fiber);
}

static void swap(struct fiber *from, struct fiber *to)
{
    (void)swapcontext(from->saved, to->saved);
}

#endif

bool fiber_here(struct fiber *fiber)
{
    *fiber = (struct fiber){0};
#ifdef FIBER_TSAN
    fiber->shadow = __tsan_get_current_fiber();
#endif
    return prepare(fiber);
}

bool fiber_make(struct fiber *fiber, size_t stack_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (stack_size + page - 1) & ~(page - 1);
    uint8_t *memory;

    *fiber = (struct fiber){0};
    if (size < stack_size || size + GUARD_SIZE < size)
        return false;
    memory = mmap(NULL, GUARD_SIZE + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (memory == MAP_FAILED)
        return false;
    if (mprotect(memory + GUARD_SIZE, size, PROT_READ | PROT_WRITE) != 0 || !prepare(fiber)) {
        munmap(memory, GUARD_SIZE + size);
        return false;
    }
    fiber->memory = memory;
    fiber->memory_size = GUARD_SIZE + size;
    fiber->stack = memory + GUARD_SIZE;
    fiber->stack_size = size;
    return true;
}

void fiber_free(struct fiber *fiber)
{
#ifdef FIBER_TSAN
    if (fiber->memory != NULL && fiber->shadow != NULL)
        __tsan_destroy_fiber(fiber->shadow);
#endif
    drop(fiber);
    if (fiber->memory != NULL) {
#ifdef FIBER_ASAN
        __asan_unpoison_memory_region(fiber->stack, fiber->stack_size);
#endif
        munmap(fiber->memory, fiber->memory_size);
    }
}

void fiber_begin(struct fiber *fiber, void (*body)(void *argument), void *argument)
{
    fiber->body = body;
    fiber->argument = argument;
    fiber->fake_stack = NULL;
#ifdef FIBER_ASAN
    __asan_unpoison_memory_region(fiber->stack, fiber->stack_size); /* of its last use */
#endif
#ifdef FIBER_TSAN
    if (fiber->shadow != NULL)
        __tsan_destroy_fiber(fiber->shadow);
    fiber->shadow = __tsan_create_fiber(0);
#endif
    begin(fiber);
}

void fiber_switch(struct fiber *from, struct fiber *to, bool ends)
{
    came_from = from;
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(ends ? NULL : &from->fake_stack, to->stack, to->stack_size);
#else
    (void)ends;
#endif
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(to->shadow, 0);
#endif
    swap(from, to);
    arrived(from);
}
