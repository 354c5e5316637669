#!/usr/bin/env bash
# The lock file: versions are added and stay, all of them are checked against, findings are accepted with a
# reason, and only those that were meant. covers: P5, R20
# usage: lock.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
cd "$work" || exit 1
mkdir -p repo/parts roots
echo 'bus money version 1; struct price { amount : i64; }' >repo/parts/money.bus
echo 'bus colour version 1; enum paint : u8 { red = 0; blue = 1; }' >roots/colour.bus
version() { # NUMBER BODY
    printf 'bus shop version %s; // "quoted", a \\, a\ttab, é\nimport "parts/money.bus";\nimport "colour.bus";\n%s\n' \
        "$1" "$2" >repo/shop.bus
}
fields='1 id : u64 key; 2 price : money.price; 3 paint : colour.paint;'
busgen_breaking() { # STATUS OPTION...
    run "$1" "$busgen" breaking repo/shop.bus -I roots --against repo/shop.bus.lock "${@:2}"
}

# ---- versions come, and stay
version 1 "event order_placed { $fields 4 name : string max 64; priority high; }"
busgen_breaking 2 && says err "is not there"
run 0 "$busgen" lock repo/shop.bus -I roots && says out "version 1 is locked in repo/shop.bus.lock"
cp repo/shop.bus.lock first
run 0 "$busgen" lock repo/shop.bus -I roots && says out "locked already"
cmp first repo/shop.bus.lock || fail "locking twice changes the file"
python3 - <<'TEXT' || fail "the lock file is not right"
import json
lock = json.load(open("repo/shop.bus.lock"))
files = lock["versions"][0]["files"]
assert [f["path"] for f in files] == ["shop.bus", "parts/money.bus", "-I/0/colour.bus"], files
for f, real in zip(files, ["repo/shop.bus", "repo/parts/money.bus", "roots/colour.bus"]):
    assert "\n".join(f["text"]) == open(real).read()
TEXT
busgen_breaking 0 && [ ! -s err ] || fail "a version breaks itself"
# a comment is no change, also of an import; anything else is
sed -i '1i // a comment' repo/parts/money.bus
run 0 "$busgen" lock repo/shop.bus -I roots
cmp first repo/shop.bus.lock || fail "a comment changes the lock file"
sed -i 's/i64/i32/' repo/parts/money.bus
run 1 "$busgen" lock repo/shop.bus -I roots && says err "version 1 is locked"
sed -i 's/i32/i64/' repo/parts/money.bus
version 1 "event order_placed { $fields 4 name : string max 64; priority low; }"
run 1 "$busgen" lock repo/shop.bus -I roots && says err "[version-not-raised]" && says err "raise the version to 2"
busgen_breaking 1 && says err "[version-not-raised]" && says err "[priority-changed]"

# ---- all versions are checked; the last one that shows a finding is named
version 2 "event order_placed { $fields 4 name : string max 64; 5 left : u32 since 2; priority high; }"
run 0 "$busgen" lock repo/shop.bus -I roots
version 3 "event order_placed { $fields 4 name : string max 99; 5 left : u32 since 2; priority high; }"
busgen_breaking 1 && says err "shop.bus.lock@2/shop.bus:4:" && says err "(and in 1 earlier)"
[ "$(grep -c 'error:' err)" = 1 ] || fail "one finding of two versions is told twice"
version 1 "event order_placed { $fields 4 name : string max 64; priority high; }"
run 0 "$busgen" lock repo/shop.bus -I roots
version 3 "event order_placed { $fields 4 name : string max 64; priority high; }"
busgen_breaking 1 && says err "[field-removed]"
version 1 "event order_placed { $fields 4 name : string max 64; 5 left : u32; priority high; }"
run 1 "$busgen" lock repo/shop.bus -I roots
echo 'bus colour version 2; enum paint : u8 { red = 0; }' >roots/colour.bus
version 3 "event order_placed { $fields 4 name : string max 64; 5 left : u32 since 2; priority high; }"
busgen_breaking 1 && says err "[enumerator-removed]" && says err "shop.bus.lock@2/-I/0/colour.bus:1:"
echo 'bus colour version 1; enum paint : u8 { red = 0; blue = 1; }' >roots/colour.bus

# ---- accepted, with a reason
version 3 "event order_placed { $fields 4 name : string max 99; 5 left : u32 since 2; priority low; }"
accept=max-raised:shop.order_placed.name
cp repo/shop.bus.lock before
busgen_breaking 2 --accept $accept && says err "--reason"
busgen_breaking 2 --reason x && says err "--accept"
busgen_breaking 2 --accept $accept --reason $'\xff' && says err "UTF-8"
busgen_breaking 2 --accept max-raised:shop.nothing --reason x && says err "no finding"
run 2 "$busgen" breaking repo/shop.bus -I roots --against before --accept $accept --reason x
says err "the lock file that it is written to"
cmp before repo/shop.bus.lock || fail "wrong use changes the lock file"
busgen_breaking 1 --accept $accept --reason 'all "readers" have it'
says err "1 finding, 1 accepted"
grep -qF '[max-raised]' err && fail "what is accepted is told without -v"
busgen_breaking 1 -v && says err 'accepted: all "readers" have it' && says err "[max-raised]"
busgen_breaking 0 --accept priority-changed:shop.order_placed --reason 'it was wrong'
says err "0 findings, 2 accepted"
cp repo/shop.bus.lock before
busgen_breaking 0
cmp before repo/shop.bus.lock || fail "checking changes the lock file"
[ "$(diff first repo/shop.bus.lock | grep -c '^<')" -le 3 ] || fail "what was in the file is written otherwise"
# another change of the same element is another finding, and the acceptance is stale then
version 3 "event order_placed { $fields 4 name : string max 128; 5 left : u32 since 2; priority low; }"
busgen_breaking 1 && says err "[max-raised]" && says err "warning: nothing breaks $accept as it was accepted"
busgen_breaking 0 --only behaviour
grep -qF "nothing breaks" err && fail "what was not looked at is called stale"
version 3 "event order_placed { $fields 4 name : string max 99; 5 left : u32 since 2; priority low; }"
run 0 "$busgen" lock repo/shop.bus -I roots
busgen_breaking 0
# the version after that is checked against it, too
version 4 "event order_placed { $fields 4 name : string max 99; 5 left : u32 since 2; priority high; }"
busgen_breaking 1 && says err "shop.bus.lock@3/"

# ---- broken lock files
version 3 "event order_placed { $fields 4 name : string max 99; 5 left : u32 since 2; priority low; }"
for text in '' '{' '[]' '{"busgen_lock": 2}' '{"busgen_lock": 1, "bus": "shop", "versions": 3, "accepted": []}' \
    '{"busgen_lock": 1, "bus": "shop", "versions": [{"version": 0, "files": []}], "accepted": []}' \
    '{"busgen_lock": 1, "bus": "shop", "versions": [{"version": 1, "files": [{"path": "a", "text": [1]}]}], "accepted": []}' \
    '{"busgen_lock": 1, "bus": "shop", "versions": [{"version": 1, "files": [{"path": "../a", "text": ["x"]}]}], "accepted": []}'; do
    echo "$text" >repo/shop.bus.lock
    busgen_breaking 2
    [ -s err ] || fail "no message for $text"
done
echo '{"busgen_lock": 1, "bus": "store", "versions": [], "accepted": []}' >repo/shop.bus.lock
run 1 "$busgen" lock repo/shop.bus -I roots && says err "is of the bus 'store'"
run 2 "$busgen" lock nowhere.bus && says err "cannot read"
run 2 "$busgen" lock && says err "Usage"
finish
