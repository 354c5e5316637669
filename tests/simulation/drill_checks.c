/* drill_checks.c - see drill.h: what must hold when all is over. */
#include "drill.h"

/* Runs that a policy allows; a replay may use them up again. */
static uint32_t runs_allowed(const struct drill *drill, enum kind kind)
{
    const struct bus_policy *policy = bus_type_policy(drill_type(kind));

    /* A fault of category connection is tried three times more. */
    return ((policy->by_category ? 3 : policy->retries) + 1) * (drill->replays + 1);
}

static void check_kind(struct drill *drill, enum kind kind)
{
    const char *name = bus_type_name(drill_type(kind));
    struct bus_account account = {0};
    uint64_t sure = 0, perhaps = 0, begun = 0;
    uint32_t i;

    if (bus_account(drill->bus, drill_type(kind), &account) != BUS_OK ||
        !bus_account_balances(&account))
        drill_wrong(drill, "the account of %s does not balance", name);
    if (account.held != 0 || account.running != 0 || account.left != 0)
        drill_wrong(drill, "%s: %u held, %u running, %u left", name, (unsigned)account.held,
                    (unsigned)account.running, (unsigned)account.left);
    /* A replay is accepted, too. */
    drill->again += account.accepted - drill->accepted[kind];
    if (account.accepted < drill->accepted[kind] ||
        (account.accepted > drill->accepted[kind] && drill->replays == 0))
        drill_wrong(drill, "%s: %u accepted, not %u", name, (unsigned)account.accepted,
                    (unsigned)drill->accepted[kind]);
    for (i = 0; i < NUMBERS; i++) {
        const struct message_record *record = &drill->messages[kind][i];
        bool all = record->by[0].ok != 0 && record->by[1].ok != 0;

        sure += all && !record->of_session;
        perhaps += all && record->of_session;
        begun += record->by[1].runs != 0;
        if (!record->accepted && (record->by[0].runs != 0 || record->by[1].runs != 0))
            drill_wrong(drill, "%s %u was run, but never accepted", name, i);
        if (record->by[0].runs > runs_allowed(drill, kind) ||
            (kind != KIND_slow && kind != KIND_spill &&
             (record->by[0].ok > 1 || record->by[1].runs > 1)))
            drill_wrong(drill, "%s %u was run %u times", name, i, record->by[0].runs);
    }
    if (kind == KIND_urgent) /* two letters of one message are run again each by itself */
        perhaps += drill->screened;
    if (kind != KIND_slow && (account.processed < sure || account.processed > sure + perhaps))
        drill_wrong(drill, "%s: %u processed, not %u to %u", name, (unsigned)account.processed,
                    (unsigned)sure, (unsigned)(sure + perhaps));
    if (account.processed + account.failed < begun)
        drill_wrong(drill, "%s: %u ended, %u were run", name,
                    (unsigned)(account.processed + account.failed), (unsigned)begun);
}

static void check_letters(struct drill *drill)
{
    struct bus_dead_letter_figures figures;
    uint64_t ended;

    if (bus_dead_letter_figures_read(drill->bus, &figures) != BUS_OK ||
        figures.added != figures.replayed + figures.purged + figures.evicted + figures.waiting)
        drill_wrong(drill, "the dead letters do not balance");
    /* One that goes for a newer one while it runs is not counted as replayed. */
    ended = figures.replayed + figures.failed_again;
    if (drill->again < ended || drill->again > ended + figures.evicted + drill->asks_cancelled)
        drill_wrong(drill, "%u messages were accepted again, %u letters run again",
                    (unsigned)drill->again, (unsigned)ended);
}

static void check_command(struct drill *drill, const struct bus_message_type *type,
                          uint64_t accepted)
{
    struct bus_account account = {0};

    if (bus_account(drill->bus, type, &account) != BUS_OK || !bus_account_balances(&account) ||
        account.held != 0 || account.running != 0 || account.left != 0)
        drill_wrong(drill, "the account of %s does not balance", bus_type_name(type));
    drill->again += account.accepted - accepted;
}

void drill_check(struct drill *drill)
{
    struct bus_account account = {0};
    struct bus_stats stats = {0};
    uint32_t kind;

    for (kind = 0; kind < KINDS; kind++)
        check_kind(drill, (enum kind)kind);
    check_command(drill, &drill_ask_type, drill->asks_accepted + drill->asks_awaited);
    if (drill->asks_completed != drill->asks_awaited)
        drill_wrong(drill, "%u asks were queued, %u completed", (unsigned)drill->asks_awaited,
                    (unsigned)drill->asks_completed);
    check_command(drill, &drill_look_type, drill->looks_accepted);
    drill_check_sessions(drill);
    drill_check_plans(drill);
    drill_check_pipeline(drill);
    check_letters(drill);
    if (bus_account(drill->bus, NULL, &account) != BUS_OK || !bus_account_balances(&account))
        drill_wrong(drill, "the sum of all accounts does not balance");
    if (account.calls != drill->runs)
        drill_wrong(drill, "%u runs are counted, there were %u", (unsigned)account.calls,
                    (unsigned)drill->runs);
    if (bus_stats(drill->bus, &stats) != BUS_OK || stats.pool_bytes_used != 0 ||
        stats.active_sessions != 0)
        drill_wrong(drill, "%u bytes of the pool are not given back, %u sessions are open",
                    (unsigned)stats.pool_bytes_used, (unsigned)stats.active_sessions);
}
