/* stats/tracing.c - options of tracing, its thread, and who gets the spans; see tracing.h. */
#include "stats/tracing.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/registry.h"
#include "path/path.h"
#include "pipeline/links.h"

#define FILE_BYTES UINT64_C(10000000)
#define SPANS_MOST (UINT32_C(1) << 20)
enum { FILES = 5, SPANS = 4096, SERVICE_MOST = 256 };
_Static_assert(TRACING_LEAST >= TRACING_LINE, "a file holds a line at least");

enum {
    SPAN_STRIDE = (sizeof(struct span_cell) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE,
};

/* ---- open ---- */

static enum bus_status check(const struct bus *bus, const struct bus_trace_options *o)
{
    if (!(o->sample >= 0 && o->sample <= 1))
        return fail_status(BUS_ERR_INVALID, "bus_options.tracing: sample is a share, from 0 to 1");
    if ((o->file_bytes != 0 && o->file_bytes < TRACING_LEAST) || o->files > LINE_FILES_MOST ||
        o->spans_max > SPANS_MOST || (o->every_ns != 0 && o->every_ns < BUS_MILLISECOND))
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.tracing: file_bytes at least %d, files at most %d, "
                           "spans_max at most %u, every_ns at least 1 ms",
                           TRACING_LEAST, LINE_FILES_MOST, SPANS_MOST);
    if (o->path != NULL && strlen(o->path) > PATH_MAX - 32)
        return fail_status(BUS_ERR_INVALID, "bus_options.tracing: its path is too long");
    if (o->service != NULL && strlen(o->service) > SERVICE_MOST)
        return fail_status(BUS_ERR_INVALID, "bus_options.tracing: `service` has more than %d bytes",
                           SERVICE_MOST);
    if (o->path != NULL && !line_files_are_possible(&bus->os))
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.tracing: the bus_os of this bus has no files");
    return BUS_OK;
}

static bool copy_options(struct bus *bus, struct tracing *tracing,
                         const struct bus_trace_options *given)
{
    struct bus_trace_options *o = &tracing->options;
    const char *service = given->service != NULL ? given->service : bus->name;
    size_t path_size = given->path != NULL ? strlen(given->path) + 1 : 0;
    size_t service_size = strlen(service) + 1;

    *o = *given;
    tracing->texts_size = path_size + service_size;
    tracing->texts = bus_take_memory(bus, tracing->texts_size, 8);
    if (tracing->texts == NULL)
        return false;
    memcpy(tracing->texts, service, service_size);
    o->service = tracing->texts;
    if (given->path != NULL)
        o->path = memcpy(tracing->texts + service_size, given->path, path_size);
    o->file_bytes = o->file_bytes != 0 ? o->file_bytes : FILE_BYTES;
    o->files = o->files != 0 ? o->files : FILES;
    o->spans_max = o->spans_max != 0 ? o->spans_max : SPANS;
    o->every_ns = o->every_ns != 0 ? o->every_ns : BUS_SECOND;
    tracing->file.path = o->path;
    tracing->file.bytes_max = o->file_bytes;
    tracing->file.files = o->files;
    return true;
}

static uint64_t share(const struct bus_trace_options *o)
{
    if (o->join_only)
        return 0;
    return o->sample == 0 || o->sample == 1 ? UINT64_MAX
                                            : (uint64_t)(o->sample * 18446744073709551616.0);
}

static bool make_ring(struct bus *bus, struct tracing *tracing)
{
    uint32_t capacity = tracing->options.spans_max;

    tracing->ring_memory =
        bus_take_memory(bus, lane_bytes(capacity, SPAN_STRIDE), 2 * (size_t)CACHE_LINE);
    if (tracing->ring_memory != NULL)
        lane_init(&tracing->ring, tracing->ring_memory, capacity, SPAN_STRIDE, 0);
    return tracing->ring_memory != NULL;
}

static enum bus_status say_failing(struct bus *bus, struct tracing *tracing, const char *what)
{
    const char *words = strerrordesc_np(errno);

    tracing->figures.failing = true;
    (void)snprintf(tracing->figures.why, sizeof tracing->figures.why, "cannot %s %.120s: %s", what,
                   tracing->file.path, words != NULL ? words : "unknown error");
    return fail_status(BUS_ERR_SYSTEM, "bus %s: its spans: %s", bus->name, tracing->figures.why);
}

