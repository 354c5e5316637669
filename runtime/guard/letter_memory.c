/*
 * guard/letter_memory.c - dead letters in memory reserved at open.
 *
 * A fixed number of records, and chunks of one size for what varies: texts and the message, in a
 * chain of as many chunks as it takes. So any letter fits wherever enough chunks are free, and the
 * bound in bytes is exact to a chunk; a letter that is shown is put together in one buffer. Records
 * are in a list by number, which is their age, and in a hash table by number.
 *
 * The bus calls one function at a time (struct bus_letter_store), so nothing here is shared.
 */
#include "guard/dead_letters.h"

#define NONE UINT32_MAX /* no record, no chunk */
enum { CHUNK = 256, NAME_MOST = 255 };

/* Sizes of texts, with their NULs; 0: it is not in the chunks. */
struct texts {
    uint32_t handler, message, session;
};

struct record {
    struct bus_dead_letter letter; /* what it points to is in `text` and the chunks */
    char text[BUS_ERROR_TEXT_SIZE];
    uint32_t first_chunk;
    struct texts texts; /* the message lies behind them, 8-aligned */
    uint32_t older, newer;
    uint32_t next; /* in its bucket, or free */
};

struct letter_memory {
    struct bus *bus;
    bool refuse_new;
    uint32_t most, buckets, chunks; /* buckets: a power of two */
    uint32_t used, chunks_used;
    uint32_t oldest, newest, free, free_chunk;
    uint64_t last; /* number */
    /* The record behind the letter that was shown or removed last: reading on is a step. */
    uint64_t place;
    uint32_t behind;
    struct record *records;
    uint32_t *bucket;
    uint32_t *links; /* of chunks */
    uint8_t *bytes;  /* chunks */
    uint8_t *whole;  /* one letter in one piece */
    size_t whole_size;
    letter_memory_gone gone; /* told of those that are pushed out; NULL: nobody */
    void *gone_to;
};

static uint32_t align8(uint32_t size)
{
    return (size + 7) & ~UINT32_C(7);
}

/* The name of a type that this bus knows is constant; that of another is not. */
static struct texts texts_of(const struct bus_dead_letter *letter)
{
    bool foreign = letter->message != NULL && letter->type == NULL;
    bool session = letter->session != NULL && letter->session[0] != '\0';

    return (struct texts){
        .handler = (uint32_t)strnlen(letter->handler, NAME_MOST) + 1,
        .message = foreign ? (uint32_t)strnlen(letter->message, NAME_MOST) + 1 : 0,
        .session = session ? (uint32_t)strnlen(letter->session, NAME_MOST) + 1 : 0,
    };
}

static uint32_t texts_size(const struct texts *texts)
{
    return align8(texts->handler + texts->message + texts->session);
}

static uint32_t chunks_for(uint32_t texts, uint32_t size)
{
    return (uint32_t)(((uint64_t)texts + size + CHUNK - 1) / CHUNK);
}

static uint32_t *bucket_of(struct letter_memory *memory, uint64_t number)
{
    return &memory->bucket[(uint32_t)number & (memory->buckets - 1)];
}

static uint32_t find(struct letter_memory *memory, uint64_t number)
{
    uint32_t at = *bucket_of(memory, number);

    while (at != NONE && memory->records[at].letter.number != number)
        at = memory->records[at].next;
    return at;
}

/* ---- chunks ---- */

/* Writes or reads behind one another along a chain. */
struct walk {
    struct letter_memory *memory;
    uint32_t chunk;
    uint32_t at; /* in the chunk */
};

static uint8_t *walk_on(struct walk *walk, uint32_t size, uint32_t *piece)
{
    uint8_t *here;

    if (walk->at == CHUNK) {
        walk->chunk = walk->memory->links[walk->chunk];
        walk->at = 0;
    }
    here = walk->memory->bytes + (size_t)walk->chunk * CHUNK + walk->at;
    *piece = CHUNK - walk->at < size ? CHUNK - walk->at : size;
    walk->at += *piece;
    return here;
}

static void put(struct walk *walk, const void *from, uint32_t size)
{
    const uint8_t *bytes = from;

    while (size > 0) {
        uint32_t piece;
        uint8_t *here = walk_on(walk, size, &piece);

        memcpy(here, bytes, piece);
        bytes += piece;
        size -= piece;
    }
}

static void get(struct walk *walk, uint8_t *to, uint32_t size)
{
    while (size > 0) {
        uint32_t piece;
        const uint8_t *here = walk_on(walk, size, &piece);

        memcpy(to, here, piece);
        to += piece;
        size -= piece;
    }
}

static uint32_t take_chunks(struct letter_memory *memory, uint32_t count)
{
    uint32_t first = NONE;

    memory->chunks_used += count;
    for (; count > 0; count--) {
        uint32_t chunk = memory->free_chunk;

        memory->free_chunk = memory->links[chunk];
        memory->links[chunk] = first;
        first = chunk;
    }
    return first;
}

