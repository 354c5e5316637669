/* doctor_system.c - versions, kernel, limits, clock. */
#include <dirent.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "doctor.h"

#ifdef BUSADM_STORE
#include <sqlite3.h>
#endif

/* ---- versions ---- */

const char *defect_of_sqlite(int version)
{
    if (version < 3037000)
        return "busgen::store needs 3.37 or later";
    if (version < 3051003)
        return "two connections that write or checkpoint at the same instant can damage a file "
               "with a write-ahead log";
    return NULL;
}

void look_at_versions(struct doctor *doctor)
{
#ifdef BUSADM_STORE
    const char *defect = defect_of_sqlite(sqlite3_libversion_number());

    if (defect != NULL)
        found(doctor, HINT, "version",
              "a bus is alone with its store and does not meet it: let no other program, sqlite3 "
              "included, open the file meanwhile; fixed in 3.51.3",
              "SQLite %s: %s", sqlite3_libversion(), defect);
    else
        found(doctor, WELL, "version", NULL, "SQLite %s", sqlite3_libversion());
#else
    found(doctor, HINT, "version", NULL, "this busadm was built without SQLite");
#endif
}

/* ---- kernel ---- */

void look_at_kernel(struct doctor *doctor)
{
    long offered = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

    if (offered < 0 || (offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
        found(doctor, WARNING, "kernel",
              "Linux 4.14 or later has it; a seccomp filter or a container may forbid it",
              "no membarrier: each publish pays a fence instead");
    else
        found(doctor, WELL, "kernel", NULL, "membarrier is there");
    if (__rseq_size == 0)
        found(doctor, WARNING, "kernel",
              "glibc 2.35 and Linux 4.18 have it; GLIBC_TUNABLES=glibc.pthread.rseq=1 and no "
              "seccomp filter against it",
              "no restartable sequences: publishing takes a slower way");
    else
        found(doctor, WELL, "kernel", NULL, "restartable sequences are there");
}

/* ---- limits ---- */

/* The soft limit in a line of /proc/PID/limits; UINT64_MAX: unlimited. */
static bool read_limit(const char *line, const char *name, uint64_t *limit)
{
    size_t size = strlen(name);
    char word[32];

    if (strncmp(line, name, size) != 0 || sscanf(line + size, " %31s", word) != 1)
        return false;
    if (strcmp(word, "unlimited") == 0)
        *limit = UINT64_MAX;
    else if (!read_number(word, UINT64_MAX, limit))
        return false;
    return true;
}

/* Descriptors that a process has open; 0: not known. */
static uint64_t count_descriptors(const char *process)
{
    char folder[64];
    DIR *entries;
    uint64_t count = 0;

    (void)snprintf(folder, sizeof folder, "/proc/%s/fd", process);
    entries = opendir(folder);
    if (entries == NULL)
        return 0;
    while (readdir(entries) != NULL)
        count++;
    (void)closedir(entries);
    return count > 2 ? count - 2 : 0;
}

static void judge_files(struct doctor *doctor, const char *whose, uint64_t limit, uint64_t used)
{
    if (used > 0 && used >= limit / 5 * 4)
        found(doctor, ERROR, "limits", "raise LimitNOFILE (systemd) or ulimit -n",
              "%s has %" PRIu64 " files open of %" PRIu64 " that it may", whose, used, limit);
    else if (limit < 1024)
        found(doctor, WARNING, "limits", "raise LimitNOFILE (systemd) or ulimit -n to 1024 or more",
              "%s may have only %" PRIu64 " files open", whose, limit);
    else
        found(doctor, WELL, "limits", NULL, "%s has %" PRIu64 " files open of %" PRIu64, whose,
              used, limit);
}

void look_at_limits(struct doctor *doctor, uint64_t pid)
{
    char process[24] = "self", path[64], line[256];
    const char *whose = pid != 0 ? "the program" : "this user";
    uint64_t limit;
    FILE *limits;

    if (pid != 0)
        (void)snprintf(process, sizeof process, "%" PRIu64, pid);
    (void)snprintf(path, sizeof path, "/proc/%s/limits", process);
    limits = fopen(path, "r");
    if (limits == NULL) {
        found(doctor, HINT, "limits", "run the doctor where the program runs, as its user",
              "the limits of the program cannot be read");
        return;
    }
    while (fgets(line, sizeof line, limits) != NULL) {
        if (read_limit(line, "Max open files", &limit))
            judge_files(doctor, whose, limit, pid != 0 ? count_descriptors(process) : 0);
        else if (read_limit(line, "Max locked memory", &limit))
            found(doctor, WELL, "limits", NULL, "%s may lock %" PRIu64 " bytes of memory%s", whose,
                  limit, limit == UINT64_MAX ? " (no limit)" : "");
        else if (read_limit(line, "Max address space", &limit) && limit < (uint64_t)4 << 30)
            found(doctor, WARNING, "limits", "raise LimitAS (systemd) or ulimit -v",
                  "%s may have %" PRIu64
                  " bytes of addresses: a bus reserves its memory when it is "
                  "opened",
                  whose, limit);
    }
    (void)fclose(limits);
}

/* ---- clock ---- */

void look_at_clock(struct doctor *doctor)
{
    struct timex state = {.modes = 0};
    time_t now = time(NULL);
    int clock = adjtimex(&state);

    if (now < 1704067200) /* 2024 */
        found(doctor, ERROR, "clock",
              "set it: schedules by the wall clock, ids and times are wrong",
              "the clock says a time before 2024");
    if (clock == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        found(doctor, HINT, "clock",
              "let chrony or systemd-timesyncd keep it, unless the host does",
              "nobody here keeps the clock");
    else if (clock >= 0)
        found(doctor, WELL, "clock", NULL, "the clock is kept, to %ld us", state.maxerror);
}
