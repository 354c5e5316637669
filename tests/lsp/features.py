#!/usr/bin/env python3
"""What `busgen lsp` answers, over real pipes: each feature, texts in both encodings, files that are
open and files that are not.

usage: features.py BUSGEN FOLDER

covers: A5, A7, P1, P2
"""
import os
import shutil
import sys

from client import Client, Refused, apply, find

busgen, folder = sys.argv[1:3]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)

SHOP = """bus shop version 2;

/// Where an order stands.
enum state : u8 { open = 0; paid = 1; }

table line { 1 sku : string max 64; 2 state : state = paid; }

policy patient { retry 3, backoff 100ms..10s x2 jitter half; }

/// An order was accepted.
event order_placed { 1 id : u64 key; 2 lines : [line] max 4; priority high; when_full block 50ms; }
command reserve_stock {
    1 id : u64 key;
    returns { 1 until : time; }
    fails out_of_stock;
    use patient; idempotent; deadline 60s;
}
component warehouse { handles reserve_stock; listens order_placed order low; }
component front { emits order_placed; }
"""
# columns in it differ in bytes, in UTF-16 units and in characters
UNICODE = """bus shop version 1;
/* 𝔘𝔫𝔦 ü € */ table tint { 1 a : u8; } /* 𝔘 */ table user { 1 one : tint; }
"""


def uri(name):
    return "file://" + os.path.join(folder, name)


