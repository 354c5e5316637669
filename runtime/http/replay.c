/*
 * http/replay.c - dead letters run again while somebody watches.
 *
 * The replay runs on a thread of its own, for it waits for handlers; the thread of the connection
 * waits for news of it and writes them as lines. Who stops reading, or a server that closes, ends
 * it: the replay asks some twenty times a second whether it may go on.
 */
#include "http/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lock.h"
#include "path/atomic.h"

struct replay {
    struct bus_http *server;
    struct choice choice;
    json_t *body; /* whose texts the choice has */
    struct bus_os_thread *thread;
    bus_os_word news; /* shared: moves with all that follows */
    struct lock lock; /* of all that follows */
    struct bus_replay_result so_far;
    uint64_t left;
    bool unwanted; /* the reader is gone */
    bool over;
    char error[256]; /* "": none */
    /* the reader's */
    uint32_t seen;
    bool told_end;
};

static void move_news(struct replay *replay)
{
    const struct bus_os *os = bus_os_native();

    atomic_store_release_u32(&replay->news, atomic_load_relaxed_u32(&replay->news) + 1);
    lock_give(&replay->lock, os);
    os->wake(os->context, &replay->news, true);
}

/* ---- the replay's thread ---- */

static bool note(void *context, const struct bus_replay_result *so_far, uint64_t left)
{
    struct replay *replay = context;
    bool go_on;

    lock_take(&replay->lock, bus_os_native());
    replay->so_far = *so_far;
    replay->left = left;
    go_on = !replay->unwanted && !http_is_closing(replay->server);
    move_news(replay);
    return go_on;
}

static void run(void *argument)
{
    struct replay *replay = argument;
    const struct bus_replay_options options = {
        .per_second = replay->choice.per_second, .progress = note, .context = replay};
    struct bus_replay_result result = {0};
    enum bus_status status = bus_dead_letters_replay_with(
        replay->server->bus, &replay->choice.filter, &options, &result);

    lock_take(&replay->lock, bus_os_native());
    replay->over = true;
    replay->so_far = result;
    if (status == BUS_OK)
        replay->left = 0;
    else
        (void)snprintf(replay->error, sizeof replay->error, "%s: %.200s", bus_status_text(status),
                       bus_last_error());
    move_news(replay);
}

/* ---- the connection's thread ---- */

/* A line of what is known now; its size. Lines are short, and `size` never that small. */
static int64_t tell(struct replay *replay, char *to, size_t size)
{
    struct bus_replay_result so_far;
    struct page page = {0};
    struct json json;
    uint64_t left;
    size_t written;

    lock_take(&replay->lock, bus_os_native());
    so_far = replay->so_far;
    left = replay->left + so_far.behind;
    replay->told_end = replay->over;
    lock_give(&replay->lock, bus_os_native());
    json_begin(&json, &page);
    json_open(&json, NULL, '{');
    json_u64(&json, "replayed", so_far.replayed);
    json_u64(&json, "failed", so_far.failed);
    json_u64(&json, "left", left);
    if (so_far.behind != 0)
        json_u64(&json, "behind", so_far.behind);
    if (replay->told_end && replay->error[0] != '\0')
        json_text(&json, "error", replay->error);
    else if (replay->told_end)
        json_bool(&json, "done", true);
    json_close(&json, '}');
    json_line(&json);
    if (!json_end(&json) || page.size > size) {
        page_free(&page);
        return HTTP_STREAM_BROKEN;
    }
    memcpy(to, page.bytes, page.size);
    written = page.size;
    page_free(&page);
    return (int64_t)written;
}

static int64_t next(void *context, char *to, size_t size)
{
    struct replay *replay = context;
    const struct bus_os *os = bus_os_native();
    uint64_t until = os->monotonic_ns(os->context) + BUS_SECOND / 2;

    if (replay->told_end)
        return HTTP_STREAM_END;
    while (atomic_load_acquire_u32(&replay->news) == replay->seen)
        if (!os->wait(os->context, &replay->news, replay->seen, until)) {
            *to = '\n'; /* so that it shows whether somebody still reads */
            return 1;
        }
    replay->seen = atomic_load_acquire_u32(&replay->news);
    return tell(replay, to, size);
}

static void end(void *context)
{
    struct replay *replay = context;
    const struct bus_os *os = bus_os_native();

    if (replay->thread != NULL) {
        lock_take(&replay->lock, os);
        replay->unwanted = true;
        lock_give(&replay->lock, os);
        os->thread_join(os->context, replay->thread);
    }
    json_decref(replay->body);
    free(replay);
}

/* ---- beginning ---- */

static bool note_one(void *context, const struct bus_dead_letter *letter)
{
    (void)context;
    (void)letter;
    return false;
}

/* A single one that is not there is no replay of none. */
static bool is_there(struct bus *bus, const struct choice *choice)
{
    uint64_t shown = 0;

    return choice->number == 0 ||
           (bus_dead_letters_each(bus, &choice->filter, note_one, NULL, &shown) == BUS_OK &&
            shown != 0);
}

enum MHD_Result http_replay(struct http_request *request)
{
    const struct bus_os *os = bus_os_native();
    struct choice choice;
    struct replay *replay;
    enum MHD_Result result;

    if (!choice_read(request, true, &choice, &result))
        return result;
    if (!is_there(request->server->bus, &choice))
        return http_answer_error(request, MHD_HTTP_NOT_FOUND,
                                 "there is no dead letter of this number",
                                 "/dead-letters tells those there are");
    replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return http_answer_refused(request, BUS_ERR_MEMORY);
    replay->server = request->server;
    replay->choice = choice;
    replay->body = json_incref(request->body);
    if (os->thread_start(os->context, &replay->thread, "bus-replay", run, replay) != 0) {
        replay->thread = NULL;
        end(replay);
        return http_answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "the system has no thread for a replay", "try again");
    }
    return http_answer_stream(request, "application/x-ndjson", next, end, replay);
}
