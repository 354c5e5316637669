/*
 * shop - reads orders from a CSV file and runs them through the components of shop.bus.
 *
 * main opens the program that shop.bus wires, the desk (desk.c) sends commands and events, the
 * handlers are in warehouse.c, billing.c, cashier.c and audit.c. They share nothing but messages.
 * What fails during the day is kept as a dead letter and run again in the evening (evening.c).
 * With --http it can be looked at meanwhile, and goes on until an interrupt (web.c).
 * With --keep all of it outlives a kill -9: keep.c says what lies where.
 */
#include "../common/account.h"
#include "../common/lines.h"
#include "audit.h"
#include "billing.h"
#include "books.h"
#include "cashier.h"
#include "desk.h"
#include "evening.h"
#include "failures.h"
#include "keep.h"
#include "summary.h"
#include "warehouse.h"
#include "web.h"

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
    "  -k, --keep FOLDER  keep orders, books and dead letters on disk; the next run with the same\n"
    "                     FOLDER goes on where this one was killed (needs busgen::store)\n"
    "      --kill-after N kill -9 this program in the middle: N orders are settled, and one more "
    "is\n"
    "                     about to be; where there are fewer, between the stop and the end\n"
    "      --http[=PORT]  show the shop at http://127.0.0.1:PORT/ (default 9464; 0: any): a page,\n"
    "                     /metrics for Prometheus, /healthz, /status (needs busgen::http)\n"
    "      --admin SOCKET the same at a Unix socket of yours alone, with all that it lets you do\n"
    "      --serve SECONDS  with one of these two the day goes on when the file is read, with "
    "some\n"
    "                     fifty more orders a second, for so long (default: until an interrupt)\n"
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
    const char *folder; /* NULL: nothing is kept */
    uint64_t kill_after;
    struct web_options web;
};

/* What is open from the first order to the last, and has files in the folder. */
struct shop {
    struct keep keep;
    struct warehouse warehouse;
    struct books books;
    struct gateway gateway;
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

enum { KILL_AFTER = 256, HTTP, ADMIN, SERVE };

/* The options with long names only. 0 to go on, else the exit status + 1. */
static int option_read(struct arguments *arguments, int option)
{
    uint64_t number;

    switch (option) {
    case KILL_AFTER:
        if (!number_parse(optarg, 0, UINT32_MAX, &arguments->kill_after))
            return usage("--kill-after takes a number, not ", optarg) + 1;
        return 0;
    case HTTP:
        if (optarg != NULL) {
            if (!number_parse(optarg, 0, UINT16_MAX, &number))
                return usage("--http takes a port, not ", optarg) + 1;
            arguments->web.port = (uint16_t)number;
        }
        arguments->web.wanted = arguments->web.tcp = true;
        return 0;
    case ADMIN:
        arguments->web.wanted = true;
        arguments->web.socket = optarg;
        return 0;
    default:
        if (!number_parse(optarg, 1, UINT32_MAX, &arguments->web.seconds))
            return usage("--serve takes a number of seconds, not ", optarg) + 1;
        return 0;
    }
}

/* The same of all. */
static int arguments_read(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"workers", required_argument, NULL, 'w'},
        {"capacity", required_argument, NULL, 'c'},
        {"stock", required_argument, NULL, 's'},
        {"all", no_argument, NULL, 'a'},
        {"keep", required_argument, NULL, 'k'},
        {"kill-after", required_argument, NULL, KILL_AFTER},
        {"http", optional_argument, NULL, HTTP},
        {"admin", required_argument, NULL, ADMIN},
        {"serve", required_argument, NULL, SERVE},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    uint64_t number;
    int option, status;

