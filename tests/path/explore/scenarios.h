/* scenarios.h - what the scenarios of the modules share. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "path/cell.h"

enum { STRIDE = 64, MEMORY = 8192 };

extern _Alignas(64) uint8_t memory[MEMORY];

/* A message that says who sent it, and tells when it is torn. */
void message_put(struct cell *cell, uint32_t producer, uint32_t number);
uint32_t message_number(const struct cell *cell);
uint32_t message_producer(const struct cell *cell);

/* They end with one without a name. */
extern const struct scenario lane_scenarios[];
extern const struct scenario breaker_scenarios[];
extern const struct scenario mail_scenarios[];
extern const struct scenario last_scenarios[];

#endif
