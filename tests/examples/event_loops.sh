#!/usr/bin/env bash
# A polled bus in a loop of epoll and in one of libuv, which has to be there where libuv1-dev is: retries and
# a scheduled event come without a timer of the loop; input in pieces, without an end of line, over-long, of any
# bytes; wrong input; a full disk.
# covers: L1
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
loops=("$bin/loop_epoll")
if pkg-config --exists libuv; then loops+=("$bin/loop_uv"); fi

for loop in "${loops[@]}"; do
    printf 'one\nbusy today\nthree\nbusy\n' | run 0 "$loop"
    same event_loops.expected
    { printf 'in pie' && sleep 0.1 && printf 'ces\nand no end'; } | run 0 "$loop"
    says out "1: in pieces"
    says out "2: and no end"
    says out "2 lines, 0 at the second attempt"
    printf '' | run 0 "$loop"
    says out "closing time, after 0 lines"
    head -c 1000 /dev/zero | tr '\0' 'x' | run 0 "$loop"
    says out "3 lines, 0 at"
    head -c 300000 /dev/urandom | run 0 "$loop"
    grep -aq "DOES NOT BALANCE" "$work/out" && fail "any bytes: the account does not balance"
    for _ in $(seq 500); do echo busy; done | run 0 "$loop"
    says out "500 lines, 500 at the second attempt"

    run 2 "$loop" <"$root/README.md"
    says err "must be a pipe"
    printf 'one\n' | "$loop" >/dev/full 2>"$work/err"
    [ $? = 1 ] || fail "a full disk goes unnoticed"
done
finish
