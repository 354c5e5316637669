/*
 * guard/dead_letters.c - how a delivery becomes a letter.
 *
 * One lock for store and figures; it is held for a copy, never while a handler, a callback of the
 * user or an event runs. It is taken last: whoever holds it takes no other, but those inside a
 * store.
 */
#include "guard/letters.h"

#include "core/registry.h"
#include "core/session.h"
#include "core/upgrade.h"
#include "path/durable.h"
#include "stats/tracing.h"

/* ---- what a letter says ---- */

/* The same for a handler as long as it is registered, on this bus only. */
uint64_t letter_mark(const struct bus *bus, const struct handler *handler)
{
    uint64_t mark = bus_key_u64((uint64_t)(uintptr_t)handler->function ^ bus->seed.high);

    return bus_key_u64(mark ^ (uint64_t)(uintptr_t)handler->context) | 1;
}

/* A monotonic reading as wall clock; 0 is now. */
static uint64_t wall_clock(const struct bus *bus, uint64_t ns)
{
    uint64_t real = bus->os.real_ns(bus->os.context), now = bus_now(bus);

    return ns == 0 || ns > now || now - ns > real ? real : real - (now - ns);
}

/* The message is unpacked where nobody has done it. */
static void note_key(struct thread *thread, const struct letter *letter, const uint8_t *bytes,
                     struct bus_envelope *envelope)
{
    const struct bus_message_type *type = letter->route->type;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    const void *message = letter->message;
    uint8_t *room;

    if (type->key == NULL)
        return;
    if (message == NULL &&
        (room = scratch_take(&thread->scratch, thread->bus, letter->route->scratch)) != NULL) {
        struct bus_scratch scratch = {
            .at = room + ((type->codec.table->size + 7) & ~UINT32_C(7)),
            .end = room + letter->route->scratch,
        };

        if (type->codec.unpack(room, bytes, &scratch))
            message = room;
    }
    if (message != NULL) {
        envelope->has_key = true;
        envelope->key_hash = type->key(message);
    }
    scratch_release(&thread->scratch, mark);
}

/* What is on disk is of its own version, and its key is known to who has written it. */
static void note_row(const struct letter *letter, struct bus_dead_letter *made)
{
    const struct bus_stored *row = letter->row;
    struct bus_envelope *envelope = &made->envelope;

    made->type_id = row->type_id;
    made->type = upgrade_find(letter->route->type, row->type_id);
    made->schema_version = envelope->schema_version = row->schema_version;
    made->schema_fingerprint = envelope->schema_fingerprint = row->schema_fingerprint;
    envelope->has_key = row->has_key;
    envelope->key_hash = row->key_hash;
}

/* `session` is room for its id. */
static void describe(struct thread *thread, const struct letter *letter,
                     struct bus_dead_letter *made, char session[BUS_SESSION_ID_SIZE])
{
    static const struct bus_error none = {.text = ""};
    const struct bus_message_type *type = letter->route->type;
    const struct cell_extension *extension =
        letter->bytes == NULL ? cell_extension(letter->cell) : letter->extension;

    *made = (struct bus_dead_letter){
        .message = type->name,
        .type_id = type->id,
        .type = type,
        .handler = letter->handler != NULL ? letter->handler->name : "",
        .session = session,
        .handler_mark = letter->handler != NULL ? letter_mark(thread->bus, letter->handler) : 0,
        .reason = letter->reason,
        .error = letter->error != NULL ? *letter->error : none,
        .attempts = letter->attempts,
        .first_ns = wall_clock(thread->bus, letter->first_ns),
        .last_ns = wall_clock(thread->bus, letter->last_ns),
        .stamp = letter->cell->stamp,
        .origin = letter->cell->origin,
        .bytes = letter->bytes != NULL ? letter->bytes : cell_payload(letter->cell),
        .size = cell_size(letter->cell),
    };
    if (made->error.text == NULL)
        made->error.text = "";
    envelope_of(thread->bus, letter->route, letter->cell, extension, &made->envelope);
    tracing_keep(thread->bus, &made->envelope);
    if (made->envelope.session.index == 0 ||
        !session_text(thread->bus, made->envelope.session.index, made->envelope.session.generation,
                      session))
        session[0] = '\0';
    made->schema_version = made->envelope.schema_version;
    made->schema_fingerprint = made->envelope.schema_fingerprint;
    if (letter->row != NULL)
        note_row(letter, made);
    else
        note_key(thread, letter, made->bytes, &made->envelope);
}

/* ---- adding ---- */

static bool add_new(struct thread *thread, struct bus_dead_letter *made,
                    const struct cell_extension *extension, bool *saved)
{
    struct dead_letters *letters = thread->bus->letters;
    uint32_t evicted = 0;
    bool kept;

    lock_take(&letters->lock, &thread->bus->os);
    made->number = letters->last + 1;
    if (letters->keeper != NULL)
        letter_keeper_expect(letters->keeper, row_of(extension));
    kept = letters->store->add(letters->store->context, made, &evicted);
    if (kept) {
        letters->last++;
        letters->figures.added++;
        letters->figures.evicted += evicted;
    } else {
        letters->figures.refused++;
    }
    *saved = kept && letters->keeper != NULL && letter_keeper_saved(letters->keeper);
    lock_give(&letters->lock, &thread->bus->os);
    return kept;
}

/* Of a letter that was run again; 0: it is none yet. A cell whose bytes lie elsewhere has its
 * extension elsewhere, too. */
static uint64_t letter_number(const struct letter *letter)
{
    return letter->bytes == NULL ? cell_letter(letter->cell) : extension_letter(letter->extension);
}

static void note_found(void *to, const struct bus_dead_letter *letter)
{
    struct bus_dead_letter *found = to;

    *found = *letter;
}

