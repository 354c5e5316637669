/* counting.c - see counting.h. x86-64 only: the filter knows calls by where they come from. */
#include "counting.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

static _Thread_local volatile bool counting;
static _Thread_local volatile uint64_t allocations;
static _Thread_local volatile uint64_t locks;
static _Thread_local volatile uint64_t system_calls;
static _Thread_local volatile uint64_t last_call;
static _Thread_local bool filtered;

/* ---- allocations ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

static void count_allocation(void)
{
    if (counting)
        allocations++;
}

void *malloc(size_t size)
{
    count_allocation();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_allocation();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    count_allocation();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    count_allocation();
    return __libc_memalign(align, size);
}

int posix_memalign(void **memory, size_t align, size_t size)
{
    void *taken;

    count_allocation();
    taken = __libc_memalign(align, size);
    if (taken == NULL)
        return ENOMEM;
    *memory = taken;
    return 0;
}

/* ---- locks: --wrap sends the calls here ---- */

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __real_pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __real_pthread_spin_lock(pthread_spinlock_t *lock);
void __real_lock_take(void *lock, const void *os);
bool __real_lock_take_until(void *lock, const void *os, uint64_t deadline_ns);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __wrap_pthread_spin_lock(pthread_spinlock_t *lock);
void __wrap_lock_take(void *lock, const void *os);
bool __wrap_lock_take_until(void *lock, const void *os, uint64_t deadline_ns);

static void count_lock(void)
{
    if (counting)
        locks++;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    count_lock();
    return __real_pthread_mutex_lock(mutex);
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    count_lock();
    return __real_pthread_mutex_trylock(mutex);
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    count_lock();
    return __real_pthread_rwlock_rdlock(lock);
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    count_lock();
    return __real_pthread_rwlock_wrlock(lock);
}

int __wrap_pthread_spin_lock(pthread_spinlock_t *lock)
{
    count_lock();
    return __real_pthread_spin_lock(lock);
}

void __wrap_lock_take(void *lock, const void *os)
{
    count_lock();
    __real_lock_take(lock, os);
}

bool __wrap_lock_take_until(void *lock, const void *os, uint64_t deadline_ns)
{
    count_lock();
    return __real_lock_take_until(lock, os, deadline_ns);
}

/* ---- system calls ---- */

/* Makes a system call by the one instruction that the filter lets pass; the kernel sees
 * counted_pass, the address behind it. */
long counted_call(long number, long a, long b, long c, long d, long e, long f);
extern const char counted_pass[];
__asm__(".text\n"
        ".globl counted_call\n"
        "counted_call:\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rdi\n"
        "    mov %rdx, %rsi\n"
        "    mov %rcx, %rdx\n"
        "    mov %r8, %r10\n"
        "    mov %r9, %r8\n"
        "    mov 8(%rsp), %r9\n"
        "    syscall\n"
        ".globl counted_pass\n"
        "counted_pass:\n"
        "    ret\n");

static void on_system_call(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    if (counting && registers[REG_RAX] != SYS_clock_gettime) {
        system_calls++;
        last_call = (uint64_t)registers[REG_RAX];
    }
    registers[REG_RAX] =
        counted_call((long)registers[REG_RAX], (long)registers[REG_RDI], (long)registers[REG_RSI],
                     (long)registers[REG_RDX], (long)registers[REG_R10], (long)registers[REG_R8],
                     (long)registers[REG_R9]);
}

static void give_up(const char *what)
{
    perror(what);
    abort();
}

/* Again for each thread: cmocka sets handlers of its own before each test. */
static void install_handler(void)
{
    struct sigaction action = {.sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO};

    if (sigaction(SIGSYS, &action, NULL) != 0)
        give_up("sigaction");
}

/* For this thread, and for good. */
static void install_filter(void)
{
    const uint64_t pass = (uint64_t)(uintptr_t)counted_pass;
    /* Before a thread ends, the C library blocks all signals: then SIGSYS would be the end. */
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 4, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)pass, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(pass >> 32), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    struct sock_fprog filter = {sizeof program / sizeof program[0], program};
    sigset_t mine;

    install_handler();
    sigemptyset(&mine);
    sigaddset(&mine, SIGSYS);
    if (pthread_sigmask(SIG_UNBLOCK, &mine, NULL) != 0)
        give_up("pthread_sigmask");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        give_up("seccomp");
    filtered = true;
}

/* ---- counting ---- */

void counting_begin(void)
{
    counting = false;
    if (!filtered)
        install_filter();
    allocations = locks = system_calls = last_call = 0;
    counting = true;
}

struct counts counting_end(void)
{
    bool was = counting;

    counting = false;
    return was ? (struct counts){allocations, locks, system_calls, last_call} : (struct counts){0};
}
