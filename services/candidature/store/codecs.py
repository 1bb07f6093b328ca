"""How the parts of aggregates that have no column of their own are kept as JSON."""

from typing import Any

from pydantic import TypeAdapter

from services.candidature.domain.questions import Question
from services.candidature.domain.terms import Terms

TERMS = TypeAdapter(Terms)
QUESTIONS = TypeAdapter(tuple[Question, ...])


def to_json(adapter: TypeAdapter[Any], value: object) -> Any:
    """What the jsonb codec of the kit stores."""
    return adapter.dump_python(value, mode="json")