/* A letter that was run again and failed: it is where it was, and says what happened now. False: it
 * went meanwhile, pushed out by newer ones. */
static bool add_again(struct bus *bus, uint64_t number, const struct bus_dead_letter *made)
{
    struct dead_letters *letters = bus->letters;
    const struct bus_letter_store *store = letters->store;
    struct bus_dead_letter found = {.number = 0};
    const struct replay *replay;
    bool stays;

    letters_lock(bus);
    replay = replay_find(letters, number);
    stays = store->next(store->context, number - 1, note_found, &found) && found.number == number;
    if (stays) {
        found.reason = made->reason;
        found.error = made->error;
        found.attempts += made->attempts;
        found.last_ns = made->last_ns;
        stays = store->change(store->context, &found);
    } else {
        stays = replay != NULL && replay->purged; /* thrown away on purpose */
    }
    letters_unlock(bus);
    return stays;
}

/* A letter that is delivered to all handlers ends as messages do: each delivery that fails has a
 * letter of its own, and those that did well do not run again. */
static bool is_for_all(struct bus *bus, uint64_t number)
{
    bool all;

    letters_lock(bus);
    all = replay_is_for_all(replay_find(bus->letters, number));
    letters_unlock(bus);
    return all;
}

static void note_passed_on(struct bus *bus, uint64_t number, bool kept)
{
    struct replay *replay;

    letters_lock(bus);
    replay = replay_find(bus->letters, number);
    if (replay != NULL && kept)
        replay->passed_on = true;
    else if (replay != NULL)
        replay->stays = true;
    letters_unlock(bus);
}

bool dead_letters_add(struct thread *thread, const struct letter *letter)
{
    uint64_t again = letter_number(letter);
    bool for_all = again != 0 && letter->handler != NULL && is_for_all(thread->bus, again);
    bool wanted =
        letter->route->type->kind != BUS_SYSTEM_EVENT && !letter->route->policy.no_dead_letters;
    char session[BUS_SESSION_ID_SIZE];
    const struct cell_extension *extension;
    struct bus_dead_letter made;
    bool kept, saved = false;

    if (again == 0 && !wanted)
        return false;
    describe(thread, letter, &made, session);
    if (again != 0 && !for_all && add_again(thread->bus, again, &made))
        return true;
    extension = letter->bytes == NULL ? cell_extension(letter->cell) : letter->extension;
    kept = wanted && add_new(thread, &made, extension, &saved);
    if (wanted && (!kept || (thread->bus->letters->keeper != NULL && !saved)))
        durable_stays(extension);
    if (for_all)
        note_passed_on(thread->bus, again, kept);
    if (kept)
        system_dead_letter_added(thread, &made);
    return kept;
}

bool dead_letters_failed(struct bus_delivery *delivery, uint32_t attempts)
{
    struct letter letter = {
        .route = delivery->route,
        .cell = delivery->cell,
        .extension = delivery->extension,
        .message = delivery->message,
        .handler = delivery->handler,
        .error = &delivery->error,
        .attempts = attempts,
        .reason = BUS_LETTER_FAILED,
    };

    if (delivery->route->type->kind == BUS_SYSTEM_EVENT)
        return false;
    letter.bytes = bus_delivery_bytes(delivery, NULL);
    return dead_letters_add(delivery->thread, &letter);
}

/* ---- open, close, figures ---- */

enum bus_status dead_letters_open(struct bus *bus)
{
    static const struct letter_memory_needs nothing = {.letters = 0};
    struct dead_letters *letters = bus_take_memory(bus, sizeof *letters, CACHE_LINE);

    bus->letters = letters;
    if (letters == NULL)
        return BUS_ERR_MEMORY;
    letters->store = bus->options.letter_store;
    if (letters->store == NULL) {
        letters->store = &letters->own;
        if (bus->options.store != NULL)
            letters->keeper = letter_keeper_make(bus, &letters->own);
        else
            letters->memory = letter_memory_make(bus, &letters->own, &nothing);
        if (letters->memory == NULL && letters->keeper == NULL)
            return BUS_ERR_MEMORY;
    }
    letters->store->size(letters->store->context, &letters->figures.added, NULL, &letters->last);
    return BUS_OK;
}

void dead_letters_flush(struct bus *bus)
{
    if (bus->letters != NULL && bus->letters->keeper != NULL)
        letter_keeper_flush(bus->letters->keeper);
}

void dead_letters_close(struct bus *bus)
{
    struct dead_letters *letters = bus->letters;

    if (letters == NULL)
        return;
    if (letters->memory != NULL)
        letter_memory_free(bus, letters->memory);
    if (letters->keeper != NULL)
        letter_keeper_free(bus, letters->keeper);
    bus_give_memory(bus, letters, sizeof *letters);
}

static void read_figures(struct bus *bus, struct bus_dead_letter_figures *figures)
{
    struct dead_letters *letters = bus->letters;

    lock_take(&letters->lock, &bus->os);
    *figures = letters->figures;
    letters->store->size(letters->store->context, &figures->waiting, &figures->waiting_bytes, NULL);
    lock_give(&letters->lock, &bus->os);
}

uint64_t dead_letters_waiting(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    read_figures(bus, &figures);
    return figures.waiting;
}

enum bus_status bus_dead_letter_figures_read(struct bus *bus,
                                             struct bus_dead_letter_figures *figures)
{
    if (figures != NULL)
        *figures = (struct bus_dead_letter_figures){0};
    if (bus == NULL || bus->magic != BUS_MAGIC || figures == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot read dead letters: bus or figures is NULL");
    read_figures(bus, figures);
    return BUS_OK;
}
