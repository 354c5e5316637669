#!/usr/bin/env bash
# The bash completion of busadm offers its commands, options, words and the program's messages.
# usage: completion.sh BUSADM COMPLETION [STAGE]
set -uo pipefail
busadm=${1:?usage: completion.sh BUSADM COMPLETION [STAGE]}
completion=${2:?usage: completion.sh BUSADM COMPLETION [STAGE]}
stage=${3:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"
PATH=$(dirname "$busadm"):$PATH
export XDG_RUNTIME_DIR=$work/run
unset BUSGEN_SOCKET
mkdir -p "$work/run/busgen"
# shellcheck disable=SC1090
. "$completion"
complete -p busadm >/dev/null || fail "nothing completes busadm"

offers() { # EXPECTED WORD...: the last word is completed
    local expected=$1
    shift
    COMP_WORDS=(busadm "$@")
    COMP_CWORD=$#
    _busadm 2>/dev/null
    [ "${COMPREPLY[*]}" = "$expected" ] || fail "busadm $*: '${COMPREPLY[*]}', not '$expected'"
}
offers "status" sta
offers "dead-letters doctor" d
offers "list show replay purge" dead-letters ""
offers "list cancel" schedule ""
offers "--every" top --ev
offers "--once" top --o
offers "--per-second" dead-letters replay --per
offers "" dead-letters list --per
offers "failed" dead-letters list --reason f
offers "connection config" dead-letters purge --category con
offers "latency" top --sort l
offers "--help" --h
: >"$work/a.sock"
offers "$work/a.sock" status --socket "$work/a"
offers "" tap stall.
if [ -n "$stage" ]; then
    coproc STAGE { exec "$stage" serve "$work/run/busgen/s.sock" ""; }
    read -r -t 30 answer <&"${STAGE[0]}" && [ "$answer" = ok ] || fail "the stage says '$answer'"
    offers "stall.sold" tap stall.s
    offers "stall.weigh" dead-letters list --message stall.w
    offers "stall.paid" tap --socket "$work/run/busgen/s.sock" stall.p
    exec {STAGE[1]}>&-
fi
finish
