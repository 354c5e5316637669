/*
 * words.c - see words.h.
 *
 * A false alarm costs more than a name that goes unnoticed, so a name is found fault with for what
 * is known to be wrong, not for what is unknown. An event is told by a word in the past, regular
 * (-ed) or one of the list, wherever it stands: order_placed, paid_by_card, was_lost; or by a state
 * at its end: battery_low. A command is
 * right unless it begins with what is no order: a past (created_user), what goes on
 * (creating_user), he, she, it (creates_user), or a thing that something is done to (user_create),
 * or is nothing but a thing (user_registration).
 *
 * Words are separated by spaces in the lists; a name has a handful, so looking through them is
 * enough.
 */
#include "words.h"

#include <stdio.h>
#include <string.h>

/* Past and participle of verbs that have their own. */
static const char pasts[] =
    " arisen arose ate awoke awoken beaten became been began begun bent bit bitten bled blew blown "
    "bore born borne bought bound bred broke broken brought built burnt caught chose chosen clung "
    "crept dealt did done dove drank drawn dreamt drew driven drove drunk dug eaten fallen fed "
    "fell "
    "felt fled flew flown flung forbade forbidden forgave forgiven forgot forgotten fought found "
    "froze frozen gave given gone got gotten grew ground grown had heard held hid hidden hung kept "
    "knelt knew known laid lain leapt learnt led left lent lit lost made meant met mistaken misled "
    "paid proven ran rang risen rode ridden rose rung said sang sank sat saw seen sent sewn shaken "
    "shaved shone shook shot shown shrank shrunk slain slept slid slung smelt sold sought sown "
    "sped "
    "spelt spent spilt spoke spoken spoilt sprang sprung spun stole stolen stood struck "
    "stricken strode strung stuck stung stunk sung sunk swam swept swollen swore sworn swum swung "
    "taken taught thought threw thrown told took tore torn trod trodden understood underwent went "
    "were woke woken won wore worn wound wove woven written wrote wrung ";
/* These are their own past: told by what follows. */
static const char both[] =
    " beat become bet bid burst cast come cost cut fit hit hurt let put quit "
    "read rid run set shed shut split spread thrust upset wed wet ";
/* Past of one verb, base of another, or an adverb before an order (left_align). */
static const char also_base[] = " bore bound fell found ground laid led left lit rose saw shot "
                                "wound born felt ";
static const char particles[] = " aside away back by down forward in off on out over through up ";
/* What became so, as battery_low, payment_due. */
static const char states[] = " absent alive available dead down due empty full high idle late low "
                             "missing offline online overdue present ready unavailable up ";
static const char no_pasts[] =
    " abed aged bed biped bleed breed creed deed embed exceed feed greed hatred heed "
    "hundred indeed kindred moped naked need newsfeed outlet output outset proceed red reed "
    "sacred seed shred sled speed steed succeed tweed weed wicked infrared ";
static const char prefixes[][8] = {"re",   "un",  "over", "under", "out",  "mis",   "pre",
                                   "with", "for", "up",   "down",  "fore", "broad", "hand",
                                   "auto", "co",  "de",   "inter", "sub"};

