#!/usr/bin/env bash
# busadm top in a terminal (tmux): it draws what fits, takes another size, keys, a program that ends and comes
# again; and however it ends, the terminal is as it was. covers: J4, K8
# usage: live.sh BUSADM STAGE
set -uo pipefail
busadm=${1:?usage: live.sh BUSADM STAGE}
stage=${2:?usage: live.sh BUSADM STAGE}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../support/shell.sh
. "$here/../support/shell.sh"
command -v tmux >/dev/null || { echo "tmux is not installed" && exit 1; }
socket=$work/stall.sock
export LC_ALL=C.UTF-8 TERM=xterm-256color
unset NO_COLOR TMUX BUSGEN_SOCKET

tm() { tmux -S "$work/tmux" -f /dev/null "$@"; }
seen() { # TEXT: it stands on the screen, within 20 s
    for ((i = 0; i < 400; i++)); do
        tm capture-pane -p >"$work/screen"
        grep -qF -- "$1" "$work/screen" && return
        sleep 0.05
    done
    fail "'$1' does not appear:"
    sed 's/^/    |/' "$work/screen"
}
gone() { # TEXT
    for ((i = 0; i < 400; i++)); do
        tm capture-pane -p >"$work/screen"
        grep -qF -- "$1" "$work/screen" || return 0
        sleep 0.05
    done
    fail "'$1' stays"
}
# A key that comes just while the terminal is taken over again may be lost: who sees nothing happen presses again.
quit_by_key() {
    for ((n = 0; n < 20; n++)); do
        tm send-keys q
        for ((i = 0; i < 20; i++)); do
            tm capture-pane -p | grep -qF "q quit" || { tm send-keys C-u && return; }
            sleep 0.05
        done
    done
    fail "q does not end it"
}
type_in() { tm send-keys -l "$1" && tm send-keys Enter; }
# The shell is in front again, with echo, line editing and a visible cursor on the usual screen.
restored() {
    type_in 'stty -a | tr " ;" "\n\n" >tty; echo back-$?'
    seen "back-0"
    grep -qx -- echo "$work/tty" && grep -qx -- icanon "$work/tty" || fail "$1: the terminal is left broken"
    [ "$(tm display-message -p '#{alternate_on}#{cursor_flag}')" = 01 ] ||
        fail "$1: screen or cursor is not as before: $(tm display-message -p '#{alternate_on}#{cursor_flag}')"
    type_in clear
    gone "back-0"
}
begin() {
    coproc STAGE { exec "$stage" serve "$socket" "" 2>"$work/stage.err"; }
    read -r -t 30 answer <&"${STAGE[0]}" && [ "$answer" = ok ] || fail "the stage says '$answer'"
}
finish_stage() {
    local pid=$STAGE_PID
    exec {STAGE[1]}>&-
    wait "$pid"
}
trap 'tm kill-server 2>/dev/null; rm -rf "$work"' EXIT

begin
tm new-session -d -x 80 -y 24 "cd $work && PS1='shell> ' exec bash --norc --noprofile"
seen "shell>"
type_in "$busadm top --socket $socket --every 0.2"
seen "stall  running"
seen "q quit"
seen "healthy"
seen "stall.sold"
[ "$(wc -l <"$work/screen")" -le 24 ] || fail "too many rows"
tm resize-window -x 160 -y 50
seen "accepted and failed, over time" # there is room for it now
tm resize-window -x 40 -y 10
gone "accepted and failed"
seen "stall"
tm resize-window -x 80 -y 24
seen "q quit"
tm send-keys s
seen "sorted by failures"
tm send-keys n
seen "sorted by name"
tm send-keys '?'
seen "Ctrl-L"
tm send-keys x
gone "Ctrl-L"
tm send-keys Space
seen PAUSED
tm send-keys Space
gone PAUSED
# colours mean something, and NO_COLOR is heard (below)
tm capture-pane -p -e >"$work/coloured"
grep -q $'\033\[[0-9;]*32m' "$work/coloured" || fail "nothing is green"

# the program ends, and comes again
finish_stage
seen "there is no socket"
begin
seen "healthy"

# stopped and gone on; then all the ways to end
tm send-keys C-z
seen "Stopped"
restored "Ctrl-Z"
type_in fg
seen "q quit"
quit_by_key
restored "q"
type_in "NO_COLOR=1 $busadm top --socket $socket"
seen "q quit"
tm capture-pane -p -e >"$work/coloured"
grep -q $'\033\[[0-9;]*3[0-7]m' "$work/coloured" && fail "colours in spite of NO_COLOR"
tm send-keys C-c
gone "q quit"
restored "Ctrl-C"
type_in "$busadm top --socket $socket & echo \$! >pid; fg; echo code-\$?"
seen "q quit"
kill -TERM "$(cat "$work/pid")"
seen "code-143"
restored "SIGTERM"
finish_stage
finish
