#!/usr/bin/env bash
# Versions of messages: a new one breaks who does not know it and nothing that was written; older ones stay, as they
# were, for as long as a locked version wrote them; what is treated otherwise is told of the message.
# covers: P5, A5
# usage: versions.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
cd "$work" || exit 1
schema() { # FILE NUMBER BODY
    printf 'bus shop version %s;\n%s\n' "$2" "$3" >"$1"
}
first='1 id : u64 key; 2 customer : string max 64;'
second='1 id : u64 key; 2 first : string max 64; 3 last : string max 64;'
third='1 names : [string max 64] max 4; 2 id : u64 key;'
wiring='component desk { emits order_placed; } component billing { listens order_placed; }'
check() { # STATUS OPTION...
    run "$1" "$busgen" breaking shop.bus --against shop.bus.lock "${@:2}"
}
rules() { # ID...: these were found, and no others
    local found
    found=$(grep -o '\[[a-z-]*\]$' err | sort | tr -d '\n')
    [ "$found" = "$(printf '[%s]\n' "$@" | sort | tr -d '\n')" ] || fail "found $found, not $*: $(cat err)"
}

schema shop.bus 1 "event order_placed { $first priority high; durable; } $wiring"
run 0 "$busgen" lock shop.bus
schema shop.bus 2 "event order_placed v1 { $first }
event order_placed v2 upgrades v1 { $second priority high; durable; } $wiring"
check 0
rules message-version-added
says err 'version 2 is written now, it was version 1 (wire, source)'
says err 'witness: the newer writes '
says err 'the older has no message of its identity'
[ "$(grep -c 'witness' err)" = 1 ] || fail "more than one witness"
run 0 "$busgen" lock shop.bus

# the next step, against both that are locked; told once, of the last
schema three 3 "event order_placed v1 { $first }
event order_placed v2 upgrades v1 { $second }
event order_placed v3 upgrades v2 { $third priority high; durable; } $wiring"
cp three shop.bus
check 0
grep -q 'version 3 is written now, it was version 2' err || fail "not told of version 2: $(cat err)"
grep -q 'version 3 is written now, it was version 1' err || fail "not told of version 1: $(cat err)"
[ "$(grep -c '\[message-version-added\]' err)" = 2 ] || fail "not two steps: $(cat err)"
run 0 "$busgen" lock shop.bus
check 0
says err '[message-version-added]' # of what versions 1 and 2 would read
run 0 "$busgen" breaking shop.bus --against three
[ ! -s err ] || fail "versions break themselves: $(cat err)"

# what is gone, by which version it was written
schema shop.bus 4 "event order_placed v2 { $second }
event order_placed v3 upgrades v2 { $third priority high; durable; } $wiring"
run 1 "$busgen" breaking shop.bus --against three
rules message-version-removed
says err "shop.order_placed_v1: version 1 of 'order_placed' is gone (wire)"
says err "keep it as it was, 'order_placed v1'"
check 1
[ "$(grep -c '\[message-version-removed\]' err)" = 1 ] || fail "not once for all that are locked: $(cat err)"
says err 'shop.bus.lock@3/shop.bus:2:7: note: it was here (and in 2 earlier)'

# an older version changes: by its fields
schema shop.bus 4 "event order_placed v1 { 1 id : u64 key; 2 customer : u32; }
event order_placed v2 upgrades v1 { $second }
event order_placed v3 upgrades v2 { $third priority high; durable; } $wiring"
run 1 "$busgen" breaking shop.bus --against three
rules field-type-changed
says err 'shop.order_placed_v1.customer: '
says err 'witness: the older writes '

# settings are those of the message, whatever its version; so is who listens and emits
schema shop.bus 4 "event order_placed v1 { $first }
event order_placed v2 upgrades v1 { $second }
event order_placed v4 upgrades v2 { 1 id : u64; 2 number : u32 key; priority low; durable; } component desk { } $wiring"
sed -i 's/component desk { } //; s/emits order_placed; //' shop.bus
schema two 3 "event order_placed v1 { $first }
event order_placed v2 upgrades v1 { $second priority high; durable; } $wiring"
run 1 "$busgen" breaking shop.bus --against two
rules message-version-added key-changed priority-changed emits-removed
says err 'witness: '

# between versions fields are told by their names: a secret stays one, a key keeps its type
schema old 1 'event card_used { 1 id : u32 key; 2 card : string max 20 secret; 3 left : string max 9 secret; }'
schema shop.bus 2 'event card_used v1 { 1 id : u32 key; 2 card : string max 20 secret; 3 left : string max 9 secret; }
event card_used v2 upgrades v1 { 1 card : string max 30; 2 id : string max 9 key; }'
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added secret-lost key-changed
says err "'card' was secret in version 1, is not"
says err "the key 'id' has another type than in version 1"

# a command: its answers are those of the newest
schema old 1 "command reserve_stock { 1 sku : u32; returns { 1 id : u64; } fails gone; }"
schema shop.bus 2 "command reserve_stock v1 { 1 sku : u32; }
command reserve_stock v2 upgrades v1 { 1 sku : string max 20; returns { 1 id : u64; } }"
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added answer-removed

# a renaming on the way; and a version that is written again
schema shop.bus 2 "event order_made v1 was order_placed { $first }
event order_made v2 upgrades v1 { $second }"
schema old 1 "event order_placed { $first }"
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added message-renamed
schema shop.bus 4 "event order_placed v1 { $first priority high; durable; } $wiring"
run 1 "$busgen" breaking shop.bus --against two
rules message-version-removed

# the version that was the message is gone: how the next one is treated is told all the same, and to whom it is new
schema old 1 "event order_placed { $first priority high; durable; }"
schema shop.bus 2 "event order_placed v2 { $second priority low; }"
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added message-version-removed priority-changed durability-changed
says err 'help: see that who reads is renewed before who writes'
run 1 "$busgen" breaking shop.bus --against old --only behaviour
rules priority-changed durability-changed
schema old 1 'command reserve_stock { 1 sku : u32; returns { 1 id : u64; } fails gone; }'
schema shop.bus 2 'command reserve_stock v2 { 1 sku : string max 20; returns { 1 id : u64; } }'
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added message-version-removed answer-removed
schema shop.bus 2 'event reserve_stock v2 { 1 sku : u32; }'
run 1 "$busgen" breaking shop.bus --against old
rules message-version-added message-version-removed message-kind-changed
schema old 1 "event order_placed v1 { $first } event order_placed v2 upgrades v1 { $second priority high; }"
schema shop.bus 2 "event order_placed v1 { $first }"
run 1 "$busgen" breaking shop.bus --against old
rules message-version-removed priority-changed

# other text alone: a version of its own is a change
schema old 1 "event order_placed { $first }"
schema shop.bus 1 "event order_placed v1 { $first }"
run 0 "$busgen" breaking shop.bus --against old
[ ! -s err ] || fail "v1 is another message: $(cat err)"
schema shop.bus 1 "event order_placed v2 { $first }"
run 1 "$busgen" breaking shop.bus --against old
rules version-not-raised message-version-added message-version-removed
finish
