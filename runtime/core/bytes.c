/* core/bytes.c - messages to bytes and back outside of a bus; names and call sites as text. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>

#include <bus/schema.h>

#include "core/last_error.h"

uint32_t bus_encode(const struct bus_codec *codec, const void *message, uint8_t *bytes,
                    size_t capacity)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint32_t size;

    if (codec == NULL || message == NULL || bytes == NULL || (uintptr_t)bytes % 8 != 0) {
        last_error_set("cannot encode: codec, message or bytes are NULL, or not aligned to 8");
        return 0;
    }
    /* with the text of strings: whoever decodes the bytes will refuse what is not UTF-8 */
    if (!bus_wire_check(codec->table, message, true, why)) {
        last_error_set("%s: %s", codec->table->name, why);
        return 0;
    }
    size = codec->measure(message, false);
    if (size == 0) {
        last_error_set("%s: out of bounds", codec->table->name);
        return 0;
    }
    if (size > capacity) {
        last_error_set("%s: %" PRIu32 " bytes do not fit the %zu given", codec->table->name, size,
                       capacity);
        return 0;
    }
    codec->pack(bytes, message);
    return size;
}

/* Any layout, and the reason when it fails. Apart, for its text. */
static __attribute__((noinline)) enum bus_status decode_slowly(const struct bus_codec *codec,
                                                               const uint8_t *bytes, size_t size,
                                                               void *message, void *scratch,
                                                               size_t scratch_size)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct bus_scratch room;

    if (codec == NULL || bytes == NULL || message == NULL || (uintptr_t)bytes % 8 != 0 ||
        (uintptr_t)scratch % 8 != 0)
        return fail_status(BUS_ERR_INVALID,
                           "cannot decode: codec, bytes or message are NULL, or not aligned to 8");
    if (!bus_wire_verify(codec->table, bytes, size, why))
        return fail_status(BUS_ERR_INVALID, "%s: %s", codec->table->name, why);
    room.at = scratch;
    room.end = scratch != NULL ? (uint8_t *)scratch + scratch_size : NULL;
    if (!codec->unpack(message, bytes, &room))
        return fail_status(BUS_ERR_LIMIT,
                           "%s: %zu bytes of scratch are too few, %" PRIu32 " always suffice",
                           codec->table->name, scratch_size, codec->scratch_max);
    return BUS_OK;
}

enum bus_status bus_decode(const struct bus_codec *codec, const uint8_t *bytes, size_t size,
                           void *message, void *scratch, size_t scratch_size)
{
    if (codec != NULL && bytes != NULL && message != NULL &&
        ((uintptr_t)bytes | (uintptr_t)scratch) % 8 == 0 && codec->accept != NULL) {
        struct bus_scratch room = {scratch, scratch};

        if (scratch != NULL)
            room.end += scratch_size;
        if (__builtin_expect(codec->accept(message, bytes, size, &room), 1))
            return BUS_OK;
    }
    return decode_slowly(codec, bytes, size, message, scratch, scratch_size);
}

const char *bus_type_name(const struct bus_message_type *type)
{
    return type != NULL ? type->name : "";
}

uint32_t bus_type_schema_version(const struct bus_message_type *type)
{
    return type != NULL ? type->schema_version : 0;
}

void bus_call_site_text(const void *call_site, char *text, size_t size)
{
    const char *file;
    Dl_info info;

    if (text == NULL || size == 0)
        return;
    if (dladdr(call_site, &info) == 0 || info.dli_fname == NULL) {
        (void)snprintf(text, size, "%p", call_site);
        return;
    }
    file = strrchr(info.dli_fname, '/');
    file = file != NULL ? file + 1 : info.dli_fname;
    if (info.dli_sname != NULL)
        (void)snprintf(text, size, "%s+0x%zx (%s)", info.dli_sname,
                       (size_t)((const char *)call_site - (const char *)info.dli_saddr), file);
    else
        (void)snprintf(text, size, "%s+0x%zx", file,
                       (size_t)((const char *)call_site - (const char *)info.dli_fbase));
}
