/* Tests a handler whose mail server is down for two minutes, and takes no time for it. */
#include <bus/simulation.h>
#include <errno.h>
#include <stdio.h>

#include "mail.bus.h"

/* The handler under test. */
static enum bus_verdict send_mail(void *context, const struct mail_mail_written *mail,
                                  struct bus_delivery *delivery)
{
    uint64_t second = bus_simulation_now(context) / BUS_SECOND;

    printf("%3u s: to %s: %s\n", (unsigned)second, mail->to.data, second < 120 ? "down" : "sent");
    return second < 120 ? bus_fail_errno(delivery, ECONNREFUSED, "mail server") : BUS_DONE;
}

int main(void)
{
    struct bus_simulation *simulation = NULL;
    const struct mail_mail_written mail = {.to = bus_cstr("ada@example.org")};
    struct bus_account account = {0};
    struct bus *bus = NULL;
    bool passed = bus_simulation_open(&simulation, NULL) == BUS_OK &&
                  bus_open(&bus, &(struct bus_options){.os = bus_simulation_os(simulation)}) == 0 &&
                  mail_mail_written_subscribe(bus, send_mail, simulation, NULL) == BUS_OK &&
                  bus_start(bus) == BUS_OK && mail_mail_written_publish(bus, &mail) == BUS_QUEUED &&
                  bus_wait_idle(bus, 600 * BUS_SECOND) == BUS_OK &&
                  mail_mail_written_account(bus, &account) == BUS_OK && account.processed == 1;

    puts(passed && account.calls == 4 ? "passed" : bus_last_error());
    return passed && bus_stop(bus, BUS_SECOND, NULL) == BUS_OK && bus_close(&bus) == BUS_OK &&
                   bus_simulation_close(&simulation) == BUS_OK && fflush(stdout) == 0
               ? 0
               : 1;
}
