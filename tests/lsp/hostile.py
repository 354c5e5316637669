#!/usr/bin/env python3
"""`busgen lsp` against input that is broken, hostile or large: it answers, or ends with a message; it
never crashes, hangs or grows without bound. Random edits say the same as the whole text would.

usage: hostile.py BUSGEN FOLDER [SHIM]

SHIM: the library of tests/support that fails allocations; without it none is.

covers: R1, R6
"""
import glob
import json
import os
import random
import subprocess
import sys
import time

from client import Client, Refused, apply, find, frame

busgen, folder = sys.argv[1:3]
shim = sys.argv[3] if len(sys.argv) > 3 else None
os.makedirs(folder, exist_ok=True)
schemas = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "idl")
FUZZ_SECONDS = 1.0


def uri(name):
    return "file://" + os.path.join(folder, name)


def broken_headers():
    for data, said in [
            (b"Hello\r\n\r\n", "Name: value"),
            (b"Content-Length: twelve\r\n\r\n", "number of bytes"),
            (b"Content-Length: -1\r\n\r\n", "number of bytes"),
            (b"Content-Length: 99999999999999999999999\r\n\r\n", "number of bytes"),
            (b"Content-Length:\r\n\r\n", "number of bytes"),
            (b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "second one"),
            (b"Content-Type: x\r\n\r\n", "needs a line"),
            (b"Name: value\r\n" * 40, "more than 32 lines"),
            (b"x" * 5000, "longer than"),
            (b"Content-Length: 2", "ends inside of a header"),
            (b"Content-Length: 20\r\n\r\n{}", "ends inside of a message"),
    ]:
        client = Client(busgen, start=False)
        client.raw(data)
        client.process.stdin.close()
        error = client.next()["error"]
        assert error["code"] == -32700 and said in error["message"], (data[:40], error)
        assert client.wait() == 2, data[:40]
        assert said in client.errors, client.errors


def broken_messages():
    client = Client(busgen)
    deep = "[" * 100000
    for body, code in [
            ("", -32700), ("{", -32700), ("nonsense", -32700), (deep, -32700), ("[]", -32600),
            ("7", None), ('"x"', None), ('{"id": {}, "method": "x"}', -32600),
            ('{"id": 1}', -32600), ("{}", -32600), ('{"id": 1, "method": 5}', -32600),
            ('{"id": 1.5, "method": "shutdown"}', -32600),
            (b'{"method": "\xff"}', -32700), ('{"method": "\\ud800"}', -32700)]:
        client.raw(frame(body))
        error = client.next()["error"]
        assert error["code"] in (-32700, -32600), (body[:40], error)
        assert code is None or error["code"] == code, (body[:40], error)
    client.raw(b"content-length: 2\nX: y\n\n{}")  # other letters, other line ends
    assert client.next()["error"]["code"] == -32600
    client.send({"id": 77, "result": None})  # an answer to what nobody asked
    # wrong params of everything
    for method in ["hover", "definition", "references", "documentHighlight", "prepareRename",
                   "rename", "formatting", "completion", "documentSymbol", "codeAction"]:
        for params in [None, [], 5, {}, {"textDocument": 5}, {"textDocument": {"uri": "file:///x"}}]:
            try:
                client.ask("textDocument/" + method, params)
            except Refused as refusal:
                assert refusal.code == -32602, method
            else:
                raise AssertionError((method, params))
    name = uri("some.bus")
    client.open(name, "bus some version 1;\ntable t { 1 a : u8; }\n")
    for position in [None, {}, {"line": -1, "character": 0}, {"line": "0", "character": 0},
                     {"line": 1.5, "character": 0}]:
        for method in ["hover", "definition", "rename", "completion"]:
            try:
                client.ask("textDocument/" + method,
                           {"textDocument": {"uri": name}, "position": position, "newName": "b"})
            except Refused as refusal:
                assert refusal.code == -32602, (method, position)
            else:
                raise AssertionError((method, position))
    for position in [(10**9, 10**9), (1, 2**31), (0, 2**62)]:
        client.at("hover", name, position)
    for method in ["didOpen", "didChange", "didClose", "didSave"]:
        for params in [None, [], {}, {"textDocument": {"uri": "%zz"}}]:
            client.tell("textDocument/" + method, params)
    for strange in ["", "file://", "file:///%00", "file:///%zz", "file://x", "file:///../../.."]:
        client.open(strange, "bus a version 1;\n")
    for strange in ["untitled:one", "http://[::1/x?y#z", "file:///a%20b/%F0%9F%9A%8C.bus"]:
        client.open(strange, "bus a version 1;\n")
        assert client.diagnostics(strange) == [], strange
        assert client.at("definition", strange, (0, 4))["uri"] == strange
    assert client.end() == 0


