#!/usr/bin/env bash
# The binary schema x.bfbs says what flatc says of x.fbs, of all schemas here and of random ones; flatc reads a message
# by it as by x.fbs; the same bytes in any locale. covers: M4, R20
# usage: bfbs.sh BUSGEN SOURCE-FOLDER BFBS_SAME RANDOM_SCHEMA COUNT
. "$(dirname "$0")/support.sh"
same=$3 random=$4 count=$5
roots=(-I "$root/tests/runtime" -I "$here/good" -I "$root/tests/idl/good")
pairs=()

# FOLDER SCHEMA... : ours and flatc's of them, in a folder of their own, and as pairs
compare() {
    local folder=$work/$1 schema
    shift
    "$busgen" gen "$@" "${roots[@]}" -o "$folder/ours" --emit fbs,bfbs 2>"$work/err" || fail "busgen: $(head -3 "$work/err")"
    (cd "$folder/ours" && flatc --schema --binary --bfbs-filenames . -o ../flatc ./*.fbs) >"$work/err" 2>&1 ||
        fail "flatc: $(head -3 "$work/err")"
    for schema in "$folder"/ours/*.bfbs; do
        pairs+=("$schema" "$folder/flatc/$(basename "$schema")")
    done
}

compare good "$here"/good/*.bus "$root"/tests/runtime/{gathered,probe}.bus "$here/docs/hostile.bus"
compare wire "$root"/tests/wire/schemas/*.bus
compare idl "$root"/tests/idl/good/*.bus "$root"/tests/idl/good/parts/*.bus
compare examples "$root"/examples/*/*.bus "$root/generated/bus_system.bus"
mkdir "$work/accepted"
accepted=()
for ((seed = 1; ${#accepted[@]} < count && seed < 3 * count; seed++)); do
    "$random" "$seed" >"$work/accepted/r$seed.bus"
    ! "$busgen" gen "$work/accepted/r$seed.bus" -o "$work/alone" --emit fbs >"$work/err" 2>&1 || accepted+=("$work/accepted/r$seed.bus")
done
[ "${#accepted[@]}" = "$count" ] || fail "only ${#accepted[@]} random schemas were accepted"
compare random "${accepted[@]}"
"$same" "${pairs[@]}" >"$work/err" 2>&1 || fail "$(cat "$work/err")"
# the comparison can fail
run 1 "$same" "$work/good/ours/every.bfbs" "$work/good/flatc/common.bfbs"

# a message by way of the one and of the other
echo '{"order_id": 7, "customer": "Ada", "lines": [{"sku": "a", "price": {"amount": 3, "currency": 978}}],
    "payment_type": "card", "payment": {"token": "x"}, "discount": 0}' |
    "$busgen" encode "$root/examples/shop/shop.bus" order_placed >"$work/order.bin" || fail "encode"
for schema in examples/ours/shop.bfbs examples/ours/shop.fbs; do
    (cd "$work" && flatc --json --strict-json --raw-binary --root-type shop.order_placed "$schema" -- order.bin) ||
        fail "flatc by $schema"
    mv "$work/order.json" "$work/by_${schema##*.}"
done
cmp "$work/by_bfbs" "$work/by_fbs" || fail "flatc reads another message by shop.bfbs"
grep -q '"Ada"' "$work/by_bfbs" || fail "no message: $(cat "$work/by_bfbs")"

# flatc takes {{x}} in a comment for a template, and gives up
printf '%s\n' 'bus braces version 1;' '/// {{x}} of {{{ $y }}' 'event drawn { 1 id : u64; }' >"$work/braces.bus"
run 0 "$busgen" gen "$work/braces.bus" -o "$work" --emit fbs
run 0 flatc --cpp --rust --kotlin -o "$work" "$work/braces.fbs"

run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "$here/good/every.bus" -o "$work/turkish" --emit bfbs
cmp "$work/good/ours/every.bfbs" "$work/turkish/every.bfbs" || fail "it depends on the locale"
finish
