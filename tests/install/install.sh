#!/usr/bin/env bash
# Installs this build below a folder of its own, and builds a user's project against it, outside the tree:
# CMake (static and shared library, C and C++) and pkg-config with make. Looks at what the library exports
# and links, and that the package works after its folder was moved.
# usage: install.sh BUILD-FOLDER
set -uo pipefail
build=${1:?usage: install.sh BUILD-FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
must() { # what it is, then the command
    local what=$1
    shift
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log"
        fail "$what"
        exit 1
    }
}
serves() { # PROGRAM
    local said
    said=$("$1" 2>&1)
    [ "$?" = 0 ] && [ "$said" = served ] || fail "$1 says '$said'"
}

# ---- staged, then moved: nothing may remember where it was first
DESTDIR=$work/stage must "cmake --install" cmake --install "$build" --prefix /usr
mkdir "$work/opt"
must "cmake --install to a prefix" cmake --install "$build" --prefix "$work/first"
mv "$work/first" "$work/opt/busgen"
prefix=$work/opt/busgen
libraries=$(dirname "$(find "$prefix" -name libbusgen.a)")
for file in bin/busgen include/bus/bus.h include/bus/types.h include/bus/wire.h include/bus/schema.h \
    include/bus/os.h include/bus_system.bus.h; do
    [ -f "$prefix/$file" ] && [ -f "$work/stage/usr/$file" ] || fail "$file is not installed"
done
grep -rlF -e "$work/first" -e "$(cd "$build" && pwd)" "$prefix" --include='*.cmake' --include='*.pc' &&
    fail "a path of the build is in the package"

[ ! -e "$build/bin/busadm" ] || [ "$("$prefix/bin/busadm" --version)" = "$("$prefix/bin/busgen" --version | sed s/busgen/busadm/)" ] ||
    fail "busadm is not installed"
[ -f "$prefix/share/man/man1/busgen.1" ] || fail "busgen.1 is not installed"
[ -f "$prefix/share/busgen/editors/vim/syntax/bus.vim" ] || fail "the files for editors are not installed"

# ---- what the shared library shows and needs
library=$libraries/libbusgen.so.0
needs=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
[[ $needs =~ ^(ld-linux[^ ]*\ )?libc\.so\.6\ (libck\.so\.0\ )?$ ]] || fail "the library links: $needs"
readelf -d "$library" | grep -q 'SONAME.*\[libbusgen\.so\.0\]' || fail "soname"
foreign=$(nm -D --defined-only "$library" | awk '$3 !~ /^bus_/ { print $3 }')
[ -z "$foreign" ] || fail "exported besides bus_*: $foreign"
# Every exported function is declared in a public header; every declared one is exported.
nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }' | sort >"$work/exported"
declared_in() { # HEADER...
    cat "$@" | awk '/^BUS_API/ { on = 1; text = "" } on { text = text " " $0 } on && /[;{]/ { on = 0
        if (match(text, /bus_[a-z0-9_]+\(/)) print substr(text, RSTART, RLENGTH - 1) }' | sort -u
}
find "$prefix/include" -name '*.h' ! -name sqlite_store.h ! -name http.h | xargs cat >"$work/headers"
declared_in "$work/headers" >"$work/declared"
missing=$(comm -13 "$work/exported" "$work/declared" | tr '\n' ' ')
[ -z "$missing" ] || fail "declared BUS_API, but not exported: $missing"
extra=$(comm -23 "$work/exported" "$work/declared" | grep -v '^bus_system_' | tr '\n' ' ')
[ -z "$extra" ] || fail "exported, but not declared BUS_API: $extra"

