#!/usr/bin/env bash
# Alert rules and a dashboard from a schema: as committed; promtool finds nothing, and each alert fires when it
# must and only then; the dashboard is one, and its queries are PromQL; all names of metrics are those of
# runtime/METRICS.md (which the test of the metrics compares with the runtime). covers: J4, I4, R20
# usage: monitoring.sh BUSGEN SOURCE-FOLDER DASHBOARD_TEST | --update
. "$(dirname "$0")/support.sh"
golden=$here/monitoring
dashboard=${3:-}

if [ "$dashboard" = --update ]; then
    "$busgen" gen "$here/good/policies.bus" -o "$golden" --emit prometheus,grafana
    exit
fi

# ---- as committed
run 0 "$busgen" gen "$here/good/policies.bus" -o "$work/golden" --emit prometheus,grafana
for file in policies.rules.yml policies.rules.test.yml policies.dashboard.json; do
    cmp "$work/golden/$file" "$golden/$file" ||
        fail "$golden/$file is not what busgen writes; run 'ninja -C build regenerate' and look at git diff"
done
[ "$(ls "$work/golden" | wc -l)" = 3 ] || fail "more than asked for: $(ls "$work/golden")"
run 0 env -C / LC_ALL=tr_TR.UTF-8 "$busgen" gen "$here/good/policies.bus" -o "$work/turkish" --emit grafana,prometheus
diff -r "$work/golden" "$work/turkish" >/dev/null || fail "it depends on the locale, or the order of --emit"

# ---- rules that work
prove() { # FOLDER STEM
    (cd "$1" && promtool check rules "$2.rules.yml") >"$work/check" 2>&1 || fail "$2: $(cat "$work/check")"
    grep -qi 'duplicate\|warn' "$work/check" && fail "$2: $(cat "$work/check")"
    (cd "$1" && promtool test rules "$2.rules.test.yml") >"$work/proof" 2>&1 || fail "$2: $(head -20 "$work/proof")"
}
count() { # PATTERN FILE
    grep -c -e "$1" "$2"
}
for schema in "$here"/good/*.bus "$root/examples/shop/shop.bus" "$root/generated/bus_system.bus"; do
    stem=$(basename "$schema" .bus)
    run 0 "$busgen" gen "$schema" -o "$work/$stem" --emit prometheus,grafana
    case $stem in
    every | shop) ;; # the one is proved below, with a prefix; the other has nothing that they have not
    *) prove "$work/$stem" "$stem" ;;
    esac
    "$dashboard" "$work/$stem/$stem.dashboard.json" >"$work/$stem/queries" || fail "$stem: its dashboard"
done
rules=$work/golden/policies.rules.yml tests=$work/golden/policies.rules.test.yml
for alert in BusAbsent BusHealthCritical BusHealthDegraded BusHandlersStuck BusBreakerOpen BusDeadLettersGrowing \
    BusBackpressure BusLaneGrowing BusLaneStopped BusPoolFilling BusStoreFailing BusStoreBroken BusLogLinesLost \
    BusSpansLost BusMessagesRefused BusEventsFailing BusCommandsFailing BusMessagesExpire BusRunsLate BusHandlersSlow; do
    [ "$(count "alert: $alert\$" "$rules")" -gt 0 ] || fail "there is no alert $alert"
done
[ "$(count 'alert: ' "$rules")" = "$(count 'exp_alerts:' "$tests")" ] || fail "an alert is not proved"

# the proofs notice what is wrong: a bound that is never reached, one that always is, another label, a severity
control() { # SED-SCRIPT FOLDER
    mkdir -p "$2" && cp "$tests" "$2"
    sed "$1" "$rules" >"$2/policies.rules.yml"
    cmp -s "$rules" "$2/policies.rules.yml" && echo "nothing is changed by $1"
    (cd "$2" && promtool test rules policies.rules.test.yml) >/dev/null 2>&1 && echo "rules with $1 pass their tests"
}
{
    control 's/ > [0-9.]*"/ > 1e12"/' "$work/never" &
    control 's/ > [0-9.]*"/ > -1e12"/; s/severity: critical/severity: page/' "$work/always" &
    control 's/message=/massage=/' "$work/other" &
    wait
} >"$work/controls"
[ ! -s "$work/controls" ] || fail "$(cat "$work/controls")"

# ---- what the dashboard asks is PromQL
{
    printf 'groups:\n  - name: queries\n    rules:\n'
    awk '{ printf "      - record: a:query%d\n        expr: \"%s\"\n", NR, $0 }' "$work/policies/queries"
} >"$work/queries.yml"
[ "$(wc -l <"$work/policies/queries")" -gt 30 ] || fail "the dashboard asks little"
promtool check rules "$work/queries.yml" >"$work/check" 2>&1 || fail "queries: $(cat "$work/check")"

# ---- names of metrics, seen by their prefix
run 0 "$busgen" gen "$here/good/every.bus" -o "$work/named" --emit prometheus,grafana --metric-prefix zzz_
prove "$work/named" every
"$dashboard" "$work/named/every.dashboard.json" >"$work/named/queries" || fail "the dashboard with a prefix"
{
    sed -n 's/^|\( `.*`\) |.*/\1/p' "$root/runtime/METRICS.md" | sed 's/|.*//' | grep -o '`[a-z_]*`' | tr -d '`'
    sed -n '/^## Histograms/,$p' "$root/runtime/METRICS.md" | grep -o '`[a-z_]*_seconds`' | tr -d '`' |
        sed 'p; s/$/_bucket/'
} | sort -u >"$work/known"
cat "$work"/named/every.* | grep -o 'zzz_[a-z_]*' | sed 's/^zzz_//' | sort -u >"$work/used"
[ "$(wc -l <"$work/used")" -gt 30 ] || fail "few names of metrics were found: $(cat "$work/used")"
unknown=$(comm -13 "$work/known" "$work/used" | tr '\n' ' ')
[ -z "$unknown" ] || fail "no metrics of runtime/METRICS.md: $unknown"
# every name is behind the prefix: without it there is none
bare=$({ grep ' expr: ' "$work/named/every.rules.yml" && cat "$work/named/queries"; } | grep -oE '[a-z_]{4,}' | sort -u |
    comm -12 - "$work/known" | tr '\n' ' ')
[ -z "$bare" ] || fail "without the prefix: $bare"

# ---- wrong use
run 2 "$busgen" gen "$here/good/every.bus" -o "$work/none" --emit prometheus --metric-prefix 1a
run 2 "$busgen" gen "$here/good/every.bus" -o "$work/none" --emit prometheus --metric-prefix 'a b'
run 2 "$busgen" gen "$here/good/every.bus" -o "$work/none" --emit prometheus,grafanas
run 2 "$busgen" check "$here/good/every.bus" --metric-prefix a
finish
