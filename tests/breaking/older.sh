#!/usr/bin/env bash
# Where older versions come from: files, revisions of git, imports and include roots too; wrong use; --only;
# findings as JSON; one finding for many versions. covers: P5
# usage: older.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
cd "$work" || exit 1

commit() {
    git -C repo add -A
    git -C repo -c user.name=A -c user.email=a@example.org commit -qm "$1"
    git -C repo tag "$1"
}

mkdir -p repo/parts repo/roots
git -c init.defaultBranch=main init -q repo
echo 'bus money version 1; struct price { amount : i64; }' >repo/parts/money.bus
echo 'bus colour version 1; enum paint : u8 { red = 0; blue = 1; }' >repo/roots/colour.bus
cat >repo/shop.bus <<'TEXT'
bus shop version 1;
import "parts/money.bus";
import "colour.bus";
event order_placed { 1 id : u64 key; 2 price : money.price; 3 paint : colour.paint; priority high; }
TEXT
commit v1
sed -i 's/version 1/version 2/; s/priority high/priority low/' repo/shop.bus
commit v2
sed -i 's/version 2/version 3/' repo/shop.bus
echo 'bus money version 2; struct price { amount : i32; }' >repo/parts/money.bus
echo 'bus colour version 2; enum paint : u8 { red = 0; }' >repo/roots/colour.bus

# ---- git
new=repo/shop.bus
run 1 "$busgen" breaking $new -I repo/roots --against git:v1
silent_out() { [ ! -s out ] || fail "standard output is not empty"; }
silent_out
says err "[priority-changed]"
says err "[struct-layout-changed]"
says err "[enumerator-removed]"
says err "git:v1/shop.bus:4:7: note: priority was high"
says err "git:v1/parts/money.bus:1:"
says err "git:v1/-I/0/colour.bus:1:"
run 1 "$busgen" breaking $new -I repo/roots --against git:v2
grep -qF "[priority-changed]" err && fail "version 2 had this priority"
run 1 env -C repo "$busgen" breaking shop.bus -I roots --against git:HEAD~1 && says err "[priority-changed]"
run 1 env -C repo/parts "$busgen" breaking "$work/repo/shop.bus" -I ../roots --against git:v1
run 0 "$busgen" breaking repo/parts/money.bus --against git:v1 --only json
run 1 "$busgen" breaking repo/parts/money.bus --against git:v1 --only json,wire

# ---- several versions: one finding, of the last that shows it
run 1 "$busgen" breaking $new -I repo/roots --against git:v1 --against git:v2
[ "$(grep -c '\[struct-layout-changed\]' err)" = 1 ] || fail "one finding is told twice"
says err "git:v2/parts/money.bus:1:"
says err "(and in 1 earlier)"
says err "[priority-changed]"

# ---- categories, formats
run 0 "$busgen" breaking $new -I repo/roots --against git:v2 --only behaviour
run 1 "$busgen" breaking $new -I repo/roots --against git:v2 --only source,wire
run 1 "$busgen" breaking $new -I repo/roots --against git:v1 --format json
[ ! -s err ] || fail "standard error is not empty with --format json: $(cat err)"
python3 - <<'TEXT' || fail "--format json is not right"
import json
found = json.load(open("out"))
assert {f["rule"] for f in found} >= {"priority-changed", "struct-layout-changed"}
assert all(f["place"]["line"] and f["partner"]["line"] for f in found)
TEXT

# ---- files
git -C repo show v1:shop.bus >repo/before.bus
run 1 "$busgen" breaking $new -I repo/roots --against repo/before.bus
says err "repo/before.bus:4:7: note: priority was high"
run 0 "$busgen" breaking repo/before.bus -I repo/roots --against repo/before.bus

# ---- wrong use
run 2 "$busgen" breaking $new && says err "--against"
run 2 "$busgen" breaking --against git:v1 && says err "Usage"
run 2 "$busgen" breaking $new -I repo/roots --against git: && says err "revision"
run 2 "$busgen" breaking $new -I repo/roots --against git:--output=x && says err "revision"
run 2 "$busgen" breaking $new -I repo/roots --against git:nothing && says err "cannot read 'git:nothing/shop.bus'"
run 2 "$busgen" breaking $new -I repo/roots --against nowhere.bus && says err "cannot read 'nowhere.bus'"
run 2 "$busgen" breaking $new -I repo/roots --against git:v1 --only wire,colour && says err "not 'colour'"
run 2 env PATH=/nowhere "$busgen" breaking $new -I repo/roots --against git:v1 && says err "cannot read"
echo 'bus shop version 1; event x { 1 a : nothing; }' >broken.bus
run 2 "$busgen" breaking $new -I repo/roots --against broken.bus && says err "[unknown-type]"
run 1 "$busgen" breaking broken.bus --against $new && says err "[unknown-type]"

# ---- of an older schema nothing is generated: names that clash in what this busgen makes are its own affair
echo 'bus b version 1; event paid { 1 id : u64; } event paid_init { 1 id : u64; }' >clash.bus
echo 'bus b version 2; event paid { 1 id : u64; } event paid_first was paid_init { 1 id : u64; }' >clear.bus
run 1 "$busgen" check clash.bus && says err "[generated-name-clash]"
run 1 "$busgen" breaking clash.bus --against clear.bus && says err "[generated-name-clash]"
run 1 "$busgen" breaking clear.bus --against clash.bus && says err "[message-renamed]"
grep -qF "[generated-name-clash]" err && fail "the older schema is judged by names that are generated"

# ---- seeds of the fuzzer are schemas, so that it gets beyond the first error
for seed in "$here"/corpus/*.txt; do
    for side in 1 2; do
        sed "$([ $side = 1 ] && echo '/^--$/,$d' || echo '1,/^--$/d')" "$seed" >body
        { grep -q '^bus ' body || echo "bus shop version $side;"; cat body; } >seed.bus
        run 0 "$busgen" breaking seed.bus --against seed.bus
    done
done

# ---- rules that can be set are for check
echo 'bus b version 1; command pay { 1 id : u64; retry 3; }' >risky.bus
run 0 "$busgen" breaking risky.bus --against risky.bus && silent_out
[ ! -s err ] || fail "breaking tells what check tells"

# ---- findings in other formats
run 1 "$busgen" breaking $new -I repo/roots --against git:v1 --format sarif
[ ! -s err ] || fail "standard error is not empty"
python3 "$root/tests/codegen/sarif.py" out || fail "--format sarif is not SARIF 2.1.0"
says out '"ruleId": "priority-changed"'
run 1 "$busgen" breaking $new -I repo/roots --against git:v1 --format github
[ ! -s err ] || fail "standard error is not empty"
says out "title=priority-changed::"
finish
