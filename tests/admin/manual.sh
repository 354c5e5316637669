#!/usr/bin/env bash
# A manual page: it is formatted without a warning, and has each command and option of its program.
# usage: manual.sh PAGE PROGRAM
set -uo pipefail
page=${1:?usage: manual.sh PAGE PROGRAM}
program=${2:?usage: manual.sh PAGE PROGRAM}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"

name=$(basename "$program")
LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l "$page" >"$work/text" 2>"$work/err" ||
    fail "man does not read $page"
[ ! -s "$work/err" ] || fail "$page: $(cat "$work/err")"
col -b <"$work/text" | tr '\n' ' ' | tr -s ' ' >"$work/plain"
[ "$(wc -c <"$work/plain")" -gt 1500 ] || fail "$page is empty"
"$program" --help >"$work/help"
# commands: words behind two blanks, up to the next two
sed -n 's/^  \([a-z][a-z-]*\( [a-z]*\)\{0,1\}\).*/\1/p' "$work/help" | sed 's/ *$//' | sort -u >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 6 ] || fail "$name --help lists no commands"
while read -r command; do
    command=${command% FILE}
    grep -qF -- "$command" "$work/plain" || fail "$page has no $command"
    # shellcheck disable=SC2086
    "$program" $command --help >>"$work/help" || fail "$name $command --help"
done <"$work/commands"
grep -o -- '--[a-z][a-z-]*' "$work/help" | sort -u >"$work/options"
while read -r option; do
    grep -qF -- "$option" "$work/plain" || fail "$page has no $option"
done <"$work/options"
finish
