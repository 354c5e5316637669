#!/usr/bin/env bash
# The program in C++.
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
run 0 "$bin/thermostat"
same cpp.expected
finish
