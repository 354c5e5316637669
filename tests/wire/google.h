/*
 * google.h - Google's C++ FlatBuffers library, seen from C: the other implementation that ours is
 * held against. It knows the schemas only through the .fbs files that busgen emitted.
 */
#ifndef WIRE_GOOGLE_H
#define WIRE_GOOGLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the program when an .fbs file does not parse. `folder`: where they are. */
void google_open(const char *folder);
void google_close(void);

/* `type`: a name of types.h, "every.ask.unknown". */

/* The verifier of the code that `flatc --cpp` generated. `known`: whether there is one. */
bool google_verify(const char *type, const uint8_t *bytes, size_t size, bool *known);

/* Another writer's buffer with the same values: CopyTable of Google's reflection, which orders
 * fields by size, shares vtables and, with `pool`, strings. *copy is malloc'ed, 8-aligned. */
bool google_copy(const char *type, const uint8_t *bytes, bool pool, uint8_t **copy, size_t *size);

/* The text that `flatc --json --strict-json` writes; malloc'ed, NULL: refused. */
char *google_to_json(const char *type, const uint8_t *bytes);

/* The bytes that `flatc --binary` writes; defaults are left out. `why` receives the message. */
bool google_from_json(const char *type, const char *json, uint8_t **bytes, size_t *size, char *why,
                      size_t why_size);

#ifdef __cplusplus
}
#endif

#endif
