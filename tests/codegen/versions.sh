#!/usr/bin/env bash
# Versions of a message: a program that lacks an upgrade function does not link, and the linker names it; the
# beginning of one that the header shows compiles; busgen decode and encode know older versions.
# covers: P5
# usage: versions.sh BUSGEN SOURCE-FOLDER LIBRARY
. "$(dirname "$0")/support.sh"
library=$3
schema=$here/good/versions.bus
cd "$work" || exit 2
flags=(-std=c11 -Wall -Wextra -Wno-unused-parameter -Werror "-I$root/runtime/include" -I.)

"$busgen" gen "$schema" -o . --emit c,md,json-schema || fail "busgen gen"
gcc "${flags[@]}" -c versions.bus.c -o versions.o || fail "versions.bus.c"

# The examples out of the header's comments, as they stand.
{
    echo '#include "versions.bus.h"'
    echo '#include <string.h>'
    sed -n '/^ \*     bool .*_upgrade_v/,/^ \*     }/s/^ \* \{0,5\}//p' versions.bus.h
} >stubs.c
[ "$(grep -c '^bool ' stubs.c)" = 3 ] || fail "not three examples: $(cat stubs.c)"
grep -q 'newer->order_id = older->order_id;' stubs.c || fail "no example copies: $(cat stubs.c)"
grep -q 'memcpy(newer->mark, older->mark, sizeof newer->mark);' stubs.c || fail "no array: $(cat stubs.c)"
grep -q '// newer->names is new' stubs.c || fail "nothing is new: $(cat stubs.c)"
grep -q '// newer->rush has another type than older->rush' stubs.c || fail "types are the same: $(cat stubs.c)"
gcc "${flags[@]}" -c stubs.c -o stubs.o || fail "the examples do not compile"

cat >main.c <<'C'
#include "versions.bus.h"
int main(void)
{
    return (int)versions_order_placed_encode(NULL, NULL, 0);
}
C
gcc "${flags[@]}" -c main.c -o main.o || fail "main.c"
link=(main.o versions.o "$library" -lck -pthread)
gcc "${link[@]}" stubs.o -o all || fail "a program with all upgrades does not link"
if gcc "${link[@]}" -o none 2>none.err; then
    fail "a program without upgrades links"
fi
for step in order_placed_upgrade_v1 order_placed_upgrade_v2 reserve_stock_upgrade_v1; do
    grep -q "undefined reference to .versions_$step'" none.err || fail "$step is not named: $(cat none.err)"
    objcopy --strip-symbol="versions_$step" stubs.o less.o
    if gcc "${link[@]}" less.o -o less 2>err; then
        fail "a program without $step links"
    fi
    [ "$(grep -c 'undefined reference' err)" = 1 ] || fail "without $step: $(cat err)"
done

# Older versions by their names in C and by those of their types.
echo '{"order_id": "7", "customer": "Ada", "mark": [1, 2, 3, 4]}' >json
for name in order_placed_v1 order_placed.v1 versions.order_placed.v1; do
    "$busgen" encode "$schema" "$name" <json >"$name" || fail "encode $name"
    cmp order_placed_v1 "$name" || fail "$name has other bytes"
    "$busgen" decode --compact "$schema" "$name" <order_placed_v1 | grep -q '"customer":"Ada"' || fail "decode $name"
done
# The newest as well, by its number: what was kept under that name is read when there is a newer one.
echo '{"order_id": "7"}' | "$busgen" encode "$schema" order_placed >newest
for name in order_placed_v3 versions.order_placed.v3; do
    echo '{"order_id": "7"}' | "$busgen" encode "$schema" "$name" >bytes || fail "encode $name"
    cmp newest bytes || fail "$name is not the newest"
done
run 2 "$busgen" decode "$schema" order_placed_v4 </dev/null
grep -q "did you mean 'order_placed_v" err || fail "no name to mean: $(cat err)"
grep -q '"versions.order_placed_v1"' versions.schema.json || fail "no schema of version 1"
grep -q 'Older versions' versions.md || fail "no older versions in the page"
finish
