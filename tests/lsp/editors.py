#!/usr/bin/env python3
"""The files for editors know the words of the compiler, all of them and no others; the TextMate
grammar's expressions are ones of Oniguruma (jq asks it) and give a schema the right scopes.

usage: editors.py BUSGEN WORDS EDITORS

covers: A7
"""
import json
import os
import re
import subprocess
import sys

from client import Client, find

busgen, words, editors = sys.argv[1:4]

# What may stand behind a word of the grammar and is none of them: the server proposes it.
CHOICES = ["event e_done { priority |; }", "event e_done { when_full |; }", "event e_done { kind |; }",
           "event e_done { on_open |; }", "event e_done { backoff 1s..2s jitter |; }",
           "component c { listens e_done order |; }", "table t { 1 a : bool = |; }"]


def known():
    """word, type and choice -> set of texts, as the compiler has them."""
    lists = {"word": set(), "type": set(), "choice": set()}
    for line in subprocess.run([words], check=True, capture_output=True, text=True).stdout.split("\n"):
        if line:
            kind, text = line.split(" ")
            lists[kind].add(text)
    client = Client(busgen)
    uri = "file:///words.bus"
    client.open(uri, "")
    for text in CHOICES:
        text = "bus a version 1; " + text
        client.change(uri, text.replace("|", ""))
        items = client.at("completion", uri, find(text, "|"))["items"]
        assert items, text
        lists["choice"] |= {item["label"] for item in items}
    assert client.end() == 0
    return lists


def expect_lists(what, ours, lists):
    both = lists["word"] | lists["type"] | lists["choice"]
    texts = [text for each in ours.values() for text in each]
    assert len(texts) == len(set(texts)), "%s: a word twice" % what
    assert set(texts) == both, "%s: missing %s, unknown %s" % (
        what, sorted(both - set(texts)), sorted(set(texts) - both))
    assert set(ours["type"]) == lists["type"], what
    assert set(ours["choice"]) == lists["choice"] - lists["word"], what


def vim_lists():
    with open(os.path.join(editors, "vim/syntax/bus.vim"), encoding="utf-8") as file:
        text = file.read()
    lists = {name: re.findall(r"'(\w+)'", body)
             for name, body in re.findall(r"^let s:(\w+) = \[(.*?)\]", text, re.M | re.S)}
    assert len(lists) == 5, sorted(lists)
    lists["type"], lists["choice"] = lists.pop("types"), lists.pop("choices")
    return lists


def grammar():
    with open(os.path.join(editors, "bus.tmLanguage.json"), encoding="utf-8") as file:
        return json.load(file)


def textmate_lists(tree):
    lists = {}
    for pattern in tree["repository"]["words"]["patterns"]:
        inner = re.fullmatch(r"\\b\(\?:([\w|]+)\)\\b", pattern["match"]).group(1)
        lists[pattern["name"]] = inner.split("|")
    lists["type"] = lists.pop("support.type.bus")
    lists["choice"] = lists.pop("constant.language.bus")
    return lists


def expressions(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in ("match", "begin", "end"):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(tree, list):
        for each in tree:
            yield from expressions(each)


def is_oniguruma(expression):
    return subprocess.run(["jq", "-n", "--arg", "e", expression, '"" | test($e)'],
                          capture_output=True, check=False).returncode == 0


# ---- a tokenizer after TextMate's rules: the leftmost match wins, the first pattern of equals


def flat(tree, patterns):
    for pattern in patterns:
        if "include" in pattern:
            item = tree["repository"][pattern["include"][1:]]
            yield from flat(tree, [item] if "begin" in item else item["patterns"])
        else:
            yield pattern


def scopes_of(tree, text):
    """For each character the innermost scope."""
    scopes = [None] * len(text)
    inside = None  # the pattern with an end that is open
    start = 0
    for line in text.splitlines(keepends=True):
        at = 0
        body = line.rstrip("\n")
        while at <= len(body):
            patterns = list(flat(tree, inside.get("patterns", []) if inside else tree["patterns"]))
            found = None
            if inside:
                end = re.compile(inside["end"]).search(body, at)
                found = end and (end, None)
            for pattern in patterns:
                match = re.compile(pattern.get("match") or pattern["begin"]).search(body, at)
                if match and (not found or match.start() < found[0].start()):
                    found = match, pattern
            upto = found[0].start() if found else len(body)
            if inside:
                scopes[start + at:start + upto] = [inside["name"]] * (upto - at)
            if not found:
                break
            match, pattern = found
            name = pattern["name"] if pattern and "name" in pattern else inside and inside["name"]
            scopes[start + match.start():start + match.end()] = [name] * (match.end() - match.start())
            for number, capture in (pattern or {}).get("captures", {}).items():
                low, high = match.span(int(number))
                if low >= 0:
                    scopes[start + low:start + high] = [capture["name"]] * (high - low)
            if pattern is None:
                inside = None
            elif "begin" in pattern:
                inside = pattern
            at = match.end()
            if match.end() == match.start():
                break  # an end at the end of the line
        start += len(line)
    return scopes


SAMPLE = """bus shop version 3;
import "a\\"b.bus";  // lint: off unused-import it will be
/* since
   ever */
/// Where it stands.
enum state : u8 { open = 0; high = 1 since 2; }
event order_placed was ordered_event {
    1 key : u64 key;
    2 note : [string max 0x40]? max 10;
    priority high;  retry 3, backoff 1.5s..10s x2 jitter half;
}
"""
EXPECTED = [("bus", "keyword.declaration"), ("shop", "entity.name.type"),
            ("version", "keyword.declaration"), ("3", "constant.numeric"),
            ("\"a", "string.quoted.double"), ("\\\"", "constant.character.escape"),
            ("b.bus", "string.quoted.double"), ("off unu", "keyword.control.directive"),
            ("unused-import", "constant.other.rule"), ("it will", "comment.line.double-slash"),
            ("since", "comment.block"), ("ever", "comment.block"),
            ("Where", "comment.line.documentation"), ("state", "entity.name.type"),
            ("u8", "support.type"), ("open", "variable.other.member"),
            ("high", "variable.other.member"), ("since 2", "storage.modifier"),
            ("order_placed", "entity.name.type"), ("was", "storage.modifier"),
            ("key :", "variable.other.member"), ("key;", "storage.modifier"),
            ("[str", "punctuation.section"), ("string", "support.type"),
            ("0x40", "constant.numeric"), ("? max", "keyword.operator"),
            ("priority", "keyword.other.setting"), ("high;", "constant.language"),
            ("1.5s", "constant.numeric"), ("..", "keyword.operator"),
            ("10s", "constant.numeric"), ("x2", "constant.numeric"),
            ("jitter", "keyword.other.setting"), ("half", "constant.language")]

compiler = known()
assert not is_oniguruma("(")  # else nothing is asked
tree = grammar()
expect_lists("vim/syntax/bus.vim", vim_lists(), compiler)
expect_lists("bus.tmLanguage.json", textmate_lists(tree), compiler)
count = 0
for expression in expressions(tree):
    assert is_oniguruma(expression), expression
    count += 1
assert count > 12, count
scopes = scopes_of(tree, SAMPLE)
for needle, scope in EXPECTED:
    at = SAMPLE.index(needle)
    assert scopes[at] == scope + ".bus", (needle, scopes[at], scope)
for name in ("package.json", "language-configuration.json"):
    with open(os.path.join(editors, "vscode", name), encoding="utf-8") as file:
        json.load(file)
