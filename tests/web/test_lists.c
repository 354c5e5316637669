/*
 * What can be listed: the graph of the schema, dead letters, what is scheduled; and that no field
 * marked secret leaves the process, by any address.
 * covers: K5, R19
 */
#include <bus/dead_letters.h>
#include <bus/schedule.h>
#include <bus/schema.h>
#include <bus/store.h>

#include "ageing.h"
#include "faulty.bus.h"
#include "site.h"
#include "wired.bus.h"

/* ---- graph ---- */

static enum bus_verdict on_book(void *context, const struct wired_book *request,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

static enum bus_verdict on_sold(void *context, const struct wired_sold *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_DONE;
}

static void assert_names(json_t *list, const char *const *names, size_t count)
{
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_array_get(list, i)), names[i]);
}

static void graph_is_that_of_the_schema(void **state)
{
    struct site site = site_open(
        &(struct bus_options){.schema = &wired_schema, .missing_handlers_allowed = true}, false);
    const struct wired_booker booker = {.book = on_book, .on_sold = on_sold};
    const struct wired_viewer viewer = {.on_sold = on_sold};
    json_t *graph, *component, *messages, *message;
    int contexts[2];

    (void)state;
    assert_int_equal(wired_booker_attach(site.bus, &booker, NULL), BUS_OK);
    assert_int_equal(wired_viewer_attach(site.bus, &viewer, &contexts[0]), BUS_OK);
    assert_int_equal(wired_viewer_attach(site.bus, &viewer, &contexts[1]), BUS_OK);
    graph = site_json(&site, false, "/graph", 200);
    assert_int_equal(json_array_size(json_object_get(graph, "components")), 2);
    component = list_find(json_object_get(graph, "components"), "name", "wired.booker");
    assert_true(json_is_false(json_object_get(component, "concurrent")));
    assert_names(json_object_get(component, "handles"), (const char *[]){"wired.book"}, 1);
    assert_names(json_object_get(component, "listens"), (const char *[]){"wired.sold"}, 1);
    assert_names(json_object_get(component, "emits"), (const char *[]){"wired.booked"}, 1);
    component = list_find(json_object_get(graph, "components"), "name", "wired.viewer");
    assert_true(json_is_true(json_object_get(component, "concurrent")));
    assert_names(json_object_get(component, "emits"), NULL, 0);
    messages = json_object_get(graph, "messages");
    message = list_find(messages, "name", "wired.sold");
    assert_true(json_is_true(json_object_get(message, "key")));
    assert_true(json_is_false(json_object_get(message, "durable")));
    /* Seen by nobody yet: of the schema, and of what it imports. */
    message = list_find(messages, "name", "wired.sell");
    assert_string_equal(json_string_value(json_object_get(message, "kind")), "command");
    (void)list_find(messages, "name", "probe.ticked");
    for (size_t i = 0; i < json_array_size(messages); i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(
                json_string_value(json_object_get(json_array_get(messages, i), "name")),
                json_string_value(json_object_get(json_array_get(messages, k), "name")));
    json_decref(graph);
    site_close(&site);
}

/* ---- dead letters ---- */

static enum bus_verdict on_odd(void *context, const struct probe_ticked *event,
                               struct bus_delivery *delivery)
{
    (void)context;
    return bus_fail(delivery,
                    &(struct bus_error){.category = event->number % 2 != 0 ? BUS_CATEGORY_AUTH
                                                                           : BUS_CATEGORY_RESOURCE,
                                        .code = (int32_t)event->number,
                                        .text = "odd"});
}

/* Seven letters, numbers 1 to 7, ticked 1 to 7. */
static struct site open_letters(void)
{
    struct site site = site_open(NULL, false);
    static const struct bus_handler_options named = {.name = "probe.odd"};

    assert_int_equal(probe_ticked_subscribe(site.bus, on_odd, NULL, &named), BUS_OK);
    for (uint64_t n = 1; n <= 7; n++)
        tick(site.bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    return site;
}

/* The numbers of those that are listed; `more` as said. */
static void assert_letters(const struct site *site, const char *target, bool more,
                           const uint64_t *numbers, size_t count)
{
    json_t *json = site_json(site, false, target, 200);
    json_t *letters = json_object_get(json, "letters");

    assert_int_equal(json_array_size(letters), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(json_count(json_array_get(letters, i), "number"), numbers[i]);
        assert_null(json_object_get(json_array_get(letters, i), "content"));
    }
    assert_true(json_is_true(json_object_get(json, "more")) == more);
    json_decref(json);
}

static void letters_are_listed(void **state)
{
    struct site site = open_letters();

    (void)state;
    assert_letters(&site, "/dead-letters", false, (uint64_t[]){1, 2, 3, 4, 5, 6, 7}, 7);
    assert_letters(&site, "/dead-letters?limit=3", true, (uint64_t[]){1, 2, 3}, 3);
    assert_letters(&site, "/dead-letters?limit=3&after=3", true, (uint64_t[]){4, 5, 6}, 3);
    assert_letters(&site, "/dead-letters?limit=3&after=6", false, (uint64_t[]){7}, 1);
    assert_letters(&site, "/dead-letters?limit=0", true, NULL, 0);
    assert_letters(&site, "/dead-letters?category=auth", false, (uint64_t[]){1, 3, 5, 7}, 4);
    assert_letters(&site, "/dead-letters?reason=failed&limit=2", true, (uint64_t[]){1, 2}, 2);
    assert_letters(&site, "/dead-letters?reason=expired", false, NULL, 0);
    assert_letters(&site, "/dead-letters?message=probe.ticked&handler=probe.odd&after=5", false,
                   (uint64_t[]){6, 7}, 2);
    assert_letters(&site, "/dead-letters?handler=probe.od%64", false,
                   (uint64_t[]){1, 2, 3, 4, 5, 6, 7}, 7);
    assert_letters(&site, "/dead-letters?message=probe.alarmed", false, NULL, 0);
    site_close(&site);
}

/* What an older program left is shown as it was written: of its version. covers: P9 */
static void a_letter_of_an_older_version_is_read(void **state)
{
    struct bus_memory_store *store = NULL;
    const struct bus_store *table;
    _Alignas(8) uint8_t bytes[256];
    struct site site;
    json_t *letter;

    (void)state;
    age();
    assert_int_equal(bus_memory_store_open(&store, NULL), BUS_OK);
    table = bus_memory_store_table(store);
    assert_true(table->put(table->context,
                           &(struct bus_stored){.kind = BUS_STORED_LETTER,
                                                .message = aged_placed.name,
                                                .type_id = aged_placed_v1.id,
                                                .schema_version = 1,
                                                .reason = BUS_LETTER_FAILED,
                                                .bytes = bytes,
                                                .size = pack_placed1(9, bytes, sizeof bytes)},
                           NULL, NULL));
    site = site_open(&(struct bus_options){.store = table}, false);
    letter = site_json(&site, true, "/dead-letters/1", 200);
    assert_string_equal(json_string_value(json_object_get(letter, "content")),
                        "(132 bytes of a type that is not known here)");
    json_decref(letter);
    assert_int_equal(bus_register(site.bus, &aged_placed, (bus_function)on_odd, NULL, NULL),
                     BUS_OK);
    letter = site_json(&site, true, "/dead-letters/1", 200);
    assert_non_null(strstr(json_string_value(json_object_get(letter, "content")),
                           "customer: \"Ada Lovelace\""));
    assert_int_equal(json_count(letter, "schema_version"), 1);
    assert_true(json_is_null(json_object_get(letter, "schema_fingerprint")));
    json_decref(letter);
    site_close(&site);
    bus_memory_store_close(&store);
}

static void wrong_queries_are_refused(void **state)
{
    static const char *const targets[] = {
        "/dead-letters?limit=1001",
        "/dead-letters?limit=-1",
        "/dead-letters?limit=",
        "/dead-letters?limit=3x",
        "/dead-letters?after=1e3",
        "/dead-letters?reason=lost",
        "/dead-letters?category=no",
        "/dead-letters?limt=3",
        "/schedule?limit=1001",
        "/schedule?id=3",
        "/dead-letters?message=a%00b",
        "/graph?a",
        "/dead-letters?after=18446744073709551616",
    };
    struct site site = open_letters();

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        json_decref(site_json(&site, false, targets[i], 400));
    json_decref(site_json(&site, false, "/%00", 404));
    json_decref(site_json(&site, false, "/status%00x", 404));
    json_decref(site_json(&site, false, "/dead-letters/8", 404));
    json_decref(site_json(&site, false, "/dead-letters/0", 404));
    json_decref(site_json(&site, false, "/dead-letters/18446744073709551615", 404));
    json_decref(site_json(&site, false, "/dead-letters/18446744073709551616", 404));
    json_decref(site_json(&site, false, "/dead-letters/1/", 404));
    json_decref(site_json(&site, false, "/dead-letters/", 404));
    site_close(&site);
}

static void one_letter(void **state)
{
    struct site site = open_letters();
    json_t *letter = site_json(&site, false, "/dead-letters/5", 200);

    (void)state;
    assert_int_equal(json_count(letter, "number"), 5);
    assert_string_equal(json_string_value(json_object_get(letter, "message")), "probe.ticked");
    assert_string_equal(json_string_value(json_object_get(letter, "handler")), "probe.odd");
    assert_string_equal(json_string_value(json_object_get(letter, "reason")), "failed");
    assert_string_equal(json_string_value(json_object_get(letter, "category")), "auth");
    assert_string_equal(json_string_value(json_object_get(letter, "text")), "odd");
    assert_int_equal(json_count(letter, "code"), 5);
    assert_int_equal(json_count(letter, "attempts"), 1);
    assert_int_equal(json_count(letter, "schema_version"),
                     bus_type_schema_version(&probe_ticked_type));
    assert_int_equal(strlen(json_string_value(json_object_get(letter, "schema_fingerprint"))), 16);
    assert_int_equal(json_string_length(json_object_get(letter, "id")), 36);
    assert_null(json_object_get(letter, "content"));
    json_decref(letter);
    letter = site_json(&site, true, "/dead-letters/5", 200);
    assert_string_equal(json_string_value(json_object_get(letter, "content")),
                        "ticked { number: 5, origin: 0 }");
    json_decref(letter);
    site_close(&site);
}

/* ---- schedule ---- */

/* covers: K5 */
static void the_soonest_come_first(void **state)
{
    struct site site = site_open(NULL, false);
    json_t *json, *list;

    (void)state;
    for (uint64_t n = 0; n < 200; n++) { /* in an order that is neither */
        const struct bus_schedule when = {.after_ns = (1000 + n * 77 % 200) * 60 * BUS_SECOND};

        assert_int_equal(probe_ticked_schedule(
                             site.bus, &(struct probe_ticked){.number = n * 77 % 200}, &when, NULL),
                         BUS_OK);
    }
    assert_int_equal(probe_lazed_schedule(site.bus, &(struct probe_lazed){.number = 9},
                                          &(struct bus_schedule){.every_ns = 3600 * BUS_SECOND},
                                          NULL),
                     BUS_OK);
    json = site_json(&site, true, "/schedule?message=probe.ticked&limit=60", 200);
    list = json_object_get(json, "scheduled");
    assert_true(json_is_true(json_object_get(json, "more")));
    assert_int_equal(json_array_size(list), 60);
    for (size_t i = 0; i < 60; i++) {
        char content[64];

        (void)snprintf(content, sizeof content, "ticked { number: %zu, origin: 0 }", i);
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "content")),
                            content);
    }
    assert_true(json_is_string(json_object_get(json_array_get(list, 0), "id")));
    json_decref(json);
    json = site_json(&site, false, "/schedule?message=probe.lazed", 200);
    list = json_object_get(json, "scheduled");
    assert_true(json_is_false(json_object_get(json, "more")));
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(json_count(json_array_get(list, 0), "every_ms"), 3600000);
    assert_null(json_object_get(json_array_get(list, 0), "content"));
    json_decref(json);
    site_close(&site);
}

