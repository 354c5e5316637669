#!/usr/bin/env bash
# busadm's command line where no program runs: help, wrong use, suggestions, exit codes, no socket.
# covers: J4
# usage: command_line.sh BUSADM
set -uo pipefail
busadm=${1:?usage: command_line.sh BUSADM}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"
unset BUSGEN_SOCKET
export XDG_RUNTIME_DIR=$work/run
mkdir -p "$work/run/busgen"

silent() {
    [ ! -s "$work/$1" ] || fail "$1 is not empty: $(head -n 3 "$work/$1")"
}

# ---- help and version
run 0 "$busadm" --help && says out "Usage: busadm COMMAND" && silent err
run 0 "$busadm" --version && says out "busadm " && silent err
for command in top status health "dead-letters list" "dead-letters show" "dead-letters replay" \
    "dead-letters purge" "schedule list" "schedule cancel" breakers tap graph doctor; do
    # shellcheck disable=SC2086
    run 0 "$busadm" $command --help && says out "Usage: busadm $command" && silent err
    grep -q -- "^  $command" <("$busadm" --help) || fail "--help does not list $command"
    [ "$(awk '{ if (length > 100) print }' "$work/out")" = "" ] || fail "$command --help is too wide"
done

# ---- wrong use
run 2 "$busadm" && says err "busadm --help"
run 2 "$busadm" statsu && says err "did you mean 'status'?"
run 2 "$busadm" xyzzy && says err "busadm --help lists them"
run 2 "$busadm" --json status && says err "after the command"
run 2 "$busadm" dead-letters && says err "list, show, replay, purge"
run 2 "$busadm" dead-letters lsit && says err "has no command 'lsit'"
run 2 "$busadm" status --sokcet x && says err "did you mean '--socket'?"
run 2 "$busadm" status --socket && says err "--socket wants a value"
run 2 "$busadm" status --json=1 && says err "--json takes no value"
run 2 "$busadm" status --yes && says err "does not take the option '--yes'"
run 2 "$busadm" status extra && says err "Usage: busadm status"
run 2 "$busadm" tap && says err "Usage: busadm tap"
run 2 "$busadm" top --every 0 && says err "--every takes seconds"
run 2 "$busadm" top --every 1e9 && says err "--every takes seconds"
run 2 "$busadm" tap x --every 0 && says err "--every takes a number from 1"
run 2 "$busadm" top --sort size && says err "rate, failures, latency"
run 2 "$busadm" status --socket a --store b && says err "either --socket or --store"
run 2 "$busadm" dead-letters list --reason bad && says err "breaker_open"
run 2 "$busadm" dead-letters list --category bad && says err "serialization"
run 2 "$busadm" dead-letters list --limit -1 && says err "--limit takes a number"
run 2 "$busadm" dead-letters show seven && says err "no number of a dead letter"
run 2 "$busadm" dead-letters show 0 && says err "no number of a dead letter"
run 2 "$busadm" dead-letters show 18446744073709551616 && says err "no number of a dead letter"
run 2 "$busadm" dead-letters show 1 --raw --json && says err "either --raw or --json"
run 2 "$busadm" dead-letters replay && says err "which of them?"
run 2 "$busadm" dead-letters replay 1 --all && says err "either a number"
run 2 "$busadm" dead-letters replay --all --message x && says err "either --all or a filter"
run 2 "$busadm" dead-letters replay --all --store x && says err "only the program itself"
run 2 "$busadm" dead-letters purge --all </dev/null && says err "say --yes"
run 2 "$busadm" schedule cancel abc && says err "'abc' is no id"
run 2 "$busadm" graph --dot --json && says err "either --dot or --json"

# ---- nobody there
run 2 "$busadm" status && says err "no socket of a program" && says err "$work/run/busgen" && silent out
run 2 "$busadm" status --socket "$work/none.sock" && says err "there is no socket $work/none.sock"
BUSGEN_SOCKET=$work/other.sock run 2 "$busadm" health && says err "$work/other.sock"
run 2 "$busadm" status --socket "$(printf '%0200d' 0)" && says err "longer than the system allows"
echo text >"$work/file.sock"
run 2 "$busadm" status --socket "$work/file.sock" && says err "file.sock"
run 2 "$busadm" status --store "$work/none/bus.db" && says err "cannot open the folder $work/none"
[ ! -e "$work/none" ] || fail "looking at a store made its folder"
TERM=dumb run 2 "$busadm" top --socket "$work/none.sock" && says err "--once"
TERM=dumb run 2 "$busadm" top --once --socket "$work/none.sock" && says err "there is no socket"
run 1 "$busadm" doctor --socket "$work/file.sock" && says out "is no socket"
finish
