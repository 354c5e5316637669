/*
 * notes.h - what both event loops run: a polled bus whose handlers write down the lines of a pipe.
 *
 * Lines are published as they come. One with the word "busy" in it fails at first, and the bus runs
 * it again 50 ms later; when the input has ended, an event that is published half a second later
 * says that it is time to go. Neither needs a timer of the loop: the bus's descriptor is readable
 * when it has something to do, also when that is a matter of time.
 */
#ifndef NOTES_H
#define NOTES_H

#include <bus/bus.h>
#include <stdbool.h>

struct notes {
    struct bus *bus;
    uint32_t lines;
    uint32_t again; /* of them, ran twice */
    uint32_t lost;
    bool closed; /* it is time to go */
    size_t size; /* of the line that has not ended yet */
    char line[400];
};

/* A polled bus, started; false: bus_last_error says why. */
bool notes_open(struct notes *notes);
/* Takes what `file` has, without waiting. False: it has ended. */
bool notes_read(struct notes *notes, int file);
/* Prints what became of the lines and closes the bus; returns the exit status of the program. */
int notes_close(struct notes *notes);

#endif
