#!/usr/bin/env bash
# The verdicts of busgen breaking beside those of flatc --conform, over the .fbs of the same schemas: what flatc
# refuses, we refuse; where we refuse more, conform.more says why. conform.txt has the table; --update writes it anew.
# covers: R18, P5
# usage: conform.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
update=${3:-}
export LC_ALL=C
# Why we refuse more: RULE or CASE -> reason.
declare -A more
while read -r key reason; do
    [[ $key == \#* ]] || more[$key]=$reason
done <"$here/conform.more"
cd "$work" || exit 1
command -v flatc >/dev/null || { fail "flatc is not installed" && finish; }

# cases/NAME.txt: the older schema, "--", the newer one, both without their first line
for case in "$here"/cases/*.txt; do
    name=$(basename "$case" .txt)
    mkdir -p "cases/$name/old" "cases/$name/new"
    { echo 'bus shop version 1;' && sed '/^--$/,$d' "$case"; } >"cases/$name/old/shop.bus"
    { echo 'bus shop version 2;' && sed '1,/^--$/d' "$case"; } >"cases/$name/new/shop.bus"
    echo "$name" >>names
done
for pair in "$here"/pairs/*; do
    name=pair-$(basename "$pair")
    mkdir -p "cases/$name/old" "cases/$name/new"
    cp "$pair/old.bus" "cases/$name/old/shop.bus"
    cp "$pair/bad.bus" "cases/$name/new/shop.bus"
    echo "$name" >>names
done

count=0 refused=0 stricter=0
{
    printf '# What flatc --conform and busgen breaking --only wire say of a change, and by which rules.\n'
    printf '# Written by conform.sh --update.\n'
    printf '%-36s %-8s %-8s %-24s %s\n' change flatc busgen rules why
} >table
while read -r name; do
    case=cases/$name
    for side in old new; do
        "$busgen" gen "$case/$side/shop.bus" -o "$case/$side" --emit fbs 2>err || fail "$name: $(cat err)"
    done
    flatc=fine ours=fine why=
    (flatc --conform "$case/old/shop.fbs" "$case/new/shop.fbs"; exit $?) >said 2>&1
    case $? in
    0) ;;
    1)
        flatc=refused
        grep -qE 'differ|renamed' said || fail "$name: flatc says: $(cat said)"
        ;;
    *) flatc=crash ;; # of Debian's flatc; no verdict
    esac
    "$busgen" breaking "$case/new/shop.bus" --against "$case/old/shop.bus" --only wire 2>err
    status=$?
    [ $status -lt 2 ] || fail "$name: exit status $status"
    [ $status = 0 ] || ours=refused
    rules=$(sed -n 's/.*: \(error\|warning\): .*\[\([a-z-]*\)\]$/\2/p' err | sort -u | tr '\n' ' ')
    count=$((count + 1))
    if [ "$flatc" = refused ] && [ "$ours" = fine ]; then
        # the name of a type is nothing on the wire: it is a finding of the source
        why="in the source only: "
        "$busgen" breaking "$case/new/shop.bus" --against "$case/old/shop.bus" 2>err
        why+=$(sed -n 's/.*: error: .*\[\([a-z-]*\)\]$/\1/p' err | sort -u | tr '\n' ' ')
        [[ $why == *type-renamed* ]] || fail "$name: flatc refuses it, we do not"
    elif [ "$flatc" = refused ]; then
        refused=$((refused + 1))
    elif [ "$ours" = refused ] || [ "$flatc" = crash ]; then
        stricter=$((stricter + 1))
        why=${more[$name]:-}
        for rule in $rules; do
            [ -n "$why" ] || why=${more[$rule]:-}
        done
        [ -n "$why" ] || fail "$name: flatc does not refuse it, and nothing in conform.more says why we do"
    fi
    printf '%-36s %-8s %-8s %-24s %s\n' "$name" "$flatc" "$ours" "$rules" "$why" | sed 's/ *$//' >>table
done <names
[ "$count" -ge 40 ] || fail "only $count pairs"
[ "$refused" -ge 30 ] || fail "flatc refuses only $refused"
echo "$count pairs, $refused refused by both, $stricter by us alone"
if [ "$update" = --update ]; then
    cp table "$here/conform.txt"
else
    diff "$here/conform.txt" table || fail "conform.txt is not the table; conform.sh --update writes it"
fi
finish
