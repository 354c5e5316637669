#!/usr/bin/env bash
# --split: the parts have exactly the names that were asked for, hold together what one file would hold, compile
# without a warning, link and work; they are listed in the depfile, stay untouched when nothing changed, are the
# same from any folder and in any locale, and are taken away when they are over, but nothing else is.
# covers: R20, M4
# usage: split.sh BUSGEN SOURCE-FOLDER LIBRARY
. "$(dirname "$0")/support.sh"
library=${3:?usage: split.sh BUSGEN SOURCE-FOLDER LIBRARY}
cd "$work" || exit 1
strict=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror "-I$root/runtime/include")

# Messages of every kind; what several parts need lies in none of them alone. More of them than stay inlined.
{
    echo "bus many version 1;"
    echo "enum state : u8 { open = 0; paid = 1; }"
    echo "struct spot { near : u8; far : u64; }"
    echo "table part { 1 sku : string max 64; 2 count : u32 = 3; 3 at : spot; }"
    echo "table whole { 1 first : part; 2 label : string? max 9; }"
    echo "union either { 1 part; 2 whole; }"
    for ((i = 0; i < 3; i++)); do
        echo "policy often_$i { retry $((i + 1)); breaker store_$i opens_after 5 in 60s; }"
    done
    for ((i = 0; i < 30; i++)); do
        echo "event seen_$i { 1 id : u64 key; 2 state : state; 3 note : string? max 40; 4 parts : [part] max 4; }"
        echo "event told_$i { 1 id : u32; 2 either : either; 4 many : [u16] max 9; 5 few : [u8] max 3; use often_$((i % 3)); }"
        echo "command make_$i { 1 id : u64 key; 2 first : part; returns { 1 made : u64; } fails gone { 1 left : part; } }"
    done
    echo "component maker { handles make_0; handles make_29; listens seen_0; listens told_29; }"
} >many.bus

run 0 "$busgen" gen many.bus -o one
run 0 "$busgen" gen many.bus -o five --split 5 -MD
names() { (cd "$1" && echo *); }
[ "$(names five)" = "many.bus.1.c many.bus.2.c many.bus.3.c many.bus.4.c many.bus.5.c many.bus.c many.bus.d many.bus.h many.fbs" ] ||
    fail "--split 5 wrote $(names five)"
for part in "" 1. 2. 3. 4. 5.; do
    grep -qF "five/many.bus.${part}c" five/many.bus.d || fail "the depfile does not name many.bus.${part}c"
done

