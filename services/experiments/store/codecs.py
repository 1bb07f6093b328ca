"""How the parts of aggregates that have no column of their own are kept as JSON."""

from typing import Any

from pydantic import TypeAdapter

from services.experiments.domain.evaluation import Evaluation
from services.experiments.domain.protocol import Protocol
from services.experiments.domain.signature import Authority
from services.experiments.domain.site import Site
from services.experiments.domain.terms import Party, Terms

AUTHORITY: TypeAdapter[Authority] = TypeAdapter(Authority)
EVALUATION = TypeAdapter(Evaluation)
PARTIES = TypeAdapter(tuple[Party, ...])
PARTY = TypeAdapter(Party)
PROTOCOL = TypeAdapter(Protocol)
SITE = TypeAdapter(Site)
TERMS = TypeAdapter(Terms)


def to_json(adapter: TypeAdapter[Any], value: object) -> Any:
    """What the jsonb codec of the kit stores; None stays None."""
    return None if value is None else adapter.dump_python(value, mode="json")
