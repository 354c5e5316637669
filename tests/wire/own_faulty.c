/* own_faulty.c - see own_faulty.h. */
#include "own_faulty.h"

int own_fault;
