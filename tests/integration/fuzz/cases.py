"""The requests an operation gets: right by its schema, wrong by its schema, and right bodies made wrong."""

import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation
from schemathesis.transport.serialization import Binary

from shared.kit.file_types import ALLOWED
from shared.kit.identity import new_id
from tests.integration.fuzz.mutations import mutated

Operation = APIOperation[Any, Any, Any, Any]
Request = Case[Any]


@schemathesis.serializer(*ALLOWED)
def as_file(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """The bytes of a file, or of whatever is sent in its place."""
    return value.data if isinstance(value, Binary) else str(value).encode("utf-8", "replace")


@dataclass(frozen=True)
class Effort:
    """How many requests an operation gets of each kind, before those that cover its schema case by case."""

    right: int = 8
    wrong: int = 6
    mutated: int = 16

    def times(self, factor: int) -> "Effort":
        """So many times as much."""
        return Effort(*(factor * each for each in astuple(self)))


@dataclass(frozen=True)
class Cases:
    """The requests made for one operation; whoever calls sends the same ones, but the schema is covered once."""

    right: list[Request]
    covering: list[Request]
    mutated: list[Request]

    @classmethod
    def of(cls, operation: Operation, bodies: list[Any], effort: Effort, seed: int) -> "Cases":
        """Draw them, the same ones each time for the same seed; `bodies` are right ones, to be spoilt."""
        seed ^= zlib.crc32(operation.label.encode())
        right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        spoilt = [body for each in bodies for body in drawn(mutated(each), effort.mutated, seed)]
        return cls(
            drawn(right, effort.right, seed),
            [*covering(operation), *(drawn(wrong, effort.wrong, seed) if asks_for_something(operation) else ())],
            [with_body(operation, body) for body in (*bodies, *bodies, *spoilt)],
        )


def asks_for_something(operation: Operation) -> bool:
    """Whether there is anything in its requests that could be wrong."""
    return any(map(len, (operation.path_parameters, operation.query, operation.headers, operation.body)))


def drawn(strategy: st.SearchStrategy[Any], examples: int, seed: int) -> list[Any]:
    """So many examples of a strategy."""
    found: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found


def covering(operation: Operation) -> Iterator[Request]:
    """One request for each constraint of the schema that breaks it, and one for each choice the schema leaves.

    The latter not where a version is asked for: its pattern makes the generator search in vain, and for long.
    """
    versioned = any(parameter.name == "If-Match" for parameter in operation.headers)
    modes = [GenerationMode.NEGATIVE] if versioned else list(GenerationMode)
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    yield from operation.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config)


def with_body(operation: Operation, body: Any) -> Request:
    """A request that is right but, perhaps, for its body."""
    headers = {"If-Match": '"1"', "Idempotency-Key": str(new_id())}
    declared = {parameter.name for parameter in operation.headers if parameter.is_required}
    return operation.Case(
        path_parameters={parameter.name: str(new_id()) for parameter in operation.path_parameters},
        headers={name: value for name, value in headers.items() if name in declared},
        body=body,
        media_type="application/json",
    )


def wrong_parts(case: Request) -> set[ParameterLocation]:
    """Where a request is wrong on purpose."""
    if case.meta is None:
        return set()
    return {location for location, part in case.meta.components.items() if part.mode.is_negative}
