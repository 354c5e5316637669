#!/usr/bin/env bash
# busgen's command line: exit codes, help, versions, suggestions, depfiles, files that stay untouched, full
# disks, findings as text and JSON, plan, explain, encode and decode. covers: R7, R20, P7
# usage: command_line.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
shop=$here/misuse/shop.bus
good=$here/good/every.bus
cd "$work" || exit 1
printf 'bus broken version 1;\nevent thing_seen { 1 sku : strng max 4; 2 other : nothing; }\n' >broken.bus

# ---- help, version, wrong use
run 0 "$busgen" --help && says out "Usage: busgen" && silent err
run 0 "$busgen" --version && says out "busgen " && silent err
for command in check lint fmt gen plan breaking lock lsp explain decode encode; do
    run 0 "$busgen" "$command" --help && says out "Usage: busgen $command" && silent err
done
run 0 "$busgen" lint --help && says out "The command checks, and tells what is a matter of habit"
run 0 "$busgen" lsp --help && says out "The command is the language server"
run 0 "$busgen" breaking --help && says out "lock file, for all versions in it"
run 1 "$busgen" lsp --stdio </dev/null && silent out && silent err
run 2 "$busgen" check --stdio "$shop" && says err "does not take the option '--stdio'"
run 2 "$busgen" && says err "Usage"
run 2 "$busgen" chek "$shop" && says err "did you mean 'check'?" && silent out
run 2 "$busgen" xyzzy && says err "no command 'xyzzy'"
run 2 "$busgen" check && says err "Usage: busgen check FILE..."
run 2 "$busgen" check --fromat text "$shop" && says err "did you mean '--format'?"
run 2 "$busgen" check --format && says err "wants a value"
run 2 "$busgen" check --format xml "$shop" && says err "text, json, sarif or github"
run 2 "$busgen" check --rule retry-not-idempotent "$shop" && says err "takes ID=error, ID=warning or ID=off"
run 2 "$busgen" check --rule retry-not-idempotnet=off "$shop" && says err "did you mean 'retry-not-idempotent'?"
run 2 "$busgen" check --rule retry-not-idempotent=fine "$shop" && says err "not 'fine'"
run 2 "$busgen" check --rule enum-zero=off "$shop" && says err "the rule 'enum-zero' cannot be set"
run 2 "$busgen" plan --rule retry-not-idempotent=off "$shop" && says err "does not take the option '--rule'"
run 2 "$busgen" check -o made "$shop" && says err "does not take the option"
run 2 "$busgen" gen "$shop" && says err "-o DIR"
run 2 "$busgen" gen "$shop" -o && says err "wants a value"
run 0 "$busgen" gen --help && says out "prometheus, grafana" && says out "--metric-prefix"
all=c,fbs,bfbs,inline,prometheus,grafana,dot,mermaid,json-schema,asyncapi,md,html,tests
run 0 "$busgen" gen "$shop" -o every --emit $all && silent out
[ "$(ls every | wc -l)" = 15 ] || fail "--emit $all: $(ls every)"
run 2 "$busgen" gen "$shop" -o made --emit c,java && says err "html and tests, not 'java'"
run 2 "$busgen" plan "$shop" --workers 0 && says err "--workers takes a number"
run 2 "$busgen" plan "$shop" --workers 2x && says err "--workers takes a number"
run 2 "$busgen" check nowhere.bus && says err "cannot read 'nowhere.bus': No such file"
run 2 "$busgen" check . && says err "cannot read"
[ ! -e made ] || fail "wrong use left output"

# ---- findings
run 0 "$busgen" check "$shop" "$good" && silent out
run 1 "$busgen" check "$shop" broken.bus && says err "broken.bus:2:28: error:" && silent out
says err "did you mean 'string'?"
[ "$(grep -c ': error: ' err)" = 2 ] || fail "not both errors are told"
grep -q $'\033' err && fail "colours without a terminal"
run 1 "$busgen" gen broken.bus -o made
[ ! -e made/broken.bus.h ] || fail "a broken schema gave output"
run 1 "$busgen" check --format json broken.bus && silent err
command -v python3 >/dev/null && {
    python3 -c 'import json,sys; d=json.load(open("out")); assert len(d)==2 and d[0]["place"]["line"]==2' ||
        fail "--format json is not JSON"
}
says out '"rule": "unknown-type"'
run 0 "$busgen" check --format json "$shop" && says out "[]"

