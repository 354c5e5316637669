# Sourced by the tests of this folder, which are called with the build folder.
# shellcheck shell=bash
set -uo pipefail
shopt -s lastpipe # so that `... | run` counts its failures here
build=${1:?usage: $0 BUILD-FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$build/bin
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"

# same EXPECTED-FILE: standard output is that file; UPDATE=1 writes it
same() {
    if [ -n "${UPDATE:-}" ]; then
        cp "$work/out" "$here/$1"
    fi
    diff -u "$here/$1" "$work/out" || fail "standard output differs from $1"
}
