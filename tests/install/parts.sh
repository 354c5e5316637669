#!/usr/bin/env bash
# Without tests, examples and benchmarks the rest configures, builds and installs; nothing of theirs is asked
# for. usage: parts.sh SOURCE-FOLDER
set -uo pipefail
source=${1:?usage: parts.sh SOURCE-FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$source" -B "$work" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DBUSGEN_TESTS=OFF \
    -DBUSGEN_EXAMPLES=OFF -DBUSGEN_BENCH=OFF -DBUSGEN_SHARED=OFF >"$work/log" 2>&1 &&
    cmake --build "$work" -j2 >"$work/log" 2>&1 &&
    DESTDIR=$work/stage cmake --install "$work" >"$work/log" 2>&1 || {
    tail -n 30 "$work/log"
    exit 1
}
[ -x "$work/bin/busgen" ] && [ -z "$(find "$work/stage" -name 'libbusgen.so*')" ] &&
    [ -n "$(find "$work/stage" -name libbusgen.a)" ]