/* What is done to things so often that the thing stands first by mistake, with its past. */
static const struct {
    const char *base;
    const char *past;
} verbs[] = {
    {"accept", "accepted"},
    {"activate", "activated"},
    {"add", "added"},
    {"allocate", "allocated"},
    {"approve", "approved"},
    {"archive", "archived"},
    {"assign", "assigned"},
    {"authorize", "authorized"},
    {"calculate", "calculated"},
    {"cancel", "cancelled"},
    {"capture", "captured"},
    {"change", "changed"},
    {"clear", "cleared"},
    {"close", "closed"},
    {"complete", "completed"},
    {"compute", "computed"},
    {"confirm", "confirmed"},
    {"connect", "connected"},
    {"create", "created"},
    {"deactivate", "deactivated"},
    {"delete", "deleted"},
    {"deliver", "delivered"},
    {"deploy", "deployed"},
    {"destroy", "destroyed"},
    {"disable", "disabled"},
    {"disconnect", "disconnected"},
    {"enable", "enabled"},
    {"execute", "executed"},
    {"expire", "expired"},
    {"export", "exported"},
    {"fetch", "fetched"},
    {"finish", "finished"},
    {"generate", "generated"},
    {"import", "imported"},
    {"insert", "inserted"},
    {"install", "installed"},
    {"invite", "invited"},
    {"lock", "locked"},
    {"measure", "measured"},
    {"modify", "modified"},
    {"move", "moved"},
    {"notify", "notified"},
    {"open", "opened"},
    {"pay", "paid"},
    {"place", "placed"},
    {"process", "processed"},
    {"publish", "published"},
    {"receive", "received"},
    {"register", "registered"},
    {"reject", "rejected"},
    {"release", "released"},
    {"remove", "removed"},
    {"rename", "renamed"},
    {"replace", "replaced"},
    {"reserve", "reserved"},
    {"restart", "restarted"},
    {"restore", "restored"},
    {"retrieve", "retrieved"},
    {"save", "saved"},
    {"send", "sent"},
    {"ship", "shipped"},
    {"start", "started"},
    {"stop", "stopped"},
    {"submit", "submitted"},
    {"subscribe", "subscribed"},
    {"suspend", "suspended"},
    {"terminate", "terminated"},
    {"unlock", "unlocked"},
    {"unregister", "unregistered"},
    {"unsubscribe", "unsubscribed"},
    {"update", "updated"},
    {"upload", "uploaded"},
    {"validate", "validated"},
    {"verify", "verified"},
};
/* More verbs, for who does it (sends_mail) and what goes on (sending_mail). */
static const char more_verbs[] =
    " adjust apply ask attach begin block book bring build call charge check choose collect "
    "configure convert copy count cut debit define detach do download draw drop emit end enter "
    "estimate evaluate fail fill filter find fire follow forward get give go grant handle hide "
    "hold "
    "keep launch leave link list load log login logout make mark merge need note order pack pause "
    "perform pick play post prepare price print pull purchase push put queue read rebuild record "
    "refresh refund refuse render renew repeat report request reset resolve resume retry return "
    "revoke rotate run schedule search see sell set show sign solve sort split store switch sync "
    "take tell track transfer trigger turn undo use view wait wake walk warn watch weigh withdraw "
    "write ";
static const char no_gerunds[] = " bring ring sing ping string sting swing fling spring wring king "
                                 "sling cling wing ding zing being thing bling ";
/* Things that are nothing else, ... */
static const char things[] =
    " account accounts actuator admin album alarms alert_rule article articles asset assets audio "
    "bank basket battery camera car cart category certificate client cluster company component "
    "config configuration connection container coupon course customer customers data database "
    "department device devices doctor door driver employee employees entity firmware flight folder "
    "gateway guest heater host hotel inventory invoice invoices item items job jobs lamp "
    "license_key "
    "loan member members membership metadata module motor namespace network node nodes object "
    "option "
    "organization owner parcel password patient payment payments people person photo pipeline "
    "playlist plugin policy product products profile project property pump queue_entry recipe "
    "resource robot role room row sensor sensors server session sessions settings shipment sku "
    "snapshot song stock student subscription supplier task tasks team tenant thermostat thread "
    "ticket tickets timer token tokens topic transaction transactions trip user users valve "
    "vehicle "
    "vendor voucher wallet warehouse widget zone ";
/* ... and those that can be done, too; a thing before one of the verbs above. */
static const char doings[] = " address alarm backup book card comment document email event file "
                             "group image key label light mail message order post price record "
                             "report service tag video ";

/* Of the verbs above, what is done to such a doing: document_change may mean to document it. */
static const char deeds[] = " change export finish import install lock move open place process "
                            "release start stop upload ";

/* ---- lists ---- */

static bool is_in(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strstr(list, word); at && size; at = strstr(at + 1, word))
        if (at[-1] == ' ' && at[size] == ' ')
            return true;
    return false;
}

static bool ends_with(const char *word, const char *end)
{
    size_t size = strlen(word);
    size_t end_size = strlen(end);

    return size >= end_size && strcmp(word + size - end_size, end) == 0;
}

static const char *past_of(const char *base)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].base, base) == 0)
            return verbs[i].past;
    return NULL;
}

static const char *base_of(const char *past)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].past, past) == 0)
            return verbs[i].base;
    return strcmp(past, "canceled") == 0 ? "cancel" : NULL;
}

static bool is_verb(const char *word)
{
    return past_of(word) || is_in(more_verbs, word);
}

void words_split(struct words *words, const char *name)
{
    char *at = words->text;

    words->count = 0;
    snprintf(words->text, sizeof words->text, "%s", name);
    while (at && words->count < WORDS_MAX) {
        words->items[words->count++] = at;
        at = strchr(at, '_');
        if (at)
            *at++ = '\0';
    }
}

/* ---- the past ---- */

/* rewritten, overrun, withdrawn */
static bool is_past_with(const char *list, const char *word)
{
    if (is_in(list, word))
        return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t size = strlen(prefixes[i]);

        if (strncmp(word, prefixes[i], size) == 0 && is_in(list, word + size))
            return true;
    }
    return false;
}