def limits():
    client = Client(busgen)
    # a message that is skipped, and the one behind it
    size = (128 << 20) + 1
    client.raw(b"Content-Length: %d\r\n\r\n" % size)
    chunk = b" " * (1 << 20)
    for _ in range(size >> 20):
        client.raw(chunk)
    client.raw(b" ")
    error = client.next()["error"]
    assert error["code"] == -32700 and "skipped" in error["message"], error
    # documents
    big = "bus a version 1;\n" + " " * (16 << 20)
    client.open(uri("big.bus"), "bus a version 1;\n")
    client.change(uri("big.bus"), big)
    assert "16 MiB" in client.wait_for("window/logMessage")["message"]
    client.close(uri("big.bus"))
    for i in range(256):
        client.open(uri("d%d.bus" % i), "bus d%d version 1;\n" % i)
    client.open(uri("more.bus"), "bus a version 1;\n")
    assert "256" in client.wait_for("window/logMessage")["message"]
    assert client.at("hover", uri("d255.bus"), (0, 4)) is not None
    assert client.end() == 0


def files():
    """What stands on disk beside a schema is not to be waited for."""
    pipe = os.path.join(folder, "pipe.bus")
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    with open(os.path.join(folder, "latin.bus"), "wb") as file:
        file.write(b"bus latin version 1;\n/// \xe9\ntable t { 1 a : u8; }\n")
    client = Client(busgen, root="file://" + folder)
    name = uri("main.bus")
    client.open(name, 'bus main version 1;\nimport "pipe.bus";\nimport "latin.bus";\n'
                      'import "../../../etc/passwd";\n')
    found = client.diagnostics(name)
    assert {"import-missing", "import-escape"} <= {each["code"] for each in found}, found
    client.at("references", name, (0, 5), context={})
    # a NUL, which JSON can say
    client.change(name, "bus main version 1;\n\0")
    assert [each["code"] for each in client.diagnostics(name)] == ["nul-byte"]
    assert client.at("hover", name, (0, 5)) is None
    assert client.end() == 0


def one_long_line():
    """Work does not grow with the square of a line."""
    count = 1500
    text = "bus a version 1; " + "".join(
        "struct s%d { a : u8; } /* 𝔘 */ table t%d { 1 a : s%d; } " % (i, i, i) for i in range(count))
    client = Client(busgen)
    client.open(uri("long.bus"), text)
    assert client.diagnostics(uri("long.bus")) == []
    tree = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri("long.bus")}})
    assert len(tree) == 2 * count + 1
    where = find(text, "s%d;" % (count - 1))
    start = client.at("definition", uri("long.bus"), where)["range"]["start"]
    assert (0, start["character"]) == find(text, "s%d " % (count - 1))
    # so many edits are one
    client.open(uri("wide.bus"), "bus b version 1;\n" + "".join(
        "const  c%d:u32=%d;\n" % (i, i) for i in range(3000)))
    formatted = client.ask("textDocument/formatting", {"textDocument": {"uri": uri("wide.bus")}})
    assert len(formatted) == 1 and formatted[0]["range"]["start"]["line"] == 0
    assert client.end() == 0


def everywhere(client, name, text, chance):
    """Asks everything at some place of a document; errors are fine, silence is not."""
    lines = text.split("\n")
    line = chance.randrange(len(lines))
    place = {"line": line, "character": chance.randrange(len(lines[line]) + 1)}
    for method, more in [("hover", {}), ("definition", {}), ("completion", {}), ("prepareRename", {}),
                         ("documentHighlight", {}), ("rename", {"newName": "renamed"}),
                         ("references", {"context": {"includeDeclaration": True}})]:
        try:
            client.ask("textDocument/" + method,
                       {"textDocument": {"uri": name}, "position": place, **more})
        except Refused as refusal:
            assert refusal.code == -32803, (method, str(refusal))
    client.ask("textDocument/documentSymbol", {"textDocument": {"uri": name}})
    client.ask("textDocument/codeAction", {
        "textDocument": {"uri": name}, "context": {"diagnostics": []},
        "range": {"start": {"line": 0, "character": 0}, "end": place}})


def position_of(text, offset):
    before = text[:offset]
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    line = before.count("\n") + before.count("\r") - before.count("\r\n")
    return line, len(before[start:].encode("utf-16-le")) // 2


