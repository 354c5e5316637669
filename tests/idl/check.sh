#!/bin/sh
# check.sh BUSGEN - busgen check says exactly the expected text of every bad/X.bus, busgen lint that
# of every lint/X.bus, and both exit 1.
busgen=$1
wrong=0
here=$(cd "$(dirname "$0")" && pwd)
compare() # COMMAND FOLDER
{
    cd "$here/$2" || exit 2
    for schema in *.bus; do
        said=$("$busgen" "$1" "$schema" 2>&1; echo "exit $?")
        expected=$(cat "${schema%.bus}.txt"; echo "exit 1")
        if [ "$said" != "$expected" ]; then
            printf '%s/%s\n--- expected\n%s\n--- said\n%s\n' "$2" "$schema" "$expected" "$said"
            wrong=1
        fi
    done
}
compare check bad
compare lint lint
exit $wrong
