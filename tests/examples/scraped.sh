#!/usr/bin/env bash
# A real Prometheus scrapes the shop each second while orders keep coming. Then the flow stops, and what
# Prometheus answers to queries is compared with the shop's own counters (/status): every one is equal.
# The alert rules that busgen makes from the shop's schema are loaded, too: each is evaluated, and the shop is seen.
# usage: scraped.sh BUILD-FOLDER [SECONDS]   (default: 4)
# covers: J1
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
seconds=${2:-4}
"$root/.ci/need" prometheus curl jq || exit 2
shop_pid='' prometheus_pid=''
end() {
    for pid in $shop_pid $prometheus_pid; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap end EXIT

# until_true WHAT COMMAND...: tries it for 60 s
until_true() {
    local what=$1 _
    shift
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.1
    done
    fail "$what" && cat "$work/shop.out" "$work/prometheus.out" && exit 1
}

# ---- the shop, on a port that is free
"$bin/shop" --http=0 --serve 3600 "$root/examples/shop/orders.csv" >"$work/shop.out" 2>&1 &
shop_pid=$!
is_serving() { grep -q '^Orders keep coming' "$work/shop.out"; }
until_true "the shop does not serve" is_serving
shop=$(sed -n 's/^Serving http:\/\/\(127.0.0.1:[0-9]*\)\/$/\1/p' "$work/shop.out")

# ---- Prometheus, on another one
"$bin/busgen" gen "$root/examples/shop/shop.bus" -o "$work" --emit prometheus || fail "there are no rules"
cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [shop.rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["$shop"]}]
END
answers() { curl -sf "http://$prometheus/-/ready" >"$work/ready" 2>&1; }
is_up_or_gone() { answers || ! kill -0 "$prometheus_pid" 2>/dev/null; }
for _ in 1 2 3 4 5 6 7 8; do # a port may be taken
    prometheus=127.0.0.1:$((20000 + RANDOM % 12000))
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
        --web.listen-address="$prometheus" >"$work/prometheus.out" 2>&1 &
    prometheus_pid=$!
    until_true "Prometheus does not come up" is_up_or_gone
    ! answers || ! kill -0 "$prometheus_pid" 2>/dev/null || break
done
query() { # QUERY: "labels value" lines, one for each series
    curl -sf --data-urlencode "query=$1" "http://$prometheus/api/v1/query" |
        jq -r '.data.result[] | (.metric | del(.instance, .job) | [to_entries[] | "\(.key)=\(.value)"] | sort | join(",")) + " " + .value[1]' |
        sort
}
is_scraped() { [ "$(query 'min_over_time(up{job="shop"}[10s])')" = " 1" ] 2>/dev/null; }
until_true "Prometheus does not scrape the shop" is_scraped
sleep "$seconds"
rate=$(query "sum(rate(events_processed_total[${seconds}s]))")

# ---- the alert rules: evaluated without an error, and they see this program
rules() { curl -sf "http://$prometheus/api/v1/rules" | jq -r ".data.groups[].rules[] | $1"; }
are_evaluated() { ! rules .health | grep -qv '^ok$' && [ "$(rules .name | wc -l)" -gt 10 ]; }
until_true "rules are not evaluated: $(rules '"\(.name) \(.health) \(.lastError)"')" are_evaluated
[ "$(rules 'select(.name == "BusAbsent") | .state')" = inactive ] || fail "the shop is not seen by its rules"
[ -n "$(query "(uptime_seconds > 0) and on (job, instance) messages_running{message=~'shop[.].+'}")" ] ||
    fail "the metrics of the whole program are not found by its messages"

# ---- the flow stops; all that was begun is done; and that is scraped
kill -USR1 "$shop_pid"
status() { curl -sf "http://$shop/status"; }
is_quiet() {
    status >"$work/status.json" && [ "$(jq '[.messages[] | .held + .running] | add' "$work/status.json")" = 0 ] &&
        sleep 0.2 && status | jq .messages >"$work/again.json" &&
        jq .messages "$work/status.json" | cmp -s - "$work/again.json"
}
until_true "the shop is not quiet" is_quiet
stopped=$(date +%s)
is_past() { [ "$(query 'min(timestamp(up{job="shop"}))' | sed 's/^ //; s/\..*//')" -gt $((stopped + 1)) ]; }
until_true "Prometheus scrapes no more" is_past
status >"$work/status.json"

# ---- what both say, as "name labels value"
ours() { jq -r "$1" "$work/status.json" | sort; }
same_as() { # WHAT QUERY JQ-PROGRAM
    query "$2" >"$work/theirs"
    ours "$3" >"$work/ours"
    [ -s "$work/ours" ] || fail "$1: there is nothing to compare"
    diff -u "$work/ours" "$work/theirs" || fail "$1: ours (-) and what Prometheus says (+)"
    compared=$((${compared:-0} + $(wc -l <"$work/ours")))
}
events='.messages[] | select(.kind == "event")'
commands='.messages[] | select(.kind == "command")'
for pair in accepted:published processed:processed failed:failed; do
    same_as "events ${pair#*:}" "sum without(__name__) (events_${pair#*:}_total)" \
        "$events | \"message=\\(.name) \\(.${pair%:*})\""
done
for pair in accepted:sent processed:processed failed:failed; do
    same_as "commands ${pair#*:}" "sum without(__name__) (commands_${pair#*:}_total)" \
        "$commands | \"message=\\(.name) \\(.${pair%:*})\""
done
same_as "dropped" 'sum by(message) (messages_dropped_total)' '.messages[] | "message=\(.name) \(.dropped + .expired)"'
same_as "refused" 'sum by(message) (messages_refused_total)' \
    '.messages[] | "message=\(.name) \(.filtered + .rejected + .throttled + .closed + .invalid)"'
same_as "held" 'sum by(message) (messages_held)' '.messages[] | "message=\(.name) \(.held)"'
same_as "runs" 'sum by(message, handler) (handler_runs_total)' '.handlers[] | "handler=\(.name),message=\(.message) \(.runs)"'
same_as "failures" 'sum by(message, handler) (handler_failures_total)' \
    '.handlers[] | "handler=\(.name),message=\(.message) \(.failures)"'
same_as "errors" 'sum by(category) (errors_total)' '.health.categories | to_entries[] | "category=\(.key) \(.value)"'
same_as "breakers" 'sum by(breaker) (circuit_breaker_opened_total)' '.breakers[] | "breaker=\(.name) \(.opened)"'
same_as "letters" 'sum(dead_letter_queue_size)' '" \(.dead_letters.waiting)"'
same_as "timed runs" 'sum by(message) ({__name__=~"(event|command)_processing_duration_seconds_count"})' \
    '.messages[] | "message=\(.name) \(.timed)"'
same_as "all events" 'sum(events_published_total)' "[$events | .accepted] | \" \\(add)\""
scrapes=$(query "count_over_time(up{job=\"shop\"}[1h])")

echo "$compared series are equal after$scrapes scrapes;$rate events a second were processed in the last $seconds s of the flow"
kill -INT "$shop_pid"
wait "$shop_pid" || fail "the shop ends with $?"
shop_pid=''
grep -q 'DOES NOT BALANCE' "$work/shop.out" && fail "the account does not balance"
finish
