/*
 * test_words.c - names of commands and events: common ones are right, wrong ones are found, and
 * what is proposed instead is right itself. covers: A7
 */
#include "support.h"
#include "words.h"

static const char *const good_events[] = {
    "user_created",
    "order_placed",
    "order_cancelled",
    "order_canceled",
    "order_shipped",
    "payment_received",
    "payment_refused",
    "invoice_paid",
    "invoice_sent",
    "password_changed",
    "password_reset",
    "email_sent",
    "message_read",
    "message_unread_counted",
    "file_written",
    "file_overwritten",
    "file_rewritten",
    "session_started",
    "session_ended",
    "stock_changed",
    "stock_ran_out",
    "item_sold",
    "item_sold_out",
    "item_added_to_cart",
    "cart_emptied",
    "price_set",
    "price_cut",
    "alarm_raised",
    "alarm_went_off",
    "door_opened",
    "door_left_open",
    "door_shut",
    "shut_down",
    "pump_shut_off",
    "light_lit",
    "motor_spun_up",
    "job_done",
    "job_run",
    "task_begun",
    "battery_low",
    "payment_due",
    "invoice_overdue",
    "device_offline",
    "server_up",
    "link_down",
    "tank_full",
    "data_ready",
    "config_loaded",
    "config_reloaded",
    "connection_lost",
    "connection_made",
    "device_found",
    "device_seen",
    "sensor_read",
    "temperature_measured",
    "threshold_exceeded",
    "limit_reached",
    "member_left",
    "member_joined",
    "member_was_invited",
    "account_frozen",
    "account_unfrozen",
    "account_closed",
    "account_overdrawn",
    "money_withdrawn",
    "money_lent",
    "bill_split",
    "ball_thrown",
    "ball_caught",
    "seat_taken",
    "seat_given_up",
    "ticket_bought",
    "house_built",
    "index_rebuilt",
    "letter_written",
    "song_sung",
    "key_stolen",
    "glass_broken",
    "record_broken",
    "user_logged_in",
    "logged_out",
    "user_has_logged_on",
    "lines_drawn",
    "name_chosen",
    "task_forgotten",
    "request_withheld",
    "decision_upheld",
    "code_committed",
    "build_failed",
    "build_broke",
    "tests_passed",
    "tab_opened",
    "paid_by_card",
    "quota_hit",
    "vote_cast",
    "event_broadcast",
    "player_hurt",
    "player_won",
    "match_lost",
    "round_overcome",
    "value_upset",
    "bid_beaten",
    "contract_let_go",
    "field_ploughed",
    "fed",
    "crop_fed",
    "dog_bitten",
    "tree_fell",
    "tree_grown",
    "ship_sunk",
    "bell_rung",
    "phone_rang",
    "train_arrived",
    "train_left",
    "plane_flown",
    "gate_changed",
    "wheel_shaken",
    "sworn_in",
    "sun_risen",
    "snapshot_taken",
    "taught_again",
    "lesson_taught",
    "lease_renewed",
    "lease_expired",
    "mail_bounced",
    "mail_written",
    "line_read",
    "run_started",
    "line_rejected",
    "created",
    "paid",
    "no_stock_found",
    "card_declined",
    "two_items_swapped",
    "page_was_hit",
    "thread_woken",
    "worker_stuck",
    "tire_worn",
    "buffer_overrun",
    "loan_forgiven",
    "rule_overridden",
    "node_split_off",
    "cell_split",
    "heating_switched",
    "order_kept",
    "goods_shipped",
};

