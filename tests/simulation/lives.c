/* lives.c - see lives.h: the course of a run. */
#include "lives.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE (600 * BUS_SECOND)

void lives_wrong(struct lives *lives, const char *format, ...)
{
    va_list arguments;

    if (lives->wrong[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(lives->wrong, sizeof lives->wrong, format, arguments);
    va_end(arguments);
}

static uint32_t draw(struct lives *lives, uint32_t bound)
{
    return (uint32_t)bus_simulation_draw(lives->simulation, bound);
}

/* ---- a bus ---- */

static bool open_bus(struct lives *lives)
{
    struct bus_options options = {
        .name = "lives",
        .schema = &lives_schema,
        .workers = lives->workers,
        .polled = lives->polled,
        .pool_bytes = 16384 + draw(lives, 4) * 16384,
        .threads_max = 16,
        .sessions_max = 4,
        .commands_max = 8,
        .handlers_max = 64,
        .held_max = 4 + draw(lives, 60),
        .dead_letters_max = lives->calm || draw(lives, 2) == 0 ? 1024 : 1 + draw(lives, 20),
        .dead_letter_bytes = 1 << 17,
        .dead_letters_when_full = BUS_LETTERS_REFUSE_NEW,
        .errors_kept = 16,
        .schedule_max = 512,
        .durable_max = 8 + draw(lives, 100),
        .store = &lives->disk.table,
        .os = bus_simulation_os(lives->simulation),
    };
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++)
        options.capacity[level] = 2 + draw(lives, 40);
    if (bus_open(&lives->bus, &options) != BUS_OK) {
        lives_wrong(lives, "life %u, bus_open: %s", lives->life, bus_last_error());
        return false;
    }
    return true;
}

static void poll(void *argument)
{
    struct lives *lives = argument;
    int descriptor = bus_poll_descriptor(lives->bus);
    uint32_t ran;

    while (!lives->closing)
        if (bus_simulation_poll(lives->simulation, descriptor, 20 * BUS_MILLISECOND) &&
            bus_poll(lives->bus, 1 + draw(lives, 20), &ran) != BUS_OK)
            lives_wrong(lives, "bus_poll: %s", bus_last_error());
        else
            lives->polls = true;
    lives->busy--;
}

static bool start(struct lives *lives)
{
    uint32_t i, before = draw(lives, 3) == 0 ? draw(lives, 6) : 0;

    /* Nobody would be there to carry out what this thread waits for on a slow disk of a bus that
     * is polled; the disk's thread is. */
    for (i = 0; i < before; i++)
        bus_ignore(lives_publish(lives, (enum lasting_kind)draw(lives, PUBLISHED_KINDS),
                                 LASTING_ORIGINS - 1));
    if (bus_start(lives->bus) != BUS_OK) {
        lives_wrong(lives, "life %u, bus_start: %s", lives->life, bus_last_error());
        return false;
    }
    if (!lives->polled)
        return true;
    lives->busy++;
    if (bus_simulation_spawn(lives->simulation, "poller", poll, lives) == BUS_OK)
        return true;
    lives_wrong(lives, "the poller: %s", bus_last_error());
    return false;
}

/* ---- a life ---- */

static void decide(struct lives *lives)
{
    lives->polled = draw(lives, 6) == 0;
    lives->workers = lives->polled ? 1 : 1 + draw(lives, 3);
    lives->concurrent = draw(lives, 2) == 0;
    lives->publishers = 1 + draw(lives, LASTING_ORIGINS - 1);
    lives->actions = 10 + draw(lives, 50);
    lives->pause_ns = draw(lives, 3) == 0 ? 0 : 1 + draw(lives, 400000);
    lives->failing = draw(lives, 3) == 0 ? 0 : draw(lives, 400000);
    lives->closing = false;
    lives->polls = false;
    lives->replaying = false;
}

static struct bus_simulation_faults draw_faults(struct lives *lives)
{
    struct bus_simulation_faults faults = {0};

    if (draw(lives, 2) == 0)
        faults.early = draw(lives, 100000);
    if (draw(lives, 2) == 0) {
        faults.stalls = draw(lives, 20000);
        faults.stall_ns = 1 + draw(lives, 10000000);
    }
    if (draw(lives, 4) == 0)
        faults.barriers = draw(lives, 300000);
    return faults;
}

/* Waits until nothing is left of what was accepted. */
static bool wait_until_empty(struct lives *lives)
{
    struct bus_durable_figures figures = {0};
    struct bus_account account = {0};
    uint32_t i;

    for (i = 0; i < 1000; i++) {
        if (bus_durable_figures_read(lives->bus, &figures) == BUS_OK && figures.behind == 0 &&
            figures.in_memory == 0 && bus_account(lives->bus, NULL, &account) == BUS_OK &&
            account.held == 0 && account.running == 0)
            return true;
        bus_simulation_sleep(lives->simulation, 10 * BUS_MILLISECOND);
    }
    lives_wrong(lives, "calm, and %u events are behind, %u in memory, %u messages held",
                (unsigned)figures.behind, (unsigned)figures.in_memory, (unsigned)account.held);
    return false;
}

static bool wait_for_threads(struct lives *lives, uint32_t but)
{
    uint32_t i;

    for (i = 0; i < 100000 && lives->busy > but; i++)
        bus_simulation_sleep(lives->simulation, BUS_MILLISECOND);
    if (lives->busy > but)
        lives_wrong(lives, "life %u: %u threads do not end", lives->life, lives->busy);
    return lives->busy <= but;
}

/* A disk with little room for requests may need a moment. */
static void publish_in_calm(struct lives *lives, enum lasting_kind kind)
{
    uint32_t i;

    for (i = 0; i < 20 && lives->numbers[kind] < LASTING_NUMBERS; i++) {
        if (lives_publish(lives, kind, 0) == BUS_QUEUED)
            return;
        bus_simulation_sleep(lives->simulation, 10 * BUS_MILLISECOND);
    }
    if (lives->numbers[kind] < LASTING_NUMBERS)
        lives_wrong(lives, "calm, and %s is refused: %s", bus_type_name(lives_type(kind)),
                    bus_last_error());
}

/* The last life: what is there ends, letters too. */
static bool come_to_rest(struct lives *lives)
{
    struct bus_replay_result result = {0};
    uint32_t kind;

    if (!lives_end_plans(lives) || !wait_until_empty(lives))
        return false;
    for (kind = 0; kind < PUBLISHED_KINDS; kind++)
        publish_in_calm(lives, (enum lasting_kind)kind);
    if (!wait_until_empty(lives))
        return false;
    lives->replaying = true;
    if (bus_dead_letters_replay(lives->bus, NULL, 0, PATIENCE, &result) != BUS_OK ||
        result.failed + result.behind != 0)
        lives_wrong(lives, "letters are not gone: %u failed, %u behind; %s",
                    (unsigned)result.failed, (unsigned)result.behind, bus_last_error());
    return wait_until_empty(lives);
}

static void check_account(void *context, const struct bus_message_type *type,
                          const struct bus_account *account)
{
    if (!bus_account_balances(account))
        lives_wrong(context, "audit: the account of %s does not balance", bus_type_name(type));
}

/* Stops and closes it. After a power cut this is what a process that is killed does not do, and
 * nothing that it does reaches the disk. */
static bool end(struct lives *lives, bool killed)
{
    enum bus_status status;
    uint32_t i;

    if (killed)
        disk_cut(lives);
    if (!wait_for_threads(lives, lives->polled ? 1 : 0))
        return false;
    if (!killed)
        (void)bus_audit(lives->bus, 50 * BUS_MILLISECOND, check_account, lives);
    lives->closing = true;
    if (!wait_for_threads(lives, 0))
        return false;
    status = bus_stop(lives->bus, draw(lives, 3) == 0 ? 0 : 10 * BUS_SECOND, NULL);
    if (status != BUS_OK && status != BUS_ERR_TIMEOUT)
        lives_wrong(lives, "bus_stop: %s", bus_last_error());
    for (i = 0; (status = bus_close(&lives->bus)) == BUS_ERR_BUSY && i < 1000; i++)
        bus_simulation_sleep(lives->simulation, BUS_MILLISECOND);
    if (status != BUS_OK)
        lives_wrong(lives, "bus_close: %s", bus_last_error());
    lives->disk.closing = true;
    for (i = 0; lives->disk.runs && i < 1000; i++)
        bus_simulation_sleep(lives->simulation, BUS_MILLISECOND);
    disk_cut(lives);
    return lives->wrong[0] == '\0';
}

static bool live(struct lives *lives)
{
    struct bus_simulation_faults faults;
    bool killed, fine;
    uint32_t i;

    if (draw(lives, 2) == 0) /* nobody is there for a while */
        bus_simulation_sleep(lives->simulation, draw(lives, 200) * BUS_MILLISECOND);
    decide(lives);
    lives->calm = lives->life == lives->life_count;
    if (!disk_begin(lives) || !open_bus(lives) || !lives_attach(lives))
        return false;
    faults = draw_faults(lives);
    if (!lives->calm)
        bus_simulation_inject(lives->simulation, &faults);
    fine = start(lives);
    if (fine && lives->calm)
        fine = come_to_rest(lives);
    else if (fine)
        fine = lives_spawn(lives);
    for (i = draw(lives, 3) == 0 ? 0 : draw(lives, 100); fine && i > 0; i--)
        bus_simulation_sleep(lives->simulation, BUS_MILLISECOND);
    bus_simulation_inject(lives->simulation, NULL);
    killed = !lives->calm && (!lives->disk.power || draw(lives, 2) == 0);
    if (!fine || !end(lives, killed))
        return false;
    lives_check(lives, killed || !lives->disk.power);
    return lives->wrong[0] == '\0';
}

/* ---- all of it ---- */

bool lives_run(struct lives *lives, uint64_t seed, enum sabotage sabotage)
{
    memset(lives, 0, sizeof *lives);
    lives->seed = seed;
    lives->sabotage = sabotage;
    if (bus_simulation_open(
            &lives->simulation,
            &(struct bus_simulation_options){.seed = seed, .most_steps = 20000000}) != BUS_OK) {
        lives_wrong(lives, "bus_simulation_open: %s", bus_last_error());
        return false;
    }
    if (!disk_open(lives))
        return false;
    lives->life_count = 2 + draw(lives, LIVES_MOST - 1);
    for (lives->life = 1; lives->life <= lives->life_count; lives->life++)
        if (!live(lives))
            return false;
    lives->life--;
    lives_check_all(lives);
    disk_close(lives);
    return lives->wrong[0] == '\0';
}
