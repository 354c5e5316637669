# Sourced by the tests of this folder, which are called with busgen and the source folder.
# shellcheck shell=bash
set -uo pipefail
busgen=${1:?usage: $0 BUSGEN SOURCE-FOLDER}
# shellcheck disable=SC2034
root=${2:-}
# shellcheck disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"

# The ids of the rules of `busgen breaking`.
rules() {
    "$busgen" explain | sed '1,/^of busgen breaking:/d' | awk '{ print $1 }'
}

# TITLE VERSION: an example of a rule, whose explanation is in $work/explained, as a whole schema.
example() {
    awk -v title="$1" -v version="$2" '
        $0 == title { inside = 1; next }
        inside && /^    / {
            sub(/^    /, "")
            if (!lines++ && $0 !~ /^bus /) print "bus shop version " version ";"
            print
            next
        }
        { inside = 0 }' "$work/explained"
}
