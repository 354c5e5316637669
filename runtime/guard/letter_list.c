/*
 * guard/letter_list.c - looking at dead letters, and throwing them away.
 *
 * The store is read under the lock, one letter at a time; what the user's function sees is a copy,
 * so that it may take as long as it likes and use the bus. A list ends at the number that was the
 * last when it began.
 */
#include "guard/letters.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/registry.h"

static bool same_text(const char *wanted, const char *text)
{
    return wanted == NULL || strcmp(wanted, text) == 0;
}

bool letter_matches(const struct bus_dead_letter_filter *filter,
                    const struct bus_dead_letter *letter)
{
    if (filter == NULL)
        return true;
    return (filter->type == NULL || upgrade_find(filter->type, letter->type_id) != NULL) &&
           same_text(filter->message, letter->message) &&
           same_text(filter->handler, letter->handler) &&
           same_text(filter->session_id, letter->session != NULL ? letter->session : "") &&
           (filter->reason == 0 || filter->reason == letter->reason) &&
           (!filter->has_category || filter->category == letter->error.category) &&
           (filter->session.index == 0 ||
            (filter->session.index == letter->envelope.session.index &&
             filter->session.generation == letter->envelope.session.generation)) &&
           (!filter->has_key ||
            (letter->envelope.has_key && letter->envelope.key_hash == filter->key_hash)) &&
           letter->last_ns >= filter->since_ns &&
           (filter->until_ns == 0 || letter->last_ns <= filter->until_ns) &&
           letter->number >= filter->first && (filter->last == 0 || letter->number <= filter->last);
}

uint64_t letters_last(struct bus *bus)
{
    uint64_t last;

    letters_lock(bus);
    last = bus->letters->last;
    letters_unlock(bus);
    return last;
}

struct route *letter_route(struct bus *bus, const struct bus_dead_letter *letter)
{
    return route_of_id(bus, letter->type_id);
}

const struct bus_message_type *letter_type(struct bus *bus, const struct bus_dead_letter *letter)
{
    const struct route *route = letter_route(bus, letter);

    return route != NULL ? upgrade_find(route->type, letter->type_id) : NULL;
}

/* ---- a copy ---- */

/* Bytes first, they are aligned; then the texts. */
static void copy_letter(struct letter_copy *copy, const struct bus_dead_letter *letter)
{
    enum { TEXTS = 4 };
    const char *texts[TEXTS] = {letter->message, letter->handler, letter->error.text,
                                letter->session};
    size_t at = letter->size, sizes[TEXTS], i;
    char *placed[TEXTS];

    copy->needed = letter->size;
    for (i = 0; i < TEXTS; i++) {
        texts[i] = texts[i] != NULL ? texts[i] : "";
        sizes[i] = strlen(texts[i]) + 1;
        copy->needed += sizes[i];
    }
    copy->letter = *letter;
    if (copy->needed > copy->capacity)
        return;
    if (letter->size > 0)
        memcpy(copy->memory, letter->bytes, letter->size);
    for (i = 0; i < TEXTS; at += sizes[i++])
        placed[i] = memcpy(copy->memory + at, texts[i], sizes[i]);
    copy->letter.bytes = copy->memory;
    copy->letter.message = placed[0];
    copy->letter.handler = placed[1];
    copy->letter.error.text = placed[2];
    copy->letter.session = placed[3];
}

static void read_letter(void *to, const struct bus_dead_letter *letter)
{
    struct letter_copy *copy = to;

    copy->letter.number = letter->number;
    copy->needed = 0;
    copy->wanted = letter_matches(copy->filter, letter);
    if (copy->wanted)
        copy_letter(copy, letter);
}

void letter_copy_free(struct bus *bus, struct letter_copy *copy)
{
    if (copy->memory != NULL)
        bus_give_memory(bus, copy->memory, copy->capacity);
    copy->memory = NULL;
    copy->capacity = 0;
}

bool letter_fetch(struct bus *bus, uint64_t after, struct letter_copy *copy,
                  enum bus_status *status)
{
    const struct bus_letter_store *store = bus->letters->store;
    bool found;

    for (;;) {
        size_t size;

        letters_lock(bus);
        found = store->next(store->context, after, read_letter, copy);
        letters_unlock(bus);
        if (!found || copy->needed <= copy->capacity)
            break;
        size = (copy->needed + 4095) & ~(size_t)4095;
        letter_copy_free(bus, copy);
        copy->memory = bus_take_memory(bus, size, CACHE_LINE);
        if (copy->memory == NULL) {
            *status = fail_status(BUS_ERR_MEMORY, "bus %s: no memory for a copy of a dead letter",
                                  bus->name);
            return false;
        }
        copy->capacity = size;
    }
    /* Of a type that was not known when the letter came, but is now. */
    if (found && copy->wanted && copy->letter.type == NULL)
        copy->letter.type = letter_type(bus, &copy->letter);
    return found;
}

/* ---- each ---- */

static enum bus_status check_bus(const struct bus *bus)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "no dead letters: the bus is NULL or closed");
    return BUS_OK;
}

