#!/usr/bin/env bash
# Every allocation and every file call of busgen fails, once and from then on: it ends with exit status 2
# and a message, within seconds, and never leaves half a file. covers: R6, R7
# usage: busgen.sh BUSGEN FAULTS SHIM SCHEMA
set -uo pipefail
busgen=$1 faults=$2 shim=$3 schema=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
export work

mkdir "$work/new" "$work/old" "$work/out"
"$busgen" gen "$schema" -o "$work/new" || exit 1
for file in "$work"/new/*; do
    echo "what stood here before" >"$work/old/$(basename "$file")"
done

# After a failed run each target is whole, old or new, and nothing else is there. Then all is old again.
cat >"$work/look" <<'TEXT'
for file in "$work"/new/*; do
    name=$(basename "$file")
    cmp -s "$work/out/$name" "$file" || cmp -s "$work/out/$name" "$work/old/$name" || {
        echo "$name is neither old nor new"
        exit 1
    }
done
[ "$(ls -A "$work/out")" = "$(ls -A "$work/old")" ] || {
    echo "left behind: $(ls -A "$work/out" | tr '\n' ' ')"
    exit 1
}
cp "$work"/old/* "$work/out/"
TEXT

run() { # CALL STATUS [OPTION...] -- ARGUMENT OF BUSGEN...
    local call=$1 status=$2
    shift 2
    local -a options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    cp "$work"/old/* "$work/out/"
    "$faults" "$shim" "$call" "$status" "${options[@]}" -- "$busgen" "$@" || {
        echo "FAILED: $call ${options[*]} -- busgen $*"
        wrong=1
    }
}

# A single failure may be one that the C library can do without (the buffer of a stream).
run alloc "0 2" -- check "$schema"
run alloc "0 2" -- plan "$schema"
run alloc "0 2" --check "bash $work/look" -- gen "$schema" -o "$work/out"
run alloc 2 --always -- check "$schema"
run alloc 2 --always -- plan "$schema"
run alloc 2 --always --check "bash $work/look" -- gen "$schema" -o "$work/out"
for call in open write rename close=5 write=5; do
    run "$call" "0 2" --check "bash $work/look" -- gen "$schema" -o "$work/out"
done

# What a lock file keeps is never lost: it is the old one or the new one.
pairs=$(dirname "$0")/../breaking/pairs
mkdir "$work/lock"
cp "$pairs/max-lowered/old.bus" "$work/lock/x.bus"
"$busgen" lock "$work/lock/x.bus" >/dev/null || exit 1
cp "$work/lock/x.bus.lock" "$work/old.lock"
cp "$pairs/max-lowered/bad.bus" "$work/lock/x.bus"
"$busgen" lock "$work/lock/x.bus" >/dev/null || exit 1
cp "$work/lock/x.bus.lock" "$work/new.lock"
cat >"$work/look_lock" <<'TEXT'
cmp -s "$work/lock/x.bus.lock" "$work/old.lock" || cmp -s "$work/lock/x.bus.lock" "$work/new.lock" || {
    echo "the lock file is neither old nor new"
    exit 1
}
[ "$(ls -A "$work/lock" | tr '\n' ' ')" = "x.bus x.bus.lock " ] || {
    echo "left behind: $(ls -A "$work/lock" | tr '\n' ' ')"
    exit 1
}
cp "$work/old.lock" "$work/lock/x.bus.lock"
TEXT
for call in alloc open write rename 'alloc --always'; do
    cp "$work/old.lock" "$work/lock/x.bus.lock"
    # the buffer of standard output is one that the C library can do without
    run ${call% *} "0 2" ${call#"${call% *}"} --check "bash $work/look_lock" -- lock "$work/lock/x.bus"
done
# Each of these has a witness of another sort. Accepted, they are told with -v, and the exit status is 0.
for rule in max-lowered default-changed key-changed field-renamed; do
    cp "$pairs/$rule/old.bus" "$work/lock/x.bus"
    rm "$work/lock/x.bus.lock"
    "$busgen" lock "$work/lock/x.bus" >/dev/null || exit 1
    cp "$pairs/$rule/bad.bus" "$work/lock/x.bus"
    element=$("$busgen" breaking "$work/lock/x.bus" --against "$work/lock/x.bus.lock" 2>&1 |
        sed -n 's/.* error: \([^:]*\): .*/\1/p')
    "$busgen" breaking "$work/lock/x.bus" --against "$work/lock/x.bus.lock" \
        --accept "$rule:$element" --reason test 2>/dev/null || exit 1
    run alloc "0 2" -- breaking -v "$work/lock/x.bus" --against "$work/lock/x.bus.lock"
done
run alloc "0 2" --always -- breaking -v "$work/lock/x.bus" --against "$work/lock/x.bus.lock"

# A schema laid out in place is as it was, or as it is to be.
sed 's/ : /:/' "$schema" >"$work/before.bus"
cp "$work/before.bus" "$work/x.bus"
"$busgen" fmt "$work/x.bus" && mv "$work/x.bus" "$work/after.bus"
mkdir "$work/fmt"
cp "$work/before.bus" "$work/fmt/x.bus"
cat >"$work/look" <<'TEXT'
cmp -s "$work/fmt/x.bus" "$work/before.bus" || cmp -s "$work/fmt/x.bus" "$work/after.bus" || {
    echo "x.bus is neither old nor new"
    exit 1
}
[ "$(ls -A "$work/fmt")" = x.bus ] || {
    echo "left behind: $(ls -A "$work/fmt" | tr '\n' ' ')"
    exit 1
}
cp "$work/before.bus" "$work/fmt/x.bus"
TEXT
for call in alloc open write rename close=5 write=5; do
    cp "$work/before.bus" "$work/fmt/x.bus"
    run "$call" "0 2" --check "bash $work/look" -- fmt "$work/fmt/x.bus"
done
cp "$work/before.bus" "$work/fmt/x.bus"
run alloc 2 --always --check "bash $work/look" -- fmt "$work/fmt/x.bus"
run mkdir 2 -- gen "$schema" -o "$work/not/yet/there"
exit $wrong
