"""asyncapi.py X.bus X.asyncapi.json X.schema.json - the document is valid against the published schema, its
references lead somewhere, it has each binding of the bus as one operation, and payloads as the JSON Schema of X has
them."""
import gzip
import json
import os
import re
import sys

import jsonschema

bus_file, document_file, schema_file = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
with gzip.open(os.path.join(here, "asyncapi", "3.0.0.json.gz"), "rt", encoding="utf-8") as file:
    published = json.load(file)
with open(document_file, encoding="utf-8") as file:
    document = json.load(file)
with open(schema_file, encoding="utf-8") as file:
    definitions = json.load(file)["$defs"]
with open(bus_file, encoding="utf-8") as file:
    source = re.sub(r"//[^\n]*", "", file.read())


class Resolver(jsonschema.RefResolver):
    """All references of the published schema are into itself; jsonschema 4.10 stumbles over its property "$id"."""

    def resolve(self, ref):
        return ref, self.resolve_fragment(published, ref[1:])


validator = jsonschema.Draft7Validator(published, resolver=Resolver("", published))
schemas = document["components"]["schemas"]
wrong = []


def complain(what, value):
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    while error is not None and error.context:  # best_match stops at the choice, not at what is wrong in it
        error = min(error.context, key=lambda inner: -len(inner.absolute_path))
    if error is not None:
        wrong.append(f"{what}: {list(error.absolute_path)}: {error.message[:300]}")


def references_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)


def lookup(reference):
    place = document
    for part in reference[2:].split("/"):
        place = place.get(part) if isinstance(place, dict) else None
    return place


def plain(value):
    """A schema as x.schema.json has it."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if not key.startswith("x-")}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.replace("#/components/schemas/", "#/$defs/") if isinstance(value, str) else value


complain("the document", document)
wrong += [f"leads nowhere: {ref}" for ref in set(references_in(document)) if lookup(ref) is None]
for name, schema in schemas.items():
    jsonschema.Draft7Validator.check_schema(schema)
for name, schema in definitions.items():
    if plain(schemas.get(name)) != schema:
        wrong.append(f"{name} has another schema")
for name, message in document["components"]["messages"].items():
    if message["payload"]["$ref"] != f"#/components/schemas/{name}":
        wrong.append(f"{name} has the payload {message['payload']}")

# ---- the bus
for word, action in (("handles", "receive"), ("listens", "receive"), ("emits", "send")):
    bindings = len(re.findall(rf"\b{word} [a-z_.0-9]+", source))
    operations = [value for name, value in document["operations"].items() if f".{word}." in name]
    if len(operations) != bindings or any(value["action"] != action for value in operations):
        wrong.append(f"{bindings} {word}, {len(operations)} operations")
bus = re.search(r"\bbus (\w+)", source)[1]
for kind, name in re.findall(r"\b(event|command) (\w+)[^;{]*\{", source):
    if f"{bus}.{name}" not in document["channels"]:
        wrong.append(f"no channel for {name}")
    if kind == "command" and not any(value["channel"]["$ref"] == f"#/channels/{bus}.{name}" and
                                     ("reply" in value) == (f"{bus}.{name}.answers" in document["channels"])
                                     for value in document["operations"].values()):
        wrong.append(f"nobody takes {name} and answers it")
for word, extension in (("secret", "x-secret"), ("key", "x-key")):
    said = len(re.findall(rf"\b{word}\b(?=[^;:{{}}]*;)", re.sub(r"\b\w+ *:", ":", source)))
    marked = json.dumps(schemas).count(f'"{extension}": true')
    if marked < said:
        wrong.append(f"{said} times {word}, {marked} times {extension}")

# ---- the published schema refuses what is wrong
for spoil in (lambda d: d.update(asyncapi="2.6.0"), lambda d: d["info"].pop("version"),
              lambda d: d.update(channel={}), lambda d: d["channels"].update(odd={"address": 1})):
    spoiled = json.loads(json.dumps(document))
    spoil(spoiled)
    if validator.is_valid(spoiled):
        wrong.append("the published schema takes anything")
if wrong:
    sys.exit("\n".join(wrong))
