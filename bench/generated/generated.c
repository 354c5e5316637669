/*
 * generated.c - what generated code costs those who build it: the time of the compiler, the bytes
 * of the object file, the time of busgen. Beside protobuf-c, with the same messages as .proto, and
 * flatc. And what busgen takes to compare a schema with all that were released.
 *
 * The messages are the bench message two hundred or thousands of times, under other names; ours
 * have a key. Time is processor time of the program that is started, its children included, so that
 * what else the machine does counts little. The files are made once, in a folder of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum { MESSAGES = 200, MANY = 5000, VERSIONS = 20 };

extern char **environ;

static char folder[] = "/tmp/busgen-bench-XXXXXX";

/* ---- programs -------------------------------------------------------------------------------- */

/* Runs it in the folder, its standard output in the file `out`. Milliseconds of processor time;
 * negative: it failed. */
static double run_program(const char *const *command, const char *out)
{
    posix_spawn_file_actions_t actions;
    struct rusage used;
    pid_t process;
    int status = -1;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    error = posix_spawnp(&process, command[0], &actions, NULL, (char *const *)(uintptr_t)command,
                         environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return -1;
    while (wait4(process, &status, 0, &used) < 0 && errno == EINTR)
        continue;
    if (status != 0) {
        fprintf(stderr, "bench: %s failed\n", command[0]);
        return -1;
    }
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL}, "/dev/null")

static void remove_folder(void)
{
    const char *const command[] = {"rm", "-rf", folder, NULL};

    if (chdir("/") == 0)
        run_program(command, "/dev/null");
}

/* ---- files ----------------------------------------------------------------------------------- */

static FILE *create(const char *name)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

/* `each` is written `count` times, its %u counting. */
static bool write_schema(const char *name, const char *top, const char *before, const char *each,
                         unsigned count)
{
    FILE *file = create(name);

    if (file == NULL)
        return false;
    fputs(top, file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "%s%u%s", before, i, each);
    return fclose(file) == 0;
}

static bool write_bus(const char *name, unsigned count)
{
    return write_schema(name, "bus many version 1;\n", "event thing_",
                        "_seen { 1 order_id : u64 key; 2 customer_id : u64; 3 quantity : u32;\n"
                        "    4 price : f64; 5 symbol : string max 16; 6 note : string max 64; }\n",
                        count);
}

static bool write_line(const char *name, const char *line)
{
    FILE *file = create(name);

    return file != NULL && fputs(line, file) >= 0 && fclose(file) == 0;
}

/* The many messages as they are in version `version`: with each, a twentieth of them has got one
 * more field. A line ends with `end`, in quotes if that is not only a line feed. */
static void write_version(FILE *file, unsigned version, const char *begin, const char *end)
{
    fprintf(file, "%sbus many version %u;%s", begin, version, end);
    for (unsigned i = 0; i < MANY; i++) {
        fprintf(file, "%sevent thing_%u_seen { 1 order_id : u64 key; 2 customer_id : u64; %s",
                begin, i, end);
        fprintf(file, "%s    3 quantity : u32; 4 price : f64; 5 symbol : string max 16;%s", begin,
                end);
        fprintf(file, "%s    6 note : string max 64;", begin);
        for (unsigned since = 2, number = 7; since <= version; since++)
            if (i % VERSIONS == since % VERSIONS)
                fprintf(file, " %u later_%u : u32 since %u;", number++, since, since);
        fprintf(file, " }%s", end);
    }
}

/* Twenty versions in a lock file, as busgen lock writes it, and the next one. */
static bool write_versions(void)
{
    FILE *lock = create("grown.bus.lock");
    FILE *next = create("grown.bus");
    bool fine = true;

    if (lock != NULL) {
        fputs("{\"busgen_lock\": 1, \"bus\": \"many\", \"versions\": [\n", lock);
        for (unsigned version = 1; version <= VERSIONS; version++) {
            fprintf(lock, "%s{\"version\": %u, \"files\": [{\"path\": \"grown.bus\", \"text\": [\n",
                    version > 1 ? "," : "", version);
            write_version(lock, version, "            \"", "\",\n");
            fputs("\"\"]}]}\n", lock);
        }
        fputs("], \"accepted\": []}\n", lock);
    }
    if (next != NULL)
        write_version(next, VERSIONS + 1, "", "\n");
    if (lock == NULL || fclose(lock) != 0)
        fine = false;
    if (next == NULL || fclose(next) != 0)
        fine = false;
    return fine;
}

static bool has(const char *program)
{
    char line[64];
    const char *const command[] = {"sh", "-c", line, NULL};
    int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    bool found;

    snprintf(line, sizeof(line), "command -v %s || kill $$", program);
    fflush(stderr);
    if (before >= 0 && freopen("/dev/null", "w", stderr) == NULL)
        return false;
    found = run_program(command, "/dev/null") >= 0;
    if (before >= 0) {
        fflush(stderr);
        dup2(before, STDERR_FILENO);
        close(before);
    }
    return found;
}

