#!/usr/bin/env bash
# A user's project takes in the sources of Busgen with FetchContent, without installing anything: only what
# it needs is built, its own settings stay as they are. usage: embed.sh SOURCE-FOLDER
set -uo pipefail
source=$(cd "${1:?usage: embed.sh SOURCE-FOLDER}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/user" "$work/user"
cat >"$work/user/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(bar C CXX)
include(FetchContent)
FetchContent_Declare(busgen SOURCE_DIR "$source")
FetchContent_MakeAvailable(busgen)
if(CMAKE_BUILD_TYPE OR CMAKE_RUNTIME_OUTPUT_DIRECTORY OR CMAKE_CXX_STANDARD)
  message(FATAL_ERROR "Busgen changes settings of the project around it")
endif()
add_executable(serve serve.c)
busgen_schema(serve bar.bus common/people.bus)
target_link_libraries(serve PRIVATE busgen::runtime)
add_executable(serve-cpp serve.cpp)
busgen_schema(serve-cpp bar.bus common/people.bus)
target_link_libraries(serve-cpp PRIVATE busgen::runtime)
END
cmake -S "$work/user" -B "$work/build" -DBUSGEN_SHARED=OFF >"$work/log" 2>&1 &&
    cmake --build "$work/build" -j2 >"$work/log" 2>&1 || {
    tail -n 30 "$work/log"
    exit 1
}
for program in serve serve-cpp; do
    said=$("$work/build/$program" 2>&1)
    [ "$said" = served ] || { echo "FAILED: $program says '$said'" && exit 1; }
done
for folder in tests examples bench; do
    [ -z "$(find "$work/build" -path "*busgen-build/$folder")" ] || { echo "FAILED: $folder is built" && exit 1; }
done
