#!/usr/bin/env bash
# Every rule of `busgen breaking` has a folder: old.bus, bad.bus which breaks it, good.bus which does not, and
# bad.txt, what is said. They are the examples of `busgen explain`. With --update they are written anew.
# covers: P5, R20
# usage: pairs.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
update=${3:-}
mkdir -p "$here/pairs"
cd "$here/pairs" || exit 1

rules >"$work/rules"
while read -r rule; do
    "$busgen" explain "$rule" >"$work/explained"
    if [ "$update" = --update ]; then
        mkdir -p "$rule"
        example Before: 1 >"$rule/old.bus"
        example 'Not like this:' 2 >"$rule/bad.bus"
        example 'Like this:' 2 >"$rule/good.bus"
        (cd "$rule" && "$busgen" breaking bad.bus --against old.bus 2>bad.txt)
    fi
    [ -d "$rule" ] || {
        fail "rule $rule has no folder"
        continue
    }
    cd "$rule" || exit 1
    cmp old.bus <(example Before: 1) || fail "$rule/old.bus is not the example"
    cmp bad.bus <(example 'Not like this:' 2) || fail "$rule/bad.bus is not the example"
    cmp good.bus <(example 'Like this:' 2) || fail "$rule/good.bus is not the example"
    expected=1
    grep -q "^$rule (warning)" "$work/explained" && expected=0
    "$busgen" breaking bad.bus --against old.bus 2>"$work/bad.txt"
    status=$?
    [ "$status" = 1 ] || [ "$expected" = 0 ] || fail "$rule: bad.bus: exit status $status"
    [ "$status" -lt 2 ] || fail "$rule: bad.bus is no schema"
    grep -qF "[$rule]" "$work/bad.txt" || fail "$rule: bad.bus does not break it"
    diff bad.txt "$work/bad.txt" || fail "$rule: not what bad.txt says"
    # what a message can show, one does
    case $rule:$(grep -F "[$rule]" bad.txt | head -n 1) in
    version-*) ;;
    *wire* | *behaviour*)
        grep -A 8 -F "[$rule]" bad.txt | grep -q '^    witness: ' || fail "$rule: bad.txt shows no witness"
        ;;
    esac
    "$busgen" breaking good.bus --against old.bus 2>"$work/good.txt"
    [ $? -lt 2 ] || fail "$rule: good.bus is no schema"
    grep -qF "[$rule]" "$work/good.txt" && fail "$rule: good.bus breaks it"
    # what is read by nobody but itself is broken by nothing
    run 0 "$busgen" breaking bad.bus --against bad.bus
    cd ..
done <"$work/rules"
for folder in *; do
    grep -qxF "$folder" "$work/rules" || fail "pairs/$folder is of no rule"
done
finish