# ---- findings for other tools: SARIF 2.1.0, workflow commands of GitHub
mkdir -p 'a folder'
cat >'a folder/ünlike.bus' <<'END'
bus b version 1;
policy p { retry 3; }
/* ü */ command charge { 1 id : u64; use p; deadline 10ms; }
event paid { 1 id : u64; 2 sku : strng max 64; }
END
run 1 "$busgen" check --format sarif 'a folder/ünlike.bus' broken.bus && silent err
python3 "$here/sarif.py" out || fail "--format sarif is not SARIF 2.1.0"
python3 - <<'END' || fail "--format sarif: the findings"
import json
results = json.load(open("out"))["runs"][0]["results"]
assert len(results) == 5, len(results)
late = results[0]
assert late["ruleId"] == "retries-past-deadline" and late["level"] == "error", late
place = late["locations"][0]["physicalLocation"]
assert place["artifactLocation"]["uri"] == "a%20folder/%C3%BCnlike.bus", place
assert place["region"] == {"startLine": 3, "startColumn": 42, "endLine": 3, "endColumn": 43}, place
said = [other["message"]["text"] for other in late["relatedLocations"]]
assert said == ["the deadline is this", "the policy says so here"], said
END
run 0 "$busgen" check --format sarif "$good" && python3 "$here/sarif.py" out || fail "SARIF without findings"
run 1 "$busgen" check --format github broken.bus && silent err
says out "::error file=broken.bus,line=2,endLine=2,col=28,endColumn=33,title=unknown-type::unknown type 'strng'%0Ahelp: did you mean 'string'?"
[ "$(wc -l <out)" = 2 ] || fail "--format github: a line for each finding"

