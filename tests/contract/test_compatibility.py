"""FULL_TRANSITIVE: the checker refuses each way to break a reader, and whatever it does not know."""

import copy
from typing import Any

import pytest

from deploy.compatibility import KNOWN, incompatibilities, transitive_incompatibilities
from deploy.frozen import everything

OLD: dict[str, Any] = {
    "$id": "urn:qmi:schema:example.v1",
    "title": "Example",
    "description": "Something happened.",
    "type": "object",
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "pattern": "^[0-9]{5}$"},
                "note": {"type": "string", "default": ""},
            },
            "required": ["code"],
        },
        "Kind": {"type": "string", "x-open-enum": ["one", "two"]},
    },
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "size": {"enum": ["small", "large"], "type": "string"},
        "kind": {"$ref": "#/$defs/Kind"},
        "where": {"$ref": "#/$defs/Place"},
        "places": {"type": "array", "items": {"$ref": "#/$defs/Place"}, "maxItems": 5},
        "wave": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "note": {"type": "string", "default": "none"},
        "closed": {"type": "object", "properties": {}, "additionalProperties": False},
        "pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
    },
    "required": ["id", "count", "size", "kind", "where", "places", "wave"],
}


def variant(path: str, value: Any = None) -> dict[str, Any]:
    """The old schema with one word changed, or taken away."""
    new = copy.deepcopy(OLD)
    *parents, last = path.split("/")
    here: Any = new
    for step in parents:
        here = here[int(step)] if isinstance(here, list) else here[step]
    if value is None:
        del here[last]
    elif isinstance(here, list):
        here[int(last)] = value
    else:
        here[last] = value
    return new


def requires(*names: str) -> list[str]:
    """The required fields, with others."""
    return [*OLD["required"], *names]


COMPATIBLE = {
    "nothing changed": OLD,
    "described otherwise": variant("description", "It did happen."),
    "a field described": variant("properties/count", {**OLD["properties"]["count"], "description": "How many."}),
    "optional field added": variant("properties/more", {"type": "integer", "default": 0}),
    "optional field removed": variant("properties/note"),
    "optional field added deep": variant(
        "$defs/Place/properties/more", {"anyOf": [{"type": "string"}], "default": None}
    ),
    "optional field removed deep": variant("$defs/Place/properties/note"),
    "required told in another order": variant("required", list(reversed(OLD["required"]))),
    "closed list told in another order": variant("properties/size/enum", ["large", "small"]),
    "open list grown": variant("$defs/Kind/x-open-enum", ["one", "two", "three"]),
    "the reference written out": variant("properties/kind", OLD["$defs"]["Kind"]),
}

BREAKING = {
    "required field added": {**variant("properties/more", {"type": "string"}), "required": requires("more")},
    "required field removed": {**variant("properties/id"), "required": OLD["required"][1:]},
    "required field renamed": {**variant("properties/count"), "required": [n for n in OLD["required"] if n != "count"]},
    "optional became required": variant("required", requires("note")),
    "required became optional": variant("required", OLD["required"][1:]),
    "type changed": variant("properties/count/type", "number"),
    "type removed": variant("properties/count/type"),
    "format changed": variant("properties/id/format", "uri"),
    "format removed": variant("properties/id/format"),
    "default changed": variant("properties/note/default", "some"),
    "default removed": variant("properties/note/default"),
    "closed list narrowed": variant("properties/size/enum", ["small"]),
    "closed list widened": variant("properties/size/enum", ["small", "large", "huge"]),
    "closed list opened": variant("properties/size", {"type": "string", "x-open-enum": ["small", "large"]}),
    "open list narrowed": variant("$defs/Kind/x-open-enum", ["one"]),
    "open list closed": variant("$defs/Kind", {"type": "string", "enum": ["one", "two"]}),
    "minimum tightened": variant("properties/count/minimum", 1),
    "minimum loosened": variant("properties/count/minimum", -1),
    "minimum removed": variant("properties/count/minimum"),
    "minimum is a boolean": variant("properties/count/minimum", False),
    "maximum tightened": variant("properties/count/maximum", 8),
    "maximum loosened": variant("properties/count/maximum", 10),
    "length limited": variant("properties/note/maxLength", 10),
    "pattern changed deep": variant("$defs/Place/properties/code/pattern", "^[0-9]{4}$"),
    "required added deep": variant("$defs/Place/required", ["code", "note"]),
    "required removed deep": variant("$defs/Place/required", []),
    "list limited": variant("properties/places/maxItems", 4),
    "items changed": variant("properties/places/items", {"type": "string"}),
    "items removed": variant("properties/places/items"),
    "null no longer allowed": variant("properties/wave", {"type": "integer"}),
    "a choice added": variant("properties/wave/anyOf", [{"type": "integer"}, {"type": "null"}, {"type": "string"}]),
    "a choice changed": variant("properties/wave/anyOf/0", {"type": "string"}),
    "a place in a pair changed": variant("properties/pair/prefixItems/1", {"type": "integer"}),
    "reference to something else": variant("properties/where/$ref", "#/$defs/Kind"),
    "closed to other fields": variant("additionalProperties", False),
    "opened to other fields": variant("properties/closed/additionalProperties", True),
    "field added where none may be": variant("properties/closed/properties/more", {"type": "string"}),
    "marked personal": variant("properties/note/x-personal", True),
    "became a tombstone": variant("x-tombstone", True),
}

