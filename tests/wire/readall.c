/* readall.c - see readall.h. */
#include "readall.h"

#include <bus/testing.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

/* ---- guards ---- */

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool guarded_open(struct guarded *guarded, size_t most)
{
    size_t page = page_size();

    guarded->mapped = (most + page - 1) / page * page;
    guarded->pages =
        mmap(NULL, guarded->mapped + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded->pages == MAP_FAILED)
        return false;
    return mprotect(guarded->pages + page, guarded->mapped, PROT_READ | PROT_WRITE) == 0;
}

void guarded_close(struct guarded *guarded)
{
#ifdef WITH_ADDRESS_SANITIZER
    ASAN_UNPOISON_MEMORY_REGION(guarded->pages + page_size(), guarded->mapped);
#endif
    munmap(guarded->pages, guarded->mapped + 2 * page_size());
}

uint8_t *guarded_place(const struct guarded *guarded, size_t size)
{
    uint8_t *end = guarded->pages + page_size() + guarded->mapped;
    size_t whole = (size + 7) & ~(size_t)7;

#ifdef WITH_ADDRESS_SANITIZER
    ASAN_UNPOISON_MEMORY_REGION(guarded->pages + page_size(), guarded->mapped);
#endif
    memset(end - whole, 0xee, whole);
#ifdef WITH_ADDRESS_SANITIZER
    ASAN_POISON_MEMORY_REGION(end - whole + size, whole - size);
#endif
    return end - whole;
}

/* ---- views ---- */

static volatile uint64_t sink;

static void touch(const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++)
        sink += bytes[i];
}

static void view_number(struct bus_view view, uint32_t number)
{
    struct bus_string text = bus_view_string(view, number);
    struct bus_bytes bytes = bus_view_bytes(view, number);

    sink += bus_view_u64(view, number) + (uint64_t)bus_view_i64(view, number);
    sink += bus_view_f64(view, number) > 0;
    touch(text.data, text.data == NULL ? 0 : text.size + (size_t)1);
    touch(bytes.data, bytes.size);
}

static void view_all(struct bus_view view)
{
    for (uint32_t i = 0; i < view.table->field_count; i++) {
        const struct bus_field *field = &view.table->fields[i];
        const uint8_t *at = bus_view_field(view, field->number);
        struct bus_view inner = bus_view_table(view, field->number);

        view_number(view, field->number);
        view_number(view, field->number - 1u);
        view_number(view, field->number + 1u);
        if (at != NULL)
            touch(at, 1);
        if (inner.bytes != NULL)
            view_all(inner);
    }
}

/* ---- all ---- */

static bool contradiction(char why[BUS_WIRE_WHY_SIZE], const char *text)
{
    snprintf(why, BUS_WIRE_WHY_SIZE, "%s", text);
    return false;
}

/* What was read can be sent on, unless it holds what this schema version does not know. */
static bool pack_again(const struct bus_table *table, const struct bus_codec *codec,
                       const void *message, char why[BUS_WIRE_WHY_SIZE])
{
    char ignored[BUS_WIRE_WHY_SIZE];
    uint32_t size;
    uint8_t *bytes;
    bool good;

    if (codec == NULL)
        return true;
    size = codec->measure(message, false);
    if (!bus_wire_check(table, message, true, ignored))
        return size == 0 || contradiction(why, "measure takes what check refuses");
    if (size == 0)
        return contradiction(why, "measure refuses what check takes");
    bytes = malloc(size);
    if (bytes == NULL)
        abort();
    codec->pack(bytes, message);
    good = bus_wire_verify(table, bytes, size, why);
    free(bytes);
    return good;
}

bool read_all(const struct bus_table *table, const struct bus_codec *codec, const uint8_t *bytes,
              size_t size, char why[BUS_WIRE_WHY_SIZE])
{
    size_t scratch_size = (size_t)bus_test_scratch(table);
    uint8_t *memory = malloc(2 * scratch_size + 16);
    void *first = malloc(table->size);
    void *second = malloc(table->size);
    struct bus_scratch scratch = {memory, memory + scratch_size};
    char text[256];
    uint32_t root;
    bool good;

    (void)size;
    if (memory == NULL || first == NULL || second == NULL)
        abort();
    memcpy(&root, bytes, sizeof(root));
    good = bus_wire_unpack(table, first, bytes, root, &scratch) ||
           contradiction(why, "unpack needs more scratch than promised");
    if (good && codec != NULL) {
        scratch.at = memory + scratch_size;
        scratch.end = scratch.at + scratch_size;
        good = codec->unpack(second, bytes, &scratch) ||
               contradiction(why, "the generated unpack needs more scratch than promised");
        good = good && (bus_wire_compare(table, first, second) == 0 ||
                        contradiction(why, "both unpacks give other values"));
    }
    if (good) {
        sink += bus_test_touch(table, first);
        sink += bus_wire_print(table, first, text, sizeof(text));
        view_all(bus_view_root(table, bytes));
        good = pack_again(table, codec, first, why);
    }
    free(second);
    free(first);
    free(memory);
    return good;
}
