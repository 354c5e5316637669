/* outputs.h - a file that a bus writes, in a folder of its own, and a disk that gets full. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "support.h"

enum { PATH_SIZE = 96 };

/* The file of the test that runs, "FOLDER/NAME". */
extern char path[PATH_SIZE];
/* For a fixture: a new folder for the file; 0: it is there. */
int output_open(const char *name);
/* And its end: the file and those that are called as it is, with these endings. */
int output_close(const char *const *endings, size_t count);
/* The name of one of them; valid until the next call. */
const char *beside(const char *ending);

/* The disk takes so many bytes more, then it is full: bus_os.file_write. */
extern size_t room;
ptrdiff_t write_some(void *context, int file, const void *bytes, size_t size);

#endif
