#!/usr/bin/env bash
# Every schema of the tests and examples gives code that compiles without a warning: as C11 and C++17, with
# gcc and clang, unoptimised and optimised; the headers as C++11 and C++20, and alone; the .fbs with flatc.
# covers: M4
# usage: compile.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
strict=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror "-I$root/runtime/include" "-I$work/gen")

schemas=("$here"/good/*.bus "$root"/examples/*/*.bus "$root"/generated/*.bus)
for schema in "$root"/tests/idl/good/*.bus; do
    # the folder shares names with others; a schema with an import of its own kind is compiled there
    schemas+=("$schema")
done

# compile NAME COMPILER...: $work/gen/NAME.bus.c with every option of the row
compile() {
    local name=$1
    shift
    "$@" "${strict[@]}" -c "$work/gen/$name.bus.c" -o "$work/$$.o" >"$work/err" 2>&1 || {
        fail "$name: $*"
        head -20 "$work/err"
    }
}

# header NAME.bus[.inline] COMPILER...
header() {
    local name=$1
    shift
    echo "#include \"$name.h\"" | "$@" "${strict[@]}" -fsyntax-only - >"$work/err" 2>&1 || {
        fail "$name.h: $*"
        head -20 "$work/err"
    }
}

for schema in "${schemas[@]}"; do
    name=$(basename "$schema" .bus)
    rm -rf "$work/gen"
    run 0 "$busgen" gen "$schema" -o "$work/gen" --emit c,fbs,inline
    sed -n 's/^import "\(.*\)";.*/\1/p' "$schema" | while read -r import; do
        "$busgen" gen "$(dirname "$schema")/$import" -o "$work/gen" --emit c,fbs,inline || exit 1
    done || fail "$name: an import does not compile"
    for level in -O0 -O2; do
        compile "$name" gcc -std=c11 -Wstrict-prototypes -Wmissing-prototypes "$level"
        compile "$name" g++ -std=c++17 -x c++ "$level"
        command -v clang >/dev/null || continue
        compile "$name" clang -std=c11 -Wstrict-prototypes -Wmissing-prototypes "$level"
        compile "$name" clang++ -std=c++17 -x c++ "$level"
    done
    header "$name.bus.inline" g++ -std=c++11 -x c++ # with the header itself
    header "$name.bus.inline" gcc -std=c11 -x c
    header "$name.bus" g++ -std=c++20 -x c++
    header "$name.bus" gcc -std=c11 -x c
    command -v flatc >/dev/null || continue
    (cd "$work/gen" && flatc --schema -b "$name.fbs") >"$work/err" 2>&1 || {
        fail "$name.fbs"
        cat "$work/err"
    }
done

# what people write in comments stays in comments
grep -q 'int x' "$work/gen/every.bus.h" 2>/dev/null
run 0 "$busgen" gen "$here/good/every.bus" -o "$work/gen"
cat "$work/gen/every.bus.h" "$work/gen/every.bus.c" | gcc -fpreprocessed -dD -E -P -x c - 2>/dev/null |
    grep -n 'int x' && fail "text of a comment became code"

# the check of the interface version
run 0 "$busgen" gen "$here/good/common.bus" -o "$work/gen"
printf '#include <bus/bus.h>\n#undef BUS_ABI\n#define BUS_ABI 2\n#include "common.bus.h"\n' |
    gcc "${strict[@]}" -fsyntax-only -x c - >"$work/out" 2>"$work/err" && fail "BUS_ABI is not checked"
says err "was written for BUS_ABI 1"
finish
