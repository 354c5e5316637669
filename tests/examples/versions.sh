#!/usr/bin/env bash
# What the first version of a program left in an SQLite store is read by the third one, through the
# upgrade functions of two versions; what cannot be upgraded stays, as it was written.
# covers: P5, P9, L2, M2
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
[ -x "$bin/versions_1" ] || finish # built where SQLite is not

store=$work/store/bus.db
run 0 "$bin/versions_1" "$store"
run 0 "$bin/versions_3" "$store"
same versions.expected
run 0 "$bin/versions_3" "$store"
says out '0 event from disk upgraded, 0 letter; 1 that cannot be stays'
run 0 "$bin/busadm" dead-letters show 2 --store "$store" --json
says out '"schema_version":1'
grep -qE '"schema_fingerprint":"[0-9a-f]{16}"' "$work/out" || fail "no fingerprint: $(<"$work/out")"
run 0 "$bin/busadm" dead-letters show 2 --raw --store "$store"
mv "$work/out" "$work/raw"
run 0 "$bin/busgen" decode "$root/examples/versions/released/1/orders.bus" placed <"$work/raw"
says out '"customer": "Plato"'

# The released versions are what was locked.
for version in 1 2; do
    run 0 "$bin/busgen" check "$root/examples/versions/released/$version/orders.bus"
    grep -qF "bus orders version $version;" "$root/examples/versions/orders.bus.lock" || fail "version $version is not locked"
done
run 0 "$bin/busgen" breaking "$root/examples/versions/orders.bus" --against "$root/examples/versions/orders.bus.lock"
says err 'what version 2 wrote is read and upgraded'
run 2 "$bin/versions_1"
run 2 "$bin/versions_3"
run 1 "$bin/versions_3" /dev/null/no.db
finish