# The same of the store, archive and shared library.
archive=$libraries/libbusgen_store.a
if [ -f "$archive" ]; then
    store=$libraries/libbusgen_store.so.0
    needs=$(readelf -d "$store" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
    [ "$needs" = "libbusgen.so.0 libc.so.6 libsqlite3.so.0 " ] || fail "the shared store links: $needs"
    readelf -d "$store" | grep -q 'SONAME.*\[libbusgen_store\.so\.0\]' || fail "soname of the store"
    nm -D --defined-only "$store" | awk '{ print $3 }' | sort >"$work/shown"
    declared_in "$prefix/include/bus/sqlite_store.h" >"$work/declared"
    nm "$archive" 2>/dev/null | awk '$2 == "T" && $3 ~ /^bus_/ { print $3 }' | sort >"$work/exported"
    cmp -s "$work/declared" "$work/exported" ||
        fail "the store declares $(tr '\n' ' ' <"$work/declared")and has $(tr '\n' ' ' <"$work/exported")"
    cmp -s "$work/declared" "$work/shown" || fail "the shared store exports $(tr '\n' ' ' <"$work/shown")"
fi

# The same of the web server.
if [ -f "$libraries/libbusgen_http.a" ]; then
    web=$libraries/libbusgen_http.so.0
    needs=$(readelf -d "$web" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
    [[ $needs =~ ^libbusgen\.so\.0\ libc\.so\.6\ (libjansson\.so\.4\ )?libmicrohttpd\.so\.12\ $ ]] ||
        fail "the shared web server links: $needs"
    readelf -d "$web" | grep -q 'SONAME.*\[libbusgen_http\.so\.0\]' || fail "soname of the web server"
    declared_in "$prefix/include/bus/http.h" >"$work/declared"
    nm -D --defined-only "$web" | awk '{ print $3 }' | sort >"$work/shown"
    cmp -s "$work/declared" "$work/shown" || fail "the shared web server exports $(tr '\n' ' ' <"$work/shown")"
fi

# ---- a user with CMake
cp -r "$here/user" "$work/user"
user=$work/user
must "the user's configure" cmake -S "$user" -B "$user/build" -DCMAKE_PREFIX_PATH="$prefix"
must "the user's build" cmake --build "$user/build"
serves "$user/build/serve"
serves "$user/build/serve-cpp"
serves "$user/build/serve-split"
serves "$user/build/serve-shared"
[ -f "$user/build/serve-split.bus.d/bar.bus.3.c" ] || fail "SPLIT 3 wrote no third part"
readelf -d "$user/build/serve-shared" | grep -q 'NEEDED.*libbusgen\.so\.0' || fail "serve-shared is not shared"

# Generated tests, with pkg-config.
mkdir "$work/tested"
must "busgen gen" "$prefix/bin/busgen" gen "$here"/user/{bar,common/people}.bus -o "$work/tested" --emit c
must "busgen gen --emit tests" "$prefix/bin/busgen" gen "$here/user/bar.bus" -o "$work/tested" --emit tests
for static in '' --static; do
    must "the generated tests with pkg-config $static" sh -c "cc -std=c11 -o '$work/tested/run' '$work'/tested/*.c \
        \$(PKG_CONFIG_PATH='$libraries/pkgconfig' pkg-config --cflags --libs $static busgen-testing) -Wl,-rpath,'$libraries'"
    must "the generated tests" "$work/tested/run" --update --golden "$work/tested/golden"
    must "the generated tests" "$work/tested/run" --golden "$work/tested/golden"
done

# The store, with CMake and with pkg-config.
if [ -f "$archive" ]; then
    mkdir "$work/keeper"
    cat >"$work/keeper/keep.c" <<'END'
#include <bus/sqlite_store.h>
#include <stdio.h>
int main(int count, char **arguments)
{
    struct bus_sqlite_store *store = NULL;
    struct bus *bus = NULL;
    if (count != 2 || bus_sqlite_store_open(&store, arguments[1], NULL) != BUS_OK ||
        bus_open(&bus, &(struct bus_options){.store = bus_sqlite_store_table(store)}) != BUS_OK)
        return puts(bus_last_error()), 1;
    if (bus_close(&bus) != BUS_OK)
        return 1;
    bus_sqlite_store_close(&store);
    return puts("served"), 0;
}
END
    cat >"$work/keeper/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(keeper C)
find_package(busgen REQUIRED COMPONENTS store)
add_executable(keep keep.c)
target_link_libraries(keep PRIVATE busgen::store)
add_executable(keep-shared keep.c)
target_link_libraries(keep-shared PRIVATE busgen::store_shared)
END
    must "the keeper's configure" cmake -S "$work/keeper" -B "$work/keeper/build" -DCMAKE_PREFIX_PATH="$prefix"
    must "the keeper's build" cmake --build "$work/keeper/build"
    printf '#!/bin/sh\nexec "%s" "%s"\n' "$work/keeper/build/keep" "$work/keeper/data/bus.db" >"$work/keeper/cmake"
    must "the keeper with pkg-config" sh -c "cc -std=c11 -o '$work/keeper/keep' '$work/keeper/keep.c' \
        \$(PKG_CONFIG_PATH='$libraries/pkgconfig' pkg-config --cflags --libs --static busgen-store)"
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "%s"\n' "$libraries" "$work/keeper/keep" \
        "$work/keeper/data/bus.db" >"$work/keeper/make"
    printf '#!/bin/sh\nexec "%s" "%s"\n' "$work/keeper/build/keep-shared" "$work/keeper/data/bus.db" >"$work/keeper/shared"
    must "the keeper with pkg-config, shared" sh -c "cc -std=c11 -o '$work/keeper/keep-shared' '$work/keeper/keep.c' \
        \$(PKG_CONFIG_PATH='$libraries/pkgconfig' pkg-config --cflags --libs busgen-store) -Wl,-rpath-link,'$libraries'"
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "%s"\n' "$libraries" "$work/keeper/keep-shared" \
        "$work/keeper/data/bus.db" >"$work/keeper/make-shared"
    for way in cmake make shared make-shared; do
        chmod +x "$work/keeper/$way"
        serves "$work/keeper/$way"
    done
    for program in build/keep-shared keep-shared; do
        readelf -d "$work/keeper/$program" | grep -q 'NEEDED.*libbusgen_store\.so\.0' || fail "$program is not shared"
        readelf -d "$work/keeper/$program" | grep -q 'NEEDED.*libsqlite3' && fail "$program links SQLite itself"
    done
fi

# The web server, in all four ways.
if [ -f "$libraries/libbusgen_http.a" ]; then
    mkdir "$work/web"
    cat >"$work/web/show.c" <<'END'
#include <bus/http.h>
#include <stdio.h>
int main(void)
{
    struct bus_http *server = NULL;
    struct bus *bus = NULL;
    if (bus_open(&bus, NULL) != BUS_OK ||
        bus_http_open(&server, bus, &(struct bus_http_options){.any_port = true}) != BUS_OK)
        return puts(bus_last_error()), 1;
    if (bus_http_port(server) == 0 || bus_http_close(&server) != BUS_OK || bus_close(&bus) != BUS_OK)
        return 1;
    return puts("served"), 0;
}
END
    cat >"$work/web/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(web C)
find_package(busgen REQUIRED COMPONENTS http)
add_executable(show show.c)
target_link_libraries(show PRIVATE busgen::http)
add_executable(show-shared show.c)
target_link_libraries(show-shared PRIVATE busgen::http_shared)
END
    must "the web user's configure" cmake -S "$work/web" -B "$work/web/build" -DCMAKE_PREFIX_PATH="$prefix"
    must "the web user's build" cmake --build "$work/web/build"
    must "the web user with pkg-config" sh -c "cc -std=c11 -o '$work/web/show' '$work/web/show.c' -Wl,-Bstatic \
        \$(PKG_CONFIG_PATH='$libraries/pkgconfig' pkg-config --cflags --libs busgen-http busgen) -Wl,-Bdynamic \
        \$(pkg-config --libs libmicrohttpd jansson) -lck -pthread"
    must "the web user with pkg-config, shared" sh -c "cc -std=c11 -o '$work/web/show-so' '$work/web/show.c' \
        \$(PKG_CONFIG_PATH='$libraries/pkgconfig' pkg-config --cflags --libs busgen-http) -Wl,-rpath,'$libraries'"
    serves "$work/web/build/show"
    serves "$work/web/build/show-shared"
    serves "$work/web/show"
    serves "$work/web/show-so"
fi

# A change of an imported schema reaches the program; without one nothing is built.
cmake --build "$user/build" >"$work/log" 2>&1
grep -q 'busgen\|Building' "$work/log" && fail "a second build builds something: $(cat "$work/log")"
sed -i 's/guest {/guest {\n    3 seat : u8;/' "$user/common/people.bus"
must "the build after a change" cmake --build "$user/build"
grep -q 'busgen bar.bus' "$work/log" || fail "a changed import does not rebuild bar.bus"
grep -q 'seat' "$user/build/messages.bus.d/people.bus.h" || fail "a changed schema does not reach its header"

# A handler of the wrong message is an error, without any warning option of the user's.
sed -i 's/const struct bar_drink_ordered \*event/const struct bar_open_tab *event/; /table_number;$/d' "$user/serve.c"
sed -i '/add_compile_options/d' "$user/CMakeLists.txt"
cmake -S "$user" -B "$user/build" >"$work/log" 2>&1
cmake --build "$user/build" --target serve >"$work/log" 2>&1 && fail "a handler of the wrong type compiles"
grep -q 'incompatible.pointer.type' "$work/log" || fail "wrong type, another error: $(cat "$work/log")"

# SPLIT takes a number.
sed -i 's/SPLIT 3/SPLIT many/' "$user/CMakeLists.txt"
cmake -S "$user" -B "$user/build" >"$work/log" 2>&1 && fail "SPLIT many is taken"
grep -q "from 1 to 999, not 'many'" "$work/log" || fail "SPLIT many: $(cat "$work/log")"

# ---- a user with pkg-config and make
cp -r "$here/user" "$work/make"
export PKG_CONFIG_PATH=$libraries/pkgconfig
[ -x "$(pkg-config --variable=busgen busgen)" ] || fail "pkg-config has no busgen"
must "make" make -C "$work/make"
LD_LIBRARY_PATH=$libraries serves "$work/make/serve"
LD_LIBRARY_PATH=$libraries serves "$work/make/serve-split"
serves "$work/make/serve-static"
exit $((failures > 0))