/* All that is measured, once; false: it could not be made, said. */
static bool prepare(void)
{
    static int made = -1;

    if (made >= 0)
        return made > 0;
    made = 0;
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return false;
    }
    atexit(remove_folder);
    if (!write_bus("few.bus", MESSAGES) || !write_bus("many_1250.bus", 1250) ||
        !write_bus("many_2500.bus", 2500) || !write_bus("many.bus", MANY) ||
        !write_bus("many_10000.bus", 10000) || !write_line("head.c", "#include \"few.bus.h\"\n") ||
        !write_line("peer.c", "#include \"peer.pb-c.h\"\n") || !write_line("empty.c", "int x;\n") ||
        !write_schema("peer.proto", "syntax = \"proto3\";\npackage many;\n", "message Thing",
                      "Seen { uint64 order_id = 1; uint64 customer_id = 2; uint32 quantity = 3;\n"
                      "    double price = 4; string symbol = 5; string note = 6; }\n",
                      MESSAGES) ||
        !write_schema("many.fbs", "namespace many;\n", "table Thing",
                      "Seen { order_id:ulong; customer_id:ulong; quantity:uint; price:double;\n"
                      "    symbol:string; note:string; }\n",
                      MANY))
        return false;
    if (RUN(BENCH_BUSGEN, "gen", "few.bus", "-o", ".", "--emit", "c") < 0)
        return false;
    made = 1;
    return true;
}

static const char *missing_protobuf(void)
{
    static int there = -1;

    if (there < 0)
        there = prepare() && has("protoc-c") && RUN("protoc-c", "--c_out=.", "peer.proto") >= 0;
    return there ? NULL : "install protobuf-c-compiler libprotobuf-c-dev";
}

static const char *missing_flatc(void)
{
    static int there = -1;

    if (there < 0)
        there = prepare() && has("flatc");
    return there ? NULL : "install flatbuffers-compiler";
}

/* ---- the cases ------------------------------------------------------------------------------- */

static double compile_busgen(uint64_t count)
{
    (void)count;
    return prepare() ? RUN(BENCH_CC, "-O2", "-I", BENCH_INCLUDE, "-c", "few.bus.c") : -1;
}

static double compile_protobuf(uint64_t count)
{
    (void)count;
    return RUN(BENCH_CC, "-O2", "-c", "peer.pb-c.c");
}

static double header_busgen(uint64_t count)
{
    (void)count;
    return prepare() ? RUN(BENCH_CC, "-fsyntax-only", "-I", BENCH_INCLUDE, "head.c") : -1;
}

static double header_protobuf(uint64_t count)
{
    (void)count;
    return RUN(BENCH_CC, "-fsyntax-only", "peer.c");
}

static double header_empty(uint64_t count)
{
    (void)count;
    return prepare() ? RUN(BENCH_CC, "-fsyntax-only", "empty.c") : -1;
}

/* Code, constants and unwinding tables of an object file per message, as size(1) counts them. */
static double size_of(const char *object)
{
    const char *const command[] = {"size", object, NULL};
    char path[128];
    char line[256];
    unsigned long text = 0;
    unsigned long data = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/size.out", folder);
    if (run_program(command, path) < 0)
        return -1;
    file = fopen(path, "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof(line), file) != NULL) {
        char *end;

        text = strtoul(line, &end, 10);
        data = strtoul(end, NULL, 10);
    }
    fclose(file);
    return text + data != 0 ? (double)(text + data) / MESSAGES : -1;
}

static double size_busgen(uint64_t count)
{
    return compile_busgen(count) < 0 ? -1 : size_of("few.bus.o");
}

static double size_protobuf(uint64_t count)
{
    return compile_protobuf(count) < 0 ? -1 : size_of("peer.pb-c.o");
}

static double breaking_busgen(uint64_t count)
{
    static int there = -1;
    double check;
    double breaking;

    (void)count;
    if (there < 0)
        there = prepare() && write_versions();
    if (!there)
        return -1;
    check = RUN(BENCH_BUSGEN, "check", "grown.bus");
    breaking = RUN(BENCH_BUSGEN, "breaking", "grown.bus", "--against", "grown.bus.lock");
    return check < 0 || breaking < 0 ? -1 : check + breaking;
}

/* Into an empty folder: nothing is there that could be left as it is. */
static double generate(const char *schema, const char *split)
{
    if (!prepare() || RUN("rm", "-rf", "out") < 0)
        return -1;
    return split != NULL ? RUN(BENCH_BUSGEN, "gen", schema, "-o", "out", "--split", split)
                         : RUN(BENCH_BUSGEN, "gen", schema, "-o", "out");
}

