/*
 * shop - reads orders from a CSV file and runs them through the components of shop.bus.
 *
 * main opens the program that shop.bus wires, the desk (desk.c) sends commands and events, the
 * handlers are in warehouse.c, billing.c, cashier.c and audit.c. They share nothing but messages.
 * What fails during the day is kept as a dead letter and run again in the evening (evening.c).
 */
#include "../common/account.h"
#include "../common/lines.h"
#include "audit.h"
#include "billing.h"
#include "cashier.h"
#include "desk.h"
#include "evening.h"
#include "failures.h"
#include "summary.h"
#include "warehouse.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Dead letters of a day: so many may find a full lane, or wait for a repair. */
enum { LETTERS_MAX = 20000, LETTER_BYTES = 8 << 20 };
enum { EXIT_FINE = 0, EXIT_UNBALANCED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

static const char help[] =
    "Usage: shop [OPTION]... [FILE]\n"
    "Reads orders (CSV) from FILE, or from standard input when FILE is -, runs them through the\n"
    "shop's components and prints a summary. Without FILE: the orders that come with the example.\n"
    "\n"
    "  -w, --workers N    threads that run handlers, 1 to 64 (default 2)\n"
    "  -c, --capacity N   messages that each lane of a worker holds (default 10000)\n"
    "  -s, --stock FILE   the articles (default: the ones that come with the example)\n"
    "  -a, --all          print every malformed line, not only the first ones\n"
    "  -h, --help         print this and exit\n"
    "\n"
    "Exit status: 0 all orders were handled (malformed lines are reported), 1 orders were lost or\n"
    "the account does not balance, 2 wrong use or a file cannot be read or written, 130 after an\n"
    "interrupt.\n";

struct arguments {
    const char *orders;
    const char *stock;
    uint32_t workers;
    uint32_t capacity;
    bool all;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "shop: %s%s\nTry 'shop --help'.\n", what, value);
    return EXIT_USAGE;
}

