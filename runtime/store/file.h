/* store/file.h - where the file of a store lies, and whether it may be used. */
#ifndef BUSGEN_STORE_FILE_H
#define BUSGEN_STORE_FILE_H

#include <bus/bus.h>

enum { STORE_PATH_SIZE = 4096 };

struct store_file {
    int folder; /* descriptors; -1: not open */
    int lock;
    char path[STORE_PATH_SIZE];
    const char *name; /* in it */
    bool read_only;   /* nothing is made, and no mode set */
    bool was_empty;   /* the database was there, without a byte */
    bool logged;      /* read_only: there is something in its log */
    bool shared;      /* read_only: a NAME-shm was there */
};

/* All have said why when they fail (bus_store_error). */

/* Looks at folder and files, makes what is missing, takes the lock. `read_only`: what is missing is
 * an error, but for the file of the lock. */
enum bus_status store_file_open(struct store_file *file, const char *path, bool read_only);
void store_file_close(struct store_file *file);
/* Renames the database and what lies beside it; `aside` receives the new name. */
enum bus_status store_file_set_aside(struct store_file *file, uint64_t real_ns,
                                     char aside[STORE_PATH_SIZE]);
/* A database that is not there is made, empty. */
enum bus_status store_file_make(struct store_file *file);

/* As printf, for bus_last_error. */
enum bus_status store_say(enum bus_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
