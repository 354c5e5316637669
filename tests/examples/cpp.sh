#!/usr/bin/env bash
# The program in C++; wrong use; a full disk.
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
run 0 "$bin/thermostat"
same cpp.expected
run 0 "$bin/thermostat" --help
says out "Usage: thermostat"
run 2 "$bin/thermostat" 21
says err "Usage: thermostat"
"$bin/thermostat" >/dev/full 2>"$work/err"
[ $? = 2 ] || fail "a full disk goes unnoticed"
says err "cannot write: No space left on device"
finish