enum bus_status bus_dead_letters_each(struct bus *bus, const struct bus_dead_letter_filter *filter,
                                      bus_dead_letter_fn fn, void *context, uint64_t *shown)
{
    struct letter_copy copy = {.filter = filter};
    enum bus_status status = check_bus(bus);
    uint64_t last, after = 0, count = 0;

    if (shown != NULL)
        *shown = 0;
    if (status == BUS_OK && fn == NULL)
        status = fail_status(BUS_ERR_INVALID, "bus_dead_letters_each: the function is NULL");
    if (status != BUS_OK)
        return status;
    last = letters_last(bus);
    if (filter != NULL && filter->first > 0)
        after = filter->first - 1;
    while ((filter == NULL || filter->most == 0 || count < filter->most) &&
           letter_fetch(bus, after, &copy, &status) && copy.letter.number <= last) {
        after = copy.letter.number;
        if (!copy.wanted)
            continue;
        count++;
        if (!fn(context, &copy.letter))
            break;
    }
    letter_copy_free(bus, &copy);
    if (shown != NULL)
        *shown = count;
    return status;
}

/* ---- purge ---- */

enum bus_status bus_dead_letters_purge(struct bus *bus, const struct bus_dead_letter_filter *filter,
                                       uint64_t *purged)
{
    enum bus_status status = check_bus(bus);
    const struct bus_letter_store *store;
    uint64_t last, after = 0, count = 0;
    struct bus_dead_letter_filter all = {.most = 0};

    if (purged != NULL)
        *purged = 0;
    if (status != BUS_OK)
        return status;
    if (filter == NULL)
        filter = &all;
    store = bus->letters->store;
    last = letters_last(bus);
    if (filter->first > 0)
        after = filter->first - 1;
    while (filter->most == 0 || count < filter->most) {
        /* Of the copy only the number is filled in and whether it is wanted. */
        struct letter_copy copy = {.filter = filter};
        struct replay *replay;
        bool more;

        letters_lock(bus);
        more = store->next(store->context, after, read_letter, &copy) && copy.letter.number <= last;
        after = copy.letter.number;
        if (more && copy.wanted && store->remove(store->context, after)) {
            replay = replay_find(bus->letters, after);
            if (replay != NULL)
                replay->purged = true;
            bus->letters->figures.purged++;
            count++;
        }
        letters_unlock(bus);
        if (!more)
            break;
    }
    if (purged != NULL)
        *purged = count;
    return BUS_OK;
}

/* ---- text ---- */

static const char *const reasons[] = {
    [0] = "unknown",
    [BUS_LETTER_FAILED] = "failed",
    [BUS_LETTER_BREAKER_OPEN] = "breaker open",
    [BUS_LETTER_OVERFLOW] = "overflow",
    [BUS_LETTER_NO_ROOM] = "no room to hold it",
    [BUS_LETTER_EXPIRED] = "expired",
    [BUS_LETTER_HANDLER_GONE] = "handler gone",
};

/* As snprintf at an end that may lie beyond the text. */
static size_t print_message(struct bus *bus, const struct bus_dead_letter *letter, char *text,
                            size_t size)
{
    const struct bus_message_type *type = letter_type(bus, letter);
    const struct written written = letter_written(letter);
    const struct bus_codec *codec;
    size_t need, length;
    uint8_t *memory;

    if (type == NULL)
        return (size_t)snprintf(text, size, "(%" PRIu32 " bytes of a type not known here)",
                                letter->size);
    codec = &type->codec;
    need = ((codec->table->size + 7) & ~(size_t)7) + codec->scratch_max + 8;
    memory = bus_take_memory(bus, need, CACHE_LINE);
    if (memory == NULL)
        return (size_t)snprintf(text, size, "(%" PRIu32 " bytes, no memory to decode them)",
                                letter->size);
    if (bus_decode(codec, letter->bytes, letter->size, memory,
                   memory + ((codec->table->size + 7) & ~(size_t)7),
                   need - ((codec->table->size + 7) & ~(size_t)7)) == BUS_OK)
        length = bus_wire_print(codec->table, memory, text, size);
    else
        length = (size_t)snprintf(text, size, "(%" PRIu32 " damaged bytes%s)", letter->size,
                                  written_by_another_text(type, &written)
                                      ? ", written by another text of this schema's"
                                        " version"
                                      : "");
    bus_give_memory(bus, memory, need);
    return length;
}

size_t bus_dead_letter_text(struct bus *bus, const struct bus_dead_letter *letter, char *text,
                            size_t size)
{
    size_t length, i;
    int said;

    if (text == NULL)
        size = 0;
    if (size > 0)
        text[0] = '\0';
    if (check_bus(bus) != BUS_OK || letter == NULL)
        return 0;
    said = snprintf(
        text, size, "#%" PRIu64 " %s at %s: %s after %" PRIu32 " runs: %s; ", letter->number,
        letter->message, letter->handler[0] != '\0' ? letter->handler : "(no handler)",
        (unsigned)letter->reason < sizeof reasons / sizeof reasons[0] ? reasons[letter->reason]
                                                                      : reasons[0],
        letter->attempts, letter->error.text);
    length = said > 0 ? (size_t)said : 0;
    for (i = 0; i < length && i < size; i++)
        if ((unsigned char)text[i] < 0x20 && text[i] != '\0')
            text[i] = ' '; /* an error's text may have lines */
    return length + print_message(bus, letter, length < size ? text + length : NULL,
                                  length < size ? size - length : 0);
}
