#!/usr/bin/env bash
# The committed output in generated/ is what busgen writes today, byte by byte, from any folder and in any
# locale. With --update it becomes so. covers: R20
# usage: golden.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
update=${3:-}

# FOLDER SCHEMA: what generated/FOLDER holds
list() {
    echo ". generated/bus_system.bus"
    for schema in "$root"/examples/*/*.bus; do
        echo "examples ${schema#"$root"/}"
    done
}

if [ "$update" = --update ]; then
    list | while read -r folder schema; do
        "$busgen" gen "$root/$schema" -o "$root/generated/$folder" || exit 1
    done
    exit
fi

# look OUTPUT-FOLDER GOLDEN-FOLDER SCHEMA
look() {
    local stem file
    stem=$(basename "$3" .bus)
    for file in "$stem.bus.h" "$stem.bus.c" "$stem.fbs"; do
        cmp "$1/$file" "$2/$file" ||
            fail "$2/$file is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
    done
}

list >"$work/list"
while read -r folder schema; do
    run 0 "$busgen" gen "$root/$schema" -o "$work/here"
    look "$work/here" "$root/generated/$folder" "$schema"
    run 0 env -C "$root" LC_ALL=tr_TR.UTF-8 "$busgen" gen "$schema" -o "$work/turkish"
    run 0 env -C / LC_ALL=ru_RU.UTF-8 TZ=Asia/Tokyo "$busgen" gen "${root#/}/$schema" -o "$work/russian"
    look "$work/turkish" "$work/here" "$schema"
    look "$work/russian" "$work/here" "$schema"
done <"$work/list"

# nothing is left over from a schema that is gone
while read -r file; do
    stem=$(basename "$file" | sed 's/\.bus\.[ch]$//; s/\.fbs$//')
    ls "$root"/examples/*/"$stem.bus" >/dev/null 2>&1 || fail "generated/examples/$(basename "$file") has no schema"
done < <(ls "$root"/generated/examples/* 2>/dev/null)
finish
