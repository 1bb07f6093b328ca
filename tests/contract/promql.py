"""Enough of PromQL to know which metrics an expression names, by which labels it chooses, and which it keeps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<range>\[[^\]]*\])
      | (?P<number>[0-9][0-9.]*(?:ms|[smhdwy])?)
      | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<operator>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},])
      | (?P<space>\s+)""",
    re.VERBOSE,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "bool", "offset"})


class NotPromql(Exception):
    """A character no expression has there."""


@dataclass
class Selector:
    """A metric with the labels it is chosen by, and the function it is directly given to."""

    metric: str
    labels: set[str] = field(default_factory=set)
    function: str = ""


@dataclass
class Expression:
    """What an expression names."""

    selectors: list[Selector] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    limit: float | None = None


def read(text: str) -> Expression:
    """Read an expression; raises NotPromql."""
    found, tokens = Expression(), list(_tokens(text))
    _balanced(text, [token for _, token in tokens])
    for place, (kind, token) in enumerate(tokens):
        after = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        if kind == "name" and token in _GROUPING:
            found.kept |= set(_names_in(tokens, place + 1, "(", ")"))
        elif kind == "name" and token not in _WORDS and not _is_function(after) and not _enclosed(tokens, place):
            function = tokens[place - 2][1] if place > 1 and tokens[place - 1][1] == "(" else ""
            labels = set(_names_in(tokens, place + 1, "{", "}")) if after == "{" else set()
            found.selectors.append(Selector(token, labels, function))
        elif token in {">", "<", "==", ">=", "<="} and tokens[place + 1][0] == "number":
            found.limit = float(tokens[place + 1][1])
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NotPromql(f"{text!r}, at {place}")
        place = match.end()
        if match.lastgroup not in ("space", None):
            yield str(match.lastgroup), match.group()


def _balanced(text: str, tokens: list[str]) -> None:
    for opening, closing in ("()", "{}"):
        if tokens.count(opening) != tokens.count(closing):
            raise NotPromql(f"{text!r}: {opening} and {closing}")


def _is_function(after: str) -> bool:
    return after == "(" or after in ("by", "without")


def _names_in(tokens: list[tuple[str, str]], start: int, opening: str, closing: str) -> list[str]:
    if tokens[start][1] != opening:
        return []
    end = next(place for place in range(start, len(tokens)) if tokens[place][1] == closing)
    return [token for kind, token in tokens[start:end] if kind == "name"]


def _enclosed(tokens: list[tuple[str, str]], place: int) -> bool:
    """Whether a name is a label: inside braces, or inside the parentheses of a grouping."""
    depth = 0
    for before in range(place - 1, -1, -1):
        token = tokens[before][1]
        if token in ")}":
            depth += 1
        elif token in "({" and depth:
            depth -= 1
        elif token == "{":
            return True
        elif token == "(":
            return before > 0 and tokens[before - 1][1] in _GROUPING
    return False
