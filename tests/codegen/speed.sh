#!/usr/bin/env bash
# 5,000 ordinary messages are generated within half a second on an idle machine, and time grows with their
# number: ten times as many take less than twenty times as long. A busy machine gets four times the time.
# covers: R1
# usage: speed.sh BUSGEN
. "$(dirname "$0")/support.sh"

schema() {
    echo "bus many version 1;"
    for ((i = 0; i < $1; i++)); do
        echo "event thing_${i}_seen { 1 order_id : u64 key; 2 name : string max 64; 3 amount : u32;"
        echo "    4 price : f64; 5 note : string? max 100; 6 many : [u32] max 10; }"
    done
}

# Milliseconds of CPU time, the best of three.
took() {
    local best=999999 user ms
    for _ in 1 2 3; do
        user=$({ TIMEFORMAT='%U %S'; time "$busgen" gen "$1" -o "$work/gen" >&2; } 2>&1 | tail -1)
        ms=$(echo "$user" | awk '{ printf "%d", ($1 + $2) * 1000 }')
        [ "$ms" -ge "$best" ] || best=$ms
        rm -rf "$work/gen"
    done
    echo "$best"
}

schema 500 >"$work/few.bus"
schema 5000 >"$work/many.bus"
few=$(took "$work/few.bus")
many=$(took "$work/many.bus")
echo "500 messages: $few ms, 5,000 messages: $many ms"
[ "$many" -le 2000 ] || fail "5,000 messages took $many ms"
[ "$many" -le $((20 * (few + 5))) ] || fail "time grows faster than the messages"
finish
