#include "evening.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { CHF = 756, CHF_PER_10000 = 10650, LOOKS = 6000, ROUNDS = 100 };

/* A look takes a moment, or two. */
#define MOMENT (5 * BUS_MILLISECOND)

/* bus_wait_idle does not wait for what is parked at a breaker; the account shows that as held. */
bool evening_all_done(struct bus *bus)
{
    const struct timespec a_moment = {.tv_nsec = MOMENT};
    struct bus_account account;

    for (int i = 0; i < LOOKS; i++) {
        if (bus_wait_idle(bus, MOMENT) == BUS_OK && bus_account(bus, NULL, &account) == BUS_OK &&
            account.held + account.running == 0)
            return true;
        nanosleep(&a_moment, NULL);
    }
    fprintf(stderr, "shop: not everything is done\n");
    return false;
}

static bool note_letter(void *context, const struct bus_dead_letter *letter)
{
    struct evening *evening = context;
    size_t i = 0;

    while (i < evening->kind_count && strcmp(evening->kinds[i].handler, letter->handler) != 0)
        i++;
    if (i == LETTER_KINDS)
        return true;
    if (i == evening->kind_count) {
        evening->kind_count++;
        snprintf(evening->kinds[i].handler, sizeof(evening->kinds[i].handler), "%s",
                 letter->handler);
        snprintf(evening->kinds[i].text, sizeof(evening->kinds[i].text), "%s", letter->error.text);
    }
    evening->kinds[i].count++;
    return true;
}

/* The rate that was missing. */
static bool repair(struct bus *bus)
{
    struct shop_set_rate_result answer;

    return shop_set_rate_execute(
               bus, &(struct shop_set_rate){.currency = CHF, .per_10000 = CHF_PER_10000},
               &answer) == BUS_ANSWERED;
}

/* What runs again publishes, and that may find a full lane and become a letter in its turn: so
 * more than one round, as long as there is progress. */
static bool run_again(struct evening *evening, struct bus *bus)
{
    struct bus_dead_letter_figures figures = {0};
    struct bus_replay_result replay;
    int round = 0;

    do {
        if (bus_dead_letters_replay(bus, NULL, 0, 20 * BUS_SECOND, &replay) != BUS_OK) {
            fprintf(stderr, "shop: %s\n", bus_last_error());
            return false;
        }
        if (!evening_all_done(bus) || bus_dead_letter_figures_read(bus, &figures) != BUS_OK)
            return false;
    } while (figures.waiting > 0 && replay.replayed > 0 && ++round < ROUNDS);
    evening->replayed = figures.replayed;
    evening->failed_again = figures.failed_again;
    evening->still_waiting = figures.waiting;
    evening->lost = figures.evicted + figures.refused;
    return figures.waiting == 0 && evening->lost == 0;
}

bool evening_work(struct evening *evening, struct bus *bus)
{
    if (!evening_all_done(bus))
        return false;
    if (bus_dead_letters_each(bus, NULL, note_letter, evening, NULL) != BUS_OK || !repair(bus)) {
        fprintf(stderr, "shop: %s\n", bus_last_error());
        return false;
    }
    return run_again(evening, bus);
}

void evening_print(FILE *out, const struct evening *evening)
{
    if (evening->kind_count == 0)
        return;
    fprintf(out, "\nDead letters\n");
    for (size_t i = 0; i < evening->kind_count; i++) {
        const struct letter_kind *kind = &evening->kinds[i];

        fprintf(out, "  %6" PRIu64 "  %-32s %s\n", kind->count,
                kind->handler[0] != '\0' ? kind->handler : "(its lane was full)", kind->text);
    }
    fprintf(out, "  Run again in the evening: %" PRIu64 " done, %" PRIu64 " failed again.\n",
            evening->replayed, evening->failed_again);
    if (evening->still_waiting + evening->lost > 0)
        fprintf(out, "  STILL THERE: %" PRIu64 ", LOST: %" PRIu64 "\n", evening->still_waiting,
                evening->lost);
}
