#!/usr/bin/env bash
# The shop's orders are on disk (--keep). Killed (SIGKILL) before its first order is written down, in the
# middle, at its last one in the evening, between stop and end, several times, and at moments that
# nobody chose, it goes on where it was: its books, what it shipped and what the gateway charged are line
# for line those of a shop that nobody killed. That something is lost does not go unnoticed.
# covers: M1, M2, I6
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm # what is killed are processes: it need not be a disk
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
orders=$work/orders.csv
head -n 141 "$root/examples/shop/orders.csv" >"$orders"
awk -F, -v OFS=, 'NR > 1 { $4 = int($4 / 60) } 1' "$root/examples/shop/stock.csv" >"$work/stock.csv"
shop=("$bin/shop" --stock "$work/stock.csv")

if ! "${shop[@]}" --keep "$work/none" - </dev/null >/dev/null 2>"$work/err"; then
    says err "shop: --keep needs busgen::store, which was left out of this build: no SQLite"
    finish
fi

run 0 "${shop[@]}" --keep "$work/calm" "$orders"
says out "Nothing is on disk yet."
says out "Every order that was read is answered, and once."
settled=$(grep -cE ' (paid|billed) ' "$work/calm/books.txt")
[ "$settled" -gt 60 ] && grep -q ' refused ' "$work/calm/books.txt" && [ "$(wc -l <"$work/calm/gateway.txt")" -gt 30 ] ||
    fail "too little happens: $(sort -k2 "$work/calm/books.txt")"

# killed FOLDER OPTION...: the shop kills itself
killed() {
    { "${shop[@]}" --keep "$@" "$orders" >"$work/out" 2>"$work/err"; } 2>/dev/null # bash says Killed
    [ $? = 137 ] || fail "not killed: $* $(<"$work/out") $(<"$work/err")"
}

# goes_on FOLDER OPTION...: it is started again, and nothing is lost
goes_on() {
    local file
    run 0 "${shop[@]}" --keep "$@" "$orders"
    says out "Every order that was read is answered, and once."
    grep -qE "DOES NOT BALANCE|STILL|NOT ANSWERED" "$work/out" && fail "$*: $(<"$work/out")"
    for file in books shipped gateway; do
        diff <(sort "$work/calm/$file.txt") <(sort "$1/$file.txt") >"$work/diff" ||
            fail "$*: $file.txt is not that of the calm shop: $(<"$work/diff")"
    done
    rm -rf "$1"
}

for after in 0 1 $((settled / 2)) $((settled - 1)); do
    killed "$work/kept" --kill-after "$after"
    [ "$(grep -cE ' (paid|billed) ' "$work/kept/books.txt")" = "$after" ] ||
        fail "killed after $after: $(<"$work/kept/books.txt")"
    cp -r "$work/kept" "$work/copy"
    run 0 "${shop[@]}" --keep "$work/copy" "$orders"
    grep -qE "^  accepted, and not done +[1-9]" "$work/out" || fail "killed after $after: found $(<"$work/out")"
    grep -qE "^  delivered from disk +[1-9]" "$work/out" || fail "killed after $after: delivered $(<"$work/out")"
    rm -rf "$work/copy"
    goes_on "$work/kept"
done
killed "$work/kept" --kill-after "$settled"
goes_on "$work/kept"

# Again and again, with lanes that are full: what finds no room waits on disk.
for after in 20 0 0 20 5; do
    killed "$work/kept" --kill-after $after --workers 4 --capacity 2
done
goes_on "$work/kept" --workers 1

# At any moment, also of the start and of the end; whether it lives then or not.
for delay in 0.01 0.03 0.05 0.07 0.1 0.2; do
    "${shop[@]}" --keep "$work/kept" "$orders" >/dev/null 2>&1 &
    pid=$!
    sleep $delay
    kill -INT $pid 2>/dev/null
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
done
goes_on "$work/kept"

# A third run after two that were not killed: nothing is left to do, and nothing is done twice.
run 0 "${shop[@]}" --keep "$work/kept" "$orders"
run 0 "${shop[@]}" --keep "$work/kept" "$orders"
says out "accepted, and not done              0"
goes_on "$work/kept"

# A line that was not finished is cut off; one that is gone is missed; one that is wrong is refused.
killed "$work/kept" --kill-after 10
printf '1001 pa' >>"$work/kept/books.txt"
goes_on "$work/kept"
cp -r "$work/calm" "$work/kept"
sed -i '0,/ paid /{/ paid /d}' "$work/kept/books.txt"
run 1 "${shop[@]}" --keep "$work/kept" "$orders"
says out "NOT ANSWERED: 1, ANSWERED AGAIN: 0"
echo "who wrote this" >>"$work/kept/books.txt"
run 1 "${shop[@]}" --keep "$work/kept" "$orders"
says err "a line in them that the shop did not write"

# No folder, somebody else's folder.
run 2 "${shop[@]}" --keep "$work/none/none/none" "$orders"
mkdir -m 777 "$work/open"
run 2 "${shop[@]}" --keep "$work/open" "$orders"
run 2 "${shop[@]}" --kill-after never "$orders"
says err "--kill-after takes a number, not never"
finish