/* ---- secrets ---- */

static const char canary[] = "CANARY-7319-4400";

static enum bus_verdict on_fussed(void *context, const struct faulty_logged_in *event,
                                  struct bus_delivery *delivery)
{
    char text[128];

    (void)context;
    (void)event;
    (void)snprintf(text, sizeof text, "cannot charge %s today", canary);
    return bus_fail(delivery, &(struct bus_error){.severity = BUS_SEVERITY_CRITICAL, .text = text});
}

/* covers: R19 */
static void no_secret_is_told(void **state)
{
    static const char *const targets[] = {
        "/",       "/metrics", "/metrics.json", "/livez",          "/readyz",  "/healthz?verbose",
        "/status", "/graph",   "/dead-letters", "/dead-letters/1", "/schedule"};
    struct site site = site_open(NULL, false);
    const struct faulty_logged_in event = {.word = bus_cstr(canary)};
    bool hidden = false;

    (void)state;
    assert_int_equal(faulty_logged_in_subscribe(site.bus, on_fussed, NULL, NULL), BUS_OK);
    assert_int_equal(
        faulty_logged_in_schedule(site.bus, &event,
                                  &(struct bus_schedule){.after_ns = 3600 * BUS_SECOND}, NULL),
        BUS_OK);
    assert_int_equal(faulty_logged_in_publish(site.bus, &event), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(site.bus, PATIENCE), BUS_OK);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        for (int local = 0; local < 2; local++) {
            struct reply reply = client_get(site.port, local ? site.socket : NULL, targets[i]);

            assert_in_range(reply.status, 200, 503);
            if (strstr(reply.body, canary) != NULL)
                fail_msg("%s tells it: %s", targets[i], reply.body);
            hidden = hidden || strstr(reply.body, "cannot charge *** today") != NULL;
            reply_free(&reply);
        }
    assert_true(hidden);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph_is_that_of_the_schema),
        cmocka_unit_test(letters_are_listed),
        cmocka_unit_test(a_letter_of_an_older_version_is_read),
        cmocka_unit_test(wrong_queries_are_refused),
        cmocka_unit_test(one_letter),
        cmocka_unit_test(the_soonest_come_first),
        cmocka_unit_test(no_secret_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
