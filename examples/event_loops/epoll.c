/*
 * loop_epoll - a bus in a plain epoll loop: two descriptors, no thread, no timer.
 *
 *     printf 'one\nbusy\n' | loop_epoll
 */
#include "notes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static bool watch(int loop, int file)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = file};

    return epoll_ctl(loop, EPOLL_CTL_ADD, file, &event) == 0;
}

static int run(int loop, struct notes *notes)
{
    struct epoll_event ready[2];

    while (!notes->closed) {
        /* No timeout: when a retry or a scheduled event is due, the descriptor is readable. */
        int count = epoll_wait(loop, ready, 2, -1);

        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd != STDIN_FILENO)
                bus_poll(notes->bus, 0, NULL);
            else if (!notes_read(notes, STDIN_FILENO))
                epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
        }
        if (count < 0 && errno != EINTR) {
            perror("epoll_wait");
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    struct notes notes;
    int loop = epoll_create1(EPOLL_CLOEXEC);
    int status;

    if (loop < 0 || !notes_open(&notes) || !watch(loop, bus_poll_descriptor(notes.bus))) {
        fprintf(stderr, "loop_epoll: %s; %s\n", strerror(errno), bus_last_error());
        bus_close(&notes.bus);
        return 1;
    }
    if (!watch(loop, STDIN_FILENO)) {
        fprintf(stderr, "loop_epoll: standard input must be a pipe, a socket or a terminal: %s\n",
                strerror(errno));
        bus_close(&notes.bus);
        return 2;
    }
    status = run(loop, &notes);
    close(loop); /* with it the bus's descriptor is out of the loop */
    return notes_close(&notes) | status;
}
