#!/usr/bin/env bash
# AsyncAPI documents of schemas: valid against the published schema, complete, the same in any locale. covers: M4, R20
# usage: asyncapi.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
golden=$here/docs/shop.asyncapi.json
shop=$root/examples/shop/shop.bus

if [ "${3:-}" = --update ]; then
    "$busgen" gen "$shop" -o "$here/docs" --emit asyncapi
    exit
fi

for schema in "$here"/good/{every,policies,versions}.bus "$here/docs/hostile.bus" "$shop" "$root/tests/runtime/gathered.bus"; do
    stem=$(basename "$schema" .bus)
    run 0 "$busgen" gen "$schema" -o "$work/here" --emit asyncapi,json-schema
    # Debian's python3 has Debian's jsonschema.
    /usr/bin/python3 "$here/asyncapi.py" "$schema" "$work/here/$stem".{asyncapi,schema}.json >"$work/said" 2>&1 ||
        fail "$stem: $(tail -12 "$work/said")"
done
cmp "$work/here/shop.asyncapi.json" "$golden" ||
    fail "$golden is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "$here/good/every.bus" -o "$work/turkish" --emit asyncapi
cmp "$work/here/every.asyncapi.json" "$work/turkish/every.asyncapi.json" || fail "it depends on the locale"

# a bus of nothing
echo 'bus empty version 1;' >"$work/empty.bus"
run 0 "$busgen" gen "$work/empty.bus" -o "$work/here" --emit asyncapi,json-schema
/usr/bin/python3 "$here/asyncapi.py" "$work/empty.bus" "$work/here/empty".{asyncapi,schema}.json || fail "the empty bus"
finish
