#include "cashier.h"

#include "orders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void cashier_hang_up(struct cashier *cashier)
{
    if (cashier->line >= 0)
        close(cashier->line);
    cashier->line = -1;
}

static bool announce(struct bus *bus, const struct shop_payment_due *due)
{
    return bus_accepted(shop_order_settled_publish_with(
        bus,
        &(struct shop_order_settled){
            .order_id = due->order_id, .state = SHOP_ORDER_STATE_PAID, .total = due->total},
        &(struct bus_message_options){
            .id = order_message_id(&shop_order_settled_type, due->order_id)}));
}

/* Sends the request and waits for the answer. Returns 0, or an errno value; then the line is
 * closed, so that a late answer is not taken for that of the next request. */
static int ask(struct cashier *cashier, const struct shop_payment_due *due,
               char answer[GATEWAY_PACKET])
{
    char request[GATEWAY_PACKET];
    int length = snprintf(request, sizeof(request), "CHARGE %" PRIu64 " %" PRId64 " %s",
                          due->order_id, due->total.amount, due->card.token.data);
    int error = 0;
    ssize_t size = -1;

    if (send(cashier->line, request, (size_t)length, MSG_NOSIGNAL) >= 0)
        size = recv(cashier->line, answer, GATEWAY_PACKET - 1, 0);
    if (size <= 0) {
        error = size == 0 ? ECONNRESET : errno;
        cashier_hang_up(cashier);
        return error == EAGAIN ? ETIMEDOUT : error;
    }
    answer[size] = '\0';
    return 0;
}

/* May run more than once for one payment: the gateway knows the order and charges it once. */
enum bus_verdict shop_cashier_on_payment_due(void *context, const struct shop_payment_due *event,
                                             struct bus_delivery *delivery)
{
    struct cashier *cashier = context;
    char answer[GATEWAY_PACKET];
    struct bus_envelope envelope;
    int error;

    bus_delivery_envelope(delivery, &envelope);
    cashier->runs_again += envelope.attempt > 1;
    if (cashier->line < 0)
        cashier->line = gateway_call(cashier->gateway);
    error = cashier->line < 0 ? errno : ask(cashier, event, answer);
    if (error != 0) /* what that means - is it worth another try? - the bus knows */
        return bus_fail_errno(delivery, error, "gateway");
    if (strcmp(answer, "PAID") != 0) /* permanent: it would say the same again */
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_AUTH,
                                                      .severity = BUS_SEVERITY_HIGH,
                                                      .text = answer});
    cashier->paid++;
    if (!announce(bus_delivery_bus(delivery), event))
        cashier->lost++;
    return BUS_DONE;
}
