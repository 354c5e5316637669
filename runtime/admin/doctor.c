/* doctor.c - the doctor: asks its parts, prints what they find. */
#include "doctor.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "show.h"
#include "text.h"

void found(struct doctor *doctor, enum weight weight, const char *subject, const char *advice,
           const char *format, ...)
{
    static const char *const words[] = {"ok", "hint", "warning", "error"};
    static const enum text_style styles[] = {STYLE_GOOD, STYLE_DIM, STYLE_WARN, STYLE_BAD};
    bool colours = text_colours();
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    doctor->findings += weight >= WARNING;
    if (doctor->options->json) {
        json_t *line = json_pack("{s:s,s:s,s:s,s:s*}", "level", words[weight], "subject", subject,
                                 "text", text, "advice", advice);

        if (line != NULL)
            show_json(line);
        json_decref(line);
        return;
    }
    if (weight == WELL && !doctor->options->verbose)
        return;
    (void)printf("%s%-8s%s%-10s", text_style(styles[weight], colours), words[weight],
                 text_style(STYLE_PLAIN, colours), subject);
    put_clean(stdout, text);
    (void)putchar('\n');
    if (advice != NULL)
        (void)printf("                  -> %s\n", advice);
}

/* What the program itself says; its process id, or 0. */
static uint64_t look_at_program(struct doctor *doctor, const char *socket)
{
    struct client client;
    json_t *status = NULL, *reason;
    uint64_t pid = 0;
    const char *state;
    size_t i;

    if (!client_open(&client, doctor->options, socket))
        return 0;
    if (client_ask(&client, "/status", NULL, &status) != CLIENT_ANSWERED) {
        found(doctor, ERROR, "program", client.advice, "%s", client.what);
        client_close(&client);
        return 0;
    }
    client_close(&client);
    pid = field_u64(status, "pid");
    state = field_text(json_object_get(status, "health"), "state");
    found(doctor, WELL, "program", NULL, "%s answers, %s", field_text(status, "bus"), state);
    if (strcmp(field_text(status, "busgen"), BUSGEN_VERSION) != 0)
        found(doctor, WARNING, "version", "use the busadm that was installed with the program",
              "the program runs on Busgen %s, and this busadm is %s", field_text(status, "busgen"),
              BUSGEN_VERSION);
    json_array_foreach(json_object_get(json_object_get(status, "health"), "reasons"), i, reason)
        found(doctor, strcmp(field_text(reason, "state"), "critical") == 0 ? ERROR : WARNING,
              "health", "busadm top shows more", "%s", field_text(reason, "text"));
    if (field_u64(json_object_get(status, "log"), "lost") > 0)
        found(doctor, WARNING, "log", "raise bus_options.errors_kept, or the least severity logged",
              "%" PRIu64 " lines of the log were lost",
              field_u64(json_object_get(status, "log"), "lost"));
    if (field_u64(json_object_get(status, "dead_letters"), "evicted") > 0)
        found(doctor, WARNING, "letters",
              "replay or purge dead letters in time, or raise bus_options.dead_letters_max",
              "%" PRIu64 " dead letters were pushed out by newer ones",
              field_u64(json_object_get(status, "dead_letters"), "evicted"));
    json_decref(status);
    return pid;
}

/* Without a socket the system alone is looked at, if somebody did not name one. */
static bool is_named(const struct options *options)
{
    char folder[SOCKET_PATH_SIZE];
    uint32_t i;

    if (options->socket != NULL || getenv("BUSGEN_SOCKET") != NULL)
        return true;
    for (i = 0; socket_folder(i, folder) != NULL; i++)
        if (access(folder, F_OK) == 0)
            return true;
    return false;
}

enum exit_code run_doctor(const struct options *options)
{
    struct doctor doctor = {.options = options};
    char socket[SOCKET_PATH_SIZE];
    uint64_t pid = 0;
    int i;

    if (options->store == NULL && is_named(options)) {
        if (!find_socket(options, socket))
            return EXIT_WRONG_USE;
        look_at_socket(&doctor, socket);
        pid = look_at_program(&doctor, socket);
    } else if (options->store == NULL) {
        found(&doctor, HINT, "program", "name its socket with --socket PATH",
              "no program was looked at");
    }
    if (options->store != NULL)
        look_at_store(&doctor, options->store);
    for (i = 0; i < options->folder_count; i++)
        look_at_folder(&doctor, options->folders[i]);
    look_at_versions(&doctor);
    look_at_kernel(&doctor);
    look_at_limits(&doctor, pid);
    look_at_clock(&doctor);
    if (!options->json)
        (void)printf("%s%s%s\n",
                     text_style(doctor.findings > 0 ? STYLE_WARN : STYLE_GOOD, text_colours()),
                     doctor.findings > 0 ? "something to mend" : "nothing that must be mended",
                     text_style(STYLE_PLAIN, text_colours()));
    return doctor.findings > 0 ? EXIT_FINDINGS : EXIT_FINE;
}
