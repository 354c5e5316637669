#!/usr/bin/env bash
# generated/examples holds what busgen writes for the examples' schemas, byte by byte. To make it anew
# after a change of busgen or of a schema: UPDATE=1 tests/examples/generated.sh build
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
committed=$root/generated/examples
cd "$root" || exit 1
for schema in examples/*/*.bus; do
    run 0 "$bin/busgen" gen "$schema" -o "$work/made"
done
[ -z "${UPDATE:-}" ] || { mkdir -p "$committed" && cp "$work"/made/* "$committed/"; }
diff -ru "$committed" "$work/made" || fail "generated/examples is not what busgen writes; see the top of $0"
finish
