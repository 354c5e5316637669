/*
 * run.c - the program that a generated test is: its command line, its properties, and what is said
 * of a message that does not have them.
 */
#include "testing/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 200, TRIES = 4000, LARGEST_SIZE_MAX = 1 << 20 };

/* ---- messages and answers ---- */

static void collect(struct subjects *subjects, struct bus_test_arena *arena,
                    const struct bus_message_type *type, const char *answer,
                    const struct bus_codec *codec)
{
    size_t size = strlen(type->name) + (answer != NULL ? strlen(answer) : 0) + 2;
    char *name = bus_test_take(arena, size);

    snprintf(name, size, "%s%s%s", type->name, answer != NULL ? "." : "",
             answer != NULL ? answer : "");
    subjects->items[subjects->count].name = name;
    subjects->items[subjects->count].type = type;
    subjects->items[subjects->count].answer = answer;
    subjects->items[subjects->count].failed = false;
    subjects->items[subjects->count].newest = NULL;
    subjects->items[subjects->count++].codec = codec;
}

/* One version of a message, and its answers. */
static void collect_type(struct subjects *subjects, struct bus_test_arena *arena,
                         const struct bus_message_type *type)
{
    collect(subjects, arena, type, NULL, &type->codec);
    for (uint32_t i = 0; i < type->answer_count; i++)
        if (type->answers[i].codec.table != NULL)
            collect(subjects, arena, type, type->answers[i].name, &type->answers[i].codec);
}

static const struct bus_message_type *before(const struct bus_message_type *type)
{
    return type->upgrade != NULL ? type->upgrade->from : NULL;
}

void subjects_collect(struct subjects *subjects, struct bus_test_arena *arena,
                      const struct bus_schema *schema)
{
    const struct bus_message_type *type;
    size_t most = 0;

    for (uint32_t i = 0; i < schema->message_count; i++)
        for (type = schema->messages[i]; type != NULL; type = before(type))
            most += 1 + (size_t)type->answer_count;
    subjects->items = bus_test_take(arena, most * sizeof(*subjects->items));
    for (uint32_t i = 0; i < schema->message_count; i++) {
        collect_type(subjects, arena, schema->messages[i]);
        for (type = before(schema->messages[i]); type != NULL; type = before(type)) {
            uint32_t place = subjects->count;

            collect_type(subjects, arena, type);
            subjects->items[place].newest = schema->messages[i];
        }
    }
}

bool run_wants(const struct run *run, const struct subject *subject)
{
    return run->only == NULL || strcmp(run->only, subject->name) == 0;
}

/* ---- what is said ---- */

void tell_bytes(const uint8_t *bytes, size_t size)
{
    enum { SHOWN = 512 };

    printf("      ");
    for (size_t i = 0; i < size && i < SHOWN; i++)
        printf("%02x", bytes[i]);
    printf(size > SHOWN ? "... (%zu bytes)\n" : " (%zu bytes)\n", size);
}

void tell_text(const struct subject *subject, const void *message)
{
    size_t size = bus_wire_print(subject->codec->table, message, NULL, 0) + 1;
    char *text = malloc(size);

    if (text != NULL) {
        bus_wire_print(subject->codec->table, message, text, size);
        printf("      %s\n", text);
    }
    free(text);
}

void tell_message(const struct subject *subject, const void *message)
{
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);

    tell_text(subject, message);
    if (bytes != NULL)
        tell_bytes(bytes, size);
    free(bytes);
}

/* ---- properties of each message by itself ---- */

struct property {
    const char *name;
    bool (*check)(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE]);
};

static const struct property properties[] = {
    {"round trip", check_round_trip}, {"views", check_views},      {"bounds", check_bounds},
    {"damage", check_damage},         {"upgrades", check_upgrade},
};

/* One message that was tried. */
struct trial {
    const struct property *property;
    const struct subject *subject;
    uint64_t seed;
};

static bool still_fails(void *context, const void *message)
{
    const struct trial *trial = context;
    char why[WHY_SIZE];

    return !trial->property->check(trial->subject, message, trial->seed, why);
}

