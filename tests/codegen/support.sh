# Sourced by the tests of this folder, which are called with busgen and the source folder.
# shellcheck shell=bash
set -uo pipefail
busgen=${1:?usage: $0 BUSGEN SOURCE-FOLDER}
root=${2:-}
# shellcheck disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# run EXPECTED-STATUS COMMAND...: standard output in $work/out, standard error in $work/err
run() {
    local expected=$1 status
    shift
    "$@" >"$work/out" 2>"$work/err"
    status=$?
    [ "$status" = "$expected" ] || {
        fail "$* exits $status, expected $expected"
        sed 's/^/    /' "$work/err"
    }
}

# says FILE TEXT: the file has the text somewhere
says() {
    grep -qF -- "$2" "$work/$1" || {
        fail "'$2' is not in $1:"
        sed 's/^/    /' "$work/$1"
    }
}

silent() {
    [ ! -s "$work/$1" ] || {
        fail "$1 is not empty:"
        sed 's/^/    /' "$work/$1"
    }
}

finish() {
    [ "$failures" = 0 ] || echo "$failures failures"
    [ "$failures" = 0 ]
    exit
}
