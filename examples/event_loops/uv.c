/*
 * loop_uv - the same bus in a libuv loop: two poll handles, no thread, no timer.
 *
 *     printf 'one\nbusy\n' | loop_uv
 */
#include "notes.h"

#include <stdio.h>
#include <unistd.h>
#include <uv.h>

struct watched {
    uv_poll_t bus;
    uv_poll_t input;
    struct notes notes;
};

static void on_bus(uv_poll_t *handle, int status, int events)
{
    struct watched *watched = handle->data;

    (void)status, (void)events;
    bus_poll(watched->notes.bus, 0, NULL);
    if (watched->notes.closed) /* out of the loop, before the bus is closed */
        uv_close((uv_handle_t *)&watched->bus, NULL);
}

static void on_input(uv_poll_t *handle, int status, int events)
{
    struct watched *watched = handle->data;

    (void)status, (void)events; /* an error shows in the read */
    if (!notes_read(&watched->notes, STDIN_FILENO))
        uv_close((uv_handle_t *)&watched->input, NULL);
}

/* Calls `callback` while `file` is readable. */
static int watch(uv_loop_t *loop, uv_poll_t *handle, int file, uv_poll_cb callback,
                 struct watched *watched)
{
    int error = uv_poll_init(loop, handle, file);

    handle->data = watched;
    return error != 0 ? error : uv_poll_start(handle, UV_READABLE, callback);
}

int main(void)
{
    static struct watched watched;
    uv_loop_t *loop = uv_default_loop();
    int error;

    if (!notes_open(&watched.notes) ||
        watch(loop, &watched.bus, bus_poll_descriptor(watched.notes.bus), on_bus, &watched) != 0) {
        fprintf(stderr, "loop_uv: %s\n", bus_last_error());
        bus_close(&watched.notes.bus);
        return 1;
    }
    error = watch(loop, &watched.input, STDIN_FILENO, on_input, &watched);
    if (error != 0) {
        fprintf(stderr, "loop_uv: standard input must be a pipe, a socket or a terminal: %s\n",
                uv_strerror(error));
        bus_close(&watched.notes.bus);
        return 2;
    }
    uv_run(loop, UV_RUN_DEFAULT); /* until both handles are closed */
    uv_loop_close(loop);
    return notes_close(&watched.notes);
}
