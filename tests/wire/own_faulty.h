/*
 * own_faulty.h - bus/own.h with checks that can be left out: tests/wire/CMakeLists.txt writes a
 * copy in which every check begins with `own_has(its number)`.
 */
#ifndef OWN_FAULTY_H
#define OWN_FAULTY_H

#include <stdbool.h>

enum { OWN_CHECKS = 12 };

extern int own_fault; /* the check that is missing; 0: none */

static inline bool own_has(int check)
{
    return own_fault != check;
}

#endif
