/*
 * path/cell.h - a message as it lies in a lane: 32 bytes of header, then what it carries.
 *
 *     header 32 | [extension 96] | payload          in the cell
 *     header 32 | block pointer 8                   CELL_POOLED: the rest is in a pool block, where
 *                                                   it lies the same way: [extension 96] | payload
 *
 * Header, little-endian words:
 *
 *     turn     u32   the lane's: tells that the cell is committed, for which ticket (lane.h)
 *     shape    u32   flags 8 | payload size 24
 *     kind     u64   type 16 | session index 24 | session generation 16 | attempt 8
 *     stamp    u64   sequence 24 | coarse time 40, milliseconds since the base of the bus
 *     origin   u64   call site 48 | publisher 16
 *
 * The lowest field is named first. The call site is a user-space address (47 bits on x86-64, 48 on
 * aarch64). Cells are 64-aligned, so extension and payload are 8-aligned.
 *
 * Nothing here is atomic but `turn`: from claim to commit the cell belongs to its publisher, from
 * commit to release it may only be read.
 */
#ifndef BUSGEN_PATH_CELL_H
#define BUSGEN_PATH_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bus/bus.h>

enum {
    CELL_HEADER_SIZE = 32,
    CELL_EXTENSION_SIZE = 96,
    CELL_POOL_REFERENCE_SIZE = 8,
};

enum {
    CELL_EXTENDED = 1 << 0,
    CELL_POOLED = 1 << 1,
    CELL_COMMAND = 1 << 2,
    CELL_SKIP = 1 << 3, /* an aborted claim: nothing to see, go on */
    CELL_LAST = 1 << 4, /* stands for the newest message of its key (path/keep_last.h) */
};

struct cell {
    uint32_t turn;
    uint32_t shape;
    uint64_t kind;
    uint64_t stamp;
    uint64_t origin;
};
_Static_assert(sizeof(struct cell) == CELL_HEADER_SIZE, "a cell header has 32 bytes");

/* As much of a cell as it takes to give back its block. */
struct cell_stub {
    struct cell cell;
    void *block;
};

/* Which members of an extension mean something. */
enum {
    CELL_HAS_KEY = 1 << 0,
    CELL_HAS_DEADLINE = 1 << 1,
    CELL_HAS_CORRELATION = 1 << 2,
    CELL_HAS_CAUSATION = 1 << 3,
    CELL_HAS_TRACE = 1 << 4,
    CELL_HAS_PENDING = 1 << 5,
    CELL_HAS_LETTER = 1 << 6, /* a dead letter that is run again */
    CELL_HAS_ROW = 1 << 7,    /* a durable event (path/durable.h) */
};

struct cell_extension {
    uint64_t key;         /* hash of the key field */
    uint64_t deadline_ns; /* monotonic */
    struct bus_uuid correlation;
    struct bus_uuid causation;
    void *pending; /* the record of who waits for the answer; of a durable event its own */
    uint32_t pending_generation;
    uint32_t letter_low; /* number of the dead letter, 48 bits */
    struct bus_trace trace;
    uint8_t has;
    uint16_t letter_high;
    uint8_t reserved[4];
};
_Static_assert(sizeof(struct cell_extension) == CELL_EXTENSION_SIZE, "an extension has 96 bytes");

/* In two steps: 96 bytes at once compilers clear with a slow string instruction. */
static inline void cell_extension_clear(struct cell_extension *extension)
{
    uint8_t *bytes = (uint8_t *)extension;

    memset(bytes, 0, sizeof *extension / 2);
    memset(bytes + sizeof *extension / 2, 0, sizeof *extension / 2);
}

/* All that a header says, to be written in four stores. */
struct cell_head {
    uint32_t size; /* of the payload, below 2^24 */
    uint32_t flags;
    uint32_t type;               /* below 2^16 */
    uint32_t session;            /* below 2^24 */
    uint32_t session_generation; /* below 2^16 */
    uint32_t attempt;            /* below 2^8 */
    uint32_t sequence;           /* its lowest 24 bits are kept */
    uint32_t publisher;          /* below 2^16 */
    uint64_t time_ms;            /* since the base of the bus, below 2^40 */
    const void *call_site;
};

/* Writes all of the header but `turn`. */
static inline void cell_set(struct cell *cell, const struct cell_head *head)
{
    cell->shape = head->flags | head->size << 8;
    cell->kind = (uint64_t)head->type | (uint64_t)head->session << 16 |
                 (uint64_t)head->session_generation << 40 | (uint64_t)head->attempt << 56;
    cell->stamp = (head->sequence & UINT32_C(0xffffff)) | head->time_ms << 24;
    cell->origin = ((uint64_t)(uintptr_t)head->call_site & UINT64_C(0xffffffffffff)) |
                   (uint64_t)head->publisher << 48;
}

