#!/usr/bin/env bash
# Twelve versions of one schema, each written and each read by all (matrix/vN.bus): what busgen encode packs with
# one, busgen decode reads with another, and what comes of it is what busgen breaking says of the two: refused
# bytes or another value without a finding on the wire, or findings that no message shows, are wrong.
# covers: R18, P5, P7
# usage: matrix.sh BUSGEN SOURCE-FOLDER
. "$(dirname "$0")/support.sh"
cd "$work" || exit 1
exec python3 - "$busgen" "$here/matrix" <<'TEXT'
import itertools, json, re, subprocess, sys

busgen, folder = sys.argv[1:3]
versions = range(1, 13)
failures = []

def file(n):
    return f"{folder}/v{n}.bus"

def run(*arguments, data=b""):
    done = subprocess.run([busgen, *arguments], input=data, capture_output=True)
    if done.returncode > 1:
        failures.append(f"{arguments}: {done.stderr.decode()}")
    return done

text = {n: open(file(n)).read() for n in versions}

# ---- messages that version n can write: each field alone, each with the values at its edges
def messages(n):
    state = {re.split(r"[ =]+", e.strip())[0] for e in
             re.search(r"enum state : \w+ \{(.*?)\}", text[n]).group(1).split(";") if e.strip()}
    arms = {"card": {"token": "t"}, "invoice": {"due": 7}, "cash": {"coins": 7}}
    yield {"id": 1}
    yield {"id": 1, "count": 70000}
    longest = int(re.search(r"customer : string max (\d+)", text[n]).group(1))
    yield {"id": 1, "customer": "c" * longest}
    for s in sorted(state):
        yield {"id": 1, "state": s}
    money = {"amount": 7, "currency": 8}
    if "scale" in text[n]:
        money["scale"] = 9
    yield {"id": 1, "price": money}
    union = re.search(r"union payment \{(.*?)\}", text[n]).group(1)
    for arm, value in arms.items():
        if arm in union:
            yield {"id": 1, "payment_type": arm, "payment": value}
    yield {"id": 1, "note": "n"}
    yield {"id": 1, "parts": [1, 2, 3]}
    for right in ("read", "write"):
        if right + " = " in text[n]:
            yield {"id": 1, "rights": right}
    if "gift" in text[n] and "until" not in text[n]:
        yield {"id": 1, "gift": True}

# What a reader of the message makes of a field that it was not given is no difference when both
# versions call it so.
def decoded(n, data):
    done = run("decode", file(n), "order_placed", "--compact", data=data)
    return json.loads(done.stdout) if done.returncode == 0 else None

packed = {}
for n in versions:
    packed[n] = []
    for message in messages(n):
        done = run("encode", file(n), "order_placed", data=json.dumps(message).encode())
        if done.returncode != 0:
            failures.append(f"v{n} does not write {message}: {done.stderr.decode()}")
            continue
        packed[n].append((message, done.stdout, decoded(n, done.stdout)))

# New things are no difference: a reader may know more fields, or fewer; what both know must be the same. A value
# that an older reader has no name for is shown as its number: it survives, unless its name was there before.
def fields(n):
    body = text[n][text[n].index("event order_placed"):]
    found = {}
    for line in body.splitlines():
        m = re.match(r"\s+(\d+) (\w+) :(.*)", line)
        if m and "until" not in line:
            found[m.group(2)] = int(m.group(1))
    return found

def known(n, kind):
    return set(re.findall(r"(\w+) = \d+", re.search(kind + r" : \w+ \{(.*?)\}", text[n]).group(1)))

def arms(n):
    return set(re.findall(r"\d (\w+)", re.search(r"union payment \{(.*?)\}", text[n]).group(1)))

def differs(own, other, writer, reader, newer_writes):
    if other is None:
        return True
    for name in fields(writer).keys() & fields(reader).keys():
        a, b = own.get(name), other.get(name)
        kind = {"state": "enum state", "rights": "flags rights"}.get(name)
        if name == "payment":
            a, b = own.get("payment_type"), other.get("payment_type")
            kind = "payment"
        if a == b:
            continue
        if kind and newer_writes and isinstance(b, int):
            names = arms(reader) if kind == "payment" else known(reader, kind)
            if a not in names:
                continue  # it is new: an older reader keeps its number
        return True
    return False

pairs = shown = 0
read = {(a, b): [(m, own, decoded(b, data)) for m, data, own in packed[a]]
        for a in versions for b in versions}
for older, newer in itertools.permutations(versions, 2):
    done = run("breaking", file(newer), "--against", file(older), "--only", "wire", "--format", "json")
    findings = [f for f in json.loads(done.stdout) if not f["rule"].startswith("version-")]
    rules = {f["rule"] for f in findings}
    happened = {
        "old": [m for m, own, other in read[older, newer] if differs(own, other, older, newer, False)],
        "new": [m for m, own, other in read[newer, older] if differs(own, other, newer, older, True)],
    }
    broken = happened["old"] or happened["new"]
    pairs += 1
    if broken and not findings:
        failures.append(f"v{older} -> v{newer}: no finding, but {happened}")
    # bytes without the field, and numbers that are free, are not among these messages
    if not broken and rules - {"default-changed", "field-removed"}:
        failures.append(f"v{older} -> v{newer}: {rules}, but nothing shows it")
    for f in findings:
        if f.get("witness"):
            shown += 1
        elif not (f["rule"] == "field-removed" and "gift : bool since 2 until" in text[older]):
            failures.append(f"v{older} -> v{newer}: {f['rule']} has no witness: {f['text']}")
    # whose bytes it is about
    directions = {"max-raised": "new", "max-lowered": "old", "enumerator-removed": "old", "arm-removed": "old"}
    for rule, side in directions.items():
        if rule in rules and not happened[side]:
            failures.append(f"v{older} -> v{newer}: {rule}, but bytes of the {side} one are read")

safe = [(1, 2), (1, 3), (2, 3), (4, 5)]
for older, newer in safe:
    if run("breaking", file(newer), "--against", file(older), "--only", "wire").returncode != 0:
        failures.append(f"v{older} -> v{newer} is safe")
if shown < 100:
    failures.append(f"only {shown} witnesses")
for line in failures:
    print("FAILED:", line)
print(f"{pairs} ordered pairs, {shown} findings with a witness, {len(failures)} failures")
sys.exit(1 if failures else 0)
TEXT
