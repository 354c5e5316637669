#!/usr/bin/env bash
# Tests that busgen generates find what is wrong: one mistake at a time in a copy of the generated code, a field
# renumbered behind the back of the golden file, a locked version whose field had another type. Each time the
# report names the message and the field, and the message shown is small.
# covers: P6
# usage: mutants.sh BUSGEN SOURCE-FOLDER TESTING-LIBRARY RUNTIME-LIBRARY
. "$(dirname "$0")/../codegen/support.sh"
libraries=("$3" "$4" -lck -pthread)
drill=$root/tests/generated/drill.bus
cd "$work" || exit 2

# build FOLDER: the program FOLDER/run
build() {
    gcc -std=c11 -O0 -w "-I$root/runtime/include" "-I$1" "$1/drill.bus.c" "$1/drill.bus.test.c" "${libraries[@]}" \
        -o "$1/run" || fail "$1 does not compile"
}

"$busgen" gen "$drill" -o good --emit c,tests --against "$root/tests/generated/drill_before.bus" || fail "busgen gen"
gcc -std=c11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Wstrict-prototypes -Wmissing-prototypes \
    "-I$root/runtime/include" -c good/drill.bus.test.c -o warned.o || fail "the generated test warns"
build good
run 1 good/run --golden golden && says out "there is no golden: 'good/run --update --golden golden'"
run 0 good/run --update --golden golden
run 0 good/run --golden golden
says out "ok       golden     16 messages are the bytes of golden"
says out "ok       versions   11 messages of 1 locked versions are read"
cp out first
run 0 good/run --golden golden
cmp first out || fail "the same seed says something else"
run 0 good/run --golden golden --seed 18446744073709551615 --runs 500
run 0 good/run --list && says out drill.count_parts.too_many
run 2 good/run --only drill.nothing && says err "no message or answer 'drill.nothing'"
run 2 good/run --runs none && says err "--runs takes a number from 1 to"
run 2 good/run --golden && says err "--golden wants a value"
run 2 good/run --wrong && says err "no option '--wrong'"
run 2 good/run --update --golden nowhere/golden && says err "cannot write 'nowhere/golden'"

# mutant WHAT FROM TO EXPECTED...: lines of the report, in a copy where TO stands instead of FROM
mutant() {
    local what=$1 from=$2 to=$3 text
    shift 3
    rm -rf bad && cp -r good bad
    FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/ or exit 3' bad/drill.bus.c ||
        fail "$what: '$from' is not in the generated code any more"
    build bad
    run 1 bad/run --golden golden
    for text in "$@"; do
        says out "$text"
    done
    # small: the line of the message that is shown
    awk 'length > 400 && /part_moved \{/ { exit 1 }' out || fail "$what: the message is not small: $(cat out)"
}
empty='part_id: 0, first: 0, second: 0, name: "", parts: [], choice: none, hue: none, ready: false, spots: []'

mutant "a field packed into another's place" 'bus_put_u32(t + 16, m->second);' 'bus_put_u32(t + 12, m->second);' \
    'FAILED   round trip drill.part_moved:' "first: 0, second: 1, name"
mutant "a field that is not read" 'm->first = bus_get_u32(t + 12);' 'm->first = 0;' \
    'FAILED   round trip drill.part_moved: first: 1 in the bytes, 0 in the struct' \
    "part_moved { ${empty/first: 0/first: 1} }" 'again: bad/run --seed 1 --runs'
mutant "an element too few" 'm->parts.size = size;' 'm->parts.size = size > 3 ? 3 : size;' \
    'parts: 4 elements in the bytes, 3 in the struct' 'parts: [{ label: "", weight: 0, at: { x: 0, y: 0 } }, { label'
mutant "an optional field that is always absent" 'm->hue.has = bus_get_u16(bytes + 22) != 0;' 'm->hue.has = false;' \
    'hue: a value in the bytes, none in the struct' "part_moved { ${empty/hue: none/hue: red} }"
