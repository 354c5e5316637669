/* letter_actions.c - dead-letters replay and purge. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "kept.h"
#include "show.h"
#include "text.h"

/* Which letters; false: none was chosen, or in two ways (said). */
static bool read_choice(const struct options *options, uint64_t *number)
{
    bool filtered = has_filter(options);

    if (!read_letter_number(options, number) || !filter_is_well(options))
        return false;
    if (*number != 0 && (filtered || options->all)) {
        complain(options, "either a number, or a filter", NULL);
        return false;
    }
    if (filtered && options->all) {
        complain(options, "either --all or a filter", NULL);
        return false;
    }
    if (*number != 0 || filtered || options->all)
        return true;
    complain(options, "which of them?",
             "name a number, a filter (--message, --handler, --reason, --category, --first, "
             "--last, --most), or --all");
    return false;
}

/* ---- replay ---- */

struct replay {
    const struct options *options;
    bool terminal; /* standard error shows how far it is */
    bool colours;
    bool done;
    uint64_t replayed, failed, left;
    char error[256];
};

/* How far it is, in the place of what stood there. */
static void draw(const struct replay *replay)
{
    enum { WIDTH = 30 };
    uint64_t ended = replay->replayed + replay->failed, all = ended + replay->left;
    int full = all > 0 ? (int)(ended * WIDTH / all) : 0, i;

    (void)fputs("\r[", stderr);
    for (i = 0; i < WIDTH; i++)
        (void)fputc(i < full ? '#' : '.', stderr);
    (void)fprintf(stderr, "] %" PRIu64 " of %" PRIu64 ", %s%" PRIu64 " failed again%s\033[K", ended,
                  all, text_style(replay->failed > 0 ? STYLE_BAD : STYLE_PLAIN, replay->colours),
                  replay->failed, text_style(STYLE_PLAIN, replay->colours));
    (void)fflush(stderr);
}

static bool take_progress(void *context, const json_t *line)
{
    struct replay *replay = context;

    replay->replayed = field_u64(line, "replayed");
    replay->failed = field_u64(line, "failed");
    replay->left = field_u64(line, "left");
    replay->done = field_flag(line, "done");
    (void)snprintf(replay->error, sizeof replay->error, "%s", field_text(line, "error"));
    if (replay->options->json) {
        show_json(line);
        (void)fflush(stdout);
    } else if (replay->terminal) {
        draw(replay);
    }
    return true;
}

static enum exit_code sum_up(const struct replay *replay, bool stopped)
{
    const struct options *options = replay->options;

    if (replay->terminal)
        (void)fputs("\r\033[K", stderr);
    if (!options->json) {
        (void)printf("%" PRIu64 " replayed, %" PRIu64 " failed again, %" PRIu64 " left\n",
                     replay->replayed, replay->failed, replay->left);
        (void)fflush(stdout);
    }
    if (stopped)
        complain_about(options, "the same command goes on with those that are left",
                       "stopped; what was on its way ends by itself");
    else if (replay->error[0] != '\0')
        complain(options, replay->error, NULL);
    else if (!replay->done)
        complain(options, "the program ended before the replay did",
                 "letters stay until their handler has succeeded: replay them when it runs again");
    if (stopped || replay->error[0] != '\0' || !replay->done)
        return EXIT_WRONG_USE;
    if (replay->replayed + replay->failed + replay->left == 0 && !options->all)
        complain(options, "no dead letter is like that",
                 "busadm dead-letters list shows those there are");
    if (replay->replayed + replay->failed == 0)
        return options->all ? EXIT_FINE : EXIT_FINDINGS;
    return replay->failed > 0 || replay->left > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

enum exit_code run_letters_replay(const struct options *options)
{
    struct replay replay = {.options = options,
                            .terminal = isatty(STDERR_FILENO) == 1 && !options->json,
                            .colours = text_colours()};
    struct client client;
    enum exit_code code;
    enum client_end end;
    json_t *filter;
    uint64_t number;

