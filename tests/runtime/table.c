#include "table.h"

static const struct bus_session table_none = {0, 0};

static uint32_t look_up(void *context, const struct bus_message_type *type,
                        struct bus_session session, struct bus_handler *handlers, uint32_t capacity)
{
    struct table *table = context;
    uint32_t i, count = 0;

    atomic_fetch_add(&table->asked, 1);
    pthread_mutex_lock(&table->lock);
    table->session = session;
    for (i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        if (entry->type != type ||
            (entry->session.index != 0 && (entry->session.index != session.index ||
                                           entry->session.generation != session.generation)))
            continue;
        if (count++ < capacity)
            handlers[count - 1] = entry->handler;
    }
    if (table->says_more)
        count++;
    if (table->says_lots)
        count = UINT32_MAX;
    if (table->says_no_one)
        count = 0;
    pthread_mutex_unlock(&table->lock);
    return count;
}

void table_init(struct table *table)
{
    *table = (struct table){.registry = {.context = table, .lookup = look_up}};
    pthread_mutex_init(&table->lock, NULL);
}

void table_free(struct table *table)
{
    pthread_mutex_destroy(&table->lock);
}

void table_add(struct table *table, const struct bus_message_type *type, struct bus_session session,
               struct bus_handler handler)
{
    pthread_mutex_lock(&table->lock);
    if (table->count < TABLE_MAX)
        table->entries[table->count++] = (struct table_entry){type, session, handler};
    pthread_mutex_unlock(&table->lock);
}

bool table_remove(struct table *table, struct bus_handler handler)
{
    bool there = false;
    uint32_t i;

    pthread_mutex_lock(&table->lock);
    for (i = 0; i < table->count && !there; i++)
        if (table->entries[i].handler.bus == handler.bus &&
            table->entries[i].handler.place == handler.place &&
            table->entries[i].handler.generation == handler.generation) {
            there = true;
            memmove(&table->entries[i], &table->entries[i + 1],
                    (--table->count - i) * sizeof table->entries[0]);
        }
    pthread_mutex_unlock(&table->lock);
    return there;
}

enum bus_status table_release(struct table *table, struct bus_handler handler)
{
    (void)table_remove(table, handler);
    return bus_handler_release(handler);
}

enum bus_verdict speak(struct voice *voice, struct bus_delivery *delivery)
{
    journal_add(voice->journal, voice->number);
    if (voice->table != NULL)
        voice->released = table_release(voice->table, voice->own);
    if (voice->fails == 0)
        return BUS_DONE;
    voice->fails--;
    return bus_fail(delivery, &(struct bus_error){.transient = true, .text = "hoarse"});
}

enum bus_verdict on_ticked_voice(void *context, const struct probe_ticked *event,
                                 struct bus_delivery *delivery)
{
    (void)event;
    return speak(context, delivery);
}

enum bus_verdict on_touch_voice(void *context, const struct probe_touch *request,
                                struct bus_delivery *delivery)
{
    (void)request;
    return speak(context, delivery);
}

struct bus *table_open(struct table *table, struct bus_options options)
{
    struct bus *bus;

    table_init(table);
    options.registry = &table->registry;
    options.polled = options.workers == 0;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

void table_finish(struct table *table, struct bus **bus)
{
    finish_bus(bus);
    table_free(table);
}

struct bus_handler table_hear(struct bus *bus, struct table *table, struct voice *voice,
                              struct bus_handler_options options)
{
    struct bus_handler handler = {0};

    options.made = &handler;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_voice, voice, &options), BUS_OK);
    table_add(table, &probe_ticked_type, table_none, handler);
    return handler;
}

struct bus_handler table_answer(struct bus *bus, struct table *table, struct voice *voice,
                                struct bus_session session, bool concurrent)
{
    struct bus_handler handler = {0};

    assert_int_equal(probe_touch_handle(
                         bus, on_touch_voice, voice,
                         &(struct bus_handler_options){.made = &handler, .concurrent = concurrent}),
                     BUS_OK);
    table_add(table, &probe_touch_type, session, handler);
    return handler;
}

enum bus_outcome table_touch(struct bus *bus, struct bus_session session)
{
    struct probe_touch_result result;

    return probe_touch_execute_with(bus, &(struct probe_touch){.number = 1},
                                    &(struct bus_message_options){.session = session}, &result);
}

static bool see(void *context, const struct bus_dead_letter *letter)
{
    struct seen *seen = context;

    seen->number = letter->number;
    seen->letter = *letter;
    if (strlen(letter->handler) < sizeof seen->handler)
        memcpy(seen->handler, letter->handler, strlen(letter->handler) + 1);
    return true;
}

struct seen letter_of(struct bus *bus, uint64_t expected)
{
    struct seen seen = {0};
    uint64_t count = 0;

    assert_int_equal(bus_dead_letters_each(bus, NULL, see, &seen, &count), BUS_OK);
    assert_int_equal(count, expected);
    return seen;
}