static const char *const good_commands[] = {
    "create_user",
    "place_order",
    "order",
    "order_pizza",
    "cancel_order",
    "ship_order",
    "reserve_stock",
    "release_stock",
    "set_mode",
    "set_rate",
    "set_light",
    "reset_password",
    "read_sensor",
    "write_file",
    "send_email",
    "email_customer",
    "mail_letter",
    "message_user",
    "get_account",
    "fetch",
    "find_address",
    "look_up",
    "look_up_price",
    "log_in",
    "login",
    "logout",
    "sign_in",
    "open_door",
    "close_door",
    "shut_down",
    "start",
    "stop_pump",
    "restart",
    "charge",
    "charge_card",
    "refund_payment",
    "pay",
    "pay_invoice",
    "bill_customer",
    "book_seat",
    "price_order",
    "quote_price",
    "address_parcel",
    "process_payment",
    "access_file",
    "press_button",
    "pass_turn",
    "focus_camera",
    "dismiss_alarm",
    "discuss_price",
    "express_wish",
    "assess_damage",
    "address",
    "ring_bell",
    "bring_drink",
    "ping",
    "sing_song",
    "string_beads",
    "feed_dog",
    "embed_video",
    "seed_database",
    "speed_up",
    "need_help",
    "proceed",
    "shred_document",
    "exceed_limit",
    "find_user",
    "found_company",
    "bind_port",
    "bound_value",
    "grind_beans",
    "ground_wire",
    "leave_room",
    "left_align",
    "lay_pipe",
    "lead_team",
    "hard_delete",
    "soft_delete",
    "force_stop",
    "bulk_insert",
    "batch_update",
    "auto_start",
    "self_destroy",
    "dry_run",
    "double_check",
    "hot_restart",
    "fast_forward",
    "re_send",
    "permanently_delete",
    "please_update",
    "try_connect",
    "dim_lamp",
    "light_lamp",
    "turn_on",
    "turn_off_light",
    "switch_mode",
    "move_robot",
    "home_axis",
    "arm_alarm",
    "disarm_alarm",
    "calibrate_sensor",
    "measure",
    "weigh",
    "weigh_parcel",
    "mirror",
    "gauge",
    "name",
    "tell",
    "nest",
    "blink",
    "add",
    "touch",
    "echo",
    "square",
    "dive",
    "pong",
    "hurry",
    "rescue",
    "report_error",
    "record_video",
    "document_change",
    "question_user",
    "position_arm",
    "section_off",
    "mention_user",
    "provision_server",
    "commission_pump",
    "balance_load",
    "license_user",
    "advance_clock",
    "increment",
    "implement_change",
    "upload_image",
    "download",
    "sync",
    "mark_done",
    "mark_as_read",
    "list_users",
    "show_orders",
    "copy_files",
    "make_drink",
    "make_noise",
    "open_tab",
    "sell",
    "book",
    "deliver",
    "squeeze",
    "ask",
    "do_work",
    "approve_loan",
    "reject_loan",
    "redo",
    "undo_change",
    "rewind",
    "snooze_alarm",
    "wake_up",
    "schedule_update",
    "request_delete",
    "group_items",
    "label_image",
    "tag_order",
    "file_complaint",
    "store_update",
    "post_comment",
    "comment_on_post",
    "rate_driver",
    "table_motion",
    "key_in",
};

static const char *const bad_events[] = {
    "create_user",
    "user_create",
    "place_order",
    "order",
    "cancel_order",
    "order_cancel",
    "set_temperature",
    "cut_price",
    "put_item",
    "read_sensor",
    "reset_password",
    "send_email",
    "user_registration",
    "shipment",
    "order_event",
    "temperature",
    "tick",
    "heartbeat",
    "order_processing",
    "shipping",
    "user_deletes",
    "file_closes",
    "stock_update",
    "need_help",
    "feed",
    "seed",
    "speed",
    "output",
    "command_output",
    "hundred",
    "exceed_limit",
    "new_order",
    "closing_time",
    "will_start",
    "sensor_value",
    "reading",
    "battery",
    "low",
    "delete_feed",
    "run_job",
    "split_bill",
    "let_user_in",
};

