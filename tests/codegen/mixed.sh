#!/usr/bin/env bash
# Code of two versions of one schema: what was compiled with one does not link with the other; where
# each is in a library of its own the second cannot attach, and says why. Comments change nothing.
# covers: A5
# usage: mixed.sh BUSGEN SOURCE-FOLDER LIBRARY
. "$(dirname "$0")/support.sh"
library=$3
cd "$work" || exit 2
flags=(-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fPIC "-I$root/runtime/include")

schema() { # FOLDER VERSION FIELD: in the folder, as C and compiled
    mkdir "$1"
    printf 'bus shop version %s; // %s\nevent order_placed { 1 id : u64;%s }\n' "$2" "$4" "$3" >"$1/shop.bus"
    "$busgen" gen "$1/shop.bus" -o "$1" || fail "busgen gen of $1"
    gcc "${flags[@]}" "-I$1" -c "$1/shop.bus.c" -o "$1/shop.o" || fail "gcc of $1"
}
schema two 2 '' 'the old one'
schema three 3 ' 2 note : string? max 20 since 3;' 'the new one'
schema again 3 ' 2 note : string? max 20 since 3;' 'another comment'

cat >plugin.c <<'C'
#include "shop.bus.h"

static enum bus_verdict on_placed(void *context, const struct shop_order_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context, (void)event, (void)delivery;
    return BUS_DONE;
}
enum bus_status plugin_attach(struct bus *bus);
enum bus_status plugin_attach(struct bus *bus)
{
    return shop_order_placed_subscribe(bus, on_placed, NULL, NULL);
}
C
cat >main.c <<'C'
#include "shop.bus.h"
#include <stdio.h>

enum bus_status plugin_attach(struct bus *bus);
static enum bus_verdict on_placed(void *context, const struct shop_order_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context, (void)event, (void)delivery;
    return BUS_DONE;
}
int main(void)
{
    struct bus *bus;
    enum bus_status status;

    if (bus_open(&bus, NULL) != BUS_OK ||
        shop_order_placed_subscribe(bus, on_placed, NULL, NULL) != BUS_OK)
        return 3;
    status = plugin_attach(bus);
    puts(status == BUS_OK ? "attached" : bus_last_error());
    bus_close(&bus);
    return status != BUS_OK;
}
C
link=("$library" -lck -pthread -rdynamic -ldl)

gcc "${flags[@]}" -Itwo -c plugin.c -o plugin.o || fail "plugin of version 2"
gcc "${flags[@]}" -Ithree -c main.c -o main.o || fail "main of version 3"
if gcc main.o plugin.o three/shop.o "${link[@]}" -o mixed 2>err; then
    fail "objects of versions 2 and 3 link"
fi
grep -q 'undefined reference to .shop_order_placed_type_v2_' err || fail "the linker says: $(cat err)"

gcc "${flags[@]}" -Iagain -c plugin.c -o plugin.o || fail "plugin with another comment"
gcc main.o plugin.o three/shop.o "${link[@]}" -o same && ./same >out || fail "one schema: $(cat out)"

gcc "${flags[@]}" -shared -Itwo plugin.c two/shop.o -o libplugin.so || fail "libplugin.so"
gcc main.o three/shop.o ./libplugin.so "${link[@]}" -o apart || fail "main beside libplugin.so"
./apart >out && fail "both attach to one bus"
grep -q 'shop.order_placed of schema version 3 has the identity of shop.order_placed of version 2' out ||
    fail "attach says: $(cat out)"
finish
