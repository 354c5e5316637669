#!/usr/bin/env bash
# The shop's summary of the committed orders, with a gateway that goes away and comes back, is the same
# with any number of workers and from standard input;
# wrong use, missing files, damaged input, an interrupt and a full disk are reported.
# covers: A1, B11, D4, G2, H4, H6, I6
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
orders=$root/examples/shop/orders.csv
shop=$bin/shop

"$root/examples/shop/make-orders" | cmp - "$orders" || fail "orders.csv is not what make-orders writes"

for workers in 1 2 4; do
    run 0 "$shop" --workers $workers "$orders"
    same shop.expected
done
run 0 "$shop" - <"$orders"
sed -i 's/^Orders from standard input$/Orders from orders.csv/' "$work/out"
same shop.expected
cat "$orders" | run 0 "$shop" -w 2 -
says out "Orders from standard input"

# Lanes of 8 messages overflow: what was declared `block` waits, `dead_letter` is kept and runs again in
# the evening, so that no bill and no payment is lost. Only news of the stock and of failures may go.
run 0 "$shop" --workers 2 --capacity 8 "$orders"
for text in "  orders                        4,933" "paid by card                    2,669   EUR      187,603.81" \
    "charged                         2,669   EUR      187,603.81" "The audit component counted the same" \
    "(its lane was full)" " 0 failed again"; do
    says out "$text"
done
for row in "order_placed 3930" "order_refused 1159" "reserve_stock 7670" "set_rate 1"; do
    grep -qE "shop\.${row/ / +} .* balances$" "$work/out" || fail "small lanes: not $row: $(<"$work/out")"
done
grep -qE "DOES NOT BALANCE|STILL THERE|NOT ANNOUNCED" "$work/out" && fail "small lanes: something is lost"

run 0 "$shop" --all "$orders"
wrong=$(awk 'NR > 1 && (NR - 2) % 73 == 50' "$orders" | wc -l)
[ "$(grep -c '^line [0-9]*: ' "$work/out")" = "$wrong" ] ||
    fail "--all does not print each malformed line"

# Nothing, only a header, no newline, NUL bytes, a line without end, random bytes.
run 0 "$shop" - </dev/null
says out "lines read                          0"
printf 'order_id,customer,payment,items,discount,coupon\n' | run 0 "$shop" -
says out "header                            1"
printf '1,Ada,card:x,PEN-RED*1,,' | run 0 "$shop" -
says out "accepted                            1"
printf '1,A\0da,card:x,PEN-RED*1,,\n' | run 0 "$shop" -
says out "a NUL byte"
{
    head -c 200000 /dev/zero | tr '\0' 'x'
    printf '\n1,Ada,card:x,PEN-RED*1,,\n'
} | run 0 "$shop" -
says out "longer than 64 KiB"
says out "accepted                            1"
{ printf '1,Ada,card:x,' && for i in $(seq 257); do printf 'A%d*1;' "$i"; done && printf 'B*1,,\n'; } | run 0 "$shop" -
says out "more than 256 items"
head -c 300000 /dev/urandom | run 0 "$shop" -
printf 'sku,price,currency,quantity\nX,1,978\n' >"$work/stock.csv"
run 2 "$shop" --stock "$work/stock.csv" "$orders"
says err "stock.csv:2: expected sku,price,currency,quantity"

# Wrong use.
run 0 "$shop" --help
says out "Usage: shop"
run 2 "$shop" --workers 0
says err "--workers takes a number from 1 to 64, not 0"
run 2 "$shop" --workers many
run 2 "$shop" --workers -1
run 2 "$shop" --capacity 0
run 2 "$shop" --nonsense
says err "Try 'shop --help'."
run 2 "$shop" "$orders" "$orders"
run 2 "$shop" "$work/none.csv"
says err "cannot read $work/none.csv: No such file or directory"
run 2 "$shop" "$work"
says err "cannot read $work: Is a directory"
run 2 "$shop" --stock "$work/none.csv" "$orders"
says err "cannot read the stock"

run 2 "$shop" --http=65536
says err "--http takes a port, not 65536"
run 2 "$shop" --http --serve 0
says err "--serve takes a number of seconds, not 0"

# Looked at; the day ends by itself. A socket that somebody listens on is not taken away from him.
if head -n 50 "$orders" | "$shop" --admin "$work/shop.sock" --serve 1 - >"$work/out" 2>"$work/err"; then
    says out "Serving $work/shop.sock"
    grep -q "DOES NOT BALANCE" "$work/out" && fail "looked at: the account does not balance"
    [ -e "$work/shop.sock" ] && fail "the socket is left behind"
    "$shop" --admin "$work/shop.sock" - </dev/null >"$work/first" 2>&1 &
    first=$!
    for _ in $(seq 600); do
        grep -q "^Orders keep coming" "$work/first" && break
        sleep 0.05
    done
    run 2 "$shop" --admin "$work/shop.sock" - </dev/null
    says err "another program, or another server of this one, listens on $work/shop.sock"
    kill -INT "$first"
    wait "$first" || fail "the first one ends with $?"
else
    says err "left out of this build"
fi

# A full disk.
"$shop" "$orders" >/dev/full 2>"$work/err"
[ $? = 2 ] || fail "a full disk goes unnoticed"
says err "cannot write the summary: No space left on device"

# An interrupt: what was read is finished, the account balances.
mkfifo "$work/pipe"
"$shop" - <"$work/pipe" >"$work/out" 2>"$work/err" &
pid=$!
exec 9>"$work/pipe"
head -n 100 "$orders" >&9
for _ in $(seq 600); do # until the shop has read all of it and waits in read
    [ "$(cut -d' ' -f1 "/proc/$pid/syscall" 2>/dev/null)" = 0 ] && break
    sleep 0.05
done
kill -INT "$pid"
wait "$pid"
[ $? = 130 ] || fail "an interrupted shop does not exit 130"
exec 9>&-
says out "Interrupted after line 100; what was read is finished."
grep -q "DOES NOT BALANCE" "$work/out" && fail "interrupted: the account does not balance"
finish