/* The same for most messages: no flags, no session, first attempt. */
static inline void cell_set_ordinary(struct cell *cell, uint32_t size, uint32_t type,
                                     uint32_t sequence, uint32_t publisher, uint64_t time_ms,
                                     const void *call_site)
{
    cell_set(cell, &(struct cell_head){.size = size,
                                       .type = type,
                                       .attempt = 1,
                                       .sequence = sequence,
                                       .publisher = publisher,
                                       .time_ms = time_ms,
                                       .call_site = call_site});
}

/* Turns a claimed cell into one that everybody passes over. The caller has given back its block. */
static inline void cell_set_skip(struct cell *cell)
{
    cell->shape = CELL_SKIP;
}

static inline uint32_t cell_flags(const struct cell *cell)
{
    return cell->shape & 0xff;
}

static inline uint32_t cell_size(const struct cell *cell)
{
    return cell->shape >> 8;
}

static inline uint32_t cell_type(const struct cell *cell)
{
    return (uint32_t)(cell->kind & 0xffff);
}

static inline uint32_t cell_session(const struct cell *cell)
{
    return (uint32_t)(cell->kind >> 16) & UINT32_C(0xffffff);
}

static inline uint32_t cell_session_generation(const struct cell *cell)
{
    return (uint32_t)(cell->kind >> 40) & 0xffff;
}

/* `kind` of a message that says nothing beyond its type: as cell_set_ordinary. */
static inline uint64_t cell_ordinary_kind(uint32_t type)
{
    return type | UINT64_C(1) << 56;
}

/* Lies in its cell, says nothing beyond its type: this `kind`. */
static inline bool cell_is_ordinary(const struct cell *cell, uint64_t kind)
{
    return (cell->shape & 0xff) == 0 && cell->kind == kind;
}

static inline uint32_t cell_attempt(const struct cell *cell)
{
    return (uint32_t)(cell->kind >> 56);
}

/* What does not fit reads as the most that fits. */
static inline void cell_set_attempt(struct cell *cell, uint32_t attempt)
{
    cell->kind = (cell->kind & UINT64_C(0xffffffffffffff)) |
                 (uint64_t)(attempt < 0xff ? attempt : 0xff) << 56;
}

static inline uint32_t cell_sequence(const struct cell *cell)
{
    return (uint32_t)cell->stamp & UINT32_C(0xffffff);
}

static inline uint64_t cell_time_ms(const struct cell *cell)
{
    return cell->stamp >> 24;
}

static inline uint32_t cell_publisher(const struct cell *cell)
{
    return (uint32_t)(cell->origin >> 48);
}

static inline const void *cell_call_site(const struct cell *cell)
{
    return (const void *)(uintptr_t)(cell->origin & UINT64_C(0xffffffffffff));
}

/* What follows the header, in the cell itself. */
static inline uint8_t *cell_inside(const struct cell *cell)
{
    return (uint8_t *)(uintptr_t)(cell + 1);
}

/* The pool block of a CELL_POOLED cell. */
static inline void *cell_block(const struct cell *cell)
{
    void *block;

    memcpy(&block, cell_inside(cell), sizeof block);
    return block;
}

static inline void cell_set_block(struct cell *cell, void *block)
{
    memcpy(cell_inside(cell), &block, sizeof block);
}

/* Where extension and payload lie: in the cell or in its block. */
static inline uint8_t *cell_body(const struct cell *cell)
{
    return (cell_flags(cell) & CELL_POOLED) != 0 ? cell_block(cell) : cell_inside(cell);
}

/* NULL: it has none. */
static inline struct cell_extension *cell_extension(const struct cell *cell)
{
    return (cell_flags(cell) & CELL_EXTENDED) != 0
               ? (struct cell_extension *)(void *)cell_body(cell)
               : NULL;
}

/* Number of the dead letter that is run again; 0: none. */
static inline uint64_t extension_letter(const struct cell_extension *extension)
{
    if (extension == NULL || (extension->has & CELL_HAS_LETTER) == 0)
        return 0;
    return (uint64_t)extension->letter_high << 32 | extension->letter_low;
}

static inline uint64_t cell_letter(const struct cell *cell)
{
    return extension_letter(cell_extension(cell));
}

static inline uint8_t *cell_payload(const struct cell *cell)
{
    return cell_body(cell) + ((cell_flags(cell) & CELL_EXTENDED) != 0 ? CELL_EXTENSION_SIZE : 0);
}

/* Bytes of extension and payload, wherever they lie. */
static inline uint32_t cell_body_size(const struct cell *cell)
{
    return cell_size(cell) + ((cell_flags(cell) & CELL_EXTENDED) != 0 ? CELL_EXTENSION_SIZE : 0);
}

/* Bytes of the cell itself that mean something; the rest of the stride does not. */
static inline uint32_t cell_used(const struct cell *cell)
{
    return CELL_HEADER_SIZE + ((cell_flags(cell) & CELL_POOLED) != 0 ? CELL_POOL_REFERENCE_SIZE
                                                                     : cell_body_size(cell));
}

#endif
