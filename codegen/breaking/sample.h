/*
 * sample.h - JSON of a message that shows a finding, for codec_encode.
 *
 * There are a few tries for each finding, from the plainest value to those that are extreme: which
 * of them shows it, only packing and reading it tells.
 */
#ifndef BREAKING_SAMPLE_H
#define BREAKING_SAMPLE_H

#include "breaking/breaking.h"

#include "writer.h"

enum { SAMPLE_TRIES = 4, SAMPLE_SIZE_MAX = 1 << 20, SAMPLE_STEPS_MAX = 80 };

struct sample {
    struct writer json;
    struct writer shown; /* the same, with what is long cut short */
    bool failed;         /* too large, or this side cannot say it */
};

/* The steps of a way, the body first; their number, 0 when there are too many. */
size_t sample_steps(const struct breaking_way *way,
                    const struct breaking_way *steps[SAMPLE_STEPS_MAX]);
/* The field of one side of a step; NULL: it has none that can be named. */
const struct idl_field *sample_field(const struct breaking_way *step, bool newer);
/* What encodes and decodes the first `step`. */
const struct idl_table *sample_body(const struct breaking_way *step, bool newer);

/* A message of one side that holds what the finding is about. False: there is none. */
bool sample_make(struct sample *sample, const struct breaking_finding *finding, bool newer,
                 unsigned attempt);
/* One with its key and all scalars. */
bool sample_message(struct sample *sample, const struct idl_message *message);
void sample_free(struct sample *sample);

#endif
