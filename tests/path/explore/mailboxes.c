/*
 * mailboxes.c - a worker's mail in every order: several post while it opens, sleeps and is woken; a
 * letter is posted again as soon as it was opened.
 *
 * covers: I3, N3
 */
#include "scenarios.h"

#include "path/mail.h"
#include "path/parking.h"

enum { LETTERS = 3 };

struct mail_shape {
    uint32_t posters;       /* fibers; the worker is behind them */
    uint32_t each[LETTERS]; /* letters of each */
    bool again;             /* poster 0 posts its one letter twice */
    bool timers;            /* the other bit is up all the time */
    bool barrier;           /* os->barrier works */
};

struct letter {
    struct mail mail; /* first */
    _Alignas(64) uint8_t text[64];
    uint32_t poster, number;
    uint32_t opened; /* shared */
};

static const struct mail_shape *shape;
static struct mailbox box;
static struct parking parking;
static uint32_t attention;
static struct letter letters[LETTERS][LETTERS];
static uint32_t next_of[LETTERS];

static bool os_barrier(void *context)
{
    (void)context;
    if (explore_inside() && shape->barrier)
        explore_barrier();
    return shape->barrier;
}

static bool os_wait(void *context, const bus_os_word *word, bus_os_word expected,
                    uint64_t deadline_ns)
{
    (void)context;
    (void)deadline_ns;
    explore_futex_wait(word, expected);
    return true;
}

static void os_wake(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    (void)all;
    explore_futex_wake(word);
}

static const struct bus_os os = {.barrier = os_barrier, .wait = os_wait, .wake = os_wake};

static void mail_setup(const void *of)
{
    shape = of;
    memset(letters, 0, sizeof letters);
    memset(next_of, 0, sizeof next_of);
    attention = shape->timers ? ATTENTION_TIMERS : 0;
    parking_init(&parking, &os, -1);
    box = (struct mailbox){NULL, &attention, &parking};
}

static void post(uint32_t poster, struct letter *letter, uint32_t number)
{
    explore_plain(letter->text, true);
    letter->poster = poster;
    letter->number = number;
    mail_post(&box, &letter->mail);
}

static void poster_body(uint32_t self)
{
    for (uint32_t i = 0; i < shape->each[self]; i++)
        post(self, &letters[self][i], i);
    if (self != 0 || !shape->again)
        return;
    for (;;) {
        uint64_t since = explore_changes();

        if (explore_load(&letters[0][0].opened, 4) != 0)
            break;
        explore_wait_for_change(since);
    }
    post(0, &letters[0][0], shape->each[0]);
}

static bool all_came(void)
{
    for (uint32_t i = 0; i < shape->posters; i++)
        if (next_of[i] != shape->each[i] + (i == 0 && shape->again))
            return false;
    return true;
}

static void open_all(void)
{
    struct mail *mail = mail_take(&box);

    while (mail != NULL) {
        struct letter *letter = (struct letter *)(void *)mail;

        mail = mail->next; /* from the next line on it may be posted again */
        explore_plain(letter->text, false);
        explore_check(letter->number == next_of[letter->poster]++, "wrong letter");
        explore_store(&letter->opened, 4, 1);
    }
}

static void mail_fiber(uint32_t self)
{
    if (self < shape->posters) {
        poster_body(self);
        return;
    }
    while (!all_came()) {
        if (mail_waits(&box)) {
            open_all();
            continue;
        }
        parking_prepare(&parking);
        if (mail_waits(&box))
            parking_cancel(&parking);
        else
            (void)parking_wait(&parking, UINT64_MAX);
    }
}

static void mail_end(void)
{
    explore_check(all_came() && box.last == NULL, "a letter is missing, or came twice");
    explore_check((attention & ATTENTION_TIMERS) == (shape->timers ? ATTENTION_TIMERS : 0),
                  "the other bit was touched");
}

static const struct mail_shape two = {2, {1, 1}, false, true, true};
static const struct mail_shape fences = {2, {1, 1}, false, false, false};
static const struct mail_shape in_order = {2, {2, 1}, false, false, true};
static const struct mail_shape again = {2, {1, 1}, true, false, true};
static const struct mail_shape three = {3, {1, 1, 1}, false, false, true};

const struct scenario mail_scenarios[] = {
    {"mail-2", 3, 3, 1, 1, 0, &two, mail_setup, mail_fiber, NULL, mail_end},
    {"mail-fence", 3, 3, 1, 1, 0, &fences, mail_setup, mail_fiber, NULL, mail_end},
    {"mail-order", 3, 3, 0, 0, 0, &in_order, mail_setup, mail_fiber, NULL, mail_end},
    {"mail-again", 3, 3, 0, 0, 0, &again, mail_setup, mail_fiber, NULL, mail_end},
    {"mail-3", 4, 2, 1, 0, 0, &three, mail_setup, mail_fiber, NULL, mail_end},
    {.name = NULL},
};