def random_edit(text, chance):
    """(start, end, new) in characters; never between the two of a line end."""
    while True:
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 0, 1, 2, 8, 40]))
        if not any(text[at - 1:at + 1] == "\r\n" for at in (start, end)):
            break
    new = chance.choice(["", "", "x", ";", "{", "}", "\n", "\r\n", " ", "𝔘", "é", '"', "/*", "*/",
                         "// lint: off ", "///", "table", "1 a : u8;", "was ", "[", "import ",
                         text[start:end] * 2, text[end:end + 30]])
    return start, end, new


def random_edits():
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed, flush=True)
    chance = random.Random(seed)
    sources = sorted(glob.glob(schemas + "/good/*.bus") + glob.glob(schemas + "/bad/*.bus"))
    assert len(sources) > 100, "where are the schemas of the compiler's tests?"
    client = Client(busgen, root="file://" + folder)
    name, other = uri("edited.bus"), uri("whole.bus")
    until = time.monotonic() + FUZZ_SECONDS
    rounds = 0
    while time.monotonic() < until or rounds < 3:
        with open(chance.choice(sources), "rb") as file:
            text = file.read(40000).decode("utf-8", "replace").replace("\0", "")
        client.open(name, text)
        for _ in range(8):
            edits = []
            for _ in range(chance.randrange(1, 4)):
                start, end, new = random_edit(text, chance)
                edits.append((position_of(text, start), position_of(text, end), new))
                text = text[:start] + new + text[end:]
            client.change(name, *edits)
            if chance.random() < 0.5:
                everywhere(client, name, text, chance)
        # what it has is what we have
        client.diagnostics(name)
        client.open(other, text)
        client.diagnostics(other)
        one, two = [json.dumps(client.ask("textDocument/documentSymbol",
                                          {"textDocument": {"uri": each}})) for each in (name, other)]
        assert one == two, (seed, rounds)
        try:
            edits = client.ask("textDocument/formatting", {"textDocument": {"uri": name}})
        except Refused:
            pass
        else:
            if "\r" not in text:
                good = apply(text, edits)
                client.change(name, good)
                assert client.ask("textDocument/formatting",
                                  {"textDocument": {"uri": name}}) == [], (seed, rounds)
        client.close(name)
        client.close(other)
        rounds += 1
    assert client.end() == 0


def out_of_memory():
    """An allocation fails, once or from then on: a whole session goes on, or ends with a message."""
    if not shim:
        return
    name = uri("memory.bus")
    text = ("bus shop version 1;\ntable line { 1 sku : string max 64; }\n"
            "event order_placed { 1 lines : [lin] max 4;  priority high; }\n")
    asked = [("initialize", {"capabilities": {}, "rootUri": "file://" + folder}),
             ("textDocument/didOpen", {"textDocument": {"uri": name, "version": 1, "text": text}}),
             ("textDocument/didChange", {"textDocument": {"uri": name, "version": 2},
                                         "contentChanges": [{"text": text.replace("lin]", "line]")}]})]
    asked += [("textDocument/" + what, {
        "textDocument": {"uri": name}, "position": {"line": 1, "character": 8}, "newName": "entry",
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}})
        for what in ["hover", "references", "completion", "rename", "formatting", "documentSymbol",
                     "codeAction"]]
    asked += [("shutdown", None), ("exit", None)]
    session = b"".join(frame(json.dumps(
        {"method": method, "params": params,
         **({} if "/did" in method or method == "exit" else {"id": number})}))
        for number, (method, params) in enumerate(asked))

    def run(at, always):
        marked = os.path.join(folder, "marked")
        with open(marked, "wb") as mark:
            done = subprocess.run(
                [busgen, "lsp"], input=session, capture_output=True, timeout=120, check=False,
                pass_fds=[mark.fileno()],
                env={**os.environ, "LD_PRELOAD": shim, "FAULT_CALL": "alloc", "FAULT_ERROR": "",
                     "FAULT_AT": str(at), "FAULT_ALWAYS": str(always),
                     "FAULT_MARK": str(mark.fileno())})
        return done, os.path.getsize(marked) > 0

    done, failed = run(1 << 30, 0)
    assert done.returncode == 0 and not failed, done.stderr
    most = 1
    while run(most, 0)[1]:
        most *= 2
    assert most > 256, most
    for _ in range(30):
        at, always = random.randrange(1, most), random.randrange(2)
        done, failed = run(at, always)
        assert done.returncode in (0, 2), (at, always, done)
        assert done.returncode == 0 or b"out of memory" in done.stderr, (at, always, done)
        assert failed or done.returncode == 0, (at, always, done)


for test in (broken_headers, broken_messages, limits, files, one_long_line, random_edits, out_of_memory):
    begun = time.monotonic()
    test()
    print("%s: %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)
