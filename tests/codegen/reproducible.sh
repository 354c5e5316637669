#!/usr/bin/env bash
# What busgen writes depends on the schema alone: every output, over 100 runs in which all else changes (folder, the
# way the schema is named, environment, what memory holds), in Turkish and Russian locales, and built by another
# compiler. covers: R20
# usage: reproducible.sh BUSGEN SOURCE-FOLDER LEXER COMPILER, the other one
. "$(dirname "$0")/support.sh"
lexer=$3 compiler=$4
cd "$work" || exit 2
mkdir schemas reference
cp "$here"/good/*.bus "$root/examples/shop/shop.bus" "$root/examples/versions/orders.bus" schemas
cp "$root/examples/versions/orders.bus.lock" schemas
all=$("$busgen" gen x.bus -o y --emit none 2>&1 | sed 's/.*--emit takes \(.*\), not .none.$/\1/; s/ and /,/; s/ //g')
[[ $all = c,*,tests ]] || fail "the words of --emit are '$all'"

# write BUSGEN FOLDER [PREFIX]: everything of every schema, named by PREFIX
write() {
    "$1" gen "${3-$work/schemas/}"{common,every,policies,third,versions,shop}.bus -o "$2" --emit "$all" &&
        "$1" gen "${3-$work/schemas/}orders.bus" -o "$2" --emit "$all" --against "${3-$work/schemas/}orders.bus.lock"
}
write "$busgen" reference || fail "busgen gen"
[ "$(ls reference | wc -l)" -gt 80 ] || fail "only $(ls reference | wc -l) files"
grep -rl "$work" reference && fail "a path is in the output"
alike() { # FOLDER WHAT
    diff -rq reference "$1" >diff.out || {
        fail "$2"
        cat diff.out
    }
    rm -rf "$1"
}

# ---- a hundred runs: one way of naming them in each folder, and so on; all schemas in some
"$busgen" gen schemas/{every,policies}.bus -o few --emit "$all"
for ((i = 0; i < 100; i++)); do
    case $((i % 4)) in
    0) folder=$work prefix=schemas/ ;;
    1) folder=$work/schemas prefix= ;;
    2) folder=/ prefix=${work#/}/schemas/ ;;
    3) folder=$work/reference prefix=../schemas/./ ;;
    esac
    (
        cd "$folder" || exit 2
        export MALLOC_PERTURB_=$((i * 2 + 1)) TZ=Asia/Tokyo SOURCE_DATE_EPOCH=$i COLUMNS=$i FILLED="${all:0:i}"
        if [ $((i % 20)) -lt 16 ]; then
            "$busgen" gen "${prefix}every.bus" "${prefix}policies.bus" -o "$work/run$i" --emit "$all"
        else
            write "$busgen" "$work/run$i" "$prefix"
        fi
    ) || fail "run $i"
    if [ $((i % 20)) -lt 16 ]; then
        cmp <(cat few/*) <(cat "$work/run$i"/*) || fail "run $i differs"
        rm -rf "$work/run$i"
    else
        alike "$work/run$i" "run $i differs"
    fi
done

# ---- locales that are there (bash prints its numbers in them), and none in force: busgen sets none
for language in tr_TR ru_RU; do
    localedef -i "$language" -f UTF-8 "./$language.UTF-8" >/dev/null 2>&1
    [ "$(LOCPATH=$work LC_ALL=$language.UTF-8 bash -c 'printf %.1f 1,5')" = 1,5 ] || fail "no locale $language"
    LOCPATH=$work LC_ALL=$language.UTF-8 LANG=$language.UTF-8 write "$busgen" "$work/$language" 2>err ||
        fail "busgen gen in $language"
    alike "$work/$language" "$language differs"
done
nm -D "$busgen" | grep -w setlocale && fail "busgen sets a locale: numbers in its output would follow it"

# ---- another compiler
sources=("$root"/idl/*.c "$lexer" "$root"/codegen/*.c "$root"/codegen/*/*.c "$root"/runtime/wire/*.c
    "$root/runtime/testing/values.c")
"$compiler" -O0 -w -std=c11 -D_GNU_SOURCE '-DBUSGEN_VERSION="0.1.0"' "-I$root/idl" "-I$root/codegen" "-I$root/runtime" \
    "-I$root/runtime/include" "${sources[@]}" -ljansson -lm -o other >err 2>&1 ||
    fail "$compiler does not compile busgen: $(head -5 err)"
write ./other "$work/other.d" || fail "busgen of $compiler"
alike "$work/other.d" "busgen of $compiler differs"

# The comparison sees a single byte.
cp -r reference changed
printf x >>changed/shop.fbs
(alike changed "seen") | grep -q 'FAILED: seen' || fail "a changed file is not seen"
finish