static bool is_clear_past(const char *word)
{
    if (is_in(no_pasts, word))
        return is_in(pasts, word);
    return (strlen(word) > 3 && ends_with(word, "ed")) || is_past_with(pasts, word);
}

bool words_tell_past(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];

        if (is_clear_past(word))
            return true;
        /* price_set, shut_down, read; not set_price */
        if (!is_in(no_pasts, word) && is_past_with(both, word) &&
            (i > 0 || words->count == 1 || is_in(particles, words->items[1])))
            return true;
    }
    return words->count > 1 && is_in(states, words->items[words->count - 1]);
}

/* ---- orders ---- */

static bool is_gerund(const char *word)
{
    return strlen(word) > 4 && ends_with(word, "ing") && !is_in(no_gerunds, word);
}

/* The verb that someone does: creates, watches, applies. */
static bool is_third_person(const char *word)
{
    char base[WORDS_BYTES];
    size_t size = strlen(word);

    if (size < 3 || !ends_with(word, "s") || is_verb(word))
        return false;
    memcpy(base, word, size + 1);
    base[size - 1] = '\0';
    if (is_verb(base))
        return true;
    if (ends_with(word, "es")) {
        base[size - 2] = '\0';
        if (is_verb(base))
            return true;
    }
    if (!ends_with(word, "ies"))
        return false;
    base[size - 3] = 'y';
    base[size - 2] = '\0';
    return is_verb(base);
}

static bool has_verb(const struct words *words)
{
    for (size_t i = 1; i < words->count; i++)
        if (is_verb(words->items[i]))
            return true;
    return false;
}

bool words_order(const struct words *words)
{
    const char *first = words->items[0];
    const char *last = words->items[words->count - 1];

    if (is_clear_past(first) && !is_in(also_base, first))
        return false;
    if (is_gerund(first) || is_third_person(first))
        return false;
    if (words->count > 1 && is_in(things, first) && (past_of(last) || is_clear_past(last)))
        return false;
    if (words->count > 1 && is_in(doings, first) &&
        ((past_of(last) && !is_in(deeds, last)) || is_clear_past(last)))
        return false;
    if (!is_in(things, first))
        return !(words->count == 1 && strlen(first) > 6 &&
                 (ends_with(first, "ation") || ends_with(first, "ption")));
    return has_verb(words);
}

/* ---- the same otherwise ---- */

/* All words but `without`, and `first` before or `last` behind them. */
static void join(const struct words *words, size_t without, const char *first, const char *last,
                 char text[2 * WORDS_BYTES])
{
    size_t size = 0;

    text[0] = '\0';
    if (first)
        size = (size_t)snprintf(text, 2 * WORDS_BYTES, "%s", first);
    for (size_t i = 0; i < words->count; i++)
        if (i != without)
            size += (size_t)snprintf(text + size, 2 * WORDS_BYTES - size, "%s%s", size ? "_" : "",
                                     words->items[i]);
    if (last)
        snprintf(text + size, 2 * WORDS_BYTES - size, "%s%s", size ? "_" : "", last);
}

bool words_as_event(const struct words *words, char text[2 * WORDS_BYTES])
{
    size_t last = words->count - 1;

    if (words->count < 2)
        return false;
    if (past_of(words->items[0]))
        join(words, 0, NULL, past_of(words->items[0]), text);
    else if (past_of(words->items[last]))
        join(words, last, NULL, past_of(words->items[last]), text);
    else
        return false;
    return true;
}

/* The base of a word of the list in any form; NULL: none. */
static const char *any_base(const char *word)
{
    const char *base = past_of(word) ? word : base_of(word);

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !base; i++) {
        size_t size = strlen(verbs[i].base);

        if (strncmp(word, verbs[i].base, size) == 0 &&
            (strcmp(word + size, "s") == 0 || strcmp(word + size, "ing") == 0))
            base = verbs[i].base;
        else if (strncmp(word, verbs[i].base, size - 1) == 0 && ends_with(verbs[i].base, "e") &&
                 strcmp(word + size - 1, "ing") == 0)
            base = verbs[i].base;
    }
    return base;
}

bool words_as_command(const struct words *words, char text[2 * WORDS_BYTES])
{
    size_t last = words->count - 1;

    if (words->count < 2)
        return false;
    if (any_base(words->items[0]))
        join(words, 0, any_base(words->items[0]), NULL, text);
    else if (any_base(words->items[last]))
        join(words, last, any_base(words->items[last]), NULL, text);
    else
        return false;
    return true;
}
