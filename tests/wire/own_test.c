/*
 * The fast way of the verifier, `accept`, against the verifier: whatever it accepts the verifier
 * accepts, whatever our pack wrote it accepts (but short text that is not ASCII: that is the
 * verifier's), and nothing outside of the bytes is read. The controls run the same search over the
 * steps of bus/own.h with one check left out at a time.
 *
 * covers: P10
 */
#include "own_faulty.h"
#include "readall.h"
#include "types.h"
#include <bus/testing.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MESSAGES = 40, MUTATIONS = 300, SIZE_MOST = 1 << 16 };

static struct wire_types types;
static struct guarded guarded;

static int open_all(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    return guarded_open(&guarded, SIZE_MOST) && types.count >= 24 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    guarded_close(&guarded);
    wire_types_close(&types);
    return 0;
}

struct found {
    uint32_t accepted;
    uint32_t left;  /* accepted by the verifier alone */
    uint32_t wrong; /* accepted by the fast way alone */
};

/* `bytes` at the end of memory, through both. */
static void look(const struct wire_type *type, const uint8_t *bytes, size_t size,
                 struct found *found)
{
    uint8_t *here = guarded_place(&guarded, size);
    bool fast;
    bool slow;

    memcpy(here, bytes, size);
    fast = type->codec->accept(NULL, here, size, NULL);
    slow = bus_wire_verify(type->codec->table, here, size, NULL);
    found->accepted += fast && slow;
    found->left += slow && !fast;
    found->wrong += fast && !slow;
}

static void mutate(struct bus_test_chance *source, uint8_t *bytes, size_t size)
{
    size_t at = bus_test_below(source, size);
    size_t word = at & ~(size_t)3;
    uint32_t value;

    if (bus_test_below(source, 3) == 0) {
        bytes[at] ^= (uint8_t)(1u << bus_test_below(source, 8));
        return;
    }
    memcpy(&value, bytes + word, sizeof(value));
    value += (uint32_t)bus_test_below(source, 33) - 16;
    memcpy(bytes + word, &value, sizeof(value));
}

/* One message as packed, cut at every length, longer, and damaged. */
static void look_around(const struct wire_type *type, struct bus_test_chance *source,
                        uint8_t *bytes, size_t size, struct found *found)
{
    uint8_t *copy = malloc(size + 8);
    size_t step = size < 400 ? 1 : size / 400 * 3 + 1;

    assert_non_null(copy);
    for (size_t cut = 8; cut < size; cut += step)
        look(type, bytes, cut, found);
    memcpy(copy, bytes, size);
    memset(copy + size, 0, 8);
    look(type, copy, size + 4, found);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(copy, bytes, size);
        for (uint64_t times = 1 + bus_test_below(source, 2); times > 0; times--)
            mutate(source, copy, size);
        look(type, copy, i % 8 == 7 ? size - 4 : size, found);
    }
    free(copy);
}

static uint8_t *pack_random(const struct wire_type *type, struct bus_test_chance *source,
                            enum bus_test_style style, size_t *size)
{
    struct bus_test_arena arena = {0};
    void *message = malloc(type->codec->table->size);
    uint8_t *bytes;

    assert_non_null(message);
    bus_test_value(source, &arena, style, type->codec->table, message);
    *size = type->codec->measure(message, false);
    bytes = malloc(*size);
    assert_non_null(bytes);
    type->codec->pack(bytes, message);
    bus_test_reset(&arena);
    free(message);
    return bytes;
}

static struct found search(int messages)
{
    struct found found = {0};

    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];

        for (int n = 0; n < messages; n++) {
            struct bus_test_chance source = {.state = (uint64_t)n * 7919 + i};
            enum bus_test_style style = n % 4 == 0 ? BUS_TEST_WILD : BUS_TEST_TAME;
            size_t size;
            uint8_t *bytes = pack_random(type, &source, style, &size);

            if (size < SIZE_MOST / 4)
                look_around(type, &source, bytes, size, &found);
            free(bytes);
        }
    }
    return found;
}

static void accepts_what_the_verifier_accepts(void **state)
{
    struct found found = search(MESSAGES);

    (void)state;
    print_message("accepted %u, left to the verifier %u\n", found.accepted, found.left);
    assert_int_equal(found.wrong, 0);
    /* Else nothing was tested. */
    assert_true(found.accepted > 10000);
    assert_true(found.left > 1000);
}

/* Plain text, every type: what we packed goes the fast way, and unpack says the same. */
static void accepts_what_we_pack(void **state)
{
    uint32_t fast = 0;

    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];
        const struct bus_codec *codec = type->codec;
        uint8_t *memory = malloc(2 * (size_t)codec->scratch_max + 16);
        void *first = malloc(codec->table->size);
        void *second = malloc(codec->table->size);

        assert_true(memory != NULL && first != NULL && second != NULL);
        for (uint64_t seed = 0; seed < MESSAGES; seed++) {
            struct bus_test_chance source = {.state = seed};
            struct bus_scratch one = {memory, memory + codec->scratch_max};
            struct bus_scratch two = {memory + (codec->scratch_max + 7) / 8 * 8,
                                      memory + 2 * (size_t)codec->scratch_max + 16};
            enum bus_test_style style = seed % 8 == 0 ? BUS_TEST_EMPTY : BUS_TEST_TAME;
            size_t size;
            uint8_t *bytes = pack_random(type, &source, style, &size);
            bool has_other_text = false;

            for (size_t at = 0; at < size; at++)
                has_other_text = has_other_text || bytes[at] >= 0x80;
            if (!codec->accept(first, bytes, size, &one)) {
                if (!has_other_text)
                    fail_msg("%s: packed, not accepted", type->name);
            } else {
                assert_true(codec->unpack(second, bytes, &two));
                assert_int_equal(bus_wire_compare(codec->table, first, second), 0);
                fast++;
            }
            free(bytes);
        }
        free(second);
        free(first);
        free(memory);
    }
    assert_true(fast > 500);
}

/* ---- controls ---- */

/* A missing check shows itself by an answer or by a read outside, which ends the child. */
static bool is_noticed(int check)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* not cmocka's, which goes on */
        signal(SIGBUS, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(0);
        own_fault = check;
        _exit(search(12).wrong > 0 ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void missing_checks_are_noticed(void **state)
{
    (void)state;
    assert_false(is_noticed(0));
    for (int check = 1; check <= OWN_CHECKS; check++) {
        if (!is_noticed(check))
            fail_msg("nobody notices that check %d of bus/own.h is missing", check);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_the_verifier_accepts),
        cmocka_unit_test(accepts_what_we_pack),
        cmocka_unit_test(missing_checks_are_noticed),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
