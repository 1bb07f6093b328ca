"""The announcement: everything at once, nothing before."""

from datetime import timedelta

import pytest

from services.selection.domain.announcement import announce
from services.selection.domain.commune_round import Status
from services.selection.domain.errors import UnderEmbargo
from shared.events.selection import CommuneNotSelected, CommuneSelected, CommuneWaitlisted, RoundAnnounced
from shared.kit.refusals import InvalidState
from tests.builders.selection import (
    ANNOUNCED_AT,
    CALL,
    DELIBERATED_ON,
    ROUND,
    a_candidature,
    a_ratified_round,
    a_round,
    file,
)

CANDIDATURES = [a_candidature(1, "93001"), a_candidature(2, "91027"), a_candidature(3, "94033")]
COMMON = {
    "call_id": CALL,
    "round_id": ROUND,
    "edition": 2,
    "deliberation_number": "BM2024/02/06/10",
    "deliberation_date": DELIBERATED_ON,
    "reasons": ("Motif inventé.",),
    "announced_at": ANNOUNCED_AT,
}


def test_nothing_is_announced_a_second_early() -> None:
    with pytest.raises(UnderEmbargo):
        announce(a_ratified_round(), CANDIDATURES, at=ANNOUNCED_AT - timedelta(seconds=1))


def test_a_round_that_is_not_ratified_is_not_announced() -> None:
    with pytest.raises(InvalidState):
        announce(a_round(Status.UNSEALED), CANDIDATURES, at=ANNOUNCED_AT)


def test_a_round_is_announced_once() -> None:
    announced = announce(a_ratified_round(), CANDIDATURES, at=ANNOUNCED_AT).round

    with pytest.raises(InvalidState):
        announce(announced, CANDIDATURES, at=ANNOUNCED_AT)


def test_the_round_says_how_many() -> None:
    assert announce(a_ratified_round(), CANDIDATURES, at=ANNOUNCED_AT).fact == RoundAnnounced(
        round_id=ROUND, call_id=CALL, edition=2, announced_at=ANNOUNCED_AT, selected=1, waitlisted=1, not_selected=1
    )


def test_a_commune_that_withdrew_is_neither_told_nor_counted() -> None:
    announcement = announce(a_ratified_round(), CANDIDATURES[1:], at=ANNOUNCED_AT)

    assert [decision.commune for decision in announcement.decisions] == ["91027", "94033"]
    assert (announcement.fact.selected, announcement.fact.waitlisted, announcement.fact.not_selected) == (0, 1, 1)


def test_every_commune_is_told_its_own_outcome() -> None:
    decisions = announce(a_ratified_round(), CANDIDATURES, at=ANNOUNCED_AT).decisions

    assert [decision.event for decision in decisions] == [
        CommuneSelected(candidature_id=file(1), commune="93001", rank=1, **COMMON),
        CommuneWaitlisted(candidature_id=file(2), commune="91027", rank=1, **COMMON),
        CommuneNotSelected(candidature_id=file(3), commune="94033", **COMMON),
    ]