def write(name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
        file.write(text)


def codes(diagnostics):
    return sorted(found["code"] for found in diagnostics)


def refused(call, *said):
    try:
        call()
    except Refused as refusal:
        for word in said:
            assert word in str(refusal), (word, str(refusal))
        return refusal.code
    raise AssertionError("was not refused")


def rename(client, name, where, new):
    return client.at("rename", name, where, newName=new)["changes"]


def begin_and_end():
    client = Client(busgen, start=False)
    assert refused(lambda: client.ask("textDocument/hover", {}), "initialize") == -32002
    client.tell("textDocument/didOpen", {})  # dropped, as the protocol wants it
    first = client.ask("initialize", {"capabilities": {}})
    assert first["capabilities"]["positionEncoding"] == "utf-16"
    assert first["serverInfo"]["name"] == "busgen"
    assert refused(lambda: client.ask("initialize", {"capabilities": {}})) == -32600
    assert refused(lambda: client.ask("textDocument/teleport", {})) == -32601
    client.tell("$/cancelRequest", {"id": 1})
    client.tell("$/unheardOf", None)
    assert refused(lambda: client.ask("textDocument/hover", {}), "uri") == -32602
    assert client.ask("shutdown", None) is None
    assert refused(lambda: client.ask("textDocument/hover", {})) == -32600
    client.tell("exit", None)
    assert client.wait() == 0
    client = Client(busgen)
    client.tell("exit", None)
    assert client.wait() == 1  # nobody said shutdown
    client = Client(busgen)
    client.process.stdin.close()
    assert client.wait() == 1


def diagnostics():
    client = Client(busgen)
    name = uri("shop.bus")
    client.open(name, SHOP)
    assert client.diagnostics(name) == []
    client.change(name, SHOP.replace(": state", ": stat"))
    (found,) = client.diagnostics(name)
    line, column = find(SHOP, ": state")
    assert found["code"] == "unknown-type" and found["severity"] == 1, found
    assert found["source"] == "busgen" and "did you mean 'state'?" in found["message"], found
    assert found["range"] == {"start": {"line": line, "character": column + 2},
                              "end": {"line": line, "character": column + 6}}, found
    # the other place
    client.change(name, SHOP + "table line { 1 a : u8; }\n")
    (found,) = client.diagnostics(name)
    (other,) = found["relatedInformation"]
    assert found["code"] == "duplicate-name" and other["message"] == "first declared here", found
    assert other["location"]["uri"] == name and other["location"]["range"]["start"]["line"] == 5
    # policies that contradict each other; habits
    client.change(name, SHOP.replace("deadline 60s", "deadline 1s"))
    assert codes(client.diagnostics(name)) == ["retries-past-deadline"]
    client.change(name, SHOP.replace("order_placed", "place_order"))
    assert "event-past-tense" in codes(client.diagnostics(name))
    client.change(name, SHOP.replace(" listens order_placed order low;", ""))
    assert codes(client.diagnostics(name)) == ["event-unheard"]
    client.close(name)
    assert client.wait_for("textDocument/publishDiagnostics")["diagnostics"] == []
    assert client.end() == 0
    client = Client(busgen, "--rule", "event-unheard=off")
    client.open(name, SHOP.replace(" listens order_placed order low;", ""))
    assert client.diagnostics(name) == []
    assert client.end() == 0


def unsaved_imports():
    write("base.bus", "bus base version 1;\ntable money { 1 cents : u64; }\n")
    write("broken.bus", "bus broken version 1;\ntable t { 1 a : nothing; }\n")
    client = Client(busgen)
    main, base = uri("main.bus"), uri("base.bus")
    text = 'bus main version 1;\nimport "base.bus";\ntable bill { 1 total : base.money; }\n'
    client.open(main, text)
    assert client.diagnostics(main) == []
    where = find(text, "money")
    assert client.at("definition", main, where)["uri"] == base
    assert client.at("definition", main, find(text, "base"))["uri"] == base
    # what is open counts, not what is on disk, and who imports it hears of it
    client.open(base, "bus base version 1;\ntable cash { 1 cents : u64; }\n")
    assert codes(client.diagnostics(main)) == ["unknown-type"]
    client.change(base, "bus base version 1;\n\n/// Much.\ntable money { 1 cents : u64; }\n")
    assert client.diagnostics(main) == []
    assert "Much." in client.at("hover", main, where)["contents"]["value"]
    assert client.at("definition", main, where)["range"]["start"]["line"] == 3
    client.change(base, "bus base version 1;\ntable cash { 1 cents : u64; }\n")
    assert codes(client.diagnostics(main)) == ["unknown-type"]
    client.close(base)
    assert client.diagnostics(main) == []  # the file on disk again
    # findings in a file that nobody has open, and their end
    client.change(main, text.replace("base.bus", "broken.bus").replace("base.money", "broken.t"))
    found = client.wait_for("textDocument/publishDiagnostics",
                            lambda params: params["uri"] == uri("broken.bus"))
    assert codes(found["diagnostics"]) == ["unknown-type"], found
    client.change(main, text)
    found = client.wait_for("textDocument/publishDiagnostics",
                            lambda params: params["uri"] == uri("broken.bus"))
    assert found["diagnostics"] == []
    assert client.end() == 0


def hover():
    client = Client(busgen)
    name = uri("shop.bus")
    client.open(name, SHOP)

    def says(needle, nth, *words):
        answer = client.at("hover", name, find(SHOP, needle, nth))
        assert answer["contents"]["kind"] == "markdown"
        for word in words:
            assert word in answer["contents"]["value"], (word, answer["contents"]["value"])

    says("state", 0, "enum state : u8", "Where an order stands.", "of bus `shop`")
    says("state", 2, "Where an order stands.")  # a use
    says("paid", 1, "value `paid` of enum `state`")
    says("sku", 0, "1 sku : string max 64;", "Number 1.")
    says("lines", 0, "Table `line`", "bytes at most each", "of event `order_placed`")
    says("line ", 0, "bytes at most, packed", "next free number is 3")
    says("order_placed", 1, "An order was accepted.", "Priority high", "waits for 50ms at most",
         "Listened to by `warehouse`.", "Emitted by `front`.", "Identity `", "of `shop.order_placed`")
    says("reserve_stock", 1, "Handled by `warehouse`.", "tried again, 3 times at most",
         "deadline is 1m", "idempotent")
    says("warehouse", 0, "Serial")
    says("shop", 0, "Version 2; 2 messages")
    assert client.at("hover", name, (1, 0)) is None
    # why a rule exists, at what it found
    bad = SHOP.replace("deadline 60s", "deadline 1s")
    client.change(name, bad)
    said = client.at("hover", name, find(bad, "retry 3"))
    said = said and said["contents"]["value"] or ""
    found = client.diagnostics(name)[0]
    start = found["range"]["start"]
    said = client.at("hover", name, (start["line"], start["character"]))["contents"]["value"]
    assert "**retries-past-deadline**" in said, said
    # of a schema with errors, what was understood
    client.change(name, SHOP + "table broken { 1 a : }\n")
    says("state", 2, "Where an order stands.")
    assert client.end() == 0


def navigation():
    client = Client(busgen)
    name = uri("shop.bus")
    client.open(name, SHOP)

    def places(what, where, **more):
        return [(answer["range"]["start"]["line"], answer["range"]["start"]["character"])
                for answer in client.at(what, name, where, **more)]

    def expected(*each):
        return [find(SHOP, needle, nth) for needle, nth in each]

    for needle, use, declared in [("state", 2, 0), ("paid", 1, 0), ("line", 2, 0), ("patient", 1, 0),
                                  ("order_placed", 1, 0), ("reserve_stock", 1, 0)]:
        answer = client.at("definition", name, find(SHOP, needle, use))
        start = answer["range"]["start"]
        assert answer["uri"] == name
        assert (start["line"], start["character"]) == find(SHOP, needle, declared), needle
    assert client.at("definition", name, find(SHOP, "u64")) is None
    where = find(SHOP, "order_placed", 0)
    assert places("references", where, context={"includeDeclaration": True}) == expected(
        ("order_placed", 0), ("order_placed", 1), ("order_placed", 2))
    assert places("references", where, context={"includeDeclaration": False}) == expected(
        ("order_placed", 1), ("order_placed", 2))
    assert places("documentHighlight", find(SHOP, "state", 2)) == expected(
        ("state", 0), ("state", 2))
    tree = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": name}})
    assert [each["name"] for each in tree] == [
        "shop", "state", "line", "patient", "order_placed", "reserve_stock", "warehouse", "front"]
    command = tree[5]
    assert [each["name"] for each in command["children"]] == ["id", "ok", "out_of_stock"]
    assert [each["name"] for each in command["children"][1]["children"]] == ["until"]
    assert command["range"]["start"]["line"] == 11 and command["range"]["end"]["line"] == 16
    assert client.end() == 0


def renaming():
    write("base.bus", "bus base version 1;\ntable money { 1 cents : u64; }\n")
    write("far.bus", 'bus far version 1;\nimport "base.bus";\ntable debt { 1 sum : base.money; }\n')
    client = Client(busgen)
    name, base, far = uri("shop.bus"), uri("base.bus"), uri("far.bus")
    client.open(name, SHOP)
    client.open(base, "bus base version 1;\n\ntable money { 1 cents : u64; }\n")  # unsaved

    where = find(SHOP, "order_placed", 1)
    ready = client.at("prepareRename", name, where)
    assert ready["placeholder"] == "order_placed" and ready["range"]["start"]["line"] == where[0]
    # a message keeps its identity
    after = apply(SHOP, rename(client, name, where, "order_accepted")[name])
    assert after == SHOP.replace("order_placed", "order_accepted").replace(
        "event order_accepted", "event order_accepted was order_placed")
    client.change(name, after)
    assert client.diagnostics(name) == []
    again = apply(after, rename(client, name, find(after, "order_accepted", 0), "order_taken")[name])
    assert "event order_taken was order_placed {" in again
    back = apply(after, rename(client, name, find(after, "order_accepted", 2), "order_placed")[name])
    assert back == SHOP
    client.change(name, SHOP)
    for needle, nth, new in [("state", 0, "phase"), ("paid", 1, "settled"), ("line", 0, "entry"),
                             ("patient", 1, "stubborn"), ("out_of_stock", 0, "gone"),
                             ("sku", 0, "article"), ("warehouse", 0, "store")]:
        edits = rename(client, name, find(SHOP, needle, nth), new)[name]
        after = apply(SHOP, edits)
        client.change(name, after)
        assert client.diagnostics(name) == [], (needle, after)
        assert new in after
        client.change(name, SHOP)
        client.diagnostics(name)
    # versions of a message have one name, and each its identity
    versions = ("bus a version 2;\nevent one_done v1 { 1 a : u8; }\n"
                "event one_done v3 upgrades v1 was one_made { 1 a : u16; }\n"
                "component c { emits one_done; }\ncomponent d { listens one_done; }\n")
    client.open(uri("versions.bus"), versions)
    assert client.diagnostics(uri("versions.bus")) == []
    for place in [find(versions, "one_done", 0), find(versions, "one_done", 2),
                  find(versions, "v1", 1)]:
        after = apply(versions, rename(client, uri("versions.bus"), place, "two_done")
                      [uri("versions.bus")])
        assert after == versions.replace("one_done", "two_done").replace(
            "two_done v1", "two_done v1 was one_done"), after
    after = apply(versions, rename(client, uri("versions.bus"), find(versions, "one_done"),
                                   "one_made")[uri("versions.bus")])
    assert "one_made v3 upgrades v1 {" in after and "one_made v1 was one_done {" in after, after
    answer = client.at("definition", uri("versions.bus"), find(versions, "v1", 1))
    assert answer["range"]["start"]["line"] == 1
    said = client.at("hover", uri("versions.bus"), find(versions, "one_done"))["contents"]["value"]
    assert "upgraded to version 3" in said and "of `a.one_done`" in said, said
    client.close(uri("versions.bus"))
    # files that are not open, with the unsaved text of those that are
    changes = rename(client, base, (2, 8), "cash")
    assert sorted(changes) == sorted([base, far]), changes
    with open(os.path.join(folder, "far.bus"), encoding="utf-8") as file:
        assert "base.cash" in apply(file.read(), changes[far])
    # in folders of the workspace, all of them or none
    deep = os.path.join(folder, "tree", "a", "b")
    os.makedirs(deep, exist_ok=True)
    write("tree/top.bus", "bus top version 1;\ntable money { 1 cents : u64; }\n")
    other = Client(busgen, root=uri("tree"))
    user = 'bus user version 1;\nimport "top.bus";\ntable debt { 1 sum : top.money; }\n'
    write("tree/user.bus", user)
    write("tree/a/b/lone.bus", "bus lone version 1;\ntable money { 1 a : u8; }\n")
    with open(os.path.join(folder, "tree/top.bus"), encoding="utf-8") as file:
        other.open(uri("tree/top.bus"), file.read())
    changes = rename(other, uri("tree/top.bus"), (1, 8), "cash")
    assert sorted(changes) == [uri("tree/top.bus"), uri("tree/user.bus")], changes
    assert apply(user, changes[uri("tree/user.bus")]) == user.replace("money", "cash")
    for i in range(256):
        write("tree/a/many%d.bus" % i, "bus many%d version 1;\n" % i)
    refused(lambda: rename(other, uri("tree/top.bus"), (1, 8), "cash"), "more schemas")
    assert other.end() == 0
    # refused, with the reason
    refused(lambda: rename(client, name, where, "state"), "'state' will not do", "duplicate-name")
    refused(lambda: rename(client, name, where, "9th"), "lower-case words")
    refused(lambda: rename(client, name, where, "a b"), "lower-case words")
    refused(lambda: rename(client, name, where, ""), "lower-case words")
    refused(lambda: rename(client, name, find(SHOP, "line"), "int"), "reserved-name")
    refused(lambda: rename(client, name, find(SHOP, "line"), "Line"), "bad-name")
    refused(lambda: rename(client, name, find(SHOP, "shop"), "store"), "identity of all")
    refused(lambda: rename(client, name, find(SHOP, "returns"), "gives"), "'returns' has no name")
    refused(lambda: client.at("prepareRename", name, find(SHOP, "u64")), "nothing with a name")
    assert client.end() == 0


def formatting():
    client = Client(busgen)
    name = uri("shop.bus")
    ugly = ("bus  shop version 1;\r\n\r\n\r\n\r\n/* € */ table   line {1 sku:string max 64;\r\n"
            "  22   𝔘:u8;}  // 𝔘\r\ntable t { 1 a : u8; }")
    ugly = ugly.replace("22   𝔘", "2   amount")
    for encodings in (None, ["utf-16", "utf-8"]):
        client = Client(busgen, encodings=encodings)
        encoding = client.server["capabilities"]["positionEncoding"]
        assert encoding == ("utf-8" if encodings else "utf-16")
        client.open(name, ugly)
        edits = client.ask("textDocument/formatting", {"textDocument": {"uri": name}})
        good = apply(ugly, edits, encoding)
        client.change(name, good)
        assert client.ask("textDocument/formatting", {"textDocument": {"uri": name}}) == []
        assert "\r" not in good and good.endswith("}\n") and "1 sku    : string" in good, good
        # one wrong space is one edit of that space
        client.change(name, good.replace("1 sku ", "1  sku "))
        (edit,) = client.ask("textDocument/formatting", {"textDocument": {"uri": name}})
        start, end = edit["range"]["start"], edit["range"]["end"]
        assert (end["character"] - start["character"], edit["newText"]) == (2, " "), edit
        client.change(name, "bus shop version 1;\ntable {")
        refused(lambda: client.ask("textDocument/formatting", {"textDocument": {"uri": name}}),
                "errors in its syntax")
        assert client.end() == 0


def completion():
    client = Client(busgen)
    name = uri("main.bus")
    write("base.bus", "bus base version 1;\n/// Cash.\ntable money { 1 cents : u64; }\n")
    head = ('bus x version 3;\nimport "base.bus";\nconst most : u32 = 4;\n'
            "enum kind : u8 { a_one = 0; b_two = 1; }\ntable entry { 1 a : base.money; }\n"
            "union either { 1 entry; }\npolicy calm { priority low; }\n"
            "command do_it { 1 x : u32; }\nevent it_done { 1 x : u32; }\ncomponent part { }\n")
    client.open(name, head)

    def proposals(text):
        where = find(text, "|")
        client.change(name, text.replace("|", "", 1))
        return client.at("completion", name, where)["items"]

    def labels(text):
        return [item["label"] for item in proposals(head + text)]

    assert [item["label"] for item in proposals("|")] == ["bus"]
    assert [item["label"] for item in proposals("bus a |")] == ["version"]
    assert labels("ev|") == ["event"]
    assert "component" in labels("|") and "max" not in labels("|")
    types = labels("table t { 1 a : |; }")
    assert {"u8", "string", "kind", "entry", "either", "base.money"} <= set(types)
    assert not {"most", "calm", "do_it", "it_done", "part", "priority"} & set(types)
    assert labels("table t { 1 a : base.|; }") == ["money"]
    assert labels("table t { 1 a : string m|; }") == ["max"]
    assert labels("table t { 1 a : bytes max |; }") == ["most"]
    assert labels("table t { 1 a : kind = |; }") == ["a_one", "b_two"]
    assert labels("table t { 1 a : bool = |; }") == ["false", "true"]
    assert labels("enum e : | { a = 0; }") == ["u8", "i8", "u16", "i16", "i32"]
    assert labels("event e_done { use |; }") == ["calm"]
    assert labels("event e_done { priority |}") == ["critical", "high", "normal", "low", "idle"]
    assert labels("event e_done { backoff 1s..2s jitter |; }") == ["half", "full", "none"]
    assert "when_full" in labels("event e_done { 1 a : u8; |}")
    assert labels("event e_done { pri|ority low; }") == ["priority"]
    assert labels("component c { |}") == ["handles", "listens", "emits"]
    assert labels("component c { handles |; }") == ["do_it"]
    assert labels("event a_done { } event a_done v2 upgrades v1 { } component c { listens a|; }"
                  ) == ["a_done"]
    assert labels("component c { listens |; }") == ["it_done"]
    assert labels("component c { emits it|; }") == ["it_done"]
    assert labels("component c { listens it_done |; }") == ["order", "parallel", "batch", "takes"]
    assert labels("component c { listens it_done order |; }") == [
        "highest", "high", "normal", "low", "lowest"]
    assert labels("program p { runs |; }") == ["part"]
    assert labels("command make_it { fails no; retu|}") == ["returns"]
    # numbers: behind the highest, a union takes two, what is reserved is taken
    assert labels("table t { 1 a : u8; 2 b : either; |}")[0] == "4"
    assert labels("table t { 1 a : u8; reserved 2, 3; | }")[0] == "4"
    assert labels("union u2 { 1 entry; | }") == ["2"]
    assert labels("union u2 { 1 | }") == ["entry", "base.money"]
    assert labels("event a_done v2 | { }") == ["upgrades", "was"]
    # nowhere
    assert labels("// ev|") == [] and labels("/* ev| */") == [] and labels("/// ev|\n") == []
    assert labels('import "ba|se.bus";') == []
    # what is typed is replaced
    (item,) = proposals(head + "event e_done { use ca|; }")
    edit = item["textEdit"]["range"]
    assert edit["end"]["character"] - edit["start"]["character"] == 2, item
    (item,) = proposals(head + "table t { 1 a : base.mon|ey; }")
    assert item["documentation"] == "Cash."
    assert client.end() == 0


def actions():
    client = Client(busgen)
    name = uri("shop.bus")

    def mend(text, title):
        client.open(name, text)
        offered = client.ask("textDocument/codeAction", {
            "textDocument": {"uri": name}, "context": {"diagnostics": []},
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}})
        (edits,) = [each["edit"]["changes"][name] for each in offered if each["title"] == title]
        return apply(text, edits)

    assert mend(SHOP.replace("[line]", "[lne]"), "Write 'line'") == SHOP
    assert mend(SHOP.replace("id : u64", "id : uint64_t", 1), "Write 'u64'") == SHOP
    assert mend(SHOP.replace("max 64;", "max 64", 1).replace("2 state", "\n2 state"),
                "Add ';'") == SHOP.replace("2 state", "\n2 state")
    write("base.bus", "bus base version 1;\ntable money { 1 cents : u64; }\n")
    assert mend(SHOP.replace("\n\n", '\nimport "base.bus";\n\n', 1), "Remove the line") == SHOP
    silent = SHOP.replace(" listens order_placed order low;", "")
    mended = mend(silent, "Accept 'event-unheard' here")
    client.change(name, mended)
    assert client.diagnostics(name) == [], mended
    assert client.end() == 0