static void give_chunks(struct letter_memory *memory, uint32_t first)
{
    while (first != NONE) {
        uint32_t next = memory->links[first];

        memory->links[first] = memory->free_chunk;
        memory->free_chunk = first;
        memory->chunks_used--;
        first = next;
    }
}

/* ---- records ---- */

static void drop(struct letter_memory *memory, uint32_t at)
{
    struct record *record = &memory->records[at];
    uint32_t *link = bucket_of(memory, record->letter.number);

    while (*link != at)
        link = &memory->records[*link].next;
    *link = record->next;
    *(record->older != NONE ? &memory->records[record->older].newer : &memory->oldest) =
        record->newer;
    *(record->newer != NONE ? &memory->records[record->newer].older : &memory->newest) =
        record->older;
    if (memory->behind == at)
        memory->behind = record->newer;
    give_chunks(memory, record->first_chunk);
    record->next = memory->free;
    memory->free = at;
    memory->used--;
}

static void append(struct letter_memory *memory, uint32_t at)
{
    struct record *record = &memory->records[at];
    uint32_t *bucket = bucket_of(memory, record->letter.number);

    record->next = *bucket;
    *bucket = at;
    record->older = memory->newest;
    record->newer = NONE;
    *(memory->newest != NONE ? &memory->records[memory->newest].newer : &memory->oldest) = at;
    memory->newest = at;
    if (memory->behind == NONE)
        memory->place = 0;
    memory->used++;
}

static bool has_room(const struct letter_memory *memory, uint32_t chunks)
{
    return memory->used < memory->most && memory->chunks - memory->chunks_used >= chunks;
}

static void set_text(struct record *record, const struct bus_error *error)
{
    record->letter.error = *error;
    error_text_copy(record->text, error->text);
    record->letter.error.text = NULL;
}

static void put_text(struct walk *walk, const char *text, uint32_t size)
{
    if (size > 0) {
        put(walk, text, size - 1);
        put(walk, "", 1);
    }
}

static bool add(void *context, const struct bus_dead_letter *letter, uint32_t *evicted)
{
    struct letter_memory *memory = context;
    struct texts texts = texts_of(letter);
    uint32_t size = texts_size(&texts), chunks = chunks_for(size, letter->size), at;
    struct record *record;
    struct walk walk;

    if (chunks > memory->chunks || (memory->refuse_new && !has_room(memory, chunks)))
        return false;
    for (; !has_room(memory, chunks); ++*evicted) {
        if (memory->gone != NULL)
            memory->gone(memory->gone_to, memory->records[memory->oldest].letter.number);
        drop(memory, memory->oldest);
    }
    at = memory->free;
    record = &memory->records[at];
    memory->free = record->next;
    record->letter = *letter;
    set_text(record, &letter->error);
    record->texts = texts;
    record->first_chunk = take_chunks(memory, chunks);
    walk = (struct walk){memory, record->first_chunk, 0};
    put_text(&walk, letter->handler, texts.handler);
    put_text(&walk, letter->message, texts.message);
    put_text(&walk, letter->session, texts.session);
    put(&walk, "\0\0\0\0\0\0\0", size - texts.handler - texts.message - texts.session);
    put(&walk, letter->bytes, letter->size);
    append(memory, at);
    if (letter->number > memory->last)
        memory->last = letter->number;
    return true;
}

/* The first record whose number is above `after`. */
static uint32_t first_above(struct letter_memory *memory, uint64_t after)
{
    uint32_t at;

    if (after != 0 && memory->place == after)
        return memory->behind;
    at = find(memory, after);
    if (at != NONE)
        return memory->records[at].newer;
    for (at = memory->oldest; at != NONE && memory->records[at].letter.number <= after;)
        at = memory->records[at].newer;
    return at;
}

static bool next(void *context, uint64_t after,
                 void (*reader)(void *to, const struct bus_dead_letter *letter), void *to)
{
    struct letter_memory *memory = context;
    uint32_t at = first_above(memory, after);
    struct bus_dead_letter letter;
    struct record *record;
    struct walk walk;

    if (at == NONE)
        return false;
    record = &memory->records[at];
    letter = record->letter;
    walk = (struct walk){memory, record->first_chunk, 0};
    get(&walk, memory->whole, texts_size(&record->texts) + letter.size);
    letter.handler = (const char *)memory->whole;
    letter.session = letter.handler + record->texts.handler + record->texts.message;
    if (record->texts.message > 0)
        letter.message = letter.handler + record->texts.handler;
    if (record->texts.session == 0)
        letter.session = "";
    letter.bytes = memory->whole + texts_size(&record->texts);
    letter.error.text = record->text;
    memory->place = letter.number;
    memory->behind = record->newer;
    reader(to, &letter);
    return true;
}

static bool change(void *context, const struct bus_dead_letter *letter)
{
    struct letter_memory *memory = context;
    uint32_t at = find(memory, letter->number);
    struct record *record = &memory->records[at];

    if (at == NONE)
        return false;
    set_text(record, &letter->error);
    record->letter.reason = letter->reason;
    record->letter.attempts = letter->attempts;
    record->letter.replays = letter->replays;
    record->letter.last_ns = letter->last_ns;
    return true;
}

