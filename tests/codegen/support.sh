# Sourced by the tests of this folder, which are called with busgen and the source folder.
# shellcheck shell=bash
set -uo pipefail
busgen=${1:?usage: $0 BUSGEN SOURCE-FOLDER}
root=${2:-}
# shellcheck disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"

silent() {
    [ ! -s "$work/$1" ] || {
        fail "$1 is not empty:"
        sed 's/^/    /' "$work/$1"
    }
}