static const char *const bad_commands[] = {
    "user_created",      "created_user",
    "order_placed",      "placed_order",
    "paid_invoice",      "sent_email",
    "written_file",      "rewrote_file",
    "frozen_account",    "creating_user",
    "sending_email",     "processing",
    "running_job",       "creates_user",
    "sends_email",       "applies_coupon",
    "watches_folder",    "user_create",
    "user_update",       "order_cancel",
    "file_delete",       "invoice_send",
    "payment_process",   "sensor_enable",
    "account",           "user",
    "customer_account",  "shopping_cart",
    "invoice",           "database_config",
    "user_registration", "payment",
    "activation",        "cancellation",
    "subscription",      "asked",
    "approved",          "session_close",
    "config_restore",    "article_publish",
};

static bool says(bool (*judge)(const struct words *), const char *name)
{
    struct words words;

    words_split(&words, name);
    return judge(&words);
}

static size_t count_wrong(const char *const *names, size_t count,
                          bool (*judge)(const struct words *), bool expected)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        if (says(judge, names[i]) == expected)
            continue;
        fprintf(stderr, "%s is %s\n", names[i], expected ? "found fault with" : "let through");
        wrong++;
    }
    return wrong;
}

#define COUNT(names) (sizeof(names) / sizeof *(names))

static void test_good(void **state)
{
    (void)state;
    assert_true(COUNT(good_events) >= 130 && COUNT(good_commands) >= 130);
    assert_int_equal(count_wrong(good_events, COUNT(good_events), words_tell_past, true), 0);
    assert_int_equal(count_wrong(good_commands, COUNT(good_commands), words_order, true), 0);
}

static void test_bad(void **state)
{
    (void)state;
    assert_true(COUNT(bad_events) + COUNT(bad_commands) >= 80);
    assert_int_equal(count_wrong(bad_events, COUNT(bad_events), words_tell_past, false), 0);
    assert_int_equal(count_wrong(bad_commands, COUNT(bad_commands), words_order, false), 0);
}

/* What is proposed is right itself. */
static void test_proposals(void **state)
{
    char text[2 * WORDS_BYTES];
    struct words words;
    size_t proposed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(bad_events); i++) {
        words_split(&words, bad_events[i]);
        if (words_as_event(&words, text)) {
            assert_true(says(words_tell_past, text));
            proposed++;
        }
    }
    for (size_t i = 0; i < COUNT(bad_commands); i++) {
        words_split(&words, bad_commands[i]);
        if (words_as_command(&words, text)) {
            assert_true(says(words_order, text));
            proposed++;
        }
    }
    assert_true(proposed > 20);
    words_split(&words, "user_create");
    assert_true(words_as_event(&words, text));
    assert_string_equal(text, "user_created");
    assert_true(words_as_command(&words, text));
    assert_string_equal(text, "create_user");
    words_split(&words, "creating_new_user");
    assert_true(words_as_command(&words, text));
    assert_string_equal(text, "create_new_user");
}

/* The longest names, and the most words that there can be. */
static void test_limits(void **state)
{
    char name[WORDS_BYTES + 10];
    char text[2 * WORDS_BYTES];
    struct words words;

    (void)state;
    for (size_t size = 1; size < WORDS_BYTES; size++) {
        for (size_t i = 0; i < size; i++)
            name[i] = i % 2 ? '_' : 'a';
        name[size] = '\0';
        words_split(&words, name);
        assert_int_equal(words.count, size / 2 + 1);
        assert_false(words_tell_past(&words));
        assert_true(words_order(&words));
        assert_false(words_as_event(&words, text));
        memset(name, 's', size);
        words_split(&words, name);
        assert_int_equal(words.count, 1);
        words_tell_past(&words);
        words_order(&words);
    }
    memset(name, 'x', WORDS_BYTES - 1);
    memcpy(name, "update_", 7);
    name[WORDS_BYTES - 1] = '\0';
    words_split(&words, name);
    assert_true(words_as_event(&words, text));
    assert_int_equal(strlen(text), WORDS_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_proposals),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
