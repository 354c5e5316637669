#!/usr/bin/env bash
# The graph of a schema for Graphviz and Mermaid: as committed, in any locale; each binding of the schema is
# exactly one edge, each node is declared once; Graphviz takes it where it is installed. covers: P2, R20
# usage: graph.sh BUSGEN SOURCE-FOLDER [--update]
. "$(dirname "$0")/support.sh"
golden=$here/graph
roots=(-I "$root/tests/runtime" -I "$here/good")
schemas=("$here/good/every.bus" "$root/examples/shop/shop.bus" "$root/tests/runtime/gathered.bus" "$golden/words.bus")

if [ "${3:-}" = --update ]; then
    for schema in "${schemas[@]}"; do
        "$busgen" gen "${roots[@]}" "$schema" -o "$golden" --emit dot,mermaid || exit 1
    done
    exit
fi

for schema in "${schemas[@]}"; do
    stem=$(basename "$schema" .bus)
    run 0 "$busgen" gen "${roots[@]}" "$schema" -o "$work/graph" --emit dot,mermaid
    run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "${roots[@]}" "$schema" -o "$work/turkish" --emit mermaid,dot
    for file in "$stem.dot" "$stem.mmd"; do
        cmp "$work/graph/$file" "$golden/$file" ||
            fail "$golden/$file is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
        cmp "$work/graph/$file" "$work/turkish/$file" || fail "$file depends on the locale, or the order of --emit"
    done
    python3 "$here/graph.py" "$work/graph/$stem.dot" "$work/graph/$stem.mmd" || fail "$stem: the graph"
    bindings=$(sed 's|//.*||' "$schema" | grep -owE 'handles|listens|emits' | wc -l)
    edges=$(grep -cE 'label="(handles|listens|emits)' "$work/graph/$stem.dot")
    [ "$edges" = "$bindings" ] || fail "$stem: $edges edges for $bindings bindings"
    ! command -v dot >/dev/null || run 0 dot -Tsvg "$work/graph/$stem.dot"
done
[ "$(ls "$work/graph" | wc -l)" = 8 ] || fail "more than asked for: $(ls "$work/graph")"

# a schema without components, and none at all of anything
echo 'bus empty version 1;' >"$work/empty.bus"
run 0 "$busgen" gen "$work/empty.bus" -o "$work/graph" --emit dot,mermaid
python3 "$here/graph.py" "$work/graph/empty.dot" "$work/graph/empty.mmd" || fail "the empty graph"
finish