    if (!read_choice(options, &number))
        return EXIT_WRONG_USE;
    if (options->store != NULL) {
        complain(options, "only the program itself can run its handlers",
                 "start it, and ask it with --socket PATH; list, show and purge work on a store");
        return EXIT_WRONG_USE;
    }
    filter = show_filter(options, number);
    if (filter == NULL) {
        complain(options, "no memory", NULL);
        return EXIT_WRONG_USE;
    }
    catch_stops();
    if (!client_begin(&client, options)) {
        json_decref(filter);
        return EXIT_WRONG_USE;
    }
    end = client_lines(&client, "/dead-letters/replay", filter, take_progress, &replay);
    if (end == CLIENT_ANSWERED || end == CLIENT_STOPPED) {
        code = sum_up(&replay, end == CLIENT_STOPPED);
    } else {
        if (replay.terminal)
            (void)fputs("\r\033[K", stderr);
        code = client_complain(&client, options, end);
        if (end == CLIENT_NOT_FOUND)
            code = EXIT_FINDINGS;
    }
    client_close(&client);
    json_decref(filter);
    return code;
}

/* ---- purge ---- */

/* What is about to go, in words. */
static void describe(const struct options *options, uint64_t number, char *text, size_t size)
{
    const struct {
        const char *name, *value;
    } parts[] = {{"of message ", options->message},
                 {"of handler ", options->handler},
                 {"with reason ", options->reason},
                 {"of category ", options->category}};
    size_t at, i;

    if (number != 0) {
        (void)snprintf(text, size, "dead letter %" PRIu64, number);
        return;
    }
    at = (size_t)snprintf(text, size, "all dead letters");
    for (i = 0; i < 4 && at < size; i++)
        if (parts[i].value != NULL)
            at += (size_t)snprintf(text + at, size - at, " %s%s", parts[i].name, parts[i].value);
    if (options->first != 0 && at < size)
        at += (size_t)snprintf(text + at, size - at, " from number %" PRIu64, options->first);
    if (options->last != 0 && at < size)
        at += (size_t)snprintf(text + at, size - at, " up to number %" PRIu64, options->last);
    if (options->most != 0 && at < size)
        (void)snprintf(text + at, size - at, ", the oldest %" PRIu64, options->most);
}

static bool is_meant(const struct options *options, uint64_t number)
{
    char what[512], answer[16] = "";

    if (options->yes)
        return true;
    describe(options, number, what, sizeof what);
    if (isatty(STDIN_FILENO) == 0) {
        complain_about(options, "say --yes",
                       "this throws away %s, for good, and nobody is there to ask", what);
        return false;
    }
    (void)fputs("Throw away ", stderr);
    put_clean(stderr, what);
    (void)fputs(", for good? [y/N] ", stderr);
    (void)fflush(stderr);
    if (fgets(answer, sizeof answer, stdin) != NULL && (*answer == 'y' || *answer == 'Y'))
        return true;
    complain(options, "nothing was thrown away", NULL);
    return false;
}

static enum exit_code say_purged(const struct options *options, uint64_t purged)
{
    if (options->json)
        (void)printf("{\"purged\":%" PRIu64 "}\n", purged);
    else
        (void)printf("%" PRIu64 " purged\n", purged);
    return purged == 0 && !options->all ? EXIT_FINDINGS : EXIT_FINE;
}

struct numbers {
    uint64_t *all;
    size_t count, room;
    uint64_t most;
    bool failed;
};

static bool note_number(void *context, const json_t *letter)
{
    struct numbers *numbers = context;

    if (numbers->count == numbers->room) {
        size_t room = numbers->room > 0 ? 2 * numbers->room : 256;
        uint64_t *all = realloc(numbers->all, room * sizeof *all);

        numbers->failed = all == NULL;
        if (all == NULL)
            return false;
        numbers->all = all;
        numbers->room = room;
    }
    numbers->all[numbers->count++] = field_u64(letter, "number");
    return numbers->most == 0 || numbers->count < numbers->most;
}

static enum exit_code purge_store(const struct options *options, uint64_t number)
{
    struct options from = *options;
    struct numbers numbers = {.most = number != 0 ? 1 : options->most};
    struct kept kept;
    uint64_t purged = 0;
    bool well, removed;
    size_t i;

    if (number != 0)
        from.first = from.last = number;
    from.after = from.first != 0 ? from.first - 1 : 0;
    if (!kept_open(&kept, options, true))
        return EXIT_WRONG_USE;
    well = kept_letters(&kept, &from, note_number, &numbers);
    if (numbers.failed)
        complain(options, "no memory", "purge some of them first: --most N");
    well = well && !numbers.failed;
    for (i = 0; well && i < numbers.count && stop_signal() == 0; i++) {
        well = kept_remove_letter(&kept, options, numbers.all[i], &removed);
        purged += removed;
    }
    kept_close(&kept);
    free(numbers.all);
    if (stop_signal() != 0)
        complain(options, "stopped", "the same command goes on");
    (void)say_purged(options, purged);
    if (!well || stop_signal() != 0)
        return EXIT_WRONG_USE;
    return purged == 0 && !options->all ? EXIT_FINDINGS : EXIT_FINE;
}

enum exit_code run_letters_purge(const struct options *options)
{
    struct client client;
    json_t *filter, *answer = NULL;
    enum exit_code code;
    enum client_end end;
    uint64_t number;

    if (!read_choice(options, &number) || !is_meant(options, number))
        return EXIT_WRONG_USE;
    catch_stops();
    if (options->store != NULL)
        return purge_store(options, number);
    filter = show_filter(options, number);
    if (filter == NULL) {
        complain(options, "no memory", NULL);
        return EXIT_WRONG_USE;
    }
    if (!client_begin(&client, options)) {
        json_decref(filter);
        return EXIT_WRONG_USE;
    }
    end = client_ask(&client, "/dead-letters/purge", filter, &answer);
    code = end == CLIENT_ANSWERED ? say_purged(options, field_u64(answer, "purged"))
                                  : client_complain(&client, options, end);
    json_decref(answer);
    json_decref(filter);
    client_close(&client);
    return code;
}
