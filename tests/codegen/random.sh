#!/usr/bin/env bash
# Random schemas: busgen accepts them, and what it generates compiles without a warning as C11 and C++17 with
# gcc and clang, the .fbs with flatc; several in one translation unit, so that nothing clashes either. One batch in
# ten is compiled to the end, the others as far as warnings come from: that costs a twentieth. What comments hold
# (ends of comments, backslashes, trigraphs, directives) stays in comments.
# covers: R5
# usage: random.sh BUSGEN SOURCE-FOLDER RANDOM-SCHEMA COUNT [FIRST-SEED]
. "$(dirname "$0")/support.sh"
random=$3 count=$4 first=${5:-1}
strict=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
    "-I$root/runtime/include" "-I$work/gen")

mkdir "$work/gen"
accepted=0
batch=()

# Each batch: as C with one compiler and as C++ with the other, then the other way round next time.
turn=0
flush() {
    [ ${#batch[@]} -gt 0 ] || return 0
    local c=gcc cpp=clang++ file
    local -a far=(-fsyntax-only)
    [ $((turn % 2)) = 0 ] || c=clang cpp=g++
    [ $((turn % 20)) -gt 1 ] || far=(-c -o "$work/object")
    turn=$((turn + 1))
    command -v clang >/dev/null || c=gcc cpp=g++
    for file in "${batch[@]}"; do
        # the names messages, imports and policies are a file's own
        echo "#define messages messages_of_$file"
        echo "#define imports imports_of_$file"
        echo "#define policies policies_of_$file"
        echo "#include \"$file.bus.c\""
        echo "#undef messages"
        echo "#undef imports"
        echo "#undef policies"
    done >"$work/gen/all.c"
    "$c" -std=c11 -Wstrict-prototypes -Wmissing-prototypes "${strict[@]}" "${far[@]}" "$work/gen/all.c" \
        >"$work/err" 2>&1 || fail "$c -std=c11: $(head -5 "$work/err")"
    "$cpp" -std=c++17 -x c++ "${strict[@]}" "${far[@]}" "$work/gen/all.c" >"$work/err" 2>&1 ||
        fail "$cpp -std=c++17: $(head -5 "$work/err")"
    (cd "$work/gen" && for file in "${batch[@]}"; do flatc --schema -b "$file.fbs" || exit 1; done) \
        >"$work/err" 2>&1 || fail "flatc: $(head -5 "$work/err")"
    for file in "${batch[@]}"; do
        cat "$work/gen/$file.bus.h" "$work/gen/$file.bus.c" "$work/gen/$file.fbs"
    done | code | grep -n -e 'int x' -e '<nothing' && fail "text of a comment became code: ${batch[*]}"
    batch=()
}
# C without its comments; those of .fbs files are of the same kind.
code() {
    gcc -fpreprocessed -dD -E -P -w -x c - 2>/dev/null
}
[ "$(printf '/// */ int x; /*\n/* a */ int x;\n' | code | grep -c 'int x')" = 1 ] || fail "code is not told from comments"

for ((seed = first; accepted < count && seed < first + 3 * count; seed++)); do
    "$random" "$seed" >"$work/gen/r$seed.bus"
    if "$busgen" gen "$work/gen/r$seed.bus" -o "$work/gen" >"$work/out" 2>"$work/err"; then
        accepted=$((accepted + 1))
        batch+=("r$seed")
    elif [ $? != 1 ]; then
        fail "seed $seed: busgen ends otherwise than with 0 or 1"
        head -5 "$work/err"
    elif [ -n "${VERBOSE:-}" ]; then
        head -5 "$work/err"
    fi
    [ ${#batch[@]} -lt 10 ] || flush
done
flush
[ "$accepted" = "$count" ] || fail "only $accepted of $((seed - first)) random schemas were accepted"
grep -l 'int x;' "$work"/gen/*.h >/dev/null || fail "no comment was drawn that tries to break out"
echo "$accepted schemas of $((seed - first)) accepted"
finish