enum bus_status tracing_open(struct bus *bus)
{
    const struct bus_trace_options *given = bus->options.tracing;
    enum bus_status status;
    struct tracing *tracing;

    if (given == NULL)
        return BUS_OK;
    status = check(bus, given);
    if (status != BUS_OK)
        return status;
    tracing = bus_take_memory(bus, sizeof *tracing, 2 * (size_t)CACHE_LINE);
    if (tracing == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for its tracing", bus->name);
    tracing->file.file = -1;
    bus->tracing = tracing;
    tracing->wanted = given->span != NULL || given->path != NULL;
    if (!copy_options(bus, tracing, given) || (tracing->wanted && !make_ring(bus, tracing)))
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for its tracing; lower spans_max",
                           bus->name);
    bus->options.tracing = NULL; /* the caller's, who may forget it now */
    if (tracing->file.path != NULL && !line_file_open(&tracing->file, &bus->os))
        return say_failing(bus, tracing, "open");
    tracing->seed = chance_mix(bus->seed.high ^ chance_mix(bus->seed.low));
    tracing->sampled_to = share(&tracing->options);
    tracing->link.around = tracing_around;
    tracing->link.link.row = ROW_CHAIN;
    bus->chain = &tracing->link.link; /* nothing runs yet */
    return BUS_OK;
}

void tracing_free(struct bus *bus)
{
    struct tracing *tracing = bus->tracing;

    if (tracing == NULL)
        return;
    if (bus->chain == &tracing->link.link) /* it is the first, always */
        bus->chain = tracing->link.link.next;
    line_file_close(&tracing->file, &bus->os);
    if (tracing->ring_memory != NULL)
        bus_give_memory(bus, tracing->ring_memory,
                        lane_bytes(tracing->options.spans_max, SPAN_STRIDE));
    if (tracing->texts != NULL)
        bus_give_memory(bus, tracing->texts, tracing->texts_size);
    bus_give_memory(bus, tracing, sizeof *tracing);
    bus->tracing = NULL;
}

/* ---- passing on, under the lock ---- */

static enum bus_status write_line(struct bus *bus, struct tracing *tracing)
{
    uint64_t spans = tracing->in_line;

    if (spans == 0)
        return BUS_OK;
    otlp_end(tracing);
    if (line_file_write(&tracing->file, &bus->os, tracing->line, tracing->line_size)) {
        tracing->figures.spans += spans;
        return BUS_OK;
    }
    tracing->figures.lost += spans;
    return say_failing(bus, tracing, "write");
}

static enum bus_status pass_on(struct bus *bus, struct tracing *tracing,
                               const struct bus_span *span)
{
    const struct bus_trace_options *o = &tracing->options;

    tracing->figures.failed += span->failed;
    if (o->span != NULL)
        o->span(o->span_context, span);
    if (o->path == NULL) {
        tracing->figures.spans++;
        return BUS_OK;
    }
    tracing->figures.lost += !otlp_add(tracing, bus, span);
    return tracing->line_size > TRACING_LINE - TRACING_SPAN ? write_line(bus, tracing) : BUS_OK;
}

static void show(struct bus *bus, struct tracing *tracing)
{
    if (!tracing->figures.failing)
        tracing->figures.why[0] = '\0';
    tracing->figures.rotations = tracing->file.rotations;
    lock_take(&tracing->shown_lock, &bus->os);
    tracing->shown = tracing->figures;
    lock_give(&tracing->shown_lock, &bus->os);
}

/* All that there was when it began, so that it ends. */
static enum bus_status drain(struct bus *bus)
{
    struct tracing *tracing = bus->tracing;
    enum bus_status status = BUS_OK, one;
    uint32_t left;

    lock_take(&tracing->lock, &bus->os);
    tracing->figures.failing = false;
    for (left = tracing->wanted ? tracing->options.spans_max : 0; left > 0; left--) {
        const struct span_cell *cell =
            (const struct span_cell *)(const void *)lane_front(&tracing->ring);

        if (cell == NULL)
            break;
        one = pass_on(bus, tracing, &cell->span);
        status = one != BUS_OK ? one : status;
        lane_release(&tracing->ring);
    }
    one = write_line(bus, tracing);
    show(bus, tracing);
    lock_give(&tracing->lock, &bus->os);
    return one != BUS_OK ? one : status;
}

/* ---- the thread ---- */

