#!/usr/bin/env bash
# The code blocks of README.md: a block marked ```LANGUAGE FILE goes into FILE, several of one file one
# after another. They are built as a project outside the tree, against an installed Busgen, with the
# README's own CMakeLists.txt and with its pkg-config line; the programs must print what the blocks
# marked PROGRAM.out say (PROGRAM.sh is run where there is one). Links must lead somewhere.
# usage: readme.sh SOURCE-FOLDER BUILD-FOLDER
set -euo pipefail
source=${1:?usage: readme.sh SOURCE-FOLDER BUILD-FOLDER}
build=${2:?usage: readme.sh SOURCE-FOLDER BUILD-FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

mkdir "$work/project"
awk -v folder="$work/project" '
    /^```/ && !inside { inside = 1; name = ($2 != "") ? folder "/" $2 : "/dev/null"
                        if ($2 == "" && $0 !~ /^```(sh)?$/) { print "line " NR ": a block without a file: " $0; bad = 1 }
                        next }
    /^```$/ { inside = 0; next }
    inside { print >> name }
    END { exit bad }' "$source/README.md" || fail "blocks without a file"
count=$(find "$work/project" -type f | wc -l)
[ "$count" -ge 8 ] || fail "only $count files in README.md"

cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log" && fail "cmake --install"; }
cmake -S "$work/project" -B "$work/project/build" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_PREFIX_PATH=$work/prefix" \
    -DCMAKE_C_STANDARD=11 "-DCMAKE_C_FLAGS=-Wall -Wextra -Wno-unused-parameter -Wpedantic -Wconversion -Wshadow -Werror" \
    >"$work/log" 2>&1 && cmake --build "$work/project/build" >"$work/log" 2>&1 ||
    { cat "$work/log" && fail "the project does not build"; }

for program in serve brew full bytes; do
    [ -s "$work/project/$program.out" ] || fail "README.md does not say what $program prints"
done
for expected in "$work"/project/*.out; do
    program=$(basename "$expected" .out)
    if [ -e "$work/project/$program.sh" ]; then
        (cd "$work/project" && PATH=$work/prefix/bin:$PATH bash -e "$program.sh") >"$work/$program.out" ||
            fail "$program.sh exits $?"
    else
        "$work/project/build/$program" >"$work/$program.out" || fail "$program exits $?"
    fi
    diff -u "$expected" "$work/$program.out" || fail "$program prints something else"
done
[ "$("$work/project/build/hello")" = "Hello, Ada!" ] || fail "hello"
cmake --build "$work/project/build" --target bar_messages_golden hello_messages_golden >"$work/log" 2>&1 &&
    (cd "$work/project/build" && ctest) >"$work/log" 2>&1 && grep -q 'out of 2$' "$work/log" ||
    { cat "$work/log" && fail "the tests of the messages"; }

# The lines for everything but CMake, as they stand in README.md.
commands=$(grep -E '^(busgen gen bar.bus|cc )' "$source/README.md")
[ "$(wc -l <<<"$commands")" = 2 ] || fail "README.md has no two lines for pkg-config"
libraries=$(dirname "$(find "$work/prefix" -name busgen.pc)")
cat >"$work/prefix/bin/pkg-config" <<TEXT # the file names the prefix that the build was configured for
#!/bin/sh
exec $(command -v pkg-config) --define-variable=prefix=$work/prefix "\$@"
TEXT
chmod +x "$work/prefix/bin/pkg-config"
(
    cd "$work/project"
    export PATH="$work/prefix/bin:$PATH" PKG_CONFIG_PATH="$libraries" LD_LIBRARY_PATH="${libraries%/pkgconfig}"
    bash -ec "$commands" && ./serve | diff - serve.out
) || fail "the commands with pkg-config"

# Lines quoted from a generated header are in it, in that order.
for excerpt in "$work"/project/*.excerpt; do
    header=$work/project/$(basename "$excerpt" .excerpt)
    awk 'NR == FNR { gsub(/^ +| +$/, ""); want[++count] = $0; next }
         { gsub(/^ +| +$/, "") }
         at < count && $0 == want[at + 1] { at++ }
         END { if (at < count) { print "not there: " want[at + 1]; exit 1 } }' "$excerpt" "$header" ||
        fail "$excerpt"
done

# Links to files and to headings.
while read -r link; do
    case $link in
    http*) ;;
    \#*)
        sed -n 's/^##* //p' "$source/README.md" | tr 'A-Z ' 'a-z-' | grep -qx "${link#\#}" ||
            fail "no heading for $link"
        ;;
    *) [ -e "$source/$link" ] || fail "no file for the link $link" ;;
    esac
done < <(grep -o '](\([^)]*\))' "$source/README.md" | sed 's/^](//; s/)$//')
exit $((failures > 0))
