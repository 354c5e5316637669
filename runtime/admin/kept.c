/*
 * kept.c - see kept.h. Goes through the public interface of the store alone (bus/store.h).
 */
#include "kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/sqlite_store.h>

/* ---- opening ---- */

/* What bus_last_error says, and what to do about it. */
static void say_not_opened(const struct options *options, enum bus_status status)
{
    const char *advice = NULL;

    if (status == BUS_ERR_STATE)
        advice = "a program runs with this store: ask that one, with --socket PATH or without "
                 "--store";
    else if (status == BUS_ERR_INVALID)
        advice = "name the file that the program gives bus_sqlite_store_open, as its own user "
                 "(sudo -u USER busadm ...)";
    else if (status == BUS_ERR_SYSTEM)
        advice = "look at the disk and its permissions";
    complain(options, bus_last_error(), advice);
}

bool kept_open(struct kept *kept, const struct options *options, bool change)
{
    const struct bus_sqlite_store_options looking = {.read_only = true};
    enum bus_status status = bus_sqlite_store_open(&kept->file, options->store, &looking);

    if (status == BUS_OK && change) {
        bus_sqlite_store_close(&kept->file);
        status = bus_sqlite_store_open(&kept->file, options->store, NULL);
    }
    if (status == BUS_OK)
        return true;
    say_not_opened(options, status);
    return false;
}

void kept_close(struct kept *kept)
{
    bus_sqlite_store_close(&kept->file);
}

/* ---- entries as JSON ---- */