void tracing_rouse(struct bus *bus, uint64_t ticket)
{
    struct tracing *tracing = bus->tracing;
    uint32_t asleep;

    bus_light_fence(bus); /* other side: fall_asleep */
    asleep = atomic_load_relaxed_u32(&tracing->asleep);
    if (asleep == TRACING_AWAKE)
        return;
    if (asleep == TRACING_GATHERS && ticket / LANE_STEP % (tracing->options.spans_max / 2 + 1) != 0)
        return;
    if (atomic_exchange_u32(&tracing->asleep, TRACING_AWAKE) != TRACING_AWAKE)
        tell_word(bus, &tracing->word);
}

/* Until `deadline`, or somebody wakes it; not while the ring has more than `most`. */
static void fall_asleep(struct bus *bus, uint32_t how, uint32_t most, uint64_t deadline)
{
    struct tracing *tracing = bus->tracing;
    uint32_t seen = atomic_load_acquire_u32(&tracing->word);

    atomic_store_release_u32(&tracing->asleep, how);
    bus_barrier(bus); /* other side: tracing_rouse */
    while (lane_size(&tracing->ring) <= most && atomic_load_acquire_u32(&tracing->ending) == 0 &&
           atomic_load_acquire_u32(&tracing->word) == seen && bus_now(bus) < deadline)
        (void)bus->os.wait(bus->os.context, &tracing->word, seen, deadline);
    atomic_store_release_u32(&tracing->asleep, TRACING_AWAKE);
}

static void body(void *argument)
{
    struct bus *bus = argument;
    struct tracing *tracing = bus->tracing;
    struct thread *thread;

    while (atomic_load_acquire_u32(&tracing->ending) == 0) {
        fall_asleep(bus, TRACING_EMPTY, 0, UINT64_MAX);
        fall_asleep(bus, TRACING_GATHERS, tracing->options.spans_max / 4,
                    bus_until(bus, tracing->options.every_ns));
        (void)drain(bus);
    }
    thread = thread_known(bus); /* it has one if a bus_span_fn published something */
    if (thread != NULL)
        thread_disown(thread);
}

enum bus_status tracing_start(struct bus *bus)
{
    struct tracing *tracing = bus->tracing;
    char name[32];
    int error;

    if (tracing == NULL || !tracing->wanted || bus->options.polled)
        return BUS_OK;
    (void)snprintf(name, sizeof name, "%.9s/spans", bus->name);
    error = bus->os.thread_start(bus->os.context, &tracing->thread, name, body, bus);
    if (error == 0)
        return BUS_OK;
    tracing->thread = NULL;
    return fail_status(BUS_ERR_SYSTEM, "bus %s: the system refused a thread (errno %d)", bus->name,
                       error);
}

void tracing_rest(struct bus *bus)
{
    struct tracing *tracing = bus->tracing;

    if (tracing == NULL || tracing->thread == NULL)
        return;
    atomic_store_release_u32(&tracing->ending, 1);
    tell_word(bus, &tracing->word);
    bus->os.thread_join(bus->os.context, tracing->thread);
    tracing->thread = NULL;
    atomic_store_release_u32(&tracing->ending, 0);
}

void tracing_end(struct bus *bus)
{
    if (bus->tracing == NULL)
        return;
    tracing_rest(bus);
    (void)drain(bus);
}

/* ---- asked for ---- */

enum bus_status bus_trace_flush(struct bus *bus)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot flush spans: the bus is NULL or closed");
    if (bus->tracing == NULL)
        return fail_status(BUS_ERR_STATE, "bus %s: opened without bus_options.tracing", bus->name);
    return drain(bus);
}

enum bus_status bus_trace_figures_read(struct bus *bus, struct bus_trace_figures *figures)
{
    struct tracing *tracing;

    if (figures != NULL)
        *figures = (struct bus_trace_figures){.spans = 0};
    if (bus == NULL || bus->magic != BUS_MAGIC || figures == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "cannot read figures of tracing: the bus (closed?) or figures is NULL");
    tracing = bus->tracing;
    if (tracing == NULL)
        return BUS_OK;
    lock_take(&tracing->shown_lock, &bus->os);
    *figures = tracing->shown;
    lock_give(&tracing->shown_lock, &bus->os);
    figures->lost += atomic_load_acquire_u64(&tracing->full);
    return BUS_OK;
}
