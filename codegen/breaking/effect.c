/*
 * effect.c - what comes of one message, before and now, when it is treated otherwise.
 *
 * The message is one that both take: it is packed by the older and read by the newer, and its key
 * is what each of them reads as its key.
 */
#include "breaking/internal.h"
#include "breaking/sample.h"

#include "codec/codec.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

static const struct idl_policy nothing;

/* One side of the comparison. */
struct view {
    struct breaking *b;
    const struct idl_message *message;
    const struct idl_message *other;
    const struct idl_policy *policy;
    const struct idl_policy *others;
    const char *key; /* "order_id = 7"; NULL: it has none */
};

/* A time between what one side says and what the other does, so that it tells them apart. */
static const char *between(const struct view *v, uint64_t own, uint64_t other)
{
    uint64_t low = own < other ? own : other;
    uint64_t high = own < other ? other : own;

    return breaking_duration(v->b, low == 0 ? high * 2 : low + (high - low) / 2);
}

static uint64_t middle(uint64_t own, uint64_t other)
{
    uint64_t low = own < other ? own : other;
    uint64_t high = own < other ? other : own;

    return low == 0 ? high * 2 : low + (high - low) / 2;
}

static const char *key_text(const struct view *v)
{
    return v->key != NULL ? join(v->b->memory, "comes in order among those with ", v->key, NULL)
                          : "comes in order among those of its sender only";
}

static const char *priority_text(const struct view *v)
{
    static const char *const lanes[] = {"critical", "high", "normal", "low", "idle"};

    return join(v->b->memory, "lands in the lane '", lanes[v->message->priority], "'", NULL);
}

static const char *full_text(const struct view *v)
{
    switch (v->message->when_full) {
    case IDL_DROP_OLDEST:
        return "is taken, and the oldest one that waits is lost";
    case IDL_BLOCK:
        return join(v->b->memory, "waits for room, ", breaking_duration(v->b, v->message->block_ns),
                    " at most", NULL);
    case IDL_RATE_LIMIT:
        return "slows its sender down";
    case IDL_DEAD_LETTER:
        return "becomes a dead letter";
    default:
        return "is refused";
    }
}

static const char *deadline_text(const struct view *v)
{
    uint64_t own = v->message->deadline_ns;
    uint64_t at = middle(own, v->other->deadline_ns);

    return own != 0 && own < at ? "has expired" : "is handled";
}

/* Runs of a handler that always fails. */
static const char *retry_text(const struct view *v)
{
    struct memory *memory = v->b->memory;
    const struct idl_policy *p = v->policy;
    double factor = p->backoff_factor != 0 ? p->backoff_factor : 2;
    double wait = p->backoff_most_ns != 0 ? (double)p->backoff_first_ns : 100e6;
    double most = p->backoff_most_ns != 0 ? (double)p->backoff_most_ns : 10e9;
    double all = 0;

    for (uint32_t i = 0; i < p->retries; i++) {
        all += (wait < most ? wait : most);
        wait *= factor;
    }
    return join(memory, "is run ", decimal(memory, (uint64_t)p->retries + 1),
                p->retries != 0 ? " times, with pauses of " : " time",
                p->retries != 0 ? breaking_duration(v->b, (uint64_t)(all / 1e6) * 1000000U) : "",
                p->retries != 0 ? " in all" : "",
                p->retry_budget != 0 ? ", within a budget of " : "",
                p->retry_budget != 0 ? decimal(memory, p->retry_budget) : "", NULL);
}

static const char *breaker_text(const struct view *v)
{
    struct memory *memory = v->b->memory;
    const struct idl_policy *p = v->policy;

    if (p->breaker_failures == 0)
        return "is handled";
    return join(
        memory, "finds the breaker ", p->breaker_name != NULL ? p->breaker_name : "of its handler",
        " open when ", decimal(memory, p->breaker_failures), " failed within ",
        breaking_duration(v->b, p->breaker_within_ns), p->breaker_open_ns != 0 ? ", for " : "",
        p->breaker_open_ns != 0 ? breaking_duration(v->b, p->breaker_open_ns) : "", NULL);
}

static const char *timeout_text(const struct view *v)
{
    uint64_t at = middle(v->policy->timeout_ns, v->others->timeout_ns);

    return v->policy->timeout_ns != 0 && v->policy->timeout_ns < at ? "has failed" : "succeeds";
}

static const char *approval_text(const struct view *v)
{
    return v->policy->approval_ns != 0
               ? join(v->b->memory, "waits for a yes, ",
                      breaking_duration(v->b, v->policy->approval_ns), " at most", NULL)
               : "runs at once";
}

static const char *rate_text(const struct view *v)
{
    return v->message->rate != 0
               ? join(v->b->memory, "is one of ", decimal(v->b->memory, v->message->rate),
                      " that may come in ", breaking_duration(v->b, v->message->rate_ns), NULL)
               : "is one of nobody says how many";
}

static const char *kind_text(const struct view *v)
{
    switch (v->message->kind) {
    case IDL_COMMAND:
        return "is a command: one handler, an answer";
    case IDL_SYSTEM_EVENT:
        return "is a system event, and stays in the process";
    case IDL_INTEGRATION_EVENT:
        return "is an integration event, and leaves the process";
    default:
        return "is a domain event, and stays in the process";
    }
}

