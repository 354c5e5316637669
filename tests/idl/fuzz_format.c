/*
 * fuzz_format.c - libFuzzer target for the formatter: what it accepts it lays out, without changing
 * what is said, and a second run changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct idl_result first;
    struct idl_result second;
    size_t formatted;
    size_t again;
    const char *other;
    const char *good = idl_format("main.bus", (const char *)data, size, &formatted, &first);

    if (first.out_of_memory || (good != NULL) != (first.errors == 0))
        abort();
    if (good) {
        other = idl_format("main.bus", good, formatted, &again, &second);
        if (!other || again != formatted || memcmp(good, other, again) != 0)
            abort();
        idl_free(&second);
    }
    idl_free(&first);
    return 0;
}
