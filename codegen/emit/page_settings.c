/* page_settings.c - what a message's settings mean, a sentence each. */
#include "emit/page.h"
#include "emit/words.h"

static const char *duration(struct page *p, uint64_t ns)
{
    return words_duration(p->e->memory, ns);
}

static const char *count(struct page *p, uint64_t number)
{
    return decimal(p->e->memory, number);
}

static void put_when_full(struct page *p, const struct idl_message *message)
{
    static const char *const sentences[] = {
        [IDL_REJECT_NEW] = "When its lane is full, it is not taken, and who sends it is told.",
        [IDL_DROP_OLDEST] = "When its lane is full, the oldest that waits is dropped.",
        [IDL_BLOCK] = "When its lane is full, who sends it waits for $T at most.",
        [IDL_RATE_LIMIT] = "When its lane is full, who sends it is slowed down.",
        [IDL_DEAD_LETTER] = "When its lane is full, it becomes a dead letter."};

    page_say(p, sentences[message->when_full], 'T', duration(p, message->block_ns), 0);
}

/* What the runtime takes for what is not said (runtime/guard/policy.c); a test compares it with
 * bus/policy.h. */
static const struct idl_policy preset = {.backoff_first_ns = UINT64_C(100000000),
                                         .backoff_most_ns = UINT64_C(10000000000),
                                         .backoff_factor = 2,
                                         .breaker_within_ns = UINT64_C(60000000000),
                                         .breaker_open_ns = UINT64_C(60000000000),
                                         .breaker_probes = 3};

static const char *delay(struct page *p, uint64_t said, uint64_t otherwise)
{
    return duration(p, said != 0 ? said : otherwise);
}

static void put_retries(struct page *p, const struct idl_policy *policy)
{
    static const char *const jitters[] = {[IDL_JITTER_HALF] = ", times something from 0.5 to 1.5",
                                          [IDL_JITTER_FULL] = ", or any time below",
                                          [IDL_JITTER_NONE] = ", exactly"};
    double factor = policy->backoff_factor > 0 ? policy->backoff_factor : preset.backoff_factor;
    const char *budget = "";

    if (policy->by_category)
        page_say(p, "After a failure, the category of the error says how often it is tried again.",
                 0);
    if (policy->retries == 0)
        return;
    if (policy->retry_budget != 0)
        budget = join(p->e->memory, " and ", count(p, policy->retry_budget),
                      " times for 100 calls of the handler", NULL);
    page_say(p,
             "After a transient failure it is tried again, $N times at most$B: the first time "
             "after $F, then after $X times as long, up to $M$J.",
             'N', count(p, policy->retries), 'B', budget, 'F',
             delay(p, policy->backoff_first_ns, preset.backoff_first_ns), 'X',
             words_number(p->e->memory, factor, false), 'M',
             delay(p, policy->backoff_most_ns, preset.backoff_most_ns), 'J',
             jitters[policy->jitter], 0);
}

static void put_breaker(struct page *p, const struct idl_policy *policy)
{
    static const char *const while_open[] = {
        [IDL_ON_OPEN_DEFAULT] = "",
        [IDL_ON_OPEN_FAIL] = " While it is open, it fails.",
        [IDL_ON_OPEN_PARK] = " While it is open, it waits outside of its lane.",
        [IDL_ON_OPEN_DEAD_LETTER] = " While it is open, it becomes a dead letter."};
    uint32_t probes = policy->breaker_probes != 0 ? policy->breaker_probes : preset.breaker_probes;
    const char *name = "A breaker of each handler";

    if (policy->breaker_failures == 0)
        return;
    if (policy->breaker_name != NULL)
        name = join(p->e->memory, "The breaker ", page_code(p, policy->breaker_name), NULL);
    page_say(p, "$B opens after $N failures in $W; $A later $P may try.$O", 'B', name, 'N',
             count(p, policy->breaker_failures), 'W',
             delay(p, policy->breaker_within_ns, preset.breaker_within_ns), 'A',
             delay(p, policy->breaker_open_ns, preset.breaker_open_ns), 'P', count(p, probes), 'O',
             while_open[policy->on_open], 0);
}

static void put_policy(struct page *p, const struct idl_policy *policy)
{
    put_retries(p, policy);
    put_breaker(p, policy);
    if (policy->timeout_ns != 0)
        page_say(p, "A run of a handler that takes longer than $T is a failure.", 'T',
                 duration(p, policy->timeout_ns), 0);
    if (policy->approval_ns != 0)
        page_say(p, "It waits for somebody's approval, for $T at most.", 'T',
                 duration(p, policy->approval_ns), 0);
    if (policy->ordered)
        page_say(p, "While one of a key waits, later ones of that key wait behind it.", 0);
    if (policy->no_dead_letters)
        page_say(p, "What cannot be processed is counted, and not kept.", 0);
}

void page_settings(struct page *p, const struct idl_message *message)
{
    page_say(p, "Priority $P; $S bytes at most.", 'P', words_priorities[message->priority], 'S',
             count(p, message->body.size_max), 0);
    put_when_full(p, message);
    if (message->key != NULL)
        page_say(p, "Those of one $K are delivered in order.", 'K',
                 page_code(p, message->key->decl.name), 0);
    if (message->deadline_ns != 0)
        page_say(p, "Its deadline is $T.", 'T', duration(p, message->deadline_ns), 0);
    if (message->rate != 0)
        page_say(p, "$N in $T are expected.", 'N', count(p, message->rate), 'T',
                 duration(p, message->rate_ns), 0);
    if (message->idempotent)
        page_say(p, "It is idempotent: run twice it does what it does once.", 0);
    if (message->durable)
        page_say(p,
                 "It is durable: on disk before it counts as published, and delivered until its "
                 "handlers have succeeded.",
                 0);
    if (message->keep_last)
        page_say(p, "Only the last of a key counts: one that waits is replaced by a newer one.", 0);
    if (message->policy != NULL)
        put_policy(p, message->policy);
}