# ---- what is in them
defined() { # FOLDER COMPILER...: compiles, lists what is defined for others
    local folder=$1 source objects=()
    shift
    for source in "$folder"/*.c; do
        "$@" "${strict[@]}" -I"$folder" -c "$source" -o "$source.o" >err 2>&1 || {
            fail "$* $source" >&2
            head -20 err >&2
        }
        objects+=("$source.o")
    done
    nm --defined-only --extern-only "${objects[@]}" | awk 'NF == 3 { print $2, $3 }' | sort
}
defined one gcc -std=c11 -O1 >symbols
for compiler in "gcc -std=c11 -Wmissing-prototypes -O2" "clang -std=c11 -O1" "g++ -std=c++17 -x c++ -O0"; do
    command -v "${compiler%% *}" >/dev/null || continue
    # shellcheck disable=SC2086
    defined five $compiler >found
    # C++ puts constants elsewhere; the names are the same
    cmp <(cut -d' ' -f2 symbols) <(cut -d' ' -f2 found) || fail "$compiler: the parts define other names than one file"
done
for part in 1 2 3 4 5; do
    count=$(grep -c '^/\* ---- .* ---- \*/' "five/many.bus.$part.c")
    [ "$count" = 18 ] || fail "part $part has $count of 90 messages"
done
# a handler's user needs the functions, a part does not see them
grep -q 'define BUS_TYPES_ONLY' five/many.bus.3.c || fail "a part reads all functions of the header"

# ---- they work
cat >main.c <<'TEXT'
#include "many.bus.h"

static uint64_t sum;

static enum bus_verdict on_seen(void *context, const struct many_seen_0 *event, struct bus_delivery *delivery)
{
    (void)context, (void)delivery;
    sum += event->id + event->parts.size + event->parts.data[1].count + event->parts.data[1].sku.size;
    return BUS_DONE;
}
static enum bus_verdict on_told(void *context, const struct many_told_29 *event, struct bus_delivery *delivery)
{
    (void)context, (void)delivery;
    sum += event->id + event->either.whole.first.count + event->either.whole.label.value.size;
    return BUS_DONE;
}
static enum bus_verdict on_make_0(void *context, const struct many_make_0 *request, struct bus_delivery *delivery)
{
    struct many_make_0_ok answer = {.made = request->first.at.far + request->id};

    (void)context;
    return many_make_0_return(delivery, &answer);
}
static enum bus_verdict on_make_29(void *context, const struct many_make_29 *request, struct bus_delivery *delivery)
{
    struct many_make_29_gone answer = {.left = request->first};

    (void)context;
    return many_make_29_fail_gone(delivery, &answer);
}

int main(void)
{
    struct many_maker handlers = {.make_0 = on_make_0, .make_29 = on_make_29, .on_seen_0 = on_seen, .on_told_29 = on_told};
    struct many_part parts[2] = {{.count = 1}, {.sku = bus_cstr("abc"), .count = 10}};
    struct many_seen_0 seen = {.id = 1000, .parts = {parts, 2}};
    struct many_told_29 told = {.id = 20000, .either = {.type = MANY_EITHER_WHOLE}};
    struct many_make_0_result made;
    struct many_make_29_result gone;
    struct bus *bus;

    told.either.whole.first.count = 300000;
    told.either.whole.label.has = true;
    told.either.whole.label.value = bus_cstr("four");
    if (bus_open(&bus, &(struct bus_options){0}) != BUS_OK || many_maker_attach(bus, &handlers, NULL) != BUS_OK ||
        bus_start(bus) != BUS_OK)
        return 1;
    if (many_seen_0_publish_and_wait(bus, &seen, NULL, 10000000000u) != BUS_QUEUED ||
        many_told_29_publish_and_wait(bus, &told, NULL, 10000000000u) != BUS_QUEUED || sum != 1000 + 15 + 320004)
        return 2;
    if (many_make_0_execute(bus, &(struct many_make_0){.id = 5, .first = {.at = {.far = 37}}}, &made) != BUS_ANSWERED ||
        made.answer != MANY_MAKE_0_OK || made.ok.made != 42)
        return 3;
    if (many_make_29_execute(bus, &(struct many_make_29){.first = parts[1]}, &gone) != BUS_ANSWERED ||
        gone.answer != MANY_MAKE_29_GONE || gone.gone.left.count != 10 || gone.gone.left.sku.size != 3)
        return 4;
    return bus_close(&bus) == BUS_OK ? 0 : 5;
}
TEXT
for folder in one five; do
    gcc -std=c11 "${strict[@]}" -I$folder main.c $folder/*.c "$library" -lck -lm -pthread -o $folder/program \
        >err 2>&1 || {
        fail "$folder does not link"
        head -20 err
    }
    run 0 $folder/program
done

# ---- written again
touch -d '2001-01-01' five/*
run 0 "$busgen" gen many.bus -o five --split 5 -MD
[ -z "$(find five -type f -newermt 2001-01-02)" ] || fail "parts that do not change are touched"
run 0 env -C / LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo "$busgen" gen "$work/many.bus" -o "$work/elsewhere" --split 5
for file in elsewhere/*; do
    cmp "$file" "five/${file#*/}" || fail "$file depends on folder or locale"
done

# ---- what is over goes, what others wrote stays
rm -f five/*.o five/program
echo '/* mine */' >five/many.bus.7.c
cp five/many.bus.4.c five/many.bus.04.c
cp five/many.bus.4.c five/other.bus.4.c
run 0 "$busgen" gen many.bus -o five --split 2
[ "$(names five)" = "many.bus.04.c many.bus.1.c many.bus.2.c many.bus.7.c many.bus.c many.bus.d many.bus.h many.fbs other.bus.4.c" ] ||
    fail "after --split 2 there is $(names five)"
run 0 "$busgen" gen many.bus -o five --emit fbs
[ -f five/many.bus.2.c ] || fail "--emit fbs removed a part"
run 0 "$busgen" gen many.bus -o five
[ ! -f five/many.bus.1.c ] && [ -f five/many.bus.7.c ] || fail "without --split there is $(names five)"
cmp one/many.bus.c five/many.bus.c || fail "one file again, but another one"

# ---- more parts than messages; wrong use
run 0 "$busgen" gen "$here/good/common.bus" -o few --split 3
for source in few/*.c; do
    gcc -std=c11 "${strict[@]}" -Ifew -c "$source" -o part.o || fail "$source does not compile"
done
for number in 0 x 1000 -1; do
    run 2 "$busgen" gen many.bus -o never --split $number && says err "--split takes a number from 1 to 999"
done
run 2 "$busgen" check many.bus --split 2 && says err "does not take the option"
[ ! -e never ] || fail "wrong use left output"
finish
