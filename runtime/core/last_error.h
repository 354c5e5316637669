/* core/last_error.h - the last failure of the calling thread, in words: what, where, what to do. */
#ifndef BUSGEN_CORE_LAST_ERROR_H
#define BUSGEN_CORE_LAST_ERROR_H

#include <bus/bus.h>

/* What one thread keeps of it. */
struct last_error {
    char text[512];
    struct {
        const char *type; /* NULL: there is none */
        uint32_t level;
        uint32_t worker;
        uint32_t capacity;
    } full_lane; /* a failure whose text is not made yet */
};

/* The calling thread uses `error` from now on, NULL: its own; returns what it used so far. */
struct last_error *last_error_use(struct last_error *error);

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

void last_error_set(const char *format, ...) PRINTF_LIKE(1, 2);
/* What is said already, behind these words. */
void last_error_behind(const char *words);
/* As last_error_set, and returns `status`. */
enum bus_status fail_status(enum bus_status status, const char *format, ...) PRINTF_LIKE(2, 3);
enum bus_outcome fail_outcome(enum bus_outcome outcome, const char *format, ...) PRINTF_LIKE(2, 3);

/* As the constant is called: "BUS_NORMAL". */
const char *lane_name(uint32_t level);

/* "The lane is full": ordinary under load, so its text is made only when somebody asks for it.
 * `type` is static. */
enum bus_outcome fail_full_lane(const char *type, uint32_t level, uint32_t worker,
                                uint32_t capacity);

#endif