/* 0 to go on, else the exit status + 1. */
static int arguments_read(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"workers", required_argument, NULL, 'w'}, {"capacity", required_argument, NULL, 'c'},
        {"stock", required_argument, NULL, 's'},   {"all", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    uint64_t number;
    int option;

    while ((option = getopt_long(argc, argv, "w:c:s:ah", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            if (!number_parse(optarg, 1, BUS_WORKERS_MAX, &number))
                return usage("--workers takes a number from 1 to 64, not ", optarg) + 1;
            arguments->workers = (uint32_t)number;
            break;
        case 'c':
            if (!number_parse(optarg, 1, 1000000, &number))
                return usage("--capacity takes a number from 1 to 1000000, not ", optarg) + 1;
            arguments->capacity = (uint32_t)number;
            break;
        case 's':
            arguments->stock = optarg;
            break;
        case 'a':
            arguments->all = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_FINE + 1;
        default: /* getopt_long said what is wrong */
            return usage("wrong use", "") + 1;
        }
    }
    if (argc - optind > 1)
        return usage("one file at most, not also ", argv[optind + 1]) + 1;
    if (argc - optind == 1)
        arguments->orders = argv[optind];
    return 0;
}

/* Reads until the end, an error or an interrupt. Returns false after an error. */
static bool read_orders(struct desk *desk, int file, const char *name)
{
    static struct lines lines;

    lines_init(&lines, file);
    while (!interrupted) {
        switch (lines_next(&lines)) {
        case LINES_LINE:
            desk_take(desk, lines.number, lines.text, lines.size);
            break;
        case LINES_TOO_LONG:
            desk->lines++;
            desk_complain(desk, lines.number, "the line is longer than 64 KiB");
            break;
        case LINES_END:
            return true;
        case LINES_ERROR:
            if (errno == EINTR)
                break;
            fprintf(stderr, "shop: cannot read %s: %s\n", name, strerror(errno));
            return false;
        }
    }
    return true;
}

/* Opens the bus with the components of `program shop_server`. */
static bool open_shop(struct bus **bus, const struct arguments *arguments,
                      const struct shop_server_contexts *contexts, struct failures *failures)
{
    struct bus_options options = {.name = "shop",
                                  .workers = arguments->workers,
                                  .dead_letters_max = LETTERS_MAX,
                                  .dead_letter_bytes = LETTER_BYTES};

    for (int lane = 0; lane < BUS_LANES; lane++)
        options.capacity[lane] = arguments->capacity;
    if (shop_server_open(bus, &options, contexts) == BUS_OK &&
        bus_system_event_handler_failed_subscribe(*bus, failures_note, failures, NULL) == BUS_OK &&
        bus_system_breaker_changed_subscribe(*bus, failures_breaker, failures, NULL) == BUS_OK &&
        bus_start(*bus) == BUS_OK)
        return true;
    fprintf(stderr, "shop: %s\n", bus_last_error());
    return false;
}

/* What the run has made. Nothing runs any more. False: the account does not balance. */
static bool print_all(const struct arguments *arguments, struct bus *bus, const struct desk *desk,
                      const struct shop_server_contexts *contexts, const struct failures *failures,
                      const struct evening *evening)
{
    if (interrupted)
        printf("Interrupted after line %" PRIu64 "; what was read is finished.\n", desk->lines);
    summary_print(stdout, arguments->orders, desk, contexts->warehouse, contexts->billing,
                  contexts->audit);
    payments_print(stdout, contexts->cashier, failures);
    if (failures->count > 0)
        printf("\nHandlers that failed: %" PRIu64 "\n  first: %s\n", failures->count,
               failures->first);
    evening_print(stdout, evening);
    printf("\nThe account of the bus\n");
    return account_print(stdout, bus);
}

/* Runs the shop over an open file. Returns the exit status. */
static int run(const struct arguments *arguments, int file, struct warehouse *warehouse,
               struct gateway *gateway)
{
    static struct billing billing;
    static struct audit audit;
    static struct desk desk;
    static struct failures failures;
    static struct evening evening;
    struct cashier cashier = {.gateway = gateway, .line = -1};
    struct shop_server_contexts contexts = {
        .warehouse = warehouse, .billing = &billing, .cashier = &cashier, .audit = &audit};
    struct bus *bus = NULL;
    bool complete;
    int status = EXIT_FINE;

    if (!open_shop(&bus, arguments, &contexts, &failures)) {
        bus_close(&bus);
        gateway_close(gateway);
        return EXIT_UNBALANCED;
    }
    desk.bus = bus;
    desk.all = arguments->all;
    if (!read_orders(&desk, file, arguments->orders))
        status = EXIT_USAGE;
    complete = evening_work(&evening, bus);
    /* Stop: no new messages, the queued ones are delivered. From here on nothing runs, so that the
     * contexts can be read. */
    if (bus_stop(bus, 30 * BUS_SECOND, NULL) != BUS_OK) {
        fprintf(stderr, "shop: %s\n", bus_last_error());
        complete = false;
    }
    cashier_hang_up(&cashier);
    gateway_close(gateway);
    complete = print_all(arguments, bus, &desk, &contexts, &failures, &evening) && complete;
    if (status == EXIT_FINE &&
        (!complete || desk.failed > 0 || billing.lost > 0 || cashier.lost > 0))
        status = EXIT_UNBALANCED;
    if (bus_close(&bus) != BUS_OK) { /* a handler still runs: what it uses must not be freed */
        fprintf(stderr, "shop: %s\n", bus_last_error());
        fflush(stdout);
        _Exit(EXIT_UNBALANCED);
    }
    return status == EXIT_FINE && interrupted ? EXIT_INTERRUPTED : status;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {
        .orders = SHOP_DATA "/orders.csv", .stock = SHOP_DATA "/stock.csv", .workers = 2};
    struct sigaction action = {.sa_handler = on_interrupt};
    struct warehouse warehouse = {0};
    static struct gateway gateway;
    int status = arguments_read(&arguments, argc, argv);
    int file = STDIN_FILENO;

    if (status == 0) {
        sigaction(SIGINT, &action, NULL); /* without SA_RESTART: a waiting read returns */
        sigaction(SIGTERM, &action, NULL);
        status = warehouse_load(&warehouse, arguments.stock);
        if (status == 0 && strcmp(arguments.orders, "-") != 0 &&
            (file = open(arguments.orders, O_RDONLY | O_CLOEXEC)) < 0) {
            fprintf(stderr, "shop: cannot read %s: %s\n", arguments.orders, strerror(errno));
            status = EXIT_USAGE;
        }
        if (status == 0 && !gateway_open(&gateway)) {
            fprintf(stderr, "shop: no gateway: %s\n", strerror(errno));
            status = EXIT_UNBALANCED;
        }
        if (status == 0)
            status = run(&arguments, file, &warehouse, &gateway);
        warehouse_free(&warehouse);
    } else {
        status--;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "shop: cannot write the summary: %s\n", strerror(errno));
        status = EXIT_USAGE;
    }
    return status;
}
