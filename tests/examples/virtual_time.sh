#!/usr/bin/env bash
# A handler tested in virtual time: the same on every machine; a full disk.
# covers: P4
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
for _ in 1 2 3; do
    run 0 "$bin/virtual_time"
    same virtual_time.expected
done
"$bin/virtual_time" >/dev/full
[ $? = 1 ] || fail "a full disk goes unnoticed"
finish