static void tell_failure(const struct run *run, const struct trial *trial, uint32_t number,
                         struct bus_test_arena *arena, void *message)
{
    const struct subject *subject = trial->subject;
    char why[WHY_SIZE] = "";
    void *smallest = bus_test_shrink(arena, subject->codec->table, message, still_fails,
                                     (void *)(uintptr_t)trial, TRIES);

    trial->property->check(subject, smallest, trial->seed, why);
    printf("FAILED   %-10s %s: %s\n", trial->property->name, subject->name, why);
    printf("    the smallest message found that shows it:\n");
    tell_message(subject, smallest);
    printf("    again: %s --seed %llu --runs %u --only %s\n", run->program,
           (unsigned long long)run->seed, (unsigned)number + 1, subject->name);
}

static uint64_t seed_of(const struct run *run, const struct subject *subject, uint32_t number)
{
    struct bus_test_chance chance = {run->seed * UINT64_C(0x100000001b3) + number};

    for (const char *name = subject->name; *name != '\0'; name++)
        chance.state = bus_test_next(&chance) ^ (uint8_t)*name;
    return bus_test_next(&chance);
}

/* Value number `number`: the special ones come first. */
static void *make(struct bus_test_arena *arena, const struct subject *subject, uint32_t number,
                  uint64_t seed)
{
    static const enum bus_test_style styles[] = {BUS_TEST_WILD, BUS_TEST_SHORT, BUS_TEST_TAME,
                                                 BUS_TEST_SHORT};
    struct bus_test_chance chance = {seed};
    enum bus_test_style style = styles[number % 4];
    void *message = bus_test_take(arena, subject->codec->table->size);

    if (number == 0)
        style = BUS_TEST_EMPTY;
    if (number == 2 && subject->codec->size_max <= LARGEST_SIZE_MAX)
        style = BUS_TEST_LARGEST;
    if (number == 1)
        bus_wire_init(subject->codec->table, message);
    else
        bus_test_value(&chance, arena, style, subject->codec->table, message);
    return message;
}

static bool hold(const struct run *run, const struct property *property,
                 const struct subject *subject)
{
    bool right = true;

    if (run->verbose)
        printf("         %-10s %s\n", property->name, subject->name);
    for (uint32_t number = 0; number < run->runs && right; number++) {
        struct trial trial = {property, subject, seed_of(run, subject, number)};
        struct bus_test_arena arena = {0};
        void *message = make(&arena, subject, number, trial.seed);
        char why[WHY_SIZE];

        right = property->check(subject, message, trial.seed, why);
        if (!right)
            tell_failure(run, &trial, number, &arena, message);
        bus_test_reset(&arena);
    }
    return right;
}

static int run_property(const struct run *run, const struct property *property)
{
    uint32_t subjects = 0;
    int failures = 0;

    for (uint32_t i = 0; i < run->subjects.count; i++) {
        if (!run_wants(run, &run->subjects.items[i]) || run->subjects.items[i].failed ||
            (property->check == check_upgrade && run->subjects.items[i].newest == NULL))
            continue;
        subjects++;
        if (!hold(run, property, &run->subjects.items[i])) {
            run->subjects.items[i].failed = true;
            failures++;
        }
    }
    if (failures == 0 && subjects != 0)
        printf("ok       %-10s %u values of each of %u messages and answers\n", property->name,
               (unsigned)run->runs, (unsigned)subjects);
    return failures;
}

/* ---- the program ---- */

static const char usage[] =
    "Usage: %s [OPTION]...\n"
    "Tests of the messages of a schema, made by busgen gen --emit tests.\n"
    "\n"
    "  --seed N       of the random values; default 1\n"
    "  --runs N       values of each message and answer; default 200\n"
    "  --golden FILE  where the golden bytes are; default %s\n"
    "  --update       write the golden bytes anew instead of comparing\n"
    "  --only NAME    one message or answer, as --list names them\n"
    "  --list         only name them\n"
    "  --verbose      name each one before it is tried: where a crash was\n"
    "\n"
    "Exit status: 0 all held, 1 something did not, 2 wrong use, or a file.\n";

