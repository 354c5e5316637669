#!/usr/bin/env bash
# probes.sh PROGRAM [LIBRARY] - the program, which links the static library, and the shared library have all
# probes of runtime/PROBES.md, with semaphores of their own in writable memory, and as many arguments as it says.
# covers: J3
set -uo pipefail
manual=$(dirname "$0")/../../runtime/PROBES.md
wrong=0

fail() {
    echo "$1"
    wrong=1
}

# "name arguments" of the table
sed -n 's/^| `\([a-z]*\)` |[^|]*| \(.*\) |$/\1 \2/p' "$manual" | while read -r name arguments; do
    echo "$name $(tr -cd , <<<"$arguments" | wc -c)"
done | awk '{ print $1, $2 + 1 }' | sort >"${TMPDIR:-/tmp}/probes.$$"
trap 'rm -f "${TMPDIR:-/tmp}/probes.$$"' EXIT
[ "$(wc -l <"${TMPDIR:-/tmp}/probes.$$")" = 5 ] || fail "$manual does not list five probes"

for file; do
    # name, number of arguments, address of the semaphore
    found=$(readelf -nW "$file" | awk '/Provider: /{ ours = $NF == "busgen" } /Name: /{ name = $2 }
        /Semaphore: /{ semaphore = $NF } /Arguments: /{ if (ours) print name, NF - 1, semaphore }' | sort)
    awk '{ print $1, $2 }' <<<"$found" | cmp -s - "${TMPDIR:-/tmp}/probes.$$" ||
        fail "$file has not the probes of $manual: $(tr '\n' ';' <<<"$found")"
    [ "$(awk '{ print $3 }' <<<"$found" | sort -u | wc -l)" = 5 ] || fail "$file: semaphores are shared"
    read -r start size < <(readelf -SW "$file" |
        sed -n 's/.* \.probes *PROGBITS *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\).* WA .*/\1 \2/p')
    [ -n "${start:-}" ] || { fail "$file has no writable section .probes" && continue; }
    while read -r name _ semaphore; do
        at=$((semaphore - 0x$start))
        [ "$at" -ge 0 ] && [ "$at" -lt $((0x$size)) ] || fail "$file: the semaphore of $name is elsewhere"
    done <<<"$found"
done
exit $wrong
