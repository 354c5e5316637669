#!/usr/bin/env bash
# What a newcomer sees: schema, generated code, plan, and the programs at work.
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
run 0 "$root/examples/show" "$build"
for text in "event order_placed {" "struct shop_order_placed {" "shop_order_placed_publish(" \
    "shop_reserve_stock_execute(" "enum bus_verdict shop_warehouse_reserve_stock(" \
    "program shop_server" "/healthz" "balances" "Killed." \
    "Every order that was read is answered, and once." "Slowest from" "Your turn"; do
    says out "$text"
done
run 2 "$root/examples/show" "$work"
says err "is not built"
finish
