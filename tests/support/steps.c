/* steps.c - see steps.h. */
#include "steps.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

void steps_begin(void)
{
    raise(SIGUSR1); /* the parent sees it; it is not delivered */
}

void steps_end(void)
{
    raise(SIGUSR1);
}

/* The signal that stopped the child; 0: it has ended, *status says how. */
static int stopped_by(pid_t child, int *status)
{
    if (waitpid(child, status, 0) != child || !WIFSTOPPED(*status))
        return 0;
    return WSTOPSIG(*status);
}

static uint64_t follow(pid_t child)
{
    uint64_t steps = 0;
    int status = 0, marks = 0, signal = stopped_by(child, &status);

    while (signal != 0) {
        if (signal == SIGUSR1)
            marks++;
        else if (marks == 1 && signal == SIGTRAP)
            steps++;
        if (ptrace(marks == 1 ? PTRACE_SINGLESTEP : PTRACE_CONT, child, 0, 0) != 0)
            break;
        signal = stopped_by(child, &status);
    }
    return marks == 2 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? steps : 0;
}

uint64_t steps_of(int (*body)(void *context), void *context)
{
    pid_t child = fork();

    if (child < 0)
        return 0;
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
            _exit(2);
        raise(SIGSTOP);
        _exit(body(context) == 0 ? 0 : 1);
    }
    return follow(child);
}
