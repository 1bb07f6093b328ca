"""JSON as the interface accepts it: UTF-8, unique keys, finite 64-bit numbers, shallow (bad-inputs 1 to 10)."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.kit.api.problems import ProblemError
from shared.kit.refusals import FieldError

MAX_DEPTH = 32
MAX_NODES = 10_000
_INT64 = range(-(2**63), 2**63)
# Strings are consumed whole, even unterminated, so that the scan stays linear.
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]|,', re.DOTALL)
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Refused:
    code: str
    message: str


_TOO_BIG = _Refused("number_out_of_range", "Ce nombre dépasse 64 bits.")
_NOT_FINITE = _Refused("finite_number", "Un nombre fini est attendu.")
_FORBIDDEN = _Refused("forbidden_character", "Ce texte contient un caractère interdit.")


class _Duplicate(Exception):
    pass


def parse(raw: bytes) -> Any:
    """The value of a JSON body.

    Raises ProblemError: `malformed-json` (400), `json-too-complex` (400) beyond 32 levels or 10 000 values,
    `validation-error` (422) with a pointer to each number or text that cannot be kept as it is.
    """
    _refuse_complexity(raw)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ProblemError("malformed-json", "Le corps n'est pas de l'UTF-8.") from None
    except _Duplicate:
        raise ProblemError("malformed-json", "Une clé est présente deux fois dans le même objet.") from None
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise ProblemError("malformed-json", f"JSON mal formé ({place}).") from None
    errors = tuple(_errors(value, ""))
    if errors:
        raise ProblemError("validation-error", errors=errors[:50])
    return value


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901) made of these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _refuse_complexity(raw: bytes) -> None:
    depth, nodes = 0, 1
    for match in _TOKENS.finditer(raw):
        token = match[0]
        if token in b"[{":
            depth, nodes = depth + 1, nodes + 1
        elif token in b"]}":
            depth -= 1
        elif token == b",":
            nodes += 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            limits = f"{MAX_DEPTH} niveaux et {MAX_NODES} valeurs au plus"
            raise ProblemError("json-too-complex", f"JSON trop complexe : {limits}.")


def _integer(digits: str) -> int | _Refused:
    if len(digits) > 20:
        return _TOO_BIG
    return number if (number := int(digits)) in _INT64 else _TOO_BIG


def _decimal(digits: str) -> float | _Refused:
    return number if math.isfinite(number := float(digits)) else _NOT_FINITE


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Duplicate
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_float=_decimal, parse_constant=lambda _: _NOT_FINITE, object_pairs_hook=_unique
)


def _errors(value: Any, at: str) -> Iterator[FieldError]:
    if isinstance(value, _Refused):
        yield FieldError(at, value.code, value.message)
    elif isinstance(value, str):
        if _UNREADABLE.search(value):
            yield FieldError(at, _FORBIDDEN.code, _FORBIDDEN.message)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _errors(item, at + pointer(index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if _UNREADABLE.search(key):
                yield FieldError(at, _FORBIDDEN.code, _FORBIDDEN.message)
            else:
                yield from _errors(item, at + pointer(key))
