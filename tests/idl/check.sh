#!/bin/sh
# check.sh BUSGEN - busgen check says exactly the expected text of every bad/X.bus, and exits 1.
busgen=$1
wrong=0
cd "$(dirname "$0")/bad" || exit 2
for schema in *.bus; do
    said=$("$busgen" check "$schema" 2>&1; echo "exit $?")
    expected=$(cat "${schema%.bus}.txt"; echo "exit 1")
    if [ "$said" != "$expected" ]; then
        printf '%s\n--- expected\n%s\n--- said\n%s\n' "$schema" "$expected" "$said"
        wrong=1
    fi
done
exit $wrong
