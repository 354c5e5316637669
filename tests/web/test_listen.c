/*
 * Where the web server listens: what it refuses and says, whose socket is whose, who may open it,
 * and what is left of it.
 * covers: R19
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "site.h"

static void assert_refused(struct bus *bus, const struct bus_http_options *options,
                           enum bus_status status, const char *says)
{
    struct bus_http *server = (struct bus_http *)(void *)&status;

    assert_int_equal(bus_http_open(&server, bus, options), status);
    assert_null(server);
    if (strstr(bus_last_error(), says) == NULL)
        fail_msg("not \"%s\": %s", says, bus_last_error());
}

/* A server at this path alone. */
static struct bus_http *open_at(struct bus *bus, const char *path)
{
    struct bus_http *server = NULL;

    if (bus_http_open(&server, bus,
                      &(struct bus_http_options){.no_port = true, .socket_path = path}) != BUS_OK)
        fail_msg("%s", bus_last_error());
    assert_int_equal(bus_http_port(server), 0);
    return server;
}

static void assert_serves(const char *path)
{
    struct reply reply = client_get(0, path, "/livez");

    assert_string_equal(reply.body, "ok\n");
    reply_free(&reply);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- refused ---- */

static void wrong_use(void **state)
{
    struct site site = site_open(NULL, false);
    char longer[109];
    struct bus_http *none = NULL;

    (void)state;
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_refused(site.bus, &(struct bus_http_options){.socket_path = longer, .no_port = true},
                   BUS_ERR_INVALID, "1 to 107 bytes, not 108");
    assert_refused(site.bus, &(struct bus_http_options){.socket_path = "", .no_port = true},
                   BUS_ERR_INVALID, "1 to 107 bytes, not 0");
    assert_refused(site.bus, &(struct bus_http_options){.no_port = true}, BUS_ERR_INVALID,
                   "nothing to listen on");
    assert_refused(site.bus, &(struct bus_http_options){.address = "localhost"}, BUS_ERR_INVALID,
                   "\"localhost\" is no address");
    assert_refused(site.bus, &(struct bus_http_options){.address = "192.0.2.1", .any_port = true},
                   BUS_ERR_INVALID, "does not have that address");
    assert_refused(site.bus, &(struct bus_http_options){.any_port = true, .connections_max = 1025},
                   BUS_ERR_INVALID, "1025 connections are too many");
    assert_refused(site.bus, &(struct bus_http_options){.any_port = true, .metrics_prefix = "9x"},
                   BUS_ERR_INVALID, "prefix");
    assert_refused(site.bus, &(struct bus_http_options){.port = site.port}, BUS_ERR_STATE,
                   "ss -ltnp");
    assert_refused(
        site.bus,
        &(struct bus_http_options){.socket_path = folder_path("none/bus.sock"), .any_port = true},
        BUS_ERR_SYSTEM, "No such file or directory");
    assert_refused(NULL, NULL, BUS_ERR_INVALID, "NULL or closed");
    assert_int_equal(bus_http_open(NULL, site.bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(
        bus_http_open_abi(&none, site.bus, NULL, sizeof(struct bus_http_options) + 8, BUS_ABI),
        BUS_ERR_ABI);
    assert_int_equal(bus_http_close(NULL), BUS_OK);
    assert_int_equal(bus_http_close(&none), BUS_OK);
    assert_int_equal(bus_http_port(NULL), 0);
    /* Nothing of it has done the first one any harm. */
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n");
    assert_serves(site.socket);
    site_close(&site);
}

/* ---- whose is the socket ---- */

static void a_living_one_is_not_taken_away(void **state)
{
    struct site site = site_open(NULL, false);

    (void)state;
    assert_refused(site.bus,
                   &(struct bus_http_options){.socket_path = site.socket, .any_port = true},
                   BUS_ERR_STATE, "listens on");
    assert_serves(site.socket);
    site_close(&site);
}

static int bind_plain(const char *path, bool listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(made, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    if (listening)
        assert_int_equal(listen(made, 1), 0);
    return made;
}

/* A bus serves there, and is the last thing that the test does. */
static void takes_over(struct bus *bus, const char *path)
{
    struct bus_http *server = open_at(bus, path);

    assert_serves(path);
    assert_int_equal(bus_http_close(&server), BUS_OK);
    assert_false(is_there(path));
    finish_bus(&bus);
    folder_remove();
}

/* Not one of ours, which would have the lock: it counts that somebody listens. */
static void nor_that_of_another_program(void **state)
{
    struct bus *bus = open_polled();
    const char *path;
    int other;

    (void)state;
    (void)folder_make();
    path = folder_path("other.sock");
    other = bind_plain(path, true);
    assert_refused(bus, &(struct bus_http_options){.socket_path = path, .no_port = true},
                   BUS_ERR_STATE, "listens on");
    assert_true(is_there(path));
    (void)close(other); /* dead now, and its file still there */
    assert_true(is_there(path));
    takes_over(bus, path);
}

static void what_is_no_socket_is_not_touched(void **state)
{
    struct bus *bus = open_polled();
    const char *path;
    struct stat found;
    int file;

    (void)state;
    (void)folder_make();
    path = folder_path("notes.txt");
    file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_int_equal(write(file, "precious", 8), 8);
    (void)close(file);
    assert_refused(bus, &(struct bus_http_options){.socket_path = path, .no_port = true},
                   BUS_ERR_INVALID, "is no socket");
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_size, 8);
    /* Neither is what a link points to. */
    assert_int_equal(symlink(path, folder_path("link.sock")), 0);
    assert_refused(
        bus, &(struct bus_http_options){.socket_path = folder_path("link.sock"), .no_port = true},
        BUS_ERR_INVALID, "is no socket");
    assert_int_equal(symlink(path, folder_path("x.sock.lock")), 0);
    assert_refused(
        bus, &(struct bus_http_options){.socket_path = folder_path("x.sock"), .no_port = true},
        BUS_ERR_SYSTEM, "cannot open");
    finish_bus(&bus);
    folder_remove();
}

/* A child is killed while it serves: its successor takes over. */
static void a_killed_one_is_replaced(void **state)
{
    const char *path;
    struct bus *bus;
    pid_t child;
    int status, attempts = 0, connected;

    (void)state;
    (void)folder_make();
    path = folder_path("bus.sock");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bus = open_polled();
        (void)open_at(bus, path);
        for (;;)
            (void)pause();
    }
    while ((connected = client_connect(0, path)) < 0 && ++attempts < 3000)
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_true(connected >= 0);
    (void)close(connected);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(is_there(path));
    bus = open_polled();
    takes_over(bus, path);
}

/* Somebody has put another file there meanwhile: it is not ours to remove. */
static void only_its_own_file_is_removed(void **state)
{
    struct bus *bus = open_polled();
    struct bus_http *server;
    const char *path;
    int other;

    (void)state;
    (void)folder_make();
    path = folder_path("bus.sock");
    server = open_at(bus, path);
    assert_int_equal(unlink(path), 0);
    other = bind_plain(path, true);
    assert_int_equal(bus_http_close(&server), BUS_OK);
    assert_true(is_there(path));
    (void)close(other);
    finish_bus(&bus);
    folder_remove();
}

/* ---- who may open it, who inherits it ---- */

/* covers: R19 */
static void mode_is_0600_under_any_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0177, 0277, 0777};
    struct bus *bus = open_polled();
    const char *path;

    (void)state;
    (void)folder_make();
    path = folder_path("bus.sock");
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        mode_t before = umask(masks[i]);
        struct bus_http *server = open_at(bus, path);
        struct stat found;

        (void)umask(before);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 07777, 0600);
        assert_serves(path);
        assert_int_equal(bus_http_close(&server), BUS_OK);
        assert_false(is_there(folder_path("bus.sock.lock")));
    }
    finish_bus(&bus);
    folder_remove();
}

