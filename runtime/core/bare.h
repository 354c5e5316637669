/*
 * core/bare.h - what a bus does besides moving messages, as constants: the benchmark `bare` builds
 * the library a second time with BUSGEN_BARE, without them, and tells what they cost. A bare bus
 * moves messages of normal priority only, and its accounts and metrics stay zero; nothing else than
 * that benchmark may be built so.
 */
#ifndef BUSGEN_CORE_BARE_H
#define BUSGEN_CORE_BARE_H

#include <stdbool.h>

#include <bus/bus.h>

#ifdef BUSGEN_BARE
#define BUS_COUNTS false /* accounts, metrics, times of handlers */
enum { WORKER_FIRST_LANE = BUS_NORMAL, WORKER_LANES_END = BUS_NORMAL + 1 };
#else
#define BUS_COUNTS true
enum { WORKER_FIRST_LANE = 0, WORKER_LANES_END = BUS_LANES };
#endif

#endif
