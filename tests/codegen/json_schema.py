"""json_schema.py SCHEMA.bus X.schema.json RANDOM_JSON - the JSON Schema accepts what decode writes, and of what
is made of it by chance, and of values at the bounds of each kind, exactly what encode accepts."""
import base64
import json
import random
import subprocess
import sys

import jsonschema

bus_file, schema_file, random_json = sys.argv[1:]
with open(schema_file, encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validators = {}


def accepts(name, value):
    if name not in validators:
        if name not in schema["$defs"]:
            sys.exit(f"{schema_file} has no {name}")
        validators[name] = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
    return validators[name].is_valid(value)


def lines_of(arguments, given=None, errors="strict"):
    done = subprocess.run([random_json, bus_file, *arguments], input=given, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8", errors).split("\n")[:-1]


# ---- what decode writes
messages = []
for line in lines_of(["6"]):
    name, text = line.split("\t")
    messages.append((name, json.loads(text), len(text)))
for name, value, _ in messages:
    if not accepts(name, value):
        error = jsonschema.exceptions.best_match(validators[name].iter_errors(value))
        sys.exit(f"{name}: what decode writes is refused: {error}")

# ---- values at bounds
ODD = [None, True, False, 0, 1, 2, -1, 1.5, -0.25, 1e39, -1e39, 3.4028234e38, 3.5e38, "", " ", "x", "-", "-0", "007",
       "nan", "inf", "+inf", "-inf", "NaN", "1.5", [], [0], [1, 2, 3], {}, {"value": []}, {"value": [1, 2, 3]},
       {"high": 1, "low": "2"}, {"high": 1}, {"high": None, "low": 1}, {"high": 1, "low": 2, "more": 3},
       "123e4567-e89b-12d3-a456-426614174000", "123E4567-e89b-12d3-a456-42661417400F",
       "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g",
       "2026-01-31T12:00:00Z", "2026-01-31t12:00:00.5z", "2026-01-31 12:00:00.123456789+05:30", "2026-01-31T12:00:00",
       "2026-02-30T12:00:00Z", "2026-04-31T12:00:00Z", "2026-13-01T12:00:00Z", "2026-01-31T24:00:00Z",
       "2026-01-31T12:00:60Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.1234567891Z", "1676-01-01T00:00:00Z",
       "1678-01-01T00:00:00Z", "2261-12-31T23:59:59Z", "2263-01-01T00:00:00Z", "2026-01-31T12:00:00+24:00",
       "250ms", "-3h", "1.5s", "s", "0s", "00ns", "5 s", "5d", "2562047h", "2562048h", "-2562048h", "153722867m",
       "153722868m", "9223372036s", "9223372037s", "9223372036854ms", "9223372036855ms", "9223372036854775us",
       "9223372036854776us", "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns",
       "-9223372036854775809ns", "====", "A===", "AA==", "AB==", "AAA=", "AAB=", "AAAA", "AAAAA", "A A=", "AA-_",
       "NONE", "none", "open", "paid", "blue", "minus", "read", "read write", " read  run ", "read,write", "readwrite"]
for bits in (7, 8, 15, 16, 31, 32, 53, 63, 64):
    for edge in (2**bits - 1, 2**bits, 2**bits + 1, -(2**bits), -(2**bits) - 1):
        ODD += [edge, str(edge), "00" + str(edge)]
for length in (2, 3, 4, 5, 11, 12, 13, 19, 20, 21, 39, 40, 41, 43, 99, 100, 101):
    ODD += ["y" * length, [7] * length, base64.b64encode(b"z" * length).decode()]

TAGS = ["NONE", "leaf", "nested", "small_one", "card", "invoice", "lead", 0, 1, 2, 3, None, 300]

chance = random.Random(7)


def places_in(value, found):
    """Each (container, key) of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        places_in(inner, found)


def mutate(value):
    value = json.loads(json.dumps(value))
    found = []
    places_in(value, found)
    if not found:
        value["unknown"] = 1
        return value
    place, key = chance.choice(found)
    kind = chance.randrange(8)
    if kind == 0 and isinstance(place, dict):
        place[key + "x"] = place.pop(key)
    elif kind == 1:
        del place[key]
    elif kind == 2 and isinstance(place, list):
        place += [place[key]] * chance.choice([1, 2, 10, 100])
    elif kind == 3 and isinstance(place, dict):
        place[key] = place[chance.choice(list(place))]
    elif kind == 4 and isinstance(place, dict) and key + "_type" in place:
        place[key + "_type"] = chance.choice(TAGS)
    elif kind == 5:
        place[key] = [place[key]]
    else:
        place[key] = chance.choice(ODD)
    return value


def as_read(value):
    """As encode has it: integers of more than 18 digits become strings before anything else looks at them."""
    if isinstance(value, dict):
        return {key: as_read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_read(inner) for inner in value]
    large = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18
    return str(value) if large else value


tries = []
for name, value, size in messages:
    if size < 4000:
        tries += [(name, mutate(value)) for _ in range(6)]
seen = set()
for name, value, size in messages:
    for key in value:
        form = json.dumps(schema["$defs"][name]["properties"][key])  # one field of each form
        if form not in seen:
            seen.add(form)
            tries += [(name, {key: odd}) for odd in ODD]
    for key in value:
        if key + "_type" in value:  # every tag with every kind of value
            for tag in TAGS:
                tries += [(name, {key + "_type": tag, key: odd}) for odd in ({}, None, 1, value[key])]
given = "".join(f"{name}\t{json.dumps(value)}\n" for name, value in tries).encode()
verdicts = lines_of([], given, "replace")  # they show the first bytes of a text, which may end inside a character
assert len(verdicts) == len(tries), "a verdict is missing"
refused = taken = 0
for (name, value), why in zip(tries, verdicts):
    accepted = accepts(name, as_read(value))
    refused += not accepted
    taken += accepted
    # decode writes the number of an arm that only the sender knew; nobody can send it on as JSON
    if accepted and why.endswith("what is in it is known to a newer version only"):
        continue
    # what a JSON Schema cannot say: 1.0 is no integer, so many bytes are a text of fewer characters
    if accepted and why.endswith(" is wanted, not a number with a fraction or exponent"):
        continue
    if accepted and " bytes, at most " in why and not json.dumps(value, ensure_ascii=False).isascii():
        continue
    if accepted == bool(why):
        print(f"{name}: {json.dumps(value)[:400]}: encode says '{why}', the schema {'accepts' if accepted else 'refuses'}")
        sys.exit(1)
print(f"{len(messages)} written, {taken} accepted, {refused} refused")
if messages and (taken < 10 or refused < 100):
    sys.exit("too few of one kind: nothing is shown")
for kind, least, most in (("u8", 0, 255), ("i16", -(2**15), 2**15 - 1), ("i64", -(2**63), 2**63 - 1), ("u64", 0, 2**64 - 1)):
    if [accepts(kind, number) for number in (least - 1, least, most, most + 1)] != [False, True, True, False]:
        sys.exit(f"{kind} has other bounds")
