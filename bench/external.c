/* external.c - programs beside this one: see harness.h. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

extern char **environ;

/* Starts it with `to` (may be -1: none) as its input and `from` as its output. */
static pid_t start(const char *const *command, int to, int from)
{
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    int error;

    posix_spawn_file_actions_init(&actions);
    if (to >= 0)
        posix_spawn_file_actions_adddup2(&actions, to, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, from, STDOUT_FILENO);
    error = posix_spawnp(&process, command[0], &actions, NULL, (char *const *)(uintptr_t)command,
                         environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        perror(command[0]);
        return -1;
    }
    return process;
}

/* A pipe that programs do not inherit by chance. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, 02000000 /* O_CLOEXEC */) == 0)
        return true;
    perror("bench: pipe");
    return false;
}

static bool is_running(struct external *external)
{
    int input[2];
    int output[2];

    if (external->process > 0)
        return true;
    if (!open_pipe(input) || !open_pipe(output))
        return false;
    signal(SIGPIPE, SIG_IGN);
    external->process = start(external->command, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    external->to = input[1];
    external->from = output[0];
    return external->process > 0;
}

/* The next line that it says, as JSON; NULL: it ended, or spoke something else. */
static json_t *hear(int from)
{
    FILE *line = tmpfile();
    json_t *answer = NULL;
    char c = 0;

    while (line != NULL && read(from, &c, 1) == 1 && c != '\n')
        fputc(c, line);
    if (line != NULL) {
        rewind(line);
        answer = json_loadf(line, 0, NULL);
        fclose(line);
    }
    return answer;
}

static json_t *ask(struct external *external, const char *name, uint64_t count)
{
    const char *wrong = "no answer";
    json_t *answer;

    if (!is_running(external))
        return NULL;
    if (dprintf(external->to, "%s %llu\n", name, (unsigned long long)count) < 0)
        return NULL;
    answer = hear(external->from);
    if (answer != NULL && json_unpack(answer, "{s:s}", "error", &wrong) != 0)
        return answer;
    fprintf(stderr, "bench: %s: %s\n", external->command[0], wrong);
    json_decref(answer);
    return NULL;
}

double external_run(struct external *external, const char *name, uint64_t count)
{
    json_t *answer = ask(external, name, count);
    json_t *value = json_object_get(answer, "value");
    double result = json_is_number(value) ? json_number_value(value) : -1;

    json_decref(answer);
    return result;
}

bool external_latency(struct external *external, const char *name, uint64_t count,
                      struct histogram *histogram)
{
    json_t *answer = ask(external, name, count);
    json_t *values = json_object_get(answer, "latencies_ns");
    bool right = json_array_size(values) > 0;
    json_t *value;
    size_t i;

    json_array_foreach(values, i, value) histogram_add_ns(histogram, json_number_value(value));
    json_decref(answer);
    return right;
}

static bool take_figure(const json_t *object, struct figures *figures)
{
    const char *name;
    const char *unit;
    double value;

    if (json_unpack((json_t *)(uintptr_t)object, "{s:s, s:s, s:F}", "name", &name, "unit", &unit,
                    "value", &value) != 0)
        return false;
    figures_add(figures, name, unit, value);
    return true;
}

bool external_figures(struct external *external, const char *name, uint64_t count,
                      struct figures *figures)
{
    json_t *answer = ask(external, name, count);
    json_t *list = json_object_get(answer, "figures");
    bool right = json_array_size(list) > 0;

    for (size_t i = 0; right && i < json_array_size(list); i++)
        right = take_figure(json_array_get(list, i), figures);
    json_decref(answer);
    return right;
}

bool program_figures(const char *const *command, struct figures *figures)
{
    int output[2];
    int status = -1;
    bool right = true;
    json_t *line;
    pid_t process;

    if (!open_pipe(output))
        return false;
    process = start(command, -1, output[1]);
    close(output[1]);
    while (process > 0 && right && (line = hear(output[0])) != NULL) {
        right = take_figure(line, figures);
        json_decref(line);
    }
    close(output[0]);
    if (process <= 0 || waitpid(process, &status, 0) != process || status != 0)
        fprintf(stderr, "bench: %s failed\n", command[0]);
    return right && status == 0;
}
