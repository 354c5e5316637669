#!/usr/bin/env bash
# busgen plan against `memory max`, and what `rate` and `takes` come to.
# covers: P7
. "$(dirname "$0")/support.sh"
cd "$here/load" || exit 2

# plan NAME STATUS OPTION... - what it says of the programs, and its findings, are those of NAME.
plan() {
    local name=$1 status=$2 said
    shift 2
    "$busgen" plan shop.bus "$@" >"$work/out" 2>"$work/err"
    said=$?
    [ "$said" = "$status" ] || fail "plan $*: exit status $said, not $status"
    { sed -n '/^program/,$p' "$work/out" && cat "$work/err"; } >"$work/said"
    diff -u "$name.expected" "$work/said" || fail "plan $*: see above"
}
plan one 0
plan two 0 --workers 2 --capacity 1000
plan large 1 --capacity 100000

cd "$work" || exit 2
cp "$here/load/"*.expected .
# A batch takes its time once: 20 full ones in a second; or as many as come in its time, here 100.
sed '/^program/s/ memory.*/ }/
    s/takes 150us/batch 100 within 50ms takes 5ms/
    s/takes 3us/batch 500 within 9900us takes 1ms/' "$here/load/shop.bus" >shop.bus
plan batch 0

# The same work, taking three times as long.
sed 's/takes 150us/takes 450us/' "$here/load/shop.bus" >shop.bus
plan busy 1
finish