static bool read_number(const struct run *run, const char *option, const char *text, uint64_t least,
                        uint64_t most, uint64_t *value)
{
    char *end = NULL;
    unsigned long long number = 0;

    errno = 0;
    if (text != NULL)
        number = strtoull(text, &end, 10);
    if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
        number < least || number > most) {
        fprintf(stderr, "%s: %s takes a number from %llu to %llu, not '%s'\n", run->program, option,
                (unsigned long long)least, (unsigned long long)most, text != NULL ? text : "");
        return false;
    }
    *value = number;
    return true;
}

static bool is_subject(const struct run *run, const char *name)
{
    for (uint32_t i = 0; i < run->subjects.count; i++)
        if (strcmp(run->subjects.items[i].name, name) == 0)
            return true;
    fprintf(stderr, "%s: no message or answer '%s'; --list names them\n", run->program, name);
    return false;
}

/* An option and what follows it; *taken: the value was its own. */
static bool read_option(struct run *run, const char *option, char *value, bool *taken)
{
    uint64_t number = 0;
    bool *flag = strcmp(option, "--update") == 0    ? &run->update
                 : strcmp(option, "--verbose") == 0 ? &run->verbose
                 : strcmp(option, "--list") == 0    ? &run->list
                                                    : NULL;

    *taken = flag == NULL;
    if (flag != NULL) {
        *flag = true;
        return true;
    }
    if (strcmp(option, "--seed") == 0)
        return read_number(run, option, value, 0, UINT64_MAX, &run->seed);
    if (strcmp(option, "--runs") == 0) {
        if (!read_number(run, option, value, 1, 1000000000, &number))
            return false;
        run->runs = (uint32_t)number;
        return true;
    }
    if (strcmp(option, "--golden") != 0 && strcmp(option, "--only") != 0) {
        fprintf(stderr, "%s: no option '%s'; --help tells which there are\n", run->program, option);
        return false;
    }
    if (value == NULL || *value == '\0') {
        fprintf(stderr, "%s: %s wants a value\n", run->program, option);
        return false;
    }
    if (option[2] == 'g') {
        run->golden = value;
        return true;
    }
    run->only = value;
    return is_subject(run, value);
}

static int run_all(const struct run *run)
{
    int failures = 0;
    int golden;

    if (run->list) {
        for (uint32_t i = 0; i < run->subjects.count; i++)
            printf("%s\n", run->subjects.items[i].name);
        return 0;
    }
    if (run->update)
        return run_golden(run) < 0 ? 2 : 0;
    printf("schema '%s' version %u, seed %llu\n", run->suite->schema->name,
           (unsigned)run->suite->schema->version, (unsigned long long)run->seed);
    for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
        failures += run_property(run, &properties[i]);
    golden = run_golden(run);
    if (golden < 0)
        return 2;
    failures += golden + run_versions(run);
    if (failures != 0)
        printf("%d failed\n", failures);
    return failures != 0 ? 1 : 0;
}

int bus_test_main(const struct bus_test_suite *suite, int count, char **arguments)
{
    struct run run = {.suite = suite,
                      .golden = suite->golden,
                      .program = count > 0 ? arguments[0] : "test",
                      .seed = 1,
                      .runs = RUNS};
    bool taken;
    int status = 0;

    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash is seen */
    subjects_collect(&run.subjects, &run.arena, suite->schema);
    for (int i = 1; i < count && status == 0; i += taken ? 2 : 1) {
        taken = false;
        if (strcmp(arguments[i], "--help") == 0) {
            printf(usage, run.program, suite->golden != NULL ? suite->golden : "none");
            bus_test_reset(&run.arena);
            return 0;
        }
        if (!read_option(&run, arguments[i], i + 1 < count ? arguments[i + 1] : NULL, &taken))
            status = 2;
    }
    if (status == 0)
        status = run_all(&run);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        status = 2;
    bus_test_reset(&run.arena);
    return status;
}
