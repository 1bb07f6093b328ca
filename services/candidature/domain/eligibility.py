"""Which communes may take part: the members of the Métropole on a date."""

from collections.abc import Iterable
from datetime import date

from services.candidature.domain.errors import UnknownCommune
from shared import territory
from shared.kit.refusals import FieldError


def is_member(insee: str, on: date) -> bool:
    """Whether this commune belongs to the Métropole on this date."""
    return territory.member_on(insee, on)


def require_members(communes: Iterable[str], on: date, pointer: str = "/communes") -> None:
    """Raise UnknownCommune for those that are not members on this date, naming their successor (bad-input 16)."""
    errors = []
    for index, insee in enumerate(communes):
        try:
            territory.commune(insee, on)
        except territory.UnknownCommune as unknown:
            errors.append(FieldError(f"{pointer}/{index}", "unknown_commune", str(unknown)))
    if errors:
        raise UnknownCommune(" ".join(error.message for error in errors), errors=errors)
