# Sourced by the support.sh of test folders: a work folder, and what a test says.
# shellcheck shell=bash
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

finish() {
    [ "$failures" = 0 ] || echo "$failures failures"
    [ "$failures" = 0 ]
    exit
}