/* What another program is started with has none of the server's descriptors. */
static void nothing_is_inherited(void **state)
{
    struct site site = site_open(NULL, false);
    int idle = client_connect(site.port, NULL), status;
    char count[64] = "";
    int ends[2];
    pid_t child;

    (void)state;
    assert_string_equal(site_text(&site, "/livez", 200), "ok\n"); /* it has accepted both */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], 1);
        (void)close(ends[0]);
        (void)close(ends[1]);
        execl("/bin/sh", "sh", "-c", "ls -l /proc/$$/fd | grep -c 'socket:\\|anon_inode'", NULL);
        _exit(9);
    }
    (void)close(ends[1]);
    (void)!read(ends[0], count, sizeof count - 1);
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_string_equal(count, "0\n");
    (void)close(idle);
    site_close(&site);
}

/* ---- many ---- */

static void many_buses_and_servers(void **state)
{
    enum { MANY = 8 };
    struct bus *buses[MANY];
    struct bus_http *servers[MANY], *second = NULL;
    struct bus_http_options options = {.any_port = true};
    struct reply reply;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "bus%d", i);
        buses[i] = open_bus(&(struct bus_options){.name = name, .polled = true});
        assert_int_equal(bus_start(buses[i]), BUS_OK);
        assert_int_equal(bus_http_open(&servers[i], buses[i], &options), BUS_OK);
    }
    assert_int_equal(bus_http_open(&second, buses[0], &options), BUS_OK);
    assert_int_not_equal(bus_http_port(second), bus_http_port(servers[0]));
    for (int i = 0; i < MANY; i++) {
        char expected[32];

        (void)snprintf(expected, sizeof expected, "\"bus\":\"bus%d\"", i);
        reply = client_get(bus_http_port(servers[i]), NULL, "/status");
        assert_non_null(strstr(reply.body, expected));
        reply_free(&reply);
    }
    assert_int_equal(bus_http_close(&servers[0]), BUS_OK);
    assert_int_equal(bus_close(&buses[0]), BUS_ERR_BUSY); /* the second one is open */
    assert_int_equal(bus_http_close(&second), BUS_OK);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(bus_http_close(&servers[i]), BUS_OK);
        finish_bus(&buses[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_use),
        cmocka_unit_test(a_living_one_is_not_taken_away),
        cmocka_unit_test(nor_that_of_another_program),
        cmocka_unit_test(what_is_no_socket_is_not_touched),
        cmocka_unit_test(a_killed_one_is_replaced),
        cmocka_unit_test(only_its_own_file_is_removed),
        cmocka_unit_test(mode_is_0600_under_any_umask),
        cmocka_unit_test(nothing_is_inherited),
        cmocka_unit_test(many_buses_and_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
