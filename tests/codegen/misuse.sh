#!/usr/bin/env bash
# Wrong use does not compile (or link), and the message names what is wrong. Each misuse/*.c begins with
# `// says: TEXT` (or `// link: TEXT`): the part after #ifdef WRONG must be refused with the text; without
# it the file must compile, so that nothing else is the reason. covers: A1, E5
# usage: misuse.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
run 0 "$busgen" gen "$here/good/common.bus" "$here/good/every.bus" "$here/misuse/shop.bus" -o "$work/gen"
strict=(-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Werror=incompatible-pointer-types
    "-I$root/runtime/include" "-I$work/gen")

compilers=(gcc)
if command -v clang >/dev/null; then compilers+=(clang); fi
for file in "$here"/misuse/*.c; do
    name=$(basename "$file")
    kind=$(sed -n '1s,^// \([a-z]*\): .*,\1,p' "$file")
    text=$(sed -n '1s,^// [a-z]*: ,,p' "$file")
    for compiler in "${compilers[@]}"; do
        if [ "$kind" = link ]; then
            objects=("$here/misuse/support/engine.c" "$work/gen/shop.bus.c" "$root"/runtime/wire/*.c)
            run 0 "$compiler" "${strict[@]}" -D_GNU_SOURCE "$file" "${objects[@]}" -o "$work/program"
            "$compiler" "${strict[@]}" -D_GNU_SOURCE -DWRONG "$file" "${objects[@]}" -o "$work/program" \
                >"$work/out" 2>"$work/err" && fail "$name links with $compiler"
        else
            run 0 "$compiler" "${strict[@]}" -c -o "$work/object" "$file"
            "$compiler" "${strict[@]}" -DWRONG -c -o "$work/object" "$file" >"$work/out" 2>"$work/err" &&
                fail "$name compiles with $compiler"
        fi
        says err "$text"
    done
done
finish