static bool take_out(void *context, uint64_t number)
{
    struct letter_memory *memory = context;
    uint32_t at = find(memory, number);

    if (at == NONE)
        return false;
    drop(memory, at);
    return true;
}

static void size(void *context, uint64_t *letters, uint64_t *bytes, uint64_t *last)
{
    const struct letter_memory *memory = context;

    if (letters != NULL)
        *letters = memory->used;
    if (bytes != NULL)
        *bytes = (uint64_t)memory->chunks_used * CHUNK;
    if (last != NULL)
        *last = memory->last;
}

/* ---- open and close ---- */

static size_t records_size(const struct letter_memory *memory)
{
    return (size_t)memory->most * sizeof(struct record);
}

static size_t buckets_size(const struct letter_memory *memory)
{
    return (size_t)memory->buckets * sizeof(uint32_t);
}

static size_t links_size(const struct letter_memory *memory)
{
    return (size_t)memory->chunks * sizeof(uint32_t);
}

static void give_if(struct bus *bus, void *memory, size_t size_of_it)
{
    if (memory != NULL)
        bus_give_memory(bus, memory, size_of_it);
}

void letter_memory_free(struct bus *bus, struct letter_memory *memory)
{
    give_if(bus, memory->records, records_size(memory));
    give_if(bus, memory->bucket, buckets_size(memory));
    give_if(bus, memory->links, links_size(memory));
    give_if(bus, memory->bytes, (size_t)memory->chunks * CHUNK);
    give_if(bus, memory->whole, memory->whole_size);
    bus_give_memory(bus, memory, sizeof *memory);
}

static void link_free(struct letter_memory *memory)
{
    uint32_t i;

    for (i = 0; i < memory->buckets; i++)
        memory->bucket[i] = NONE;
    for (i = 0; i < memory->most; i++)
        memory->records[i].next = i + 1 < memory->most ? i + 1 : NONE;
    for (i = 0; i < memory->chunks; i++)
        memory->links[i] = i + 1 < memory->chunks ? i + 1 : NONE;
    memory->oldest = memory->newest = memory->behind = NONE;
}

void letter_memory_needs_add(struct letter_memory_needs *needs,
                             const struct bus_dead_letter *letter)
{
    struct texts texts = texts_of(letter);
    uint32_t size = texts_size(&texts);

    needs->letters++;
    needs->chunks += chunks_for(size, letter->size);
    if ((size_t)size + letter->size > needs->largest)
        needs->largest = (size_t)size + letter->size;
}

void letter_memory_watch(struct letter_memory *memory, letter_memory_gone gone, void *to)
{
    memory->gone = gone;
    memory->gone_to = to;
}

struct letter_memory *letter_memory_make(struct bus *bus, struct bus_letter_store *store,
                                         const struct letter_memory_needs *needs)
{
    const struct bus_options *o = &bus->options;
    const uint32_t texts = 3 * (NAME_MOST + 1);
    uint32_t least = chunks_for(texts, bus->message_size_max);
    struct letter_memory *memory = bus_take_memory(bus, sizeof *memory, CACHE_LINE);

    if (memory == NULL)
        return NULL;
    memory->bus = bus;
    memory->refuse_new = o->dead_letters_when_full == BUS_LETTERS_REFUSE_NEW;
    memory->most = o->dead_letters_max;
    memory->chunks = (uint32_t)(o->dead_letter_bytes / CHUNK);
    if (memory->chunks < least)
        memory->chunks = least;
    if (memory->most < needs->letters)
        memory->most = needs->letters;
    if (memory->chunks < needs->chunks)
        memory->chunks = needs->chunks;
    for (memory->buckets = 8; memory->buckets < memory->most;)
        memory->buckets *= 2;
    memory->whole_size = (size_t)texts + bus->message_size_max;
    if (memory->whole_size < needs->largest)
        memory->whole_size = needs->largest;
    memory->records = bus_take_memory(bus, records_size(memory), CACHE_LINE);
    memory->bucket = bus_take_memory(bus, buckets_size(memory), CACHE_LINE);
    memory->links = bus_take_memory(bus, links_size(memory), CACHE_LINE);
    memory->bytes = bus_take_memory(bus, (size_t)memory->chunks * CHUNK, CACHE_LINE);
    memory->whole = bus_take_memory(bus, memory->whole_size, CACHE_LINE);
    if (memory->records == NULL || memory->bucket == NULL || memory->links == NULL ||
        memory->bytes == NULL || memory->whole == NULL) {
        letter_memory_free(bus, memory);
        return NULL;
    }
    link_free(memory);
    *store = (struct bus_letter_store){.context = memory,
                                       .add = add,
                                       .next = next,
                                       .change = change,
                                       .remove = take_out,
                                       .size = size};
    return memory;
}
