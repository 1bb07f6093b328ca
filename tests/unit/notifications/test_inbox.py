"""Who reads which letters of an organisation."""

import pytest

from services.notifications.domain.inbox import readable
from shared.events.types import ContactFunction
from shared.kit.access import Role


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.PROGRAMME, Role.METROPOLE}], ids=lambda role: str(role)
)
def test_the_letters_of_the_programme_team_are_read_by_the_programme_and_the_metropole_alone(role: Role) -> None:
    assert ContactFunction.PROGRAMME not in readable([role])


def test_several_roles_read_what_each_reads() -> None:
    assert readable([Role.JUROR, Role.PARTNER]) == {ContactFunction.JUROR, ContactFunction.PARTNER}


def test_a_role_that_stands_for_no_function_reads_nothing() -> None:
    assert readable([Role.PLATFORM]) == frozenset()
