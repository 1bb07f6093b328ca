"""Right bodies made wrong in one place, or in several: what a schema alone would rarely produce."""

import copy
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

# Each is refused, or taken, but never fatal.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 0.5, 1e308, -0.0),
    *(
        "",
        " ",
        "x",
        "é" * 5_001,
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE calls; --",
        "{{7*7}}",
        "<script>alert(1)</script>",
    ),
    *(
        "a\u202eb",
        "a\u0000b",
        "\ud83d\ude00",
        "a\r\nBcc: x@example.org",
        "٣٣٣",
        "ﬁ",
        "e\u0301" * 150,
        "../../etc/passwd",
    ),
    *("0001-01-01", "9999-12-31", "2023-02-29", "2024-01-12T24:00:00+01:00", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "2024-03-31T02:30:00", "2024-13", "2099-12"),
    *("75056", "75101", "93059", "2A004", "99999", "siret:12345678200002", "metropole-grand-paris"),
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not_applicable"),
    *([], {}, [None], [[]], {"": ""}, {"a": {"b": [1]}}, ["x"] * 300),
)


@st.composite
def mutated(draw: st.DrawFn, body: Any) -> Any:
    """`body` with one to three of its values replaced, dropped, doubled, or joined by one too many."""
    spoilt = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        holder, name = draw(st.sampled_from(_places(spoilt) or [(None, None)]))
        if holder is None:
            return _odd(draw)
        _spoil(draw, holder, name)
    return spoilt


def _odd(draw: st.DrawFn) -> Any:
    """A copy: what is put into a body may itself be spoilt next."""
    return copy.deepcopy(draw(st.sampled_from(ODD)))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Everything that can be replaced in a JSON value: what holds it, and its name or its rank."""
    if isinstance(value, dict):
        return [(value, name) for name in value] + [place for each in value.values() for place in _places(each)]
    if isinstance(value, list):
        return [(value, rank) for rank in range(len(value))] + [place for each in value for place in _places(each)]
    return []


def _spoil(draw: st.DrawFn, holder: Any, name: Any) -> None:
    way = draw(st.sampled_from(("odd", "odd", "odd", "drop", "more", "rename")))
    if way == "odd":
        holder[name] = _odd(draw)
    elif way == "drop":
        del holder[name]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[name]))
    elif way == "rename":
        holder[f"{name}x"] = holder.pop(name)
    else:
        holder["role"] = _odd(draw)


def aimed(body: Any, known: dict[str, list[str]] | Any, pick: int) -> Any:
    """A generated body whose identifiers are those of things that exist, field by field."""
    if isinstance(body, dict):
        return {name: _known(name, value, known, pick) for name, value in body.items()}
    return body


def _known(name: str, value: Any, known: Any, pick: int) -> Any:
    choices = known.get(name)
    if choices and isinstance(value, str) and _is_uuid(value):
        return choices[pick % len(choices)]
    if choices and isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return [choices[(pick + rank) % len(choices)] for rank in range(len(value))]
    return aimed(value, known, pick)


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