static double generate_busgen(uint64_t count)
{
    (void)count;
    return generate("many.bus", NULL);
}

static double generate_split(uint64_t count)
{
    (void)count;
    return generate("many.bus", "50");
}

static double generate_flatc(uint64_t count)
{
    (void)count;
    return RUN("flatc", "--cpp", "many.fbs");
}

static double linear_1250(uint64_t count)
{
    (void)count;
    return generate("many_1250.bus", NULL) / 1.25;
}

static double linear_2500(uint64_t count)
{
    (void)count;
    return generate("many_2500.bus", NULL) / 2.5;
}

static double linear_5000(uint64_t count)
{
    (void)count;
    return generate("many.bus", NULL) / 5;
}

static double linear_10000(uint64_t count)
{
    (void)count;
    return generate("many_10000.bus", NULL) / 10;
}

static const struct bench_case cases[] = {
    {.name = "generated-compile",
     .kind = BENCH_FIGURE,
     .unit = "ms",
     .what = "the C of 200 messages, compiled with -O2",
     .count = 1,
     .runs = 3},
    {.name = "generated-header",
     .kind = BENCH_FIGURE,
     .unit = "ms",
     .what = "a file that only includes the header of 200 messages, -fsyntax-only",
     .count = 1,
     .runs = 5},
    {.name = "generated-size",
     .kind = BENCH_FIGURE,
     .unit = "bytes/message",
     .what = "code, constants and unwinding tables of 200 messages, -O2",
     .count = 1,
     .runs = 1},
    {.name = "generated-busgen",
     .kind = BENCH_FIGURE,
     .unit = "ms",
     .what = "the compiler of the schema: 5,000 messages",
     .count = 1,
     .runs = 3},
    {.name = "generated-linear",
     .kind = BENCH_FIGURE,
     .unit = "ms/1,000 messages",
     .what = "busgen, by the number of messages",
     .count = 1,
     .runs = 3},
    {.name = "generated-breaking",
     .kind = BENCH_FIGURE,
     .unit = "ms",
     .what = "is the next version of a schema fine: 5,000 messages, 20 locked versions",
     .count = 1,
     .runs = 3},
    {.name = NULL},
};

#define C_PATH "x.bus.c with everything that belongs to a message: pack, unpack, descriptions"

static const struct contestant contestants[] = {
    {.bench = "generated-compile", .name = "busgen", .path = C_PATH, .run = compile_busgen},
    {.bench = "generated-compile",
     .name = "protobuf-c",
     .path = "x.pb-c.c of the same messages: calls of its library, descriptors",
     .run = compile_protobuf,
     .missing = missing_protobuf},
    {.bench = "generated-header",
     .name = "busgen",
     .path = "x.bus.h: structs, typed functions",
     .run = header_busgen},
    {.bench = "generated-header",
     .name = "protobuf-c",
     .path = "x.pb-c.h: structs, prototypes",
     .run = header_protobuf,
     .missing = missing_protobuf},
    {.bench = "generated-header",
     .name = "nothing",
     .path = "the compiler on a file with one declaration",
     .run = header_empty},
    {.bench = "generated-size", .name = "busgen", .path = C_PATH, .run = size_busgen},
    {.bench = "generated-size",
     .name = "protobuf-c",
     .path = "x.pb-c.c of the same messages; packing is in its library",
     .run = size_protobuf,
     .missing = missing_protobuf},
    {.bench = "generated-busgen",
     .name = "busgen",
     .path = "x.bus.h, x.bus.c, x.fbs",
     .run = generate_busgen},
    {.bench = "generated-busgen",
     .name = "busgen: --split 50",
     .path = "x.bus.h, x.bus.c, x.bus.1.c to x.bus.50.c, x.fbs",
     .run = generate_split},
    {.bench = "generated-busgen",
     .name = "flatc --cpp",
     .path = "x_generated.h of the same messages",
     .run = generate_flatc,
     .missing = missing_flatc},
    {.bench = "generated-linear",
     .name = "busgen: 1,250 messages",
     .path = "x.bus.h, x.bus.c, x.fbs",
     .run = linear_1250},
    {.bench = "generated-linear",
     .name = "busgen: 2,500 messages",
     .path = "the same",
     .run = linear_2500},
    {.bench = "generated-linear",
     .name = "busgen: 5,000 messages",
     .path = "the same",
     .run = linear_5000},
    {.bench = "generated-linear",
     .name = "busgen: 10,000 messages",
     .path = "the same",
     .run = linear_10000},
    {.bench = "generated-breaking",
     .name = "busgen",
     .path = "busgen check, then busgen breaking against a lock file of them; nothing is found",
     .run = breaking_busgen},
    {.name = NULL},
};

extern const struct group generated_group;
const struct group generated_group = {
    .name = "generated code",
    .cases = cases,
    .contestants = contestants,
};