static json_t *trace_id(const struct bus_trace *trace)
{
    static const struct bus_trace none;
    char text[33];
    size_t i;

    if (memcmp(trace, &none, sizeof none) == 0)
        return json_null();
    for (i = 0; i < 16; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", trace->trace_id[i]);
    return json_string(text);
}

static json_t *fingerprint(uint64_t value)
{
    char text[17];

    (void)snprintf(text, sizeof text, "%016" PRIx64, value);
    return value != 0 ? json_string(text) : json_null();
}

/* Bytes of a file are not known to be UTF-8. */
static json_t *words(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("(no UTF-8)");
}

static json_t *letter_of(const struct bus_stored *stored)
{
    char id[BUS_UUID_TEXT_SIZE];

    bus_uuid_text(stored->id, id);
    return json_pack(
        "{s:I,s:o,s:o,s:o,s:s,s:s,s:s,s:i,s:b,s:o,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:s,s:o}", "number",
        (json_int_t)stored->number, "message", words(stored->message), "handler",
        words(stored->handler), "session", words(stored->session), "reason",
        bus_letter_reason_text(stored->reason), "category",
        bus_category_text(stored->error.category), "severity",
        bus_severity_text(stored->error.severity), "code", (int)stored->error.code, "transient",
        (int)stored->error.transient, "text",
        words(stored->error.text != NULL ? stored->error.text : ""), "attempts",
        (json_int_t)stored->attempts, "replays", (json_int_t)stored->replays, "first_ms",
        (json_int_t)(stored->first_ns / BUS_MILLISECOND), "last_ms",
        (json_int_t)(stored->last_ns / BUS_MILLISECOND), "schema_version",
        (json_int_t)stored->schema_version, "schema_fingerprint",
        fingerprint(stored->schema_fingerprint), "size", (json_int_t)stored->size, "id", id,
        "trace_id", trace_id(&stored->trace));
}

static json_t *scheduled_of(const struct bus_stored *stored)
{
    char id[24];

    (void)snprintf(id, sizeof id, "%" PRIu64, stored->number);
    return json_pack("{s:s,s:o,s:I,s:I,s:b,s:o,s:I}", "id", id, "message", words(stored->message),
                     "due_ms", (json_int_t)(stored->due_ns / BUS_MILLISECOND), "every_ms",
                     (json_int_t)(stored->every_ns / BUS_MILLISECOND), "at", (int)stored->at,
                     "session", words(stored->session), "size", (json_int_t)stored->size);
}

/* ---- reading ---- */

static bool picks(const char *wanted, const char *found)
{
    return wanted == NULL || strcmp(wanted, found) == 0;
}

static bool is_picked(const struct options *options, const struct bus_stored *stored)
{
    return picks(options->message, stored->message) &&
           (stored->kind != BUS_STORED_LETTER ||
            (picks(options->handler, stored->handler) &&
             picks(options->reason, bus_letter_reason_text(stored->reason)) &&
             picks(options->category, bus_category_text(stored->error.category)) &&
             stored->number >= options->first &&
             (options->last == 0 || stored->number <= options->last)));
}

struct reading {
    const struct options *options;
    uint64_t number;
    json_t *object; /* NULL: not picked */
    bool picked;
};

static void read_one(void *to, const struct bus_stored *stored)
{
    struct reading *reading = to;

    reading->number = stored->number;
    reading->picked = is_picked(reading->options, stored);
    if (reading->picked)
        reading->object =
            stored->kind == BUS_STORED_LETTER ? letter_of(stored) : scheduled_of(stored);
}

static bool each(const struct kept *kept, const struct options *options, enum bus_stored_kind kind,
                 kept_fn fn, void *context)
{
    const struct bus_store *store = bus_sqlite_store_table(kept->file);
    struct reading reading = {.options = options, .number = options->after};
    struct bus_store_query query = {.kind = kind, .reader = read_one, .to = &reading};
    struct bus_store_state state;
    bool more = true;

    while (more) {
        query.after = reading.number;
        reading.object = NULL;
        reading.picked = false;
        if (!store->next(store->context, &query))
            break;
        if (reading.picked && reading.object == NULL) {
            complain(options, "no memory", NULL);
            return false;
        }
        more = !reading.picked || fn(context, reading.object);
        json_decref(reading.object);
    }
    store->state(store->context, &state);
    if (state.condition == BUS_STORE_FINE || state.condition == BUS_STORE_FULL)
        return true;
    complain_about(options, "look at the disk; a copy of the file may be better off",
                   "cannot read %s: %s", options->store, state.text);
    return false;
}

bool kept_letters(const struct kept *kept, const struct options *options, kept_fn fn, void *context)
{
    return each(kept, options, BUS_STORED_LETTER, fn, context);
}

bool kept_schedule(const struct kept *kept, const struct options *options, kept_fn fn,
                   void *context)
{
    return each(kept, options, BUS_STORED_SCHEDULED, fn, context);
}

struct raw {
    uint64_t number;
    FILE *to;
    bool found;
    bool written;
};

static void read_raw(void *to, const struct bus_stored *stored)
{
    struct raw *raw = to;

    raw->found = stored->number == raw->number;
    if (raw->found)
        raw->written = fwrite(stored->bytes, 1, stored->size, raw->to) == stored->size;
}

enum exit_code kept_letter_bytes(const struct kept *kept, const struct options *options,
                                 uint64_t number, FILE *to)
{
    const struct bus_store *store = bus_sqlite_store_table(kept->file);
    struct raw raw = {.number = number, .to = to};
    struct bus_store_query query = {
        .kind = BUS_STORED_LETTER, .after = number - 1, .reader = read_raw, .to = &raw};

    if (!store->next(store->context, &query) || !raw.found) {
        complain_about(options, NULL, "there is no dead letter %" PRIu64 " in %s", number,
                       options->store);
        return EXIT_FINDINGS;
    }
    return raw.written ? EXIT_FINE : EXIT_WRONG_USE;
}

/* ---- changing ---- */

struct removal {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
    enum bus_status status;
};

static void note_removal(void *to, enum bus_status status, uint64_t number)
{
    struct removal *removal = to;

    (void)number;
    (void)pthread_mutex_lock(&removal->lock);
    removal->over = true;
    removal->status = status;
    (void)pthread_cond_signal(&removal->ended);
    (void)pthread_mutex_unlock(&removal->lock);
}

/* Waits until it is on disk. */
static bool take_out(const struct kept *kept, const struct options *options,
                     enum bus_stored_kind kind, uint64_t number, bool *removed)
{
    const struct bus_store *store = bus_sqlite_store_table(kept->file);
    struct removal removal = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    struct bus_store_state state;

    if (store->remove(store->context, kind, number, note_removal, &removal)) {
        (void)pthread_mutex_lock(&removal.lock);
        while (!removal.over)
            (void)pthread_cond_wait(&removal.ended, &removal.lock);
        (void)pthread_mutex_unlock(&removal.lock);
    } else {
        removal.status = BUS_ERR_SYSTEM;
    }
    *removed = removal.status == BUS_OK;
    if (*removed || removal.status == BUS_ERR_NOT_REGISTERED)
        return true;
    store->state(store->context, &state);
    complain_about(options, "look at the disk; what was removed before stays so",
                   "cannot change %s: %s", options->store,
                   state.text[0] != '\0' ? state.text : bus_status_text(removal.status));
    return false;
}

bool kept_remove_letter(const struct kept *kept, const struct options *options, uint64_t number,
                        bool *removed)
{
    return take_out(kept, options, BUS_STORED_LETTER, number, removed);
}

bool kept_cancel(const struct kept *kept, const struct options *options, const char *id,
                 bool *removed)
{
    uint64_t number = 0;

    *removed = false;
    if (!read_number(id, INT64_MAX, &number) || number == 0)
        return true;
    return take_out(kept, options, BUS_STORED_SCHEDULED, number, removed);
}

json_t *kept_state(const struct kept *kept)
{
    const struct bus_store *store = bus_sqlite_store_table(kept->file);
    struct bus_store_state state;

    store->state(store->context, &state);
    return json_pack("{s:{s:s,s:s,s:I,s:I,s:I}}", "store", "condition",
                     bus_store_condition_text(state.condition), "text", state.text, "events",
                     (json_int_t)state.kinds[BUS_STORED_EVENT].count, "letters",
                     (json_int_t)state.kinds[BUS_STORED_LETTER].count, "scheduled",
                     (json_int_t)state.kinds[BUS_STORED_SCHEDULED].count);
}
