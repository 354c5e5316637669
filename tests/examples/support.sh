# Sourced by the tests of this folder, which are called with the build folder.
# shellcheck shell=bash
set -uo pipefail
shopt -s lastpipe # so that `... | run` counts its failures here
build=${1:?usage: $0 BUILD-FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$build/bin
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

# same EXPECTED-FILE: standard output is that file; UPDATE=1 writes it
same() {
    if [ -n "${UPDATE:-}" ]; then
        cp "$work/out" "$here/$1"
    fi
    diff -u "$here/$1" "$work/out" || fail "standard output differs from $1"
}

finish() {
    [ "$failures" = 0 ] && echo fine
    exit $((failures > 0))
}
