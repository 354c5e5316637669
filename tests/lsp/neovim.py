#!/usr/bin/env python3
"""A session in a real editor, Neovim without a screen: keys go in, what it shows is looked at. It is
set up as codegen/editors/README.md tells. Also what the files for Vim highlight and set.

usage: neovim.py BUSGEN EDITORS FOLDER

covers: A7, P1
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

busgen, editors, folder = sys.argv[1:4]
PATIENCE = 120

BASE = "bus base version 1;\n/// An amount.\ntable money { 1 cents : u64; }\n"
SHOP = """bus shop version 2;
import "base.bus";

/// Where an order stands.
enum state : u8 { open = 0; paid = 1; }
/* 𝔘 */ table line { 1 price : base.money;   2 key : stat = paid; }
event order_placed { 1 id : u64 key; 2 lines : [line] max 4; priority high; }
command reserve_stock { 1 id : u64 key; returns { 1 until : time; } }
component warehouse { handles reserve_stock; listens order_placed; }
component front { emits order_placed; }
"""
MENDED = SHOP.replace("stat =", "state =")


class Neovim:
    def __init__(self, *options):
        self.socket = os.path.join(folder, "socket")
        env = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder,
               "XDG_STATE_HOME": folder, "XDG_CACHE_HOME": folder, "LC_ALL": "C.UTF-8",
               "PATH": os.path.dirname(busgen) + ":" + os.environ["PATH"]}
        self.env = env
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = subprocess.Popen(
            ["nvim", "--headless", "--listen", self.socket, "-i", "NONE", "-n", *options], env=env,
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not os.path.exists(self.socket):
            assert time.monotonic() < until and self.process.poll() is None, "nvim does not begin"
            time.sleep(0.01)

    def _remote(self, how, text):
        done = subprocess.run(["nvim", "--server", self.socket, how, text], env=self.env,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        return (done.stdout + done.stderr).strip()

    def keys(self, keys):
        self._remote("--remote-send", keys)

    def command(self, command):
        self.keys("<C-\\><C-n>:" + command.replace("<", "<lt>") + "<CR>")

    def value(self, expression):
        """Of a Vim expression."""
        text = self._remote("--remote-expr", "json_encode(%s)" % expression)
        try:
            return json.loads(text)
        except ValueError:
            raise AssertionError("%s: %s" % (expression, text)) from None

    def lua(self, expression):
        return self.value('luaeval("%s")' % expression.replace("\\", "\\\\").replace('"', '\\"'))

    def wait(self, what, look, fits):
        until = time.monotonic() + PATIENCE
        while True:
            seen = look()
            if fits(seen):
                return seen
            assert time.monotonic() < until, "%s: %s; %s" % (what, seen, self.value(
                "execute('messages')"))
            time.sleep(0.02)

    def text(self):
        return "\n".join(self.value("getline(1, '$')")) + "\n"

    def put_cursor(self, needle, nth=0):
        text = self.text()
        at = -1
        for _ in range(nth + 1):
            at = text.index(needle, at + 1)
        line = text.count("\n", 0, at) + 1
        column = len(text[text.rfind("\n", 0, at) + 1:at].encode()) + 1
        self.value("cursor(%d, %d)" % (line, column))
        return line

    def end(self):
        self.command("qa!")
        self.process.wait(timeout=PATIENCE)


def write(name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def guide():
    """The set-up that the guide gives for this version."""
    with open(os.path.join(editors, "README.md"), encoding="utf-8") as file:
        block = re.search(r"## Neovim.*?```lua\n(.*?)```", file.read(), re.S).group(1)
    write("init.lua", "vim.opt.runtimepath:append('%s/vim')\n%s" % (editors, block))
    return os.path.join(folder, "init.lua")


def findings(vim):
    return vim.lua("vim.tbl_map(function(d) return d.message end, vim.diagnostic.get(0))")


def session():
    write("shop.bus", SHOP)
    write("base.bus", BASE)
    vim = Neovim("-u", guide())
    vim.command("edit shop.bus")
    said = vim.wait("diagnostics", lambda: findings(vim), lambda seen: len(seen) > 0)
    assert "unknown type 'stat'" in said[0] and "did you mean 'state'?" in said[0], said
    where = vim.lua("vim.diagnostic.get(0)[1].col")
    assert where == len(SHOP.split("\n")[5].split("stat =")[0].encode()), where  # bytes in Neovim
    # mended with a key stroke, told away without saving
    vim.put_cursor("stat =")
    vim.keys("eae<Esc>")
    vim.wait("no diagnostics", lambda: findings(vim), lambda seen: seen == [])
    assert vim.text() == MENDED

    vim.put_cursor("order_placed")
    vim.command("lua vim.lsp.buf.hover()")
    shown = vim.wait("hover", lambda: vim.lua(
        "(function() for _, w in ipairs(vim.api.nvim_list_wins()) do "
        "if vim.api.nvim_win_get_config(w).relative ~= '' then "
        "return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(w), 0, -1, false) end end "
        "return {} end)()"), lambda seen: len(seen) > 0)
    assert any("Listened to by" in line and "warehouse" in line for line in shown), shown
    assert any("Priority high" in line for line in shown), shown

    line = vim.put_cursor("state =")
    vim.command("lua vim.lsp.buf.definition()")
    vim.wait("definition", lambda: vim.value("line('.')"), lambda seen: seen == line - 1)
    vim.put_cursor("money")
    vim.command("lua vim.lsp.buf.definition()")
    vim.wait("definition in another file", lambda: vim.value("[expand('%:t'), line('.')]"),
             lambda seen: seen == ["base.bus", 3])

    # both files change
    vim.command("lua vim.lsp.buf.rename('cash')")
    vim.wait("rename", vim.text, lambda seen: seen == BASE.replace("money", "cash"))
    vim.command("buffer shop.bus")
    renamed = MENDED.replace("base.money", "base.cash")
    vim.wait("rename in the other file", vim.text, lambda seen: seen == renamed)
    vim.put_cursor("order_placed")
    vim.command("lua vim.lsp.buf.rename('order_taken')")
    renamed = renamed.replace("order_placed", "order_taken").replace(
        "event order_taken", "event order_taken was order_placed")
    vim.wait("rename of a message", vim.text, lambda seen: seen == renamed)

    vim.command("lua if vim.lsp.buf.format then vim.lsp.buf.format({ timeout_ms = 60000 }) "
                "else vim.lsp.buf.formatting_sync(nil, 60000) end")
    good = subprocess.run([busgen, "fmt", "-"], input=renamed, capture_output=True, text=True,
                          check=True).stdout
    assert good != renamed
    vim.wait("format", vim.text, lambda seen: seen == good)

    vim.command("set omnifunc=v:lua.vim.lsp.omnifunc completeopt=menuone,noinsert")
    vim.keys("Goevent line_sent { priority <C-x><C-o>")
    proposed = vim.wait("completion", lambda: [item["word"] for item in vim.value(
        "complete_info(['items'])")["items"]], lambda seen: len(seen) > 0)
    assert proposed == ["critical", "high", "normal", "low", "idle"], proposed
    vim.keys("<C-n><C-y>; }<Esc>")
    vim.wait("what was chosen", vim.text, lambda seen: "event line_sent { priority high; }" in seen)
    assert open(os.path.join(folder, "shop.bus"), encoding="utf-8").read() == SHOP  # never written
    vim.end()


def files_for_vim():
    write("plain.bus", "bus  shop version 1;\n/// A state.\nenum state : u8 { key = 0; }\n"
                       "event order_placed { 1 key : u64 key; retry 3; priority high; } // end\n"
                       'const name : string = "a\\n";\n')
    vim = Neovim("-u", "NORC", "--cmd", "set runtimepath^=" + editors + "/vim",
                 "--cmd", "filetype plugin on", "--cmd", "syntax on")
    vim.command("edit plain.bus")
    vim.wait("a file type", lambda: vim.value("&filetype"), lambda seen: seen == "bus")
    assert vim.value("&commentstring") == "// %s" and vim.value("&expandtab") == 1
    for needle, nth, group in [("bus", 0, "busDeclaration"), ("shop", 0, "busName"),
                               ("1", 0, "busNumber"), ("/// A", 0, "busDoc"),
                               ("state :", 0, "busName"), ("u8", 0, "busType"),
                               ("key =", 0, "busMember"), ("order_placed", 0, "busName"),
                               ("key :", 0, "busMember"), ("key;", 0, "busModifier"),
                               ("retry", 0, "busSetting"), ("high", 0, "busChoice"),
                               ("// end", 0, "busComment"), ('"a', 0, "busString"),
                               ("\\n", 0, "busEscape")]:
        vim.put_cursor(needle, nth)
        seen = vim.value("synIDattr(synID(line('.'), col('.'), 1), 'name')")
        assert seen == group, (needle, seen, group)
        assert vim.value("synIDattr(synIDtrans(hlID('%s')), 'name')" % group) != group, group
    before = vim.text()
    vim.keys("gggqG")
    good = subprocess.run([busgen, "fmt", "-"], input=before, capture_output=True, text=True,
                          check=True).stdout
    vim.wait("gggqG", vim.text, lambda seen: seen == good)
    vim.end()


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
for test in (files_for_vim, session):
    begun = time.monotonic()
    test()
    print("%s: %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)
