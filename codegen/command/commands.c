/* commands.c - the commands of busgen, and what they say of themselves. */
#include "command/command.h"

#include <stdio.h>
#include <string.h>

#define RULE_HELP "  --rule ID=LEVEL      error, warning or off for one rule; may be repeated\n"
#define FORMAT_HELP                                                                                \
    "  --format FORMAT      findings as text on stderr (default); json, sarif (2.1.0) or github\n" \
    "                       (workflow commands) on stdout\n"

static const struct command commands[] = {
    {"check", "FILE...", "reads schemas and reports what is wrong with them",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" RULE_HELP FORMAT_HELP,
     1, -1, run_check},
    {"lint", "FILE...",
     "checks, and tells what is a matter of habit: names, dead events, doubtful policies",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" RULE_HELP FORMAT_HELP "\n"
     "A schema accepts a finding by a comment, '// lint: off RULE reason': on a line of its own "
     "in\n"
     "the declaration below it, inside of one in the next line, behind something in its line, "
     "above\n"
     "the bus in the whole file. 'busgen explain' lists the rules and says which can be set.\n",
     1, -1, run_lint},
    {"fmt", "FILE...", "lays schemas out as all are, in place",
     "  --check              change nothing; tell which files would change, exit status 1 if any\n"
     "\n"
     "FILE '-' is standard input, laid out to standard output. There is one layout: comments, "
     "empty\n"
     "lines and blocks on one line stay where there is room for them. A file with errors in its "
     "syntax\nis left as it is; other errors do not matter.\n",
     1, -1, run_fmt},
    {"gen", "FILE... -o DIR", "writes C, a .fbs for other languages, and what monitors it",
     "  -o, --output DIR     where to write; made when it is not there\n"
     "  --emit WHAT,...      what to write: c, fbs, bfbs, inline, prometheus, grafana, dot,\n"
     "                       mermaid, json-schema, asyncapi, md, html, tests;\n"
     "                       default: c,fbs\n"
     "  --metric-prefix P    stands before the names of metrics (bus_metrics_options.prefix)\n"
     "  --split N            the messages' code in N files of its own, for make -j\n"
     "  --against OLD        tests: read what older versions wrote, those of a lock file, of a "
     ".bus\n"
     "                       file or of git:REV; may be repeated\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "  --depfile FILE       also write what was read, for make and ninja\n"
     "  -MD                  the same beside the output, as DIR/NAME.bus.d\n" RULE_HELP FORMAT_HELP
     "\n"
     "x.bus gives x.bus.h, x.bus.c and x.fbs; with inline x.bus.inline.h, too, for programs that\n"
     "pack and unpack many messages themselves. Files that would not change are not touched; on "
     "any\n"
     "error none is. With --split N the messages go, in order, to x.bus.1.c to x.bus.N.c: exactly\n"
     "these, however many messages there are; x.bus.c keeps the rest. Compile and link them all. "
     "Parts\n"
     "that an earlier, larger N left in DIR are removed.\n"
     "\n"
     "With bfbs comes x.bfbs: x.fbs in binary, for readers that learn schemas at run time.\n"
     "With prometheus come x.rules.yml, alert rules, and x.rules.test.yml, which proves them\n"
     "(promtool test rules); with grafana x.dashboard.json, to be imported.\n"
     "With dot and mermaid come x.dot and x.mmd: who handles, listens to and emits what.\n"
     "With json-schema comes x.schema.json (draft 2020-12): the JSON that decode writes and "
     "encode\n"
     "reads, of each message under #/$defs/BUS.MESSAGE, of an answer under "
     "BUS.COMMAND.ANSWER.\n"
     "With asyncapi comes x.asyncapi.json (3.0): channels, operations, messages, policies.\n"
     "With md and html come x.md and x.html, which document all of it: in Markdown, and as one "
     "page\nthat needs nothing else, with the flow as a drawing.\n"
     "With tests comes x.bus.test.c, a program that tests the messages with random values; link it "
     "with\n"
     "x.bus.c and busgen::testing (bus/testing.h; in CMake busgen_schema_tests does all of it).\n",
     1, -1, run_gen},
    {"plan", "FILE", "tells how much memory its messages take, where components run, how busy",
     "  --workers N          workers of the bus; default 1\n"
     "  --capacity N         messages per worker and lane; default 10000\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "Exit status 1 when a program reserves more than its `memory max`, or `rate` and `takes` come "
     "to\nmore than a worker has time for.\n",
     1, 1, run_plan},
    {"breaking", "FILE --against OLD", "tells what changes since older versions break",
     "  --against OLD        an older version: a .bus file, git:REV (FILE at that revision), or a\n"
     "                       lock file, for all versions in it (busgen lock); may be repeated\n"
     "  --only CATEGORIES    of wire,json,source,behaviour; default: all\n"
     "  --accept RULE:ELEMENT  accepts a finding from now on: it is written into the lock file; "
     "may\n"
     "                       be repeated\n"
     "  --reason TEXT        why\n"
     "  -v, --verbose        also tell what was accepted\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be "
     "repeated\n" FORMAT_HELP "\n"
     "wire: bytes of one program are refused, or mean something else, in the other. json: the "
     "same\n"
     "of JSON. source: programs do not compile. behaviour: order, loss, repetition, time.\n"
     "busgen explain RULE tells what a rule is for.\n",
     1, 1, run_breaking},
    {"lock", "FILE", "keeps the version of a schema that is released, in FILE.lock",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "A version that is locked does not change: later changes raise the version. Check the file "
     "in:\n"
     "busgen breaking FILE --against FILE.lock checks against every version in it.\n",
     1, 1, run_lock},
    {"lsp", "[--stdio]",
     "is the language server, for editors: JSON-RPC on standard input and output",
     "  --stdio              what some editors add; it speaks there anyway\n"
     "  -I ROOT              where imports may lie, besides the folder of a schema; may be "
     "repeated\n" RULE_HELP "\n"
     "Diagnostics of check and lint while a schema is written, hover, definition, references, "
     "rename,\n"
     "formatting, completion, symbols, quick fixes. It never writes a file: the editor does. How "
     "to "
     "tell\nan editor of it: share/busgen/editors/README.md, or codegen/editors in the source.\n",
     0, 0, run_lsp},
    {"explain", "[RULE]", "tells what a rule is for, with an example; without RULE lists them all",
     NULL, 0, 1, run_explain},
    {"decode", "FILE MESSAGE", "reads a packed message from stdin, writes it as JSON",
     "  --flatc              JSON as flatc reads it\n"
     "  --compact            on one line\n"
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "MESSAGE is a message, an older version of one (order_placed_v1), COMMAND.ANSWER, or a "
     "table.\n"
     "Secrets are shown: the bytes are yours.\n",
     2, 2, run_decode},
    {"encode", "FILE MESSAGE", "reads JSON from stdin, writes the packed message",
     "  -I ROOT              where imports may lie, besides the folder of FILE; may be repeated\n"
     "\n"
     "MESSAGE is a message, an older version of one (order_placed_v1), COMMAND.ANSWER, or a "
     "table.\n"
     "What is absent gets its default.\n",
     2, 2, run_encode},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

void print_help(void)
{
    printf("Usage: busgen COMMAND [OPTION]... ARGUMENT...\n"
           "Compiles .bus schemas to typed messages in C.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %-16s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
    printf("\n"
           "  --help       this text; after a command: its own\n"
           "  --version    the version\n"
           "\n"
           "Exit status: 0 fine, 1 findings in the input, 2 wrong use, files or memory.\n"
           "Colours only on a terminal, and not when NO_COLOR is set.\n");
}

void print_command_help(const struct command *command)
{
    printf("Usage: busgen %s %s\nThe command %s.\n", command->name, command->arguments,
           command->summary);
    if (command->help != NULL)
        printf("\n%s", command->help);
}

const struct command *find_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *closest;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    closest = idl_closest(name, names, COMMAND_COUNT);
    if (closest != NULL)
        fprintf(stderr, "busgen: no command '%s'; did you mean '%s'?\n", name, closest);
    else
        fprintf(stderr, "busgen: no command '%s'; 'busgen --help' lists them\n", name);
    return NULL;
}