def edits_and_columns():
    """Increments say the same as the whole text would."""
    name = uri("unicode.bus")
    for encodings in (None, ["utf-8"]):
        client = Client(busgen, encodings=encodings)
        encoding = client.server["capabilities"]["positionEncoding"]
        client.open(name, UNICODE)
        assert client.diagnostics(name) == []
        answer = client.at("definition", name, find(UNICODE, "tint", 1, encoding))
        start = answer["range"]["start"]
        assert (start["line"], start["character"]) == find(UNICODE, "tint", 0, encoding)
        line, column = find(UNICODE, "one", 0, encoding)
        client.change(name, ((line, column), (line, column + 3), "zwei"),
                      ((line, column), (line, column + 2), "dr"),
                      ((0, 0), (0, 0), "// 𝔘\r\n"), ((99, 0), (99, 0), "table last { 1 a : tint; }"))
        assert client.diagnostics(name) == []
        tree = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": name}})
        assert [each["name"] for each in tree] == ["shop", "tint", "user", "last"]
        assert tree[2]["children"][0]["name"] == "drei"
        # a position inside of a character or behind the end of a line is brought into the text
        middle = find(UNICODE, "𝔘", 0, encoding)
        client.at("hover", name, (middle[0] + 1, middle[1] + 1))
        client.at("hover", name, (1, 100000))
        # a range that is none changes nothing and is told
        client.change(name, ((3, 0), (1, 0), "x"))
        assert "range" in client.wait_for("window/logMessage")["message"]
        client.tell("textDocument/didChange", {
            "textDocument": {"uri": name, "version": 9}, "contentChanges": [{"text": 7}]})
        assert "didChange" in client.wait_for("window/logMessage")["message"]
        tree = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": name}})
        assert [each["name"] for each in tree] == ["shop", "tint", "user", "last"]
        assert client.end() == 0


for test in (begin_and_end, diagnostics, unsaved_imports, hover, navigation, renaming, formatting,
             completion, actions, edits_and_columns):
    print(test.__name__, flush=True)
    test()
