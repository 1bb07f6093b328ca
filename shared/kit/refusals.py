"""The named ways of saying no; every domain error derives from one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from shared.kit.state_names import french_state


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault: a JSON pointer into the request, a stable code, a French message."""

    pointer: str
    code: str
    message: str


class Refusal(Exception):
    """A decision of ours, not a fault: `slug` is stable, `title` and the text are French, for people."""

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "Demande refusée"

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.errors = tuple(errors)
        # Extension members of the problem (RFC 9457), for machines.
        self.members: dict[str, object] = {}


class NotFound(Refusal):
    """Nothing there, or nothing you may see. As an answer to an event: not known yet."""

    slug = "not-found"
    title = "Ressource introuvable"


class Forbidden(Refusal):
    """You may see it; you may not do this to it."""

    slug = "forbidden"
    title = "Action non autorisée"


class Conflict(Refusal):
    """The state of things does not allow it."""

    slug = "conflict"
    title = "Action impossible dans l'état actuel"


class Invalid(Refusal):
    """What was said breaks a rule, whatever the state."""

    slug = "validation-error"
    title = "Données non valides"


class Stale(Refusal):
    """Somebody else changed it since you read it."""

    slug = "precondition-failed"
    title = "La ressource a changé depuis votre lecture"


class InvalidState(Conflict):
    """An illegal transition, with the ones that are allowed (bad-input 20)."""

    slug = "invalid-state"

    def __init__(self, current: str, allowed: Iterable[str]) -> None:
        self.current = current
        self.allowed = tuple(allowed)
        choices = ", ".join(f"« {french_state(state)} »" for state in self.allowed) or "aucun"
        super().__init__(f"État actuel : « {french_state(current)} ». États possibles ensuite : {choices}.")
        self.members = {"state": str(current), "allowed": [str(state) for state in self.allowed]}
