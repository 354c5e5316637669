#!/usr/bin/env bash
# The report on the committed log; any line shape; wrong use; a full disk.
# covers: I6
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
sample=$root/examples/packages/sample.log
packages=$bin/packages

run 0 "$packages" - <"$sample"
same packages.expected
run 0 "$packages" "$sample"
says out "lines from $sample"
run 0 "$packages" --all "$sample"
run 0 "$packages"
says out "The account of the bus"

run 0 "$packages" - </dev/null
says out "0 lines from standard input"
head -c 300000 /dev/urandom | run 0 "$packages" -
says out "Lines without a known shape"
head -c 300000 /dev/zero | run 0 "$packages" -
says out "longer than 64 KiB"
# More lines than a lane holds, and a path of the largest size.
for _ in $(seq 60); do cat "$sample"; done | run 0 "$packages" -
grep -q "DOES NOT BALANCE" "$work/out" && fail "a long log: the account does not balance"
{ printf '2026-01-01 00:00:00 conffile /' && head -c 4095 /dev/zero | tr '\0' 'x' && printf ' keep\n'; } | run 0 "$packages" -
says out "1 kept"
{ printf '2026-01-01 00:00:00 conffile /' && head -c 4096 /dev/zero | tr '\0' 'x' && printf ' keep\n'; } | run 0 "$packages" -
says out "too long"

run 0 "$packages" --help
says out "Usage: packages"
run 2 "$packages" --nonsense
says err "Try 'packages --help'."
run 2 "$packages" "$sample" "$sample"
run 2 "$packages" "$work/none.log"
says err "No such file or directory"
run 2 "$packages" "$work"
says err "Is a directory"
"$packages" "$sample" >/dev/full 2>"$work/err"
[ $? = 2 ] || fail "a full disk goes unnoticed"
says err "cannot write the report: No space left on device"
finish
