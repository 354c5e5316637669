"""sarif.py FILE - the structure that SARIF 2.1.0 asks for, as far as busgen writes it: ends with an
assertion where something is missing, has the wrong type, or is not known to the format."""
import json
import sys

LEVELS = {"none", "note", "warning", "error"}


def members(thing, required, optional=()):
    assert isinstance(thing, dict), thing
    for name, kind in {**required, **dict(optional)}.items():
        if name in required:
            assert name in thing, (name, thing)
        if name in thing:
            assert isinstance(thing[name], kind) and not isinstance(thing[name], bool), (name, thing)
    unknown = set(thing) - set(required) - set(dict(optional))
    assert not unknown, (unknown, thing)


def message(thing):
    members(thing, {"text": str})
    assert thing["text"], thing


def location(thing, related):
    members(thing, {"physicalLocation": dict, **({"message": dict} if related else {})})
    if related:
        message(thing["message"])
    place = thing["physicalLocation"]
    members(place, {"artifactLocation": dict, "region": dict})
    members(place["artifactLocation"], {"uri": str})
    uri = place["artifactLocation"]["uri"]
    assert uri.isascii() and not set(uri) & set(' "<>\\^`{|}'), uri
    assert not uri.startswith("/"), uri
    region = place["region"]
    members(region, {name: int for name in ("startLine", "startColumn", "endLine", "endColumn")})
    assert min(region.values()) >= 1, region
    start = region["startLine"], region["startColumn"]
    assert start <= (region["endLine"], region["endColumn"]), region


def rule(thing):
    members(thing, {"id": str, "shortDescription": dict, "fullDescription": dict,
                    "defaultConfiguration": dict})
    message(thing["shortDescription"])
    message(thing["fullDescription"])
    configuration = thing["defaultConfiguration"]
    assert set(configuration) == {"level", "enabled"}, configuration
    assert configuration["level"] in LEVELS and isinstance(configuration["enabled"], bool)


def result(thing, rules):
    members(thing, {"ruleId": str, "ruleIndex": int, "level": str, "message": dict},
            {"locations": list, "relatedLocations": list, "properties": dict})
    assert rules[thing["ruleIndex"]]["id"] == thing["ruleId"], thing
    assert thing["level"] in LEVELS, thing
    message(thing["message"])
    for place in thing.get("locations", []):
        location(place, False)
    assert thing.get("relatedLocations") != []
    for place in thing.get("relatedLocations", []):
        location(place, True)


log = json.load(open(sys.argv[1], encoding="utf-8"))
members(log, {"$schema": str, "version": str, "runs": list})
assert log["version"] == "2.1.0"
for run in log["runs"]:
    members(run, {"tool": dict, "results": list, "columnKind": str})
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    members(run["tool"], {"driver": dict})
    driver = run["tool"]["driver"]
    members(driver, {"name": str, "version": str, "rules": list})
    for each in driver["rules"]:
        rule(each)
    assert len({each["id"] for each in driver["rules"]}) == len(driver["rules"])
    for each in run["results"]:
        result(each, driver["rules"])
