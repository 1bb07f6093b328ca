"""How the parts of aggregates that have no column of their own are kept as JSON."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from services.selection.domain.allocation import Answer
from services.selection.domain.panel import Panel
from services.selection.domain.recommendation import Ratification, Recommendation
from services.selection.domain.review import Mark
from services.selection.domain.scenario import Adoption, Request
from shared.events.candidature import Criterion

CRITERIA = TypeAdapter(tuple[Criterion, ...])
PANEL = TypeAdapter(Panel)
RECOMMENDATION = TypeAdapter(Recommendation | None)
RATIFICATION = TypeAdapter(Ratification | None)
MARKS = TypeAdapter(Mapping[str, Mark])
ADOPTION = TypeAdapter(Adoption | None)
REQUEST = TypeAdapter(Request)
ANSWER = TypeAdapter(Answer)


def to_json(adapter: TypeAdapter[Any], value: object) -> Any:
    """What the jsonb codec of the kit stores."""
    return adapter.dump_python(value, mode="json")
