#!/usr/bin/env bash
# JSON Schemas of the good schemas and of an example: they are valid, accept what decode writes, and refuse what
# encode refuses; the same text in any locale. covers: M4
# usage: json_schema.sh BUSGEN SOURCE-FOLDER RANDOM_JSON | --update
. "$(dirname "$0")/support.sh"
random_json=${3:?}
golden=$here/docs

if [ "$random_json" = --update ]; then
    "$busgen" gen "$root/examples/shop/shop.bus" -o "$golden" --emit json-schema
    exit
fi

for schema in "$here"/good/{every,third}.bus "$root/examples/shop/shop.bus"; do
    stem=$(basename "$schema" .bus)
    run 0 "$busgen" gen "$schema" -o "$work/here" --emit json-schema
    # Debian's python3 has Debian's jsonschema.
    /usr/bin/python3 "$here/json_schema.py" "$schema" "$work/here/$stem.schema.json" "$random_json" >"$work/said" 2>&1 ||
        fail "$stem: $(tail -5 "$work/said")"
done
cmp "$work/here/shop.schema.json" "$golden/shop.schema.json" ||
    fail "$golden/shop.schema.json is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "$here/good/every.bus" -o "$work/turkish" --emit json-schema
cmp "$work/here/every.schema.json" "$work/turkish/every.schema.json" || fail "it depends on the locale"
finish
