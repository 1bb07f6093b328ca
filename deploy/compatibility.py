"""FULL_TRANSITIVE compatibility of JSON Schemas: only optional fields may come and go; what is not known is refused."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

Schema = Mapping[str, Any]

# Words for people: they may change freely.
ANNOTATIONS = frozenset({"$id", "$schema", "title", "description", "examples"})
# Words that must stay as they are: a tighter one breaks old data, a looser one breaks old readers.
FIXED = frozenset(
    {
        *("type", "format", "pattern", "const", "enum", "default", "minLength", "maxLength", "x-personal"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minItems", "maxItems", "uniqueItems", "x-tombstone"),
    }
)
STRUCTURE = frozenset(
    {"$ref", "$defs", "properties", "required", "items", "prefixItems", "anyOf", "additionalProperties"}
)
KNOWN = ANNOTATIONS | FIXED | STRUCTURE | {"x-open-enum"}


class UnsupportedSchema(ValueError):
    """A schema this checker cannot judge: refused, rather than let through."""


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why readers of one could not read data of the other, in either direction; empty when they all can."""
    try:
        return list(_compare(_Side(old), _Side(new), "$"))
    except UnsupportedSchema as error:
        return [str(error)]


def transitive_incompatibilities(versions: Sequence[Schema]) -> list[str]:
    """The same for every pair of versions, oldest first: a field that went may not come back as something else."""
    problems: list[str] = []
    for (first, old), (second, new) in combinations(enumerate(versions, start=1), 2):
        problems += [f"version {first} and {second}: {problem}" for problem in incompatibilities(old, new)]
    return problems


class _Side:
    """One schema document, with the place we are at."""

    def __init__(self, root: Schema, here: Any = None, seen: frozenset[str] = frozenset()) -> None:
        self.root = root
        self.seen = seen
        self.here = self._resolve(root if here is None else here)

    def at(self, schema: Any) -> "_Side":
        return _Side(self.root, schema, self.seen)

    def _resolve(self, schema: Any) -> Schema:
        if not isinstance(schema, Mapping):
            raise UnsupportedSchema(f"{schema!r} is not a schema this checker knows")
        if unknown := sorted(schema.keys() - KNOWN):
            raise UnsupportedSchema(f"unknown keyword {', '.join(unknown)}")
        reference = schema.get("$ref")
        if reference is None:
            return schema
        if reference in self.seen:
            raise UnsupportedSchema(f"{reference} contains itself")
        self.seen |= {reference}
        target = self.root.get("$defs", {}).get(str(reference).removeprefix("#/$defs/"))
        if target is None:
            raise UnsupportedSchema(f"{reference} leads nowhere in this document")
        siblings = {word: value for word, value in schema.items() if word != "$ref"}
        if clash := sorted((siblings.keys() - ANNOTATIONS) & target.keys()):
            raise UnsupportedSchema(f"{reference} and its neighbour both say {', '.join(clash)}")
        return {**self._resolve(target), **siblings}


def _compare(old: _Side, new: _Side, path: str) -> Iterator[str]:
    for word in sorted(FIXED):
        yield from _fixed(old.here, new.here, word, path)
    yield from _open_enum(old.here, new.here, path)
    yield from _fields(old, new, path)
    for word in ("items", "additionalProperties"):
        yield from _one(old, new, word, path)
    for word in ("anyOf", "prefixItems"):
        yield from _several(old, new, word, path)


def _fixed(old: Schema, new: Schema, word: str, path: str) -> Iterator[str]:
    if (word in old) != (word in new):
        yield f"{path}: {word} {'added' if word in new else 'removed'}"
    elif word in old and not _same(old[word], new[word], in_any_order=word in {"type", "enum"}):
        yield f"{path}: {word} changed from {old[word]!r} to {new[word]!r}"


def _same(old: Any, new: Any, *, in_any_order: bool) -> bool:
    """Equal as JSON, where true is not 1."""
    if in_any_order and isinstance(old, list) and isinstance(new, list):
        return sorted(map(repr, old)) == sorted(map(repr, new))
    return repr(old) == repr(new)


def _open_enum(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Readers see a value they do not know as unknown: such a list may grow, and nothing else."""
    if ("x-open-enum" in old) != ("x-open-enum" in new):
        yield f"{path}: x-open-enum {'added' if 'x-open-enum' in new else 'removed'}"
    elif gone := sorted(set(old.get("x-open-enum", ())) - set(new.get("x-open-enum", ()))):
        yield f"{path}: x-open-enum no longer has {', '.join(gone)}"


def _fields(old: _Side, new: _Side, path: str) -> Iterator[str]:
    before, after = _properties(old.here, path), _properties(new.here, path)
    were_required, are_required = set(old.here.get("required", ())), set(new.here.get("required", ()))
    if before.keys() != after.keys() and (_closed(old.here) or _closed(new.here)):
        yield f"{path}: fields changed where additionalProperties forbids it"
    for name in sorted(before.keys() - after.keys()):
        if name in were_required:
            yield f"{path}.{name}: required field removed"
        _check_known(old.at(before[name]))
    for name in sorted(after.keys() - before.keys()):
        if name in are_required:
            yield f"{path}.{name}: required field added"
        _check_known(new.at(after[name]))
    for name in sorted(before.keys() & after.keys()):
        if (name in were_required) != (name in are_required):
            yield f"{path}.{name}: became {'required' if name in are_required else 'optional'}"
        yield from _compare(old.at(before[name]), new.at(after[name]), f"{path}.{name}")


def _check_known(side: _Side) -> None:
    """Refuse what comes or goes with a word we do not know; comparing it with itself reads all of it."""
    for _ in _compare(side, side, "$"):
        raise UnsupportedSchema("a field is not equal to itself")


def _properties(schema: Schema, path: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    if ghosts := sorted(set(schema.get("required", ())) - properties.keys()):
        raise UnsupportedSchema(f"{path}: required but not described: {', '.join(ghosts)}")
    return properties


def _closed(schema: Schema) -> bool:
    return schema.get("additionalProperties", True) is not True


def _one(old: _Side, new: _Side, word: str, path: str) -> Iterator[str]:
    if (word in old.here) != (word in new.here):
        yield f"{path}: {word} {'added' if word in new.here else 'removed'}"
    elif word in old.here:
        before, after = old.here[word], new.here[word]
        if isinstance(before, bool) or isinstance(after, bool):
            if before is not after:
                yield f"{path}: {word} changed from {before!r} to {after!r}"
        else:
            yield from _compare(old.at(before), new.at(after), f"{path}[{word}]")


def _several(old: _Side, new: _Side, word: str, path: str) -> Iterator[str]:
    before, after = old.here.get(word, []), new.here.get(word, [])
    if len(before) != len(after):
        yield f"{path}: {word} changed from {len(before)} to {len(after)} choices"
        return
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        yield from _compare(old.at(one), new.at(other), f"{path}[{word} {index}]")
