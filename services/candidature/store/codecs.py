"""How the parts of aggregates that have no column of their own are kept as JSON."""

from typing import Any

from pydantic import TypeAdapter

from services.candidature.domain.dossier import Dossier
from services.candidature.domain.pitch import Pitch
from services.candidature.domain.questions import Question
from services.candidature.domain.terms import Terms
from services.candidature.domain.verdict import Verdict

TERMS = TypeAdapter(Terms)
QUESTIONS = TypeAdapter(tuple[Question, ...])
DOSSIER = TypeAdapter(Dossier)
VERDICT = TypeAdapter(Verdict | None)
PITCH = TypeAdapter(Pitch)


def to_json(adapter: TypeAdapter[Any], value: object) -> Any:
    """What the jsonb codec of the kit stores."""
    return adapter.dump_python(value, mode="json")
