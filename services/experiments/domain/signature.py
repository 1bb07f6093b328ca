"""A signature, and the authority without which it is worth nothing (R170)."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Deliberation:
    """The signatory is authorised by a deliberation: its body, its number, its date."""

    body: str
    number: str
    taken_on: date


@dataclass(frozen=True, slots=True)
class Delegation:
    """The signatory signs by delegation of an office holder: who delegates (a function), the act, its date."""

    given_by: str
    number: str
    taken_on: date


Authority = Deliberation | Delegation


@dataclass(frozen=True, slots=True)
class Signature:
    """One party has signed, on a day and in a place (R219)."""

    party: str
    authority: Authority
    signed_on: date
    place: str
    recorded_at: datetime