# ---- rules that can be set
cat >risky.bus <<'END'
bus b version 1;
command charge { 1 id : u64; retry 3; }
event paid { 1 id : u64; retry 3; }
END
run 1 "$busgen" check risky.bus && says err "risky.bus:2:30: error: command 'charge' is retried"
[ "$(grep -c '^risky.bus.*\(error\|warning\): ' err)" = 1 ] || fail "check tells matters of habit"
run 1 "$busgen" check --rule retry-not-idempotent=warning risky.bus && says err "2:30: warning: command 'charge'"
run 0 "$busgen" check --rule retry-not-idempotent=off risky.bus && silent err
run 1 "$busgen" lint --rule retry-not-idempotent=off risky.bus && says err "3:26: warning: event 'paid' is retried"
run 1 "$busgen" lint --rule retry-not-idempotent=off --rule retried-event-not-idempotent=error risky.bus
says err "3:26: error: event 'paid' is retried"
run 0 "$busgen" lint "$root"/examples/*/*.bus && silent err
run 1 "$busgen" gen risky.bus -o made && says err "retry-not-idempotent"
run 0 "$busgen" gen --rule retry-not-idempotent=warning risky.bus -o 'risky out' && says err "1 warning"
[ -e 'risky out/risky.bus.h' ] || fail "a warning keeps gen from writing"

# ---- explain
run 0 "$busgen" explain && says out "unknown-type"
run 0 "$busgen" explain unknown-type && says out "unknown-type (error)"
grep -q 'Can be set' out && fail "unknown-type cannot be set"
run 0 "$busgen" explain retry-not-idempotent && says out "Can be set: --rule ID=LEVEL"
run 0 "$busgen" explain breaker-too-slow && says out "Only 'busgen lint' looks for it"
run 2 "$busgen" explain unknown-typ && says err "did you mean 'unknown-type'?"

# ---- gen: what is written, what stays
rm -rf made
run 0 "$busgen" gen "$shop" -o made/deeper -MD
ls made/deeper >list
printf 'shop.bus.c\nshop.bus.d\nshop.bus.h\nshop.fbs\n' | cmp - list || fail "gen wrote: $(tr '\n' ' ' <list)"
touch -d '2001-01-01' made/deeper/*
run 0 "$busgen" gen "$shop" -o made/deeper -MD
[ -z "$(find made/deeper -type f -newermt 2001-01-02)" ] || fail "files that do not change are touched"
echo changed >made/deeper/shop.fbs
run 0 "$busgen" gen "$shop" -o made/deeper --emit fbs
grep -q namespace made/deeper/shop.fbs || fail "a changed file is not mended"
[ -z "$(find made/deeper -name '*.bus.h' -newermt 2001-01-02)" ] || fail "--emit fbs touched the header"
run 0 "$busgen" gen "$good" -o 'with space' --depfile 'the file.d'
grep -q '^with\\ space/every.bus.h with\\ space/every.bus.c' 'the file.d' || fail "depfile: targets"
grep -q "$here/good/common.bus" 'the file.d' || fail "depfile: the import is missing"
printf '%s\n' 'include the\ file.d' | make -f - -n >/dev/null 2>err ||
    fail "make does not read the depfile: $(cat err)"
# what is gone stays in the .fbs, where other readers must not use it
for line in 'gone : anything (id: 7, deprecated);' 'gone_too : string (id: 8, deprecated);' \
    'reserved_3 : bool (id: 2, deprecated);' 'leaf = 1, // gone'; do
    grep -qF "    $line" 'with space/every.fbs' || fail "every.fbs has no '$line'"
done
grep -q 'gone_too' 'with space/every.bus.h' && fail "a field that is gone has a member"
cp "$shop" 'bad name.bus'
run 2 "$busgen" gen 'bad name.bus' -o made && says err "letters, digits"

# ---- nothing half written
run 2 "$busgen" gen "$shop" -o broken.bus && says err "broken.bus"
mkdir full && cp made/deeper/shop.* full/ && echo old >full/shop.bus.c && cp -r full before
(
    ulimit -f 8
    "$busgen" gen "$shop" -o full 2>err
    [ $? = 2 ] || exit 1
) || fail "a full disk is not exit status 2"
says err "File too large"
diff -r before full >/dev/null || fail "a full disk changed the output"
if [ -w /dev/full ]; then
    "$busgen" explain >/dev/full 2>err
    [ $? = 2 ] || fail "a full standard output is not exit status 2"
    says err "cannot write"
fi
mkdir -p blocked/shop.fbs
run 2 "$busgen" gen "$shop" -o blocked && says err "Is a directory"
[ ! -e blocked/shop.bus.h ] || fail "a folder in the way of one file left the others half written"
rm -rf made
run 1 "$busgen" gen "$shop" broken.bus -o made
[ ! -e made ] || fail "an error in one schema left the output of another"
mkdir -p twice && cp "$shop" twice/shop.bus
run 2 "$busgen" gen "$shop" twice/shop.bus -o made && says err "would be written twice"
run 2 "$busgen" gen "$shop" -o made --depfile made/shop.fbs && says err "'made/shop.fbs' would be written twice"
run 2 "$busgen" gen twice/shop.bus -o made --depfile twice/../twice/shop.bus && says err "would be written over"
cmp "$shop" twice/shop.bus || fail "a depfile was written over the schema"
[ ! -e made ] || fail "wrong use left output"
# what is no plain file is written to, not replaced by one
mkfifo pipe
cat pipe >depfile &
run 0 "$busgen" gen "$shop" -o made --depfile pipe
wait $!
[ -p pipe ] || fail "a pipe was replaced by a file"
grep -q '^made/shop.bus.h ' depfile || fail "the depfile did not go through the pipe"
if [ "$(id -u)" != 0 ]; then
    mkdir closed && chmod 555 closed
    run 2 "$busgen" gen "$shop" -o closed && says err "Permission denied"
fi

# ---- types that are reached on more ways than can be walked: doubled at each of 60 levels, then at 17
deep() {
    echo 'bus deep version 1;'
    echo 'table t_0 { 1 a : bool; }'
    for ((i = 1; i < $1; i++)); do echo "table t_$i { 1 a : t_$((i - 1)); 2 b : t_$((i - 1)); }"; done
    for ((i = 0; i < 300; i++)); do echo "event thing_${i}_seen { 1 a : t_$(($1 - 1)); }"; done
}
deep 60 >deep.bus
run 1 timeout 5 "$busgen" check deep.bus && says err "[message-too-large]"
deep 17 >deep.bus
run 0 timeout 5 "$busgen" gen deep.bus -o deep

# ---- plan
run 0 "$busgen" plan "$shop" --workers 3 --capacity 1000
says out "3 workers, 1000 messages per worker and lane"
says out "1024 x"
says out "warehouse"
cat >share.bus <<'TEXT'
bus share version 1;
event thing_seen { 1 a : u32; }
event other_seen { 1 a : u32; when_full drop_oldest; priority low; }
component one { listens thing_seen; }
component two { listens other_seen; }
component three { listens thing_seen; }
component four concurrent { listens thing_seen batch 10; }
component five { listens other_seen batch; }
program all { runs one; runs two; runs three; runs four; runs five; }
TEXT
run 0 "$busgen" plan share.bus --workers 2
says out "shares thing_seen with one"
says out "concurrent: any worker"
says out "drop_oldest"
for line in 'one +serial: worker 0' 'two +serial: worker 1' 'three +serial: worker 0' \
    'batches of 10 thing_seen: about [0-9]+ bytes, of all workers$' 'batches of 100 other_seen: about [0-9]+ bytes$'; do
    grep -Eq "$line" out || fail "plan does not say '$line'"
done
# 5 lanes and a drop ring of 16384 cells of 192 bytes (32 + 96 + 16, up to 64), twice, and the rest
grep -Eq 'lanes of one worker +18874368 bytes' out || fail "plan: $(grep 'lanes of' out)"

# ---- encode and decode are each other's inverse
echo '{"order_id": 42, "customer": "Ada"}' >order.json
"$busgen" encode "$shop" order_placed <order.json >order.bin || fail "encode"
"$busgen" decode "$shop" order_placed <order.bin >again.json || fail "decode"
grep -q '"customer": "Ada"' again.json || fail "decode lost the customer"
"$busgen" encode "$shop" order_placed <again.json | cmp - order.bin || fail "encode and decode differ"
"$busgen" decode "$shop" order_placed </dev/null >out 2>err
[ $? = 1 ] || fail "no bytes are not findings"
echo '{"order_id": "many"}' | "$busgen" encode "$shop" order_placed >out 2>err
[ $? = 1 ] || fail "wrong JSON is not findings"
silent out
says err "order_id"
echo '{"choice_type": "leaf", "choice": {}}' | "$busgen" encode "$good" fading_seen >out 2>err
[ $? = 1 ] || fail "an arm that is gone is encoded"
says err "has no arm 'leaf'"
run 2 "$busgen" decode "$shop" order_plced </dev/null && says err "did you mean 'order_placed'?"
finish
