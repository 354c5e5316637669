/* words.c - see words.h. */
#include "emit/words.h"

#include "names.h"

#include <bus/wire.h>

#include <string.h>

const char *const words_kinds[] = {[IDL_COMMAND] = "command",
                                   [IDL_DOMAIN_EVENT] = "domain",
                                   [IDL_SYSTEM_EVENT] = "system",
                                   [IDL_INTEGRATION_EVENT] = "integration"};
const char *const words_priorities[] = {[IDL_CRITICAL] = "critical",
                                        [IDL_HIGH] = "high",
                                        [IDL_NORMAL] = "normal",
                                        [IDL_LOW] = "low",
                                        [IDL_IDLE] = "idle"};
const char *const words_orders[] = {[IDL_ORDER_HIGHEST] = "highest",
                                    [IDL_ORDER_HIGH] = "high",
                                    [IDL_ORDER_NORMAL] = "normal",
                                    [IDL_ORDER_LOW] = "low",
                                    [IDL_ORDER_LOWEST] = "lowest"};
const char *const words_when_full[] = {[IDL_REJECT_NEW] = "reject_new",
                                       [IDL_DROP_OLDEST] = "drop_oldest",
                                       [IDL_BLOCK] = "block",
                                       [IDL_RATE_LIMIT] = "rate_limit",
                                       [IDL_DEAD_LETTER] = "dead_letter"};
const char *const words_jitters[] = {
    [IDL_JITTER_HALF] = "half", [IDL_JITTER_FULL] = "full", [IDL_JITTER_NONE] = "none"};
const char *const words_on_open[] = {[IDL_ON_OPEN_DEFAULT] = "default",
                                     [IDL_ON_OPEN_FAIL] = "fail",
                                     [IDL_ON_OPEN_PARK] = "park",
                                     [IDL_ON_OPEN_DEAD_LETTER] = "dead_letter"};

const char *words_type(enum idl_kind kind)
{
    static const char *const names[] = {
        [IDL_BOOL] = "bool",         [IDL_U8] = "u8",         [IDL_I8] = "i8",
        [IDL_U16] = "u16",           [IDL_I16] = "i16",       [IDL_U32] = "u32",
        [IDL_I32] = "i32",           [IDL_U64] = "u64",       [IDL_I64] = "i64",
        [IDL_F32] = "f32",           [IDL_F64] = "f64",       [IDL_TIME] = "time",
        [IDL_DURATION] = "duration", [IDL_UUID] = "uuid",     [IDL_ENUM] = "enum",
        [IDL_FLAGS] = "flags",       [IDL_STRING] = "string", [IDL_BYTES] = "bytes",
        [IDL_STRUCT] = "struct",     [IDL_TABLE] = "table",   [IDL_UNION] = "union"};

    return names[kind];
}

const char *words_duration(struct memory *memory, uint64_t ns)
{
    char text[BUS_DURATION_TEXT_SIZE];

    bus_duration_text((int64_t)ns, text);
    return join(memory, text, NULL);
}

const char *words_number(struct memory *memory, double value, bool single)
{
    char text[BUS_NUMBER_TEXT_SIZE];

    bus_number_text(value, single, text);
    return join(memory, text, NULL);
}

const char *words_integer(struct memory *memory, uint64_t bits, bool is_signed)
{
    if (is_signed && (int64_t)bits < 0)
        return join(memory, "-", decimal(memory, 0 - bits), NULL);
    return decimal(memory, bits);
}

static const char *value_name(struct memory *memory, const struct idl_enum *of, uint64_t bits)
{
    uint64_t mask = UINT64_MAX >> (64 - 8 * scalar_of(of->base)->size);

    for (uint32_t i = 0; i < of->value_count; i++)
        if ((((uint64_t)of->values[i].value ^ bits) & mask) == 0)
            return of->values[i].decl.name;
    return decimal(memory, bits);
}

/* A default or a constant; bits as the model has them. */
const char *words_value(struct memory *memory, enum idl_kind kind, const struct idl_enum *of,
                        uint64_t bits)
{
    uint32_t half = (uint32_t)bits;
    float small;
    double large;

    switch (kind) {
    case IDL_BOOL:
        return bits != 0 ? "true" : "false";
    case IDL_F32:
        memcpy(&small, &half, sizeof(small));
        return words_number(memory, (double)small, true);
    case IDL_F64:
        memcpy(&large, &bits, sizeof(large));
        return words_number(memory, large, false);
    case IDL_DURATION:
        return words_duration(memory, bits);
    case IDL_ENUM:
    case IDL_FLAGS:
        return value_name(memory, of, bits);
    case IDL_I8:
        return words_integer(memory, (uint64_t)(int64_t)(int8_t)bits, true);
    case IDL_I16:
        return words_integer(memory, (uint64_t)(int64_t)(int16_t)bits, true);
    case IDL_I32:
        return words_integer(memory, (uint64_t)(int64_t)(int32_t)bits, true);
    case IDL_I64:
    case IDL_TIME:
        return words_integer(memory, bits, true);
    default:
        return decimal(memory, bits);
    }
}