mutant "bytes that pack leaves as they were" 'bus_put_bool(t + 38, m->ready);' ';' \
    'FAILED   round trip drill.part_moved: packed wrongly: ready: 0 in the bytes, 1 in the struct' "part_moved { ${empty/false/true} }"
mutant "measure that forgets a string" 'at = bus_measure_string(at, &m->name, 32, reserve);' 'at += 4;' \
    'FAILED   round trip drill.part_moved: pack writes behind the end that measure tells' "part_moved { $empty }"
mutant "a verifier that does not look at bools" 'if (bytes[t + 38] > 1)' 'if (0)' \
    'FAILED   damage     drill.part_moved: the generated verifier accepts bytes that are not sound: ready' \
    "part_moved { $empty }"
# The fuzz target sees the same, of inputs that chance makes: it needs no corpus.
cat >fuzz.c <<'END'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int main(void)
{
    uint8_t input[9];
    uint64_t state = 1;

    for (int i = 0; i < 50000; i++) {
        for (size_t k = 0; k < sizeof(input); k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            input[k] = (uint8_t)(state >> 56);
        }
        LLVMFuzzerTestOneInput(input, (size_t)i % (sizeof(input) + 1));
    }
    return 0;
}
END
for folder in good bad; do
    gcc -std=c11 -O1 -w -DBUSGEN_FUZZ "-I$root/runtime/include" "-I$folder" fuzz.c "$folder/drill.bus.c" \
        "$folder/drill.bus.test.c" "${libraries[@]}" -o "$folder/fuzz" || fail "$folder/fuzz does not compile"
done
run 0 good/fuzz && silent err
run 134 bad/fuzz && says err "drill.part_moved: the generated verifier accepts bytes that are not sound: ready"
mutant "a verifier that does not look at a place" '        !bus_same_entry(bytes + 22, 37) ||
        !bus_same(bytes + 24, drill_part_moved_template + 24, 8))
        return BUS_MEASURE_BAD;' '        !bus_same(bytes + 24, drill_part_moved_template + 24, 8)) return BUS_MEASURE_BAD;' \
    'FAILED   damage     drill.part_moved: the generated verifier'
mutant "a bound that measure does not know" '&m->name, 32, reserve' '&m->name, 320, reserve' \
    'FAILED   bounds     drill.part_moved: measure accepts name with more than its max' "part_moved { $empty }"

# Another schema against the golden file of this one, and another one before it.
changed() { # SED BEFORE-SED
    rm -rf bad && mkdir bad
    sed "$1" "$drill" >bad/drill.bus
    sed "$2" "$root/tests/generated/drill_before.bus" >bad/before.bus
    "$busgen" gen bad/drill.bus -o bad --emit c,tests --against bad/before.bus || fail "busgen gen of $1"
    build bad
    run 1 bad/run --golden golden
}
changed 's/2 first/2 other/; s/3 second/3 first/; s/2 other/2 second/' ''
says out 'FAILED   golden     drill.part_moved, message 2: other bytes than in golden, line 3'
says out 'read today, the kept bytes are:'
says out "$(sed -n '3s/.* //p' golden) ("
says out "'bad/run --update --golden golden'"
[ "$(grep -c FAILED out)" = 1 ] || fail "not the golden bytes alone: $(cat out)"
changed '/^command/d' ''
says out 'FAILED   golden     golden, line 6: the schema has no message '"'drill.count_parts'"
says out '; 7 are of messages that are gone'
changed '' 's/3 second : u32/3 second : string max 9/'
says out 'FAILED   versions   drill.part_moved as version 1 wrote it: second: was string, is u32'
awk 'length > 230 && /part_moved \{/ { exit 1 }' out || fail "not small: $(cat out)"
changed '' 's/2 first : u32/2 first : i32/'
says out 'FAILED   versions   drill.part_moved as version 1 wrote it: first: -'
run 2 "$busgen" gen "$drill" -o bad --emit tests --against "$drill.lock" && says err "is not there"
run 2 "$busgen" gen "$drill" -o bad --against "$drill" && says err "--emit tests"

finish
