#!/usr/bin/env bash
# busadm at a program that runs, and at its store when it does not: each command, text and JSON, and what goes
# wrong on the way. No field marked secret is ever printed. covers: H3, J4, K5, K8, R19
# usage: at_work.sh BUSADM STAGE BUSGEN [store]
set -uo pipefail
busadm=${1:?usage: at_work.sh BUSADM STAGE BUSGEN [store]}
stage=${2:?usage: at_work.sh BUSADM STAGE BUSGEN [store]}
busgen=${3:?usage: at_work.sh BUSADM STAGE BUSGEN [store]}
store=${4:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"
export XDG_RUNTIME_DIR=$work/run TZ=UTC LC_ALL=C
unset BUSGEN_SOCKET
mkdir -m 700 -p "$work/run/busgen" "$work/kept"
socket=$work/run/busgen/stall.sock
kept=$work/kept/bus.db
[ -n "$store" ] || kept=
all=$work/all # everything that was ever printed

# Starts the other side; tell WORD...: makes it do something.
begin() {
    coproc STAGE { exec "$stage" "$@" 2>"$work/stage.err"; }
    read -r -t 30 answer <&"${STAGE[0]}" && [ "$answer" = ok ] || fail "stage $* says '$answer' $(cat "$work/stage.err")"
}
tell() {
    echo "$*" >&"${STAGE[1]}"
    while read -r -t 30 answer <&"${STAGE[0]}"; do
        case $answer in id\ *) id=${answer#id } ;; *) break ;; esac
    done
    [ "$answer" = ok ] || fail "$* is answered with '$answer'"
}
finish_stage() {
    local pid=$STAGE_PID
    exec {STAGE[1]}>&-
    wait "$pid" || fail "the stage ends with $?: $(cat "$work/stage.err")"
}
ask() { # EXPECTED ARGUMENTS...
    run "$1" "$busadm" "${@:2}"
    cat "$work/out" "$work/err" >>"$all"
}
is_json() { # each line of the output is an object that has these words
    python3 - "$work/out" "$@" <<'TEXT' || fail "not the JSON it should be: $* in $(head -c 400 "$work/out")"
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert lines
for line in lines:
    value = json.loads(line)
    for name in sys.argv[2:]:
        assert name in value, name
TEXT
}

begin serve "$socket" "$kept"

# ---- when all is well
ask 0 status && says out "stall, running" && says out "lanes"
ask 0 status --json && is_json busgen health lanes messages
ask 0 health && says out healthy
ask 0 health --json && is_json state reasons
ask 0 breakers && says out "stall.bank"
ask 0 breakers --json && is_json name state
ask 0 graph && says out "listens stall.sold" && says out "handles stall.weigh" && says out "emits   stall.reminded"
ask 0 graph --json && is_json components messages
ask 0 graph --dot && says out '"stall.sold" -> "stall.till";' && says out '"stall.till" -> "stall.reminded";'
ask 0 dead-letters list && says out "no dead letters"
ask 0 dead-letters list --json && [ ! -s "$work/out" ] || fail "a list of none is not empty"
ask 1 dead-letters list --message stall.sold && says out "no such dead letters"
ask 1 dead-letters show 7 && says err "no dead letter"
ask 0 dead-letters replay --all && says out "0 replayed"
ask 1 dead-letters replay 7 && says err "no dead letter"
ask 1 dead-letters replay --message stall.sold && says err "no dead letter is like that"
ask 0 dead-letters purge --all --yes && says out "0 purged"
ask 0 schedule list && says out "nothing is scheduled"
ask 1 schedule cancel 99 && says err "nothing waits with the id 99"
ask 2 tap stall.nothing --limit 1 && says err "no message of this name"
ask 0 top --once --every 0.1 && says out "stall  running" && says out "stall.sold"
ask 0 top --batch -n 2 --every 0.1 --sort name && [ "$(grep -c 'stall  running' "$work/out")" = 2 ] || fail "not two views"
ask 0 top --json -n 2 --every 0.1 && is_json messages

# ---- letters
tell bad
tell sell 5
tell wait
ask 0 dead-letters list && says out "stall.till.on_sold" && says out "no answer from the bank"
[ "$(wc -l <"$work/out")" = 6 ] || fail "not five letters in a table"
ask 0 dead-letters list --json && is_json number message reason && [ "$(wc -l <"$work/out")" = 5 ] || fail "not five lines"
ask 0 dead-letters list --limit 2 --json && [ "$(wc -l <"$work/out")" = 2 ] || fail "--limit"
ask 0 dead-letters list --after 3 --reason failed --category connection --json &&
    [ "$(wc -l <"$work/out")" = 2 ] || fail "--after"
ask 0 dead-letters show 2 && says out 'card: ***' && says out "apples" && says out "stall.sold"
ask 0 dead-letters show 2 --json && is_json number content schema_version schema_fingerprint
"$busadm" dead-letters show 2 --raw >"$work/bytes" || fail "show --raw"
"$busgen" decode "$here/stall.bus" sold <"$work/bytes" >"$work/decoded" || fail "the bytes cannot be decoded"
says decoded '"number": 2'
grep -q $'\033' "$all" && fail "an escape sequence of the program came through"
ask 1 health && says out "critical"
ask 0 schedule list
ask 2 dead-letters purge 1 </dev/null && says err "nobody is there to ask"
ask 0 dead-letters purge 1 --yes && says out "1 purged"
ask 1 dead-letters purge 1 --yes && says out "0 purged"
ask 0 dead-letters purge --first 2 --last 2 --yes --json && is_json purged
ask 1 dead-letters replay --most 1 && says out "0 replayed, 1 failed again"
tell good
ask 0 dead-letters replay 3 && says out "1 replayed, 0 failed again, 0 left"
ask 0 dead-letters replay --message stall.sold --per-second 100 --json && is_json replayed left
tail -n 1 "$work/out" | grep -q '"done":true' || fail "the last line is not the end"
ask 0 dead-letters list && says out "no dead letters"

# ---- Ctrl-C in the middle of a replay, and a program that is killed there
tell bad
tell sell 30
tell wait
tell good
# replays at two a second until it has begun, then INT
rm -f "$work/progress" # what an earlier one wrote
(
    "$busadm" dead-letters replay --all --per-second 5 --json >"$work/progress" 2>"$work/progress.err" &
    pid=$!
    for ((i = 0; i < 600; i++)); do grep -q '"replayed":[1-9]' "$work/progress" 2>/dev/null && break || sleep 0.05; done
    kill -INT $pid
    wait $pid
    echo $? >"$work/code"
)
[ "$(cat "$work/code")" = 2 ] || fail "an interrupted replay ends with $(cat "$work/code")"
grep -q stopped "$work/progress.err" || fail "it does not say that it was stopped"
ask 0 dead-letters list --json
[ "$(wc -l <"$work/out")" -gt 5 ] || fail "an interrupted replay went on"
ask 0 dead-letters purge --all --yes

# the same with a program that is killed there; letters stay, for another life where there is a store
tell bad
tell sell 30
tell wait
tell good
stage_pid=$STAGE_PID
disown "$stage_pid" # its end is no news
rm -f "$work/progress" # what an earlier one wrote
(
    "$busadm" dead-letters replay --all --per-second 5 --json >"$work/progress" 2>"$work/progress.err" &
    pid=$!
    for ((i = 0; i < 600; i++)); do grep -q '"replayed":[1-9]' "$work/progress" 2>/dev/null && break || sleep 0.05; done
    kill -KILL "$stage_pid"
    wait $pid
    echo $? >"$work/code"
)
[ "$(cat "$work/code")" = 2 ] || fail "a replay whose program was killed ends with $(cat "$work/code")"
says progress.err "went away"
ask 2 health && says err "nobody listens on"
begin serve "$socket" "$kept"
if [ -n "$kept" ]; then
    ask 0 dead-letters list --json
    [ "$(wc -l <"$work/out")" -gt 5 ] || fail "letters are gone with their program"
    ask 0 dead-letters purge --all --yes
fi

# ---- schedule
tell remind 3600000
ask 0 schedule list && says out "$id" && says out 'card: ***' && says out stall.reminded
ask 0 schedule list --json --message stall.reminded && is_json id due_ms
ask 0 schedule cancel "$id" && says out cancelled
ask 1 schedule cancel "$id"

# ---- breakers
tell bad
tell pay 3
ask 1 breakers && says out open
ask 1 breakers --json && is_json state
tell good

# ---- tap
"$busadm" tap stall.sold --limit 2 >"$work/tap" 2>"$work/tap.err" &
pid=$!
for ((i = 0; i < 600; i++)); do
    kill -0 $pid 2>/dev/null || break
    tell sell 1
    tell wait
    sleep 0.02
done
wait $pid || fail "tap ends with $?: $(cat "$work/tap.err")"
[ "$(grep -c 'card: \*\*\*' "$work/tap")" = 2 ] || fail "tap shows $(cat "$work/tap")"
cat "$work/tap" >>"$all"

# ---- doctor, permissions
ask 1 doctor --verbose && says out "belongs to its user alone" && says out "membarrier"
ask 1 doctor --json && is_json level subject text
chmod 666 "$socket"
ask 1 doctor && says out "is open to others"
chmod 600 "$socket"
ask 1 doctor --folder "$work/none" && says out "cannot look at"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 711 "$work" "$work/run" "$work/run/busgen"
    cp "$busadm" "$work/busadm" && chmod 755 "$work/busadm"
    run 2 setpriv --reuid 65534 --clear-groups "$work/busadm" health --socket "$socket"
    says err "may not connect"
    chmod 700 "$work/run/busgen"
fi

# ---- several programs; one that has ended
begin_other=$work/run/busgen/other.sock
"$stage" dead "$begin_other" >/dev/null
ask 2 health && says err "more than one program" && says err "other.sock (its program has ended)" && says err "stall.sock (answers)"
ask 2 health --socket "$begin_other" && says err "nobody listens on"
BUSGEN_SOCKET=$socket ask 1 health
rm "$begin_other"

# ---- the store, while a program owns it and after
if [ -n "$kept" ]; then
    ask 2 dead-letters list --store "$kept" && says err "in use by another bus" && says err "ask that one"
    ask 2 dead-letters purge --all --yes --store "$kept"
    tell bad
    tell sell 4
    tell wait
    tell remind 3600000
fi
finish_stage
ask 2 health && says err "no socket of a program"
if [ -n "$kept" ]; then
    before=$(cd "$work/kept" && md5sum -- * | md5sum)
    ask 0 status --store "$kept" && says out "4 letters, 1 scheduled"
    ask 0 status --store "$kept" --json && is_json store
    ask 0 dead-letters list --store "$kept" && says out "no answer from the bank" && [ "$(wc -l <"$work/out")" = 5 ] ||
        fail "not four letters in the store"
    number=$(sed -n 2p "$work/out" | awk '{ print $1 }')
    ask 0 dead-letters list --store "$kept" --message stall.sold --reason failed --limit 1 --json && is_json number text schema_version schema_fingerprint
    ask 1 dead-letters list --store "$kept" --reason expired
    ask 0 dead-letters show "$number" --store "$kept" && says out "busgen decode"
    ask 1 dead-letters show 1 --store "$kept" && says err "no dead letter 1"
    "$busadm" dead-letters show "$number" --store "$kept" --raw >"$work/bytes" || fail "show --raw --store"
    "$busgen" decode "$here/stall.bus" sold <"$work/bytes" >"$work/decoded" || fail "bytes of the store"
    ask 0 schedule list --store "$kept" && says out stall.reminded && says out "$id"
    [ "$(cd "$work/kept" && md5sum -- * | md5sum)" = "$before" ] || fail "looking at a store changed it"
    ask 0 dead-letters purge "$number" --yes --store "$kept" && says out "1 purged"
    ask 1 dead-letters purge "$number" --yes --store "$kept"
    ask 0 dead-letters purge --message stall.sold --most 2 --yes --store "$kept" && says out "2 purged"
    ask 0 schedule cancel "$id" --store "$kept" && says out cancelled
    ask 1 schedule cancel "$id" --store "$kept"
    ask 0 status --store "$kept" && says out "1 letters, 0 scheduled"
    "$busadm" doctor --store "$kept" --verbose >"$work/out" && says out "no program runs with"
    chmod 644 "$kept"
    ask 1 doctor --store "$kept" && says out "is open to others"
    echo "this is no database, and longer than the header of one has to be" >"$work/kept/bad.db"
    chmod 600 "$work/kept/bad.db"
    ask 2 dead-letters list --store "$work/kept/bad.db" && says err "damaged"
    ask 2 dead-letters purge --all --yes --store "$work/kept/bad.db" && says err "damaged"
    [ -z "$(find "$work/kept" -name '*damaged*')" ] || fail "a tool set a file aside"
fi

# ---- the other side is no program of ours, or ends in the middle
head='HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
pretend() { # ANSWER; then asks
    rm -f "$socket" "$work/ready"
    "$stage" answer "$socket" "$1" >"$work/ready" &
    pretender=$!
    for ((i = 0; i < 600; i++)); do grep -qs ok "$work/ready" && break || sleep 0.02; done
}
stop_pretending() {
    kill $pretender
    wait $pretender 2>/dev/null
}
while IFS='|' read -r what expected text; do
    pretend "$text"
    ask 2 status && says err "$expected"
    ask 2 dead-letters replay --all
    [ "$(wc -l <"$work/err")" -le 4 ] || fail "$what: too many words"
    stop_pretending
done <<TEXT
no JSON|no JSON object|${head}Content-Length: 5\r\n\r\nhello
JSON of another kind|no JSON object|${head}Content-Length: 2\r\n\r\n[]
half an answer|went away|${head}Content-Length: 500\r\n\r\n{"busgen":"0.1.0",
no answer|went away|
no HTTP|not with HTTP|SSH-2.0-OpenSSH_9.2\r\n
a refusal|not today|HTTP/1.1 503 Nope\r\nContent-Length: 41\r\n\r\n{"error":"not today","advice":"tomorrow"}
a strange refusal|with status 500|HTTP/1.1 500 Nope\r\nContent-Length: 3\r\n\r\nbah
TEXT
rm -f "$socket"
begin mute "$socket"
ask 2 health --timeout 0.3 && says err "no answer to /status" && says err "--timeout"
exec {STAGE[1]}>&-

grep -q 'canary-c4rd' "$all" && fail "a secret was printed"
grep -q $'\033' "$all" && fail "an escape sequence was printed"
finish