UNKNOWN = {
    "unknown keyword": variant("properties/count/multipleOfTwo", True),
    "known to others, not to us": variant("oneOf", [{"type": "object"}]),
    "negation": variant("properties/count/not", {"const": 3}),
    "conditions": variant("if", {"properties": {}}),
    "patterns of fields": variant("patternProperties", {"^x": {"type": "string"}}),
    "dependent fields": variant("dependentRequired", {"note": ["id"]}),
    "unknown keyword deep": variant("$defs/Place/properties/code/contentEncoding", "base64"),
    "unknown keyword in an added field": variant("properties/more", {"allOf": [{"type": "string"}]}),
    "unknown keyword beside a reference": variant("properties/kind/oneOf", []),
    "reference to another document": variant("properties/where/$ref", "https://example.org/place.json"),
    "reference to nothing": variant("properties/where/$ref", "#/$defs/Nowhere"),
    "reference to itself": variant("$defs/Place/properties/note", {"$ref": "#/$defs/Place"}),
    "a word said twice": variant("properties/kind/type", "string"),
    "a boolean schema": variant("properties/count", True),
    "a list of schemas": variant("properties/places/items", [{"type": "string"}]),
    "required, not described": variant("required", requires("ghost")),
}


@pytest.mark.parametrize("change", COMPATIBLE)
def test_only_optional_fields_may_come_and_go(change: str) -> None:
    assert incompatibilities(OLD, COMPATIBLE[change]) == []
    if change != "open list grown":
        assert incompatibilities(COMPATIBLE[change], OLD) == []


@pytest.mark.parametrize("change", BREAKING)
def test_anything_else_is_refused_in_both_directions(change: str) -> None:
    assert len(incompatibilities(OLD, BREAKING[change])) >= 1
    if change != "open list narrowed":
        assert len(incompatibilities(BREAKING[change], OLD)) >= 1


@pytest.mark.parametrize("change", UNKNOWN)
def test_what_the_checker_does_not_know_is_refused(change: str) -> None:
    assert len(incompatibilities(OLD, UNKNOWN[change])) == 1
    assert len(incompatibilities(UNKNOWN[change], UNKNOWN[change])) == 1


def test_a_refusal_names_the_place_and_the_change() -> None:
    assert incompatibilities(OLD, BREAKING["pattern changed deep"]) == [
        "$.places[items].code: pattern changed from '^[0-9]{5}$' to '^[0-9]{4}$'",
        "$.where.code: pattern changed from '^[0-9]{5}$' to '^[0-9]{4}$'",
    ]
    assert incompatibilities(OLD, BREAKING["required field added"]) == ["$.more: required field added"]


def test_an_optional_field_that_went_may_not_come_back_as_another() -> None:
    gone, other = variant("properties/note"), variant("properties/note/type", "integer")

    assert transitive_incompatibilities([gone, other]) == []
    assert transitive_incompatibilities([OLD, gone, other]) == [
        "version 1 and 3: $.note: type changed from 'string' to 'integer'"
    ]


def test_every_word_of_our_schemas_is_known() -> None:
    """Otherwise the checker could judge none of them, not even unchanged."""
    generated = [frozen.generated() for frozen in everything()]

    assert [incompatibilities(schema, schema) for schema in generated] == [[] for _ in generated]
    assert "oneOf" not in KNOWN