static const char *effect(const struct view *v, enum breaking_rule_id rule)
{
    switch (rule) {
    case BREAKING_KEY:
        return key_text(v);
    case BREAKING_PRIORITY:
        return priority_text(v);
    case BREAKING_OVERFLOW:
        return full_text(v);
    case BREAKING_DEADLINE:
        return deadline_text(v);
    case BREAKING_IDEMPOTENCE:
        return v->message->idempotent ? "may be sent once more" : "must not be sent once more";
    case BREAKING_DURABILITY:
        return v->message->durable ? "is delivered by the next one" : "is lost";
    case BREAKING_KEEP_LAST:
        return v->message->keep_last ? "is replaced" : "is handled, too";
    case BREAKING_RETRY:
        return retry_text(v);
    case BREAKING_RECOVERY:
        return v->policy->by_category ? "is tried again as the category says" : retry_text(v);
    case BREAKING_BREAKER:
        return breaker_text(v);
    case BREAKING_TIMEOUT:
        return timeout_text(v);
    case BREAKING_APPROVAL:
        return approval_text(v);
    case BREAKING_ORDERED:
        return v->policy->ordered ? "waits" : "overtakes";
    case BREAKING_DEAD_LETTERS:
        return v->policy->no_dead_letters ? "is counted, and gone" : "becomes a dead letter";
    case BREAKING_RATE:
        return rate_text(v);
    default:
        return kind_text(v);
    }
}

/* When it is, that the two differ. */
static const char *occasion(const struct view *v, enum breaking_rule_id rule)
{
    struct memory *memory = v->b->memory;

    switch (rule) {
    case BREAKING_OVERFLOW:
        return ", its lane being full";
    case BREAKING_DEADLINE:
        return join(memory, ", ", between(v, v->message->deadline_ns, v->other->deadline_ns),
                    " after it was sent", NULL);
    case BREAKING_IDEMPOTENCE:
        return ", its answer being lost";
    case BREAKING_DURABILITY:
        return ", the process ending before it is handled";
    case BREAKING_KEEP_LAST:
        return ", while it waits and a newer one of its key comes";
    case BREAKING_RETRY:
        return ", its handler failing each time";
    case BREAKING_RECOVERY:
        return ", its handler failing";
    case BREAKING_TIMEOUT:
        return join(memory, ", its handler taking ",
                    between(v, v->policy->timeout_ns, v->others->timeout_ns), NULL);
    case BREAKING_ORDERED:
        return ", while an earlier one of its key is tried again";
    case BREAKING_DEAD_LETTERS:
        return ", its handler failing for good";
    default:
        return "";
    }
}

/* "order_id = 7", as the reader reads it; NULL: no key, or the bytes are refused. */
static const char *read_key(struct memory *memory, const struct idl_message *message,
                            const uint8_t *bytes, size_t size)
{
    struct codec_options options = {.compact = true};
    struct codec_error error;
    char *json;
    char *value;
    json_t *document;
    const char *text;
    enum codec_status status;

    if (message->key == NULL)
        return NULL;
    status = codec_decode(&message->body, bytes, size, &options, &json, &error);
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    if (status != CODEC_OK)
        return NULL;
    document = must_load_json(json, strlen(json), JSON_ALLOW_NUL, NULL);
    free(json);
    if (document == NULL)
        out_of_memory();
    value = json_dumps(json_object_get(document, message->key->decl.name),
                       JSON_ENCODE_ANY | JSON_COMPACT);
    if (value == NULL)
        out_of_memory();
    text = join(memory, message->key->decl.name, " = ", value, NULL);
    free(value);
    json_decref(document);
    return text;
}

static const struct idl_policy *policy_of(const struct idl_message *message)
{
    return message->policy != NULL ? message->policy : &nothing;
}

const char *breaking_effect(struct memory *memory, const struct breaking_finding *finding)
{
    enum breaking_rule_id rule = (enum breaking_rule_id)(finding->rule - breaking_rule_table);
    const struct idl_message *before = finding->old_message;
    const struct idl_message *now = finding->new_message;
    struct breaking b = {.memory = memory};
    struct view older = {&b, before, now, policy_of(before), policy_of(now), NULL};
    struct view newer = {&b, now, before, policy_of(now), policy_of(before), NULL};
    struct codec_error error;
    struct sample sample;
    const char *text = NULL;
    const char *effects[2];
    uint8_t *bytes = NULL;
    size_t size;
    enum codec_status status = CODEC_REFUSED;

    if (sample_message(&sample, before))
        status =
            codec_encode(&before->body, sample.json.data, sample.json.size, &bytes, &size, &error);
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    if (status == CODEC_OK) {
        older.key = read_key(memory, before, bytes, size);
        newer.key = read_key(memory, now, bytes, size);
        effects[0] = finding->effects[0] != NULL ? finding->effects[0] : effect(&older, rule);
        effects[1] = finding->effects[1] != NULL ? finding->effects[1] : effect(&newer, rule);
        if (strcmp(effects[0], effects[1]) != 0)
            text = join(memory, sample.shown.data, occasion(&older, rule), ": with the older it ",
                        effects[0], "; with the newer it ", effects[1], NULL);
    }
    free(bytes);
    sample_free(&sample);
    return text;
}
