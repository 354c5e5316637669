#include "fault_alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

/* What the linker makes of the calls (--wrap): calls of malloc arrive at __wrap_malloc, and
 * __real_malloc is the library's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **memory, size_t align, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **memory, size_t align, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

static atomic_bool armed;
static atomic_bool hit;
static atomic_ulong asked;
static unsigned long fails_at;
static bool for_ever;

void fault_alloc_arm(unsigned long nth, bool from_then_on)
{
    fails_at = nth;
    for_ever = from_then_on;
    atomic_store(&asked, 0);
    atomic_store(&hit, false);
    atomic_store(&armed, true);
}

bool fault_alloc_disarm(void)
{
    atomic_store(&armed, false);
    return atomic_load(&hit);
}

unsigned long fault_alloc_count(void)
{
    return atomic_load(&asked);
}

static bool fails(void)
{
    unsigned long nth;

    if (!atomic_load(&armed))
        return false;
    nth = atomic_fetch_add(&asked, 1) + 1;
    if (nth != fails_at && !(for_ever && nth > fails_at))
        return false;
    atomic_store(&hit, true);
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(align, size);
}

int __wrap_posix_memalign(void **memory, size_t align, size_t size)
{
    return fails() ? ENOMEM : __real_posix_memalign(memory, align, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : __real_strndup(text, size);
}
