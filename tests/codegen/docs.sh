#!/usr/bin/env bash
# A page of each schema in Markdown and HTML: as committed, in any locale; a renderer shows the texts of the schema as
# they were written, whatever is in them; the flow is drawn; what a policy does not say are the defaults of
# bus/policy.h. covers: P2, M4, R20
# usage: docs.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
golden=$here/docs
schemas=("$here/good/policies.bus" "$root/examples/shop/shop.bus" "$golden/hostile.bus")

if [ "${3:-}" = --update ]; then
    for schema in "${schemas[@]}"; do
        "$busgen" gen "$schema" -o "$golden" --emit md || exit 1
    done
    "$busgen" gen "$root/examples/shop/shop.bus" -o "$golden" --emit html
    exit
fi

for schema in "${schemas[@]}" "$here"/good/{every,versions}.bus "$root/generated/bus_system.bus"; do
    stem=$(basename "$schema" .bus)
    run 0 "$busgen" gen "$schema" -o "$work/here" --emit md,html
    python3 "$here/docs.py" "$schema" "$work/here/$stem.html" >"$work/said" 2>&1 || fail "$stem.html: $(cat "$work/said")"
    cmark-gfm --unsafe -e table -e strikethrough -t html "$work/here/$stem.md" >"$work/page" || fail "$stem: cmark-gfm"
    python3 "$here/docs.py" "$schema" "$work/page" "$work/here/$stem.md" >"$work/said" 2>&1 ||
        fail "$stem: $(cat "$work/said")"
done
for schema in "${schemas[@]}"; do
    stem=$(basename "$schema" .bus)
    cmp "$work/here/$stem.md" "$golden/$stem.md" ||
        fail "$golden/$stem.md is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
    run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "$schema" -o "$work/turkish" --emit md,html
    cmp "$work/here/$stem.md" "$work/turkish/$stem.md" || fail "$stem.md depends on the locale"
    cmp "$work/here/$stem.html" "$work/turkish/$stem.html" || fail "$stem.html depends on the locale"
done
cmp "$work/here/shop.html" "$golden/shop.html" ||
    fail "$golden/shop.html is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"

# flows with circles, of a size that is one drawing, and of one that is a drawing for each component
flow() { # COMPONENTS
    local i
    echo "// lint: off event-storm only drawn"
    echo "bus flow version 1;"
    for ((i = 0; i < $1; i++)); do
        echo "event seen_$i { 1 id : u64; }"
        echo "command do_$i { 1 id : u64; }"
    done
    for ((i = 0; i < $1; i++)); do
        echo "component part_$i {"
        echo "    handles do_$i; listens seen_$i; listens seen_$((i * 7 % $1 == i ? (i + 1) % $1 : i * 7 % $1));"
        echo "    emits seen_$(((i + 3) % $1)); emits seen_$(((i * 5 + 2) % $1 == (i + 3) % $1 ? (i + 4) % $1 : (i * 5 + 2) % $1));"
        echo "}"
    done
}
for size in 20 70; do
    flow $size >"$work/flow.bus"
    run 0 "$busgen" gen "$work/flow.bus" -o "$work/here" --emit html
    python3 "$here/docs.py" "$work/flow.bus" "$work/here/flow.html" >"$work/said" 2>&1 ||
        fail "a flow of $size: $(head -5 "$work/said")"
    [ "$(grep -c '<svg' "$work/here/flow.html")" = $((size == 20 ? 1 : size)) ] || fail "drawings of $size components"
done

# a component that does nothing, a bus of nothing
printf 'bus idle version 1;\n\ncomponent idler { }\n' >"$work/idle.bus"
printf 'bus empty version 1;\n' >"$work/empty.bus"
for stem in idle empty; do
    run 0 "$busgen" gen "$work/$stem.bus" -o "$work/here" --emit md,html
    python3 -c 'import sys, xml.etree.ElementTree; xml.etree.ElementTree.parse(sys.argv[1])' "$work/here/$stem.html" ||
        fail "$stem.html"
    ! grep -q '<svg' "$work/here/$stem.html" || fail "a drawing of nothing"
done

# words_alone: retry, breaker; the defaults as the header tells them, 60 s being 1m
sed -n '/^### `words_alone`/,/^<a /p' "$work/here/policies.md" >"$work/alone"
default() { # MEMBER WORDS-BEHIND-"default"
    sed -n "/^ *[a-z0-9_]* $1;/,/\*\//p" "$root/runtime/include/bus/policy.h" | grep -q "default $2" ||
        fail "bus/policy.h has another default of $1 than $2"
}
default backoff_first_ns '100 ms' && says alone 'the first time after 100ms'
default backoff_factor '2.0' && says alone 'after 2 times as long'
default backoff_most_ns '10 s' && says alone 'up to 10s'
default breaker_within_ns '60 s' && says alone 'in 1m;'
default breaker_open_ns '60 s' && says alone '1m later 3 may try'
default breaker_probes '3' && says alone '3 may try'
finish
