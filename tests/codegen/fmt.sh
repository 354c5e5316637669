#!/usr/bin/env bash
# busgen fmt: files in place and whole or not at all, standard input, --check, what is left alone; random schemas
# torn apart are laid out as before they were. covers: A7, R6, R7
# usage: fmt.sh BUSGEN SOURCE-FOLDER RANDOM-SCHEMA COUNT
. "$(dirname "$0")/support.sh"
random=$3 count=$4
cd "$work" || exit 1
printf 'bus b version 1;\ntable t{1 a:u8;}  // kept\n' >bad.bus
printf 'bus b version 1;\ntable t { 1 a : u8; }  // kept\n' >good.bus
printf 'bus b version 1;\ntable t{1 a u8;}\n' >wrong.bus

# ---- in place
cp bad.bus x.bus && chmod 640 x.bus
run 0 "$busgen" fmt x.bus good.bus
[ ! -s out ] && [ ! -s err ] || fail "fmt says something"
cmp x.bus good.bus
[ "$(stat -c %a x.bus)" = 640 ] || fail "the mode is another: $(stat -c %a x.bus)"
touch -d '2001-01-01' x.bus
run 0 "$busgen" fmt x.bus
[ -z "$(find x.bus -newermt 2001-01-02)" ] || fail "a file that does not change is touched"
mkdir folder && cp bad.bus folder/real.bus && ln -s folder/real.bus link.bus
run 0 "$busgen" fmt link.bus
[ -L link.bus ] || fail "a link was replaced"
cmp folder/real.bus good.bus
[ "$(ls folder)" = real.bus ] || fail "left behind: $(ls folder)"

# ---- standard input
"$busgen" fmt - <bad.bus >out 2>err || fail "fmt - fails"
cmp out good.bus
"$busgen" fmt --check - <bad.bus >out 2>err && fail "--check - finds nothing"
says out "<stdin>"

# ---- --check
cp bad.bus y.bus
run 1 "$busgen" fmt --check good.bus y.bus x.bus
[ "$(cat out)" = y.bus ] || fail "--check names: $(cat out)"
says err "y.bus:2: " && says err "-table t{1 a:u8;}" && says err "+table t { 1 a : u8; }  // kept"
cmp y.bus bad.bus || fail "--check changes the file"
run 0 "$busgen" fmt --check good.bus x.bus
run 1 "$busgen" fmt --check wrong.bus && says err "wrong.bus:2:13: error:"

# ---- what is left alone
cp wrong.bus z.bus && cp bad.bus y.bus
run 1 "$busgen" fmt z.bus y.bus && says err "z.bus:2:13: error:" && says err "1 error"
cmp z.bus wrong.bus || fail "a file with errors was changed"
cmp y.bus good.bus || fail "a file beside one with errors was left alone"
cp bad.bus readonly.bus && chmod 444 readonly.bus
run 2 "$busgen" fmt readonly.bus && says err "cannot write 'readonly.bus': Permission denied"
cmp readonly.bus bad.bus || fail "a read-only file was changed"
run 0 "$busgen" fmt good.bus
run 2 "$busgen" fmt nowhere.bus && says err "cannot read 'nowhere.bus': No such file"
run 2 "$busgen" fmt folder && says err "cannot read 'folder': Is a directory"
run 2 "$busgen" fmt -I folder x.bus && says err "does not take the option"
run 2 "$busgen" check --check x.bus && says err "does not take the option '--check'"

# ---- a full disk
mkdir full && {
    echo 'bus b version 1;'
    for ((i = 0; i < 1000; i++)); do echo "table t$i{1 a:u8;}"; done
} >full/big.bus
cp full/big.bus before.bus
(
    ulimit -f 8
    "$busgen" fmt full/big.bus 2>err
    [ $? = 2 ] || exit 1
) || fail "a full disk is not exit status 2"
says err "File too large"
cmp full/big.bus before.bus || fail "a full disk changed the file"
[ "$(ls full)" = big.bus ] || fail "left behind: $(ls full)"
if [ -w /dev/full ]; then
    "$busgen" fmt - <bad.bus >/dev/full 2>err
    [ $? = 2 ] || fail "a full standard output is not exit status 2"
fi

# ---- random schemas: each space outside of comments and strings may be another
for ((seed = 1; seed <= count; seed++)); do
    "$random" "$seed" >r.bus
    "$busgen" fmt - <r.bus >once.bus 2>err || {
        "$busgen" check r.bus >/dev/null 2>&1 && fail "seed $seed: $(head -3 err)"
        continue
    }
    "$busgen" fmt - <once.bus >twice.bus 2>err || fail "seed $seed: $(head -3 err)"
    cmp once.bus twice.bus || fail "seed $seed: a second run changes it"
    sed -E '\,//|"|/\*,!{s/ +/ \t  /g; s/^[ \t]+//; s/ *([;:{}]) */\1/g; s/([:=]) */\1\t/g; s/$/\r/}' once.bus >torn.bus
    "$busgen" fmt - <torn.bus >mended.bus 2>err || fail "seed $seed, torn apart: $(head -3 err)"
    cmp once.bus mended.bus || fail "seed $seed: torn apart it becomes something else"
done

# ---- all that people read has this layout
run 0 "$busgen" fmt --check "$root"/examples/*/*.bus "$root"/generated/*.bus "$root"/bench/*.bus
finish