    while ((option = getopt_long(argc, argv, "w:c:s:ak:h", options, NULL)) != -1) {
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
        case 'k':
            arguments->folder = optarg;
            break;
        case KILL_AFTER:
        case HTTP:
        case ADMIN:
        case SERVE:
            status = option_read(arguments, option);
            if (status != 0)
                return status;
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
static bool open_bus(struct bus **bus, const struct arguments *arguments, const struct keep *keep,
                     const struct shop_server_contexts *contexts, struct failures *failures)
{
    struct bus_options options = {.name = "shop",
                                  .workers = arguments->workers,
                                  .store = keep_store(keep),
                                  .durable_without_store = true,
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

/* What the run has made. Nothing runs any more. False: something does not balance. */
static bool print_all(const struct arguments *arguments, struct bus *bus, const struct shop *shop,
                      const struct desk *desk, const struct shop_server_contexts *contexts,
                      const struct failures *failures, const struct evening *evening)
{
    bool balances = true;

    if (interrupted)
        printf("Interrupted after line %" PRIu64 "; what was read is finished.\n", desk->lines);
    desk_print(stdout, arguments->orders, desk);
    if (shop->keep.folder == NULL) {
        summary_print(stdout, contexts->warehouse, contexts->billing, contexts->audit);
        payments_print(stdout, contexts->cashier, failures);
    }
    if (failures->count > 0)
        printf("\nHandlers that failed: %" PRIu64 "\n  first: %s\n", failures->count,
               failures->first);
    evening_print(stdout, evening);
    if (shop->keep.folder != NULL)
        balances =
            keep_print(stdout, bus, desk, &shop->books, &shop->warehouse, &shop->gateway.figures);
    printf("\nThe account of the bus\n");
    return account_print(stdout, bus) && balances;
}

/* Runs the shop over an open file. Returns the exit status. */
static int run(const struct arguments *arguments, int file, struct shop *shop)
{
    static struct billing billing;
    static struct audit audit;
    static struct desk desk;
    static struct failures failures;
    static struct evening evening;
    struct cashier cashier = {.gateway = &shop->gateway, .line = -1};
    struct shop_server_contexts contexts = {.warehouse = &shop->warehouse,
                                            .billing = &billing,
                                            .cashier = &cashier,
                                            .books = &shop->books,
                                            .audit = &audit};
    struct bus *bus = NULL;
    struct web web = {0};
    bool complete;
    int status = EXIT_FINE;

    if (!open_bus(&bus, arguments, &shop->keep, &contexts, &failures) ||
        !web_open(&web, bus, &arguments->web)) {
        status = bus != NULL ? EXIT_USAGE : EXIT_UNBALANCED; /* port or socket are taken */
        bus_close(&bus);
        gateway_close(&shop->gateway);
        return status;
    }
    desk.bus = bus;
    desk.all = arguments->all;
    /* What an earlier run has accepted comes first: it has its share of the stock. */
    complete = evening_all_done(bus);
    if (complete && !read_orders(&desk, file, arguments->orders))
        status = EXIT_USAGE;
    web_serve(&web, &desk, &arguments->web, &interrupted);
    complete = evening_work(&evening, bus) && complete;
    /* Stop: no new messages, the queued ones are delivered. From here on nothing runs, so that the
     * contexts can be read. */
    if (bus_stop(bus, 30 * BUS_SECOND, NULL) != BUS_OK) {
        fprintf(stderr, "shop: %s\n", bus_last_error());
        complete = false;
    }
    web_close(&web);
    if (arguments->kill_after != BOOKS_KILL_NEVER)
        (void)raise(SIGKILL);
    cashier_hang_up(&cashier);
    gateway_close(&shop->gateway);
    complete = print_all(arguments, bus, shop, &desk, &contexts, &failures, &evening) && complete;
    if (status == EXIT_FINE &&
        (!complete || desk.failed > 0 || billing.lost > 0 || cashier.lost > 0))
        status = EXIT_UNBALANCED;
    if (bus_close(&bus) != BUS_OK) { /* a handler still runs: what it uses must not be freed */
        fprintf(stderr, "shop: %s\n", bus_last_error());
        fflush(stdout);
        _Exit(EXIT_UNBALANCED);
    }
    numbers_free(&desk.orders);
    return status == EXIT_FINE && interrupted ? EXIT_INTERRUPTED : status;
}

/* The stock, and what is in the folder. Returns the exit status. */
static int shop_open(struct shop *shop, const struct arguments *arguments)
{
    int status = warehouse_load(&shop->warehouse, arguments->stock);

    if (status != EXIT_FINE)
        return status;
    if (!keep_open(&shop->keep, arguments->folder))
        return EXIT_USAGE;
    shop->books.kill_after = arguments->kill_after;
    if (warehouse_open(&shop->warehouse, arguments->folder) &&
        books_open(&shop->books, arguments->folder) &&
        gateway_open(&shop->gateway, arguments->folder)) {
        keep_found_print(stdout, &shop->keep, &shop->books);
        return EXIT_FINE;
    }
    fprintf(stderr, "shop: cannot open the books, or no gateway: %s\n",
            errno == EILSEQ ? "a line in them that the shop did not write" : strerror(errno));
    return EXIT_UNBALANCED;
}

/* The gateway has gone. */
static void shop_close(struct shop *shop)
{
    books_close(&shop->books);
    warehouse_free(&shop->warehouse);
    keep_close(&shop->keep);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.orders = SHOP_DATA "/orders.csv",
                                  .stock = SHOP_DATA "/stock.csv",
                                  .workers = 2,
                                  .kill_after = BOOKS_KILL_NEVER,
                                  .web = {.port = 9464}};
    struct sigaction action = {.sa_handler = on_interrupt};
    static struct shop shop;
    int status = arguments_read(&arguments, argc, argv);
    int file = STDIN_FILENO;

    if (status == 0) {
        sigaction(SIGINT, &action, NULL); /* without SA_RESTART: a waiting read returns */
        sigaction(SIGTERM, &action, NULL);
        if (strcmp(arguments.orders, "-") != 0 &&
            (file = open(arguments.orders, O_RDONLY | O_CLOEXEC)) < 0) {
            fprintf(stderr, "shop: cannot read %s: %s\n", arguments.orders, strerror(errno));
            status = EXIT_USAGE;
        }
        if (status == 0)
            status = shop_open(&shop, &arguments);
        if (status == 0)
            status = run(&arguments, file, &shop);
        shop_close(&shop);
    } else {
        status--;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "shop: cannot write the summary: %s\n", strerror(errno));
        status = EXIT_USAGE;
    }
    return status;
}
