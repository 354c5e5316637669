/* path/reply.h - a result struct on its way to the caller of a command. */
#ifndef BUSGEN_PATH_REPLY_H
#define BUSGEN_PATH_REPLY_H

#include "core/engine.h"

struct reply {
    const struct bus_message_type *type;
    void *result;   /* begins with struct bus_run */
    uint8_t *bytes; /* 8-aligned: first the packed answer, then its scratch */
    size_t capacity;
};

/* Everything empty. */
static inline void result_init(const struct reply *reply)
{
    struct bus_run *run = reply->result;
    uint32_t none = 0;

    run->outcome = BUS_QUEUED;
    run->attempts = 0;
    run->dead_lettered = false;
    run->breaker_state = 0;
    run->handler = NULL;
    run->id = (struct bus_uuid){0, 0};
    run->error = (struct bus_error){0};
    run->error_text[0] = '\0';
    run->error.text = run->error_text;
    memcpy((uint8_t *)reply->result + reply->type->result.answer, &none, sizeof none);
}

/* It did not run, or nobody knows: outcome and why. */
enum bus_outcome result_refuse(const struct reply *reply, enum bus_outcome outcome,
                               enum bus_category category, const char *text);
enum bus_outcome result_fault(const struct reply *reply, const struct bus_error *error);
/* The packed answer (index + 1, `size` bytes) lies at reply->bytes. */
enum bus_outcome result_answer(const struct reply *reply, uint32_t answer, uint32_t size);
enum bus_outcome result_too_large(const struct reply *reply);
/* What the record of a command says of its end. */
enum bus_outcome result_of_record(const struct reply *reply, struct pending *pending);
enum bus_category outcome_category(enum bus_outcome outcome);

/* command.c: a result in scratch memory, or the spare one of the route, with no room for an answer;
 * *spare tells whether spare_give must follow. */
void reply_must(struct thread *thread, struct route *route, struct reply *reply, bool *spare);
void spare_give(struct route *route, bool spare);

#endif
