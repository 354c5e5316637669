/*
 * os/rseq.h - a store that happens only if a word has not changed, without a locked instruction.
 *
 * A restartable sequence (rseq(2), registered for every thread by glibc 2.35 and later) is a piece
 * of code that the kernel sends to its abort label when the thread was preempted, migrated, got a
 * signal or was hit by membarrier(PRIVATE_EXPEDITED_RSEQ) inside of it. Its last instruction is the
 * commit. So compare and store below are one step against everything that goes through the kernel,
 * and against another processor that changes the word first and calls os_restart_of()'s function
 * next: after that call no sequence that saw the old word can store any more.
 *
 * x86-64 with such a glibc only; elsewhere, under valgrind and under ThreadSanitizer (which does
 * not see into assembly) os_rseq_here returns NULL and nothing is ever stored this way.
 */
#ifndef BUSGEN_OS_RSEQ_H
#define BUSGEN_OS_RSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__LP64__) && defined(__GLIBC_PREREQ) &&                         \
    !defined(__SANITIZE_THREAD__)
#if __GLIBC_PREREQ(2, 35)
#define OS_RSEQ 1
#endif
#endif
#if defined(OS_RSEQ) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef OS_RSEQ
#endif
#endif

#ifdef OS_RSEQ

#include <sys/rseq.h>

/* The calling thread's area; NULL: it has none. */
static inline struct rseq *os_rseq_here(void)
{
    uint8_t *thread;
    struct rseq *area;

    if (__rseq_size == 0)
        return NULL;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    area = (struct rseq *)(void *)(thread + __rseq_offset);
    return (int32_t)area->cpu_id >= 0 ? area : NULL;
}

/* In one step: if *word is `expected`, *at = value (a release store). False: it was not, or the
 * sequence was aborted. `area` is the calling thread's own.
 *
 * The pointer to the section does not stay in the area: the kernel reads what it points to, and the
 * library may be unloaded. Before the abort label stands the signature that the kernel asks for,
 * in the shape of an undefined instruction. */
static inline bool os_rseq_store_if(struct rseq *area, const uint64_t *word, uint64_t expected,
                                    uint64_t *at, uint64_t value)
{
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n\t"
                 ".balign 32\n"
                 "1:\n\t"
                 ".long 0, 0\n\t"
                 ".quad 2f, 3f - 2f, 4f\n\t"
                 ".popsection\n\t"
                 "leaq 1b(%%rip), %%rax\n\t"
                 "movq %%rax, %[section]\n"
                 "2:\n\t"
                 "cmpq %[expected], %[word]\n\t"
                 "jne %l[changed]\n\t"
                 "movq %[value], %[at]\n"
                 "3:\n\t"
                 "movq $0, %[section]\n\t"
                 ".pushsection __rseq_failure, \"ax\"\n\t"
                 ".byte 0x0f, 0xb9, 0x3d\n\t"
                 ".long 0x53053053\n"
                 "4:\n\t"
                 "jmp %l[changed]\n\t"
                 ".popsection"
                 :
                 : [section] "m"(area->rseq_cs), [word] "m"(*word), [expected] "r"(expected),
                   [at] "m"(*at), [value] "r"(value)
                 : "rax", "cc", "memory"
                 : changed);
    return true;
changed:
    __asm__ volatile("movq $0, %0" : "=m"(area->rseq_cs) : : "memory");
    return false;
}

#else

struct rseq;

static inline struct rseq *os_rseq_here(void)
{
    return NULL;
}

static inline bool os_rseq_store_if(struct rseq *area, const uint64_t *word, uint64_t expected,
                                    uint64_t *at, uint64_t value)
{
    (void)area;
    (void)word;
    (void)expected;
    (void)at;
    (void)value;
    return false;
}

#endif

#endif
