/* script.c - see script.h. */
#include "script.h"

#include <stdio.h>

enum { GROUP = 6 };

struct step {
    enum bus_stored_kind kind;
    uint64_t number;
    enum knowledge then; /* when it went well */
    struct answer answer;
    bool taken;
};

/* Bytes enough for some entries to take pages of their own. */
static struct bus_stored entry_of(enum bus_stored_kind kind, uint64_t number)
{
    static uint8_t bytes[9000];
    struct bus_stored stored = sample(kind, number);

    stored.number = number;
    if (number % 5 == 0) {
        memset(bytes, 0x42, sizeof bytes);
        stored.bytes = bytes;
        stored.size = (uint32_t)(sizeof bytes - number);
    }
    return stored;
}

static void begin(const struct bus_store *store, struct step *step, uint64_t *random)
{
    struct bus_stored stored;

    step->answer = (struct answer)ANSWER_INITIALIZER;
    step->kind = (enum bus_stored_kind)(1 + chance(random) % 3);
    step->number = 1 + chance(random) % SCRIPT_ENTRIES;
    stored = entry_of(step->kind, step->number);
    switch (chance(random) % 4) {
    case 0:
        step->then = NOT_THERE;
        step->taken =
            store->remove(store->context, step->kind, step->number, answer_done, &step->answer);
        break;
    case 1:
        step->then = THERE; /* if it is */
        step->taken = store->change(store->context, &stored, answer_done, &step->answer);
        break;
    default:
        step->then = THERE;
        step->taken = store->put(store->context, &stored, answer_done, &step->answer);
        break;
    }
}

/* Answers come in the order of the requests, so the last one about an entry is what counts. */
static void finish(struct script *script, struct step *step)
{
    enum knowledge *known = &script->entries[step->kind][step->number];

    if (!step->taken || !latch_wait(&step->answer.latch, 1)) {
        script->told = true;
        if (step->taken)
            *known = UNKNOWN;
        return;
    }
    switch (step->answer.status) {
    case BUS_OK:
        *known = step->then;
        script->acknowledged++;
        break;
    /* These tell how it is now. What the disk did not say of a request that failed before may show
     * when the file is opened again. */
    case BUS_ERR_ALREADY_REGISTERED:
        if (*known != UNKNOWN)
            *known = THERE;
        break;
    case BUS_ERR_NOT_REGISTERED:
        if (*known != UNKNOWN)
            *known = NOT_THERE;
        break;
    case BUS_ERR_INVALID: /* an event does not change */
        break;
    default:
        *known = UNKNOWN;
        script->failed++;
        script->told = true;
        break;
    }
}

static void read_some(const struct bus_store *store, uint64_t *random)
{
    uint8_t identity[64] = {7};

    if (chance(random) % 2 == 0)
        (void)next_of(store, (enum bus_stored_kind)(1 + chance(random) % 3),
                      chance(random) % SCRIPT_ENTRIES);
    else
        (void)store->identity(store->context, identity, true);
}

void script_run_until(struct script *script, const char *path,
                      const struct bus_sqlite_store_options *options, uint64_t seed, uint32_t steps,
                      void (*die)(void))
{
    struct bus_sqlite_store *file = NULL;
    const struct bus_store *store;
    struct step group[GROUP];
    uint32_t i, k, count;

    script->opened = bus_sqlite_store_open(&file, path, options) == BUS_OK;
    script->told = !script->opened;
    if (!script->opened)
        return;
    store = bus_sqlite_store_table(file);
    for (i = 0; i < steps; i++) {
        count = 1 + (uint32_t)(chance(&seed) % GROUP);
        for (k = 0; k < count; k++)
            begin(store, &group[k], &seed);
        if (die != NULL && i == steps - 1)
            die(); /* some of them may be on disk, none need be */
        for (k = 0; k < count; k++)
            finish(script, &group[k]);
        if (chance(&seed) % 4 == 0 && die == NULL)
            read_some(store, &seed);
    }
    script->told = script->told || state_of(store).condition != BUS_STORE_FINE;
    bus_sqlite_store_close(&file);
}

void script_run(struct script *script, const char *path,
                const struct bus_sqlite_store_options *options, uint64_t seed, uint32_t steps)
{
    script_run_until(script, path, options, seed, steps, NULL);
}

static const char *check_kind(const struct script *script, const struct bus_store *store,
                              enum bus_stored_kind kind)
{
    static char wrong[128];
    uint64_t number;

    for (number = 1; number <= SCRIPT_ENTRIES; number++) {
        struct seen *seen = next_of(store, kind, number - 1);
        bool there = seen != NULL && seen->stored.number == number;
        enum knowledge known = script->entries[kind][number];

        if (known != UNKNOWN && there != (known == THERE)) {
            (void)snprintf(wrong, sizeof wrong, "kind %d, number %d: %s", (int)kind, (int)number,
                           there ? "is there" : "is missing");
            return wrong;
        }
    }
    return NULL;
}

const char *script_check(const struct script *script, const char *path)
{
    struct bus_sqlite_store *file = NULL;
    const char *wrong = NULL;
    int kind;

    if (bus_sqlite_store_open(&file, path, NULL) != BUS_OK)
        return bus_last_error();
    /* One that was empty was not made to its end; nothing that was there may be missing. */
    if (strstr(state_of(bus_sqlite_store_table(file)).text, "set aside") != NULL)
        wrong = "the file was set aside";
    for (kind = 1; wrong == NULL && kind < BUS_STORED_KINDS; kind++)
        wrong = check_kind(script, bus_sqlite_store_table(file), (enum bus_stored_kind)kind);
    bus_sqlite_store_close(&file);
    return wrong;
}
